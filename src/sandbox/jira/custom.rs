//! Values of custom fields. The store keeps what refers to something as its id ({"id"}, {"accountId"}, {"groupId"}) or the bare id; what
//! stands behind the id is looked up when it is read.

use serde_json::{Value, json};

use super::super::clock;
use super::super::service_management::jira_fields;
use super::super::store::State;
use super::rich_text;
use super::shown;
use super::store::{CustomOption, Field, Issue};

/// What a custom field holds, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    RichText,
    Number,
    Date,
    Datetime,
    Url,
    Option,
    Options,
    Cascade,
    Labels,
    User,
    Users,
    Group,
    Groups,
    Version,
    Versions,
    Project,
    Team,
    Sprint,
    /// The parent, by its older name.
    EpicLink,
    /// Of a help desk: the type of request, the customers' organizations, approvals, a measured time.
    RequestType,
    Organizations,
    Approvals,
    Goal,
    /// Kept and shown as it is.
    Other,
}

impl Field {
    pub fn kind(&self) -> Kind {
        let name = self.kind.rsplit(':').next().unwrap_or_default();
        match name {
            "textfield" | "readonlyfield" | "gh-epic-label" => Kind::Text,
            "gh-epic-link" => Kind::EpicLink,
            "textarea" => Kind::RichText,
            "float" | "jsw-story-points" => Kind::Number,
            "datepicker" | "baseline-start" | "baseline-end" => Kind::Date,
            "datetime" => Kind::Datetime,
            "url" => Kind::Url,
            "select" | "radiobuttons" => Kind::Option,
            "multiselect" | "multicheckboxes" => Kind::Options,
            "cascadingselect" => Kind::Cascade,
            "labels" => Kind::Labels,
            "userpicker" => Kind::User,
            "multiuserpicker" | "people" => Kind::Users,
            "grouppicker" => Kind::Group,
            "multigrouppicker" => Kind::Groups,
            "version" => Kind::Version,
            "multiversion" => Kind::Versions,
            "project" => Kind::Project,
            "atlassian-team" | "rm-teams-custom-field-team" => Kind::Team,
            "gh-sprint" => Kind::Sprint,
            "vp-origin" => Kind::RequestType,
            "sd-customer-organizations" => Kind::Organizations,
            "sd-approvals" => Kind::Approvals,
            "sd-sla-field" => Kind::Goal,
            _ => Kind::Other,
        }
    }

    /// Whether issues of this project and type have it: some context must take them in.
    pub fn is_of(&self, project: u64, issue_type: u64) -> bool {
        let takes = |list: &[u64], id| list.is_empty() || list.contains(&id);
        let contexts = &self.contexts;
        !self.trashed
            && (contexts.is_empty()
                || contexts.values().any(|context| takes(&context.projects, project) && takes(&context.issue_types, issue_type)))
    }

    /// The options that issues of this project and type choose from.
    pub fn options(&self, project: u64, issue_type: u64) -> impl Iterator<Item = &CustomOption> {
        let takes = |list: &[u64], id| list.is_empty() || list.contains(&id);
        let context =
            (self.contexts.values()).filter(move |context| takes(&context.projects, project) && takes(&context.issue_types, issue_type));
        // The narrowest context counts.
        let context = context.max_by_key(|context| (!context.projects.is_empty(), !context.issue_types.is_empty()));
        context.into_iter().flat_map(|context| &context.options)
    }

    pub fn option(&self, id: u64) -> Option<&CustomOption> {
        self.contexts.values().flat_map(|context| &context.options).find(|option| option.id == id)
    }
}

/// The id in a value, if it refers to something.
pub fn reference(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        Value::Object(object) => {
            let id = ["accountId", "groupId", "id"].iter().find_map(|key| object.get(*key))?;
            id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|id| id.to_string()))
        }
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    reference(value)?.parse().ok()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice)
}

