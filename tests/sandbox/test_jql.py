"""JQL over the demo site: what queries find, their order, their pages, and what is refused."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import BadRequestError, GoneError, Jira
from atlassian_cloud.sandbox import Sandbox
from jql_cases import CASES, ORDERS, REFUSED, Case, Issue, Key, Site


@pytest.fixture(scope="module")
def own_box() -> Iterator[Sandbox]:
    """One box for all questions: they change nothing."""
    with Sandbox() as box:
        yield box


@pytest.fixture(scope="module")
def jira(own_box: Sandbox) -> Iterator[Jira]:
    with own_box.client(Jira) as client:
        yield client


def people(entries: list[Any]) -> set[str]:
    return {entry.account_id for entry in entries}


@pytest.fixture(scope="module")
def site(jira: Jira, own_box: Sandbox) -> Site:
    """Every issue of the site, found by the ids that its keys have rather than by the search under test."""
    sizes = {"ENG": 260, "WEB": 120, "OPS": 60, "HELP": 60}
    issues = {}
    for project, size in sizes.items():
        for number in range(1, size + 1):
            key = f"{project}-{number}"
            raw = jira.issues.get(key, fields=["*all"], expand="changelog", properties=["*all"]).to_dict()
            watchers = people(list(jira.issues.watchers.get(key).watchers or []))
            voters = people(list(jira.issues.votes.get(key).voters or []))
            issues[key] = Issue(raw, watchers, voters)
    groups = {
        name: people(list(jira.groups.members.list(groupname=name, include_inactive_users=True)))
        for name in ("engineering", "design")
    }
    sprints = {sprint["id"]: sprint["state"] for issue in issues.values() for sprint in issue.sprints}
    return Site(groups, sprints, issues)


def found(jira: Jira, jql: str, **options: Any) -> list[str]:
    return [issue.key or "" for issue in jira.issues.search(jql=jql, fields=["key"], **options)]


@pytest.mark.parametrize("case", CASES, ids=[case.jql for case in CASES])
def test_finds(jira: Jira, site: Site, case: Case) -> None:
    keys = found(jira, case.jql, page_size=5000)
    expected = {key for key, issue in site.issues.items() if case.condition(issue, site)}
    assert len(keys) == len(set(keys))
    assert set(keys) == expected
    if case.count is not None:
        assert len(keys) == case.count
    if case.some:
        assert 0 < len(keys) < len(site.issues)


@pytest.mark.parametrize(("jql", "parts"), REFUSED, ids=[jql for jql, _ in REFUSED])
def test_refuses(jira: Jira, jql: str, parts: list[str]) -> None:
    with pytest.raises(BadRequestError) as refused:
        found(jira, jql)
    assert refused.value.status == 400
    said = "\n".join(message.text for message in refused.value.messages)
    for part in parts:
        assert part in said


def test_every_fault_has_a_message_of_its_own(jira: Jira) -> None:
    with pytest.raises(BadRequestError) as refused:
        found(jira, "project = NOPE AND foo = 1 AND status was Done")
    assert len(refused.value.messages) == 3


@pytest.mark.parametrize(("jql", "keys"), ORDERS, ids=[jql for jql, _ in ORDERS])
def test_orders(jira: Jira, site: Site, jql: str, keys: list[tuple[Key, bool]]) -> None:
    in_order = found(jira, jql, page_size=5000)
    issues = [site.issues[key] for key in in_order]
    assert len(issues) > 5

    def compare(left: Issue, right: Issue) -> int:
        for key, descending in keys:
            one, other = key(left), key(right)
            if one == other:
                continue
            later = one is None or (other is not None and one > other)
            return 1 if later != descending else -1
        return right.id - left.id

    assert issues == sorted(issues, key=functools.cmp_to_key(compare))
    # Pages of seven are the same, in the same order.
    assert found(jira, jql, page_size=7) == in_order


def test_at_least_150_queries() -> None:
    assert len(CASES) + len(ORDERS) + len(REFUSED) >= 150
    assert len({case.jql for case in CASES}) == len(CASES)


def test_pages_by_token(jira: Jira, own_box: Sandbox) -> None:
    pages = list(jira.issues.search(jql="project = OPS ORDER BY key", page_size=25).pages())
    assert [len(page) for page in pages] == [25, 25, 10]
    asked = [request for request in own_box.exchanges if "/search/jql" in request.path][-3:]
    bodies = [request.response_body.decode() for request in asked if request.response_body]
    assert ['"isLast":true' in body.replace(" ", "") for body in bodies] == [False, False, True]
    assert ["nextPageToken" in body for body in bodies] == [True, True, False]


def test_ids_alone_unless_fields_are_asked_for(jira: Jira) -> None:
    (only,) = jira.issues.search(jql="key = ENG-12")
    assert only.to_dict() == {"id": "11012"}
    (more,) = jira.issues.search(jql="key = ENG-12", fields=["summary", "status"])
    assert more.key == "ENG-12"
    assert set(more.fields or {}) == {"summary", "status"}


def test_pages_with_fields_are_shorter(jira: Jira) -> None:
    bare = jira.issues.search(jql="project is not EMPTY", page_size=5000)
    assert [len(page) for page in bare.pages()] == [500]
    full = jira.issues.search(jql="project is not EMPTY", fields=["summary"], page_size=5000)
    assert [len(page) for page in full.pages()] == [100] * 5


def test_names_and_schema_stand_beside_the_issues(jira: Jira, own_box: Sandbox) -> None:
    list(jira.issues.search(jql="key = ENG-12", fields=["summary", "customfield_10016"], expand="names,schema"))
    raw = json.loads(own_box.exchanges[-1].response_body or b"")
    assert raw["names"] == {"summary": "Summary", "customfield_10016": "Story Points"}
    assert raw["schema"]["customfield_10016"]["type"] == "number"
    assert "names" not in raw["issues"][0]


def test_second_version_has_texts_in_place_of_documents(jira: Jira) -> None:
    (third,) = jira.issues.search(jql="key = ENG-204", fields=["description"])
    (second,) = jira.v2.issues.search(jql="key = ENG-204", fields=["description"])
    assert third.to_dict()["fields"]["description"]["type"] == "doc"
    assert second.to_dict()["fields"]["description"] == "The audit log should be better by the next release."
    assert [issue.id for issue in jira.v2.issues.search(jql="sprint in openSprints() ORDER BY Rank")] == [
        issue.id for issue in jira.issues.search(jql="sprint in openSprints() ORDER BY Rank")
    ]


def test_bodies_ask_like_addresses(jira: Jira) -> None:
    jql = "project = ENG AND type = Bug ORDER BY key"
    by_body = [issue.id for issue in jira.issues.search_with_body(jql=jql, page_size=7)]
    assert by_body == [issue.id for issue in jira.issues.search(jql=jql)]
    assert jira.issues.count(jql=jql).count == len(by_body)


@pytest.mark.filterwarnings("ignore:.*is deprecated by Atlassian")
def test_the_old_search_is_gone(jira: Jira) -> None:
    with pytest.raises(GoneError, match="CHANGE-2046"):
        list(jira.issues.search_by_offset(jql="project = ENG"))
