"""Scripts of examples/, run as processes against the box of a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from atlassian_cloud.sandbox import Sandbox

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"

Run = Callable[..., tuple[str, str]]


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ATLASSIAN_")}


@pytest.fixture
def run(box: Sandbox, tmp_path: Path) -> Run:
    """Run a script in a folder of its own; return what it says on both outputs."""

    def work(name: str, *arguments: str, code: int = 0, environment: dict[str, str] | None = None) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *arguments],
            env={**clean(), **(box.environment if environment is None else environment)},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout, done.stderr

    return work
