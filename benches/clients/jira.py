"""jira (pycontribs): issues are objects made of every field."""

from __future__ import annotations

from typing import Any

from jira import JIRA
from requests.adapters import HTTPAdapter

from . import ACCOUNT, EMAIL, IN_FLIGHT, JQL, TOKEN, shares


def connect(url: str) -> JIRA:
    client = JIRA(url, basic_auth=(EMAIL, TOKEN))
    # Ten connections unless told, which 64 threads would open and close all the time.
    client._session.mount(url, HTTPAdapter(pool_maxsize=IN_FLIGHT))
    return client


def profiles(client: JIRA, count: int) -> int:
    return sum(len(client.user(ACCOUNT).account.name) for _ in range(count))


def profiles_threads(client: JIRA, count: int) -> int:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return sum(threads.map(lambda share: profiles(client, share), shares(count)))


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
