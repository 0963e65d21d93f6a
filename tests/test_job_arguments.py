"""Wrong arguments of the jobs of several calls: each is told by its name, and nothing is sent."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType, NoneType
from typing import Any

import pytest
from atlassian_cloud import Admin, AsyncJira, AtlassianError, Confluence, Jira, Markdown
from atlassian_cloud.admin import lookup
from atlassian_cloud.admin.scim_patch import ScimPatch
from atlassian_cloud.confluence import publishing
from atlassian_cloud.confluence.publishing import Draft
from atlassian_cloud.jira import bulk, custom_fields, editing, workflow_builder
from atlassian_cloud.jira.custom_fields import Field, Fields, FieldValueError
from atlassian_cloud.jira.editing import Add, Copy, Edit, Remove, Set
from atlassian_cloud.jira.workflow_builder import WorkflowBuilder
from atlassian_cloud.sandbox import Sandbox

TASK = {"Project": "ENG", "Issue Type": "Task", "Summary": "Given"}
FIELD = Field("summary", "Summary", custom_fields.TEXT)
ISSUE = {"key": "ENG-1", "fields": {"summary": "Given"}}
CURRENT = {"id": "1", "version": {"id": "1", "versionNumber": 1}}


def built() -> WorkflowBuilder:
    return WorkflowBuilder("Given").status("To Do", "TODO").start("To Do")


def patched(verb: str, **given: Any) -> Any:
    return getattr(ScimPatch(), verb)(**given)


# What each takes besides a client, with every argument that it has.
JOBS: dict[str, tuple[Any, type[Any] | None, dict[str, Any]]] = {
    "load": (custom_fields.load, Jira, {"refresh": True}),
    "edit": (
        editing.edit,
        Jira,
        {"issue": "ENG-1", "fields": {"Summary": "x"}, "update": [Add("Labels", "x")], "notify_users": False},
    ),
    "create": (editing.create, Jira, {"fields": TASK, "update": [Add("Labels", "x")]}),
    "find_or_create": (editing.find_or_create, Jira, {"jql": "key = ENG-1", "fields": TASK, "same": ["Summary"]}),
    "transition": (
        editing.transition,
        Jira,
        {"issue": "ENG-1", "to": "Done", "fields": {"Summary": "x"}, "update": [Add("Labels", "x")]},
    ),
    "jira.find_user": (editing.find_user, Jira, {"who": "olga.admin@acme.example"}),
    "assign": (editing.assign, Jira, {"issue": "ENG-1", "who": "olga.admin@acme.example"}),
    "link": (editing.link, Jira, {"issue": "ENG-1", "type": "blocks", "other": "ENG-2"}),
    "create_many": (bulk.create_many, Jira, {"issues": [TASK]}),
    "edit_many": (
        bulk.edit_many,
        Jira,
        {"issues": ["ENG-1"], "fields": {"Summary": "x"}, "notify": False, "timeout": 5.0},
    ),
    "create_workflows": (workflow_builder.create_workflows, Jira, {"workflows": [built()], "project_id": "10000"}),
    "update_workflow": (workflow_builder.update_workflow, Jira, {"workflow": built()}),
    "publish": (
        publishing.publish,
        Confluence,
        {
            "space": "ENG",
            "title": "Given",
            "body": "<p/>",
            "parent_id": None,
            "message": "x",
            "checksum": True,
            "retries": 1,
            "attachments": {"a.txt": b"x"},
        },
    ),
    "space_id": (publishing.space_id, Confluence, {"key": "ENG"}),
    "page_id": (publishing.page_id, Confluence, {"space": "ENG", "title": "Runbooks"}),
    "create_tree": (
        publishing.create_tree,
        Confluence,
        {"space": "ENG", "pages": [Draft("Given")], "parent_id": None, "checksum": True},
    ),
    "read_tree": (publishing.read_tree, Confluence, {"page_id": "100001"}),
    "organization_id": (lookup.organization_id, Admin, {"given": None}),
    "admin.find_user": (lookup.find_user, Admin, {"org_id": "an-org", "who": "vera.mars@acme.example"}),
    "find_scim_user": (lookup.find_scim_user, Admin, {"user_name": "a@acme.example"}),
    "find_scim_group": (lookup.find_scim_group, Admin, {"display_name": "okta-engineering"}),
    "update_of": (editing.update_of, None, {"fields": Fields([FIELD]), "operations": [Set("Summary", "x")]}),
    "title_and_body": (publishing.title_and_body, None, {"markdown": "# x", "addresses": {"a.md": "page:A"}}),
    "create_payload": (workflow_builder.create_payload, None, {"workflows": [built()], "project_id": "10000"}),
    "update_payload": (workflow_builder.update_payload, None, {"workflow": built(), "current": CURRENT}),
    **{verb.__name__: (verb, None, {"field": "Labels", "value": "x"}) for verb in (Add, Set, Remove, Copy, Edit)},
    "Draft": (Draft, None, {"title": "x", "body": "", "children": [Draft("y")]}),
    "Fields": (Fields, None, {"fields": [FIELD]}),
    **{
        f"Fields.{name}": (getattr(Fields([FIELD]), name), None, {"name": "Summary"})
        for name in ("get", "id", "column", "__getitem__")
    },
    "Fields.read": (Fields([FIELD]).read, None, {"issue": ISSUE, "name": "Summary", "kind": custom_fields.TEXT}),
    "Fields.read_many": (
        Fields([FIELD]).read_many,
        None,
        {"issues": [ISSUE], "name": "Summary", "kind": custom_fields.TEXT},
    ),
    "Fields.values": (Fields([FIELD]).values, None, {"values": {"Summary": "x"}}),
    **{
        f"ScimPatch.{verb}": (partial(patched, verb), None, given)
        for verb, given in (
            ("add", {"path": "title", "value": "x"}),
            ("replace", {"path": "title", "value": "x"}),
            ("remove", {"path": "title", "value": None}),
        )
    },
    "WorkflowBuilder": (WorkflowBuilder, None, {"name": "x", "description": "y"}),
    "WorkflowBuilder.status": (
        lambda **given: built().status(**given),
        None,
        {"name": "Done", "category": "DONE", "id": "1", "description": "x"},
    ),
    "WorkflowBuilder.start": (
        lambda **given: WorkflowBuilder("x").status("To Do", "TODO").start(**given),
        None,
        {"to": "To Do", "name": "Make"},
    ),
    "WorkflowBuilder.transition": (
        lambda **given: built().transition(**given),
        None,
        {"name": "x", "to": "To Do", "sources": ["To Do"], "description": "y", "rules": {"actions": []}},
    ),
}
WRONG: list[Any] = [
    None,
    "",
    " ",
    "x",
    5,
    -1,
    1.5,
    True,
    float("nan"),
    b"x",
    [],
    ["x"],
    [None],
    {},
    {"x": 1},
    {1: "x"},
    {"Summary": float("nan")},
    {"x"},
    object(),
    object,
    Draft("alone"),
    Set("Summary", "alone"),
    Markdown("x"),
]
MODULES: tuple[ModuleType, ...] = (editing, bulk, custom_fields, workflow_builder, publishing, lookup)


def test_every_public_job_is_among_these() -> None:
    public = {id(getattr(module, name)) for module in MODULES for name in module.__all__}
    functions = {one for one in public if any(inspect.isfunction(o) and id(o) == one for o in _objects())}
    assert functions == {id(job) for job, _, _ in JOBS.values() if inspect.isfunction(job)} & public


def _objects() -> Iterator[Any]:
    for module in MODULES:
        yield from (getattr(module, name) for name in module.__all__)


def fault_of(job: Callable[..., Any], *args: Any, **kwargs: Any) -> Exception | None:
    """What a call raises, of the kinds that it may."""
    try:
        job(*args, **kwargs)
    except (AtlassianError, TypeError, ValueError) as fault:
        return fault
    return None


@pytest.mark.parametrize("name", JOBS)
def test_wrong_arguments_are_told_by_name_before_anything_is_sent(box: Sandbox, name: str) -> None:
    job, cls, right = JOBS[name]
    refused = 0
    for argument, value in itertools.product(right, WRONG):
        given = right | {argument: value}
        box.reset()
        client = None if cls is None else box.client(cls)
        if cls is Jira:
            custom_fields.load(client)  # type: ignore[arg-type]
        sent = len(box.requests)
        told, fault = f"{name}({argument}={value!r})", fault_of(job, *([] if client is None else [client]), **given)
        if client is not None:
            client.close()
        if isinstance(fault, FieldValueError) or not isinstance(fault, (AtlassianError, NoneType)):
            assert isinstance(fault, FieldValueError) or argument in str(fault), f"{told}: {fault!r}"
            assert len(box.requests) == sent, f"{told}: {fault!r}"
            refused += 1
    assert refused


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda jira: editing.edit(jira, "ENG-1", ["x"]), TypeError, "edit: fields: expected dict or None, got list"),
        (
            lambda jira: editing.edit(jira, "ENG-1", update=["x"]),
            TypeError,
            r"edit: update\[0\]: expected Operation, got str",
        ),
        (
            lambda jira: editing.edit(jira, "ENG-1", update=Add("Labels", "x")),
            TypeError,
            "edit: update: expected a list of Operation or None, got Add; put it into a list",
        ),
        (lambda jira: editing.transition(jira, "ENG-1", None), TypeError, "transition: to: expected str, got NoneType"),
        (lambda jira: editing.link(jira, None, "blocks", "ENG-1"), TypeError, "link: issue: expected str, got None"),
        (
            lambda jira: bulk.create_many(jira, TASK),
            TypeError,
            "issues: expected a list of dict, got dict; put it into",
        ),
        (lambda jira: bulk.create_many(jira, [TASK, {1: 2}]), TypeError, r"issues\[1\]: keys must be str, got int"),
        (lambda jira: bulk.edit_many(jira, ["ENG-1"], {}), ValueError, "edit_many: fields: must not be empty"),
        (
            lambda jira: bulk.edit_many(jira, ["ENG-1"], {"Summary": "x"}, timeout=float("nan")),
            ValueError,
            "edit_many: timeout: must be 0 or more, got nan",
        ),
        (lambda jira: custom_fields.load("x"), TypeError, "load: client: expected Jira or AsyncJira, got str"),
        (
            lambda jira: publishing.space_id(jira, "ENG"),
            TypeError,
            "space_id: client: expected Confluence or AsyncConfluence, got Jira",
        ),
        (lambda jira: editing.create(jira.with_raw_response, TASK), TypeError, "create: client: .* got _RawView"),
        (lambda jira: custom_fields.load(jira).id(None), TypeError, "Fields.id: name: expected str, got NoneType"),
        (
            lambda jira: editing.find_or_create(jira, "key = ENG-1", TASK, same="Summary"),
            TypeError,
            r"same: expected a list of str, got str; one alone goes into a list: \['Summary'\]",
        ),
        (
            lambda jira: editing.find_or_create(jira, "key = ENG-1", TASK, same=["Labels"]),
            ValueError,
            r"same: 'Labels' \(labels\) is not among fields, which has: project, issuetype, summary",
        ),
        (lambda jira: editing.edit(jira), TypeError, "edit: missing a required argument: 'issue'"),
        (
            lambda jira: editing.edit(jira, "ENG-1", notify=True),
            TypeError,
            "edit: .*unexpected keyword argument 'notify'",
        ),
    ],
)
def test_what_is_wrong_is_told(box: Sandbox, call: Callable[[Any], Any], error: type[Exception], said: str) -> None:
    with box.client(Jira) as jira:
        custom_fields.load(jira)
        sent = len(box.requests)
        with pytest.raises(error, match=said):
            call(jira)
        assert len(box.requests) == sent


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"retries": "2"}, TypeError, "publish: retries: expected int, got str"),
        ({"retries": -1}, ValueError, "publish: retries: must be 0 or more, got -1"),
        ({"checksum": "no"}, TypeError, "publish: checksum: expected bool, got str"),
        ({"space": True}, TypeError, "publish: space: expected str or int, got bool"),
        ({"title": " "}, ValueError, "publish: title: must not be empty"),
    ],
)
def test_publish_tells_what_is_wrong(box: Sandbox, given: dict[str, Any], error: type[Exception], said: str) -> None:
    with box.client(Confluence) as confluence:
        with pytest.raises(error, match=said):
            publishing.publish(confluence, **({"space": "ENG", "title": "x", "body": ""} | given))
        with pytest.raises(
            TypeError, match="create_tree: pages: expected a list of Draft, got Draft; put it into a list"
        ):
            publishing.create_tree(confluence, "ENG", Draft("x"))  # type: ignore[arg-type]
        with pytest.raises(TypeError, match=r"Draft: children\[0\]: expected Draft, got str"):
            Draft("x", children=["y"])  # type: ignore[list-item]
        assert not box.requests


def test_what_is_no_json_is_refused_before_the_first_batch(box: Sandbox) -> None:
    """A field of an app is sent as it is: so the client would find out in the middle."""
    with box.client(Jira) as jira:
        kept = custom_fields.load(jira)
        kept._by_id["app"] = Field("app", "App", custom_fields.OTHER)  # pyright: ignore[reportPrivateUsage]
        sent = len(box.requests)
        for value, error in ((float("nan"), ValueError), ({1, 2}, TypeError)):
            with pytest.raises(error, match=r"create_many: issues\[60\]\.fields\.app"):
                bulk.create_many(jira, [TASK] * 60 + [TASK | {"app": value}])
            with pytest.raises(error, match=r"edit_many: fields\.app"):
                bulk.edit_many(jira, ["ENG-1"], {"app": value})
        assert len(box.requests) == sent


def test_iterables_that_are_read_once_are_checked_too(box: Sandbox) -> None:
    with box.client(Jira) as jira:
        custom_fields.load(jira)
        sent = len(box.requests)
        with pytest.raises(TypeError, match=r"create_many: issues\[1\]: expected dict, got int"):
            bulk.create_many(jira, (one for one in (TASK, 5)))  # type: ignore[arg-type]
        assert len(box.requests) == sent
        made = bulk.create_many(jira, (TASK | {"Summary": text} for text in "ab"))
        edited = bulk.edit_many(jira, (str(one.key) for one in made), {"Labels": ["x"]})
        assert [one.ok for one in edited] == [True, True]


def test_an_awaited_job_is_checked_when_it_is_called(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            with pytest.raises(TypeError, match="edit: fields: expected dict or None, got list"):
                editing.edit(jira, "ENG-1", ["x"])  # type: ignore[call-overload]

    asyncio.run(main())


def test_a_patch_holds_what_json_holds_and_is_taken_as_it_is(box: Sandbox) -> None:
    patch = ScimPatch()
    with pytest.raises(ValueError, match="replace title: value: NaN is no number that JSON knows"):
        patch.replace("title", float("nan"))
    with pytest.raises(TypeError, match=r"add members: value\[0\].value: a set cannot be sent as JSON; pass a list"):
        patch.add("members", [{"value": {1}}])
    with pytest.raises(TypeError, match=r"ScimPatch\.remove: path: expected str, got NoneType"):
        patch.remove(None)  # type: ignore[arg-type]
    assert (len(patch), list(patch)) == (0, [])
    with box.client(Admin) as admin:
        admin.scim.users.patch(box.scim.user, operations=patch.replace("title", "Engineer"))
        assert admin.scim.users.get(box.scim.user).to_dict()["title"] == "Engineer"
        assert (len(patch), patch[0]) == (1, {"op": "replace", "path": "title", "value": "Engineer"})
