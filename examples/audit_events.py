"""Append the audit log of the organization to a file as JSON lines, from where the last run ended. Made for cron.

Needs an organization API key; one with scopes needs read:events:admin. The place in the log is kept beside the file, in
audit.jsonl.cursor, and moves on after each page is safely written. A run that was cut off repeats its last page; events
that stand at the end of the file already are left out, so that each is in the file once.

    python -m atlassian_cloud.sandbox run audit_events.py audit.jsonl
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from atlassian_cloud import Admin, AtlassianError, BadRequestError

PAGE = 500  # events, of which as many may come again after a crash


def known(path: Path) -> set[str]:
    """Cut off a line that was not finished; return the ids of the last page."""
    path.touch()
    with path.open("r+b") as file:
        lines = [line for line in file if line.endswith(b"\n")]
        try:
            ids = {str(json.loads(line)["id"]) for line in lines[-PAGE:]}
        except (ValueError, TypeError, KeyError) as fault:
            sys.exit(f"{path} is no file of events: {fault!r}")
        file.truncate(sum(map(len, lines)))
    return ids


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="append to this file")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    week_ago = datetime.now(timezone.utc) - timedelta(days=7)
    told = "where to begin while no place is kept (default: a week ago)"
    parser.add_argument("--since", metavar="DATE", type=datetime.fromisoformat, default=week_ago, help=told)
    options = parser.parse_args()
    place, written = Path(f"{options.file}.cursor"), 0
    cursor = place.read_text("utf-8").strip() if place.exists() else None
    with Admin() as admin:
        organizations = [options.org] if options.org else [one.id for one in admin.organizations.list()]
        if len(organizations) != 1:
            sys.exit(f"name the organization with --org; the key belongs to: {', '.join(organizations) or 'none'}")
        since = None if cursor else options.since.replace(tzinfo=options.since.tzinfo or timezone.utc)
        there = known(options.file)
        listing = admin.organizations.events.stream(organizations[0], cursor=cursor, since=since, page_size=PAGE)
        with options.file.open("a", encoding="utf-8", newline="\n") as file:
            for page in listing.pages():
                fresh = [event.to_json() for event in page if event.id not in there]
                file.writelines(f"{line}\n" for line in fresh)
                file.flush()
                os.fsync(file.fileno())
                written += len(fresh)
                if listing.cursor:
                    Path(f"{place}.new").write_text(f"{listing.cursor}\n", "utf-8")
                    Path(f"{place}.new").replace(place)  # whole, or not at all
                print(f"{written} events", file=sys.stderr)
    print(f"{written} new events in {options.file}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadRequestError as fault:
        sys.exit(f"{fault}\nIs the place that is kept too old? If so, move its file away and name --since")
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
