"""Catalog entries as text, in the house's layout: one line per parameter, inline tables, long prose wrapped."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from typing import Any

WIDTH = 140


def key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else json.dumps(text, ensure_ascii=False)


def value(of: Any) -> str:
    """A TOML value on one line."""
    if isinstance(of, Mapping):
        inside = ", ".join(f"{key(name)} = {value(one)}" for name, one in of.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(of, list | tuple):
        return f"[{', '.join(map(value, of))}]"
    # A string in JSON is a basic string in TOML.
    return json.dumps(of, ensure_ascii=False)


def short(entry: Mapping[str, Any]) -> Any:
    """The type alone where an entry says no more."""
    return entry["type"] if entry.keys() == {"type"} else entry


def line(name: str, of: Any) -> str:
    return f"{name} = {value(of)}"


def prose(name: str, text: str) -> str:
    """A text, wrapped in the source and not in what is read."""
    if len(name) + len(text) + 5 <= WIDTH:
        return line(name, text)
    escaped = value(text)[1:-1]
    if not text.endswith('"') and '""' not in text:
        escaped = escaped.replace('\\"', '"')
    rows = textwrap.wrap(f'{name} = """{escaped}"""', WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return " \\\n".join(rows)


def table(header: str, lines: list[str]) -> str:
    return "\n".join([f"[{header}]", *lines]) + "\n"
