"""httpx, awaited."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from . import ACCOUNT, IN_FLIGHT, PAGE, PAGES_AHEAD, bearer, search_at, shares, three_fields


def connect(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers=bearer(), limits=httpx.Limits(max_connections=IN_FLIGHT))


async def get(client: httpx.AsyncClient, path: str, query: dict[str, Any] | None = None) -> Any:
    response = await client.get(path, params=query)
    response.raise_for_status()
    return response.json()


async def profiles(client: httpx.AsyncClient, count: int) -> int:
    path, read = f"/users/{ACCOUNT}/manage/profile", 0
    for _ in range(count):
        read += len((await get(client, path))["account"]["name"])
    return read


async def profiles_concurrent(client: httpx.AsyncClient, count: int, in_flight: int = IN_FLIGHT) -> int:
    return sum(await asyncio.gather(*(profiles(client, share) for share in shares(count, in_flight))))


async def issues(client: httpx.AsyncClient, start: int, count: int) -> int:
    read = 0
    for offset in range(start, start + count, PAGE):
        read += three_fields((await get(client, "/rest/api/3/search", search_at(offset)))["issues"])
    return read


async def issues_concurrent(client: httpx.AsyncClient, count: int) -> int:
    share = count // PAGES_AHEAD
    return sum(await asyncio.gather(*(issues(client, of * share, share) for of in range(PAGES_AHEAD))))
