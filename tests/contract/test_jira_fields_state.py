"""Fields of Jira, their contexts and options, and the screens they stand on, in both versions of the API."""

from __future__ import annotations

from typing import Any

import pytest
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = [
    pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS),
    # What Atlassian calls deprecated still is what many scripts call.
    pytest.mark.filterwarnings("ignore:.*is deprecated by Atlassian"),
]

SELECT = "com.atlassian.jira.plugin.system.customfieldtypes:select"


def test_fields(box: Sandbox, jira: Any, tally: Tally) -> None:
    fields = jira.fields
    field = fields.create(name="Mood", type=SELECT, description="How it feels.").id
    fields.list()
    more = "key,lastUsed,screensCount,contextsCount,isLocked,searcherKey,projectsCount"
    list(fields.search(expand=more, limit=20))
    fields.update(field, name="Mood of the day")
    fields.trash(field)
    assert [one.name for one in fields.search_trashed()] == ["Mood of the day"]
    fields.restore(field)
    fields.delete(field)
    exchange.agrees(box, tally)


def test_contexts_and_options(box: Sandbox, jira: Any, tally: Tally) -> None:
    contexts, options = jira.fields.contexts, jira.fields.contexts.options
    field = jira.fields.create(name="Mood", type=SELECT).id
    context = next(iter(contexts.list(field))).id
    list(contexts.list_legacy(field))
    good, bad = options.create_many(
        field, context, options=[{"value": "Good"}, {"value": "Bad", "disabled": True}]
    ).options
    options.update_many(field, context, options=[{"id": bad.id, "value": "So so"}])
    options.move(field, context, custom_field_option_ids=[bad.id], position="First")
    assert [option.value for option in options.list(field, context)] == ["So so", "Good"]
    options.get(good.id)
    contexts.set_default_values(
        field, default_values=[{"contextId": context, "optionId": good.id, "type": "option.single"}]
    )
    list(contexts.list_legacy_default_values(field))
    options.delete(field, context, bad.id)
    cascade = next(iter(contexts.list("customfield_10038"))).id
    list(options.list("customfield_10038", cascade))

    special = contexts.create(field, name="Of ENG", project_ids=["10000"], issue_type_ids=["10004"]).id
    contexts.update(field, special, description="For bugs.")
    contexts.add_projects(field, special, project_ids=["10001"])
    contexts.remove_projects(field, special, project_ids=["10001"])
    contexts.add_issue_types(field, special, issue_type_ids=["10003"])
    contexts.remove_issue_types(field, special, issue_type_ids=["10003"])
    list(contexts.list_project_mappings(field))
    list(contexts.list_issue_type_mappings(field))
    where = [{"projectId": "10000", "issueTypeId": "10004"}]
    assert [one.context_id for one in contexts.list_for_projects_and_issue_types(field, mappings=where)] == [special]
    contexts.delete(field, special)
    exchange.agrees(box, tally)


def test_screens(box: Sandbox, jira: Any, tally: Tally) -> None:
    screens, tabs = jira.screens, jira.screens.tabs
    field = jira.fields.create(name="Mood", type=SELECT).id
    screens.add_field_to_default(field)
    list(screens.list_for_field(field, expand="tab"))
    screen = screens.create(name="Moods", description="How it feels.").id
    list(screens.list())
    screens.update(screen, name="All moods")
    screens.list_available_fields(screen)
    tab = tabs.create(screen, name="Second").id
    tabs.list(screen)
    tabs.update(screen, tab, name="First")
    tabs.move(screen, tab, 0)
    tabs.fields.add(screen, tab, field_id=field)
    tabs.fields.add(screen, tab, field_id="summary")
    tabs.fields.move(screen, tab, "summary", position="First")
    assert [one.id for one in tabs.fields.list(screen, tab)] == ["summary", field]
    tabs.fields.remove(screen, tab, field)
    tabs.delete(screen, tab)
    screens.delete(screen)
    exchange.agrees(box, tally)


def test_screen_schemes(box: Sandbox, jira: Any, tally: Tally) -> None:
    screen = jira.screens.create(name="Moods").id
    scheme = jira.screens.schemes.create(name="Mood screens", screens={"default": 1, "create": screen}).id
    list(jira.screens.schemes.list(expand="issueTypeScreenSchemes"))
    jira.screens.schemes.update(scheme, name="Mood")
    by_type = jira.issue_types.screen_schemes
    moods = by_type.create(
        issue_type_mappings=[{"issueTypeId": "default", "screenSchemeId": str(scheme)}], name="Moods by type"
    ).id
    list(by_type.list())
    by_type.add_mappings(moods, issue_type_mappings=[{"issueTypeId": "10004", "screenSchemeId": "1"}])
    by_type.set_default_mapping(moods, screen_scheme_id="1")
    list(by_type.list_mappings())
    by_type.remove_mappings(moods, issue_type_ids=["10004"])
    by_type.assign_to_project(issue_type_screen_scheme_id=moods, project_id="10000")
    list(by_type.list_for_projects(project_id=[10000]))
    assert [project.key for project in by_type.list_projects(int(moods))] == ["ENG"]
    by_type.assign_to_project(issue_type_screen_scheme_id="1", project_id="10000")
    by_type.update(moods, name="Moods")
    by_type.delete(moods)
    jira.screens.schemes.delete(str(scheme))
    exchange.agrees(box, tally)
