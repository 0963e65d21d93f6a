//! An issue as the API shows it: the fields that are wanted, in the order that Jira has them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::clock;
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::custom;
use super::rich_text;
use super::shown;
use super::store::{Change, Comment, Issue, Worklog};

/// Fields of every issue.
const SYSTEM: &[&str] = &[
    "statuscategorychangedate",
    "issuetype",
    "parent",
    "timespent",
    "project",
    "fixVersions",
    "aggregatetimespent",
    "statusCategory",
    "resolution",
    "resolutiondate",
    "workratio",
    "watches",
    "lastViewed",
    "issuerestriction",
    "created",
    "priority",
    "labels",
    "timeestimate",
    "aggregatetimeoriginalestimate",
    "versions",
    "issuelinks",
    "assignee",
    "updated",
    "status",
    "components",
    "timeoriginalestimate",
    "description",
    "timetracking",
    "security",
    "aggregatetimeestimate",
    "attachment",
    "summary",
    "creator",
    "subtasks",
    "reporter",
    "aggregateprogress",
    "environment",
    "duedate",
    "progress",
    "comment",
    "votes",
    "worklog",
];

/// What `*navigable` leaves out.
const NOT_NAVIGABLE: &[&str] = &["attachment", "comment", "worklog", "timetracking", "issuerestriction"];

/// Worklogs that an issue shows among its fields.
const WORKLOGS: usize = 20;
/// Changes that an issue shows with its changelog expanded.
const CHANGES: usize = 100;

/// What a caller wants to see of an issue.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    all: bool,
    navigable: bool,
    added: BTreeSet<String>,
    dropped: BTreeSet<String>,
    expand: BTreeSet<String>,
    properties: Vec<String>,
    id_alone: bool,
}

impl Wanted {
    /// `fields` as sent: ids of fields, "*all", "*navigable", "-field". `default` stands for none, and for nothing but exclusions;
    /// where it is "id", as in searches, an issue for which nothing else is asked has its id alone.
    pub fn new(fields: &[String], default: &str, expand: &[String], properties: &[String]) -> Wanted {
        let mut wanted = Wanted { expand: expand.iter().cloned().collect(), properties: properties.to_vec(), ..Wanted::default() };
        let excluded = |field: &String| field.starts_with('-');
        let default = default.to_owned();
        let start = fields.iter().all(excluded).then_some(&default);
        for field in start.into_iter().chain(fields) {
            match field.as_str() {
                "*all" => wanted.all = true,
                "*navigable" => wanted.navigable = true,
                other => match other.strip_prefix('-') {
                    Some(dropped) => drop(wanted.dropped.insert(dropped.to_owned())),
                    None => drop(wanted.added.insert(other.to_owned())),
                },
            }
        }
        wanted.id_alone = default == "id" && !wanted.all && !wanted.navigable && wanted.added.iter().all(|field| field == "id");
        wanted
    }

    /// From `fields`, `expand` and `properties` of the query.
    pub fn of_query(call: &Call, default: &str) -> Wanted {
        Wanted::new(&call.queries("fields"), default, &call.queries("expand"), &call.queries("properties"))
    }

    pub fn takes(&self, field: &str) -> bool {
        let by_group = self.all || (self.navigable && !NOT_NAVIGABLE.contains(&field));
        (by_group || self.added.contains(field)) && !self.dropped.contains(field)
    }

    pub fn expands(&self, part: &str) -> bool {
        self.expand.contains(part)
    }
}

/// Whether rich text is shown as documents: only the third version has them, and service desks where they are wanted.
pub fn has_documents(call: &Call) -> bool {
    call.path.starts_with("/rest/api/3/") || call.body.get("isAdfRequest") == Some(&Value::Bool(true))
}

/// Rich text as this call shows it.
pub fn text(document: Option<&Value>, call: &Call) -> Value {
    match document {
        None | Some(Value::Null) => Value::Null,
        Some(document) if has_documents(call) => document.clone(),
        Some(document) => json!(rich_text::to_text(document)),
    }
}

