"""Cookbooks of the organization: what they leave behind, read back by other operations."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import Admin
from atlassian_cloud.sandbox import Sandbox

from .conftest import EXAMPLES, Run, clean


def status(admin: Admin, account_id: str) -> str:
    return admin.users.get(account_id).account.account_status


def membership(admin: Admin, box: Sandbox, account_id: str) -> str | None:
    user = admin.organizations.directories.users.get(box.org_id, "-", account_id).data
    assert user is not None
    return user.membership_status


def test_last_login_info(box: Sandbox, admin: Admin, run: Run) -> None:
    output, _ = run("last_login_info", "--calls-per-minute", "60000")
    rows = list(csv.DictReader(output.splitlines()))
    assert {row["account_id"] for row in rows} == {
        account.account_id for account in admin.organizations.users.list(box.org_id)
    }
    mine = {row["product"]: row["last_active"] for row in rows if row["account_id"] == box.accounts.active}
    page = admin.organizations.users.last_active_dates(box.org_id, box.accounts.active)
    assert mine == {
        product.key: product.last_active_timestamp.isoformat() for product in page if product.last_active_timestamp
    }
    assert len(mine) == 2
    never = [row for row in rows if row["account_id"] == box.accounts.never_active]
    assert [(row["product"], row["last_active"]) for row in never] == [("", "")]


def test_last_login_info_of_some(box: Sandbox, run: Run) -> None:
    box.fail(403, path=f"{box.accounts.with_tokens}/last-active-dates", times=None)
    some = [
        argument for account in ("active", "with_tokens") for argument in ("--account", getattr(box.accounts, account))
    ]
    by_address = ("--account", "Olga.Admin@acme.example")
    output, errors = run("last_login_info", *some, *by_address, "--account", "nobody", code=1)
    found = {line.split(",")[0] for line in output.splitlines()[1:]}
    assert found == {box.accounts.active, box.accounts.organization_admin}
    assert f"{box.accounts.with_tokens}: " in errors
    assert "no managed account is nobody" in errors


def test_suspend_restore_remove(box: Sandbox, admin: Admin, run: Run) -> None:
    who = "vera.mars@acme.example"
    assert "is suspended now" in run("suspend_user_access", who)[0]
    assert membership(admin, box, box.accounts.active) == "suspended"
    assert status(admin, box.accounts.active) == "active"
    assert "suspended already" in run("suspend_user_access", box.accounts.active)[0]
    assert "has access again" in run("restore_user_access", who)[0]
    assert membership(admin, box, box.accounts.active) == "active"
    assert "has access already" in run("restore_user_access", who)[0]

    output, _ = run("remove_user_access", who, code=1)
    assert "nothing was removed" in output
    assert "is in jira-users-acme" in output
    assert membership(admin, box, box.accounts.active) == "active"
    assert "removed;" in run("remove_user_access", who, "--yes")[0]
    assert membership(admin, box, box.accounts.active) == "no_membership"


def test_an_unknown_user_is_told(box: Sandbox, run: Run) -> None:
    _, errors = run("suspend_user_access", "nobody@acme.example", code=1)
    assert "nobody@acme.example" in errors
    assert [request for request in box.requests if request.path.endswith("/suspend")] == []


def test_create_scim_user(box: Sandbox, admin: Admin, run: Run) -> None:
    person = ("noemi.outside@acme.example", "--given-name", "Noemi", "--family-name", "Outside")
    output, _ = run("create_scim_user", *person)
    assert ": created, SCIM user " in output
    assert box.accounts.not_invited in output
    (user,) = admin.scim.users.list(filter='userName eq "noemi.outside@acme.example"')
    assert user.display_name == "Noemi Outside"
    assert user.name is not None
    assert user.name.family_name == "Outside"
    assert f"is there already, SCIM user {user.id}" in run("create_scim_user", *person)[0]
    assert len(admin.scim.users.list(filter='userName eq "noemi.outside@acme.example"').to_list()) == 1


def test_scim_onboarding_and_back(box: Sandbox, admin: Admin, run: Run) -> None:
    email = "noemi.outside@acme.example"
    person = (email, "--name", "Noemi Outside", "--group", "okta-engineering")

    def user() -> Any:
        return admin.scim.users.list(filter=f'userName eq "{email}"').first()

    def groups() -> list[str]:
        return sorted(group.display for group in user().groups)

    _, errors = run("scim_onboarding", *person, "--group", "okta-newcomers", code=2)
    assert "okta-newcomers" in errors
    assert user() is None

    run("scim_onboarding", *person, "--group", "okta-contractors")
    assert groups() == ["okta-contractors", "okta-engineering"]
    assert user().name.family_name == "Outside"
    assert status(admin, box.accounts.not_invited) == "active"
    assert "is in okta-engineering" in run("scim_onboarding", *person)[0]
    assert groups() == ["okta-contractors", "okta-engineering"]
    others = admin.scim.groups.get(box.scim.group).members

    run("scim_onboarding", email, "--offboard")
    assert groups() == []
    assert user().active is False
    assert status(admin, box.accounts.not_invited) == "inactive"
    assert others is not None
    assert len(admin.scim.groups.get(box.scim.group).members or []) == len(others) - 1
    assert "does not know" in run("scim_onboarding", "nobody@acme.example", "--offboard", code=2)[1]

    assert "active again" in run("scim_onboarding", *person)[0]
    assert status(admin, box.accounts.not_invited) == "active"
    assert groups() == ["okta-engineering"]


# The audit log


def read(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def log(box: Sandbox, admin: Admin) -> list[str]:
    return [event.id for event in admin.organizations.events.stream(box.org_id)]


def test_audit_events_go_on_where_they_ended(box: Sandbox, admin: Admin, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    arguments = (str(file), "--days", "9000")
    run("audit_events", *arguments)
    assert read(file) == log(box, admin)
    assert len(read(file)) > 200
    assert run("audit_events", *arguments)[0].startswith("0 new events")

    admin.users.disable(box.accounts.active)
    # What a machine that ended within a line left, and a place that was not moved on.
    with file.open("a") as torn:
        torn.write('{"id": "to')
    assert run("audit_events", *arguments)[0].startswith("1 new events")
    assert read(file) == log(box, admin)
    assert json.loads(file.read_text().splitlines()[-1])["attributes"]["action"] == "managed_account_deactivated"
    (tmp_path / "audit.jsonl.cursor").unlink()
    run("audit_events", *arguments)
    assert read(file) == log(box, admin)


def test_audit_events_of_the_last_days(box: Sandbox, admin: Admin, run: Run, tmp_path: Path) -> None:
    since = datetime.now(timezone.utc) - timedelta(days=2)
    run("audit_events", "audit.jsonl", "--days", "2")
    assert read(tmp_path / "audit.jsonl") == [
        event.id for event in admin.organizations.events.stream(box.org_id, since=since)
    ]
    assert 3 < len(read(tmp_path / "audit.jsonl")) < 12


def test_audit_events_whose_place_is_gone(box: Sandbox, run: Run, tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl.cursor").write_text(f"{box.org_id} nonsense\n")
    _, errors = run("audit_events", "audit.jsonl", code=2)
    assert "move it away" in errors
    assert (tmp_path / "audit.jsonl.cursor").read_text() == f"{box.org_id} nonsense\n"


def test_a_file_of_something_else_is_not_written_to(run: Run, tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").write_text("no JSON\nnor a line", "utf-8")
    _, errors = run("audit_events", "audit.jsonl", code=2)
    assert "audit.jsonl is no file of events" in errors
    assert (tmp_path / "audit.jsonl").read_text("utf-8") == "no JSON\nnor a line"
    assert "/nowhere/x" in run("audit_events", "/nowhere/x", code=2)[1]


def test_audit_events_of_two_runs_at_once_are_refused(box: Sandbox, admin: Admin, run: Run, tmp_path: Path) -> None:
    box.delay(2, path="/events")
    command = [sys.executable, str(EXAMPLES / "audit_events.py"), "audit.jsonl"]
    with subprocess.Popen(command, env={**clean(), **box.environment}, cwd=tmp_path) as first:
        while not (tmp_path / "audit.jsonl").exists():
            assert first.poll() is None
            time.sleep(0.02)
        _, errors = run("audit_events", "audit.jsonl", code=2)
        assert errors == "audit.jsonl is being written by another run; wait for its end, or name another file\n"
        assert first.wait(30) == 0
    ids = read(tmp_path / "audit.jsonl")
    assert len(ids) == len(set(ids)) > 3
    assert run("audit_events", "audit.jsonl")[0].startswith("0 new events")


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_what_came_before_an_interrupt_is_kept(box: Sandbox) -> None:
    box.delay(30, path="last-active-dates", after=3)
    command = [sys.executable, str(EXAMPLES / "last_login_info.py"), "--calls-per-minute", "60000"]
    with subprocess.Popen(
        command, env={**clean(), **box.environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 30
        while sum("last-active-dates" in request.path for request in box.requests) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert len({line.split(",")[0] for line in output.splitlines()[1:]}) == 3
