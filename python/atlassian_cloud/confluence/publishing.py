"""Pages told by their titles: created or brought up to date, and trees of them walked and made.

Every function takes the client first; with `AsyncConfluence` its result is awaited.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast, overload

from .. import adf, storage
from .._checks import Count, Id, Text, check_fields, checked
from .._native import Markdown, Model, check_value
from .._twins import broken_off, twin
from ..errors import AtlassianError, BadRequestError, ConflictError, NoMatchError

if TYPE_CHECKING:
    from collections.abc import Coroutine
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
    made: _Twin[P, T] = twin(job, "confluence")
    return made


Body = str | Markdown | Mapping[str, Any] | Model
"""The text of a page, as `publish` takes it."""

Attachment = bytes | os.PathLike[str]
"""A file of a page: what it holds, or where it is."""

Addresses = Mapping[str, str | None] | Callable[[str], str | None]
"""Other addresses for links and pictures: by the old one; None keeps it."""


@dataclass(frozen=True)
class Published:
    """A page after `publish`."""

    id: str
    title: str
    version: int
    """Number of the version it has now, from 1."""
    change: str
    """`created`, `updated` or `unchanged`, of title, text and place."""
    attached: tuple[str, ...] = ()
    """Names of the attachments that were uploaded."""


class PublishError(AtlassianError):
    """Something was not published: an archived page has the title, or a tree could not be made to its end.

    `published` is what was done before; the cause, if there is one, the error of the page after that.
    """

    def __init__(self, text: str, published: list[Published]) -> None:
        super().__init__(text)
        self.published = published

    def __reduce__(self) -> tuple[type[PublishError], tuple[Any, ...]]:
        return type(self), (str(self), self.published)


@dataclass(frozen=True)
class Draft:
    """A page to make, with those below it. `body` is as for `publish`."""

    title: Text
    body: Body = ""
    children: Sequence[Draft] = ()

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class PageNode:
    """A page of a tree, with those below it in the order of the tree."""

    id: str
    title: str
    children: tuple[PageNode, ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, PageNode]]:
        """Go through this page and all below it, each with its depth from 0, parents before their children."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def below(self) -> Iterator[PageNode]:
        """Go through all pages below this one, parents before their children."""
        return (page for depth, page in self.walk() if depth)


@_confluence_twin
def publish(
    client: Any,
    space: Id,
    title: Text,
    body: Body,
    *,
    parent_id: Id | None = None,
    message: str | None = None,
    checksum: bool = False,
    retries: Count = 0,
    attachments: Mapping[str, Attachment] | None = None,
) -> Job[Published]:
    """Create the page of a title in a space, or bring it up to date; a page that is so already is left alone.

    Titles are unique in a space, whatever their letter case: the page "guide" becomes "Guide". Where Confluence finds a page by
    the very case alone, all pages of the space are gone through. Drafts and what is in the trash have no part in it: they
    stay there, beside a new page.

    Confluence rewrites what it is given, so that a page seldom reads as it was written. With `checksum` the message of the version ends
    in a checksum of the body, by which the next run knows its own page again; a new page gets a second version for it. A page that
    somebody else changed since is brought up to date.

    Args:
        client: `Confluence` or `AsyncConfluence`.
        space: Its key or id.
        title: Title of the page; blanks at its ends are taken away.
        body: Storage format, `Markdown`, a document (ADF), or a body as the API takes it.
        parent_id: Page that it shall be below; a page that is elsewhere is moved. Left out: a new page goes below the home page of the
            space, another stays where it is.
        message: Message of the version; a new page has one only with `checksum`.
        checksum: Whether to mark the version with a checksum.
        retries: How often to try again after somebody else's change at the same time: the page is read again, and
            what the other wrote is replaced.
        attachments: Files that the page has, by name, such as the pictures of its text. They are uploaded before the text, which
            a new page therefore gets with its second version. What is there is known by a checksum in its comment, and not uploaded
            again; other attachments are left alone.

    Raises:
        NoMatchError: There is no such space, or the account may not see it.
        PublishError: An archived page has the title: restore it, rename it or delete it.
        ConflictError: Somebody else changed the page at the same time.
        BadRequestError: Confluence refuses the body, the parent or the title.
        OSError: An attachment cannot be read; nothing was sent.

    An exception after a new page was made has it as its attribute `published`, a list.
    """
    ready = _ready(body, "publish")
    for name, text in (("title", title), ("message", message or "")):
        check_value(text, f"publish: {name}", False)
    files = {name: _content(name, file) for name, file in (attachments or {}).items()}
    where = yield from _space_id(client, space)
    return (yield from _publish(client, where, title, ready, parent_id, message, checksum, retries, files))


