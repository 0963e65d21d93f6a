//! Reviews of pull requests: votes, comments, tasks, and what happened in which order.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, page};
use super::pull_requests::{closed, fetch};
use super::store::{Activity, Event, PullRequest, Repository, Task, bad, missing};
use super::{comments, merge, render};

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut PullRequest, Refusal> {
    state.bitbucket.repository_mut(call)?.pull_request_mut(call.argument(2))
}

/// The repository's name and the pull request.
fn find<'a>(state: &'a State, call: &Call) -> Result<(String, &'a PullRequest), Refusal> {
    let repository = state.bitbucket.repository(call)?;
    Ok((repository.full_name(), repository.pull_request(call.argument(2))?))
}

fn vote(state: &mut State, call: &Call, vote: Option<&str>) -> Result<i64, Refusal> {
    fetch(state, call)?;
    let now = state.now();
    let found = find_mut(state, call)?;
    if !found.is_open() {
        return Err(closed());
    }
    match vote {
        Some(vote) => {
            let part = found.participants.entry(ORGANIZATION_ADMIN.to_owned()).or_default();
            (part.state, part.date) = (Some(vote.to_owned()), Some(now));
            let event = if vote == "approved" { Event::Approval } else { Event::ChangesRequested };
            found.activity.push(Activity { date: now, user: ORGANIZATION_ADMIN.to_owned(), event });
        }
        None => {
            if let Some(part) = found.participants.get_mut(ORGANIZATION_ADMIN) {
                part.state = None;
            }
        }
    }
    Ok(now)
}

fn voted(state: &mut State, call: &Call, word: &str) -> Outcome {
    let now = vote(state, call, Some(word))?;
    let (_, found) = find(state, call)?;
    let role = if found.reviewers.iter().any(|id| id == ORGANIZATION_ADMIN) { "REVIEWER" } else { "PARTICIPANT" };
    Ok(answer(call, 200, render::participant(state, ORGANIZATION_ADMIN, role, Some(word), Some(now))))
}

pub fn approve(state: &mut State, call: &Call) -> Outcome {
    voted(state, call, "approved")
}

pub fn request_changes(state: &mut State, call: &Call) -> Outcome {
    voted(state, call, "changes_requested")
}

/// Takes back an approval or a request for changes.
pub fn withdraw(state: &mut State, call: &Call) -> Outcome {
    vote(state, call, None)?;
    Ok(Reply::empty(204))
}

fn activity(state: &State, repository: &Repository, found: &PullRequest, entry: &Activity) -> Option<Value> {
    let name = repository.full_name();
    let short = render::pull_request_short(state, &name, found);
    let vote = || json!({"date": render::time(entry.date), "user": render::user(state, &entry.user), "pullrequest": short});
    let mut body = match &entry.event {
        Event::Comment(id) => {
            let said = found.comments.iter().find(|comment| comment.id == *id)?;
            json!({"comment": render::pull_request_comment(state, &name, found, said)})
        }
        Event::Approval => json!({"approval": vote()}),
        Event::ChangesRequested => json!({"changes_requested": vote()}),
        Event::Update { state: stage, title, description, reason, source, destination } => json!({"update": {
            "state": stage,
            "title": title,
            "description": description,
            "reason": reason,
            "source": {"branch": {"name": source}, "repository": render::repository_named(state, &found.source.repository)},
            "destination": {"branch": {"name": destination}, "repository": render::repository_named(state, &name)},
            "author": render::user(state, &entry.user),
            "date": render::time(entry.date),
        }}),
    };
    if let Some(map) = body.as_object_mut() {
        map.insert("pull_request".to_owned(), short);
    }
    Some(body)
}

/// Newest first.
fn list_of(state: &State, call: &Call, repository: &Repository, pull_requests: &[PullRequest]) -> Outcome {
    let mut entries: Vec<_> = pull_requests.iter().flat_map(|found| found.activity.iter().map(move |entry| (found, entry))).collect();
    // Stable: of one moment the later entry stands first.
    entries.reverse();
    entries.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.date));
    page(state, call, entries, |(found, entry)| activity(state, repository, found, entry).unwrap_or_default())
}

pub fn list_all_activity(state: &mut State, call: &Call) -> Outcome {
    merge::settle(state);
    let repository = state.bitbucket.repository(call)?;
    list_of(state, call, repository, &repository.pull_requests)
}

pub fn list_activity(state: &mut State, call: &Call) -> Outcome {
    fetch(state, call)?;
    let repository = state.bitbucket.repository(call)?;
    list_of(state, call, repository, std::slice::from_ref(repository.pull_request(call.argument(2))?))
}

pub fn list_comments(state: &mut State, call: &Call) -> Outcome {
    let (name, found) = find(state, call)?;
    page(state, call, comments::visible(&found.comments), |said| render::pull_request_comment(state, &name, found, said))
}

pub fn get_comment(state: &mut State, call: &Call) -> Outcome {
    told(state, call, call.argument(3), 200)
}

