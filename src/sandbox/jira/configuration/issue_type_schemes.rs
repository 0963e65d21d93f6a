//! Which issue types a project has.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::page::{self, bad, contains, id, missing, number, numbers, put, query_numbers, rank};
use super::projects::project;
use super::store::{IssueTypes, Scheme, follow, followed};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/issuetypescheme", |state, call| list(state, call)),
    ("POST /rest/api/3/issuetypescheme", create),
    ("GET /rest/api/3/issuetypescheme/mapping", |state, call| mappings(state, call)),
    ("GET /rest/api/3/issuetypescheme/project", |state, call| of_projects(state, call)),
    ("PUT /rest/api/3/issuetypescheme/project", assign),
    ("PUT /rest/api/3/issuetypescheme/{}", update),
    ("DELETE /rest/api/3/issuetypescheme/{}", delete),
    ("PUT /rest/api/3/issuetypescheme/{}/issuetype", add),
    ("PUT /rest/api/3/issuetypescheme/{}/issuetype/move", reorder),
    ("DELETE /rest/api/3/issuetypescheme/{}/issuetype/{}", remove),
];

type TypeScheme = Scheme<IssueTypes>;

fn body(scheme: &TypeScheme) -> Value {
    let mut body =
        json!({"id": scheme.id.to_string(), "name": scheme.name, "description": scheme.description, "isDefault": scheme.default});
    if let Some(default) = scheme.content.default {
        put(&mut body, "defaultIssueTypeId", json!(default.to_string()));
    }
    body
}

fn find(state: &State, id: u64) -> Result<&TypeScheme, Refusal> {
    state.jira.configuration.issue_type_schemes.get(&id).ok_or_else(|| missing("issue type scheme", &id.to_string()))
}

/// Writes a scheme's issue types into the projects that follow it.
pub fn apply(state: &mut State, scheme: u64) {
    let jira = &mut state.jira;
    let Some(scheme) = jira.configuration.issue_type_schemes.get(&scheme) else { return };
    for id in &scheme.projects {
        if let Some(project) = jira.projects.get_mut(id) {
            project.issue_types.clone_from(&scheme.content.types);
        }
    }
}

fn list(state: &State, call: &Call) -> Outcome {
    let ids = query_numbers(call, "id");
    let fits = |scheme: &&TypeScheme| (ids.is_empty() || ids.contains(&scheme.id)) && contains(&scheme.name, call.query("queryString"));
    let mut found: Vec<&TypeScheme> = state.jira.configuration.issue_type_schemes.values().filter(fits).collect();
    page::sort(&mut found, call.query("orderBy"), |scheme, by| if by == "name" { scheme.name.to_lowercase() } else { rank(scheme.id) });
    Ok(Reply::ok(page::page(state, call, found, (50, 100), body)?))
}

fn mappings(state: &State, call: &Call) -> Outcome {
    let ids = query_numbers(call, "issueTypeSchemeId");
    let schemes = state.jira.configuration.issue_type_schemes.values().filter(|scheme| ids.is_empty() || ids.contains(&scheme.id));
    let all = schemes.flat_map(|scheme| scheme.content.types.iter().map(|kind| (scheme.id, *kind))).collect();
    let body = page::page(
        state,
        call,
        all,
        (50, 100),
        |(scheme, kind): (u64, u64)| json!({"issueTypeSchemeId": scheme.to_string(), "issueTypeId": kind.to_string()}),
    )?;
    Ok(Reply::ok(body))
}

fn of_projects(state: &State, call: &Call) -> Outcome {
    let ids = query_numbers(call, "projectId");
    let found = by_scheme(state, &state.jira.configuration.issue_type_schemes, &ids);
    let body =
        page::page(state, call, found, (50, 100), |(scheme, projects)| json!({"issueTypeScheme": body(scheme), "projectIds": projects}))?;
    Ok(Reply::ok(body))
}

/// Schemes, each with those of the projects that follow it. Atlassian tells of company-managed projects alone, and leaves others out.
pub fn by_scheme<'a, T>(
    state: &State,
    schemes: &'a std::collections::BTreeMap<u64, Scheme<T>>,
    projects: &[u64],
) -> Vec<(&'a Scheme<T>, Vec<String>)> {
    let mut found: Vec<(&Scheme<T>, Vec<String>)> = Vec::new();
    for project in projects.iter().filter(|id| state.jira.projects.get(id).is_some_and(|project| project.style != "next-gen")) {
        let Some(scheme) = followed(schemes, *project) else { continue };
        match found.iter_mut().find(|(known, _)| known.id == scheme.id) {
            Some((_, list)) => list.push(project.to_string()),
            None => found.push((scheme, vec![project.to_string()])),
        }
    }
    found
}

fn known_types(state: &State, ids: &[u64]) -> Result<(), Refusal> {
    match ids.iter().find(|id| !state.jira.issue_types.contains_key(id)) {
        Some(unknown) => Err(missing("issue type", &unknown.to_string())),
        None if ids.is_empty() => Err(bad("At least one issue type must be named.")),
        None => Ok(()),
    }
}

