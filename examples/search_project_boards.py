"""List the boards of a project, with the sprint that is active on each.

Needs an API token of an account that sees the project.

    python search_project_boards.py --sandbox
    python search_project_boards.py ENG
"""

import sys
from typing import Any

from atlassian_cloud import Agile, script


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("project", help="key of the project")
    parser.add_argument("--type", choices=["scrum", "kanban", "simple"], help="only boards of this type")
    options = parser.read()
    with script.connect(Agile, options) as agile, script.Tally("boards") as tally:
        only: dict[str, Any] = {"type": [options.type]} if options.type else {}
        for board in agile.boards.list(project_key_or_id=options.project, **only):
            sprints: list[str] = []
            with tally.item(f"board {board.id}"):
                if board.type == "scrum":
                    active = agile.boards.sprints.list(str(board.id), state=["active"])
                    sprints = [f"{sprint.name}, until {sprint.to_dict().get('endDate')}" for sprint in active]
            print(board.id, board.type, board.name, *sprints, sep="\t", flush=True)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
