"""Tables from paginators: columns by path, types that do not depend on the data, and nothing lost when a page fails."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas
import polars
import pyarrow
import pytest
from atlassian_cloud import Admin, AsyncJira, Jira, Paginator, ServerError
from atlassian_cloud.jira import Issue
from atlassian_cloud.sandbox import Sandbox

LIBRARIES = {"to_pandas": "pandas", "to_polars": "polars", "to_arrow": "pyarrow"}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A box without data: most answers are ordered by the tests."""
    with Sandbox(examples=True) as sandbox:
        yield sandbox


@pytest.fixture
def jira(box: Sandbox) -> Iterator[Jira]:
    with box.client(Jira) as client:
        yield client.with_options(max_retries=0)


def issue(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(number), "key": f"PROJ-{number}", "fields": fields}


def serve(box: Sandbox, *pages: list[Any]) -> None:
    """The next answers: pages of a search."""
    for number, page in enumerate(pages, 1):
        more = {"nextPageToken": str(number)} if number < len(pages) else {}
        box.respond(body={"issues": page, **more}, path="/search/jql")


def search(jira: Jira, **options: Any) -> Paginator[Issue]:
    return jira.issues.search("project = PROJ", **options)


def values_of(column: Any) -> list[Any]:
    """Of a list, or a column of any library, with None for what is missing."""
    if isinstance(column, (pandas.Series, polars.Series)):
        column = column.to_list()
    elif isinstance(column, pyarrow.ChunkedArray):
        column = column.to_pylist()
    return [None if value is pandas.NA or value is pandas.NaT or value != value else value for value in column]


def columns_of(box: Sandbox, jira: Jira, columns: Any, *pages: list[Any]) -> dict[str, list[Any]]:
    serve(box, *pages)
    return search(jira).to_columns(columns)


def test_paths_are_attributes_or_wire_keys(box: Sandbox, jira: Jira) -> None:
    page = [issue(1, fixVersions=[], issuetype={"name": "Bug"}, customfield_10010={"value": "red"})]
    paths = ["key", "fields.issue_type.name", "fields.issuetype.name", "fields.customfield_10010.value"]
    assert columns_of(box, jira, paths, page) == {
        "key": ["PROJ-1"],
        "fields.issue_type.name": ["Bug"],
        "fields.issuetype.name": ["Bug"],
        "fields.customfield_10010.value": ["red"],
    }


def test_an_attribute_wins_over_a_wire_key(box: Sandbox, jira: Jira) -> None:
    page = [issue(1, issue_type="of another time", issuetype="Bug")]
    assert columns_of(box, jira, {"type": "fields.issue_type"}, page) == {"type": ["Bug"]}


def test_a_mapping_names_the_columns(box: Sandbox, jira: Jira) -> None:
    table = columns_of(box, jira, {"issue": "key", "state": "fields.status.name"}, [issue(1, status={"name": "Done"})])
    assert table == {"issue": ["PROJ-1"], "state": ["Done"]}
    assert list(table) == ["issue", "state"]


def test_a_tuple_is_a_path_whose_parts_may_have_dots(box: Sandbox, jira: Jira) -> None:
    page = [issue(1, **{"urn:x:1.0": {"a.b": 5, "list": ["x", "y"]}, "summary": "s"})]
    assert columns_of(box, jira, [("fields", "urn:x:1.0", "a.b"), "key", ("fields", "summary")], page) == {
        "fields.urn:x:1.0.a.b": [5],
        "key": ["PROJ-1"],
        "fields.summary": ["s"],
    }
    named = {"first": ("fields", "urn:x:1.0", "list", "0"), "text": "fields.summary"}
    assert columns_of(box, jira, named, page) == {"first": ["x"], "text": ["s"]}


@pytest.mark.parametrize("method", ["to_columns", *LIBRARIES])
@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("summary", "; did you mean 'fields.summary'?"),
        ("status.name", "; did you mean 'fields.status.name'?"),
        ("issuetype", "; did you mean 'fields.issuetype'?"),
        ("fields.sumary", "; did you mean 'fields.summary'?"),
        ("fields.status.nam", "; did you mean 'fields.status.name'?"),
        ("fields.customfield_10010", ""),
        ("fields.customfield_1.value", ""),
    ],
)
def test_a_column_that_no_row_has_is_told(box: Sandbox, jira: Jira, method: str, path: str, hint: str) -> None:
    with pytest.warns(UserWarning, match="was in none") as told:
        made = table(box, jira, method, ["key", path], [issue(1, status={}, customfield_1={})], [issue(2, status={})])
    assert [str(warning.message) for warning in told] == [f"column '{path}' was in none of the 2 rows{hint}"]
    assert told[0].filename == __file__
    assert values_of(made["key"]) == ["PROJ-1", "PROJ-2"]


