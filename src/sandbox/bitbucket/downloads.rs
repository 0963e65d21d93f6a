//! Files to download from a repository.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::Reply;
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::page;
use super::render;
use super::store::{bad, missing};

fn place(state: &State, call: &Call) -> Result<String, super::super::reply::Refusal> {
    Ok(format!("download/{}/", state.bitbucket.repository(call)?.full_name()))
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let name = state.bitbucket.repository(call)?.full_name();
    let mut files = state.files.below(&place(state, call)?);
    files.sort_by_key(|(_, _, created)| std::cmp::Reverse(*created));
    page(state, call, files, |(file, size, created)| -> Value {
        json!({
            "type": "download",
            "name": file,
            "size": size,
            "downloads": 0,
            "created_on": render::time(*created),
            "user": render::user(state, ORGANIZATION_ADMIN),
            "links": {"self": render::link(state, &format!("repositories/{name}/downloads/{}", render::segment(file)))},
        })
    })
}

/// A file of a name that is there already takes its place.
pub fn upload(state: &mut State, call: &Call) -> Outcome {
    let (now, place) = (state.now(), place(state, call)?);
    let named: Vec<_> = call.parts.iter().map(|part| (part.file_name.as_deref().unwrap_or_default(), part)).collect();
    if let Some((name, _)) = named.iter().find(|(name, _)| matches!(name.trim(), "" | "." | "..")) {
        return Err(bad("files", format!("\"{name}\" is no name for a file.")));
    }
    for (name, part) in named {
        state.files.put(format!("{place}{name}"), part, now);
    }
    Ok(Reply::empty(201))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let key = format!("{}{}", place(state, call)?, call.argument(2));
    state.give(&key, Some(302), &call.headers).ok_or_else(|| missing(&format!("File {}", call.argument(2))))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let key = format!("{}{}", place(state, call)?, call.argument(2));
    if state.files.remove(&key) { Ok(Reply::empty(204)) } else { Err(missing(&format!("File {}", call.argument(2)))) }
}