/// A scheme's name is unique among its kind.
pub fn scheme_name<T>(schemes: &std::collections::BTreeMap<u64, Scheme<T>>, call: &Call, own: Option<u64>) -> Result<String, Refusal> {
    page::name(call, 255, |name| schemes.values().any(|known| Some(known.id) != own && known.name.eq_ignore_ascii_case(name)))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = scheme_name(&state.jira.configuration.issue_type_schemes, call, None)?;
    let types = numbers(&call.body, "issueTypeIds");
    known_types(state, &types)?;
    if !types.iter().any(|id| state.jira.issue_types.get(id).is_some_and(|kind| kind.level >= 0)) {
        return Err(bad("At least one issue type must be more than a sub-task."));
    }
    let default = number(&call.body, "defaultIssueTypeId");
    if default.is_some_and(|id| !types.contains(&id)) {
        return Err(bad("The default issue type must be one of the scheme."));
    }
    let id = state.jira.next();
    let scheme = Scheme::new(id, &name, call.text("description").unwrap_or_default(), IssueTypes { types, default });
    state.jira.configuration.issue_type_schemes.insert(id, scheme);
    Ok(Reply::new(201, json!({"issueTypeSchemeId": id.to_string()})))
}

fn assign(state: &mut State, call: &Call) -> Outcome {
    let scheme = find(state, number(&call.body, "issueTypeSchemeId").unwrap_or_default())?;
    let (id, types) = (scheme.id, scheme.content.types.clone());
    let project = project(state, call.text("projectId").unwrap_or_default())?;
    if project.style == "next-gen" {
        return Err(bad("A team-managed project follows no scheme."));
    }
    let project = project.id;
    let left = state.jira.issues.values().find(|issue| issue.project == project && !types.contains(&issue.issue_type));
    if let Some(issue) = left {
        return Err(bad(format!("The scheme lacks the issue type of {}.", state.jira.key(issue))));
    }
    follow(&mut state.jira.configuration.issue_type_schemes, id, project);
    apply(state, id);
    Ok(Reply::empty(204))
}

/// The scheme of the path, if it may be changed.
fn target<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut TypeScheme, Refusal> {
    let id = id(call, 0, "issue type scheme")?;
    find(state, id)?;
    let scheme = state.jira.configuration.issue_type_schemes.get_mut(&id);
    scheme.ok_or_else(|| missing("issue type scheme", call.argument(0)))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let own = id(call, 0, "issue type scheme")?;
    find(state, own)?;
    let name = call.text("name").map(|_| scheme_name(&state.jira.configuration.issue_type_schemes, call, Some(own))).transpose()?;
    let default = number(&call.body, "defaultIssueTypeId");
    let scheme = target(state, call)?;
    if default.is_some_and(|id| !scheme.content.types.contains(&id)) {
        return Err(bad("The default issue type must be one of the scheme."));
    }
    scheme.name = name.unwrap_or_else(|| scheme.name.clone());
    scheme.content.default = default.or(scheme.content.default);
    if let Some(description) = call.text("description") {
        description.clone_into(&mut scheme.description);
    }
    Ok(Reply::empty(204))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let scheme = target(state, call)?;
    if scheme.default {
        return Err(bad("The default scheme cannot be deleted."));
    }
    let (id, orphans) = (scheme.id, scheme.projects.clone());
    let schemes = &mut state.jira.configuration.issue_type_schemes;
    schemes.remove(&id);
    // Its projects follow the default one from now on.
    let default = schemes.values_mut().find(|scheme| scheme.default).map(|scheme| {
        scheme.projects.extend(orphans);
        scheme.id
    });
    if let Some(default) = default {
        apply(state, default);
    }
    Ok(Reply::empty(204))
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let types = numbers(&call.body, "issueTypeIds");
    target(state, call)?;
    known_types(state, &types)?;
    let scheme = target(state, call)?;
    if let Some(known) = types.iter().find(|id| scheme.content.types.contains(id)) {
        return Err(bad(format!("The scheme has the issue type {known} already.")));
    }
    scheme.content.types.extend(types);
    let id = scheme.id;
    apply(state, id);
    Ok(Reply::empty(204))
}

fn reorder(state: &mut State, call: &Call) -> Outcome {
    let (moved, after) = (numbers(&call.body, "issueTypeIds"), number(&call.body, "after"));
    let scheme = target(state, call)?;
    page::reorder(&mut scheme.content.types, &moved, after, call.text("position"))?;
    let id = scheme.id;
    apply(state, id);
    Ok(Reply::empty(204))
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    let kind = id(call, 1, "issue type")?;
    let scheme = target(state, call)?;
    if !scheme.content.types.contains(&kind) {
        return Err(missing("issue type", call.argument(1)));
    }
    if scheme.content.types.len() == 1 {
        return Err(bad("The last issue type of a scheme cannot be removed."));
    }
    let projects = scheme.projects.clone();
    if state.jira.issues.values().any(|issue| issue.issue_type == kind && projects.contains(&issue.project)) {
        return Err(bad("Issues of the scheme's projects have this type."));
    }
    let scheme = target(state, call)?;
    scheme.content.types.retain(|known| *known != kind);
    scheme.content.default = scheme.content.default.filter(|known| *known != kind);
    let id = scheme.id;
    apply(state, id);
    Ok(Reply::empty(204))
}
