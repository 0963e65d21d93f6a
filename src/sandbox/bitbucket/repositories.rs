//! Repositories: create, change, fork; who watches them and who reviews by default.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, page};
use super::render;
use super::store::{Repository, bad, braced, missing, slug};
use super::tokens;
use super::workspaces::permission;

/// Whether the caller has this role on a repository, or a higher one.
fn has_role(state: &State, repository: &Repository, role: Option<&str>) -> bool {
    let workspace = state.bitbucket.workspace(&repository.workspace).ok();
    let member = workspace.and_then(|workspace| workspace.members.get(ORGANIZATION_ADMIN)).map(|role| permission(role));
    match role {
        None => true,
        Some("contributor") => matches!(member, Some("write" | "admin")),
        Some("admin" | "owner") => member == Some("admin"),
        Some(_) => member.is_some(),
    }
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let workspace = &state.bitbucket.workspace(call.argument(0))?.slug;
    let found = state.bitbucket.repositories.values();
    let found = found.filter(|found| found.workspace == *workspace && has_role(state, found, call.query("role")));
    let found = found.filter(|found| tokens::shows(state, call, found)).collect();
    page(state, call, found, |repository| render::repository(state, repository))
}

pub fn list_public(state: &mut State, call: &Call) -> Outcome {
    let found =
        state.bitbucket.repositories.values().filter(|found| !found.is_private && has_role(state, found, call.query("role"))).collect();
    page(state, call, found, |repository| render::repository(state, repository))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    Ok(answer(call, 200, render::repository(state, repository)))
}

/// The project that a body names, or the workspace's oldest one.
fn project(state: &State, call: &Call, workspace: &str) -> Result<String, Refusal> {
    let projects = &state.bitbucket.workspace(workspace)?.projects;
    let (key, uuid) =
        (call.body.pointer("/project/key").and_then(Value::as_str), call.body.pointer("/project/uuid").and_then(Value::as_str));
    if key.is_none() && uuid.is_none() {
        let oldest = projects.iter().min_by_key(|project| project.created);
        return oldest.map(|project| project.key.clone()).ok_or_else(|| bad("project", "The workspace has no project."));
    }
    let found = projects.iter().find(|project| Some(project.key.as_str()) == key || Some(project.uuid.as_str()) == uuid);
    found.map(|project| project.key.clone()).ok_or_else(|| bad("project", "There is no such project."))
}

fn is_slug(slug: &str) -> bool {
    !slug.is_empty()
        && slug.len() <= 62
        && slug.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || b"._-".contains(&letter))
}

/// A repository with nothing in it.
pub fn empty(workspace: &str, slug: &str, project: &str, now: i64) -> Repository {
    Repository {
        workspace: workspace.to_owned(),
        slug: slug.to_owned(),
        uuid: braced("repository", &format!("{workspace}/{slug}/{now}")),
        name: slug.to_owned(),
        description: String::new(),
        is_private: true,
        language: String::new(),
        has_issues: false,
        has_wiki: false,
        fork_policy: "no_public_forks".to_owned(),
        project: project.to_owned(),
        main_branch: "main".to_owned(),
        parent: None,
        created: now,
        updated: now,
        commits: BTreeMap::new(),
        blobs: BTreeMap::new(),
        branches: BTreeMap::new(),
        tags: BTreeMap::new(),
        pull_requests: Vec::new(),
        issues: Vec::new(),
        pipelines: Vec::new(),
        watchers: BTreeSet::new(),
        default_reviewers: BTreeSet::new(),
        branching_model: None,
    }
}

