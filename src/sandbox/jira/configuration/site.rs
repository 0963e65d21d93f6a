//! The site as a whole: what it is, and how its administrators set it up.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::clock;
use super::super::super::reply::{Refusal, Reply, fnv, uuid};
use super::super::super::seed;
use super::super::super::store::State;
use super::super::shown;
use super::page::{self, bad, missing, put};
use super::view::{View, is_active};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/serverInfo", |state, _| Ok(Reply::ok(server_info(state)))),
    ("GET /rest/api/3/configuration", |state, _| {
        Ok(Reply::ok(json!({
            "votingEnabled": true,
            "watchingEnabled": true,
            "unassignedIssuesAllowed": true,
            "subTasksEnabled": true,
            "issueLinkingEnabled": true,
            "timeTrackingEnabled": true,
            "attachmentsEnabled": true,
            "timeTrackingConfiguration": time_tracking(state),
        })))
    }),
    ("GET /rest/api/3/configuration/timetracking", |state, call| Ok(Reply::ok(provider(state, call)))),
    ("GET /rest/api/3/configuration/timetracking/list", |state, call| Ok(Reply::ok(json!([provider(state, call)])))),
    ("PUT /rest/api/3/configuration/timetracking", |_, call| match call.text("key") {
        Some("JIRA") => Ok(Reply::empty(204)),
        key => Err(bad(format!("{} is no provider of time tracking.", key.unwrap_or_default()))),
    }),
    ("GET /rest/api/3/configuration/timetracking/options", |state, _| Ok(Reply::ok(time_tracking(state)))),
    ("PUT /rest/api/3/configuration/timetracking/options", set_time_tracking),
    ("GET /rest/api/3/announcementBanner", |state, _| Ok(Reply::ok(banner(state)))),
    ("PUT /rest/api/3/announcementBanner", set_banner),
    ("GET /rest/api/3/applicationrole", |state, call| {
        Ok(Reply::ok(ROLES.iter().map(|role| application_role(state, call, role)).collect()))
    }),
    ("GET /rest/api/3/applicationrole/{}", |state, call| {
        let role = ROLES.iter().find(|(key, _)| *key == call.argument(0));
        role.map(|role| Reply::ok(application_role(state, call, role))).ok_or_else(|| missing("application role", call.argument(0)))
    }),
    ("GET /rest/api/3/instance/license", |_, _| {
        let applications: Vec<Value> = ROLES.iter().map(|(key, _)| json!({"id": key, "plan": "PAID"})).collect();
        Ok(Reply::ok(json!({"applications": applications})))
    }),
    ("GET /rest/api/3/settings/columns", |state, _| Ok(Reply::ok(column_items(state, &state.jira.configuration.columns)))),
    ("PUT /rest/api/3/settings/columns", |state, call| {
        state.jira.configuration.columns = given_columns(state, call)?;
        Ok(Reply::empty(200))
    }),
    ("GET /rest/api/3/label", |state, call| {
        let labels: BTreeSet<&String> = state.jira.issues.values().flat_map(|issue| &issue.labels).collect();
        Ok(Reply::ok(page::page(state, call, labels.into_iter().collect(), (1_000, 1_000), |label: &String| json!(label))?))
    }),
    ("GET /rest/api/3/auditing/record", |state, call| audit(state, call)),
    ("GET /rest/api/3/avatar/{}/system", |state, call| avatars(state, call)),
    ("GET /rest/api/3/issuesecurityschemes", |state, call| {
        let view = View::new(state, call);
        let schemes: Vec<Value> = state.jira.configuration.security_schemes.values().map(|scheme| security_scheme(view, scheme)).collect();
        Ok(Reply::ok(json!({"issueSecuritySchemes": schemes})))
    }),
    ("GET /rest/api/3/issuesecurityschemes/{}", |state, call| {
        let view = View::new(state, call);
        let scheme = call.argument(0).parse().ok().and_then(|id: u64| state.jira.configuration.security_schemes.get(&id));
        let scheme = scheme.ok_or_else(|| missing("issue security scheme", call.argument(0)))?;
        let mut body = security_scheme(view, scheme);
        put(&mut body, "levels", scheme.content.iter().map(|level| security_level(view, scheme.id, level)).collect());
        Ok(Reply::ok(body))
    }),
    ("GET /rest/api/3/securitylevel/{}", |state, call| {
        let view = View::new(state, call);
        let mut all = state.jira.configuration.security_schemes.values();
        let found = all.find_map(|scheme| Some((scheme.id, scheme.content.iter().find(|level| level.id.to_string() == call.argument(0))?)));
        found
            .map(|(scheme, level)| Reply::ok(security_level(view, scheme, level)))
            .ok_or_else(|| missing("security level", call.argument(0)))
    }),
    ("GET /rest/api/3/project/{}/securitylevel", |state, call| {
        let view = View::new(state, call);
        let project = super::projects::project(state, call.argument(0))?.id;
        let scheme = state.jira.configuration.security_schemes.values().find(|scheme| scheme.projects.contains(&project));
        let levels: Vec<Value> =
            scheme.into_iter().flat_map(|scheme| scheme.content.iter().map(move |level| security_level(view, scheme.id, level))).collect();
        Ok(Reply::ok(json!({"levels": levels})))
    }),
    ("GET /rest/api/3/project/{}/issuesecuritylevelscheme", |state, call| {
        let view = View::new(state, call);
        let project = super::projects::project(state, call.argument(0))?.id;
        let scheme = state.jira.configuration.security_schemes.values().find(|scheme| scheme.projects.contains(&project));
        let scheme = scheme.ok_or_else(|| missing("issue security scheme of the project", call.argument(0)))?;
        let mut body = security_scheme(view, scheme);
        put(&mut body, "levels", scheme.content.iter().map(|level| security_level(view, scheme.id, level)).collect());
        Ok(Reply::ok(body))
    }),
];

