//! Fields: those of the system, and custom ones with their way through the trash.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::super::tasks;
use super::super::store::{Context, Field};
use super::page::{self, bad, contains, expands, missing, put, query_numbers};
use super::{field_kinds, record};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/field", |state, _| Ok(Reply::ok(state.jira.fields.values().filter(|field| !field.trashed).map(details).collect()))),
    ("POST /rest/api/3/field", create),
    ("GET /rest/api/3/field/search", |state, call| search(state, call, false)),
    ("GET /rest/api/3/field/search/trashed", |state, call| search(state, call, true)),
    ("PUT /rest/api/3/field/{}", update),
    ("DELETE /rest/api/3/field/{}", delete),
    ("POST /rest/api/3/field/{}/trash", |state, call| bin(state, call, true)),
    ("POST /rest/api/3/field/{}/restore", |state, call| bin(state, call, false)),
    ("GET /rest/api/3/field/{}/screens", |state, call| screens(state, call)),
];

pub fn find<'a>(state: &'a State, id: &str) -> Result<&'a Field, Refusal> {
    state.jira.fields.get(id).ok_or_else(|| missing("field", id))
}

/// A custom field that is not in the trash.
pub fn custom<'a>(state: &'a State, id: &str) -> Result<&'a Field, Refusal> {
    let field = find(state, id)?;
    if field.custom && !field.trashed { Ok(field) } else { Err(missing("custom field", id)) }
}

pub fn custom_mut<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Field, Refusal> {
    custom(state, id)?;
    state.jira.fields.get_mut(id).ok_or_else(|| missing("custom field", id))
}

/// A field as the plain list shows it.
pub fn details(field: &Field) -> Value {
    // Some of the system's fields are made of others: they have no type.
    let typed = field.schema.get("type").and_then(Value::as_str).is_some_and(|kind| !kind.is_empty());
    let mut body = json!({
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "custom": field.custom,
        "orderable": field.custom || field_kinds::is_editable(&field.id),
        "navigable": true,
        "searchable": !field.clause_names.is_empty(),
        "clauseNames": field.clause_names,
    });
    if typed {
        put(&mut body, "schema", field.schema.clone());
    }
    body
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = page::name(call, 255, |_| false)?;
    let given = call.text("type").unwrap_or_default();
    let Some(kind) = field_kinds::of(given) else {
        return Err(Refusal::fields(&[("fieldType", &format!("{given} is no type of custom field."))]));
    };
    let searcher = call.text("searcherKey").map_or_else(|| format!("{}{}", field_kinds::PREFIX, kind.searcher), str::to_owned);
    if !searcher.starts_with(field_kinds::PREFIX) {
        return Err(Refusal::fields(&[("searcherKey", &format!("{searcher} is no searcher."))]));
    }
    let (number, context) = (state.jira.next(), state.jira.next());
    let id = format!("customfield_{number}");
    let mut schema = json!({"type": kind.of, "custom": given, "customId": number});
    if !kind.items.is_empty() {
        put(&mut schema, "items", json!(kind.items));
    }
    let everywhere = Context {
        id: context,
        name: format!("Default Configuration Scheme for {name}"),
        description: "Holds everywhere.".to_owned(),
        projects: Vec::new(),
        issue_types: Vec::new(),
        options: Vec::new(),
    };
    let field = Field {
        id: id.clone(),
        clause_names: vec![format!("cf[{number}]"), name.clone()],
        name: name.clone(),
        description: call.text("description").unwrap_or_default().to_owned(),
        custom: true,
        schema,
        kind: given.to_owned(),
        searcher,
        contexts: BTreeMap::from([(context, everywhere)]),
        trashed: false,
    };
    let body = details(&field);
    state.jira.fields.insert(id, field);
    record(state, "Custom field created", "fields", &name, "CUSTOM_FIELD");
    Ok(Reply::new(201, body))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").map(|_| page::name(call, 255, |_| false)).transpose()?;
    let field = custom_mut(state, call.argument(0))?;
    if let Some(name) = name {
        for clause in field.clause_names.iter_mut().filter(|clause| **clause == field.name) {
            clause.clone_from(&name);
        }
        field.name = name;
    }
    if let Some(description) = call.text("description") {
        description.clone_into(&mut field.description);
    }
    if let Some(searcher) = call.text("searcherKey") {
        searcher.clone_into(&mut field.searcher);
    }
    Ok(Reply::empty(204))
}

