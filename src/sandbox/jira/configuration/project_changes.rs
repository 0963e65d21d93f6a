//! Projects are made from templates, changed, archived, and pass through the recycle bin.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::clock::DAY;
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::super::store::State;
use super::super::super::tasks;
use super::super::seeded::OF_SOFTWARE;
use super::super::store::Project;
use super::page::{bad, expands, number};
use super::projects::{key_fault, name_fault, project, project_id, whole};
use super::store::{IssueTypes, Scheme, Workflows, follow};
use super::templates::{self, Template};
use super::view::{View, is_active};
use super::{record, workflow_schemes};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("POST /rest/api/3/project", create),
    ("PUT /rest/api/3/project/{}", update),
    ("DELETE /rest/api/3/project/{}", delete),
    ("POST /rest/api/3/project/{}/delete", delete_in_task),
    ("POST /rest/api/3/project/{}/restore", restore),
    ("POST /rest/api/3/project/{}/archive", archive),
];

/// How long the recycle bin keeps a project.
pub const RETENTION: i64 = 60 * DAY;

/// Complaints by field, in their own words.
#[derive(Default)]
struct Faults(Map<String, Value>);

impl Faults {
    fn add(&mut self, field: &str, words: Option<String>) {
        if let Some(words) = words {
            self.0.insert(field.to_owned(), json!(words));
        }
    }

    fn end(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(bad("").context(Value::Object(self.0))) }
    }
}

fn lead_fault(state: &State, lead: &str) -> Option<String> {
    let known = state.account(lead).is_some_and(|account| is_active(account) && account.kind == "atlassian");
    (!known).then(|| "The project lead must be an active user.".to_owned())
}

/// Whether a scheme that a request names exists.
fn scheme_fault<T>(schemes: &BTreeMap<u64, Scheme<T>>, body: &Value, key: &str) -> Option<String> {
    let id = number(body, key)?;
    (!schemes.contains_key(&id)).then(|| format!("The scheme {id} does not exist."))
}

/// What creating and changing have in common.
fn common_faults(state: &State, body: &Value, faults: &mut Faults) {
    let configuration = &state.jira.configuration;
    faults.add("permissionScheme", scheme_fault(&configuration.permission_schemes, body, "permissionScheme"));
    faults.add("notificationScheme", scheme_fault(&configuration.notification_schemes, body, "notificationScheme"));
    faults.add("issueSecurityScheme", scheme_fault(&configuration.security_schemes, body, "issueSecurityScheme"));
    let category = number(body, "categoryId").filter(|id| !state.jira.categories.contains_key(id));
    faults.add("categoryId", category.map(|id| format!("The project category {id} does not exist.")));
    let assignee = body.get("assigneeType").and_then(Value::as_str).filter(|kind| !matches!(*kind, "PROJECT_LEAD" | "UNASSIGNED"));
    faults.add("assigneeType", assignee.map(|kind| format!("{kind} is no type of assignee: PROJECT_LEAD and UNASSIGNED are.")));
    let url = body.get("url").and_then(Value::as_str).filter(|url| !url.is_empty() && !url.starts_with("http"));
    faults.add("projectUrl", url.map(|_| "The address must begin with http:// or https://.".to_owned()));
}

