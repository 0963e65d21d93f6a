//! Saved filters: what they ask, who sees them, who likes them, and the columns they are shown with.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome, Table};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::jql::{self, Search};
use super::shown;
use super::store::Filter;

pub const HANDLERS: Table = &[
    ("POST /rest/api/3/filter", create),
    ("GET /rest/api/3/filter/my", my),
    ("GET /rest/api/3/filter/favourite", favourites),
    ("GET /rest/api/3/filter/search", search),
    ("GET /rest/api/3/filter/defaultShareScope", share_scope),
    ("PUT /rest/api/3/filter/defaultShareScope", set_share_scope),
    ("GET /rest/api/3/filter/{}", get),
    ("PUT /rest/api/3/filter/{}", update),
    ("DELETE /rest/api/3/filter/{}", delete),
    ("PUT /rest/api/3/filter/{}/favourite", like),
    ("DELETE /rest/api/3/filter/{}/favourite", unlike),
    ("PUT /rest/api/3/filter/{}/owner", set_owner),
    ("GET /rest/api/3/filter/{}/columns", columns),
    ("PUT /rest/api/3/filter/{}/columns", set_columns),
    ("DELETE /rest/api/3/filter/{}/columns", reset_columns),
    ("GET /rest/api/3/filter/{}/permission", permissions),
    ("POST /rest/api/3/filter/{}/permission", share),
    ("GET /rest/api/3/filter/{}/permission/{}", permission),
    ("DELETE /rest/api/3/filter/{}/permission/{}", unshare),
];

/// A page of filters, and the most that one may ask for.
const PAGE: (usize, usize) = (50, 100);
/// Where the scope of new filters is kept.
const SHARE_SCOPE: &str = "filter/defaultShareScope";
/// What lists of issues show unless a filter has columns of its own.
const COLUMNS: [&str; 11] =
    ["issuetype", "issuekey", "summary", "assignee", "reporter", "priority", "status", "resolution", "created", "updated", "duedate"];

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "", message)
}

fn id(call: &Call) -> u64 {
    call.argument(0).parse().unwrap_or_default()
}

/// A filter that the caller may see: its own, or a shared one. Who is not allowed hears the same as who asks for what is not there.
fn visible<'s>(state: &'s State, call: &Call) -> Result<&'s Filter, Refusal> {
    let found = state.jira.filters.get(&id(call)).filter(|filter| is_visible(filter));
    found.ok_or_else(|| bad(format!("The filter {} does not exist, or is not shared with you.", call.argument(0))))
}

fn is_visible(filter: &Filter) -> bool {
    filter.owner == MYSELF || !filter.share_permissions.is_empty() || !filter.edit_permissions.is_empty()
}

/// A filter that the caller may change.
fn owned<'s>(state: &'s mut State, call: &Call) -> Result<&'s mut Filter, Refusal> {
    visible(state, call)?;
    let found = state.jira.filters.get_mut(&id(call)).filter(|filter| filter.owner == MYSELF || !filter.edit_permissions.is_empty());
    found.ok_or_else(|| bad(format!("The filter {} is not yours to change.", call.argument(0))))
}

fn body(state: &State, filter: &Filter, call: &Call) -> Value {
    let root = &shown::root(state, call);
    let query: String = url::form_urlencoded::byte_serialize(filter.jql.as_bytes()).collect();
    let shares = |list: &[Value]| list.iter().map(|share| shown_share(state, share, root)).collect::<Vec<_>>();
    json!({
        "self": format!("{root}/filter/{}", filter.id),
        "id": filter.id.to_string(),
        "name": filter.name,
        "description": filter.description,
        "owner": shown::user(state, &filter.owner, root),
        "jql": filter.jql,
        "viewUrl": format!("{}/issues/?filter={}", state.url, filter.id),
        "searchUrl": format!("{root}/search/jql?jql={query}"),
        "favourite": filter.favourite,
        "favouritedCount": u64::from(filter.favourite),
        "sharePermissions": shares(&filter.share_permissions),
        "editPermissions": shares(&filter.edit_permissions),
    })
}

