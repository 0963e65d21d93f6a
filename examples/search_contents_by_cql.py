"""Search Confluence by CQL, through all pages of the result, as one tab-separated line for each find.

Needs an API token of an account; only what it may see is found.

    python search_contents_by_cql.py --sandbox
    python search_contents_by_cql.py "type = page AND space = DOCS AND title ~ 'import'"
"""

import sys

from atlassian_cloud import Confluence, script


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("cql", nargs="?", default="type = page ORDER BY lastmodified DESC", help="default: %(default)s")
    parser.add_argument("--limit", metavar="N", type=script.at_least(1), help="only the first N")
    options = parser.read()
    with script.connect(Confluence, options) as confluence, script.Tally("found", every=100) as tally:
        for content in confluence.v1.content.search(options.cql, expand=["space", "version"], limit=options.limit):
            with tally.item(content.id):
                plain = content.to_dict()
                space, version = plain.get("space", {}).get("key", ""), plain.get("version", {}).get("number", "")
                print(content.id, content.type, space, version, content.title, sep="\t")
        print(tally, "; there may be more" if tally.done == options.limit else "", sep="", file=sys.stderr)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
