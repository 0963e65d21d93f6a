//! Searches by CQL: content as such, and results with excerpts.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::millis;
use super::super::store::State;
use super::cql::{self, Context, Item};
use super::list::{lean, searched};
use super::store::{Content, Space, number};
use super::{content, tree, users, v1_spaces};

fn context(call: &Call) -> Context {
    let given: Value = call.query("cqlcontext").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let id = given.get("contentId").and_then(|id| id.as_u64().or_else(|| id.as_str().and_then(number)));
    Context { space: given.get("spaceKey").and_then(Value::as_str).map(str::to_owned), content: id }
}

pub fn contents(state: &mut State, call: &Call) -> Outcome {
    let asked = call.query("cql").unwrap_or_default();
    let found = cql::search(state, asked, &context(call), true)?;
    let contents = found.into_iter().filter_map(|item| if let Item::Content(one) = item { Some(one) } else { None });
    searched(state, call, asked, contents.collect(), |one| content::shown(state, call, one))
}

pub fn all(state: &mut State, call: &Call) -> Outcome {
    let asked = call.query("cql").unwrap_or_default();
    let found = cql::search(state, asked, &context(call), false)?;
    let excerpts = call.query("excerpt") != Some("none");
    searched(state, call, asked, found, |item| match item {
        Item::Content(one) => of_content(state, call, one, excerpts),
        Item::Space(space) => of_space(state, space),
        Item::User(account) => users::search_result(state, account),
    })
}

fn of_content(state: &State, call: &Call, one: &Content, excerpts: bool) -> Value {
    let store = &state.confluence;
    let space = store.spaces.get(&one.space);
    let text = one.last().filter(|_| excerpts).map(|last| last.body.text()).unwrap_or_default();
    let container = space.map(|space| json!({"title": space.name, "displayUrl": format!("/spaces/{}", space.key)}));
    // `expand=content.space` speaks of the result's content.
    let expand = content::Expand::of(call).inner("content");
    lean(json!({
        "content": content::expanded(state, call, one, &expand, 0),
        "title": one.title,
        "excerpt": text.chars().take(200).collect::<String>(),
        "url": super::show::web(store, one),
        "resultGlobalContainer": container,
        "breadcrumbs": [],
        "entityType": "content",
        "iconCssClass": format!("aui-icon content-type-{}", one.kind.word()),
        "lastModified": millis(one.modified()),
        "friendlyLastModified": tree::days_ago(state.now(), one.modified()),
        "score": 0.0,
    }))
}

fn of_space(state: &State, space: &Space) -> Value {
    json!({
        "space": v1_spaces::shown(state, space),
        "title": space.name,
        "excerpt": space.description,
        "url": format!("/spaces/{}", space.key),
        "breadcrumbs": [],
        "entityType": "space",
        "iconCssClass": "aui-icon content-type-space",
        "lastModified": millis(space.created),
        "friendlyLastModified": tree::days_ago(state.now(), space.created),
        "score": 0.0,
    })
}
