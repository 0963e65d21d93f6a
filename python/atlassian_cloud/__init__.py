"""All of Atlassian Cloud for Python: typed clients, sync and async, over one Rust core.

from atlassian_cloud import Admin

with Admin() as admin:
    user = admin.users.get("5e5f6a63157ed50cd2b9eaca")
    print(user.account.name)
"""

# Names are found when first asked for; checkers read the stub.
# pyright: reportUnsupportedDunderAll=false

from __future__ import annotations

from ._native import AsyncPaginator, Markdown, Model, Paginator, RawResponse, Service, __version__

# Where the rest is found when first asked for: importing the package must cost next to nothing.
_LAZY = {
    "Admin": "_clients.admin",
    "Agile": "_clients.agile",
    "Assets": "_clients.assets",
    "AsyncAdmin": "_clients.admin",
    "AsyncAgile": "_clients.agile",
    "AsyncAssets": "_clients.assets",
    "AsyncBitbucket": "_clients.bitbucket",
    "AsyncConfluence": "_clients.confluence",
    "AsyncJira": "_clients.jira",
    "AsyncServiceManagement": "_clients.service_management",
    "Bitbucket": "_clients.bitbucket",
    "Confluence": "_clients.confluence",
    "Jira": "_clients.jira",
    "ServiceManagement": "_clients.service_management",
    "File": "_files",
    "AsyncDownload": "_downloads",
    "Download": "_downloads",
    "AsyncTask": "_tasks",
    "Task": "_tasks",
    "ClientCredentials": "auth",
    "OAuth": "auth",
    "OperationInfo": "_operations",
    "operations": "_operations",
    "ApiError": "errors",
    "AtlassianError": "errors",
    "AuthenticationError": "errors",
    "BadRequestError": "errors",
    "ConfigurationError": "errors",
    "ConflictError": "errors",
    "ConnectionError": "errors",
    "DocumentError": "errors",
    "GoneError": "errors",
    "NotFoundError": "errors",
    "PermissionDeniedError": "errors",
    "RateLimitError": "errors",
    "ServerError": "errors",
    "TaskError": "errors",
    "TimeoutError": "errors",
    "TransportError": "errors",
}

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
    "AsyncDownload",
    "AsyncJira",
    "AsyncPaginator",
    "AsyncServiceManagement",
    "AsyncTask",
    "AtlassianError",
    "AuthenticationError",
    "BadRequestError",
    "Bitbucket",
    "ClientCredentials",
    "ConfigurationError",
    "ConflictError",
    "Confluence",
    "ConnectionError",
    "DocumentError",
    "Download",
    "File",
    "GoneError",
    "Jira",
    "Markdown",
    "Model",
    "NotFoundError",
    "OAuth",
    "OperationInfo",
    "Paginator",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "ServerError",
    "Service",
    "ServiceManagement",
    "Task",
    "TaskError",
    "TimeoutError",
    "TransportError",
    "__version__",
    "operations",
]


def __getattr__(name: str) -> object:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
