//! The audit log of Confluence, and the site's settings.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::DAY;
use super::super::reply::Reply;
use super::super::seed;
use super::super::store::State;
use super::cql::day;
use super::list::{put, started};
use super::store::{bad, caller};
use super::users::v1_user;

/// What the site writes down by itself.
pub fn record(state: &mut State, summary: &str, category: &str, name: &str, kind: &str) {
    let now = state.now();
    record_at(state, now, summary, category, name, kind);
}

pub fn record_at(state: &mut State, when: i64, summary: &str, category: &str, name: &str, kind: &str) {
    let record = json!({
        "author": author(state),
        "remoteAddress": "",
        "creationDate": when,
        "summary": summary,
        "description": "",
        "category": category,
        "sysAdmin": false,
        "superAdmin": false,
        "affectedObject": {"name": name, "objectType": kind},
        "changedValues": [],
        "associatedObjects": [],
    });
    state.confluence.audit.push(record);
}

fn author(state: &State) -> Value {
    let user = v1_user(state, &caller());
    json!({"type": "user", "displayName": user.get("displayName"), "accountId": caller(), "accountType": "atlassian", "operations": []})
}

fn listed(state: &State, call: &Call, from: Option<i64>, to: Option<i64>) -> Outcome {
    let term = call.query("searchString").unwrap_or_default().to_lowercase();
    let fits = |record: &&Value| {
        let at = record.get("creationDate").and_then(Value::as_i64).unwrap_or_default();
        from.is_none_or(|from| at >= from)
            && to.is_none_or(|to| at <= to)
            && (term.is_empty() || record.to_string().to_lowercase().contains(&term))
    };
    let mut found: Vec<&Value> = state.confluence.audit.iter().filter(fits).collect();
    found.sort_by_key(|record| std::cmp::Reverse(record.get("creationDate").and_then(Value::as_i64)));
    started(state, call, found, 1_000, Value::clone)
}

/// Milliseconds since 1970, or a date.
fn moment(call: &Call, key: &str) -> Option<i64> {
    call.query(key).and_then(|text| text.parse().ok().or_else(|| day(text)))
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    listed(state, call, moment(call, "startDate"), moment(call, "endDate"))
}

pub fn since(state: &mut State, call: &Call) -> Outcome {
    let number = call.query("number").and_then(|text| text.parse::<i64>().ok()).unwrap_or(3);
    let unit = match call.query("units").unwrap_or("MONTHS") {
        "MINUTES" => 60_000,
        "HOURS" => 3_600_000,
        "DAYS" => DAY,
        "WEEKS" => 7 * DAY,
        "MONTHS" => 30 * DAY,
        "YEARS" => 365 * DAY,
        other => return Err(bad(format!("{other} is no unit of time here."))),
    };
    listed(state, call, Some(state.now().saturating_sub(number.saturating_mul(unit))), None)
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let text = |key: &str| call.text(key).unwrap_or_default();
    let mut record = json!({
        "author": author(state),
        "remoteAddress": text("remoteAddress"),
        "creationDate": call.body.get("creationDate").and_then(Value::as_i64).unwrap_or(state.now()),
        "summary": text("summary"),
        "description": text("description"),
        "category": text("category"),
        "sysAdmin": call.body.get("sysAdmin").and_then(Value::as_bool).unwrap_or_default(),
        "superAdmin": false,
        "affectedObject": {"name": "", "objectType": ""},
        "changedValues": [],
        "associatedObjects": [],
    });
    for key in ["affectedObject", "changedValues", "associatedObjects"] {
        if let Some(given) = call.body.get(key).filter(|given| !given.is_null()) {
            put(&mut record, key, given.clone());
        }
    }
    state.confluence.audit.push(record.clone());
    Ok(Reply::ok(record))
}

pub fn retention(state: &mut State, _: &Call) -> Outcome {
    Ok(Reply::ok(state.confluence.settings.get("retention").cloned().unwrap_or_else(|| json!({"number": 3, "units": "YEARS"}))))
}

pub fn set_retention(state: &mut State, call: &Call) -> Outcome {
    let number = call.body.get("number").and_then(Value::as_i64).unwrap_or_default();
    if number < 1 {
        return Err(bad("Records are kept for one unit of time at least."));
    }
    let kept = json!({"number": number, "units": call.text("units").unwrap_or("DAYS")});
    state.confluence.settings.insert("retention".to_owned(), kept);
    retention(state, call)
}

pub fn system(state: &mut State, _: &Call) -> Outcome {
    Ok(Reply::ok(json!({
        "cloudId": seed::CLOUD_ID,
        "commitHash": "0000000000000000000000000000000000000000",
        "baseUrl": format!("{}/wiki", state.url),
        "edition": "STANDARD",
        "siteTitle": seed::SITE_NAME,
        "defaultLocale": "en-US",
        "defaultTimeZone": "UTC",
    })))
}
