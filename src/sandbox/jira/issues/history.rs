//! Changes of issues, and the changelog that each of them leaves. What changed is found by holding the issue beside what it was.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::super::store::State;
use super::super::custom::{self, Kind};
use super::super::issue::spent;
use super::super::rich_text;
use super::super::store::{Change, ChangeItem, Issue};

/// Changes an issue, in the name of `author`: the changelog, the time of the update and the times that hang on status and resolution
/// follow by themselves. Comments and worklogs that were added with the id 0 get theirs. Nothing happens if nobody has the id.
pub fn change(state: &mut State, id: u64, author: &str, edit: impl FnOnce(&mut Issue)) {
    let Some(mut draft) = state.jira.issues.get(&id).cloned() else { return };
    edit(&mut draft);
    save(state, draft, author);
}

/// Puts a changed copy of an issue in the place of what it was.
pub fn save(state: &mut State, mut draft: Issue, author: &str) {
    let now = state.now();
    let Some(before) = state.jira.issues.get(&draft.id) else { return };
    let mut last = state.jira.last;
    let mut number = |id: &mut u64| {
        if *id == 0 {
            last += 1;
            *id = last;
        }
    };
    draft.comments.iter_mut().for_each(|comment| number(&mut comment.id));
    draft.worklogs.iter_mut().for_each(|worklog| number(&mut worklog.id));
    if draft.resolution != before.resolution {
        draft.resolved = draft.resolution.map(|_| now);
    }
    let category = |id| state.jira.statuses.get(&id).map(|status| status.category.as_str());
    if category(draft.status) != category(before.status) {
        draft.status_changed = now;
    }
    let items = differences(state, before, &draft);
    if !items.is_empty() {
        last += 1;
        draft.history.push(Change { id: last, author: author.to_owned(), created: now, items });
    }
    draft.updated = now;
    state.jira.last = last;
    state.jira.issues.insert(draft.id, draft);
}

/// A change that the issue itself does not show, such as a link.
pub fn record(state: &mut State, id: u64, author: &str, items: Vec<ChangeItem>) {
    let (change, now) = (state.jira.next(), state.now());
    if let Some(issue) = state.jira.issues.get_mut(&id) {
        issue.updated = now;
        issue.history.push(Change { id: change, author: author.to_owned(), created: now, items });
    }
}

/// (id, words): one of the two sides of a change.
type Side = (Option<String>, Option<String>);

/// A field that is a list of ids.
type Ids = fn(&Issue) -> &Vec<u64>;

