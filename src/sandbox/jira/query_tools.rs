//! What editors of JQL ask: the structure of queries, and what can stand in them.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome, Table, texts};
use super::super::query::JQL;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::jql::{self, FUNCTIONS, Kind, Validation};

pub const HANDLERS: Table = &[
    ("POST /rest/api/3/jql/parse", parse_call),
    ("POST /rest/api/3/jql/sanitize", sanitize_call),
    ("GET /rest/api/3/jql/autocompletedata", reference_call),
    ("POST /rest/api/3/jql/autocompletedata", reference_call),
    ("GET /rest/api/3/jql/autocompletedata/suggestions", suggestions_call),
];

/// Suggestions for one field.
const SUGGESTIONS: usize = 15;

fn parse_call(state: &mut State, call: &Call) -> Outcome {
    let validation = match call.query("validation") {
        Some("none") => Validation::None,
        Some("warn") => Validation::Warn,
        _ => Validation::Strict,
    };
    let queries = call.texts("queries");
    if queries.is_empty() {
        return Err(Refusal::new(400, "", "At least one query must be given."));
    }
    let parsed: Vec<Value> = queries.iter().map(|query| jql::structure(state, query, validation)).collect();
    Ok(Reply::ok(json!({"queries": parsed})))
}

/// Nothing of the site is hidden from anybody, so queries stay as they are.
fn sanitize_call(state: &mut State, call: &Call) -> Outcome {
    let queries = call.body.get("queries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let sanitized = queries.iter().map(|given| {
        let query = given.get("query").and_then(Value::as_str).unwrap_or_default();
        let mut body = json!({"initialQuery": query});
        let parsed = jql::structure(state, query, Validation::None);
        let Some(object) = body.as_object_mut() else { return body };
        match parsed.get("errors") {
            Some(errors) => object.insert("errors".to_owned(), json!({"errorMessages": texts(Some(errors)), "errors": {}})),
            None => object.insert("sanitizedQuery".to_owned(), json!(query)),
        };
        if let Some(account) = given.get("accountId").filter(|account| account.is_string()) {
            object.insert("accountId".to_owned(), account.clone());
        }
        body
    });
    Ok(Reply::ok(json!({"queries": sanitized.collect::<Vec<_>>()})))
}

fn yes(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

fn reference_call(state: &mut State, call: &Call) -> Outcome {
    let projects: Vec<u64> = match call.body.get("projectIds").and_then(Value::as_array) {
        Some(ids) => ids.iter().filter_map(Value::as_u64).collect(),
        None => Vec::new(),
    };
    let known = jql::references(&state.jira).into_iter().filter(|field| {
        let of_projects = |project: &u64| field.custom.is_none_or(|custom| custom.is_in(*project));
        projects.is_empty() || projects.iter().any(of_projects)
    });
    let fields: Vec<Value> = known
        .map(|field| {
            let mut body = json!({
                "value": field.value,
                "displayName": field.name,
                "orderable": yes(field.kind.orders()),
                "searchable": yes(field.kind != Kind::Rank),
                "auto": yes(has_suggestions(field.kind)),
                "operators": jql::operators(field.kind),
                "types": [field.kind.java()],
            });
            if let (Some(object), Some(custom)) = (body.as_object_mut(), field.custom) {
                object.insert("cfid".to_owned(), json!(format!("cf[{}]", custom.id.trim_start_matches("customfield_"))));
            }
            body
        })
        .collect();
    let functions: Vec<Value> = FUNCTIONS
        .iter()
        .map(|function| {
            let types: Vec<&str> = function.kinds.iter().map(|kind| kind.java()).collect();
            let mut body = json!({"value": function.written(), "displayName": function.written(), "types": types});
            if let (Some(object), true) = (body.as_object_mut(), function.list) {
                object.insert("isList".to_owned(), json!("true"));
            }
            body
        })
        .collect();
    Ok(Reply::ok(json!({"visibleFieldNames": fields, "visibleFunctionNames": functions, "jqlReservedWords": JQL.reserved})))
}

fn has_suggestions(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Text
            | Kind::Texts
            | Kind::AnyText
            | Kind::Exact
            | Kind::Number
            | Kind::Count
            | Kind::Duration
            | Kind::Date
            | Kind::Datetime
            | Kind::Property
            | Kind::Attachment
            | Kind::Rank
    )
}

fn suggestions_call(state: &mut State, call: &Call) -> Outcome {
    let Some(field) = call.query("fieldName") else { return Ok(Reply::ok(json!({"results": []}))) };
    let values = if call.query("predicateName").is_some() {
        // Behind a word such as BY stands a person.
        jql::suggestions(state, "assignee")
    } else {
        jql::suggestions(state, field)
    };
    let values = values.map_err(|fault| Refusal::new(400, "", fault))?;
    let typed = call.query("predicateValue").or(call.query("fieldValue")).unwrap_or_default().to_lowercase();
    let fits = values
        .into_iter()
        .filter(|(_, name)| name.to_lowercase().split(' ').any(|word| word.starts_with(&typed)) || name.to_lowercase().starts_with(&typed));
    let results = fits.take(SUGGESTIONS).map(|(value, name)| {
        let place = name.to_lowercase().find(&typed).filter(|_| !typed.is_empty());
        let bold = place.and_then(|place| {
            Some(format!("{}<b>{}</b>{}", name.get(..place)?, name.get(place..place + typed.len())?, name.get(place + typed.len()..)?))
        });
        json!({"value": value, "displayName": bold.unwrap_or(name)})
    });
    Ok(Reply::ok(json!({"results": results.collect::<Vec<_>>()})))
}
