//! Groups of the directory, as Jira sees and changes them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::super::admin::{Account, Group};
use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::page::{self, Window, bad, expands, missing, put};
use super::user_search::{header, matches, picked};
use super::users::is_member;
use super::view::{View, is_active};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/group", |state, call| {
        let group = find(state, call)?;
        Ok(Reply::ok(body(state, call, group, expands(call, "users"))))
    }),
    ("POST /rest/api/3/group", create),
    ("DELETE /rest/api/3/group", delete),
    ("GET /rest/api/3/group/bulk", |state, call| bulk(state, call)),
    ("GET /rest/api/3/group/member", |state, call| members(state, call)),
    ("POST /rest/api/3/group/user", add),
    ("DELETE /rest/api/3/group/user", remove),
    ("GET /rest/api/3/groups/picker", |state, call| Ok(Reply::ok(picker(state, call, 20)?))),
    ("GET /rest/api/3/groupuserpicker", |state, call| both(state, call)),
];

/// The group that a query names, by id or by name.
fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Group, Refusal> {
    named(state, call.query("groupId"), call.query("groupname"))
}

fn named<'a>(state: &'a State, id: Option<&str>, name: Option<&str>) -> Result<&'a Group, Refusal> {
    match (id, name) {
        (Some(_), Some(_)) => Err(bad("Either groupId or groupname must be given, not both.")),
        (Some(id), None) => state.group(id).ok_or_else(|| missing("group", id)),
        (None, Some(name)) => {
            let found = state.groups.iter().find(|group| group.name.eq_ignore_ascii_case(name));
            found.ok_or_else(|| missing("group", name))
        }
        (None, None) => Err(bad("Either groupId or groupname is required.")),
    }
}

/// A group that Jira may change: others belong to the identity provider.
fn writable<'a>(state: &'a State, call: &Call) -> Result<&'a Group, Refusal> {
    let group = find(state, call)?;
    if group.synced {
        return Err(Refusal::new(403, "", "The group is managed by the identity provider."));
    }
    Ok(group)
}

/// Accounts of a group, in the order of names.
fn accounts<'a>(state: &'a State, group: &Group, inactive: bool) -> Vec<&'a Account> {
    let of_group = |account: &&Account| group.members.contains(&account.id) && is_member(account) && (inactive || is_active(account));
    let mut found: Vec<&Account> = state.accounts.iter().filter(of_group).collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    found
}

fn body(state: &State, call: &Call, group: &Group, users: bool) -> Value {
    let view = View::new(state, call);
    let mut body = view.group(group);
    put(&mut body, "expand", json!("users"));
    let found = accounts(state, group, false);
    let shown: Vec<Value> = if users { found.iter().take(50).map(|account| view.member(account)).collect() } else { Vec::new() };
    let end = shown.len().saturating_sub(1);
    put(&mut body, "users", json!({"size": found.len(), "items": shown, "max-results": 50, "start-index": 0, "end-index": end}));
    body
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = page::name(call, 255, |_| false)?;
    if state.groups.iter().any(|group| group.name.eq_ignore_ascii_case(&name)) {
        return Err(bad(format!("A group of the name {name} exists.")));
    }
    let group = Group {
        id: state.id(),
        name,
        description: String::new(),
        members: BTreeSet::new(),
        synced: false,
        default: false,
        roles: BTreeSet::new(),
    };
    let answer = body(state, call, &group, true);
    let id = group.id.clone();
    state.groups.push(group);
    let context = vec![state.mention_group(&id)];
    state.record("group_created", context);
    Ok(Reply::new(201, answer))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let group = writable(state, call)?;
    if group.default {
        return Err(bad("The group gives access to a product: it cannot be deleted."));
    }
    let id = group.id.clone();
    let swap = match (call.query("swapGroupId"), call.query("swapGroup")) {
        (None, None) => None,
        (id, name) => Some(format!("group:{}", named(state, id, name)?.id)),
    };
    let context = vec![state.mention_group(&id)];
    state.groups.retain(|group| group.id != id);
    // What the group was allowed, another one is.
    let old = format!("group:{id}");
    let defaults = state.jira.configuration.default_actors.values_mut();
    for actors in state.jira.projects.values_mut().flat_map(|project| project.actors.values_mut()).chain(defaults) {
        if actors.remove(&old) {
            actors.extend(swap.clone());
        }
    }
    state.record("group_deleted", context);
    Ok(Reply::empty(200))
}

