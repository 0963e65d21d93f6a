"""What a document says against entries of the catalog: facts are changed, names and prose never, corrections neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from . import layout, propose
from .catalog import PLACES, PLAIN_TYPES, Block, Entry, KnownModel, KnownOperation, ServiceFile, parsed, wire
from .names import field_name
from .naming import Naming
from .paging import assumed
from .shapes import Field, Many, Model, Operation, Type, grouped, united

# What the catalog may know better than the document, by what the document says.
FINER = {"str": {"datetime", "date", "epoch_ms", "bytes"}, "int": {"epoch_ms"}}
GONE = "no longer in the document"


@dataclass(frozen=True)
class Table:
    """Entries of one kind: the parameters of an operation in one place, or the fields of a model."""

    file: ServiceFile
    block: Block
    label: str
    place: str
    """Empty for fields."""
    entries: Mapping[str, Entry]
    taken: set[str]
    corrected: bool = False
    """Nothing is changed here: what is new is only told."""

    @property
    def prefix(self) -> str:
        return f"{self.place}." if self.place else ""

    def new_name(self, one: Field) -> str:
        name = propose.parameter_name(self.place, one, self.taken) if self.place else field_name(one.key, self.taken)
        self.taken.add(name)
        return name


class Merge:
    """Each method returns the types that the changed entries name."""

    def __init__(self, naming: Naming, say: Callable[[ServiceFile, str, str], None]) -> None:
        self._naming = naming
        self._say = say

    def operation(self, known: KnownOperation, found: Operation) -> list[Type]:
        named: list[Type] = []
        corrected = "because" in known.entry
        pages = assumed(known.entry.get("paging", {}))
        taken = known.arguments | propose.reserved(known.path, "paging" in known.entry)
        for place in PLACES:
            of = getattr(found, place)
            if isinstance(of, list) and not isinstance(known.entry.get(place), str):
                label = f"{known.full}: {place}."
                table = Table(known.file, known.block, label, place, known.params(place), taken, corrected)
                named += self._table(table, [one for one in of if one.key not in pages])
            elif not corrected:
                named += self._whole(known, place, of)
        if not corrected:
            named += self._whole(known, "returns", found.returns)
            if found.deprecated and "deprecated" not in known.entry:
                known.block.add("deprecated = {}")
                self._say(known.file, "~", f"{known.full}: deprecated")
        return named

    def model(self, known: KnownModel, found: list[Model]) -> list[Type]:
        """A model that stands for several objects has the fields of all."""
        if "because" in known.entry:
            return []
        table = Table(known.file, known.block, f"{known.name}.", "", known.fields, set(known.fields))
        return self._table(table, self._together(known, found))

    def _together(self, known: KnownModel, found: list[Model]) -> list[Field]:
        """The fields of all that a model stands for; where they disagree, what the catalog has is as good as any."""
        types = {wire(name, entry): parsed(entry["type"]) for name, entry in known.fields.items()}
        fields = []
        for key, same in grouped([model.fields for model in found]).items():
            agreeing = [one for one in same if key in types and not self._differ(types[key], one.type)]
            whole = united(same, len(found))
            fields.append(replace(whole, type=(agreeing or same)[0].type))
        return fields

    def _table(self, table: Table, found: list[Field]) -> list[Type]:
        by_key = {wire(name, entry): (name, entry) for name, entry in table.entries.items()}
        named = [
            one.type
            for one in found
            if (self._change(table, *by_key[one.key], one) if one.key in by_key else self._add(table, one))
        ]
        there = {one.key for one in found}
        for key, (name, entry) in by_key.items():
            if key not in there and "because" not in entry and not table.corrected:
                self._say(table.file, "!", f"{table.label}{name}: {GONE}")
        return named

    def _change(self, table: Table, name: str, entry: Entry, found: Field) -> bool:
        if table.corrected or "because" in entry:
            return False
        changes = self._changes(entry, found, tolerant=not table.place)
        if changes:
            table.block.change(table.prefix + name, changes)
            self._say(table.file, "~", f"{table.label}{name}: {_told(entry, changes)}")
        return bool(changes)

    def _add(self, table: Table, found: Field) -> bool:
        if table.place and found.read_only:
            return False
        name = table.new_name(found)
        if table.corrected:
            self._say(table.file, "!", f"{table.label}{name}: new in the document")
            return False
        table.block.add(layout.line(table.prefix + name, propose.entry(self._naming, name, found)))
        self._say(table.file, "+", f"{table.label}{name}: {self._naming.spelt(found.type)}")
        return True

    def _whole(self, known: KnownOperation, name: str, found: Type | list[Field] | None) -> list[Type]:
        """An answer, or a body that is one value."""
        there = known.entry.get(name)
        if isinstance(found, list) or (there and not isinstance(there, str)):
            if there != "any" and found not in (None, [], "any"):
                self._say(known.file, "!", f"{known.full}: {name} has another form in the document")
            return []
        if found is None or (there and not self._differ(parsed(there), found)):
            return []
        line = layout.line(name, spelt := self._naming.spelt(found))
        if there is None:
            known.block.add(line)
        else:
            known.block.replace(name, line)
        self._say(known.file, "~", f"{known.full}: {name}: {there or 'nothing'} -> {spelt}")
        return [found]

    def _changes(self, entry: Entry, found: Field, tolerant: bool) -> Entry:
        """What the document has otherwise, by key of the entry."""
        kind, required = parsed(entry["type"]), not entry["type"].endswith("?")
        # A list that goes out with commas is a text to a document that does not look into it.
        differs = self._differ(kind, found.type) and not (found.type == "str" and entry.get("style") == "comma")
        spelt = self._naming.spelt(found.type) if differs else entry["type"].removesuffix("?")
        if "default" not in entry and (required or not tolerant):
            required = found.required
        spelt += "" if required else "?"
        changes: Entry = {"type": spelt} if spelt != entry["type"] else {}
        known = entry.get("one_of", [])
        if further := [value for value in found.one_of if value not in known]:
            changes["one_of"] = [*known, *further]
        return changes

    def _differ(self, known: Type, found: Type) -> bool:
        """Whether the document has another type; where it is vaguer, the catalog knows better."""
        if isinstance(known, Many) and isinstance(found, Many):
            return known.head != found.head or self._differ(known.item, found.item)
        if isinstance(found, Model):
            return not isinstance(known, str) or found not in self._naming.linked.get(known, ())
        if found == "object":
            return (isinstance(known, Many) and known.head == "list") or known in PLAIN_TYPES - {"any", "object"}
        return found != "any" and known != found and known not in FINER.get(str(found), ())


def _told(entry: Entry, changes: Entry) -> str:
    told = [f"{entry['type']} -> {changes['type']}"] if "type" in changes else []
    if "one_of" in changes:
        told.append("also " + ", ".join(changes["one_of"][len(entry.get("one_of", ())) :]))
    return "; ".join(told)
