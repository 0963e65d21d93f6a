//! Types of requests, their groups in the portal, and the fields that each asks for.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::store::CustomOption;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::store::{Desk, RequestField, RequestType};
use super::{desks, opted_in, page};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/requesttype", search),
    ("GET /rest/servicedeskapi/servicedesk/{}/requesttype", list),
    ("POST /rest/servicedeskapi/servicedesk/{}/requesttype", create),
    ("GET /rest/servicedeskapi/servicedesk/{}/requesttype/{}", get),
    ("DELETE /rest/servicedeskapi/servicedesk/{}/requesttype/{}", delete),
    ("GET /rest/servicedeskapi/servicedesk/{}/requesttype/{}/field", fields_call),
    ("GET /rest/servicedeskapi/servicedesk/{}/requesttypegroup", groups),
    ("POST /rest/servicedeskapi/servicedesk/{}/requesttype/permissions/check", permissions),
];

pub fn missing(id: &str) -> Refusal {
    Refusal::new(404, "", format!("The request type {id} does not exist on this service desk."))
}

/// The request type that the path names second, on the desk that it names first.
pub fn find<'a>(state: &'a State, call: &Call) -> Result<&'a RequestType, Refusal> {
    let desk = desks::find(state, call)?.id;
    let id = call.argument(1);
    let found = id.parse().ok().and_then(|id: u64| state.service_management.request_types.get(&id));
    found.filter(|kind| kind.desk == desk).ok_or_else(|| missing(id))
}

pub fn body(state: &State, kind: &RequestType, with_fields: bool) -> Value {
    let url = &state.url;
    let picture = |size: &str| format!("{url}/rest/api/2/universal_avatar/view/type/SD_REQTYPE/avatar/{}?size={size}", kind.icon);
    let mut body = json!({
        "_expands": ["field"],
        "id": kind.id.to_string(),
        "name": kind.name,
        "description": kind.description,
        "helpText": kind.help_text,
        "issueTypeId": kind.issue_type.to_string(),
        "serviceDeskId": kind.desk.to_string(),
        "portalId": kind.desk.to_string(),
        "groupIds": kind.groups.iter().map(u64::to_string).collect::<Vec<_>>(),
        "icon": {
            "id": kind.icon.to_string(),
            "_links": {"iconUrls": {"48x48": picture("large"), "24x24": picture("small"), "16x16": picture("xsmall"), "32x32": picture("medium")}},
        },
        "canCreateRequest": true,
        "restrictionStatus": "OPEN",
        "_links": {"self": format!("{url}/rest/servicedeskapi/servicedesk/{}/requesttype/{}", kind.desk, kind.id)},
    });
    if let (true, Some(map)) = (with_fields, body.as_object_mut()) {
        map.insert("fields".to_owned(), fields(state, kind));
    }
    body
}

/// What a request of this type is asked for.
fn fields(state: &State, kind: &RequestType) -> Value {
    let shown = |field: &RequestField| {
        let schema = state.jira.fields.get(&field.id).map(|known| known.schema.clone()).filter(Value::is_object);
        json!({
            "fieldId": field.id,
            "name": field.name,
            "description": field.description,
            "required": field.required,
            "defaultValues": [],
            "validValues": valid(state, kind, &field.id),
            "presetValues": [],
            "jiraSchema": schema.unwrap_or_else(|| json!({"type": "string", "system": field.id})),
            "visible": true,
        })
    };
    let all: Vec<Value> = kind.fields.iter().map(shown).collect();
    json!({"requestTypeFields": all, "canRaiseOnBehalfOf": true, "canAddRequestParticipants": true})
}

/// The values from which one can be chosen; none where anything goes.
fn valid(state: &State, kind: &RequestType, field: &str) -> Vec<Value> {
    let choice = |value: u64, label: &str, children: Vec<Value>| json!({"value": value.to_string(), "label": label, "children": children});
    let project = state.service_management.desks.get(&kind.desk).and_then(|desk| state.jira.projects.get(&desk.project));
    match field {
        "priority" => state.jira.priorities.values().map(|priority| choice(priority.id, &priority.name, Vec::new())).collect(),
        "components" => {
            let components = project.into_iter().flat_map(|project| project.components.values());
            components.map(|component| choice(component.id, &component.name, Vec::new())).collect()
        }
        _ => {
            let Some(field) = state.jira.fields.get(field) else { return Vec::new() };
            let options: Vec<&CustomOption> = (field.contexts.values())
                .filter(|context| context.projects.is_empty() || project.is_some_and(|project| context.projects.contains(&project.id)))
                .flat_map(|context| &context.options)
                .filter(|option| !option.disabled)
                .collect();
            let below = |parent: u64| options.iter().filter(move |option| option.parent == Some(parent));
            let children = |parent: u64| below(parent).map(|option| choice(option.id, &option.value, Vec::new())).collect();
            let top = options.iter().filter(|option| option.parent.is_none());
            top.map(|option| choice(option.id, &option.value, children(option.id))).collect()
        }
    }
}

