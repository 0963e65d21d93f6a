//! Projects as they are read: lists, one by one, and what hangs on them.

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::clock;
use super::super::super::reply::{Refusal, Reply, uuid};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::super::store::State;
use super::super::store::Project;
use super::page::{self, bad, contains, expands, missing, put, query_numbers};
use super::view::View;
use super::{components, versions};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/project", |state, call| list(state, call)),
    ("GET /rest/api/3/project/search", |state, call| search(state, call)),
    ("GET /rest/api/3/project/recent", |state, call| recent(state, call)),
    ("GET /rest/api/3/project/{}", get),
    ("GET /rest/api/3/project/{}/statuses", |state, call| statuses(state, call)),
    ("GET /rest/api/3/project/{}/hierarchy", |state, call| hierarchy(state, call)),
    ("GET /rest/api/3/project/{}/features", |state, call| features(state, call)),
    ("PUT /rest/api/3/project/{}/features/{}", set_feature),
    ("GET /rest/api/3/project/{}/properties", |state, call| {
        let project = project(state, call.argument(0))?;
        Ok(Reply::ok(page::property_keys(state, call, &project.properties)))
    }),
    ("GET /rest/api/3/project/{}/properties/{}", |state, call| {
        let project = project(state, call.argument(0))?;
        Ok(Reply::ok(page::property(Some(&project.properties), call.argument(1))?))
    }),
    ("PUT /rest/api/3/project/{}/properties/{}", |state, call| {
        let project = project_mut(state, call.argument(0))?;
        Ok(Reply::new(page::set_property(&mut project.properties, call.argument(1), &call.body)?, json!({})))
    }),
    ("DELETE /rest/api/3/project/{}/properties/{}", |state, call| {
        let project = project_mut(state, call.argument(0))?;
        let removed = project.properties.remove(call.argument(1));
        removed.map(|_| Reply::empty(204)).ok_or_else(|| missing("property", call.argument(1)))
    }),
    ("GET /rest/api/3/project/type", |_, _| Ok(Reply::ok(TYPES.iter().map(project_type).collect()))),
    ("GET /rest/api/3/project/type/accessible", |_, _| Ok(Reply::ok(TYPES.iter().map(project_type).collect()))),
    ("GET /rest/api/3/project/type/{}", |_, call| type_of(call)),
    ("GET /rest/api/3/project/type/{}/accessible", |_, call| type_of(call)),
    ("GET /rest/api/3/projectvalidate/key", |state, call| validate_key(state, call)),
    ("GET /rest/api/3/projectvalidate/validProjectKey", |state, call| valid_key(state, call)),
    ("GET /rest/api/3/projectvalidate/validProjectName", |state, call| valid_name(state, call)),
];

/// Key, name and colour of each type of project.
const TYPES: &[(&str, &str, &str)] =
    &[("software", "Software", "#8777D9"), ("service_desk", "Service Desk", "#57A55A"), ("business", "Business", "#1D7AFC")];

/// Longest keys and names.
const KEY: usize = 10;
const NAME: usize = 80;

/// A project by id or key, unless it is in the recycle bin.
pub fn project<'a>(state: &'a State, id_or_key: &str) -> Result<&'a Project, Refusal> {
    project_id(state, id_or_key)
        .and_then(|id| state.jira.projects.get(&id))
        .filter(|project| project.deleted.is_none())
        .ok_or_else(|| unknown(id_or_key))
}

pub fn project_mut<'a>(state: &'a mut State, id_or_key: &str) -> Result<&'a mut Project, Refusal> {
    let id = project(state, id_or_key)?.id;
    state.jira.projects.get_mut(&id).ok_or_else(|| unknown(id_or_key))
}

fn unknown(id_or_key: &str) -> Refusal {
    Refusal::new(404, "", format!("No project has the id or key '{id_or_key}'."))
}

/// The id behind an id, a key, or a key that a project had before.
pub fn project_id(state: &State, id_or_key: &str) -> Option<u64> {
    let found = state.jira.project_named(id_or_key).map(|project| project.id);
    found.or_else(|| state.jira.configuration.former_keys.get(&id_or_key.to_ascii_uppercase()).copied())
}

