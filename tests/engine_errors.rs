//! Errors: tests/protocol/errors.json holds the bodies that servers send and what is read from each; below it, hints and texts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod engine;

use std::time::Duration;

use atlassian_cloud::catalog::{Deprecated, Place, Type};
use atlassian_cloud::engine::error::{TransportError, TransportKind};
use atlassian_cloud::engine::response::{Attempt, Response};
use atlassian_cloud::engine::{ApiError, Error, Request, fault};
use bytes::Bytes;
use engine::server::{Answer, Server};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

fn response(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())).collect();
    let body = body.into();
    Response {
        status,
        headers,
        method: "GET".into(),
        url: "https://api.example.com/things?q=x".into(),
        size: body.len(),
        body: body.into(),
        left_credential: false,
        elapsed: Duration::ZERO,
        attempts: Vec::new(),
    }
}

/// The error of an answer to this request, which no redirect led away from.
fn told(request: &Request, mut response: Response, unexpected: Option<String>) -> ApiError {
    response.method = request.method.to_string();
    fault::api_error(request, response, unexpected)
}

#[test]
fn what_a_redirect_led_to_says_that_the_deed_was_begun() {
    let deed = engine::free("POST", "/things", None);
    let error = fault::api_error(&deed, response(503, &[], ""), None);
    assert!(error.hint.unwrap().contains("was begun"));
    assert!(told(&deed, response(503, &[], ""), None).hint.unwrap().contains("may have been done"));
    let question = engine::free("GET", "/things", None);
    assert_eq!(told(&question, response(503, &[], ""), None).hint, None);
}

fn body_of(case: &Value) -> Vec<u8> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let times = |value: &Value| value.as_u64().unwrap() as usize;
    if let Some(body) = case.get("body") {
        body.to_string().into_bytes()
    } else if let Some(plain) = case.get("text") {
        text(plain).into_bytes()
    } else if let Some(bytes) = case.get("bytes") {
        serde_json::from_value(bytes.clone()).unwrap()
    } else if let Some(parts) = case.get("repeat") {
        (text(&parts[0]).repeat(times(&parts[1])) + &text(&parts[2])).into_bytes()
    } else if let Some(parts) = case.get("wrapped") {
        (text(&parts[0]) + &text(&parts[1]).repeat(times(&parts[2])) + &text(&parts[3])).into_bytes()
    } else {
        let messages: Vec<String> = (0..times(&case["numbered"])).map(|n| format!("message {n}")).collect();
        json!({"errorMessages": messages}).to_string().into_bytes()
    }
}

fn run(case: &Value) {
    const KEYS: [&str; 19] = [
        "name",
        "status",
        "headers",
        "content_type",
        "body",
        "text",
        "bytes",
        "repeat",
        "wrapped",
        "numbered",
        "code",
        "messages",
        "excerpt",
        "excerpt_length",
        "message_lengths",
        "message_count",
        "retry_after",
        "reason",
        "request_id",
    ];
    for key in case.as_object().unwrap().keys() {
        assert!(KEYS.contains(&key.as_str()), "unknown key {key}");
    }
    let mut headers: Vec<(&str, &str)> =
        case["headers"].as_object().into_iter().flatten().map(|(k, v)| (k.as_str(), v.as_str().unwrap())).collect();
    match case.get("content_type") {
        None => headers.push(("content-type", "application/json;charset=UTF-8")),
        Some(Value::String(kind)) => headers.push(("content-type", kind)),
        Some(_) => {}
    }
    let status = case["status"].as_u64().unwrap() as u16;
    let error = told(&engine::free("GET", "/things", None), response(status, &headers, body_of(case)), None);
    assert_eq!(error.status(), status);
    assert_eq!(json!(error.code), case["code"], "code");
    let messages: Vec<Value> = (error.messages.iter())
        .map(|message| match &message.field {
            Some(field) => json!([field, message.text]),
            None => json!(message.text),
        })
        .collect();
    if let Some(wanted) = case.get("messages") {
        assert_eq!(json!(messages), *wanted, "messages");
    }
    if let Some(wanted) = case.get("message_lengths") {
        let lengths: Vec<usize> = error.messages.iter().map(|m| m.text.chars().count()).collect();
        assert_eq!(json!(lengths), *wanted, "message lengths");
    }
    if let Some(wanted) = case.get("message_count") {
        assert_eq!(json!(messages.len()), *wanted, "number of messages");
    }
    match case.get("excerpt_length").and_then(Value::as_u64) {
        Some(length) => {
            let excerpt = error.excerpt.clone().expect("an excerpt");
            assert_eq!(excerpt.chars().count() as u64, length);
            assert!(excerpt.ends_with('…'));
        }
        None => assert_eq!(json!(error.excerpt), case["excerpt"], "excerpt"),
    }
    assert!(error.messages.is_empty() || error.excerpt.is_none(), "an excerpt is for bodies without a message");
    if let Some(wanted) = case.get("retry_after") {
        assert_eq!(error.retry_after.map(|wait| wait.as_secs_f64()), wanted.as_f64(), "retry after");
    }
    if let Some(wanted) = case.get("reason") {
        assert_eq!(json!(error.reason), *wanted, "reason");
    }
    if let Some(wanted) = case.get("request_id") {
        assert_eq!(json!(error.response.request_id()), *wanted, "request id");
    }
    let text = error.describe();
    assert!(text.chars().count() < 25_000, "the text has {} characters", text.chars().count());
    assert!(text.starts_with(&format!("GET /things: {status} ")), "{text}");
    for message in error.messages.iter().take(10) {
        assert!(text.contains(&message.to_string()), "{text}");
    }
    for known in [&error.code, &error.excerpt].into_iter().flatten() {
        assert!(text.contains(known), "{text}");
    }
}

