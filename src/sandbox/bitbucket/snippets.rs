//! Snippets: files with a history, outside of any repository.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply, fnv, mix};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, page};
use super::store::{Blob, Comment, Revision, Snippet, bad, hash_of, missing};
use super::{comments, diff, render};

fn path(snippet: &Snippet) -> String {
    format!("snippets/{}/{}", snippet.workspace, snippet.id)
}

fn newest(snippet: &Snippet) -> Option<&Revision> {
    snippet.revisions.last()
}

/// A snippet with the files of one revision.
fn render(state: &State, snippet: &Snippet, revision: Option<&Revision>) -> Value {
    let base = path(snippet);
    let hash = revision.map_or("", |revision| revision.hash.as_str());
    let file = |name: &str| json!({"links": {"self": render::link(state, &format!("{base}/{hash}/files/{}", render::segment(name)))}});
    let files: Map<String, Value> =
        revision.into_iter().flat_map(|found| found.files.keys()).map(|name| (name.clone(), file(name))).collect();
    let mut links: Map<String, Value> = ["comments", "watchers", "commits"]
        .iter()
        .map(|name| ((*name).to_owned(), render::link(state, &format!("{base}/{name}"))))
        .collect();
    links.insert("self".to_owned(), render::link(state, &base));
    links.insert("html".to_owned(), json!({"href": format!("https://bitbucket.org/{base}")}));
    json!({
        "type": "snippet",
        "id": snippet.id,
        "title": snippet.title,
        "scm": "git",
        "is_private": snippet.is_private,
        "owner": render::user(state, &snippet.owner),
        "creator": render::user(state, &snippet.creator),
        "created_on": render::time(snippet.created),
        "updated_on": render::time(snippet.updated),
        "files": files,
        "links": links,
    })
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Snippet, Refusal> {
    let workspace = &state.bitbucket.workspace(call.argument(0))?.slug;
    let found = state.bitbucket.snippets.iter().find(|snippet| snippet.workspace == *workspace && snippet.id == call.argument(1));
    found.ok_or_else(|| missing(&format!("Snippet {}", call.argument(1))))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Snippet, Refusal> {
    let (workspace, id) = find(state, call).map(|found| (found.workspace.clone(), found.id.clone()))?;
    let found = state.bitbucket.snippets.iter_mut().find(|snippet| snippet.workspace == workspace && snippet.id == id);
    found.ok_or_else(|| missing(&format!("Snippet {id}")))
}

fn revision<'a>(snippet: &'a Snippet, name: &str) -> Result<&'a Revision, Refusal> {
    let found = snippet.revisions.iter().find(|revision| name.len() >= 7 && revision.hash.starts_with(name));
    found.ok_or_else(|| missing(&format!("Revision {name}")))
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let workspace = match call.argument(0) {
        "" => None,
        name => Some(state.bitbucket.workspace(name)?.slug.clone()),
    };
    let own = call.query("role") == Some("owner");
    let found = state.bitbucket.snippets.iter().rev();
    let found = found.filter(|snippet| {
        workspace.as_ref().is_none_or(|name| *name == snippet.workspace) && (!own || snippet.owner == ORGANIZATION_ADMIN)
    });
    page(state, call, found.collect(), |snippet| render(state, snippet, newest(snippet)))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let snippet = find(state, call)?;
    Ok(answer(call, 200, render(state, snippet, newest(snippet))))
}

/// What a form holds: files to add, names to delete, title, privacy.
fn form(call: &Call) -> (BTreeMap<String, Blob>, Vec<String>, Option<String>, Option<bool>) {
    let (mut files, mut named, mut title, mut private) = (BTreeMap::new(), Vec::new(), None, None);
    for part in &call.parts {
        let text = || String::from_utf8_lossy(&part.content).into_owned();
        match (&part.file_name, part.name.as_str()) {
            (Some(name), _) => {
                files.insert(name.clone(), Blob(part.content.clone()));
            }
            (None, "title") => title = Some(text()),
            (None, "is_private") => private = Some(text() == "true"),
            (None, "files") => named.push(text()),
            _ => {}
        }
    }
    named.retain(|name| !files.contains_key(name));
    (files, named, title, private)
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let name = if call.argument(0).is_empty() { "acme" } else { call.argument(0) };
    let workspace = state.bitbucket.workspace(name)?.slug.clone();
    let (files, _, title, private) = form(call);
    if files.is_empty() {
        return Err(bad("file", "A snippet has one file at least."));
    }
    let number = state.bitbucket.next();
    let title = title.or_else(|| files.keys().next().cloned()).unwrap_or_default();
    let made = make(&workspace, &title, private.unwrap_or(true), ORGANIZATION_ADMIN, number, now, files);
    let body = render(state, &made, newest(&made));
    let place = format!("{}/2.0/{}", state.url, path(&made));
    state.bitbucket.snippets.push(made);
    Ok(answer(call, 201, body).header("location", place))
}

