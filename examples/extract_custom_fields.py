"""Show the custom fields of the issues that a query finds, by name, as one JSON object a line.

Needs an API token of an account that sees the issues. Fields that share a name are told apart by their id.

    python -m atlassian_cloud.sandbox run extract_custom_fields.py "project = ENG AND key <= ENG-6 ORDER BY key"
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import Any

from atlassian_cloud import AtlassianError, Jira, adf


def plain(value: Any) -> Any:
    """Say a value as people read it: an option by its value, a user by name, rich text as Markdown."""
    kind = type(value).__name__
    if kind == "list":
        return [plain(one) for one in value]
    if kind != "dict":
        return value
    if value.get("type") == "doc":
        return adf.to_markdown(value).strip()
    shown: Any = next((value[key] for key in ("value", "displayName", "name", "key") if key in value), value)
    return f"{shown} / {plain(value['child'])}" if "child" in value else shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jql", nargs="?", default="updated >= -30d ORDER BY key", help="default: %(default)s")
    parser.add_argument("--field", metavar="NAME", action="append", help="only this field; may be repeated")
    options = parser.parse_args()
    failed = 0
    with Jira() as jira:
        custom = [field for field in jira.fields.list() if field.custom]
        times = Counter(field.name for field in custom)
        names = {field.id: f"{field.name} ({field.id})" if times[field.name] > 1 else field.name for field in custom}
        wanted = [field.id for field in custom if not options.field or field.name in options.field]
        if options.field and (unknown := set(options.field) - set(times)):
            parser.error(f"no custom field is named {', '.join(sorted(unknown))}")
        for issue in jira.issues.search(options.jql, fields=[str(field_id) for field_id in wanted]):
            values = issue.to_dict()["fields"]
            try:
                found = {names[key]: plain(values[key]) for key in wanted if values.get(key) not in (None, [])}
                print(json.dumps({"key": issue.key, **found}, ensure_ascii=False), flush=True)
            except (KeyError, TypeError, ValueError) as fault:
                failed += 1
                print(f"{issue.key}: {fault!r}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
