//! What stands above and below what: children, descendants, ancestors; moving, copying and archiving.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::DAY;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::list::{page, sorted};
use super::pages::{check_no_circle, named, put_away, title_clash};
use super::show;
use super::store::{Confluence, Content, Kind, Status, bad, caller, not_found, number};

/// `/pages/{id}/children`: pages alone.
pub fn children(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call)?.id;
    let items = state.confluence.children(id).into_iter().filter(|one| one.kind == Kind::Page).collect();
    let (keyed, descending) = sorted(items, call.query("sort").unwrap_or("child-position"))?;
    page(state, call, keyed, descending, 25, |one| {
        let mut shown = show::child(one);
        super::list::put(&mut shown, "type", Value::Null);
        super::list::lean(shown)
    })
}

/// `/custom-content/{id}/children`
pub fn custom_children(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call)?.id;
    let items = state.confluence.children(id).into_iter().filter(|one| one.kind == Kind::Custom).collect();
    let (keyed, descending) = sorted(items, call.query("sort").unwrap_or("id"))?;
    page(state, call, keyed, descending, 25, |one| {
        json!({
            "id": one.text_id(), "status": one.status.word(), "title": one.title, "type": one.subtype, "spaceId": one.space.to_string(),
        })
    })
}

pub fn direct_children(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call)?.id;
    let (keyed, descending) = sorted(state.confluence.children_in_tree(id), call.query("sort").unwrap_or("child-position"))?;
    page(state, call, keyed, descending, 25, show::child)
}

pub fn descendants(state: &mut State, call: &Call) -> Outcome {
    let id = named(state, call)?.id;
    let depth = match call.query("depth").map(str::parse) {
        None => 2,
        Some(Ok(depth)) if (1..=10).contains(&depth) => depth,
        Some(_) => return Err(bad("The depth must lie between 1 and 10.")),
    };
    let items = super::super::paging::numbered(state.confluence.descendants(id, depth));
    page(state, call, items, false, 25, |(level, one)| {
        json!({
            "id": one.text_id(),
            "status": one.status.word(),
            "title": one.title,
            "type": one.kind.word(),
            "parentId": one.parent.unwrap_or_default().to_string(),
            "depth": level,
            "childPosition": one.position,
        })
    })
}

/// The highest first, as there.
pub fn ancestors(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    let mut above = state.confluence.ancestors(one);
    above.reverse();
    let limit = call.query("limit").and_then(|text| text.parse().ok()).unwrap_or(25);
    let results: Vec<Value> = above.iter().take(limit).map(|one| json!({"id": one.text_id(), "type": one.kind.word()})).collect();
    Ok(Reply::ok(json!({"results": results})))
}

/// The content that a path of version 1 names.
pub fn v1_named<'a>(state: &'a State, id: &str) -> Result<&'a Content, Refusal> {
    state.confluence.content(id).filter(|one| one.status != Status::Trashed).ok_or_else(|| not_found("The content", id))
}

fn page_named<'a>(state: &'a State, id: &str) -> Result<&'a Content, Refusal> {
    v1_named(state, id).and_then(|one| if one.kind == Kind::Page { Ok(one) } else { Err(not_found("The page", id)) })
}

