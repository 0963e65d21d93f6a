//! Arguments, bound and checked before anything is sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use super::error::{ArgumentError, Error};
use super::request::{OperationRef, Request, encode};
use super::timestamp::Timestamp;
use super::upload::{Content, Part, Upload};
use crate::catalog::{Body, Model, Param, Place, Style, Type};

/// More than any server takes, and far from what a header map can hold.
pub const MOST_HEADERS: usize = 1_000;

/// Of a file whose kind nobody knows.
const UNKNOWN_CONTENT: &str = "application/octet-stream";

/// What HTML sends where no file is: a body of fields, lists repeated.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Key of parts that are each called as their file is.
const NAMED_BY_FILE: &str = "*";

/// One argument as a face hands it over.
#[derive(Debug, Clone)]
pub enum Argument {
    Json(Value),
    /// A date with time; its wire form depends on the parameter.
    Datetime(Timestamp),
    Date(Timestamp),
    /// What is no JSON: one, or several where a list is due.
    Files(Vec<File>),
}

/// Content, and what it should be called.
#[derive(Debug, Clone)]
pub struct File {
    pub name: Option<String>,
    pub content_type: Option<String>,
    pub content: Content,
}

impl Argument {
    fn into_json(self, ty: &Type, in_body: bool, compact: bool) -> Value {
        match self {
            Argument::Json(value) => value,
            Argument::Datetime(moment) if *ty == Type::EpochMs => {
                if in_body {
                    Value::from(moment.epoch_ms())
                } else {
                    Value::from(moment.epoch_ms().to_string())
                }
            }
            Argument::Datetime(moment) if *ty == Type::Date => Value::from(date_text(&moment)),
            Argument::Datetime(moment) if compact => Value::from(moment.iso_compact()),
            Argument::Datetime(moment) => Value::from(moment.iso()),
            Argument::Date(moment) => Value::from(date_text(&moment)),
            // Taken before, or refused by the check that follows.
            Argument::Files(_) => Value::Null,
        }
    }
}

fn date_text(moment: &Timestamp) -> String {
    format!("{:04}-{:02}-{:02}", moment.year, moment.month, moment.day)
}

/// What every method takes besides its own arguments.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    pub query: Vec<(String, Value)>,
    pub headers: Vec<(String, String)>,
    pub body: Map<String, Value>,
}

/// An address longer than this goes out as a POST, where the API has one; servers and proxies on the way end at 8 kB.
const LONG_ADDRESS: usize = 4_000;

/// Builds the request of an operation. `given` has one entry per parameter of the catalog, in its order.
pub fn bind(operation: OperationRef, given: Vec<Option<Argument>>, extras: Extras) -> Result<Request, Error> {
    let Some(twin) = operation.operation.long.and_then(|index| operation.service.operations.get(usize::from(index))) else {
        return build(operation, given, extras);
    };
    let request = build(operation, given.clone(), extras.clone())?;
    if request.path_and_query().len() <= LONG_ADDRESS {
        return Ok(request);
    }
    let known = &operation.operation.params;
    let moved = (twin.params.iter())
        .map(|param| known.iter().position(|other| other.name == param.name).and_then(|index| given.get(index).cloned().flatten()))
        .collect();
    build(OperationRef { operation: twin, ..operation }, moved, extras)
}

