//! Worklogs, and what they do to the remaining estimate.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::clock;
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::issue::{self, has_documents};
use super::super::store::{Issue, Worklog};
use super::fields::{self, Draft, LONGEST, Verb, seconds};
use super::{find, history, number, page, properties};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/issue/{}/worklog", list),
    ("POST /rest/api/3/issue/{}/worklog", add),
    ("DELETE /rest/api/3/issue/{}/worklog", delete_many),
    ("POST /rest/api/3/issue/{}/worklog/move", move_many),
    ("GET /rest/api/3/issue/{}/worklog/{}", get),
    ("PUT /rest/api/3/issue/{}/worklog/{}", update),
    ("DELETE /rest/api/3/issue/{}/worklog/{}", delete),
    ("GET /rest/api/3/worklog/updated", list_updated),
    ("GET /rest/api/3/worklog/deleted", list_deleted),
    ("POST /rest/api/3/worklog/list", get_many),
    ("POST /rest/internal/api/latest/worklog/bulk", get_many_by_issue),
    ("GET /rest/api/3/issue/{}/worklog/{}/properties", list_properties),
    ("GET /rest/api/3/issue/{}/worklog/{}/properties/{}", get_property),
    ("PUT /rest/api/3/issue/{}/worklog/{}/properties/{}", set_property),
    ("DELETE /rest/api/3/issue/{}/worklog/{}/properties/{}", delete_property),
];

const PAGE: usize = 5_000;
/// Ids that are looked up at a time, and ids on a page of changes.
const IDS: usize = 1_000;

fn body(state: &State, issue: &Issue, worklog: &Worklog, call: &Call) -> Value {
    let mut body = issue::worklog(state, issue, worklog, call);
    if let (Some(object), true) = (body.as_object_mut(), call.queries("expand").iter().any(|part| part == "properties")) {
        object.insert("properties".to_owned(), properties::pairs(&worklog.properties));
    }
    body
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let bound = |key: &str| call.query(key).and_then(|text| text.parse::<i64>().ok());
    let (after, before) = (bound("startedAfter"), bound("startedBefore"));
    let all = (issue.worklogs.iter())
        .filter(|worklog| after.is_none_or(|after| worklog.started > after) && before.is_none_or(|before| worklog.started < before))
        .map(|worklog| body(state, issue, worklog, call))
        .collect();
    Ok(Reply::ok(page(call, "worklogs", all, PAGE, PAGE)))
}

fn locate<'a>(state: &'a State, call: &Call) -> Result<(&'a Issue, &'a Worklog), Refusal> {
    let issue = find(state, call.argument(0))?;
    let id = number(call.argument(1));
    let worklog = issue.worklogs.iter().find(|worklog| worklog.id == id);
    worklog.map(|worklog| (issue, worklog)).ok_or_else(|| unknown(call.argument(1)))
}

fn unknown(id: &str) -> Refusal {
    Refusal::new(404, "", format!("No worklog has the id {id}."))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (issue, worklog) = locate(state, call)?;
    Ok(Reply::ok(body(state, issue, worklog, call)))
}

/// "2026-11-24T10:00:00.000+0000": worklogs know no other form.
fn moment(text: &str) -> Option<i64> {
    let (time, zone) = text.split_at_checked("2026-11-24T10:00:00.000".len())?;
    let has_millis = time.get(19..20) == Some(".");
    let is_offset = zone.len() == 5 && zone.starts_with(['+', '-']) && zone.get(1..)?.bytes().all(|digit| digit.is_ascii_digit());
    if has_millis && is_offset { clock::parse(text) } else { None }
}

