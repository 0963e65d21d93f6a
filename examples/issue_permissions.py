"""Tell what a user may do with Jira issues, permission by permission.

Needs an API token of a Jira administrator.

    python -m atlassian_cloud.sandbox run issue_permissions.py 5e5f6a63157ed50cd2b9eaca ENG-1 HELP-1
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from atlassian_cloud import AtlassianError, Jira

PERMISSIONS = ("BROWSE_PROJECTS", "EDIT_ISSUES", "ASSIGN_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS", "DELETE_ISSUES")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("account", help="account id of the user")
    parser.add_argument("issue", nargs="+", help="keys")
    parser.add_argument("--permission", action="append", help="keys such as EDIT_ISSUES; default: the everyday ones")
    options = parser.parse_args()
    wanted = options.permission or list(PERMISSIONS)
    failed = 0
    with Jira() as jira:
        for key in options.issue:
            try:
                number = int(jira.issues.get(key, fields=["summary"]).id or 0)
                asked: Any = [{"permissions": wanted, "issues": [number]}]
                answer = jira.permissions.check(account_id=options.account, project_permissions=asked).to_dict()
            except AtlassianError as fault:
                failed += 1
                print(f"{key}: {fault}", file=sys.stderr)
                continue
            granted = {one["permission"] for one in answer["projectPermissions"] if number in one.get("issues", [])}
            print(key)
            for permission in wanted:
                print(f"  {permission}: {'yes' if permission in granted else 'no'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
