//! People and groups as version 1 shows them, and who watches what. Accounts and groups are those of the organization.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::admin::{Account, Group};
use super::super::call::{Call, Outcome};
use super::super::clock::millis;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::list::{lean, put, searched, started, v1_links};
use super::store::{Confluence, RelationKey, bad, caller, not_found};
use super::tree::v1_named;
use super::{content, v1_spaces};

pub fn v1_user(state: &State, id: &str) -> Value {
    let Some(account) = state.account(id) else {
        return json!({"type": "unknown", "accountId": id, "displayName": "Former user"});
    };
    let kind = if matches!(account.kind.as_ref(), "atlassian" | "app") { account.kind.as_ref() } else { "" };
    json!({
        "type": "known",
        "accountId": account.id,
        "accountType": kind,
        "email": account.email,
        "publicName": account.nickname,
        "displayName": account.name,
        "timeZone": account.zoneinfo,
        "profilePicture": {"path": account.picture(), "width": 48, "height": 48, "isDefault": false},
        "isExternalCollaborator": false,
        "externalCollaborator": false,
        "isGuest": false,
        "_expandable": {"operations": "", "personalSpace": ""},
        "_links": {"self": format!("{}/wiki/rest/api/user?accountId={}", state.url, account.id)},
    })
}

fn user<'a>(state: &'a State, id: &str) -> Result<&'a Account, Refusal> {
    state.account(id).ok_or_else(|| not_found("The user", id))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let id = user(state, call.query("accountId").unwrap_or_default())?.id.clone();
    shown(state, call, &id)
}

pub fn current(state: &mut State, call: &Call) -> Outcome {
    shown(state, call, &caller())
}

fn shown(state: &State, call: &Call, id: &str) -> Outcome {
    let expand = content::Expand::of(call);
    let mut shown = v1_user(state, id);
    if expand.has("operations") {
        put(&mut shown, "operations", json!([{"operation": "use", "targetType": "application"}]));
    }
    if expand.has("personalSpace")
        && let Ok(space) = state.confluence.space_by_key(&format!("~{id}"))
    {
        put(&mut shown, "personalSpace", v1_spaces::shown(state, space));
    }
    if expand.has("details")
        && let Some(account) = state.account(id)
    {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let business = json!({
            "position": text(&account.job_title), "department": text(&account.department), "location": text(&account.location),
        });
        put(
            &mut shown,
            "details",
            json!({"business": business, "personal": {"phone": "", "im": "", "website": "", "email": account.email}}),
        );
    }
    Ok(Reply::ok(shown))
}

pub fn anonymous(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(json!({
        "type": "anonymous",
        "displayName": "Anonymous",
        "profilePicture": {"path": "/wiki/aa-avatar/anonymous", "width": 48, "height": 48, "isDefault": true},
        "_expandable": {"operations": ""},
        "_links": v1_links(state, call),
    })))
}

pub fn bulk(state: &mut State, call: &Call) -> Outcome {
    let ids = call.queries("accountId");
    if ids.len() > 100 {
        return Err(bad("At most 100 users are told of at once."));
    }
    let found: Vec<&Account> = ids.iter().filter_map(|id| state.account(id)).collect();
    started(state, call, found, 200, |account| {
        let mut shown = v1_user(state, &account.id);
        put(&mut shown, "_expandable", json!({"operations": "", "details": "", "personalSpace": ""}));
        put(&mut shown, "externalCollaborator", Value::Null);
        lean(shown)
    })
}

pub fn email(state: &mut State, call: &Call) -> Outcome {
    let account = user(state, call.query("accountId").unwrap_or_default())?;
    Ok(Reply::ok(json!({"accountId": account.id, "email": account.email})))
}

pub fn emails(state: &mut State, call: &Call) -> Outcome {
    let found = call.queries("accountId").into_iter().filter_map(|id| state.account(&id).map(|one| (one.id.clone(), one.email.clone())));
    Ok(Reply::ok(found.map(|(id, email)| json!({"accountId": id, "email": email})).collect()))
}

