//! What issues of Jira show of a request, in the fields that the help desk brings along, and what queries ask of them.

use serde_json::{Value, json};

use super::super::jira::store::Issue;
use super::super::store::State;
use super::store::{Goal, RequestType};
use super::{approvals, organizations, request_types, requests, sla};

/// "Request Type"; null if the issue is no request.
pub fn request_type(state: &State, issue: &Issue) -> Value {
    let Some(kind) = state.service_management.type_of(issue) else { return Value::Null };
    json!({
        "_links": requests::links(state, issue, kind),
        "requestType": request_types::body(state, kind, false),
        "currentStatus": requests::current_status(state, issue),
    })
}

/// "Approvals"; null if none was ever asked for.
pub fn approvals(state: &State, issue: &Issue) -> Value {
    let all = requests::record(state, issue.id).approvals;
    if all.is_empty() { Value::Null } else { all.iter().map(|approval| approvals::body(state, issue, approval)).collect() }
}

/// One of the "Organizations", by its id.
pub fn organization(state: &State, id: u64) -> Option<Value> {
    state.service_management.organizations.get(&id).map(|organization| organizations::body(state, organization))
}

/// The goal that a field measures, if the desk of the issue has it: they have the same name.
fn goal<'a>(state: &'a State, issue: &Issue, name: &str) -> Option<&'a Goal> {
    let kind: &RequestType = state.service_management.type_of(issue)?;
    sla::goals(state, kind).iter().find(|goal| goal.name == name)
}

/// "Time to resolution" and the like.
pub fn time(state: &State, issue: &Issue, name: &str) -> Value {
    goal(state, issue, name).map_or(Value::Null, |goal| sla::body(state, issue, goal))
}

/// The functions of queries that find the issue: "running", "breached".
pub fn time_states(state: &State, issue: &Issue, name: &str) -> Vec<&'static str> {
    goal(state, issue, name).map_or_else(Vec::new, |goal| sla::states(state, issue, goal))
}

/// A type of request as Jira takes it, by its id; the project of the issue must have it.
pub fn request_type_id(state: &State, project: u64, value: &Value) -> Option<u64> {
    let id = value.get("id").unwrap_or(value);
    let id: u64 = id.as_u64().or_else(|| id.as_str()?.parse().ok())?;
    let desk = state.service_management.desk_of(project)?.id;
    state.service_management.request_types.get(&id).filter(|kind| kind.desk == desk).map(|kind| kind.id)
}
