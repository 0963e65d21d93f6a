//! A call: credentials, attempts, the deadline, and the answer as a document.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue, Method};
use tokio::sync::OnceCell;

use super::arguments;
use super::auth::{Credential, lacks_scope};
use super::error::{ApiError, ArgumentError, Error, TransportError, TransportKind, printable};
use super::fault;
use super::redirect;
use super::request::{LONGEST_URL, Request, encode};
use super::response::{Attempt, Response};
use super::retry::{self, Outcome};
use super::runtime::Placement;
use super::settings::{self, Connection, Settings};
use super::token::Token;
use super::transport::{Failure, Payload, Reading, Transport};
use super::upload::Upload;

use crate::catalog::{Context, Gateway, Lookup, Product, Type};
use crate::document::{Body, Limits, Node};

/// Cheap to clone; copies share their connections.
#[derive(Clone)]
pub struct Client {
    pub product: &'static Product,
    pub settings: Arc<Settings>,
    transport: Arc<Transport>,
    credentials: Arc<Vec<Option<Credential>>>,
    /// Path arguments the client knows, by context.
    contexts: Arc<Vec<Option<String>>>,
    /// The same, as far as they were looked up; each once for all copies of the client.
    found: Arc<Vec<OnceCell<String>>>,
}

/// A success: the answer, and its body if it has one.
#[derive(Clone, Debug)]
pub struct Reply {
    pub response: Response,
    pub document: Option<Node>,
}

impl Client {
    pub fn new(
        product: &'static Product,
        connection: Connection,
        settings: Settings,
        credentials: Vec<Option<Credential>>,
        contexts: Vec<Option<String>>,
    ) -> Result<Self, Error> {
        settings::check_credentials(&connection, credentials.iter().any(Option::is_some))?;
        let found = contexts.iter().map(|_| OnceCell::new()).collect();
        Ok(Client {
            found: Arc::new(found),
            product,
            settings: Arc::new(settings),
            transport: Arc::new(Transport::new(connection)?),
            credentials: Arc::new(credentials),
            contexts: Arc::new(contexts),
        })
    }

    /// A client of a server that belongs to no product: for free requests alone.
    pub fn of_server(connection: Connection, settings: Settings, credential: Option<Credential>) -> Result<Self, Error> {
        // Its forms hold secrets.
        settings::check_credentials(&connection, true)?;
        static SERVER: OnceLock<Product> = OnceLock::new();
        let product = SERVER.get_or_init(|| Product {
            name: String::new(),
            client: String::new(),
            base_url: String::new(),
            site: None,
            gateway: None,
            oauth: None,
            compact_offsets: false,
            rich_text: Vec::new(),
            credentials: Vec::new(),
            contexts: Vec::new(),
            services: Vec::new(),
            models: Vec::new(),
            tasks: Vec::new(),
        });
        Client::new(product, connection, settings, vec![credential], Vec::new())
    }

    pub fn with_settings(&self, settings: Settings) -> Self {
        Client { settings: Arc::new(settings), ..self.clone() }
    }

    pub fn close(&self) {
        self.transport.close();
    }

    pub fn base_url(&self) -> &str {
        self.transport.connection.root()
    }

    pub fn context(&self, index: usize) -> Option<&str> {
        self.contexts.get(index)?.as_deref()
    }

    /// Sends a request, again where that is safe, until it succeeds, fails or its time is up.
    pub async fn send(&self, request: &Request, placement: Placement) -> Result<Reply, Error> {
        let started = Instant::now();
        let url = self.address(request, started, placement).await?;
        let (response, _) = self.exchange_at(request, url, started, placement).await?;
        let is_long = response.size >= LONG_BODY && placement == Placement::Shared;
        if is_long {
            std::thread::yield_now();
        }
        let reply = self.understand(request, response);
        if is_long {
            std::thread::yield_now();
        }
        reply
    }

    /// The whole address, with what the path still lacks: a cloud id, a workspace id.
    async fn address(&self, request: &Request, started: Instant, placement: Placement) -> Result<String, Error> {
        let connection = &self.transport.connection;
        let root = request.root.filter(|_| !connection.given).unwrap_or_else(|| connection.root());
        let mut path = [root, self.way_in(request), &request.path].concat();
        // What is encoded has no braces.
        if path.contains('{') {
            for (index, context) in self.product.contexts.iter().enumerate() {
                let hole = format!("{{{}}}", context.path);
                if path.contains(&hole) {
                    let value = match self.context(index) {
                        Some(told) => told.to_owned(),
                        // In a box, for what is looked up may itself need something looked up.
                        None => {
                            let work = Box::pin(self.find(index, context, request, placement));
                            // Another call may be looking it up, with more time than this one has.
                            let deadline = tokio::time::Instant::from_std(started) + self.settings.timeout;
                            let late = |_| Err(self.late(request, &format!("the {} was not looked up", context.noun)));
                            tokio::time::timeout_at(deadline, work).await.unwrap_or_else(late)?
                        }
                    };
                    path = path.replace(&hole, &encode(&value));
                }
            }
        }
        Ok(request.with_query(path))
    }