fn bulk(state: &State, call: &Call) -> Outcome {
    let (ids, names) = (call.queries("groupId"), call.queries("groupName"));
    let fits = |group: &&Group| (ids.is_empty() && names.is_empty()) || ids.contains(&group.id) || names.contains(&group.name);
    let mut found: Vec<&Group> = state.groups.iter().filter(fits).collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(Reply::ok(page::page(state, call, found, (50, 50), |group| json!({"groupId": group.id, "name": group.name}))?))
}

fn members(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let found = accounts(state, find(state, call)?, call.query("includeInactiveUsers") == Some("true"));
    Ok(Reply::ok(page::page(state, call, found, (50, 50), |account| view.member(account))?))
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let id = writable(state, call)?.id.clone();
    let account = call.text("accountId").ok_or_else(|| bad("The field accountId is required."))?;
    let known = state.account(account).filter(|account| is_member(account)).ok_or_else(|| missing("user", account))?.id.clone();
    if !state.group_mut(&id).is_some_and(|group| group.members.insert(known.clone())) {
        return Err(bad("The user is a member of the group already."));
    }
    let context = vec![state.mention(&known), state.mention_group(&id)];
    state.record("user_added_to_group", context);
    let group = find(state, call)?;
    Ok(Reply::new(201, body(state, call, group, false)))
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    let id = writable(state, call)?.id.clone();
    let account = call.query("accountId").unwrap_or_default().to_owned();
    state.account(&account).ok_or_else(|| missing("user", &account))?;
    if !state.group_mut(&id).is_some_and(|group| group.members.remove(&account)) {
        return Err(bad("The user is no member of the group."));
    }
    let context = vec![state.mention(&account), state.mention_group(&id)];
    state.record("user_removed_from_group", context);
    Ok(Reply::empty(200))
}

fn picker(state: &State, call: &Call, size: usize) -> Result<Value, Refusal> {
    let text = call.query("query").unwrap_or_default();
    let (without, without_ids) = (call.queries("exclude"), call.queries("excludeId"));
    let of = call.query("accountId");
    let fits = |group: &&Group| {
        page::contains(&group.name, Some(text))
            && !without.contains(&group.name)
            && !without_ids.contains(&group.id)
            && of.is_none_or(|account| group.members.contains(account))
    };
    let mut found: Vec<&Group> = state.groups.iter().filter(fits).collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    let shown = found.iter().take(Window::of(call, size, 1_000)?.size);
    let groups: Vec<Value> = shown
        .map(|group| {
            let managed = if group.synced { "EXTERNAL" } else { "ADMINS" };
            json!({"name": group.name, "groupId": group.id, "html": group.name, "labels": [], "managedBy": managed, "usageType": "USERBASE_GROUP"})
        })
        .collect();
    Ok(json!({"header": header(groups.len(), found.len(), "matching groups"), "total": found.len(), "groups": groups}))
}

fn both(state: &State, call: &Call) -> Outcome {
    let text = call.query("query").unwrap_or_default();
    let groups = picker(state, call, 50)?;
    let found: Vec<&Account> =
        state.accounts.iter().filter(|account| is_member(account) && is_active(account) && matches(account, text)).collect();
    let shown = found.iter().take(Window::of(call, 50, 1_000)?.size);
    let users: Vec<Value> = shown.map(|account| picked(account, text, call.query("showAvatar") == Some("true"))).collect();
    let users = json!({"header": header(users.len(), found.len(), "matching users"), "total": found.len(), "users": users});
    Ok(Reply::ok(json!({"users": users, "groups": groups})))
}
