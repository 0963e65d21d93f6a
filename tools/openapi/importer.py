"""One document into one product's folder: what is new is proposed, what is there is merged, both are reported."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from . import layout, placing, propose
from .catalog import Catalog, ServiceFile, route
from .document import Document
from .merge import GONE, Merge
from .naming import Naming
from .paging import looks_paged
from .reader import Reader
from .report import Report
from .seeds import Seeds, none
from .shapes import Model, Operation, Type, below


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
        self._naming = Naming(
            catalog, document, {schema: seed["name"] for schema, seed in seeds["models"].items() if "name" in seed}
        )
        self._prefix = prefix
        self._operations = Reader(document).operations(prefix)

    def run(self) -> None:
        known = self.catalog.operations
        matched = [(known[key], one) for one in self._operations if (key := route(one.described.http)) in known]
        fresh = [one for one in self._operations if route(one.described.http) not in known]
        for there, one in matched:
            self._naming.link(there, one)
        placed = self._placed(fresh)
        self._naming.name([*((there.file.service, there.name, one) for there, one in matched), *placed])
        merge = Merge(self._naming, self._say)
        for there, one in matched:
            self._add_models(there.file, merge.operation(there, one))
        for name, models in self._naming.linked.items():
            known_model = self.catalog.models[name]
            self._add_models(known_model.file, merge.model(known_model, models))
        for service, name, one in placed:
            self._propose(service, name, one)
        self._tell_what_is_gone()
        self._describe()
        self._ask_for_words()

    def _tell_what_is_gone(self) -> None:
        """Operations of the document's part of the product that it does not have."""
        own = {route(described.http) for described in self.document.operations}
        parts = {_part(http) for http in own}
        for http, known in self.catalog.operations.items():
            gone = known.entry.get("deprecated", {}).get("gone")
            if http not in own and _part(http) in parts and known.path.startswith(self._prefix) and not gone:
                self._say(known.file, "!", f"{known.full}: {GONE}  {known.entry['http']}")

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
        docs = placing.docs(self.document.title, one.described) or self._product_docs
        file = self.catalog.service(service) or self._new_service(service, docs)
        own = "" if docs == file.data["service"].get("docs") else docs + placing.anchor(one.described)
        seed = self._seeds["operations"].get(one.described.key, {})
        self.catalog.add_operation(file, name, propose.operation(self._naming, name, one, own, seed))
        self._say(file, "+", f"operation {service}.{name}  {one.described.http}")
        if looks_paged(one) and "paging" not in self.catalog.operations[route(one.described.http)].entry:
            one.notes.append("parameters of pages, yet no paging that is known")
        for note in one.notes:
            self._say(file, "!", f"{service}.{name}: {note}")
        self._add_models(file, one.types())

    def _new_service(self, path: str, docs: str) -> ServiceFile:
        summary = self._seeds["services"].get(path, "")
        lines = [layout.line("path", path), layout.line("summary", summary), layout.line("docs", docs)]
        file = self.catalog.add(path, layout.table("service", lines))
        self._say(file, "+", f"service {path}")
        return file

    def _add_models(self, file: ServiceFile, types: Iterable[Type]) -> None:
        """What types lead to and is not there already."""
        for model in below(types, self._naming.there()):
            self._add_model(file, model)

    def _add_model(self, file: ServiceFile, model: Model) -> None:
        name = self._naming[model]
        seed = self._seeds["models"].get(model.known_as, {})
        self.catalog.add_model(file, name, propose.model(self._naming, model, self._naming.schema(model), seed))
        self._say(file, "+", f"model {name}")

    @property
    def _product_docs(self) -> str:
        return str(self.catalog.product.data.get("product", {}).get("docs", ""))

    # Words

    def _describe(self) -> None:
        """What product.toml tells of path parameters, other parameters, and names on the way to services."""
        told, words = self.catalog.product.data, self._seeds
        services = {file.service for file in self.catalog.files if file.service}
        groups = {prefix for service in services for prefix in _prefixes(service)} - services
        # A group that has become a service says for itself what it is.
        for path in services & told.get("group", {}).keys():
            self.catalog.forget_group(path)
        sent = {key for known in self.catalog.operations.values() for key in known.sent}
        paths = {
            key
            for known in self.catalog.operations.values()
            for key in known.wires - known.entry.get("path", {}).keys()
        }
        for table, wanted, texts, needed in (
            ("group", groups, words["services"], True),
            ("path", paths, words["path"], True),
            ("param", sent, words["params"], False),
        ):
            for key in sorted(wanted - told.get(table, {}).keys()):
                if key in texts:
                    self.catalog.tell(table, key, texts[key])
                    self._say(self.catalog.product, "+", f"{table} {key}")
                elif needed:
                    self._say(self.catalog.product, "?", f"{table} {key}")

    def _ask_for_words(self) -> None:
        """The build takes no entry without a summary."""
        for file in self.catalog.files:
            if file.service and not file.data["service"].get("summary"):
                self._say(file, "?", f"service {file.service}")
        for known in self.catalog.operations.values():
            if not known.entry.get("summary"):
                self._say(known.file, "?", f"operation {known.full}")
        for model in self.catalog.models.values():
            if not model.entry.get("summary"):
                self._say(model.file, "?", f"model {model.name}")

    def _say(self, file: ServiceFile, mark: str, text: str) -> None:
        self.report.add(file.path.name, mark, text)

    def write(self) -> None:
        self.catalog.write()


def _part(http: str) -> tuple[str, ...]:
    """What tells the documents of a product apart: the beginning of the path, such as `/rest/api/3`."""
    return tuple(http.partition(" ")[2].split("/")[1:4])


def _prefixes(service: str) -> list[str]:
    """`a.b.c` → `a`, `a.b`."""
    return [service[: dot.start()] for dot in re.finditer(r"\.", service)]
