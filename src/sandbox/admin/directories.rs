//! The directory (API v2): its users, their status and roles, invitations.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome, texts};
use super::super::clock;
use super::super::paging::{self, Cursor, cursors, cut};
use super::super::reply::{Refusal, Reply};
use super::super::seed;
use super::super::store::State;
use super::organizations::v1_key;
use super::store::{Account, Membership, Source, domain_of, not_found, organization_ari};

const BAD: &str = "ADMIN-UAM-400-1";

const ROLES: &[&str] = &[
    "atlassian/user",
    "atlassian/admin",
    "atlassian/guest",
    "atlassian/customer",
    "atlassian/user-access-admin",
    "atlassian/contributor",
    "atlassian/basic",
    "atlassian/stakeholder",
    "atlassian/org-admin",
    "atlassian/site-admin",
    "atlassian/ai-access",
];
/// Roles that `platformRoles` tells.
const PLATFORM: &[&str] = &["atlassian/org-admin", "atlassian/site-admin", "atlassian/user-access-admin", "atlassian/ai-access"];

pub fn known_roles() -> &'static [&'static str] {
    ROLES
}

pub fn handle(state: &mut State, call: &Call, key: &str) -> Option<Outcome> {
    let (method, rest) = key.split_once(" /admin/v2/orgs/{}")?;
    let mut respond = || {
        if let Some(rest) = rest.strip_prefix("/directories/{}/users") {
            if let Err(refusal) = directory(call) {
                return Some(Err(refusal));
            }
            return Some(match (method, rest) {
                ("POST", "/search") => search(state, call),
                ("GET", "") => list(state, call),
                ("GET", "/count") => count(state, call),
                ("GET", "/stats") => stats(state),
                ("GET", "/{}") => get(state, call),
                ("DELETE", "/{}") => remove(state, call),
                ("POST", "/{}/suspend") => suspend(state, call),
                ("POST", "/{}/restore") => restore(state, call),
                ("GET", "/{}/role-assignments") => role_assignments(state, call),
                _ => return None,
            });
        }
        match (method, rest) {
            ("GET", "/directories") => Some(list_directories(call)),
            ("POST", "/users/invite") => Some(invite(state, call)),
            _ => None,
        }
    };
    respond()
}

/// The path's directory: the one there is, or `-` for all.
pub fn directory(call: &Call) -> Result<(), Refusal> {
    match call.argument(1) {
        "-" | seed::DIRECTORY_ID => Ok(()),
        other => Err(not_found("ADMIN-UAM-404-1", "The directory", other)),
    }
}

fn list_directories(call: &Call) -> Outcome {
    let cursor = question_cursor(call, "directories", query_question(call))?;
    let limit = paging::limit(call.query("limit"), 20, 100, BAD)?;
    let name = "Acme directory";
    let ids = texts(cursor.question.get("directoryIds"));
    let term = cursor.question.get("searchTerm").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let shown = (ids.is_empty() || ids.iter().any(|id| id == seed::DIRECTORY_ID)) && name.to_lowercase().contains(&term);
    let all = shown.then(|| json!({"directoryId": seed::DIRECTORY_ID, "name": name, "icon": "https://icons.example.com/acme.png"}));
    let page = cut("directories", &cursor, paging::numbered(all), limit, false, call.empty_page);
    Ok(Reply::ok(json!({"data": page.items, "links": cursors(&page)})))
}

/// The cursor of the body or the query. What was asked first is kept in it: parameters beside a cursor are disregarded.
pub fn question_cursor(call: &Call, kind: &str, question: Value) -> Result<Cursor, Refusal> {
    let given = call.text("cursor").or_else(|| call.query("cursor")).filter(|text| !text.is_empty());
    match given {
        None => Ok(Cursor::start(question)),
        Some(text) => Cursor::decode(kind, text).ok_or_else(|| Refusal::new(400, BAD, "The cursor is not valid.")),
    }
}

