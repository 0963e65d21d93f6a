"""Files on disk that a download is saved to: whole, or as they were before."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from . import _locks

TYPE_CHECKING = False

if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO, Any


class Part:
    """The file beside a target that holds what has come so far. It is locked by whoever writes it, until it has taken the target's place.

    When a download breaks off its time becomes a mark of the file at the server, which says later what it is a part of.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        # A link is written through; what a relative path means is settled here, for the working directory may change.
        self._target = Path(os.path.realpath(Path(target)))
        if self._target.is_dir():
            raise IsADirectoryError(f"save: {str(self._target)!r} is a directory; name the file")
        if self._target.exists() and not self._target.is_file():
            # A device or a pipe would be replaced by a file.
            raise ValueError(f"save: {str(self._target)!r} is no regular file; open it and give the file")
        if not self._target.parent.is_dir():
            raise FileNotFoundError(f"save: the folder {str(self._target.parent)!r} does not exist")
        self._path = self._target.with_name(_part_name(self._target.name))
        self._mark: int | None = None

    def __enter__(self) -> Part:
        try:
            self._mode: int | None = stat.S_IMODE(self._target.stat().st_mode) & 0o777
        except FileNotFoundError:
            self._mode = None
        self._pid = os.getpid()
        self._file = self._opened()
        return self

    def _opened(self) -> IO[bytes]:
        # Nothing is written through a link that stands there, nor into what somebody else is writing.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        while True:
            descriptor = os.open(self._path, flags, 0o666 if self._mode is None else 0o600)
            # Without a buffer: a forked child would write its copy of one when it ends.
            file = os.fdopen(descriptor, "r+b", buffering=0)
            try:
                # What is locked cannot be moved on Windows: nothing is held there.
                if os.name != "nt" and not _locks.take(file):
                    raise FileExistsError(f"save: another download is being written to {str(self._path)!r}")
                if _is_at(file, self._path):
                    return file
            except BaseException:
                file.close()
                raise
            # It took its target's place between opening and locking.
            file.close()

    def begun(self, headers: dict[str, str], size: int | None) -> int:
        """How many bytes of this file are there already."""
        facts = os.fstat(self._file.fileno())
        if size is None or facts.st_size >= size or facts.st_mtime_ns != _mark(headers):
            return 0
        return facts.st_size

    def begin(self, start: int, headers: dict[str, str]) -> IO[bytes]:
        """The file, to be written from `start` on."""
        self._mark = _mark(headers)
        if self._mode is not None:
            # Whoever may not read the target must not read the part; that it can be opened again is all that is added.
            _set_mode(self._file, self._mode | 0o600)
        self._file.seek(start)
        self._file.truncate()
        return self._file

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if os.getpid() != self._pid:
            # A forked child has no part in it; to unlock would unlock the parent's.
            self._file.close()
            return
        try:
            if error is None:
                self._replace()
            elif self._mark is not None:
                with suppress(OSError):
                    place = self._file.fileno() if os.utime in os.supports_fd else self._path
                    os.utime(place, ns=(self._mark, self._mark))
        finally:
            if os.name != "nt":
                _locks.release(self._file)
            self._file.close()

    def _replace(self) -> None:
        if not _is_at(self._file, self._path):
            raise FileNotFoundError(f"save: {str(self._path)!r} was removed or replaced while it was written")
        if self._mode is not None:
            _set_mode(self._file, self._mode)
        if os.name == "nt":
            # What is open cannot be moved there, and nothing is locked.
            self._file.close()
        self._path.replace(self._target)


def _part_name(name: str) -> str:
    from zlib import crc32

    encoded = os.fsencode(name)
    if len(encoded) <= 250:
        return f"{name}.part"
    # No name has more than 255 bytes.
    return f"{encoded[:240].decode('utf-8', 'ignore')}-{crc32(encoded):08x}.part"


def _mark(headers: dict[str, str]) -> int | None:
    """What tells one file from another, as a file's time: when the server says it was last changed, and its tag in the nanoseconds."""
    from email.utils import parsedate_to_datetime
    from zlib import crc32

    try:
        changed = int(parsedate_to_datetime(headers.get("last-modified", "")).timestamp())
    except (TypeError, ValueError):
        return None
    return changed * 10**9 + crc32(headers.get("etag", "").encode()) % 10**9


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except FileNotFoundError:
        return False


def _set_mode(file: IO[bytes], mode: int) -> None:
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(file.fileno()).st_mode) != mode:
        os.fchmod(file.fileno(), mode)


def write(file: Any, piece: bytes) -> None:
    """All of it: an unbuffered file may take a part."""
    import io

    rest = memoryview(piece)
    while rest:
        taken = file.write(rest)
        if isinstance(taken, bool):
            raise TypeError(
                f"save: the file's write() returned {taken}; expected the number of bytes that it wrote, or None"
            )
        if isinstance(taken, int):
            if taken <= 0:
                raise OSError(f"save: the file takes no more: it wrote {taken} of {len(rest)} bytes")
            if taken > len(rest):
                raise OSError(f"save: the file says that it wrote {taken} of {len(rest)} bytes")
            rest = rest[taken:]
        elif isinstance(file, io.RawIOBase):
            # An unbuffered file says so when it would block.
            raise BlockingIOError(f"save: the file would block with {len(rest)} bytes to write")
        else:
            # Many objects that write tell nothing.
            rest = rest[len(rest) :]
