"""What the package offers; found at run time when first asked for."""

from ._clients import Admin, AsyncAdmin
from ._native import AsyncPaginator, Model, Paginator, RawResponse, Service, __version__
from ._operations import OperationInfo, operations
from .errors import (
    ApiError,
    AtlassianError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ConnectionError,
    GoneError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TimeoutError,
    TransportError,
)

__all__ = [
    "Admin",
    "ApiError",
    "AsyncAdmin",
    "AsyncPaginator",
    "AtlassianError",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionError",
    "GoneError",
    "Model",
    "NotFoundError",
    "OperationInfo",
    "Paginator",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "ServerError",
    "Service",
    "TimeoutError",
    "TransportError",
    "__version__",
    "operations",
]

def __dir__() -> list[str]: ...
