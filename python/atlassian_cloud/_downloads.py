"""Files on their way down: read in pieces, or saved, with a place to go on from if it breaks off."""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
from pathlib import Path

from . import _native

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import IO, Any, TypeVar

    _Progress = Callable[[int, int | None], object]
    _Self = TypeVar("_Self", bound="_Download")


class _Download:
    """What both kinds share."""

    def __init__(self, native: _native.Download) -> None:
        self._native = native
        self._taken: int = 0

    @property
    def status(self) -> int:
        """HTTP status."""
        return self._native.status

    @property
    def url(self) -> str:
        """Address that the file came from, after redirects."""
        return self._native.url

    @property
    def headers(self) -> dict[str, str]:
        """Headers, names in lower case; one that came twice is joined by commas."""
        return self._native.headers

    @property
    def size(self) -> int | None:
        """Size of the file in bytes, or None if the server does not tell."""
        return self._native.size

    @property
    def content_type(self) -> str | None:
        """Media type as the server tells it, or None."""
        return self.headers.get("content-type")

    @property
    def file_name(self) -> str | None:
        """Name that the server proposes, without folders, or None."""
        from email.message import Message

        told = self.headers.get("content-disposition")
        if told is None:
            return None
        message = Message()
        message["Content-Disposition"] = told
        # A server's word must not lead out of the folder that a caller means.
        name = (message.get_filename() or "").replace("\\", "/").rpartition("/")[2]
        return None if name in ("", ".", "..") or "\0" in name else name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.size} bytes from {self.url}>"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a download holds a connection and is neither pickled nor copied")

    def _begin(self, target: Any, progress: Any) -> None:
        if self._taken:
            raise RuntimeError("a part of the download was read already; begin a new one to save it")
        import io

        if not isinstance(target, (str, os.PathLike)) and not callable(getattr(target, "write", None)):
            raise TypeError(f"save: target: expected a path or a file open in binary mode, got {type(target).__name__}")
        if isinstance(target, io.TextIOBase):
            raise TypeError('save: target: the file is open in text mode; open it with "wb"')
        plain_function(progress, "save: progress")


class Download(_Download):
    """A file on its way down: an iterator of pieces of bytes, each read once."""

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; what was not read is not fetched."""
        self._native.close()

    def __iter__(self: _Self) -> _Self:
        return self

    def __next__(self) -> bytes:
        piece = self._native.next()
        if piece is None:
            raise StopIteration
        self._taken += len(piece)
        return piece

    def read(self) -> bytes:
        """Return all that was not read yet."""
        return b"".join(self)

    def save(self, target: str | os.PathLike[str] | IO[bytes], progress: _Progress | None = None) -> None:
        """Save the file at a path, or write it to a file open in binary mode.

        A path holds the whole file or what it held before: the download is kept in `<name>.part` beside it until it is
        complete. One that broke off is taken up there by the next `save`, if the server says that the file is the same.
        `progress` is called after each piece with the bytes that are there and the size of the file, which may be None.
        """
        self._begin(target, progress)
        if isinstance(target, (str, os.PathLike)):
            part = _Part(target)
            if begun := part.begun(self.headers, self.size):
                self._native = self._native.reopen(begun)
            with part.opened(self._native.start, self.headers) as file:
                self._copy(file, progress)
        else:
            self._copy(target, progress)

    def _copy(self, file: IO[bytes], progress: _Progress | None) -> None:
        for piece in self:
            _write(file, piece)
            if progress is not None:
                progress(self._native.start + self._taken, self.size)


class AsyncDownload(_Download):
    """A file on its way down: an asynchronous iterator of pieces of bytes, each read once."""

    async def __aenter__(self: _Self) -> _Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connection; what was not read is not fetched."""
        self._native.close()

    def __aiter__(self: _Self) -> _Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._native.next_async()
        if piece is None:
            raise StopAsyncIteration
        self._taken += len(piece)
        return piece

    async def read(self) -> bytes:
        """Return all that was not read yet."""
        return b"".join([piece async for piece in self])

    async def save(self, target: str | os.PathLike[str] | IO[bytes], progress: _Progress | None = None) -> None:
        """Save the file at a path, or write it to a file open in binary mode; an executor's thread writes.

        A path holds the whole file or what it held before: the download is kept in `<name>.part` beside it until it is
        complete. One that broke off is taken up there by the next `save`, if the server says that the file is the same.
        `progress` is called after each piece with the bytes that are there and the size of the file, which may be None.
        """
        self._begin(target, progress)
        if isinstance(target, (str, os.PathLike)):
            part = _Part(target)
            if begun := part.begun(self.headers, self.size):
                self._native = await self._native.reopen_async(begun)
            with part.opened(self._native.start, self.headers) as file:
                await self._copy(file, progress)
        else:
            await self._copy(target, progress)

    async def _copy(self, file: IO[bytes], progress: _Progress | None) -> None:
        import asyncio

        async for piece in self:
            await asyncio.to_thread(_write, file, piece)
            if progress is not None:
                progress(self._native.start + self._taken, self.size)


