//! Lists of issues: of boards, backlogs, sprints and epics. Boards ask Jira by their filter; each list can be narrowed by JQL.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::issue::{self, Wanted};
use super::super::jira::issues::change;
use super::super::jira::jql::{self, Search};
use super::super::jira::store::Issue;
use super::super::paging::{Cursor, cut, numbered};
use super::super::query::{self, JQL};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::store::{Board, SprintState};
use super::{boards, epics, page, sprints};

/// Larger pages are cut to it.
const MOST: usize = 100;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/agile/1.0/board/{}/issue", of_board_call),
    ("GET /rest/software/1.0/board/{}/issue", of_board_call),
    ("GET /rest/software/1.0/board/{}/issue/approximate-count", of_board_call),
    ("GET /rest/agile/1.0/board/{}/backlog", backlog),
    ("GET /rest/software/1.0/board/{}/backlog", backlog),
    ("GET /rest/software/1.0/board/{}/backlog/approximate-count", backlog),
    ("GET /rest/agile/1.0/board/{}/epic/none/issue", of_no_epic),
    ("GET /rest/software/1.0/board/{}/epic/none/issue", of_no_epic),
    ("GET /rest/agile/1.0/board/{}/epic/{}/issue", of_epic_on_board),
    ("GET /rest/software/1.0/board/{}/epic/{}/issue", of_epic_on_board),
    ("GET /rest/agile/1.0/board/{}/sprint/{}/issue", of_sprint_on_board),
    ("GET /rest/software/1.0/board/{}/sprint/{}/issue", of_sprint_on_board),
    ("GET /rest/agile/1.0/epic/none/issue", of_no_epic_anywhere),
    ("GET /rest/software/1.0/epic/none/issue", of_no_epic_anywhere),
    ("GET /rest/agile/1.0/epic/{}/issue", of_epic),
    ("GET /rest/software/1.0/epic/{}/issue", of_epic),
    ("GET /rest/agile/1.0/sprint/{}/issue", of_sprint),
    ("GET /rest/software/1.0/sprint/{}/issue", of_sprint),
    ("GET /rest/agile/1.0/issue/{}", get),
    ("GET /rest/agile/1.0/issue/{}/estimation", estimation),
    ("PUT /rest/agile/1.0/issue/{}/estimation", estimate),
];

/// Ids of the issues that a query finds, in its order.
fn matching(state: &State, jql: &str) -> Result<Vec<u64>, Refusal> {
    let search = Search::new(state, jql).map_err(|faults| jql::refusal(&faults))?;
    Ok(search.issues().into_iter().map(|issue| issue.id).collect())
}

/// What the filter of a board finds, by rank.
pub fn of_filter(state: &State, board: &Board) -> Result<Vec<u64>, Refusal> {
    let Some(filter) = state.jira.filters.get(&board.filter) else { return Ok(Vec::new()) };
    let found = matching(state, &filter.jql)?;
    Ok(by_rank(found.iter().filter_map(|id| state.jira.issues.get(id))))
}

/// The issues of a board, by rank: what its filter finds and one of its columns stands for; scrum boards leave out epics.
pub fn of_board(state: &State, board: &Board) -> Result<Vec<u64>, Refusal> {
    let narrowed = match &board.sub_query {
        Some(query) => Some(matching(state, query)?.into_iter().collect::<BTreeSet<u64>>()),
        None => None,
    };
    let statuses: BTreeSet<u64> = board.columns.iter().flat_map(|column| column.statuses.iter().copied()).collect();
    let shown = |issue: &&Issue| {
        statuses.contains(&issue.status)
            && narrowed.as_ref().is_none_or(|ids| ids.contains(&issue.id))
            && !(board.kind == "scrum" && epics::is_epic(state, issue))
    };
    let mut found = of_filter(state, board)?;
    found.retain(|id| state.jira.issues.get(id).is_some_and(|issue| shown(&issue)));
    Ok(found)
}

fn by_rank<'a>(issues: impl Iterator<Item = &'a Issue>) -> Vec<u64> {
    let mut ranked: Vec<&Issue> = issues.collect();
    ranked.sort_by(|left, right| left.rank.cmp(&right.rank).then(left.id.cmp(&right.id)));
    ranked.into_iter().map(|issue| issue.id).collect()
}

fn every(state: &State, fits: impl Fn(&Issue) -> bool) -> Vec<u64> {
    by_rank(state.jira.issues.values().filter(|issue| !issue.archived && fits(issue)))
}

