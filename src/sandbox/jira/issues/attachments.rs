//! Attachments: what is told of them stands with their issue, the bytes with the box's files.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::shown;
use super::super::store::{Attachment, Issue};
use super::{find, history, number};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("POST /rest/api/3/issue/{}/attachments", add),
    ("GET /rest/api/3/attachment/meta", settings),
    ("GET /rest/api/3/attachment/{}", get),
    ("DELETE /rest/api/3/attachment/{}", delete),
    ("GET /rest/api/3/attachment/content/{}", content),
    ("GET /rest/api/3/attachment/thumbnail/{}", thumbnail),
    ("GET /rest/api/3/attachment/{}/expand/human", readable),
    ("GET /rest/api/3/attachment/{}/expand/raw", entries),
];

/// Bytes of one file, and files of one request.
const LARGEST: usize = 1_073_741_824;
const MOST: usize = 60;

fn add(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?.id;
    let files: Vec<_> = call.parts.iter().filter(|part| part.name == "file").collect();
    if files.is_empty() {
        return Err(Refusal::new(400, "", "No part of the form is called file."));
    }
    if files.len() > MOST || files.iter().any(|part| part.content.len() > LARGEST) {
        return Err(Refusal::new(413, "", format!("At most {MOST} files are added at a time, each of at most {LARGEST} bytes.")));
    }
    let now = state.now();
    let mut added = Vec::new();
    for part in files {
        let id = state.files.keep("attachment", part, now);
        added.push(Attachment {
            id,
            file_name: part.file_name.clone().unwrap_or_else(|| "file".to_owned()),
            author: MYSELF.to_owned(),
            created: now,
            size: part.content.len() as u64,
            content_type: if part.content_type.is_empty() { "application/octet-stream".to_owned() } else { part.content_type.clone() },
        });
    }
    let root = shown::root(state, call);
    let bodies: Vec<Value> = added.iter().map(|attachment| shown::attachment(state, attachment, &root)).collect();
    history::change(state, issue, MYSELF, |issue| issue.attachments.extend(added));
    Ok(Reply::ok(Value::Array(bodies)))
}

fn settings(_: &mut State, _: &Call) -> Outcome {
    Ok(Reply::ok(json!({"enabled": true, "uploadLimit": LARGEST})))
}

fn locate<'a>(state: &'a State, call: &Call) -> Result<(&'a Issue, &'a Attachment), Refusal> {
    let id = number(call.argument(0));
    let mut all = state.jira.issues.values().flat_map(|issue| issue.attachments.iter().map(move |attachment| (issue, attachment)));
    all.find(|(_, attachment)| attachment.id == id)
        .ok_or_else(|| Refusal::new(404, "", format!("No attachment has the id {}.", call.argument(0))))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (_, attachment) = locate(state, call)?;
    let mut body = shown::attachment(state, attachment, &shown::root(state, call));
    // Its id is a number here, and text in issues.
    if let Some(object) = body.as_object_mut() {
        object.insert("id".to_owned(), json!(attachment.id));
    }
    Ok(Reply::ok(body))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (issue, attachment) = locate(state, call)?;
    let (issue, id) = (issue.id, attachment.id);
    history::change(state, issue, MYSELF, |issue| issue.attachments.retain(|attachment| attachment.id != id));
    state.files.remove(&format!("attachment/{id}"));
    Ok(Reply::empty(204))
}

fn give(state: &State, call: &Call) -> Outcome {
    let redirects = call.query("redirect") != Some("false");
    let given = state.give(&format!("attachment/{}", call.argument(0)), redirects.then_some(303), &call.headers);
    given.ok_or_else(|| Refusal::new(404, "", format!("The content of the attachment {} is not kept.", call.argument(0))))
}

fn content(state: &mut State, call: &Call) -> Outcome {
    locate(state, call)?;
    give(state, call)
}

/// The picture itself: the box does not make it smaller.
fn thumbnail(state: &mut State, call: &Call) -> Outcome {
    let (_, attachment) = locate(state, call)?;
    if !attachment.content_type.starts_with("image/") && call.query("fallbackToDefault") == Some("false") {
        return Err(Refusal::new(404, "", "There is no thumbnail of what is no picture."));
    }
    give(state, call)
}

/// Archives are not opened here: they are shown as empty ones.
fn readable(state: &mut State, call: &Call) -> Outcome {
    let (_, attachment) = locate(state, call)?;
    Ok(Reply::ok(json!({
        "id": attachment.id,
        "name": attachment.file_name,
        "entries": [],
        "totalEntryCount": 0,
        "mediaType": attachment.content_type,
    })))
}

fn entries(state: &mut State, call: &Call) -> Outcome {
    locate(state, call)?;
    Ok(Reply::ok(json!({"entries": [], "totalEntryCount": 0})))
}
