//! Project roles, and who plays them: in every new project, and in each.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply, fnv};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::super::store::State;
use super::super::store::Role;
use super::page::{self, bad, id, missing, put};
use super::projects::{project, project_mut, role_addresses};
use super::view::{View, is_active};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/role", |state, call| {
        let view = View::new(state, call);
        Ok(Reply::ok(state.jira.roles.values().map(|role| default_body(view, role)).collect()))
    }),
    ("POST /rest/api/3/role", create),
    ("GET /rest/api/3/role/{}", |state, call| {
        let role = find(state, call, 0)?;
        Ok(Reply::ok(default_body(View::new(state, call), role)))
    }),
    ("POST /rest/api/3/role/{}", |state, call| update(state, call, false)),
    ("PUT /rest/api/3/role/{}", |state, call| update(state, call, true)),
    ("DELETE /rest/api/3/role/{}", delete),
    ("GET /rest/api/3/role/{}/actors", |state, call| {
        let role = find(state, call, 0)?;
        Ok(Reply::ok(default_body(View::new(state, call), role)))
    }),
    ("POST /rest/api/3/role/{}/actors", add_default_actors),
    ("DELETE /rest/api/3/role/{}/actors", remove_default_actor),
    ("GET /rest/api/3/project/{}/role", |state, call| {
        let project = project(state, call.argument(0))?;
        Ok(Reply::ok(role_addresses(View::new(state, call), project)))
    }),
    ("GET /rest/api/3/project/{}/roledetails", |state, call| details(state, call)),
    ("GET /rest/api/3/project/{}/role/{}", |state, call| project_role(state, call)),
    ("POST /rest/api/3/project/{}/role/{}", add_actors),
    ("PUT /rest/api/3/project/{}/role/{}", set_actors),
    ("DELETE /rest/api/3/project/{}/role/{}", remove_actor),
];

/// What stands in front of a group's id where actors are kept.
const GROUP: &str = "group:";

fn find<'a>(state: &'a State, call: &Call, place: usize) -> Result<&'a Role, Refusal> {
    let id = id(call, place, "role")?;
    state.jira.roles.get(&id).ok_or_else(|| missing("role", call.argument(place)))
}

fn actor(view: View, actor: &str) -> Option<Value> {
    let id = 10_000 + fnv(actor.as_bytes()) % 90_000;
    if let Some(group) = actor.strip_prefix(GROUP) {
        let group = view.state.group(group)?;
        return Some(json!({
            "id": id,
            "displayName": group.name,
            "type": "atlassian-group-role-actor",
            "name": group.name,
            "actorGroup": {"name": group.name, "displayName": group.name, "groupId": group.id},
        }));
    }
    let account = view.state.account(actor).filter(|account| !account.closed)?;
    Some(json!({
        "id": id,
        "displayName": account.name,
        "type": "atlassian-user-role-actor",
        "actorUser": {"accountId": account.id},
        "avatarUrl": format!("{}&s=16", account.picture()),
    }))
}

fn body(view: View, role: &Role, address: String, actors: Option<&BTreeSet<String>>) -> Value {
    let actors: Vec<Value> = actors.into_iter().flatten().filter_map(|name| actor(view, name)).collect();
    json!({"self": address, "id": role.id, "name": role.name, "description": role.description, "actors": actors})
}

fn default_body(view: View, role: &Role) -> Value {
    body(view, role, view.at(&format!("role/{}", role.id)), view.jira().configuration.default_actors.get(&role.id))
}

/// A name that another role has is a conflict.
fn free(state: &State, name: &str, own: Option<u64>) -> Result<(), Refusal> {
    let taken = state.jira.roles.values().any(|known| Some(known.id) != own && known.name.eq_ignore_ascii_case(name));
    if taken { Err(Refusal::new(409, "", format!("A role of the name {name} exists."))) } else { Ok(()) }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = page::name(call, 255, |_| false)?;
    free(state, &name, None)?;
    let role = Role { id: state.jira.next(), name, description: call.text("description").unwrap_or_default().to_owned() };
    let body = default_body(View::new(state, call), &role);
    state.jira.roles.insert(role.id, role);
    Ok(Reply::ok(body))
}

