"""Report the pull requests of Bitbucket repositories, with their age in days and their size, as CSV.

Needs an API token of Bitbucket, and the workspace. Rows are written as they come.

    python pull_request_report.py --sandbox
    python pull_request_report.py website --state OPEN --state MERGED
"""

import csv
import sys
from datetime import datetime, timezone

from atlassian_cloud import Bitbucket, script

KEYS = "ATLASSIAN_BITBUCKET_TOKEN, ATLASSIAN_EMAIL, ATLASSIAN_BITBUCKET_WORKSPACE"
COLUMNS = ("repository", "id", "state", "author", "age_days", "files", "lines", "comments", "title")


@script.command
def main() -> int:
    parser = script.Parser(__doc__, KEYS)
    parser.add_argument("repository", nargs="+", help="slugs of the repositories")
    states = ["OPEN", "MERGED", "DECLINED", "SUPERSEDED"]
    parser.add_argument("--state", action="append", choices=states, help="default: OPEN; may be repeated")
    options = parser.read()
    now = datetime.now(timezone.utc)
    with script.connect(Bitbucket, options) as bitbucket, script.Tally("repositories and pull requests") as tally:
        table = csv.writer(sys.stdout)
        table.writerow(COLUMNS)
        pulls = bitbucket.repositories.pullrequests
        for repository in options.repository:
            with tally.item(repository):
                for pull in pulls.list(repository, state=options.state or ["OPEN"]):
                    with tally.item(f"{repository} #{pull.id}"):
                        plain = pull.to_dict()
                        begun = datetime.fromisoformat(plain["created_on"].replace("Z", "+00:00"))
                        stats = [stat.to_dict() for stat in pulls.list_diffstats(repository, str(pull.id))]
                        lines = sum(stat["lines_added"] + stat["lines_removed"] for stat in stats)
                        who = str(plain["author"]["display_name"]) if plain.get("author") else ""
                        size = (len(stats), lines, plain.get("comment_count", 0))
                        told = (repository, pull.id, plain["state"], who, (now - begun).days, *size, plain["title"])
                        table.writerow(told)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
