//! The caller, workspaces, their members and projects, and who may do what.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, page};
use super::render;
use super::store::{Project, Repository, Workspace, bad, braced, missing};

pub fn me(state: &mut State, call: &Call) -> Outcome {
    Ok(answer(call, 200, render::whole_user(state, ORGANIZATION_ADMIN)))
}

pub fn user(state: &mut State, call: &Call) -> Outcome {
    let id = state.bitbucket_account(call.argument(0))?;
    Ok(answer(call, 200, render::whole_user(state, &id)))
}

fn email(state: &State) -> Value {
    let address = state.account(ORGANIZATION_ADMIN).map_or("", |account| account.email.as_str());
    json!({"type": "email", "email": address, "is_primary": true, "is_confirmed": true, "links": {"self": render::link(state, &format!("user/emails/{address}"))}})
}

pub fn emails(state: &mut State, call: &Call) -> Outcome {
    page(state, call, vec![email(state)], Value::clone)
}

pub fn get_email(state: &mut State, call: &Call) -> Outcome {
    let email = email(state);
    if email.get("email").and_then(Value::as_str) == Some(call.argument(0)) {
        Ok(answer(call, 200, email))
    } else {
        Err(missing(&format!("Email address {}", call.argument(0))))
    }
}

/// The workspaces that the caller belongs to.
fn own(state: &State) -> Vec<&Workspace> {
    state.bitbucket.workspaces.iter().filter(|workspace| workspace.members.contains_key(ORGANIZATION_ADMIN)).collect()
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    page(state, call, own(state), |workspace| render::workspace(state, workspace))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    Ok(answer(call, 200, render::workspace(state, workspace)))
}

/// The workspaces of the caller, with whether the caller administers them.
pub fn list_own(state: &mut State, call: &Call) -> Outcome {
    let administers = |workspace: &Workspace| workspace.members.get(ORGANIZATION_ADMIN).is_some_and(|role| role == "owner");
    let mut workspaces = own(state);
    if let Some(wanted) = call.query("administrator") {
        workspaces.retain(|workspace| administers(workspace) == (wanted == "true"));
    }
    page(state, call, workspaces, |workspace| {
        let short = json!({
            "type": "workspace_base",
            "uuid": workspace.uuid,
            "slug": workspace.slug,
            "links": {"self": render::link(state, &format!("workspaces/{}", workspace.slug))},
        });
        json!({"type": "workspace_access", "administrator": administers(workspace), "workspace": short})
    })
}

fn membership(state: &State, workspace: &Workspace, account: &str, permission: Option<&str>) -> Value {
    let address = render::segment(&super::store::user_uuid(account));
    let mut body = json!({
        "type": "workspace_membership",
        "user": render::user(state, account),
        "workspace": render::workspace_short(state, workspace),
        "links": {"self": render::link(state, &format!("workspaces/{}/members/{address}", workspace.slug))},
    });
    if let (Some(map), Some(permission)) = (body.as_object_mut(), permission) {
        map.insert("permission".to_owned(), json!(permission));
        map.insert("added_on".to_owned(), json!(render::time(workspace.created)));
    }
    body
}

pub fn members(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    page(state, call, workspace.members.keys().collect(), |account| membership(state, workspace, account, None))
}

pub fn get_member(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    let account = state.bitbucket_account(call.argument(1))?;
    if !workspace.members.contains_key(&account) {
        return Err(missing(&format!("Member {}", call.argument(1))));
    }
    Ok(answer(call, 200, membership(state, workspace, &account, None)))
}

pub fn permissions(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    page(state, call, workspace.members.iter().collect(), |(account, role)| membership(state, workspace, account, Some(role)))
}

pub fn own_permission(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    let role = workspace.members.get(ORGANIZATION_ADMIN).ok_or_else(|| missing(&format!("Workspace {}", call.argument(0))))?;
    Ok(answer(call, 200, membership(state, workspace, ORGANIZATION_ADMIN, Some(role))))
}

/// Owners of a workspace administer its repositories, its members write to them, collaborators read.
pub fn permission(role: &str) -> &'static str {
    match role {
        "owner" => "admin",
        "member" => "write",
        _ => "read",
    }
}

fn repository_permission(state: &State, repository: &Repository, account: &str, role: &str) -> Value {
    json!({
        "type": "repository_permission",
        "permission": permission(role),
        "user": render::user(state, account),
        "repository": render::repository_short(state, repository),
    })
}

/// Every right on the repositories that `wanted` names.
fn list_rights(state: &State, call: &Call, workspace: &Workspace, wanted: impl Fn(&Repository, &str) -> bool) -> Outcome {
    let repositories = state.bitbucket.repositories.values().filter(|repository| repository.workspace == workspace.slug);
    let rights = repositories.flat_map(|repository| workspace.members.iter().map(move |(account, role)| (repository, account, role)));
    let rights = rights.filter(|(repository, account, _)| wanted(repository, account)).collect();
    page(state, call, rights, |(repository, account, role)| repository_permission(state, repository, account, role))
}

