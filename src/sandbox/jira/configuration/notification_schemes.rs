//! Notification schemes: who hears of what.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::issue_type_schemes::scheme_name;
use super::page::{self, bad, id, missing, number, put, query_numbers};
use super::projects::project;
use super::store::{Notification, Scheme, followed};
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/notificationscheme", |state, call| list(state, call)),
    ("POST /rest/api/3/notificationscheme", create),
    ("GET /rest/api/3/notificationscheme/project", |state, call| mappings(state, call)),
    ("GET /rest/api/3/notificationscheme/{}", |state, call| {
        let scheme = find(state, call)?;
        Ok(Reply::ok(body(View::new(state, call), scheme, call.query("expand").is_some())))
    }),
    ("PUT /rest/api/3/notificationscheme/{}", update),
    ("DELETE /rest/api/3/notificationscheme/{}", delete),
    ("PUT /rest/api/3/notificationscheme/{}/notification", add),
    ("DELETE /rest/api/3/notificationscheme/{}/notification/{}", |state, call| {
        let note = id(call, 1, "notification")?;
        let scheme = find_mut(state, call)?;
        let before = scheme.content.len();
        scheme.content.retain(|known| known.id != note);
        if scheme.content.len() == before { Err(missing("notification", call.argument(1))) } else { Ok(Reply::empty(204)) }
    }),
    ("GET /rest/api/3/project/{}/notificationscheme", |state, call| {
        let project = project(state, call.argument(0))?.id;
        let scheme = followed(&state.jira.configuration.notification_schemes, project);
        let scheme = scheme.ok_or_else(|| missing("notification scheme of the project", call.argument(0)))?;
        Ok(Reply::ok(body(View::new(state, call), scheme, call.query("expand").is_some())))
    }),
];

/// What can be heard of, by the system's ids.
const EVENTS: &[(u64, &str)] = &[
    (1, "Issue created"),
    (2, "Issue updated"),
    (3, "Issue assigned"),
    (4, "Issue resolved"),
    (5, "Issue closed"),
    (6, "Issue commented"),
    (7, "Issue reopened"),
    (8, "Issue deleted"),
    (9, "Issue moved"),
    (10, "Work logged on issue"),
    (11, "Work started on issue"),
    (12, "Work stopped on issue"),
    (13, "Generic event"),
    (14, "Issue comment edited"),
    (15, "Issue worklog updated"),
    (16, "Issue worklog deleted"),
    (17, "Issue comment deleted"),
];

/// Those who are told, and whether they must be named further.
const RECIPIENTS: &[(&str, bool)] = &[
    ("CurrentAssignee", false),
    ("Reporter", false),
    ("CurrentUser", false),
    ("ProjectLead", false),
    ("ComponentLead", false),
    ("AllWatchers", false),
    ("User", true),
    ("Group", true),
    ("ProjectRole", true),
    ("EmailAddress", true),
    ("UserCustomField", true),
    ("GroupCustomField", true),
];

