//! Requests: created, listed, read; how their status went, and who is told of them.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::issue::{self, Wanted};
use super::super::jira::issues as jira_issues;
use super::super::jira::store::Issue;
use super::super::reply::{Api, Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::store::{Desk, ORGANIZATIONS, REQUEST_TYPE, Request, RequestType};
use super::{approvals, attachments, comments, desks, page, request_types, shown, sla};

const EXPANDS: [&str; 8] = ["participant", "status", "sla", "requestType", "serviceDesk", "attachment", "action", "comment"];

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/request", list),
    ("POST /rest/servicedeskapi/request", create),
    ("POST /rest/servicedeskapi/request/validate", validate),
    ("GET /rest/servicedeskapi/request/{}", get),
    ("GET /rest/servicedeskapi/request/{}/status", statuses),
    ("GET /rest/servicedeskapi/request/{}/transition", transitions),
    ("POST /rest/servicedeskapi/request/{}/transition", perform),
    ("GET /rest/servicedeskapi/request/{}/notification", subscription),
    ("PUT /rest/servicedeskapi/request/{}/notification", |state, call| subscribe(state, call, true)),
    ("DELETE /rest/servicedeskapi/request/{}/notification", |state, call| subscribe(state, call, false)),
    ("GET /rest/servicedeskapi/request/{}/participant", participants),
    ("POST /rest/servicedeskapi/request/{}/participant", |state, call| take_part(state, call, true)),
    ("DELETE /rest/servicedeskapi/request/{}/participant", |state, call| take_part(state, call, false)),
];

/// The issue that the path names, and the type of request it is.
pub fn find<'a>(state: &'a State, call: &Call) -> Result<(&'a Issue, &'a RequestType), Refusal> {
    let name = call.argument(0);
    let found = state
        .jira
        .issue_named(name)
        .filter(|issue| desks::is_open(state, issue.project))
        .and_then(|issue| Some((issue, state.service_management.type_of(issue)?)));
    found.ok_or_else(|| Refusal::new(404, "", format!("The request {name} does not exist, or you may not see it.")))
}

/// What is known of a request beside its issue.
pub fn record(state: &State, issue: u64) -> Request {
    state.service_management.requests.get(&issue).cloned().unwrap_or_default()
}

pub fn record_mut(state: &mut State, issue: u64) -> &mut Request {
    state.service_management.requests.entry(issue).or_default()
}

fn organizations(issue: &Issue) -> Vec<u64> {
    let all = issue.custom.get(ORGANIZATIONS).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(|one| one.get("id")?.as_str()?.parse().ok()).collect()
}

/// Where a request is to be found.
pub fn links(state: &State, issue: &Issue, kind: &RequestType) -> Value {
    let (url, key) = (&state.url, state.jira.key(issue));
    json!({
        "self": format!("{url}/rest/servicedeskapi/request/{}", issue.id),
        "jiraRest": format!("{url}/rest/api/2/issue/{}", issue.id),
        "web": format!("{url}/servicedesk/customer/portal/{}/{key}", kind.desk),
        "agent": format!("{url}/browse/{key}"),
    })
}

pub fn current_status(state: &State, issue: &Issue) -> Value {
    shown::status(state, issue.status, last_step(issue))
}