pub fn body(state: &State, issue: &Issue, wanted: &Wanted, call: &Call) -> Value {
    if wanted.id_alone && wanted.expand.is_empty() && wanted.properties.is_empty() {
        return json!({"id": issue.id.to_string()});
    }
    let root = &shown::root(state, call);
    let fields = fields(state, issue, wanted, call);
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("expand", json!("renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"));
    put("id", json!(issue.id.to_string()));
    put("self", json!(format!("{root}/issue/{}", issue.id)));
    put("key", json!(state.jira.key(issue)));
    if wanted.expands("names") {
        put("names", names(state, fields.keys()));
    }
    if wanted.expands("schema") {
        put("schema", schema(state, fields.keys()));
    }
    if wanted.expands("renderedFields") {
        put("renderedFields", rendered(state, issue, &fields, root));
    }
    if wanted.expands("changelog") {
        let all = issue.history.len();
        let newest: Vec<Value> = issue.history.iter().rev().take(CHANGES).map(|change| self::change(state, change, root)).collect();
        put("changelog", json!({"startAt": 0, "maxResults": newest.len(), "total": all, "histories": newest}));
    }
    if wanted.expands("versionedRepresentations") {
        put("versionedRepresentations", fields.iter().map(|(field, value)| (field.clone(), json!({"1": value}))).collect());
    }
    if !wanted.properties.is_empty() {
        let every = wanted.properties.iter().any(|key| key == "*all");
        let asked = issue.properties.iter().filter(|(key, _)| every || wanted.properties.contains(key));
        put("properties", asked.map(|(key, value)| (key.clone(), value.clone())).collect());
    }
    put("fields", Value::Object(fields));
    Value::Object(body)
}

fn fields(state: &State, issue: &Issue, wanted: &Wanted, call: &Call) -> Map<String, Value> {
    let root = &shown::root(state, call);
    let mut fields = Map::new();
    for field in SYSTEM.iter().filter(|field| wanted.takes(field)) {
        if let Some(value) = system(state, issue, field, root, call) {
            fields.insert((*field).to_owned(), value);
        }
    }
    for field in state.jira.fields.values().filter(|field| field.custom && wanted.takes(&field.id)) {
        if issue.custom.contains_key(&field.id) || field.is_of(issue.project, issue.issue_type) {
            fields.insert(field.id.clone(), custom::shown(state, issue, field, root, has_documents(call)));
        }
    }
    fields
}

/// The display names of fields.
pub fn names<'a>(state: &State, fields: impl Iterator<Item = &'a String>) -> Value {
    let name = |id: &String| state.jira.fields.get(id).map_or_else(|| id.clone(), |field| field.name.clone());
    fields.map(|id| (id.clone(), json!(name(id)))).collect()
}

/// The types of fields.
pub fn schema<'a>(state: &State, fields: impl Iterator<Item = &'a String>) -> Value {
    let known = fields.filter_map(|id| Some((id.clone(), state.jira.fields.get(id)?.schema.clone())));
    known.filter(|(_, schema)| schema.is_object()).collect()
}

/// Children that are sub-tasks.
pub fn subtasks<'a>(state: &'a State, issue: &'a Issue) -> impl Iterator<Item = &'a Issue> {
    let is_subtask = |child: &&Issue| state.jira.issue_types.get(&child.issue_type).is_some_and(|kind| kind.level < 0);
    state.jira.issues.values().filter(|child| child.parent == Some(issue.id)).filter(is_subtask)
}

pub fn spent(issue: &Issue) -> Option<u64> {
    (!issue.worklogs.is_empty()).then(|| issue.worklogs.iter().fold(0, |sum: u64, worklog| sum.saturating_add(worklog.seconds)))
}

