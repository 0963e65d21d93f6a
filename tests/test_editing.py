"""Jobs of several calls: each is asserted by what can be read back afterwards."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import date
from typing import Any

import pytest
from atlassian_cloud import (
    Admin,
    ApiError,
    AsyncConfluence,
    AsyncJira,
    BadRequestError,
    Jira,
    Markdown,
    PermissionDeniedError,
    ServerError,
)
from atlassian_cloud.admin.scim_patch import ScimPatch
from atlassian_cloud.confluence import publishing
from atlassian_cloud.confluence.publishing import Draft
from atlassian_cloud.jira import bulk, custom_fields, editing
from atlassian_cloud.jira.custom_fields import FieldValueError
from atlassian_cloud.jira.editing import Add, Copy, Edit, NoMatchError, Remove, Set
from atlassian_cloud.jira.workflow_builder import (
    WorkflowBuilder,
    WorkflowFault,
    create_payload,
    create_workflows,
    update_workflow,
)
from atlassian_cloud.sandbox import Sandbox

ME = "557058:0d7c9a3e-52b1-4f86-a0e4-7b1c2d3e4f50"
NOTE = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "One"}]}]}
TASK = {"Project": "ENG", "Issue Type": "Task"}


@pytest.fixture
def key(jira: Jira) -> str:
    return editing.create(jira, TASK | {"Summary": "Edited", "Labels": ["first"]})


def held(jira: Jira, key: str, *names: str) -> list[Any]:
    issue, fields = jira.issues.get(key).to_dict(), custom_fields.load(jira)
    return [issue["fields"].get(fields.id(name)) for name in names]


def transitions(jira: Jira, key: str) -> list[Any]:
    return list(jira.issues.transitions.list(key).transitions or [])


def test_values_and_operations_in_one_edit(jira: Jira, key: str) -> None:
    operations = [Add("Labels", "second"), Add("Labels", "third"), Remove("Labels", "first"), Set("Summary", "Renamed")]
    editing.edit(jira, key, {"Story Points": 8, "Due date": date(2026, 3, 1)}, operations)
    assert held(jira, key, "Summary", "Labels", "Story Points", "Due date") == [
        "Renamed",
        ["second", "third"],
        8,
        "2026-03-01",
    ]


def test_operations_of_a_field_keep_their_order(jira: Jira, key: str) -> None:
    editing.edit(jira, key, update=[Add("Labels", "x"), Remove("Labels", "x"), Add("Labels", "y")])
    assert held(jira, key, "Labels") == [["first", "y"]]
    editing.edit(jira, key, update=[Remove("Labels", "x"), Add("Labels", "x")])
    assert held(jira, key, "Labels") == [["first", "x", "y"]]
    assert editing.update_of(
        custom_fields.load(jira), [Add("Labels", "b"), Set("Summary", "s"), Remove("Labels", "a")]
    ) == {
        "labels": [{"add": "b"}, {"remove": "a"}],
        "summary": [{"set": "s"}],
    }


def test_entries_are_edited_in_place(jira: Jira, key: str) -> None:
    body = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "One"}]}],
    }
    editing.edit(jira, key, update=[Add("Comment", {"body": body})])
    (comment,) = jira.issues.comments.list(key).to_list()
    body["content"][0]["content"][0]["text"] = "Two"  # type: ignore[index]
    editing.edit(jira, key, update=[Edit("Comment", {"id": comment.id, "body": body})])
    (comment,) = jira.issues.comments.list(key).to_list()
    assert comment.to_dict()["body"]["content"][0]["content"][0]["text"] == "Two"


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (Add("Story Points", 5), "add: field 'Story Points' .*: holds number, one value: use Set"),
        (Remove("Severity", "Major"), "holds single choice, one value: use Set"),
        (Edit("Summary", "x"), "holds text, which has no entries to edit: use Set"),
        (Copy("Summary", "x"), "holds text, which cannot be copied: use Set"),
        (Add("Labels", "two words"), "holds|expected a label without spaces"),
        (Set("Story Points", "x"), "expected a finite number"),
        (Add("Watchers", "x"), r"cannot be edited: use jira\.issues\.watchers\.add\(\)"),
        (Set("Votes", 1), r"cannot be edited: use jira\.issues\.votes\.add\(\)"),
        (Set("Status", "Done"), r"cannot be edited: use editing\.transition\(\)"),
        (Add("Labels", None), "expected a label without spaces, got NoneType"),
        (Remove("Comment", "x"), "expected an object with the id, got str"),
        (Set("Created", None), "cannot be edited: Jira keeps it itself"),
    ],
)
def test_an_operation_that_a_field_cannot_take_is_not_sent(
    jira: Jira, key: str, box: Sandbox, operation: editing.Operation, said: str
) -> None:
    sent = len(box.requests)
    with pytest.raises(FieldValueError, match=said):
        editing.edit(jira, key, update=[Set("Summary", "No"), operation])
    with pytest.raises(ValueError, match=r"in fields and in update.*: summary"):
        editing.edit(jira, key, {"Summary": "a"}, [Set("Summary", "b")])
    assert len(box.requests) == sent
    assert held(jira, key, "Summary") == ["Edited"]


def test_transition_by_name(jira: Jira, key: str) -> None:
    editing.transition(jira, key, "in progress")
    assert held(jira, key, "Status")[0]["name"] == "In Progress"
    editing.transition(jira, key, "Done", update=[Add("Comment", {"body": NOTE})])
    assert held(jira, key, "Status")[0]["name"] == "Done"
    assert [comment["body"] for comment in held(jira, key, "Comment")[0]["comments"]] == [NOTE]
    with pytest.raises(
        NoMatchError, match=rf"{key}: no transition leads to 'Shipped'; possible are: .*'To Do' to 'To Do'"
    ):
        editing.transition(jira, key, "Shipped")
    assert held(jira, key, "Status")[0]["name"] == "Done"


def test_an_issue_that_has_the_status_already_is_left_alone(jira: Jira, key: str, box: Sandbox) -> None:
    assert editing.transition(jira, key, "Done") is True
    # A transition from a status to itself is made like any other.
    assert editing.transition(jira, key, "Done") is True
    ways = [{"id": t.id, "name": t.name, "to": {"name": t.to.name}} for t in transitions(jira, key)]
    box.respond(
        body={"transitions": [way for way in ways if way["to"]["name"] != "Done"]},
        path="/transitions",
        times=None,
        method="GET",
    )
    made = sum(request.method == "POST" for request in box.requests)
    assert editing.transition(jira, key, "done") is False
    assert editing.transition(jira, key, "Done", {"Summary": "x"}, [Add("Comment", "again")]) is False
    assert sum(request.method == "POST" for request in box.requests) == made
    assert held(jira, key, "Summary") == ["Edited"]
    with pytest.raises(NoMatchError, match="no transition leads to 'Shipped'"):
        editing.transition(jira, key, "Shipped")


@pytest.mark.parametrize(
    "given", ["One", Markdown("One"), NOTE, {"body": "One"}, {"body": Markdown("One")}, {"body": NOTE}]
)
def test_a_comment_is_added_as_rich_text(jira: Jira, key: str, given: Any) -> None:
    editing.edit(jira, key, update=[Add("Comment", given)])
    (comment,) = held(jira, key, "Comment")[0]["comments"]
    assert comment["body"] == NOTE
    editing.edit(jira, key, update=[Edit("Comment", {"id": comment["id"], "body": "Two"}), Add("Comment", "Three")])
    editing.edit(jira, key, update=[Remove("Comment", {"id": comment["id"]})])
    (comment,) = held(jira, key, "Comment")[0]["comments"]
    assert comment["body"]["content"][0]["content"][0]["text"] == "Three"
    with pytest.raises(FieldValueError, match="expected text, Markdown, a document or an object with a body, got int"):
        editing.edit(jira, key, update=[Add("Comment", 5)])


def test_a_status_is_reached_whatever_its_transition_is_called(jira: Jira, key: str, box: Sandbox) -> None:
    ways = [{"id": t.id, "name": f"Way {t.id}", "to": {"name": t.to.name}} for t in transitions(jira, key)]
    box.respond(body={"transitions": ways}, path="/transitions")
    editing.transition(jira, key, "Done")
    assert held(jira, key, "Status")[0]["name"] == "Done"
    # And a transition by its own name.
    ways = [{"id": t.id, "name": t.to.name, "to": {"name": "?"}} for t in transitions(jira, key)]
    box.respond(body={"transitions": ways}, path="/transitions")
    editing.transition(jira, key, "To Do")
    assert held(jira, key, "Status")[0]["name"] == "To Do"


def test_several_ways_to_a_status_are_told(jira: Jira, key: str, box: Sandbox) -> None:
    ways = [{"id": id, "name": name, "to": {"name": "Done"}} for id, name in (("1", "Ship"), ("2", "Drop"))]
    box.respond(body={"transitions": ways}, path="/transitions")
    with pytest.raises(
        NoMatchError, match="several transitions lead to 'done'; possible are: 'Ship' to 'Done', 'Drop' to 'Done'"
    ):
        editing.transition(jira, key, "done")
    # Of several the one that bears the name of the status is meant.
    ways[0] |= {"id": "999", "name": "Done"}
    box.respond(body={"transitions": ways}, path="/transitions")
    with pytest.raises(BadRequestError):
        editing.transition(jira, key, "done")
    assert box.requests[-1].method == "POST"


def test_find_or_create(jira: Jira) -> None:
    jql, fields = 'project = ENG AND labels = "unique-one"', TASK | {"Summary": "Once", "Labels": ["unique-one"]}
    first = editing.find_or_create(jira, jql, fields)
    again = editing.find_or_create(jira, jql, fields)
    assert (first.created, again.created, first.key) == (True, False, again.key)
    assert [issue.key for issue in jira.issues.search(jql, fields=["key"])] == [first.key]
    with pytest.raises(NoMatchError, match="more than one issue is found by 'project = ENG'"):
        editing.find_or_create(jira, "project = ENG", fields)


def test_find_or_create_by_the_very_summary(jira: Jira) -> None:
    wanted = TASK | {"Summary": "Lamp out", "Due date": date(2026, 3, 1)}
    near = editing.create(jira, TASK | {"Summary": "Lamp out again", "Due date": date(2026, 3, 1)})
    jql = 'project = ENG AND summary ~ "Lamp out"'
    # By its words alone the other is found.
    assert editing.find_or_create(jira, jql, wanted).key == near
    made = editing.find_or_create(jira, jql, wanted, same=["Summary"])
    assert made.created
    assert editing.find_or_create(jira, jql, wanted, same=["Summary", "Due date"]) == editing.Found(made.key, False)
    later = wanted | {"Due date": date(2026, 3, 2)}
    assert editing.find_or_create(jira, jql, later, same=["Summary", "Due date"]).created
    with pytest.raises(NoMatchError, match=f"more than one issue is found by .*{made.key}"):
        editing.find_or_create(jira, jql, wanted, same=["summary"])


@pytest.mark.parametrize(
    ("words", "side"), [("blocks", "outwardIssue"), ("Blocks", "outwardIssue"), ("is blocked by", "inwardIssue")]
)
def test_link_reads_as_it_is_said(jira: Jira, key: str, words: str, side: str) -> None:
    editing.link(jira, key, words, "ENG-1")
    (link,) = held(jira, key, "Linked Issues")[0]
    assert (link["type"]["name"], link[side]["key"]) == ("Blocks", "ENG-1")
    with pytest.raises(
        NoMatchError, match=r"no link type is called 'bloks'; there are: 'blocks' / 'is blocked by' \(Blocks\)"
    ):
        editing.link(jira, key, "bloks", "ENG-1")


def test_many_are_created_in_batches_with_an_outcome_each(jira: Jira, box: Sandbox) -> None:
    wanted = [TASK | {"Summary": f"Many {number}"} for number in range(120)]
    wanted[7] = TASK | {"Issue Type": "Nonsense", "Summary": "Wrong"}
    wanted[60] = {"Project": "ENG", "Summary": "No type"}
    outcomes = bulk.create_many(jira, wanted)
    assert [outcome.index for outcome in outcomes] == list(range(120))
    assert [outcome.index for outcome in outcomes if not outcome.ok] == [7, 60]
    assert "issuetype" in str(outcomes[7].error)
    assert outcomes[7].key is None
    for index in (0, 6, 8, 59, 61, 119):
        assert held(jira, str(outcomes[index].key), "Summary") == [f"Many {index}"]
    sizes = [request.path for request in box.requests if request.path.endswith("/issue/bulk")]
    assert len(sizes) == 3
    # All of a batch refused: Jira answers 400 then.
    (refused,) = bulk.create_many(jira, [TASK | {"Issue Type": "Nonsense", "Summary": "Wrong"}])
    assert isinstance(refused.error, bulk.BulkError)
    with pytest.raises(FieldValueError):
        bulk.create_many(jira, [TASK | {"Summary": "x"}, TASK | {"Summary": "y", "Story Points": "z"}])


def test_a_batch_that_fails_as_a_whole_loses_nothing(jira: Jira, box: Sandbox) -> None:
    custom_fields.load(jira)
    box.respond(status=500, body={}, path="/issue/bulk")
    outcomes = bulk.create_many(jira, [TASK | {"Summary": f"Batch {number}"} for number in range(51)])
    assert all(isinstance(outcome.error, ServerError) for outcome in outcomes[:50])
    assert held(jira, str(outcomes[50].key), "Summary") == ["Batch 50"]


BULK: dict[str, Any] = {
    "Story Points": 8,
    "Severity": "Major",
    "Platforms": ["Linux"],
    "Region": ("Europe", "Germany"),
    "Tags": ["q"],
    "Customer": "Globex",
    "Go-live": date(2026, 1, 1),
    "Homepage": "https://example.com",
    "Reviewer": ME,
    "Stakeholders": [ME],
    "Found in": "1.0",
    "Seen in versions": ["1.0"],
    "Notes": "hi",
    "Priority": "High",
    "Owning group": "confluence-users-acme",
    "Audience groups": ["confluence-users-acme"],
}


def test_many_are_edited_with_an_outcome_each(jira: Jira) -> None:
    keys = [editing.create(jira, TASK | {"Summary": f"Bulk {number}"}) for number in range(3)]
    outcomes = bulk.edit_many(jira, [*keys[:2], "ENG-99999"], BULK)
    assert [(outcome.index, outcome.key, outcome.ok) for outcome in outcomes] == [
        (0, keys[0], True),
        (1, keys[1], True),
        (2, "ENG-99999", False),
    ]
    assert "does not exist" in str(outcomes[2].error)
    # One by one the same values give the same issue.
    editing.edit(jira, keys[2], BULK)
    names = list(BULK)
    assert held(jira, keys[0], *names) == held(jira, keys[1], *names) == held(jira, keys[2], *names)
    assert held(jira, keys[0], "Story Points") == [8]
    bulk.edit_many(
        jira, keys[:1], {"Story Points": None, "Severity": None, "Tags": None, "Reviewer": None, "Found in": None}
    )
    assert not any(held(jira, keys[0], "Story Points", "Severity", "Tags", "Reviewer", "Found in"))


def test_a_key_that_cannot_be_read_leaves_the_others(jira: Jira, key: str, box: Sandbox) -> None:
    other = editing.create(jira, TASK | {"Summary": "Other"})
    box.fail(403, path="/issue/ENG-99", method="GET", times=None)
    keys = ["ENG-99998", "..", "\ud800", key, other, "ENG-77777"]
    outcomes = bulk.edit_many(jira, keys, {"Labels": ["late"], "Severity": "Major"})
    assert [(one.index, one.key, one.ok) for one in outcomes] == [
        (at, key, at in (3, 4)) for at, key in enumerate(keys)
    ]
    assert isinstance(outcomes[0].error, PermissionDeniedError)
    assert [str(one.error) for one in outcomes[1:3]] == [f"{key!r} is no key or id of an issue" for key in keys[1:3]]
    assert held(jira, key, "Labels") == held(jira, other, "Labels") == [["late"]]
    # Of none that can be used nothing is sent.
    sent = len(box.requests)
    assert not bulk.edit_many(jira, ["."], {"Labels": ["late"]})[0].ok
    assert {request.method for request in box.requests[sent:]} <= {"GET"}


def test_a_task_whose_end_cannot_be_asked_goes_on(jira: Jira, key: str, box: Sandbox) -> None:
    box.fail(500, path="/bulk/queue")
    (outcome,) = bulk.edit_many(jira, [key], {"Labels": ["late"]})
    assert "the task goes on at the server" in str(outcome.error)
    assert isinstance(outcome.error and outcome.error.__cause__, ServerError)
    assert held(jira, key, "Labels") == [["late"]]


def test_odd_answers_end_nothing_else(jira: Jira, key: str, box: Sandbox) -> None:
    custom_fields.load(jira)
    box.respond(status=201, body=[], path="/issue/bulk")
    outcomes = bulk.create_many(jira, [TASK | {"Summary": f"Odd {number}"} for number in range(51)])
    assert "neither a key nor an error" in str(outcomes[0].error)
    assert outcomes[50].ok
    box.respond(body={"transitions": [{"id": "1", "name": "Odd"}]}, path="/transitions")
    with pytest.raises(NoMatchError, match="'Odd' to None"):
        editing.transition(jira, key, "Shipped")
    box.respond(body=[{"id": 1}, {"name": "No id"}], path="/field")
    assert [field.name for field in custom_fields.load(jira, refresh=True)] == ["1"]


def test_what_cannot_be_compared_makes_no_second_issue(jira: Jira, box: Sandbox) -> None:
    custom_fields.load(jira)
    sent = len(box.requests)
    for name, value in (("Assignee", ME), ("Issue Type", "Task"), ("Project", "ENG"), ("Description", Markdown("a"))):
        with pytest.raises(ValueError, match=rf"same: '{name}' .* only text, numbers and dates can be compared"):
            editing.find_or_create(jira, "project = ENG", TASK | {"Summary": "q", name: value}, same=[name])
    assert len(box.requests) == sent


def test_what_was_given_stays_as_it_is(jira: Jira, key: str) -> None:
    people = [{"accountId": "olga.admin@acme.example"}]
    with contextlib.suppress(ApiError):
        editing.edit(jira, key, update=[Copy("Stakeholders", people)])
    assert people == [{"accountId": "olga.admin@acme.example"}]
    value = {"a": [1]}
    patch = ScimPatch().add("x", value)
    value["a"].append(2)
    assert patch.operations == [{"op": "add", "path": "x", "value": {"a": [1]}}]


def test_what_cannot_be_edited_in_bulk_is_told_before(jira: Jira, key: str, box: Sandbox) -> None:
    with pytest.raises(
        NoMatchError, match=r"field 'Severity' .* has no 'Nonsense'; the first issue allows: 'Minor', 'Major'"
    ):
        bulk.edit_many(jira, [key], {"Severity": "Nonsense"})
    with pytest.raises(FieldValueError, match="project cannot be edited in bulk"):
        bulk.edit_many(jira, [key], {"Related project": "OPS"})
    assert not [request for request in box.requests if request.path.endswith("/bulk/issues/fields")]
    assert bulk.edit_many(jira, [], {"Story Points": 1}) == []


def test_scim_patches_are_made_and_work(box: Sandbox) -> None:
    with box.client(Admin) as admin:
        user = admin.scim.users.create(
            user_name="new@acme.example", emails=[{"value": "new@acme.example", "primary": True}]
        )
        patch = ScimPatch().replace("title", "Engineer").add("name", {"familyName": "Neu"}).replace("active", False)
        admin.scim.users.patch(str(user.id), operations=patch.operations)
        read = admin.scim.users.get(str(user.id)).to_dict()
        assert (read["title"], read["name"]["familyName"], read["active"]) == ("Engineer", "Neu", False)
        admin.scim.users.patch(str(user.id), operations=ScimPatch().remove("title").operations)
        assert not admin.scim.users.get(str(user.id)).to_dict().get("title")
        group = admin.scim.groups.create(display_name="Newcomers")
        members = ScimPatch().add("members", [{"value": user.id}])
        admin.scim.groups.patch(str(group.id), operations=members.operations)
        assert [m["value"] for m in admin.scim.groups.get(str(group.id)).to_dict()["members"]] == [user.id]


def test_scim_patches_refuse_what_is_no_operation() -> None:
    patch = ScimPatch()
    with pytest.raises(ValueError, match="'two words' is no path"):
        patch.add("two words", 1)
    with pytest.raises(ValueError, match="without a path the value must be an object"):
        patch.replace(None, "x")
    with pytest.raises(ValueError, match="replace title: a value is needed"):
        patch.replace("title", None)
    assert patch.operations == []
    patch.remove('emails[type eq "work"].value').replace(None, {"title": "x"}).replace(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "R&D"
    )
    assert patch.operations == [
        {"op": "remove", "path": 'emails[type eq "work"].value'},
        {"op": "replace", "value": {"title": "x"}},
        {
            "op": "replace",
            "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "value": "R&D",
        },
    ]


def review() -> WorkflowBuilder:
    builder = WorkflowBuilder("Review", "How texts are read").status("To Do", "TODO").status("Proof", "IN_PROGRESS")
    builder.status("Done", "DONE").start("To Do").transition("Check", "Proof", sources=["To Do"])
    return builder.transition("Finish", "Done")


def workflow(jira: Jira, name: str) -> tuple[list[str], list[tuple[str, str, list[str], str]]]:
    told = jira.workflows.get_many(workflow_names=[name]).to_dict()
    names = {status["statusReference"]: status["name"] for status in told["statuses"]}
    (read,) = told["workflows"]
    transitions = [
        (
            t["name"],
            t["type"],
            [names[link["fromStatusReference"]] for link in t["links"]],
            names[t["toStatusReference"]],
        )
        for t in read["transitions"]
    ]
    return [names[status["statusReference"]] for status in read["statuses"]], transitions


def test_a_workflow_is_built_made_and_changed(jira: Jira) -> None:
    made = create_workflows(jira, [review()])
    assert list(made) == ["Review"]
    steps = [
        ("Create", "INITIAL", [], "To Do"),
        ("Check", "DIRECTED", ["To Do"], "Proof"),
        ("Finish", "GLOBAL", [], "Done"),
    ]
    assert workflow(jira, "Review") == (["To Do", "Proof", "Done"], steps)
    # The status of that name which was there is used, not made again.
    assert [s.id for s in jira.statuses.search(search_string="To Do") if s.name == "To Do"] == ["10000"]
    # Nor is it told to be of another category: that would hold for every workflow.
    wrong = WorkflowBuilder("Wrong").status("To Do", "DONE").start("To Do")
    create_workflows(jira, [wrong])
    assert [s.status_category for s in jira.statuses.search(search_string="To Do") if s.name == "To Do"] == ["TODO"]
    update_workflow(jira, review().transition("Reopen", "To Do", sources=["Done", "Proof"]))
    assert workflow(jira, "Review")[1] == [*steps, ("Reopen", "DIRECTED", ["Done", "Proof"], "To Do")]
    with pytest.raises(WorkflowFault, match="Review exists"):
        create_workflows(jira, [review()])
    with pytest.raises(NoMatchError, match="no workflow is called 'Elsewhere'"):
        update_workflow(jira, WorkflowBuilder("Elsewhere").status("To Do", "TODO").start("To Do"))


def test_a_workflow_refuses_what_jira_would() -> None:
    builder = review()
    with pytest.raises(
        WorkflowFault, match="transition 'Ship': the workflow 'Review' has no status 'Shipped'; it has: 'To Do',"
    ):
        builder.transition("Ship", "Shipped")
    with pytest.raises(WorkflowFault, match="no status 'Draft'"):
        builder.transition("Ship", "Done", sources=["Draft"])
    with pytest.raises(WorkflowFault, match="sources is empty"):
        builder.transition("Ship", "Done", sources=[])
    with pytest.raises(WorkflowFault, match="no status 'Nowhere'"):
        WorkflowBuilder("Other").start("Nowhere")
    with pytest.raises(WorkflowFault, match="expected the category TODO, IN_PROGRESS, DONE, got 'OPEN'"):
        builder.status("Open", "OPEN")
    with pytest.raises(WorkflowFault, match="'Done' is in the workflow 'Review' already"):
        builder.status("Done", "DONE")
    with pytest.raises(WorkflowFault, match="has its first status already"):
        builder.start("Done")
    with pytest.raises(WorkflowFault, match="has no first status"):
        WorkflowBuilder("Other").status("Done", "DONE").payload()
    with pytest.raises(WorkflowFault, match="status 'Done' is told differently by the workflow 'Other'"):
        create_payload([builder, WorkflowBuilder("Other").status("Done", "TODO").start("Done")])
    assert builder.payload() == review().payload()


TREE = [Draft("Top", "<p>top</p>", [Draft("Left", "", [Draft("Leaf", "<p>leaf</p>")]), Draft("Right")])]


def test_jobs_are_awaited(box: Sandbox) -> None:
    box.tasks.duration = 0

    async def main() -> None:
        async with box.client(AsyncJira) as jira, box.client(AsyncConfluence) as confluence:
            key = await editing.create(jira, TASK | {"Summary": "Awaited"})
            await editing.edit(jira, key, {"Story Points": 3}, [Add("Labels", "a"), Add("Labels", "b")])
            await editing.transition(jira, key, "Done")
            await editing.assign(jira, key, "olga.admin@acme.example")
            await editing.link(jira, key, "blocks", "ENG-1")
            with pytest.raises(NoMatchError):
                await editing.transition(jira, key, "Shipped")
            (found,) = await bulk.edit_many(jira, [key], {"Severity": "Major"})
            assert found.ok
            read = (await jira.issues.get(key)).to_dict()["fields"]
            assert (read["customfield_10016"], read["labels"], read["status"]["name"]) == (3, ["a", "b"], "Done")
            assert (read["assignee"]["accountId"], read["customfield_10036"]["value"]) == (ME, "Major")
            assert read["issuelinks"][0]["outwardIssue"]["key"] == "ENG-1"
            outcomes = await bulk.create_many(jira, [TASK | {"Summary": "One"}, {"Summary": "Wrong"}])
            assert [outcome.ok for outcome in outcomes] == [True, False]
            assert (await editing.find_or_create(jira, f"key = {key}", {"Summary": "x"})).key == key
            assert list(await create_workflows(jira, [review()])) == ["Review"]
            made = await publishing.create_tree(confluence, "ENG", TREE)
            tree = await publishing.read_tree(confluence, made[0].id)
            assert [node.title for _, node in tree.walk()] == ["Top", "Left", "Leaf", "Right"]
            box.respond(status=409, body={}, path=f"/pages/{made[0].id}")
            done = await publishing.publish(confluence, "ENG", "Top", "<p>new</p>", retries=1)
            assert done.change == "updated"

    asyncio.run(main())


# ---- what somebody at a command line comes upon


def test_issues_are_found_again_whatever_their_summary(jira: Jira) -> None:
    for summary in ("What broke?", "-v flag ignored", "don’t Müller 日本", "???", "NOT this OR that", ' "quoted" '):
        fields = {"project": "OPS", "summary": summary, "issuetype": "Task"}
        made = [editing.find_or_create(jira, "project = OPS", fields, same=["Summary"]) for _ in range(2)]
        assert [one.created for one in made] == [True, False]
        assert made[0].key == made[1].key


def test_bulk_edits_tell_of_issues_by_the_keys_that_were_given(jira: Jira) -> None:
    outcomes = bulk.edit_many(jira, ["eng-7", "OPS-99999", "OPS-3"], {"Labels": ["low"]})
    assert [one.ok for one in outcomes] == [True, False, True]
    # Options are looked up by the first issue that is there.
    outcomes = bulk.edit_many(jira, ["OPS-99999", "OPS-3"], {"Priority": "High"})
    assert [one.ok for one in outcomes] == [False, True]


def test_many_are_not_one(jira: Jira, box: Sandbox) -> None:
    with pytest.raises(TypeError, match=r"edit_many: issues: expected a list of str or int, got str; .*: \['ENG-9'\]"):
        bulk.edit_many(jira, "ENG-9", {"Labels": ["x"]})
    with pytest.raises(TypeError, match=r"create_many: issues\[1\]: expected dict, got NoneType"):
        bulk.create_many(jira, [{"project": "OPS", "summary": "a", "issuetype": "Task"}, None])  # type: ignore[list-item]
    assert all(request.method == "GET" for request in box.requests)
