//! People are found: by a part of their name, by what they may do, by what they did.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::super::admin::Account;
use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::Issue;
use super::page::{self, Window, bad, missing};
use super::permissions::{self, granted};
use super::projects::project;
use super::users::{is_member, properties};
use super::view::{View, is_active};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/users", |state, call| everyone(state, call)),
    ("GET /rest/api/3/users/search", |state, call| everyone(state, call)),
    ("GET /rest/api/3/user/search", |state, call| search(state, call)),
    ("GET /rest/api/3/user/assignable/search", |state, call| assignable(state, call)),
    ("GET /rest/api/3/user/assignable/multiProjectSearch", |state, call| assignable_everywhere(state, call)),
    ("GET /rest/api/3/user/viewissue/search", |state, call| permitted(state, call, "BROWSE_PROJECTS")),
    ("GET /rest/api/3/user/permission/search", |state, call| permitted(state, call, call.query("permissions").unwrap_or_default())),
    ("GET /rest/api/3/user/picker", |state, call| picker(state, call)),
    ("GET /rest/api/3/user/search/query", |state, call| {
        let (view, found) = (View::new(state, call), by_query(state, call)?);
        Ok(Reply::ok(page::page(state, call, found, (100, 1_000), |account| view.account(account))?))
    }),
    ("GET /rest/api/3/user/search/query/key", |state, call| {
        let found = by_query(state, call)?;
        Ok(Reply::ok(page::page(state, call, found, (100, 1_000), |account| json!({"accountId": account.id, "key": account.id}))?))
    }),
];

/// Every account that has to do with the site, in the order of names.
fn members(state: &State) -> Vec<&Account> {
    let mut found: Vec<&Account> = state.accounts.iter().filter(|account| is_member(account)).collect();
    found.sort_by(|left, right| left.name.cmp(&right.name).then_with(|| left.id.cmp(&right.id)));
    found
}

/// A plain list: it ends where it has less than was asked for.
fn answer(state: &State, call: &Call, found: Vec<&Account>, most: usize) -> Outcome {
    let view = View::new(state, call);
    let window = Window::of(call, 50, most)?;
    let shown = if call.empty_page { Vec::new() } else { window.cut(found) };
    Ok(Reply::ok(shown.into_iter().map(|account| view.account(account)).collect()))
}

fn everyone(state: &State, call: &Call) -> Outcome {
    answer(state, call, members(state), 1_000)
}

/// Begins with the text, as a whole or in one of its words; or has the text in its address.
pub fn matches(account: &Account, text: &str) -> bool {
    let (text, name) = (text.to_lowercase(), account.name.to_lowercase());
    let email = account.email.to_lowercase();
    name.starts_with(&text)
        || name.split([' ', '-', '.']).any(|word| word.starts_with(&text))
        || (account.kind != "app"
            && (email.starts_with(&text) || email.split_once('@').is_some_and(|(_, domain)| domain.starts_with(&text))))
}

/// Those that the query's text or account id fits.
fn fitting<'a>(state: &'a State, call: &Call) -> Result<Vec<&'a Account>, Refusal> {
    if call.query("username").is_some() {
        return Err(bad("Users are known by accountId; username is not taken any more."));
    }
    let (text, id) = (call.query("query"), call.query("accountId"));
    let fits =
        |account: &&Account| is_active(account) && id.is_none_or(|id| account.id == id) && text.is_none_or(|text| matches(account, text));
    Ok(members(state).into_iter().filter(fits).collect())
}

fn search(state: &State, call: &Call) -> Outcome {
    if ["query", "accountId", "property"].iter().all(|key| call.query(key).is_none()) {
        return Err(bad("One of query, accountId and property is required."));
    }
    let mut found = fitting(state, call)?;
    if let Some(property) = call.query("property") {
        let (path, wanted) = property.split_once('=').unwrap_or((property, ""));
        found.retain(|account| property_is(state, account, path, wanted));
    }
    answer(state, call, found, 1_000)
}

