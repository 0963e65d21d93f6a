//! Labels: read by version 2, written by version 1.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::list::{page, started};
use super::pages::{listed, named};
use super::show;
use super::store::{Kind, Label, Status, bad, not_found};
use super::tree::v1_named;

fn sorted_page(state: &State, call: &Call, labels: Vec<&Label>) -> Outcome {
    let prefix = call.query("prefix");
    let (field, descending) =
        call.query("sort").map_or(("name", false), |sort| sort.strip_prefix('-').map_or((sort, false), |field| (field, true)));
    let key = |label: &Label| match field {
        "name" => Ok(format!("{} {:020}", label.name, label.id)),
        // Ids are given in the order of making.
        "id" | "created-date" => Ok(format!("{:020}", label.id)),
        other => Err(bad(format!("{other} is no order to sort by."))),
    };
    let wanted = labels.into_iter().filter(|label| prefix.is_none_or(|prefix| label.prefix == prefix));
    let mut items = wanted.map(|label| Ok((key(label)?, label))).collect::<Result<Vec<_>, Refusal>>()?;
    items.sort_by(|(left, _), (right, _)| left.cmp(right));
    if descending {
        items.reverse();
    }
    page(state, call, items, descending, 25, show::label)
}

pub fn all(state: &mut State, call: &Call) -> Outcome {
    let ids = call.queries("label-id");
    let labels = state.confluence.labels.values().filter(|label| ids.is_empty() || ids.contains(&label.id.to_string())).collect();
    sorted_page(state, call, labels)
}

pub fn of_content(state: &mut State, call: &Call) -> Outcome {
    let ids = named(state, call)?.labels.clone();
    let labels = ids.iter().filter_map(|id| state.confluence.labels.get(id)).collect();
    sorted_page(state, call, labels)
}

pub fn of_space(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space(call.argument(0))?;
    let labels = space.labels.iter().filter_map(|id| state.confluence.labels.get(id)).collect();
    sorted_page(state, call, labels)
}

/// `/spaces/{id}/content/labels`: what the content of a space bears.
pub fn in_space(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space(call.argument(0))?.id;
    let borne = state.confluence.contents.values().filter(|one| one.space == space && one.is_live());
    let ids: BTreeSet<u64> = borne.flat_map(|one| one.labels.iter().copied()).collect();
    let labels = ids.iter().filter_map(|id| state.confluence.labels.get(id)).collect();
    sorted_page(state, call, labels)
}

/// `/labels/{id}/pages` and the like.
pub fn bearers(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(0);
    let label = id.parse().ok().and_then(|id: u64| state.confluence.labels.get(&id)).ok_or_else(|| not_found("The label", id))?.id;
    let kind = call.path.rsplit('/').next().and_then(Kind::of_segment).unwrap_or(Kind::Page);
    let spaces = call.queries("space-id");
    let fits = |space: u64| spaces.is_empty() || spaces.iter().any(|id| id.parse() == Ok(space));
    let items = state
        .confluence
        .contents
        .values()
        .filter(|one| one.kind == kind && one.status == Status::Current && one.labels.contains(&label) && fits(one.space));
    listed(state, call, items.collect(), 25)
}

pub fn v1_label(label: &Label) -> Value {
    let shown = if label.prefix == "global" { label.name.clone() } else { format!("{}:{}", label.prefix, label.name) };
    json!({"prefix": label.prefix, "name": label.name, "id": label.id.to_string(), "label": shown})
}

/// Labels of a request: one, a list, or a list of names.
fn given(body: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let items = body.as_array().map_or_else(|| std::slice::from_ref(body), Vec::as_slice);
    let read = |item: &Value| {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        let name = text("name").unwrap_or_default().trim().to_lowercase();
        if name.is_empty() || name.contains(char::is_whitespace) || name.len() > 255 {
            return Err(bad(format!("\"{name}\" is no name of a label: it has no spaces and 255 letters at most.")));
        }
        Ok((text("prefix").unwrap_or("global").to_owned(), name))
    };
    items.iter().map(read).collect()
}

