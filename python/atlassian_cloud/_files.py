"""What goes up: the type of arguments for files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol, Union


class Readable(Protocol):
    """A file open in binary mode, or anything else that reads like one."""

    def read(self, size: int, /) -> bytes: ...


Content = Union[bytes, bytearray, memoryview, "os.PathLike[str]", Readable, Iterator[bytes]]
File = Union[Content, tuple[str, Content], tuple[str, Content, str]]  # noqa: UP007
