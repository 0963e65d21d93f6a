//! Which workflow an issue type of a project follows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply, uuid};
use super::super::super::store::State;
use super::super::super::tasks;
use super::super::store::{Issue, Workflow};
use super::issue_type_schemes::{by_scheme, scheme_name};
use super::page::{self, bad, id, missing, number, put, query_numbers};
use super::projects::project;
use super::store::{Scheme, Workflows, follow, followed};
use super::view::{View, category_name};
use super::workflows;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/workflowscheme", |state, call| {
        let found = state.jira.configuration.workflow_schemes.values().collect();
        let view = View::new(state, call);
        Ok(Reply::ok(page::page(state, call, found, (50, 50), |scheme| body(view, scheme))?))
    }),
    ("POST /rest/api/3/workflowscheme", create),
    ("GET /rest/api/3/workflowscheme/project", |state, call| of_projects(state, call)),
    ("PUT /rest/api/3/workflowscheme/project", assign),
    ("POST /rest/api/3/workflowscheme/project/switch", switch),
    ("POST /rest/api/3/workflowscheme/read", |state, call| read(state, call)),
    ("POST /rest/api/3/workflowscheme/update", update_all),
    ("POST /rest/api/3/workflowscheme/update/mappings", |state, call| required_mappings(state, call)),
    ("GET /rest/api/3/workflowscheme/{}", |state, call| {
        let scheme = find(state, id(call, 0, "workflow scheme")?)?;
        Ok(Reply::ok(body(View::new(state, call), scheme)))
    }),
    ("PUT /rest/api/3/workflowscheme/{}", update),
    ("DELETE /rest/api/3/workflowscheme/{}", delete),
    ("GET /rest/api/3/workflowscheme/{}/default", |state, call| {
        let scheme = find(state, id(call, 0, "workflow scheme")?)?;
        Ok(Reply::ok(json!({"workflow": name_of(state, &scheme.content.default)})))
    }),
    ("PUT /rest/api/3/workflowscheme/{}/default", |state, call| {
        let workflow = named(state, call.text("workflow").unwrap_or_default())?;
        change(state, call, |content| content.default = workflow)
    }),
    ("DELETE /rest/api/3/workflowscheme/{}/default", |state, call| {
        let workflow = fallback(state);
        change(state, call, |content| content.default = workflow)
    }),
    ("GET /rest/api/3/workflowscheme/{}/issuetype/{}", |state, call| {
        let scheme = find(state, id(call, 0, "workflow scheme")?)?;
        let kind = id(call, 1, "issue type")?;
        let workflow = scheme.content.by_type.get(&kind).unwrap_or(&scheme.content.default);
        Ok(Reply::ok(json!({"issueType": kind.to_string(), "workflow": name_of(state, workflow)})))
    }),
    ("PUT /rest/api/3/workflowscheme/{}/issuetype/{}", |state, call| {
        let kind = known_type(state, call.argument(1))?;
        let workflow = named(state, call.text("workflow").unwrap_or_default())?;
        change(state, call, |content| drop(content.by_type.insert(kind, workflow)))
    }),
    ("DELETE /rest/api/3/workflowscheme/{}/issuetype/{}", |state, call| {
        let kind = known_type(state, call.argument(1))?;
        change(state, call, |content| drop(content.by_type.remove(&kind)))
    }),
    ("GET /rest/api/3/workflowscheme/{}/projectUsages", |state, call| {
        let scheme = find(state, id(call, 0, "workflow scheme")?)?;
        let projects: Vec<Value> = scheme.projects.iter().map(|id| json!({"id": id.to_string()})).collect();
        Ok(Reply::ok(json!({"workflowSchemeId": scheme.id.to_string(), "projects": {"values": projects}})))
    }),
];

type WorkflowScheme = Scheme<Workflows>;

fn find(state: &State, id: u64) -> Result<&WorkflowScheme, Refusal> {
    state.jira.configuration.workflow_schemes.get(&id).ok_or_else(|| missing("workflow scheme", &id.to_string()))
}

fn name_of<'a>(state: &'a State, workflow: &str) -> &'a str {
    state.jira.workflows.get(workflow).map_or("", |workflow| workflow.name.as_str())
}