    /// What stands in front of a path in a gateway, unless the path names the site itself.
    fn way_in(&self, request: &Request) -> &'static str {
        let Some(gateway) = self.product.gateway.as_ref().filter(|_| self.transport.connection.gateway) else { return "" };
        let site = gateway.path.rsplit('/').next().unwrap_or_default();
        if request.operation.is_some_and(|reference| reference.operation.path.contains(site)) { "" } else { &gateway.path }
    }

    async fn find(&self, index: usize, context: &Context, request: &Request, placement: Placement) -> Result<String, Error> {
        let missing = || Error::Configuration(format!("{}: the {} is missing", request.call(), context.noun));
        let (Some(lookup), Some(cell)) = (&context.lookup, self.found.get(index)) else { return Err(missing()) };
        cell.get_or_try_init(|| self.look_up(request, context, lookup, placement)).await.cloned()
    }

    async fn look_up(&self, request: &Request, context: &Context, lookup: &Lookup, placement: Placement) -> Result<String, Error> {
        let mut question = arguments::free("GET", &lookup.path, Vec::new(), None, Vec::new())?;
        question.credential = request.credential;
        let connection = &self.transport.connection;
        let gateway =
            self.product.gateway.as_ref().filter(|way| connection.gateway && way.path.ends_with(&format!("{{{}}}", context.path)));
        let url = match (gateway, &connection.site) {
            (None, _) => self.address(&question, Instant::now(), placement).await?,
            (Some(_), Some(site)) => {
                // A site tells its id to anyone, and refuses what goes through the gateway.
                question.credential = None;
                format!("{site}{}", lookup.path)
            }
            (Some(gateway), None) => return self.only_site(gateway, context, request, placement).await,
        };
        let response = self.exchange(&question, url, placement).await?;
        let reply = self.understand(&question, response)?;
        let found = reply.document.and_then(|document| {
            lookup.at.split('.').try_fold(document, |node, step| match step.parse::<usize>() {
                Ok(index) => node.at(index),
                Err(_) => node.get(step),
            })
        });
        let text = found.and_then(|node| node.text().map(|text| text.to_string_lossy())).filter(|text| !text.is_empty());
        text.ok_or_else(|| {
            Error::Configuration(format!(
                "{}: GET {} does not tell the {}; pass {}=... or set {}; {}",
                request.call(),
                lookup.path,
                context.noun,
                context.argument,
                context.env,
                context.obtain
            ))
        })
    }

    /// The site that the credential is good for, if that is one alone.
    async fn only_site(&self, gateway: &Gateway, context: &Context, request: &Request, placement: Placement) -> Result<String, Error> {
        let mut question = arguments::free("GET", &gateway.resources, Vec::new(), None, Vec::new())?;
        question.credential = request.credential;
        let url = format!("{}{}", self.transport.connection.root(), gateway.resources);
        let response = self.exchange(&question, url, placement).await?;
        let reply = self.understand(&question, response)?;
        // A site is listed once for each of its products.
        let mut sites: Vec<(String, String)> = Vec::new();
        for resource in reply.document.iter().flat_map(Node::elements) {
            let text = |key: &str| resource.get(key).and_then(|node| node.text().map(|text| text.to_string_lossy())).unwrap_or_default();
            let site = (text("id"), text("url"));
            if !site.0.is_empty() && !sites.contains(&site) {
                sites.push(site);
            }
        }
        let call = request.call();
        match sites.as_slice() {
            [(id, _)] => Ok(id.clone()),
            [] => Err(Error::Configuration(format!(
                "{call}: the credential is good for no site; whoever gave consent must choose a site on which they may use this product"
            ))),
            _ => {
                let listed: Vec<String> = sites.iter().map(|(id, url)| format!("{} ({id})", printable(url, 200))).collect();
                Err(Error::Configuration(format!(
                    "{call}: the credential is good for {} sites; pass site=... or {}=... to name one of {}",
                    sites.len(),
                    context.argument,
                    listed.join(", ")
                )))
            }
        }
    }

    async fn exchange(&self, request: &Request, url: String, placement: Placement) -> Result<Response, Error> {
        self.exchange_at(request, url, Instant::now(), placement).await.map(|(response, _)| response)
    }

    /// The answer to a request, with the body that is still to be read if that is streamed.
    pub(super) async fn exchange_open(
        &self,
        request: &Request,
        placement: Placement,
    ) -> Result<(Response, Option<reqwest::Response>), Error> {
        let started = Instant::now();
        let url = self.address(request, started, placement).await?;
        self.exchange_at(request, url, started, placement).await
    }

    /// The next piece of a streamed body, None at its end.
    pub(super) async fn piece(&self, rest: &mut reqwest::Response) -> Result<Option<Bytes>, Failure> {
        self.transport.piece(rest).await
    }

    async fn exchange_at(
        &self,
        request: &Request,
        mut url: String,
        started: Instant,
        placement: Placement,
    ) -> Result<(Response, Option<reqwest::Response>), Error> {
        let deadline = started.checked_add(self.settings.timeout);
        let mut method = request.method.clone();
        if url.len() > LONGEST_URL {
            let call: String = request.call().chars().take(100).collect();
            return Err(ArgumentError::Value(format!(
                "{call}: the arguments are too long: they make an address of {} bytes, and {LONGEST_URL} is the most",
                url.len()
            ))
            .into());
        }
        let mut headers = self.headers(request)?;
        let credential = if headers.contains_key(AUTHORIZATION) { None } else { self.credential(request)? };
        let mut token = self.authorize(request, credential, None, &mut headers, deadline).await?;
        let mut renewed = false;
        let mut body = match (&request.upload, &request.body) {
            (Some(upload), _) => Payload::Upload(upload.clone()),
            (None, Some(body)) => Payload::Bytes(Bytes::from(serde_json::to_vec(body).map_err(|e| Error::Configuration(e.to_string()))?)),
            (None, None) => Payload::Nothing,
        };
        let mut attempts: Vec<Attempt> = Vec::new();
        // Once an attempt may have had an effect, no later one takes the doubt away.
        let mut in_doubt = false;
        let mut hops = 0;
        loop {
            let number = attempts.len() as u32;
            let reading = if request.streamed { Reading::Streamed } else { Reading::Whole(self.settings.max_response_bytes) };
            let work = self.transport.attempt(placement, &method, &url, headers.clone(), body.clone(), reading);
            let result = match deadline {
                None => work.await?,
                Some(moment) => match tokio::time::timeout_at(moment.into(), work).await {
                    Ok(result) => result?,
                    Err(_) => Err(Failure {
                        kind: TransportKind::Timeout,
                        what: format!("the call did not end within its time-out of {} s", self.settings.timeout.as_secs_f64()),
                        not_sent: !self.transport.was_ever_connected(),
                        is_final: true,
                        head: None,
                    }),
                },
            };
            let outcome = match &result {
                Ok(answer) => Outcome::Status(answer.status, &answer.headers),
                Err(failure) if failure.not_sent => Outcome::NotSent,
                Err(_) => Outcome::Lost,
            };
            in_doubt |= match outcome {
                Outcome::Status(status, _) => status >= 500,
                Outcome::NotSent => false,
                Outcome::Lost => true,
            };
            let is_final = matches!(&result, Err(failure) if failure.is_final);
            // A wait that would outlast the deadline is not begun: the caller learns at once how long it would be.
            let wait = (!is_final)
                .then(|| retry::wait(outcome, request.idempotent || hops > 0, number, self.settings.max_retries))
                .flatten()
                .filter(|_| !is_spent(&body))
                .filter(|wait| deadline.is_none_or(|moment| Instant::now() + *wait < moment));
            let told = match &result {
                Ok(answer) => answer.status.to_string(),
                Err(failure) => failure.what.clone(),
            };
            attempts.push(Attempt { outcome: told, wait });
            let hop = result
                .as_ref()
                .ok()
                .filter(|_| hops < redirect::MOST_HOPS)
                .and_then(|answer| redirect::next(request, &method, &url, answer));
            if let Some(hop) = hop {
                hops += 1;
                // What led here was done.
                in_doubt |= changes_something(request);
                if method != Method::HEAD {
                    method = Method::GET;
                }
                body = Payload::Nothing;
                headers.remove(CONTENT_TYPE);
                if !hop.same_server {
                    let mut kept = HeaderMap::from_iter([(ACCEPT, accept(request))]);
                    for name in [ACCEPT_ENCODING, RANGE, IF_RANGE] {
                        kept.extend(headers.remove(&name).map(|value| (name, value)));
                    }
                    headers = kept;
                }
                url = hop.url;
                continue;
            }
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
                continue;
            }
            // Refused before anything was done: with a new token even a POST may be sent once more.
            if let (Ok(answer), Some(refused), false) = (&result, &token, renewed)
                && answer.status == 401
                && headers.contains_key(AUTHORIZATION)
                && !lacks_scope(&answer.headers, &answer.body)
                && is_spent(&body)
                && let Some(credential) = credential
            {
                credential.spurn(refused);
            } else if let (Ok(answer), Some(refused), false) = (&result, &token, renewed)
                && answer.status == 401
                && headers.contains_key(AUTHORIZATION)
                && !lacks_scope(&answer.headers, &answer.body)
            {
                renewed = true;
                let fresh = self.authorize(request, credential, Some(refused), &mut headers, deadline).await?;
                if fresh.as_ref().is_some_and(|fresh| fresh.secret.expose() != refused.secret.expose()) {
                    token = fresh;
                    continue;
                }
            }
            let left_credential = credential.is_some() && !headers.contains_key(AUTHORIZATION);
            let make = |status: u16, headers: HeaderMap, body: Body, attempts: Vec<Attempt>| Response {
                left_credential,
                status,
                headers,
                method: method.to_string(),
                url: url.clone(),
                size: body.len(),
                body,
                elapsed: started.elapsed(),
                attempts,
            };
            return match result {
                Ok(answer) => Ok((make(answer.status, answer.headers, answer.body, attempts), answer.rest)),
                Err(failure) => Err(Error::Transport(Box::new(TransportError {
                    kind: failure.kind,
                    call: request.call(),
                    method: method.to_string(),
                    url: url.clone(),
                    what: match is_spent(&body) && !is_final {
                        true => format!("{}; {NOT_AGAIN}", failure.what),
                        false => failure.what,
                    },
                    may_have_been_executed: in_doubt && changes_something(request),
                    response: failure.head.map(|(status, headers)| make(status, headers, Body::default(), attempts.clone())),
                    attempts,
                }))),
            };
        }
    }

    fn headers(&self, request: &Request) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::with_capacity(4 + self.settings.headers.len() + request.headers.len());
        headers.insert(ACCEPT, accept(request));
        if request.body.is_some() || matches!(request.upload.as_deref(), Some(Upload::Whole(_))) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(request.content_type));
        }
        // Not `extend`: it would set the client's beside ours.
        for (name, value) in self.settings.headers.iter().chain(&request.headers) {
            headers.insert(name.clone(), value.clone());
        }
        if matches!(request.upload.as_deref(), Some(Upload::Parts(_))) {
            // What parts a form is made up when it is sent, and told in this header. The client's own is meant for other bodies.
            if request.headers.contains_key(CONTENT_TYPE) {
                let call = request.call();
                return Err(ArgumentError::Value(format!("{call}: the Content-Type of a form of files is not the caller's to set")).into());
            }
            headers.remove(CONTENT_TYPE);
        }
        // A caller's own Authorization is as secret as ours.
        settings::check_credentials(&self.transport.connection, true)?;
        Ok(headers)
    }

    /// Puts the credential into the headers; within the call's time, for it may have to be fetched.
    async fn authorize(
        &self,
        request: &Request,
        credential: Option<&Credential>,
        refused: Option<&Arc<Token>>,
        headers: &mut HeaderMap,
        deadline: Option<Instant>,
    ) -> Result<Option<Arc<Token>>, Error> {
        let Some(credential) = credential else { return Ok(None) };
        let work = credential.header(refused);
        let (value, token) = match deadline.filter(|_| credential.is_fetched()) {
            None => work.await?,
            Some(moment) => {
                tokio::time::timeout_at(moment.into(), work).await.unwrap_or_else(|_| Err(self.late(request, "no token came")))?
            }
        };
        headers.insert(AUTHORIZATION, value);
        Ok(token)
    }

    fn late(&self, request: &Request, what: &str) -> Error {
        Error::Transport(Box::new(TransportError {
            kind: TransportKind::Timeout,
            call: request.call(),
            method: request.method.to_string(),
            url: self.base_url().to_owned(),
            what: format!("{what} within the call's time-out of {} s", self.settings.timeout.as_secs_f64()),
            may_have_been_executed: false,
            attempts: Vec::new(),
            response: None,
        }))
    }

    pub(super) fn asks_for_part(&self, request: &Request) -> bool {
        request.headers.contains_key(RANGE) || self.settings.headers.contains_key(RANGE)
    }

    fn credential(&self, request: &Request) -> Result<Option<&Credential>, Error> {
        let Some(index) = request.credential else { return Ok(None) };
        if let Some(Some(credential)) = self.credentials.get(index) {
            return Ok(Some(credential));
        }
        let missing = self.product.credentials.get(index);
        Err(Error::Configuration(match missing {
            Some(wanted) => format!(
                "{}: the {} is missing: pass {}(..., {}=...) or set {}; {}",
                request.call(),
                wanted.noun,
                self.product.client,
                wanted.argument,
                wanted.env,
                wanted.obtain
            ),
            None => format!("{}: no credential", request.call()),
        }))
    }

    pub(super) fn understand(&self, request: &Request, response: Response) -> Result<Reply, Error> {
        let api_error = |response: Response, unexpected: Option<String>| -> Result<Reply, Error> {
            let mut error = fault::api_error(request, response, unexpected);
            let fetched = || matches!(self.credential(request), Ok(Some(credential)) if credential.is_fetched());
            if error.status() == 401 && error.response.left_credential {
                error.hint =
                    Some("the server sent the call on to another host, which refused it; credentials are not carried there".into());
            } else if error.status() == 401 && !lacks_scope(&error.response.headers, &error.response.body) && fetched() {
                error.hint = Some(
                    "the token was fetched anew and refused again; look where it comes from, and whether it is meant for this address"
                        .into(),
                );
            }
            // A gateway's own answer: a product's has no such code.
            if self.transport.connection.gateway && error.status() == 404 && error.code.as_deref() == Some("404") {
                error.hint =
                    Some("the gateway knows no such address: cloud_id= may be wrong, or of a site that the credential is not good for, or the gateway does not offer this API".into());
            }
            let repeats = retry::wait(Outcome::Status(error.status(), &error.response.headers), request.idempotent, 0, 1).is_some();
            if (repeats || error.status() == 401) && request.upload.as_ref().is_some_and(|upload| upload.is_spent()) {
                error.hint = Some(NOT_AGAIN.into());
            }
            Err(Error::Api(Box::new(error)))
        };
        if !response.is_success() {
            return api_error(response, None);
        }
        if response.status == 206 && request.returns_bytes() && !self.asks_for_part(request) {
            return api_error(response, Some("a part of the file came where the whole was asked for".into()));
        }
        if request.returns_bytes() {
            return Ok(Reply { response, document: None });
        }
        let operation = request.operation.map(|reference| reference.operation);
        let returns = operation.map(|operation| &operation.returns);
        // What nobody describes may well be nothing.
        let wants_value = !matches!(returns, None | Some(None | Some(Type::Any))) && !operation.is_some_and(|operation| operation.optional);
        let blank = response.body.iter().all(u8::is_ascii_whitespace);
        if blank {
            // 202 and 204 promise nothing to read; elsewhere an empty answer hides a failure.
            let may_be_empty = !wants_value || matches!(response.status, 202 | 204 | 205);
            if may_be_empty || request.method == Method::HEAD {
                return Ok(Reply { response, document: None });
            }
            return api_error(response, Some("the answer is empty where JSON was due".into()));
        }
        if response.is_json() == Some(false) {
            let kind = response.header("content-type").unwrap_or_default().to_owned();
            return api_error(
                response,
                Some(format!("the answer is {kind:?} where JSON was due; a login page or a proxy may stand between")),
            );
        }
        match Node::parse(response.body.clone(), &Limits::default()) {
            Ok(document) => Ok(Reply { response, document: Some(document) }),
            Err(fault) => api_error(response, Some(format!("the answer is no valid JSON: {fault}"))),
        }
    }
}

/// To read this much takes a worker long enough that a thread which waits for its core, such as that of an event loop, is let in
/// before and after. Otherwise it would wait for the end of a time slice, which is ten times as long.
const LONG_BODY: usize = 64 << 10;

/// Why something was sent once only.
const NOT_AGAIN: &str = "it was not sent again, for its content can be read but once; give bytes, a path or a file that can seek";

fn is_spent(body: &Payload) -> bool {
    matches!(body, Payload::Upload(upload) if upload.is_spent())
}

/// Whether a lost answer leaves the caller in doubt about an effect.
fn changes_something(request: &Request) -> bool {
    let reads = matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let declared_read = request.method == Method::POST && request.idempotent && request.upload.is_none();
    !reads && !declared_read
}

fn accept(request: &Request) -> HeaderValue {
    if request.returns_bytes() {
        HeaderValue::from_static("*/*")
    } else if request.upload.is_some() || request.content_type == "application/json" {
        HeaderValue::from_static("application/json")
    } else {
        HeaderValue::try_from(format!("{}, application/json", request.content_type)).unwrap_or(HeaderValue::from_static("application/json"))
    }
}

impl ApiError {
    pub fn status(&self) -> u16 {
        self.response.status
    }
}