pub fn member_of(state: &mut State, call: &Call) -> Outcome {
    let id = &user(state, call.query("accountId").unwrap_or_default())?.id;
    let groups: Vec<&Group> = state.groups.iter().filter(|group| group.members.contains(id)).collect();
    started(state, call, groups, 200, |group| v1_group(state, group))
}

/// `user.fullname ~ "Ada"`, `user.accountid = "…"`, `user in ("…")`
pub fn search(state: &mut State, call: &Call) -> Outcome {
    let cql = call.query("cql").unwrap_or_default();
    let found = super::cql::users(state, cql)?;
    searched(state, call, cql, found, |account| search_result(state, account))
}

pub fn search_result(state: &State, account: &Account) -> Value {
    json!({
        "user": v1_user(state, &account.id),
        "title": account.name,
        "excerpt": "",
        "url": format!("/people/{}", account.id),
        "breadcrumbs": [],
        "entityType": "user",
        "iconCssClass": "aui-icon content-type-profile",
        "lastModified": millis(account.created),
        "friendlyLastModified": super::tree::days_ago(state.now(), account.created),
        "score": 0.0,
    })
}

// Groups.

pub fn v1_group(state: &State, group: &Group) -> Value {
    json!({
        "type": "group",
        "name": group.name,
        "id": group.id,
        "usageType": "USERBASE_GROUP",
        "managedBy": if group.synced { "EXTERNAL" } else { "ADMINS" },
        "_links": {"self": format!("{}/wiki/rest/api/group/by-id?id={}", state.url, group.id)},
    })
}

fn group<'a>(state: &'a State, id: &str) -> Result<&'a Group, Refusal> {
    state.group(id).ok_or_else(|| not_found("The group", id))
}

pub fn groups(state: &mut State, call: &Call) -> Outcome {
    let admin = |group: &Group| group.roles.iter().any(|(_, role)| role.contains("admin"));
    let fits = |group: &&Group| match call.query("accessType") {
        Some("admin" | "site-admin") => admin(group),
        Some("user") => !admin(group),
        _ => true,
    };
    started(state, call, state.groups.iter().filter(fits).collect(), 200, |group| v1_group(state, group))
}

pub fn pick(state: &mut State, call: &Call) -> Outcome {
    let term = call.query("query").unwrap_or_default().to_lowercase();
    let found: Vec<&Group> = state.groups.iter().filter(|group| group.name.to_lowercase().contains(&term)).collect();
    let total = found.len();
    let mut reply = started(state, call, found, 200, |group| v1_group(state, group))?;
    if let (Some(body), Some("true")) = (&mut reply.body, call.query("shouldReturnTotalSize")) {
        put(body, "totalSize", json!(total));
    }
    Ok(reply)
}

pub fn group_get(state: &mut State, call: &Call) -> Outcome {
    group(state, call.query("id").unwrap_or_default()).map(|found| Reply::ok(v1_group(state, found)))
}

pub fn group_create(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() || state.groups.iter().any(|group| group.name.eq_ignore_ascii_case(&name)) {
        return Err(bad(format!("A group cannot have the name \"{name}\": it is empty or taken.")));
    }
    let id = state.id();
    let made =
        Group { id, name, description: String::new(), members: BTreeSet::new(), synced: false, default: false, roles: BTreeSet::new() };
    let answer = v1_group(state, &made);
    state.groups.push(made);
    Ok(Reply::new(201, answer))
}

fn writable(state: &State, id: &str) -> Result<(), Refusal> {
    if group(state, id)?.synced { Err(Refusal::new(403, "FORBIDDEN", "The group is kept by the identity provider.")) } else { Ok(()) }
}

pub fn group_delete(state: &mut State, call: &Call) -> Outcome {
    let id = call.query("id").unwrap_or_default();
    writable(state, id)?;
    if group(state, id)?.default {
        return Err(Refusal::new(403, "FORBIDDEN", "A default group cannot be deleted."));
    }
    state.groups.retain(|group| group.id != id);
    Ok(Reply::empty(204))
}

