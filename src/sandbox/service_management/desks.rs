//! Service desks, their customers and their organizations; uploads that wait to be attached.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::admin::Account;
use super::super::call::{Call, Handler, Outcome};
use super::super::jira::store::Project;
use super::super::reply::{Refusal, Reply, fnv};
use super::super::seed;
use super::super::store::State;
use super::organizations;
use super::store::{CustomerOrganization, Desk, TemporaryFile};
use super::{opted_in, page, shown};

/// The role of Jira that a desk's customers have in its project.
const CUSTOMERS: u64 = 10_100;
/// So many files may come in one upload.
const FILES: usize = 60;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/info", info),
    ("GET /rest/servicedeskapi/servicedesk", list),
    ("GET /rest/servicedeskapi/servicedesk/{}", |state, call| find(state, call).map(|desk| Reply::ok(body(state, desk)))),
    ("POST /rest/servicedeskapi/servicedesk/{}/attachTemporaryFile", upload),
    ("GET /rest/servicedeskapi/servicedesk/{}/customer", customers),
    ("POST /rest/servicedeskapi/servicedesk/{}/customer", add_customers),
    ("DELETE /rest/servicedeskapi/servicedesk/{}/customer", remove_customers),
    ("GET /rest/servicedeskapi/servicedesk/{}/organization", list_organizations),
    ("POST /rest/servicedeskapi/servicedesk/{}/organization", |state, call| invite(state, call, true)),
    ("DELETE /rest/servicedeskapi/servicedesk/{}/organization", |state, call| invite(state, call, false)),
    ("POST /rest/servicedeskapi/servicedesk/{}/customer/skip-permission-check", add_customers),
    ("POST /rest/servicedeskapi/customer", create_customer),
    ("POST /rest/servicedeskapi/customer/skip-permission-check", create_customer),
];

fn info(state: &mut State, _call: &Call) -> Outcome {
    Ok(Reply::ok(json!({
        "version": "1001.0.0-SNAPSHOT",
        "platformVersion": "1001.0.0-SNAPSHOT",
        "buildDate": shown::moment(state, 1_767_323_045_000),
        "buildChangeSet": "sandbox",
        "isLicensedForUse": true,
        "_links": {"self": format!("{}/rest/servicedeskapi/info", state.url)},
    })))
}

/// The desk of this id, or of the project it names: "projectKey:HELP", "projectId:10003".
pub fn named<'a>(state: &'a State, text: &str) -> Option<&'a Desk> {
    let service = &state.service_management;
    let found = match text.split_once(':') {
        Some(("projectKey" | "projectId", project)) => service.desk_of(state.jira.project_named(project)?.id),
        _ => service.desks.get(&text.parse().ok()?),
    };
    found.filter(|desk| is_open(state, desk.project))
}

/// Whether a project is there for people: while it is in the recycle bin nobody sees its desk.
pub fn is_open(state: &State, project: u64) -> bool {
    state.jira.projects.get(&project).is_some_and(|project| project.deleted.is_none())
}

/// The desk that the path names first.
pub fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Desk, Refusal> {
    let id = call.argument(0);
    named(state, id).ok_or_else(|| Refusal::new(404, "", format!("The service desk {id} does not exist, or you may not see it.")))
}

pub fn body(state: &State, desk: &Desk) -> Value {
    let project = state.jira.projects.get(&desk.project);
    let text = |of: fn(&Project) -> &str| project.map_or("", of);
    json!({
        "id": desk.id.to_string(),
        "projectId": desk.project.to_string(),
        "projectName": text(|project| &project.name),
        "projectKey": text(|project| &project.key),
        "projectTypeKey": text(|project| &project.kind),
        "_links": {"self": format!("{}/rest/servicedeskapi/servicedesk/{}", state.url, desk.id)},
    })
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let desks: Vec<&Desk> = state.service_management.desks.values().filter(|desk| is_open(state, desk.project)).collect();
    page::of(state, call, &desks, |desk| body(state, desk))
}

fn upload(state: &mut State, call: &Call) -> Outcome {
    let desk = find(state, call)?.id;
    let files: Vec<_> = call.parts.iter().filter(|part| part.name == "file").collect();
    if files.len() > FILES {
        return Err(Refusal::new(413, "", format!("At most {FILES} files may be uploaded at once.")));
    }
    let now = state.now();
    let mut told = Vec::new();
    for part in files {
        let number = state.files.keep("temporary", part, now);
        let id = format!("temp{number}");
        let file_name = part.file_name.clone().unwrap_or_default();
        told.push(json!({"temporaryAttachmentId": id, "fileName": file_name}));
        let content_type = if part.content_type.is_empty() { "application/octet-stream".to_owned() } else { part.content_type.clone() };
        let file = TemporaryFile { desk, number, file_name, content_type, size: part.content.len() as u64 };
        state.service_management.temporary.insert(id, file);
    }
    Ok(Reply::new(201, json!({"temporaryAttachments": told})))
}

