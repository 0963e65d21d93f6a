//! The configuration of the demo site: the schemes that its projects follow.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::seed::groups;
use super::super::super::store::State;
use super::super::store::{Screen, Tab};
use super::permissions;
use super::screens::DEFAULT;
use super::store::{Dashboard, Grant, IssueTypes, Notification, Scheme, Screens, ScreensByType, SecurityLevel, Workflows};

/// The demo site's role of administrators.
const ADMINISTRATORS: u64 = 10_002;

/// Columns of tables of issues, unless somebody chooses others.
const COLUMNS: [&str; 11] =
    ["issuetype", "issuekey", "summary", "assignee", "reporter", "priority", "status", "resolution", "created", "updated", "duedate"];

pub fn seed(state: &mut State) {
    screens(state);
    issue_types(state);
    workflows(state);
    access(state);
    let configuration = &mut state.jira.configuration;
    configuration.default_priority = Some(3);
    configuration.columns = COLUMNS.map(str::to_owned).to_vec();
    configuration.default_actors.insert(ADMINISTRATORS, BTreeSet::from([format!("group:{}", groups::ORGANIZATION_ADMINS)]));
    let share = serde_json::json!({"id": 1, "type": "global"});
    let (name, description, owner) = ("Default dashboard".to_owned(), String::new(), String::new());
    let system = Dashboard {
        id: 10_000,
        name,
        description,
        owner,
        share_permissions: vec![share],
        edit_permissions: Vec::new(),
        gadgets: Vec::new(),
    };
    configuration.dashboards.insert(10_000, system);
}

fn default<T>(id: u64, name: &str, projects: BTreeSet<u64>, content: T) -> Scheme<T> {
    Scheme { default: true, projects, ..Scheme::new(id, name, "Followed by projects that name no other.", content) }
}

fn classic(state: &State) -> BTreeSet<u64> {
    state.jira.projects.values().filter(|project| project.style == "classic").map(|project| project.id).collect()
}

fn screens(state: &mut State) {
    for (id, name, fields) in
        [(2, "Workflow Screen", &["assignee"][..]), (3, "Resolve Issue Screen", &["resolution", "assignee", "fixVersions"])]
    {
        let tab = Tab { id, name: "Field Tab".to_owned(), fields: fields.iter().map(|field| (*field).to_owned()).collect() };
        let screen =
            Screen { id, name: name.to_owned(), description: "Asked for on the way through a workflow.".to_owned(), tabs: vec![tab] };
        state.jira.screens.entry(id).or_insert(screen);
    }
    let projects = classic(state);
    let configuration = &mut state.jira.configuration;
    let content = Screens { default: DEFAULT, by_operation: BTreeMap::new() };
    configuration.screen_schemes.insert(1, default(1, "Default Screen Scheme", BTreeSet::new(), content));
    let by_type = ScreensByType::from([(0, 1)]);
    configuration.issue_type_screen_schemes.insert(1, default(1, "Default Issue Type Screen Scheme", projects, by_type));
}

/// Projects with the same issue types share a scheme.
fn issue_types(state: &mut State) {
    let all: Vec<u64> = state.jira.issue_types.values().filter(|kind| kind.project.is_none()).map(|kind| kind.id).collect();
    let first = all.first().copied();
    let schemes = &mut state.jira.configuration.issue_type_schemes;
    let content = IssueTypes { types: all, default: first };
    schemes.insert(10_000, default(10_000, "Default Issue Type Scheme", BTreeSet::new(), content));
    for project in state.jira.projects.values() {
        let known = schemes.values_mut().find(|scheme| scheme.content.types == project.issue_types);
        if let Some(scheme) = known {
            scheme.projects.insert(project.id);
            continue;
        }
        let id = 10_100 + project.id % 100;
        let content = IssueTypes { default: project.issue_types.first().copied(), types: project.issue_types.clone() };
        let mut scheme = Scheme::new(id, &format!("{}: Issue Type Scheme", project.key), "", content);
        scheme.projects.insert(project.id);
        schemes.insert(id, scheme);
    }
}

/// Projects with the same workflows share a scheme.
fn workflows(state: &mut State) {
    let schemes = &mut state.jira.configuration.workflow_schemes;
    for project in state.jira.projects.values() {
        let mut by_type = project.workflows.clone();
        let Some(workflow) = by_type.remove(&0) else { continue };
        let known = schemes.values_mut().find(|scheme| scheme.content.default == workflow && scheme.content.by_type == by_type);
        if let Some(scheme) = known {
            scheme.projects.insert(project.id);
            continue;
        }
        let id = 10_200 + project.id % 100;
        let content = Workflows { default: workflow, by_type, version: 1 };
        let mut scheme = Scheme::new(id, &format!("{}: Workflow Scheme", project.key), "", content);
        scheme.projects.insert(project.id);
        schemes.insert(id, scheme);
    }
    // What no scheme is named for follows the workflow that begins simplest.
    let workflow = schemes.values().next().map(|scheme| scheme.content.default.clone()).unwrap_or_default();
    let content = Workflows { default: workflow, by_type: BTreeMap::new(), version: 1 };
    schemes.insert(10_300, default(10_300, "Default Workflow Scheme", BTreeSet::new(), content));
}

fn access(state: &mut State) {
    let projects: BTreeSet<u64> = state.jira.projects.keys().copied().collect();
    let mut grants = Vec::new();
    for (place, (permission, reserved)) in (10_000..).step_by(10).zip(permissions::of_projects()) {
        let mut grant = |offset: u64, holder: &str, parameter: Option<String>| {
            let (permission, holder) = (permission.to_owned(), holder.to_owned());
            grants.push(Grant { id: place + offset, permission, holder, parameter });
        };
        grant(0, "projectRole", Some(ADMINISTRATORS.to_string()));
        if !reserved {
            grant(1, "applicationRole", None);
        }
    }
    let note = |id: u64, event: u64, kind: &str| Notification { id, event, kind: kind.to_owned(), parameter: None };
    let notes = (1..=17_u64).flat_map(|event| {
        ["CurrentAssignee", "Reporter", "AllWatchers"]
            .into_iter()
            .zip(0..)
            .map(move |(kind, offset)| note(10_000 + event * 10 + offset, event, kind))
    });
    let configuration = &mut state.jira.configuration;
    configuration.permission_schemes.insert(0, default(0, "Default Permission Scheme", projects.clone(), grants));
    configuration.notification_schemes.insert(10_000, default(10_000, "Default Notification Scheme", projects, notes.collect()));
    let level = |id: u64, name: &str, default: bool| SecurityLevel { id, name: name.to_owned(), description: String::new(), default };
    let levels = vec![level(10_000, "Internal", true), level(10_001, "Confidential", false)];
    configuration.security_schemes.insert(10_000, Scheme::new(10_000, "Confidential work", "For projects that hide some issues.", levels));
}
