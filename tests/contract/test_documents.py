"""The judge judged: documents that can be read, mends that are due, and a validator that refuses what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from .documents import (
    FOLDER,
    NAMES,
    NO_DOCUMENTS,
    described,
    failed_mends,
    mended,
    raw_documents,
    request_faults,
    resolve,
    response_faults,
)
from .facts import BY_ROUTE, OPERATIONS, Json, Operation
from .mends import MENDS

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)

API_ACCESS = "the API access document could not be obtained"
CONTROL = "the admin control document could not be obtained"
DLP = "the DLP document could not be obtained"
LINKS = "newer than the provisioning document of 2024-09-28"

# By name, with the reason; whole services where all of it is missing.
UNDOCUMENTED: dict[str, str] = {
    **{
        f"admin.{service}.{name}": reason
        for reason, services in {
            API_ACCESS: {
                "api_keys": "list count revoke",
                "api_tokens": "list count revoke_all",
                "oauth_clients": "list create get delete count",
                "service_accounts": "list create update delete",
                "service_accounts.oauth_clients": "list_all list",
                "service_accounts.tokens": "list_all list delete count",
            },
            CONTROL: {
                "control.auth_policies": "add_users task for_users",
                "control.policies": "list create get update delete validate",
                "control.policies.resources": "list create delete_all update delete",
                "control.v2.policies": "list create get update publish_drafts",
                "control.v2.policies.resources": "list change delete_all",
            },
            DLP: {"classification_levels": "list create get edit publish archive restore reorder"},
            LINKS: {"scim.links": "get_by_account get_by_email unlink"},
        }.items()
        for service, names in services.items()
        for name in names.split()
    },
}


@pytest.mark.parametrize("name", NAMES)
def test_the_mended_document_is_valid(name: str) -> None:
    assert [str(fault) for fault in OpenAPIV30SpecValidator(mended(name)).iter_errors()] == []


@pytest.mark.parametrize("number", range(len(MENDS)), ids=lambda number: f"{number}-{MENDS[number].at[-1]}")
def test_the_mend_still_applies(number: int) -> None:
    mend = MENDS[number]
    assert {name: failed_mends(name).get(number) for name in mend.documents} == dict.fromkeys(mend.documents)
    assert len(mend.reason) > 15


def test_a_mend_that_does_not_apply_is_noticed() -> None:
    document: dict[str, Any] = raw_documents()["admin-user-management"]
    mend = next(mend for mend in MENDS if mend.documents == ("admin-user-management",))
    mend.apply(document)
    with pytest.raises(ValueError, match=r"already|expected|no longer"):
        mend.apply(document)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_the_operation_is_described_or_known_not_to_be(operation: Operation) -> None:
    assert (operation.route in described()) == (operation.name not in UNDOCUMENTED)


def test_the_table_of_undocumented_operations_names_operations() -> None:
    assert set(UNDOCUMENTED) <= {operation.name for operation in OPERATIONS}


def test_every_operation_of_the_documents_is_in_the_catalog() -> None:
    assert [route for route in described() if route not in BY_ROUTE] == []
    assert len(described()) > 90


def test_documents_say_deprecated_where_the_catalog_does() -> None:
    theirs = {route for route, operation in described().items() if operation.node.get("deprecated")}
    ours = {operation.route for operation in OPERATIONS if operation.facts["deprecated"]}
    assert theirs - ours == set()


def theirs(operation: Operation, place: str) -> dict[str, Json]:
    """What a document lets one send at a place, by wire name: what cannot be written is left out."""
    entry = described()[operation.route]
    if place != "body":
        return {one["name"]: one for one in entry.parameters if one["in"] == place}
    if "requestBody" not in entry.node:
        return {}
    media = next(iter(resolve(entry.document, entry.node["requestBody"])["content"].values()))
    schema = resolve(entry.document, media["schema"])
    required = schema.get("required", ())
    fields = {
        key: {"schema": value, "required": key in required} for key, value in schema.get("properties", {}).items()
    }
    return {key: field for key, field in fields.items() if not field["schema"].get("readOnly")}


def ours(operation: Operation, place: str) -> dict[str, Json]:
    """What the catalog sends there, without what paging adds."""
    return {param["key"]: param for param in operation.params if param["place"] == place}


def known_values(document: str, schema: Json) -> list[str]:
    schema = resolve(document, schema)
    for inner in (*schema.get("allOf", ()), *([schema["items"]] if "items" in schema else [])):
        if found := known_values(document, inner):
            return found
    return schema.get("enum", [])


DESCRIBED = [operation for operation in OPERATIONS if operation.route in described()]
each_described = pytest.mark.parametrize("operation", DESCRIBED, ids=lambda operation: operation.name)


@each_described
@pytest.mark.parametrize("place", ["query", "header", "body"])
def test_the_parameters_are_those_of_the_document(operation: Operation, place: str) -> None:
    paging = operation.paging
    added = {paging["cursor"], paging["size"]} - {""} if paging and paging["place"] == place else set()
    assert {*ours(operation, place), *added} == set(theirs(operation, place))


@each_described
def test_what_the_document_requires_is_required(operation: Operation) -> None:
    for place in ("query", "header", "body"):
        required = {key for key, entry in theirs(operation, place).items() if entry.get("required")}
        assert required <= {key for key, param in ours(operation, place).items() if param["required"]}


@each_described
def test_known_values_are_those_of_the_document(operation: Operation) -> None:
    document = described()[operation.route].document
    for place in ("query", "header", "body"):
        for key, entry in theirs(operation, place).items():
            values = known_values(document, entry["schema"])
            if values and key in ours(operation, place):
                assert ours(operation, place)[key]["one_of"] == values, key


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
