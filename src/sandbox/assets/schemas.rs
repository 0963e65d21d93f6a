//! Object schemas, object types and their attributes.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::render::{self, DEFAULT_TYPES};
use super::store::{Attribute, ObjectType, Schema, bad, missing};

/// What names cannot have.
const RESERVED: [char; 6] = ['=', ';', ':', '?', '.', '"'];

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.contains(RESERVED) {
        return Err(Refusal::fields(&[("name", "A name is not empty and has none of = ; : ? . and quotes.")]));
    }
    Ok(())
}

pub fn number(value: Option<&Value>) -> Option<u64> {
    value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()))
}

fn flag(call: &Call, key: &str) -> Option<bool> {
    call.body.get(key).and_then(Value::as_bool)
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let wanted = call.query("query").unwrap_or_default().to_lowercase();
    let counts = call.query("includeCounts") != Some("false");
    let found = state.assets.schemas.values().filter(|schema| schema.name.to_lowercase().contains(&wanted));
    let all: Vec<Value> = found.map(|schema| render::schema(state, schema, counts)).collect();
    Ok(Reply::ok(super::objects::page(call, &all, all.len())?))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(render::schema(state, state.assets.schema(call.argument(1))?, true)))
}

/// A key is one of its kind: 2 to 10 letters and digits, the first one a letter.
fn check_key(state: &State, key: &str, own: Option<u64>) -> Result<(), Refusal> {
    let good = key.len() >= 2
        && key.len() <= 10
        && key.bytes().all(|letter| letter.is_ascii_alphanumeric())
        && key.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if !good {
        return Err(Refusal::fields(&[("objectSchemaKey", "A key has 2 to 10 letters and digits and begins with a letter.")]));
    }
    if state.assets.schemas.values().any(|schema| schema.key.eq_ignore_ascii_case(key) && Some(schema.id) != own) {
        return Err(Refusal::fields(&[("objectSchemaKey", "Another object schema has this key.")]));
    }
    Ok(())
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let (name, key) = (call.text("name").unwrap_or_default().to_owned(), call.text("objectSchemaKey").unwrap_or_default().to_uppercase());
    check_name(&name)?;
    check_key(state, &key, None)?;
    let id = state.assets.next("schema");
    let description = call.text("description").unwrap_or_default().to_owned();
    let made = Schema { id, name, key, description, created: now, updated: now, cross_references: false };
    state.assets.schemas.insert(id, made.clone());
    Ok(Reply::new(201, render::schema(state, &made, true)))
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let mut schema = state.assets.schema(call.argument(1))?.clone();
    if let Some(name) = call.text("name") {
        check_name(name)?;
        name.clone_into(&mut schema.name);
    }
    if let Some(key) = call.text("objectSchemaKey") {
        check_key(state, key, Some(schema.id))?;
        schema.key = key.to_uppercase();
    }
    schema.description = call.text("description").map_or(schema.description, str::to_owned);
    schema.updated = now;
    state.assets.schemas.insert(schema.id, schema.clone());
    Ok(Reply::ok(render::schema(state, &schema, true)))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let schema = state.assets.schema(call.argument(1))?;
    let (id, body) = (schema.id, render::schema(state, schema, true));
    let types: Vec<u64> = state.assets.types.values().filter(|kind| kind.schema == id).map(|kind| kind.id).collect();
    for kind in types {
        forget(state, kind);
    }
    state.assets.schemas.remove(&id);
    state.assets.imports.retain(|_, source| source.schema != id);
    Ok(Reply::ok(body))
}

pub fn configure(state: &mut State, call: &Call) -> Outcome {
    let id = state.assets.schema(call.argument(1))?.id;
    if let (Some(schema), Some(allowed)) = (state.assets.schemas.get_mut(&id), flag(call, "allowOtherObjectSchema")) {
        schema.cross_references = allowed;
    }
    Ok(Reply::empty(200))
}

pub fn list_types(state: &mut State, call: &Call) -> Outcome {
    let schema = state.assets.schema(call.argument(1))?.id;
    let concrete = call.query("excludeAbstract") == Some("true");
    let (wanted, left_out) = (call.query("query").map(str::to_lowercase), call.query("exclude"));
    let found = state.assets.types.values().filter(|kind| kind.schema == schema && !(concrete && kind.is_abstract));
    let found = found
        .filter(|kind| wanted.as_ref().is_none_or(|name| kind.name.to_lowercase().contains(name)) && left_out != Some(kind.name.as_str()));
    Ok(Reply::ok(found.map(|kind| render::object_type(state, kind)).collect()))
}

