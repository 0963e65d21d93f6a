//! Changes of many issues at once. They are tasks: asked for now, done a little later, told of meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome, texts};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::super::tasks::{self, Work};
use super::super::shown;
use super::super::store::Issue;
use super::bulk_edit::inputs;
use super::{archive, bulk_move, create, edit, metadata, number, properties, transitions};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("POST /rest/api/3/bulk/issues/delete", delete),
    ("GET /rest/api/3/bulk/issues/fields", list_fields),
    ("POST /rest/api/3/bulk/issues/fields", edit_many),
    ("POST /rest/api/3/bulk/issues/move", move_many),
    ("GET /rest/api/3/bulk/issues/transition", list_transitions),
    ("POST /rest/api/3/bulk/issues/transition", transition_many),
    ("POST /rest/api/3/bulk/issues/watch", watch_many),
    ("POST /rest/api/3/bulk/issues/unwatch", unwatch_many),
];

const MOST: usize = 1_000;
const FIELDS: usize = 200;
const PROPERTIES: usize = 10;

/// Refusals of bulk operations have a shape of their own.
fn refuse(words: impl Into<String>) -> Outcome {
    Ok(Reply::new(400, json!({"errors": [{"message": words.into()}]})))
}

/// Ids of the issues that are named and there, and how many are not.
fn known(state: &State, names: &[String]) -> (Vec<u64>, usize) {
    let mut ids: Vec<u64> = Vec::new();
    let mut missing = 0;
    for name in names {
        match state.jira.issue_named(name).map(|issue| issue.id) {
            Some(id) if ids.contains(&id) => {}
            Some(id) => ids.push(id),
            None => missing += 1,
        }
    }
    (ids, missing)
}

/// Begins a task over issues; `work` is kept with the ids beside it.
fn begin(state: &mut State, call: &Call, names: &[String], work: Work, mut how: Value) -> Outcome {
    if names.is_empty() || names.len() > MOST {
        return refuse(format!("Between 1 and {MOST} issues are changed at a time."));
    }
    let (ids, missing) = known(state, names);
    if ids.is_empty() {
        return refuse("None of the issues exists, or you may not see them.");
    }
    let told = json!({
        "totalIssueCount": names.len(),
        "processedAccessibleIssues": [],
        "invalidOrInaccessibleIssueCount": missing,
        "submittedBy": {"accountId": MYSELF},
    });
    if let Some(object) = how.as_object_mut() {
        object.insert("ids".to_owned(), json!(ids));
    }
    tasks::begin(state, call, tasks::BULK, work, how, told)
}

fn selected(call: &Call) -> Vec<String> {
    call.texts("selectedIssueIdsOrKeys")
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    begin(state, call, &selected(call), Work::DeleteIssues, json!({}))
}

fn watch_many(state: &mut State, call: &Call) -> Outcome {
    begin(state, call, &selected(call), Work::WatchIssues, json!({"watch": true}))
}

fn unwatch_many(state: &mut State, call: &Call) -> Outcome {
    begin(state, call, &selected(call), Work::WatchIssues, json!({"watch": false}))
}

fn edit_many(state: &mut State, call: &Call) -> Outcome {
    let actions = call.texts("selectedActions");
    if actions.is_empty() || actions.len() > FIELDS {
        return refuse(format!("Between 1 and {FIELDS} fields are changed at a time."));
    }
    let given = inputs(call.body.get("editedFieldsInput").unwrap_or(&Value::Null));
    if let Some(unnamed) = actions.iter().find(|action| !given.iter().any(|(field, ..)| field == *action)) {
        return refuse(format!("There is no new value for {unnamed}."));
    }
    // Only what is selected counts.
    let changes: Vec<Value> =
        given.into_iter().filter(|(field, ..)| actions.contains(field)).map(|(field, verb, value)| json!([field, verb, value])).collect();
    begin(state, call, &selected(call), Work::EditIssues, json!({"changes": changes}))
}

