//! Permission schemes: who may do what in the projects that follow them.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::issue_type_schemes::scheme_name;
use super::page::{bad, id, missing, number, put};
use super::permissions;
use super::projects::project;
use super::store::{Grant, Scheme, follow, followed};
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/permissionscheme", |state, call| {
        let view = View::new(state, call);
        let schemes = state.jira.configuration.permission_schemes.values();
        let schemes: Vec<Value> = schemes.map(|scheme| body(view, scheme, call.query("expand").is_some())).collect();
        Ok(Reply::ok(json!({"permissionSchemes": schemes})))
    }),
    ("POST /rest/api/3/permissionscheme", create),
    ("GET /rest/api/3/permissionscheme/{}", |state, call| {
        let scheme = find(state, call)?;
        Ok(Reply::ok(body(View::new(state, call), scheme, call.query("expand").is_some())))
    }),
    ("PUT /rest/api/3/permissionscheme/{}", update),
    ("DELETE /rest/api/3/permissionscheme/{}", delete),
    ("GET /rest/api/3/permissionscheme/{}/permission", |state, call| {
        let view = View::new(state, call);
        let scheme = find(state, call)?;
        let grants: Vec<Value> = scheme.content.iter().map(|grant| grant_body(view, scheme.id, grant)).collect();
        Ok(Reply::ok(json!({"permissions": grants, "expand": EXPAND})))
    }),
    ("POST /rest/api/3/permissionscheme/{}/permission", add),
    ("GET /rest/api/3/permissionscheme/{}/permission/{}", |state, call| {
        let (scheme, grant) = (find(state, call)?, id(call, 1, "permission grant")?);
        let grant = scheme.content.iter().find(|known| known.id == grant);
        let grant = grant.ok_or_else(|| missing("permission grant", call.argument(1)))?;
        Ok(Reply::ok(grant_body(View::new(state, call), scheme.id, grant)))
    }),
    ("DELETE /rest/api/3/permissionscheme/{}/permission/{}", |state, call| {
        let grant = id(call, 1, "permission grant")?;
        let scheme = find_mut(state, call)?;
        let before = scheme.content.len();
        scheme.content.retain(|known| known.id != grant);
        if scheme.content.len() == before { Err(missing("permission grant", call.argument(1))) } else { Ok(Reply::empty(204)) }
    }),
    ("GET /rest/api/3/project/{}/permissionscheme", |state, call| {
        let project = project(state, call.argument(0))?.id;
        let scheme = followed(&state.jira.configuration.permission_schemes, project);
        let scheme = scheme.ok_or_else(|| missing("permission scheme of the project", call.argument(0)))?;
        Ok(Reply::ok(body(View::new(state, call), scheme, call.query("expand").is_some())))
    }),
    ("PUT /rest/api/3/project/{}/permissionscheme", |state, call| {
        let project = project(state, call.argument(0))?.id;
        let wanted = number(&call.body, "id").unwrap_or_default();
        let schemes = &mut state.jira.configuration.permission_schemes;
        if !schemes.contains_key(&wanted) {
            return Err(missing("permission scheme", &wanted.to_string()));
        }
        follow(schemes, wanted, project);
        let scheme = followed(schemes, project).map(|scheme| scheme.id).unwrap_or_default();
        let scheme = state.jira.configuration.permission_schemes.get(&scheme);
        let scheme = scheme.ok_or_else(|| missing("permission scheme", &wanted.to_string()))?;
        Ok(Reply::ok(body(View::new(state, call), scheme, call.query("expand").is_some())))
    }),
];

const EXPAND: &str = "user,group,projectRole,field,all";

