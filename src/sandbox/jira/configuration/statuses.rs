//! Statuses, by the older operations and the newer ones.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::Status;
use super::page::{self, bad, contains, missing, number};
use super::projects::project;
use super::view::{View, category_key, category_name};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/status", |state, call| {
        let view = View::new(state, call);
        Ok(Reply::ok(state.jira.statuses.values().map(|status| view.status(status)).collect()))
    }),
    ("GET /rest/api/3/status/{}", |state, call| {
        let wanted = call.argument(0);
        let by_id = wanted.parse::<u64>().ok().and_then(|id| state.jira.statuses.get(&id));
        let found = by_id.or_else(|| state.jira.statuses.values().find(|status| status.name.eq_ignore_ascii_case(wanted)));
        found.map(|status| Reply::ok(View::new(state, call).status(status))).ok_or_else(|| missing("status", wanted))
    }),
    ("GET /rest/api/3/statuscategory", |state, call| Ok(Reply::ok(json!(View::new(state, call).status_categories())))),
    ("GET /rest/api/3/statuscategory/{}", |state, call| {
        let wanted = call.argument(0);
        let is_it = |category: &Value| category["key"] == wanted || category["id"].as_u64() == wanted.parse().ok();
        let found = View::new(state, call).status_categories().into_iter().find(is_it);
        found.map(Reply::ok).ok_or_else(|| missing("status category", wanted))
    }),
    ("GET /rest/api/3/statuses", |state, call| {
        let found = named(state, call)?;
        Ok(Reply::ok(found.into_iter().map(body).collect()))
    }),
    ("POST /rest/api/3/statuses", create),
    ("PUT /rest/api/3/statuses", update),
    ("DELETE /rest/api/3/statuses", delete),
    ("GET /rest/api/3/statuses/search", |state, call| search(state, call)),
];

/// A status as the newer operations show it.
pub fn body(status: &Status) -> Value {
    json!({
        "id": status.id.to_string(),
        "name": status.name,
        "description": status.description,
        "statusCategory": category_name(&status.category),
        "scope": scope(status.project),
    })
}

/// Of a team-managed project alone, or of the whole site.
pub fn scope(project: Option<u64>) -> Value {
    project.map_or_else(|| json!({"type": "GLOBAL"}), |id| json!({"type": "PROJECT", "project": {"id": id.to_string()}}))
}

/// The project that a scope names.
pub fn owner(state: &State, scope: Option<&Value>) -> Result<Option<u64>, Refusal> {
    match scope.and_then(|scope| scope.get("type")).and_then(Value::as_str) {
        None | Some("GLOBAL") => Ok(None),
        Some("PROJECT") => {
            let id = scope.and_then(|scope| scope.pointer("/project/id")).and_then(Value::as_str).unwrap_or_default();
            project(state, id).map(|project| Some(project.id)).map_err(|_| bad(format!("The project {id} of the scope does not exist.")))
        }
        Some(other) => Err(bad(format!("{other} is no scope: GLOBAL and PROJECT are."))),
    }
}

/// Checks one status that is to be made or changed.
pub fn fault(state: &State, name: &str, category: &str, owner: Option<u64>, own: Option<u64>) -> Option<String> {
    if name.trim().is_empty() || name.chars().count() > 255 {
        return Some("The name of a status must have 1 to 255 characters.".to_owned());
    }
    if category_key(category).is_none() {
        return Some(format!("{category} is no category of statuses: TODO, IN_PROGRESS and DONE are."));
    }
    let mut others = state.jira.statuses.values().filter(|other| other.project == owner && Some(other.id) != own);
    others.any(|other| other.name.eq_ignore_ascii_case(name.trim())).then(|| format!("A status of the name {} exists.", name.trim()))
}