fn build(operation: OperationRef, given: Vec<Option<Argument>>, extras: Extras) -> Result<Request, Error> {
    let facts = operation.operation;
    let mut segments: Vec<(&str, String)> = Vec::new();
    let mut query = Vec::new();
    let mut headers = HeaderMap::new();
    let mut fields = Map::new();
    let mut whole = None;
    let mut parts = Vec::new();
    let mut upload = None;
    let mut told_content_type = false;
    for (param, argument) in facts.params.iter().zip(given) {
        let label = || [&operation.name(), ": ", &param.name].concat();
        let value = match argument {
            Some(Argument::Files(files)) => {
                if param.key == NAMED_BY_FILE && files.iter().any(|file| file.name.is_none()) {
                    return Err(ArgumentError::Value(format!("{}: a file has no name; give (name, content)", label())).into());
                }
                match param.place {
                    Place::Part => parts.extend(files.into_iter().map(|file| {
                        let file_name = file.name.unwrap_or_else(|| param.key.clone());
                        let content_type = Some(file.content_type.unwrap_or_else(|| UNKNOWN_CONTENT.to_owned()));
                        let name = if param.key == NAMED_BY_FILE { file_name.clone() } else { param.key.clone() };
                        Part { name, file_name: Some(file_name), content_type, content: file.content }
                    })),
                    _ => upload = files.into_iter().next(),
                }
                continue;
            }
            Some(argument) => {
                told_content_type |= param.place == Place::Header && param.key.eq_ignore_ascii_case("content-type");
                let in_body = matches!(param.place, Place::Body | Place::WholeBody);
                argument.into_json(&param.ty, in_body, operation.product.compact_offsets)
            }
            None => match &param.default {
                Some(text) => serde_json::from_str(text).map_err(|_| Error::Configuration(format!("{}: faulty default", label())))?,
                None if param.context.is_some() => continue,
                None if param.required => {
                    return Err(ArgumentError::Type(format!("{}: missing required argument {:?}", operation.name(), param.name)).into());
                }
                None => continue,
            },
        };
        if value.is_null() && (param.required || param.place == Place::Path) {
            return Err(
                ArgumentError::Type(format!("{}: expected {}, got None", label(), expected(&param.ty, &operation.product.models))).into()
            );
        }
        // Ids may be numbers; they are text on the way.
        let value =
            if param.place == Place::Path && value.as_number().is_some_and(is_integer) { Value::from(plain_text(&value)) } else { value };
        check(&param.ty, &value, &operation.product.models).map_err(|fault| fault.at(&label()))?;
        match param.place {
            Place::Path if param.style == Style::Slashes => segments.push((&param.key, path_segments(&label(), &value)?)),
            Place::Path => segments.push((&param.key, path_segment(&label(), &value)?)),
            // In the query and in headers None is the same as nothing; in a body it is null.
            Place::Query | Place::Header if value.is_null() => {}
            Place::Query => {
                refuse_null_elements(&label(), &param.ty, &value, &operation.product.models)?;
                push_query(&mut query, param, &value);
            }
            Place::Header => {
                refuse_null_elements(&label(), &param.ty, &value, &operation.product.models)?;
                insert_header(&mut headers, &param.key, &header_text(&value), &label())?;
            }
            Place::Body => {
                fields.insert(param.key.clone(), value);
            }
            Place::WholeBody => whole = Some(value),
            Place::Part if value.is_null() => {}
            Place::Part => {
                for item in value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice) {
                    let content = Content::Bytes(Bytes::from(plain_text(item)));
                    parts.push(Part { name: param.key.clone(), file_name: None, content_type: None, content });
                }
            }
        }
    }
    let mut body = match facts.body {
        Body::None => None,
        Body::Object if facts.content_type == FORM => {
            let pairs = fields.iter().flat_map(|(key, value)| {
                let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                values.iter().filter(|value| !value.is_null()).map(move |value| (key, plain_text(value)))
            });
            let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            upload = Some(File { name: None, content_type: None, content: Content::Bytes(form.into()) });
            None
        }
        Body::Object => Some(Value::Object(fields)),
        Body::Whole => whole,
        Body::Multipart => None,
    };
    // What the file says of itself is better than the default of the operation.
    if let Some(kind) = upload.as_ref().and_then(|file| file.content_type.as_ref()).filter(|_| !told_content_type) {
        insert_header(&mut headers, "content-type", kind, &format!("{}: content type", operation.name()))?;
    }
    let upload = match facts.body {
        Body::Multipart => Some(Arc::new(Upload::Parts(parts))),
        _ => upload.map(|file| Arc::new(Upload::Whole(file.content))),
    };
    if upload.is_some() && !extras.body.is_empty() {
        return Err(ArgumentError::Value(format!("{}: extra_body needs a body that is JSON", operation.name())).into());
    }
    add_extras(&operation.name(), extras, &mut query, &mut headers, &mut body)?;
    let told = |key: &String| body.as_ref().and_then(|body| body.get(key)).is_some_and(|value| !value.is_null());
    let adds = facts.idempotent_without.iter().any(told);
    Ok(Request {
        operation: Some(operation),
        root: operation.service.base_url.as_deref(),
        method: method(&facts.method)?,
        path: fill(&facts.path, &segments),
        query,
        headers,
        body,
        upload,
        content_type: &facts.content_type,
        credential: Some(usize::from(operation.service.credential)),
        idempotent: facts.idempotent && !adds,
        streamed: false,
    })
}

