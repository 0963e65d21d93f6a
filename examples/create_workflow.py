"""Create a Jira workflow that leads through the statuses given, in this order; each can go back to the first.

Needs an API token of a Jira administrator. Statuses that are missing are made first; a workflow of this name is left as
it is, so that a second run is safe.

    python -m atlassian_cloud.sandbox run create_workflow.py "Editing" "To Do" "Drafting" "Proofreading" "Done"
"""

from __future__ import annotations

import argparse
import sys
from typing import Any
from uuid import uuid4

from atlassian_cloud import AtlassianError, Jira


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("status", nargs="+", help="names; new ones are of the category in progress, the last one done")
    options = parser.parse_args()
    if len(set(options.status)) != len(options.status):
        parser.error("a status stands twice")
    with Jira() as jira:
        if any(one.name == options.name for one in jira.workflows.search(query_string=options.name)):
            print(f"{options.name} is there already")
            return 0
        known = {one.name: one for one in jira.statuses.search()}
        statuses, references = list[Any](), dict[str, str]()
        for name in options.status:
            category = "DONE" if name == options.status[-1] else "IN_PROGRESS"
            there = known.get(name)
            references[name] = str(uuid4())
            status = {"name": name, "statusReference": references[name], "statusCategory": category}
            if there is not None:
                status.update(id=str(there.id), statusCategory=str(there.status_category))
            statuses.append(status)
        first = references[options.status[0]]
        moves: list[Any] = [{"id": "1", "type": "INITIAL", "name": "Create", "toStatusReference": first, "links": []}]
        for before, after in zip(options.status, options.status[1:], strict=False):
            for name, start, end in ((after, before, after), (f"Back from {after}", after, options.status[0])):
                link = {"fromStatusReference": references[start], "fromPort": 0, "toPort": 1}
                moves.append({"id": str(10 * len(moves) + 1), "type": "DIRECTED", "name": name,
                              "toStatusReference": references[end], "links": [link]})  # fmt: skip
        uses: list[Any] = [{"statusReference": reference, "properties": {}} for reference in references.values()]
        workflow: Any = {"name": options.name, "description": "", "statuses": uses, "transitions": moves}
        jira.workflows.create_many(scope={"type": "GLOBAL"}, statuses=statuses, workflows=[workflow])
        for name in options.status:
            print(f"{name}: {'was there' if name in known else 'made'}")
        print(f"{options.name} was created, with {len(moves)} transitions")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
