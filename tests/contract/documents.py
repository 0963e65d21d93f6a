"""Atlassian's OpenAPI documents, mended in memory, and what they say of a request and its response."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema.exceptions import ValidationError, best_match
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from .facts import Json, anonymous
from .mends import MENDS, RULES

# The newest first: what two describe is held against the first.
NAMES = (
    "admin-organization",
    "admin-organization-2026-07-22",
    "admin-user-management",
    "admin-user-provisioning",
    "jira-v3",
    "jira-v2",
    "jira-software",
    "jira-service-management",
    "confluence-v2",
    "confluence-v1",
    "bitbucket",
)
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
    for number, rule in enumerate(RULES):
        if name in rule.documents and not rule.apply(document):
            failed[len(MENDS) + number] = "found nothing to mend"
    return document, failed


def mended(name: str) -> Json:
    """A document that a strict tool can read."""
    return _mended(name)[0]


def failed_mends(name: str) -> dict[int, str]:
    """Mends that no longer apply to a document, by their place in the list, with the reason."""
    return _mended(name)[1]


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
    base: str
    path: str
    """As written in the document, below the path of its server."""
    node: Json = field(repr=False, hash=False, compare=False)

    @cached_property
    def parameters(self) -> list[Json]:
        """Those of the operation before those of the path; an object in the query as its fields, each on its own."""
        item = mended(self.document)["paths"][self.path]
        found: dict[tuple[str, str], Json] = {}
        for node in (*self.node.get("parameters", ()), *item.get("parameters", ())):
            parameter = resolve(self.document, node)
            whole = resolve(self.document, parameter.get("schema", {}))
            if parameter["in"] == "query" and whole.get("properties") and parameter.get("explode", True):
                needed = whole.get("required", ()) if parameter.get("required") else ()
                for name, schema in whole["properties"].items():
                    found.setdefault(
                        ("query", name), {"in": "query", "name": name, "schema": schema, "required": name in needed}
                    )
            elif (parameter["in"], parameter["name"].lower()) not in OWN_HEADERS:
                found.setdefault((parameter["in"], parameter["name"]), parameter)
        return list(found.values())

    def variables(self, path: str) -> dict[str, str]:
        """The arguments in a path, decoded; none where it is another path."""
        names = re.findall(r"\{([^}]*)\}", self.path)
        literal = re.split(r"\{[^}]*\}", self.base + self.path)
        found = re.fullmatch("(.+)".join(map(re.escape, literal)), path)
        return dict(zip(names, map(unquote, found.groups()), strict=True)) if found else {}

    @cached_property
    def bodies(self) -> Json:
        """What may be sent, by media type."""
        return resolve(self.document, self.node.get("requestBody", {})).get("content", {})

    def body(self, media: str) -> Json | None:
        """The schema of a body of a kind."""
        for known in (media, "*/*", *self.bodies):
            if known in self.bodies:
                return self.bodies[known].get("schema", {})
        return None

    def request_examples(self) -> Iterator[tuple[str, Any]]:
        """What the document shows as bodies, by name."""
        for media, node in self.bodies.items():
            yield from _examples(self.document, media, node)

    def response_examples(self) -> Iterator[tuple[str, str, Any]]:
        """What the document shows as answers: status, name and value."""
        for status, node in self.node["responses"].items():
            for media, content in resolve(self.document, node).get("content", {}).items():
                for name, value in _examples(self.document, media, content):
                    yield status, name, value

    def response(self, status: int) -> Json:
        told = self.node["responses"]
        return resolve(self.document, told.get(str(status), told.get("default", {"content": {}})))

    @cached_property
    def app(self) -> OpenAPI:
        """A document of this operation alone, so that no time is lost with the others."""
        whole = mended(self.document)
        node = {**self.node, "parameters": self.parameters, "security": self._security()}
        if self.bodies:
            body = resolve(self.document, self.node["requestBody"])
            node["requestBody"] = {**body, "content": {self._media(key): kind for key, kind in self.bodies.items()}}
        document = {
            "openapi": whole["openapi"],
            "info": whole["info"],
            "servers": [{"url": f"{HOST}{self.base}"}],
            "paths": {self.path: {self.method: node}},
            "components": whole["components"],
        }
        return OpenAPI.from_dict(document, config=CONFIG)

    def _media(self, media: str) -> str:
        """An object of any media type is JSON."""
        whole = resolve(self.document, self.bodies[media].get("schema", {}))
        return "application/json" if media == "*/*" and "properties" in whole else media

    def _security(self) -> list[Json]:
        """The ways in that openapi-core can judge; of OAuth it lets everything pass unseen."""
        schemes = mended(self.document)["components"]["securitySchemes"]
        plain = {name: [] for name, scheme in schemes.items() if scheme["type"] == "http"}
        told = self.node.get("security", mended(self.document).get("security", []))
        return [way for way in told if way and way.keys() <= plain.keys()] or [plain]


@dataclass(frozen=True)
class Unreadable:
    """An example that is no JSON where it has to be."""

    text: str


def _examples(document: str, media: str, node: Json) -> Iterator[tuple[str, Any]]:
    shown = {name: resolve(document, one).get("value") for name, one in node.get("examples", {}).items()}
    if "example" in node:
        shown["example"] = node["example"]
    for name, value in shown.items():
        # Many examples are JSON in a string.
        yield f"{media.rpartition('/')[2]}-{name}", _parsed(value) if "json" in media else value


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return Unreadable(value)


HOST = "https://host.example"
# A document need not describe what every request has.
OWN_HEADERS = {("header", "authorization"), ("header", "accept"), ("header", "content-type")}
CONFIG = Config(
    spec_validator_cls=None,
    extra_media_type_deserializers={
        "application/scim+json": json.loads,
        "application/json-patch+json": json.loads,
        "*/*": bytes,
    },
)


@cache
def entries() -> list[tuple[tuple[str, str], Described]]:
    """Every operation of every document, by method and path with nameless placeholders."""
    found = []
    for name in NAMES if FOLDER else ():
        document = mended(name)
        base = urlsplit(document["servers"][0]["url"]).path.rstrip("/")
        for path, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    route = (method.upper(), anonymous(base + path))
                    found.append((route, Described(name, method, base, path, item[method])))
    return found


@cache
def described() -> dict[tuple[str, str], Described]:
    """The same, each once: what two documents describe is held against the first."""
    return dict(reversed(entries()))


@dataclass(frozen=True)
class Fault:
    """What a document says against a request or a response."""

    place: str
    """path, query, header, body; request or response as a whole."""
    key: str
    """Wire name of a parameter, dotted path in a body."""
    text: str
    about: tuple[str, ...] = ()
    """Fields that are too many or missing below the key; a model that lacks the field."""

    @property
    def subject(self) -> tuple[str, str, tuple[str, ...]]:
        """What the fault is about, whatever the words."""
        return self.place, self.key, self.about


class _Request:
    """What openapi-core wants to know of a request."""

    host_url = HOST

    def __init__(self, operation: Described, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
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
            query=ImmutableMultiDict(query),
            header=Headers(kept),
            cookie=ImmutableMultiDict(),
            path=operation.variables(split.path),
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
) -> list[Fault]:
    """What the document says against a request."""
    request = _Request(operation, method, target, headers, body)
    faults = _told(operation.app.iter_request_errors(request))
    known = {parameter["name"] for parameter in operation.parameters if parameter["in"] == "query"}
    # openapi-core disregards what it does not know.
    faults += [Fault("query", key, "is not in the document") for key in request.parameters.query if key not in known]
    media = request.content_type.partition(";")[0].strip()
    if body and "requestBody" not in operation.node:
        faults.append(Fault("body", "", f"was sent where the document has none: {body[:80]!r}"))
    elif body and media.endswith("json"):
        faults += _strangers(operation.document, operation.body(media) or {}, body, "body")
    return faults


def response_faults(
    operation: Described,
    method: str,
    target: str,
    status: int,
    headers: Mapping[str, str],
    content: bytes,
) -> list[Fault]:
    """What the document says against a response."""
    if status == 204:
        # Some documents give it content, which it cannot have.
        return [Fault("response", "", f"204 came with content: {content[:80]!r}")] if content else []
    request = _Request(operation, method, target, {}, b"")
    faults = _told(operation.app.iter_response_errors(request, _Response(status, headers, content)))
    told = operation.response(status).get("content")
    # Errors are told in the same form, whether or not the document says so.
    if content and told is None and status < 400:
        faults.append(Fault("response", "", f"came where the document has none: {content[:80]!r}"))
    media = headers.get("content-type", "").partition(";")[0].strip()
    if told and media in told:
        faults += _strangers(operation.document, told[media].get("schema", {}), content, "response")
    return faults


def _told(errors: Iterable[Exception]) -> list[Fault]:
    with warnings.catch_warnings():
        # openapi-core warns of parameters that a document calls deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return [fault for error in errors for fault in _faults(error)]


# Jira's timestamps, in its documents' own examples too: RFC 3339 wants a colon in the offset.
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")


def _faults(error: Exception) -> Iterator[Fault]:
    """An error with its causes: openapi-core keeps the telling part there."""
    place = getattr(error, "location", "") or ("body" if "RequestBody" in type(error).__name__ else "request")
    place = "response" if "Data" in type(error).__name__ or "Response" in type(error).__name__ else place
    key, texts = str(getattr(error, "name", "")), []
    inner: BaseException | None = error
    while inner is not None:
        if found := list(getattr(inner, "schema_errors", ())):
            for one in found:
                if one.validator == "format" and STAMP.fullmatch(str(one.instance)):
                    continue
                path = ".".join([*([key] if key else ()), *map(str, one.absolute_path)])
                yield Fault(place, path, _schema_text(one), _about(one))
            return
        texts.append(str(inner)[:300])
        inner = inner.__cause__ or inner.__context__
    yield Fault(place, key, " | ".join(texts))


def _schema_text(error: ValidationError) -> str:
    text = error.message[:300]
    inner = best_match(error.context) if error.context else None
    return f"{text} | {'.'.join(map(str, inner.absolute_path))}: {inner.message[:300]}" if inner else text


def _about(error: ValidationError) -> tuple[str, ...]:
    if error.validator == "required":
        return tuple(key for key in error.validator_value if key not in error.instance)
    if error.validator == "additionalProperties":
        return tuple(key for key in error.instance if key not in error.schema.get("properties", {}))
    return ()


def _strangers(document: str, schema: Json, content: bytes, place: str) -> list[Fault]:
    """Fields that a schema does not name: the documents leave `additionalProperties` out, and a misspelt one would pass."""
    try:
        value = json.loads(content)
    except ValueError:
        return []  # openapi-core says so.
    return [Fault(place, key, "is not in the document") for key in strange(document, [schema], value)]


def parts(
    document: str, schemas: Iterable[Json], words: tuple[str, ...] = ("allOf", "oneOf", "anyOf")
) -> Iterator[Json]:
    """Schemas and those they are made of: every part, every alternative."""
    for schema in schemas:
        whole = resolve(document, schema)
        yield whole
        for word in words:
            yield from parts(document, whole.get(word, ()), words)


def strange(document: str, schemas: list[Json], value: Any, at: str = "") -> Iterator[str]:
    """Dotted paths of the fields of a value that none of its schemas names."""
    if not isinstance(value, (dict, list)):
        return
    whole = list(parts(document, schemas))
    if isinstance(value, list):
        items = [one["items"] for one in whole if "items" in one]
        for index, item in enumerate(value):
            yield from strange(document, items, item, f"{at}.{index}".lstrip("."))
        return
    named: dict[str, list[Json]] = {}
    for one in whole:
        for key, schema in one.get("properties", {}).items():
            named.setdefault(key, []).append(schema)
    free = [one["additionalProperties"] for one in whole if one.get("additionalProperties", False) is not False]
    schemas = [one for one in free if isinstance(one, dict)]
    for key, item in value.items():
        path = f"{at}.{key}".lstrip(".")
        if key in named:
            yield from strange(document, named[key], item, path)
        elif schemas:
            yield from strange(document, schemas, item, path)
        elif named and not free:
            yield path


def walk(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every node of a document with its path."""
    yield at, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, (*at, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*at, index))
