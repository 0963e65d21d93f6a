"""Append the audit log of the organization to a file as JSON lines, from where the last run ended. Made for cron.

Needs an organization API key; one with scopes needs read:events:admin. The place in the log is kept in audit.jsonl.cursor
with the organization that it is of, and moves on after each page is safely written. A run that was cut off repeats its
last page, without what is there already.

    python audit_events.py --sandbox
    python audit_events.py audit.jsonl
"""

import json
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO

from atlassian_cloud import Admin, BadRequestError, script
from atlassian_cloud.admin import lookup

PAGE = 500  # events, of which as many may come again after a crash


def known(file: IO[bytes]) -> set[str]:
    """Cut off a line that was not finished; return the ids of the last page."""
    file.seek(0)
    lines = [line for line in file if line.endswith(b"\n")]
    try:
        ids = {str(json.loads(line)["id"]) for line in lines[-PAGE:]}
    except (ValueError, TypeError, KeyError) as fault:
        raise script.SetupError(f"{file.name} is no file of events: {fault!r}") from fault
    file.truncate(sum(map(len, lines)))
    return ids


@script.command
def main() -> int:
    parser = script.Parser(__doc__, script.ADMIN_KEYS)
    parser.add_argument("file", type=Path, help="append to this file")
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--days", type=script.at_least(1, 9999), default=7, help="begin so long ago (%(default)s)")
    options = parser.read()
    place, written = Path(f"{options.file}.cursor"), 0
    with script.connect(Admin, options) as admin:
        org_id = lookup.organization_id(admin, options.org)
        with script.locked(options.file) as file:
            owner, _, cursor = (place.read_text("utf-8") if place.exists() else f"{org_id} ").strip().partition(" ")
            if owner != org_id:
                raise script.SetupError(f"{place} is of organization {owner}; name another file, or move both away")
            since = None if cursor else datetime.now(timezone.utc) - timedelta(days=options.days)
            there = known(file)
            listing = admin.organizations.events.stream(org_id, cursor=cursor or None, since=since, page_size=PAGE)
            try:
                for page in listing.pages():
                    written += sum(file.write(f"{one.to_json()}\n".encode()) > 0 for one in page if one.id not in there)
                    file.flush()
                    os.fsync(file.fileno())
                    if listing.cursor:
                        script.keep(place, f"{org_id} {listing.cursor}\n")
                    print(f"{written} events", file=sys.stderr)
            except BadRequestError as fault:
                raise script.SetupError(f"{fault}\nIs the place in {place} too old? If so, move it away") from fault
    print(f"{written} new events in {options.file}")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
