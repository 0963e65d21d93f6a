"""``python -m atlassian_cloud operations [--json]``: what this version can call."""

from __future__ import annotations

import argparse
import json
import sys

from ._native import __version__
from ._operations import operations


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m atlassian_cloud")
    parser.add_argument("--version", action="version", version=f"atlassian-cloud {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("operations", help="list every operation of the catalog")
    listing.add_argument("--json", action="store_true", help="one JSON array of records")
    arguments = parser.parse_args(argv)
    records = operations()
    if arguments.json:
        json.dump([record._asdict() for record in records], sys.stdout, indent=1)
        print()
    else:
        for record in records:
            print(f"{record.name:58} {record.method:6} {record.path}{'  (deprecated)' if record.deprecated else ''}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        # Whoever read has read enough, as `head` does.
        sys.stdout = None
        sys.exit(0)
