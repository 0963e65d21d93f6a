//! Changelogs, of one issue and of many.

use serde_json::{Value, json};

use super::super::super::call::{Call, Outcome};
use super::super::super::paging::Cursor;
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::{issue, shown};
use super::{bean, find};

const PAGE: usize = 100;
const ISSUES: usize = 1_000;
const FIELDS: usize = 10;
/// Changes on a page of many issues' changelogs.
const CHANGES: usize = 1_000;
const MOST_CHANGES: usize = 10_000;

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let root = shown::root(state, call);
    let all = issue.history.iter().map(|change| issue::change(state, change, &root)).collect();
    Ok(Reply::ok(bean(state, call, all, PAGE, PAGE)))
}

pub fn get_many(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let root = shown::root(state, call);
    let ids: Vec<u64> = call.body.get("changelogIds").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect();
    let found: Vec<Value> =
        issue.history.iter().filter(|change| ids.contains(&change.id)).map(|change| issue::change(state, change, &root)).collect();
    Ok(Reply::ok(json!({"startAt": 0, "maxResults": found.len(), "total": found.len(), "histories": found})))
}

pub fn list_for_issues(state: &mut State, call: &Call) -> Outcome {
    let names = call.texts("issueIdsOrKeys");
    let fields = call.texts("fieldIds");
    if names.is_empty() || names.len() > ISSUES || fields.len() > FIELDS {
        return Err(Refusal::new(400, "", format!("Between 1 and {ISSUES} issues are named, and no more than {FIELDS} fields.")));
    }
    let limit = match call.body.get("maxResults").map(Value::as_u64) {
        None => CHANGES,
        Some(Some(limit)) if (1..=MOST_CHANGES as u64).contains(&limit) => usize::try_from(limit).unwrap_or(CHANGES),
        Some(_) => return Err(Refusal::new(400, "", format!("maxResults must lie between 1 and {MOST_CHANGES}."))),
    };
    let start = match call.text("nextPageToken") {
        None | Some("") => 0,
        Some(token) => {
            let cursor = Cursor::decode("changelogs", token).ok_or_else(|| Refusal::new(400, "", "The nextPageToken is not valid."))?;
            cursor.after.and_then(|after| after.parse().ok()).unwrap_or(0)
        }
    };
    let root = shown::root(state, call);
    let mut issues: Vec<_> = names.iter().filter_map(|name| state.jira.issue_named(name)).collect();
    issues.sort_by_key(|issue| issue.id);
    issues.dedup_by_key(|issue| issue.id);
    let wanted = issues.iter().flat_map(|issue| issue.history.iter().map(move |change| (issue.id, change)));
    let wanted = wanted.filter(|(_, change)| fields.is_empty() || change.items.iter().any(|item| fields.contains(&item.field_id)));
    let mut left = wanted.skip(start);
    let mut shown: Vec<(u64, Vec<Value>)> = Vec::new();
    for (id, change) in left.by_ref().take(limit) {
        let body = issue::change(state, change, &root);
        match shown.last_mut().filter(|(last, _)| *last == id) {
            Some((_, changes)) => changes.push(body),
            None => shown.push((id, vec![body])),
        }
    }
    let shown: Vec<Value> = shown.into_iter().map(|(id, changes)| json!({"issueId": id.to_string(), "changeHistories": changes})).collect();
    let mut body = json!({"issueChangeLogs": if call.empty_page { Vec::new() } else { shown }});
    if let (Some(object), Some(_)) = (body.as_object_mut(), left.next()) {
        let mut cursor = Cursor::start(Value::Null);
        cursor.after = Some((start + limit).to_string());
        object.insert("nextPageToken".to_owned(), json!(cursor.encode("changelogs")));
    }
    Ok(Reply::ok(body))
}
