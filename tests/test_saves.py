"""What a download is saved to: a path holds the whole file or what it held before, whoever else writes to it."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import AsyncJira, Jira
from atlassian_cloud.sandbox import Sandbox

CONTENT = os.urandom(300_007)
posix = pytest.mark.skipif(os.name != "posix", reason="locks, modes, links and forks as POSIX has them")


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


@pytest.fixture
def attachment(jira: Jira) -> str:
    (made,) = jira.issues.attachments.add("ENG-1", files=[("a.bin", CONTENT)])
    return str(made.id)


def streamed(jira: Jira, attachment: str) -> Any:
    return jira.with_streaming_response.issues.attachments.download(attachment)


class Enough(Exception):
    pass


def stop(done: int, size: int | None) -> None:
    raise Enough


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@posix
def test_threads_that_save_to_one_path_leave_it_whole(jira: Jira, attachment: str, tmp_path: Path) -> None:
    target = tmp_path / "a.bin"

    def work(_: int) -> list[str]:
        outcomes = []
        for _ in range(150):
            try:
                streamed(jira, attachment).save(target)
                outcomes.append("whole" if target.read_bytes() == CONTENT else "damaged")
            except FileExistsError:
                outcomes.append("refused")
        return outcomes

    with ThreadPoolExecutor(4) as pool:
        outcomes = [outcome for outcomes in pool.map(work, range(4)) for outcome in outcomes]
    assert len(outcomes) == 600
    assert set(outcomes) == {"whole", "refused"}
    assert target.read_bytes() == CONTENT
    assert names(tmp_path) == ["a.bin"]


SAVES = """
import sys
from pathlib import Path
from atlassian_cloud import Jira
url, email, token, attachment, target = sys.argv[1:]
expected = Path(target).with_name("expected").read_bytes()
with Jira(base_url=url, email=email, token=token, trust_env=False) as jira:
    for _ in range(150):
        try:
            jira.with_streaming_response.issues.attachments.download(attachment).save(target)
            assert Path(target).read_bytes() == expected, "damaged"
        except FileExistsError:
            pass
"""


@posix
def test_processes_that_save_to_one_path_leave_it_whole(box: Sandbox, attachment: str, tmp_path: Path) -> None:
    (tmp_path / "expected").write_bytes(CONTENT)
    target = tmp_path / "a.bin"
    command = [sys.executable, "-c", SAVES, box.url, box.email, box.api_token, attachment, str(target)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[1] for process in processes] == [""] * 4
    assert target.read_bytes() == CONTENT
    assert names(tmp_path) == ["a.bin", "expected"]


@posix
def test_a_part_that_took_its_place_meanwhile_is_not_written_to(
    jira: Jira, attachment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another save ends between the opening of the part and its lock: what was opened is the target now."""
    import fcntl

    target, lock = tmp_path / "a.bin", fcntl.flock
    before = os.urandom(1000)

    def late(file: Any, operation: int) -> None:
        if operation & fcntl.LOCK_EX and not target.exists():
            (tmp_path / "a.bin.part").write_bytes(before)
            (tmp_path / "a.bin.part").replace(target)
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(Enough):
        streamed(jira, attachment).save(target, progress=stop)
    assert target.read_bytes() == before
    assert (tmp_path / "a.bin.part").exists()


def test_a_part_that_is_gone_is_told_beside_the_real_error_never_instead(
    jira: Jira, attachment: str, tmp_path: Path
) -> None:
    part = tmp_path / "a.bin.part"

    def remove(done: int, size: int | None) -> None:
        part.unlink(missing_ok=True)

    def remove_and_stop(done: int, size: int | None) -> None:
        part.unlink()
        raise Enough

    with pytest.raises(Enough):
        streamed(jira, attachment).save(tmp_path / "a.bin", progress=remove_and_stop)
    with pytest.raises(FileNotFoundError, match=r"a\.bin\.part' was removed or replaced while it was written"):
        streamed(jira, attachment).save(tmp_path / "a.bin", progress=remove)
    assert names(tmp_path) == []


