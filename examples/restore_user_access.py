"""Give a suspended user access again, with the roles and groups of before.

Needs an organization API key. The user is billed again.

    python examples/restore_user_access.py susan.paused@acme.example
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from _session import WELL, arguments, connect, ends_well, find_user, organization
from atlassian_cloud import Admin


def restore(admin: Admin, org_id: str, who: str, directory_id: str = "-") -> str:
    """Find the user by email address or account id and restore it; tell what was done."""
    user = find_user(admin, org_id, who)
    assert user.account_id is not None
    if user.membership_status == "active":
        return f"{user.name} <{user.email}> has access already"
    admin.organizations.directories.users.restore(org_id, directory_id, user.account_id)
    groups = ", ".join(str(group.name) for group in user.groups or []) or "none"
    return f"{user.name} <{user.email}> has access again; groups: {groups}"


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("who", nargs="?", help="email address or account id")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--directory", metavar="ID", default="-", help="only in this directory (default: every one)")
    options = parser.parse_args(argv)
    with connect(options) as (admin, box):
        who = options.who or (
            box.accounts.suspended if box else parser.error("name a user by email address or account id")
        )
        print(restore(admin, organization(admin, options.org), who, options.directory))
    return WELL


if __name__ == "__main__":
    sys.exit(main())
