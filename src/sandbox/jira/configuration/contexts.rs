//! Where a custom field holds, and with which default.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::Context;
use super::field_kinds;
use super::fields::{custom, custom_mut};
use super::page::{self, bad, id, missing, number, numbers, put, query_numbers};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/field/{}/context", |state, call| list(state, call)),
    ("GET /rest/api/3/field/{}/contexts", |state, call| {
        let field = custom(state, call.argument(0))?;
        let found = field.contexts.values().collect();
        let show = |context: &Context| json!({"id": context.id, "name": context.name});
        Ok(Reply::ok(page::page(state, call, found, (20, 100), show)?))
    }),
    ("POST /rest/api/3/field/{}/context", create),
    ("PUT /rest/api/3/field/{}/context/{}", update),
    ("DELETE /rest/api/3/field/{}/context/{}", delete),
    ("GET /rest/api/3/field/{}/context/projectmapping", |state, call| project_mappings(state, call)),
    ("GET /rest/api/3/field/{}/context/issuetypemapping", |state, call| type_mappings(state, call)),
    ("POST /rest/api/3/field/{}/context/mapping", |state, call| mapping(state, call)),
    ("PUT /rest/api/3/field/{}/context/{}/project", assign_projects),
    ("POST /rest/api/3/field/{}/context/{}/project/remove", remove_projects),
    ("PUT /rest/api/3/field/{}/context/{}/issuetype", add_types),
    ("POST /rest/api/3/field/{}/context/{}/issuetype/remove", remove_types),
    ("GET /rest/api/3/field/{}/context/defaultValue", |state, call| defaults(state, call)),
    ("PUT /rest/api/3/field/{}/context/defaultValue", set_defaults),
];

/// The context that a path names.
pub fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Context, Refusal> {
    let context = id(call, 1, "context")?;
    custom(state, call.argument(0))?.contexts.get(&context).ok_or_else(|| missing("context", call.argument(1)))
}

pub fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Context, Refusal> {
    let context = id(call, 1, "context")?;
    custom_mut(state, call.argument(0))?.contexts.get_mut(&context).ok_or_else(|| missing("context", call.argument(1)))
}

/// Contexts that a query names; all of them unless it names any.
fn chosen<'a>(state: &'a State, call: &Call) -> Result<Vec<&'a Context>, Refusal> {
    let ids = query_numbers(call, "contextId");
    let contexts = custom(state, call.argument(0))?.contexts.values();
    Ok(contexts.filter(|context| ids.is_empty() || ids.contains(&context.id)).collect())
}

fn list(state: &State, call: &Call) -> Outcome {
    let flag = |key: &str| call.query(key).map(|text| text == "true");
    let (any, global) = (flag("isAnyIssueType"), flag("isGlobalContext"));
    let mut found = chosen(state, call)?;
    found.retain(|context| any.is_none_or(|any| context.issue_types.is_empty() == any));
    found.retain(|context| global.is_none_or(|global| context.projects.is_empty() == global));
    let body = page::page(state, call, found, (50, 100), |context| {
        json!({
            "id": context.id.to_string(),
            "name": context.name,
            "description": context.description,
            "isGlobalContext": context.projects.is_empty(),
            "isAnyIssueType": context.issue_types.is_empty(),
        })
    })?;
    Ok(Reply::ok(body))
}

fn known_projects(state: &State, ids: &[u64]) -> Result<(), Refusal> {
    let unknown = ids.iter().find(|id| state.jira.projects.get(id).is_none_or(|project| project.deleted.is_some()));
    unknown.map_or(Ok(()), |id| Err(missing("project", &id.to_string())))
}

fn known_types(state: &State, ids: &[u64]) -> Result<(), Refusal> {
    let unknown = ids.iter().find(|id| !state.jira.issue_types.contains_key(id));
    unknown.map_or(Ok(()), |id| Err(missing("issue type", &id.to_string())))
}

