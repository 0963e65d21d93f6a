//! Versions of projects: what is released when.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::clock;
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::{Project, Version};
use super::page::{self, bad, contains, expands, id, missing, number, put};
use super::projects::project;
use super::store::ordered;
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("POST /rest/api/3/version", create),
    ("GET /rest/api/3/version/{}", |state, call| {
        let (project, version) = find(state, call.argument(0))?;
        Ok(Reply::ok(expanded(state, call, project, version)))
    }),
    ("PUT /rest/api/3/version/{}", update),
    ("DELETE /rest/api/3/version/{}", delete),
    ("POST /rest/api/3/version/{}/removeAndSwap", remove_and_swap),
    ("PUT /rest/api/3/version/{}/mergeto/{}", merge),
    ("POST /rest/api/3/version/{}/move", move_to),
    ("GET /rest/api/3/version/{}/relatedIssueCounts", |state, call| related_counts(state, call)),
    ("GET /rest/api/3/version/{}/unresolvedIssueCount", |state, call| unresolved_count(state, call)),
    ("GET /rest/api/3/project/{}/version", |state, call| list(state, call)),
    ("GET /rest/api/3/project/{}/versions", |state, call| {
        let project = project(state, call.argument(0))?;
        Ok(Reply::ok(of(state, project).map(|version| expanded(state, call, project, version)).collect()))
    }),
    ("GET /rest/api/3/version/{}/relatedwork", |state, call| {
        let (_, version) = find(state, call.argument(0))?;
        Ok(Reply::ok(json!(state.jira.configuration.related_work.get(&version.id).cloned().unwrap_or_default())))
    }),
    ("POST /rest/api/3/version/{}/relatedwork", add_related_work),
    ("PUT /rest/api/3/version/{}/relatedwork", change_related_work),
    ("DELETE /rest/api/3/version/{}/relatedwork/{}", delete_related_work),
];

/// Versions of a project in their order.
pub fn of<'a>(state: &'a State, project: &'a Project) -> impl Iterator<Item = &'a Version> {
    order(state, project).into_iter().filter_map(|id| project.versions.get(&id))
}

fn order(state: &State, project: &Project) -> Vec<u64> {
    let given = state.jira.configuration.version_order.get(&project.id).map(Vec::as_slice).unwrap_or_default();
    ordered(project.versions.keys(), given)
}

fn find<'a>(state: &'a State, id: &str) -> Result<(&'a Project, &'a Version), Refusal> {
    let number: Option<u64> = id.parse().ok();
    let mut all = state.jira.projects.values().filter(|project| project.deleted.is_none());
    let found = number.and_then(|number| all.find_map(|project| Some((project, project.versions.get(&number)?))));
    found.ok_or_else(|| missing("version", id))
}

pub fn body(view: View, project: &Project, version: &Version) -> Value {
    let mut body = json!({
        "self": view.at(&format!("version/{}", version.id)),
        "id": version.id.to_string(),
        "name": version.name,
        "description": version.description,
        "archived": version.archived,
        "released": version.released,
        "projectId": project.id,
    });
    if let Some(start) = &version.start_date {
        put(&mut body, "startDate", json!(start));
        put(&mut body, "userStartDate", json!(spoken(start)));
    }
    if let Some(release) = &version.release_date {
        put(&mut body, "releaseDate", json!(release));
        put(&mut body, "userReleaseDate", json!(spoken(release)));
        if !version.released {
            put(&mut body, "overdue", json!(*release < clock::date(view.state.now())));
        }
    }
    body
}

/// "2026-07-06" → "06/Jul/26"
fn spoken(date: &str) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let part = |range: std::ops::Range<usize>| date.get(range).unwrap_or_default();
    let month = part(5..7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1))).unwrap_or(&"");
    format!("{}/{month}/{}", part(8..10), part(2..4))
}

