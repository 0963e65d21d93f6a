//! Priorities and resolutions: short lists in an order of their own, with a default.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::super::tasks;
use super::super::store::{Priority, Resolution};
use super::page::{self, bad, contains, missing, number, numbers, put, query_numbers};
use super::store::ordered;
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/priority", |state, call| {
        let view = View::new(state, call);
        Ok(Reply::ok(priorities(state).into_iter().map(|id| view.priority(id)).collect()))
    }),
    ("POST /rest/api/3/priority", create_priority),
    ("PUT /rest/api/3/priority/default", |state, call| {
        let id = known_priority(state, call.text("id").unwrap_or_default())?;
        state.jira.configuration.default_priority = Some(id);
        Ok(Reply::empty(204))
    }),
    ("PUT /rest/api/3/priority/move", |state, call| {
        let mut order = priorities(state);
        page::reorder(&mut order, &numbers(&call.body, "ids"), number(&call.body, "after"), call.text("position"))?;
        state.jira.configuration.priority_order = order;
        Ok(Reply::empty(204))
    }),
    ("GET /rest/api/3/priority/search", |state, call| search_priorities(state, call)),
    ("GET /rest/api/3/priority/{}", |state, call| {
        let id = known_priority(state, call.argument(0))?;
        Ok(Reply::ok(View::new(state, call).priority(id)))
    }),
    ("PUT /rest/api/3/priority/{}", update_priority),
    ("DELETE /rest/api/3/priority/{}", delete_priority),
    ("GET /rest/api/3/resolution", |state, call| {
        let view = View::new(state, call);
        Ok(Reply::ok(resolutions(state).into_iter().map(|id| view.resolution(id)).collect()))
    }),
    ("POST /rest/api/3/resolution", create_resolution),
    ("PUT /rest/api/3/resolution/default", |state, call| {
        let id = known_resolution(state, call.text("id").unwrap_or_default())?;
        state.jira.configuration.default_resolution = Some(id);
        Ok(Reply::empty(204))
    }),
    ("PUT /rest/api/3/resolution/move", |state, call| {
        let mut order = resolutions(state);
        page::reorder(&mut order, &numbers(&call.body, "ids"), number(&call.body, "after"), call.text("position"))?;
        state.jira.configuration.resolution_order = order;
        Ok(Reply::empty(204))
    }),
    ("GET /rest/api/3/resolution/search", |state, call| search_resolutions(state, call)),
    ("GET /rest/api/3/resolution/{}", |state, call| {
        let id = known_resolution(state, call.argument(0))?;
        Ok(Reply::ok(View::new(state, call).resolution(id)))
    }),
    ("PUT /rest/api/3/resolution/{}", update_resolution),
    ("DELETE /rest/api/3/resolution/{}", delete_resolution),
];

fn priorities(state: &State) -> Vec<u64> {
    ordered(state.jira.priorities.keys(), &state.jira.configuration.priority_order)
}

fn resolutions(state: &State) -> Vec<u64> {
    ordered(state.jira.resolutions.keys(), &state.jira.configuration.resolution_order)
}

fn known_priority(state: &State, text: &str) -> Result<u64, Refusal> {
    text.parse().ok().filter(|id| state.jira.priorities.contains_key(id)).ok_or_else(|| missing("priority", text))
}

fn known_resolution(state: &State, text: &str) -> Result<u64, Refusal> {
    text.parse().ok().filter(|id| state.jira.resolutions.contains_key(id)).ok_or_else(|| missing("resolution", text))
}

