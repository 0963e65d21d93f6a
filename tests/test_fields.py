"""Fields by display name: found, read by kind, written by kind; what does not fit is told."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from atlassian_cloud import AsyncJira, Jira
from atlassian_cloud.jira import custom_fields, editing
from atlassian_cloud.jira.custom_fields import (
    AssetsObject,
    Cascade,
    Field,
    FieldNameError,
    Fields,
    FieldValueError,
    Group,
    Option,
    Person,
    Project,
    RequestType,
    Sprint,
    Team,
    TempoAccount,
    Version,
)
from atlassian_cloud.sandbox import Sandbox

GROUP = "confluence-users-acme"


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client


@pytest.fixture
def fields(jira: Jira) -> Fields:
    return custom_fields.load(jira)


def asked_for_fields(box: Sandbox) -> int:
    return sum((request.method, request.path) == ("GET", "/rest/api/3/field") for request in box.requests)


def test_names_are_asked_for_once(jira: Jira, box: Sandbox) -> None:
    fields = custom_fields.load(jira)
    assert custom_fields.load(jira) is fields
    assert custom_fields.load(jira.with_options(timeout=5)) is fields
    assert asked_for_fields(box) == 1
    jira.fields.create(name="Colour", type="com.atlassian.jira.plugin.system.customfieldtypes:textfield")
    with pytest.raises(FieldNameError, match="no field is called 'Colour'"):
        fields.id("Colour")
    assert custom_fields.load(jira, refresh=True).id("Colour").startswith("customfield_")
    assert asked_for_fields(box) == 2


def test_names_become_ids(fields: Fields) -> None:
    assert fields.id("Story Points") == fields.id("customfield_10016") == "customfield_10016"
    assert fields.id("Summary") == "summary"
    assert fields.column("Story Points") == "fields.customfield_10016"
    with pytest.raises(
        FieldNameError, match=r"2 fields are called 'Impact': customfield_10050 .* and customfield_10051 "
    ):
        fields.id("Impact")
    with pytest.raises(FieldNameError, match="no field is called 'story pionts'; did you mean 'Story Points'"):
        fields.id("story pionts")


def test_an_issue_knows_the_names_it_came_with(jira: Jira) -> None:
    key = editing.create(jira, {"Project": "ENG", "Issue Type": "Story", "Summary": "Named", "Story Points": 5})
    read = jira.issues.get(key, expand="names")
    found = jira.issues.search(f"key = {key}", fields=["*all"], expand="names").first()
    assert found is not None
    for issue in (read, found):
        assert issue.fields is not None
        assert issue.fields["Story Points"] == issue.fields["customfield_10016"] == 5
        assert issue.fields.get("Story Points") == 5
        assert "Story Points" in issue.fields
        assert "Nonsense" not in issue.fields
        with pytest.raises(KeyError, match=r"Impact.* is the name of customfield_10050 and customfield_10051"):
            issue.fields["Impact"]
        with pytest.raises(KeyError, match=r"^'Nonsense'$"):
            issue.fields["Nonsense"]
    bare = jira.issues.get(key).fields
    assert bare is not None
    assert "Story Points" not in bare
    with pytest.raises(KeyError, match=r"expand=.*names.*atlassian_cloud\.jira\.custom_fields"):
        bare["Story Points"]


def test_a_column_by_name(jira: Jira, fields: Fields) -> None:
    key = editing.create(jira, {"Project": "ENG", "Issue Type": "Story", "Summary": "Column", "Story Points": 3})
    id = fields.id("Story Points")
    found = jira.issues.search(f"key = {key}", fields=[id]).to_columns({"points": fields.column("Story Points")})
    assert found == {"points": [3]}


ME = "557058:0d7c9a3e-52b1-4f86-a0e4-7b1c2d3e4f50"
AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=timezone.utc)
# Field, kind, what is written, what is read back: all of it, or the part of it that tells.
ROUND: list[tuple[str, custom_fields.Kind[Any], Any, Any]] = [
    ("Customer", custom_fields.TEXT, "Globex", "Globex"),
    ("Budget", custom_fields.NUMBER, 12.5, 12.5),
    ("Go-live", custom_fields.DATE, date(2026, 1, 2), date(2026, 1, 2)),
    ("Started at", custom_fields.DATETIME, AT, AT),
    ("Homepage", custom_fields.URL, "https://example.com/a", "https://example.com/a"),
    ("Severity", custom_fields.OPTION, "Major", "Major"),
    ("Risk", custom_fields.OPTION, "Great", "Great"),
    ("Platforms", custom_fields.OPTIONS, ["Linux", "macOS"], ["Linux", "macOS"]),
    ("Checks", custom_fields.OPTIONS, ["Legal"], ["Legal"]),
    ("Region", custom_fields.CASCADE, ("Europe", "Germany"), ("Europe", "Germany")),
    ("Tags", custom_fields.LABELS, ["a", "b"], ["a", "b"]),
    ("Reviewer", custom_fields.USER, ME, ME),
    ("Stakeholders", custom_fields.USERS, [ME], [ME]),
    ("Owning group", custom_fields.GROUP, GROUP, GROUP),
    ("Audience groups", custom_fields.GROUPS, [GROUP], [GROUP]),
    ("Found in", custom_fields.VERSION, "1.0", "1.0"),
    ("Seen in versions", custom_fields.VERSIONS, ["1.0"], ["1.0"]),
    ("Related project", custom_fields.PROJECT, "OPS", "OPS"),
]


def told(value: Any) -> Any:
    """A value as the part of it that was written."""
    if isinstance(value, list):
        return [told(item) for item in value]
    if isinstance(value, Cascade):
        return (value.parent.value, value.child.value if value.child else None)
    for cls, attribute in (
        (Option, "value"),
        (Person, "account_id"),
        (Group, "name"),
        (Version, "name"),
        (Project, "key"),
    ):
        if isinstance(value, cls):
            return getattr(value, attribute)
    return value


@pytest.mark.parametrize(("name", "kind", "written", "expected"), ROUND, ids=[row[0] for row in ROUND])
def test_what_is_written_is_read(
    jira: Jira, fields: Fields, name: str, kind: custom_fields.Kind[Any], written: Any, expected: Any
) -> None:
    key = editing.create(jira, {"Project": "ENG", "Issue Type": "Task", "Summary": "Round", name: written})
    issue = jira.issues.get(key)
    assert told(fields.read(issue, name, kind)) == told(fields.read(issue, name)) == expected
    assert told(fields.read(issue.to_dict(), name, kind)) == expected
    # What was read can be written again.
    jira.issues.update(key, fields=fields.values({name: None}))
    assert not fields.read(jira.issues.get(key), name, kind)
    jira.issues.update(key, fields=fields.values({name: fields.read(issue, name, kind)}))
    assert fields.read(jira.issues.get(key), name, kind) == fields.read(issue, name, kind)


def test_rich_text_is_a_document(jira: Jira, fields: Fields) -> None:
    key = editing.create(jira, {"Project": "ENG", "Issue Type": "Task", "Summary": "Rich", "Notes": "One\n\nTwo"})
    document = fields.read(jira.issues.get(key), "Notes", custom_fields.RICH_TEXT)
    assert document is not None
    assert [[node["text"] for node in block.get("content", [])] for block in document["content"]] == [
        ["One"],
        [],
        ["Two"],
    ]
    jira.issues.update(key, fields=fields.values({"Description": document}))
    assert fields.read(jira.issues.get(key), "Description") == document


def test_sprints_of_the_site(jira: Jira, fields: Fields) -> None:
    sprints = fields.read_many(
        jira.issues.search("project = ENG AND sprint = 5", fields=["*all"], limit=3), "Sprint", custom_fields.SPRINTS
    )
    assert len(sprints.values) == 3
    assert not sprints.faults
    for listed in sprints.values.values():
        assert listed
        assert all(isinstance(sprint, Sprint) for sprint in listed)
        assert 5 in [sprint.id for sprint in listed]


CANNED: list[tuple[custom_fields.Kind[Any], Any, Any]] = [
    (custom_fields.ASSETS, [{"workspaceId": "w", "id": "w:7", "objectId": "7"}], [AssetsObject("w:7", "w", "7")]),
    (custom_fields.TEMPO_ACCOUNT, {"id": 3, "value": "Internal"}, TempoAccount(3, "Internal")),
    (
        custom_fields.REQUEST_TYPE,
        {"requestType": {"id": "2", "name": "Report an incident", "serviceDeskId": "1"}, "currentStatus": {}},
        RequestType("2", "Report an incident", "1"),
    ),
    (custom_fields.TEAM, {"id": "t-1", "name": "Platform"}, Team("t-1", "Platform")),
    (custom_fields.TEAM, "t-1", Team("t-1")),
    (custom_fields.DATETIME, "2026-01-02T03:04:05.678+0000", AT),
    (custom_fields.DATETIME, "2026-01-02T05:04:05.678+02:00", AT),
    (custom_fields.DATETIME, "2026-01-02T03:04:05.678Z", AT),
    (custom_fields.CASCADE, {"id": "1", "value": "Europe"}, Cascade(Option("1", "Europe"))),
]


@pytest.mark.parametrize(("kind", "sent", "read"), CANNED)
def test_kinds_read_what_jira_sends(kind: custom_fields.Kind[Any], sent: Any, read: Any) -> None:
    fields = Fields([Field("customfield_1", "It", kind)])
    assert fields.read({"key": "A-1", "fields": {"customfield_1": sent}}, "It") == read


def test_values_are_said_as_people_read_them() -> None:
    said: list[tuple[Any, str]] = [
        (Option("1", "High"), "High"),
        (Cascade(Option("1", "Europe"), Option("2", "Germany")), "Europe / Germany"),
        (Cascade(Option("1", "Europe")), "Europe"),
        (Person("5e5f", "Vera Mars"), "Vera Mars"),
        (Person("5e5f"), "5e5f"),
        (Group("admins", "7"), "admins"),
        (Version("1", "1.0"), "1.0"),
        (Project("1", "ENG", "Engineering"), "ENG"),
        (Team("t-1", "Platform"), "Platform"),
        (Team("t-1"), "t-1"),
        (Sprint(1, "Sprint 1"), "Sprint 1"),
        (AssetsObject("w:7"), "w:7"),
        (RequestType("2", "Report an incident"), "Report an incident"),
        (TempoAccount(3, "Internal"), "Internal"),
    ]
    assert [str(value) for value, _ in said] == [text for _, text in said]


def test_a_field_that_may_be_missing(fields: Fields) -> None:
    found = fields.get("Story Points")
    assert found is not None
    assert (found.id, found.custom) == ("customfield_10016", True)
    assert fields.get("customfield_10016") is found
    assert fields.get("Nonsense") is None
    assert not fields["Summary"].custom
    with pytest.raises(custom_fields.FieldNameError, match="2 fields are called 'Impact'"):
        fields.get("Impact")


def test_references_go_by_id_too() -> None:
    writes = [
        (custom_fields.OPTION, Option("7", "High"), {"id": "7"}),
        (custom_fields.OPTION, {"id": "7"}, {"id": "7"}),
        (
            custom_fields.CASCADE,
            {"value": "Europe", "child": {"value": "Germany"}},
            {"value": "Europe", "child": {"value": "Germany"}},
        ),
        (custom_fields.CASCADE, "Europe", {"value": "Europe"}),
        (custom_fields.VERSION, {"id": "10301"}, {"id": "10301"}),
        (custom_fields.GROUP, {"groupId": "g"}, {"groupId": "g"}),
        (custom_fields.TEAM, Team("t-1"), "t-1"),
        (custom_fields.SPRINTS, 5, 5),
        (custom_fields.ASSETS, ["w:7"], [{"id": "w:7"}]),
        (custom_fields.REQUEST_TYPE, "2", "2"),
        (custom_fields.TEMPO_ACCOUNT, TempoAccount(3, "x"), 3),
        (custom_fields.DATETIME, AT, "2026-01-02T03:04:05.678+0000"),
        (custom_fields.DATETIME, AT.astimezone(timezone(timedelta(hours=-5))), "2026-01-02T03:04:05.678+0000"),
        (custom_fields.LABELS, None, []),
        (custom_fields.USER, None, None),
    ]
    for kind, given, sent in writes:
        assert kind.write(given) == sent, kind


WRONG: list[tuple[str, Any, str]] = [
    ("Story Points", "five", "holds number: expected a finite number, got str 'five'"),
    ("Story Points", True, "holds number"),
    ("Story Points", float("nan"), "holds number"),
    ("Customer", 5, "holds text: expected text, got int 5"),
    ("Go-live", "soon", "holds date: expected a date"),
    ("Go-live", AT, "holds date: expected a date, got datetime"),
    ("Started at", datetime(2026, 1, 1), "holds date and time: expected a datetime with a time zone"),
    ("Homepage", "example.com", "holds URL: expected a URL with its scheme"),
    ("Severity", 3, "holds single choice: expected text or Option or an object with id or value, got int 3"),
    ("Platforms", "Linux", "holds multiple choice: expected a list, got str 'Linux'"),
    ("Platforms", ["Linux", 4], r"holds multiple choice: \[1\]: expected"),
    ("Region", ["a", "b", "c"], "holds cascading choice: expected a parent and its child"),
    ("Tags", ["two words"], r"holds labels: \[0\]: expected a label without spaces"),
    ("Reviewer", 1, "holds user"),
    ("Notes", {"type": "paragraph"}, "holds rich text"),
    ("Notes", 5, "holds rich text"),
    ("Sprint", "5", "holds sprint: expected the id of a sprint"),
    ("Story Points", 10**400, "holds number: expected a finite number, got an int that is larger"),
    ("Assignee", {"accountId": 5}, "holds user: expected an object whose accountId is text"),
    ("Assignee", {"accountId": ["a@b"]}, "holds user: expected an object whose accountId is text"),
    ("Priority", {"id": {}}, "holds named value: expected an object whose id is text"),
    ("Platforms", [{"value": 5}], r"holds multiple choice: \[0\]: expected an object whose value is text"),
    ("Found in", {"name": []}, "holds version: expected an object whose name is text"),
    ("Labels", [None], r"holds labels: \[0\]: expected a label without spaces, got NoneType"),
    ("Platforms", [None], r"holds multiple choice: \[0\]: expected text"),
    ("Stakeholders", [None], r"holds users: \[0\]: expected text"),
    ("Components", [None], r"holds components: \[0\]: expected text"),
    ("Audience groups", [None], r"holds groups: \[0\]: expected text"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_a_value_of_another_kind_is_not_sent(
    jira: Jira, fields: Fields, box: Sandbox, name: str, value: Any, said: str
) -> None:
    sent = len(box.requests)
    with pytest.raises(FieldValueError, match=rf"field '{name}' \({fields.id(name)}\): {said}"):
        editing.edit(jira, "ENG-1", {name: value})
    assert len(box.requests) == sent


def test_all_that_is_wrong_is_told_at_once(fields: Fields) -> None:
    with pytest.raises(FieldValueError) as caught:
        fields.values({"Story Points": "five", "Summary": "fine", "Severity": 3})
    assert [fault.name for fault in caught.value.faults] == ["Story Points", "Severity"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.faults) == (str(caught.value), caught.value.faults)
    with pytest.raises(FieldValueError, match="given twice") as caught:
        fields.values({"Story Points": 1, "customfield_10016": 2, "Watchers": []})
    assert [fault.field for fault in caught.value.faults] == ["customfield_10016", "watches"]


def test_a_listing_that_is_awaited_is_read_first(fields: Fields, box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            listing = jira.issues.search("project = ENG", fields=["customfield_10016"], limit=3)
            with pytest.raises(
                TypeError, match=r"issues: expected a list of .*, got AsyncPaginator; .*await ….to_list\(\)"
            ):
                fields.read_many(listing, "Story Points")  # type: ignore[arg-type]  # pyright: ignore
            assert len(fields.read_many(await listing.to_list(), "Story Points").values) == 3

    asyncio.run(main())


def test_what_does_not_decode_is_reported_and_the_rest_is_read(fields: Fields) -> None:
    issues: list[dict[str, Any]] = [
        {"key": "A-1", "fields": {"customfield_10016": 5}},
        {"key": "A-2", "fields": {"customfield_10016": "many"}},
        {"key": "A-3", "fields": {"customfield_10016": None}},
        {"key": "A-4", "fields": {}},
    ]
    points = fields.read_many(issues, "Story Points", custom_fields.NUMBER)
    assert points.values == {"A-1": 5, "A-3": None}
    assert [(fault.issue, fault.field, fault.value) for fault in points.faults] == [
        ("A-2", "customfield_10016", "many"),
        ("A-4", "customfield_10016", None),
    ]
    assert "not number: expected a finite number, got str 'many'" in str(points.faults[0])
    assert "read without it; ask for it with fields=['customfield_10016']" in str(points.faults[1])
    with pytest.raises(FieldValueError, match=r"A-2: field 'Story Points' \(customfield_10016\): not number"):
        fields.read(issues[1], "Story Points")


def test_issues_without_a_key_are_not_lost(fields: Fields) -> None:
    issues: list[dict[str, Any]] = [{"fields": {"customfield_10016": 5}}, {"fields": {"customfield_10016": 6}}]
    points = fields.read_many(issues, "Story Points")
    assert (points.values, [fault.value for fault in points.faults]) == ({}, [5, 6])
    with pytest.raises(ValueError, match="an object whose id is text or a number"):
        custom_fields.OPTION.read({"id": {}, "value": "x"})


def test_times_at_the_ends_of_the_calendar() -> None:
    east = timezone(timedelta(hours=2))
    assert custom_fields.DATETIME.write(datetime(999, 1, 1, tzinfo=east)) == "0998-12-31T22:00:00.000+0000"
    with pytest.raises(ValueError, match="a datetime that is one in UTC too"):
        custom_fields.DATETIME.write(datetime(1, 1, 1, tzinfo=east))


def test_names_and_values_are_awaited(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            fields = await custom_fields.load(jira)
            assert await custom_fields.load(jira) is fields
            key = await editing.create(
                jira, {"Project": "ENG", "Issue Type": "Task", "Summary": "A", "Severity": "Major"}
            )
            severity = fields.read(await jira.issues.get(key), "Severity", custom_fields.OPTION)
            assert severity is not None
            assert severity.value == "Major"
            with pytest.raises(FieldValueError, match="holds number"):
                await editing.edit(jira, key, {"Story Points": "five"})

    asyncio.run(main())
    assert asked_for_fields(box) == 1