fn expanded(state: &State, call: &Call, project: &Project, version: &Version) -> Value {
    let mut body = body(View::new(state, call), project, version);
    if expands(call, "issuesstatus") {
        let mut counts = [0_u64; 3];
        for issue in state.jira.issues.values().filter(|issue| issue.fix_versions.contains(&version.id)) {
            let category = state.jira.statuses.get(&issue.status).map_or("new", |status| status.category.as_str());
            let place = ["new", "indeterminate", "done"].iter().position(|known| *known == category).unwrap_or_default();
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
        let [to_do, in_progress, done] = counts;
        put(&mut body, "issuesStatusForFixVersion", json!({"unmapped": 0, "toDo": to_do, "inProgress": in_progress, "done": done}));
    }
    if expands(call, "operations") {
        put(&mut body, "operations", json!([]));
    }
    if expands(call, "approvers") {
        put(&mut body, "approvers", json!([]));
    }
    body
}

fn list(state: &State, call: &Call) -> Outcome {
    let project = project(state, call.argument(0))?;
    let states = call.queries("status");
    if let Some(unknown) = states.iter().find(|state| !matches!(state.as_str(), "released" | "unreleased" | "archived")) {
        return Err(bad(format!("{unknown} is no state of a version.")));
    }
    let state_of = |version: &Version| match (version.archived, version.released) {
        (true, _) => "archived",
        (_, true) => "released",
        _ => "unreleased",
    };
    let fits = |version: &&Version| {
        (states.is_empty() || states.iter().any(|wanted| wanted == state_of(version)))
            && (contains(&version.name, call.query("query")) || contains(&version.description, call.query("query")))
    };
    let mut found: Vec<(usize, &Version)> = of(state, project).filter(fits).enumerate().collect();
    page::sort(&mut found, call.query("orderBy"), |(place, version), by| match by {
        "name" => version.name.to_lowercase(),
        "description" => version.description.to_lowercase(),
        "releaseDate" => version.release_date.clone().unwrap_or_default(),
        "startDate" => version.start_date.clone().unwrap_or_default(),
        _ => format!("{place:08}"),
    });
    let body = page::page(state, call, found, (50, 100), |(_, version)| expanded(state, call, project, version))?;
    Ok(Reply::ok(body))
}

/// Name and dates as a request gives them; what it leaves out is as it was.
fn check(call: &Call, project: &Project, old: Option<&Version>) -> Result<(), Refusal> {
    if old.is_none() || call.text("name").is_some() {
        let own = old.map(|version| version.id);
        let taken = |name: &str| project.versions.values().any(|known| Some(known.id) != own && known.name.eq_ignore_ascii_case(name));
        page::name(call, 255, taken)?;
    }
    let start = call.text("startDate").or_else(|| old?.start_date.as_deref());
    let release = call.text("releaseDate").or_else(|| old?.release_date.as_deref());
    match (start, release) {
        (Some(start), Some(release)) if start > release => {
            Err(Refusal::fields(&[("startDate", "A version must not start after its release.")]))
        }
        _ => Ok(()),
    }
}

/// Writes what a request gives into a version.
fn write(call: &Call, version: &mut Version) {
    if let Some(name) = call.text("name") {
        name.trim().clone_into(&mut version.name);
    }
    if let Some(description) = call.text("description") {
        description.clone_into(&mut version.description);
    }
    for (field, key) in [(&mut version.start_date, "startDate"), (&mut version.release_date, "releaseDate")] {
        match call.body.get(key) {
            Some(Value::String(date)) if !date.is_empty() => *field = date.get(..10).map(str::to_owned),
            Some(_) => *field = None,
            None => {}
        }
    }
    for (field, key) in [(&mut version.released, "released"), (&mut version.archived, "archived")] {
        if let Some(flag) = call.body.get(key).and_then(Value::as_bool) {
            *field = flag;
        }
    }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let key = number(&call.body, "projectId").map(|id| id.to_string()).or_else(|| call.text("project").map(str::to_owned));
    let Some(key) = key else { return Err(Refusal::fields(&[("projectId", "A project is required.")])) };
    let found = project(state, &key)?;
    check(call, found, None)?;
    let (project_id, mut order) = (found.id, order(state, found));
    let id = state.jira.next();
    let mut version = Version {
        id,
        name: String::new(),
        description: String::new(),
        released: false,
        archived: false,
        start_date: None,
        release_date: None,
    };
    write(call, &mut version);
    order.push(id);
    state.jira.configuration.version_order.insert(project_id, order);
    if let Some(project) = state.jira.projects.get_mut(&project_id) {
        project.versions.insert(id, version);
    }
    let (project, version) = find(state, &id.to_string())?;
    Ok(Reply::new(201, body(View::new(state, call), project, version)))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let (project, version) = find(state, call.argument(0))?;
    check(call, project, Some(version))?;
    let (project, id) = (project.id, version.id);
    // What is unresolved may go to the next version when this one is released.
    let next = match call.text("moveUnfixedIssuesTo").and_then(|address| address.rsplit('/').next()) {
        Some(next) => Some(find(state, next)?.1.id),
        None => None,
    };
    if let Some(version) = state.jira.projects.get_mut(&project).and_then(|project| project.versions.get_mut(&id)) {
        write(call, version);
    }
    if let Some(next) = next {
        for issue in state.jira.issues.values_mut().filter(|issue| issue.resolution.is_none()) {
            replace(&mut issue.fix_versions, id, Some(next));
        }
    }
    let (project, version) = find(state, call.argument(0))?;
    Ok(Reply::ok(body(View::new(state, call), project, version)))
}

fn replace(list: &mut Vec<u64>, old: u64, new: Option<u64>) {
    let before = list.len();
    list.retain(|known| *known != old);
    if list.len() < before {
        list.extend(new.filter(|new| !list.contains(new)));
    }
}

/// Deletes a version; issues that had it have another one instead, or none.
fn remove(state: &mut State, id: u64, fix: Option<u64>, affected: Option<u64>) {
    for issue in state.jira.issues.values_mut() {
        replace(&mut issue.fix_versions, id, fix);
        replace(&mut issue.versions, id, affected);
    }
    for project in state.jira.projects.values_mut() {
        project.versions.remove(&id);
    }
    state.jira.configuration.related_work.remove(&id);
}

/// Another version of the same project, to take over issues.
fn successor(state: &State, id: u64, text: Option<&str>) -> Result<Option<u64>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let (project, version) = find(state, text)?;
    if version.id == id || !project.versions.contains_key(&id) {
        return Err(bad("Issues go to another version of the same project."));
    }
    Ok(Some(version.id))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.1.id;
    let fix = successor(state, id, call.query("moveFixIssuesTo"))?;
    let affected = successor(state, id, call.query("moveAffectedIssuesTo"))?;
    remove(state, id, fix, affected);
    Ok(Reply::empty(204))
}

