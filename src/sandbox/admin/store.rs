//! The data of the organization and the rules that hold wherever it is changed from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::clock::DAY;
use super::super::reply::{Refusal, fnv};
use super::super::seed;
use super::super::store::State;

/// Days in which a deletion can be taken back.
pub const GRACE: i64 = 14 * DAY;
/// What everybody is called whose account is gone.
const FORMER: &str = "Former user";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Membership {
    Active,
    Suspended,
    None,
}

impl Membership {
    pub fn text(self) -> &'static str {
        match self {
            Membership::Active => "active",
            Membership::Suspended => "suspended",
            Membership::None => "no_membership",
        }
    }
}

/// Who keeps an account's data, beside its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Local,
    Scim,
    Google,
    Saml,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    pub id: String,
    pub label: String,
    pub created: i64,
    pub last_access: Option<i64>,
    pub expiry: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    pub id: String,
    /// "atlassian", "customer", "app"
    pub kind: String,
    pub name: String,
    pub nickname: String,
    pub email: String,
    pub email_verified: bool,
    pub zoneinfo: Option<String>,
    pub locale: Option<String>,
    pub job_title: Option<String>,
    pub organization: Option<String>,
    pub department: Option<String>,
    pub location: Option<String>,
    /// Its domain is claimed by the organization.
    pub managed: bool,
    pub source: Source,
    pub membership: Membership,
    pub created: i64,
    pub mfa: bool,
    pub deactivated: Option<i64>,
    pub deactivation_message: Option<String>,
    /// When its deletion was ordered.
    pub deleted: Option<i64>,
    /// The grace period is over.
    pub closed: bool,
    pub export_blocked: bool,
    /// Resource → last seen there.
    pub seen: BTreeMap<String, i64>,
    /// Roles given directly: (resource, role). Those of the organization have its ARI.
    pub roles: BTreeSet<(String, String)>,
    pub tokens: Vec<Token>,
}

impl Account {
    /// Someone who only asks for help: portals know them, the directory does not.
    pub fn customer(id: String, name: String, email: String, created: i64) -> Account {
        Account {
            id,
            kind: "customer".to_owned(),
            nickname: name.clone(),
            name,
            email,
            email_verified: false,
            zoneinfo: None,
            locale: None,
            job_title: None,
            organization: None,
            department: None,
            location: None,
            managed: false,
            source: Source::Local,
            membership: Membership::None,
            created,
            mfa: false,
            deactivated: None,
            deactivation_message: None,
            deleted: None,
            closed: false,
            export_blocked: false,
            seen: BTreeMap::new(),
            roles: BTreeSet::new(),
            tokens: Vec::new(),
        }
    }

    /// Its id stays, for what it made; who it was is forgotten.
    pub fn close(&mut self) {
        self.closed = true;
        self.membership = Membership::None;
        self.tokens.clear();
        for name in [&mut self.name, &mut self.nickname] {
            FORMER.clone_into(name);
        }
        self.email.clear();
        for detail in
            [&mut self.zoneinfo, &mut self.locale, &mut self.job_title, &mut self.organization, &mut self.department, &mut self.location]
        {
            *detail = None;
        }
    }

    pub fn status(&self) -> &'static str {
        if self.closed {
            "closed"
        } else if self.deleted.is_some() || self.deactivated.is_some() {
            "inactive"
        } else {
            "active"
        }
    }

    /// The composite of account and membership that the directory shows.
    pub fn directory_status(&self) -> &'static str {
        if self.deleted.is_some() {
            "for_deletion"
        } else if self.deactivated.is_some() {
            "deactivated"
        } else {
            match self.membership {
                Membership::Active => "active",
                Membership::Suspended => "suspended",
                Membership::None => "not_invited",
            }
        }
    }

    pub fn picture(&self) -> String {
        format!("https://secure.gravatar.com/avatar/{:016x}?d=identicon", fnv(self.id.as_bytes()))
    }

    pub fn last_active(&self) -> Option<i64> {
        self.seen.values().copied().max()
    }

    pub fn domain(&self) -> &str {
        domain_of(&self.email)
    }
}

pub fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    pub id: String,
    pub name: String,
    pub description: String,
    pub members: BTreeSet<String>,
    /// Written by SCIM only.
    pub synced: bool,
    /// Gives every new user of a product access: cannot be deleted.
    pub default: bool,
    pub roles: BTreeSet<(String, String)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Domain {
    pub id: String,
    pub name: String,
    pub verified: bool,
    pub claim: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    pub time: i64,
    pub action: String,
    pub actor: String,
    pub context: Vec<Value>,
    pub place: usize,
}