/// The id of the workflow of this name.
fn named(state: &State, name: &str) -> Result<String, Refusal> {
    let found = state.jira.workflows.values().find(|workflow| workflow.name == name);
    found.map(|workflow| workflow.id.clone()).ok_or_else(|| bad(format!("The workflow {name} does not exist.")))
}

fn known_type(state: &State, text: &str) -> Result<u64, Refusal> {
    text.parse()
        .ok()
        .filter(|id| state.jira.issue_types.contains_key(id))
        .ok_or_else(|| bad(format!("The issue type {text} does not exist.")))
}

/// The workflow of schemes that name none: that of the default scheme.
fn fallback(state: &State) -> String {
    let default = state.jira.configuration.workflow_schemes.values().find(|scheme| scheme.default);
    let default = default.map(|scheme| scheme.content.default.clone());
    default.or_else(|| state.jira.workflows.keys().next().cloned()).unwrap_or_default()
}

/// Writes a scheme's workflows into the projects that follow it: issues read them there.
pub fn apply(state: &mut State, scheme: u64) {
    let jira = &mut state.jira;
    let Some(scheme) = jira.configuration.workflow_schemes.get(&scheme) else { return };
    let mut workflows = scheme.content.by_type.clone();
    workflows.insert(0, scheme.content.default.clone());
    for id in &scheme.projects {
        if let Some(project) = jira.projects.get_mut(id) {
            project.workflows.clone_from(&workflows);
        }
    }
}

fn body(view: View, scheme: &WorkflowScheme) -> Value {
    let mappings: Map<String, Value> =
        scheme.content.by_type.iter().map(|(kind, workflow)| (kind.to_string(), json!(name_of(view.state, workflow)))).collect();
    json!({
        "id": scheme.id,
        "name": scheme.name,
        "description": scheme.description,
        "defaultWorkflow": name_of(view.state, &scheme.content.default),
        "issueTypeMappings": mappings,
        "draft": false,
        "self": view.at(&format!("workflowscheme/{}", scheme.id)),
    })
}

/// The workflows that a body gives, by their names; what it leaves out is as it was.
fn workflows_of(state: &State, call: &Call, old: Workflows) -> Result<Workflows, Refusal> {
    let mut content = old;
    if let Some(name) = call.text("defaultWorkflow") {
        content.default = named(state, name)?;
    }
    if let Some(mappings) = call.body.get("issueTypeMappings").and_then(Value::as_object) {
        content.by_type.clear();
        for (kind, workflow) in mappings {
            content.by_type.insert(known_type(state, kind)?, named(state, workflow.as_str().unwrap_or_default())?);
        }
    }
    Ok(content)
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = scheme_name(&state.jira.configuration.workflow_schemes, call, None)?;
    let content = workflows_of(state, call, Workflows { default: fallback(state), by_type: BTreeMap::new(), version: 1 })?;
    let id = state.jira.next();
    let scheme = Scheme::new(id, &name, call.text("description").unwrap_or_default(), content);
    let answer = body(View::new(state, call), &scheme);
    state.jira.configuration.workflow_schemes.insert(id, scheme);
    Ok(Reply::new(201, answer))
}

/// What projects follow is changed by the bulk operation, which takes issues along.
fn idle(state: &State, call: &Call) -> Result<u64, Refusal> {
    let scheme = find(state, id(call, 0, "workflow scheme")?)?;
    if !scheme.projects.is_empty() {
        return Err(bad("Projects follow the scheme: change it by the bulk update, which says what becomes of their issues."));
    }
    Ok(scheme.id)
}

