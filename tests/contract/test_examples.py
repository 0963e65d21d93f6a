"""What the documents show can be read and sent: answers, errors and bodies, and answers made of the examples of fields."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from atlassian_cloud import ApiError, Model, RawResponse, _native

from .arguments import Variant
from .calls import Caller, decoded, models_in, plain
from .conftest import NOT_DONE, Tally
from .corrections import corrections, explanations
from .documents import (
    FOLDER,
    NO_DOCUMENTS,
    Described,
    Fault,
    Unreadable,
    described,
    entries,
    parts,
    request_faults,
    resolve,
)
from .facts import BY_ROUTE, CATALOGS, Json, Operation, models
from .truth import check_model

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)


@dataclass(frozen=True)
class Example:
    """Something that a document shows."""

    entry: Described
    route: tuple[str, str]
    name: str
    value: Any

    @property
    def media(self) -> str:
        return self.name.rpartition("-")[0]

    @property
    def operation(self) -> Operation | None:
        return BY_ROUTE.get(self.route)

    def __str__(self) -> str:
        known = self.operation.name if self.operation else " ".join(self.route)
        return f"{self.entry.document}-{known}-{self.name}"

    def tally_as(self) -> str:
        """Counted one by one, and with their operation's product."""
        return f"{self.operation.name if self.operation else ''} {self}"


SHOWN_ANSWERS = [
    (Example(entry, route, f"{status}-{name}", value), status)
    for route, entry in entries()
    for status, name, value in entry.response_examples()
]
SHOWN_BODIES = [
    Example(entry, route, name, value) for route, entry in entries() for name, value in entry.request_examples()
]


def test_all_examples_are_looked_at() -> None:
    """The number of places where the documents show something, so that none is lost on the way; some show several."""
    answers = {(str(example.entry), status, example.media) for example, status in SHOWN_ANSWERS}
    bodies = {(str(example.entry), example.media) for example in SHOWN_BODIES}
    assert (len(answers), len(bodies)) == (1602, 440)
    assert (len(SHOWN_ANSWERS), len(SHOWN_BODIES)) == (1604, 450)


def excuse(example: Example, status: str) -> str:
    """Why an answer cannot be read into a model."""
    operation = example.operation
    if operation is None:
        return "of an operation that has ended"
    if isinstance(example.value, Unreadable):
        return "is no JSON"
    if status.startswith("3"):
        return "a redirect, which the client follows"
    if operation.facts["returns"] is None:
        return "of an answer without content"
    if operation.facts["returns"] == "bytes":
        return "of an answer that is a file"
    if not isinstance(example.value, (dict, list)) and operation.facts["returns"] != "any":
        return "is a text where the document itself has an object"
    return ""


@pytest.mark.parametrize(
    ("example", "status"), [pytest.param(*one, id=str(one[0])) for one in SHOWN_ANSWERS if one[1][0] in "23"]
)
def test_the_answer_is_read_whole(tally: Tally, example: Example, status: str) -> None:
    if reason := excuse(example, status):
        tally.add(f"{NOT_DONE}response example {reason}", example.tally_as())
        return
    assert example.operation is not None
    result = decoded(example.operation, example.value)
    assert plain(result) == example.value
    for model in models_in(result):
        read_everything(model)
    tally.add(f"response examples of {example.entry.document} decoded", example.tally_as())


@pytest.mark.parametrize(
    ("example", "status"), [pytest.param(*one, id=str(one[0])) for one in SHOWN_ANSWERS if one[1][0] in "45d"]
)
def test_the_error_is_read_whole(caller: Caller, tally: Tally, example: Example, status: str) -> None:
    operation = example.operation
    if operation is None:
        tally.add(f"{NOT_DONE}response example of an operation that has ended", example.tally_as())
        return
    caller.box.reset()
    positional, keywords = Variant(operation, "minimal").arguments(caller.world, {})
    text = example.value.text if isinstance(example.value, Unreadable) else json.dumps(example.value)
    caller.box.respond(int(status), body=text, headers={"Content-Type": "application/json"})
    with pytest.raises(ApiError) as caught:
        called(caller, operation, positional, keywords)
    error = caught.value
    assert error.status == int(status)
    assert error.response is not None
    assert error.response.content == text.encode()
    assert set(complaints(example.value)) <= {message.text for message in error.messages}
    tally.add(f"response examples of {example.entry.document} decoded", example.tally_as())


def called(caller: Caller, operation: Operation, positional: list[Any], keywords: Json) -> RawResponse:
    with warnings.catch_warnings():
        # Once per process, and not the matter here.
        warnings.simplefilter("ignore", DeprecationWarning)
        return operation.bound(caller.clients[operation.product].with_raw_response)(*positional, **keywords)


def complaints(value: Any) -> Iterator[str]:
    """What an error says, where Atlassian's errors have it."""
    if isinstance(value, dict):
        yield from (text for text in value.get("errorMessages") or () if text)
        errors = value.get("errors")
        yield from (text for text in errors.values() if isinstance(text, str)) if isinstance(errors, dict) else ()


