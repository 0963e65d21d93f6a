//! Restrictions: who alone may read or update content.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply, fnv};
use super::super::store::State;
use super::content::{self, Expand};
use super::list::{lean, put, v1_links};
use super::store::{Content, Restriction, bad, caller, not_found};
use super::tree::v1_named;
use super::users::{v1_group, v1_user};

const OPERATIONS: [&str; 2] = ["read", "update"];

fn operation(call: &Call) -> Result<&str, Refusal> {
    let key = call.argument(1);
    if OPERATIONS.contains(&key) { Ok(key) } else { Err(bad(format!("{key} is no operation that can be restricted: read or update."))) }
}

/// Who is named, by what is expanded.
pub fn shown(state: &State, one: &Content, operation: &str, expand: &Expand) -> Value {
    let nobody = Restriction::default();
    let found = one.restrictions.get(operation).unwrap_or(&nobody);
    let path = format!("/rest/api/content/{}/restriction/byOperation/{operation}", one.text_id());
    let inner = expand.inner("restrictions");
    let list = |results: Vec<Value>| json!({"size": results.len(), "results": results, "start": 0, "limit": 200});
    let users = inner.has("user").then(|| list(found.users.iter().map(|id| v1_user(state, id)).collect()));
    let groups = inner
        .has("group")
        .then(|| list(found.groups.iter().filter_map(|id| state.group(id)).map(|group| v1_group(state, group)).collect()));
    let mut expandable = json!({"content": format!("/rest/api/content/{}", one.text_id())});
    let restrictions = expand.has("restrictions").then(|| {
        let mut missing = json!({});
        for (name, there) in [("user", users.is_some()), ("group", groups.is_some())] {
            if !there {
                put(&mut missing, name, json!(""));
            }
        }
        lean(json!({"user": users, "group": groups, "_expandable": missing}))
    });
    if restrictions.is_none() {
        put(&mut expandable, "restrictions", json!(""));
    }
    lean(json!({
        "operation": operation,
        "restrictions": restrictions,
        "_expandable": expandable,
        "_links": {"self": format!("{}/wiki{path}", state.url)},
    }))
}

/// Without a word about it, restrictions are answered with users and groups.
fn answer(state: &State, call: &Call, one: &Content) -> Outcome {
    let asked = Expand::of(call);
    let whole = Expand::all(&["restrictions.user", "restrictions.group"]);
    let expand = if call.query("expand").is_some() { &asked } else { &whole };
    let results: Vec<Value> = OPERATIONS.iter().map(|operation| shown(state, one, operation, expand)).collect();
    let results: Vec<Value> = results
        .into_iter()
        .map(|mut result| {
            if asked.has("content") {
                put(&mut result, "content", content::expanded(state, call, one, &asked.inner("content"), 1));
            }
            result
        })
        .collect();
    let hash = fnv(format!("{:?}", one.restrictions).as_bytes());
    let links = v1_links(state, call);
    Ok(Reply::ok(json!({
        "results": results, "start": 0, "limit": 100, "size": results.len(), "restrictionsHash": format!("{hash:016x}"), "_links": links,
    })))
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    answer(state, call, v1_named(state, call.argument(0))?)
}

pub fn by_operation(state: &mut State, call: &Call) -> Outcome {
    let one = v1_named(state, call.argument(0))?;
    let asked = Expand::of(call);
    let whole = Expand::all(&["restrictions.user", "restrictions.group"]);
    let mut found = Map::new();
    for operation in OPERATIONS {
        // "read" or "update" may stand in front of what is expanded in it.
        let inner = asked.inner(operation);
        let expand = if call.query("expand").is_none() {
            &whole
        } else if inner.has("restrictions") {
            &inner
        } else {
            &asked
        };
        found.insert(operation.to_owned(), shown(state, one, operation, expand));
    }
    Ok(Reply::ok(Value::Object(found)))
}

pub fn for_operation(state: &mut State, call: &Call) -> Outcome {
    let one = v1_named(state, call.argument(0))?;
    let asked = Expand::of(call);
    let whole = Expand::all(&["restrictions.user", "restrictions.group"]);
    Ok(Reply::ok(shown(state, one, operation(call)?, if call.query("expand").is_some() { &asked } else { &whole })))
}

/// What a request names, by operation.
fn given(state: &State, body: &Value) -> Result<BTreeMap<String, Restriction>, Refusal> {
    let items = body.get("results").unwrap_or(body).as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found: BTreeMap<String, Restriction> = BTreeMap::new();
    for item in items {
        let operation = item.get("operation").and_then(Value::as_str).unwrap_or_default();
        if !OPERATIONS.contains(&operation) {
            return Err(bad(format!("{operation} is no operation that can be restricted: read or update.")));
        }
        let named = |kind: &str| {
            let list = item.pointer(&format!("/restrictions/{kind}"));
            list.and_then(|list| list.get("results").unwrap_or(list).as_array().cloned()).unwrap_or_default()
        };
        let entry = found.entry(operation.to_owned()).or_default();
        for user in named("user") {
            let id = user.get("accountId").and_then(Value::as_str).unwrap_or_default();
            state.account(id).ok_or_else(|| not_found("The user", id))?;
            entry.users.insert(id.to_owned());
        }
        for group in named("group") {
            let text = |key: &str| group.get(key).and_then(Value::as_str);
            let wanted = text("id").or_else(|| text("name")).unwrap_or_default();
            entry.groups.insert(group_id(state, wanted)?);
        }
    }
    Ok(found)
}

