//! Issues on the move: into sprints and out of them, onto boards and back, and up and down the rank.

use serde_json::{Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::issues::change;
use super::super::jira::store::Issue;
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::rank::between;
use super::store::SprintState;
use super::{boards, issues};

/// So many issues may be moved in one call.
const MOST: usize = 50;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("PUT /rest/agile/1.0/issue/rank", rank_call),
    ("POST /rest/agile/1.0/backlog/issue", to_backlog),
    ("POST /rest/agile/1.0/backlog/{}/issue", to_backlog_of),
    ("POST /rest/agile/1.0/board/{}/issue", to_board),
];

/// Where issues are to stand.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Before(u64),
    After(u64),
}

impl Place {
    /// What the body asks for, by the keys of issues.
    pub fn asked(state: &State, call: &Call) -> Result<Option<Place>, Refusal> {
        Place::of(state, call.text("rankBeforeIssue"), call.text("rankAfterIssue"))
    }

    pub fn of(state: &State, before: Option<&str>, after: Option<&str>) -> Result<Option<Place>, Refusal> {
        let id = |text: &str| known(state, text);
        Ok(match (before, after) {
            (Some(_), Some(_)) => return Err(Refusal::new(400, "", "Issues are ranked either before another or after one.")),
            (Some(text), None) => Some(Place::Before(id(text)?)),
            (None, Some(text)) => Some(Place::After(id(text)?)),
            (None, None) => None,
        })
    }
}

fn known(state: &State, id_or_key: &str) -> Result<u64, Refusal> {
    let found = state.jira.issue_named(id_or_key).map(|issue| issue.id);
    found.ok_or_else(|| Refusal::new(400, "", format!("The issue {id_or_key} does not exist, or you may not see it.")))
}

/// The issues that the body names.
pub fn chosen(state: &State, call: &Call) -> Result<Vec<u64>, Refusal> {
    let names = call.texts("issues");
    if names.is_empty() || names.len() > MOST {
        return Err(Refusal::new(400, "", format!("Between 1 and {MOST} issues can be moved at once.")));
    }
    let mut ids = Vec::new();
    for name in names {
        let id = known(state, &name)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Into a sprint, out of the one it is in now; or into none. Its sub-tasks go with it.
pub fn to_sprint(state: &mut State, issue: u64, sprint: Option<u64>) {
    let is_part = |part: &&Issue| state.jira.issue_types.get(&part.issue_type).is_some_and(|kind| kind.level < 0);
    let parts = state.jira.issues.values().filter(|part| part.parent == Some(issue)).filter(is_part).map(|part| part.id);
    let all: Vec<u64> = std::iter::once(issue).chain(parts).collect();
    for id in all {
        let before = state.jira.issues.get(&id).map(|issue| issue.sprints.clone()).unwrap_or_default();
        let open = |id: &u64| state.agile.sprints.get(id).is_some_and(|sprint| sprint.state != SprintState::Closed);
        let mut after: Vec<u64> = before.into_iter().filter(|id| !open(id)).collect();
        after.extend(sprint);
        change(state, id, MYSELF, |issue| issue.sprints = after);
    }
}

/// Puts issues, in this order, at a place of the rank.
pub fn rank(state: &mut State, moved: &[u64], place: Place) {
    let (Place::Before(reference) | Place::After(reference)) = place;
    let moved: Vec<u64> = moved.iter().copied().filter(|id| *id != reference).collect();
    let mut order: Vec<(String, u64)> =
        (state.jira.issues.values()).filter(|issue| !moved.contains(&issue.id)).map(|issue| (issue.rank.clone(), issue.id)).collect();
    order.sort();
    let Some(at) = order.iter().position(|(_, id)| *id == reference) else { return };
    let at = if matches!(place, Place::Before(_)) { at } else { at + 1 };
    let above = order.get(at).map(|(rank, _)| rank.clone());
    let mut below = at.checked_sub(1).and_then(|at| order.get(at)).map(|(rank, _)| rank.clone());
    for id in moved {
        let rank = between(below.as_deref(), above.as_deref());
        change(state, id, MYSELF, |issue| issue.rank.clone_from(&rank));
        below = Some(rank);
    }
}

fn rank_call(state: &mut State, call: &Call) -> Outcome {
    let chosen = chosen(state, call)?;
    let place = Place::asked(state, call)?;
    let place = place.ok_or_else(|| Refusal::new(400, "", "Name the issue to come before, or the one to come after."))?;
    rank(state, &chosen, place);
    Ok(Reply::empty(204))
}

/// Out of future and active sprints.
fn to_backlog(state: &mut State, call: &Call) -> Outcome {
    for issue in chosen(state, call)? {
        to_sprint(state, issue, None);
    }
    Ok(Reply::empty(204))
}

/// Moves what is on the board; answers with a list if anything is not.
fn on_board(state: &mut State, call: &Call, act: impl Fn(&mut State, u64, u64)) -> Outcome {
    let board = boards::find(state, call)?;
    let (board_id, shown) = (board.id, issues::of_board(state, board)?);
    let chosen = chosen(state, call)?;
    let place = Place::asked(state, call)?;
    let (there, strangers): (Vec<u64>, Vec<u64>) = chosen.iter().partition(|id| shown.contains(id));
    for issue in &there {
        act(state, board_id, *issue);
    }
    if let Some(place) = place {
        rank(state, &there, place);
    }
    if strangers.is_empty() {
        return Ok(Reply::empty(204));
    }
    let entries: Vec<Value> = (chosen.iter().filter_map(|id| state.jira.issues.get(id)))
        .map(|issue| {
            let (id, key) = (issue.id, state.jira.key(issue));
            if there.contains(&id) {
                json!({"issueId": id, "issueKey": key, "status": 200})
            } else {
                json!({"issueId": id, "issueKey": key, "status": 400, "errors": [format!("The issue {key} is not on the board.")]})
            }
        })
        .collect();
    Ok(Reply::new(207, json!({"entries": entries})))
}

fn to_backlog_of(state: &mut State, call: &Call) -> Outcome {
    on_board(state, call, |state, board, issue| {
        to_sprint(state, issue, None);
        if let Some(board) = state.agile.boards.get_mut(&board).filter(|board| board.kind != "scrum") {
            board.backlog.insert(issue);
        }
    })
}

fn to_board(state: &mut State, call: &Call) -> Outcome {
    on_board(state, call, |state, board, issue| {
        if let Some(board) = state.agile.boards.get_mut(&board) {
            board.backlog.remove(&issue);
        }
    })
}
