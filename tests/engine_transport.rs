//! The transport against servers that do what servers should not: retries, deadlines, limits, stale connections, and to whom
//! a credential goes. Where the two kinds of connections differ, both are tried.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod engine;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use atlassian_cloud::catalog::{Place, Type};
use atlassian_cloud::engine::client::Reply;
use atlassian_cloud::engine::error::ArgumentError;
use atlassian_cloud::engine::runtime::{self, Placement};
use atlassian_cloud::engine::settings::{Connection, Settings};
use atlassian_cloud::engine::{ApiError, Client, Error, Request, TransportError, TransportKind};
use engine::server::{After, Answer, Seen, Server, chunk, chunked_head};
use engine::{PLACEMENTS, bearer, client, client_with, free, send, settings, soon};
use http::{HeaderMap, HeaderValue};
use serde_json::json;

fn ok() -> Answer {
    Answer::json(json!({"ok": true}))
}

fn post() -> Request {
    free("POST", "/things", Some(json!({"name": "x"})))
}

fn get() -> Request {
    free("GET", "/things", None)
}

fn retries(max_retries: u32) -> Settings {
    Settings { max_retries, ..settings() }
}

fn within(timeout: f64) -> Settings {
    Settings { timeout: Duration::from_secs_f64(timeout), ..settings() }
}

fn transport_error(result: Result<Reply, Error>) -> TransportError {
    match result {
        Err(Error::Transport(error)) => *error,
        other => panic!("no transport error: {other:?}"),
    }
}

fn api_error(result: Result<Reply, Error>) -> ApiError {
    match result {
        Err(Error::Api(error)) => *error,
        other => panic!("no error of the server: {other:?}"),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let output = work();
    (output, started.elapsed().as_secs_f64())
}

// ---- Retries ----

#[test]
fn a_refusal_for_its_rate_is_waited_out_by_every_method() {
    for placement in PLACEMENTS {
        for request in [get(), post()] {
            let server = Server::sequence(vec![Answer::new(429, "").header("Retry-After", "0.3"), ok()]);
            let (reply, seconds) = timed(|| send(&client(&server.url()), &request, placement));
            let attempts = reply.unwrap().response.attempts;
            assert_eq!((server.count(), attempts.len()), (2, 2), "{placement:?} {}", request.method);
            assert!((0.3..0.8).contains(&seconds), "{seconds}");
            assert_eq!(attempts[0].outcome, "429");
            assert!(attempts[0].wait.unwrap().as_secs_f64() >= 0.3 && attempts[1].wait.is_none());
            assert_eq!(server.seen(0).body, server.seen(1).body);
        }
    }
}

#[test]
fn retries_end_and_the_last_answer_is_told() {
    let server = Server::sequence(vec![
        Answer::new(429, r#"{"message":"slow down"}"#).header("Retry-After", "0.05").header("RateLimit-Reason", "burst"),
    ]);
    let error = api_error(send(&client_with(&server.url(), retries(2)), &post(), Placement::Local));
    assert_eq!((server.count(), error.status(), error.reason.as_deref()), (3, 429, Some("burst")));
    assert_eq!(error.retry_after, Some(Duration::from_secs_f64(0.05)));
    assert_eq!(error.response.attempts.len(), 3);

    let server = Server::sequence(vec![Answer::new(429, "").header("Retry-After", "0")]);
    api_error(send(&client_with(&server.url(), retries(0)), &get(), Placement::Local));
    assert_eq!(server.count(), 1);
}

#[test]
fn a_server_that_is_down_for_a_moment_is_asked_again_if_nothing_can_happen_twice() {
    for status in [502, 503, 504] {
        let server = Server::sequence(vec![Answer::new(status, "").header("Retry-After", "0.1"), ok()]);
        send(&client(&server.url()), &get(), Placement::Local).unwrap();
        assert_eq!(server.count(), 2, "GET after {status}");
        for request in [post(), free("PATCH", "/things", Some(json!({})))] {
            let server = Server::sequence(vec![Answer::new(status, "").header("Retry-After", "0.1"), ok()]);
            let error = api_error(send(&client(&server.url()), &request, Placement::Local));
            assert_eq!((error.status(), server.count()), (status, 1), "{} after {status}", request.method);
        }
    }
    for status in [400, 401, 403, 404, 409, 500, 555] {
        let server = Server::sequence(vec![Answer::new(status, "").header("Retry-After", "0.1"), ok()]);
        api_error(send(&client(&server.url()), &get(), Placement::Local));
        assert_eq!(server.count(), 1, "GET after {status}");
    }
}

#[test]
fn a_post_that_was_read_is_never_sent_again() {
    for placement in PLACEMENTS {
        // Read whole, then closed.
        let server = Server::new(|_, _| After::Close);
        let error = transport_error(send(&client(&server.url()), &post(), placement));
        assert_eq!((server.count(), server.connections(), error.attempts.len()), (1, 1, 1), "{placement:?}");
        assert!(error.may_have_been_executed && error.describe().contains("may have been executed"));
        assert_eq!(error.kind, TransportKind::Connection);

        // A piece of it read, then reset: what was not read makes the kernel say so.
        let server = Server::raw(|mut stream, _| {
            let _ = stream.read(&mut [0; 40]);
        });
        let large = free("POST", "/things", Some(json!({"name": "x".repeat(200_000)})));
        let error = transport_error(send(&client(&server.url()), &large, placement));
        assert_eq!((server.connections(), error.attempts.len()), (1, 1), "{placement:?}");
        assert!(error.may_have_been_executed);

        // Read, and no answer within the read time-out.
        let server = Server::new(|_, stream| {
            let _ = stream.read(&mut [0; 1]);
            After::Close
        });
        let mut connection = engine::connection(&server.url());
        connection.read_timeout = Duration::from_millis(200);
        let client = Client::new(client(&server.url()).product, connection, settings(), bearer(), Vec::new()).unwrap();
        let error = transport_error(send(&client, &post(), placement));
        assert_eq!(
            (server.count(), error.kind, error.attempts.len(), error.may_have_been_executed),
            (1, TransportKind::Timeout, 1, true),
            "{placement:?}"
        );

        // Answered with a success that breaks off.
        let server = Server::new(|_, stream| {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: r1\r\nContent-Length: 100\r\n\r\n{\"id\":");
            After::Close
        });
        let error = transport_error(send(&self::client(&server.url()), &post(), placement));
        assert_eq!((server.count(), error.kind, error.may_have_been_executed), (1, TransportKind::Body, true), "{placement:?}");
        let head = error.response.unwrap();
        assert_eq!((head.status, head.request_id()), (200, Some("r1")), "what came of the answer is kept");
    }
}

#[test]
fn a_post_that_only_reads_may_be_sent_again() {
    let mut operation = engine::operation("POST /search", vec![engine::param("q", Place::Body, Type::Str)]);
    operation.idempotent = true;
    let request = engine::bind(engine::publish(operation, Vec::new()), vec![engine::json(json!("x"))]).unwrap();
    let server = Server::new(|seen, stream| if seen.number == 0 { After::Close } else { ok().give(stream) });
    send(&client(&server.url()), &request, Placement::Local).unwrap();
    assert_eq!(server.count(), 2);
    let server = Server::new(|_, _| After::Close);
    let error = transport_error(send(&client_with(&server.url(), retries(0)), &request, Placement::Local));
    assert!(!error.may_have_been_executed, "nothing changes by a search");
}

#[test]
fn a_get_is_sent_again_after_a_lost_connection() {
    for placement in PLACEMENTS {
        let server = Server::new(|seen, stream| match seen.number {
            0 => After::Close,
            1 => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":");
                After::Close
            }
            _ => ok().give(stream),
        });
        let reply = send(&client(&server.url()), &get(), placement).unwrap();
        assert_eq!((server.count(), reply.response.attempts.len()), (3, 3), "{placement:?}");
    }
}

