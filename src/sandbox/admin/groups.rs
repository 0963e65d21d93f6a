//! Groups of the directory (API v2).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::call::{Call, Outcome, texts};
use super::super::paging::{self, Cursor, cursors, cut};
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::directories::{body_limit, body_question, bounded, descending, directory, known_roles, owner, query_question, question_cursor};
use super::store::{Group, not_found};

const BAD: &str = "ADMIN-UAM-400-1";

/// Roles that a group may give.
const ROLES: &[&str] = &[
    "atlassian/user",
    "atlassian/user-access-admin",
    "atlassian/admin",
    "atlassian/guest",
    "atlassian/contributor",
    "atlassian/customer",
    "atlassian/basic",
    "atlassian/stakeholder",
    "atlassian/viewer",
];

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(" /admin/v2/orgs/{}/directories/{}/groups")?;
    if let Err(refusal) = directory(call) {
        return Some(Err(refusal));
    }
    Some(match (method, rest) {
        ("POST", "/search") => search(state, call),
        ("GET", "") => list(state, call),
        ("POST", "") => create(state, call),
        ("GET", "/count") => found(state, &query_question(call)).map(|found| Reply::ok(json!({"count": found.len()}))),
        ("GET", "/stats") => stats(state),
        ("GET", "/{}") => find(state, call).map(|group| Reply::ok(json!({"data": body(group, &|_| true)}))),
        ("DELETE", "/{}") => delete(state, call),
        ("POST", "/{}/memberships") => join(state, call),
        ("DELETE", "/{}/memberships/{}") => leave(state, call),
        ("GET", "/{}/role-assignments") => role_assignments(state, call),
        ("POST", "/{}/role-assignments/assign") => assign(state, call, true),
        ("POST", "/{}/role-assignments/revoke") => assign(state, call, false),
        _ => return None,
    })
}

fn administrates(group: &Group) -> bool {
    group.roles.iter().any(|(_, role)| matches!(role.as_str(), "atlassian/org-admin" | "atlassian/site-admin" | "atlassian/admin"))
}

fn body(group: &Group, expand: &dyn Fn(&str) -> bool) -> Value {
    let mut body = json!({
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "directoryId": seed::DIRECTORY_ID,
        "externalSynced": group.synced,
        "managedBy": if group.synced { "external" } else { "admins" },
        "managementAccess": {"readable": true, "modifiable": !group.synced, "deletable": !group.synced && !group.default && !administrates(group)},
        "links": {"self": Cursor::start(json!(group.id)).encode("group")},
    });
    let mut counts = serde_json::Map::new();
    if expand("counts.users") {
        counts.insert("users".to_owned(), json!(group.members.len()));
    }
    if expand("counts.resources") {
        let resources: BTreeSet<&str> = group.roles.iter().map(|(resource, _)| resource.as_str()).collect();
        counts.insert("resources".to_owned(), json!(resources.len()));
    }
    if let (Some(map), false) = (body.as_object_mut(), counts.is_empty()) {
        map.insert("counts".to_owned(), Value::Object(counts));
    }
    body
}

fn found<'a>(state: &'a State, question: &Value) -> Result<Vec<(String, &'a Group)>, Refusal> {
    let list = |key: &str| texts(question.get(key));
    let (accounts, ids, names) = (list("accountIds"), list("groupIds"), list("groupNames"));
    let (directories, resources, owners, roles) = (list("directoryIds"), list("resourceIds"), list("resourceOwners"), list("roleIds"));
    if let Some(unknown) = roles.iter().find(|role| !known_roles().contains(&role.as_str())) {
        return Err(Refusal::new(400, BAD, format!("{unknown} is no value of roleIds.")));
    }
    if let Some(unknown) = list("expand").iter().find(|part| !matches!(part.as_str(), "counts.users" | "counts.resources")) {
        return Err(Refusal::new(400, BAD, format!("{unknown} is no value of expand.")));
    }
    bounded(question)?;
    if !names.is_empty() && (question.get("searchTerm").is_some() || !ids.is_empty()) {
        return Err(Refusal::new(400, BAD, "groupNames goes neither with searchTerm nor with groupIds."));
    }
    let term = question.get("searchTerm").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let fits = |group: &Group| {
        (ids.is_empty() || ids.contains(&group.id))
            && (names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(&group.name)))
            && (accounts.is_empty() || accounts.iter().any(|account| group.members.contains(account)))
            && (directories.is_empty() || directories.iter().any(|id| id == seed::DIRECTORY_ID))
            && (resources.is_empty() || group.roles.iter().any(|(resource, _)| resources.contains(resource)))
            && (owners.is_empty() || group.roles.iter().any(|(resource, _)| owners.iter().any(|wanted| wanted == owner(resource))))
            && (roles.is_empty() || group.roles.iter().any(|(_, role)| roles.contains(role)))
            && group.name.to_lowercase().contains(&term)
    };
    // Names are unique: the order of names serves unsorted questions too.
    let mut found: Vec<(String, &Group)> =
        state.groups.iter().filter(|group| fits(group)).map(|group| (group.name.clone(), group)).collect();
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    if descending(question) {
        found.reverse();
    }
    Ok(found)
}

