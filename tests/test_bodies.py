"""Files on their way up and down: every kind of content arrives whole, is sent again whole or not at all."""

from __future__ import annotations

import asyncio
import io
import mmap
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from atlassian_cloud import (
    ApiError,
    AsyncJira,
    AtlassianError,
    Bitbucket,
    Confluence,
    Jira,
    RateLimitError,
    TransportError,
)
from atlassian_cloud.sandbox import Sandbox

CONTENT = os.urandom(1_000_003)


class Unseekable:
    """Reads like a socket: in pieces of its own size, and once."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, 70_001))


class SeekingInSilence:
    """Seeks and tells, but `seek()` returns nothing, as that of mmap before Python 3.13."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, place: int, whence: int = 0) -> None:
        self._file.seek(place, whence)


def mapped(folder: Path) -> Any:
    with on_disk(folder).open("rb") as file:
        FILES.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return FILES[-1]


def pieces(content: bytes) -> Iterator[bytes]:
    yield b""
    for start in range(0, len(content), 99_991):
        yield content[start : start + 99_991]


def on_disk(folder: Path) -> Path:
    path = folder / "notes.txt"
    path.write_bytes(CONTENT)
    return path


FILES: list[Any] = []


def opened(path: Path, mode: str, **options: Any) -> Any:
    """A file that the test does not close; its end does."""
    FILES.append(path.open(mode, **options))
    return FILES[-1]


@pytest.fixture(autouse=True)
def _close_files() -> Iterator[None]:
    yield
    while FILES:
        FILES.pop().close()


KINDS: dict[str, Callable[[Path], Any]] = {
    "bytes": lambda folder: CONTENT,
    "bytearray": lambda folder: bytearray(CONTENT),
    "memoryview": lambda folder: memoryview(CONTENT),
    "path": on_disk,
    "file": lambda folder: opened(on_disk(folder), "rb"),
    "unbuffered": lambda folder: opened(on_disk(folder), "rb", buffering=0),
    "in memory": lambda folder: io.BytesIO(CONTENT),
    "mapped": mapped,
    "seeking in silence": lambda folder: SeekingInSilence(CONTENT),
    "unseekable": lambda folder: Unseekable(CONTENT),
    "generator": lambda folder: pieces(CONTENT),
}
ONCE = ("unseekable", "generator")


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


def stored(jira: Jira, files: list[Any]) -> list[tuple[str, bytes]]:
    made = jira.issues.attachments.add("ENG-1", files=files)
    return [(str(one.filename), jira.issues.attachments.download(str(one.id))) for one in made]


@pytest.mark.parametrize("kind", KINDS)
def test_content_of_every_kind_arrives_byte_for_byte(jira: Jira, tmp_path: Path, kind: str) -> None:
    assert stored(jira, [("a.bin", KINDS[kind](tmp_path))]) == [("a.bin", CONTENT)]


@pytest.mark.parametrize("kind", KINDS)
def test_content_of_every_kind_is_awaited(box: Sandbox, tmp_path: Path, kind: str) -> None:
    async def main() -> bytes:
        async with box.client(AsyncJira) as jira:
            (made,) = await jira.issues.attachments.add("ENG-1", files=[("a.bin", KINDS[kind](tmp_path))])
            return await jira.issues.attachments.download(str(made.id))

    assert asyncio.run(main()) == CONTENT


def test_many_files_go_in_one_form(jira: Jira, tmp_path: Path) -> None:
    files = [(f"{kind}.bin", make(tmp_path)) for kind, make in KINDS.items()]
    assert stored(jira, files) == [(f"{kind}.bin", CONTENT) for kind in KINDS]


@pytest.mark.parametrize(
    "name",
    [
        'the "best".txt',
        "line\r\nbreak: x\n.txt",
        "back\\slash",
        "\U0001f600 größe.txt",
        "n" * 296 + ".txt",
        "a;b=c'.txt",
        "50% off.txt",
    ],
)
def test_file_names_arrive_as_given(jira: Jira, name: str) -> None:
    assert stored(jira, [(name, b"x"), ("after.txt", b"y")]) == [(name, b"x"), ("after.txt", b"y")]


def test_files_are_called_as_they_are_called_elsewhere(jira: Jira, tmp_path: Path) -> None:
    path = on_disk(tmp_path)
    with path.open("rb") as file:
        assert [name for name, _ in stored(jira, [path, file, b"bare"])] == ["notes.txt", "notes.txt", "file"]


