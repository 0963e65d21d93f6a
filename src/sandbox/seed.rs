//! What every fresh box holds, by fixed ids: tests and examples may name these.

/// The one organization, "Acme".
pub const ORG_ID: &str = "c9a1a7d5-0f3e-4b6c-9d2a-5e8f7a6b1c2d";
pub const ORG_NAME: &str = "Acme";
/// The organization's directory of users and groups (API v2).
pub const DIRECTORY_ID: &str = "3d5f0c8e-7a41-4e2b-8c96-1b0d9f2e6a57";
/// The directory that an identity provider writes to (SCIM).
pub const SCIM_DIRECTORY: &str = "a4b8e2f6-19c3-4d70-b5ea-6f2c8d1e0937";

/// An organization API key made without scopes: good for everything but SCIM.
pub const TOKEN: &str = "sandbox-organization-key";
/// An organization API key with scopes: user management refuses it.
pub const SCOPED_TOKEN: &str = "sandbox-scoped-key";
/// The account whose API tokens these are, and the account that gives consent.
pub const EMAIL: &str = "olga.admin@acme.example";
/// An API token without scopes: good for the site and its gateway.
pub const API_TOKEN: &str = "sandbox-api-token";
/// An API token with `SCOPES`: good through the gateway alone.
pub const SCOPED_API_TOKEN: &str = "sandbox-scoped-api-token";
/// Of the scoped token, and of the service account: reading everywhere, writing in Jira.
pub const SCOPES: [&str; 6] = [
    "read:jira-work",
    "write:jira-work",
    "read:servicedesk-request",
    "read:ops-alert:jira-service-management",
    "read:cmdb-object:jira",
    "read:confluence-content.all",
];
/// An API token for Bitbucket, which goes with the email address.
pub const BITBUCKET_API_TOKEN: &str = "sandbox-bitbucket-api-token";
/// An access token of a repository: a bearer token.
pub const BITBUCKET_ACCESS_TOKEN: &str = "sandbox-repository-access-token";

/// Applications of the authorization servers.
pub mod oauth {
    /// Acts for users that consent.
    pub const CLIENT_ID: &str = "sandbox-oauth-client";
    pub const CLIENT_SECRET: &str = "sandbox-oauth-secret";
    /// A service account's credential.
    pub const SERVICE_CLIENT_ID: &str = "sandbox-service-client";
    pub const SERVICE_CLIENT_SECRET: &str = "sandbox-service-secret";
    /// An OAuth consumer of Bitbucket.
    pub const CONSUMER_KEY: &str = "sandbox-consumer-key";
    pub const CONSUMER_SECRET: &str = "sandbox-consumer-secret";
}

pub const SITE_URL: &str = "https://acme.atlassian.net";
pub const SITE_NAME: &str = "acme";
/// Names the site in paths of the gateway.
pub const CLOUD_ID: &str = "1324a887-45db-1bf4-1e99-ef0ff456d421";
/// The key of the SCIM directory: good for SCIM only.
pub const SCIM_TOKEN: &str = "sandbox-scim-key";

pub const DOMAIN: &str = "acme.example";
pub const UNVERIFIED_DOMAIN: &str = "acme-labs.example";
pub const DOMAIN_ID: &str = "YWNtZS5leGFtcGxl";
pub const UNVERIFIED_DOMAIN_ID: &str = "YWNtZS1sYWJzLmV4YW1wbGU";

/// Resources, as ARIs; their ids are those of the workspaces.
pub const JIRA: &str = "ari:cloud:jira-software::site/1d2e3f40-5a6b-4c7d-8e9f-0a1b2c3d4e5f";
pub const CONFLUENCE: &str = "ari:cloud:confluence::site/1d2e3f40-5a6b-4c7d-8e9f-0a1b2c3d4e5f";
pub const SERVICE_MANAGEMENT: &str = "ari:cloud:jira-servicedesk::site/1d2e3f40-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

