//! One attempt over reqwest: connections, certificates, proxies, and an answer that is read within bounds.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use arc_swap::ArcSwapOption;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use tower_layer::Layer;
use tower_service::Service;

use super::certificates;
use super::error::{Error, TransportKind, chain};
use super::runtime::{self, Placement};
use super::settings::Connection;
use super::upload::{Sent, Unreadable, Upload};
use crate::document::Body;

/// An error page is read up to here and then left.
const ERROR_BODY_BYTES: u64 = 256 << 10;

/// Bodies are not allocated beyond this on the server's word alone.
const TRUSTED_LENGTH: u64 = 8 << 20;

/// Half of what a connection reads at a time.
const SMALL: usize = 4096;

/// Less than any server of Atlassian's keeps an idle connection.
const POOL_IDLE: std::time::Duration = std::time::Duration::from_secs(45);

pub struct Transport {
    id: u64,
    alive: Arc<()>,
    pid: u32,
    closed: AtomicBool,
    pub connection: Connection,
    /// Set by the first connection that is made.
    connected: Arc<AtomicBool>,
    /// Connections of the shared workers, with the process they belong to.
    shared: ArcSwapOption<(u32, Client)>,
}

/// What goes out with one attempt.
#[derive(Clone)]
pub enum Payload {
    Nothing,
    Bytes(Bytes),
    Upload(Arc<Upload>),
}

/// How the body of an answer is read.
#[derive(Clone, Copy)]
pub enum Reading {
    /// At once, a success up to so many bytes.
    Whole(u64),
    /// A success piece by piece, by whoever asked.
    Streamed,
}

/// What came back from one attempt.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Body,
    /// The body where it is streamed.
    pub rest: Option<reqwest::Response>,
}

/// Why one attempt has no answer.
#[derive(Debug)]
pub struct Failure {
    pub kind: TransportKind,
    pub what: String,
    /// Nothing of the request left this machine.
    pub not_sent: bool,
    /// Set when trying again cannot help, such as an answer beyond the size limit.
    pub is_final: bool,
    pub head: Option<(u16, HeaderMap)>,
}

impl Drop for Transport {
    fn drop(&mut self) {
        // In a forked child the pool's tasks are gone and its locks may be held for ever.
        if std::process::id() != self.pid
            && let Some(old) = self.shared.swap(None)
        {
            std::mem::forget(old);
        }
    }
}

