//! The data of Assets. References are ids; what a client reads is put together when it is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::reply::Refusal;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Assets {
    /// The last id given; schemas, types, attributes and objects have rows of their own.
    pub last: BTreeMap<String, u64>,
    pub schemas: BTreeMap<u64, Schema>,
    pub types: BTreeMap<u64, ObjectType>,
    pub attributes: BTreeMap<u64, Attribute>,
    pub objects: BTreeMap<u64, Object>,
    pub statuses: BTreeMap<u64, Status>,
    pub reference_types: BTreeMap<u64, ReferenceType>,
    /// By UUID.
    pub imports: BTreeMap<String, ImportSource>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Schema {
    pub id: u64,
    pub name: String,
    pub key: String,
    pub description: String,
    pub created: i64,
    pub updated: i64,
    pub cross_references: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ObjectType {
    pub id: u64,
    pub schema: u64,
    pub name: String,
    pub description: String,
    pub icon: u64,
    pub parent: Option<u64>,
    pub position: i64,
    /// Its children have its attributes too.
    pub inherited: bool,
    /// It has no objects itself.
    pub is_abstract: bool,
    pub created: i64,
    pub updated: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attribute {
    pub id: u64,
    pub object_type: u64,
    pub name: String,
    pub description: String,
    /// Its value names the object.
    pub label: bool,
    /// 0 default, 1 object, 2 user, 4 group, 7 status
    pub kind: i64,
    /// Kind of value, for kind 0.
    pub default_type: i64,
    /// Object type referred to.
    pub target: Option<u64>,
    /// Reference type of objects, and what other kinds need.
    pub additional: Option<String>,
    pub minimum: i64,
    /// -1: any number
    pub maximum: i64,
    pub suffix: Option<String>,
    pub include_children: bool,
    pub query: Option<String>,
    pub options: String,
    pub regex: Option<String>,
    pub unique: bool,
    pub summable: bool,
    pub hidden: bool,
    /// Made by Assets itself: "Key", "Created", "Updated"
    pub system: bool,
    pub position: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    pub id: u64,
    pub object_type: u64,
    pub created: i64,
    pub updated: i64,
    pub has_avatar: bool,
    pub avatar: Option<String>,
    /// Attribute → values: texts; ids of objects and statuses; account ids; names of groups.
    pub values: BTreeMap<u64, Vec<String>>,
    /// Oldest first.
    pub history: Vec<Change>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    pub id: u64,
    pub actor: String,
    pub date: i64,
    /// None: the object was created.
    pub attribute: Option<String>,
    pub old: String,
    pub new: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    pub id: u64,
    pub name: String,
    pub description: String,
    /// 0 inactive, 1 active, 2 pending
    pub category: i64,
    pub schema: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReferenceType {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub color: String,
    pub schema: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportSource {
    pub id: String,
    pub schema: u64,
    pub name: String,
    pub created: i64,
    pub updated: i64,
    /// What an external import fills, as it was sent.
    pub mapping: Option<Value>,
    pub token_made: bool,
    pub runs: Vec<ImportRun>,
    pub schedules: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportRun {
    pub id: String,
    pub begun: i64,
    /// When the last piece came.
    pub completed: Option<i64>,
    /// Milliseconds that the work takes after that.
    pub duration: i64,
    pub cancelled: bool,
    pub failure: Option<String>,
    pub entries: u64,
    /// Pieces by the ids that clients gave them.
    pub pieces: Vec<String>,
}

impl Assets {
    pub fn next(&mut self, kind: &str) -> u64 {
        let last = self.last.entry(kind.to_owned()).or_default();
        *last += 1;
        *last
    }

    pub fn schema(&self, id: &str) -> Result<&Schema, Refusal> {
        find(&self.schemas, id, "Object schema")
    }

    pub fn object_type(&self, id: &str) -> Result<&ObjectType, Refusal> {
        find(&self.types, id, "Object type")
    }

    /// By id; paths may have the key too.
    pub fn object(&self, id: &str) -> Result<&Object, Refusal> {
        find(&self.objects, id.rsplit_once('-').map_or(id, |(_, number)| number), "Object")
    }

    /// A type and those above it, the topmost first.
    pub fn line(&self, id: u64) -> Vec<&ObjectType> {
        let mut line: Vec<&ObjectType> = Vec::new();
        let mut next = Some(id);
        // A snapshot that somebody changed may lead in a circle, here and below.
        while let Some(found) = next.filter(|id| line.iter().all(|one| one.id != *id)).and_then(|id| self.types.get(&id)) {
            line.push(found);
            next = found.parent;
        }
        line.reverse();
        line
    }

    /// A type and all below it.
    pub fn family(&self, id: u64) -> Vec<u64> {
        let mut found = vec![id];
        let mut place = 0;
        while let Some(parent) = found.get(place).copied() {
            let below = self.types.values().filter(|kind| kind.parent == Some(parent) && !found.contains(&kind.id));
            found.extend(below.map(|kind| kind.id).collect::<Vec<_>>());
            place += 1;
        }
        found
    }

    /// The attributes that objects of a type have: its own, and those it inherits, in order.
    pub fn attributes_of(&self, object_type: u64) -> Vec<&Attribute> {
        let line = self.line(object_type);
        let mut owners: Vec<u64> = line.iter().rev().skip(1).take_while(|kind| kind.inherited).map(|kind| kind.id).collect();
        owners.reverse();
        owners.push(object_type);
        let mut found: Vec<&Attribute> = self.attributes.values().filter(|attribute| owners.contains(&attribute.object_type)).collect();
        found.sort_by_key(|attribute| (owners.iter().position(|owner| *owner == attribute.object_type), attribute.position));
        found
    }

    /// "ITA-12"
    pub fn key(&self, object: &Object) -> String {
        let schema = self.types.get(&object.object_type).and_then(|kind| self.schemas.get(&kind.schema));
        format!("{}-{}", schema.map_or("", |schema| schema.key.as_str()), object.id)
    }

    pub fn label<'a>(&self, object: &'a Object) -> &'a str {
        let label = self.attributes_of(object.object_type).into_iter().find(|attribute| attribute.label);
        label.and_then(|attribute| object.values.get(&attribute.id)?.first()).map_or("", String::as_str)
    }

    /// Objects that refer to one.
    pub fn referring(&self, id: u64) -> Vec<&Object> {
        self.objects.values().filter(|object| self.references(object).contains(&id)).collect()
    }

    /// What an object refers to.
    pub fn references(&self, object: &Object) -> Vec<u64> {
        let values = object.values.iter().filter(|(attribute, _)| self.attributes.get(attribute).is_some_and(|found| found.kind == 1));
        values.flat_map(|(_, values)| values.iter().filter_map(|value| value.parse().ok())).collect()
    }
}

fn find<'a, T>(all: &'a BTreeMap<u64, T>, id: &str, noun: &str) -> Result<&'a T, Refusal> {
    id.parse().ok().and_then(|id: u64| all.get(&id)).ok_or_else(|| missing(noun, id))
}

pub fn missing(noun: &str, id: &str) -> Refusal {
    Refusal::new(404, "", format!("{noun} {id} was not found."))
}

pub fn bad(words: impl Into<String>) -> Refusal {
    Refusal::new(400, "", words)
}