fn search(state: &State, call: &Call) -> Outcome {
    let limit = body_limit(call, 20)?;
    let cursor = question_cursor(call, "groups", body_question(call))?;
    let expand = texts(cursor.question.get("expand"));
    let page = cut("groups", &cursor, found(state, &cursor.question)?, limit, descending(&cursor.question), call.empty_page);
    let data: Vec<Value> = page.items.iter().map(|group| body(group, &|part| expand.iter().any(|wanted| wanted == part))).collect();
    Ok(Reply::ok(json!({"data": data, "links": cursors(&page)})))
}

fn list(state: &State, call: &Call) -> Outcome {
    let limit = paging::limit(call.query("limit"), 20, 100, BAD)?;
    let cursor = question_cursor(call, "groups", query_question(call))?;
    let page = cut("groups", &cursor, found(state, &cursor.question)?, limit, descending(&cursor.question), call.empty_page);
    let counted = |part: &str| {
        let name = if part == "counts.users" { "includeUsers" } else { "includeResources" };
        cursor.question.get(name).and_then(Value::as_str) == Some("true")
    };
    let data: Vec<Value> = page.items.iter().map(|group| body(group, &counted)).collect();
    Ok(Reply::ok(json!({"data": data, "links": cursors(&page)})))
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Group, Refusal> {
    let id = call.argument(2);
    state.group(id).ok_or_else(|| not_found("ADMIN-UAM-404-3", "The group", id))
}

/// The group, if this API may change it.
fn writable<'a>(state: &'a State, call: &Call) -> Result<&'a Group, Refusal> {
    let group = find(state, call)?;
    if group.synced {
        return Err(Refusal::new(403, "ADMIN-UAM-403-1", "The group is managed by the identity provider."));
    }
    Ok(group)
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.chars().count() > 255 {
        return Err(Refusal::new(400, BAD, "The name must have 1 to 255 characters."));
    }
    if state.groups.iter().any(|group| group.default && group.name.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::new(409, "ADMIN-UAM-409-1", format!("{name} is a default group.")));
    }
    if state.groups.iter().any(|group| group.name.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::new(409, "ADMIN-UAM-409-2", format!("A group of the name {name} exists.")));
    }
    let group = Group {
        id: state.id(),
        name,
        description: call.text("description").unwrap_or_default().to_owned(),
        members: BTreeSet::new(),
        synced: false,
        default: false,
        roles: BTreeSet::new(),
    };
    let id = group.id.clone();
    state.groups.push(group);
    let context = vec![state.mention_group(&id)];
    state.record("group_created", context);
    // The document promises no content: a search by name tells the id.
    Ok(Reply::empty(201))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let group = writable(state, call)?;
    if group.default {
        return Err(Refusal::new(409, "ADMIN-UAM-409-1", "A default group cannot be deleted."));
    }
    if administrates(group) {
        return Err(Refusal::new(403, "ADMIN-UAM-403-1", "The group grants administration."));
    }
    let id = group.id.clone();
    let context = vec![state.mention_group(&id)];
    state.groups.retain(|group| group.id != id);
    state.record("group_deleted", context);
    Ok(Reply::empty(204))
}