/// A value as the API shows it; `documents`: rich text as ADF.
pub fn shown(state: &State, issue: &Issue, field: &Field, root: &str, documents: bool) -> Value {
    let kind = field.kind();
    if kind == Kind::Sprint {
        let sprints: Vec<Value> = issue.sprints.iter().filter_map(|id| sprint(state, *id)).collect();
        return if sprints.is_empty() { Value::Null } else { Value::Array(sprints) };
    }
    if kind == Kind::EpicLink {
        let epic = issue.parent.and_then(|id| state.jira.issues.get(&id));
        let epic = epic.filter(|epic| state.jira.issue_types.get(&epic.issue_type).is_some_and(|kind| kind.level == 1));
        return epic.map_or(Value::Null, |epic| json!(state.jira.key(epic)));
    }
    match kind {
        Kind::RequestType => return jira_fields::request_type(state, issue),
        Kind::Approvals => return jira_fields::approvals(state, issue),
        Kind::Goal => return jira_fields::time(state, issue, &field.name),
        _ => {}
    }
    if field.kind.ends_with(":gh-lexo-rank") {
        return json!(issue.rank);
    }
    let Some(value) = issue.custom.get(&field.id).filter(|value| !value.is_null()) else { return Value::Null };
    let one = |value: &Value| match kind {
        Kind::Option | Kind::Options => number(value).and_then(|id| field.option(id)).map(|option| shown_option(option, root)),
        Kind::Cascade => cascade(field, value, root),
        Kind::User | Kind::Users => reference(value).map(|id| shown::user(state, &id, root)),
        Kind::Group | Kind::Groups => reference(value).and_then(|id| group(state, &id, root)),
        Kind::Version | Kind::Versions => {
            let found = number(value).and_then(|id| state.jira.projects.values().find_map(|project| project.versions.get(&id)));
            found.map(|version| shown::version(version, root))
        }
        Kind::Project => number(value).and_then(|id| state.jira.projects.get(&id)).map(|project| shown::project(state, project, root)),
        Kind::Organizations => number(value).and_then(|id| jira_fields::organization(state, id)),
        Kind::RichText if !documents => Some(json!(rich_text::to_text(value))),
        _ => None,
    };
    match kind {
        Kind::Options | Kind::Users | Kind::Groups | Kind::Versions | Kind::Organizations => {
            list(value).iter().map(|value| one(value).unwrap_or_else(|| value.clone())).collect()
        }
        _ => one(value).unwrap_or_else(|| value.clone()),
    }
}

pub fn shown_option(option: &CustomOption, root: &str) -> Value {
    let id = option.id;
    json!({"self": format!("{root}/customFieldOption/{id}"), "value": option.value, "id": id.to_string()})
}

fn cascade(field: &Field, value: &Value, root: &str) -> Option<Value> {
    let mut body = shown_option(field.option(number(value)?)?, root);
    let child = value.get("child").and_then(number).and_then(|id| field.option(id)).map(|option| shown_option(option, root));
    if let (Some(object), Some(child)) = (body.as_object_mut(), child) {
        object.insert("child".to_owned(), child);
    }
    Some(body)
}

fn group(state: &State, id: &str, root: &str) -> Option<Value> {
    let group = state.group(id).or_else(|| state.groups.iter().find(|group| group.name == id))?;
    Some(json!({"name": group.name, "groupId": group.id, "self": format!("{root}/group?groupId={}", group.id)}))
}

/// A sprint as issues show it.
fn sprint(state: &State, id: u64) -> Option<Value> {
    let sprint = state.agile.sprints.get(&id)?;
    let mut body = json!({"id": id, "name": sprint.name, "state": sprint.state.text(), "boardId": sprint.board, "goal": sprint.goal});
    if let Some(object) = body.as_object_mut() {
        for (key, moment) in [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.completed)] {
            object.extend(moment.map(|moment| (key.to_owned(), json!(clock::millis(moment)))));
        }
    }
    Some(body)
}

pub fn sprint_name(state: &State, id: u64) -> String {
    state.agile.sprints.get(&id).map_or_else(|| id.to_string(), |sprint| sprint.name.clone())
}

/// A value in the words of the changelog: what `toString` says of it.
pub fn words(state: &State, field: &Field, value: &Value) -> Option<String> {
    let one = |value: &Value| -> String {
        let id = reference(value);
        let found = match field.kind() {
            Kind::Option | Kind::Options => number(value).and_then(|id| field.option(id)).map(|option| option.value.clone()),
            Kind::Cascade => {
                let parent = number(value).and_then(|id| field.option(id));
                let child = value.get("child").and_then(number).and_then(|id| field.option(id));
                parent.map(|parent| {
                    let level = child.map(|child| format!("Level 1 values: {}({})", child.value, child.id)).unwrap_or_default();
                    format!("Parent values: {}({}){level}", parent.value, parent.id)
                })
            }
            Kind::User | Kind::Users => id.as_deref().and_then(|id| state.account(id)).map(|account| account.name.clone()),
            Kind::Group | Kind::Groups => id.as_deref().and_then(|id| state.group(id)).map(|group| group.name.clone()),
            Kind::Version | Kind::Versions => {
                let found = number(value).and_then(|id| state.jira.projects.values().find_map(|project| project.versions.get(&id)));
                found.map(|version| version.name.clone())
            }
            Kind::Project => number(value).and_then(|id| state.jira.projects.get(&id)).map(|project| project.name.clone()),
            Kind::RichText => Some(rich_text::to_text(value)),
            Kind::RequestType => number(value).and_then(|id| state.service_management.request_types.get(&id)).map(|kind| kind.name.clone()),
            Kind::Organizations => {
                number(value).and_then(|id| state.service_management.organizations.get(&id)).map(|organization| organization.name.clone())
            }
            _ => None,
        };
        found.unwrap_or_else(|| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    match value {
        Value::Null => None,
        Value::Array(values) if field.kind() == Kind::Labels => Some(values.iter().map(one).collect::<Vec<_>>().join(" ")),
        Value::Array(values) => Some(values.iter().map(one).collect::<Vec<_>>().join(", ")),
        value => Some(one(value)),
    }
}
