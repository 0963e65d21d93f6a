//! Boards: found, made from a filter, deleted; how they are set up; their quick filters, projects and versions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::store::{Project, Status};
use super::super::query::{self, Operand, Operator};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts;
use super::super::store::State;
use super::store::{Board, Column, Location};
use super::{issues, page};

pub const RANK_FIELD: u64 = 10_019;
const STORY_POINTS: &str = "customfield_10016";

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/agile/1.0/board", list),
    ("POST /rest/agile/1.0/board", create),
    ("GET /rest/agile/1.0/board/filter/{}", list_by_filter),
    ("GET /rest/agile/1.0/board/{}", |state, call| find(state, call).map(|board| Reply::ok(body(state, board)))),
    ("DELETE /rest/agile/1.0/board/{}", delete),
    ("GET /rest/agile/1.0/board/{}/configuration", configuration),
    ("GET /rest/agile/1.0/board/{}/features", |state, call| find(state, call).map(|board| features(state, board))),
    ("PUT /rest/agile/1.0/board/{}/features", toggle),
    ("GET /rest/agile/1.0/board/{}/quickfilter", quick_filters),
    ("GET /rest/agile/1.0/board/{}/quickfilter/{}", quick_filter),
    ("GET /rest/agile/1.0/board/{}/project", projects),
    ("GET /rest/agile/1.0/board/{}/project/full", bound_projects),
    ("GET /rest/agile/1.0/board/{}/version", versions),
];

pub fn missing(id: &str) -> Refusal {
    Refusal::new(404, "", format!("The board {id} does not exist, or you may not see it."))
}

/// The board that the path names first.
pub fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Board, Refusal> {
    let id = call.argument(0);
    id.parse().ok().and_then(|id: u64| state.agile.boards.get(&id)).ok_or_else(|| missing(id))
}

fn address(state: &State, id: u64) -> String {
    format!("{}/rest/agile/1.0/board/{id}", state.url)
}

fn body(state: &State, board: &Board) -> Value {
    let mut body = json!({
        "id": board.id,
        "self": address(state, board.id),
        "name": board.name,
        "type": board.kind,
        "isPrivate": false,
    });
    let location = match &board.location {
        Location::Project(id) => state.jira.projects.get(id).map(|project| {
            json!({
                "projectId": project.id,
                "displayName": format!("{} ({})", project.name, project.key),
                "projectName": project.name,
                "projectKey": project.key,
                "projectTypeKey": project.kind,
                "avatarURI": format!("{}/rest/api/2/universal_avatar/view/type/project/avatar/10400?size=small", state.url),
                "name": format!("{} ({})", project.name, project.key),
            })
        }),
        Location::User(id) => state.account(id).map(|account| {
            json!({"userAccountId": account.id, "displayName": account.name, "name": account.name, "avatarURI": account.picture()})
        }),
    };
    if let (Some(location), Some(map)) = (location, body.as_object_mut()) {
        map.insert("location".to_owned(), location);
    }
    body
}

fn admins(state: &State, board: &Board) -> Value {
    let users: Vec<Value> = (board.admins.iter().filter_map(|id| state.account(id)))
        .map(|account| {
            json!({
                "self": format!("{}/rest/api/2/user?accountId={}", state.url, account.id),
                "accountId": account.id,
                "displayName": account.name,
                "active": account.status() == "active",
            })
        })
        .collect();
    json!({"users": users, "groups": []})
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let state = &*state;
    let kinds = call.queries("type");
    if let Some(unknown) = kinds.iter().find(|kind| !matches!(kind.as_str(), "scrum" | "kanban" | "simple")) {
        return Err(Refusal::new(400, "", format!("{unknown} is no type of board: scrum, kanban and simple are.")));
    }
    let named = |key: &str| match call.query(key) {
        None => Ok(None),
        Some(text) => state
            .jira
            .project_named(text)
            .map(|project| Some(project.id))
            .ok_or_else(|| Refusal::new(400, "", format!("No project has the key or id {text}."))),
    };
    let (relevant, located) = (named("projectKeyOrId")?, named("projectLocation")?);
    let negated = call.query("negateLocationFiltering") == Some("true");
    let kinds_of_project = call.queries("projectTypeLocation");
    let filter = call.query("filterId").and_then(|text| text.parse::<u64>().ok());
    let name = call.query("name").unwrap_or_default().to_lowercase();
    let fits = |board: &&Board| {
        let place = match &board.location {
            Location::Project(id) => state.jira.projects.get(id).map(|project| (project.id, project.kind.as_str())),
            Location::User(_) => None,
        };
        let mut asked = located.is_some() || call.query("accountIdLocation").is_some();
        let mut there = located.is_some_and(|id| place.is_some_and(|(project, _)| project == id));
        there |= call.query("accountIdLocation").is_some_and(|account| board.location == Location::User(account.to_owned()));
        asked &= there == negated;
        !asked
            && (kinds.is_empty() || kinds.contains(&board.kind))
            && board.name.to_lowercase().contains(&name)
            && relevant.is_none_or(|id| names(state, board).contains(&id))
            && filter.is_none_or(|id| board.filter == id)
            && (kinds_of_project.is_empty() || place.is_some_and(|(_, kind)| kinds_of_project.iter().any(|wanted| wanted == kind)))
    };
    let mut found: Vec<&Board> = state.agile.boards.values().filter(fits).collect();
    match call.query("orderBy") {
        None => {}
        Some("name" | "+name" | " name") => found.sort_by_key(|board| board.name.to_lowercase()),
        Some("-name") => found.sort_by_key(|board| std::cmp::Reverse(board.name.to_lowercase())),
        Some(other) => return Err(Refusal::new(400, "", format!("Boards cannot be ordered by {other}: name and -name are known."))),
    }
    let expand = call.queries("expand");
    page::of(call, &found, |board| {
        let mut shown = body(state, board);
        if let Some(map) = shown.as_object_mut() {
            if expand.iter().any(|part| part == "admins") {
                map.insert("admins".to_owned(), admins(state, board));
            }
            if expand.iter().any(|part| part == "permissions") {
                map.insert("canEdit".to_owned(), json!(true));
            }
        }
        shown
    })
}

