//! Templates of pages.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::body::Body;
use super::content::Expand;
use super::list::{lean, started};
use super::store::{Template, bad, not_found};

fn shown(state: &State, template: &Template, expand: &Expand) -> Value {
    let labels: Vec<Value> = (template.labels.iter().enumerate())
        .map(|(place, (prefix, name))| json!({"prefix": prefix, "name": name, "id": (place + 1).to_string(), "label": name}))
        .collect();
    let body = expand.has("body").then(|| {
        let mut formats = Map::new();
        formats.insert(
            template.body.representation.clone(),
            json!({"value": template.body.value, "representation": template.body.representation}),
        );
        Value::Object(formats)
    });
    let space = template.space.as_deref().and_then(|key| state.confluence.space_by_key(key).ok());
    lean(json!({
        "templateId": template.id.to_string(),
        "name": template.name,
        "description": template.description,
        "templateType": template.kind,
        "editorVersion": "v2",
        "labels": labels,
        "space": space.map(|space| json!({"key": space.key, "name": space.name})),
        "body": body,
        "_expandable": {"body": ""},
        "_links": {"self": format!("{}/wiki/rest/api/template/{}", state.url, template.id)},
    }))
}

/// Of the space, or of the site without one.
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let space = call.query("spaceKey").map(|key| state.confluence.space_by_key(key).map(|space| space.key.clone())).transpose()?;
    let found = state.confluence.templates.values().filter(|one| one.space == space).collect();
    let expand = Expand::of(call);
    started(state, call, found, 25, |one| shown(state, one, &expand))
}

fn id(call: &Call) -> u64 {
    call.argument(0).parse().unwrap_or_default()
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let found = state.confluence.templates.get(&id(call)).ok_or_else(|| not_found("The template", call.argument(0)))?;
    Ok(Reply::ok(shown(state, found, &Expand::all(&["body"]))))
}

fn given(state: &State, call: &Call, id: u64) -> Result<Template, Refusal> {
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Err(bad("A template needs a name."));
    }
    let space = match call.body.pointer("/space/key").and_then(Value::as_str) {
        Some(key) => Some(state.confluence.space_by_key(key)?.key.clone()),
        None => None,
    };
    let body = Body::given(call.body.get("body"))?.ok_or_else(|| bad("A template needs a body in storage format or atlas_doc_format."))?;
    let labels = call.body.get("labels").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Template {
        id,
        name,
        description: call.text("description").unwrap_or_default().to_owned(),
        kind: call.text("templateType").unwrap_or("page").to_owned(),
        space,
        labels: labels.iter().map(|label| (text(label, "prefix"), text(label, "name"))).collect(),
        body,
    })
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let id = state.confluence.next_id();
    let made = given(state, call, id)?;
    let answer = shown(state, &made, &Expand::all(&["body"]));
    state.confluence.templates.insert(id, made);
    Ok(Reply::ok(answer))
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let text = call.text("templateId").unwrap_or_default();
    let id = text.parse::<u64>().ok().filter(|id| state.confluence.templates.contains_key(id));
    let id = id.ok_or_else(|| not_found("The template", text))?;
    let mut made = given(state, call, id)?;
    // A template stays where it was made.
    made.space = state.confluence.templates.get(&id).and_then(|old| old.space.clone());
    let answer = shown(state, &made, &Expand::all(&["body"]));
    state.confluence.templates.insert(id, made);
    Ok(Reply::ok(answer))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let gone = state.confluence.templates.remove(&id(call));
    gone.map(|_| Reply::empty(204)).ok_or_else(|| not_found("The template", call.argument(0)))
}