/// All labels after a change, as version 1 answers it.
fn answer(state: &State, call: &Call, ids: &BTreeSet<u64>) -> Outcome {
    let labels: Vec<&Label> = ids.iter().filter_map(|id| state.confluence.labels.get(id)).collect();
    started(state, call, labels, 200, v1_label)
}

pub fn add(state: &mut State, call: &Call) -> Outcome {
    let id = v1_named(state, call.argument(0))?.id;
    let given = given(&call.body)?;
    let ids: Vec<u64> = given.iter().map(|(prefix, name)| state.confluence.label(prefix, name)).collect();
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.labels.extend(ids);
    }
    let all = v1_named(state, call.argument(0))?.labels.clone();
    answer(state, call, &all)
}

fn find(state: &State, name: &str) -> Vec<u64> {
    let labels = state.confluence.labels.values();
    labels.filter(|label| label.name.eq_ignore_ascii_case(name)).map(|label| label.id).collect()
}

/// By `?name=` or in the path: what was not there is no error.
pub fn remove(state: &mut State, call: &Call) -> Outcome {
    let id = v1_named(state, call.argument(0))?.id;
    let name = call.query("name").unwrap_or_else(|| call.argument(1));
    let gone = find(state, name);
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        one.labels.retain(|label| !gone.contains(label));
    }
    Ok(Reply::empty(204))
}

pub fn space_list(state: &mut State, call: &Call) -> Outcome {
    let ids = state.confluence.space_by_key(call.argument(0))?.labels.clone();
    let prefix = call.query("prefix");
    let found = ids.iter().filter_map(|id| state.confluence.labels.get(id));
    let labels: Vec<&Label> = found.filter(|label| prefix.is_none_or(|prefix| label.prefix == prefix)).collect();
    started(state, call, labels, 200, v1_label)
}

pub fn space_add(state: &mut State, call: &Call) -> Outcome {
    state.confluence.space_by_key(call.argument(0))?;
    let given = given(&call.body)?;
    let ids: Vec<u64> = given.iter().map(|(prefix, name)| state.confluence.label(prefix, name)).collect();
    let space = state.confluence.space_by_key_mut(call.argument(0))?;
    space.labels.extend(ids);
    let all = space.labels.clone();
    answer(state, call, &all)
}

pub fn space_remove(state: &mut State, call: &Call) -> Outcome {
    let gone = find(state, call.query("name").unwrap_or_default());
    state.confluence.space_by_key_mut(call.argument(0))?.labels.retain(|label| !gone.contains(label));
    Ok(Reply::empty(204))
}

/// Where a label is used.
pub fn details(state: &mut State, call: &Call) -> Outcome {
    let name = call.query("name").unwrap_or_default();
    let label = state.confluence.labels.values().find(|label| label.name == name).ok_or_else(|| not_found("The label", name))?;
    let kind = call.query("type");
    let mut found: Vec<(&str, u64, &str)> = (state.confluence.contents.values())
        .filter(|one| one.is_live() && one.labels.contains(&label.id))
        .map(|one| (one.kind.word(), one.id, one.title.as_str()))
        .filter(|(word, ..)| matches!(*word, "page" | "blogpost" | "attachment"))
        .collect();
    let templates = state.confluence.templates.values();
    found.extend(
        templates.filter(|one| one.labels.iter().any(|(_, known)| known == name)).map(|one| ("page_template", one.id, one.name.as_str())),
    );
    found.retain(|(word, ..)| kind.is_none_or(|kind| kind == *word));
    let show = |(kind, id, title): (&str, u64, &str)| json!({"contentType": kind, "contentId": id, "title": title});
    let contents = started(state, call, found, 200, show)?;
    let mut contents = contents.body.unwrap_or_default();
    super::list::put(&mut contents, "_links", Value::Null);
    Ok(Reply::ok(json!({"label": v1_label(label), "associatedContents": super::list::lean(contents)})))
}