/// One filter; subscriptions and the people it is shared with are told in this form alone.
fn whole(state: &State, filter: &Filter, call: &Call) -> Value {
    let mut body = body(state, filter, call);
    if let Some(object) = body.as_object_mut() {
        let none = json!({"size": 0, "items": [], "max-results": 1000, "start-index": 0, "end-index": 0});
        object.insert("sharedUsers".to_owned(), none.clone());
        object.insert("subscriptions".to_owned(), none);
    }
    body
}

/// The store keeps what is shared by ids: {"id", "type", "projectId"?, "projectRoleId"?, "groupId"?, "accountId"?}.
fn shown_share(state: &State, share: &Value, root: &str) -> Value {
    let text = |key: &str| share.get(key).and_then(Value::as_str);
    let number = |key: &str| text(key).and_then(|id| id.parse::<u64>().ok());
    let mut body = json!({"id": share.get("id"), "type": share.get("type")});
    let Some(object) = body.as_object_mut() else { return body };
    if let Some(project) = number("projectId").and_then(|id| state.jira.projects.get(&id)) {
        object.insert("project".to_owned(), shown::project(state, project, root));
    }
    if let Some(role) = number("projectRoleId").and_then(|id| state.jira.roles.get(&id)) {
        let project = text("projectId").unwrap_or_default();
        let address = format!("{root}/project/{project}/role/{}", role.id);
        object.insert("role".to_owned(), json!({"self": address, "id": role.id, "name": role.name, "description": role.description}));
    }
    if let Some(group) = text("groupId").and_then(|id| state.group(id)) {
        let address = format!("{root}/group?groupId={}", group.id);
        object.insert("group".to_owned(), json!({"name": group.name, "groupId": group.id, "self": address}));
    }
    if let Some(account) = text("accountId") {
        let mut user = shown::user(state, account, root);
        if let Some(object) = user.as_object_mut() {
            // People are told of in fewer words here.
            object.retain(|key, _| matches!(key.as_str(), "self" | "accountId" | "avatarUrls" | "displayName" | "active"));
        }
        object.insert("user".to_owned(), user);
    }
    body
}

/// A permission as it is sent, checked and brought into the form of the store.
fn taken_share(state: &mut State, given: &Value) -> Result<Value, Refusal> {
    let text = |key: &str| {
        let value = given.get(key)?;
        value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|id| id.to_string()))
    };
    let inner = |key: &str| {
        given
            .get(key)
            .and_then(|inner| inner.get("id"))
            .and_then(|id| id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|id| id.to_string())))
    };
    let kind = text("type").unwrap_or_default();
    let mut share = json!({"type": if kind == "projectRole" { "projectRole" } else { kind.as_str() }});
    let mut put = |key: &str, value: String| {
        if let Some(object) = share.as_object_mut() {
            object.insert(key.to_owned(), json!(value));
        }
    };
    match kind.as_str() {
        "project" | "projectRole" => {
            let asked = text("projectId").or_else(|| inner("project")).unwrap_or_default();
            let project = state.jira.project_named(&asked).ok_or_else(|| bad(format!("There is no project '{asked}'.")))?;
            put("projectId", project.id.to_string());
            if let Some(role) = text("projectRoleId").or_else(|| inner("role")) {
                let known = role.parse().ok().and_then(|id: u64| state.jira.roles.get(&id));
                put("projectRoleId", known.ok_or_else(|| bad(format!("There is no project role '{role}'.")))?.id.to_string());
            } else if kind == "projectRole" {
                return Err(bad("A projectRoleId must be given."));
            }
        }
        "group" => {
            let nested = |key: &str| given.get("group").and_then(|group| group.get(key)).and_then(Value::as_str).map(str::to_owned);
            let asked =
                text("groupId").or_else(|| text("groupname")).or_else(|| nested("groupId")).or_else(|| nested("name")).unwrap_or_default();
            let found = state.groups.iter().find(|group| group.id == asked || group.name == asked);
            put("groupId", found.ok_or_else(|| bad(format!("There is no group '{asked}'.")))?.id.clone());
        }
        "user" => {
            let nested = given.get("user").and_then(|user| user.get("accountId")).and_then(Value::as_str).map(str::to_owned);
            let asked = text("accountId").or(nested).unwrap_or_default();
            put("accountId", state.account(&asked).ok_or_else(|| bad(format!("There is no user '{asked}'.")))?.id.clone());
        }
        "global" | "authenticated" | "loggedin" => {}
        other => return Err(bad(format!("'{other}' is no type of a share permission."))),
    }
    let id = state.jira.next();
    if let Some(object) = share.as_object_mut() {
        object.insert("id".to_owned(), json!(id));
    }
    Ok(share)
}

