//! Properties: JSON by key, on issues, comments and worklogs.

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::{bulk, find};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/issue/{}/properties", list),
    ("GET /rest/api/3/issue/{}/properties/{}", get),
    ("PUT /rest/api/3/issue/{}/properties/{}", set),
    ("DELETE /rest/api/3/issue/{}/properties/{}", delete),
    ("POST /rest/api/3/issue/properties", bulk::set_properties),
    ("POST /rest/api/3/issue/properties/multi", bulk::set_properties_by_issue),
    ("PUT /rest/api/3/issue/properties/{}", bulk::set_property),
    ("DELETE /rest/api/3/issue/properties/{}", bulk::delete_property),
];

const LONGEST_KEY: usize = 255;
const LONGEST_VALUE: usize = 32_768;

/// `properties` beside fields: a list of keys and values.
pub fn sent(body: &Value) -> Result<Map<String, Value>, Refusal> {
    let list = body.get("properties").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let pair = |property: &Value| Some((property.get("key")?.as_str()?.to_owned(), property.get("value").cloned().unwrap_or_default()));
    let pairs: Map<String, Value> = list.iter().filter_map(pair).collect();
    pairs.iter().try_for_each(|(key, value)| fits(key, value))?;
    Ok(pairs)
}

pub fn fits(key: &str, value: &Value) -> Result<(), Refusal> {
    if key.is_empty() || key.chars().count() > LONGEST_KEY {
        return Err(Refusal::new(400, "", format!("A property key has 1 to {LONGEST_KEY} characters.")));
    }
    if value.is_null() {
        return Err(Refusal::new(400, "", "The value of a property must not be empty."));
    }
    if value.to_string().len() > LONGEST_VALUE {
        return Err(Refusal::new(400, "", format!("The value of a property has at most {LONGEST_VALUE} characters.")));
    }
    Ok(())
}

pub fn pairs(properties: &Map<String, Value>) -> Value {
    properties.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

pub fn keys(url: &str, call: &Call, properties: &Map<String, Value>) -> Reply {
    let keys: Vec<Value> = properties.keys().map(|key| json!({"self": format!("{url}{}/{key}", call.path), "key": key})).collect();
    Reply::ok(json!({"keys": keys}))
}

fn unknown(key: &str) -> Refusal {
    Refusal::new(404, "", format!("The property {key} does not exist."))
}

pub fn get_in(properties: &Map<String, Value>, key: &str) -> Outcome {
    let value = properties.get(key).ok_or_else(|| unknown(key))?;
    Ok(Reply::ok(json!({"key": key, "value": value})))
}

pub fn set_in(properties: &mut Map<String, Value>, key: &str, value: &Value) -> Outcome {
    fits(key, value)?;
    let before = properties.insert(key.to_owned(), value.clone());
    Ok(Reply::new(if before.is_some() { 200 } else { 201 }, json!({})))
}

pub fn delete_in(properties: &mut Map<String, Value>, key: &str) -> Outcome {
    properties.remove(key).map(|_| Reply::empty(204)).ok_or_else(|| unknown(key))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    Ok(keys(&state.url, call, &find(state, call.argument(0))?.properties))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    get_in(&find(state, call.argument(0))?.properties, call.argument(1))
}

fn of<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Map<String, Value>, Refusal> {
    let issue = state.jira.issue_named_mut(call.argument(0));
    issue.map(|issue| &mut issue.properties).ok_or_else(|| Refusal::new(404, "", super::UNKNOWN))
}

fn set(state: &mut State, call: &Call) -> Outcome {
    set_in(of(state, call)?, call.argument(1), &call.body)
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    delete_in(of(state, call)?, call.argument(1))
}