fn listed(state: &State, call: &Call, desk: Option<u64>) -> Outcome {
    let wanted = call.query("searchQuery").unwrap_or_default().trim().to_lowercase();
    let hidden_too = call.query("includeHiddenRequestTypesInSearch") == Some("true");
    let group = call.query("groupId").and_then(|text| text.parse::<u64>().ok());
    let desks = call.queries("serviceDeskId");
    let restricted = call.query("restrictionStatus").is_some_and(|status| status.eq_ignore_ascii_case("restricted"));
    let open = |kind: &RequestType| state.service_management.desks.get(&kind.desk).is_some_and(|desk| desks::is_open(state, desk.project));
    let fits = |kind: &&RequestType| {
        open(kind)
            && desk.is_none_or(|desk| kind.desk == desk)
            && (desks.is_empty() || desks.contains(&kind.desk.to_string()))
            && group.is_none_or(|group| kind.groups.contains(&group))
            && (wanted.is_empty()
                || ((hidden_too || !kind.groups.is_empty())
                    && (kind.name.to_lowercase().contains(&wanted) || kind.description.to_lowercase().contains(&wanted))))
    };
    let found: Vec<&RequestType> =
        if restricted { Vec::new() } else { state.service_management.request_types.values().filter(fits).collect() };
    let with_fields = call.queries("expand").iter().any(|part| part == "field");
    page::of(state, call, &found, |kind| body(state, kind, with_fields))
}

fn search(state: &mut State, call: &Call) -> Outcome {
    opted_in(call)?;
    listed(state, call, None)
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let desk = desks::find(state, call)?.id;
    listed(state, call, Some(desk))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let with_fields = call.queries("expand").iter().any(|part| part == "field");
    find(state, call).map(|kind| Reply::ok(body(state, kind, with_fields)))
}

/// It begins without a group, thus hidden in the portal.
fn create(state: &mut State, call: &Call) -> Outcome {
    opted_in(call)?;
    let desk: &Desk = desks::find(state, call)?;
    let (desk, project) = (desk.id, desk.project);
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Err(Refusal::new(400, "", "A request type must have a name."));
    }
    if state.service_management.request_types.values().any(|kind| kind.desk == desk && kind.name.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::new(400, "", format!("The service desk has a request type of the name {name}.")));
    }
    let issue_type = call.text("issueTypeId").and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    if !state.jira.projects.get(&project).is_some_and(|project| project.issue_types.contains(&issue_type)) {
        return Err(Refusal::new(400, "", "The project of the service desk has no such issue type."));
    }
    let id = state.service_management.next();
    let kind = RequestType {
        id,
        desk,
        issue_type,
        name,
        description: call.text("description").unwrap_or_default().to_owned(),
        help_text: call.text("helpText").unwrap_or_default().to_owned(),
        groups: Vec::new(),
        icon: 10_504,
        fields: vec![RequestField { id: "summary".to_owned(), name: "Summary".to_owned(), description: String::new(), required: true }],
        approvers: Vec::new(),
        properties: Map::new(),
    };
    let shown = body(state, &kind, false);
    state.service_management.request_types.insert(id, kind);
    Ok(Reply::ok(shown))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    opted_in(call)?;
    let id = find(state, call)?.id;
    state.service_management.request_types.remove(&id);
    Ok(Reply::empty(204))
}

fn fields_call(state: &mut State, call: &Call) -> Outcome {
    find(state, call).map(|kind| Reply::ok(fields(state, kind)))
}

fn groups(state: &mut State, call: &Call) -> Outcome {
    let desk = desks::find(state, call)?;
    page::of(state, call, &desk.groups, |group| json!({"id": group.id.to_string(), "name": group.name}))
}

/// Everybody may create requests, and those who ask here administer the desk. Unknown ids are passed over.
fn permissions(state: &mut State, call: &Call) -> Outcome {
    opted_in(call)?;
    let desk = desks::find(state, call)?.id;
    let ids = call.body.get("requestTypeIds").and_then(Value::as_array).cloned().unwrap_or_default();
    let kinds = &state.service_management.request_types;
    let known: Vec<u64> = ids.iter().filter_map(Value::as_u64).filter(|id| kinds.get(id).is_some_and(|kind| kind.desk == desk)).collect();
    let wanted = call.texts("permissions");
    let own = call.text("accountId").is_none_or(|id| id == super::super::seed::accounts::ORGANIZATION_ADMIN);
    let asked = |permission: &str| wanted.is_empty() || wanted.iter().any(|one| one == permission);
    let mut answer = Map::new();
    if asked("canCreateRequest") {
        answer.insert("canCreateRequest".to_owned(), json!(known));
    }
    if asked("canAdminister") {
        answer.insert("canAdminister".to_owned(), if own { json!(known) } else { json!([]) });
    }
    Ok(Reply::ok(Value::Object(answer)))
}
