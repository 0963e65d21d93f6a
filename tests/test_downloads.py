"""Downloads: in pieces, to files, over lost connections, and never with more memory than a few pieces."""

from __future__ import annotations

import asyncio
import io
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import ApiError, AsyncJira, ConfigurationError, Jira, TransportError
from atlassian_cloud.sandbox import Sandbox

CONTENT = os.urandom(3_000_017)


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


@pytest.fixture
def attachment(jira: Jira) -> str:
    (made,) = jira.issues.attachments.add("ENG-1", files=[('the "best" größe.txt', CONTENT)])
    return str(made.id)


def streamed(jira: Jira, attachment: str, **options: Any) -> Any:
    return jira.with_streaming_response.issues.attachments.download(attachment, **options)


@pytest.mark.parametrize("redirect", [False, True])
def test_pieces_make_the_file(jira: Jira, attachment: str, redirect: bool) -> None:
    with streamed(jira, attachment, redirect=redirect) as download:
        assert (download.status, download.size, download.content_type) == (200, len(CONTENT), "text/plain")
        assert download.file_name == 'the "best" größe.txt'
        pieces = list(download)
    assert len(pieces) > 1
    assert all(pieces)
    assert b"".join(pieces) == CONTENT


@pytest.mark.parametrize(("part", "expected"), [("0-9", CONTENT[:10]), ("100-199", CONTENT[100:200])])
def test_who_asks_for_a_part_gets_that_part(
    jira: Jira, attachment: str, tmp_path: Path, part: str, expected: bytes
) -> None:
    headers = {"Range": f"bytes={part}"}
    assert jira.issues.attachments.download(attachment, extra_headers=headers) == expected
    with streamed(jira, attachment, extra_headers=headers) as download:
        assert (download.status, download.read()) == (206, expected)
    streamed(jira, attachment, extra_headers=headers).save(tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == expected


def test_no_credential_goes_to_the_other_host(jira: Jira, box: Sandbox, attachment: str) -> None:
    assert streamed(jira, attachment, redirect=True).read() == CONTENT
    first, second = box.requests[-2:]
    assert "authorization" in first.headers
    assert second.path.startswith("/media/")
    assert second.headers["host"].startswith("localhost:")
    assert "authorization" not in second.headers


def test_files_are_saved(jira: Jira, attachment: str, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    streamed(jira, attachment).save(tmp_path / "a", progress=lambda done, size: told.append((done, size)))
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (len(CONTENT), len(CONTENT))
    streamed(jira, attachment).save(str(tmp_path / "b"))
    memory = io.BytesIO()
    streamed(jira, attachment).save(memory)
    with (tmp_path / "c").open("wb", buffering=0) as file:
        streamed(jira, attachment).save(file)
    assert memory.getvalue() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes() == CONTENT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


def test_files_are_saved_async(box: Sandbox, attachment: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            files = jira.with_streaming_response.issues.attachments
            async with await files.download(attachment) as download:
                assert b"".join([piece async for piece in download]) == CONTENT
            await (await files.download(attachment)).save(tmp_path / "a")
            assert await (await files.download(attachment)).read() == CONTENT

    asyncio.run(main())
    assert (tmp_path / "a").read_bytes() == CONTENT


@pytest.mark.parametrize("redirect", [False, True])
def test_a_lost_connection_is_taken_up_again(jira: Jira, box: Sandbox, attachment: str, redirect: bool) -> None:
    box.drop("midbody", path="/media" if redirect else "/attachment/content")
    assert streamed(jira, attachment, redirect=redirect).read() == CONTENT
    ranges = [request.headers["range"] for request in box.requests if "range" in request.headers]
    assert ranges
    assert set(ranges) == {f"bytes={len(CONTENT) // 2}-"}
    assert box.requests[-1].status == 206
    assert box.requests[-1].headers["if-range"].startswith('"')


def test_a_connection_is_taken_up_as_often_as_retries_are_allowed(jira: Jira, box: Sandbox, attachment: str) -> None:
    box.drop("midbody", times=None, path="/attachment/content")
    with pytest.raises(TransportError, match="could not be read to its end"):
        streamed(jira.with_options(max_retries=2), attachment).read()
    assert len([request for request in box.requests if request.method == "GET"]) == 3


def test_a_file_that_changed_meanwhile_is_not_patched_together(jira: Jira, box: Sandbox, attachment: str) -> None:
    box.drop("midbody", path="/attachment/content")
    box.respond(body="other", path="/attachment/content")
    with pytest.raises(TransportError, match="has changed"):
        streamed(jira, attachment).read()


def test_a_server_without_ranges_sends_it_once_more(jira: Jira, box: Sandbox, attachment: str) -> None:
    tag = streamed(jira, attachment).headers["etag"]
    box.drop("midbody", path="/attachment/content")
    box.respond(body=CONTENT, headers={"etag": tag}, path="/attachment/content")
    assert streamed(jira, attachment).read() == CONTENT
    assert box.requests[-1].status == 200


def interrupted(jira: Jira, box: Sandbox, attachment: str, target: Path) -> None:
    box.drop("midbody", path="/attachment/content")
    with pytest.raises(TransportError):
        streamed(jira.with_options(max_retries=0), attachment).save(target)


def test_a_save_that_broke_off_goes_on(jira: Jira, box: Sandbox, attachment: str, tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"before")
    interrupted(jira, box, attachment, target)
    assert target.read_bytes() == b"before"
    assert (tmp_path / "a.part").read_bytes() == CONTENT[: len(CONTENT) // 2]
    told: list[int] = []
    streamed(jira, attachment).save(target, progress=lambda done, _: told.append(done))
    assert target.read_bytes() == CONTENT
    assert told[0] > len(CONTENT) // 2
    assert (box.requests[-1].status, box.requests[-1].headers["range"]) == (206, f"bytes={len(CONTENT) // 2}-")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_save_that_broke_off_goes_on_async(jira: Jira, box: Sandbox, attachment: str, tmp_path: Path) -> None:
    interrupted(jira, box, attachment, tmp_path / "a")

    async def main() -> None:
        async with box.client(AsyncJira) as awaiting:
            await (await awaiting.with_streaming_response.issues.attachments.download(attachment)).save(tmp_path / "a")

    asyncio.run(main())
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert box.requests[-1].status == 206


def test_a_part_of_something_else_is_not_gone_on_with(jira: Jira, attachment: str, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"of yesterday's file")
    streamed(jira, attachment).save(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_a_full_disk_or_a_failing_callback_leaves_the_target_alone(jira: Jira, attachment: str, tmp_path: Path) -> None:
    def fail(done: int, size: int | None) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        streamed(jira, attachment).save(tmp_path / "a", progress=fail)
    assert not (tmp_path / "a").exists()


def test_a_cancelled_read_loses_nothing(box: Sandbox, attachment: str) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            download = await jira.with_streaming_response.issues.attachments.download(attachment)
            pieces = []
            for _ in range(10):
                task = asyncio.ensure_future(anext(download))
                await asyncio.sleep(0)
                # The loop stands still while the piece comes, and hears of the end of the task first.
                time.sleep(0.02)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                pieces.append(await anext(download))
            pieces.append(await download.read())
            assert b"".join(pieces) == CONTENT

    asyncio.run(main())


def test_errors_are_raised_by_the_call(jira: Jira, box: Sandbox) -> None:
    box.fail(404)
    with pytest.raises(ApiError, match="404"):
        streamed(jira, "1")


def test_a_closed_download_ends(jira: Jira, attachment: str, tmp_path: Path) -> None:
    with streamed(jira, attachment) as download:
        next(download)
        with pytest.raises(RuntimeError, match="a part of the download was read already"):
            download.save(tmp_path / "a")
    with pytest.raises(ConfigurationError, match="closed"):
        download.read()
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(download)


def test_a_wrong_target_is_told_before_anything_is_written(jira: Jira, attachment: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    wrong: list[tuple[Any, type[Exception], str]] = [
        (tmp_path, IsADirectoryError, "is a directory"),
        (tmp_path / "missing" / "a", FileNotFoundError, "the folder .*missing' does not exist"),
        (pipe, ValueError, "is no regular file"),
        (None, TypeError, "save: target: expected a path or a file open in binary mode, got NoneType"),
        (io.StringIO(), TypeError, "open in text mode"),
    ]
    for target, kind, text in wrong:
        with pytest.raises(kind, match=text):
            streamed(jira, attachment).save(target)
    with pytest.raises(TypeError, match="save: progress: expected a function that is called, not awaited; got int"):
        streamed(jira, attachment).save(tmp_path / "a", progress=1)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename=a.txt", "a.txt"),
        ("attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt", "größe.txt"),
        ('attachment; filename=".."', None),
        ("inline", None),
        ("attachment; filename*=idna''%ff", None),
        ("attachment; filename*=undefined''a; filename=b.txt", "b.txt"),
    ],
)
def test_proposed_names_stay_in_their_folder(jira: Jira, box: Sandbox, told: str, name: str | None) -> None:
    box.respond(body="x", headers={"content-disposition": told})
    assert streamed(jira, "1").file_name == name


def test_only_files_are_streamed(jira: Jira) -> None:
    view: Any = jira.with_streaming_response
    assert "get" not in dir(view.issues.attachments)
    with pytest.raises(AttributeError):
        view.projects.get("A")
    assert not hasattr(view, "request")


MEASURE = """
import asyncio, re, sys
from pathlib import Path
from atlassian_cloud import AsyncJira, Jira

url, path, back, awaiting = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4] == "async"
options = dict(base_url=url, email=sys.argv[5], token=sys.argv[6], trust_env=False)
# Not by getrusage: it begins with what the parent had.
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

def once(file):
    with Jira(**options) as jira:
        (made,) = jira.issues.attachments.add("ENG-1", files=[file])
        with jira.with_streaming_response.issues.attachments.download(made.id) as download:
            download.save(back)

async def once_async(file):
    async with AsyncJira(**options) as jira:
        (made,) = await jira.issues.attachments.add("ENG-1", files=[file])
        async with await jira.with_streaming_response.issues.attachments.download(made.id) as download:
            await download.save(back)

run = (lambda file: asyncio.run(once_async(file))) if awaiting else once
run(("warm.bin", b"x" * 1000))
before = peak()
run(path)
with path.open("rb") as file:
    run(file)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other units")
@pytest.mark.parametrize("awaiting", ["sync", "async"])
def test_two_hundred_megabytes_take_less_than_twenty(box: Sandbox, tmp_path: Path, awaiting: str) -> None:
    path, back = tmp_path / "large.bin", tmp_path / "back.bin"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(os.urandom(1 << 20))
    command = [sys.executable, "-c", MEASURE, box.url, str(path), str(back), awaiting, box.email, box.api_token]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kilobytes = int(done.stdout)
    assert kilobytes < 20_000
    assert subprocess.run(["cmp", path, back], check=False).returncode == 0


def test_the_part_of_another_file_is_not_taken_up(jira: Jira, tmp_path: Path) -> None:
    """Two files of one size, changed in the same second: their tags tell them apart."""
    contents = {letter: letter * 3_000_000 for letter in (b"a", b"b")}
    made = [jira.issues.attachments.add("ENG-1", files=[("x.bin", content)])[0].id for content in contents.values()]

    class Enough(Exception):
        pass

    def stop(done: int, size: int | None) -> None:
        if done > 1_000_000:
            raise Enough

    target = tmp_path / "x.bin"
    with pytest.raises(Enough):
        streamed(jira, str(made[0])).save(target, progress=stop)
    assert (tmp_path / "x.bin.part").exists()
    streamed(jira, str(made[1])).save(target)
    assert target.read_bytes() == contents[b"b"]


@pytest.mark.parametrize("told", [0, -1])
def test_a_file_that_takes_nothing_ends_the_download(jira: Jira, attachment: str, told: int) -> None:
    class Full:
        def write(self, piece: bytes) -> int:
            return told

    with pytest.raises(OSError, match="save: the file takes no more"):
        streamed(jira, attachment).save(Full())  # type: ignore[arg-type]


def test_two_downloads_do_not_write_one_file(jira: Jira, attachment: str, tmp_path: Path) -> None:
    target = tmp_path / "a.bin"

    def meanwhile(done: int, size: int | None) -> None:
        with pytest.raises(FileExistsError, match=r"another download is being written to .*a\.bin\.part"):
            streamed(jira, attachment).save(target)

    streamed(jira, attachment).save(target, progress=meanwhile)
    assert target.read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_a_part_that_is_a_link_is_not_written_through(jira: Jira, attachment: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "a.bin.part").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic link"):
        streamed(jira, attachment).save(tmp_path / "a.bin")
    assert victim.read_text() == "mine"
