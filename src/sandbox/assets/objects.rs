//! Objects: searches, values, references, history.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::store::{Attribute, Change, Object, bad};
use super::{aql, render};

const DEFAULT: usize = 25;
const MOST: usize = 1_000;

fn number(call: &Call, key: &str, default: usize) -> Result<usize, Refusal> {
    let given = call.body.get(key).and_then(Value::as_u64).map(|number| number.to_string()).or_else(|| call.query(key).map(str::to_owned));
    given.map_or(Ok(default), |text| text.parse().map_err(|_| bad(format!("{key} is a number that is not negative."))))
}

/// `values` with the place of the page, by `startAt` and `maxResults`.
pub fn page(call: &Call, all: &[Value], total: usize) -> Result<Value, Refusal> {
    let (start, most) = (number(call, "startAt", 0)?, number(call, "maxResults", DEFAULT)?.min(MOST));
    let values: Vec<&Value> = all.iter().skip(start).take(most).filter(|_| !call.empty_page).collect();
    let last = !call.empty_page && start + values.len() >= total;
    Ok(json!({"startAt": start, "maxResults": most, "total": total, "values": values, "isLast": last, "last": last}))
}

fn includes(call: &Call) -> bool {
    let flag = call.body.get("includeAttributes").and_then(Value::as_bool);
    flag.unwrap_or_else(|| call.query("includeAttributes") != Some("false"))
}

/// The definitions of what the objects have.
fn definitions(state: &State, objects: &[&Object]) -> Vec<Value> {
    let mut found: BTreeMap<u64, &Attribute> = BTreeMap::new();
    for object in objects {
        found.extend(state.assets.attributes_of(object.object_type).into_iter().map(|attribute| (attribute.id, attribute)));
    }
    found.values().map(|attribute| render::attribute(state, attribute)).collect()
}

fn shown(state: &State, call: &Call, objects: &[&Object], depth: usize) -> Vec<Value> {
    let show =
        |object: &&Object| if includes(call) { render::object(state, object, false, depth) } else { render::object_short(state, object) };
    objects.iter().map(show).collect()
}

pub fn search(state: &mut State, call: &Call) -> Outcome {
    let found = aql::find(state, call.text("qlQuery").unwrap_or_default())?;
    let (start, most) = (number(call, "startAt", 0)?, number(call, "maxResults", DEFAULT)?.min(MOST));
    let objects: Vec<&Object> = found.iter().skip(start).take(most).filter(|_| !call.empty_page).copied().collect();
    let last = !call.empty_page && start + objects.len() >= found.len();
    Ok(Reply::ok(json!({
        "startAt": start,
        "maxResults": most,
        "total": found.len(),
        "values": shown(state, call, &objects, 0),
        "objectTypeAttributes": definitions(state, &objects),
        "isLast": last,
        "last": last,
    })))
}

pub fn count(state: &mut State, call: &Call) -> Outcome {
    let found = aql::find(state, call.text("qlQuery").unwrap_or_default())?;
    Ok(Reply::ok(json!({"totalCount": found.len()})))
}

/// Pages by number, as the older searches have them.
fn by_page(state: &State, call: &Call, found: &[&Object], size: usize, text: &str) -> Outcome {
    let page = number(call, "page", 1)?.max(1);
    let start = (page - 1).checked_mul(size).filter(|start| *start < usize::MAX - size).ok_or_else(|| bad("page is too large."))?;
    let objects: Vec<&Object> = found.iter().skip(start).take(size).filter(|_| !call.empty_page).copied().collect();
    let depth = number(call, "includeAttributesDeep", 1)?.saturating_sub(1).min(3);
    let mut body = json!({
        "objectEntries": shown(state, call, &objects, depth),
        "totalFilterCount": found.len(),
        "startIndex": start + 1,
        "toIndex": start + objects.len(),
        "pageObjectSize": objects.len(),
        "pageNumber": page,
        "pageSize": size,
        "qlQuery": text,
        "qlQuerySearchResult": true,
        "conversionPossible": false,
    });
    if let Some(map) = body.as_object_mut().filter(|_| call.query("includeTypeAttributes") != Some("false")) {
        map.insert("objectTypeAttributes".to_owned(), Value::Array(definitions(state, &objects)));
    }
    Ok(Reply::ok(body))
}

