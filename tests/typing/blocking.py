"""What the checkers make of the blocking client. Never run: `tests/test_stubs.py` has it checked."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from atlassian_cloud import Admin, Model, OperationInfo, Paginator, RawResponse, Service, operations
from atlassian_cloud.admin import (
    Account,
    ApiToken,
    Event,
    ExtendedProfile,
    ManagedAccount,
    OrganizationsUsersService,
    Permissions,
    Profile,
    Rule,
    ScimUser,
    ScimUserPage,
    UsersService,
    UsersTokensService,
)
from typing_extensions import assert_type


def construct(path: os.PathLike[str]) -> None:
    assert_type(Admin(), Admin)
    assert_type(Admin("key", scim_token="key", scim_directory="id"), Admin)
    assert_type(Admin(token=None, base_url="https://gateway.example.com", timeout=5, ca_bundle=path), Admin)
    with Admin("key") as admin:
        assert_type(admin, Admin)
    assert_type(Admin("key").base_url, str)


def leave(admin: Admin, kind: type[BaseException], error: BaseException, traceback: TracebackType) -> None:
    admin.__exit__(kind, error, traceback)
    admin.close()


def tree(admin: Admin) -> None:
    assert_type(admin.users, UsersService)
    assert_type(admin.users.tokens, UsersTokensService)
    assert_type(admin.organizations.users, OrganizationsUsersService)
    service: Service = admin.scim.users
    print(service)


def get(admin: Admin) -> None:
    profile = admin.users.get("id")
    assert_type(profile, Profile)
    assert_type(admin.users.get(account_id="id", extra_query={"expand": 1}, extra_headers={"X-A": "b"}), Profile)
    assert_type(profile.account, Account)
    assert_type(profile.account.name, str)
    assert_type(profile.account.zoneinfo, str | None)
    assert_type(profile.account.extended_profile, ExtendedProfile | None)
    assert_type(profile.account.privacy_settings, dict[str, str] | None)
    assert_type(admin.users.permissions("id", privileges=["email.set", "not.known.yet"]), Permissions)
    assert_type(admin.users.permissions("id").email_set, Rule | None)
    assert_type(admin.organizations.events.list("org").to_list()[0].attributes.time, datetime)


def wire_keys(profile: Profile) -> None:
    assert_type(profile["account"], Any)
    assert_type(profile.get("account"), Any)
    assert_type(profile.get("account", {}), Any)
    assert_type("account" in profile, bool)
    assert_type(len(profile), int)
    assert_type(list(profile), list[str])
    assert_type(profile.to_dict(), dict[str, Any])
    assert_type(profile.to_json(), str)
    assert_type(profile.detach(), Profile)
    assert_type(profile == {"account": {}}, bool)


def act(admin: Admin, name: ExtendedProfile) -> None:
    assert_type(admin.users.update("id", nickname="marshmallow", extended_profile={"job_title": "Cook"}), Profile)
    assert_type(admin.users.update("id", extended_profile=name), Profile)
    admin.users.disable("id", message="Left the company")
    admin.users.disable("id", message=None)
    assert_type(admin.scim.users.create(user_name="a", emails=[{"value": "a@example.com", "primary": True}]), ScimUser)
    assert_type(admin.scim.users.get("id", directory_id="other", attributes=("userName",)), ScimUser)


def listings(admin: Admin) -> None:
    accounts = admin.organizations.users.list("org", limit=10)
    assert_type(accounts, Paginator[ManagedAccount])
    for account in accounts:
        assert_type(account, ManagedAccount)
    for page in accounts.pages():
        assert_type(page, list[ManagedAccount])
    assert_type(next(accounts), ManagedAccount)
    assert_type(accounts.first(), ManagedAccount | None)
    assert_type(accounts.to_list(), list[ManagedAccount])
    assert_type(accounts.to_list(limit=3), list[ManagedAccount])
    assert_type(accounts.total, int | None)
    assert_type(accounts.cursor, str | None)
    assert_type([token.id for token in admin.users.tokens.list("id")], list[str])
    assert_type(admin.organizations.events.list("org", cursor=accounts.cursor), Paginator[Event])
    assert_type(admin.scim.users.list(page_size=100), Paginator[ScimUser])


def annotated(tokens: Paginator[ApiToken]) -> ApiToken | None:
    return tokens.first()


def raw(admin: Admin) -> None:
    answer = admin.with_raw_response.users.get("id")
    assert_type(answer, RawResponse[Profile])
    assert_type(answer.parse(), Profile)
    assert_type(answer.status, int)
    assert_type(answer.headers, dict[str, str])
    assert_type(answer.method, str)
    assert_type(answer.url, str)
    assert_type(answer.content, bytes)
    assert_type(answer.request_id, str | None)
    assert_type(answer.elapsed, timedelta)
    assert_type(admin.with_raw_response.scim.users.list().parse(), ScimUserPage)
    assert_type(admin.with_raw_response.users.enable("id"), RawResponse[None])
    assert_type(admin.with_raw_response.users.tokens.list("id").parse(), list[ApiToken])
    assert_type(admin.with_raw_response.request("GET", "/admin/v1/orgs"), RawResponse[Any])


def plain(answer: RawResponse) -> None:
    assert_type(answer.parse(), Any)


class Team(Admin):
    def __init__(self, team: str) -> None:
        super().__init__()
        self.team = team


def options(admin: Admin, team: Team) -> None:
    assert_type(admin.with_options(timeout=5, max_retries=0, headers={"X-A": "b"}), Admin)
    assert_type(admin.with_options().users.get("id"), Profile)
    assert_type(team.with_options(timeout=5), Team)
    assert_type(team.with_options().team, str)
    assert_type(admin.request("GET", "/admin/v1/orgs", query={"cursor": "x"}), Any)


def patterns(user: Profile | Permissions | Model) -> str:
    match user:
        case Profile(account=Account(name=name, zoneinfo=None)):
            assert_type(name, str)
            return name
        case Profile(account):
            assert_type(account, Account)
            return account.email
        case Permissions(email_set=Rule(allowed=True)):
            return "may"
        case Permissions(email_set=rule):
            assert_type(rule, Rule | None)
            return "may not"
        case Model():
            return user.to_json()


def catalog() -> None:
    assert_type(operations(), list[OperationInfo])
    assert_type(operations()[0].deprecated, bool)
