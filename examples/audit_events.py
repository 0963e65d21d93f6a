"""Append the audit log of the organization to a file as JSON lines, from where the last run ended. Made for cron.

Needs an organization API key; one with scopes needs read:events:admin.

    python examples/audit_events.py --output audit.jsonl --since 2026-01-01

The place in the log is kept beside the output, in audit.jsonl.cursor, and moves on after each page is safely
written. A run that was cut off repeats its last page; events that stand at the end of the file already are left out,
so that each is in the file once. `--since` counts only while no place is kept. Without `--output` the events go to
standard output and no place is kept.
"""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TextIO

from _session import FAILED, WELL, SetupError, arguments, connect, ends_well, organization
from atlassian_cloud import Admin, BadRequestError

# Events on a page, at most; as many may be repeated after a crash.
PAGE = 500


def events(
    admin: Admin,
    org_id: str,
    write: Callable[[list[str]], None],
    *,
    cursor: str | None,
    since: datetime | None,
    keep: Callable[[str], None],
) -> None:
    """Read the stream page by page: write a page, then keep the cursor behind it, so that nothing is ever lost."""
    stream = admin.organizations.events.stream
    listing = stream(org_id, cursor=cursor, page_size=PAGE) if cursor else stream(org_id, since=since, page_size=PAGE)
    for page in listing.pages():
        write([event.to_json() for event in page])
        if listing.cursor:
            keep(listing.cursor)
    # At the end the cursor stays, to ask for what is new later.
    if listing.cursor:
        keep(listing.cursor)


class Output:
    """A file of JSON lines, to which each event is appended once."""

    def __init__(self, path: Path) -> None:
        path.touch()
        tail = deque[bytes](maxlen=PAGE)
        with path.open("r+b") as file:
            size = 0
            for line in file:
                if line.endswith(b"\n"):
                    tail.append(line)
                    size += len(line)
            # What is left was cut off within a line.
            file.truncate(size)
        try:
            self.known = {json.loads(line)["id"] for line in tail}
        except (ValueError, TypeError, KeyError) as fault:
            raise SetupError(f"{path} is no file of events: {fault!r}; name another with --output") from fault
        self.written = 0
        self.file: TextIO = path.open("a", encoding="utf-8", newline="\n")

    def write(self, lines: list[str]) -> None:
        for line in lines:
            if json.loads(line)["id"] not in self.known:
                self.file.write(line + "\n")
                self.written += 1
        self.file.flush()
        os.fsync(self.file.fileno())


def keep_in(path: Path) -> Callable[[str], None]:
    """Make a function that replaces the file's content whole, or not at all."""

    def keep(cursor: str) -> None:
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(cursor + "\n", encoding="utf-8")
        fresh.replace(path)

    return keep


def moment(text: str) -> datetime:
    """Read a date or a date with time; without a zone it is UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=timezone.utc)


@ends_well
def main(argv: Sequence[str] | None = None) -> int:
    parser = arguments(__doc__)
    parser.add_argument("--org", metavar="ID", help="organization, if the key belongs to several")
    parser.add_argument("--output", metavar="FILE", type=Path, help="append to this file")
    parser.add_argument(
        "--since", metavar="DATE", type=moment, help="where to begin the first time (default: a week ago)"
    )
    options = parser.parse_args(argv)
    since = options.since or datetime.now(timezone.utc) - timedelta(days=7)
    with connect(options) as (admin, _):
        org_id = organization(admin, options.org)
        if options.output is None:
            events(
                admin,
                org_id,
                lambda lines: sys.stdout.writelines(line + "\n" for line in lines),
                cursor=None,
                since=since,
                keep=lambda _: None,
            )
            return WELL
        place = options.output.with_name(options.output.name + ".cursor")
        cursor = place.read_text(encoding="utf-8").strip() if place.exists() else None
        output = Output(options.output)
        try:
            events(admin, org_id, output.write, cursor=cursor, since=since, keep=keep_in(place))
        except BadRequestError as fault:
            if not cursor:
                raise
            print(
                f"{fault}\nIs the place kept in {place} too old? If so, move that file away and name --since",
                file=sys.stderr,
            )
            return FAILED
        finally:
            output.file.close()
            print(f"{output.written} new events in {options.output}", file=sys.stderr)
    return WELL


if __name__ == "__main__":
    sys.exit(main())