/// Lets the project follow the schemes that a request names.
fn follow_named(state: &mut State, body: &Value, project: u64) {
    let configuration = &mut state.jira.configuration;
    if let Some(id) = number(body, "permissionScheme") {
        follow(&mut configuration.permission_schemes, id, project);
    }
    if let Some(id) = number(body, "notificationScheme") {
        follow(&mut configuration.notification_schemes, id, project);
    }
    if let Some(id) = number(body, "issueSecurityScheme") {
        follow(&mut configuration.security_schemes, id, project);
    }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let body = &call.body;
    let (key, name) = (call.text("key").unwrap_or_default(), call.text("name").unwrap_or_default().trim());
    let lead = call.text("leadAccountId").or_else(|| call.text("lead")).unwrap_or_default();
    let (kind, template) = (call.text("projectTypeKey"), call.text("projectTemplateKey"));
    let mut faults = Faults::default();
    faults.add("projectKey", key_fault(state, key, None));
    faults.add("projectName", name_fault(state, name, None));
    faults.add("projectLead", lead_fault(state, lead));
    let template = match (template, kind) {
        (Some(template), _) => Template::named(template),
        (None, kind) => Template::plain(kind.unwrap_or("")),
    };
    match (&template, kind) {
        (None, _) => faults.add("projectType", Some("A known project type or template is required.".to_owned())),
        (Some(template), Some(kind)) if template.kind != kind => {
            faults.add("projectTemplateKey", Some(format!("The template makes no project of the type {kind}.")));
        }
        _ => {}
    }
    common_faults(state, body, &mut faults);
    let configuration = &state.jira.configuration;
    faults.add("workflowScheme", scheme_fault(&configuration.workflow_schemes, body, "workflowScheme"));
    faults.add("issueTypeScheme", scheme_fault(&configuration.issue_type_schemes, body, "issueTypeScheme"));
    faults.add("issueTypeScreenScheme", scheme_fault(&configuration.issue_type_screen_schemes, body, "issueTypeScreenScheme"));
    let chosen = ["workflowScheme", "issueTypeScheme"].iter().any(|key| number(body, key).is_some());
    if chosen && call.text("projectTemplateKey").is_some() {
        faults.add(
            "projectTemplateKey",
            Some("A template brings its own workflows and issue types: leave it out to choose schemes.".to_owned()),
        );
    }
    faults.end()?;
    let Some(template) = template else { return Err(bad("A project type is required.")) };

    let now = state.now();
    let id = state.jira.next();
    let default_actors = state.jira.configuration.default_actors.clone();
    let text = |key: &str| call.text(key).unwrap_or_default().to_owned();
    let project = Project {
        id,
        key: key.to_owned(),
        name: name.to_owned(),
        kind: template.kind.to_owned(),
        description: text("description"),
        lead: lead.to_owned(),
        url: text("url"),
        assignee_type: call.text("assigneeType").unwrap_or("UNASSIGNED").to_owned(),
        style: if template.team_managed { "next-gen" } else { "classic" }.to_owned(),
        category: number(body, "categoryId"),
        issue_types: Vec::new(),
        workflows: BTreeMap::new(),
        components: BTreeMap::new(),
        versions: BTreeMap::new(),
        actors: default_actors,
        properties: Map::new(),
        last_number: 0,
        archived: None,
        deleted: None,
        created: now,
        updated: now,
    };
    let address = View::new(state, call).at(&format!("project/{id}"));
    state.jira.projects.insert(id, project);
    furnish(state, body, id, &template);
    follow_named(state, body, id);
    record(state, "Project created", "projects", name, "PROJECT");
    Ok(Reply::new(201, json!({"self": address, "id": id, "key": key})))
}

