"""The engine, in Rust. Private: what is public stands in the package root."""

from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from datetime import timedelta
from types import GenericAlias
from typing import Any, ClassVar, Generic, TypeAlias, final

# None of these need be installed: what a checker does not find is Any.
import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]
import polars  # type: ignore[import-untyped,import-not-found,unused-ignore]  # pyright: ignore[reportMissingImports]
import pyarrow  # type: ignore[import-untyped,import-not-found,unused-ignore]  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]
from typing_extensions import Self, TypeVar, disjoint_base

__all__ = [
    "NOT_GIVEN",
    "AsyncPageIterator",
    "AsyncPaginator",
    "BoundOperation",
    "Checkpoint",
    "Client",
    "Coroutine",
    "Download",
    "Field",
    "Markdown",
    "Model",
    "NotGiven",
    "Operation",
    "PageIterator",
    "Paginator",
    "RawResponse",
    "Sandbox",
    "Service",
    "TokenOrder",
    "TokenSource",
    "__version__",
    "adf_to_html",
    "adf_to_markdown",
    "adf_to_storage",
    "adf_to_text",
    "catalog_json",
    "check_value",
    "class_names",
    "find_class",
    "markdown_to_adf",
    "markdown_to_storage",
    "oauth",
    "open_token_orders",
    "products",
    "rebuild_model",
    "root_services",
    "storage_to_adf",
    "storage_to_markdown",
    "task_facts",
    "token_orders",
    "validate_adf",
    "wiki_to_adf",
    "wiki_to_markdown",
]

_T = TypeVar("_T", default=Any)
# Segments with dots between them, or one by one.
_Path: TypeAlias = str | tuple[str, ...]
# Paths, or names of columns with a path each.
_Columns: TypeAlias = list[str] | list[_Path] | tuple[_Path, ...] | Mapping[str, _Path]

__version__: str

# A value of every type: it may be given for any parameter, and is the default of all that may be left out.
@final
class NotGiven(Any):  # type: ignore[misc]
    """Stands in signatures for "nothing was given"; its repr is `...`."""

    def __bool__(self) -> bool: ...

NOT_GIVEN: NotGiven

def products() -> list[str]:
    """Names of the products in the catalog."""

def catalog_json(product: str) -> str:
    """Facts and prose of a product as JSON: for help, the generator and tests."""

def oauth(product: str) -> tuple[str, str]:
    """Where OAuth tokens of a product come from: address, and how an application proves who it is."""

def open_token_orders() -> int:
    """Open the list of orders for this process; return the file descriptor on which each is announced by a byte."""

def token_orders() -> list[TokenOrder]:
    """Take the orders that wait."""

@final
class TokenSource:
    """Where the tokens of clients come from: a function of Python."""

    def __new__(cls, fetch: Callable[[str | None], tuple[str, float | None]], saves: bool) -> Self: ...
    def forget(self) -> None:
        """Fetch before the next call, whatever is held."""

@final
class TokenOrder:
    """An order on its way to the thread that carries it out."""

    @property
    def fetch(self) -> Callable[[str | None], tuple[str, float | None]]: ...
    @property
    def saves(self) -> bool:
        """Whether a program that ends has to wait for it."""
    @property
    def refused(self) -> str | None:
        """The token that a server refused, if that is the reason."""
    def settle(self, text: str, ends: float | None) -> None:
        """Hand what was fetched to those who wait."""
    def fail(self, fault: BaseException) -> None:
        """Give up, with an exception for those who wait."""

def root_services(product: str, view: str) -> list[tuple[str, int]]:
    """Services that hang on the client itself, or on a view of it: (name, index)."""

def class_names(product: str) -> list[str]:
    """Names of all classes of a product."""

def task_facts(product: str, model: str) -> str | None:
    """How the work goes on that an answer of this model tells of, as JSON; None if it tells of none."""

def find_class(product: str, name: str) -> type[Model] | type[Service] | None:
    """A class of a product by name, or None."""

def rebuild_model(class_: tuple[str, str] | None, json: bytes, /) -> Model:
    """Unpickles a model. One whose class this version no longer has becomes a bare one."""

def check_value(value: Any, label: str, markdown: bool) -> None:
    """Refuse what no body holds, as sending it would; `label` leads the complaint, `markdown`: whether `Markdown` is taken."""

