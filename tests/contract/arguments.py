"""Arguments for every operation: few and all of them, from the catalog's facts and what the sandbox holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from atlassian_cloud import Admin, Confluence, Jira
from atlassian_cloud.sandbox import Sandbox

from .facts import Json, Operation
from .samples import Sampler

Arguments = dict[str, Any]


class World:
    """A sandbox and the ids in it that only a question tells; all of them outlive a reset."""

    def __init__(self, box: Sandbox, admin: Admin) -> None:
        self.box, self.admin = box, admin
        org = box.org_id
        self.event = _first(admin.organizations.events.list(org)).id
        # The first two are the box's own.
        self.api_key = admin.api_keys.list(org).to_list()[2].id
        self.oauth_client = _first(admin.oauth_clients.list(org))["clientId"]
        robots = admin.service_accounts.list(org).to_list()
        self.service_account = robots[0].id
        levels = admin.classification_levels.list(org).to_list()
        self.levels = [level.level_id for level in levels]
        self.archived_level = next(level.level_id for level in levels if level.status == "ARCHIVED")
        everything = admin.control.v2.policies.list(org).to_list()
        by_kind = {policy.attributes.type: policy for policy in reversed(everything)}
        self.policy = by_kind["ip-allowlist"].id
        self.authentication_policy = by_kind["authentication-policy"].id
        self.member = next(
            user.account_id
            for user in admin.organizations.directories.users.search(
                org, box.directory_id, group_ids=[box.groups.engineering]
            )
            if user.account_status == "active"
        )

        self.scim_group_name = admin.scim.groups.get(box.scim.group).display_name

    def prepare(self, operation: str) -> dict[str, Any]:
        """What has to be there before the call; tells arguments that only it knows."""
        box, admin = self.box, self.admin
        if operation == "admin.control.auth_policies.task":
            moved = admin.control.auth_policies.add_users(
                box.org_id, self.authentication_policy, users=[box.accounts.active]
            )
            return {"task_id": moved.task_id}
        if operation == "admin.organizations.directories.groups.revoke_role":
            role = {"resource_id": box.resources.jira, "role_id": "atlassian/user"}
            admin.organizations.directories.groups.assign_role(
                box.org_id, box.directory_id, box.groups.engineering, **role
            )
        if operation in TASKS:
            product, argument, begin = TASKS[operation]
            with box.client(product) as client:
                return {argument: client.task(begin(client)).id}
        return {}


# What asks for a long task or cancels it: its client, the argument with the id, and what begins one.
TASKS: dict[str, tuple[type[Any], str, Callable[[Any], Any]]] = {
    **{
        f"jira.{name}": (Jira, "task_id", lambda jira: jira.projects.delete_async("PROJ"))
        for name in ("tasks.get", "tasks.cancel", "v2.tasks.get", "v2.tasks.cancel")
    },
    **{
        f"jira.{name}": (Jira, "task_id", lambda jira: jira.issues.bulk.watch(selected_issue_ids_or_keys=["PROJ-1"]))
        for name in ("issues.bulk.get_progress", "v2.issues.bulk.get_progress")
    },
    "confluence.v1.long_tasks.get": (Confluence, "id", lambda confluence: confluence.v1.pages.delete_tree("1")),
}


def _first(paginator: Any) -> Any:
    found = paginator.first()
    assert found is not None
    return found


Value = Callable[[World], Any]

# Path parameters by their wire name, where the name tells enough.
IDS: dict[str, Value] = {
    "orgId": lambda w: w.box.org_id,
    "account_id": lambda w: w.box.accounts.active,
    "accountId": lambda w: w.box.accounts.active,
    "groupId": lambda w: w.box.groups.engineering,
    "domainId": lambda w: w.box.domains.verified_id,
    "eventId": lambda w: w.event,
    "policyId": lambda w: w.policy,
    "resourceId": lambda w: w.box.resources.jira,
    "apiKeyId": lambda w: w.api_key,
    "clientId": lambda w: w.oauth_client,
    "serviceAccountId": lambda w: w.service_account,
    "levelId": lambda w: w.levels[0],
    "domain": lambda w: w.box.domains.verified,
    "tokenId": lambda w: w.box.tokens.stale,
    "taskId": lambda w: "task",
    "userId": lambda w: w.box.scim.user,
    "scimDirectoryId": lambda w: w.box.scim_directory,
    "scimUserId": lambda w: w.box.scim.user,
}

# Query and body by their wire name.
SAMPLES: dict[str, Value] = {
    "email": lambda w: "new.address@acme.example",
    "emails": lambda w: ["vera.mars@acme.example", "new.address@acme.example"],
    "emailDomains": lambda w: [w.box.domains.verified, "partner.example"],
    "accountIds": lambda w: [w.box.accounts.active, w.box.accounts.with_tokens],
    "accountId": lambda w: w.box.accounts.active,
    "directoryIds": lambda w: [w.box.directory_id, "9d5f0c8e-7a41-4e2b-8c96-1b0d9f2e6a57"],
    "groupIds": lambda w: [w.box.groups.engineering, w.box.groups.empty],
    "groupNames": lambda w: ["engineering", "nobody"],
    "resourceIds": lambda w: [w.box.resources.jira, w.box.resources.confluence],
    "resourceOwners": lambda w: ["jira-software", "confluence"],
    "resource": lambda w: w.box.resources.jira,
    "resourceId": lambda w: w.box.resources.jira,
    "productId": lambda w: w.box.resources.confluence,
    "additionalGroups": lambda w: [w.box.groups.engineering],
    "users": lambda w: [w.box.accounts.active],
    "levelIds": lambda w: [w.levels[2]],
    "nickname": lambda w: "marshmallow",
    "zoneinfo": lambda w: "Europe/Berlin",
    "locale": lambda w: "en-US",
    "from": lambda w: 1_700_000_000_000,
    "to": lambda w: 1_900_000_000_000,
    "actor": lambda w: [w.box.accounts.active, w.box.accounts.with_tokens],
    "ip": lambda w: ["203.0.113.7", "198.51.100.17"],
    "location": lambda w: '[{"city":"Austin","countryName":"United States"}]',
    "action": lambda w: "user_login",
    "in": lambda w: ["203.0.113.0/24"],
    "scheduledDate": lambda w: "2026-12-01T00:00:00Z",
    "filter": lambda w: 'displayName eq "nothing"',
    "userName": lambda w: "new.address@acme.example",
    "timezone": lambda w: "Europe/Berlin",
    "sortBy": lambda w: ['{"field":"name","direction":"asc"}'],
    "color": lambda w: "BLUE_BOLD",
    "domain": lambda w: "new.example",
}
for _field in ("expiresAt", "createdAt", "lastActiveAt"):
    SAMPLES |= {
        f"{_field}SearchType": lambda w: "range",
        f"{_field}Uom": lambda w: "days",
        f"{_field}Value": lambda w: 30,
        f"{_field}From": lambda w: "2026-01-01",
        f"{_field}To": lambda w: "2026-12-31",
        f"{_field}RangeFrom": lambda w: "30",
        f"{_field}RangeTo": lambda w: "1",
    }

# The server takes fewer values at once than it knows.
AT_MOST = {"roleIds": 10, "status": 4}

# By operation and Python name: what the operation is about, where the name alone does not tell.
OWN: dict[str, dict[str, Value]] = {
    "users.enable": {"account_id": lambda w: w.box.accounts.deactivated},
    "users.cancel_delete": {"account_id": lambda w: w.box.accounts.deleted},
    "users.update": {
        "extended_profile": lambda w: {
            "job_title": "Lead",
            "organization": "Acme",
            "department": "Design",
            "location": "Lompoc",
        }
    },
    "users.tokens.list": {"account_id": lambda w: w.box.accounts.with_tokens},
    "users.tokens.delete": {"account_id": lambda w: w.box.accounts.with_tokens},
    "organizations.directories.users.restore": {"account_id": lambda w: w.box.accounts.suspended},
    "organizations.directories.groups.delete": {"group_id": lambda w: w.box.groups.empty},
    "organizations.directories.groups.memberships.add": {
        "group_id": lambda w: w.box.groups.empty,
        "account_id": lambda w: w.box.accounts.never_active,
    },
    "organizations.directories.groups.memberships.remove": {"account_id": lambda w: w.member},
    "organizations.directories.groups.assign_role": {"role_id": lambda w: "atlassian/user"},
    "organizations.directories.groups.revoke_role": {"role_id": lambda w: "atlassian/user"},
    "organizations.directories.groups.role_assignments": {"group_id": lambda w: w.box.groups.jira_users},
    "organizations.directories.users.list": {"sort_by": lambda w: ['{"field":"nick_name","direction":"asc"}']},
    "organizations.policies.resources.add": {"id": lambda w: w.box.resources.service_management},
    "organizations.workspaces.search": {
        "query": lambda w: {
            "and": [
                {"field": {"name": "attributes.type", "values": ["Jira", "Confluence"]}},
                {"nor": [{"searchWorkspaces": "nothing"}]},
            ]
        },
        "sort": lambda w: [{"field": "attributes.name", "order": "asc"}],
    },
    "control.policies.resources.create": {"id": lambda w: w.box.resources.service_management},
    "control.auth_policies.add_users": {"policy_id": lambda w: w.authentication_policy},
    "control.auth_policies.for_users": {"body": lambda w: {"users": [w.box.accounts.active]}},
    "control.v2.policies.create": {
        "body": lambda w: {"data": {"type": "policy", "attributes": {"type": "ip-allowlist", "name": "New"}}}
    },
    "control.v2.policies.update": {"body": lambda w: {"data": {"type": "policy", "attributes": {"name": "Renamed"}}}},
    "control.v2.policies.publish_drafts": {"body": lambda w: {"ruleType": "ip-allowlist"}},
    "control.v2.policies.resources.change": {
        "body": lambda w: {"add": [w.box.resources.service_management], "remove": []}
    },
    "classification_levels.archive": {"body": lambda w: {"levelId": w.levels[0]}},
    "classification_levels.restore": {"body": lambda w: {"levelId": w.archived_level}},
    "classification_levels.reorder": {"body": lambda w: {"levelIds": w.levels[::-1]}},
    "oauth_clients.create": {"body": lambda w: {"name": "New client"}},
    "service_accounts.update": {"body": lambda w: {"serviceAccountId": w.service_account, "displayName": "Renamed"}},
    "service_accounts.tokens.count": {"body": lambda w: {"serviceAccountIds": [w.service_account]}},
    "scim.users.create": {"emails": lambda w: [{"value": "new.address@acme.example", "type": "work", "primary": True}]},
    "scim.users.replace": {
        "user_name": lambda w: "sara.synced@acme.example",
        "emails": lambda w: [{"value": "sara.synced@acme.example", "type": "work", "primary": True}],
    },
    "scim.users.list": {"filter": lambda w: 'userName eq "sara.synced@acme.example"'},
    "scim.users.patch": {"operations": lambda w: [{"op": "replace", "path": "title", "value": "Lead"}]},
    "scim.groups.get": {"group_id": lambda w: w.box.scim.group},
    "scim.groups.update": {
        "group_id": lambda w: w.box.scim.group,
        "display_name": lambda w: w.scim_group_name,
        "members": lambda w: [
            {"type": "User", "value": w.box.scim.user, "display": "Sara", "$ref": "https://api.atlassian.com/x"}
        ],
    },
    "scim.groups.create": {
        "members": lambda w: [
            {"type": "User", "value": w.box.scim.user, "display": "Sara", "$ref": "https://api.atlassian.com/x"}
        ]
    },
    "scim.groups.patch": {
        "group_id": lambda w: w.box.scim.group,
        "operations": lambda w: [{"op": "add", "path": "members", "value": [{"value": w.box.scim.user}]}],
    },
    "scim.groups.delete": {"group_id": lambda w: w.box.scim.group},
    "scim.links.get_by_account": {"account_id": lambda w: w.box.accounts.scim_managed},
    "scim.links.get_by_email": {"email": lambda w: "sara.synced@acme.example"},
    "scim.links.delete_records": {"account_id": lambda w: w.box.accounts.scim_managed},
}

# What only the call without optional arguments needs.
FEW: dict[str, dict[str, Value]] = {
    f"organizations.users.{name}_role": {"role": lambda w: "atlassian/org-admin"} for name in ("assign", "revoke")
}

# What excludes each other: one full variant per entry, each without these arguments.
APART: dict[str, tuple[set[str], ...]] = {
    "organizations.directories.users.search": ({"search_term"}, {"emails"}),
    "organizations.directories.groups.search": ({"search_term", "group_ids"}, {"group_names"}),
    **{
        f"scim.users.{name}": ({"attributes"}, {"excluded_attributes"})
        for name in ("list", "get", "create", "replace", "patch")
    },
}


@dataclass(frozen=True)
class Variant:
    """One way to call an operation."""

    operation: Operation
    kind: str
    """minimal, full, full-2, or resumed: full and from a cursor on."""
    without: frozenset[str] = frozenset()

    @property
    def full(self) -> bool:
        return self.kind != "minimal"

    def params(self) -> list[Json]:
        """The parameters given, as the catalog has them."""
        given = [
            param
            for param in self.operation.params
            if self.full or (param["required"] and param["default"] is None and param["context"] is None)
        ]
        return [param for param in given if param["name"] not in self.without]

    def arguments(self, world: World, prepared: Arguments) -> tuple[list[Any], Arguments]:
        """Positional and keyword arguments."""
        own = owned(OWN, self.operation) | (owned(FEW, self.operation) if self.kind == "minimal" else {})
        values: Arguments = {}
        sampler = Sampler(self.operation, Known(world, self.operation), few=self.kind == "minimal")
        for param in self.params():
            name = param["name"]
            if name in prepared:
                values[name] = prepared[name]
            elif name in own:
                values[name] = own[name](world)
            elif name == "x_atlassian_token":
                # Another word is refused as forged.
                values[name] = "no-check"
            else:
                values[name] = sampler.argument(param)
        positional = [
            values.pop(param["name"])
            for param in self.operation.params
            if param["place"] == "path" and param["context"] is None
        ]
        paging = self.operation.paging
        if paging and self.full:
            # No more than one page, so that nothing is fetched ahead into the next call; examples have one item.
            values["limit"] = 2 if self.operation.product == "admin" else 1
            if paging["size"]:
                values["page_size"] = 2
        return positional, values


def owned(table: dict[str, dict[str, Value]], operation: Operation) -> dict[str, Value]:
    return table.get(operation.name.removeprefix("admin."), {})


def variants(operation: Operation) -> list[Variant]:
    apart = APART.get(operation.name.removeprefix("admin."), (set(),))
    found = [Variant(operation, "minimal")]
    for number, without in enumerate(apart, 1):
        found.append(Variant(operation, "full" if number == 1 else f"full-{number}", frozenset(without)))
    if operation.paging and operation.paging["cursor"]:
        found.append(Variant(operation, "resumed", frozenset(apart[0])))
    return found


class Known:
    """Values that a product's sandbox knows, by wire name; of products without data of their own there are none."""

    def __init__(self, world: World, operation: Operation) -> None:
        self.world = world
        self.operation = operation
        self.product = operation.product

    def at_most(self, key: str) -> int | None:
        return AT_MOST.get(key) if self.product == "admin" else None

    def find(self, place: str, key: str, listed: bool) -> Any:
        """The value, or None where any of the type will do."""
        if self.product != "admin":
            return None
        if place == "path":
            if key == "directoryId":
                box = self.world.box
                return box.scim_directory if self.operation.path.startswith("/scim/") else box.directory_id
            return IDS[key](self.world)
        value = SAMPLES[key](self.world) if key in SAMPLES else None
        return value if isinstance(value, list) == listed else None
