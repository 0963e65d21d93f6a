"""The catalog as these tests see it: flat, with names instead of indices."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from atlassian_cloud import _native

Json = dict[str, Any]

CATALOGS: dict[str, Json] = {product: json.loads(_native.catalog_json(product)) for product in _native.products()}


def anonymous(path: str) -> str:
    """The path with nameless placeholders: documents and catalog name them differently."""
    return re.sub(r"\{[^}]*\}", "{}", path)


@dataclass(frozen=True)
class Operation:
    """One operation: facts, prose and where they stand."""

    product: str
    service: int
    index: int

    @cached_property
    def facts(self) -> Json:
        return CATALOGS[self.product]["facts"]["services"][self.service]["operations"][self.index]

    @cached_property
    def prose(self) -> Json:
        return CATALOGS[self.product]["prose"]["services"][self.service]["operations"][self.index]

    @cached_property
    def service_facts(self) -> Json:
        return CATALOGS[self.product]["facts"]["services"][self.service]

    @property
    def name(self) -> str:
        return f"{self.product}.{self.service_facts['path']}.{self.facts['name']}"

    @property
    def method(self) -> str:
        return self.facts["method"]

    @property
    def path(self) -> str:
        return self.facts["path"]

    @property
    def params(self) -> list[Json]:
        return self.facts["params"]

    @property
    def paging(self) -> Json | None:
        return self.facts["paging"]

    @property
    def gone(self) -> bool:
        return bool(self.facts["deprecated"] and self.facts["deprecated"]["gone"])

    @property
    def credential(self) -> str:
        return CATALOGS[self.product]["facts"]["credentials"][self.service_facts["credential"]]["name"]

    @property
    def route(self) -> tuple[str, str]:
        return self.method, anonymous(self.path)

    @property
    def older(self) -> bool:
        """One of version 2 of the Jira API, which the catalog derives from version 3."""
        return self.product == "jira" and self.service_facts["path"].split(".")[0] == "v2"

    @property
    def newer_route(self) -> tuple[str, str]:
        """The route of the newer version that the operation is derived from; its own where there is none."""
        path = self.path.replace("/rest/api/2/", "/rest/api/3/") if self.older else self.path
        return self.method, anonymous(path)

    def bound(self, client: Any) -> Any:
        """The method of a client, sync, async or raw."""
        found = client
        for part in self.name.split(".")[1:]:
            found = getattr(found, part)
        return found


OPERATIONS: list[Operation] = [
    Operation(product, number, index)
    for product, catalog in CATALOGS.items()
    for number, service in enumerate(catalog["facts"]["services"])
    for index in range(len(service["operations"]))
]
BY_NAME: dict[str, Operation] = {operation.name: operation for operation in OPERATIONS}
BY_ROUTE: dict[tuple[str, str], Operation] = {operation.route: operation for operation in OPERATIONS}


def models(product: str) -> list[Json]:
    return CATALOGS[product]["facts"]["models"]


def model_indices(ty: Any) -> list[int]:
    """The models that a type names, not those that these name in turn."""
    if not isinstance(ty, dict):
        return []
    ((kind, inner),) = ty.items()
    return [inner] if kind == "model" else model_indices(inner)