/// A full update wants both texts, a partial one at least one of them.
fn update(state: &mut State, call: &Call, full: bool) -> Outcome {
    let id = find(state, call, 0)?.id;
    let (name, description) = (call.text("name"), call.text("description"));
    if full && (name.is_none() || description.is_none()) {
        return Err(bad("Both name and description must be given."));
    }
    if name.is_none() && description.is_none() {
        return Err(bad("Either name or description must be given."));
    }
    if let Some(name) = name {
        page::checked_name(name, 255, |_| false)?;
        free(state, name, Some(id))?;
    }
    if let Some(role) = state.jira.roles.get_mut(&id) {
        for (field, value) in [(&mut role.name, name), (&mut role.description, description)] {
            if let Some(value) = value {
                value.clone_into(field);
            }
        }
    }
    let role = find(state, call, 0)?;
    Ok(Reply::ok(default_body(View::new(state, call), role)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call, 0)?.id;
    let swap = match call.query("swap") {
        None => None,
        Some(text) => {
            let other = text.parse::<u64>().ok().filter(|other| *other != id && state.jira.roles.contains_key(other));
            Some(other.ok_or_else(|| missing("role", text))?)
        }
    };
    let text = id.to_string();
    let used = |parameter: &Option<String>| parameter.as_deref() == Some(text.as_str());
    let configuration = &mut state.jira.configuration;
    let grants = configuration.permission_schemes.values_mut().flat_map(|scheme| scheme.content.iter_mut());
    let mut in_use: Vec<&mut Option<String>> =
        grants.filter(|grant| grant.holder == "projectRole" && used(&grant.parameter)).map(|grant| &mut grant.parameter).collect();
    let notifications = configuration.notification_schemes.values_mut().flat_map(|scheme| scheme.content.iter_mut());
    in_use.extend(notifications.filter(|note| note.kind == "ProjectRole" && used(&note.parameter)).map(|note| &mut note.parameter));
    if swap.is_none() && !in_use.is_empty() {
        return Err(Refusal::new(409, "", "Schemes refer to the role: name another one in swap."));
    }
    for parameter in in_use {
        *parameter = swap.map(|other| other.to_string());
    }
    configuration.default_actors.remove(&id);
    state.jira.roles.remove(&id);
    for project in state.jira.projects.values_mut() {
        if let Some((actors, swap)) = project.actors.remove(&id).zip(swap) {
            project.actors.entry(swap).or_default().extend(actors);
        }
    }
    Ok(Reply::empty(204))
}

/// The account, as the store of actors has it.
fn known_user(state: &State, id: &str) -> Result<String, Refusal> {
    let known = state.account(id).filter(|account| !account.closed);
    known.map(|account| account.id.clone()).ok_or_else(|| missing("user", id))
}

fn known_group(state: &State, id: Option<&str>, name: Option<&str>) -> Result<String, Refusal> {
    let found =
        state.groups.iter().find(|group| id == Some(group.id.as_str()) || name.is_some_and(|name| group.name.eq_ignore_ascii_case(name)));
    found.map(|group| format!("{GROUP}{}", group.id)).ok_or_else(|| missing("group", id.or(name).unwrap_or_default()))
}

/// The actors that a body names: users, groups by id or by name.
fn named(state: &State, call: &Call) -> Result<BTreeSet<String>, Refusal> {
    let mut actors = BTreeSet::new();
    for user in call.texts("user") {
        actors.insert(known_user(state, &user)?);
    }
    for group in call.texts("groupId") {
        actors.insert(known_group(state, Some(&group), None)?);
    }
    for group in call.texts("group") {
        actors.insert(known_group(state, None, Some(&group))?);
    }
    if actors.is_empty() { Err(bad("At least one user or group must be named.")) } else { Ok(actors) }
}

/// The one actor that a query names.
fn queried(state: &State, call: &Call) -> Result<String, Refusal> {
    match (call.query("user"), call.query("groupId"), call.query("group")) {
        (Some(user), None, None) => known_user(state, user),
        (None, Some(group), None) => known_group(state, Some(group), None),
        (None, None, Some(group)) => known_group(state, None, Some(group)),
        _ => Err(bad("Exactly one of user, groupId and group must be given.")),
    }
}

fn add_default_actors(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call, 0)?.id;
    let actors = named(state, call)?;
    state.jira.configuration.default_actors.entry(id).or_default().extend(actors);
    let role = find(state, call, 0)?;
    Ok(Reply::ok(default_body(View::new(state, call), role)))
}

