"""An OpenAPI document: its operations, and schemas with references followed and parts put together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True)
class Described:
    """An operation as a document has it."""

    method: str
    path: str
    """As written in the document, below its server."""
    base: str
    """Path of the server."""
    tag: str
    node: Json = field(repr=False, hash=False, compare=False)
    parameters: list[Json] = field(repr=False, hash=False, compare=False)

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def http(self) -> str:
        return f"{self.method} {self.base}{self.path}"


class Document:
    """One document, by its path."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self._whole: Json = json.loads(path.read_text("utf-8"))
        self.title: str = self._whole["info"]["title"]
        self.schemas: Json = self._whole.get("components", {}).get("schemas", {})

    @cached_property
    def operations(self) -> list[Described]:
        return list(self._operations())

    def _operations(self) -> Iterator[Described]:
        base = urlsplit(self._whole["servers"][0]["url"]).path.rstrip("/")
        for path, item in self._whole["paths"].items():
            for method in METHODS:
                if method not in item:
                    continue
                node = item[method]
                both = (self.follow(one) for one in [*item.get("parameters", ()), *node.get("parameters", ())])
                # What the operation says of a parameter goes before what the path says.
                parameters = {(one["in"], one["name"]): one for one in both}
                tag = next(iter(node.get("tags", ())), "")
                # One path of an older document ends with a stray quote.
                yield Described(method.upper(), path.rstrip("'"), base, tag, node, list(parameters.values()))

    def follow(self, node: Json) -> Json:
        """What a node refers to, through references to references."""
        while "$ref" in node:
            found: Any = self._whole
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def component(self, schema: Json) -> str | None:
        """The component that a schema is another word for: a reference, or `allOf` around nothing else."""
        if "$ref" in schema:
            reference: str = schema["$ref"]
            return reference.removeprefix(SCHEMAS) if reference.startswith(SCHEMAS) else None
        if schema.get("properties"):
            return self._copied.get(self._outline(schema))
        # A bare object beside the reference adds nothing.
        parts = [part for part in schema.get("allOf", ()) if part.keys() - {"type", "description", "nullable"}]
        return self.component(parts[0]) if len(parts) == 1 else None

    @cached_property
    def _copied(self) -> dict[frozenset[tuple[str, str]], str]:
        """Components that nothing refers to, by their outline: some documents repeat them where they are used."""
        text = json.dumps(self._whole)
        unused = [name for name in self.schemas if f'"{SCHEMAS}{name}"' not in text]
        outlines = Counter(self._outline(self.merged(self.schemas[name])) for name in unused)
        found = {self._outline(self.merged(self.schemas[name])): name for name in unused}
        return {outline: name for outline, name in found.items() if outline and outlines[outline] == 1}

    def _outline(self, schema: Json) -> frozenset[tuple[str, str]]:
        """The fields with the rough types that they have."""
        fields = schema.get("properties", {}).items()
        return frozenset((key, self.merged(node).get("type", "")) for key, node in fields if isinstance(node, dict))

    def merged(self, schema: Json) -> Json:
        """A schema with its reference followed and its `allOf` put together."""
        schema = self.follow(schema)
        if "allOf" not in schema:
            return schema
        whole: Json = {key: value for key, value in schema.items() if key != "allOf"}
        for part in map(self.merged, schema["allOf"]):
            inherited = {**whole.get("properties", {}), **part.get("properties", {})}
            required = [*whole.get("required", ()), *part.get("required", ())]
            whole = {**part, **whole, "properties": inherited, "required": required}
        return {key: value for key, value in whole.items() if value or key not in ("properties", "required")}
