//! What Atlassian would refuse before it looks at its data: credentials, parameters, bodies.

use http::HeaderMap;
use serde_json::Value;

use super::answer::Question;
use super::authorization::Holder;
use super::files::Part;
use super::reply::{Api, Refusal, Reply, gateway, scim_error};
use super::route::{Address, Route};
use super::seed;
use crate::catalog::{Body, Field, Operation, Param, Place, Product, Strategy, Style, Type};
use crate::engine::arguments::FORM;

/// Refuses a credential that is missing, unknown or of the wrong kind for this address.
pub fn credential(
    route: &Route,
    api: Api,
    address: Address,
    holder: &Holder,
    headers: &HeaderMap,
    expired: bool,
) -> Result<(), Box<Reply>> {
    if route.product.name == "admin" {
        return admin_key(route, api, headers, expired);
    }
    let unauthorized = Err(Box::new(gateway(401, "Unauthorized")));
    if api == Api::Bitbucket {
        let known = matches!(holder, Holder::Bitbucket | Holder::Repository);
        let words = "The credential is unknown, has expired, or is of another kind than the ones that are taken here.";
        return if known { Ok(()) } else { Err(Box::new(Refusal::new(401, "", words).render(api, "", 0))) };
    }
    match holder {
        Holder::Account => Ok(()),
        Holder::Scoped(scopes) | Holder::OAuth(scopes) if address != Address::Site => {
            let wanted = scope(route);
            if scopes.contains(&wanted) { Ok(()) } else { Err(Box::new(gateway(401, "Unauthorized; scope does not match"))) }
        }
        _ => unauthorized,
    }
}

/// Whether an operation changes nothing; some searches are sent by POST.
pub fn reads(operation: &Operation) -> bool {
    operation.method == "GET" || operation.method == "HEAD" || (operation.method == "POST" && operation.idempotent)
}

/// One scope to read and one to write in each product: Atlassian's are finer.
fn scope(route: &Route) -> &'static str {
    match (route.product.name.as_str(), reads(route.operation)) {
        ("confluence", true) => "read:confluence-content.all",
        ("confluence", false) => "write:confluence-content",
        ("assets", true) => "read:cmdb-object:jira",
        ("assets", false) => "write:cmdb-object:jira",
        ("service_management", true) if route.service.path.starts_with("ops") => "read:ops-alert:jira-service-management",
        ("service_management", false) if route.service.path.starts_with("ops") => "write:ops-alert:jira-service-management",
        ("service_management", true) => "read:servicedesk-request",
        ("service_management", false) => "write:servicedesk-request",
        (_, true) => "read:jira-work",
        (_, false) => "write:jira-work",
    }
}

fn admin_key(route: &Route, api: Api, headers: &HeaderMap, expired: bool) -> Result<(), Box<Reply>> {
    let given = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = token else {
        return Err(Box::new(match api {
            Api::Users => Refusal::new(401, "unauthorized", "").render(api, "", 0),
            Api::Scim => Reply::new(401, scim_error(401, "", "Authentication failed: no bearer token.")),
            _ => gateway(401, "Unauthorized"),
        }));
    };
    let directory_key = route.credential() == "directory";
    match token.trim() {
        _ if expired && api != Api::Scim => Err(Box::new(gateway(401, "Unauthorized"))),
        seed::SCIM_TOKEN if directory_key && !expired => Ok(()),
        seed::TOKEN | seed::SCOPED_TOKEN if directory_key => {
            Err(Box::new(Reply::new(401, scim_error(401, "", "Authentication failed: this is no key of the directory."))))
        }
        seed::SCOPED_TOKEN if api == Api::Users => Err(Box::new(gateway(403, "Forbidden; scope does not match: manage:org is required"))),
        seed::TOKEN | seed::SCOPED_TOKEN if !directory_key => Ok(()),
        _ if api == Api::Scim => Err(Box::new(Reply::new(401, scim_error(401, "", "Authentication failed.")))),
        _ => Err(Box::new(gateway(401, "Unauthorized"))),
    }
}

/// The request's parts, decoded and found good.
#[derive(Debug, Default)]
pub struct Checked {
    pub query: Vec<(String, String)>,
    pub body: Value,
}