/// The query as the search's body would have it.
pub fn query_question(call: &Call) -> Value {
    let mut question = Map::new();
    for (key, value) in &call.query {
        match key.as_str() {
            "cursor" | "limit" | "counts" => {}
            "mfaEnabled" => {
                question.insert(key.clone(), json!(value == "true"));
            }
            "searchTerm" | "claimStatus" | "accountId" | "includeUsers" | "includeResources" => {
                question.insert(key.clone(), json!(value));
            }
            "sortBy" => {
                // As an object, or as "field:direction", or a bare field.
                let parsed = serde_json::from_str::<Value>(value).ok().map(|value| if value.is_array() { value } else { json!([value]) });
                let direction = if value.starts_with('-') || value.ends_with("desc") { "desc" } else { "asc" };
                question.insert(key.clone(), parsed.unwrap_or_else(|| json!([{"field": value, "direction": direction}])));
            }
            _ => {
                question.insert(key.clone(), json!(call.queries(key)));
            }
        }
    }
    Value::Object(question)
}

/// The body without cursor and limit.
pub fn body_question(call: &Call) -> Value {
    let fields =
        call.body.as_object().into_iter().flatten().filter(|(key, value)| !matches!(key.as_str(), "cursor" | "limit") && !value.is_null());
    Value::Object(fields.map(|(key, value)| (key.clone(), value.clone())).collect())
}

pub fn body_limit(call: &Call, default: usize) -> Result<usize, Refusal> {
    let given = call.body.get("limit").filter(|value| !value.is_null()).map(Value::to_string);
    paging::limit(given.as_deref(), default, 100, BAD)
}

/// Lists in a question have a greatest length.
pub fn bounded(question: &Value) -> Result<(), Refusal> {
    for (key, value) in question.as_object().into_iter().flatten() {
        let most = match key.as_str() {
            "emails" | "groupNames" => 100,
            "resourceIds" => 20,
            "status" => 4,
            "sortBy" => 1,
            _ => 10,
        };
        if value.as_array().is_some_and(|list| list.is_empty() || list.len() > most) && key != "expand" {
            return Err(Refusal::new(400, BAD, format!("{key} takes 1 to {most} values.")));
        }
    }
    Ok(())
}

pub fn descending(question: &Value) -> bool {
    question.pointer("/sortBy/0/direction").and_then(Value::as_str) == Some("desc")
}

fn visible(account: &Account) -> bool {
    account.kind == "atlassian" && !account.closed && (account.managed || account.membership != Membership::None)
}

