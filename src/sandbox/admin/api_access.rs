//! Tokens, keys, OAuth clients and service accounts of the whole organization.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome, texts};
use super::super::clock::{self, DAY};
use super::super::paging::{self, Page, cut, query_cursor};
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::directories::new_account;
use super::store::{Account, ApiKey, OauthClient, ServiceAccount, Token, not_found};

const BAD: &str = "ADMIN-400-1";

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(" /admin/api-access/v1/orgs/{}")?;
    Some(match (method, rest) {
        ("GET", "/api-tokens") => tokens(state, call),
        ("DELETE", "/api-tokens") => revoke_tokens(state),
        ("GET", "/api-tokens/count") => Ok(count(user_tokens(state).len())),
        ("GET", "/api-keys") => keys(state, call),
        ("GET", "/api-keys/count") => Ok(count(state.organization.keys.len())),
        ("PATCH", "/api-keys/revoke/{}") => revoke_key(state, call),
        ("GET", "/oauth-clients") => clients(state, call),
        ("POST", "/oauth-clients") => create_client(state, call),
        ("POST", "/oauth-clients/count") => Ok(count(state.organization.oauth_clients.len())),
        ("GET", "/oauth-clients/{}") => client(state, call),
        ("DELETE", "/oauth-clients/{}") => delete_client(state, call),
        ("GET", "/service-accounts") => robots(state, call),
        ("POST", "/service-accounts") => create_robot(state, call),
        ("PATCH", "/service-accounts") => change_robot(state, call),
        ("DELETE", "/service-accounts/{}") => delete_robot(state, call),
        ("POST", "/service-accounts/count") => {
            let wanted: Vec<String> = texts(call.body.get("serviceAccountIds"));
            let tokens = state.organization.service_accounts.iter().filter(|robot| wanted.is_empty() || wanted.contains(&robot.id));
            let tokens = tokens.filter_map(|robot| state.account(&robot.account)).map(|account| account.tokens.len()).sum();
            Ok(count(tokens))
        }
        ("GET", "/service-accounts/api-tokens") => Ok(robot_tokens(state, call, None)),
        ("GET", "/service-accounts/{}/api-tokens") => robot(state, call).map(|robot| robot_tokens(state, call, Some(&robot))),
        ("DELETE", "/service-accounts/{}/api-tokens") => delete_robot_tokens(state, call),
        ("GET", "/service-accounts/oauth-clients") => Ok(robot_clients(state, call, None)),
        ("GET", "/service-accounts/{}/oauth-clients") => robot(state, call).map(|robot| robot_clients(state, call, Some(&robot))),
        _ => return None,
    })
}

fn count(number: usize) -> Reply {
    Reply::ok(json!({"count": number}))
}

/// `data` and `links` with bare cursors; `next` only where there is more.
fn listing<T>(page: &Page<T>, data: Vec<Value>) -> Reply {
    let mut links = json!({"self": page.current});
    if let (Some(map), Some(next)) = (links.as_object_mut(), &page.next) {
        map.insert("next".to_owned(), json!(next));
    }
    Reply::ok(json!({"data": data, "links": links}))
}

fn user_tokens(state: &State) -> Vec<(&Account, &Token)> {
    let people = state.accounts.iter().filter(|account| account.managed && !account.closed && account.kind != "app");
    people.flat_map(|account| account.tokens.iter().map(move |token| (account, token))).collect()
}

fn status(token: &Token, now: i64) -> &'static str {
    if token.expiry.is_some_and(|expiry| expiry <= now) { "BLOCKED" } else { "ALLOWED" }
}

/// Whether a time passes the `…SearchType`, `…Uom`, `…Value`, `…From`, `…To`, `…RangeFrom`, `…RangeTo` family of one field.
fn in_time(call: &Call, field: &str, time: Option<i64>, now: i64) -> Result<bool, Refusal> {
    let get = |part: &str| call.query(&format!("{field}{part}"));
    let Some(kind) = get("SearchType") else { return Ok(true) };
    let bad = |detail: String| Refusal::new(400, "ADMIN-400-3", detail);
    let instant = |text: &str| parse_time(text).ok_or_else(|| bad(format!("{text} is no time.")));
    match kind {
        "gt" | "lt" => {
            let value = get("Value").and_then(|text| text.parse::<i64>().ok()).ok_or_else(|| bad(format!("{field}Value is required.")))?;
            let span = value.saturating_mul(unit(get("Uom").unwrap_or("days")).ok_or_else(|| bad(format!("{field}Uom is not known.")))?);
            // Older or younger than so many units; what lies ahead is counted ahead.
            let Some(time) = time else { return Ok(false) };
            let age = now.saturating_sub(time).saturating_abs();
            Ok(if kind == "gt" { age > span } else { age < span })
        }
        "range" => {
            let from = match (get("From"), get("RangeFrom")) {
                (Some(text), _) => instant(text)?,
                (None, Some(text)) => now - relative(text).ok_or_else(|| bad(format!("{field}RangeFrom is not understood.")))?,
                (None, None) => i64::MIN,
            };
            let to = match (get("To"), get("RangeTo")) {
                (Some(text), _) => instant(text)?,
                (None, Some(text)) => now - relative(text).ok_or_else(|| bad(format!("{field}RangeTo is not understood.")))?,
                (None, None) => i64::MAX,
            };
            Ok(time.is_some_and(|time| (from.min(to)..=to.max(from)).contains(&time)))
        }
        other => Err(bad(format!("{other} is no search type."))),
    }
}