/// The addresses of all roles, by their names.
pub fn role_addresses(view: View, project: &Project) -> Value {
    let address = |id: &u64| view.at(&format!("project/{}/role/{id}", project.id));
    Value::Object(view.jira().roles.values().map(|role| (role.name.clone(), json!(address(&role.id)))).collect())
}

/// A project in lists; `expand` tells what more of it.
fn listed(view: View, project: &Project, expand: &dyn Fn(&str) -> bool, properties: &[String]) -> Value {
    let mut body = view.project(project);
    put(&mut body, "expand", json!("description,lead,issueTypes,url,projectKeys,permissions,insight"));
    put(&mut body, "style", json!(project.style));
    put(&mut body, "isPrivate", json!(false));
    put(&mut body, "uuid", json!(uuid(0x9a, project.id)));
    let shown: Map<String, Value> =
        project.properties.iter().filter(|(key, _)| properties.contains(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    put(&mut body, "properties", Value::Object(shown));
    if expand("description") {
        put(&mut body, "description", json!(project.description));
    }
    if expand("lead") {
        put(&mut body, "lead", view.user(&project.lead));
    }
    if expand("issueTypes") {
        put(&mut body, "issueTypes", issue_types(view, project));
    }
    if expand("url") && !project.url.is_empty() {
        put(&mut body, "url", json!(project.url));
    }
    if expand("insight") {
        let issues = view.jira().issues.values().filter(|issue| issue.project == project.id);
        let (count, last) = issues.fold((0_u64, project.created), |(count, last), issue| (count + 1, last.max(issue.updated)));
        put(&mut body, "insight", json!({"totalIssueCount": count, "lastIssueUpdateTime": clock::offset(last)}));
    }
    if expand("permissions") {
        put(&mut body, "permissions", json!({"canEdit": true}));
    }
    if let Some(archived) = project.archived {
        put(&mut body, "archived", json!(true));
        put(&mut body, "archivedDate", json!(clock::offset(archived)));
        put(&mut body, "archivedBy", view.user(ORGANIZATION_ADMIN));
    }
    if let Some(deleted) = project.deleted {
        put(&mut body, "deleted", json!(true));
        put(&mut body, "deletedDate", json!(clock::offset(deleted)));
        put(&mut body, "deletedBy", view.user(ORGANIZATION_ADMIN));
        put(&mut body, "retentionTillDate", json!(clock::offset(deleted + super::project_changes::RETENTION)));
    }
    body
}

fn issue_types(view: View, project: &Project) -> Value {
    project.issue_types.iter().filter_map(|id| view.jira().issue_types.get(id)).map(|kind| view.issue_type(kind)).collect()
}

/// A project by itself.
pub fn whole(view: View, project: &Project, expand: &dyn Fn(&str) -> bool, properties: &[String]) -> Value {
    let always = |part: &str| matches!(part, "description" | "lead" | "issueTypes" | "url") || expand(part);
    let mut body = listed(view, project, &always, properties);
    put(&mut body, "assigneeType", json!(project.assignee_type));
    put(&mut body, "components", project.components.values().map(|component| components::body(view, project, component)).collect());
    put(&mut body, "versions", versions::of(view.state, project).map(|version| versions::body(view, project, version)).collect());
    put(&mut body, "roles", role_addresses(view, project));
    if expand("issueTypeHierarchy") {
        put(&mut body, "issueTypeHierarchy", levels(view.state, project, true));
    }
    body
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let id = project(state, call.argument(0))?.id;
    let recent = &mut state.jira.configuration.recent;
    recent.retain(|known| *known != id);
    recent.insert(0, id);
    recent.truncate(20);
    let project = project(state, call.argument(0))?;
    Ok(Reply::ok(whole(View::new(state, call), project, &|part| expands(call, part), &call.queries("properties"))))
}

fn many<'a>(state: &State, call: &Call, projects: impl Iterator<Item = &'a Project>) -> Value {
    let view = View::new(state, call);
    projects.map(|project| listed(view, project, &|part| expands(call, part), &call.queries("properties"))).collect()
}

fn list(state: &State, call: &Call) -> Outcome {
    let live = state.jira.projects.values().filter(|project| project.deleted.is_none() && project.archived.is_none());
    Ok(Reply::ok(match call.query("recent").and_then(|text| text.parse::<usize>().ok()) {
        Some(most) => many(state, call, seen(state).take(most.min(20))),
        None => many(state, call, live),
    }))
}

fn seen(state: &State) -> impl Iterator<Item = &Project> {
    let ids = state.jira.configuration.recent.iter();
    ids.filter_map(|id| state.jira.projects.get(id)).filter(|project| project.deleted.is_none())
}

fn recent(state: &State, call: &Call) -> Outcome {
    Ok(Reply::ok(many(state, call, seen(state).take(20))))
}

fn search(state: &State, call: &Call) -> Outcome {
    let (ids, keys, types) = (query_numbers(call, "id"), call.queries("keys"), call.queries("typeKey"));
    if ids.len() > 50 || keys.len() > 50 {
        return Err(bad("At most 50 ids or keys can be asked for at once."));
    }
    if let Some(unknown) = types.iter().find(|kind| !TYPES.iter().any(|(known, ..)| known == kind)) {
        return Err(bad(format!("{unknown} is no type of project.")));
    }
    let category = call.query("categoryId").and_then(|text| text.parse::<u64>().ok());
    let mut states = call.queries("status");
    if states.is_empty() {
        states.push("live".to_owned());
    }
    let fits = |project: &&Project| {
        let state = if project.deleted.is_some() {
            "deleted"
        } else if project.archived.is_some() {
            "archived"
        } else {
            "live"
        };
        states.iter().any(|wanted| wanted == state)
            && (ids.is_empty() || ids.contains(&project.id))
            && (keys.is_empty() || keys.iter().any(|key| key.eq_ignore_ascii_case(&project.key)))
            && (types.is_empty() || types.contains(&project.kind))
            && category.is_none_or(|wanted| project.category == Some(wanted))
            && (contains(&project.key, call.query("query")) || contains(&project.name, call.query("query")))
    };
    let mut found: Vec<&Project> = state.jira.projects.values().filter(fits).collect();
    let order = call.query("orderBy").unwrap_or("key");
    if !ORDERS.contains(&order.trim_start_matches(['-', '+', ' '])) {
        return Err(bad(format!("Projects cannot be ordered by {order}.")));
    }
    let issues = |project: u64| state.jira.issues.values().filter(move |issue| issue.project == project);
    page::sort(&mut found, Some(order), |project, by| match by {
        "name" => project.name.to_lowercase(),
        "category" => {
            project.category.and_then(|id| state.jira.categories.get(&id)).map_or_else(String::new, |category| category.name.to_lowercase())
        }
        "owner" => state.account(&project.lead).map_or_else(String::new, |account| account.name.to_lowercase()),
        "issueCount" => format!("{:020}", issues(project.id).count()),
        "lastIssueUpdatedDate" => format!("{:020}", issues(project.id).map(|issue| issue.updated).max().unwrap_or_default()),
        "archivedDate" => format!("{:020}", project.archived.unwrap_or_default()),
        "deletedDate" => format!("{:020}", project.deleted.unwrap_or_default()),
        _ => project.key.clone(),
    });
    let view = View::new(state, call);
    let properties = call.queries("properties");
    let body = page::page(state, call, found, (50, 100), |project| listed(view, project, &|part| expands(call, part), &properties))?;
    Ok(Reply::ok(body))
}

const ORDERS: &[&str] = &["category", "key", "name", "owner", "issueCount", "lastIssueUpdatedDate", "archivedDate", "deletedDate"];

fn statuses(state: &State, call: &Call) -> Outcome {
    let project = project(state, call.argument(0))?;
    let view = View::new(state, call);
    let kinds = project.issue_types.iter().filter_map(|id| state.jira.issue_types.get(id)).map(|kind| {
        let workflow = project.workflows.get(&kind.id).or_else(|| project.workflows.get(&0));
        let statuses =
            workflow.and_then(|id| state.jira.workflows.get(id)).map(|workflow| workflow.statuses.as_slice()).unwrap_or_default();
        let statuses: Vec<Value> = statuses.iter().filter_map(|id| state.jira.statuses.get(id)).map(|status| view.status(status)).collect();
        json!({
            "self": view.at(&format!("issuetype/{}", kind.id)),
            "id": kind.id.to_string(),
            "name": kind.name,
            "subtask": kind.level < 0,
            "statuses": statuses,
        })
    });
    Ok(Reply::ok(kinds.collect()))
}

/// Levels of issue types from sub-tasks upward.
fn levels(state: &State, project: &Project, simplified: bool) -> Value {
    let kinds = || project.issue_types.iter().filter_map(|id| state.jira.issue_types.get(id));
    let mut found: Vec<i64> = kinds().map(|kind| kind.level).collect();
    found.sort_unstable();
    found.dedup();
    let name = |level: i64| match level {
        -1 => "Subtask",
        0 => "Base",
        _ => "Epic",
    };
    let levels: Vec<Value> = (found.into_iter())
        .map(|level| {
            let kinds = kinds().filter(|kind| kind.level == level);
            if simplified {
                json!({"name": name(level), "level": level, "issueTypeIds": kinds.map(|kind| kind.id).collect::<Vec<u64>>()})
            } else {
                let kinds: Vec<Value> = kinds
                    .map(|kind| json!({"id": kind.id, "entityId": uuid(0x17, kind.id), "name": kind.name, "avatarId": 10_300}))
                    .collect();
                json!({"level": level, "name": name(level), "entityId": uuid(0x18, level.unsigned_abs()), "issueTypes": kinds})
            }
        })
        .collect();
    if simplified { json!({"baseLevelId": 0, "levels": levels}) } else { json!({"projectId": project.id, "hierarchy": levels}) }
}

fn hierarchy(state: &State, call: &Call) -> Outcome {
    Ok(Reply::ok(levels(state, project(state, call.argument(0))?, false)))
}

/// Features of each type of project, with the names that people see.
const FEATURES: &[(&str, &str, &str)] = &[
    ("software", "jsw.classic.roadmap", "Timeline"),
    ("software", "jsw.classic.backlog", "Backlog"),
    ("software", "jsw.classic.reports", "Reports"),
    ("software", "jsw.classic.releases", "Releases"),
    ("business", "jwm.classic.calendar", "Calendar"),
    ("business", "jwm.classic.forms", "Forms"),
    ("service_desk", "jsm.classic.incident-management", "Incident management"),
    ("service_desk", "jsm.classic.change-management", "Change management"),
];

fn feature_list(state: &State, project: &Project) -> Value {
    let switched = state.jira.configuration.features.get(&project.id);
    let features: Vec<Value> = (FEATURES.iter())
        .filter(|(kind, ..)| *kind == project.kind)
        .map(|(_, feature, name)| {
            json!({
                "feature": feature,
                "projectId": project.id,
                "state": switched.and_then(|switched| switched.get(*feature)).map_or("ENABLED", String::as_str),
                "toggleLocked": false,
                "prerequisites": [],
                "localisedName": name,
                "localisedDescription": "",
                "imageUri": format!("{}/images/features/{feature}.svg", state.url),
            })
        })
        .collect();
    json!({"features": features})
}

fn features(state: &State, call: &Call) -> Outcome {
    Ok(Reply::ok(feature_list(state, project(state, call.argument(0))?)))
}

fn set_feature(state: &mut State, call: &Call) -> Outcome {
    let found = project(state, call.argument(0))?;
    let (id, kind, feature) = (found.id, found.kind.clone(), call.argument(1));
    if !FEATURES.iter().any(|(known, name, _)| *known == kind && *name == feature) {
        return Err(missing("feature", feature));
    }
    let Some(wanted @ ("ENABLED" | "DISABLED")) = call.text("state") else {
        return Err(bad("The state must be ENABLED or DISABLED."));
    };
    state.jira.configuration.features.entry(id).or_default().insert(feature.to_owned(), wanted.to_owned());
    features(state, call)
}

fn project_type((key, name, color): &(&str, &str, &str)) -> Value {
    json!({
        "key": key,
        "formattedKey": name,
        "descriptionI18nKey": format!("jira.project.type.{key}.description"),
        "icon": "",
        "color": color,
    })
}

fn type_of(call: &Call) -> Outcome {
    let found = TYPES.iter().find(|(key, ..)| *key == call.argument(0));
    found.map(|kind| Reply::ok(project_type(kind))).ok_or_else(|| missing("project type", call.argument(0)))
}

/// What is wrong with a key for a project other than this one.
pub fn key_fault(state: &State, key: &str, own: Option<u64>) -> Option<String> {
    if key.is_empty() {
        return Some("A project key is required.".to_owned());
    }
    let mut letters = key.chars();
    let starts = letters.next().is_some_and(|letter| letter.is_ascii_uppercase());
    if !starts || key.len() < 2 || !letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_') {
        return Some("A project key begins with an uppercase letter, followed by uppercase letters, digits or underscores.".to_owned());
    }
    if key.len() > KEY {
        return Some(format!("A project key must have at most {KEY} characters."));
    }
    let holder = project_id(state, key).filter(|id| Some(*id) != own)?;
    let name = state.jira.projects.get(&holder).map_or("", |project| project.name.as_str());
    Some(format!("The project '{name}' uses this key."))
}