fn transition_many(state: &mut State, call: &Call) -> Outcome {
    let inputs = call.body.get("bulkTransitionInputs").cloned().unwrap_or_default();
    let list = inputs.as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<String> = list.iter().flat_map(|input| texts(input.get("selectedIssueIdsOrKeys"))).collect();
    let mut steps = Map::new();
    for input in list {
        let (ids, _) = known(state, &texts(input.get("selectedIssueIdsOrKeys")));
        let transition = input.get("transitionId").cloned().unwrap_or_default();
        steps.extend(ids.into_iter().map(|id| (id.to_string(), transition.clone())));
    }
    begin(state, call, &names, Work::TransitionIssues, json!({"steps": steps}))
}

fn move_many(state: &mut State, call: &Call) -> Outcome {
    let mapping = call.body.get("targetToSourcesMapping").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut places = Map::new();
    let mut names = Vec::new();
    for (target, sources) in &mapping {
        if let Err(words) = bulk_move::target(state, target) {
            return refuse(words);
        }
        let sources = texts(sources.get("issueIdsOrKeys"));
        places.extend(known(state, &sources).0.into_iter().map(|id| (id.to_string(), json!(target))));
        names.extend(sources);
    }
    begin(state, call, &names, Work::MoveIssues, json!({"places": places}))
}

/// Does the work of a task, issue by issue: one that fails does not stop the others.
pub fn work(state: &mut State, work: Work, how: &Value) -> Map<String, Value> {
    if work == Work::SetProperties {
        return write_properties(state, how);
    }
    let ids = ids(how.get("ids"));
    if work == Work::ArchiveIssues {
        let count = archive::put_away(state, &ids);
        return Map::from_iter([("result".to_owned(), json!({"numberOfIssuesUpdated": count}))]);
    }
    let (mut done, mut failed) = (Vec::new(), Map::new());
    for id in ids {
        match one(state, work, how, id) {
            Ok(()) => done.push(id),
            Err(words) => drop(failed.insert(id.to_string(), json!([words]))),
        }
    }
    Map::from_iter([("processedAccessibleIssues".to_owned(), json!(done)), ("failedAccessibleIssues".to_owned(), Value::Object(failed))])
}

fn one(state: &mut State, work: Work, how: &Value, id: u64) -> Result<(), String> {
    if !state.jira.issues.contains_key(&id) {
        // A sub-task may have gone with its parent.
        return if work == Work::DeleteIssues { Ok(()) } else { Err(super::UNKNOWN.to_owned()) };
    }
    let words = |refusal: Refusal| match &refusal.context {
        Some(context) => context.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        None => refusal.detail,
    };
    match work {
        Work::DeleteIssues => {
            let children: Vec<u64> = (state.jira.issues.values()).filter(|child| child.parent == Some(id)).map(|child| child.id).collect();
            let is_subtask = |id: &u64| {
                let kind = state.jira.issues.get(id).and_then(|child| state.jira.issue_types.get(&child.issue_type));
                kind.is_some_and(|kind| kind.level < 0)
            };
            let below: Vec<u64> = children.into_iter().filter(is_subtask).collect();
            below.into_iter().chain([id]).for_each(|id| create::remove(state, id));
            Ok(())
        }
        Work::WatchIssues => {
            let watch = how.get("watch") == Some(&Value::Bool(true));
            if let Some(issue) = state.jira.issues.get_mut(&id) {
                if watch {
                    issue.watchers.insert(MYSELF.to_owned())
                } else {
                    issue.watchers.remove(MYSELF)
                };
            }
            Ok(())
        }
        Work::TransitionIssues => {
            let transition = how.get("steps").and_then(|steps| steps.get(id.to_string())).cloned().unwrap_or_default();
            transitions::take(state, id, &json!({"transition": {"id": transition}}), true).map_err(words)
        }
        Work::MoveIssues => {
            let target =
                how.get("places").and_then(|places| places.get(id.to_string())).and_then(Value::as_str).unwrap_or_default().to_owned();
            bulk_move::go(state, id, &target)
        }
        Work::EditIssues => {
            let mut update: Map<String, Value> = Map::new();
            for change in how.get("changes").and_then(Value::as_array).into_iter().flatten() {
                let Some([field, verb, value]) = change.as_array().map(Vec::as_slice) else { continue };
                let (field, verb) = (field.as_str().unwrap_or_default(), verb.as_str().unwrap_or_default());
                if field == "status" {
                    to_status(state, id, value).map_err(words)?;
                } else if let Some(list) = update.entry(field).or_insert_with(|| json!([])).as_array_mut() {
                    list.push(json!({verb: value}));
                }
            }
            edit::edit(state, id, &json!({"update": update}), true).map_err(words)
        }
        Work::SetProperties | Work::ArchiveIssues => Ok(()),
    }
}

