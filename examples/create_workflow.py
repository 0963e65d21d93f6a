"""Create a Jira workflow that leads through the statuses given, in this order; each can go back to the first.

Needs an API token of a Jira administrator. Statuses that are missing are made with it; a workflow of this name is left as
it is, so that a second run is safe.

    python create_workflow.py --sandbox
    python create_workflow.py "Editing" "To Do" "Drafting" "Proofreading" "Done"
"""

import sys
from itertools import pairwise

from atlassian_cloud import Jira, script
from atlassian_cloud.jira.workflow_builder import WorkflowBuilder, create_workflows


def built(name: str, statuses: list[str]) -> WorkflowBuilder:
    workflow = WorkflowBuilder(name)
    for status in statuses:
        workflow.status(status, "DONE" if status == statuses[-1] else "IN_PROGRESS")
    workflow.start(statuses[0])
    for before, after in pairwise(statuses):
        workflow.transition(after, after, sources=[before])
        workflow.transition(f"Back from {after}", statuses[0], sources=[after])
    return workflow


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("name", help="of the workflow")
    parser.add_argument(
        "status", nargs="+", help="names of its statuses; new ones are of the category in progress, the last one done"
    )
    options = parser.read()
    workflow = built(options.name, options.status)
    with script.connect(Jira, options) as jira:
        if any(one.name == options.name for one in jira.workflows.search(query_string=options.name)):
            print(f"{options.name} is there already")
            return script.WELL
        known = {one.name for one in jira.statuses.search()}
        create_workflows(jira, [workflow])
        for name in options.status:
            print(f"{name}: {'was there' if name in known else 'made'}")
        print(f"{options.name} was created")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