/// A port on which nobody listens.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_post_is_sent_again_when_the_connection_was_refused() {
    for placement in PLACEMENTS {
        let port = free_port();
        let late = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            Server::on(TcpListener::bind(("127.0.0.1", port)).unwrap(), |_, stream| ok().give(stream))
        });
        let reply = send(&client(&format!("http://127.0.0.1:{port}")), &post(), placement).unwrap();
        let server = late.join().unwrap();
        assert_eq!((server.count(), reply.response.attempts.len()), (1, 2), "{placement:?}");
        assert!(reply.response.attempts[0].outcome.starts_with("no connection"));
    }
}

#[test]
fn a_refused_connection_leaves_no_doubt() {
    let port = free_port();
    let error = transport_error(send(&client_with(&format!("http://127.0.0.1:{port}"), retries(1)), &post(), Placement::Local));
    assert_eq!((error.kind, error.attempts.len(), error.may_have_been_executed), (TransportKind::Connection, 2, false));
    let text = error.describe();
    assert!(
        text.contains("no connection") && text.contains(&format!("http://127.0.0.1:{port}/things")) && !text.contains("executed"),
        "{text}"
    );
}

/// Reads one request, gives this answer, and is gone when the next attempt comes.
fn vanishing(answer: &'static str) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gone = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(answer.as_bytes());
    });
    (url, gone)
}

#[test]
fn a_doubt_of_an_earlier_attempt_stays() {
    for placement in PLACEMENTS {
        const DOWN: &str = "HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        const LATER: &str = "HTTP/1.1 429 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        for (method, answer, in_doubt) in
            [("PUT", "", true), ("PUT", DOWN, true), ("PUT", LATER, false), ("POST", LATER, false), ("GET", "", false)]
        {
            let (url, gone) = vanishing(answer);
            let error = transport_error(send(&client_with(&url, retries(1)), &free(method, "/things", None), placement));
            gone.join().unwrap();
            assert!(error.what.contains("no connection"), "the last attempt was refused: {}", error.what);
            assert_eq!((error.attempts.len(), error.may_have_been_executed), (2, in_doubt), "{placement:?} {method} {answer:?}");
        }
    }
}

#[test]
fn a_deadline_before_any_connection_leaves_no_doubt() {
    for placement in PLACEMENTS {
        // A proxy that takes the connection and never says that there is a way on.
        let proxy = Server::raw(|mut stream, _| while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {});
        for (connect_timeout, settings, told) in [(5.0, within(0.5), "0.5 s"), (0.3, retries(0), "the connect time-out")] {
            let mut connection = Connection::new("https://nowhere.invalid").unwrap();
            connection.proxy = Some(proxy.url());
            connection.connect_timeout = Duration::from_secs_f64(connect_timeout);
            let client = Client::new(client(&proxy.url()).product, connection, settings, bearer(), Vec::new()).unwrap();
            let error = transport_error(send(&client, &post(), placement));
            assert!(error.what.contains(told), "{}", error.what);
            assert_eq!((error.kind, error.may_have_been_executed), (TransportKind::Timeout, false), "{placement:?} {told}");
        }

        // With a connection the request may be on its way.
        let server = Server::new(|_, _| {
            std::thread::sleep(Duration::from_secs(2));
            After::Close
        });
        let error = transport_error(send(&client_with(&server.url(), within(0.5)), &post(), placement));
        assert!(error.may_have_been_executed, "{placement:?}");
    }
}