fn body(state: &State, issue: &Issue, kind: &RequestType, call: &Call) -> Value {
    let path = format!("/rest/servicedeskapi/request/{}", issue.id);
    let fields: Vec<String> = kind.fields.iter().map(|field| field.id.clone()).collect();
    let read = issue::body(state, issue, &Wanted::new(&fields, "summary", &[], &[]), call);
    let values: Vec<Value> = (kind.fields.iter())
        .filter_map(|field| {
            let value = read.get("fields")?.get(&field.id)?;
            (!value.is_null()).then(|| json!({"fieldId": field.id, "label": field.name, "value": value}))
        })
        .collect();
    let mut body = json!({
        "_expands": EXPANDS,
        "issueId": issue.id.to_string(),
        "issueKey": state.jira.key(issue),
        "summary": issue.summary,
        "requestTypeId": kind.id.to_string(),
        "serviceDeskId": kind.desk.to_string(),
        "createdDate": shown::moment(state, issue.created),
        "requestFieldValues": values,
        "currentStatus": current_status(state, issue),
        "_links": links(state, issue, kind),
    });
    let expand = call.queries("expand");
    let asked = |part: &str| expand.iter().any(|one| one == part || one.strip_prefix(part).is_some_and(|rest| rest.starts_with('.')));
    let record = record(state, issue.id);
    let inside = |part: &str, values: &[Value]| page::inside(state, &format!("{path}/{part}"), values);
    if let Some(map) = body.as_object_mut() {
        map.extend(issue.reporter.as_ref().map(|id| ("reporter".to_owned(), shown::user(state, id))));
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        if asked("serviceDesk") {
            put("serviceDesk", state.service_management.desks.get(&kind.desk).map(|desk| desks::body(state, desk)).unwrap_or_default());
        }
        if asked("requestType") {
            put("requestType", request_types::body(state, kind, false));
        }
        if asked("participant") {
            let people: Vec<Value> = record.participants.iter().map(|id| shown::user(state, id)).collect();
            put("participants", inside("participant", &people));
        }
        if asked("status") {
            put("status", inside("status", &past(state, issue)));
        }
        if asked("sla") {
            put("sla", inside("sla", &sla::all(state, issue, kind)));
        }
        if asked("attachment") {
            put("attachments", inside("attachment", &attachments::all(state, issue)));
        }
        if asked("comment") {
            let parts: Vec<String> = expand.iter().filter_map(|part| part.strip_prefix("comment.").map(str::to_owned)).collect();
            put("comments", inside("comment", &comments::all(state, issue, &parts)));
        }
        if asked("action") {
            let allowed = json!({"allowed": true});
            put(
                "actions",
                json!({"addAttachment": allowed, "addComment": allowed, "addParticipant": allowed, "removeParticipant": allowed}),
            );
        }
    }
    body
}

/// When the present status began.
fn last_step(issue: &Issue) -> i64 {
    let moved = |change: &&super::super::jira::store::Change| change.items.iter().any(|item| item.field_id == "status");
    issue.history.iter().rfind(moved).map_or(issue.created, |change| change.created)
}

/// Statuses and when they began, oldest first.
pub fn steps(issue: &Issue) -> Vec<(u64, i64)> {
    let id = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<u64>().ok());
    let moves: Vec<(Option<u64>, u64, i64)> = (issue.history.iter())
        .flat_map(|change| change.items.iter().map(move |item| (change.created, item)))
        .filter(|(_, item)| item.field_id == "status")
        .filter_map(|(created, item)| Some((id(&item.from), id(&item.to)?, created)))
        .collect();
    let first = moves.first().and_then(|(from, ..)| *from).unwrap_or(issue.status);
    std::iter::once((first, issue.created)).chain(moves.into_iter().map(|(_, to, at)| (to, at))).collect()
}

/// Statuses as customers see them, newest first.
fn past(state: &State, issue: &Issue) -> Vec<Value> {
    steps(issue).into_iter().rev().map(|(status, since)| shown::status(state, status, since)).collect()
}

fn get(state: &mut State, call: &Call) -> Outcome {
    find(state, call).map(|(issue, kind)| Reply::ok(body(state, issue, kind, call)))
}

/// Those of whoever asks, unless more is asked for; latest activity first.
fn list(state: &mut State, call: &Call) -> Outcome {
    let state = &*state;
    let service = &state.service_management;
    let number = |key: &str| call.query(key).and_then(|text| text.parse::<u64>().ok());
    let (desk, kind_wanted, organization) = (number("serviceDeskId"), number("requestTypeId"), number("organizationId"));
    if let Some(id) = desk.filter(|id| service.desks.get(id).is_none_or(|desk| !desks::is_open(state, desk.project))) {
        return Err(Refusal::new(404, "", format!("The service desk {id} does not exist, or you may not see it.")));
    }
    if let Some(id) = kind_wanted.filter(|id| service.request_types.get(id).is_none_or(|kind| Some(kind.desk) != desk)) {
        return Err(request_types::missing(&id.to_string()));
    }
    let mut ownership = call.queries("requestOwnership");
    if ownership.is_empty() {
        ownership = ["OWNED_REQUESTS", "PARTICIPATED_REQUESTS", "ALL_ORGANIZATIONS"].map(str::to_owned).into();
    }
    let member = |id: &u64| service.organizations.get(id).is_some_and(|organization| organization.users.contains(MYSELF));
    let belongs = |issue: &Issue| {
        let record = service.requests.get(&issue.id);
        ownership.iter().any(|kind| match kind.as_str() {
            "OWNED_REQUESTS" => issue.reporter.as_deref() == Some(MYSELF) || issue.creator == MYSELF,
            "PARTICIPATED_REQUESTS" => record.is_some_and(|record| record.participants.contains(MYSELF)),
            "ORGANIZATION" => organizations(issue).iter().any(|id| Some(*id) == organization && member(id)),
            "ALL_ORGANIZATIONS" => organizations(issue).iter().any(member),
            "APPROVER" => record.is_some_and(|record| approvals::concern(record, MYSELF, call.query("approvalStatus"))),
            "ALL_REQUESTS" => true,
            _ => false,
        })
    };
    let term = call.query("searchTerm").unwrap_or_default().to_lowercase();
    let words: Vec<&str> = term.split([' ', '*', '?']).filter(|word| !word.is_empty()).collect();
    let open = match call.query("requestStatus") {
        Some("OPEN_REQUESTS") => Some(true),
        Some("CLOSED_REQUESTS") => Some(false),
        _ => None,
    };
    let fits = |(issue, kind): &(&Issue, &RequestType)| {
        let summary = issue.summary.to_lowercase();
        desk.is_none_or(|desk| kind.desk == desk)
            && kind_wanted.is_none_or(|id| kind.id == id)
            && open.is_none_or(|open| issue.resolution.is_none() == open)
            && words.iter().all(|word| summary.contains(word))
            && belongs(issue)
    };
    let all = state
        .jira
        .issues
        .values()
        .filter(|issue| desks::is_open(state, issue.project))
        .filter_map(|issue| Some((issue, service.type_of(issue)?)));
    let mut found: Vec<(&Issue, &RequestType)> = all.filter(fits).collect();
    found.sort_by_key(|(issue, _)| std::cmp::Reverse((issue.updated, issue.id)));
    page::of(state, call, &found, |(issue, kind)| body(state, issue, kind, call))
}