/// Accounts that fit the question, with keys to page by.
fn found<'a>(state: &'a State, question: &Value) -> Result<Vec<(String, &'a Account)>, Refusal> {
    let list = |key: &str| texts(question.get(key));
    let (ids, directories, resources, groups) = (list("accountIds"), list("directoryIds"), list("resourceIds"), list("groupIds"));
    let (status, account_status, membership) = (list("status"), list("accountStatus"), list("membershipStatus"));
    let (roles, domains, emails) = (list("roleIds"), list("emailDomains"), list("emails"));
    bounded(question)?;
    let term = question.get("searchTerm").and_then(Value::as_str).map(str::to_lowercase);
    if term.is_some() && !emails.is_empty() {
        return Err(Refusal::new(400, BAD, "searchTerm and emails exclude each other."));
    }
    let one_of = |key: &str, given: &[String], known: &[&str]| match given.iter().find(|value| !known.contains(&value.as_str())) {
        Some(unknown) => Err(Refusal::new(400, BAD, format!("{unknown} is no value of {key}."))),
        None => Ok(()),
    };
    one_of("status", &status, &["active", "suspended", "not_invited", "deactivated", "for_deletion"])?;
    one_of("accountStatus", &account_status, &["active", "inactive", "closed"])?;
    one_of("membershipStatus", &membership, &["active", "suspended", "no_membership"])?;
    one_of("roleIds", &roles, ROLES)?;
    one_of("expand", &list("expand"), &["platformRoles", "counts.resources", "productAccess", "groups"])?;
    let claim = question.get("claimStatus").and_then(Value::as_str);
    if let Some(claim) = claim {
        one_of("claimStatus", &[claim.to_owned()], &["managed", "unmanaged"])?;
    }
    let mfa = question.get("mfaEnabled").and_then(Value::as_bool);
    let any = |wanted: &[String], have: &str| wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(have));
    let fits = |account: &Account| {
        let held = state.roles_of(account);
        visible(account)
            && (ids.is_empty() || ids.contains(&account.id))
            && (directories.is_empty() || directories.iter().any(|id| id == seed::DIRECTORY_ID))
            && (resources.is_empty() || resources.iter().any(|resource| held.contains_key(resource.as_str())))
            && (groups.is_empty() || groups.iter().any(|id| state.group(id).is_some_and(|group| group.members.contains(&account.id))))
            && any(&status, account.directory_status())
            && any(&account_status, account.status())
            && any(&membership, account.membership.text())
            && (roles.is_empty() || held.values().any(|held| roles.iter().any(|role| held.contains_key(role.as_str()))))
            && (domains.is_empty() || domains.iter().any(|domain| domain.trim_start_matches('@').eq_ignore_ascii_case(account.domain())))
            && any(&emails, &account.email)
            && claim.is_none_or(|claim| (claim == "managed") == account.managed)
            && mfa.is_none_or(|mfa| account.managed && mfa == account.mfa)
            && term.as_ref().is_none_or(|term| {
                account.nickname.to_lowercase().contains(term)
                    || account.name.to_lowercase().contains(term)
                    || account.email.to_lowercase().contains(term)
            })
    };
    let sorted = question.get("sortBy").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let mut found: Vec<(String, &Account)> = (0_usize..)
        .zip(&state.accounts)
        .filter(|(_, account)| fits(account))
        .map(|(place, account)| {
            if sorted { (format!("{}\u{1}{place:08}", account.nickname.to_lowercase()), account) } else { (format!("{place:08}"), account) }
        })
        .collect();
    if sorted {
        found.sort_by(|(left, _), (right, _)| left.cmp(right));
        if descending(question) {
            found.reverse();
        }
    }
    Ok(found)
}

fn optional(body: &mut Map<String, Value>, key: &str, value: Option<&String>) {
    if let Some(value) = value {
        body.insert(key.to_owned(), json!(value));
    }
}

/// A user in a list: the link to itself is only there.
fn listed(state: &State, account: &Account, expand: &dyn Fn(&str) -> bool) -> Value {
    let mut body = user(state, account, expand);
    if let Some(map) = body.as_object_mut() {
        map.insert("links".to_owned(), json!({"self": Cursor::start(json!(account.id)).encode("user")}));
    }
    body
}

/// A user as the directory shows it, with the parts asked for.
fn user(state: &State, account: &Account, expand: &dyn Fn(&str) -> bool) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("accountId", json!(account.id));
    put("accountType", json!(account.kind));
    put("status", json!(account.directory_status()));
    put("accountStatus", json!(account.status()));
    put("membershipStatus", json!(account.membership.text()));
    if account.membership != Membership::None {
        put("addedToOrg", json!(clock::millis(account.created)));
    }
    put("name", json!(account.name));
    put("nickname", json!(account.nickname));
    put("email", json!(account.email));
    put("emailVerified", json!(account.email_verified));
    put("claimStatus", json!(if account.managed { "managed" } else { "unmanaged" }));
    put("picture", json!(account.picture()));
    put("avatar", json!(account.picture()));
    if account.membership != Membership::None {
        let synced = matches!(account.source, Source::Scim | Source::Google);
        put("managementSource", json!(if synced { "synced" } else { "invited" }));
    }
    if account.managed {
        put("mfaEnabled", json!(account.mfa));
    }
    let held = state.roles_of(account);
    let products = || state.organization.workspaces.iter().filter(|workspace| held.contains_key(workspace.ari.as_str()));
    if expand("platformRoles") {
        let platform: Vec<&str> = PLATFORM.iter().copied().filter(|role| held.values().any(|roles| roles.contains_key(role))).collect();
        put("platformRoles", json!(platform));
    }
    if expand("counts.resources") {
        put("counts", json!({"resources": held.len()}));
    }
    if expand("productAccess") {
        let access: Vec<Value> = products()
            .map(|workspace| {
                let mut access = json!({"id": workspace.ari, "key": v1_key(&workspace.key)});
                if let (Some(map), Some(seen)) = (access.as_object_mut(), account.seen.get(workspace.ari.as_str())) {
                    map.insert("lastActiveTimestamp".to_owned(), json!(clock::millis(*seen)));
                }
                access
            })
            .collect();
        put("productAccess", json!(access));
    }
    if expand("groups") {
        let groups: Vec<Value> = (state.groups.iter())
            .filter(|group| group.members.contains(&account.id))
            .map(|group| json!({"id": group.id, "name": group.name, "description": group.description}))
            .collect();
        put("groups", json!(groups));
    }
    for (key, value) in [
        ("jobTitle", &account.job_title),
        ("department", &account.department),
        ("organization", &account.organization),
        ("location", &account.location),
        ("timeZone", &account.zoneinfo),
    ] {
        optional(&mut body, key, value.as_ref());
    }
    Value::Object(body)
}

