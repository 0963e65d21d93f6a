//! Policies as the organization API and the control API (v1) have them.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::paging::{cut, links, numbered, query_cursor};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::store::{Policy, not_found};

const PAGE: usize = 20;
/// What the first APIs know; the control API has more kinds.
const KINDS: &[&str] = &["ip-allowlist", "data-residency", "data-security"];
const WRITABLE: &[&str] = &["ip-allowlist", "data-residency"];

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(' ')?;
    let rest = rest.strip_prefix("/admin/v1/orgs/{}/policies").or_else(|| rest.strip_prefix("/admin/control/v1/orgs/{}/policies"))?;
    let control = call.path.starts_with("/admin/control");
    Some(match (method, rest) {
        ("GET", "") => list(state, call),
        ("POST", "") => create(state, call, control),
        ("GET", "/{}") => find(state, call).map(|policy| Reply::ok(json!({"data": body(policy)}))),
        ("PUT", "/{}") => update(state, call, control),
        ("DELETE", "/{}") => delete(state, call),
        ("GET", "/{}/validate") => find(state, call).map(|_| Reply::empty(202)),
        ("GET", "/{}/resources") => resources(state, call),
        ("POST", "/{}/resources") => add_resource(state, call),
        ("DELETE", "/{}/resources") => {
            let id = call.argument(1).to_owned();
            find_mut(state, &id).map(|policy| {
                policy.resources.clear();
                Reply::empty(204)
            })
        }
        ("PUT", "/{}/resources/{}") => update_resource(state, call),
        ("DELETE", "/{}/resources/{}") => delete_resource(state, call),
        _ => return None,
    })
}

pub fn body(policy: &Policy) -> Value {
    let mut attributes = policy.more.clone();
    for (key, value) in [
        ("type", json!(policy.kind)),
        ("name", json!(policy.name)),
        ("status", json!(policy.status)),
        ("resources", json!(policy.resources)),
    ] {
        attributes.insert(key.to_owned(), value);
    }
    if !policy.rule.is_null() {
        attributes.insert("rule".to_owned(), policy.rule.clone());
    }
    attributes.insert("createdAt".to_owned(), json!(clock::millis(policy.created)));
    attributes.insert("updatedAt".to_owned(), json!(clock::millis(policy.updated)));
    json!({"id": policy.id, "type": "policy", "attributes": attributes})
}

fn list(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "policies", "ADMIN-400-1")?;
    let kind = call.query("type");
    let all = (0_usize..)
        .zip(&state.organization.policies)
        .filter(|(_, policy)| KINDS.contains(&policy.kind.as_str()) && kind.is_none_or(|kind| kind == policy.kind));
    let page =
        cut("policies", &cursor, all.map(|(place, policy)| (format!("{place:08}"), body(policy))).collect(), PAGE, false, call.empty_page);
    let meta = json!({"next": page.next, "page_size": page.items.len()});
    Ok(Reply::ok(json!({"data": page.items, "links": links(call, &state.url, &page), "meta": meta})))
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Policy, Refusal> {
    let id = call.argument(1);
    state.organization.policies.iter().find(|policy| policy.id == id).ok_or_else(|| not_found("ADMIN-404-5", "The policy", id))
}

pub fn find_mut<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Policy, Refusal> {
    state.organization.policies.iter_mut().find(|policy| policy.id == id).ok_or_else(|| not_found("ADMIN-404-5", "The policy", id))
}

/// What a policy becomes by `data.attributes`.
fn apply(policy: &mut Policy, attributes: &Map<String, Value>, control: bool) -> Result<(), Refusal> {
    let invalid = |detail: &str| Refusal::new(400, "ADMIN-400-4", detail);
    for (key, value) in attributes {
        let text = value.as_str().unwrap_or_default();
        match key.as_str() {
            "type" if WRITABLE.contains(&text) || control => text.clone_into(&mut policy.kind),
            "type" => return Err(invalid("This type of policy cannot be written.")),
            "name" => text.clone_into(&mut policy.name),
            "status" if matches!(text, "enabled" | "disabled") => text.clone_into(&mut policy.status),
            "status" => return Err(invalid("The status is enabled or disabled.")),
            "rule" => {
                if value.get("in").is_none_or(|list| !list.is_array()) {
                    return Err(invalid("The rule needs a list `in`."));
                }
                policy.rule = value.clone();
            }
            "resources" => policy.resources = value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(applying).collect(),
            _ => return Err(invalid(&format!("The attribute {key} is not known here."))),
        }
    }
    Ok(())
}

