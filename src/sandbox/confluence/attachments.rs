//! Attachments: uploaded and downloaded by version 1, listed and deleted by version 2.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::files::Part;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::body::Body;
use super::content;
use super::list::{v1_links, with_base};
use super::pages::{listed, named, with_status};
use super::show;
use super::store::{Content, File, Kind, Status, Version, bad, caller, not_found, number};
use super::tree::v1_named;

fn filtered<'a>(call: &Call, items: impl Iterator<Item = &'a Content>) -> Vec<&'a Content> {
    let (name, media) = (call.query("filename"), call.query("mediaType"));
    let fits = |one: &&Content| {
        let file = one.last().and_then(|last| last.file.as_ref());
        one.kind == Kind::Attachment
            && name.is_none_or(|name| one.title == name)
            && media.is_none_or(|media| file.is_some_and(|file| file.media_type == media))
    };
    with_status(call, items.filter(fits), &["current", "archived"])
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let store = &state.confluence;
    listed(state, call, filtered(call, store.contents.values().filter(|one| store.is_held(one))), 50)
}

pub fn of_content(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call)?.id;
    listed(state, call, filtered(call, state.confluence.attachments(id)), 50)
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    let (id, trashed) = (one.id, one.status == Status::Trashed);
    match (call.query("purge") == Some("true"), trashed) {
        (true, true) => state.confluence.purge(id),
        (false, false) => super::pages::put_away(&mut state.confluence, id, Status::Trashed),
        _ => return Err(not_found("The attachment with this status", call.argument(0))),
    }
    Ok(Reply::empty(204))
}

/// Keeps a file of the box: `Files` numbers them.
pub fn keep(state: &mut State, part: &Part, comment: &str, now: i64) -> File {
    let media_type = if part.content_type.is_empty() { "application/octet-stream" } else { &part.content_type };
    File {
        number: state.files.keep("content", part, now),
        size: part.content.len(),
        media_type: media_type.to_owned(),
        comment: comment.to_owned(),
    }
}

fn field(call: &Call, name: &str) -> String {
    let part = call.parts.iter().find(|part| part.name == name && part.file_name.is_none());
    part.map(|part| String::from_utf8_lossy(&part.content).into_owned()).unwrap_or_default()
}

fn existing(state: &State, container: u64, name: &str) -> Option<u64> {
    let live = state.confluence.attachments(container).find(|one| one.is_live() && one.title == name);
    live.map(|one| one.id)
}

fn add_file(state: &mut State, id: u64, name: &str, file: File, minor: bool) {
    let now = state.now();
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.versions.push(Version {
            number: one.number() + 1,
            author: caller(),
            created: now,
            message: file.comment.clone(),
            minor,
            title: name.to_owned(),
            body: Body::default(),
            file: Some(file),
        });
        one.title = name.to_owned();
    }
}

/// POST makes new ones and refuses names that are taken; PUT makes new versions of those.
pub fn upload(state: &mut State, call: &Call) -> Outcome {
    let container = v1_named(state, call.argument(0))?;
    if !matches!(container.kind, Kind::Page | Kind::BlogPost | Kind::Custom) {
        return Err(bad("Files are attached to pages, blog posts and custom content."));
    }
    let (above, space, now) = (container.id, container.space, state.now());
    let (comment, minor) = (field(call, "comment"), field(call, "minorEdit") == "true");
    let files: Vec<&Part> = call.parts.iter().filter(|part| part.file_name.is_some()).collect();
    if files.is_empty() {
        return Err(bad("No file was sent."));
    }
    let name_of = |part: &Part| part.file_name.clone().unwrap_or_default();
    if call.route.operation.method == "POST"
        && let Some(taken) = files.iter().map(|part| name_of(part)).find(|name| existing(state, above, name).is_some())
    {
        return Err(bad(format!("Cannot add a new attachment with same file name as an existing attachment: {taken}")));
    }
    let mut ids = Vec::new();
    for part in files {
        let name = name_of(part);
        let file = keep(state, part, &comment, now);
        let id = match existing(state, above, &name) {
            Some(id) => {
                add_file(state, id, &name, file, minor);
                id
            }
            None => new(state, above, space, &name, file),
        };
        ids.push(id);
    }
    let results: Vec<Value> =
        ids.iter().filter_map(|id| state.confluence.contents.get(id)).map(|one| content::shown(state, call, one)).collect();
    let links = v1_links(state, call);
    Ok(Reply::ok(json!({"size": results.len(), "results": results, "start": 0, "limit": 25, "_links": links})))
}

pub fn new(state: &mut State, above: u64, space: u64, name: &str, file: File) -> u64 {
    let now = state.now();
    let id = state.confluence.new_content(Kind::Attachment, space, Some(above), name, Body::default(), (&caller(), now));
    if let Some(first) = state.confluence.contents.get_mut(&id).and_then(|one| one.versions.last_mut()) {
        first.message.clone_from(&file.comment);
        first.file = Some(file);
    }
    id
}

