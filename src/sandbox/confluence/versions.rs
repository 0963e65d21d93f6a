//! Versions of content: listing and reading by version 2, restoring and deleting by version 1.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::millis;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::list::{page, put};
use super::pages::{add_version, named};
use super::show;
use super::store::{Content, Kind, Version, bad, not_found};
use super::tree::v1_named;

/// What the entity of a version is called in lists.
fn entity(kind: Kind) -> &'static str {
    match kind {
        Kind::BlogPost => "blogpost",
        Kind::Attachment => "attachment",
        Kind::Custom => "custom",
        Kind::FooterComment | Kind::InlineComment => "comment",
        _ => "page",
    }
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    show::check_list_format(call)?;
    let one = named(state, call)?;
    // The newest first, if nothing else is asked.
    let descending = match call.query("sort") {
        None | Some("-modified-date") => true,
        Some("modified-date") => false,
        Some(other) => return Err(bad(format!("{other} is no order to sort by."))),
    };
    let mut items: Vec<(String, &Version)> = one.versions.iter().map(|version| (format!("{:08}", version.number), version)).collect();
    if descending {
        items.reverse();
    }
    page(state, call, items, descending, 25, |version| {
        let mut shown = show::version(version);
        let body = show::body(call, &version.body).unwrap_or_default();
        put(&mut shown, entity(one.kind), json!({"id": one.text_id(), "title": version.title, "body": body}));
        shown
    })
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    let number = call.argument(1);
    let place = one.versions.iter().position(|version| version.number.to_string() == number);
    let place = place.ok_or_else(|| not_found("The version", number))?;
    let at = |place: Option<usize>| place.and_then(|place| one.versions.get(place));
    let version = at(Some(place)).ok_or_else(|| not_found("The version", number))?;
    let mut shown = json!({
        "number": version.number,
        "authorId": version.author,
        "message": version.message,
        "createdAt": millis(version.created),
        "minorEdit": version.minor,
        "contentTypeModified": false,
        "collaborators": [version.author],
    });
    if let Some(before) = at(place.checked_sub(1)) {
        put(&mut shown, "prevVersion", json!(before.number));
    }
    if let Some(next) = at(Some(place + 1)) {
        put(&mut shown, "nextVersion", json!(next.number));
    }
    Ok(Reply::ok(shown))
}

pub fn v1_version(state: &State, one: &Content, version: &Version) -> Value {
    json!({
        "by": super::users::v1_user(state, &version.author),
        "when": millis(version.created),
        "friendlyWhen": super::tree::days_ago(state.now(), version.created),
        "message": version.message,
        "number": version.number,
        "minorEdit": version.minor,
        "contentTypeModified": false,
        "_expandable": {"collaborators": "", "content": format!("/rest/api/content/{}", one.text_id())},
        "_links": {"self": format!("{}/wiki/rest/api/content/{}/version/{}", state.url, one.text_id(), version.number)},
    })
}

pub fn restore(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let one = v1_named(state, call.argument(0))?;
    if call.text("operationKey") != Some("restore") {
        return Err(bad("The only operation on versions is restore."));
    }
    let wanted = call.body.pointer("/params/versionNumber").and_then(Value::as_u64).unwrap_or_default();
    let message = call.body.pointer("/params/message").and_then(Value::as_str).unwrap_or_default();
    let titled = call.body.pointer("/params/restoreTitle").and_then(Value::as_bool).unwrap_or_default();
    let old = one.version(wanted).cloned().ok_or_else(|| not_found("The version", &wanted.to_string()))?;
    let (id, title) = (one.id, if titled { old.title.clone() } else { one.title.clone() });
    if let Some(one) = state.confluence.contents.get_mut(&id) {
        add_version(one, &title, old.body, message, false, now);
    }
    super::pages::read_tasks(state, id);
    let one = v1_named(state, call.argument(0))?;
    let last = one.last().ok_or_else(missing)?;
    Ok(Reply::ok(v1_version(state, one, last)))
}

fn missing() -> Refusal {
    not_found("The version", "asked for")
}

/// The newest stays; those behind the deleted one move down by one number, as there.
pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let id = v1_named(state, call.argument(0))?.id;
    let number: u64 = call.argument(1).parse().unwrap_or_default();
    let Some(one) = state.confluence.contents.get_mut(&id) else { return Err(missing()) };
    if one.version(number).is_none() {
        return Err(not_found("The version", call.argument(1)));
    }
    if one.number() == number {
        return Err(bad("The current version cannot be deleted."));
    }
    one.versions.retain(|version| version.number != number);
    for version in one.versions.iter_mut().filter(|version| version.number > number) {
        version.number -= 1;
    }
    Ok(Reply::empty(204))
}
