"""Files on their way down: read in pieces, or saved, with a place to go on from if it breaks off."""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os

from . import _native
from ._parts import Part, write

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
        # Of a piece, what was not asked for yet.
        self._rest: bytes = b""

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
        told = self.headers.get("content-disposition")
        if told is None:
            return None
        # A server's word must not lead out of the folder that a caller means.
        name = _told_name(told).replace("\\", "/").rpartition("/")[2]
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
        if self._rest:
            rest, self._rest = self._rest, b""
            return rest
        piece = self._native.next()
        if piece is None:
            raise StopIteration
        self._taken += len(piece)
        return piece

    def read(self, size: int | None = -1) -> bytes:
        """Return the next `size` bytes, fewer at the end alone; without a size, or with one below 0, all that was not read yet."""
        if size is None or size < 0:
            return b"".join(self)
        taken: list[bytes] = []
        while size and (piece := next(self, b"")):
            taken.append(piece[:size])
            self._rest = piece[size:]
            size -= len(taken[-1])
        return b"".join(taken)

    def save(self, target: str | os.PathLike[str] | IO[bytes], progress: _Progress | None = None) -> None:
        """Save the file at a path, or write it to a file open in binary mode.

        A path holds the whole file or what it held before: the download is kept in `<name>.part` beside it until it is
        complete. One that broke off is taken up there by the next `save`, if the server says that the file is the same.
        A file that is replaced keeps its permissions; where the path is a symbolic link, the file that it leads to is
        replaced. While another `save` writes to the path, FileExistsError is raised.
        `progress` is called after each piece with the bytes that are there and the size of the file, which may be None.
        """
        self._begin(target, progress)
        if isinstance(target, (str, os.PathLike)):
            with Part(target) as part:
                if begun := part.begun(self.headers, self.size):
                    self._native = self._native.reopen(begun)
                self._copy(part.begin(self._native.start, self.headers), progress)
        else:
            self._copy(target, progress)

    def _copy(self, file: IO[bytes], progress: _Progress | None) -> None:
        for piece in self:
            write(file, piece)
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
        if self._rest:
            rest, self._rest = self._rest, b""
            return rest
        piece = await self._native.next_async()
        if piece is None:
            raise StopAsyncIteration
        self._taken += len(piece)
        return piece

    async def read(self, size: int | None = -1) -> bytes:
        """Return the next `size` bytes, fewer at the end alone; without a size, or with one below 0, all that was not read yet."""
        if size is None or size < 0:
            return b"".join([piece async for piece in self])
        taken: list[bytes] = []
        while size and (piece := await anext(self, b"")):
            taken.append(piece[:size])
            self._rest = piece[size:]
            size -= len(taken[-1])
        return b"".join(taken)

    async def save(self, target: str | os.PathLike[str] | IO[bytes], progress: _Progress | None = None) -> None:
        """Save the file at a path, or write it to a file open in binary mode; an executor's thread writes.

        A path holds the whole file or what it held before: the download is kept in `<name>.part` beside it until it is
        complete. One that broke off is taken up there by the next `save`, if the server says that the file is the same.
        A file that is replaced keeps its permissions; where the path is a symbolic link, the file that it leads to is
        replaced. While another `save` writes to the path, FileExistsError is raised.
        `progress` is called after each piece with the bytes that are there and the size of the file, which may be None.
        """
        self._begin(target, progress)
        if isinstance(target, (str, os.PathLike)):
            with Part(target) as part:
                if begun := part.begun(self.headers, self.size):
                    self._native = await self._native.reopen_async(begun)
                await self._copy(part.begin(self._native.start, self.headers), progress)
        else:
            await self._copy(target, progress)

    async def _copy(self, file: IO[bytes], progress: _Progress | None) -> None:
        import asyncio

        async for piece in self:
            writing = asyncio.ensure_future(asyncio.to_thread(write, file, piece))
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                # The file is let go of when nobody writes to it any more.
                await asyncio.wait([writing])
                raise
            if progress is not None:
                progress(self._native.start + self._taken, self.size)


def plain_function(given: Any, label: str) -> None:
    """Refuse what cannot be called, and what would have to be awaited."""
    import inspect

    if given is not None and (not callable(given) or inspect.iscoroutinefunction(given)):
        kind = "a coroutine function" if callable(given) else type(given).__name__
        raise TypeError(f"{label}: expected a function that is called, not awaited; got {kind}")


def _told_name(told: str) -> str:
    """The name in a Content-Disposition, the plain one where the other is in no encoding, or nothing."""
    import re
    from email.message import Message

    for text in (told, re.sub(r";\s*filename\*[^;]*", "", told)):
        message = Message()
        message["Content-Disposition"] = text
        try:
            return message.get_filename() or ""
        except (ValueError, LookupError):
            pass
    return ""
