"""Patches of SCIM users and groups: operations in their order, checked before they are sent.

from atlassian_cloud.admin.scim_patch import ScimPatch

patch = ScimPatch().replace("title", "Engineer").remove("phoneNumbers")
admin.scim.users.patch(user_id, operations=patch)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast, overload

from .._checks import Text, checked
from .._native import check_value

if TYPE_CHECKING:
    from . import ScimPatchOperationDict

__all__ = ["ScimPatch"]

# An attribute, perhaps of a schema extension, perhaps those values that a filter picks, perhaps a part of it.
_NAME = r"[A-Za-z$][\w$-]*"
_PATH = re.compile(rf"(urn:[\w.:-]+:)?{_NAME}(\[[^\[\]]+\])?(\.{_NAME})?")


class _Operations(Sequence["ScimPatchOperationDict"]):
    """What a patch is for `operations=`: a sequence of its operations."""

    operations: list[ScimPatchOperationDict]

    @overload
    def __getitem__(self, index: int) -> ScimPatchOperationDict: ...
    @overload
    def __getitem__(self, index: slice) -> list[ScimPatchOperationDict]: ...
    def __getitem__(self, index: int | slice) -> ScimPatchOperationDict | list[ScimPatchOperationDict]:
        return self.operations[index]

    def __len__(self) -> int:
        return len(self.operations)


class ScimPatch(_Operations):
    """Operations of a patch; each method adds one and returns the same patch.

    It is what `operations=` of `admin.scim.users.patch` and `admin.scim.groups.patch` takes. Values are anything that JSON holds.
    Each method raises `ValueError` or `TypeError`, and adds nothing, where path or value will not do.
    """

    def __init__(self) -> None:
        self.operations: list[ScimPatchOperationDict] = []
        """The operations so far."""

    @checked
    def add(self, path: Text | None, value: Any) -> ScimPatch:
        """Add a value to an attribute, such as members to a group.

        Args:
            path: Attribute, such as `members`; None: `value` is an object with several attributes.
            value: What is added; of an attribute with many values a list.
        """
        return self._one("add", path, value)

    @checked
    def replace(self, path: Text | None, value: Any) -> ScimPatch:
        """Put a value in the place of an attribute's.

        Args:
            path: Attribute, such as `name.familyName`, or one of many values, such as `emails[primary eq true].value`; None: `value`
                is an object with several attributes.
            value: What is put there.
        """
        return self._one("replace", path, value)

    @checked
    def remove(self, path: Text, value: Any = None) -> ScimPatch:
        """Remove an attribute, or some of its values.

        Args:
            path: Attribute, such as `title`, or those of its values that a filter picks: `phoneNumbers[type eq "work"]`.
            value: Values to remove, of an attribute with many; None: all that the path names.
        """
        return self._one("remove", path, value)

    def _one(self, op: str, path: str | None, value: Any) -> ScimPatch:
        if path is None:
            if not isinstance(value, dict) or not value:
                raise ValueError(f"{op}: without a path the value must be an object with attributes, got {value!r}")
        elif not _PATH.fullmatch(path):
            raise ValueError(f"{op}: {path!r} is no path, such as 'name.familyName' or 'emails[primary eq true].value'")
        if value is None and op != "remove":
            raise ValueError(f"{op} {path}: a value is needed; remove() takes an attribute away")
        check_value(value, f"{op} {path}: value" if path else f"{op}: value", False)
        operation: ScimPatchOperationDict = {"op": op}
        if path is not None:
            operation["path"] = path
        if value is not None:
            # What was checked stays as it is, whatever becomes of the caller's.
            operation["value"] = deepcopy(cast("Any", value))
        self.operations.append(operation)
        return self

    def __repr__(self) -> str:
        return f"<ScimPatch of {len(self.operations)} operations>"
