//! Which screen is shown when: by operation, and by issue type.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::issue_type_schemes::{by_scheme, scheme_name};
use super::page::{self, bad, contains, expands, id, missing, number, numbers, put, query_numbers, rank};
use super::projects::{project, references};
use super::store::{Scheme, Screens, ScreensByType, follow};
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/screenscheme", |state, call| list_screen_schemes(state, call)),
    ("POST /rest/api/3/screenscheme", create_screen_scheme),
    ("PUT /rest/api/3/screenscheme/{}", update_screen_scheme),
    ("DELETE /rest/api/3/screenscheme/{}", delete_screen_scheme),
    ("GET /rest/api/3/issuetypescreenscheme", |state, call| list(state, call)),
    ("POST /rest/api/3/issuetypescreenscheme", create),
    ("GET /rest/api/3/issuetypescreenscheme/mapping", |state, call| mappings(state, call)),
    ("GET /rest/api/3/issuetypescreenscheme/project", |state, call| {
        let found = by_scheme(state, &state.jira.configuration.issue_type_screen_schemes, &query_numbers(call, "projectId"));
        let show = |(scheme, projects): (&TypeScheme, Vec<String>)| json!({"issueTypeScreenScheme": body(scheme), "projectIds": projects});
        Ok(Reply::ok(page::page(state, call, found, (50, 100), show)?))
    }),
    ("PUT /rest/api/3/issuetypescreenscheme/project", assign),
    ("PUT /rest/api/3/issuetypescreenscheme/{}", update),
    ("DELETE /rest/api/3/issuetypescreenscheme/{}", delete),
    ("GET /rest/api/3/issuetypescreenscheme/{}/project", |state, call| {
        let view = View::new(state, call);
        let found = references(view, find(state, id(call, 0, WHAT)?)?.projects.iter());
        Ok(Reply::ok(page::page(state, call, found, (50, 50), |project| project)?))
    }),
    ("PUT /rest/api/3/issuetypescreenscheme/{}/mapping", |state, call| {
        let mappings = given(state, call)?;
        edit(state, call, |content| {
            content.extend(mappings);
            Ok(())
        })
    }),
    ("PUT /rest/api/3/issuetypescreenscheme/{}/mapping/default", |state, call| {
        let screens = known(state, number(&call.body, "screenSchemeId").unwrap_or_default())?;
        edit(state, call, |content| {
            content.insert(0, screens);
            Ok(())
        })
    }),
    ("POST /rest/api/3/issuetypescreenscheme/{}/mapping/remove", |state, call| {
        let types = numbers(&call.body, "issueTypeIds");
        edit(state, call, |content| match types.iter().find(|kind| !content.contains_key(kind)) {
            Some(unknown) => Err(missing("mapping of the issue type", &unknown.to_string())),
            None => {
                content.retain(|kind, _| !types.contains(kind));
                Ok(())
            }
        })
    }),
];

const WHAT: &str = "issue type screen scheme";

type TypeScheme = Scheme<ScreensByType>;

fn find(state: &State, id: u64) -> Result<&TypeScheme, Refusal> {
    state.jira.configuration.issue_type_screen_schemes.get(&id).ok_or_else(|| missing(WHAT, &id.to_string()))
}

fn body(scheme: &TypeScheme) -> Value {
    json!({"id": scheme.id.to_string(), "name": scheme.name, "description": scheme.description})
}

/// A screen scheme that exists.
fn known(state: &State, id: u64) -> Result<u64, Refusal> {
    state.jira.configuration.screen_schemes.contains_key(&id).then_some(id).ok_or_else(|| missing("screen scheme", &id.to_string()))
}

fn ordered<'a, T>(schemes: &'a BTreeMap<u64, Scheme<T>>, call: &Call) -> Vec<&'a Scheme<T>> {
    let ids = query_numbers(call, "id");
    let fits = |scheme: &&Scheme<T>| (ids.is_empty() || ids.contains(&scheme.id)) && contains(&scheme.name, call.query("queryString"));
    let mut found: Vec<&Scheme<T>> = schemes.values().filter(fits).collect();
    page::sort(&mut found, call.query("orderBy"), |scheme, by| if by == "name" { scheme.name.to_lowercase() } else { rank(scheme.id) });
    found
}

