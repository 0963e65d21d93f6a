//! What custom fields take: a value as it is sent becomes the value that is kept.

use serde_json::{Value, json};

use super::super::super::agile::SprintState;
use super::super::super::clock;
use super::super::super::service_management::jira_fields;
use super::super::super::store::State;
use super::super::custom::{Kind, reference};
use super::super::store::{Field, Issue};
use super::fields::{Draft, Verb, combine, date, document, label, list, person, set_parent, shown, text_id, unknown, version};

pub fn apply(state: &State, draft: &mut Draft, field: &Field, verb: Verb, value: &Value) -> Result<(), String> {
    let kind = field.kind();
    if kind == Kind::Sprint {
        return set_sprint(state, &mut draft.issue, value);
    }
    if kind == Kind::EpicLink {
        let parent = if value.is_null() { Value::Null } else { json!({"key": value}) };
        return set_parent(state, &mut draft.issue, &parent);
    }
    let kept = match kind {
        Kind::Options | Kind::Labels | Kind::Users | Kind::Groups | Kind::Versions | Kind::Organizations => {
            let given = list(value, verb)?;
            let given = given.iter().map(|value| one(state, draft, field, value)).collect::<Result<Vec<_>, _>>()?;
            let mut kept = draft.issue.custom.get(&field.id).and_then(Value::as_array).cloned().unwrap_or_default();
            let same = |left: &Value, right: &Value| reference(left) == reference(right);
            match verb {
                Verb::Add => given.into_iter().for_each(|new| {
                    if !kept.iter().any(|old| same(old, &new)) {
                        kept.push(new);
                    }
                }),
                Verb::Remove => kept.retain(|old| !given.iter().any(|gone| same(old, gone))),
                _ => kept = given,
            }
            if kept.is_empty() { Value::Null } else { Value::Array(kept) }
        }
        _ if value.is_null() => Value::Null,
        _ => one(state, draft, field, value)?,
    };
    if kept.is_null() {
        draft.issue.custom.remove(&field.id);
    } else {
        draft.issue.custom.insert(field.id.clone(), kept);
    }
    Ok(())
}

/// One value, looked up where it refers to something.
fn one(state: &State, draft: &Draft, field: &Field, value: &Value) -> Result<Value, String> {
    let issue = &draft.issue;
    let text = || value.as_str().ok_or_else(|| "Operation value must be a string".to_owned());
    Ok(match field.kind() {
        Kind::Text => {
            let text = text()?;
            if text.chars().count() > 255 {
                return Err("The text must be no longer than 255 characters.".to_owned());
            }
            if text.is_empty() { Value::Null } else { json!(text) }
        }
        Kind::RichText => document(value, draft.documents)?.unwrap_or(Value::Null),
        Kind::Number if value.is_number() => value.clone(),
        Kind::Number => return Err("Operation value must be a number".to_owned()),
        Kind::Date => json!(date(value)?),
        Kind::Datetime => {
            let moment = clock::parse(text()?).ok_or("A time must be of the form 'yyyy-MM-ddTHH:mm:ss.SSSZ'.")?;
            json!(clock::offset(moment))
        }
        Kind::Url => {
            let text = text()?;
            if url::Url::parse(text).is_err() {
                return Err("The address is no URL.".to_owned());
            }
            json!(text)
        }
        Kind::Option | Kind::Options => json!({"id": option(field, issue, value, None)?.to_string()}),
        Kind::Cascade => {
            let parent = option(field, issue, value, None)?;
            match value.get("child").filter(|child| !child.is_null()) {
                None => json!({"id": parent.to_string()}),
                Some(child) => json!({"id": parent.to_string(), "child": {"id": option(field, issue, child, Some(parent))?.to_string()}}),
            }
        }
        Kind::Labels => json!(label(value)?),
        Kind::User | Kind::Users => json!({"accountId": person(state, value)?.ok_or("A user is named by accountId.")?}),
        Kind::Group | Kind::Groups => {
            let name = value.get("name").and_then(Value::as_str);
            let id = value.get("groupId").and_then(Value::as_str);
            let found = state.groups.iter().find(|group| id.map_or_else(|| name == Some(&group.name), |id| group.id == id));
            json!({"groupId": found.ok_or_else(|| format!("The group {} does not exist.", shown(value)))?.id})
        }
        Kind::Version | Kind::Versions => json!({"id": version(state, issue.project, value)?.to_string()}),
        Kind::Project => {
            let name = value.get("id").or_else(|| value.get("key")).map(shown).unwrap_or_default();
            let project = state.jira.project_named(&name).ok_or_else(|| format!("The project {name} does not exist."))?;
            json!({"id": project.id.to_string()})
        }
        Kind::Team => match value.as_str().or_else(|| value.get("id").and_then(Value::as_str)) {
            Some(id) => json!({"id": id}),
            None => return Err("A team is named by its id.".to_owned()),
        },
        Kind::RequestType => {
            let id = jira_fields::request_type_id(state, issue.project, value);
            json!(id.ok_or_else(|| format!("The request type {} is none of the project's.", shown(value)))?.to_string())
        }
        Kind::Organizations => {
            let id = value.get("id").and_then(text_id).or_else(|| text_id(value));
            let found = id.and_then(|id| state.service_management.organizations.get(&id));
            let found = found.ok_or_else(|| format!("The organization {} does not exist.", shown(value)))?;
            json!({"id": found.id.to_string(), "name": found.name})
        }
        Kind::Approvals | Kind::Goal => return Err(unknown(&field.id)),
        Kind::Sprint | Kind::EpicLink | Kind::Other => value.clone(),
    })
}

/// The option that `id` or `value` names, among those that issues like this one choose from.
fn option(field: &Field, issue: &Issue, value: &Value, parent: Option<u64>) -> Result<u64, String> {
    let id = value.get("id").and_then(text_id);
    let name = value.get("value").and_then(Value::as_str);
    if id.is_none() && name.is_none() {
        return Err("An option is named by its id or value.".to_owned());
    }
    let mut options = field.options(issue.project, issue.issue_type).filter(|option| option.parent == parent && !option.disabled);
    let found = options.find(|option| id.map_or_else(|| name == Some(&option.value), |id| option.id == id));
    found.map(|option| option.id).ok_or_else(|| match (id, name) {
        (None, Some(name)) => format!("Option value '{name}' is not valid"),
        _ => format!("Option id '{}' is not valid", id.unwrap_or_default()),
    })
}

/// A sprint is set by its number: the issue leaves the one that it is in, and keeps those that are closed.
fn set_sprint(state: &State, issue: &mut Issue, value: &Value) -> Result<(), String> {
    let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
    let closed = |id: &u64| state.agile.sprints.get(id).is_some_and(|sprint| sprint.state == SprintState::Closed);
    let mut sprints: Vec<u64> = issue.sprints.iter().copied().filter(closed).collect();
    if !value.is_null() {
        let id = value.as_u64().or_else(|| value.as_str()?.parse().ok()).ok_or("Number value expected as the Sprint id.")?;
        if !state.agile.sprints.contains_key(&id) {
            return Err(format!("The sprint {id} does not exist."));
        }
        combine(&mut sprints, vec![id], Verb::Add);
    }
    issue.sprints = sprints;
    Ok(())
}
