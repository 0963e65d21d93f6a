"""The job that disables accounts: what must end it before anything is done, and what must not end it midway."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from atlassian_cloud import Admin
from atlassian_cloud.sandbox import Sandbox

from .conftest import EXAMPLES, Run, clean

JOB = ("deprovision", "--calls-per-minute", "0")
EXECUTE = (*JOB, "--execute", "--at-most", "500")


def inactive(box: Sandbox, admin: Admin) -> set[str]:
    accounts = admin.organizations.users.list(box.org_id)
    return {account.account_id for account in accounts if account.account_status == "inactive"}


def done(folder: Path) -> set[str]:
    with (folder / "deprovision.csv").open(encoding="utf-8", newline="") as file:
        return {row["account_id"] for row in csv.DictReader(file) if row["outcome"] == "done"}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Tariq <tariq.tokens@acme.example>", "'Tariq <tariq.tokens@acme.example>'"),
        ("tariq.tokens@acme.example;x", "'tariq.tokens@acme.example;x'"),
        ("tariq.tokens@acme.example\u200b", r"'tariq.tokens@acme.example\u200b'"),
        ("tariq#tokens@acme.example", "'tariq#tokens@acme.example'"),
    ],
)
def test_an_entry_that_nobody_has_ends_the_run_before_anything_is_done(
    box: Sandbox, admin: Admin, run: Run, tmp_path: Path, line: str, shown: str
) -> None:
    (tmp_path / "keep.txt").write_text(f"{box.accounts.never_active}\n{line}  # on leave\n", "utf-8")
    before, tokens = inactive(box, admin), admin.users.tokens.list(box.accounts.with_tokens).to_list()
    _, errors = run(*EXECUTE, "--allow", "keep.txt", code=2)
    assert f"no managed account is {shown}; is it misspelt? Nobody was disabled." in errors
    assert inactive(box, admin) == before
    assert admin.users.tokens.list(box.accounts.with_tokens).to_list() == tokens != []
    # Who looks first is told too, beside the plan.
    output, errors = run(*JOB, "--allow", "keep.txt", code=2)
    assert box.accounts.with_tokens in output
    assert f"no managed account is {shown}; is it misspelt? Nobody would be disabled." in errors
    (tmp_path / "keep.txt").write_text("tariq.tokens@acme.example\t# on leave\n#all\n", "utf-8")
    run(*EXECUTE, "--allow", "keep.txt")
    assert box.accounts.never_active in inactive(box, admin) - before
    assert box.accounts.with_tokens not in inactive(box, admin)


def test_an_address_with_a_number_sign_is_read_whole(box: Sandbox, admin: Admin, run: Run, tmp_path: Path) -> None:
    admin.users.set_email(box.accounts.with_tokens, email="tariq#2@acme.example")
    (tmp_path / "keep.txt").write_text("tariq#2@acme.example\n", "utf-8")
    run(*EXECUTE, "--allow", "keep.txt")
    assert box.accounts.with_tokens not in inactive(box, admin)
    assert box.accounts.never_active in inactive(box, admin)


def test_days_that_no_calendar_has_are_refused(box: Sandbox, run: Run) -> None:
    assert "--idle-days: must be 36500 or less" in run(*EXECUTE, "--idle-days", "99999999999", code=2)[1]
    assert box.requests == []
    assert run(*JOB, "--idle-days", "36500")[0].splitlines()[-1].startswith("0 to disable")


def test_a_name_that_the_output_cannot_show_ends_nothing(box: Sandbox, admin: Admin, run: Run, tmp_path: Path) -> None:
    before = inactive(box, admin)
    admin.users.update(box.accounts.with_tokens, name="Täriq 李")
    output, _ = run(*EXECUTE, environment={**box.environment, "PYTHONIOENCODING": "ascii"})
    assert r"T\u00e4riq \u674e" in output
    assert inactive(box, admin) - before == done(tmp_path)
    assert {box.accounts.with_tokens, box.accounts.never_active} < done(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")
def test_what_was_done_before_the_reader_left_is_in_the_file(
    box: Sandbox, admin: Admin, run: Run, tmp_path: Path
) -> None:
    before = inactive(box, admin)
    with subprocess.Popen(
        [sys.executable, str(EXAMPLES / f"{EXECUTE[0]}.py"), *EXECUTE[1:]],
        env={**clean(), **box.environment},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.wait(60)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    first = inactive(box, admin) - before
    assert 0 < len(first) < 30
    assert done(tmp_path) == first
    run(*EXECUTE)
    assert len(inactive(box, admin) - before) > 30
    assert done(tmp_path) == inactive(box, admin) - before
