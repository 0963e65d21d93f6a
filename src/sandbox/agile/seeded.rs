//! The boards and sprints of the demo site.

use std::collections::BTreeSet;

use serde_json::Map;

use super::super::clock::DAY;
use super::super::jira::store::Filter;
use super::super::seed::accounts;
use super::super::store::State;
use super::store::{Board, Column, Epic, Location, QuickFilter, Sprint, SprintState};

const ENG: u64 = 10_000;
const WEB: u64 = 10_001;
const STORY_POINTS: &str = "customfield_10016";
const FORTNIGHT: i64 = 14 * DAY;

pub fn seed(state: &mut State, today: i64) {
    board(state, 1, "ENG board", "scrum", ENG, "ENG");
    board(state, 2, "WEB board", "kanban", WEB, "WEB");
    sprints(state, today);
    // Every third of what nobody has begun waits in the backlog of the kanban board.
    let waiting = |issue: &super::super::jira::store::Issue| issue.project == WEB && issue.status == 10_000 && issue.number % 3 == 0;
    let backlog: BTreeSet<u64> = state.jira.issues.values().filter(|issue| waiting(issue)).map(|issue| issue.id).collect();
    if let Some(board) = state.agile.boards.get_mut(&2) {
        board.backlog = backlog;
    }
    let is_epic = |kind: u64| state.jira.issue_types.get(&kind).is_some_and(|kind| kind.level == 1);
    let epics: Vec<(u64, bool)> = (state.jira.issues.values())
        .filter(|issue| issue.project == ENG && is_epic(issue.issue_type))
        .map(|issue| (issue.id, issue.resolved.is_some()))
        .collect();
    for (place, (id, done)) in epics.into_iter().enumerate() {
        state.agile.epics.insert(id, Epic { done, color: format!("color_{}", place % 14 + 1) });
    }
}

fn board(state: &mut State, id: u64, name: &str, kind: &str, project: u64, key: &str) {
    let filter = 10_100 + id;
    state.jira.filters.insert(
        filter,
        Filter {
            id: filter,
            name: format!("Filter for {name}"),
            description: String::new(),
            jql: format!("project = {key} ORDER BY Rank ASC"),
            owner: accounts::ORGANIZATION_ADMIN.to_owned(),
            favourite: false,
            share_permissions: Vec::new(),
            edit_permissions: Vec::new(),
            columns: Vec::new(),
        },
    );
    let scrum = kind == "scrum";
    let column = |name: &str, status: u64, max: Option<u64>| Column { name: name.to_owned(), statuses: vec![status], min: None, max };
    let quick = |place: u64, name: &str, jql: &str| QuickFilter {
        id: 10 * id + place,
        name: name.to_owned(),
        description: String::new(),
        jql: jql.to_owned(),
    };
    let board = Board {
        id,
        name: name.to_owned(),
        kind: kind.to_owned(),
        filter,
        location: Location::Project(project),
        columns: vec![
            column("To Do", 10_000, None),
            column("In Progress", 10_001, (!scrum).then_some(12)),
            column("In Review", 10_002, None),
            column("Done", 10_003, None),
        ],
        sub_query: (!scrum).then(|| "fixVersion in unreleasedVersions() OR fixVersion is EMPTY".to_owned()),
        estimation: scrum.then(|| STORY_POINTS.to_owned()),
        admins: vec![accounts::ORGANIZATION_ADMIN.to_owned()],
        quick_filters: vec![quick(1, "Only my issues", "assignee = currentUser()"), quick(2, "Bugs", "issuetype = Bug")],
        backlog: BTreeSet::new(),
        disabled: BTreeSet::new(),
        properties: Map::new(),
    };
    state.agile.boards.insert(id, board);
    state.agile.last_board = id;
}

/// Four closed sprints of a fortnight, one that began a week ago, one to come.
fn sprints(state: &mut State, today: i64) {
    let goals =
        ["Sign-in that lasts", "Fewer clicks to the first report", "Exports that can be resumed", "No red builds", "Faster search", ""];
    for (place, goal) in (1..).zip(goals) {
        let start = today - 7 * DAY + 9 * 3_600_000 + (place - 5) * FORTNIGHT;
        let end = start + FORTNIGHT - DAY;
        let sprint_state = match place {
            ..=4 => SprintState::Closed,
            5 => SprintState::Active,
            _ => SprintState::Future,
        };
        let planned = sprint_state != SprintState::Future;
        let id = place.unsigned_abs();
        let sprint = Sprint {
            id,
            name: format!("ENG Sprint {place}"),
            goal: goal.to_owned(),
            state: sprint_state,
            start: planned.then_some(start),
            end: planned.then_some(end),
            completed: (sprint_state == SprintState::Closed).then_some(end + 3_600_000),
            created: start - FORTNIGHT,
            board: 1,
            place: id,
            properties: Map::new(),
        };
        state.agile.sprints.insert(id, sprint);
        state.agile.last_sprint = id;
    }
}
