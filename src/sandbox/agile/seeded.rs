//! The boards and sprints of the demo site.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Map;

use super::super::clock::DAY;
use super::super::jira::seeded::{ENG, WEB, sprint_name, sprint_start};
use super::super::jira::store::{Filter, Issue};
use super::super::seed::accounts;
use super::super::seed::agile::{ACTIVE_SPRINT, KANBAN_BOARD, SCRUM_BOARD};
use super::super::store::State;
use super::store::{Board, Column, Epic, Location, QuickFilter, Sprint, SprintState};

const STORY_POINTS: &str = "customfield_10016";
const FORTNIGHT: i64 = 14 * DAY;

pub fn seed(state: &mut State, today: i64) {
    filter(state, 10_101, "Filter for ENG board", "project = ENG ORDER BY Rank ASC");
    board(state, SCRUM_BOARD, "ENG board", "scrum", ENG, 10_101);
    board(state, KANBAN_BOARD, "WEB board", "kanban", WEB, 10_704);
    sprints(state, today);
    // Every third of what nobody has begun waits in the backlog of the kanban board.
    let waiting = |issue: &Issue| issue.project == WEB && issue.status == 10_000 && issue.number.is_multiple_of(3);
    let backlog: BTreeSet<u64> = state.jira.issues.values().filter(|issue| waiting(issue)).map(|issue| issue.id).collect();
    if let Some(board) = state.agile.boards.get_mut(&KANBAN_BOARD) {
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

fn filter(state: &mut State, id: u64, name: &str, jql: &str) {
    let filter = Filter {
        id,
        name: name.to_owned(),
        description: String::new(),
        jql: jql.to_owned(),
        owner: accounts::ORGANIZATION_ADMIN.to_owned(),
        favourite: false,
        share_permissions: Vec::new(),
        edit_permissions: Vec::new(),
        columns: Vec::new(),
    };
    state.jira.filters.insert(id, filter);
}

fn board(state: &mut State, id: u64, name: &str, kind: &str, project: u64, filter: u64) {
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
        let id = place;
        let start = sprint_start(id, today);
        let end = start + FORTNIGHT;
        let sprint_state = match id.cmp(&ACTIVE_SPRINT) {
            Ordering::Less => SprintState::Closed,
            Ordering::Equal => SprintState::Active,
            Ordering::Greater => SprintState::Future,
        };
        let planned = sprint_state != SprintState::Future;
        let sprint = Sprint {
            id,
            name: sprint_name(id),
            goal: goal.to_owned(),
            state: sprint_state,
            start: planned.then_some(start),
            end: planned.then_some(end),
            completed: (sprint_state == SprintState::Closed).then_some(end - 3_600_000),
            created: start - FORTNIGHT,
            board: SCRUM_BOARD,
            place: id,
            properties: Map::new(),
        };
        state.agile.sprints.insert(id, sprint);
        state.agile.last_sprint = id;
    }
}
