//! Classification levels of data.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::paging::{cut, numbered, query_cursor};
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::store::{Level, not_found};

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(" /admin/dlp/v1/orgs/{}/classification-levels")?;
    Some(match (method, rest) {
        ("GET", "") => list(state, call),
        ("POST", "") => create(state, call),
        ("GET", "/{}") => {
            let id = call.argument(1).to_owned();
            place(state, &id).map(|place| Reply::ok(at(state, place)))
        }
        ("PUT", "/{}") => edit(state, call),
        ("POST", "/publish") => change(state, call, "PUBLISHED", 204),
        ("POST", "/archive") => change(state, call, "ARCHIVED", 204),
        ("POST", "/restore") => change(state, call, "DRAFT", 204),
        ("POST", "/reorder") => reorder(state, call),
        _ => return None,
    })
}

fn place(state: &State, id: &str) -> Result<usize, Refusal> {
    state.organization.levels.iter().position(|level| level.id == id).ok_or_else(|| not_found("ADMIN-404-1", "The level", id))
}

fn at(state: &State, place: usize) -> Value {
    state.organization.levels.get(place).map_or(Value::Null, |level| body(state, level, place))
}

/// Sensitivity is the place in the order, from 1.
fn body(state: &State, level: &Level, place: usize) -> Value {
    let actor = json!({"accountId": seed::accounts::ORGANIZATION_ADMIN, "name": state.account(seed::accounts::ORGANIZATION_ADMIN).map(|account| &account.name)});
    let changed = level.data.get("changedOn").and_then(Value::as_i64).unwrap_or(1_760_000_000_000);
    let created = level.data.get("createdOn").and_then(Value::as_i64).unwrap_or(1_760_000_000_000);
    json!({
        "levelId": level.id,
        "orgId": seed::ORG_ID,
        "name": level.data.get("name"),
        "definition": level.data.get("definition"),
        "guideline": level.data.get("guideline"),
        "color": level.data.get("color"),
        "sensitivity": place + 1,
        "status": level.status,
        "createdBy": actor,
        "createdOn": clock::millis(created),
        "changedBy": actor,
        "changedOn": clock::millis(changed),
    })
}

fn list(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "levels", "ADMIN-400-1")?;
    let all = (0..state.organization.levels.len()).map(|place| at(state, place));
    let page = cut("levels", &cursor, numbered(all), 20, false, call.empty_page);
    let mut links = json!({"first": format!("{}{}", state.url, call.path)});
    if let (Some(map), Some(next)) = (links.as_object_mut(), &page.next) {
        map.insert("next".to_owned(), json!(format!("{}{}?cursor={next}", state.url, call.path)));
    }
    Ok(Reply::ok(json!({"levels": page.items, "links": links})))
}

fn write(level: &mut Level, call: &Call, now: i64) {
    for (key, value) in call.body.as_object().into_iter().flatten() {
        level.data.insert(key.clone(), value.clone());
    }
    level.data.insert("changedOn".to_owned(), json!(now));
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").unwrap_or_default();
    if state.organization.levels.iter().any(|level| level.data.get("name").and_then(Value::as_str) == Some(name)) {
        return Err(Refusal::new(409, "ADMIN-409-28", format!("A level of the name {name} exists.")));
    }
    let now = state.now();
    let mut level = Level { id: state.id(), data: serde_json::Map::new(), status: "DRAFT".to_owned() };
    write(&mut level, call, now);
    level.data.insert("createdOn".to_owned(), json!(now));
    state.organization.levels.push(level);
    Ok(Reply::new(201, at(state, state.organization.levels.len().saturating_sub(1))))
}

fn edit(state: &mut State, call: &Call) -> Outcome {
    let (place, now) = (place(state, call.argument(1))?, state.now());
    if let Some(level) = state.organization.levels.get_mut(place) {
        write(level, call, now);
    }
    Ok(Reply::empty(204))
}

/// Ids under any of the names that the unpublished bodies may use.
fn ids(call: &Call) -> Vec<String> {
    let mut ids = call.texts("levelIds");
    ids.extend(call.texts("ids"));
    ids.extend(["levelId", "id"].iter().filter_map(|key| call.text(key)).map(str::to_owned));
    ids
}

fn change(state: &mut State, call: &Call, status: &'static str, success: u16) -> Outcome {
    let ids = ids(call);
    if ids.is_empty() {
        return Err(Refusal::new(400, "ADMIN-400-24", "No level is named."));
    }
    let places: Vec<usize> = ids.iter().map(|id| place(state, id)).collect::<Result<_, _>>()?;
    for place in places {
        if let Some(level) = state.organization.levels.get_mut(place) {
            level.status = status.to_owned();
        }
    }
    Ok(Reply::empty(success))
}

fn reorder(state: &mut State, call: &Call) -> Outcome {
    let ids = ids(call);
    for id in &ids {
        place(state, id)?;
    }
    state.organization.levels.sort_by_key(|level| ids.iter().position(|id| *id == level.id).unwrap_or(usize::MAX));
    Ok(Reply::empty(204))
}
