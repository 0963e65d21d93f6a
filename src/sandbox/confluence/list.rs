//! Lists as both versions page them: v2 by cursors alone, v1 by `start`, its searches by cursors too.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::paging::{Cursor, Page, cut};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::store::{Content, bad};

/// More are not given at once; asking for more is refused by v2, and cut down by v1.
const MOST: usize = 250;

/// Without what is null: the documents know few fields that may be.
pub fn lean(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, item| !item.is_null());
    }
    value
}

pub fn base(state: &State) -> String {
    format!("{}/wiki", state.url)
}

/// The query of this call with one parameter set anew.
fn query_with(call: &Call, key: &str, value: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in call.query.iter().filter(|(name, _)| name != key) {
        query.append_pair(name, value);
    }
    query.append_pair(key, value).finish()
}

/// A page of version 2, its items shown by `show`.
pub fn page<T>(
    state: &State,
    call: &Call,
    items: Vec<(String, T)>,
    descending: bool,
    default: usize,
    show: impl Fn(T) -> Value,
) -> Outcome {
    let limit = match call.query("limit").map(str::parse::<usize>) {
        None => default,
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => limit,
        Some(_) => return Err(bad(format!("The limit must lie between 1 and {MOST}."))),
    };
    let page = cut(&call.route.key, &cursor(call)?, items, limit, descending, call.empty_page);
    let mut links = json!({"base": base(state)});
    let mut header = format!("<{}>; rel=\"base\"", base(state));
    if let Some(next) = &page.next {
        let next = format!("{}?{}", call.path, query_with(call, "cursor", next));
        header = format!("<{next}>; rel=\"next\", {header}");
        put(&mut links, "next", json!(next));
    }
    let results: Vec<Value> = page.items.into_iter().map(show).collect();
    Ok(Reply::ok(json!({"results": results, "_links": links})).header("link", header))
}

fn cursor(call: &Call) -> Result<Cursor, Refusal> {
    match call.query("cursor").filter(|text| !text.is_empty()) {
        None => Ok(Cursor::start(Value::Null)),
        Some(text) => Cursor::decode(&call.route.key, text).ok_or_else(|| bad("The cursor is not valid.")),
    }
}

pub fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn number(call: &Call, key: &str, default: usize) -> Result<usize, Refusal> {
    call.query(key).map_or(Ok(default), |text| text.parse().map_err(|_| bad(format!("{key} must be 0 or more."))))
}

/// A page of version 1: places counted from `start`.
pub fn started<T>(state: &State, call: &Call, items: Vec<T>, default: usize, show: impl Fn(T) -> Value) -> Outcome {
    let (start, limit) = (number(call, "start", 0)?, number(call, "limit", default)?.min(MOST.max(default)));
    let total = items.len();
    let shown: Vec<Value> = if call.empty_page { Vec::new() } else { items.into_iter().skip(start).take(limit).map(show).collect() };
    let mut links = v1_links(state, call);
    // An empty page in the midst has a next one too.
    if start + shown.len() < total && (limit > 0) {
        let next = start + if call.empty_page { 0 } else { limit };
        put(&mut links, "next", json!(format!("{}?{}", v1_path(call), query_with(call, "start", &next.to_string()))));
    }
    Ok(Reply::ok(json!({"results": shown, "start": start, "limit": limit, "size": shown.len(), "_links": links})))
}

/// Links of version 1 stand below the context: "/rest/api/…".
pub fn v1_path(call: &Call) -> &str {
    call.path.strip_prefix("/wiki").unwrap_or(&call.path)
}

pub fn v1_links(state: &State, call: &Call) -> Value {
    json!({"base": base(state), "context": "/wiki", "self": format!("{}{}", state.url, call.path)})
}

/// A page of a search: by cursor, or by `start` where it is known.
pub fn searched<T>(state: &State, call: &Call, cql: &str, items: Vec<T>, show: impl Fn(T) -> Value) -> Outcome {
    let (start, limit) = (number(call, "start", 0)?, number(call, "limit", 25)?.clamp(1, MOST));
    let cursor = cursor(call)?;
    let begun = cursor.after.is_some();
    let keyed = super::super::paging::numbered(items);
    let total = keyed.len();
    let keyed = if begun { keyed } else { keyed.into_iter().skip(start).collect() };
    let Page { items, next, start: place, .. } = cut(&call.route.key, &cursor, keyed, limit, false, call.empty_page);
    let mut links = v1_links(state, call);
    if let Some(next) = next {
        let query = query_with(call, "cursor", &next);
        put(&mut links, "next", json!(format!("{}?next=true&{}", v1_path(call), query.replace("next=true&", ""))));
    }
    let shown: Vec<Value> = items.into_iter().map(show).collect();
    let mut body = json!({
        "results": shown,
        "start": if begun { place } else { start },
        "limit": limit,
        "size": shown.len(),
        "_links": links,
    });
    // Content alone comes without.
    if call.path.ends_with("/rest/api/search") || call.path.ends_with("/search/user") {
        for (key, value) in [("totalSize", json!(total)), ("cqlQuery", json!(cql)), ("searchDuration", json!(12))] {
            put(&mut body, key, value);
        }
    }
    Ok(Reply::ok(body))
}

/// A small first page inside of something else, as `include-…` asks for it.
pub fn included(items: Vec<Value>, path: String) -> Value {
    json!({"results": items, "meta": {"hasMore": false}, "_links": {"self": path}})
}

/// Content in the asked order, with keys to page by; `-` before the field turns it round.
pub fn sorted<'a>(items: Vec<&'a Content>, sort: &str) -> Result<(Vec<(String, &'a Content)>, bool), Refusal> {
    let (field, descending) = sort.strip_prefix('-').map_or((sort, false), |field| (field, true));
    let key = |one: &Content| match field {
        "id" => Some(format!("{:020}", one.id)),
        "created-date" => Some(format!("{:020} {:020}", one.created, one.id)),
        "modified-date" => Some(format!("{:020} {:020}", one.modified(), one.id)),
        "title" => Some(format!("{} {:020}", one.title.to_lowercase(), one.id)),
        "child-position" => Some(format!("{:020} {:020}", one.position.max(0), one.id)),
        _ => None,
    };
    let keyed: Option<Vec<(String, &Content)>> = items.into_iter().map(|one| Some((key(one)?, one))).collect();
    let mut keyed = keyed.ok_or_else(|| bad(format!("{sort} is no order to sort by.")))?;
    keyed.sort_by(|(left, _), (right, _)| left.cmp(right));
    if descending {
        keyed.reverse();
    }
    Ok((keyed, descending))
}

/// An object of links for what is read by itself.
pub fn with_base(state: &State, mut value: Value) -> Value {
    let links = value.as_object_mut().map(|object| object.entry("_links").or_insert_with(|| Value::Object(Map::new())));
    if let Some(links) = links {
        put(links, "base", json!(base(state)));
    }
    value
}
