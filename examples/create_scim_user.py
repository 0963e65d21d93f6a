"""Provision a user into a SCIM directory, as an identity provider does.

Needs the key and the id of the SCIM directory: ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY. The domain of the email
address must be verified by the organization. A user who is there already is told, and left as it is.

    python create_scim_user.py --sandbox
    python create_scim_user.py noemi.outside@acme.example --given-name Noemi --family-name Outside
"""

import sys

from atlassian_cloud import Admin, ConflictError, script
from atlassian_cloud.admin import lookup


@script.command
def main() -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("email", help="email address, which is the user's name in the directory too")
    parser.add_argument("--given-name", metavar="NAME", required=True, help="first name")
    parser.add_argument("--family-name", metavar="NAME", required=True, help="last name")
    options = parser.read()
    with script.connect(Admin, options) as admin:
        try:
            user = admin.scim.users.create(
                user_name=options.email,
                emails=[{"value": options.email, "type": "work", "primary": True}],
                name={"givenName": options.given_name, "familyName": options.family_name},
                display_name=f"{options.given_name} {options.family_name}",
                active=True,
            )
            what = "created"
        except ConflictError:
            known = lookup.find_scim_user(admin, options.email)
            if known is None:
                # Another user has this email address under another name.
                raise
            user, what = known, "is there already"
        account_id = user.atlassian.atlassian_account_id if user.atlassian else None
        print(f"{user.user_name}: {what}, SCIM user {user.id}, Atlassian account {account_id}")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
