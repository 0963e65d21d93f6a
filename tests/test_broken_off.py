"""Jobs that end before their end, by Ctrl-C or otherwise: what was done is not lost."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from atlassian_cloud import AsyncConfluence, AsyncJira, AtlassianError, Confluence, Jira, _twins, script
from atlassian_cloud.confluence import publishing
from atlassian_cloud.confluence.publishing import Draft, Published
from atlassian_cloud.jira import bulk, custom_fields, editing
from atlassian_cloud.sandbox import Sandbox

TASK = {"Project": "ENG", "Issue Type": "Task"}
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    box.tasks.duration = 0
    with box.client(Jira) as client:
        custom_fields.load(client)
        yield client


def many(count: int) -> list[dict[str, Any]]:
    return [TASK | {"Summary": f"Broken off {number}"} for number in range(count)]


def asked(box: Sandbox, method: str, path: str) -> int:
    return sum(request.method == method and path in request.path for request in box.requests)


def after(box: Sandbox, count: int, method: str, path: str, act: Callable[[], object]) -> threading.Thread:
    """Act once so many requests have come."""

    def wait() -> None:
        end = time.monotonic() + 20
        while asked(box, method, path) < count and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def late() -> None:
    """While the next request waits for its answer."""
    time.sleep(0.5)
    interrupt()


def summaries(jira: Jira, outcomes: list[bulk.Outcome]) -> list[str]:
    return [str(jira.issues.get(str(one.key)).to_dict()["fields"]["summary"]) for one in outcomes]


def test_ctrl_c_leaves_the_keys_of_what_was_created(jira: Jira, box: Sandbox) -> None:
    box.delay(30, path="/issue/bulk", after=1)
    waiting = after(box, 2, "POST", "/issue/bulk", interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        bulk.create_many(jira, many(120))
    waiting.join()
    outcomes: list[bulk.Outcome] = caught.value.outcomes  # type: ignore[attr-defined]
    assert [one.index for one in outcomes] == list(range(100))
    assert summaries(jira, [outcomes[0], outcomes[49]]) == ["Broken off 0", "Broken off 49"]
    assert all(one.ok for one in outcomes[:50])
    assert {str(one.error) for one in outcomes[50:]} == {"broken off while it was created: look whether it exists"}
    (note,) = caught.value.__notes__
    assert note.startswith(f"create_many: of 120 issues were created: {outcomes[0].key}, {outcomes[1].key}, ")
    assert note.endswith(f"{outcomes[49].key}; 50 more may exist. See `outcomes`.")


def test_any_error_leaves_them(jira: Jira, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter((False, True))
    read = bulk._refusals  # pyright: ignore[reportPrivateUsage]

    def fail(answer: Any) -> Any:
        if next(calls):
            raise MemoryError
        return read(answer)

    monkeypatch.setattr(bulk, "_refusals", fail)
    with pytest.raises(MemoryError) as caught:
        bulk.create_many(jira, many(70))
    outcomes: list[bulk.Outcome] = caught.value.outcomes  # type: ignore[attr-defined]
    assert [one.ok for one in outcomes] == [True] * 50 + [False] * 20


def test_ctrl_c_between_two_steps_reaches_the_job() -> None:
    """The signal may come while neither the job nor a call runs, but what drives them."""

    def job() -> _twins.Job[None]:
        try:
            yield
        except KeyboardInterrupt as fault:
            _twins.broken_off(fault, "told", done=1)

    run = job()
    next(run)
    with pytest.raises(KeyboardInterrupt) as caught:
        _twins._finish(Between(run))  # type: ignore[arg-type] # pyright: ignore
    assert caught.value.done == 1  # type: ignore[attr-defined]


class Between:
    """A job whose next step is not reached."""

    def __init__(self, run: Any) -> None:
        self.throw = run.throw

    def send(self, answer: Any) -> Any:
        raise KeyboardInterrupt


def test_a_cancelled_task_leaves_the_keys_too(box: Sandbox) -> None:
    async def main() -> BaseException:
        async with box.client(AsyncJira) as jira:
            await custom_fields.load(jira)
            box.delay(30, path="/issue/bulk", after=1)
            task = asyncio.ensure_future(bulk.create_many(jira, many(60)))
            while asked(box, "POST", "/issue/bulk") < 2:
                await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            # Before Python 3.11 a task raises a new one from its own.
            return caught.value if hasattr(caught.value, "outcomes") else caught.value.__context__  # type: ignore[return-value]

    fault: Any = asyncio.run(main())
    assert [one.ok for one in fault.outcomes] == [True] * 50 + [False] * 10
    with box.client(Jira) as jira:
        assert summaries(jira, fault.outcomes[48:50]) == ["Broken off 48", "Broken off 49"]


def test_ctrl_c_leaves_what_was_edited(jira: Jira, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [editing.create(jira, one) for one in many(5)]
    monkeypatch.setattr(bulk, "EDITED_AT_ONCE", 2)
    box.delay(30, path="/bulk/issues/fields", method="POST", after=1)
    waiting = after(box, 2, "POST", "/bulk/issues/fields", interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        bulk.edit_many(jira, keys, {"Labels": ["late"]})
    waiting.join()
    outcomes: list[bulk.Outcome] = caught.value.outcomes  # type: ignore[attr-defined]
    assert [(one.index, one.key, one.ok) for one in outcomes] == [
        (number, keys[number], number < 2) for number in range(4)
    ]
    assert "the task goes on at the server" in str(outcomes[2].error)
    assert caught.value.__notes__ == ["edit_many: of 5 issues 2 were edited, and 2 more may be. See `outcomes`."]


TREE = [Draft("Top", "<p>top</p>", [Draft("Left"), Draft("Right")])]


def test_ctrl_c_leaves_the_pages_that_were_published(box: Sandbox) -> None:
    with box.client(Confluence) as confluence:
        box.delay(30, path="/api/v2/pages", method="POST", after=1)
        waiting = after(box, 2, "POST", "/api/v2/pages", interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            publishing.create_tree(confluence, "ENG", TREE)
        waiting.join()
        published: list[Published] = caught.value.published  # type: ignore[attr-defined]
        assert [(one.title, one.change) for one in published] == [("Top", "created")]
        assert confluence.pages.get(published[0].id).title == "Top"
        assert caught.value.__notes__ == ["create_tree: were published: 'Top'; 'Left' may be"]


def test_a_page_whose_checksum_failed_is_told(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncConfluence) as confluence:
            box.respond(status=500, body={}, method="PUT", path="/api/v2/pages/")
            with pytest.raises(AtlassianError) as caught:
                await publishing.publish(confluence, "ENG", "Half", "<p/>", checksum=True)
            (made,) = caught.value.published  # type: ignore[attr-defined]
            assert (await confluence.pages.get(made.id)).title == "Half"
            box.respond(status=500, body={}, method="PUT", path="/api/v2/pages/")
            drafts = [Draft("First"), Draft("Second")]
            with pytest.raises(publishing.PublishError) as failed:
                await publishing.create_tree(confluence, "ENG", drafts, checksum=True)
            assert [one.title for one in failed.value.published] == ["First"]
            first = failed.value.published[0].id
            assert str(failed.value).startswith(
                f"'First' was created, as page {first}, but not to its end; what comes after it is not published: "
            )
            assert failed.value.__notes__ == ["create_tree: were published: none"]
            assert isinstance(failed.value.__cause__, AtlassianError)

    asyncio.run(main())


def test_ctrl_c_in_the_checksum_tells_the_page_once(box: Sandbox) -> None:
    with box.client(Confluence) as confluence:
        publishing.create_tree(confluence, "ENG", [Draft("Before")], checksum=True)
        sent = asked(box, "POST", "/api/v2/pages")
        box.delay(30, path="/api/v2/pages/", method="PUT")
        waiting = after(box, sent + 1, "POST", "/api/v2/pages", late)
        with pytest.raises(KeyboardInterrupt) as caught:
            publishing.create_tree(confluence, "ENG", [Draft("Before"), Draft("Signed"), Draft("After")], checksum=True)
        waiting.join()
        published: list[Published] = caught.value.published  # type: ignore[attr-defined]
        assert [(one.title, one.change) for one in published] == [("Before", "unchanged"), ("Signed", "created")]
        assert caught.value.__notes__ == [
            f"publish: 'Signed' was created, as page {published[1].id}",
            f"create_tree: were published: 'Before'; 'Signed' was created, as page {published[1].id}, but not to its end",
        ]


def test_readings_of_a_listing_that_breaks_off_are_kept(jira: Jira, box: Sandbox) -> None:
    box.respond(status=500, body={}, path="/search/jql", after=1, times=None)
    issues = jira.with_options(max_retries=0).issues.search("project = ENG", fields=["summary"], page_size=5)
    with pytest.raises(AtlassianError) as caught:
        custom_fields.load(jira).read_many(issues, "Summary")
    assert len(caught.value.readings.values) == 5  # type: ignore[attr-defined]
    assert caught.value.__notes__ == ["read_many: 5 issues were read before; they are in `readings`"]


def test_a_script_tells_what_was_done(jira: Jira, box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    @script.command
    def main() -> int:
        bulk.create_many(jira, many(60))
        return 0

    @script.command
    def awaited() -> int:
        async def run() -> None:
            async with box.client(AsyncJira) as client:
                await bulk.create_many(client, many(60))

        asyncio.run(run())
        return 0

    for one in (main, awaited):
        before = asked(box, "POST", "/issue/bulk")
        box.delay(30, path="/issue/bulk", after=1)
        waiting = after(box, before + 2, "POST", "/issue/bulk", interrupt)
        assert one() == 130
        waiting.join()
        told = capsys.readouterr().err
        assert told.startswith("create_many: of 60 issues were created: ENG-")
        assert told.endswith("; 10 more may exist. See `outcomes`.\ninterrupted\n")
