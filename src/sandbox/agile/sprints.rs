//! Sprints: planned, started, completed, deleted, and what stands in them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::clock;
use super::super::jira::issues::change;
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::moves::{self, Place};
use super::store::{Sprint, SprintState};
use super::{boards, issues, page};

/// A name may have so many characters.
const LONGEST_NAME: usize = 30;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/agile/1.0/board/{}/sprint", list),
    ("POST /rest/agile/1.0/sprint", create),
    ("GET /rest/agile/1.0/sprint/{}", |state, call| find(state, call.argument(0)).map(|sprint| Reply::ok(body(state, sprint)))),
    ("POST /rest/agile/1.0/sprint/{}", |state, call| update(state, call, false)),
    ("PUT /rest/agile/1.0/sprint/{}", |state, call| update(state, call, true)),
    ("DELETE /rest/agile/1.0/sprint/{}", delete),
    ("POST /rest/agile/1.0/sprint/{}/issue", take),
    ("POST /rest/agile/1.0/sprint/{}/swap", swap),
];

pub fn missing(id: &str) -> Refusal {
    Refusal::new(404, "", format!("The sprint {id} does not exist, or you may not see it."))
}

pub fn find<'a>(state: &'a State, id: &str) -> Result<&'a Sprint, Refusal> {
    id.parse().ok().and_then(|id: u64| state.agile.sprints.get(&id)).ok_or_else(|| missing(id))
}

pub fn body(state: &State, sprint: &Sprint) -> Value {
    let mut body = json!({
        "id": sprint.id,
        "self": format!("{}/rest/agile/1.0/sprint/{}", state.url, sprint.id),
        "state": sprint.state.text(),
        "name": sprint.name,
        "createdDate": clock::millis(sprint.created),
        "originBoardId": sprint.board,
        "goal": sprint.goal,
    });
    if let Some(map) = body.as_object_mut() {
        for (key, moment) in [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.completed)] {
            map.extend(moment.map(|moment| (key.to_owned(), json!(clock::millis(moment)))));
        }
    }
    body
}

/// Sprints made on the board, and those that its issues are in.
fn list(state: &mut State, call: &Call) -> Outcome {
    let board = boards::find(state, call)?;
    if board.kind != "scrum" {
        return Err(Refusal::new(400, "", "The board has no sprints: only scrum boards do."));
    }
    let states = call.queries("state");
    let wanted: Vec<SprintState> = states.iter().filter_map(|text| SprintState::of(text)).collect();
    if wanted.len() != states.len() {
        return Err(Refusal::new(400, "", "Sprints are future, active or closed."));
    }
    let shown = issues::of_board(state, board)?;
    let visited: BTreeSet<u64> =
        shown.iter().filter_map(|id| state.jira.issues.get(id)).flat_map(|issue| issue.sprints.iter().copied()).collect();
    let fits = |sprint: &&Sprint| {
        (sprint.board == board.id || visited.contains(&sprint.id)) && (wanted.is_empty() || wanted.contains(&sprint.state))
    };
    let mut found: Vec<&Sprint> = state.agile.sprints.values().filter(fits).collect();
    found.sort_by_key(|sprint| (sprint.state, sprint.place));
    page::of(call, &found, |sprint| body(state, sprint))
}

fn named(text: &str) -> Result<String, Refusal> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Refusal::fields(&[("name", &format!("The name of a sprint must have 1 to {LONGEST_NAME} characters."))]));
    }
    Ok(name.to_owned())
}

/// A moment in the body: nothing, or one that can be read.
fn moment(call: &Call, key: &str) -> Result<Option<i64>, Refusal> {
    match call.text(key) {
        None => Ok(None),
        Some(text) => clock::parse(text).map(Some).ok_or_else(|| Refusal::fields(&[(key, "The date cannot be read.")])),
    }
}

fn in_order(start: Option<i64>, end: Option<i64>) -> Result<(), Refusal> {
    match (start, end) {
        (Some(start), Some(end)) if end <= start => Err(Refusal::fields(&[("endDate", "A sprint must end after it starts.")])),
        _ => Ok(()),
    }
}

