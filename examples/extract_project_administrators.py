"""Tell who administers each project, as CSV: who has the role, and who has it through a group.

Needs an API token of a Jira administrator.

    python extract_project_administrators.py --sandbox
    python extract_project_administrators.py
"""

import csv
import sys
from collections.abc import Iterator
from typing import Any

from atlassian_cloud import Jira, script


def holders(jira: Jira, project: str, role: str) -> Iterator[tuple[str, str, str]]:
    """Everyone with the role: account id, name, and the group that it comes from."""
    address = jira.projects.roles.list(project).get(role)
    if address is None:
        return
    for actor in jira.projects.roles.get(project, address.rsplit("/", 1)[1]).to_dict().get("actors", []):
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
        table = csv.writer(sys.stdout)
        table.writerow(("project", "account_id", "name", "group"))
        only: dict[str, Any] = {"keys": options.project} if options.project else {}
        for project in jira.projects.search(order_by="key", **only):
            with tally.item(project.key):
                found = list(holders(jira, str(project.key), options.role))
                table.writerows((project.key, *holder) for holder in found)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
