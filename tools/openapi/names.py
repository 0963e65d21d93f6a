"""Python names from wire names, such as the build of the catalog takes them."""

from __future__ import annotations

import builtins
import keyword
import re
import typing
from collections.abc import Container

# `build/check.rs` refuses fields of these names: they would hide a method of `Model`.
MODEL_METHODS = {"get", "to_dict", "to_json", "detach"}
# What a module of models names already, and what others would take for something else.
TAKEN = {*dir(builtins), *typing.__all__, "Mapping", "Model", "Object", "Paginator", "RawResponse", "Sequence"}


def snake(wire: str) -> str:
    """`issueIDs` → `issue_ids`, `target.ref_name` → `target_ref_name`, `from` → `from_`, `48x48` → `size_48x48`."""
    text = re.sub(r"(?<=[A-Z])Ds\b", "ds", wire)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower() or "unnamed"
    if text[0].isdigit():
        text = f"size_{text}"
    return f"{text}_" if keyword.iskeyword(text) else text


def field_name(wire: str, taken: Container[str] = ()) -> str:
    """Name of a model's field; the second of two that become one is told from it by a number."""
    name = snake(wire)
    return distinct(f"{name}_" if name in MODEL_METHODS else name, taken)


def pascal(text: str) -> str:
    """`issue_type` and `Manageability.Rule` as the name of a class."""
    return "".join(part[0].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text) if part)


def singular(text: str) -> str:
    """`values` → `value`: the name of one thing in a list."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("xes", "x"), ("ss", "ss"), ("us", "us")):
        if text.endswith(ending) and len(text) > len(ending) + 1:
            return text.removesuffix(ending) + instead
    return text.removesuffix("s") if len(text) > 3 else text


def class_name(text: str) -> str:
    """A model's name that hides nothing; names ending in Service belong to the services."""
    name = pascal(text)
    if name[:1].isdigit():
        name = f"Size{name}"
    return f"{name}Model" if name in TAKEN or name.endswith("Service") else name


def distinct(name: str, taken: Container[str]) -> str:
    """The name, with a number if it is taken."""
    number = 2
    found = name
    while found in taken:
        found = f"{name.removesuffix('_')}_{number}" if name.islower() else f"{name}{number}"
        number += 1
    return found


def slug(text: str) -> str:
    """As Atlassian's addresses spell a tag: `JQL functions (apps)` → `jql-functions--apps-`."""
    return re.sub(r"[^a-z0-9]", "-", text.lower())
