//! Branches and tags.

use serde_json::Value;

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, page};
use super::render;
use super::store::{Repository, Tag, bad, missing};

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let branches = repository.branches.iter().map(|(name, hash)| (name, Some(hash)));
    let all = branches.chain(repository.tags.keys().map(|name| (name, None))).collect();
    page(state, call, all, |(name, hash)| match (hash, repository.tags.get(*name)) {
        (None, Some(tag)) => render::tag(state, repository, name, tag),
        (hash, _) => render::branch(state, repository, name, hash.map_or("", String::as_str)),
    })
}

pub fn list_branches(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    page(state, call, repository.branches.iter().collect(), |(name, hash)| render::branch(state, repository, name, hash))
}

pub fn list_tags(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    page(state, call, repository.tags.iter().collect(), |(name, tag)| render::tag(state, repository, name, tag))
}

pub fn get_branch(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let name = call.argument(2);
    let hash = repository.branches.get(name).ok_or_else(|| missing(&format!("Branch {name}")))?;
    Ok(answer(call, 200, render::branch(state, repository, name, hash)))
}

pub fn get_tag(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let name = call.argument(2);
    let tag = repository.tags.get(name).ok_or_else(|| missing(&format!("Tag {name}")))?;
    Ok(answer(call, 200, render::tag(state, repository, name, tag)))
}

/// Git's rules for names of refs, the common ones.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let good = !name.split('/').any(bad_part)
        && !name.ends_with('.')
        && !name.starts_with('-')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.chars().any(|letter| letter.is_control() || " ~^:?*[\\".contains(letter));
    if good { Ok(()) } else { Err(bad("name", format!("{name} is no good name for a branch or tag."))) }
}

/// The name and the commit that a body asks for.
fn wanted(repository: &Repository, call: &Call) -> Result<(String, String), Refusal> {
    let name = call.text("name").unwrap_or_default().to_owned();
    check_name(&name)?;
    let target = call.body.pointer("/target/hash").and_then(Value::as_str).unwrap_or_default();
    let commit = repository.resolve(target).ok_or_else(|| bad("target", format!("There is no commit {target}.")))?;
    Ok((name, commit.hash.clone()))
}

pub fn create_branch(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository_mut(call)?;
    let (name, hash) = wanted(repository, call)?;
    if repository.branches.contains_key(&name) {
        return Err(bad("name", format!("The branch {name} exists already.")));
    }
    repository.branches.insert(name.clone(), hash.clone());
    Ok(answer(call, 201, render::branch(state, state.bitbucket.repository(call)?, &name, &hash)))
}

pub fn create_tag(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let repository = state.bitbucket.repository_mut(call)?;
    let (name, hash) = wanted(repository, call)?;
    if repository.tags.contains_key(&name) {
        return Err(bad("name", format!("The tag {name} exists already.")));
    }
    let message = call.text("message").map(str::to_owned);
    let tag = Tag { hash, message, date: now, tagger: ORGANIZATION_ADMIN.to_owned() };
    repository.tags.insert(name.clone(), tag.clone());
    Ok(answer(call, 201, render::tag(state, state.bitbucket.repository(call)?, &name, &tag)))
}

pub fn delete_branch(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository_mut(call)?;
    let name = call.argument(2);
    if name == repository.main_branch && repository.branches.contains_key(name) {
        return Err(bad("name", "The main branch cannot be deleted."));
    }
    match repository.branches.remove(name) {
        Some(_) => Ok(Reply::empty(204)),
        None => Err(missing(&format!("Branch {name}"))),
    }
}

pub fn delete_tag(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository_mut(call)?;
    match repository.tags.remove(call.argument(2)) {
        Some(_) => Ok(Reply::empty(204)),
        None => Err(missing(&format!("Tag {}", call.argument(2)))),
    }
}
