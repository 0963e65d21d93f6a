//! A request as the engine carries it: complete, checked, and free to be sent again.

use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::catalog::{Operation, Product, Service};

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
    pub method: Method,
    /// Encoded, from the root of the base URL.
    pub path: String,
    /// Names as they are, values encoded already.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Option<Value>,
    pub content_type: &'static str,
    /// Index of the credential in the product.
    pub credential: usize,
    pub idempotent: bool,
}

impl Request {
    /// How errors and logs call it.
    pub fn call(&self) -> String {
        match &self.operation {
            Some(operation) => operation.name(),
            None => format!("{} {}", self.method, self.path),
        }
    }

    pub fn path_and_query(&self) -> String {
        let mut text = self.path.clone();
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

    pub fn set_field(&mut self, name: &str, value: Value) {
        if !matches!(self.body, Some(Value::Object(_))) {
            self.body = Some(Value::Object(serde_json::Map::new()));
        }
        if let Some(Value::Object(fields)) = &mut self.body {
            fields.insert(name.to_owned(), value);
        }
    }
}
