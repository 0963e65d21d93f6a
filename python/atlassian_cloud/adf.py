"""Atlassian Document Format: build, check, read and write rich text.

from atlassian_cloud import adf

adf.doc(adf.paragraph("Deployed ", adf.strong("today"), " ", adf.status("DONE", "green")))

One function for each node and mark of the schema. What they make are dicts that nobody changes: give them to any method, to
`json.dumps`, to `validate`. Documents may also be plain dicts or models that the server sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _native
from ._adf_nodes import (
    Block,
    Caption,
    Cell,
    Column,
    Decision,
    Doc,
    Inline,
    ListItem,
    Mark,
    Media,
    Node,
    Row,
    Task,
    TaskList,
    Text,
    alignment,
    annotation,
    annotation_mark,
    background_color,
    block_card,
    block_task_item,
    blockquote,
    bodied_extension,
    bodied_sync_block,
    border,
    breakout,
    bullet_list,
    caption,
    code,
    code_block,
    data_consumer,
    date,
    decision_item,
    decision_list,
    doc,
    em,
    embed_card,
    emoji,
    expand,
    extension,
    external_media,
    font_size,
    fragment,
    hard_break,
    heading,
    indentation,
    inline_card,
    inline_extension,
    layout_column,
    layout_section,
    link,
    link_mark,
    list_item,
    marked,
    media,
    media_group,
    media_inline,
    media_single,
    mention,
    nested_expand,
    ordered_list,
    panel,
    paragraph,
    placeholder,
    rule,
    status,
    strike,
    strong,
    subsup,
    sync_block,
    table,
    table_cell,
    table_header,
    table_row,
    task_item,
    task_list,
    text,
    text_color,
    underline,
)
from .errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._native import Markdown, Model

__all__ = [
    "Block",
    "Caption",
    "Cell",
    "Column",
    "Decision",
    "Doc",
    "DocumentError",
    "Inline",
    "ListItem",
    "Mark",
    "Media",
    "Node",
    "Row",
    "Task",
    "TaskList",
    "Text",
    "alignment",
    "annotation",
    "annotation_mark",
    "background_color",
    "block_card",
    "block_task_item",
    "blockquote",
    "bodied_extension",
    "bodied_sync_block",
    "border",
    "breakout",
    "bullet_list",
    "caption",
    "code",
    "code_block",
    "data_consumer",
    "date",
    "decision_item",
    "decision_list",
    "doc",
    "em",
    "embed_card",
    "emoji",
    "expand",
    "extension",
    "external_media",
    "font_size",
    "fragment",
    "from_markdown",
    "hard_break",
    "heading",
    "indentation",
    "inline_card",
    "inline_extension",
    "layout_column",
    "layout_section",
    "link",
    "link_mark",
    "list_item",
    "marked",
    "media",
    "media_group",
    "media_inline",
    "media_single",
    "mention",
    "nested_expand",
    "ordered_list",
    "panel",
    "paragraph",
    "placeholder",
    "rule",
    "status",
    "strike",
    "strong",
    "subsup",
    "sync_block",
    "table",
    "table_cell",
    "table_header",
    "table_row",
    "task_item",
    "task_list",
    "text",
    "text_color",
    "to_html",
    "to_markdown",
    "to_text",
    "underline",
    "validate",
]


def validate(document: Mapping[str, Any] | Model, /) -> None:
    """Check a document against the schema: nodes, where they stand, their attributes and marks.

    Raises `DocumentError`, a `ValueError` with the path of the first fault: `content[2].content[0].marks[1].attrs.href: missing`.
    """
    _native.validate_adf(document)


def from_markdown(markdown: str | Markdown, /) -> dict[str, Any]:
    """The document of a Markdown text, fit for the schema. Raises `DocumentError` if it is nested too deep or has too many nodes."""
    return _native.markdown_to_adf(markdown)


def to_markdown(document: Mapping[str, Any] | Model, /) -> str:
    """Every node and mark as Markdown; what Markdown lacks has a form that `from_markdown` reads. Ids of editors are left out.

    Raises `DocumentError` if it is no document.
    """
    return _native.adf_to_markdown(document)


def to_text(document: Mapping[str, Any] | Model, /) -> str:
    """The words: a line for each paragraph, heading and row. Raises `DocumentError` if it is no document."""
    return _native.adf_to_text(document)


def to_html(document: Mapping[str, Any] | Model, /) -> str:
    """HTML, escaped; addresses that could run something are left out. Raises `DocumentError` if it is no document."""
    return _native.adf_to_html(document)
