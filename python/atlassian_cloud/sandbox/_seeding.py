"""Data of your own for a box, made by the operations that anybody would use: so it has the box's rules, ids and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from ..confluence.publishing import Draft
    from ..jira.custom_fields import Fields
    from . import Sandbox

_TEMPLATE = "com.pyxis.greenhopper.jira:gh-simplified-scrum-classic"


@dataclass(frozen=True)
class Seeded:
    """What `Sandbox.seed` made."""

    issues: list[str] = field(default_factory=list[str])
    """Keys, in the order given."""
    pages: dict[str, str] = field(default_factory=dict[str, str])
    """Ids of pages by title."""
    repositories: list[str] = field(default_factory=list[str])
    """Slugs, in the order given."""


def seed(box: Sandbox, projects: object, spaces: object, repositories: object) -> Seeded:
    """Make all of it or nothing; what cannot be is told by its place, before anything is made where that can be seen."""
    plans: list[_Project | _Space | _Repository] = [
        *[_project(place, given) for place, given in _entries("projects", projects)],
        *[_space(place, given) for place, given in _entries("spaces", spaces)],
        *[_repository(place, given) for place, given in _entries("repositories", repositories)],
    ]
    made = Seeded()
    before = box._native.checkpoint()  # pyright: ignore[reportPrivateUsage]
    try:
        for plan in plans:
            plan.make(box, made)
    except BaseException:
        # Ctrl-C too.
        box._native.roll_back(before)  # pyright: ignore[reportPrivateUsage]
        raise
    return made


def _entries(place: str, given: object) -> list[tuple[str, Mapping[str, Any]]]:
    """The mappings of a list, each with its place."""
    kind = type(given).__name__
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise TypeError(f"{place}: expected a list, got {kind}")
    entries = enumerate(cast("Iterable[object]", given))
    return [(f"{place}[{number}]", _mapping(f"{place}[{number}]", entry)) for number, entry in entries]


def _mapping(place: str, given: object) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise TypeError(f"{place}: expected a mapping, got {type(given).__name__}")
    return cast("Mapping[str, Any]", given)


def _check(place: str, entry: Mapping[str, Any], needed: str, *others: str) -> None:
    """Complain of a name that is missing or unknown, and of what should be text."""
    if unknown := [name for name in entry if name not in (needed, *others)]:
        raise ValueError(f"{place}: {unknown[0]} is not known here; known are {', '.join((needed, *others))}")
    if needed not in entry:
        raise ValueError(f"{place}: {needed} is missing")
    for name in (needed, "name"):
        if not isinstance(entry.get(name, ""), str):
            raise TypeError(f"{place}.{name}: expected str, got {type(entry[name]).__name__}")


def _check_name(place: str, key: str, name: str, found: str | None) -> None:
    """What is there already is added to; it keeps its name."""
    if name and name != found:
        raise ValueError(f"{place}.name: {key} is there already, and called {found!r}")


@dataclass(frozen=True)
class _Project:
    place: str
    key: str
    name: str
    issues: list[Mapping[str, Any]]

    def make(self, box: Sandbox, made: Seeded) -> None:
        from .. import Jira
        from ..jira import custom_fields, editing

        with box.client(Jira) as jira:
            if found := jira.projects.search(keys=[self.key]).first():
                _check_name(self.place, self.key, self.name, found.name)
            else:
                jira.projects.create(
                    key=self.key,
                    name=self.name or self.key,
                    project_template_key=_TEMPLATE,
                    lead_account_id=box.accounts.organization_admin,
                )
            for issue in self.issues:
                fields = dict(issue)
                status = next((fields.pop(name) for name in issue if name.casefold() == "status"), None)
                key = editing.create(jira, _values(custom_fields.load(jira), self.key, fields))
                made.issues.append(key)
                if status is not None and jira.issues.get(key, fields=["status"])["fields"]["status"]["name"] != status:
                    editing.transition(jira, key, status)


def _values(known: Fields, project: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an issue, with what goes without saying."""
    given = {known[name].id for name in fields}
    return {name: value for name, value in (("project", project), ("issuetype", "Task")) if name not in given} | dict(
        fields
    )


def _project(place: str, given: Mapping[str, Any]) -> _Project:
    _check(place, given, "key", "name", "issues")
    issues = [issue for _, issue in _entries(f"{place}.issues", given.get("issues", ()))]
    return _Project(place, given["key"], given.get("name", ""), issues)


@dataclass(frozen=True)
class _Space:
    place: str
    key: str
    name: str
    pages: list[Draft]

    def make(self, box: Sandbox, made: Seeded) -> None:
        from .. import Confluence
        from ..confluence import publishing

        with box.client(Confluence) as confluence:
            if found := confluence.spaces.list(keys=[self.key]).first():
                _check_name(self.place, self.key, self.name, found.name)
            else:
                confluence.spaces.create(key=self.key, name=self.name or self.key)
            published = publishing.create_tree(confluence, self.key, self.pages)
            made.pages.update({page.title: page.id for page in published})


def _space(place: str, given: Mapping[str, Any]) -> _Space:
    _check(place, given, "key", "name", "pages")
    return _Space(place, given["key"], given.get("name", ""), _drafts(f"{place}.pages", given.get("pages", ())))


def _drafts(place: str, given: object) -> list[Draft]:
    from ..confluence.publishing import Draft

    drafts: list[Draft] = []
    for at, page in _entries(place, given):
        _check(at, page, "title", "body", "children")
        drafts.append(Draft(page["title"], page.get("body", ""), _drafts(f"{at}.children", page.get("children", ()))))
    return drafts


@dataclass(frozen=True)
class _Repository:
    slug: str
    files: list[tuple[str, bytes]]

    def make(self, box: Sandbox, made: Seeded) -> None:
        from .. import Bitbucket

        with box.client(Bitbucket, workspace=box.bitbucket.workspace) as bitbucket:
            bitbucket.repositories.create(self.slug, project={"type": "project", "key": "CORE"})
            if self.files:
                bitbucket.repositories.source.create_commit(self.slug, files=self.files, branch="main", message="Seed")
        made.repositories.append(self.slug)


def _repository(place: str, given: Mapping[str, Any]) -> _Repository:
    _check(place, given, "slug", "files")
    content: list[tuple[str, bytes]] = []
    for path, text in _mapping(f"{place}.files", given.get("files") or {}).items():
        if not isinstance(text, (str, bytes)):
            raise TypeError(f"{place}.files[{path!r}]: expected str or bytes, got {type(text).__name__}")
        content.append((path, text.encode() if isinstance(text, str) else text))
    return _Repository(given["slug"], content)
