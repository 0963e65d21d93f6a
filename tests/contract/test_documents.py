"""The judge judged: documents that can be read, mends that are due, and a validator that refuses what is wrong."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from .conftest import NOT_DONE, ON_PURPOSE, Tally
from .corrections import corrections, explanations
from .documents import (
    FOLDER,
    NAMES,
    NO_DOCUMENTS,
    Fault,
    described,
    failed_mends,
    mended,
    parts,
    raw_documents,
    request_faults,
    resolve,
    response_faults,
)
from .facts import BY_ROUTE, OPERATIONS, Json, Operation
from .mends import MENDS, RULES

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)

# What no document describes, by method and path, with the reason; in order.
UNDESCRIBED: dict[str, str] = {
    r"\w+ /admin/api-access/": "the API access document could not be obtained",
    r"\w+ /admin/control/": "the admin control document could not be obtained",
    r"\w+ /admin/dlp/": "the DLP document could not be obtained",
    r"\w+ /admin/user-provisioning/v1/org/": "newer than the provisioning document of 2024-09-28",
    r"\w+ /jsm/assets/": "the Assets document could not be obtained",
    r"\w+ /jsm/ops/": "the operations (JSM Ops) document could not be obtained",
    r"\w+ /jira/forms/": "the Forms document could not be obtained",
    r"\w+ /gateway/api/public/teams/": "the Teams document could not be obtained",
    r"\w+ /rest/teams/1.0/": "part of no document; Atlassian describes it on a page of its own",
    r"\w+ /rest/servicedeskapi/": "newer than the service management document of 2025-09-17",
    r"\w+ /wiki/rest/api/": "ended on 2026-04-30 and gone from the document",
    r"POST /rest/api/3/workflow$": "gone from the document of 2026-07-21",
    r"GET /2.0/repositories/.*/src/.*/$": "a folder, for which the document has the path of files alone",
    r"\w+ /rest/api/2/": "newer than the version 2 document of 2024-10-18; version 3 is described",
}


def undescribed(operation: Operation) -> str:
    """Why no document describes an operation; empty if there is no reason."""
    line = f"{operation.method} {operation.path}"
    return next((reason for pattern, reason in UNDESCRIBED.items() if re.match(pattern, line)), "")


@pytest.mark.parametrize("name", NAMES)
def test_the_mended_document_is_valid(name: str) -> None:
    assert [str(fault) for fault in OpenAPIV30SpecValidator(mended(name)).iter_errors()] == []


@pytest.mark.parametrize("number", range(len(MENDS)), ids=lambda number: f"{number}-{MENDS[number].at[-1]}")
def test_the_mend_still_applies(number: int) -> None:
    mend = MENDS[number]
    assert {name: failed_mends(name).get(number) for name in mend.documents} == dict.fromkeys(mend.documents)
    assert len(mend.reason) > 15


@pytest.mark.parametrize("number", range(len(RULES)), ids=lambda number: f"{number}-{RULES[number].change.__name__}")
def test_the_rule_still_applies(number: int) -> None:
    rule = RULES[number]
    failed = {name: failed_mends(name).get(len(MENDS) + number) for name in rule.documents}
    assert failed == dict.fromkeys(rule.documents)
    assert len(rule.reason) > 15


def test_a_mend_that_does_not_apply_is_noticed() -> None:
    document: dict[str, Any] = raw_documents()["admin-user-management"]
    mend = next(mend for mend in MENDS if mend.documents == ("admin-user-management",))
    mend.apply(document)
    with pytest.raises(ValueError, match=r"already|expected|no longer"):
        mend.apply(document)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_the_operation_is_described_or_known_not_to_be(tally: Tally, operation: Operation) -> None:
    if operation.route not in described():
        assert undescribed(operation)
        tally.add(f"{NOT_DONE}not validated: {undescribed(operation)}", operation.name)


def test_every_reason_for_not_being_described_is_needed() -> None:
    given = {undescribed(operation) for operation in OPERATIONS if operation.route not in described()}
    assert given == set(UNDESCRIBED.values())


def test_every_operation_of_the_documents_is_in_the_catalog() -> None:
    assert [route for route in described() if route not in BY_ROUTE] == []
    assert len(described()) > 2000


def test_documents_say_deprecated_where_the_catalog_does() -> None:
    newest = {operation.route for operation in NEWEST}
    theirs = {route for route, entry in described().items() if entry.node.get("deprecated")} & newest
    ours = {operation.route for operation in OPERATIONS if operation.facts["deprecated"]}
    assert theirs - ours == set()


def theirs(operation: Operation, place: str) -> dict[str, Json]:
    """What a document lets one send at a place, by wire name: what cannot be written is left out."""
    entry = described()[operation.route]
    if place != "body":
        return {one["name"]: one for one in entry.parameters if one["in"] == place}
    schema = entry.body(operation.facts["content_type"])
    if schema is None or operation.facts["body"] != "object":
        return {}
    found: dict[str, Json] = {}
    for part in parts(entry.document, [schema]):
        for key, value in part.get("properties", {}).items():
            if not value.get("readOnly") and not resolve(entry.document, value).get("readOnly"):
                found.setdefault(key, {"schema": value, "required": False})
    whole = [*parts(entry.document, [schema], words=("allOf",))]
    for key in {key for part in whole for key in part.get("required", ())} & found.keys():
        found[key]["required"] = True
    return found


def ours(operation: Operation, place: str) -> dict[str, Json]:
    """What the catalog sends there, without what paging adds."""
    return {param["key"]: param for param in operation.params if param["place"] == place}


def added(operation: Operation, place: str) -> set[str]:
    """What paging adds."""
    paging = operation.paging
    if not paging or paging["place"] != place:
        return set()
    return {paging["cursor"], paging["size"]} - {""}


def known_values(document: str, schema: Json) -> list[str]:
    """Known values of a text or of the texts in a list."""
    for part in parts(document, [schema]):
        if "items" in part and (found := known_values(document, part["items"])):
            return found
        if values := [value for value in part.get("enum", ()) if isinstance(value, str) and value]:
            return values
    return []


def explained(tally: Tally, operation: Operation, faults: list[Fault]) -> list[Fault]:
    """The differences that no correction explains."""
    reasons, left = explanations(faults, corrections(operation))
    for reason in reasons:
        tally.add(f"{ON_PURPOSE}{reason}", operation.name)
    return left


DESCRIBED = [operation for operation in OPERATIONS if operation.route in described()]
# Those of version 2 have the parameters of version 3, whose document is newer by years.
NEWEST = [operation for operation in DESCRIBED if operation.newer_route not in described() or not operation.older]
each_described = pytest.mark.parametrize("operation", NEWEST, ids=lambda operation: operation.name)


@each_described
@pytest.mark.parametrize("place", ["query", "header", "body"])
def test_the_parameters_are_those_of_the_document(tally: Tally, operation: Operation, place: str) -> None:
    differing = {*ours(operation, place), *added(operation, place)} ^ set(theirs(operation, place))
    if operation.paging and operation.paging["strategy"] in ("link", "since"):
        # What stands in the link to the next page is repeated, whatever it is.
        differing.discard("page")
    faults = [Fault(place, key, "only here or only there") for key in sorted(differing)]
    assert explained(tally, operation, faults) == []


@each_described
def test_what_the_document_requires_is_required(tally: Tally, operation: Operation) -> None:
    faults = [
        Fault(place, key, "is required")
        for place in ("query", "header", "body")
        for key, entry in theirs(operation, place).items()
        if entry.get("required")
        and not ours(operation, place).get(key, {"required": key in added(operation, place)})["required"]
    ]
    assert explained(tally, operation, faults) == []


@each_described
def test_known_values_are_those_of_the_document(tally: Tally, operation: Operation) -> None:
    document = described()[operation.route].document
    faults = [
        Fault(place, key, f"{values} are known, not {ours(operation, place)[key]['one_of']}")
        for place in ("query", "header", "body")
        for key, entry in theirs(operation, place).items()
        if (values := known_values(document, entry["schema"]))
        and key in ours(operation, place)
        and set(ours(operation, place)[key]["one_of"]) != set(values)
        and "str" in str(ours(operation, place)[key]["ty"])
    ]
    assert explained(tally, operation, faults) == []


GOOD: dict[str, Any] = {
    "method": "GET",
    "target": "/admin/v1/orgs/o/events?actor=a,b&product=jira,loom&limit=20",
    "headers": {"authorization": "Bearer"},
    "body": b"",
}
GOOD_BODY: dict[str, Any] = {
    "method": "POST",
    "target": "/admin/v2/orgs/o/directories/d/users/search",
    "headers": {"authorization": "Bearer", "content-type": "application/json"},
    "body": json.dumps(
        {"emails": ["a@acme.example"], "limit": 5, "sortBy": [{"field": "nick_name", "direction": "asc"}]}
    ).encode(),
}
EVENTS = ("GET", "/admin/v1/orgs/{}/events")
SEARCH = ("POST", "/admin/v2/orgs/{}/directories/{}/users/search")


def test_the_judge_accepts_what_is_right() -> None:
    assert request_faults(described()[EVENTS], **GOOD) == []
    assert request_faults(described()[SEARCH], **GOOD_BODY) == []


@pytest.mark.parametrize(
    ("route", "good", "change"),
    [
        pytest.param(EVENTS, GOOD, {"method": "PUT"}, id="method"),
        pytest.param(EVENTS, GOOD, {"target": "/admin/v1/orgs/o/event"}, id="path"),
        pytest.param(EVENTS, GOOD, {"target": "/admin/v1/orgs/o/events?limit=many"}, id="query-type"),
        pytest.param(EVENTS, GOOD, {"target": "/admin/v1/orgs/o/events?limit=501"}, id="query-bound"),
        pytest.param(EVENTS, GOOD, {"target": "/admin/v1/orgs/o/events?product=jirra"}, id="query-enum"),
        pytest.param(EVENTS, GOOD, {"target": "/admin/v1/orgs/o/events?product=jira%2Cloom%20"}, id="query-list"),
        pytest.param(EVENTS, GOOD, {"target": "/admin/v1/orgs/o/events?pageSize=3"}, id="query-unknown"),
        pytest.param(EVENTS, GOOD, {"headers": {}}, id="credential"),
        pytest.param(EVENTS, GOOD, {"headers": {"authorization": "Basic"}}, id="credential-kind"),
        pytest.param(
            EVENTS,
            GOOD,
            {"body": b"{}", "headers": {**GOOD["headers"], "content-type": "application/json"}},
            id="body-unwanted",
        ),
        pytest.param(
            SEARCH, GOOD_BODY, {"headers": {**GOOD_BODY["headers"], "content-type": "text/plain"}}, id="content-type"
        ),
        pytest.param(SEARCH, GOOD_BODY, {"body": b'{"email": ["a@acme.example"]}'}, id="field-unknown"),
        pytest.param(SEARCH, GOOD_BODY, {"body": b'{"emails": "a@acme.example"}'}, id="field-type"),
        pytest.param(SEARCH, GOOD_BODY, {"body": b'{"sortBy": [{"field": "nick_name"}]}'}, id="field-missing"),
        pytest.param(
            SEARCH, GOOD_BODY, {"body": b'{"sortBy": [{"field": "nick_name", "direction": "up"}]}'}, id="field-enum"
        ),
        pytest.param(
            SEARCH,
            GOOD_BODY,
            {"body": b'{"sortBy": [{"field": "nick_name", "direction": "asc", "x": 1}]}'},
            id="field-inside",
        ),
    ],
)
def test_the_judge_refuses_what_is_wrong(route: tuple[str, str], good: dict[str, Any], change: dict[str, Any]) -> None:
    assert request_faults(described()[route], **{**good, **change}) != []


DOMAIN = json.dumps(
    {
        "data": {
            "id": "d",
            "type": "domains",
            "attributes": {"name": "n", "claim": {"type": "dns", "status": "verified"}},
            "links": {"self": "https://api.atlassian.com/admin/v1/orgs/o/domains/d"},
        }
    }
).encode()


@pytest.mark.parametrize(
    ("status", "content", "fine"),
    [
        (
            200,
            DOMAIN,
            True,
        ),
        (200, DOMAIN.replace(b'"d"', b"3"), False),
        (200, DOMAIN.replace(b'"id"', b'"colour": "red", "id"'), False),
        (200, b"{", False),
        (200, b"", False),
        (299, b"{}", False),
    ],
)
def test_the_judge_reads_responses(status: int, content: bytes, fine: bool) -> None:
    operation = described()["GET", "/admin/v1/orgs/{}/domains/{}"]
    headers = {"content-type": "application/json"}
    assert (response_faults(operation, "GET", "/admin/v1/orgs/o/domains/d", status, headers, content) == []) is fine