/// A resource of a policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    pub id: String,
    pub kind: String,
    pub name: String,
    pub status: String,
    pub rule: Value,
    pub resources: Vec<Value>,
    pub created: i64,
    pub updated: i64,
    /// Whatever else the control API keeps in its attributes.
    pub more: serde_json::Map<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Workspace {
    pub ari: String,
    pub name: String,
    pub key: String,
    /// What v1 lists call it.
    pub product: String,
    pub url: String,
    pub created: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScimUser {
    pub id: String,
    pub account: Option<String>,
    /// userName, emails, name, …: what the provider wrote.
    pub data: serde_json::Map<String, Value>,
    pub active: bool,
    pub created: i64,
    pub modified: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScimGroup {
    pub id: String,
    pub external_id: Option<String>,
    pub name: String,
    /// SCIM user ids.
    pub members: Vec<String>,
    /// The directory's group; none when a built-in name kept it from being synced.
    pub group: Option<String>,
    pub created: i64,
    pub modified: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: String,
    pub name: String,
    pub scoped: bool,
    pub created: i64,
    pub expires: i64,
    pub last_active: Option<i64>,
    pub revoked: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OauthClient {
    pub id: String,
    pub name: String,
    pub service_account: Option<String>,
    pub created: i64,
    pub updated: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServiceAccount {
    pub id: String,
    pub account: String,
    pub description: String,
    pub updated: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Level {
    pub id: String,
    pub data: serde_json::Map<String, Value>,
    /// "DRAFT", "PUBLISHED", "ARCHIVED"
    pub status: String,
}

/// What the organization holds beside its accounts and groups, which all products share.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Organization {
    pub domains: Vec<Domain>,
    pub events: Vec<Event>,
    pub policies: Vec<Policy>,
    pub workspaces: Vec<Workspace>,
    pub scim_users: Vec<ScimUser>,
    pub scim_groups: Vec<ScimGroup>,
    pub keys: Vec<ApiKey>,
    pub oauth_clients: Vec<OauthClient>,
    pub service_accounts: Vec<ServiceAccount>,
    pub levels: Vec<Level>,
    /// Domain → app access settings.
    pub access_settings: Vec<Value>,
    /// Authentication policy of an account: account → policy.
    pub auth_policies: BTreeMap<String, String>,
    pub tasks: BTreeMap<String, Value>,
}

impl State {
    /// What time alone brings about: grace periods end.
    pub fn settle(&mut self) {
        let now = self.now();
        for account in &mut self.accounts {
            if !account.closed && account.deleted.is_some_and(|when| when + GRACE <= now) {
                account.close();
                for group in &mut self.groups {
                    group.members.remove(&account.id);
                }
            }
        }
    }

    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub fn account_mut(&mut self, id: &str) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.id == id)
    }

    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    pub fn group_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.id == id)
    }

    pub fn is_verified(&self, domain: &str) -> bool {
        self.organization.domains.iter().any(|known| known.verified && known.name.eq_ignore_ascii_case(domain))
    }

    /// Roles of an account: given directly and through its groups, by resource.
    pub fn roles_of<'a>(&'a self, account: &'a Account) -> BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<&'static str>>> {
        let mut roles: BTreeMap<&str, BTreeMap<&str, BTreeSet<&'static str>>> = BTreeMap::new();
        for (resource, role) in &account.roles {
            roles.entry(resource).or_default().entry(role).or_default().insert("direct");
        }
        for group in self.groups.iter().filter(|group| group.members.contains(&account.id)) {
            for (resource, role) in &group.roles {
                roles.entry(resource).or_default().entry(role).or_default().insert("group_direct");
            }
        }
        roles
    }

    /// Appends to the audit log. The actor is the admin whose key the box's tokens are.
    pub fn record(&mut self, action: &str, context: Vec<Value>) {
        let now = self.now();
        self.record_at(now, action, seed::accounts::ORGANIZATION_ADMIN, context, 0);
    }

    pub fn record_at(&mut self, time: i64, action: &str, actor: &str, context: Vec<Value>, place: usize) {
        let id = self.id();
        self.organization.events.push(Event { id, time, action: action.to_owned(), actor: actor.to_owned(), context, place });
    }

    /// An account as the audit log names it.
    pub fn mention(&self, id: &str) -> Value {
        let name = self.account(id).map(|account| account.name.as_str()).unwrap_or_default();
        json!({"id": id, "type": "users", "attributes": {"name": name}, "links": {"alt": format!("{}/o/{}/members/{id}", "https://admin.atlassian.com", seed::ORG_ID)}})
    }

    pub fn mention_group(&self, id: &str) -> Value {
        let name = self.group(id).map(|group| group.name.as_str()).unwrap_or_default();
        json!({"id": id, "type": "groups", "attributes": {"name": name}})
    }

    pub fn deactivate(&mut self, id: &str, message: Option<String>) {
        let now = self.now();
        if let Some(account) = self.account_mut(id) {
            account.deactivated = Some(now);
            account.deactivation_message = message;
        }
        for user in self.organization.scim_users.iter_mut().filter(|user| user.account.as_deref() == Some(id)) {
            user.active = false;
        }
        let context = vec![self.mention(id)];
        self.record("managed_account_deactivated", context);
    }

    pub fn activate(&mut self, id: &str) {
        if let Some(account) = self.account_mut(id) {
            account.deactivated = None;
            account.deactivation_message = None;
        }
        for user in self.organization.scim_users.iter_mut().filter(|user| user.account.as_deref() == Some(id)) {
            user.active = true;
        }
        let context = vec![self.mention(id)];
        self.record("managed_account_reactivated", context);
    }
}

/// The organization as a resource of roles.
pub fn organization_ari() -> String {
    format!("ari:cloud:platform::org/{}", seed::ORG_ID)
}

pub fn not_found(code: &str, what: &str, id: &str) -> Refusal {
    Refusal::new(404, code, format!("{what} {id} does not exist."))
}