def test_what_is_declared_or_found_once_or_where_nothing_came_is_not_told(box: Sandbox, jira: Jira) -> None:
    declared = ["fields.assignee.display_name", "fields.attachment.0.created", "fields.components.name"]
    assert columns_of(box, jira, declared, [{}])
    pages = [issue(1), issue(2, customfield_1=None, customfield_2=[], customfield_3=[{}, {"a": 1}])], [issue(3)]
    assert columns_of(box, jira, ["fields.customfield_1", "fields.customfield_2.a", "fields.customfield_3.a"], *pages)
    assert columns_of(box, jira, ["sumary"], []) == {"sumary": []}


def test_a_warning_that_is_an_error_loses_no_row(box: Sandbox, jira: Jira) -> None:
    serve(box, [issue(1)])
    listing = search(jira)
    with pytest.raises(UserWarning, match="none of the 1 rows"):
        listing.to_columns(["sumary"])
    with pytest.warns(UserWarning, match="none of the 1 rows"):
        assert listing.to_columns(["sumary"]) == {"sumary": [None]}


def test_lists_are_mapped_over_and_numbers_take_an_element(box: Sandbox, jira: Jira) -> None:
    page = [
        issue(1, components=[{"name": "a"}, {"id": "2"}], labels=["x", "y"], customfield_1=[[{"n": 1}], [{"n": 2}]]),
        issue(2, components=[], labels=["z"], customfield_1={"0": {"n": 3}}),
    ]
    paths = [
        "fields.components.name",
        "fields.components.1.id",
        "fields.labels",
        "fields.labels.1",
        "fields.customfield_1.n",
        "fields.customfield_1.0.n",
    ]
    assert list(columns_of(box, jira, paths, page).values()) == [
        [["a", None], []],
        ["2", None],
        [["x", "y"], ["z"]],
        ["y", None],
        [[[1], [2]], None],
        [[1], 3],
    ]


def test_what_is_missing_on_a_page_is_none(box: Sandbox, jira: Jira) -> None:
    pages = [issue(1, customfield_7=1)], [{"key": "PROJ-2"}, issue(3)], [issue(4, customfield_7=None)], [{}, None, 5]
    table = columns_of(box, jira, ["key", "fields.customfield_7"], *pages)
    assert table == {
        "key": ["PROJ-1", "PROJ-2", "PROJ-3", "PROJ-4", None, None, None],
        "fields.customfield_7": [1, None, None, None, None, None, None],
    }


def test_values_are_those_of_attributes_and_objects_are_plain(box: Sandbox, jira: Jira) -> None:
    status = {"name": "Done", "statusCategory": {"key": "done"}}
    page = [
        issue(
            1,
            created="2026-01-02T03:04:05.678+0000",
            updated="2026-01-02T03:04:05.678+0530",
            duedate="2026-02-03",
            resolutiondate="soon",
            customfield_1="2026-01-02T03:04:05.678+0000",
            summary='Ünïcödé 😀 "quoted" \\ \n',
            status=status,
        )
    ]
    names = ["created", "updated", "duedate", "resolutiondate", "customfield_1", "summary", "status"]
    table = columns_of(box, jira, {name: f"fields.{name}" for name in names}, page)
    assert {name: values[0] for name, values in table.items()} == {
        "created": datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc),
        "updated": datetime(2026, 1, 2, 3, 4, 5, 678000, timezone(timedelta(hours=5, minutes=30))),
        "duedate": date(2026, 2, 3),
        "resolutiondate": "soon",
        "customfield_1": "2026-01-02T03:04:05.678+0000",
        "summary": 'Ünïcödé 😀 "quoted" \\ \n',
        "status": status,
    }
    assert type(table["status"][0]) is dict
    assert type(table["status"][0]["statusCategory"]) is dict


