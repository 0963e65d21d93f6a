//! The data of boards and sprints. Which issues a board shows is asked of Jira: its filter tells.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Agile {
    pub boards: BTreeMap<u64, Board>,
    pub sprints: BTreeMap<u64, Sprint>,
    /// What epics have beside the fields of their issues.
    pub epics: BTreeMap<u64, Epic>,
    /// The last id given to a board.
    pub last_board: u64,
    /// The last id given to a sprint.
    pub last_sprint: u64,
    /// A board may have more than one active sprint.
    pub parallel_sprints: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Board {
    pub id: u64,
    pub name: String,
    /// "scrum", "kanban", "simple"
    pub kind: String,
    pub filter: u64,
    pub location: Location,
    pub columns: Vec<Column>,
    /// Kanban alone: what of the filter is shown.
    pub sub_query: Option<String>,
    /// Scrum alone: the field that holds the estimate.
    pub estimation: Option<String>,
    /// Account ids.
    pub admins: Vec<String>,
    pub quick_filters: Vec<QuickFilter>,
    /// Kanban alone: issues that wait beside the board.
    pub backlog: BTreeSet<u64>,
    /// Switched off: "BACKLOG", "REPORTS".
    pub disabled: BTreeSet<String>,
    pub properties: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Location {
    Project(u64),
    /// Account id.
    User(String),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub statuses: Vec<u64>,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QuickFilter {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub jql: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sprint {
    pub id: u64,
    pub name: String,
    pub goal: String,
    pub state: SprintState,
    pub start: Option<i64>,
    pub end: Option<i64>,
    pub completed: Option<i64>,
    pub created: i64,
    /// The board it was created on.
    pub board: u64,
    /// Orders sprints of the same state.
    pub place: u64,
    pub properties: Map<String, Value>,
}

/// In the order in which lists show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SprintState {
    Closed,
    Active,
    Future,
}

impl SprintState {
    pub fn text(self) -> &'static str {
        match self {
            SprintState::Closed => "closed",
            SprintState::Active => "active",
            SprintState::Future => "future",
        }
    }

    pub fn of(text: &str) -> Option<SprintState> {
        [SprintState::Closed, SprintState::Active, SprintState::Future].into_iter().find(|state| state.text().eq_ignore_ascii_case(text))
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Epic {
    pub done: bool,
    /// "color_4"
    pub color: String,
}

impl Agile {
    /// The sprint in which an issue is now: the last of its sprints, if that is not closed.
    pub fn present(&self, sprints: &[u64]) -> Option<&Sprint> {
        sprints.iter().rev().filter_map(|id| self.sprints.get(id)).find(|sprint| sprint.state != SprintState::Closed)
    }
}
