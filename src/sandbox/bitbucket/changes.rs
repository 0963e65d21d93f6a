//! Diffs, patches and conflicts between commits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::diff::{self, Change};
use super::listing::{answer, page};
use super::render;
use super::store::{Commit, Repository, bad, missing};

/// Two ends of a comparison: what is asked about, and what it is compared with (nothing: an empty tree).
struct Span<'a> {
    source: &'a Commit,
    destination: Option<&'a Commit>,
    /// What the source is compared with in the end.
    base: Option<&'a Commit>,
}

/// A commit with its first parent, or two as `source..destination`.
fn span<'a>(repository: &'a Repository, spec: &str, topic: bool) -> Result<Span<'a>, Refusal> {
    let find = |name: &str| repository.resolve(name).ok_or_else(|| missing(&format!("Commit {name}")));
    let Some((source, destination)) = spec.split_once("..") else {
        let source = find(spec)?;
        let parent = source.parents.first().and_then(|parent| repository.commits.get(parent));
        return Ok(Span { source, destination: parent, base: parent });
    };
    let (source, destination) = (find(source)?, find(destination.trim_start_matches('.'))?);
    let base = if topic { repository.merge_base(&source.hash, &destination.hash) } else { Some(destination) };
    Ok(Span { source, destination: Some(destination), base })
}

fn flag(call: &Call, key: &str, default: bool) -> bool {
    call.query(key).map_or(default, |text| text == "true")
}

