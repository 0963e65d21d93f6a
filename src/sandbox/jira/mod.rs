//! Jira: projects and what belongs to them, issues, and the site's configuration.

pub mod configuration;
mod custom;
mod filters;
pub mod issue;
pub mod issues;
pub mod jql;
mod query_tools;
pub mod rich_text;
mod search;
pub mod seeded;
pub mod shown;
pub mod store;

pub use store::Jira;

use super::call::{Handler, Table, count, joined};
use super::store::State;

const TABLES: &[Table] = &[configuration::HANDLERS, issues::HANDLERS, search::HANDLERS, query_tools::HANDLERS, filters::HANDLERS];

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &joined::<{ count(TABLES) }>(TABLES);

pub fn seed(state: &mut State, today: i64) {
    seeded::seed(state, today);
    configuration::seed(state);
}