/// Before, behind or below another page; what stands below comes along.
pub fn move_page(state: &mut State, call: &Call) -> Outcome {
    let (page, target) = (page_named(state, call.argument(0))?, v1_named(state, call.argument(2))?);
    let (id, space, target_id) = (page.id, target.space, target.id);
    let (parent, position) = match call.argument(1) {
        "append" => (Some(target.id), state.confluence.end_position(Some(target.id), space)),
        place @ ("before" | "after") => {
            let step = if place == "before" { -1 } else { 1 };
            (target.parent, target.position + step)
        }
        other => return Err(bad(format!("{other} is no position: before, after or append."))),
    };
    if let Some(parent) = parent {
        check_no_circle(&state.confluence, id, parent)?;
    }
    if target_id == id {
        return Err(bad("A page cannot be moved to itself."));
    }
    if page.space != space {
        let below = state.confluence.descendants(id, u64::MAX).into_iter().map(|(_, one)| one);
        if let Some(taken) = below.chain([page]).find(|one| state.confluence.title_taken(space, one.kind, &one.title, one.id)) {
            return Err(title_clash(taken.kind, &taken.title));
        }
    }
    let store = &mut state.confluence;
    if store.contents.get(&id).is_some_and(|page| page.space != space) {
        store.move_to_space(id, space);
    }
    if let Some(one) = store.contents.get_mut(&id) {
        (one.parent, one.position) = (parent, position);
    }
    spread(store, parent, space);
    Ok(Reply::ok(json!({"pageId": id.to_string()})))
}

impl Confluence {
    /// Whether content of the tree stands at the top, or below what is current in its own space.
    pub fn stands_in_tree(&self, id: u64) -> bool {
        let Some((one, parent)) = self.contents.get(&id).and_then(|one| Some((one, one.parent?))) else { return true };
        !one.kind.in_tree()
            || self.contents.get(&parent).is_some_and(|parent| parent.status == Status::Current && parent.space == one.space)
    }

    /// What a comment or an attachment hangs on, up to the page or post: the nearest first.
    fn held_by(&self, content: &Content) -> Vec<&Content> {
        let mut above = self.ancestors(content);
        let page = above.iter().position(|one| one.kind.in_tree()).unwrap_or(above.len());
        above.truncate(page + 1);
        above
    }

    /// Whether nothing that a comment or an attachment hangs on is in the trash.
    pub fn is_held(&self, content: &Content) -> bool {
        self.held_by(content).into_iter().all(|one| one.status != Status::Trashed)
    }

    /// Takes content of the tree to a space, with all below it and all that hangs on these. What is in the trash or was never published
    /// stays, at the top.
    pub fn move_to_space(&mut self, id: u64, space: u64) {
        let mut moved: BTreeSet<u64> = self.descendants(id, u64::MAX).into_iter().map(|(_, one)| one.id).collect();
        moved.insert(id);
        let hangs = |one: &&Content| !one.kind.in_tree() && self.held_by(one).last().is_some_and(|page| moved.contains(&page.id));
        let hanging: Vec<u64> = self.contents.values().filter(hangs).map(|one| one.id).collect();
        for one in self.contents.values_mut() {
            if moved.contains(&one.id) || hanging.contains(&one.id) {
                one.space = space;
            } else if one.kind.in_tree() && one.space != space && one.parent.is_some_and(|parent| moved.contains(&parent)) {
                one.parent = None;
            }
        }
    }
}

/// Room between neighbours again.
fn spread(store: &mut Confluence, parent: Option<u64>, space: u64) {
    let siblings = store.contents.values().filter(|one| one.kind.in_tree() && one.parent == parent && one.space == space);
    let mut order: Vec<(i64, u64)> = siblings.map(|one| (one.position, one.id)).collect();
    order.sort_unstable();
    for (place, (_, id)) in (0_i64..).zip(order) {
        if let Some(one) = store.contents.get_mut(&id) {
            one.position = place * 1_000;
        }
    }
}

/// What a copy takes along.
struct Taken {
    attachments: bool,
    permissions: bool,
    properties: bool,
    labels: bool,
    custom: bool,
}

impl Taken {
    fn asked(call: &Call) -> Taken {
        let asked = |key: &str| call.body.get(key).and_then(Value::as_bool).unwrap_or_default();
        Taken {
            attachments: asked("copyAttachments"),
            permissions: asked("copyPermissions"),
            properties: asked("copyProperties"),
            labels: asked("copyLabels"),
            custom: asked("copyCustomContents"),
        }
    }
}