fn bin(state: &mut State, call: &Call, trashed: bool) -> Outcome {
    let field = state.jira.fields.get_mut(call.argument(0)).filter(|field| field.custom);
    let field = field.ok_or_else(|| missing("custom field", call.argument(0)))?;
    if field.trashed == trashed {
        return Err(bad(if trashed { "The field is in the trash already." } else { "The field is not in the trash." }));
    }
    field.trashed = trashed;
    Ok(Reply::ok(json!({})))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(0);
    let field = find(state, id)?;
    if !field.custom {
        return Err(bad("A field of the system cannot be deleted."));
    }
    if !state.long_tasks.next_fails() {
        let name = field.name.clone();
        state.jira.fields.remove(id);
        for tab in state.jira.screens.values_mut().flat_map(|screen| &mut screen.tabs) {
            tab.fields.retain(|field| field != id);
        }
        for issue in state.jira.issues.values_mut() {
            issue.custom.remove(id);
        }
        record(state, "Custom field deleted", "fields", &name, "CUSTOM_FIELD");
    }
    tasks::begun(state, call)
}

/// Screens, with the tab that shows the field.
fn showing<'a>(state: &'a State, field: &'a str) -> impl Iterator<Item = (&'a super::super::store::Screen, &'a super::super::store::Tab)> {
    let screens = state.jira.screens.values();
    screens
        .flat_map(move |screen| screen.tabs.iter().filter(move |tab| tab.fields.iter().any(|id| id == field)).map(move |tab| (screen, tab)))
}

fn screens(state: &State, call: &Call) -> Outcome {
    find(state, call.argument(0))?;
    let found = showing(state, call.argument(0)).collect();
    let body = page::page(state, call, found, (100, 100), |(screen, tab)| {
        let mut body = json!({"id": screen.id, "name": screen.name, "description": screen.description});
        if expands(call, "tab") {
            put(&mut body, "tab", json!({"id": tab.id, "name": tab.name}));
        }
        body
    })?;
    Ok(Reply::ok(body))
}

/// Whether some context of the field holds in one of these projects.
fn holds_in(field: &Field, projects: &[u64]) -> bool {
    let context = |context: &Context| context.projects.is_empty() || context.projects.iter().any(|id| projects.contains(id));
    !field.custom || field.contexts.values().any(context)
}

fn search(state: &State, call: &Call, trashed: bool) -> Outcome {
    let (types, ids, projects) = (call.queries("type"), call.queries("id"), query_numbers(call, "projectIds"));
    let order = call.query("orderBy").unwrap_or("name");
    const ORDERS: &[&str] = &["name", "contextsCount", "lastUsed", "screensCount", "projectsCount", "trashDate", "plannedDeletionDate"];
    if !ORDERS.contains(&order.trim_start_matches(['-', '+', ' '])) {
        return Err(bad(format!("Fields cannot be ordered by {order}.")));
    }
    let fits = |field: &&Field| {
        field.trashed == trashed
            && (types.is_empty() || types.iter().any(|kind| (kind == "custom") == field.custom))
            && (ids.is_empty() || ids.contains(&field.id))
            && (projects.is_empty() || holds_in(field, &projects))
            && (contains(&field.name, call.query("query"))
                || (call.query("query").is_some() && contains(&field.description, call.query("query"))))
    };
    let mut found: Vec<&Field> = state.jira.fields.values().filter(fits).collect();
    page::sort(&mut found, Some(order), |field, by| match by {
        "contextsCount" => format!("{:08}", field.contexts.len()),
        "screensCount" => format!("{:08}", showing(state, &field.id).count()),
        "projectsCount" => format!("{:08}", projects_count(state, field)),
        _ => field.name.to_lowercase(),
    });
    let body = page::page(state, call, found, (50, 100), |field| {
        let mut body = json!({"id": field.id, "name": field.name, "schema": schema(field), "description": field.description});
        if field.custom {
            put(&mut body, "typeDisplayName", json!(field_kinds::display_name(&field.kind)));
        }
        for (part, value) in [
            ("key", json!(field.id)),
            ("stableId", json!(field.id)),
            ("isLocked", json!(field_kinds::of(&field.kind).is_none() && field.custom)),
            ("searcherKey", json!(field.searcher)),
            ("screensCount", json!(showing(state, &field.id).count())),
            ("contextsCount", json!(field.contexts.len())),
            ("projectsCount", json!(projects_count(state, field))),
            ("lastUsed", json!({"type": "NO_INFORMATION"})),
        ] {
            let always = matches!(part, "key" | "stableId");
            let named = if part == "searcherKey" { "searcherKey" } else { part };
            if (always || expands(call, named)) && value != json!("") {
                put(&mut body, part, value);
            }
        }
        body
    })?;
    Ok(Reply::ok(body))
}

/// The search tells a type of every field.
fn schema(field: &Field) -> Value {
    let typed = field.schema.get("type").and_then(Value::as_str).is_some_and(|kind| !kind.is_empty());
    if typed { field.schema.clone() } else { json!({"type": "any", "system": field.id}) }
}

fn projects_count(state: &State, field: &Field) -> usize {
    if field.contexts.values().any(|context| context.projects.is_empty()) {
        return state.jira.projects.values().filter(|project| project.deleted.is_none()).count();
    }
    field.contexts.values().map(|context| context.projects.len()).sum()
}
