//! Workflows are made and changed in bulk; what is wrong is told before anything happens.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::{Status, Transition, Workflow};
use super::page::{bad, number};
use super::statuses::{fault as status_fault, owner};
use super::view::category_key;
use super::workflows::{body, projects_of, remainder, status_bodies, version};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("POST /rest/api/3/workflows/create", create),
    ("POST /rest/api/3/workflows/create/validation", |state, call| {
        let payload = call.body.get("payload").unwrap_or(&Value::Null);
        let owner = owner(state, payload.get("scope"))?;
        told(call, &Payload { state, body: payload, owner, changes: false }.faults())
    }),
    ("POST /rest/api/3/workflows/update", update),
    ("POST /rest/api/3/workflows/update/validation", |state, call| {
        let payload = call.body.get("payload").unwrap_or(&Value::Null);
        told(call, &Payload { state, body: payload, owner: None, changes: true }.faults())
    }),
];

/// Something that is wrong with a payload.
struct Fault {
    /// "WORKFLOW", "STATUS", "TRANSITION"
    kind: &'static str,
    code: &'static str,
    message: String,
    /// What it is about: "statusReference" or "transitionId", and which.
    element: Option<(&'static str, String)>,
}

impl Fault {
    fn show(&self) -> Value {
        let element: Map<String, Value> = self.element.iter().map(|(key, id)| ((*key).to_owned(), json!(id))).collect();
        json!({"type": self.kind, "code": self.code, "level": "ERROR", "message": self.message, "elementReference": element})
    }
}

fn told(call: &Call, faults: &[Fault]) -> Outcome {
    // Only errors are found: who asks for warnings alone gets none.
    let levels = call.body.pointer("/validationOptions/levels").and_then(Value::as_array);
    let wanted = levels.is_none_or(|levels| levels.is_empty() || levels.iter().any(|level| level == "ERROR"));
    let errors: Vec<Value> = if wanted { faults.iter().map(Fault::show).collect() } else { Vec::new() };
    Ok(Reply::ok(json!({"errors": errors})))
}

fn refuse(faults: &[Fault]) -> Result<(), Refusal> {
    if faults.is_empty() {
        return Ok(());
    }
    let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    Err(bad(messages.join(" ")))
}

struct Payload<'a> {
    state: &'a State,
    body: &'a Value,
    /// The team-managed project whose workflows these will be.
    owner: Option<u64>,
    /// Workflows exist already.
    changes: bool,
}

fn list<'a>(body: &'a Value, key: &str) -> &'a [Value] {
    body.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Payload<'_> {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if list(self.body, "workflows").is_empty() {
            faults.push(Fault {
                kind: "WORKFLOW",
                code: "MISSING_WORKFLOWS",
                message: "At least one workflow is required.".to_owned(),
                element: None,
            });
        }
        self.statuses(&mut faults);
        let known: BTreeSet<&str> = list(self.body, "statuses").iter().map(|status| text(status, "statusReference")).collect();
        for (place, workflow) in list(self.body, "workflows").iter().enumerate() {
            self.name(workflow, place, &mut faults);
            elements(workflow, &known, &mut faults);
        }
        faults
    }

    fn statuses(&self, faults: &mut Vec<Fault>) {
        let (mut references, mut names) = (BTreeSet::new(), BTreeSet::new());
        for status in list(self.body, "statuses") {
            let (reference, name) = (text(status, "statusReference"), text(status, "name").trim());
            let mut add = |code, message: String| {
                faults.push(Fault { kind: "STATUS", code, message, element: Some(("statusReference", reference.to_owned())) });
            };
            if !references.insert(reference) {
                add("NON_UNIQUE_STATUS_REFERENCE", format!("The status reference {reference} is given twice."));
            }
            if !names.insert(name.to_lowercase()) {
                add("NON_UNIQUE_STATUS_NAME", format!("The status name {name} is given twice."));
            }
            // An existing status comes with its id: a name alone would make a second one.
            let own = status.get("id").filter(|id| !id.is_null()).map(|_| number(status, "id").unwrap_or_default());
            let existing = own.and_then(|id| self.state.jira.statuses.get(&id));
            if own.is_some() && existing.is_none() {
                add("STATUS_NOT_FOUND", format!("The status {} does not exist.", text(status, "id")));
                continue;
            }
            let owner = existing.map_or(self.owner, |status| status.project);
            if let Some(words) = status_fault(self.state, name, text(status, "statusCategory"), owner, own) {
                add(if words.ends_with("exists.") { "NON_UNIQUE_STATUS_NAME" } else { "INVALID_STATUS" }, words);
            }
        }
    }

    fn name(&self, workflow: &Value, place: usize, faults: &mut Vec<Fault>) {
        let mut add = |code, message: String| faults.push(Fault { kind: "WORKFLOW", code, message, element: None });
        if self.changes {
            if !self.state.jira.workflows.contains_key(text(workflow, "id")) {
                add("WORKFLOW_NOT_FOUND", format!("The workflow {} does not exist.", text(workflow, "id")));
            }
            return;
        }
        let name = text(workflow, "name").trim();
        if name.is_empty() || name.chars().count() > 255 {
            add("INVALID_WORKFLOW_NAME", "The name of a workflow must have 1 to 255 characters.".to_owned());
        }
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let earlier = list(self.body, "workflows").iter().take(place).any(|other| same(text(other, "name").trim()));
        if earlier || self.state.jira.workflows.values().any(|other| same(&other.name)) {
            add("NON_UNIQUE_WORKFLOW_NAME", format!("A workflow of the name {name} exists."));
        }
    }
}