/// A project has one context of a field, and so has everything else.
fn free(contexts: &BTreeMap<u64, Context>, projects: &[u64], own: Option<u64>) -> Result<(), Refusal> {
    let mut others = contexts.values().filter(|context| Some(context.id) != own);
    if projects.is_empty() {
        return match others.find(|context| context.projects.is_empty()) {
            Some(_) => Err(Refusal::new(409, "", "The field has a context that holds everywhere.")),
            None => Ok(()),
        };
    }
    let taken = others.flat_map(|context| &context.projects).find(|id| projects.contains(id));
    taken.map_or(Ok(()), |id| Err(Refusal::new(409, "", format!("Another context of the field holds in the project {id}."))))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let field = custom(state, call.argument(0))?;
    let name = page::name(call, 255, |name| field.contexts.values().any(|context| context.name == name))?;
    let (projects, issue_types) = (numbers(&call.body, "projectIds"), numbers(&call.body, "issueTypeIds"));
    known_projects(state, &projects)?;
    known_types(state, &issue_types)?;
    free(&field.contexts, &projects, None)?;
    let id = state.jira.next();
    let description = call.text("description").unwrap_or_default().to_owned();
    let mut body = json!({"id": id.to_string(), "name": name, "description": description});
    let texts = |ids: &[u64]| json!(ids.iter().map(u64::to_string).collect::<Vec<String>>());
    put(&mut body, "projectIds", texts(&projects));
    put(&mut body, "issueTypeIds", texts(&issue_types));
    let context = Context { id, name, description, projects, issue_types, options: Vec::new() };
    custom_mut(state, call.argument(0))?.contexts.insert(id, context);
    Ok(Reply::new(201, body))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let own = find(state, call)?.id;
    let field = custom(state, call.argument(0))?;
    let taken = |name: &str| field.contexts.values().any(|context| context.id != own && context.name == name);
    let name = call.text("name").map(|_| page::name(call, 255, taken)).transpose()?;
    let context = find_mut(state, call)?;
    context.name = name.unwrap_or_else(|| context.name.clone());
    if let Some(description) = call.text("description") {
        description.clone_into(&mut context.description);
    }
    Ok(Reply::empty(204))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.id;
    custom_mut(state, call.argument(0))?.contexts.remove(&id);
    state.jira.configuration.default_values.remove(&id);
    Ok(Reply::empty(204))
}

fn project_mappings(state: &State, call: &Call) -> Outcome {
    let mut rows = Vec::new();
    for context in chosen(state, call)? {
        let id = context.id.to_string();
        if context.projects.is_empty() {
            rows.push(json!({"contextId": id, "isGlobalContext": true}));
        }
        rows.extend(context.projects.iter().map(|project| json!({"contextId": id, "projectId": project.to_string()})));
    }
    Ok(Reply::ok(page::page(state, call, rows, (50, 100), |row| row)?))
}

fn type_mappings(state: &State, call: &Call) -> Outcome {
    let mut rows = Vec::new();
    for context in chosen(state, call)? {
        let id = context.id.to_string();
        if context.issue_types.is_empty() {
            rows.push(json!({"contextId": id, "isAnyIssueType": true}));
        }
        rows.extend(context.issue_types.iter().map(|kind| json!({"contextId": id, "issueTypeId": kind.to_string()})));
    }
    Ok(Reply::ok(page::page(state, call, rows, (50, 100), |row| row)?))
}

/// The context that holds for an issue type in a project: its own, before the one that holds everywhere.
fn holding(contexts: &BTreeMap<u64, Context>, project: u64, kind: u64) -> Option<&Context> {
    let fits = |context: &&Context| context.issue_types.is_empty() || context.issue_types.contains(&kind);
    let own = contexts.values().find(|context| context.projects.contains(&project));
    own.or_else(|| contexts.values().find(|context| context.projects.is_empty())).filter(fits)
}

