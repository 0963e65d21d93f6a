"""Ctrl-C while a script is at work on an item."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud.sandbox import Sandbox

from .conftest import EXAMPLES, clean

State = dict[str, Any]
NEEDS_SIGNALS = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@dataclass(frozen=True)
class Case:
    """A script, and the request by which it works on an item."""

    script: str
    arguments: tuple[str, ...]
    path: str
    state: Callable[[Sandbox, Path], State]
    """Items that are done, in the order of the work, each with what is known of it."""
    method: str | None = None
    prepare: Callable[[Sandbox, Path], None] = lambda box, folder: None
    after: int = 1
    """How many of its requests pass; as many items are done then."""
    requests: int = 1
    """How many requests of this kind an item takes."""
    first: str = ""
    """A request that must have been answered by then."""

    def __str__(self) -> str:
        return self.script


def interrupted(box: Sandbox, folder: Path, case: Case) -> tuple[str, str]:
    """Run a script, and press Ctrl-C while the item is under way whose request is not answered."""

    def met() -> int:
        return sum(
            case.path in request.path and case.method in (None, request.method) for request in box.requests[before:]
        )

    before, passing = len(box.requests), case.after * case.requests
    box.delay(30, path=case.path, method=case.method, after=passing)
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{case.script}.py"), *case.arguments],
        env={**clean(), **box.environment},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 30
        while met() < passing or not any(case.first in request.path for request in box.requests[before:]):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        # The one that is not answered is noted down only afterwards: what came before it must be worked off meanwhile.
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    assert process.returncode == 130, errors
    assert errors.endswith("interrupted\n")
    assert "Traceback" not in errors
    return output, errors


def paged(script: str, *arguments: str, first: str, path: str) -> Case:
    """A listing whose first page comes, and whose second does not."""
    return Case(script, arguments, path, lambda box, folder: {}, after=0, first=first)
