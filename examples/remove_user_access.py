"""Take a user out of the organization's directories, with all roles and groups.

Needs an organization API key. To come back takes a new invitation, so the script shows what will be lost and asks
first; `--yes` answers for cron. The account itself stays. To be able to give access back, see `suspend_user_access.py`.

A second run finds a user of the organization's own without access, and leaves it at that. Of a guest, whose account is
not the organization's, nothing is left: that cannot be told from a typo, and ends with exit code 2.

    python remove_user_access.py --sandbox
    python remove_user_access.py uwe.partner@partner.example --yes
"""

import sys

from atlassian_cloud import Admin, script
from atlassian_cloud.admin import lookup
from atlassian_cloud.errors import NoMatchError


@script.command
def main() -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("who", help="email address or account id")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--directory", metavar="ID", default="-", help="only this directory (default: every one)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.read()
    with script.connect(Admin, options) as admin:
        org_id = lookup.organization_id(admin, options.org)
        try:
            user = lookup.find_user(admin, org_id, options.who)
        except NoMatchError as fault:
            raise script.SetupError(f"{fault}; a guest who was removed before, or a typo?") from fault
        print(f"{user.name} <{user.email}>, account {user.account_id}, {user.membership_status}")
        if user.membership_status == "no_membership":
            print("has no access any more")
            return script.WELL
        for product in user.product_access or []:
            print(f"  uses {product.key}, last on {product.last_active_timestamp or 'no day'}")
        for group in user.groups or []:
            print(f"  is in {group.name}")
        # Where there is nobody to ask, the answer is no.
        asked = sys.stdin.isatty() and not options.yes
        if not (options.yes or (asked and input("Remove this user, with all roles and groups? [y/N] ").lower() == "y")):
            print("nothing was removed")
            return script.FAILED
        admin.organizations.directories.users.remove(org_id, options.directory, str(user.account_id))
        print("removed; it may take a while to show")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
