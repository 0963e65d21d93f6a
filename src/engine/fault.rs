//! What a server says went wrong: every error shape of these APIs, told apart by form, never by product.

use super::auth;
use super::error::{ApiError, Message, printable};
use super::request::Request;
use super::response::Response;
use super::retry;
use crate::document::{Kind, Limits, Node};

const MOST_MESSAGES: usize = 100;
const LONGEST_MESSAGE: usize = 2_000;
/// Of a code or a field.
const LONGEST_NAME: usize = 200;

/// Makes the error of an answer that is no success, or of a success that is not what was due.
pub fn api_error(request: &Request, response: Response, unexpected: Option<String>) -> ApiError {
    let mut said = Said::default();
    let may_be_json = response.is_json() != Some(false) || response.body.first() == Some(&b'{');
    if may_be_json && let Ok(body) = Node::parse(response.body.clone(), &Limits::default()) {
        said.read(&body);
    }
    let excerpt = if said.messages.is_empty() { response.excerpt() } else { None };
    let hint = hint(request, &response, said.code.as_deref());
    ApiError {
        call: request.call(),
        code: said.code.map(name),
        messages: said.messages,
        hint,
        retry_after: (matches!(response.status, 429 | 503)).then(|| retry::retry_after(&response.headers)).flatten(),
        reason: response.header("ratelimit-reason").map(str::to_owned),
        excerpt,
        unexpected,
        response,
    }
}

fn hint(request: &Request, response: &Response, code: Option<&str>) -> Option<String> {
    if request.method.as_str() != response.method {
        // A redirect was followed after the deed, and not to its end.
        return Some(
            "what was asked for was begun; only what tells of it could not be read: ask at this address, and do not send it again".into(),
        );
    }
    let operation = request.operation.as_ref().map(|reference| reference.operation);
    let mut hints = Vec::new();
    if let Some(operation) = operation {
        let of = |cause: &str| operation.hints.iter().filter(|(known, _)| known == cause).map(|(_, text)| text.clone()).collect::<Vec<_>>();
        hints = code.map(of).unwrap_or_default();
        if hints.is_empty() {
            hints = of(&response.status.to_string());
        }
        if let Some(deprecated) = &operation.deprecated
            && matches!(response.status, 404 | 405 | 410)
        {
            let since = if deprecated.date.is_empty() { String::new() } else { format!(" on {}", deprecated.date) };
            let instead = if deprecated.successor.is_empty() { String::new() } else { format!("; use {}", deprecated.successor) };
            hints.push(format!("Atlassian retired this operation{since}{instead}"));
        }
    }
    if matches!(response.status, 401 | 403) && hints.is_empty() && auth::lacks_scope(&response.headers, &response.body) {
        let lacking = auth::lacking_scopes(&response.headers).map(|scopes| format!(" {scopes}")).unwrap_or_default();
        hints.push(format!(
            "the credential is good, but lacks a scope{lacking}: make a token that has it, or let the user consent to it; renewing does not help"
        ));
    }
    if let (401, true, Some(operation)) = (response.status, hints.is_empty(), &request.operation) {
        let wanted = request.credential.and_then(|index| operation.product.credentials.get(index));
        hints.extend(wanted.map(|wanted| {
            format!(
                "the {} was refused: {}= or {} may be wrong, expired, or a key of another kind; {}",
                wanted.noun, wanted.argument, wanted.env, wanted.obtain
            )
        }));
    }
    if response.status >= 500 && !request.idempotent {
        hints.push("what was asked for may have been done all the same: look before you send it again".to_owned());
    }
    if response.status == 429 {
        hints.push(
            "the client waits and tries again as long as `timeout` and `max_retries` allow; raise them, or come back later".to_owned(),
        );
    }
    if (300..400).contains(&response.status) && response.status != 304 {
        let target = response.header("location").and_then(|l| url::Url::parse(l).ok()).and_then(|u| u.host_str().map(str::to_owned));
        hints.push(match target {
            Some(host) => format!("the server sends the caller on to {host}; credentials are not carried there. Check base_url"),
            None => "the server sends the caller on; check base_url".to_owned(),
        });
    }
    (!hints.is_empty()).then(|| hints.join("; "))
}

#[derive(Default)]
struct Said {
    code: Option<String>,
    messages: Vec<Message>,
}

impl Said {
    fn read(&mut self, body: &Node) {
        if body.kind() != Kind::Object {
            if let Some(text) = text(body) {
                self.add(None, text);
            }
            return;
        }
        self.code = ["code", "key", "scimType", "errorCode"].iter().find_map(|name| body.get(name).and_then(|v| scalar(&v)));
        self.collection(body);
        for name in ["errorMessage", "message", "detail", "error_description"] {
            if let Some(text) = body.get(name).and_then(|v| text(&v)) {
                self.add(None, text);
            }
        }
        match body.get("error") {
            Some(error) if error.kind() == Kind::Object => {
                for name in ["message", "detail"] {
                    if let Some(text) = error.get(name).and_then(|v| text(&v)) {
                        self.add(None, text);
                    }
                }
                if let Some(fields) = error.get("fields") {
                    self.errors(&fields);
                }
            }
            Some(error) => {
                if let Some(text) = scalar(&error) {
                    if self.messages.is_empty() {
                        self.add(None, text)
                    } else {
                        self.code.get_or_insert(text);
                    }
                }
            }
            None => {}
        }
        if let Some(inner) = body.get("data").and_then(|data| data.get("errors")) {
            self.errors(&inner);
        }
        if let Some(context) = body.get("context") {
            self.context(&context);
        }
    }

