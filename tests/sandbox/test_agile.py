"""Boards, sprints, epics and ranks of the sandbox, through the clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from atlassian_cloud import Agile, AsyncAgile, BadRequestError, Jira, NotFoundError
from atlassian_cloud.sandbox import Sandbox


@pytest.fixture
def agile(box: Sandbox) -> Iterator[Any]:
    with box.client(Agile) as client:
        yield client


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Any]:
    with box.client(Jira) as client:
        yield client


def keys(issues: Iterable[Any]) -> list[str]:
    return [str(issue.key) for issue in issues]


def found(jira: Any, jql: str) -> list[str]:
    return keys(jira.issues.search(jql=jql, fields=["key"]))


def last_change(jira: Any, key: str) -> tuple[str, str]:
    item = list(jira.issues.changelogs.list(key))[-1].items[-1]
    return item.field, item.to_string


def test_boards_are_found_by_name_type_project_and_filter(agile: Any) -> None:
    def names(**question: object) -> list[str]:
        return [board.name for board in agile.boards.list(**question)]

    assert names() == ["ENG board", "WEB board"]
    assert names(order_by="-name") == ["WEB board", "ENG board"]
    assert names(name="web") == ["WEB board"]
    assert names(type=["scrum"]) == ["ENG board"]
    assert names(project_key_or_id="WEB") == ["WEB board"]
    assert names(project_location="ENG") == ["ENG board"]
    assert names(project_location="ENG", negate_location_filtering=True) == ["WEB board"]
    assert names(filter_id=agile_filter(agile, 2)) == ["WEB board"]
    assert names(page_size=1) == ["ENG board", "WEB board"]
    with pytest.raises(BadRequestError, match="NOWHERE"):
        names(project_key_or_id="NOWHERE")
    with pytest.raises(NotFoundError):
        agile.boards.get(99)


def agile_filter(agile: Any, board: int) -> int:
    return int(agile.boards.get_configuration(board).filter.id)


def test_a_board_is_made_from_a_filter(agile: Any, jira: Any) -> None:
    bugs = jira.filters.create(name="Bugs of ENG", jql="project = ENG AND issuetype = Bug ORDER BY Rank ASC")
    board = agile.boards.create(
        name="Bugs", type="kanban", filter_id=int(bugs.id), location={"type": "project", "projectKeyOrId": "ENG"}
    )
    assert board.location.project_key == "ENG"
    assert [column.name for column in agile.boards.get_configuration(board.id).column_config.columns] == [
        "To Do",
        "In Progress",
        "Done",
    ]
    assert sorted(keys(agile.boards.issues.list(board.id))) == sorted(found(jira, "project = ENG AND issuetype = Bug"))
    assert [one.id for one in agile.boards.list_by_filter(bugs.id)] == [board.id]
    agile.boards.delete(board.id)
    with pytest.raises(NotFoundError):
        agile.boards.get(board.id)
    with pytest.raises(BadRequestError, match="filter"):
        agile.boards.create(name="Nothing", type="scrum", filter_id=99)


# The older listing warns once per process, wherever it is called first.
@pytest.mark.filterwarnings("ignore:.*boards.issues.list_by_offset is deprecated by Atlassian")
def test_what_stands_on_a_board(agile: Any, jira: Any) -> None:
    on_board = keys(agile.boards.issues.list(1))
    assert sorted(on_board) == sorted(found(jira, "project = ENG AND issuetype != Epic"))
    # By rank, which is the order in which they were made.
    assert on_board == sorted(on_board, key=lambda key: int(key.split("-")[1]))
    assert keys(agile.boards.issues.list_by_offset(1, page_size=30)) == on_board
    assert agile.boards.issues.count(1).count == len(on_board) == 250
    narrowed = "assignee is EMPTY ORDER BY created DESC"
    assert keys(agile.boards.issues.list(1, jql=narrowed)) == found(
        jira, f"project = ENG AND issuetype != Epic AND {narrowed}"
    )
    backlog = set(keys(agile.boards.backlog.list_issues(1)))
    assert backlog == set(
        found(
            jira,
            "project = ENG AND issuetype != Epic AND statusCategory != Done"
            " AND (sprint is EMPTY OR sprint not in openSprints() AND sprint not in futureSprints())",
        )
    )
    with pytest.raises(BadRequestError):
        list(agile.boards.issues.list(1, jql="nonsense ="))
    assert list(agile.boards.issues.list(1, jql="nonsense =", validate_query=False)) == []


def test_an_issue_has_the_fields_of_agile(agile: Any) -> None:
    issue = agile.issues.get(keys(agile.sprints.issues.list(5))[0])
    fields = issue.fields
    assert fields["sprint"]["name"] == "ENG Sprint 5"
    assert fields["flagged"] is False
    assert "epic" in fields
    assert list(agile.issues.get(issue.key, fields=["summary", "epic"]).fields) == ["summary", "epic"]


def test_the_life_of_a_sprint(agile: Any, jira: Any) -> None:
    start = datetime.now(timezone.utc)
    sprint = agile.sprints.create(name="  Next  ", origin_board_id=1, goal="All green")
    assert (sprint.name, sprint.state, sprint.goal) == ("Next", "future", "All green")
    with pytest.raises(BadRequestError, match="start date"):
        agile.sprints.update(sprint.id, state="active")
    agile.sprints.update(sprint.id, start_date=start, end_date=start + timedelta(days=14))
    with pytest.raises(BadRequestError, match="active"):
        agile.sprints.update(sprint.id, state="active")
    with pytest.raises(BadRequestError, match="closed"):
        agile.sprints.update(sprint.id, state="closed")
    assert agile.sprints.update(5, state="closed").complete_date is not None
    assert agile.sprints.update(sprint.id, state="active").goal == "All green"

    waiting = keys(agile.boards.backlog.list_issues(1))[:3]
    agile.sprints.issues.add(sprint.id, issues=waiting)
    assert set(waiting) <= set(keys(agile.sprints.issues.list(sprint.id)))
    assert set(waiting) <= set(found(jira, f"sprint = {sprint.id}"))
    assert last_change(jira, waiting[0])[0] == "Sprint"
    agile.backlog.move_issues(issues=waiting[:1])
    assert waiting[0] not in keys(agile.sprints.issues.list(sprint.id))
    assert waiting[0] in keys(agile.boards.backlog.list_issues(1))

    with pytest.raises(BadRequestError, match="closed"):
        agile.sprints.issues.add(1, issues=waiting)
    renamed = agile.sprints.update(1, name="Old", end_date="2030-01-01T00:00:00.000Z")
    assert renamed.name == "Old"
    assert renamed.end_date.year < 2030
    assert agile.sprints.replace(sprint.id, name="Bare").goal == ""
    agile.sprints.delete(sprint.id)
    with pytest.raises(NotFoundError):
        agile.sprints.get(sprint.id)
    assert waiting[1] in keys(agile.boards.backlog.list_issues(1))


def test_sprints_stand_in_the_order_of_state_and_place(agile: Any) -> None:
    later = agile.sprints.create(name="Later", origin_board_id=1).id
    assert [sprint.id for sprint in agile.boards.sprints.list(1)] == [1, 2, 3, 4, 5, 6, later]
    agile.sprints.swap(6, sprint_to_swap_with=later)
    assert [sprint.id for sprint in agile.boards.sprints.list(1, state=["future"])] == [later, 6]
    with pytest.raises(BadRequestError, match="scrum"):
        list(agile.boards.sprints.list(2))
    with pytest.raises(BadRequestError, match="30"):
        agile.sprints.create(name="x" * 31, origin_board_id=1)


def test_ranks_order_boards_and_searches_alike(agile: Any, jira: Any) -> None:
    first, second, *_, last = keys(agile.boards.issues.list(1))
    assert agile.issues.rank(issues=[last], rank_before_issue=second) is None
    assert keys(agile.boards.issues.list(1))[:3] == [first, last, second]
    assert last_change(jira, last) == ("Rank", "Ranked higher")
    assert found(jira, "project = ENG AND issuetype != Epic ORDER BY Rank ASC")[:3] == [first, last, second]
    agile.issues.rank(issues=[first, last], rank_after_issue=second)
    assert keys(agile.boards.issues.list(1))[:3] == [second, first, last]
    with pytest.raises(BadRequestError):
        agile.issues.rank(issues=[first])
    with pytest.raises(BadRequestError, match="50"):
        agile.issues.rank(issues=[first] * 51, rank_before_issue=second)


def test_kanban_boards_keep_a_backlog(agile: Any) -> None:
    waiting = keys(agile.boards.backlog.list_issues(2))
    assert waiting
    assert agile.boards.issues.move_from_backlog(2, issues=waiting[:1]) is None
    assert keys(agile.boards.backlog.list_issues(2)) == waiting[1:]
    result = agile.boards.backlog.move_issues(2, issues=[waiting[0], "ENG-20"])
    assert [(entry.issue_key, entry.status) for entry in result.entries] == [(waiting[0], 200), ("ENG-20", 400)]
    assert keys(agile.boards.backlog.list_issues(2)) == waiting


def test_epics_and_what_belongs_to_them(agile: Any, jira: Any) -> None:
    epics = list(agile.boards.epics.list(1))
    assert len(epics) == 10
    done = [epic.key for epic in agile.boards.epics.list(1, done=True)]
    assert done == found(jira, "issuetype = Epic AND project = ENG AND statusCategory = Done ORDER BY Rank ASC")
    epic = agile.epics.update("ENG-5", name="Faster", done=True, color={"key": "color_7"})
    assert (epic.name, epic.done, epic.color.key) == ("Faster", True, "color_7")
    assert last_change(jira, "ENG-5")[1] == "Faster"
    alone = keys(agile.epics.issues.list_without_epic(jql="project = ENG AND issuetype = Bug"))[0]
    agile.epics.issues.add("ENG-5", issues=[alone])
    assert alone in keys(agile.epics.issues.list("ENG-5"))
    assert alone in found(jira, "parent = ENG-5")
    assert alone in keys(agile.boards.epics.issues.list(1, epic.id))
    agile.epics.issues.remove(issues=[alone])
    assert alone in keys(agile.boards.epics.issues.list_without_epic(1))
    agile.epics.rank("ENG-5", rank_before_epic="ENG-1")
    assert [epic.key for epic in agile.boards.epics.list(1)][:2] == ["ENG-5", "ENG-1"]
    with pytest.raises(NotFoundError):
        agile.epics.get("WEB-1")
    with pytest.raises(BadRequestError):
        agile.epics.issues.add("ENG-5", issues=["ENG-6"])


def test_estimates_are_those_of_jira(agile: Any, jira: Any) -> None:
    key = keys(agile.boards.issues.list(1))[0]
    assert agile.issues.set_estimation(key, board_id=1, value="8").value == "8.0"
    assert agile.issues.get_estimation(key, board_id=1).field_id == "customfield_10016"
    assert key in found(jira, '"Story Points" = 8')
    with pytest.raises(BadRequestError):
        agile.issues.set_estimation(key, board_id=1, value="many")
    with pytest.raises(NotFoundError, match="board"):
        agile.issues.get_estimation("WEB-20", board_id=1)


def test_properties_features_filters_projects_and_versions(agile: Any) -> None:
    for kind, number in ((agile.boards, 1), (agile.sprints, 5)):
        kind.properties.set(number, "colour", body={"name": "red"})
        assert kind.properties.get(number, "colour").value == {"name": "red"}
        assert [one.key for one in kind.properties.list(number).keys] == ["colour"]
        kind.properties.delete(number, "colour")
        with pytest.raises(NotFoundError):
            kind.properties.get(number, "colour")
    agile.boards.features.toggle(1, feature="REPORTS", enabling=False)
    states = {one.board_feature: one.state for one in agile.boards.features.list(1).features}
    assert (states["REPORTS"], states["BACKLOG"]) == ("DISABLED", "ENABLED")
    assert [one.name for one in agile.boards.quick_filters.list(1)] == ["Only my issues", "Bugs"]
    assert agile.boards.quick_filters.get(1, 12).jql == "issuetype = Bug"
    assert [one.key for one in agile.boards.projects.list(1)] == ["ENG"]
    assert [one.name for one in agile.boards.versions.list(1, released=False)] == ["2.0", "2.1"]


async def sprint_of_today(box: Sandbox) -> int:
    client: Any = box.client(AsyncAgile)
    async with client as agile:
        sprint = await agile.sprints.create(name="Async", origin_board_id=1)
        waiting = [issue.key async for issue in agile.boards.backlog.list_issues(1, limit=2)]
        await agile.sprints.issues.add(sprint.id, issues=waiting)
        assert [issue.key async for issue in agile.sprints.issues.list(sprint.id)] == waiting
    return len(waiting)


def test_the_same_without_blocking(box: Sandbox) -> None:
    assert asyncio.run(sprint_of_today(box)) == 2
