"""Edit issues by operations on what is there, such as one label more and one less: the implicit way.

Needs an API token of an account that may edit the issues. Adding what is there and removing what is not does nothing,
so that a second run is safe; a comment is left out where it is the last one already.

    python -m atlassian_cloud.sandbox run edit_issue_implicit.py ENG-1 ENG-2 --add-label urgent --remove-label backend
        --comment "Please look **today**."
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from atlassian_cloud import AtlassianError, Jira, Markdown, adf


def last_comment(jira: Jira, key: str) -> str:
    found = jira.issues.comments.list(key, order_by="-created", limit=1).first()
    return adf.to_text(found.to_dict()["body"]).strip() if found else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("issue", nargs="+", help="keys")
    parser.add_argument("--add-label", metavar="LABEL", action="append", default=[])
    parser.add_argument("--remove-label", metavar="LABEL", action="append", default=[])
    parser.add_argument("--comment", help="Markdown")
    options = parser.parse_args()
    labels = [{"add": label} for label in options.add_label] + [{"remove": label} for label in options.remove_label]
    if not (labels or options.comment):
        parser.error("name at least one operation")
    failed = 0
    with Jira() as jira:
        for key in options.issue:
            try:
                update: dict[str, Any] = {"labels": labels} if labels else {}
                if (
                    options.comment
                    and last_comment(jira, key) != adf.to_text(adf.from_markdown(options.comment)).strip()
                ):
                    update["comment"] = [{"add": {"body": Markdown(options.comment)}}]
                if update:
                    jira.issues.update(key, update=update)
                now = jira.issues.get(key, fields=["labels"])["fields"]["labels"]
                print(
                    f"{key}: labels {', '.join(now) or 'none'}{', one comment more' if 'comment' in update else ''}",
                    flush=True,
                )
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
