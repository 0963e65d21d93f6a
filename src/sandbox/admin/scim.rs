//! What the SCIM users and groups share, what the server says of itself, and the links to accounts.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::query::{Clause, Expression, Operand, Operator, Query, SCIM, parse};
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::store::ScimUser;

pub const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const ATLASSIAN: &str = "urn:scim:schemas:extension:atlassian-external:1.0";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    if let Some(rest) = key.strip_prefix("GET /scim/directory/{}/") {
        if let Err(refusal) = directory(call) {
            return Some(Err(refusal));
        }
        let base = format!("{}/scim/directory/{}", state.url, seed::SCIM_DIRECTORY);
        let schemas = || json!([user_schema(&base), group_schema(&base), enterprise_schema(&base)]);
        return Some(Ok(Reply::ok(match rest {
            "Schemas" => all(schemas()),
            "ResourceTypes" => all(json!([resource_type("User", &base), resource_type("Group", &base)])),
            "ResourceTypes/User" => resource_type("User", &base),
            "ResourceTypes/Group" => resource_type("Group", &base),
            "ServiceProviderConfig" => provider_config(&base),
            _ => match rest.strip_prefix("Schemas/")? {
                CORE_USER => user_schema(&base),
                CORE_GROUP => group_schema(&base),
                ENTERPRISE => enterprise_schema(&base),
                _ => return None,
            },
        })));
    }
    let (method, rest) = key.split_once(" /admin/user-provisioning/v1/org/{}")?;
    Some(match (method, rest) {
        ("GET", "/user/{}/get-scim-links") => links_of_account(state, call),
        ("POST", "/get-scim-links-for-email") => links_of_email(state, call),
        ("PATCH", "/scimDirectoryId/{}/scimUserId/{}/unlink") => unlink(state, call),
        ("DELETE", "/user/{}/onlyDeleteUserInDB") => delete_records(state, call),
        _ => return None,
    })
}

pub fn directory(call: &Call) -> Result<(), Refusal> {
    match call.argument(0) {
        seed::SCIM_DIRECTORY => Ok(()),
        other => Err(Refusal::new(404, "", format!("The directory {other} does not exist."))),
    }
}

/// The only form of filter there is, `name eq "value"`: name and value. Only `true` and `false` may stand without quotes.
pub fn equation(text: &str) -> Option<(String, String)> {
    let Query { filter: Some(Expression::Clause(Clause { field, operator: Operator::Equals, operand, .. })), .. } =
        parse(&SCIM, text).ok()?
    else {
        return None;
    };
    let Some(Operand::Text(value)) = operand else { return None };
    (text.trim_end().ends_with('"') || value == "true" || value == "false").then_some((field, value))
}

pub fn filter(call: &Call, allowed: &[&str]) -> Result<Option<(String, String)>, Refusal> {
    let Some(text) = call.query("filter") else { return Ok(None) };
    let bad =
        || Refusal::new(400, "invalidFilter", format!("The filter must be one of {} with eq and a quoted value.", allowed.join(", ")));
    let (name, value) = equation(text).ok_or_else(bad)?;
    let name = allowed.iter().find(|known| known.eq_ignore_ascii_case(&name)).ok_or_else(bad)?;
    Ok(Some(((*name).to_owned(), value)))
}

/// A page of resources by `startIndex` and `count`.
pub fn listing(call: &Call, found: Vec<Value>) -> Reply {
    let number = |key: &str| call.query(key).and_then(|text| text.parse::<i64>().ok());
    let start = number("startIndex").unwrap_or(1).max(1);
    let count = number("count").unwrap_or(50).clamp(0, 100);
    let total = found.len();
    let skip = usize::try_from(start - 1).unwrap_or_default();
    let page: Vec<Value> =
        if call.empty_page { Vec::new() } else { found.into_iter().skip(skip).take(usize::try_from(count).unwrap_or_default()).collect() };
    Reply::ok(json!({"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": page.len(), "Resources": page}))
}

fn all(resources: Value) -> Value {
    let count = resources.as_array().map_or(0, Vec::len);
    json!({"schemas": [LIST], "totalResults": count, "startIndex": 1, "itemsPerPage": count, "Resources": resources})
}

