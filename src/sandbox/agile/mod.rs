//! Jira Software: boards, sprints, epics and backlogs. The issues on them are Jira's.

mod seeded;
mod store;

pub use seeded::seed;
pub use store::{Agile, Sprint, SprintState};

use super::call::Handler;

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &[];