pub fn make(workspace: &str, title: &str, is_private: bool, owner: &str, number: u64, now: i64, files: BTreeMap<String, Blob>) -> Snippet {
    let letters = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mixed = mix(number);
    let id =
        (0..6).filter_map(|place| letters.get((mixed >> (place * 8)) as usize % letters.len())).map(|letter| char::from(*letter)).collect();
    Snippet {
        id,
        workspace: workspace.to_owned(),
        title: title.to_owned(),
        is_private,
        owner: owner.to_owned(),
        creator: owner.to_owned(),
        created: now,
        updated: now,
        revisions: vec![Revision { hash: hash_of("snippet", number), date: now, user: owner.to_owned(), files }],
        comments: Vec::new(),
        watchers: BTreeSet::from([owner.to_owned()]),
    }
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let (files, deleted, title, private) = form(call);
    let (title, private) =
        (title.or_else(|| call.text("title").map(str::to_owned)), private.or_else(|| call.body.get("is_private")?.as_bool()));
    let number = state.bitbucket.next();
    let snippet = find_mut(state, call)?;
    if !files.is_empty() || !deleted.is_empty() {
        let mut all = newest(snippet).map(|revision| revision.files.clone()).unwrap_or_default();
        if let Some(name) = deleted.iter().find(|name| !all.contains_key(*name)) {
            return Err(bad("files", format!("There is no file {name}.")));
        }
        all.retain(|name, _| !deleted.contains(name));
        all.extend(files);
        if all.is_empty() {
            return Err(bad("file", "A snippet has one file at least."));
        }
        snippet.revisions.push(Revision { hash: hash_of("snippet", number), date: now, user: ORGANIZATION_ADMIN.to_owned(), files: all });
    }
    snippet.title = title.unwrap_or_else(|| snippet.title.clone());
    snippet.is_private = private.unwrap_or(snippet.is_private);
    snippet.updated = now;
    get(state, call)
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let (workspace, id) = find(state, call).map(|found| (found.workspace.clone(), found.id.clone()))?;
    state.bitbucket.snippets.retain(|snippet| snippet.workspace != workspace || snippet.id != id);
    Ok(Reply::empty(204))
}

pub fn get_revision(state: &mut State, call: &Call) -> Outcome {
    let snippet = find(state, call)?;
    Ok(answer(call, 200, render(state, snippet, Some(revision(snippet, call.argument(2))?))))
}

/// Only the newest revision can be changed.
fn check_newest(state: &State, call: &Call) -> Result<(), Refusal> {
    let snippet = find(state, call)?;
    let named = &revision(snippet, call.argument(2))?.hash;
    if newest(snippet).is_some_and(|revision| revision.hash == *named) {
        Ok(())
    } else {
        Err(Refusal::new(405, "", "This is not the newest revision."))
    }
}

pub fn update_revision(state: &mut State, call: &Call) -> Outcome {
    check_newest(state, call)?;
    update(state, call)
}

pub fn delete_revision(state: &mut State, call: &Call) -> Outcome {
    check_newest(state, call)?;
    delete(state, call)
}

pub fn get_file(state: &mut State, call: &Call) -> Outcome {
    let snippet = find(state, call)?;
    let found = newest(snippet).filter(|revision| revision.files.contains_key(call.argument(2)));
    let found = found.ok_or_else(|| missing(&format!("File {}", call.argument(2))))?;
    let place = format!("{}/2.0/{}/{}/files/{}", state.url, path(snippet), found.hash, render::segment(call.argument(2)));
    Ok(Reply::empty(302).header("location", place))
}

pub fn get_revision_file(state: &mut State, call: &Call) -> Outcome {
    let file = revision(find(state, call)?, call.argument(2))?.files.get(call.argument(3));
    let file = file.ok_or_else(|| missing(&format!("File {}", call.argument(3))))?;
    Ok(Reply::file(200, file.0.clone()).header("content-type", "text/plain"))
}

fn commit(state: &State, snippet: &Snippet, place: usize, revision: &Revision) -> Value {
    let raw = render::raw_author(state, &revision.user);
    let author = |kind: &str| json!({"type": kind, "raw": raw, "user": render::user(state, &revision.user)});
    let base = path(snippet);
    let parent = place.checked_sub(1).and_then(|before| snippet.revisions.get(before));
    let parents: Vec<Value> = parent.into_iter().map(|parent| json!({"type": "commit", "hash": parent.hash})).collect();
    json!({
        "type": "snippet_commit",
        "hash": revision.hash,
        "date": render::time(revision.date),
        "message": if place == 0 { "Snippet created" } else { "Snippet changed" },
        "author": author("author"),
        "committer": author("committer"),
        "parents": parents,
        "links": {
            "self": render::link(state, &format!("{base}/commits/{}", revision.hash)),
            "diff": render::link(state, &format!("{base}/{}/diff", revision.hash)),
        },
    })
}

