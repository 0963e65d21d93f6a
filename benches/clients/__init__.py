"""One module per client, each with a function per workload that it can do, named as the workload's `function`.

`connect(url)` is outside what is measured; the functions take what it gives, and a count. They return how much they read, so that no
client does less than another, or what they are to keep.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

ACCOUNT = "5e5f6a63157ed50cd2b9eaca"
EMAIL = "me@acme.example"
TOKEN = "token"
JQL = "project = DEMO"
PAGE = 100
IN_FLIGHT = 64
PAGES_AHEAD = 8

# The server sends all 128 fields to everybody.
FIELDS = ["*all"]

COLUMNS = [
    "key",
    "id",
    "fields.summary",
    "fields.status.name",
    "fields.issuetype.name",
    "fields.priority.name",
    "fields.assignee.displayName",
    "fields.reporter.displayName",
    "fields.creator.displayName",
    "fields.created",
    "fields.updated",
    "fields.timeestimate",
]


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}


def shares(count: int, among: int = IN_FLIGHT) -> list[int]:
    """How many calls each of those in flight makes."""
    return [len(range(first, count, among)) for first in range(among)]


def three_fields(issues: Iterable[dict[str, Any]]) -> int:
    """What is read of each issue by those who have dicts."""
    read = 0
    for issue in issues:
        fields = issue["fields"]
        read += len(issue["key"]) + len(fields["summary"]) + len(fields["status"]["name"])
    return read


def search(token: str | None = None) -> dict[str, Any]:
    """The query of a page that a token leads to."""
    query = {"jql": JQL, "fields": "*all", "maxResults": PAGE}
    return query if token is None else query | {"nextPageToken": token}


def search_at(start: int) -> dict[str, Any]:
    """The query of a page by its offset."""
    return {"jql": JQL, "fields": "*all", "maxResults": PAGE, "startAt": start}
