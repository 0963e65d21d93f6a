"""Projects of Jira and what belongs to them, from the first to the recycle bin, in both versions of the API."""

from __future__ import annotations

from typing import Any

import pytest
from atlassian_cloud import BadRequestError
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS),
    # What Atlassian calls deprecated still is what many scripts call.
    pytest.mark.filterwarnings("ignore:.*is deprecated by Atlassian"),
]

SCRUM = "com.pyxis.greenhopper.jira:gh-simplified-scrum-classic"
TEAM = "com.pyxis.greenhopper.jira:gh-simplified-agility-kanban"


def test_projects_are_made_and_read(box: Sandbox, jira: Any, tally: Tally) -> None:
    projects, lead = jira.projects, box.accounts.active
    made = projects.create(
        key="PAY", name="Payments", project_template_key=SCRUM, lead_account_id=lead, issue_security_scheme=10000
    )
    team = projects.create(key="TEAM", name="Team", project_template_key=TEAM, lead_account_id=lead)
    projects.create(key="DESK", name="Desk", project_type_key="service_desk", lead_account_id=lead)
    with pytest.raises(BadRequestError):
        projects.create(key="eng", name="Engineering", lead_account_id="nobody")
    everything = "description,lead,issueTypes,url,projectKeys,permissions,insight,issueTypeHierarchy"
    for key in ["ENG", "WEB", "HELP", made.key, team.key]:
        projects.get(key, expand=everything)
        projects.list_statuses(key)
        projects.get_hierarchy(projects.get(key).id)
        projects.features.list(key)
        list(projects.versions.list(key, expand="issuesstatus,operations,approvers"))
        projects.versions.list_all(key)
        list(projects.components.list(key))
        projects.components.list_all(key)
        for role in projects.roles.list_details(key):
            projects.roles.get(key, role.id)
        projects.roles.list(key)
        projects.get_permission_scheme(key, expand="all")
        projects.get_notification_scheme(key, expand="all")
        projects.list_security_levels(key)
    assert [level.name for level in projects.get_issue_security_scheme("PAY").levels] == ["Internal", "Confidential"]
    list(projects.search(expand=everything, limit=2))
    projects.list_all(expand="lead")
    projects.list_recent()
    projects.types.list()
    projects.types.list_accessible()
    projects.types.get("software")
    projects.types.get_accessible("business")
    projects.validation.validate_key(key="ENG")
    projects.validation.suggest_key(key="ENG")
    projects.validation.suggest_name(name="Engineering")
    exchange.agrees(box, tally)


def test_projects_change_and_go(box: Sandbox, jira: Any, tally: Tally) -> None:
    projects = jira.projects
    projects.create(key="PAY", name="Payments", project_template_key=SCRUM, lead_account_id=box.accounts.active)
    projects.features.set("ENG", "jsw.classic.backlog", state="DISABLED")
    projects.properties.set("ENG", "colour", body={"is": "blue"})
    projects.properties.set("ENG", "colour", body="red")
    projects.properties.list("ENG")
    projects.properties.get("ENG", "colour")
    projects.properties.delete("ENG", "colour")
    category = projects.categories.create(name="Money")
    projects.categories.update(category.id, description="In and out.")
    projects.categories.get(category.id)
    projects.categories.list()
    projects.update("PAY", name="Money", category_id=int(category.id or 0), url="https://acme.example")
    projects.categories.delete(category.id)
    projects.archive("PAY")
    projects.get("PAY")
    projects.restore("PAY")
    projects.delete_async("PAY")
    projects.restore("PAY")
    projects.delete("PAY")
    projects.archive("WEB")
    everything = projects.search(status=["deleted", "archived", "live"], page_size=2)
    assert {"ENG", "WEB", "PAY"} <= {project.key for project in everything}
    exchange.agrees(box, tally)


def test_components(box: Sandbox, jira: Any, tally: Tally) -> None:
    components = jira.projects.components
    ledger = components.create(
        name="Ledger", project="ENG", lead_account_id=box.accounts.active, assignee_type="COMPONENT_LEAD"
    )
    components.get(ledger.id)
    components.update(ledger.id, description="What was paid.", assignee_type="PROJECT_LEAD")
    components.count_issues(ledger.id)
    assert "Ledger" in {one.name for one in components.list_for_projects(project_ids_or_keys=["ENG", "WEB"])}
    components.delete(ledger.id)
    exchange.agrees(box, tally)


def test_versions(box: Sandbox, jira: Any, tally: Tally) -> None:
    versions = jira.projects.versions
    first = versions.create(name="9.0", project_id=10000, start_date="2026-01-02", release_date="2026-02-03")
    second = versions.create(name="9.1", project="ENG")
    third = versions.create(name="9.2", project="ENG")
    versions.get(first.id, expand="issuesstatus")
    versions.update(first.id, released=True)
    versions.move(first.id, position="First")
    versions.count_related_issues(first.id)
    versions.count_unresolved_issues(first.id)
    work = versions.related_work.create(first.id, category="Design", title="Draft", url="https://acme.example/1")
    versions.related_work.update(first.id, category="Design", related_work_id=work.related_work_id, title="Final")
    assert [one.title for one in versions.related_work.list(first.id) if one.related_work_id] == ["Final"]
    versions.related_work.delete(first.id, work.related_work_id)
    versions.merge(first.id, second.id)
    versions.delete_and_replace(second.id)
    versions.delete(third.id)
    assert not {"9.0", "9.1", "9.2"} & {version.name for version in versions.list_all("ENG")}
    exchange.agrees(box, tally)


def test_roles(box: Sandbox, jira: Any, tally: Tally) -> None:
    roles = jira.roles
    role = roles.create(name="Auditors", description="Look at it.")
    roles.list()
    roles.get(role.id)
    roles.update(role.id, description="They look at it.", name="Auditor")
    roles.update_partial(role.id, name="Auditors")
    roles.actors.add(role.id, group_id=[box.groups.engineering])
    roles.actors.add(role.id, user=[box.accounts.active])
    roles.actors.get(role.id)
    roles.get(role.id)
    roles.update_partial(role.id, name="Auditors of all")
    roles.actors.remove(role.id, group_id=box.groups.engineering)
    actors = jira.projects.roles.actors
    actors.add("ENG", role.id, user=[box.accounts.active])
    actors.set("ENG", role.id, categorised_actors={"atlassian-group-role-actor-id": [box.groups.engineering]})
    actors.remove("ENG", role.id, group_id=box.groups.engineering)
    assert jira.projects.roles.get("ENG", role.id).actors == []
    roles.delete(role.id)
    exchange.agrees(box, tally)