/// The attachment of a path of version 1.
fn attached<'a>(state: &'a State, call: &Call) -> Result<&'a Content, Refusal> {
    let above = v1_named(state, call.argument(0))?.id;
    let id = call.argument(1);
    let found = state.confluence.content(id).filter(|one| one.kind == Kind::Attachment && one.parent == Some(above) && one.is_live());
    found.ok_or_else(|| not_found("The attachment", id))
}

pub fn update_data(state: &mut State, call: &Call) -> Outcome {
    let (id, now) = (attached(state, call)?.id, state.now());
    let part = call.parts.iter().find(|part| part.file_name.is_some()).ok_or_else(|| bad("No file was sent."))?;
    let name = part.file_name.clone().unwrap_or_default();
    let file = keep(state, part, &field(call, "comment"), now);
    add_file(state, id, &name, file, field(call, "minorEdit") == "true");
    Ok(Reply::ok(content::shown(state, call, attached(state, call)?)))
}

/// Name, media type, comment and place; the file stays.
pub fn update(state: &mut State, call: &Call) -> Outcome {
    let (one, now) = (attached(state, call)?, state.now());
    let (id, known) = (one.id, one.number());
    let given = super::pages::given_version(call);
    if given.is_some_and(|given| given != known) {
        return Err(super::pages::stale(known, given));
    }
    if call.text("id").and_then(number) != Some(id) {
        return Err(bad("The id in the body is not that of the path."));
    }
    let target = match call.body.pointer("/container/id") {
        None | Some(Value::Null) => None,
        Some(id) => {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            let target = v1_named(state, &id)?;
            Some((target.id, target.space))
        }
    };
    let media = call.body.pointer("/metadata/mediaType").or_else(|| call.body.pointer("/extensions/mediaType")).and_then(Value::as_str);
    let comment = call.body.pointer("/metadata/comment").or_else(|| call.body.pointer("/extensions/comment")).and_then(Value::as_str);
    let title = call.text("title").map(str::to_owned);
    let Some(one) = state.confluence.contents.get_mut(&id) else { return Err(not_found("The attachment", call.argument(1))) };
    let title = title.unwrap_or_else(|| one.title.clone());
    super::pages::add_version(one, &title, Body::default(), "", false, now);
    if let Some(file) = one.versions.last_mut().and_then(|last| last.file.as_mut()) {
        if let Some(media) = media {
            media.clone_into(&mut file.media_type);
        }
        if let Some(comment) = comment {
            comment.clone_into(&mut file.comment);
        }
    }
    if let Some((above, space)) = target {
        (one.parent, one.space) = (Some(above), space);
    }
    let one = state.confluence.contents.get(&id).ok_or_else(|| not_found("The attachment", call.argument(1)))?;
    Ok(Reply::ok(content::shown(state, call, one)))
}

/// By a redirect to the file.
pub fn download(state: &mut State, call: &Call) -> Outcome {
    give(state, call, attached(state, call)?)
}

/// Images of the box are small enough to be their own thumbnails.
pub fn thumbnail(state: &mut State, call: &Call) -> Outcome {
    give(state, call, named(state, call)?)
}

fn give(state: &State, call: &Call, one: &Content) -> Outcome {
    let version = match call.query("version").and_then(|text| text.parse().ok()) {
        Some(number) => one.version(number),
        None => one.last(),
    };
    let file = version.and_then(|version| version.file.as_ref());
    let reply = file.and_then(|file| state.give(&format!("content/{}", file.number), Some(302), &call.headers));
    reply.ok_or_else(|| not_found("The version of the attachment", &one.text_id()))
}

/// What `_links.download` leads to, below the context: `/wiki/download/attachments/{page}/{name}?version=2`.
pub fn by_link(state: &State, path: &str, query: &str) -> Option<Reply> {
    let rest = path.strip_prefix("/wiki/download/attachments/")?;
    let (above, name) = rest.split_once('/')?;
    let name = percent_encoding::percent_decode_str(&name.replace('+', " ")).decode_utf8_lossy().into_owned();
    let wanted = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "version").and_then(|(_, text)| text.parse().ok());
    let one = state.confluence.attachments(above.parse().ok()?).find(|one| {
        one.is_live()
            && one.versions.iter().any(|version| version.title == name && wanted.is_none_or(|wanted: u64| wanted == version.number))
    })?;
    let version = wanted.map_or_else(|| one.last(), |number| one.version(number))?;
    state.give(&format!("content/{}", version.file.as_ref()?.number), Some(302), &http::HeaderMap::new())
}
