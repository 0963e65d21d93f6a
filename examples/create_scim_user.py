"""Provision a user into a SCIM directory, as an identity provider does.

Needs the key and the id of the SCIM directory: ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY. The domain of the email
address must be verified by the organization. A user who is there already is told, and left as it is.

    python examples/create_scim_user.py noemi.outside@acme.example --given-name Noemi --family-name Outside
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from _session import WELL, arguments, connect, ends_well
from atlassian_cloud import Admin, ConflictError
from atlassian_cloud.admin import ScimUser


def find(admin: Admin, email: str) -> ScimUser | None:
    """Find a user of the directory by its name, which is the email address here."""
    # The value of a SCIM filter is quoted as JSON is.
    return admin.scim.users.list(filter=f"userName eq {json.dumps(email)}").first()


def create(admin: Admin, email: str, given_name: str, family_name: str) -> tuple[ScimUser, bool]:
    """Create a user, or find the one who is there; tell which."""
    try:
        made = admin.scim.users.create(
            user_name=email,
            emails=[{"value": email, "type": "work", "primary": True}],
            name={"givenName": given_name, "familyName": family_name},
            display_name=f"{given_name} {family_name}",
            active=True,
        )
        return made, True
    except ConflictError:
        known = find(admin, email)
        if known is None:
            # Another user has this email address under another name.
            raise
        return known, False


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("email", nargs="?", help="email address, which is the user's name in the directory too")
    parser.add_argument("--given-name")
    parser.add_argument("--family-name")
    options = parser.parse_args(argv)
    with connect(options) as (admin, box):
        email, given, family = options.email, options.given_name, options.family_name
        if box and not email:
            # A managed account that no identity provider knows yet: the new user is linked to it.
            account = admin.users.get(box.accounts.not_invited).account
            email, (given, family) = account.email, account.name.split(" ", 1)
        if not (email and given and family):
            parser.error("email, --given-name and --family-name are needed")
        user, created = create(admin, email, given, family)
        account_id = user.atlassian.atlassian_account_id if user.atlassian else None
        what = "created" if created else "is there already"
        print(f"{user.user_name}: {what}, SCIM user {user.id}, Atlassian account {account_id}")
    return WELL


if __name__ == "__main__":
    sys.exit(main())
