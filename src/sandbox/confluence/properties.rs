//! Properties: JSON that apps and scripts keep on content, spaces, users and the site.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::millis;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::list::{page, started};
use super::pages::{named, named_mut, stale};
use super::show;
use super::store::{Property, UserProperty, bad, caller, not_found};

/// `/spaces/{}/properties` and those of content have the same rules.
fn of<'a>(state: &'a State, call: &Call) -> Result<&'a BTreeMap<u64, Property>, Refusal> {
    if call.path.starts_with("/wiki/api/v2/spaces/") {
        state.confluence.space(call.argument(0)).map(|space| &space.properties)
    } else {
        named(state, call).map(|one| &one.properties)
    }
}

fn of_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut BTreeMap<u64, Property>, Refusal> {
    if call.path.starts_with("/wiki/api/v2/spaces/") {
        state.confluence.space_mut(call.argument(0)).map(|space| &mut space.properties)
    } else {
        named_mut(state, call).map(|one| &mut one.properties)
    }
}

fn shown(call: &Call, property: &Property) -> Value {
    if !call.path.starts_with("/wiki/api/v2/spaces/") {
        return show::property(property);
    }
    of_space(property)
}

pub fn of_space(property: &Property) -> Value {
    json!({
        "id": property.id.to_string(),
        "key": property.key,
        "value": property.value,
        "createdAt": millis(property.created),
        "createdBy": property.author,
        "version": {
            "number": property.number,
            "message": property.message,
            "createdAt": millis(property.updated),
            "createdBy": property.author,
        },
    })
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let key = call.query("key");
    let mut items: Vec<(String, &Property)> = of(state, call)?
        .values()
        .filter(|property| key.is_none_or(|key| property.key == key))
        .map(|property| (property.key.clone(), property))
        .collect();
    items.sort_by(|(left, _), (right, _)| left.cmp(right));
    let descending = call.query("sort") == Some("-key");
    if descending {
        items.reverse();
    }
    page(state, call, items, descending, 25, |property| shown(call, property))
}

fn place(call: &Call) -> u64 {
    call.argument(1).parse().unwrap_or_default()
}

fn missing(call: &Call) -> Refusal {
    not_found("The property", call.argument(1))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let found = of(state, call)?.get(&place(call)).ok_or_else(|| missing(call))?;
    Ok(Reply::ok(shown(call, found)))
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let key = call.text("key").unwrap_or_default().to_owned();
    if key.is_empty() {
        return Err(bad("A property needs a key."));
    }
    if of(state, call)?.values().any(|property| property.key == key) {
        return Err(bad(format!("A property with the key {key} exists already.")));
    }
    let id = state.confluence.next_id();
    let value = call.body.get("value").cloned().unwrap_or_default();
    let property = Property { id, key, value, number: 1, message: String::new(), author: caller(), created: now, updated: now };
    let answer = shown(call, &property);
    of_mut(state, call)?.insert(id, property);
    Ok(Reply::new(if call.path.starts_with("/wiki/api/v2/spaces/") { 201 } else { 200 }, answer))
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let given = super::pages::given_version(call);
    let found = of_mut(state, call)?.get_mut(&place(call)).ok_or_else(|| missing(call))?;
    if given != Some(found.number + 1) {
        return Err(stale(found.number, given));
    }
    if call.text("key").is_some_and(|key| key != found.key) {
        return Err(bad("The key of a property cannot be changed."));
    }
    found.value = call.body.get("value").cloned().unwrap_or_default();
    found.message = call.body.pointer("/version/message").and_then(Value::as_str).unwrap_or_default().to_owned();
    (found.number, found.updated, found.author) = (found.number + 1, now, caller());
    Ok(Reply::ok(shown(call, found)))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    of_mut(state, call)?.remove(&place(call)).map(|_| Reply::empty(204)).ok_or_else(|| missing(call))
}

// Of the app that calls.

pub fn app_list(state: &mut State, call: &Call) -> Outcome {
    let items = state.confluence.app_properties.iter().map(|(key, value)| (key.clone(), (key, value))).collect();
    page(state, call, items, false, 25, |(key, value)| json!({"key": key, "value": value}))
}

pub fn app_get(state: &mut State, call: &Call) -> Outcome {
    let key = call.argument(0);
    let value = state.confluence.app_properties.get(key).ok_or_else(|| not_found("The property", key))?;
    Ok(Reply::ok(json!({"key": key, "value": value})))
}

pub fn app_set(state: &mut State, call: &Call) -> Outcome {
    let known = state.confluence.app_properties.insert(call.argument(0).to_owned(), call.body.clone());
    Ok(Reply::empty(if known.is_some() { 200 } else { 201 }))
}

pub fn app_delete(state: &mut State, call: &Call) -> Outcome {
    let key = call.argument(0);
    state.confluence.app_properties.remove(key).map(|_| Reply::empty(204)).ok_or_else(|| not_found("The property", key))
}

// Of users, in version 1.

fn user_key<'a>(state: &State, call: &'a Call) -> Result<(&'a str, &'a str), Refusal> {
    let user = call.argument(0);
    state.account(user).map(|_| (user, call.argument(1))).ok_or_else(|| not_found("The user", user))
}

pub fn user_list(state: &mut State, call: &Call) -> Outcome {
    let (user, _) = user_key(state, call)?;
    let keys: Vec<&String> = state.confluence.user_properties.get(user).map(|found| found.keys().collect()).unwrap_or_default();
    started(state, call, keys, 5, |key| json!({"key": key}))
}

pub fn user_get(state: &mut State, call: &Call) -> Outcome {
    let (user, key) = user_key(state, call)?;
    let found = state.confluence.user_properties.get(user).and_then(|found| found.get(key));
    let found = found.ok_or_else(|| not_found("The property", key))?;
    Ok(Reply::ok(json!({
        "id": found.id.to_string(),
        "key": key,
        "value": found.value,
        "createdDate": millis(found.created),
        "lastModifiedDate": millis(found.updated),
        "_links": {"self": format!("{}{}", state.url, call.path)},
    })))
}

pub fn user_create(state: &mut State, call: &Call) -> Outcome {
    let (user, key) = user_key(state, call)?;
    let (now, id) = (state.now(), state.confluence.next_id());
    let value = call.body.get("value").cloned().unwrap_or_default();
    let kept = state.confluence.user_properties.entry(user.to_owned()).or_default();
    if kept.contains_key(key) {
        return Err(Refusal::new(409, "CONFLICT", format!("A property with the key {key} exists already.")));
    }
    kept.insert(key.to_owned(), UserProperty { id, value, created: now, updated: now });
    Ok(Reply::empty(201))
}

pub fn user_update(state: &mut State, call: &Call) -> Outcome {
    let (user, key) = user_key(state, call)?;
    let now = state.now();
    let found = state.confluence.user_properties.get_mut(user).and_then(|found| found.get_mut(key));
    let found = found.ok_or_else(|| not_found("The property", key))?;
    (found.value, found.updated) = (call.body.get("value").cloned().unwrap_or_default(), now);
    Ok(Reply::empty(204))
}

pub fn user_delete(state: &mut State, call: &Call) -> Outcome {
    let (user, key) = user_key(state, call)?;
    let found = state.confluence.user_properties.get_mut(user).and_then(|found| found.remove(key));
    found.map(|_| Reply::empty(204)).ok_or_else(|| not_found("The property", key))
}