pub fn repository_permissions(state: &mut State, call: &Call) -> Outcome {
    list_rights(state, call, state.bitbucket.workspace(call.argument(0))?, |_, _| true)
}

pub fn permissions_on(state: &mut State, call: &Call) -> Outcome {
    let name = state.bitbucket.full_name(call.argument(0), call.argument(1))?;
    list_rights(state, call, state.bitbucket.workspace(call.argument(0))?, |repository, _| repository.full_name() == name)
}

pub fn own_permissions(state: &mut State, call: &Call) -> Outcome {
    list_rights(state, call, state.bitbucket.workspace(call.argument(0))?, |_, account| account == ORGANIZATION_ADMIN)
}

fn find<'a>(workspace: &'a Workspace, key: &str) -> Result<&'a Project, Refusal> {
    workspace.projects.iter().find(|project| project.key == key).ok_or_else(|| missing(&format!("Project {key}")))
}

pub fn projects(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    page(state, call, workspace.projects.iter().collect(), |project| render::project(state, workspace, project))
}

pub fn get_project(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    Ok(answer(call, 200, render::project(state, workspace, find(workspace, call.argument(1))?)))
}

/// A key is a capital letter, then capitals, digits and underscores.
fn check_key(workspace: &Workspace, key: &str) -> Result<(), Refusal> {
    let mut letters = key.bytes();
    if !letters.next().is_some_and(|first| first.is_ascii_uppercase())
        || !letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'_')
    {
        return Err(bad("key", "A project key begins with a capital letter and has capitals, digits and underscores."));
    }
    match find(workspace, key) {
        Ok(_) => Err(bad("key", format!("A project with the key {key} exists already."))),
        Err(_) => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() { Err(bad("name", "A name is required.")) } else { Ok(()) }
}

pub fn create_project(state: &mut State, call: &Call) -> Outcome {
    let key = call.text("key").unwrap_or_default().to_owned();
    create_at(state, call, key)
}

fn create_at(state: &mut State, call: &Call, key: String) -> Outcome {
    let now = state.now();
    let name = call.text("name").unwrap_or_default().to_owned();
    let workspace = state.bitbucket.workspace_mut(call.argument(0))?;
    check_key(workspace, &key)?;
    check_name(&name)?;
    workspace.projects.push(Project {
        uuid: braced("project", &format!("{}/{key}", workspace.slug)),
        key: key.clone(),
        name,
        description: call.text("description").unwrap_or_default().to_owned(),
        is_private: call.body.get("is_private").and_then(Value::as_bool).unwrap_or(true),
        created: now,
        updated: now,
    });
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    Ok(answer(call, 201, render::project(state, workspace, find(workspace, &key)?)))
}

/// Changes a project, or makes it when there is none of this key.
pub fn update_project(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let old = call.argument(1).to_owned();
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    if find(workspace, &old).is_err() {
        return create_at(state, call, old);
    }
    let key = call.text("key").unwrap_or(&old).to_owned();
    if key != old {
        check_key(workspace, &key)?;
    }
    if let Some(name) = call.text("name") {
        check_name(name)?;
    }
    let slug = workspace.slug.clone();
    if let Some(project) = state.bitbucket.workspace_mut(&slug)?.projects.iter_mut().find(|project| project.key == old) {
        project.key.clone_from(&key);
        if let Some(name) = call.text("name") {
            name.clone_into(&mut project.name);
        }
        if let Some(description) = call.text("description") {
            description.clone_into(&mut project.description);
        }
        if let Some(is_private) = call.body.get("is_private").and_then(Value::as_bool) {
            project.is_private = is_private;
        }
        project.updated = now;
    }
    for repository in
        state.bitbucket.repositories.values_mut().filter(|repository| repository.workspace == slug && repository.project == old)
    {
        repository.project.clone_from(&key);
    }
    let workspace = state.bitbucket.workspace(&slug)?;
    Ok(answer(call, 200, render::project(state, workspace, find(workspace, &key)?)))
}

pub fn delete_project(state: &mut State, call: &Call) -> Outcome {
    let workspace = state.bitbucket.workspace(call.argument(0))?;
    let (slug, key) = (workspace.slug.clone(), find(workspace, call.argument(1))?.key.clone());
    if state.bitbucket.repositories.values().any(|repository| repository.workspace == slug && repository.project == key) {
        return Err(Refusal::new(400, "", format!("The project {key} still has repositories; move or delete them first.")));
    }
    state.bitbucket.workspace_mut(&slug)?.projects.retain(|project| project.key != key);
    Ok(Reply::empty(204))
}