fn taken_shares(state: &mut State, call: &Call, key: &str) -> Result<Option<Vec<Value>>, Refusal> {
    let Some(given) = call.body.get(key).and_then(Value::as_array) else { return Ok(None) };
    given.iter().map(|share| taken_share(state, share)).collect::<Result<_, _>>().map(Some)
}

/// The name must be new to the owner, the query must be one.
fn check(state: &State, name: &str, jql: &str, own: Option<u64>) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.chars().count() > 255 {
        return Err(Refusal::fields(&[("filterName", "The name must have 1 to 255 characters.")]));
    }
    let mut others = state.jira.filters.values().filter(|filter| filter.owner == MYSELF && Some(filter.id) != own);
    if others.any(|filter| filter.name.eq_ignore_ascii_case(name)) {
        return Err(Refusal::fields(&[("filterName", "You own a filter of this name.")]));
    }
    Search::new(state, jql).map(drop).map_err(|faults| jql::refusal(&faults))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let (name, jql) = (call.text("name").unwrap_or_default().to_owned(), call.text("jql").unwrap_or_default().to_owned());
    check(state, &name, &jql, None)?;
    let given = taken_shares(state, call, "sharePermissions")?;
    let default = match state.jira.documents.get(SHARE_SCOPE).and_then(Value::as_str) {
        Some("GLOBAL") => vec![json!({"type": "global"})],
        Some("AUTHENTICATED") => vec![json!({"type": "authenticated"})],
        _ => Vec::new(),
    };
    let share_permissions = match given {
        Some(given) => given,
        None => default.iter().map(|share| taken_share(state, share)).collect::<Result<_, _>>()?,
    };
    let filter = Filter {
        id: state.jira.next(),
        name,
        description: call.text("description").unwrap_or_default().to_owned(),
        jql,
        owner: MYSELF.to_owned(),
        favourite: call.body.get("favourite").and_then(Value::as_bool).unwrap_or(false),
        share_permissions,
        edit_permissions: taken_shares(state, call, "editPermissions")?.unwrap_or_default(),
        columns: Vec::new(),
    };
    let body = whole(state, &filter, call);
    state.jira.filters.insert(filter.id, filter);
    Ok(Reply::ok(body))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let filter = owned(state, call)?.clone();
    let name = call.text("name").unwrap_or(&filter.name).to_owned();
    let jql = call.text("jql").unwrap_or(&filter.jql).to_owned();
    check(state, &name, &jql, Some(filter.id))?;
    let (shares, edits) = (taken_shares(state, call, "sharePermissions")?, taken_shares(state, call, "editPermissions")?);
    let filter = owned(state, call)?;
    (filter.name, filter.jql) = (name, jql);
    if let Some(description) = call.text("description") {
        description.clone_into(&mut filter.description);
    }
    if let Some(favourite) = call.body.get("favourite").and_then(Value::as_bool) {
        filter.favourite = favourite;
    }
    if let Some(shares) = shares {
        filter.share_permissions = shares;
    }
    if let Some(edits) = edits {
        filter.edit_permissions = edits;
    }
    get(state, call)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(whole(state, visible(state, call)?, call)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = owned(state, call)?.id;
    state.jira.filters.remove(&id);
    Ok(Reply::empty(204))
}

fn listed(state: &State, call: &Call, wanted: impl Fn(&Filter) -> bool) -> Outcome {
    let found = state.jira.filters.values().filter(|filter| is_visible(filter) && wanted(filter));
    Ok(Reply::ok(found.map(|filter| whole(state, filter, call)).collect()))
}

fn my(state: &mut State, call: &Call) -> Outcome {
    let liked = call.query("includeFavourites") == Some("true");
    listed(state, call, |filter| filter.owner == MYSELF || (liked && filter.favourite))
}

fn favourites(state: &mut State, call: &Call) -> Outcome {
    listed(state, call, |filter| filter.favourite)
}

