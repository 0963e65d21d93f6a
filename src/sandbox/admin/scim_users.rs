//! SCIM users: what an identity provider writes, and what it does to accounts.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::directories::new_account;
use super::scim::{ATLASSIAN, CORE_USER, ENTERPRISE, directory, filter, listing, project};
use super::scim_patch;
use super::store::{Membership, ScimUser, Source, domain_of};

const WRITABLE: &[&str] = &[
    "userName",
    "emails",
    "externalId",
    "name",
    "displayName",
    "nickName",
    "title",
    "preferredLanguage",
    "department",
    "organization",
    "timezone",
    "phoneNumbers",
    ENTERPRISE,
];

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(" /scim/directory/{}/Users")?;
    if let Err(refusal) = directory(call) {
        return Some(Err(refusal));
    }
    Some(match (method, rest) {
        ("GET", "") => list(state, call),
        ("POST", "") => create(state, call),
        ("GET", "/{}") => find(state, call).and_then(|user| Ok(Reply::ok(project(call, body(state, user))?))),
        ("PUT", "/{}") => replace(state, call),
        ("PATCH", "/{}") => patch(state, call),
        ("DELETE", "/{}") => delete(state, call),
        _ => return None,
    })
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a ScimUser, Refusal> {
    let id = call.argument(1);
    state
        .organization
        .scim_users
        .iter()
        .find(|user| user.id == id)
        .ok_or_else(|| Refusal::new(404, "", format!("Resource {id} not found.")))
}

pub fn base(state: &State) -> String {
    format!("{}/scim/directory/{}", state.url, seed::SCIM_DIRECTORY)
}

/// The primary address, or the only one.
pub fn email(data: &Map<String, Value>) -> Option<&str> {
    let emails = data.get("emails")?.as_array()?;
    let primary = emails.iter().find(|email| email.get("primary").and_then(Value::as_bool) == Some(true));
    primary.or_else(|| emails.first())?.get("value")?.as_str()
}

fn body(state: &State, user: &ScimUser) -> Value {
    let base = base(state);
    let mut schemas = vec![CORE_USER];
    if user.data.contains_key(ENTERPRISE) {
        schemas.push(ENTERPRISE);
    }
    if user.account.is_some() {
        schemas.push(ATLASSIAN);
    }
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!(schemas));
    body.insert("id".to_owned(), json!(user.id));
    body.extend(user.data.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), value.clone())));
    body.insert("active".to_owned(), json!(user.active));
    let groups: Vec<Value> = (state.organization.scim_groups.iter())
        .filter(|group| group.members.contains(&user.id))
        .map(|group| json!({"type": "direct", "value": group.id, "display": group.name, "$ref": format!("{base}/Groups/{}", group.id)}))
        .collect();
    body.insert("groups".to_owned(), json!(groups));
    if let Some(account) = &user.account {
        body.insert(ATLASSIAN.to_owned(), json!({"atlassianAccountId": account}));
    }
    body.insert(
        "meta".to_owned(),
        json!({
            "resourceType": "User",
            "location": format!("{base}/Users/{}", user.id),
            "created": clock::micros(user.created),
            "lastModified": clock::micros(user.modified),
        }),
    );
    Value::Object(body)
}

fn list(state: &State, call: &Call) -> Outcome {
    let wanted = filter(call, &["userName", "externalId"])?;
    let fits = |user: &&ScimUser| {
        wanted.as_ref().is_none_or(|(key, value)| {
            let have = user.data.get(key).and_then(Value::as_str);
            // userName is compared without case, externalId with it.
            have.is_some_and(|have| if key == "userName" { have.eq_ignore_ascii_case(value) } else { have == value })
        })
    };
    let found: Vec<Value> =
        state.organization.scim_users.iter().filter(fits).map(|user| project(call, body(state, user))).collect::<Result<_, _>>()?;
    Ok(listing(call, found))
}

fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal::new(400, "invalidValue", detail)
}

/// What every written user must satisfy.
fn verify(state: &State, data: &Map<String, Value>, own: Option<&str>) -> Result<(), Refusal> {
    let name = data.get("userName").and_then(Value::as_str).unwrap_or_default();
    if name.trim().is_empty() {
        return Err(invalid("userName is required."));
    }
    let emails = data.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let primary = emails.iter().filter(|email| email.get("primary").and_then(Value::as_bool) == Some(true)).count();
    if emails.is_empty() {
        return Err(invalid("emails is required."));
    }
    if primary != 1 {
        return Err(invalid("One of the emails must be primary."));
    }
    let address = email(data).unwrap_or_default();
    if !address.contains('@') {
        return Err(invalid(format!("{address} is no email address.")));
    }
    if !state.is_verified(domain_of(address)) {
        return Err(invalid(format!("The domain {} is not verified by the organization.", domain_of(address))));
    }
    let taken = |user: &&ScimUser| {
        Some(user.id.as_str()) != own
            && (user.data.get("userName").and_then(Value::as_str).is_some_and(|have| have.eq_ignore_ascii_case(name))
                || email(&user.data).is_some_and(|have| have.eq_ignore_ascii_case(address)))
    };
    if state.organization.scim_users.iter().any(|user| taken(&user)) {
        return Err(Refusal::new(409, "uniqueness", format!("A user with the userName {name} exists already.")));
    }
    Ok(())
}

