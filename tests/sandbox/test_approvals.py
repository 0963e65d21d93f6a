"""Requests that must be approved, and what the fields of a help desk show of them in Jira."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import BadRequestError, ConflictError, Confluence, Jira, ServiceManagement
from atlassian_cloud.sandbox import Sandbox


@pytest.fixture
def desk(box: Sandbox) -> Iterator[Any]:
    with box.client(ServiceManagement) as client:
        yield client


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Any]:
    with box.client(Jira) as client:
        yield client


def access(desk: Any) -> str:
    values = {"summary": "The vault", "description": "For the audit"}
    request = desk.requests.create(service_desk_id="1", request_type_id="3", request_field_values=values)
    assert request.current_status.status == "Waiting for approval"
    return str(request.issue_key)


def moves(jira: Any, key: str) -> list[tuple[str, str]]:
    items = [item.to_dict() for change in jira.issues.changelogs.list(key) for item in change.items]
    return [(item["fromString"], item["toString"]) for item in items if item["field"] == "status"]


def found(jira: Any, jql: str) -> list[str]:
    return [str(issue.key) for issue in jira.issues.search(jql=jql, fields=["key"])]


@pytest.mark.parametrize(
    ("decision", "status", "resolution"),
    [("approve", "Waiting for support", None), ("decline", "Resolved", "Won't Do")],
)
def test_the_decision_makes_the_transition(desk: Any, jira: Any, decision: str, status: str, resolution: str) -> None:
    key = access(desk)
    (approval,) = desk.requests.approvals.list(key)
    assert list(desk.requests.transitions.list(key)) == []
    assert jira.issues.transitions.list(key).transitions == []
    for transition in ("11", "51"):
        with pytest.raises(BadRequestError):
            jira.issues.transition(key, transition={"id": transition})
    assert moves(jira, key) == []
    desk.requests.approvals.answer(key, approval.id, decision=decision)
    assert moves(jira, key) == [("Waiting for approval", status)]
    fields = jira.issues.get(key).fields
    assert fields["status"]["name"] == status
    assert (fields["resolution"] or {}).get("name") == resolution
    with pytest.raises(ConflictError):
        desk.requests.approvals.answer(key, approval.id, decision="approve")
    assert {one.name for one in desk.requests.transitions.list(key)} >= {"Resolve" if resolution is None else "Reopen"}


def test_a_request_that_jira_makes_waits_for_its_approval_too(desk: Any, jira: Any) -> None:
    made = jira.issues.create(
        fields={
            "project": {"key": "HELP"},
            "issuetype": {"name": "Change"},
            "summary": "New switch",
            "customfield_10010": "4",
        }
    )
    (approval,) = desk.requests.approvals.list(made.key)
    assert approval.final_decision == "pending"
    assert jira.issues.transitions.list(made.key).transitions == []
    with pytest.raises(BadRequestError, match="customfield_10010"):
        jira.issues.update(made.key, fields={"customfield_10010": "999"})


def test_whatever_waits_in_the_demo_site_has_an_approval_pending(desk: Any, jira: Any) -> None:
    waiting = found(jira, 'project = HELP AND status = "Waiting for approval"')
    assert len(waiting) > 3
    kinds = {desk.requests.get(key).request_type_id for key in waiting}
    assert kinds == {"3", "4"}
    assert sorted(waiting) == sorted(found(jira, "approvals = pending()"))
    assert sorted(waiting) == sorted(found(jira, "approvals = myPending()"))
    decided = found(jira, "approvals = approved()")
    assert len(decided) > 5
    assert not set(decided) & set(waiting)
    mine = {*waiting, *decided}
    assert set(found(jira, f'approvals = approver("{desk_admin(jira)}")')) == mine
    assert set(found(jira, "approvals = myApproval()")) == mine
    assert set(found(jira, f'approvals = pendingBy("{desk_admin(jira)}")')) == set(waiting)
    for jql in ("approvals = pending", "approvals = pendingBy(nobody)", "approvals > pending()", "status = pending()"):
        with pytest.raises(BadRequestError):
            found(jira, jql)


def desk_admin(jira: Any) -> str:
    return str(jira.myself.get().account_id)


def test_fields_of_the_desk_are_objects(desk: Any, jira: Any) -> None:
    key = access(desk)
    names = ["customfield_10010", "customfield_10003", "customfield_10002"]
    fields = jira.issues.get(key, fields=names).fields
    kind = fields["customfield_10010"]
    assert (kind["requestType"]["id"], kind["requestType"]["name"]) == ("3", "Request access")
    assert kind["currentStatus"]["status"] == "Waiting for approval"
    assert kind["_links"]["agent"].endswith(f"/browse/{key}")
    (approval,) = fields["customfield_10003"]
    assert (approval["finalDecision"], approval["canAnswerApproval"]) == ("pending", True)
    assert approval["approvers"][0]["approverDecision"] == "pending"
    assert fields["customfield_10002"] is None
    (globex,) = jira.issues.get("HELP-8", fields=names).fields["customfield_10002"]
    assert (globex["id"], globex["name"]) == ("1", "Globex")
    assert globex["_links"]["self"].endswith("/rest/servicedeskapi/organization/1")
    plain = jira.issues.get("HELP-1", fields=names).fields
    assert plain["customfield_10003"] is None
    # What is no request has no type.
    made = jira.issues.create(fields={"project": {"key": "HELP"}, "issuetype": {"name": "Incident"}, "summary": "a"})
    assert jira.issues.get(made.key, fields=names).fields["customfield_10010"] is None


def test_goals_are_fields_and_can_be_asked_for(box: Sandbox, desk: Any, jira: Any) -> None:
    ids = {field.name: field.id for field in jira.fields.list()}
    resolution, response = ids["Time to resolution"], ids["Time to first response"]
    values = {"summary": "Fire", "description": "Smoke"}
    request = desk.requests.create(service_desk_id="1", request_type_id="2", request_field_values=values)
    key = str(request.issue_key)
    goal = jira.issues.get(key, fields=[resolution]).fields[resolution]
    assert goal["name"] == "Time to resolution"
    assert goal["ongoingCycle"]["goalDuration"]["friendly"] == "48h 0m"
    assert resolution not in jira.issues.get("ENG-20").fields.to_dict()

    def states(field: str) -> set[str]:
        words = ("running", "paused", "completed", "breached", "everbreached")
        return {word for word in words if found(jira, f'key = {key} AND "{field}" = {word}()')}

    assert states("Time to first response") == {"running"}
    box.advance(hours=5)
    assert states("Time to first response") == {"running", "breached", "everbreached"}
    assert states("Time to resolution") == {"running"}
    desk.requests.transitions.perform(key, id="11")
    assert states("Time to resolution") == {"paused"}
    desk.requests.transitions.perform(key, id="41")
    assert states("Time to resolution") == {"completed"}
    assert states("Time to first response") == {"completed", "everbreached", "breached"}
    assert jira.issues.get(key, fields=[response]).fields[response]["completedCycles"][0]["breached"]
    with pytest.raises(BadRequestError, match="cannot be set"):
        jira.issues.update(key, fields={resolution: "1h"})


def test_articles_are_pages(box: Sandbox, desk: Any) -> None:
    with box.client(Confluence) as confluence:
        articles = list(desk.knowledge_base.search(query=""))
        assert len(articles) >= 4
        for article in articles:
            page = confluence.pages.get(article.source["pageId"])
            assert page.title == article.title
            assert page.space_id == str(box.confluence.documentation)
            (hit,) = confluence.v1.search.content(cql=f'title = "{article.title}" AND space = DOCS')
            assert hit.content.id == article.source["pageId"]