pub fn list_attributes(state: &mut State, call: &Call) -> Outcome {
    let schema = state.assets.schema(call.argument(1))?.id;
    let of = |attribute: &&Attribute| state.assets.types.get(&attribute.object_type).is_some_and(|kind| kind.schema == schema);
    let found = state.assets.attributes.values().filter(of).filter(|attribute| matches(call, attribute));
    Ok(Reply::ok(found.map(|attribute| render::attribute(state, attribute)).collect()))
}

fn matches(call: &Call, attribute: &Attribute) -> bool {
    let wanted = call.query("query").unwrap_or_default().to_lowercase();
    attribute.name.to_lowercase().contains(&wanted) && !(call.query("onlyValueEditable") == Some("true") && attribute.system)
}

pub fn get_type(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(render::object_type(state, state.assets.object_type(call.argument(1))?)))
}

pub fn create_type(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let name = call.text("name").unwrap_or_default().to_owned();
    check_name(&name)?;
    let schema =
        state.assets.schema(call.text("objectSchemaId").unwrap_or_default()).map_err(|_| bad("There is no such object schema."))?.id;
    let parent = match call.text("parentObjectTypeId") {
        None => None,
        Some(id) => Some(state.assets.object_type(id).map_err(|_| bad("There is no such parent object type."))?.id),
    };
    if state.assets.types.values().any(|kind| kind.schema == schema && kind.parent == parent && kind.name.eq_ignore_ascii_case(&name)) {
        return Err(Refusal::fields(&[("name", "Another object type at this place has this name.")]));
    }
    let icon = number(call.body.get("iconId")).unwrap_or(1);
    let id = add_type(state, schema, &name, parent, icon, now);
    if let Some(kind) = state.assets.types.get_mut(&id) {
        kind.description = call.text("description").unwrap_or_default().to_owned();
        kind.inherited = flag(call, "inherited").unwrap_or_default();
        kind.is_abstract = flag(call, "abstractObjectType").unwrap_or_default();
    }
    Ok(Reply::new(201, render::object_type(state, state.assets.object_type(&id.to_string())?)))
}

/// A type, with the attributes that Assets makes itself unless they are inherited.
pub fn add_type(state: &mut State, schema: u64, name: &str, parent: Option<u64>, icon: u64, now: i64) -> u64 {
    let id = state.assets.next("type");
    let position = state.assets.types.values().filter(|kind| kind.schema == schema && kind.parent == parent).count();
    let made = ObjectType {
        id,
        schema,
        name: name.to_owned(),
        description: String::new(),
        icon,
        parent,
        position: i64::try_from(position).unwrap_or_default(),
        inherited: false,
        is_abstract: false,
        created: now,
        updated: now,
    };
    state.assets.types.insert(id, made);
    if !parent.and_then(|parent| state.assets.types.get(&parent)).is_some_and(|parent| parent.inherited) {
        for (name, label) in [("Key", false), ("Name", true), ("Created", false), ("Updated", false)] {
            let attribute = add_attribute(state, id, name);
            if let Some(attribute) = state.assets.attributes.get_mut(&attribute) {
                attribute.system = !label;
                attribute.label = label;
                attribute.minimum = 1;
                attribute.default_type = if matches!(name, "Created" | "Updated") { 6 } else { 0 };
            }
        }
    }
    id
}

/// A text with at most one value.
pub fn add_attribute(state: &mut State, object_type: u64, name: &str) -> u64 {
    let id = state.assets.next("attribute");
    let position = state.assets.attributes.values().filter(|attribute| attribute.object_type == object_type).count();
    let made = Attribute {
        id,
        object_type,
        name: name.to_owned(),
        description: String::new(),
        label: false,
        kind: 0,
        default_type: 0,
        target: None,
        additional: None,
        minimum: 0,
        maximum: 1,
        suffix: None,
        include_children: false,
        query: None,
        options: String::new(),
        regex: None,
        unique: false,
        summable: false,
        hidden: false,
        system: false,
        position: i64::try_from(position).unwrap_or_default(),
    };
    state.assets.attributes.insert(id, made);
    id
}