fn server_info(state: &State) -> Value {
    json!({
        "baseUrl": state.url,
        "displayUrl": state.url,
        "displayUrlConfluence": state.url,
        "displayUrlServicedeskHelpCenter": state.url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_290,
        "buildDate": clock::offset(state.now() - 3 * clock::DAY),
        "serverTime": clock::offset(state.now()),
        "serverTimeZone": "Etc/UTC",
        "scmInfo": format!("{:016x}", fnv(b"scm")),
        "serverTitle": "Jira",
    })
}

fn time_tracking(state: &State) -> Value {
    let mut body = json!({"workingHoursPerDay": 8.0, "workingDaysPerWeek": 5.0, "timeFormat": "pretty", "defaultUnit": "minute"});
    for (key, value) in &state.jira.configuration.time_tracking {
        put(&mut body, key, value.clone());
    }
    body
}

fn set_time_tracking(state: &mut State, call: &Call) -> Outcome {
    let within = |key: &str, most: f64| call.body.get(key).and_then(Value::as_f64).is_some_and(|number| number > 0.0 && number <= most);
    if !within("workingHoursPerDay", 24.0) || !within("workingDaysPerWeek", 7.0) {
        return Err(bad("A day has up to 24 working hours and a week up to 7 working days."));
    }
    for (key, known) in [("timeFormat", &["pretty", "days", "hours"][..]), ("defaultUnit", &["minute", "hour", "day", "week"])] {
        if let Some(unknown) = call.text(key).filter(|text| !known.contains(text)) {
            return Err(bad(format!("{unknown} is no value of {key}.")));
        }
    }
    state.jira.configuration.time_tracking = call.body.as_object().cloned().unwrap_or_default();
    Ok(Reply::ok(time_tracking(state)))
}

fn provider(state: &State, _call: &Call) -> Value {
    json!({"key": "JIRA", "name": "JIRA provided time tracking", "url": format!("{}/secure/admin/TimeTrackingAdmin.jspa", state.url)})
}

fn banner(state: &State) -> Value {
    let mut body = json!({"isDismissible": false, "isEnabled": false, "message": "", "visibility": "public"});
    for (key, value) in &state.jira.configuration.banner {
        put(&mut body, key, value.clone());
    }
    let hash = format!("{:016x}", fnv(body.to_string().as_bytes()));
    put(&mut body, "hashId", json!(hash));
    body
}

fn set_banner(state: &mut State, call: &Call) -> Outcome {
    if let Some(unknown) = call.text("visibility").filter(|text| !matches!(*text, "public" | "private")) {
        return Err(bad(format!("{unknown} is no visibility: public and private are.")));
    }
    let given = call.body.as_object().cloned().unwrap_or_default();
    state.jira.configuration.banner.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
    Ok(Reply::empty(204))
}

const ROLES: &[(&str, &str)] = &[("jira-software", "Jira"), ("jira-servicedesk", "Jira Service Management")];