/// Takes over what a body says of a repository; its name and project are the caller's matter.
fn change(repository: &mut Repository, body: &Value) -> Result<(), Refusal> {
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let flag = |key: &str| body.get(key).and_then(Value::as_bool);
    if let Some(policy) = text("fork_policy") {
        if !["allow_forks", "no_public_forks", "no_forks"].contains(&policy.as_str()) {
            return Err(bad("fork_policy", format!("{policy} is no policy for forks.")));
        }
        repository.fork_policy = policy;
    }
    if text("scm").is_some_and(|scm| scm != "git") {
        return Err(bad("scm", "Only git is supported."));
    }
    repository.description = text("description").unwrap_or_else(|| repository.description.clone());
    repository.language = text("language").unwrap_or_else(|| repository.language.clone());
    repository.is_private = flag("is_private").unwrap_or(repository.is_private);
    repository.has_issues = flag("has_issues").unwrap_or(repository.has_issues);
    repository.has_wiki = flag("has_wiki").unwrap_or(repository.has_wiki);
    if let Some(branch) = body.pointer("/mainbranch/name").and_then(Value::as_str) {
        if !repository.branches.is_empty() && !repository.branches.contains_key(branch) {
            return Err(bad("mainbranch", format!("There is no branch {branch}.")));
        }
        branch.clone_into(&mut repository.main_branch);
    }
    Ok(())
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?.slug.clone();
    let slug = call.argument(1).to_owned();
    if !is_slug(&slug) {
        return Err(bad("slug", "A slug has lower-case letters, digits, dots, hyphens and underscores, 62 at most."));
    }
    if state.bitbucket.full_name(&workspace, &slug).is_ok() {
        return Err(bad("name", format!("A repository {workspace}/{slug} exists already.")));
    }
    let mut made = empty(&workspace, &slug, &project(state, call, &workspace)?, state.now());
    call.text("name").unwrap_or(&slug).clone_into(&mut made.name);
    change(&mut made, &call.body)?;
    let body = render::repository(state, &made);
    state.bitbucket.repositories.insert(made.full_name(), made);
    Ok(answer(call, 200, body))
}

/// Changes a repository, or makes it when there is none at this address. A new name moves it.
pub fn update(state: &mut State, call: &Call) -> Outcome {
    let Ok(old) = state.bitbucket.full_name(call.argument(0), call.argument(1)) else {
        let mut reply = create(state, call)?;
        reply.status = 201;
        return Ok(reply);
    };
    let now = state.now();
    let workspace = state.bitbucket.repository(call)?.workspace.clone();
    let project = if call.body.get("project").is_some_and(Value::is_object) { Some(project(state, call, &workspace)?) } else { None };
    let renamed = call.text("name").map(|name| (name.to_owned(), slug(name)));
    if let Some((name, new)) = &renamed {
        if !is_slug(new) {
            return Err(bad("name", format!("{name} makes no good slug.")));
        }
        let full = format!("{workspace}/{new}");
        if full != old && state.bitbucket.repositories.contains_key(&full) {
            return Err(bad("name", format!("A repository {full} exists already.")));
        }
    }
    let repository = state.bitbucket.repository_mut(call)?;
    change(repository, &call.body)?;
    repository.project = project.unwrap_or_else(|| repository.project.clone());
    repository.updated = now;
    let mut full = old.clone();
    if let Some((name, new)) = renamed {
        repository.name = name;
        repository.slug = new;
        full = repository.full_name();
    }
    if full != old {
        rename(state, &old, &full);
    }
    let repository = state.bitbucket.repositories.get(&full).ok_or_else(|| missing(&full))?;
    Ok(answer(call, 200, render::repository(state, repository)).header("location", format!("{}/2.0/repositories/{full}", state.url)))
}

/// Whatever names a repository by its full name follows it.
fn rename(state: &mut State, old: &str, new: &str) {
    let bitbucket = &mut state.bitbucket;
    if let Some(repository) = bitbucket.repositories.remove(old) {
        bitbucket.repositories.insert(new.to_owned(), repository);
    }
    for repository in bitbucket.repositories.values_mut() {
        if repository.parent.as_deref() == Some(old) {
            repository.parent = Some(new.to_owned());
        }
        for end in repository.pull_requests.iter_mut().flat_map(|found| [&mut found.source, &mut found.destination]) {
            if end.repository == old {
                new.clone_into(&mut end.repository);
            }
        }
    }
    let below = format!("{old}/");
    let moved: Vec<String> = bitbucket.records.keys().filter(|key| key.starts_with(&below)).cloned().collect();
    for key in moved {
        if let (Some(rest), Some(records)) = (key.strip_prefix(&below), bitbucket.records.remove(&key)) {
            bitbucket.records.insert(format!("{new}/{rest}"), records);
        }
    }
    for merge in bitbucket.merges.values_mut().filter(|merge| merge.repository == old) {
        new.clone_into(&mut merge.repository);
    }
    state.files.rename(&format!("download/{old}/"), &format!("download/{new}/"));
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let name = state.bitbucket.full_name(call.argument(0), call.argument(1))?;
    state.bitbucket.repositories.remove(&name);
    let below = format!("{name}/");
    state.bitbucket.records.retain(|key, _| !key.starts_with(&below));
    state.bitbucket.merges.retain(|_, merge| merge.repository != name);
    state.files.remove_below(&format!("download/{below}"));
    Ok(Reply::empty(204))
}

