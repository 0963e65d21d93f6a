"""How a listing goes on from page to page, guessed from the shape of its parameters and its page."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .shapes import Many, Model, Operation, Type

Paging = dict[str, str]

# Cursor and size of the strategies where an entry does not name them; see catalog/README.md.
ASSUMED = {
    "cursor-link": ("cursor", ""),
    "cursor-data": ("cursor", "limit"),
    "cursor-size": ("cursor", "pageSize"),
    "scim-index": ("startIndex", "count"),
    "offset": ("startAt", "maxResults"),
    "token": ("nextPageToken", "maxResults"),
    "link": ("page", "pagelen"),
    "since": ("since", ""),
    "page": ("page", ""),
}
# Where pages keep their items if they have several lists.
ITEMS = ("values", "issueTypes", "fields", "results", "data", "issues")


def assumed(entry: Mapping[str, str]) -> set[str]:
    """Parameters that an operation's paging stands for, so that its entry does not name them."""
    cursor, size = ASSUMED.get(entry.get("strategy", ""), ("", ""))
    return {entry.get("cursor", cursor), entry.get("size", size)}


def propose(operation: Operation) -> Paging | None:
    """The `paging` of a new operation, if it has any."""
    for place in ("query", "body"):
        params = getattr(operation, place)
        if isinstance(params, list) and (found := _strategy({one.key for one in params}, operation.returns)):
            return {**found, "place": place} if place == "body" else found
    return None


def looks_paged(operation: Operation) -> bool:
    """Whether an operation has parameters that usually go with pages."""
    sent = {one.key for of in (operation.query, operation.body) if isinstance(of, list) for one in of}
    return bool(sent & {"startAt", "start", "cursor", "nextPageToken", "pagelen"})


def _strategy(sent: Collection[str], page: Type | None) -> Paging | None:
    if isinstance(page, Many):
        return _offset(sent, {}, "") if page.head == "list" else None
    if not isinstance(page, Model):
        return None
    fields = {one.key: one.type for one in page.fields}
    if found := _of_page(sent, fields):
        return found
    # Some pages lie one field deeper.
    for outer, inner in fields.items():
        if isinstance(inner, Model) and (found := _of_page(sent, {one.key: one.type for one in inner.fields})):
            inside = ("items", "next", "last", "total")
            return {key: f"{outer}.{value}" if key in inside else value for key, value in found.items()}
    return None


def _of_page(sent: Collection[str], fields: Mapping[str, Type]) -> Paging | None:
    items = _items(fields)
    if not items:
        return None
    if found := _offset(sent, fields, items):
        return found
    if "cursor" in sent and _has_next(fields.get("_links")):
        return {"strategy": "cursor-link", "items": items, "next": "_links.next", "size": _first(sent, "limit")}
    if "after" in sent and "next" in fields:
        size = _first(sent, "limit")
        return {"strategy": "cursor-link", "cursor": "after", "items": items, "next": "next", "size": size}
    for cursor, following in (("nextPageToken", "nextPageToken"), ("cursor", "nextPageCursor")):
        if cursor in sent and following in fields:
            size = _first(sent, "maxResults")
            ends = _present(fields, last="isLast") or _present(fields, last="last")
            return {"strategy": "token", "cursor": cursor, "size": size, "items": items, "next": following, **ends}
    if "since" in sent and "lastPage" in fields:
        return {"strategy": "since", "items": items}
    if items == "values" and "next" in fields:
        return {"strategy": "link", "items": items, "next": "next", "size": "pagelen"}
    return None


def _offset(sent: Collection[str], fields: Mapping[str, Type], items: str) -> Paging | None:
    """Pages that begin at a number."""
    place = {"items": items} if items else {}
    if {"startAt", "maxResults"} <= set(sent):
        return {"strategy": "offset", **place, **_present(fields, last="isLast", total="total")}
    # Where a cursor is offered too, it is the one that lasts.
    for cursor in ("start", "offset"):
        if {cursor, "limit"} <= set(sent) and "cursor" not in sent:
            ends = _present(fields, last="isLastPage", total="total")
            return {"strategy": "offset", "cursor": cursor, "size": "limit", **place, **ends}
    return None


def _items(fields: Mapping[str, Type]) -> str:
    """The one list of a page, or the one that bears the usual name."""
    lists = [key for key, kind in fields.items() if isinstance(kind, Many) and kind.head == "list"]
    return lists[0] if len(lists) == 1 else _first(lists, *ITEMS)


def _has_next(links: Type | None) -> bool:
    if isinstance(links, Model):
        return any(one.key == "next" for one in links.fields)
    return links is not None


def _present(fields: Collection[str], **keys: str) -> Paging:
    return {name: key for name, key in keys.items() if key in fields}


def _first(among: Collection[str], *names: str) -> str:
    return next((name for name in names if name in among), "")