@final
class Client:
    """The private handle behind the Python clients."""

    def __new__(
        cls,
        product: str,
        given: dict[str, Any],
        gateway: bool,
        options: dict[str, Any],
    ) -> Self: ...
    @staticmethod
    def of_server(base_url: str, source: TokenSource | None, options: dict[str, Any]) -> Client:
        """A client for free requests alone, of a server that belongs to no product."""
    @property
    def base_url(self) -> str: ...
    @property
    def timeout(self) -> float:
        """Seconds that a whole call may take."""
    def with_options(self, options: dict[str, Any]) -> Client:
        """A copy with other per-call settings that shares the connections."""
    def service(self, index: int, awaiting: bool, view: str) -> Service: ...
    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        json: Any,
        headers: Mapping[str, str] | None,
        awaiting: bool,
        view: str,
    ) -> Any: ...
    def post_form(
        self,
        path: str,
        fields: dict[str, str],
        headers: Mapping[str, str] | None,
        repeatable: bool,
    ) -> Any:
        """POST a form without the client's credential; `repeatable` if a second one does no harm."""
    def close(self) -> None: ...

@disjoint_base
class Model:
    """One object that the server sent, read lazily. Attributes are snake_case and typed; `[]`, `in`, `get`, `len` and
    iteration go by wire key, values as sent. Immutable; compared by value.
    """

    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __new__(cls, *_args: object, **_kwargs: object) -> Self: ...
    def __getitem__(self, key: str, /) -> Any: ...
    def get(self, key: str, default: Any = None, /) -> Any:
        """The value of a wire key as sent, or `default`."""
    def __contains__(self, key: object, /) -> bool: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __dir__(self) -> list[str]: ...
    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars: exactly what the server sent."""
    def to_json(self) -> str:
        """The same as JSON text, numbers and escapes as sent."""
    def detach(self) -> Self:
        """The same value in memory of its own: lets go of the page that it came with."""
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, _memo: object, /) -> Self: ...

@final
class Field:
    """One declared field of a model class: a typed, lazy attribute."""

    def __get__(self, instance: object, owner: type | None = None, /) -> Any: ...
    def __set__(self, instance: object, value: object, /) -> None: ...
    def __delete__(self, instance: object, /) -> None: ...
    @property
    def __name__(self) -> str: ...

@disjoint_base
class Service:
    """A group of operations of a client."""

    def __new__(cls, *_args: object, **_kwargs: object) -> Self: ...

@final
class Operation:
    """An operation as its service's class holds it."""

    def __get__(self, instance: object, owner: type | None = None, /) -> Any: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    @property
    def __name__(self) -> str: ...
    @property
    def __qualname__(self) -> str: ...
    @property
    def __signature__(self) -> Any: ...

@final
class BoundOperation:
    """An operation on a client: `admin.users.get`."""

    def __get__(self, instance: object, owner: type | None = None, /) -> Self: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    @property
    def __self__(self) -> Service: ...
    @property
    def __name__(self) -> str: ...
    @property
    def __qualname__(self) -> str: ...
    @property
    def __signature__(self) -> Any: ...

@final
class Paginator(Generic[_T]):
    """Pages of a listing as one run of items, fetched as they are read."""

    def __class_getitem__(cls, key: Any) -> GenericAlias: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> _T: ...
    def pages(self) -> PageIterator[_T]:
        """The pages one by one, each a list of items."""
    def first(self) -> _T | None:
        """The next item, or None when there is none."""
    def to_list(self, *, limit: int | None = None) -> list[_T]:
        """All remaining items, or the next `limit`. Should a page fail, those that came before it can still be read."""
    def to_columns(self, columns: _Columns | None = None, *, limit: int | None = None) -> dict[str, list[Any]]:
        """All remaining items, or the next `limit`, as a list of values per column.

        `columns` names dotted paths of attributes or wire keys ("fields.status.name"), or maps names of columns to such paths;
        without it, all declared fields are columns. A list on the way gives a list, a whole number takes an element of it.
        A tuple of parts is a path too, for keys with dots. What is missing or null is None; objects are dicts. A column that
        nobody declared and no item has brings a UserWarning. Should a page fail, the rows before it are kept: call again with
        the same columns, for until then nothing else can be read.

        Raises TypeError or ValueError for columns that cannot be, before anything is sent.
        """
    def to_pandas(self, columns: _Columns | None = None, *, limit: int | None = None) -> pandas.DataFrame:
        """All remaining items, or the next `limit`, as a `pandas.DataFrame`; `columns` as for `to_columns`.

        Types do not depend on the data: Int64, boolean, float64, str, datetime64 in UTC, object for lists and objects. Values
        that do not fit the declared type are missing, with a warning.

        Raises ImportError where pandas is not installed, before anything is sent.
        """
    def to_polars(self, columns: _Columns | None = None, *, limit: int | None = None) -> polars.DataFrame:
        """All remaining items, or the next `limit`, as a `polars.DataFrame`; `columns` as for `to_columns`.

        Types do not depend on the data; moments are in UTC, objects are JSON text. Values that do not fit the declared type
        are null, with a warning.

        Raises ImportError where polars is not installed, before anything is sent.
        """
    def to_arrow(self, columns: _Columns | None = None, *, limit: int | None = None) -> pyarrow.Table:  # pyright: ignore[reportUnknownMemberType]
        """All remaining items, or the next `limit`, as a `pyarrow.Table`; `columns` as for `to_columns`.

        Types do not depend on the data; moments are in UTC, objects are JSON text. Values that do not fit the declared type
        are null, with a warning.

        Raises ImportError where pyarrow is not installed, before anything is sent.
        """
    @property
    def total(self) -> int | None:
        """How many items there are in all, where the server tells; None until the first page has come."""
    @property
    def cursor(self) -> str | None:
        """Names the page being read: `cursor=` of a later call goes on from there. None on the first page and at the
        end. While rows gathered for a table wait, names the page of the first.
        """

