"""Show the custom fields of the issues that a query finds, by name, as one JSON object a line.

Needs an API token of an account that sees the issues. Fields that share a name are told apart by their id.

    python extract_custom_fields.py --sandbox
    python extract_custom_fields.py "project = ENG AND key <= ENG-6 ORDER BY key"
"""

import json
import sys
from collections import Counter
from typing import Any

from atlassian_cloud import Jira, adf, script
from atlassian_cloud.jira import custom_fields


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("jql", nargs="?", default="updated >= -30d ORDER BY key", help="default: %(default)s")
    parser.add_argument("--field", metavar="NAME", action="append", help="only this field; may be repeated")
    options = parser.read()
    with script.connect(Jira, options) as jira, script.Tally("values", every=1000) as tally:
        fields = custom_fields.load(jira)
        custom = [field for field in fields if field.custom]
        times = Counter(field.name for field in custom)
        wanted = [fields[name] for name in options.field] if options.field else custom
        for issue in jira.issues.search(options.jql, fields=[field.id for field in wanted]):
            found: dict[str, Any] = {"key": issue.key}
            # What was asked for and did not come is no field of that project.
            for field in (field for field in wanted if issue.fields and field.id in issue.fields):
                with tally.item(field.name):
                    value = fields.read(issue, field.id)
                    if value is None or value == []:
                        continue
                    if field.kind is custom_fields.RICH_TEXT:
                        value = adf.to_markdown(value).strip()
                    found[field.name if times[field.name] == 1 else f"{field.name} ({field.id})"] = value
            # Options, users, versions and their like are said as people read them, and so are dates.
            print(json.dumps(found, ensure_ascii=False, default=str), flush=True)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
