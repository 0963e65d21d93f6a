"""Organizations, users and groups by the names that people know them by.

Every function takes the client first; with `AsyncAdmin` its result is awaited.

    from atlassian_cloud.admin import lookup

    org_id = lookup.organization_id(admin)
    user = lookup.find_user(admin, org_id, "vera.mars@acme.example")
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, overload

from .._checks import Text
from .._native import check_value
from .._twins import twin
from ..errors import NoMatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Concatenate

    from .. import Admin, AsyncAdmin
    from .._twins import Job
    from . import DirectoryUser, ScimGroup, ScimUser

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

__all__ = ["find_scim_group", "find_scim_user", "find_user", "organization_id"]


class _Twin(Protocol[P, T_co]):
    @overload
    def __call__(self, client: Admin, /, *args: P.args, **kwargs: P.kwargs) -> T_co: ...
    @overload
    def __call__(self, client: AsyncAdmin, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T_co]: ...


def _admin_twin(job: Callable[Concatenate[Any, P], Job[T]]) -> _Twin[P, T]:
    made: _Twin[P, T] = twin(job, "admin")
    return made


@_admin_twin
def organization_id(client: Any, given: str | None = None) -> Job[str]:
    """Return the id of the organization that the key belongs to, or `given`, if there is one: then nothing is asked.

    Raises:
        NoMatchError: The key belongs to none, or to several, which the text lists.
    """
    if given:
        return given
    found = yield client.organizations.list().to_list()
    if len(found) != 1:
        names = ", ".join(f"{one.id} ({one.attributes and one.attributes.name})" for one in found) or "none"
        raise NoMatchError(f"which organization? The key belongs to: {names}")
    return str(found[0].id)


@_admin_twin
def find_user(client: Any, org_id: Text, who: Text) -> Job[DirectoryUser]:
    """Return the user of the organization's directories with an email address or account id, with groups and product access.

    Args:
        client: `Admin` or `AsyncAdmin`.
        org_id: Id of the organization, as `organization_id` returns it.
        who: Email address, or account id.

    Raises:
        NoMatchError: There is no such user, or more than one.
    """
    by = {"emails": [who]} if "@" in who else {"account_ids": [who]}
    found: list[DirectoryUser] = yield client.organizations.directories.users.search(
        org_id, "-", expand=["groups", "productAccess"], **by
    ).to_list()
    if len(found) != 1:
        raise NoMatchError(
            f"{len(found) or 'no'} user{'s' if found else ''} of the organization's directories: {who!r}"
        )
    return found[0]


@_admin_twin
def find_scim_user(client: Any, user_name: Text) -> Job[ScimUser | None]:
    """Return the user of the client's SCIM directory with a user name, mostly the email address; None if there is none."""
    # The value of a SCIM filter is quoted as JSON is, which hides what cannot be sent.
    check_value(user_name, "find_scim_user: user_name", False)
    found: list[ScimUser] = yield client.scim.users.list(
        filter=f"userName eq {json.dumps(user_name)}", limit=1
    ).to_list()
    return found[0] if found else None


@_admin_twin
def find_scim_group(client: Any, display_name: Text) -> Job[ScimGroup]:
    """Return the group of the client's SCIM directory with a display name.

    Raises:
        NoMatchError: There is no such group.
    """
    check_value(display_name, "find_scim_group: display_name", False)
    found: list[ScimGroup] = yield client.scim.groups.list(
        filter=f"displayName eq {json.dumps(display_name)}", limit=1
    ).to_list()
    if not found:
        raise NoMatchError(f"the SCIM directory has no group {display_name!r}")
    return found[0]
