"""The facts of an operation in the catalog's terms: types, objects that have no name yet, parameters, body, answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from .document import Described


@dataclass(frozen=True)
class Many:
    """`list[T]` or `dict[T]`."""

    head: str
    item: Type


@dataclass(eq=False)
class Model:
    """An object with fields. Its name comes later, from the catalog, the seeds, the document or its place."""

    schema: str | None
    """Name of the component; none for an object described where it is used."""
    parent: Parent = None
    """Where an object without a component was met first: a model, or an operation with it as body or answer."""
    part: str = ""
    """Wire key of the parent's field."""
    title: str = ""
    """What the document calls an object without a component, if it does."""
    fields: list[Field] = field(default_factory=list)

    @property
    def known_as(self) -> str:
        """The document's word for it."""
        return self.schema or self.title


Type = str | Many | Model
Parent = Model | Described | None


@dataclass(frozen=True)
class Field:
    """A parameter, a field of a body or a field of a model."""

    key: str
    type: Type
    required: bool
    one_of: tuple[str, ...] = ()
    style: str = ""
    default: str = ""
    read_only: bool = False


Body = list[Field] | Type | None


@dataclass
class Operation:
    """The facts of an operation."""

    described: Described
    query: list[Field]
    header: list[Field]
    body: Body = None
    part: list[Field] = field(default_factory=list)
    content_type: str = ""
    returns: Type | None = None
    notes: list[str] = field(default_factory=list)

    def types(self) -> Iterator[Type]:
        """Every type that the entry names."""
        if self.returns is not None:
            yield self.returns
        for of in (self.query, self.header, self.body, self.part):
            if isinstance(of, list):
                yield from (one.type for one in of if not one.read_only)
            elif of is not None:
                yield of

    @property
    def deprecated(self) -> bool:
        return bool(self.described.node.get("deprecated"))


def core(kind: Type) -> Type:
    while isinstance(kind, Many):
        kind = kind.item
    return kind


def grouped(branches: Iterable[list[Field]]) -> dict[str, list[Field]]:
    """Fields of several objects by wire key."""
    found: dict[str, list[Field]] = {}
    for branch in branches:
        for one in branch:
            found.setdefault(one.key, []).append(one)
    return found


def united(same: list[Field], branches: int) -> Field:
    """A field that some of several alternatives have, in one model for all: optional if one can be without."""
    agree = len({one.type for one in same}) == 1
    return replace(
        same[0],
        type=same[0].type if agree else "any",
        required=len(same) == branches and all(one.required for one in same),
        one_of=tuple(dict.fromkeys(value for one in same for value in one.one_of)) if agree else (),
        read_only=all(one.read_only for one in same),
    )


def below(types: Iterable[Type], seen: set[Model]) -> Iterator[Model]:
    """The models that types lead to and nobody saw before, in the order of reading."""
    for kind in types:
        model = core(kind)
        if isinstance(model, Model) and model not in seen:
            seen.add(model)
            yield model
            yield from below((one.type for one in model.fields), seen)
