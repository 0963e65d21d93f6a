"""urllib3 and orjson: the least CPU that blocking Python gets by with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import urllib3

from . import ACCOUNT, COLUMNS, IN_FLIGHT, PAGE, PAGES_AHEAD, bearer, search, search_at, shares, three_fields


class Connection(NamedTuple):
    pool: urllib3.PoolManager
    url: str

    def get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        response = self.pool.request("GET", self.url + path, fields=query)
        assert response.status == 200, response.status
        return orjson.loads(response.data)


def connect(url: str) -> Connection:
    return Connection(urllib3.PoolManager(maxsize=IN_FLIGHT, headers=bearer()), url)


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
    """Eight pages ahead, by threads."""
    from concurrent.futures import ThreadPoolExecutor

    def read(start: int) -> int:
        return three_fields(connection.get("/rest/api/3/search", search_at(start))["issues"])

    with ThreadPoolExecutor(PAGES_AHEAD) as threads:
        return sum(threads.map(read, range(0, count, PAGE)))


def issues_dicts(connection: Connection, count: int) -> int:
    return sum(len(issue["fields"]) for page in pages(connection) for issue in page)


def issues_kept(connection: Connection, count: int) -> list[Any]:
    return [issue for page in pages(connection) for issue in page]


def issues_table(connection: Connection, count: int) -> Any:
    """Picks the columns page by page, by hand."""
    import pandas

    def pick(issue: Any, column: str) -> Any:
        for step in column.split("."):
            issue = issue and issue[step]
        return issue

    rows = [[pick(issue, column) for column in COLUMNS] for page in pages(connection) for issue in page]
    return pandas.DataFrame(rows, columns=COLUMNS)
