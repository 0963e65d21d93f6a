"""The wiki markup of Jira's older API, for reading."""

from __future__ import annotations

from typing import Any

from . import _native

__all__ = ["to_adf", "to_markdown"]


def to_markdown(wiki: str) -> str:
    """Wiki markup as Markdown. What is no markup is text. Raises `DocumentError` if it is nested too deep."""
    return _native.wiki_to_markdown(wiki)


def to_adf(wiki: str) -> dict[str, Any]:
    """Wiki markup as an ADF document. Raises `DocumentError` if it is nested too deep."""
    return _native.wiki_to_adf(wiki)