fn remove_and_swap(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.1.id;
    let target = |key: &str| number(&call.body, key).map(|id| id.to_string());
    let fix = successor(state, id, target("moveFixIssuesTo").as_deref())?;
    let affected = successor(state, id, target("moveAffectedIssuesTo").as_deref())?;
    let fields = call.body.get("customFieldReplacementList").and_then(Value::as_array).cloned().unwrap_or_default();
    for item in &fields {
        let field = format!("customfield_{}", number(item, "customFieldId").unwrap_or_default());
        let next = successor(state, id, number(item, "moveTo").map(|id| id.to_string()).as_deref())?;
        swap_custom(state, call, &field, id, next)?;
    }
    remove(state, id, fix, affected);
    Ok(Reply::empty(204))
}

/// Puts another version in the place of one that a custom field holds.
fn swap_custom(state: &mut State, call: &Call, field: &str, id: u64, next: Option<u64>) -> Result<(), Refusal> {
    let new = match next {
        Some(next) => {
            let (project, version) = find(state, &next.to_string())?;
            Some(body(View::new(state, call), project, version))
        }
        None => None,
    };
    let old = id.to_string();
    let is_old = |value: &Value| value.get("id").and_then(Value::as_str) == Some(old.as_str());
    for issue in state.jira.issues.values_mut() {
        match issue.custom.get_mut(field) {
            Some(Value::Array(items)) if items.iter().any(is_old) => {
                items.retain(|item| !is_old(item));
                items.extend(new.clone());
            }
            Some(value) if is_old(value) => match &new {
                Some(new) => *value = new.clone(),
                None => drop(issue.custom.remove(field)),
            },
            _ => {}
        }
    }
    Ok(())
}

fn merge(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.1.id;
    let target = successor(state, id, Some(call.argument(1)))?;
    remove(state, id, target, target);
    Ok(Reply::empty(204))
}