fn copy_one(state: &mut State, id: u64, space: u64, parent: Option<u64>, title: &str, taken: &Taken) -> Option<u64> {
    let now = state.now();
    let store = &mut state.confluence;
    let source = store.contents.get(&id)?.clone();
    let body = source.last().map(|last| last.body.clone()).unwrap_or_default();
    let copy = store.new_content(source.kind, space, parent, title, body, (&caller(), now));
    let properties: Vec<_> = source.properties.values().filter(|_| taken.properties).cloned().collect();
    for mut property in properties {
        property.id = store.next_id();
        (property.number, property.created, property.updated) = (1, now, now);
        store.contents.get_mut(&copy)?.properties.insert(property.id, property);
    }
    let made = store.contents.get_mut(&copy)?;
    made.subtype = source.subtype;
    made.url = source.url;
    if taken.labels {
        made.labels = source.labels;
    }
    if taken.permissions {
        made.restrictions = source.restrictions;
    }
    let hanging: Vec<(u64, String)> = (store.contents.values())
        .filter(|one| one.parent == Some(id) && one.status == Status::Current)
        .filter(|one| (taken.attachments && one.kind == Kind::Attachment) || (taken.custom && one.kind == Kind::Custom))
        .map(|one| (one.id, one.title.clone()))
        .collect();
    for (child, title) in hanging {
        let file = state.confluence.contents.get(&child).and_then(|one| one.last()).and_then(|last| last.file.clone());
        let made = copy_one(state, child, space, Some(copy), &title, taken)?;
        if let Some(last) = state.confluence.contents.get_mut(&made).and_then(|one| one.versions.last_mut()) {
            last.file = file;
        }
        return_to(&mut state.confluence, made);
    }
    super::pages::read_tasks(state, copy);
    Some(copy)
}

/// Attachments and the like have no place among pages.
fn return_to(store: &mut Confluence, id: u64) {
    if let Some(one) = store.contents.get_mut(&id) {
        one.position = 0;
    }
}

pub fn copy_page(state: &mut State, call: &Call) -> Outcome {
    let source = page_named(state, call.argument(0))?;
    let (id, title) = (source.id, call.text("pageTitle").filter(|title| !title.is_empty()).unwrap_or(&source.title).to_owned());
    let to = |key: &str| call.body.pointer(&format!("/destination/{key}")).and_then(Value::as_str).unwrap_or_default();
    let (kind, value) = (to("type"), to("value"));
    let taken = Taken::asked(call);
    let body =
        (call.body.get("body").and_then(|body| body.get("storage"))).map_or(Ok(None), |body| super::body::Body::given(Some(body)))?;
    let made = match kind {
        "existing_page" => {
            let target = page_named(state, value)?.id;
            let written = (state.confluence.contents.get(&id)).and_then(|one| one.last()).map(|last| last.body.clone()).unwrap_or_default();
            let now = state.now();
            if let Some(one) = state.confluence.contents.get_mut(&target) {
                super::pages::add_version(one, &title, body.clone().unwrap_or(written), "", false, now);
            }
            target
        }
        "space" | "parent_page" | "parent_content" => {
            let (space, parent) = if kind == "space" {
                (state.confluence.space_by_key(value)?.id, None)
            } else {
                let parent = v1_named(state, value)?;
                (parent.space, Some(parent.id))
            };
            if state.confluence.title_taken(space, Kind::Page, &title, 0) {
                return Err(title_clash(Kind::Page, &title));
            }
            copy_one(state, id, space, parent, &title, &taken).ok_or_else(|| not_found("The page", call.argument(0)))?
        }
        other => return Err(bad(format!("{other} is no type of destination."))),
    };
    if let (Some(body), Some(last)) = (body, state.confluence.contents.get_mut(&made).and_then(|one| one.versions.last_mut())) {
        last.body = body;
    }
    let one = v1_named(state, &made.to_string())?;
    // The one operation whose media type the document writes with a character set.
    Ok(Reply::ok(super::content::shown(state, call, one)).header("content-type", "application/json;charset=UTF-8"))
}

