"""Two weeks of a team in the sandbox: every answer of boards and sprints agrees with Atlassian's document."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from atlassian_cloud import Agile, AtlassianError, Jira
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)

START, END = "2030-01-07T09:00:00.000+01:00", "2030-01-21T09:00:00.000+01:00"


def boards(agile: Agile, filter_id: int) -> None:
    list(agile.boards.list(expand="admins,permissions", page_size=1))
    places: list[Any] = [{"type": "project", "projectKeyOrId": "ENG"}, {"type": "user"}]
    for place in places:
        board = agile.boards.create(name="Bugs", type="scrum", filter_id=filter_id, location=place)
        assert board.id is not None
        agile.boards.get(board.id)
        agile.boards.get_configuration(board.id)
        list(agile.boards.list_by_filter(filter_id))
        agile.boards.delete(board.id)
    for number in (1, 2):
        agile.boards.get_configuration(number)
        agile.boards.features.list(number)
        agile.boards.features.toggle(number, feature="REPORTS", enabling=False)
        list(agile.boards.quick_filters.list(number))
        list(agile.boards.projects.list(number))
        agile.boards.projects.list_static(number)
        list(agile.boards.versions.list(number))
        list(agile.boards.epics.list(number))
        agile.boards.issues.count(number)
        agile.boards.backlog.count_issues(number)
    agile.boards.quick_filters.get(1, 11)
    for wrong in (0, 99):
        with pytest.raises(AtlassianError):
            agile.boards.get(wrong)


def lists_of_issues(agile: Agile) -> None:
    question: dict[str, Any] = {
        "page_size": 20,
        "limit": 50,
        "fields": ["*all"],
        "expand": "changelog,names,schema,renderedFields",
    }
    newer = [
        agile.boards.issues.list(1, **question),
        agile.boards.backlog.list_issues(1, **question),
        agile.boards.epics.issues.list(1, "ENG-5", **question),
        agile.boards.epics.issues.list_without_epic(1, **question),
        agile.boards.sprints.issues.list(1, 5, **question),
        agile.epics.issues.list("ENG-5", **question),
        agile.epics.issues.list_without_epic(**question),
        agile.sprints.issues.list(5, **question),
    ]
    older: list[Callable[[], Iterable[Any]]] = [
        lambda: agile.boards.issues.list_by_offset(1, **question),
        lambda: agile.boards.backlog.list_issues_by_offset(2, **question),
        lambda: agile.boards.epics.issues.list_by_offset(1, "ENG-5", **question),
        lambda: agile.boards.epics.issues.list_without_epic_by_offset(1, **question),
        lambda: agile.boards.sprints.issues.list_by_offset(1, 5, **question),
        lambda: agile.epics.issues.list_by_offset("ENG-5", **question),
        lambda: agile.epics.issues.list_without_epic_by_offset(**question),
        lambda: agile.sprints.issues.list_by_offset(5, **question),
    ]
    for issues in newer:
        assert list(issues)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for ask in older:
            assert list(ask())
        list(agile.boards.issues.list_by_offset(1, jql="wrong =", validate_query=False))


def sprints(agile: Agile) -> None:
    sprint = agile.sprints.create(name="Next", origin_board_id=1, start_date=START, end_date=END).id
    assert sprint is not None
    issues = [str(issue.key) for issue in agile.boards.backlog.list_issues(1, limit=3)]
    agile.sprints.issues.add(sprint, issues=issues, rank_before_issue="ENG-20")
    agile.sprints.update(5, state="closed")
    agile.sprints.update(sprint, state="active")
    agile.sprints.replace(sprint, name="Next", state="active", start_date=START, end_date=END)
    agile.sprints.get(sprint)
    agile.sprints.swap(sprint, sprint_to_swap_with=6)
    list(agile.boards.sprints.list(1, state=["active", "closed"]))
    agile.sprints.properties.set(sprint, "a", body={"b": 1})
    agile.sprints.properties.set(sprint, "a", body={"b": 2})
    agile.sprints.properties.get(sprint, "a")
    agile.sprints.properties.list(sprint)
    agile.sprints.properties.delete(sprint, "a")
    agile.boards.properties.set(1, "a", body=[1])
    agile.boards.properties.set(1, "a", body=[2])
    agile.boards.properties.get(1, "a")
    agile.boards.properties.list(1)
    agile.boards.properties.delete(1, "a")
    agile.backlog.move_issues(issues=issues)
    agile.boards.backlog.move_issues(1, issues=issues)
    agile.boards.backlog.move_issues(2, issues=["WEB-20", "ENG-20"])
    agile.boards.issues.move_from_backlog(2, issues=["WEB-20", "ENG-20"])
    agile.boards.issues.move_from_backlog(2, issues=["WEB-20"])
    agile.sprints.delete(sprint)


def issues_and_epics(agile: Agile) -> None:
    agile.issues.rank(issues=["ENG-30"], rank_after_issue="ENG-40")
    agile.issues.get("ENG-30", expand="changelog,names,schema,renderedFields,operations,editmeta,transitions")
    agile.issues.set_estimation("ENG-30", board_id=1, value="5")
    agile.issues.get_estimation("ENG-30", board_id=1)
    agile.epics.get("ENG-5")
    agile.epics.update("ENG-5", name="New", summary="A new epic", done=True, color={"key": "color_3"})
    agile.epics.rank("ENG-5", rank_after_epic="ENG-7")
    agile.epics.issues.add("ENG-5", issues=["ENG-30"])
    agile.epics.issues.remove(issues=["ENG-30"])


def test_every_answer_agrees(box: Sandbox, tally: Tally) -> None:
    with box.client(Agile) as agile, box.client(Jira) as jira:
        bugs = jira.filters.create(name="Bugs", jql="issuetype = Bug ORDER BY Rank ASC")
        boards(agile, int(bugs.id or 0))
        lists_of_issues(agile)
        issues_and_epics(agile)
        sprints(agile)
    answered = exchange.agrees(box, tally)
    assert len({name for name in answered if name.startswith("agile.")}) >= 60