@pytest.mark.parametrize("example", [pytest.param(one, id=str(one)) for one in SHOWN_BODIES])
def test_the_body_is_taken_as_arguments(caller: Caller, tally: Tally, example: Example) -> None:
    """Its fields are parameters of the method, whose types they have; and what is sent is the example."""
    operation = example.operation
    if operation is None:
        tally.add(f"{NOT_DONE}request example of an operation that has ended", example.tally_as())
        return
    try:
        left_out = send(caller, operation, example)
    except (TypeError, ApiError, AssertionError):
        if not (reason := contradiction(example)):
            raise
        tally.add(f"{NOT_DONE}request example {reason}", example.tally_as())
        return
    deed = "accepted, without fields that nobody can set" if left_out else "accepted"
    tally.add(f"request examples of {example.entry.document} {deed}", example.tally_as())


def send(caller: Caller, operation: Operation, example: Example) -> set[str]:
    """Calls with the fields of a body; tells those that were left out."""
    caller.box.reset()
    positional, keywords = Variant(operation, "minimal").arguments(caller.world, {})
    sent = {param["name"] for param in operation.params if param["place"] in ("body", "wholebody")}
    given, left_out = body_arguments(operation, example)
    keywords = {name: value for name, value in keywords.items() if name not in sent} | given
    if operation.gone or "cursor" in given:
        # What the box would refuse whatever the body.
        caller.box.respond(200, body={})
    raw = called(caller, operation, positional, keywords)
    assert raw.status < 300
    assert caller.box.requests[0].json() == without(example.value, left_out)
    return left_out


def contradiction(example: Example) -> str:
    """How a body goes against the document that shows it, or one for another time."""
    schema = example.entry.body("application/json") or {}
    faults = body_faults(example.entry, example.value)
    told = {key for part in parts(example.entry.document, [schema]) for key in part.get("properties", {})}
    if any("read-only" not in fault.text and (not fault.key or fault.key.split(".")[0] in told) for fault in faults):
        return f"goes against its own schema: {faults[0].key}"
    operation = example.operation
    assert operation is not None
    newer = described().get(operation.newer_route)
    if newer is not None and newer is not example.entry and body_faults(newer, example.value):
        return "of the older document lacks what the newer one requires, or has what that no longer has"
    return ""


def body_faults(entry: Described, value: Any) -> list[Fault]:
    path = re.sub(r"\{[^}]*\}", "10000", entry.base + entry.path)
    headers = {"content-type": "application/json", "authorization": "Basic"}
    found = request_faults(entry, entry.method.upper(), path, headers, json.dumps(value).encode())
    return [fault for fault in found if fault.place == "body"]


def body_arguments(operation: Operation, example: Example) -> tuple[Json, set[str]]:
    """The fields as arguments, and those that are left out on purpose."""
    if operation.facts["body"] == "whole":
        return {"body": example.value}, set()
    names = {param["key"]: param["name"] for param in operation.params if param["place"] == "body"}
    if operation.paging and operation.paging["place"] == "body":
        names |= {operation.paging["cursor"]: "cursor", operation.paging["size"]: "page_size"}
    unknown = set(example.value) - set(names)
    entry = example.entry
    schema = [entry.body("application/json") or {}]
    told = {key: node for part in parts(entry.document, schema) for key, node in part.get("properties", {}).items()}
    on_purpose = {key for key in unknown if key not in told or told[key].get("readOnly")}
    _, unexplained = explanations(
        [Fault("body", key, "is no parameter") for key in sorted(unknown - on_purpose)], corrections(operation)
    )
    assert unexplained == []
    given = {names[key]: value for key, value in without(example.value, unknown).items()}
    return {name: str(value) if name == "cursor" else value for name, value in given.items()}, unknown


def without(value: Json, keys: set[str]) -> Json:
    return {key: one for key, one in value.items() if key not in keys} if keys else value


# Answers that the documents of Admin describe: they show little, so what they say of fields is put together.


def answers() -> Iterator[tuple[Operation, str, str, Json]]:
    """Every answer that the documents describe: operation, kind of answer, document, node with schema and examples."""
    for route, entry in described().items():
        operation = BY_ROUTE.get(route)
        if operation is None or operation.facts["returns"] is None or operation.product != "admin":
            continue
        for status, response in entry.node["responses"].items():
            if status.startswith("2"):
                for media, node in resolve(entry.document, response).get("content", {}).items():
                    yield operation, f"{status}-{media.rpartition('/')[2]}", entry.document, node


def shown() -> Iterator[Any]:
    """The fields for which a document shows something, put together."""
    for operation, kind, document, node in answers():
        value = filled(document, node["schema"], invent=False)
        if value is not None:
            yield pytest.param(operation, value, id=f"{operation.name}-{kind}-fields")


