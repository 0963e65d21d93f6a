"""Pages told by their titles: created or brought up to date, and trees of them walked and made.

Every function takes the client first; with `AsyncConfluence` its result is awaited.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast, overload

from .. import adf, storage
from .._native import Markdown
from .._twins import twin
from ..errors import AtlassianError, ConflictError, NoMatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Concatenate

    from .. import AsyncConfluence, Confluence
    from .._twins import Job

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

__all__ = [
    "Draft",
    "PageNode",
    "PublishError",
    "Published",
    "create_tree",
    "page_id",
    "publish",
    "read_tree",
    "space_id",
    "title_and_body",
]


class _Twin(Protocol[P, T_co]):
    @overload
    def __call__(self, client: Confluence, /, *args: P.args, **kwargs: P.kwargs) -> T_co: ...
    @overload
    def __call__(self, client: AsyncConfluence, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T_co]: ...


def _confluence_twin(job: Callable[Concatenate[Any, P], Job[T]]) -> _Twin[P, T]:
    made: _Twin[P, T] = twin(job)
    return made


@dataclass(frozen=True)
class Published:
    """A page after `publish`."""

    id: str
    title: str
    version: int
    change: str
    """`created`, `updated` or `unchanged`."""


class PublishError(AtlassianError):
    """A tree could not be made to its end; `published` is what was, and the cause the error of the page after that."""

    def __init__(self, text: str, published: list[Published]) -> None:
        super().__init__(text)
        self.published = published

    def __reduce__(self) -> tuple[type[PublishError], tuple[Any, ...]]:
        return type(self), (str(self), self.published)


@dataclass(frozen=True)
class Draft:
    """A page to make, with those below it. `body` is as for `publish`."""

    title: str
    body: str | Markdown | Mapping[str, Any] = ""
    children: Sequence[Draft] = ()


@dataclass(frozen=True)
class PageNode:
    """A page of a tree, with those below it in the order of the tree."""

    id: str
    title: str
    children: tuple[PageNode, ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, PageNode]]:
        """This page and all below it, each with its depth from 0, parents before their children."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def below(self) -> Iterator[PageNode]:
        """All pages below this one, parents before their children."""
        return (page for depth, page in self.walk() if depth)


@_confluence_twin
def publish(
    client: Any,
    space: str | int,
    title: str,
    body: str | Markdown | Mapping[str, Any],
    *,
    parent_id: str | int | None = None,
    message: str | None = None,
    checksum: bool = False,
    retries: int = 0,
) -> Job[Published]:
    """Create the page of a title in a space, or bring it up to date; a page that is so already is left alone.

    `space` is a key, or the id as a number. `body` is storage format, `Markdown`, a document of Atlassian's, or a body
    as the API takes it. `parent_id` moves a page that is elsewhere.

    Confluence rewrites what it is given, so that a page seldom reads as it was written. With `checksum` the message of the version ends
    in a checksum of the body, by which the next run knows its own page again; a new page gets a second version for it. A page that
    somebody else changed since is brought up to date.

    Somebody else's change at the same time is a `ConflictError`; with `retries` the page is read again
    that many times, and what the other wrote is replaced.
    """
    where = yield from _space_id(client, space)
    return (yield from _publish(client, where, title, body, parent_id, message, checksum, retries))


@_confluence_twin
def space_id(client: Any, key: str) -> Job[int]:
    """The id of the space with a key; `NoMatchError` if there is none, or the account may not see it."""
    return int((yield from _space_id(client, key)))


def _space_id(client: Any, space: str | int) -> Job[str]:
    if isinstance(space, int):
        return str(space)
    found = yield client.spaces.list(keys=[space], limit=1).to_list()
    if not found:
        raise NoMatchError(f"no space has the key {space!r}, or the account may not see it")
    return str(found[0].id)


@_confluence_twin
def page_id(client: Any, space: str | int, title: str) -> Job[str]:
    """The id of the page with a title in a space, by its key or its id as a number; `NoMatchError` if there is none."""
    where = yield from _space_id(client, space)
    found = yield client.pages.list(space_id=[int(where)], title=title, status=["current"], limit=1).to_list()
    if not found:
        raise NoMatchError(f"the space {space} has no page {title!r}, or the account may not see it")
    return str(found[0].id)


def title_and_body(markdown: str | Markdown) -> tuple[str | None, str]:
    """What a Markdown file says as a page: its title and the body, in storage format.

    The title is the words of a first heading of the first level, which is then none of the body; else None.
    Raises `DocumentError` as `storage.from_markdown` does.
    """
    document = adf.from_markdown(markdown)
    first, *rest = document["content"] or [{}]
    title = " ".join(adf.to_text(first).split()) if first.get("type") == "heading" else ""
    if not title or first["attrs"]["level"] != 1:
        return None, storage.from_adf(document)
    return title, storage.from_adf(document | {"content": rest})