impl Transport {
    pub fn new(connection: Connection) -> Result<Self, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Faults of certificates and proxies show when the client is made, not at the first call.
        if let Some(roots) = certificates::chosen(&connection)? {
            certificates::read(&roots)?;
            build(&connection, &Arc::default()).map_err(|fault| roots.blame(fault))?;
        }
        check_proxies(&connection)?;
        Ok(Transport {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            alive: Arc::new(()),
            pid: std::process::id(),
            closed: AtomicBool::new(false),
            connection,
            connected: Arc::default(),
            shared: ArcSwapOption::empty(),
        })
    }

    /// No call is begun any more; those under way come to their end.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        let old = self.shared.swap(None);
        if std::process::id() != self.pid {
            std::mem::forget(old);
        }
    }

    /// False only if nothing can have been sent to anyone.
    pub fn was_ever_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    fn client(&self, placement: Placement) -> Result<Client, Error> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::Configuration("the client is closed; make a new one, or call it inside its `with` block".into()));
        }
        if placement == Placement::Local {
            return runtime::local_client(self.id, &self.alive, || build(&self.connection, &self.connected));
        }
        let pid = std::process::id();
        let current = self.shared.load();
        if let Some(known) = current.as_ref()
            && known.0 == pid
        {
            return Ok(known.1.clone());
        }
        let client = build(&self.connection, &self.connected)?;
        let previous = self.shared.swap(Some(Arc::new((pid, client.clone()))));
        if let Some(old) = previous
            && old.0 != pid
        {
            std::mem::forget(old);
        }
        Ok(client)
    }

    pub async fn attempt(
        &self,
        placement: Placement,
        method: &Method,
        url: &str,
        headers: HeaderMap,
        body: Payload,
        reading: Reading,
    ) -> Result<Result<Answer, Failure>, Error> {
        let client = self.client(placement)?;
        let Some(address) = self.connection.address(url) else {
            return Err(Error::Configuration(format!("not an address: {url}")));
        };
        let sent = Sent::default();
        let mut request = client.request(method.clone(), address).headers(headers);
        request = match body {
            Payload::Nothing => request,
            Payload::Bytes(body) => request.body(body),
            Payload::Upload(upload) => upload.attach(request, &sent),
        };
        let mut response = match self.answer(request, &sent).await {
            Ok(response) => response,
            Err(failure) => return Ok(Err(failure)),
        };
        let status = response.status().as_u16();
        let is_success = response.status().is_success();
        let most_bytes = match reading {
            Reading::Streamed if is_success => {
                let headers = response.headers().clone();
                return Ok(Ok(Answer { status, headers, body: Body::default(), rest: Some(response) }));
            }
            Reading::Streamed => ERROR_BODY_BYTES,
            Reading::Whole(most) => most,
        };
        let limit = if is_success { most_bytes } else { ERROR_BODY_BYTES };
        let announced = response.content_length().unwrap_or(0);
        let head = |response: &mut reqwest::Response| Some((status, std::mem::take(response.headers_mut())));
        let too_large = |announced: Option<u64>| {
            let size = announced.map(|n| format!(" of {n} bytes")).unwrap_or_default();
            format!(
                "the answer{size} is larger than the limit of {most_bytes} bytes; raise max_response_bytes if it is meant to be, or read a file by with_streaming_response"
            )
        };
        if is_success && announced > limit {
            return Ok(Err(Failure {
                kind: TransportKind::Body,
                what: too_large(Some(announced)),
                not_sent: false,
                is_final: true,
                head: head(&mut response),
            }));
        }
        let mut collected = Collected::new(announced.min(TRUSTED_LENGTH) as usize);
        loop {
            match self.piece(&mut response).await {
                Ok(Some(chunk)) => {
                    let room = limit - (collected.len() as u64).min(limit);
                    if chunk.len() as u64 > room {
                        if is_success {
                            return Ok(Err(Failure {
                                kind: TransportKind::Body,
                                what: too_large(None),
                                not_sent: false,
                                is_final: true,
                                head: head(&mut response),
                            }));
                        }
                        collected.push(chunk.slice(..room as usize));
                        break;
                    }
                    collected.push(chunk);
                }
                Ok(None) => break,
                // The status of a failed call is worth more than the rest of its page.
                Err(_) if !is_success => break,
                Err(mut failure) => {
                    failure.head = head(&mut response);
                    return Ok(Err(failure));
                }
            }
        }
        let headers = std::mem::take(response.headers_mut());
        Ok(Ok(Answer { status, headers, body: collected.finish(), rest: None }))
    }

    /// The head of the answer. The read time-out begins anew whenever something more was sent, and does not run while the caller's
    /// own source keeps us waiting.
    async fn answer(&self, request: reqwest::RequestBuilder, sent: &Sent) -> Result<reqwest::Response, Failure> {
        let mut work = pin!(request.send());
        loop {
            let before = sent.bytes();
            match tokio::time::timeout(self.connection.read_timeout, &mut work).await {
                Ok(result) => return result.map_err(failure),
                Err(_) if sent.bytes() > before || sent.waits_for_source() => {}
                Err(_) => return Err(silent()),
            }
        }
    }

    /// The next piece of a body, None at its end.
    pub async fn piece(&self, response: &mut reqwest::Response) -> Result<Option<Bytes>, Failure> {
        match tokio::time::timeout(self.connection.read_timeout, response.chunk()).await {
            Ok(result) => result.map_err(|fault| Failure { not_sent: false, ..failure(fault) }),
            Err(_) => Err(silent()),
        }
    }
}

fn silent() -> Failure {
    let what = "no answer within the read time-out".to_owned();
    Failure { kind: TransportKind::Timeout, what, not_sent: false, is_final: false, head: None }
}

/// A body that came in one piece is not copied, unless it is small: it lies in a buffer of the connection, which could not be used
/// for the next answer.
struct Collected {
    first: Bytes,
    rest: BytesMut,
    expected: usize,
}

impl Collected {
    fn new(expected: usize) -> Self {
        Collected { first: Bytes::new(), rest: BytesMut::new(), expected }
    }

    fn len(&self) -> usize {
        if self.rest.is_empty() { self.first.len() } else { self.rest.len() }
    }

    fn push(&mut self, chunk: Bytes) {
        if self.first.is_empty() && self.rest.is_empty() {
            self.first = chunk;
            return;
        }
        if self.rest.is_empty() {
            let here = self.first.len() + chunk.len();
            self.rest = if self.expected > here { Body::buffer(self.expected) } else { Body::scratch(here) };
            self.rest.extend_from_slice(&self.first);
            self.first = Bytes::new();
        }
        self.rest.extend_from_slice(&chunk);
    }

    fn finish(self) -> Body {
        if self.rest.is_empty() {
            return Body::from(if self.first.len() <= SMALL { Bytes::copy_from_slice(&self.first) } else { self.first });
        }
        Body::fitted(self.rest)
    }
}