/// Of an issue and its sub-tasks together; nothing where none of them says.
fn total(state: &State, issue: &Issue, part: impl Fn(&Issue) -> Option<u64>) -> Option<u64> {
    subtasks(state, issue).filter_map(&part).chain(part(issue)).reduce(u64::saturating_add)
}

fn progress(done: Option<u64>, left: Option<u64>) -> Value {
    let (done, left) = (done.unwrap_or(0), left.unwrap_or(0));
    match done + left {
        0 => json!({"progress": 0, "total": 0}),
        all => json!({"progress": done, "total": all, "percent": done * 100 / all}),
    }
}

/// The value of a field that every issue has; None leaves it out.
fn system(state: &State, issue: &Issue, field: &str, root: &str, call: &Call) -> Option<Value> {
    let jira = &state.jira;
    let project = jira.projects.get(&issue.project);
    let address = || format!("{root}/issue/{}", jira.key(issue));
    let person = |id: &Option<String>| id.as_deref().map_or(Value::Null, |id| shown::user(state, id, root));
    let versions = |ids: &[u64]| -> Value {
        ids.iter().filter_map(|id| project?.versions.get(id)).map(|version| shown::version(version, root)).collect()
    };
    Some(match field {
        "statuscategorychangedate" => json!(clock::offset(issue.status_changed)),
        "issuetype" => shown::issue_type(state, issue.issue_type, root),
        "parent" => shown::relative(state, jira.issues.get(&issue.parent?)?, root),
        "timespent" => json!(spent(issue)),
        "project" => project.map_or(Value::Null, |project| shown::project(state, project, root)),
        "fixVersions" => versions(&issue.fix_versions),
        "versions" => versions(&issue.versions),
        "aggregatetimespent" => json!(total(state, issue, spent)),
        "aggregatetimeestimate" => json!(total(state, issue, |issue| issue.remaining_estimate)),
        "aggregatetimeoriginalestimate" => json!(total(state, issue, |issue| issue.original_estimate)),
        "aggregateprogress" => progress(total(state, issue, spent), total(state, issue, |issue| issue.remaining_estimate)),
        "progress" => progress(spent(issue), issue.remaining_estimate),
        "statusCategory" => shown::status_category(&jira.statuses.get(&issue.status)?.category, root),
        "resolution" => issue.resolution.map_or(Value::Null, |id| shown::resolution(state, id, root)),
        "resolutiondate" => json!(issue.resolved.map(clock::offset)),
        "workratio" => match issue.original_estimate {
            Some(estimate) if estimate > 0 => json!(spent(issue).unwrap_or(0) * 100 / estimate),
            _ => json!(-1),
        },
        "watches" => {
            let watching = issue.watchers.contains(MYSELF);
            json!({"self": format!("{}/watchers", address()), "watchCount": issue.watchers.len(), "isWatching": watching})
        }
        "votes" => {
            let voted = issue.voters.contains(MYSELF);
            json!({"self": format!("{}/votes", address()), "votes": issue.voters.len(), "hasVoted": voted})
        }
        "lastViewed" | "security" => Value::Null,
        "issuerestriction" => json!({"issuerestrictions": {}, "shouldDisplay": project.is_some_and(|project| project.style == "next-gen")}),
        "created" => json!(clock::offset(issue.created)),
        "updated" => json!(clock::offset(issue.updated)),
        "priority" => shown::priority(state, issue.priority, root),
        "labels" => json!(issue.labels),
        "timeestimate" => json!(issue.remaining_estimate),
        "timeoriginalestimate" => json!(issue.original_estimate),
        "timetracking" => time_tracking(issue),
        "issuelinks" => links(state, issue, root),
        "assignee" => person(&issue.assignee),
        "reporter" => person(&issue.reporter),
        "creator" => shown::user(state, &issue.creator, root),
        "status" => shown::status(state, issue.status, root),
        "components" => {
            let known = issue.components.iter().filter_map(|id| project?.components.get(id));
            known.map(|component| shown::component(component, root)).collect()
        }
        "description" => text(issue.description.as_ref(), call),
        "environment" => text(issue.environment.as_ref(), call),
        "attachment" => issue.attachments.iter().map(|attachment| shown::attachment(state, attachment, root)).collect(),
        "summary" => json!(issue.summary),
        "subtasks" => subtasks(state, issue).map(|child| shown::relative(state, child, root)).collect(),
        "duedate" => json!(issue.due),
        "comment" => {
            let all: Vec<Value> = issue.comments.iter().map(|one| comment(state, issue, one, call)).collect();
            let count = all.len();
            json!({"comments": all, "self": format!("{root}/issue/{}/comment", issue.id), "maxResults": count, "total": count, "startAt": 0})
        }
        "worklog" => {
            let first: Vec<Value> = issue.worklogs.iter().take(WORKLOGS).map(|one| worklog(state, issue, one, call)).collect();
            json!({"startAt": 0, "maxResults": WORKLOGS, "total": issue.worklogs.len(), "worklogs": first})
        }
        _ => return None,
    })
}

