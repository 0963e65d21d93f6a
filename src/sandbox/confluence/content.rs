//! Content as version 1 shows it: little by itself, the rest by `expand`.

use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::clock::millis;
use super::super::store::State;
use super::labels::v1_label;
use super::list::{lean, put};
use super::restrictions;
use super::show::{download, web};
use super::store::{Content, Kind};
use super::users::v1_user;
use super::v1_spaces;
use super::versions::v1_version;

/// What a call asks to see: dotted paths, joined by commas.
pub struct Expand(Vec<String>);

impl Expand {
    pub fn of(call: &Call) -> Expand {
        Expand(call.queries("expand"))
    }

    /// Asked for itself, or for something in it.
    pub fn has(&self, path: &str) -> bool {
        self.0.iter().any(|asked| asked == path || asked.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
    }

    pub fn all(paths: &[&str]) -> Expand {
        Expand(paths.iter().map(|path| (*path).to_owned()).collect())
    }

    /// What is asked for inside.
    pub fn inner(&self, path: &str) -> Expand {
        let inner = self.0.iter().filter_map(|asked| asked.strip_prefix(path)?.strip_prefix('.'));
        Expand(inner.map(str::to_owned).collect())
    }
}

/// By what the call expands.
pub fn shown(state: &State, call: &Call, one: &Content) -> Value {
    expanded(state, call, one, &Expand::of(call), 0)
}

/// Deeper than this nothing is expanded.
const DEPTH: u32 = 4;

pub fn v1_type(one: &Content) -> &str {
    if one.kind == Kind::Custom { &one.subtype } else { one.kind.word() }
}

pub fn expanded(state: &State, call: &Call, one: &Content, expand: &Expand, depth: u32) -> Value {
    let store = &state.confluence;
    let id = one.text_id();
    let path = format!("/rest/api/content/{id}");
    let mut links = json!({
        "webui": web(store, one),
        "self": format!("{}/wiki{path}", state.url),
        "base": format!("{}/wiki", state.url),
        "context": "/wiki",
    });
    let mut shown = json!({"id": id, "type": v1_type(one), "status": one.status.word(), "title": one.title});
    let mut expandable = Map::new();
    let deeper = |other: &Content, inner: &Expand| expanded(state, call, other, inner, depth + 1);
    let may = depth < DEPTH;
    let mut part = |name: &str, link: String, value: &dyn Fn(&Expand) -> Value| {
        if may && expand.has(name) {
            put(&mut shown, name, value(&expand.inner(name)));
        } else {
            expandable.insert(name.to_owned(), json!(link));
        }
    };
    let key = store.space_key(one.space);
    part("space", format!("/rest/api/space/{key}"), &|_| {
        store.spaces.get(&one.space).map_or(Value::Null, |space| v1_spaces::shown(state, space))
    });
    part("version", String::new(), &|_| one.last().map_or(Value::Null, |last| v1_version(state, one, last)));
    part("history", format!("{path}/history"), &|inner| history(state, one, inner));
    part("ancestors", String::new(), &|_| {
        let mut above = store.ancestors(one);
        above.reverse();
        above.into_iter().map(|above| deeper(above, &Expand(Vec::new()))).collect()
    });
    part("container", format!("/rest/api/space/{key}"), &|_| match one.parent.and_then(|id| store.contents.get(&id)) {
        Some(above) if !one.kind.in_tree() => deeper(above, &Expand(Vec::new())),
        _ => store.spaces.get(&one.space).map_or(Value::Null, |space| v1_spaces::shown(state, space)),
    });
    part("body", String::new(), &|inner| body(one, inner));
    part("metadata", String::new(), &|inner| metadata(state, one, inner));
    part("children", format!("{path}/child"), &|inner| {
        let kinds = |kinds: &[Kind]| store.children(one.id).into_iter().filter(|child| kinds.contains(&child.kind)).collect::<Vec<_>>();
        children(state, call, one, inner, &kinds, depth)
    });
    part("descendants", format!("{path}/descendant"), &|inner| {
        let below = store.descendants(one.id, u64::MAX);
        let kinds = |kinds: &[Kind]| below.iter().map(|(_, child)| *child).filter(|child| kinds.contains(&child.kind)).collect::<Vec<_>>();
        children(state, call, one, inner, &kinds, depth)
    });
    part("childTypes", String::new(), &|_| child_types(state, one));
    part("operations", String::new(), &|_| {
        let operations = super::show::operations(one.kind);
        Value::Array(operations)
    });
    part("restrictions", format!("{path}/restriction/byOperation"), &|inner| {
        let of = |operation: &str| restrictions::shown(state, one, operation, &inner.inner(operation));
        lean(json!({
            "read": inner.has("read").then(|| of("read")),
            "update": inner.has("update").then(|| of("update")),
            "_expandable": {},
            "_links": {"self": format!("{}/wiki{path}/restriction/byOperation", state.url)},
        }))
    });
    // Attachments tell of their file unasked.
    if one.kind == Kind::Attachment
        && let Some(last) = one.last()
    {
        let file = last.file.as_ref();
        let media = file.map_or("", |file| file.media_type.as_str());
        let comment = file.map_or("", |file| file.comment.as_str());
        put(&mut links, "download", json!(download(one, last)));
        put(&mut shown, "extensions", json!({"mediaType": media, "fileSize": file.map_or(0, |file| file.size), "comment": comment}));
        let mut metadata = shown.get("metadata").cloned().unwrap_or_else(|| json!({}));
        put(&mut metadata, "mediaType", json!(media));
        put(&mut metadata, "comment", json!(comment));
        put(&mut shown, "metadata", metadata);
        expandable.remove("metadata");
    } else {
        put(&mut shown, "extensions", json!({"position": one.position}));
    }
    put(&mut shown, "_expandable", Value::Object(expandable));
    put(&mut shown, "_links", links);
    lean(shown)
}

fn history(state: &State, one: &Content, expand: &Expand) -> Value {
    let path = format!("{}/wiki/rest/api/content/{}/history", state.url, one.text_id());
    let version = |name: &str, number: Option<u64>| {
        expand.has(name).then(|| number.and_then(|number| one.version(number)).map(|version| v1_version(state, one, version))).flatten()
    };
    let people: std::collections::BTreeSet<&str> = one.versions.iter().map(|version| version.author.as_str()).collect();
    let contributors = expand.has("contributors").then(|| {
        let users: Vec<Value> = people.iter().map(|id| v1_user(state, id)).collect();
        json!({"publishers": {"users": users, "userKeys": [], "_links": {}}})
    });
    lean(json!({
        "latest": true,
        "createdBy": v1_user(state, &one.author),
        "createdDate": millis(one.created),
        "ownedBy": expand.has("ownedBy").then(|| v1_user(state, &one.owner)),
        "lastUpdated": version("lastUpdated", Some(one.number())),
        "previousVersion": version("previousVersion", one.number().checked_sub(1)),
        "contributors": contributors,
        "_expandable": {"lastUpdated": "", "previousVersion": "", "contributors": "", "nextVersion": ""},
        "_links": {"self": path},
    }))
}

fn body(one: &Content, expand: &Expand) -> Value {
    const FORMATS: [&str; 8] =
        ["storage", "view", "export_view", "styled_view", "anonymous_export_view", "atlas_doc_format", "editor", "editor2"];
    let mut shown = Map::new();
    let mut expandable = Map::new();
    for format in FORMATS {
        let value = one.last().filter(|_| expand.has(format)).and_then(|last| last.body.convert(format));
        match value {
            Some(value) => {
                let inner = json!({
                    "value": value,
                    "representation": format,
                    "_expandable": {"content": format!("/rest/api/content/{}", one.text_id())},
                });
                shown.insert(format.to_owned(), inner);
            }
            None => drop(expandable.insert(format.to_owned(), json!(""))),
        }
    }
    shown.insert("_expandable".to_owned(), Value::Object(expandable));
    Value::Object(shown)
}

fn metadata(state: &State, one: &Content, expand: &Expand) -> Value {
    let store = &state.confluence;
    let mut shown = json!({});
    if expand.has("labels") {
        let labels: Vec<Value> = one.labels.iter().filter_map(|id| store.labels.get(id)).map(v1_label).collect();
        let path = format!("{}/wiki/rest/api/content/{}/label", state.url, one.text_id());
        let list = json!({"size": labels.len(), "results": labels, "start": 0, "limit": 200, "_links": {"self": path}});
        put(&mut shown, "labels", list);
    }
    if expand.has("currentuser") {
        let favourite = store.is_favourite(&super::store::caller(), &format!("content/{}", one.id));
        put(&mut shown, "currentuser", json!({"favourited": {"isFavourite": favourite}, "_expandable": {}}));
    }
    if expand.has("properties") {
        let properties: Map<String, Value> =
            one.properties.values().map(|property| (property.key.clone(), json!({"key": property.key, "value": property.value}))).collect();
        put(&mut shown, "properties", Value::Object(properties));
    }
    shown
}

/// Each asked kind as a first page.
fn children<'a>(
    state: &'a State,
    call: &Call,
    one: &Content,
    expand: &Expand,
    of: &dyn Fn(&[Kind]) -> Vec<&'a Content>,
    depth: u32,
) -> Value {
    const KINDS: [(&str, &[Kind]); 7] = [
        ("page", &[Kind::Page]),
        ("attachment", &[Kind::Attachment]),
        ("comment", &[Kind::FooterComment, Kind::InlineComment]),
        ("whiteboard", &[Kind::Whiteboard]),
        ("database", &[Kind::Database]),
        ("embed", &[Kind::Embed]),
        ("folder", &[Kind::Folder]),
    ];
    let path = format!("/rest/api/content/{}/child", one.text_id());
    let mut shown = json!({"_links": {"self": format!("{}/wiki{path}", state.url)}});
    let mut expandable = Map::new();
    for (name, kinds) in KINDS {
        if expand.has(name) {
            let inner = expand.inner(name);
            let found = of(kinds);
            let results: Vec<Value> = found.iter().take(25).map(|child| expanded(state, call, child, &inner, depth + 1)).collect();
            let list = json!({
                "size": results.len(), "results": results, "start": 0, "limit": 25,
                "_links": {"self": format!("{}/wiki{path}/{name}", state.url)},
            });
            put(&mut shown, name, list);
        } else {
            expandable.insert(name.to_owned(), json!(format!("{path}/{name}")));
        }
    }
    put(&mut shown, "_expandable", Value::Object(expandable));
    shown
}