/// Keeps or drops attributes, as `attributes` and `excludedAttributes` ask.
pub fn project(call: &Call, resource: Value) -> Result<Value, Refusal> {
    let (wanted, unwanted) = (call.queries("attributes"), call.queries("excludedAttributes"));
    if !wanted.is_empty() && !unwanted.is_empty() {
        return Err(Refusal::new(400, "invalidValue", "attributes and excludedAttributes exclude each other."));
    }
    let Value::Object(resource) = resource else { return Ok(resource) };
    if !wanted.is_empty() {
        let mut kept = Map::new();
        for (key, value) in &resource {
            // These are always answered.
            if matches!(key.as_str(), "id" | "schemas") {
                kept.insert(key.clone(), value.clone());
            } else if let Some(parts) = sub_attributes(&wanted, key) {
                kept.insert(
                    key.clone(),
                    if parts.is_empty() {
                        value.clone()
                    } else {
                        narrow(value, &|part| parts.iter().any(|wanted| wanted.eq_ignore_ascii_case(part)))
                    },
                );
            }
        }
        return Ok(Value::Object(kept));
    }
    if !unwanted.is_empty() {
        let mut kept = Map::new();
        for (key, value) in &resource {
            match sub_attributes(&unwanted, key) {
                Some(parts) if parts.is_empty() && !matches!(key.as_str(), "id" | "schemas") => {}
                Some(parts) => {
                    kept.insert(key.clone(), narrow(value, &|part| !parts.iter().any(|unwanted| unwanted.eq_ignore_ascii_case(part))));
                }
                None => {
                    kept.insert(key.clone(), value.clone());
                }
            }
        }
        return Ok(Value::Object(kept));
    }
    Ok(Value::Object(resource))
}

/// The parts of an attribute that a list names; none at all for the whole of it.
fn sub_attributes<'a>(list: &'a [String], key: &str) -> Option<Vec<&'a str>> {
    let mut parts = Vec::new();
    let mut named = false;
    for name in list {
        if name.eq_ignore_ascii_case(key) {
            return Some(Vec::new());
        }
        // URNs have dots of their own: compare by prefix.
        if let Some(rest) = name.get(key.len()..).filter(|_| name.get(..key.len()).is_some_and(|head| head.eq_ignore_ascii_case(key)))
            && let Some(part) = rest.strip_prefix(['.', ':'])
        {
            named = true;
            parts.push(part);
        }
    }
    named.then_some(parts)
}

fn narrow(value: &Value, keep: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(|item| narrow(item, keep)).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().filter(|(key, _)| keep(key)).map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}

fn attribute(name: &str, kind: &str, many: bool, required: bool, mutability: &str, parts: &[&str]) -> Value {
    let parts: Vec<Value> = (parts.iter())
        .map(|part| {
            let kind = if *part == "primary" { "boolean" } else { "string" };
            json!({"name": part, "type": kind, "multiValued": false, "required": false, "caseExact": false, "mutability": mutability, "returned": "default", "uniqueness": "none"})
        })
        .collect();
    let mut body = json!({
        "name": name,
        "type": kind,
        "multiValued": many,
        "required": required,
        "caseExact": matches!(name, "id" | "externalId"),
        "mutability": mutability,
        "returned": "default",
        "uniqueness": if name == "userName" { "server" } else { "none" },
    });
    if let (Some(map), false) = (body.as_object_mut(), parts.is_empty()) {
        map.insert("subAttributes".to_owned(), json!(parts));
    }
    body
}

fn schema(id: &str, name: &str, attributes: Vec<Value>, base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": id,
        "name": name,
        "description": name,
        "attributes": attributes,
        "meta": {"resourceType": "Schema", "location": format!("{base}/Schemas/{id}")},
    })
}