@final
class PageIterator(Generic[_T]):
    """The pages of a listing."""

    def __class_getitem__(cls, key: Any) -> GenericAlias: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> list[_T]: ...

@final
class AsyncPaginator(Generic[_T]):
    """Pages of a listing as one run of items for `async for`, fetched as they are read."""

    def __class_getitem__(cls, key: Any) -> GenericAlias: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[_T]: ...
    def pages(self) -> AsyncPageIterator[_T]:
        """The pages one by one, each a list of items."""
    async def first(self) -> _T | None:
        """The next item, or None when there is none."""
    async def to_list(self, *, limit: int | None = None) -> list[_T]:
        """All remaining items, or the next `limit`. Should a page fail, those that came before it can still be read."""
    async def to_columns(self, columns: _Columns | None = None, *, limit: int | None = None) -> dict[str, list[Any]]:
        """All remaining items, or the next `limit`, as a list of values per column.

        `columns` names dotted paths of attributes or wire keys ("fields.status.name"), or maps names of columns to such paths;
        without it, all declared fields are columns. A list on the way gives a list, a whole number takes an element of it.
        A tuple of parts is a path too, for keys with dots. What is missing or null is None; objects are dicts. A column that
        nobody declared and no item has brings a UserWarning. Should a page fail, the rows before it are kept: call again with
        the same columns, for until then nothing else can be read.

        Raises TypeError or ValueError for columns that cannot be, before anything is sent.
        """
    async def to_pandas(self, columns: _Columns | None = None, *, limit: int | None = None) -> pandas.DataFrame:
        """All remaining items, or the next `limit`, as a `pandas.DataFrame`; `columns` as for `to_columns`.

        Types do not depend on the data: Int64, boolean, float64, str, datetime64 in UTC, object for lists and objects. Values
        that do not fit the declared type are missing, with a warning.

        Raises ImportError where pandas is not installed, before anything is sent.
        """
    async def to_polars(self, columns: _Columns | None = None, *, limit: int | None = None) -> polars.DataFrame:
        """All remaining items, or the next `limit`, as a `polars.DataFrame`; `columns` as for `to_columns`.

        Types do not depend on the data; moments are in UTC, objects are JSON text. Values that do not fit the declared type
        are null, with a warning.

        Raises ImportError where polars is not installed, before anything is sent.
        """
    async def to_arrow(self, columns: _Columns | None = None, *, limit: int | None = None) -> pyarrow.Table:  # pyright: ignore[reportUnknownMemberType]
        """All remaining items, or the next `limit`, as a `pyarrow.Table`; `columns` as for `to_columns`.

        Types do not depend on the data; moments are in UTC, objects are JSON text. Values that do not fit the declared type
        are null, with a warning.

        Raises ImportError where pyarrow is not installed, before anything is sent.
        """
    @property
    def total(self) -> int | None:
        """How many items there are in all, where the server tells; None until the first page has come."""
    @property
    def cursor(self) -> str | None:
        """Names the page being read: `cursor=` of a later call goes on from there. None on the first page and at the
        end. While rows gathered for a table wait, names the page of the first.
        """

@final
class AsyncPageIterator(Generic[_T]):
    """The pages of a listing, for `async for`."""

    def __class_getitem__(cls, key: Any) -> GenericAlias: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[list[_T]]: ...