pub fn list_commits(state: &mut State, call: &Call) -> Outcome {
    let snippet = find(state, call)?;
    page(state, call, snippet.revisions.iter().enumerate().rev().collect(), |(place, revision)| commit(state, snippet, *place, revision))
}

pub fn get_commit(state: &mut State, call: &Call) -> Outcome {
    let snippet = find(state, call)?;
    let hash = &revision(snippet, call.argument(2))?.hash;
    let found = snippet.revisions.iter().enumerate().find(|(_, revision)| revision.hash == *hash);
    let (place, found) = found.ok_or_else(|| missing(&format!("Revision {hash}")))?;
    Ok(answer(call, 200, commit(state, snippet, place, found)))
}

/// What a revision changed, or what lies between two of them: `old..new`.
fn changes(snippet: &Snippet, spec: &str) -> Result<(String, String), Refusal> {
    let (old, new) = match spec.split_once("..") {
        Some((old, new)) => (Some(revision(snippet, old)?), revision(snippet, new)?),
        None => {
            let new = revision(snippet, spec)?;
            let place = snippet.revisions.iter().position(|revision| revision.hash == new.hash).unwrap_or_default();
            (place.checked_sub(1).and_then(|before| snippet.revisions.get(before)), new)
        }
    };
    let files =
        |revision: &Revision| revision.files.iter().map(|(name, blob)| (name.clone(), fnv(&blob.0))).collect::<BTreeMap<String, u64>>();
    let blobs: BTreeMap<u64, &Bytes> =
        old.into_iter().chain([new]).flat_map(|revision| revision.files.values()).map(|blob| (fnv(&blob.0), &blob.0)).collect();
    let changes = diff::changes(&old.map(files).unwrap_or_default(), &files(new), true);
    let text = changes.iter().map(|change| diff::unified(change, |blob| blobs.get(&blob).copied(), 3, false)).collect();
    Ok((new.hash.clone(), text))
}

pub fn get_diff(state: &mut State, call: &Call) -> Outcome {
    let (_, text) = changes(find(state, call)?, call.argument(2))?;
    Ok(Reply::file(200, Bytes::from(text)).header("content-type", "text/plain"))
}

pub fn get_patch(state: &mut State, call: &Call) -> Outcome {
    let snippet = find(state, call)?;
    let (hash, text) = changes(snippet, call.argument(2))?;
    let author = render::raw_author(state, &snippet.owner);
    let patch = format!("From {hash} Mon Sep 17 00:00:00 2001\nFrom: {author}\nSubject: [PATCH] {}\n\n---\n\n{text}", snippet.title);
    Ok(Reply::file(200, Bytes::from(patch)).header("content-type", "text/plain"))
}

pub fn list_watchers(state: &mut State, call: &Call) -> Outcome {
    let snippet = find(state, call)?;
    page(state, call, snippet.watchers.iter().collect(), |id| render::user(state, id))
}

pub fn check_watch(state: &mut State, call: &Call) -> Outcome {
    let watched = find(state, call)?.watchers.contains(ORGANIZATION_ADMIN);
    if watched { Ok(Reply::empty(204)) } else { Err(Refusal::new(404, "", "You do not watch this snippet.")) }
}

pub fn watch(state: &mut State, call: &Call) -> Outcome {
    find_mut(state, call)?.watchers.insert(ORGANIZATION_ADMIN.to_owned());
    Ok(Reply::empty(204))
}

pub fn unwatch(state: &mut State, call: &Call) -> Outcome {
    find_mut(state, call)?.watchers.remove(ORGANIZATION_ADMIN);
    Ok(Reply::empty(204))
}

fn comment(state: &State, snippet: &Snippet, said: &Comment) -> Value {
    let mut body = render::comment(state, said, "snippet_comment", &format!("{}/comments", path(snippet)));
    if let Some(map) = body.as_object_mut() {
        let link = render::link(state, &path(snippet));
        map.insert("snippet".to_owned(), json!({"type": "snippet", "title": snippet.title, "links": {"self": link}}));
    }
    body
}

pub fn list_comments(state: &mut State, call: &Call) -> Outcome {
    let snippet = find(state, call)?;
    page(state, call, comments::visible(&snippet.comments), |said| comment(state, snippet, said))
}

fn told(state: &State, call: &Call, id: &str, status: u16) -> Outcome {
    let snippet = find(state, call)?;
    Ok(answer(call, status, comment(state, snippet, comments::find(&snippet.comments, id)?)))
}

pub fn get_comment(state: &mut State, call: &Call) -> Outcome {
    told(state, call, call.argument(2), 200)
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
    comments::change(&mut find_mut(state, call)?.comments, call, call.argument(2), now)?;
    told(state, call, call.argument(2), 200)
}

pub fn delete_comment(state: &mut State, call: &Call) -> Outcome {
    comments::delete(&mut find_mut(state, call)?.comments, call.argument(2))?;
    Ok(Reply::empty(204))
}
