"""Threads, loops, signals, forks and exits. What may end the process runs in one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from atlassian_cloud import Admin, AsyncAdmin, NotFoundError
from atlassian_cloud.sandbox import Sandbox

posix = pytest.mark.skipif(os.name != "posix", reason="signals and forks as POSIX has them")


def run(script: str, *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    source = (
        "from atlassian_cloud import Admin, AsyncAdmin\nfrom atlassian_cloud.sandbox import Sandbox\n"
        + textwrap.dedent(script)
    )
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=timeout)


def clean(script: str, *, code: int = 0, output: str | None = None) -> None:
    done = run(script)
    assert (done.returncode, done.stderr) == (code, "")
    if output is not None:
        assert done.stdout == output


def test_one_client_serves_many_threads(box: Sandbox, admin: Admin) -> None:
    barrier = threading.Barrier(32)

    def work(number: int) -> str:
        barrier.wait()
        return admin.users.get(box.accounts.active).account.account_id

    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(work, range(32))) == {box.accounts.active}


def test_two_readers_of_one_listing_are_refused(box: Sandbox, admin: Admin) -> None:
    box.delay(1.0, times=1)
    listing = admin.organizations.users.list(box.org_id)
    with ThreadPoolExecutor(2) as pool:
        outcomes = [future.exception() for future in [pool.submit(next, listing) for _ in range(2)]]
    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["NoneType", "RuntimeError"]


def test_one_async_client_serves_several_runs(box: Sandbox) -> None:
    client = box.client(AsyncAdmin)

    async def work() -> int:
        users = await asyncio.gather(*(client.users.get(box.accounts.active) for _ in range(10)))
        return len(users)

    open_files = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
    assert [asyncio.run(work()) for _ in range(20)] == [10] * 20
    if sys.platform == "linux":
        gc.collect()
        assert len(list(Path("/proc/self/fd").iterdir())) <= open_files + 20


def test_a_coroutine_that_nobody_awaits_warns(box: Sandbox) -> None:
    client = box.client(AsyncAdmin)
    with pytest.warns(RuntimeWarning, match=r"admin\.users\.disable was never awaited"):
        client.users.disable(box.accounts.active)
    assert box.requests == []


def test_a_cancelled_read_leaves_the_listing_usable(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncAdmin) as admin:
            listing = admin.organizations.users.list(box.org_id)
            box.delay(0.5, times=1)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(listing.first(), 0.05)
            got = [account.account_id async for account in listing]
            assert len(got) == len(set(got)) > 200

    asyncio.run(main())


@pytest.mark.parametrize("way", ["first", "__anext__", "to_list", "page"])
def test_a_wait_cancelled_when_the_answer_is_there_loses_nothing(box: Sandbox, admin: Admin, way: str) -> None:
    everyone = [account.account_id for account in admin.organizations.users.list(box.org_id)]

    async def main() -> None:
        async with box.client(AsyncAdmin) as awaiting:
            listing = awaiting.organizations.users.list(box.org_id)
            wait = listing.pages().__anext__() if way == "page" else getattr(listing, way)()
            task = asyncio.ensure_future(wait)
            await asyncio.sleep(0)
            # The loop is busy while the answers come; the result waits to be taken when the task is cancelled.
            time.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert [account.account_id async for account in listing] == everyone

    asyncio.run(main())


@pytest.mark.parametrize("page", [False, True])
def test_an_item_that_is_there_is_taken_when_awaited_not_before(box: Sandbox, admin: Admin, page: bool) -> None:
    everyone = [account.account_id for account in admin.organizations.users.list(box.org_id)]

    async def main() -> None:
        async with box.client(AsyncAdmin) as awaiting:
            listing = awaiting.organizations.users.list(box.org_id)
            first = await listing.first()
            assert first is not None
            got = [first.account_id]
            (listing.pages() if page else listing).__anext__()
            waits = listing.pages().__anext__() if page else listing.__anext__()
            with contextlib.suppress(asyncio.TimeoutError):
                # Some versions of Python give a time-out of 0 the item, some do not.
                came = await asyncio.wait_for(waits, 0)
                got += [account.account_id for account in (came if isinstance(came, list) else [came])]
            got += [account.account_id async for account in listing]
            assert got == everyone

    asyncio.run(main())


def test_items_that_are_there_leave_the_loop_its_turns(box: Sandbox) -> None:
    async def main() -> None:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with box.client(AsyncAdmin) as admin:
            listing = admin.organizations.users.list(box.org_id, limit=60)
            # All of the rest lies in the first page.
            await listing.first()
            task = asyncio.create_task(others())
            async for _ in listing:
                time.sleep(0.001)
            task.cancel()
        assert turns >= 50

    asyncio.run(main())


def test_a_coroutine_is_awaited_not_iterated_over(box: Sandbox) -> None:
    client = box.client(AsyncAdmin)

    async def loop_over() -> None:
        for _ in client.users.disable(box.accounts.active):  # type: ignore[attr-defined]
            pass

    async def look_into() -> None:
        client.users.get(box.accounts.active)["account"]  # type: ignore[index]

    for misuse, what in ((loop_over, "not iterable"), (look_into, "not subscriptable")):
        with pytest.warns(RuntimeWarning, match="never awaited"), pytest.raises(TypeError, match=what):
            asyncio.run(misuse())
    assert box.requests == []


def test_a_result_that_nobody_waits_for_takes_no_other_with_it() -> None:
    clean(
        """
        import asyncio, logging, time
        tasks = {}
        class Cancels(logging.Handler):
            count = 0
            def emit(self, record):
                # The very task whose result is being delivered.
                Cancels.count += 1
                if Cancels.count == 3:
                    tasks[record.getMessage().split("/users/")[1].split("/")[0]].cancel()
        logger = logging.getLogger("atlassian_cloud")
        logger.setLevel("DEBUG")
        logger.addHandler(Cancels())
        async def main():
            with Sandbox() as box:
                admin = box.client(AsyncAdmin)
                box.respond(body={"account": {}}, times=None)
                for number in range(20):
                    tasks[f"x{number}"] = asyncio.ensure_future(admin.users.get(f"x{number}"))
                await asyncio.sleep(0)
                time.sleep(0.5)     # all results come in one batch
                done, pending = await asyncio.wait(tasks.values(), timeout=10)
                print(len(done), len(pending), sum(task.cancelled() for task in done))
                for task in pending:
                    task.cancel()
        asyncio.run(main())
        """,
        output="20 0 1\n",
    )


def test_a_log_handler_may_look_at_the_listing() -> None:
    clean(
        """
        import asyncio, faulthandler, logging
        faulthandler.dump_traceback_later(20, exit=True)
        looks = []
        class Looks(logging.Handler):
            def emit(self, record):
                looks.append((listing.cursor, listing.total, repr(listing)))
        logger = logging.getLogger("atlassian_cloud")
        logger.setLevel("DEBUG")
        logger.addHandler(Looks())
        with Sandbox() as box:
            async def main():
                global listing
                listing = box.client(AsyncAdmin).organizations.users.list(box.org_id)
                return len([account async for account in listing])
            awaited = asyncio.run(main())
            listing = box.client(Admin).organizations.users.list(box.org_id)
            print(len(list(listing)) == awaited > 200, len(looks) > 2)
        """,
        output="True True\n",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="counts the files under /proc")
def test_loops_closed_on_calls_in_flight_leave_no_files_open(box: Sandbox) -> None:
    box.delay(0.3, times=None)
    client = box.client(AsyncAdmin)

    def open_files() -> int:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    def once() -> None:
        async def call() -> None:
            await client.users.get(box.accounts.active)

        loop = asyncio.new_event_loop()
        task = loop.create_task(call())
        # Closed without a word to its tasks.
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        # Long enough to be under way.
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()

    once()
    before = open_files()
    for _ in range(40):
        once()
    # On a busy machine a connection may come too late for its call, and waits in the pool.
    asyncio.run(client.close())
    deadline = time.monotonic() + 20
    while open_files() > before + 10 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert open_files() <= before + 10


def test_async_iteration_yields_to_the_loop(box: Sandbox) -> None:
    async def main() -> None:
        ticks = 0

        async def ticker() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        async with box.client(AsyncAdmin) as admin:
            task = asyncio.create_task(ticker())
            count = 0
            async for _ in admin.organizations.users.list(box.org_id):
                count += 1
            task.cancel()
            assert count > 200
            assert ticks >= 3

    asyncio.run(main())


@posix
@pytest.mark.parametrize(
    "call",
    [
        "admin.users.get(box.accounts.active)",
        "next(admin.organizations.users.list(box.org_id))",
        "admin.organizations.users.list(box.org_id).to_list()",
        "admin.request('GET', '/admin/v1/orgs')",
    ],
)
def test_ctrl_c_ends_a_blocked_call(call: str) -> None:
    clean(
        f"""
        import os, signal, threading, time
        with Sandbox() as box, box.client(Admin) as admin:
            box.delay(30, times=1)
            sent = []
            def interrupt():
                sent.append(time.monotonic())
                os.kill(os.getpid(), signal.SIGINT)
            threading.Timer(0.5, interrupt).start()
            try:
                {call}
            except KeyboardInterrupt:
                late = time.monotonic() - sent[0]
                print("interrupted", late < 0.3 or late)
            print(admin.users.get(box.accounts.active).account.account_status)
        """,
        output="interrupted True\nactive\n",
    )


@posix
def test_a_signal_handler_may_call_the_client() -> None:
    clean(
        """
        import os, signal, threading
        with Sandbox() as box, box.client(Admin) as admin:
            box.delay(1, times=1)
            def handler(*_):
                print("inside", admin.users.get(box.accounts.deactivated).account.account_status)
            signal.signal(signal.SIGUSR1, handler)
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            print("outside", admin.users.get(box.accounts.active).account.account_status)
        """,
        output="inside inactive\noutside active\n",
    )


@posix
def test_forked_children_work_under_load() -> None:
    clean(
        """
        import os, threading, time, warnings
        warnings.simplefilter("ignore")
        box = Sandbox()
        admin = box.client(Admin)
        stop = threading.Event()
        def load():
            while not stop.is_set():
                admin.users.get(box.accounts.active)
        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        admin.users.get(box.accounts.active)   # a connection that the children must not share
        listing = admin.organizations.users.list(box.org_id)
        first = next(listing)
        failed = 0
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                try:
                    ok = admin.users.get(box.accounts.active).account.account_id == box.accounts.active
                    ok = ok and len(admin.organizations.users.list(box.org_id).to_list(limit=120)) == 120
                    os._exit(0 if ok else 3)
                except BaseException as fault:
                    print(repr(fault), flush=True)
                    os._exit(4)
            admin.users.get(box.accounts.active)
            deadline = time.monotonic() + 20
            while True:
                done, status = os.waitpid(pid, os.WNOHANG)
                if done:
                    failed += status != 0
                    break
                if time.monotonic() > deadline:
                    os.kill(pid, 9); os.waitpid(pid, 0); failed += 1; print("hung", flush=True)
                    break
                time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join()
        print("failed", failed, "rest", len(list(listing)) > 200)
        box.close()
        """,
        output="failed 0 rest True\n",
    )


@posix
def test_a_listing_begun_before_a_fork() -> None:
    clean(
        """
        import os, warnings
        from atlassian_cloud import ConfigurationError
        warnings.simplefilter("ignore")
        with Sandbox() as box:
            admin = box.client(Admin)
            listing = admin.organizations.users.list(box.org_id)
            next(listing)
            pid = os.fork()
            if pid == 0:
                try:
                    count = 0
                    try:
                        for account in listing:
                            count += 1
                    except ConfigurationError as fault:
                        os._exit(0 if count > 10 and "another process" in str(fault) else 3)
                    os._exit(5)
                finally:
                    os._exit(4)
            print(os.waitpid(pid, 0)[1])
        """,
        output="0\n",
    )


@posix
def test_a_page_under_way_at_a_fork_is_not_waited_for() -> None:
    clean(
        """
        import faulthandler, os, time, warnings
        from atlassian_cloud import ConfigurationError
        warnings.simplefilter("ignore")
        with Sandbox() as box:
            listing = box.client(Admin).organizations.users.list(box.org_id)
            next(listing)
            box.delay(1)
            next(listing)               # asks for the next page ahead of time
            pid = os.fork()
            if pid == 0:
                faulthandler.dump_traceback_later(20, exit=True)
                try:
                    count = 0
                    for account in listing:
                        count += 1
                    os._exit(5)
                except ConfigurationError as fault:
                    os._exit(0 if count > 10 and "another process" in str(fault) else 3)
                finally:
                    os._exit(4)
            print(os.waitpid(pid, 0)[1], len(list(listing)) > 200)
        """,
        output="0 True\n",
    )


@posix
def test_a_forked_child_that_just_ends_takes_no_connection_along() -> None:
    clean(
        """
        import os, sys, warnings
        warnings.simplefilter("ignore")
        # The server is a process of its own: what the child closes is the client's alone.
        read, write = os.pipe()
        server = os.fork()
        if server == 0:
            box = Sandbox()
            os.write(write, f"{box.url} {box.token} {box.accounts.active}".encode())
            import signal
            signal.pause()
        url, token, active = os.read(read, 1_000).decode().split()
        admin = Admin(token, base_url=url, max_retries=0, read_timeout=10, trust_env=False)
        admin.users.get(active)
        pid = os.fork()
        if pid == 0:
            sys.exit(0)
        status = os.waitpid(pid, 0)[1]
        try:
            admin.users.disable(active)
            print(status, admin.users.get(active).account.account_status)
        finally:
            os.kill(server, 9)
            os.waitpid(server, 0)
        """,
        output="0 inactive\n",
    )


@posix
def test_a_forked_child_may_use_asyncio() -> None:
    clean(
        """
        import asyncio, os, warnings
        warnings.simplefilter("ignore")
        box = Sandbox()
        admin = box.client(AsyncAdmin)
        async def work():
            return (await admin.users.get(box.accounts.active)).account.account_status
        print(asyncio.run(work()), flush=True)
        pid = os.fork()
        if pid == 0:
            status = asyncio.run(work())
            os._exit(0 if status == "active" else 3)
        print(os.waitpid(pid, 0)[1])
        box.close()
        """,
        output="active\n0\n",
    )


@pytest.mark.parametrize("code", [0, 7])
def test_exit_with_threads_in_flight(code: int) -> None:
    clean(
        f"""
        import sys, threading, time
        box = Sandbox()
        admin = box.client(Admin)
        box.delay(60, times=1000)
        for _ in range(100):
            threading.Thread(target=admin.users.get, args=(box.accounts.active,), daemon=True).start()
        time.sleep(0.5)
        sys.exit({code})
        """,
        code=code,
    )


@pytest.mark.parametrize("code", [0, 7])
def test_a_slow_exit_with_threads_in_flight(code: int) -> None:
    clean(
        f"""
        import sys, threading, time, types
        box = Sandbox()
        admin = box.client(Admin)
        box.delay(60, times=1000)
        class Slow:
            def __del__(self):
                time.sleep(0.5)
        # Goes late, when the interpreter counts as gone already.
        sys.modules["late"] = types.ModuleType("late")
        sys.modules["late"].kept = Slow()
        def call():
            admin.users.get(box.accounts.active)
        def read():
            admin.organizations.users.list(box.org_id).to_list()
        for work in (call, read) * 5:
            threading.Thread(target=work, daemon=True).start()
        # Their first look for signals comes after the end has begun.
        time.sleep(0.02)
        sys.exit({code})
        """,
        code=code,
    )


@posix
def test_no_file_left_to_open_is_an_error_like_others() -> None:
    clean(
        """
        import os, resource, sys
        # As it is where nobody has imported it: there is no file left for it.
        sys.modules.pop("datetime", None)
        admin = Admin("key", base_url="http://127.0.0.1:1", max_retries=0)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        try:
            while True:
                os.open("/dev/null", 0)
        except OSError:
            pass
        try:
            admin.users.get("x")
        except Exception as fault:
            print("told")
        """,
        output="told\n",
    )


def test_exit_with_a_loop_closed_on_calls_in_flight() -> None:
    clean(
        """
        import asyncio
        box = Sandbox()
        admin = box.client(AsyncAdmin)
        box.delay(60, times=1000)
        async def main():
            tasks = [asyncio.ensure_future(admin.users.get(box.accounts.active)) for _ in range(100)]
            listing = admin.organizations.users.list(box.org_id)
            tasks.append(asyncio.ensure_future(listing.first()))
            await asyncio.sleep(0.3)
        asyncio.run(main())
        """
    )


def test_exit_with_a_page_read_ahead() -> None:
    clean(
        """
        box = Sandbox()
        listing = box.client(Admin).organizations.users.list(box.org_id)
        next(listing)
        box.delay(60, times=1000)
        next(listing)
        """
    )


def test_importing_costs_next_to_nothing() -> None:
    script = "import sys; before = set(sys.modules); import atlassian_cloud; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    forbidden = {
        "asyncio",
        "logging",
        "inspect",
        "json",
        "ssl",
        "socket",
        "http",
        "urllib",
        "dataclasses",
        "threading",
        "re",
    }
    assert forbidden.isdisjoint(done.stdout.split())


def test_the_sync_client_imports_no_asyncio() -> None:
    clean(
        """
        import sys
        with Sandbox() as box, box.client(Admin) as admin:
            admin.users.get(box.accounts.active)
            list(admin.organizations.users.list(box.org_id))
        print("asyncio" in sys.modules)
        """,
        output="False\n",
    )


def test_log_records_belong_to_the_task_that_called(box: Sandbox) -> None:
    import contextvars
    import logging

    request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="none")
    seen: set[tuple[str, str]] = set()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.add((request.get(), next(number for number in "0123" if f"user-{number}" in record.getMessage())))

    async def one(client: AsyncAdmin, number: int) -> None:
        request.set(str(number))
        with contextlib.suppress(NotFoundError):
            await client.users.get(f"user-{number}")

    async def main() -> None:
        async with box.client(AsyncAdmin) as client:
            await asyncio.gather(*(asyncio.create_task(one(client, number)) for number in range(4)))

    logger, handler = logging.getLogger("atlassian_cloud"), Handler()
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel("DEBUG")
    try:
        asyncio.run(main())
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
    assert seen == {(number, number) for number in "0123"}


@posix
@pytest.mark.parametrize("room", [1, 2, 3])
def test_no_room_for_threads_is_an_error(box: Sandbox, room: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user, whose threads are not counted yet")
    clean(
        f"""
        import os, resource, logging, weakref
        import atlassian_cloud.errors as errors
        os.setgid(54321 + {room}); os.setuid(54321 + {room})
        resource.setrlimit(resource.RLIMIT_NPROC, ({room}, {room}))
        admin = Admin({box.token!r}, base_url={box.url!r}, trust_env=False, timeout=5, max_retries=0)
        admin.users.get({box.accounts.active!r})
        try:
            admin.organizations.users.list({box.org_id!r}).to_list()
        except errors.ConfigurationError as error:
            assert "limit on threads" in str(error), error
        else:
            raise SystemExit("no error")
        """
    )