fn unit(name: &str) -> Option<i64> {
    Some(match name.to_lowercase().trim_end_matches('s') {
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 30 * DAY,
        "year" => 365 * DAY,
        _ => return None,
    })
}

/// "30", "30d", "30 days"
fn relative(text: &str) -> Option<i64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit_name = text.get(digits.len()..)?.trim();
    let scale = match unit_name {
        "" | "d" => DAY,
        "h" => 3_600_000,
        "w" => 7 * DAY,
        "m" => 30 * DAY,
        "y" => 365 * DAY,
        other => unit(other)?,
    };
    digits.parse::<i64>().ok().map(|number| number.saturating_mul(scale))
}

/// A date, a timestamp with `Z`, or epoch milliseconds.
fn parse_time(text: &str) -> Option<i64> {
    if let Ok(ms) = text.parse::<i64>() {
        return Some(ms);
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let day = clock::days(number(0, 4)?, number(5, 7)?, number(8, 10)?) * DAY;
    if text.len() == 10 {
        return Some(day);
    }
    Some(day + number(11, 13)? * 3_600_000 + number(14, 16)? * 60_000 + number(17, 19).unwrap_or(0) * 1_000 + number(20, 23).unwrap_or(0))
}

/// Sorts by a field of the bodies; a leading `-` turns the order.
fn sort(call: &Call, bodies: &mut [Value]) {
    let Some(order) = call.query("sort") else { return };
    // A plus sign in a query is a blank once decoded.
    let (field, descending) = (order.trim_start_matches(['+', '-', ' ']), order.starts_with('-'));
    bodies.sort_by_key(|body| body.get(field).map(Value::to_string).unwrap_or_default());
    if descending {
        bodies.reverse();
    }
}

fn tokens(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "api-tokens", BAD)?;
    let limit = paging::limit(call.query("pageSize"), 20, 100, BAD)?;
    let now = state.now();
    let term = call.query("q").unwrap_or_default().to_lowercase();
    let mut bodies = Vec::new();
    for (account, token) in user_tokens(state) {
        let text = format!("{}\n{}\n{}", token.label, account.name, account.email).to_lowercase();
        if !text.contains(&term)
            || call.query("status").is_some_and(|wanted| wanted != status(token, now))
            || !in_time(call, "createdAt", Some(token.created), now)?
            || !in_time(call, "expiresAt", token.expiry, now)?
            || !in_time(call, "lastActiveAt", token.last_access, now)?
        {
            continue;
        }
        bodies.push(token_body(account, token, now));
    }
    sort(call, &mut bodies);
    let page = cut("api-tokens", &cursor, paging::numbered(bodies), limit, false, call.empty_page);
    let data = page.items.clone();
    Ok(listing(&page, data))
}

fn token_body(account: &Account, token: &Token, now: i64) -> Value {
    let mut body = json!({
        "id": token.id,
        "label": token.label,
        "status": status(token, now),
        "createdAt": clock::millis(token.created),
        "user": {"id": account.id, "orgId": seed::ORG_ID, "name": account.name, "email": account.email},
    });
    if let Some(map) = body.as_object_mut() {
        for (key, time) in [("expiresAt", token.expiry), ("lastActiveAt", token.last_access)] {
            if let Some(time) = time {
                map.insert(key.to_owned(), json!(clock::millis(time)));
            }
        }
    }
    body
}

fn revoke_tokens(state: &mut State) -> Outcome {
    for account in state.accounts.iter_mut().filter(|account| account.managed && account.kind != "app") {
        account.tokens.clear();
    }
    state.record("api_token_revoked", Vec::new());
    Ok(Reply::empty(204))
}

