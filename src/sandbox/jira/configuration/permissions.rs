//! What may be done, and who may do it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::super::admin::Account;
use super::super::super::call::{Call, Handler, Outcome, texts};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::super::store::State;
use super::super::store::{Issue, Project};
use super::page::{bad, missing, numbers, put};
use super::projects::project;
use super::store::{Grant, followed};
use super::view::is_active;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/permissions", |_, _| Ok(Reply::ok(json!({"permissions": all(|_| true, false)})))),
    ("GET /rest/api/3/mypermissions", |state, call| mine(state, call)),
    ("POST /rest/api/3/permissions/check", |state, call| check(state, call)),
    ("POST /rest/api/3/permissions/project", |state, call| permitted_projects(state, call)),
];

/// Key, name, whether it holds everywhere, what it allows.
const PERMISSIONS: &[(&str, &str, bool, &str)] = &[
    ("ADMINISTER", "Administer Jira", true, "Change the site's configuration."),
    ("SYSTEM_ADMIN", "Administer the system", true, "Change everything of the site."),
    ("BULK_CHANGE", "Make bulk changes", true, "Change many issues at once."),
    ("CREATE_SHARED_OBJECTS", "Share dashboards and filters", true, "Share own dashboards and filters."),
    ("MANAGE_GROUP_FILTER_SUBSCRIPTIONS", "Manage group filter subscriptions", true, "Subscribe groups to filters."),
    ("USER_PICKER", "Browse users and groups", true, "Find people and groups."),
    ("CREATE_PROJECT", "Create team-managed projects", true, "Make projects of one's own."),
    ("BROWSE_PROJECTS", "Browse projects", false, "See projects and their issues."),
    ("ADMINISTER_PROJECTS", "Administer projects", false, "Change a project's configuration."),
    ("VIEW_DEV_TOOLS", "View development tools", false, "See branches, commits and builds of issues."),
    ("VIEW_READONLY_WORKFLOW", "View read-only workflow", false, "See the workflow of issues."),
    ("MANAGE_SPRINTS_PERMISSION", "Manage sprints", false, "Begin, change and close sprints."),
    ("SERVICEDESK_AGENT", "Service project agent", false, "Answer requests."),
    ("CREATE_ISSUES", "Create issues", false, "Make issues."),
    ("EDIT_ISSUES", "Edit issues", false, "Change issues."),
    ("TRANSITION_ISSUES", "Transition issues", false, "Move issues through their workflow."),
    ("SCHEDULE_ISSUES", "Schedule issues", false, "Set due dates and rank issues."),
    ("MOVE_ISSUES", "Move issues", false, "Move issues to other projects."),
    ("ASSIGN_ISSUES", "Assign issues", false, "Give issues to people."),
    ("ASSIGNABLE_USER", "Assignable user", false, "Be given issues."),
    ("RESOLVE_ISSUES", "Resolve issues", false, "Resolve issues and set fix versions."),
    ("CLOSE_ISSUES", "Close issues", false, "Close issues."),
    ("MODIFY_REPORTER", "Modify reporter", false, "Say who reports an issue."),
    ("DELETE_ISSUES", "Delete issues", false, "Delete issues."),
    ("LINK_ISSUES", "Link issues", false, "Link issues with one another."),
    ("SET_ISSUE_SECURITY", "Set issue security", false, "Set the security level of issues."),
    ("ARCHIVE_ISSUES", "Archive issues", false, "Archive issues."),
    ("UNARCHIVE_ISSUES", "Restore issues", false, "Take issues out of the archive."),
    ("VIEW_VOTERS_AND_WATCHERS", "View voters and watchers", false, "See who votes for and watches issues."),
    ("MANAGE_WATCHERS", "Manage watchers", false, "Let others watch issues."),
    ("ADD_COMMENTS", "Add comments", false, "Comment on issues."),
    ("EDIT_ALL_COMMENTS", "Edit all comments", false, "Change everybody's comments."),
    ("EDIT_OWN_COMMENTS", "Edit own comments", false, "Change own comments."),
    ("DELETE_ALL_COMMENTS", "Delete all comments", false, "Delete everybody's comments."),
    ("DELETE_OWN_COMMENTS", "Delete own comments", false, "Delete own comments."),
    ("CREATE_ATTACHMENTS", "Create attachments", false, "Attach files."),
    ("DELETE_ALL_ATTACHMENTS", "Delete all attachments", false, "Delete everybody's files."),
    ("DELETE_OWN_ATTACHMENTS", "Delete own attachments", false, "Delete own files."),
    ("WORK_ON_ISSUES", "Work on issues", false, "Log work."),
    ("EDIT_ALL_WORKLOGS", "Edit all worklogs", false, "Change everybody's worklogs."),
    ("EDIT_OWN_WORKLOGS", "Edit own worklogs", false, "Change own worklogs."),
    ("DELETE_ALL_WORKLOGS", "Delete all worklogs", false, "Delete everybody's worklogs."),
    ("DELETE_OWN_WORKLOGS", "Delete own worklogs", false, "Delete own worklogs."),
];

