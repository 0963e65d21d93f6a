//! Screens with their tabs, and the fields on them.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::{Screen, Tab};
use super::fields;
use super::page::{self, bad, contains, id, missing, query_numbers, rank};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/screens", |state, call| list(state, call)),
    ("POST /rest/api/3/screens", create),
    ("POST /rest/api/3/screens/addToDefault/{}", add_to_default),
    ("PUT /rest/api/3/screens/{}", update),
    ("DELETE /rest/api/3/screens/{}", delete),
    ("GET /rest/api/3/screens/{}/availableFields", |state, call| available(state, call)),
    ("GET /rest/api/3/screens/{}/tabs", |state, call| {
        let screen = find(state, call)?;
        Ok(Reply::ok(screen.tabs.iter().map(tab_body).collect()))
    }),
    ("POST /rest/api/3/screens/{}/tabs", create_tab),
    ("PUT /rest/api/3/screens/{}/tabs/{}", update_tab),
    ("DELETE /rest/api/3/screens/{}/tabs/{}", delete_tab),
    ("POST /rest/api/3/screens/{}/tabs/{}/move/{}", move_tab),
    ("GET /rest/api/3/screens/{}/tabs/{}/fields", |state, call| {
        let tab = find_tab(state, call)?;
        Ok(Reply::ok(tab.fields.iter().map(|id| field_body(state, id)).collect()))
    }),
    ("POST /rest/api/3/screens/{}/tabs/{}/fields", add_field),
    ("DELETE /rest/api/3/screens/{}/tabs/{}/fields/{}", remove_field),
    ("POST /rest/api/3/screens/{}/tabs/{}/fields/{}/move", move_field),
];

/// The screen that every new field can be put on with one call.
pub const DEFAULT: u64 = 1;

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Screen, Refusal> {
    let id = id(call, 0, "screen")?;
    state.jira.screens.get(&id).ok_or_else(|| missing("screen", call.argument(0)))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Screen, Refusal> {
    let id = id(call, 0, "screen")?;
    state.jira.screens.get_mut(&id).ok_or_else(|| missing("screen", call.argument(0)))
}

fn find_tab<'a>(state: &'a State, call: &Call) -> Result<&'a Tab, Refusal> {
    let tab = id(call, 1, "tab")?;
    find(state, call)?.tabs.iter().find(|known| known.id == tab).ok_or_else(|| missing("tab", call.argument(1)))
}

fn find_tab_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Tab, Refusal> {
    let tab = id(call, 1, "tab")?;
    find_mut(state, call)?.tabs.iter_mut().find(|known| known.id == tab).ok_or_else(|| missing("tab", call.argument(1)))
}

fn body(screen: &Screen) -> Value {
    json!({"id": screen.id, "name": screen.name, "description": screen.description})
}

fn tab_body(tab: &Tab) -> Value {
    json!({"id": tab.id, "name": tab.name})
}

fn field_body(state: &State, id: &str) -> Value {
    json!({"id": id, "name": state.jira.fields.get(id).map_or(id, |field| field.name.as_str())})
}

fn list(state: &State, call: &Call) -> Outcome {
    let (ids, scopes) = (query_numbers(call, "id"), call.queries("scope"));
    let fits = |screen: &&Screen| {
        (ids.is_empty() || ids.contains(&screen.id))
            && contains(&screen.name, call.query("queryString"))
            && (scopes.is_empty() || scopes.iter().any(|scope| scope.eq_ignore_ascii_case("GLOBAL")))
    };
    let mut found: Vec<&Screen> = state.jira.screens.values().filter(fits).collect();
    page::sort(&mut found, call.query("orderBy"), |screen, by| if by == "name" { screen.name.to_lowercase() } else { rank(screen.id) });
    Ok(Reply::ok(page::page(state, call, found, (100, 100), body)?))
}