/// Gives a new project its issue types and workflows: those of the schemes that are named, else its template's own.
fn furnish(state: &mut State, body: &Value, id: u64, template: &Template) {
    let Some((key, owner)) = state.jira.projects.get(&id).map(|project| (project.key.clone(), template.team_managed.then_some(id))) else {
        return;
    };
    let types = match number(body, "issueTypeScheme") {
        Some(scheme) => scheme,
        None => {
            let types: Vec<u64> = template.issue_types.iter().map(|kind| templates::issue_type(state, kind, owner)).collect();
            let scheme = state.jira.next();
            let content = IssueTypes { default: types.first().copied(), types };
            let name = format!("{key}: Issue Type Scheme");
            state.jira.configuration.issue_type_schemes.insert(scheme, Scheme::new(scheme, &name, "", content));
            scheme
        }
    };
    let workflows = match number(body, "workflowScheme") {
        Some(scheme) => scheme,
        None => {
            let workflow = templates::workflow(state, template, &key, owner);
            let scheme = state.jira.next();
            let content = Workflows { default: workflow, by_type: BTreeMap::new(), version: 1 };
            let name = format!("{key}: Workflow Scheme");
            state.jira.configuration.workflow_schemes.insert(scheme, Scheme::new(scheme, &name, "", content));
            scheme
        }
    };
    follow(&mut state.jira.configuration.issue_type_schemes, types, id);
    super::issue_type_schemes::apply(state, types);
    follow(&mut state.jira.configuration.workflow_schemes, workflows, id);
    workflow_schemes::apply(state, workflows);
    if let Some(screens) = number(body, "issueTypeScreenScheme") {
        follow(&mut state.jira.configuration.issue_type_screen_schemes, screens, id);
    }
    if template.kind == "software" && !template.team_managed {
        for field in OF_SOFTWARE {
            let contexts = state.jira.fields.get_mut(field).into_iter().flat_map(|field| field.contexts.values_mut());
            if let Some(context) = { contexts }.find(|context| !context.projects.is_empty()) {
                context.projects.push(id);
            }
        }
    }
    // Who makes a team-managed project administrates it.
    if let Some(administrators) =
        state.jira.roles.values().find(|role| role.name == "Administrators").map(|role| role.id).filter(|_| owner.is_some())
        && let Some(project) = state.jira.projects.get_mut(&id)
    {
        project.actors.entry(administrators).or_default().insert(ORGANIZATION_ADMIN.to_owned());
    }
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let id = project(state, call.argument(0))?.id;
    let mut faults = Faults::default();
    if let Some(key) = call.text("key") {
        faults.add("projectKey", key_fault(state, key, Some(id)));
    }
    if let Some(name) = call.text("name") {
        faults.add("projectName", name_fault(state, name, Some(id)));
    }
    let lead = call.text("leadAccountId").or_else(|| call.text("lead"));
    if let Some(lead) = lead {
        faults.add("projectLead", lead_fault(state, lead));
    }
    common_faults(state, &call.body, &mut faults);
    faults.end()?;
    if let Some(key) = call.text("key") {
        rename(state, id, key);
    }
    let now = state.now();
    if let Some(project) = state.jira.projects.get_mut(&id) {
        for (field, value) in [
            (&mut project.name, call.text("name").map(str::trim)),
            (&mut project.lead, lead),
            (&mut project.url, call.text("url")),
            (&mut project.description, call.text("description")),
            (&mut project.assignee_type, call.text("assigneeType")),
        ] {
            if let Some(value) = value {
                value.clone_into(field);
            }
        }
        match call.body.get("categoryId").and_then(Value::as_i64) {
            Some(-1) => project.category = None,
            Some(category) => project.category = u64::try_from(category).ok(),
            None => {}
        }
        project.updated = now;
    }
    follow_named(state, &call.body, id);
    let found = project(state, &id.to_string())?;
    let name = found.name.clone();
    let body = whole(View::new(state, call), found, &|part| expands(call, part), &[]);
    record(state, "Project updated", "projects", &name, "PROJECT");
    Ok(Reply::ok(body))
}

/// A new key: the old ones of the project and its issues still lead there.
fn rename(state: &mut State, id: u64, key: &str) {
    let Some(project) = state.jira.projects.get_mut(&id).filter(|project| project.key != key) else { return };
    let former = std::mem::replace(&mut project.key, key.to_owned());
    state.jira.configuration.former_keys.remove(key);
    for issue in state.jira.issues.values().filter(|issue| issue.project == id) {
        state.jira.former_keys.insert(format!("{former}-{}", issue.number), issue.id);
    }
    state.jira.configuration.former_keys.insert(former, id);
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    // What is in the recycle bin can be deleted for good.
    let id = project_id(state, call.argument(0)).ok_or_else(|| bad_key(call))?;
    let binned = state.jira.projects.get(&id).is_some_and(|project| project.deleted.is_some());
    if call.query("enableUndo") == Some("false") {
        remove(state, id);
    } else if binned {
        return Err(bad_key(call));
    } else {
        bin(state, id);
    }
    Ok(Reply::empty(204))
}