#[test]
fn an_address_beyond_what_servers_take_is_refused_before_anything_is_sent() {
    let server = Server::sequence(vec![ok()]);
    let base = server.url().len();
    for placement in PLACEMENTS {
        let fits = free("POST", &format!("/{}", "x".repeat(65_000 - base - 1)), None);
        send(&client(&server.url()), &fits, placement).unwrap();
        let sent = server.count();
        for length in [65_000 - base, 70_000, 1_000_000] {
            match send(&client(&server.url()), &free("POST", &format!("/{}", "x".repeat(length)), None), placement) {
                Err(Error::Argument(ArgumentError::Value(text))) => {
                    assert!(text.starts_with("POST /xxx") && text.contains("too long") && text.len() < 400, "{text}");
                }
                other => panic!("{length}: {other:?}"),
            }
        }
        assert_eq!(server.count(), sent);
    }
}

// ---- Time ----

/// A byte every 100 ms, for ever.
fn drip(stream: &mut TcpStream, byte: &[u8]) -> After {
    while stream.write_all(byte).is_ok() {
        std::thread::sleep(Duration::from_millis(100));
    }
    After::Close
}

#[test]
fn a_dripping_server_is_left_at_the_deadline() {
    let heads: [&'static [u8]; 4] = [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Drip: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n",
        b"HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n",
    ];
    for placement in PLACEMENTS {
        for head in heads {
            let server = Server::new(move |_, stream| {
                let _ = stream.write_all(head);
                if head.is_empty() {
                    std::thread::sleep(Duration::from_secs(3));
                    return After::Close;
                }
                drip(stream, b"1")
            });
            for request in [get(), post()] {
                let (result, seconds) = timed(|| send(&client_with(&server.url(), within(0.5)), &request, placement));
                let error = transport_error(result);
                assert!((0.45..1.0).contains(&seconds), "{placement:?} {head:?}: {seconds}");
                assert_eq!(
                    (error.kind, error.attempts.len(), error.may_have_been_executed),
                    (TransportKind::Timeout, 1, request.method == "POST")
                );
                assert!(error.what.contains("0.5 s"), "{}", error.what);
            }
        }
    }
}

#[test]
fn the_deadline_covers_all_attempts_and_their_waits() {
    let server = Server::sequence(vec![Answer::new(503, r#"{"message":"down"}"#).header("Retry-After", "0.2")]);
    let settings = Settings { max_retries: 100, ..within(1.0) };
    let (result, seconds) = timed(|| send(&client_with(&server.url(), settings), &get(), Placement::Local));
    let error = api_error(result);
    assert!(seconds < 1.1, "{seconds}");
    assert!((4..=5).contains(&server.count()), "{}", server.count());
    assert_eq!((error.status(), error.messages.len()), (503, 1), "the last answer is told, not the time");

    // The second attempt hangs: it has only what is left.
    let server = Server::new(|seen, stream| {
        if seen.number == 0 {
            return Answer::new(503, "").header("Retry-After", "0.6").give(stream);
        }
        std::thread::sleep(Duration::from_secs(3));
        After::Close
    });
    let (result, seconds) = timed(|| send(&client_with(&server.url(), within(1.0)), &get(), Placement::Local));
    assert_eq!((transport_error(result).kind, server.count()), (TransportKind::Timeout, 2));
    assert!((0.95..1.4).contains(&seconds), "{seconds}");
}

#[test]
fn a_wait_beyond_the_deadline_is_told_instead() {
    let soon = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(3_600));
    for value in ["60", &soon] {
        let server = Server::sequence(vec![Answer::new(429, "").header("Retry-After", value)]);
        let (result, seconds) = timed(|| send(&client_with(&server.url(), within(5.0)), &get(), Placement::Local));
        let error = api_error(result);
        assert!(seconds < 1.0, "{seconds}");
        assert_eq!((server.count(), error.response.attempts.len()), (1, 1));
        assert!(error.retry_after.unwrap() >= Duration::from_secs(59));
        assert!(error.describe().contains("retry after: "), "{}", error.describe());
    }
}

#[test]
fn a_silent_server_is_asked_again_by_get_after_the_read_timeout() {
    let server = Server::new(|seen, stream| {
        if seen.number == 0 {
            std::thread::sleep(Duration::from_secs(1));
            return After::Close;
        }
        ok().give(stream)
    });
    let mut connection = engine::connection(&server.url());
    connection.read_timeout = Duration::from_millis(200);
    let client = Client::new(client(&server.url()).product, connection, settings(), bearer(), Vec::new()).unwrap();
    send(&client, &get(), Placement::Local).unwrap();
    assert_eq!(server.count(), 2);
}

// ---- Size ----

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn answers_have_a_size_limit() {
    const LIMIT: usize = 100_000;
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2)).into_bytes();
    let limited = || Settings { max_response_bytes: LIMIT as u64, ..settings() };
    for placement in PLACEMENTS {
        for length in [LIMIT, LIMIT + 1] {
            let fits = length == LIMIT;
            let (plain, packed) = (text(length), gzip(&text(length)));
            let announced = Server::sequence(vec![Answer::new(200, plain.clone())]);
            let chunked = Server::new(move |_, stream| {
                chunked_head(stream, 200, "");
                let _ = plain.chunks(1_000).all(|piece| chunk(stream, piece)) && chunk(stream, b"");
                After::Keep
            });
            let zipped = Server::sequence(vec![Answer::new(200, packed).header("Content-Encoding", "gzip")]);
            for (what, server) in [("announced", announced), ("chunked", chunked), ("zipped", zipped)] {
                let result = send(&client_with(&server.url(), limited()), &get(), placement);
                if fits {
                    assert_eq!(result.unwrap().response.body.len(), LIMIT, "{what}");
                    continue;
                }
                let error = transport_error(result);
                assert_eq!((error.kind, error.attempts.len(), server.count()), (TransportKind::Body, 1, 1), "{what}: not asked for again");
                assert!(error.what.contains("max_response_bytes") && error.what.contains("100000 bytes"), "{}", error.what);
                assert_eq!(error.response.unwrap().status, 200);
                assert_eq!(error.what.contains("100001"), what == "announced", "{}", error.what);
            }
        }
    }
}

