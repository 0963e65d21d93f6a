//! What can be set on issues, where, and from which values: for creation, for edits, and for the screens of transitions.

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::custom::{self, Kind};
use super::super::shown;
use super::super::store::{CustomOption, Field, Issue, Project};
use super::fields::{self as known, SETTABLE, Screen, Settable};
use super::{find, number, page};

const PAGE: usize = 50;
const MOST: usize = 200;

/// The fields of issues of a project and type on a screen, in the order of their ids.
fn on_screen(state: &State, project: &Project, issue_type: u64, screen: Screen, root: &str) -> Vec<(String, Value)> {
    let level = state.jira.issue_types.get(&issue_type).map_or(0, |kind| kind.level);
    let has_parent = level < 1;
    let shown = SETTABLE.iter().filter(|field| screen.shows(field.id) && (field.id != "parent" || has_parent));
    // A worklog is no field of a form, though an update may add one.
    let shown = shown.filter(|field| field.id != "worklog" || screen == Screen::Transition);
    let system = shown.map(|field| (field.id.to_owned(), system(state, field, project, level, root)));
    let custom = state.jira.fields.values().filter(|field| field.custom && field.is_of(project.id, issue_type));
    let custom = custom.filter(|field| !known::verbs(field).is_empty());
    let custom = custom.map(|field| (field.id.clone(), custom_field(state, field, project, issue_type, root)));
    system.chain(custom).collect()
}

fn system(state: &State, field: &Settable, project: &Project, level: i64, root: &str) -> Value {
    let jira = &state.jira;
    let allowed: Option<Value> = match field.id {
        "project" => Some(json!([shown::project(state, project, root)])),
        "issuetype" => Some(project.issue_types.iter().map(|id| shown::issue_type(state, *id, root)).filter(Value::is_object).collect()),
        "priority" => Some(jira.priorities.keys().map(|id| shown::priority(state, *id, root)).collect()),
        "resolution" => Some(jira.resolutions.keys().map(|id| shown::resolution(state, *id, root)).collect()),
        "components" => Some(project.components.values().map(|one| shown::component(one, root)).collect()),
        "fixVersions" | "versions" => {
            Some(project.versions.values().filter(|one| !one.archived).map(|one| shown::version(one, root)).collect())
        }
        _ => None,
    };
    let complete = match field.id {
        "assignee" => Some(format!("{root}/user/assignable/search?project={}&query=", project.key)),
        "reporter" => Some(format!("{root}/user/recommend?context=Reporter&query=")),
        "labels" => Some(format!("{root}/labels/suggest?query=")),
        "issuelinks" => Some(format!("{root}/issue/picker?currentProjectId=&showSubTaskParent=true&showSubTasks=true&query=")),
        _ => None,
    };
    let default = match field.id {
        "priority" => jira.priorities.get(&3).map(|priority| shown::priority(state, priority.id, root)),
        _ => None,
    };
    let required = matches!(field.id, "summary" | "issuetype" | "project" | "reporter") || (field.id == "parent" && level < 0);
    describe(field.id, field.name(state), &field.schema(), required, field.verbs, allowed, complete, default)
}

fn custom_field(state: &State, field: &Field, project: &Project, issue_type: u64, root: &str) -> Value {
    let children = |parent: &CustomOption| -> Vec<Value> {
        let below = field.options(project.id, issue_type).filter(|option| option.parent == Some(parent.id) && !option.disabled);
        below.map(|option| custom::shown_option(option, root)).collect()
    };
    let options = || field.options(project.id, issue_type).filter(|option| option.parent.is_none() && !option.disabled);
    let allowed: Option<Value> = match field.kind() {
        Kind::Option | Kind::Options => Some(options().map(|option| custom::shown_option(option, root)).collect()),
        Kind::Cascade => {
            let one = |option: &CustomOption| {
                let mut body = custom::shown_option(option, root);
                if let Some(object) = body.as_object_mut() {
                    object.insert("children".to_owned(), Value::Array(children(option)));
                }
                body
            };
            Some(options().map(one).collect())
        }
        Kind::Version | Kind::Versions => Some(project.versions.values().map(|one| shown::version(one, root)).collect()),
        Kind::Project => Some(state.jira.projects.values().map(|one| shown::project(state, one, root)).collect()),
        _ => None,
    };
    let complete = match field.kind() {
        Kind::User | Kind::Users => Some(format!("{root}/user/recommend?context=NoContext&query=")),
        Kind::Group | Kind::Groups => Some(format!("{root}/groups/picker?query=")),
        Kind::Labels => Some(format!("{root}/labels/suggest?customFieldId={}&query=", field.id.trim_start_matches("customfield_"))),
        _ => None,
    };
    describe(&field.id, &field.name, &field.schema, false, known::verbs(field), allowed, complete, None)
}