/// By the transition that leads there.
fn to_status(state: &mut State, id: u64, status: &Value) -> Result<(), Refusal> {
    let Some(issue) = state.jira.issues.get(&id) else { return Ok(()) };
    let wanted = super::fields::text_id(status).unwrap_or_default();
    let open = transitions::open(state, issue);
    let step = open.iter().find(|transition| transition.to == wanted).map(|transition| transition.id.to_string());
    let step = step.ok_or_else(|| Refusal::new(400, "", "No transition leads to the status."))?;
    transitions::take(state, id, &json!({"transition": {"id": step}}), true)
}

fn list_transitions(state: &mut State, call: &Call) -> Outcome {
    let names = call.queries("issueIdsOrKeys");
    let mut groups: BTreeMap<String, Vec<&Issue>> = BTreeMap::new();
    for issue in names.iter().filter_map(|name| state.jira.issue_named(name)) {
        let workflow = transitions::workflow(state, issue.project, issue.issue_type).map(|workflow| workflow.id.clone());
        groups.entry(workflow.unwrap_or_default()).or_default().push(issue);
    }
    if groups.is_empty() {
        return refuse("None of the issues exists, or you may not see them.");
    }
    let all: Vec<Value> = groups
        .into_values()
        .map(|issues| {
            let mut open =
                issues.iter().map(|issue| transitions::open(state, issue).into_iter().map(|one| one.id).collect::<BTreeSet<_>>());
            let first = open.next().unwrap_or_default();
            let common = open.fold(first, |common, one| common.intersection(&one).copied().collect());
            let steps = issues.first().map(|issue| transitions::open(state, issue)).unwrap_or_default();
            let plain = steps.iter().filter(|step| common.contains(&step.id) && !step.has_screen);
            let plain: Vec<Value> = plain
                .map(|step| {
                    let name = state.jira.statuses.get(&step.to).map(|status| status.name.as_str());
                    json!({"transitionId": step.id, "transitionName": step.name, "to": {"statusId": step.to, "statusName": name}})
                })
                .collect();
            let keys: Vec<String> = issues.iter().map(|issue| state.jira.key(issue)).collect();
            json!({"issues": keys, "isTransitionsFiltered": steps.len() != plain.len(), "transitions": plain})
        })
        .collect();
    Ok(Reply::ok(json!({"availableTransitions": if call.empty_page { Vec::new() } else { all }})))
}

/// The fields that all of the issues have, on one page.
fn list_fields(state: &mut State, call: &Call) -> Outcome {
    let root = shown::root(state, call);
    let names = call.queries("issueIdsOrKeys");
    let mut of_all = names.iter().filter_map(|name| state.jira.issue_named(name)).map(|issue| metadata::editable(state, issue, &root));
    let Some(mut fields) = of_all.next() else { return refuse("None of the issues exists, or you may not see them.") };
    for others in of_all {
        fields.retain(|id, _| others.contains_key(id));
    }
    let text = call.query("searchText").unwrap_or_default().to_lowercase();
    let shown = fields.into_iter().filter_map(|(id, field)| {
        let name = field.get("name")?.as_str()?.to_owned();
        let schema = field.get("schema")?;
        let kind = schema.get("custom").or_else(|| schema.get("system")).or_else(|| schema.get("type"))?;
        let several = schema.get("type")? == "array";
        let mut body = json!({"id": id, "name": name, "type": kind, "isRequired": field.get("required")?});
        if let (Some(object), true) = (body.as_object_mut(), several) {
            object.insert("multiSelectFieldOptions".to_owned(), json!(["ADD", "REMOVE", "REPLACE", "REMOVE_ALL"]));
        }
        name.to_lowercase().contains(&text).then_some(body)
    });
    let shown: Vec<Value> = shown.collect();
    Ok(Reply::ok(json!({"fields": if call.empty_page { Vec::new() } else { shown }})))
}