    /// `errors` and `errorMessages`.
    fn collection(&mut self, node: &Node) {
        if let Some(errors) = node.get("errors") {
            self.errors(&errors);
        }
        if let Some(list) = node.get("errorMessages") {
            for text in list.elements().filter_map(|v| scalar(&v)) {
                self.add(None, text);
            }
        }
    }

    /// A list of objects or texts, or a map from field to text.
    fn errors(&mut self, errors: &Node) {
        match errors.kind() {
            Kind::Array => {
                for error in errors.elements() {
                    if let Some(text) = scalar(&error) {
                        self.add(None, text);
                        continue;
                    }
                    // One element of a bulk call, with a collection of its own.
                    if let Some(inner) = error.get("elementErrors") {
                        self.collection(&inner);
                    }
                    let words: Vec<String> = ["title", "detail", "message", "description"]
                        .iter()
                        .filter_map(|name| error.get(name))
                        .filter_map(|v| scalar(&v).or_else(|| v.get("translation").and_then(|t| scalar(&t))))
                        .collect();
                    if let Some(code) = error.get("code").and_then(|v| scalar(&v)) {
                        self.code.get_or_insert(code);
                    }
                    let field = ["field", "attribute", "pointer"].iter().find_map(|name| error.get(name).and_then(|v| scalar(&v)));
                    if !words.is_empty() {
                        self.add(field, words.join(": "));
                    }
                }
            }
            Kind::Object => {
                for (field, value) in errors.entries() {
                    let text = match value.kind() {
                        Kind::Array => value.elements().filter_map(|v| scalar(&v)).collect::<Vec<_>>().join(", "),
                        _ => scalar(&value).unwrap_or_else(|| String::from_utf8_lossy(&value.to_json()).into_owned()),
                    };
                    self.add(Some(field.to_string_lossy()), text);
                }
            }
            _ => {
                if let Some(text) = scalar(errors) {
                    self.add(None, text);
                }
            }
        }
    }

    /// Rules and violations, as the user management API tells them.
    fn context(&mut self, context: &Node) {
        if let Some(violations) = context.get("fieldViolations") {
            for violation in violations.elements() {
                let field = violation.get("field").and_then(|v| scalar(&v));
                let keys: Vec<String> = (violation.get("violations").iter())
                    .flat_map(|list| list.elements().filter_map(|v| v.get("key").and_then(|k| scalar(&k))).collect::<Vec<_>>())
                    .collect();
                let text = if keys.is_empty() { "not accepted".into() } else { keys.join(", ") };
                self.add_coded(field, text, keys.into_iter().next());
            }
        }
        if let Some(codes) = context.get("errorCodes") {
            for code in codes.elements() {
                let words: Vec<String> = ["code", "message", "link"].iter().filter_map(|n| code.get(n).and_then(|v| scalar(&v))).collect();
                self.add_coded(None, words.join(" "), code.get("code").and_then(|v| scalar(&v)));
            }
        }
        if let Some(text) = context.get("message").and_then(|v| text(&v)) {
            self.add(None, text);
        }
        if let Some(domain) = context.get("domain").and_then(|v| scalar(&v)) {
            self.add(Some("domain".into()), domain);
        }
        if let Some(reason) = refusal(context) {
            self.refused(None, reason);
        } else if context.kind() == Kind::Object {
            for (field, value) in context.entries() {
                if let Some(reason) = refusal(&value) {
                    self.refused(Some(field.to_string_lossy()), reason);
                }
            }
        }
    }

    fn refused(&mut self, field: Option<String>, reason: Option<String>) {
        let text = format!("not allowed: {}", reason.as_deref().unwrap_or("no reason given"));
        self.add_coded(field, text, reason);
    }

    fn add(&mut self, field: Option<String>, text: String) {
        self.add_coded(field, text, None);
    }

    fn add_coded(&mut self, field: Option<String>, text: String, code: Option<String>) {
        let message = Message { field: field.map(name), text: printable(&text, LONGEST_MESSAGE), code: code.map(name) };
        if !message.text.is_empty() && self.messages.len() < MOST_MESSAGES && !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }
}

fn name(text: String) -> String {
    printable(&text, LONGEST_NAME)
}

/// Of a rule that says no: its reason, if it gives one.
fn refusal(node: &Node) -> Option<Option<String>> {
    if node.get("allowed")?.as_bool()? {
        return None;
    }
    Some(node.path("reason.key").and_then(|key| scalar(&key)))
}

fn text(node: &Node) -> Option<String> {
    (node.kind() == Kind::String).then(|| node.text().map(|text| text.to_string_lossy())).flatten()
}

fn scalar(node: &Node) -> Option<String> {
    match node.kind() {
        Kind::String => text(node),
        Kind::Number => Some(String::from_utf8_lossy(&node.to_json()).into_owned()),
        _ => None,
    }
}
