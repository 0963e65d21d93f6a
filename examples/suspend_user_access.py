"""Suspend a user's access to the products of the organization.

Needs an organization API key. The user keeps roles and groups for `restore_user_access.py`, and is no longer billed.
The account itself stays active: for that see `admin.users.disable()`, and `deprovision.py`.

    python examples/suspend_user_access.py susan.paused@acme.example
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from _session import WELL, arguments, connect, ends_well, find_user, organization
from atlassian_cloud import Admin


def suspend(admin: Admin, org_id: str, who: str, directory_id: str = "-") -> str:
    """Find the user by email address or account id and suspend it; tell what was done."""
    user = find_user(admin, org_id, who)
    assert user.account_id is not None
    if user.membership_status == "suspended":
        return f"{user.name} <{user.email}> is suspended already"
    admin.organizations.directories.users.suspend(org_id, directory_id, user.account_id)
    return f"{user.name} <{user.email}> is suspended now; was {user.membership_status}"


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("who", nargs="?", help="email address or account id")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--directory", metavar="ID", default="-", help="only in this directory (default: every one)")
    options = parser.parse_args(argv)
    with connect(options) as (admin, box):
        who = options.who or (
            box.accounts.active if box else parser.error("name a user by email address or account id")
        )
        print(suspend(admin, organization(admin, options.org), who, options.directory))
    return WELL


if __name__ == "__main__":
    sys.exit(main())