pub fn request(route: &Route, api: Api, query: &str, question: &Question) -> Result<Checked, Refusal> {
    let headers = question.headers;
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    check_query(route, api, &query)?;
    for param in places(route, Place::Header) {
        if param.required && param.default.is_none() && !headers.contains_key(param.key.as_str()) {
            return Err(Refusal::new(400, "", format!("The header {} is required.", param.key)));
        }
        // What a browser could be made to send needs it.
        let given = headers.get(param.key.as_str()).and_then(|value| value.to_str().ok());
        if param.key.eq_ignore_ascii_case("x-atlassian-token") && !matches!(given, Some("no-check" | "nocheck")) {
            return Err(Refusal::new(403, "", "XSRF check failed"));
        }
    }
    Ok(Checked { query, body: check_body(route, api, question)? })
}

fn places(route: &Route, place: Place) -> impl Iterator<Item = &'static Param> {
    route.operation.params.iter().filter(move |param| param.place == place)
}

/// The wire name of a cursor or page-size parameter, where the paging has one at this place.
fn paging_keys(route: &Route, place: Place) -> [(&'static str, bool); 2] {
    match &route.operation.paging {
        Some(paging) if paging.place == place => {
            let numeric = matches!(paging.strategy, Strategy::ScimIndex | Strategy::Offset | Strategy::Page);
            [(paging.cursor.as_str(), numeric), (paging.size.as_str(), true)]
        }
        _ => [("", false), ("", false)],
    }
}

fn check_query(route: &Route, api: Api, query: &[(String, String)]) -> Result<(), Refusal> {
    let paging = paging_keys(route, Place::Query);
    for (key, value) in query {
        if let Some((_, numeric)) = paging.iter().find(|(name, _)| name == key) {
            if *numeric && value.parse::<i64>().is_err() {
                return Err(Refusal::new(400, "", format!("The query parameter {key} must be an integer.")));
            }
            continue;
        }
        // A directory is described on demand as a file is; the document tells it of files alone.
        if key == "format" && route.key.contains("/src/{}/") {
            continue;
        }
        // Bitbucket takes these everywhere.
        if api == Api::Bitbucket && ["fields", "page", "pagelen"].contains(&key.as_str()) {
            continue;
        }
        let Some(param) = places(route, Place::Query).find(|param| param.key == *key) else {
            return Err(Refusal::new(400, "", format!("The query parameter {key} is not known here.")));
        };
        let (ty, parts) = match (&param.ty, param.style) {
            (Type::List(inner), Style::Comma) => (&**inner, value.split(',').collect()),
            (Type::List(inner), Style::Repeat | Style::Slashes) => (&**inner, vec![value.as_str()]),
            (other, _) => (other, vec![value.as_str()]),
        };
        if !parts.iter().all(|part| fits_text(ty, part)) {
            // The first organization API has a code of its own for faulty dates.
            let dated = api == Api::Admin && matches!(ty, Type::EpochMs | Type::Date | Type::Datetime);
            return Err(Refusal::new(
                400,
                if dated { "ADMIN-400-3" } else { "" },
                format!("The query parameter {key} must be {}.", noun(ty)),
            ));
        }
    }
    for param in places(route, Place::Query) {
        if param.required && param.default.is_none() && !query.iter().any(|(key, _)| *key == param.key) {
            return Err(Refusal::new(400, "", format!("The query parameter {} is required.", param.key)));
        }
    }
    Ok(())
}

fn fits_text(ty: &Type, text: &str) -> bool {
    match ty {
        Type::Int => text.parse::<i64>().is_ok(),
        Type::Float => text.parse::<f64>().is_ok(),
        Type::Bool => matches!(text, "true" | "false"),
        Type::EpochMs => !text.is_empty() && text.parse::<i64>().is_ok(),
        Type::Date => is_date(text),
        Type::Datetime => text.get(..10).is_some_and(is_date),
        _ => true,
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(position, byte)| if matches!(position, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}

/// Forms with files that also come without any, as a plain form.
const PLAIN_FORM: [&str; 1] = ["POST /2.0/repositories/{}/{}/src"];

fn check_body(route: &Route, api: Api, question: &Question) -> Result<Value, Refusal> {
    let (headers, body) = (question.headers, question.body);
    let operation = route.operation;
    let fields = || places(route, Place::Body);
    let optional = match operation.body {
        Body::Object if operation.content_type == FORM => !fields().any(|param| param.required),
        Body::Object => fields().next().is_none() && paging_keys(route, Place::Body).iter().all(|(key, _)| key.is_empty()),
        _ => !operation.params.iter().any(|param| param.required && matches!(param.place, Place::WholeBody | Place::Part)),
    };
    if body.is_empty() {
        return match operation.body {
            Body::None => Ok(Value::Null),
            // Measured: the v2 API wants a JSON body even where it has nothing to say.
            _ if api == Api::AdminV2 => Err(unsupported(headers)),
            _ if optional => Ok(Value::Null),
            _ => Err(Refusal::new(400, "", "A request body is required.")),
        };
    }
    let media = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let expected = operation.content_type.as_str();
    let json = expected.ends_with("json");
    let multipart = operation.body == Body::Multipart
        && (media == "multipart/form-data" || (media == FORM && PLAIN_FORM.contains(&route.key.as_str())));
    // An image may be of any kind.
    let bytes = places(route, Place::WholeBody).any(|param| param.ty == Type::Bytes);
    let accepted = multipart
        || bytes
        || media == expected
        || (json && media == "application/json")
        || (api == Api::Scim && media == "application/scim+json");
    if !accepted {
        return Err(unsupported(headers));
    }
    if operation.body == Body::Multipart {
        return check_parts(route, &question.parts);
    }
    if operation.body == Body::Object && expected == FORM {
        return check_form(route, body);
    }
    if !json {
        return Ok(Value::String(String::from_utf8_lossy(body).into_owned()));
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        let code = if api == Api::Scim { "invalidSyntax" } else { "" };
        return Err(Refusal::new(400, code, "The request body is no JSON."));
    };
    match operation.body {
        Body::None if value.as_object().is_some_and(serde_json::Map::is_empty) => Ok(Value::Null),
        Body::None | Body::Multipart => Err(Refusal::new(400, "", "This request takes no body.")),
        Body::Whole => match places(route, Place::WholeBody).next() {
            Some(param) => wrong(route.product, &param.ty, &value, "body").map_or(Ok(value), |detail| Err(Refusal::new(400, "", detail))),
            None => Ok(value),
        },
        Body::Object => {
            check_fields(route, api, &value)?;
            Ok(value)
        }
    }
}

fn check_form(route: &Route, body: &[u8]) -> Result<Value, Refusal> {
    let mut fields = serde_json::Map::new();
    for (key, value) in url::form_urlencoded::parse(body) {
        if !places(route, Place::Body).any(|param| param.key == key) {
            return Err(Refusal::new(400, "", format!("The field {key} is not known here.")));
        }
        let values = fields.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(values) = values.as_array_mut() {
            values.push(value.into());
        }
    }
    Ok(Value::Object(fields))
}

/// Parts that the document demands, and that are taken for false where they are missing.
const FALSE_BY_DEFAULT: [&str; 1] = ["minorEdit"];

/// Only the names: what the parts hold is looked at where they are kept.
fn check_parts(route: &Route, parts: &[Part]) -> Result<Value, Refusal> {
    let demanded = |param: &&Param| param.required && param.default.is_none() && !FALSE_BY_DEFAULT.contains(&param.key.as_str());
    let missing = places(route, Place::Part).filter(demanded).find(|param| !parts.iter().any(|part| part.name == param.key));
    match missing {
        Some(param) => Err(Refusal::new(400, "", format!("The part {} is required.", param.key))),
        None => Ok(Value::Null),
    }
}

fn check_fields(route: &Route, api: Api, value: &Value) -> Result<(), Refusal> {
    let Some(object) = value.as_object() else {
        return Err(Refusal::new(400, syntax(api), "The request body must be an object."));
    };
    let paging = paging_keys(route, Place::Body);
    for (key, value) in object {
        if let Some((_, numeric)) = paging.iter().find(|(name, _)| name == key) {
            if !(value.is_null() || if *numeric { value.is_i64() } else { value.is_string() }) {
                return Err(field(api, key, "invalidType", format!("The field {key} has the wrong type.")));
            }
            continue;
        }
        let Some(param) = places(route, Place::Body).find(|param| param.key == *key) else {
            // A SCIM client may send back what it has read: read-only attributes are disregarded there.
            if api == Api::Scim && (key.starts_with("urn:") || ["schemas", "id", "meta", "groups", "members"].contains(&key.as_str())) {
                continue;
            }
            return Err(field(api, key, "unknownField", format!("The field {key} is not known here.")));
        };
        if value.is_null() && !param.required {
            continue;
        }
        if let Some(detail) = wrong(route.product, &param.ty, value, key) {
            return Err(field(api, key, "invalidType", detail));
        }
    }
    let cursor_alone = route.operation.paging.as_ref().is_some_and(|paging| paging.alone && object.contains_key(&paging.cursor));
    for param in places(route, Place::Body) {
        if param.required && param.default.is_none() && !cursor_alone && !object.contains_key(&param.key) {
            return Err(field(api, &param.key, "required", format!("The field {} is required.", param.key)));
        }
    }
    Ok(())
}

/// A fault of one field; user management has a shape of its own for it.
fn field(api: Api, key: &str, violation: &str, detail: String) -> Refusal {
    match api {
        Api::Users => Refusal::violations(&[(key, violation)]),
        _ => Refusal::new(400, syntax(api), detail),
    }
}

fn syntax(api: Api) -> &'static str {
    if api == Api::Scim { "invalidSyntax" } else { "" }
}

fn unsupported(headers: &HeaderMap) -> Refusal {
    let media = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Refusal::new(
        415,
        "",
        media.map_or_else(|| "No content type was given.".to_owned(), |media| format!("The content type {media} is not supported.")),
    )
}

/// Says what is wrong with a value, or nothing.
fn wrong(product: &Product, ty: &Type, value: &Value, path: &str) -> Option<String> {
    let fits = match ty {
        Type::Str => value.is_string(),
        Type::Int => value.is_i64() || value.is_u64(),
        Type::Float => value.is_number(),
        Type::Bool => value.is_boolean(),
        Type::Datetime | Type::Date => value.as_str().is_some_and(|text| fits_text(ty, text)),
        Type::EpochMs => value.is_i64() || value.as_str().is_some_and(|text| fits_text(ty, text)),
        Type::Any | Type::Bytes => true,
        Type::Object | Type::Dict(_) | Type::Model(_) => value.is_object(),
        Type::List(_) => value.is_array(),
    };
    if !fits {
        return Some(format!("The field {path} must be {}.", noun(ty)));
    }
    match ty {
        Type::List(inner) => {
            value.as_array()?.iter().enumerate().find_map(|(position, item)| wrong(product, inner, item, &format!("{path}[{position}]")))
        }
        Type::Dict(inner) => value.as_object()?.iter().find_map(|(key, item)| wrong(product, inner, item, &format!("{path}.{key}"))),
        Type::Model(index) => {
            let model = product.models.get(*index as usize)?;
            let object = value.as_object()?;
            // Bitbucket's document demands a type of every object, its own examples of requests do without.
            let demanded = |field: &&Field| field.required && !(product.name == "bitbucket" && field.key == "type");
            let missing = model.fields.iter().filter(demanded).find(|field| object.get(&field.key).is_none_or(Value::is_null));
            if let Some(field) = missing {
                return Some(format!("The field {path}.{} is required.", field.key));
            }
            object.iter().filter(|(_, item)| !item.is_null()).find_map(|(key, item)| {
                let field = model.fields.iter().find(|field| field.key == *key)?;
                wrong(product, &field.ty, item, &format!("{path}.{key}"))
            })
        }
        _ => None,
    }
}

fn noun(ty: &Type) -> &'static str {
    match ty {
        Type::Str => "a string",
        Type::Int => "an integer",
        Type::Float => "a number",
        Type::Bool => "true or false",
        Type::Datetime => "a timestamp",
        Type::Date => "a date",
        Type::EpochMs => "milliseconds since 1970",
        Type::Bytes => "bytes",
        Type::Any => "a value",
        Type::Object | Type::Dict(_) | Type::Model(_) => "an object",
        Type::List(_) => "a list",
    }
}