fn key_body(key: &ApiKey) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "keyType": if key.scoped { "SCOPED" } else { "UNSCOPED" },
        "status": if key.revoked { "REVOKED" } else { "ACTIVE" },
        "createdAt": clock::millis(key.created),
        "expiresAt": clock::millis(key.expires),
        "lastActiveAt": key.last_active.map(clock::millis),
        "createdBy": {"id": seed::accounts::ORGANIZATION_ADMIN},
    })
}

fn keys(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "api-keys", BAD)?;
    let limit = paging::limit(call.query("pageSize"), 20, 100, BAD)?;
    let now = state.now();
    let term = call.query("q").unwrap_or_default().to_lowercase();
    let mut bodies = Vec::new();
    for key in &state.organization.keys {
        let body = key_body(key);
        if key.name.to_lowercase().contains(&term)
            && call.query("keyType").is_none_or(|kind| body.get("keyType").and_then(Value::as_str) == Some(kind))
            && in_time(call, "expiresAt", Some(key.expires), now)?
            && in_time(call, "lastActiveAt", key.last_active, now)?
        {
            bodies.push(body);
        }
    }
    sort(call, &mut bodies);
    let page = cut("api-keys", &cursor, paging::numbered(bodies), limit, false, call.empty_page);
    let data = page.items.clone();
    Ok(listing(&page, data))
}

fn revoke_key(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(1);
    let key = state.organization.keys.iter_mut().find(|key| key.id == id).ok_or_else(|| not_found("ADMIN-404-1", "The API key", id))?;
    key.revoked = true;
    state.record("api_key_revoked", vec![json!({"id": id, "type": "api-keys"})]);
    Ok(Reply::empty(204))
}

fn client_body(client: &OauthClient) -> Value {
    json!({"clientId": client.id, "name": client.name, "status": "ACTIVE", "createdAt": client.created, "updatedAt": client.updated})
}

fn clients(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "oauth-clients", BAD)?;
    let limit = paging::limit(call.query("pageSize"), 20, 100, BAD)?;
    let page = cut(
        "oauth-clients",
        &cursor,
        paging::numbered(state.organization.oauth_clients.iter().map(client_body)),
        limit,
        false,
        call.empty_page,
    );
    let data = page.items.clone();
    Ok(listing(&page, data))
}

fn find_client<'a>(state: &'a State, call: &Call) -> Result<&'a OauthClient, Refusal> {
    let id = call.argument(1);
    state.organization.oauth_clients.iter().find(|client| client.id == id).ok_or_else(|| not_found("ADMIN-404-1", "The OAuth client", id))
}

fn client(state: &State, call: &Call) -> Outcome {
    Ok(Reply::ok(client_body(find_client(state, call)?)))
}

fn create_client(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").or_else(|| call.text("displayName")).unwrap_or("OAuth client").to_owned();
    let service_account = call.text("serviceAccountId").map(str::to_owned);
    let now = state.now();
    let client = OauthClient { id: state.id(), name, service_account, created: now, updated: now };
    // More of this answer is not published.
    let body = json!({"clientId": client.id, "name": client.name, "clientSecret": format!("sandbox-secret-{}", client.id)});
    state.organization.oauth_clients.push(client);
    Ok(Reply::new(201, body))
}

fn delete_client(state: &mut State, call: &Call) -> Outcome {
    let id = find_client(state, call)?.id.clone();
    state.organization.oauth_clients.retain(|client| client.id != id);
    Ok(Reply::empty(204))
}

fn robot_body(state: &State, robot: &ServiceAccount) -> Value {
    let account = state.account(&robot.account);
    json!({
        "id": robot.id,
        "atlassianId": robot.account,
        "email": account.map(|account| &account.email),
        "displayName": account.map(|account| &account.name),
        "description": robot.description,
        "picture": account.map(Account::picture),
        "container": format!("ari:cloud:platform::org/{}", seed::ORG_ID),
        "status": account.map(|account| account.status().to_uppercase()),
        "createdById": seed::accounts::ORGANIZATION_ADMIN,
        "updatedAt": robot.updated,
    })
}

fn robots(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "service-accounts", BAD)?;
    let page = cut(
        "service-accounts",
        &cursor,
        paging::numbered(state.organization.service_accounts.iter().map(|robot| robot_body(state, robot))),
        20,
        false,
        call.empty_page,
    );
    let mut links = Map::new();
    if let Some(next) = &page.next {
        links.insert("next".to_owned(), json!(next));
    }
    Ok(Reply::ok(json!({"items": page.items, "links": links, "total": page.total})))
}