#[test]
fn endless_answers_and_bombs_are_left_early() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = sent.clone();
    let server = Server::new(move |_, stream| {
        chunked_head(stream, 200, "");
        while chunk(stream, &[b' '; 65_536]) {
            counter.fetch_add(65_536, Ordering::Relaxed);
        }
        After::Close
    });
    let limited = Settings { max_response_bytes: 1 << 20, ..settings() };
    let error = transport_error(send(&client_with(&server.url(), limited.clone()), &get(), Placement::Local));
    assert_eq!(error.kind, TransportKind::Body);
    // What the buffers of both sides hold comes on top.
    assert!(sent.load(Ordering::Relaxed) < 32 << 20);

    // 64 MB of blanks in 64 kB, sent as an announced success.
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20, "small enough to pass by its length");
    let server = Server::sequence(vec![Answer::new(200, bomb.clone()).header("Content-Encoding", "gzip")]);
    let error = transport_error(send(&client_with(&server.url(), limited), &get(), Placement::Local));
    assert_eq!((error.kind, server.count()), (TransportKind::Body, 1));

    let server = Server::sequence(vec![Answer::new(400, bomb).header("Content-Encoding", "gzip")]);
    let error = api_error(send(&client(&server.url()), &get(), Placement::Local));
    assert!(error.response.body.len() <= 256 << 10, "{}", error.response.body.len());
}

#[test]
fn an_error_page_is_read_to_a_bound_and_still_told() {
    let page = || format!("<html>{}", "x".repeat(10 << 20)).into_bytes();
    let announced = Server::sequence(vec![Answer::new(500, page()).header("Content-Type", "text/html")]);
    let chunked = Server::new(move |_, stream| {
        chunked_head(stream, 500, "");
        let _ = page().chunks(65_536).all(|piece| chunk(stream, piece)) && chunk(stream, b"");
        After::Close
    });
    // The limit of successes has nothing to say here.
    let small = Settings { max_response_bytes: 10, ..settings() };
    for server in [announced, chunked] {
        let error = api_error(send(&client_with(&server.url(), small.clone()), &get(), Placement::Local));
        assert_eq!((error.status(), error.response.body.len()), (500, 256 << 10));
        assert!(error.excerpt.clone().unwrap().starts_with("<html>xxx"));
        assert!(error.describe().len() < 1_000);
    }
    // A page that breaks off is told as far as it came.
    let server = Server::new(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 No\r\nContent-Length: 1000\r\n\r\nno such thi");
        After::Close
    });
    let error = api_error(send(&client(&server.url()), &post(), Placement::Local));
    assert_eq!((error.status(), error.excerpt.as_deref()), (400, Some("no such thi")));
}

// ---- Where requests and credentials go ----

#[test]
fn a_redirect_on_the_same_server_is_followed_where_nothing_is_done_twice() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::sequence(vec![Answer::new(status, "").header("Location", "/other?x=1"), ok()]);
        send(&client(&server.url()), &get(), Placement::Local).unwrap();
        let seen = server.log.lock().unwrap();
        assert_eq!(seen.iter().map(|s| s.target.as_str()).collect::<Vec<_>>(), ["/things", "/other?x=1"], "{status}");
        assert!(seen[1].header("authorization").is_some(), "{status}");
    }
    // What a change answers with 303 is fetched; by any other redirect it would have to be sent again.
    let server = Server::sequence(vec![Answer::new(303, "").header("Location", "/task/1"), ok()]);
    send(&client(&server.url()), &post(), Placement::Local).unwrap();
    let seen = server.log.lock().unwrap();
    assert_eq!((seen[1].method.as_str(), seen[1].target.as_str(), seen[1].body.len()), ("GET", "/task/1", 0));
    assert!(seen[1].header("content-type").is_none());
    for status in [301, 302, 307, 308] {
        let server = Server::sequence(vec![Answer::new(status, "").header("Location", "/other")]);
        assert_eq!(api_error(send(&client(&server.url()), &post(), Placement::Local)).status(), status);
        assert_eq!(server.count(), 1);
    }
}

