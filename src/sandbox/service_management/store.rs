//! The data of service desks. A request is an issue of Jira; what customers see of it besides stands here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::jira::store::Issue;

/// The field of Jira that holds the type of a request, by its id.
pub const REQUEST_TYPE: &str = "customfield_10010";
/// The field that holds the customer organizations of a request.
pub const ORGANIZATIONS: &str = "customfield_10002";

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ServiceManagement {
    /// The last numeric id given; request types, organizations, approvals and uploads share one row of numbers.
    pub last: u64,
    pub desks: BTreeMap<u64, Desk>,
    pub request_types: BTreeMap<u64, RequestType>,
    pub organizations: BTreeMap<u64, CustomerOrganization>,
    /// By the id of the issue.
    pub requests: BTreeMap<u64, Request>,
    /// Uploaded, but not yet attached to a request.
    pub temporary: BTreeMap<String, TemporaryFile>,
    /// The space of Confluence whose pages are the knowledge base.
    pub knowledge: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Desk {
    pub id: u64,
    pub project: u64,
    pub organizations: BTreeSet<u64>,
    pub groups: Vec<RequestTypeGroup>,
    pub queues: Vec<Queue>,
    pub goals: Vec<Goal>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestTypeGroup {
    pub id: u64,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Queue {
    pub id: u64,
    pub name: String,
    pub jql: String,
    pub fields: Vec<String>,
}

/// A metric of time: from the creation of a request to an event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Goal {
    pub id: u64,
    pub name: String,
    pub until: Event,
    /// Milliseconds.
    pub duration: i64,
    /// Statuses in which its clock stands still.
    pub paused: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The first public comment of someone who is not the reporter.
    Response,
    Resolution,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestType {
    pub id: u64,
    pub desk: u64,
    pub issue_type: u64,
    pub name: String,
    pub description: String,
    pub help_text: String,
    pub groups: Vec<u64>,
    pub icon: u64,
    pub fields: Vec<RequestField>,
    /// What is asked of it must be approved by one of these accounts; empty: no approval is needed.
    pub approvers: Vec<String>,
    pub properties: Map<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestField {
    /// Field id of Jira: "summary", "customfield_10036"
    pub id: String,
    /// As the portal calls it.
    pub name: String,
    pub description: String,
    pub required: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerOrganization {
    pub id: u64,
    pub uuid: String,
    pub name: String,
    pub created: i64,
    /// Account ids.
    pub users: BTreeSet<String>,
    pub properties: Map<String, Value>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Request {
    /// Account ids.
    pub participants: BTreeSet<String>,
    /// Account ids of those that want no notifications.
    pub unsubscribed: BTreeSet<String>,
    pub approvals: Vec<Approval>,
    pub feedback: Option<Feedback>,
    /// Files by the comment that brought them.
    pub attached: BTreeMap<u64, Vec<u64>>,
    /// Files that customers do not see.
    pub internal_files: BTreeSet<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Approval {
    pub id: u64,
    pub name: String,
    /// Account id and its answer: None is still to come.
    pub approvers: Vec<(String, Option<bool>)>,
    pub created: i64,
    pub completed: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Feedback {
    /// 1 to 5
    pub rating: i64,
    pub comment: Option<String>,
}

/// The content is with the box's files, under "temporary/{number}".
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TemporaryFile {
    pub desk: u64,
    pub number: u64,
    pub file_name: String,
    pub content_type: String,
    pub size: u64,
}

impl ServiceManagement {
    pub fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// With a project go its desk, the desk's request types and queues, and what is known of its requests.
    pub fn remove_project(&mut self, project: u64, issues: &BTreeSet<u64>) {
        self.desks.retain(|_, desk| desk.project != project);
        self.request_types.retain(|_, kind| self.desks.contains_key(&kind.desk));
        self.temporary.retain(|_, file| self.desks.contains_key(&file.desk));
        self.requests.retain(|issue, _| !issues.contains(issue));
    }

    /// The desk of a project.
    pub fn desk_of(&self, project: u64) -> Option<&Desk> {
        self.desks.values().find(|desk| desk.project == project)
    }

    /// The type of request that an issue is; None: it is no request.
    pub fn type_of(&self, issue: &Issue) -> Option<&RequestType> {
        let desk = self.desk_of(issue.project)?;
        let id = issue.custom.get(REQUEST_TYPE)?.as_str()?.parse().ok()?;
        self.request_types.get(&id).filter(|kind| kind.desk == desk.id)
    }
}
