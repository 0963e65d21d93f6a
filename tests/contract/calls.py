"""Makes every call once, and keeps what was asked, sent and answered for the tests to look at."""

from __future__ import annotations

import asyncio
import json
import re
import warnings
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs, urlsplit

import atlassian_cloud
from atlassian_cloud import Model, RawResponse, _native
from atlassian_cloud.sandbox import RecordedRequest, Sandbox

from .arguments import Arguments, Variant, World, variants
from .facts import CATALOGS, OPERATIONS, Json, Operation, models


@dataclass(frozen=True)
class Case:
    """A variant of an operation, called from one side."""

    variant: Variant
    awaiting: bool

    @property
    def operation(self) -> Operation:
        return self.variant.operation

    def __str__(self) -> str:
        return f"{self.operation.name}-{self.variant.kind}-{'async' if self.awaiting else 'sync'}"


CASES: list[Case] = [
    Case(variant, awaiting) for operation in OPERATIONS for variant in variants(operation) for awaiting in (False, True)
]
BY_OPERATION: dict[str, list[Case]] = {
    name: list(cases) for name, cases in groupby(CASES, lambda case: case.operation.name)
}


@dataclass
class Exchange:
    """One call, typed and raw, each in a fresh sandbox."""

    case: Case
    keywords: Arguments
    request: RecordedRequest
    result: Any
    """What the typed method returned; of a listing a list, of the first item or of the first page."""
    error: Exception | None
    raw_request: RecordedRequest
    raw: RawResponse | None


# Cursors that are numbers; any text will do elsewhere.
OPAQUE = {"offset": "1", "page": "2", "since": "1767323045678"}


class Caller:
    """A sandbox with clients of each kind."""

    def __init__(self) -> None:
        self.box = Sandbox(examples=True)
        self.clients = {product: self._client(product, "") for product in CATALOGS}
        self.awaiting = {product: self._client(product, "Async") for product in CATALOGS}
        self.admin = self.clients["admin"]
        self.world = World(self.box, self.admin)
        self.loop = asyncio.new_event_loop()
        self.kept: dict[Case, Exchange] = {}

    def _client(self, product: str, prefix: str) -> Any:
        facts = CATALOGS[product]["facts"]
        # What a client would look up by itself, so that a call is one request; the box tells that of Admin.
        told = {context["argument"]: f"{context['argument']}-1" for context in facts["contexts"] if product != "admin"}
        return self.box.client(getattr(atlassian_cloud, prefix + facts["client"]), max_retries=0, **told)

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        for client in self.awaiting.values():
            self.loop.run_until_complete(client.close())
        self.loop.close()
        self.box.close()

    def exchange(self, case: Case) -> Exchange:
        if case not in self.kept:
            self.kept[case] = self._make(case)
        return self.kept[case]

    def _make(self, case: Case) -> Exchange:
        operation = case.operation
        client: Any = (self.awaiting if case.awaiting else self.clients)[operation.product]
        kept: list[Any] = []
        keywords: Arguments = {}
        error: Exception | None = None
        for face in (client, client.with_raw_response):
            self.box.reset()
            # So long that two calls find their tasks at the same step.
            self.box.tasks.duration = 3600
            positional, keywords = case.variant.arguments(self.world, self.world.prepare(operation.name))
            if case.variant.kind == "resumed":
                keywords["cursor"] = self._cursor(operation, positional, keywords)
            before = len(self.box.requests)
            result: Any = None
            try:
                with warnings.catch_warnings():
                    if operation.facts["deprecated"]:
                        # Once per process, and not the matter here.
                        warnings.simplefilter("ignore", DeprecationWarning)
                    result = operation.bound(face)(*positional, **keywords)
                if not operation.paging or face is not client:
                    result = self.loop.run_until_complete(_awaited(result)) if case.awaiting else result
                else:
                    whole = case.variant.full
                    result = (
                        self.loop.run_until_complete(_begin_awaited(result, whole))
                        if case.awaiting
                        else _begin(result, whole)
                    )
            except Exception as caught:  # The tests say which may be.
                result, error = None, caught
            sent = self.box.requests[before:]
            if sent and sent[0].status == 303:
                # The caller is sent to where the status of a long task is told.
                del sent[1:2]
            assert len(sent) == 1, f"{case}: {len(sent)} requests instead of one; {error!r}"
            kept += [sent[0], result]
        return Exchange(case, keywords, kept[0], kept[1], error, kept[2], kept[3])

    def _cursor(self, operation: Operation, positional: list[Any], keywords: Arguments) -> str:
        """A cursor that leads on. A page without items has one, however short the listing."""
        assert operation.paging is not None
        if operation.product != "admin":
            cursor = OPAQUE.get(operation.paging["strategy"], "opaque")
            return f"{operation.paging['cursor']}=1" if operation.paging["strategy"] == "link" else cursor
        if operation.paging["strategy"] == "scim-index":
            return "1"
        if operation.gone:
            return "opaque"
        self.box.empty_page()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            page = json.loads(operation.bound(self.admin.with_raw_response)(*positional, **keywords).content)
        for step in operation.paging["next"].split("."):
            page = page[step]
        return parse_qs(urlsplit(page).query)["cursor"][0] if "://" in page else page