def test_content_types_are_guessed_or_told(jira: Jira, box: Sandbox) -> None:
    made = jira.issues.attachments.add(
        "ENG-1", files=[("a.png", b"1"), ("b.unknown-kind", b"2"), ("c.txt", b"3", "application/x-mine")]
    )
    assert [one.mime_type for one in made] == ["image/png", "application/octet-stream", "application/x-mine"]
    jira.avatars.upload("project", "1", body=b"GIF89a")
    assert box.requests[-1].headers["content-type"] == "image/png"
    jira.avatars.upload("project", "1", body=("a.gif", b"GIF89a"))
    assert box.requests[-1].headers["content-type"] == "image/gif"
    jira.avatars.upload("project", "1", body=("a.gif", b"GIF89a"), content_type="image/jpeg")
    assert box.requests[-1].headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_body_of_every_kind_arrives(jira: Jira, tmp_path: Path, kind: str) -> None:
    avatar = jira.avatars.upload("project", "1", body=KINDS[kind](tmp_path), content_type="image/gif")
    assert jira.avatars.get_image("project", str(avatar.id)) == CONTENT


def test_other_products_keep_files_too(box: Sandbox) -> None:
    with box.client(Confluence) as confluence:
        page = confluence.v1.content.attachments.add(box.confluence.home, file=("a.txt", b"hello"), minor_edit=True)
        assert confluence.v1.content.attachments.download(box.confluence.home, str(page.results[0].id)) == b"hello"
    with box.client(Bitbucket) as bitbucket:
        bitbucket.repositories.downloads.upload("website", workspace="acme", files=[("a.txt", b"hello")])
        assert bitbucket.repositories.downloads.get("website", "a.txt", workspace="acme") == b"hello"


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_refused_goes_again_whole_or_not_at_all(jira: Jira, box: Sandbox, tmp_path: Path, kind: str) -> None:
    box.fail(429, retry_after=0)
    if kind in ONCE:
        with pytest.raises(RateLimitError, match="not sent again, for its content can be read but once"):
            stored(jira, [("a.bin", KINDS[kind](tmp_path))])
        assert len(box.requests) == 1
    else:
        assert stored(jira, [("a.bin", KINDS[kind](tmp_path))]) == [("a.bin", CONTENT)]
        assert [request.status for request in box.requests] == [429, 200, 200]


@pytest.mark.parametrize("kind", KINDS)
def test_an_upload_that_may_be_repeated_survives_503(box: Sandbox, tmp_path: Path, kind: str) -> None:
    box.fail(503, retry_after=0)
    with box.client(Bitbucket, workspace="acme") as bitbucket:
        downloads = bitbucket.repositories.downloads
        if kind in ONCE:
            with pytest.raises(ApiError, match="not sent again"):
                downloads.upload("website", files=[("a.bin", KINDS[kind](tmp_path))])
            assert len(box.requests) == 1
        else:
            downloads.upload("website", files=[("a.bin", KINDS[kind](tmp_path))])
            assert downloads.get("website", "a.bin") == CONTENT


def test_a_lost_connection_does_not_send_the_rest_of_a_stream(box: Sandbox) -> None:
    box.drop("after")
    with (
        box.client(Bitbucket, workspace="acme") as bitbucket,
        pytest.raises(TransportError, match="not sent again") as caught,
    ):
        bitbucket.repositories.downloads.upload("website", files=[("a.bin", pieces(CONTENT))])
    assert caught.value.may_have_been_executed
    assert len(box.requests) == 1


@pytest.mark.parametrize("fault", [503, None])
def test_what_makes_a_version_each_time_is_sent_once(box: Sandbox, fault: int | None) -> None:
    with box.client(Confluence) as confluence:
        attachments = confluence.v1.content.attachments
        page = attachments.add(box.confluence.home, file=("a.txt", b"1"), minor_edit=True)
        if fault:
            box.fail(fault, retry_after=0, execute=True)
        else:
            box.drop("after")
        with pytest.raises(AtlassianError, match=r"(?s)may have been (done|executed).*look before you send it again"):
            attachments.add_or_update(box.confluence.home, file=("a.txt", b"2"), minor_edit=True)
        made = confluence.attachments.get(str(page.results[0].id))
        assert made.version is not None
        assert made.version.number == 2


def test_an_edit_that_adds_is_sent_once_and_one_that_sets_again(jira: Jira, box: Sandbox) -> None:
    box.drop("after")
    jira.issues.update("ENG-1", fields={"summary": "Twice is no harm"})
    before = jira.issues.comments.list("ENG-1").to_list()
    box.drop("after")
    with pytest.raises(TransportError, match="may have been executed"):
        jira.issues.update("ENG-1", update={"comment": [{"add": {"body": document("Once")}}]})
    assert len(jira.issues.comments.list("ENG-1").to_list()) == len(before) + 1