/// Statuses and transitions of one workflow: every reference must lead somewhere.
fn elements(workflow: &Value, known: &BTreeSet<&str>, faults: &mut Vec<Fault>) {
    let mut mine = BTreeSet::new();
    let mut add =
        |kind, code, message: String, key, id: &str| faults.push(Fault { kind, code, message, element: Some((key, id.to_owned())) });
    for status in list(workflow, "statuses") {
        let reference = text(status, "statusReference");
        if !known.contains(reference) {
            let message = format!("The status reference {reference} is none of the statuses.");
            add("STATUS", "UNKNOWN_STATUS_REFERENCE", message, "statusReference", reference);
        }
        mine.insert(reference);
    }
    let (mut ids, mut initial) = (BTreeSet::new(), 0);
    for transition in list(workflow, "transitions") {
        let (id, kind, name) = (text(transition, "id"), text(transition, "type"), text(transition, "name"));
        let mut fault = |code, message: String| add("TRANSITION", code, message, "transitionId", id);
        if id.parse::<u64>().is_err() || !ids.insert(id) {
            fault("INVALID_TRANSITION_ID", format!("The transition id {id} must be a number of its own."));
        }
        if name.trim().is_empty() {
            fault("MISSING_TRANSITION_NAME", format!("The transition {id} needs a name."));
        }
        let links = list(transition, "links");
        for reference in links.iter().map(|link| text(link, "fromStatusReference")).chain([text(transition, "toStatusReference")]) {
            if !mine.contains(reference) {
                let message = format!("The transition {name} refers to the status {reference}, which the workflow does not have.");
                fault("UNKNOWN_STATUS_REFERENCE", message);
            }
        }
        match kind {
            "INITIAL" => initial += 1,
            "GLOBAL" if !links.is_empty() => {
                fault("INVALID_TRANSITION_LINKS", format!("The transition {name} is global and has no links."))
            }
            "DIRECTED" if links.is_empty() => {
                fault("INVALID_TRANSITION_LINKS", format!("The transition {name} needs links to where it begins."));
            }
            "GLOBAL" | "DIRECTED" => {}
            other => fault("INVALID_TRANSITION_TYPE", format!("{other} is no type of transition.")),
        }
    }
    if initial != 1 {
        let name = text(workflow, "name");
        let message = format!("The workflow {name} must have exactly one initial transition.");
        faults.push(Fault { kind: "WORKFLOW", code: "INVALID_INITIAL_TRANSITION", message, element: None });
    }
}

/// Makes new statuses and changes known ones. Ids by reference.
fn settle_statuses(state: &mut State, payload: &Value, owner: Option<u64>) -> BTreeMap<String, u64> {
    let mut ids = BTreeMap::new();
    for item in list(payload, "statuses") {
        let id = number(item, "id").unwrap_or_else(|| state.jira.next());
        let category = category_key(text(item, "statusCategory")).unwrap_or("new").to_owned();
        let name = text(item, "name").trim().to_owned();
        let made = Status { id, name: name.clone(), description: String::new(), category: category.clone(), project: owner };
        let status = state.jira.statuses.entry(id).or_insert(made);
        (status.name, status.category) = (name, category);
        if let Some(description) = item.get("description").and_then(Value::as_str) {
            description.clone_into(&mut status.description);
        }
        ids.insert(text(item, "statusReference").to_owned(), id);
    }
    ids
}

