"""The stubs against the run time (stubtest) and in use: both checkers, in strict mode, over everything typed here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKED = [name for name in ("tests/typing", "examples", "python") if any((ROOT / name).rglob("*.py"))]
SECONDS = 120
Place = tuple[str, int]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Pyright's launcher otherwise asks PyPI for a newer one.
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS
    )


def refused() -> set[Place]:
    """The lines that are marked as faulty."""
    return {
        (str(path.relative_to(ROOT)), number)
        for path in (ROOT / "tests" / "typing").glob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if line.endswith("# refused")
    }


def compare(reported: dict[Place, str]) -> None:
    """Errors on exactly the marked lines."""
    marked = refused()
    surprises = [f"{file}:{line}: {text}" for (file, line), text in reported.items() if (file, line) not in marked]
    assert not surprises, "\n".join(surprises)
    accepted = sorted(marked - reported.keys())
    assert not accepted, "marked as faulty and yet accepted: " + ", ".join(f"{file}:{line}" for file, line in accepted)


def test_stubtest() -> None:
    done = run("mypy.stubtest", "atlassian_cloud", "--allowlist", "tests/stubtest-allowlist.txt")
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy() -> None:
    done = run("mypy", "--strict", "--output", "json", *CHECKED)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert found, done.stdout + done.stderr
    compare({(str(Path(e["file"])), e["line"]): e["message"] for e in found if e["severity"] == "error"})


def test_pyright() -> None:
    # The configuration is named, for one in a folder above would win.
    done = run("pyright", "--project", "pyproject.toml", "--outputjson", "--pythonpath", sys.executable, *CHECKED)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = json.loads(done.stdout)["generalDiagnostics"]
    assert found, done.stdout + done.stderr
    # Lines are counted from 0 there.
    compare(
        {
            (str(Path(e["file"]).relative_to(ROOT)), e["range"]["start"]["line"] + 1): e["message"]
            for e in found
            if e["severity"] == "error"
        }
    )


def test_the_readme_is_typed(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
    assert len(blocks) >= 3
    files = []
    for number, block in enumerate(blocks):
        files.append(tmp_path / f"readme_{number}.py")
        files[-1].write_text(block, "utf-8")
    done = run("mypy", "--strict", *map(str, files))
    assert done.returncode == 0, done.stdout + done.stderr
