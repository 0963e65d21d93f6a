"""What the checkers make of the awaiting client. Never run: `tests/test_stubs.py` has it checked."""

from __future__ import annotations

import asyncio
from typing import Any

from atlassian_cloud import AsyncAdmin, AsyncPaginator, RawResponse
from atlassian_cloud.admin import (
    ApiToken,
    AsyncUsersService,
    AsyncUsersTokensService,
    ManagedAccount,
    Permissions,
    Profile,
    ScimUserPage,
)
from typing_extensions import assert_type


async def construct() -> None:
    async with AsyncAdmin("key", scim_token="key") as admin:
        assert_type(admin, AsyncAdmin)
    await AsyncAdmin().close()


async def get(admin: AsyncAdmin) -> None:
    assert_type(admin.users, AsyncUsersService)
    assert_type(admin.users.tokens, AsyncUsersTokensService)
    profile = await admin.users.get("id")
    assert_type(profile, Profile)
    assert_type(profile.account.name, str)
    await admin.users.disable("id", message="Left the company")
    assert_type(await admin.request("GET", "/admin/v1/orgs"), Any)


async def together(admin: AsyncAdmin) -> None:
    both = await asyncio.gather(admin.users.get("id"), admin.users.permissions("id"))
    assert_type(both, tuple[Profile, Permissions])
    assert_type(asyncio.create_task(admin.users.get("id")), asyncio.Task[Profile])
    assert_type(await asyncio.wait_for(admin.users.get("id"), 5), Profile)


def run(admin: AsyncAdmin) -> Profile:
    return asyncio.run(admin.users.get("id"))


async def listings(admin: AsyncAdmin) -> None:
    accounts = admin.organizations.users.list("org", limit=10)
    assert_type(accounts, AsyncPaginator[ManagedAccount])
    async for account in accounts:
        assert_type(account, ManagedAccount)
    async for page in accounts.pages():
        assert_type(page, list[ManagedAccount])
    assert_type(await accounts.__anext__(), ManagedAccount)
    assert_type(await accounts.first(), ManagedAccount | None)
    assert_type(await accounts.to_list(limit=3), list[ManagedAccount])
    assert_type(await accounts.to_columns({"id": "account_id"}), dict[str, list[Any]])
    assert_type(accounts.total, int | None)
    assert_type(accounts.cursor, str | None)
    assert_type([token async for token in admin.users.tokens.list("id")], list[ApiToken])


async def raw(admin: AsyncAdmin) -> None:
    answer = await admin.with_raw_response.users.get("id")
    assert_type(answer, RawResponse[Profile])
    # A paged call is awaited here: it is one answer, the first page.
    page = await admin.with_raw_response.scim.users.list()
    assert_type(page.parse(), ScimUserPage)
    assert_type((await admin.with_raw_response.users.enable("id")).parse(), None)
    assert_type(await admin.with_raw_response.request("GET", "/admin/v1/orgs"), RawResponse[Any])


class Team(AsyncAdmin):
    team = "one"


async def options(admin: AsyncAdmin, team: Team) -> None:
    assert_type(admin.with_options(timeout=5), AsyncAdmin)
    assert_type(await admin.with_options(max_retries=0).users.get("id"), Profile)
    assert_type(team.with_options(timeout=5), Team)
