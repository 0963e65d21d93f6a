//! The listening side: connections, faults, records. What a request means is decided in `answer`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::answer::{self, Question};
use super::base64_text;
use super::fault::{Canned, Fault, Kind, Queue, When, gzip_bomb};
use super::files;
use super::reply::{Api, Reply, title};
use super::store::State;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// So many requests are kept; older ones are forgotten.
const KEPT: usize = 10_000;
/// So many bytes of answers are kept with them.
const ANSWERS: usize = 32 << 20;
const LARGEST_BODY: usize = 512 << 20;

/// One request as it came.
#[derive(Debug, Clone, Serialize)]
pub struct Recorded {
    pub method: String,
    /// Path with query, as sent.
    pub path: String,
    /// Credentials are reduced to their scheme.
    pub headers: Vec<(String, String)>,
    /// Base64, for JSON cannot carry bytes.
    #[serde(with = "base64_text")]
    pub body: Bytes,
    /// Whether a handler saw it.
    pub executed: bool,
    /// What was answered; 0 when nothing was.
    pub status: u16,
    /// "HTTP/1.1", "HTTP/2.0"
    pub version: String,
    #[serde(skip)]
    response_headers: Vec<(String, String)>,
    /// None: it was a fault's, or is too old to be kept.
    #[serde(skip)]
    response_body: Option<Bytes>,
}

/// A request with its answer, which may be large.
#[derive(Debug, Serialize)]
pub struct Exchange {
    #[serde(flatten)]
    request: Recorded,
    response_headers: Vec<(String, String)>,
    #[serde(serialize_with = "base64_text::optional")]
    response_body: Option<Bytes>,
}

impl From<Recorded> for Exchange {
    fn from(mut request: Recorded) -> Exchange {
        let response_headers = std::mem::take(&mut request.response_headers);
        let response_body = request.response_body.take();
        Exchange { request, response_headers, response_body }
    }
}

#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Recorded>,
    /// Number of the first entry kept.
    first: u64,
    /// Entries whose answers are kept, and the bytes of these.
    answered: VecDeque<u64>,
    answer_bytes: usize,
}

impl Log {
    fn push(&mut self, entry: Recorded) -> u64 {
        if self.entries.len() == KEPT {
            let gone = self.entries.pop_front().and_then(|entry| entry.response_body);
            self.answer_bytes -= gone.map_or(0, |body| body.len());
            self.first += 1;
        }
        self.entries.push_back(entry);
        self.first + self.entries.len() as u64 - 1
    }

    fn change(&mut self, number: u64, change: impl FnOnce(&mut Recorded)) {
        let position = number.checked_sub(self.first).and_then(|position| usize::try_from(position).ok());
        if let Some(entry) = position.and_then(|position| self.entries.get_mut(position)) {
            change(entry);
        }
    }

    /// Keeps an answer, and lets the oldest go beyond `ANSWERS` bytes.
    fn answer(&mut self, number: u64, headers: Vec<(String, String)>, body: Bytes) {
        self.answer_bytes += body.len();
        self.answered.push_back(number);
        self.change(number, |entry| (entry.response_headers, entry.response_body) = (headers, Some(body)));
        while self.answer_bytes > ANSWERS
            && let Some(oldest) = self.answered.pop_front()
        {
            let mut freed = 0;
            self.change(oldest, |entry| freed = entry.response_body.take().map_or(0, |body| body.len()));
            self.answer_bytes -= freed;
        }
    }

    pub fn entries(&self) -> Vec<Recorded> {
        self.entries.iter().cloned().collect()
    }

    pub fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
        self.answered.clear();
        self.answer_bytes = 0;
    }
}

/// What the server's thread and the owner of the box share.
pub struct Shared {
    pub url: String,
    /// Sites answer from their models alone.
    examples: bool,
    state: Mutex<State>,
    /// What the box began with.
    fresh: Mutex<State>,
    faults: Mutex<Queue>,
    log: Mutex<Log>,
    pub closing: Notify,
}

/// A poisoned lock goes on: a handler that panics is caught while it is held, and its answer tells what that means.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Shared {
    pub fn new(url: String, examples: bool) -> Shared {
        let fresh = State::seeded(&url, examples);
        Shared {
            state: Mutex::new(fresh.clone()),
            fresh: Mutex::new(fresh),
            url,
            examples,
            faults: Mutex::default(),
            log: Mutex::default(),
            closing: Notify::new(),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Everything as at the start: data, faults, recorded requests, clock.
    pub fn reset(&self) {
        self.faults().clear();
        self.log().clear();
        *self.state() = lock(&self.fresh).clone();
    }

    pub fn faults(&self) -> MutexGuard<'_, Queue> {
        lock(&self.faults)
    }

    pub fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }
}

