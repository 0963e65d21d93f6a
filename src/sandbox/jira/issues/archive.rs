//! Archived issues can be read, and are found no more; sub-tasks go with their parents.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::super::tasks::{self, Work};
use super::super::issue;
use super::super::jql;
use super::super::store::{Issue, IssueType};

const MOST: usize = 1_000;

pub fn archive(state: &mut State, call: &Call) -> Outcome {
    set(state, call, true)
}

pub fn unarchive(state: &mut State, call: &Call) -> Outcome {
    set(state, call, false)
}

/// All that a query finds, in the background; answers where the task tells of itself.
pub fn archive_by_jql(state: &mut State, call: &Call) -> Outcome {
    const MOST: usize = 100_000;
    let ids = jql::ids(state, call.text("jql").unwrap_or_default())?;
    if ids.is_empty() || ids.len() > MOST {
        return Err(Refusal::new(400, "", format!("The query must find between 1 and {MOST} issues.")));
    }
    let begun = tasks::begin(state, call, "Task", Work::ArchiveIssues, json!({"ids": ids}), json!({}))?;
    let place = begun.headers.iter().find(|(name, _)| name == "location").map(|(_, place)| format!("{}{place}", state.url));
    Ok(Reply::new(202, json!(place)))
}

/// Sub-tasks go with their parents.
pub fn put_away(state: &mut State, ids: &[u64]) -> u64 {
    let mut count = 0;
    for issue in state.jira.issues.values_mut().filter(|issue| !issue.archived) {
        if ids.contains(&issue.id) || issue.parent.is_some_and(|parent| ids.contains(&parent)) && is_subtask(&state.jira.issue_types, issue)
        {
            issue.archived = true;
            count += 1;
        }
    }
    count
}

fn is_subtask(kinds: &BTreeMap<u64, IssueType>, issue: &Issue) -> bool {
    kinds.get(&issue.issue_type).is_some_and(|kind| kind.level < 0)
}

fn set(state: &mut State, call: &Call, archived: bool) -> Outcome {
    let names = call.texts("issueIdsOrKeys");
    let (mut ids, mut unknown, mut subtasks) = (Vec::new(), Vec::new(), Vec::new());
    for name in names.iter().take(MOST) {
        match state.jira.issue_named(name) {
            None => unknown.push(name.clone()),
            Some(issue) if is_subtask(&state.jira.issue_types, issue) => subtasks.push(name.clone()),
            Some(issue) => {
                ids.push(issue.id);
                ids.extend(issue::subtasks(state, issue).map(|child| child.id));
            }
        }
    }
    let mut updated = 0;
    for id in ids {
        if let Some(issue) = state.jira.issues.get_mut(&id).filter(|issue| issue.archived != archived) {
            issue.archived = archived;
            updated += 1;
        }
    }
    let mut errors = Map::new();
    let reasons =
        [("issuesNotFound", unknown, "These issues do not exist."), ("issueIsSubtask", subtasks, "Sub-tasks go with their parents only.")];
    for (key, names, message) in reasons.into_iter().filter(|(_, names, _)| !names.is_empty()) {
        errors.insert(key.to_owned(), json!({"count": names.len(), "issueIdsOrKeys": names, "message": message}));
    }
    if names.len() > MOST {
        return Err(Refusal::new(412, "", format!("More than {MOST} issues were named: the first {MOST} were looked at.")));
    }
    if updated == 0 && !errors.is_empty() {
        return Err(Refusal::new(400, "", "None of the issues can be changed so.")
            .context(errors.into_iter().map(|(key, value)| (key, value.get("message").cloned().unwrap_or_default())).collect::<Value>()));
    }
    Ok(Reply::ok(json!({"numberOfIssuesUpdated": updated, "errors": errors})))
}
