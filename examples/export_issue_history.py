"""Export every change of the issues that a query finds, one line per changed field, as CSV.

Needs an API token of an account that sees the issues. Each issue's rows are written as they come; a second run writes
the file anew.

    python export_issue_history.py --sandbox
    python export_issue_history.py "project = OPS ORDER BY key" --output history.csv
"""

import csv
import sys
from contextlib import ExitStack
from pathlib import Path

from atlassian_cloud import Jira, script

COLUMNS = ("key", "when", "who", "field", "from", "to")


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("jql", nargs="?", default="updated >= -30d ORDER BY key", help="default: %(default)s")
    parser.add_argument("--output", metavar="FILE", type=Path, help="default: standard output")
    options = parser.read()
    with ExitStack() as stack:
        jira, tally = stack.enter_context(script.connect(Jira, options)), stack.enter_context(script.Tally("issues"))
        # A wrong query must not cost what the last run wrote.
        jira.issues.search(options.jql, fields=["key"], limit=1).to_list()
        file = (
            stack.enter_context(options.output.open("w", encoding="utf-8", newline=""))
            if options.output
            else sys.stdout
        )
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for issue in jira.issues.search(options.jql, fields=["key"]):
            with tally.item(issue.key):
                for change in jira.issues.changelogs.list(str(issue.key)).to_list():
                    who = change.author.display_name if change.author else ""
                    for item in change.to_dict()["items"]:
                        moved = (item["field"], item["fromString"], item["toString"])
                        table.writerow((issue.key, change["created"], who, *moved))
                file.flush()
        print(tally, file=sys.stderr)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