fn named<'a>(state: &'a State, call: &Call) -> Result<Vec<&'a Status>, Refusal> {
    let ids = call.queries("id");
    if ids.is_empty() || ids.len() > 50 {
        return Err(bad("Between 1 and 50 ids must be given."));
    }
    let find = |id: &String| id.parse::<u64>().ok().and_then(|id| state.jira.statuses.get(&id)).ok_or_else(|| missing("status", id));
    ids.iter().map(find).collect()
}

fn items(call: &Call) -> &[Value] {
    call.body.get("statuses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let owner = owner(state, call.body.get("scope"))?;
    let items = items(call);
    if items.is_empty() {
        return Err(bad("At least one status must be given."));
    }
    for (place, item) in items.iter().enumerate() {
        let name = text(item, "name");
        if let Some(words) = fault(state, name, text(item, "statusCategory"), owner, None) {
            return Err(conflict_or_bad(words));
        }
        if items.iter().take(place).any(|other| text(other, "name").eq_ignore_ascii_case(name)) {
            return Err(bad(format!("The name {name} is given twice.")));
        }
    }
    let made: Vec<Value> = items
        .iter()
        .map(|item| {
            let status = Status {
                id: state.jira.next(),
                name: text(item, "name").trim().to_owned(),
                description: text(item, "description").to_owned(),
                category: category_key(text(item, "statusCategory")).unwrap_or_default().to_owned(),
                project: owner,
            };
            let body = body(&status);
            state.jira.statuses.insert(status.id, status);
            body
        })
        .collect();
    Ok(Reply::ok(json!(made)))
}

/// A name that is taken is a conflict.
fn conflict_or_bad(words: String) -> Refusal {
    Refusal::new(if words.ends_with("exists.") { 409 } else { 400 }, "", words)
}

fn update(state: &mut State, call: &Call) -> Outcome {
    for item in items(call) {
        let id = number(item, "id").unwrap_or_default();
        let known = state.jira.statuses.get(&id).ok_or_else(|| missing("status", text(item, "id")))?;
        if let Some(words) = fault(state, text(item, "name"), text(item, "statusCategory"), known.project, Some(id)) {
            return Err(conflict_or_bad(words));
        }
    }
    for item in items(call) {
        if let Some(status) = number(item, "id").and_then(|id| state.jira.statuses.get_mut(&id)) {
            text(item, "name").trim().clone_into(&mut status.name);
            category_key(text(item, "statusCategory")).unwrap_or_default().clone_into(&mut status.category);
            if let Some(description) = item.get("description").and_then(Value::as_str) {
                description.clone_into(&mut status.description);
            }
        }
    }
    Ok(Reply::empty(204))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let ids: Vec<u64> = named(state, call)?.into_iter().map(|status| status.id).collect();
    let used = |id: &&u64| {
        state.jira.workflows.values().any(|workflow| workflow.statuses.contains(id))
            || state.jira.issues.values().any(|issue| issue.status == **id)
    };
    if let Some(id) = ids.iter().find(used) {
        return Err(bad(format!("Workflows or issues have the status {id}.")));
    }
    state.jira.statuses.retain(|id, _| !ids.contains(id));
    Ok(Reply::empty(204))
}

fn search(state: &State, call: &Call) -> Outcome {
    let owner = call.query("projectId").map(|id| project(state, id).map(|project| project.id)).transpose()?;
    let category = call.query("statusCategory").filter(|text| !text.is_empty());
    if let Some(unknown) = category.filter(|name| category_key(name).is_none()) {
        return Err(bad(format!("{unknown} is no category of statuses: TODO, IN_PROGRESS and DONE are.")));
    }
    let global = call.query("includeGlobalStatuses") == Some("true");
    let fits = |status: &&Status| {
        let here = match owner {
            None => status.project.is_none(),
            Some(_) => status.project == owner || (global && status.project.is_none()),
        };
        here && category.is_none_or(|wanted| category_name(&status.category) == wanted)
            && contains(&status.name, call.query("searchString"))
    };
    let found = state.jira.statuses.values().filter(fits).collect();
    Ok(Reply::ok(page::page(state, call, found, (200, 200), body)?))
}
