"""jira (pycontribs): issues are objects made of every field."""

from __future__ import annotations

from typing import Any

from jira import JIRA

from . import ACCOUNT, EMAIL, IN_FLIGHT, JQL, TOKEN


def connect(url: str) -> JIRA:
    return JIRA(url, basic_auth=(EMAIL, TOKEN))


def profiles(client: JIRA, count: int) -> int:
    return sum(len(client.user(ACCOUNT).account.name) for _ in range(count))


def profiles_threads(client: JIRA, count: int) -> int:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return sum(threads.map(lambda _: profiles(client, 1), range(count)))


def three_fields(issues: Any) -> int:
    read = 0
    for issue in issues:
        fields = issue.fields
        read += len(issue.key) + len(fields.summary) + len(fields.status.name)
    return read


def issues(client: JIRA, count: int) -> int:
    return three_fields(client.search_issues(JQL, maxResults=False))


def issues_by_offset(client: JIRA, count: int) -> int:
    # It pages by token where the server says that it is Cloud.
    by_offset = JIRA(client.server_url, basic_auth=(EMAIL, TOKEN), get_server_info=False)
    return three_fields(by_offset.search_issues(JQL, maxResults=False))


def issues_kept(client: JIRA, count: int) -> list[Any]:
    return list(client.search_issues(JQL, maxResults=False))