/// "#cd1316", also in its short form.
fn color(text: &str) -> Result<String, Refusal> {
    let digits =
        text.strip_prefix('#').filter(|digits| matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    digits.map(|_| text.to_owned()).ok_or_else(|| Refusal::fields(&[("statusColor", "A colour looks like #cd1316 or #c13.")]))
}

fn priority_name(state: &State, call: &Call, own: Option<u64>) -> Result<String, Refusal> {
    page::name(call, 60, |name| state.jira.priorities.values().any(|known| Some(known.id) != own && known.name.eq_ignore_ascii_case(name)))
}

fn resolution_name(state: &State, call: &Call, own: Option<u64>) -> Result<String, Refusal> {
    page::name(call, 60, |name| state.jira.resolutions.values().any(|known| Some(known.id) != own && known.name.eq_ignore_ascii_case(name)))
}

fn create_priority(state: &mut State, call: &Call) -> Outcome {
    let name = priority_name(state, call, None)?;
    let color = color(call.text("statusColor").unwrap_or_default())?;
    let id = state.jira.next();
    let description = call.text("description").unwrap_or_default().to_owned();
    state.jira.priorities.insert(id, Priority { id, name, description, color });
    Ok(Reply::new(201, json!({"id": id.to_string()})))
}

fn update_priority(state: &mut State, call: &Call) -> Outcome {
    let id = known_priority(state, call.argument(0))?;
    let name = call.text("name").map(|_| priority_name(state, call, Some(id))).transpose()?;
    let color = call.text("statusColor").map(color).transpose()?;
    if let Some(priority) = state.jira.priorities.get_mut(&id) {
        priority.name = name.unwrap_or_else(|| priority.name.clone());
        priority.color = color.unwrap_or_else(|| priority.color.clone());
        if let Some(description) = call.text("description") {
            description.clone_into(&mut priority.description);
        }
    }
    Ok(Reply::empty(204))
}

fn delete_priority(state: &mut State, call: &Call) -> Outcome {
    let id = known_priority(state, call.argument(0))?;
    let default = state.jira.configuration.default_priority.filter(|default| *default != id);
    let Some(instead) = default.or_else(|| priorities(state).into_iter().find(|other| *other != id)) else {
        return Err(Refusal::new(409, "", "The last priority cannot be deleted."));
    };
    if !state.long_tasks.next_fails() {
        state.jira.priorities.remove(&id);
        state.jira.configuration.default_priority = default;
        for issue in state.jira.issues.values_mut().filter(|issue| issue.priority == id) {
            issue.priority = instead;
        }
    }
    tasks::begun(state, call)
}

fn search_priorities(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let (ids, default) = (query_numbers(call, "id"), state.jira.configuration.default_priority);
    let fits = |priority: &&Priority| {
        (ids.is_empty() || ids.contains(&priority.id))
            && contains(&priority.name, call.query("priorityName"))
            && (call.query("onlyDefault") != Some("true") || default == Some(priority.id))
    };
    let found = priorities(state).into_iter().filter_map(|id| state.jira.priorities.get(&id)).filter(fits).collect();
    Ok(Reply::ok(page::page(state, call, found, (50, 50), |priority: &Priority| view.priority(priority.id))?))
}

fn create_resolution(state: &mut State, call: &Call) -> Outcome {
    let name = resolution_name(state, call, None)?;
    let id = state.jira.next();
    state.jira.resolutions.insert(id, Resolution { id, name, description: call.text("description").unwrap_or_default().to_owned() });
    Ok(Reply::new(201, json!({"id": id.to_string()})))
}

fn update_resolution(state: &mut State, call: &Call) -> Outcome {
    let id = known_resolution(state, call.argument(0))?;
    let name = resolution_name(state, call, Some(id))?;
    if let Some(resolution) = state.jira.resolutions.get_mut(&id) {
        resolution.name = name;
        if let Some(description) = call.text("description") {
            description.clone_into(&mut resolution.description);
        }
    }
    Ok(Reply::empty(204))
}

fn delete_resolution(state: &mut State, call: &Call) -> Outcome {
    let id = known_resolution(state, call.argument(0))?;
    let instead = known_resolution(state, call.query("replaceWith").unwrap_or_default())?;
    if instead == id {
        return Err(bad("A resolution cannot be replaced by itself."));
    }
    if !state.long_tasks.next_fails() {
        state.jira.resolutions.remove(&id);
        let configuration = &mut state.jira.configuration;
        configuration.default_resolution = configuration.default_resolution.filter(|default| *default != id);
        for issue in state.jira.issues.values_mut().filter(|issue| issue.resolution == Some(id)) {
            issue.resolution = Some(instead);
        }
        for transition in state.jira.workflows.values_mut().flat_map(|workflow| &mut workflow.transitions) {
            transition.resolution = transition.resolution.map(|set| if set == id { instead } else { set });
        }
    }
    tasks::begun(state, call)
}

fn search_resolutions(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let (ids, default) = (query_numbers(call, "id"), state.jira.configuration.default_resolution);
    let only = call.query("onlyDefault") == Some("true");
    let fits = |id: &u64| (ids.is_empty() || ids.contains(id)) && (!only || default == Some(*id));
    let found = resolutions(state).into_iter().filter(fits).collect();
    let body = page::page(state, call, found, (50, 50), |id: u64| {
        let mut body: Value = view.resolution(id);
        put(&mut body, "default", json!(default == Some(id)));
        body
    })?;
    Ok(Reply::ok(body))
}