def invented() -> Iterator[Any]:
    """Answers with everything in them that the document has a field for."""
    for operation, kind, document, node in answers():
        if "properties" in resolve(document, node["schema"]) or "items" in resolve(document, node["schema"]):
            yield pytest.param(operation, filled(document, node["schema"], invent=True), id=f"{operation.name}-{kind}")


def filled(document: str, schema: Any, *, invent: bool, name: str = "", depth: int = 0) -> Any:
    """An answer of a schema, from its examples; where there is none from its type, or left out."""
    schema = resolve(document, schema)
    shallow = schema.get("type") not in ("object", "array")
    if "example" in schema and (shallow or not invent):
        return schema["example"]
    alternatives = schema.get("oneOf", schema.get("anyOf", []))
    # Of alternatives the first, or what is in any of them.
    parts = [*schema.get("allOf", ()), *alternatives[: None if invent else 1]]
    if parts and "properties" not in schema:
        found = [filled(document, part, invent=invent, name=name, depth=depth + 1) for part in parts]
        objects = [one for one in found if isinstance(one, dict)]
        return {key: value for one in objects for key, value in one.items()} if objects else found[0]
    if depth > 12:
        return None
    if schema.get("type") == "array":
        item = filled(document, schema["items"], invent=invent, name=name, depth=depth + 1)
        return None if item is None else [item]
    if "properties" in schema:
        fields = {
            key: filled(document, value, invent=invent, name=key, depth=depth + 1)
            for key, value in schema["properties"].items()
        }
        return {key: value for key, value in fields.items() if value is not None} or None
    if "enum" in schema:
        return schema["enum"][0]
    if not invent:
        return None
    if isinstance(schema.get("additionalProperties"), dict):
        return {"key": filled(document, schema["additionalProperties"], invent=invent, name=name, depth=depth + 1)}
    sample: dict[str, Any] = {
        "string": "2026-01-02T03:04:05Z",
        "integer": 3,
        "number": 1.5,
        "boolean": True,
        "object": {},
    }
    return "2026-01-02" if schema.get("format") == "date" else sample[schema.get("type", "object")]


EXAMPLES = list(shown())
WHOLE = list(invented())


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 50


@pytest.mark.parametrize(("operation", "value"), EXAMPLES)
def test_the_example_is_read_whole(operation: Operation, value: Any) -> None:
    result = decoded(operation, value)
    assert models_in(result) or operation.facts["returns"] == {"list": "str"}
    assert plain(result) == value
    for model in models_in(result):
        read_everything(model)


@pytest.mark.parametrize(("operation", "value"), WHOLE)
def test_the_described_answer_has_the_declared_types(operation: Operation, value: Any) -> None:
    for model in models_in(decoded(operation, value)):
        check_model(model)


@pytest.mark.parametrize(("operation", "value"), WHOLE)
def test_the_models_have_the_fields_of_the_document(operation: Operation, value: Any) -> None:
    for model in models_in(decoded(operation, value)):
        assert undeclared(operation.product, model) == []


def seen_fields() -> dict[str, set[str]]:
    """The wire keys that the documents have for each model."""
    found: dict[str, set[str]] = {}

    def look(model: Model) -> None:
        if type(model) is not Model:
            found.setdefault(type(model).__name__, set()).update(model)
            for key in model:
                value = model[key]
                for inner in models_in(value if isinstance(value, list) else [value]):
                    look(inner)

    for parameter in WHOLE:
        for model in models_in(decoded(*parameter.values)):
            look(model)
    return found


SEEN = seen_fields()


@pytest.mark.parametrize("name", SEEN)
def test_fields_beyond_the_document_say_so(name: str) -> None:
    index = next(index for index, model in enumerate(models("admin")) if model["name"] == name)
    texts = CATALOGS["admin"]["prose"]["models"][index]["fields"]
    beyond = [
        field["name"]
        for field, text in zip(models("admin")[index]["fields"], texts, strict=True)
        if field["key"] not in SEEN[name] and "ot in Atlassian's document" not in text
    ]
    assert beyond == []


def read_everything(model: Model) -> None:
    """Every declared attribute and every one that came, down to the last model."""
    declared = [
        name
        for name in dir(type(model))
        if not name.startswith("_") and isinstance(getattr(type(model), name), _native.Field)
    ]
    for name in (*declared, *model):
        value = getattr(model, name) if name in declared else model[name]
        for inner in models_in(value if isinstance(value, list) else [value]):
            read_everything(inner)


def undeclared(product: str, model: Model) -> list[str]:
    """Fields that came and that the catalog does not know."""
    known = {
        field["key"]: field for one in models(product) if one["name"] == type(model).__name__ for field in one["fields"]
    }
    if type(model) is Model:
        return []
    found = [f"{type(model).__name__}: {key}" for key in model if key not in known]
    for key in model:
        value = model[key]
        for inner in models_in(value if isinstance(value, list) else [value]):
            found += undeclared(product, inner)
    return found
