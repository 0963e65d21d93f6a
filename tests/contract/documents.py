"""Atlassian's OpenAPI documents, mended in memory, and what they say of a request and its response."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from .facts import Json, anonymous
from .mends import MENDS

# The newest first: what two describe is held against the first.
NAMES = ("admin-organization", "admin-organization-2026-07-22", "admin-user-management", "admin-user-provisioning")
METHODS = ("get", "put", "post", "delete", "patch")


def _folder() -> Path | None:
    named = os.environ.get("ATLASSIAN_OPENAPI_DIR")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "openapi"
    if named and not folder.is_dir():
        raise FileNotFoundError(f"ATLASSIAN_OPENAPI_DIR names no folder: {named}")
    return folder.resolve() if folder.is_dir() else None


FOLDER = _folder()
NO_DOCUMENTS = (
    "Atlassian's OpenAPI documents are not at hand: "
    "name their folder in ATLASSIAN_OPENAPI_DIR, or put it at ../shared/openapi beside the repository"
)


@cache
def _read(name: str) -> str:
    assert FOLDER is not None, NO_DOCUMENTS
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def raw_documents() -> dict[str, Json]:
    """The documents as they are."""
    return {name: json.loads(_read(name)) for name in NAMES} if FOLDER else {}


@cache
def _mended(name: str) -> tuple[Json, dict[int, str]]:
    """The document, and what went wrong with which mend."""
    document: Json = json.loads(_read(name))
    failed: dict[int, str] = {}
    for number, mend in enumerate(MENDS):
        if name in mend.documents:
            try:
                mend.apply(document)
            except (KeyError, IndexError, TypeError, ValueError) as fault:
                failed[number] = f"{type(fault).__name__}: {fault}"
    return document, failed


def mended(name: str) -> Json:
    """A document that a strict tool can read."""
    return _mended(name)[0]


def failed_mends(name: str) -> dict[int, str]:
    """Mends that no longer apply to a document, by their place in the list, with the reason."""
    return _mended(name)[1]


@cache
def _app(name: str) -> OpenAPI:
    document = copy.deepcopy(mended(name))
    _close(document)
    return OpenAPI.from_dict(
        document, config=Config(extra_media_type_deserializers={"application/scim+json": json.loads})
    )


def _close(document: Json) -> None:
    """Refuse fields that a schema does not name.

    The documents leave `additionalProperties` out, and a misspelt field would pass for one. Schemas that are parts of a
    whole are merged first, so that none refuses what the others name.
    """
    for _, node in list(walk(document)):
        if isinstance(node, dict) and len(node.get("allOf", ())) > 1:
            parts = [follow(document, part) for part in node.pop("allOf")]
            node["type"] = "object"
            node["properties"] = {key: value for part in parts for key, value in part["properties"].items()}
            node |= (
                {"required": required}
                if (required := [key for part in parts for key in part.get("required", ())])
                else {}
            )
    for _, node in walk(document):
        if isinstance(node, dict) and isinstance(node.get("properties"), dict) and node.get("type") == "object":
            node.setdefault("additionalProperties", False)


def follow(document: Json, node: Json) -> Json:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def resolve(name: str, node: Json) -> Json:
    """What a reference of a document refers to."""
    return follow(mended(name), node)


@dataclass(frozen=True)
class Described:
    """An operation as a document has it."""

    document: str
    method: str
    path: str
    """As written in the document, below its server."""
    node: Json = field(repr=False, hash=False, compare=False)

    @property
    def parameters(self) -> list[Json]:
        own = mended(self.document)["paths"][self.path].get("parameters", []) + self.node.get("parameters", [])
        return [resolve(self.document, parameter) for parameter in own]

    def response(self, status: int) -> Json:
        return resolve(self.document, self.node["responses"].get(str(status), {"content": "of any kind"}))


@cache
def described() -> dict[tuple[str, str], Described]:
    """Every operation of the documents, by method and path with nameless placeholders."""
    found: dict[tuple[str, str], Described] = {}
    for name in NAMES if FOLDER else ():
        document = mended(name)
        base = urlsplit(document["servers"][0]["url"]).path.rstrip("/")
        for path, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    found.setdefault(
                        (method.upper(), anonymous(base + path)), Described(name, method, path, item[method])
                    )
    return found


class _Request:
    """What openapi-core wants to know of a request."""

    host_url = "https://api.atlassian.com"

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        split = urlsplit(target)
        self.method = method.lower()
        self.path = split.path
        self.body = body or None
        self.content_type = headers.get("content-type", "")
        kept = dict(headers)
        if " " not in kept.get("authorization", " "):
            # The sandbox keeps only the scheme of a credential.
            kept["authorization"] += " key"
        query = parse_qsl(split.query, keep_blank_values=True, strict_parsing=bool(split.query))
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(query), header=Headers(kept), cookie=ImmutableMultiDict(), path={}
        )


class _Response:
    """What openapi-core wants to know of a response."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.status_code = status
        self.headers = Headers(dict(headers))
        self.content_type = headers.get("content-type", "")
        self.data = content


def request_faults(
    operation: Described, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> list[str]:
    """What the document says against a request."""
    request = _Request(method, target, headers, body)
    faults = _told(lambda: _app(operation.document).validate_request(request))
    known = {parameter["name"] for parameter in operation.parameters if parameter["in"] == "query"}
    # openapi-core disregards what it does not know.
    faults += [
        f"query parameter {key!r} is not in the document" for key in request.parameters.query if key not in known
    ]
    if body and "requestBody" not in operation.node:
        faults.append(f"a body was sent where the document has none: {body!r}")
    return faults


def response_faults(
    operation: Described,
    method: str,
    target: str,
    status: int,
    headers: Mapping[str, str],
    content: bytes,
) -> list[str]:
    """What the document says against a response."""
    request = _Request(method, target, {}, b"")
    faults = _told(lambda: _app(operation.document).validate_response(request, _Response(status, headers, content)))
    if content and "content" not in operation.response(status):
        faults.append(f"a body came where the document has none: {content[:80]!r}")
    return faults


def _told(check: Any) -> list[str]:
    try:
        check()
    except OpenAPIError as fault:
        return [_text(fault)]
    return []


def _text(fault: BaseException) -> str:
    """A fault with its causes: openapi-core keeps the telling part there."""
    inner = [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in getattr(fault, "schema_errors", ())]
    parts = inner or [str(fault)[:400]]
    cause = fault.__cause__ or fault.__context__
    if cause is not None:
        parts.append(_text(cause))
    return " | ".join(parts)


def walk(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every node of a document with its path."""
    yield at, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, (*at, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*at, index))
