"""Everything that can go wrong has one root: `AtlassianError`.

`ApiError` means that the server answered, `TransportError` that no usable answer came, `ConfigurationError` that the client is not set
up for the call. Bad arguments are the builtin `TypeError` and `ValueError`, raised before anything is sent.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ._native import RawResponse

__all__ = [
    "ApiError",
    "AtlassianError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionError",
    "DocumentError",
    "GoneError",
    "Message",
    "NoMatchError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "TimeoutError",
    "TransportError",
]


class Message(NamedTuple):
    """One thing that the server complained about."""

    field: str | None
    """Name of the field at fault, as the server spells it; None when it named none."""
    text: str
    code: str | None = None
    """The server's own word for this one, such as ``externalDirectory.scim`` or ``maxLength``."""


class AtlassianError(Exception):
    """Root of all errors of this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        # By class, text and fields, so that errors cross process boundaries; the response stays behind.
        fields = {name: value for name, value in self.__dict__.items() if name != "response"}
        return _restore, (type(self), self.args, fields)


def _restore(cls: type[AtlassianError], args: tuple[Any, ...], fields: dict[str, Any]) -> AtlassianError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


class ConfigurationError(AtlassianError):
    """The client cannot make this call as it is set up: a missing key, a faulty option, a closed client."""


class NoMatchError(AtlassianError, LookupError):
    """Nothing is called so, or more than one thing; the text lists what there is."""


class ApiError(AtlassianError):
    """The server answered with an error, or with something that is no proper answer."""

    status: int
    """HTTP status."""
    code: str | None
    """The server's own code, such as ``forbidden.action`` or ``ADMIN-404-2``."""
    messages: list[Message]
    """What the server said, with field names where it gave them."""
    hint: str | None
    """What to do next, where it is known."""
    request_id: str | None
    """Atlassian's id of the request, for their support."""
    method: str
    url: str
    call: str
    """The operation, such as ``admin.users.disable``."""
    response: RawResponse[Any] | None = None
    """The whole answer; None after unpickling."""

    def __init__(
        self,
        text: str,
        *,
        status: int = 0,
        code: str | None = None,
        messages: list[tuple[str | None, str, str | None]] | None = None,
        hint: str | None = None,
        request_id: str | None = None,
        method: str = "",
        url: str = "",
        call: str = "",
        response: RawResponse | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.messages = [Message(*message) for message in messages or []]
        self.hint = hint
        self.request_id = request_id
        self.method = method
        self.url = url
        self.call = call
        self.response = response


class BadRequestError(ApiError):
    """400: the server refuses what was sent."""


class AuthenticationError(ApiError):
    """401: the credential is missing, wrong or expired."""


class PermissionDeniedError(ApiError):
    """403: the credential is known, but may not do this."""


class NotFoundError(ApiError):
    """404: there is no such thing, or the credential may not see it."""


class ConflictError(ApiError):
    """409: it is in that state already, or exists already."""


class GoneError(ApiError):
    """410: Atlassian removed this operation or object."""


class RateLimitError(ApiError):
    """429, after the retries were used up."""

    retry_after: float | None = None
    """Seconds to wait, as the server said."""
    reason: str | None = None
    """Which limit was met, as the server named it."""


class ServerError(ApiError):
    """5xx: the server failed."""

    retry_after: float | None = None
    """Seconds to wait, if the server said so."""


class TransportError(AtlassianError):
    """No usable answer came."""

    method: str
    url: str
    call: str
    attempts: int
    may_have_been_executed: bool
    """The request was sent and its effect is unknown: look before you send it again."""
    status: int | None
    """Status of an answer whose body could not be read."""
    request_id: str | None

    def __init__(
        self,
        text: str,
        *,
        method: str = "",
        url: str = "",
        call: str = "",
        attempts: int = 1,
        may_have_been_executed: bool = False,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(text)
        self.method = method
        self.url = url
        self.call = call
        self.attempts = attempts
        self.may_have_been_executed = may_have_been_executed
        self.status = status
        self.request_id = request_id


class TimeoutError(TransportError, builtins.TimeoutError):
    """The call did not end in time. Also a builtin `TimeoutError`."""


class ConnectionError(TransportError, builtins.ConnectionError):
    """No connection, or it was lost. Also a builtin `ConnectionError`."""


class TaskError(AtlassianError):
    """A long task has failed, or was cancelled."""

    task_id: str
    status: Any
    """The last status, a model of the product."""

    def __init__(self, text: str, task_id: str = "", status: Any = None) -> None:
        super().__init__(text)
        self.task_id = task_id
        self.status = status


_BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    429: RateLimitError,
}


def api_error(text: str, *, retry_after: float | None, reason: str | None, **fields: Any) -> ApiError:
    """Make the error of a status; called by the engine."""
    status: int = fields["status"]
    error = _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)(text, **fields)
    if isinstance(error, (RateLimitError, ServerError)):
        error.retry_after = retry_after
    if isinstance(error, RateLimitError):
        error.reason = reason
    return error


class DocumentError(ValueError):
    """A document of rich text that cannot be: not by the schema of ADF, or too deep or too large. Nothing was sent."""

    path: str
    """Where the fault is, as in ``content[2].content[0].marks[1].attrs.href``; empty for the document itself."""
    problem: str
    """What is wrong there."""

    def __init__(self, text: str, path: str = "", problem: str = "") -> None:
        super().__init__(text, path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return str(self.args[0])
