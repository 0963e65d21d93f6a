//! The values that an issue has in a field.

use std::borrow::Cow;

use serde_json::Value;

use super::super::super::clock::{self, DAY};
use super::super::super::service_management::{approval_words, jira_fields};
use super::super::issue::spent;
use super::super::store::Issue;
use super::super::{custom, rich_text};
use super::fields::{Field, Kind, Source};
use super::{Atom, dates};
use crate::sandbox::store::State;

pub(super) fn read<'s>(state: &'s State, field: &Field<'s>, issue: &'s Issue) -> Vec<Atom<'s>> {
    match &field.source {
        Source::System(name) => system(state, name, issue),
        Source::Custom(of) if of.kind.ends_with(":gh-epic-link") => {
            let epic = |id: &u64| {
                let kind = state.jira.issues.get(id).and_then(|parent| state.jira.issue_types.get(&parent.issue_type));
                kind.is_some_and(|kind| kind.level == 1)
            };
            issue.parent.filter(epic).map(Atom::id).into_iter().collect()
        }
        Source::Custom(_) if field.kind == Kind::Sprint => issue.sprints.iter().copied().map(Atom::id).collect(),
        Source::Custom(_) if field.kind == Kind::Approvals => {
            approval_words(state, issue).into_iter().map(|word| Atom::Text(word.into())).collect()
        }
        Source::Custom(of) if field.kind == Kind::Goal => {
            jira_fields::time_states(state, issue, &of.name).into_iter().map(|word| Atom::Text(word.into())).collect()
        }
        Source::Custom(_) if field.kind == Kind::Rank => vec![text(&issue.rank)],
        Source::Custom(of) => {
            let values = match issue.custom.get(&of.id) {
                None | Some(Value::Null) => return Vec::new(),
                Some(Value::Array(values)) => values.as_slice(),
                Some(value) => std::slice::from_ref(value),
            };
            values.iter().flat_map(|value| of_custom(field.kind, value)).collect()
        }
        Source::Property(key, path) => {
            let found = path.iter().try_fold(issue.properties.get(key), |value, step| value.map(|value| value.get(step)));
            let values = match found.flatten() {
                None | Some(Value::Null) => return Vec::new(),
                Some(Value::Array(values)) => values.as_slice(),
                Some(value) => std::slice::from_ref(value),
            };
            values.iter().filter_map(plain).collect()
        }
    }
}

fn text(text: &str) -> Atom<'_> {
    Atom::Text(Cow::Borrowed(text))
}

fn ids<'s>(ids: impl IntoIterator<Item = &'s u64>) -> Vec<Atom<'s>> {
    ids.into_iter().copied().map(Atom::id).collect()
}

fn texts<'s>(texts: impl IntoIterator<Item = &'s String>) -> Vec<Atom<'s>> {
    texts.into_iter().map(|one| text(one)).collect()
}

fn moment(ms: impl Into<Option<i64>>) -> Vec<Atom<'static>> {
    ms.into().map(|ms| Atom::Number(ms as f64)).into_iter().collect()
}

fn amount(amount: impl Into<Option<u64>>) -> Vec<Atom<'static>> {
    amount.into().map(Atom::id).into_iter().collect()
}

fn document<'s>(document: Option<&'s Value>) -> Vec<Atom<'s>> {
    document
        .filter(|document| !document.is_null())
        .map(|document| Atom::Text(Cow::Owned(rich_text::to_text(document))))
        .into_iter()
        .collect()
}

