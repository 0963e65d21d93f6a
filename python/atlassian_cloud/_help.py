"""Signatures and texts of operations and classes, from the catalog; read only when someone looks. The stub generator uses it too."""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import inspect
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from . import _native

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = dict[str, Any]


@cache
def catalog(product: str) -> Json:
    """Facts and prose of a product."""
    loaded: Json = json.loads(_native.catalog_json(product))
    return loaded


def annotation(product: str, ty: Any) -> str:
    """The Python type of a value that comes from the server."""
    if isinstance(ty, str):
        return {
            "str": "str",
            "int": "int",
            "float": "float",
            "bool": "bool",
            "datetime": "datetime",
            "date": "date",
            "epoch_ms": "datetime",
            "bytes": "bytes",
            "any": "Any",
            "object": "Model",
        }[ty]
    ((kind, inner),) = ty.items()
    if kind == "model":
        name: str = catalog(product)["facts"]["models"][inner]["name"]
        return name
    if kind == "list":
        return f"list[{annotation(product, inner)}]"
    return f"dict[str, {annotation(product, inner)}]"


def accepted(product: str, ty: Any, one_of: Sequence[str] = (), *, id: bool = False) -> str:
    """The Python type that an argument takes; the known values of an open enum stand in front of `str`.

    `id`: ids are text to one operation and numbers to another, and often come from a third.
    """
    if id and ty in ("str", "int"):
        return f"{accepted(product, ty, one_of)} | {'int' if ty == 'str' else 'str'}"
    if ty == "str" and one_of:
        return f"Literal[{', '.join(json.dumps(value) for value in one_of)}] | str"
    if isinstance(ty, str):
        return {
            "str": "str",
            "int": "int",
            "float": "float",
            "bool": "bool",
            "bytes": "File",
            "datetime": "datetime | str",
            "date": "date | str",
            "epoch_ms": "datetime | int",
            "any": "Any",
            "object": "Mapping[str, Any] | Model",
        }[ty]
    ((kind, inner),) = ty.items()
    if kind == "model":
        return f"Mapping[str, Any] | {annotation(product, ty)}"
    if kind == "list":
        return f"Sequence[{accepted(product, inner, one_of, id=id)}]"
    return f"Mapping[str, {accepted(product, inner)}]"


def bodies(product: str) -> set[int]:
    """Models that may stand in a body, and those inside of them."""
    params = (
        param["ty"]
        for service in catalog(product)["facts"]["services"]
        for operation in service["operations"]
        for param in operation["params"]
        if param["place"] in ("body", "wholebody", "part")
    )
    return _reached(product, params)


def answers(product: str) -> set[int]:
    """Models that may be answered, and those inside of them."""
    operations = (o for service in catalog(product)["facts"]["services"] for o in service["operations"])
    return _reached(product, (operation["returns"] for operation in operations))


def _reached(product: str, types: Iterable[Any]) -> set[int]:
    models = catalog(product)["facts"]["models"]
    waiting: list[Any] = list(types)
    found: set[int] = set()
    while waiting:
        ty = waiting.pop()
        if not ty or isinstance(ty, str):
            continue
        ((kind, inner),) = ty.items()
        if kind != "model":
            waiting.append(inner)
        elif inner not in found:
            found.add(inner)
            waiting += [field["ty"] for field in models[inner]["fields"]]
    return found


def body_type(product: str, name: str) -> Any:
    """The `TypedDict` of a model that may stand in a body, `ScimNameDict` of `ScimName`; None if there is none."""
    import typing

    models = catalog(product)["facts"]["models"]
    index = next((index for index in bodies(product) if f"{models[index]['name']}Dict" == name), None)
    if index is None:
        return None
    # Made by name: checkers know its types from the stub.
    make: Any = typing.TypedDict
    made = make(name, {field["key"]: Any for field in models[index]["fields"]}, total=False)
    made.__module__ = f"atlassian_cloud.{product}"
    return made


