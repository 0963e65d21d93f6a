"""Names and prose that people wrote for a first import."""

from __future__ import annotations

from typing import TypedDict


class OperationSeed(TypedDict, total=False):
    service: str
    name: str
    summary: str
    details: str
    params: dict[str, str]
    deprecated: dict[str, str]


class ModelSeed(TypedDict, total=False):
    name: str
    summary: str
    fields: dict[str, str]


class Seeds(TypedDict):
    operations: dict[str, OperationSeed]
    """By method and path, as the document has them."""
    models: dict[str, ModelSeed]
    """By component, or by title for an object that is none."""
    params: dict[str, str]
    """What a query, header or body parameter of a wire name means wherever it occurs."""
    path: dict[str, str]
    """The same for path parameters."""
    services: dict[str, str]
    """Summaries of services and of the names on the way to them."""


def none() -> Seeds:
    return {"operations": {}, "models": {}, "params": {}, "path": {}, "services": {}}
