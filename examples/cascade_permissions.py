"""Give the restrictions of a Confluence page to all pages below it. `--execute` does it, otherwise it is only told.

Needs an API token of an account that may edit the restrictions of each page. Pages that have the same already are left
alone, so that a second run goes on where the first one ended.

    python -m atlassian_cloud.sandbox run cascade_permissions.py 100053 --execute
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from atlassian_cloud import AtlassianError, Confluence


def restrictions(confluence: Confluence, page: str) -> dict[str, dict[str, list[str]]]:
    """Who may read and update: account ids and group ids for each operation; none of both is everyone."""
    found: dict[str, dict[str, list[str]]] = {}
    for one in confluence.v1.content.restrictions.list(page).to_dict()["results"]:
        users, groups = (one["restrictions"][kind]["results"] for kind in ("user", "group"))
        found[one["operation"]] = {"user": sorted(user["accountId"] for user in users),
                                   "group": sorted(group["id"] for group in groups)}  # fmt: skip
    return found


def body(wanted: dict[str, dict[str, list[str]]]) -> Any:
    def subjects(who: dict[str, list[str]]) -> dict[str, Any]:
        users = [{"type": "known", "accountId": account} for account in who["user"]]
        return {"user": users, "group": [{"type": "group", "id": group} for group in who["group"]]}

    return [{"operation": operation, "restrictions": subjects(who)} for operation, who in wanted.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", help="id of the parent")
    parser.add_argument("--execute", action="store_true", help="change the pages")
    options = parser.parse_args()
    failed = 0
    with Confluence() as confluence:
        wanted = restrictions(confluence, options.page)
        for page in confluence.pages.descendants.list(options.page, depth=5):
            try:
                same = restrictions(confluence, page.id) == wanted
                if not same and options.execute:
                    confluence.v1.content.restrictions.set(page.id, body=body(wanted))
                state = "the same already" if same else "changed" if options.execute else "would change"
                print(f"{page.id} {page.title}: {state}", flush=True)
            except AtlassianError as fault:
                failed += 1
                print(f"{page.id} {page.title}: {fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
