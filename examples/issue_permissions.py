"""Tell what a user may do with Jira issues, permission by permission.

Needs an API token of a Jira administrator.

    python issue_permissions.py --sandbox
    python issue_permissions.py vera.mars@acme.example ENG-1 HELP-1
"""

import sys
from typing import Any

from atlassian_cloud import Jira, script
from atlassian_cloud.jira import editing

PERMISSIONS = ("BROWSE_PROJECTS", "EDIT_ISSUES", "ASSIGN_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS", "DELETE_ISSUES")


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("who", help="email address or account id of the user")
    parser.add_argument("issue", nargs="+", help="keys or ids of the issues")
    parser.add_argument("--permission", action="append", help="keys such as EDIT_ISSUES; default: the everyday ones")
    options = parser.read()
    wanted = options.permission or list(PERMISSIONS)
    with script.connect(Jira, options) as jira, script.Tally("issues") as tally:
        account = str(editing.find_user(jira, options.who).account_id)
        for key in options.issue:
            with tally.item(key):
                number = int(jira.issues.get(key, fields=["summary"]).id or 0)
                asked: Any = [{"permissions": wanted, "issues": [number]}]
                answer = jira.permissions.check(account_id=account, project_permissions=asked).to_dict()
                granted = {one["permission"] for one in answer["projectPermissions"] if number in one.get("issues", [])}
                print(key)
                for permission in wanted:
                    print(f"  {permission}: {'yes' if permission in granted else 'no'}")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
