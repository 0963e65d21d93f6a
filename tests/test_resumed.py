"""Downloads from servers that do what servers should not, and readers that go away."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import ApiError, AsyncJira, ConfigurationError, Jira, TransportError
from atlassian_cloud.sandbox import Sandbox

A, B = b"a" * 200_000, b"b" * 200_000
HALF = len(A) // 2
DATES = ["Sun, 01 Nov 2026 10:00:00 GMT", "Sun, 01 Nov 2026 11:00:00 GMT"]

Headers = dict[str, str]
Script = Callable[[int, Headers], tuple[int, Headers, bytes]]


@contextmanager
def serving(script: Script) -> Iterator[tuple[str, list[Headers]]]:
    """A server that says what the script says, and closes. A Content-Length of the script's stands as it is."""
    seen: list[Headers] = []
    lock = threading.Lock()

    def answer(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            if not lines.readline().strip():
                return
            asked = {}
            while line := lines.readline().strip():
                name, value = line.decode().split(":", 1)
                asked[name.lower()] = value.strip()
            with lock:
                number = len(seen)
                seen.append(asked)
            status, headers, body = script(number, asked)
            headers = {"Content-Length": str(len(body)), "Connection": "close", **headers}
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            connection.sendall(f"HTTP/1.1 {status} Told\r\n{head}\r\n".encode() + body)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
        listener.shutdown(socket.SHUT_RDWR)


def client(url: str, **options: Any) -> Jira:
    return Jira(email="a@b.example", token="t", base_url=url, trust_env=False, **options)


def streamed(jira: Jira, **options: Any) -> Any:
    return jira.with_streaming_response.issues.attachments.download("1", **options)


def half(of: bytes, **headers: str) -> tuple[int, Headers, bytes]:
    """The whole is announced, and half of it comes."""
    return 200, {"Content-Length": str(len(of)), **headers}, of[:HALF]


def rest(of: bytes, **headers: str) -> tuple[int, Headers, bytes]:
    return 206, {"Content-Range": f"bytes {HALF}-{len(of) - 1}/{len(of)}", **headers}, of[HALF:]


OTHERS: dict[str, tuple[Headers, Headers]] = {
    "another tag": ({"ETag": '"a"'}, {"ETag": '"b"'}),
    "another date": ({"Last-Modified": DATES[0]}, {"Last-Modified": DATES[1]}),
    "a tag that is gone": ({"ETag": '"a"'}, {}),
    "another weak tag": ({"ETag": 'W/"a"', "Last-Modified": DATES[0]}, {"ETag": 'W/"b"', "Last-Modified": DATES[0]}),
}


@pytest.mark.parametrize("other", OTHERS)
def test_two_files_are_not_patched_together(other: str) -> None:
    first, second = OTHERS[other]
    with (
        serving(lambda number, _: rest(B, **second) if number else half(A, **first)) as (url, seen),
        client(url) as jira,
    ):
        with pytest.raises(TransportError, match="has changed"):
            streamed(jira).read()
        assert seen[1]["range"] == f"bytes={HALF}-"


@pytest.mark.parametrize("size", [len(A) + 1, len(A) - 1])
def test_a_file_of_another_size_is_another(size: int) -> None:
    tag = {"ETag": '"a"'}
    answers = [half(A, **tag), rest(b"b" * size, **tag)]
    with (
        serving(lambda number, _: answers[number]) as (url, _),
        client(url) as jira,
        pytest.raises(TransportError, match="has changed"),
    ):
        streamed(jira).read()


def test_a_file_that_is_shorter_now_has_changed() -> None:
    answers: list[Any] = [half(A, ETag='"a"'), (416, {}, b"")]
    with (
        serving(lambda number, _: answers[number]) as (url, _),
        client(url) as jira,
        pytest.raises(TransportError, match="has changed"),
    ):
        streamed(jira).read()


def test_what_nothing_is_known_of_is_not_taken_up() -> None:
    with serving(lambda number, _: rest(A) if number else half(A)) as (url, seen), client(url) as jira:
        with pytest.raises(TransportError, match="could not be read to its end"):
            streamed(jira).read()
        assert len(seen) == 1


def test_what_nobody_has_read_yet_begins_anew() -> None:
    def script(number: int, _: Headers) -> tuple[int, Headers, bytes]:
        return (200, {}, B) if number else (200, {"Content-Length": str(len(A))}, b"")

    with serving(script) as (url, seen), client(url) as jira:
        assert streamed(jira).read() == B
        assert "range" not in seen[1]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("awaiting", [False, True])
def test_a_save_takes_up_no_part_of_another_file(tmp_path: Path, other: str, awaiting: bool) -> None:
    """The first answer is that of the part, the one to the range is of another file: all of it is fetched instead."""
    first, second = ({"Last-Modified": DATES[0], **headers} for headers in OTHERS[other])
    if other == "a tag that is gone":
        second = {}
    answers = [half(A, **first), (200, first, A), rest(B, **second), (200, second, B)]
    target = tmp_path / "a.bin"
    with serving(lambda number, _: answers[number]) as (url, seen):
        with client(url, max_retries=0) as jira:
            with pytest.raises(TransportError):
                streamed(jira).save(target)
            assert (tmp_path / "a.bin.part").stat().st_size == HALF
            if not awaiting:
                streamed(jira).save(target)
        if awaiting:
            asyncio.run(save(url, target))
        assert [asked.get("range") for asked in seen] == [None, None, f"bytes={HALF}-", None]
    assert target.read_bytes() == B


async def save(url: str, target: Path) -> None:
    async with AsyncJira(email="a@b.example", token="t", base_url=url, trust_env=False, max_retries=0) as jira:
        await (await jira.with_streaming_response.issues.attachments.download("1")).save(target)


@pytest.mark.parametrize(
    "reopened",
    [
        rest(B + b"b", ETag='"a"', **{"Last-Modified": DATES[0]}),
        (206, {"Content-Range": f"bytes {HALF}-{len(A) - 1}/*", "ETag": '"a"'}, B[HALF:]),
        (416, {}, b""),
    ],
    ids=["another size", "an unknown size", "no such part"],
)
def test_a_save_takes_up_no_part_of_another_size(tmp_path: Path, reopened: tuple[int, Headers, bytes]) -> None:
    first = {"Last-Modified": DATES[0], "ETag": '"a"'}
    answers = [half(A, **first), (200, first, A), reopened, (200, first, B)]
    with serving(lambda number, _: answers[number]) as (url, _), client(url, max_retries=0) as jira:
        with pytest.raises(TransportError):
            streamed(jira).save(tmp_path / "a.bin")
        streamed(jira).save(tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == B


def test_more_than_was_announced_is_not_handed_out() -> None:
    def script(number: int, _: Headers) -> tuple[int, Headers, bytes]:
        if not number:
            return 200, {"Content-Length": "10", "ETag": '"a"'}, b"01234"
        return 206, {"Content-Range": "bytes 5-9/10", "ETag": '"a"'}, b"56789abcde"

    with serving(script) as (url, _), client(url) as jira, streamed(jira) as download:
        assert next(download) == b"01234"
        with pytest.raises(TransportError, match="more of the file came than was announced"):
            next(download)


@pytest.mark.parametrize("told", ["bytes 5-4/10", "bytes 5-10/10", "bytes 5/10", "bytes -9/10", "5-9/10"])
def test_a_range_that_cannot_be_is_refused(told: str) -> None:
    def script(number: int, _: Headers) -> tuple[int, Headers, bytes]:
        if not number:
            return 200, {"Content-Length": "10", "ETag": '"a"'}, b"01234"
        return 206, {"Content-Range": told, "ETag": '"a"'}, b"56789"

    with (
        serving(script) as (url, _),
        client(url) as jira,
        pytest.raises(TransportError, match="another part of the file"),
    ):
        streamed(jira).read()


@pytest.mark.parametrize(
    ("body", "text"), [(b"56789abcde", "more of the file came"), (b"567", "the answer ended too early")]
)
def test_who_asks_for_a_part_gets_no_more_and_no_less(body: bytes, text: str) -> None:
    asked = {"extra_headers": {"Range": "bytes=5-9"}}
    answer = (206, {"Content-Range": "bytes 5-9/10"}, body)
    with serving(lambda number, _: answer) as (url, _), client(url) as jira, pytest.raises(TransportError, match=text):
        streamed(jira, **asked).read()


def test_a_part_that_nobody_asked_for_is_no_file() -> None:
    answer = (206, {"Content-Range": "bytes 0-4/10"}, b"01234")
    with serving(lambda number, _: answer) as (url, _):
        with client(url) as jira:
            for call in (jira.issues.attachments.download, jira.with_raw_response.issues.attachments.download):
                with pytest.raises(ApiError, match="a part of the file came where the whole was asked for"):
                    call("1")
            with pytest.raises(ApiError, match="a part of the file came where the whole was asked for"):
                streamed(jira)
            assert jira.issues.attachments.download("1", extra_headers={"Range": "bytes=0-4"}) == b"01234"
        with client(url, headers={"Range": "bytes=0-4"}) as jira:
            assert jira.issues.attachments.download("1") == b"01234"
            assert streamed(jira).read() == b"01234"


@contextmanager
def stalled() -> Iterator[str]:
    """Half of a file comes, and then nothing."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(A)}\r\n\r\n".encode() + A[:HALF])
                ended.wait(60)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        ended.set()


def test_to_close_wakes_a_reader() -> None:
    with stalled() as url, client(url, read_timeout=30) as jira:
        download = streamed(jira)
        threading.Timer(0.3, download.close).start()
        started = time.monotonic()
        with pytest.raises(ConfigurationError, match="the download is closed"):
            download.read()
        assert time.monotonic() - started < 5


def test_to_close_wakes_a_task_that_reads() -> None:
    async def main(url: str) -> None:
        options: Any = {"email": "a@b.example", "token": "t", "base_url": url, "trust_env": False, "read_timeout": 30}
        async with AsyncJira(**options) as jira:
            download = await jira.with_streaming_response.issues.attachments.download("1")
            reading = asyncio.ensure_future(download.read())
            await asyncio.sleep(0.3)
            await download.close()
            with pytest.raises(ConfigurationError, match="the download is closed"):
                await asyncio.wait_for(reading, 5)

    with stalled() as url:
        asyncio.run(main(url))


CHILD = """
import os, sys, warnings
from atlassian_cloud import ConfigurationError, Jira
warnings.simplefilter("ignore")
url, email, token, attachment = sys.argv[1:]
jira = Jira(base_url=url, email=email, token=token, trust_env=False)
download = jira.with_streaming_response.issues.attachments.download(attachment)
first = next(download)
child = os.fork()
if not child:
    try:
        download.read()
    except ConfigurationError as fault:
        print(fault, flush=True)
    download.close()
    del download
    again = jira.with_streaming_response.issues.attachments.download(attachment).read()
    os._exit(0 if len(again) == SIZE else 3)
rest = download.read()
print(os.waitpid(child, 0)[1], len(first) + len(rest))
"""


@pytest.mark.skipif(os.name != "posix", reason="forks as POSIX has them")
def test_a_download_is_read_by_the_process_that_began_it(box: Sandbox) -> None:
    content = os.urandom(1_000_003)
    with box.client(Jira) as jira:
        (made,) = jira.issues.attachments.add("ENG-1", files=[("a.bin", content)])
    script = CHILD.replace("SIZE", str(len(content)))
    command = [sys.executable, "-c", script, box.url, box.email, box.api_token, str(made.id)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    told = "this download was begun in another process; begin a new one in this process"
    assert sorted(done.stdout.splitlines()) == sorted([told, f"0 {len(content)}"])
