//! Workflows: read, found, deleted. `workflow_changes.rs` makes and changes them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome, texts};
use super::super::super::clock;
use super::super::super::reply::{Refusal, Reply, fnv, uuid};
use super::super::super::store::State;
use super::super::store::{Transition, Workflow};
use super::page::{self, bad, contains, expands, missing, put};
use super::projects::{project, references};
use super::statuses;
use super::view::{View, category_name};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/workflows/search", |state, call| search(state, call)),
    ("POST /rest/api/3/workflows", |state, call| read(state, call)),
    ("GET /rest/api/3/workflows/defaultEditor", |_, _| Ok(Reply::ok(json!({"value": "NEW"})))),
    ("GET /rest/api/3/workflow/search", |state, call| classic_search(state, call)),
    ("DELETE /rest/api/3/workflow/{}", delete),
    ("GET /rest/api/3/workflow/{}/projectUsages", |state, call| {
        let used = projects_of(state, &find(state, call)?.id);
        usages(call, "projects", used.iter().map(|id| json!({"id": id.to_string()})).collect())
    }),
    ("GET /rest/api/3/workflow/{}/workflowSchemes", |state, call| {
        let workflow = find(state, call)?;
        let schemes = schemes_of(state, &workflow.id).map(|scheme| json!({"id": scheme.id.to_string()}));
        usages(call, "workflowSchemes", schemes.collect())
    }),
];

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Workflow, Refusal> {
    state.jira.workflows.get(call.argument(0)).ok_or_else(|| missing("workflow", call.argument(0)))
}

/// Who uses a workflow, all on one page.
fn usages(call: &Call, what: &str, values: Vec<Value>) -> Outcome {
    Ok(Reply::ok(json!({"workflowId": call.argument(0), what: {"values": values}})))
}

fn schemes_of<'a>(state: &'a State, workflow: &'a str) -> impl Iterator<Item = &'a super::store::Scheme<super::store::Workflows>> {
    let names = move |scheme: &&super::store::Scheme<super::store::Workflows>| {
        scheme.content.default == workflow || scheme.content.by_type.values().any(|id| id == workflow)
    };
    state.jira.configuration.workflow_schemes.values().filter(names)
}

/// Projects that have the workflow for one of their issue types.
pub fn projects_of(state: &State, workflow: &str) -> BTreeSet<u64> {
    let uses = |project: &&super::super::store::Project| project.workflows.values().any(|id| id == workflow);
    state.jira.projects.values().filter(uses).map(|project| project.id).collect()
}

/// What identifies a version of a workflow: who changes it must name the newest.
pub fn version(workflow: &Workflow) -> Value {
    json!({"id": uuid(fnv(workflow.id.as_bytes()), workflow.version), "versionNumber": workflow.version})
}

/// What was sent for an element of a workflow beside what the store has of its own.
fn sent<'a>(workflow: &'a Workflow, list: &str, key: &str, id: &str) -> Option<&'a Value> {
    workflow.more.get(list)?.as_array()?.iter().find(|item| item.get(key).and_then(Value::as_str) == Some(id))
}

/// A transition; what it does to the resolution is one of its actions.
fn transition(workflow: &Workflow, step: &Transition) -> Value {
    let id = step.id.to_string();
    let more = sent(workflow, "transitions", "id", &id);
    let link = |from: &u64| {
        let (leaves, reaches) = step.ports.get(from).copied().unwrap_or_default();
        json!({"fromStatusReference": from.to_string(), "fromPort": leaves, "toPort": reaches})
    };
    let links: Vec<Value> = step.from.iter().map(link).collect();
    let mut body = json!({
        "id": id,
        "name": step.name,
        "description": "",
        "type": if step.from.is_empty() { "GLOBAL" } else { "DIRECTED" },
        "toStatusReference": step.to.to_string(),
        "links": links,
        "actions": [],
        "validators": [],
        "triggers": [],
        "properties": {},
    });
    // References are by id once a workflow exists.
    for (key, value) in more.and_then(Value::as_object).into_iter().flatten() {
        if !matches!(key.as_str(), "id" | "name" | "type" | "toStatusReference" | "links") && !value.is_null() {
            put(&mut body, key, value.clone());
        }
    }
    if more.is_none()
        && let Some(resolution) = step.resolution
    {
        let value = if resolution == 0 { String::new() } else { resolution.to_string() };
        let action = json!({"ruleKey": "system:update-field", "parameters": {"field": "resolution", "value": value}});
        put(&mut body, "actions", json!([action]));
    }
    body
}