fn system<'s>(state: &'s State, name: &str, issue: &'s Issue) -> Vec<Atom<'s>> {
    let jira = &state.jira;
    let project = jira.projects.get(&issue.project);
    match name {
        "project" => vec![Atom::id(issue.project)],
        "category" => project.and_then(|project| project.category).map(Atom::id).into_iter().collect(),
        "projectType" => project.map(|project| text(&project.kind)).into_iter().collect(),
        "issuekey" => vec![Atom::id(issue.id)],
        "issuetype" => vec![Atom::id(issue.issue_type)],
        "status" => vec![Atom::id(issue.status)],
        "statusCategory" => jira.statuses.get(&issue.status).map(|status| text(&status.category)).into_iter().collect(),
        "priority" => vec![Atom::id(issue.priority)],
        "resolution" => amount(issue.resolution),
        "assignee" => texts(&issue.assignee),
        "reporter" => texts(&issue.reporter),
        "creator" => vec![text(&issue.creator)],
        "watcher" => texts(&issue.watchers),
        "voter" => texts(&issue.voters),
        "worklogAuthor" => issue.worklogs.iter().map(|worklog| text(&worklog.author)).collect(),
        "summary" => vec![text(&issue.summary)],
        "description" => document(issue.description.as_ref()),
        "environment" => document(issue.environment.as_ref()),
        "comment" => issue.comments.iter().flat_map(|comment| document(Some(&comment.body))).collect(),
        "worklogComment" => issue.worklogs.iter().flat_map(|worklog| document(worklog.comment.as_ref())).collect(),
        "text" => every_text(state, issue),
        "labels" => issue.labels.iter().map(|label| Atom::Text(label.to_lowercase().into())).collect(),
        "component" => ids(&issue.components),
        "fixVersion" => ids(&issue.fix_versions),
        "affectedVersion" => ids(&issue.versions),
        "created" => moment(issue.created),
        "updated" => moment(issue.updated),
        "resolved" => moment(issue.resolved),
        "statusCategoryChangedDate" => moment(issue.status_changed),
        "due" => moment(issue.due.as_deref().and_then(dates::day)),
        "worklogDate" => issue.worklogs.iter().flat_map(|worklog| moment(worklog.started.div_euclid(DAY) * DAY)).collect(),
        "parent" => amount(issue.parent),
        "linkedIssue" => {
            let ends = jira.links.values().filter_map(|link| match issue.id {
                id if id == link.from => Some(link.to),
                id if id == link.to => Some(link.from),
                _ => None,
            });
            ends.map(Atom::id).collect()
        }
        // As the issue has it: "blocks" or "is blocked by", and the name of both.
        "issueLinkType" => {
            let mut names = Vec::new();
            for link in jira.links.values().filter(|link| link.from == issue.id || link.to == issue.id) {
                if let Some(kind) = jira.link_types.get(&link.kind) {
                    let way = if link.from == issue.id { &kind.outward } else { &kind.inward };
                    names.extend([&kind.name, way].map(|name| Atom::Text(name.to_lowercase().into())));
                }
            }
            names
        }
        "watchers" => amount(issue.watchers.len() as u64),
        "votes" => amount(issue.voters.len() as u64),
        "hierarchyLevel" => jira.issue_types.get(&issue.issue_type).map(|kind| Atom::Number(kind.level as f64)).into_iter().collect(),
        "workRatio" => {
            let estimate = issue.original_estimate.filter(|estimate| *estimate > 0);
            amount(estimate.map(|estimate| spent(issue).unwrap_or_default().saturating_mul(100) / estimate))
        }
        "originalEstimate" => amount(issue.original_estimate),
        "remainingEstimate" => amount(issue.remaining_estimate),
        "timeSpent" => amount(spent(issue)),
        "attachments" => issue.attachments.iter().map(|attachment| Atom::id(attachment.id)).collect(),
        // Nobody looks at issues of the box, and none of them is secret.
        _ => Vec::new(),
    }
}

fn every_text<'s>(state: &'s State, issue: &'s Issue) -> Vec<Atom<'s>> {
    let mut all = vec![text(&issue.summary)];
    all.extend(document(issue.description.as_ref()));
    all.extend(document(issue.environment.as_ref()));
    all.extend(issue.comments.iter().flat_map(|comment| document(Some(&comment.body))));
    for (id, value) in &issue.custom {
        if let Some(kind) = state.jira.fields.get(id).map(|field| field.kind())
            && matches!(kind, custom::Kind::Text | custom::Kind::RichText)
        {
            all.extend(of_custom(Kind::Text, value));
        }
    }
    all
}

/// A value that properties and custom fields keep as it is.
fn plain<'s>(value: &'s Value) -> Option<Atom<'s>> {
    match value {
        Value::String(text) => Some(Atom::Text(text.to_lowercase().into())),
        Value::Number(number) => number.as_f64().map(Atom::Number),
        Value::Bool(yes) => Some(text(if *yes { "true" } else { "false" })),
        _ => None,
    }
}

fn of_custom<'s>(kind: Kind, value: &'s Value) -> Vec<Atom<'s>> {
    let id = |value: &Value| custom::reference(value).and_then(|id| id.parse().ok()).map(Atom::id);
    match kind {
        Kind::Option | Kind::Version | Kind::Project | Kind::RequestType => id(value).into_iter().collect(),
        // A choice below another is also one of the other.
        Kind::Cascade => id(value).into_iter().chain(value.get("child").and_then(id)).collect(),
        Kind::Person | Kind::Group | Kind::Team => custom::reference(value).map(|id| Atom::Text(id.into())).into_iter().collect(),
        Kind::Text if rich_text::is_document(value) => document(Some(value)),
        Kind::Date => value.as_str().and_then(dates::day).map(|ms| Atom::Number(ms as f64)).into_iter().collect(),
        Kind::Datetime => value.as_str().and_then(clock::parse).map(|ms| Atom::Number(ms as f64)).into_iter().collect(),
        Kind::Text => value.as_str().map(text).into_iter().collect(),
        _ if value.is_object() => {
            let names = ["id", "name"].iter().filter_map(|key| value.get(*key)).filter_map(Value::as_str);
            names.map(|name| Atom::Text(name.to_lowercase().into())).collect()
        }
        _ => plain(value).into_iter().collect(),
    }
}