def test_system_fields_are_typed_attributes_too(box: Sandbox, jira: Jira) -> None:
    serve(box, [issue(1, created="2026-01-02T03:04:05.000+0000", customfield_1="free")])
    fields = next(search(jira)).fields
    assert fields is not None
    assert fields.created == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert fields["customfield_1"] == "free"
    assert fields["created"] == "2026-01-02T03:04:05.000+0000"


def test_digits_are_kept(box: Sandbox, jira: Jira) -> None:
    big = 2**63
    table = columns_of(box, jira, ["fields.customfield_1"], [issue(1, customfield_1=big), issue(2, customfield_1=-big)])
    assert table == {"fields.customfield_1": [big, -big]}


def test_all_declared_fields_by_default(box: Sandbox, jira: Jira) -> None:
    table = columns_of(box, jira, None, [issue(1)], [{"key": "PROJ-2"}])
    assert list(table) == list(Issue.__match_args__)
    assert table["key"] == ["PROJ-1", "PROJ-2"]
    assert table["fields"] == [{}, None]
    assert table["changelog"] == [None, None]


def test_scalars_are_a_column(box: Sandbox, jira: Jira) -> None:
    box.respond(body={"values": ["a", "b"], "isLast": True}, path="/label")
    labels = jira.labels.list()
    assert labels.to_columns() == {"value": ["a", "b"]}
    with pytest.raises(ValueError, match="is of type str"):
        jira.labels.list().to_columns(["name"])


def test_limit_counts_rows_and_fetches_no_more(box: Sandbox, jira: Jira) -> None:
    serve(box, [issue(1), issue(2), issue(3)], [issue(4)], [issue(5)])
    listing = search(jira)
    assert listing.to_columns(["key"], limit=0) == {"key": []}
    assert box.requests == []
    assert listing.to_columns(["key"], limit=2) == {"key": ["PROJ-1", "PROJ-2"]}
    assert len(box.requests) == 1
    assert listing.to_columns(["id"], limit=2) == {"id": ["3", "4"]}
    assert len(box.requests) == 2
    assert listing.to_columns(["key"], limit=9) == {"key": ["PROJ-5"]}
    assert listing.to_columns(["key"]) == {"key": []}
    with pytest.raises(ValueError, match="limit: must be 0 or more"):
        listing.to_columns(["key"], limit=-1)


def test_the_limit_of_the_listing_holds(box: Sandbox, jira: Jira) -> None:
    serve(box, [issue(1), issue(2)], [issue(3), issue(4)])
    assert search(jira, limit=3).to_columns(["id"]) == {"id": ["1", "2", "3"]}


