"""Test a built wheel on every CPython from 3.10 that this machine has: ``python tools/test_all.py dist``.

Interpreters are looked for on PATH and among pyenv's versions. Type checkers run once, in ``make test``; here their tests are left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = [
    "pytest",
    "pytest-timeout",
    "hypothesis",
    "jsonschema",
    "openapi-core",
    "pandas",
    "polars",
    "pyarrow",
    "tomli",
    "tomlkit",
]
LEFT_OUT = ["tests/test_stubs.py", "tests/test_generated.py"]


def interpreters() -> dict[tuple[int, int], str]:
    """One executable per minor version from 3.10."""
    candidates = [sys.executable, *(shutil.which(f"python3.{minor}") for minor in range(10, 30))]
    candidates += sorted(str(path) for path in Path.home().glob(".pyenv/versions/*/bin/python"))
    found: dict[tuple[int, int], str] = {}
    for candidate in filter(None, candidates):
        probe = "import sys; print(sys.implementation.name, *sys.version_info[:2])"
        done = subprocess.run([candidate, "-c", probe], capture_output=True, text=True)
        if done.returncode == 0:
            name, major, minor = done.stdout.split()
            version = (int(major), int(minor))
            if name == "cpython" and version >= (3, 10):
                found.setdefault(version, candidate)
    return dict(sorted(found.items()))


def pins() -> list[str]:
    """The packages that the tests need, as pinned for development."""
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    return [line for line in lines if line.split(">")[0].split("=")[0].split("[")[0].strip() in NEEDED]


def test(executable: str, wheel: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([executable, "-m", "venv", folder], check=True)
        python = Path(folder) / ("Scripts" if os.name == "nt" else "bin") / "python"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel), *pins()]
        subprocess.run(install, check=True)
        ignored = [f"--ignore={path}" for path in LEFT_OUT]
        return subprocess.run([python, "-m", "pytest", "-p", "no:cacheprovider", *ignored], cwd=ROOT).returncode


def main() -> int:
    wheels = sorted(Path(sys.argv[1]).glob("*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        print(f"no wheel in {sys.argv[1]}", file=sys.stderr)
        return 2
    outcomes = {}
    for version, executable in interpreters().items():
        print(f"CPython {version[0]}.{version[1]}", flush=True)
        outcomes[version] = test(executable, wheels[-1])
    for version, code in outcomes.items():
        print(f"CPython {version[0]}.{version[1]}: {'passed' if code == 0 else f'failed ({code})'}")
    return max(outcomes.values(), default=2)


if __name__ == "__main__":
    sys.exit(main())
