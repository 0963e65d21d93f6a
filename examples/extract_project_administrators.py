"""Tell who administers each project, as CSV: who has the role, and who has it through a group.

Needs an API token of a Jira administrator. A project without the role is told, and makes exit code 1: in those that are
managed by a team roles may have other names.

    python extract_project_administrators.py --sandbox
    python extract_project_administrators.py
"""

import csv
import sys
from collections.abc import Iterator

from atlassian_cloud import Jira, script


def holders(jira: Jira, project: str, role: str) -> Iterator[tuple[str, str, str]]:
    """Everyone with the role: account id, name, and the group that it comes from."""
    roles = jira.projects.roles.list(project)
    if role not in roles:
        raise script.SetupError(f"the project has no role {role!r}; it has: {', '.join(sorted(roles))}")
    for actor in jira.projects.roles.get(project, roles[role].rsplit("/", 1)[1]).to_dict().get("actors", []):
        if "actorUser" in actor:
            yield actor["actorUser"]["accountId"], actor["displayName"], ""
        elif "actorGroup" in actor:
            for member in jira.groups.members.list(group_id=actor["actorGroup"]["groupId"]):
                yield str(member.account_id), str(member.display_name), actor["actorGroup"]["displayName"]


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("--role", default="Administrators", help="default: %(default)s")
    parser.add_argument("--project", metavar="KEY", action="append", help="only this project; may be repeated")
    options = parser.read()
    with script.connect(Jira, options) as jira, script.Tally("projects") as tally:
        known = sorted({str(role.name) for role in jira.roles.list()})
        if options.role not in known:
            raise script.SetupError(f"no role is called {options.role!r}; there are: {', '.join(known)}")
        table = csv.writer(sys.stdout)
        table.writerow(("project", "account_id", "name", "group"))
        for project in options.project or (str(one.key) for one in jira.projects.search(order_by="key")):
            with tally.item(project):
                found = list(holders(jira, project, options.role))
                table.writerows((project, *holder) for holder in found)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
