"""What a document says of its operations, in the catalog's terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .document import Described, Document, Json
from .shapes import Body, Field, Many, Model, Operation, Parent, Type, core, grouped, united

# Sent by the client itself.
OWN_HEADERS = {"authorization", "accept", "content-type"}
# Headers that take one value, which the documents tell in prose alone.
CONSTANT_HEADERS = {"X-Atlassian-Token": "no-check", "X-ExperimentalApi": "opt-in"}
PLAIN = {"integer": "int", "number": "float", "boolean": "bool"}
FORMATS = {"date-time": "datetime", "date": "date"}
# Lists written as one value, with another sign than a comma.
OTHER_SIGNS = {"pipeDelimited", "spaceDelimited"}


def is_json(media: str) -> bool:
    media = media.partition(";")[0]
    return media == "application/json" or media.endswith("+json")


def _preference(media: str) -> int:
    """Which form of a body is sent, if there are several."""
    return 0 if is_json(media) else {"multipart/form-data": 1, "*/*": 2}.get(media, 3)


class Reader:
    """Reads the operations of a document; equal objects become one model."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._components: dict[str, Model] = {}
        self._inline: dict[tuple[Field, ...], Model] = {}

    def operations(self, prefix: str) -> list[Operation]:
        """Those whose path begins with the prefix."""
        chosen = [one for one in self.document.operations if f"{one.base}{one.path}".startswith(prefix)]
        return [self._operation(described) for described in chosen]

    def _operation(self, described: Described) -> Operation:
        operation = Operation(
            described,
            [one for node in described.parameters if node["in"] == "query" for one in self._query(node)],
            [
                self._parameter(node)
                for node in described.parameters
                if node["in"] == "header" and node["name"].lower() not in OWN_HEADERS
            ],
        )
        signs = [node["name"] for node in described.parameters if node.get("style") in OTHER_SIGNS]
        operation.notes += [f"{name} is joined by another sign than a comma" for name in signs]
        if "requestBody" in described.node:
            self._read_body(operation, self.document.follow(described.node["requestBody"]))
        self._read_answer(operation)
        return operation

    # Parameters

    def _query(self, node: Json) -> Iterator[Field]:
        """A parameter; an object stands for its fields, each on its own, unless the document says otherwise."""
        whole = self.document.merged(node.get("schema", {}))
        if whole.get("properties") and node.get("explode", True):
            needed = whole.get("required", ()) if node.get("required") else ()
            for name, schema in whole["properties"].items():
                yield self._parameter({"in": "query", "name": name, "schema": schema, "required": name in needed})
        else:
            yield self._parameter(node)

    def _parameter(self, node: Json) -> Field:
        found = self._field(node["name"], node.get("schema", {}), node.get("required", False), None)
        is_list = isinstance(found.type, Many) and found.type.head == "list"
        item = found.type.item if isinstance(found.type, Many) else found.type
        # The query and headers carry plain values and lists of them.
        plain = item if isinstance(item, str) and item not in ("any", "object") else "str"
        constant = CONSTANT_HEADERS.get(node["name"], "") if node["in"] == "header" else ""
        joined = is_list and node.get("explode", True) is False
        return replace(
            found, type=Many("list", plain) if is_list else plain, style="comma" if joined else "", default=constant
        )

    # Bodies

    def _read_body(self, operation: Operation, node: Json) -> None:
        content: Json = node.get("content", {})
        if not content:
            return
        media = min(content, key=_preference)
        schema = content[media].get("schema") or {}
        # Left out means optional by the letter; the documents leave it out of bodies that have to be there, too.
        required = node.get("required", True)
        if media == "multipart/form-data":
            operation.part = self._parts(operation, schema, required)
        elif is_json(media) or (media == "*/*" and self._is_object(schema)):
            operation.content_type = "" if media in ("application/json", "*/*") else media
            operation.body = self._body(operation.described, schema, required)
        else:
            operation.body = "bytes"
            operation.content_type = "" if media.startswith(("*/*", "image/*")) else media

    def _body(self, described: Described, schema: Json, required: bool) -> Body:
        body = self._type(schema, described, "")
        if isinstance(body, Model):
            discriminators = self._discriminators(schema)
            # Some objects are read-only as a whole, and yet sent.
            flagged = not all(one.read_only for one in body.fields)
            return [
                replace(
                    one,
                    required=one.required and required and one.key not in discriminators,
                    read_only=one.read_only and flagged,
                )
                for one in body.fields
            ]
        return "any" if body == "object" else body

    def _discriminators(self, schema: Json) -> set[str]:
        """Fields that tell alternatives apart in answers; a request, which has one form, need not name it."""
        schema = self.document.follow(schema)
        own = {schema["discriminator"]["propertyName"]} if "discriminator" in schema else set()
        return own.union(*(self._discriminators(part) for part in schema.get("allOf", ())))

    def _parts(self, operation: Operation, schema: Json, required: bool) -> list[Field]:
        whole = self.document.merged(schema)
        if whole.get("type") == "array" or not whole.get("properties"):
            operation.notes.append("parts without names; `file` is assumed")
            files: Type = Many("list", "bytes") if whole.get("type") == "array" else "bytes"
            return [Field("file", files, required)]
        names = whole.get("required", ())
        return [
            self._part(operation.described, key, node, required and key in names)
            for key, node in whole["properties"].items()
        ]

    def _part(self, described: Described, key: str, node: Json, required: bool) -> Field:
        if self.document.merged(node).get("format") in ("binary", "byte"):
            return Field(key, "bytes", required)
        return self._field(key, node, required, described)

    # Answers

    def _read_answer(self, operation: Operation) -> None:
        responses = {
            str(status): self.document.follow(node) for status, node in operation.described.node["responses"].items()
        }
        good = {status: node for status, node in responses.items() if status.startswith("2")}
        if not good and responses.keys() & {"302", "303"}:
            operation.returns = "bytes"
        if not good and "default" in responses:
            good = {"default": responses["default"]}
        told = {
            status: answer
            for status, node in good.items()
            if status not in ("204", "205")
            and (answer := self._answer(operation.described, node.get("content") or {})) is not None
        }
        if told:
            objects = [answer for answer in told.values() if isinstance(answer, Model)]
            operation.returns = [*objects, *told.values()][0]
        elif operation.described.method == "GET" and "200" in good:
            # A thing to read that has no described form: a file, a diff, a log.
            operation.returns = "bytes"
            operation.notes.append("the answer is not described; read as bytes")
        if len(set(told.values())) > 1:
            operation.notes.append(f"answers differ: {', '.join(told)}")

    def _answer(self, described: Described, content: Json) -> Type | None:
        if not content:
            return None
        if any(media.startswith(("image/", "text/")) for media in content):
            return "bytes"
        for media, node in content.items():
            schema = node.get("schema")
            if is_json(media) or (media == "*/*" and schema and self._is_object(schema)):
                return self._type(schema, described, "") if schema else "any"
        return "bytes"

    def _is_object(self, schema: Json) -> bool:
        whole = self.document.merged(schema)
        alternatives = self._alternatives(whole)
        return bool(whole.get("properties")) or (bool(alternatives) and all(map(self._is_object, alternatives)))

    # Types

    def _field(self, key: str, node: Json, required: bool, parent: Parent) -> Field:
        whole = self.document.merged(node)
        kind = self._type(node, parent, key)
        inner = whole
        while inner.get("type") == "array":
            inner = self.document.merged(inner.get("items") or {})
        known = inner.get("enum", ()) if core(kind) == "str" else ()
        return Field(
            key,
            kind,
            required and not (whole.get("nullable") or node.get("nullable")),
            tuple(dict.fromkeys(one for one in known if isinstance(one, str) and one)),
            read_only=bool(whole.get("readOnly") or node.get("readOnly")),
        )

    def _type(self, schema: Json, parent: Parent, part: str) -> Type:
        component = self.document.component(schema)
        whole = self.document.merged(schema)
        alternatives = self._alternatives(whole)
        if len(alternatives) == 1 and not whole.get("properties"):
            return self._type(alternatives[0], parent, part)
        if self._is_object(whole):
            return self._component(component, whole) if component else self._object(whole, parent, part)
        if alternatives:
            kinds = {self._type(one, parent, part) for one in alternatives}
            return kinds.pop() if len(kinds) == 1 else "any"
        return self._plain(whole, parent, part)

    def _plain(self, whole: Json, parent: Parent, part: str) -> Type:
        kind = whole.get("type")
        if kind == "array":
            return Many("list", self._type(whole.get("items", {}), parent, part))
        if kind == "string":
            return FORMATS.get(whole.get("format", ""), "str")
        if kind in PLAIN:
            return PLAIN[kind]
        if kind == "object" or "additionalProperties" in whole:
            free = whole.get("additionalProperties")
            item = self._type(free, parent, part) if isinstance(free, dict) and free else "any"
            return "object" if item == "any" else Many("dict", item)
        return "any"

    def _alternatives(self, whole: Json) -> list[Json]:
        found = [*whole.get("oneOf", ()), *whole.get("anyOf", ())]
        # The two words for null that the documents use.
        return [one for one in found if one.get("type") != "null" and one.get("enum") != [None]]

    def _component(self, name: str, whole: Json) -> Model:
        if name not in self._components:
            model = self._components[name] = Model(name)
            model.fields = self._fields(whole, model)
        return self._components[name]

    def _object(self, whole: Json, parent: Parent, part: str) -> Model:
        model = Model(None, parent, part, whole.get("title", ""))
        model.fields = self._fields(whole, model)
        return self._inline.setdefault(tuple(model.fields), model)

    def _fields(self, whole: Json, model: Model) -> list[Field]:
        required = whole.get("required", ())
        own = [self._field(key, node, key in required, model) for key, node in whole.get("properties", {}).items()]
        branches = [
            self._fields(self.document.merged(one), model) for one in self._alternatives(whole) if self._is_object(one)
        ]
        known = {one.key for one in own}
        further = [united(same, len(branches)) for key, same in grouped(branches).items() if key not in known]
        return own + further
