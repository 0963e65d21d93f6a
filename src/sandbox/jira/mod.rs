//! Jira: projects and what belongs to them, issues, and the site's configuration.

pub mod configuration;
mod custom;
pub mod issue;
pub mod issues;
pub mod rich_text;
pub mod seeded;
pub mod shown;
pub mod store;

pub use store::Jira;

use super::call::{Handler, Table, count, joined};
use super::store::State;

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &joined::<{ count(TABLES) }>(TABLES);

const TABLES: &[Table] = &[configuration::HANDLERS, issues::HANDLERS];

pub fn seed(state: &mut State, today: i64) {
    seeded::seed(state, today);
    configuration::seed(state);
}