fn change(state: &mut State, call: &Call, edit: impl FnOnce(&mut Workflows)) -> Outcome {
    let id = idle(state, call)?;
    if let Some(scheme) = state.jira.configuration.workflow_schemes.get_mut(&id) {
        edit(&mut scheme.content);
        scheme.content.version += 1;
    }
    Ok(Reply::ok(body(View::new(state, call), find(state, id)?)))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let own = find(state, id(call, 0, "workflow scheme")?)?;
    let (own, old) = (own.id, own.content.clone());
    let name = call.text("name").map(|_| scheme_name(&state.jira.configuration.workflow_schemes, call, Some(own))).transpose()?;
    if call.body.get("defaultWorkflow").is_some() || call.body.get("issueTypeMappings").is_some() {
        idle(state, call)?;
    }
    let content = workflows_of(state, call, old)?;
    if let Some(scheme) = state.jira.configuration.workflow_schemes.get_mut(&own) {
        scheme.name = name.unwrap_or_else(|| scheme.name.clone());
        scheme.content = content;
        scheme.content.version += 1;
        if let Some(description) = call.text("description") {
            description.clone_into(&mut scheme.description);
        }
    }
    Ok(Reply::ok(body(View::new(state, call), find(state, own)?)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = idle(state, call)?;
    if find(state, id)?.default {
        return Err(bad("The default scheme cannot be deleted."));
    }
    state.jira.configuration.workflow_schemes.remove(&id);
    Ok(Reply::empty(204))
}

fn of_projects(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let found = by_scheme(state, &state.jira.configuration.workflow_schemes, &query_numbers(call, "projectId"));
    let values: Vec<Value> =
        found.into_iter().map(|(scheme, projects)| json!({"projectIds": projects, "workflowScheme": body(view, scheme)})).collect();
    Ok(Reply::ok(json!({"values": values})))
}

/// The scheme that a request names; none: the default one.
fn target(state: &State, key: Option<&str>) -> Result<u64, Refusal> {
    let schemes = &state.jira.configuration.workflow_schemes;
    match key {
        Some(text) => find(state, text.parse().map_err(|_| missing("workflow scheme", text))?).map(|scheme| scheme.id),
        None => schemes.values().find(|scheme| scheme.default).map(|scheme| scheme.id).ok_or_else(|| bad("A scheme is required.")),
    }
}

fn assign(state: &mut State, call: &Call) -> Outcome {
    let scheme = target(state, call.text("workflowSchemeId"))?;
    let project = project(state, call.text("projectId").unwrap_or_default())?;
    if project.style == "next-gen" {
        return Err(bad("A team-managed project follows no scheme."));
    }
    let id = project.id;
    if state.jira.issues.values().any(|issue| issue.project == id) {
        return Err(bad("The project has issues: switch its scheme, saying what becomes of their statuses."));
    }
    follow(&mut state.jira.configuration.workflow_schemes, scheme, id);
    apply(state, scheme);
    Ok(Reply::empty(204))
}

/// Old status → new one, by issue type.
fn overrides(body: &Value, key: &str) -> BTreeMap<u64, BTreeMap<u64, u64>> {
    let items = body.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| Some((number(item, "issueTypeId")?, pairs(item)))).collect()
}

fn pairs(item: &Value) -> BTreeMap<u64, u64> {
    let mappings = item.get("statusMappings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    mappings.iter().filter_map(|pair| Some((number(pair, "oldStatusId")?, number(pair, "newStatusId")?))).collect()
}

/// The workflow of a scheme for an issue type.
fn workflow_for<'a>(state: &'a State, content: &Workflows, kind: u64) -> Option<&'a Workflow> {
    state.jira.workflows.get(content.by_type.get(&kind).unwrap_or(&content.default))
}

/// Issues whose status new workflows lack, with the one they get.
fn moves(
    state: &State,
    content: &Workflows,
    projects: &BTreeSet<u64>,
    find: impl Fn(&Issue) -> Option<u64>,
) -> Result<Vec<(u64, u64)>, Refusal> {
    let mut moves = Vec::new();
    for issue in state.jira.issues.values().filter(|issue| projects.contains(&issue.project)) {
        let Some(workflow) = workflow_for(state, content, issue.issue_type) else { continue };
        if workflow.statuses.contains(&issue.status) {
            continue;
        }
        match find(issue).filter(|status| workflow.statuses.contains(status)) {
            Some(status) => moves.push((issue.id, status)),
            None => {
                let words = format!(
                    "{} would lose its status: map the status {} to one of {}.",
                    state.jira.key(issue),
                    issue.status,
                    workflow.name
                );
                return Err(bad(words));
            }
        }
    }
    Ok(moves)
}

