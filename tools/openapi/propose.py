"""Entries of the catalog for what is new, as text."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from . import layout, paging
from .catalog import PLACES, placeholders
from .names import distinct, field_name, snake
from .naming import Naming
from .seeds import ModelSeed, OperationSeed
from .shapes import Field, Model, Operation

# Keywords that every method has, and those of a listing.
CALL_KEYWORDS = {"self", "extra_query", "extra_headers", "extra_body"}
PAGING_KEYWORDS = {"page_size", "limit", "cursor"}
# What goes before a name that an earlier argument has.
INSTEAD = {"query": "query", "header": "header", "body": "new", "part": "new"}


def reserved(path: str, paged: bool) -> set[str]:
    """Names that an operation's parameters cannot have."""
    return {snake(wire) for wire in placeholders(path)} | CALL_KEYWORDS | (PAGING_KEYWORDS if paged else set())


def parameter_name(place: str, one: Field, taken: Container[str]) -> str:
    name = snake(one.key)
    return distinct(f"{INSTEAD[place]}_{name}" if name in taken else name, taken)


def entry(naming: Naming, name: str, one: Field, doc: str = "") -> Any:
    """A parameter or field: its type, or a table where there is more to say."""
    whole: dict[str, Any] = {"key": one.key} if one.key != name else {}
    whole["type"] = naming.spelt(one.type) + ("" if one.required else "?")
    if one.one_of:
        whole["one_of"] = one.one_of
    if one.default:
        whole["default"] = one.default
    if one.style:
        whole["style"] = one.style
    if doc:
        whole["doc"] = doc
    return layout.short(whole)


def operation(naming: Naming, name: str, found: Operation, docs: str, seed: OperationSeed) -> str:
    """A new operation."""
    pages = paging.propose(found)
    lines = [layout.line("http", found.described.http), layout.line("summary", seed.get("summary", ""))]
    if details := seed.get("details"):
        lines.append(layout.prose("details", details))
    if docs:
        lines.append(layout.line("docs", docs))
    taken = reserved(found.described.path, paged=bool(pages))
    if found.body is not None and not isinstance(found.body, list):
        taken.add("body")
    words = seed.get("params", {})
    unnamed = paging.assumed(pages or {})
    for place in PLACES:
        of = getattr(found, place)
        if isinstance(of, list):
            for one in (one for one in of if not one.read_only and one.key not in unnamed):
                known = parameter_name(place, one, taken)
                taken.add(known)
                doc = words.get(one.key, "")
                lines.append(layout.line(f"{place}.{known}", entry(naming, known, one, doc)))
        elif of is not None:
            lines.append(layout.line(place, naming.spelt(of)))
    if found.content_type:
        lines.append(layout.line("content_type", found.content_type))
    if found.returns is not None:
        lines.append(layout.line("returns", naming.spelt(found.returns)))
    if pages:
        lines.append(layout.line("paging", pages))
    if found.deprecated or "deprecated" in seed:
        told = {key: text for key in ("date", "successor") if (text := seed.get("deprecated", {}).get(key))}
        lines.append(layout.line("deprecated", told))
    return layout.table(f"operation.{name}", lines)


def model(naming: Naming, found: Model, schema: str, seed: ModelSeed) -> str:
    """A new model; `schema` if its name does not tell the component."""
    name = naming[found]
    lines = [layout.line("schema", schema)] if schema else []
    lines.append(layout.line("summary", seed.get("summary", "")))
    return (
        layout.table(f"model.{name}", lines)
        + "\n"
        + layout.table(f"model.{name}.fields", fields(naming, found.fields, seed))
    )


def fields(naming: Naming, found: Iterable[Field], seed: ModelSeed) -> list[str]:
    words = seed.get("fields", {})
    lines: dict[str, str] = {}
    for one in found:
        name = field_name(one.key, lines)
        lines[name] = layout.line(name, entry(naming, name, one, words.get(one.key, "")))
    return list(lines.values())
