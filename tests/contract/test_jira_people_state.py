"""People and groups of Jira, what they may do and what they are told, in both versions of the API."""

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


def test_people(box: Sandbox, jira: Any, tally: Tally) -> None:
    users, known = jira.users, box.accounts.active
    users.get(account_id=known, expand="groups,applicationRoles")
    list(users.get_many(account_id=[known, box.accounts.customer]))
    list(users.list(limit=3))
    list(users.list_default(limit=3))
    list(users.search(query="o"))
    list(users.search_assignable(project="ENG"))
    list(users.search_assignable_to_projects(project_keys=["ENG", "WEB"]))
    list(users.search_with_permissions(permissions=["BROWSE_PROJECTS"], project_key="ENG"))
    list(users.search_with_browse_permission(query="o", project_key="ENG"))
    users.pick(query="o", show_avatar=True)
    users.pick_with_groups(query="e", show_avatar=True)
    list(users.search_by_query(query="is assignee of ENG"))
    list(users.search_keys_by_query(query="is reporter of (ENG-1, ENG-2)"))
    users.list_groups(account_id=known)
    users.get_email(account_id=known)
    users.get_emails(account_id=[known])
    users.properties.set("colour", body={"is": "blue"}, account_id=known)
    users.properties.set("colour", body={"is": "red"}, account_id=known)
    users.properties.list(account_id=known)
    users.properties.get("colour", account_id=known)
    users.properties.delete("colour", account_id=known)
    made = users.create(email_address="nora.new@acme.example", products=["jira-software"], display_name="Nora New")
    users.delete(account_id=made.account_id)
    exchange.agrees(box, tally)


def test_oneself(box: Sandbox, jira: Any, tally: Tally) -> None:
    jira.myself.get(expand="groups,applicationRoles")
    columns, preferences = jira.users.columns, jira.myself.preferences
    columns.set(columns=["summary", "status"])
    assert [column.label for column in columns.get()] == ["Summary", "Status"]
    columns.reset()
    preferences.set(key="user.autowatch.disabled", body="true")
    preferences.get(key="user.autowatch.disabled")
    preferences.delete(key="user.autowatch.disabled")
    preferences.set_locale(locale="de_DE")
    assert preferences.get_locale().locale == "de_DE"
    exchange.agrees(box, tally)


def test_groups(box: Sandbox, jira: Any, tally: Tally) -> None:
    groups = jira.groups
    group = groups.create(name="night-shift")
    groups.members.add(group_id=group.group_id, account_id=box.accounts.active)
    (member,) = groups.members.list(group_id=group.group_id, include_inactive_users=True)
    assert member.account_id == box.accounts.active
    groups.get(group_id=group.group_id, expand="users")
    list(groups.list())
    groups.pick(query="e")
    groups.members.remove(account_id=box.accounts.active, group_id=group.group_id)
    groups.delete(group_id=group.group_id)
    exchange.agrees(box, tally)


def test_permissions(box: Sandbox, jira: Any, tally: Tally) -> None:
    permissions, schemes = jira.permissions, jira.permissions.schemes
    permissions.list()
    permissions.get_mine(permissions=["BROWSE_PROJECTS", "ADMINISTER"], project_key="ENG")
    permissions.check(
        account_id=box.accounts.active,
        global_permissions=["ADMINISTER"],
        project_permissions=[{"permissions": ["EDIT_ISSUES"], "projects": [10000], "issues": [11012]}],
    )
    assert permissions.check(global_permissions=["ADMINISTER"]).global_permissions == ["ADMINISTER"]
    permissions.list_permitted_projects(permissions=["BROWSE_PROJECTS"])
    scheme = schemes.create(
        name="Closed",
        permissions=[{"permission": "BROWSE_PROJECTS", "holder": {"type": "group", "value": box.groups.engineering}}],
    )
    schemes.list(expand="permissions")
    schemes.get(scheme.id, expand="all")
    schemes.update(scheme.id, name="Closed work")
    grant = schemes.grants.create(
        scheme.id, permission="EDIT_ISSUES", holder={"type": "projectRole", "parameter": "10003"}
    )
    schemes.grants.list(scheme.id)
    schemes.grants.get(scheme.id, grant.id)
    schemes.grants.delete(scheme.id, grant.id)
    jira.projects.set_permission_scheme("OPS", id=scheme.id)
    jira.projects.set_permission_scheme("OPS", id=0)
    schemes.delete(scheme.id)
    exchange.agrees(box, tally)


def test_notifications(box: Sandbox, jira: Any, tally: Tally) -> None:
    schemes = jira.notification_schemes
    events = [
        {"event": {"id": "1"}, "notifications": [{"notificationType": "Group", "parameter": box.groups.engineering}]}
    ]
    notes = schemes.create(name="Loud", notification_scheme_events=events)
    schemes.add_notifications(
        notes.id,
        notification_scheme_events=[{"event": {"id": "2"}, "notifications": [{"notificationType": "Reporter"}]}],
    )
    whole = schemes.get(notes.id, expand="all")
    list(schemes.list(expand="all"))
    list(schemes.list_project_mappings())
    schemes.update(notes.id, description="Tells everything.")
    schemes.remove_notification(notes.id, whole.notification_scheme_events[0].notifications[0].id)
    schemes.delete(notes.id)
    exchange.agrees(box, tally)
