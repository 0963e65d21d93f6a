"""Long tasks: asked, waited for, cancelled; whatever happens here, they go on at the server."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import (
    ApiError,
    AsyncConfluence,
    AsyncJira,
    AtlassianError,
    ConfigurationError,
    Confluence,
    Jira,
    NotFoundError,
    TaskError,
    _tasks,
)
from atlassian_cloud.sandbox import Sandbox

# No task ends by itself within a test: the box's clock is moved.
HOUR = 3600.0


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch, box: Sandbox) -> None:
    monkeypatch.setattr(_tasks, "_FIRST", 0.001)
    box.tasks.duration = HOUR


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


@pytest.fixture
def confluence(box: Sandbox) -> Iterator[Confluence]:
    with box.client(Confluence) as client:
        yield client


def deleted(jira: Any, key: str = "ENG-1") -> Any:
    return jira.issues.bulk.delete(selected_issue_ids_or_keys=[key])


class Watch:
    """Notes the progress that is told, and lets a third of an hour pass each time."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.told: list[int | None] = []

    def __call__(self, percent: int | None) -> None:
        self.told.append(percent)
        self.box.advance(seconds=HOUR / 3 + 1)


def test_a_bulk_operation_is_waited_for(jira: Jira, box: Sandbox) -> None:
    watch = Watch(box)
    task = jira.task(deleted(jira))
    assert task.id == task.started["taskId"]
    done = task.wait(progress=watch)
    assert (type(done).__name__, done.task_id, done.status) == ("BulkOperation", task.id, "COMPLETE")
    assert watch.told == [0, 25, 50, 100]
    assert [request.method for request in box.requests] == ["POST", "GET", "GET", "GET", "GET"]


@pytest.mark.parametrize("version", [3, 2])
def test_jira_sends_the_caller_to_the_task(jira: Jira, box: Sandbox, version: int) -> None:
    task = jira.task((jira.v2 if version == 2 else jira).projects.delete_async("OPS"))
    assert [(request.method, request.path, request.status) for request in box.requests] == [
        ("POST", f"/rest/api/{version}/project/OPS/delete", 303),
        ("GET", f"/rest/api/{version}/task/{task.id}", 200),
    ]
    assert task.started.self == f"{box.url}/rest/api/{version}/task/{task.id}"
    status = task.status()
    assert (status.id, status.status, status.progress, status.finished) == (task.id, "RUNNING", 0, None)
    assert "result" not in status
    box.advance(seconds=HOUR)
    assert (task.status().finished - status.submitted).total_seconds() == HOUR
    assert task.wait().to_dict() == task.status()["result"].to_dict()


def test_a_cancelled_task_ends_as_that(jira: Jira, box: Sandbox) -> None:
    task = jira.task(jira.projects.delete_async("OPS"))
    box.advance(seconds=HOUR / 2)
    task.cancel()
    assert box.requests[-1].path == f"/rest/api/3/task/{task.id}/cancel"
    box.advance(seconds=HOUR)
    with pytest.raises(TaskError, match=f"task {task.id} has ended as CANCELLED$") as caught:
        task.wait()
    assert caught.value.status.progress == 50
    with pytest.raises(ApiError, match="has ended and cannot be cancelled") as refused:
        task.cancel()
    assert refused.value.status == 400


def test_a_task_that_fails_is_an_error(jira: Jira, box: Sandbox) -> None:
    box.tasks.fail_next("The project is locked.")
    task = jira.task(jira.projects.delete_async("OPS"))
    assert task.status().message is None
    box.advance(seconds=HOUR)
    with pytest.raises(TaskError, match=f"task {task.id} has ended as FAILED: The project is locked.") as caught:
        task.wait()
    assert (caught.value.task_id, caught.value.status.status) == (task.id, "FAILED")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.task_id, again.status.status) == (task.id, "FAILED")


def test_bulk_operations_and_confluence_tell_failures_their_own_way(
    jira: Jira, confluence: Confluence, box: Sandbox
) -> None:
    box.tasks.fail_next("No right to delete")
    box.tasks.fail_next("No space left")
    bulk, tree = jira.task(deleted(jira)), confluence.task(confluence.v1.pages.delete_tree(box.confluence.runbooks))
    box.advance(seconds=HOUR)
    with pytest.raises(TaskError, match=rf"task {bulk.id} has ended as FAILED: .*No right to delete"):
        bulk.wait()
    with pytest.raises(TaskError, match=rf"task {tree.id} has ended as failed: .*No space left"):
        tree.wait()