def test_a_table_takes_what_is_left(box: Sandbox, jira: Jira) -> None:
    serve(box, [issue(1), issue(2), issue(3)], [issue(4)])
    listing = search(jira)
    assert next(listing).id == "1"
    assert listing.to_columns(["id"], limit=1) == {"id": ["2"]}
    assert next(listing).id == "3"
    assert listing.to_columns(["id"]) == {"id": ["4"]}
    assert listing.first() is None


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ([], ValueError, "columns: is empty"),
        ({}, ValueError, "columns: is empty"),
        ("key", TypeError, "columns: expected list of paths, or mapping of names to paths, got str"),
        (5, TypeError, "columns: expected list of paths, or mapping of names to paths, got int"),
        ([5], TypeError, r"columns\[0\]: expected str or tuple of str, got int"),
        ({"a": None}, TypeError, r'columns\["a"\]: expected str or tuple of str, got NoneType'),
        ([["a", "b"]], TypeError, r"columns\[0\]: expected str or tuple of str, got list"),
        (["key", ()], ValueError, r"columns\[1\]: is empty; a path has one part at least"),
        ({"a": ("fields", 1)}, TypeError, r'columns\["a"\]\[1\]: expected str, got int'),
        ([("fields", "")], ValueError, 'columns: "fields.": a segment of the path is empty'),
        ([("key", "a.b")], ValueError, 'columns: "key.a.b": key is of type str, and has no "a.b"'),
        ([("fields.x",), "fields.x"], ValueError, 'columns: "fields.x" is there twice'),
        (["fields.labels.-1"], ValueError, r'columns: "fields.labels.-1": "-1" names no element .* counted from 0'),
        ([("fields", "customfield_1", "-12")], ValueError, '"-12" names no element'),
        ({1: "key"}, TypeError, "columns: a name: expected str, got int"),
        (["key", "id", "key"], ValueError, 'columns: "key" is there twice'),
        ([""], ValueError, 'columns: "": a segment of the path is empty'),
        (["fields..name"], ValueError, r'columns: "fields\.\.name": a segment of the path is empty'),
        (["key."], ValueError, 'columns: "key.": a segment of the path is empty'),
        (["key.name"], ValueError, 'columns: "key.name": key is of type str, and has no "name"'),
        (["fields.labels.0.name"], ValueError, "0 is of type str"),
        (["\ud800"], ValueError, r"columns\[0\]: holds a lone surrogate"),
    ],
)
@pytest.mark.parametrize("method", ["to_columns", *LIBRARIES])
def test_bad_columns_are_told_before_anything_is_sent(
    box: Sandbox, jira: Jira, method: str, columns: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        getattr(search(jira), method)(columns)
    assert box.requests == []


def test_items_that_nobody_declared_need_columns(box: Sandbox, admin: Admin) -> None:
    listing = admin.api_keys.list(box.org_id)
    with pytest.raises(TypeError, match="columns: is needed here"):
        listing.to_columns()
    assert box.requests == []
    box.respond(body={"data": [{"name": "a"}, {}], "links": {}})
    assert listing.to_columns(["name"]) == {"name": ["a", None]}


# Types.

DECLARED = {
    "text": "key",
    "whole": "fields.timespent",
    "moment": "fields.created",
    "day": "fields.duedate",
    "flag": "fields.issuetype.subtask",
    "object": "fields.status",
    "texts": "fields.labels",
    "moments": "fields.attachment.created",
    "objects": "fields.components",
    "unknown": "fields.customfield_1",
}
FULL = issue(
    1,
    timespent=2**62 + 1,
    created="2026-01-02T03:04:05.678+0530",
    duedate="2026-02-03",
    issuetype={"subtask": True},
    status={"name": "Done"},
    labels=["a", "b"],
    attachment=[{"created": "2026-01-02T03:04:05.678Z"}, {}],
    components=[{"name": "c"}],
    customfield_1="ü",
)
MOMENT = datetime(2026, 1, 1, 21, 34, 5, 678000, timezone.utc)
IN_ATTACHMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc)
LISTINGS = {
    "full": [FULL, {}],
    "odd order": [{}, FULL],
    "nothing but nulls": [issue(1, customfield_1=None) | {"key": None}],
    "empty": [],
}


def table(box: Sandbox, jira: Jira, method: str, columns: Any, *pages: list[Any]) -> Any:
    serve(box, *pages)
    return getattr(search(jira), method)(columns)


@pytest.mark.parametrize("rows", LISTINGS.values(), ids=LISTINGS.keys())
def test_pandas_types_do_not_depend_on_the_data(box: Sandbox, jira: Jira, rows: list[Any]) -> None:
    frame = table(box, jira, "to_pandas", DECLARED, rows)
    assert isinstance(frame, pandas.DataFrame)
    declared = {name: str(dtype) for name, dtype in frame.dtypes.items() if name != "unknown"}
    assert declared == {
        "text": "str",
        "whole": "Int64",
        "moment": "datetime64[us, UTC]",
        "day": "datetime64[us]",
        "flag": "boolean",
        "object": "object",
        "texts": "object",
        "moments": "object",
        "objects": "object",
    }
    assert list(frame.columns) == list(DECLARED)
    assert len(frame) == len(rows)


@pytest.mark.parametrize("rows", LISTINGS.values(), ids=LISTINGS.keys())
def test_polars_types_do_not_depend_on_the_data(box: Sandbox, jira: Jira, rows: list[Any]) -> None:
    frame = table(box, jira, "to_polars", DECLARED, rows)
    assert dict(frame.schema) == {
        "text": polars.String,
        "whole": polars.Int64,
        "moment": polars.Datetime("us", "UTC"),
        "day": polars.Date,
        "flag": polars.Boolean,
        "object": polars.String,
        "texts": polars.List(polars.String),
        "moments": polars.List(polars.Datetime("us", "UTC")),
        "objects": polars.List(polars.String),
        "unknown": polars.String,
    }
    assert frame.height == len(rows)


