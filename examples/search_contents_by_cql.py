"""Search Confluence by CQL, through all pages of the result, as one tab-separated line for each find.

Needs an API token of an account; only what it may see is found.

    python -m atlassian_cloud.sandbox run search_contents_by_cql.py "type = page AND space = DOCS AND title ~ 'import'"
"""

from __future__ import annotations

import argparse
import sys

from atlassian_cloud import AtlassianError, Confluence


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cql", nargs="?", default="type = page ORDER BY lastmodified DESC", help="default: %(default)s")
    parser.add_argument("--limit", metavar="N", type=int, help="only the first N")
    options = parser.parse_args()
    count = 0
    with Confluence() as confluence:
        found = confluence.v1.content.search(options.cql, expand=["space", "version"], limit=options.limit)
        for count, content in enumerate(found, start=1):
            plain = content.to_dict()
            space, version = plain.get("space", {}), plain.get("version", {})
            print(
                content.id,
                content.type,
                space.get("key", ""),
                version.get("number", ""),
                content.title,
                sep="\t",
                flush=True,
            )
            if count % 100 == 0:
                print(f"{count} found", file=sys.stderr)
    print(f"{count} found", file=sys.stderr)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
