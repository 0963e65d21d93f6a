"""Statuses and workflows of Jira, their schemes and the projects that follow them, in both versions of the API."""

from __future__ import annotations

from typing import Any

import pytest
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS),
    # What Atlassian calls deprecated still is what many scripts call.
    pytest.mark.filterwarnings("ignore:.*is deprecated by Atlassian"),
]


def payload(name: str, **status: Any) -> dict[str, Any]:
    """Two statuses and the ways between them; `status` goes into the first one."""
    return {
        "statuses": [
            {"name": f"{name} open", "statusCategory": "TODO", "statusReference": "open", **status},
            {"name": f"{name} closed", "statusCategory": "DONE", "statusReference": "closed"},
        ],
        "workflows": [
            {
                "name": name,
                "description": "Open and closed.",
                "startPointLayout": {"x": -100.0, "y": 3.5},
                "statuses": [
                    {"statusReference": "open", "properties": {}, "layout": {"x": 1.0, "y": 2.0}},
                    {"statusReference": "closed", "properties": {"jira.issue.editable": "false"}},
                ],
                "transitions": [
                    {"id": "1", "name": "Create", "type": "INITIAL", "toStatusReference": "open"},
                    {
                        "id": "11",
                        "name": "Close",
                        "type": "DIRECTED",
                        "toStatusReference": "closed",
                        "links": [{"fromStatusReference": "open"}],
                        "properties": {"opsbar-sequence": "10"},
                        "transitionScreen": {"ruleKey": "system:transition-screen", "parameters": {"screenId": "3"}},
                        "conditions": {
                            "operation": "ALL",
                            "conditions": [
                                {
                                    "ruleKey": "system:restrict-issue-transition",
                                    "parameters": {"permissionKeys": "RESOLVE_ISSUES"},
                                }
                            ],
                            "conditionGroups": [],
                        },
                        "validators": [
                            {
                                "ruleKey": "system:validate-field-value",
                                "parameters": {"ruleType": "fieldRequired", "fieldsRequired": "assignee"},
                            }
                        ],
                        "actions": [
                            {"ruleKey": "system:update-field", "parameters": {"field": "resolution", "value": "10000"}}
                        ],
                    },
                    {"id": "21", "name": "Reopen", "type": "GLOBAL", "toStatusReference": "open"},
                ],
            }
        ],
    }


def test_workflows(box: Sandbox, jira: Any, tally: Tally) -> None:
    workflows = jira.workflows
    workflows.validate_create(payload=payload("Short"))
    assert workflows.validate_create(payload=payload("Short", id="99")).errors
    made = workflows.create_many(scope={"type": "GLOBAL"}, **payload("Short"))
    workflow = made.workflows[0]
    list(workflows.search(expand="values.transitions", page_size=2))
    list(workflows.search_classic(expand="transitions,statuses,default,schemes,projects,hasDraftWorkflow,operations"))
    workflows.get_many(workflow_ids=[workflow.id])
    workflows.get_many(project_and_issue_types=[{"projectId": "10000", "issueTypeId": "10002"}])
    workflows.get_default_editor()
    changed = payload("Short")["workflows"][0]
    ids = {status.name: status.id for status in made.statuses}
    statuses = [{**status, "id": ids[status["name"]]} for status in payload("Short")["statuses"]]
    del changed["name"]
    version = {"id": workflow.version.id, "versionNumber": workflow.version.version_number}
    update = {"statuses": statuses, "workflows": [{**changed, "id": workflow.id, "version": version}]}
    workflows.validate_update(payload=update)
    workflows.update_many(**update)
    workflows.delete(workflow.id)
    exchange.agrees(box, tally)