@pytest.mark.parametrize("rows", LISTINGS.values(), ids=LISTINGS.keys())
def test_arrow_types_do_not_depend_on_the_data(box: Sandbox, jira: Jira, rows: list[Any]) -> None:
    made = table(box, jira, "to_arrow", DECLARED, rows)
    moment = pyarrow.timestamp("us", "UTC")
    assert {field.name: field.type for field in made.schema} == {
        "text": pyarrow.string(),
        "whole": pyarrow.int64(),
        "moment": moment,
        "day": pyarrow.date32(),
        "flag": pyarrow.bool_(),
        "object": pyarrow.string(),
        "texts": pyarrow.list_(pyarrow.string()),
        "moments": pyarrow.list_(moment),
        "objects": pyarrow.list_(pyarrow.string()),
        "unknown": pyarrow.string(),
    }
    assert made.num_rows == len(rows)


def test_pandas_values(box: Sandbox, jira: Jira) -> None:
    frame = table(box, jira, "to_pandas", DECLARED, [FULL], [{}])
    first, second = frame.iloc[0], frame.iloc[1]
    assert first.drop(["moment", "day"]).to_dict() == {
        "text": "PROJ-1",
        "whole": 2**62 + 1,
        "flag": True,
        "object": {"name": "Done"},
        "texts": ["a", "b"],
        "moments": [IN_ATTACHMENT, None],
        "objects": [{"name": "c"}],
        "unknown": "ü",
    }
    assert first["moment"] == MOMENT
    assert first["day"] == pandas.Timestamp("2026-02-03")
    assert second.isna().all()


@pytest.mark.parametrize("method", ["to_polars", "to_arrow"])
def test_polars_and_arrow_values(box: Sandbox, jira: Jira, method: str) -> None:
    made = table(box, jira, method, DECLARED, [FULL], [{}])
    rows = made.to_dicts() if method == "to_polars" else made.to_pylist()
    assert rows == [
        {
            "text": "PROJ-1",
            "whole": 2**62 + 1,
            "moment": MOMENT,
            "day": date(2026, 2, 3),
            "flag": True,
            "object": '{"name":"Done"}',
            "texts": ["a", "b"],
            "moments": [IN_ATTACHMENT, None],
            "objects": ['{"name":"c"}'],
            "unknown": "ü",
        },
        dict.fromkeys(DECLARED),
    ]


UNDECLARED: list[tuple[list[Any], str, object]] = [
    ([1, None, -(2**60) - 1], "Int64", polars.Int64()),
    ([1, 2.5], "float64", polars.Float64()),
    ([True, None], "boolean", polars.Boolean()),
    (["a", None], "str", polars.String()),
    ([[1], [], None], "object", polars.List(polars.Int64)),
    ([[], [["a"]]], "object", polars.List(polars.List(polars.String))),
    ([{"a": 1}], "object", polars.String()),
    ([1, "a"], "object", polars.String()),
    ([2**63, 1], "object", polars.String()),
    ([None, None], "object", polars.String()),
]


@pytest.mark.parametrize(("values", "in_pandas", "in_polars"), UNDECLARED, ids=lambda value: str(value)[:30])
def test_undeclared_columns_have_the_type_that_all_values_fit(
    box: Sandbox, jira: Jira, values: list[Any], in_pandas: str, in_polars: object
) -> None:
    rows = [issue(1, customfield_1=value) for value in values]
    path = ["fields.customfield_1"]
    series = table(box, jira, "to_pandas", path, rows)[path[0]]
    assert str(series.dtype) == in_pandas
    assert [None if value is None or value is pandas.NA or value != value else value for value in series] == values
    assert table(box, jira, "to_polars", path, rows)[path[0]].dtype == in_polars
    # The same in arrow, whose types have other names.
    arrow = polars.from_arrow(table(box, jira, "to_arrow", path, rows))
    assert isinstance(arrow, polars.DataFrame)
    assert arrow[path[0]].dtype == in_polars


def test_mixed_values_are_json_where_a_column_has_one_type(box: Sandbox, jira: Jira) -> None:
    rows = [issue(1, customfield_1=value) for value in (2**63, "a", {"b": None}, None)]
    made = table(box, jira, "to_arrow", ["fields.customfield_1"], rows)
    assert made.column(0).to_pylist() == [str(2**63), '"a"', '{"b":null}', None]