async def _awaited(coroutine: Any) -> Any:
    return await coroutine


def _begin(listing: Any, whole: bool) -> list[Any]:
    """The first page, or the first item alone."""
    return next(iter(listing.pages()), []) if whole else listing.to_list(limit=1)


async def _begin_awaited(listing: Any, whole: bool) -> list[Any]:
    if not whole:
        return await listing.to_list(limit=1)
    async for page in listing.pages():
        return page
    return []


TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "bytes": (bytes,),
}


def misfit(product: str, ty: Any, value: Any) -> str:
    """How a result misses its declared type; empty when it fits."""
    if ty is None:
        return "" if value is None else f"expected None, got {value!r}"
    if isinstance(ty, str):
        if ty == "any":
            return ""
        if ty == "object":
            return "" if type(value) is Model else f"expected a bare Model, got {value!r}"
        return "" if isinstance(value, TYPES[ty]) else f"expected {ty}, got {value!r}"
    ((kind, inner),) = ty.items()
    if kind == "model":
        cls = _native.find_class(product, models(product)[inner]["name"])
        return "" if type(value) is cls else f"expected {cls.__name__}, got {value!r}"
    if not isinstance(value, list if kind == "list" else dict):
        return f"expected a {kind}, got {value!r}"
    return next(
        filter(None, (misfit(product, inner, one) for one in (value if kind == "list" else value.values()))), ""
    )


def decoded(operation: Operation, value: Any) -> Any:
    """JSON as the method of an operation returns it."""
    ty = operation.facts["returns"]
    if not isinstance(value, (dict, list)):
        return value
    if isinstance(value, list):
        ty = ty["list"] if isinstance(ty, dict) and "list" in ty else "any"
        return [made(operation.product, ty, one) for one in value]
    return made(operation.product, ty, value)


def made(product: str, ty: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    name = (product, models(product)[ty["model"]]["name"]) if isinstance(ty, dict) and "model" in ty else None
    return _native.rebuild_model(name, json.dumps(value).encode())


def plain(value: Any) -> Any:
    """Results as JSON has them."""
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+Z|1[6-9]\d{11}")


def timeless(value: Any) -> Any:
    """The value without the moments at which two calls were made."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items()}
    if isinstance(value, list):
        return [timeless(one) for one in value]
    text = str(value) if isinstance(value, (str, int)) else ""
    return "<time>" if _TIME.fullmatch(text) else value


def models_in(value: Any) -> list[Model]:
    """Every model of a result, not those inside models."""
    if isinstance(value, Model):
        return [value]
    return [model for one in value for model in models_in(one)] if isinstance(value, list) else []


def at(page: Json, path: str) -> Any:
    for step in path.split(".") if path else ():
        page = page[step]
    return page
