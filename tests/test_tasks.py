"""Long tasks: asked, waited for, cancelled; whatever happens here, they go on at the server."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import AsyncJira, ConfigurationError, Confluence, Jira, TaskError, _tasks
from atlassian_cloud.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tasks, "_FIRST", 0.001)


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


def stands(box: Sandbox, path: str, *statuses: dict[str, Any]) -> None:
    for status in statuses:
        box.respond(body=status, path=path)


def deleted(jira: Any) -> Any:
    return jira.issues.bulk.delete(selected_issue_ids_or_keys=["DEMO-1"])


RUNNING = {"taskId": "7", "status": "RUNNING", "progressPercent": 40}
COMPLETE = {"taskId": "7", "status": "COMPLETE", "progressPercent": 100, "totalIssueCount": 1}


def test_a_bulk_operation_is_waited_for(jira: Jira, box: Sandbox) -> None:
    stands(box, "/bulk/issues/delete", {"taskId": "7"})
    stands(box, "/bulk/queue/7", RUNNING, RUNNING, COMPLETE)
    told: list[int | None] = []
    task = jira.task(deleted(jira))
    assert (task.id, task.started["taskId"]) == ("7", "7")
    done = task.wait(progress=told.append)
    assert (type(done).__name__, done.total_issue_count) == ("BulkOperation", 1)
    assert told == [40, 40, 100]
    assert [request.method for request in box.requests] == ["POST", "GET", "GET", "GET"]


def test_a_task_of_jira_gives_its_result_and_is_cancelled(jira: Jira, box: Sandbox) -> None:
    state = {"id": "9", "status": "RUNNING", "progress": 3}
    stands(box, "/project/A/delete", state)
    task = jira.task(jira.projects.delete_async("A"))
    stands(box, "/task/9", state)
    assert task.status().progress == 3
    task.cancel()
    assert box.requests[-1].path == "/rest/api/3/task/9/cancel"
    stands(box, "/task/9", {**state, "status": "COMPLETE", "result": {"deleted": True}})
    assert task.wait()["deleted"] is True


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "DEAD"])
def test_a_task_that_does_not_succeed_is_an_error(jira: Jira, box: Sandbox, state: str) -> None:
    stands(box, "/project/A/delete", {"id": "9", "status": "ENQUEUED"})
    stands(box, "/task/9", {"id": "9", "status": state, "message": "The project is locked."})
    with pytest.raises(TaskError, match=f"task 9 has ended as {state}: The project is locked.") as caught:
        jira.task(jira.projects.delete_async("A")).wait()
    assert (caught.value.task_id, caught.value.status.status) == ("9", state)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.task_id, again.status.status) == ("9", state)


def test_a_time_out_leaves_the_task_alone(jira: Jira, box: Sandbox) -> None:
    stands(box, "/bulk/issues/delete", {"taskId": "7"})
    stands(box, "/bulk/queue/7", *[RUNNING] * 50)
    task = jira.task(deleted(jira))
    with pytest.raises(TimeoutError, match=r"task 7 has not ended within 0 s; it goes on at the server"):
        task.wait(timeout=0)
    with pytest.raises(ValueError, match="timeout: must be 0 seconds or more"):
        task.wait(timeout=-1)
    assert not [request for request in box.requests if "cancel" in request.path]
    with pytest.raises(ConfigurationError, match="cannot be cancelled"):
        task.cancel()


def test_confluence_tells_success_by_flags(box: Sandbox) -> None:
    state = {"id": "3", "finished": False, "successful": False, "percentageComplete": 1, "messages": []}
    with box.client(Confluence) as confluence:
        stands(box, "/content/1/pageTree", {"id": "3", "links": {"status": "/x"}})
        stands(box, "/longtask/3", state, {**state, "finished": True, "successful": True})
        task = confluence.task(confluence.v1.pages.delete_tree("1"))
        assert task.wait().finished is True
        stands(box, "/longtask/3", {**state, "finished": True, "messages": [{"translation": "No space left"}]})
        with pytest.raises(TaskError, match=r"task 3 has ended as failed: .*No space left"):
            task.wait()


def test_tasks_are_awaited(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            stands(box, "/bulk/issues/delete", {"taskId": "7"})
            stands(box, "/bulk/queue/7", RUNNING, RUNNING, COMPLETE)
            task = jira.task(await deleted(jira))
            assert (await task.status()).status == "RUNNING"
            assert (await task.wait()).total_issue_count == 1
            stands(box, "/bulk/queue/7", RUNNING)
            with pytest.raises(TimeoutError, match="it goes on"):
                await task.wait(timeout=0)
            stands(box, "/task/9/cancel", {})
            stands(box, "/project/A/delete", {"id": "9", "status": "ENQUEUED"})
            await jira.task(await jira.projects.delete_async("A")).cancel()
            assert box.requests[-1].path.endswith("/task/9/cancel")

    asyncio.run(main())


def test_other_answers_are_no_tasks(jira: Jira, box: Sandbox) -> None:
    with pytest.raises(TypeError, match="got Attachment"):
        jira.task(jira.issues.attachments.add("DEMO-1", files=[b"x"])[0])
    with pytest.raises(TypeError, match="got NoneType"):
        jira.task(None)  # type: ignore[arg-type]
    stands(box, "/bulk/issues/delete", {})
    with pytest.raises(ValueError, match="the answer has no taskId"):
        jira.task(deleted(jira))
