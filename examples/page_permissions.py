"""Tell what a user may do with Confluence pages, and which restrictions stand in the way.

Needs an API token of an administrator of the space.

    python -m atlassian_cloud.sandbox run page_permissions.py 5e5f6a63157ed50cd2b9eaca 100053 100021
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from atlassian_cloud import AtlassianError, Confluence


def blockers(confluence: Confluence, page: str, operation: str, account: str) -> list[str]:
    """The page and its ancestors whose restrictions of this operation do not name the user."""
    found: list[str] = []
    for one in [page, *(one["id"] for one in confluence.pages.ancestors.list(page).to_dict()["results"])]:
        for restriction in confluence.v1.content.restrictions.list(one).to_dict()["results"]:
            users, groups = (restriction["restrictions"][kind]["results"] for kind in ("user", "group"))
            named = any(user["accountId"] == account for user in users)
            if restriction["operation"] == operation and (users or groups) and not named:
                who = [user["displayName"] for user in users] + [group["name"] for group in groups]
                found.append(f"page {one} is for {', '.join(who)} only")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("account", help="account id of the user")
    parser.add_argument("page", nargs="+", help="ids")
    options = parser.parse_args()
    failed = 0
    with Confluence() as confluence:
        for page in options.page:
            try:
                print(f"{page} {confluence.pages.get(page).title}")
                for operation in ("read", "update", "delete"):
                    subject: Any = {"type": "user", "identifier": options.account}
                    answer = confluence.v1.content.permissions.check(page, subject=subject, operation=operation)
                    why = [] if answer.has_permission else blockers(confluence, page, operation, options.account)
                    print(f"  {operation}: {'yes' if answer.has_permission else 'no'}", *why, sep="; ", flush=True)
            except AtlassianError as fault:
                failed += 1
                print(f"{page}: {fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
