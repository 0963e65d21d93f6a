//! Merges of pull requests, at once or in the background.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::changes::merge_trees;
use super::listing::answer;
use super::pull_requests::{closed, commits, fetch, tips, told};
use super::render::{self, STRATEGIES};
use super::store::{Merge, MergeOrder, Repository, bad, missing};

/// More than this is no message.
const LONGEST: usize = 128 << 10;

fn order(call: &Call) -> Result<MergeOrder, Refusal> {
    let strategy = call.text("merge_strategy").unwrap_or("merge_commit");
    if !STRATEGIES.contains(&strategy) {
        return Err(bad("merge_strategy", format!("{strategy} is none of {}.", STRATEGIES.join(", "))));
    }
    let message = call.text("message").map(str::to_owned);
    if message.as_ref().is_some_and(|message| message.len() > LONGEST) {
        return Err(bad("message", "A message has 128 KiB at most."));
    }
    let close_source_branch = call.body.get("close_source_branch").and_then(Value::as_bool);
    Ok(MergeOrder { strategy: strategy.to_owned(), message, close_source_branch })
}

pub fn merge(state: &mut State, call: &Call) -> Outcome {
    fetch(state, call)?;
    let (now, order) = (state.now(), order(call)?);
    let repository = state.bitbucket.repository(call)?;
    let found = repository.pull_request(call.argument(2))?;
    if !found.is_open() {
        return Err(closed());
    }
    if found.draft {
        return Err(Refusal::new(400, "", "A draft cannot be merged."));
    }
    let (name, id) = (repository.full_name(), found.id);
    if call.query("async") == Some("true") {
        let task = state.id();
        let place = format!("{}/2.0/repositories/{name}/pullrequests/{id}/merge/task-status/{task}", state.url);
        let due = now + state.long_tasks.duration;
        state.bitbucket.merges.insert(task, Merge { repository: name, pull_request: id, order, due, failure: None, done: false });
        return Ok(Reply::empty(202).header("location", place));
    }
    carry_out(state, &name, id, &order, now)?;
    told(state, call, call.argument(2), 200)
}

pub fn get_status(state: &mut State, call: &Call) -> Outcome {
    settle(state);
    let repository = state.bitbucket.repository(call)?;
    let (name, found) = (repository.full_name(), repository.pull_request(call.argument(2))?);
    let task = state.bitbucket.merges.get(call.argument(3)).filter(|merge| merge.repository == name && merge.pull_request == found.id);
    let task = task.ok_or_else(|| missing(&format!("Task {}", call.argument(3))))?;
    if let Some(words) = &task.failure {
        return Err(Refusal::new(409, "", words.clone()));
    }
    let path = format!("repositories/{name}/pullrequests/{}/merge/task-status/{}", found.id, call.argument(3));
    let mut body = json!({"task_status": if task.done { "SUCCESS" } else { "PENDING" }, "links": {"self": render::link(state, &path)}});
    if let Some(map) = body.as_object_mut().filter(|_| task.done) {
        map.insert("merge_result".to_owned(), render::whole_pull_request(state, repository, found));
    }
    Ok(answer(call, 200, body))
}

/// Carries out the merges in the background that are due.
pub fn settle(state: &mut State) {
    let now = state.now();
    let due: Vec<(String, Merge)> = (state.bitbucket.merges.iter())
        .filter(|(_, merge)| !merge.done && merge.failure.is_none() && merge.due <= now)
        .map(|(task, merge)| (task.clone(), merge.clone()))
        .collect();
    for (task, merge) in due {
        let outcome = carry_out(state, &merge.repository, merge.pull_request, &merge.order, merge.due);
        if let Some(merge) = state.bitbucket.merges.get_mut(&task) {
            match outcome {
                Ok(()) => merge.done = true,
                Err(refusal) => merge.failure = Some(refusal.detail),
            }
        }
    }
}

/// The commits that a merge adds to the destination; its new tip.
fn join(repository: &mut Repository, id: u64, order: &MergeOrder, author: &str, now: i64) -> Result<String, Refusal> {
    let found = repository.pull_request(&id.to_string())?;
    let (source, destination) = tips(repository, found);
    let behind = repository.reachable(&source).contains(&destination);
    let title = format!("Merged in {} (pull request #{id})\n\n{}", found.source.branch, found.title);
    let message = order.message.clone().unwrap_or(title);
    let tree = |repository: &Repository, hash: &str| repository.commits.get(hash).map(|commit| commit.tree.clone()).unwrap_or_default();
    let conflict = |paths: Vec<String>| Refusal::new(409, "", format!("The branches conflict in {}.", paths.join(", ")));
    let base = repository.merge_base(&source, &destination).map(|commit| commit.tree.clone()).unwrap_or_default();
    let merged = merge_trees(&base, &tree(repository, &destination), &tree(repository, &source)).map_err(conflict)?;
    let user = Some(ORGANIZATION_ADMIN.to_owned());
    Ok(match order.strategy.as_str() {
        "fast_forward" | "squash_fast_forward" if !behind => {
            return Err(Refusal::new(409, "", "The destination has moved on: a fast-forward is not possible."));
        }
        "fast_forward" => source,
        "squash" | "squash_fast_forward" => repository.commit(now, author.to_owned(), user, message, vec![destination], merged),
        "rebase_fast_forward" | "rebase_merge" => {
            let mut tip = destination.clone();
            let log: Vec<_> = commits(repository, repository.pull_request(&id.to_string())?)
                .into_iter()
                .rev()
                .filter(|commit| commit.parents.len() < 2)
                .cloned()
                .collect();
            for commit in log {
                let before = commit.parents.first().map_or_else(BTreeMap::new, |parent| tree(repository, parent));
                let after = merge_trees(&before, &tree(repository, &tip), &commit.tree).map_err(conflict)?;
                tip = repository.commit(now, commit.author, commit.user, commit.message, vec![tip], after);
            }
            if order.strategy == "rebase_merge" {
                let after = tree(repository, &tip);
                tip = repository.commit(now, author.to_owned(), user, message, vec![destination, tip], after);
            }
            tip
        }
        _ => repository.commit(now, author.to_owned(), user, message, vec![destination, source], merged),
    })
}

fn carry_out(state: &mut State, name: &str, id: u64, order: &MergeOrder, now: i64) -> Result<(), Refusal> {
    let author = render::raw_author(state, ORGANIZATION_ADMIN);
    let repository = state.bitbucket.repositories.get_mut(name).ok_or_else(|| missing(name))?;
    let found = repository.pull_request(&id.to_string())?;
    if !found.is_open() {
        return Err(closed());
    }
    let (source, destination) = tips(repository, found);
    let tip = join(repository, id, order, &author, now)?;
    let found = repository.pull_request_mut(&id.to_string())?;
    (found.source.hash, found.destination.hash) = (source, destination);
    found.merge_commit = Some(tip.clone());
    found.closed_by = Some(ORGANIZATION_ADMIN.to_owned());
    found.close_source_branch = order.close_source_branch.unwrap_or(found.close_source_branch);
    "MERGED".clone_into(&mut found.state);
    found.record(now, ORGANIZATION_ADMIN);
    let (from, to, closes) = (found.source.clone(), found.destination.branch.clone(), found.close_source_branch);
    repository.branches.insert(to, tip);
    if let Some(owner) = state.bitbucket.repositories.get_mut(&from.repository).filter(|owner| closes && owner.main_branch != from.branch) {
        owner.branches.remove(&from.branch);
    }
    Ok(())
}