ODD = [
    issue(
        1,
        timespent=2**63,
        created="soon",
        duedate=5,
        issuetype={"subtask": "yes"},
        labels="a",
        summary=12.50,
        attachment=[{"created": "soon"}],
    )
]
ODD_COLUMNS = {name: DECLARED[name] for name in ("whole", "moment", "day", "flag", "texts", "moments")}


@pytest.mark.parametrize("method", ["to_polars", "to_arrow"])
def test_what_does_not_fit_is_missing_with_a_warning(box: Sandbox, jira: Jira, method: str) -> None:
    with pytest.warns(UserWarning, match="values are no") as told:
        made = table(box, jira, method, ODD_COLUMNS, ODD)
    rows = made.to_dicts() if method == "to_polars" else made.to_pylist()
    assert rows == [dict.fromkeys(ODD_COLUMNS)]
    assert [str(warning.message).partition(":")[0] for warning in told] == [f"column {name!r}" for name in ODD_COLUMNS]
    assert "1 of 1 values are no int" in str(told[0].message)
    assert told[0].filename == __file__


def test_what_does_not_fit_is_missing_in_pandas_unless_its_column_holds_anything(box: Sandbox, jira: Jira) -> None:
    with pytest.warns(UserWarning, match="values are no") as told:
        frame = table(box, jira, "to_pandas", ODD_COLUMNS, ODD)
    assert len(told) == 4
    assert frame[["whole", "moment", "day", "flag"]].isna().all(axis=None)
    assert frame["texts"][0] == "a"
    assert frame["moments"][0] == ["soon"]


def test_text_takes_any_scalar_and_whole_numbers_may_be_digits(box: Sandbox, jira: Jira) -> None:
    rows = [issue(1, summary=value, timespent="17") for value in (12.50, True, "\ud83d")]
    frame = table(box, jira, "to_polars", ["fields.summary", "fields.timespent"], rows)
    assert frame["fields.summary"].to_list()[:2] == ["12.5", "true"]
    assert "\ufffd" in frame["fields.summary"][2]
    assert frame["fields.timespent"].to_list() == [17] * 3


@pytest.mark.parametrize("method", LIBRARIES)
def test_objects_and_lists_are_no_text(box: Sandbox, jira: Jira, method: str) -> None:
    rows = [issue(1, summary=value) for value in ({"a": 1}, ["a"], "text")]
    with pytest.warns(UserWarning, match="column 'fields.summary': 2 of 3 values are no str"):
        made = table(box, jira, method, ["fields.summary"], rows)
    assert values_of(made["fields.summary"]) == [None, None, "text"]


@pytest.mark.parametrize("method", LIBRARIES)
def test_whole_numbers_may_be_written_as_floats(box: Sandbox, jira: Jira, method: str) -> None:
    rows = [issue(1, timespent=value) for value in (12.0, -3e2, float(2**53))]
    made = table(box, jira, method, ["fields.timespent"], rows)
    assert values_of(made["fields.timespent"]) == [12, -300, 2**53]
    with pytest.warns(UserWarning, match="2 of 2 values are no int"):
        table(box, jira, method, ["fields.timespent"], [issue(1, timespent=12.5), issue(2, timespent=2.0**54)])


@pytest.mark.parametrize("method", LIBRARIES)
def test_moments_beyond_the_calendar_in_utc_are_missing(box: Sandbox, jira: Jira, method: str) -> None:
    texts = ("0001-01-01T00:00:00.000+0500", "9999-12-31T23:59:59.000-0500", "0001-01-01T05:00:00.000+0500")
    with pytest.warns(UserWarning, match="2 of 3 values are no datetime"):
        made = table(box, jira, method, ["fields.created"], [issue(1, created=text) for text in texts])
    assert values_of(made["fields.created"]) == [None, None, datetime(1, 1, 1, tzinfo=timezone.utc)]


@pytest.mark.parametrize("method", ["to_polars", "to_arrow"])
def test_whole_numbers_beside_floats_keep_their_digits(box: Sandbox, jira: Jira, method: str) -> None:
    rows = [issue(1, customfield_1=value) for value in (2**53 + 1, 0.5)]
    made = table(box, jira, method, ["fields.customfield_1"], rows)
    assert values_of(made["fields.customfield_1"]) == [str(2**53 + 1), "0.5"]
    rows = [issue(1, customfield_1=value) for value in ([2**53, 0.5], [-(2**53) - 1])]
    made = table(box, jira, method, ["fields.customfield_1"], rows)
    assert values_of(made["fields.customfield_1"]) == [[str(2**53), "0.5"], [str(-(2**53) - 1)]]