type PermissionScheme = Scheme<Vec<Grant>>;

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a PermissionScheme, Refusal> {
    let id = id(call, 0, "permission scheme")?;
    state.jira.configuration.permission_schemes.get(&id).ok_or_else(|| missing("permission scheme", call.argument(0)))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut PermissionScheme, Refusal> {
    let id = id(call, 0, "permission scheme")?;
    state.jira.configuration.permission_schemes.get_mut(&id).ok_or_else(|| missing("permission scheme", call.argument(0)))
}

/// Grants are shown to those who ask for more by `expand`.
fn body(view: View, scheme: &PermissionScheme, grants: bool) -> Value {
    let mut body = json!({
        "id": scheme.id,
        "self": view.at(&format!("permissionscheme/{}", scheme.id)),
        "name": scheme.name,
        "description": scheme.description,
        "expand": format!("permissions,{EXPAND}"),
    });
    if grants {
        put(&mut body, "permissions", scheme.content.iter().map(|grant| grant_body(view, scheme.id, grant)).collect());
    }
    body
}

fn grant_body(view: View, scheme: u64, grant: &Grant) -> Value {
    let mut holder = json!({"type": grant.holder});
    if let Some(parameter) = &grant.parameter {
        let group = view.state.group(parameter).filter(|_| grant.holder == "group");
        put(&mut holder, "parameter", json!(group.map_or(parameter, |group| &group.name)));
        put(&mut holder, "value", json!(parameter));
        if matches!(grant.holder.as_str(), "user" | "group" | "projectRole") {
            put(&mut holder, "expand", json!(grant.holder));
        }
    }
    json!({
        "id": grant.id,
        "self": view.at(&format!("permissionscheme/{scheme}/permission/{}", grant.id)),
        "permission": grant.permission,
        "holder": holder,
    })
}

/// Who a grant is for and what it allows, if both exist.
fn grant(state: &State, item: &Value) -> Result<Grant, Refusal> {
    let permission = item.get("permission").and_then(Value::as_str).unwrap_or_default();
    permissions::known(&[permission])?;
    let holder = item.pointer("/holder/type").and_then(Value::as_str).unwrap_or_default();
    let text = |key: &str| item.pointer(&format!("/holder/{key}")).and_then(Value::as_str);
    let given = text("value").or_else(|| text("parameter"));
    let absent = |what: &str| bad(format!("The {what} {} of the holder does not exist.", given.unwrap_or_default()));
    let parameter = match holder {
        "anyone" | "projectLead" | "reporter" | "assignee" => None,
        "applicationRole" => given.map(str::to_owned),
        "user" => Some(given.and_then(|id| state.account(id)).map(|account| account.id.clone()).ok_or_else(|| absent("user"))?),
        "group" => {
            let found = state.groups.iter().find(|group| Some(group.id.as_str()) == given || Some(group.name.as_str()) == given);
            Some(found.map(|group| group.id.clone()).ok_or_else(|| absent("group"))?)
        }
        "projectRole" => {
            let role = given.and_then(|text| text.parse::<u64>().ok()).filter(|id| state.jira.roles.contains_key(id));
            Some(role.map(|id| id.to_string()).ok_or_else(|| absent("project role"))?)
        }
        "userCustomField" | "groupCustomField" => {
            Some(given.filter(|id| state.jira.fields.contains_key(*id)).map(str::to_owned).ok_or_else(|| absent("field"))?)
        }
        other => return Err(bad(format!("{other} is no type of holder."))),
    };
    Ok(Grant { id: 0, permission: permission.to_owned(), holder: holder.to_owned(), parameter })
}

/// Grants of a body, each with a number of its own.
fn grants(state: &mut State, call: &Call) -> Result<Option<Vec<Grant>>, Refusal> {
    let Some(items) = call.body.get("permissions").and_then(Value::as_array) else { return Ok(None) };
    let mut grants = items.iter().map(|item| grant(state, item)).collect::<Result<Vec<Grant>, Refusal>>()?;
    for grant in &mut grants {
        grant.id = state.jira.next();
    }
    Ok(Some(grants))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = scheme_name(&state.jira.configuration.permission_schemes, call, None)?;
    let content = grants(state, call)?.unwrap_or_default();
    let id = state.jira.next();
    let scheme = Scheme::new(id, &name, call.text("description").unwrap_or_default(), content);
    let answer = body(View::new(state, call), &scheme, true);
    state.jira.configuration.permission_schemes.insert(id, scheme);
    Ok(Reply::new(201, answer))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let own = find(state, call)?.id;
    let name = scheme_name(&state.jira.configuration.permission_schemes, call, Some(own))?;
    let content = grants(state, call)?;
    let scheme = find_mut(state, call)?;
    scheme.name = name;
    // The grants that are sent are all there are.
    if let Some(content) = content {
        scheme.content = content;
    }
    if let Some(description) = call.text("description") {
        description.clone_into(&mut scheme.description);
    }
    let scheme = find(state, call)?;
    Ok(Reply::ok(body(View::new(state, call), scheme, true)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let scheme = find(state, call)?;
    if scheme.default || !scheme.projects.is_empty() {
        return Err(bad("Projects follow the scheme."));
    }
    let id = scheme.id;
    state.jira.configuration.permission_schemes.remove(&id);
    Ok(Reply::empty(204))
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let scheme = find(state, call)?;
    let mut grant = grant(state, &call.body)?;
    let same = |known: &Grant| known.permission == grant.permission && known.holder == grant.holder && known.parameter == grant.parameter;
    if scheme.content.iter().any(same) {
        return Err(bad("The scheme has this grant already."));
    }
    let id = scheme.id;
    grant.id = state.jira.next();
    let answer = grant_body(View::new(state, call), id, &grant);
    find_mut(state, call)?.content.push(grant);
    Ok(Reply::new(201, answer))
}
