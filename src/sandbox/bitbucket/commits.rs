//! Commits: what was done when, what was said of it, and what the builds found.

use serde_json::Value;

use super::super::call::{Call, Outcome, texts};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::comments;
use super::listing::{answer, page};
use super::render;
use super::store::{Commit, Repository, Status, bad, missing};

const STATES: [&str; 4] = ["FAILED", "INPROGRESS", "STOPPED", "SUCCESSFUL"];

/// The commit that the third path argument names.
pub fn find<'a>(repository: &'a Repository, call: &Call) -> Result<&'a Commit, Refusal> {
    repository.resolve(call.argument(2)).ok_or_else(|| missing(&format!("Commit {}", call.argument(2))))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Commit, Refusal> {
    let repository = state.bitbucket.repository_mut(call)?;
    let hash = find(repository, call)?.hash.clone();
    repository.commits.get_mut(&hash).ok_or_else(|| missing(&hash))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    Ok(answer(call, 200, render::whole_commit(state, repository, find(repository, call)?)))
}

/// The log from all branches and tags, or from what the call names.
pub fn list(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let named = |key: &str| {
        let sent = call.query.iter().filter(|(name, _)| name == key).map(|(_, value)| value.clone());
        sent.chain(texts(call.body.get(key))).collect::<Vec<String>>()
    };
    let resolve = |names: Vec<String>| -> Result<Vec<String>, Refusal> {
        let found = names
            .iter()
            .map(|name| repository.resolve(name).map(|commit| commit.hash.clone()).ok_or_else(|| missing(&format!("Commit {name}"))));
        found.collect()
    };
    let revision = (!call.argument(2).is_empty()).then(|| call.argument(2).to_owned());
    let mut include = resolve(named("include").into_iter().chain(revision).collect())?;
    if include.is_empty() {
        include.extend(repository.branches.values().cloned().chain(repository.tags.values().map(|tag| tag.hash.clone())));
    }
    let mut log = repository.log(&include, &resolve(named("exclude"))?);
    if let Some(path) = named("path").first() {
        log.retain(|commit| touches(repository, commit, path));
    }
    page(state, call, log, |commit| render::commit(state, repository, commit))
}

/// Whether a commit changed a file, or something in a directory.
pub fn touches(repository: &Repository, commit: &Commit, path: &str) -> bool {
    let path = path.trim_matches('/');
    let below = format!("{path}/");
    let part = |commit: Option<&Commit>| -> Vec<(String, u64)> {
        let tree = commit.map(|commit| commit.tree.iter());
        let within = tree.into_iter().flatten().filter(|(name, _)| *name == path || name.starts_with(&below));
        within.map(|(name, blob)| (name.clone(), *blob)).collect()
    };
    let mine = part(Some(commit));
    // As in git's log, a merge counts only if it differs from every parent.
    let mut parents = commit.parents.iter().map(|parent| part(repository.commits.get(parent)));
    if commit.parents.is_empty() { !mine.is_empty() } else { parents.all(|parent| parent != mine) }
}

pub fn approve(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    find_mut(state, call)?.approvals.insert(ORGANIZATION_ADMIN.to_owned(), now);
    Ok(answer(call, 200, render::participant(state, ORGANIZATION_ADMIN, "PARTICIPANT", Some("approved"), Some(now))))
}

pub fn unapprove(state: &mut State, call: &Call) -> Outcome {
    find_mut(state, call)?.approvals.remove(ORGANIZATION_ADMIN);
    Ok(Reply::empty(204))
}

fn base(repository: &Repository, commit: &Commit) -> String {
    format!("repositories/{}/commit/{}", repository.full_name(), commit.hash)
}

fn comment(state: &State, repository: &Repository, commit: &Commit, said: &super::store::Comment) -> Value {
    let mut body = render::comment(state, said, "commit_comment", &format!("{}/comments", base(repository, commit)));
    if let Some(map) = body.as_object_mut() {
        map.insert("commit".to_owned(), render::commit_short(state, &repository.full_name(), &commit.hash));
    }
    body
}