/// Files that differ, only those that the call names.
fn differing(call: &Call, span: &Span) -> Vec<Change> {
    let empty = BTreeMap::new();
    let paths: Vec<&str> = call.query.iter().filter(|(key, _)| key == "path").map(|(_, path)| path.trim_matches('/')).collect();
    let mut changes = diff::changes(span.base.map_or(&empty, |base| &base.tree), &span.source.tree, flag(call, "renames", true));
    let within =
        |path: &str| paths.iter().any(|wanted| path == *wanted || path.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/')));
    changes.retain(|change| paths.is_empty() || within(change.path()) || change.old.as_ref().is_some_and(|(path, _)| within(path)));
    changes
}

fn text(repository: &Repository, changes: &[Change], context: usize, ignore_whitespace: bool) -> String {
    let content = |blob: u64| repository.blobs.get(&blob).map(|blob| &blob.0);
    changes.iter().map(|change| diff::unified(change, content, context, ignore_whitespace)).collect()
}

fn plain(text: String) -> Reply {
    Reply::file(200, Bytes::from(text)).header("content-type", "text/plain")
}

pub fn get_diff(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let span = span(repository, call.argument(2), flag(call, "topic", true))?;
    let context = match call.query("context").map(str::parse::<usize>) {
        None => 3,
        Some(Ok(lines)) => lines,
        Some(Err(_)) => return Err(bad("context", "The number of lines around a change is not negative.")),
    };
    Ok(plain(text(repository, &differing(call, &span), context, flag(call, "ignore_whitespace", false))))
}

pub fn list_diffstats(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let span = span(repository, call.argument(2), flag(call, "topic", true))?;
    let name = repository.full_name();
    let empty = Bytes::new();
    let content = |side: &Option<(String, u64)>| {
        side.as_ref().and_then(|(_, blob)| repository.blobs.get(blob)).map_or_else(|| empty.clone(), |blob| blob.0.clone())
    };
    page(state, call, differing(call, &span), |change| {
        let side = |side: &Option<(String, u64)>, commit: Option<&Commit>| {
            side.as_ref().zip(commit).map(|((path, _), commit)| {
                let link = render::link(state, &format!("repositories/{name}/src/{}/{}", commit.hash, render::segment(path)));
                json!({"type": "commit_file", "path": path, "escaped_path": path, "links": {"self": link}})
            })
        };
        let (added, removed) = diff::counts(&content(&change.old), &content(&change.new), flag(call, "ignore_whitespace", false));
        render::without_nulls(json!({
            "type": "diffstat",
            "status": change.status(),
            "lines_added": added,
            "lines_removed": removed,
            "old": side(&change.old, span.base),
            "new": side(&change.new, Some(span.source)),
        }))
    })
}

pub fn get_patch(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let spec = call.argument(2);
    let span = span(repository, spec, true)?;
    let mut commits = match span.destination {
        Some(destination) if spec.contains("..") => {
            repository.log(std::slice::from_ref(&span.source.hash), std::slice::from_ref(&destination.hash))
        }
        _ => vec![span.source],
    };
    commits.retain(|commit| commit.parents.len() < 2 || commits_alone(spec));
    let (count, mut patches) = (commits.len(), String::new());
    let empty = BTreeMap::new();
    for (place, commit) in commits.into_iter().rev().enumerate() {
        let parent = commit.parents.first().and_then(|parent| repository.commits.get(parent));
        let changes = diff::changes(parent.map_or(&empty, |parent| &parent.tree), &commit.tree, true);
        let (subject, rest) = commit.message.split_once('\n').unwrap_or((&commit.message, ""));
        let number = if count > 1 { format!(" {}/{count}", place + 1) } else { String::new() };
        let date = clock::http(commit.date).replace(" GMT", " +0000");
        // Writing to a text does not fail.
        let _ = write!(
            patches,
            "From {} Mon Sep 17 00:00:00 2001\nFrom: {}\nDate: {date}\nSubject: [PATCH{number}] {subject}\n\n{}---\n\n{}\n",
            commit.hash,
            commit.author,
            if rest.trim().is_empty() { String::new() } else { format!("{}\n", rest.trim()) },
            text(repository, &changes, 3, false),
        );
    }
    Ok(plain(patches))
}

/// Merges are left out of a range, as git does; one asked for by itself is shown.
fn commits_alone(spec: &str) -> bool {
    !spec.contains("..")
}

pub fn get_merge_base(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let spec = call.argument(2);
    let Some((one, other)) = spec.split_once("..") else { return Err(bad("revspec", "Two commits are wanted, as a1b2c3d..d4e5f6a.")) };
    let find = |name: &str| repository.resolve(name).map(|commit| commit.hash.as_str()).ok_or_else(|| missing(&format!("Commit {name}")));
    let base = repository.merge_base(find(one)?, find(other)?).ok_or_else(|| missing("A common ancestor"))?;
    Ok(answer(call, 200, render::commit(state, repository, base)))
}

/// One tree merged into another, or the paths where both changed what they come from.
pub fn merge_trees(
    base: &BTreeMap<String, u64>,
    ours: &BTreeMap<String, u64>,
    theirs: &BTreeMap<String, u64>,
) -> Result<BTreeMap<String, u64>, Vec<String>> {
    let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let (mut merged, mut conflicts) = (BTreeMap::new(), Vec::new());
    for path in paths {
        let (was, our, their) = (base.get(path), ours.get(path), theirs.get(path));
        let kept = if our == their || was == their {
            our
        } else if was == our {
            their
        } else {
            conflicts.push(path.clone());
            continue;
        };
        if let Some(blob) = kept {
            merged.insert(path.clone(), *blob);
        }
    }
    if conflicts.is_empty() { Ok(merged) } else { Err(conflicts) }
}

pub fn list_conflicts(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let span = span(repository, call.argument(2), true)?;
    let empty = BTreeMap::new();
    let destination = span.destination.map_or(&empty, |destination| &destination.tree);
    let conflicts = merge_trees(span.base.map_or(&empty, |base| &base.tree), destination, &span.source.tree).err().unwrap_or_default();
    page(state, call, conflicts, |path| -> Value {
        let scenario = match (destination.contains_key(path), span.source.tree.contains_key(path)) {
            (false, _) => "delete_modify",
            (_, false) => "modify_delete",
            _ => "content",
        };
        json!({"type": "file_conflict", "path": path, "scenario": scenario, "message": format!("Both sides changed {path}.")})
    })
}
