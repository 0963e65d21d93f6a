//! Jira Service Management: desks, customers, requests. A request is an issue of Jira.

mod seeded;
mod store;

pub use seeded::seed;
pub use store::ServiceManagement;

use super::call::Handler;

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &[];