def _content(name: str, file: Any) -> bytes:
    check_value(name, "publish: attachments: name", False)
    if not name:
        raise ValueError("publish: attachments: name: must not be empty")
    try:
        return file if isinstance(file, bytes) else Path(file).read_bytes()
    except TypeError:
        raise TypeError(
            f"publish: attachments: {name!r}: expected bytes or a path, got {type(file).__name__}"
        ) from None


@_confluence_twin
def space_id(client: Any, key: Text) -> Job[int]:
    """Return the id of the space with a key.

    Raises:
        NoMatchError: No space has the key, or the account may not see it.
    """
    return int((yield from _space_id(client, key)))


def _space_id(client: Any, space: str | int) -> Job[str]:
    if isinstance(space, int):
        return str(space)
    found = yield client.spaces.list(keys=[space], limit=1).to_list()
    if not found and space.isdecimal():
        # An id as text, as spaces and pages tell it. Keys may be all digits, too.
        found = yield client.spaces.list(ids=[int(space)], limit=1).to_list()
    if not found:
        raise NoMatchError(f"no space has the key {space!r}, or the account may not see it")
    return str(found[0].id)


@_confluence_twin
def page_id(client: Any, space: Id, title: Text) -> Job[str]:
    """Return the id of the page with a title in a space, by the space's key or id.

    Raises:
        NoMatchError: There is no such page, it is archived, or the account may not see it.
    """
    where = yield from _space_id(client, space)
    found = yield from _titled(client, where, title.strip())
    if found is None:
        raise NoMatchError(f"the space {space} has no page {title!r}, or the account may not see it")
    if found["status"] == "archived":
        raise NoMatchError(f"the page {title!r} of the space {space} is archived; its id is {found['id']}")
    return str(found["id"])


def _titled(client: Any, space_id: str, title: str, **asked: Any) -> Job[dict[str, Any] | None]:
    """The page with a title, archived or not."""
    found = yield client.pages.list(
        space_id=[int(space_id)], title=title, status=["current", "archived"], **asked
    ).to_list()
    return _nearest(found, title)


def _nearest(found: list[Any], title: str) -> dict[str, Any] | None:
    pages: list[dict[str, Any]] = [page.to_dict() for page in found]
    return min(pages, key=lambda page: (page["status"] != "current", page["title"] != title), default=None)


def _titled_otherwise(client: Any, space_id: str, title: str) -> Job[dict[str, Any] | None]:
    """The page whose title is the same but for upper and lower case."""
    found = yield client.pages.list(space_id=[int(space_id)], status=["current", "archived"], page_size=250).to_list()
    near = _nearest([page for page in found if _folded(str(page.title)) == _folded(title)], title)
    if near is None or near["status"] == "archived":
        return near
    page: dict[str, Any] = (yield client.pages.get(near["id"], body_format="storage")).to_dict()
    return page


# Lines of each kind begin otherwise, so that there is one way to read a text.
_FRONT_MATTER = re.compile(
    r"\ufeff?---[ \t]*\r?\n(?=\w|#|---)((?:\w[\w-]*:.*\n|[ \t#\]}-].*\n|\r?\n)*?)---[ \t]*(?:\r?\n|$)"
)


@checked
def title_and_body(markdown: str | Markdown, *, addresses: Addresses | None = None) -> tuple[str | None, str]:
    """Return what a Markdown file says as a page: its title and its body, in storage format.

    The title is `title:` of the front matter, a block between lines of `---` at the very beginning, which is none of the body; else the
    words of a first heading of the first level. A first heading that says the title is none of the body either. None if there is no
    title.

    Args:
        markdown: The text.
        addresses: Gives links and pictures other addresses, such as `page:Title` for `other.md` and `attachment:a.png` for `img/a.png`.

    Raises:
        DocumentError: The text is nested too deep.
    """
    text = str(markdown)
    front = _FRONT_MATTER.match(text)
    told = re.search(r"^title:(?![ \t]*[|>])[ \t]*(.*?)[ \t\r]*$", front[1], re.MULTILINE) if front else None
    title = " ".join(re.sub(r"""^(["'])(.*)\1$""", r"\2", told[1]).split()) if told else ""
    document: dict[str, Any] = adf.from_markdown(text[front.end() :] if front else text)
    if addresses is not None:
        _readdress(document, addresses if callable(addresses) else addresses.get)
    blocks: list[dict[str, Any]] = document["content"]
    first = blocks[0] if blocks else {}
    top = first.get("type") == "heading" and first["attrs"]["level"] == 1
    heading = " ".join(adf.to_text(first).split()) if top else ""
    if heading and heading == (title or heading):
        title, document = heading, document | {"content": blocks[1:]}
    return title or None, storage.from_adf(document)