/// What is wrong with a name for a project other than this one.
pub fn name_fault(state: &State, name: &str, own: Option<u64>) -> Option<String> {
    let length = name.trim().chars().count();
    if length < 2 {
        return Some("A project name must have at least 2 characters.".to_owned());
    }
    if length > NAME {
        return Some(format!("A project name must have at most {NAME} characters."));
    }
    let taken = state.jira.projects.values().any(|project| Some(project.id) != own && project.name.eq_ignore_ascii_case(name.trim()));
    taken.then(|| "A project of this name exists already.".to_owned())
}

fn validate_key(state: &State, call: &Call) -> Outcome {
    let fault = key_fault(state, call.query("key").unwrap_or_default(), None);
    let errors: Map<String, Value> = fault.map(|words| ("projectKey".to_owned(), json!(words))).into_iter().collect();
    Ok(Reply::ok(json!({"errorMessages": [], "errors": errors})))
}

/// The key, or the nearest one that could be had.
fn valid_key(state: &State, call: &Call) -> Outcome {
    let mut key: String = call.query("key").unwrap_or_default().to_ascii_uppercase();
    key.retain(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    let key = key.trim_start_matches(|letter: char| !letter.is_ascii_uppercase()).chars().take(KEY).collect::<String>();
    let base = if key.len() < 2 { format!("{key}PR") } else { key };
    let free = std::iter::once(base.clone())
        .chain((2..1_000).map(|number| {
            let number = number.to_string();
            format!("{}{number}", base.chars().take(KEY - number.len()).collect::<String>())
        }))
        .find(|key| key_fault(state, key, None).is_none());
    Ok(Reply::ok(json!(free.unwrap_or_default())))
}

/// The name, or the nearest one that could be had.
fn valid_name(state: &State, call: &Call) -> Outcome {
    let name = call.query("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        return Err(bad("A name is required."));
    }
    let free = std::iter::once(name.clone())
        .chain((2..1_000).map(|number| format!("{name} {number}")))
        .find(|name| name_fault(state, name, None).is_none());
    free.map(|name| Reply::ok(json!(name))).ok_or_else(|| missing("free name for", &name))
}

/// Names of the schemes that a project follows are told by its own operations; this is how schemes tell their projects.
pub fn references<'a>(view: View<'a>, ids: impl Iterator<Item = &'a u64>) -> Vec<Value> {
    ids.filter_map(|id| view.jira().projects.get(id)).map(|project| view.project(project)).collect()
}
