//! Jira Service Management: desks, customers, requests. A request is an issue of Jira.

mod approvals;
mod attachments;
mod comments;
mod desks;
mod feedback;
pub mod jira_fields;
mod knowledge;
mod organizations;
mod page;
mod properties;
mod queues;
mod request_types;
mod requests;
mod seeded;
mod shown;
mod sla;
mod store;

pub use approvals::{ask as ask_for_approval, is_pending, words as approval_words};
pub use seeded::seed;
pub use store::ServiceManagement;

use super::call::{Call, Handler, Table, count, joined};
use super::reply::Refusal;

const TABLES: &[Table] = &[
    desks::HANDLERS,
    organizations::HANDLERS,
    properties::HANDLERS,
    request_types::HANDLERS,
    requests::HANDLERS,
    comments::HANDLERS,
    attachments::HANDLERS,
    approvals::HANDLERS,
    sla::HANDLERS,
    feedback::HANDLERS,
    queues::HANDLERS,
    knowledge::HANDLERS,
];

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &joined::<{ count(TABLES) }>(TABLES);

/// Experimental methods want to be called on purpose.
fn opted_in(call: &Call) -> Result<(), Refusal> {
    let given = call.headers.get("x-experimentalapi").and_then(|value| value.to_str().ok());
    if given == Some("opt-in") {
        return Ok(());
    }
    Err(Refusal::new(412, "", "This method is experimental: the header X-ExperimentalApi must say opt-in."))
}
