//! Issue types.

use serde_json::json;

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::IssueType;
use super::page::{self, bad, id, missing};
use super::projects::project;
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/issuetype", |state, call| {
        let view = View::new(state, call);
        Ok(Reply::ok(state.jira.issue_types.values().map(|kind| view.issue_type(kind)).collect()))
    }),
    ("POST /rest/api/3/issuetype", create),
    ("GET /rest/api/3/issuetype/project", |state, call| of_project(state, call)),
    ("GET /rest/api/3/issuetype/{}", |state, call| {
        let kind = find(state, call)?;
        Ok(Reply::ok(View::new(state, call).issue_type(kind)))
    }),
    ("PUT /rest/api/3/issuetype/{}", update),
    ("DELETE /rest/api/3/issuetype/{}", delete),
    ("GET /rest/api/3/issuetype/{}/alternatives", |state, call| {
        let view = View::new(state, call);
        let kind = find(state, call)?;
        Ok(Reply::ok(alternatives(state, kind).map(|kind| view.issue_type(kind)).collect()))
    }),
    ("GET /rest/api/3/issuetype/{}/properties", |state, call| {
        let key = owner(state, call)?;
        let properties = state.jira.properties.get(&key).cloned().unwrap_or_default();
        Ok(Reply::ok(page::property_keys(state, call, &properties)))
    }),
    ("GET /rest/api/3/issuetype/{}/properties/{}", |state, call| {
        let key = owner(state, call)?;
        Ok(Reply::ok(page::property(state.jira.properties.get(&key), call.argument(1))?))
    }),
    ("PUT /rest/api/3/issuetype/{}/properties/{}", |state, call| {
        let key = owner(state, call)?;
        Ok(Reply::new(page::set_property(state.jira.properties.entry(key).or_default(), call.argument(1), &call.body)?, json!({})))
    }),
    ("DELETE /rest/api/3/issuetype/{}/properties/{}", |state, call| {
        let key = owner(state, call)?;
        let removed = state.jira.properties.entry(key).or_default().remove(call.argument(1));
        removed.map(|_| Reply::empty(204)).ok_or_else(|| missing("property", call.argument(1)))
    }),
];

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a IssueType, Refusal> {
    let id = id(call, 0, "issue type")?;
    state.jira.issue_types.get(&id).ok_or_else(|| missing("issue type", call.argument(0)))
}

/// Under which key the store keeps the properties of an issue type.
fn owner(state: &State, call: &Call) -> Result<String, Refusal> {
    find(state, call).map(|kind| format!("issuetype/{}", kind.id))
}

fn of_project(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let project = project(state, call.query("projectId").unwrap_or_default())?;
    let level = call.query("level").and_then(|text| text.parse::<i64>().ok());
    let kinds = project.issue_types.iter().filter_map(|id| state.jira.issue_types.get(id));
    Ok(Reply::ok(kinds.filter(|kind| level.is_none_or(|level| kind.level == level)).map(|kind| view.issue_type(kind)).collect()))
}

/// Those that issues can have instead: of the same level, and followed by the same workflows.
fn alternatives<'a>(state: &'a State, kind: &'a IssueType) -> impl Iterator<Item = &'a IssueType> {
    let same = move |other: &&IssueType| other.id != kind.id && other.level == kind.level && other.project == kind.project;
    state.jira.issue_types.values().filter(same)
}

fn taken(state: &State, own: Option<u64>, project: Option<u64>) -> impl Fn(&str) -> bool {
    move |name| {
        let mut others = state.jira.issue_types.values().filter(|other| Some(other.id) != own && other.project == project);
        others.any(|other| other.name.eq_ignore_ascii_case(name))
    }
}

/// Another issue type's name is a conflict.
fn name(state: &State, call: &Call, own: Option<u64>, project: Option<u64>) -> Result<String, Refusal> {
    let name = page::name(call, 60, |_| false)?;
    if taken(state, own, project)(&name) {
        return Err(Refusal { status: 409, ..Refusal::fields(&[("name", "An issue type of this name exists.")]) });
    }
    Ok(name)
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = name(state, call, None, None)?;
    let level = match (call.body.get("hierarchyLevel").and_then(serde_json::Value::as_i64), call.text("type")) {
        (Some(level @ (-1 | 0)), _) => level,
        (Some(_), _) => return Err(bad("The hierarchy level of a new issue type is -1 or 0.")),
        (None, Some("subtask")) => -1,
        (None, None | Some("standard")) => 0,
        (None, Some(other)) => return Err(bad(format!("{other} is no kind of issue type."))),
    };
    let id = state.jira.next();
    let description = call.text("description").unwrap_or_default().to_owned();
    let kind = IssueType { id, name, description, level, project: None };
    state.jira.issue_types.insert(id, kind.clone());
    // What is new belongs to the scheme that everything follows by default.
    let default = state.jira.configuration.issue_type_schemes.values_mut().find(|scheme| scheme.default);
    if let Some(scheme) = default {
        scheme.content.types.push(id);
        let scheme = scheme.id;
        super::issue_type_schemes::apply(state, scheme);
    }
    Ok(Reply::new(201, View::new(state, call).issue_type(&kind)))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let kind = find(state, call)?;
    let (id, project) = (kind.id, kind.project);
    let name = call.text("name").map(|_| name(state, call, Some(id), project)).transpose()?;
    if let Some(kind) = state.jira.issue_types.get_mut(&id) {
        kind.name = name.unwrap_or_else(|| kind.name.clone());
        if let Some(description) = call.text("description") {
            description.clone_into(&mut kind.description);
        }
    }
    let kind = find(state, call)?;
    Ok(Reply::ok(View::new(state, call).issue_type(kind)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let kind = find(state, call)?;
    let id = kind.id;
    let instead = match call.query("alternativeIssueTypeId") {
        None => None,
        Some(text) => {
            let other = alternatives(state, kind).find(|other| other.id.to_string() == text);
            Some(other.map(|other| other.id).ok_or_else(|| missing("alternative issue type", text))?)
        }
    };
    let in_use = state.jira.issues.values().any(|issue| issue.issue_type == id);
    if in_use && instead.is_none() {
        return Err(Refusal::new(409, "", "Issues have this type: name another one in alternativeIssueTypeId."));
    }
    for issue in state.jira.issues.values_mut().filter(|issue| issue.issue_type == id) {
        issue.issue_type = instead.unwrap_or(issue.issue_type);
    }
    state.jira.issue_types.remove(&id);
    let schemes: Vec<u64> = state.jira.configuration.issue_type_schemes.keys().copied().collect();
    for scheme in schemes {
        if let Some(scheme) = state.jira.configuration.issue_type_schemes.get_mut(&scheme) {
            scheme.content.types.retain(|known| *known != id);
            scheme.content.types.extend(instead.filter(|_| scheme.content.types.is_empty()));
            scheme.content.default = scheme.content.default.filter(|known| *known != id);
        }
        super::issue_type_schemes::apply(state, scheme);
    }
    Ok(Reply::empty(204))
}
