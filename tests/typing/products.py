"""What the checkers make of the other products. Never run: `tests/test_stubs.py` has it checked."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from atlassian_cloud import (
    Agile,
    Assets,
    AsyncAgile,
    AsyncAssets,
    AsyncBitbucket,
    AsyncConfluence,
    AsyncJira,
    AsyncPaginator,
    AsyncServiceManagement,
    Bitbucket,
    ClientCredentials,
    Confluence,
    Jira,
    OAuth,
    Paginator,
    RawResponse,
    ServiceManagement,
    agile,
    assets,
    bitbucket,
    confluence,
    jira,
    service_management,
)
from atlassian_cloud.auth import Token
from typing_extensions import assert_type


class Store:
    """A store of one's own needs no base class."""

    def load(self) -> Token | None:
        return None

    def save(self, token: Token) -> None:
        pass


def construct() -> None:
    assert_type(Jira("acme", "mia@example.com", "token", cloud_id="id"), Jira)
    assert_type(Jira("acme", "mia@example.com", lambda: "token", gateway=True), Jira)
    assert_type(Jira(auth=OAuth("id", "secret", scopes=["read:jira-work"], store=Store())), Jira)
    assert_type(Bitbucket(auth=ClientCredentials("key", "secret")), Bitbucket)
    Jira("acme", "mia@example.com", lambda: 1)  # refused
    Jira(auth=lambda: "token")  # refused
    OAuth("id", "secret", store=dict[str, str]())  # refused
    assert_type(Confluence(site="acme", email="mia@example.com", token="token"), Confluence)
    assert_type(Bitbucket("mia@example.com", "token", workspace="acme"), Bitbucket)
    assert_type(Agile(), Agile)
    assert_type(ServiceManagement(cloud_id="id"), ServiceManagement)
    assert_type(Assets(workspace_id="id"), Assets)
    with Jira("acme") as client:
        assert_type(client, Jira)
        assert_type(client.with_options(timeout=5), Jira)


def of_jira(client: Jira, transition: jira.IssueTransition) -> None:
    assert_type(client.issues, jira.IssuesService)
    assert_type(client.issues.comments, jira.IssuesCommentsService)
    issue = client.issues.get("DEMO-1", fields=["summary"], expand="names")
    assert_type(issue, jira.Issue)
    assert_type(issue.key, str | None)
    assert_type(issue.fields, jira.IssueFields | None)
    assert_type(issue.names, dict[str, str] | None)
    if issue.fields:
        assert_type(issue.fields["customfield_10010"], Any)
        assert_type(issue.fields.created, datetime | None)
        assert_type(issue.fields.status, jira.IssueStatus | None)
    assert_type(client.issues.get(10000), jira.Issue)
    assert_type(client.issues.search(jql="project = DEMO"), Paginator[jira.Issue])
    assert_type([found.key for found in client.issues.search(jql="project = DEMO", limit=5)], list[str | None])
    assert_type(client.issues.search("key = A-1").to_columns(["key"], limit=5), dict[str, list[Any]])
    created = client.issues.create(
        fields={"project": {"key": "DEMO"}, "summary": "A new one"},
        properties=[{"key": "colour", "value": ["red"]}],
        update={"labels": [{"add": "new"}, {"remove": "old"}]},
        history_metadata={"type": "my:type", "actor": {"id": "mia", "displayName": "Mia"}},
    )
    assert_type(created, jira.CreatedIssue)
    assert_type(client.issues.transition("DEMO-1", transition={"id": "31"}), None)
    client.issues.transition("DEMO-1", transition=transition)
    comment = client.issues.comments.add(
        "DEMO-1",
        body={"type": "doc", "version": 1, "content": []},
        visibility={"type": "role", "value": "Administrators"},
    )
    assert_type(comment.created, datetime | None)
    attached = client.issues.attachments.add("DEMO-1", files=[b"raw", ("a.txt", Path("a.txt").read_bytes())])
    assert_type(attached, list[jira.Attachment])
    assert_type(client.issues.attachments.download(10000), bytes)
    versions = client.projects.versions.list("DEMO", order_by="-releaseDate")
    assert_type(versions, Paginator[jira.Version])
    client.projects.versions.list("DEMO", order_by="of a later day")
    assert_type(versions.to_list()[0].release_date, date | None)
    assert_type(client.projects.roles.list("DEMO"), dict[str, str])
    assert_type(client.forms.issues.list("DEMO-1", cloud_id="id"), list[jira.FormSummary])
    assert_type(client.myself.get(), jira.User)


def of_jira_v2(client: Jira) -> None:
    """Other services, the same models."""
    assert_type(client.v2.issues, jira.V2IssuesService)
    assert_type(client.v2.issues.get("DEMO-1"), jira.Issue)
    assert_type(client.v2.issues.comments.add("DEMO-1", body="*wiki* markup"), jira.Comment)


def of_confluence(client: Confluence) -> None:
    page = client.pages.create(
        space_id="65537", title="Notes", status="draft", body={"representation": "storage", "value": "<p>Hello</p>"}
    )
    assert_type(page, confluence.Page)
    assert_type(page.title, str)
    assert_type(page.created_at, datetime | None)
    client.pages.create(space_id="65537", body={"storage": {"representation": "storage", "value": "<p/>"}})
    assert_type(client.pages.list(space_id=[65537], status=["current"]), Paginator[confluence.PageSummary])
    assert_type(client.spaces.list(keys=("DOCS",)).first(), confluence.SpaceSummary | None)
    assert_type(client.pages.delete(1), None)
    assert_type(client.v1.content.search(cql="type = page", expand=["version"]), Paginator[confluence.Content])
    assert_type(client.v1.content.attachments.download("1", "att2"), bytes)
    client.v1.content.attachments.add("1", file=("a.txt", b"raw"), minor_edit=True)


