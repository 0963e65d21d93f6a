"""Threads, loops, signals, forks and exits. What may end the process runs in one of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from atlassian_cloud import Admin, AsyncAdmin
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
        import gc

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
