//! Files and directories at a commit, and commits made of uploaded files.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::commits::{self, touches};
use super::listing::{answer, page};
use super::refs::check_name;
use super::render;
use super::store::{Commit, Repository, bad, missing};

enum Entry {
    File(String),
    Directory(String),
}

/// Directories first, each level by name, down to `depth` levels.
fn entries(commit: &Commit, directory: &str, depth: usize) -> Vec<Entry> {
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let (mut directories, mut files) = (BTreeSet::new(), Vec::new());
    for rest in commit.tree.keys().filter_map(|path| path.strip_prefix(&prefix)) {
        let steps: Vec<&str> = rest.split('/').collect();
        directories.extend(
            (1..steps.len().min(depth + 1)).filter_map(|level| steps.get(..level)).map(|steps| format!("{prefix}{}", steps.join("/"))),
        );
        if steps.len() <= depth {
            files.push(format!("{prefix}{rest}"));
        }
    }
    directories.into_iter().map(Entry::Directory).chain(files.into_iter().map(Entry::File)).collect()
}

fn file(state: &State, repository: &Repository, commit: &Commit, path: &str) -> Value {
    let name = repository.full_name();
    let place = format!("{}/{}", commit.hash, render::segment(path));
    let content = repository.content(commit, path);
    let binary = content.is_some_and(|content| std::str::from_utf8(content).is_err());
    json!({
        "type": "commit_file",
        "path": path,
        "escaped_path": path,
        "size": content.map_or(0, Bytes::len),
        "mimetype": mime(path),
        "attributes": if binary { json!(["binary"]) } else { json!([]) },
        "commit": render::commit_short(state, &name, &commit.hash),
        "links": {
            "self": render::link(state, &format!("repositories/{name}/src/{place}")),
            "meta": render::link(state, &format!("repositories/{name}/src/{place}?format=meta")),
            "history": render::link(state, &format!("repositories/{name}/filehistory/{place}")),
        },
    })
}

fn directory(state: &State, repository: &Repository, commit: &Commit, path: &str) -> Value {
    let name = repository.full_name();
    let place = format!("{}/{}/", commit.hash, render::segment(path));
    json!({
        "type": "commit_directory",
        "path": path,
        "commit": render::commit_short(state, &name, &commit.hash),
        "links": {
            "self": render::link(state, &format!("repositories/{name}/src/{place}")),
            "meta": render::link(state, &format!("repositories/{name}/src/{place}?format=meta")),
        },
    })
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "md" => "text/markdown",
        "html" => "text/html",
        "css" => "text/css",
        "js" => "application/javascript",
        "json" => "application/json",
        "py" => "text/x-python",
        "png" => "image/png",
        "yml" | "yaml" => "text/yaml",
        _ => "text/plain",
    }
}

fn list_below(state: &State, call: &Call, repository: &Repository, commit: &Commit, path: &str) -> Outcome {
    let depth = match call.query("max_depth").map(str::parse::<usize>) {
        None => 1,
        Some(Ok(depth)) if depth > 0 => depth,
        Some(_) => return Err(bad("max_depth", "At least one level is listed.")),
    };
    let path = path.trim_matches('/');
    let entries = entries(commit, path, depth);
    if entries.is_empty() && !path.is_empty() {
        return Err(missing(&format!("Directory {path}")));
    }
    if call.query("format") == Some("meta") {
        return Ok(answer(call, 200, directory(state, repository, commit, path)));
    }
    page(state, call, entries, |entry| match entry {
        Entry::File(path) => file(state, repository, commit, path),
        Entry::Directory(path) => directory(state, repository, commit, path),
    })
}

pub fn list_root(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = repository.resolve("HEAD").ok_or_else(|| missing(&format!("Branch {}", repository.main_branch)))?;
    list_below(state, call, repository, commit, "")
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = commits::find(repository, call)?;
    list_below(state, call, repository, commit, call.argument(3))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = commits::find(repository, call)?;
    let path = call.argument(3);
    let Some(content) = repository.content(commit, path) else {
        if entries(commit, path, 1).is_empty() {
            return Err(missing(&format!("File {path}")));
        }
        return list_below(state, call, repository, commit, path);
    };
    if call.query("format") == Some("meta") {
        return Ok(answer(call, 200, file(state, repository, commit, path)));
    }
    Ok(Reply::file(200, content.clone()).header("content-type", mime(path)))
}

