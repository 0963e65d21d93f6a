//! Who may do what in a space, and whether someone may do it to content.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::list::page;
use super::store::{Confluence, Content, Permission, bad, not_found};
use super::tree::v1_named;

/// Operation and target of all that a space can grant.
pub const ALL: &[(&str, &str)] = &[
    ("read", "space"),
    ("create", "page"),
    ("delete", "page"),
    ("archive", "page"),
    ("create", "blogpost"),
    ("delete", "blogpost"),
    ("create", "comment"),
    ("delete", "comment"),
    ("create", "attachment"),
    ("delete", "attachment"),
    ("restrict_content", "space"),
    ("export", "space"),
    ("administer", "space"),
];

/// What everyone on the site gets in an open space.
pub const MEMBER: &[(&str, &str)] =
    &[("read", "space"), ("create", "page"), ("create", "blogpost"), ("create", "comment"), ("create", "attachment")];

pub fn granted(store: &mut Confluence, kind: &str, subject: &str, what: &[(&str, &str)]) -> Vec<Permission> {
    let grant = |(operation, target): &(&str, &str)| Permission {
        id: store.next_id(),
        subject_kind: kind.to_owned(),
        subject: subject.to_owned(),
        operation: (*operation).to_owned(),
        target: (*target).to_owned(),
    };
    what.iter().map(grant).collect()
}

pub fn shown(permission: &Permission) -> Value {
    json!({
        "id": permission.id.to_string(),
        "principal": {"type": permission.subject_kind, "id": permission.subject},
        "operation": {"key": permission.operation, "targetType": permission.target},
    })
}

pub fn of_space(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space(call.argument(0))?;
    let items = space.permissions.iter().map(|one| (format!("{:020}", one.id), one)).collect();
    page(state, call, items, false, 25, shown)
}

/// Permissions that there are, by the ids that roles list.
pub fn all(state: &mut State, call: &Call) -> Outcome {
    page(state, call, super::super::paging::numbered(ALL), false, 25, |(operation, target)| {
        json!({
            "id": permission_id(operation, target),
            "displayName": format!("{operation} {target}"),
            "description": format!("To {} in the space: {target}.", operation.replace('_', " ")),
            "requiredPermissionIds": if (*operation, *target) == ("read", "space") { json!([]) } else { json!(["read/space"]) },
        })
    })
}

pub fn permission_id(operation: &str, target: &str) -> String {
    format!("{operation}/{target}")
}

/// The subject of a request: an account id, or a group by id or name.
fn subject(state: &State, subject: Option<&Value>) -> Result<(String, String), Refusal> {
    let text = |key: &str| subject.and_then(|subject| subject.get(key)).and_then(Value::as_str).unwrap_or_default();
    let identifier = text("identifier");
    match text("type") {
        "user" if identifier == "anonymous" || state.account(identifier).is_some() => Ok(("user".to_owned(), identifier.to_owned())),
        "group" => {
            let found = state.groups.iter().find(|group| group.id == identifier || group.name == identifier);
            found.map(|group| ("group".to_owned(), group.id.clone())).ok_or_else(|| not_found("The group", identifier))
        }
        "user" => Err(not_found("The user", identifier)),
        other => Err(bad(format!("{other} is no type of subject: user or group."))),
    }
}

pub fn add(state: &mut State, call: &Call) -> Outcome {
    state.confluence.space_by_key(call.argument(0))?;
    let (kind, subject) = subject(state, call.body.get("subject"))?;
    let text = |key: &str| call.body.pointer(&format!("/operation/{key}")).and_then(Value::as_str).unwrap_or_default();
    let (operation, target) = (text("key"), text("target"));
    if !ALL.contains(&(operation, target)) && !(operation == "delete" && target == "space") {
        return Err(bad(format!("{operation} on {target} is no permission of a space.")));
    }
    let id = state.confluence.next_id();
    let space = state.confluence.space_by_key_mut(call.argument(0))?;
    let mut held = space.permissions.iter().filter(|one| one.subject == subject);
    if held.clone().any(|one| one.operation == operation && one.target == target) {
        return Err(bad("The subject has this permission already."));
    }
    if (operation, target) != ("read", "space") && !held.any(|one| one.operation == "read") {
        return Err(bad("The subject needs the permission to read the space first."));
    }
    let permission = Permission { id, subject_kind: kind, subject, operation: operation.to_owned(), target: target.to_owned() };
    let answer = json!({
        "id": id,
        "subject": {"type": permission.subject_kind, "identifier": permission.subject},
        "operation": {"key": permission.operation, "target": permission.target},
        "_links": {"self": format!("{}{}/{id}", state.url, call.path)},
    });
    state.confluence.space_by_key_mut(call.argument(0))?.permissions.push(permission);
    Ok(Reply::ok(answer))
}

/// Without the permission to read the others are worth nothing: they go with it.
pub fn remove(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space_by_key_mut(call.argument(0))?;
    let id = call.argument(1);
    let found = space.permissions.iter().find(|one| one.id.to_string() == id).cloned().ok_or_else(|| not_found("The permission", id))?;
    let reads = found.operation == "read";
    space.permissions.retain(|one| one.id != found.id && !(reads && one.subject == found.subject));
    Ok(Reply::empty(204))
}

/// Permissions of apps' own content are kept by the apps.
pub fn custom(state: &mut State, call: &Call) -> Outcome {
    state.confluence.space_by_key(call.argument(0))?;
    subject(state, call.body.get("subject"))?;
    Ok(Reply::empty(200))
}

fn holds(state: &State, content: &Content, kind: &str, subject: &str, operation: &str) -> bool {
    let Some(space) = state.confluence.spaces.get(&content.space) else { return false };
    let target = if content.kind.is_comment() || content.kind == super::store::Kind::Attachment { content.kind.word() } else { "page" };
    let wanted = match operation {
        "read" => ("read", "space"),
        "delete" => ("delete", target),
        // Who may add may also change.
        _ => ("create", target),
    };
    let groups = |id: &str| kind == "user" && state.group(id).is_some_and(|group| group.members.contains(subject));
    space.permissions.iter().any(|one| {
        (one.operation.as_str(), one.target.as_str()) == wanted
            && (one.subject == subject || (one.subject_kind == "group" && groups(&one.subject)))
    })
}

/// Whether a user or a group may do something to content: by the space's permissions, and by restrictions.
pub fn check(state: &mut State, call: &Call) -> Outcome {
    let content = v1_named(state, call.argument(0))?;
    let (kind, subject) = subject(state, call.body.get("subject"))?;
    let operation = call.text("operation").unwrap_or_default();
    if !matches!(operation, "read" | "update" | "delete") {
        return Err(bad(format!("{operation} is no operation to check: read, update or delete.")));
    }
    let mut errors = Vec::new();
    if !holds(state, content, &kind, &subject, operation) {
        errors.push("The permissions of the space do not allow it.");
    }
    let listed = |one: &Content, operation: &str| {
        one.restrictions.get(operation).is_none_or(|found| found.is_empty() || found.groups.contains(&subject))
    };
    let restricted = if kind == "user" {
        state.restricted_from(content, operation, &subject)
    } else {
        let above = state.confluence.ancestors(content);
        !(listed(content, "read") && (operation == "read" || listed(content, "update")) && above.iter().all(|one| listed(one, "read")))
    };
    if restricted {
        errors.push("Restrictions on the content or above it do not allow it.");
    }
    let messages: Vec<Value> = errors.iter().map(|text| json!({"translation": text, "args": []})).collect();
    Ok(Reply::ok(json!({"hasPermission": errors.is_empty(), "errors": messages})))
}
