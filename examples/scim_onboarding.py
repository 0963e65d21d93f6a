"""Onboard a person through SCIM: the user is created or found, then put into groups. `--offboard` takes it back.

Needs the key and the id of the SCIM directory: ATLASSIAN_SCIM_TOKEN, ATLASSIAN_SCIM_DIRECTORY. It can be run again at
any time: who is there is found, who is in a group stays in it.

    python scim_onboarding.py --sandbox
    python scim_onboarding.py noemi.outside@acme.example --name "Noemi Outside"
        --group okta-engineering --group okta-contractors
"""

import json
import sys

from atlassian_cloud import Admin, script
from atlassian_cloud.admin import lookup
from atlassian_cloud.admin.scim_patch import ScimPatch


@script.command
def main() -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("email", help="email address, which is the user's name in the directory too")
    parser.add_argument("--name", help="given name and family name, for a new user")
    parser.add_argument("--group", metavar="NAME", action="append", default=[], help="group to join; may be repeated")
    parser.add_argument("--offboard", action="store_true", help="leave all groups and deactivate the user")
    options = parser.read()
    with script.connect(Admin, options) as admin, script.Tally("groups") as tally:
        scim, email = admin.scim, options.email
        targets = [lookup.find_scim_group(admin, name) for name in options.group]
        user = lookup.find_scim_user(admin, email)
        if user is None:
            if options.offboard or not options.name:
                how = "" if options.offboard else "; --name makes a new one"
                raise script.SetupError(f"{email}: the directory does not know this user{how}")
            given, _, family = options.name.partition(" ")
            user = scim.users.create(
                user_name=email, name={"givenName": given, "familyName": family}, display_name=options.name,
                emails=[{"value": email, "type": "work", "primary": True}], active=True,
            )  # fmt: skip
            print(f"{email}: created")
        user_id, inside = str(user.id), {str(group.value): group.display for group in user.groups or []}
        if user.active is options.offboard:
            scim.users.patch(user_id, operations=ScimPatch().replace("active", not options.offboard).operations)
            print(f"{email}: {'deactivated' if options.offboard else 'active again'}")
        elif options.offboard:
            print(f"{email}: is deactivated already")
        for group_id, name in inside.items() if options.offboard else ():
            with tally.item(name):
                leave = ScimPatch().remove(f"members[value eq {json.dumps(user_id)}]")
                scim.groups.patch(group_id, operations=leave.operations)
                print(f"  taken out of {name}")
        for group in () if options.offboard else targets:
            with tally.item(group.display_name):
                if group.id not in inside:
                    join = ScimPatch().add("members", [{"value": user_id}])
                    scim.groups.patch(str(group.id), operations=join.operations)
                print(f"  {'is in' if group.id in inside else 'put into'} {group.display_name}")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
