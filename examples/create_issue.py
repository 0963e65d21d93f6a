"""Create a Jira issue with a description in Markdown and custom fields, named as people see them.

Needs an API token of an account that may create issues. An open issue of the same project and summary is left as it is,
so that a second run makes no second one.

    python create_issue.py --sandbox
    python create_issue.py ENG "Printer on fire" --type Bug --description "It *smokes*."
        --field "Story Points=3" --field "Customer=Globex"
"""

import re
import sys
from typing import Any

from atlassian_cloud import Jira, Markdown, script
from atlassian_cloud.jira import custom_fields, editing


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("project", help="key of the project")
    parser.add_argument("summary", help="one line")
    parser.add_argument("--type", default="Task", help="name of the issue type (default: %(default)s)")
    parser.add_argument("--description", metavar="TEXT", help="Markdown")
    told = """name or id of a field and its value: JSON if the field takes it, such as 'Labels=["a", "b"]', or else text, people by
        email address or account id; may be repeated"""
    parser.add_argument("--field", metavar="NAME=VALUE", type=script.field, action="append", default=[], help=told)
    options = parser.read()
    fields: dict[str, Any] = {"project": options.project, "summary": options.summary, "issuetype": options.type}
    if options.description:
        fields["description"] = Markdown(options.description)
    with script.connect(Jira, options) as jira:
        fields.update(script.field_values(custom_fields.load(jira), options.field))
        like = f'project = "{options.project}" AND statusCategory != Done'
        # Signs and words such as NOT would be operators of the search.
        if words := re.findall(r"\w+", options.summary.lower()):
            like += f' AND summary ~ "{" ".join(words)}"'
        issue = editing.find_or_create(jira, like, fields, same=["summary"])
        print(f"{issue.key} {'was created' if issue.created else 'is there already'}")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
