//! Whiteboards, databases, folders, Smart Links and custom content: what they are besides their place in the tree.

use serde_json::Value;

use super::super::call::{Call, Outcome};
use super::super::reply::Reply;
use super::super::store::State;
use super::body::Body;
use super::list::with_base;
use super::pages::{add_version, given_version, kind_of, listed, make_private, named, new_parent, put_away, space_of, stale};
use super::show;
use super::store::{Confluence, Content, Kind, Status, bad, caller, not_found, number};

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    if one.status == Status::Trashed && one.kind != Kind::Custom {
        return Err(not_found(&format!("The {}", one.kind.word()), call.argument(0)));
    }
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let (kind, now) = (kind_of(call), state.now());
    let space = space_of(state, call)?;
    let parent = new_parent(state, call, space)?;
    let untitled = format!("Untitled {}", kind.word());
    let title = call.text("title").filter(|title| !title.trim().is_empty()).unwrap_or(&untitled);
    if kind == Kind::Folder && state.confluence.title_taken(space, kind, title, 0) {
        return Err(super::pages::title_clash(kind, title));
    }
    if kind == Kind::Embed && call.text("embedUrl").is_none_or(|url| !url.contains("://")) {
        return Err(bad("A Smart Link needs the address it leads to."));
    }
    let id = state.confluence.new_content(kind, space, parent, title, Body::default(), (&caller(), now));
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.url = call.text("embedUrl").map(str::to_owned);
        if call.query("private") == Some("true") {
            make_private(one);
        }
    }
    let one = state.confluence.contents.get(&id).ok_or_else(|| bad("Nothing was made."))?;
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    let (id, status) = (one.id, one.status);
    match (call.query("purge") == Some("true"), status) {
        (true, Status::Trashed) => state.confluence.purge(id),
        (false, Status::Trashed) | (true, _) => {
            return Err(not_found(&format!("The {} with this status", one.kind.word()), call.argument(0)));
        }
        _ => put_away(&mut state.confluence, id, Status::Trashed),
    }
    Ok(Reply::empty(204))
}

fn custom<'a>(store: &'a Confluence, call: &Call) -> impl Iterator<Item = &'a Content> {
    let kind = call.query("type").unwrap_or_default().to_owned();
    store.contents.values().filter(move |one| one.kind == Kind::Custom && one.subtype == kind && one.status == Status::Current)
}

pub fn custom_list(state: &mut State, call: &Call) -> Outcome {
    let (ids, spaces) = (call.queries("id"), call.queries("space-id"));
    let items = custom(&state.confluence, call).filter(|one| {
        (ids.is_empty() || ids.iter().any(|id| number(id) == Some(one.id)))
            && (spaces.is_empty() || spaces.iter().any(|id| id.parse() == Ok(one.space)))
    });
    listed(state, call, items.collect(), 25)
}

pub fn custom_in_space(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space(call.argument(0))?.id;
    listed(state, call, custom(&state.confluence, call).filter(|one| one.space == space).collect(), 25)
}

pub fn custom_of_content(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call)?.id;
    listed(state, call, custom(&state.confluence, call).filter(|one| one.parent == Some(id)).collect(), 25)
}

pub fn custom_create(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let kind = call.text("type").unwrap_or_default().to_owned();
    if kind.is_empty() {
        return Err(bad("Custom content needs a type, such as ac:app:note."));
    }
    let above = ["pageId", "blogPostId", "customContentId"].into_iter().find_map(|key| call.text(key));
    let (space, parent) = match above {
        Some(id) => {
            let above = state.confluence.content(id).filter(|one| one.is_live()).ok_or_else(|| not_found("The content", id))?;
            (above.space, Some(above.id))
        }
        None => (space_of(state, call)?, None),
    };
    let body = Body::given(call.body.get("body"))?.unwrap_or_default();
    let title = call.text("title").unwrap_or_default();
    let id = state.confluence.new_content(Kind::Custom, space, parent, title, body, (&caller(), now));
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.subtype = kind;
        if call.text("status") == Some("draft") {
            one.status = Status::Draft;
        }
    }
    let one = state.confluence.contents.get(&id).ok_or_else(|| bad("Nothing was made."))?;
    Ok(Reply::new(201, with_base(state, show::single(state, call, one)?)))
}

pub fn custom_update(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let one = named(state, call)?;
    let (id, known) = (one.id, one.number());
    if call.text("id").and_then(number) != Some(id) || call.text("type") != Some(one.subtype.as_str()) {
        return Err(bad("Id and type in the body must be those of the custom content."));
    }
    let given = given_version(call);
    if given != Some(known + 1) {
        return Err(stale(known, given));
    }
    let body = Body::given(call.body.get("body"))?.unwrap_or_default();
    let message = call.body.pointer("/version/message").and_then(Value::as_str).unwrap_or_default();
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        add_version(one, call.text("title").unwrap_or_default(), body, message, false, now);
        one.status = Status::Current;
    }
    let one = named(state, call)?;
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}