def test_whole_numbers_beside_floats_keep_their_digits_in_pandas(box: Sandbox, jira: Jira) -> None:
    rows = [issue(1, customfield_1=value) for value in (2**53 + 1, 0.5)]
    series = table(box, jira, "to_pandas", ["fields.customfield_1"], rows)["fields.customfield_1"]
    assert (series.dtype, list(series)) == (object, [2**53 + 1, 0.5])


def test_numbers_without_a_fraction_are_floats_where_floats_are_due(box: Sandbox, jira: Jira) -> None:
    rows = [issue(1, customfield_1=value) for value in (1, 2.5, None)]
    values = table(box, jira, "to_pandas", ["fields.customfield_1"], rows)["fields.customfield_1"].to_list()
    assert values[:2] == [1.0, 2.5]
    assert math.isnan(values[2])


# Failures.


def serve_with_failure(box: Sandbox) -> None:
    box.respond(body={"issues": [issue(1), issue(2)], "nextPageToken": "2"}, path="/search/jql")
    box.fail(500, path="/search/jql")
    box.respond(body={"issues": [issue(3)]}, path="/search/jql")


@pytest.mark.parametrize("method", ["to_columns", *LIBRARIES])
def test_a_failed_page_loses_no_row(box: Sandbox, jira: Jira, method: str) -> None:
    serve_with_failure(box)
    listing = search(jira)
    with pytest.raises(ServerError):
        getattr(listing, method)(["id", "key"])
    with pytest.raises(ValueError, match=r"^2 rows gathered for a table with columns \(id, key\) wait"):
        getattr(listing, method)(["id"])
    with pytest.raises(ValueError, match=r"rows gathered for a table .* wait"):
        getattr(listing, method)({"id": "key", "key": "id"})
    assert listing.to_columns(("id", "key"), limit=1) == {"id": ["1"], "key": ["PROJ-1"]}
    assert len(box.requests) == 2
    assert listing.to_columns({"id": "id", "key": "key"}) == {"id": ["2", "3"], "key": ["PROJ-2", "PROJ-3"]}
    assert listing.to_columns(["id"]) == {"id": []}


READS: dict[str, Callable[[Any], Any]] = {
    "next": next,
    "first": lambda listing: listing.first(),
    "to_list": lambda listing: listing.to_list(),
    "pages": lambda listing: next(listing.pages()),
}
WAIT = r"^2 rows gathered for a table with columns \(id\) wait: call the same method .* or begin anew at \.cursor$"


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_nothing_reads_past_rows_that_wait(box: Sandbox, jira: Jira, read: Callable[[Any], Any]) -> None:
    serve_with_failure(box)
    listing = search(jira)
    with pytest.raises(ServerError):
        listing.to_columns(["id"])
    sent = len(box.requests)
    with pytest.raises(ValueError, match=WAIT):
        read(listing)
    assert len(box.requests) == sent
    assert listing.to_columns(["id"], limit=2) == {"id": ["1", "2"]}
    assert read(listing) is not None


AWAITED: dict[str, Callable[[Any], Any]] = {
    "anext": lambda listing: listing.__anext__(),
    "first": lambda listing: listing.first(),
    "to_list": lambda listing: listing.to_list(),
    "pages": lambda listing: listing.pages().__anext__(),
}


