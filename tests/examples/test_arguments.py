"""One rule for all scripts: what ends the run because an argument is wrong is exit code 2, an item that fails is 1."""

from __future__ import annotations

import os
from pathlib import Path

import cookbooks
import pytest
from atlassian_cloud import Jira, ServiceManagement
from atlassian_cloud.sandbox import Sandbox

from .conftest import EXAMPLES, Run

NOBODY = "nobody@acme.example"
# A script, its arguments, and what it says of the one that is wrong.
RUNS: list[tuple[str, tuple[str, ...], str]] = [
    ("add_custom_field_to_screen", ("NOPE", "Customer"), "NOPE"),
    ("add_custom_field_to_screen", ("ENG", "No such field"), "--create TYPE makes one that is missing"),
    ("audit_events", ("audit.jsonl", "--days", "0"), "--days: must be 1 to 9999"),
    ("audit_events", ("audit.jsonl", "--days", "999999999"), "--days: must be 1 to 9999"),
    ("audit_events", ("audit.jsonl", "--days", "x"), "--days: expected a whole number, got 'x'"),
    ("cascade_permissions", ("999999",), "404"),
    ("create_issue", ("NOPE", "New"), "NOPE"),
    ("create_issue", ("ENG", "New", "--type", "Nope"), "valid issue type"),
    ("create_issue", ("ENG", "New", "--field", "Nope=1"), "no field is called 'Nope'"),
    ("create_issue", ("ENG", "New", "--field", "Story Points=many"), "holds number: expected a finite number"),
    ("create_issue", ("ENG", "New", "--field", "Story Points=1" + 400 * "0"), "holds number: expected a finite number"),
    ("create_issue", ("ENG", "New", "--field", "Summary=y"), "field 'Summary' (summary): is given twice"),
    ("create_issue", ("ENG", "hel\udcfflo"), "fields.summary: holds a lone surrogate"),
    ("create_issue", ("ENG", "New", "--field", "Labels=a,b"), """'Labels=["a", "b"]'"""),
    ("create_issue", ("ENG", "New", "--field", f"Assignee={NOBODY}"), NOBODY),
    ("create_itsm_request", ("NOPE", "Get IT help"), "no service desk 'NOPE'"),
    ("create_itsm_request", ("HELP", "Nope"), "no request type 'Nope'"),
    ("create_itsm_request", ("HELP", "Get IT help"), "required: summary"),
    ("create_itsm_request", ("HELP", "Get IT help", "--field", "summary=x", "--for", NOBODY), NOBODY),
    ("create_scim_user", ("noemi@elsewhere.example", "--given-name", "N", "--family-name", "O"), "elsewhere.example"),
    ("create_workflow", ("Editing", "To Do", "To Do"), "To Do"),
    ("edit_issue_explicit", ("ENG-1",), "name at least one field to set"),
    ("edit_issue_explicit", ("ENG-1", "--field", "Nope=1"), "no field is called 'Nope'"),
    ("edit_issue_implicit", ("ENG-1",), "name at least one operation"),
    ("edit_issue_implicit", ("ENG-1", "--comment", ">" * 200 + "a"), "nested deeper than 90 levels"),
    ("export_issue_history", ("project = NOPE", "--output", "out.csv"), "NOPE"),
    ("export_space", ("NOPE", "out"), "no space has the key 'NOPE'"),
    ("export_space", ("DOCS", "a_file"), "a_file"),
    ("extract_custom_fields", ("--field", "Nope"), "no field is called 'Nope'"),
    ("extract_project_administrators", ("--role", "Nope"), "no role is called 'Nope'; there are: Administrators, "),
    ("issue_permissions", (NOBODY, "ENG-1"), NOBODY),
    ("last_login_info", ("--limit", "-1"), "--limit: must be 1 or more"),
    ("last_login_info", ("--calls-per-minute", "-1"), "--calls-per-minute: must be 0 or more"),
    ("lead_time", ("project = NOPE",), "NOPE"),
    ("page_permissions", (NOBODY, "100053"), NOBODY),
    ("publish_markdown", ("notes", "NOPE"), "no space has the key 'NOPE'"),
    ("publish_markdown", ("notes", "DOCS", "--parent", "Nope"), "no page 'Nope'"),
    ("publish_markdown", ("nowhere", "DOCS"), "nowhere: no Markdown files"),
    ("pull_request_report", ("website", "--state", "NOPE"), "invalid choice: 'NOPE'"),
    ("remove_user_access", (NOBODY, "--yes"), f"'{NOBODY}'; a guest who was removed before, or a typo?"),
    ("scim_onboarding", (NOBODY, "--offboard"), f"{NOBODY}: the directory does not know this user\n"),
    ("scim_onboarding", (NOBODY,), "--name makes a new one"),
    ("scim_onboarding", (NOBODY, "--name", "No Body", "--group", "nope"), "no group 'nope'"),
    ("search_contents_by_cql", ("type ===",), "400"),
    ("search_contents_by_cql", ("type = page", "--limit", "-1"), "--limit: must be 1 or more"),
    ("search_project_boards", ("NOPE",), "NOPE"),
    ("upload_content_attachment", ("999999", "a_file"), "404"),
]
ITEMS: list[tuple[str, tuple[str, ...], str]] = [
    ("edit_issue_explicit", ("NOPE-1", "--label", "x"), "NOPE-1: "),
    ("edit_issue_implicit", ("NOPE-1", "--add-label", "x"), "NOPE-1: "),
    ("extract_project_administrators", ("--project", "NOPE"), "NOPE: "),
    ("issue_permissions", ("vera.mars@acme.example", "NOPE-1"), "NOPE-1: "),
    ("last_login_info", ("--account", NOBODY, "--limit", "3"), "--account: "),
    ("page_permissions", ("vera.mars@acme.example", "999999"), "999999: "),
    ("pull_request_report", ("nowhere",), "nowhere: "),
    ("restore_user_access", (NOBODY,), f"{NOBODY}: "),
    ("search_user_by_email", (NOBODY,), f"{NOBODY}: "),
    ("suspend_user_access", (NOBODY,), f"{NOBODY}: "),
    ("upload_content_attachment", ("100029", "nowhere.txt"), "nowhere.txt: "),
]