/// Customers of a desk: those that have the role in its project.
pub fn customers_of(state: &State, desk: &Desk) -> BTreeSet<String> {
    state.jira.projects.get(&desk.project).and_then(|project| project.actors.get(&CUSTOMERS)).cloned().unwrap_or_default()
}

/// Lets these people ask for help.
pub fn admit(state: &mut State, project: u64, accounts: Vec<String>) {
    if let Some(project) = state.jira.projects.get_mut(&project) {
        project.actors.entry(CUSTOMERS).or_default().extend(accounts);
    }
}

/// The accounts that the body names, all of them known.
pub fn accounts(state: &State, call: &Call, key: &str) -> Result<Vec<String>, Refusal> {
    let ids = call.texts(key);
    match ids.iter().find(|id| state.account(id).is_none()) {
        Some(unknown) => Err(Refusal::new(400, "", format!("There is no user with the account id {unknown}."))),
        None => Ok(ids),
    }
}

fn customers(state: &mut State, call: &Call) -> Outcome {
    opted_in(call)?;
    let desk = find(state, call)?;
    let wanted = call.query("query").unwrap_or_default().to_lowercase();
    let ids = customers_of(state, desk);
    let fits = |account: &&Account| account.name.to_lowercase().contains(&wanted) || account.email.to_lowercase().contains(&wanted);
    let mut found: Vec<&Account> = ids.iter().filter_map(|id| state.account(id)).filter(fits).collect();
    found.sort_by_key(|account| account.name.to_lowercase());
    page::of(state, call, &found, |account| shown::user(state, &account.id))
}

fn add_customers(state: &mut State, call: &Call) -> Outcome {
    let project = find(state, call)?.project;
    let accounts = accounts(state, call, "accountIds")?;
    admit(state, project, accounts);
    Ok(Reply::empty(204))
}

fn remove_customers(state: &mut State, call: &Call) -> Outcome {
    opted_in(call)?;
    let project = find(state, call)?.project;
    let accounts = accounts(state, call, "accountIds")?;
    if let Some(customers) = state.jira.projects.get_mut(&project).and_then(|project| project.actors.get_mut(&CUSTOMERS)) {
        customers.retain(|customer| !accounts.contains(customer));
    }
    Ok(Reply::empty(204))
}

fn list_organizations(state: &mut State, call: &Call) -> Outcome {
    let desk = find(state, call)?;
    let member = call.query("accountId");
    let fits = |organization: &&CustomerOrganization| member.is_none_or(|id| organization.users.contains(id));
    let all = desk.organizations.iter().filter_map(|id| state.service_management.organizations.get(id));
    let found: Vec<&CustomerOrganization> = all.filter(fits).collect();
    page::of(state, call, &found, |organization| organizations::body(state, organization))
}

/// Adds an organization to the desk, or takes it away.
fn invite(state: &mut State, call: &Call, add: bool) -> Outcome {
    let desk = find(state, call)?.id;
    let organization = call.body.get("organizationId").and_then(Value::as_u64).unwrap_or_default();
    if !state.service_management.organizations.contains_key(&organization) {
        return Err(organizations::missing(&organization.to_string()));
    }
    if let Some(desk) = state.service_management.desks.get_mut(&desk) {
        if add {
            desk.organizations.insert(organization);
        } else {
            desk.organizations.remove(&organization);
        }
    }
    Ok(Reply::empty(204))
}

fn create_customer(state: &mut State, call: &Call) -> Outcome {
    let email = call.text("email").unwrap_or_default().trim().to_lowercase();
    let sound = email.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.') && !domain.contains('@'));
    if !sound || email.contains(char::is_whitespace) {
        return Err(Refusal::new(400, "", format!("{email} is no email address.")));
    }
    if state.accounts.iter().any(|account| account.email.eq_ignore_ascii_case(&email)) {
        let status = if call.query("strictConflictStatusCode") == Some("true") { 409 } else { 400 };
        return Err(Refusal::new(status, "", format!("An account with the email address {email} exists.")));
    }
    let name = call.text("displayName").or_else(|| call.text("fullName")).map(str::trim).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default()).to_owned();
    let id = format!("qm:{}:{:08x}:1", state.id(), fnv(seed::CLOUD_ID.as_bytes()) & 0xffff_ffff);
    let account = Account::customer(id.clone(), name, email, state.now());
    state.accounts.push(account);
    Ok(Reply::new(201, shown::user(state, &id)))
}