fn user_schema(base: &str) -> Value {
    let text = |name: &str| attribute(name, "string", false, name == "userName", "readWrite", &[]);
    let mut attributes: Vec<Value> =
        ["userName", "displayName", "nickName", "title", "preferredLanguage", "department", "organization", "timezone"]
            .iter()
            .map(|name| text(name))
            .collect();
    attributes.push(attribute(
        "name",
        "complex",
        false,
        false,
        "readWrite",
        &["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"],
    ));
    attributes.push(attribute("emails", "complex", true, true, "readWrite", &["value", "type", "primary"]));
    attributes.push(attribute("phoneNumbers", "complex", true, false, "readWrite", &["value", "type", "primary"]));
    attributes.push(attribute("active", "boolean", false, false, "readWrite", &[]));
    attributes.push(attribute("groups", "complex", true, false, "readOnly", &["type", "value", "display", "$ref"]));
    schema(CORE_USER, "User", attributes, base)
}

fn group_schema(base: &str) -> Value {
    let attributes = vec![
        attribute("displayName", "string", false, true, "immutable", &[]),
        attribute("members", "complex", true, false, "readWrite", &["type", "value", "display", "$ref"]),
    ];
    schema(CORE_GROUP, "Group", attributes, base)
}

fn enterprise_schema(base: &str) -> Value {
    let attributes = ["organization", "department"].iter().map(|name| attribute(name, "string", false, false, "readWrite", &[])).collect();
    schema(ENTERPRISE, "EnterpriseUser", attributes, base)
}

fn resource_type(name: &str, base: &str) -> Value {
    let (schema, extensions) =
        if name == "User" { (CORE_USER, json!([{"schema": ENTERPRISE, "required": false}])) } else { (CORE_GROUP, json!([])) };
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": name,
        "name": name,
        "description": name,
        "endpoint": format!("/{name}s"),
        "schema": schema,
        "schemaExtensions": extensions,
        "meta": {"resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}")},
    })
}

fn provider_config(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": "https://developer.atlassian.com/cloud/admin/user-provisioning/",
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": 100},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": false},
        "authenticationSchemes": [{"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "The key of the directory.", "primary": true}],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig")},
    })
}

fn link(user: &ScimUser) -> Value {
    let mut body = json!({"scimUserId": user.id, "orgId": seed::ORG_ID, "directoryId": seed::SCIM_DIRECTORY});
    if let (Some(map), Some(account)) = (body.as_object_mut(), &user.account) {
        map.insert("atlassianAccountId".to_owned(), json!(account));
    }
    body
}

fn links_of_account(state: &State, call: &Call) -> Outcome {
    let id = call.argument(1);
    let links: Vec<Value> = state.organization.scim_users.iter().filter(|user| user.account.as_deref() == Some(id)).map(link).collect();
    Ok(Reply::ok(json!({"scimLinks": links})))
}

fn links_of_email(state: &State, call: &Call) -> Outcome {
    let email = call.text("email").unwrap_or_default();
    let links: Vec<Value> = state
        .organization
        .scim_users
        .iter()
        .filter(|user| super::scim_users::email(&user.data).is_some_and(|have| have.eq_ignore_ascii_case(email)))
        .map(link)
        .collect();
    Ok(Reply::ok(json!({"scimLinks": links})))
}

fn unlink(state: &mut State, call: &Call) -> Outcome {
    let (directory, id) = (call.argument(1), call.argument(2));
    let user = (state.organization.scim_users.iter_mut().filter(|_| directory == seed::SCIM_DIRECTORY).find(|user| user.id == id))
        .ok_or_else(|| Refusal::new(404, "ADMIN-404-1", format!("The SCIM user {id} does not exist.")))?;
    if let Some(account) = user.account.take().and_then(|id| state.account_mut(&id)) {
        account.source = super::store::Source::Local;
    }
    Ok(Reply::empty(204))
}

fn delete_records(state: &mut State, call: &Call) -> Outcome {
    let id = call.argument(1);
    if !state.account(id).is_some_and(|account| account.managed && !account.closed) {
        return Err(Refusal::new(404, "ADMIN-404-8", format!("The account {id} is not managed.")));
    }
    let gone: Vec<String> =
        state.organization.scim_users.iter().filter(|user| user.account.as_deref() == Some(id)).map(|user| user.id.clone()).collect();
    for user in &gone {
        super::scim_users::forget(state, user);
    }
    if let Some(account) = state.account_mut(id) {
        account.source = super::store::Source::Local;
    }
    Ok(Reply::empty(204))
}