fn list(state: &State, call: &Call) -> Outcome {
    let found = ordered(&state.jira.configuration.issue_type_screen_schemes, call);
    Ok(Reply::ok(page::page(state, call, found, (50, 100), body)?))
}

fn list_screen_schemes(state: &State, call: &Call) -> Outcome {
    let found = ordered(&state.jira.configuration.screen_schemes, call);
    let body = page::page(state, call, found, (25, 100), |scheme| {
        let mut screens: Map<String, Value> =
            scheme.content.by_operation.iter().map(|(name, screen)| (name.clone(), json!(screen))).collect();
        screens.insert("default".to_owned(), json!(scheme.content.default));
        let mut answer = json!({"id": scheme.id, "name": scheme.name, "description": scheme.description, "screens": screens});
        if expands(call, "issueTypeScreenSchemes") {
            let users = state.jira.configuration.issue_type_screen_schemes.values();
            let users: Vec<Value> = users.filter(|user| user.content.values().any(|id| *id == scheme.id)).map(body).collect();
            let page = json!({"startAt": 0, "maxResults": 100, "total": users.len(), "isLast": true, "values": users});
            put(&mut answer, "issueTypeScreenSchemes", page);
        }
        answer
    })?;
    Ok(Reply::ok(body))
}

/// The screens that a body gives; what it leaves out is as it was, and null takes one away.
fn screens(state: &State, call: &Call, old: Screens) -> Result<Screens, Refusal> {
    let mut content = old;
    for (operation, screen) in call.body.get("screens").and_then(Value::as_object).into_iter().flatten() {
        if !matches!(operation.as_str(), "default" | "create" | "edit" | "view") {
            return Err(bad(format!("{operation} is no operation with a screen.")));
        }
        let id = screen.as_u64().or_else(|| screen.as_str()?.parse().ok());
        if screen.is_null() && operation != "default" {
            content.by_operation.remove(operation);
            continue;
        }
        let id = id.filter(|id| state.jira.screens.contains_key(id)).ok_or_else(|| bad(format!("The screen {screen} does not exist.")))?;
        if operation == "default" {
            content.default = id;
        } else {
            content.by_operation.insert(operation.clone(), id);
        }
    }
    Ok(content)
}

fn create_screen_scheme(state: &mut State, call: &Call) -> Outcome {
    let name = scheme_name(&state.jira.configuration.screen_schemes, call, None)?;
    let content = screens(state, call, Screens::default())?;
    if content.default == 0 {
        return Err(bad("A default screen is required."));
    }
    let id = state.jira.next();
    let scheme = Scheme::new(id, &name, call.text("description").unwrap_or_default(), content);
    state.jira.configuration.screen_schemes.insert(id, scheme);
    Ok(Reply::new(201, json!({"id": id})))
}

fn update_screen_scheme(state: &mut State, call: &Call) -> Outcome {
    let own = known(state, id(call, 0, "screen scheme")?)?;
    let schemes = &state.jira.configuration.screen_schemes;
    let name = call.text("name").map(|_| scheme_name(schemes, call, Some(own))).transpose()?;
    let old = schemes.get(&own).map(|scheme| scheme.content.clone()).unwrap_or_default();
    let content = screens(state, call, old)?;
    if let Some(scheme) = state.jira.configuration.screen_schemes.get_mut(&own) {
        scheme.name = name.unwrap_or_else(|| scheme.name.clone());
        scheme.content = content;
        if let Some(description) = call.text("description") {
            description.clone_into(&mut scheme.description);
        }
    }
    Ok(Reply::empty(204))
}

fn delete_screen_scheme(state: &mut State, call: &Call) -> Outcome {
    let own = known(state, id(call, 0, "screen scheme")?)?;
    if state.jira.configuration.issue_type_screen_schemes.values().any(|scheme| scheme.content.values().any(|id| *id == own)) {
        return Err(bad("The screen scheme is in use."));
    }
    state.jira.configuration.screen_schemes.remove(&own);
    Ok(Reply::empty(204))
}