fn search(state: &mut State, call: &Call) -> Outcome {
    let state = &*state;
    let name = call.query("filterName").unwrap_or_default().to_lowercase();
    let exactly = call.query("isSubstringMatch") == Some("false");
    let owner = call.query("accountId").or(call.query("owner"));
    let group = call.query("groupId").or(call.query("groupname"));
    let group =
        group.map(|asked| state.groups.iter().find(|group| group.id == asked || group.name == asked).map_or("", |group| group.id.as_str()));
    let ids = call.queries("id");
    let shared = |filter: &Filter, key: &str, value: &str| {
        filter.share_permissions.iter().any(|share| share.get(key).and_then(Value::as_str) == Some(value))
    };
    let fits = |filter: &&Filter| {
        let own_name = filter.name.to_lowercase();
        is_visible(filter)
            && (if exactly { own_name == name } else { own_name.contains(&name) })
            && owner.is_none_or(|owner| filter.owner == owner)
            && group.is_none_or(|group| shared(filter, "groupId", group))
            && call.query("projectId").is_none_or(|project| shared(filter, "projectId", project))
            && (ids.is_empty() || ids.contains(&filter.id.to_string()))
    };
    let mut found: Vec<&Filter> = state.jira.filters.values().filter(fits).collect();
    let order = call.query("orderBy").unwrap_or("name");
    let by = order.trim_start_matches(['-', '+', ' ']).to_lowercase();
    match by.as_str() {
        "id" => found.sort_by_key(|filter| filter.id),
        "description" => found.sort_by_key(|filter| filter.description.to_lowercase()),
        "favourite_count" | "is_favourite" => found.sort_by_key(|filter| filter.favourite),
        "owner" => found.sort_by_key(|filter| state.account(&filter.owner).map(|account| account.name.clone())),
        "name" => found.sort_by_key(|filter| filter.name.to_lowercase()),
        "is_shared" => found.sort_by_key(|filter| !filter.share_permissions.is_empty()),
        other => return Err(bad(format!("Filters cannot be ordered by '{other}'."))),
    }
    if order.starts_with('-') {
        found.reverse();
    }
    let number = |key: &str, default: usize| {
        call.query(key).map_or(Ok(default), |text| text.parse().map_err(|_| bad(format!("{key} must not be negative."))))
    };
    let (start, size) = (number("startAt", 0)?, number("maxResults", PAGE.0)?.min(PAGE.1));
    let expands = call.queries("expand");
    let cut: Vec<Value> = found
        .iter()
        .skip(start)
        .take(if call.empty_page { 0 } else { size })
        .map(|filter| details(state, filter, call, &expands))
        .collect();
    let last = start + cut.len() >= found.len();
    let mut page = json!({
        "self": format!("{}{}?startAt={start}&maxResults={size}", state.url, call.path),
        "maxResults": size,
        "startAt": start,
        "total": found.len(),
        "isLast": last,
        "values": cut,
    });
    if let (Some(object), false) = (page.as_object_mut(), last) {
        object.insert("nextPage".to_owned(), json!(format!("{}{}?startAt={}&maxResults={size}", state.url, call.path, start + size)));
    }
    Ok(Reply::ok(page))
}

/// A filter in a search: its address and name, and what is expanded.
fn details(state: &State, filter: &Filter, call: &Call, expand: &[String]) -> Value {
    let mut body = body(state, filter, call);
    if let Some(object) = body.as_object_mut() {
        object.retain(|key, _| matches!(key.as_str(), "self" | "id" | "name") || expand.iter().any(|part| part == key));
        object.insert("expand".to_owned(), json!("description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,isWritable,approximateLastUsed,subscriptions"));
        if expand.iter().any(|part| part == "subscriptions") {
            object.insert("subscriptions".to_owned(), json!([]));
        }
    }
    body
}

fn like(state: &mut State, call: &Call) -> Outcome {
    set_favourite(state, call, true)
}

fn unlike(state: &mut State, call: &Call) -> Outcome {
    set_favourite(state, call, false)
}

fn set_favourite(state: &mut State, call: &Call, favourite: bool) -> Outcome {
    let id = visible(state, call)?.id;
    if let Some(filter) = state.jira.filters.get_mut(&id) {
        filter.favourite = favourite;
    }
    get(state, call)
}

