//! What can go wrong, told once for every face.

use std::time::Duration;

use super::response::{Attempt, Response};

/// Bad input, found before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    #[error("{0}")]
    Type(String),
    #[error("{0}")]
    Value(String),
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// The client cannot make this call as it is set up.
    #[error("{0}")]
    Configuration(String),
    /// The credential could not be fetched; told in the words of whoever fetches it.
    #[error("{0}")]
    Credential(super::token::Cause),
    #[error("{}", .0.describe())]
    Api(Box<ApiError>),
    #[error("{}", .0.describe())]
    Transport(Box<TransportError>),
}

/// The server answered, but not with success, or not with what was due.
#[derive(Debug)]
pub struct ApiError {
    /// "admin.users.disable", or method and path of a free request.
    pub call: String,
    pub response: Response,
    /// The server's own code: "forbidden.action", "ADMIN-404-2".
    pub code: Option<String>,
    pub messages: Vec<Message>,
    /// What to do next, where it is known.
    pub hint: Option<String>,
    pub retry_after: Option<Duration>,
    /// RateLimit-Reason.
    pub reason: Option<String>,
    /// Bounded beginning of a body that carried no message.
    pub excerpt: Option<String>,
    /// Set when a success could not be understood, such as a login page instead of JSON.
    pub unexpected: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Name of the field at fault, as the server spells it.
    pub field: Option<String>,
    pub text: String,
    /// The server's word for this one: "externalDirectory.scim", "maxLength".
    pub code: Option<String>,
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl ApiError {
    pub fn describe(&self) -> String {
        let response = &self.response;
        let mut text = match &self.unexpected {
            Some(what) => format!("{}: {what} (status {})", self.call, response.status),
            None => format!("{}: {} {}", self.call, response.status, reason_phrase(response.status)),
        };
        // A gateway's code is its status once more.
        if let Some(code) = self.code.as_ref().filter(|code| **code != response.status.to_string()) {
            text.push_str(&format!(" [{code}]"));
        }
        for (index, message) in self.messages.iter().take(10).enumerate() {
            text.push_str(if index == 0 { ": " } else { "; " });
            text.push_str(&message.to_string());
        }
        if self.messages.len() > 10 {
            text.push_str(&format!("; and {} more", self.messages.len() - 10));
        }
        if let Some(excerpt) = self.excerpt.as_ref().filter(|_| self.messages.is_empty()) {
            text.push_str(&format!("\n  server said: {excerpt}"));
        }
        text.push_str(&format!("\n  request: {} {}", response.method, response.url));
        if let Some(id) = response.request_id() {
            text.push_str(&format!("\n  request id: {id}"));
        }
        if let Some(wait) = self.retry_after {
            text.push_str(&format!("\n  retry after: {} s", wait.as_secs_f64()));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\n  hint: {hint}"));
        }
        text
    }
}

fn reason_phrase(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    Timeout,
    Connection,
    /// An answer came, but it could not be read: too large, cut off, no valid encoding.
    Body,
}

/// No usable answer came.
#[derive(Debug)]
pub struct TransportError {
    pub kind: TransportKind,
    pub call: String,
    pub method: String,
    pub url: String,
    pub what: String,
    /// The request was sent and its effect is unknown.
    pub may_have_been_executed: bool,
    pub attempts: Vec<Attempt>,
    /// What was received, for a failed answer.
    pub response: Option<Response>,
}

impl TransportError {
    pub fn describe(&self) -> String {
        let mut text = format!("{}: {}\n  request: {} {}", self.call, self.what, self.method, self.url);
        if self.attempts.len() > 1 {
            text.push_str(&format!("\n  attempts: {}", self.attempts.len()));
        }
        if self.may_have_been_executed {
            text.push_str("\n  the request was sent and may have been executed; look before you send it again");
        }
        text
    }
}

/// What a server said, on one line, bounded, and with nothing that a terminal would obey.
pub fn printable(text: &str, most: usize) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}

/// The chain of causes in one line, each said once.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        if !parts.iter().any(|known| known.contains(&text)) {
            parts.push(text);
        }
        next = cause.source();
    }
    parts.join(": ")
}