pub fn list_comments(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = find(repository, call)?;
    page(state, call, comments::visible(&commit.comments), |said| comment(state, repository, commit, said))
}

pub fn get_comment(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = find(repository, call)?;
    Ok(answer(call, 200, comment(state, repository, commit, comments::find(&commit.comments, call.argument(3))?)))
}

pub fn add_comment(state: &mut State, call: &Call) -> Outcome {
    let made = comments::make(state, call)?;
    let id = made.id;
    comments::add(&mut find_mut(state, call)?.comments, made)?;
    told(state, call, &id.to_string(), 201)
}

pub fn update_comment(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    comments::change(&mut find_mut(state, call)?.comments, call, call.argument(3), now)?;
    // As if it were made anew: so Atlassian's document has it.
    told(state, call, call.argument(3), 201)
}

pub fn delete_comment(state: &mut State, call: &Call) -> Outcome {
    comments::delete(&mut find_mut(state, call)?.comments, call.argument(3))?;
    Ok(Reply::empty(204))
}

fn told(state: &State, call: &Call, id: &str, status: u16) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = find(repository, call)?;
    let place = format!("{}/2.0/{}/comments/{id}", state.url, base(repository, commit));
    Ok(answer(call, status, comment(state, repository, commit, comments::find(&commit.comments, id)?)).header("location", place))
}

pub fn list_statuses(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = find(repository, call)?;
    let wanted = call.query("refname");
    let statuses = commit.statuses.iter().filter(|status| wanted.is_none() || status.refname.as_deref() == wanted).collect();
    page(state, call, statuses, |status| render::status(state, repository, &commit.hash, status))
}

pub fn get_status(state: &mut State, call: &Call) -> Outcome {
    told_status(state, call, call.argument(3), 200)
}

fn told_status(state: &State, call: &Call, key: &str, answered: u16) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = find(repository, call)?;
    let status = commit.statuses.iter().find(|status| status.key == key).ok_or_else(|| missing(&format!("Build status {key}")))?;
    Ok(answer(call, answered, render::status(state, repository, &commit.hash, status)))
}

fn check_state(call: &Call) -> Result<Option<String>, Refusal> {
    match call.text("state") {
        Some(state) if !STATES.contains(&state) => Err(bad("state", format!("{state} is none of {}.", STATES.join(", ")))),
        state => Ok(state.map(str::to_owned)),
    }
}

/// A status of a key that the commit has already takes the place of the old one.
pub fn create_status(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let key = call.text("key").unwrap_or_default().to_owned();
    if key.is_empty() || key.chars().count() > 40 {
        return Err(bad("key", "A key has 1 to 40 characters."));
    }
    let made = Status {
        state: check_state(call)?.ok_or_else(|| bad("state", "A state is required."))?,
        name: call.text("name").unwrap_or(&key).to_owned(),
        description: call.text("description").unwrap_or_default().to_owned(),
        url: call.text("url").unwrap_or_default().to_owned(),
        refname: call.text("refname").map(str::to_owned),
        created: now,
        updated: now,
        key: key.clone(),
    };
    let commit = find_mut(state, call)?;
    commit.statuses.retain(|status| status.key != key);
    commit.statuses.push(made);
    told_status(state, call, &key, 201)
}

pub fn update_status(state: &mut State, call: &Call) -> Outcome {
    let (now, changed) = (state.now(), check_state(call)?);
    let key = call.argument(3);
    let statuses = &mut find_mut(state, call)?.statuses;
    let status = statuses.iter_mut().find(|status| status.key == key).ok_or_else(|| missing(&format!("Build status {key}")))?;
    status.state = changed.unwrap_or_else(|| status.state.clone());
    for (key, place) in [("name", &mut status.name), ("description", &mut status.description), ("url", &mut status.url)] {
        if let Some(text) = call.text(key) {
            text.clone_into(place);
        }
    }
    status.refname = call.text("refname").map(str::to_owned).or_else(|| status.refname.clone());
    status.updated = now;
    told_status(state, call, key, 200)
}
