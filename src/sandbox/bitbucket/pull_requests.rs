//! Pull requests: open, change, decline; what they hold.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, asks, page};
use super::store::{Commit, Endpoint, PullRequest, Repository, bad, missing};
use super::{merge, render};

/// As lists have it; what they leave out, `fields` can ask for.
fn listed(state: &State, call: &Call, repository: &Repository, found: &PullRequest) -> Value {
    if asks(call, "reviewers") || asks(call, "participants") {
        return render::whole_pull_request(state, repository, found);
    }
    render::pull_request(state, repository, found)
}

/// Open ones unless the call asks for others.
fn has_wanted_state(call: &Call, found: &PullRequest) -> bool {
    let states = call.queries("state");
    let filtered = call.query("q").is_some_and(|text| text.contains("state"));
    if states.is_empty() { filtered || found.is_open() } else { states.contains(&found.state) }
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    merge::settle(state);
    let repository = state.bitbucket.repository(call)?;
    let found = repository.pull_requests.iter().rev().filter(|found| has_wanted_state(call, found)).collect();
    page(state, call, found, |found| listed(state, call, repository, found))
}

pub fn list_by_author(state: &mut State, call: &Call) -> Outcome {
    merge::settle(state);
    let workspace = &state.bitbucket.workspace(call.argument(0))?.slug;
    let author = state.bitbucket_account(call.argument(1))?;
    let repositories = state.bitbucket.repositories.values().filter(|repository| repository.workspace == *workspace);
    let all = repositories.flat_map(|repository| repository.pull_requests.iter().map(move |found| (repository, found)));
    let mut own: Vec<_> = all.filter(|(_, found)| found.author == author && has_wanted_state(call, found)).collect();
    own.sort_by_key(|(_, found)| std::cmp::Reverse(found.created));
    page(state, call, own, |(repository, found)| listed(state, call, repository, found))
}

pub fn list_for_commit(state: &mut State, call: &Call) -> Outcome {
    merge::settle(state);
    let repository = state.bitbucket.repository(call)?;
    let hash = &super::commits::find(repository, call)?.hash;
    let holds = |found: &&PullRequest| commits(repository, found).iter().any(|commit| commit.hash == *hash);
    page(state, call, repository.pull_requests.iter().filter(holds).collect(), |found| listed(state, call, repository, found))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    fetch(state, call)?;
    told(state, call, call.argument(2), 200)
}

pub fn told(state: &State, call: &Call, id: &str, status: u16) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    Ok(answer(call, status, render::whole_pull_request(state, repository, repository.pull_request(id)?)))
}

/// Tips of both branches: as they are now, or as they were when the pull request was closed.
pub fn tips(repository: &Repository, found: &PullRequest) -> (String, String) {
    let tip = |end: &Endpoint| {
        let own = end.repository == repository.full_name();
        let now = repository.branches.get(&end.branch).filter(|_| found.is_open() && own);
        now.unwrap_or(&end.hash).clone()
    };
    (tip(&found.source), tip(&found.destination))
}

/// What a pull request would merge, newest first.
pub fn commits<'a>(repository: &'a Repository, found: &PullRequest) -> Vec<&'a Commit> {
    let (source, destination) = tips(repository, found);
    repository.log(&[source], &[destination])
}

/// Brings the commits of a fork's branch into the repository that they are to be merged into, and ends merges that are due.
pub fn fetch(state: &mut State, call: &Call) -> Result<(), Refusal> {
    merge::settle(state);
    let repository = state.bitbucket.repository(call)?;
    let (name, found) = (repository.full_name(), repository.pull_request(call.argument(2))?);
    if !found.is_open() || found.source.repository == name {
        return Ok(());
    }
    let (fork, branch) = (found.source.repository.clone(), found.source.branch.clone());
    let Some(tip) = copy(state, &fork, &branch, &name) else { return Ok(()) };
    state.bitbucket.repository_mut(call)?.pull_request_mut(call.argument(2))?.source.hash = tip;
    Ok(())
}

/// Copies a branch's commits from one repository to another, and tells its tip.
fn copy(state: &mut State, from: &str, branch: &str, to: &str) -> Option<String> {
    let source = state.bitbucket.repositories.get(from)?;
    let tip = source.branches.get(branch)?.clone();
    let known = state.bitbucket.repositories.get(to)?;
    let new: Vec<Commit> = source
        .log(std::slice::from_ref(&tip), &[])
        .into_iter()
        .filter(|commit| !known.commits.contains_key(&commit.hash))
        .cloned()
        .collect();
    let blobs: Vec<_> =
        new.iter().flat_map(|commit| commit.tree.values()).filter_map(|id| Some((*id, source.blobs.get(id)?.clone()))).collect();
    let target = state.bitbucket.repositories.get_mut(to)?;
    target.blobs.extend(blobs);
    target.commits.extend(new.into_iter().map(|commit| (commit.hash.clone(), commit)));
    Some(tip)
}

