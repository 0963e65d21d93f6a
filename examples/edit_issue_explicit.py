"""Set fields of issues to given values, whatever was there before: the explicit way to edit.

Needs an API token of an account that may edit the issues. A second run sets the same again.

    python -m atlassian_cloud.sandbox run edit_issue_explicit.py ENG-1 ENG-2 --summary "Tidy up" --label cleanup
        --priority High --description "In **two** steps."
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from atlassian_cloud import AtlassianError, Jira, Markdown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("issue", nargs="+", help="keys")
    parser.add_argument("--summary")
    parser.add_argument("--description", help="Markdown")
    parser.add_argument("--priority", help="its name")
    parser.add_argument("--label", action="append", help="all labels from now on; may be repeated")
    parser.add_argument("--quiet", action="store_true", help="send no mail to watchers")
    options = parser.parse_args()
    fields: dict[str, Any] = {
        "summary": options.summary,
        "description": Markdown(options.description) if options.description else None,
        "priority": {"name": options.priority} if options.priority else None,
        "labels": options.label,
    }
    fields = {name: value for name, value in fields.items() if value is not None}
    if not fields:
        parser.error("name at least one field to set")
    failed = 0
    with Jira() as jira:
        for key in options.issue:
            try:
                jira.issues.update(key, fields=fields, notify_users=not options.quiet)
                print(f"{key}: {', '.join(fields)} set", flush=True)
            except AtlassianError as fault:
                failed += 1
                print(f"{key}: {fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
