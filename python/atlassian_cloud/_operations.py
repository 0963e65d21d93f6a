"""The catalog, as one record per operation."""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from typing import NamedTuple

from . import _native


class OperationInfo(NamedTuple):
    """One operation of the catalog."""

    name: str
    """Full name, such as ``admin.users.get``."""
    method: str
    """HTTP method."""
    path: str
    """All of the path below the host, parameters in braces."""
    deprecated: bool
    """Deprecated or removed by Atlassian."""
    docs: str
    """Atlassian's page."""


def operations() -> list[OperationInfo]:
    """Return every operation of every product, in the order of the catalog."""
    records: list[OperationInfo] = []
    for product in _native.products():
        catalog = json.loads(_native.catalog_json(product))
        for service, prose in zip(catalog["facts"]["services"], catalog["prose"]["services"], strict=True):
            for operation, words in zip(service["operations"], prose["operations"], strict=True):
                records.append(
                    OperationInfo(
                        name=f"{product}.{service['path']}.{operation['name']}",
                        method=operation["method"],
                        path=operation["path"],
                        deprecated=operation["deprecated"] is not None,
                        docs=words["docs"],
                    )
                )
    return records
