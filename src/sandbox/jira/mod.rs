//! Jira: projects and what belongs to them, issues, and the site's configuration.

mod custom;
pub mod issue;
pub mod issues;
pub mod rich_text;
pub mod seeded;
pub mod shown;
pub mod store;

pub use seeded::seed;
pub use store::Jira;

use super::call::{Handler, Table, count, joined};

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &joined::<{ count(TABLES) }>(TABLES);

const TABLES: &[Table] = &[issues::HANDLERS];