pub fn members(state: &mut State, call: &Call) -> Outcome {
    let ids = &group(state, call.argument(0))?.members;
    // Who is suspended or deactivated is not shown.
    let active = |account: &&Account| account.directory_status() == "active";
    let found: Vec<&Account> = ids.iter().filter_map(|id| state.account(id)).filter(active).collect();
    let total = found.len();
    let mut reply = started(state, call, found, 200, |account| v1_user(state, &account.id))?;
    if let (Some(body), Some("true")) = (&mut reply.body, call.query("shouldReturnTotalSize")) {
        put(body, "totalSize", json!(total));
    }
    Ok(reply)
}

pub fn join(state: &mut State, call: &Call) -> Outcome {
    let id = call.query("groupId").unwrap_or_default();
    writable(state, id)?;
    let account = user(state, call.text("accountId").unwrap_or_default())?.id.clone();
    if let Some(group) = state.group_mut(id) {
        group.members.insert(account);
    }
    Ok(Reply::empty(201))
}

pub fn leave(state: &mut State, call: &Call) -> Outcome {
    let id = call.query("groupId").unwrap_or_default();
    writable(state, id)?;
    let account = user(state, call.query("accountId").unwrap_or_default())?.id.clone();
    if let Some(group) = state.group_mut(id) {
        group.members.remove(&account);
    }
    Ok(Reply::empty(204))
}

// Watches: of content, spaces and labels.

/// What the path names, if it is there.
fn watched(state: &State, call: &Call) -> Result<String, Refusal> {
    let name = call.argument(0);
    if call.path.contains("/watch/content/") {
        v1_named(state, name).map(|one| format!("content/{}", one.id))
    } else if call.path.contains("/watch/space/") {
        state.confluence.space_by_key(name).map(|space| format!("space/{}", space.key))
    } else {
        Ok(format!("label/{}", name.to_lowercase()))
    }
}

/// The caller, or who is named.
fn watcher(state: &State, call: &Call) -> Result<String, Refusal> {
    call.query("accountId").map_or_else(|| Ok(caller()), |id| user(state, id).map(|account| account.id.clone()))
}

pub fn watches(state: &mut State, call: &Call) -> Outcome {
    let watch = (watcher(state, call)?, watched(state, call)?);
    Ok(Reply::ok(json!({"watching": state.confluence.watches.contains(&watch)})))
}

pub fn watch(state: &mut State, call: &Call) -> Outcome {
    let watch = (watcher(state, call)?, watched(state, call)?);
    state.confluence.watches.insert(watch);
    Ok(Reply::empty(204))
}

pub fn unwatch(state: &mut State, call: &Call) -> Outcome {
    let watch = (watcher(state, call)?, watched(state, call)?);
    state.confluence.watches.remove(&watch);
    Ok(Reply::empty(204))
}

fn watch_user(state: &State, id: &str) -> Value {
    let mut shown = v1_user(state, id);
    for (key, value) in [("operations", json!([])), ("personalSpace", Value::Null), ("email", json!("")), ("publicName", json!(""))] {
        if shown.get(key).is_none() {
            put(&mut shown, key, value);
        }
    }
    put(&mut shown, "_expandable", Value::Null);
    put(&mut shown, "_links", Value::Null);
    if let Some(object) = shown.as_object_mut() {
        object.retain(|key, value| key == "personalSpace" || !value.is_null());
    }
    shown
}

fn watchers(state: &State, what: &str) -> Vec<String> {
    state.confluence.watches.iter().filter(|(_, watched)| watched == what).map(|(who, _)| who.clone()).collect()
}

/// Of one piece of content.
pub fn content_watchers(state: &mut State, call: &Call) -> Outcome {
    let one = v1_named(state, call.argument(0))?;
    let found = watchers(state, &format!("content/{}", one.id));
    started(state, call, found, 200, |who| json!({"type": "page", "watcher": watch_user(state, &who), "contentId": one.id}))
}

/// Of the space that content stands in, or of a space by its key.
pub fn space_watchers(state: &mut State, call: &Call) -> Outcome {
    let key = if call.path.contains("/space/") {
        state.confluence.space_by_key(call.argument(0))?.key.clone()
    } else {
        let space = v1_named(state, call.argument(0))?.space;
        state.confluence.space_key(space).to_owned()
    };
    let found = watchers(state, &format!("space/{key}"));
    started(state, call, found, 200, |who| json!({"type": "space", "watcher": watch_user(state, &who), "spaceKey": key}))
}