/// Screen schemes by issue type, as a body gives them.
fn given(state: &State, call: &Call) -> Result<ScreensByType, Refusal> {
    let mut content = ScreensByType::new();
    for item in call.body.get("issueTypeMappings").and_then(Value::as_array).into_iter().flatten() {
        let kind = match item.get("issueTypeId").and_then(Value::as_str).unwrap_or_default() {
            "default" => 0,
            text => {
                let kind = text.parse().ok().filter(|id| state.jira.issue_types.contains_key(id));
                kind.ok_or_else(|| missing("issue type", text))?
            }
        };
        let screens = known(state, number(item, "screenSchemeId").unwrap_or_default())?;
        if content.insert(kind, screens).is_some() {
            return Err(bad("An issue type is given twice."));
        }
    }
    Ok(content)
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = scheme_name(&state.jira.configuration.issue_type_screen_schemes, call, None)?;
    let content = given(state, call)?;
    if !content.contains_key(&0) {
        return Err(bad("A mapping of default is required."));
    }
    let id = state.jira.next();
    let scheme = Scheme::new(id, &name, call.text("description").unwrap_or_default(), content);
    state.jira.configuration.issue_type_screen_schemes.insert(id, scheme);
    Ok(Reply::new(201, json!({"id": id.to_string()})))
}

fn mappings(state: &State, call: &Call) -> Outcome {
    let ids = query_numbers(call, "issueTypeScreenSchemeId");
    let schemes = state.jira.configuration.issue_type_screen_schemes.values();
    let schemes = schemes.filter(|scheme| ids.is_empty() || ids.contains(&scheme.id));
    let rows = schemes.flat_map(|scheme| scheme.content.iter().map(|(kind, screens)| (scheme.id, *kind, *screens))).collect();
    let body = page::page(state, call, rows, (50, 100), |(scheme, kind, screens): (u64, u64, u64)| {
        let kind = if kind == 0 { "default".to_owned() } else { kind.to_string() };
        json!({"issueTypeScreenSchemeId": scheme.to_string(), "issueTypeId": kind, "screenSchemeId": screens.to_string()})
    })?;
    Ok(Reply::ok(body))
}

fn assign(state: &mut State, call: &Call) -> Outcome {
    let scheme = find(state, number(&call.body, "issueTypeScreenSchemeId").unwrap_or_default())?.id;
    let project = project(state, call.text("projectId").unwrap_or_default())?;
    if project.style == "next-gen" {
        return Err(bad("A team-managed project follows no scheme."));
    }
    let project = project.id;
    follow(&mut state.jira.configuration.issue_type_screen_schemes, scheme, project);
    Ok(Reply::empty(204))
}

fn edit(state: &mut State, call: &Call, change: impl FnOnce(&mut ScreensByType) -> Result<(), Refusal>) -> Outcome {
    let own = id(call, 0, WHAT)?;
    let scheme = state.jira.configuration.issue_type_screen_schemes.get_mut(&own);
    change(&mut scheme.ok_or_else(|| missing(WHAT, call.argument(0)))?.content)?;
    Ok(Reply::empty(204))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let own = find(state, id(call, 0, WHAT)?)?.id;
    let schemes = &state.jira.configuration.issue_type_screen_schemes;
    let name = call.text("name").map(|_| scheme_name(schemes, call, Some(own))).transpose()?;
    if let Some(scheme) = state.jira.configuration.issue_type_screen_schemes.get_mut(&own) {
        scheme.name = name.unwrap_or_else(|| scheme.name.clone());
        if let Some(description) = call.text("description") {
            description.clone_into(&mut scheme.description);
        }
    }
    Ok(Reply::empty(204))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let scheme = find(state, id(call, 0, WHAT)?)?;
    if scheme.default || !scheme.projects.is_empty() {
        return Err(bad("The scheme is in use."));
    }
    let own = scheme.id;
    state.jira.configuration.issue_type_screen_schemes.remove(&own);
    Ok(Reply::empty(204))
}
