"""How a listing goes on from page to page, guessed from the shape of its parameters and its page."""

from __future__ import annotations

from .shapes import Field, Many, Model, Operation, Type

Paging = dict[str, str]
# Where pages keep their items, if they have more lists than one.
ITEMS = ("values", "results", "data", "items", "issues")


def paging(operation: Operation) -> Paging | None:
    """The catalog's `paging`, or none. The parameters that it takes over are no longer the operation's own."""
    for place, params in (("", operation.query), ("body", operation.body)):
        if not isinstance(params, list):
            continue
        found = _strategy({one.key for one in params}, operation.returns)
        if found is None:
            continue
        cursor, size = found.get("cursor", "startAt"), found.get("size", "maxResults")
        taken = {cursor, size, *(("page",) if found["strategy"] == "link" else ())}
        params[:] = [one for one in params if one.key not in taken]
        if found["strategy"] == "offset":
            # What the strategy assumes by itself.
            found = {key: value for key, value in found.items() if (key, value) not in DEFAULTS}
        return {**found, "place": place} if place else found
    return None


DEFAULTS = {("cursor", "startAt"), ("size", "maxResults")}


def _strategy(sent: set[str], page: Type | None) -> Paging | None:
    fields = {one.key: one for one in page.fields} if isinstance(page, Model) else {}
    items = _items(list(fields.values()))
    bare = isinstance(page, Many) and page.head == "list"
    if not items and not bare:
        return None

    def present(**keys: str) -> Paging:
        return {name: key for name, key in keys.items() if key in fields}

    def offset(cursor: str, size: str, last: str) -> Paging:
        place = {"items": items} if items else {}
        return {"strategy": "offset", "cursor": cursor, "size": size, **place, **present(last=last, total="total")}

    def size(*names: str) -> str:
        return next((name for name in names if name in sent), "")

    if {"startAt", "maxResults"} <= sent:
        return offset("startAt", "maxResults", "isLast")
    if "cursor" in sent and _next_link(fields):
        return {"strategy": "cursor-link", "items": items, "next": "_links.next", "size": size("limit")}
    if {"start", "limit"} <= sent:
        return offset("start", "limit", "isLastPage")
    if {"offset", "limit"} <= sent:
        return offset("offset", "limit", "isLast")
    if not items:
        return None
    if "nextPageToken" in sent and "nextPageToken" in fields:
        return {
            "strategy": "token",
            "cursor": "nextPageToken",
            "size": size("maxResults"),
            "items": items,
            "next": "nextPageToken",
            **present(last="isLast"),
        }
    if "since" in sent and "lastPage" in fields:
        return {"strategy": "since", "items": items}
    if "after" in sent and "next" in fields:
        return {"strategy": "cursor-link", "cursor": "after", "items": items, "next": "next", "size": size("limit")}
    if "values" in fields and "next" in fields:
        return {"strategy": "link", "items": "values", "next": "next", "size": "pagelen"}
    return None


def _items(fields: list[Field]) -> str:
    """The one list of a page, or the one that bears the usual name."""
    lists = [one.key for one in fields if isinstance(one.type, Many) and one.type.head == "list"]
    if len(lists) == 1:
        return lists[0]
    return next((name for name in ITEMS if name in lists), "")


def _next_link(fields: dict[str, Field]) -> bool:
    links = fields.get("_links")
    if links is None:
        return False
    return not isinstance(links.type, Model) or any(one.key == "next" for one in links.type.fields)