fn list_by_filter(state: &mut State, call: &Call) -> Outcome {
    let filter = call.argument(0).parse::<u64>().ok();
    if !filter.is_some_and(|id| state.jira.filters.contains_key(&id)) {
        return Err(Refusal::new(400, "", format!("The filter {} does not exist, or you may not see it.", call.argument(0))));
    }
    let found: Vec<&Board> = state.agile.boards.values().filter(|board| Some(board.filter) == filter).collect();
    page::of(call, &found, |board| json!({"id": board.id, "self": address(state, board.id), "name": board.name}))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.chars().count() >= 255 {
        return Err(Refusal::fields(&[("name", "The name must have 1 to 254 characters.")]));
    }
    let kind = call.text("type").unwrap_or_default().to_lowercase();
    if !matches!(kind.as_str(), "scrum" | "kanban") {
        return Err(Refusal::fields(&[("type", "Boards of the types scrum and kanban can be created.")]));
    }
    let filter = call.body.get("filterId").and_then(Value::as_u64).unwrap_or_default();
    if !state.jira.filters.contains_key(&filter) {
        return Err(Refusal::fields(&[("filterId", "There is no such filter, or you may not see it.")]));
    }
    let place = call.body.get("location").unwrap_or(&Value::Null);
    let location = match (place.get("type").and_then(Value::as_str), place.get("projectKeyOrId").and_then(Value::as_str)) {
        (None | Some("user"), None) => Location::User(accounts::ORGANIZATION_ADMIN.to_owned()),
        (Some("project"), Some(project)) => match state.jira.project_named(project) {
            Some(project) => Location::Project(project.id),
            None => return Err(Refusal::fields(&[("location", "There is no such project, or you may not see it.")])),
        },
        _ => return Err(Refusal::fields(&[("location", "A location is a user, or a project with its key or id.")])),
    };
    state.agile.last_board += 1;
    let id = state.agile.last_board;
    let scrum = kind == "scrum";
    let columns = columns(state, &location);
    let board = Board {
        id,
        name,
        kind,
        filter,
        location,
        columns,
        sub_query: None,
        estimation: scrum.then(|| STORY_POINTS.to_owned()),
        admins: vec![accounts::ORGANIZATION_ADMIN.to_owned()],
        quick_filters: Vec::new(),
        backlog: BTreeSet::new(),
        disabled: BTreeSet::new(),
        properties: Map::new(),
    };
    let shown = body(state, &board);
    state.agile.boards.insert(id, board);
    Ok(Reply::new(201, shown))
}

/// A column for each category of the statuses in use where the board is.
fn columns(state: &State, location: &Location) -> Vec<Column> {
    let used: Option<BTreeSet<u64>> = match location {
        Location::Project(id) => state.jira.projects.get(id).map(|project| {
            let workflows = project.workflows.values().filter_map(|id| state.jira.workflows.get(id));
            workflows.flat_map(|workflow| workflow.statuses.iter().copied()).collect()
        }),
        Location::User(_) => None,
    };
    let used = used.filter(|used| !used.is_empty());
    let of = |category: &str| -> Vec<u64> {
        let fits = |status: &&Status| status.category == category && used.as_ref().is_none_or(|used| used.contains(&status.id));
        state.jira.statuses.values().filter(fits).map(|status| status.id).collect()
    };
    [("To Do", "new"), ("In Progress", "indeterminate"), ("Done", "done")]
        .map(|(name, category)| Column { name: name.to_owned(), statuses: of(category), min: None, max: None })
        .into()
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.id;
    state.agile.boards.remove(&id);
    Ok(Reply::empty(204))
}

