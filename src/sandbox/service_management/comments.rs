//! Comments on requests: for customers, or internal.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::issues as jira_issues;
use super::super::jira::rich_text;
use super::super::jira::store::{Comment, Issue};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::{attachments, opted_in, page, requests, shown};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/request/{}/comment", list),
    ("POST /rest/servicedeskapi/request/{}/comment", add),
    ("GET /rest/servicedeskapi/request/{}/comment/{}", get),
    ("GET /rest/servicedeskapi/request/{}/comment/{}/attachment", files),
];

pub fn body(state: &State, issue: &Issue, comment: &Comment, expand: &[String]) -> Value {
    let path = format!("/rest/servicedeskapi/request/{}/comment/{}", issue.id, comment.id);
    let mut body = json!({
        "_expands": ["attachment", "renderedBody"],
        "id": comment.id.to_string(),
        "body": rich_text::to_text(&comment.body),
        "public": comment.public,
        "author": shown::user(state, &comment.author),
        "created": shown::moment(state, comment.created),
        "_links": {"self": format!("{}{path}", state.url)},
    });
    let asked = |part: &str| expand.iter().any(|one| one == part);
    if let Some(map) = body.as_object_mut() {
        if asked("renderedBody") {
            map.insert("renderedBody".to_owned(), json!({"html": rich_text::to_html(&comment.body)}));
        }
        if asked("attachment") {
            let files = attachments::of_comment(state, issue, comment.id);
            map.insert("attachments".to_owned(), page::inside(state, &format!("{path}/attachment"), &files));
        }
    }
    body
}

pub fn all(state: &State, issue: &Issue, expand: &[String]) -> Vec<Value> {
    issue.comments.iter().map(|comment| body(state, issue, comment, expand)).collect()
}

/// Writes a comment, and tells its id.
pub fn write(state: &mut State, issue: u64, text: &str, public: bool) -> u64 {
    let (id, now) = (state.jira.next(), state.now());
    let comment = Comment {
        id,
        author: MYSELF.to_owned(),
        update_author: MYSELF.to_owned(),
        body: rich_text::from_text(text),
        created: now,
        updated: now,
        visibility: None,
        public,
        properties: Map::new(),
    };
    jira_issues::change(state, issue, MYSELF, |issue| issue.comments.push(comment));
    id
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let (issue, _) = requests::find(state, call)?;
    let (public, internal) = (call.query("public") != Some("false"), call.query("internal") != Some("false"));
    let found: Vec<&Comment> = issue.comments.iter().filter(|comment| if comment.public { public } else { internal }).collect();
    let expand = call.queries("expand");
    page::of(state, call, &found, |comment| body(state, issue, comment, &expand))
}

fn find<'a>(state: &'a State, call: &Call) -> Result<(&'a Issue, &'a Comment), Refusal> {
    let (issue, _) = requests::find(state, call)?;
    let id = call.argument(1);
    let comment = issue.comments.iter().find(|comment| comment.id.to_string() == id);
    comment.map(|comment| (issue, comment)).ok_or_else(|| Refusal::new(404, "", format!("The request has no comment {id}.")))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    find(state, call).map(|(issue, comment)| Reply::ok(body(state, issue, comment, &call.queries("expand"))))
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let id = requests::find(state, call)?.0.id;
    let text = call.text("body").unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Refusal::new(400, "", "A comment must not be empty."));
    }
    let public = call.body.get("public").and_then(Value::as_bool).unwrap_or(true);
    let comment = write(state, id, text, public);
    let (issue, _) = requests::find(state, call)?;
    let shown = issue.comments.iter().find(|known| known.id == comment).map(|comment| body(state, issue, comment, &[]));
    Ok(Reply::new(201, shown.unwrap_or_default()))
}

fn files(state: &mut State, call: &Call) -> Outcome {
    opted_in(call)?;
    let (issue, comment) = find(state, call)?;
    page::of(state, call, &attachments::of_comment(state, issue, comment.id), Value::clone)
}