@pytest.mark.parametrize("state", ["DEAD", "CANCELLED"])
def test_every_end_but_success_is_an_error(jira: Jira, box: Sandbox, state: str) -> None:
    task = jira.task(jira.projects.delete_async("OPS"))
    box.respond(body={"id": task.id, "status": state}, path="/task/")
    with pytest.raises(TaskError, match=f"has ended as {state}$"):
        task.wait()


def test_a_kept_id_is_followed_through_what_tells_of_it(jira: Jira, confluence: Confluence, box: Sandbox) -> None:
    begun = [
        (jira, deleted(jira).task_id, jira.issues.bulk.get_progress),
        (jira, jira.projects.delete_async("OPS").id, jira.tasks.get),
        (confluence, confluence.v1.spaces.delete("HR").id, confluence.v1.long_tasks.get),
    ]
    for client, kept, tell in begun:
        task = client.task(tell(str(kept)))
        assert task.id == str(kept)
        task.wait(timeout=30, progress=lambda percent: box.advance(hours=1))


def test_a_time_out_leaves_the_task_alone(jira: Jira, box: Sandbox) -> None:
    task = jira.task(deleted(jira))
    with pytest.raises(
        TimeoutError, match=rf"task {task.id} has not ended within 0 s; it goes on at the server"
    ) as late:
        task.wait(timeout=0)
    # Whoever imports the error of this package catches it, too.
    assert isinstance(late.value, AtlassianError)
    for timeout in (-1, float("nan")):
        with pytest.raises(ValueError, match="timeout: must be 0 seconds or more"):
            task.wait(timeout=timeout)
    with pytest.raises(TypeError, match="timeout: expected seconds as a number, or None, got str"):
        task.wait(timeout="5")  # type: ignore[arg-type]

    async def watch(percent: int | None) -> None: ...

    for wrong, kind in ((5, "int"), (watch, "a coroutine function")):
        with pytest.raises(TypeError, match=f"progress: expected a function that is called, not awaited; got {kind}"):
            task.wait(progress=wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="cannot be cancelled"):
        task.cancel()
    assert not [request for request in box.requests if "cancel" in request.path]
    box.advance(seconds=HOUR)
    assert task.wait(timeout=0).status == "COMPLETE"


def test_an_interrupt_leaves_the_task_alone(jira: Jira, box: Sandbox) -> None:
    def interrupt(_percent: int | None) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    task = jira.task(jira.projects.delete_async("OPS"))
    with pytest.raises(KeyboardInterrupt):
        task.wait(progress=interrupt)
    assert task.status().status == "RUNNING"
    assert not [request for request in box.requests if "cancel" in request.path]
    box.advance(seconds=HOUR)
    task.wait(timeout=0)
    assert task.status().status == "COMPLETE"


def test_confluence_tells_success_by_flags(confluence: Confluence, box: Sandbox) -> None:
    watch = Watch(box)
    task = confluence.task(confluence.v1.pages.delete_tree(box.confluence.runbooks))
    assert task.status().finished is False
    done = task.wait(progress=watch)
    assert (done.id, done.finished, done.successful, done.messages) == (task.id, True, True, [])
    assert watch.told == [0, 25, 50, 100]