def document(text: str) -> dict[str, Any]:
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


def test_the_pauses_of_an_iterator_are_not_the_servers(box: Sandbox) -> None:
    def slow() -> Iterator[bytes]:
        yield b"one"
        time.sleep(0.7)
        yield b"two"

    with box.client(Jira, read_timeout=0.2) as jira:
        assert stored(jira, [("a.bin", slow())]) == [("a.bin", b"onetwo")]


def test_a_stream_that_nobody_read_may_still_be_sent(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        stream = iter([b"first"])
        jira = Jira(email="a@b.example", token="t", base_url=address, max_retries=1, trust_env=False)
        with jira, pytest.raises(TransportError, match="attempts: 2") as caught:
            jira.issues.attachments.add("ENG-1", files=[stream])
    assert "not sent again" not in str(caught.value)
    assert next(stream) == b"first"


def test_a_file_is_sent_from_where_it_stands(jira: Jira, box: Sandbox) -> None:
    file = io.BytesIO(CONTENT)
    file.seek(1000)
    box.fail(429, retry_after=0)
    assert stored(jira, [("a.bin", file)]) == [("a.bin", CONTENT[1000:])]


def test_a_file_whose_end_is_unknown_is_sent_from_where_it_stood(jira: Jira) -> None:
    class Untold(SeekingInSilence):
        """Loses its tongue at the end."""

        def tell(self) -> int:
            if super().tell() == len(CONTENT):
                raise OSError("no place")
            return super().tell()

    file = Untold(CONTENT)
    file.seek(1000)
    assert stored(jira, [("a.bin", file)]) == [("a.bin", CONTENT[1000:])]


def test_a_file_that_does_not_come_back_is_refused(jira: Jira, box: Sandbox) -> None:
    class OneWay(SeekingInSilence):
        def seek(self, place: int, whence: int = 0) -> None:
            if whence != 2:
                raise OSError("no way back")
            super().seek(place, whence)

    with pytest.raises(OSError, match="no way back"):
        jira.issues.attachments.add("ENG-1", files=[("a.bin", OneWay(CONTENT))])
    assert box.requests == []


@pytest.mark.parametrize("give", [lambda path: path, lambda path: opened(path, "rb")], ids=["path", "file"])
def test_a_file_that_grows_is_sent_as_it_was(jira: Jira, tmp_path: Path, give: Callable[[Path], Any]) -> None:
    growing = on_disk(tmp_path)

    def grow() -> Iterator[bytes]:
        with growing.open("ab") as file:
            file.write(b"more")
        yield b"first"

    # Its size is looked at before the first piece of anything is read.
    assert stored(jira, [("a", grow()), ("b", give(growing))]) == [("a", b"first"), ("b", CONTENT)]


class Broken:
    def read(self, size: int) -> bytes:
        raise RuntimeError("the disk is gone")


def test_what_reading_raises_is_raised(jira: Jira, box: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="the disk is gone"):
        jira.issues.attachments.add("ENG-1", files=[Broken()])

    async def main() -> None:
        async with box.client(AsyncJira) as awaiting:
            await awaiting.issues.attachments.add("ENG-1", files=[Broken()])

    with pytest.raises(RuntimeError, match="the disk is gone"):
        asyncio.run(main())
    assert all(request.status == 0 for request in box.requests)


def test_pieces_must_be_bytes(jira: Jira) -> None:
    with pytest.raises(TypeError, match=r"files\[0\]: expected pieces of bytes"):
        jira.issues.attachments.add("ENG-1", files=[iter(["text"])])


def test_a_file_that_shrinks_is_given_up(jira: Jira) -> None:
    class Shrinking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 10)) if self.tell() < 10 else b""

    with pytest.raises(TransportError, match="changed in size"):
        jira.issues.attachments.add("ENG-1", files=[("a", Shrinking(CONTENT))])