/// A request to any path, with the product's first credential.
pub fn free(
    method_name: &str,
    path: &str,
    query: Vec<(String, Value)>,
    body: Option<Value>,
    headers: Vec<(String, String)>,
) -> Result<Request, Error> {
    let name = method_name.trim().to_ascii_uppercase();
    if !path.starts_with('/') || path.starts_with("//") {
        return Err(ArgumentError::Value(format!(
            "request: path must start with one \"/\" and stay below the configured address, got {path:?}"
        ))
        .into());
    }
    if let Some(c) = path.chars().find(|c| c.is_control() || *c == '#' || *c == ' ' || *c == '\\') {
        return Err(ArgumentError::Value(format!("request: path has a character that must be percent-encoded: {c:?}")).into());
    }
    let bare = path.split('?').next().unwrap_or_default();
    if bare.split('/').any(|segment| is_dots(&percent_encoding::percent_decode_str(segment).decode_utf8_lossy())) {
        return Err(ArgumentError::Value(format!("request: path may not climb with . or .. segments, got {path:?}")).into());
    }
    let method = method(&name)?;
    let mut request = Request {
        operation: None,
        root: None,
        idempotent: method.is_idempotent(),
        method,
        path: path.to_owned(),
        query: Vec::new(),
        headers: HeaderMap::new(),
        body,
        upload: None,
        content_type: "application/json",
        credential: Some(0),
        streamed: false,
    };
    let extras = Extras { query, headers, body: Map::new() };
    add_extras("request", extras, &mut request.query, &mut request.headers, &mut request.body)?;
    Ok(request)
}

/// A POST of a form, without the client's credential; `repeatable` if a second one does no harm.
pub fn form(path: &str, fields: &BTreeMap<String, String>, headers: Vec<(String, String)>, repeatable: bool) -> Result<Request, Error> {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Ok(Request {
        upload: Some(Arc::new(Upload::Whole(Content::Bytes(form.into())))),
        content_type: FORM,
        credential: None,
        idempotent: repeatable,
        ..free("POST", path, Vec::new(), None, headers)?
    })
}

fn method(name: &str) -> Result<Method, Error> {
    match Method::from_bytes(name.as_bytes()) {
        Ok(method) if name.chars().all(|c| c.is_ascii_uppercase()) && method != Method::CONNECT => Ok(method),
        _ => Err(ArgumentError::Value(format!("method: {name:?} is no HTTP method")).into()),
    }
}

