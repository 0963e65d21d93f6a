//! What version 2 tells about the site and about any content: likes, operations, users, classification, admin key.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock::millis;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::list::{base, page};
use super::pages::{named, named_mut};
use super::show;
use super::store::{Kind, bad, caller, not_found, number};

pub fn likes_count(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(json!({"count": named(state, call)?.likes.len()})))
}

pub fn likes_users(state: &mut State, call: &Call) -> Outcome {
    let items = named(state, call)?.likes.iter().map(|account| (account.clone(), account)).collect();
    page(state, call, items, false, 25, |account| json!({"accountId": account}))
}

pub fn operations(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(json!({"operations": show::operations(named(state, call)?.kind)})))
}

/// What is unknown is told as null there; the document knows words alone, so it is left out here.
pub fn id_types(state: &mut State, call: &Call) -> Outcome {
    let ids = call.body.get("contentIds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut types = Map::new();
    for id in ids {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        if let Some(one) = number(&id).and_then(|number| state.confluence.contents.get(&number)) {
            let word = match one.kind {
                Kind::FooterComment => "footer-comment",
                Kind::InlineComment => "inline-comment",
                Kind::Custom => one.subtype.as_str(),
                kind => kind.word(),
            };
            types.insert(id, json!(word));
        }
    }
    Ok(Reply::ok(json!({"results": types})))
}

pub fn users(state: &mut State, call: &Call) -> Outcome {
    let ids = call.texts("accountIds");
    if ids.len() > 250 {
        return Err(bad("At most 250 users are told of at once."));
    }
    let found = ids.iter().filter_map(|id| state.account(id)).map(|account| {
        let personal = state.confluence.spaces.values().find(|space| space.key == format!("~{}", account.id));
        super::list::lean(json!({
            "accountId": account.id,
            "accountType": account.kind,
            "accountStatus": account.status(),
            "displayName": account.name,
            "publicName": account.nickname,
            "email": account.email,
            "timeZone": account.zoneinfo,
            "personalSpaceId": personal.map(|space| space.id.to_string()),
            "isExternalCollaborator": false,
            "profilePicture": {"path": account.picture(), "isDefault": false},
        }))
    });
    let results: Vec<Value> = found.collect();
    Ok(Reply::ok(json!({"results": results, "_links": {"base": base(state)}})))
}

pub fn access(state: &mut State, call: &Call) -> Outcome {
    let (mut without, mut invalid) = (Vec::new(), Vec::new());
    for email in call.texts("emails") {
        if !email.contains('@') {
            invalid.push(email);
        } else if !state.accounts.iter().any(|account| account.email.eq_ignore_ascii_case(&email) && account.status() == "active") {
            without.push(email);
        }
    }
    Ok(Reply::ok(json!({"emailsWithoutAccess": without, "invalidEmails": invalid})))
}

// The admin key: for a while its holder sees what is restricted.

pub fn admin_key(state: &mut State, _: &Call) -> Outcome {
    let until = state.confluence.settings.get("admin key").and_then(Value::as_i64).filter(|until| *until > state.now());
    let until = until.ok_or_else(|| not_found("An admin key of", &caller()))?;
    Ok(Reply::ok(json!({"accountId": caller(), "expirationTime": millis(until)})))
}

pub fn enable_admin_key(state: &mut State, call: &Call) -> Outcome {
    let minutes = call.body.get("durationInMinutes").and_then(Value::as_i64).unwrap_or(10);
    if !(1..=60).contains(&minutes) {
        return Err(bad("An admin key lasts 1 to 60 minutes."));
    }
    let until = state.now() + minutes * 60_000;
    state.confluence.settings.insert("admin key".to_owned(), json!(until));
    admin_key(state, call)
}

pub fn disable_admin_key(state: &mut State, _: &Call) -> Outcome {
    state.confluence.settings.remove("admin key");
    Ok(Reply::empty(204))
}

// Classification, with the levels of the organization.

fn level(state: &State, id: &str) -> Option<Value> {
    let level = state.organization.levels.iter().find(|level| level.id == id)?;
    let place = state.organization.levels.iter().position(|level| level.id == id)?;
    let text = |key: &str| level.data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let color = level.data.get("color").and_then(Value::as_str).unwrap_or("BLUE").to_uppercase();
    // Of the bold colours of the organization Confluence knows one.
    let color = if color == "RED_BOLD" { color.as_str() } else { color.trim_end_matches("_BOLD") };
    Some(json!({
        "id": level.id,
        "status": level.status,
        "order": place,
        "name": text("name"),
        "description": text("definition"),
        "guideline": text("guideline"),
        "color": color,
    }))
}

pub fn levels(state: &mut State, _: &Call) -> Outcome {
    let published = state.organization.levels.iter().filter(|level| level.status == "PUBLISHED");
    Ok(Reply::ok(published.filter_map(|one| level(state, &one.id)).collect()))
}

fn answer(state: &State, id: Option<&String>) -> Outcome {
    let found = id.and_then(|id| level(state, id));
    found.map(Reply::ok).ok_or_else(|| Refusal::new(404, "NOT_FOUND", "There is no classification level."))
}

fn wanted(state: &State, call: &Call) -> Result<String, Refusal> {
    let id = call.text("id").unwrap_or_default();
    level(state, id).map(|_| id.to_owned()).ok_or_else(|| bad(format!("There is no classification level {id}.")))
}

/// Its own, else the space's.
pub fn classification(state: &mut State, call: &Call) -> Outcome {
    let one = named(state, call)?;
    let of_space = state.confluence.spaces.get(&one.space).and_then(|space| space.classification.as_ref());
    answer(state, one.classification.as_ref().or(of_space))
}

pub fn classify(state: &mut State, call: &Call) -> Outcome {
    let wanted = wanted(state, call)?;
    named_mut(state, call)?.classification = Some(wanted);
    Ok(Reply::empty(204))
}

pub fn declassify(state: &mut State, call: &Call) -> Outcome {
    named_mut(state, call)?.classification = None;
    Ok(Reply::empty(204))
}

pub fn space_classification(state: &mut State, call: &Call) -> Outcome {
    answer(state, state.confluence.space(call.argument(0))?.classification.as_ref())
}

pub fn classify_space(state: &mut State, call: &Call) -> Outcome {
    let wanted = wanted(state, call)?;
    state.confluence.space_mut(call.argument(0))?.classification = Some(wanted);
    Ok(Reply::empty(204))
}

pub fn declassify_space(state: &mut State, call: &Call) -> Outcome {
    state.confluence.space_mut(call.argument(0))?.classification = None;
    Ok(Reply::empty(204))
}

pub fn data_policy(_: &mut State, _: &Call) -> Outcome {
    Ok(Reply::ok(json!({"anyContentBlocked": false})))
}

pub fn data_policy_spaces(state: &mut State, call: &Call) -> Outcome {
    let (ids, keys) = (call.queries("ids"), call.queries("keys"));
    let fits = |space: &&super::store::Space| {
        (ids.is_empty() || ids.contains(&space.id.to_string())) && (keys.is_empty() || keys.contains(&space.key))
    };
    let items = state.confluence.spaces.values().filter(fits).map(|space| (format!("{:020}", space.id), space)).collect();
    page(state, call, items, false, 25, |space| {
        json!({
            "id": space.id.to_string(),
            "key": space.key,
            "name": space.name,
            "dataPolicy": {"anyContentBlocked": false},
            "_links": {"webui": format!("/spaces/{}", space.key)},
        })
    })
}
