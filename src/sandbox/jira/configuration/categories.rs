//! Project categories.

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::Category;
use super::page::{self, id, missing};
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/projectCategory", |state, call| {
        let view = View::new(state, call);
        Ok(Reply::ok(state.jira.categories.values().map(|category| view.category(category)).collect()))
    }),
    ("POST /rest/api/3/projectCategory", create),
    ("GET /rest/api/3/projectCategory/{}", |state, call| {
        let category = find(state, call)?;
        Ok(Reply::ok(View::new(state, call).category(category)))
    }),
    ("PUT /rest/api/3/projectCategory/{}", update),
    ("DELETE /rest/api/3/projectCategory/{}", delete),
];

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Category, Refusal> {
    let id = id(call, 0, "project category")?;
    state.jira.categories.get(&id).ok_or_else(|| missing("project category", call.argument(0)))
}

/// A taken name is a conflict here, not a fault of the field.
fn name(state: &State, call: &Call, own: Option<u64>) -> Result<String, Refusal> {
    let name = page::name(call, 255, |_| false)?;
    let taken = state.jira.categories.values().any(|known| Some(known.id) != own && known.name.eq_ignore_ascii_case(&name));
    if taken { Err(Refusal::new(409, "", format!("A project category of the name {name} exists."))) } else { Ok(name) }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = name(state, call, None)?;
    let category = Category { id: state.jira.next(), name, description: call.text("description").unwrap_or_default().to_owned() };
    let body = View::new(state, call).category(&category);
    state.jira.categories.insert(category.id, category);
    Ok(Reply::new(201, body))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.id;
    let name = call.text("name").map(|_| name(state, call, Some(id))).transpose()?;
    if let Some(category) = state.jira.categories.get_mut(&id) {
        category.name = name.unwrap_or_else(|| category.name.clone());
        if let Some(description) = call.text("description") {
            description.clone_into(&mut category.description);
        }
    }
    let category = find(state, call)?;
    Ok(Reply::ok(View::new(state, call).category(category)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.id;
    state.jira.categories.remove(&id);
    for project in state.jira.projects.values_mut().filter(|project| project.category == Some(id)) {
        project.category = None;
    }
    Ok(Reply::empty(204))
}
