"""The five operations on a managed account, one after the other: permissions, profile, update, disable, enable.

Without arguments it runs against an Atlassian in memory and shows each request as that server saw it, and two errors
as you would see them. With `--live` it does the same to a real account, with the key in ATLASSIAN_ADMIN_TOKEN, an
organization API key made without scopes. Take a test account for that: it is deactivated for a moment, which may log
it out.

    python examples/user_operations.py
    python examples/user_operations.py --live --account 5e5f6a63157ed50cd2b9eaca
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from atlassian_cloud import Admin, ApiError, ConflictError, PermissionDeniedError, __version__, script
from atlassian_cloud.admin import Permissions, lookup

if TYPE_CHECKING:
    from atlassian_cloud.sandbox import Sandbox

T = TypeVar("T")


class Stage:
    """Shows calls: the line of Python, the request as the sandbox saw it, and what came of it."""

    def __init__(self, box: Sandbox | None) -> None:
        self.box = box
        self.colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colours else text

    def title(self, text: str) -> None:
        print(f"\n{self.paint(text, '1')}")

    def call(self, line: str, work: Callable[[], T]) -> T:
        """Carry out a call and show it."""
        print(f"  {self.paint('>>> ' + line, '36')}")
        before = len(self.box.requests) if self.box else 0
        try:
            return work()
        finally:
            for request in self.box.requests[before:] if self.box else []:
                print(f"  {self.paint(f'{request.method} {request.path} -> {request.status}', '2')}")

    def tell(self, text: object) -> None:
        print(textwrap.indent(str(text), "  "))

    def error(self, fault: ApiError) -> None:
        print(textwrap.indent(self.paint(f"{type(fault).__name__}: {fault}", "31"), "  "))


def id_of(admin: Admin, who: str) -> str:
    """The account id of whom an email address or an account id names."""
    return str(lookup.find_user(admin, lookup.organization_id(admin), who).account_id) if "@" in who else who


def allowed(may: Permissions) -> str:
    """Sum up in one line what may be done."""
    rules = {
        "email_set": may.email_set,
        "lifecycle_enablement": may.lifecycle_enablement,
        "lifecycle_delete": may.lifecycle_delete,
    }
    rules |= {
        f"profile_write[{field!r}]": rule
        for field, rule in (may.profile_write or {}).items()
        if field in ("name", "nickname")
    }
    parts: list[str] = []
    for name, rule in rules.items():
        if rule is not None:
            parts.append(f"{name}: {'yes' if rule.allowed else f'no ({rule.reason.key if rule.reason else None})'}")
    return "\n".join(parts)


def five(admin: Admin, account_id: str, stage: Stage) -> None:
    """The five operations. The account is active with its old nickname afterwards, as it was before."""
    stage.title("1. What may be done with this account?")
    line = f'admin.users.permissions("{account_id}")'
    stage.tell(allowed(stage.call(line, lambda: admin.users.permissions(account_id))))

    stage.title("2. Its profile: typed attributes, or the server's keys")
    before = stage.call(f'user = admin.users.get("{account_id}")', lambda: admin.users.get(account_id)).account
    job = before.extended_profile.job_title if before.extended_profile else None
    stage.tell(f"user.account.name                          {before.name!r}")
    stage.tell(f'user["account"]["nickname"]                {before["nickname"]!r}')
    stage.tell(f"user.account.extended_profile.job_title    {job!r}")

    stage.title("3. Another nickname; what is left out stays")
    line = f'admin.users.update("{account_id}", nickname="five-of-five")'
    after = stage.call(line, lambda: admin.users.update(account_id, nickname="five-of-five")).account
    stage.tell(f"{before.nickname!r} became {after.nickname!r}; name is still {after.name!r}")
    line = f'admin.users.update("{account_id}", nickname={before.nickname!r})'
    stage.call(line, lambda: admin.users.update(account_id, nickname=before.nickname))

    stage.title("4. Deactivate, with a message for the login page")
    line = f'admin.users.disable("{account_id}", message="Left the company")'
    stage.call(line, lambda: admin.users.disable(account_id, message="Left the company"))
    try:
        now = stage.call(f'admin.users.get("{account_id}")', lambda: admin.users.get(account_id))
        stage.tell(f"account_status: {now.account.account_status}")
        stage.title("   Once more: a conflict, which names what the server says and what to do")
        try:
            stage.call(f'admin.users.disable("{account_id}")', lambda: admin.users.disable(account_id))
        except ConflictError as fault:
            stage.error(fault)
    finally:
        stage.title("5. Activate again")
        stage.call(f'admin.users.enable("{account_id}")', lambda: admin.users.enable(account_id))
    now = stage.call(f'admin.users.get("{account_id}")', lambda: admin.users.get(account_id))
    stage.tell(f"account_status: {now.account.account_status}")


def refused(admin: Admin, account_id: str, stage: Stage) -> None:
    """An account that an identity provider keeps cannot be edited here: permissions and error say why."""
    stage.title("And an account that SCIM keeps?")
    may = stage.call(f'may = admin.users.permissions("{account_id}")', lambda: admin.users.permissions(account_id))
    rule = (may.profile_write or {})["nickname"]
    stage.tell(f'may.profile_write["nickname"].allowed       {rule.allowed}')
    stage.tell(f'may.profile_write["nickname"].reason.key    {rule.reason.key if rule.reason else None!r}')
    try:
        stage.call(
            f'admin.users.update("{account_id}", nickname="x")', lambda: admin.users.update(account_id, nickname="x")
        )
    except PermissionDeniedError as fault:
        stage.error(fault)


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--sandbox", action="store_true", help="an Atlassian in memory; the default")
    where.add_argument("--live", action="store_true", help="the real one; needs --account and ATLASSIAN_ADMIN_TOKEN")
    parser.add_argument("--account", metavar="WHO", help="email address or account id")
    options = parser.parse_args(argv)
    if options.live and not options.account:
        parser.error("--live needs --account: it will be deactivated for a moment")

    with ExitStack() as stack:
        if options.live:
            admin, stage = stack.enter_context(Admin()), Stage(None)
            five(admin, id_of(admin, options.account), stage)
            return script.WELL
        from atlassian_cloud.sandbox import Sandbox

        box = stack.enter_context(Sandbox())
        admin, stage = stack.enter_context(box.client(Admin)), Stage(box)
        print(f"atlassian-cloud {__version__}; an Atlassian in memory at {box.url}, over real HTTP")
        started = time.perf_counter()
        five(admin, id_of(admin, options.account or box.accounts.active), stage)
        refused(admin, box.accounts.scim_managed, stage)
        spent = (time.perf_counter() - started) * 1_000
        print(f"\n{len(box.requests)} requests in {spent:.0f} ms. Nothing left this machine.")
        print("Next: examples/deprovision.py --sandbox, docs/guide.md, or help(admin.users.disable).")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
