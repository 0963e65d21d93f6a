//! Issues and all that hangs on them.

mod archive;
mod attachments;
pub mod bulk;
mod bulk_edit;
mod bulk_move;
mod changelogs;
mod comments;
mod create;
mod edit;
mod fields;
mod history;
mod links;
mod metadata;
mod people;
mod properties;
mod read;
mod remote_links;
mod transitions;
mod values;
mod worklogs;

pub use create::one as create;
pub use history::change;
pub use transitions::{open as open_transitions, take as take_transition};

use serde_json::{Value, json};

use super::super::call::{Call, Handler, Table, count, joined};
use super::super::reply::Refusal;
use super::super::store::State;
use super::store::Issue;

/// What is answered here.
pub const HANDLERS: &[(&str, Handler)] = &joined::<{ count(TABLES) }>(TABLES);

const TABLES: &[Table] = &[
    &[
        ("POST /rest/api/3/issue", create::create),
        ("POST /rest/api/3/issue/bulk", create::create_many),
        ("GET /rest/api/3/issue/{}", read::get),
        ("POST /rest/api/3/issue/bulkfetch", read::get_many),
        ("PUT /rest/api/3/issue/{}", edit::update),
        ("DELETE /rest/api/3/issue/{}", edit::delete),
        ("PUT /rest/api/3/issue/{}/assignee", edit::assign),
        ("POST /rest/api/3/issue/{}/notify", edit::notify),
        ("PUT /rest/api/3/issue/archive", archive::archive),
        ("POST /rest/api/3/issue/archive", archive::archive_by_jql),
        ("PUT /rest/api/3/issue/unarchive", archive::unarchive),
        ("GET /rest/api/3/issue/{}/transitions", transitions::list),
        ("POST /rest/api/3/issue/{}/transitions", transitions::perform),
    ],
    &[
        ("GET /rest/api/3/issue/createmeta", metadata::create),
        ("GET /rest/api/3/issue/createmeta/{}/issuetypes", metadata::issue_types),
        ("GET /rest/api/3/issue/createmeta/{}/issuetypes/{}", metadata::fields),
        ("GET /rest/api/3/issue/{}/editmeta", metadata::edit),
        ("GET /rest/api/3/issue/{}/changelog", changelogs::list),
        ("POST /rest/api/3/issue/{}/changelog/list", changelogs::get_many),
        ("POST /rest/api/3/changelog/bulkfetch", changelogs::list_for_issues),
    ],
    comments::HANDLERS,
    worklogs::HANDLERS,
    attachments::HANDLERS,
    links::HANDLERS,
    remote_links::HANDLERS,
    properties::HANDLERS,
    people::HANDLERS,
    bulk::HANDLERS,
];

/// What Jira says of an issue that is not there, and of one that may not be seen.
const UNKNOWN: &str = "The issue does not exist, or you do not have permission to see it.";

fn find<'a>(state: &'a State, id_or_key: &str) -> Result<&'a Issue, Refusal> {
    state.jira.issue_named(id_or_key).ok_or_else(|| Refusal::new(404, "", UNKNOWN))
}

/// The numeric id in a path; what is none, names nothing.
fn number(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

/// Where a page begins and how long it is; more than the cap is quietly less.
fn window(call: &Call, default: usize, most: usize) -> (usize, usize) {
    let number = |key: &str| call.query(key).and_then(|text| text.parse::<usize>().ok());
    (number("startAt").unwrap_or(0), number("maxResults").unwrap_or(default).min(most))
}

/// A page of a list under `name`.
fn page(call: &Call, name: &str, items: Vec<Value>, default: usize, most: usize) -> Value {
    let (start, limit) = window(call, default, most);
    let total = items.len();
    let shown: Vec<Value> = if call.empty_page { Vec::new() } else { items.into_iter().skip(start).take(limit).collect() };
    json!({"startAt": start, "maxResults": limit, "total": total, name: shown})
}

/// A page in the form that most lists of Jira have: `values`, and the address of the next one.
fn bean(state: &State, call: &Call, items: Vec<Value>, default: usize, most: usize) -> Value {
    let (start, limit) = window(call, default, most);
    let total = items.len();
    let address = |start: usize| format!("{}{}?startAt={start}&maxResults={limit}", state.url, call.path);
    let last = start.saturating_add(limit) >= total;
    let mut body = page(call, "values", items, default, most);
    if let Some(object) = body.as_object_mut() {
        object.insert("self".to_owned(), json!(address(start)));
        object.insert("isLast".to_owned(), json!(last));
        if !last {
            object.insert("nextPage".to_owned(), json!(address(start + limit)));
        }
    }
    body
}
