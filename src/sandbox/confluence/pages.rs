//! Pages and blog posts of version 2: listing, reading, writing, deleting.

use serde_json::Value;

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::body::{self, Body};
use super::list::{page, sorted, with_base};
use super::show;
use super::store::{Confluence, Content, Kind, Restriction, Status, Task, Version, bad, caller, not_found, number};

/// What stands behind `/wiki/api/v2/`.
pub fn kind_of(call: &Call) -> Kind {
    let segment = call.path.strip_prefix("/wiki/api/v2/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    Kind::of_segment(segment).unwrap_or(Kind::Page)
}

/// The content that the path names first, of the kind that the path says.
pub fn named<'a>(state: &'a State, call: &Call) -> Result<&'a Content, Refusal> {
    let (id, kind) = (call.argument(0), kind_of(call));
    let comments = call.path.starts_with("/wiki/api/v2/comments/");
    let found = state.confluence.content(id).filter(|one| one.kind == kind || (comments && one.kind.is_comment()));
    found.ok_or_else(|| not_found(&format!("The {}", kind.word()), id))
}

pub fn named_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Content, Refusal> {
    let id = named(state, call)?.id;
    state.confluence.contents.get_mut(&id).ok_or_else(|| not_found("The content", call.argument(0)))
}

/// The statuses that a list is about.
fn statuses(call: &Call, default: &[&str]) -> Vec<String> {
    let asked = call.queries("status");
    if asked.is_empty() { default.iter().map(|word| (*word).to_owned()).collect() } else { asked }
}

pub fn with_status<'a>(call: &Call, items: impl Iterator<Item = &'a Content>, default: &[&str]) -> Vec<&'a Content> {
    let statuses = statuses(call, default);
    items.filter(|one| statuses.iter().any(|status| status == one.status.word() || status == "any")).collect()
}

/// A list of content in the order that `sort` asks for.
pub fn listed(state: &State, call: &Call, items: Vec<&Content>, default: usize) -> Outcome {
    show::check_list_format(call)?;
    let (keyed, descending) = sorted(items, call.query("sort").unwrap_or("id"))?;
    page(state, call, keyed, descending, default, |one| show::newest(&state.confluence, call, one).unwrap_or_default())
}

fn filtered<'a>(call: &Call, kind: Kind, store: &'a Confluence) -> Vec<&'a Content> {
    let (ids, spaces, title) = (call.queries("id"), call.queries("space-id"), call.query("title"));
    let fits = |one: &&Content| {
        one.kind == kind
            && (ids.is_empty() || ids.iter().any(|id| number(id) == Some(one.id)))
            && (spaces.is_empty() || spaces.iter().any(|id| id.parse() == Ok(one.space)))
            && title.is_none_or(|title| one.title == title)
            && call.query("subtype").is_none_or(|subtype| one.subtype == subtype)
    };
    with_status(call, store.contents.values().filter(fits), &["current", "archived"])
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    listed(state, call, filtered(call, kind_of(call), &state.confluence), 25)
}

