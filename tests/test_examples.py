"""The examples that are no cookbooks do what they say, seen from the server's side."""

from __future__ import annotations

import csv
import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import cookbooks
import pytest
from atlassian_cloud import Admin, script
from atlassian_cloud.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
# The cookbooks have their tests in tests/examples.
SCRIPTS = sorted({path.stem for path in EXAMPLES.glob("*.py")} - {book.script for book in cookbooks.BOOKS})
# What an example misses first, if it is not the organization key.
MISSING = {
    "attachments": "ATLASSIAN_API_TOKEN",
    "credentials_api_token": "ATLASSIAN_API_TOKEN",
    "credentials_bitbucket": "ATLASSIAN_BITBUCKET_TOKEN",
    "credentials_oauth": "ATLASSIAN_OAUTH_CLIENT_ID",
    "credentials_scoped_token": "ATLASSIAN_API_TOKEN",
    "credentials_service_account": "ATLASSIAN_OAUTH_CLIENT_ID",
    "credentials_vault": "ATLASSIAN_SECRET_FILE",
}

# What an example cannot do without.
REQUIRED = {
    "attachments": ["ENG-1", __file__],
    "user_operations": ["--live", "--account", "x"],
    "user_operations_async": ["x"],
}


def keys(box: Sandbox) -> dict[str, str]:
    return {
        "ATLASSIAN_ADMIN_TOKEN": box.token,
        "ATLASSIAN_SCIM_TOKEN": box.scim_token,
        "ATLASSIAN_SCIM_DIRECTORY": box.scim_directory,
    }


def load(name: str) -> ModuleType:
    if str(EXAMPLES) not in sys.path:
        sys.path.append(str(EXAMPLES))
    return importlib.import_module(name)


