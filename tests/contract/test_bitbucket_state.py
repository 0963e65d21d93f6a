"""A walk through the Bitbucket room; every answer agrees with Atlassian's document.

Tasks are left out: their schema joins two that each forbid the fields of the other, so nothing fits it.
"""

from __future__ import annotations

import pytest
from atlassian_cloud import Bitbucket
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)


def reads(bitbucket: Bitbucket) -> None:
    repositories = bitbucket.repositories
    lists = (
        [bitbucket.workspaces.list(), bitbucket.workspaces.members.list(), bitbucket.workspaces.permissions.list()]
        + [bitbucket.workspaces.projects.list(), bitbucket.user.workspaces.list(), repositories.list()]
        + [getattr(repositories, name).list("website") for name in ("branches", "tags", "refs", "commits", "issues")]
        + [getattr(repositories, name).list("website") for name in ("webhooks", "deploy_keys", "branch_restrictions")]
        + [getattr(repositories, name).list("website") for name in ("pipelines", "deployments", "environments")]
        + [repositories.list_watchers("website"), repositories.default_reviewers.list("website")]
        + [
            repositories.default_reviewers.list_effective("website"),
            repositories.source.list_at_root("website", "main"),
        ]
        + [repositories.pullrequests.list("website", state=["OPEN", "MERGED", "DECLINED"])]
        + [repositories.pullrequests.activity.list_for_repository("website"), bitbucket.snippets.list()]
    )
    for paginator in lists:
        assert list(paginator) is not None
    for number in (1, 3, 7, 9):
        pulls = repositories.pullrequests
        assert pulls.get("website", number).id == number
        for paginator in (
            pulls.activity.list("website", number),
            pulls.comments.list("website", number),
            pulls.list_commits("website", number),
            pulls.list_statuses("website", number),
            pulls.list_diffstats("website", number),
            pulls.list_conflicts("website", number),
        ):
            assert list(paginator) is not None
    repositories.commits.get("website", "main")
    repositories.branching_model.get("website")
    repositories.branching_model.get_settings("website")
    repositories.branching_model.get_effective("website")
    pipeline = repositories.pipelines.list("website").first()
    assert pipeline is not None
    assert list(repositories.pipelines.steps.list("website", str(pipeline.uuid)))


def writes(bitbucket: Bitbucket) -> None:
    repositories = bitbucket.repositories
    bitbucket.workspaces.projects.create(key="LAB", name="Lab")
    repositories.create("notes", project={"key": "LAB"})
    repositories.source.create_commit("notes", files=[("a.txt", b"a\n")])
    repositories.source.create_commit("notes", files=[("b.txt", b"b\n")], branch="work")
    repositories.commits.comments.add("notes", "work", content={"raw": "Fine"})
    repositories.commits.approve("notes", "work")
    repositories.commits.statuses.create("notes", "work", key="ci", state="SUCCESSFUL", url="https://acme.example/1")
    repositories.tags.create("notes", name="v1", target={"hash": "main"})
    pulls = repositories.pullrequests
    pulls.create("notes", title="Work", source={"branch": {"name": "work"}})
    pulls.update("notes", 1, title="More work")
    pulls.comments.add("notes", 1, content={"raw": "Why?"})
    pulls.request_changes("notes", 1)
    pulls.approve("notes", 1)
    pulls.merge("notes", 1)
    repositories.environments.create("notes", name="Test")
    repositories.pipelines.variables.create("notes", key="A", value="b")
    repositories.pipelines.run(
        "notes", target={"type": "pipeline_ref_target", "ref_type": "branch", "ref_name": "main"}
    )
    repositories.webhooks.create("notes", url="https://acme.example/x", events=["repo:push"])
    repositories.branch_restrictions.create("notes", kind="push", branch_match_kind="glob", pattern="main")
    repositories.deploy_keys.add("notes", key="ssh-ed25519 AAAA", label="ci")
    repositories.fork("notes", name="notes two")
    repositories.issues.create("website", title="It breaks")
    bitbucket.snippets.create(title="Note", file=[("a.txt", b"a\n")])
    repositories.delete("notes")


@pytest.mark.filterwarnings("ignore:.*deprecated by Atlassian")
def test_every_answer_agrees(box: Sandbox, tally: Tally) -> None:
    with box.client(Bitbucket, workspace="acme") as bitbucket:
        reads(bitbucket)
        writes(bitbucket)
    answered = exchange.agrees(box, tally)
    assert len(answered) >= 50
    assert {
        "bitbucket.repositories.pullrequests.merge",
        "bitbucket.repositories.pullrequests.activity.list",
    } <= answered
