"""Confluence's storage format, from and to Markdown and ADF.

`storage.from_markdown("# Title")` is what `body=Markdown("# Title")` sends. Reading is forgiving: what is no markup is text, macros of
no known kind are kept as extensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _native

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._native import Markdown, Model

__all__ = ["from_adf", "from_markdown", "to_adf", "to_markdown"]


def from_markdown(markdown: str | Markdown) -> str:
    """Markdown as storage format. Raises `DocumentError` if it is nested too deep."""
    return _native.markdown_to_storage(markdown)


def to_markdown(storage: str) -> str:
    """Storage format as Markdown: macros, links to pages, pictures, tasks, tables and mentions included.

    Links to pages and files become `page:KEY/Title` and `attachment:name`, which `from_markdown` reads. Raises `DocumentError` if it is
    nested too deep.
    """
    return _native.storage_to_markdown(storage)


def from_adf(document: Mapping[str, Any] | Model) -> str:
    """An ADF document as storage format."""
    return _native.adf_to_storage(document)


def to_adf(storage: str) -> dict[str, Any]:
    """Storage format as an ADF document. Raises `DocumentError` if it is nested too deep."""
    return _native.storage_to_adf(storage)
