//! Options of custom fields, in their order; those of a cascade stand below others.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::{Context, CustomOption};
use super::contexts::{find, find_mut};
use super::field_kinds;
use super::fields::custom;
use super::page::{self, bad, id, missing, number, numbers, put};
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/field/{}/context/{}/option", |state, call| list(state, call)),
    ("POST /rest/api/3/field/{}/context/{}/option", create),
    ("PUT /rest/api/3/field/{}/context/{}/option", update),
    ("PUT /rest/api/3/field/{}/context/{}/option/move", reorder),
    ("DELETE /rest/api/3/field/{}/context/{}/option/{}", delete),
    ("GET /rest/api/3/customFieldOption/{}", |state, call| {
        let id = id(call, 0, "option")?;
        let contexts = state.jira.fields.values().flat_map(|field| field.contexts.values());
        let found = contexts.flat_map(|context| &context.options).find(|option| option.id == id);
        let option = found.ok_or_else(|| missing("option", call.argument(0)))?;
        let address = View::new(state, call).at(&format!("customFieldOption/{id}"));
        Ok(Reply::ok(json!({"self": address, "value": option.value})))
    }),
];

fn body(option: &CustomOption) -> Value {
    let mut body = json!({"id": option.id.to_string(), "value": option.value, "disabled": option.disabled});
    if let Some(parent) = option.parent {
        put(&mut body, "optionId", json!(parent.to_string()));
    }
    body
}

/// The context, if its field has options.
fn with_options<'a>(state: &'a State, call: &Call) -> Result<&'a Context, Refusal> {
    let field = custom(state, call.argument(0))?;
    if !field_kinds::has_options(&field.kind) {
        return Err(bad(format!("The field {} has no options.", field.name)));
    }
    find(state, call)
}

fn list(state: &State, call: &Call) -> Outcome {
    let context = with_options(state, call)?;
    let below = call.query("optionId").and_then(|text| text.parse::<u64>().ok());
    let top = call.query("onlyOptions") == Some("true");
    // Each option, and right after it what stands below it.
    let mut found: Vec<&CustomOption> = Vec::new();
    for option in context.options.iter().filter(|option| option.parent.is_none()) {
        found.push(option);
        found.extend(context.options.iter().filter(|other| other.parent == Some(option.id)));
    }
    found.retain(|option| below.is_none_or(|id| option.id == id || option.parent == Some(id)) && !(top && option.parent.is_some()));
    Ok(Reply::ok(page::page(state, call, found, (100, 1_000), body)?))
}

fn items(call: &Call) -> Result<Vec<Value>, Refusal> {
    let items = call.body.get("options").and_then(Value::as_array).cloned().unwrap_or_default();
    if items.is_empty() || items.len() > 1_000 {
        return Err(bad("Between 1 and 1,000 options must be given."));
    }
    Ok(items)
}

/// Values are unique among the options beside them.
fn free(options: &[CustomOption], value: &str, parent: Option<u64>, own: Option<u64>) -> Result<(), Refusal> {
    if value.trim().is_empty() || value.chars().count() > 255 {
        return Err(bad("The value of an option must have 1 to 255 characters."));
    }
    let mut beside = options.iter().filter(|option| option.parent == parent && Some(option.id) != own);
    if beside.any(|option| option.value == value) { Err(bad(format!("An option with the value {value} exists."))) } else { Ok(()) }
}

fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let mut options = with_options(state, call)?.options.clone();
    let cascading = custom(state, call.argument(0))?.kind.ends_with(":cascadingselect");
    let mut made = Vec::new();
    for item in items(call)? {
        let parent = number(&item, "optionId");
        if let Some(parent) = parent
            && !(cascading && options.iter().any(|option| option.id == parent && option.parent.is_none()))
        {
            return Err(bad(format!("The option {parent} can have none below it.")));
        }
        free(&options, text(&item, "value"), parent, None)?;
        let disabled = item.get("disabled").and_then(Value::as_bool).unwrap_or_default();
        let option = CustomOption { id: state.jira.next(), value: text(&item, "value").to_owned(), disabled, parent };
        made.push(body(&option));
        options.push(option);
    }
    find_mut(state, call)?.options = options;
    Ok(Reply::ok(json!({"options": made})))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let mut options = with_options(state, call)?.options.clone();
    let mut changed = Vec::new();
    for item in items(call)? {
        let id = number(&item, "id").unwrap_or_default();
        let parent = options.iter().find(|option| option.id == id).map(|option| option.parent);
        let parent = parent.ok_or_else(|| missing("option", text(&item, "id")))?;
        if let Some(value) = item.get("value").and_then(Value::as_str) {
            free(&options, value, parent, Some(id))?;
        }
        for option in options.iter_mut().filter(|option| option.id == id) {
            if let Some(value) = item.get("value").and_then(Value::as_str) {
                value.clone_into(&mut option.value);
            }
            option.disabled = item.get("disabled").and_then(Value::as_bool).unwrap_or(option.disabled);
            changed.push(json!({"id": option.id.to_string(), "value": option.value, "disabled": option.disabled}));
        }
    }
    find_mut(state, call)?.options = options;
    Ok(Reply::ok(json!({"options": changed})))
}

fn reorder(state: &mut State, call: &Call) -> Outcome {
    with_options(state, call)?;
    let (moved, after) = (numbers(&call.body, "customFieldOptionIds"), number(&call.body, "after"));
    let context = find_mut(state, call)?;
    let mut order: Vec<u64> = context.options.iter().map(|option| option.id).collect();
    page::reorder(&mut order, &moved, after, call.text("position"))?;
    context.options.sort_by_key(|option| order.iter().position(|id| *id == option.id));
    Ok(Reply::empty(204))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    with_options(state, call)?;
    let option = id(call, 2, "option")?;
    let field = call.argument(0).to_owned();
    let context = find_mut(state, call)?;
    let before = context.options.len();
    let mine =
        |value: &Value| number(value, "id") == Some(option) || value.get("child").is_some_and(|child| number(child, "id") == Some(option));
    let options: Vec<CustomOption> =
        context.options.iter().filter(|known| known.id != option && known.parent != Some(option)).cloned().collect();
    if options.len() == before {
        return Err(missing("option", call.argument(2)));
    }
    let used = |value: &Value| mine(value) || value.as_array().is_some_and(|items| items.iter().any(mine));
    if let Some(issue) = state.jira.issues.values().find(|issue| issue.custom.get(&field).is_some_and(used)) {
        return Err(bad(format!("{} has the option: replace it first.", state.jira.key(issue))));
    }
    find_mut(state, call)?.options = options;
    Ok(Reply::empty(204))
}
