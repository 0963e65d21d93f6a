"""Atlassian Document Format: build, check, read and write rich text.

from atlassian_cloud import adf

adf.doc(adf.paragraph("Deployed ", adf.strong("today"), " ", adf.status("DONE", "green")))

One function for each node and mark of the schema. What they make are dicts that nobody changes: give them to any method, to
`json.dumps`, to `validate`. Documents may also be plain dicts or models that the server sent.
"""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    from ._native import Markdown, Model

Lookup = Mapping[str, str | None] | Callable[[str], str | None]
"""What a document does not tell and you may: a dict, or a function of a str, whose answer is None where it does not know."""

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
    "Lookup",
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

    Beyond the schema, an address that would run something, such as `javascript:`, is a fault.

    Raises `DocumentError`, a `ValueError` with the path of the first fault: `content[2].content[0].marks[1].attrs.href: missing`.
    """
    _native.validate_adf(document)


def from_markdown(markdown: str | Markdown, /) -> dict[str, Any]:
    """The document of a Markdown text, fit for the schema.

    Of links to `javascript:`, `vbscript:` and `data:` only the words stay. Characters that XML cannot hold become U+FFFD. Raises
    `DocumentError` if it is nested too deep or has too many nodes.
    """
    return _native.markdown_to_adf(markdown)


def to_markdown(
    document: Mapping[str, Any] | Model | None, /, *, names: Lookup | None = None, files: Lookup | None = None
) -> str:
    """Every node and mark as Markdown; what Markdown lacks has a form that `from_markdown` reads. Ids of editors are left out.

    None, which is what an issue without a description has, is an empty text.

    Of links that would run something only the words stay. `names` gives the names of people whose mention has none, by account id;
    without it they are called by the id.

    `files` gives addresses to pictures and attachments, so that any reader of Markdown shows them. It is asked with the id of a
    medium, then with its alternative text, in which Jira keeps the name of the file.

    Raises `DocumentError` if it is no document.
    """
    return "" if document is None else _native.adf_to_markdown(document, names=names, files=files)


def to_text(document: Mapping[str, Any] | Model | None, /, *, names: Lookup | None = None) -> str:
    """The words: a line for each paragraph, heading and row; an empty text of None. `names` is as in `to_markdown`.

    Raises `DocumentError` if it is no document.
    """
    return "" if document is None else _native.adf_to_text(document, names=names)


def to_html(
    document: Mapping[str, Any] | Model | None, /, *, names: Lookup | None = None, files: Lookup | None = None
) -> str:
    """HTML, escaped; of None an empty text. Addresses that would run something are left out. `names` and `files` are as in `to_markdown`.

    Raises `DocumentError` if it is no document.
    """
    return "" if document is None else _native.adf_to_html(document, names=names, files=files)