fn add_extras(
    call: &str,
    extras: Extras,
    query: &mut Vec<(String, String)>,
    headers: &mut HeaderMap,
    body: &mut Option<Value>,
) -> Result<(), Error> {
    for (name, value) in extras.query {
        match &value {
            Value::Null => {}
            Value::Array(items) => {
                for item in items {
                    query.push((name.clone(), encode(&scalar(item, &format!("{call}: extra_query[{name:?}]"))?)));
                }
            }
            other => query.push((name.clone(), encode(&scalar(other, &format!("{call}: extra_query[{name:?}]"))?))),
        }
    }
    if extras.headers.len() > MOST_HEADERS {
        return Err(ArgumentError::Value(format!("{call}: extra_headers: more than {MOST_HEADERS} headers")).into());
    }
    for (name, value) in extras.headers {
        insert_header(headers, &name, &value, &format!("{call}: extra_headers[{name:?}]"))?;
    }
    if !extras.body.is_empty() {
        match body {
            None => *body = Some(Value::Object(extras.body)),
            Some(Value::Object(fields)) => fields.extend(extras.body),
            Some(_) => {
                return Err(ArgumentError::Value(format!("{call}: extra_body needs a body that is an object")).into());
            }
        }
    }
    Ok(())
}

fn scalar(value: &Value, label: &str) -> Result<String, Error> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(plain_text(value)),
        other => Err(ArgumentError::Type(format!("{label}: expected str, int, float or bool, got {}", kind(other))).into()),
    }
}

fn insert_header(headers: &mut HeaderMap, name: &str, value: &str, label: &str) -> Result<(), Error> {
    let name = HeaderName::try_from(name).map_err(|_| ArgumentError::Value(format!("{label}: not a header name")))?;
    refuse_framing(&name).map_err(|text| ArgumentError::Value(format!("{label}: {text}")))?;
    let mut value =
        HeaderValue::try_from(value).map_err(|_| ArgumentError::Value(format!("{label}: control characters cannot stand in a header")))?;
    // A caller's own header may carry a secret; nothing of ours shows it.
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// Where a message ends is the connection's to say: a caller's word would cut it short, or wait for what never comes.
pub fn refuse_framing(name: &HeaderName) -> Result<(), String> {
    if matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection" | "upgrade" | "te" | "trailer") {
        return Err(format!("{name} is set by the connection"));
    }
    Ok(())
}

fn is_dots(segment: &str) -> bool {
    segment == "." || segment == ".."
}

fn path_segment(label: &str, value: &Value) -> Result<String, Error> {
    let text = plain_text(value);
    if text.trim().is_empty() {
        return Err(ArgumentError::Value(format!("{label}: must not be empty")).into());
    }
    if is_dots(&text) {
        return Err(ArgumentError::Value(format!("{label}: {text:?} is no id")).into());
    }
    Ok(encode(&text))
}

/// A path below the operation's own, such as a file in a repository.
fn path_segments(label: &str, value: &Value) -> Result<String, Error> {
    let text = plain_text(value);
    let segments: Result<Vec<String>, Error> =
        text.trim_start_matches('/').split('/').map(|segment| path_segment(label, &Value::from(segment))).collect();
    Ok(segments?.join("/"))
}

