"""Uploads under way: when a source is read, by whom, and what a server may do meanwhile."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from atlassian_cloud import AsyncJira, Jira
from atlassian_cloud.sandbox import Sandbox

CONTENT = os.urandom(1_000_003)


def pieces() -> Iterator[bytes]:
    for start in range(0, len(CONTENT), 99_991):
        yield CONTENT[start : start + 99_991]


SOURCES: dict[str, Callable[[], Any]] = {"file": lambda: io.BytesIO(CONTENT), "generator": pieces}


class Together:
    """A server that answers nobody before it has read the whole requests of all."""

    def __init__(self, calls: int) -> None:
        self._all_there = threading.Barrier(calls)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=calls)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Together:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._all_there.abort()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            read = b""
            # The last chunk, or the last line of a form.
            while not read.endswith((b"\r\n0\r\n\r\n", b"--\r\n")):
                came = connection.recv(1 << 16)
                if not came:
                    return
                read += came
            try:
                self._all_there.wait(20)
            except threading.BrokenBarrierError:
                return
            body = b"[]"
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )


@pytest.mark.parametrize("kind", ["file", "generator"])
def test_no_thread_is_held_while_nothing_is_read(kind: str) -> None:
    """One thread reads for thirty calls, none of which is answered before all of them were read."""

    async def main(url: str) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        async with AsyncJira(email="a@b.example", token="t", base_url=url, trust_env=False, read_timeout=10) as jira:
            content = [SOURCES[kind]() for _ in range(30)]
            add = jira.issues.attachments.add
            await asyncio.gather(*[add("ENG-1", files=[("a.bin", one)]) for one in content])

    with Together(30) as server:
        asyncio.run(main(server.url))


def test_a_source_is_never_read_for_two_attempts() -> None:
    """A server answers early and goes on to read: the first attempt gets nothing more when the second has begun."""

    class Watching(io.BytesIO):
        readers, most, reads = 0, 0, 0

        def read(self, size: int | None = -1) -> bytes:
            Watching.readers += 1
            Watching.reads += 1
            Watching.most = max(Watching.most, Watching.readers)
            try:
                if Watching.reads == 2:
                    time.sleep(0.5)
                return super().read(size)
            finally:
                Watching.readers -= 1

    early = iter([b"HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"])
    served: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                read = connection.recv(1 << 16)
                refusal = next(early, None)
                if refusal:
                    connection.sendall(refusal)
                    while connection.recv(1 << 16):
                        pass
                    continue
                while not read.endswith(b"--\r\n"):
                    read += connection.recv(1 << 16)
                served.append(read)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
                    b"Connection: close\r\n\r\n[]"
                )

    async def main(url: str) -> None:
        async with AsyncJira(email="a@b.example", token="t", base_url=url, trust_env=False) as jira:
            await jira.issues.attachments.add("ENG-1", files=[("a.bin", Watching(CONTENT))])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        asyncio.run(main(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        listener.shutdown(socket.SHUT_RDWR)
    assert Watching.most == 1
    assert CONTENT in served[0]


def test_an_executor_that_takes_nothing_is_told(box: Sandbox) -> None:
    async def main() -> None:
        pool = ThreadPoolExecutor(1)
        pool.shutdown()
        asyncio.get_running_loop().set_default_executor(pool)
        async with box.client(AsyncJira) as jira:
            await jira.issues.attachments.add("ENG-1", files=[("a.bin", pieces())])

    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(main())


@pytest.mark.parametrize("kind", ["bytes", "file"])
def test_a_server_that_reads_slowly_is_not_silent(kind: str) -> None:
    """The whole takes more than twice the read time-out, and is answered at its end."""
    content = b"x" * 50_000_000

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            read, end = 0, b""
            while not end.endswith(b"--\r\n"):
                came = connection.recv(1 << 20)
                if not came:
                    return
                if read // 1_000_000 < (read + len(came)) // 1_000_000:
                    time.sleep(0.1)
                read, end = read + len(came), (end + came)[-10:]
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
            )

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Jira(email="a@b.example", token="t", base_url=url, trust_env=False, read_timeout=2, max_retries=0) as jira:
            jira.issues.attachments.add("ENG-1", files=[("a.bin", content if kind == "bytes" else io.BytesIO(content))])