def takes_markdown(product: str, path: str, param: Json) -> bool:
    """Whether `Markdown` may be given for a parameter whose type does not take everything anyway."""
    loaded = catalog(product)["facts"]
    formats = [form for start, form in loaded["rich_text"] if path.startswith(start)]
    if param["place"] not in ("body", "wholebody") or "storage" not in formats:
        return False
    if isinstance(param["ty"], str) or "model" not in param["ty"]:
        return False
    return any(field["key"] == "storage" for field in loaded["models"][param["ty"]["model"]]["fields"])


class Parameter:
    """One parameter of a method, as Python sees it."""

    def __init__(self, name: str, accepts: str, *, required: bool, positional: bool, doc: str) -> None:
        self.name, self.accepts, self.required, self.positional, self.doc = name, accepts, required, positional, doc


def parameters(product: str, service: int, operation: int) -> list[Parameter]:
    """Every parameter of an operation, in the order of its signature."""
    facts = catalog(product)["facts"]["services"][service]["operations"][operation]
    prose = catalog(product)["prose"]["services"][service]["operations"][operation]
    contexts = catalog(product)["facts"]["contexts"]
    found: list[Parameter] = []
    for param, doc in zip(facts["params"], prose["params"], strict=True):
        accepts = accepted(product, param["ty"], param["one_of"], id=param["id"])
        if param["ty"] == "epoch_ms" and param["place"] != "path":
            doc = f"{doc} A number is milliseconds since 1970.".strip()
        if takes_markdown(product, facts["path"], param):
            accepts = f"{accepts} | Markdown"
        context = param["context"] is not None
        positional = param["positional"]
        required = param["required"] and not context
        if not required:
            # None is null in a body; anywhere else it is the same as leaving the argument out.
            accepts = f"{accepts} | None"
        if context:
            doc = f"{doc} Left out: the client's `{contexts[param['context']]['argument']}`.".strip()
        if param["one_of"]:
            doc = f"{doc} Known values: {', '.join(param['one_of'])}.".strip()
        found.append(Parameter(param["name"], accepts, required=required, positional=positional, doc=doc))
    paging = facts["paging"]
    if paging:
        if paging["size"]:
            found.append(
                Parameter(
                    "page_size",
                    "int | None",
                    required=False,
                    positional=False,
                    doc="Items that the server sends at a time.",
                )
            )
        found.append(
            Parameter("limit", "int | None", required=False, positional=False, doc="Items in all; left out: every one.")
        )
        if paging["partition"]:
            found.append(
                Parameter(
                    "partitions",
                    "int | None",
                    required=False,
                    positional=False,
                    doc="Splits the search in so many parts by date of creation and reads them side by side: several times as fast "
                    "where there are many pages. Items come in no order.",
                )
            )
        if paging["strategy"] != "single-array":
            found.append(
                Parameter(
                    "cursor",
                    "str | None",
                    required=False,
                    positional=False,
                    doc="Goes on where an earlier listing's `.cursor` was.",
                )
            )
    found.append(
        Parameter(
            "extra_query", "Mapping[str, Any] | None", required=False, positional=False, doc="Further query parameters."
        )
    )
    found.append(
        Parameter("extra_headers", "Mapping[str, str] | None", required=False, positional=False, doc="Further headers.")
    )
    found.append(
        Parameter(
            "extra_body",
            "Mapping[str, Any] | None",
            required=False,
            positional=False,
            doc="Further top-level fields of the body.",
        )
    )
    # Positional first, then required keywords, then optional ones.
    return sorted(found, key=lambda p: (not p.positional, not p.required))


def returned(product: str, service: int, operation: int, awaiting: bool, view: str) -> str:
    """The return annotation, without the awaiting around it."""
    facts = catalog(product)["facts"]["services"][service]["operations"][operation]
    whole = "None" if facts["returns"] is None else annotation(product, facts["returns"])
    if facts["optional"]:
        whole += " | None"
    if view == "raw":
        return f"RawResponse[{whole}]"
    if view == "streaming":
        return "AsyncDownload" if awaiting else "Download"
    if facts["paging"]:
        return f"{'Async' if awaiting else ''}Paginator[{annotation(product, facts['paging']['item'])}]"
    return whole


def is_coroutine(product: str, service: int, operation: int, awaiting: bool, view: str) -> bool:
    """Whether the result is awaited; a paginator is not."""
    facts = catalog(product)["facts"]["services"][service]["operations"][operation]
    return awaiting and (bool(view) or not facts["paging"])


