"""Locks on open files: one process at a time, and none left behind, however it ends."""

from __future__ import annotations

import sys

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import IO, Any

if sys.platform == "win32":
    import msvcrt
    import os

    # Nobody else can read or write what is locked there: a place far behind the end of the file.
    _FAR = 1 << 40

    def take(file: IO[Any]) -> bool:
        return _locked(file, msvcrt.LK_NBLCK)

    def release(file: IO[Any]) -> None:
        _locked(file, msvcrt.LK_UNLCK)

    def _locked(file: IO[Any], how: int) -> bool:
        number = file.fileno()
        place = os.lseek(number, 0, os.SEEK_CUR)
        os.lseek(number, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(number, how, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(number, place, os.SEEK_SET)
        return True

else:
    import fcntl
    from contextlib import suppress

    def take(file: IO[Any]) -> bool:
        """Lock a file, until `release` or the end of the process; False if another holds it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # Some network file systems have no locks: nothing is held.
        return True

    def release(file: IO[Any]) -> None:
        """Said outright, for a forked child holds the same lock: to close the file here would not end it."""
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)
