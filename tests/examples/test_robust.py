"""Scripts that go through many items outlive one that fails, keep what is done on Ctrl-C, and can be run again.

Each is tried three ways: with one item that the server refuses, with Ctrl-C while an item is under way, and again. What is asserted is
what can be read back: for scripts that change something from the box, for reports from their rows.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from atlassian_cloud import Admin, Agile, Bitbucket, Confluence, Jira, ServiceManagement
from atlassian_cloud.admin import lookup
from atlassian_cloud.jira import custom_fields
from atlassian_cloud.sandbox import Sandbox

from .conftest import EXAMPLES, Run, clean
from .interrupting import NEEDS_SIGNALS, Case, State, interrupted, paged


def labels(box: Sandbox, folder: Path) -> State:
    with box.client(Jira) as jira:
        found = jira.issues.search("key in (ENG-1, ENG-2, ENG-3) AND labels = urgent ORDER BY key", fields=["labels"])
        return {
            str(issue.key): [
                issue["fields"]["labels"].count("urgent"),
                sum(json.dumps(one.to_dict()).count("Please") for one in jira.issues.comments.list(str(issue.key))),
            ]
            for issue in found
        }


def restricted(box: Sandbox, folder: Path) -> State:
    with box.client(Confluence) as confluence:
        pages = [str(page.id) for page in confluence.pages.descendants.list("100053")]
        found = {page: confluence.v1.content.restrictions.get(page, "read").to_dict() for page in pages}
        return {
            page: sorted(user["accountId"] for user in one["restrictions"]["user"]["results"])
            for page, one in found.items()
            if one["restrictions"]["user"]["results"]
        }


WHO = ("vera.mars@acme.example", "tariq.tokens@acme.example", "sara.synced@acme.example")


def members(status: str) -> Callable[[Sandbox, Path], State]:
    def state(box: Sandbox, folder: Path) -> State:
        with box.client(Admin) as admin:
            found = {who: lookup.find_user(admin, box.org_id, who).membership_status for who in WHO}
        return {who: one for who, one in found.items() if one == status}

    return state


def suspend(box: Sandbox, folder: Path) -> None:
    with box.client(Admin) as admin:
        for who in WHO:
            account = str(lookup.find_user(admin, box.org_id, who).account_id)
            admin.organizations.directories.users.suspend(box.org_id, "-", account)


def files(box: Sandbox, folder: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text(name * 3)


def uploaded(box: Sandbox, folder: Path) -> State:
    with box.client(Confluence) as confluence:
        found = {
            str(one.title): one.to_dict()["version"]["number"] for one in confluence.pages.attachments.list("100029")
        }
        return dict(sorted(found.items()))


def notes(box: Sandbox, folder: Path) -> None:
    (folder / "notes").mkdir()
    for name in ("a", "b", "c"):
        (folder / "notes" / f"{name}.md").write_text(f"# Note {name}\n\nIts **text**\n")


def published(box: Sandbox, folder: Path) -> State:
    with box.client(Confluence) as confluence:
        listed = confluence.pages.list(space_id=[65538], body_format="storage")
        found = {str(page.title): page.to_dict() for page in listed if str(page.title).startswith("Note ")}
        return {
            title: (page["version"]["number"], page["body"]["storage"]["value"])
            for title, page in sorted(found.items())
        }


def exported(box: Sandbox, folder: Path) -> State:
    with box.client(Confluence) as confluence:
        order = [str(page.id) for page in confluence.pages.list(space_id=[65538])]
    texts = {path.stem.rsplit("-", 1)[1]: path.read_text("utf-8") for path in (folder / "docs").glob("*.md")}
    assert not list(folder.rglob("*.part"))
    return {page: texts[page] for page in order if page in texts}


def another_group(box: Sandbox, folder: Path) -> None:
    with box.client(Admin) as admin:
        admin.scim.groups.create(display_name="okta-design")


def grouped(box: Sandbox, folder: Path) -> State:
    with box.client(Admin) as admin:
        user = lookup.find_scim_user(admin, "noemi.outside@acme.example")
        return dict.fromkeys(sorted(str(group.display) for group in (user.groups if user else None) or []), "in")


CHANGES = [
    Case(
        "edit_issue_explicit",
        ("ENG-1", "ENG-2", "ENG-3", "--label", "urgent", "--priority", "High"),
        "/issue/ENG-",
        labels,
        method="PUT",
    ),
    Case(
        "edit_issue_implicit",
        ("ENG-1", "ENG-2", "ENG-3", "--add-label", "urgent", "--comment", "Please *look*."),
        "/issue/ENG-",
        labels,
        method="PUT",
    ),
    Case("cascade_permissions", ("100053", "--execute"), "/restriction", restricted, method="PUT"),
    Case("suspend_user_access", WHO, "/suspend", members("suspended")),
    Case("restore_user_access", WHO, "/restore", members("active"), prepare=suspend),
    Case(
        "upload_content_attachment",
        ("100029", "a.txt", "b.txt", "c.txt"),
        "/child/attachment",
        uploaded,
        method="POST",
        prepare=files,
    ),
    # Two requests make a page: the second has the checksum.
    Case("publish_markdown", ("notes", "DOCS"), "/api/v2/pages", published, method="POST", prepare=notes),
    Case("export_space", ("DOCS", "docs"), "/attachments", exported, after=3),
    Case(
        "scim_onboarding",
        ("noemi.outside@acme.example", "--name", "Noemi Outside", "--group", "okta-contractors", "--group", "okta-design",
         "--group", "okta-engineering"),
        "/Groups/",
        grouped,
        method="PATCH",
        prepare=another_group,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CHANGES, ids=str)
def test_one_that_fails_does_not_end_the_run(case: Case, box: Sandbox, run: Run, tmp_path: Path) -> None:
    case.prepare(box, tmp_path)
    box.fail(403, path=case.path, method=case.method, after=case.after)
    _, errors = run(case.script, *case.arguments, code=1)
    assert errors.count(": 403 ") == 1
    most = list(case.state(box, tmp_path))
    run(case.script, *case.arguments)
    complete = case.state(box, tmp_path)
    assert len(complete) > case.after + 1
    assert most == [name for number, name in enumerate(complete) if number != case.after]
    # Once more, and nothing is other than it was.
    run(case.script, *case.arguments)
    assert case.state(box, tmp_path) == complete


@NEEDS_SIGNALS
@pytest.mark.parametrize("case", CHANGES, ids=str)
def test_what_is_done_is_kept_on_ctrl_c(case: Case, box: Sandbox, run: Run, tmp_path: Path) -> None:
    case.prepare(box, tmp_path)
    _, errors = interrupted(box, tmp_path, case)
    assert f"ended early; {case.after} " in errors
    first = case.state(box, tmp_path)
    run(case.script, *case.arguments)
    complete = case.state(box, tmp_path)
    assert first == dict(list(complete.items())[: case.after])


@NEEDS_SIGNALS
@pytest.mark.parametrize("case", CHANGES, ids=str)
def test_a_reader_that_left_is_no_success(case: Case, box: Sandbox, run: Run, tmp_path: Path) -> None:
    case.prepare(box, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{case.script}.py"), *case.arguments],
        env={name: value for name, value in {**clean(), **box.environment}.items() if name != "PYTHONUNBUFFERED"},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read().decode()
        assert process.wait(60) == 1
    assert errors.endswith("the output could not be written to its end: Broken pipe\n")
    assert "Traceback" not in errors
    first = case.state(box, tmp_path)
    run(case.script, *case.arguments)
    complete = case.state(box, tmp_path)
    if first != complete:
        assert "ended early; 1 " in errors
        assert first == dict(list(complete.items())[:1])


@NEEDS_SIGNALS
def test_an_export_is_gone_on_with_and_not_begun_anew(box: Sandbox, run: Run, tmp_path: Path) -> None:
    (case,) = [case for case in CHANGES if case.script == "export_space"]
    interrupted(box, tmp_path, case)
    before = len(exported(box, tmp_path))
    output, _ = run(case.script, *case.arguments)
    assert output.startswith(f"{len(exported(box, tmp_path)) - before} pages written")


def rows(column: str) -> Callable[[str], list[str]]:
    return lambda output: list(dict.fromkeys(row[column] for row in csv.DictReader(output.splitlines())))


@dataclass(frozen=True)
class Report:
    """A script that reads; `items` are those that its output tells of."""

    script: str
    arguments: tuple[str, ...]
    path: str
    items: Callable[[str], list[str]]
    method: str | None = None
    after: int = 1
    requests: int = 1

    def __str__(self) -> str:
        return self.script


def starts(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines() if line and not line.startswith(" ")]


REPORTS = [
    Report("export_issue_history", ("project = OPS AND key <= OPS-4 ORDER BY key",), "/changelog", rows("key")),
    Report("last_login_info", ("--limit", "5", "--calls-per-minute", "60000"), "/last-active-dates", rows("account_id")),
    Report("extract_project_administrators", (), "/role/", rows("project")),
    # The server sends whoever asks for a diffstat to another address.
    Report("pull_request_report", ("website",), "/diffstat", rows("id"), requests=2),
    Report("issue_permissions", ("5e5f6a63157ed50cd2b9eaca", "ENG-1", "ENG-2", "HELP-1"), "/permissions/check", starts),
    Report(
        "page_permissions",
        ("5e5f6a63157ed50cd2b9eaca", "100053", "100021", "100028"),
        "/permission/check",
        # A page is named before its permissions are.
        lambda output: [line.split()[0] for line, after in zip(output.splitlines(), output.splitlines()[1:], strict=False)
                        if after.startswith("  read")],
        requests=3,
    ),
    Report(
        "search_user_by_email",
        ("vera.mars@acme.example", "olga.admin@acme.example", "tariq.tokens@acme.example"),
        "/user/search",
        starts,
        # The second shows that there is nobody else.
        requests=2,
    ),
]  # fmt: skip


@pytest.mark.parametrize("report", REPORTS, ids=str)
def test_a_report_outlives_one_item(report: Report, box: Sandbox, run: Run) -> None:
    complete = report.items(run(report.script, *report.arguments)[0])
    assert len(complete) > report.after + 1
    box.fail(403, path=report.path, method=report.method, after=report.after * report.requests)
    output, errors = run(report.script, *report.arguments, code=1)
    assert errors.count(": 403 ") == 1
    assert report.items(output) == [name for number, name in enumerate(complete) if number != report.after]


@NEEDS_SIGNALS
@pytest.mark.parametrize("report", REPORTS, ids=str)
def test_a_report_keeps_its_rows_on_ctrl_c(report: Report, box: Sandbox, run: Run, tmp_path: Path) -> None:
    complete = report.items(run(report.script, *report.arguments)[0])
    case = Case(report.script, report.arguments, report.path, lambda box, folder: {}, method=report.method,
                after=report.after, requests=report.requests)  # fmt: skip
    output, errors = interrupted(box, tmp_path, case)
    assert report.items(output) == complete[: report.after]
    assert "ended early; " in errors


@NEEDS_SIGNALS
@pytest.mark.parametrize(
    "case",
    [
        paged("extract_custom_fields", "project in (ENG, OPS, WEB, HELP)", first="/search/jql", path="nextPageToken"),
        paged("search_contents_by_cql", "type = page", first="/search?", path="cursor="),
    ],
    ids=str,
)
def test_a_report_keeps_the_pages_that_came(case: Case, box: Sandbox, run: Run, tmp_path: Path) -> None:
    complete = run(case.script, *case.arguments)[0].splitlines()
    output, errors = interrupted(box, tmp_path, case)
    assert 10 < len(output.splitlines()) < len(complete)
    assert output.splitlines() == complete[: len(output.splitlines())]
    assert "ended early; " in errors


def test_boards_without_sprints_are_told_too(box: Sandbox, run: Run) -> None:
    with box.client(Agile) as agile:
        query = int(agile.boards.get_configuration(1).to_dict()["filter"]["id"])
        place: Any = {"type": "project", "projectKeyOrId": "ENG"}
        agile.boards.create(name="Second", type="scrum", filter_id=query, location=place)
    box.fail(403, path="/board/1/sprint")
    output, errors = run("search_project_boards", "ENG", code=1)
    assert [line.split("\t")[2] for line in output.splitlines()] == ["ENG board", "Second"]
    assert errors.startswith("board 1: ")


# What is made once: the server carries it out, and its answer never comes.


def issues_named(box: Sandbox) -> list[str]:
    with box.client(Jira) as jira:
        found = jira.issues.search('summary ~ "Printer on fire"', fields=["summary"])
        return [issue["fields"]["summary"] for issue in found]


def requests_named(box: Sandbox) -> list[str]:
    with box.client(ServiceManagement) as desk:
        found = [one.to_dict() for one in desk.requests.list(request_ownership=["OWNED_REQUESTS"])]
        return [one["summary"] for one in found if one["summary"] == "New keyboard"]


def workflows_named(box: Sandbox) -> list[str]:
    with box.client(Jira) as jira:
        return [str(one.name) for one in jira.workflows.search(query_string="Editing")]


def users_named(box: Sandbox) -> list[str]:
    with box.client(Admin) as admin:
        return [str(one.user_name) for one in admin.scim.users.list(filter='userName eq "noemi.outside@acme.example"')]


def fields_named(box: Sandbox) -> list[str]:
    with box.client(Jira) as jira:
        return [field.name for field in custom_fields.load(jira) if field.name == "Root cause"]


def attached(box: Sandbox) -> list[str]:
    with box.client(Jira) as jira:
        found = jira.issues.get("ENG-1", fields=["attachment"]).to_dict()["fields"]["attachment"]
        return [one["filename"] for one in found if one["filename"] == "backup.zip"]


ONCE: list[tuple[str, tuple[str, ...], str, int, Callable[[Sandbox], list[str]], str]] = [
    ("create_issue", ("ENG", "Printer on fire"), "/rest/api/3/issue", 0, issues_named, "is there already"),
    ("create_itsm_request", ("HELP", "Get IT help", "--field", "summary=New keyboard"), "/servicedeskapi/request", 0,
     requests_named, "is open already"),
    # The first question is whether it would be valid.
    ("create_workflow", ("Editing", "To Do", "Drafting", "Done"), "/workflows/create", 1, workflows_named, "is there already"),
    ("create_scim_user", ("noemi.outside@acme.example", "--given-name", "Noemi", "--family-name", "Outside"), "/Users", 0,
     users_named, "is there already"),
    ("add_custom_field_to_screen", ("ENG", "Root cause", "--create", "textarea"), "/rest/api/3/field", 0, fields_named,
     "Root cause added"),
    ("attachments", ("ENG-1", "backup.zip"), "/ENG-1/attachments", 0, attached, "already attached"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "path", "after", "made", "told"), ONCE, ids=[row[0] for row in ONCE])
def test_what_was_made_without_an_answer_is_not_made_twice(
    box: Sandbox,
    run: Run,
    tmp_path: Path,
    name: str,
    arguments: tuple[str, ...],
    path: str,
    after: int,
    made: Callable[[Sandbox], list[str]],
    told: str,
) -> None:
    (tmp_path / "backup.zip").write_bytes(b"0123456789" * 1000)
    box.drop("after", path=path, method="POST", after=after)
    run(name, *arguments, code=1)
    assert len(made(box)) == 1
    assert told in run(name, *arguments)[0]
    assert len(made(box)) == 1


def test_who_was_removed_is_told_so(box: Sandbox, admin: Admin, run: Run) -> None:
    who, guest = "vera.mars@acme.example", "uwe.partner@partner.example"
    run("remove_user_access", who, "--yes")
    assert "has no access any more" in run("remove_user_access", who, "--yes")[0]
    assert lookup.find_user(admin, box.org_id, who).membership_status == "no_membership"
    # Of a guest, whose account is not the organization's, nothing is left.
    run("remove_user_access", guest, "--yes")
    assert f"no user of the organization's directories: '{guest}'" in run("remove_user_access", guest, code=2)[1]


def test_pull_requests_of_other_repositories_come_after_one_that_fails(box: Sandbox, run: Run) -> None:
    with box.client(Bitbucket) as bitbucket:
        slugs = [str(one.slug) for one in bitbucket.repositories.list()]
    states = ("--state", "OPEN", "--state", "MERGED", "--state", "DECLINED")
    output, errors = run("pull_request_report", "nowhere", *slugs, *states, code=1)
    assert {row["repository"] for row in csv.DictReader(output.splitlines())} <= set(slugs)
    assert len(output.splitlines()) > 2
    assert errors.startswith("nowhere: ")