/// Accounts, each known for one thing.
pub mod accounts {
    /// Ordinary and active: everything is allowed.
    pub const ACTIVE: &str = "5e5f6a63157ed50cd2b9eaca";
    /// Active, with five API tokens.
    pub const WITH_TOKENS: &str = "5f1a2b3c4d5e6f7081920a01";
    /// The organization admin whose keys the box's tokens are.
    pub const ORGANIZATION_ADMIN: &str = "557058:0d7c9a3e-52b1-4f86-a0e4-7b1c2d3e4f50";
    /// Synced by SCIM: profile, email and lifecycle are refused.
    pub const SCIM_MANAGED: &str = "712020:4a1f8c27-9e35-4b60-8d72-c5a6e7f80913";
    /// Synced from Google.
    pub const GOOGLE_MANAGED: &str = "712020:8b2e6d14-3c79-4f05-9a81-d6b7f8091a24";
    /// Signs in by SAML, which sets the name.
    pub const SAML_MANAGED: &str = "712020:1c9d7e35-6f80-4a12-b3c4-e5d6f7a8b9c0";
    /// Deactivated by an admin.
    pub const DEACTIVATED: &str = "5d8c7b6a5948372615040302";
    /// Deleted three days ago: eleven days of grace are left.
    pub const DELETED: &str = "5c4b3a291807f6e5d4c3b2a1";
    /// Suspended in the directory; the account itself is active.
    pub const SUSPENDED: &str = "5b7a6c8d9e0f1a2b3c4d5e6f";
    /// Never seen anywhere.
    pub const NEVER_ACTIVE: &str = "712020:2f6a9b18-7c04-4e53-9d8e-0a1b2c3d4e5f";
    /// Managed, but not invited to the directory.
    pub const NOT_INVITED: &str = "712020:9e8d7c6b-5a49-4382-9716-0f1e2d3c4b5a";
    /// Blocked by export control: cannot be enabled.
    pub const EXPORT_BLOCKED: &str = "712020:5d4c3b2a-1908-4f7e-8d6c-b5a493827160";
    /// In the directory, of a domain nobody claimed: user management refuses it.
    pub const UNMANAGED: &str = "557058:b6d1f2a3-8c94-4e75-a067-1f2e3d4c5b6a";
    /// A customer of the help desk.
    pub const CUSTOMER: &str = "qm:0f1e2d3c-4b5a-4697-8887-9a0b1c2d3e4f:6a7b8c9d:1";
    /// A service account.
    pub const SERVICE_ACCOUNT: &str = "712020:e0f1a2b3-c4d5-46e7-98f9-0a1b2c3d4e5f";
}

/// Groups of the directory.
pub mod groups {
    pub const ORGANIZATION_ADMINS: &str = "6f0a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a01";
    /// The default group of Jira: it cannot be deleted.
    pub const JIRA_USERS: &str = "6f0a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a03";
    /// An ordinary one.
    pub const ENGINEERING: &str = "6f0a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a07";
    /// Nobody is in it.
    pub const EMPTY: &str = "6f0a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a0a";
    /// Written by SCIM only.
    pub const SYNCED: &str = "6f0a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a0b";
}

/// What the SCIM directory holds.
pub mod scim {
    /// The SCIM user of `accounts::SCIM_MANAGED`.
    pub const USER: &str = "0b1c2d3e-4f50-4617-8839-a4b5c6d7e8f9";
    /// The SCIM group behind `groups::SYNCED`.
    pub const GROUP: &str = "1c2d3e4f-5061-4728-994a-b5c6d7e8f90a";
}

/// Tokens of `accounts::WITH_TOKENS`.
pub mod tokens {
    /// Used yesterday, expires in half a year.
    pub const FRESH: &str = "tok-7f3a9c10";
    /// Never used.
    pub const UNUSED: &str = "tok-7f3a9c11";
    /// Expires in five days.
    pub const EXPIRING: &str = "tok-7f3a9c12";
    /// Two years without use; it has no expiry.
    pub const STALE: &str = "tok-7f3a9c13";
    /// Has expired.
    pub const EXPIRED: &str = "tok-7f3a9c14";
}

/// What Bitbucket holds.
pub mod bitbucket {
    pub const WORKSPACE: &str = "acme";
    /// Public, with an issue tracker and most of the pull requests.
    pub const REPOSITORY: &str = "website";
}

/// What Assets holds.
pub mod assets {
    pub const WORKSPACE_ID: &str = "b7c1d9e4-3f52-4a86-9d0b-6e1f2a3c4d5e";
    /// "IT assets", whose keys begin with ITA.
    pub const SCHEMA_ID: &str = "1";
    /// The source of an external import into the schema.
    pub const IMPORT_SOURCE_ID: &str = "5e2d7c1a-9b84-4f63-8a07-c3d2e1f0a9b8";
}

/// Boards and sprints.
pub mod agile {
    /// "ENG board", scrum.
    pub const SCRUM_BOARD: u64 = 1;
    /// "WEB board", kanban.
    pub const KANBAN_BOARD: u64 = 2;
    /// Of the scrum board: under way, and to come; those before are closed.
    pub const ACTIVE_SPRINT: u64 = 5;
    pub const FUTURE_SPRINT: u64 = 6;
}

/// The help desk of the project HELP.
pub mod service_desk {
    pub const DESK: u64 = 1;
    /// "Get IT help"
    pub const HELP: u64 = 1;
    /// "Report an incident"
    pub const INCIDENT: u64 = 2;
    /// "Request access": the organization admin approves it.
    pub const ACCESS: u64 = 3;
    /// "Plan a change": approved likewise.
    pub const CHANGE: u64 = 4;
    /// Customer organizations: "Globex" and "Initech".
    pub const GLOBEX: u64 = 1;
    pub const INITECH: u64 = 2;
}

