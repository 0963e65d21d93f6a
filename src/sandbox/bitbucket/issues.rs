//! The issue tracker of a repository that has it switched on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, page};
use super::store::{Comment, Issue, Repository, bad, missing};
use super::{comments, render};

const STATES: [&str; 9] = ["submitted", "new", "open", "resolved", "on hold", "invalid", "duplicate", "wontfix", "closed"];
const KINDS: [&str; 4] = ["bug", "enhancement", "proposal", "task"];
const PRIORITIES: [&str; 5] = ["trivial", "minor", "major", "critical", "blocker"];

fn tracker<'a>(state: &'a State, call: &Call) -> Result<&'a Repository, Refusal> {
    let repository = state.bitbucket.repository(call)?;
    if repository.has_issues { Ok(repository) } else { Err(Refusal::new(404, "", "Repository has no issue tracker.")) }
}

fn find<'a>(state: &'a State, call: &Call) -> Result<(&'a Repository, &'a Issue), Refusal> {
    let repository = tracker(state, call)?;
    let found = repository.issues.iter().find(|issue| issue.id.to_string() == call.argument(2));
    Ok((repository, found.ok_or_else(|| missing(&format!("Issue {}", call.argument(2))))?))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Issue, Refusal> {
    find(state, call)?;
    let found = state.bitbucket.repository_mut(call)?.issues.iter_mut().find(|issue| issue.id.to_string() == call.argument(2));
    found.ok_or_else(|| missing(&format!("Issue {}", call.argument(2))))
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let repository = tracker(state, call)?;
    page(state, call, repository.issues.iter().rev().collect(), |issue| render::issue(state, repository, issue))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let (repository, issue) = find(state, call)?;
    Ok(answer(call, 200, render::issue(state, repository, issue)))
}

fn choice(call: &Call, key: &str, known: &[&str]) -> Result<Option<String>, Refusal> {
    match call.text(key) {
        Some(text) if !known.contains(&text) => Err(bad(key, format!("{text} is none of {}.", known.join(", ")))),
        text => Ok(text.map(str::to_owned)),
    }
}

/// Takes over what a body says.
fn change(issue: &mut Issue, call: &Call, assignee: Option<Option<String>>) -> Result<(), Refusal> {
    if let Some(title) = call.text("title") {
        if title.trim().is_empty() {
            return Err(bad("title", "A title is required."));
        }
        title.clone_into(&mut issue.title);
    }
    issue.state = choice(call, "state", &STATES)?.unwrap_or_else(|| issue.state.clone());
    issue.kind = choice(call, "kind", &KINDS)?.unwrap_or_else(|| issue.kind.clone());
    issue.priority = choice(call, "priority", &PRIORITIES)?.unwrap_or_else(|| issue.priority.clone());
    issue.text = comments::content(call).unwrap_or_else(|| issue.text.clone());
    issue.assignee = assignee.unwrap_or_else(|| issue.assignee.clone());
    Ok(())
}

/// None: the body does not speak of it; null takes the assignee away.
fn assignee(state: &State, call: &Call) -> Result<Option<Option<String>>, Refusal> {
    match call.body.get("assignee") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(user) => {
            let name = ["uuid", "account_id", "nickname"].iter().find_map(|key| user.get(key)).and_then(Value::as_str).unwrap_or_default();
            let id = state.bitbucket_account(name).map_err(|_| bad("assignee", format!("There is no user {name}.")))?;
            Ok(Some(Some(id)))
        }
    }
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let (now, assignee) = (state.now(), assignee(state, call)?);
    let id = tracker(state, call)?.issues.iter().map(|issue| issue.id).max().unwrap_or_default() + 1;
    let mut made = Issue {
        id,
        title: String::new(),
        text: String::new(),
        reporter: ORGANIZATION_ADMIN.to_owned(),
        assignee: None,
        state: "new".to_owned(),
        kind: "bug".to_owned(),
        priority: "major".to_owned(),
        created: now,
        updated: now,
        edited: None,
        votes: BTreeSet::new(),
        watchers: BTreeSet::from([ORGANIZATION_ADMIN.to_owned()]),
        comments: Vec::new(),
    };
    change(&mut made, call, assignee)?;
    let body = render::issue(state, tracker(state, call)?, &made);
    state.bitbucket.repository_mut(call)?.issues.push(made);
    Ok(answer(call, 201, body))
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let (now, assignee) = (state.now(), assignee(state, call)?);
    let mut issue = find(state, call)?.1.clone();
    change(&mut issue, call, assignee)?;
    (issue.updated, issue.edited) = (now, Some(now));
    *find_mut(state, call)? = issue;
    get(state, call)
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.1.id;
    state.bitbucket.repository_mut(call)?.issues.retain(|issue| issue.id != id);
    Ok(Reply::empty(204))
}

fn comment(state: &State, repository: &Repository, issue: &Issue, said: &Comment) -> Value {
    let base = format!("repositories/{}/issues/{}", repository.full_name(), issue.id);
    let mut body = render::comment(state, said, "issue_comment", &format!("{base}/comments"));
    if let Some(map) = body.as_object_mut() {
        let link = render::link(state, &base);
        map.insert("issue".to_owned(), json!({"type": "issue", "id": issue.id, "title": issue.title, "links": {"self": link}}));
    }
    body
}

pub fn list_comments(state: &mut State, call: &Call) -> Outcome {
    let (repository, issue) = find(state, call)?;
    page(state, call, comments::visible(&issue.comments), |said| comment(state, repository, issue, said))
}

pub fn get_comment(state: &mut State, call: &Call) -> Outcome {
    told(state, call, call.argument(3), 200)
}

fn told(state: &State, call: &Call, id: &str, status: u16) -> Outcome {
    let (repository, issue) = find(state, call)?;
    let body = comment(state, repository, issue, comments::find(&issue.comments, id)?);
    let place = format!("{}/2.0/repositories/{}/issues/{}/comments/{id}", state.url, repository.full_name(), issue.id);
    let reply = answer(call, status, body);
    Ok(if status == 201 { reply.header("location", place) } else { reply })
}

pub fn add_comment(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?;
    let made = comments::make(state, call)?;
    let id = made.id;
    comments::add(&mut find_mut(state, call)?.comments, made)?;
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

fn told_of(there: bool, what: &str) -> Outcome {
    if there { Ok(Reply::empty(204)) } else { Err(Refusal::new(404, "", format!("You have not {what} this issue."))) }
}

pub fn check_vote(state: &mut State, call: &Call) -> Outcome {
    told_of(find(state, call)?.1.votes.contains(ORGANIZATION_ADMIN), "voted for")
}

pub fn vote(state: &mut State, call: &Call) -> Outcome {
    find_mut(state, call)?.votes.insert(ORGANIZATION_ADMIN.to_owned());
    Ok(Reply::empty(204))
}

pub fn unvote(state: &mut State, call: &Call) -> Outcome {
    find_mut(state, call)?.votes.remove(ORGANIZATION_ADMIN);
    Ok(Reply::empty(204))
}

pub fn check_watch(state: &mut State, call: &Call) -> Outcome {
    told_of(find(state, call)?.1.watchers.contains(ORGANIZATION_ADMIN), "watched")
}

pub fn watch(state: &mut State, call: &Call) -> Outcome {
    find_mut(state, call)?.watchers.insert(ORGANIZATION_ADMIN.to_owned());
    Ok(Reply::empty(204))
}

pub fn unwatch(state: &mut State, call: &Call) -> Outcome {
    find_mut(state, call)?.watchers.remove(ORGANIZATION_ADMIN);
    Ok(Reply::empty(204))
}
