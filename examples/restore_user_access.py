"""Give suspended users access again, with the roles and groups of before.

Needs an organization API key. The users are billed again. Who has access already is left alone.

    python restore_user_access.py --sandbox
    python restore_user_access.py susan.paused@acme.example
"""

import sys

from atlassian_cloud import Admin, script
from atlassian_cloud.admin import lookup


@script.command
def main() -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("who", nargs="+", help="email addresses or account ids")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--directory", metavar="ID", default="-", help="only this directory (default: every one)")
    options = parser.read()
    with script.connect(Admin, options) as admin, script.Tally("users") as tally:
        org_id = lookup.organization_id(admin, options.org)
        for who in options.who:
            with tally.item(who):
                user = lookup.find_user(admin, org_id, who)
                if user.membership_status == "active":
                    print(f"{user.name} <{user.email}> has access already")
                    continue
                admin.organizations.directories.users.restore(org_id, options.directory, str(user.account_id))
                groups = ", ".join(str(group.name) for group in user.groups or []) or "none"
                print(f"{user.name} <{user.email}> has access again; groups: {groups}")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