/// The scrum board of a sprint.
fn scrum(state: &State, board: u64) -> Result<u64, Refusal> {
    match state.agile.boards.get(&board) {
        None => Err(boards::missing(&board.to_string())),
        Some(board) if board.kind != "scrum" => Err(Refusal::new(400, "", "The board has no sprints: only scrum boards do.")),
        Some(board) => Ok(board.id),
    }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = named(call.text("name").unwrap_or_default())?;
    let board = scrum(state, call.body.get("originBoardId").and_then(Value::as_u64).unwrap_or_default())?;
    let (start, end) = (moment(call, "startDate")?, moment(call, "endDate")?);
    in_order(start, end)?;
    state.agile.last_sprint += 1;
    let id = state.agile.last_sprint;
    let place = state.agile.sprints.values().map(|sprint| sprint.place).max().unwrap_or_default() + 1;
    let sprint = Sprint {
        id,
        name,
        goal: call.text("goal").unwrap_or_default().to_owned(),
        state: SprintState::Future,
        start,
        end,
        completed: None,
        created: state.now(),
        board,
        place,
        properties: Map::new(),
    };
    let shown = body(state, &sprint);
    state.agile.sprints.insert(id, sprint);
    Ok(Reply::new(201, shown))
}

/// Changes what is given; a full change also empties what is not.
fn update(state: &mut State, call: &Call, full: bool) -> Outcome {
    let before = find(state, call.argument(0))?.clone();
    let mut sprint = before.clone();
    match call.text("name") {
        Some(text) => sprint.name = named(text)?,
        None if full => return Err(Refusal::fields(&[("name", "A sprint must have a name.")])),
        None => {}
    }
    if full || call.text("goal").is_some() {
        call.text("goal").unwrap_or_default().clone_into(&mut sprint.goal);
    }
    if before.state != SprintState::Closed {
        for (key, field) in [("startDate", &mut sprint.start), ("endDate", &mut sprint.end)] {
            let given = moment(call, key)?;
            if full || given.is_some() {
                *field = given;
            }
        }
        in_order(sprint.start, sprint.end)?;
        if let Some(board) = call.body.get("originBoardId").and_then(Value::as_u64) {
            sprint.board = scrum(state, board)?;
        }
        if let Some(text) = call.text("state") {
            let next = SprintState::of(text).ok_or_else(|| Refusal::fields(&[("state", "A sprint is future, active or closed.")]))?;
            step(state, &mut sprint, next)?;
        }
    }
    let shown = body(state, &sprint);
    state.agile.sprints.insert(sprint.id, sprint);
    Ok(Reply::ok(shown))
}

/// Starts or completes a sprint; no other way leads from state to state.
fn step(state: &State, sprint: &mut Sprint, next: SprintState) -> Result<(), Refusal> {
    let refused = |words: &str| Err(Refusal::fields(&[("state", words)]));
    match (sprint.state, next) {
        (present, next) if present == next => return Ok(()),
        (SprintState::Future, SprintState::Active) => {
            if sprint.start.is_none() || sprint.end.is_none() {
                return refused("A sprint can be started once it has a start date and an end date.");
            }
            let mut others = state.agile.sprints.values().filter(|other| other.board == sprint.board && other.id != sprint.id);
            if !state.agile.parallel_sprints && others.any(|other| other.state == SprintState::Active) {
                return refused("Another sprint of the board is active, and sprints do not run side by side here.");
            }
        }
        (SprintState::Active, SprintState::Closed) => sprint.completed = Some(state.now()),
        (present, next) => return refused(&format!("A sprint that is {} cannot become {}.", present.text(), next.text())),
    }
    sprint.state = next;
    Ok(())
}

/// What is in it goes back to the backlog.
fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.id;
    let inside: Vec<u64> = state.jira.issues.values().filter(|issue| issue.sprints.contains(&id)).map(|issue| issue.id).collect();
    for issue in inside {
        change(state, issue, MYSELF, |issue| issue.sprints.retain(|sprint| *sprint != id));
    }
    state.agile.sprints.remove(&id);
    Ok(Reply::empty(204))
}

fn take(state: &mut State, call: &Call) -> Outcome {
    let sprint = find(state, call.argument(0))?;
    if sprint.state == SprintState::Closed {
        return Err(Refusal::new(400, "", "Issues can be moved to future and active sprints, and this one is closed."));
    }
    let id = sprint.id;
    let chosen = moves::chosen(state, call)?;
    let place = Place::asked(state, call)?;
    for issue in &chosen {
        moves::to_sprint(state, *issue, Some(id));
    }
    if let Some(place) = place {
        moves::rank(state, &chosen, place);
    }
    Ok(Reply::empty(204))
}

fn swap(state: &mut State, call: &Call) -> Outcome {
    let first = find(state, call.argument(0))?;
    let other = call.body.get("sprintToSwapWith").and_then(Value::as_u64).unwrap_or_default();
    let second = find(state, &other.to_string())?;
    let places = [(first.id, second.place), (second.id, first.place)];
    for (id, place) in places {
        if let Some(sprint) = state.agile.sprints.get_mut(&id) {
            sprint.place = place;
        }
    }
    Ok(Reply::empty(204))
}
