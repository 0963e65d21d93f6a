//! Pages by offset, the order of lists, and what requests name.

use serde_json::{Map, Value, json};

use super::super::super::call::Call;
use super::super::super::reply::Refusal;
use super::super::super::store::State;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub start: usize,
    pub size: usize,
}

impl Window {
    /// `startAt` and `maxResults`; more than `most` is cut down in silence, as the server does.
    pub fn of(call: &Call, default: usize, most: usize) -> Result<Window, Refusal> {
        let number = |key: &str, default: usize| match call.query(key) {
            None | Some("") => Ok(default),
            Some(text) => text.parse::<usize>().map_err(|_| Refusal::new(400, "", format!("{key} must be a number of at least 0."))),
        };
        Ok(Window { start: number("startAt", 0)?, size: number("maxResults", default)?.min(most) })
    }

    pub fn cut<T>(&self, items: impl IntoIterator<Item = T>) -> Vec<T> {
        items.into_iter().skip(self.start).take(self.size).collect()
    }
}

/// A page bean: `values` with its place in the whole.
pub fn page<T>(state: &State, call: &Call, items: Vec<T>, sizes: (usize, usize), show: impl Fn(T) -> Value) -> Result<Value, Refusal> {
    let window = Window::of(call, sizes.0, sizes.1)?;
    let total = items.len();
    let values: Vec<Value> = if call.empty_page { Vec::new() } else { window.cut(items).into_iter().map(show).collect() };
    let end = window.start + values.len();
    let last = end >= total && !call.empty_page;
    let mut body = json!({
        "self": address(state, call, window.start, window.size),
        "maxResults": window.size,
        "startAt": window.start,
        "total": total,
        "isLast": last,
        "values": values,
    });
    if !last && window.size > 0 {
        put(&mut body, "nextPage", json!(address(state, call, end, window.size)));
    }
    Ok(body)
}

fn address(state: &State, call: &Call, start: usize, size: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in call.query.iter().filter(|(key, _)| key != "startAt" && key != "maxResults") {
        query.append_pair(key, value);
    }
    query.append_pair("startAt", &start.to_string()).append_pair("maxResults", &size.to_string());
    format!("{}{}?{}", state.url, call.path, query.finish())
}

/// Sorts by what `orderBy` names, with a sign in front for the direction.
pub fn sort<T>(items: &mut [T], order: Option<&str>, key: impl Fn(&T, &str) -> String) {
    let Some(order) = order else { return };
    // A plus sign that was not encoded arrives as a blank.
    let descending = order.starts_with('-');
    let by = order.trim_start_matches(['-', '+', ' ']);
    items.sort_by_cached_key(|item| key(item, by));
    if descending {
        items.reverse();
    }
}

/// A number as a key that sorts like it.
pub fn rank(number: u64) -> String {
    format!("{number:020}")
}

pub fn contains(text: &str, part: Option<&str>) -> bool {
    part.is_none_or(|part| text.to_lowercase().contains(&part.to_lowercase()))
}

pub fn missing(what: &str, id: &str) -> Refusal {
    Refusal::new(404, "", format!("The {what} {id} does not exist."))
}

pub fn bad(words: impl Into<String>) -> Refusal {
    Refusal::new(400, "", words)
}

/// A path argument that is a number; nothing has an id that is none.
pub fn id(call: &Call, place: usize, what: &str) -> Result<u64, Refusal> {
    call.argument(place).parse().map_err(|_| missing(what, call.argument(place)))
}

/// A number in the body, as a number or as digits.
pub fn number(body: &Value, key: &str) -> Option<u64> {
    let value = body.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Numbers in a list of the body.
pub fn numbers(body: &Value, key: &str) -> Vec<u64> {
    let items = body.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| item.as_u64().or_else(|| item.as_str()?.parse().ok())).collect()
}

/// Numbers in the query.
pub fn query_numbers(call: &Call, key: &str) -> Vec<u64> {
    call.queries(key).iter().filter_map(|text| text.trim().parse().ok()).collect()
}

pub fn expands(call: &Call, part: &str) -> bool {
    call.queries("expand").iter().any(|known| known.trim() == part)
}

/// A name that must be there, must be short enough, and must be free.
pub fn name(call: &Call, most: usize, taken: impl Fn(&str) -> bool) -> Result<String, Refusal> {
    checked_name(call.text("name").unwrap_or_default(), most, taken)
}

pub fn checked_name(name: &str, most: usize, taken: impl Fn(&str) -> bool) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Refusal::fields(&[("name", "A name is required.")]));
    }
    if name.chars().count() > most {
        return Err(Refusal::fields(&[("name", &format!("The name must have at most {most} characters."))]));
    }
    if taken(name) {
        return Err(Refusal::fields(&[("name", "This name is in use already.")]));
    }
    Ok(name.to_owned())
}

pub fn put(body: &mut Value, key: &str, value: Value) {
    if let Some(map) = body.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

/// Moves some items of a list after another one, or to an end.
pub fn reorder(list: &mut Vec<u64>, moved: &[u64], after: Option<u64>, position: Option<&str>) -> Result<(), Refusal> {
    if let Some(unknown) = moved.iter().chain(after.iter()).find(|id| !list.contains(id)) {
        return Err(missing("item", &unknown.to_string()));
    }
    list.retain(|id| !moved.contains(id));
    let place = match (after, position) {
        (Some(after), None) => list.iter().position(|id| *id == after).map_or(list.len(), |place| place + 1),
        (None, Some("First")) => 0,
        (None, Some("Last")) => list.len(),
        _ => return Err(bad("Either after or position (First, Last) must be given.")),
    };
    list.splice(place..place, moved.iter().copied());
    Ok(())
}

/// The keys of properties, each with its address.
pub fn property_keys(state: &State, call: &Call, properties: &Map<String, Value>) -> Value {
    let keys: Vec<Value> = properties.keys().map(|key| json!({"key": key, "self": format!("{}{}/{key}", state.url, call.path)})).collect();
    json!({"keys": keys})
}

/// Keeps a property: 201 when it is new, 200 when it replaces another.
pub fn set_property(properties: &mut Map<String, Value>, key: &str, value: &Value) -> Result<u16, Refusal> {
    if key.chars().count() > 255 {
        return Err(bad("The key of a property must have at most 255 characters."));
    }
    if value.is_null() || value.to_string().len() > 32_768 {
        return Err(bad("The value of a property must be JSON of at most 32,768 characters."));
    }
    Ok(if properties.insert(key.to_owned(), value.clone()).is_some() { 200 } else { 201 })
}

pub fn property(properties: Option<&Map<String, Value>>, key: &str) -> Result<Value, Refusal> {
    let value = properties.and_then(|properties| properties.get(key)).ok_or_else(|| missing("property", key))?;
    Ok(json!({"key": key, "value": value}))
}
