//! Workspaces: the apps of the organization's sites.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome, texts};
use super::super::clock;
use super::super::paging::{self, cut};
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::directories::{body_question, question_cursor};

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    (key == "POST /admin/v2/orgs/{}/workspaces").then(|| search(state, call))
}

fn all(state: &State) -> Vec<Value> {
    (state.organization.workspaces.iter())
        .map(|workspace| {
            let usage = state
                .accounts
                .iter()
                .filter(|account| account.status() == "active" && state.roles_of(account).contains_key(workspace.ari.as_str()))
                .count();
            json!({
                "id": workspace.ari,
                "type": "workspaces",
                "attributes": {
                    "name": workspace.name,
                    "typeKey": workspace.key,
                    "type": workspace.product,
                    "owner": null,
                    "status": "online",
                    "statusDetails": [],
                    "icons": {},
                    "avatars": {},
                    "labels": [],
                    "sandbox": {"type": "NONE"},
                    "usage": usage,
                    "capacity": 500,
                    "createdAt": clock::millis(workspace.created),
                    "createdBy": seed::accounts::ORGANIZATION_ADMIN,
                    "updatedAt": clock::millis(workspace.created),
                    "hostUrl": workspace.url,
                    "realm": "eu",
                    "regions": ["eu-central-1"],
                },
                "links": {"self": format!("{}/admin/v2/orgs/{}/workspaces/{}", state.url, seed::ORG_ID, workspace.ari)},
                "relationships": {"entitlement": [], "policy": [], "feature": []},
            })
        })
        .collect()
}

/// "attributes.type" in a workspace.
fn field<'a>(workspace: &'a Value, name: &str) -> Option<&'a Value> {
    name.split('.').try_fold(workspace, |value, part| value.get(part))
}

fn fits(query: &Value, workspace: &Value) -> Result<bool, Refusal> {
    let bad = || Refusal::new(400, "ADMIN-400-19", "The query is not understood.");
    let list = |key: &str| query.get(key).and_then(Value::as_array);
    if let Some(parts) = list("and") {
        return parts.iter().try_fold(true, |so_far, part| Ok(so_far & fits(part, workspace)?));
    }
    if let Some(parts) = list("nor") {
        return parts.iter().try_fold(true, |so_far, part| Ok(so_far & !fits(part, workspace)?));
    }
    if let Some(wanted) = query.get("field") {
        let name = wanted.get("name").and_then(Value::as_str).ok_or_else(bad)?;
        let value = field(workspace, name);
        return Ok(texts(wanted.get("values")).iter().any(|one| {
            value.is_some_and(|value| match value {
                Value::Array(items) => items.iter().any(|item| item.as_str() == Some(one)),
                other => other.as_str().is_some_and(|text| text.eq_ignore_ascii_case(one)),
            })
        }));
    }
    if let Some(term) = query.get("searchWorkspaces").and_then(Value::as_str) {
        let term = query.get("value").and_then(Value::as_str).unwrap_or(term).to_lowercase();
        let names = ["attributes.name", "attributes.hostUrl"]
            .map(|name| field(workspace, name).and_then(Value::as_str).unwrap_or_default().to_lowercase());
        return Ok(names.iter().any(|name| name.contains(&term)));
    }
    if let Some(wanted) = list("features").or_else(|| list("policies")) {
        return Ok(wanted.is_empty());
    }
    if query.as_object().is_some_and(serde_json::Map::is_empty) { Ok(true) } else { Err(bad()) }
}

fn search(state: &State, call: &Call) -> Outcome {
    let has = |key: &str| call.body.get(key).is_some_and(|value| !value.is_null());
    if has("cursor") && (has("query") || has("sort") || has("limit")) {
        return Err(Refusal::new(400, "ADMIN-400-19", "A cursor stands alone."));
    }
    let size = call.body.get("limit").filter(|value| !value.is_null()).map(Value::to_string);
    let mut question = body_question(call);
    if let (Some(map), Some(size)) = (question.as_object_mut(), &size) {
        paging::limit(Some(size), 20, 1_000, "ADMIN-400-19")?;
        map.insert("limit".to_owned(), json!(size));
    }
    let cursor = question_cursor(call, "workspaces", question).map_err(|_| Refusal::new(400, "ADMIN-400-1", "The cursor is not valid."))?;
    // The size of the first page holds for the others.
    let limit = paging::limit(cursor.question.get("limit").and_then(Value::as_str), 20, 1_000, "ADMIN-400-19")?;
    let mut found = Vec::new();
    for workspace in all(state) {
        if match cursor.question.get("query") {
            Some(query) => fits(query, &workspace)?,
            None => true,
        } {
            found.push(workspace);
        }
    }
    let order = cursor.question.pointer("/sort/0");
    if let Some(name) = order.and_then(|order| order.get("field")).and_then(Value::as_str) {
        found.sort_by_key(|workspace| field(workspace, name).map(Value::to_string));
        if order.and_then(|order| order.get("order")).and_then(Value::as_str) == Some("desc") {
            found.reverse();
        }
    }
    let page = cut("workspaces", &cursor, paging::numbered(found), limit, false, call.empty_page);
    let size = page.items.len();
    let meta = json!({
        "pageSize": size,
        "startIndex": (size > 0).then_some(page.start),
        "endIndex": (size > 0).then(|| page.start + size - 1),
        "total": page.total,
    });
    let mut links = json!({"self": page.current});
    if let (Some(map), Some(next)) = (links.as_object_mut(), &page.next) {
        map.insert("next".to_owned(), json!(next));
    }
    Ok(Reply::ok(json!({"data": page.items, "links": links, "meta": meta})))
}
