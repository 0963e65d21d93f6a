//! Pages of Jira Software: by offset with `values`, `total` and `isLast`.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};

/// Boards, sprints and the like; larger pages are cut to it.
const MOST: usize = 50;

/// First place and size of the page that is asked for.
pub fn window(call: &Call, most: usize) -> Result<(usize, usize), Refusal> {
    let number = |key: &str, default: usize| match call.query(key).map(str::parse::<usize>) {
        None => Ok(default),
        Some(Ok(number)) => Ok(number),
        Some(Err(_)) => Err(Refusal::new(400, "", format!("{key} must not be negative."))),
    };
    Ok((number("startAt", 0)?, number("maxResults", MOST)?.min(most)))
}

pub fn of<T>(call: &Call, items: &[T], show: impl Fn(&T) -> Value) -> Outcome {
    let (start, size) = window(call, MOST)?;
    let total = items.len();
    let size_shown = if call.empty_page { 0 } else { size };
    let values: Vec<Value> = items.iter().skip(start).take(size_shown).map(show).collect();
    Ok(Reply::ok(json!({
        "maxResults": size,
        "startAt": start,
        "total": total,
        "isLast": start + values.len() >= total,
        "values": values,
    })))
}