/// Permissions that in the demo site's scheme only a project's administrators have.
const RESERVED: &[&str] = &[
    "ADMINISTER_PROJECTS",
    "DELETE_ISSUES",
    "EDIT_ALL_COMMENTS",
    "DELETE_ALL_COMMENTS",
    "DELETE_ALL_ATTACHMENTS",
    "EDIT_ALL_WORKLOGS",
    "DELETE_ALL_WORKLOGS",
    "ARCHIVE_ISSUES",
    "UNARCHIVE_ISSUES",
];

/// Every permission of projects, and whether administrators alone have it by default.
pub fn of_projects() -> impl Iterator<Item = (&'static str, bool)> {
    PERMISSIONS.iter().filter(|(_, _, global, _)| !global).map(|(key, ..)| (*key, RESERVED.contains(key)))
}

/// Whether a permission holds everywhere; None: it is none.
fn is_global(key: &str) -> Option<bool> {
    PERMISSIONS.iter().find(|(known, ..)| *known == key).map(|(_, _, global, _)| *global)
}

/// Refuses keys of permissions that there are none of.
pub fn known(keys: &[&str]) -> Result<(), Refusal> {
    let unknown = keys.iter().find(|key| is_global(key).is_none());
    unknown.map_or(Ok(()), |key| Err(bad(format!("{key} is no permission."))))
}

/// Permissions by key. With `have`, each says whether the caller has it: an administrator of the site has every one.
fn all(wanted: impl Fn(&str) -> bool, have: bool) -> Value {
    let shown = (1_u64..).zip(PERMISSIONS).filter(|(_, (key, ..))| wanted(key));
    let permissions: Map<String, Value> = shown
        .map(|(place, (key, name, global, description))| {
            let kind = if *global { "GLOBAL" } else { "PROJECT" };
            let mut body = json!({"key": key, "name": name, "type": kind, "description": description});
            if have {
                put(&mut body, "id", json!(place.to_string()));
                put(&mut body, "havePermission", json!(true));
            }
            ((*key).to_owned(), body)
        })
        .collect();
    Value::Object(permissions)
}

fn mine(state: &State, call: &Call) -> Outcome {
    let keys = call.queries("permissions");
    if keys.is_empty() {
        return Err(bad("The query parameter permissions is required."));
    }
    known(&keys.iter().map(String::as_str).collect::<Vec<&str>>())?;
    for key in ["projectKey", "projectId"] {
        if let Some(wanted) = call.query(key) {
            project(state, wanted)?;
        }
    }
    for key in ["issueKey", "issueId"] {
        if let Some(wanted) = call.query(key) {
            state.jira.issue_named(wanted).ok_or_else(|| missing("issue", wanted))?;
        }
    }
    Ok(Reply::ok(json!({"permissions": all(|key| keys.iter().any(|wanted| wanted == key), true)})))
}