/// How a new issue gets its first status.
fn initial(workflow: &Workflow) -> Value {
    let more = workflow.more.get("initial").and_then(Value::as_object);
    let mut body = json!({
        "id": "1", "name": "Create", "description": "", "type": "INITIAL", "toStatusReference": workflow.initial.to_string(),
        "links": [], "actions": [], "validators": [], "triggers": [], "properties": {},
    });
    for (key, value) in more.into_iter().flatten() {
        if !matches!(key.as_str(), "type" | "toStatusReference" | "links") && !value.is_null() {
            put(&mut body, key, value.clone());
        }
    }
    body
}

/// A workflow as the newer operations show it.
pub fn body(workflow: &Workflow, transitions: bool) -> Value {
    let statuses: Vec<Value> = (workflow.statuses.iter())
        .map(|id| {
            let id = id.to_string();
            let more = sent(workflow, "statuses", "statusReference", &id);
            let mut body = json!({"statusReference": id, "deprecated": false, "properties": {}});
            for key in ["properties", "layout", "approvalConfiguration"] {
                if let Some(value) = more.and_then(|more| more.get(key)).filter(|value| !value.is_null()) {
                    put(&mut body, key, value.clone());
                }
            }
            body
        })
        .collect();
    let mut body = json!({
        "id": workflow.id,
        "name": workflow.name,
        "description": workflow.description,
        "scope": workflow.more.get("scope").cloned().unwrap_or_else(|| json!({"type": "GLOBAL"})),
        "isEditable": true,
        "version": version(workflow),
        "statuses": statuses,
        "taskId": null,
        "created": clock::offset(workflow.created),
        "updated": clock::offset(workflow.updated),
    });
    for key in ["startPointLayout", "loopedTransitionContainerLayout"] {
        if let Some(layout) = workflow.more.get(key).filter(|layout| !layout.is_null()) {
            put(&mut body, key, layout.clone());
        }
    }
    if transitions {
        let steps = std::iter::once(initial(workflow)).chain(workflow.transitions.iter().map(|step| transition(workflow, step)));
        put(&mut body, "transitions", steps.collect());
    }
    body
}

/// The statuses of some workflows, each once.
pub fn status_bodies<'a>(state: &State, workflows: impl Iterator<Item = &'a Workflow>) -> Vec<Value> {
    let ids: BTreeSet<u64> = workflows.flat_map(|workflow| workflow.statuses.iter().copied()).collect();
    let found = ids.iter().filter_map(|id| state.jira.statuses.get(id));
    found
        .map(|status| {
            json!({
                "id": status.id.to_string(),
                "statusReference": status.id.to_string(),
                "name": status.name,
                "description": status.description,
                "statusCategory": category_name(&status.category),
                "scope": statuses::scope(status.project),
            })
        })
        .collect()
}

fn search(state: &State, call: &Call) -> Outcome {
    let order = call.query("orderBy").unwrap_or("name");
    if !matches!(order.trim_start_matches(['-', '+', ' ']), "name" | "created" | "updated") {
        return Err(bad(format!("Workflows cannot be ordered by {order}.")));
    }
    let of_project = call.query("projectId").map(|id| project(state, id)).transpose()?;
    let scope = call.query("scope").filter(|scope| !scope.is_empty()).map(str::to_uppercase);
    let active = call.query("isActive").map(|text| text == "true");
    let fits = |workflow: &&Workflow| {
        contains(&workflow.name, call.query("queryString"))
            && of_project.is_none_or(|project| project.workflows.values().any(|id| *id == workflow.id))
            && scope.as_ref().is_none_or(|scope| {
                let own = workflow.more.get("scope").and_then(|scope| scope.get("type")).and_then(Value::as_str).unwrap_or("GLOBAL");
                own == scope
            })
            && active.is_none_or(|active| projects_of(state, &workflow.id).is_empty() != active)
    };
    let mut found: Vec<&Workflow> = state.jira.workflows.values().filter(fits).collect();
    sort(&mut found, order);
    let window = page::Window::of(call, 50, 1_000)?;
    let statuses = status_bodies(state, window.cut(found.iter().copied()).into_iter());
    let transitions = expands(call, "values.transitions");
    let mut answer = page::page(state, call, found, (50, 1_000), |workflow| body(workflow, transitions))?;
    put(&mut answer, "statuses", json!(statuses));
    Ok(Reply::ok(answer))
}

fn sort(found: &mut [&Workflow], order: &str) {
    page::sort(found, Some(order), |workflow, by| match by {
        "created" => format!("{:020}", workflow.created),
        "updated" => format!("{:020}", workflow.updated),
        _ => workflow.name.to_lowercase(),
    });
}

