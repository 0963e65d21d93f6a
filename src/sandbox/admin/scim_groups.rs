//! SCIM groups: read-only twins of theirs stand in the directory.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::scim::{CORE_GROUP, directory, filter, listing};
use super::scim_patch::{self, Action};
use super::scim_users::base;
use super::store::{Group, ScimGroup};

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(" /scim/directory/{}/Groups")?;
    if let Err(refusal) = directory(call) {
        return Some(Err(refusal));
    }
    Some(match (method, rest) {
        ("GET", "") => list(state, call),
        ("POST", "") => create(state, call),
        ("GET", "/{}") => find(state, call).map(|group| Reply::ok(body(state, group))),
        ("PUT", "/{}") => replace(state, call),
        ("PATCH", "/{}") => patch(state, call),
        ("DELETE", "/{}") => delete(state, call),
        _ => return None,
    })
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a ScimGroup, Refusal> {
    let id = call.argument(1);
    state
        .organization
        .scim_groups
        .iter()
        .find(|group| group.id == id)
        .ok_or_else(|| Refusal::new(404, "", format!("Resource {id} not found.")))
}

fn body(state: &State, group: &ScimGroup) -> Value {
    let base = base(state);
    let members: Vec<Value> = (group.members.iter())
        .map(|id| {
            let name = state
                .organization
                .scim_users
                .iter()
                .find(|user| user.id == *id)
                .and_then(|user| user.data.get("displayName").or_else(|| user.data.get("userName")));
            json!({"type": "User", "value": id, "display": name, "$ref": format!("{base}/Users/{id}")})
        })
        .collect();
    let mut body = json!({"schemas": [CORE_GROUP], "id": group.id, "displayName": group.name, "members": members});
    if let Some(map) = body.as_object_mut() {
        if let Some(id) = &group.external_id {
            map.insert("externalId".to_owned(), json!(id));
        }
        map.insert(
            "meta".to_owned(),
            json!({
                "resourceType": "Group",
                "location": format!("{base}/Groups/{}", group.id),
                "created": clock::micros(group.created),
                "lastModified": clock::micros(group.modified),
            }),
        );
    }
    body
}

fn list(state: &State, call: &Call) -> Outcome {
    let wanted = filter(call, &["displayName"])?;
    let found =
        state.organization.scim_groups.iter().filter(|group| wanted.as_ref().is_none_or(|(_, name)| group.name.eq_ignore_ascii_case(name)));
    Ok(listing(call, found.map(|group| body(state, group)).collect()))
}

/// The user ids in a list of members, all of them known.
fn members(state: &State, value: Option<&Value>, unknown: u16) -> Result<Vec<String>, Refusal> {
    let list = match value {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(list)) => list,
        Some(one) => std::slice::from_ref(one),
    };
    let mut ids = Vec::new();
    for member in list {
        let id = member.get("value").and_then(Value::as_str).ok_or_else(|| Refusal::new(400, "invalidValue", "A member needs a value."))?;
        if !state.organization.scim_users.iter().any(|user| user.id == id) {
            let kind = if unknown == 400 { "invalidValue" } else { "" };
            return Err(Refusal::new(unknown, kind, format!("The user {id} does not exist in this directory.")));
        }
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("displayName").unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Err(Refusal::new(400, "invalidValue", "displayName is required."));
    }
    if state.organization.scim_groups.iter().any(|group| group.name.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::new(409, "uniqueness", format!("A group of the name {name} exists already.")));
    }
    let members = members(state, call.body.get("members"), 400)?;
    let now = state.now();
    // Built-in names look well, but are not synced; another group of the organization with this name is a conflict.
    let group = match state.groups.iter().find(|group| group.name.eq_ignore_ascii_case(&name)) {
        Some(group) if group.default || !group.roles.is_empty() => None,
        Some(_) => return Err(Refusal::new(409, "uniqueness", format!("A group of the name {name} exists already."))),
        None => {
            let id = state.id();
            state.groups.push(Group {
                id: id.clone(),
                name: name.clone(),
                description: String::new(),
                members: BTreeSet::new(),
                synced: true,
                default: false,
                roles: BTreeSet::new(),
            });
            Some(id)
        }
    };
    let external_id = call.text("externalId").map(str::to_owned);
    let made = ScimGroup { id: state.id(), external_id, name, members, group, created: now, modified: now };
    let id = made.id.clone();
    state.organization.scim_groups.push(made);
    sync(state, &id);
    let context = vec![json!({"id": id, "type": "groups"})];
    state.record("group_created", context);
    let reply = shown(state, &id);
    Ok(Reply::new(201, reply).header("Location", format!("{}/Groups/{id}", base(state))))
}

