//! Footer and inline comments, and replies to them.

use serde_json::Value;

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply, uuid};
use super::super::store::State;
use super::body::{self, Body};
use super::list::with_base;
use super::pages::{add_version, given_version, kind_of, listed, named, stale, with_status};
use super::show;
use super::store::{Content, Kind, Selection, Status, bad, caller, not_found};

/// All that are no replies.
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let kind = kind_of(call);
    let store = &state.confluence;
    let items = store.contents.values().filter(|one| one.kind == kind && one.status == Status::Current && store.is_held(one));
    listed(state, call, items.collect(), 25)
}

/// `/pages/{id}/footer-comments` and the like: without replies.
pub fn of_content(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call)?.id;
    let kind = call.path.rsplit('/').next().and_then(Kind::of_segment).unwrap_or(Kind::FooterComment);
    let resolutions = call.queries("resolution-status");
    let found = state.confluence.contents.values().filter(|one| one.kind == kind && one.parent == Some(id)).filter(|one| {
        let resolution = one.selection.as_ref().map(|selection| &selection.resolution);
        resolutions.is_empty() || resolution.is_some_and(|resolution| resolutions.contains(resolution))
    });
    listed(state, call, with_status(call, found, &["current"]), 25)
}

pub fn replies(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call)?.id;
    let found = state.confluence.contents.values().filter(|one| one.kind.is_comment() && one.parent == Some(id));
    listed(state, call, with_status(call, found, &["current"]), 25)
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call).and_then(|one| current(one, call))?;
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

fn current<'a>(one: &'a Content, call: &Call) -> Result<&'a Content, Refusal> {
    if one.status == Status::Current { Ok(one) } else { Err(not_found("The comment", call.argument(0))) }
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    const ABOVE: [&str; 5] = ["pageId", "blogPostId", "parentCommentId", "attachmentId", "customContentId"];
    let (kind, now) = (kind_of(call), state.now());
    let given: Vec<&str> = ABOVE.into_iter().filter_map(|key| call.text(key)).filter(|id| !id.is_empty()).collect();
    let [above] = given.as_slice() else {
        return Err(bad("A comment needs exactly one of pageId, blogPostId, parentCommentId, attachmentId and customContentId."));
    };
    let above = state.confluence.content(above).filter(|one| one.is_live()).ok_or_else(|| not_found("The content", above))?;
    let (above_id, space, title, reply) = (above.id, above.space, above.title.clone(), above.kind.is_comment());
    if reply && above.kind != kind {
        return Err(bad("A reply is of the kind of its comment."));
    }
    let body = Body::given(call.body.get("body"))?.ok_or_else(|| bad("A comment needs a body."))?;
    let selection = if kind == Kind::InlineComment && !reply { Some(selected(above, call)?) } else { None };
    let title = if title.starts_with("Re: ") { title } else { format!("Re: {title}") };
    let id = state.confluence.new_content(kind, space, Some(above_id), &title, body, (&caller(), now));
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.selection = selection;
        if let Some(selection) = &mut one.selection {
            selection.marker = uuid(id, above_id);
        }
    }
    let one = state.confluence.contents.get(&id).ok_or_else(|| bad("Nothing was made."))?;
    Ok(Reply::new(201, with_base(state, show::single(state, call, one)?)))
}

/// The text that an inline comment is about must stand in the page as often as is said.
fn selected(above: &Content, call: &Call) -> Result<Selection, Refusal> {
    let field = |key: &str| call.body.get("inlineCommentProperties").and_then(|found| found.get(key));
    let text = field("textSelection").and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| field(key).and_then(Value::as_u64);
    let page = above.last().map(|last| body::plain(&last.body.convert("storage").unwrap_or_default())).unwrap_or_default();
    let found = if text.is_empty() { 0 } else { u64::try_from(page.matches(text).count()).unwrap_or_default() };
    if found == 0 {
        return Err(bad("The selected text does not stand in the content."));
    }
    if number("textSelectionMatchCount").is_some_and(|count| count != found) || number("textSelectionMatchIndex").unwrap_or(0) >= found {
        return Err(bad(format!("The selected text stands in the content {found} times.")));
    }
    Ok(Selection { text: text.to_owned(), marker: String::new(), resolution: "open".to_owned(), resolved_by: None })
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let one = named(state, call).and_then(|one| current(one, call))?;
    let (id, known, title) = (one.id, one.number(), one.title.clone());
    let given = given_version(call);
    if given != Some(known + 1) {
        return Err(stale(known, given));
    }
    let body = Body::given(call.body.get("body"))?;
    let message = call.body.pointer("/version/message").and_then(Value::as_str).unwrap_or_default();
    let Some(one) = state.confluence.contents.get_mut(&id) else { return Err(not_found("The comment", call.argument(0))) };
    let body = body.unwrap_or_else(|| one.last().map(|last| last.body.clone()).unwrap_or_default());
    add_version(one, &title, body, message, false, now);
    if let (Some(resolved), Some(selection)) = (call.body.get("resolved").and_then(Value::as_bool), &mut one.selection) {
        if selection.resolution == "dangling" {
            return Err(bad("A comment on text that is gone can be neither resolved nor reopened."));
        }
        (if resolved { "resolved" } else { "reopened" }).clone_into(&mut selection.resolution);
        selection.resolved_by = Some((caller(), now));
    }
    let one = named(state, call)?;
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

/// For good, with its replies.
pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call).and_then(|one| current(one, call))?.id;
    state.confluence.purge(id);
    Ok(Reply::empty(204))
}
