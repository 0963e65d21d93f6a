//! Links from issues to what lies elsewhere.

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::shown;
use super::super::store::{Issue, RemoteLink};
use super::{find, history, number};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/issue/{}/remotelink", list),
    ("POST /rest/api/3/issue/{}/remotelink", create_or_update),
    ("DELETE /rest/api/3/issue/{}/remotelink", delete_by_global_id),
    ("GET /rest/api/3/issue/{}/remotelink/{}", get),
    ("PUT /rest/api/3/issue/{}/remotelink/{}", update),
    ("DELETE /rest/api/3/issue/{}/remotelink/{}", delete),
];

fn body(issue: &Issue, link: &RemoteLink, root: &str) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("id", json!(link.id));
    put("self", json!(address(issue.id, link.id, root)));
    if let Some(id) = &link.global_id {
        put("globalId", json!(id));
    }
    put("application", link.application.clone().unwrap_or_else(|| json!({})));
    if let Some(relationship) = &link.relationship {
        put("relationship", json!(relationship));
    }
    put("object", link.object.clone());
    Value::Object(body)
}

fn address(issue: u64, link: u64, root: &str) -> String {
    format!("{root}/issue/{issue}/remotelink/{link}")
}

fn unknown(id: &str) -> Refusal {
    Refusal::new(404, "", format!("The issue has no remote link {id}."))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let root = shown::root(state, call);
    if let Some(wanted) = call.query("globalId") {
        let found = issue.remote_links.iter().find(|link| link.global_id.as_deref() == Some(wanted)).ok_or_else(|| unknown(wanted))?;
        return Ok(Reply::ok(body(issue, found, &root)));
    }
    Ok(Reply::ok(issue.remote_links.iter().map(|link| body(issue, link, &root)).collect()))
}

fn locate<'a>(state: &'a State, call: &Call) -> Result<(&'a Issue, &'a RemoteLink), Refusal> {
    let issue = find(state, call.argument(0))?;
    let id = number(call.argument(1));
    let link = issue.remote_links.iter().find(|link| link.id == id);
    link.map(|link| (issue, link)).ok_or_else(|| unknown(call.argument(1)))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (issue, link) = locate(state, call)?;
    Ok(Reply::ok(body(issue, link, &shown::root(state, call))))
}

/// What a request makes of a link: what it leaves out is gone.
fn sent(call: &Call, id: u64) -> Result<RemoteLink, Refusal> {
    let object = call.body.get("object").cloned().unwrap_or_default();
    let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if text("title").is_empty() {
        return Err(Refusal::fields(&[("title", "'title' is required.")]));
    }
    if text("url").is_empty() {
        return Err(Refusal::fields(&[("url", "'url' is required.")]));
    }
    let global_id = call.text("globalId").filter(|id| !id.is_empty()).map(str::to_owned);
    if global_id.as_ref().is_some_and(|id| id.chars().count() > 255) {
        return Err(Refusal::fields(&[("globalId", "A global id has at most 255 characters.")]));
    }
    Ok(RemoteLink {
        id,
        global_id,
        application: call.body.get("application").filter(|value| !value.is_null()).cloned(),
        relationship: call.text("relationship").map(str::to_owned),
        object,
    })
}

fn create_or_update(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let id = issue.id;
    let mut link = sent(call, 0)?;
    let known = issue.remote_links.iter().find(|known| link.global_id.is_some() && known.global_id == link.global_id).map(|known| known.id);
    let root = shown::root(state, call);
    link.id = known.unwrap_or_else(|| state.jira.next());
    let body = json!({"id": link.id, "self": address(id, link.id, &root)});
    put(state, id, link);
    Ok(Reply::new(if known.is_some() { 200 } else { 201 }, body))
}

fn put(state: &mut State, issue: u64, link: RemoteLink) {
    history::change(state, issue, MYSELF, |issue| match issue.remote_links.iter_mut().find(|known| known.id == link.id) {
        Some(known) => *known = link,
        None => issue.remote_links.push(link),
    });
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let (issue, link) = locate(state, call)?;
    let (issue, id) = (issue.id, link.id);
    put(state, issue, sent(call, id)?);
    Ok(Reply::empty(204))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (issue, link) = locate(state, call)?;
    let (issue, id) = (issue.id, link.id);
    history::change(state, issue, MYSELF, |issue| issue.remote_links.retain(|link| link.id != id));
    Ok(Reply::empty(204))
}

fn delete_by_global_id(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let wanted = call.query("globalId").unwrap_or_default();
    let found = issue.remote_links.iter().find(|link| link.global_id.as_deref() == Some(wanted)).ok_or_else(|| unknown(wanted))?;
    let (issue, id) = (issue.id, found.id);
    history::change(state, issue, MYSELF, |issue| issue.remote_links.retain(|link| link.id != id));
    Ok(Reply::empty(204))
}
