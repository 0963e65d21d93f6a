"""Add a custom field to every screen that a project shows for its issues.

Needs an API token of a Jira administrator. Screens that show the field already are left alone, so that a second run is
safe. Team-managed projects have no screens.

    python -m atlassian_cloud.sandbox run add_custom_field_to_screen.py ENG "Root cause" --create textarea
"""

from __future__ import annotations

import argparse
import sys

from atlassian_cloud import AtlassianError, Jira


def screens_of(jira: Jira, project: str) -> set[str]:
    """Project -> issue type screen scheme -> screen schemes -> screens."""
    schemes = jira.issue_types.screen_schemes
    used = schemes.list_for_projects(project_id=[int(jira.projects.get(project).id or 0)]).to_list()
    ids = [int(one.to_dict()["issueTypeScreenScheme"]["id"]) for one in used if "issueTypeScreenScheme" in one]
    if not ids:
        sys.exit(f"{project} has no screens")
    mappings = schemes.list_mappings(issue_type_screen_scheme_id=ids)
    wanted = sorted({int(one.to_dict()["screenSchemeId"]) for one in mappings})
    return {str(screen) for one in jira.screens.schemes.list(id=wanted) for screen in one.to_dict()["screens"].values()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", help="key of the project")
    parser.add_argument("field", help="name or id of the field")
    parser.add_argument("--create", metavar="TYPE", help="make it if it is missing: textfield, textarea, float, ...")
    options = parser.parse_args()
    failed = 0
    with Jira() as jira:
        found = [field.id for field in jira.fields.list() if options.field in (field.name, field.id)]
        if not found and options.create:
            kind = f"com.atlassian.jira.plugin.system.customfieldtypes:{options.create}"
            found = [jira.fields.create(name=str(options.field), type=kind).id]
        if len(found) != 1:
            sys.exit(f"{len(found)} fields are {options.field!r}; one was expected: {', '.join(map(str, found))}")
        for screen in sorted(screens_of(jira, options.project), key=int):
            try:
                tabs = [str(tab.id) for tab in jira.screens.tabs.list(screen)]
                if any(one.id == found[0] for tab in tabs for one in jira.screens.tabs.fields.list(screen, tab)):
                    print(f"screen {screen}: shows {options.field} already")
                    continue
                jira.screens.tabs.fields.add(screen, tabs[0], field_id=str(found[0]))
                print(f"screen {screen}: {options.field} added", flush=True)
            except AtlassianError as fault:
                failed += 1
                print(f"screen {screen}: {fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
