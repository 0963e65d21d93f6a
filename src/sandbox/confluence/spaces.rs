//! Spaces of version 2.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::millis;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::body::{Body, escape};
use super::list::{included, page, put, with_base};
use super::permissions;
use super::properties;
use super::show;
use super::store::{Assignment, Space, bad, caller};

fn shown(state: &State, call: &Call, space: &Space) -> Value {
    let mut shown = json!({
        "id": space.id.to_string(),
        "key": space.key,
        "name": space.name,
        "type": space.kind,
        "status": if space.archived { "archived" } else { "current" },
        "authorId": space.author,
        "spaceOwnerId": space.author,
        "createdAt": millis(space.created),
        "_links": {"webui": format!("/spaces/{}", space.key)},
    });
    if let Some(homepage) = space.homepage {
        put(&mut shown, "homepageId", json!(homepage.to_string()));
    }
    let description = match call.query("description-format") {
        Some("plain") => Some(("plain", space.description.clone())),
        Some("view") => Some(("view", format!("<p>{}</p>", escape(&space.description)))),
        _ => None,
    };
    if let Some((format, value)) = description {
        let mut formats = Map::new();
        formats.insert(format.to_owned(), json!({"representation": format, "value": value}));
        put(&mut shown, "description", Value::Object(formats));
    }
    if call.query("include-icon") == Some("true") {
        let path = format!("/images/logo/default-space-logo-256.png?space={}", space.key);
        put(&mut shown, "icon", json!({"path": path, "apiDownloadLink": format!("{}/wiki{path}", state.url)}));
    }
    shown
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let (ids, keys, labels) = (call.queries("ids"), call.queries("keys"), call.queries("labels"));
    let favourite = |space: &Space, who: &str| state.confluence.is_favourite(who, &format!("space/{}", space.key));
    let fits = |space: &&Space| {
        (ids.is_empty() || ids.contains(&space.id.to_string()))
            && (keys.is_empty() || keys.iter().any(|key| key.eq_ignore_ascii_case(&space.key)))
            && call.query("type").is_none_or(|kind| space.kind == kind)
            && call.query("status").is_none_or(|status| (status == "archived") == space.archived)
            && (labels.is_empty()
                || space.labels.iter().filter_map(|id| state.confluence.labels.get(id)).any(|one| labels.contains(&one.name)))
            && call.query("favorited-by").is_none_or(|who| favourite(space, who))
            && call.query("not-favorited-by").is_none_or(|who| !favourite(space, who))
    };
    let sort = call.query("sort").unwrap_or("id");
    let (field, descending) = sort.strip_prefix('-').map_or((sort, false), |field| (field, true));
    let key = |space: &Space| match field {
        "id" => Ok(format!("{:020}", space.id)),
        "key" => Ok(space.key.to_lowercase()),
        "name" => Ok(format!("{} {:020}", space.name.to_lowercase(), space.id)),
        other => Err(bad(format!("{other} is no order to sort by."))),
    };
    let found = state.confluence.spaces.values().filter(fits);
    let mut items = found.map(|space| Ok((key(space)?, space))).collect::<Result<Vec<_>, Refusal>>()?;
    items.sort_by(|(left, _), (right, _)| left.cmp(right));
    if descending {
        items.reverse();
    }
    page(state, call, items, descending, 25, |space| {
        let mut shown = shown(state, call, space);
        put(&mut shown, "currentActiveAlias", json!(space.key));
        shown
    })
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space(call.argument(0))?;
    let mut shown = shown(state, call, space);
    let asked = |name: &str| call.query(&format!("include-{name}")) == Some("true");
    let mut set = |key: &str, items: Vec<Value>, part: &str| put(&mut shown, key, included(items, format!("{}/{part}", call.path)));
    if asked("labels") {
        set("labels", space.labels.iter().filter_map(|id| state.confluence.labels.get(id)).map(show::label).collect(), "labels");
    }
    if asked("properties") {
        set("properties", space.properties.values().map(properties::of_space).collect(), "properties");
    }
    if asked("operations") {
        set("operations", operations_of(), "operations");
    }
    if asked("permissions") {
        set("permissions", space.permissions.iter().map(permissions::shown).collect(), "permissions");
    }
    if asked("role-assignments") {
        set("roleAssignments", space.assignments.iter().map(super::roles::assignment).collect(), "role-assignments");
    }
    Ok(Reply::ok(with_base(state, shown)))
}

fn operations_of() -> Vec<Value> {
    let names = ["read", "create", "delete", "export", "administer", "restrict_content"];
    names.iter().map(|name| json!({"operation": name, "targetType": "space"})).collect()
}

pub fn operations(state: &mut State, call: &Call) -> Outcome {
    state.confluence.space(call.argument(0))?;
    Ok(Reply::ok(json!({"operations": operations_of()})))
}

/// A key of letters and digits that nobody has.
pub fn check_key(state: &State, key: &str) -> Result<(), Refusal> {
    let fits =
        !key.is_empty() && key.len() <= 255 && key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '~' || letter == '_');
    if !fits {
        return Err(bad(format!("\"{key}\" is no key of a space: it consists of letters and digits.")));
    }
    match state.confluence.space_by_key(key) {
        Ok(_) => Err(bad(format!("A space with the key {key} exists already."))),
        Err(_) => Ok(()),
    }
}

/// Both versions make spaces alike: with a homepage, and its maker as admin.
pub fn make(state: &mut State, key: &str, name: &str, description: &str, private: bool) -> u64 {
    let (now, author) = (state.now(), caller());
    let store = &mut state.confluence;
    let id = store.next_id();
    let homepage = store.new_content(super::store::Kind::Page, id, None, name, Body::storage(""), &author, now);
    let mut permissions = permissions::granted(store, "user", &author, permissions::ALL);
    if !private {
        permissions.extend(permissions::granted(store, "group", super::super::seed::groups::JIRA_USERS, permissions::MEMBER));
    }
    let space = Space {
        id,
        key: key.to_owned(),
        name: name.to_owned(),
        kind: "global".to_owned(),
        archived: false,
        description: description.to_owned(),
        author,
        created: now,
        homepage: Some(homepage),
        labels: BTreeSet::new(),
        properties: BTreeMap::new(),
        permissions,
        assignments: Vec::new(),
        theme: None,
        classification: None,
        content_mode: "standard".to_owned(),
        route_override: true,
    };
    store.spaces.insert(id, space);
    super::audit::record(state, "Space created", "Spaces", name, "Space");
    id
}

/// Without a key one is made of the name.
fn key_of(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).take(10).collect::<String>().to_uppercase()
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(bad("The name of a space has 1 to 200 characters."));
    }
    let key = call.text("key").or_else(|| call.text("alias")).map_or_else(|| key_of(&name), str::to_owned);
    check_key(state, &key)?;
    let description = call.body.pointer("/description/value").and_then(Value::as_str).unwrap_or_default().to_owned();
    let private = call.body.get("createPrivateSpace").and_then(Value::as_bool).unwrap_or_default();
    let assignments = super::roles::given(state, call.body.get("roleAssignments"))?;
    let id = make(state, &key, &name, &description, private);
    let assignments: Vec<Assignment> = assignments.into_iter().filter_map(|(one, kept)| kept.then_some(one)).collect();
    if let Some(space) = state.confluence.spaces.get_mut(&id) {
        space.assignments = assignments;
    }
    let space = state.confluence.space(&id.to_string())?;
    Ok(Reply::new(201, with_base(state, shown(state, call, space))))
}
