//! Changes of one issue: edit, assignment, deletion.

use serde_json::Value;

use super::super::super::call::{Call, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::issue::{self, Wanted, has_documents};
use super::fields::{self, Draft, Faults, Screen};
use super::{create, find, history, links, properties, read};

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.id;
    edit(state, id, &call.body, has_documents(call))?;
    if call.query("returnIssue") == Some("true") {
        let issue = find(state, call.argument(0))?;
        return Ok(Reply::ok(read::whole(state, issue, &Wanted::new(&[], "*all", &call.queries("expand"), &[]), call)));
    }
    Ok(Reply::empty(204))
}

/// Applies fields, operations and properties of a request: all of them, or none.
pub fn edit(state: &mut State, id: u64, body: &Value, documents: bool) -> Result<(), Refusal> {
    let Some(issue) = state.jira.issues.get(&id) else { return Err(Refusal::new(404, "", super::UNKNOWN)) };
    if issue.archived {
        return Err(Refusal::new(400, "", "The issue is archived: it can be read only."));
    }
    let mut draft = Draft { issue: issue.clone(), links: Vec::new(), documents, now: state.now() };
    let mut faults = Faults::default();
    fields::apply_all(state, &mut draft, body, Screen::Edit, &mut faults);
    faults.end()?;
    draft.issue.properties.extend(properties::sent(body)?);
    history::save(state, draft.issue, MYSELF);
    links::add_all(state, id, draft.links);
    Ok(())
}

pub fn assign(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let (id, project) = (issue.id, issue.project);
    let assignee = match call.text("accountId") {
        Some("-1") => fields::default_assignee(state, project),
        _ => {
            let given = call.body.get("accountId").filter(|value| !value.is_null());
            let sent = given.map(|given| serde_json::json!({"accountId": given})).unwrap_or_default();
            fields::person(state, &sent).map_err(|words| Refusal::fields(&[("assignee", &words)]))?
        }
    };
    history::change(state, id, MYSELF, |issue| issue.assignee = assignee);
    Ok(Reply::empty(204))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let id = issue.id;
    let children: Vec<u64> = issue::subtasks(state, issue).map(|child| child.id).collect();
    if !children.is_empty() && call.query("deleteSubtasks") != Some("true") {
        return Err(Refusal::new(400, "", format!("The issue has {} sub-tasks: delete them first, or with it.", children.len())));
    }
    for id in children.into_iter().chain([id]) {
        create::remove(state, id);
    }
    Ok(Reply::empty(204))
}

/// A mail about an issue. None is sent; whom it would reach is looked at.
pub fn notify(state: &mut State, call: &Call) -> Outcome {
    find(state, call.argument(0))?;
    let to = call.body.get("to").unwrap_or(&Value::Null);
    let flag = |key: &str| to.get(key).and_then(Value::as_bool) == Some(true);
    let list = |key: &str| to.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let groups = ["groups", "groupIds"].iter().any(|key| !list(key).is_empty());
    for user in list("users") {
        let id = user.get("accountId").and_then(Value::as_str).unwrap_or_default();
        if state.account(id).is_none() {
            return Err(Refusal::fields(&[("users", &format!("The user {id} does not exist."))]));
        }
    }
    let anyone = groups || !list("users").is_empty() || ["assignee", "reporter", "watchers", "voters"].iter().any(|key| flag(key));
    if !anyone {
        return Err(Refusal::new(400, "", "No recipients were given for the notification."));
    }
    Ok(Reply::empty(204))
}
