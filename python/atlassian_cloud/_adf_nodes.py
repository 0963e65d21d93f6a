"""Nodes and marks of ADF as frozen dicts: one function each. `atlassian_cloud.adf` offers them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date as _date
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    _Layout = Literal["wide", "full-width", "center", "wrap-right", "wrap-left", "align-end", "align-start"]


def _frozen(self: object, *args: object, **kwargs: object) -> NoReturn:
    raise TypeError(f"a {type(self).__name__} cannot be changed; build a new one")


class _List(list[Any]):
    """The content of a node."""

    __setitem__ = __delitem__ = append = extend = insert = pop = remove = clear = _frozen
    sort = reverse = __iadd__ = __imul__ = _frozen

    def __reduce__(self) -> tuple[Any, ...]:
        return (_List, (list(self),))


class Node(dict[str, Any]):
    """A node or mark of ADF: a dict that `json.dumps` and every method take, and that nobody changes."""

    __slots__ = ()
    __setitem__ = __delitem__ = pop = popitem = clear = update = setdefault = __ior__ = _frozen

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))


class Doc(Node):
    """A whole document."""


class Block(Node):
    """A node that stands in a document, a cell, a panel."""


class Inline(Node):
    """A node that stands in a line of text."""


class Text(Inline):
    """Text with its marks."""


class ListItem(Node):
    """An item of a bullet or ordered list."""


class Task(Node):
    """An item of a task list."""


class TaskList(Block):
    """A task list: a block, and inside of another list the tasks below one."""


class Decision(Node):
    """An item of a decision list."""


class Row(Node):
    """A row of a table."""


class Cell(Node):
    """A cell of a table."""


class Column(Node):
    """A column of a layout."""


class Media(Node):
    """A picture or file, in a `media_single` or `media_group`."""


class Caption(Node):
    """The words below a picture."""


class Mark(Node):
    """A mark of a block."""


_N = TypeVar("_N", bound=Node)


def _make(
    class_: type[_N],
    kind: str,
    attrs: Mapping[str, Any] | None = None,
    content: Iterable[object] | None = None,
    **more: Any,
) -> _N:
    made: dict[str, Any] = {"type": kind, **more}
    given = {key: value for key, value in (attrs or {}).items() if value is not None}
    if given or attrs:
        made["attrs"] = Node(given)
    if content is not None:
        made["content"] = _List(text(item) if isinstance(item, str) else item for item in content)
    return class_(made)


def _check(argument: str, value: object, expected: str, fits: bool) -> None:
    if not fits:
        raise TypeError(f"{argument}: expected {expected}, got {type(value).__name__}")


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind)


def _marked(node: Text | str, kind: str, attrs: Mapping[str, Any] | None = None) -> Text:
    node = text(node) if isinstance(node, str) else node
    _check("text", node, "str or Text", _is(node, Mapping) and node.get("type") == "text")
    others = [mark for mark in node.get("marks", ()) if mark["type"] != kind or kind == "annotation"]
    return Text({**node, "marks": _List([*others, _make(Mark, kind, attrs)])})


# Text and its marks


def text(text: str, /) -> Text:
    """Text; wherever text may stand, a plain str will do."""
    return Text({"type": "text", "text": text})


def strong(text: str | Text, /) -> Text:
    """Bold."""
    return _marked(text, "strong")


def em(text: str | Text, /) -> Text:
    """Italic."""
    return _marked(text, "em")


def strike(text: str | Text, /) -> Text:
    """Struck out."""
    return _marked(text, "strike")


def underline(text: str | Text, /) -> Text:
    """Underlined."""
    return _marked(text, "underline")


def code(text: str | Text, /) -> Text:
    """Code within a line; stands with `link` and `annotation` alone."""
    return _marked(text, "code")


def subsup(text: str | Text, type: Literal["sub", "sup"], /) -> Text:
    """Lowered or raised."""
    return _marked(text, "subsup", {"type": type})


def text_color(text: str | Text, color: str, /) -> Text:
    """Text in a colour, `#rrggbb`."""
    return _marked(text, "textColor", {"color": color})


def background_color(text: str | Text, color: str, /) -> Text:
    """Text on a colour, `#rrggbb`."""
    return _marked(text, "backgroundColor", {"color": color})


def link(text: str | Text, href: str, /, *, title: str | None = None) -> Text:
    """Text that leads to an address."""
    return _marked(text, "link", {"href": href, "title": title})


def annotation(text: str | Text, id: str, /) -> Text:
    """Text with an inline comment of this id."""
    return _marked(text, "annotation", {"id": id, "annotationType": "inlineComment"})


# Marks of blocks


def alignment(align: Literal["center", "end"], /) -> Mark:
    """Of a paragraph or heading."""
    return _make(Mark, "alignment", {"align": align})


def indentation(level: int, /) -> Mark:
    """Of a paragraph or heading, 1 to 6; not beside `alignment`."""
    return _make(Mark, "indentation", {"level": level})


def font_size(size: Literal["small"] = "small", /) -> Mark:
    """Of a paragraph."""
    return _make(Mark, "fontSize", {"fontSize": size})


def breakout(mode: Literal["wide", "full-width"], /, *, width: float | None = None) -> Mark:
    """Beyond the margins: code, an expand, a layout or a sync block right in the document."""
    return _make(Mark, "breakout", {"mode": mode, "width": width})


def border(size: int, color: str, /) -> Mark:
    """Of a picture: 1 to 3 pixels, `#rrggbb` or `#rrggbbaa`."""
    return _make(Mark, "border", {"size": size, "color": color})


def link_mark(href: str, /) -> Mark:
    """Of a picture: where it leads to."""
    return _make(Mark, "link", {"href": href})


def annotation_mark(id: str, /) -> Mark:
    """Of a picture: an inline comment."""
    return _make(Mark, "annotation", {"id": id, "annotationType": "inlineComment"})


def data_consumer(sources: Sequence[str], /) -> Mark:
    """Of an extension or picture: the fragments that it reads."""
    # A str would be taken for its letters.
    _check("sources", sources, "a sequence of str", _is(sources, Iterable) and not isinstance(sources, str))
    return _make(Mark, "dataConsumer", {"sources": _List(sources)})


def fragment(local_id: str, /, *, name: str | None = None) -> Mark:
    """Of a table or extension: how others refer to it."""
    return _make(Mark, "fragment", {"localId": local_id, "name": name})


def marked(node: _N, /, *marks: Mark) -> _N:
    """A block or picture with these marks."""
    _check("node", node, "a node of this module", _is(node, Node))
    for mark in marks:
        _check("marks", mark, "marks of this module", _is(mark, Mapping))
    return type(node)({**node, "marks": _List([*node.get("marks", ()), *marks])})


# Other nodes of a line


def hard_break() -> Inline:
    """A new line in the same block."""
    return _make(Inline, "hardBreak")


def mention(
    id: str,
    text: str | None = None,
    /,
    *,
    user_type: Literal["DEFAULT", "SPECIAL", "APP"] | None = None,
    access_level: str | None = None,
) -> Inline:
    """A person by account id; `text` is shown, such as `@Ann`."""
    return _make(Inline, "mention", {"id": id, "text": text, "userType": user_type, "accessLevel": access_level})


def _day(text: str) -> _date:
    try:
        # Later versions of Python take other spellings too.
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return _date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f'day: expected a day such as "2026-11-29", got {text!r}')


def date(day: _date | str, /) -> Inline:
    """A day, as a date or as text such as `2026-11-29`; of a datetime, the day that it is in UTC.

    Raises `ValueError` if a text is no day.
    """
    if isinstance(day, str):
        day = _day(day)
    _check("day", day, 'a date or a str such as "2026-11-29"', _is(day, _date))
    if isinstance(day, datetime):
        day = (day if day.tzinfo is None else day.astimezone(timezone.utc)).date()
    return _make(Inline, "date", {"timestamp": str((day - _date(1970, 1, 1)).days * 86_400_000)})


def status(
    text: str,
    color: Literal["neutral", "purple", "blue", "red", "yellow", "green"] | str = "neutral",
    /,
    *,
    style: str | None = None,
) -> Inline:
    """A lozenge: a word in one of six colours, or in `#rrggbb`."""
    return _make(Inline, "status", {"text": text, "color": color, "style": style})


def emoji(short_name: str, /, *, text: str | None = None, id: str | None = None) -> Inline:
    """An emoji by its name in colons, such as `:smile:`; `text` is the character."""
    return _make(Inline, "emoji", {"shortName": short_name, "id": id, "text": text})


def placeholder(text: str, /) -> Inline:
    """What is to be replaced."""
    return _make(Inline, "placeholder", {"text": text})


def inline_card(url: str | None = None, /, *, data: Mapping[str, Any] | None = None) -> Inline:
    """A smart link in a line, by address or by JSON-LD data."""
    return _make(Inline, "inlineCard", {"url": url, "data": data})


def inline_extension(
    extension_type: str,
    extension_key: str,
    /,
    *,
    parameters: Any = None,
    text: str | None = None,
    local_id: str | None = None,
) -> Inline:
    """An app's or macro's node in a line."""
    attrs = {"extensionType": extension_type, "extensionKey": extension_key}
    return _make(Inline, "inlineExtension", {**attrs, "parameters": parameters, "text": text, "localId": local_id})


def media_inline(
    id: str, collection: str = "", /, *, type: Literal["link", "file", "image"] | None = None, alt: str | None = None
) -> Inline:
    """A file in a line, by its media id."""
    return _make(Inline, "mediaInline", {"id": id, "collection": collection, "type": type, "alt": alt})


# Blocks


def doc(*content: Block) -> Doc:
    """A document."""
    return _make(Doc, "doc", content=content, version=1)


def paragraph(*content: str | Inline) -> Block:
    """A paragraph."""
    return _make(Block, "paragraph", content=content)


def heading(level: Literal[1, 2, 3, 4, 5, 6], /, *content: str | Inline) -> Block:
    """A heading."""
    return _make(Block, "heading", {"level": level}, content)


def list_item(*content: Block) -> ListItem:
    """An item: paragraphs, code, pictures, further lists."""
    return _make(ListItem, "listItem", content=content)


def _items(items: Iterable[str | Inline | ListItem]) -> list[ListItem]:
    return [item if isinstance(item, ListItem) else list_item(paragraph(item)) for item in items]


def bullet_list(*items: str | Inline | ListItem) -> Block:
    """A list; text is an item of one paragraph."""
    return _make(Block, "bulletList", content=_items(items))


def ordered_list(*items: str | Inline | ListItem, order: int | None = None) -> Block:
    """A numbered list, from `order` on; text is an item of one paragraph."""
    return _make(Block, "orderedList", {"order": order} if order is not None else None, _items(items))


def blockquote(*content: Block) -> Block:
    """A quotation: paragraphs, lists, code, pictures."""
    return _make(Block, "blockquote", content=content)


def code_block(code: str = "", language: str | None = None, /, *, wrap: bool | None = None) -> Block:
    """A block of code."""
    attrs = {"language": language, "wrap": wrap}
    return _make(Block, "codeBlock", attrs if language or wrap is not None else None, [code] if code else [])


def panel(
    panel_type: Literal["info", "note", "tip", "warning", "error", "success", "custom"],
    /,
    *content: Block,
    color: str | None = None,
    icon: str | None = None,
) -> Block:
    """A coloured box; `color` and `icon` are for `custom` ones."""
    return _make(Block, "panel", {"panelType": panel_type, "panelColor": color, "panelIcon": icon}, content)


def rule() -> Block:
    """A line across."""
    return _make(Block, "rule")


def table(
    *rows: Row,
    layout: Literal["default", "wide", "full-width", "center", "align-start", "align-end"] | None = None,
    width: float | None = None,
    numbered: bool | None = None,
    display_mode: Literal["default", "fixed"] | None = None,
) -> Block:
    """A table."""
    attrs = {"layout": layout, "width": width, "isNumberColumnEnabled": numbered, "displayMode": display_mode}
    return _make(Block, "table", attrs if any(value is not None for value in attrs.values()) else None, rows)


def table_row(*cells: Cell) -> Row:
    """A row."""
    return _make(Row, "tableRow", content=cells)


def _cell(kind: str, content: Sequence[str | Inline | Block], attrs: dict[str, Any]) -> Cell:
    blocks: list[Any] = []
    for item in content:
        blocks.append(item if isinstance(item, Block) else paragraph(item))
    given = attrs if any(value is not None for value in attrs.values()) else None
    return _make(Cell, kind, given, blocks or [paragraph()])


def table_cell(
    *content: str | Inline | Block,
    colspan: int | None = None,
    rowspan: int | None = None,
    colwidth: Sequence[int] | None = None,
    background: str | None = None,
    valign: Literal["top", "middle", "bottom"] | None = None,
) -> Cell:
    """A cell; text is a paragraph. `colwidth` has pixels for each column that it spans."""
    attrs = {"colspan": colspan, "rowspan": rowspan, "colwidth": colwidth, "background": background, "valign": valign}
    return _cell("tableCell", content, attrs)


def table_header(
    *content: str | Inline | Block,
    colspan: int | None = None,
    rowspan: int | None = None,
    colwidth: Sequence[int] | None = None,
    background: str | None = None,
    valign: Literal["top", "middle", "bottom"] | None = None,
) -> Cell:
    """A cell of a header row or column."""
    attrs = {"colspan": colspan, "rowspan": rowspan, "colwidth": colwidth, "background": background, "valign": valign}
    return _cell("tableHeader", content, attrs)


def expand(title: str, /, *content: Block) -> Block:
    """What is shown on a click."""
    return _make(Block, "expand", {"title": title}, content)


def nested_expand(title: str, /, *content: Block) -> Block:
    """The same in a table cell or another expand."""
    return _make(Block, "nestedExpand", {"title": title}, content)


def layout_section(*columns: Column) -> Block:
    """Two or three columns side by side."""
    return _make(Block, "layoutSection", content=columns)


def layout_column(width: float, /, *content: Block, valign: Literal["top", "middle", "bottom"] | None = None) -> Column:
    """A column; `width` in percent."""
    return _make(Column, "layoutColumn", {"width": width, "valign": valign}, content)


def task_list(*items: Task | TaskList, local_id: str = "") -> TaskList:
    """Tasks, and task lists below them."""
    return _make(TaskList, "taskList", {"localId": local_id}, items)


def task_item(*content: str | Inline, done: bool = False, local_id: str = "") -> Task:
    """A task: a line of text."""
    return _make(Task, "taskItem", {"localId": local_id, "state": "DONE" if done else "TODO"}, content)


def block_task_item(*content: Block, done: bool = False, local_id: str = "") -> Task:
    """A task of paragraphs and extensions."""
    return _make(Task, "blockTaskItem", {"localId": local_id, "state": "DONE" if done else "TODO"}, content)


def decision_list(*items: Decision, local_id: str = "") -> Block:
    """Decisions."""
    return _make(Block, "decisionList", {"localId": local_id}, items)


def decision_item(*content: str | Inline, state: str = "DECIDED", local_id: str = "") -> Decision:
    """A decision."""
    return _make(Decision, "decisionItem", {"localId": local_id, "state": state}, content)


def media(
    id: str,
    collection: str = "",
    /,
    *,
    type: Literal["file", "link"] = "file",
    alt: str | None = None,
    width: float | None = None,
    height: float | None = None,
) -> Media:
    """A file by its media id."""
    return _make(
        Media, "media", {"type": type, "id": id, "collection": collection, "alt": alt, "width": width, "height": height}
    )


def external_media(
    url: str, /, *, alt: str | None = None, width: float | None = None, height: float | None = None
) -> Media:
    """A picture by its address."""
    return _make(Media, "media", {"type": "external", "url": url, "alt": alt, "width": width, "height": height})


def media_single(
    media: Media,
    caption: Caption | None = None,
    /,
    *,
    layout: _Layout = "center",
    width: float | None = None,
    width_type: Literal["percentage", "pixel"] | None = None,
) -> Block:
    """A picture; `width` in percent, or in pixels if `width_type` says so."""
    content = [media] if caption is None else [media, caption]
    return _make(Block, "mediaSingle", {"layout": layout, "width": width, "widthType": width_type}, content)


def media_group(*media: Media) -> Block:
    """Files side by side."""
    return _make(Block, "mediaGroup", content=media)


def caption(*content: str | Inline) -> Caption:
    """The words below a picture."""
    return _make(Caption, "caption", content=content)


def block_card(
    url: str | None = None, /, *, data: Mapping[str, Any] | None = None, datasource: Mapping[str, Any] | None = None
) -> Block:
    """A smart link as a card, or a list of what a datasource finds."""
    return _make(Block, "blockCard", {"url": url, "data": data, "datasource": datasource})


def embed_card(url: str, /, *, layout: _Layout = "center", width: float | None = None) -> Block:
    """A smart link whose page is shown; `width` in percent."""
    return _make(Block, "embedCard", {"url": url, "layout": layout, "width": width})


def _extension(extension_type: str, extension_key: str, rest: dict[str, Any]) -> dict[str, Any]:
    return {"extensionType": extension_type, "extensionKey": extension_key, **rest}


def extension(
    extension_type: str,
    extension_key: str,
    /,
    *,
    parameters: Any = None,
    text: str | None = None,
    layout: Literal["wide", "full-width", "default"] | None = None,
    local_id: str | None = None,
) -> Block:
    """An app's or macro's block."""
    rest = {"parameters": parameters, "text": text, "layout": layout, "localId": local_id}
    return _make(Block, "extension", _extension(extension_type, extension_key, rest))


def bodied_extension(
    extension_type: str,
    extension_key: str,
    /,
    *content: Block,
    parameters: Any = None,
    text: str | None = None,
    layout: Literal["wide", "full-width", "default"] | None = None,
    local_id: str | None = None,
) -> Block:
    """The same with blocks inside."""
    rest = {"parameters": parameters, "text": text, "layout": layout, "localId": local_id}
    return _make(Block, "bodiedExtension", _extension(extension_type, extension_key, rest), content)


def sync_block(resource_id: str, local_id: str, /) -> Block:
    """What is kept elsewhere and shown here."""
    return _make(Block, "syncBlock", {"resourceId": resource_id, "localId": local_id})


def bodied_sync_block(resource_id: str, local_id: str, /, *content: Block) -> Block:
    """What is kept here and shown elsewhere."""
    return _make(Block, "bodiedSyncBlock", {"resourceId": resource_id, "localId": local_id}, content)