fn group_id(state: &State, wanted: &str) -> Result<String, Refusal> {
    let found = state.groups.iter().find(|group| group.id == wanted || group.name == wanted);
    found.map(|group| group.id.clone()).ok_or_else(|| not_found("The group", wanted))
}

/// Nobody may shut out themselves.
fn check_self(state: &State, restrictions: &BTreeMap<String, Restriction>) -> Result<(), Refusal> {
    let me = caller();
    let mine: BTreeSet<&String> = state.groups.iter().filter(|group| group.members.contains(&me)).map(|group| &group.id).collect();
    let shut = restrictions
        .iter()
        .find(|(_, one)| !one.is_empty() && !one.users.contains(&me) && !one.groups.iter().any(|group| mine.contains(group)));
    match shut {
        Some((operation, _)) => Err(bad(format!("The restrictions would take the permission to {operation} from you."))),
        None => Ok(()),
    }
}

fn set(state: &mut State, call: &Call, id: u64, restrictions: BTreeMap<String, Restriction>) -> Outcome {
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.restrictions = restrictions;
        one.restrictions.retain(|_, one| !one.is_empty());
    }
    answer(state, call, v1_named(state, call.argument(0))?)
}

/// POST adds to what is there.
pub fn add(state: &mut State, call: &Call) -> Outcome {
    let one = v1_named(state, call.argument(0))?;
    let (id, mut restrictions) = (one.id, one.restrictions.clone());
    for (operation, more) in given(state, &call.body)? {
        let entry = restrictions.entry(operation).or_default();
        entry.users.extend(more.users);
        entry.groups.extend(more.groups);
    }
    check_self(state, &restrictions)?;
    set(state, call, id, restrictions)
}

/// PUT replaces all.
pub fn update(state: &mut State, call: &Call) -> Outcome {
    let id = v1_named(state, call.argument(0))?.id;
    let restrictions = given(state, &call.body)?;
    check_self(state, &restrictions)?;
    set(state, call, id, restrictions)
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = v1_named(state, call.argument(0))?.id;
    set(state, call, id, BTreeMap::new())
}

/// A user by `accountId`, or a group by its place in the path.
enum Subject {
    User(String),
    Group(String),
}

fn subject(state: &State, call: &Call) -> Result<Subject, Refusal> {
    if call.path.ends_with("/user") {
        let id = call.query("accountId").ok_or_else(|| bad("accountId is required."))?;
        state.account(id).map(|_| Subject::User(id.to_owned())).ok_or_else(|| not_found("The user", id))
    } else {
        group_id(state, call.argument(2)).map(Subject::Group)
    }
}

/// 200 if the subject is named, 404 if not.
pub fn has(state: &mut State, call: &Call) -> Outcome {
    let one = v1_named(state, call.argument(0))?;
    let found = one.restrictions.get(operation(call)?);
    let named = match subject(state, call)? {
        Subject::User(id) => found.is_some_and(|found| found.users.contains(&id)),
        Subject::Group(id) => found.is_some_and(|found| found.groups.contains(&id)),
    };
    if named { Ok(Reply::empty(200)) } else { Err(not_found("The restriction for", call.argument(1))) }
}

pub fn put_subject(state: &mut State, call: &Call) -> Outcome {
    let id = v1_named(state, call.argument(0))?.id;
    let (operation, subject) = (operation(call)?.to_owned(), subject(state, call)?);
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        let entry = one.restrictions.entry(operation).or_default();
        match subject {
            Subject::User(id) => entry.users.insert(id),
            Subject::Group(id) => entry.groups.insert(id),
        };
    }
    Ok(Reply::empty(200))
}

pub fn remove_subject(state: &mut State, call: &Call) -> Outcome {
    let id = v1_named(state, call.argument(0))?.id;
    let (operation, subject) = (operation(call)?, subject(state, call)?);
    let entry = state.confluence.contents.get_mut(&id).and_then(|one| one.restrictions.get_mut(operation));
    let gone = entry.is_some_and(|entry| match &subject {
        Subject::User(id) => entry.users.remove(id),
        Subject::Group(id) => entry.groups.remove(id),
    });
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.restrictions.retain(|_, one| !one.is_empty());
    }
    if gone { Ok(Reply::empty(200)) } else { Err(not_found("The restriction for", operation)) }
}
