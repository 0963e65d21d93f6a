//! The audit log.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::paging::{self, cut, links, query_cursor};
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::store::{Event, not_found};

/// ip, country, region, city
const PLACES: &[(&str, &str, &str, &str)] = &[
    ("203.0.113.7", "United States", "Texas", "Austin"),
    ("198.51.100.17", "Australia", "New South Wales", "Sydney"),
    ("192.0.2.44", "Germany", "Berlin", "Berlin"),
];

/// id, display name, group
const ACTIONS: &[(&str, &str, &str)] = &[
    ("user_login", "Logged in", "Accounts"),
    ("user_added_to_group", "Added user to group", "Groups"),
    ("user_removed_from_group", "Removed user from group", "Groups"),
    ("group_created", "Created group", "Groups"),
    ("group_deleted", "Deleted group", "Groups"),
    ("user_granted_role", "Granted role", "Users"),
    ("user_revoked_role", "Revoked role", "Users"),
    ("group_granted_role", "Granted role to group", "Groups"),
    ("group_revoked_role", "Revoked role from group", "Groups"),
    ("user_suspended", "Suspended user", "Users"),
    ("user_restored", "Restored user", "Users"),
    ("user_removed", "Removed user", "Users"),
    ("user_invited", "Invited user", "Users"),
    ("managed_account_deactivated", "Deactivated account", "Managed accounts"),
    ("managed_account_reactivated", "Reactivated account", "Managed accounts"),
    ("managed_account_profile_updated", "Changed profile", "Managed accounts"),
    ("managed_account_email_changed", "Changed email address", "Managed accounts"),
    ("managed_account_deletion_requested", "Ordered deletion of account", "Managed accounts"),
    ("managed_account_deletion_cancelled", "Cancelled deletion of account", "Managed accounts"),
    ("api_token_created", "Created API token", "API tokens"),
    ("api_token_revoked", "Revoked API token", "API tokens"),
    ("api_key_revoked", "Revoked API key", "API tokens"),
    ("service_account_created", "Created service account", "Service accounts"),
    ("service_account_deleted", "Deleted service account", "Service accounts"),
    ("policy_created", "Created policy", "Policies"),
    ("policy_updated", "Changed policy", "Policies"),
    ("policy_deleted", "Deleted policy", "Policies"),
    ("user_provisioned", "Provisioned user", "User provisioning"),
    ("user_deprovisioned", "Deprovisioned user", "User provisioning"),
];

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    Some(match key {
        "GET /admin/v1/orgs/{}/events" => search(state, call),
        "GET /admin/v1/orgs/{}/events-stream" => stream(state, call),
        "GET /admin/v1/orgs/{}/events/{}" => get(state, call),
        "GET /admin/v1/orgs/{}/event-actions" => actions(),
        _ => return None,
    })
}

fn place(event: &Event) -> (&'static str, &'static str, &'static str, &'static str) {
    PLACES.get(event.place).copied().unwrap_or_default()
}

fn product(event: &Event) -> &'static str {
    if event.place == 1 { "confluence" } else { "jira" }
}

fn body(state: &State, event: &Event, polling: bool) -> Value {
    let (ip, country, region, city) = place(event);
    let actor = state.account(&event.actor);
    let mut attributes = json!({
        "time": clock::millis(event.time),
        "action": event.action,
        "actor": {
            "id": event.actor,
            "name": actor.map(|account| &account.name),
            "email": actor.map(|account| &account.email),
            "links": {"self": format!("{}/users/{}/manage/profile", state.url, event.actor)},
        },
        "context": event.context,
        "container": [{"id": seed::ORG_ID, "type": "orgs", "attributes": {"product": product(event)}}],
        "location": {"ip": ip, "geo": format!("{country}, {city}"), "countryName": country, "regionName": region, "city": city},
    });
    if let (true, Some(map)) = (polling, attributes.as_object_mut()) {
        map.insert("processedAt".to_owned(), json!(clock::millis(event.time)));
    }
    json!({
        "id": event.id,
        "type": "events",
        "attributes": attributes,
        "links": {"self": format!("{}/admin/v1/orgs/{}/events/{}", state.url, seed::ORG_ID, event.id)},
        "message": {"content": format!("{} {}", actor.map(|account| account.name.as_str()).unwrap_or_default(), event.action), "format": "SIMPLE"},
    })
}

