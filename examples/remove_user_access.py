"""Take a user out of the organization's directories, with all roles and groups.

Needs an organization API key. To come back takes a new invitation, so the script shows what will be lost and asks
first; `--yes` answers for cron. The account itself stays. To be able to give access back, see `suspend_user_access.py`.

    python -m atlassian_cloud.sandbox run remove_user_access.py uwe.partner@partner.example --yes
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from atlassian_cloud import Admin, AtlassianError
from atlassian_cloud.admin import DirectoryUser


def organization(admin: Admin, given: str | None) -> str:
    found = [given] if given else [one.id for one in admin.organizations.list()]
    if len(found) != 1:
        sys.exit(f"name the organization with --org; the key belongs to: {', '.join(found) or 'none'}")
    return found[0]


def find_user(admin: Admin, org_id: str, who: str) -> DirectoryUser:
    """Find a user of the organization's directories by email address or account id."""
    by: dict[str, Any] = {"emails": [who]} if "@" in who else {"account_ids": [who]}
    expand = ["groups", "productAccess"]
    found = admin.organizations.directories.users.search(org_id, "-", expand=expand, **by).to_list()
    if len(found) != 1:
        sys.exit(f"{len(found)} users of the organization's directories are {who}; one was expected")
    return found[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("who", help="email address or account id")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--directory", metavar="ID", default="-", help="only this directory (default: every one)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args()
    with Admin() as admin:
        org_id = organization(admin, options.org)
        user = find_user(admin, org_id, options.who)
        print(f"{user.name} <{user.email}>, account {user.account_id}, {user.membership_status}")
        for product in user.product_access or []:
            print(f"  uses {product.key}, last on {product.last_active_timestamp or 'no day'}")
        for group in user.groups or []:
            print(f"  is in {group.name}")
        # Where there is nobody to ask, the answer is no.
        asked = sys.stdin.isatty() and not options.yes
        if not (options.yes or (asked and input("Remove this user, with all roles and groups? [y/N] ").lower() == "y")):
            print("nothing was removed")
            return 1
        admin.organizations.directories.users.remove(org_id, options.directory, str(user.account_id))
        print("removed; it may take a while to show")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
