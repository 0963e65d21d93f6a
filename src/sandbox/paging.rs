//! Pages with opaque cursors that carry the whole question, and survive changes of the data between two pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::call::Call;
use super::reply::{Refusal, fnv};

/// Where a page begins, and what was asked.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// Key of the last item of the page before.
    pub after: Option<String>,
    /// Tells apart cursors at the same place (after an empty page).
    turn: u64,
    /// The first page's parameters, for the APIs that disregard those sent beside a cursor.
    pub question: Value,
}

impl Cursor {
    pub fn start(question: Value) -> Cursor {
        Cursor { after: None, turn: 0, question }
    }

    pub fn encode(&self, kind: &str) -> String {
        let text = json!([kind, self.after, self.turn, self.question]).to_string();
        let sum = fnv(text.as_bytes()) & 0xffff_ffff;
        URL_SAFE_NO_PAD.encode(format!("{sum:08x}{text}"))
    }

    pub fn decode(kind: &str, text: &str) -> Option<Cursor> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (sum, text) = plain.split_at_checked(8)?;
        if u64::from_str_radix(sum, 16).ok()? != fnv(text.as_bytes()) & 0xffff_ffff {
            return None;
        }
        let parts: Vec<Value> = serde_json::from_str(text).ok()?;
        let [known, after, turn, question] = parts.as_slice() else { return None };
        (known.as_str()? == kind).then(|| Cursor {
            after: after.as_str().map(str::to_owned),
            turn: turn.as_u64().unwrap_or_default(),
            question: question.clone(),
        })
    }
}

/// One page and the cursors around it.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub current: String,
    pub next: Option<String>,
    /// Where the next page will begin, also when there is nothing yet.
    pub resume: String,
    /// Place of the first item, from 0.
    pub start: usize,
    pub total: usize,
}

/// Cuts a page out of items that stand in the order of their keys.
pub fn cut<T>(kind: &str, cursor: &Cursor, items: Vec<(String, T)>, limit: usize, descending: bool, empty: bool) -> Page<T> {
    let total = items.len();
    let passed = |key: &str| cursor.after.as_deref().is_some_and(|after| if descending { key >= after } else { key <= after });
    let start = items.iter().take_while(|(key, _)| passed(key)).count();
    let current = cursor.encode(kind);
    if empty {
        let next = Cursor { turn: cursor.turn + 1, ..cursor.clone() }.encode(kind);
        return Page { items: Vec::new(), current, next: Some(next.clone()), resume: next, start, total };
    }
    let mut page: Vec<(String, T)> = items.into_iter().skip(start).take(limit).collect();
    let after = page.last().map(|(key, _)| key.clone()).or_else(|| cursor.after.clone());
    let more = start + page.len() < total;
    let resume = Cursor { after, turn: 0, question: cursor.question.clone() }.encode(kind);
    Page { items: page.drain(..).map(|(_, item)| item).collect(), current, next: more.then(|| resume.clone()), resume, start, total }
}

/// Keys for a list whose order is its own.
pub fn numbered<T>(items: impl IntoIterator<Item = T>) -> Vec<(String, T)> {
    items.into_iter().enumerate().map(|(place, item)| (format!("{place:08}"), item)).collect()
}

/// A cursor of the v1 APIs, in the query.
pub fn query_cursor(call: &Call, kind: &str, code: &str) -> Result<Cursor, Refusal> {
    match call.query("cursor") {
        None | Some("") => {
            let asked = call.query.iter().filter(|(key, _)| key != "cursor").map(|(key, value)| json!([key, value])).collect();
            Ok(Cursor::start(Value::Array(asked)))
        }
        Some(text) => Cursor::decode(kind, text).ok_or_else(|| Refusal::new(400, code, "The cursor is not valid.")),
    }
}

/// A page size within its bounds.
pub fn limit(given: Option<&str>, default: usize, most: usize, code: &str) -> Result<usize, Refusal> {
    match given {
        None => Ok(default),
        Some(text) => match text.parse::<usize>() {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => Err(Refusal::new(400, code, format!("The limit must lie between 1 and {most}."))),
        },
    }
}

/// `links` of the v1 APIs: addresses.
pub fn links<T>(call: &Call, url: &str, page: &Page<T>) -> Value {
    let address = |cursor: Option<&str>| {
        let mut pairs: Vec<String> = (call.query.iter())
            .filter(|(key, _)| key != "cursor")
            .map(|(key, value)| format!("{key}={}", url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>()))
            .collect();
        pairs.extend(cursor.map(|cursor| format!("cursor={cursor}")));
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        format!("{url}{}{query}", call.path)
    };
    let mut links = json!({"self": address(call.query("cursor"))});
    if let (Some(map), Some(next)) = (links.as_object_mut(), &page.next) {
        map.insert("next".to_owned(), json!(address(Some(next))));
    }
    links
}

/// `links` of the v2 APIs: bare cursors, null where there is none.
pub fn cursors<T>(page: &Page<T>) -> Value {
    json!({"self": page.current, "prev": null, "next": page.next})
}
