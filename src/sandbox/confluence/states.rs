//! Content states: "In progress" and the like on pages.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::millis;
use super::super::reply::Reply;
use super::super::store::State;
use super::content;
use super::list::started;
use super::store::{ContentState, Kind, bad};
use super::tree::v1_named;

/// What every space suggests.
const SUGGESTED: [(u64, &str, &str); 4] =
    [(1, "Rough draft", "#ffc400"), (2, "In progress", "#2684ff"), (3, "Ready for review", "#57d9a3"), (4, "Verified", "#1d7afc")];

fn suggested() -> Vec<Value> {
    SUGGESTED.iter().map(|(id, name, color)| json!({"id": id, "name": name, "color": color})).collect()
}

/// States of one's own are those that pages have beside the suggested ones.
fn custom(state: &State) -> Vec<Value> {
    let mut found: Vec<(u64, &str, &str)> = (state.confluence.contents.values())
        .filter_map(|one| one.state.as_ref())
        .filter(|one| !SUGGESTED.iter().any(|(id, ..)| *id == one.id))
        .map(|one| (one.id, one.name.as_str(), one.color.as_str()))
        .collect();
    found.sort_unstable();
    found.dedup_by_key(|(id, ..)| *id);
    found.into_iter().map(|(id, name, color)| json!({"id": id, "name": name, "color": color})).collect()
}

pub fn mine(state: &mut State, _: &Call) -> Outcome {
    Ok(Reply::ok(Value::Array(custom(state))))
}

pub fn available(state: &mut State, call: &Call) -> Outcome {
    v1_named(state, call.argument(0))?;
    Ok(Reply::ok(json!({"spaceContentStates": suggested(), "customContentStates": custom(state)})))
}

pub fn of_space(state: &mut State, call: &Call) -> Outcome {
    state.confluence.space_by_key(call.argument(0))?;
    Ok(Reply::ok(Value::Array(suggested())))
}

pub fn settings(state: &mut State, call: &Call) -> Outcome {
    state.confluence.space_by_key(call.argument(0))?;
    Ok(Reply::ok(json!({
        "contentStatesAllowed": true,
        "customContentStatesAllowed": true,
        "spaceContentStatesAllowed": true,
        "spaceContentStates": suggested(),
    })))
}

fn answer(found: Option<&ContentState>) -> Outcome {
    Ok(Reply::ok(found.map_or_else(
        || json!({}),
        |one| json!({"contentState": {"id": one.id, "name": one.name, "color": one.color}, "lastUpdated": millis(one.updated)}),
    )))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    answer(v1_named(state, call.argument(0))?.state.as_ref())
}

/// One of the suggested states by its id, or one of one's own by name and colour.
pub fn set(state: &mut State, call: &Call) -> Outcome {
    let (id, now) = (v1_named(state, call.argument(0))?.id, state.now());
    let known = call.body.get("id").and_then(Value::as_u64);
    let (number, name, color) = match (known, call.text("name"), call.text("color")) {
        (Some(known), None, None) => {
            let found = SUGGESTED.into_iter().find(|(id, ..)| *id == known);
            let (id, name, color) = found.ok_or_else(|| bad(format!("There is no state {known}.")))?;
            (id, name.to_owned(), color.to_owned())
        }
        (None, Some(name), Some(color)) if name.chars().count() <= 20 && color.starts_with('#') && color.len() == 7 => {
            let same = |one: &&ContentState| one.name == name && one.color == color;
            let known = state.confluence.contents.values().filter_map(|one| one.state.as_ref()).find(same).map(|one| one.id);
            (known.unwrap_or_else(|| state.confluence.next_id()), name.to_owned(), color.to_owned())
        }
        _ => return Err(bad("A state is named by its id, or by a name of 20 letters at most and a colour such as #2684ff.")),
    };
    let Some(one) = state.confluence.contents.get_mut(&id) else { return Err(bad("There is nothing to set a state of.")) };
    one.state = Some(ContentState { id: number, name, color, updated: now });
    answer(one.state.as_ref())
}

pub fn remove(state: &mut State, call: &Call) -> Outcome {
    let id = v1_named(state, call.argument(0))?.id;
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.state = None;
    }
    answer(None)
}

/// Content of a space in one state.
pub fn content(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space_by_key(call.argument(0))?.id;
    let wanted = call.query("state-id").and_then(|id| id.parse::<u64>().ok());
    let found = state.confluence.contents.values().filter(|one| {
        one.space == space
            && one.kind == Kind::Page
            && one.is_live()
            && wanted.is_some()
            && one.state.as_ref().map(|found| found.id) == wanted
    });
    started(state, call, found.collect(), 25, |one| content::shown(state, call, one))
}
