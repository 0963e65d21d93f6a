"""Tell who administers each project, as CSV: who has the role, and who has it through a group.

Needs an API token of a Jira administrator.

    python -m atlassian_cloud.sandbox run extract_project_administrators.py
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from typing import Any

from atlassian_cloud import AtlassianError, Jira


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--role", default="Administrators", help="default: %(default)s")
    parser.add_argument("--project", metavar="KEY", action="append", help="only this project; may be repeated")
    options = parser.parse_args()
    failed = 0
    with Jira() as jira:
        table = csv.writer(sys.stdout)
        table.writerow(("project", "account_id", "name", "group"))
        only: dict[str, Any] = {"keys": options.project} if options.project else {}
        for project in jira.projects.search(order_by="key", **only):
            try:
                table.writerows((project.key, *holder) for holder in holders(jira, str(project.key), options.role))
                sys.stdout.flush()
            except AtlassianError as fault:
                failed += 1
                print(f"{project.key}: {fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