/// "thepropertykey.something.nested" of the account is this value.
fn property_is(state: &State, account: &Account, path: &str, wanted: &str) -> bool {
    let mut steps = path.split('.');
    let first = properties(state, &account.id).and_then(|known| known.get(steps.next().unwrap_or_default()));
    let value = steps.try_fold(first, |value, step| Some(value?.get(step))).flatten();
    match value {
        Some(Value::String(text)) => text == wanted,
        // Numbers, flags and the like are written as in JSON.
        Some(other) => serde_json::from_str::<Value>(wanted).is_ok_and(|wanted| wanted == *other),
        None => false,
    }
}

fn can_be_assigned(state: &State, account: &Account, project: u64) -> bool {
    account.kind == "atlassian" && granted(state, &account.id, "ASSIGNABLE_USER", Some(project), None)
}

/// The issue that a query names, with its project.
fn issue<'a>(state: &'a State, call: &Call) -> Result<Option<&'a Issue>, Refusal> {
    let Some(key) = call.query("issueKey").or_else(|| call.query("issueId")) else { return Ok(None) };
    state.jira.issue_named(key).map(Some).ok_or_else(|| missing("issue", key))
}

fn assignable(state: &State, call: &Call) -> Outcome {
    let project = match (issue(state, call)?, call.query("project")) {
        (Some(issue), _) => issue.project,
        (None, Some(key)) => project(state, key)?.id,
        (None, None) => return Err(bad("One of project, issueKey and issueId is required.")),
    };
    let mut found = fitting(state, call)?;
    found.retain(|account| can_be_assigned(state, account, project));
    answer(state, call, found, 1_000)
}

fn assignable_everywhere(state: &State, call: &Call) -> Outcome {
    let projects: Vec<u64> =
        call.queries("projectKeys").iter().map(|key| project(state, key).map(|project| project.id)).collect::<Result<_, _>>()?;
    let mut found = fitting(state, call)?;
    found.retain(|account| projects.iter().all(|project| can_be_assigned(state, account, *project)));
    answer(state, call, found, 1_000)
}

/// Those who have all of these permissions.
fn permitted(state: &State, call: &Call, wanted: &str) -> Outcome {
    let issue = issue(state, call)?;
    let project = match (issue, call.query("projectKey")) {
        (Some(issue), _) => Some(issue.project),
        (None, Some(key)) => Some(project(state, key)?.id),
        (None, None) => return Err(bad("One of issueKey and projectKey is required.")),
    };
    let wanted: Vec<&str> = wanted.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    permissions::known(&wanted)?;
    let mut found = fitting(state, call)?;
    found.retain(|account| wanted.iter().all(|key| granted(state, &account.id, key, project, issue)));
    answer(state, call, found, 1_000)
}

/// A person as pickers show them, the text that fits set off.
pub fn picked(account: &Account, text: &str, avatar: bool) -> Value {
    let html = match account.name.to_lowercase().find(&text.to_lowercase()) {
        Some(start) if !text.is_empty() && account.name.is_ascii() => {
            let (before, rest) = account.name.split_at(start);
            let (inside, after) = rest.split_at(text.len().min(rest.len()));
            format!("{before}<strong>{inside}</strong>{after}")
        }
        _ => account.name.clone(),
    };
    let mut body = json!({"accountId": account.id, "accountType": account.kind, "displayName": account.name, "html": html});
    if avatar {
        page::put(&mut body, "avatarUrl", json!(format!("{}&s=16", account.picture())));
    }
    body
}

/// What pickers say above their lists.
pub fn header(shown: usize, total: usize, what: &str) -> String {
    format!("Showing {shown} of {total} {what}")
}

