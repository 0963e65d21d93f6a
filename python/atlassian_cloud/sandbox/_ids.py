"""Ids and keys of what every box begins with, each known for one thing."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Accounts:
    """Ids of accounts, each known for one thing."""

    active: str
    """Ordinary: everything is allowed."""
    with_tokens: str
    """Has five API tokens; see `Sandbox.tokens`."""
    organization_admin: str
    """The admin whose keys the box's keys are."""
    scim_managed: str
    """Synced by SCIM: profile, email and lifecycle are refused."""
    google_managed: str
    """Synced from Google: the same."""
    saml_managed: str
    """Signs in by SAML: name and email are refused."""
    deactivated: str
    """Deactivated by an admin 200 days ago."""
    deleted: str
    """Deleted three days ago: the deletion can still be cancelled."""
    suspended: str
    """Suspended in the directory, while the account itself is active."""
    never_active: str
    """Was never seen in any product."""
    not_invited: str
    """Managed, but no member of the directory."""
    export_blocked: str
    """Blocked by export control: cannot be enabled."""
    unmanaged: str
    """A guest of another domain: in the directory, closed to user management."""
    customer: str
    """A customer of the help desk."""
    service_account: str
    """A service account."""


@dataclass(frozen=True)
class Groups:
    """Ids of groups."""

    organization_admins: str
    """Gives organization administration; cannot be deleted."""
    jira_users: str
    """A default group; cannot be deleted."""
    engineering: str
    """An ordinary one."""
    empty: str
    """Has no members."""
    synced: str
    """Comes from the identity provider; only SCIM changes it."""


@dataclass(frozen=True)
class Scim:
    """Ids in the SCIM directory."""

    user: str
    """The user behind `Accounts.scim_managed`."""
    group: str
    """The group behind `Groups.synced`."""


@dataclass(frozen=True)
class Tokens:
    """Ids of the API tokens of `Accounts.with_tokens`."""

    fresh: str
    """Used yesterday, ends in half a year."""
    unused: str
    """Never used."""
    expiring: str
    """Ends in five days."""
    stale: str
    """Not used for two years; has no end."""
    expired: str
    """Has ended."""


@dataclass(frozen=True)
class Wiki:
    """Ids of spaces and pages in Confluence."""

    engineering: str
    """The space ENG."""
    documentation: str
    """The space DOCS."""
    people: str
    """The space HR."""
    personal: str
    """The personal space of `Accounts.organization_admin`."""
    home: str
    """The homepage of Engineering."""
    architecture: str
    """A page with a tree below it, attachments, comments, likes, watchers and a property."""
    runbooks: str
    """A page with how-tos below it."""
    restricted: str
    """A page that only a few may read, with all that stands below it."""


@dataclass(frozen=True)
class Domains:
    """The organization's two domains."""

    verified: str
    unverified: str
    verified_id: str
    unverified_id: str


@dataclass(frozen=True)
class Resources:
    """Workspaces, as the ARIs that roles and policies name them by."""

    jira: str
    confluence: str
    service_management: str


@dataclass(frozen=True)
class AgileSeed:
    """Ids of boards and sprints."""

    scrum_board: int
    """"ENG board", with six sprints."""
    kanban_board: int
    """"WEB board", with a backlog."""
    active_sprint: int
    """The sprint of the scrum board that is under way; those before it are closed."""
    future_sprint: int
    """The sprint of the scrum board that is to come."""


@dataclass(frozen=True)
class ServiceDesk:
    """Ids around the help desk of the project HELP."""

    id: str
    """The service desk."""
    help: str
    """The request type "Get IT help"."""
    incident: str
    """The request type "Report an incident"."""
    access: str
    """The request type "Request access": the organization's administrator approves it."""
    change: str
    """The request type "Plan a change", approved likewise."""
    globex: str
    """A customer organization."""
    initech: str
    """Another one."""


@dataclass(frozen=True)
class BitbucketSeed:
    """What Bitbucket holds."""

    workspace: str
    """Slug of the one workspace."""
    repository: str
    """Slug of the public repository, which has an issue tracker and most of the pull requests."""


@dataclass(frozen=True)
class AssetsSeed:
    """What Assets holds."""

    workspace_id: str
    """Id of the one workspace."""
    schema_id: str
    """Id of the object schema "IT assets", whose keys begin with ITA."""
    import_source_id: str
    """Id of the source of an external import into the schema."""


@dataclass(frozen=True)
class Applications:
    """Applications that the box's authorization servers know."""

    client_id: str
    """Acts for users: `OAuth`. Whoever is sent to the box for consent gives it at once."""
    client_secret: str = field(repr=False)
    service_client_id: str
    """A service account's credential: `ClientCredentials`."""
    service_client_secret: str = field(repr=False)
    consumer_key: str
    """An OAuth consumer of Bitbucket: `ClientCredentials`."""
    consumer_secret: str = field(repr=False)
