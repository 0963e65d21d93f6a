//! User management: one managed account at a time.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::store::{Account, GRACE, Source, domain_of};

const PRIVILEGES: &[&str] = &[
    "profile",
    "profile.write",
    "profile.read",
    "email.set",
    "lifecycle.enablement",
    "lifecycle.delete",
    "apiToken.read",
    "apiToken.delete",
];

/// Profile fields that PATCH may change, as the permissions name them.
const FIELDS: &[&str] = &[
    "name",
    "nickname",
    "zoneinfo",
    "locale",
    "extended_profile.job_title",
    "extended_profile.organization",
    "extended_profile.department",
    "extended_profile.location",
];
const EXTENDED: &[&str] = &["job_title", "organization", "department", "location"];

/// Fields that a PATCH may carry without effect: they are read-only.
const READ_ONLY: &[&str] = &["account_id", "account_type", "account_status", "picture", "email", "characteristics"];

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(" /users/{}/manage")?;
    Some(match (method, rest) {
        ("GET", "") => permissions(state, call),
        ("GET", "/profile") => target(state, call).map(|account| Reply::ok(profile(account))),
        ("PATCH", "/profile") => update(state, call),
        ("PUT", "/email") => set_email(state, call),
        ("GET", "/api-tokens") => tokens(state, call),
        ("DELETE", "/api-tokens/{}") => delete_token(state, call),
        ("POST", "/lifecycle/disable") => disable(state, call),
        ("POST", "/lifecycle/enable") => enable(state, call),
        ("POST", "/lifecycle/delete") => delete(state, call),
        ("POST", "/lifecycle/cancel-delete") => cancel_delete(state, call),
        _ => return None,
    })
}

/// The account that the path names, if the organization may manage it at all.
fn target<'a>(state: &'a State, call: &Call) -> Result<&'a Account, Refusal> {
    let id = call.argument(0);
    let account = state.account(id).filter(|account| !account.closed).ok_or_else(|| Refusal::new(404, "accountNotFound", ""))?;
    if !account.managed {
        return Err(Refusal::new(403, "forbidden.targetUnverified", ""));
    }
    Ok(account)
}

/// Why a privilege is refused, or nothing.
fn reason(account: &Account, privilege: &str) -> Option<&'static str> {
    let by_source = match account.source {
        Source::Scim => Some("externalDirectory.scim"),
        Source::Google => Some("externalDirectory.google"),
        Source::Saml | Source::Local => None,
    };
    let myself = (account.id == seed::accounts::ORGANIZATION_ADMIN).then_some("administrative.notMyself");
    let robot = (account.kind == "app").then_some("managedAccount");
    match privilege {
        "name" | "email.set" if account.source == Source::Saml => Some("authPolicy.saml"),
        "profile.read" | "apiToken.read" | "apiToken.delete" => None,
        "lifecycle.enablement" if account.export_blocked => Some("blocked.exportControl"),
        "lifecycle.enablement" | "lifecycle.delete" => by_source.or(myself).or(robot),
        _ => by_source.or(robot),
    }
}

fn rule(account: &Account, privilege: &str) -> Value {
    match reason(account, privilege) {
        None => json!({"allowed": true}),
        Some(key) => json!({"allowed": false, "reason": {"key": key}}),
    }
}

fn permit(account: &Account, privilege: &str) -> Result<(), Refusal> {
    match reason(account, privilege) {
        None => Ok(()),
        Some(_) => Err(Refusal::new(403, "forbidden.action", "").context(rule(account, privilege))),
    }
}

fn permissions(state: &State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    let asked = call.queries("privileges");
    if let Some(unknown) = asked.iter().find(|name| !PRIVILEGES.contains(&name.as_str())) {
        return Err(Refusal::new(400, "bodyParseFailure", unknown.as_str()));
    }
    let shown = PRIVILEGES.iter().filter(|name| asked.is_empty() || asked.iter().any(|wanted| wanted == *name));
    let body: Map<String, Value> = shown
        .map(|name| {
            let value = match *name {
                "profile" | "profile.write" => {
                    Value::Object(FIELDS.iter().map(|field| ((*field).to_owned(), rule(account, field))).collect())
                }
                simple => rule(account, simple),
            };
            ((*name).to_owned(), value)
        })
        .collect();
    Ok(Reply::ok(Value::Object(body)))
}