/// "1w 2d 3h 30m": weeks of five days of eight hours.
pub fn duration(seconds: u64) -> String {
    let mut left = seconds / 60;
    let mut parts = Vec::new();
    for (unit, minutes) in [("w", 2_400), ("d", 480), ("h", 60), ("m", 1)] {
        if left >= minutes {
            parts.push(format!("{}{unit}", left / minutes));
            left %= minutes;
        }
    }
    if parts.is_empty() { "0m".to_owned() } else { parts.join(" ") }
}

fn time_tracking(issue: &Issue) -> Value {
    let mut body = Map::new();
    let parts =
        [("originalEstimate", issue.original_estimate), ("remainingEstimate", issue.remaining_estimate), ("timeSpent", spent(issue))];
    for (name, seconds) in parts.into_iter().filter_map(|(name, seconds)| Some((name, seconds?))) {
        body.insert(name.to_owned(), json!(duration(seconds)));
        body.insert(format!("{name}Seconds"), json!(seconds));
    }
    Value::Object(body)
}

fn links(state: &State, issue: &Issue, root: &str) -> Value {
    let jira = &state.jira;
    let shown = jira.links.values().filter_map(|link| {
        let (side, other) = match issue.id {
            id if id == link.from => ("outwardIssue", link.to),
            id if id == link.to => ("inwardIssue", link.from),
            _ => return None,
        };
        let kind = shown::link_type(jira.link_types.get(&link.kind)?, root);
        let other = shown::relative(state, jira.issues.get(&other)?, root);
        Some(json!({"id": link.id.to_string(), "self": format!("{root}/issueLink/{}", link.id), "type": kind, side: other}))
    });
    shown.collect()
}

pub fn comment(state: &State, issue: &Issue, comment: &Comment, call: &Call) -> Value {
    let root = &shown::root(state, call);
    let mut body = json!({
        "self": format!("{root}/issue/{}/comment/{}", issue.id, comment.id),
        "id": comment.id.to_string(),
        "author": shown::user(state, &comment.author, root),
        "body": text(Some(&comment.body), call),
        "updateAuthor": shown::user(state, &comment.update_author, root),
        "created": clock::offset(comment.created),
        "updated": clock::offset(comment.updated),
        "jsdPublic": comment.public,
    });
    if let (Some(object), Some(visibility)) = (body.as_object_mut(), &comment.visibility) {
        object.insert("visibility".to_owned(), visibility.clone());
    }
    body
}

