//! Organizations, domains, managed accounts, last activity, organization roles, access by e-mail domain.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::paging::{self, cut, links, numbered, query_cursor};
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::directories::known_roles;
use super::store::{Account, Membership, not_found, organization_ari};

/// Managed accounts on a page.
const ACCOUNTS: usize = 100;

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    Some(match key {
        "GET /admin/v1/orgs" => list(state, call),
        "GET /admin/v1/orgs/{}" => Ok(Reply::ok(json!({"data": organization(&state.url)}))),
        "GET /admin/v1/orgs/{}/domains" => domains(state, call),
        "GET /admin/v1/orgs/{}/domains/{}" => domain(state, call),
        "GET /admin/v1/orgs/{}/users" => accounts(state, call),
        "GET /admin/v1/orgs/{}/directory/users/{}/last-active-dates" => last_active(state, call),
        "POST /admin/v1/orgs/{}/users/{}/role-assignments/assign" => organization_role(state, call, true),
        "POST /admin/v1/orgs/{}/users/{}/role-assignments/revoke" => organization_role(state, call, false),
        "POST /admin/v1/orgs/{}/users/{}/roles/assign" => role(state, call, true),
        "POST /admin/v1/orgs/{}/users/{}/roles/revoke" => role(state, call, false),
        "GET /admin/v2/orgs/{}/app-access-settings/domains" => settings(state, call),
        "POST /admin/v2/orgs/{}/app-access-settings/domains" => create_setting(state, call),
        "GET /admin/v2/orgs/{}/app-access-settings/domains/{}" => setting(state, call),
        "PUT /admin/v2/orgs/{}/app-access-settings/domains/{}" => change_setting(state, call),
        "POST /admin/v2/orgs/{}/app-access-settings/domains/{}/products" => add_product(state, call),
        _ => return None,
    })
}

fn organization(url: &str) -> Value {
    let own = format!("{url}/admin/v1/orgs/{}", seed::ORG_ID);
    json!({
        "id": seed::ORG_ID,
        "type": "orgs",
        "attributes": {"name": seed::ORG_NAME},
        "relationships": {
            "domains": {"links": {"related": format!("{own}/domains")}},
            "users": {"links": {"related": format!("{own}/users")}},
        },
        "links": {"self": own},
    })
}

fn list(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "orgs", "ADMIN-400-1")?;
    let page = cut("orgs", &cursor, numbered([organization(&state.url)]), 20, false, call.empty_page);
    Ok(Reply::ok(json!({"data": page.items, "links": links(call, &state.url, &page)})))
}

fn domains(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "domains", "ADMIN-400-1")?;
    let all = numbered(state.organization.domains.iter().map(|domain| domain_body(state, domain)));
    let page = cut("domains", &cursor, all, 20, false, call.empty_page);
    Ok(Reply::ok(json!({"data": page.items, "links": links(call, &state.url, &page)})))
}

fn domain_body(state: &State, domain: &super::store::Domain) -> Value {
    json!({
        "id": domain.id,
        "type": "domains",
        "attributes": {
            "name": domain.name,
            "claim": {"type": domain.claim, "status": if domain.verified { "verified" } else { "unverified" }},
        },
        "links": {"self": format!("{}/admin/v1/orgs/{}/domains/{}", state.url, seed::ORG_ID, domain.id)},
    })
}

fn domain(state: &State, call: &Call) -> Outcome {
    let id = call.argument(1);
    if !id.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '=')) {
        return Err(Refusal::new(400, "ADMIN-400-2", format!("{id} is no domain id.")));
    }
    let domain =
        state.organization.domains.iter().find(|domain| domain.id == id).ok_or_else(|| not_found("ADMIN-404-3", "The domain", id))?;
    Ok(Reply::ok(json!({"data": domain_body(state, domain)})))
}

