//! Creation of issues, one or up to fifty at a time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::super::agile::next_rank;
use super::super::super::call::{Call, Outcome};
use super::super::super::reply::{Api, Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::service_management::ask_for_approval;
use super::super::super::store::State;
use super::super::issue::has_documents;
use super::super::shown;
use super::super::store::{Issue, Project};
use super::fields::{self, Draft, Faults, Screen, text_id};
use super::{links, transitions};

const MOST: usize = 50;

pub fn create(state: &mut State, call: &Call) -> Outcome {
    one(state, call, &call.body).map(|body| Reply::new(201, body))
}

pub fn create_many(state: &mut State, call: &Call) -> Outcome {
    let asked = call.body.get("issueUpdates").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if asked.is_empty() || asked.len() > MOST {
        return Err(Refusal::new(400, "", format!("Between 1 and {MOST} issues are created at a time.")));
    }
    let (mut issues, mut errors) = (Vec::new(), Vec::new());
    for (place, body) in asked.iter().enumerate() {
        match one(state, call, body) {
            Ok(created) => issues.push(created),
            Err(refusal) => {
                let words = refusal.render(Api::Jira, &call.path, 0).body.unwrap_or_default();
                errors.push(json!({"status": refusal.status, "elementErrors": words, "failedElementNumber": place}));
            }
        }
    }
    let status = if issues.is_empty() { 400 } else { 201 };
    Ok(Reply::new(status, json!({"issues": issues, "errors": errors})))
}

/// The status that new issues of a type begin in.
pub fn first_status(state: &State, project: &Project, issue_type: u64) -> u64 {
    let jira = &state.jira;
    let workflow = transitions::workflow(state, project.id, issue_type);
    let first = || jira.statuses.values().find(|status| status.category == "new").or_else(|| jira.statuses.values().next());
    workflow.map(|workflow| workflow.initial).or_else(|| first().map(|status| status.id)).unwrap_or_default()
}

/// The rank behind all others.
fn last_rank(state: &State) -> String {
    next_rank(state.jira.issues.values().map(|issue| issue.rank.as_str()).max().unwrap_or_default())
}

/// Makes one issue of "fields", "update" and the like, and tells its id, key and address.
pub fn one(state: &mut State, call: &Call, body: &Value) -> Result<Value, Refusal> {
    let mut draft = draft(state, call, body)?;
    let moves = body.get("transition").filter(|transition| !transition.is_null());
    let root = shown::root(state, call);
    draft.issue.rank = last_rank(state);
    let jira = &mut state.jira;
    let id = jira.next();
    draft.issue.id = id;
    if let Some(project) = jira.projects.get_mut(&draft.issue.project) {
        project.last_number += 1;
        draft.issue.number = project.last_number;
    }
    let issue = &mut draft.issue;
    for comment in &mut issue.comments {
        comment.id = jira.next();
    }
    for worklog in &mut issue.worklogs {
        worklog.id = jira.next();
    }
    let key = jira.key(issue);
    jira.issues.insert(id, draft.issue);
    for (kind, other, outward) in draft.links {
        let (from, to) = if outward { (id, other) } else { (other, id) };
        links::add(state, kind, from, to);
    }
    ask_for_approval(state, id);
    let mut answer = json!({"id": id.to_string(), "key": key, "self": format!("{root}/issue/{id}")});
    if let Some(transition) = moves {
        let outcome = transitions::take(state, id, &json!({"transition": transition}), has_documents(call));
        let refused = outcome.err().map(|refusal| (refusal.status, refusal.render(Api::Jira, &call.path, 0).body));
        let (status, words) = refused.unwrap_or((200, None));
        if let Some(object) = answer.as_object_mut() {
            let words = words.unwrap_or_else(|| json!({"errorMessages": [], "errors": {}}));
            object.insert("transition".to_owned(), json!({"status": status, "errorCollection": words}));
        }
    }
    Ok(answer)
}

/// A new issue, tried and found good, with no id yet.
fn draft(state: &State, call: &Call, body: &Value) -> Result<Draft, Refusal> {
    let jira = &state.jira;
    let now = state.now();
    let mut faults = Faults::default();
    let field = |name: &str| body.get("fields").and_then(|fields| fields.get(name)).filter(|value| !value.is_null());
    let project = field("project").and_then(|value| {
        let name = value.get("id").or_else(|| value.get("key")).map(fields::shown)?;
        jira.project_named(&name).filter(|project| project.deleted.is_none() && project.archived.is_none())
    });
    let Some(project) = project else {
        faults.add("project", "Specify a valid project ID or key");
        faults.end()?;
        return Err(Refusal::new(400, "", ""));
    };
    let kind = field("issuetype").and_then(|value| {
        let (id, name) = (value.get("id").and_then(text_id), value.get("name").and_then(Value::as_str));
        let kinds = project.issue_types.iter().filter_map(|id| jira.issue_types.get(id));
        { kinds }.find(|kind| id.map_or_else(|| name.is_some_and(|name| kind.name.eq_ignore_ascii_case(name)), |id| kind.id == id))
    });
    let Some(kind) = kind else {
        faults.add("issuetype", "Specify a valid issue type");
        faults.end()?;
        return Err(Refusal::new(400, "", ""));
    };
    let status = first_status(state, project, kind.id);
    let priority = jira.priorities.get(&3).or_else(|| jira.priorities.values().next()).map_or(0, |priority| priority.id);
    let issue = Issue {
        id: 0,
        project: project.id,
        number: 0,
        issue_type: kind.id,
        status,
        priority,
        resolution: None,
        summary: String::new(),
        description: None,
        environment: None,
        assignee: fields::default_assignee(state, project.id),
        reporter: Some(MYSELF.to_owned()),
        creator: MYSELF.to_owned(),
        labels: BTreeSet::new(),
        components: Vec::new(),
        fix_versions: Vec::new(),
        versions: Vec::new(),
        parent: None,
        due: None,
        created: now,
        updated: now,
        resolved: None,
        status_changed: now,
        original_estimate: None,
        remaining_estimate: None,
        sprints: Vec::new(),
        rank: String::new(),
        custom: BTreeMap::new(),
        comments: Vec::new(),
        worklogs: Vec::new(),
        watchers: BTreeSet::from([MYSELF.to_owned()]),
        voters: BTreeSet::new(),
        attachments: Vec::new(),
        remote_links: Vec::new(),
        properties: super::properties::sent(body)?,
        history: Vec::new(),
        archived: false,
    };
    let mut draft = Draft { issue, links: Vec::new(), documents: has_documents(call), now };
    match fields::summary(field("summary").unwrap_or(&Value::Null)) {
        Ok(summary) => draft.issue.summary = summary,
        Err(words) => faults.add("summary", words),
    }
    if let Some(parent) = field("parent") {
        if let Err(words) = fields::set_parent(state, &mut draft.issue, parent) {
            faults.add("parent", words);
        }
    } else if kind.level < 0 {
        faults.add("parent", "A sub-task needs a parent.");
    }
    fields::apply_all(state, &mut draft, body, Screen::Create, &mut faults);
    faults.end()?;
    Ok(draft)
}

/// Takes an issue out of the store, with its links. Its sub-tasks are the caller's business.
pub fn remove(state: &mut State, id: u64) {
    let Some(issue) = state.jira.issues.remove(&id) else { return };
    state.jira.links.retain(|_, link| link.from != id && link.to != id);
    state.jira.former_keys.retain(|_, known| *known != id);
    for child in state.jira.issues.values_mut().filter(|child| child.parent == Some(id)) {
        child.parent = None;
    }
    for attachment in &issue.attachments {
        state.files.remove(&format!("attachment/{}", attachment.id));
    }
    super::worklogs::forget(state, issue.worklogs.iter().map(|worklog| worklog.id));
}
