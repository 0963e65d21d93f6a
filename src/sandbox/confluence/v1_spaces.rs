//! Spaces of version 1: made, changed and deleted there, with their settings and themes.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Reply, fnv};
use super::super::store::State;
use super::list::{started, v1_links};
use super::spaces::{check_key, make};
use super::store::{Space, bad, not_found};

pub fn shown(state: &State, space: &Space) -> Value {
    let path = format!("/rest/api/space/{}", space.key);
    json!({
        "id": space.id,
        "key": space.key,
        "alias": space.key,
        "name": space.name,
        "type": space.kind,
        "status": if space.archived { "archived" } else { "current" },
        "description": {"plain": {"value": space.description, "representation": "plain", "embeddedContent": []}},
        "_expandable": {
            "settings": format!("{path}/settings"), "metadata": "", "operations": "", "lookAndFeel": "", "permissions": "", "icon": "",
            "description": "", "theme": format!("{path}/theme"), "history": "", "identifiers": "",
            "homepage": space.homepage.map(|id| format!("/rest/api/content/{id}")).unwrap_or_default(),
        },
        "_links": {"webui": format!("/spaces/{}", space.key), "self": format!("{}/wiki{path}", state.url)},
    })
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let name = call.text("name").unwrap_or_default().trim().to_owned();
    let key = call.text("key").or_else(|| call.text("alias")).unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(bad("The name of a space is required."));
    }
    check_key(state, &key)?;
    let description = call.body.pointer("/description/plain/value").and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = make(state, &key, &name, &description, call.path.ends_with("/_private"));
    let space = state.confluence.space(&id.to_string())?;
    Ok(Reply::ok(shown(state, space)))
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    let homepage = match call.body.pointer("/homepage/id") {
        None | Some(Value::Null) => None,
        Some(id) => {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            Some(super::tree::v1_named(state, &id)?.id)
        }
    };
    let space = state.confluence.space_by_key_mut(call.argument(0))?;
    if let Some(name) = call.text("name") {
        name.clone_into(&mut space.name);
    }
    if let Some(description) = call.body.pointer("/description/plain/value").and_then(Value::as_str) {
        description.clone_into(&mut space.description);
    }
    if let Some(kind) = call.text("type") {
        kind.clone_into(&mut space.kind);
    }
    match call.text("status") {
        None => {}
        Some("current" | "CURRENT") => space.archived = false,
        Some("archived" | "ARCHIVED") => space.archived = true,
        Some(other) => return Err(bad(format!("{other} is no status of a space."))),
    }
    if homepage.is_some() {
        space.homepage = homepage;
    }
    Ok(Reply::ok(shown(state, state.confluence.space_by_key(call.argument(0))?)))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space_by_key(call.argument(0))?;
    let (id, name) = (space.id, space.name.clone());
    state.confluence.remove_space(id);
    super::audit::record(state, "Space deleted", "Spaces", &name, "Space");
    super::tree::begin_task(state, call)
}

// Settings.

pub fn settings(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space_by_key(call.argument(0))?;
    Ok(Reply::ok(json!({
        "routeOverrideEnabled": space.route_override,
        "editor": {"page": "v2", "blogpost": "v2", "default": "v2"},
        "contentMode": space.content_mode,
        "spaceKey": space.key,
        "_links": v1_links(state, call),
    })))
}

pub fn update_settings(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space_by_key_mut(call.argument(0))?;
    if let Some(enabled) = call.body.get("routeOverrideEnabled").and_then(Value::as_bool) {
        space.route_override = enabled;
    }
    if let Some(mode) = call.text("contentMode") {
        mode.clone_into(&mut space.content_mode);
    }
    settings(state, call)
}

// Themes: those that come with Confluence.

const THEMES: [(&str, &str, &str); 2] = [
    ("com.atlassian.confluence.themes.default:simple-theme", "Default theme", "Confluence as it comes."),
    ("com.atlassian.confluence.plugins.doctheme:documentation", "Documentation theme", "With a tree of pages at the side."),
];

fn theme(key: &str) -> Option<Value> {
    let (key, name, description) = THEMES.into_iter().find(|(known, ..)| *known == key)?;
    let icon = json!({"path": format!("/images/themes/{:x}.png", fnv(key.as_bytes())), "width": 110, "height": 73, "isDefault": false});
    Some(json!({"themeKey": key, "name": name, "description": description, "icon": icon}))
}

fn named(key: &str) -> Outcome {
    theme(key).map(Reply::ok).ok_or_else(|| not_found("The theme", key))
}

pub fn themes(state: &mut State, call: &Call) -> Outcome {
    started(state, call, THEMES.to_vec(), 100, |(key, ..)| theme(key).unwrap_or_default())
}

pub fn theme_get(_: &mut State, call: &Call) -> Outcome {
    named(call.argument(0))
}

pub fn selected_theme(state: &mut State, _: &Call) -> Outcome {
    let key = state.confluence.settings.get("theme").and_then(Value::as_str).unwrap_or(THEMES.first().map_or("", |(key, ..)| *key));
    named(key)
}

/// A space without a theme of its own has that of the site, and 404 here.
pub fn theme_of(state: &mut State, call: &Call) -> Outcome {
    let space = state.confluence.space_by_key(call.argument(0))?;
    space.theme.as_deref().map_or_else(|| Err(not_found("A theme of the space", &space.key)), named)
}

pub fn set_theme(state: &mut State, call: &Call) -> Outcome {
    let key = call.text("themeKey").unwrap_or_default().to_owned();
    let answer = named(&key)?;
    state.confluence.space_by_key_mut(call.argument(0))?.theme = Some(key);
    Ok(answer)
}

pub fn reset_theme(state: &mut State, call: &Call) -> Outcome {
    state.confluence.space_by_key_mut(call.argument(0))?.theme = None;
    Ok(Reply::empty(204))
}