/// The desk and the type of request that the body asks for.
fn asked<'a>(state: &'a State, call: &Call) -> Result<(&'a Desk, &'a RequestType), Refusal> {
    let id = call.text("serviceDeskId").unwrap_or_default();
    let desk = desks::named(state, id);
    let desk = desk.ok_or_else(|| Refusal::new(400, "", format!("The service desk {id} does not exist, or you may not see it.")))?;
    let id = call.text("requestTypeId").unwrap_or_default();
    let kind = id.parse().ok().and_then(|id: u64| state.service_management.request_types.get(&id)).filter(|kind| kind.desk == desk.id);
    kind.map(|kind| (desk, kind))
        .ok_or_else(|| Refusal::new(400, "", format!("The request type {id} does not exist on this service desk.")))
}

/// Faults by field that can be seen without Jira: what is not asked for, and what is missing.
fn faults(call: &Call, kind: &RequestType) -> Vec<(String, String)> {
    let none = Map::new();
    let given = call.body.get("requestFieldValues").and_then(Value::as_object).unwrap_or(&none);
    let empty = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    let mut faults = Vec::new();
    for field in given.keys().filter(|key| !kind.fields.iter().any(|field| field.id == **key)) {
        faults.push((field.clone(), format!("The request type {} has no field {field}.", kind.name)));
    }
    for field in kind.fields.iter().filter(|field| field.required && given.get(&field.id).is_none_or(empty)) {
        faults.push((field.id.clone(), format!("{} is required.", field.name)));
    }
    faults
}

/// One sentence, as the API has no place for more.
fn refused(faults: &[(String, String)]) -> Refusal {
    let told: Vec<String> = faults.iter().map(|(field, words)| format!("{field}: {words}")).collect();
    Refusal::new(400, "sd.request.create.error.fields", format!("The request is not complete and correct. {}", told.join(" ")))
}

/// What Jira complains of, by field.
fn complaints(refusal: &Refusal) -> Vec<(String, String)> {
    let errors = refusal.context.as_deref().and_then(Value::as_object);
    let by_field = errors.into_iter().flatten().map(|(field, words)| (field.clone(), words.as_str().unwrap_or_default().to_owned()));
    let general = (!refusal.detail.is_empty()).then(|| ("request".to_owned(), refusal.detail.clone()));
    by_field.chain(general).collect()
}

