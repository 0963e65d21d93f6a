//! Dashboards, their gadgets, and what apps keep with these.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::super::store::State;
use super::page::{self, Window, bad, contains, expands, id, missing, put, query_numbers, rank};
use super::store::{Dashboard, Gadget};
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/dashboard", |state, call| list(state, call)),
    ("POST /rest/api/3/dashboard", |state, call| create(state, call, None)),
    ("GET /rest/api/3/dashboard/search", |state, call| search(state, call)),
    ("GET /rest/api/3/dashboard/gadgets", |_, _| {
        let gadgets: Vec<Value> = GADGETS.iter().map(|(key, title)| json!({"moduleKey": key, "title": title})).collect();
        Ok(Reply::ok(json!({"gadgets": gadgets})))
    }),
    ("GET /rest/api/3/dashboard/{}", |state, call| {
        let dashboard = find(state, call)?;
        Ok(Reply::ok(body(View::new(state, call), dashboard)))
    }),
    ("PUT /rest/api/3/dashboard/{}", update),
    ("DELETE /rest/api/3/dashboard/{}", |state, call| {
        let id = own(state, call)?;
        state.jira.configuration.dashboards.remove(&id);
        Ok(Reply::empty(204))
    }),
    ("POST /rest/api/3/dashboard/{}/copy", |state, call| {
        let gadgets = find(state, call)?.gadgets.clone();
        create(state, call, Some(gadgets))
    }),
    ("GET /rest/api/3/dashboard/{}/gadget", |state, call| gadgets(state, call)),
    ("POST /rest/api/3/dashboard/{}/gadget", add_gadget),
    ("PUT /rest/api/3/dashboard/{}/gadget/{}", update_gadget),
    ("DELETE /rest/api/3/dashboard/{}/gadget/{}", remove_gadget),
    ("GET /rest/api/3/dashboard/{}/items/{}/properties", |state, call| {
        let properties = state.jira.properties.get(&item(state, call)?).cloned().unwrap_or_default();
        Ok(Reply::ok(page::property_keys(state, call, &properties)))
    }),
    ("GET /rest/api/3/dashboard/{}/items/{}/properties/{}", |state, call| {
        let key = item(state, call)?;
        Ok(Reply::ok(page::property(state.jira.properties.get(&key), call.argument(2))?))
    }),
    ("PUT /rest/api/3/dashboard/{}/items/{}/properties/{}", |state, call| {
        let key = item(state, call)?;
        Ok(Reply::new(page::set_property(state.jira.properties.entry(key).or_default(), call.argument(2), &call.body)?, json!({})))
    }),
    ("DELETE /rest/api/3/dashboard/{}/items/{}/properties/{}", |state, call| {
        let key = item(state, call)?;
        let removed = state.jira.properties.entry(key).or_default().remove(call.argument(2));
        removed.map(|_| Reply::empty(204)).ok_or_else(|| missing("property", call.argument(2)))
    }),
];

/// Kinds of gadgets, by the key of their module.
const GADGETS: &[(&str, &str)] = &[
    ("com.atlassian.jira.gadgets:assigned-to-me-gadget", "Assigned to Me"),
    ("com.atlassian.jira.gadgets:filter-results-gadget", "Filter Results"),
    ("com.atlassian.jira.gadgets:pie-chart-gadget", "Pie Chart"),
    ("com.atlassian.jira.gadgets:created-vs-resolved-issues-chart-gadget", "Created vs. Resolved Chart"),
    ("com.atlassian.jira.gadgets:introduction-dashboard-item", "Introduction"),
    ("com.atlassian.streams.streams-jira-plugin:activitystream-gadget", "Activity Stream"),
    ("com.pyxis.greenhopper.jira:greenhopper-gadget-sprint-health", "Sprint Health Gadget"),
];

const COLORS: &[&str] = &["blue", "red", "yellow", "green", "cyan", "purple", "gray", "white"];

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Dashboard, Refusal> {
    let id = id(call, 0, "dashboard")?;
    state.jira.configuration.dashboards.get(&id).ok_or_else(|| missing("dashboard", call.argument(0)))
}