fn configuration(state: &mut State, call: &Call) -> Outcome {
    let board = find(state, call)?;
    let url = &state.url;
    let status = |id: &u64| json!({"id": id.to_string(), "self": format!("{url}/rest/api/2/status/{id}")});
    let columns: Vec<Value> = (board.columns.iter())
        .map(|column| {
            let mut shown = json!({"name": column.name, "statuses": column.statuses.iter().map(status).collect::<Vec<_>>()});
            if let Some(map) = shown.as_object_mut() {
                map.extend(column.min.map(|min| ("min".to_owned(), json!(min))));
                map.extend(column.max.map(|max| ("max".to_owned(), json!(max))));
            }
            shown
        })
        .collect();
    let limited = board.columns.iter().any(|column| column.min.is_some() || column.max.is_some());
    let mut body = json!({
        "id": board.id,
        "name": board.name,
        "type": board.kind,
        "self": format!("{}/configuration", address(state, board.id)),
        "filter": {"id": board.filter.to_string(), "self": format!("{url}/rest/api/2/filter/{}", board.filter)},
        "columnConfig": {"columns": columns, "constraintType": if limited { "issueCount" } else { "none" }},
        "ranking": {"rankCustomFieldId": RANK_FIELD},
    });
    if let Some(map) = body.as_object_mut() {
        map.extend(board.sub_query.as_ref().map(|query| ("subQuery".to_owned(), json!({"query": query}))));
        let location = match &board.location {
            Location::Project(id) => state.jira.projects.get(id).map(|project| json!({"type": "project", "projectKeyOrId": project.key})),
            Location::User(_) => Some(json!({"type": "user"})),
        };
        map.extend(location.map(|location| ("location".to_owned(), location)));
        if board.kind == "scrum" {
            let field = board.estimation.as_ref().map(|id| {
                let name = state.jira.fields.get(id).map_or(id.as_str(), |field| field.name.as_str());
                json!({"type": "field", "field": {"fieldId": id, "displayName": name}})
            });
            map.insert("estimation".to_owned(), field.unwrap_or_else(|| json!({"type": "none"})));
        }
    }
    Ok(Reply::ok(body))
}

/// What can be switched on and off, with the names that pages show.
const FEATURES: &[(&str, &str)] = &[
    ("SIMPLE_ROADMAP", "Timeline"),
    ("BACKLOG", "Backlog"),
    ("SPRINTS", "Sprints"),
    ("REPORTS", "Reports"),
    ("ESTIMATION", "Estimation"),
    ("CODE", "Code"),
    ("RELEASES", "Releases"),
    ("DEPLOYMENTS", "Deployments"),
    ("ISSUE_NAVIGATOR", "Work items"),
];

fn features(state: &State, board: &Board) -> Reply {
    let shown = |(feature, name): &(&str, &str)| {
        // Only scrum has sprints.
        let locked = *feature == "SPRINTS" && board.kind != "scrum";
        let on = !locked && !board.disabled.contains(*feature);
        json!({
            "boardFeature": feature,
            "boardId": board.id,
            "featureId": format!("jsw.agility.{}", feature.to_lowercase()),
            "featureType": if *feature == "ESTIMATION" { "ESTIMATION" } else { "BASIC" },
            "state": if on { "ENABLED" } else { "DISABLED" },
            "localisedName": name,
            "toggleLocked": locked,
            "imageUri": format!("{}/images/{}.svg", state.url, feature.to_lowercase()),
        })
    };
    Reply::ok(json!({"features": FEATURES.iter().map(shown).collect::<Vec<_>>()}))
}

fn toggle(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call)?.id;
    let asked = call.text("feature").unwrap_or_default();
    let bare = asked.rsplit('.').next().unwrap_or_default();
    let Some((feature, _)) = FEATURES.iter().find(|(feature, _)| feature.eq_ignore_ascii_case(bare)) else {
        return Err(Refusal::new(400, "", format!("{asked} is no feature of a board.")));
    };
    let Some(board) = state.agile.boards.get_mut(&id) else { return Err(missing(call.argument(0))) };
    if *feature == "SPRINTS" && board.kind != "scrum" {
        return Err(Refusal::new(400, "", "Only scrum boards have sprints."));
    }
    if call.body.get("enabling").and_then(Value::as_bool).unwrap_or_default() {
        board.disabled.remove(*feature);
    } else {
        board.disabled.insert((*feature).to_owned());
    }
    find(state, call).map(|board| features(state, board))
}

