//! Comments.

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::issue::{self, has_documents};
use super::super::rich_text;
use super::super::store::{Comment, Issue};
use super::fields::{self, Draft, Verb};
use super::{bean, find, number, page, properties};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/issue/{}/comment", list),
    ("POST /rest/api/3/issue/{}/comment", add),
    ("GET /rest/api/3/issue/{}/comment/{}", get),
    ("PUT /rest/api/3/issue/{}/comment/{}", update),
    ("DELETE /rest/api/3/issue/{}/comment/{}", delete),
    ("POST /rest/api/3/comment/list", get_many),
    ("GET /rest/api/3/comment/{}/properties", list_properties),
    ("GET /rest/api/3/comment/{}/properties/{}", get_property),
    ("PUT /rest/api/3/comment/{}/properties/{}", set_property),
    ("DELETE /rest/api/3/comment/{}/properties/{}", delete_property),
];

const PAGE: usize = 100;
const MOST: usize = 5_000;
const IDS: usize = 1_000;
/// The property by which a comment is kept from customers of a service desk.
const PUBLIC: &str = "sd.public.comment";

fn body(state: &State, issue: &Issue, comment: &Comment, call: &Call) -> Value {
    let mut body = issue::comment(state, issue, comment, call);
    let expand = call.queries("expand");
    let expands = |part: &str| expand.iter().any(|wanted| wanted == part);
    if let Some(object) = body.as_object_mut() {
        if expands("renderedBody") {
            object.insert("renderedBody".to_owned(), json!(rich_text::to_html(&comment.body)));
        }
        if expands("properties") {
            object.insert("properties".to_owned(), properties::pairs(&comment.properties));
        }
    }
    body
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let mut comments: Vec<&Comment> = issue.comments.iter().collect();
    match call.query("orderBy") {
        None | Some("created" | "+created") => {}
        Some("-created") => comments.reverse(),
        Some(other) => return Err(Refusal::new(400, "", format!("Comments are not ordered by {other}."))),
    }
    let all = comments.into_iter().map(|comment| body(state, issue, comment, call)).collect();
    Ok(Reply::ok(page(call, "comments", all, PAGE, MOST)))
}

fn locate<'a>(state: &'a State, call: &Call) -> Result<(&'a Issue, &'a Comment), Refusal> {
    let issue = find(state, call.argument(0))?;
    let id = number(call.argument(1));
    let comment = issue.comments.iter().find(|comment| comment.id == id);
    comment.map(|comment| (issue, comment)).ok_or_else(|| unknown(call.argument(1)))
}

fn unknown(id: &str) -> Refusal {
    Refusal::new(404, "", format!("No comment has the id {id}."))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (issue, comment) = locate(state, call)?;
    Ok(Reply::ok(body(state, issue, comment, call)))
}

/// What a comment is made of, in a request of its own or an update of its issue.
fn read(value: &Value, documents: bool) -> Result<Value, String> {
    fields::document(value.get("body").unwrap_or(&Value::Null), documents)?.ok_or_else(|| "Comment body can not be empty!".to_owned())
}

fn visibility(state: &State, value: &Value) -> Result<Option<Value>, String> {
    let Some(sent) = value.get("visibility").filter(|sent| !sent.is_null()) else { return Ok(None) };
    let text = |key: &str| sent.get(key).and_then(Value::as_str);
    let wanted = text("identifier").or(text("value")).unwrap_or_default();
    match text("type") {
        Some("group") => {
            let group = state.groups.iter().find(|group| group.id == wanted || group.name == wanted);
            let group = group.ok_or_else(|| format!("The group {wanted} does not exist."))?;
            Ok(Some(json!({"type": "group", "value": group.name, "identifier": group.id})))
        }
        Some("role") => {
            let role = state.jira.roles.values().find(|role| role.name == wanted || role.id.to_string() == wanted);
            let role = role.ok_or_else(|| format!("The role {wanted} does not exist."))?;
            Ok(Some(json!({"type": "role", "value": role.name, "identifier": role.name})))
        }
        _ => Err("A visibility is that of a group or of a role.".to_owned()),
    }
}