/// The resolution that an action sets; 0 takes it away.
fn resolution(transition: &Value) -> Option<u64> {
    let action = list(transition, "actions").iter().find(|action| {
        text(action, "ruleKey") == "system:update-field"
            && action.pointer("/parameters/field").and_then(Value::as_str) == Some("resolution")
    })?;
    Some(action.get("parameters").and_then(|parameters| number(parameters, "value")).unwrap_or(0))
}

/// Writes statuses and transitions of a payload into a workflow.
fn write(workflow: &mut Workflow, item: &Value, ids: &BTreeMap<String, u64>) {
    let port = |link: &Value, key: &str| link.get(key).and_then(Value::as_i64).unwrap_or_default();
    let id_of = |reference: &str| ids.get(reference).copied().unwrap_or_default();
    let kept = |item: &Value, key: &str, id: String, keep: &[&str]| {
        let mut kept = remainder(item, keep);
        kept.insert(key.to_owned(), json!(id));
        Value::Object(kept)
    };
    const OF_STATUS: &[&str] = &["layout", "properties", "approvalConfiguration"];
    const OF_TRANSITION: &[&str] =
        &["description", "actions", "conditions", "validators", "triggers", "properties", "transitionScreen", "customIssueEventId"];
    let reference = |item: &Value| id_of(text(item, "statusReference"));
    workflow.statuses = list(item, "statuses").iter().map(reference).collect();
    let layouts = list(item, "statuses").iter().map(|status| kept(status, "statusReference", reference(status).to_string(), OF_STATUS));
    workflow.more.insert("statuses".to_owned(), layouts.collect());
    let (initial, others): (Vec<&Value>, Vec<&Value>) = list(item, "transitions").iter().partition(|step| text(step, "type") == "INITIAL");
    if let Some(first) = initial.first() {
        workflow.initial = id_of(text(first, "toStatusReference"));
        let mut more = kept(first, "id", text(first, "id").to_owned(), OF_TRANSITION);
        if let Some(map) = more.as_object_mut() {
            map.insert("name".to_owned(), json!(text(first, "name")));
        }
        workflow.more.insert("initial".to_owned(), more);
    }
    workflow.transitions = (others.iter())
        .map(|step| Transition {
            id: text(step, "id").parse().unwrap_or_default(),
            name: text(step, "name").trim().to_owned(),
            from: list(step, "links").iter().map(|link| id_of(text(link, "fromStatusReference"))).collect(),
            to: id_of(text(step, "toStatusReference")),
            resolution: resolution(step),
            ports: (list(step, "links").iter())
                .map(|link| (id_of(text(link, "fromStatusReference")), (port(link, "fromPort"), port(link, "toPort"))))
                .collect(),
            has_screen: step.get("transitionScreen").is_some_and(|screen| !screen.is_null()),
        })
        .collect();
    let details = others.iter().map(|step| kept(step, "id", text(step, "id").to_owned(), OF_TRANSITION));
    workflow.more.insert("transitions".to_owned(), details.collect());
    for key in ["startPointLayout", "loopedTransitionContainerLayout"] {
        if let Some(layout) = item.get(key).filter(|layout| !layout.is_null()) {
            workflow.more.insert(key.to_owned(), layout.clone());
        }
    }
    if let Some(description) = item.get("description").and_then(Value::as_str) {
        description.clone_into(&mut workflow.description);
    }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let owner = owner(state, call.body.get("scope"))?;
    refuse(&Payload { state, body: &call.body, owner, changes: false }.faults())?;
    let ids = settle_statuses(state, &call.body, owner);
    let mut made = Vec::new();
    for item in list(&call.body, "workflows") {
        let (id, now) = (state.id(), state.now());
        let mut workflow = Workflow {
            id: id.clone(),
            name: text(item, "name").trim().to_owned(),
            description: String::new(),
            version: 1,
            statuses: Vec::new(),
            initial: 0,
            transitions: Vec::new(),
            created: now,
            updated: now,
            more: Map::new(),
        };
        if let Some(scope) = call.body.get("scope") {
            workflow.more.insert("scope".to_owned(), scope.clone());
        }
        write(&mut workflow, item, &ids);
        super::record(state, "Workflow created", "workflows", &workflow.name, "WORKFLOW");
        state.jira.workflows.insert(id.clone(), workflow);
        made.push(id);
    }
    answer(state, &made, json!({}))
}

