"""The five operations on many accounts at a time, with asyncio: permissions, profile, update, disable, enable.

Needs an organization API key made without scopes. Take test accounts: each is deactivated for a moment, which may log
it out. What may not be done with an account, as with those that an identity provider keeps, is told; the others go on.
After an error what is other than it was is put back, and what cannot be put back is told with its old value.

    python user_operations_async.py --sandbox
    python user_operations_async.py vera.mars@acme.example tariq.tokens@acme.example sara.synced@acme.example
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

from atlassian_cloud import AsyncAdmin, AtlassianError, script
from atlassian_cloud.admin import Account, lookup


async def five(admin: AsyncAdmin, account_id: str) -> str:
    """The five operations on one account; it is active with its old nickname afterwards, as it was before."""
    may, profile = await asyncio.gather(
        admin.users.permissions(account_id, privileges=["lifecycle.enablement", "profile.write"]),
        admin.users.get(account_id),
    )
    account = profile.account
    rule = may.lifecycle_enablement
    if rule is None or not rule.allowed:
        return f"{account.name}: left alone, {rule.reason.key if rule and rule.reason else 'not allowed'}"
    if account.account_status != "active":
        return f"{account.name}: left alone, {account.account_status}"
    try:
        await admin.users.update(account_id, nickname="five-of-five")
        await admin.users.update(account_id, nickname=account.nickname)
        await admin.users.disable(account_id, message="Back in a moment")
        status = (await admin.users.get(account_id)).account.account_status
        await admin.users.enable(account_id)
    except BaseException:
        # Also when this task is cancelled while the account is deactivated.
        await put_back(admin, account)
        raise
    return f"{account.name}: all five done, was {status} in between"


async def put_back(admin: AsyncAdmin, before: Account) -> None:
    """Put back what is other than before. A call that failed may have been carried out, so the account itself is asked."""
    account_id, was = before.account_id, before.to_dict()
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "account_status": lambda: admin.users.enable(account_id),
        "nickname": lambda: admin.users.update(account_id, nickname=before.nickname),
    }
    for field, step in steps.items():
        try:
            if (await admin.users.get(account_id)).account.to_dict().get(field) != was.get(field):
                await step()
        except AtlassianError as fault:
            told = f"{field} could not be put back, see to it yourself; it was {was.get(field)!r}"
            print(f"{before.name} ({account_id}): {told}: {fault}", file=sys.stderr)


async def id_of(admin: AsyncAdmin, who: str) -> str:
    """The account id of whom an email address or an account id names."""
    if "@" not in who:
        return who
    return str((await lookup.find_user(admin, await lookup.organization_id(admin), who)).account_id)


async def run(admin: AsyncAdmin, account_ids: Sequence[str], at_a_time: int = 10) -> list[str | BaseException]:
    """Go through the accounts, so many at a time. One that fails does not end the others."""
    gate = asyncio.Semaphore(at_a_time)

    async def one(account_id: str) -> str:
        async with gate:
            return await five(admin, await id_of(admin, account_id))

    return await asyncio.gather(*(one(account_id) for account_id in account_ids), return_exceptions=True)


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("accounts", nargs="+", metavar="account", help="email addresses or account ids")
    parser.add_argument(
        "--at-a-time",
        metavar="N",
        type=script.at_least(1),
        default=10,
        help="accounts at a time (default: %(default)s)",
    )
    options = parser.read(argv)

    async def work() -> int:
        async with script.connect(AsyncAdmin, options) as admin:
            failed = 0
            outcomes = await run(admin, options.accounts, options.at_a_time)
            for account_id, outcome in zip(options.accounts, outcomes, strict=True):
                if isinstance(outcome, BaseException):
                    if not isinstance(outcome, AtlassianError):
                        raise outcome
                    failed += 1
                    print(f"{account_id}: {outcome}", file=sys.stderr)
                else:
                    print(outcome)
            return script.FAILED if failed else script.WELL

    return asyncio.run(work())


if __name__ == "__main__":
    sys.exit(main())