pub fn filter(state: &mut State, call: &Call) -> Outcome {
    let text = call.query("qlQuery").unwrap_or_default();
    by_page(state, call, &aql::find(state, text)?, number(call, "resultPerPage", DEFAULT)?.clamp(1, MOST), text)
}

pub fn search_by_page(state: &mut State, call: &Call) -> Outcome {
    let text = call.text("qlQuery").or_else(|| call.text("iql")).unwrap_or_default();
    let kind = state.assets.object_type(call.text("objectTypeId").unwrap_or_default())?.id;
    let family = state.assets.family(kind);
    let mut found = aql::find(state, text)?;
    found.retain(|object| family.contains(&object.object_type));
    let ids = call.body.pointer("/attributesToDisplay/attributesToDisplayIds").and_then(Value::as_array).cloned();
    let size = number(call, "resultsPerPage", DEFAULT)?.clamp(1, MOST);
    let mut reply = by_page(state, call, &found, size, text)?;
    if let (Some(ids), Some(entries)) =
        (ids, reply.body.as_mut().and_then(|body| body.get_mut("objectEntries")).and_then(Value::as_array_mut))
    {
        for attributes in entries.iter_mut().filter_map(|entry| entry.get_mut("attributes")).filter_map(Value::as_array_mut) {
            attributes.retain(|attribute| attribute.get("objectTypeAttributeId").is_some_and(|id| ids.contains(id)));
        }
    }
    Ok(reply)
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let object = state.assets.object(call.argument(1))?;
    Ok(Reply::ok(render::object(state, object, true, 0)))
}

pub fn list_attributes(state: &mut State, call: &Call) -> Outcome {
    let object = state.assets.object(call.argument(1))?;
    Ok(Reply::ok(Value::Array(render::attributes(state, object, true, 0))))
}

