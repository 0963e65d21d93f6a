//! Bodies turned into another format on order, and macros of past versions.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::body::{Body, find_macro};
use super::content::v1_type;
use super::list::v1_links;
use super::store::{Version, bad, not_found};
use super::tree::v1_named;

/// Results are kept for five minutes.
const KEPT: i64 = 300_000;

fn convert(to: &str, body: Option<&Value>) -> Result<String, Refusal> {
    let given = Body::given(body)?.ok_or_else(|| bad("A body to convert is required."))?;
    given.convert(to).ok_or_else(|| bad(format!("{to} is no format that a body can be converted to.")))
}

fn begin(state: &mut State, to: &str, value: String) -> Value {
    let (id, now) = (state.id(), state.now());
    let kept = json!({"value": value, "representation": to, "until": now + KEPT});
    state.confluence.settings.insert(format!("conversion/{id}"), kept);
    json!({"asyncId": id})
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let value = convert(call.argument(0), Some(&call.body))?;
    Ok(Reply::ok(begin(state, call.argument(0), value)))
}

fn find(state: &State, id: &str) -> Option<Value> {
    let kept = state.confluence.settings.get(&format!("conversion/{id}"))?;
    let alive = kept.get("until").and_then(Value::as_i64)? > state.now();
    alive.then(|| {
        json!({
            "value": kept.get("value"), "representation": kept.get("representation"), "renderTaskId": id, "status": "COMPLETED",
            "_expandable": {}, "_links": {},
        })
    })
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(0);
    find(state, id).map(Reply::ok).ok_or_else(|| not_found("The conversion", id))
}

pub fn create_many(state: &mut State, call: &Call) -> Outcome {
    let items = call.body.get("conversionInputs").and_then(Value::as_array).cloned().unwrap_or_default();
    if items.is_empty() || items.len() > 10 {
        return Err(bad("Between 1 and 10 bodies are converted at once."));
    }
    let to = |item: &Value| item.get("to").and_then(Value::as_str).unwrap_or_default().to_owned();
    let values = items.iter().map(|item| Ok((to(item), convert(&to(item), item.get("body"))?))).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Reply::ok(values.into_iter().map(|(to, value)| begin(state, &to, value)).collect()))
}

pub fn get_many(state: &mut State, call: &Call) -> Outcome {
    let ids = call.queries("ids");
    let found = ids.iter().map(|id| find(state, id).ok_or_else(|| not_found("The conversion", id)));
    Ok(Reply::ok(Value::Array(found.collect::<Result<_, Refusal>>()?)))
}

// Macros.

fn version<'a>(state: &'a State, call: &Call) -> Result<&'a Version, Refusal> {
    let one = v1_named(state, call.argument(0))?;
    // 0 is the newest.
    let found = match call.argument(1).parse() {
        Ok(0) => one.last(),
        Ok(number) => one.version(number),
        Err(_) => None,
    };
    found.ok_or_else(|| not_found(&format!("The version of the {}", v1_type(one)), call.argument(1)))
}

fn found(state: &State, call: &Call) -> Result<(String, Vec<(String, String)>, String), Refusal> {
    let storage = version(state, call)?.body.convert("storage").unwrap_or_default();
    find_macro(&storage, call.argument(2)).ok_or_else(|| not_found("The macro", call.argument(2)))
}

pub fn macro_get(state: &mut State, call: &Call) -> Outcome {
    let (name, parameters, body) = found(state, call)?;
    let parameters: serde_json::Map<String, Value> = parameters.into_iter().map(|(key, value)| (key, json!({"value": value}))).collect();
    Ok(Reply::ok(json!({"name": name, "parameters": parameters, "body": body, "_links": v1_links(state, call)})))
}

fn macro_body(state: &State, call: &Call) -> Result<String, Refusal> {
    let (_, _, body) = found(state, call)?;
    let to = call.argument(3);
    Body::storage(body).convert(to).ok_or_else(|| bad(format!("{to} is no format that a macro can be converted to.")))
}

pub fn macro_convert(state: &mut State, call: &Call) -> Outcome {
    let value = macro_body(state, call)?;
    Ok(Reply::ok(json!({"value": value, "representation": call.argument(3), "_expandable": {}, "_links": {}})))
}

pub fn macro_convert_async(state: &mut State, call: &Call) -> Outcome {
    let value = macro_body(state, call)?;
    Ok(Reply::ok(begin(state, call.argument(3), value)))
}