/// Puts what was sent into a worklog.
fn read(worklog: &mut Worklog, value: &Value, documents: bool) -> Result<(), (&'static str, String)> {
    let spent = match (value.get("timeSpentSeconds").and_then(Value::as_u64), value.get("timeSpent").and_then(Value::as_str)) {
        (Some(seconds), _) => Some(seconds),
        (None, Some(text)) => Some(seconds(text).ok_or(("timeLogged", format!("'{text}' is no duration such as '3h 20m'.")))?),
        (None, None) => None,
    };
    if let Some(spent) = spent {
        worklog.seconds = spent;
    }
    if worklog.seconds > LONGEST {
        return Err(("timeLogged", "Nobody works for so long.".to_owned()));
    }
    if worklog.seconds < 60 {
        return Err(("timeLogged", "Worklog must not be null, and has at least a minute.".to_owned()));
    }
    if let Some(started) = value.get("started").and_then(Value::as_str) {
        worklog.started = moment(started).ok_or(("started", "A time must be of the form 'yyyy-MM-ddTHH:mm:ss.SSSZ'.".to_owned()))?;
    }
    if let Some(comment) = value.get("comment") {
        worklog.comment = fields::document(comment, documents).map_err(|words| ("comment", words))?;
    }
    if let Some(visibility) = value.get("visibility") {
        worklog.visibility = Some(visibility.clone()).filter(|visibility| !visibility.is_null());
    }
    Ok(())
}

fn new(value: &Value, documents: bool, now: i64) -> Result<Worklog, (&'static str, String)> {
    let mut worklog = Worklog {
        id: 0,
        author: MYSELF.to_owned(),
        update_author: MYSELF.to_owned(),
        comment: None,
        started: now,
        seconds: 0,
        created: now,
        updated: now,
        visibility: None,
        properties: properties::sent(value).map_err(|refusal| ("properties", refusal.detail))?,
    };
    read(&mut worklog, value, documents)?;
    Ok(worklog)
}

