//! PATCH of RFC 7644, as far as identity providers use it: add, replace, remove; `attribute`, `attribute.part`,
//! `attribute[part eq "value"]` with an optional `.part`, and objects without a path.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::super::reply::Refusal;
use super::scim::equation;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Add,
    Replace,
    Remove,
}

#[derive(Debug, Clone)]
pub struct Path {
    pub attribute: String,
    /// `[type eq "work"]`
    pub filter: Option<(String, String)>,
    pub part: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Operation {
    pub action: Action,
    pub path: Option<Path>,
    pub value: Value,
}

fn bad(kind: &str, detail: impl Into<String>) -> Refusal {
    Refusal::new(400, kind, detail)
}

pub fn operations(body: &Value) -> Result<Vec<Operation>, Refusal> {
    let list = body.get("Operations").or_else(|| body.get("operations")).and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty()).ok_or_else(|| bad("invalidSyntax", "Operations must be a list that is not empty."))?;
    list.iter().map(operation).collect()
}

fn operation(entry: &Value) -> Result<Operation, Refusal> {
    let word = entry.get("op").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let action = match word.as_str() {
        "add" => Action::Add,
        "replace" => Action::Replace,
        "remove" => Action::Remove,
        other => return Err(bad("invalidSyntax", format!("{other:?} is no operation."))),
    };
    let path = match entry.get("path") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(path(text)?),
        Some(_) => return Err(bad("invalidPath", "The path must be a string.")),
    };
    let value = entry.get("value").cloned().unwrap_or_default();
    match action {
        Action::Remove if path.is_none() => Err(bad("noTarget", "remove needs a path.")),
        Action::Add | Action::Replace if value.is_null() => Err(bad("invalidValue", format!("{word} needs a value."))),
        _ => Ok(Operation { action, path, value }),
    }
}

fn path(text: &str) -> Result<Path, Refusal> {
    let invalid = || bad("invalidPath", format!("The path {text} is not understood."));
    if let Some((attribute, rest)) = text.split_once('[') {
        let (filter, rest) = rest.split_once(']').ok_or_else(invalid)?;
        let filter = equation(filter).ok_or_else(invalid)?;
        let part = match rest {
            "" => None,
            rest => Some(rest.strip_prefix('.').filter(|part| !part.is_empty()).ok_or_else(invalid)?.to_owned()),
        };
        return Ok(Path { attribute: attribute.to_owned(), filter: Some(filter), part });
    }
    // A URN has dots in its version: "urn:…:2.0:User:department" is the attribute and its part.
    let (attribute, part) = if text.starts_with("urn:") {
        match text.rsplit_once(':') {
            Some((urn, part)) if part.starts_with(|letter: char| letter.is_ascii_lowercase()) => (urn, Some(part)),
            _ => (text, None),
        }
    } else {
        text.split_once('.').map_or((text, None), |(attribute, part)| (attribute, Some(part)))
    };
    if attribute.is_empty() || part.is_some_and(str::is_empty) {
        return Err(invalid());
    }
    Ok(Path { attribute: attribute.to_owned(), filter: None, part: part.map(str::to_owned) })
}

/// Names are compared without case, and written as they are known.
fn known<'a>(name: &'a str, writable: &[&'a str]) -> Result<&'a str, Refusal> {
    let names = writable.iter().copied().chain(["active"]);
    names
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .ok_or_else(|| bad("invalidPath", format!("{name} is no attribute that can be written.")))
}

pub fn apply(data: &mut Map<String, Value>, operation: &Operation, writable: &[&str]) -> Result<(), Refusal> {
    let Some(path) = &operation.path else {
        let fields = operation.value.as_object().ok_or_else(|| bad("invalidValue", "Without a path the value must be an object."))?;
        for (key, value) in fields {
            // Without a path a key may itself be one ("name.givenName"); read-only attributes are disregarded.
            if ["id", "groups", "meta", "schemas"].contains(&key.as_str()) {
                continue;
            }
            let inner = Operation { action: operation.action, path: Some(self::path(key)?), value: value.clone() };
            apply(data, &inner, writable)?;
        }
        return Ok(());
    };
    let key = known(&path.attribute, writable)?.to_owned();
    match (&path.filter, &path.part, operation.action) {
        (None, None, Action::Remove) => {
            data.remove(&key);
        }
        (None, None, Action::Add) => add(data, key, operation.value.clone()),
        (None, None, Action::Replace) => {
            data.insert(key, operation.value.clone());
        }
        (None, Some(part), Action::Remove) => {
            if let Some(map) = data.get_mut(&key).and_then(Value::as_object_mut) {
                map.remove(part);
            }
        }
        (None, Some(part), _) => {
            let entry = data.entry(key).or_insert_with(|| json!({}));
            match entry {
                Value::Object(map) => {
                    map.insert(part.clone(), operation.value.clone());
                }
                // A part of a list is a part of each of its members.
                Value::Array(items) => items.iter_mut().filter_map(Value::as_object_mut).for_each(|map| {
                    map.insert(part.clone(), operation.value.clone());
                }),
                _ => return Err(bad("invalidPath", format!("{} has no parts.", path.attribute))),
            }
        }
        (Some((name, wanted)), part, action) => {
            let fits = |item: &Value| item.get(name).is_some_and(|have| plain(have) == wanted.as_str());
            let entry = data.entry(key).or_insert_with(|| json!([]));
            let Some(items) = entry.as_array_mut() else { return Err(bad("invalidPath", format!("{} is no list.", path.attribute))) };
            if !items.iter().any(fits) {
                if action == Action::Remove {
                    return Err(bad("noTarget", format!("Nothing in {} has {name} {wanted}.", path.attribute)));
                }
                items.push(json!({ name.as_str(): wanted }));
            }
            match (part, action) {
                (None, Action::Remove) => items.retain(|item| !fits(item)),
                (Some(part), Action::Remove) => {
                    items.iter_mut().filter(|item| fits(item)).filter_map(Value::as_object_mut).for_each(|map| {
                        map.remove(part);
                    })
                }
                (Some(part), _) => items.iter_mut().filter(|item| fits(item)).filter_map(Value::as_object_mut).for_each(|map| {
                    map.insert(part.clone(), operation.value.clone());
                }),
                (None, _) => {
                    let Some(fields) = operation.value.as_object() else { return Err(bad("invalidValue", "The value must be an object.")) };
                    items.iter_mut().filter(|item| fits(item)).filter_map(Value::as_object_mut).for_each(|map| map.extend(fields.clone()));
                }
            }
        }
    }
    Ok(())
}

/// A value as a filter writes it.
fn plain(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed)
}

/// Lists grow, objects are merged, anything else is set.
fn add(data: &mut Map<String, Value>, key: String, value: Value) {
    match (data.get_mut(&key), value) {
        (Some(Value::Array(have)), Value::Array(more)) => {
            for item in more {
                if !have.contains(&item) {
                    if item.get("primary").and_then(Value::as_bool) == Some(true) {
                        have.iter_mut().filter_map(Value::as_object_mut).for_each(|map| {
                            map.insert("primary".to_owned(), json!(false));
                        });
                    }
                    have.push(item);
                }
            }
        }
        (Some(Value::Array(have)), one) => have.push(one),
        (Some(Value::Object(have)), Value::Object(more)) => have.extend(more),
        (_, value) => {
            data.insert(key, value);
        }
    }
}