def of_bitbucket(client: Bitbucket) -> None:
    assert_type(client.repositories.list(workspace="acme", role="member"), Paginator[bitbucket.Repository])
    # The client may know the workspace.
    request = client.repositories.pullrequests.create(
        "demo",
        title="New",
        source={"branch": {"name": "topic"}},
        reviewers=[{"uuid": "{1}"}],
        workspace="acme",
    )
    assert_type(request, bitbucket.PullRequest)
    merged = client.repositories.pullrequests.merge("demo", 1, merge_strategy="squash", async_=True)
    assert_type(merged.author, bitbucket.Account | None)
    assert_type(merged.reviewers, list[bitbucket.Account] | None)
    assert_type(client.repositories.pullrequests.get_diff("demo", 1), bytes)
    assert_type(client.repositories.source.get("demo", "main", "src/a.py"), bytes)
    client.repositories.pullrequests.comments.add("demo", 1, content={"raw": "Fine."}, inline={"path": "a.py", "to": 3})


def of_agile(client: Agile) -> None:
    assert_type(client.boards.list(type=["scrum"]), Paginator[agile.Board])
    assert_type(client.boards.issues.list(1, jql="assignee is empty"), Paginator[agile.Issue])
    sprint = client.sprints.create(name="One", origin_board_id=1, start_date=datetime(2026, 11, 23))
    assert_type(sprint, agile.Sprint)
    assert_type(client.sprints.update(1, end_date="2026-12-04T12:00:00Z", state="active").end_date, datetime | None)
    assert_type(client.boards.sprints.list(1), Paginator[agile.Sprint])


def of_service_management(client: ServiceManagement) -> None:
    request = client.requests.create(
        service_desk_id="1", request_type_id="2", request_field_values={"summary": "Help"}, request_participants=["id"]
    )
    assert_type(request, service_management.Request)
    assert_type(client.requests.list(request_status="OPEN_REQUESTS"), Paginator[service_management.Request])
    assert_type(client.requests.comments.add("HELP-1", body="Done.", public=True), service_management.Comment)
    assert_type(client.service_desks.attach_temporary_files(1, files=[b""]), service_management.TemporaryAttachments)
    assert_type(client.ops.alerts.list(from_time=datetime(2026, 11, 23)), Paginator[service_management.OpsAlert])
    client.ops.alerts.create(message="Fire", responders=[{"type": "team", "id": "1"}], priority="P1", cloud_id="id")
    assert_type(client.organizations.users.add(1, account_ids=["id"]), None)


def of_assets(client: Assets) -> None:
    assert_type(client.objects.search(ql_query='Name = "A"'), Paginator[assets.AssetObject])
    made = client.objects.create(
        object_type_id="1",
        attributes=[{"objectTypeAttributeId": "1", "objectAttributeValues": [{"value": "A"}]}],
        workspace_id="id",
    )
    assert_type(made, assets.AssetObject)
    assert_type(made.attributes, list[assets.AssetObjectAttribute] | None)
    assert_type(client.icons.list(), list[assets.AssetIcon])
    assert_type(client.icons.get_image(1), bytes)


def raw(client: Jira, other: Bitbucket) -> None:
    answer = client.with_raw_response.issues.search(jql="project = DEMO")
    assert_type(answer, RawResponse[jira.IssueSearchPage])
    assert_type(client.with_raw_response.v2.issues.get("DEMO-1"), RawResponse[jira.Issue])
    assert_type(other.with_raw_response.repositories.source.get("demo", "main", "a").parse(), bytes)


async def awaiting(
    client: AsyncJira,
    pages: AsyncConfluence,
    code: AsyncBitbucket,
    boards: AsyncAgile,
    desk: AsyncServiceManagement,
    things: AsyncAssets,
) -> None:
    assert_type(client.issues.comments, jira.AsyncIssuesCommentsService)
    assert_type(await client.issues.get("DEMO-1"), jira.Issue)
    assert_type(client.issues.search(jql="project = DEMO"), AsyncPaginator[jira.Issue])
    async for issue in client.issues.search(jql="project = DEMO"):
        assert_type(issue, jira.Issue)
    assert_type(await client.issues.attachments.download(1), bytes)
    assert_type(await client.with_raw_response.issues.get("DEMO-1"), RawResponse[jira.Issue])
    assert_type(await pages.pages.create(space_id="1", body={"value": "<p/>"}), confluence.Page)
    assert_type(await pages.pages.list().to_list(), list[confluence.PageSummary])
    assert_type(await code.repositories.pullrequests.merge("demo", 1), bitbucket.PullRequest)
    assert_type(await code.repositories.list().first(), bitbucket.Repository | None)
    assert_type(boards.boards.list(), AsyncPaginator[agile.Board])
    assert_type(await desk.requests.get("HELP-1"), service_management.Request)
    assert_type([alert async for alert in desk.ops.alerts.list()], list[service_management.OpsAlert])
    assert_type(await things.objects.get(1), assets.AssetObject)
