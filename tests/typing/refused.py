"""Mistakes that the checkers must find. Each faulty line ends in `# refused`; no other line may be reported."""

from __future__ import annotations

from collections.abc import Hashable

from atlassian_cloud import Admin, AsyncAdmin, Paginator
from atlassian_cloud.admin import Account, ManagedAccount, Profile


def arguments(admin: Admin) -> None:
    admin.users.disable("id", mesage="Left the company")  # refused
    admin.users.disable("id", "Left the company")  # refused
    admin.users.get()  # refused
    admin.users.tokens.delete("id")  # refused
    admin.users.get(5.5)  # refused
    admin.users.get(None)  # refused
    admin.users.set_email("id")  # refused
    admin.users.update("id", nickname=5)  # refused
    admin.users.update("id", extended_profile=["Cook"])  # refused
    admin.users.update("id", extended_profile={"jobtitle": "Cook"})  # refused
    admin.users.permissions("id", privileges=[1])  # refused
    admin.organizations.users.list("org", limit="10")  # refused
    admin.users.tokens.list("id", page_size=100)  # refused
    admin.scim.users.list(startIndex=1)  # refused
    admin.users.get("id", extra_headers={"X-A": 1})  # refused


def names(admin: Admin, profile: Profile) -> None:
    admin.user.get("id")  # refused
    admin.users.fetch("id")  # refused
    admin.users.token.list("id")  # refused
    admin.with_raw_response.users.fetch("id")  # refused
    print(profile.acount)  # refused
    print(profile.account.nick_name)  # refused
    profile.keys()  # refused


def models(profile: Profile) -> None:
    profile.account.zoneinfo.upper()  # refused
    profile.account = profile.account  # refused
    profile["account"] = {}  # refused
    del profile["account"]  # refused
    key: Hashable = profile  # refused
    print(key)
    wrong: int = profile.account.name  # refused
    print(wrong)


def results(admin: Admin) -> None:
    account: Account = admin.users.get("id")  # refused
    print(account)
    listing: Paginator[Account] = admin.organizations.users.list("org")  # refused
    print(listing)
    accounts: list[ManagedAccount] = admin.organizations.users.list("org")  # refused
    print(accounts)
    print(admin.organizations.users.list("org")[0])  # refused
    print(len(admin.organizations.users.list("org")))  # refused
    print(admin.organizations.users.list("org").total())  # refused
    print(admin.with_raw_response.users.get("id").account)  # refused
    print(admin.with_raw_response.users.get("id").parse().name)  # refused


async def blocking_awaited(admin: Admin) -> None:
    await admin.users.get("id")  # refused
    await admin.organizations.users.list("org")  # refused
    async for _ in admin.organizations.users.list("org"):  # refused
        pass
    async with admin:  # refused
        pass


async def awaiting_not_awaited(admin: AsyncAdmin) -> None:
    print(admin.users.get("id").account)  # refused
    for _ in admin.organizations.users.list("org"):  # refused
        pass
    for _ in admin.organizations.users.list("org").pages():  # refused
        pass
    print([account.name for account in admin.organizations.users.list("org")])  # refused
    print(admin.organizations.users.list("org").to_list()[0])  # refused
    await admin.organizations.users.list("org")  # refused
    admin.with_raw_response.users.get("id").parse()  # refused
    with admin:  # refused
        pass


def options(admin: Admin) -> None:
    Admin("key", "scim key")  # refused
    Admin(tokn="key")  # refused
    Admin("key", timeout="5")  # refused
    admin.with_options(timout=5)  # refused
    admin.request("GET")  # refused
    admin.base_url = "https://example.com"  # refused
