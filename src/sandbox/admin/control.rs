//! The control API beyond what it shares with the organization API: policies of every kind (v2) and authentication policies.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::paging::{cut, links, numbered, query_cursor};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::policies::{applying, body, find_mut};
use super::store::{Policy, not_found};

const PAGE: usize = 20;

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(' ')?;
    if let Some(rest) = rest.strip_prefix("/admin/control/v2/orgs/{}/policies") {
        return Some(match (method, rest) {
            ("GET", "") => list(state, call),
            ("POST", "") => create(state, call),
            ("GET", "/{}") => {
                let id = call.argument(1).to_owned();
                find_mut(state, &id).map(|policy| Reply::ok(json!({"data": body(policy)})))
            }
            ("PUT", "/{}") => update(state, call),
            ("POST", "/publishDraftPolicies") => Ok(Reply::empty(204)),
            ("GET", "/{}/resources") => resources(state, call),
            ("POST", "/{}/resources") => change_resources(state, call),
            ("DELETE", "/{}/resources") => {
                let id = call.argument(1).to_owned();
                find_mut(state, &id).map(|policy| {
                    policy.resources.clear();
                    Reply::empty(204)
                })
            }
            _ => return None,
        });
    }
    let rest = rest.strip_prefix("/admin/control/v1/orgs/{}")?;
    Some(match (method, rest) {
        ("POST", "/auth-policy/{}/add-users") => add_users(state, call),
        ("GET", "/auth-policy/task/{}") => task(state, call),
        ("POST", "/users/auth-policies/bulk-fetch") => Ok(policies_of_users(state, call)),
        _ => return None,
    })
}

fn list(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "control-policies", "ADMIN-400-1")?;
    let kind = call.query("type");
    let all = (0_usize..).zip(&state.organization.policies).filter(|(_, policy)| kind.is_none_or(|kind| kind == policy.kind));
    let page = cut(
        "control-policies",
        &cursor,
        all.map(|(place, policy)| (format!("{place:08}"), body(policy))).collect(),
        PAGE,
        false,
        call.empty_page,
    );
    let meta = json!({"next": page.next, "page_size": page.items.len()});
    Ok(Reply::ok(json!({"data": page.items, "links": links(call, &state.url, &page), "meta": meta})))
}

/// The attributes, wrapped in `data` or not: the shape is not published.
fn attributes(call: &Call) -> Map<String, Value> {
    let data = call.body.get("data").unwrap_or(&call.body);
    data.get("attributes").unwrap_or(data).as_object().cloned().unwrap_or_default()
}

fn apply(policy: &mut Policy, attributes: Map<String, Value>) {
    for (key, value) in attributes {
        match (key.as_str(), &value) {
            ("type", Value::String(text)) => policy.kind.clone_from(text),
            ("name", Value::String(text)) => policy.name.clone_from(text),
            ("status", Value::String(text)) => policy.status.clone_from(text),
            ("rule", _) => policy.rule = value,
            ("resources", Value::Array(list)) => policy.resources = list.iter().map(applying).collect(),
            _ => {
                policy.more.insert(key, value);
            }
        }
    }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let attributes = attributes(call);
    if attributes.get("type").is_none_or(|kind| !kind.is_string()) {
        return Err(Refusal::new(400, "ADMIN-400-4", "The policy needs a type."));
    }
    let now = state.now();
    let mut policy = Policy {
        id: state.id(),
        kind: String::new(),
        name: String::new(),
        status: "enabled".to_owned(),
        rule: Value::Null,
        resources: Vec::new(),
        created: now,
        updated: now,
        more: Map::new(),
    };
    apply(&mut policy, attributes);
    let reply = json!({"data": body(&policy)});
    let context = vec![json!({"id": policy.id, "type": "policies"})];
    state.organization.policies.push(policy);
    state.record("policy_created", context);
    Ok(Reply::new(201, reply))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let (id, now) = (call.argument(1).to_owned(), state.now());
    let policy = find_mut(state, &id)?;
    apply(policy, attributes(call));
    policy.updated = now;
    let reply = json!({"data": body(policy)});
    state.record("policy_updated", vec![json!({"id": id, "type": "policies"})]);
    Ok(Reply::ok(reply))
}

fn resources(state: &mut State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "control-resources", "ADMIN-400-1")?;
    let id = call.argument(1).to_owned();
    let all = find_mut(state, &id)?.resources.clone();
    let page = cut("control-resources", &cursor, numbered(all), PAGE, false, call.empty_page);
    let meta = json!({"next": page.next, "page_size": page.items.len()});
    Ok(Reply::ok(json!({"data": page.items, "links": links(call, &state.url, &page), "meta": meta})))
}

/// `add` and `remove`, each a list of ids or of objects with an id.
fn change_resources(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(1).to_owned();
    let ids = |key: &str| -> Vec<String> {
        let list = call.body.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|item| item.as_str().or_else(|| item.get("id")?.as_str())).map(str::to_owned).collect()
    };
    let (mut add, mut remove) = (ids("add"), ids("remove"));
    add.extend(ids("resourcesToAdd"));
    remove.extend(ids("resourcesToRemove"));
    let policy = find_mut(state, &id)?;
    policy
        .resources
        .retain(|resource| resource.get("id").and_then(Value::as_str).is_none_or(|id| !remove.iter().chain(&add).any(|gone| gone == id)));
    policy.resources.extend(add.iter().map(|id| applying(&json!({"id": id}))));
    Ok(Reply::new(202, json!({"data": body(policy)})))
}

fn add_users(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(1).to_owned();
    find_mut(state, &id)?;
    let users = call.texts("users");
    let (known, unknown): (Vec<String>, Vec<String>) =
        users.into_iter().partition(|user| state.account(user).is_some_and(|account| account.managed && !account.closed));
    for user in &known {
        state.organization.auth_policies.insert(user.clone(), id.clone());
    }
    let task = state.id();
    let done = json!({
        "taskId": task,
        "status": if unknown.is_empty() { "COMPLETED" } else { "COMPLETED_WITH_ERRORS" },
        "policyId": id,
        "succeeded": known,
        "failed": unknown,
    });
    state.organization.tasks.insert(task.clone(), done);
    let link = format!("{}/admin/control/v1/orgs/{}/auth-policy/task/{task}", state.url, call.argument(0));
    Ok(Reply::new(202, json!({"taskId": task, "taskLink": link})))
}

fn task(state: &State, call: &Call) -> Outcome {
    let id = call.argument(1);
    state.organization.tasks.get(id).map(|task| Reply::ok(task.clone())).ok_or_else(|| not_found("ADMIN-404-1", "The task", id))
}

fn policies_of_users(state: &State, call: &Call) -> Reply {
    let mut users = call.texts("users");
    users.extend(call.texts("accountIds"));
    users.extend(call.texts("userIds"));
    let default = state.organization.policies.iter().find(|policy| policy.kind == "authentication-policy").map(|policy| policy.id.clone());
    let data: Vec<Value> = users
        .iter()
        .map(|user| json!({"accountId": user, "policyId": state.organization.auth_policies.get(user).or(default.as_ref())}))
        .collect();
    Reply::ok(json!({"data": data}))
}
