"""Which model of the catalog is which object of the document, and names for what has none yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .catalog import Catalog, Entry, KnownModel, KnownOperation, parsed, route
from .document import Described, Document
from .names import class_name, distinct, pascal, singular
from .shapes import Field, Many, Model, Operation, Type, below


class Naming:
    """Links models by the place where they stand: what an operation of both returns is one thing, however it is called."""

    def __init__(self, catalog: Catalog, document: Document, wanted: Mapping[str, str]) -> None:
        self._catalog = catalog
        self._document = document
        self._wanted = wanted
        self.linked: dict[str, list[Model]] = {}
        """Models of the document by the name of the catalog's model."""
        self._names: dict[Model, str] = {}
        self._places: dict[Described, tuple[str, str]] = {}
        own = {route(described.http) for described in document.operations}
        self._foreign = catalog.reached(known for http, known in catalog.operations.items() if http not in own)

    # Links

    def link(self, known: KnownOperation, found: Operation) -> None:
        """Follow one operation through catalog and document."""
        if isinstance(returns := known.entry.get("returns"), str) and found.returns is not None:
            self._follow(parsed(returns), found.returns)
        for place in ("query", "header", "body", "part"):
            of = getattr(found, place)
            if isinstance(of, list):
                self._follow_fields(known.params(place), of)
        if isinstance(body := known.entry.get("body"), str) and isinstance(found.body, Many | Model):
            self._follow(parsed(body), found.body)

    def _follow_fields(self, known: Mapping[str, Entry], found: Iterable[Field]) -> None:
        types = {entry.get("key", name): entry["type"] for name, entry in known.items()}
        for one in found:
            if one.key in types:
                self._follow(parsed(types[one.key]), one.type)

    def _follow(self, known: Type, found: Type) -> None:
        if isinstance(known, Many) and isinstance(found, Many):
            return self._follow(known.item, found.item)
        if not isinstance(known, str) or not isinstance(found, Model):
            return None
        model = self._catalog.models.get(known)
        if model is None or not self.may_be(model, found):
            return None
        linked = self.linked.setdefault(known, [])
        if found not in linked:
            linked.append(found)
            self._follow_fields(model.fields, found.fields)
        return None

    def may_be(self, known: KnownModel, found: Model) -> bool:
        """Whether a model of the catalog can stand for an object: one made from another component cannot, a correction can."""
        if "because" in known.entry:
            return True
        if schema := known.entry.get("schema"):
            return schema in self._spellings(found)
        return found.schema is None or known.name not in self._document.schemas or known.name == found.schema

    def _spellings(self, model: Model) -> tuple[str, ...]:
        return (model.schema, f"{self._document.name}#{model.schema}") if model.schema else ()

    # Names

    def name(self, operations: Iterable[tuple[str, str, Operation]]) -> None:
        """Give every model a name; `operations` come with service and method."""
        reached: list[Model] = []
        seen: set[Model] = set()
        for service, method, operation in operations:
            self._places[operation.described] = service, method
            reached += below(operation.types(), seen)
        self._link_by_schema(reached)
        for name, models in self.linked.items():
            for model in models:
                exact = self._catalog.models[name].entry.get("schema", name) == model.schema
                if exact or model not in self._names:
                    self._names[model] = name
        # Components first: nothing else may take their names.
        for model in sorted(reached, key=lambda model: model.schema is None):
            if model not in self._names:
                self._names[model] = self._new_name(model)

    def _link_by_schema(self, reached: Iterable[Model]) -> None:
        """What is the document's own in the catalog, and yet stands at none of the places where the document has it."""
        placed = {model for models in self.linked.values() for model in models}
        for model in reached:
            if model in placed:
                continue
            for name, known in self._catalog.models.items():
                schema = known.entry.get("schema", name)
                if schema in self._spellings(model) and ("#" in schema or name not in self._foreign):
                    self._follow(name, model)

    def _new_name(self, model: Model) -> str:
        taken = {*self._catalog.models, *self._names.values(), *(() if model.schema else self._document.schemas)}
        names = list(self._proposed(model))
        return next((name for name in names if name not in taken), distinct(names[-1], taken))

    def _proposed(self, model: Model) -> Iterator[str]:
        """Names from the best to the last."""
        told = self._wanted.get(model.known_as, model.schema)
        if told:
            yield class_name(told)
            if class_name(told) in self._foreign:
                # The same name in two documents of a product: the document's own word tells them apart.
                yield class_name(told) + pascal(self._document.name.rpartition("-")[2])
        elif isinstance(model.parent, Model):
            parent = self._names.get(model.parent) or next(self._proposed(model.parent))
            yield class_name(parent + pascal(singular(model.part)))
        elif model.parent:
            service, method = self._places[model.parent]
            words = [pascal(singular(part)) for part in service.split(".")]
            yield class_name(words[-1] + pascal(method))
            yield class_name("".join(words) + pascal(method))

    def spelt(self, kind: Type) -> str:
        """A type as the catalog writes it."""
        if isinstance(kind, Many):
            return f"{kind.head}[{self.spelt(kind.item)}]"
        return self._names[kind] if isinstance(kind, Model) else kind

    def __getitem__(self, model: Model) -> str:
        return self._names[model]

    def there(self) -> set[Model]:
        """Objects that have a model in the catalog."""
        return {model for model, name in self._names.items() if name in self._catalog.models}

    def schema(self, model: Model) -> str:
        """What the catalog writes as a new model's `schema`: nothing if the name tells it."""
        name = self._names[model]
        if not model.schema or model.schema == name:
            return ""
        plain = {known.entry.get("schema", name) for name, known in self._catalog.models.items()}
        return f"{self._document.name}#{model.schema}" if model.schema in plain else model.schema