def _readdress(document: dict[str, Any], address: Callable[[str], str | None]) -> None:
    waiting: list[Any] = [document]
    while waiting:
        node = waiting.pop()
        if node["type"] == "media" and (new := address(node["attrs"].get("url", ""))):
            node["attrs"]["url"] = new
        for mark in node.get("marks", ()):
            if mark["type"] == "link" and (new := address(mark["attrs"]["href"])):
                mark["attrs"]["href"] = new
        # From left to right, as it is read.
        waiting += reversed(node.get("content", ()))


_FORMS = ("storage", "atlas_doc_format", "wiki")


@dataclass(frozen=True)
class _Ready:
    """A body that can be sent."""

    text: str | None
    """Storage format, to be compared with what is there."""
    sent: dict[str, Any]

    @property
    def checksum(self) -> str:
        text = self.text if self.text is not None else json.dumps(self.sent, sort_keys=True)
        return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def _ready(body: Any, label: str) -> _Ready:
    if isinstance(body, Markdown):
        body = storage.from_markdown(body)
    check_value(body, f"{label}: body", False)
    if isinstance(body, str):
        return _Ready(body, {"representation": "storage", "value": body})
    held: dict[str, Any] = body.to_dict() if isinstance(body, Model) else dict(body)
    if held.get("type") == "doc":
        return _Ready(None, {"representation": "atlas_doc_format", "value": json.dumps(held)})
    told: list[Any] = (
        [held] if "representation" in held else [held[form] for form in _FORMS if held.get(form) is not None]
    )
    if not told or not all(isinstance(one, Mapping) and isinstance(cast("Any", one).get("value"), str) for one in told):
        # Without a form Confluence takes it, and makes the page empty.
        raise TypeError(
            f"{label}: body: expected storage format, Markdown, a document (ADF), or a dict with representation and value, a text"
        )
    return _Ready(None, held)


def _publish(
    client: Any,
    space_id: str,
    title: str,
    body: _Ready,
    parent_id: str | int | None,
    message: str | None,
    checksum: bool,
    retries: int,
    files: Mapping[str, bytes] | None = None,
) -> Job[Published]:
    parent = None if parent_id is None else str(parent_id)
    place = {} if parent is None else {"parent_id": parent}
    title = title.strip()
    mark = f"[{body.checksum}]" if checksum else ""
    said = f"{message or ''} {mark}".strip()
    attached: list[str] = []
    made: list[Published] = []
    with _telling(made):
        while True:
            page = yield from _titled(client, space_id, title, body_format="storage")
            if page is None:
                try:
                    # Pictures that are not there yet would be lost from the text.
                    text = _ready("", "publish").sent if files else body.sent
                    new = yield client.pages.create(
                        space_id=space_id, title=title, status="current", body=text, **place
                    )
                except BadRequestError as fault:
                    if not any("title" in told.text.lower() for told in fault.messages):
                        raise
                    page = yield from _titled_otherwise(client, space_id, title)
                    if page is None:
                        raise
                else:
                    made.append(Published(str(new.id), title, 1, "created"))
                    if not (checksum or files):
                        return made[0]
            if page is None:
                id, version = made[0].id, made[0].version
            elif page["status"] == "archived":
                raise PublishError(
                    f"{title!r} is the title of an archived page, {page['id']}; restore it, rename it or delete it",
                    made,
                )
            else:
                id, version = str(page["id"]), int(page["version"]["number"])
                content: dict[str, dict[str, Any]] = page.get("body") or {}
                same = body.text is not None and content.get("storage", {}).get("value") == body.text
                own = checksum and str(page["version"].get("message") or "").endswith(mark)
                # One that was made just now has no checksum yet.
                settled = own or (same and not (made and checksum))
                if settled and page["title"] == title and parent in (None, page.get("parentId")):
                    attached += yield from _attach(client, id, files or {})
                    return Published(id, title, version, "created" if made else "unchanged", tuple(attached))
            told: dict[str, Any] = {"number": version + 1} | ({"message": said} if said else {})
            try:
                attached += yield from _attach(client, id, files or {})
                yield client.pages.update(
                    id, body_id=id, status="current", title=title, body=body.sent, version=told, **place
                )
            except ConflictError:
                if retries == 0:
                    raise
                retries -= 1
                continue
            return Published(id, title, version + 1, "created" if made else "updated", tuple(attached))


