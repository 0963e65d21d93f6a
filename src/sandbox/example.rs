//! What has no handler answers an example of its declared model, and says so in a header.

use serde_json::{Map, Value, json};

use super::reply::Reply;
use super::route::Route;
use crate::catalog::{Product, Type};

/// Deeper models are left out: some contain themselves.
const DEPTH: u32 = 5;

pub fn reply(route: &Route) -> Reply {
    let operation = route.operation;
    let reply = match &operation.returns {
        None => Reply::empty(204),
        Some(Type::Bytes) => Reply::ok(json!("example")).header("content-type", "application/octet-stream"),
        Some(ty) => {
            let mut body = value(route.product, ty, "value", &[], 0);
            // One page, so that nobody follows an invented cursor for ever.
            if let Some(paging) = &operation.paging {
                forget(&mut body, &paging.next);
                forget(&mut body, &paging.cursor);
            }
            Reply::ok(body)
        }
    };
    reply.header("x-sandbox-example", "true")
}

fn forget(body: &mut Value, path: &str) {
    if let Some((first, rest)) = path.split_once('.') {
        if let Some(inner) = body.get_mut(first) {
            forget(inner, rest);
        }
    } else if let Some(object) = body.as_object_mut() {
        object.remove(path);
    }
}

fn value(product: &Product, ty: &Type, name: &str, one_of: &[String], depth: u32) -> Value {
    match ty {
        Type::Str => one_of.first().map_or_else(|| json!(name), |first| json!(first)),
        Type::Int => json!(1),
        Type::Float => json!(1.5),
        Type::Bool => json!(true),
        Type::Datetime => json!("2026-01-02T03:04:05.678Z"),
        Type::Date => json!("2026-01-02"),
        Type::EpochMs => json!(1_767_323_045_678_i64),
        Type::Any | Type::Object => json!({}),
        Type::Bytes => json!(name),
        Type::List(_) | Type::Dict(_) | Type::Model(_) if depth >= DEPTH => match ty {
            Type::List(_) => json!([]),
            _ => json!({}),
        },
        Type::List(inner) => json!([value(product, inner, name, one_of, depth + 1)]),
        Type::Dict(inner) => json!({"key": value(product, inner, name, one_of, depth + 1)}),
        Type::Model(index) => {
            let fields = product.models.get(*index as usize).map(|model| model.fields.as_slice()).unwrap_or_default();
            Value::Object(
                fields
                    .iter()
                    .map(|field| (field.key.clone(), value(product, &field.ty, &field.key, &field.one_of, depth + 1)))
                    .collect::<Map<_, _>>(),
            )
        }
    }
}
