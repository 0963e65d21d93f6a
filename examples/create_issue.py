"""Create a Jira issue with a description in Markdown and custom fields, named as people see them.

Needs an API token of an account that may create issues. An open issue of the same project and summary is left as it is,
so that a second run makes no second one.

    python -m atlassian_cloud.sandbox run create_issue.py ENG "Printer on fire" --type Bug
        --description "It *smokes*." --field "Story Points=3" --field "Customer=Globex"
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from atlassian_cloud import AtlassianError, Jira, Markdown


def field_ids(jira: Jira, names: list[str]) -> dict[str, str]:
    """Find the id of each field by its name; one that is missing or not the only one of its name is an error."""
    found = {name: [field.id for field in jira.fields.list() if field.name == name] for name in names}
    for name, ids in found.items():
        if len(ids) != 1:
            sys.exit(f"field {name!r}: {', '.join(map(str, ids)) or 'there is none'}; one was expected")
    return {name: str(ids[0]) for name, ids in found.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", help="key of the project")
    parser.add_argument("summary")
    parser.add_argument("--type", default="Task", help="name of the issue type (default: %(default)s)")
    parser.add_argument("--description", default="", help="Markdown")
    parser.add_argument("--field", metavar="NAME=VALUE", action="append", default=[], help="value is JSON or text")
    options = parser.parse_args()
    given = dict(field.split("=", 1) for field in options.field)
    with Jira() as jira:
        like = f"project = {json.dumps(options.project)} AND statusCategory != Done AND summary ~ {json.dumps(options.summary)}"
        for issue in jira.issues.search(like, fields=["summary"]):
            if issue["fields"]["summary"] == options.summary:
                print(f"{issue.key} is there already")
                return 0
        fields: dict[str, Any] = {
            "project": {"key": options.project},
            "summary": options.summary,
            "issuetype": {"name": options.type},
        }
        if options.description:
            fields["description"] = Markdown(options.description)
        for name, field_id in field_ids(jira, list(given)).items():
            try:
                fields[field_id] = json.loads(given[name])
            except ValueError:
                fields[field_id] = given[name]
        print(f"{jira.issues.create(fields=fields).key} was created")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