fn refuse((field, words): (&'static str, String)) -> Refusal {
    Refusal::fields(&[(field, &words)])
}

/// What becomes of the remaining estimate: `change` are the seconds that it loses by itself.
fn adjust(call: &Call, remaining: Option<u64>, change: i64) -> Result<Option<u64>, Refusal> {
    let duration = |key: &str| {
        let text = call.query(key).and_then(seconds);
        text.ok_or_else(|| Refusal::fields(&[(key, &format!("{key} must be a duration such as '2d 4h'."))]))
    };
    let less = |change: i64| remaining.map(|remaining| remaining.saturating_add_signed(-change));
    match call.query("adjustEstimate") {
        Some("new") => Ok(Some(duration("newEstimate")?)),
        Some("leave") => Ok(remaining),
        Some("manual") if call.route.operation.method == "POST" => Ok(less(i64::try_from(duration("reduceBy")?).unwrap_or(i64::MAX))),
        Some("manual") if call.route.operation.method == "DELETE" => Ok(less(-i64::try_from(duration("increaseBy")?).unwrap_or(i64::MAX))),
        None | Some("auto") => Ok(less(change)),
        Some(other) => Err(Refusal::new(400, "", format!("{other} is no value of adjustEstimate here."))),
    }
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

fn add(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    let (issue, remaining) = (issue.id, issue.remaining_estimate);
    let mut worklog = new(&call.body, has_documents(call), state.now()).map_err(refuse)?;
    let remaining = adjust(call, remaining, signed(worklog.seconds))?;
    worklog.id = state.jira.next();
    let id = worklog.id;
    history::change(state, issue, MYSELF, |issue| {
        issue.worklogs.push(worklog);
        issue.remaining_estimate = remaining;
    });
    let issue = find(state, call.argument(0))?;
    let worklog = issue.worklogs.iter().find(|worklog| worklog.id == id).ok_or_else(|| unknown(""))?;
    Ok(Reply::new(201, body(state, issue, worklog, call)))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let (issue, worklog) = locate(state, call)?;
    let (issue, before, remaining) = (issue.id, worklog.seconds, issue.remaining_estimate);
    let mut worklog = worklog.clone();
    read(&mut worklog, &call.body, has_documents(call)).map_err(refuse)?;
    worklog.properties.extend(properties::sent(&call.body)?);
    worklog.update_author = MYSELF.to_owned();
    worklog.updated = state.now();
    let remaining = adjust(call, remaining, signed(worklog.seconds) - signed(before))?;
    history::change(state, issue, MYSELF, |issue| {
        issue.remaining_estimate = remaining;
        if let Some(kept) = issue.worklogs.iter_mut().find(|kept| kept.id == worklog.id) {
            *kept = worklog;
        }
    });
    let (issue, worklog) = locate(state, call)?;
    Ok(Reply::ok(body(state, issue, worklog, call)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (issue, worklog) = locate(state, call)?;
    let (issue, id, remaining) = (issue.id, worklog.id, adjust(call, issue.remaining_estimate, -signed(worklog.seconds))?);
    history::change(state, issue, MYSELF, |issue| {
        issue.worklogs.retain(|worklog| worklog.id != id);
        issue.remaining_estimate = remaining;
    });
    forget(state, [id]);
    Ok(Reply::empty(204))
}

/// Notes that worklogs are gone: who keeps a copy asks for it.
pub fn forget(state: &mut State, ids: impl IntoIterator<Item = u64>) {
    let now = state.now();
    state.jira.deleted_worklogs.extend(ids.into_iter().map(|id| (id, now)));
}

fn ids(call: &Call) -> Vec<u64> {
    call.body.get("ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect()
}

/// Takes the named worklogs out of their issue: those that are there, and how many are not.
fn take(state: &mut State, call: &Call) -> Result<(Vec<Worklog>, usize), Refusal> {
    let ids = ids(call);
    if ids.is_empty() || ids.len() > PAGE {
        return Err(Refusal::new(400, "", format!("Between 1 and {PAGE} worklogs are named.")));
    }
    let issue = find(state, call.argument(0))?;
    let found: Vec<Worklog> = issue.worklogs.iter().filter(|worklog| ids.contains(&worklog.id)).cloned().collect();
    if found.is_empty() {
        return Err(Refusal::new(404, "", "The issue has none of these worklogs."));
    }
    let spent = found.iter().map(|worklog| worklog.seconds).sum();
    let (id, remaining) = (issue.id, adjust(call, issue.remaining_estimate, -signed(spent))?);
    history::change(state, id, MYSELF, |issue| {
        issue.worklogs.retain(|worklog| !ids.contains(&worklog.id));
        issue.remaining_estimate = remaining;
    });
    let missing = ids.len() - found.len();
    Ok((found, missing))
}

fn delete_many(state: &mut State, call: &Call) -> Outcome {
    let (gone, missing) = take(state, call)?;
    forget(state, gone.iter().map(|worklog| worklog.id));
    Ok(match missing {
        0 => Reply::empty(204),
        count => Reply::ok(json!({"errorMessages": [format!("{count} of the worklogs are none of the issue's.")], "errors": {}})),
    })
}

fn move_many(state: &mut State, call: &Call) -> Outcome {
    let target = find(state, call.text("issueIdOrKey").unwrap_or_default())?;
    let (id, remaining) = (target.id, target.remaining_estimate);
    let (moved, missing) = take(state, call)?;
    let remaining = adjust(call, remaining, signed(moved.iter().map(|worklog| worklog.seconds).sum()))?;
    history::change(state, id, MYSELF, |issue| {
        issue.worklogs.extend(moved);
        issue.remaining_estimate = remaining;
    });
    // That some were left where they are is told by the status alone.
    Ok(Reply::empty(if missing == 0 { 204 } else { 200 }))
}

/// `worklog` operations of an update: the estimate follows.
pub fn operate(draft: &mut Draft, verb: Verb, value: &Value) -> Result<(), String> {
    let plain = |(_, words): (&'static str, String)| words;
    let issue = &mut draft.issue;
    if verb == Verb::Add {
        let worklog = new(value, draft.documents, draft.now).map_err(plain)?;
        issue.remaining_estimate = issue.remaining_estimate.map(|left| left.saturating_sub(worklog.seconds));
        issue.worklogs.push(worklog);
        return Ok(());
    }
    let id = value.get("id").and_then(fields::text_id).unwrap_or_default();
    let found = issue.worklogs.iter().position(|worklog| worklog.id == id).ok_or_else(|| format!("No worklog has the id {id}."))?;
    if verb == Verb::Remove {
        let gone = issue.worklogs.remove(found);
        issue.remaining_estimate = issue.remaining_estimate.map(|left| left + gone.seconds);
    } else if let Some(worklog) = issue.worklogs.get_mut(found) {
        read(worklog, value, draft.documents).map_err(plain)?;
        worklog.updated = draft.now;
        worklog.update_author = MYSELF.to_owned();
    }
    Ok(())
}

fn every(state: &State) -> impl Iterator<Item = (&Issue, &Worklog)> {
    state.jira.issues.values().flat_map(|issue| issue.worklogs.iter().map(move |worklog| (issue, worklog)))
}

/// Ids with the times of their changes, oldest first.
fn since(state: &State, call: &Call, all: impl Iterator<Item = (u64, i64, Value)>) -> Reply {
    let since = call.query("since").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let mut changes: Vec<(u64, i64, Value)> = all.filter(|(_, when, _)| *when > since).collect();
    changes.sort_by_key(|(id, when, _)| (*when, *id));
    let last = changes.len() <= IDS;
    // What changed at one moment stays together: the next page begins behind it.
    let end = changes.get(IDS.saturating_sub(1)).filter(|_| !last).map(|(_, when, _)| *when);
    changes.retain(|(_, when, _)| end.is_none_or(|end| *when <= end));
    let until = changes.last().map_or(since, |(_, when, _)| *when);
    let address = |since: i64| format!("{}{}?since={since}", state.url, call.path);
    let values: Vec<Value> = (changes.into_iter())
        .map(|(id, when, properties)| json!({"worklogId": id, "updatedTime": when, "properties": properties}))
        .collect();
    let mut body = json!({"values": values, "since": since, "until": until, "self": address(since), "lastPage": last});
    if let (Some(object), false) = (body.as_object_mut(), last) {
        object.insert("nextPage".to_owned(), json!(address(until)));
    }
    Reply::ok(body)
}

fn list_updated(state: &mut State, call: &Call) -> Outcome {
    let expands = call.queries("expand").iter().any(|part| part == "properties");
    let shown = |worklog: &Worklog| if expands { properties::pairs(&worklog.properties) } else { json!([]) };
    Ok(since(state, call, every(state).map(|(_, worklog)| (worklog.id, worklog.updated, shown(worklog)))))
}

fn list_deleted(state: &mut State, call: &Call) -> Outcome {
    let gone: &BTreeMap<u64, i64> = &state.jira.deleted_worklogs;
    Ok(since(state, call, gone.iter().map(|(id, when)| (*id, *when, json!([])))))
}

fn get_many(state: &mut State, call: &Call) -> Outcome {
    let ids = ids(call);
    if ids.is_empty() || ids.len() > IDS {
        return Err(Refusal::new(400, "", format!("Between 1 and {IDS} ids are looked up at a time.")));
    }
    let found = every(state).filter(|(_, worklog)| ids.contains(&worklog.id));
    Ok(Reply::ok(found.map(|(issue, worklog)| body(state, issue, worklog, call)).collect()))
}

fn get_many_by_issue(state: &mut State, call: &Call) -> Outcome {
    let pairs = call.body.get("requests").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let found = pairs.iter().filter_map(|pair| {
        let (issue, id) = (pair.get("issueId")?.as_u64()?, pair.get("worklogId")?.as_u64()?);
        state.jira.issues.get(&issue)?.worklogs.iter().find(|worklog| worklog.id == id)?;
        Some(json!({"issueId": issue, "worklogId": id}))
    });
    Ok(Reply::ok(json!({"worklogs": found.collect::<Vec<_>>()})))
}

fn kept<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Map<String, Value>, Refusal> {
    let (issue, worklog) = locate(state, call)?;
    let (issue, id) = (issue.id, worklog.id);
    let mut worklogs = state.jira.issues.get_mut(&issue).into_iter().flat_map(|issue| issue.worklogs.iter_mut());
    worklogs.find(|worklog| worklog.id == id).map(|worklog| &mut worklog.properties).ok_or_else(|| unknown(call.argument(1)))
}

fn list_properties(state: &mut State, call: &Call) -> Outcome {
    let url = state.url.clone();
    Ok(properties::keys(&url, call, kept(state, call)?))
}

fn get_property(state: &mut State, call: &Call) -> Outcome {
    properties::get_in(kept(state, call)?, call.argument(2))
}

fn set_property(state: &mut State, call: &Call) -> Outcome {
    properties::set_in(kept(state, call)?, call.argument(2), &call.body)
}

fn delete_property(state: &mut State, call: &Call) -> Outcome {
    properties::delete_in(kept(state, call)?, call.argument(2))
}