/// Makes the issue of a request, or tells by field what is wrong; nothing is kept of a faulty one.
fn issue_of(state: &mut State, call: &Call) -> Result<u64, Vec<(String, String)>> {
    let general = |refusal: Refusal| vec![("request".to_owned(), refusal.detail)];
    let (desk, kind) = asked(state, call).map_err(general)?;
    let (project, kind) = (desk.project, kind.clone());
    let faults = faults(call, &kind);
    if !faults.is_empty() {
        return Err(faults);
    }
    let reporter = call.text("raiseOnBehalfOf").unwrap_or(MYSELF).to_owned();
    if state.account(&reporter).is_none() {
        return Err(vec![("raiseOnBehalfOf".to_owned(), format!("There is no user with the account id {reporter}."))]);
    }
    let participants = desks::accounts(state, call, "requestParticipants").map_err(general)?;
    let mut fields = call.body.get("requestFieldValues").and_then(Value::as_object).cloned().unwrap_or_default();
    fields.insert("project".to_owned(), json!({"id": project.to_string()}));
    fields.insert("issuetype".to_owned(), json!({"id": kind.issue_type.to_string()}));
    fields.insert(REQUEST_TYPE.to_owned(), json!(kind.id.to_string()));
    let created = jira_issues::create(state, call, &json!({"fields": fields})).map_err(|refusal| complaints(&refusal))?;
    let id = created.get("id").and_then(Value::as_str).and_then(|id| id.parse::<u64>().ok()).unwrap_or_default();
    if let Some(issue) = state.jira.issues.get_mut(&id) {
        issue.watchers.insert(reporter.clone());
        issue.reporter = Some(reporter.clone());
    }
    let mut people = participants.clone();
    people.push(reporter);
    desks::admit(state, project, people);
    record_mut(state, id).participants.extend(participants);
    Ok(id)
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let id = issue_of(state, call).map_err(|faults| refused(&faults))?;
    let found = state.jira.issues.get(&id).and_then(|issue| Some((issue, state.service_management.type_of(issue)?)));
    let (issue, kind) = found.ok_or_else(|| Refusal::new(500, "", "The request is lost."))?;
    Ok(Reply::new(201, body(state, issue, kind, call)))
}

/// The checks of a creation: made on a copy of what it would change.
fn validate(state: &mut State, call: &Call) -> Outcome {
    let (jira, service) = (state.jira.clone(), state.service_management.clone());
    let outcome = issue_of(state, call);
    (state.jira, state.service_management) = (jira, service);
    let Err(faults) = outcome else { return Ok(Reply::ok(json!({"valid": true, "errorMessages": [], "fieldErrors": []}))) };
    let refusal = refused(&faults);
    let mut reply = refusal.render(Api::ServiceManagement, &call.path, state.now());
    let (general, by_field): (Vec<_>, Vec<_>) = faults.into_iter().partition(|(field, _)| field == "request");
    reply.body = Some(json!({
        "valid": false,
        "errorMessage": refusal.detail,
        "errorMessages": general.into_iter().map(|(_, words)| words).collect::<Vec<_>>(),
        "fieldErrors": by_field.into_iter().map(|(field, words)| json!({"field": field, "message": words})).collect::<Vec<_>>(),
        "reasonKey": refusal.code,
    }));
    Ok(reply)
}

fn statuses(state: &mut State, call: &Call) -> Outcome {
    let (issue, _) = find(state, call)?;
    page::of(state, call, &past(state, issue), Value::clone)
}

fn transitions(state: &mut State, call: &Call) -> Outcome {
    let (issue, _) = find(state, call)?;
    let open = jira_issues::open_transitions(state, issue);
    page::of(state, call, &open, |transition| json!({"id": transition.id.to_string(), "name": transition.name}))
}

fn perform(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.0.id;
    let asked = json!({"transition": {"id": call.text("id").unwrap_or_default()}});
    jira_issues::take_transition(state, id, &asked, false)?;
    if let Some(text) = call.body.pointer("/additionalComment/body").and_then(Value::as_str).filter(|text| !text.trim().is_empty()) {
        comments::write(state, id, text, true);
    }
    Ok(Reply::empty(204))
}

fn subscription(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.0.id;
    Ok(Reply::ok(json!({"subscribed": !record(state, id).unsubscribed.contains(MYSELF)})))
}

fn subscribe(state: &mut State, call: &Call, wanted: bool) -> Outcome {
    let id = find(state, call)?.0.id;
    let unsubscribed = &mut record_mut(state, id).unsubscribed;
    if wanted {
        unsubscribed.remove(MYSELF);
    } else {
        unsubscribed.insert(MYSELF.to_owned());
    }
    Ok(Reply::empty(204))
}

fn participants(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.0.id;
    let people: Vec<String> = record(state, id).participants.into_iter().collect();
    page::of(state, call, &people, |id| shown::user(state, id))
}

fn take_part(state: &mut State, call: &Call, join: bool) -> Outcome {
    let (issue, kind) = find(state, call)?;
    let (id, desk) = (issue.id, kind.desk);
    let accounts = desks::accounts(state, call, "accountIds")?;
    let project = state.service_management.desks.get(&desk).map(|desk| desk.project).unwrap_or_default();
    if join {
        desks::admit(state, project, accounts.clone());
        record_mut(state, id).participants.extend(accounts);
    } else {
        record_mut(state, id).participants.retain(|participant| !accounts.contains(participant));
    }
    participants(state, call)
}