/// What changed between two states of an issue, as changelogs tell it.
fn differences(state: &State, before: &Issue, after: &Issue) -> Vec<ChangeItem> {
    let jira = &state.jira;
    let mut items = Vec::new();
    let mut put = |field: &str, field_id: &str, (from, from_text): Side, (to, to_text): Side| {
        items.push(ChangeItem { field: field.to_owned(), field_id: field_id.to_owned(), from, from_text, to, to_text });
    };
    let mut one = |field: &str, field_id: &str, side: &dyn Fn(&Issue) -> Side| {
        let (from, to) = (side(before), side(after));
        if from != to {
            put(field, field_id, from, to);
        }
    };
    let key = |id: u64| jira.issues.get(&id).map(|issue| jira.key(issue));
    let text = |document: &Option<Value>| (None, document.as_ref().map(rich_text::to_text));
    let person = |id: &Option<String>| (id.clone(), id.as_deref().and_then(|id| state.account(id)).map(|account| account.name.clone()));
    let seconds = |value: Option<u64>| (value.map(|value| value.to_string()), value.map(|value| value.to_string()));

    one("project", "project", &|issue| {
        (Some(issue.project.to_string()), jira.projects.get(&issue.project).map(|project| project.name.clone()))
    });
    one("Key", "", &|issue| (None, Some(jira.key(issue))));
    one("issuetype", "issuetype", &|issue| {
        (Some(issue.issue_type.to_string()), jira.issue_types.get(&issue.issue_type).map(|kind| kind.name.clone()))
    });
    one("summary", "summary", &|issue| (None, Some(issue.summary.clone())));
    one("description", "description", &|issue| text(&issue.description));
    one("environment", "environment", &|issue| text(&issue.environment));
    one("assignee", "assignee", &|issue| person(&issue.assignee));
    one("reporter", "reporter", &|issue| person(&issue.reporter));
    one("priority", "priority", &|issue| {
        (Some(issue.priority.to_string()), jira.priorities.get(&issue.priority).map(|priority| priority.name.clone()))
    });
    one("labels", "labels", &|issue| (Some(String::new()), Some(issue.labels.iter().map(String::as_str).collect::<Vec<_>>().join(" "))));
    one("duedate", "duedate", &|issue| (issue.due.clone(), issue.due.as_ref().map(|due| format!("{due} 00:00:00.0"))));
    one("IssueParentAssociation", "", &|issue| (issue.parent.map(|id| id.to_string()), issue.parent.and_then(key)));
    one("timeoriginalestimate", "timeoriginalestimate", &|issue| seconds(issue.original_estimate));
    one("timeestimate", "timeestimate", &|issue| seconds(issue.remaining_estimate));
    one("timespent", "timespent", &|issue| seconds(spent(issue)));
    one("status", "status", &|issue| (Some(issue.status.to_string()), jira.statuses.get(&issue.status).map(|status| status.name.clone())));
    one("resolution", "resolution", &|issue| {
        let name = issue.resolution.and_then(|id| jira.resolutions.get(&id)).map(|resolution| resolution.name.clone());
        (issue.resolution.map(|id| id.to_string()), name)
    });

    let named = |id: u64, side: &Issue| -> Side {
        let project = jira.projects.get(&side.project);
        let version = project.and_then(|project| project.versions.get(&id)).map(|version| version.name.clone());
        let component = || project.and_then(|project| project.components.get(&id)).map(|component| component.name.clone());
        (Some(id.to_string()), version.or_else(component))
    };
    // Lists leave a line for each that went or came.
    let lists: [(&str, &str, Ids); 3] = [
        ("Component", "components", |issue| &issue.components),
        ("Fix Version", "fixVersions", |issue| &issue.fix_versions),
        ("Version", "versions", |issue| &issue.versions),
    ];
    for (field, field_id, list) in lists {
        for gone in list(before).iter().filter(|id| !list(after).contains(id)) {
            put(field, field_id, named(*gone, before), (None, None));
        }
        for new in list(after).iter().filter(|id| !list(before).contains(id)) {
            put(field, field_id, (None, None), named(*new, after));
        }
    }
    for gone in before.attachments.iter().filter(|one| after.attachments.iter().all(|kept| kept.id != one.id)) {
        put("Attachment", "attachment", (Some(gone.id.to_string()), Some(gone.file_name.clone())), (None, None));
    }
    for new in after.attachments.iter().filter(|one| before.attachments.iter().all(|kept| kept.id != one.id)) {
        put("Attachment", "attachment", (None, None), (Some(new.id.to_string()), Some(new.file_name.clone())));
    }

    let changed: BTreeSet<&String> = (before.custom.keys().chain(after.custom.keys()))
        .filter(|id| before.custom.get(*id).filter(|value| !value.is_null()) != after.custom.get(*id).filter(|value| !value.is_null()))
        .collect();
    for field in changed.into_iter().filter_map(|id| jira.fields.get(id)) {
        let side = |issue: &Issue| -> Side {
            let value = issue.custom.get(&field.id).unwrap_or(&Value::Null);
            let refers = !matches!(field.kind(), Kind::Text | Kind::RichText | Kind::Number | Kind::Url | Kind::Labels | Kind::Other);
            (if refers { ids(value) } else { None }, custom::words(state, field, value))
        };
        put(&field.name, &field.id, side(before), side(after));
    }
    if before.sprints != after.sprints {
        let field = jira.fields.values().find(|field| field.kind() == Kind::Sprint);
        let (name, id) = field.map_or(("Sprint", "customfield_10020"), |field| (&field.name, &field.id));
        let side = |issue: &Issue| {
            let list = |part: &dyn Fn(u64) -> String| issue.sprints.iter().map(|id| part(*id)).collect::<Vec<_>>().join(", ");
            (Some(list(&|id| id.to_string())), Some(list(&|id| custom::sprint_name(state, id))))
        };
        put(name, id, side(before), side(after));
    }
    if before.rank != after.rank {
        let higher = after.rank < before.rank;
        let field = jira.fields.values().find(|field| field.kind.ends_with(":gh-lexo-rank"));
        let words = if higher { "Ranked higher" } else { "Ranked lower" };
        let empty = || Some(String::new());
        put("Rank", field.map_or("customfield_10019", |field| &field.id), (empty(), empty()), (empty(), Some(words.to_owned())));
    }
    items
}

/// "10100", "[10100, 10101]"
fn ids(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Array(values) => Some(format!("[{}]", values.iter().filter_map(custom::reference).collect::<Vec<_>>().join(", "))),
        one => custom::reference(one),
    }
}