fn accounts(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "users", "ADMIN-400-1")?;
    let all: Vec<(String, &Account)> = (0_usize..)
        .zip(&state.accounts)
        .filter(|(_, account)| account.managed && !account.closed)
        .map(|(place, account)| (format!("{place:08}"), account))
        .collect();
    let page = cut("users", &cursor, all, ACCOUNTS, false, call.empty_page);
    let data: Vec<Value> = page.items.iter().map(|account| account_body(state, account)).collect();
    Ok(Reply::ok(json!({"data": data, "links": links(call, &state.url, &page), "meta": {"total": page.total}})))
}

fn account_body(state: &State, account: &Account) -> Value {
    let roles = state.roles_of(account);
    let access: Vec<Value> = (state.organization.workspaces.iter())
        .filter(|workspace| roles.contains_key(workspace.ari.as_str()) && account.status() == "active")
        .map(|workspace| {
            let mut body = json!({"key": v1_key(&workspace.key), "name": workspace.product, "url": workspace.url});
            insert_time(&mut body, "last_active", account.seen.get(workspace.ari.as_str()).copied());
            body
        })
        .collect();
    let mut body = json!({
        "account_id": account.id,
        "account_type": account.kind,
        "account_status": account.status(),
        "name": account.name,
        "picture": account.picture(),
        "email": account.email,
        "access_billable": account.status() == "active" && account.membership == Membership::Active && account.kind == "atlassian" && !access.is_empty(),
        "product_access": access,
        "links": {"self": format!("{}/admin/v1/orgs/{}/directory/users/{}", state.url, seed::ORG_ID, account.id)},
    });
    insert_time(&mut body, "last_active", account.last_active());
    body
}

fn insert_time(body: &mut Value, key: &str, time: Option<i64>) {
    if let (Some(map), Some(time)) = (body.as_object_mut(), time) {
        map.insert(key.to_owned(), json!(clock::millis(time)));
    }
}

/// The v1 lists call the help desk by its older name.
pub fn v1_key(key: &str) -> &str {
    if key == "jira-servicedesk" { "jira-service-desk" } else { key }
}

fn last_active(state: &State, call: &Call) -> Outcome {
    let id = call.argument(1);
    let cursor = query_cursor(call, "last-active", "ADMIN-400-1")?;
    let account = state.account(id).filter(|account| !account.closed).ok_or_else(|| not_found("ADMIN-404-8", "The user", id))?;
    let roles = state.roles_of(account);
    let access: Vec<Value> = (state.organization.workspaces.iter())
        .filter(|workspace| account.seen.contains_key(workspace.ari.as_str()) || roles.contains_key(workspace.ari.as_str()))
        .map(|workspace| {
            let mut body = json!({"id": workspace.ari, "key": v1_key(&workspace.key)});
            if let (Some(map), Some(seen)) = (body.as_object_mut(), account.seen.get(workspace.ari.as_str())) {
                map.insert("last_active".to_owned(), json!(clock::date(*seen)));
                map.insert("last_active_timestamp".to_owned(), json!(clock::millis(*seen)));
            }
            body
        })
        .collect();
    let page = cut("last-active", &cursor, numbered(access), 10, false, call.empty_page);
    let links = page.next.as_ref().map_or_else(|| json!({}), |next| json!({"next": next}));
    let added = (account.membership != Membership::None).then_some(account.created);
    Ok(Reply::ok(json!({
        "data": {
            "product_access": page.items,
            "added_to_org": added.map(clock::date),
            "added_to_org_timestamp": added.map(clock::millis),
        },
        "links": links,
    })))
}

fn organization_role(state: &mut State, call: &Call, grant: bool) -> Outcome {
    let role = call.text("role").unwrap_or_default();
    if role != "atlassian/org-admin" {
        return Err(Refusal::new(400, "ADMIN-400-24", format!("{role} is no role of the organization.")));
    }
    change_role(state, call.argument(1), organization_ari(), role, grant)
}