fn taken(state: &State, own: Option<u64>) -> impl Fn(&str) -> bool {
    move |name| state.jira.screens.values().any(|screen| Some(screen.id) != own && screen.name.eq_ignore_ascii_case(name))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = page::name(call, 255, taken(state, None))?;
    let (id, tab) = (state.jira.next(), state.jira.next());
    let tabs = vec![Tab { id: tab, name: "Field Tab".to_owned(), fields: Vec::new() }];
    let screen = Screen { id, name, description: call.text("description").unwrap_or_default().to_owned(), tabs };
    let body = body(&screen);
    state.jira.screens.insert(id, screen);
    Ok(Reply::new(201, body))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let own = find(state, call)?.id;
    let name = call.text("name").map(|_| page::name(call, 255, taken(state, Some(own)))).transpose()?;
    let screen = find_mut(state, call)?;
    screen.name = name.unwrap_or_else(|| screen.name.clone());
    if let Some(description) = call.text("description") {
        description.clone_into(&mut screen.description);
    }
    Ok(Reply::ok(body(screen)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.id;
    let used = state
        .jira
        .configuration
        .screen_schemes
        .values()
        .any(|scheme| scheme.content.default == id || scheme.content.by_operation.values().any(|screen| *screen == id));
    if id == DEFAULT || used {
        return Err(bad("The screen is in use."));
    }
    state.jira.screens.remove(&id);
    Ok(Reply::empty(204))
}

fn add_to_default(state: &mut State, call: &Call) -> Outcome {
    let field = fields::find(state, call.argument(0))?.id.clone();
    let screen = state.jira.screens.get_mut(&DEFAULT).ok_or_else(|| missing("screen", "1"))?;
    if screen.tabs.iter().any(|tab| tab.fields.contains(&field)) {
        return Err(bad("The default screen shows the field already."));
    }
    let tab = screen.tabs.first_mut().ok_or_else(|| bad("The default screen has no tab."))?;
    tab.fields.push(field);
    Ok(Reply::ok(json!({})))
}

fn available(state: &State, call: &Call) -> Outcome {
    let screen = find(state, call)?;
    let shown = |id: &str| screen.tabs.iter().any(|tab| tab.fields.iter().any(|field| field == id));
    let free = state
        .jira
        .fields
        .values()
        .filter(|field| !field.trashed && !shown(&field.id) && (field.custom || super::field_kinds::is_editable(&field.id)));
    Ok(Reply::ok(free.map(|field| field_body(state, &field.id)).collect()))
}

fn create_tab(state: &mut State, call: &Call) -> Outcome {
    let screen = find(state, call)?;
    let name = page::name(call, 255, |name| screen.tabs.iter().any(|tab| tab.name.eq_ignore_ascii_case(name)))?;
    let tab = Tab { id: state.jira.next(), name, fields: Vec::new() };
    let body = tab_body(&tab);
    find_mut(state, call)?.tabs.push(tab);
    Ok(Reply::ok(body))
}

fn update_tab(state: &mut State, call: &Call) -> Outcome {
    let own = find_tab(state, call)?.id;
    let screen = find(state, call)?;
    let name = page::name(call, 255, |name| screen.tabs.iter().any(|tab| tab.id != own && tab.name.eq_ignore_ascii_case(name)))?;
    let tab = find_tab_mut(state, call)?;
    tab.name = name;
    Ok(Reply::ok(tab_body(tab)))
}

fn delete_tab(state: &mut State, call: &Call) -> Outcome {
    let own = find_tab(state, call)?.id;
    let screen = find_mut(state, call)?;
    if screen.tabs.len() == 1 {
        return Err(bad("The last tab of a screen cannot be deleted."));
    }
    screen.tabs.retain(|tab| tab.id != own);
    Ok(Reply::empty(204))
}

fn move_tab(state: &mut State, call: &Call) -> Outcome {
    let own = find_tab(state, call)?.id;
    let screen = find_mut(state, call)?;
    let place = call.argument(2).parse::<usize>().ok().filter(|place| *place < screen.tabs.len());
    let place = place.ok_or_else(|| bad(format!("{} is no place among the tabs.", call.argument(2))))?;
    if let Some(from) = screen.tabs.iter().position(|tab| tab.id == own) {
        let tab = screen.tabs.remove(from);
        screen.tabs.insert(place, tab);
    }
    Ok(Reply::empty(204))
}

fn add_field(state: &mut State, call: &Call) -> Outcome {
    find_tab(state, call)?;
    let field = call.text("fieldId").unwrap_or_default();
    let known = fields::find(state, field).map_err(|_| bad(format!("The field {field} does not exist.")))?;
    if known.trashed {
        return Err(bad(format!("The field {field} is in the trash.")));
    }
    if find(state, call)?.tabs.iter().any(|tab| tab.fields.iter().any(|id| id == field)) {
        return Err(bad(format!("The screen shows the field {field} already.")));
    }
    find_tab_mut(state, call)?.fields.push(field.to_owned());
    Ok(Reply::ok(field_body(state, field)))
}

fn remove_field(state: &mut State, call: &Call) -> Outcome {
    let tab = find_tab_mut(state, call)?;
    let before = tab.fields.len();
    tab.fields.retain(|id| id != call.argument(2));
    if tab.fields.len() == before { Err(missing("field", call.argument(2))) } else { Ok(Reply::empty(204)) }
}

fn move_field(state: &mut State, call: &Call) -> Outcome {
    let tab = find_tab_mut(state, call)?;
    let place = tab.fields.iter().position(|id| id == call.argument(2)).ok_or_else(|| missing("field", call.argument(2)))?;
    let field = tab.fields.remove(place);
    // `after` is the address of a field, or its id.
    let after = call.text("after").and_then(|address| address.trim_end_matches('/').rsplit('/').next());
    let target = match (after, call.text("position")) {
        (Some(after), None) => tab.fields.iter().position(|id| id == after).map(|place| place + 1),
        (None, Some("Earlier")) => Some(place.saturating_sub(1)),
        (None, Some("Later")) => Some((place + 1).min(tab.fields.len())),
        (None, Some("First")) => Some(0),
        (None, Some("Last")) => Some(tab.fields.len()),
        _ => None,
    };
    tab.fields.insert(target.unwrap_or(place), field);
    target
        .map(|_| Reply::empty(204))
        .ok_or_else(|| bad("Either after (a field of the tab) or position (Earlier, Later, First, Last) must be given."))
}
