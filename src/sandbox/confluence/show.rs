//! Content as version 2 shows it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::clock::millis;
use super::super::reply::Refusal;
use super::super::store::State;
use super::body::Body;
use super::list::{included, lean, put};
use super::store::{Confluence, Content, Kind, Label, Property, Status, Version, bad, caller};

pub fn version(version: &Version) -> Value {
    json!({
        "number": version.number,
        "message": version.message,
        "minorEdit": version.minor,
        "authorId": version.author,
        "createdAt": millis(version.created),
    })
}

pub fn label(label: &Label) -> Value {
    json!({"id": label.id.to_string(), "name": label.name, "prefix": label.prefix})
}

pub fn property(property: &Property) -> Value {
    json!({
        "id": property.id.to_string(),
        "key": property.key,
        "value": property.value,
        "version": {
            "number": property.number,
            "message": property.message,
            "minorEdit": false,
            "authorId": property.author,
            "createdAt": millis(property.updated),
        },
    })
}

/// The body in the asked format; none asked, none given.
pub fn body(call: &Call, body: &Body) -> Result<Value, Refusal> {
    let Some(format) = call.query("body-format").filter(|format| !format.is_empty()) else { return Ok(json!({})) };
    let value = body.convert(format).ok_or_else(|| bad(format!("{format} is no format of a body.")))?;
    let mut shown = Map::new();
    shown.insert(format.to_owned(), json!({"representation": format, "value": value}));
    Ok(Value::Object(shown))
}

/// Lists have no rendered bodies.
pub fn check_list_format(call: &Call) -> Result<(), Refusal> {
    match call.query("body-format") {
        None | Some("" | "storage" | "atlas_doc_format") => Ok(()),
        // Custom content alone has raw bodies.
        Some("raw") if call.path.contains("custom-content") => Ok(()),
        Some(other) => Err(bad(format!("{other} is no body format of a list."))),
    }
}

/// What an account may do with content; the caller administrates the site, and may everything.
pub fn operations(kind: Kind) -> Vec<Value> {
    let names: &[&str] = match kind {
        Kind::Page | Kind::BlogPost => {
            &["read", "update", "delete", "copy", "move", "export", "purge", "restrict_content", "archive", "create"]
        }
        Kind::Attachment => &["read", "update", "delete", "purge", "create"],
        _ => &["read", "update", "delete", "create"],
    };
    names.iter().map(|name| json!({"operation": name, "targetType": kind.word()})).collect()
}

pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%2D", "-").replace("%2E", ".").replace("%5F", "_").replace("%20", "+")
}

/// Below the context, as `_links.webui` has it.
pub fn web(store: &Confluence, content: &Content) -> String {
    let key = store.space_key(content.space);
    let id = content.id;
    match content.kind {
        Kind::Page => format!("/spaces/{key}/pages/{id}/{}", encoded(&content.title)),
        Kind::BlogPost => {
            let day = super::super::clock::date(content.created).replace('-', "/");
            format!("/spaces/{key}/blog/{day}/{id}/{}", encoded(&content.title))
        }
        Kind::FooterComment | Kind::InlineComment => {
            let above = store.container(content).map(|above| web(store, above)).unwrap_or_default();
            format!("{above}?focusedCommentId={id}")
        }
        Kind::Attachment => {
            let above = content.parent.unwrap_or_default();
            format!("/pages/viewpageattachments.action?pageId={above}&preview=%2F{above}%2F{id}%2F{}", encoded(&content.title))
        }
        Kind::Custom => format!("/spaces/{key}/custom/{}/{id}", encoded(&content.subtype)),
        kind => format!("/spaces/{key}/{}/{id}", kind.word()),
    }
}

pub fn download(content: &Content, version: &Version) -> String {
    let above = content.parent.unwrap_or_default();
    let title = encoded(&version.title);
    format!("/download/attachments/{above}/{title}?version={}&modificationDate={}&cacheVersion=1&api=v2", version.number, version.created)
}

