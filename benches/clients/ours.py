"""This library, blocking."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

from atlassian_cloud import Admin, Jira

from . import ACCOUNT, COLUMNS, EMAIL, FIELDS, IN_FLIGHT, JQL, PAGE, TOKEN, shares

warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*search_by_offset")


class Clients(NamedTuple):
    admin: Admin
    jira: Jira


def connect(url: str) -> Clients:
    return Clients(Admin(TOKEN, base_url=url), Jira(email=EMAIL, token=TOKEN, base_url=url))


def profiles(clients: Clients, count: int) -> int:
    return sum(len(clients.admin.users.get(ACCOUNT).account.name) for _ in range(count))


def profiles_threads(clients: Clients, count: int) -> int:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return sum(threads.map(lambda share: profiles(clients, share), shares(count)))


def three_fields(issues: Any) -> int:
    read = 0
    for issue in issues:
        fields = issue.fields
        read += len(issue.key) + len(fields.summary) + len(fields.status.name)
    return read


def issues(clients: Clients, count: int) -> int:
    return three_fields(clients.jira.issues.search(JQL, fields=FIELDS, page_size=PAGE))


def issues_by_offset(clients: Clients, count: int) -> int:
    return three_fields(clients.jira.issues.search_by_offset(jql=JQL, fields=FIELDS, page_size=PAGE))


def issues_partitioned(clients: Clients, count: int) -> int:
    return three_fields(clients.jira.issues.search(JQL, fields=FIELDS, page_size=PAGE, partitions=8))


def issues_dicts(clients: Clients, count: int) -> int:
    read = 0
    for issue in clients.jira.issues.search(JQL, fields=FIELDS, page_size=PAGE):
        read += len(issue.to_dict()["fields"])
    return read


def issues_kept(clients: Clients, count: int) -> list[Any]:
    return list(clients.jira.issues.search(JQL, fields=FIELDS, page_size=PAGE))


def issues_table(clients: Clients, count: int) -> Any:
    frame = clients.jira.issues.search(JQL, fields=FIELDS, page_size=PAGE).to_pandas(columns=COLUMNS)
    assert list(frame.columns) == COLUMNS
    return frame


def short_listings(clients: Clients, count: int, pages: int) -> int:
    """Reads `count` issues by listings of so many pages of 20."""
    size, read = 20, 0
    for _ in range(count // (pages * size)):
        for _issue in clients.jira.issues.search(JQL, fields=FIELDS, page_size=size, limit=pages * size):
            read += 1
    return read