/// The work is done at once; the task tells of it by the clock.
pub fn begin_task(state: &mut State, call: &Call) -> Outcome {
    let begun = super::super::tasks::begun(state, call)?;
    let id = begun.body.as_ref().and_then(|body| body.get("id")).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Reply::new(202, json!({"id": id, "links": {"status": format!("/rest/api/longtask/{id}")}})))
}

pub fn copy_hierarchy(state: &mut State, call: &Call) -> Outcome {
    let source = page_named(state, call.argument(0))?;
    let target = v1_named(state, call.text("destinationPageId").unwrap_or_default())?;
    let (id, space, target_id) = (source.id, target.space, target.id);
    let option = |key: &str| call.body.pointer(&format!("/titleOptions/{key}")).and_then(Value::as_str).unwrap_or_default();
    let (prefix, search, replace) = (option("prefix"), option("search"), option("replace"));
    let renamed = |title: &str| {
        let title = if search.is_empty() { title.to_owned() } else { title.replace(search, replace) };
        format!("{prefix}{title}")
    };
    let store = &state.confluence;
    let below = call.body.get("copyDescendants").and_then(Value::as_bool).unwrap_or(true);
    let mut order: Vec<(u64, Option<u64>, String)> = vec![(id, None, renamed(&source.title))];
    if below {
        order.extend(store.descendants(id, u64::MAX).into_iter().map(|(_, one)| (one.id, one.parent, renamed(&one.title))));
    }
    if order.iter().any(|(one, ..)| *one == target_id) && below {
        return Err(bad("A hierarchy cannot be copied below itself."));
    }
    if order.len() > 2_000 {
        return Err(bad("At most 2,000 pages are copied at once."));
    }
    if let Some((.., title)) = order.iter().find(|(.., title)| store.title_taken(space, Kind::Page, title, 0)) {
        return Err(title_clash(Kind::Page, title));
    }
    let mut titles = BTreeSet::new();
    if let Some((.., title)) = order.iter().find(|(.., title)| !titles.insert(title.to_lowercase())) {
        return Err(title_clash(Kind::Page, title));
    }
    let taken = Taken::asked(call);
    let mut copies = std::collections::BTreeMap::new();
    for (one, parent, title) in order {
        let parent = parent.and_then(|parent| copies.get(&parent).copied()).unwrap_or(target_id);
        if let Some(copy) = copy_one(state, one, space, Some(parent), &title, &taken) {
            copies.insert(one, copy);
        }
    }
    begin_task(state, call)
}

pub fn delete_tree(state: &mut State, call: &Call) -> Outcome {
    let id = page_named(state, call.argument(0))?.id;
    let below: Vec<u64> = state.confluence.descendants(id, u64::MAX).into_iter().map(|(_, one)| one.id).collect();
    for one in below.into_iter().rev().chain([id]) {
        put_away(&mut state.confluence, one, Status::Trashed);
    }
    begin_task(state, call)
}

pub fn archive(state: &mut State, call: &Call) -> Outcome {
    let pages = call.body.get("pages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if pages.is_empty() || pages.len() > 300 {
        return Err(bad("Between 1 and 300 pages can be archived at once."));
    }
    let id_of = |page: &Value| page.get("id").and_then(|id| id.as_u64().or_else(|| id.as_str().and_then(number)));
    let ids: Vec<u64> = pages.iter().filter_map(id_of).collect();
    if let Some(missing) =
        ids.iter().find(|id| state.confluence.contents.get(*id).is_none_or(|one| one.kind != Kind::Page || !one.is_live()))
    {
        return Err(not_found("The page", &missing.to_string()));
    }
    for id in ids {
        put_away(&mut state.confluence, id, Status::Archived);
    }
    begin_task(state, call)
}

/// A day's worth of milliseconds, as friendly stamps count.
pub fn days_ago(now: i64, then: i64) -> String {
    match (now - then).max(0) / DAY {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}