def start(name: str, *arguments: str, box: Sandbox | None = None, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Run an example as a user does: against a box of this test, or against its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ATLASSIAN_")}
    where = ["--sandbox"] if box is None else ["--base-url", box.url]
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *where, *arguments],
        env={**environment, **(keys(box) if box else {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(
    name: str, *arguments: str, box: Sandbox | None = None, cwd: Path | None = None, code: int = 0
) -> tuple[str, str]:
    with start(name, *arguments, box=box, cwd=cwd) as process:
        output, errors = process.communicate(timeout=60)
    assert process.returncode == code, output + errors
    assert "Traceback" not in errors
    return output, errors


def sent(account_id: str) -> str:
    """An account id as it stands in a path."""
    return quote(account_id, safe="")


def status(admin: Admin, account_id: str) -> str:
    return admin.users.get(account_id).account.account_status


# Every script


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_example_runs_without_a_key(name: str, tmp_path: Path) -> None:
    output, errors = run(name, cwd=tmp_path)
    assert len(output) > 50
    assert [line for line in errors.splitlines() if not line.startswith(f"in a sandbox: python {name}.py ")] == []
    made = {"attachments": ["backup.zip", "copy.zip"]}
    assert sorted(path.name for path in tmp_path.iterdir()) == made.get(name, [])


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_example_explains_itself(name: str) -> None:
    module = load(name)
    assert "key" in (module.__doc__ or "")
    output, _ = run(name, "--help")
    assert (module.__doc__ or "").splitlines()[0] in output


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_missing_key_is_told(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for variable in [name for name in os.environ if name.startswith("ATLASSIAN_")]:
        monkeypatch.delenv(variable)
    assert load(name).main(REQUIRED.get(name, [])) == 2
    assert MISSING.get(name, "ATLASSIAN_ADMIN_TOKEN") in capsys.readouterr().err


def test_a_wrong_key_is_told(box: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ATLASSIAN_ADMIN_TOKEN", "wrong")
    assert load("quiet_accounts").main(["--base-url", box.url]) == 2
    assert "401" in capsys.readouterr().err


def test_a_key_of_the_wrong_kind_ends_the_run_at_once(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ATLASSIAN_ADMIN_TOKEN", box.scoped_token)
    job = load("deprovision")
    assert job.main(["--base-url", box.url, "--calls-per-minute", "0", "--csv", str(tmp_path / "x.csv")]) == 2
    told = capsys.readouterr().err
    assert told.count("without scopes") == 1
    assert sum("/manage" in request.path for request in box.requests) == 1


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("deprovision", ["--execute", "--at-most", "99", "--csv", "/nowhere/x.csv"], "/nowhere/x.csv"),
        ("deprovision", ["--at-most", "-1"], "must be 0 or more"),
        ("quiet_accounts", ["--days", "-1"], "must be 0 or more"),
    ],
)
def test_what_must_be_set_right_first(name: str, arguments: list[str], complaint: str) -> None:
    _, errors = run(name, *arguments, code=2)
    assert complaint in errors


def test_a_reader_that_leaves_does_no_harm() -> None:
    with start("quiet_accounts") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == "in a sandbox: python quiet_accounts.py --days 180\n"


def test_quiet_accounts_were_not_seen_lately(box: Sandbox) -> None:
    with box.client(Admin) as admin:
        accounts = {account.account_id: account for account in admin.organizations.users.list(box.org_id)}
    output, _ = run("quiet_accounts", "--days", "180", box=box)
    rows = list(csv.DictReader(output.splitlines()))
    since = datetime.now(timezone.utc) - timedelta(days=180)
    quiet = [
        account.account_id
        for account in accounts.values()
        if account.account_status == "active" and (account.last_active is None or account.last_active < since)
    ]
    assert sorted(row["account_id"] for row in rows) == sorted(quiet)
    assert 0 < len(quiet) < len(accounts)
    assert rows == sorted(rows, key=lambda row: row["last_active"])
    assert "Jira" in {name for row in rows for name in row["products"].split("; ")}


def test_no_calendar_is_too_short_for_quiet_accounts(box: Sandbox) -> None:
    output, _ = run("quiet_accounts", "--days", "99999999999", box=box)
    assert {row["last_active"] for row in csv.DictReader(output.splitlines())} == {""}


# User operations


def test_user_operations_shows_requests_and_errors() -> None:
    started = time.monotonic()
    output, _ = run("user_operations")
    assert time.monotonic() - started < 3
    for line in (
        "GET /users/5e5f6a63157ed50cd2b9eaca/manage -> 200",
        "PATCH /users/5e5f6a63157ed50cd2b9eaca/manage/profile -> 200",
        "POST /users/5e5f6a63157ed50cd2b9eaca/manage/lifecycle/disable -> 204",
        "POST /users/5e5f6a63157ed50cd2b9eaca/manage/lifecycle/disable -> 409",
        "POST /users/5e5f6a63157ed50cd2b9eaca/manage/lifecycle/enable -> 204",
        "ConflictError: admin.users.disable: 409 Conflict",
        "PermissionDeniedError: admin.users.update: 403 Forbidden",
        "'externalDirectory.scim'",
    ):
        assert line in output


def test_user_operations_need_no_arguments() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "user_operations.py")], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_user_operations_leave_the_account_as_it_was(box: Sandbox, admin: Admin) -> None:
    module = load("user_operations")
    before = admin.users.get(box.accounts.active)
    module.five(admin, box.accounts.active, module.Stage(box))
    assert admin.users.get(box.accounts.active) == before
    paths = [(request.method, request.path.rsplit("/", 1)[1]) for request in box.requests]
    assert paths[5:9] == [("POST", "disable"), ("GET", "profile"), ("POST", "disable"), ("POST", "enable")]


def test_user_operations_enable_again_after_a_failure(box: Sandbox, admin: Admin) -> None:
    module = load("user_operations")
    box.fail(500, path="/profile", after=4)
    with pytest.raises(Exception, match="500"):
        module.five(admin, box.accounts.active, module.Stage(None))
    assert status(admin, box.accounts.active) == "active"


def test_user_operations_by_email_address(box: Sandbox, admin: Admin) -> None:
    output, _ = run("user_operations_async", "Vera.Mars@acme.example", box.accounts.with_tokens, "nobody@acme.example",
                    box=box, code=1)  # fmt: skip
    assert [line.split(":")[0] for line in output.splitlines()] == ["Vera Mars", "Tariq Tokens"]
    disabled = {request.path for request in box.requests if request.path.endswith("/disable")}
    accounts = (box.accounts.active, box.accounts.with_tokens)
    assert disabled == {f"/users/{account}/manage/lifecycle/disable" for account in accounts}


def test_user_operations_async(box: Sandbox, admin: Admin) -> None:
    accounts = [box.accounts.active, box.accounts.with_tokens, box.accounts.scim_managed]
    before = [admin.users.get(account) for account in accounts]
    output, _ = run("user_operations_async", *accounts, box=box)
    assert [line.split(": ")[1] for line in output.splitlines()] == [
        "all five done, was inactive in between",
        "all five done, was inactive in between",
        "left alone, externalDirectory.scim",
    ]
    assert [admin.users.get(account) for account in accounts] == before
    posts = [request.path for request in box.requests if request.method == "POST" and request.status == 204]
    assert len(posts) == 4


def test_user_operations_async_go_on_after_a_failure(box: Sandbox) -> None:
    box.fail(500, path=box.accounts.active, times=None)
    output, errors = run("user_operations_async", box.accounts.active, box.accounts.with_tokens, box=box, code=1)
    assert "Tariq Tokens: all five done" in output
    assert f"{box.accounts.active}: admin.users." in errors


def test_the_pace_is_kept() -> None:
    pace = script.Pace(600)
    started = time.monotonic()
    for _ in range(6):
        pace.wait()
    assert 0.45 <= time.monotonic() - started < 5


# Deprovisioning


@pytest.fixture
def job(box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The job, run against the box; returns its exit code."""
    for name, value in keys(box).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    module = load("deprovision")

    def work(*arguments: str) -> int:
        code: int = module.main(["--base-url", box.url, "--calls-per-minute", "0", *arguments])
        return code

    return work


@pytest.fixture
def expected(box: Sandbox, admin: Admin) -> Iterator[set[str]]:
    """Who is idle for 90 days, found out by other means than the job's."""
    deadline = (datetime.now(timezone.utc) - timedelta(days=90)).isoformat()
    synced = {
        user["urn:scim:schemas:extension:atlassian-external:1.0"]["atlassianAccountId"]
        for user in admin.scim.users.list()
    }
    held = {box.accounts.google_managed, *synced}
    expand = ["productAccess", "platformRoles"]
    idle = set[str]()
    for user in admin.organizations.directories.users.search(box.org_id, box.directory_id, expand=expand):
        plain = user.to_dict()
        seen = [
            product["lastActiveTimestamp"] for product in plain["productAccess"] if "lastActiveTimestamp" in product
        ]
        last = max(seen, default=plain.get("addedToOrg"))
        if (
            plain["claimStatus"] == "managed"
            and plain["accountStatus"] == "active"
            and "atlassian/org-admin" not in plain["platformRoles"]
            and plain["accountId"] not in held
            and last is not None
            and last < deadline
        ):
            idle.add(plain["accountId"])
    box.reset()
    assert len(idle) > 30
    assert {box.accounts.with_tokens, box.accounts.never_active} <= idle
    return idle


def everybody(box: Sandbox, admin: Admin) -> dict[str, str]:
    return {account.account_id: account.account_status for account in admin.organizations.users.list(box.org_id)}


def disabled(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys()
    changed = {account for account in before if before[account] != after[account]}
    assert {after[account] for account in changed} <= {"inactive"}
    return changed


def rows(path: str = "deprovision.csv") -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def outcomes(outcome: str, path: str = "deprovision.csv") -> set[str]:
    return {row["account_id"] for row in rows(path) if row["outcome"] == outcome}


def test_a_dry_run_changes_nothing(
    box: Sandbox, admin: Admin, job: Any, expected: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = everybody(box, admin)
    box.reset()
    assert job() == 0
    assert {request.method for request in box.requests} == {"GET", "POST"}
    assert {request.path.rsplit("/", 1)[1] for request in box.requests if request.method == "POST"} == {"search"}
    assert everybody(box, admin) == before
    assert list(Path.cwd().iterdir()) == []
    table = capsys.readouterr().out.split("left alone:")[0]
    assert {line.split()[0] for line in table.splitlines()[1:] if line} == expected


def test_execute_disables_exactly_the_idle(box: Sandbox, admin: Admin, job: Any, expected: set[str]) -> None:
    before = everybody(box, admin)
    assert job("--execute", "--at-most", "500", "--message", "Not used for long") == 0
    assert disabled(before, everybody(box, admin)) == expected
    assert outcomes("done") == outcomes("begun") == expected
    messages = {request.json()["message"] for request in box.requests if request.path.endswith("/disable")}
    assert messages == {"Not used for long"}


def test_who_is_left_alone_and_why(box: Sandbox, admin: Admin, job: Any, expected: set[str]) -> None:
    # Even those who have not been seen for long.
    assert job("--execute", "--at-most", "500", "--idle-days", "2") in (0, 1)
    reasons = {row["account_id"]: row["reason"] for row in rows() if row["outcome"] == "skipped"}
    accounts = box.accounts
    assert reasons[accounts.organization_admin] == "organization admin"
    assert reasons[accounts.service_account] == "service account"
    assert reasons[accounts.customer] == "account type customer"
    synced = {user.atlassian.atlassian_account_id for user in admin.scim.users.list() if user.atlassian}
    kept = {account for account, reason in reasons.items() if "externalDirectory.scim" in reason}
    assert len(kept) > 5
    assert kept <= synced
    assert not synced & outcomes("done")
    assert reasons[accounts.deactivated] == "not active: inactive"
    assert "nobody knows" in reasons[accounts.not_invited]
    assert not reasons.keys() & outcomes("done")


def test_an_idle_admin_is_left_alone(box: Sandbox, admin: Admin, job: Any, expected: set[str]) -> None:
    """Whether the role was given to the account or to a group of it."""
    direct, member = box.accounts.with_tokens, box.accounts.never_active
    admin.organizations.users.assign_organization_role(box.org_id, direct, role="atlassian/org-admin")
    memberships = admin.organizations.directories.groups.memberships
    memberships.add(box.org_id, box.directory_id, box.groups.organization_admins, account_id=member)
    assert job("--execute", "--at-most", "500") == 0
    assert outcomes("done") == expected - {direct, member}
    assert {row["reason"] for row in rows() if row["account_id"] in (direct, member)} == {"organization admin"}


def test_tokens_are_revoked_or_kept(box: Sandbox, admin: Admin, job: Any) -> None:
    assert len(admin.users.tokens.list(box.accounts.with_tokens).to_list()) == 5
    assert job("--execute", "--at-most", "500") == 0
    assert admin.users.tokens.list(box.accounts.with_tokens).to_list() == []
    (row,) = [row for row in rows() if row["account_id"] == box.accounts.with_tokens and row["outcome"] == "done"]
    assert row["tokens_revoked"] == "5"
    box.reset()
    assert job("--execute", "--at-most", "500", "--keep-tokens", "--csv", "other.csv") == 0
    assert status(admin, box.accounts.with_tokens) == "inactive"
    assert len(admin.users.tokens.list(box.accounts.with_tokens).to_list()) == 5


def test_one_who_fails_does_not_end_the_run(
    box: Sandbox, admin: Admin, job: Any, expected: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    box.fail(400, path=f"{box.accounts.with_tokens}/manage/lifecycle", times=None, headers={"atl-traceid": "trace-1"})
    assert job("--execute", "--at-most", "500") == 1
    assert outcomes("done") == expected - {box.accounts.with_tokens}
    (row,) = [row for row in rows() if row["outcome"] == "failed"]
    assert row["account_id"] == box.accounts.with_tokens
    assert row["reason"] == "not disabled"
    assert row["error"].startswith("admin.users.disable: 400 Bad Request")
    assert row["request_id"] == "trace-1"
    assert len(admin.users.tokens.list(box.accounts.with_tokens).to_list()) == 5
    assert "admin.users.disable: 400" in capsys.readouterr().err


def test_who_cannot_be_found_out_about_is_left_alone(box: Sandbox, admin: Admin, job: Any, expected: set[str]) -> None:
    box.fail(500, path=f"{box.accounts.with_tokens}/manage?", times=None)
    box.fail(500, path=f"{sent(box.accounts.never_active)}/last-active-dates", times=None)
    assert job("--execute", "--at-most", "500") == 1
    assert outcomes("failed") == {box.accounts.with_tokens, box.accounts.never_active}
    assert outcomes("done") == expected - outcomes("failed")
    assert status(admin, box.accounts.with_tokens) == status(admin, box.accounts.never_active) == "active"


def test_a_second_run_does_no_harm(box: Sandbox, admin: Admin, job: Any, expected: set[str]) -> None:
    assert job("--execute", "--at-most", "500") == 0
    before, written = everybody(box, admin), rows()
    count = len(box.requests)
    assert job("--execute") == 0
    assert everybody(box, admin) == before
    assert [
        request
        for request in box.requests[count:]
        if request.method in ("POST", "DELETE") and "/manage/" in request.path
    ] == []
    # What was done counts as not active now; nothing else is said twice.
    assert {row["account_id"] for row in rows()[len(written) :]} == expected
    assert job("--execute", "--csv", "fresh.csv") == 0
    assert outcomes("done", "fresh.csv") == set()


def test_who_was_enabled_again_is_not_disabled_the_next_night(
    box: Sandbox, admin: Admin, job: Any, expected: set[str]
) -> None:
    assert job("--execute", "--at-most", "500") == 0
    admin.users.enable(box.accounts.with_tokens)
    assert job("--execute", "--at-most", "500") == 0
    assert status(admin, box.accounts.with_tokens) == "active"


def test_who_was_begun_and_came_back_is_no_longer_the_jobs(box: Sandbox, admin: Admin, job: Any) -> None:
    columns = ",".join(load("deprovision").COLUMNS)
    Path("deprovision.csv").write_text(f"{columns}\n2026-01-01T00:00:00+00:00,{box.accounts.active},,,,begun,,0,,\n")
    assert job("--execute", "--at-most", "500") == 0
    admin.users.disable(box.accounts.active)
    assert job("--execute", "--at-most", "500") == 0
    told = [(row["outcome"], row["reason"]) for row in rows() if row["account_id"] == box.accounts.active]
    assert told == [("begun", ""), ("skipped", "in use again"), ("skipped", "not active: inactive")]


def test_disabled_by_another_hand_counts_as_done(box: Sandbox, admin: Admin, job: Any, expected: set[str]) -> None:
    account = box.accounts.with_tokens
    conflict = {"key": "conflict.lifecycleErrors"}
    box.respond(409, path=f"{account}/manage/lifecycle/disable", body=conflict, execute=True)
    assert job("--execute", "--at-most", "500") == 0
    (row,) = [row for row in rows() if row["account_id"] == account and row["outcome"] == "done"]
    assert row["reason"] == "was disabled already"
    assert row["tokens_revoked"] == "5"
    # Another conflict is none of that kind.
    box.reset()
    box.respond(409, path=f"{account}/manage/lifecycle/disable", body=conflict)
    assert job("--execute", "--at-most", "500", "--csv", "other.csv") == 1
    assert outcomes("failed", "other.csv") == {account}


@pytest.mark.parametrize("fault", ["lost", "late"])
def test_a_doubtful_answer_is_looked_into(box: Sandbox, job: Any, fault: str) -> None:
    path = f"{box.accounts.with_tokens}/manage/lifecycle/disable"
    if fault == "lost":
        box.drop("after", path=path)
    else:
        box.fail(504, path=path, execute=True)
    assert job("--execute", "--at-most", "500") == 0
    (row,) = [row for row in rows() if row["account_id"] == box.accounts.with_tokens and row["outcome"] == "done"]
    assert row["reason"] == "disabled, although the answer was lost"
    assert len([request for request in box.requests if request.path.endswith(path)]) == 1


def test_the_allow_list(box: Sandbox, admin: Admin, job: Any, expected: set[str]) -> None:
    # Case does not matter on either side, nor does the mark with which some editors begin a file.
    admin.users.set_email(box.accounts.with_tokens, email="Tariq.TOKENS@acme.example")
    lines = [
        "\ufeffTARIQ.Tokens@acme.example  # on leave",
        "",
        "# who stays",
        f"  {box.accounts.never_active}",
    ]
    Path("keep.txt").write_text("\n".join(lines), encoding="utf-8")
    assert job("--execute", "--at-most", "500", "--allow", "keep.txt") == 0
    assert outcomes("done") == expected - {box.accounts.with_tokens, box.accounts.never_active}
    reasons = {row["account_id"]: row["reason"] for row in rows() if row["outcome"] == "skipped"}
    assert reasons[box.accounts.with_tokens] == reasons[box.accounts.never_active] == "on the allow list"


def test_a_missing_allow_list_ends_the_run(box: Sandbox, job: Any) -> None:
    assert job("--execute", "--allow", "nowhere.txt") == 2
    assert box.requests == []


def test_a_hidden_address_is_not_held_against_an_allow_list(box: Sandbox, admin: Admin, job: Any) -> None:
    page = admin.with_raw_response.organizations.users.list(box.org_id).parse().to_dict()
    listed = {account["account_id"]: account for account in page["data"]}
    page["data"] = [listed[box.accounts.with_tokens], listed[box.accounts.active]]
    del page["data"][0]["email"], page["links"]["next"]
    Path("keep.txt").write_text(page["data"][1]["email"])
    box.respond(body=page, path=f"/admin/v1/orgs/{box.org_id}/users")
    assert job("--execute", "--allow", "keep.txt") == 0
    assert "hidden" in rows()[0]["reason"]
    assert status(admin, box.accounts.with_tokens) == "active"


def test_at_most(box: Sandbox, admin: Admin, job: Any, expected: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    before = everybody(box, admin)
    assert job("--execute", "--at-most", str(len(expected) - 1)) == 2
    assert f"{len(expected)} accounts are idle" in capsys.readouterr().err
    assert everybody(box, admin) == before
    assert job("--execute", "--at-most", str(len(expected))) == 0
    assert disabled(before, everybody(box, admin)) == expected


def test_without_a_known_admin_nobody_is_touched(box: Sandbox, admin: Admin, job: Any) -> None:
    before = everybody(box, admin)
    box.respond(body={"data": [], "links": {}}, path="/users/search")
    assert job("--execute", "--at-most", "500") == 2
    assert everybody(box, admin) == before
    box.fail(403, path="/users/search")
    assert job("--execute", "--at-most", "500") == 1
    assert everybody(box, admin) == before


def test_a_key_that_ends_within_the_run_ends_it(box: Sandbox, job: Any) -> None:
    box.fail(401, path="/lifecycle/disable", after=3, times=None)
    assert job("--execute", "--at-most", "500") == 2
    assert len(outcomes("done")) == 3
    assert len(outcomes("failed")) == 1


def test_dates_are_asked_for_where_the_list_has_none(box: Sandbox, admin: Admin, job: Any, expected: set[str]) -> None:
    listing = admin.with_raw_response.organizations.users.list(box.org_id).parse().to_dict()
    listing["data"] = [
        account
        for account in listing["data"]
        if account["account_id"] in (box.accounts.active, box.accounts.with_tokens)
    ]
    for account in listing["data"]:
        del account["last_active"], account["product_access"]
    del listing["links"]["next"]
    box.reset()
    box.respond(body=listing, path=f"/admin/v1/orgs/{box.org_id}/users")
    assert job("--execute") == 0
    assert [request.path.split("/")[-2] for request in box.requests if "last-active-dates" in request.path] == [
        account["account_id"] for account in listing["data"]
    ]
    assert outcomes("done") == {box.accounts.with_tokens}


def test_dates_on_further_pages_count(box: Sandbox, admin: Admin, job: Any) -> None:
    """A page of old dates followed by one with yesterday's: not idle."""
    path = f"{sent(box.accounts.never_active)}/last-active-dates"
    old = {"id": "a", "key": "jira-software", "last_active": "2020-01-01"}
    yesterday = (datetime.now(timezone.utc) - timedelta(days=1)).date().isoformat()
    box.respond(body={"data": {"product_access": [old]}, "links": {"next": "more"}}, path=path)
    box.respond(
        body={"data": {"product_access": [{**old, "last_active": yesterday}]}, "links": {}}, path=f"{path}?cursor=more"
    )
    assert job("--execute", "--at-most", "500") == 0
    assert status(admin, box.accounts.never_active) == "active"


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-02", None),
        (None, None),
        (datetime(2026, 1, 2, 3), datetime(2026, 1, 2, 3, tzinfo=timezone.utc)),
        (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=5))), datetime(2026, 1, 1, 22, tzinfo=timezone.utc)),
        (datetime(2026, 1, 2).date(), datetime(2026, 1, 2, 23, 59, 59, 999999, tzinfo=timezone.utc)),
    ],
)
def test_moments_are_in_utc(value: Any, moment: datetime | None) -> None:
    assert load("deprovision").in_utc(value) == moment


def test_names_are_no_formulas(box: Sandbox, admin: Admin, job: Any) -> None:
    admin.users.update(box.accounts.with_tokens, name='=HYPERLINK("x","a,b")')
    assert job("--execute", "--at-most", "500") == 0
    assert {row["name"] for row in rows() if row["account_id"] == box.accounts.with_tokens} == {
        '\'=HYPERLINK("x","a,b")'
    }


def test_another_file_is_not_written_to(box: Sandbox, job: Any) -> None:
    Path("deprovision.csv").write_text("name;salary\nx;1\n")
    assert job("--execute", "--at-most", "500") == 2
    assert Path("deprovision.csv").read_text() == "name;salary\nx;1\n"
    assert not [request for request in box.requests if "disable" in request.path]


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_cut_off_is_gone_on_with(
    box: Sandbox, admin: Admin, job: Any, expected: set[str], blow: signal.Signals
) -> None:
    # The fourth account is disabled, and the answer never comes.
    box.delay(30, path="/lifecycle/disable", after=3, execute=True)
    arguments = ("--execute", "--at-most", "500", "--csv", "deprovision.csv", "--calls-per-minute", "0")
    with start("deprovision", *arguments, box=box, cwd=Path.cwd()) as process:
        deadline = time.monotonic() + 30
        while len([request for request in box.requests if request.path.endswith("/disable") and request.executed]) < 4:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(blow)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == (130 if blow is signal.SIGINT else -blow)
    assert "Traceback" not in errors
    assert len(outcomes("done")) == 3
    (begun,) = outcomes("begun") - outcomes("done")
    assert {status(admin, account) for account in outcomes("begun")} == {"inactive"}

    with Path("deprovision.csv").open("a") as torn:
        torn.write('2026-11-23T10:00:00+00:00,"cut o')
    assert job("--execute", "--at-most", "500") == 0
    assert outcomes("done") == expected
    assert "cut o" not in Path("deprovision.csv").read_text()
    (last,) = [row for row in rows() if row["account_id"] == begun and row["outcome"] == "done"]
    assert last["reason"] == "was disabled already"


def test_tokens_that_could_not_be_revoked_are_the_next_time(box: Sandbox, admin: Admin, job: Any) -> None:
    account = box.accounts.with_tokens
    box.fail(500, path=f"{account}/manage/api-tokens/", method="DELETE", after=2)
    assert job("--execute", "--at-most", "500") == 1
    (row,) = [row for row in rows() if row["outcome"] == "failed"]
    assert (row["account_id"], row["tokens_revoked"]) == (account, "2")
    assert row["reason"] == "disabled, but not all API tokens are revoked"
    assert status(admin, account) == "inactive"
    assert len(admin.users.tokens.list(account).to_list()) == 3
    assert job("--execute", "--at-most", "0") == 0
    assert admin.users.tokens.list(account).to_list() == []
    (row,) = [row for row in rows() if row["account_id"] == account and row["outcome"] == "done"]
    assert (row["reason"], row["tokens_revoked"]) == ("was disabled already", "3")