fn join(state: &mut State, call: &Call) -> Outcome {
    let group = writable(state, call)?.id.clone();
    let account = call.text("accountId").unwrap_or_default();
    let Some(known) = state.account(account).filter(|account| !account.closed) else {
        return Err(not_found("ADMIN-UAM-404-1", "The user", account));
    };
    if known.status() != "active" {
        return Err(Refusal::new(400, "ADMIN-UAM-400-2", "The user is not active."));
    }
    if state.group(&group).is_some_and(|group| group.members.contains(account)) {
        return Err(Refusal::new(409, "ADMIN-UAM-409-2", "The user is a member already."));
    }
    if let Some(group) = state.group_mut(&group) {
        group.members.insert(account.to_owned());
    }
    let context = vec![state.mention(account), state.mention_group(&group)];
    state.record("user_added_to_group", context);
    Ok(Reply::empty(204))
}

fn leave(state: &mut State, call: &Call) -> Outcome {
    let group = writable(state, call)?.id.clone();
    let account = call.argument(3);
    if !state.group_mut(&group).is_some_and(|group| group.members.remove(account)) {
        return Err(not_found("ADMIN-UAM-404-1", "The membership of", account));
    }
    let context = vec![state.mention(account), state.mention_group(&group)];
    state.record("user_removed_from_group", context);
    Ok(Reply::empty(204))
}

fn stats(state: &State) -> Outcome {
    let synced = state.groups.iter().filter(|group| group.synced).count();
    let all = state.groups.len();
    Ok(Reply::ok(json!({
        "totals": {"all": all, "managed": all - synced, "synced": synced},
        "types": [{"type": "TEAM", "count": 0}, {"type": "GROUP", "count": all}, {"type": "USERBASE_GROUP", "count": 0}],
    })))
}

fn role_assignments(state: &State, call: &Call) -> Outcome {
    let limit = paging::limit(call.query("limit"), 20, 100, BAD)?;
    let cursor = question_cursor(call, "group-roles", query_question(call))?;
    let group = find(state, call)?;
    let (resources, owners, roles) =
        (texts(cursor.question.get("resourceIds")), texts(cursor.question.get("resourceOwners")), texts(cursor.question.get("roleIds")));
    let mut held: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (resource, role) in &group.roles {
        held.entry(resource).or_default().push(role);
    }
    let any = |wanted: &[String], have: &str| wanted.is_empty() || wanted.iter().any(|one| one == have);
    let all: Vec<Value> = (held.into_iter())
        .filter(|(resource, held)| any(&resources, resource) && any(&owners, owner(resource)) && (roles.is_empty() || held.iter().any(|role| roles.iter().any(|wanted| wanted == role))))
        .map(|(resource, held)| json!({"resourceId": resource, "resourceOwner": owner(resource), "roles": held, "defaultRole": group.default.then(|| held.first())}))
        .collect();
    let page = cut("group-roles", &cursor, paging::numbered(all), limit, false, call.empty_page);
    Ok(Reply::ok(json!({"data": page.items, "links": cursors(&page)})))
}

fn assign(state: &mut State, call: &Call, grant: bool) -> Outcome {
    let id = find(state, call)?.id.clone();
    let (resource, role) = (call.text("resourceId").unwrap_or_default(), call.text("roleId").unwrap_or_default());
    if !state.organization.workspaces.iter().any(|workspace| workspace.ari == resource) {
        return Err(not_found("ADMIN-UAM-404-1", "The resource", resource));
    }
    if !ROLES.contains(&role) {
        return Err(Refusal::new(400, "ADMIN-UAM-400-3", format!("{role} is no role of {resource}.")));
    }
    let pair = (resource.to_owned(), role.to_owned());
    let Some(group) = state.group_mut(&id) else { return Ok(Reply::empty(204)) };
    let changed = if grant { group.roles.insert(pair) } else { group.roles.remove(&pair) };
    if !grant && !changed {
        return Err(not_found("ADMIN-UAM-404-1", "The role assignment", role));
    }
    if changed {
        let context = vec![state.mention_group(&id), json!({"id": resource, "type": "resources", "attributes": {"role": role}})];
        state.record(if grant { "group_granted_role" } else { "group_revoked_role" }, context);
    }
    Ok(Reply::empty(if grant { 200 } else { 204 }))
}
