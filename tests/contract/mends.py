"""Where Atlassian's documents are wrong, or known to differ from what the server takes: what to read instead, and why.

The files stay as they are. A mend that no longer applies fails a test: then the document has changed, and so may the
catalog have to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

ORGANIZATION = ("admin-organization", "admin-organization-2026-07-22")
OLD = ("admin-organization-2026-07-22",)
USERS = ("admin-user-management",)
SCIM = ("admin-user-provisioning",)
JIRA = ("jira-v2", "jira-v3")


@dataclass(frozen=True)
class Mend:
    """One correction: the node at a path becomes another."""

    documents: tuple[str, ...]
    at: tuple[str | int, ...]
    change: Callable[[Any], Any]
    reason: str

    def apply(self, document: dict[str, Any]) -> None:
        parent: Any = document
        for step in self.at[:-1]:
            parent = parent[step]
        before = parent[self.at[-1]]
        after = self.change(before)
        if after == before:
            raise ValueError(f"already as mended: {before!r}")
        parent[self.at[-1]] = after


def instead(was: Any, becomes: Any) -> Callable[[Any], Any]:
    """This for that, and only for that."""

    def change(node: Any) -> Any:
        if node != was:
            raise ValueError(f"expected {was!r}, found {node!r}")
        return becomes

    return change


def without(*keys: str) -> Callable[[Any], Any]:
    """The object without keys that it must have."""

    def change(node: Any) -> Any:
        missing = [key for key in keys if key not in node]
        if missing:
            raise ValueError(f"already without {missing}")
        return {key: value for key, value in node.items() if key not in keys}

    return change


def plus(**entries: Any) -> Callable[[Any], Any]:
    """The object with further keys, which it must not have."""

    def change(node: Any) -> Any:
        present = [key for key in entries if key in node]
        if present:
            raise ValueError(f"already with {present}")
        return {**node, **entries}

    return change


def path_parameter(name: str, was: str | None = None) -> Callable[[Any], Any]:
    """Parameters with one of the path declared that was not; in place of a reference to another."""

    def change(node: Any) -> Any:
        reference = {"$ref": f"#/components/parameters/{was}"}
        if was and reference not in node:
            raise ValueError(f"no longer refers to {was}")
        kept = [parameter for parameter in node if parameter != reference]
        return [*kept, {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}]

    return change


def exploded(name: str) -> Callable[[Any], Any]:
    """Parameters with an object's fields in its place, each on its own: OpenAPI's default form in a query."""
    reference = {"$ref": f"#/components/parameters/{name}"}

    def change(node: Any) -> Any:
        if reference not in node:
            raise ValueError(f"no longer refers to {name}")
        fields = [
            {"in": "query", "name": field, "schema": {"type": "boolean"}}
            for field in ("includeResources", "includeUsers")
        ]
        return [*(parameter for parameter in node if parameter != reference), *fields]

    return change


def renamed(was: str, becomes: str) -> Callable[[Any], Any]:
    """The object with one key under another name."""

    def change(node: Any) -> Any:
        if was not in node or becomes in node:
            raise ValueError(f"no longer {was}")
        return {becomes if key == was else key: value for key, value in node.items()}

    return change


ANY_OBJECT = {"content": {"application/json": {"schema": {"type": "object", "maxProperties": 0}}}}
SCIM_ANSWER = ("responses", "200", "content", "application/scim+json", "schema")
SORT_PARAMETERS = ("groupSortByParam", "userSortByParam")


def _schema(name: str, *rest: str | int) -> tuple[str | int, ...]:
    return ("components", "schemas", name, *rest)


MENDS: list[Mend] = [
    # What openapi-spec-validator stops at.
    Mend(
        ORGANIZATION,
        _schema("MultiDirectoryGroupDetails", "properties", "data", "properties", "counts"),
        without("type"),
        "names the type `GroupCounts`, which JSON Schema does not have, beside the reference to that schema",
    ),
    Mend(
        ORGANIZATION,
        ("paths", "/v2/orgs/{orgId}/directories/{directoryId}/users/{userId}", "get", "parameters"),
        path_parameter("userId", was="accountIdParam"),
        "declares {accountId} for a path that has {userId}",
    ),
    Mend(
        OLD,
        ("paths",),
        renamed(
            "/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/revoke'",
            "/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/revoke",
        ),
        "the path ends with a stray quote; the later copy has none",
    ),
    # Credentials.
    Mend(
        ORGANIZATION,
        ("security",),
        instead([{"bearerAuth": []}, {"oauth2": []}], [{"bearerAuth": []}]),
        "allows OAuth too, which openapi-core cannot judge and lets pass unseen; the client sends a key",
    ),
    Mend(
        SCIM,
        ("components", "securitySchemes", "clientCredentialsAuth"),
        lambda node: {"type": "http", "scheme": "bearer"},
        "speaks of OAuth; the server takes the directory's key as a bearer token, as Atlassian's guide has it",
    ),
    # Parameters.
    *(
        Mend(
            ORGANIZATION,
            ("paths", f"/v1/orgs/{{orgId}}/users/{{userId}}/{what}/{verb}", "post", "parameters", 1, "schema"),
            without("format"),
            "a UUID by the schema, `[a-zA-Z0-9_|-:]{1,128}` by its text",
        )
        for what in ("role-assignments", "roles")
        for verb in ("assign", "revoke")
    ),
    *(
        Mend(
            ORGANIZATION,
            ("components", "parameters", name, "schema", "items"),
            lambda node: {"type": "string", "pattern": r'^\{"field":"[a-z_]+","direction":"(asc|desc)"\}$'},
            "a list of objects, for which neither the document nor OpenAPI names a form in a query: JSON text is sent",
        )
        for name in SORT_PARAMETERS
    ),
    Mend(
        ORGANIZATION,
        ("paths", "/v2/orgs/{orgId}/directories/{directoryId}/groups", "get", "parameters"),
        exploded("groupCountsParam"),
        "one object: openapi-core does not read its fields as parameters, which is OpenAPI's default form",
    ),
    Mend(
        USERS,
        _schema("AccountId"),
        without("readOnly"),
        "read-only, and yet what the path is written with",
    ),
    Mend(
        USERS,
        _schema("AccountId", "pattern"),
        instead("[a-zA-Z0-9_|:-]{1,128}\n", "^[a-zA-Z0-9_|:-]{1,128}$"),
        "the pattern ends with a line feed",
    ),
    # Bodies.
    *(
        Mend(
            documents,
            ("paths", path, "post"),
            plus(requestBody=ANY_OBJECT),
            "without a body in the document; POSTs of this family were seen to answer 415 without one, so {} is sent",
        )
        for documents, paths in {
            ORGANIZATION: [
                f"/v2/orgs/{{orgId}}/directories/{{directoryId}}/users/{{accountId}}/{verb}"
                for verb in ("suspend", "restore")
            ],
            OLD: [f"/v1/orgs/{{orgId}}/directory/users/{{accountId}}/{verb}-access" for verb in ("suspend", "restore")],
            USERS: [f"/users/{{account_id}}/manage/lifecycle/{verb}" for verb in ("enable", "delete", "cancel-delete")],
        }.items()
        for path in paths
    ),
    Mend(
        USERS,
        (
            "paths",
            "/users/{account_id}/manage/profile",
            "patch",
            "requestBody",
            "content",
            "application/json",
            "schema",
        ),
        instead(
            {"$ref": "#/components/schemas/AtlassianAccountUser"},
            {
                "type": "object",
                "properties": {
                    name: {"$ref": f"#/components/schemas/{schema}"}
                    for name, schema in {
                        "name": "Name",
                        "nickname": "Nickname",
                        "zoneinfo": "ZoneInfo",
                        "locale": "Locale",
                        "extended_profile": "ExtendedProfile",
                    }.items()
                },
            },
        ),
        "the answer's schema, `nickname` required, read-only fields in it; by its text a subset of the writable ones",
    ),
    Mend(
        OLD,
        _schema("UsersSearchRequest", "properties", "accountIds", "items"),
        without("format"),
        "account ids as UUIDs, which they often are not",
    ),
    *(
        Mend(
            SCIM,
            _schema(schema, "properties", field),
            without("readOnly"),
            "read-only, and yet what provisioning writes",
        )
        for schema, fields in {
            "ScimUser": ("schemas", "externalId", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
            "EnterpriseUserExtension": ("organization", "department"),
            "ScimGroup": ("schemas", "externalId", "members"),
            "ScimGroupMember": ("value", "display", "$ref"),
        }.items()
        for field in fields
    ),
    Mend(
        SCIM,
        _schema("RequestPayloadToPatch", "properties"),
        renamed("operations", "Operations"),
        "`operations` in the schema, `Operations` in the document's example and in RFC 7644",
    ),
    Mend(
        SCIM,
        _schema("OperationForAScimPatch", "properties", "value"),
        lambda node: {},
        "the fields of a Java class instead of any JSON value",
    ),
    # Answers.
    *(
        Mend(
            SCIM,
            (*("paths", f"/scim/directory/{{directoryId}}/{what}", "get"), *SCIM_ANSWER),
            instead({"type": "string"}, {"type": "object"}),
            "an object, typed as a string because its fields are not described",
        )
        for what in (
            "Schemas",
            "Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
            "Schemas/urn:ietf:params:scim:schemas:core:2.0:Group",
            "Schemas/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "ResourceTypes",
            "ResourceTypes/User",
            "ResourceTypes/Group",
            "ServiceProviderConfig",
        )
    ),
    Mend(
        SCIM,
        _schema("ScimMetadata", "properties", "resourceType", "enum"),
        instead(["USER", "GROUP", "DIRECTORY"], ["USER", "GROUP", "DIRECTORY", "User", "Group"]),
        "capitals in the schema, `Group` in the document's example and in RFC 7643",
    ),
    *(
        Mend(
            ORGANIZATION,
            _schema("LinkPageCursor", "properties", name),
            plus(nullable=True),
            "null where there is no such page, as was seen; the schema has a string alone",
        )
        for name in ("next", "prev")
    ),
    Mend(
        ORGANIZATION,
        _schema("PolicyModel", "properties", "attributes", "properties"),
        plus(createdAt={"type": "string", "format": "date-time"}, updatedAt={"type": "string", "format": "date-time"}),
        "known to go-atlassian, not to the document",
    ),
    Mend(
        ORGANIZATION,
        ("paths", "/v1/orgs/{orgId}/policies/{policyId}/resources/{resourceId}", "delete", "responses", "204"),
        without("content"),
        "gives a 204 a policy as content, which a 204 cannot have",
    ),
    *(
        Mend(
            JIRA,
            _schema("ChangeDetails", "properties", name),
            plus(nullable=True),
            "null on the side where a field was or became empty, as live answers have it",
        )
        for name in ("from", "fromString", "to", "toString")
    ),
    # The document of version 2 is of 2024. Both versions are one server's, so what the newer document tells holds there too.
    *(
        Mend(
            ("jira-v2",),
            _schema(schema, "properties"),
            plus(**fields),
            "older than these fields, which the document of version 3 has",
        )
        for schema, fields in {
            "Field": {"typeDisplayName": {"type": "string"}},
            "FoundGroup": {
                "managedBy": {"type": "string", "enum": ["EXTERNAL", "ADMINS", "TEAM_MEMBERS", "OPEN"]},
                "usageType": {"type": "string", "enum": ["USERBASE_GROUP", "TEAM_COLLABORATION", "ADMIN_OVERSIGHT"]},
            },
            "JiraWorkflow": {name: {"type": "string", "nullable": True} for name in ("created", "updated")},
            "ProjectRoleDetails": {
                "type": {"type": "string", "enum": ["DEFAULT", "GUEST_ROLE", "AI_AGENT_ROLE"]},
            },
            "UserPickerUser": {
                "accountType": {"type": "string", "enum": ["atlassian", "app", "customer", "unknown"]},
            },
            "Webhook": {"url": {"type": "string"}},
        }.items()
    ),
    *(
        Mend(
            ("jira-v2",),
            _schema(schema, "required"),
            lambda node, key=key: [name for name in node if name != key],
            "requires who uses it, which the document of version 3 does not know any more: there are operations for that",
        )
        for schema, key in (
            ("WorkflowMetadataRestModel", "usage"),
            ("WorkflowSchemeReadResponse", "projectIdsUsingScheme"),
        )
    ),
    Mend(
        ("jira-v2",),
        _schema("AnnouncementBannerConfiguration", "properties", "visibility", "enum"),
        instead(["PUBLIC", "PRIVATE"], ["public", "private"]),
        "capitals; what is written by the same document, and read by that of version 3, has none",
    ),
    Mend(
        ("jira-v2",),
        _schema("ServerInformation", "properties", "serverTimeZone"),
        lambda node: {"type": "string"},
        "the fields of a Java class; its own text and the document of version 3 have the name of a time zone",
    ),
    *(
        Mend(
            (f"jira-v{version}",),
            ("paths", f"/rest/api/{version}/issue/{{issueIdOrKey}}/worklog", "delete", "responses", "200"),
            plus(content={"application/json": {"schema": {"$ref": "#/components/schemas/ErrorCollection"}}}),
            "by its text a message tells what could not be deleted; it has no content",
        )
        for version in (2, 3)
    ),
    *(
        Mend(
            ("jira-v3",),
            ("paths", f"/rest/api/3/attachment/{what}/{{id}}", "get", "responses", "200"),
            plus(content={"*/*": {"schema": {}}}),
            "a file is answered, which the document leaves out",
        )
        for what in ("content", "thumbnail")
    ),
    *(
        Mend(
            ("jira-v2",),
            ("paths", f"/rest/api/2/attachment/{what}/{{id}}", "get", "responses", "200", "content"),
            instead({"application/json": {"schema": {"type": "array", "items": {}}}}, {"*/*": {"schema": {}}}),
            "a file is answered, not a list",
        )
        for what in ("content", "thumbnail")
    ),
    *(
        Mend(
            (f"jira-v{version}",),
            ("paths", f"/rest/api/{version}/attachment/content/{{id}}", "get", "responses", "206"),
            plus(content={"*/*": {"schema": {}}}),
            "a part of the file is answered, which the document leaves out",
        )
        for version in (2, 3)
    ),
    *(
        Mend(JIRA, _schema(name), without("writeOnly"), "is read as well, in the document's own examples")
        for name in ("DashboardGadgetPosition", "ScreenTypes")
    ),
    Mend(
        ORGANIZATION,
        _schema("PlatformRole", "example"),
        instead(["atlassian/org-admin"], "atlassian/org-admin"),
        "one role by its type, shown as a list of roles",
    ),
    Mend(
        USERS,
        _schema("Manageability.Rule.Simple"),
        without("discriminator"),
        "a boolean discriminator, which openapi-core looks up under its Python name; `oneOf` beside it says the same",
    ),
    # Jira, Confluence and Bitbucket.
    *(
        Mend(
            JIRA,
            _schema("DashboardGadgetPosition", *rest),
            instead(
                was,
                becomes,
            ),
            "the fields bear their descriptions as names; `row` and `column` by the document's examples",
        )
        for rest, was, becomes in (
            (
                ("properties",),
                {
                    f"The {name} position of the gadget.": {"type": "integer", "format": "int32"}
                    for name in ("column", "row")
                },
                {name: {"type": "integer", "format": "int32"} for name in ("column", "row")},
            ),
            (("required",), [f"The {name} position of the gadget." for name in ("column", "row")], ["column", "row"]),
        )
    ),
    Mend(
        JIRA,
        _schema("CustomContextVariable"),
        without("additionalProperties"),
        "forbids all fields but `type`, and so every one of its own alternatives",
    ),
    Mend(
        JIRA,
        _schema("JqlQueryClause"),
        without("additionalProperties"),
        "forbids all fields, and so every one of its own alternatives",
    ),
    *(
        Mend(
            (name,),
            ("paths", f"/rest/api/{version}/{path}/columns", "put", "requestBody"),
            without("required"),
            "required by the schema, and yet described for when no columns are sent",
        )
        for name, version in (("jira-v2", 2), ("jira-v3", 3))
        for path in ("settings", "user")
    ),
    *(
        Mend(
            ("bitbucket",),
            ("paths", path, "get", "responses", "200"),
            plus(content={"*/*": {"schema": {}}}),
            "a file is answered, which the document leaves out",
        )
        for path in (
            "/repositories/{workspace}/{repo_slug}/diff/{spec}",
            "/repositories/{workspace}/{repo_slug}/patch/{spec}",
            "/repositories/{workspace}/{repo_slug}/pipelines/{pipeline_uuid}/steps/{step_uuid}/log",
            "/snippets/{workspace}/{encoded_id}/{revision}/diff",
            "/snippets/{workspace}/{encoded_id}/{revision}/patch",
            "/snippets/{workspace}/{encoded_id}/{node_id}/files/{path}",
        )
    ),
    *(
        Mend(
            ("bitbucket",),
            _schema(name, *rest),
            without("additionalProperties"),
            "forbids all fields but its own, and so those of the schema that it is joined with",
        )
        for name, rest in {
            "task": (),
            "pullrequest_task": ("allOf", 1),
            "pullrequest_comment_task": ("allOf", 1),
        }.items()
    ),
    Mend(
        ("confluence-v2",),
        ("paths", "/attachments/{attachment-id}/properties/{property-id}", "get", "parameters", 0, "schema", "pattern"),
        instead("(att)?0-9+", "^(att)?[0-9]+$"),
        "a pattern without the brackets around its range",
    ),
    Mend(
        ("confluence-v2",),
        (
            "paths",
            "/attachments/{attachment-id}/versions/{version-number}",
            "get",
            "parameters",
            0,
            "schema",
            "pattern",
        ),
        instead("(att)?0-9+", "^(att)?[0-9]+$"),
        "a pattern without the brackets around its range",
    ),
]


@dataclass(frozen=True)
class Rule:
    """One correction wherever it is due."""

    documents: tuple[str, ...]
    change: Callable[[dict[str, Any]], bool]
    """Mends a node; tells whether it had to."""
    reason: str

    def apply(self, document: dict[str, Any]) -> int:
        """Tells how many nodes were mended."""
        return sum(self.change(node) for node in list(_objects(document)))


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(inner)


def _drop_default(node: dict[str, Any]) -> bool:
    wrong = "type" in node and "default" in node and not isinstance(node["default"], dict)
    wrong = wrong and (
        (node["default"] is None and not node.get("nullable"))
        or ("enum" in node and not isinstance(node["default"], list) and node["default"] not in node["enum"])
    )
    if wrong:
        del node["default"]
    return wrong


def _python_pattern(node: dict[str, Any]) -> bool:
    pattern = node.get("pattern")
    if not isinstance(pattern, str) or "\\p{" not in pattern:
        return False
    for java, python in ((r"[\p{L}\p{Digit}_]", r"\w"), (r"\p{L}", r"[^\W\d_]"), (r"\p{Digit}", r"\d")):
        pattern = pattern.replace(java, python)
    node["pattern"] = pattern
    return True


def _lone_operation_id(node: dict[str, Any]) -> bool:
    return "responses" in node and node.pop("operationId", None) is not None


def _paged(node: dict[str, Any]) -> bool:
    schema = str(node.get("responses", {}).get("200", {}).get("content", {}))
    if "#/components/schemas/paginated_" not in schema:
        return False
    known = {parameter.get("name") for parameter in node.get("parameters", ())}
    # Where there is a cursor there are no page numbers.
    added = [name for name in ("page", "pagelen") if name not in known and not (name == "page" and "after" in known)]
    node["parameters"] = [
        *node.get("parameters", ()),
        *({"in": "query", "name": name, "schema": {"type": "integer"}} for name in added),
    ]
    return bool(added)


def _optional_discriminator(node: dict[str, Any]) -> bool:
    told = node.get("discriminator", {})
    name = told.get("propertyName") if isinstance(told, dict) else None
    if name is None or name not in node.get("required", ()):
        return False
    _require(node, [key for key in node["required"] if key != name])
    return True


def _overlapping(node: dict[str, Any]) -> bool:
    if isinstance(node.get("oneOf"), list) and "discriminator" not in node:
        node["anyOf"] = node.pop("oneOf")
        return True
    return False


def _named_parts(node: dict[str, Any]) -> bool:
    schema = node.get("multipart/form-data", {}).get("schema", {})
    if schema.get("type") != "array":
        return False
    node["multipart/form-data"]["schema"] = {
        "type": "object",
        "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
        "required": ["file"],
    }
    return True


def _plain_parameter(node: dict[str, Any]) -> bool:
    if node.get("in") != "query":
        return False
    schema = node.get("schema", {})
    inner = schema.get("items", {}) if schema.get("type") == "array" else schema
    if "$ref" not in inner and (inner.get("type") != "object" or inner.get("properties")):
        return False
    if inner.get("$ref", "#/components/schemas/StringList") != "#/components/schemas/StringList":
        return False
    node["schema"] = {"type": "array", "items": {"type": "string"}} if inner is not schema else {"type": "string"}
    return True


def _values_of_items(node: dict[str, Any]) -> bool:
    if node.get("type") != "array" or not isinstance(node.get("enum"), list):
        return False
    node["items"] = {**node["items"], "enum": node.pop("enum")}
    return True


def _nameless_required(node: dict[str, Any]) -> bool:
    if not node.get("required") or not {"additionalProperties", "properties"} <= node.keys():
        return False
    kept = [key for key in node["required"] if key in node["properties"]]
    changed = kept != node["required"]
    _require(node, kept)
    return changed


def _require(node: dict[str, Any], keys: list[str]) -> None:
    """An empty list is not allowed."""
    node["required"] = keys
    if not keys:
        del node["required"]


RULES: list[Rule] = [
    Rule(
        (*JIRA, "confluence-v1"),
        _nameless_required,
        "requires fields under names that are not those of its fields",
    ),
    Rule(
        ("bitbucket",),
        _paged,
        "page and pagelen are not declared with every listing; the introduction says that all of them take these",
    ),
    Rule(
        ("bitbucket",),
        _optional_discriminator,
        "`type` tells answers apart; the document's own samples of requests leave it out",
    ),
    Rule(
        ("confluence-v1", "confluence-v2", "jira-v3"),
        _overlapping,
        "alternatives that overlap, so that what fits one of them fits several: any of them will do",
    ),
    Rule(
        ("jira-v2", "jira-v3", "jira-service-management"),
        _named_parts,
        "a list where an object of parts is due; by the text the parts are named `file`",
    ),
    Rule(
        ("jira-v2", "jira-v3", "jira-software"),
        _plain_parameter,
        "an object without fields as a query parameter; by the text it is text",
    ),
    Rule(
        ("jira-v2",),
        _values_of_items,
        "the known values of the items stand beside the list, which is never equal to one of them",
    ),
    Rule(
        ("confluence-v1", "confluence-v2", "jira-v2", "jira-v3"),
        _drop_default,
        "a default that the schema itself refuses: null, an empty string, two values of a list in one",
    ),
    Rule(("jira-software",), _python_pattern, "patterns in Java's words for letters and digits"),
    Rule(("jira-service-management",), _lone_operation_id, "six operation ids are used twice"),
]
