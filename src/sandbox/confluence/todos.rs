//! Tasks: the check boxes of pages and blog posts.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::millis;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::body::{Body, mark_task};
use super::list::{lean, page};
use super::pages::add_version;
use super::show;
use super::store::{Confluence, Kind, Task, bad, caller, not_found};

fn shown(store: &Confluence, call: &Call, task: &Task) -> Value {
    let content = store.contents.get(&task.content);
    let of = |kind: Kind| content.filter(|one| one.kind == kind).map(super::store::Content::text_id);
    lean(json!({
        "id": task.id.to_string(),
        "localId": task.local,
        "spaceId": content.map(|one| one.space.to_string()),
        "pageId": of(Kind::Page),
        "blogPostId": of(Kind::BlogPost),
        "status": if task.complete { "complete" } else { "incomplete" },
        "body": show::body(call, &Body::storage(task.text.clone())).unwrap_or_default(),
        "createdBy": task.creator,
        "assignedTo": task.assignee,
        "completedBy": task.completed.as_ref().map(|(who, _)| who),
        "createdAt": millis(task.created),
        "updatedAt": millis(task.updated),
        "dueAt": task.due.map(millis),
        "completedAt": task.completed.as_ref().map(|(_, when)| millis(*when)),
    }))
}

/// Within `…-from` and `…-to`, milliseconds since 1970.
fn within(call: &Call, what: &str, when: Option<i64>) -> bool {
    let bound = |end: &str| call.query(&format!("{what}-at-{end}")).and_then(|text| text.parse::<i64>().ok());
    match (bound("from"), bound("to")) {
        (None, None) => true,
        (from, to) => when.is_some_and(|when| from.is_none_or(|from| when >= from) && to.is_none_or(|to| when <= to)),
    }
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    show::check_list_format(call)?;
    let store = &state.confluence;
    let among = |key: &str, value: Option<&str>| {
        let asked = call.queries(key);
        asked.is_empty() || value.is_some_and(|value| asked.iter().any(|one| one == value))
    };
    let fits = |task: &&Task| {
        let Some(content) = store.contents.get(&task.content) else { return false };
        let id = content.text_id();
        let of = |kind: Kind| (content.kind == kind).then_some(id.as_str());
        content.is_live()
            && (call.query("include-blank-tasks") == Some("true") || !task.text.trim().is_empty())
            && call.query("status").is_none_or(|status| (status == "complete") == task.complete)
            && among("task-id", Some(&task.id.to_string()))
            && among("space-id", Some(&content.space.to_string()))
            && among("page-id", of(Kind::Page))
            && among("blogpost-id", of(Kind::BlogPost))
            && among("created-by", Some(&task.creator))
            && among("assigned-to", task.assignee.as_deref())
            && among("completed-by", task.completed.as_ref().map(|(who, _)| who.as_str()))
            && within(call, "created", Some(task.created))
            && within(call, "due", task.due)
            && within(call, "completed", task.completed.as_ref().map(|(_, when)| *when))
    };
    let items = store.tasks.values().filter(fits).map(|task| (format!("{:020}", task.id), task)).collect();
    page(state, call, items, false, 25, |task| shown(store, call, task))
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Task, Refusal> {
    let id = call.argument(0);
    id.parse().ok().and_then(|id: u64| state.confluence.tasks.get(&id)).ok_or_else(|| not_found("The task", id))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(shown(&state.confluence, call, find(state, call)?)))
}

/// Only whether it is done can be changed; the page gets a new version by it.
pub fn update(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let complete = match call.text("status") {
        Some("complete") => true,
        Some("incomplete") => false,
        other => return Err(bad(format!("{} is no status of a task.", other.unwrap_or("Nothing")))),
    };
    let task = find(state, call)?;
    let (id, content, local, changes) = (task.id, task.content, task.local.clone(), task.complete != complete);
    if changes {
        if let Some(one) = state.confluence.contents.get_mut(&content) {
            let storage = one.last().map(|last| last.body.value.clone()).unwrap_or_default();
            let title = one.title.clone();
            add_version(one, &title, Body::storage(mark_task(&storage, &local, complete)), "", true, now);
        }
        if let Some(task) = state.confluence.tasks.get_mut(&id) {
            (task.complete, task.updated) = (complete, now);
            task.completed = complete.then(|| (caller(), now));
        }
    }
    get(state, call)
}