/// The accounts that a body names as reviewers.
fn reviewers(state: &State, call: &Call, author: &str) -> Result<Option<Vec<String>>, Refusal> {
    let Some(list) = call.body.get("reviewers").and_then(Value::as_array) else { return Ok(None) };
    let workspace = state.bitbucket.workspace(&state.bitbucket.repository(call)?.workspace)?;
    let mut accounts = Vec::with_capacity(list.len());
    for reviewer in list {
        let name = ["uuid", "account_id", "nickname"].iter().find_map(|key| reviewer.get(key)).and_then(Value::as_str);
        let name = name.ok_or_else(|| bad("reviewers", "A reviewer is named by uuid or account_id."))?;
        let id = state.bitbucket_account(name).map_err(|_| bad("reviewers", format!("There is no user {name}.")))?;
        if id == author {
            return Err(bad("reviewers", "The author of a pull request does not review it."));
        }
        if !workspace.members.contains_key(&id) {
            return Err(bad("reviewers", format!("{name} has no access to this repository.")));
        }
        if !accounts.contains(&id) {
            accounts.push(id);
        }
    }
    Ok(Some(accounts))
}

fn branch_of<'a>(call: &'a Call, end: &str) -> Option<&'a str> {
    call.body.pointer(&format!("/{end}/branch/name")).and_then(Value::as_str)
}

fn title(call: &Call) -> Result<Option<String>, Refusal> {
    match call.text("title") {
        Some(title) if title.trim().is_empty() => Err(bad("title", "A title is required.")),
        Some(title) if title.chars().count() > 255 => Err(bad("title", "A title has 255 characters at most.")),
        title => Ok(title.map(str::to_owned)),
    }
}

fn destination(repository: &Repository, branch: &str) -> Result<Endpoint, Refusal> {
    let hash = repository.branches.get(branch).ok_or_else(|| bad("destination", format!("There is no branch {branch}.")))?;
    Ok(Endpoint { repository: repository.full_name(), branch: branch.to_owned(), hash: hash.clone() })
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    merge::settle(state);
    let now = state.now();
    let title = title(call)?.ok_or_else(|| bad("title", "A title is required."))?;
    let reviewers = reviewers(state, call, ORGANIZATION_ADMIN)?.unwrap_or_default();
    let repository = state.bitbucket.repository(call)?;
    let name = repository.full_name();
    let destination = destination(repository, branch_of(call, "destination").unwrap_or(&repository.main_branch))?;
    let branch = branch_of(call, "source").ok_or_else(|| bad("source", "The branch with the changes is required: source.branch.name."))?;
    let other =
        call.body.pointer("/source/repository/full_name").or_else(|| call.body.pointer("/source/repository/uuid")).and_then(Value::as_str);
    let from = match other {
        None => name.clone(),
        Some(other) => {
            let found = state.bitbucket.repositories.values().find(|found| found.full_name() == other || found.uuid == other);
            found.map(Repository::full_name).ok_or_else(|| bad("source", format!("There is no repository {other}.")))?
        }
    };
    let gone = || bad("source", format!("There is no branch {branch}."));
    let hash = copy(state, &from, branch, &name).ok_or_else(gone)?;
    let repository = state.bitbucket.repository_mut(call)?;
    if repository.log(std::slice::from_ref(&hash), std::slice::from_ref(&destination.hash)).is_empty() {
        return Err(Refusal::new(400, "", "There are no changes to be pulled."));
    }
    let id = repository.pull_requests.iter().map(|found| found.id).max().unwrap_or_default() + 1;
    let mut made = PullRequest {
        id,
        title,
        description: call.text("description").unwrap_or_default().to_owned(),
        state: "OPEN".to_owned(),
        author: ORGANIZATION_ADMIN.to_owned(),
        source: Endpoint { repository: from, branch: branch.to_owned(), hash },
        destination,
        merge_commit: None,
        close_source_branch: call.body.get("close_source_branch").and_then(Value::as_bool).unwrap_or_default(),
        closed_by: None,
        reason: String::new(),
        created: now,
        updated: now,
        reviewers,
        participants: BTreeMap::new(),
        draft: call.body.get("draft").and_then(Value::as_bool).unwrap_or_default(),
        comments: Vec::new(),
        tasks: Vec::new(),
        activity: Vec::new(),
    };
    made.record(now, ORGANIZATION_ADMIN);
    repository.pull_requests.push(made);
    let place = format!("{}/2.0/repositories/{name}/pullrequests/{id}", state.url);
    Ok(told(state, call, &id.to_string(), 201)?.header("location", place))
}

