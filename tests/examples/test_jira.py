"""Cookbooks of Jira, Agile and Service Management: what they leave behind, read back by other operations."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from atlassian_cloud import Agile, Jira, ServiceManagement, adf
from atlassian_cloud.jira import custom_fields
from atlassian_cloud.sandbox import Sandbox

from .conftest import Run


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


def test_export_issue_history(jira: Jira, run: Run, tmp_path: Path) -> None:
    jql = "project = OPS AND key <= OPS-20 ORDER BY key"
    jira.issues.update("OPS-1", fields={"summary": "Changed, now"})
    run("export_issue_history", jql, "--output", "history.csv")
    with (tmp_path / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    changes = [
        item["toString"] or ""
        for issue in jira.issues.search(jql, fields=["key"])
        for change in jira.issues.changelogs.list(str(issue.key))
        for item in change.to_dict()["items"]
    ]
    assert sorted(row["to"] for row in rows) == sorted(changes)
    assert len(rows) > 20
    assert ("OPS-1", "summary", "Changed, now", "Olga Admin") in [
        (row["key"], row["field"], row["to"], row["who"]) for row in rows
    ]


def test_export_issue_history_survives_one_bad_issue(box: Sandbox, run: Run) -> None:
    box.fail(403, path="/OPS-2/changelog", times=None)
    output, errors = run("export_issue_history", "project = OPS AND key <= OPS-4 ORDER BY key", code=1)
    assert {line.split(",")[0] for line in output.splitlines()} >= {"OPS-1", "OPS-3"}
    assert "OPS-2," not in output
    assert "OPS-2: jira.issues.changelogs.list: 403" in errors


def test_create_issue(jira: Jira, run: Run) -> None:
    arguments = (
        "ENG",
        "Printer on fire",
        "--type",
        "Bug",
        "--description",
        "It *smokes*.",
        "--field",
        "Story Points=3",
    )
    # One that has the same words and more is another.
    jira.issues.create(
        fields={"project": {"key": "ENG"}, "issuetype": {"name": "Bug"}, "summary": "Printer on fire again"}
    )
    output, _ = run("create_issue", *arguments, "--field", "Customer=Globex")
    key = output.split()[0]
    fields = jira.issues.get(key).to_dict()["fields"]
    assert (fields["summary"], fields["issuetype"]["name"]) == ("Printer on fire", "Bug")
    assert (fields["customfield_10016"], fields["customfield_10030"]) == (3, "Globex")
    assert adf.to_markdown(fields["description"]).strip() == "It _smokes_."
    assert run("create_issue", *arguments)[0] == f"{key} is there already\n"
    found = jira.issues.search('project = ENG AND summary ~ "Printer on fire"', fields=["summary"])
    assert sorted(issue["fields"]["summary"] for issue in found) == ["Printer on fire", "Printer on fire again"]


def test_create_issue_tells_fields_of_one_name(run: Run) -> None:
    _, errors = run("create_issue", "ENG", "New", "--field", "Impact=x", code=2)
    assert "2 fields are called 'Impact': customfield_10050" in errors


def test_extract_custom_fields(jira: Jira, run: Run) -> None:
    document = adf.from_markdown("very **good**")
    metadata = jira.issues.get_edit_metadata("ENG-7").to_dict()["fields"]
    (region,) = [
        {"id": option["id"], "child": {"id": option["children"][0]["id"]}}
        for option in metadata["customfield_10038"]["allowedValues"][:1]
    ]
    jira.issues.update(
        "ENG-7", fields={"customfield_10031": document, "customfield_10038": region, "customfield_10032": 12.5}
    )
    output, _ = run("extract_custom_fields", "key = ENG-7")
    found = json.loads(output)
    stored = jira.issues.get("ENG-7").to_dict()["fields"]["customfield_10038"]
    assert found["Notes"] == "very **good**"
    assert found["Budget"] == 12.5
    assert found["Region"] == f"{stored['value']} / {stored['child']['value']}"
    output, _ = run("extract_custom_fields", "key = ENG-7", "--field", "Budget")
    assert json.loads(output) == {"key": "ENG-7", "Budget": 12.5}


def test_extract_custom_fields_survives_a_value_that_does_not_decode(box: Sandbox, jira: Jira, run: Run) -> None:
    kind = jira.issues.get("HELP-1", fields=["customfield_10010"])["fields"]["customfield_10010"]["requestType"]
    assert json.loads(run("extract_custom_fields", "key = HELP-1")[0])["Request Type"] == kind["name"]
    issues = [{"id": "1", "key": "A-1", "fields": {"customfield_10032": "much", "customfield_10030": "Globex"}}]
    box.respond(body={"issues": issues, "isLast": True}, path="/search/jql")
    output, errors = run("extract_custom_fields", "key = A-1", code=1)
    assert json.loads(output) == {"key": "A-1", "Customer": "Globex"}
    assert "field 'Budget' (customfield_10032): not number" in errors


def test_edit_issue_explicit(jira: Jira, run: Run) -> None:
    arguments = (
        "--summary",
        "Tidy up",
        "--label",
        "cleanup",
        "--priority",
        "High",
        "--description",
        "In **two** steps.",
    )
    output, errors = run("edit_issue_explicit", "ENG-1", "ENG-99999", "ENG-2", *arguments, code=1)
    assert output.count("set") == 2
    assert "ENG-99999: jira.issues.update: 404" in errors
    for key in ("ENG-1", "ENG-2"):
        fields = jira.issues.get(key).to_dict()["fields"]
        assert (fields["summary"], fields["labels"], fields["priority"]["name"]) == ("Tidy up", ["cleanup"], "High")
        assert adf.to_markdown(fields["description"]).strip() == "In **two** steps."


def test_edit_issue_explicit_at_once(box: Sandbox, jira: Jira, run: Run) -> None:
    box.tasks.duration = 0
    arguments = ("--at-once", "--label", "cleanup", "--priority", "High", "--field", "Severity=Major")
    output, errors = run("edit_issue_explicit", "ENG-1", "ENG-99999", "ENG-2", *arguments, code=1)
    assert [line.split(":")[0] for line in output.splitlines()] == ["ENG-1", "ENG-2"]
    assert errors.startswith("ENG-99999: does not exist")
    severity = custom_fields.load(jira).id("Severity")
    for key in ("ENG-1", "ENG-2"):
        fields = jira.issues.get(key).to_dict()["fields"]
        assert (fields["labels"], fields["priority"]["name"]) == (["cleanup"], "High")
        assert fields[severity]["value"] == "Major"
    assert len([request for request in box.requests if request.method == "PUT"]) == 0


def test_edit_issue_implicit(jira: Jira, run: Run) -> None:
    jira.issues.update("ENG-1", fields={"labels": ["backend", "kept"]})
    before = len(jira.issues.comments.list("ENG-1").to_list())
    arguments = ("--add-label", "urgent", "--remove-label", "backend", "--comment", "Look **today**.")
    for _ in range(2):
        run("edit_issue_implicit", "ENG-1", *arguments)
        assert sorted(jira.issues.get("ENG-1")["fields"]["labels"]) == ["kept", "urgent"]
    comments = jira.issues.comments.list("ENG-1").to_list()
    assert len(comments) == before + 1
    assert adf.to_markdown(comments[-1].to_dict()["body"]).strip() == "Look **today**."


def test_create_workflow(jira: Jira, run: Run) -> None:
    names = ["To Do", "Drafting", "Proofreading", "Done"]
    run("create_workflow", "Editing", *names)
    assert run("create_workflow", "Editing", *names)[0] == "Editing is there already\n"
    statuses = {str(one.id): one for one in jira.statuses.search()}
    (made,) = [one.to_dict() for one in jira.workflows.search(query_string="Editing")]
    assert [statuses[one["statusReference"]].name for one in made["statuses"]] == names
    assert [one.name for one in statuses.values()].count("To Do") == 1
    assert {one.status_category for one in statuses.values() if one.name == "Drafting"} == {"IN_PROGRESS"}


def test_add_custom_field_to_screen(jira: Jira, run: Run) -> None:
    output, _ = run("add_custom_field_to_screen", "ENG", "Root cause", "--create", "textarea")
    assert "added" in output
    (field,) = [one.id for one in jira.fields.list() if one.name == "Root cause"]
    tab = jira.screens.tabs.list(1)[0].id
    assert field in [one.id for one in jira.screens.tabs.fields.list(1, str(tab))]
    assert (
        "shows Root cause already" in run("add_custom_field_to_screen", "ENG", "Root cause", "--create", "textarea")[0]
    )
    assert "2 fields are called 'Impact'" in run("add_custom_field_to_screen", "ENG", "Impact", code=2)[1]


def test_extract_project_administrators(box: Sandbox, jira: Jira, run: Run) -> None:
    (group,) = [one for one in jira.groups.list() if one.name == "engineering"]
    jira.projects.roles.actors.add("OPS", 10002, group_id=[str(group.group_id)])
    output, _ = run("extract_project_administrators", "--project", "OPS")
    rows = list(csv.DictReader(output.splitlines()))
    members = {str(one.account_id) for one in jira.groups.members.list(group_id=str(group.group_id))}
    assert {row["account_id"] for row in rows if row["group"] == "engineering"} == members
    assert len(members) > 1
    assert box.accounts.organization_admin in {row["account_id"] for row in rows if not row["group"]}


def test_search_user_by_email(box: Sandbox, run: Run) -> None:
    output, errors = run("search_user_by_email", "vera.mars@acme.example", "nobody@acme.example", code=1)
    assert output.split("\t")[1] == box.accounts.active
    assert errors == "nobody@acme.example: no account has the email address 'nobody@acme.example'\n"


def test_issue_permissions(box: Sandbox, jira: Jira, run: Run) -> None:
    output, _ = run("issue_permissions", box.accounts.active, "HELP-1")
    mine = jira.permissions.check(
        account_id=box.accounts.active,
        project_permissions=[
            {"permissions": ["DELETE_ISSUES", "EDIT_ISSUES"], "issues": [int(jira.issues.get("HELP-1").id or 0)]}
        ],
    ).to_dict()["projectPermissions"]
    granted = {one["permission"] for one in mine if one["issues"]}
    assert "HELP-1" in output
    for permission in ("DELETE_ISSUES", "EDIT_ISSUES"):
        assert f"{permission}: {'yes' if permission in granted else 'no'}" in output
    assert granted == {"EDIT_ISSUES"}
    assert run("issue_permissions", "vera.mars@acme.example", "HELP-1")[0] == output


def test_search_project_boards(box: Sandbox, run: Run) -> None:
    with box.client(Agile) as agile:
        query = int(agile.boards.get_configuration(1).to_dict()["filter"]["id"])
        made = agile.boards.create(name="Second board", type="kanban", filter_id=query,
                                   location={"type": "project", "projectKeyOrId": "ENG"})  # fmt: skip
        output, _ = run("search_project_boards", "ENG")
        assert {line.split("\t")[0] for line in output.splitlines()} == {"1", str(made.id)}
        (sprint,) = agile.boards.sprints.list(1, state=["active"])
        assert str(sprint.name) in output


def test_create_itsm_request(box: Sandbox, run: Run) -> None:
    arguments = ("HELP", "Get IT help", "--field", "summary=New keyboard", "--field", "description=No E.")
    key = run("create_itsm_request", *arguments)[0].split()[0]
    with box.client(ServiceManagement) as desk:
        made = desk.requests.get(key).to_dict()
    assert made["requestTypeId"] == "1"
    values = {one["fieldId"]: one["value"] for one in made["requestFieldValues"]}
    assert values["summary"] == "New keyboard"
    assert run("create_itsm_request", *arguments)[0] == f"{key} is open already\n"
    _, errors = run("create_itsm_request", "HELP", "Get IT help", code=2)
    assert errors == "required: summary (What do you need?)\n"


def test_create_itsm_request_for_another(box: Sandbox, run: Run) -> None:
    arguments = ("HELP", "Get IT help", "--field", "summary=New keyboard")
    for who in ("carla.customer@acme.example", box.accounts.customer):
        key, _, told = run("create_itsm_request", *arguments, "--for", who)[0].partition(" ")
        assert told == ("was raised\n" if "@" in who else "is open already\n")
        with box.client(ServiceManagement) as desk:
            reporter = desk.requests.get(key).reporter
        assert reporter is not None
        assert reporter.account_id == box.accounts.customer
    assert "was raised" in run("create_itsm_request", *arguments, "--for", box.email)[0]
    _, errors = run("create_itsm_request", *arguments, "--for", "nobody@acme.example", code=2)
    assert errors == "no account has the email address 'nobody@acme.example'\n"


def finish(jira: Jira, key: str) -> None:
    for category in ("indeterminate", "done"):
        moves = jira.issues.transitions.list(key).to_dict()["transitions"]
        move = next(move["id"] for move in moves if move["to"]["statusCategory"]["key"] == category)
        jira.issues.transition(key, transition={"id": move})


def test_lead_time(box: Sandbox, jira: Jira, run: Run, tmp_path: Path) -> None:
    slow = str(
        jira.issues.create(fields={"project": {"key": "OPS"}, "summary": "Slow", "issuetype": {"name": "Task"}}).key
    )
    box.advance(days=3)
    quick = str(
        jira.issues.create(fields={"project": {"key": "OPS"}, "summary": "Quick", "issuetype": {"name": "Task"}}).key
    )
    for key in (slow, quick):
        finish(jira, key)
    output, _ = run("lead_time", f"key in ({slow}, {quick}, OPS-1) AND statusCategory = Done ORDER BY key")
    with (tmp_path / "lead_time.csv").open(encoding="utf-8", newline="") as file:
        days = {row["key"]: float(row["days"]) for row in csv.DictReader(file)}
    assert days[slow] == pytest.approx(3, abs=0.01)
    assert days[quick] == pytest.approx(0, abs=0.01)
    assert output.startswith(f"{len(days)} issues, median ")