/// The dashboard, if it is not the system's, which nobody changes here.
fn own(state: &State, call: &Call) -> Result<u64, Refusal> {
    let dashboard = find(state, call)?;
    if dashboard.owner.is_empty() { Err(bad("The system's dashboard cannot be changed.")) } else { Ok(dashboard.id) }
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Dashboard, Refusal> {
    let id = own(state, call)?;
    state.jira.configuration.dashboards.get_mut(&id).ok_or_else(|| missing("dashboard", call.argument(0)))
}

fn body(view: View, dashboard: &Dashboard) -> Value {
    let system = dashboard.owner.is_empty();
    let mut body = json!({
        "id": dashboard.id.to_string(),
        "self": view.at(&format!("dashboard/{}", dashboard.id)),
        "name": dashboard.name,
        "description": dashboard.description,
        "isFavourite": false,
        "popularity": 0,
        "isWritable": !system,
        "systemDashboard": system,
        "sharePermissions": dashboard.share_permissions,
        "editPermissions": dashboard.edit_permissions,
        "view": format!("{}/jira/dashboards/{}", view.state.url, dashboard.id),
    });
    if !system {
        put(&mut body, "owner", view.owner(&dashboard.owner));
    }
    body
}

fn list(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let mine = |dashboard: &&Dashboard| match call.query("filter") {
        Some("my") => dashboard.owner == ORGANIZATION_ADMIN,
        Some("favourite") => false,
        _ => true,
    };
    let found: Vec<&Dashboard> = state.jira.configuration.dashboards.values().filter(mine).collect();
    let window = Window::of(call, 20, 1_000)?;
    let total = found.len();
    let shown: Vec<Value> =
        if call.empty_page { Vec::new() } else { window.cut(found).into_iter().map(|dashboard| body(view, dashboard)).collect() };
    let end = window.start + shown.len();
    let mut answer = json!({"startAt": window.start, "maxResults": window.size, "total": total, "dashboards": shown});
    let at = |start: usize| json!(format!("{}?startAt={start}&maxResults={}", view.at("dashboard"), window.size));
    if end < total && window.size > 0 {
        put(&mut answer, "next", at(end));
    }
    if window.start > 0 {
        put(&mut answer, "prev", at(window.start.saturating_sub(window.size)));
    }
    Ok(Reply::ok(answer))
}

fn search(state: &State, call: &Call) -> Outcome {
    let (project, group) = (query_numbers(call, "projectId"), call.query("groupId").or_else(|| call.query("groupname")));
    let shared = |dashboard: &Dashboard, pointer: &str, wanted: &str| {
        dashboard.share_permissions.iter().any(|share| share.pointer(pointer).and_then(Value::as_str) == Some(wanted))
    };
    let fits = |dashboard: &&Dashboard| {
        contains(&dashboard.name, call.query("dashboardName"))
            && call.query("accountId").is_none_or(|id| dashboard.owner == id)
            && matches!(call.query("status"), None | Some("active"))
            && project.iter().all(|id| shared(dashboard, "/project/id", &id.to_string()))
            && group.is_none_or(|group| shared(dashboard, "/group/groupId", group) || shared(dashboard, "/group/name", group))
    };
    let mut found: Vec<&Dashboard> = state.jira.configuration.dashboards.values().filter(fits).collect();
    page::sort(&mut found, Some(call.query("orderBy").unwrap_or("name")), |dashboard, by| match by {
        "id" => rank(dashboard.id),
        "description" => dashboard.description.to_lowercase(),
        "owner" => state.account(&dashboard.owner).map_or_else(String::new, |account| account.name.to_lowercase()),
        _ => dashboard.name.to_lowercase(),
    });
    let view = View::new(state, call);
    let body = page::page(state, call, found, (50, 100), |dashboard| {
        let mut body = body(view, dashboard);
        let parts = [
            ("description", "description"),
            ("owner", "owner"),
            ("viewUrl", "view"),
            ("favourite", "isFavourite"),
            ("favouritedCount", "popularity"),
            ("sharePermissions", "sharePermissions"),
            ("editPermissions", "editPermissions"),
            ("isWritable", "isWritable"),
        ];
        if let Some(map) = body.as_object_mut() {
            for (part, key) in parts.iter().filter(|(part, _)| !expands(call, part)) {
                // The plain search tells what is cheap.
                if !matches!(*part, "description" | "favourite" | "favouritedCount" | "sharePermissions" | "viewUrl") {
                    map.remove(*key);
                }
            }
        }
        body
    })?;
    Ok(Reply::ok(body))
}

/// Whom a dashboard is shared with: the names of what a request names by ids come along.
pub fn shares(state: &mut State, call: &Call, key: &str) -> Result<Vec<Value>, Refusal> {
    let given = call.body.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut shares = Vec::new();
    for share in given {
        let number = state.jira.next();
        let view = View::new(state, call);
        let text = |path: &str| share.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let kind = text("/type");
        let mut made = json!({"id": number, "type": kind});
        match kind {
            "global" | "loggedin" | "authenticated" => {}
            "user" => {
                let account = state.account(text("/user/accountId")).ok_or_else(|| bad("The user of a share does not exist."))?;
                put(&mut made, "user", view.owner(&account.id));
            }
            "group" => {
                let (id, name) = (text("/group/groupId"), text("/group/name"));
                let group = state.groups.iter().find(|group| group.id == id || group.name == name);
                put(&mut made, "group", view.group(group.ok_or_else(|| bad("The group of a share does not exist."))?));
            }
            "project" | "projectRole" => {
                let project = state.jira.project_named(text("/project/id")).ok_or_else(|| bad("The project of a share does not exist."))?;
                put(&mut made, "project", view.project(project));
                if kind == "projectRole" {
                    let role = share.get("role").and_then(|role| page::number(role, "id")).and_then(|id| state.jira.roles.get(&id));
                    let role = role.ok_or_else(|| bad("The role of a share does not exist."))?;
                    let address = view.at(&format!("role/{}", role.id));
                    put(&mut made, "role", json!({"id": role.id, "name": role.name, "description": role.description, "self": address}));
                }
            }
            other => return Err(bad(format!("{other} is no type of share."))),
        }
        shares.push(made);
    }
    Ok(shares)
}

fn create(state: &mut State, call: &Call, gadgets: Option<Vec<Gadget>>) -> Outcome {
    let mine =
        |name: &str| state.jira.configuration.dashboards.values().any(|known| known.owner == ORGANIZATION_ADMIN && known.name == name);
    let name = page::name(call, 255, mine)?;
    let (share_permissions, edit_permissions) = (shares(state, call, "sharePermissions")?, shares(state, call, "editPermissions")?);
    let id = state.jira.next();
    let gadgets = gadgets.unwrap_or_default().into_iter().map(|gadget| Gadget { id: state.jira.next(), ..gadget }).collect();
    let description = call.text("description").unwrap_or_default().to_owned();
    let dashboard = Dashboard { id, name, description, owner: ORGANIZATION_ADMIN.to_owned(), share_permissions, edit_permissions, gadgets };
    let answer = body(View::new(state, call), &dashboard);
    state.jira.configuration.dashboards.insert(id, dashboard);
    Ok(Reply::ok(answer))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let id = own(state, call)?;
    let taken = |name: &str| {
        state.jira.configuration.dashboards.values().any(|known| known.id != id && known.owner == ORGANIZATION_ADMIN && known.name == name)
    };
    let name = page::name(call, 255, taken)?;
    let (share_permissions, edit_permissions) = (shares(state, call, "sharePermissions")?, shares(state, call, "editPermissions")?);
    let dashboard = find_mut(state, call)?;
    dashboard.name = name;
    call.text("description").unwrap_or_default().clone_into(&mut dashboard.description);
    (dashboard.share_permissions, dashboard.edit_permissions) = (share_permissions, edit_permissions);
    let dashboard = find(state, call)?;
    Ok(Reply::ok(body(View::new(state, call), dashboard)))
}

fn gadget_body(gadget: &Gadget) -> Value {
    let mut body = json!({
        "id": gadget.id,
        "title": gadget.title,
        "color": gadget.color,
        "position": {"column": gadget.column, "row": gadget.row},
    });
    for (key, value) in [("moduleKey", &gadget.module_key), ("uri", &gadget.uri)] {
        if let Some(value) = value {
            put(&mut body, key, json!(value));
        }
    }
    body
}

fn gadgets(state: &State, call: &Call) -> Outcome {
    let (keys, uris, ids) = (call.queries("moduleKey"), call.queries("uri"), query_numbers(call, "gadgetId"));
    let any = |wanted: &[String], have: &Option<String>| wanted.is_empty() || have.as_ref().is_some_and(|have| wanted.contains(have));
    let fits = |gadget: &&Gadget| any(&keys, &gadget.module_key) && any(&uris, &gadget.uri) && (ids.is_empty() || ids.contains(&gadget.id));
    let found: Vec<Value> = find(state, call)?.gadgets.iter().filter(fits).map(gadget_body).collect();
    Ok(Reply::ok(json!({"gadgets": found})))
}

fn color(call: &Call) -> Result<Option<String>, Refusal> {
    match call.text("color") {
        Some(color) if !COLORS.contains(&color) => Err(bad(format!("{color} is no colour of gadgets."))),
        color => Ok(color.map(str::to_owned)),
    }
}

/// Column and row that a body gives.
fn position(call: &Call) -> Option<(u64, u64)> {
    let position = call.body.get("position")?;
    Some((page::number(position, "column")?, page::number(position, "row")?))
}

/// Puts a gadget in its place: those below it in the column make room.
fn place(dashboard: &mut Dashboard, mut gadget: Gadget, position: Option<(u64, u64)>) {
    let below = |column: u64| dashboard.gadgets.iter().filter(|known| known.column == column).map(|known| known.row + 1).max().unwrap_or(0);
    (gadget.column, gadget.row) = position.map_or_else(|| (0, below(0)), |(column, row)| (column, row.min(below(column))));
    for known in dashboard.gadgets.iter_mut().filter(|known| known.column == gadget.column && known.row >= gadget.row) {
        known.row += 1;
    }
    dashboard.gadgets.push(gadget);
}

/// Takes a gadget out: those below it move up.
fn take(dashboard: &mut Dashboard, id: u64) -> Option<Gadget> {
    let place = dashboard.gadgets.iter().position(|known| known.id == id)?;
    let gadget = dashboard.gadgets.remove(place);
    for known in dashboard.gadgets.iter_mut().filter(|known| known.column == gadget.column && known.row > gadget.row) {
        known.row -= 1;
    }
    Some(gadget)
}

fn add_gadget(state: &mut State, call: &Call) -> Outcome {
    own(state, call)?;
    let (key, uri) = (call.text("moduleKey"), call.text("uri"));
    if key.is_some() == uri.is_some() {
        return Err(bad("Either moduleKey or uri must be given."));
    }
    let known = key.and_then(|key| GADGETS.iter().find(|(known, _)| *known == key));
    let unchecked = call.body.get("ignoreUriAndModuleKeyValidation").and_then(Value::as_bool) == Some(true);
    if key.is_some() && known.is_none() && !unchecked {
        return Err(bad(format!("{} is no kind of gadget.", key.unwrap_or_default())));
    }
    let gadget = Gadget {
        id: state.jira.next(),
        module_key: key.map(str::to_owned),
        uri: uri.map(str::to_owned),
        title: call.text("title").or(known.map(|(_, title)| *title)).unwrap_or("Gadget").to_owned(),
        color: color(call)?.unwrap_or_else(|| "blue".to_owned()),
        column: 0,
        row: 0,
    };
    let id = gadget.id;
    let dashboard = find_mut(state, call)?;
    place(dashboard, gadget, position(call));
    let made = dashboard.gadgets.iter().find(|gadget| gadget.id == id).map(gadget_body);
    Ok(Reply::ok(made.unwrap_or_default()))
}

fn update_gadget(state: &mut State, call: &Call) -> Outcome {
    let (id, color) = (id(call, 1, "gadget")?, color(call)?);
    let dashboard = find_mut(state, call)?;
    let known = dashboard.gadgets.iter_mut().find(|gadget| gadget.id == id).ok_or_else(|| missing("gadget", call.argument(1)))?;
    known.color = color.unwrap_or_else(|| known.color.clone());
    if let Some(title) = call.text("title") {
        title.clone_into(&mut known.title);
    }
    if let (Some(position), Some(gadget)) = (position(call), position(call).and_then(|_| take(dashboard, id))) {
        place(dashboard, gadget, Some(position));
    }
    Ok(Reply::empty(204))
}

fn remove_gadget(state: &mut State, call: &Call) -> Outcome {
    let id = id(call, 1, "gadget")?;
    take(find_mut(state, call)?, id).ok_or_else(|| missing("gadget", call.argument(1)))?;
    Ok(Reply::empty(204))
}

/// Under which key the store keeps the properties of an item.
fn item(state: &State, call: &Call) -> Result<String, Refusal> {
    let (dashboard, id) = (find(state, call)?, id(call, 1, "dashboard item")?);
    let known = dashboard.gadgets.iter().any(|gadget| gadget.id == id);
    if known { Ok(format!("dashboard/{}/{id}", dashboard.id)) } else { Err(missing("dashboard item", call.argument(1))) }
}
