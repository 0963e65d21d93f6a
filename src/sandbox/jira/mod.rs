//! Jira: projects and what belongs to them, issues, and the site's configuration.

pub mod seeded;
pub mod store;

pub use seeded::seed;
pub use store::Jira;

use super::call::Handler;

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &[];
