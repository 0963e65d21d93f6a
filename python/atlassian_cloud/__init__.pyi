"""What the package offers; found at run time when first asked for."""

from ._clients.admin import Admin, AsyncAdmin
from ._clients.agile import Agile, AsyncAgile
from ._clients.assets import Assets, AsyncAssets
from ._clients.bitbucket import AsyncBitbucket, Bitbucket
from ._clients.confluence import AsyncConfluence, Confluence
from ._clients.jira import AsyncJira, Jira
from ._clients.service_management import AsyncServiceManagement, ServiceManagement
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
    "Agile",
    "ApiError",
    "Assets",
    "AsyncAdmin",
    "AsyncAgile",
    "AsyncAssets",
    "AsyncBitbucket",
    "AsyncConfluence",
    "AsyncJira",
    "AsyncPaginator",
    "AsyncServiceManagement",
    "AtlassianError",
    "AuthenticationError",
    "BadRequestError",
    "Bitbucket",
    "ConfigurationError",
    "ConflictError",
    "Confluence",
    "ConnectionError",
    "GoneError",
    "Jira",
    "Model",
    "NotFoundError",
    "OperationInfo",
    "Paginator",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "ServerError",
    "Service",
    "ServiceManagement",
    "TimeoutError",
    "TransportError",
    "__version__",
    "operations",
]

def __dir__() -> list[str]: ...
