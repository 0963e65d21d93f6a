"""Mistakes with the other products that the checkers must find. Each faulty line ends in `# refused`; no other line may be reported."""

from __future__ import annotations

from atlassian_cloud import (
    Agile,
    Assets,
    AsyncJira,
    Bitbucket,
    Confluence,
    Jira,
    Paginator,
    ServiceManagement,
    agile,
    jira,
)


def of_jira(client: Jira) -> None:
    client.issues.get()  # refused
    client.issues.get(issue="DEMO-1")  # refused
    client.issues.search("project = DEMO", ["summary"])  # refused
    client.issues.search(jql="project = DEMO", fields=[1])  # refused
    print(client.issues.search(jql="project = DEMO")[0])  # refused
    client.issues.search(jql="project = DEMO").to_columns("key")  # refused
    client.issues.search(jql="project = DEMO").to_columns({"key": 1})  # refused
    client.issues.search(jql="project = DEMO").to_columns(["key"], 5)  # refused
    client.issues.create(fields=["summary"])  # refused
    client.issues.create(properties=[{"name": "colour"}])  # refused
    client.issues.create(history_metadata={"actor": {"displayname": "Mia"}})  # refused
    client.issues.create(update={"labels": [{"put": "new"}]})  # refused
    client.issues.transition("DEMO-1", transition="31")  # refused
    client.issues.attachments.add("DEMO-1", files=b"raw")  # refused
    client.issues.attachments.add("DEMO-1", files=["a.txt"])  # refused
    print(client.issues.get("DEMO-1").fields["summary"])  # refused
    print(client.issues.get("DEMO-1").summary)  # refused
    client.issue.get("DEMO-1")  # refused
    print(client.v2.boards)  # refused
    client.issues.comments.create("DEMO-1", body="Hello")  # refused
    Jira("acme", "mia@example.com", "token", "id")  # refused
    Jira(username="mia")  # refused


def of_others(pages: Confluence, code: Bitbucket, boards: Agile, desk: ServiceManagement, things: Assets) -> None:
    pages.pages.create(title="Without a space")  # refused
    pages.pages.create(space_id=1.5)  # refused
    pages.pages.create(space_id="1", body={"storage": "<p/>"})  # refused
    pages.v1.content.attachments.add("1", file="a.txt", minor_edit=True)  # refused
    code.repositories.pullrequests.create("demo", title="New")  # refused
    code.repositories.pullrequests.create("demo", title="New", source={"branch": {"nam": "topic"}})  # refused
    code.repositories.pullrequests.merge("acme", "demo", 1)  # refused
    boards.sprints.create(name="One", origin_board_id=1.5)  # refused
    desk.ops.alerts.list(from_time="yesterday")  # refused
    desk.requests.comments.add("HELP-1", body="Done.")  # refused
    things.objects.create(object_type_id="1", attributes=[{"objectAttributeValues": "A"}])  # refused


def of_two(client: Jira, boards: Agile) -> None:
    """Models of two products are not one another's."""
    issue: jira.Issue = boards.issues.get("DEMO-1")  # refused
    print(issue)
    found: Paginator[agile.Issue] = client.issues.search(jql="project = DEMO")  # refused
    print(found)


async def awaiting(client: AsyncJira) -> None:
    print(client.issues.get("DEMO-1").key)  # refused
    await client.issues.search(jql="project = DEMO")  # refused
    for _ in client.issues.search(jql="project = DEMO"):  # refused
        pass
