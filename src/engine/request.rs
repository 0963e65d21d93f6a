//! A request as the engine carries it: complete, checked, and free to be sent again.

use std::sync::Arc;

use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::upload::Upload;
use crate::catalog::{Operation, Product, Service, Type};

/// RFC 3986 unreserved characters stay; all else is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Beyond this no server listens; the HTTP library can hold 65,534 bytes.
pub const LONGEST_URL: usize = 65_000;

pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Where an operation stands in the catalog.
#[derive(Clone, Copy, Debug)]
pub struct OperationRef {
    pub product: &'static Product,
    pub service: &'static Service,
    pub operation: &'static Operation,
}

impl OperationRef {
    pub fn name(&self) -> String {
        self.operation.full_name(self.product, self.service)
    }
}

#[derive(Clone, Debug)]
pub struct Request {
    /// None for a free request.
    pub operation: Option<OperationRef>,
    /// Where it goes, if not to the client's address.
    pub root: Option<&'static str>,
    pub method: Method,
    /// Encoded, from the root of the base URL. What a client looks up by itself stands in braces until it is sent.
    pub path: String,
    /// Names as they are, values encoded already.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Option<Value>,
    /// In the place of a JSON body.
    pub upload: Option<Arc<Upload>>,
    pub content_type: &'static str,
    /// Index of the credential in the product; None for what is asked without one.
    pub credential: Option<usize>,
    pub idempotent: bool,
    /// The body is left to be read by whoever asked.
    pub streamed: bool,
}

impl Request {
    /// How errors and logs call it.
    pub fn call(&self) -> String {
        match &self.operation {
            Some(operation) => operation.name(),
            None => format!("{} {}", self.method, self.path),
        }
    }

    pub fn returns_bytes(&self) -> bool {
        self.operation.is_some_and(|reference| reference.operation.returns == Some(Type::Bytes))
    }

    pub fn path_and_query(&self) -> String {
        self.with_query(self.path.clone())
    }

    /// Its query behind a path in which nothing is lacking any more.
    pub fn with_query(&self, path: String) -> String {
        let mut text = path;
        for (index, (name, value)) in self.query.iter().enumerate() {
            text.push(if index == 0 && !self.path.contains('?') { '?' } else { '&' });
            text.push_str(&encode(name));
            text.push('=');
            text.push_str(value);
        }
        text
    }

    pub fn set_query(&mut self, name: &str, value: &str) {
        self.query.retain(|(known, _)| known != name);
        self.query.push((name.to_owned(), encode(value)));
    }

    /// Takes over the parameters of an encoded query, in the place of those of the same names.
    pub fn merge_query(&mut self, query: &str) {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), encode(&value))).collect();
        self.query.retain(|(known, _)| !pairs.iter().any(|(name, _)| name == known));
        self.query.extend(pairs);
    }

    pub fn set_field(&mut self, name: &str, value: Value) {
        if !matches!(self.body, Some(Value::Object(_))) {
            self.body = Some(Value::Object(serde_json::Map::new()));
        }
        if let Some(Value::Object(fields)) = &mut self.body {
            fields.insert(name.to_owned(), value);
        }
    }
}
