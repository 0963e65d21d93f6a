"""List the boards of a project, with the sprint that is active on each.

Needs an API token of an account that sees the project.

    python -m atlassian_cloud.sandbox run search_project_boards.py ENG
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from atlassian_cloud import Agile, AtlassianError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", help="key of the project")
    parser.add_argument("--type", choices=["scrum", "kanban", "simple"], help="only boards of this type")
    options = parser.parse_args()
    failed = 0
    with Agile() as agile:
        only: dict[str, Any] = {"type": [options.type]} if options.type else {}
        for board in agile.boards.list(project_key_or_id=options.project, **only):
            print(f"{board.id}\t{board.type}\t{board.name}", end="", flush=True)
            try:
                if board.type == "scrum":
                    for sprint in agile.boards.sprints.list(str(board.id), state=["active"]):
                        print(f"\t{sprint.name}, until {sprint.to_dict().get('endDate')}", end="")
            except AtlassianError as fault:
                failed += 1
                print(f"board {board.id}: {fault}", file=sys.stderr)
            print()
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