def test_all_scripts_are_among_these() -> None:
    assert {name for name, _, _ in RUNS + ITEMS} == {book.script for book in cookbooks.BOOKS}


@pytest.mark.parametrize(("name", "arguments", "said"), RUNS, ids=lambda one: one if isinstance(one, str) else None)
def test_a_wrong_argument_ends_the_run_before_anything_is_done(
    box: Sandbox, run: Run, tmp_path: Path, name: str, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "a_file").write_text("text")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# First\n")
    before = sorted(tmp_path.rglob("*"))
    _, errors = run(name, *arguments, code=2)
    assert said in errors
    assert sorted(tmp_path.rglob("*")) == before
    done = [request for request in box.requests if request.method != "GET" and request.status < 400]
    assert [request.path for request in done if "/search" not in request.path] == []


@pytest.mark.parametrize(("name", "arguments", "said"), ITEMS, ids=lambda one: one if isinstance(one, str) else None)
def test_an_item_that_is_not_there_is_told(run: Run, name: str, arguments: tuple[str, ...], said: str) -> None:
    assert said in run(name, *arguments, code=1)[1]


def test_projects_without_the_role_are_told(box: Sandbox, run: Run) -> None:
    box.respond(body={"Administrator": "https://x/role/1"}, path="/project/WEB/role")
    output, errors = run("extract_project_administrators", "--project", "WEB", "--project", "ENG", code=1)
    assert errors == "WEB: the project has no role 'Administrators'; it has: Administrator\n"
    assert {line.split(",")[0] for line in output.splitlines()[1:]} == {"ENG"}


