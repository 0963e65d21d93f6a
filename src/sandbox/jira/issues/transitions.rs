//! Transitions: which are open to an issue, and what taking one does.

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::service_management::{ask_for_approval, is_pending};
use super::super::super::store::State;
use super::super::issue::has_documents;
use super::super::shown;
use super::super::store::{Issue, Transition, Workflow};
use super::fields::{self, Draft, Faults, Screen};
use super::{find, history, links, metadata, properties};

/// The workflow that issues of a project and type go through; 0 stands for all types that have none of their own.
pub fn workflow(state: &State, project: u64, issue_type: u64) -> Option<&Workflow> {
    let workflows = &state.jira.projects.get(&project)?.workflows;
    state.jira.workflows.get(workflows.get(&issue_type).or_else(|| workflows.get(&0))?)
}

/// Transitions that are open from the present status: none while an approval is waited for, whose answer takes one.
pub fn open<'a>(state: &'a State, issue: &Issue) -> Vec<&'a Transition> {
    if is_pending(state, issue) {
        return Vec::new();
    }
    let all = workflow(state, issue.project, issue.issue_type).map(|workflow| workflow.transitions.as_slice()).unwrap_or_default();
    all.iter().filter(|one| one.from.is_empty() || one.from.contains(&issue.status)).collect()
}

pub fn body(state: &State, issue: &Issue, transition: &Transition, call: &Call, with_fields: bool) -> Value {
    let root = &shown::root(state, call);
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("id", json!(transition.id.to_string()));
    put("name", json!(transition.name));
    put("to", shown::status(state, transition.to, root));
    put("hasScreen", json!(transition.has_screen));
    put("isGlobal", json!(transition.from.is_empty()));
    put("isInitial", json!(false));
    put("isAvailable", json!(true));
    put("isConditional", json!(false));
    put("looped", json!(transition.to == issue.status));
    if with_fields {
        put("fields", if transition.has_screen { metadata::screen(state, issue, root) } else { json!({}) });
    }
    Value::Object(body)
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let with_fields = call.queries("expand").iter().any(|part| part == "transitions.fields");
    let wanted = call.query("transitionId");
    let open = open(state, issue);
    let shown = open.into_iter().filter(|transition| wanted.is_none_or(|id| transition.id.to_string() == id));
    let shown: Vec<Value> = shown.map(|transition| body(state, issue, transition, call, with_fields)).collect();
    Ok(Reply::ok(json!({"expand": "transitions", "transitions": shown})))
}

pub fn perform(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.id;
    take(state, id, &call.body, has_documents(call))?;
    Ok(Reply::empty(204))
}

/// Takes the transition that a request names, with the fields and operations beside it: all of it, or nothing.
pub fn take(state: &mut State, id: u64, body: &Value, documents: bool) -> Result<(), Refusal> {
    let Some(issue) = state.jira.issues.get(&id) else { return Err(Refusal::new(404, "", super::UNKNOWN)) };
    let wanted = body.get("transition").and_then(|transition| transition.get("id")).map(fields::shown).unwrap_or_default();
    if wanted.is_empty() {
        return Err(Refusal::new(400, "", "The id of a transition is missing."));
    }
    let Some(transition) = open(state, issue).into_iter().find(|transition| transition.id.to_string() == wanted).cloned() else {
        return Err(Refusal::new(400, "", format!("The transition {wanted} is not open to the issue in its status.")));
    };
    let mut faults = Faults::default();
    let mut draft = Draft { issue: issue.clone(), links: Vec::new(), documents, now: state.now() };
    draft.issue.status = transition.to;
    match transition.resolution {
        Some(0) => draft.issue.resolution = None,
        Some(resolution) => draft.issue.resolution = Some(resolution),
        None => {}
    }
    let sent = ["fields", "update"].iter().filter_map(|part| body.get(*part)?.as_object());
    for field in sent.flat_map(Map::keys).filter(|field| !transition.has_screen && *field != "comment") {
        faults.add(field, fields::unknown(field));
    }
    fields::apply_all(state, &mut draft, body, Screen::Transition, &mut faults);
    faults.end()?;
    draft.issue.properties.extend(properties::sent(body)?);
    history::save(state, draft.issue, MYSELF);
    links::add_all(state, id, draft.links);
    ask_for_approval(state, id);
    Ok(())
}
