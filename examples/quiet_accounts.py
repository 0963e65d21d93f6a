"""List managed accounts that nobody used for a while, with the products they could use, as CSV.

Needs polars (`pip install 'atlassian-cloud[polars]'`) and an organization API key; one with scopes needs read:accounts:admin.

    python quiet_accounts.py --sandbox
    python quiet_accounts.py --days 180

Accounts that were never active come first. The dates may be a day late.
"""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from atlassian_cloud import Admin, script
from atlassian_cloud.admin import lookup

COLUMNS = {
    "account_id": "account_id",
    "name": "name",
    "email": "email",
    "last_active": "last_active",
    "products": "product_access.name",
}


def quiet(polars: Any, admin: Admin, org_id: str, since: datetime) -> Any:
    """Make a table of the active accounts without a sign of life after a moment."""
    accounts: Any = admin.organizations.users.list(org_id).to_polars({**COLUMNS, "status": "account_status"})
    seen = polars.col("last_active")
    return (
        accounts.filter(polars.col("status") == "active", seen.is_null() | (seen < since))
        .sort("last_active", nulls_last=False)
        .with_columns(polars.col("products").list.join("; "))
        .drop("status")
    )


@script.command
def main(argv: Sequence[str] | None = None) -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument(
        "--days", metavar="N", type=script.at_least(0), default=90, help="how long a while is (default: %(default)s)"
    )
    options = parser.read(argv)
    polars = script.extra("polars")
    # Longer than a hundred years no account can be quiet, nor does a calendar go back for ever.
    since = datetime.now(timezone.utc) - timedelta(days=min(options.days, 36_500))
    with script.connect(Admin, options) as admin:
        sys.stdout.write(quiet(polars, admin, lookup.organization_id(admin, options.org), since).write_csv())
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
