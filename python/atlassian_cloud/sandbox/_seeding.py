"""Data of your own for a box, made by the operations that anybody would use: so it has the box's rules, ids and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def seed(
    box: Sandbox,
    projects: Iterable[Mapping[str, Any]],
    spaces: Iterable[Mapping[str, Any]],
    repositories: Iterable[Mapping[str, Any]],
) -> Seeded:
    made = Seeded()
    for project in projects:
        _project(box, made, **project)
    for space in spaces:
        _space(box, made, **space)
    for repository in repositories:
        _repository(box, made, **repository)
    return made


def _project(box: Sandbox, made: Seeded, *, key: str, name: str = "", issues: Iterable[Mapping[str, Any]] = ()) -> None:
    from .. import Jira
    from ..jira import editing

    with box.client(Jira) as jira:
        if not jira.projects.search(keys=[key]).to_list(limit=1):
            jira.projects.create(
                key=key,
                name=name or key,
                project_template_key=_TEMPLATE,
                lead_account_id=box.accounts.organization_admin,
            )
        for issue in issues:
            fields = {"Project": key, "Issue Type": "Task", **issue}
            status = fields.pop("Status", None)
            made_key = editing.create(jira, fields)
            made.issues.append(made_key)
            if (
                status is not None
                and jira.issues.get(made_key, fields=["status"])["fields"]["status"]["name"] != status
            ):
                editing.transition(jira, made_key, status)


def _space(box: Sandbox, made: Seeded, *, key: str, name: str = "", pages: Iterable[Mapping[str, Any]] = ()) -> None:
    from .. import Confluence
    from ..confluence import publishing

    with box.client(Confluence) as confluence:
        if not confluence.spaces.list(keys=[key]).to_list(limit=1):
            confluence.spaces.create(key=key, name=name or key)
        published = publishing.create_tree(confluence, key, [_draft(page) for page in pages])
        made.pages.update({page.title: page.id for page in published})


def _draft(page: Mapping[str, Any]) -> Any:
    from ..confluence.publishing import Draft

    return Draft(page["title"], page.get("body", ""), [_draft(child) for child in page.get("children", ())])


def _repository(box: Sandbox, made: Seeded, *, slug: str, files: Mapping[str, str | bytes] | None = None) -> None:
    from .. import Bitbucket

    with box.client(Bitbucket, workspace=box.bitbucket.workspace) as bitbucket:
        bitbucket.repositories.create(slug, project={"type": "project", "key": "CORE"})
        if files:
            content = [(path, text.encode() if isinstance(text, str) else text) for path, text in files.items()]
            bitbucket.repositories.source.create_commit(slug, files=content, branch="main", message="Seed")
    made.repositories.append(slug)
