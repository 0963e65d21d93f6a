"""aiohttp and orjson, what asyncio programs that care for speed use."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import orjson

from . import ACCOUNT, IN_FLIGHT, PAGE, PAGES_AHEAD, bearer, search_at, shares, three_fields


def connect(url: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        url, headers=bearer(), connector=aiohttp.TCPConnector(limit=0), raise_for_status=True, trust_env=False
    )


async def get(session: aiohttp.ClientSession, path: str, query: dict[str, Any] | None = None) -> Any:
    async with session.get(path, params=query) as response:
        return orjson.loads(await response.read())


async def profiles(session: aiohttp.ClientSession, count: int) -> int:
    path, read = f"/users/{ACCOUNT}/manage/profile", 0
    for _ in range(count):
        read += len((await get(session, path))["account"]["name"])
    return read


async def profiles_concurrent(session: aiohttp.ClientSession, count: int, in_flight: int = IN_FLIGHT) -> int:
    return sum(await asyncio.gather(*(profiles(session, share) for share in shares(count, in_flight))))


async def issues(session: aiohttp.ClientSession, start: int, count: int) -> int:
    read = 0
    for offset in range(start, start + count, PAGE):
        read += three_fields((await get(session, "/rest/api/3/search", search_at(offset)))["issues"])
    return read


async def issues_concurrent(session: aiohttp.ClientSession, count: int) -> int:
    share = count // PAGES_AHEAD
    return sum(await asyncio.gather(*(issues(session, of * share, share) for of in range(PAGES_AHEAD))))