fn remove_default_actor(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call, 0)?.id;
    let actor = queried(state, call)?;
    if !state.jira.configuration.default_actors.entry(id).or_default().remove(&actor) {
        return Err(missing("default actor", actor.trim_start_matches(GROUP)));
    }
    let role = find(state, call, 0)?;
    Ok(Reply::ok(default_body(View::new(state, call), role)))
}

fn details(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let project = project(state, call.argument(0))?;
    let mine = |role: &&Role| {
        let actors = project.actors.get(&role.id);
        call.query("currentMember") != Some("true")
            || actors.into_iter().flatten().any(|actor| match actor.strip_prefix(GROUP) {
                Some(group) => state.group(group).is_some_and(|group| group.members.contains(ORGANIZATION_ADMIN)),
                None => actor == ORGANIZATION_ADMIN,
            })
    };
    let details = state.jira.roles.values().filter(mine).map(|role| {
        json!({
            "self": view.at(&format!("project/{}/role/{}", project.id, role.id)),
            "id": role.id,
            "name": role.name,
            "description": role.description,
            "admin": role.name == "Administrators",
            "default": state.jira.configuration.default_actors.get(&role.id).is_some_and(|actors| !actors.is_empty()),
            "roleConfigurable": true,
            "translatedName": role.name,
            "type": "DEFAULT",
        })
    });
    Ok(Reply::ok(details.collect()))
}

fn project_role(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let (project, role) = (project(state, call.argument(0))?, find(state, call, 1)?);
    let mut actors = project.actors.get(&role.id).cloned().unwrap_or_default();
    if call.query("excludeInactiveUsers") == Some("true") {
        actors.retain(|actor| actor.starts_with(GROUP) || state.account(actor).is_some_and(is_active));
    }
    let mut body = body(view, role, view.at(&format!("project/{}/role/{}", project.id, role.id)), Some(&actors));
    if project.style == "next-gen" {
        put(&mut body, "scope", view.scope(project.id));
    }
    Ok(Reply::ok(body))
}

fn add_actors(state: &mut State, call: &Call) -> Outcome {
    project(state, call.argument(0))?;
    let role = find(state, call, 1)?.id;
    let actors = named(state, call)?;
    let playing = project_mut(state, call.argument(0))?.actors.entry(role).or_default();
    if actors.iter().all(|actor| playing.contains(actor)) {
        return Err(bad("All that are named have the role already."));
    }
    playing.extend(actors);
    project_role(state, call)
}

fn set_actors(state: &mut State, call: &Call) -> Outcome {
    project(state, call.argument(0))?;
    let role = find(state, call, 1)?.id;
    let list = |kind: &str| super::super::super::call::texts(call.body.pointer(&format!("/categorisedActors/{kind}")));
    let mut actors = BTreeSet::new();
    for user in list("atlassian-user-role-actor") {
        actors.insert(known_user(state, &user)?);
    }
    for group in list("atlassian-group-role-actor-id") {
        actors.insert(known_group(state, Some(&group), None)?);
    }
    for group in list("atlassian-group-role-actor") {
        actors.insert(known_group(state, None, Some(&group))?);
    }
    project_mut(state, call.argument(0))?.actors.insert(role, actors);
    project_role(state, call)
}

fn remove_actor(state: &mut State, call: &Call) -> Outcome {
    project(state, call.argument(0))?;
    let role = find(state, call, 1)?.id;
    let actor = queried(state, call)?;
    if !project_mut(state, call.argument(0))?.actors.entry(role).or_default().remove(&actor) {
        return Err(missing("actor", actor.trim_start_matches(GROUP)));
    }
    Ok(Reply::empty(204))
}
