"""Issue types of Jira with their schemes, priorities and resolutions, in both versions of the API."""

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

TEAM = "com.pyxis.greenhopper.jira:gh-simplified-agility-kanban"


def test_issue_types(box: Sandbox, jira: Any, tally: Tally) -> None:
    types = jira.issue_types
    jira.projects.create(key="TEAM", name="Team", project_template_key=TEAM, lead_account_id=box.accounts.active)
    kind = types.create(name="Spike", hierarchy_level=0)
    assert {None, "PROJECT"} == {one.scope and one.scope.type for one in types.list()}
    types.get(kind.id)
    types.update(kind.id, description="To find out.")
    types.list_for_project(project_id=10000)
    types.list_alternatives(kind.id)
    types.properties.set(kind.id, "colour", body={"is": "blue"})
    types.properties.set(kind.id, "colour", body={"is": "red"})
    types.properties.list(kind.id)
    types.properties.get(kind.id, "colour")
    types.properties.delete(kind.id, "colour")
    types.delete(kind.id)
    exchange.agrees(box, tally)


def test_issue_type_schemes(box: Sandbox, jira: Any, tally: Tally) -> None:
    schemes = jira.issue_types.schemes
    kind = jira.issue_types.create(name="Spike", hierarchy_level=0)
    jira.projects.create(key="SHORT", name="Short", project_type_key="software", lead_account_id=box.accounts.active)
    project = jira.projects.get("SHORT")
    scheme = schemes.create(
        name="Spikes", issue_type_ids=[kind.id, "10003"], default_issue_type_id="10003"
    ).issue_type_scheme_id
    list(schemes.list(order_by="name"))
    list(schemes.list_mappings())
    list(schemes.list_for_projects(project_id=[10000, 10001]))
    schemes.assign_to_project(issue_type_scheme_id=scheme, project_id=project.id)
    schemes.add_issue_types(scheme, issue_type_ids=["10004"])
    schemes.move_issue_types(scheme, issue_type_ids=["10004"], position="First")
    schemes.remove_issue_type(scheme, "10004")
    schemes.update(scheme, name="Spikes and tasks")
    schemes.delete(scheme)
    exchange.agrees(box, tally)


def test_priorities(box: Sandbox, jira: Any, tally: Tally) -> None:
    priorities = jira.priorities
    priority = priorities.create(name="Urgent", status_color="#f00", description="Now.")
    priorities.list()
    priorities.get(priority.id)
    priorities.update(priority.id, name="Most urgent")
    priorities.move(ids=[priority.id], position="First")
    priorities.set_default(id=priority.id)
    assert [one.name for one in priorities.search() if one.is_default] == ["Most urgent"]
    priorities.delete(priority.id)
    exchange.agrees(box, tally)


def test_resolutions(box: Sandbox, jira: Any, tally: Tally) -> None:
    resolutions = jira.resolutions
    resolution = resolutions.create(name="Obsolete")
    resolutions.list()
    resolutions.get(resolution.id)
    resolutions.update(resolution.id, name="Outdated")
    resolutions.move(ids=[resolution.id], after="10000")
    resolutions.set_default(id=resolution.id)
    assert "Outdated" in {one.name for one in resolutions.search()}
    resolutions.delete(resolution.id, replace_with="10000")
    exchange.agrees(box, tally)
