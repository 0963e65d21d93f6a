"""Measure lead time: the days from creation to done, from the changelogs, as CSV, a DataFrame and a histogram.

Needs an API token of an account that sees the issues, and pandas (`pip install 'atlassian-cloud[pandas]'`). The picture
needs matplotlib; without it, it is drawn as text. A second run writes the files anew.

    python lead_time.py --sandbox
    python lead_time.py "project = ENG AND statusCategory = Done" --csv lead_time.csv
"""

import csv
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from atlassian_cloud import Jira, script


def read(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def draw(days: Any, path: str) -> None:
    try:
        days.plot.hist(bins=range(0, int(days.max()) + 8, 7), title="Lead time in days").figure.savefig(path)
        print(f"picture in {path}")
    except ImportError:
        for week, count in (days // 7).astype(int).value_counts().sort_index().items():
            print(f"{7 * week:4} to {7 * week + 6:3} days {'#' * count}")


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("jql", nargs="?", default="statusCategory = Done", help="default: %(default)s")
    parser.add_argument("--csv", metavar="FILE", type=Path, default="lead_time.csv", help="default: %(default)s")
    parser.add_argument("--picture", metavar="FILE", default="lead_time.png", help="default: %(default)s")
    options = parser.read()
    pandas = script.extra("pandas")
    with ExitStack() as stack:
        jira, tally = stack.enter_context(script.connect(Jira, options)), stack.enter_context(script.Tally("issues"))
        jira.issues.search(options.jql, fields=["key"], limit=1).to_list()  # A wrong one costs no file.
        file = stack.enter_context(options.csv.open("w", newline=""))
        done = {status.id for status in jira.statuses.search(status_category="DONE")}
        table = csv.writer(file)
        table.writerow(("key", "created", "done", "days"))
        for issue in jira.issues.search(options.jql, fields=["created"]):
            with tally.item(issue.key):
                changes = [change.to_dict() for change in jira.issues.changelogs.list(str(issue.key))]
                moves = [read(change["created"]) for change in changes for item in change["items"]
                         if item["field"] == "status" and item["to"] in done]  # fmt: skip
                if moves:
                    days = (max(moves) - read(issue["fields"]["created"])).total_seconds() / 86_400
                    table.writerow((issue.key, issue["fields"]["created"], max(moves).isoformat(), f"{days:.2f}"))
                    file.flush()
    frame = pandas.read_csv(options.csv, parse_dates=["created", "done"])
    print(f"{len(frame)} issues" + (f", median {frame['days'].median():.1f} days" if len(frame) else ""))
    if len(frame):
        draw(frame["days"], options.picture)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
