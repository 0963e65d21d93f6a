//! What a handler answers, and the error bodies of each API.

use bytes::Bytes;
use serde_json::{Value, json};

use super::clock;

/// A response before faults and headers of the connection are put on it.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
    /// In the place of a body of JSON.
    pub content: Option<Bytes>,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Reply {
        Reply { status, headers: Vec::new(), body: Some(body), content: None }
    }

    pub fn ok(body: Value) -> Reply {
        Reply::new(200, body)
    }

    pub fn file(status: u16, content: Bytes) -> Reply {
        Reply { content: Some(content), ..Reply::empty(status) }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: None, content: None }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Which API a path belongs to: they differ in error bodies, media types and headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// `/users/{id}/manage`: `{"key", "context"}`
    Users,
    /// `/admin/…` without v2: `{"errors":[{"id","status","code","title","detail"}]}`, codes ADMIN-…
    Admin,
    /// `/admin/v2`: the same with codes ADMIN-UAM-…
    AdminV2,
    /// `/scim`: RFC 7644
    Scim,
    /// `{"errorMessages":[],"errors":{}}`; also of Assets
    Jira,
    /// `{"errorMessage","i18nErrorMessage":{"i18nKey","parameters":[]}}`
    ServiceManagement,
    /// `{"errors":[{"status","code","title","detail"}]}`
    ConfluenceV2,
    /// `{"statusCode","message"}`
    ConfluenceV1,
    /// `{"type":"error","error":{"message","fields"?}}`
    Bitbucket,
    /// `{"code":404,"message"}`: what the gateway says of what it does not know
    Gateway,
}

impl Api {
    pub fn of(path: &str) -> Api {
        let first = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if first("/users") {
            Api::Users
        } else if first("/scim") {
            Api::Scim
        } else if first("/admin/v2") {
            Api::AdminV2
        } else if first("/admin") {
            Api::Admin
        } else if first("/wiki/api/v2") {
            Api::ConfluenceV2
        } else if first("/wiki") {
            Api::ConfluenceV1
        } else if first("/rest/servicedeskapi") {
            Api::ServiceManagement
        } else if first("/rest") || first("/jsm/assets") {
            Api::Jira
        } else if first("/2.0") {
            Api::Bitbucket
        } else {
            Api::Gateway
        }
    }

    pub fn media(self) -> &'static str {
        match self {
            Api::Scim => "application/scim+json",
            _ => "application/json",
        }
    }
}

/// Something the API refuses: rendered in the API's own shape.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    /// ADMIN-400-1, a key of user management, a scimType; empty for the API's usual one.
    pub code: String,
    pub detail: String,
    /// User management's `context`, Jira's `errors`, Bitbucket's `fields`. Boxed, so that results stay small.
    pub context: Option<Box<Value>>,
}

impl Refusal {
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Refusal {
        Refusal { status, code: code.to_owned(), detail: detail.into(), context: None }
    }

    #[must_use]
    pub fn context(mut self, context: Value) -> Refusal {
        self.context = Some(Box::new(context));
        self
    }

    /// User management's complaint about fields: each with the kind of its fault.
    pub fn violations(faults: &[(&str, &str)]) -> Refusal {
        let list: Vec<Value> = faults.iter().map(|(field, key)| json!({"field": field, "violations": [{"key": key}]})).collect();
        Refusal::new(400, "fieldConstraintsViolated", "").context(json!({"fieldViolations": list}))
    }

    /// Jira's complaint about fields: each with its words.
    pub fn fields(faults: &[(&str, &str)]) -> Refusal {
        let errors: serde_json::Map<String, Value> = faults.iter().map(|(field, words)| ((*field).to_owned(), json!(words))).collect();
        Refusal::new(400, "", "").context(Value::Object(errors))
    }