pub fn worklog(state: &State, issue: &Issue, worklog: &Worklog, call: &Call) -> Value {
    let root = &shown::root(state, call);
    let mut body = json!({
        "self": format!("{root}/issue/{}/worklog/{}", issue.id, worklog.id),
        "author": shown::user(state, &worklog.author, root),
        "updateAuthor": shown::user(state, &worklog.update_author, root),
        "created": clock::offset(worklog.created),
        "updated": clock::offset(worklog.updated),
        "started": clock::offset(worklog.started),
        "timeSpent": duration(worklog.seconds),
        "timeSpentSeconds": worklog.seconds,
        "id": worklog.id.to_string(),
        "issueId": issue.id.to_string(),
    });
    if let Some(object) = body.as_object_mut() {
        for (key, value) in
            [("comment", worklog.comment.as_ref().map(|comment| text(Some(comment), call))), ("visibility", worklog.visibility.clone())]
        {
            if let Some(value) = value {
                object.insert(key.to_owned(), value);
            }
        }
    }
    body
}

/// One change, as changelogs show it.
pub fn change(state: &State, change: &Change, root: &str) -> Value {
    let items: Vec<Value> = (change.items.iter())
        .map(|item| {
            let mut body = json!({
                "field": item.field,
                "fieldtype": if item.field_id.starts_with("customfield_") { "custom" } else { "jira" },
                "fieldId": item.field_id,
                "from": item.from,
                "fromString": item.from_text,
                "to": item.to,
                "toString": item.to_text,
            });
            if let (Some(object), true) = (body.as_object_mut(), item.field_id.is_empty()) {
                object.remove("fieldId");
            }
            body
        })
        .collect();
    json!({"id": change.id.to_string(), "author": shown::user(state, &change.author, root), "created": clock::offset(change.created), "items": items})
}

/// Fields as a person reads them: rich text as HTML, times in words; null where there is nothing to render.
fn rendered(state: &State, issue: &Issue, fields: &Map<String, Value>, root: &str) -> Value {
    let html = |document: Option<&Value>| document.map_or(json!(""), |document| json!(rich_text::to_html(document)));
    let moment = |ms: i64| json!(readable(ms));
    let one = |field: &String| match field.as_str() {
        "description" => html(issue.description.as_ref()),
        "environment" => html(issue.environment.as_ref()),
        "created" => moment(issue.created),
        "updated" => moment(issue.updated),
        "resolutiondate" => issue.resolved.map_or(Value::Null, moment),
        "timespent" => json!(spent(issue).map(duration)),
        "timeestimate" => json!(issue.remaining_estimate.map(duration)),
        "timeoriginalestimate" => json!(issue.original_estimate.map(duration)),
        "comment" => {
            let mut all = fields.get(field).cloned().unwrap_or_default();
            for (body, comment) in all.get_mut("comments").and_then(Value::as_array_mut).into_iter().flatten().zip(&issue.comments) {
                if let Some(body) = body.as_object_mut() {
                    body.insert("body".to_owned(), html(Some(&comment.body)));
                    body.insert("created".to_owned(), moment(comment.created));
                    body.insert("updated".to_owned(), moment(comment.updated));
                }
            }
            all
        }
        custom if state.jira.fields.get(custom).is_some_and(|field| field.kind() == custom::Kind::RichText) => {
            html(issue.custom.get(custom))
        }
        "timetracking" => time_tracking(issue),
        "attachment" => issue.attachments.iter().map(|attachment| shown::attachment(state, attachment, root)).collect(),
        _ => Value::Null,
    };
    fields.keys().map(|field| (field.clone(), one(field))).collect()
}

/// "24/Nov/26 10:15 AM"
fn readable(ms: i64) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = clock::date(ms);
    let mut parts = date.split('-').map(|part| part.parse::<usize>().unwrap_or_default());
    let (year, month, day) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let minutes = ms.rem_euclid(clock::DAY) / 60_000;
    let (hour, half) = (minutes / 60, if minutes < 720 { "AM" } else { "PM" });
    let month = MONTHS.get(month.wrapping_sub(1)).copied().unwrap_or_default();
    format!("{day:02}/{month}/{:02} {}:{:02} {half}", year % 100, if hour % 12 == 0 { 12 } else { hour % 12 }, minutes % 60)
}