_FORMS = ("representation", "storage", "atlas_doc_format", "wiki")


def _body(body: Any) -> Any:
    if isinstance(body, str):
        return {"representation": "storage", "value": body}
    if isinstance(body, dict) and cast("dict[str, Any]", body).get("type") == "doc":
        return {"representation": "atlas_doc_format", "value": json.dumps(body)}
    if not isinstance(body, dict) or not any(form in body for form in _FORMS):
        # Confluence takes it, and makes the page empty.
        raise TypeError(
            "body: expected storage format, Markdown, a document of Atlassian's, or a dict with representation and value"
        )
    return cast("dict[str, Any]", body)


def _publish(
    client: Any,
    space_id: str,
    title: str,
    body: str | Markdown | Mapping[str, Any],
    parent_id: str | int | None,
    message: str | None,
    checksum: bool,
    retries: int,
) -> Job[Published]:
    parent = None if parent_id is None else str(parent_id)
    place = {} if parent is None else {"parent_id": parent}
    if isinstance(body, Markdown):
        # As text, so that it can be compared with what is there.
        body = storage.from_markdown(body)
    title, sent = title.strip(), _body(body)
    mark = f"[{_sum(body)}]" if checksum else ""
    said = f"{message or ''} {mark}".strip()
    while True:
        found = yield client.pages.list(
            space_id=[int(space_id)], title=title, status=["current"], body_format="storage", limit=1
        ).to_list()
        created = not found
        if created:
            made = yield client.pages.create(space_id=space_id, title=title, status="current", body=sent, **place)
            id, version = str(made.id), 1
            if not checksum:
                return Published(id, title, version, "created")
        else:
            page: dict[str, Any] = found[0].to_dict()
            id, version = str(page["id"]), int(page["version"]["number"])
            content: dict[str, dict[str, Any]] = page.get("body") or {}
            same = content.get("storage", {}).get("value") == body
            own = checksum and str(page["version"].get("message") or "").endswith(mark)
            if (same or own) and parent in (None, page.get("parentId")):
                return Published(id, title, version, "unchanged")
        told: dict[str, Any] = {"number": version + 1} | ({"message": said} if said else {})
        try:
            yield client.pages.update(id, body_id=id, status="current", title=title, body=sent, version=told, **place)
        except ConflictError:
            if retries <= 0:
                raise
            retries -= 1
        else:
            return Published(id, title, version + 1, "created" if created else "updated")


def _sum(body: str | Mapping[str, Any]) -> str:
    text = body if isinstance(body, str) else json.dumps(body, sort_keys=True)
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


@_confluence_twin
def create_tree(
    client: Any, space: str | int, pages: Sequence[Draft], *, parent_id: str | int | None = None, checksum: bool = False
) -> Job[list[Published]]:
    """Publish pages with those below them, parents first; return what became of each in that order.

    Safe to run again: what is there already is left alone, or brought up to date, with `checksum` as by `publish`.
    On an error the rest is not made: a `PublishError`, whose `published` holds what was.
    """
    where = yield from _space_id(client, space)
    done: list[Published] = []
    waiting: list[tuple[Draft, str | int | None]] = [(draft, parent_id) for draft in reversed(pages)]
    while waiting:
        draft, parent = waiting.pop()
        try:
            page = yield from _publish(client, where, draft.title, draft.body, parent, None, checksum, 0)
        except AtlassianError as fault:
            raise PublishError(f"{draft.title!r} and what comes after it is not published: {fault}", done) from fault
        done.append(page)
        waiting += [(child, page.id) for child in reversed(draft.children)]
    return done


@_confluence_twin
def read_tree(client: Any, page_id: str | int) -> Job[PageNode]:
    """A page with all pages below it. Other things in the tree, such as folders and whiteboards, are left out."""
    root = (yield client.pages.get(page_id)).to_dict()
    children: dict[str, list[str]] = {}
    titles = {str(root["id"]): str(root["title"])}
    order = [str(root["id"])]
    for id in order:
        below = yield client.pages.children.list(id).to_list()
        pages = sorted(below, key=lambda page: page.get("childPosition") or 0)
        titles |= {str(page["id"]): str(page["title"]) for page in pages}
        children[id] = [str(page["id"]) for page in pages]
        order += children[id]
    made: dict[str, PageNode] = {}
    for id in reversed(order):
        made[id] = PageNode(id, titles[id], tuple(made[child] for child in children[id]))
    return made[order[0]]
