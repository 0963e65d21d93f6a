"""Take access to everything away from users, in a way that can be taken back: roles and groups stay.

Needs an organization API key. A suspended user is not billed; `restore_user_access.py` gives access again.

    python -m atlassian_cloud.sandbox run suspend_user_access.py vera.mars@acme.example
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
    parser.add_argument("who", nargs="+", help="email addresses or account ids")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--directory", metavar="ID", default="-", help="only this directory (default: every one)")
    options = parser.parse_args()
    failed = 0
    with Admin() as admin:
        org_id = organization(admin, options.org)
        for who in options.who:
            try:
                user = find_user(admin, org_id, who)
                if user.membership_status == "suspended":
                    print(f"{user.name} <{user.email}> is suspended already")
                    continue
                admin.organizations.directories.users.suspend(org_id, options.directory, str(user.account_id))
                groups = ", ".join(str(group.name) for group in user.groups or []) or "none"
                print(f"{user.name} <{user.email}> is suspended now; groups: {groups}", flush=True)
            except AtlassianError as fault:
                failed += 1
                print(f"{who}: {fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