fn answer(state: &State, ids: &[String], mut more: Value) -> Outcome {
    let found: Vec<&Workflow> = ids.iter().filter_map(|id| state.jira.workflows.get(id)).collect();
    super::page::put(&mut more, "statuses", json!(status_bodies(state, found.iter().copied())));
    super::page::put(&mut more, "workflows", found.iter().map(|workflow| body(workflow, true)).collect());
    Ok(Reply::ok(more))
}

/// Where issues go whose status the workflow loses: old status → new one.
fn migrations(items: &[Value], ids: &BTreeMap<String, u64>) -> BTreeMap<u64, u64> {
    let id_of = |reference: &str| ids.get(reference).copied().or_else(|| reference.parse().ok());
    let pair = |item: &Value| Some((id_of(text(item, "oldStatusReference"))?, id_of(text(item, "newStatusReference"))?));
    items.iter().filter_map(pair).collect()
}

fn update(state: &mut State, call: &Call) -> Outcome {
    refuse(&Payload { state, body: &call.body, owner: None, changes: true }.faults())?;
    for item in list(&call.body, "workflows") {
        let known = state.jira.workflows.get(text(item, "id"));
        let current = known.map(version).unwrap_or_default();
        if item.get("version") != Some(&current) {
            return Err(Refusal::new(409, "", "The workflow was changed meanwhile: read it again for its newest version."));
        }
    }
    // References of statuses that stay are their ids.
    let ids = settle_statuses(state, &call.body, None);
    let mut moves: Vec<(u64, u64)> = Vec::new();
    for item in list(&call.body, "workflows") {
        moves.extend(stranded(state, item, &ids)?);
    }
    let now = state.now();
    let mut changed = Vec::new();
    for item in list(&call.body, "workflows") {
        let id = text(item, "id");
        if let Some(workflow) = state.jira.workflows.get_mut(id) {
            write(workflow, item, &ids);
            workflow.version += 1;
            workflow.updated = now;
            let name = workflow.name.clone();
            super::record(state, "Workflow updated", "workflows", &name, "WORKFLOW");
        }
        changed.push(id.to_owned());
    }
    for (issue, status) in moves {
        if let Some(issue) = state.jira.issues.get_mut(&issue) {
            issue.status = status;
            issue.status_changed = now;
        }
    }
    answer(state, &changed, json!({"taskId": null}))
}

/// Issues whose status the workflow will not have any more, with the one they get.
fn stranded(state: &State, item: &Value, ids: &BTreeMap<String, u64>) -> Result<Vec<(u64, u64)>, Refusal> {
    let id = text(item, "id");
    let kept: BTreeSet<u64> =
        list(item, "statuses").iter().filter_map(|status| ids.get(text(status, "statusReference")).copied()).collect();
    let general = migrations(list(item, "defaultStatusMappings"), ids);
    let projects = projects_of(state, id);
    let mut moves = Vec::new();
    for issue in state.jira.issues.values().filter(|issue| projects.contains(&issue.project) && !kept.contains(&issue.status)) {
        let Some(project) = state.jira.projects.get(&issue.project) else { continue };
        let own = project.workflows.get(&issue.issue_type).or_else(|| project.workflows.get(&0));
        if own.map(String::as_str) != Some(id) {
            continue;
        }
        let special = list(item, "statusMappings").iter().find(|mapping| {
            number(mapping, "projectId") == Some(issue.project) && number(mapping, "issueTypeId") == Some(issue.issue_type)
        });
        let special = special.map(|mapping| migrations(list(mapping, "statusMigrations"), ids)).unwrap_or_default();
        let target = special.get(&issue.status).or_else(|| general.get(&issue.status)).filter(|status| kept.contains(status));
        match target {
            Some(status) => moves.push((issue.id, *status)),
            None => {
                return Err(bad(format!(
                    "{} would lose its status: map the status {} to another one.",
                    state.jira.key(issue),
                    issue.status
                )));
            }
        }
    }
    Ok(moves)
}