fn on_board(state: &State, call: &Call, fits: impl Fn(&Board, &Issue) -> bool) -> Result<Vec<u64>, Refusal> {
    let board = boards::find(state, call)?;
    let mut found = of_board(state, board)?;
    found.retain(|id| state.jira.issues.get(id).is_some_and(|issue| fits(board, issue)));
    Ok(found)
}

fn of_board_call(state: &mut State, call: &Call) -> Outcome {
    list(state, call, on_board(state, call, |_, _| true)?)
}

/// What is not done and in no sprint; of kanban boards, what waits beside the board.
fn backlog(state: &mut State, call: &Call) -> Outcome {
    let done = |issue: &Issue| state.jira.statuses.get(&issue.status).is_some_and(|status| status.category == "done");
    let waits = |board: &Board, issue: &Issue| match board.kind.as_str() {
        "scrum" => !done(issue) && state.agile.present(&issue.sprints).is_none(),
        _ => board.backlog.contains(&issue.id),
    };
    list(state, call, on_board(state, call, waits)?)
}

fn of_no_epic(state: &mut State, call: &Call) -> Outcome {
    list(state, call, on_board(state, call, |_, issue| epics::of(state, issue).is_none() && !epics::is_epic(state, issue))?)
}

fn of_epic_on_board(state: &mut State, call: &Call) -> Outcome {
    boards::find(state, call)?;
    let epic = epics::find(state, call.argument(1))?.id;
    list(state, call, on_board(state, call, |_, issue| epics::of(state, issue).is_some_and(|of| of.id == epic))?)
}

fn of_sprint_on_board(state: &mut State, call: &Call) -> Outcome {
    boards::find(state, call)?;
    let sprint = sprints::find(state, call.argument(1))?.id;
    list(state, call, on_board(state, call, |_, issue| issue.sprints.contains(&sprint))?)
}

fn of_no_epic_anywhere(state: &mut State, call: &Call) -> Outcome {
    let top = |issue: &Issue| issue.parent.is_none() && !epics::is_epic(state, issue);
    list(state, call, every(state, top))
}

fn of_epic(state: &mut State, call: &Call) -> Outcome {
    let epic = epics::find(state, call.argument(0))?.id;
    list(state, call, every(state, |issue| issue.parent == Some(epic)))
}

fn of_sprint(state: &mut State, call: &Call) -> Outcome {
    let sprint = sprints::find(state, call.argument(0))?.id;
    list(state, call, every(state, |issue| issue.sprints.contains(&sprint)))
}

/// Narrows a list by the caller's JQL; an order in it takes the place of the rank.
fn narrow(state: &State, call: &Call, found: Vec<u64>) -> Result<(Vec<u64>, Option<String>), Refusal> {
    let Some(jql) = call.query("jql").filter(|text| !text.trim().is_empty()) else { return Ok((found, None)) };
    let fits = match matching(state, jql) {
        Ok(fits) => fits,
        Err(refusal) if call.query("validateQuery") == Some("false") => return Ok((Vec::new(), Some(refusal.detail))),
        Err(refusal) => return Err(refusal),
    };
    let ordered = query::parse(&JQL, jql).is_ok_and(|query| !query.order.is_empty());
    let (outer, inner) = if ordered { (&fits, &found) } else { (&found, &fits) };
    let inner: BTreeSet<u64> = inner.iter().copied().collect();
    Ok((outer.iter().copied().filter(|id| inner.contains(id)).collect(), None))
}

/// A page of issues, by offset or, at the newer addresses, by token.
fn list(state: &State, call: &Call, found: Vec<u64>) -> Outcome {
    let (found, warning) = narrow(state, call, found)?;
    if call.path.ends_with("/approximate-count") {
        return Ok(Reply::ok(json!({"count": found.len()})));
    }
    let wanted = Wanted::of_query(call, "*navigable");
    let (start, size) = page::window(call, MOST)?;
    let show = |id: &u64| state.jira.issues.get(id).map(|issue| body(state, issue, &wanted, call));
    if call.path.starts_with("/rest/software/") {
        let cursor = match call.query("nextPageToken") {
            None | Some("") => Cursor::start(json!(call.path)),
            Some(text) => Cursor::decode("agile", text).ok_or_else(|| Refusal::new(400, "", "The token of the next page is not valid."))?,
        };
        let page = cut("agile", &cursor, numbered(found), size.max(1), false, call.empty_page);
        let issues: Vec<Value> = page.items.iter().filter_map(show).collect();
        let mut body = json!({"expand": "names,schema", "issues": issues, "isLast": page.next.is_none()});
        if let (Some(next), Some(map)) = (page.next, body.as_object_mut()) {
            map.insert("nextPageToken".to_owned(), json!(next));
        }
        return Ok(Reply::ok(body));
    }
    let size_shown = if call.empty_page { 0 } else { size };
    let issues: Vec<Value> = found.iter().skip(start).take(size_shown).filter_map(show).collect();
    let mut body = json!({"expand": "names,schema", "startAt": start, "maxResults": size, "total": found.len(), "issues": issues});
    if let (Some(warning), Some(map)) = (warning, body.as_object_mut()) {
        map.insert("warningMessages".to_owned(), json!([warning]));
    }
    Ok(Reply::ok(body))
}