fn picker(state: &State, call: &Call) -> Outcome {
    let text = call.query("query").unwrap_or_default();
    let without = call.queries("excludeAccountIds");
    let found: Vec<&Account> = members(state)
        .into_iter()
        .filter(|account| is_active(account) && matches(account, text) && !without.contains(&account.id))
        .collect();
    let shown = found.iter().take(Window::of(call, 50, 1_000)?.size);
    let users: Vec<Value> = shown.map(|account| picked(account, text, call.query("showAvatar") == Some("true"))).collect();
    Ok(Reply::ok(json!({"header": header(users.len(), found.len(), "matching users"), "total": found.len(), "users": users})))
}

/// `is assignee of PROJ AND [key].path is "value"`: statements in a row, joined by one of the two words.
fn by_query<'a>(state: &'a State, call: &Call) -> Result<Vec<&'a Account>, Refusal> {
    let text = call.query("query").unwrap_or_default();
    let mut any = false;
    let mut allowed: Option<BTreeSet<String>> = None;
    let mut rest = text.trim();
    loop {
        let (statement, joined, after) = split(rest);
        let found = people(state, statement)?;
        allowed = Some(match allowed {
            None => found,
            Some(before) if any => before.union(&found).cloned().collect(),
            Some(before) => before.intersection(&found).cloned().collect(),
        });
        match joined {
            None => break,
            Some(or) => (any, rest) = (or, after),
        }
    }
    let allowed = allowed.unwrap_or_default();
    Ok(members(state).into_iter().filter(|account| allowed.contains(&account.id)).collect())
}

/// One statement, whether OR follows it, and what follows that.
fn split(text: &str) -> (&str, Option<bool>, &str) {
    let upper = text.to_ascii_uppercase();
    let at = |word: &str| upper.find(word).map(|place| (place, word.len(), word == " OR "));
    match [at(" AND "), at(" OR ")].into_iter().flatten().min() {
        Some((place, length, or)) => {
            let (statement, after) = text.split_at(place);
            (statement.trim(), Some(or), after.get(length..).unwrap_or_default().trim())
        }
        None => (text.trim(), None, ""),
    }
}

/// The people that one statement tells of.
fn people(state: &State, statement: &str) -> Result<BTreeSet<String>, Refusal> {
    let wrong = || bad(format!("The statement \"{statement}\" is not understood."));
    if let Some(rest) = statement.strip_prefix('[') {
        let (key, rest) = rest.split_once(']').ok_or_else(wrong)?;
        let (path, value) = rest.split_once(" is ").ok_or_else(wrong)?;
        let path = format!("{key}{}", path.trim());
        let value = value.trim().trim_matches('"');
        return Ok(members(state)
            .into_iter()
            .filter(|account| property_is(state, account, &path, value))
            .map(|account| account.id.clone())
            .collect());
    }
    let rest = statement.strip_prefix("is ").ok_or_else(wrong)?;
    let (role, names) = rest.split_once(" of ").ok_or_else(wrong)?;
    let names = names.trim().trim_start_matches('(').trim_end_matches(')').split(',').map(str::trim);
    let mut found = BTreeSet::new();
    for name in names {
        let of_project = project(state, name).ok().map(|project| project.id);
        let one = if of_project.is_none() {
            Some(state.jira.issue_named(name).ok_or_else(|| bad(format!("{name} is neither a project nor an issue.")))?.id)
        } else {
            None
        };
        let issues = state.jira.issues.values().filter(|issue| of_project == Some(issue.project) || one == Some(issue.id));
        for issue in issues {
            match role.trim() {
                "assignee" => found.extend(issue.assignee.clone()),
                "reporter" => found.extend(issue.reporter.clone()),
                "watcher" => found.extend(issue.watchers.iter().cloned()),
                "voter" => found.extend(issue.voters.iter().cloned()),
                "commenter" => found.extend(issue.comments.iter().map(|comment| comment.author.clone())),
                "transitioner" => {
                    let moved = issue.history.iter().filter(|change| change.items.iter().any(|item| item.field_id == "status"));
                    found.extend(moved.map(|change| change.author.clone()));
                }
                _ => return Err(wrong()),
            }
        }
    }
    Ok(found)
}
