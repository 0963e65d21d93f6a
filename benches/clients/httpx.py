"""httpx with loops by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from . import ACCOUNT, IN_FLIGHT, bearer, search, three_fields


def connect(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers=bearer(), limits=httpx.Limits(max_connections=IN_FLIGHT))


def get(client: httpx.Client, path: str, query: dict[str, Any] | None = None) -> Any:
    response = client.get(path, params=query)
    response.raise_for_status()
    return response.json()


def profiles(client: httpx.Client, count: int) -> int:
    path = f"/users/{ACCOUNT}/manage/profile"
    return sum(len(get(client, path)["account"]["name"]) for _ in range(count))


def pages(client: httpx.Client) -> Iterator[list[dict[str, Any]]]:
    token = None
    while True:
        page = get(client, "/rest/api/3/search/jql", search(token))
        yield page["issues"]
        token = page.get("nextPageToken")
        if token is None:
            return


def issues(client: httpx.Client, count: int) -> int:
    return sum(map(three_fields, pages(client)))