pub fn profile(account: &Account) -> Value {
    let mut body = json!({
        "account_id": account.id,
        "account_type": account.kind,
        "account_status": account.status(),
        "name": account.name,
        "picture": account.picture(),
        "email": account.email,
        "characteristics": {"not_mentionable": account.kind == "app"},
        "nickname": account.nickname,
    });
    let extended: Map<String, Value> = EXTENDED
        .iter()
        .zip([&account.job_title, &account.organization, &account.department, &account.location])
        .filter_map(|(key, value)| value.as_ref().map(|value| ((*key).to_owned(), json!(value))))
        .collect();
    if let Some(map) = body.as_object_mut() {
        for (key, value) in [("zoneinfo", &account.zoneinfo), ("locale", &account.locale)] {
            if let Some(value) = value {
                map.insert(key.to_owned(), json!(value));
            }
        }
        map.insert("extended_profile".to_owned(), Value::Object(extended));
    }
    json!({"account": body})
}

/// The fault of a text field, by the key that the API names it with.
fn fault(path: &str, value: &Value) -> Option<&'static str> {
    let Some(text) = value.as_str() else {
        // Null clears what may be missing.
        return if value.is_null() && !matches!(path, "name" | "nickname") { None } else { Some("invalidType") };
    };
    let length = text.chars().count();
    let most = match path {
        "name" => 100,
        "nickname" => 30,
        _ => 255,
    };
    if length > most {
        Some("maxLength")
    } else if text.chars().any(char::is_control) {
        Some("validCharacters")
    } else if length == 0 && matches!(path, "name" | "nickname") {
        Some("minLength")
    } else {
        None
    }
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    let Some(fields) = call.body.as_object() else { return Err(Refusal::new(400, "bodyParseFailure", "")) };
    let mut changes: Vec<(&'static str, Value)> = Vec::new();
    let mut faults: Vec<(String, &'static str)> = Vec::new();
    for (key, value) in fields {
        if key == "extended_profile" {
            let Some(extended) = value.as_object() else {
                faults.push((key.clone(), "invalidType"));
                continue;
            };
            for (key, value) in extended {
                let path = format!("extended_profile.{key}");
                match FIELDS.iter().find(|known| **known == path) {
                    None => faults.push((path, "unknownField")),
                    Some(known) => changes.push((known, value.clone())),
                }
            }
            continue;
        }
        match FIELDS.iter().find(|known| **known == key.as_str() && !known.contains('.')) {
            Some(known) => changes.push((known, value.clone())),
            None if READ_ONLY.contains(&key.as_str()) => {}
            None => faults.push((key.clone(), "unknownField")),
        }
    }
    faults.extend(changes.iter().filter_map(|(path, value)| fault(path, value).map(|kind| ((*path).to_owned(), kind))));
    if !faults.is_empty() {
        let faults: Vec<(&str, &str)> = faults.iter().map(|(path, kind)| (path.as_str(), *kind)).collect();
        return Err(Refusal::violations(&faults));
    }
    let refused: Map<String, Value> = changes
        .iter()
        .filter(|(path, _)| reason(account, path).is_some())
        .map(|(path, _)| ((*path).to_owned(), rule(account, path)))
        .collect();
    if !refused.is_empty() {
        return Err(Refusal::new(403, "forbidden.fieldMutation", "").context(Value::Object(refused)));
    }
    let id = account.id.clone();
    let Some(account) = state.account_mut(&id) else { return Err(Refusal::new(404, "accountNotFound", "")) };
    for (path, value) in changes {
        let text = value.as_str().map(str::to_owned);
        match path {
            "name" => account.name = text.unwrap_or_default(),
            "nickname" => account.nickname = text.unwrap_or_default(),
            "zoneinfo" => account.zoneinfo = text,
            "locale" => account.locale = text,
            "extended_profile.job_title" => account.job_title = text,
            "extended_profile.organization" => account.organization = text,
            "extended_profile.department" => account.department = text,
            _ => account.location = text,
        }
    }
    let body = profile(account);
    let context = vec![state.mention(&id)];
    state.record("managed_account_profile_updated", context);
    Ok(Reply::ok(body))
}

fn set_email(state: &mut State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    let email = call.text("email").unwrap_or_default();
    let (user, domain) = email.rsplit_once('@').unwrap_or(("", ""));
    let fault = if email.chars().any(|letter| letter.is_control() || letter.is_whitespace()) || user.is_empty() || domain.is_empty() {
        Some("validCharacters")
    } else if user.len() > 255 || domain.split('.').any(|part| part.len() > 255) {
        Some("partMaxLength")
    } else {
        None
    };
    if let Some(fault) = fault {
        return Err(Refusal::violations(&[("email", fault)]));
    }
    permit(account, "email.set")?;
    if !state.is_verified(domain_of(email)) {
        return Err(Refusal::new(403, "forbidden.unclaimedDomain", "").context(json!({"domain": domain_of(email)})));
    }
    if state.accounts.iter().any(|other| other.id != account.id && !other.closed && other.email.eq_ignore_ascii_case(email)) {
        return Err(Refusal::violations(&[("email", "unique")]));
    }
    let (id, email) = (account.id.clone(), email.to_owned());
    if let Some(account) = state.account_mut(&id) {
        account.email = email;
        account.email_verified = true;
    }
    let context = vec![state.mention(&id)];
    state.record("managed_account_email_changed", context);
    Ok(Reply::empty(204))
}

fn tokens(state: &State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    permit(account, "apiToken.read")?;
    let list = account.tokens.iter().map(|token| {
        let mut body = json!({"id": token.id, "label": token.label, "createdAt": clock::millis(token.created)});
        if let Some(map) = body.as_object_mut() {
            for (key, time) in [("lastAccess", token.last_access), ("expiry", token.expiry)] {
                if let Some(time) = time {
                    map.insert(key.to_owned(), json!(clock::millis(time)));
                }
            }
        }
        body
    });
    Ok(Reply::ok(list.collect()))
}

fn delete_token(state: &mut State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    permit(account, "apiToken.delete")?;
    let (id, token) = (account.id.clone(), call.argument(1).to_owned());
    if !account.tokens.iter().any(|known| known.id == token) {
        return Err(Refusal::new(404, "notFound", ""));
    }
    if let Some(account) = state.account_mut(&id) {
        account.tokens.retain(|known| known.id != token);
    }
    let context = vec![state.mention(&id)];
    state.record("api_token_revoked", context);
    Ok(Reply::empty(204))
}

/// The account is in no state for this.
fn conflict(account: &Account, code: &str, message: &str) -> Refusal {
    Refusal::new(409, "conflict.lifecycleErrors", "").context(json!({
        "message": "The account is not eligible for this action.",
        "accountId": account.id,
        "errorCodes": [{"code": code, "message": message}],
    }))
}

fn disable(state: &mut State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    permit(account, "lifecycle.enablement")?;
    if account.deleted.is_some() {
        return Err(conflict(account, "account.pendingDeletion", "The account is to be deleted."));
    }
    if account.deactivated.is_some() {
        return Err(conflict(account, "account.inactive", "The account is deactivated already."));
    }
    let id = account.id.clone();
    state.deactivate(&id, call.text("message").map(str::to_owned));
    Ok(Reply::empty(204))
}

fn enable(state: &mut State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    permit(account, "lifecycle.enablement")?;
    if account.deleted.is_some() {
        return Err(conflict(account, "account.pendingDeletion", "The account is to be deleted: cancel the deletion first."));
    }
    if account.deactivated.is_none() {
        return Err(conflict(account, "account.active", "The account is active already."));
    }
    let id = account.id.clone();
    state.activate(&id);
    Ok(Reply::empty(204))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    permit(account, "lifecycle.delete")?;
    if account.deleted.is_some() {
        return Err(conflict(account, "account.pendingDeletion", "The account is to be deleted already."));
    }
    let (id, now) = (account.id.clone(), state.now());
    if let Some(account) = state.account_mut(&id) {
        account.deleted = Some(now);
    }
    let context = vec![state.mention(&id)];
    state.record("managed_account_deletion_requested", context);
    Ok(Reply::ok(json!({"message": format!("The account will be deleted on {}.", clock::date(now + GRACE))})))
}

fn cancel_delete(state: &mut State, call: &Call) -> Outcome {
    let account = target(state, call)?;
    permit(account, "lifecycle.delete")?;
    if account.deleted.is_none() {
        return Err(Refusal::new(404, "notFound", ""));
    }
    let id = account.id.clone();
    if let Some(account) = state.account_mut(&id) {
        account.deleted = None;
        account.deactivated = None;
        account.deactivation_message = None;
    }
    let context = vec![state.mention(&id)];
    state.record("managed_account_deletion_cancelled", context);
    Ok(Reply::ok(json!({"message": "The deletion of the account is cancelled."})))
}
