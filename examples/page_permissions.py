"""Tell what a user may do with Confluence pages, and which restrictions stand in the way.

Needs an API token of an administrator of the space. Confluence finds nobody by email address: Jira is asked.

    python page_permissions.py --sandbox
    python page_permissions.py vera.mars@acme.example 100053 100021
"""

import sys
from typing import Any

from atlassian_cloud import Confluence, Jira, script
from atlassian_cloud.jira import editing


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


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("who", help="email address or account id of the user")
    parser.add_argument("page", nargs="+", help="ids of the pages")
    options = parser.read()
    account = options.who
    if "@" in account:
        with script.connect(Jira, options) as jira:
            account = str(editing.find_user(jira, account).account_id)
    with script.connect(Confluence, options) as confluence, script.Tally("pages") as tally:
        for page in options.page:
            with tally.item(page):
                print(f"{page} {confluence.pages.get(page).title}")
                for operation in ("read", "update", "delete"):
                    subject: Any = {"type": "user", "identifier": account}
                    answer = confluence.v1.content.permissions.check(page, subject=subject, operation=operation)
                    why = [] if answer.has_permission else blockers(confluence, page, operation, account)
                    print(f"  {operation}: {'yes' if answer.has_permission else 'no'}", *why, sep="; ")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
