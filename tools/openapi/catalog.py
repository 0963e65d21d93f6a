"""The catalog of one product as files: what is in it, and changes that leave every other line as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit
import tomlkit.items

from . import layout
from .shapes import Many, Type

Entry = dict[str, Any]
PLACES = ("query", "header", "body", "part")
PLAIN_TYPES = {"str", "int", "float", "bool", "datetime", "date", "epoch_ms", "any", "object", "bytes"}


def route(http: str) -> str:
    """Method and path without the names of the placeholders."""
    return re.sub(r"{[^}]*}", "{}", http)


def placeholders(path: str) -> set[str]:
    """Wire names of a path's parameters."""
    return set(re.findall(r"{\+?([^}]*)}", path))


def parsed(text: str) -> Type:
    """A type as the catalog spells it, models by their names."""
    text = text.removesuffix("?")
    found = re.fullmatch(r"(list|dict)\[(.*)\]", text)
    return Many(found[1], parsed(found[2])) if found else text


def long(entry: str | Entry) -> Entry:
    """An entry of a parameter or field with its keys."""
    return {"type": entry} if isinstance(entry, str) else entry


def wire(name: str, entry: Entry) -> str:
    """The wire key of a parameter or field."""
    return str(entry.get("key", name))


# How the lines of an entry follow each other.
ORDER = ("http", "schema", "summary", "details", "docs", "path", *PLACES, "content_type", "returns", "paging")


@dataclass
class Block:
    """A table of a file with the comments above it."""

    header: str
    lines: list[str]

    def change(self, name: str, keys: Entry) -> None:
        """Other values for keys of an entry; its remaining keys, their order and its comment stay."""
        number = self._find(name)
        line = tomlkit.parse(self.lines[number])
        entry: Any = line
        for part in name.split("."):
            entry = entry[part]
        if isinstance(entry, tomlkit.items.String):
            comment = entry.trivia.comment_ws + entry.trivia.comment
            whole = {"type": str(entry), **keys}
            self.lines[number] = layout.line(name, layout.short(whole)) + comment
        else:
            entry.update(keys)
            self.lines[number] = tomlkit.dumps(line).rstrip("\n")

    def add(self, line: str) -> None:
        """A line where lines of its kind stand."""
        rank = self._rank(line)
        at, current = 0, 0
        for number, old in enumerate(self.lines):
            if re.match(r"[\w.-]+\s*=", old):
                current = self._rank(old)
            if old.strip() and not old.startswith("#") and current <= rank:
                at = number
        self.lines.insert(at + 1, line)

    def replace(self, name: str, line: str) -> None:
        self.lines[self._find(name)] = line

    def remove(self, name: str) -> None:
        del self.lines[self._find(name)]

    def _find(self, name: str) -> int:
        return next(number for number, line in enumerate(self.lines) if re.match(rf"{re.escape(name)}\s*=", line))

    def _rank(self, line: str) -> int:
        key = re.split(r"[.\s=]", line, maxsplit=1)[0]
        # The fields of a model have no order of their own, whatever they are called.
        return ORDER.index(key) if key in ORDER and self.header.startswith("operation.") else len(ORDER)


@dataclass
class ServiceFile:
    """A service with its operations and models, or models alone."""

    path: Path
    blocks: list[Block] = field(default_factory=list)
    data: Entry = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> ServiceFile:
        text = path.read_text("utf-8")
        return cls(path, list(_blocks(text)), tomlkit.parse(text).unwrap())

    @property
    def service(self) -> str:
        return str(self.data.get("service", {}).get("path", ""))

    def block(self, header: str) -> Block:
        return next(block for block in self.blocks if block.header == header)

    def insert(self, text: str) -> None:
        """Further tables; operations stand before models."""
        for block in _blocks(text):
            at = len(self.blocks)
            if not block.header.startswith("model."):
                at = next((n for n, old in enumerate(self.blocks) if old.header.startswith("model.")), at)
            for neighbour in (*self.blocks[at - 1 : at], block):
                neighbour.lines = [*"\n".join(neighbour.lines).rstrip("\n").split("\n"), ""]
            self.blocks.insert(at, block)

    def text(self) -> str:
        return "\n".join(line for block in self.blocks for line in block.lines).rstrip("\n") + "\n"


def _blocks(text: str) -> Iterable[Block]:
    """Tables with the comments that stand right above them."""
    block = Block("", [])
    inside = False
    for line in text.splitlines():
        header = None if inside else re.match(r"\[([^\]]+)\]", line)
        if header:
            above = len(block.lines)
            while above and block.lines[above - 1].startswith("#"):
                above -= 1
            comments = block.lines[above:]
            del block.lines[above:]
            if any(block.lines):
                yield block
            block = Block(header[1], comments)
        block.lines.append(line)
        if line.count('"""') % 2:
            inside = not inside
    if any(block.lines):
        yield block


