"""Tell when each managed account of the organization was last active, product by product, as CSV.

Needs an organization API key; one with scopes needs read:accounts:admin and read:directories:admin.

    python examples/last_login_info.py > last_login.csv
    python examples/last_login_info.py --account 5e5f6a63157ed50cd2b9eaca

The server takes about 200 questions a minute, so that large organizations take a while: 10,000 accounts an hour.
The dates may be a day late.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from _session import FAILED, WELL, Pace, arguments, at_least, connect, ends_well, organization
from atlassian_cloud import Admin


class Login(NamedTuple):
    """When an account was last active in a product; without a product it never was, in any."""

    account_id: str
    name: str
    email: str
    product: str
    last_active: str


def logins(
    admin: Admin, org_id: str, pace: Pace, only: Sequence[str] = (), limit: int | None = None
) -> Iterator[Login]:
    """Go through the managed accounts, page by page, and ask for each."""
    wanted = set(only)
    for account in admin.organizations.users.list(org_id, limit=limit):
        if wanted and account.account_id not in wanted:
            continue
        pace.wait()
        who = (account.account_id, account.name, account.email or "")
        products = admin.organizations.users.last_active_dates(org_id, account.account_id).to_list()
        seen = [product for product in products if product.last_active is not None]
        for product in seen:
            moment = product.last_active_timestamp or product.last_active
            yield Login(*who, product.key, moment.isoformat() if moment is not None else "")
        if not seen:
            yield Login(*who, "", "")


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument(
        "--account", metavar="ID", action="append", default=[], help="only this account; may be repeated"
    )
    parser.add_argument("--limit", metavar="N", type=at_least(1), help="only the first N accounts")
    parser.add_argument(
        "--calls-per-minute", metavar="N", type=at_least(0), default=180, help="0 for no pace (default: %(default)s)"
    )
    options = parser.parse_args(argv)
    with connect(options) as (admin, box):
        pace = Pace(0 if box else options.calls_per_minute)
        table = csv.writer(sys.stdout)
        table.writerow(Login._fields)
        unmet = set(options.account)
        for login in logins(admin, organization(admin, options.org), pace, options.account, options.limit):
            table.writerow(login)
            unmet.discard(login.account_id)
        for account_id in sorted(unmet):
            print(f"--account: no managed account is {account_id}", file=sys.stderr)
    return FAILED if unmet else WELL


if __name__ == "__main__":
    sys.exit(main())
