//! Pages of Jira Service Management: `start`, `limit`, `isLastPage`, and addresses of the pages around.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;

const USUAL: usize = 50;
/// Larger pages are cut to it.
const MOST: usize = 100;

/// The page that is asked for.
pub fn of<T>(state: &State, call: &Call, items: &[T], show: impl Fn(&T) -> Value) -> Outcome {
    by(state, call, "start", items, show)
}

/// The page that begins where the parameter `place` says.
pub fn by<T>(state: &State, call: &Call, place: &str, items: &[T], show: impl Fn(&T) -> Value) -> Outcome {
    let number = |key: &str, default: usize| match call.query(key).map(str::parse::<usize>) {
        None => Ok(default),
        Some(Ok(number)) => Ok(number),
        Some(Err(_)) => Err(Refusal::new(400, "", format!("{key} must not be negative."))),
    };
    let (start, limit) = (number(place, 0)?, number("limit", USUAL)?.clamp(1, MOST));
    let taken = if call.empty_page { 0 } else { limit };
    let values: Vec<Value> = items.iter().skip(start).take(taken).map(show).collect();
    let end = start + values.len();
    let address = |start: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(call.query.iter().filter(|(key, _)| !matches!(key.as_str(), "start" | "limit" | "cursor")));
        query.append_pair(place, &start.to_string()).append_pair("limit", &limit.to_string());
        format!("{}{}?{}", state.url, call.path, query.finish())
    };
    let mut links = json!({"self": address(start), "base": state.url, "context": ""});
    if let Some(links) = links.as_object_mut() {
        if end < items.len() {
            links.insert("next".to_owned(), json!(address(end)));
        }
        if start > 0 {
            links.insert("prev".to_owned(), json!(address(start.saturating_sub(limit))));
        }
    }
    Ok(Reply::ok(json!({
        "_expands": [],
        "size": values.len(),
        "start": start,
        "limit": limit,
        "isLastPage": end >= items.len(),
        "_links": links,
        "values": values,
    })))
}

/// A first page inside of something else, as expansions show it.
pub fn inside(state: &State, path: &str, values: &[Value]) -> Value {
    let shown: Vec<&Value> = values.iter().take(USUAL).collect();
    json!({
        "_expands": [],
        "size": shown.len(),
        "start": 0,
        "limit": USUAL,
        "isLastPage": values.len() <= USUAL,
        "_links": {"self": format!("{}{path}", state.url), "base": state.url, "context": ""},
        "values": shown,
    })
}
