"""The history of issues: the file of the last run stays until the new one is whole."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from atlassian_cloud import Jira
from atlassian_cloud.sandbox import Sandbox

from .conftest import EXAMPLES, Run, clean
from .interrupting import NEEDS_SIGNALS, Case, interrupted

JQL = "project = OPS AND key <= OPS-4 ORDER BY key"
HISTORY = ("export_issue_history", JQL, "--output", "h.csv")
SMALL = """\
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def keys(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row["key"] for row in csv.DictReader(file)))


def changed(box: Sandbox) -> None:
    with box.client(Jira) as jira:
        jira.issues.update("OPS-1", fields={"summary": "Changed since"})


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
def test_a_full_disk_leaves_the_file_of_the_last_run(box: Sandbox, run: Run, tmp_path: Path) -> None:
    run(*HISTORY)
    last = (tmp_path / "h.csv").read_bytes()
    assert len(last) > 1000
    changed(box)
    done = subprocess.run(
        [sys.executable, "-c", SMALL, str(EXAMPLES / f"{HISTORY[0]}.py"), *HISTORY[1:]],
        env={**clean(), **box.environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "h.csv").read_bytes() == last
    run(*HISTORY)
    assert b"Changed since" in (tmp_path / "h.csv").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["h.csv"]


@NEEDS_SIGNALS
def test_ctrl_c_leaves_the_file_of_the_last_run(box: Sandbox, run: Run, tmp_path: Path) -> None:
    run(*HISTORY)
    last, complete = (tmp_path / "h.csv").read_bytes(), keys(tmp_path / "h.csv")
    changed(box)
    case = Case(HISTORY[0], HISTORY[1:], "/changelog", lambda box, folder: {}, after=2)
    interrupted(box, tmp_path, case)
    assert (tmp_path / "h.csv").read_bytes() == last
    assert keys(tmp_path / "h.csv.part") == complete[:2]


def test_an_issue_that_fails_is_left_out_of_the_new_file(box: Sandbox, run: Run, tmp_path: Path) -> None:
    run(*HISTORY)
    complete = keys(tmp_path / "h.csv")
    box.fail(403, path="/OPS-2/changelog")
    run(*HISTORY, code=1)
    assert keys(tmp_path / "h.csv") == [key for key in complete if key != "OPS-2"]


@pytest.mark.skipif(os.name != "posix", reason="links and devices as POSIX has them")
def test_links_are_written_through_and_devices_stay(run: Run, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "real.csv").touch(mode=0o600)
    (tmp_path / "h.csv").symlink_to("store/real.csv")
    run(*HISTORY)
    assert (tmp_path / "h.csv").is_symlink()
    assert "OPS-1" in keys(tmp_path / "store" / "real.csv")
    assert (tmp_path / "store" / "real.csv").stat().st_mode & 0o777 == 0o600
    output, _ = run(*HISTORY[:3], "/dev/stdout")
    assert output == (tmp_path / "h.csv").read_text("utf-8")