/// Workflows by id, by name, or by who uses them; what does not exist is left out.
fn read(state: &State, call: &Call) -> Outcome {
    let mut wanted: BTreeSet<String> = call.texts("workflowIds").into_iter().collect();
    let names = call.texts("workflowNames");
    wanted.extend(state.jira.workflows.values().filter(|workflow| names.contains(&workflow.name)).map(|workflow| workflow.id.clone()));
    let pairs = call.body.get("projectAndIssueTypes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for pair in pairs {
        let project =
            project(state, pair.get("projectId").and_then(Value::as_str).unwrap_or_default()).map_err(|refusal| bad(refusal.detail))?;
        let kind = page::number(pair, "issueTypeId").unwrap_or_default();
        wanted.extend(project.workflows.get(&kind).or_else(|| project.workflows.get(&0)).cloned());
    }
    if wanted.is_empty() && names.is_empty() {
        return Err(bad("Workflows must be named by workflowIds, workflowNames or projectAndIssueTypes."));
    }
    let found: Vec<&Workflow> = wanted.iter().filter_map(|id| state.jira.workflows.get(id)).collect();
    let statuses = status_bodies(state, found.iter().copied());
    Ok(Reply::ok(json!({"statuses": statuses, "workflows": found.iter().map(|workflow| body(workflow, true)).collect::<Vec<Value>>()})))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let workflow = find(state, call)?;
    if schemes_of(state, &workflow.id).next().is_some() || !projects_of(state, &workflow.id).is_empty() {
        return Err(bad(format!("The workflow {} is in use.", workflow.name)));
    }
    let id = workflow.id.clone();
    state.jira.workflows.remove(&id);
    Ok(Reply::empty(204))
}

/// A transition as the older search shows it.
fn classic_transition(step: &Transition) -> Value {
    json!({
        "id": step.id.to_string(),
        "name": step.name,
        "description": "",
        "from": step.from.iter().map(u64::to_string).collect::<Vec<String>>(),
        "to": step.to.to_string(),
        "type": if step.from.is_empty() { "global" } else { "directed" },
    })
}

fn classic(view: View, workflow: &Workflow, expand: &dyn Fn(&str) -> bool) -> Value {
    let state = view.state;
    let mut body = json!({
        "id": {"name": workflow.name, "entityId": workflow.id},
        "description": workflow.description,
        "created": clock::offset(workflow.created),
        "updated": clock::offset(workflow.updated),
    });
    if expand("transitions") {
        let first =
            json!({"id": "1", "name": "Create", "description": "", "from": [], "to": workflow.initial.to_string(), "type": "initial"});
        put(&mut body, "transitions", std::iter::once(first).chain(workflow.transitions.iter().map(classic_transition)).collect());
    }
    if expand("statuses") {
        let known = workflow.statuses.iter().filter_map(|id| state.jira.statuses.get(id));
        put(&mut body, "statuses", known.map(|status| json!({"id": status.id.to_string(), "name": status.name})).collect());
    }
    if expand("default") {
        put(&mut body, "isDefault", json!(false));
    }
    if expand("schemes") {
        let schemes = schemes_of(state, &workflow.id).map(|scheme| json!({"id": scheme.id.to_string(), "name": scheme.name}));
        put(&mut body, "schemes", schemes.collect());
    }
    if expand("projects") {
        put(&mut body, "projects", json!(references(view, projects_of(state, &workflow.id).iter())));
    }
    if expand("hasDraftWorkflow") {
        put(&mut body, "hasDraftWorkflow", json!(false));
    }
    if expand("operations") {
        put(&mut body, "operations", json!({"canEdit": true, "canDelete": schemes_of(state, &workflow.id).next().is_none()}));
    }
    body
}

/// The older search knows the workflows of company-managed projects alone.
fn classic_search(state: &State, call: &Call) -> Outcome {
    let names = texts(Some(&json!(call.queries("workflowName"))));
    let active = call.query("isActive").map(|text| text == "true");
    let fits = |workflow: &&Workflow| {
        !workflow.more.get("scope").is_some_and(|scope| scope["type"] == "PROJECT")
            && (names.is_empty() || names.contains(&workflow.name))
            && contains(&workflow.name, call.query("queryString"))
            && active.is_none_or(|active| projects_of(state, &workflow.id).is_empty() != active)
    };
    let mut found: Vec<&Workflow> = state.jira.workflows.values().filter(fits).collect();
    sort(&mut found, call.query("orderBy").unwrap_or("name"));
    let view = View::new(state, call);
    Ok(Reply::ok(page::page(state, call, found, (50, 50), |workflow| classic(view, workflow, &|part| expands(call, part)))?))
}

/// What the store keeps of a request beside the facts that issues follow.
pub fn remainder(sent: &Value, keep: &[&str]) -> Map<String, Value> {
    let fields = sent.as_object().into_iter().flatten();
    fields
        .filter(|(key, value)| keep.contains(&key.as_str()) && !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
