"""Dashboards, settings and webhooks of a Jira site, in both versions of the API."""

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


def test_dashboards(box: Sandbox, jira: Any, tally: Tally) -> None:
    dashboards, gadgets, properties = jira.dashboards, jira.dashboards.gadgets, jira.dashboards.items.properties
    shares = [
        {"type": "project", "project": {"id": "10000"}},
        {"type": "project", "project": {"id": "10000"}, "role": {"id": 10002}},
        {"type": "group", "group": {"groupId": box.groups.engineering}},
        {"type": "user", "user": {"accountId": box.accounts.active}},
    ]
    board = dashboards.create(edit_permissions=shares, name="Team", share_permissions=shares, description="What we do.")
    gadget = gadgets.add(
        board.id, module_key="com.atlassian.jira.gadgets:pie-chart-gadget", position={"column": 0, "row": 0}
    )
    gadgets.update(board.id, gadget.id, color="red", position={"column": 1, "row": 0})
    gadgets.list(board.id)
    gadgets.list_available()
    properties.set(board.id, gadget.id, "config", body={"filter": 1})
    properties.set(board.id, gadget.id, "config", body={"filter": 2})
    properties.list(board.id, gadget.id)
    properties.get(board.id, gadget.id, "config")
    properties.delete(board.id, gadget.id, "config")
    dashboards.get(board.id)
    dashboards.update(board.id, edit_permissions=[], name="Our team", share_permissions=[{"type": "authenticated"}])
    copy = dashboards.copy(board.id, edit_permissions=shares, name="Their team", share_permissions=shares)
    list(dashboards.list(page_size=1))
    list(dashboards.search(expand="owner,sharePermissions,editPermissions,isWritable,viewUrl,favourite,description"))
    gadgets.remove(board.id, gadget.id)
    dashboards.delete(copy.id)
    exchange.agrees(box, tally)


def test_settings(box: Sandbox, jira: Any, tally: Tally) -> None:
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
    jira.fields.create(name="Mood", type="com.atlassian.jira.plugin.system.customfieldtypes:textfield")
    assert [record.summary for record in jira.audit_records.list()] == ["Custom field created"]
    jira.avatars.list_system("issuetype")
    jira.security_schemes.list()
    jira.security_schemes.get(10000)
    jira.security_schemes.levels.get("10000")
    exchange.agrees(box, tally)


def test_webhooks(box: Sandbox, jira: Any, tally: Tally) -> None:
    hook = {"events": ["jira:issue_created"], "jqlFilter": "project = ENG"}
    made = jira.webhooks.register(url="https://acme.example/hook", webhooks=[hook, {**hook, "events": []}])
    assert [hook.jql_filter for hook in jira.webhooks.list()] == ["project = ENG"]
    ids = [made.webhook_registration_result[0].created_webhook_id]
    jira.webhooks.refresh(webhook_ids=ids)
    jira.webhooks.delete_many(webhook_ids=ids)
    exchange.agrees(box, tally)
