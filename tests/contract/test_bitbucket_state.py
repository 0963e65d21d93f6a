"""Bitbucket's workspaces and repositories, and what is set up in them; every answer agrees with Atlassian's document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import Bitbucket, NotFoundError
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS),
    pytest.mark.filterwarnings("ignore:.*deprecated by Atlassian"),
]


@pytest.fixture
def bitbucket(box: Sandbox) -> Iterator[Bitbucket]:
    with box.client(Bitbucket, workspace=box.bitbucket.workspace) as client:
        yield client


def test_workspaces_and_their_people(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    me = bitbucket.user.get()
    assert list(bitbucket.user.workspaces.list())
    assert bitbucket.user.workspaces.get_permission().permission == "owner"
    assert list(bitbucket.user.workspaces.list_repository_permissions())
    address = bitbucket.user.emails.list().first()
    assert address is not None
    assert bitbucket.user.emails.get(str(address.email)).is_primary
    assert bitbucket.users.get(str(me.uuid)).account_id == box.accounts.organization_admin
    workspaces = bitbucket.workspaces
    assert list(workspaces.list())
    assert workspaces.get("acme").slug == box.bitbucket.workspace
    assert list(workspaces.members.list())
    assert workspaces.members.get(str(me.uuid)).user
    assert list(workspaces.permissions.list())
    assert list(workspaces.permissions.list_for_all_repositories())
    assert list(workspaces.permissions.list_for_repository("website"))
    assert list(workspaces.pullrequests.list_by_author(box.accounts.active, state=["OPEN", "MERGED", "DECLINED"]))
    exchange.agrees(box, tally)


def test_projects(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    projects = bitbucket.workspaces.projects
    projects.create(key="LAB", name="Lab", description="For trials", is_private=True)
    assert projects.get("LAB").name == "Lab"
    assert projects.update("LAB", name="Laboratory", key="LAB2").key == "LAB2"
    assert len(list(projects.list())) == 3
    projects.delete("LAB2")
    with pytest.raises(NotFoundError):
        projects.get("LAB2")
    exchange.agrees(box, tally)


def test_repositories_come_and_go(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    repositories = bitbucket.repositories
    assert list(repositories.list())
    assert [one.slug for one in repositories.list_public()] == ["website"]
    repositories.create("notes", project={"key": "CORE"}, description="Scratch", has_issues=True)
    assert repositories.get("notes").description == "Scratch"
    assert repositories.update("notes", name="Better notes", language="python").slug == "better-notes"
    repositories.update("from-nothing", project={"key": "CORE"})
    repositories.fork("website", name="My website")
    assert [fork.slug for fork in repositories.list_forks("website")] == ["my-website"]
    assert list(repositories.list_watchers("website"))
    repositories.delete("better-notes")
    exchange.agrees(box, tally)


def test_reviewers_by_default_and_the_branching_model(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    reviewers = bitbucket.repositories.default_reviewers
    me = str(bitbucket.user.get().uuid)
    reviewers.add("website", me)
    assert reviewers.get("website", me).uuid == me
    assert list(reviewers.list("website"))
    assert list(reviewers.list_effective("website"))
    reviewers.remove("website", me)
    model = bitbucket.repositories.branching_model
    changed = model.update_settings(
        "website",
        production={"enabled": True, "use_mainbranch": True},
        branch_types=[{"kind": "hotfix", "enabled": False}],
    )
    assert changed.production.enabled
    assert model.get_settings("website").production.enabled
    assert model.get("website").production.name == "main"
    model.get_effective("website")
    exchange.agrees(box, tally)


def kept(service: Any, place: tuple[str, ...], key: str, new: dict[str, Any], change: dict[str, Any]) -> None:
    """A record from its creation to its end. Not every service can read or change one alone."""
    made = service.add(*place, **new) if hasattr(service, "add") else service.create(*place, **new)
    name = str(getattr(made, key))
    assert name in [str(getattr(one, key)) for one in service.list(*place)]
    if hasattr(service, "get"):
        assert str(getattr(service.get(*place, name), key)) == name
    service.update(*place, name, **change)
    service.delete(*place, name)
    assert name not in [str(getattr(one, key)) for one in service.list(*place)]


def test_webhooks_keys_and_restrictions(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    repositories = bitbucket.repositories
    hook = {"url": "https://acme.example/x", "events": ["repo:push"], "description": "Pushes", "secret": "s3"}
    kept(repositories.webhooks, ("tools",), "uuid", hook, {"active": False})
    kept(bitbucket.workspaces.webhooks, (), "uuid", hook, {"events": ["issue:created"]})
    key = {"key": "ssh-ed25519 AAAA", "label": "ci"}
    kept(repositories.deploy_keys, ("tools",), "id", key, {"key": "ssh-ed25519 BBBB", "label": "cd"})
    restriction = {"kind": "push", "branch_match_kind": "glob", "pattern": "main"}
    someone = {"users": [{"uuid": str(bitbucket.user.get().uuid)}]}
    kept(repositories.branch_restrictions, ("tools",), "id", restriction | someone, {"pattern": "release/*"})
    exchange.agrees(box, tally)


def test_variables_and_environments(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    repositories = bitbucket.repositories
    variable = {"key": "TOKEN", "value": "s", "secured": True}
    plain = {"key": "STAGE", "value": "test"}
    for new in (variable, plain):
        kept(repositories.pipelines.variables, ("tools",), "uuid", new, {"value": "t"})
        kept(bitbucket.workspaces.pipelines.variables, (), "uuid", new, {"value": "t"})
    environments = repositories.environments
    made = str(environments.create("tools", name="Trial", environment_type={"name": "Staging"}).uuid)
    environments.update("tools", made, change={"name": "Trials"})
    assert environments.get("tools", made).name == "Trials"
    assert list(environments.list("tools"))
    for new in (variable, plain):
        kept(environments.variables, ("tools", made), "uuid", new, {"value": "t"})
    environments.delete("tools", made)
    exchange.agrees(box, tally)