#[test]
fn a_redirect_in_a_circle_ends() {
    let server = Server::new(|_, stream| Answer::new(302, "").header("Location", "/things").give(stream));
    assert_eq!(api_error(send(&client(&server.url()), &get(), Placement::Local)).status(), 302);
    assert_eq!(server.count(), 6);
}

#[test]
fn a_lost_answer_behind_a_redirect_leaves_the_doubt_of_the_change() {
    let server = Server::new(|seen, stream| match seen.method.as_str() {
        "POST" => Answer::new(303, "").header("Location", "/task/1").give(stream),
        _ => After::Close,
    });
    let Err(Error::Transport(error)) = send(&Client::with_settings(&client(&server.url()), retries(1)), &post(), Placement::Local) else {
        panic!("an answer came")
    };
    assert!(error.may_have_been_executed);
    assert_eq!(server.log.lock().unwrap().iter().filter(|seen| seen.method == "POST").count(), 1);
}

#[test]
fn bytes_may_lie_on_another_server_which_sees_no_credential() {
    let elsewhere = Server::sequence(vec![Answer::new(200, "bytes").header("Content-Type", "image/png")]);
    let server = Server::sequence(vec![Answer::new(302, "").header("Location", &format!("{}/file?token=abc", elsewhere.url()))]);
    let mut operation = engine::operation("GET /things", Vec::new());
    operation.returns = Some(Type::Bytes);
    let request = engine::bind(engine::publish(operation, Vec::new()), Vec::new()).unwrap();
    let mine = Client::with_settings(
        &client(&server.url()),
        Settings {
            headers: http::HeaderMap::from_iter([(http::HeaderName::from_static("x-mine"), http::HeaderValue::from_static("secret"))]),
            ..settings()
        },
    );
    let reply = send(&mine, &request, Placement::Local).unwrap();
    assert_eq!(&reply.response.body[..], b"bytes");
    let seen = elsewhere.log.lock().unwrap();
    assert_eq!((seen[0].header("authorization"), seen[0].header("x-mine")), (None, None));
    assert_eq!(seen[0].target, "/file?token=abc");
}

#[test]
fn redirects_to_another_server_are_told_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::sequence(vec![ok()]);
        let location = format!("{}/login?token=abc", elsewhere.url());
        let server = Server::sequence(vec![Answer::new(status, "").header("Location", &location)]);
        for request in [get(), post()] {
            let error = api_error(send(&client(&server.url()), &request, Placement::Local));
            assert_eq!(error.status(), status);
            assert!(error.hint.unwrap().contains("127.0.0.1"));
        }
        assert_eq!((server.count(), elsewhere.connections()), (2, 0), "{status}");
    }
}

#[test]
fn credentials_are_refused_over_plain_http_to_another_machine() {
    let product = client("http://127.0.0.1:1").product;
    let make = |url: &str, credentials| Client::new(product, Connection::new(url).unwrap(), settings(), credentials, Vec::new());
    for url in [
        "http://api.example.com",
        "http://10.0.0.1:8080",
        "http://localhost.example.com",
        "http://[2001:db8::1]",
        "http://127.0.0.1.example.com",
        "http://0.0.0.0:80",
    ] {
        let Err(Error::Configuration(text)) = make(url, bearer()) else { panic!("{url} was taken") };
        assert!(text.contains("plain http") && !text.contains(engine::SECRET), "{text}");
        assert!(make(url, vec![None]).is_ok(), "{url} without a credential");
    }
    for url in [
        "https://api.example.com",
        "http://127.0.0.1:1",
        "http://127.8.9.1",
        "http://localhost:1",
        "http://box.localhost",
        "http://[::1]:1",
    ] {
        assert!(make(url, bearer()).is_ok(), "{url}");
    }
}

#[test]
fn base_addresses_are_checked_and_their_secrets_not_repeated() {
    for bad in [
        "",
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https://api.example.com?x=1",
        "https://api.example.com#x",
        "https://user@api.example.com",
        "file:///etc/passwd",
    ] {
        assert!(matches!(Connection::new(bad), Err(Error::Configuration(_))), "{bad}");
    }
    for bad in [
        format!("https://user:{}@api.example.com", engine::SECRET),
        format!("ftp://user:{}@api.example.com", engine::SECRET),
        format!("https://user:{}@api.exa mple.com", engine::SECRET),
        format!("https://user:{}@api.example.com?x", engine::SECRET),
    ] {
        let Err(fault) = Connection::new(&bad) else { panic!("{bad} was taken") };
        assert!(fault.to_string().starts_with("base_url: ") && !fault.to_string().contains(engine::SECRET), "{fault}");
    }
    let connection = Connection::new(" https://api.example.com/ex/jira/1/ ").unwrap();
    assert_eq!(connection.root(), "https://api.example.com/ex/jira/1");
}

#[test]
fn the_path_of_the_base_address_stays_in_front() {
    let server = Server::sequence(vec![ok()]);
    send(&client(&format!("{}/ex/jira/1/", server.url())), &get(), Placement::Local).unwrap();
    assert_eq!(server.targets(), ["/ex/jira/1/things"]);
}

fn all(seen: &Seen, name: &str) -> String {
    seen.all(name).join(" | ")
}