type NotificationScheme = Scheme<Vec<Notification>>;

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a NotificationScheme, Refusal> {
    let id = id(call, 0, "notification scheme")?;
    state.jira.configuration.notification_schemes.get(&id).ok_or_else(|| missing("notification scheme", call.argument(0)))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut NotificationScheme, Refusal> {
    let id = id(call, 0, "notification scheme")?;
    state.jira.configuration.notification_schemes.get_mut(&id).ok_or_else(|| missing("notification scheme", call.argument(0)))
}

fn notification(view: View, note: &Notification) -> Value {
    let mut body = json!({"id": note.id, "notificationType": note.kind});
    let Some(parameter) = &note.parameter else { return body };
    put(&mut body, "parameter", json!(parameter));
    put(&mut body, "recipient", json!(parameter));
    match note.kind.as_str() {
        "Group" => {
            if let Some(group) = view.state.groups.iter().find(|group| group.id == *parameter || group.name == *parameter) {
                put(&mut body, "group", view.group(group));
            }
        }
        "EmailAddress" => put(&mut body, "emailAddress", json!(parameter)),
        _ => {}
    }
    body
}

/// A scheme; its events are shown to those who ask for more by `expand`.
fn body(view: View, scheme: &NotificationScheme, events: bool) -> Value {
    let mut body = json!({
        "id": scheme.id,
        "self": view.at(&format!("notificationscheme/{}", scheme.id)),
        "name": scheme.name,
        "description": scheme.description,
        "projects": scheme.projects,
        "expand": "notificationSchemeEvents,user,group,projectRole,field,all",
    });
    if events {
        let mut by_event: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
        for note in &scheme.content {
            by_event.entry(note.event).or_default().push(notification(view, note));
        }
        let shown = by_event.into_iter().map(|(event, notes)| {
            let name = EVENTS.iter().find(|(id, _)| *id == event).map_or("", |(_, name)| name);
            json!({"event": {"id": event, "name": name, "description": ""}, "notifications": notes})
        });
        put(&mut body, "notificationSchemeEvents", shown.collect());
    }
    body
}

fn list(state: &State, call: &Call) -> Outcome {
    let (ids, projects) = (query_numbers(call, "id"), query_numbers(call, "projectId"));
    let only_default = call.query("onlyDefault") == Some("true");
    let fits = |scheme: &&NotificationScheme| {
        (ids.is_empty() || ids.contains(&scheme.id))
            && (projects.is_empty() || projects.iter().any(|id| scheme.projects.contains(id)))
            && (!only_default || scheme.default)
    };
    let found = state.jira.configuration.notification_schemes.values().filter(fits).collect();
    let view = View::new(state, call);
    Ok(Reply::ok(page::page(state, call, found, (50, 50), |scheme| body(view, scheme, call.query("expand").is_some()))?))
}

fn mappings(state: &State, call: &Call) -> Outcome {
    let (ids, projects) = (query_numbers(call, "notificationSchemeId"), query_numbers(call, "projectId"));
    let schemes = state.jira.configuration.notification_schemes.values().filter(|scheme| ids.is_empty() || ids.contains(&scheme.id));
    let rows = schemes.flat_map(|scheme| scheme.projects.iter().map(|project| (scheme.id, *project)));
    let rows = rows.filter(|(_, project)| projects.is_empty() || projects.contains(project)).collect();
    let show = |(scheme, project): (u64, u64)| json!({"notificationSchemeId": scheme.to_string(), "projectId": project.to_string()});
    Ok(Reply::ok(page::page(state, call, rows, (50, 50), show)?))
}

/// Notifications as a body gives them, each with a number of its own.
fn given(state: &mut State, call: &Call) -> Result<Vec<Notification>, Refusal> {
    let mut given = Vec::new();
    for item in call.body.get("notificationSchemeEvents").and_then(Value::as_array).into_iter().flatten() {
        let event = item.get("event").and_then(|event| number(event, "id")).unwrap_or_default();
        if !EVENTS.iter().any(|(id, _)| *id == event) {
            return Err(missing("event", &event.to_string()));
        }
        for note in item.get("notifications").and_then(Value::as_array).into_iter().flatten() {
            let kind = note.get("notificationType").and_then(Value::as_str).unwrap_or_default();
            let parameter = note.get("parameter").and_then(Value::as_str).map(str::to_owned);
            match RECIPIENTS.iter().find(|(known, _)| *known == kind) {
                None => return Err(bad(format!("{kind} is no type of notification."))),
                Some((_, true)) if parameter.is_none() => return Err(bad(format!("A notification of the type {kind} needs a parameter."))),
                Some(_) => given.push(Notification { id: state.jira.next(), event, kind: kind.to_owned(), parameter }),
            }
        }
    }
    Ok(given)
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = scheme_name(&state.jira.configuration.notification_schemes, call, None)?;
    let content = given(state, call)?;
    let id = state.jira.next();
    let scheme = Scheme::new(id, &name, call.text("description").unwrap_or_default(), content);
    state.jira.configuration.notification_schemes.insert(id, scheme);
    Ok(Reply::new(201, json!({"id": id.to_string()})))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let own = find(state, call)?.id;
    let schemes = &state.jira.configuration.notification_schemes;
    let name = call.text("name").map(|_| scheme_name(schemes, call, Some(own))).transpose()?;
    let scheme = find_mut(state, call)?;
    scheme.name = name.unwrap_or_else(|| scheme.name.clone());
    if let Some(description) = call.text("description") {
        description.clone_into(&mut scheme.description);
    }
    Ok(Reply::empty(204))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let scheme = find(state, call)?;
    if scheme.default || !scheme.projects.is_empty() {
        return Err(bad("Projects follow the scheme."));
    }
    let id = scheme.id;
    state.jira.configuration.notification_schemes.remove(&id);
    Ok(Reply::empty(204))
}

fn add(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?;
    let given = given(state, call)?;
    find_mut(state, call)?.content.extend(given);
    Ok(Reply::empty(204))
}