def signature(product: str, service: int, operation: int, awaiting: bool, view: str) -> inspect.Signature:
    """The signature of a bound operation."""
    kinds = {True: inspect.Parameter.POSITIONAL_OR_KEYWORD, False: inspect.Parameter.KEYWORD_ONLY}
    found = [
        inspect.Parameter(
            p.name,
            kinds[p.positional],
            default=inspect.Parameter.empty if p.required else _native.NOT_GIVEN,
            annotation=p.accepts,
        )
        for p in parameters(product, service, operation)
    ]
    result = returned(product, service, operation, awaiting, view)
    if is_coroutine(product, service, operation, awaiting, view):
        result = f"Awaitable[{result}]"
    return inspect.Signature(found, return_annotation=result)


def unbound_signature(product: str, service: int, operation: int, awaiting: bool, view: str) -> inspect.Signature:
    """The same with `self` in front."""
    bound = signature(product, service, operation, awaiting, view)
    this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    return bound.replace(parameters=[this, *bound.parameters.values()])


def operation_doc(product: str, service: int, operation: int, awaiting: bool, view: str) -> str:
    """The docstring of an operation."""
    loaded = catalog(product)
    facts = loaded["facts"]["services"][service]["operations"][operation]
    prose = loaded["prose"]["services"][service]["operations"][operation]
    lines = [prose["summary"], ""]
    if facts["deprecated"]:
        lines += [deprecation(facts["deprecated"]), ""]
    if prose["details"]:
        lines += [prose["details"].strip(), ""]
    described = [p for p in parameters(product, service, operation) if p.doc and not p.name.startswith("extra_")]
    if described:
        lines.append("Args:")
        lines += [f"    {p.name}: {p.doc}" for p in described]
        lines.append("")
    result = returned(product, service, operation, awaiting, view)
    if result != "None":
        lines += ["Returns:", f"    {result}", ""]
    if facts["hints"]:
        lines.append("Raises:")
        lines += [f"    {_ERRORS.get(status, 'ApiError')}: {status}: {hint}" for status, hint in facts["hints"]]
        lines.append("")
    lines += [f"{facts['method']} {facts['path']}", prose["docs"]]
    return "\n".join(lines)


_ERRORS = {
    "400": "BadRequestError",
    "401": "AuthenticationError",
    "403": "PermissionDeniedError",
    "404": "NotFoundError",
    "409": "ConflictError",
    "410": "GoneError",
    "429": "RateLimitError",
}


def deprecation(facts: Json) -> str:
    """One sentence about an operation's end."""
    verb = "Removed by Atlassian" if facts["gone"] else "Deprecated by Atlassian"
    when = (f" on {facts['date']}" if facts["gone"] else f", ends on {facts['date']}") if facts["date"] else ""
    instead = f"; use `{facts['successor']}`" if facts["successor"] else ""
    return f"{verb}{when}{instead}."


def service_doc(product: str, service: int) -> str:
    """The docstring of a service."""
    loaded = catalog(product)
    facts, prose = loaded["facts"]["services"][service], loaded["prose"]["services"][service]
    names = ", ".join(operation["name"] for operation in facts["operations"])
    return "\n\n".join(
        part for part in (prose["summary"], f"Operations: {names}." if names else "", prose["docs"]) if part
    )


def model_doc(product: str, model: int) -> str:
    """The docstring of a model."""
    loaded = catalog(product)
    summary: str = loaded["prose"]["models"][model]["summary"]
    return summary


def field_doc(product: str, model: int, field: int) -> str:
    """The docstring of a model's attribute."""
    loaded = catalog(product)
    facts = loaded["facts"]["models"][model]["fields"][field]
    doc: str = loaded["prose"]["models"][model]["fields"][field]
    optional = "" if facts["required"] else " | None"
    known = f"Known values: {', '.join(facts['one_of'])}." if facts["one_of"] else ""
    key = f"Wire key `{facts['key']}`." if facts["key"] != facts["name"] else ""
    return " ".join(part for part in (f"{annotation(product, facts['ty'])}{optional}.", doc, known, key) if part)