#[test]
fn headers_of_the_call_stand_before_the_clients_and_these_before_ours() {
    let server = Server::sequence(vec![ok()]);
    send(&client(&server.url()), &post(), Placement::Local).unwrap();
    let seen = server.seen(0);
    assert_eq!((all(&seen, "accept"), all(&seen, "content-type")), ("application/json".into(), "application/json".into()));
    assert_eq!(all(&seen, "authorization"), format!("Bearer {}", engine::SECRET));
    assert!(all(&seen, "user-agent").starts_with("atlassian-cloud/"));
    assert_eq!(seen.body, br#"{"name":"x"}"#);

    let headers: HeaderMap = [("accept", "text/plain"), ("x-both", "client"), ("x-client", "1")]
        .into_iter()
        .map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v)))
        .collect();
    let client = client_with(&server.url(), Settings { headers, ..settings() });
    let mut request = post();
    request.headers.insert("x-both", HeaderValue::from_static("call"));
    request.headers.insert("content-type", HeaderValue::from_static("application/xml"));
    send(&client, &request, Placement::Local).unwrap();
    let seen = server.seen(1);
    assert_eq!((all(&seen, "x-both"), all(&seen, "x-client")), ("call".into(), "1".into()));
    assert_eq!((all(&seen, "accept"), all(&seen, "content-type")), ("text/plain".into(), "application/xml".into()), "each stands once");

    request.headers.insert("authorization", HeaderValue::from_static("Basic own"));
    send(&client, &request, Placement::Local).unwrap();
    assert_eq!(all(&server.seen(2), "authorization"), "Basic own");
    send(&client, &get(), Placement::Local).unwrap();
    assert_eq!(all(&server.seen(3), "content-type"), "", "no body, no type");
}

#[test]
fn other_media_types_are_asked_for_beside_json() {
    let mut operation = engine::operation("POST /things", vec![engine::param("a", Place::Body, Type::Str)]);
    operation.content_type = "application/scim+json".into();
    let request = engine::bind(engine::publish(operation, Vec::new()), vec![None]).unwrap();
    let server = Server::sequence(vec![Answer::new(200, "{}").header("Content-Type", "application/scim+json")]);
    send(&client(&server.url()), &request, Placement::Local).unwrap();
    assert_eq!(all(&server.seen(0), "accept"), "application/scim+json, application/json");
    assert_eq!(all(&server.seen(0), "content-type"), "application/scim+json");
}

/// Run by the test below in a process of its own, with HTTP_PROXY set; ignored otherwise.
#[test]
#[ignore = "a part of another test"]
fn child_with_a_proxy_in_its_environment() {
    let target = std::env::var("TEST_TARGET").unwrap();
    let own = Settings { headers: [(http::header::AUTHORIZATION, HeaderValue::from_static("none"))].into_iter().collect(), ..retries(0) };
    let product = client(&target).product;
    let make = |url: &str, trust_env: bool, proxy: Option<String>| {
        let mut connection = engine::connection(url);
        connection.trust_env = trust_env;
        connection.proxy = proxy;
        Client::new(product, connection, own.clone(), Vec::new(), Vec::new()).unwrap()
    };
    for placement in PLACEMENTS {
        send(&make(&target, true, None), &free("GET", "/direct", None), placement).unwrap();
        // The proxy does not speak TLS: being asked is what counts.
        assert!(send(&make("https://nowhere.invalid", true, None), &free("GET", "/", None), placement).is_err());
        assert!(send(&make("https://nowhere.invalid", false, None), &free("GET", "/", None), placement).is_err());
        send(&make(&target, true, std::env::var("HTTP_PROXY").ok()), &free("GET", "/by-argument", None), placement).unwrap();
    }
}

#[test]
fn a_proxy_of_the_environment_is_for_other_machines() {
    let target = Server::sequence(vec![ok()]);
    let proxy = Server::sequence(vec![ok()]);
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_with_a_proxy_in_its_environment", "--ignored", "--nocapture"])
        .env("TEST_TARGET", target.url())
        .env("HTTP_PROXY", proxy.url())
        .env("HTTPS_PROXY", proxy.url())
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(target.targets(), ["/direct", "/direct"]);
    let through = ["nowhere.invalid:443".to_owned(), format!("{}/by-argument", target.url())];
    assert_eq!(proxy.targets(), [through.clone(), through].concat());
}