fn shown_filter(board: &Board, place: usize) -> Option<Value> {
    let filter = board.quick_filters.get(place)?;
    Some(json!({
        "id": filter.id,
        "boardId": board.id,
        "name": filter.name,
        "description": filter.description,
        "jql": filter.jql,
        "position": place,
    }))
}

fn quick_filters(state: &mut State, call: &Call) -> Outcome {
    let board = find(state, call)?;
    let places: Vec<usize> = (0..board.quick_filters.len()).collect();
    page::of(call, &places, |place| shown_filter(board, *place).unwrap_or_default())
}

fn quick_filter(state: &mut State, call: &Call) -> Outcome {
    let board = find(state, call)?;
    let place = board.quick_filters.iter().position(|filter| filter.id.to_string() == call.argument(1));
    let shown = place.and_then(|place| shown_filter(board, place));
    shown.map(Reply::ok).ok_or_else(|| Refusal::new(404, "", format!("The board has no quick filter {}.", call.argument(1))))
}

/// Projects that the board's filter names.
fn names(state: &State, board: &Board) -> BTreeSet<u64> {
    let jql = state.jira.filters.get(&board.filter).map_or("", |filter| filter.jql.as_str());
    let parsed = query::parse(&query::JQL, jql).unwrap_or_default();
    let clauses = parsed.filter.iter().flat_map(query::Expression::clauses);
    let positive =
        clauses.filter(|clause| clause.field.eq_ignore_ascii_case("project") && matches!(clause.operator, Operator::Equals | Operator::In));
    let texts = positive.flat_map(|clause| match &clause.operand {
        Some(Operand::List(items)) => items.clone(),
        Some(operand) => vec![operand.clone()],
        None => Vec::new(),
    });
    let by_name = |text: &str| state.jira.projects.values().find(|project| project.name.eq_ignore_ascii_case(text));
    texts
        .filter_map(|operand| match operand {
            Operand::Text(text) => state.jira.project_named(&text).or_else(|| by_name(&text)).map(|project| project.id),
            _ => None,
        })
        .collect()
}

/// Projects that the board draws on, by name.
fn drawn<'a>(state: &'a State, board: &Board, with_issues: bool) -> Result<Vec<&'a Project>, Refusal> {
    let mut ids = names(state, board);
    if with_issues {
        ids.extend(issues::of_board(state, board)?.into_iter().filter_map(|id| state.jira.issues.get(&id)).map(|issue| issue.project));
    }
    let mut found: Vec<&Project> = ids.iter().filter_map(|id| state.jira.projects.get(id)).collect();
    found.sort_by_key(|project| project.name.to_lowercase());
    Ok(found)
}

fn shown_project(state: &State, project: &Project) -> Value {
    let url = &state.url;
    let avatar = |size: &str| format!("{url}/rest/api/2/universal_avatar/view/type/project/avatar/10400?size={size}");
    json!({
        "id": project.id.to_string(),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": project.kind,
        "simplified": project.style == "next-gen",
        "self": format!("{url}/rest/api/2/project/{}", project.id),
        "avatarUrls": {"16x16": avatar("xsmall"), "24x24": avatar("small"), "32x32": avatar("medium"), "48x48": avatar("large")},
    })
}

fn projects(state: &mut State, call: &Call) -> Outcome {
    let found = drawn(state, find(state, call)?, true)?;
    page::of(call, &found, |project| shown_project(state, project))
}

fn bound_projects(state: &mut State, call: &Call) -> Outcome {
    let found = drawn(state, find(state, call)?, false)?;
    let values: Vec<Value> = found.into_iter().map(|project| shown_project(state, project)).collect();
    Ok(Reply::ok(json!({"values": values})))
}

fn versions(state: &mut State, call: &Call) -> Outcome {
    let board = find(state, call)?;
    let wanted = call.query("released").map(|text| text == "true");
    let mut found = Vec::new();
    for project in drawn(state, board, true)? {
        let of_project: BTreeMap<u64, _> = project.versions.iter().map(|(id, version)| (*id, version)).collect();
        for version in of_project.into_values().filter(|version| wanted.is_none_or(|released| version.released == released)) {
            let mut shown = json!({
                "id": version.id,
                "self": format!("{}/rest/api/2/version/{}", state.url, version.id),
                "projectId": project.id,
                "name": version.name,
                "description": version.description,
                "archived": version.archived,
                "released": version.released,
            });
            if let (Some(day), Some(map)) = (&version.release_date, shown.as_object_mut()) {
                map.insert("releaseDate".to_owned(), json!(format!("{day}T00:00:00.000Z")));
            }
            found.push(shown);
        }
    }
    page::of(call, &found, Value::clone)
}
