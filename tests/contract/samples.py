"""Values for arguments: of the catalog's types, and in the form that the document asks for where there is one."""

from __future__ import annotations

import re
from typing import Any, Protocol

from .documents import described, resolve
from .facts import Json, Operation, models


class Knowledge(Protocol):
    """What is known of values beyond their types."""

    def find(self, place: str, key: str, listed: bool) -> Any: ...
    def at_most(self, key: str) -> int | None: ...


# No value: what is left out.
NOTHING: Any = object()
PLAIN: dict[str, Any] = {
    "int": 1,
    "float": 1.5,
    "bool": True,
    "datetime": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "epoch_ms": 1_767_323_045_678,
    "bytes": b"content",
    "any": {"free": [1, "two"]},
    "object": {"free": [1, "two"]},
}
# Models further inside are given what they need alone: some hold everything there is.
DEPTH = 3
# What a string has to be by its format; a pattern is met by the first of all that fits.
STRINGS: dict[str, str] = {
    "uuid": "4f1d0c2e-7a41-4e2b-8c96-1b0d9f2e6a57",
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "uri": "https://acme.example/thing",
    "url": "https://acme.example/thing",
    "email": "vera.mars@acme.example",
    "ari": "ari:cloud:jira:4f1d0c2e-7a41-4e2b-8c96-1b0d9f2e6a57:issue/10000",
    "number": "10000",
    "key": "ACME-1",
    "word": "acme",
    "capitals": "ACME",
    "constant": "ACME_1",
    "colour": "#0052CC",
    "duration": "P1D",
    "time": "10:30",
    "byte": "YWNtZQ==",
    "version": "1.2.3",
}