pub fn list_history(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let commit = commits::find(repository, call)?;
    let path = call.argument(3);
    let mut log = repository.log(std::slice::from_ref(&commit.hash), &[]);
    log.retain(|commit| commit.tree.contains_key(path) && touches(repository, commit, path));
    if log.is_empty() {
        return Err(missing(&format!("File {path}")));
    }
    page(state, call, log, |found| {
        let mut body = file(state, repository, found, path);
        if let Some(map) = body.as_object_mut() {
            map.insert("commit".to_owned(), render::commit(state, repository, found));
        }
        body
    })
}

/// The form of an upload.
#[derive(Debug, Default)]
struct Upload {
    files: BTreeMap<String, Bytes>,
    deleted: Vec<String>,
    message: Option<String>,
    author: Option<String>,
    parents: Option<String>,
    branch: Option<String>,
}

fn read(call: &Call) -> Result<Upload, Refusal> {
    let mut upload = Upload::default();
    for part in &call.parts {
        let text = || String::from_utf8_lossy(&part.content).into_owned();
        match (part.name.as_str(), &part.file_name) {
            ("message", None) => upload.message = Some(text()),
            ("author", None) => upload.author = Some(text()),
            ("parents", None) => upload.parents = Some(text()),
            ("branch", None) => upload.branch = Some(text()),
            ("files", None) => upload.deleted.push(text().trim_matches('/').to_owned()),
            (name, _) => {
                let path = name.trim_matches('/').to_owned();
                if path.is_empty() || path.split('/').any(|step| matches!(step, "" | "." | ".." | ".git")) {
                    return Err(bad("files", format!("{name} is no path in a repository.")));
                }
                upload.files.insert(path, part.content.clone());
            }
        }
    }
    // A path that is named and sent is not to be deleted.
    upload.deleted.retain(|path| !upload.files.contains_key(path));
    Ok(upload)
}

pub fn create_commit(state: &mut State, call: &Call) -> Outcome {
    let (now, myself) = (state.now(), render::raw_author(state, ORGANIZATION_ADMIN));
    let upload = read(call)?;
    let author = upload.author.unwrap_or(myself);
    let address = author
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.strip_suffix('>'))
        .ok_or_else(|| bad("author", "An author is written as Ann Bee <ann@acme.example>."))?;
    let user = state.accounts.iter().find(|account| account.email == address).map(|account| account.id.clone());
    let repository = state.bitbucket.repository_mut(call)?;
    let branch = upload.branch.unwrap_or_else(|| repository.main_branch.clone());
    check_name(&branch)?;
    let tip = repository.branches.get(&branch).cloned();
    let parent = match upload.parents.as_deref().map(|name| name.split(',').next().unwrap_or(name).trim()) {
        None => tip.clone().or_else(|| repository.branches.get(&repository.main_branch).cloned()),
        Some(name) => Some(repository.resolve(name).ok_or_else(|| bad("parents", format!("There is no commit {name}.")))?.hash.clone()),
    };
    if tip.is_some() && tip != parent {
        return Err(Refusal::new(409, "", format!("The branch {branch} has moved on since that commit.")));
    }
    let mut tree = parent.as_ref().and_then(|hash| repository.commits.get(hash)).map(|commit| commit.tree.clone()).unwrap_or_default();
    if upload.files.is_empty() && upload.deleted.is_empty() {
        let (None, Some(parent)) = (tip, parent) else { return Err(bad("files", "There is nothing to commit.")) };
        repository.branches.insert(branch, parent.clone());
        return place(state, call, &parent);
    }
    for path in &upload.deleted {
        let below = format!("{path}/");
        let before = tree.len();
        tree.retain(|name, _| name != path && !name.starts_with(&below));
        if tree.len() == before {
            return Err(bad("files", format!("There is no file {path} to delete.")));
        }
    }
    for (path, content) in upload.files {
        let blob = repository.keep(content);
        tree.insert(path, blob);
    }
    let message = upload.message.unwrap_or_else(|| "Files changed online with Bitbucket".to_owned());
    let hash = repository.commit(now, author, user, message, parent.into_iter().collect(), tree);
    repository.branches.insert(branch, hash.clone());
    place(state, call, &hash)
}

fn place(state: &State, call: &Call, hash: &str) -> Outcome {
    let name = state.bitbucket.repository(call)?.full_name();
    Ok(Reply::empty(201).header("location", format!("{}/2.0/repositories/{name}/commit/{hash}", state.url)))
}
