"""Add a custom field to every screen that a project shows for its issues.

Needs an API token of a Jira administrator. Screens that show the field already are left alone, so that a second run is
safe. Team-managed projects have no screens.

    python add_custom_field_to_screen.py --sandbox
    python add_custom_field_to_screen.py ENG "Root cause" --create textarea
"""

import sys

from atlassian_cloud import Jira, script
from atlassian_cloud.jira import custom_fields


def screens_of(jira: Jira, project: str) -> list[int]:
    """Project -> issue type screen scheme -> screen schemes -> screens."""
    schemes = jira.issue_types.screen_schemes
    used = [one.to_dict() for one in schemes.list_for_projects(project_id=[int(jira.projects.get(project).id or 0)])]
    ids = [int(one["issueTypeScreenScheme"]["id"]) for one in used if "issueTypeScreenScheme" in one]
    if not ids:
        raise script.SetupError(f"{project} has no screens")
    mappings = schemes.list_mappings(issue_type_screen_scheme_id=ids)
    wanted = sorted({int(one.to_dict()["screenSchemeId"]) for one in mappings})
    return sorted(
        {screen for one in jira.screens.schemes.list(id=wanted) for screen in one.to_dict()["screens"].values()}
    )


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("project", help="key of the project")
    parser.add_argument("field", help="name or id of the field")
    parser.add_argument("--create", metavar="TYPE", help="make it if it is missing: textfield, textarea, float, ...")
    options = parser.read()
    with script.connect(Jira, options) as jira, script.Tally("screens") as tally:
        screens = screens_of(jira, options.project)
        if options.create and custom_fields.load(jira).get(options.field) is None:
            kind = f"com.atlassian.jira.plugin.system.customfieldtypes:{options.create}"
            print(f"{options.field} made: {jira.fields.create(name=options.field, type=kind).id}")
        try:
            field_id = custom_fields.load(jira, refresh=True).id(options.field)
        except custom_fields.FieldNameError as fault:
            raise script.SetupError(f"{fault}; --create TYPE makes one that is missing") from fault
        for screen in screens:
            with tally.item(f"screen {screen}"):
                tabs = [str(tab.id) for tab in jira.screens.tabs.list(screen)]
                if any(one.id == field_id for tab in tabs for one in jira.screens.tabs.fields.list(screen, tab)):
                    print(f"screen {screen}: shows {options.field} already")
                    continue
                jira.screens.tabs.fields.add(screen, tabs[0], field_id=field_id)
                print(f"screen {screen}: {options.field} added")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
