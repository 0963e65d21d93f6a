"""What the sandbox answered from its own data, held against Atlassian's documents.

A test of a room does its work through the clients, as users do; then `agrees` goes through everything that was said.
An operation counts as validated when the box answered it from its own data, with success, and the document that describes
the operation has nothing against the answer that is not corrected with a reason. Where no document describes it, the
catalog's model stands in: no field of another type, none missing that it must have, and none that it does not know.
`test_report.py` sees to it that no simulated operation is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from atlassian_cloud.sandbox import RecordedExchange, RecordedRequest, Sandbox

from .calls import decoded, misfit, models_in
from .conftest import ON_PURPOSE, Tally
from .corrections import corrections, explanations
from .documents import Described, described, response_faults
from .facts import OPERATIONS, Operation, models
from .truth import check_model

ENDED = "refused by the sandbox as ended at Atlassian"
VALIDATED = "stateful answers of the sandbox validated against a document"
MODELLED = "stateful answers of the sandbox described by no document, validated against the catalog's model"


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], Operation]]:
    """Operations by what their paths look like, those with more literal text first."""
    found = []
    for operation in OPERATIONS:
        pieces = re.split(r"(\{[^}]*\})", operation.path)
        slashes = _with_slashes(operation)
        pattern = "".join(
            (".+" if piece in slashes else "[^/]+") if piece[:1] == "{" else re.escape(piece) for piece in pieces
        )
        literal = sum(len(piece) for piece in pieces if piece[:1] != "{")
        found.append((literal, operation.method, re.compile(pattern), operation))
    found.sort(key=lambda entry: -entry[0])
    return [(method, pattern, operation) for _, method, pattern, operation in found]


def _with_slashes(operation: Operation) -> list[str]:
    """The placeholder whose argument keeps its slashes, if there is one: the last of the path."""
    return [f"{{{param['key']}}}" for param in operation.params if param["style"] == "slashes"]


def operation_of(request: RecordedRequest) -> Operation | None:
    """The operation of the catalog that a request is one of."""
    path = urlsplit(request.path).path
    for method, pattern, operation in _patterns():
        if method == request.method and pattern.fullmatch(path):
            return operation
    return None


def described_by(operation: Operation) -> Described | None:
    """The document's word on an operation; none also where it tells of errors alone.

    Version 2 of Jira is described by a document of 2024; where it lacks an operation the newer one describes it.
    """
    entry = described().get(operation.route) or described().get(operation.newer_route)
    return entry if entry and any(status[0] in "23" for status in entry.node["responses"]) else None


def model_faults(operation: Operation, content: bytes) -> list[str]:
    """What the catalog says against the content of a success."""
    returns = operation.facts["returns"]
    if returns == "bytes":
        return []
    if returns is None or not content:
        # Nothing is ever right: a 204 may come where other successes have content.
        return [f"a body came, where the catalog has none: {content[:80]!r}"] if content else []
    value = json.loads(content)
    result = decoded(operation, value)
    faults = [fault] if (fault := misfit(operation.product, returns, result)) else []
    for model in models_in(result):
        try:
            check_model(model)
        except AssertionError as fault:
            faults.append(str(fault))
    return faults + [f"{at}: is no field of the model" for at in _strangers(operation.product, returns, value)]


def _strangers(product: str, ty: Any, value: Any, at: str = "") -> Iterator[str]:
    """Dotted paths of the fields of a value that its models do not have."""
    kind, inner = next(iter(ty.items())) if isinstance(ty, dict) else (ty, None)
    if kind in ("list", "dict"):
        entries = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
        for key, one in entries:
            yield from _strangers(product, inner, one, f"{at}.{key}".lstrip("."))
    elif kind == "model" and isinstance(value, dict):
        fields = {field["key"]: field["ty"] for field in models(product)[inner]["fields"]}
        for key, one in value.items():
            place = f"{at}.{key}".lstrip(".")
            if key in fields:
                yield from _strangers(product, fields[key], one, place)
            else:
                yield place


def _faults(request: RecordedExchange, operation: Operation, tally: Tally) -> list[str]:
    entry = described_by(operation)
    body = request.response_body or b""
    if entry is None:
        faults = model_faults(operation, body) if request.status < 300 else []
        if not faults and request.status < 400:
            tally.add(MODELLED, operation.name)
        return faults
    if str(request.status) not in entry.node["responses"]:
        # The documents leave many errors out, and all of them are free to come.
        known = list(entry.node["responses"])
        return [] if request.status >= 400 else [f"the status {request.status} is none of {known}"]
    told = entry.node["responses"][str(request.status)]
    if request.status >= 400 and not told.get("content"):
        # Errors have bodies also where the document says nothing of them.
        return []
    if told.get("content") == {}:
        if body:
            return [f"a body came with {request.status}, where the document has none"]
        tally.add(VALIDATED, operation.name)
        return []
    newer = (entry.base + entry.path).startswith("/rest/api/3/")
    path = request.path.replace("/rest/api/2/", "/rest/api/3/", 1) if newer else request.path
    if _with_slashes(operation):
        # In the documents, and so for the validator, no argument has any.
        place, _, query = path.partition("?")
        *before, last = place.split("/", operation.path.count("/"))
        path = "/".join([*before, last.replace("/", "%2F")]) + f"?{query}" * bool(query)
    found = response_faults(entry, request.method, path, request.status, request.response_headers, body)
    known = corrections(operation)
    reasons, left = explanations(found, known)
    for reason in reasons:
        tally.add(f"{ON_PURPOSE}{reason}", operation.name)
    faults = [f"{fault.place} {fault.key}: {fault.text}" for fault in left]
    if not left and request.status < 300 and explanations(found, [one for one in known if one.place])[1]:
        # What corrects an operation as a whole would explain anything.
        faults += model_faults(operation, body)
    if not faults and request.status < 400:
        tally.add(VALIDATED, operation.name)
    return faults


def agrees(box: Sandbox, tally: Tally) -> set[str]:
    """Hold every answer of a box since its start or last reset against the documents: an AssertionError lists what differs.

    Return the names of the operations that were answered, with success, from the box's own data.
    """
    wrong: dict[str, list[str]] = {}
    answered = set()
    for request in box.exchanges:
        if request.response_body is None or "x-sandbox-example" in request.response_headers:
            continue
        operation = operation_of(request)
        if operation is None:
            continue
        if request.status < 400:
            answered.add(operation.name)
        if request.status == 410:
            tally.add(ENDED, operation.name)
        for fault in _faults(request, operation, tally):
            told = wrong.setdefault(f"{operation.name} ({request.method} {request.path} -> {request.status})", [])
            if fault not in told:
                told.append(fault)
    lines = [f"{place}\n    " + "\n    ".join(faults[:12]) for place, faults in wrong.items()]
    assert not lines, f"{len(lines)} answers differ from their documents:\n" + "\n".join(lines)
    return answered