pub fn applying(resource: &Value) -> Value {
    let mut resource = resource.clone();
    if let Some(map) = resource.as_object_mut() {
        map.insert("applicationStatus".to_owned(), json!("applying"));
    }
    resource
}

fn attributes(call: &Call) -> Result<&Map<String, Value>, Refusal> {
    let data = call.body.get("data");
    if data.and_then(|data| data.get("type")).and_then(Value::as_str) != Some("policy") {
        return Err(Refusal::new(400, "ADMIN-400-4", "data.type must be \"policy\"."));
    }
    data.and_then(|data| data.get("attributes"))
        .and_then(Value::as_object)
        .ok_or_else(|| Refusal::new(400, "ADMIN-400-4", "data.attributes is required."))
}

fn create(state: &mut State, call: &Call, control: bool) -> Outcome {
    let attributes = attributes(call)?;
    if !attributes.contains_key("type") {
        return Err(Refusal::new(400, "ADMIN-400-4", "data.attributes.type is required."));
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
    apply(&mut policy, attributes, control)?;
    let reply = json!({"data": body(&policy)});
    let context = vec![json!({"id": policy.id, "type": "policies", "attributes": {"name": policy.name}})];
    state.organization.policies.push(policy);
    state.record("policy_created", context);
    Ok(Reply::new(202, reply))
}

fn update(state: &mut State, call: &Call, control: bool) -> Outcome {
    let now = state.now();
    let id = call.argument(1).to_owned();
    let policy = find_mut(state, &id)?;
    let mut changed = policy.clone();
    apply(&mut changed, attributes(call)?, control)?;
    changed.updated = now;
    *policy = changed;
    let reply = json!({"data": body(policy)});
    let context = vec![json!({"id": id, "type": "policies", "attributes": {"name": policy.name}})];
    state.record("policy_updated", context);
    Ok(Reply::new(202, reply))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.id.clone();
    state.organization.policies.retain(|policy| policy.id != id);
    state.record("policy_deleted", vec![json!({"id": id, "type": "policies"})]);
    Ok(Reply::empty(202))
}

fn resources(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "resources", "ADMIN-400-1")?;
    let page = cut("resources", &cursor, numbered(find(state, call)?.resources.clone()), PAGE, false, call.empty_page);
    let meta = json!({"next": page.next, "page_size": page.items.len()});
    Ok(Reply::ok(json!({"data": page.items, "links": links(call, &state.url, &page), "meta": meta})))
}

fn add_resource(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(1).to_owned();
    let wanted = call.text("id").unwrap_or_default();
    let known = state.organization.workspaces.iter().any(|workspace| workspace.ari == wanted);
    let policy = find_mut(state, &id)?;
    if !known {
        return Err(Refusal::new(400, "ADMIN-400-4", format!("The resource {wanted} does not exist.")));
    }
    policy.resources.retain(|resource| resource.get("id").and_then(Value::as_str) != Some(wanted));
    policy.resources.push(applying(&call.body));
    Ok(Reply::new(202, json!({"data": body(policy)})))
}

fn update_resource(state: &mut State, call: &Call) -> Outcome {
    let (id, wanted) = (call.argument(1).to_owned(), call.argument(2));
    let policy = find_mut(state, &id)?;
    let resource = policy.resources.iter_mut().find(|resource| resource.get("id").and_then(Value::as_str) == Some(wanted));
    let map = resource.and_then(Value::as_object_mut).ok_or_else(|| not_found("ADMIN-404-6", "The policy's resource", wanted))?;
    for key in ["meta", "links"] {
        if let Some(value) = call.body.get(key) {
            map.insert(key.to_owned(), value.clone());
        }
    }
    Ok(Reply::new(202, json!({"data": body(policy)})))
}

fn delete_resource(state: &mut State, call: &Call) -> Outcome {
    let (id, wanted) = (call.argument(1).to_owned(), call.argument(2));
    let policy = find_mut(state, &id)?;
    let before = policy.resources.len();
    policy.resources.retain(|resource| resource.get("id").and_then(Value::as_str) != Some(wanted));
    if policy.resources.len() == before {
        return Err(not_found("ADMIN-404-6", "The policy's resource", wanted));
    }
    Ok(Reply::empty(204))
}
