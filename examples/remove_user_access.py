"""Take a user out of the organization's directories, with all roles and groups.

Needs an organization API key. To come back takes a new invitation, so the script shows what will be lost and asks
first; `--yes` answers for cron. The account itself stays. To take access away and be able to give it back, see
`suspend_user_access.py`.

    python examples/remove_user_access.py uwe.partner@partner.example
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from _session import SETUP, WELL, arguments, confirmed, connect, ends_well, find_user, organization
from atlassian_cloud import Admin


def remove(admin: Admin, org_id: str, who: str, agrees: Callable[[str], bool], directory_id: str = "-") -> bool:
    """Find the user by email address or account id, show what it has, and remove it if somebody agrees."""
    user = find_user(admin, org_id, who)
    assert user.account_id is not None
    print(f"{user.name} <{user.email}>, account {user.account_id}, {user.membership_status}")
    for product in user.product_access or []:
        print(f"  uses {product.key}, last on {product.last_active_timestamp or 'no day'}")
    for group in user.groups or []:
        print(f"  is in {group.name}")
    if not agrees("Remove this user, with all roles and groups?"):
        print("nothing was removed")
        return False
    admin.organizations.directories.users.remove(org_id, directory_id, user.account_id)
    print("removed; it may take a while to show")
    return True


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("who", nargs="?", help="email address or account id")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--directory", metavar="ID", default="-", help="only from this directory (default: every one)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(argv)
    with connect(options) as (admin, box):
        who = options.who or (
            box.accounts.unmanaged if box else parser.error("name a user by email address or account id")
        )

        def agrees(question: str) -> bool:
            return options.yes or box is not None or confirmed(question)

        return WELL if remove(admin, organization(admin, options.org), who, agrees, options.directory) else SETUP


if __name__ == "__main__":
    sys.exit(main())