pub fn update_type(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let mut kind = state.assets.object_type(call.argument(1))?.clone();
    if let Some(name) = call.text("name") {
        check_name(name)?;
        name.clone_into(&mut kind.name);
    }
    kind.description = call.text("description").map_or(kind.description, str::to_owned);
    kind.icon = number(call.body.get("iconId")).unwrap_or(kind.icon);
    kind.inherited = flag(call, "inherited").unwrap_or(kind.inherited);
    kind.is_abstract = flag(call, "abstractObjectType").unwrap_or(kind.is_abstract);
    kind.updated = now;
    state.assets.types.insert(kind.id, kind.clone());
    Ok(Reply::ok(render::object_type(state, &kind)))
}

/// Removes a type with its attributes and objects.
fn forget(state: &mut State, kind: u64) {
    state.assets.types.remove(&kind);
    let gone: Vec<u64> = state.assets.objects.values().filter(|object| object.object_type == kind).map(|object| object.id).collect();
    for id in gone {
        super::objects::forget(state, id);
    }
    state.assets.attributes.retain(|_, attribute| attribute.object_type != kind);
}

pub fn delete_type(state: &mut State, call: &Call) -> Outcome {
    let kind = state.assets.object_type(call.argument(1))?;
    let (id, body) = (kind.id, render::object_type(state, kind));
    for kind in state.assets.family(id) {
        forget(state, kind);
    }
    Ok(Reply::ok(body))
}

pub fn move_type(state: &mut State, call: &Call) -> Outcome {
    let mut kind = state.assets.object_type(call.argument(1))?.clone();
    if let Some(parent) = call.text("toObjectTypeId") {
        let parent = state.assets.object_type(parent).map_err(|_| bad("There is no such object type."))?.id;
        if state.assets.family(kind.id).contains(&parent) {
            return Err(bad("An object type cannot stand below itself."));
        }
        kind.parent = Some(parent);
    }
    kind.position = call.body.get("position").and_then(Value::as_i64).unwrap_or(kind.position);
    state.assets.types.insert(kind.id, kind.clone());
    Ok(Reply::ok(render::object_type(state, &kind)))
}

pub fn list_type_attributes(state: &mut State, call: &Call) -> Outcome {
    let id = state.assets.object_type(call.argument(1))?.id;
    let flag = |key: &str| call.query(key) == Some("true");
    let mut found = state.assets.attributes_of(id);
    if flag("includeChildren") {
        let below = state.assets.family(id);
        found.extend(
            state.assets.attributes.values().filter(|attribute| attribute.object_type != id && below.contains(&attribute.object_type)),
        );
    }
    found.retain(|attribute| matches(call, attribute) && !(flag("excludeParentAttributes") && attribute.object_type != id));
    if flag("orderByName") {
        found.sort_by_key(|attribute| attribute.name.to_lowercase());
    }
    if flag("orderByRequired") {
        found.sort_by_key(|attribute| attribute.minimum == 0);
    }
    let rendered = found.into_iter().map(|attribute| {
        let mut body = render::attribute(state, attribute);
        if let Some(map) = body.as_object_mut().filter(|_| flag("includeValuesExist")) {
            let exists = state.assets.objects.values().any(|object| object.values.contains_key(&attribute.id));
            map.insert("objectAttributeExists".to_owned(), json!(exists));
        }
        body
    });
    Ok(Reply::ok(rendered.collect()))
}

