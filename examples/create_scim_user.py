"""Provision a user into a SCIM directory, as an identity provider does.

Needs the key and the id of the SCIM directory: ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY. The domain of the email
address must be verified by the organization. A user who is there already is told, and left as it is.

    python -m atlassian_cloud.sandbox run create_scim_user.py noemi.outside@acme.example --given-name Noemi
        --family-name Outside
"""

from __future__ import annotations

import argparse
import json
import sys

from atlassian_cloud import Admin, AtlassianError, ConflictError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("email", help="email address, which is the user's name in the directory too")
    parser.add_argument("--given-name", required=True)
    parser.add_argument("--family-name", required=True)
    options = parser.parse_args()
    with Admin() as admin:
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
            # The value of a SCIM filter is quoted as JSON is.
            known = admin.scim.users.list(filter=f"userName eq {json.dumps(options.email)}").first()
            if known is None:
                # Another user has this email address under another name.
                raise
            user, what = known, "is there already"
        account_id = user.atlassian.atlassian_account_id if user.atlassian else None
        print(f"{user.user_name}: {what}, SCIM user {user.id}, Atlassian account {account_id}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
