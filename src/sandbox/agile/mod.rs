//! Jira Software: boards, sprints, epics and backlogs. The issues on them are Jira's.

mod boards;
mod epics;
mod issues;
mod moves;
mod page;
mod properties;
mod rank;
mod seeded;
mod sprints;
mod store;

pub use rank::next as next_rank;
pub use seeded::seed;
pub use store::{Agile, SprintState};

use super::call::{Handler, Table, count, joined};

const TABLES: &[Table] = &[boards::HANDLERS, sprints::HANDLERS, epics::HANDLERS, issues::HANDLERS, moves::HANDLERS, properties::HANDLERS];

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &joined::<{ count(TABLES) }>(TABLES);
