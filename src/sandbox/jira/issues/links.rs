//! Links between issues, and their types.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::issue::has_documents;
use super::super::shown;
use super::super::store::{ChangeItem, Link, LinkType};
use super::{edit, fields, history, number};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("POST /rest/api/3/issueLink", create),
    ("GET /rest/api/3/issueLink/{}", get),
    ("DELETE /rest/api/3/issueLink/{}", delete),
    ("GET /rest/api/3/issueLinkType", types),
    ("POST /rest/api/3/issueLinkType", create_type),
    ("GET /rest/api/3/issueLinkType/{}", get_type),
    ("PUT /rest/api/3/issueLinkType/{}", update_type),
    ("DELETE /rest/api/3/issueLinkType/{}", delete_type),
];

/// Links two issues; one link of a kind between them is enough.
pub fn add(state: &mut State, kind: u64, from: u64, to: u64) {
    if state.jira.links.values().any(|link| (link.kind, link.from, link.to) == (kind, from, to)) {
        return;
    }
    let id = state.jira.next();
    state.jira.links.insert(id, Link { id, kind, from, to });
    tell(state, &Link { id, kind, from, to }, true);
}

/// Links of an update: kind, the other issue, and whether that is the outward one.
pub fn add_all(state: &mut State, id: u64, links: Vec<(u64, u64, bool)>) {
    for (kind, other, outward) in links {
        let (from, to) = if outward { (id, other) } else { (other, id) };
        add(state, kind, from, to);
    }
}

/// Both issues note it in their changelogs.
fn tell(state: &mut State, link: &Link, made: bool) {
    let Some(kind) = state.jira.link_types.get(&link.kind).cloned() else { return };
    for (issue, other, words) in [(link.from, link.to, &kind.outward), (link.to, link.from, &kind.inward)] {
        let Some(key) = state.jira.issues.get(&other).map(|other| state.jira.key(other)) else { continue };
        let (id, text) = (Some(key.clone()), Some(format!("This issue {words} {key}")));
        let mut item = ChangeItem { field: "Link".to_owned(), field_id: String::new(), from: None, from_text: None, to: id, to_text: text };
        if !made {
            std::mem::swap(&mut item.from, &mut item.to);
            std::mem::swap(&mut item.from_text, &mut item.to_text);
        }
        history::record(state, issue, MYSELF, vec![item]);
    }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let kind = call.body.get("type").and_then(|kind| fields::link_type(state, kind));
    let kind = kind.ok_or_else(|| Refusal::new(404, "", "No issue link type is of this name or id."))?.id;
    let side = |name: &str| {
        let sent = call.body.get(name).unwrap_or(&Value::Null);
        let name = sent.get("key").or_else(|| sent.get("id")).map(fields::shown).unwrap_or_default();
        state.jira.issue_named(&name).map(|issue| issue.id).ok_or_else(|| Refusal::new(404, "", super::UNKNOWN))
    };
    let (from, to) = (side("inwardIssue")?, side("outwardIssue")?);
    if from == to {
        return Err(Refusal::new(400, "", "An issue cannot be linked to itself."));
    }
    if let Some(comment) = call.body.get("comment").filter(|comment| !comment.is_null()) {
        edit::edit(state, from, &json!({"update": {"comment": [{"add": comment}]}}), has_documents(call))?;
    }
    add(state, kind, from, to);
    Ok(Reply::empty(201))
}

fn locate<'a>(state: &'a State, call: &Call) -> Result<&'a Link, Refusal> {
    let id = number(call.argument(0));
    state.jira.links.get(&id).ok_or_else(|| Refusal::new(404, "", format!("No issue link has the id {}.", call.argument(0))))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let link = locate(state, call)?;
    let root = &shown::root(state, call);
    let relative = |id: &u64| state.jira.issues.get(id).map_or(Value::Null, |issue| shown::relative(state, issue, root));
    Ok(Reply::ok(json!({
        "id": link.id.to_string(),
        "self": format!("{root}/issueLink/{}", link.id),
        "type": state.jira.link_types.get(&link.kind).map(|kind| shown::link_type(kind, root)),
        "inwardIssue": relative(&link.from),
        "outwardIssue": relative(&link.to),
    })))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let link = locate(state, call)?.clone();
    state.jira.links.remove(&link.id);
    tell(state, &link, false);
    Ok(Reply::empty(204))
}

fn types(state: &mut State, call: &Call) -> Outcome {
    let root = shown::root(state, call);
    let mut all: Vec<&LinkType> = state.jira.link_types.values().collect();
    all.sort_by(|left, right| left.name.cmp(&right.name));
    let all: Vec<Value> = all.into_iter().map(|kind| shown::link_type(kind, &root)).collect();
    Ok(Reply::ok(json!({"issueLinkTypes": all})))
}

fn kind<'a>(state: &'a State, call: &Call) -> Result<&'a LinkType, Refusal> {
    let id = number(call.argument(0));
    state.jira.link_types.get(&id).ok_or_else(|| Refusal::new(404, "", format!("No issue link type has the id {}.", call.argument(0))))
}

/// The words that were sent, beside those that stay.
fn words(state: &State, call: &Call, before: Option<&LinkType>) -> Result<(String, String, String), Refusal> {
    let text = |key: &str, before: Option<&String>| match call.text(key).map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Ok(text.to_owned()),
        None => before.cloned().ok_or_else(|| Refusal::fields(&[(key, "Link types have a name, an inward and an outward description.")])),
    };
    let name = text("name", before.map(|kind| &kind.name))?;
    let taken = |kind: &&LinkType| kind.name.eq_ignore_ascii_case(&name) && before.is_none_or(|before| before.id != kind.id);
    if state.jira.link_types.values().any(|kind| taken(&kind)) {
        return Err(Refusal::new(404, "", format!("A link type of the name {name} exists.")));
    }
    Ok((name, text("inward", before.map(|kind| &kind.inward))?, text("outward", before.map(|kind| &kind.outward))?))
}

fn create_type(state: &mut State, call: &Call) -> Outcome {
    let (name, inward, outward) = words(state, call, None)?;
    let id = state.jira.next();
    let kind = LinkType { id, name, inward, outward };
    let body = shown::link_type(&kind, &shown::root(state, call));
    state.jira.link_types.insert(id, kind);
    Ok(Reply::new(201, body))
}

fn get_type(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(shown::link_type(kind(state, call)?, &shown::root(state, call))))
}

fn update_type(state: &mut State, call: &Call) -> Outcome {
    let before = kind(state, call)?;
    let (name, inward, outward) = words(state, call, Some(before))?;
    let kind = LinkType { id: before.id, name, inward, outward };
    let body = shown::link_type(&kind, &shown::root(state, call));
    state.jira.link_types.insert(kind.id, kind);
    Ok(Reply::ok(body))
}

fn delete_type(state: &mut State, call: &Call) -> Outcome {
    let id = kind(state, call)?.id;
    state.jira.link_types.remove(&id);
    state.jira.links.retain(|_, link| link.kind != id);
    Ok(Reply::empty(204))
}