pub fn list_forks(state: &mut State, call: &Call) -> Outcome {
    let name = state.bitbucket.repository(call)?.full_name();
    let forks = state.bitbucket.repositories.values().filter(|fork| fork.parent.as_ref() == Some(&name));
    let forks = forks.filter(|fork| has_role(state, fork, call.query("role"))).collect();
    page(state, call, forks, |fork| render::repository(state, fork))
}

pub fn fork(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let parent = state.bitbucket.repository(call)?;
    let private = call.body.get("is_private").and_then(Value::as_bool).unwrap_or(parent.is_private);
    if parent.fork_policy == "no_forks" || (parent.fork_policy == "no_public_forks" && !private) {
        return Err(Refusal::new(403, "", "The policy of the repository does not allow such a fork."));
    }
    let target = call.body.pointer("/workspace/slug").or_else(|| call.body.pointer("/workspace/uuid")).and_then(Value::as_str);
    let workspace = state.bitbucket.workspace(target.unwrap_or(&parent.workspace))?.slug.clone();
    let name = call.text("name").unwrap_or(&parent.name).to_owned();
    let new = slug(&name);
    if !is_slug(&new) || state.bitbucket.full_name(&workspace, &new).is_ok() {
        return Err(bad("name", format!("A repository {workspace}/{new} exists already; give the fork a name of its own.")));
    }
    let project = project(state, call, &workspace)?;
    let mut fork = Repository {
        name,
        description: parent.description.clone(),
        is_private: parent.is_private,
        language: parent.language.clone(),
        fork_policy: parent.fork_policy.clone(),
        main_branch: parent.main_branch.clone(),
        parent: Some(parent.full_name()),
        commits: parent.commits.clone(),
        blobs: parent.blobs.clone(),
        branches: parent.branches.clone(),
        tags: parent.tags.clone(),
        ..empty(&workspace, &new, &project, now)
    };
    for commit in fork.commits.values_mut() {
        commit.comments.clear();
        commit.approvals.clear();
        commit.statuses.clear();
    }
    change(&mut fork, &call.body)?;
    let body = render::repository(state, &fork);
    state.bitbucket.repositories.insert(fork.full_name(), fork);
    Ok(answer(call, 201, body))
}

pub fn list_watchers(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    page(state, call, repository.watchers.iter().collect(), |id| render::user(state, id))
}

pub fn list_reviewers(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    page(state, call, repository.default_reviewers.iter().collect(), |id| render::user(state, id))
}

pub fn list_effective_reviewers(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    page(
        state,
        call,
        repository.default_reviewers.iter().collect(),
        |id| json!({"type": "default_reviewer", "reviewer_type": "repository", "user": render::user(state, id)}),
    )
}

pub fn get_reviewer(state: &mut State, call: &Call) -> Outcome {
    let id = state.bitbucket_account(call.argument(2))?;
    let found = state.bitbucket.repository(call)?.default_reviewers.get(&id);
    let id = found.ok_or_else(|| missing(&format!("Default reviewer {}", call.argument(2))))?;
    Ok(answer(call, 200, render::user(state, id)))
}

pub fn add_reviewer(state: &mut State, call: &Call) -> Outcome {
    let id = state.bitbucket_account(call.argument(2))?;
    let workspace = &state.bitbucket.repository(call)?.workspace;
    if !state.bitbucket.workspace(workspace)?.members.contains_key(&id) {
        return Err(bad("user", "Only members of the workspace can review by default."));
    }
    state.bitbucket.repository_mut(call)?.default_reviewers.insert(id.clone());
    Ok(answer(call, 200, render::user(state, &id)))
}

