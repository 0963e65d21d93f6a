"""requests with loops by hand, and pandas.json_normalize for tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import requests

from . import ACCOUNT, COLUMNS, IN_FLIGHT, PAGE, bearer, search, search_at, shares, three_fields


class Connection(NamedTuple):
    session: requests.Session
    url: str

    def get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        response = self.session.get(self.url + path, params=query)
        response.raise_for_status()
        return response.json()


def connect(url: str) -> Connection:
    session = requests.Session()
    session.headers.update(bearer())
    session.mount(url, requests.adapters.HTTPAdapter(pool_maxsize=IN_FLIGHT))
    return Connection(session, url)


def profiles(connection: Connection, count: int) -> int:
    path = f"/users/{ACCOUNT}/manage/profile"
    return sum(len(connection.get(path)["account"]["name"]) for _ in range(count))


def profiles_threads(connection: Connection, count: int) -> int:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        return sum(threads.map(lambda share: profiles(connection, share), shares(count)))


def pages(connection: Connection) -> Iterator[list[dict[str, Any]]]:
    token = None
    while True:
        page = connection.get("/rest/api/3/search/jql", search(token))
        yield page["issues"]
        token = page.get("nextPageToken")
        if token is None:
            return


def issues(connection: Connection, count: int) -> int:
    return sum(map(three_fields, pages(connection)))


def issues_by_offset(connection: Connection, count: int) -> int:
    return sum(
        three_fields(connection.get("/rest/api/3/search", search_at(start))["issues"])
        for start in range(0, count, PAGE)
    )


def issues_dicts(connection: Connection, count: int) -> int:
    return sum(len(issue["fields"]) for page in pages(connection) for issue in page)


def issues_kept(connection: Connection, count: int) -> list[Any]:
    return [issue for page in pages(connection) for issue in page]


def issues_table(connection: Connection, count: int) -> Any:
    import pandas

    return pandas.json_normalize(issues_kept(connection, count))[COLUMNS]