fn carry_out(state: &mut State, moves: Vec<(u64, u64)>) {
    let now = state.now();
    for (issue, status) in moves {
        if let Some(issue) = state.jira.issues.get_mut(&issue) {
            (issue.status, issue.status_changed, issue.updated) = (status, now, now);
        }
    }
}

fn switch(state: &mut State, call: &Call) -> Outcome {
    let scheme = target(state, call.text("targetSchemeId"))?;
    let project = project(state, call.text("projectId").unwrap_or_default())?.id;
    let overrides = overrides(&call.body, "mappingsByIssueTypeOverride");
    let content = find(state, scheme)?.content.clone();
    let of = |issue: &Issue| overrides.get(&issue.issue_type)?.get(&issue.status).copied();
    let moves = moves(state, &content, &BTreeSet::from([project]), of)?;
    if !state.long_tasks.next_fails() {
        follow(&mut state.jira.configuration.workflow_schemes, scheme, project);
        apply(state, scheme);
        carry_out(state, moves);
    }
    tasks::begun(state, call)
}

fn version(scheme: &WorkflowScheme) -> Value {
    json!({"id": uuid(scheme.id, scheme.content.version), "versionNumber": scheme.content.version})
}

fn metadata(state: &State, workflow: &str) -> Option<Value> {
    let workflow = state.jira.workflows.get(workflow)?;
    Some(json!({
        "id": workflow.id, "name": workflow.name, "description": workflow.description, "version": workflows::version(workflow),
    }))
}

/// A scheme as the newer operations show it: issue types by workflow.
fn read_one(state: &State, scheme: &WorkflowScheme) -> Value {
    let mut by_workflow: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (kind, workflow) in &scheme.content.by_type {
        by_workflow.entry(workflow).or_default().push(kind.to_string());
    }
    let others: Vec<Value> = by_workflow
        .into_iter()
        .filter_map(|(workflow, kinds)| Some(json!({"workflow": metadata(state, workflow)?, "issueTypeIds": kinds})))
        .collect();
    let mut body = json!({
        "id": scheme.id.to_string(),
        "name": scheme.name,
        "description": scheme.description,
        "scope": {"type": "GLOBAL"},
        "taskId": null,
        "version": version(scheme),
        "workflowsForIssueTypes": others,
    });
    if let Some(default) = metadata(state, &scheme.content.default) {
        put(&mut body, "defaultWorkflow", default);
    }
    body
}

fn read(state: &State, call: &Call) -> Outcome {
    let schemes = &state.jira.configuration.workflow_schemes;
    let mut wanted: BTreeSet<u64> = page::numbers(&call.body, "workflowSchemeIds").into_iter().collect();
    let projects = page::numbers(&call.body, "projectIds").into_iter().filter(|id| state.jira.projects.contains_key(id));
    wanted.extend(projects.filter_map(|project| followed(schemes, project)).map(|scheme| scheme.id));
    Ok(Reply::ok(wanted.iter().filter_map(|id| schemes.get(id)).map(|scheme| read_one(state, scheme)).collect()))
}

/// The workflows that the newer operations give by their ids.
fn new_content(state: &State, body: &Value, old: &Workflows) -> Result<Workflows, Refusal> {
    let known = |id: &str| {
        state.jira.workflows.contains_key(id).then(|| id.to_owned()).ok_or_else(|| bad(format!("The workflow {id} does not exist.")))
    };
    let default = body.get("defaultWorkflowId").and_then(Value::as_str).map_or_else(|| Ok(old.default.clone()), known)?;
    let mut by_type = BTreeMap::new();
    for item in body.get("workflowsForIssueTypes").and_then(Value::as_array).into_iter().flatten() {
        let workflow = known(item.get("workflowId").and_then(Value::as_str).unwrap_or_default())?;
        for kind in page::numbers(item, "issueTypeIds") {
            by_type.insert(known_type(state, &kind.to_string())?, workflow.clone());
        }
    }
    Ok(Workflows { default, by_type, version: old.version })
}