fn set_owner(state: &mut State, call: &Call) -> Outcome {
    let owner = call.text("accountId").unwrap_or_default();
    let owner = state.account(owner).map(|account| account.id.clone()).ok_or_else(|| bad(format!("There is no user '{owner}'.")))?;
    let name = owned(state, call)?.name.clone();
    if state.jira.filters.values().any(|filter| filter.id != id(call) && filter.owner == owner && filter.name.eq_ignore_ascii_case(&name)) {
        return Err(bad("The new owner has a filter of this name."));
    }
    owned(state, call)?.owner = owner;
    Ok(Reply::empty(204))
}

fn columns(state: &mut State, call: &Call) -> Outcome {
    let filter = visible(state, call)?;
    let own = filter.columns.iter().map(String::as_str);
    let shown: Vec<&str> = if filter.columns.is_empty() { COLUMNS.to_vec() } else { own.collect() };
    let label = |id: &str| state.jira.fields.get(id).map_or_else(|| id.to_owned(), |field| field.name.clone());
    Ok(Reply::ok(shown.into_iter().map(|id| json!({"label": label(id), "value": id})).collect()))
}

fn set_columns(state: &mut State, call: &Call) -> Outcome {
    // As JSON, or as the parts of a form.
    let mut wanted = call.texts("columns");
    let parts = call.parts.iter().filter(|part| part.name == "columns");
    wanted.extend(parts.filter_map(|part| std::str::from_utf8(&part.content).ok()).map(str::to_owned));
    if let Some(unknown) = wanted.iter().find(|id| !state.jira.fields.contains_key(*id)) {
        return Err(bad(format!("There is no field '{unknown}'.")));
    }
    owned(state, call)?.columns = wanted;
    Ok(Reply::ok(json!({})))
}

fn reset_columns(state: &mut State, call: &Call) -> Outcome {
    owned(state, call)?.columns.clear();
    Ok(Reply::empty(204))
}

fn shares(state: &State, call: &Call) -> Result<Vec<Value>, Refusal> {
    let root = &shown::root(state, call);
    Ok(visible(state, call)?.share_permissions.iter().map(|share| shown_share(state, share, root)).collect())
}

fn permissions(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(Value::Array(shares(state, call)?)))
}

fn is_asked(share: &Value, call: &Call) -> bool {
    share.get("id").and_then(Value::as_u64).is_some_and(|id| id.to_string() == call.argument(1))
}

fn no_permission(call: &Call) -> Refusal {
    Refusal::new(404, "", format!("The filter {} has no share permission {}.", call.argument(0), call.argument(1)))
}

fn permission(state: &mut State, call: &Call) -> Outcome {
    let found = shares(state, call)?.into_iter().find(|share| is_asked(share, call));
    found.map(Reply::ok).ok_or_else(|| no_permission(call))
}

fn share(state: &mut State, call: &Call) -> Outcome {
    owned(state, call)?;
    let new = taken_share(state, &call.body)?;
    let everyone = |share: &Value| matches!(share.get("type").and_then(Value::as_str), Some("global" | "authenticated" | "loggedin"));
    let filter = owned(state, call)?;
    if filter.share_permissions.iter().any(everyone) || (everyone(&new) && !filter.share_permissions.is_empty()) {
        return Err(bad("What is shared with everyone is shared with nobody else."));
    }
    filter.share_permissions.push(new);
    Ok(Reply::new(201, Value::Array(shares(state, call)?)))
}

fn unshare(state: &mut State, call: &Call) -> Outcome {
    let filter = owned(state, call)?;
    let before = filter.share_permissions.len();
    filter.share_permissions.retain(|share| !is_asked(share, call));
    if filter.share_permissions.len() == before { Err(no_permission(call)) } else { Ok(Reply::empty(204)) }
}

fn share_scope(state: &mut State, _: &Call) -> Outcome {
    let scope = state.jira.documents.get(SHARE_SCOPE).cloned().unwrap_or_else(|| json!("PRIVATE"));
    Ok(Reply::ok(json!({"scope": scope})))
}

fn set_share_scope(state: &mut State, call: &Call) -> Outcome {
    let scope = call.text("scope").unwrap_or("PRIVATE").to_owned();
    state.jira.documents.insert(SHARE_SCOPE.to_owned(), json!(scope));
    Ok(Reply::ok(json!({"scope": scope})))
}