/// A new comment; its id is given when it is saved.
fn new(state: &State, value: &Value, documents: bool, now: i64) -> Result<Comment, String> {
    let sent = properties::sent(value).map_err(|refusal| refusal.detail)?;
    let internal = |property: &Value| property.get("internal").is_some_and(|flag| flag == true || flag == "true");
    Ok(Comment {
        id: 0,
        author: MYSELF.to_owned(),
        update_author: MYSELF.to_owned(),
        body: read(value, documents)?,
        created: now,
        updated: now,
        visibility: visibility(state, value)?,
        public: !sent.get(PUBLIC).is_some_and(internal),
        properties: sent,
    })
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.id;
    let mut comment = new(state, &call.body, has_documents(call), state.now()).map_err(|words| Refusal::fields(&[("comment", &words)]))?;
    comment.id = state.jira.next();
    let number = comment.id;
    super::change(state, id, MYSELF, |issue| issue.comments.push(comment));
    let issue = find(state, call.argument(0))?;
    let comment = issue.comments.iter().find(|comment| comment.id == number).ok_or_else(|| unknown(call.argument(0)))?;
    Ok(Reply::new(201, body(state, issue, comment, call)))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let (issue, comment) = locate(state, call)?;
    let (issue, id, now) = (issue.id, comment.id, state.now());
    let refuse = |words: String| Refusal::fields(&[("comment", &words)]);
    let text = read(&call.body, has_documents(call)).map_err(refuse)?;
    let visible = visibility(state, &call.body).map_err(refuse)?;
    let sent = properties::sent(&call.body)?;
    super::change(state, issue, MYSELF, |issue| {
        if let Some(comment) = issue.comments.iter_mut().find(|comment| comment.id == id) {
            comment.body = text;
            comment.visibility = visible;
            comment.update_author = MYSELF.to_owned();
            comment.updated = now;
            comment.properties.extend(sent);
        }
    });
    let (issue, comment) = locate(state, call)?;
    Ok(Reply::ok(body(state, issue, comment, call)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (issue, comment) = locate(state, call)?;
    let (issue, id) = (issue.id, comment.id);
    super::change(state, issue, MYSELF, |issue| issue.comments.retain(|comment| comment.id != id));
    Ok(Reply::empty(204))
}

fn get_many(state: &mut State, call: &Call) -> Outcome {
    let ids: Vec<u64> = call.body.get("ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect();
    if ids.is_empty() || ids.len() > IDS {
        return Err(Refusal::new(400, "", format!("Between 1 and {IDS} ids are looked up at a time.")));
    }
    let all = state.jira.issues.values().flat_map(|issue| issue.comments.iter().map(move |comment| (issue, comment)));
    let found = all.filter(|(_, comment)| ids.contains(&comment.id)).map(|(issue, comment)| body(state, issue, comment, call)).collect();
    Ok(Reply::ok(bean(state, call, found, IDS, IDS)))
}

/// `comment` operations of an update.
pub fn operate(state: &State, draft: &mut Draft, verb: Verb, value: &Value) -> Result<(), String> {
    if verb == Verb::Add {
        let comment = new(state, value, draft.documents, draft.now)?;
        draft.issue.comments.push(comment);
        return Ok(());
    }
    let id = value.get("id").and_then(fields::text_id).unwrap_or_default();
    let found = draft.issue.comments.iter().position(|comment| comment.id == id).ok_or_else(|| format!("No comment has the id {id}."))?;
    if verb == Verb::Remove {
        draft.issue.comments.remove(found);
    } else if let Some(comment) = draft.issue.comments.get_mut(found) {
        comment.body = read(value, draft.documents)?;
        comment.updated = draft.now;
        comment.update_author = MYSELF.to_owned();
    }
    Ok(())
}

/// Properties of a comment, which is named without its issue.
fn kept<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Map<String, Value>, Refusal> {
    let id = number(call.argument(0));
    let mut all = state.jira.issues.values_mut().flat_map(|issue| issue.comments.iter_mut());
    all.find(|comment| comment.id == id).map(|comment| &mut comment.properties).ok_or_else(|| unknown(call.argument(0)))
}

fn list_properties(state: &mut State, call: &Call) -> Outcome {
    let url = state.url.clone();
    Ok(properties::keys(&url, call, kept(state, call)?))
}

fn get_property(state: &mut State, call: &Call) -> Outcome {
    properties::get_in(kept(state, call)?, call.argument(1))
}

fn set_property(state: &mut State, call: &Call) -> Outcome {
    properties::set_in(kept(state, call)?, call.argument(1), &call.body)
}

fn delete_property(state: &mut State, call: &Call) -> Outcome {
    properties::delete_in(kept(state, call)?, call.argument(1))
}
