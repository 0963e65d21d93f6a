//! Users: the accounts of the organization, as Jira sees them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::super::admin::{Account, Membership, Source};
use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed;
use super::super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::super::store::State;
use super::page::{self, bad, expands, missing, put};
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/user", |state, call| {
        let account = asked(state, call)?;
        Ok(Reply::ok(expanded(state, call, account)))
    }),
    ("POST /rest/api/3/user", create),
    ("DELETE /rest/api/3/user", delete),
    ("GET /rest/api/3/user/bulk", |state, call| bulk(state, call)),
    ("GET /rest/api/3/user/groups", |state, call| {
        let view = View::new(state, call);
        let account = asked(state, call)?;
        Ok(Reply::ok(groups_of(state, &account.id).map(|group| view.group(group)).collect()))
    }),
    ("GET /rest/api/3/user/email", |state, call| {
        let account = asked(state, call)?;
        Ok(Reply::ok(json!({"accountId": account.id, "email": account.email})))
    }),
    ("GET /rest/api/3/user/email/bulk", |state, call| {
        let known = call.queries("accountId");
        let found = state.accounts.iter().filter(|account| known.contains(&account.id) && !account.closed);
        Ok(Reply::ok(found.map(|account| json!({"accountId": account.id, "email": account.email})).collect()))
    }),
    ("GET /rest/api/3/user/columns", |state, call| {
        let own = state.jira.configuration.account_columns.get(&account_or_caller(state, call)?);
        Ok(Reply::ok(super::site::column_items(state, own.unwrap_or(&state.jira.configuration.columns))))
    }),
    ("PUT /rest/api/3/user/columns", |state, call| {
        let (id, columns) = (account_or_caller(state, call)?, super::site::given_columns(state, call)?);
        state.jira.configuration.account_columns.insert(id, columns);
        Ok(Reply::ok(json!({})))
    }),
    ("DELETE /rest/api/3/user/columns", |state, call| {
        let id = account_or_caller(state, call)?;
        state.jira.configuration.account_columns.remove(&id);
        Ok(Reply::empty(204))
    }),
    ("GET /rest/api/3/user/properties", |state, call| {
        let key = owner(state, call)?;
        let properties = state.jira.properties.get(&key).cloned().unwrap_or_default();
        Ok(Reply::ok(page::property_keys(state, call, &properties)))
    }),
    ("GET /rest/api/3/user/properties/{}", |state, call| {
        let key = owner(state, call)?;
        Ok(Reply::ok(page::property(state.jira.properties.get(&key), call.argument(0))?))
    }),
    ("PUT /rest/api/3/user/properties/{}", |state, call| {
        let key = owner(state, call)?;
        Ok(Reply::new(page::set_property(state.jira.properties.entry(key).or_default(), call.argument(0), &call.body)?, json!({})))
    }),
    ("DELETE /rest/api/3/user/properties/{}", |state, call| {
        let key = owner(state, call)?;
        let removed = state.jira.properties.entry(key).or_default().remove(call.argument(0));
        removed.map(|_| Reply::empty(204)).ok_or_else(|| missing("property", call.argument(0)))
    }),
    ("GET /rest/api/3/myself", |state, call| {
        let account = state.account(ORGANIZATION_ADMIN).ok_or_else(|| missing("user", ORGANIZATION_ADMIN))?;
        Ok(Reply::ok(expanded(state, call, account)))
    }),
    ("GET /rest/api/3/mypreferences", |state, call| {
        let value = state.jira.configuration.preferences.get(call.query("key").unwrap_or_default());
        value.map(|value| Reply::ok(json!(value))).ok_or_else(|| missing("preference", call.query("key").unwrap_or_default()))
    }),
    ("PUT /rest/api/3/mypreferences", set_preference),
    ("DELETE /rest/api/3/mypreferences", |state, call| {
        let key = call.query("key").unwrap_or_default();
        state.jira.configuration.preferences.remove(key).map(|_| Reply::empty(204)).ok_or_else(|| missing("preference", key))
    }),
    ("GET /rest/api/3/mypreferences/locale", |state, _| {
        let own = state.jira.configuration.preferences.get("jira.user.locale").map(String::as_str);
        let account = state.account(ORGANIZATION_ADMIN).and_then(|account| account.locale.as_deref());
        Ok(Reply::ok(json!({"locale": own.or(account).unwrap_or("en_US").replace('-', "_")})))
    }),
    ("PUT /rest/api/3/mypreferences/locale", |state, call| {
        let locale = call.text("locale").unwrap_or_default();
        if locale.len() != 5 || locale.as_bytes().get(2) != Some(&b'_') {
            return Err(bad("A language looks like en_US."));
        }
        state.jira.configuration.preferences.insert("jira.user.locale".to_owned(), locale.to_owned());
        Ok(Reply::empty(204))
    }),
];

/// Whether an account has to do with the site.
pub fn is_member(account: &Account) -> bool {
    !account.closed && (account.kind != "atlassian" || account.membership != Membership::None)
}

/// The account that a query names by its id: names and keys went away with the privacy changes.
fn asked<'a>(state: &'a State, call: &Call) -> Result<&'a Account, Refusal> {
    if call.query("username").is_some() || call.query("key").is_some() {
        return Err(bad("Users are known by accountId; username and key are not taken any more."));
    }
    let id = call.query("accountId").ok_or_else(|| bad("The query parameter accountId is required."))?;
    // Of one that was deleted the id is left.
    state.account(id).filter(|account| account.closed || is_member(account)).ok_or_else(|| missing("user", id))
}