/// Takes over what a body says, and sees that it makes sense.
fn fill(state: &State, attribute: &mut Attribute, call: &Call) -> Result<(), Refusal> {
    let integer = |key: &str| call.body.get(key).and_then(Value::as_i64);
    let text = |key: &str| call.text(key).map(str::to_owned);
    if let Some(name) = call.text("name") {
        check_name(name)?;
        let taken = state
            .assets
            .attributes_of(attribute.object_type)
            .iter()
            .any(|other| other.id != attribute.id && other.name.eq_ignore_ascii_case(name));
        if taken {
            return Err(Refusal::fields(&[("name", "Another attribute of the object type has this name.")]));
        }
        name.clone_into(&mut attribute.name);
    }
    attribute.kind = integer("type").unwrap_or(attribute.kind);
    if ![0, 1, 2, 4, 7].contains(&attribute.kind) {
        return Err(Refusal::fields(&[("type", "The types are 0, 1, 2, 4 and 7.")]));
    }
    attribute.default_type = integer("defaultTypeId").unwrap_or(attribute.default_type);
    if !DEFAULT_TYPES.iter().any(|(id, _)| *id == attribute.default_type) {
        return Err(Refusal::fields(&[("defaultTypeId", "There is no such kind of value.")]));
    }
    if let Some(target) = call.text("typeValue").filter(|_| attribute.kind == 1) {
        let target = state.assets.object_type(target).map_err(|_| Refusal::fields(&[("typeValue", "There is no such object type.")]))?;
        attribute.target = Some(target.id);
    }
    attribute.additional = text("additionalValue").or_else(|| attribute.additional.clone());
    if attribute.kind == 1 && (attribute.target.is_none() || attribute.additional.is_none()) {
        return Err(Refusal::fields(&[(
            "typeValue",
            "An object needs the object type in typeValue and the reference type in additionalValue.",
        )]));
    }
    attribute.minimum = integer("minimumCardinality").unwrap_or(attribute.minimum);
    attribute.maximum = integer("maximumCardinality").unwrap_or(attribute.maximum);
    attribute.description = text("description").unwrap_or_else(|| attribute.description.clone());
    attribute.options = text("options").unwrap_or_else(|| attribute.options.clone());
    attribute.suffix = text("suffix").or_else(|| attribute.suffix.clone());
    attribute.query = text("qlQuery").or_else(|| attribute.query.clone());
    attribute.regex = text("regexValidation").or_else(|| attribute.regex.clone());
    for (key, place) in [
        ("includeChildObjectTypes", &mut attribute.include_children),
        ("uniqueAttribute", &mut attribute.unique),
        ("summable", &mut attribute.summable),
        ("hidden", &mut attribute.hidden),
    ] {
        *place = flag(call, key).unwrap_or(*place);
    }
    Ok(())
}

/// A type has one label.
fn relabel(state: &mut State, attribute: &Attribute) {
    for other in state.assets.attributes.values_mut().filter(|other| other.object_type == attribute.object_type && attribute.label) {
        other.label = other.id == attribute.id;
    }
}

pub fn create_attribute(state: &mut State, call: &Call) -> Outcome {
    let object_type = state.assets.object_type(call.argument(1))?.id;
    let id = add_attribute(state, object_type, "");
    let Some(mut made) = state.assets.attributes.remove(&id) else { return Err(missing("Attribute", "")) };
    fill(state, &mut made, call)?;
    made.label = flag(call, "label").unwrap_or_default();
    state.assets.attributes.insert(id, made.clone());
    relabel(state, &made);
    Ok(Reply::new(201, render::attribute(state, &made)))
}

fn own(state: &State, id: &str) -> Result<Attribute, Refusal> {
    let found = id.parse().ok().and_then(|id: u64| state.assets.attributes.get(&id)).ok_or_else(|| missing("Attribute", id))?;
    if found.system {
        Err(bad(format!("The attribute {} is made by Assets and cannot be changed.", found.name)))
    } else {
        Ok(found.clone())
    }
}

pub fn update_attribute(state: &mut State, call: &Call) -> Outcome {
    let mut attribute = own(state, call.argument(2))?;
    if attribute.object_type.to_string() != call.argument(1) {
        return Err(missing("Attribute", call.argument(2)));
    }
    fill(state, &mut attribute, call)?;
    attribute.label = flag(call, "label").unwrap_or(attribute.label);
    state.assets.attributes.insert(attribute.id, attribute.clone());
    relabel(state, &attribute);
    Ok(Reply::ok(render::attribute(state, &attribute)))
}

pub fn delete_attribute(state: &mut State, call: &Call) -> Outcome {
    let attribute = own(state, call.argument(1))?;
    if attribute.label {
        return Err(bad("The label of an object type cannot be deleted."));
    }
    state.assets.attributes.remove(&attribute.id);
    for object in state.assets.objects.values_mut() {
        object.values.remove(&attribute.id);
    }
    Ok(Reply::empty(200))
}