pub fn remove_reviewer(state: &mut State, call: &Call) -> Outcome {
    let id = state.bitbucket_account(call.argument(2))?;
    if !state.bitbucket.repository_mut(call)?.default_reviewers.remove(&id) {
        return Err(missing(&format!("Default reviewer {}", call.argument(2))));
    }
    Ok(Reply::empty(204))
}

fn settings(repository: &Repository) -> Value {
    repository.branching_model.clone().unwrap_or_else(|| {
        json!({
            "development": {"is_valid": true, "name": null, "use_mainbranch": true},
            "production": {"is_valid": true, "name": null, "use_mainbranch": false, "enabled": false},
            "branch_types": [
                {"kind": "bugfix", "prefix": "bugfix/", "enabled": true},
                {"kind": "feature", "prefix": "feature/", "enabled": true},
                {"kind": "hotfix", "prefix": "hotfix/", "enabled": true},
                {"kind": "release", "prefix": "release/", "enabled": true},
            ],
        })
    })
}

fn model(state: &State, repository: &Repository, kind: &str) -> Value {
    let settings = settings(repository);
    let end = |key: &str| {
        let setting = settings.get(key)?;
        if setting.get("enabled").and_then(Value::as_bool) == Some(false) {
            return None;
        }
        let main = setting.get("use_mainbranch").and_then(Value::as_bool).unwrap_or_default();
        let name = if main { &repository.main_branch } else { setting.get("name")?.as_str()? };
        let branch = repository.branches.get(name).map(|hash| render::branch(state, repository, name, hash));
        Some(render::without_nulls(json!({"name": name, "use_mainbranch": main, "branch": branch})))
    };
    let types = settings.get("branch_types").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let types: Vec<Value> = (types.iter())
        .filter(|kind| kind.get("enabled").and_then(Value::as_bool) != Some(false))
        .map(|kind| json!({"kind": kind.get("kind"), "prefix": kind.get("prefix")}))
        .collect();
    let path = format!("repositories/{}/branching-model", repository.full_name());
    render::without_nulls(json!({
        "type": kind,
        "development": end("development"),
        "production": end("production"),
        "branch_types": types,
        "links": {"self": render::link(state, &path)},
    }))
}

pub fn branching_model(state: &mut State, call: &Call) -> Outcome {
    Ok(answer(call, 200, model(state, state.bitbucket.repository(call)?, "branching_model")))
}

pub fn effective_branching_model(state: &mut State, call: &Call) -> Outcome {
    let mut body = model(state, state.bitbucket.repository(call)?, "effective_repo_branching_model");
    if let Some(map) = body.as_object_mut() {
        map.remove("links");
    }
    Ok(answer(call, 200, body))
}

pub fn branching_settings(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let mut body = json!({
        "type": "branching_model_settings",
        "links": {"self": render::link(state, &format!("repositories/{}/branching-model/settings", repository.full_name()))},
    });
    if let (Some(map), Value::Object(settings)) = (body.as_object_mut(), settings(repository)) {
        map.extend(settings);
    }
    Ok(answer(call, 200, body))
}

pub fn update_branching_settings(state: &mut State, call: &Call) -> Outcome {
    let mut settings = settings(state.bitbucket.repository(call)?);
    for key in ["development", "production"] {
        let Some(Value::Object(changes)) = call.body.get(key) else { continue };
        if let Some(Value::Object(setting)) = settings.get_mut(key) {
            setting.extend(changes.clone());
        }
    }
    let changes = call.body.get("branch_types").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for change in changes {
        let types = settings.get_mut("branch_types").and_then(Value::as_array_mut).into_iter().flatten();
        let mut same = types.filter(|kind| kind.get("kind") == change.get("kind"));
        match (same.next().and_then(Value::as_object_mut), change.as_object()) {
            (Some(kind), Some(change)) => kind.extend(change.clone()),
            _ => return Err(bad("branch_types", "The kinds of branches are feature, bugfix, release and hotfix.")),
        }
    }
    state.bitbucket.repository_mut(call)?.branching_model = Some(settings);
    branching_settings(state, call)
}