@pytest.mark.parametrize("read", AWAITED.values(), ids=AWAITED.keys())
def test_nothing_awaited_reads_past_rows_that_wait(box: Sandbox, read: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            serve_with_failure(box)
            listing = jira.with_options(max_retries=0).issues.search("project = PROJ")
            with pytest.raises(ServerError):
                await listing.to_columns(["id"])
            with pytest.raises(ValueError, match=WAIT):
                await read(listing)
            assert listing.cursor is None
            assert await listing.to_columns(["id"], limit=2) == {"id": ["1", "2"]}
            assert listing.cursor == "2"
            assert await read(listing) is not None

    asyncio.run(main())


@pytest.mark.parametrize("limit", [None, 9])
def test_the_cursor_names_the_page_of_the_first_row_that_waits(box: Sandbox, jira: Jira, limit: int | None) -> None:
    for page in (1, 3):
        body = {"issues": [issue(page), issue(page + 1)], "nextPageToken": str(page)}
        box.respond(body=body, path="/search/jql")
    box.fail(500, path="/search/jql")
    listing = search(jira)
    assert next(listing).id == "1"
    with pytest.raises(ServerError):
        listing.to_columns(["id"], limit=limit)
    assert listing.cursor is None
    assert listing.to_columns(["id"], limit=1) == {"id": ["2"]}
    assert listing.cursor == "1"
    assert listing.to_columns(["id"], limit=1) == {"id": ["3"]}
    assert listing.cursor == "1"
    assert listing.to_columns(["id"], limit=1) == {"id": ["4"]}
    assert listing.cursor == "3"
    serve(box, [issue(5)])
    assert listing.first() is not None
    assert listing.cursor is None


def test_a_table_that_cannot_be_made_loses_no_row(box: Sandbox, jira: Jira, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(box, [issue(1)], [issue(2)])
    listing = search(jira)
    with monkeypatch.context() as patch:
        patch.setattr(pandas, "DataFrame", None)
        with pytest.raises(TypeError, match="NoneType"):
            listing.to_pandas(["id"])
    assert list(listing.to_pandas(["id"])["id"]) == ["1", "2"]
    assert len(box.requests) == 2


def test_awaited_tables(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            search = jira.with_options(max_retries=0).issues.search
            serve_with_failure(box)
            listing = search("project = PROJ")
            with pytest.raises(ServerError):
                await listing.to_polars(["id"])
            with pytest.raises(ValueError, match=r"rows gathered for a table .* wait"):
                await listing.to_polars(["key"])
            assert (await listing.to_polars(["id"]))["id"].to_list() == ["1", "2", "3"]
            serve(box, [issue(1), issue(2)], [issue(3)])
            listing = search("project = PROJ")
            assert await listing.to_columns(["id"], limit=1) == {"id": ["1"]}
            assert (await listing.to_pandas(["id"], limit=1))["id"].to_list() == ["2"]
            assert (await listing.to_arrow(["id"])).to_pydict() == {"id": ["3"]}
            for bad in ([], "id", ["id.x"]):
                with pytest.raises((TypeError, ValueError), match="columns: "):
                    await listing.to_columns(bad)  # type: ignore[arg-type]

    asyncio.run(main())


def test_a_cancelled_wait_loses_no_row(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            listing = jira.issues.search("project = PROJ")
            box.respond(body={"issues": [issue(1), issue(2)], "nextPageToken": "2"}, path="/search/jql")
            # The second answer, the sandbox's own, comes only after the wait was given up.
            box.delay(0.5, path="/search/jql")
            waiting = asyncio.ensure_future(listing.to_columns(["id"]))
            while len(box.requests) < 2:
                await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert await listing.to_columns(["id"]) == {"id": ["1", "2", "id"]}

    asyncio.run(main())


def test_one_reader_at_a_time(box: Sandbox) -> None:
    async def main() -> None:
        async with box.client(AsyncJira) as jira:
            box.delay(0.3, path="/search/jql")
            listing = jira.issues.search("project = PROJ")
            first = asyncio.ensure_future(listing.to_columns(["id"], limit=1))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="being read already"):
                await listing.to_columns(["id"])
            await first

    asyncio.run(main())


# Libraries.


@pytest.mark.parametrize(("method", "library"), LIBRARIES.items())
def test_a_library_that_is_missing_is_named(
    box: Sandbox, jira: Jira, monkeypatch: pytest.MonkeyPatch, method: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=f"{method}\\(\\) needs {library}: pip install {library}") as caught:
        getattr(search(jira), method)(["key"])
    assert caught.value.name == library
    assert box.requests == []


LOADED = """
import sys
from atlassian_cloud import Jira
from atlassian_cloud.sandbox import Sandbox

def loaded():
    return sorted({"pandas", "polars", "pyarrow", "numpy", "atlassian_cloud._tables"} & sys.modules.keys())

with Sandbox(examples=True) as box, box.client(Jira) as jira:
    jira.issues.search("project = PROJ").to_columns(["key"])
    assert loaded() == [], loaded()
    jira.issues.search("project = PROJ").to_polars(["key"])
    assert loaded() == ["atlassian_cloud._tables", "polars"], loaded()
"""


def test_nothing_is_imported_before_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
