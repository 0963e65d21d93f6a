"""Searches, saved filters and what editors of JQL ask: every answer agrees with Atlassian's document."""

from __future__ import annotations

from typing import Any

import pytest
from atlassian_cloud import BadRequestError, GoneError, Jira
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS),
    pytest.mark.filterwarnings("ignore:.*is deprecated by Atlassian"),
]

QUERIES = [
    "project = ENG AND NOT (status in (Done, 'To Do') OR assignee is EMPTY) ORDER BY created DESC, key",
    "assignee = currentUser() AND issue.property[review].score >= 5 AND summary !~ invoice",
    "status WAS NOT IN (Done) BEFORE -7d",
    "status CHANGED FROM 'To Do' TO Done BY currentUser()",
    "foo = 1",
    "project =",
]


@pytest.mark.parametrize("version", ["v3", "v2"])
def test_searches(box: Sandbox, tally: Tally, version: str) -> None:
    with box.client(Jira) as client:
        jira: Any = client if version == "v3" else client.v2
        assert len(list(jira.issues.search(jql="project = OPS ORDER BY key", page_size=25))) == 60
        everything = "names,schema,renderedFields,changelog"
        for jql in ("key in (ENG-12, HELP-8, OPS-12, WEB-8)", "type = Epic", "sprint in openSprints()"):
            assert list(jira.issues.search(jql=jql, fields=["*all"], expand=everything, properties=["review"]))
        assert list(jira.issues.search_with_body(jql="project = HELP", fields=["*navigable", "-comment"], page_size=20))
        assert jira.issues.count(jql="project = ENG").count == 260
        matched = jira.issues.match(issue_ids=[11001, 11002, 11500], jqls=["project = ENG", "foo = 1"])
        assert [match.matched_issues for match in matched.matches] == [[11001, 11002], []]
        assert jira.issues.pick(query="timeout", current_jql="project = ENG", current_issue_key="ENG-12")
        with pytest.raises(BadRequestError):
            jira.issues.count(jql="ORDER BY key")
        for old in (jira.issues.search_by_offset, jira.issues.search_by_offset_with_body):
            with pytest.raises(GoneError):
                list(old(jql="project = ENG"))
    assert len(exchange.agrees(box, tally)) == 5


@pytest.mark.parametrize("version", ["v3", "v2"])
def test_editors(box: Sandbox, tally: Tally, version: str) -> None:
    with box.client(Jira) as client:
        jql: Any = client.jql if version == "v3" else client.v2.jql
        strict = jql.parse(queries=QUERIES, validation="strict").queries
        assert [bool(query.errors) for query in strict] == [False, False, True, True, True, True]
        if version == "v3":  # The document of version 2 is older than warnings.
            warned = jql.parse(queries=QUERIES, validation="warn").queries
            assert [bool(query.warnings) for query in warned] == [False, False, True, True, True, False]
        loose = jql.parse(queries=QUERIES, validation="none").queries
        assert [query.structure is not None for query in loose] == [True] * 5 + [False]
        changed = loose[3].to_dict()["structure"]["where"]
        assert [predicate["operator"] for predicate in changed["predicates"]] == ["from", "to", "by"]
        jql.sanitize(queries=[{"query": "project = ENG", "accountId": box.accounts.active}, {"query": "project ="}])
        for reference in (jql.get_reference_data(), jql.get_reference_data_for_projects(project_ids=[10002])):
            assert {"status", "Budget"} <= {field.value for field in reference.visible_field_names}
            assert "currentUser()" in {function.value for function in reference.visible_function_names}
        only = {field.value for field in jql.get_reference_data_for_projects(project_ids=[10002]).visible_field_names}
        assert "Story Points" not in only
        assert [one.value for one in jql.suggest(field_name="status", field_value="in ").results or []] == [
            "In Progress",
            "In Review",
        ]
        assert jql.suggest(field_name="status", predicate_name="by", predicate_value="vera").results
        assert jql.suggest().results == []
    exchange.agrees(box, tally)