fn child_types(state: &State, one: &Content) -> Value {
    let below = state.confluence.children(one.id);
    let has = |test: &dyn Fn(Kind) -> bool| json!({"value": below.iter().any(|child| test(child.kind)), "_links": {}});
    json!({
        "attachment": has(&|kind| kind == Kind::Attachment),
        "comment": has(&Kind::is_comment),
        "page": has(&|kind| kind == Kind::Page),
        "_expandable": {"all": ""},
    })
}

// Descendants have paths of their own.

pub fn descendants(state: &mut State, call: &Call) -> super::super::call::Outcome {
    let one = super::tree::v1_named(state, call.argument(0))?;
    let below = hanging_below(state, one);
    let kinds = |kinds: &[Kind]| below.iter().copied().filter(|child| kinds.contains(&child.kind)).collect::<Vec<_>>();
    Ok(super::super::reply::Reply::ok(children(state, call, one, &Expand::of(call), &kinds, 0)))
}

/// The tree below, and the comments and attachments on all of it.
fn hanging_below<'a>(state: &'a State, one: &'a Content) -> Vec<&'a Content> {
    let store = &state.confluence;
    let mut found: Vec<&Content> = store.descendants(one.id, u64::MAX).into_iter().map(|(_, child)| child).collect();
    let pages: Vec<u64> = found.iter().map(|child| child.id).chain([one.id]).collect();
    let hanging = store.contents.values().filter(|child| !child.kind.in_tree() && child.is_live());
    found.extend(hanging.filter(|child| store.container(child).is_some_and(|above| pages.contains(&above.id))));
    found
}

pub fn descendants_of_type(state: &mut State, call: &Call) -> super::super::call::Outcome {
    let one = super::tree::v1_named(state, call.argument(0))?;
    let wanted = call.argument(1);
    let depth = match call.query("depth") {
        None | Some("all") => u64::MAX,
        Some("root") => 1,
        Some(text) => text.parse().map_err(|_| super::store::bad("The depth is all, root or a number."))?,
    };
    let found: Vec<&Content> = if matches!(wanted, "comment" | "attachment") {
        hanging_below(state, one).into_iter().filter(|child| child.kind.word() == wanted).collect()
    } else {
        let below = state.confluence.descendants(one.id, depth).into_iter();
        below.map(|(_, child)| child).filter(|child| child.kind.word() == wanted).collect()
    };
    super::list::started(state, call, found, 25, |child| shown(state, call, child))
}