/// Spaces and pages of Confluence.
pub mod confluence {
    /// "ENG"
    pub const ENGINEERING: u64 = 65_537;
    /// "DOCS"
    pub const DOCUMENTATION: u64 = 65_538;
    /// "HR"
    pub const PEOPLE: u64 = 65_539;
    /// Of the organization admin.
    pub const PERSONAL: u64 = 65_540;
    /// The homepage of Engineering, and the first of all.
    pub const FIRST_PAGE: u64 = 100_001;
    /// A page with a tree below it, attachments, comments, likes and watchers.
    pub const ARCHITECTURE: u64 = 100_002;
    /// A page with how-tos below it.
    pub const RUNBOOKS: u64 = 100_013;
    /// "Salaries": it and all below it are read by few.
    pub const RESTRICTED: u64 = 100_053;
    /// System roles of spaces.
    pub const ROLE_ADMIN: &str = "2d6f1c84-9a3b-4e57-8c10-6b7d8e9f0a11";
    pub const ROLE_COLLABORATOR: &str = "2d6f1c84-9a3b-4e57-8c10-6b7d8e9f0a12";
    pub const ROLE_VIEWER: &str = "2d6f1c84-9a3b-4e57-8c10-6b7d8e9f0a13";
}

/// All of it, for those who do not read Rust.
pub fn json() -> serde_json::Value {
    serde_json::json!({
        "org_id": ORG_ID,
        "org_name": ORG_NAME,
        "directory_id": DIRECTORY_ID,
        "scim_directory": SCIM_DIRECTORY,
        "token": TOKEN,
        "scoped_token": SCOPED_TOKEN,
        "scim_token": SCIM_TOKEN,
        "email": EMAIL,
        "api_token": API_TOKEN,
        "scoped_api_token": SCOPED_API_TOKEN,
        "bitbucket_api_token": BITBUCKET_API_TOKEN,
        "bitbucket_access_token": BITBUCKET_ACCESS_TOKEN,
        "cloud_id": CLOUD_ID,
        "oauth": {
            "client_id": oauth::CLIENT_ID,
            "client_secret": oauth::CLIENT_SECRET,
            "service_client_id": oauth::SERVICE_CLIENT_ID,
            "service_client_secret": oauth::SERVICE_CLIENT_SECRET,
            "consumer_key": oauth::CONSUMER_KEY,
            "consumer_secret": oauth::CONSUMER_SECRET,
        },
        "domains": {"verified": DOMAIN, "unverified": UNVERIFIED_DOMAIN, "verified_id": DOMAIN_ID, "unverified_id": UNVERIFIED_DOMAIN_ID},
        "resources": {"jira": JIRA, "confluence": CONFLUENCE, "service_management": SERVICE_MANAGEMENT},
        "accounts": {
            "active": accounts::ACTIVE,
            "with_tokens": accounts::WITH_TOKENS,
            "organization_admin": accounts::ORGANIZATION_ADMIN,
            "scim_managed": accounts::SCIM_MANAGED,
            "google_managed": accounts::GOOGLE_MANAGED,
            "saml_managed": accounts::SAML_MANAGED,
            "deactivated": accounts::DEACTIVATED,
            "deleted": accounts::DELETED,
            "suspended": accounts::SUSPENDED,
            "never_active": accounts::NEVER_ACTIVE,
            "not_invited": accounts::NOT_INVITED,
            "export_blocked": accounts::EXPORT_BLOCKED,
            "unmanaged": accounts::UNMANAGED,
            "customer": accounts::CUSTOMER,
            "service_account": accounts::SERVICE_ACCOUNT,
        },
        "groups": {
            "organization_admins": groups::ORGANIZATION_ADMINS,
            "jira_users": groups::JIRA_USERS,
            "engineering": groups::ENGINEERING,
            "empty": groups::EMPTY,
            "synced": groups::SYNCED,
        },
        "bitbucket": {"workspace": bitbucket::WORKSPACE, "repository": bitbucket::REPOSITORY},
        "assets": {"workspace_id": assets::WORKSPACE_ID, "schema_id": assets::SCHEMA_ID, "import_source_id": assets::IMPORT_SOURCE_ID},
        "scim": {
            "user": scim::USER,
            "group": scim::GROUP,
        },
        "agile": {
            "scrum_board": agile::SCRUM_BOARD,
            "kanban_board": agile::KANBAN_BOARD,
            "active_sprint": agile::ACTIVE_SPRINT,
            "future_sprint": agile::FUTURE_SPRINT,
        },
        "service_desk": {
            "id": service_desk::DESK.to_string(),
            "help": service_desk::HELP.to_string(),
            "incident": service_desk::INCIDENT.to_string(),
            "access": service_desk::ACCESS.to_string(),
            "change": service_desk::CHANGE.to_string(),
            "globex": service_desk::GLOBEX.to_string(),
            "initech": service_desk::INITECH.to_string(),
        },
        "confluence": {
            "engineering": confluence::ENGINEERING.to_string(),
            "documentation": confluence::DOCUMENTATION.to_string(),
            "people": confluence::PEOPLE.to_string(),
            "personal": confluence::PERSONAL.to_string(),
            "home": confluence::FIRST_PAGE.to_string(),
            "architecture": confluence::ARCHITECTURE.to_string(),
            "runbooks": confluence::RUNBOOKS.to_string(),
            "restricted": confluence::RESTRICTED.to_string(),
        },
        "tokens": {
            "fresh": tokens::FRESH,
            "unused": tokens::UNUSED,
            "expiring": tokens::EXPIRING,
            "stale": tokens::STALE,
            "expired": tokens::EXPIRED,
        },
    })
}