@final
class Coroutine:
    """One call under way. It starts when first awaited, as an `async def` does; cancelling it aborts the request."""

    def __await__(self) -> Generator[Any, Any, Any]: ...
    def send(self, _value: object) -> Any: ...
    def throw(self, kind: object, value: object = None, _traceback: object = None) -> Any: ...
    def close(self) -> None: ...
    @property
    def __name__(self) -> str: ...
    @property
    def __qualname__(self) -> str: ...

@final
class Download:
    """A file on its way down; `_downloads.py` is its face."""

    @property
    def status(self) -> int: ...
    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def start(self) -> int:
        """Where in the file it begins."""
    @property
    def size(self) -> int | None:
        """Size of the whole file in bytes, None if the server does not tell."""
    def next(self) -> bytes | None:
        """The next piece, None at the end."""
    def next_async(self) -> Awaitable[bytes | None]:
        """The same, awaited."""
    def reopen(self, start: int) -> Download:
        """The same file from a place on, or from its beginning if it has changed."""
    def reopen_async(self, start: int) -> Awaitable[Download]:
        """The same, awaited."""
    def close(self) -> None: ...

@final
class RawResponse(Generic[_T]):
    """An answer with everything that came: status, headers, body, and the parsed value on demand."""

    def __class_getitem__(cls, key: Any) -> GenericAlias: ...
    @property
    def status(self) -> int:
        """HTTP status."""
    @property
    def headers(self) -> dict[str, str]:
        """Headers, names in lower case; one that came twice is joined by commas."""
    @property
    def method(self) -> str:
        """HTTP method of the request."""
    @property
    def url(self) -> str:
        """Address of the request."""
    @property
    def content(self) -> bytes:
        """The body as it came, decompressed."""
    @property
    def request_id(self) -> str | None:
        """Atlassian's id of the request, for their support; None if none came."""
    @property
    def elapsed(self) -> timedelta:
        """Time from the first attempt to the last byte."""
    def parse(self) -> _T:
        """The value that the method without `with_raw_response` returns: a model, a list, bytes, or None for an empty answer.
        Of a paged call this is the first page.
        """

@final
class Checkpoint:
    """What a sandbox held at some moment."""

@final
class Sandbox:
    """A running sandbox: an Atlassian in memory on loopback."""

    def __new__(cls, port: int = 0, tls: bool = False, examples: bool = False) -> Self: ...
    @staticmethod
    def simulated() -> list[str]:
        """Names of the operations that work on the box's own data."""
    @staticmethod
    def seed() -> str:
        """The fixed ids and keys, as JSON."""
    @property
    def url(self) -> str: ...
    @property
    def ca_pem(self) -> str | None: ...
    def fault(self, order: str) -> None: ...
    def slow(self, order: str) -> None: ...
    rate_limits: bool
    def snapshot(self) -> str: ...
    def exchanges(self) -> str: ...
    def restore(self, snapshot: str) -> None: ...
    def checkpoint(self) -> Checkpoint: ...
    def roll_back(self, checkpoint: Checkpoint, /) -> None: ...
    def requests(self) -> str: ...
    def reset(self) -> None: ...
    def advance(self, seconds: float) -> None:
        """Move the box's clock by so many seconds."""
    @property
    def task_duration(self) -> float:
        """Seconds that a long task takes which begins now."""
    @task_duration.setter
    def task_duration(self, seconds: float) -> None: ...
    def fail_next_task(self, message: str) -> None: ...
    def close(self) -> None: ...

@final
class Markdown:
    """Markdown in the place of rich text: methods send it in the format that the place takes.

    `text` is GitHub's flavour, with the forms of docs/rich_text.md for panels, mentions, dates and the rest.
    """

    def __new__(cls, text: str, /) -> Self: ...
    @property
    def text(self) -> str:
        """The Markdown itself."""
    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __getnewargs__(self) -> tuple[str]: ...

def validate_adf(document: object, /) -> None: ...
def markdown_to_adf(markdown: str | Markdown, /) -> dict[str, Any]: ...
def adf_to_markdown(document: object, /, *, names: object = None, files: object = None) -> str: ...
def adf_to_text(document: object, /, *, names: object = None) -> str: ...
def adf_to_html(document: object, /, *, names: object = None, files: object = None) -> str: ...
def adf_to_storage(document: object, /) -> str: ...
def storage_to_adf(storage: str, /) -> dict[str, Any]: ...
def markdown_to_storage(markdown: str | Markdown, /) -> str: ...
def storage_to_markdown(storage: str, /, *, names: object = None, files: object = None) -> str: ...
def wiki_to_adf(wiki: str, /) -> dict[str, Any]: ...
def wiki_to_markdown(wiki: str, /, *, names: object = None, files: object = None) -> str: ...