fn update_all(state: &mut State, call: &Call) -> Outcome {
    let scheme = find(state, target(state, call.text("id"))?)?;
    if call.body.get("version") != Some(&version(scheme)) {
        return Err(Refusal::new(409, "", "The scheme was changed meanwhile: read it again for its newest version."));
    }
    let name = scheme_name(&state.jira.configuration.workflow_schemes, call, Some(scheme.id))?;
    let (own, old) = (scheme.id, scheme.content.clone());
    let content = new_content(state, &call.body, &old)?;
    let overrides = overrides(&call.body, "statusMappingsByIssueTypeOverride");
    let by_workflow = call.body.get("statusMappingsByWorkflows").and_then(Value::as_array).cloned().unwrap_or_default();
    let of = |issue: &Issue| {
        let special = overrides.get(&issue.issue_type).and_then(|pairs| pairs.get(&issue.status)).copied();
        let before = old.by_type.get(&issue.issue_type).unwrap_or(&old.default);
        let after = content.by_type.get(&issue.issue_type).unwrap_or(&content.default);
        let is_it = |item: &&Value| item["oldWorkflowId"] == **before && item["newWorkflowId"] == **after;
        special.or_else(|| by_workflow.iter().find(is_it).and_then(|item| pairs(item).get(&issue.status).copied()))
    };
    let moves = moves(state, &content, &scheme.projects, of)?;
    let moved = !moves.is_empty();
    if !(moved && state.long_tasks.next_fails()) {
        if let Some(scheme) = state.jira.configuration.workflow_schemes.get_mut(&own) {
            scheme.name = name;
            scheme.content = content;
            scheme.content.version += 1;
            if let Some(description) = call.text("description") {
                description.clone_into(&mut scheme.description);
            }
        }
        apply(state, own);
        carry_out(state, moves);
    }
    // Issues that change make it a task.
    if moved { tasks::begun_as(state, call, "Task") } else { Ok(Reply::ok(json!({}))) }
}

fn required_mappings(state: &State, call: &Call) -> Outcome {
    let scheme = find(state, target(state, call.text("id"))?)?;
    let content = new_content(state, &call.body, &scheme.content)?;
    let mut by_workflows: BTreeMap<(&str, &str), BTreeSet<u64>> = BTreeMap::new();
    let mut by_types: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for issue in state.jira.issues.values().filter(|issue| scheme.projects.contains(&issue.project)) {
        let Some(after) = workflow_for(state, &content, issue.issue_type).filter(|workflow| !workflow.statuses.contains(&issue.status))
        else {
            continue;
        };
        if let Some(before) = workflow_for(state, &scheme.content, issue.issue_type) {
            by_workflows.entry((&before.id, &after.id)).or_default().insert(issue.status);
        }
        by_types.entry(issue.issue_type).or_default().insert(issue.status);
    }
    let texts = |ids: &BTreeSet<u64>| ids.iter().map(u64::to_string).collect::<Vec<String>>();
    let workflows: BTreeSet<&str> = by_workflows.keys().flat_map(|(before, after)| [*before, *after]).collect();
    let workflows: Vec<&Workflow> = workflows.into_iter().filter_map(|id| state.jira.workflows.get(id)).collect();
    let statuses: BTreeSet<u64> = workflows.iter().flat_map(|workflow| workflow.statuses.iter().copied()).collect();
    let statuses = statuses.iter().filter_map(|id| state.jira.statuses.get(id));
    Ok(Reply::ok(json!({
        "statusMappingsByIssueTypes": by_types.iter().map(|(kind, ids)| json!({"issueTypeId": kind.to_string(), "statusIds": texts(ids)})).collect::<Vec<Value>>(),
        "statusMappingsByWorkflows": by_workflows.iter().map(|((before, after), ids)| json!({
            "sourceWorkflowId": before, "targetWorkflowId": after, "statusIds": texts(ids),
        })).collect::<Vec<Value>>(),
        "statuses": statuses.map(|status| json!({
            "id": status.id.to_string(), "name": status.name, "category": category_name(&status.category),
        })).collect::<Vec<Value>>(),
        "statusesPerWorkflow": workflows.iter().map(|workflow| json!({
            "workflowId": workflow.id,
            "initialStatusId": workflow.initial.to_string(),
            "statuses": workflow.statuses.iter().map(u64::to_string).collect::<Vec<String>>(),
        })).collect::<Vec<Value>>(),
    })))
}
