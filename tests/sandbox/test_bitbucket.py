"""The Bitbucket room: repositories, commits, pull requests and pipelines that remember."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from atlassian_cloud import ApiError, AsyncBitbucket, Bitbucket, NotFoundError
from atlassian_cloud.sandbox import Sandbox

Thing = dict[str, Any]


@pytest.fixture
def bitbucket(box: Sandbox) -> Iterator[Bitbucket]:
    with box.client(Bitbucket, workspace="acme") as client:
        yield client


STATES = ["OPEN", "MERGED", "DECLINED", "SUPERSEDED"]

# What a filter finds among all pull requests of the website, said again in Python.
QUERIES: dict[str, Callable[[Thing], bool]] = {
    'state = "OPEN"': lambda p: p["state"] == "OPEN",
    'state != "OPEN"': lambda p: p["state"] != "OPEN",
    'title ~ "FOOTER"': lambda p: "footer" in p["title"].lower(),
    'title !~ "the"': lambda p: "the" not in p["title"].lower(),
    'title = "Dark mode"': lambda p: p["title"] == "Dark mode",
    "id > 6": lambda p: p["id"] > 6,
    "id >= 6 AND id < 9": lambda p: 6 <= p["id"] < 9,
    "id <= 2 OR id = 11": lambda p: p["id"] <= 2 or p["id"] == 11,
    "draft = true": lambda p: p["draft"],
    "draft = false AND comment_count > 1": lambda p: not p["draft"] and p["comment_count"] > 1,
    'source.branch.name ~ "bugfix/"': lambda p: p["source"]["branch"]["name"].startswith("bugfix/"),
    'source.branch.name = "feature/blog"': lambda p: p["source"]["branch"]["name"] == "feature/blog",
    'destination.branch.name = "main" AND task_count > 0': lambda p: p["task_count"] > 0,
    'author.nickname = "olga"': lambda p: p["author"]["nickname"] == "olga",
    "merge_commit = null": lambda p: "merge_commit" not in p,
    "closed_by != null": lambda p: "closed_by" in p,
    'state IN ("MERGED", "DECLINED")': lambda p: p["state"] in ("MERGED", "DECLINED"),
    'state NOT IN ("MERGED", "OPEN")': lambda p: p["state"] == "DECLINED",
    '(state = "OPEN" OR state = "MERGED") AND close_source_branch = true': lambda p: (
        p["state"] in ("OPEN", "MERGED") and p["close_source_branch"]
    ),
    'reason ~ "not needed" AND state = "DECLINED"': lambda p: "Not needed" in p["reason"],
    "updated_on > 2020-01-01 AND comment_count = 0": lambda p: p["comment_count"] == 0,
    "created_on < 2020-01-01T00:00:00+00:00": lambda p: False,
}


def test_filters_find_what_a_loop_finds(bitbucket: Bitbucket) -> None:
    pulls = bitbucket.repositories.pullrequests
    everything = [found.to_dict() for found in pulls.list("website", state=STATES)]
    assert len(everything) == 12
    for query, holds in QUERIES.items():
        expected = [found["id"] for found in everything if holds(found)]
        assert bool(expected) == ("2020-01-01T" not in query), f"{query}: proves nothing"
        assert [found.id for found in pulls.list("website", q=query, state=STATES)] == expected, query


@pytest.mark.parametrize("query", ['state ="', "nonsense = 1", "title ~ ", "NOT draft = true", "author.shoes = 3"])
def test_what_is_no_filter_is_refused(bitbucket: Bitbucket, query: str) -> None:
    with pytest.raises(ApiError, match="Invalid") as caught:
        bitbucket.repositories.pullrequests.list("website", q=query).first()
    assert caught.value.status == 400


def test_lists_are_sorted_and_paged(bitbucket: Bitbucket, box: Sandbox) -> None:
    branches = bitbucket.repositories.branches
    names = [branch.name for branch in branches.list("website", sort="-name")]
    assert names == sorted(names, reverse=True)
    pages = list(branches.list("website", page_size=3).pages())
    assert [len(page) for page in pages[:-1]] == [3] * (len(pages) - 1)
    assert sum(len(page) for page in pages) == len(names)
    commits = bitbucket.repositories.commits
    assert len(next(iter(commits.list("website", page_size=12).pages()))) == 12
    dates = [commit.date for commit in commits.list("website", page_size=100)]
    assert len(dates) == 29
    assert dates == sorted(dates, reverse=True)


def test_a_pull_request_from_commit_to_merge(bitbucket: Bitbucket, box: Sandbox) -> None:
    repositories = bitbucket.repositories
    repositories.create("notes", project={"type": "project", "key": "CORE"}, description="Scratch")
    commit = repositories.source.create_commit
    commit("notes", files=[("a.txt", b"one\ntwo\n")], message="First")
    commit("notes", files=[("a.txt", b"one\n2\n"), ("b/c.txt", b"new\n")], message="Second", branch="work")
    pulls = repositories.pullrequests
    made = pulls.create(
        "notes", title="Work", source={"branch": {"name": "work"}}, reviewers=[{"account_id": box.accounts.active}]
    )
    assert (made.id, made.state, made.destination.branch.name) == (1, "OPEN", "main")
    assert [reviewer.account_id for reviewer in made.reviewers] == [box.accounts.active]
    told = {
        change.new.path: (change.status, change.lines_added, change.lines_removed)
        for change in pulls.list_diffstats("notes", 1)
    }
    assert told == {"a.txt": ("modified", 1, 1), "b/c.txt": ("added", 1, 0)}
    assert b"@@ -1,2 +1,2 @@\n one\n-two\n+2\n" in pulls.get_diff("notes", 1)
    assert b"Subject: [PATCH] Second" in pulls.get_patch("notes", 1)
    comment = pulls.comments.add("notes", 1, content={"raw": "Why?"}, inline={"path": "a.txt", "to": 2})
    answer = pulls.comments.add("notes", 1, content={"raw": "So."}, parent={"id": comment.id})
    assert (answer.parent.id, answer.inline.path) == (comment.id, "a.txt")
    pulls.comments.resolve("notes", 1, comment.id)
    with pytest.raises(ApiError, match="resolved already"):
        pulls.comments.resolve("notes", 1, comment.id)
    task = pulls.tasks.create("notes", 1, content={"raw": "Test it"})
    assert pulls.tasks.update("notes", 1, task.id, state="RESOLVED").state == "RESOLVED"
    assert pulls.approve("notes", 1).approved
    kinds = [sorted(entry.to_dict())[0] for entry in pulls.activity.list("notes", 1)]
    assert kinds == ["approval", "comment", "comment", "pull_request"]
    merged = pulls.merge("notes", 1, close_source_branch=True, message="Together")
    assert merged.state == "MERGED"
    main = repositories.branches.get("notes", "main").target
    assert (main.hash, main.message, len(main.parents)) == (merged.merge_commit.hash, "Together", 2)
    assert repositories.source.get("notes", "main", "b/c.txt") == b"new\n"
    with pytest.raises(NotFoundError):
        repositories.branches.get("notes", "work")
    with pytest.raises(ApiError, match="already closed"):
        pulls.decline("notes", 1)
    assert [found.commit.message for found in repositories.source.list_history("notes", "main", "a.txt")][-1] == "First"


@pytest.mark.parametrize(
    ("strategy", "parents", "commits"),
    [("merge_commit", 2, 2), ("squash", 1, 1), ("rebase_merge", 2, 2), ("rebase_fast_forward", 1, 1)],
)
def test_each_strategy_leaves_its_own_history(bitbucket: Bitbucket, strategy: str, parents: int, commits: int) -> None:
    before = len(list(bitbucket.repositories.commits.list_for_revision("website", "main", page_size=100)))
    bitbucket.repositories.pullrequests.merge("website", 8, merge_strategy=strategy)
    assert len(bitbucket.repositories.branches.get("website", "main").target.parents) == parents
    after = len(list(bitbucket.repositories.commits.list_for_revision("website", "main", page_size=100)))
    assert after - before == commits
    assert b"cookies" in bitbucket.repositories.source.get("website", "main", "src/cookies.js")


def test_conflicts_and_drafts_are_not_merged(bitbucket: Bitbucket) -> None:
    pulls = bitbucket.repositories.pullrequests
    assert [found.path for found in pulls.list_conflicts("website", 9)] == ["src/header.js"]
    with pytest.raises(ApiError, match="conflict") as caught:
        pulls.merge("website", 9)
    assert caught.value.status == 409
    with pytest.raises(ApiError, match="draft"):
        pulls.merge("website", 11)
    with pytest.raises(ApiError, match="fast-forward"):
        pulls.merge("website", 7, merge_strategy="fast_forward")


def test_a_merge_in_the_background_ends_by_the_clock(bitbucket: Bitbucket, box: Sandbox) -> None:
    pulls = bitbucket.repositories.pullrequests
    box.tasks.duration = 60
    assert pulls.merge("website", 8, async_=True) is None
    task = box.exchanges[-1].response_headers["location"].rsplit("/", 1)[1]
    assert pulls.get_merge_status("website", 8, task).task_status == "PENDING"
    assert pulls.get("website", 8).state == "OPEN"
    box.advance(seconds=61)
    assert pulls.get("website", 8).state == "MERGED"
    assert pulls.get_merge_status("website", 8, task).merge_result.state == "MERGED"


def test_a_fork_gives_back_what_it_has(bitbucket: Bitbucket) -> None:
    repositories = bitbucket.repositories
    repositories.fork("website", name="My website")
    repositories.source.create_commit("my-website", files=[("x.txt", b"x")], branch="mine")
    made = repositories.pullrequests.create(
        "website",
        title="From a fork",
        source={"branch": {"name": "mine"}, "repository": {"full_name": "acme/my-website"}},
    )
    repositories.source.create_commit("my-website", files=[("y.txt", b"y")], branch="mine")
    assert len(list(repositories.pullrequests.list_commits("website", made.id))) == 2
    repositories.pullrequests.merge("website", made.id)
    assert repositories.source.get("website", "main", "y.txt") == b"y"
    assert [fork.slug for fork in repositories.list_forks("website")] == ["my-website"]


def test_a_pipeline_runs_by_the_clock(bitbucket: Bitbucket, box: Sandbox) -> None:
    pipelines = bitbucket.repositories.pipelines
    made = pipelines.run("website", target={"type": "pipeline_ref_target", "ref_type": "branch", "ref_name": "main"})
    assert (made.build_number, made.state.name) == (7, "PENDING")
    box.advance(seconds=25)
    running = pipelines.get("website", made.uuid)
    assert (running.state.name, running.state.stage.name) == ("IN_PROGRESS", "RUNNING")
    steps = list(pipelines.steps.list("website", made.uuid))
    assert [step.state.name for step in steps] == ["COMPLETED", "IN_PROGRESS", "PENDING"]
    pipelines.stop("website", made.uuid)
    assert pipelines.get("website", made.uuid).state.result.name == "STOPPED"
    with pytest.raises(ApiError, match="ended already"):
        pipelines.stop("website", made.uuid)
    results = [found.state.result.name for found in pipelines.list("website")]
    assert results == ["SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL", "STOPPED"]


def test_records_are_kept_and_secrets_are_not_told(bitbucket: Bitbucket) -> None:
    variables = bitbucket.repositories.pipelines.variables
    made = variables.create("tools", key="TOKEN", value="s", secured=True)
    assert "value" not in variables.get("tools", made.uuid).to_dict()
    with pytest.raises(ApiError, match="exists already"):
        variables.create("tools", key="TOKEN", value="t")
    hooks = bitbucket.repositories.webhooks
    hook = hooks.create("tools", url="https://acme.example/x", events=["repo:push"], secret="s3")
    assert (hook.secret_set, "secret" in hook.to_dict()) == (True, False)
    assert hooks.update("tools", hook.uuid, active=False).active is False
    hooks.delete("tools", hook.uuid)
    assert not list(hooks.list("tools"))
    bitbucket.repositories.downloads.upload("tools", files=[("a.bin", b"abc")])
    assert [(found.name, found.size) for found in bitbucket.repositories.downloads.list("tools")] == [("a.bin", 3)]


def test_a_repository_that_is_renamed_takes_all_along(bitbucket: Bitbucket) -> None:
    bitbucket.repositories.update("website", name="Home page")
    assert len(list(bitbucket.repositories.webhooks.list("home-page"))) == 1
    with pytest.raises(NotFoundError):
        bitbucket.repositories.get("website")
    bitbucket.repositories.delete("home-page")
    assert [found.slug for found in bitbucket.repositories.list()] == ["api", "tools"]


@pytest.mark.filterwarnings("ignore:.*deprecated by Atlassian")
def test_snippets_and_issues(bitbucket: Bitbucket) -> None:
    made = bitbucket.snippets.create(title="Note", file=[("a.txt", b"a\n")])
    bitbucket.snippets.update(made.id, file=[("a.txt", b"b\n")])
    assert bitbucket.snippets.files.get(made.id, "a.txt") == b"b\n"
    assert len(list(bitbucket.snippets.commits.list(made.id))) == 2
    issues = bitbucket.repositories.issues
    issue = issues.create("website", title="It breaks", kind="bug", priority="critical")
    issues.comments.add("website", str(issue.id), content={"raw": "Really"})
    assert issues.update("website", str(issue.id), state="resolved").state == "resolved"
    assert [found.id for found in issues.list("website", q='priority = "critical"')] == [issue.id, 3]
    with pytest.raises(ApiError, match="no issue tracker"):
        issues.list("api").first()


def test_a_part_of_an_answer(box: Sandbox, bitbucket: Bitbucket) -> None:
    found = bitbucket.repositories.pullrequests.list(
        "website", extra_query={"fields": "values.id,values.reviewers.nickname"}
    ).first()
    assert found is not None
    assert set(found.to_dict()) == {"id", "reviewers"}


def test_the_same_from_a_loop(box: Sandbox) -> None:
    async def main() -> list[str]:
        async with box.client(AsyncBitbucket, workspace="acme") as bitbucket:
            return [found.slug async for found in bitbucket.repositories.list()]

    assert asyncio.run(main()) == ["api", "tools", "website"]