fn move_to(state: &mut State, call: &Call) -> Outcome {
    let (project, version) = find(state, call.argument(0))?;
    let (project, id, mut order) = (project.id, version.id, order(state, project));
    let place = order.iter().position(|known| *known == id).unwrap_or_default();
    match (call.text("after").and_then(|address| address.rsplit('/').next()), call.text("position")) {
        (Some(after), None) => page::reorder(&mut order, &[id], after.parse().ok().or(Some(0)), None)?,
        (None, Some("Earlier")) => order.swap(place, place.saturating_sub(1)),
        (None, Some("Later")) if place + 1 < order.len() => order.swap(place, place + 1),
        (None, Some("Later")) => {}
        (None, position @ Some("First" | "Last")) => page::reorder(&mut order, &[id], None, position)?,
        _ => return Err(bad("Either after or position (Earlier, Later, First, Last) must be given.")),
    }
    state.jira.configuration.version_order.insert(project, order);
    let (project, version) = find(state, call.argument(0))?;
    Ok(Reply::ok(body(View::new(state, call), project, version)))
}

fn related_counts(state: &State, call: &Call) -> Outcome {
    let (_, version) = find(state, call.argument(0))?;
    let issues = || state.jira.issues.values();
    let text = version.id.to_string();
    let holds = |value: &Value| value.get("id").and_then(Value::as_str) == Some(text.as_str());
    let held = |value: &Value| holds(value) || value.as_array().is_some_and(|items| items.iter().any(holds));
    let usage = state.jira.fields.values().filter(|field| field.kind.ends_with(":version") || field.kind.ends_with(":multiversion"));
    let usage: Vec<Value> = usage
        .filter_map(|field| {
            let count = issues().filter(|issue| issue.custom.get(&field.id).is_some_and(held)).count();
            let number: u64 = field.id.strip_prefix("customfield_")?.parse().ok()?;
            (count > 0).then(|| json!({"fieldName": field.name, "customFieldId": number, "issueCountWithVersionInCustomField": count}))
        })
        .collect();
    Ok(Reply::ok(json!({
        "self": View::new(state, call).at(&format!("version/{}", version.id)),
        "issuesFixedCount": issues().filter(|issue| issue.fix_versions.contains(&version.id)).count(),
        "issuesAffectedCount": issues().filter(|issue| issue.versions.contains(&version.id)).count(),
        "issueCountWithCustomFieldsShowingVersion": issues().filter(|issue| issue.custom.values().any(held)).count(),
        "customFieldUsage": usage,
    })))
}

fn unresolved_count(state: &State, call: &Call) -> Outcome {
    let (_, version) = find(state, call.argument(0))?;
    let issues = || state.jira.issues.values().filter(|issue| issue.fix_versions.contains(&version.id));
    Ok(Reply::ok(json!({
        "self": View::new(state, call).at(&format!("version/{}", version.id)),
        "issuesCount": issues().count(),
        "issuesUnresolvedCount": issues().filter(|issue| issue.resolution.is_none()).count(),
    })))
}

fn add_related_work(state: &mut State, call: &Call) -> Outcome {
    let id = id(call, 0, "version")?;
    find(state, call.argument(0))?;
    let mut work = call.body.clone();
    let work_id = state.id();
    put(&mut work, "relatedWorkId", json!(work_id));
    state.jira.configuration.related_work.entry(id).or_default().push(work.clone());
    Ok(Reply::new(201, work))
}

fn change_related_work(state: &mut State, call: &Call) -> Outcome {
    let id = id(call, 0, "version")?;
    find(state, call.argument(0))?;
    let wanted = call.text("relatedWorkId").unwrap_or_default();
    let work = state.jira.configuration.related_work.entry(id).or_default();
    let known = work.iter_mut().find(|work| work.get("relatedWorkId").and_then(Value::as_str) == Some(wanted));
    *known.ok_or_else(|| missing("related work", wanted))? = call.body.clone();
    Ok(Reply::ok(call.body.clone()))
}

fn delete_related_work(state: &mut State, call: &Call) -> Outcome {
    let id = id(call, 0, "version")?;
    find(state, call.argument(0))?;
    let work = state.jira.configuration.related_work.entry(id).or_default();
    let before = work.len();
    work.retain(|work| work.get("relatedWorkId").and_then(Value::as_str) != Some(call.argument(1)));
    if work.len() == before { Err(missing("related work", call.argument(1))) } else { Ok(Reply::empty(204)) }
}