/// Puts the encoded segments into the template.
fn fill(template: &str, segments: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else { break };
        match segments.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => out.push_str(value),
            // The client looks this one up before it sends.
            None => out.extend(["{", name, "}"]),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Queries and headers have no null, and a filter must not become wider by leaving one out.
fn refuse_null_elements(label: &str, ty: &Type, value: &Value, models: &[Model]) -> Result<(), ArgumentError> {
    let (Type::List(item), Value::Array(items)) = (ty, value) else { return Ok(()) };
    match items.iter().position(Value::is_null) {
        Some(index) => Err(Fault::new(format!("expected {}, got None", expected(item, models))).inside(&format!("[{index}]")).at(label)),
        None => Ok(()),
    }
}

fn push_query(query: &mut Vec<(String, String)>, param: &Param, value: &Value) {
    match (value, param.style) {
        (Value::Array(items), Style::Repeat | Style::Slashes) => {
            query.extend(items.iter().map(|item| (param.key.clone(), encode(&plain_text(item)))));
        }
        (Value::Array(items), Style::Comma) => {
            if !items.is_empty() {
                let joined: Vec<String> = items.iter().map(|item| encode(&plain_text(item))).collect();
                query.push((param.key.clone(), joined.join(",")));
            }
        }
        (plain, _) => query.push((param.key.clone(), encode(&plain_text(plain)))),
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn header_text(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(plain_text).collect::<Vec<_>>().join(","),
        other => plain_text(other),
    }
}

/// What is wrong with a value, and where inside it.
struct Fault {
    path: String,
    text: String,
}

impl Fault {
    fn new(text: String) -> Self {
        Fault { path: String::new(), text }
    }

    fn inside(mut self, step: &str) -> Self {
        self.path.insert_str(0, step);
        self
    }

    fn at(self, label: &str) -> ArgumentError {
        ArgumentError::Type(format!("{label}{}: {}", self.path, self.text))
    }
}

/// Declared types are held to; enums stay open, unknown keys pass, null passes inside.
fn check(ty: &Type, value: &Value, models: &[Model]) -> Result<(), Fault> {
    let fits = match (ty, value) {
        (_, Value::Null) | (Type::Any, _) => true,
        (Type::Str | Type::Datetime | Type::Date, Value::String(_)) => true,
        (Type::Int, Value::Number(number)) => is_integer(number),
        (Type::EpochMs, Value::Number(number)) => is_integer(number),
        (Type::EpochMs, Value::String(text)) => !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()),
        (Type::Float, Value::Number(_)) => true,
        (Type::Bool, Value::Bool(_)) => true,
        (Type::Object, Value::Object(_)) => true,
        (Type::List(item), Value::Array(items)) => {
            for (index, element) in items.iter().enumerate() {
                check(item, element, models).map_err(|fault| fault.inside(&format!("[{index}]")))?;
            }
            true
        }
        (Type::Dict(item), Value::Object(entries)) => {
            for (key, element) in entries {
                check(item, element, models).map_err(|fault| fault.inside(&format!(".{key}")))?;
            }
            true
        }
        (Type::Model(index), Value::Object(entries)) => {
            if let Some(model) = models.get(*index as usize) {
                let wires = || model.fields.iter().map(|field| field.key.as_str());
                // Inside a body keys are the server's: an attribute's name would be sent, and disregarded without a word.
                let mistaken = |key: &String| model.fields.iter().find(|field| field.name == *key && !wires().any(|wire| wire == key));
                if let Some(field) = entries.keys().find_map(mistaken) {
                    return Err(Fault::new(format!("unknown key {:?}; the server's name for it is {:?}", field.name, field.key)));
                }
                for field in &model.fields {
                    if let Some(element) = entries.get(&field.key) {
                        check(&field.ty, element, models).map_err(|fault| fault.inside(&format!(".{}", field.key)))?;
                    }
                }
            }
            true
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(Fault::new(format!("expected {}, got {}", expected(ty, models), kind(value)))) }
}

fn is_integer(number: &serde_json::Number) -> bool {
    !number.to_string().contains(['.', 'e', 'E'])
}

fn expected(ty: &Type, models: &[Model]) -> String {
    match ty {
        Type::Str => "str".into(),
        Type::Int => "int".into(),
        Type::Float => "float".into(),
        Type::Bool => "bool".into(),
        Type::Datetime => "datetime or str".into(),
        Type::Date => "date or str".into(),
        Type::EpochMs => "datetime, or int milliseconds since 1970".into(),
        Type::Bytes => "bytes".into(),
        Type::Any => "any JSON value".into(),
        Type::Object => "dict".into(),
        Type::List(item) => format!("list of {}", expected(item, models)),
        Type::Dict(item) => format!("dict of {}", expected(item, models)),
        Type::Model(index) => {
            let name = models.get(*index as usize).map(|m| m.name.as_str()).unwrap_or_default();
            format!("dict or {name}")
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "None",
        Value::Bool(_) => "bool",
        Value::Number(number) if is_integer(number) => "int",
        Value::Number(_) => "float",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
