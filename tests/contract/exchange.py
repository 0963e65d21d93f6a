"""What the sandbox answered from its own data, held against Atlassian's documents.

A test of a room does its work through the clients, as users do; then `agrees` goes through everything that was said.
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlsplit

from atlassian_cloud.sandbox import RecordedExchange, RecordedRequest, Sandbox

from .conftest import ON_PURPOSE, Tally
from .corrections import corrections, explanations
from .documents import described, response_faults
from .facts import OPERATIONS, Operation

VALIDATED = "stateful answers of the sandbox validated against a document"


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], Operation]]:
    """Operations by what their paths look like, those with more literal text first."""
    found = []
    for operation in OPERATIONS:
        pieces = re.split(r"(\{[^}]*\})", operation.path)
        pattern = "".join(
            (".*" if piece[1] == "+" else "[^/]+") if piece[:1] == "{" else re.escape(piece) for piece in pieces
        )
        literal = sum(len(piece) for piece in pieces if piece[:1] != "{")
        found.append((literal, operation.method, re.compile(pattern), operation))
    found.sort(key=lambda entry: -entry[0])
    return [(method, pattern, operation) for _, method, pattern, operation in found]


def operation_of(request: RecordedRequest) -> Operation | None:
    """The operation of the catalog that a request is one of."""
    path = urlsplit(request.path).path
    for method, pattern, operation in _patterns():
        if method == request.method and pattern.fullmatch(path):
            return operation
    return None


def _faults(request: RecordedExchange, operation: Operation, tally: Tally) -> list[str]:
    # Version 2 of Jira is described by a document of 2024; where it lacks an operation the newer one describes it.
    entry = described().get(operation.route) or described().get(operation.newer_route)
    if entry is None:
        tally.add("stateful answers of the sandbox described by no document", operation.name)
        return []
    body = request.response_body or b""
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
    faults = response_faults(entry, request.method, path, request.status, request.response_headers, body)
    reasons, left = explanations(faults, corrections(operation))
    for reason in reasons:
        tally.add(f"{ON_PURPOSE}{reason}", operation.name)
    if not left and request.status < 400:
        tally.add(VALIDATED, operation.name)
    return [f"{fault.place} {fault.key}: {fault.text}" for fault in left]


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
        for fault in _faults(request, operation, tally):
            told = wrong.setdefault(f"{operation.name} ({request.method} {request.path} -> {request.status})", [])
            if fault not in told:
                told.append(fault)
    lines = [f"{place}\n    " + "\n    ".join(faults[:12]) for place, faults in wrong.items()]
    assert not lines, f"{len(lines)} answers differ from their documents:\n" + "\n".join(lines)
    return answered
