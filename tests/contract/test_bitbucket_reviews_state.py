"""Pull requests and issues of Bitbucket; every answer agrees with Atlassian's document."""

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


def test_pull_requests_of_the_seed(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    pulls = bitbucket.repositories.pullrequests
    numbers = [str(pull.id) for pull in pulls.list("website", state=["OPEN", "MERGED", "DECLINED"])]
    assert len(numbers) == 12
    for number in numbers:
        assert str(pulls.get("website", number).id) == number
        for listing in (pulls.activity.list, pulls.comments.list, pulls.tasks.list, pulls.list_conflicts):
            list(listing("website", number))
        for listing in (pulls.list_commits, pulls.list_statuses, pulls.list_diffstats):
            assert list(listing("website", number))
    assert list(pulls.activity.list_for_repository("website"))
    tip = str(pulls.get("website", 1).source.commit.hash)
    assert [pull.id for pull in pulls.list_for_commit("website", tip)] == [1]
    exchange.agrees(box, tally)


def test_a_review(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    bitbucket.repositories.source.create_commit("tools", files=[("a.txt", b"a\n")], branch="work")
    pulls = bitbucket.repositories.pullrequests
    made = pulls.create(
        "tools",
        title="Work",
        source={"branch": {"name": "work"}},
        reviewers=[{"account_id": box.accounts.active}],
        draft=True,
    )
    pull = str(made.id)
    pulls.update("tools", pull, title="More work", description="As agreed", draft=False)
    assert b"+a" in pulls.get_diff("tools", pull)
    assert b"Subject:" in pulls.get_patch("tools", pull)
    said = int(str(pulls.comments.add("tools", pull, content={"raw": "Why?"}, inline={"path": "a.txt", "to": 1}).id))
    pulls.comments.add("tools", pull, content={"raw": "So."}, parent={"id": said})
    pulls.comments.update("tools", pull, said, content={"raw": "Why so?"})
    pulls.comments.resolve("tools", pull, said)
    assert pulls.comments.get("tools", pull, said).resolution
    pulls.comments.reopen("tools", pull, said)
    task = str(pulls.tasks.create("tools", pull, content={"raw": "Test it"}, comment={"id": said}).id)
    assert pulls.tasks.update("tools", pull, task, state="RESOLVED").resolved_by
    assert pulls.tasks.get("tools", pull, task).state == "RESOLVED"
    other = str(pulls.tasks.create("tools", pull, content={"raw": "Tell it"}).id)
    assert len(list(pulls.tasks.list("tools", pull))) == 2
    pulls.tasks.delete("tools", pull, other)
    pulls.comments.delete("tools", pull, said)
    assert list(pulls.comments.list("tools", pull))
    pulls.request_changes("tools", pull)
    pulls.unrequest_changes("tools", pull)
    pulls.approve("tools", pull)
    pulls.get("tools", pull)
    pulls.unapprove("tools", pull)
    assert list(pulls.activity.list("tools", pull))
    assert pulls.decline("tools", pull).state == "DECLINED"
    exchange.agrees(box, tally)


def test_merges(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    pulls = bitbucket.repositories.pullrequests
    assert pulls.merge("website", 7, message="Together", close_source_branch=True).state == "MERGED"
    box.tasks.duration = 60
    pulls.merge("website", 8, async_=True)
    task = box.exchanges[-1].response_headers["location"].rsplit("/", 1)[1]
    assert pulls.get_merge_status("website", 8, task).task_status == "PENDING"
    box.advance(seconds=61)
    assert pulls.get_merge_status("website", 8, task).merge_result.state == "MERGED"
    exchange.agrees(box, tally)


def test_issues(box: Sandbox, bitbucket: Bitbucket, tally: Tally) -> None:
    issues = bitbucket.repositories.issues
    assert list(issues.list("website"))
    issue = str(issues.create("website", title="It breaks", kind="bug", content={"raw": "Always"}).id)
    someone = {"account_id": box.accounts.active}
    assert issues.update("website", issue, state="open", assignee=someone).assignee
    assert issues.get("website", issue).state == "open"
    said = str(issues.comments.add("website", issue, content={"raw": "Really"}).id)
    issues.comments.update("website", issue, said, content={"raw": "Yes, really"})
    assert issues.comments.get("website", issue, said).content.raw == "Yes, really"
    assert list(issues.comments.list("website", issue))
    issues.comments.delete("website", issue, said)
    issues.vote("website", issue)
    issues.check_vote("website", issue)
    issues.unvote("website", issue)
    issues.watch("website", issue)
    issues.check_watch("website", issue)
    issues.unwatch("website", issue)
    issues.delete("website", issue)
    with pytest.raises(NotFoundError):
        issues.get("website", issue)
    exchange.agrees(box, tally)
