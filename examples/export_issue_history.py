"""Export every change of the issues that a query finds, one line per changed field, as CSV.

Needs an API token of an account that sees the issues. Each issue's rows are written as they come, to a file's name with
`.part`; when all are there it takes the place of the file of the last run, which stays if the run ends early.

    python export_issue_history.py --sandbox
    python export_issue_history.py "project = OPS ORDER BY key" --output history.csv
"""

import csv
import shutil
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from atlassian_cloud import Jira, script

COLUMNS = ("key", "when", "who", "field", "from", "to")


@contextmanager
def whole(path: Path) -> Generator[TextIO, None, None]:
    """A file to write to, which takes its place at the end; what ended early stays beside it."""
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="") as device:
            yield device
        return
    path = path.resolve()  # A link is written through.
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        if path.exists():
            shutil.copymode(path, part)
        yield file
    part.replace(path)


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("jql", nargs="?", default="updated >= -30d ORDER BY key", help="default: %(default)s")
    parser.add_argument("--output", metavar="FILE", type=Path, help="default: standard output")
    options = parser.read()
    with ExitStack() as stack:
        jira, tally = stack.enter_context(script.connect(Jira, options)), stack.enter_context(script.Tally("issues"))
        jira.issues.search(options.jql, fields=["key"], limit=1).to_list()  # A wrong query makes no file.
        file = stack.enter_context(whole(options.output)) if options.output else sys.stdout
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for issue in jira.issues.search(options.jql, fields=["key"]):
            rows: list[tuple[str | None, ...]] = []
            with tally.item(issue.key):
                for change in jira.issues.changelogs.list(str(issue.key)).to_list():
                    who = change.author.display_name if change.author else ""
                    for item in change.to_dict()["items"]:
                        moved = (item["field"], item["fromString"], item["toString"])
                        rows.append((issue.key, change["created"], who, *moved))
            # Outside of the item: a disk that is full ends the run.
            table.writerows(rows)
            file.flush()
        print(tally, file=sys.stderr)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
