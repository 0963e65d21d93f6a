"""What the checkers make of fields by name and of jobs of several calls. Never run: `tests/test_stubs.py` has it checked."""

from __future__ import annotations

from datetime import date
from typing import Any

from atlassian_cloud import Admin, AsyncConfluence, AsyncJira, Confluence, Jira, script
from atlassian_cloud.admin import DirectoryUser, ScimUser, lookup
from atlassian_cloud.admin.scim_patch import ScimPatch
from atlassian_cloud.confluence import publishing
from atlassian_cloud.jira import User, bulk, custom_fields, editing, workflow_builder
from typing_extensions import assert_type


def fields(jira: Jira) -> None:
    known = custom_fields.load(jira)
    assert_type(known, custom_fields.Fields)
    assert_type(known.id("Story Points"), str)
    issue = jira.issues.get("ENG-1")
    assert_type(known.read(issue, "Story Points", custom_fields.NUMBER), float | None)
    assert_type(known.read(issue, "Go-live", custom_fields.DATE), date | None)
    assert_type(known.read(issue, "Stakeholders", custom_fields.USERS), list[custom_fields.Person] | None)
    assert_type(known.read(issue, "Severity"), Any)
    many = known.read_many(jira.issues.search("project = ENG"), "Region", custom_fields.CASCADE)
    assert_type(many, custom_fields.Readings[custom_fields.Cascade])
    assert_type(many.values["ENG-1"], custom_fields.Cascade | None)
    jira.issues.update("ENG-1", fields=known.values({"Story Points": 5}))
    jira.issues.update("ENG-1", update=editing.update_of(known, [editing.Add("Labels", "x")]))
    known.read(issue, "Story Points", "number")  # refused
    known.read("ENG-1", "Story Points")  # refused


def jobs(jira: Jira, confluence: Confluence, admin: Admin) -> None:
    assert_type(editing.create(jira, {"Summary": "x"}), str)
    editing.edit(jira, "ENG-1", {"Story Points": 5}, [editing.Set("Summary", "x")], notify_users=False)
    assert_type(editing.find_or_create(jira, "project = ENG", {}), editing.Found)
    assert_type(bulk.create_many(jira, [{"Summary": "x"}]), list[bulk.Outcome])
    assert_type(workflow_builder.create_workflows(jira, [workflow_builder.WorkflowBuilder("x")]), dict[str, str])
    assert_type(publishing.publish(confluence, "ENG", "Title", "<p/>", retries=1), publishing.Published)
    assert_type(publishing.read_tree(confluence, 1), publishing.PageNode)
    admin.scim.users.patch("1", operations=ScimPatch().add("title", "x").operations)
    admin.scim.users.patch("1", operations=ScimPatch().add("title", "x"))
    assert_type(editing.transition(jira, "ENG-1", "Done"), bool)
    page = confluence.pages.create(space_id=publishing.space_id(confluence, "ENG"), title="x")
    confluence.pages.list(space_id=[page.space_id or 0], id=[page.id or ""])
    jira.workflows.create_many(**workflow_builder.create_payload([workflow_builder.WorkflowBuilder("x")]))
    assert_type(editing.find_user(jira, "a@b.example"), User)
    assert_type(publishing.space_id(confluence, "ENG"), int)
    assert_type(publishing.page_id(confluence, "ENG", "Title"), str)
    assert_type(lookup.organization_id(admin), str)
    assert_type(lookup.find_user(admin, "org", "a@b.example"), DirectoryUser)
    assert_type(lookup.find_scim_user(admin, "a@b.example"), ScimUser | None)
    lookup.organization_id(jira)  # refused
    editing.create(confluence, {"Summary": "x"})  # refused
    editing.transition(jira, "ENG-1")  # refused
    editing.edit(jira, "ENG-1", update=[("add", "Labels", "x")])  # refused
    publishing.publish(jira, "ENG", "Title", "<p/>")  # refused
    publishing.publish(confluence, "ENG", "Title", "<p/>", retry=True)  # refused


async def awaited(jira: AsyncJira, confluence: AsyncConfluence) -> None:
    assert_type(await custom_fields.load(jira), custom_fields.Fields)
    assert_type(await editing.create(jira, {"Summary": "x"}), str)
    assert_type(await bulk.edit_many(jira, ["ENG-1"], {"Story Points": 5}), list[bulk.Outcome])
    assert_type(await publishing.publish(confluence, "ENG", "Title", "<p/>"), publishing.Published)
    editing.create(jira, {"Summary": "x"}).upper()  # refused


def scripts(parser: script.Parser) -> None:
    options = parser.read()
    assert_type(script.connect(Jira, options), Jira)
    assert_type(script.connect(AsyncJira, options, gateway=True), AsyncJira)
    assert_type(script.Tally("issues").code, int)
    script.connect("Jira", options)  # refused
