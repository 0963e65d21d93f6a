//! What clients read, put together from the data.

use serde_json::{Map, Value, json};

use super::super::clock;
use super::super::seed::assets::WORKSPACE_ID;
use super::super::store::State;
use super::store::{Attribute, Change, Object, ObjectType, ReferenceType, Schema, Status};

pub const DEFAULT_TYPES: [(i64, &str); 13] = [
    (-1, "None"),
    (0, "Text"),
    (1, "Integer"),
    (2, "Boolean"),
    (3, "Double"),
    (4, "Date"),
    (5, "Time"),
    (6, "DateTime"),
    (7, "Url"),
    (8, "Email"),
    (9, "Textarea"),
    (10, "Select"),
    (11, "IP Address"),
];

pub const ICONS: [&str; 6] = ["Object", "Server", "Laptop", "Application", "User", "Location"];

/// `workspaceId`, `globalId` and `id` in front of the rest.
fn identified(id: u64, rest: Value) -> Value {
    let mut map = Map::new();
    map.insert("workspaceId".to_owned(), json!(WORKSPACE_ID));
    map.insert("globalId".to_owned(), json!(format!("{WORKSPACE_ID}:{id}")));
    map.insert("id".to_owned(), json!(id.to_string()));
    if let Value::Object(rest) = rest {
        map.extend(rest.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Value::Object(map)
}

fn address(state: &State, path: &str) -> String {
    format!("{}/jsm/assets/workspace/{WORKSPACE_ID}/v1/{path}", state.url)
}

pub fn icon(state: &State, id: u64) -> Value {
    let name = usize::try_from(id).ok().and_then(|id| ICONS.get(id.checked_sub(1)?)).copied().unwrap_or("Object");
    let image = |size: u16| address(state, &format!("icon/{id}/icon.png?size={size}"));
    json!({"id": id.to_string(), "name": name, "url16": image(16), "url48": image(48)})
}

pub fn schema(state: &State, schema: &Schema, counts: bool) -> Value {
    let assets = &state.assets;
    let types: Vec<u64> = assets.types.values().filter(|kind| kind.schema == schema.id).map(|kind| kind.id).collect();
    let objects = assets.objects.values().filter(|object| types.contains(&object.object_type)).count();
    identified(
        schema.id,
        json!({
            "name": schema.name,
            "displayName": schema.name,
            "objectSchemaKey": schema.key,
            "description": schema.description,
            "status": "Ok",
            "created": clock::millis(schema.created),
            "updated": clock::millis(schema.updated),
            "objectCount": if counts { objects } else { 0 },
            "objectTypeCount": if counts { types.len() } else { 0 },
            "canManage": true,
            "crossSchemaReferencingAllowed": schema.cross_references,
        }),
    )
}

pub fn object_type(state: &State, kind: &ObjectType) -> Value {
    let count = state.assets.objects.values().filter(|object| object.object_type == kind.id).count();
    let above = kind.parent.and_then(|parent| state.assets.types.get(&parent));
    identified(
        kind.id,
        json!({
            "name": kind.name,
            "displayName": kind.name,
            "description": kind.description,
            "icon": icon(state, kind.icon),
            "position": kind.position,
            "created": clock::millis(kind.created),
            "updated": clock::millis(kind.updated),
            "objectCount": count,
            "parentObjectTypeId": kind.parent.map(|parent| parent.to_string()),
            "type": 0,
            "objectSchemaId": kind.schema.to_string(),
            "inherited": kind.inherited,
            "abstractObjectType": kind.is_abstract,
            "parentObjectTypeInherited": above.is_some_and(|above| above.inherited),
        }),
    )
}

pub fn attribute(state: &State, attribute: &Attribute) -> Value {
    let target = attribute.target.and_then(|id| state.assets.types.get(&id));
    let name = DEFAULT_TYPES.iter().find(|(id, _)| *id == attribute.default_type).map(|(_, name)| *name);
    let reference = attribute.additional.as_deref().filter(|_| attribute.kind == 1).and_then(|id| id.parse().ok());
    let reference = reference.and_then(|id: u64| state.assets.reference_types.get(&id));
    identified(
        attribute.id,
        json!({
            "objectType": state.assets.types.get(&attribute.object_type).map(|kind| object_type(state, kind)),
            "name": attribute.name,
            "displayName": attribute.name,
            "description": attribute.description,
            "label": attribute.label,
            "type": attribute.kind,
            "defaultType": name.filter(|_| attribute.kind == 0).map(|name| json!({"id": attribute.default_type, "name": name})),
            "typeValue": attribute.target.map(|id| id.to_string()),
            "typeValueMulti": [],
            "additionalValue": attribute.additional,
            "referenceType": reference.map(reference_type),
            "referenceObjectTypeId": attribute.target.map(|id| id.to_string()),
            "referenceObjectType": target.map(|kind| object_type(state, kind)),
            "editable": !attribute.system,
            "system": attribute.system,
            "indexed": true,
            "sortable": true,
            "summable": attribute.summable,
            "minimumCardinality": attribute.minimum,
            "maximumCardinality": attribute.maximum,
            "suffix": attribute.suffix,
            "removable": !attribute.system && !attribute.label,
            "hidden": attribute.hidden,
            "includeChildObjectTypes": attribute.include_children,
            "uniqueAttribute": attribute.unique,
            "regexValidation": attribute.regex,
            "qlQuery": attribute.query,
            "options": attribute.options,
            "position": attribute.position,
        }),
    )
}

pub fn object_short(state: &State, object: &Object) -> Value {
    let avatar = |size: u16| address(state, &format!("object/{}/avatar?size={size}", object.id));
    identified(
        object.id,
        json!({
            "label": state.assets.label(object),
            "objectKey": state.assets.key(object),
            "avatar": {
                "workspaceId": WORKSPACE_ID,
                "avatarUUID": object.avatar,
                "url16": avatar(16),
                "url48": avatar(48),
                "url72": avatar(72),
                "url144": avatar(144),
                "url288": avatar(288),
                "objectId": object.id.to_string(),
            },
            "objectType": state.assets.types.get(&object.object_type).map(|kind| object_type(state, kind)),
            "created": clock::millis(object.created),
            "updated": clock::millis(object.updated),
            "hasAvatar": object.has_avatar,
            "timestamp": object.updated,
            "_links": {"self": format!("{}/jira/assets/object/{}", super::super::seed::SITE_URL, object.id)},
        }),
    )
}

/// An object with its attributes; `whole` adds their definitions, `depth` those of objects referred to.
pub fn object(state: &State, found: &Object, whole: bool, depth: usize) -> Value {
    let mut body = object_short(state, found);
    if let Some(map) = body.as_object_mut() {
        map.insert("attributes".to_owned(), Value::Array(attributes(state, found, whole, depth)));
    }
    body
}

/// The values of an object, by attribute; what has none is left out.
pub fn attributes(state: &State, object: &Object, whole: bool, depth: usize) -> Vec<Value> {
    let definitions = state.assets.attributes_of(object.object_type);
    let shown = definitions.into_iter().filter_map(|definition| {
        let values = values(state, object, definition, depth);
        if values.is_empty() {
            return None;
        }
        let id = object.id * 1_000 + definition.id;
        Some(identified(
            id,
            json!({
                "objectTypeAttribute": whole.then(|| attribute(state, definition)),
                "objectTypeAttributeId": definition.id.to_string(),
                "objectAttributeValues": values,
            }),
        ))
    });
    shown.collect()
}

/// The texts of one attribute, also of those that Assets fills itself.
pub fn texts(state: &State, object: &Object, definition: &Attribute) -> Vec<String> {
    match (definition.system, definition.name.as_str()) {
        (true, "Key") => vec![state.assets.key(object)],
        (true, "Created") => vec![clock::millis(object.created)],
        (true, _) => vec![clock::millis(object.updated)],
        (false, _) => object.values.get(&definition.id).cloned().unwrap_or_default(),
    }
}

fn values(state: &State, object: &Object, definition: &Attribute, depth: usize) -> Vec<Value> {
    let shown = texts(state, object, definition).into_iter().map(|value| match definition.kind {
        1 => {
            let referred = value.parse().ok().and_then(|id: u64| state.assets.objects.get(&id));
            let label = referred.map_or("", |referred| state.assets.label(referred));
            let key = referred.map(|referred| state.assets.key(referred));
            let inner = referred.map(|referred| match depth {
                0 => object_short(state, referred),
                depth => self::object(state, referred, false, depth - 1),
            });
            json!({"displayValue": label, "searchValue": key, "referencedType": true, "referencedObject": inner})
        }
        2 => {
            let name = state.account(&value).map_or("", |account| account.name.as_str());
            json!({"displayValue": name, "searchValue": value, "referencedType": false, "user": user(state, &value)})
        }
        4 => json!({"displayValue": value, "searchValue": value, "referencedType": false, "group": {"name": value, "avatarUrl": ""}}),
        7 => {
            let found = value.parse().ok().and_then(|id: u64| state.assets.statuses.get(&id));
            let name = found.map_or("", |status| status.name.as_str());
            json!({"displayValue": name, "searchValue": value, "referencedType": false, "status": found.map(status)})
        }
        _ => json!({"value": value, "displayValue": value, "searchValue": value, "referencedType": false}),
    });
    shown.collect()
}

pub fn user(state: &State, id: &str) -> Value {
    let account = state.account(id);
    json!({
        "avatarUrl": account.map(super::super::admin::Account::picture).unwrap_or_default(),
        "displayName": account.map_or("", |account| account.name.as_str()),
        "name": account.map_or("", |account| account.nickname.as_str()),
        "key": id,
        "emailAddress": account.map_or("", |account| account.email.as_str()),
        "renderedLink": "",
        "isDeleted": account.is_none_or(|account| account.closed),
    })
}

pub fn status(status: &Status) -> Value {
    identified(
        status.id,
        json!({
            "name": status.name,
            "displayName": status.name,
            "description": status.description,
            "category": status.category,
            "objectSchemaId": status.schema.map(|id| id.to_string()),
        }),
    )
}

pub fn reference_type(found: &ReferenceType) -> Value {
    identified(
        found.id,
        json!({
            "name": found.name,
            "displayName": found.name,
            "description": found.description,
            "color": found.color,
            "removable": found.id > 4,
            "objectSchemaId": found.schema.map(|id| id.to_string()),
        }),
    )
}

pub fn change(state: &State, object: &Object, change: &Change) -> Value {
    json!({
        "actor": user(state, &change.actor),
        "id": change.id.to_string(),
        "affectedAttribute": change.attribute.as_deref().unwrap_or(""),
        "oldValue": change.old,
        "newValue": change.new,
        "type": if change.attribute.is_some() { 2 } else { 0 },
        "created": clock::millis(change.date),
        "objectId": object.id.to_string(),
    })
}
