//! What a new project brings along: issue types, statuses and a workflow of its own.

use std::collections::BTreeMap;

use serde_json::{Map, json};

use super::super::super::store::State;
use super::super::store::{IssueType, Status, Transition, Workflow};

#[derive(Debug, Clone, Copy)]
pub struct Template {
    pub kind: &'static str,
    pub team_managed: bool,
    pub issue_types: &'static [Kind],
    /// Name and category; work begins in the first one.
    statuses: &'static [(&'static str, &'static str)],
}

#[derive(Debug, Clone, Copy)]
pub struct Kind {
    name: &'static str,
    level: i64,
}

const EPIC: Kind = Kind { name: "Epic", level: 1 };
const STORY: Kind = Kind { name: "Story", level: 0 };
const TASK: Kind = Kind { name: "Task", level: 0 };
const BUG: Kind = Kind { name: "Bug", level: 0 };
const SUBTASK: Kind = Kind { name: "Sub-task", level: -1 };
const REQUEST: Kind = Kind { name: "Service request", level: 0 };
const INCIDENT: Kind = Kind { name: "Incident", level: 0 };
const CHANGE: Kind = Kind { name: "Change", level: 0 };

const SIMPLE: &[(&str, &str)] = &[("To Do", "new"), ("In Progress", "indeterminate"), ("Done", "done")];
const SERVICE: &[(&str, &str)] = &[
    ("Waiting for support", "indeterminate"),
    ("Waiting for customer", "indeterminate"),
    ("In Progress", "indeterminate"),
    ("Resolved", "done"),
];

const SOFTWARE: Template =
    Template { kind: "software", team_managed: false, issue_types: &[EPIC, STORY, TASK, BUG, SUBTASK], statuses: SIMPLE };
const BUSINESS: Template = Template { kind: "business", team_managed: false, issue_types: &[TASK, SUBTASK], statuses: SIMPLE };
const DESK: Template =
    Template { kind: "service_desk", team_managed: false, issue_types: &[REQUEST, INCIDENT, CHANGE, TASK, SUBTASK], statuses: SERVICE };

impl Template {
    /// "com.pyxis.greenhopper.jira:gh-simplified-scrum-classic"
    pub fn named(key: &str) -> Option<Template> {
        let (module, name) = key.split_once(':')?;
        let plain = match module {
            "com.pyxis.greenhopper.jira" => SOFTWARE,
            "com.atlassian.servicedesk" | "com.atlassian.jcs" => DESK,
            "com.atlassian.jira-core-project-templates" => BUSINESS,
            _ => return None,
        };
        let team_managed = ["agility", "next-gen", "team-managed"].iter().any(|mark| name.contains(mark));
        let issue_types = if team_managed && plain.kind == "software" { &[EPIC, TASK, SUBTASK] } else { plain.issue_types };
        (!name.is_empty()).then_some(Template { team_managed, issue_types, ..plain })
    }

    /// What a type of project has without a template.
    pub fn plain(kind: &str) -> Option<Template> {
        [SOFTWARE, BUSINESS, DESK].into_iter().find(|template| template.kind == kind)
    }
}

/// The site's issue type of this name; a team-managed project has one of its own.
pub fn issue_type(state: &mut State, kind: &Kind, owner: Option<u64>) -> u64 {
    let known = state.jira.issue_types.values().find(|known| known.project.is_none() && known.name == kind.name).map(|known| known.id);
    if let (Some(id), None) = (known, owner) {
        return id;
    }
    let id = state.jira.next();
    let (name, description) = (kind.name.to_owned(), String::new());
    state.jira.issue_types.insert(id, IssueType { id, name, description, level: kind.level, project: owner });
    id
}

fn status(state: &mut State, name: &str, category: &str, owner: Option<u64>) -> u64 {
    let known = state.jira.statuses.values().find(|known| known.project.is_none() && known.name == name).map(|known| known.id);
    if let (Some(id), None) = (known, owner) {
        return id;
    }
    let id = state.jira.next();
    let (name, category) = (name.to_owned(), category.to_owned());
    state.jira.statuses.insert(id, Status { id, name, description: String::new(), category, project: owner });
    id
}

/// The template's workflow for a project: from everywhere to every status. Tells its id.
pub fn workflow(state: &mut State, template: &Template, key: &str, owner: Option<u64>) -> String {
    let statuses: Vec<u64> = template.statuses.iter().map(|(name, category)| status(state, name, category, owner)).collect();
    let transitions = (statuses.iter().zip(template.statuses).zip(1..))
        .map(|((to, (name, category)), place)| Transition {
            id: place * 10 + 1,
            name: (*name).to_owned(),
            from: Vec::new(),
            to: *to,
            // Work that is done has a resolution; what is taken up again has none.
            resolution: if *category == "done" { done(state) } else { Some(0) },
            ports: BTreeMap::new(),
            has_screen: false,
        })
        .collect();
    let (id, now) = (state.id(), state.now());
    let mut more = Map::new();
    if let Some(project) = owner {
        more.insert("scope".to_owned(), json!({"type": "PROJECT", "project": {"id": project.to_string()}}));
    }
    let workflow = Workflow {
        id: id.clone(),
        name: format!("Simplified Workflow for Project {key}"),
        description: String::new(),
        version: 1,
        initial: statuses.first().copied().unwrap_or_default(),
        statuses,
        transitions,
        created: now,
        updated: now,
        more,
    };
    state.jira.workflows.insert(id.clone(), workflow);
    id
}

/// The resolution "Done", or the first there is.
fn done(state: &State) -> Option<u64> {
    let resolutions = &state.jira.resolutions;
    resolutions.values().find(|known| known.name == "Done").or_else(|| resolutions.values().next()).map(|known| known.id)
}