#[test]
fn faulty_proxies_and_certificates_show_when_the_client_is_made() {
    let product = client("http://127.0.0.1:1").product;
    let make = |change: &dyn Fn(&mut Connection)| {
        let mut connection = Connection::new("https://api.example.com").unwrap();
        change(&mut connection);
        match Client::new(product, connection, settings(), bearer(), Vec::new()) {
            Err(Error::Configuration(text)) => text,
            _ => String::new(),
        }
    };
    let text = make(&|c| c.proxy = Some(format!("http://user:{}@ex ample:80", engine::SECRET)));
    assert!(text.contains("proxy") && !text.contains(engine::SECRET), "{text}");
    for slip in ["htp", "ftp", "socks9"] {
        let text = make(&|c| c.proxy = Some(format!("{slip}://user:{}@127.0.0.1:3128", engine::SECRET)));
        assert!(text.contains("proxy") && text.contains("socks5h") && !text.contains(engine::SECRET), "{slip}: {text}");
    }
    for scheme in ["http", "HTTPS", "socks5", "socks5h"] {
        assert_eq!(make(&|c| c.proxy = Some(format!("{scheme}://127.0.0.1:3128"))), "", "{scheme}");
    }
    assert_eq!(make(&|c| c.proxy = Some("127.0.0.1:3128".into())), "");
    let folder = engine::scratch("certificates");
    let text = make(&|c| c.ca_bundle = Some(folder.join("missing.pem")));
    assert!(text.contains("ca_bundle") && text.contains("missing.pem"), "{text}");
    assert!(make(&|c| c.ca_bundle = Some(folder.clone())).contains("no certificate"));
    std::fs::write(folder.join("other.txt"), "not a certificate").unwrap();
    assert!(make(&|c| c.ca_bundle = Some(folder.join("other.txt"))).contains("no certificate"));
    // Reads as PEM, is no certificate.
    std::fs::write(folder.join("broken.pem"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").unwrap();
    let text = make(&|c| c.ca_bundle = Some(folder.join("broken.pem")));
    assert!(text.starts_with("ca_bundle: "), "{text}");
}

// ---- Connections ----

#[test]
fn connections_are_used_again_also_by_changed_copies() {
    for placement in PLACEMENTS {
        let server = Server::sequence(vec![ok()]);
        let client = client(&server.url());
        for _ in 0..10 {
            send(&client, &post(), placement).unwrap();
            send(&client.with_settings(within(3.0)), &get(), placement).unwrap();
        }
        assert_eq!(server.count(), 20);
        // A connection may come back to the pool a moment after its answer; on a busy machine a second is opened meanwhile.
        assert!(server.connections() <= 5, "{placement:?}: {}", server.connections());
    }
}

#[test]
fn a_post_after_the_server_closed_an_idle_connection_succeeds() {
    for placement in PLACEMENTS {
        // Closed at once, without a word in the answer; the pause is longer or shorter than the engine's own look at old connections.
        for pause in [20, 600] {
            let server = Server::new(|_, stream| ok().then_close().give(stream));
            let client = client_with(&server.url(), retries(0));
            for round in 0..3 {
                let result = send(&client, &post(), placement);
                assert!(result.is_ok(), "{placement:?}, round {round} after {pause} ms: {}", result.unwrap_err());
                std::thread::sleep(Duration::from_millis(pause));
            }
            assert_eq!((server.count(), server.connections()), (3, 3), "{placement:?} {pause}");
        }
        // Closed after a while of silence.
        let server = Server::new(|_, stream| {
            ok().give(stream);
            let _ = stream.set_read_timeout(Some(Duration::from_millis(100)));
            After::Keep
        });
        let client = client_with(&server.url(), retries(0));
        send(&client, &post(), placement).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        let result = send(&client, &post(), placement);
        assert!(result.is_ok(), "{placement:?}: {}", result.unwrap_err());
        assert_eq!((server.count(), server.connections()), (2, 2), "{placement:?}");
    }
}

#[test]
fn a_connection_the_server_announces_to_close_is_not_used_again() {
    for placement in PLACEMENTS {
        let server = Server::sequence(vec![ok().header("Connection", "close").then_close()]);
        let client = client_with(&server.url(), retries(0));
        for _ in 0..5 {
            send(&client, &post(), placement).unwrap();
        }
        assert_eq!(server.connections(), 5);
    }
}

#[test]
fn sixty_four_threads_call_at_once() {
    const THREADS: usize = 64;
    let server = Server::new(|seen, stream| Answer::json(json!({"target": seen.target})).give(stream));
    let client = client(&server.url());
    let shared = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (client, shared) = (&client, &shared);
            scope.spawn(move || {
                for call in 0..5 {
                    let path = format!("/things/{thread}/{call}");
                    let request = free("GET", &path, None);
                    let reply = runtime::block_on(
                        |here| {
                            shared.fetch_add(usize::from(here == Placement::Shared), Ordering::Relaxed);
                            client.send(&request, here)
                        },
                        || Ok::<(), ()>(()),
                    );
                    let document = reply.unwrap().unwrap().unwrap().document.unwrap();
                    assert_eq!(document.get("target").unwrap().text().unwrap().to_string_lossy(), path, "each gets its own answer");
                }
            });
        }
    });
    assert_eq!(server.count(), THREADS * 5);
    assert!(shared.load(Ordering::Relaxed) > 0, "more threads than runtimes of their own");
}

// ---- The blocking door ----

#[test]
fn a_wait_ends_when_the_caller_says_so_and_the_request_with_it() {
    for crowd in [0, 4] {
        let gone = Arc::new(AtomicBool::new(false));
        let seen_gone = gone.clone();
        let server = Server::new(move |_, stream| {
            // Silence until the other side leaves.
            seen_gone.store(matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_)), Ordering::SeqCst);
            After::Close
        });
        // With four more callers there is no runtime of one's own left: the wait goes over the shared one.
        let idle = Server::new(|_, _| {
            std::thread::sleep(Duration::from_secs(1));
            After::Close
        });
        std::thread::scope(|scope| {
            for _ in 0..crowd {
                scope.spawn(|| send(&client_with(&idle.url(), within(0.8)), &get(), Placement::Local));
            }
            if crowd > 0 {
                assert!(soon(|| idle.count() == crowd));
            }
            let (client, request) = (client(&server.url()), get());
            let mut calls = 0;
            let (outcome, seconds) = timed(|| {
                runtime::block_on(
                    |here| client.send(&request, here),
                    || {
                        calls += 1;
                        if calls < 4 { Ok(()) } else { Err("stop") }
                    },
                )
            });
            assert_eq!(outcome.unwrap().unwrap_err(), "stop");
            assert!((0.15..0.6).contains(&seconds), "{seconds}");
            // A connection of a thread's own runtime closes when that runtime runs again.
            if !soon(|| gone.load(Ordering::SeqCst)) {
                engine::block_on(tokio::task::yield_now());
                assert!(soon(|| gone.load(Ordering::SeqCst)), "crowd {crowd}: the request goes on");
            }
        });
        assert_eq!(server.count(), 1);
    }
}