@pytest.mark.parametrize("version", ["v3", "v2"])
def test_filters(box: Sandbox, tally: Tally, version: str) -> None:
    with box.client(Jira) as client:
        filters: Any = client.filters if version == "v3" else client.v2.filters
        made = filters.create(
            name="Mine", jql="project = ENG", share_permissions=[{"type": "project", "projectId": "10000"}]
        )
        for wrong in ({"name": "mine", "jql": "project = ENG"}, {"name": "Other", "jql": "foo = 1"}, {"name": " "}):
            with pytest.raises(BadRequestError):
                filters.create(**wrong)
        assert filters.update(made.id, name="Still mine", description="Changed").jql == "project = ENG"
        filters.update(
            made.id, name="Still mine", edit_permissions=[{"type": "user", "user": {"accountId": box.accounts.active}}]
        )
        assert filters.get(made.id, expand="sharedUsers,subscriptions").name == "Still mine"
        assert filters.add_favourite(made.id).favourite is True
        assert made.id in {one.id for one in filters.list_favourites()}
        assert filters.remove_favourite(made.id).favourite is False
        assert made.id in {one.id for one in filters.list_mine()}
        expand = "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,subscriptions"
        (found,) = filters.search(filter_name="STILL", expand=expand)
        assert found.jql == "project = ENG"
        names = [one.name for one in filters.search(order_by="-name", page_size=2)]
        assert names == sorted(names, key=str.lower, reverse=True)
        assert "Vera's notes" not in names
        assert "Still mine" in {one.name for one in filters.search(project_id=10000)}
        filters.columns.get(made.id)
        filters.columns.set(made.id, columns=["summary", "customfield_10016"])
        assert [column.label for column in filters.columns.get(made.id)] == ["Summary", "Story Points"]
        with pytest.raises(BadRequestError):
            filters.columns.set(made.id, columns=["nothing"])
        filters.columns.reset(made.id)
        assert len(filters.columns.get(made.id)) > 2
        for share in (
            {"type": "group", "group_id": box.groups.engineering},
            {"type": "projectRole", "project_id": "10000", "project_role_id": "10002"},
            {"type": "user", "account_id": box.accounts.active},
        ):
            shares = filters.sharing.add(made.id, **share)
        assert [share.type for share in shares] == ["project", "group", "projectRole", "user"]
        assert filters.sharing.get(made.id, shares[1].id).group.name == "engineering"
        filters.sharing.remove(made.id, shares[1].id)
        assert len(filters.sharing.list(made.id)) == 3
        filters.sharing.set_default_scope(scope="AUTHENTICATED")
        assert filters.sharing.get_default_scope().scope == "AUTHENTICATED"
        shared = filters.create(name="For all", jql="project = WEB")
        assert [share.type for share in shared.share_permissions] == ["authenticated"]
        filters.change_owner(shared.id, account_id=box.accounts.active)
        with pytest.raises(BadRequestError):
            filters.delete(shared.id)
        filters.delete(made.id)
        with pytest.raises(BadRequestError):
            filters.get(made.id)
        with pytest.raises(BadRequestError):
            filters.get(10705)
    exchange.agrees(box, tally)


def test_what_changes_is_found(box: Sandbox) -> None:
    with box.client(Jira) as jira:
        made = jira.issues.create(
            fields={"project": {"key": "OPS"}, "issuetype": {"id": "10003"}, "summary": "Paint the zebra crossing"}
        )
        query = "project = OPS AND summary ~ zebra"
        assert [issue.id for issue in jira.issues.search(jql=query)] == [made.id]
        jira.issues.update(str(made.key), fields={"summary": "Paint the fence"})
        assert jira.issues.count(jql=query).count == 0


def test_tokens_end_and_belong_to_their_query(box: Sandbox) -> None:
    with box.client(Jira) as jira:
        pages = jira.issues.search(jql="project = OPS", page_size=10)
        next(pages.pages())
        token = pages.cursor
        assert token
        assert len(list(jira.issues.search(jql="project = OPS", page_size=10, cursor=token))) == 50
        with pytest.raises(BadRequestError, match="another query"):
            list(jira.issues.search(jql="project = ENG", cursor=token))
        with pytest.raises(BadRequestError, match="not valid"):
            list(jira.issues.search(jql="project = OPS", cursor="nonsense"))
        box.advance(days=8)
        with pytest.raises(BadRequestError, match="expired"):
            list(jira.issues.search(jql="project = OPS", page_size=10, cursor=token))
