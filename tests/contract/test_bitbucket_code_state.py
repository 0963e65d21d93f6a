"""Code in Bitbucket: commits, branches, files, builds and snippets; every answer agrees with Atlassian's document."""

from __future__ import annotations

from collections.abc import Iterator

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


def test_files_and_their_history(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    source = bitbucket.repositories.source
    source.create_commit(
        "tools", files=[("a.txt", b"one\n"), ("b/c.txt", b"two\n")], message="Two files", branch="work"
    )
    source.create_commit("tools", delete=["a.txt"], branch="work")
    assert list(source.list_root("tools"))
    assert list(source.list_at_root("tools", "work", max_depth=2))
    assert [entry.path for entry in source.list("tools", "work", "b")] == ["b/c.txt"]
    assert source.get("tools", "work", "b/c.txt") == b"two\n"
    source.get("tools", "work", "b/c.txt", format="meta")
    assert list(source.list_history("tools", "work", "b/c.txt"))
    exchange.agrees(box, tally)


def test_branches_and_tags(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    repositories = bitbucket.repositories
    repositories.branches.create("website", name="work", target={"hash": "main"})
    assert repositories.branches.get("website", "work").name == "work"
    assert list(repositories.branches.list("website"))
    repositories.branches.delete("website", "work")
    repositories.tags.create("website", name="v9", target={"hash": "main"}, message="Ninth")
    assert repositories.tags.get("website", "v9").message == "Ninth"
    assert list(repositories.tags.list("website"))
    assert list(repositories.refs.list("website"))
    repositories.tags.delete("website", "v9")
    with pytest.raises(NotFoundError):
        repositories.tags.get("website", "v9")
    exchange.agrees(box, tally)


def test_commits_and_what_is_said_of_them(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    commits = bitbucket.repositories.commits
    tip = str(commits.get("website", "main").hash)
    assert list(commits.list("website", limit=3))
    assert list(commits.list_with_body("website", include=["main"], limit=3))
    assert list(commits.list_for_revision("website", "main", path="README.md"))
    assert list(commits.list_for_revision_with_body("website", "main", path="README.md"))
    assert commits.approve("website", tip).approved
    commits.get("website", tip)
    commits.unapprove("website", tip)
    comment = commits.comments.add("website", tip, content={"raw": "Fine"}, inline={"path": "README.md", "to": 1})
    said = int(str(comment.id))
    commits.comments.add("website", tip, content={"raw": "Is it?"}, parent={"id": said})
    commits.comments.update("website", tip, said, content={"raw": "Very fine"})
    assert commits.comments.get("website", tip, said).content.raw == "Very fine"
    commits.comments.delete("website", tip, said)
    assert len(list(commits.comments.list("website", tip))) == 2
    build = {"key": "ci", "state": "INPROGRESS", "url": "https://acme.example/1"}
    commits.statuses.create("website", tip, **build)
    assert commits.statuses.update("website", tip, "ci", state="SUCCESSFUL").state == "SUCCESSFUL"
    assert commits.statuses.get("website", tip, "ci").url == build["url"]
    assert list(commits.statuses.list("website", tip))
    exchange.agrees(box, tally)


def test_what_lies_between_commits(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    commits = bitbucket.repositories.commits
    between = "feature/blog..main"
    assert b"diff --git" in commits.get_diff("website", between)
    assert b"Subject:" in commits.get_patch("website", "main")
    assert list(commits.list_diffstats("website", between))
    assert commits.get_merge_base("website", between).hash
    pull = bitbucket.repositories.pullrequests.get("website", 9)
    conflict = f"{pull.source.branch.name}..main"
    assert [found.path for found in commits.list_conflicts("website", conflict)] == ["src/header.js"]
    exchange.agrees(box, tally)


def test_downloads(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    downloads = bitbucket.repositories.downloads
    downloads.upload("tools", files=[("a.bin", b"abc")])
    assert [one.name for one in downloads.list("tools")] == ["a.bin"]
    assert downloads.get("tools", "a.bin") == b"abc"
    downloads.delete("tools", "a.bin")
    exchange.agrees(box, tally)


def test_pipelines_and_deployments(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    pipelines = bitbucket.repositories.pipelines
    main = {"type": "pipeline_ref_target", "ref_type": "branch", "ref_name": "main"}
    made = str(pipelines.run("website", target=main, variables=[{"key": "A", "value": "b"}]).uuid)
    box.advance(seconds=25)
    states = {step.state.name: str(step.uuid) for step in pipelines.steps.list("website", made)}
    assert set(states) == {"COMPLETED", "IN_PROGRESS", "PENDING"}
    for step in states.values():
        pipelines.steps.get("website", made, step)
    assert pipelines.steps.get_log("website", made, states["COMPLETED"])
    assert pipelines.get("website", made).state.name == "IN_PROGRESS"
    pipelines.stop("website", made)
    assert pipelines.get("website", made).state.result.name == "STOPPED"
    pipelines.run("website", target=main)
    box.advance(hours=1)
    assert list(pipelines.list("website"))
    deployment = bitbucket.repositories.deployments.list("website").first()
    assert deployment is not None
    bitbucket.repositories.deployments.get("website", str(deployment.uuid))
    assert list(bitbucket.repositories.environments.list("website"))
    exchange.agrees(box, tally)


def test_snippets(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    snippets = bitbucket.snippets
    snippets.create_own(file=[("own.txt", b"mine\n")])
    made = str(snippets.create(title="Note", file=[("a.txt", b"a\n")], is_private=False).id)
    snippets.update(made, file=[("a.txt", b"b\n")], title="Better note")
    assert snippets.get(made).title == "Better note"
    assert list(snippets.list(role="owner"))
    assert list(snippets.list_all())
    newest, oldest = [str(commit.hash) for commit in snippets.commits.list(made)]
    snippets.commits.get(made, newest)
    snippets.get_revision(made, oldest)
    assert b"+b" in snippets.get_diff(made, f"{oldest}..{newest}")
    assert b"Subject:" in snippets.get_patch(made, newest)
    assert snippets.files.get(made, "a.txt") == b"b\n"
    assert snippets.files.get_at_revision(made, oldest, "a.txt") == b"a\n"
    snippets.update_revision(made, newest, title="Best note")
    said = str(snippets.comments.add(made, content={"raw": "Useful"}).id)
    snippets.comments.update(made, said, content={"raw": "Very useful"})
    assert snippets.comments.get(made, said).content.raw == "Very useful"
    assert list(snippets.comments.list(made))
    snippets.comments.delete(made, said)
    snippets.watch(made)
    snippets.check_watch(made)
    assert list(snippets.list_watchers(made))
    snippets.unwatch(made)
    snippets.delete_revision(made, newest)
    other = str(snippets.create(file=[("b.txt", b"b\n")]).id)
    snippets.delete(other)
    with pytest.raises(NotFoundError):
        snippets.get(other)
    exchange.agrees(box, tally)
