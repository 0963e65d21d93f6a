//! Data that apps keep with organizations and request types.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::{opted_in, organizations, request_types};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/organization/{}/property", list),
    ("GET /rest/servicedeskapi/organization/{}/property/{}", get),
    ("PUT /rest/servicedeskapi/organization/{}/property/{}", set),
    ("DELETE /rest/servicedeskapi/organization/{}/property/{}", delete),
    ("GET /rest/servicedeskapi/servicedesk/{}/requesttype/{}/property", list),
    ("GET /rest/servicedeskapi/servicedesk/{}/requesttype/{}/property/{}", get),
    ("PUT /rest/servicedeskapi/servicedesk/{}/requesttype/{}/property/{}", set),
    ("DELETE /rest/servicedeskapi/servicedesk/{}/requesttype/{}/property/{}", delete),
];

/// A value may have so many bytes.
const LONGEST: usize = 32_768;

/// The properties of the organization or request type that the path names; those of request types are experimental.
fn owner<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Map<String, Value>, Refusal> {
    if call.path.starts_with("/rest/servicedeskapi/organization/") {
        let id = call.argument(0).parse::<u64>().unwrap_or_default();
        let found = state.service_management.organizations.get_mut(&id);
        return found.map(|organization| &mut organization.properties).ok_or_else(|| organizations::missing(call.argument(0)));
    }
    opted_in(call)?;
    let id = request_types::find(state, call)?.id;
    let found = state.service_management.request_types.get_mut(&id);
    found.map(|kind| &mut kind.properties).ok_or_else(|| request_types::missing(call.argument(1)))
}

/// The last argument of the path.
fn key(call: &Call) -> &str {
    call.arguments.last().map_or("", String::as_str)
}

fn missing(key: &str) -> Refusal {
    Refusal::new(404, "", format!("There is no property {key}."))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let address = format!("{}{}", state.url, call.path);
    let keys: Vec<Value> = owner(state, call)?.keys().map(|key| json!({"key": key, "self": format!("{address}/{key}")})).collect();
    Ok(Reply::ok(json!({"keys": keys})))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let key = key(call);
    let value = owner(state, call)?.get(key).ok_or_else(|| missing(key))?;
    Ok(Reply::ok(json!({"key": key, "value": value})))
}

fn set(state: &mut State, call: &Call) -> Outcome {
    let key = key(call);
    if key.len() > 255 || call.body.is_null() || call.body.to_string().len() > LONGEST {
        return Err(Refusal::new(400, "", "A key has at most 255 bytes, a value at most 32768, and it must not be empty."));
    }
    let replaced = owner(state, call)?.insert(key.to_owned(), call.body.clone()).is_some();
    Ok(Reply::new(if replaced { 200 } else { 201 }, json!({})))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let key = key(call);
    owner(state, call)?.remove(key).map(|_| Reply::empty(204)).ok_or_else(|| missing(key))
}
