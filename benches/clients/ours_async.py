"""This library, awaited."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from atlassian_cloud import AsyncAdmin, AsyncJira

from . import ACCOUNT, EMAIL, FIELDS, IN_FLIGHT, JQL, PAGE, PAGES_AHEAD, TOKEN, shares

warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*search_by_offset")


class Clients(NamedTuple):
    admin: AsyncAdmin
    jira: AsyncJira


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Clients]:
    async with AsyncAdmin(TOKEN, base_url=url) as admin, AsyncJira(email=EMAIL, token=TOKEN, base_url=url) as jira:
        yield Clients(admin, jira)


async def profiles(clients: Clients, count: int) -> int:
    read = 0
    for _ in range(count):
        read += len((await clients.admin.users.get(ACCOUNT)).account.name)
    return read


async def profiles_concurrent(clients: Clients, count: int, in_flight: int = IN_FLIGHT) -> int:
    return sum(await asyncio.gather(*(profiles(clients, share) for share in shares(count, in_flight))))


async def issues(clients: Clients, start: int, count: int) -> int:
    read = 0
    listing = clients.jira.issues.search_by_offset(
        jql=JQL, fields=FIELDS, page_size=PAGE, limit=count, cursor=str(start)
    )
    async for issue in listing:
        fields = issue.fields
        read += len(issue.key) + len(fields.summary) + len(fields.status.name)
    return read


async def issues_concurrent(clients: Clients, count: int) -> int:
    share = count // PAGES_AHEAD
    return sum(await asyncio.gather(*(issues(clients, of * share, share) for of in range(PAGES_AHEAD))))