pub fn closed() -> Refusal {
    Refusal::new(400, "", "This pull request is already closed.")
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    fetch(state, call)?;
    let now = state.now();
    let repository = state.bitbucket.repository(call)?;
    let found = repository.pull_request(call.argument(2))?;
    if !found.is_open() {
        return Err(closed());
    }
    let title = title(call)?;
    let reviewers = reviewers(state, call, &found.author)?;
    let destination = branch_of(call, "destination").map(|branch| destination(repository, branch)).transpose()?;
    let source = match branch_of(call, "source") {
        Some(branch) if branch != found.source.branch => {
            let hash = state.bitbucket.repositories.get(&found.source.repository).and_then(|owner| owner.branches.get(branch));
            Some((branch.to_owned(), hash.ok_or_else(|| bad("source", format!("There is no branch {branch}.")))?.clone()))
        }
        _ => None,
    };
    let found = state.bitbucket.repository_mut(call)?.pull_request_mut(call.argument(2))?;
    if let Some((branch, hash)) = source {
        (found.source.branch, found.source.hash) = (branch, hash);
    }
    found.title = title.unwrap_or_else(|| found.title.clone());
    found.reviewers = reviewers.unwrap_or_else(|| found.reviewers.clone());
    found.destination = destination.unwrap_or_else(|| found.destination.clone());
    found.description = call.text("description").map_or_else(|| found.description.clone(), str::to_owned);
    found.close_source_branch = call.body.get("close_source_branch").and_then(Value::as_bool).unwrap_or(found.close_source_branch);
    found.draft = call.body.get("draft").and_then(Value::as_bool).unwrap_or(found.draft);
    found.record(now, ORGANIZATION_ADMIN);
    told(state, call, call.argument(2), 200)
}

pub fn decline(state: &mut State, call: &Call) -> Outcome {
    fetch(state, call)?;
    let now = state.now();
    let repository = state.bitbucket.repository_mut(call)?;
    let (source, destination) = tips(repository, repository.pull_request(call.argument(2))?);
    let found = repository.pull_request_mut(call.argument(2))?;
    if !found.is_open() {
        return Err(closed());
    }
    (found.source.hash, found.destination.hash) = (source, destination);
    "DECLINED".clone_into(&mut found.state);
    found.closed_by = Some(ORGANIZATION_ADMIN.to_owned());
    found.record(now, ORGANIZATION_ADMIN);
    told(state, call, call.argument(2), 200)
}

pub fn list_commits(state: &mut State, call: &Call) -> Outcome {
    fetch(state, call)?;
    let repository = state.bitbucket.repository(call)?;
    let log = commits(repository, repository.pull_request(call.argument(2))?);
    page(state, call, log, |commit| render::commit(state, repository, commit))
}

/// The statuses of the newest commit.
pub fn list_statuses(state: &mut State, call: &Call) -> Outcome {
    fetch(state, call)?;
    let repository = state.bitbucket.repository(call)?;
    let (tip, _) = tips(repository, repository.pull_request(call.argument(2))?);
    let commit = repository.commits.get(&tip).ok_or_else(|| missing(&tip))?;
    page(state, call, commit.statuses.iter().collect(), |status| render::status(state, repository, &tip, status))
}

/// To the comparison of both branches.
fn compared(state: &mut State, call: &Call, kind: &str) -> Outcome {
    fetch(state, call)?;
    let repository = state.bitbucket.repository(call)?;
    let found = repository.pull_request(call.argument(2))?;
    let (source, destination) = tips(repository, found);
    let place = format!(
        "{}/2.0/repositories/{}/{kind}/{source}..{destination}{}",
        state.url,
        repository.full_name(),
        if matches!(kind, "diff" | "diffstat") { "?topic=true" } else { "" },
    );
    Ok(Reply::empty(302).header("location", place))
}

pub fn get_diff(state: &mut State, call: &Call) -> Outcome {
    compared(state, call, "diff")
}

pub fn list_diffstats(state: &mut State, call: &Call) -> Outcome {
    compared(state, call, "diffstat")
}

pub fn get_patch(state: &mut State, call: &Call) -> Outcome {
    compared(state, call, "patch")
}

pub fn list_conflicts(state: &mut State, call: &Call) -> Outcome {
    compared(state, call, "file-conflicts")
}