fn search(state: &State, call: &Call) -> Outcome {
    let limit = body_limit(call, 50)?;
    let cursor = question_cursor(call, "users", body_question(call))?;
    let found = found(state, &cursor.question)?;
    let expand = texts(cursor.question.get("expand"));
    let page = cut("users", &cursor, found, limit, descending(&cursor.question), call.empty_page);
    let data: Vec<Value> =
        page.items.iter().map(|account| listed(state, account, &|part| expand.iter().any(|wanted| wanted == part))).collect();
    Ok(Reply::ok(json!({"data": data, "links": cursors(&page)})))
}

fn list(state: &State, call: &Call) -> Outcome {
    let limit = paging::limit(call.query("limit"), 20, 100, BAD)?;
    let cursor = question_cursor(call, "users", query_question(call))?;
    let found = found(state, &cursor.question)?;
    let page = cut("users", &cursor, found, limit, descending(&cursor.question), call.empty_page);
    let data: Vec<Value> = page.items.iter().map(|account| listed(state, account, &|_| true)).collect();
    Ok(Reply::ok(json!({"data": data, "links": cursors(&page)})))
}

fn count(state: &State, call: &Call) -> Outcome {
    Ok(Reply::ok(json!({"count": found(state, &query_question(call))?.len()})))
}

