"""One document into one product's folder: what is new is proposed, what is there is merged, both are reported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from . import layout, placing, propose
from .catalog import Catalog, ServiceFile, route
from .document import Document
from .naming import Naming
from .report import Report
from .seeds import Seeds, none
from .shapes import Model, Operation, Reader, below


def import_document(product_dir: Path, document_path: Path, seeds: Seeds | None = None, prefix: str = "/") -> Import:
    """Read, compare and propose; nothing is written before `write`."""
    done = Import(Catalog(product_dir), Document(document_path), seeds or none(), prefix)
    done.run()
    return done


class Import:
    def __init__(self, catalog: Catalog, document: Document, seeds: Seeds, prefix: str) -> None:
        self.catalog = catalog
        self.document = document
        self.report = Report()
        self._seeds = seeds
        self._naming = Naming(catalog, document, {schema: seed["name"] for schema, seed in seeds["models"].items() if "name" in seed})
        everything = Reader(document).operations()
        self._operations = [one for one in everything if one.described.http.partition(" ")[2].startswith(prefix)]

    def run(self) -> None:
        known = self.catalog.operations
        matched = [(known[key], one) for one in self._operations if (key := route(one.described.http)) in known]
        fresh = [one for one in self._operations if route(one.described.http) not in known]
        for there, one in matched:
            self._naming.link(there, one)
        self._fresh = fresh
        placed = self._placed(fresh)
        self._naming.name([*((there.file.service, there.name, one) for there, one in matched), *placed])
        for service, name, one in placed:
            self._propose(service, name, one)
        self._describe()

    # New entries

    def _placed(self, fresh: list[Operation]) -> list[tuple[str, str, Operation]]:
        """New operations with the service and name that they get."""
        taken = {known.full for known in self.catalog.operations.values()}
        placed = []
        for one in fresh:
            seed = self._seeds["operations"].get(one.described.key, {})
            service = seed.get("service") or placing.service(one.described)
            inside = {full.rpartition(".")[2] for full in taken if full.rpartition(".")[0] == service}
            name = seed.get("name") or placing.method(one, inside)
            taken.add(f"{service}.{name}")
            placed.append((service, name, one))
        return placed

    def _propose(self, service: str, name: str, one: Operation) -> None:
        docs = placing.docs(self.document.title, one.described)
        file = self.catalog.service(service) or self._new_service(service, docs)
        own = "" if docs == file.data["service"].get("docs") else docs + placing.anchor(one.described)
        seed = self._seeds["operations"].get(one.described.key, {})
        reached = list(below(one.types(), set()))
        file.insert(propose.operation(self._naming, name, one, own, seed))
        self._say(file, "+", f"operation {service}.{name}  {one.described.http}")
        for note in one.notes:
            self._say(file, "!", f"{service}.{name}: {note}")
        if not seed.get("summary"):
            self._say(file, "?", f"{service}.{name}")
        for model in reached:
            self._add_model(file, model)

    def _new_service(self, path: str, docs: str) -> ServiceFile:
        summary = self._seeds["services"].get(path, "")
        lines = [layout.line("path", path), layout.line("summary", summary), layout.line("docs", docs)]
        file = self.catalog.add(path, layout.table("service", lines))
        self._say(file, "+", f"service {path}")
        if not summary:
            self._say(file, "?", f"service {path}")
        return file

    def _add_model(self, file: ServiceFile, model: Model) -> None:
        """The model, unless it is there already."""
        name = self._naming[model]
        if name in self.catalog.models:
            return
        seed = self._seeds["models"].get(model.schema or "", {})
        self.catalog.add_model(file, name, propose.model(self._naming, model, self._naming.schema(model), seed))
        self._say(file, "+", f"model {name}")
        if not seed.get("summary"):
            self._say(file, "?", f"model {name}")

    # product.toml

    def _describe(self) -> None:
        """What the whole product knows of path parameters, other parameters, and names on the way to services."""
        wires = {wire for one in self._operations for wire in re.findall(r"{([^}]*)}", one.described.path)}
        sent = {
            one.key
            for operation in self._fresh
            for of in (operation.query, operation.header, operation.body, operation.part)
            if isinstance(of, list)
            for one in of
        }
        services = {file.service for file in self.catalog.files if file.service}
        groups = {prefix for service in services for prefix in _prefixes(service)} - services
        # A group that has become a service says for itself what it is.
        for path in services & self.catalog.product.data.get("group", {}).keys():
            self.catalog.forget_group(path)
        self._tell("group", self._seeds["services"], groups, needed=True)
        self._tell("path", self._seeds["path"], wires, needed=True)
        self._tell("param", self._seeds["params"], sent, needed=False)

    def _tell(self, table: str, words: Mapping[str, str], wanted: set[str], needed: bool) -> None:
        for key in sorted(wanted - self.catalog.product.data.get(table, {}).keys()):
            if text := words.get(key):
                self.catalog.tell(table, key, text)
                self._say(self.catalog.product, "+", f"{table} {key}")
            elif needed and not self._told_in_place(table, key):
                self._say(self.catalog.product, "?", f"{table} {key}")

    def _told_in_place(self, table: str, key: str) -> bool:
        return table == "path" and any(key in known.entry.get("path", {}) for known in self.catalog.operations.values())

    def _say(self, file: ServiceFile, mark: str, text: str) -> None:
        self.report.add(file.path.name, mark, text)

    def write(self) -> None:
        self.catalog.write()


def _prefixes(service: str) -> list[str]:
    """`a.b.c` → `a`, `a.b`."""
    return [service[: dot.start()] for dot in re.finditer(r"\.", service)]