/// `/spaces/{id}/pages` and `/spaces/{id}/blogposts`
pub fn of_space(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space(call.argument(0))?;
    let kind = if call.path.ends_with("/pages") { Kind::Page } else { Kind::BlogPost };
    let root = call.query("depth") == Some("root");
    let mut items = filtered(call, kind, &state.confluence);
    items.retain(|one| one.space == space.id && (!root || one.parent.is_none()));
    listed(state, call, items, 25)
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    let wanted = call.queries("status");
    let draft = call.query("get-draft") == Some("true");
    // What is not published is read by those who ask for drafts; the trash by all.
    let visible =
        if wanted.is_empty() { one.status != Status::Draft || draft } else { wanted.iter().any(|word| word == one.status.word()) };
    if !visible {
        return Err(not_found(&format!("The {}", one.kind.word()), call.argument(0)));
    }
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

/// What may be written into: the parent must stand in the tree of the same space.
fn parent_of(store: &Confluence, space: u64, id: &str) -> Result<u64, Refusal> {
    let parent = store.content(id).filter(|one| one.kind.in_tree() && one.status == Status::Current);
    let parent = parent.ok_or_else(|| bad(format!("The parent {id} does not exist.")))?;
    if parent.space == space { Ok(parent.id) } else { Err(bad(format!("The parent {id} stands in another space."))) }
}

pub fn space_of(state: &State, call: &Call) -> Result<u64, Refusal> {
    let id = call.text("spaceId").unwrap_or_default();
    state.confluence.space(id).map(|space| space.id)
}

/// Where something new goes: below the named parent, else below the homepage, else to the top.
pub fn new_parent(state: &State, call: &Call, space: u64) -> Result<Option<u64>, Refusal> {
    match call.text("parentId").filter(|id| !id.is_empty()) {
        Some(id) => parent_of(&state.confluence, space, id).map(Some),
        None if call.query("root-level") == Some("true") => Ok(None),
        None => Ok(state.confluence.spaces.get(&space).and_then(|space| space.homepage)),
    }
}

/// Only its author may see it.
pub fn make_private(content: &mut Content) {
    let alone = Restriction { users: [content.author.clone()].into(), ..Restriction::default() };
    content.restrictions = [("read".to_owned(), alone.clone()), ("update".to_owned(), alone)].into();
}

pub fn title_clash(kind: Kind, title: &str) -> Refusal {
    bad(format!("A {} with the title {title} already exists in this space; titles are unique there.", kind.word()))
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let (kind, now) = (kind_of(call), state.now());
    let space = space_of(state, call)?;
    let draft = match call.text("status").unwrap_or("current") {
        "current" => false,
        "draft" => true,
        other => return Err(bad(format!("{other} is no status that something new can have."))),
    };
    let title = call.text("title").unwrap_or_default().trim();
    if title.is_empty() && !draft {
        return Err(bad("A title is required to publish."));
    }
    if title.chars().count() > 255 {
        return Err(bad("A title has at most 255 characters."));
    }
    if !draft && state.confluence.title_taken(space, kind, title, 0) {
        return Err(title_clash(kind, title));
    }
    let parent = if kind == Kind::Page { new_parent(state, call, space)? } else { None };
    let body = Body::given(call.body.get("body"))?.unwrap_or_else(|| Body::storage(""));
    let id = state.confluence.new_content(kind, space, parent, title, body, (&caller(), now));
    let Some(one) = state.confluence.contents.get_mut(&id) else { return Err(bad("Nothing was made.")) };
    one.subtype = call.text("subtype").unwrap_or_default().to_owned();
    if draft {
        one.status = Status::Draft;
    }
    if call.query("private") == Some("true") {
        make_private(one);
    }
    read_tasks(state, id);
    let one = state.confluence.contents.get(&id).ok_or_else(|| bad("Nothing was made."))?;
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

/// The number a new version must have; None: none was given.
pub fn given_version(call: &Call) -> Option<u64> {
    call.body.pointer("/version/number").and_then(Value::as_u64)
}

pub fn stale(known: u64, given: Option<u64>) -> Refusal {
    let given = given.map_or_else(|| "none".to_owned(), |number| number.to_string());
    Refusal::new(409, "CONFLICT", format!("The version must be one above the current one. Current version: [{known}]. Given: [{given}]."))
}

/// Adds a version; who is asked before whether it may be added?
pub fn add_version(content: &mut Content, title: &str, body: Body, message: &str, minor: bool, now: i64) {
    let last = content.last().and_then(|version| version.file.clone());
    content.versions.push(Version {
        number: content.number() + 1,
        author: caller(),
        created: now,
        message: message.to_owned(),
        minor,
        title: title.to_owned(),
        body,
        file: last,
    });
    content.title = title.to_owned();
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let one = named(state, call)?;
    let (id, kind, space, known, status) = (one.id, one.kind, one.space, one.number(), one.status);
    if call.text("id").and_then(number) != Some(id) {
        return Err(bad("The id in the body is not that of the path."));
    }
    if call.body.get("spaceId").and_then(Value::as_str).is_some_and(|given| given.parse() != Ok(space)) {
        return Err(bad("Content cannot be moved to another space by an update."));
    }
    let title = call.text("title").unwrap_or_default().trim().to_owned();
    let body = Body::given(call.body.get("body"))?.unwrap_or_else(|| Body::storage(""));
    let message = call.body.pointer("/version/message").and_then(Value::as_str).unwrap_or_default().to_owned();
    let given = given_version(call);
    let to_draft = match call.text("status") {
        Some("draft") => true,
        Some("current") => false,
        other => return Err(bad(format!("{} is no status that an update can set.", other.unwrap_or("Nothing")))),
    };
    // A draft has version 1, and is no version of what is published.
    let wanted = if to_draft || status == Status::Draft { 1 } else { known + 1 };
    if given != Some(wanted) {
        return Err(stale(if wanted == 1 { 0 } else { known }, given));
    }
    if !to_draft && title.is_empty() {
        return Err(bad("A title is required to publish."));
    }
    if !to_draft && state.confluence.title_taken(space, kind, &title, id) {
        return Err(title_clash(kind, &title));
    }
    let parent = match call.text("parentId").filter(|_| kind == Kind::Page) {
        Some(parent) => Some(parent_of(&state.confluence, space, parent)?),
        None => None,
    };
    if let Some(parent) = parent {
        check_no_circle(&state.confluence, id, parent)?;
    }
    let place = parent.map(|parent| state.confluence.end_position(Some(parent), space));
    let stray = !state.confluence.stands_in_tree(id);
    let Some(one) = state.confluence.contents.get_mut(&id) else { return Err(not_found("The page", call.argument(0))) };
    match (status, to_draft) {
        (Status::Draft, _) => {
            if let Some(last) = one.versions.last_mut() {
                (last.title, last.body, last.created, last.message) = (title.clone(), body, now, message);
            }
            one.title = title;
            if !to_draft {
                one.status = Status::Current;
                one.created = now;
            }
        }
        (_, true) => one.draft = Some((title, body)),
        (_, false) => {
            add_version(one, &title, body, &message, false, now);
            one.draft = None;
            // Publishing takes it out of the trash.
            if status == Status::Trashed {
                one.status = Status::Current;
            }
        }
    }
    // What it stood below may be gone, or have gone to another space, in the meantime.
    if stray && !to_draft {
        one.parent = None;
    }
    if let (Some(parent), Some(place)) = (parent, place)
        && one.parent != Some(parent)
    {
        (one.parent, one.position) = (Some(parent), place);
    }
    if let Some(owner) = call.text("ownerId").filter(|owner| *owner != one.owner) {
        one.last_owner = Some(std::mem::replace(&mut one.owner, owner.to_owned()));
    }
    read_tasks(state, id);
    let one = state.confluence.contents.get(&id).ok_or_else(|| not_found("The page", call.argument(0)))?;
    // The draft that was written is what is answered.
    if let (true, Some((title, written))) = (to_draft, &one.draft) {
        let mut shown = one.clone();
        shown.status = Status::Draft;
        if let Some(last) = shown.versions.last_mut() {
            (last.title, last.body, last.number) = (title.clone(), written.clone(), 1);
        }
        return Ok(Reply::ok(with_base(state, show::single(state, call, &shown)?)));
    }
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

pub fn check_no_circle(store: &Confluence, id: u64, parent: u64) -> Result<(), Refusal> {
    let above = store.contents.get(&parent).is_some_and(|parent| store.ancestors(parent).iter().any(|one| one.id == id));
    if parent == id || above { Err(bad("A page cannot stand below itself.")) } else { Ok(()) }
}

pub fn update_title(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let one = named(state, call)?;
    let (id, space) = (one.id, one.space);
    let title = call.text("title").unwrap_or_default().trim().to_owned();
    if title.is_empty() {
        return Err(bad("A title is required."));
    }
    if state.confluence.title_taken(space, Kind::Page, &title, id) {
        return Err(title_clash(Kind::Page, &title));
    }
    let Some(one) = state.confluence.contents.get_mut(&id) else { return Err(not_found("The page", call.argument(0))) };
    if one.status == Status::Draft {
        one.title.clone_from(&title);
        if let Some(last) = one.versions.last_mut() {
            last.title = title;
        }
    } else {
        let body = one.last().map(|last| last.body.clone()).unwrap_or_default();
        add_version(one, &title, body, "", false, now);
    }
    let one = named(state, call)?;
    Ok(Reply::ok(with_base(state, show::single(state, call, one)?)))
}

/// To the trash; from there for good with `purge`. Drafts are discarded with `draft`.
pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    let (id, status) = (one.id, one.status);
    let missing = || Err(not_found(&format!("The {} with this status", kind_of(call).word()), call.argument(0)));
    match (call.query("purge") == Some("true"), call.query("draft") == Some("true"), status) {
        (true, _, Status::Trashed) | (_, true, Status::Draft) => state.confluence.purge(id),
        (true, _, _) => return missing(),
        (_, true, _) => match state.confluence.contents.get_mut(&id) {
            Some(one) if one.draft.is_some() => one.draft = None,
            _ => return missing(),
        },
        (_, _, Status::Current | Status::Archived) => put_away(&mut state.confluence, id, Status::Trashed),
        _ => return missing(),
    }
    Ok(Reply::empty(204))
}

/// Into the trash, or among what is archived; what stands below in the tree moves up to where it stood.
pub fn put_away(store: &mut Confluence, id: u64, status: Status) {
    let parent = store.contents.get(&id).and_then(|one| one.parent);
    for child in store.contents.values_mut().filter(|one| one.parent == Some(id) && one.kind.in_tree() && one.is_live()) {
        child.parent = parent;
    }
    if let Some(one) = store.contents.get_mut(&id) {
        one.status = status;
    }
    for space in store.spaces.values_mut().filter(|space| space.homepage == Some(id)) {
        space.homepage = None;
    }
}

/// Tasks live in bodies: what the newest body says of them is what there is.
pub fn read_tasks(state: &mut State, id: u64) {
    let now = state.now();
    let store = &mut state.confluence;
    let Some(content) = store.contents.get(&id) else { return };
    let Some(last) = content.last() else { return };
    let (todos, author) = match last.body.representation.as_str() {
        "storage" if last.body.value.contains("<ac:task>") => (body::tasks(&last.body.value), last.author.clone()),
        _ => (Vec::new(), last.author.clone()),
    };
    store.tasks.retain(|_, task| task.content != id || todos.iter().any(|todo| todo.local == task.local));
    for todo in todos {
        let due = todo.due.as_deref().and_then(super::cql::day);
        let known = store.tasks.values_mut().find(|task| task.content == id && task.local == todo.local);
        match known {
            Some(task) => {
                if task.text != todo.text || task.complete != todo.complete {
                    task.updated = now;
                }
                if task.complete != todo.complete {
                    task.completed = todo.complete.then(|| (author.clone(), now));
                }
                (task.text, task.complete, task.assignee, task.due) = (todo.text, todo.complete, todo.assignee, due);
            }
            None => {
                let number = store.next_id();
                let task = Task {
                    id: number,
                    local: todo.local,
                    content: id,
                    text: todo.text,
                    complete: todo.complete,
                    creator: author.clone(),
                    assignee: todo.assignee,
                    completed: todo.complete.then(|| (author.clone(), now)),
                    created: now,
                    updated: now,
                    due,
                };
                store.tasks.insert(number, task);
            }
        }
    }
}
