"""A site is set up in the sandbox, from its people to its workflows; every answer agrees with Atlassian's document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import BadRequestError, Jira
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS),
    # What Atlassian calls deprecated still is what many scripts call.
    pytest.mark.filterwarnings("ignore:.*is deprecated by Atlassian"),
]

SELECT = "com.atlassian.jira.plugin.system.customfieldtypes:select"
SCRUM = "com.pyxis.greenhopper.jira:gh-simplified-scrum-classic"
TEAM = "com.pyxis.greenhopper.jira:gh-simplified-agility-kanban"


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


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
                        "actions": [
                            {"ruleKey": "system:update-field", "parameters": {"field": "resolution", "value": "10000"}}
                        ],
                    },
                    {"id": "21", "name": "Reopen", "type": "GLOBAL", "toStatusReference": "open"},
                ],
            }
        ],
    }


def test_projects(box: Sandbox, jira: Jira, tally: Tally) -> None:
    lead = box.accounts.active
    made = jira.projects.create(key="PAY", name="Payments", project_template_key=SCRUM, lead_account_id=lead)
    team = jira.projects.create(key="TEAM", name="Team", project_template_key=TEAM, lead_account_id=lead)
    jira.projects.create(key="DESK", name="Desk", project_type_key="service_desk", lead_account_id=lead)
    everything = "description,lead,issueTypes,url,projectKeys,permissions,insight,issueTypeHierarchy"
    for key in ["ENG", "WEB", "HELP", made.key, team.key]:
        jira.projects.get(key, expand=everything)
        jira.projects.list_statuses(key)
        jira.projects.get_hierarchy(jira.projects.get(key).id)
        jira.projects.features.list(key)
        list(jira.projects.versions.list(key, expand="issuesstatus,operations,approvers"))
        jira.projects.versions.list_all(key)
        list(jira.projects.components.list(key))
        jira.projects.components.list_all(key)
        for role in jira.projects.roles.list_details(key):
            jira.projects.roles.get(key, role.id)
        jira.projects.roles.list(key)
        jira.projects.get_permission_scheme(key, expand="all")
        jira.projects.get_notification_scheme(key, expand="all")
        jira.projects.list_security_levels(key)
    list(jira.projects.search(expand=everything, limit=2))
    jira.projects.list_all(expand="lead")
    jira.projects.list_recent()
    jira.projects.types.list()
    jira.projects.types.list_accessible()
    jira.projects.types.get("software")
    jira.projects.validation.validate_key(key="ENG")
    jira.projects.validation.suggest_key(key="ENG")
    jira.projects.validation.suggest_name(name="Engineering")
    jira.projects.features.set("ENG", "jsw.classic.backlog", state="DISABLED")
    jira.projects.properties.set("ENG", "colour", body={"is": "blue"})
    jira.projects.properties.set("ENG", "colour", body="red")
    jira.projects.properties.list("ENG")
    jira.projects.properties.get("ENG", "colour")
    jira.projects.properties.delete("ENG", "colour")

    category = jira.projects.categories.create(name="Money")
    jira.projects.categories.update(category.id, description="In and out.")
    jira.projects.categories.get(category.id)
    jira.projects.categories.list()
    jira.projects.update("PAY", name="Money", category_id=int(category.id or 0), url="https://acme.example")
    jira.projects.categories.delete(category.id)
    jira.projects.archive("PAY")
    jira.projects.restore("PAY")
    jira.projects.delete_async("PAY")
    jira.projects.restore("PAY")
    jira.projects.delete("PAY")
    list(jira.projects.search(status=["deleted", "archived", "live"]))
    with pytest.raises(BadRequestError):
        jira.projects.create(key="eng", name="Engineering", lead_account_id="nobody")

    component = jira.projects.components.create(
        name="Ledger", project="ENG", lead_account_id=lead, assignee_type="COMPONENT_LEAD"
    )
    jira.projects.components.get(component.id)
    jira.projects.components.update(component.id, description="What was paid.", assignee_type="PROJECT_LEAD")
    jira.projects.components.count_issues(component.id)
    list(jira.projects.components.list_for_projects(project_ids_or_keys=["ENG", "WEB"]))
    jira.projects.components.delete(component.id)

    version = jira.projects.versions.create(
        name="9.0", project_id=10000, start_date="2026-01-02", release_date="2026-02-03"
    )
    other = jira.projects.versions.create(name="9.1", project="ENG")
    jira.projects.versions.get(version.id, expand="issuesstatus")
    jira.projects.versions.update(version.id, released=True)
    jira.projects.versions.move(version.id, position="First")
    jira.projects.versions.count_related_issues(version.id)
    jira.projects.versions.count_unresolved_issues(version.id)
    work = jira.projects.versions.related_work.create(
        version.id, category="Design", title="Draft", url="https://acme.example/1"
    )
    jira.projects.versions.related_work.update(
        version.id, category="Design", related_work_id=work.related_work_id, title="Final"
    )
    jira.projects.versions.related_work.list(version.id)
    jira.projects.versions.related_work.delete(version.id, work.related_work_id)
    jira.projects.versions.merge(version.id, other.id)
    jira.projects.versions.delete_and_replace(other.id)

    role = jira.roles.create(name="Auditors", description="Look at it.")
    jira.roles.list()
    jira.roles.get(role.id)
    jira.roles.update(role.id, description="They look at it.", name="Auditor")
    jira.roles.update_partial(role.id, name="Auditors")
    jira.roles.actors.add(role.id, group_id=[box.groups.engineering])
    jira.roles.actors.get(role.id)
    jira.roles.actors.remove(role.id, group_id=box.groups.engineering)
    jira.projects.roles.actors.add("ENG", role.id, user=[lead])
    jira.projects.roles.actors.set(
        "ENG", role.id, categorised_actors={"atlassian-group-role-actor-id": [box.groups.engineering]}
    )
    jira.projects.roles.actors.remove("ENG", role.id, group_id=box.groups.engineering)
    jira.roles.delete(role.id)
    assert len(exchange.agrees(box, tally)) >= 60


def test_workflows(box: Sandbox, jira: Jira, tally: Tally) -> None:
    jira.workflows.validate_create(payload=payload("Short"))
    jira.workflows.validate_create(payload=payload("Short", id="10000"))
    made = jira.workflows.create_many(scope={"type": "GLOBAL"}, **payload("Short"))
    workflow = made.workflows[0]
    list(jira.workflows.search(expand="values.transitions", limit=2))
    list(
        jira.workflows.search_classic(
            expand="transitions,statuses,default,schemes,projects,hasDraftWorkflow,operations"
        )
    )
    jira.workflows.get_many(workflow_ids=[workflow.id])
    jira.workflows.get_many(project_and_issue_types=[{"projectId": "10000", "issueTypeId": "10002"}])
    jira.workflows.get_default_editor()
    changed = payload("Short")["workflows"][0]
    ids = {status.name: status.id for status in made.statuses}
    statuses = [{**status, "id": ids[status["name"]]} for status in payload("Short")["statuses"]]
    del changed["name"]
    version = {"id": workflow.version.id, "versionNumber": workflow.version.version_number}
    update = {"statuses": statuses, "workflows": [{**changed, "id": workflow.id, "version": version}]}
    jira.workflows.validate_update(payload=update)
    jira.workflows.update_many(**update)

    scheme = jira.workflows.schemes.create(
        name="Short ways", default_workflow="Short", issue_type_mappings={"10004": "Software workflow"}
    )
    list(jira.workflows.schemes.list())
    jira.workflows.schemes.get(scheme.id)
    jira.workflows.schemes.update_classic(scheme.id, description="For short work.")
    jira.workflows.schemes.get_default_workflow(scheme.id)
    jira.workflows.schemes.set_default_workflow(scheme.id, workflow="Business workflow")
    jira.workflows.schemes.reset_default_workflow(scheme.id)
    jira.workflows.schemes.set_issue_type_workflow(scheme.id, "10003", workflow="Short")
    jira.workflows.schemes.get_issue_type_workflow(scheme.id, "10003")
    jira.workflows.schemes.delete_issue_type_workflow(scheme.id, "10003")
    jira.workflows.schemes.projects.list(project_id=[10000, 10003])
    jira.workflows.schemes.get_many(project_ids=["10000"], workflow_scheme_ids=[str(scheme.id)])
    jira.projects.create(key="SHORT", name="Short", project_type_key="software", lead_account_id=box.accounts.active)
    project = jira.projects.get("SHORT")
    jira.workflows.schemes.projects.assign(project_id=project.id, workflow_scheme_id=str(scheme.id))
    jira.workflows.schemes.list_project_usages(str(scheme.id))
    jira.workflows.list_project_usages(workflow.id)
    jira.workflows.list_scheme_usages(workflow.id)
    mapping = [{"workflowId": workflow.id, "issueTypeIds": ["10003"]}]
    used = jira.workflows.schemes.get_many(project_ids=["10000"])[0]
    jira.workflows.schemes.get_required_mappings(
        id=used.id, workflows_for_issue_types=mapping, default_workflow_id=workflow.id
    )
    whole = jira.workflows.schemes.get_many(workflow_scheme_ids=[str(scheme.id)])[0]
    jira.workflows.schemes.update(
        id=whole.id,
        name=whole.name,
        description="Newer.",
        version={"id": whole.version.id, "versionNumber": whole.version.version_number},
        default_workflow_id=workflow.id,
        workflows_for_issue_types=mapping,
    )
    jira.workflows.schemes.projects.switch(project_id=project.id, target_scheme_id="10300")
    jira.workflows.schemes.delete(scheme.id)
    jira.workflows.delete(workflow.id)

    jira.statuses.list_visible()
    jira.statuses.get_visible("In Progress")
    jira.statuses.categories.list()
    jira.statuses.categories.get("done")
    statuses = jira.statuses.create_many(
        scope={"type": "GLOBAL"}, statuses=[{"name": "Parked", "statusCategory": "TODO"}]
    )
    jira.statuses.get_many(id=[statuses[0].id])
    jira.statuses.update_many(statuses=[{"id": statuses[0].id, "name": "On hold", "statusCategory": "IN_PROGRESS"}])
    list(jira.statuses.search(search_string="o"))
    jira.statuses.delete_many(id=[statuses[0].id])

    kind = jira.issue_types.create(name="Spike", hierarchy_level=0)
    jira.issue_types.list()
    jira.issue_types.get(kind.id)
    jira.issue_types.update(kind.id, description="To find out.")
    jira.issue_types.list_for_project(project_id=10000)
    jira.issue_types.list_alternatives(kind.id)
    jira.issue_types.properties.set(kind.id, "colour", body={"is": "blue"})
    jira.issue_types.properties.list(kind.id)
    jira.issue_types.properties.get(kind.id, "colour")
    jira.issue_types.properties.delete(kind.id, "colour")
    types = jira.issue_types.schemes.create(
        name="Spikes", issue_type_ids=[kind.id, "10003"], default_issue_type_id="10003"
    )
    list(jira.issue_types.schemes.list(order_by="name"))
    list(jira.issue_types.schemes.list_mappings())
    list(jira.issue_types.schemes.list_for_projects(project_id=[10000, 10001]))
    jira.issue_types.schemes.assign_to_project(issue_type_scheme_id=types.issue_type_scheme_id, project_id=project.id)
    jira.issue_types.schemes.add_issue_types(types.issue_type_scheme_id, issue_type_ids=["10004"])
    jira.issue_types.schemes.move_issue_types(types.issue_type_scheme_id, issue_type_ids=["10004"], position="First")
    jira.issue_types.schemes.remove_issue_type(types.issue_type_scheme_id, "10004")
    jira.issue_types.schemes.update(types.issue_type_scheme_id, name="Spikes and tasks")
    jira.issue_types.schemes.delete(types.issue_type_scheme_id)
    jira.issue_types.delete(kind.id)

    priority = jira.priorities.create(name="Urgent", status_color="#f00", description="Now.")
    jira.priorities.list()
    jira.priorities.get(priority.id)
    jira.priorities.update(priority.id, name="Most urgent")
    jira.priorities.move(ids=[priority.id], position="First")
    jira.priorities.set_default(id=priority.id)
    list(jira.priorities.search())
    jira.priorities.delete(priority.id)
    resolution = jira.resolutions.create(name="Obsolete")
    jira.resolutions.list()
    jira.resolutions.get(resolution.id)
    jira.resolutions.update(resolution.id, name="Outdated")
    jira.resolutions.move(ids=[resolution.id], after="10000")
    jira.resolutions.set_default(id=resolution.id)
    list(jira.resolutions.search())
    jira.resolutions.delete(resolution.id, replace_with="10000")
    assert len(exchange.agrees(box, tally)) >= 70


def test_fields_and_screens(box: Sandbox, jira: Jira, tally: Tally) -> None:
    field = jira.fields.create(name="Mood", type=SELECT, description="How it feels.")
    jira.fields.list()
    more = "key,lastUsed,screensCount,contextsCount,isLocked,searcherKey,projectsCount"
    list(jira.fields.search(expand=more, limit=20))
    jira.fields.update(field.id, name="Mood of the day")
    context = next(iter(jira.fields.contexts.list(field.id)))
    list(jira.fields.contexts.list_legacy(field.id))
    good, bad = jira.fields.contexts.options.create_many(
        field.id, context.id, options=[{"value": "Good"}, {"value": "Bad", "disabled": True}]
    ).options
    jira.fields.contexts.options.update_many(field.id, context.id, options=[{"id": bad.id, "value": "So so"}])
    jira.fields.contexts.options.move(field.id, context.id, custom_field_option_ids=[bad.id], position="First")
    list(jira.fields.contexts.options.list(field.id, context.id))
    jira.fields.contexts.options.get(good.id)
    jira.fields.contexts.set_default_values(
        field.id, default_values=[{"contextId": context.id, "optionId": good.id, "type": "option.single"}]
    )
    list(jira.fields.contexts.list_legacy_default_values(field.id))
    jira.fields.contexts.options.delete(field.id, context.id, bad.id)
    cascade = jira.fields.contexts.list("customfield_10038")
    list(jira.fields.contexts.options.list("customfield_10038", next(iter(cascade)).id))
    special = jira.fields.contexts.create(field.id, name="Of ENG", project_ids=["10000"], issue_type_ids=["10004"])
    jira.fields.contexts.update(field.id, special.id, description="For bugs.")
    jira.fields.contexts.add_projects(field.id, special.id, project_ids=["10001"])
    jira.fields.contexts.remove_projects(field.id, special.id, project_ids=["10001"])
    jira.fields.contexts.add_issue_types(field.id, special.id, issue_type_ids=["10003"])
    jira.fields.contexts.remove_issue_types(field.id, special.id, issue_type_ids=["10003"])
    list(jira.fields.contexts.list_project_mappings(field.id))
    list(jira.fields.contexts.list_issue_type_mappings(field.id))
    list(
        jira.fields.contexts.list_for_projects_and_issue_types(
            field.id, mappings=[{"projectId": "10000", "issueTypeId": "10004"}]
        )
    )
    jira.fields.contexts.delete(field.id, special.id)

    jira.screens.add_field_to_default(field.id)
    list(jira.screens.list_for_field(field.id, expand="tab"))
    screen = jira.screens.create(name="Moods", description="How it feels.")
    list(jira.screens.list())
    jira.screens.update(screen.id, name="All moods")
    jira.screens.list_available_fields(screen.id)
    tab = jira.screens.tabs.create(screen.id, name="Second")
    jira.screens.tabs.list(screen.id)
    jira.screens.tabs.update(screen.id, tab.id, name="First")
    jira.screens.tabs.move(screen.id, tab.id, 0)
    jira.screens.tabs.fields.add(screen.id, tab.id, field_id=field.id)
    jira.screens.tabs.fields.add(screen.id, tab.id, field_id="summary")
    jira.screens.tabs.fields.move(screen.id, tab.id, "summary", position="First")
    jira.screens.tabs.fields.list(screen.id, tab.id)
    jira.screens.tabs.fields.remove(screen.id, tab.id, field.id)
    scheme = jira.screens.schemes.create(name="Mood screens", screens={"default": 1, "create": screen.id})
    list(jira.screens.schemes.list(expand="issueTypeScreenSchemes"))
    jira.screens.schemes.update(scheme.id, name="Mood")
    types = jira.issue_types.screen_schemes.create(
        issue_type_mappings=[{"issueTypeId": "default", "screenSchemeId": str(scheme.id)}], name="Moods by type"
    )
    list(jira.issue_types.screen_schemes.list())
    jira.issue_types.screen_schemes.add_mappings(
        types.id, issue_type_mappings=[{"issueTypeId": "10004", "screenSchemeId": "1"}]
    )
    jira.issue_types.screen_schemes.set_default_mapping(types.id, screen_scheme_id="1")
    list(jira.issue_types.screen_schemes.list_mappings())
    jira.issue_types.screen_schemes.remove_mappings(types.id, issue_type_ids=["10004"])
    jira.issue_types.screen_schemes.assign_to_project(issue_type_screen_scheme_id=types.id, project_id="10000")
    list(jira.issue_types.screen_schemes.list_for_projects(project_id=[10000]))
    list(jira.issue_types.screen_schemes.list_projects(int(types.id)))
    jira.issue_types.screen_schemes.assign_to_project(issue_type_screen_scheme_id="1", project_id="10000")
    jira.issue_types.screen_schemes.update(types.id, name="Moods")
    jira.issue_types.screen_schemes.delete(types.id)
    jira.screens.schemes.delete(str(scheme.id))
    jira.screens.tabs.delete(screen.id, tab.id)
    jira.screens.delete(screen.id)
    jira.fields.trash(field.id)
    list(jira.fields.search_trashed())
    jira.fields.restore(field.id)
    jira.fields.delete(field.id)
    assert len(exchange.agrees(box, tally)) >= 55


def test_people(box: Sandbox, jira: Jira, tally: Tally) -> None:
    jira.myself.get(expand="groups,applicationRoles")
    jira.users.get(account_id=box.accounts.active, expand="groups,applicationRoles")
    list(jira.users.get_many(account_id=[box.accounts.active, box.accounts.customer]))
    list(jira.users.list(limit=3))
    list(jira.users.list_default(limit=3))
    list(jira.users.search(query="o"))
    list(jira.users.search_assignable(project="ENG"))
    list(jira.users.search_assignable_to_projects(project_keys=["ENG", "WEB"]))
    list(jira.users.search_with_permissions(permissions=["BROWSE_PROJECTS"], project_key="ENG"))
    list(jira.users.search_with_browse_permission(query="o", project_key="ENG"))
    jira.users.pick(query="o", show_avatar=True)
    jira.users.pick_with_groups(query="e", show_avatar=True)
    list(jira.users.search_by_query(query="is assignee of ENG"))
    list(jira.users.search_keys_by_query(query="is reporter of (ENG-1, ENG-2)"))
    jira.users.list_groups(account_id=box.accounts.active)
    jira.users.get_email(account_id=box.accounts.active)
    jira.users.get_emails(account_id=[box.accounts.active])
    jira.users.columns.get()
    jira.users.columns.set(columns=["summary", "status"])
    jira.users.columns.reset()
    jira.users.properties.set("colour", body={"is": "blue"}, account_id=box.accounts.active)
    jira.users.properties.list(account_id=box.accounts.active)
    jira.users.properties.get("colour", account_id=box.accounts.active)
    jira.users.properties.delete("colour", account_id=box.accounts.active)
    made = jira.users.create(email_address="nora.new@acme.example", products=["jira-software"], display_name="Nora New")
    jira.users.delete(account_id=made.account_id)
    jira.myself.preferences.set(key="user.autowatch.disabled", body="true")
    jira.myself.preferences.get(key="user.autowatch.disabled")
    jira.myself.preferences.delete(key="user.autowatch.disabled")
    jira.myself.preferences.get_locale()

    group = jira.groups.create(name="night-shift")
    jira.groups.members.add(group_id=group.group_id, account_id=box.accounts.active)
    list(jira.groups.members.list(group_id=group.group_id, include_inactive_users=True))
    jira.groups.get(group_id=group.group_id, expand="users")
    list(jira.groups.list())
    jira.groups.pick(query="e")
    jira.groups.members.remove(account_id=box.accounts.active, group_id=group.group_id)
    jira.groups.delete(group_id=group.group_id)

    jira.permissions.list()
    jira.permissions.get_mine(permissions=["BROWSE_PROJECTS", "ADMINISTER"], project_key="ENG")
    jira.permissions.check(
        account_id=box.accounts.active,
        global_permissions=["ADMINISTER"],
        project_permissions=[{"permissions": ["EDIT_ISSUES"], "projects": [10000], "issues": [11012]}],
    )
    jira.permissions.list_permitted_projects(permissions=["BROWSE_PROJECTS"])
    scheme = jira.permissions.schemes.create(
        name="Closed",
        permissions=[{"permission": "BROWSE_PROJECTS", "holder": {"type": "group", "value": box.groups.engineering}}],
    )
    jira.permissions.schemes.list(expand="permissions")
    jira.permissions.schemes.get(scheme.id, expand="all")
    jira.permissions.schemes.update(scheme.id, name="Closed work")
    grant = jira.permissions.schemes.grants.create(
        scheme.id, permission="EDIT_ISSUES", holder={"type": "projectRole", "parameter": "10003"}
    )
    jira.permissions.schemes.grants.list(scheme.id)
    jira.permissions.schemes.grants.get(scheme.id, grant.id)
    jira.permissions.schemes.grants.delete(scheme.id, grant.id)
    jira.projects.set_permission_scheme("OPS", id=scheme.id)
    jira.projects.set_permission_scheme("OPS", id=0)
    jira.permissions.schemes.delete(scheme.id)

    events = [
        {"event": {"id": "1"}, "notifications": [{"notificationType": "Group", "parameter": box.groups.engineering}]}
    ]
    notes = jira.notification_schemes.create(name="Loud", notification_scheme_events=events)
    jira.notification_schemes.add_notifications(
        notes.id,
        notification_scheme_events=[{"event": {"id": "2"}, "notifications": [{"notificationType": "Reporter"}]}],
    )
    whole = jira.notification_schemes.get(notes.id, expand="all")
    list(jira.notification_schemes.list(expand="all"))
    list(jira.notification_schemes.list_project_mappings())
    jira.notification_schemes.update(notes.id, description="Tells everything.")
    jira.notification_schemes.remove_notification(notes.id, whole.notification_scheme_events[0].notifications[0].id)
    jira.notification_schemes.delete(notes.id)
    assert len(exchange.agrees(box, tally)) >= 60


def test_the_site(box: Sandbox, jira: Jira, tally: Tally) -> None:
    shares = [
        {"type": "project", "project": {"id": "10000"}},
        {"type": "group", "group": {"groupId": box.groups.engineering}},
    ]
    board = jira.dashboards.create(
        edit_permissions=[], name="Team", share_permissions=shares, description="What we do."
    )
    gadget = jira.dashboards.gadgets.add(
        board.id, module_key="com.atlassian.jira.gadgets:pie-chart-gadget", position={"column": 0, "row": 0}
    )
    jira.dashboards.gadgets.update(board.id, gadget.id, color="red", position={"column": 1, "row": 0})
    jira.dashboards.gadgets.list(board.id)
    jira.dashboards.gadgets.list_available()
    jira.dashboards.items.properties.set(board.id, gadget.id, "config", body={"filter": 1})
    jira.dashboards.items.properties.list(board.id, gadget.id)
    jira.dashboards.items.properties.get(board.id, gadget.id, "config")
    jira.dashboards.items.properties.delete(board.id, gadget.id, "config")
    jira.dashboards.get(board.id)
    jira.dashboards.update(
        board.id, edit_permissions=[], name="Our team", share_permissions=[{"type": "authenticated"}]
    )
    copy = jira.dashboards.copy(board.id, edit_permissions=[], name="Their team", share_permissions=[])
    list(jira.dashboards.list())
    list(
        jira.dashboards.search(expand="owner,sharePermissions,editPermissions,isWritable,viewUrl,favourite,description")
    )
    jira.dashboards.gadgets.remove(board.id, gadget.id)
    jira.dashboards.delete(copy.id)

    jira.server_info.get()
    jira.settings.get()
    jira.settings.columns.set(columns=["summary", "status"])
    jira.settings.columns.get()
    jira.time_tracking.get_provider()
    jira.time_tracking.list_providers()
    jira.time_tracking.set_provider(key="JIRA")
    jira.time_tracking.set_settings(
        default_unit="hour", time_format="hours", working_days_per_week=5, working_hours_per_day=8
    )
    jira.time_tracking.get_settings()
    jira.announcement_banner.update(is_enabled=True, message="Tonight", visibility="public")
    jira.announcement_banner.get()
    jira.application_roles.list()
    jira.application_roles.get("jira-software")
    jira.license.get()
    list(jira.labels.list())
    list(jira.audit_records.list())
    jira.avatars.list_system("issuetype")
    jira.security_schemes.list()
    jira.security_schemes.get(10000)
    jira.security_schemes.levels.get("10000")
    hook = {"events": ["jira:issue_created"], "jqlFilter": "project = ENG"}
    made = jira.webhooks.register(url="https://acme.example/hook", webhooks=[hook, {**hook, "events": []}])
    list(jira.webhooks.list())
    ids = [made.webhook_registration_result[0].created_webhook_id]
    jira.webhooks.refresh(webhook_ids=ids)
    jira.webhooks.delete_many(webhook_ids=ids)
    assert len(exchange.agrees(box, tally)) >= 40
