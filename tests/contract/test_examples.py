"""What the documents show as answers can be read: whole examples, and answers made of the examples of fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import Model, _native

from .calls import models_in, plain
from .documents import FOLDER, NO_DOCUMENTS, described, resolve
from .facts import BY_ROUTE, CATALOGS, Json, Operation, models
from .truth import check_model

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)


def answers() -> Iterator[tuple[Operation, str, str, Json]]:
    """Every answer that the documents describe: operation, kind of answer, document, node with schema and examples."""
    for route, entry in described().items():
        operation = BY_ROUTE.get(route)
        if operation is None or operation.facts["returns"] is None:
            continue
        for status, response in entry.node["responses"].items():
            if status.startswith("2"):
                for media, node in resolve(entry.document, response).get("content", {}).items():
                    yield operation, f"{status}-{media.rpartition('/')[2]}", entry.document, node


def shown() -> Iterator[Any]:
    """Whole answers that a document shows, and the fields for which it shows something, put together."""
    for operation, kind, document, node in answers():
        examples = {name: example["value"] for name, example in node.get("examples", {}).items()}
        examples["fields"] = filled(document, node["schema"], invent=False)
        for name, value in examples.items():
            if value is not None:
                yield pytest.param(operation, value, id=f"{operation.name}-{kind}-{name}")


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
    whole = [parameter for parameter in EXAMPLES if not str(parameter.id).endswith("-fields")]
    assert len(whole) == 6
    assert len(EXAMPLES) > 50


def decoded(operation: Operation, value: Any) -> Any:
    ty = operation.facts["returns"]
    if isinstance(ty, dict) and "list" in ty:
        return [made(operation.product, ty["list"], one) for one in value]
    return made(operation.product, ty, value)


def made(product: str, ty: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    name = (product, models(product)[ty["model"]]["name"]) if isinstance(ty, dict) and "model" in ty else None
    return _native.rebuild_model(name, json.dumps(value).encode())


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
