//! The data of a Jira site. References are ids; what a client reads is put together when it is read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::configuration::Configuration;

/// Everything of Jira. Lists stand in the order of their ids.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Jira {
    /// The last numeric id given; projects, issues, comments and the like share one row of numbers.
    pub last: u64,
    pub projects: BTreeMap<u64, Project>,
    pub categories: BTreeMap<u64, Category>,
    pub roles: BTreeMap<u64, Role>,
    pub issue_types: BTreeMap<u64, IssueType>,
    pub statuses: BTreeMap<u64, Status>,
    pub priorities: BTreeMap<u64, Priority>,
    pub resolutions: BTreeMap<u64, Resolution>,
    /// By UUID.
    pub workflows: BTreeMap<String, Workflow>,
    /// By "summary", "customfield_10016".
    pub fields: BTreeMap<String, Field>,
    pub link_types: BTreeMap<u64, LinkType>,
    pub screens: BTreeMap<u64, Screen>,
    pub filters: BTreeMap<u64, Filter>,
    pub issues: BTreeMap<u64, Issue>,
    /// Where an issue of a project and number was found last: looked at first, and never trusted unseen.
    #[serde(skip)]
    numbers: RefCell<HashMap<(u64, u64), u64>>,
    /// Keys that issues had before they were moved.
    pub former_keys: BTreeMap<String, u64>,
    pub links: BTreeMap<u64, Link>,
    /// Worklogs that are gone, and since when.
    pub deleted_worklogs: BTreeMap<u64, i64>,
    /// Properties of what has no struct of its own here, by "user/{accountId}" and the like.
    pub properties: BTreeMap<String, Map<String, Value>>,
    /// Whatever else a handler keeps, by its path: "dashboard/10001".
    pub documents: BTreeMap<String, Value>,
    pub configuration: Configuration,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Project {
    pub id: u64,
    pub key: String,
    pub name: String,
    /// "software", "business", "service_desk"
    pub kind: String,
    pub description: String,
    /// Account id.
    pub lead: String,
    pub url: String,
    /// "PROJECT_LEAD", "UNASSIGNED"
    pub assignee_type: String,
    /// "classic", "next-gen"
    pub style: String,
    pub category: Option<u64>,
    pub issue_types: Vec<u64>,
    /// Workflow by issue type; 0 stands for all others.
    pub workflows: BTreeMap<u64, String>,
    pub components: BTreeMap<u64, Component>,
    pub versions: BTreeMap<u64, Version>,
    /// Role → account ids and "group:{groupId}".
    pub actors: BTreeMap<u64, BTreeSet<String>>,
    pub properties: Map<String, Value>,
    /// The number of its newest issue.
    pub last_number: u64,
    pub archived: Option<i64>,
    /// In the recycle bin since.
    pub deleted: Option<i64>,
    pub created: i64,
    pub updated: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Category {
    pub id: u64,
    pub name: String,
    pub description: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    pub id: u64,
    pub name: String,
    pub description: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Component {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub lead: Option<String>,
    pub assignee_type: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub released: bool,
    pub archived: bool,
    /// "2026-11-24"
    pub start_date: Option<String>,
    pub release_date: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssueType {
    pub id: u64,
    pub name: String,
    pub description: String,
    /// -1 a sub-task, 0 the usual, 1 an epic
    pub level: i64,
    /// Of a team-managed project alone.
    pub project: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    pub id: u64,
    pub name: String,
    pub description: String,
    /// "new", "indeterminate", "done"
    pub category: String,
    /// Of a team-managed project alone.
    pub project: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Priority {
    pub id: u64,
    pub name: String,
    pub description: String,
    /// "#cd1316"
    pub color: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Resolution {
    pub id: u64,
    pub name: String,
    pub description: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Workflow {
    /// A UUID.
    pub id: String,
    pub name: String,
    pub description: String,
    pub version: u64,
    pub statuses: Vec<u64>,
    /// The status of what is created.
    pub initial: u64,
    pub transitions: Vec<Transition>,
    pub created: i64,
    pub updated: i64,
    /// Whatever else was sent when it was made or changed.
    pub more: Map<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Transition {
    pub id: u64,
    pub name: String,
    /// Empty: from everywhere.
    pub from: Vec<u64>,
    pub to: u64,
    /// The resolution it sets; 0 takes it away.
    pub resolution: Option<u64>,
    /// Its screen asks for fields.
    pub has_screen: bool,
    /// Where it leaves and reaches its statuses in a drawing, by the status it comes from; 0 and 0 where nothing is said.
    pub ports: BTreeMap<u64, (i64, i64)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Field {
    /// "summary", "customfield_10016"
    pub id: String,
    pub name: String,
    pub description: String,
    pub custom: bool,
    /// The name that JQL knows beside "cf[10016]" and the display name.
    pub clause_names: Vec<String>,
    /// As the API shows it: {"type": "array", "items": "option", "custom": "…:multiselect", "customId": 10020}
    pub schema: Value,
    /// "com.atlassian.jira.plugin.system.customfieldtypes:float"
    pub kind: String,
    pub searcher: String,
    pub contexts: BTreeMap<u64, Context>,
    pub trashed: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Context {
    pub id: u64,
    pub name: String,
    pub description: String,
    /// Empty: all.
    pub projects: Vec<u64>,
    pub issue_types: Vec<u64>,
    pub options: Vec<CustomOption>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomOption {
    pub id: u64,
    pub value: String,
    pub disabled: bool,
    /// Of a cascade: the option it stands below.
    pub parent: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LinkType {
    pub id: u64,
    pub name: String,
    pub inward: String,
    pub outward: String,
}

/// `from` "blocks" `to`: seen from `from`, `to` is the outward issue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Link {
    pub id: u64,
    pub kind: u64,
    pub from: u64,
    pub to: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Screen {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub tabs: Vec<Tab>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tab {
    pub id: u64,
    pub name: String,
    /// Field ids.
    pub fields: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Filter {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub jql: String,
    pub owner: String,
    pub favourite: bool,
    pub share_permissions: Vec<Value>,
    pub edit_permissions: Vec<Value>,
    /// Field ids; empty: the site's usual ones.
    pub columns: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Issue {
    pub id: u64,
    pub project: u64,
    /// The number in its key.
    pub number: u64,
    pub issue_type: u64,
    pub status: u64,
    pub priority: u64,
    pub resolution: Option<u64>,
    pub summary: String,
    /// A document in ADF.
    pub description: Option<Value>,
    pub environment: Option<Value>,
    pub assignee: Option<String>,
    pub reporter: Option<String>,
    pub creator: String,
    pub labels: BTreeSet<String>,
    pub components: Vec<u64>,
    pub fix_versions: Vec<u64>,
    pub versions: Vec<u64>,
    /// Of a sub-task, or the epic.
    pub parent: Option<u64>,
    /// "2026-11-24"
    pub due: Option<String>,
    pub created: i64,
    pub updated: i64,
    pub resolved: Option<i64>,
    pub status_changed: i64,
    /// Seconds.
    pub original_estimate: Option<u64>,
    pub remaining_estimate: Option<u64>,
    /// Sprints it was in, the present one last.
    pub sprints: Vec<u64>,
    /// Orders backlogs and boards: "0|hzzzzz:"
    pub rank: String,
    /// Custom fields: {"customfield_10016": 5.0}. What refers to something is kept as its id ({"id": "10100"}, {"accountId"}, {"groupId"},
    /// cascades with {"child": {"id"}}), or a list of these; all else as it is read. Sprints and the rank have fields of their own.
    pub custom: BTreeMap<String, Value>,
    pub comments: Vec<Comment>,
    pub worklogs: Vec<Worklog>,
    pub watchers: BTreeSet<String>,
    pub voters: BTreeSet<String>,
    pub attachments: Vec<Attachment>,
    pub remote_links: Vec<RemoteLink>,
    pub properties: Map<String, Value>,
    /// Oldest first.
    pub history: Vec<Change>,
    pub archived: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comment {
    pub id: u64,
    pub author: String,
    pub update_author: String,
    /// A document in ADF.
    pub body: Value,
    pub created: i64,
    pub updated: i64,
    pub visibility: Option<Value>,
    /// Seen by customers of a service desk.
    pub public: bool,
    pub properties: Map<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Worklog {
    pub id: u64,
    pub author: String,
    pub update_author: String,
    pub comment: Option<Value>,
    pub started: i64,
    pub seconds: u64,
    pub created: i64,
    pub updated: i64,
    pub visibility: Option<Value>,
    pub properties: Map<String, Value>,
}

/// The content is with the box's files, under "attachment/{id}".
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attachment {
    pub id: u64,
    pub file_name: String,
    pub author: String,
    pub created: i64,
    pub size: u64,
    pub content_type: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoteLink {
    pub id: u64,
    pub global_id: Option<String>,
    pub application: Option<Value>,
    pub relationship: Option<String>,
    pub object: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    pub id: u64,
    pub author: String,
    pub created: i64,
    pub items: Vec<ChangeItem>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeItem {
    /// "status", "Story Points"
    pub field: String,
    /// "status", "customfield_10016"
    pub field_id: String,
    /// Ids, as the API has them: null for values that have none.
    pub from: Option<String>,
    pub from_text: Option<String>,
    pub to: Option<String>,
    pub to_text: Option<String>,
}

impl Jira {
    /// The next numeric id.
    pub fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub fn project_named(&self, id_or_key: &str) -> Option<&Project> {
        let by_id = id_or_key.parse().ok().and_then(|id: u64| self.projects.get(&id));
        by_id.or_else(|| self.projects.values().find(|project| project.key.eq_ignore_ascii_case(id_or_key)))
    }

    /// An issue by id, key, or a key it had before.
    pub fn issue_named(&self, id_or_key: &str) -> Option<&Issue> {
        self.issue_id(id_or_key).and_then(|id| self.issues.get(&id))
    }

    pub fn issue_named_mut(&mut self, id_or_key: &str) -> Option<&mut Issue> {
        self.issue_id(id_or_key).and_then(|id| self.issues.get_mut(&id))
    }

    fn issue_id(&self, id_or_key: &str) -> Option<u64> {
        if let Ok(id) = id_or_key.parse() {
            return Some(id);
        }
        let (project, number) = id_or_key.rsplit_once('-')?;
        let number: u64 = number.parse().ok()?;
        let project = self.projects.values().find(|known| known.key.eq_ignore_ascii_case(project))?.id;
        self.numbered(project, number).or_else(|| self.former_keys.get(&id_or_key.to_ascii_uppercase()).copied())
    }

    fn numbered(&self, project: u64, number: u64) -> Option<u64> {
        let is_it = |issue: &&Issue| issue.project == project && issue.number == number;
        let known = self.numbers.borrow().get(&(project, number)).copied();
        if let Some(issue) = known.and_then(|id| self.issues.get(&id)).filter(is_it) {
            return Some(issue.id);
        }
        // From the back: new issues are asked for most.
        let id = self.issues.values().rev().find(is_it)?.id;
        self.numbers.borrow_mut().insert((project, number), id);
        Some(id)
    }

    /// "ENG-12"
    pub fn key(&self, issue: &Issue) -> String {
        let project = self.projects.get(&issue.project).map_or("", |project| project.key.as_str());
        format!("{project}-{}", issue.number)
    }
}
