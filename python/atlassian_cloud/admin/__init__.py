"""Models and services of Atlassian Admin, made from the catalog when first asked for."""

from __future__ import annotations

from .._native import class_names, find_class


def __getattr__(name: str) -> object:
    found = None if name.startswith("_") else find_class("admin", name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *class_names("admin")})