fn times(call: &Call) -> Result<(i64, i64), Refusal> {
    let parse = |key: &str, default: i64| match call.query(key) {
        None => Ok(default),
        Some(text) => text.parse::<i64>().map_err(|_| Refusal::new(400, "ADMIN-400-3", format!("{key} must be milliseconds since 1970."))),
    };
    Ok((parse("from", i64::MIN)?, parse("to", i64::MAX)?))
}

fn search(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "events", "ADMIN-400-1")?;
    let limit = paging::limit(call.query("limit"), 30, 500, "ADMIN-400-4")?;
    let (from, to) = times(call)?;
    let (actors, ips, products) = (call.queries("actor"), call.queries("ip"), call.queries("product"));
    let places: Vec<Value> = match call.query("location") {
        None => Vec::new(),
        Some(text) => serde_json::from_str(text).map_err(|_| Refusal::new(400, "ADMIN-400-4", "location must be a JSON list."))?,
    };
    let term = call.query("q").map(str::to_lowercase);
    let fits = |event: &Event| {
        let (ip, country, _, city) = place(event);
        let any = |wanted: &[String], have: &str| wanted.is_empty() || wanted.iter().any(|one| one == have);
        (from..=to).contains(&event.time)
            && call.query("action").is_none_or(|action| action == event.action)
            && any(&actors, &event.actor)
            && any(&ips, ip)
            && any(&products, product(event))
            && (places.is_empty()
                || places.iter().any(|wanted| {
                    let same = |key: &str, have: &str| wanted.get(key).and_then(Value::as_str).is_none_or(|text| text == have);
                    same("city", city) && same("countryName", country)
                }))
            && term.as_ref().is_none_or(|term| body(state, event, false).to_string().to_lowercase().contains(term))
    };
    let mut found: Vec<(String, &Event)> = ordered(state).into_iter().filter(|(_, event)| fits(event)).collect();
    found.reverse();
    let page = cut("events", &cursor, found, limit, true, call.empty_page);
    let data: Vec<Value> = page.items.iter().map(|event| body(state, event, false)).collect();
    Ok(Reply::ok(json!({"data": data, "links": links(call, &state.url, &page), "meta": meta(page.next.as_deref(), data.len())})))
}

/// By time, oldest first, with keys that a cursor can hold.
fn ordered(state: &State) -> Vec<(String, &Event)> {
    let mut events: Vec<(String, &Event)> =
        (0_usize..).zip(&state.organization.events).map(|(place, event)| (format!("{:020}{place:08}", event.time), event)).collect();
    events.sort_by(|(left, _), (right, _)| left.cmp(right));
    events
}

fn meta(next: Option<&str>, size: usize) -> Value {
    let mut meta = json!({"page_size": size});
    if let (Some(map), Some(next)) = (meta.as_object_mut(), next) {
        map.insert("next".to_owned(), json!(next));
    }
    meta
}

fn stream(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "events-stream", "ADMIN-400-1")?;
    let limit = paging::limit(call.query("limit"), 200, 500, "ADMIN-400-4")?;
    let (from, to) = times(call)?;
    // The order is kept in the cursor.
    let kept = cursor.question.as_array().is_some_and(|asked| asked.iter().any(|pair| *pair == json!(["sortOrder", "desc"])));
    let descending = match call.query("sortOrder") {
        None => kept,
        Some("asc") => false,
        Some("desc") => true,
        Some(other) => return Err(Refusal::new(400, "ADMIN-400-4", format!("{other} is no sort order."))),
    };
    let mut found: Vec<(String, &Event)> = ordered(state).into_iter().filter(|(_, event)| (from..=to).contains(&event.time)).collect();
    if descending {
        found.reverse();
    }
    let mut page = cut("events-stream", &cursor, found, limit, descending, call.empty_page);
    // The last page names a cursor too: kept, it asks for what happens later.
    page.next = Some(page.resume.clone());
    let data: Vec<Value> = page.items.iter().map(|event| body(state, event, true)).collect();
    Ok(Reply::ok(json!({"data": data, "links": links(call, &state.url, &page), "meta": meta(Some(&page.resume), data.len())})))
}

fn get(state: &State, call: &Call) -> Outcome {
    let id = call.argument(1);
    let event = state.organization.events.iter().find(|event| event.id == id).ok_or_else(|| not_found("ADMIN-404-4", "The event", id))?;
    Ok(Reply::ok(json!({"data": body(state, event, false)})))
}

fn actions() -> Outcome {
    let data: Vec<Value> = ACTIONS
        .iter()
        .map(|(id, name, group)| json!({"id": id, "type": "event-actions", "attributes": {"displayName": name, "groupDisplayName": group}}))
        .collect();
    Ok(Reply::ok(json!({"data": data})))
}
