"""Give the restrictions of a Confluence page to all pages below it. `--execute` does it, otherwise it is only told.

Needs an API token of an account that may edit the restrictions of each page. Pages that have the same already are left
alone, so that a second run goes on where the first one ended.

    python cascade_permissions.py --sandbox
    python cascade_permissions.py 100053 --execute
"""

import sys
from typing import Any

from atlassian_cloud import AtlassianError, Confluence, script
from atlassian_cloud.confluence import publishing

Restrictions = dict[str, dict[str, list[str]]]


def restrictions(confluence: Confluence, page: str) -> Restrictions:
    """Who may read and update: account ids and group ids for each operation; none of both is everyone."""
    found: Restrictions = {}
    answer = confluence.v1.content.restrictions.list(page).to_dict()
    if "results" not in answer:
        # Which is not to say that everyone may.
        raise AtlassianError(f"the server does not tell the restrictions of page {page}")
    for one in answer["results"]:
        users, groups = (one["restrictions"][kind]["results"] for kind in ("user", "group"))
        accounts, ids = (sorted(user["accountId"] for user in users), sorted(group["id"] for group in groups))
        found[one["operation"]] = {"user": accounts, "group": ids}
    return found


def body(wanted: Restrictions) -> Any:
    def subjects(who: dict[str, list[str]]) -> dict[str, Any]:
        users = [{"type": "known", "accountId": account} for account in who["user"]]
        return {"user": users, "group": [{"type": "group", "id": group} for group in who["group"]]}

    return [{"operation": operation, "restrictions": subjects(who)} for operation, who in wanted.items()]


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("page", help="id of the parent")
    parser.add_argument("--execute", action="store_true", help="change the pages")
    options = parser.read()
    with script.connect(Confluence, options) as confluence, script.Tally("pages") as tally:
        wanted = restrictions(confluence, options.page)
        try:
            tree = publishing.read_tree(confluence, options.page)
        except KeyError as missing:
            raise AtlassianError(f"the server does not tell the {missing} of a page in the tree") from missing
        for page in tree.below():
            with tally.item(f"{page.id} {page.title}"):
                state = "the same already"
                if restrictions(confluence, page.id) != wanted:
                    state = "changed" if options.execute else "would change"
                    if options.execute:
                        confluence.v1.content.restrictions.set(page.id, body=body(wanted))
                print(f"{page.id} {page.title}: {state}")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
