"""Export every change of the issues that a query finds, one line per changed field, as CSV.

Needs an API token of an account that sees the issues. Each issue's rows are written as they come; a second run writes
the file anew.

    python -m atlassian_cloud.sandbox run export_issue_history.py "project = OPS ORDER BY key" --output history.csv
"""

from __future__ import annotations

import argparse
import csv
import sys
from contextlib import ExitStack
from pathlib import Path

from atlassian_cloud import AtlassianError, Jira

COLUMNS = ("key", "when", "who", "field", "from", "to")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jql", nargs="?", default="updated >= -30d ORDER BY key", help="default: %(default)s")
    parser.add_argument("--output", metavar="FILE", type=Path, help="default: standard output")
    options = parser.parse_args()
    failed = rows = number = 0
    with ExitStack() as stack:
        file = sys.stdout
        if options.output:
            file = stack.enter_context(options.output.open("w", encoding="utf-8", newline=""))
        table = csv.writer(file)
        table.writerow(COLUMNS)
        jira = stack.enter_context(Jira())
        for number, issue in enumerate(jira.issues.search(options.jql, fields=["key"]), start=1):
            try:
                changes = jira.issues.changelogs.list(str(issue.key)).to_list()
            except AtlassianError as fault:
                failed += 1
                print(f"{issue.key}: {fault}", file=sys.stderr)
                continue
            for change in changes:
                who = change.author.display_name if change.author else ""
                for item in change.to_dict()["items"]:
                    table.writerow(
                        (issue.key, change["created"], who, item["field"], item["fromString"], item["toString"])
                    )
                    rows += 1
            file.flush()
            if number % 25 == 0:
                print(f"{number} issues, {rows} changes", file=sys.stderr)
    print(f"{rows} changes of {number} issues, {failed} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