@posix
def test_the_part_of_somebody_else_does_not_become_the_target(jira: Jira, attachment: str, tmp_path: Path) -> None:
    part = tmp_path / "a.bin.part"

    def replace(done: int, size: int | None) -> None:
        part.unlink()
        part.write_bytes(b"half of another")

    with pytest.raises(FileNotFoundError, match="was removed or replaced"):
        streamed(jira, attachment).save(tmp_path / "a.bin", progress=replace)
    assert names(tmp_path) == ["a.bin.part"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_a_file_that_is_replaced_keeps_its_mode(jira: Jira, attachment: str, tmp_path: Path, mode: int) -> None:
    target, part = tmp_path / "a.bin", tmp_path / "a.bin.part"
    target.write_bytes(b"secret")
    target.chmod(mode)
    seen = set()

    def look(done: int, size: int | None) -> None:
        seen.add(stat.S_IMODE(part.stat().st_mode))
        if len(seen) == 1 and done < len(CONTENT) // 2:
            raise Enough

    with pytest.raises(Enough):
        streamed(jira, attachment).save(target, progress=look)
    # Taken up again, and under way never open to more than the target.
    streamed(jira, attachment).save(target, progress=lambda done, size: seen.add(stat.S_IMODE(part.stat().st_mode)))
    assert seen == {mode | 0o600}
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert target.read_bytes() == CONTENT


@posix
def test_a_new_file_has_the_mode_of_new_files(jira: Jira, attachment: str, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        streamed(jira, attachment).save(tmp_path / "a.bin")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o640


@posix
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_followed(jira: Jira, attachment: str, tmp_path: Path, exists: bool) -> None:
    link, real = tmp_path / "link", tmp_path / "elsewhere" / "real"
    real.parent.mkdir()
    if exists:
        real.write_bytes(b"before")
    link.symlink_to(real)
    streamed(jira, attachment).save(link)
    assert link.is_symlink()
    assert real.read_bytes() == CONTENT
    assert names(real.parent) == ["real"]


def test_a_relative_path_means_what_it_meant_at_the_start(
    jira: Jira, attachment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    streamed(jira, attachment).save("a.bin", progress=lambda done, size: os.chdir(there))
    assert (names(here), names(there)) == (["a.bin"], [])


@pytest.mark.parametrize("name", ["n" * 250, "n" * 251, "n" * 255, "ö" * 127])
def test_long_names_have_room_for_a_part(jira: Jira, attachment: str, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with pytest.raises(Enough):
        streamed(jira, attachment).save(target, progress=stop)
    (part,) = tmp_path.iterdir()
    assert part.name.endswith(".part")
    told: list[int] = []
    streamed(jira, attachment).save(target, progress=lambda done, size: told.append(done))
    assert target.read_bytes() == CONTENT
    assert names(tmp_path) == [name]


def test_long_names_have_parts_of_their_own(jira: Jira, attachment: str, tmp_path: Path) -> None:
    for end in "ab":
        with pytest.raises(Enough):
            streamed(jira, attachment).save(tmp_path / ("n" * 254 + end), progress=stop)
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize(
    ("told", "kind", "text"),
    [
        (True, TypeError, r"write\(\) returned True; expected the number of bytes"),
        (False, TypeError, r"write\(\) returned False"),
        (10**9, OSError, "the file says that it wrote 1000000000 of"),
    ],
)
def test_what_write_returns_is_looked_at(
    jira: Jira, attachment: str, told: Any, kind: type[Exception], text: str
) -> None:
    class Telling(io.BytesIO):
        def write(self, piece: Any) -> int:
            super().write(piece)
            return told  # type: ignore[no-any-return]

    with pytest.raises(kind, match=text):
        streamed(jira, attachment).save(Telling())


FORKS = """
import os, sys, time, warnings
from atlassian_cloud import Jira
warnings.simplefilter("ignore")
url, email, token, attachment, target = sys.argv[1:]
jira = Jira(base_url=url, email=email, token=token, trust_env=False)
parent, children = os.getpid(), []

def save(progress=None):
    jira.with_streaming_response.issues.attachments.download(attachment).save(target, progress)

def fork(child, then):
    # What a progress does: it forks once.
    def progress(done, size):
        if not children:
            children.append(os.fork())
            if children[0]:
                then()
            else:
                child()
    return progress

def fail():
    raise KeyError

def sleep():
    time.sleep(30)
    os._exit(0)
"""


def forked(box: Sandbox, attachment: str, target: Path, script: str) -> None:
    script = FORKS + textwrap.dedent(script)
    command = [sys.executable, "-c", script, box.url, box.email, box.api_token, attachment, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "ok\n")
    assert target.read_bytes() == CONTENT
    assert names(target.parent) == [target.name]


@posix
def test_a_child_that_lives_on_does_not_hold_the_lock(box: Sandbox, attachment: str, tmp_path: Path) -> None:
    script = """
        try:
            save(fork(sleep, fail))
        except KeyError:
            save()
            os.kill(children[0], 9)
            print("ok")
    """
    forked(box, attachment, tmp_path / "a.bin", script)


@posix
def test_a_child_leaves_the_part_to_its_parent(box: Sandbox, attachment: str, tmp_path: Path) -> None:
    """It goes on until something fails, and ends as programs end: with what lies in its buffers written."""
    script = """
        def go_on():
            os.waitpid(children[0], 0)
            try:
                save()
                print("the lock is gone")
            except FileExistsError:
                pass

        try:
            save(fork(fail, go_on))
            print("ok")
        except KeyError:
            assert os.getpid() != parent
    """
    forked(box, attachment, tmp_path / "a.bin", script)


def test_a_cancelled_save_is_written_to_no_more(box: Sandbox, attachment: str) -> None:
    began, writing = threading.Event(), threading.Event()

    class Slow(io.BytesIO):
        def write(self, piece: Any) -> int:
            writing.set()
            began.set()
            threading.Event().wait(0.2)
            writing.clear()
            return super().write(piece)

    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            download = await jira.with_streaming_response.issues.attachments.download(attachment)
            task = asyncio.ensure_future(download.save(Slow()))
            await asyncio.to_thread(began.wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not writing.is_set()

    asyncio.run(main())


def test_it_is_read_in_pieces_of_a_size(jira: Jira, box: Sandbox, attachment: str) -> None:
    with streamed(jira, attachment) as download:
        head = download.read(10)
        assert (len(head), download.read(0)) == (10, b"")
        middle = [download.read(99_999), next(download)]
        assert len(middle[0]) == 99_999
        rest = download.read(None)
        assert head + b"".join(middle) + rest == CONTENT
        assert (download.read(), download.read(5)) == (b"", b"")

    async def main() -> bytes:
        async with box.client(AsyncJira) as awaiting:
            download = await awaiting.with_streaming_response.issues.attachments.download(attachment)
            head = await download.read(10)
            assert len(head) == 10
            return b"".join([head, await anext(download), await download.read(20), await download.read()])

    assert asyncio.run(main()) == CONTENT


def test_a_download_goes_up_again(jira: Jira, attachment: str) -> None:
    (copied,) = jira.issues.attachments.add("ENG-1", files=[("b.bin", streamed(jira, attachment))])
    assert jira.issues.attachments.download(str(copied.id)) == CONTENT
