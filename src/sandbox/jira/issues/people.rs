//! Who watches an issue, and who votes for it. Neither is a change of the issue.

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::shown;
use super::super::store::Issue;
use super::{find, number};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("POST /rest/api/3/issue/watching", watching),
    ("GET /rest/api/3/issue/{}/watchers", watchers),
    ("POST /rest/api/3/issue/{}/watchers", watch),
    ("DELETE /rest/api/3/issue/{}/watchers", unwatch),
    ("GET /rest/api/3/issue/{}/votes", votes),
    ("POST /rest/api/3/issue/{}/votes", vote),
    ("DELETE /rest/api/3/issue/{}/votes", unvote),
];

fn issue<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Issue, Refusal> {
    state.jira.issue_named_mut(call.argument(0)).ok_or_else(|| Refusal::new(404, "", super::UNKNOWN))
}

fn watching(state: &mut State, call: &Call) -> Outcome {
    let watches = |id: &String| state.jira.issues.get(&number(id)).is_some_and(|issue| issue.watchers.contains(MYSELF));
    let all: Map<String, Value> = call.texts("issueIds").into_iter().map(|id| (id.clone(), json!(watches(&id)))).collect();
    Ok(Reply::ok(json!({"issuesIsWatching": all})))
}

fn watchers(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let root = shown::root(state, call);
    let people: Vec<Value> = issue.watchers.iter().map(|id| shown::user(state, id, &root)).filter(|person| !person.is_null()).collect();
    Ok(Reply::ok(json!({
        "self": format!("{root}/issue/{}/watchers", state.jira.key(issue)),
        "isWatching": issue.watchers.contains(MYSELF),
        "watchCount": issue.watchers.len(),
        "watchers": people,
    })))
}

/// The body is an account id alone; without one it is the caller's own.
fn watch(state: &mut State, call: &Call) -> Outcome {
    let id = call.body.as_str().unwrap_or(MYSELF).to_owned();
    if state.account(&id).is_none() {
        return Err(Refusal::new(404, "", format!("The user {id} does not exist.")));
    }
    issue(state, call)?.watchers.insert(id);
    Ok(Reply::empty(204))
}

fn unwatch(state: &mut State, call: &Call) -> Outcome {
    let Some(id) = call.query("accountId") else {
        return Err(Refusal::new(400, "", "The watcher to remove is named by accountId."));
    };
    let known = state.account(id).is_some();
    let issue = issue(state, call)?;
    if !known {
        return Err(Refusal::new(404, "", format!("The user {id} does not exist.")));
    }
    issue.watchers.remove(id);
    Ok(Reply::empty(204))
}

fn votes(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let root = shown::root(state, call);
    let people: Vec<Value> = issue.voters.iter().map(|id| shown::user(state, id, &root)).filter(|person| !person.is_null()).collect();
    Ok(Reply::ok(json!({
        "self": format!("{root}/issue/{}/votes", state.jira.key(issue)),
        "votes": issue.voters.len(),
        "hasVoted": issue.voters.contains(MYSELF),
        "voters": people,
    })))
}

/// One does not vote for one's own issue, nor for what is done.
fn vote(state: &mut State, call: &Call) -> Outcome {
    let issue = issue(state, call)?;
    if issue.reporter.as_deref() == Some(MYSELF) {
        return Err(Refusal::new(404, "", "You cannot vote for an issue that you have reported."));
    }
    if issue.resolution.is_some() {
        return Err(Refusal::new(404, "", "You cannot vote for an issue that is resolved."));
    }
    issue.voters.insert(MYSELF.to_owned());
    Ok(Reply::empty(204))
}

fn unvote(state: &mut State, call: &Call) -> Outcome {
    if !issue(state, call)?.voters.remove(MYSELF) {
        return Err(Refusal::new(404, "", "You have not voted for the issue."));
    }
    Ok(Reply::empty(204))
}