fn told(state: &State, call: &Call, id: &str, status: u16) -> Outcome {
    let (name, found) = find(state, call)?;
    let body = render::pull_request_comment(state, &name, found, comments::find(&found.comments, id)?);
    let place = format!("{}/2.0/repositories/{name}/pullrequests/{}/comments/{id}", state.url, found.id);
    let reply = answer(call, status, body);
    Ok(if status == 201 { reply.header("location", place) } else { reply })
}

pub fn add_comment(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?;
    let made = comments::make(state, call)?;
    let (id, now) = (made.id, made.created);
    let found = find_mut(state, call)?;
    comments::add(&mut found.comments, made)?;
    found.activity.push(Activity { date: now, user: ORGANIZATION_ADMIN.to_owned(), event: Event::Comment(id) });
    found.participants.entry(ORGANIZATION_ADMIN.to_owned()).or_default().date.get_or_insert(now);
    found.updated = now;
    told(state, call, &id.to_string(), 201)
}

pub fn update_comment(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    comments::change(&mut find_mut(state, call)?.comments, call, call.argument(3), now)?;
    told(state, call, call.argument(3), 200)
}

pub fn delete_comment(state: &mut State, call: &Call) -> Outcome {
    comments::delete(&mut find_mut(state, call)?.comments, call.argument(3))?;
    Ok(Reply::empty(204))
}

pub fn resolve_comment(state: &mut State, call: &Call) -> Outcome {
    let resolved = (ORGANIZATION_ADMIN.to_owned(), state.now());
    let comment = comments::find_mut(&mut find_mut(state, call)?.comments, call.argument(3))?;
    if comment.parent.is_some() {
        return Err(Refusal::new(403, "", "Only the comment that begins a thread can be resolved."));
    }
    if comment.resolved.is_some() {
        return Err(Refusal::new(409, "", "The thread is resolved already."));
    }
    comment.resolved = Some(resolved.clone());
    Ok(answer(call, 200, render::resolution(state, &resolved)))
}

pub fn reopen_comment(state: &mut State, call: &Call) -> Outcome {
    comments::find_mut(&mut find_mut(state, call)?.comments, call.argument(3))?.resolved = None;
    Ok(Reply::empty(204))
}

fn task<'a>(found: &'a PullRequest, id: &str) -> Result<&'a Task, Refusal> {
    found.tasks.iter().find(|task| task.id.to_string() == id).ok_or_else(|| missing(&format!("Task {id}")))
}

pub fn list_tasks(state: &mut State, call: &Call) -> Outcome {
    let (name, found) = find(state, call)?;
    page(state, call, found.tasks.iter().collect(), |task| render::task(state, &name, found, task))
}

pub fn get_task(state: &mut State, call: &Call) -> Outcome {
    let (name, found) = find(state, call)?;
    Ok(answer(call, 200, render::task(state, &name, found, task(found, call.argument(3))?)))
}

pub fn create_task(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let text = comments::content(call)
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| bad("content", "A task needs a text: content.raw."))?;
    let comment = call.body.pointer("/comment/id").and_then(Value::as_u64);
    if let Some(id) = comment {
        let known = find(state, call)?.1.comments.iter().any(|comment| comment.id == id && !comment.deleted);
        if !known {
            return Err(bad("comment", format!("There is no comment {id} here.")));
        }
    }
    let id = state.bitbucket.next();
    let pending = call.body.get("pending").and_then(Value::as_bool).unwrap_or_default();
    let creator = ORGANIZATION_ADMIN.to_owned();
    let found = find_mut(state, call)?;
    found.tasks.push(Task { id, text, creator, created: now, updated: now, comment, pending, resolved: None });
    found.updated = now;
    let (name, found) = find(state, call)?;
    Ok(answer(call, 201, render::task(state, &name, found, task(found, &id.to_string())?)))
}

pub fn update_task(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let found = find_mut(state, call)?;
    let changed = found.tasks.iter_mut().find(|task| task.id.to_string() == call.argument(3));
    let changed = changed.ok_or_else(|| missing(&format!("Task {}", call.argument(3))))?;
    match call.text("state") {
        None => {}
        Some("RESOLVED") => changed.resolved = changed.resolved.take().or_else(|| Some((ORGANIZATION_ADMIN.to_owned(), now))),
        Some("UNRESOLVED") => changed.resolved = None,
        Some(other) => return Err(bad("state", format!("{other} is neither RESOLVED nor UNRESOLVED."))),
    }
    if let Some(text) = comments::content(call) {
        changed.text = text;
    }
    changed.updated = now;
    get_task(state, call)
}

pub fn delete_task(state: &mut State, call: &Call) -> Outcome {
    let found = find_mut(state, call)?;
    task(found, call.argument(3))?;
    found.tasks.retain(|task| task.id.to_string() != call.argument(3));
    Ok(Reply::empty(204))
}