/// An issue with the fields that boards add to it.
fn body(state: &State, issue: &Issue, wanted: &Wanted, call: &Call) -> Value {
    let mut body = issue::body(state, issue, wanted, call);
    let mut more = Map::new();
    if wanted.takes("sprint") {
        let present = state.agile.present(&issue.sprints).map(|sprint| sprints::body(state, sprint));
        more.insert("sprint".to_owned(), present.unwrap_or_default());
    }
    if wanted.takes("closedSprints") {
        let sprints = issue.sprints.iter().filter_map(|id| state.agile.sprints.get(id));
        let closed: Vec<Value> =
            sprints.filter(|sprint| sprint.state == SprintState::Closed).map(|sprint| sprints::body(state, sprint)).collect();
        if !closed.is_empty() {
            more.insert("closedSprints".to_owned(), Value::from(closed));
        }
    }
    if wanted.takes("flagged") {
        more.insert("flagged".to_owned(), json!(false));
    }
    if wanted.takes("epic") {
        more.insert("epic".to_owned(), epics::of(state, issue).map(|epic| epics::body(state, epic)).unwrap_or_default());
    }
    if let Some(fields) = body.get_mut("fields").and_then(Value::as_object_mut) {
        fields.extend(more);
    }
    if let Some(map) = body.as_object_mut() {
        map.insert("self".to_owned(), json!(format!("{}/rest/agile/1.0/issue/{}", state.url, issue.id)));
    }
    body
}

pub fn find<'a>(state: &'a State, id_or_key: &str) -> Result<&'a Issue, Refusal> {
    let found = state.jira.issue_named(id_or_key);
    found.ok_or_else(|| Refusal::new(404, "", format!("The issue {id_or_key} does not exist, or you may not see it.")))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    Ok(Reply::ok(body(state, issue, &Wanted::of_query(call, "*all"), call)))
}

/// The issue and the field by which the board estimates it.
fn estimated(state: &State, call: &Call) -> Result<(u64, String), Refusal> {
    let issue = find(state, call.argument(0))?;
    let id = call.query("boardId").unwrap_or_default();
    let board = id.parse().ok().and_then(|id: u64| state.agile.boards.get(&id)).ok_or_else(|| boards::missing(id))?;
    if !of_board(state, board)?.contains(&issue.id) {
        return Err(Refusal::new(404, "", format!("The issue {} is not on the board {id}.", state.jira.key(issue))));
    }
    let field = board.estimation.clone().ok_or_else(|| Refusal::new(400, "", format!("The board {id} does not estimate by a field.")))?;
    Ok((issue.id, field))
}

fn shown_estimate(state: &State, id: u64, field: &str) -> Reply {
    let value = state.jira.issues.get(&id).and_then(|issue| issue.custom.get(field)).and_then(Value::as_f64);
    Reply::ok(json!({"fieldId": field, "value": value.map(|number| format!("{number:?}"))}))
}

fn estimation(state: &mut State, call: &Call) -> Outcome {
    let (id, field) = estimated(state, call)?;
    Ok(shown_estimate(state, id, &field))
}

fn estimate(state: &mut State, call: &Call) -> Outcome {
    let (id, field) = estimated(state, call)?;
    let text = call.text("value").unwrap_or_default().trim();
    let number = if text.is_empty() { None } else { text.parse::<f64>().ok().filter(|number| number.is_finite()) };
    if number.is_none() && !text.is_empty() {
        return Err(Refusal::fields(&[(&field, "The estimate must be a number.")]));
    }
    change(state, id, MYSELF, |issue| match number {
        Some(number) => drop(issue.custom.insert(field.clone(), json!(number))),
        None => drop(issue.custom.remove(&field)),
    });
    Ok(shown_estimate(state, id, &field))
}
