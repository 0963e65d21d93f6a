//! Data that apps keep with boards and sprints.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::{boards, sprints};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/agile/1.0/board/{}/properties", list),
    ("GET /rest/agile/1.0/board/{}/properties/{}", get),
    ("PUT /rest/agile/1.0/board/{}/properties/{}", set),
    ("DELETE /rest/agile/1.0/board/{}/properties/{}", delete),
    ("GET /rest/agile/1.0/sprint/{}/properties", list),
    ("GET /rest/agile/1.0/sprint/{}/properties/{}", get),
    ("PUT /rest/agile/1.0/sprint/{}/properties/{}", set),
    ("DELETE /rest/agile/1.0/sprint/{}/properties/{}", delete),
];

/// A value may have so many bytes.
const LONGEST: usize = 32_768;

/// The properties of the board or sprint that the path names.
fn owner<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Map<String, Value>, Refusal> {
    let id = call.argument(0).parse::<u64>().unwrap_or_default();
    if call.path.starts_with("/rest/agile/1.0/board/") {
        let found = state.agile.boards.get_mut(&id).map(|board| &mut board.properties);
        return found.ok_or_else(|| boards::missing(call.argument(0)));
    }
    let found = state.agile.sprints.get_mut(&id).map(|sprint| &mut sprint.properties);
    found.ok_or_else(|| sprints::missing(call.argument(0)))
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
    let key = call.argument(1);
    let value = owner(state, call)?.get(key).ok_or_else(|| missing(key))?;
    Ok(Reply::ok(json!({"key": key, "value": value})))
}

fn set(state: &mut State, call: &Call) -> Outcome {
    let key = call.argument(1);
    if key.len() > 255 || call.body.is_null() || call.body.to_string().len() > LONGEST {
        return Err(Refusal::new(400, "", "A key has at most 255 bytes, a value at most 32768, and it must not be empty."));
    }
    let replaced = owner(state, call)?.insert(key.to_owned(), call.body.clone()).is_some();
    Ok(Reply::new(if replaced { 200 } else { 201 }, json!({})))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let key = call.argument(1);
    owner(state, call)?.remove(key).map(|_| Reply::empty(204)).ok_or_else(|| missing(key))
}