fn create_robot(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("displayName").unwrap_or_default().to_owned();
    if name.trim().is_empty() {
        return Err(Refusal::new(400, "ADMIN-400-24", "displayName must not be empty."));
    }
    let id = state.id();
    let account = new_account(state, &format!("{id}@serviceaccount.atlassian.com"), &name);
    let rules: Vec<(String, String)> = (call.body.get("permissionRules").and_then(Value::as_array).into_iter().flatten())
        .filter_map(|rule| Some((rule.get("resource")?.as_str()?.to_owned(), rule.get("role")?.as_str()?.to_owned())))
        .collect();
    if let Some(made) = state.account_mut(&account) {
        made.kind = "app".to_owned();
        made.roles.extend(rules);
    }
    for group in call.texts("additionalGroups") {
        if let Some(group) = state.group_mut(&group) {
            group.members.insert(account.clone());
        }
    }
    let updated = state.now();
    let robot =
        ServiceAccount { id, account: account.clone(), description: call.text("description").unwrap_or_default().to_owned(), updated };
    let body = robot_body(state, &robot);
    state.organization.service_accounts.push(robot);
    let context = vec![state.mention(&account)];
    state.record("service_account_created", context);
    Ok(Reply::new(201, body))
}

fn find_robot<'a>(state: &'a State, id: &str) -> Result<&'a ServiceAccount, Refusal> {
    state
        .organization
        .service_accounts
        .iter()
        .find(|robot| robot.id == id || robot.account == id)
        .ok_or_else(|| not_found("ADMIN-404-1", "The service account", id))
}

fn robot(state: &State, call: &Call) -> Result<ServiceAccount, Refusal> {
    find_robot(state, call.argument(1)).cloned()
}

fn change_robot(state: &mut State, call: &Call) -> Outcome {
    let id = call.text("id").or_else(|| call.text("serviceAccountId")).or_else(|| call.text("atlassianId")).unwrap_or_default();
    let mut robot = find_robot(state, id)?.clone();
    if let Some(name) = call.text("displayName")
        && let Some(account) = state.account_mut(&robot.account)
    {
        name.clone_into(&mut account.name);
    }
    if let Some(description) = call.text("description") {
        description.clone_into(&mut robot.description);
    }
    robot.updated = state.now();
    let body = robot_body(state, &robot);
    if let Some(known) = state.organization.service_accounts.iter_mut().find(|known| known.id == robot.id) {
        *known = robot;
    }
    Ok(Reply::ok(body))
}

fn delete_robot(state: &mut State, call: &Call) -> Outcome {
    let robot = robot(state, call)?;
    let context = vec![state.mention(&robot.account)];
    state.organization.service_accounts.retain(|known| known.id != robot.id);
    state.organization.oauth_clients.retain(|client| client.service_account.as_deref() != Some(&robot.id));
    for group in &mut state.groups {
        group.members.remove(&robot.account);
    }
    if let Some(account) = state.account_mut(&robot.account) {
        account.close();
    }
    state.record("service_account_deleted", context);
    Ok(Reply::empty(204))
}

fn robot_tokens(state: &State, call: &Call, only: Option<&ServiceAccount>) -> Reply {
    let now = state.now();
    let label = call.query("tokenLabel");
    let robots = state.organization.service_accounts.iter().filter(|robot| only.is_none_or(|only| only.id == robot.id));
    let data: Vec<Value> = robots
        .filter_map(|robot| state.account(&robot.account).map(|account| (robot, account)))
        .flat_map(|(robot, account)| account.tokens.iter().map(move |token| (robot, account, token)))
        .filter(|(_, _, token)| label.is_none_or(|label| label == token.label))
        .map(|(robot, account, token)| {
            let mut body = token_body(account, token, now);
            if let Some(map) = body.as_object_mut() {
                map.insert("serviceAccountId".to_owned(), json!(robot.id));
            }
            body
        })
        .collect();
    Reply::ok(json!({"data": data}))
}

fn delete_robot_tokens(state: &mut State, call: &Call) -> Outcome {
    let robot = robot(state, call)?;
    if let Some(account) = state.account_mut(&robot.account) {
        account.tokens.clear();
    }
    let context = vec![state.mention(&robot.account)];
    state.record("api_token_revoked", context);
    Ok(Reply::empty(204))
}

fn robot_clients(state: &State, call: &Call, only: Option<&ServiceAccount>) -> Reply {
    let name = call.query("clientName");
    let clients = state.organization.oauth_clients.iter().filter(|client| match only {
        Some(robot) => client.service_account.as_deref() == Some(&robot.id),
        None => client.service_account.is_some(),
    });
    let data: Vec<Value> = clients.filter(|client| name.is_none_or(|name| name == client.name)).map(client_body).collect();
    Reply::ok(json!({"data": data}))
}