fn failure(fault: reqwest::Error) -> Failure {
    let fault = fault.without_url();
    let causes = std::iter::successors(std::error::Error::source(&fault), |cause| cause.source());
    if let Some(unreadable) = causes.into_iter().find_map(|cause| cause.downcast_ref::<Unreadable>()) {
        let what = format!("the request was given up: {unreadable}");
        return Failure { kind: TransportKind::Connection, what, not_sent: false, is_final: true, head: None };
    }
    let kind = if fault.is_timeout() {
        TransportKind::Timeout
    } else if fault.is_decode() || fault.is_body() {
        TransportKind::Body
    } else {
        TransportKind::Connection
    };
    let not_sent = fault.is_connect() || fault.is_builder();
    let cause = chain(&fault);
    // A certificate that is refused once is refused again.
    let untrusted = not_sent && cause.contains("certificate");
    let what = match kind {
        _ if untrusted => format!(
            "the server's certificate is not trusted: {cause}; where a network has an authority of its own, name its file by ca_bundle= or \
             REQUESTS_CA_BUNDLE"
        ),
        TransportKind::Timeout if not_sent => format!("no connection within the connect time-out: {cause}"),
        TransportKind::Timeout => format!("no answer within the read time-out: {cause}"),
        TransportKind::Connection if not_sent => format!("no connection: {cause}"),
        TransportKind::Connection => format!("the connection was lost: {cause}"),
        TransportKind::Body => format!("the answer could not be read to its end: {cause}"),
    };
    Failure { kind, what, not_sent, is_final: untrusted || fault.is_builder(), head: None }
}

fn build(connection: &Connection, connected: &Arc<AtomicBool>) -> Result<Client, Error> {
    let make = || -> Result<ClientBuilder, Error> {
        let mut builder = Client::builder()
            .user_agent(concat!("atlassian-cloud/", env!("CARGO_PKG_VERSION"), " (Python)"))
            .redirect(Policy::none())
            .connect_timeout(connection.connect_timeout)
            .pool_idle_timeout(POOL_IDLE)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(std::time::Duration::from_secs(20))
            .http2_adaptive_window(true)
            .connector_layer(Watch { connected: connected.clone() });
        if connection.ignores_proxies() {
            builder = builder.no_proxy();
        } else if let Some(proxy) = &connection.proxy {
            builder = builder.no_proxy().proxy(parse_proxy("proxy", proxy)?);
        }
        Ok(builder)
    };
    let failed = |fault: reqwest::Error| Error::Configuration(format!("the HTTP client could not be made: {}", chain(&fault)));
    let mut builder = make()?;
    if connection.base_url.scheme() == "http" && connection.proxy.is_none() {
        // No certificate is ever looked at; a machine without a store of its own can still talk to itself.
        return builder.tls_certs_only(certificates::bundled()?).build().map_err(failed);
    }
    if !connection.verify {
        builder = builder.tls_danger_accept_invalid_certs(true).tls_certs_only(certificates::bundled()?);
        return builder.build().map_err(failed);
    }
    if let Some(roots) = certificates::chosen(connection)? {
        return builder.tls_certs_only(certificates::read(&roots)?).build().map_err(failed);
    }
    match builder.build() {
        Ok(client) => Ok(client),
        // A slim container has no store: Mozilla's roots, which the wheel carries, take its place.
        Err(_) => make()?.tls_certs_only(certificates::bundled()?).build().map_err(failed),
    }
}

/// Notes that a connection was made. It stands around all that makes one, with proxies and TLS, and so sees it before the client does.
#[derive(Clone)]
struct Watch {
    connected: Arc<AtomicBool>,
}

impl<S> Layer<S> for Watch {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched { inner, connected: self.connected.clone() }
    }
}

#[derive(Clone)]
struct Watched<S> {
    inner: S,
    connected: Arc<AtomicBool>,
}

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let (work, connected) = (self.inner.call(target), self.connected.clone());
        Box::pin(async move {
            let made = work.await?;
            connected.store(true, Ordering::Release);
            Ok(made)
        })
    }
}

fn parse_proxy(name: &str, address: &str) -> Result<reqwest::Proxy, Error> {
    const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    // An unknown scheme would be passed by in silence.
    if let Some((scheme, _)) = address.split_once("://")
        && !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
    {
        return Err(Error::Configuration(format!("{name}: a proxy is reached by {}", SCHEMES.join(", "))));
    }
    // The address may hold a password: it is not repeated.
    reqwest::Proxy::all(address).map_err(|_| Error::Configuration(format!("{name}: not an address such as http://host:3128")))
}

/// A proxy that cannot be is an error, not a way around it.
fn check_proxies(connection: &Connection) -> Result<(), Error> {
    if let Some(proxy) = &connection.proxy {
        return parse_proxy("proxy", proxy).map(drop);
    }
    if !connection.ignores_proxies() {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            if let Some(address) = std::env::var_os(name).filter(|address| !address.is_empty()) {
                // What is no text is no address either.
                parse_proxy(name, &address.to_string_lossy())?;
            }
        }
    }
    Ok(())
}