/// Properties of many issues: pairs to set by issue; a value of null takes one away. All issues must be there, where `strict`.
fn begin_properties(state: &mut State, call: &Call, sets: BTreeMap<u64, Map<String, Value>>, strict: bool) -> Outcome {
    for (key, value) in sets.values().flatten().filter(|(_, value)| !value.is_null()) {
        properties::fits(key, value)?;
    }
    if let Some(id) = sets.keys().find(|id| strict && !state.jira.issues.contains_key(id)) {
        return Err(Refusal::new(404, "", format!("No issue has the id {id}.")));
    }
    let how: Map<String, Value> = sets.into_iter().map(|(id, properties)| (id.to_string(), Value::Object(properties))).collect();
    tasks::begin(state, call, "Task", Work::SetProperties, json!({"sets": how}), json!({}))
}

fn write_properties(state: &mut State, how: &Value) -> Map<String, Value> {
    let mut updated = 0;
    for (id, properties) in how.get("sets").and_then(Value::as_object).into_iter().flatten() {
        let Some(issue) = state.jira.issues.get_mut(&number(id)) else { continue };
        updated += 1;
        for (key, value) in properties.as_object().into_iter().flatten() {
            if value.is_null() {
                issue.properties.remove(key);
            } else {
                issue.properties.insert(key.clone(), value.clone());
            }
        }
    }
    Map::from_iter([("result".to_owned(), json!({"updatedIssues": updated}))])
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn ids(value: Option<&Value>) -> Vec<u64> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect()
}

pub fn set_properties(state: &mut State, call: &Call) -> Outcome {
    let (ids, properties) = (ids(call.body.get("entitiesIds")), object(call.body.get("properties")));
    if ids.is_empty() || properties.is_empty() || properties.len() > PROPERTIES {
        return Err(Refusal::new(400, "", format!("Name issues, and between 1 and {PROPERTIES} properties.")));
    }
    begin_properties(state, call, ids.into_iter().map(|id| (id, properties.clone())).collect(), true)
}

pub fn set_properties_by_issue(state: &mut State, call: &Call) -> Outcome {
    let list = call.body.get("issues").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let sets: BTreeMap<u64, Map<String, Value>> =
        list.iter().filter_map(|issue| Some((issue.get("issueID")?.as_u64()?, object(issue.get("properties"))))).collect();
    if sets.is_empty() || sets.len() > 100 || sets.values().any(|properties| properties.len() > PROPERTIES) {
        return Err(Refusal::new(400, "", format!("Between 1 and 100 issues are named, each with at most {PROPERTIES} properties.")));
    }
    begin_properties(state, call, sets, false)
}

/// The issues that a filter leaves.
fn filtered(state: &State, key: &str, filter: &Value) -> Vec<u64> {
    let wanted = ids(filter.get("entityIds"));
    let has = filter.get("hasProperty").and_then(Value::as_bool);
    let current = filter.get("currentValue").filter(|value| !value.is_null());
    let fits = |issue: &&Issue| {
        let value = issue.properties.get(key);
        (wanted.is_empty() || wanted.contains(&issue.id))
            && has.is_none_or(|has| has == value.is_some())
            && current.is_none_or(|current| value == Some(current))
    };
    state.jira.issues.values().filter(fits).map(|issue| issue.id).collect()
}

pub fn set_property(state: &mut State, call: &Call) -> Outcome {
    let Some(value) = call.body.get("value").filter(|value| !value.is_null()).cloned() else {
        return Err(Refusal::new(400, "", "A value is needed: expressions are not computed here."));
    };
    let key = call.argument(0).to_owned();
    let ids = filtered(state, &key, call.body.get("filter").unwrap_or(&Value::Null));
    let sets = ids.into_iter().map(|id| (id, Map::from_iter([(key.clone(), value.clone())]))).collect();
    begin_properties(state, call, sets, false)
}

pub fn delete_property(state: &mut State, call: &Call) -> Outcome {
    let key = call.argument(0).to_owned();
    let sets = filtered(state, &key, &call.body).into_iter().map(|id| (id, Map::from_iter([(key.clone(), Value::Null)]))).collect();
    begin_properties(state, call, sets, false)
}
