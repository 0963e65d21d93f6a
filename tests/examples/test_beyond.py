"""The five cookbooks beyond go-atlassian's: each tells of its progress, outlives one bad item, keeps what it has on Ctrl-C, can run twice.

| property | where it is held |
|---|---|
| progress | `test_long_work_tells_of_its_progress`, of all five |
| one bad item | `test_robust.py` of publish_markdown, export_space, pull_request_report; here of lead_time, audit_events |
| Ctrl-C | the same |
| twice | `test_a_second_run_comes_to_the_same`, of all five |
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cookbooks
import pytest
from atlassian_cloud import Admin, Confluence, Jira
from atlassian_cloud.sandbox import Sandbox

from .conftest import Run
from .interrupting import NEEDS_SIGNALS, Case, interrupted, paged

DONE = "project = ENG AND statusCategory = Done ORDER BY key"
# Each with so much work that there is something to tell, and the first that it tells.
LONG: dict[str, tuple[tuple[str, ...], str]] = {
    "lead_time": ((DONE,), "25 issues"),
    "export_space": (("DOCS", "docs"), "10 pages"),
    "publish_markdown": (("notes", "DOCS"), "10 files"),
    "pull_request_report": (
        ("website", "api", "tools", "website", "--state", "OPEN", "--state", "MERGED", "--state", "DECLINED"),
        "25 repositories and pull requests",
    ),
    "audit_events": (("audit.jsonl", "--days", "9000"), "500 events"),
}
EVERY = [book.script for book in cookbooks.BOOKS if book.beyond]


@pytest.fixture
def work(box: Sandbox, admin: Admin, tmp_path: Path) -> None:
    """Notes to publish, and an audit log of more than a page."""
    (tmp_path / "notes").mkdir()
    for number in range(12):
        (tmp_path / "notes" / f"{number}.md").write_text(f"# Note {number}\n\nIts **text**\n")
    for _ in range(150):
        admin.users.disable(box.accounts.active)
        admin.users.enable(box.accounts.active)


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("name", EVERY)
def test_long_work_tells_of_its_progress(name: str, run: Run) -> None:
    arguments, first = LONG[name]
    output, errors = run(name, *arguments)
    assert errors.splitlines()[0] == first
    # It is beside what the script is for.
    assert first not in output.splitlines()


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("name", EVERY)
def test_a_second_run_comes_to_the_same(name: str, box: Sandbox, run: Run, tmp_path: Path) -> None:
    arguments, _ = LONG[name]

    def state() -> object:
        files = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
        if name == "publish_markdown":
            with box.client(Confluence) as confluence:
                pages = confluence.pages.list(space_id=[65538], body_format="storage").to_list()
                return files, [page.to_dict() for page in pages]
        return files

    before = state()
    output, _ = run(name, *arguments)
    first = state()
    assert (first == before) is (name == "pull_request_report")
    sent = len(box.requests)
    again, _ = run(name, *arguments)
    assert state() == first
    # Reports say it again. The others have nothing left to do: nothing is changed.
    if name in ("lead_time", "pull_request_report"):
        assert again == output
    assert {request.method for request in box.requests[sent:]} <= {"GET"}


@NEEDS_SIGNALS
def test_lead_time_keeps_its_rows_on_ctrl_c(box: Sandbox, tmp_path: Path) -> None:
    interrupted(box, tmp_path, Case("lead_time", (DONE,), "/changelog", lambda box, folder: {}, after=4))
    with box.client(Jira) as jira:
        keys = [str(issue.key) for issue in jira.issues.search(DONE, fields=["key"], limit=4)]
    with (tmp_path / "lead_time.csv").open(newline="") as file:
        assert [row["key"] for row in csv.DictReader(file)] == keys


def test_lead_time_outlives_one_item(box: Sandbox, run: Run, tmp_path: Path) -> None:
    box.fail(403, path="/changelog", after=2)
    assert run("lead_time", DONE, code=1)[0].startswith("179 issues")
    assert run("lead_time", DONE)[0].startswith("180 issues")


@NEEDS_SIGNALS
def test_the_audit_log_is_gone_on_with_after_ctrl_c(box: Sandbox, admin: Admin, run: Run, tmp_path: Path) -> None:
    for _ in range(200):
        admin.users.disable(box.accounts.active)
        admin.users.enable(box.accounts.active)
    case = paged("audit_events", "audit.jsonl", "--days", "9000", first="/events", path="cursor=")
    interrupted(box, tmp_path, case)
    everything = [event.id for event in admin.organizations.events.stream(box.org_id)]
    file = tmp_path / "audit.jsonl"
    kept = [json.loads(line)["id"] for line in file.read_text("utf-8").splitlines()]
    assert 500 <= len(kept) < len(everything)
    run(case.script, *case.arguments)
    assert [json.loads(line)["id"] for line in file.read_text("utf-8").splitlines()] == everything


def test_a_page_of_the_audit_log_that_fails_is_the_next_runs(
    box: Sandbox, admin: Admin, run: Run, tmp_path: Path
) -> None:
    for _ in range(150):
        admin.users.disable(box.accounts.active)
        admin.users.enable(box.accounts.active)
    file = tmp_path / "audit.jsonl"

    def kept() -> list[str]:
        return [json.loads(line)["id"] for line in file.read_text("utf-8").splitlines()]

    everything = [event.id for event in admin.organizations.events.stream(box.org_id)]
    box.fail(500, path="cursor=")
    _, errors = run("audit_events", "audit.jsonl", "--days", "9000", code=1)
    assert ": 500 " in errors
    assert kept() == everything[:500]
    run("audit_events", "audit.jsonl")
    assert kept() == everything