def test_workflow_schemes(box: Sandbox, jira: Any, tally: Tally) -> None:
    schemes = jira.workflows.schemes
    workflow = jira.workflows.create_many(scope={"type": "GLOBAL"}, **payload("Short")).workflows[0]
    scheme = schemes.create(
        name="Short ways", default_workflow="Short", issue_type_mappings={"10004": "Software workflow"}
    )
    list(schemes.list())
    schemes.get(scheme.id)
    schemes.update_classic(scheme.id, description="For short work.")
    schemes.get_default_workflow(scheme.id)
    schemes.set_default_workflow(scheme.id, workflow="Business workflow")
    schemes.reset_default_workflow(scheme.id)
    schemes.set_issue_type_workflow(scheme.id, "10003", workflow="Short")
    schemes.get_issue_type_workflow(scheme.id, "10003")
    schemes.delete_issue_type_workflow(scheme.id, "10003")
    schemes.projects.list(project_id=[10000, 10003])
    schemes.get_many(project_ids=["10000"], workflow_scheme_ids=[str(scheme.id)])
    jira.projects.create(key="SHORT", name="Short", project_type_key="software", lead_account_id=box.accounts.active)
    project = jira.projects.get("SHORT")
    schemes.projects.assign(project_id=project.id, workflow_scheme_id=str(scheme.id))
    assert [one.id for one in schemes.list_project_usages(str(scheme.id))] == [str(project.id)]
    mapping = [{"workflowId": workflow.id, "issueTypeIds": ["10003"]}]
    used = schemes.get_many(project_ids=["10000"])[0]
    schemes.get_required_mappings(id=used.id, workflows_for_issue_types=mapping, default_workflow_id=workflow.id)
    whole = schemes.get_many(workflow_scheme_ids=[str(scheme.id)])[0]
    schemes.update(
        id=whole.id,
        name=whole.name,
        description="Newer.",
        version={"id": whole.version.id, "versionNumber": whole.version.version_number},
        default_workflow_id=workflow.id,
        workflows_for_issue_types=mapping,
    )
    assert [one.id for one in jira.workflows.list_scheme_usages(workflow.id)] == [str(scheme.id)]
    assert [one.id for one in jira.workflows.list_project_usages(workflow.id)] == [str(project.id)]
    schemes.projects.switch(project_id=project.id, target_scheme_id="10300")
    schemes.delete(scheme.id)
    exchange.agrees(box, tally)


def test_issues_follow_another_workflow(box: Sandbox, jira: Any, tally: Tally) -> None:
    schemes = jira.workflows.schemes
    made = jira.workflows.create_many(scope={"type": "GLOBAL"}, **payload("Short"))
    first = made.workflows[0].statuses[0].status_reference
    (scheme,) = schemes.get_many(project_ids=["10000"])
    change = {"id": scheme.id, "default_workflow_id": made.workflows[0].id, "workflows_for_issue_types": []}
    needed = schemes.get_required_mappings(**change).status_mappings_by_issue_types
    assert needed
    moves = [
        {
            "issueTypeId": one.issue_type_id,
            "statusMappings": [{"oldStatusId": old, "newStatusId": first} for old in one.status_ids],
        }
        for one in needed
    ]
    task = schemes.update(
        **change,
        name=scheme.name,
        description=scheme.description,
        version=scheme.version,
        status_mappings_by_issue_type_override=moves,
    )
    assert jira.tasks.get(task["id"]).status == "RUNNING"
    assert jira.issues.get("ENG-12").fields["status"]["id"] == first
    exchange.agrees(box, tally)


def test_statuses(box: Sandbox, jira: Any, tally: Tally) -> None:
    statuses = jira.statuses
    statuses.list_visible()
    statuses.get_visible("In Progress")
    statuses.categories.list()
    statuses.categories.get("done")
    (parked,) = statuses.create_many(scope={"type": "GLOBAL"}, statuses=[{"name": "Parked", "statusCategory": "TODO"}])
    statuses.get_many(id=[parked.id])
    statuses.update_many(statuses=[{"id": parked.id, "name": "On hold", "statusCategory": "IN_PROGRESS"}])
    assert "On hold" in {status.name for status in statuses.search(search_string="o")}
    statuses.delete_many(id=[parked.id])
    exchange.agrees(box, tally)