/// Whether somebody may do something: everywhere, in a project, or with an issue of it.
pub fn granted(state: &State, account: &str, permission: &str, project: Option<u64>, issue: Option<&Issue>) -> bool {
    let Some(account) = state.account(account).filter(|account| is_active(account)) else { return false };
    if account.id == ORGANIZATION_ADMIN {
        return true;
    }
    if is_global(permission) == Some(true) {
        return !matches!(permission, "ADMINISTER" | "SYSTEM_ADMIN") && account.kind == "atlassian";
    }
    let Some(project) = project.and_then(|id| state.jira.projects.get(&id)) else { return false };
    let scheme = followed(&state.jira.configuration.permission_schemes, project.id);
    let grants = scheme.map(|scheme| scheme.content.as_slice()).unwrap_or_default();
    grants.iter().any(|grant| grant.permission == permission && holds(state, grant, account, project, issue))
}

fn holds(state: &State, grant: &Grant, account: &Account, project: &Project, issue: Option<&Issue>) -> bool {
    let parameter = grant.parameter.as_deref();
    let in_group = |id: &str| state.groups.iter().any(|group| (group.id == id || group.name == id) && group.members.contains(&account.id));
    match grant.holder.as_str() {
        "anyone" => true,
        "applicationRole" => account.kind == "atlassian",
        "user" => parameter == Some(&account.id),
        "group" => parameter.is_some_and(in_group),
        "projectLead" => project.lead == account.id,
        "assignee" => issue.is_none_or(|issue| issue.assignee.as_ref() == Some(&account.id)),
        "reporter" => issue.is_none_or(|issue| issue.reporter.as_ref() == Some(&account.id)),
        "projectRole" => {
            let role = parameter.and_then(|text| text.parse::<u64>().ok());
            let actors = role.and_then(|role| project.actors.get(&role)).into_iter().flatten();
            let plays = |actor: &String| actor.strip_prefix("group:").map_or(*actor == account.id, in_group);
            actors.into_iter().any(plays)
        }
        _ => false,
    }
}

fn check(state: &State, call: &Call) -> Outcome {
    let account = call.text("accountId").unwrap_or(ORGANIZATION_ADMIN);
    let global = call.texts("globalPermissions");
    known(&global.iter().map(String::as_str).collect::<Vec<&str>>())?;
    let global: Vec<&String> = global.iter().filter(|key| granted(state, account, key, None, None)).collect();
    let mut by_key: Vec<(String, BTreeSet<u64>, BTreeSet<u64>)> = Vec::new();
    for item in call.body.get("projectPermissions").and_then(Value::as_array).into_iter().flatten() {
        let keys = texts(item.get("permissions"));
        known(&keys.iter().map(String::as_str).collect::<Vec<&str>>())?;
        let (projects, issues) = (numbers(item, "projects"), numbers(item, "issues"));
        if projects.len() + issues.len() > 1_000 {
            return Err(bad("At most 1,000 projects and issues can be asked about at once."));
        }
        for key in keys {
            let projects = projects.iter().copied().filter(|id| granted(state, account, &key, Some(*id), None));
            let issues = issues.iter().copied().filter(|id| {
                let issue = state.jira.issues.get(id);
                issue.is_some_and(|issue| granted(state, account, &key, Some(issue.project), Some(issue)))
            });
            match by_key.iter_mut().find(|(known, ..)| *known == key) {
                Some((_, of_projects, of_issues)) => {
                    of_projects.extend(projects);
                    of_issues.extend(issues);
                }
                None => by_key.push((key.clone(), projects.collect(), issues.collect())),
            }
        }
    }
    let rows: Vec<Value> = by_key
        .into_iter()
        .map(|(permission, projects, issues)| json!({"permission": permission, "projects": projects, "issues": issues}))
        .collect();
    Ok(Reply::ok(json!({"globalPermissions": global, "projectPermissions": rows})))
}

fn permitted_projects(state: &State, call: &Call) -> Outcome {
    let keys = call.texts("permissions");
    known(&keys.iter().map(String::as_str).collect::<Vec<&str>>())?;
    let live = state.jira.projects.values().filter(|project| project.deleted.is_none() && project.archived.is_none());
    let found = live.filter(|project| keys.iter().all(|key| granted(state, ORGANIZATION_ADMIN, key, Some(project.id), None)));
    Ok(Reply::ok(json!({"projects": found.map(|project| json!({"id": project.id, "key": project.key})).collect::<Vec<Value>>()})))
}