@contextmanager
def _telling(made: list[Published]) -> Generator[None, None, None]:
    """What ends the work takes along the page that was created."""
    try:
        yield
    except BaseException as fault:
        if made:
            broken_off(fault, f"publish: {made[0].title!r} was created, as page {made[0].id}", published=made)
        raise


def _attach(client: Any, page_id: str, files: Mapping[str, bytes]) -> Job[list[str]]:
    """Upload the files that the page has not, or has otherwise; return their names."""
    if not files:
        return []
    listed = yield client.pages.attachments.list(page_id).to_list()
    there = {str(one.title): str(one.comment or "") for one in listed}
    uploaded: list[str] = []
    for name, content in files.items():
        mark = f"[sha256 {hashlib.sha256(content).hexdigest()}]"
        if there.get(name) != mark:
            yield client.v1.content.attachments.add_or_update(
                page_id, file=(name, content), minor_edit=True, comment=mark
            )
            uploaded.append(name)
    return uploaded


@_confluence_twin
def create_tree(
    client: Any, space: Id, pages: Sequence[Draft], *, parent_id: Id | None = None, checksum: bool = False
) -> Job[list[Published]]:
    """Publish pages with those below them, parents first; return what became of each in that order.

    Safe to run again: what is there already is left alone, or brought up to date, as by `publish`.

    Args:
        client: `Confluence` or `AsyncConfluence`.
        space: Its key or id.
        pages: The pages at the top of the tree.
        parent_id: Page that those shall be below; left out: the home page of the space.
        checksum: Whether to mark versions with a checksum, as for `publish`.

    Raises:
        ValueError: Two of the pages have one title, but for upper and lower case; nothing was sent.
        NoMatchError: There is no such space, or the account may not see it.
        PublishError: A page could not be published, and the rest was not made; `published` holds what was.

    Any other exception that breaks it off, Ctrl-C or a cancelled task, has what was done as its attribute `published`, a list, and a
    note with the titles.
    """
    ready = _all_ready(pages)
    where = yield from _space_id(client, space)
    done: list[Published] = []
    waiting: list[tuple[Draft, str | int | None]] = [(draft, parent_id) for draft in reversed(pages)]
    draft = None
    try:
        while waiting:
            draft, parent = waiting.pop()
            page = yield from _publish(
                client, where, draft.title, ready[_folded(draft.title)], parent, None, checksum, 0
            )
            done.append(page)
            waiting += [(child, page.id) for child in reversed(draft.children)]
    except BaseException as fault:
        titles = ", ".join(repr(page.title) for page in done) or "none"
        half: list[Published] = getattr(fault, "published", [])
        title = repr(draft and draft.title)
        there = f"{title} was created, as page {half[0].id}, but not to its end" if half else ""
        done += half
        note = f"create_tree: were published: {titles}"
        if not isinstance(fault, AtlassianError):
            broken_off(fault, f"{note}; {there or f'{title} may be'}", published=done)
        text = f"{there}; what comes after it" if half else f"{title} and what comes after it"
        failed = PublishError(f"{text} is not published: {fault}", done)
        failed.__cause__ = fault
        broken_off(failed, note, published=done)
    return done


def _all_ready(pages: Sequence[Draft]) -> dict[str, _Ready]:
    """Bodies by title: whatever cannot be sent is told before the first page is made."""
    ready: dict[str, _Ready] = {}
    waiting = [*pages]
    for draft in waiting:
        title = _folded(draft.title)
        if title in ready:
            raise ValueError(
                f"create_tree: pages: two have the title {draft.title!r}, but for upper and lower case; titles are unique in a space"
            )
        check_value(draft.title, "create_tree: title", False)
        ready[title] = _ready(draft.body, f"create_tree: {draft.title!r}")
        waiting += draft.children
    return ready


def _folded(title: str) -> str:
    """The same for titles that are one in a space. "Maße" and "MASSE" are two, other than for `casefold`."""
    return title.strip().lower()


@_confluence_twin
def read_tree(client: Any, page_id: Id) -> Job[PageNode]:
    """Return a page with all pages below it. Other things in the tree, such as folders and whiteboards, are left out.

    Raises:
        NotFoundError: There is no such page, or the account may not see it.
    """
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
