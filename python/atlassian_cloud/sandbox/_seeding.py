"""Data of your own for a box, made by the operations that anybody would use: so it has the box's rules, ids and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from ..errors import AtlassianError

if TYPE_CHECKING:
    from collections.abc import Generator

    from .. import Jira
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


@contextmanager
def _told_by(place: str) -> Generator[None, None, None]:
    """Let faults say where in what was given they are."""
    from ..jira.custom_fields import FieldValueError

    try:
        yield
    except FieldValueError as fault:
        raise FieldValueError(replace(one, issue=place) for one in fault.faults) from None
    except (AtlassianError, TypeError, ValueError) as fault:
        fault.args = (f"{place}: {fault}", *fault.args[1:])
        raise


@dataclass(frozen=True)
class _Project:
    place: str
    key: str
    name: str
    issues: list[Mapping[str, Any]]

    def make(self, box: Sandbox, made: Seeded) -> None:
        from .. import Jira

        with box.client(Jira) as jira:
            if found := jira.projects.search(keys=[self.key]).first():
                _check_name(self.place, self.key, self.name, found.name)
            else:
                with _told_by(self.place):
                    jira.projects.create(
                        key=self.key,
                        name=self.name or self.key,
                        project_template_key=_TEMPLATE,
                        lead_account_id=box.accounts.organization_admin,
                    )
            for number, issue in enumerate(self.issues):
                with _told_by(f"{self.place}.issues[{number}]"):
                    made.issues.append(self._issue(jira, dict(issue)))

    def _issue(self, jira: Jira, fields: dict[str, Any]) -> str:
        from ..jira import custom_fields, editing

        status = next((fields.pop(name) for name in [*fields] if name.casefold() == "status"), None)
        key = editing.create(jira, _values(custom_fields.load(jira), self.key, fields))
        if status is not None and jira.issues.get(key, fields=["status"])["fields"]["status"]["name"] != status:
            editing.transition(jira, key, status)
        return key


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
    places: list[str]
    """Of the pages and those below them, in the order in which they are made."""

    def make(self, box: Sandbox, made: Seeded) -> None:
        from .. import Confluence
        from ..confluence import publishing

        with box.client(Confluence) as confluence:
            if found := confluence.spaces.list(keys=[self.key]).first():
                _check_name(self.place, self.key, self.name, found.name)
            else:
                with _told_by(self.place):
                    confluence.spaces.create(key=self.key, name=self.name or self.key)
            try:
                published = publishing.create_tree(confluence, self.key, self.pages)
            except publishing.PublishError as fault:
                with _told_by(self.places[len(fault.published)]):
                    raise
            made.pages.update({page.title: page.id for page in published})


def _space(place: str, given: Mapping[str, Any]) -> _Space:
    _check(place, given, "key", "name", "pages")
    places: dict[str, str] = {}
    drafts = _drafts(f"{place}.pages", given.get("pages", ()), places)
    return _Space(place, given["key"], given.get("name", ""), drafts, [*places.values()])


def _drafts(place: str, given: object, places: dict[str, str]) -> list[Draft]:
    """The pages of a list with those below them, whose places are noted by title."""
    from ..confluence.publishing import Draft

    drafts: list[Draft] = []
    for at, page in _entries(place, given):
        _check(at, page, "title", "body", "children")
        title: str = page["title"].strip().casefold()
        if title in places:
            raise ValueError(
                f"{at}.title: {page['title']!r} is the title of {places[title]} already, but for upper and lower case"
            )
        places[title] = at
        below = _drafts(f"{at}.children", page.get("children", ()), places)
        with _told_by(at):
            drafts.append(Draft(page["title"], page.get("body", ""), below))
    return drafts


@dataclass(frozen=True)
class _Repository:
    place: str
    slug: str
    files: list[tuple[str, bytes]]

    def make(self, box: Sandbox, made: Seeded) -> None:
        from .. import Bitbucket

        with _told_by(self.place), box.client(Bitbucket, workspace=box.bitbucket.workspace) as bitbucket:
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
    return _Repository(place, given["slug"], content)