/// Accepts until the box closes.
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            () = shared.closing.notified() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    connections.spawn(connection(Ending(stream), tls.clone(), shared.clone()));
                }
                // Out of descriptors, or the socket was shut down: the next turn tells.
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            },
        }
    }
    connections.shutdown().await;
}

async fn connection(stream: Ending, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let killed = Arc::new(Notify::new());
    let service = {
        let killed = killed.clone();
        hyper::service::service_fn(move |request| exchange(request, shared.clone(), killed.clone()))
    };
    let builder = auto::Builder::new(TokioExecutor::new());
    match tls {
        None => {
            let serving = builder.serve_connection(TokioIo::new(stream), service);
            tokio::select! { _ = serving => {}, () = killed.notified() => {} }
        }
        Some(acceptor) => {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let serving = builder.serve_connection(TokioIo::new(stream), service);
            tokio::select! { _ = serving => {}, () = killed.notified() => {} }
        }
    }
}

async fn exchange(request: Request<Incoming>, shared: Arc<Shared>, killed: Arc<Notify>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let method = head.method.as_str().to_owned();
    let target = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let number = shared.log().push(Recorded {
        method: method.clone(),
        path: target.clone(),
        headers: recorded_headers(&head.headers),
        body: Bytes::new(),
        executed: false,
        status: 0,
        version: format!("{:?}", head.version),
        response_headers: Vec::new(),
        response_body: None,
    });
    let (fault, latency) = {
        let mut faults = shared.faults();
        (faults.take(&method, &target), faults.wait(&method, &target))
    };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if matches!(&fault, Some(Fault { kind: Kind::Drop { when: When::Before }, .. })) {
        return Ok(end(&killed).await);
    }
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(_) => return Ok(end(&killed).await),
    };
    shared.log().change(number, |entry| entry.body = body.clone());

    let late = match &fault {
        Some(Fault { kind: Kind::Delay { ms }, execute, .. }) => Some((Duration::from_millis(*ms), *execute)),
        _ => None,
    };
    if let Some((wait, false)) = late {
        tokio::time::sleep(wait).await;
    }
    let mut real = None;
    if fault.as_ref().is_none_or(Fault::executes) {
        let parts = files::parts(&head.headers, &body).await;
        let question = Question {
            method: &method,
            target: &target,
            headers: &head.headers,
            body: &body,
            parts: parts.unwrap_or_default(),
            examples: shared.examples,
            empty_page: matches!(&fault, Some(Fault { kind: Kind::EmptyPage, .. })),
        };
        let answer = {
            let mut state = shared.state();
            answer::answer(&mut state, &question)
        };
        shared.log().change(number, |entry| {
            entry.executed = answer.executed;
            entry.status = answer.reply.status;
        });
        real = Some(answer.reply);
    }
    if let Some((wait, true)) = late {
        tokio::time::sleep(wait).await;
    }
    let api = Api::of(head.uri.path());
    let response = match fault.map(|fault| fault.kind) {
        Some(Kind::Drop { when: When::Midbody }) => midbody(real, api, &killed),
        Some(Kind::Drop { .. }) => {
            shared.log().change(number, |entry| entry.status = 0);
            return Ok(end(&killed).await);
        }
        Some(Kind::Drip { interval_ms }) => drip(real, api, Duration::from_millis(interval_ms)),
        Some(Kind::Respond(canned)) => {
            shared.log().change(number, |entry| entry.status = canned.status);
            respond(&canned)
        }
        Some(Kind::GzipBomb { bytes, status }) => {
            shared.log().change(number, |entry| entry.status = status);
            bomb(bytes, status)
        }
        Some(Kind::Delay { .. } | Kind::EmptyPage) | None => plain(real, api, |headers, body| {
            // Examples tell nothing, and tests that call everything look at the requests often.
            if !shared.examples {
                shared.log().answer(number, headers, body);
            }
        }),
    };
    Ok(finish(response, &shared, number))
}

fn recorded_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    (headers.iter())
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            let secret = name == http::header::AUTHORIZATION || name == http::header::PROXY_AUTHORIZATION || name == http::header::COOKIE;
            let shown = if secret { text.split(' ').next().unwrap_or_default().to_owned() } else { text.into_owned() };
            (name.as_str().to_owned(), shown)
        })
        .collect()
}

/// Ends the connection; the response is never sent.
async fn end(killed: &Notify) -> Response<Body> {
    killed.notify_one();
    std::future::pending().await
}

fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// Status, headers and bytes of a reply, without a body yet.
fn parts(reply: Option<Reply>, api: Api) -> (http::response::Builder, Bytes) {
    let Some(reply) = reply else { return (Response::builder(), Bytes::new()) };
    let mut builder = Response::builder().status(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    let media = reply.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    if let Some(content) = reply.content {
        return (builder, content);
    }
    let Some(body) = reply.body else { return (builder, Bytes::new()) };
    if !media {
        builder = builder.header("content-type", api.media());
    }
    (builder, serde_json::to_vec(&body).unwrap_or_default().into())
}

fn build(builder: http::response::Builder, body: Body) -> Response<Body> {
    builder.body(body).unwrap_or_else(|fault| {
        let mut response = Response::new(whole(format!("The answer cannot be sent: {fault}.")));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// The real answer, which is shown to `keep`.
fn plain(reply: Option<Reply>, api: Api, keep: impl FnOnce(Vec<(String, String)>, Bytes)) -> Response<Body> {
    let (builder, bytes) = parts(reply, api);
    keep(builder.headers_ref().map(recorded_headers).unwrap_or_default(), bytes.clone());
    build(builder, whole(bytes))
}

fn midbody(reply: Option<Reply>, api: Api, killed: &Arc<Notify>) -> Response<Body> {
    let (builder, bytes) = parts(reply, api);
    // A body of one byte has no middle: promise two.
    let promised = bytes.len().max(2);
    let half = bytes.slice(..bytes.len() / 2);
    let killed = killed.clone();
    let frames = stream::unfold(Some(half), move |half| {
        let killed = killed.clone();
        async move {
            match half {
                Some(half) => Some((Ok(Frame::data(half)), None)),
                None => {
                    // The half must have left before the connection goes.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    killed.notify_one();
                    std::future::pending().await
                }
            }
        }
    });
    build(builder.header("content-length", promised), StreamBody::new(frames).boxed_unsync())
}

fn drip(reply: Option<Reply>, api: Api, interval: Duration) -> Response<Body> {
    let (builder, bytes) = parts(reply, api);
    let frames = stream::unfold(0, move |position| {
        let byte = bytes.slice(position.min(bytes.len())..(position + 1).min(bytes.len()));
        async move {
            tokio::time::sleep(interval).await;
            let byte = if byte.is_empty() { Bytes::from_static(b" ") } else { byte };
            Some((Ok(Frame::data(byte)), position + 1))
        }
    });
    build(builder, StreamBody::new(frames).boxed_unsync())
}

fn respond(canned: &Canned) -> Response<Body> {
    let status = StatusCode::from_u16(canned.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = Response::builder().status(status);
    for (name, value) in &canned.headers {
        builder = builder.header(name, value.as_bytes());
    }
    let media = canned.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let given = canned.body.as_deref().and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    let bytes: Bytes = match (given, canned.body_size) {
        (Some(bytes), _) => bytes.into(),
        (None, Some(size)) => sized(size),
        (None, None) if matches!(canned.status, 204 | 304) || status.is_informational() => Bytes::new(),
        (None, None) => serde_json::json!({"code": canned.status, "message": title(canned.status)}).to_string().into(),
    };
    if !media && !bytes.is_empty() {
        builder = builder.header("content-type", "application/json");
    }
    build(builder, whole(bytes))
}

/// A JSON object of exactly so many bytes (11 at least).
fn sized(size: u64) -> Bytes {
    let filling = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(11).min(1 << 32);
    let mut text = String::with_capacity(filling + 11);
    text.push_str("{\"data\":\"");
    text.extend(std::iter::repeat_n('A', filling));
    text.push_str("\"}");
    text.into()
}

fn bomb(bytes: u64, status: u16) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let builder = Response::builder().status(status).header("content-type", "application/json").header("content-encoding", "gzip");
    build(builder, whole(gzip_bomb(bytes).unwrap_or_default()))
}

/// What every answer carries.
fn finish(mut response: Response<Body>, shared: &Shared, number: u64) -> Response<Body> {
    let id = super::reply::uuid(super::reply::fnv(shared.url.as_bytes()), number);
    if let Ok(value) = http::HeaderValue::from_str(&id.replace('-', "")) {
        response.headers_mut().entry("atl-traceid").or_insert(value);
    }
    if let Ok(value) = http::HeaderValue::from_str(&httpdate::fmt_http_date(std::time::SystemTime::now())) {
        response.headers_mut().entry("date").or_insert(value);
    }
    response.headers_mut().entry("server").or_insert(http::HeaderValue::from_static("AtlassianEdge"));
    response
}

/// A connection that ends for the peer when it is dropped, even while a forked child holds the descriptor.
struct Ending(TcpStream);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = socket2::SockRef::from(&self.0).shutdown(Shutdown::Both);
    }
}

impl AsyncRead for Ending {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Ending {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