    pub fn render(&self, api: Api, path: &str, now: i64) -> Reply {
        let status = self.status;
        let body = match api {
            Api::Users => {
                let key = if self.code.is_empty() { users_key(status) } else { &self.code };
                self.context.as_ref().map_or_else(|| json!({"key": key}), |context| json!({"key": key, "context": context}))
            }
            Api::Scim => scim_error(status, &self.code, &self.detail),
            Api::Admin | Api::AdminV2 if status == 403 => json!({
                "timestamp": clock::millis(now),
                "path": path,
                "status": 403,
                "error": "Forbidden",
                "message": self.detail,
                "requestId": occurrence(now, &self.detail),
            }),
            Api::Admin | Api::AdminV2 => {
                let code = if self.code.is_empty() { admin_code(api, status) } else { self.code.clone() };
                json!({"errors": [{
                    "id": occurrence(now, &self.detail),
                    "status": status.to_string(),
                    "code": code,
                    "title": title(status),
                    "detail": self.detail,
                }]})
            }
            Api::Jira => {
                let errors = self.context.as_deref().cloned().unwrap_or_else(|| json!({}));
                // Each line is a message of its own.
                json!({"errorMessages": self.detail.lines().collect::<Vec<_>>(), "errors": errors})
            }
            Api::ServiceManagement => {
                let key = if self.code.is_empty() { service_key(status) } else { &self.code };
                json!({"errorMessage": self.detail, "i18nErrorMessage": {"i18nKey": key, "parameters": []}})
            }
            Api::ConfluenceV2 => json!({"errors": [{
                "status": status,
                "code": if self.code.is_empty() { "INVALID_REQUEST_PARAMETER" } else { &self.code },
                "title": self.detail,
                "detail": null,
            }]}),
            Api::ConfluenceV1 => json!({
                "statusCode": status,
                "data": {"authorized": false, "valid": false, "errors": [], "successful": false},
                "message": self.detail,
            }),
            Api::Bitbucket => match &self.context {
                Some(fields) => json!({"type": "error", "error": {"message": self.detail, "fields": fields}}),
                None => json!({"type": "error", "error": {"message": self.detail}}),
            },
            Api::Gateway => json!({"code": status, "message": self.detail}),
        };
        Reply::new(status, body)
    }
}

/// The gateway's own words, before any API is asked.
pub fn gateway(status: u16, message: &str) -> Reply {
    Reply::new(status, json!({"code": status, "message": message}))
}

pub fn scim_error(status: u16, scim_type: &str, detail: &str) -> Value {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(),
    });
    if let Some(map) = body.as_object_mut() {
        if !scim_type.is_empty() {
            map.insert("scimType".to_owned(), json!(scim_type));
        }
        map.insert("detail".to_owned(), json!(detail));
    }
    body
}

fn users_key(status: u16) -> &'static str {
    match status {
        400 | 415 => "bodyParseFailure",
        401 => "unauthorized",
        403 => "forbidden",
        _ => "notFound",
    }
}

fn service_key(status: u16) -> &'static str {
    match status {
        401 => "sd.error.unauthorized",
        403 => "sd.error.forbidden",
        404 => "sd.error.not.found",
        412 => "sd.error.experimental",
        _ => "sd.error.invalid.request",
    }
}

fn admin_code(api: Api, status: u16) -> String {
    let (prefix, number) = match (api, status) {
        (Api::AdminV2, _) => ("ADMIN-UAM", 1),
        (_, 400) => ("ADMIN", 24),
        _ => ("ADMIN", 1),
    };
    format!("{prefix}-{status}-{number}")
}

pub fn title(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error")
}

/// An id for one occurrence of an error, in the form of a UUID.
fn occurrence(now: i64, text: &str) -> String {
    uuid(fnv(text.as_bytes()) ^ u64::try_from(now).unwrap_or_default(), now.unsigned_abs())
}

pub fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// One step of splitmix64: neighbouring numbers become unlike ones.
pub fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A UUID of version 4 made of two numbers: the same numbers, the same id.
pub fn uuid(high: u64, low: u64) -> String {
    let first = mix(mix(high) ^ low);
    let second = mix(first ^ high.rotate_left(17));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        first >> 32,
        (first >> 16) & 0xffff,
        first & 0xfff,
        0x8000 | ((second >> 48) & 0x3fff),
        second & 0xffff_ffff_ffff
    )
}