class Sampler:
    """Values for the arguments of one operation."""

    def __init__(self, operation: Operation, known: Knowledge, *, few: bool) -> None:
        self.operation = operation
        self.known = known
        self.few = few
        self.entry = described().get(operation.route) or described().get(operation.newer_route)
        self.document = self.entry.document if self.entry else ""

    def argument(self, param: Json) -> Any:
        """A value for a parameter."""
        if found := self._known(param["place"], param["key"], param["ty"]):
            return found
        if param["key"] == "*":
            # Parts that are called as their files are.
            return [("*", PLAIN["bytes"])]
        schema = self._schema(param)
        if param["place"] in ("path", "query", "header") and (whole := self._whole(schema)).get("type") == "array":
            # One of a list is enough where the catalog takes one value.
            schema = schema if isinstance(param["ty"], dict) else whole.get("items", {})
        value = self.value(param["ty"], schema, param["key"], param["one_of"], ())
        assert value is not NOTHING, f"{self.operation.name}: {param['name']} holds itself; it needs a value of its own"
        return value

    def _known(self, place: str, key: str, ty: Any) -> Any:
        inner = ty.get("list") if isinstance(ty, dict) else None
        plain = isinstance(ty, str) or isinstance(inner, str)
        return self.known.find(place, key, inner is not None) if plain and place != "wholebody" else None

    def _schema(self, param: Json) -> Json:
        if self.entry is None:
            return {}
        if param["place"] in ("path", "query", "header"):
            return next((one.get("schema", {}) for one in self.entry.parameters if self._same(one, param)), {})
        body = self.entry.body(self.operation.facts["content_type"]) or {}
        if param["place"] == "wholebody":
            return body
        return self._fields(body)[0].get(param["key"], {})

    def _same(self, one: Json, param: Json) -> bool:
        if one["in"] != "path":
            return (one["in"], one["name"]) == (param["place"], param["key"])
        # Documents and catalog may name them differently; their order is the same.
        theirs, ours = (re.findall(r"\{\+?([^}]*)\}", path) for path in (self.entry.path, self.operation.path))
        wanted = dict(zip(ours[::-1], theirs[::-1], strict=False)).get(param["key"])
        return param["place"] == "path" and one["name"] == wanted

    def _whole(self, schema: Json) -> Json:
        """A schema with its references followed and its parts put together."""
        schema = resolve(self.document, schema) if schema else {}
        if "allOf" not in schema:
            return schema
        whole = {key: value for key, value in schema.items() if key != "allOf"}
        for part in map(self._whole, schema["allOf"]):
            properties = {**part.get("properties", {}), **whole.get("properties", {})}
            required = [*whole.get("required", ()), *part.get("required", ())]
            whole = {**part, **whole, "properties": properties, "required": required}
        return whole

    def _fields(self, schema: Json) -> tuple[dict[str, Json], set[str], set[str]]:
        """Fields of an object; those that have to be there; those that belong to other alternatives than the first."""
        whole = self._whole(schema)
        fields = dict(whole.get("properties", {}))
        required = set(whole.get("required", ()))
        others: set[str] = set()
        for word in ("oneOf", "anyOf"):
            for number, alternative in enumerate(whole.get(word, ())):
                inner, needed, beyond = self._fields(alternative)
                if number == 0:
                    fields = {**inner, **fields}
                    required |= needed
                    others |= beyond
                else:
                    others |= {*inner, *beyond}
        told = whole.get("discriminator", {})
        if told.get("mapping") and (branches := whole.get("oneOf", whole.get("anyOf"))):
            names = [name for name, branch in told["mapping"].items() if branches[0].get("$ref") == branch]
            fields[told["propertyName"]] = {"type": "string", "enum": names}
        return fields, required, others - fields.keys()

    def value(self, ty: Any, schema: Json, key: str, one_of: list[str], inside: tuple[int, ...]) -> Any:
        """A value of a type, or nothing where that would never end: every known value in lists, the first elsewhere."""
        whole = self._fitting(self._whole(schema), ty)
        if isinstance(ty, dict):
            ((kind, inner),) = ty.items()
            if kind == "list":
                return self._list(inner, whole, key, one_of, inside)
            if kind == "dict":
                free = whole.get("additionalProperties")
                one = self.value(inner, free if isinstance(free, dict) else {}, key, one_of, inside)
                name = next(iter(whole.get("properties", {"key": {}})))
                return {} if one is NOTHING else {name: one}
            return NOTHING if inner in inside else self._object(inner, whole, (*inside, inner))
        if one_of:
            # One of several alternatives knows but a part of the values.
            return next((value for value in one_of if value in whole.get("enum", ())), one_of[0])
        if ty in ("any", "object"):
            drawn = self.drawn(whole, key, len(inside))
            if drawn is NOTHING or (ty == "object" and not isinstance(drawn, dict)):
                return {} if isinstance(whole.get("additionalProperties"), dict) else PLAIN[ty]
            return drawn
        return self._text(whole, key) if ty == "str" else self._plain(ty, whole)

    def _fitting(self, whole: Json, ty: Any) -> Json:
        """Of alternatives the one that the catalog took for its type."""
        kind = "array" if isinstance(ty, dict) and "list" in ty else "object" if ty == "object" else ""
        for alternative in (*whole.get("oneOf", ()), *whole.get("anyOf", ())) if kind else ():
            if (found := self._whole(alternative)).get("type") == kind:
                return found
        return whole

    def _list(self, inner: Any, whole: Json, key: str, one_of: list[str], inside: tuple[int, ...]) -> Any:
        most = self.known.at_most(key) or whole.get("maxItems")
        if one_of:
            return one_of[:most]
        items = self._whole(whole.get("items", {}))
        if not items and whole.get("type") == "string":
            # Values joined by commas: the schema is that of all of them.
            items = {name: value for name, value in whole.items() if name in ("enum", "pattern", "format")}
        if isinstance(inner, str) and isinstance(items.get("enum"), list):
            return items["enum"][:most]
        one = self.value(inner, items, key, [], inside)
        return [] if one is NOTHING else [one] * max(1, whole.get("minItems", 1))

    def _object(self, index: int, whole: Json, inside: tuple[int, ...]) -> Json:
        fields, required, others = self._fields(whole)
        few = self.few or len(inside) > DEPTH
        found = {}
        for field in models(self.operation.product)[index]["fields"]:
            key, schema = field["key"], fields.get(field["key"], {})
            if key in others or (few and not field["required"] and key not in required):
                continue
            if self._whole(schema).get("readOnly") or schema.get("readOnly"):
                continue
            known = self._known("body", key, field["ty"])
            value = known or self.value(field["ty"], schema, key, field["one_of"], inside)
            if value is not NOTHING:
                found[key] = value
        return found

    def _plain(self, ty: str, whole: Json) -> Any:
        known = [value for value in whole.get("enum", ()) if type(value) is type(PLAIN[ty])]
        if known:
            return known[0]
        if ty in ("int", "float"):
            least, most = whole.get("minimum", 1), whole.get("maximum", PLAIN[ty])
            return max(least, min(PLAIN[ty], most)) + bool(whole.get("exclusiveMinimum"))
        return PLAIN[ty]

    def _text(self, whole: Json, key: str) -> str:
        if values := [value for value in whole.get("enum", ()) if isinstance(value, str) and value]:
            return values[0]
        if whole.get("type") in ("integer", "number"):
            return "10000"
        if whole.get("type") == "boolean":
            return "true"
        # A pattern that demands nothing is no help: the documents have some that only forbid.
        shown = [whole["example"]] if isinstance(whole.get("example"), str) else []
        named = [STRINGS[whole["format"]]] if whole.get("format") in STRINGS else [f"{key} of ours"]
        pattern = whole.get("pattern")
        for text in (*named, *STRINGS.values(), *shown) if pattern else named:
            if (not pattern or re.search(pattern, text)) and len(text) >= whole.get("minLength", 0):
                return text[: whole.get("maxLength")]
        return (named[0] * (1 + whole.get("minLength", 0) // len(named[0])))[: whole.get("maxLength")]

    def drawn(self, schema: Json, key: str = "", depth: int = 0) -> Any:
        """A value of a schema alone."""
        whole = self._whole(schema)
        if depth > 6:
            return NOTHING
        if whole.get("type") == "array":
            one = self.drawn(whole.get("items", {}), key, depth + 1)
            return [] if one is NOTHING else [one]
        fields, required, _ = self._fields(whole)
        if fields:
            drawn = {
                name: self.drawn(inner, name, depth + 1)
                for name, inner in fields.items()
                if not self._whole(inner).get("readOnly") and (name in required or not self.few)
            }
            return {name: value for name, value in drawn.items() if value is not NOTHING}
        for word in ("oneOf", "anyOf"):
            if whole.get(word):
                return self.drawn(whole[word][0], key, depth + 1)
        kind = {"integer": "int", "number": "float", "boolean": "bool"}.get(whole.get("type", ""))
        if kind:
            return self._plain(kind, whole)
        if whole.get("type") == "string":
            return self._text(whole, key)
        if isinstance(whole.get("additionalProperties"), dict) and whole["additionalProperties"]:
            one = self.drawn(whole["additionalProperties"], key, depth + 1)
            return {} if one is NOTHING else {"key": one}
        return NOTHING if not whole.get("enum") else whole["enum"][0]