def test_faults_are_told_before_anything_is_sent(jira: Jira, box: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("x")
    closed, pipe = io.BytesIO(CONTENT), tmp_path / "pipe"
    closed.close()
    os.mkfifo(pipe)
    for files, kind, text in [
        ([], ValueError, "files: the list of files is empty"),
        (["text.txt"], TypeError, r"files\[0\]: expected bytes, .* got str; a path is given as pathlib.Path"),
        ([1], TypeError, r"files\[0\]: expected bytes"),
        ([("a", b"", "nonsense")], ValueError, "no content type"),
        ([("a", b"", "a/b\r\nX: y")], ValueError, "no content type"),
        ([(1, b"")], TypeError, "file name: expected str"),
        ([("a",)], TypeError, r"expected \(name, content\)"),
        ([tmp_path / "missing"], FileNotFoundError, r"files\[0\]: the file cannot be read"),
        ([tmp_path], IsADirectoryError, r"files\[0\]: .* is a directory"),
        ([opened(tmp_path / "text.txt", "r")], TypeError, "open in text mode"),
        ([pipe], ValueError, "is no regular file"),
        ([Path("/proc/version")], ValueError, "is no regular file; open it and give the file"),
        ([closed], ValueError, r"files\[0\]: the file is closed"),
        ([("", b"")], ValueError, r'files\[0\]: "" is no file name'),
        ([("a\0b", b"")], ValueError, "is no file name"),
    ]:
        with pytest.raises(kind, match=text):
            jira.issues.attachments.add("ENG-1", files=files)  # type: ignore[arg-type]
    assert box.requests == []


def test_the_calling_thread_reads(jira: Jira) -> None:
    readers = set()

    class Watching(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            readers.add(threading.get_ident())
            return super().read(size)

    jira.issues.attachments.add("ENG-1", files=[Watching(CONTENT)])
    assert readers == {threading.get_ident()}


def test_an_iterator_may_call_the_client(jira: Jira) -> None:
    (first,) = jira.issues.attachments.add("ENG-1", files=[("a", b"from the first")])

    def copied() -> Iterator[bytes]:
        yield jira.issues.attachments.download(str(first.id))

    assert stored(jira, [("b", copied())]) == [("b", b"from the first")]


def test_a_cancelled_upload_is_read_no_further(box: Sandbox) -> None:
    read = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 1000

    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            task = asyncio.ensure_future(jira.issues.attachments.add("ENG-1", files=[endless()]))
            while not read:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    # The loop waits for its executor when it ends.
    asyncio.run(main())
    assert read


def test_the_header_of_a_form_has_no_line_of_the_callers(jira: Jira, box: Sandbox) -> None:
    jira.issues.attachments.add("ENG-1", files=[('x"\r\nContent-Type: text/html\r\n\r\n', b"a")])
    head = box.requests[-1].body.split(b"\r\n\r\n")[0]
    assert re.findall(rb"(?im)^content-type: ([^\r]*)", head) == [b"application/octet-stream"]


def test_fields_of_a_form_are_encoded() -> None:
    with Sandbox(examples=True) as box, box.client(Bitbucket, workspace="acme") as bitbucket:
        bitbucket.repositories.commits.list_with_body(
            "repo", include=["main", "a&b=c d"], exclude=None, path="größe"
        ).first()
        sent = box.requests[-1]
        assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qs(sent.body.decode()) == {"include": ["main", "a&b=c d"], "path": ["größe"]}
        with pytest.raises(ValueError, match="extra_body needs a body that is JSON"):
            bitbucket.repositories.commits.list_with_body("repo", extra_body={"a": 1})
        bitbucket.repositories.commits.list_with_body("repo").first()
        assert box.requests[-1].body == b""


def test_files_of_a_commit_are_parts_of_their_own_names() -> None:
    with Sandbox(examples=True) as box, box.client(Bitbucket, workspace="acme") as bitbucket:
        create = bitbucket.repositories.source.create_commit
        create("repo", files=[("src/größe.py", b"1"), ("message", b"2")], delete=["a", "b"], message="Hello")
        form = box.requests[-1].body.decode()
        assert re.findall(r'; name="([^"]*)"(; filename="[^"]*")?', form) == [
            ("src/größe.py", '; filename="src/größe.py"'),
            ("message", '; filename="message"'),
            ("files", ""),
            ("files", ""),
            ("message", ""),
        ]
        with pytest.raises(ValueError, match="a file has no name"):
            create("repo", files=[b"bare"])


def test_the_header_that_tells_the_parts_of_a_form_is_not_the_callers(box: Sandbox) -> None:
    with box.client(Jira, headers={"Content-Type": "application/json"}) as jira:
        assert stored(jira, [("a.bin", b"x")]) == [("a.bin", b"x")]
        add = jira.issues.attachments.add
        with pytest.raises(ValueError, match="Content-Type of a form of files is not the caller's to set"):
            add("ENG-1", files=[("a.bin", b"x")], extra_headers={"content-type": "text/plain"})
    assert len(box.requests) == 2