// Relations: named edges between users, content and spaces.

impl Confluence {
    pub fn is_favourite(&self, who: &str, what: &str) -> bool {
        let key = RelationKey { name: "favourite".to_owned(), source: format!("user/{who}"), target: what.to_owned() };
        self.relations.contains_key(&key)
    }
}

/// "user/557058:…": a thing of a relation, if it is there.
fn end(state: &State, kind: &str, key: &str) -> Result<String, Refusal> {
    match kind {
        "user" => {
            let id = if key == "current" { caller() } else { key.to_owned() };
            user(state, &id).map(|account| format!("user/{}", account.id))
        }
        "content" => v1_named(state, key).map(|one| format!("content/{}", one.id)),
        "space" => state.confluence.space_by_key(key).map(|space| format!("space/{}", space.key)),
        other => Err(bad(format!("{other} is nothing that a relation can have at an end: user, content or space."))),
    }
}

fn end_shown(state: &State, call: &Call, end: &str) -> Value {
    match end.split_once('/') {
        Some(("user", id)) => v1_user(state, id),
        Some(("space", key)) => state.confluence.space_by_key(key).map(|space| v1_spaces::shown(state, space)).unwrap_or_default(),
        Some((_, id)) => {
            let one = state.confluence.content(id);
            one.map(|one| content::expanded(state, call, one, &content::Expand::all(&[]), 1)).unwrap_or_default()
        }
        None => Value::Null,
    }
}

fn relation(state: &State, call: &Call, key: &RelationKey, made: &(String, i64)) -> Value {
    let expand = content::Expand::of(call);
    let data = expand.has("relationData").then(|| json!({"createdBy": v1_user(state, &made.0), "createdDate": millis(made.1)}));
    let source = expand.has("source").then(|| end_shown(state, call, &key.source));
    let target = expand.has("target").then(|| end_shown(state, call, &key.target));
    lean(json!({
        "name": key.name,
        "relationData": data,
        "source": source,
        "target": target,
        "_expandable": {"relationData": "", "source": "", "target": ""},
        "_links": {"self": format!("{}{}", state.url, call.path)},
    }))
}

/// `…/from/{type}/{key}/to/{type}/{key}`
fn edge(state: &State, call: &Call) -> Result<RelationKey, Refusal> {
    let source = end(state, call.argument(1), call.argument(2))?;
    let target = end(state, call.argument(3), call.argument(4))?;
    Ok(RelationKey { name: call.argument(0).to_owned(), source, target })
}

pub fn relation_get(state: &mut State, call: &Call) -> Outcome {
    let key = edge(state, call)?;
    let made = state.confluence.relations.get(&key).ok_or_else(|| not_found("The relation", &key.name))?;
    Ok(Reply::ok(relation(state, call, &key, made)))
}

pub fn relation_put(state: &mut State, call: &Call) -> Outcome {
    let (key, now) = (edge(state, call)?, state.now());
    if key.name == "favourite" && !key.source.starts_with("user/") {
        return Err(bad("Only users have favourites."));
    }
    let made = state.confluence.relations.entry(key.clone()).or_insert_with(|| (caller(), now)).clone();
    Ok(Reply::ok(relation(state, call, &key, &made)))
}

pub fn relation_delete(state: &mut State, call: &Call) -> Outcome {
    let key = edge(state, call)?;
    state.confluence.relations.remove(&key).map(|_| Reply::empty(204)).ok_or_else(|| not_found("The relation", &key.name))
}

/// `…/from/{type}/{key}/to/{type}`, and `…/to/{type}/{key}/from/{type}`
pub fn relation_list(state: &mut State, call: &Call) -> Outcome {
    let fixed = end(state, call.argument(1), call.argument(2))?;
    let backwards = call.route.key.contains("/to/{}/{}/from/");
    let kind = format!("{}/", call.argument(3));
    let found = state.confluence.relations.iter().filter(|(key, _)| {
        let (known, other) = if backwards { (&key.target, &key.source) } else { (&key.source, &key.target) };
        key.name == call.argument(0) && *known == fixed && other.starts_with(&kind)
    });
    started(state, call, found.collect(), 25, |(key, made)| relation(state, call, key, made))
}