/// What is kept of a value that was sent, or why it is refused.
fn kept(state: &State, attribute: &Attribute, text: &str) -> Result<String, String> {
    let good = |fits: bool, noun: &str| if fits { Ok(text.to_owned()) } else { Err(format!("{text} is no {noun}.")) };
    match attribute.kind {
        1 => {
            let number = text.rsplit_once('-').map_or(text, |(_, number)| number);
            let found = state
                .assets
                .object(number)
                .ok()
                .filter(|object| state.assets.key(object).eq_ignore_ascii_case(text) || object.id.to_string() == text);
            let found = found.ok_or_else(|| format!("There is no object {text}."))?;
            let allowed =
                attribute.target.map(|target| if attribute.include_children { state.assets.family(target) } else { vec![target] });
            if allowed.is_some_and(|types| !types.contains(&found.object_type)) {
                return Err(format!("{text} is of an object type that does not fit."));
            }
            Ok(found.id.to_string())
        }
        2 => state.account(text).map(|account| account.id.clone()).ok_or_else(|| format!("There is no user {text}.")),
        4 => {
            let group = state.groups.iter().find(|group| group.name == text || group.id == text);
            group.map(|group| group.name.clone()).ok_or_else(|| format!("There is no group {text}."))
        }
        7 => {
            let status =
                state.assets.statuses.values().find(|status| status.id.to_string() == text || status.name.eq_ignore_ascii_case(text));
            status.map(|status| status.id.to_string()).ok_or_else(|| format!("There is no status {text}."))
        }
        _ => match attribute.default_type {
            1 => good(text.parse::<i64>().is_ok(), "integer"),
            2 => good(matches!(text, "true" | "false"), "boolean"),
            3 => good(text.parse::<f64>().is_ok(), "number"),
            4 | 6 => good(clock::moment(text).is_some(), "date"),
            7 => good(url::Url::parse(text).is_ok(), "URL"),
            8 => good(text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')), "email address"),
            10 => good(attribute.options.split(',').any(|option| option.trim() == text), "choice"),
            11 => good(text.parse::<std::net::IpAddr>().is_ok(), "IP address"),
            _ => Ok(text.to_owned()),
        },
    }
}

/// The values that a body sends, by attribute; all faults are told together.
fn sent(state: &State, call: &Call, kind: u64, own: Option<&Object>) -> Result<BTreeMap<u64, Vec<String>>, Refusal> {
    let definitions = state.assets.attributes_of(kind);
    let mut values: BTreeMap<u64, Vec<String>> = own.map(|object| object.values.clone()).unwrap_or_default();
    let mut faults = Map::new();
    let mut fault = |id: &str, words: String| {
        // The first fault of a value is the telling one.
        faults.entry(format!("rlabs-insight-attribute-{id}")).or_insert_with(|| json!(words));
    };
    for item in call.body.get("attributes").and_then(Value::as_array).into_iter().flatten() {
        let id = item.get("objectTypeAttributeId").and_then(Value::as_str).unwrap_or_default();
        let Some(attribute) = definitions.iter().find(|attribute| attribute.id.to_string() == id) else {
            fault(id, "The object type has no such attribute.".to_owned());
            continue;
        };
        if attribute.system {
            fault(id, format!("{} is set by Assets.", attribute.name));
            continue;
        }
        let mut texts = Vec::new();
        for value in
            item.get("objectAttributeValues").and_then(Value::as_array).into_iter().flatten().filter_map(|value| value.get("value"))
        {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match kept(state, attribute, &text) {
                Ok(text) if text.is_empty() => {}
                Ok(text) => texts.push(text),
                Err(words) => fault(id, words),
            }
        }
        if attribute.maximum >= 0 && texts.len() > usize::try_from(attribute.maximum).unwrap_or_default() {
            fault(id, format!("{} has {} values at most.", attribute.name, attribute.maximum));
        }
        let shared = |other: &&Object| {
            own.map(|own| own.id) != Some(other.id)
                && other.values.get(&attribute.id).is_some_and(|theirs| theirs.iter().any(|text| texts.contains(text)))
        };
        if attribute.unique && state.assets.objects.values().any(|other| shared(&other)) {
            fault(id, format!("{} of another object has this value.", attribute.name));
        }
        if texts.is_empty() {
            values.remove(&attribute.id)
        } else {
            values.insert(attribute.id, texts)
        };
    }
    for attribute in definitions.iter().filter(|attribute| !attribute.system && attribute.minimum > 0) {
        if !values.contains_key(&attribute.id) {
            fault(&attribute.id.to_string(), format!("{} is required.", attribute.name));
        }
    }
    if faults.is_empty() { Ok(values) } else { Err(Refusal::new(400, "", "").context(Value::Object(faults))) }
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let kind = state.assets.object_type(call.text("objectTypeId").unwrap_or_default()).map_err(|_| bad("There is no such object type."))?;
    if kind.is_abstract {
        return Err(bad(format!("{} is abstract and has no objects itself.", kind.name)));
    }
    let kind = kind.id;
    let values = sent(state, call, kind, None)?;
    let id = add(state, kind, values, ORGANIZATION_ADMIN, state.now());
    if let Some(object) = state.assets.objects.get_mut(&id) {
        object.has_avatar = call.body.get("hasAvatar").and_then(Value::as_bool).unwrap_or_default();
        object.avatar = call.text("avatarUUID").map(str::to_owned);
    }
    Ok(Reply::new(201, render::object(state, state.assets.object(&id.to_string())?, true, 0)))
}

pub fn add(state: &mut State, object_type: u64, values: BTreeMap<u64, Vec<String>>, actor: &str, now: i64) -> u64 {
    let id = state.assets.next("object");
    let change = Change {
        id: state.assets.next("change"),
        actor: actor.to_owned(),
        date: now,
        attribute: None,
        old: String::new(),
        new: String::new(),
    };
    let made = Object { id, object_type, created: now, updated: now, has_avatar: false, avatar: None, values, history: vec![change] };
    state.assets.objects.insert(id, made);
    if let Some(label) = state.assets.objects.get(&id).map(|object| state.assets.label(object).to_owned())
        && let Some(change) = state.assets.objects.get_mut(&id).and_then(|object| object.history.first_mut())
    {
        change.new = label;
    }
    id
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let object = state.assets.object(call.argument(1))?;
    let mut object = object.clone();
    let values = sent(state, call, object.object_type, Some(&object))?;
    for attribute in state.assets.attributes_of(object.object_type).into_iter().cloned().collect::<Vec<_>>() {
        let (old, new) = (object.values.get(&attribute.id), values.get(&attribute.id));
        if old != new {
            let told = |values: Option<&Vec<String>>| {
                let names = values.into_iter().flatten().map(|value| match attribute.kind {
                    1 => state.assets.object(value).map_or_else(|_| value.clone(), |object| state.assets.label(object).to_owned()),
                    7 => value
                        .parse()
                        .ok()
                        .and_then(|id: u64| state.assets.statuses.get(&id))
                        .map_or_else(|| value.clone(), |status| status.name.clone()),
                    _ => value.clone(),
                });
                names.collect::<Vec<_>>().join(", ")
            };
            let (old, new) = (told(old), told(new));
            let id = state.assets.next("change");
            object.history.push(Change { id, actor: ORGANIZATION_ADMIN.to_owned(), date: now, attribute: Some(attribute.name), old, new });
        }
    }
    object.values = values;
    object.updated = now;
    object.has_avatar = call.body.get("hasAvatar").and_then(Value::as_bool).unwrap_or(object.has_avatar);
    object.avatar = call.text("avatarUUID").map(str::to_owned).or(object.avatar);
    let body = render::object(state, &object, true, 0);
    state.assets.objects.insert(object.id, object);
    Ok(Reply::ok(body))
}

/// Removes an object, and what refers to it.
pub fn forget(state: &mut State, id: u64) {
    state.assets.objects.remove(&id);
    let references: Vec<u64> =
        state.assets.attributes.values().filter(|attribute| attribute.kind == 1).map(|attribute| attribute.id).collect();
    let text = id.to_string();
    for object in state.assets.objects.values_mut() {
        for attribute in &references {
            if let Some(values) = object.values.get_mut(attribute) {
                values.retain(|value| *value != text);
            }
        }
        object.values.retain(|_, values| !values.is_empty());
    }
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = state.assets.object(call.argument(1))?.id;
    forget(state, id);
    Ok(Reply::empty(200))
}

/// Newest first unless asked otherwise.
pub fn history(state: &mut State, call: &Call) -> Outcome {
    let object = state.assets.object(call.argument(1))?;
    let mut all: Vec<Value> = object.history.iter().map(|change| render::change(state, object, change)).collect();
    if call.query("asc") != Some("true") {
        all.reverse();
    }
    Ok(Reply::ok(Value::Array(all)))
}

/// Objects that refer to one, by type.
pub fn references(state: &mut State, call: &Call) -> Outcome {
    let object = state.assets.object(call.argument(1))?;
    let mut types: BTreeMap<u64, Vec<&Object>> = BTreeMap::new();
    for other in state.assets.referring(object.id) {
        types.entry(other.object_type).or_default().push(other);
    }
    let id = object.id.to_string();
    let told = types.iter().map(|(kind, others)| {
        let used = state.assets.attributes_of(*kind).into_iter().filter(|attribute| {
            attribute.kind == 1 && others.iter().any(|other| other.values.get(&attribute.id).is_some_and(|values| values.contains(&id)))
        });
        let mut used: Vec<u64> = used.filter_map(|attribute| attribute.additional.as_deref()?.parse().ok()).collect();
        used.dedup();
        json!({
            "referenceTypes": used.iter().filter_map(|id| state.assets.reference_types.get(id)).map(render::reference_type).collect::<Vec<_>>(),
            "objectType": state.assets.types.get(kind).map(|kind| render::object_type(state, kind)),
            "numberOfReferencedObjects": others.len(),
            "openIssuesExists": others.iter().any(|other| aql::tickets(state, other).iter().any(|issue| issue.resolution.is_none())),
        })
    });
    Ok(Reply::ok(told.collect()))
}

pub fn tickets(state: &mut State, call: &Call) -> Outcome {
    let object = state.assets.object(call.argument(1))?;
    let issues = aql::tickets(state, object);
    let keys: Vec<String> = issues.iter().map(|issue| state.jira.key(issue)).collect();
    let tickets = issues.iter().map(|issue| {
        let kind = state.jira.issue_types.get(&issue.issue_type);
        json!({
            "workspaceId": super::super::seed::assets::WORKSPACE_ID,
            "globalId": format!("{}:{}", super::super::seed::assets::WORKSPACE_ID, issue.id),
            "key": state.jira.key(issue),
            "id": issue.id.to_string(),
            "reporter": issue.reporter,
            "created": clock::millis(issue.created),
            "updated": clock::millis(issue.updated),
            "title": issue.summary,
            "status": state.jira.statuses.get(&issue.status).map(|status| json!({"name": status.name, "description": status.description})),
            "type": kind.map(|kind| json!({"name": kind.name, "description": kind.description})),
            "priority": state.jira.priorities.get(&issue.priority).map(|priority| json!({"name": priority.name})),
        })
    });
    let query = if keys.is_empty() { String::new() } else { format!("key in ({})", keys.join(", ")) };
    Ok(Reply::ok(json!({"tickets": tickets.collect::<Vec<_>>(), "allTicketsQuery": query})))
}
