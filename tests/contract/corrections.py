"""Where the catalog differs from a document on purpose: the entries that say `because`.

They are not in the packed catalog, so the files are read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .documents import Fault
from .facts import Json, Operation, model_indices, models

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parents[2] / "catalog"
PLACES = ("path", "query", "header", "body", "part")


@dataclass(frozen=True)
class Correction:
    """What is corrected, by wire name, and why."""

    place: str
    """Of a parameter; `field` of a model; `model` for all of one; empty for the operation as a whole."""
    key: str
    reason: str

    def explains(self, fault: Fault) -> bool:
        """Whether a fault is about what was corrected, and nothing else."""
        steps = fault.key.split(".")
        if self.place == "model":
            return self.key in fault.about
        if self.place == "field":
            return fault.place in ("body", "response") and self.key in (*steps, *fault.about)
        if self.place in ("body", "part"):
            return fault.place == "body" and (self.key == steps[0] or (not fault.key and self.key in fault.about))
        return not self.place or (fault.place, fault.key) == (self.place, self.key)


def explanations(faults: list[Fault], known: list[Correction]) -> tuple[set[str], list[Fault]]:
    """The reasons that explain faults, and the faults that none explains."""
    reasons: set[str] = set()
    left = []
    for fault in faults:
        # What says more goes before what says something of the whole operation.
        telling = sorted((one for one in known if one.explains(fault)), key=lambda one: not one.place)
        reasons |= {one.reason for one in telling[:1]}
        left += [] if telling else [fault]
    return reasons, left


@cache
def _files(product: str) -> list[Json]:
    return [tomllib.loads(path.read_text("utf-8")) for path in sorted((FOLDER / product).glob("*.toml"))]


@cache
def _entries(product: str) -> dict[str, Json]:
    """The operations of a product as they are written, by name within the product."""
    return {
        f"{file['service']['path']}.{name}": entry
        for file in _files(product)
        if "service" in file
        for name, entry in file.get("operation", {}).items()
    }


@cache
def _models(product: str) -> dict[str, Json]:
    return {name: entry for file in _files(product) for name, entry in file.get("model", {}).items()}


def _reasons(place: str, entries: Any) -> Iterator[Correction]:
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        if isinstance(entry, dict) and "because" in entry:
            yield Correction(place, entry.get("key", name), entry["because"])


def corrections(operation: Operation) -> list[Correction]:
    """Everything that an operation and the models of its body and its answer correct."""
    name = operation.name.removeprefix(f"{operation.product}.")
    entries = _entries(operation.product)
    # A derived version has the entries that it is derived from.
    entry = entries[name] if name in entries else entries[name.partition(".")[2]]
    found = [Correction("", "", entry["because"])] if "because" in entry else []
    for place in PLACES:
        found += _reasons(place, entry.get(place))
    for index in reached(operation):
        model = _models(operation.product)[models(operation.product)[index]["name"]]
        fields = model.get("fields", {})
        found += _reasons("field", fields)
        if "because" in model:
            keys = [field.get("key", name) if isinstance(field, dict) else name for name, field in fields.items()]
            found += [Correction("field", key, model["because"]) for key in keys]
            found.append(Correction("model", models(operation.product)[index]["name"], model["because"]))
    return found


def reached(operation: Operation) -> list[int]:
    """The models that the arguments and the answer of an operation lead to."""
    types = [operation.facts["returns"], *(param["ty"] for param in operation.params)]
    seen: list[int] = []
    while types:
        for index in model_indices(types.pop()):
            if index not in seen:
                seen.append(index)
                types += [field["ty"] for field in models(operation.product)[index]["fields"]]
    return seen
