//! What a site's administrators decide, beside the things themselves: schemes, orders, defaults, dashboards, webhooks.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Configuration {
    pub issue_type_schemes: BTreeMap<u64, Scheme<IssueTypes>>,
    pub workflow_schemes: BTreeMap<u64, Scheme<Workflows>>,
    pub screen_schemes: BTreeMap<u64, Scheme<Screens>>,
    pub issue_type_screen_schemes: BTreeMap<u64, Scheme<ScreensByType>>,
    pub permission_schemes: BTreeMap<u64, Scheme<Vec<Grant>>>,
    pub notification_schemes: BTreeMap<u64, Scheme<Vec<Notification>>>,
    pub security_schemes: BTreeMap<u64, Scheme<Vec<SecurityLevel>>>,
    /// In the order that administrators gave; what is missing here comes last.
    pub priority_order: Vec<u64>,
    pub resolution_order: Vec<u64>,
    pub default_priority: Option<u64>,
    pub default_resolution: Option<u64>,
    /// Versions by project.
    pub version_order: BTreeMap<u64, Vec<u64>>,
    /// Of versions, as sent.
    pub related_work: BTreeMap<u64, Vec<Value>>,
    /// Who plays a role in every new project: account ids and "group:{groupId}".
    pub default_actors: BTreeMap<u64, BTreeSet<String>>,
    /// Default values of custom fields by context, as sent.
    pub default_values: BTreeMap<u64, Value>,
    /// Features of projects that were switched on or off.
    pub features: BTreeMap<u64, BTreeMap<String, String>>,
    pub dashboards: BTreeMap<u64, Dashboard>,
    pub webhooks: BTreeMap<u64, Webhook>,
    /// Keys that projects had before.
    pub former_keys: BTreeMap<String, u64>,
    /// Projects that the caller saw, the newest first.
    pub recent: Vec<u64>,
    /// Of the caller.
    pub preferences: BTreeMap<String, String>,
    /// Fields that lists of issues show: of the site, and of accounts that chose their own.
    pub columns: Vec<String>,
    pub account_columns: BTreeMap<String, Vec<String>>,
    pub banner: Map<String, Value>,
    pub time_tracking: Map<String, Value>,
    pub audit: Vec<AuditRecord>,
}

/// A scheme: what it says, and the projects that follow it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Scheme<T> {
    pub id: u64,
    pub name: String,
    pub description: String,
    /// Followed by projects that name no other; it cannot be deleted.
    pub default: bool,
    pub projects: BTreeSet<u64>,
    pub content: T,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct IssueTypes {
    pub types: Vec<u64>,
    pub default: Option<u64>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Workflows {
    /// UUIDs of workflows.
    pub default: String,
    pub by_type: BTreeMap<u64, String>,
    pub version: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Screens {
    pub default: u64,
    /// "create", "edit", "view"
    pub by_operation: BTreeMap<String, u64>,
}

/// Screen scheme by issue type; 0 stands for all others.
pub type ScreensByType = BTreeMap<u64, u64>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grant {
    pub id: u64,
    /// "BROWSE_PROJECTS"
    pub permission: String,
    /// "projectRole", "group", "user", "applicationRole", "projectLead", …
    pub holder: String,
    pub parameter: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Notification {
    pub id: u64,
    pub event: u64,
    /// "CurrentAssignee", "Group", …
    pub kind: String,
    pub parameter: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecurityLevel {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub default: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dashboard {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub owner: String,
    pub share_permissions: Vec<Value>,
    pub edit_permissions: Vec<Value>,
    pub gadgets: Vec<Gadget>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Gadget {
    pub id: u64,
    pub module_key: Option<String>,
    pub uri: Option<String>,
    pub title: String,
    pub color: String,
    pub column: u64,
    pub row: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Webhook {
    pub id: u64,
    pub url: String,
    /// Events and filters, as sent.
    pub details: Map<String, Value>,
    pub expires: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditRecord {
    pub id: u64,
    pub created: i64,
    pub author: String,
    pub summary: String,
    /// "projects", "user management", …
    pub category: String,
    pub object: String,
    pub kind: String,
}

impl<T> Scheme<T> {
    pub fn new(id: u64, name: &str, description: &str, content: T) -> Scheme<T> {
        let (name, description) = (name.to_owned(), description.to_owned());
        Scheme { id, name, description, default: false, projects: BTreeSet::new(), content }
    }
}

/// Lets a project follow one scheme and no other of its kind.
pub fn follow<T>(schemes: &mut BTreeMap<u64, Scheme<T>>, id: u64, project: u64) {
    for scheme in schemes.values_mut() {
        scheme.projects.remove(&project);
    }
    if let Some(scheme) = schemes.get_mut(&id) {
        scheme.projects.insert(project);
    }
}

/// The scheme that a project follows: the default one, unless it names another.
pub fn followed<T>(schemes: &BTreeMap<u64, Scheme<T>>, project: u64) -> Option<&Scheme<T>> {
    schemes.values().find(|scheme| scheme.projects.contains(&project)).or_else(|| schemes.values().find(|scheme| scheme.default))
}

/// Ids in the order that was given, then all others.
pub fn ordered<'a>(known: impl Iterator<Item = &'a u64>, order: &[u64]) -> Vec<u64> {
    let known: BTreeSet<u64> = known.copied().collect();
    let mut ids: Vec<u64> = order.iter().copied().filter(|id| known.contains(id)).collect();
    let rest: Vec<u64> = known.into_iter().filter(|id| !ids.contains(id)).collect();
    ids.extend(rest);
    ids
}
