"""Tell when each managed account of the organization was last active, product by product, as CSV.

Needs an organization API key; one with scopes needs read:accounts:admin and read:directories:admin. The server takes
about 200 questions a minute, so that 10,000 accounts take an hour; each row is written as it comes.

    python -m atlassian_cloud.sandbox run last_login_info.py --limit 8 --calls-per-minute 6000
"""

from __future__ import annotations

import argparse
import csv
import sys
import time

from atlassian_cloud import Admin, AtlassianError

COLUMNS = ("account_id", "name", "email", "product", "last_active")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--account", metavar="ID", action="append", help="only this account; may be repeated")
    parser.add_argument("--limit", metavar="N", type=int, help="only the first N accounts")
    parser.add_argument("--calls-per-minute", metavar="N", type=int, default=180, help="default: %(default)s")
    options = parser.parse_args()
    failed, unmet, due = 0, set(options.account or []), time.monotonic()
    with Admin() as admin:
        organizations = [options.org] if options.org else [one.id for one in admin.organizations.list()]
        if len(organizations) != 1:
            sys.exit(f"name the organization with --org; the key belongs to: {', '.join(organizations) or 'none'}")
        users = admin.organizations.users
        table = csv.writer(sys.stdout)
        table.writerow(COLUMNS)
        for number, account in enumerate(users.list(organizations[0], limit=options.limit), start=1):
            if options.account and account.account_id not in options.account:
                continue
            unmet.discard(account.account_id)
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic()) + 60 / options.calls_per_minute
            try:
                products = users.last_active_dates(organizations[0], account.account_id).to_list()
            except AtlassianError as fault:
                failed += 1
                print(f"{account.account_id}: {fault}", file=sys.stderr)
                continue
            seen = [(one.key, one.last_active_timestamp or one.last_active) for one in products]
            for product, when in [(key, last.isoformat()) for key, last in seen if last] or [("", "")]:
                table.writerow((account.account_id, account.name, account.email or "", product, when))
            sys.stdout.flush()
            if number % 100 == 0:
                print(f"{number} accounts", file=sys.stderr)
    for account_id in sorted(unmet):
        print(f"--account: no managed account is {account_id}", file=sys.stderr)
    return 1 if failed or unmet else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