fn stats(state: &State) -> Outcome {
    let mut status: BTreeMap<&str, u64> = BTreeMap::from([("active", 0), ("inactive", 0), ("closed", 0)]);
    let mut roles: BTreeMap<String, u64> = BTreeMap::new();
    for account in state.accounts.iter().filter(|account| account.kind == "atlassian") {
        *status.entry(account.status()).or_default() += 1;
        let held = state.roles_of(account);
        let mut names: Vec<&str> = held.values().flat_map(|roles| roles.keys().copied()).collect();
        names.sort_unstable();
        names.dedup();
        for role in names {
            *roles.entry(role.to_owned()).or_default() += 1;
        }
    }
    let status: Vec<Value> = status.iter().map(|(status, count)| json!({"status": status, "count": count})).collect();
    let roles: Vec<Value> = roles.iter().map(|(role, count)| json!({"roleId": role, "count": count})).collect();
    Ok(Reply::ok(json!({"accountStatus": status, "roles": roles})))
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Account, Refusal> {
    let id = call.argument(2);
    state.account(id).filter(|account| visible(account)).ok_or_else(|| not_found("ADMIN-UAM-404-1", "The user", id))
}

fn get(state: &State, call: &Call) -> Outcome {
    let account = find(state, call)?;
    let mut body = user(state, account, &|part| matches!(part, "platformRoles" | "counts.resources"));
    if let (Some(map), Some(when)) = (body.as_object_mut(), account.deactivated) {
        map.insert("deactivatedOn".to_owned(), json!(clock::millis(when)));
    }
    Ok(Reply::ok(json!({"data": body})))
}

/// A member of the directory, whatever the state of the account.
fn member(state: &State, call: &Call) -> Result<String, Refusal> {
    let account = find(state, call)?;
    if account.membership == Membership::None {
        return Err(not_found("ADMIN-UAM-404-1", "The user", &account.id));
    }
    Ok(account.id.clone())
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    let id = member(state, call)?;
    if id == seed::accounts::ORGANIZATION_ADMIN {
        return Err(Refusal::new(403, "ADMIN-UAM-403-1", "You cannot remove yourself."));
    }
    for group in &mut state.groups {
        group.members.remove(&id);
    }
    if let Some(account) = state.account_mut(&id) {
        account.membership = Membership::None;
        account.roles.clear();
    }
    let context = vec![state.mention(&id)];
    state.record("user_removed", context);
    Ok(Reply::empty(204))
}

fn suspend(state: &mut State, call: &Call) -> Outcome {
    let id = member(state, call)?;
    if id == seed::accounts::ORGANIZATION_ADMIN {
        return Err(Refusal::new(403, "ADMIN-UAM-403-1", "You cannot suspend yourself."));
    }
    change_membership(state, &id, Membership::Suspended, "user_suspended")
}

fn restore(state: &mut State, call: &Call) -> Outcome {
    let id = member(state, call)?;
    change_membership(state, &id, Membership::Active, "user_restored")
}

fn change_membership(state: &mut State, id: &str, to: Membership, action: &str) -> Outcome {
    let Some(account) = state.account_mut(id) else { return Ok(Reply::empty(204)) };
    if account.status() != "active" {
        return Err(Refusal::new(400, "ADMIN-UAM-400-2", "The user is not active."));
    }
    let changed = account.membership != to;
    account.membership = to;
    if changed {
        let context = vec![state.mention(id)];
        state.record(action, context);
    }
    Ok(Reply::empty(204))
}

/// The product that owns a resource: "jira-software" of "ari:cloud:jira-software::site/…".
pub fn owner(resource: &str) -> &str {
    resource.split(':').nth(2).unwrap_or_default()
}

fn role_assignments(state: &State, call: &Call) -> Outcome {
    let limit = paging::limit(call.query("limit"), 20, 100, BAD)?;
    let cursor = question_cursor(call, "user-roles", query_question(call))?;
    let account = find(state, call)?;
    let (resources, owners, roles) =
        (texts(cursor.question.get("resourceIds")), texts(cursor.question.get("resourceOwners")), texts(cursor.question.get("roleIds")));
    let any = |wanted: &[String], have: &str| wanted.is_empty() || wanted.iter().any(|one| one == have);
    let all: Vec<Value> = (state.roles_of(account).into_iter())
        .filter(|(resource, held)| {
            any(&resources, resource)
                && any(&owners, owner(resource))
                && (roles.is_empty() || roles.iter().any(|role| held.contains_key(role.as_str())))
        })
        .map(|(resource, held)| {
            let assignments: Vec<Value> =
                held.iter().map(|(role, methods)| json!({"role": role, "roleAssignmentMethods": methods})).collect();
            json!({
                "resourceId": resource,
                "resourceOwner": owner(resource),
                "directoryId": if resource == organization_ari() { None } else { Some(seed::DIRECTORY_ID) },
                "roles": held.keys().collect::<Vec<_>>(),
                "roleAssignments": assignments,
                "userDirectoryStatus": account.membership.text(),
            })
        })
        .collect();
    let page = cut("user-roles", &cursor, paging::numbered(all), limit, false, call.empty_page);
    Ok(Reply::ok(json!({"data": page.items, "links": cursors(&page)})))
}

fn invite(state: &mut State, call: &Call) -> Outcome {
    let emails = call.texts("emails");
    if emails.is_empty() || emails.len() > 25 {
        return Err(Refusal::new(400, BAD, "emails takes 1 to 25 addresses."));
    }
    let groups = call.texts("additionalGroups");
    let rules: Vec<(String, String)> = (call.body.get("permissionRules").and_then(Value::as_array).into_iter().flatten())
        .filter_map(|rule| Some((rule.get("resource")?.as_str()?.to_owned(), rule.get("role")?.as_str()?.to_owned())))
        .collect();
    if let Some((_, role)) = rules.iter().find(|(_, role)| !ROLES.contains(&role.as_str())) {
        return Err(Refusal::new(400, "ADMIN-UAM-400-3", format!("{role} is no role.")));
    }
    if let Some((resource, _)) = rules
        .iter()
        .find(|(resource, _)| *resource != organization_ari() && !state.organization.workspaces.iter().any(|known| known.ari == *resource))
    {
        return Err(not_found("ADMIN-UAM-404-1", "The resource", resource));
    }
    let mut failed = false;
    let mut data = Vec::new();
    for email in emails {
        let valid = email.split_once('@').is_some_and(|(user, domain)| !user.is_empty() && domain.contains('.'));
        let status = if valid { "INVITED" } else { "ERROR" };
        let reason = (!valid).then_some("INVALID_EMAIL");
        failed |= !valid;
        let id = valid.then(|| invited(state, &email));
        let mut joined = Vec::new();
        for group in &groups {
            let known = state.group(group).is_some_and(|group| !group.synced);
            failed |= !known;
            if let (Some(id), Some(group), true) = (&id, state.group_mut(group), known) {
                group.members.insert(id.clone());
            }
            let (status, reason) = if known { (status, reason) } else { ("ERROR", Some("GROUP_NOT_FOUND")) };
            joined.push(json!({"group": group, "status": status, "statusReason": reason}));
        }
        let given: Vec<Value> = rules
            .iter()
            .map(|(resource, role)| json!({"resource": resource, "role": role, "status": status, "statusReason": reason}))
            .collect();
        if let Some(account) = id.as_ref().and_then(|id| state.account_mut(id)) {
            account.roles.extend(rules.iter().cloned());
        }
        if let Some(id) = &id {
            let context = vec![state.mention(id)];
            state.record("user_invited", context);
        }
        let mut entry = json!({"email": email, "results": [{"groupAssignmentResult": joined, "roleAssignmentResult": given}]});
        if let (Some(map), Some(id)) = (entry.as_object_mut(), id) {
            map.insert("id".to_owned(), json!(id));
        }
        data.push(entry);
    }
    Ok(Reply::new(if failed { 206 } else { 200 }, json!({"data": data})))
}

/// The account of this address, made when there is none, a member from now on.
pub fn invited(state: &mut State, email: &str) -> String {
    let id = match state.accounts.iter().find(|account| !account.closed && account.email.eq_ignore_ascii_case(email)) {
        Some(account) => account.id.clone(),
        None => new_account(state, email, email.split('@').next().unwrap_or(email)),
    };
    if let Some(account) = state.account_mut(&id)
        && account.membership == Membership::None
    {
        account.membership = Membership::Active;
    }
    id
}

pub fn new_account(state: &mut State, email: &str, name: &str) -> String {
    let id = format!("712020:{}", state.id());
    let managed = state.is_verified(domain_of(email));
    let created = state.now();
    state.accounts.push(Account {
        id: id.clone(),
        kind: "atlassian".to_owned(),
        name: name.to_owned(),
        nickname: name.chars().take(30).collect(),
        email: email.to_owned(),
        email_verified: false,
        zoneinfo: None,
        locale: None,
        job_title: None,
        organization: None,
        department: None,
        location: None,
        managed,
        source: Source::Local,
        membership: Membership::Active,
        created,
        mfa: false,
        deactivated: None,
        deactivation_message: None,
        deleted: None,
        closed: false,
        export_blocked: false,
        seen: BTreeMap::new(),
        roles: std::collections::BTreeSet::new(),
        tokens: Vec::new(),
    });
    id
}
