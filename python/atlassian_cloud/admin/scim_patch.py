"""Patches of SCIM users and groups: operations in their order, checked before they are sent.

from atlassian_cloud.admin.scim_patch import ScimPatch

patch = ScimPatch().replace("title", "Engineer").remove("phoneNumbers").add("members", [{"value": user_id}])
admin.scim.users.patch(user_id, operations=patch.operations)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import ScimPatchOperationDict

# An attribute, perhaps of a schema extension, perhaps those values that a filter picks, perhaps a part of it.
_NAME = r"[A-Za-z$][\w$-]*"
_PATH = re.compile(rf"(urn:[\w.:-]+:)?{_NAME}(\[[^\[\]]+\])?(\.{_NAME})?")


class ScimPatch:
    """Operations of a patch; each method adds one and returns the same patch."""

    def __init__(self) -> None:
        self.operations: list[ScimPatchOperationDict] = []
        """For `operations=` of `admin.scim.users.patch` and `admin.scim.groups.patch`."""

    def add(self, path: str | None, value: Any) -> ScimPatch:
        """Add a value to an attribute; without a path `value` is an object with several attributes."""
        return self._one("add", path, value)

    def replace(self, path: str | None, value: Any) -> ScimPatch:
        """Put a value in the place of an attribute's; without a path `value` is an object with several attributes."""
        return self._one("replace", path, value)

    def remove(self, path: str, value: Any = None) -> ScimPatch:
        """Remove an attribute, or of one with many values those that the path's filter or `value` names."""
        return self._one("remove", path, value)

    def _one(self, op: str, path: str | None, value: Any) -> ScimPatch:
        if path is None:
            if op == "remove":
                raise ValueError("remove: a path is needed, such as 'phoneNumbers[type eq \"work\"]'")
            if not isinstance(value, dict) or not value:
                raise ValueError(f"{op}: without a path the value must be an object with attributes, got {value!r}")
        elif not _PATH.fullmatch(path):
            raise ValueError(f"{op}: {path!r} is no path, such as 'name.familyName' or 'emails[primary eq true].value'")
        if value is None and op != "remove":
            raise ValueError(f"{op} {path}: a value is needed; remove() takes an attribute away")
        operation: ScimPatchOperationDict = {"op": op}
        if path is not None:
            operation["path"] = path
        if value is not None:
            operation["value"] = value
        self.operations.append(operation)
        return self

    def __repr__(self) -> str:
        return f"<ScimPatch of {len(self.operations)} operations>"
