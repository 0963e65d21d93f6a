"""The wiki markup of Jira's older API, for reading."""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _native

if TYPE_CHECKING:
    from .adf import Lookup

__all__ = ["to_adf", "to_markdown"]


def to_markdown(wiki: str | None, *, names: Lookup | None = None, files: Lookup | None = None) -> str:
    """Wiki markup as Markdown. What is no markup is text; None, which is what an issue without a description has, an empty one.

    `names` gives names to account ids, and `files` addresses to attached pictures and files by their names, as in
    `storage.to_markdown`. Raises `DocumentError` if it is nested too deep.
    """
    return _native.wiki_to_markdown("" if wiki is None else wiki, names=names, files=files)


def to_adf(wiki: str | None) -> dict[str, Any]:
    """Wiki markup as an ADF document; an empty one of None. Raises `DocumentError` if it is nested too deep."""
    return _native.wiki_to_adf("" if wiki is None else wiki)