fn mapping(state: &State, call: &Call) -> Outcome {
    let field = custom(state, call.argument(0))?;
    let mut rows = Vec::new();
    for pair in call.body.get("mappings").and_then(Value::as_array).into_iter().flatten() {
        let (project, kind) = (number(pair, "projectId").unwrap_or_default(), number(pair, "issueTypeId").unwrap_or_default());
        known_projects(state, &[project])?;
        known_types(state, &[kind])?;
        if let Some(context) = holding(&field.contexts, project, kind) {
            rows.push(json!({"projectId": project.to_string(), "issueTypeId": kind.to_string(), "contextId": context.id.to_string()}));
        }
    }
    Ok(Reply::ok(page::page(state, call, rows, (50, 100), |row| row)?))
}

fn assign_projects(state: &mut State, call: &Call) -> Outcome {
    let projects = numbers(&call.body, "projectIds");
    let own = find(state, call)?.id;
    known_projects(state, &projects)?;
    free(&custom(state, call.argument(0))?.contexts, &projects, Some(own))?;
    let context = find_mut(state, call)?;
    for project in projects {
        if !context.projects.contains(&project) {
            context.projects.push(project);
        }
    }
    Ok(Reply::empty(204))
}

fn remove_projects(state: &mut State, call: &Call) -> Outcome {
    let projects = numbers(&call.body, "projectIds");
    let context = find_mut(state, call)?;
    if let Some(other) = projects.iter().find(|id| !context.projects.contains(id)) {
        return Err(bad(format!("The context does not hold in the project {other} alone.")));
    }
    let (own, rest): (u64, Vec<u64>) = (context.id, context.projects.iter().copied().filter(|id| !projects.contains(id)).collect());
    // Without any project left it holds everywhere.
    free(&custom(state, call.argument(0))?.contexts, &rest, Some(own))?;
    find_mut(state, call)?.projects = rest;
    Ok(Reply::empty(204))
}

fn add_types(state: &mut State, call: &Call) -> Outcome {
    let types = numbers(&call.body, "issueTypeIds");
    known_types(state, &types)?;
    let context = find_mut(state, call)?;
    for kind in types {
        if !context.issue_types.contains(&kind) {
            context.issue_types.push(kind);
        }
    }
    Ok(Reply::empty(204))
}

fn remove_types(state: &mut State, call: &Call) -> Outcome {
    let types = numbers(&call.body, "issueTypeIds");
    find_mut(state, call)?.issue_types.retain(|kind| !types.contains(kind));
    Ok(Reply::empty(204))
}

fn defaults(state: &State, call: &Call) -> Outcome {
    let known = &state.jira.configuration.default_values;
    let found = chosen(state, call)?.into_iter().filter_map(|context| known.get(&context.id)).collect();
    Ok(Reply::ok(page::page(state, call, found, (50, 100), Value::clone)?))
}

fn set_defaults(state: &mut State, call: &Call) -> Outcome {
    let field = custom(state, call.argument(0))?;
    let wanted = field_kinds::default_type(&field.kind);
    let values = call.body.get("defaultValues").and_then(Value::as_array).cloned().unwrap_or_default();
    for value in &values {
        let id = number(value, "contextId").unwrap_or_default();
        let context = field.contexts.get(&id).ok_or_else(|| missing("context", &id.to_string()))?;
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind != wanted {
            return Err(bad(format!("A default of the type {kind} does not fit the field: {wanted} does.")));
        }
        let named = ["optionId", "cascadingOptionId"].iter().filter_map(|key| number(value, key)).chain(numbers(value, "optionIds"));
        if let Some(unknown) = named.into_iter().find(|id| !context.options.iter().any(|option| option.id == *id)) {
            return Err(missing("option", &unknown.to_string()));
        }
    }
    for value in values {
        state.jira.configuration.default_values.insert(number(&value, "contextId").unwrap_or_default(), value);
    }
    Ok(Reply::empty(204))
}
