//! Everything of Jira that is not an issue: projects, people, fields, workflows, and the schemes that join them.

mod categories;
mod components;
mod contexts;
mod dashboards;
mod field_kinds;
mod fields;
mod groups;
mod issue_type_schemes;
mod issue_types;
mod notification_schemes;
mod options;
mod page;
mod permission_schemes;
mod permissions;
mod priorities;
mod project_changes;
mod projects;
mod roles;
mod screen_schemes;
mod screens;
mod seeded;
mod site;
mod statuses;
mod store;
mod templates;
mod user_search;
mod users;
mod versions;
mod view;
mod webhooks;
mod workflow_changes;
mod workflow_schemes;
mod workflows;

pub use seeded::seed;
pub use store::Configuration;
pub use view::is_active;

use super::super::call::{Table, count, joined};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use store::AuditRecord;

pub const HANDLERS: Table = &joined::<{ count(TABLES) }>(TABLES);

/// One for each subject.
const TABLES: &[Table] = &[
    categories::HANDLERS,
    components::HANDLERS,
    contexts::HANDLERS,
    dashboards::HANDLERS,
    fields::HANDLERS,
    groups::HANDLERS,
    issue_type_schemes::HANDLERS,
    issue_types::HANDLERS,
    notification_schemes::HANDLERS,
    options::HANDLERS,
    permission_schemes::HANDLERS,
    permissions::HANDLERS,
    priorities::HANDLERS,
    project_changes::HANDLERS,
    projects::HANDLERS,
    roles::HANDLERS,
    screen_schemes::HANDLERS,
    screens::HANDLERS,
    site::HANDLERS,
    statuses::HANDLERS,
    user_search::HANDLERS,
    users::HANDLERS,
    versions::HANDLERS,
    webhooks::HANDLERS,
    workflow_changes::HANDLERS,
    workflow_schemes::HANDLERS,
    workflows::HANDLERS,
];

/// Appends to Jira's own audit log.
fn record(state: &mut State, summary: &str, category: &str, object: &str, kind: &str) {
    let (id, created) = (state.jira.next(), state.now());
    let [summary, category, object, kind] = [summary, category, object, kind].map(str::to_owned);
    let author = ORGANIZATION_ADMIN.to_owned();
    state.jira.configuration.audit.push(AuditRecord { id, created, author, summary, category, object, kind });
}
