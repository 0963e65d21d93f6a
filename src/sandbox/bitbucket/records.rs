//! What is kept as it was sent and has no life of its own: webhooks, keys, restrictions, variables, environments.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, page};
use super::render;
use super::store::{bad, braced, missing, slug};

/// One kind of record, by the address of its list.
struct Kind {
    path: &'static str,
    /// "webhook_subscription"
    ty: &'static str,
    /// Field of its id: "uuid" in braces, "id" a number.
    id: &'static str,
    noun: &'static str,
    /// Status of an answer to its creation.
    created: u16,
}

const KINDS: [Kind; 8] = [
    Kind { path: "/2.0/repositories/{}/{}/hooks", ty: "webhook_subscription", id: "uuid", noun: "Webhook", created: 201 },
    Kind { path: "/2.0/workspaces/{}/hooks", ty: "webhook_subscription", id: "uuid", noun: "Webhook", created: 201 },
    Kind { path: "/2.0/repositories/{}/{}/deploy-keys", ty: "deploy_key", id: "id", noun: "Deploy key", created: 200 },
    Kind {
        path: "/2.0/repositories/{}/{}/branch-restrictions",
        ty: "branchrestriction",
        id: "id",
        noun: "Branch restriction",
        created: 201,
    },
    Kind {
        path: "/2.0/repositories/{}/{}/pipelines_config/variables",
        ty: "pipeline_variable",
        id: "uuid",
        noun: "Variable",
        created: 201,
    },
    Kind { path: "/2.0/repositories/{}/{}/environments", ty: "deployment_environment", id: "uuid", noun: "Environment", created: 201 },
    Kind {
        path: "/2.0/repositories/{}/{}/deployments_config/environments/{}/variables",
        ty: "deployment_variable",
        id: "uuid",
        noun: "Variable",
        created: 201,
    },
    Kind { path: "/2.0/workspaces/{}/pipelines-config/variables", ty: "pipeline_variable", id: "uuid", noun: "Variable", created: 201 },
];

/// The kind that a call is about, the key of its list, and the id that the path names.
struct Place<'a> {
    kind: &'static Kind,
    key: String,
    id: &'a str,
}

fn place<'a>(state: &State, call: &'a Call) -> Result<Place<'a>, Refusal> {
    let path = call.route.key.split_once(' ').map_or("", |(_, path)| path);
    let list = path.strip_suffix("/changes").unwrap_or(path);
    let known = KINDS.iter().find(|kind| list == kind.path || list.strip_suffix("/{}") == Some(kind.path));
    let kind = known.ok_or_else(|| missing(path))?;
    let repository = kind.path.starts_with("/2.0/repositories/");
    let owner = if repository {
        state.bitbucket.full_name(call.argument(0), call.argument(1))?
    } else {
        state.bitbucket.workspace(call.argument(0))?.slug.clone()
    };
    let last = kind.path.rsplit_once('/').map_or("", |(_, last)| last);
    let (key, id) = match (repository, kind.ty) {
        (true, "deployment_variable") => (format!("{owner}/environments/{}/{last}", call.argument(2)), call.argument(3)),
        (true, _) => (format!("{owner}/{last}"), call.argument(2)),
        (false, _) => (format!("{owner}//{last}"), call.argument(1)),
    };
    Ok(Place { kind, key, id })
}

fn records<'a>(state: &'a State, key: &str) -> &'a [Value] {
    state.bitbucket.records.get(key).map(Vec::as_slice).unwrap_or_default()
}

impl Place<'_> {
    fn names(&self, record: &Value) -> bool {
        match record.get(self.kind.id) {
            Some(Value::String(id)) => id == self.id,
            Some(id) => id.as_u64() == self.id.parse().ok(),
            None => false,
        }
    }

    fn find<'a>(&self, state: &'a State) -> Result<&'a Value, Refusal> {
        records(state, &self.key)
            .iter()
            .find(|record| self.names(record))
            .ok_or_else(|| missing(&format!("{} {}", self.kind.noun, self.id)))
    }
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let place = place(state, call)?;
    let same = |record: &Value, key: &str| call.query(key).is_none_or(|wanted| record.get(key).and_then(Value::as_str) == Some(wanted));
    let found = records(state, &place.key).iter().filter(|record| same(record, "kind") && same(record, "pattern")).collect();
    page(state, call, found, |record| shown(record))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let place = place(state, call)?;
    Ok(answer(call, 200, shown(place.find(state)?)))
}

/// Secrets are kept, and not told.
fn shown(record: &Value) -> Value {
    let mut record = record.clone();
    if let Some(map) = record.as_object_mut() {
        map.remove("secret");
        if map.get("secured") == Some(&json!(true)) {
            map.remove("value");
        }
    }
    record
}

