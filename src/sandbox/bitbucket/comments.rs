//! What comments have in common, on pull requests, commits, issues and snippets.

use serde_json::Value;

use super::super::call::Call;
use super::super::reply::Refusal;
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::store::{Comment, bad, missing};

/// The text that a body holds as `{"content": {"raw": …}}`.
pub fn content(call: &Call) -> Option<String> {
    call.body.pointer("/content/raw").and_then(Value::as_str).map(str::to_owned)
}

/// A comment of the caller, as its body says.
pub fn make(state: &mut State, call: &Call) -> Result<Comment, Refusal> {
    let text =
        content(call).filter(|text| !text.trim().is_empty()).ok_or_else(|| bad("content", "A comment needs a text: content.raw."))?;
    let inline = match call.body.get("inline").filter(|inline| !inline.is_null()) {
        Some(inline) if inline.get("path").and_then(Value::as_str).is_none_or(str::is_empty) => {
            return Err(bad("inline", "A comment on a file needs its path."));
        }
        inline => inline.cloned(),
    };
    let now = state.now();
    Ok(Comment {
        id: state.bitbucket.next(),
        user: ORGANIZATION_ADMIN.to_owned(),
        created: now,
        updated: now,
        text,
        parent: call.body.pointer("/parent/id").and_then(Value::as_u64),
        inline,
        deleted: false,
        pending: call.body.get("pending").and_then(Value::as_bool).unwrap_or_default(),
        resolved: None,
    })
}

/// Adds a comment; an answer to one stands where that stands.
pub fn add(comments: &mut Vec<Comment>, mut made: Comment) -> Result<(), Refusal> {
    if let Some(id) = made.parent {
        let parent = comments.iter().find(|comment| comment.id == id && !comment.deleted);
        let parent = parent.ok_or_else(|| bad("parent", format!("There is no comment {id} here.")))?;
        made.inline.clone_from(&parent.inline);
    }
    comments.push(made);
    Ok(())
}

/// What a list shows: a deleted comment only while it has answers.
pub fn visible(comments: &[Comment]) -> Vec<&Comment> {
    let answered = |id: u64| comments.iter().any(|comment| comment.parent == Some(id) && !comment.deleted);
    comments.iter().filter(|comment| !comment.deleted || answered(comment.id)).collect()
}

pub fn find<'a>(comments: &'a [Comment], id: &str) -> Result<&'a Comment, Refusal> {
    let found = visible(comments).into_iter().find(|comment| comment.id.to_string() == id);
    found.ok_or_else(|| missing(&format!("Comment {id}")))
}

pub fn find_mut<'a>(comments: &'a mut [Comment], id: &str) -> Result<&'a mut Comment, Refusal> {
    let found = comments.iter_mut().find(|comment| comment.id.to_string() == id && !comment.deleted);
    found.ok_or_else(|| missing(&format!("Comment {id}")))
}

/// Changes a comment, which only its author may.
pub fn change(comments: &mut [Comment], call: &Call, id: &str, now: i64) -> Result<(), Refusal> {
    let comment = find_mut(comments, id)?;
    if comment.user != ORGANIZATION_ADMIN {
        return Err(Refusal::new(403, "", "Only its author can change a comment."));
    }
    if let Some(text) = content(call) {
        comment.text = text;
    }
    if let Some(pending) = call.body.get("pending").and_then(Value::as_bool) {
        comment.pending = pending;
    }
    comment.updated = now;
    Ok(())
}

pub fn delete(comments: &mut [Comment], id: &str) -> Result<(), Refusal> {
    find_mut(comments, id)?.deleted = true;
    Ok(())
}