#[test]
fn a_call_inside_a_wait_is_possible() {
    let server = Server::new(|seen, stream| {
        if seen.target == "/slow" {
            std::thread::sleep(Duration::from_millis(300));
        }
        ok().give(stream)
    });
    let (client, slow) = (client(&server.url()), free("GET", "/slow", None));
    let mut inner = 0;
    let outcome = runtime::block_on(
        |here| client.send(&slow, here),
        || {
            inner += 1;
            send(&client, &free("GET", "/quick", None), Placement::Local).map(|_| ())
        },
    );
    outcome.unwrap().unwrap().unwrap();
    assert!(inner >= 2);
    send(&client, &get(), Placement::Local).unwrap();
}

#[test]
fn a_closed_client_refuses_and_what_is_under_way_ends() {
    let server = Server::new(|_, stream| {
        std::thread::sleep(Duration::from_millis(300));
        ok().give(stream)
    });
    for placement in PLACEMENTS {
        let client = client(&server.url());
        let copy = client.with_settings(within(5.0));
        let before = server.count();
        std::thread::scope(|scope| {
            let call = scope.spawn(|| send(&client, &get(), placement));
            assert!(soon(|| server.count() > before));
            client.close();
            assert!(call.join().unwrap().is_ok(), "{placement:?}: the call under way");
        });
        for closed in [&client, &copy] {
            for placement in PLACEMENTS {
                let Err(Error::Configuration(text)) = send(closed, &get(), placement) else { panic!("the closed client sent") };
                assert!(text.contains("closed"), "{text}");
            }
        }
        assert_eq!(server.count(), before + 1);
    }
}

// ---- What an answer must be ----

#[test]
fn answers_are_held_to_what_was_due() {
    let returning = |returns| {
        let mut operation = engine::operation("GET /things", Vec::new());
        operation.returns = returns;
        engine::bind(engine::publish(operation, Vec::new()), Vec::new()).unwrap()
    };
    let html = || Answer::new(200, "<html>Log in").header("Content-Type", "text/html; charset=utf-8");
    let untyped = |body: &str| Answer { headers: Vec::new(), ..Answer::new(200, body) };
    let none = || returning(None);
    let object = || returning(Some(Type::Object));
    for (what, request, answer, wanted) in [
        ("204", object(), Answer::new(204, ""), Ok(false)),
        ("202 without a body", object(), Answer::new(202, ""), Ok(false)),
        ("200 without a body", object(), Answer::new(200, ""), Err("empty where JSON was due")),
        ("201 with blanks", object(), Answer::new(201, " \r\n"), Err("empty where JSON was due")),
        ("200 without a body where none is due", none(), Answer::new(200, ""), Ok(false)),
        ("a free request without an answer", get(), Answer::new(200, ""), Ok(false)),
        ("any value may be nothing", returning(Some(Type::Any)), Answer::new(200, ""), Ok(false)),
        ("a body where none is due", none(), ok(), Ok(true)),
        ("a login page", object(), html(), Err("\"text/html; charset=utf-8\" where JSON was due")),
        ("a login page for a free request", get(), html(), Err("where JSON was due")),
        ("JSON of another name", object(), Answer::new(200, "{}").header("Content-Type", "application/scim+json"), Ok(true)),
        ("JSON without a type", object(), untyped("{}"), Ok(true)),
        ("text without a type", object(), untyped("hello"), Err("no valid JSON")),
        ("cut JSON", object(), Answer::new(200, "{\"a\":"), Err("no valid JSON")),
        ("too deep", object(), Answer::new(200, "[".repeat(2_000)), Err("no valid JSON")),
        ("206", object(), Answer::new(206, "{}"), Ok(true)),
    ] {
        let server = Server::sequence(vec![answer]);
        match (send(&client(&server.url()), &request, Placement::Local), wanted) {
            (Ok(reply), Ok(has_document)) => assert_eq!(reply.document.is_some(), has_document, "{what}"),
            (Err(Error::Api(error)), Err(text)) => assert!(error.describe().contains(text), "{what}: {}", error.describe()),
            (result, _) => panic!("{what}: {result:?}"),
        }
        assert_eq!(server.count(), 1, "{what}");
    }
}

#[test]
fn compressed_answers_are_unpacked() {
    let server = Server::sequence(vec![Answer::new(200, gzip(br#"{"a":1}"#)).header("Content-Encoding", "gzip")]);
    let reply = send(&client(&server.url()), &get(), Placement::Local).unwrap();
    assert_eq!(&reply.response.body[..], br#"{"a":1}"#);
    for kind in ["gzip", "br", "zstd"] {
        assert!(all(&server.seen(0), "accept-encoding").contains(kind), "{kind}");
    }
    // Damaged: a body that cannot be read, not an empty success.
    let server = Server::sequence(vec![Answer::new(200, "not gzip").header("Content-Encoding", "gzip")]);
    let error = transport_error(send(&client_with(&server.url(), retries(0)), &get(), Placement::Local));
    assert_eq!((error.kind, error.response.unwrap().status), (TransportKind::Body, 200));
}