/// What Bitbucket adds of itself.
fn defaults(state: &mut State, call: &Call, place: &Place) -> Result<Map<String, Value>, Refusal> {
    let now = render::time(state.now());
    let number = state.bitbucket.next();
    let id = if place.kind.id == "uuid" { json!(braced(place.kind.ty, &number.to_string())) } else { json!(number) };
    let repository = state.bitbucket.repository(call).ok();
    let mut record = match place.kind.ty {
        "webhook_subscription" => {
            let (kind, subject) = match repository {
                Some(repository) => ("repository", render::repository_short(state, repository)),
                None => ("workspace", render::workspace_short(state, state.bitbucket.workspace(call.argument(0))?)),
            };
            json!({"description": "", "subject_type": kind, "subject": subject, "active": true, "created_at": now, "secret_set": false})
        }
        "deploy_key" => json!({
            "label": "",
            "comment": "",
            "added_on": now,
            "repository": repository.map(|repository| render::repository_short(state, repository)),
            "owner": render::user(state, ORGANIZATION_ADMIN),
        }),
        "branchrestriction" => json!({"pattern": "", "users": [], "groups": []}),
        "deployment_environment" => json!({"environment_type": {"type": "deployment_environment_type", "name": "Test", "rank": 0}}),
        _ => json!({"key": "", "value": "", "secured": false}),
    };
    let map = record.as_object_mut().map(std::mem::take).unwrap_or_default();
    let head = [("type".to_owned(), json!(place.kind.ty)), (place.kind.id.to_owned(), id)];
    Ok(head.into_iter().chain(map).collect())
}

/// Takes over what a body says.
fn fill(state: &State, record: &mut Map<String, Value>, body: &Value) {
    for (key, value) in body.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("type" | "uuid" | "id", _) | (_, Value::Null) => {}
            ("users", Value::Array(users)) => {
                let ids = users.iter().filter_map(|user| user.get("uuid").or_else(|| user.get("account_id"))).filter_map(Value::as_str);
                let known = ids.filter_map(|id| state.bitbucket_account(id).ok()).map(|id| render::user(state, &id));
                record.insert("users".to_owned(), known.collect());
            }
            ("environment_type", Value::Object(kind)) => {
                let name = kind.get("name").and_then(Value::as_str).unwrap_or("Test");
                let rank = ["Test", "Staging", "Production"].iter().position(|known| *known == name).unwrap_or_default();
                record.insert(key.clone(), json!({"type": "deployment_environment_type", "name": name, "rank": rank}));
            }
            _ => {
                record.insert(key.clone(), value.clone());
            }
        }
    }
    if body.get("secret").is_some_and(Value::is_string) {
        record.insert("secret_set".to_owned(), json!(true));
    }
}

/// What the kind demands, and what no two of a list may share.
fn check(record: &Map<String, Value>, others: &[Value], place: &Place) -> Result<(), Refusal> {
    let text = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default();
    let shared = |key: &str| others.iter().any(|other| !place.names(other) && other.get(key) == record.get(key));
    match place.kind.ty {
        "webhook_subscription" if url::Url::parse(text("url")).is_err() => Err(bad("url", "The address of a webhook is a URL.")),
        "webhook_subscription" if record.get("events").and_then(Value::as_array).is_none_or(Vec::is_empty) => {
            Err(bad("events", "A webhook listens to one event at least."))
        }
        "branchrestriction" if text("branch_match_kind") == "glob" && text("pattern").is_empty() => {
            Err(bad("pattern", "A pattern is required."))
        }
        "deploy_key" if !text("key").starts_with("ssh-") && !text("key").starts_with("ecdsa-") => {
            Err(bad("key", "This is no public SSH key."))
        }
        "deploy_key" if shared("key") => Err(bad("key", "Somebody has already registered that SSH key.")),
        "pipeline_variable" | "deployment_variable" if text("key").is_empty() => Err(bad("key", "A variable has a name.")),
        "pipeline_variable" | "deployment_variable" if shared("key") => {
            Err(Refusal::new(409, "", format!("A variable {} exists already.", text("key"))))
        }
        "deployment_environment" if text("name").is_empty() => Err(bad("name", "An environment has a name.")),
        "deployment_environment" if shared("name") => {
            Err(Refusal::new(409, "", format!("An environment {} exists already.", text("name"))))
        }
        _ => Ok(()),
    }
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let place = place(state, call)?;
    let mut record = defaults(state, call, &place)?;
    fill(state, &mut record, &call.body);
    check(&record, records(state, &place.key), &place)?;
    if place.kind.ty == "deployment_environment" {
        let name = record.get("name").and_then(Value::as_str).map(slug);
        record.insert("slug".to_owned(), json!(name));
    }
    let record = Value::Object(record);
    let body = shown(&record);
    state.bitbucket.records.entry(place.key).or_default().push(record);
    Ok(answer(call, place.kind.created, body))
}

fn change(state: &mut State, call: &Call, body: &Value) -> Result<Value, Refusal> {
    let place = place(state, call)?;
    let mut record = place.find(state)?.as_object().cloned().unwrap_or_default();
    fill(state, &mut record, body);
    check(&record, records(state, &place.key), &place)?;
    let record = Value::Object(record);
    let told = shown(&record);
    if let Some(old) = state.bitbucket.records.get_mut(&place.key).and_then(|list| list.iter_mut().find(|old| place.names(old))) {
        *old = record;
    }
    Ok(told)
}

pub fn update(state: &mut State, call: &Call) -> Outcome {
    Ok(answer(call, 200, change(state, call, &call.body)?))
}

/// The body of a change to an environment stands one step deeper.
pub fn update_environment(state: &mut State, call: &Call) -> Outcome {
    change(state, call, call.body.get("change").unwrap_or(&Value::Null))?;
    Ok(Reply::empty(202))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    let place = place(state, call)?;
    place.find(state)?;
    if let Some(list) = state.bitbucket.records.get_mut(&place.key) {
        list.retain(|record| !place.names(record));
    }
    Ok(Reply::empty(204))
}
