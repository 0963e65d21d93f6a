"""Onboard a person through SCIM: the user is created or found, then put into groups. `--offboard` takes it back.

Needs the key and the id of the SCIM directory: ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY. It can be run again at
any time: who is there is found, who is in a group stays in it.

    python -m atlassian_cloud.sandbox run scim_onboarding.py noemi.outside@acme.example --name "Noemi Outside"
        --group okta-engineering --group okta-contractors
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from atlassian_cloud import Admin, AtlassianError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("email", help="email address, which is the user's name in the directory too")
    parser.add_argument("--name", help="given name and family name, for a new user")
    parser.add_argument("--group", metavar="NAME", action="append", default=[], help="group to join; may be repeated")
    parser.add_argument("--offboard", action="store_true", help="leave all groups and deactivate the user")
    options = parser.parse_args()
    with Admin() as admin:
        users, groups = admin.scim.users, admin.scim.groups
        user = users.list(filter=f"userName eq {json.dumps(options.email)}").first()
        targets = [groups.list(filter=f"displayName eq {json.dumps(name)}").first() for name in options.group]
        if missing := [name for name, group in zip(options.group, targets, strict=True) if group is None]:
            sys.exit(f"the directory has no group {', '.join(missing)}")
        if user is None and (options.offboard or not options.name):
            sys.exit(
                f"{options.email}: the directory does not know this user{'' if options.offboard else '; give --name'}"
            )
        if user is None:
            given, _, family = options.name.partition(" ")
            mail: Any = {"value": options.email, "type": "work", "primary": True}
            name: Any = {"givenName": given, "familyName": family}
            user = users.create(
                user_name=options.email, emails=[mail], name=name, display_name=options.name, active=True
            )
            print(f"{options.email}: created")
        user_id, inside = str(user.id), {str(group.value): group.display for group in user.groups or []}
        if options.offboard:
            for group_id, shown in inside.items():
                path = f"members[value eq {json.dumps(user_id)}]"
                groups.patch(group_id, operations=[{"op": "remove", "path": path}])
                print(f"  taken out of {shown}")
        if user.active is options.offboard:
            users.patch(user_id, operations=[{"op": "replace", "value": {"active": not options.offboard}}])
            print(f"{options.email}: {'deactivated' if options.offboard else 'active again'}")
        for group in targets:
            if group is None or options.offboard:
                continue
            if group.id not in inside:
                groups.patch(
                    str(group.id), operations=[{"op": "add", "path": "members", "value": [{"value": user_id}]}]
                )
            print(f"  {'is in' if group.id in inside else 'put into'} {group.display_name}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
