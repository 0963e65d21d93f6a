"""Onboard a person through SCIM: the user is created or found, then put into groups. `--offboard` takes it back.

Needs the key and the id of the SCIM directory: ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY. It can be run again at
any time: who is there is found, who is in a group stays in it.

    python examples/scim_onboarding.py noemi.outside@acme.example --given-name Noemi --family-name Outside \\
        --group okta-engineering
    python examples/scim_onboarding.py noemi.outside@acme.example --offboard
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from _session import WELL, SetupError, arguments, connect, ends_well
from atlassian_cloud import Admin
from atlassian_cloud.admin import ScimGroup, ScimUser
from create_scim_user import create, find


def group_of(admin: Admin, name: str, make: bool) -> ScimGroup:
    """Find a group by its name, or make it if that is wanted: a misspelt name should not become a group."""
    found = admin.scim.groups.list(filter=f"displayName eq {json.dumps(name)}").first()
    if found is not None:
        return found
    if not make:
        raise SetupError(f"the directory has no group {name!r}; --create-groups makes it")
    return admin.scim.groups.create(display_name=name)


def onboard(admin: Admin, email: str, given_name: str, family_name: str, groups: Sequence[str], make: bool) -> ScimUser:
    """Create or find the user, wake it up if it was deactivated, and put it into the groups."""
    targets = [group_of(admin, name, make) for name in groups]
    user, created = create(admin, email, given_name, family_name)
    assert user.id is not None
    print(f"{email}: {'created' if created else 'found'}, SCIM user {user.id}")
    if not user.active:
        admin.scim.users.patch(user.id, operations=[{"op": "replace", "value": {"active": True}}])
        print("  active again")
    for group in targets:
        assert group.id is not None
        if any(member.value == user.id for member in group.members or []):
            print(f"  in {group.display_name} already")
            continue
        admin.scim.groups.patch(group.id, operations=[{"op": "add", "path": "members", "value": [{"value": user.id}]}])
        print(f"  put into {group.display_name}")
    return admin.scim.users.get(user.id)


def offboard(admin: Admin, email: str) -> ScimUser | None:
    """Take the user out of its groups and deactivate it. Its record stays, so that it can be onboarded again."""
    user = find(admin, email)
    if user is None:
        print(f"{email}: the directory does not know this user")
        return None
    assert user.id is not None
    for group in user.groups or []:
        assert group.value is not None
        admin.scim.groups.patch(
            group.value, operations=[{"op": "remove", "path": f"members[value eq {json.dumps(user.id)}]"}]
        )
        print(f"  taken out of {group.display}")
    user = admin.scim.users.patch(user.id, operations=[{"op": "replace", "value": {"active": False}}])
    print(f"{email}: deactivated")
    return user


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("email", nargs="?", help="email address, which is the user's name in the directory too")
    parser.add_argument("--given-name")
    parser.add_argument("--family-name")
    parser.add_argument("--group", metavar="NAME", action="append", default=[], help="group to join; may be repeated")
    parser.add_argument("--create-groups", action="store_true", help="make groups that are not there")
    parser.add_argument("--offboard", action="store_true", help="leave the groups and deactivate the user")
    options = parser.parse_args(argv)
    with connect(options) as (admin, box):
        email, given, family, groups = options.email, options.given_name, options.family_name, options.group
        if box and not email:
            account = admin.users.get(
                box.accounts.scim_managed if options.offboard else box.accounts.not_invited
            ).account
            email, (given, family) = account.email, account.name.split(" ", 1)
            groups = groups or ["okta-engineering", "okta-contractors"]
        if options.offboard:
            if not email:
                parser.error("email is needed")
            offboard(admin, email)
            return WELL
        if not (email and given and family):
            parser.error("email, --given-name and --family-name are needed")
        onboard(admin, email, given, family, groups, options.create_groups)
    return WELL


if __name__ == "__main__":
    sys.exit(main())
