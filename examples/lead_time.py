"""Measure lead time: the days from creation to done, from the changelogs, as CSV and as a histogram.

Needs an API token of an account that sees the issues. The picture needs matplotlib; without it, it is drawn as
text. A second run writes the files anew.

    python -m atlassian_cloud.sandbox run lead_time.py "project = ENG AND statusCategory = Done" --csv lead_time.csv
"""

from __future__ import annotations

import argparse
import csv
import importlib
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from atlassian_cloud import AtlassianError, Jira


def read(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def draw(days: list[float], path: str) -> None:
    try:
        pyplot: Any = importlib.import_module("matplotlib.pyplot")
    except ImportError:
        weeks = Counter(int(one // 7) for one in days)
        for week in range(max(weeks, default=-1) + 1):
            print(f"{7 * week:4} to {7 * week + 6:3} days {'#' * weeks[week]}")
        return
    pyplot.title("Lead time in days")
    pyplot.hist(days, bins=range(0, int(max(days, default=0)) + 8, 7))
    pyplot.savefig(path)
    print(f"picture in {path}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jql", nargs="?", default="statusCategory = Done", help="default: %(default)s")
    parser.add_argument("--csv", metavar="FILE", type=Path, default="lead_time.csv", help="default: %(default)s")
    parser.add_argument("--picture", metavar="FILE", default="lead_time.png", help="default: %(default)s")
    options = parser.parse_args()
    failed, found = 0, list[float]()
    with Jira() as jira, options.csv.open("w", encoding="utf-8", newline="") as file:
        done = {status.id for status in jira.statuses.search(status_category="DONE")}
        table = csv.writer(file)
        table.writerow(("key", "created", "done", "days"))
        for number, issue in enumerate(jira.issues.search(options.jql, fields=["created"]), start=1):
            try:
                moves = [
                    read(change["created"]) for change in jira.issues.changelogs.list(str(issue.key))
                    for item in change.to_dict()["items"] if item["field"] == "status" and item["to"] in done
                ]  # fmt: skip
                if moves:
                    days = (max(moves) - read(issue["fields"]["created"])).total_seconds() / 86_400
                    table.writerow((issue.key, issue["fields"]["created"], max(moves).isoformat(), f"{days:.2f}"))
                    found.append(days)
            except (AtlassianError, ValueError) as fault:
                failed += 1
                print(f"{issue.key}: {fault}", file=sys.stderr)
            if number % 50 == 0:
                print(f"{number} issues", file=sys.stderr)
    print(f"{len(found)} issues, median {median(found or [0]):.1f} days")
    draw(found, options.picture)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