fn shown(state: &State, id: &str) -> Value {
    state.organization.scim_groups.iter().find(|group| group.id == id).map(|group| body(state, group)).unwrap_or_default()
}

/// Carries the members over to the directory's group.
fn sync(state: &mut State, id: &str) {
    let Some(group) = state.organization.scim_groups.iter().find(|group| group.id == id) else { return };
    let accounts: BTreeSet<String> = state
        .organization
        .scim_users
        .iter()
        .filter(|user| group.members.contains(&user.id))
        .filter_map(|user| user.account.clone())
        .collect();
    if let Some(target) = group.group.clone().and_then(|group| state.group_mut(&group)) {
        target.members = accounts;
    }
}

fn store(state: &mut State, id: &str, members: Vec<String>, external_id: Option<Option<String>>) -> Outcome {
    let now = state.now();
    if let Some(group) = state.organization.scim_groups.iter_mut().find(|group| group.id == id) {
        group.members = members;
        group.modified = now;
        if let Some(external_id) = external_id {
            group.external_id = external_id;
        }
    }
    sync(state, id);
    Ok(Reply::ok(shown(state, id)))
}

fn rename(have: &str, wanted: Option<&str>) -> Result<(), Refusal> {
    match wanted {
        Some(wanted) if wanted != have => Err(Refusal::new(400, "mutability", "displayName is immutable: a group cannot be renamed.")),
        _ => Ok(()),
    }
}

fn replace(state: &mut State, call: &Call) -> Outcome {
    let group = find(state, call)?;
    rename(&group.name, call.text("displayName"))?;
    let id = group.id.clone();
    let members = members(state, call.body.get("members"), 400)?;
    store(state, &id, members, Some(call.text("externalId").map(str::to_owned)))
}

fn patch(state: &mut State, call: &Call) -> Outcome {
    let group = find(state, call)?;
    let id = group.id.clone();
    let mut list = group.members.clone();
    let mut external_id = None;
    for operation in scim_patch::operations(&call.body)? {
        let fields: Map<String, Value> = match &operation.path {
            None => operation
                .value
                .as_object()
                .cloned()
                .ok_or_else(|| Refusal::new(400, "invalidValue", "Without a path the value must be an object."))?,
            Some(path) => {
                let key = path.attribute.clone();
                if let (true, Some(filter)) = (key.eq_ignore_ascii_case("members"), &path.filter) {
                    // members[value eq "…"]
                    if operation.action != Action::Remove || filter.0 != "value" {
                        return Err(Refusal::new(400, "invalidPath", "A filter on members goes with remove and value."));
                    }
                    if !list.contains(&filter.1) {
                        return Err(Refusal::new(400, "noTarget", format!("{} is no member.", filter.1)));
                    }
                    list.retain(|member| *member != filter.1);
                    continue;
                }
                Map::from_iter([(key, operation.value.clone())])
            }
        };
        for (key, value) in fields {
            match (key.to_ascii_lowercase().as_str(), operation.action) {
                ("members", Action::Add) => {
                    for member in members(state, Some(&value), 404)? {
                        if !list.contains(&member) {
                            list.push(member);
                        }
                    }
                }
                ("members", Action::Replace) => list = members(state, Some(&value), 404)?,
                ("members", Action::Remove) if value.is_null() => list.clear(),
                ("members", Action::Remove) => {
                    let gone: Vec<&str> = value
                        .as_array()
                        .map(Vec::as_slice)
                        .unwrap_or(std::slice::from_ref(&value))
                        .iter()
                        .filter_map(|member| member.get("value")?.as_str())
                        .collect();
                    list.retain(|member| !gone.contains(&member.as_str()));
                }
                ("displayname", _) => rename(&group.name, Some(value.as_str().unwrap_or_default()))?,
                ("externalid", Action::Remove) => external_id = Some(None),
                ("externalid", _) => external_id = Some(value.as_str().map(str::to_owned)),
                ("id" | "schemas" | "meta", _) if operation.path.is_none() => {}
                _ => return Err(Refusal::new(400, "invalidPath", format!("{key} cannot be patched."))),
            }
        }
    }
    store(state, &id, list, external_id)
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let group = find(state, call)?;
    let (id, target) = (group.id.clone(), group.group.clone());
    state.organization.scim_groups.retain(|group| group.id != id);
    if let Some(target) = target {
        let context = vec![state.mention_group(&target)];
        state.groups.retain(|group| group.id != target);
        state.record("group_deleted", context);
    }
    Ok(Reply::empty(204))
}