#[test]
fn every_shape_is_read_as_its_case_says() {
    let mut failed = Vec::new();
    for case in engine::protocol("errors.json").as_array().unwrap() {
        if let Err(panic) = std::panic::catch_unwind(|| run(case)) {
            let text = panic.downcast_ref::<String>().cloned().or(panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            failed.push(format!("{}: {}", case["name"].as_str().unwrap(), text.unwrap_or_default()));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// POST test.things.call with hints, and deprecated if asked.
fn hinted(deprecated: Option<Deprecated>) -> Request {
    let mut operation = engine::operation("POST /things/{id}", vec![engine::path("id"), engine::param("name", Place::Body, Type::Str)]);
    operation.hints = vec![
        ("403".into(), "use a key without scopes".into()),
        ("403".into(), "be an admin".into()),
        ("409".into(), "look first".into()),
        ("forbidden.action".into(), "ask the permissions".into()),
    ];
    operation.deprecated = deprecated;
    engine::bind(engine::publish(operation, Vec::new()), vec![engine::json(json!("a")), engine::json(json!("b"))]).unwrap()
}

fn hint(request: &Request, status: u16, headers: &[(&str, &str)]) -> Option<String> {
    told(request, response(status, headers, ""), None).hint
}

#[test]
fn hints_belong_to_a_status() {
    let request = hinted(None);
    assert_eq!(hint(&request, 403, &[]).as_deref(), Some("use a key without scopes; be an admin"));
    assert_eq!(hint(&request, 409, &[]).as_deref(), Some("look first"));
    assert_eq!(hint(&request, 404, &[]), None);
    assert_eq!(hint(&engine::free("GET", "/x", None), 403, &[]), None);
}

#[test]
fn a_refused_key_is_named_by_argument_and_variable() {
    let text = hint(&hinted(None), 401, &[]).unwrap();
    for part in ["organization API key", "token=", "TEST_TOKEN", "ask the admin"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(hint(&engine::free("GET", "/x", None), 401, &[]), None, "nobody knows what key a free path takes");
    let text = hint(&hinted(None), 429, &[]).unwrap();
    assert!(text.contains("`timeout`") && text.contains("`max_retries`"), "{text}");
}

#[test]
fn messages_carry_the_servers_own_word() {
    let said = |body: Value| {
        let messages = told(&hinted(None), response(409, &[("content-type", "application/json")], body.to_string()), None).messages;
        messages.into_iter().map(|message| (message.field, message.code)).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    let context = |inner: Value| json!({"key": "k", "context": inner});
    assert_eq!(
        said(context(json!({"fieldViolations": [{"field": "nickname", "violations": [{"key": "maxLength"}, {"key": "pattern"}]}]}))),
        [(some("nickname"), some("maxLength"))]
    );
    assert_eq!(said(context(json!({"errorCodes": [{"code": "account.inactive", "message": "No."}]}))), [(None, some("account.inactive"))]);
    let no = json!({"allowed": false, "reason": {"key": "externalDirectory.scim"}});
    assert_eq!(said(context(no.clone())), [(None, some("externalDirectory.scim"))]);
    assert_eq!(said(context(json!({"name": no}))), [(some("name"), some("externalDirectory.scim"))]);
    // Our own words are no code.
    assert_eq!(said(context(json!({"allowed": false}))), [(None, None)]);
    assert_eq!(said(context(json!({"name": {"allowed": false}}))), [(some("name"), None)]);
    assert_eq!(said(json!({"message": "No."})), [(None, None)]);
}

#[test]
fn nothing_that_a_terminal_obeys_is_in_a_text() {
    let evil = "a\u{1b}[2J\u{7}\u{7f}\u{9b}31m\r\nb";
    for body in [
        json!({"key": evil, "message": evil}).to_string(),
        json!({"errors": {evil: evil}}).to_string(),
        json!({"key": "k", "context": {"errorCodes": [{"code": evil}]}}).to_string(),
        json!({"key": "k", "context": {evil: {"allowed": false, "reason": {"key": evil}}}}).to_string(),
        format!("<p>{evil}"),
    ] {
        let error = told(&hinted(None), response(400, &[], body.clone()), None);
        let text = error.describe();
        assert!(!text.chars().any(|c| c.is_control() && c != '\n') && text.contains("[2J"), "{body}: {text:?}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("  ")), "lines of the server: {text:?}");
    }
}

#[test]
fn a_code_speaks_before_its_status() {
    let said = |body: &'static str| told(&hinted(None), response(403, &[("content-type", "application/json")], body), None).hint;
    assert_eq!(said(r#"{"key":"forbidden.action"}"#).as_deref(), Some("ask the permissions"));
    assert_eq!(said(r#"{"key":"forbidden.other"}"#).as_deref(), Some("use a key without scopes; be an admin"));
}

#[test]
fn retired_operations_name_date_and_successor_where_they_are_missing() {
    let retired = |date: &str, successor: &str| hinted(Some(Deprecated { date: date.into(), gone: true, successor: successor.into() }));
    let full = retired("2026-06-30", "test.people.list");
    for status in [404, 405, 410] {
        assert_eq!(
            hint(&full, status, &[]).as_deref(),
            Some("Atlassian retired this operation on 2026-06-30; use test.people.list"),
            "{status}"
        );
    }
    assert_eq!(hint(&full, 400, &[]), None);
    assert_eq!(hint(&full, 403, &[]).as_deref(), Some("use a key without scopes; be an admin"));
    assert_eq!(hint(&retired("", ""), 410, &[]).as_deref(), Some("Atlassian retired this operation"));
}

#[test]
fn redirects_name_the_host_and_nothing_secret_of_the_link() {
    let request = hinted(None);
    let text = hint(&request, 302, &[("location", "https://id.example.com/login?continue=secret")]).unwrap();
    assert!(text.contains("id.example.com") && !text.contains("secret") && text.contains("base_url"), "{text}");
    assert!(hint(&request, 301, &[("location", "/elsewhere")]).unwrap().contains("base_url"));
    assert!(hint(&request, 307, &[]).unwrap().contains("base_url"));
    assert_eq!(hint(&request, 304, &[]), None, "not modified leads nowhere");
}

#[test]
fn the_text_of_an_error_has_all_that_helps() {
    let body = json!({"code": "E-1", "errors": {"name": "too long"}, "errorMessages": ["No."]}).to_string();
    let headers = [("content-type", "application/json"), ("atl-traceid", "t-1"), ("retry-after", "3")];
    let mut answer = response(429, &headers, body);
    answer.method = "POST".into();
    let mut request = hinted(None);
    request.path = "/things/a".into();
    let mut error = told(&request, answer, None);
    error.hint = Some("look first".into());
    assert_eq!(
        error.describe(),
        "test.things.call: 429 Too Many Requests [E-1]: name: too long; No.\n  request: POST https://api.example.com/things?q=x\n  request id: t-1\n  retry after: 3 s\n  hint: look first"
    );
    assert_eq!(Error::Api(Box::new(error)).to_string().lines().count(), 5);
}

#[test]
fn the_text_counts_what_it_leaves_out() {
    let messages: Vec<String> = (0..25).map(|n| format!("m{n}")).collect();
    let error = told(&engine::free("GET", "/x", None), response(400, &[], json!({"errorMessages": messages}).to_string()), None);
    let text = error.describe();
    assert!(text.contains("m9; and 15 more") && !text.contains("m10"), "{text}");
}

#[test]
fn whatever_a_server_sends_the_text_stays_bounded() {
    let long = "x".repeat(150_000);
    for body in [
        json!({"code": long.clone()}),
        json!({"key": long.clone(), "message": "m"}),
        json!({"errors": {long.clone(): "m"}}),
        json!({"errors": [{"field": long.clone(), "message": long.clone(), "code": long.clone()}]}),
        json!({"context": {long.clone(): {"allowed": false, "reason": {"key": long.clone()}}}}),
        json!({"error": long.clone(), "message": "m"}),
        json!({"message": long.clone(), "detail": format!("{long}y")}),
    ] {
        let headers = [("content-type", "application/json"), ("x-request-id", "r")];
        let error = told(&engine::free("GET", "/x", None), response(400, &headers, body.to_string()), None);
        assert!(error.describe().len() < 25_000, "{} bytes", error.describe().len());
    }
}

#[test]
fn an_unexpected_success_says_so() {
    let error = told(
        &engine::free("GET", "/x", None),
        response(200, &[("content-type", "text/html")], "<html>Log in"),
        Some("the answer is no JSON".into()),
    );
    let text = error.describe();
    assert!(text.starts_with("GET /x: the answer is no JSON (status 200)\n  server said: <html>Log in\n"), "{text}");
}

#[test]
fn unknown_statuses_have_a_text_too() {
    let error = told(&engine::free("GET", "/x", None), response(555, &[], ""), None);
    assert!(error.describe().starts_with("GET /x: 555 \n") || error.describe().starts_with("GET /x: 555\n"), "{}", error.describe());
}

#[test]
fn transport_errors_say_what_may_have_happened() {
    let attempt = Attempt { outcome: "the connection was lost".into(), wait: None };
    let error = |may_have_been_executed, attempts| TransportError {
        kind: TransportKind::Connection,
        call: "test.things.call".into(),
        method: "POST".into(),
        url: "https://api.example.com/things".into(),
        what: "the connection was lost".into(),
        may_have_been_executed,
        attempts: vec![attempt.clone(); attempts],
        response: None,
    };
    assert_eq!(error(false, 1).describe(), "test.things.call: the connection was lost\n  request: POST https://api.example.com/things");
    let text = error(true, 3).describe();
    assert!(text.contains("\n  attempts: 3") && text.contains("may have been executed"), "{text}");
}

/// Over the wire, with a server that sends back whatever it got.
#[test]
fn no_secret_is_in_any_text() {
    for answer in [
        Answer::new(401, r#"{"message":"no"}"#),
        Answer::new(200, "<html>").header("Content-Type", "text/html"),
        Answer::new(200, "").header("Content-Encoding", "gzip").then_close(),
    ] {
        let server = Server::sequence(vec![answer]);
        let client = engine::client(&server.url());
        let mut request = hinted(None);
        request.headers.insert("x-own", {
            let mut v = HeaderValue::from_static("0wn-s3cr3t");
            v.set_sensitive(true);
            v
        });
        let result = engine::block_on(client.send(&request, atlassian_cloud::engine::runtime::Placement::Local));
        assert_eq!(server.seen(0).header("authorization"), Some(format!("Bearer {}", engine::SECRET).as_str()), "it was sent");
        let shown = match result {
            Ok(reply) => format!("{reply:?} {request:?}"),
            Err(fault) => format!("{fault} {fault:?} {request:?}"),
        };
        assert!(!shown.contains(engine::SECRET) && !shown.contains("0wn-s3cr3t"), "{shown}");
    }
}

#[test]
fn a_missing_credential_is_named_with_where_to_get_it() {
    let product = engine::publish(engine::operation("GET /x", Vec::new()), Vec::new()).product;
    let connection = engine::connection("http://127.0.0.1:1");
    let client = atlassian_cloud::engine::Client::new(product, connection, engine::settings(), vec![None], Vec::new()).unwrap();
    let fault =
        engine::block_on(client.send(&engine::free("GET", "/x", None), atlassian_cloud::engine::runtime::Placement::Local)).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "GET /x: the organization API key is missing: pass Test(..., token=...) or set TEST_TOKEN; ask the admin"
    );
}

/// The error is boxed, so that a Result of the engine stays small.
#[test]
fn results_stay_small() {
    assert!(size_of::<Error>() <= 40, "{}", size_of::<Error>());
    let _: fn(&ApiError) -> String = ApiError::describe;
}
