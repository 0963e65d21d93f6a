//! What has no handler answers an example of its declared model, and says so in a header.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::reply::Reply;
use crate::catalog::{Paging, Product, Strategy, Type};

/// Deeper models have only what they must have: some contain themselves.
const DEPTH: u32 = 5;
/// What must have itself has no end.
const END: u32 = 12;

pub fn reply(call: &Call) -> Reply {
    let route = call.route;
    let operation = route.operation;
    let reply = match &operation.returns {
        None => Reply::empty(204),
        Some(Type::Bytes) => Reply::ok(json!("example")).header("content-type", "application/octet-stream"),
        Some(ty) => {
            let mut body = value(route.product, ty, "value", &[], 0).unwrap_or_default();
            // One page, so that nobody reads on for ever.
            if let Some(paging) = &operation.paging {
                forget(&mut body, &paging.next);
                if beyond(paging, call) {
                    empty(&mut body, &paging.items);
                }
            }
            Reply::ok(body)
        }
    };
    reply.header("x-sandbox-example", "true")
}

/// An example with what the server always sends and plain values, without anything deeper.
pub fn brief(product: &Product, ty: &Type) -> Value {
    value(product, ty, "value", &[], DEPTH).unwrap_or_default()
}

/// Whether a listing is asked for what comes after its only page.
fn beyond(paging: &Paging, call: &Call) -> bool {
    let first = match paging.strategy {
        Strategy::Offset => 0,
        Strategy::Page => 1,
        _ => return false,
    };
    let query = call.query.iter().find(|(key, _)| *key == paging.cursor).and_then(|(_, value)| value.parse::<i64>().ok());
    query.or_else(|| call.body.get(&paging.cursor)?.as_i64()).is_some_and(|cursor| cursor > first)
}

/// Takes the items out of a page.
fn empty(body: &mut Value, items: &str) {
    let found = items.split('.').filter(|step| !step.is_empty()).try_fold(body, |node, step| node.get_mut(step));
    if let Some(items) = found {
        *items = json!([]);
    }
}

/// Takes out a field, by its dotted path.
pub fn forget(body: &mut Value, path: &str) {
    if let Some((first, rest)) = path.split_once('.') {
        if let Some(inner) = body.get_mut(first) {
            forget(inner, rest);
        }
    } else if let Some(object) = body.as_object_mut() {
        object.remove(path);
    }
}

/// Nothing where there would be no end.
fn value(product: &Product, ty: &Type, name: &str, one_of: &[String], depth: u32) -> Option<Value> {
    Some(match ty {
        Type::Str => one_of.first().map_or_else(|| json!(name), |first| json!(first)),
        Type::Int => json!(1),
        Type::Float => json!(1.5),
        Type::Bool => json!(true),
        Type::Datetime => json!("2026-01-02T03:04:05.678Z"),
        Type::Date => json!("2026-01-02"),
        Type::EpochMs => json!(1_767_323_045_678_i64),
        Type::Any | Type::Object => json!({}),
        Type::Bytes => json!(name),
        Type::List(_) if depth >= DEPTH => json!([]),
        Type::Dict(_) if depth >= DEPTH => json!({}),
        Type::List(inner) => Value::from_iter(value(product, inner, name, one_of, depth + 1)),
        Type::Dict(inner) => Value::from_iter(value(product, inner, name, one_of, depth + 1).map(|item| ("key", item))),
        Type::Model(_) if depth >= END => return None,
        Type::Model(index) => {
            let mut object = Map::new();
            for field in product.models.get(*index as usize).map(|model| model.fields.as_slice()).unwrap_or_default() {
                let deep = depth >= DEPTH && matches!(field.ty, Type::Model(_) | Type::List(_) | Type::Dict(_));
                if deep && !field.required {
                    continue;
                }
                match value(product, &field.ty, &field.key, &field.one_of, depth + 1) {
                    Some(item) => drop(object.insert(field.key.clone(), item)),
                    None if field.required => return None,
                    None => {}
                }
            }
            Value::Object(object)
        }
    })
}
