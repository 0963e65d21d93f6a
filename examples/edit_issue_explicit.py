"""Set fields of issues to given values, whatever was there before: the explicit way to edit.

Needs an API token of an account that may edit the issues. A second run sets the same again.

    python edit_issue_explicit.py --sandbox
    python edit_issue_explicit.py ENG-1 ENG-2 --summary "Tidy up" --label cleanup --priority High
        --description "In **two** steps." --field Severity=Major
"""

import sys
from typing import Any

from atlassian_cloud import Jira, Markdown, script
from atlassian_cloud.jira import bulk, custom_fields, editing


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("issue", nargs="+", help="keys or ids of the issues")
    parser.add_argument("--summary", metavar="TEXT", help="one line")
    parser.add_argument("--description", metavar="TEXT", help="Markdown; of an empty text the issue has none")
    parser.add_argument("--priority", metavar="NAME", help="such as High")
    parser.add_argument("--label", action="append", help="all labels from now on; may be repeated")
    told = """name or id of a field and its value: JSON if the field takes it, such as 'Labels=["a", "b"]', or else text, people by
        email address or account id; may be repeated"""
    parser.add_argument("--field", metavar="NAME=VALUE", type=script.field, action="append", default=[], help=told)
    told = "as one task of the server, which is sooner for many issues; Jira lets fewer fields be set so"
    parser.add_argument("--at-once", action="store_true", help=told)
    parser.add_argument("--quiet", action="store_true", help="send no mail to watchers")
    options = parser.read()
    given: dict[str, Any] = {"summary": options.summary, "priority": options.priority, "labels": options.label}
    fields = {name: value for name, value in given.items() if value is not None}
    if options.description is not None:
        fields["description"] = Markdown(options.description) if options.description else None
    if not (fields or options.field):
        parser.error("name at least one field to set")
    with script.connect(Jira, options) as jira, script.Tally("issues") as tally:
        fields |= script.field_values(custom_fields.load(jira), options.field)
        mail = not options.quiet
        outcomes = bulk.edit_many(jira, options.issue, fields, notify=mail) if options.at_once else []
        failed = {outcome.key: outcome.error for outcome in outcomes if outcome.error}
        for key in options.issue:
            with tally.item(key):
                if key in failed:
                    raise failed[key]
                if not options.at_once:
                    editing.edit(jira, key, fields, notify_users=mail)
                print(f"{key}: {', '.join(fields)} set")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
