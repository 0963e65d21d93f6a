"""Models have the fields that the documents have, of the types that these have there: in answers and in bodies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import ON_PURPOSE, Tally
from .corrections import corrections, explanations
from .documents import FOLDER, NO_DOCUMENTS, Fault, described, parts, resolve
from .facts import CATALOGS, Json, Operation, models
from .test_documents import NEWEST, ours, theirs

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)

# What JSON may be behind a type; behind `any` everything.
KINDS: dict[str, set[str]] = {
    "str": {"string"},
    "datetime": {"string"},
    "date": {"string"},
    "bytes": {"string"},
    "int": {"integer", "number"},
    "float": {"integer", "number"},
    "epoch_ms": {"integer", "number", "string"},
    "bool": {"boolean"},
    "object": {"object"},
    "dict": {"object"},
    "model": {"object"},
    "list": {"array"},
}


class Reader:
    """Walks types and schemas side by side, each pair once."""

    def __init__(self, product: str) -> None:
        self.product = product
        self.seen: set[tuple[int, frozenset[int]]] = set()

    def faults(self, document: str, ty: Any, schemas: list[Json], place: str, at: str = "") -> Iterator[Fault]:
        whole = list(parts(document, schemas))
        kinds = {part["type"] for part in whole if "type" in part} | {
            "object" for part in whole if "properties" in part
        }
        kind, inner = next(iter(ty.items())) if isinstance(ty, dict) else (ty, None)
        if kind in KINDS and kinds and kinds.isdisjoint(KINDS[kind]):
            yield Fault(place, at, f"is {kind} here, {sorted(kinds)} there")
        elif kind == "list":
            items = [part["items"] for part in whole if "items" in part]
            yield from self.faults(document, inner, items, place, at)
        elif kind == "dict":
            free = [part.get("additionalProperties") for part in whole]
            yield from self.faults(document, inner, [one for one in free if isinstance(one, dict)], place, at)
        elif kind == "model":
            yield from self.fields(document, inner, whole, place, at)

    def fields(self, document: str, index: int, whole: list[Json], place: str, at: str) -> Iterator[Fault]:
        pair = (index, frozenset(map(id, whole)))
        if pair in self.seen:
            return
        self.seen.add(pair)
        named: dict[str, list[Json]] = defaultdict(list)
        for part in whole:
            for key, schema in part.get("properties", {}).items():
                named[key].append(schema)
        model = models(self.product)[index]
        for field in model["fields"]:
            path = f"{at}.{field['key']}".lstrip(".")
            yield from self.faults(document, field["ty"], named.pop(field["key"], []), place, path)
        for key in named:
            yield Fault(place, f"{at}.{key}".lstrip("."), f"is no field of {model['name']}", (model["name"],))


def compared(reader: Reader, operation: Operation) -> Iterator[Fault]:
    entry = described()[operation.route]
    returns = operation.facts["returns"]
    for status, response in entry.node["responses"].items():
        if status.startswith("2") and returns not in (None, "bytes"):
            for media, node in resolve(entry.document, response).get("content", {}).items():
                if "json" in media:
                    yield from reader.faults(entry.document, returns, [node.get("schema", {})], "response")
    for place in ("query", "body"):
        sent = ours(operation, place)
        for key, node in theirs(operation, place).items():
            # Values joined by commas are one text in some documents.
            if key in sent and sent[key]["style"] != "comma":
                yield from reader.faults(entry.document, sent[key]["ty"], [node["schema"]], place, key)


@pytest.mark.parametrize("product", CATALOGS)
def test_fields_and_types_are_those_of_the_document(tally: Tally, product: str) -> None:
    reader = Reader(product)
    left = []
    for operation in NEWEST:
        if operation.product == product:
            reasons, unexplained = explanations(list(compared(reader, operation)), corrections(operation))
            left += [(operation.name, fault) for fault in unexplained]
            for reason in reasons:
                tally.add(f"{ON_PURPOSE}{reason}", operation.name)
    assert left == []
    assert len(reader.seen) > 10 or product == "assets"


def test_a_wrong_type_or_a_missing_field_is_noticed() -> None:
    index, model = next((index, one) for index, one in enumerate(models("jira")) if one["name"] == "Version")
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "colour": {"type": "string"}}}
    found = list(Reader("jira").faults("jira-v3", {"model": index}, [schema], "response"))
    assert [(fault.key, fault.text) for fault in found] == [
        ("id", "is str here, ['integer'] there"),
        ("colour", f"is no field of {model['name']}"),
    ]
