"""atlassian-python-api: issues are dicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from atlassian.cloud_admin import CloudAdminUsers
from atlassian.jira import JiraCloud, JiraServer
from requests import Session
from requests.adapters import HTTPAdapter

from . import ACCOUNT, EMAIL, IN_FLIGHT, JQL, PAGE, TOKEN, shares, three_fields


class Clients(NamedTuple):
    users: CloudAdminUsers
    jira: JiraCloud


def connect(url: str) -> Clients:
    session = Session()
    session.mount(url, HTTPAdapter(pool_maxsize=IN_FLIGHT))
    users = CloudAdminUsers(TOKEN, session=session)
    users.url = url  # It knows Atlassian's address alone.
    return Clients(users, JiraCloud(url, username=EMAIL, password=TOKEN))


def profiles(clients: Clients, count: int) -> int:
    return sum(len(clients.users.get_profile(ACCOUNT)["account"]["name"]) for _ in range(count))


def profiles_threads(clients: Clients, count: int) -> int:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return sum(threads.map(lambda share: profiles(clients, share), shares(count)))


def pages(clients: Clients) -> Iterator[list[dict[str, Any]]]:
    # Its own `enhanced_jql_get_list_of_tickets` cannot ask for pages of 100 without ending after the first.
    token = None
    while True:
        page = clients.jira.enhanced_jql(JQL, nextPageToken=token, limit=PAGE)
        yield page["issues"]
        token = page.get("nextPageToken")
        if token is None:
            return


def issues(clients: Clients, count: int) -> int:
    return sum(map(three_fields, pages(clients)))


def issues_by_offset(clients: Clients, count: int) -> int:
    # Offsets are for Server in this library.
    jira = JiraServer(clients.jira.url, username=EMAIL, password=TOKEN)
    read = start = 0
    while True:
        page = jira.jql(JQL, start=start, limit=PAGE)
        read += three_fields(page["issues"])
        start += PAGE
        if start >= page["total"]:
            return read


def issues_dicts(clients: Clients, count: int) -> int:
    return sum(len(issue["fields"]) for page in pages(clients) for issue in page)