def plain_function(given: Any, label: str) -> None:
    """Refuse what cannot be called, and what would have to be awaited."""
    import inspect

    if given is not None and (not callable(given) or inspect.iscoroutinefunction(given)):
        kind = "a coroutine function" if callable(given) else type(given).__name__
        raise TypeError(f"{label}: expected a function that is called, not awaited; got {kind}")


def _write(file: Any, piece: bytes) -> None:
    """All of it: an unbuffered file may take a part."""
    import io

    rest = memoryview(piece)
    while rest:
        taken = file.write(rest)
        if isinstance(taken, int):
            if taken <= 0:
                raise OSError(f"save: the file takes no more: it wrote {taken} of {len(rest)} bytes")
            rest = rest[taken:]
        elif isinstance(file, io.RawIOBase):
            # An unbuffered file says so when it would block.
            raise BlockingIOError(f"save: the file would block with {len(rest)} bytes to write")
        else:
            # Many objects that write tell nothing.
            rest = rest[len(rest) :]


class _Part:
    """The file beside a target that holds what has come so far.

    When a download breaks off its time becomes a mark of the file at the server, which says later what it is a part of.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        self._target = Path(target)
        if self._target.is_dir():
            raise IsADirectoryError(f"save: {str(self._target)!r} is a directory; name the file")
        if self._target.exists() and not self._target.is_file():
            # A device or a pipe would be replaced by a file.
            raise ValueError(f"save: {str(self._target)!r} is no regular file; open it and give the file")
        if not self._target.parent.is_dir():
            raise FileNotFoundError(f"save: the folder {str(self._target.parent)!r} does not exist")
        self._path = self._target.with_name(f"{self._target.name}.part")

    def begun(self, headers: dict[str, str], size: int | None) -> int:
        """How many bytes of this file are there already."""
        try:
            facts = self._path.stat()
        except OSError:
            return 0
        if size is None or facts.st_size >= size or facts.st_mtime_ns != _mark(headers):
            return 0
        return facts.st_size

    def opened(self, start: int, headers: dict[str, str]) -> _Opened:
        return _Opened(self._path, self._target, start, _mark(headers))


def _mark(headers: dict[str, str]) -> int | None:
    """What tells one file from another, as a file's time: when the server says it was last changed, and its tag in the nanoseconds."""
    from email.utils import parsedate_to_datetime
    from zlib import crc32

    try:
        changed = int(parsedate_to_datetime(headers.get("last-modified", "")).timestamp())
    except (TypeError, ValueError):
        return None
    return changed * 10**9 + crc32(headers.get("etag", "").encode()) % 10**9


def _lock(file: IO[bytes], path: Path) -> None:
    """Held until the file is closed; where the system has no such locks, nothing is held."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FileExistsError(f"save: another download is being written to {str(path)!r}") from None
    except OSError:
        return  # Some network file systems have none either.


class _Opened:
    """A part being written: it takes the target's place when nothing went wrong."""

    def __init__(self, path: Path, target: Path, start: int, mark: int | None) -> None:
        self._path, self._target, self._mark = path, target, mark
        # Nothing is written through a link that stands there, nor into what somebody else is writing.
        descriptor = os.open(
            path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), 0o666
        )
        self._file = os.fdopen(descriptor, "r+b")
        try:
            _lock(self._file, path)
        except BaseException:
            self._file.close()
            raise
        self._file.seek(start)
        self._file.truncate()

    def __enter__(self) -> IO[bytes]:
        return self._file

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        if error is None:
            self._path.replace(self._target)
        elif self._mark is not None:
            os.utime(self._path, ns=(self._mark, self._mark))