fn role(state: &mut State, call: &Call, grant: bool) -> Outcome {
    let role = call.text("role").unwrap_or_default();
    if !known_roles().contains(&role) {
        return Err(Refusal::new(400, "ADMIN-UAM-400-3", format!("{role} is no role.")));
    }
    let resource = match call.text("resource") {
        Some(resource) => resource.to_owned(),
        None if role == "atlassian/org-admin" => organization_ari(),
        None => return Err(Refusal::new(400, "ADMIN-400-24", format!("The role {role} needs a resource."))),
    };
    if resource != organization_ari() && !state.organization.workspaces.iter().any(|workspace| workspace.ari == resource) {
        return Err(not_found("ADMIN-404-1", "The resource", &resource));
    }
    change_role(state, call.argument(1), resource, role, grant)
}

fn change_role(state: &mut State, id: &str, resource: String, role: &str, grant: bool) -> Outcome {
    let account = state.account_mut(id).filter(|account| !account.closed).ok_or_else(|| not_found("ADMIN-404-8", "The user", id))?;
    if grant && account.status() != "active" {
        return Err(Refusal::new(400, "ADMIN-UAM-400-2", "The user is not active."));
    }
    let pair = (resource.clone(), role.to_owned());
    let changed = if grant { account.roles.insert(pair) } else { account.roles.remove(&pair) };
    if changed {
        let context = vec![state.mention(id), json!({"id": resource, "type": "resources", "attributes": {"role": role}})];
        state.record(if grant { "user_granted_role" } else { "user_revoked_role" }, context);
    }
    Ok(Reply::empty(204))
}

fn settings(state: &State, call: &Call) -> Outcome {
    let cursor = query_cursor(call, "settings", "ADMIN-UAM-400-1")?;
    let limit = paging::limit(call.query("limit"), 20, 100, "ADMIN-UAM-400-1")?;
    let mut settings: Vec<&Value> = state.organization.access_settings.iter().collect();
    settings.sort_by_key(|setting| setting.get("domain").and_then(Value::as_str));
    let all = numbered(settings.into_iter().map(|setting| {
        let products = setting.get("products").and_then(Value::as_array).map_or(0, Vec::len);
        json!({"domain": setting.get("domain"), "enabled": setting.get("enabled"), "numberOfProductsAppliesTo": products})
    }));
    let page = cut("settings", &cursor, all, limit, false, call.empty_page);
    Ok(Reply::ok(json!({"data": page.items, "links": paging::cursors(&page)})))
}

fn find_setting<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Value, Refusal> {
    (state.organization.access_settings.iter_mut())
        .find(|setting| setting.get("domain").and_then(Value::as_str) == Some(name))
        .ok_or_else(|| not_found("ADMIN-UAM-404-1", "The setting of the domain", name))
}

fn setting(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(find_setting(state, call.argument(1))?.clone()))
}

fn create_setting(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("domain").unwrap_or_default().to_owned();
    if find_setting(state, &name).is_ok() {
        return Err(Refusal::new(409, "ADMIN-UAM-409-2", format!("The domain {name} has a setting already.")));
    }
    let made = json!({"domain": name, "enabled": true, "adminNotifications": call.body.get("adminNotifications"), "products": call.body.get("products")});
    state.organization.access_settings.push(made.clone());
    Ok(Reply::new(201, made).header("Location", format!("{}/{name}", call.path)))
}

fn change_setting(state: &mut State, call: &Call) -> Outcome {
    let setting = find_setting(state, call.argument(1))?;
    if let Some(map) = setting.as_object_mut() {
        for key in ["adminNotifications", "products"] {
            if let Some(value) = call.body.get(key) {
                map.insert(key.to_owned(), value.clone());
            }
        }
    }
    Ok(Reply::ok(setting.clone()))
}

fn add_product(state: &mut State, call: &Call) -> Outcome {
    let setting = find_setting(state, call.argument(1))?;
    if let Some(products) = setting.get_mut("products").and_then(Value::as_array_mut) {
        products.retain(|product| product.get("productId") != call.body.get("productId"));
        products.push(call.body.clone());
    }
    Ok(Reply::ok(setting.clone()))
}
