"""What the package offers; found at run time when first asked for."""

# `as` for those readers of stubs who take nothing else for an export.
from ._clients.admin import Admin as Admin
from ._clients.admin import AsyncAdmin as AsyncAdmin
from ._clients.agile import Agile as Agile
from ._clients.agile import AsyncAgile as AsyncAgile
from ._clients.assets import Assets as Assets
from ._clients.assets import AsyncAssets as AsyncAssets
from ._clients.bitbucket import AsyncBitbucket as AsyncBitbucket
from ._clients.bitbucket import Bitbucket as Bitbucket
from ._clients.confluence import AsyncConfluence as AsyncConfluence
from ._clients.confluence import Confluence as Confluence
from ._clients.jira import AsyncJira as AsyncJira
from ._clients.jira import Jira as Jira
from ._clients.service_management import AsyncServiceManagement as AsyncServiceManagement
from ._clients.service_management import ServiceManagement as ServiceManagement
from ._downloads import AsyncDownload as AsyncDownload
from ._downloads import Download as Download
from ._files import File as File
from ._native import AsyncPaginator as AsyncPaginator
from ._native import Markdown as Markdown
from ._native import Model as Model
from ._native import Paginator as Paginator
from ._native import RawResponse as RawResponse
from ._native import Service as Service
from ._native import __version__ as __version__
from ._operations import OperationInfo as OperationInfo
from ._operations import operations as operations
from ._tasks import AsyncTask as AsyncTask
from ._tasks import Task as Task
from .auth import ClientCredentials as ClientCredentials
from .auth import OAuth as OAuth
from .errors import ApiError as ApiError
from .errors import AtlassianError as AtlassianError
from .errors import AuthenticationError as AuthenticationError
from .errors import BadRequestError as BadRequestError
from .errors import ConfigurationError as ConfigurationError
from .errors import ConflictError as ConflictError
from .errors import ConnectionError as ConnectionError
from .errors import DocumentError as DocumentError
from .errors import GoneError as GoneError
from .errors import NotFoundError as NotFoundError
from .errors import PermissionDeniedError as PermissionDeniedError
from .errors import RateLimitError as RateLimitError
from .errors import ServerError as ServerError
from .errors import TaskError as TaskError
from .errors import TimeoutError as TimeoutError
from .errors import TransportError as TransportError

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

def __dir__() -> list[str]: ...