fn links(store: &Confluence, content: &Content) -> Value {
    let webui = web(store, content);
    let key = store.space_key(content.space);
    match content.kind {
        Kind::Page | Kind::BlogPost => {
            let edit = format!("/spaces/{key}/pages/edit-v2/{}", content.id);
            json!({"webui": webui, "editui": edit, "tinyui": format!("/x/{:x}", content.id)})
        }
        _ => json!({"webui": webui}),
    }
}

/// `{"pageId"}`, `{"blogPostId"}`, …: what a comment, an attachment or custom content hangs on.
fn hangs_on(store: &Confluence, content: &Content) -> Option<(&'static str, String)> {
    let above = content.parent.and_then(|id| store.contents.get(&id))?;
    let key = match above.kind {
        Kind::Page => "pageId",
        Kind::BlogPost => "blogPostId",
        Kind::Attachment => "attachmentId",
        Kind::Custom => "customContentId",
        Kind::FooterComment | Kind::InlineComment => "parentCommentId",
        _ => return None,
    };
    Some((key, above.text_id()))
}

/// One item of a list, or the whole without what must be asked for; `at` is the version to show.
pub fn content(store: &Confluence, call: &Call, one: &Content, at: &Version) -> Result<Value, Refusal> {
    let mut shown = json!({
        "id": one.text_id(),
        "status": if at.number == one.number() { one.status.word() } else { "historical" },
        "title": at.title,
        "version": version(at),
        "_links": links(store, one),
    });
    let mut set = |key: &str, value: Value| put(&mut shown, key, value);
    match one.kind {
        Kind::Attachment => {
            let file = at.file.as_ref();
            let media = file.map_or("", |file| file.media_type.as_str());
            set("createdAt", json!(millis(one.created)));
            set("mediaType", json!(media));
            set("mediaTypeDescription", json!(media.rsplit('/').next().unwrap_or_default().to_uppercase()));
            set("comment", json!(file.map_or("", |file| file.comment.as_str())));
            set("fileId", json!(super::super::reply::uuid(one.id, file.map_or(0, |file| file.number))));
            set("fileSize", json!(file.map_or(0, |file| file.size)));
            set("webuiLink", json!(web(store, one)));
            set("downloadLink", json!(download(one, at)));
            set("_links", json!({"webui": web(store, one), "download": download(one, at)}));
        }
        Kind::FooterComment | Kind::InlineComment => set("body", body(call, &at.body)?),
        _ => {
            set("spaceId", json!(one.space.to_string()));
            set("authorId", json!(one.author));
            set("createdAt", json!(millis(one.created)));
        }
    }
    if one.kind.in_tree() {
        let above = one.parent.and_then(|id| store.contents.get(&id));
        set("position", json!(one.position));
        set("ownerId", json!(one.owner));
        if let Some(above) = above {
            set("parentId", json!(above.text_id()));
            set("parentType", json!(above.kind.word()));
        }
    }
    match one.kind {
        Kind::Page => {
            set("lastOwnerId", json!(one.last_owner));
            set("body", body(call, &at.body)?);
            if !one.subtype.is_empty() {
                set("subtype", json!(one.subtype));
            }
        }
        Kind::BlogPost => set("body", body(call, &at.body)?),
        Kind::Custom => {
            set("type", json!(one.subtype));
            set("body", body(call, &at.body)?);
        }
        Kind::Embed => {
            set("type", json!("embed"));
            set("embedUrl", json!(one.url.clone().unwrap_or_default()));
        }
        Kind::Whiteboard | Kind::Database | Kind::Folder => set("type", json!(one.kind.word())),
        _ => {}
    }
    if !one.kind.in_tree()
        && let Some((key, id)) = hangs_on(store, one)
    {
        set(key, json!(id));
    }
    if let Some(selection) = &one.selection {
        set("resolutionStatus", json!(selection.resolution));
        set("properties", json!({"inlineMarkerRef": selection.marker, "inlineOriginalSelection": selection.text}));
    }
    Ok(shown)
}