def test_tasks_are_awaited(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira, box.client(AsyncConfluence) as confluence:
            watch = Watch(box)
            task = jira.task(await deleted(jira))
            assert (await task.status()).status == "RUNNING"
            with pytest.raises(TimeoutError, match="it goes on"):
                await task.wait(timeout=0)
            assert (await task.wait(progress=watch)).status == "COMPLETE"
            assert watch.told == [0, 25, 50, 100]
            box.tasks.fail_next("No space left")
            tree = confluence.task(await confluence.v1.pages.delete_tree(box.confluence.runbooks))
            waiting = asyncio.create_task(tree.wait())
            while box.requests[-1].status != 200 or "longtask" not in box.requests[-1].path:
                await asyncio.sleep(0.001)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert (await tree.status()).finished is False
            box.advance(seconds=HOUR)
            with pytest.raises(TaskError, match="No space left"):
                await tree.wait()
            project = jira.task(await jira.projects.delete_async("OPS"))
            await project.cancel()
            assert (await project.status()).status == "CANCELLED"

    asyncio.run(main())


def test_a_task_through_the_gateway_is_found_there(box: Sandbox) -> None:
    with box.client(Jira, token=box.scoped_api_token, gateway=True, cloud_id=box.cloud_id) as jira:
        jira.task(jira.projects.delete_async("OPS")).cancel()
    assert [request.status for request in box.requests] == [303, 200, 202]


def test_a_box_says_how_its_tasks_go(jira: Jira, box: Sandbox) -> None:
    task = jira.task(deleted(jira))
    box.tasks.duration = 0
    assert (task.status().status, jira.task(deleted(jira, "ENG-2")).status().status) == ("RUNNING", "COMPLETE")
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="duration: expected 0 seconds or more"):
            box.tasks.duration = wrong
    box.tasks.fail_next()
    with pytest.raises(TaskError, match=r"The task failed\."):
        jira.task(deleted(jira, "ENG-3")).wait()
    assert jira.task(deleted(jira, "ENG-3")).wait().status == "COMPLETE"
    box.tasks.fail_next()
    box.reset()
    assert box.tasks.duration == 0.3
    assert jira.task(deleted(jira)).wait().status == "COMPLETE"


def test_a_box_knows_its_own_tasks_alone(jira: Jira, confluence: Confluence, box: Sandbox) -> None:
    bulk = jira.task(deleted(jira))
    asked = [
        lambda: jira.tasks.get("1"),
        lambda: jira.tasks.cancel("1"),
        lambda: jira.issues.bulk.get_progress("1"),
        lambda: confluence.v1.long_tasks.get("1"),
        lambda: jira.tasks.get(bulk.id),
    ]
    for ask in asked:
        with pytest.raises(NotFoundError) as caught:
            ask()
        assert "does not exist" in caught.value.messages[0].text
    box.reset()
    with pytest.raises(NotFoundError):
        bulk.status()


def test_other_answers_are_no_tasks(jira: Jira, box: Sandbox) -> None:
    with pytest.raises(TypeError, match="got Attachment"):
        jira.task(jira.issues.attachments.add("ENG-1", files=[b"x"])[0])
    with pytest.raises(TypeError, match="got NoneType"):
        jira.task(None)  # type: ignore[arg-type]
    box.respond(body={}, path="/bulk/issues/delete")
    with pytest.raises(ValueError, match="the answer has no taskId"):
        jira.task(deleted(jira))


@pytest.mark.parametrize("status", [{}, [], {"status": None}, {"taskId": "1"}])
def test_a_status_that_does_not_say_how_it_stands_ends_the_wait(jira: Jira, box: Sandbox, status: Any) -> None:
    task = jira.task(deleted(jira))
    box.respond(body=status, path="/bulk/queue/", times=None)
    with pytest.raises(TaskError, match=f"task {task.id}: the server's status has no status; how it stands is unknown"):
        task.wait()


def test_a_task_that_began_unseen_is_not_to_be_begun_again(box: Sandbox) -> None:
    box.fail(503, path="/task/", times=None)
    with box.client(Jira, max_retries=0) as jira, pytest.raises(ApiError) as caught:
        jira.projects.delete_async("OPS")
    assert "was begun" in str(caught.value.hint)
    assert caught.value.url.endswith("/task/800001")
    assert [(request.method, request.status) for request in box.requests] == [("POST", 303), ("GET", 503)]


def test_a_slow_answer_does_not_outlast_the_wait(jira: Jira, box: Sandbox) -> None:
    task = jira.task(deleted(jira))
    box.delay(10, path="/bulk/queue/", times=None)
    start = time.monotonic()
    with pytest.raises(TimeoutError, match=rf"task {task.id} has not ended within 0.5 s; it goes on at the server"):
        task.wait(timeout=0.5)
    assert time.monotonic() - start < 5


def test_a_slow_answer_does_not_outlast_the_wait_of_an_event_loop(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            task = jira.task(await deleted(jira))
            box.delay(10, path="/bulk/queue/", times=None)
            with pytest.raises(TimeoutError, match=r"has not ended within 0\.5 s"):
                await asyncio.wait_for(task.wait(timeout=0.5), 5)

    asyncio.run(main())
