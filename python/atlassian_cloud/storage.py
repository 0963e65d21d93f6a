"""Confluence's storage format, from and to Markdown and ADF.

`storage.from_markdown("# Title")` is what `body=Markdown("# Title")` sends. Reading is forgiving: what is no markup is text, macros of
no known kind are kept as extensions.
"""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _native

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._native import Markdown, Model
    from .adf import Lookup

__all__ = ["from_adf", "from_markdown", "to_adf", "to_markdown"]


def from_markdown(markdown: str | Markdown) -> str:
    """Markdown as storage format.

    Of links to `javascript:`, `vbscript:` and `data:` only the words stay. Characters that XML cannot hold become U+FFFD. Raises
    `DocumentError` if it is nested too deep.
    """
    return _native.markdown_to_storage(markdown)


def to_markdown(storage: str, *, names: Lookup | None = None, files: Lookup | None = None) -> str:
    """Storage format as Markdown: macros, links to pages, pictures, tasks, tables and mentions included.

    Links to pages and files become `page:KEY/Title` and `attachment:name`, which `from_markdown` reads; so do pictures whose file
    has `:` or `/` in its name. Links to blog posts, spaces and the rest become `ri:space?space-key=KEY`. docs/rich_text.md tells what
    is left out, such as anchors.

    Storage format knows people by their account ids alone: `names` gives their names, else they are called by the id. `files` gives an
    address to each attached picture and file by its name, such as a relative path, so that any reader of Markdown shows it. It is not asked
    about files of other pages.

    Raises `DocumentError` if it is nested too deep.
    """
    return _native.storage_to_markdown(storage, names=names, files=files)


def from_adf(document: Mapping[str, Any] | Model) -> str:
    """An ADF document as storage format."""
    return _native.adf_to_storage(document)


def to_adf(storage: str) -> dict[str, Any]:
    """Storage format as an ADF document. Raises `DocumentError` if it is nested too deep."""
    return _native.storage_to_adf(storage)
