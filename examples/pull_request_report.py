"""Report the pull requests of Bitbucket repositories, with their age in days and their size, as CSV.

Needs an API token of Bitbucket, and the workspace. Rows are written as they come.

    python -m atlassian_cloud.sandbox run pull_request_report.py website --state OPEN --state MERGED
"""

from __future__ import annotations

import argparse
import csv
import sys
from datetime import datetime, timezone

from atlassian_cloud import AtlassianError, Bitbucket

COLUMNS = ("repository", "id", "state", "author", "age_days", "files", "lines", "comments", "title")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", nargs="+", help="slugs")
    parser.add_argument("--state", action="append", choices=["OPEN", "MERGED", "DECLINED", "SUPERSEDED"])
    options = parser.parse_args()
    failed, now = 0, datetime.now(timezone.utc)
    with Bitbucket() as bitbucket:
        table = csv.writer(sys.stdout)
        table.writerow(COLUMNS)
        pulls = bitbucket.repositories.pullrequests
        for repository in options.repository:
            try:
                for pull in pulls.list(repository, state=options.state or ["OPEN"]):
                    plain = pull.to_dict()
                    begun = datetime.fromisoformat(plain["created_on"].replace("Z", "+00:00"))
                    try:
                        stats = [stat.to_dict() for stat in pulls.list_diffstats(repository, str(plain["id"]))]
                    except AtlassianError as fault:
                        failed += 1
                        print(f"{repository} #{plain['id']}: {fault}", file=sys.stderr)
                        continue
                    lines = sum(stat["lines_added"] + stat["lines_removed"] for stat in stats)
                    who = str(plain["author"]["display_name"]) if plain.get("author") else ""
                    age = (now - begun).days
                    table.writerow((repository, plain["id"], plain["state"], who, age, len(stats), lines,
                                    plain.get("comment_count", 0), plain["title"]))  # fmt: skip
                    sys.stdout.flush()
            except AtlassianError as fault:
                failed += 1
                print(f"{repository}: {fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