/// Of the newest version.
pub fn newest(store: &Confluence, call: &Call, one: &Content) -> Result<Value, Refusal> {
    match one.last() {
        Some(last) => content(store, call, one, last),
        None => Ok(json!({})),
    }
}

/// One thing read by itself: the asked version or draft, with what `include-…` asks for.
pub fn single(state: &State, call: &Call, one: &Content) -> Result<Value, Refusal> {
    let store = &state.confluence;
    let draft = call.query("get-draft") == Some("true");
    let mut shown = match (call.query("version").and_then(|text| text.parse::<u64>().ok()), &one.draft) {
        (Some(number), _) => {
            let at = one.version(number).ok_or_else(|| super::store::not_found("The version", &number.to_string()))?;
            content(store, call, one, at)?
        }
        (None, Some((title, written))) if draft => {
            let mut at = one.last().cloned().ok_or_else(|| bad("There is nothing to read."))?;
            (at.title, at.body) = (title.clone(), written.clone());
            let mut shown = content(store, call, one, &at)?;
            put(&mut shown, "status", json!(Status::Draft.word()));
            shown
        }
        _ => newest(store, call, one)?,
    };
    // Lists do not tell who resolved a comment, nor which page a reply belongs to.
    if let Some((who, when)) = one.selection.as_ref().and_then(|selection| selection.resolved_by.as_ref()) {
        put(&mut shown, "resolutionLastModifierId", json!(who));
        put(&mut shown, "resolutionLastModifiedAt", json!(millis(*when)));
    }
    if one.kind.is_comment()
        && let Some(above) = store.container(one)
        && matches!(above.kind, Kind::Page | Kind::BlogPost)
    {
        put(&mut shown, if above.kind == Kind::BlogPost { "blogPostId" } else { "pageId" }, json!(above.text_id()));
    }
    let asked = |name: &str| call.query(&format!("include-{name}")) == Some("true");
    let path = |part: &str| format!("{}/{part}", call.path);
    let mut set = |key: &str, items: Vec<Value>, part: &str| {
        // Inline comments have words of their own among their properties.
        let mut list = included(items, path(part));
        if let (Some(old), Some(new)) = (shown.get(key).and_then(Value::as_object).cloned(), list.as_object_mut()) {
            new.extend(old);
        }
        put(&mut shown, key, list);
    };
    if asked("labels") {
        set("labels", one.labels.iter().filter_map(|id| store.labels.get(id)).map(label).collect(), "labels");
    }
    if asked("properties") {
        set("properties", one.properties.values().map(property).collect(), "properties");
    }
    if asked("operations") {
        set("operations", operations(one.kind), "operations");
    }
    if asked("likes") {
        set("likes", one.likes.iter().map(|account| json!({"accountId": account})).collect(), "likes/users");
    }
    if asked("versions") {
        set("versions", one.versions.iter().rev().map(version).collect(), "versions");
    }
    if call.query("include-version") == Some("false") {
        put(&mut shown, "version", Value::Null);
    }
    if asked("favorited-by-current-user-status") {
        let favourite = store.is_favourite(&caller(), &format!("content/{}", one.id));
        put(&mut shown, "isFavoritedByCurrentUser", json!(favourite));
    }
    if asked("collaborators") {
        let people: std::collections::BTreeSet<&str> = one.versions.iter().map(|version| version.author.as_str()).collect();
        put(&mut shown, "collaborators", json!(people));
    }
    if asked("direct-children") {
        let children: Vec<Value> = store.children_in_tree(one.id).into_iter().map(child).collect();
        put(&mut shown, "directChildren", included(children, path("direct-children")));
    }
    Ok(lean(shown))
}

pub fn child(one: &Content) -> Value {
    json!({
        "id": one.text_id(),
        "status": one.status.word(),
        "title": one.title,
        "type": one.kind.word(),
        "spaceId": one.space.to_string(),
        "childPosition": one.position,
    })
}
