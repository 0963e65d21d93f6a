//! Webhooks that apps register. They are kept and end in time; nothing is sent.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::clock::DAY;
use super::super::super::reply::Reply;
use super::super::super::store::State;
use super::page::{self, bad, numbers, put};
use super::store::Webhook;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/webhook", |state, call| {
        let now = state.now();
        let found = state.jira.configuration.webhooks.values().filter(|webhook| webhook.expires > now).collect();
        Ok(Reply::ok(page::page(state, call, found, (100, 100), body)?))
    }),
    ("POST /rest/api/3/webhook", register),
    ("DELETE /rest/api/3/webhook", |state, call| {
        let ids = numbers(&call.body, "webhookIds");
        state.jira.configuration.webhooks.retain(|id, _| !ids.contains(id));
        Ok(Reply::empty(202))
    }),
    ("PUT /rest/api/3/webhook/refresh", |state, call| {
        let (ids, expires) = (numbers(&call.body, "webhookIds"), state.now() + LIFE);
        for webhook in state.jira.configuration.webhooks.values_mut().filter(|webhook| ids.contains(&webhook.id)) {
            webhook.expires = expires;
        }
        Ok(Reply::ok(json!({"expirationDate": expires})))
    }),
];

/// How long a webhook lives without being refreshed.
const LIFE: i64 = 30 * DAY;
/// How many one app may have.
const MOST: usize = 100;

const EVENTS: &[&str] = &[
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "issue_property_set",
    "issue_property_deleted",
    "worklog_created",
    "worklog_updated",
    "worklog_deleted",
    "attachment_created",
    "attachment_deleted",
    "issuelink_created",
    "issuelink_deleted",
    "sprint_created",
    "sprint_updated",
    "sprint_deleted",
    "sprint_started",
    "sprint_closed",
];

fn body(webhook: &Webhook) -> Value {
    let mut body = Value::Object(webhook.details.clone());
    put(&mut body, "id", json!(webhook.id));
    put(&mut body, "url", json!(webhook.url));
    put(&mut body, "expirationDate", json!(webhook.expires));
    body
}

/// What is wrong with one webhook of a request.
fn fault(details: &Value) -> Option<String> {
    let events = super::super::super::call::texts(details.get("events"));
    if events.is_empty() {
        return Some("At least one event is required.".to_owned());
    }
    if let Some(unknown) = events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        return Some(format!("{unknown} is no event."));
    }
    let jql = details.get("jqlFilter").and_then(Value::as_str).unwrap_or_default();
    if jql.trim().is_empty() { Some("A filter in JQL is required.".to_owned()) } else { None }
}

/// Registers each by itself: one that is wrong does not keep the others from being made.
fn register(state: &mut State, call: &Call) -> Outcome {
    let url = call.text("url").unwrap_or_default().to_owned();
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(bad("The address must begin with https:// or http://."));
    }
    let given = call.body.get("webhooks").and_then(Value::as_array).cloned().unwrap_or_default();
    let (now, mut results) = (state.now(), Vec::new());
    state.jira.configuration.webhooks.retain(|_, webhook| webhook.expires > now);
    for details in given {
        let full = state.jira.configuration.webhooks.len() >= MOST;
        let fault = fault(&details).or_else(|| full.then(|| format!("An app may have at most {MOST} webhooks.")));
        if let Some(words) = fault {
            results.push(json!({"errors": [words]}));
            continue;
        }
        let id = state.jira.next();
        let details = details.as_object().cloned().unwrap_or_default();
        state.jira.configuration.webhooks.insert(id, Webhook { id, url: url.clone(), details, expires: now + LIFE });
        results.push(json!({"createdWebhookId": id}));
    }
    Ok(Reply::ok(json!({"webhookRegistrationResult": results})))
}