fn writable(body: &Value) -> Map<String, Value> {
    let fields = body.as_object().into_iter().flatten().filter(|(key, value)| WRITABLE.contains(&key.as_str()) && !value.is_null());
    fields.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let data = writable(&call.body);
    verify(state, &data, None)?;
    let active = call.body.get("active").and_then(Value::as_bool).unwrap_or(true);
    let address = email(&data).unwrap_or_default().to_owned();
    let existing = state.accounts.iter().find(|account| account.managed && !account.closed && account.email.eq_ignore_ascii_case(&address));
    let account = match existing.map(|account| account.id.clone()) {
        Some(id) => id,
        None => new_account(state, &address, data.get("displayName").and_then(Value::as_str).unwrap_or(&address)),
    };
    if let Some(linked) = state.account_mut(&account) {
        linked.source = Source::Scim;
        linked.email_verified = true;
        if linked.membership == Membership::None {
            linked.membership = Membership::Active;
        }
    }
    let now = state.now();
    let user = ScimUser { id: state.id(), account: Some(account.clone()), data, active, created: now, modified: now };
    let id = user.id.clone();
    state.organization.scim_users.push(user);
    write_account(state, &id);
    let context = vec![state.mention(&account)];
    state.record("user_provisioned", context);
    let made = state.organization.scim_users.iter().find(|user| user.id == id).map(|user| body(state, user)).unwrap_or_default();
    let location = format!("{}/Users/{id}", base(state));
    Ok(Reply::new(201, project(call, made)?).header("Location", location))
}

/// Carries what the provider wrote over to the account.
fn write_account(state: &mut State, id: &str) {
    let Some(user) = state.organization.scim_users.iter().find(|user| user.id == id).cloned() else { return };
    let Some(account) = user.account.as_deref().and_then(|account| state.account_mut(account)) else { return };
    let text = |key: &str| user.data.get(key).and_then(Value::as_str).map(str::to_owned);
    let part = |key: &str| user.data.get("name").and_then(|name| name.get(key)).and_then(Value::as_str).map(str::to_owned);
    let joined = match (part("givenName"), part("familyName")) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        (given, family) => given.or(family),
    };
    if let Some(name) = text("displayName").or_else(|| part("formatted")).or(joined) {
        account.name = name;
    }
    if let Some(nickname) = text("nickName") {
        account.nickname = nickname;
    }
    if let Some(address) = email(&user.data) {
        address.clone_into(&mut account.email);
    }
    account.job_title = text("title");
    account.zoneinfo = text("timezone");
    account.locale = text("preferredLanguage");
    let enterprise = |key: &str| user.data.get(ENTERPRISE).and_then(|data| data.get(key)).and_then(Value::as_str).map(str::to_owned);
    account.department = text("department").or_else(|| enterprise("department"));
    account.organization = text("organization").or_else(|| enterprise("organization"));
    let (account_id, inactive) = (account.id.clone(), account.deactivated.is_some());
    if user.active && inactive {
        state.activate(&account_id);
    } else if !user.active && !inactive {
        state.deactivate(&account_id, None);
    }
}

fn save(state: &mut State, call: &Call, id: &str, data: Map<String, Value>, active: bool) -> Outcome {
    verify(state, &data, Some(id))?;
    let now = state.now();
    if let Some(user) = state.organization.scim_users.iter_mut().find(|user| user.id == id) {
        user.data = data;
        user.active = active;
        user.modified = now;
    }
    write_account(state, id);
    let changed = state.organization.scim_users.iter().find(|user| user.id == id).map(|user| body(state, user)).unwrap_or_default();
    Ok(Reply::ok(project(call, changed)?))
}

fn replace(state: &mut State, call: &Call) -> Outcome {
    let user = find(state, call)?;
    let (id, was_active) = (user.id.clone(), user.active);
    let active = call.body.get("active").and_then(Value::as_bool).unwrap_or(was_active);
    save(state, call, &id, writable(&call.body), active)
}

fn patch(state: &mut State, call: &Call) -> Outcome {
    let user = find(state, call)?;
    let id = user.id.clone();
    let mut data = user.data.clone();
    data.insert("active".to_owned(), json!(user.active));
    for operation in scim_patch::operations(&call.body)? {
        if let Some(path) = &operation.path
            && ["id", "groups", "meta", "schemas"].contains(&path.attribute.as_str())
        {
            return Err(Refusal::new(400, "mutability", format!("{} is read-only.", path.attribute)));
        }
        scim_patch::apply(&mut data, &operation, WRITABLE)?;
    }
    let active = match data.remove("active") {
        Some(Value::Bool(active)) => active,
        // Some providers send the word.
        Some(Value::String(word)) if word.eq_ignore_ascii_case("true") => true,
        Some(Value::String(word)) if word.eq_ignore_ascii_case("false") => false,
        None => true,
        Some(_) => return Err(invalid("active must be true or false.")),
    };
    save(state, call, &id, data, active)
}

/// Takes the record away, and its memberships with it.
pub fn forget(state: &mut State, id: &str) {
    let account = state.organization.scim_users.iter().find(|user| user.id == id).and_then(|user| user.account.clone());
    state.organization.scim_users.retain(|user| user.id != id);
    let mut groups = Vec::new();
    for group in state.organization.scim_groups.iter_mut().filter(|group| group.members.iter().any(|member| member == id)) {
        group.members.retain(|member| member != id);
        groups.extend(group.group.clone());
    }
    for group in groups {
        if let (Some(group), Some(account)) = (state.group_mut(&group), &account) {
            group.members.remove(account);
        }
    }
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let user = find(state, call)?;
    let (id, account) = (user.id.clone(), user.account.clone());
    forget(state, &id);
    if let Some(account) = account {
        if state.account(&account).is_some_and(|account| account.deactivated.is_none()) {
            state.deactivate(&account, None);
        }
        if let Some(account) = state.account_mut(&account) {
            account.source = Source::Local;
        }
        let context = vec![state.mention(&account)];
        state.record("user_deprovisioned", context);
    }
    Ok(Reply::empty(204))
}
