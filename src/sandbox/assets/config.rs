//! The workspace, statuses, icons, reference types, usage.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::reply::{Refusal, Reply};
use super::super::seed::assets::WORKSPACE_ID;
use super::super::store::State;
use super::render::{self, ICONS};
use super::schemas::number;
use super::store::{ReferenceType, Status, bad, missing};

pub fn workspaces(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(json!({
        "size": 1,
        "start": 0,
        "limit": 50,
        "isLastPage": true,
        "values": [{"workspaceId": WORKSPACE_ID}],
        "_links": {"self": format!("{}{}", state.url, call.path), "base": state.url, "context": ""},
    })))
}

/// Global ones, or those of one schema.
fn wanted(call: &Call) -> Result<Option<u64>, Refusal> {
    call.query("objectSchemaId").map(|id| id.parse().map_err(|_| missing("Object schema", id))).transpose()
}

fn schema(state: &State, call: &Call) -> Result<Option<u64>, Refusal> {
    match number(call.body.get("objectSchemaId")) {
        Some(id) if !state.assets.schemas.contains_key(&id) => Err(bad("There is no such object schema.")),
        id => Ok(id),
    }
}

pub fn list_statuses(state: &mut State, call: &Call) -> Outcome {
    let wanted = wanted(call)?;
    Ok(Reply::ok(state.assets.statuses.values().filter(|status| status.schema == wanted).map(render::status).collect()))
}

fn status<'a>(state: &'a State, call: &Call) -> Result<&'a Status, Refusal> {
    let id = call.argument(1);
    id.parse().ok().and_then(|id: u64| state.assets.statuses.get(&id)).ok_or_else(|| missing("Status", id))
}

pub fn get_status(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(render::status(status(state, call)?)))
}

fn made(state: &State, call: &Call, id: u64) -> Result<Status, Refusal> {
    let name = call.text("name").unwrap_or_default().to_owned();
    let category = call.body.get("category").and_then(Value::as_i64).unwrap_or_default();
    if name.is_empty() || !(0..=2).contains(&category) {
        return Err(Refusal::fields(&[("category", "A status has a name and the category 0, 1 or 2.")]));
    }
    let schema = schema(state, call)?;
    if state.assets.statuses.values().any(|other| other.id != id && other.schema == schema && other.name.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::fields(&[("name", "Another status has this name.")]));
    }
    Ok(Status { id, name, description: call.text("description").unwrap_or_default().to_owned(), category, schema })
}

pub fn create_status(state: &mut State, call: &Call) -> Outcome {
    let id = state.assets.next("status");
    let made = made(state, call, id)?;
    let body = render::status(&made);
    state.assets.statuses.insert(id, made);
    Ok(Reply::new(201, body))
}

pub fn update_status(state: &mut State, call: &Call) -> Outcome {
    let id = status(state, call)?.id;
    let changed = made(state, call, id)?;
    let body = render::status(&changed);
    state.assets.statuses.insert(id, changed);
    Ok(Reply::ok(body))
}

pub fn delete_status(state: &mut State, call: &Call) -> Outcome {
    let id = status(state, call)?.id;
    let text = id.to_string();
    let uses = |attribute: &u64| state.assets.attributes.get(attribute).is_some_and(|found| found.kind == 7);
    if state.assets.objects.values().any(|object| object.values.iter().any(|(attribute, values)| uses(attribute) && values.contains(&text)))
    {
        return Err(bad("Objects have this status; it cannot be deleted."));
    }
    state.assets.statuses.remove(&id);
    Ok(Reply::empty(200))
}

pub fn list_icons(state: &mut State, _call: &Call) -> Outcome {
    Ok(Reply::ok((1..).zip(ICONS).map(|(id, _)| render::icon(state, id)).collect()))
}

pub fn get_icon(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(1).parse::<usize>().ok().filter(|id| (1..=ICONS.len()).contains(id));
    let id = id.ok_or_else(|| missing("Icon", call.argument(1)))?;
    Ok(Reply::ok(render::icon(state, u64::try_from(id).unwrap_or(1))))
}

pub fn list_reference_types(state: &mut State, call: &Call) -> Outcome {
    let (all, wanted) = (call.query("includeAll") == Some("true"), wanted(call)?);
    let found = state.assets.reference_types.values().filter(|found| all || found.schema == wanted);
    Ok(Reply::ok(found.map(render::reference_type).collect()))
}

pub fn create_reference_type(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").unwrap_or_default().to_owned();
    if name.is_empty() || state.assets.reference_types.values().any(|other| other.name.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::fields(&[("name", "A reference type has a name of its own.")]));
    }
    let schema = schema(state, call)?;
    let id = state.assets.next("reference type");
    let text = |key: &str, default: &str| call.text(key).unwrap_or(default).to_owned();
    let made = ReferenceType { id, name, description: text("description", ""), color: text("color", "#0052CC"), schema };
    let body = render::reference_type(&made);
    state.assets.reference_types.insert(id, made);
    Ok(Reply::new(201, body))
}

pub fn usage(state: &mut State, _call: &Call) -> Outcome {
    let assets = &state.assets;
    let of = |schema: u64| {
        assets.objects.values().filter(|object| assets.types.get(&object.object_type).is_some_and(|kind| kind.schema == schema)).count()
    };
    let per_schema = assets.schemas.values().map(|schema| {
        json!({
            "schemaId": schema.id,
            "schemaName": schema.name,
            "displayName": schema.name,
            "schemaCreatedAt": clock::millis(schema.created),
            "objectCount": of(schema.id),
        })
    });
    Ok(Reply::ok(json!({"totalObjectsCount": assets.objects.len(), "perSchemaUsageInfo": per_schema.collect::<Vec<_>>()})))
}