#[expect(clippy::too_many_arguments, reason = "each is one line of the answer")]
fn describe(
    id: &str,
    name: &str,
    schema: &Value,
    required: bool,
    verbs: &[known::Verb],
    allowed: Option<Value>,
    complete: Option<String>,
    default: Option<Value>,
) -> Value {
    let verbs: Vec<&str> = verbs.iter().map(|verb| verb.name()).collect();
    let mut body = json!({
        "required": required,
        "schema": schema,
        "name": name,
        "key": id,
        "hasDefaultValue": default.is_some(),
        "operations": verbs,
    });
    if let Some(object) = body.as_object_mut() {
        let more = [("allowedValues", allowed), ("autoCompleteUrl", complete.map(Value::String)), ("defaultValue", default)];
        object.extend(more.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    }
    body
}

/// By id, as an issue and a transition have it.
pub fn editable(state: &State, issue: &Issue, root: &str) -> Map<String, Value> {
    let project = state.jira.projects.get(&issue.project);
    project.map(|project| on_screen(state, project, issue.issue_type, Screen::Edit, root)).into_iter().flatten().collect()
}

/// What the screen of a transition asks for.
pub fn screen(state: &State, issue: &Issue, root: &str) -> Value {
    const ASKED: [&str; 5] = ["resolution", "assignee", "fixVersions", "worklog", "issuelinks"];
    let project = state.jira.projects.get(&issue.project);
    let all = project.map(|project| on_screen(state, project, issue.issue_type, Screen::Transition, root));
    all.into_iter().flatten().filter(|(id, _)| ASKED.contains(&id.as_str())).collect::<Map<_, _>>().into()
}

pub fn edit(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    Ok(Reply::ok(json!({"fields": editable(state, issue, &shown::root(state, call))})))
}

fn project<'a>(state: &'a State, call: &Call) -> Result<&'a Project, Refusal> {
    let found = state.jira.project_named(call.argument(0)).filter(|project| project.deleted.is_none());
    found.ok_or_else(|| Refusal::new(404, "", format!("No project {} could be found.", call.argument(0))))
}

pub fn issue_types(state: &mut State, call: &Call) -> Outcome {
    let project = project(state, call)?;
    let root = shown::root(state, call);
    let all = project.issue_types.iter().map(|id| shown::issue_type(state, *id, &root)).filter(Value::is_object).collect();
    Ok(Reply::ok(page(call, "issueTypes", all, PAGE, MOST)))
}

pub fn fields(state: &mut State, call: &Call) -> Outcome {
    let project = project(state, call)?;
    let id = number(call.argument(1));
    if !project.issue_types.contains(&id) {
        return Err(Refusal::new(404, "", format!("The project has no issue type {}.", call.argument(1))));
    }
    let all = on_screen(state, project, id, Screen::Create, &shown::root(state, call)).into_iter().map(|(id, mut body)| {
        if let Some(object) = body.as_object_mut() {
            object.insert("fieldId".to_owned(), json!(id));
        }
        body
    });
    Ok(Reply::ok(page(call, "fields", all.collect(), PAGE, MOST)))
}

/// All projects at once: the older way.
pub fn create(state: &mut State, call: &Call) -> Outcome {
    let root = &shown::root(state, call);
    let (ids, keys) = (call.queries("projectIds"), call.queries("projectKeys"));
    let (kinds, names) = (call.queries("issuetypeIds"), call.queries("issuetypeNames"));
    let with_fields = call.queries("expand").iter().any(|part| part == "projects.issuetypes.fields");
    let any = |wanted: &[String], is: &str| wanted.iter().any(|wanted| wanted == is);
    let projects = state.jira.projects.values().filter(|project| project.deleted.is_none() && project.archived.is_none());
    let projects =
        projects.filter(|project| (ids.is_empty() && keys.is_empty()) || any(&ids, &project.id.to_string()) || any(&keys, &project.key));
    let all: Vec<Value> = projects
        .map(|project| {
            let types = project.issue_types.iter().filter_map(|id| state.jira.issue_types.get(id));
            let types =
                types.filter(|kind| (kinds.is_empty() && names.is_empty()) || any(&kinds, &kind.id.to_string()) || any(&names, &kind.name));
            let types: Vec<Value> = types
                .map(|kind| {
                    let mut body = shown::issue_type(state, kind.id, root);
                    if let (Some(object), true) = (body.as_object_mut(), with_fields) {
                        let fields: Map<String, Value> = on_screen(state, project, kind.id, Screen::Create, root).into_iter().collect();
                        object.insert("expand".to_owned(), json!("fields"));
                        object.insert("fields".to_owned(), Value::Object(fields));
                    }
                    body
                })
                .collect();
            let mut body = shown::project(state, project, root);
            if let Some(object) = body.as_object_mut() {
                object.retain(|key, _| matches!(key.as_str(), "self" | "id" | "key" | "name" | "avatarUrls"));
                object.insert("issuetypes".to_owned(), Value::Array(types));
            }
            body
        })
        .collect();
    Ok(Reply::ok(json!({"expand": "projects", "projects": all})))
}
