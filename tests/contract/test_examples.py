"""What the documents show as answers can be read: whole examples, and answers made of the examples of fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from atlassian_cloud import Model, _native

from .calls import models_in, plain
from .documents import FOLDER, NO_DOCUMENTS, described, resolve
from .facts import BY_ROUTE, Operation, models
from .truth import check_model

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)


def examples() -> Iterator[Any]:
    """Every answer that a document shows, as parameters of a test."""
    for route, entry in described().items():
        operation = BY_ROUTE.get(route)
        if operation is None or operation.facts["returns"] is None:
            continue
        for status, response in entry.node["responses"].items():
            if not status.startswith("2"):
                continue
            for media, content in resolve(entry.document, response).get("content", {}).items():
                shown = {name: example["value"] for name, example in content.get("examples", {}).items()}
                if "example" in content:
                    shown["example"] = content["example"]
                if "schema" in content:
                    shown["fields"] = assembled(entry.document, content["schema"])
                for name, value in shown.items():
                    if value is not None and value != {}:
                        yield pytest.param(
                            operation, value, id=f"{operation.name}-{status}-{media.rpartition('/')[2]}-{name}"
                        )


def assembled(document: str, schema: Any, depth: int = 0) -> Any:
    """An answer of a schema, from its own example or those of its parts; None where nothing is shown."""
    schema = resolve(document, schema)
    if "example" in schema:
        return schema["example"]
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ())[:1]):
        found = assembled(document, part, depth + 1)
        if found is not None:
            return found
    if depth > 12:
        return None
    if schema.get("type") == "array":
        item = assembled(document, schema["items"], depth + 1)
        return None if item is None else [item]
    if "properties" in schema:
        fields = {key: assembled(document, value, depth + 1) for key, value in schema["properties"].items()}
        return {key: value for key, value in fields.items() if value is not None} or None
    return schema["enum"][0] if "enum" in schema else None


EXAMPLES = list(examples())


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


@pytest.mark.parametrize(("operation", "value"), EXAMPLES)
def test_the_example_has_the_declared_types(operation: Operation, value: Any) -> None:
    for model in models_in(decoded(operation, value)):
        check_model(model)


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
