"""What all clients share: Python classes over a private Rust handle, so that they can be subclassed, patched and mocked."""

# The package may use its own private parts.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os

from . import _native
from ._lazy import ServiceAttribute

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Any, ClassVar, TypeVar

    from ._tasks import AsyncTask, Task
    from .auth import ClientCredentials, OAuth

    Self = TypeVar("Self", bound="_Client")


def _services(product: str, view: str) -> dict[str, ServiceAttribute]:
    def make(client: Any, index: int) -> Any:
        return client._native.service(index, client._awaiting, view)

    return {name: ServiceAttribute(product, name, index, make) for name, index in _native.root_services(product, view)}


class _Caller:
    """What can send a request to any path: a client, and its raw view."""

    _awaiting = False
    _view = ""
    _native: _native.Client

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request to any path below `base_url`, with the same credential, retries and errors.

        Return a `Model`, a list or a scalar, or None for an empty answer; through `with_raw_response` the whole answer.
        `json` is the body; lists in `query` are repeated.
        """
        return self._native.request(method, path, query, json, headers, self._awaiting, self._view)


class _Client(_Caller):
    """What the clients of all products share."""

    _product: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_product" in cls.__dict__:
            for name, attribute in _services(cls._product, "").items():
                setattr(cls, name, attribute)

    def _open(
        self,
        given: dict[str, tuple[Any, str]],
        options: dict[str, Any],
        auth: OAuth | ClientCredentials | None = None,
        gateway: bool = False,
    ) -> None:
        """`given`: site, credentials and contexts by keyword, each beside the variable that stands in for it."""
        _log_as_asked()
        told = {name: from_environment(*pair) for name, pair in given.items()}
        options["base_url"] = from_environment(options["base_url"], "ATLASSIAN_BASE_URL")
        if auth is not None:
            told.update(_told_by(auth, given, self._product))
        self._native = _native.Client(self._product, told, gateway or auth is not None, options)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in ("_native", "_open", "_awaiting", "_product")]

    def __repr__(self) -> str:
        native = getattr(self, "_native", None)
        return f"<{type(self).__name__} at {native.base_url}>" if native else f"<{type(self).__name__}, not set up>"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            f"{type(self).__name__} holds credentials and connections and is neither pickled nor copied; "
            "`with_options()` makes a light copy, and each process makes a client of its own"
        )

    @property
    def base_url(self) -> str:
        """Address that every call of this client goes to."""
        return self._native.base_url

    def with_options(
        self: Self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        max_response_bytes: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Return a light copy with other per-call settings; it shares the connections and keeps a subclass's attributes.

        What is left out stays as it is; `headers` are added to those of the client.
        """
        options = {
            "timeout": timeout,
            "max_retries": max_retries,
            "max_response_bytes": max_response_bytes,
            "headers": headers,
        }
        copy = object.__new__(type(self))
        copy.__dict__.update({k: v for k, v in self.__dict__.items() if not isinstance(v, _native.Service)})
        for view in ("with_raw_response", "with_streaming_response"):
            copy.__dict__.pop(view, None)
        copy._native = self._native.with_options(options)
        return copy


class _View:
    """The client again, with methods that return something else of the answer."""

    _view: str
    _native: _native.Client

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._native = client._native
        self._awaiting = client._awaiting

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        attribute = _services(self._client._product, self._view).get(name)
        if attribute is None:
            raise AttributeError(f"{type(self._client).__name__}.with_{self._view}_response has no attribute {name!r}")
        return attribute.__get__(self)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_services(self._client._product, self._view)]

    def __repr__(self) -> str:
        return f"<with_{self._view}_response of {self._client!r}>"


class _RawView(_View, _Caller):
    """Methods return the whole answer, as a `RawResponse`."""

    _view = "raw"


class _StreamingView(_View):
    """Methods that answer a file return it while it comes, as a `Download`."""

    _view = "streaming"


class _ViewAttribute:
    """Makes a view once per client."""

    def __init__(self, view: type[_View]) -> None:
        self._view = view

    def __get__(self, instance: _Client | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        view = self._view(instance)
        instance.__dict__[f"with_{view._view}_response"] = view
        return view


class SyncClient(_Client):
    with_raw_response = _ViewAttribute(_RawView)
    with_streaming_response = _ViewAttribute(_StreamingView)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def task(self, started: _native.Model) -> Task:
        """Follow a long task, by the answer of the operation that began it.

        `TypeError` if operations that answer this model begin none, `ValueError` if the answer names no task.
        """
        from ._tasks import Task

        return Task(self, started)

    def close(self) -> None:
        """Begin no further call and let go of the connections; copies made by `with_options` are closed too."""
        self._native.close()


class AsyncClient(_Client):
    _awaiting = True
    with_raw_response = _ViewAttribute(_RawView)
    with_streaming_response = _ViewAttribute(_StreamingView)

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def task(self, started: _native.Model) -> AsyncTask:
        """Follow a long task, by the answer of the operation that began it.

        `TypeError` if operations that answer this model begin none, `ValueError` if the answer names no task.
        """
        from ._tasks import AsyncTask

        return AsyncTask(self, started)

    async def close(self) -> None:
        """Begin no further call and let go of the connections; copies made by `with_options` are closed too."""
        self._native.close()


def _log_as_asked() -> None:
    """`ATLASSIAN_LOG=debug` shows the records of the logger `atlassian_cloud` on stderr, unless it has handlers already."""
    level = os.environ.get("ATLASSIAN_LOG", "").strip().upper()
    if not level:
        return
    import logging

    if level not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        from .errors import ConfigurationError

        raise ConfigurationError(
            f"ATLASSIAN_LOG: expected debug, info, warning, error or critical, got {level.lower()!r}"
        )
    logger = logging.getLogger("atlassian_cloud")
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
    logger.setLevel(level)


def _told_by(auth: Any, given: dict[str, tuple[Any, str]], product: str) -> dict[str, Any]:
    """What `auth` says in the place of email address and token, those of the environment too."""
    from .auth import ClientCredentials, OAuth
    from .errors import ConfigurationError

    if auth in (OAuth, ClientCredentials):
        raise TypeError(f"auth: expected an object, got the class; make one: {auth.__name__}(...)")
    if not isinstance(auth, (OAuth, ClientCredentials)):
        raise TypeError(
            f"auth: expected OAuth or ClientCredentials, got {type(auth).__name__}; a function that returns the token goes into token="
        )
    if clash := [name for name in ("email", "token") if given[name][0] is not None]:
        raise ConfigurationError(f"auth= takes the place of {clash[0]}=; pass one of them")
    return {"email": None, "token": auth._source_for(product)}


def from_environment(value: Any, variable: str) -> Any:
    return value if value is not None else os.environ.get(variable) or None
