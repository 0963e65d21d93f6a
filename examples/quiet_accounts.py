"""List managed accounts that nobody used for a while, with the products they could use, as CSV.

Needs polars (`pip install 'atlassian-cloud[polars]'`) and an organization API key; one with scopes needs read:accounts:admin.

    python examples/quiet_accounts.py --days 180 > quiet.csv

Accounts that were never active come first. The dates may be a day late.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import polars
from _session import WELL, arguments, at_least, connect, ends_well, organization
from atlassian_cloud import Admin

COLUMNS = {
    "account_id": "account_id",
    "name": "name",
    "email": "email",
    "last_active": "last_active",
    "products": "product_access.name",
}


def quiet(admin: Admin, org_id: str, since: datetime) -> polars.DataFrame:
    """Make a table of the active accounts without a sign of life after a moment."""
    accounts = admin.organizations.users.list(org_id).to_polars({**COLUMNS, "status": "account_status"})
    seen = polars.col("last_active")
    return (
        accounts.filter(polars.col("status") == "active", seen.is_null() | (seen < since))
        .sort("last_active", nulls_last=False)
        .with_columns(polars.col("products").list.join("; "))
        .drop("status")
    )


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument(
        "--days", metavar="N", type=at_least(0), default=90, help="how long a while is (default: %(default)s)"
    )
    options = parser.parse_args(argv)
    since = datetime.now(timezone.utc) - timedelta(days=options.days)
    with connect(options) as (admin, _):
        sys.stdout.write(quiet(admin, organization(admin, options.org), since).write_csv())
    return WELL


if __name__ == "__main__":
    sys.exit(main())