fn bad_key(call: &Call) -> Refusal {
    Refusal::new(404, "", format!("No project has the id or key '{}'.", call.argument(0)))
}

fn bin(state: &mut State, id: u64) {
    let now = state.now();
    if let Some(project) = state.jira.projects.get_mut(&id) {
        project.deleted = Some(now);
        let name = project.name.clone();
        record(state, "Project deleted", "projects", &name, "PROJECT");
    }
}

/// Takes a project out of the store, with all that it alone has.
fn remove(state: &mut State, id: u64) {
    let jira = &mut state.jira;
    let Some(project) = jira.projects.remove(&id) else { return };
    let issues: BTreeSet<u64> = jira.issues.values().filter(|issue| issue.project == id).map(|issue| issue.id).collect();
    state.service_management.remove_project(id, &issues);
    jira.issues.retain(|_, issue| issue.project != id);
    jira.links.retain(|_, link| !issues.contains(&link.from) && !issues.contains(&link.to));
    jira.former_keys.retain(|_, issue| !issues.contains(issue));
    jira.issue_types.retain(|_, kind| kind.project != Some(id));
    jira.statuses.retain(|_, status| status.project != Some(id));
    let scope = Some(Value::String(id.to_string()));
    jira.workflows.retain(|_, workflow| workflow.more.get("scope").and_then(|own| own.pointer("/project/id")) != scope.as_ref());
    let configuration = &mut jira.configuration;
    if project.style == "next-gen" {
        let alone = BTreeSet::from([id]);
        configuration.workflow_schemes.retain(|_, scheme| scheme.projects != alone);
        configuration.issue_type_schemes.retain(|_, scheme| scheme.projects != alone);
    }
    configuration.former_keys.retain(|_, project| *project != id);
    configuration.recent.retain(|project| *project != id);
    configuration.version_order.remove(&id);
    configuration.features.remove(&id);
    // No scheme has the id 0: the project follows none any more.
    follow(&mut configuration.issue_type_schemes, 0, id);
    follow(&mut configuration.workflow_schemes, 0, id);
    follow(&mut configuration.issue_type_screen_schemes, 0, id);
    follow(&mut configuration.permission_schemes, 0, id);
    follow(&mut configuration.notification_schemes, 0, id);
    follow(&mut configuration.security_schemes, 0, id);
    for field in jira.fields.values_mut() {
        for context in field.contexts.values_mut() {
            context.projects.retain(|project| *project != id);
        }
    }
    record(state, "Project deleted for good", "projects", &project.name, "PROJECT");
}

fn delete_in_task(state: &mut State, call: &Call) -> Outcome {
    let id = project(state, call.argument(0))?.id;
    if !state.long_tasks.next_fails() {
        bin(state, id);
    }
    tasks::begun(state, call)
}

fn restore(state: &mut State, call: &Call) -> Outcome {
    let id = project_id(state, call.argument(0)).ok_or_else(|| bad_key(call))?;
    let now = state.now();
    let Some(project) = state.jira.projects.get_mut(&id) else { return Err(bad_key(call)) };
    if project.deleted.is_none() && project.archived.is_none() {
        return Err(bad("The project is neither archived nor in the recycle bin."));
    }
    (project.deleted, project.archived, project.updated) = (None, None, now);
    let name = project.name.clone();
    record(state, "Project restored", "projects", &name, "PROJECT");
    let found = super::projects::project(state, &id.to_string())?;
    Ok(Reply::ok(whole(View::new(state, call), found, &|_| false, &[])))
}

fn archive(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let project = super::projects::project_mut(state, call.argument(0))?;
    if project.archived.is_some() {
        return Err(bad("The project is archived already."));
    }
    project.archived = Some(now);
    let name = project.name.clone();
    record(state, "Project archived", "projects", &name, "PROJECT");
    Ok(Reply::empty(204))
}