/// An application, and the groups that may use it.
fn application_role(state: &State, call: &Call, (key, name): &(&str, &str)) -> Value {
    let view = View::new(state, call);
    let groups: Vec<Value> = state.group(seed::groups::JIRA_USERS).map(|group| view.group(group)).into_iter().collect();
    let names: Vec<&Value> = groups.iter().filter_map(|group| group.get("name")).collect();
    let count = state.accounts.iter().filter(|account| account.kind == "atlassian" && is_active(account)).count();
    json!({
        "key": key,
        "name": name,
        "groups": names,
        "groupDetails": groups,
        "defaultGroups": names,
        "defaultGroupsDetails": groups,
        "selectedByDefault": false,
        "defined": true,
        "numberOfSeats": 500,
        "remainingSeats": 500_usize.saturating_sub(count),
        "userCount": count,
        "userCountDescription": "users",
        "hasUnlimitedSeats": false,
        "platform": false,
    })
}

/// Fields as columns of a table.
pub fn column_items(state: &State, columns: &[String]) -> Value {
    let label = |id: &String| state.jira.fields.get(id).map_or_else(|| id.clone(), |field| field.name.clone());
    columns.iter().map(|id| json!({"label": label(id), "value": id})).collect()
}

/// The columns that a form gives.
pub fn given_columns(state: &State, call: &Call) -> Result<Vec<String>, Refusal> {
    let parts = call.parts.iter().filter(|part| part.name == "columns");
    let mut columns: Vec<String> = parts.map(|part| String::from_utf8_lossy(&part.content).into_owned()).collect();
    columns.extend(call.texts("columns"));
    match columns.iter().find(|id| !state.jira.fields.contains_key(*id)) {
        Some(unknown) => Err(bad(format!("The field {unknown} does not exist."))),
        None => Ok(columns),
    }
}

fn audit(state: &State, call: &Call) -> Outcome {
    let number = |key: &str, default: usize| call.query(key).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (offset, limit) = (number("offset", 0), number("limit", 1_000).min(1_000));
    let words: Vec<String> = call.query("filter").unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let (from, to) = (call.query("from").unwrap_or_default(), call.query("to").unwrap_or("9999"));
    let records: Vec<Value> = (state.jira.configuration.audit.iter().rev())
        .filter(|record| {
            let text = format!("{} {} {}", record.summary, record.category, record.object).to_lowercase();
            let time = clock::offset(record.created);
            words.iter().all(|word| text.contains(word)) && time.as_str() >= from && time.as_str() <= to
        })
        .map(|record| {
            json!({
                "id": record.id,
                "summary": record.summary,
                "authorKey": record.author,
                "created": clock::offset(record.created),
                "category": record.category,
                "eventSource": "",
                "objectItem": {"name": record.object, "typeName": record.kind},
                "changedValues": [],
                "associatedItems": [],
            })
        })
        .collect();
    let total = records.len();
    let shown: Vec<Value> = records.into_iter().skip(offset).take(limit).collect();
    Ok(Reply::ok(json!({"offset": offset, "limit": limit, "total": total, "records": shown})))
}

fn avatars(state: &State, call: &Call) -> Outcome {
    let kind = call.argument(0);
    let first = match kind {
        "issuetype" => 10_300,
        "project" => 10_400,
        "user" => 10_500,
        "priority" => 10_600,
        other => return Err(missing("type of avatars", other)),
    };
    let root = shown::root(state, call);
    let avatars: Vec<Value> = (first..first + 24)
        .map(|id| {
            json!({
                "id": id.to_string(), "fileName": format!("{}.svg", uuid(7, id)), "isSystemAvatar": true, "isSelected": false,
                "isDeletable": false, "urls": shown::avatar_urls(&root, kind, id),
            })
        })
        .collect();
    Ok(Reply::ok(json!({"system": avatars})))
}

fn security_scheme(view: View, scheme: &super::store::Scheme<Vec<super::store::SecurityLevel>>) -> Value {
    let mut body = json!({
        "id": scheme.id,
        "self": view.at(&format!("issuesecurityschemes/{}", scheme.id)),
        "name": scheme.name,
        "description": scheme.description,
    });
    if let Some(level) = scheme.content.iter().find(|level| level.default) {
        put(&mut body, "defaultSecurityLevelId", json!(level.id));
    }
    body
}

fn security_level(view: View, scheme: u64, level: &super::store::SecurityLevel) -> Value {
    json!({
        "id": level.id.to_string(),
        "self": view.at(&format!("securitylevel/{}", level.id)),
        "name": level.name,
        "description": level.description,
        "isDefault": level.default,
        "issueSecuritySchemeId": scheme.to_string(),
    })
}