fn account_or_caller(state: &State, call: &Call) -> Result<String, Refusal> {
    match call.query("accountId") {
        None => Ok(ORGANIZATION_ADMIN.to_owned()),
        Some(_) => asked(state, call).map(|account| account.id.clone()),
    }
}

/// Under which key the store keeps the properties of the account that is named.
fn owner(state: &State, call: &Call) -> Result<String, Refusal> {
    account_or_caller(state, call).map(|id| format!("user/{id}"))
}

pub fn groups_of<'a>(state: &'a State, account: &'a str) -> impl Iterator<Item = &'a super::super::super::admin::Group> {
    state.groups.iter().filter(move |group| group.members.contains(account))
}

/// An account with the lists that its `expand` names.
fn expanded(state: &State, call: &Call, account: &Account) -> Value {
    let view = View::new(state, call);
    let mut body = view.account(account);
    let groups: Vec<Value> = groups_of(state, &account.id).map(|group| view.group(group)).collect();
    let roles: Vec<Value> =
        if is_member(account) && account.kind == "atlassian" { vec![json!({"key": "jira-software", "name": "Jira"})] } else { Vec::new() };
    let mut list = |key: &str, items: Vec<Value>| {
        let mut list = json!({"size": items.len(), "items": []});
        if expands(call, key) {
            put(&mut list, "items", json!(items));
        }
        put(&mut body, key, list);
    };
    list("groups", groups);
    list("applicationRoles", roles);
    put(&mut body, "expand", json!("groups,applicationRoles"));
    body
}

fn bulk(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    // Each once, in the order that they are asked for.
    let mut seen = BTreeSet::new();
    let ids: Vec<String> = call.queries("accountId").into_iter().filter(|id| seen.insert(id.clone())).collect();
    let found = ids.iter().filter_map(|id| state.account(id)).filter(|account| is_member(account)).collect();
    Ok(Reply::ok(page::page(state, call, found, (10, 200), |account| view.account(account))?))
}

/// Invites an address to the site: an account that has access already is answered as it is.
fn create(state: &mut State, call: &Call) -> Outcome {
    let email = call.text("emailAddress").unwrap_or_default().trim().to_owned();
    let user = email.split_once('@').filter(|(user, domain)| !user.is_empty() && domain.contains('.'));
    let Some((user, _)) = user else {
        return Err(Refusal::fields(&[("emailAddress", "This is no email address.")]));
    };
    const PRODUCTS: &[&str] = &["jira-core", "jira-servicedesk", "jira-product-discovery", "jira-software"];
    if let Some(unknown) = call.texts("products").iter().find(|product| !PRODUCTS.contains(&product.as_str())) {
        return Err(Refusal::fields(&[("products", &format!("{unknown} is no product of Jira."))]));
    }
    let known = state.accounts.iter().find(|account| !account.closed && account.email.eq_ignore_ascii_case(&email));
    if let Some(account) = known {
        if !is_member(account) {
            return Err(bad("The user exists, but has no access to Jira."));
        }
        return Ok(Reply::new(201, View::new(state, call).account(account)));
    }
    let id = format!("712020:{}", state.id());
    let name = call.text("displayName").filter(|name| !name.trim().is_empty()).unwrap_or(user).to_owned();
    let account = Account {
        id: id.clone(),
        kind: "atlassian".to_owned(),
        nickname: name.split(' ').next().unwrap_or_default().to_owned(),
        name,
        managed: state.is_verified(email.rsplit_once('@').map_or("", |(_, domain)| domain)),
        email,
        email_verified: false,
        zoneinfo: None,
        locale: None,
        job_title: None,
        organization: None,
        department: None,
        location: None,
        source: Source::Local,
        membership: Membership::Active,
        created: state.now(),
        mfa: false,
        deactivated: None,
        deactivation_message: None,
        deleted: None,
        closed: false,
        export_blocked: false,
        seen: BTreeMap::new(),
        roles: BTreeSet::new(),
        tokens: Vec::new(),
    };
    state.accounts.push(account);
    // Access to a product is a matter of its default group.
    if !call.texts("products").is_empty()
        && let Some(group) = state.group_mut(seed::groups::JIRA_USERS)
    {
        group.members.insert(id.clone());
    }
    let context = vec![state.mention(&id)];
    state.record("user_invited", context);
    let account = state.account(&id).ok_or_else(|| missing("user", &id))?;
    Ok(Reply::new(201, View::new(state, call).account(account)))
}

/// Takes an account off the site; the account itself stays.
fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = asked(state, call)?.id.clone();
    if id == ORGANIZATION_ADMIN {
        return Err(bad("You cannot remove yourself."));
    }
    if let Some(account) = state.account_mut(&id) {
        account.membership = Membership::None;
    }
    for group in &mut state.groups {
        group.members.remove(&id);
    }
    let context = vec![state.mention(&id)];
    state.record("user_removed_from_directory", context);
    Ok(Reply::empty(204))
}

fn set_preference(state: &mut State, call: &Call) -> Outcome {
    let value = call.body.as_str().unwrap_or_default();
    if value.is_empty() || value.chars().count() > 255 {
        return Err(bad("A preference has 1 to 255 characters."));
    }
    state.jira.configuration.preferences.insert(call.query("key").unwrap_or_default().to_owned(), value.to_owned());
    Ok(Reply::empty(204))
}

/// Properties of an account, for those who search by them.
pub fn properties<'a>(state: &'a State, account: &str) -> Option<&'a Map<String, Value>> {
    state.jira.properties.get(&format!("user/{account}"))
}