def test_text_that_looks_like_a_number_is_text_for_fields_of_text(box: Sandbox, run: Run) -> None:
    run("create_issue", "ENG", "Typed", "--field", "Customer=42", "--field", "Story Points=3")
    run("edit_issue_explicit", "ENG-1", "--field", "Summary=2024", "--field", 'Labels=["a", "b"]')
    run("create_itsm_request", "HELP", "Get IT help", "--field", "summary=2024", "--field", "description=true")
    with box.client(Jira) as jira, box.client(ServiceManagement) as desk:
        (made,) = jira.issues.search('summary ~ "Typed"', fields=["*all"])
        values = made.to_dict()["fields"].values()
        assert ("42" in values, 42 in values, 3 in values) == (True, False, True)
        edited = jira.issues.get("ENG-1", fields=["summary", "labels"]).to_dict()["fields"]
        assert edited == {"summary": "2024", "labels": ["a", "b"]}
        summaries = [one.to_dict()["summary"] for one in desk.requests.list(request_ownership=["OWNED_REQUESTS"])]
        assert summaries.count("2024") == 1
    assert "is open already" in run("create_itsm_request", "HELP", "Get IT help", "--field", "summary=2024")[0]


def test_an_empty_description_takes_it_away(box: Sandbox, run: Run) -> None:
    with box.client(Jira) as jira:
        run("edit_issue_explicit", "ENG-1", "--description", "Some *words*")
        assert jira.issues.get("ENG-1", fields=["description"])["fields"]["description"] is not None
        assert run("edit_issue_explicit", "ENG-1", "--description", "")[0] == "ENG-1: description set\n"
        assert jira.issues.get("ENG-1", fields=["description"])["fields"]["description"] is None


@pytest.mark.parametrize(("name", "module"), [("quiet_accounts", "polars"), ("lead_time", "pandas")])
def test_what_must_be_installed_is_told(box: Sandbox, run: Run, tmp_path: Path, name: str, module: str) -> None:
    (tmp_path / f"{module}.py").write_text(f"raise ModuleNotFoundError('none', name={module!r})\n")
    away = {**box.environment, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    _, errors = run(name, environment=away, code=2)
    assert errors == f"this script needs {module}: pip install 'atlassian-cloud[{module}]'\n"
    assert module not in {
        line.split()[1] for line in (EXAMPLES / f"{name}.py").read_text().splitlines() if line.startswith("import ")
    }


def test_what_was_left_out_by_a_limit_is_told(run: Run) -> None:
    assert run("search_contents_by_cql", "type = page", "--limit", "2")[1] == "2 found; there may be more\n"
    assert "more" not in run("search_contents_by_cql", "type = page AND space = DOCS")[1]


def test_lead_time_of_nothing(run: Run) -> None:
    assert run("lead_time", "key = ENG-1 AND key = ENG-2")[0] == "0 issues\n"


def test_offboarding_says_that_it_was_done_before(run: Run) -> None:
    who = "sara.synced@acme.example"
    assert f"{who}: deactivated" in run("scim_onboarding", who, "--offboard")[0]
    assert run("scim_onboarding", who, "--offboard")[0] == f"{who}: is deactivated already\n"


def test_a_folder_is_of_one_space_and_a_log_of_one_organization(box: Sandbox, run: Run, tmp_path: Path) -> None:
    run("export_space", "DOCS", "out")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert "out holds another space" in run("export_space", "ENG", "out", code=2)[1]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before

    run("audit_events", "audit.jsonl", "--days", "9000")
    log, place = tmp_path / "audit.jsonl", tmp_path / "audit.jsonl.cursor"
    owner, cursor = place.read_text().split()
    assert owner == box.org_id
    place.write_text(f"another-organization {cursor}\n")
    log.write_text(log.read_text() + '{"half')
    before_log = log.read_bytes()
    _, errors = run("audit_events", "audit.jsonl", code=2)
    assert (
        errors == "audit.jsonl.cursor is of organization another-organization; name another file, or move both away\n"
    )
    assert (log.read_bytes(), place.read_text()) == (before_log, f"another-organization {cursor}\n")