@dataclass(frozen=True)
class KnownOperation:
    """An operation of the catalog."""

    file: ServiceFile
    name: str
    entry: Entry

    @property
    def block(self) -> Block:
        return self.file.block(f"operation.{self.name}")

    @property
    def full(self) -> str:
        return f"{self.file.service}.{self.name}"

    def params(self, place: str) -> dict[str, Entry]:
        """By Python name; empty for a body that is no object."""
        entries = self.entry.get(place, {})
        return {name: long(one) for name, one in entries.items()} if isinstance(entries, dict) else {}

    @property
    def path(self) -> str:
        return str(self.entry["http"].partition(" ")[2])

    @property
    def wires(self) -> set[str]:
        """Wire names of the path parameters."""
        return placeholders(self.path)

    @property
    def sent(self) -> set[str]:
        """Wire keys of all other parameters."""
        return {wire(name, entry) for place in PLACES for name, entry in self.params(place).items()}

    @property
    def arguments(self) -> set[str]:
        """Python names of the parameters outside the path."""
        return {name for place in PLACES for name in self.params(place)}


@dataclass(frozen=True)
class KnownModel:
    """A model of the catalog."""

    file: ServiceFile
    name: str
    entry: Entry

    @property
    def fields(self) -> dict[str, Entry]:
        return {name: long(one) for name, one in self.entry.get("fields", {}).items()}

    @property
    def block(self) -> Block:
        header = f"model.{self.name}.fields"
        if not self.fields:
            self.file.insert(layout.table(header, []))
        return self.file.block(header)


class Catalog:
    """One product's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.product = ServiceFile(
            folder / "product.toml", [Block("product", ["[product]", layout.line("name", folder.name)])]
        )
        self.files: list[ServiceFile] = []
        for path in sorted(folder.glob("*.toml")):
            if path.name == "product.toml":
                self.product = ServiceFile.read(path)
            else:
                self.files.append(ServiceFile.read(path))
        self.operations = {
            route(entry["http"]): KnownOperation(file, name, entry)
            for file in self.files
            for name, entry in file.data.get("operation", {}).items()
        }
        self.models = {
            name: KnownModel(file, name, entry)
            for file in self.files
            for name, entry in file.data.get("model", {}).items()
        }

    def service(self, path: str) -> ServiceFile | None:
        return next((file for file in self.files if file.service == path), None)

    def add(self, service: str, text: str) -> ServiceFile:
        """A file for a service."""
        path = self.folder / f"{service.replace('.', '_')}.toml"
        file = ServiceFile(path, list(_blocks(text)), tomlkit.parse(text).unwrap())
        self.files.append(file)
        return file

    def add_operation(self, file: ServiceFile, name: str, text: str) -> None:
        file.insert(text)
        entry = tomlkit.parse(text).unwrap()["operation"][name]
        self.operations[route(entry["http"])] = KnownOperation(file, name, entry)

    def add_model(self, file: ServiceFile, name: str, text: str) -> None:
        file.insert(text)
        self.models[name] = KnownModel(file, name, tomlkit.parse(text).unwrap()["model"][name])

    def tell(self, table: str, key: str, text: str) -> None:
        """A text in a table of product.toml."""
        if table not in self.product.data:
            self.product.insert(layout.table(table, []))
        self.product.data.setdefault(table, {})[key] = text
        self.product.block(table).add(layout.line(layout.key(key), text))

    def forget_group(self, path: str) -> None:
        del self.product.data["group"][path]
        self.product.block("group").remove(layout.key(path))

    def write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in (self.product, *self.files):
            text = file.text()
            if not file.path.exists() or file.path.read_text("utf-8") != text:
                file.path.write_text(text, "utf-8", newline="\n")

    def reached(self, operations: Iterable[KnownOperation]) -> set[str]:
        """Names of the models that operations lead to."""
        found: set[str] = set()
        open_ = [text for known in operations for text in _types(known.entry)]
        while open_:
            for name in re.findall(r"\w+", open_.pop()):
                if name in self.models and name not in found:
                    found.add(name)
                    open_ += [field["type"] for field in self.models[name].fields.values()]
        return found


def _types(entry: Entry) -> Iterable[str]:
    for place in ("returns", *PLACES):
        of = entry.get(place, ())
        yield from [of] if isinstance(of, str) else (long(one)["type"] for one in dict(of).values())
