//! Things of Jira as they are shown inside of others: a person, a status, a priority.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::reply::fnv;
use super::super::store::State;
use super::configuration::is_active;
use super::store::{Attachment, Component, Issue, LinkType, Project, Version};

/// "http://…/rest/api/3" or "…/2": a site's own addresses keep the version that was called. Other APIs name those of the third.
pub fn root(state: &State, call: &Call) -> String {
    format!("{}/rest/api/{}", state.url, if call.is_second_version() { "2" } else { "3" })
}

fn put(body: &mut Value, key: &str, value: Value) {
    if let Some(object) = body.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

/// Four sizes of one picture.
fn pictures(address: impl Fn(u32) -> String) -> Value {
    json!({"48x48": address(48), "24x24": address(24), "16x16": address(16), "32x32": address(32)})
}

/// The same of an avatar, whose sizes have names.
pub fn avatar_urls(root: &str, kind: &str, id: u64) -> Value {
    pictures(|size| {
        let name = match size {
            16 => "xsmall",
            24 => "small",
            32 => "medium",
            _ => "large",
        };
        format!("{root}/universal_avatar/view/type/{kind}/avatar/{id}?size={name}")
    })
}

/// A person; null if nobody has the id.
pub fn user(state: &State, id: &str, root: &str) -> Value {
    let Some(account) = state.account(id) else { return Value::Null };
    let picture = account.picture();
    let mut body = json!({
        "self": format!("{root}/user?accountId={}", url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>()),
        "accountId": account.id,
        "avatarUrls": pictures(|size| format!("{picture}&s={size}")),
        "displayName": account.name,
        "active": is_active(account),
        "timeZone": account.zoneinfo.as_deref().unwrap_or("Etc/UTC"),
        "accountType": if account.closed { "unknown" } else { &account.kind },
    });
    if !account.closed {
        put(&mut body, "emailAddress", json!(account.email));
    }
    body
}

pub fn project(state: &State, project: &Project, root: &str) -> Value {
    let avatar = 10_400 + fnv(project.key.as_bytes()) % 24;
    let mut body = json!({
        "self": format!("{root}/project/{}", project.id),
        "id": project.id.to_string(),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": project.kind,
        "simplified": project.style == "next-gen",
        "avatarUrls": avatar_urls(root, "project", avatar),
    });
    if let Some(category) = project.category.and_then(|id| state.jira.categories.get(&id)) {
        put(
            &mut body,
            "projectCategory",
            json!({
                "self": format!("{root}/projectCategory/{}", category.id),
                "id": category.id.to_string(),
                "name": category.name,
                "description": category.description,
            }),
        );
    }
    body
}

/// What is of a team-managed project alone says so.
fn scope(body: &mut Value, project: Option<u64>) {
    if let Some(id) = project {
        put(body, "scope", json!({"type": "PROJECT", "project": {"id": id.to_string()}}));
    }
}

pub fn issue_type(state: &State, id: u64, root: &str) -> Value {
    let Some(kind) = state.jira.issue_types.get(&id) else { return Value::Null };
    let avatar = 10_300 + id % 24;
    let mut body = json!({
        "self": format!("{root}/issuetype/{id}"),
        "id": id.to_string(),
        "description": kind.description,
        "iconUrl": format!("{root}/universal_avatar/view/type/issuetype/avatar/{avatar}?size=medium"),
        "name": kind.name,
        "subtask": kind.level < 0,
        "avatarId": avatar,
        "hierarchyLevel": kind.level,
    });
    scope(&mut body, kind.project);
    body
}

/// One of the three fixed categories.
pub fn status_category(category: &str, root: &str) -> Value {
    let (id, key, color, name) = match category {
        "new" => (2, "new", "blue-gray", "To Do"),
        "done" => (3, "done", "green", "Done"),
        _ => (4, "indeterminate", "yellow", "In Progress"),
    };
    json!({"self": format!("{root}/statuscategory/{id}"), "id": id, "key": key, "colorName": color, "name": name})
}

pub fn status(state: &State, id: u64, root: &str) -> Value {
    let Some(status) = state.jira.statuses.get(&id) else { return Value::Null };
    let mut body = json!({
        "self": format!("{root}/status/{id}"),
        "description": status.description,
        "iconUrl": format!("{}/images/icons/statuses/generic.png", state.url),
        "name": status.name,
        "id": id.to_string(),
        "statusCategory": status_category(&status.category, root),
    });
    scope(&mut body, status.project);
    body
}

pub fn priority(state: &State, id: u64, root: &str) -> Value {
    let Some(priority) = state.jira.priorities.get(&id) else { return Value::Null };
    let icon = priority.name.to_ascii_lowercase();
    json!({
        "self": format!("{root}/priority/{id}"),
        "iconUrl": format!("{}/images/icons/priorities/{icon}.svg", state.url),
        "name": priority.name,
        "id": id.to_string(),
    })
}

pub fn resolution(state: &State, id: u64, root: &str) -> Value {
    let Some(resolution) = state.jira.resolutions.get(&id) else { return Value::Null };
    json!({
        "self": format!("{root}/resolution/{id}"),
        "id": id.to_string(),
        "description": resolution.description,
        "name": resolution.name,
    })
}

pub fn component(component: &Component, root: &str) -> Value {
    json!({
        "self": format!("{root}/component/{}", component.id),
        "id": component.id.to_string(),
        "name": component.name,
        "description": component.description,
    })
}

pub fn version(version: &Version, root: &str) -> Value {
    let mut body = json!({
        "self": format!("{root}/version/{}", version.id),
        "id": version.id.to_string(),
        "description": version.description,
        "name": version.name,
        "archived": version.archived,
        "released": version.released,
    });
    if let Some(date) = &version.release_date {
        put(&mut body, "releaseDate", json!(date));
    }
    body
}

pub fn link_type(kind: &LinkType, root: &str) -> Value {
    json!({
        "id": kind.id.to_string(),
        "name": kind.name,
        "inward": kind.inward,
        "outward": kind.outward,
        "self": format!("{root}/issueLinkType/{}", kind.id),
    })
}

/// An issue as its relatives show it.
pub fn relative(state: &State, issue: &Issue, root: &str) -> Value {
    json!({
        "id": issue.id.to_string(),
        "key": state.jira.key(issue),
        "self": format!("{root}/issue/{}", issue.id),
        "fields": {
            "summary": issue.summary,
            "status": status(state, issue.status, root),
            "priority": priority(state, issue.priority, root),
            "issuetype": issue_type(state, issue.issue_type, root),
        },
    })
}

pub fn attachment(state: &State, attachment: &Attachment, root: &str) -> Value {
    let id = attachment.id;
    let mut body = json!({
        "self": format!("{root}/attachment/{id}"),
        "id": id.to_string(),
        "filename": attachment.file_name,
        "author": user(state, &attachment.author, root),
        "created": super::super::clock::offset(attachment.created),
        "size": attachment.size,
        "mimeType": attachment.content_type,
        "content": format!("{root}/attachment/content/{id}"),
    });
    if attachment.content_type.starts_with("image/") {
        put(&mut body, "thumbnail", json!(format!("{root}/attachment/thumbnail/{id}")));
    }
    body
}
