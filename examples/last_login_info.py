"""Tell when each managed account of the organization was last active, product by product, as CSV.

Needs an organization API key; one with scopes needs read:accounts:admin and read:directories:admin. The server takes
about 200 questions a minute, so that 10,000 accounts take an hour; each row is written as it comes.

    python last_login_info.py --sandbox
    python last_login_info.py --limit 8 --calls-per-minute 6000
"""

import csv
import sys

from atlassian_cloud import Admin, script
from atlassian_cloud.admin import lookup

COLUMNS = ("account_id", "name", "email", "product", "last_active")


@script.command
def main() -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument(
        "--account", metavar="WHO", action="append", help="only this email address or account id; may be repeated"
    )
    parser.add_argument("--limit", metavar="N", type=script.at_least(1), help="only the first N accounts")
    told = "0: as fast as they come (default: %(default)s)"
    parser.add_argument("--calls-per-minute", metavar="N", type=script.at_least(0), default=180, help=told)
    options = parser.read()
    given: list[str] = options.account or []
    pace, wanted = script.Pace(options.calls_per_minute), {who.lower() for who in given}
    unmet = set(wanted)
    with script.connect(Admin, options) as admin, script.Tally("accounts", every=100) as tally:
        users, org_id = admin.organizations.users, lookup.organization_id(admin, options.org)
        table = csv.writer(sys.stdout)
        table.writerow(COLUMNS)
        for account in users.list(org_id, limit=options.limit):
            names = {account.account_id.lower(), (account.email or "").lower()}
            if wanted and not wanted & names:
                continue
            unmet -= names
            pace.wait()
            with tally.item(account.account_id):
                products = users.last_active_dates(org_id, account.account_id).to_list()
                seen = [(one.key, one.last_active_timestamp or one.last_active) for one in products]
                for product, when in [(key, last.isoformat()) for key, last in seen if last] or [("", "")]:
                    table.writerow((account.account_id, account.name, account.email or "", product, when))
        for who in sorted(unmet):
            with tally.item("--account"):
                raise script.SetupError(f"no managed account is {who}")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
