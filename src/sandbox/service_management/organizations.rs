//! Organizations of customers, and who is in them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::desks::accounts;
use super::store::CustomerOrganization;
use super::{page, shown};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/organization", list),
    ("POST /rest/servicedeskapi/organization", create),
    ("GET /rest/servicedeskapi/organization/{}", |state, call| find(state, call).map(|found| Reply::ok(body(state, found)))),
    ("DELETE /rest/servicedeskapi/organization/{}", delete),
    ("GET /rest/servicedeskapi/organization/{}/user", users),
    ("POST /rest/servicedeskapi/organization/{}/user", add),
    ("DELETE /rest/servicedeskapi/organization/{}/user", remove),
];

pub fn missing(id: &str) -> Refusal {
    Refusal::new(404, "", format!("The organization {id} does not exist, or you may not see it."))
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a CustomerOrganization, Refusal> {
    let id = call.argument(0);
    id.parse().ok().and_then(|id: u64| state.service_management.organizations.get(&id)).ok_or_else(|| missing(id))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut CustomerOrganization, Refusal> {
    let id = call.argument(0);
    id.parse().ok().and_then(|id: u64| state.service_management.organizations.get_mut(&id)).ok_or_else(|| missing(id))
}

pub fn body(state: &State, organization: &CustomerOrganization) -> Value {
    json!({
        "id": organization.id.to_string(),
        "uuid": organization.uuid,
        "name": organization.name,
        "created": shown::moment(state, organization.created),
        "scimManaged": false,
        "_links": {"self": format!("{}/rest/servicedeskapi/organization/{}", state.url, organization.id)},
    })
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let member = call.query("accountId");
    let fits = |organization: &&CustomerOrganization| member.is_none_or(|id| organization.users.contains(id));
    let mut found: Vec<&CustomerOrganization> = state.service_management.organizations.values().filter(fits).collect();
    found.sort_by_key(|organization| organization.name.to_lowercase());
    page::of(state, call, &found, |organization| body(state, organization))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(Refusal::new(400, "", "The name of an organization must have 1 to 200 characters."));
    }
    let id = state.service_management.next();
    let organization =
        CustomerOrganization { id, uuid: state.id(), name, created: state.now(), users: BTreeSet::new(), properties: Map::new() };
    let shown = body(state, &organization);
    state.service_management.organizations.insert(id, organization);
    Ok(Reply::new(201, shown))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.id;
    state.service_management.organizations.remove(&id);
    for desk in state.service_management.desks.values_mut() {
        desk.organizations.remove(&id);
    }
    Ok(Reply::empty(204))
}

fn users(state: &mut State, call: &Call) -> Outcome {
    let users: Vec<&String> = find(state, call)?.users.iter().collect();
    page::of(state, call, &users, |id| shown::user(state, id))
}

fn add(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?;
    let accounts = accounts(state, call, "accountIds")?;
    find_mut(state, call)?.users.extend(accounts);
    Ok(Reply::empty(204))
}

fn remove(state: &mut State, call: &Call) -> Outcome {
    let accounts = call.texts("accountIds");
    find_mut(state, call)?.users.retain(|user| !accounts.contains(user));
    Ok(Reply::empty(204))
}
