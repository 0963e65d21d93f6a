"""Every operation, sync and async, with few and with all arguments, typed and raw."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from atlassian_cloud import GoneError, RawResponse
from atlassian_cloud.sandbox import RecordedRequest

from .arguments import APART, OWN, variants
from .calls import BY_OPERATION, CASES, Caller, Case, at, misfit, models_in, plain, timeless
from .conftest import NEWER, ON_PURPOSE, Tally
from .corrections import corrections, explanations
from .documents import FOLDER, NO_DOCUMENTS, described, request_faults, response_faults
from .exchange import MODELLED, VALIDATED, model_faults
from .facts import BY_NAME, OPERATIONS, Operation
from .truth import check_model

each_case = pytest.mark.parametrize("case", CASES, ids=str)
needs_documents = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)


def failure(operation: Operation) -> tuple[type[Exception], str] | None:
    """The error that a call has to end with, and why."""
    deprecated = operation.facts["deprecated"]
    if deprecated and deprecated["gone"] and "" < deprecated["date"] <= date.today().isoformat():
        return GoneError, "Atlassian has removed it"
    return None


@each_case
def test_the_call_succeeds(caller: Caller, tally: Tally, case: Case) -> None:
    tally.add(f"called {'async' if case.awaiting else 'sync'}, {case.variant.kind}", case.operation.name)
    exchange = caller.exchange(case)
    expected = failure(case.operation)
    if expected:
        with pytest.raises(expected[0]):
            raise exchange.error or AssertionError("the call succeeded")
        return
    if exchange.error:
        raise exchange.error
    assert exchange.raw is not None
    assert 200 <= exchange.raw.status < 300
    assert exchange.request.executed


@each_case
def test_the_request_is_that_of_the_catalog(caller: Caller, case: Case) -> None:
    exchange = caller.exchange(case)
    operation, request = case.operation, exchange.request
    assert request.method == operation.method
    path = urlsplit(request.path).path
    pieces = re.split(r"(\{[^}]*\})", operation.path)
    wanted = ["[^/]+" if piece[:1] == "{" else re.escape(piece) for piece in pieces]
    assert re.fullmatch("".join(wanted), path), path
    # The raw face sends the same.
    assert (exchange.raw_request.method, exchange.raw_request.path) == (request.method, request.path)
    assert unbounded(exchange.raw_request) == unbounded(request)


def unbounded(request: RecordedRequest) -> bytes:
    """The body without the boundary of its parts, which is drawn by lot."""
    _, _, boundary = request.headers.get("content-type", "").partition("boundary=")
    return request.body.replace(boundary.encode(), b"") if boundary else request.body


@each_case
def test_every_argument_is_sent(caller: Caller, case: Case) -> None:
    exchange = caller.exchange(case)
    operation, request, keywords = case.operation, exchange.request, dict(exchange.keywords)
    query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
    media = request.headers.get("content-type", "")
    body = json.loads(request.body) if request.body and "json" in media else None
    if form := operation.facts["content_type"] == "application/x-www-form-urlencoded":
        body = parse_qs(request.body.decode(), keep_blank_values=True)
    paging = operation.paging or {"alone": False}
    wanted: dict[str, set[str]] = {"query": set(), "body": set()}
    for param in case.variant.params():
        if param["place"] in wanted:
            wanted[param["place"]].add(param["key"])
        elif param["place"] == "header":
            assert param["key"].lower() in request.headers
        elif param["place"] == "wholebody":
            assert (body if body is not None else request.body) == keywords["body"]
        elif param["place"] == "part":
            assert f'name="{param["key"]}"'.encode() in request.body
    for param in operation.params:
        if param["place"] in wanted and param["default"] is not None:
            wanted[param["place"]].add(param["key"])
    if operation.paging and operation.paging["window"]:
        # Where pages may be short, their size is always asked for.
        wanted[operation.paging["place"]].add(operation.paging["size"])
    for name, key in (("page_size", "size"), ("cursor", "cursor")):
        if name in keywords:
            wanted[paging["place"]].add(paging[key])
    if paging["alone"] and "cursor" in keywords:
        wanted["body"] = {paging["cursor"]}
    if operation.paging and paging["strategy"] == "scim-index":
        # Its first page begins at 1 and says so.
        query.pop(paging["cursor"], None)
        wanted["query"].discard(paging["cursor"])
    assert set(query) == wanted["query"]
    assert (set(body) if operation.facts["body"] == "object" and body is not None else set()) == wanted["body"]
    kind = operation.facts["body"]
    places = {param["place"] for param in case.variant.params()}
    sent = (kind == "object" and (bool(wanted["body"]) or not form)) or not places.isdisjoint({"wholebody", "part"})
    assert (request.body == b"") != sent
    if sent and "Content-Type" not in {param["key"] for param in operation.params}:
        assert media.startswith("multipart/form-data" if kind == "multipart" else operation.facts["content_type"])
    for param in operation.params:
        if param["place"] == "path" and param["name"] in keywords:
            assert f"/{keywords[param['name']]}" in unquote(request.path)


@each_case
def test_the_result_has_the_declared_type(caller: Caller, case: Case) -> None:
    exchange = caller.exchange(case)
    if failure(case.operation):
        assert exchange.result is None
        return
    operation, result = case.operation, exchange.result
    assert exchange.raw is not None
    if operation.paging:
        assert isinstance(result, list)
        assert misfit(operation.product, {"list": operation.paging["item"]}, result) == ""
        # Every listing has something in it, else its items would not be seen; filters may leave nothing.
        assert result or case.variant.full
    else:
        assert misfit(operation.product, operation.facts["returns"], result) == ""
    assert misfit(operation.product, operation.facts["returns"], exchange.raw.parse()) == ""
    for model in (*models_in(result), *models_in(exchange.raw.parse())):
        check_model(model)


@each_case
def test_the_result_is_what_was_sent(caller: Caller, case: Case) -> None:
    exchange = caller.exchange(case)
    if failure(case.operation):
        assert exchange.raw is None
        return
    raw = exchange.raw
    assert raw is not None
    if not raw.content:
        assert (exchange.result, raw.parse()) == (None, None)
        return
    if case.operation.facts["returns"] is None:
        assert raw.parse() is None
        return
    if case.operation.facts["returns"] == "bytes":
        assert exchange.result == raw.parse() == raw.content
        return
    sent = json.loads(raw.content)
    assert plain(raw.parse()) == sent
    page = at(sent, case.operation.paging["items"]) if case.operation.paging else sent
    if case.operation.paging:
        page = page[: exchange.keywords.get("limit", 1)]
    assert timeless(plain(exchange.result)) == timeless(page)
    for model in models_in(exchange.result):
        assert json.loads(model.to_json()) == model.to_dict()


@needs_documents
@each_case
def test_the_request_agrees_with_the_document(caller: Caller, tally: Tally, case: Case) -> None:
    operation = case.operation
    entry = described().get(operation.route)
    if entry is None:
        tally.add("described by no document", operation.name)
        return
    request = caller.exchange(case).request
    faults = request_faults(entry, request.method, request.path, request.headers, request.body)
    newer = described().get(operation.newer_route)
    if faults and newer not in (None, entry):
        # The document of the older version was made long before that of the newer one.
        assert newer is not None
        target = request.path.replace("/rest/api/2/", "/rest/api/3/", 1)
        still = {
            fault.subject for fault in request_faults(newer, request.method, target, request.headers, request.body)
        }
        tally.add(NEWER, operation.name)
        faults = [fault for fault in faults if fault.subject in still]
    reasons, unexplained = explanations(faults, corrections(operation))
    for reason in reasons:
        tally.add(f"{ON_PURPOSE}{reason}", operation.name)
    assert unexplained == []
    tally.add(f"requests validated against {entry.document}", operation.name)


@needs_documents
@each_case
def test_the_response_agrees_with_the_document(caller: Caller, tally: Tally, case: Case) -> None:
    operation = described().get(case.operation.route)
    exchange = caller.exchange(case)
    if failure(case.operation):
        return
    request, raw = exchange.raw_request, exchange.raw
    assert raw is not None
    if is_example(raw):
        tally.add("answered by the sandbox with an example, not validated", case.operation.name)
        return
    if operation is None:
        assert model_faults(case.operation, raw.content) == []
        tally.add(MODELLED, case.operation.name)
        return
    assert str(request.status) in operation.node["responses"], (
        f"{request.status} is none of {list(operation.node['responses'])}"
    )
    assert response_faults(operation, request.method, request.path, request.status, raw.headers, raw.content) == []
    tally.add(VALIDATED, case.operation.name)


def is_example(raw: RawResponse) -> bool:
    """Whether the sandbox has no data for an operation, and answered an example of its model."""
    return "x-sandbox-example" in raw.headers


# Successes that no variant meets, with a call that does.
OTHER_SUCCESSES: dict[tuple[str, int], Any] = {
    # One of two things that were asked for could not be done.
    ("admin.organizations.users.invite", 206): lambda client, box: client.organizations.users.invite(
        box.org_id, emails=["new.address@acme.example"], additional_groups=[box.groups.synced]
    ),
}


@needs_documents
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_success_of_the_document_is_met(caller: Caller, operation: Operation) -> None:
    entry = described().get(operation.route)
    if entry is None or failure(operation):
        return
    cases = [case for case in BY_OPERATION[operation.name] if not case.awaiting]
    exchanges = [exchange for case in cases if (exchange := caller.exchange(case)).raw is not None]
    if any(exchange.raw and is_example(exchange.raw) for exchange in exchanges):
        return
    met = {exchange.raw_request.status for exchange in exchanges}
    for (name, status), call in OTHER_SUCCESSES.items():
        if name == operation.name:
            caller.box.reset()
            raw = call(caller.admin.with_raw_response, caller.box)
            assert raw.status == status
            request = caller.box.requests[-1]
            assert response_faults(entry, request.method, request.path, raw.status, raw.headers, raw.content) == []
            met.add(status)
    successes = {int(status) for status in entry.node["responses"] if status.startswith("2")}
    # What may begin a long task does so in the sandbox.
    assert met == ({303} if "303" in entry.node["responses"] else successes)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_all_arguments_are_given_in_some_variant(operation: Operation) -> None:
    given = {param["name"] for variant in variants(operation) for param in variant.params()}
    assert given == {param["name"] for param in operation.params}


@pytest.mark.parametrize("table", [OWN, APART], ids=["OWN", "APART"])
def test_the_tables_name_what_is_there(table: dict[str, Any]) -> None:
    for name, entry in table.items():
        params = {param["name"] for param in BY_NAME[f"admin.{name}"].params}
        for names in entry if isinstance(entry, tuple) else [set(entry)]:
            assert names <= params, name
