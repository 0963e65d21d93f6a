//! What the engine's tests share: operations made by hand, a client, and a server on this machine that counts.
//! Nothing here depends on a product of the catalog.

#![allow(dead_code)]

pub mod server;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atlassian_cloud::catalog::{
    Body, Credential as CredentialFacts, Model, Operation, Paging, Param, Place, Product, Scheme, Service, Style, Type,
};
use atlassian_cloud::engine::arguments::{self, Argument, Extras};
use atlassian_cloud::engine::auth::{Credential, Secret};
use atlassian_cloud::engine::client::Reply;
use atlassian_cloud::engine::runtime::{self, Placement};
use atlassian_cloud::engine::settings::{Connection, Settings};
use atlassian_cloud::engine::{Client, Error, OperationRef, Request};
use serde_json::Value;

/// What no error, log or repr may ever show.
pub const SECRET: &str = "s3cr3t-t0ken-0123456789";

pub fn param(name: &str, place: Place, ty: Type) -> Param {
    Param {
        name: name.into(),
        key: name.into(),
        place,
        ty,
        required: false,
        style: Style::Repeat,
        one_of: Vec::new(),
        default: None,
        context: None,
        positional: place == Place::Path,
        id: place == Place::Path,
    }
}

pub fn required(param: Param) -> Param {
    Param { required: true, ..param }
}

pub fn path(name: &str) -> Param {
    required(param(name, Place::Path, Type::Str))
}

/// "GET /things/{id}" with these parameters.
pub fn operation(http: &str, params: Vec<Param>) -> Operation {
    let (method, path) = http.split_once(' ').expect("method and path");
    let body = if params.iter().any(|p| p.place == Place::WholeBody) {
        Body::Whole
    } else if params.iter().any(|p| p.place == Place::Body) {
        Body::Object
    } else {
        Body::None
    };
    Operation {
        name: "call".into(),
        method: method.into(),
        path: path.into(),
        params,
        body,
        content_type: "application/json".into(),
        returns: None,
        optional: false,
        paging: None,
        idempotent_without: Vec::new(),
        idempotent: !matches!(method, "POST" | "PATCH"),
        deprecated: None,
        long: None,
        hints: Vec::new(),
    }
}

/// The operation as "test.things.call", in a product of its own.
pub fn publish(operation: Operation, models: Vec<Model>) -> OperationRef {
    publish_many(vec![operation], models)
}

/// The first of these, beside the others in its service.
pub fn publish_many(operations: Vec<Operation>, models: Vec<Model>) -> OperationRef {
    let service = Service { path: "things".into(), class: "ThingsService".into(), credential: 0, base_url: None, operations };
    let product = Product {
        name: "test".into(),
        client: "Test".into(),
        base_url: "https://api.example.com".into(),
        site: None,
        gateway: None,
        oauth: None,
        compact_offsets: false,
        rich_text: Vec::new(),
        credentials: vec![CredentialFacts {
            name: "organization".into(),
            argument: "token".into(),
            env: "TEST_TOKEN".into(),
            scheme: Scheme::Bearer,
            user: None,
            noun: "organization API key".into(),
            obtain: "ask the admin".into(),
        }],
        contexts: Vec::new(),
        services: vec![service],
        tasks: Vec::new(),
        models,
    };
    let product: &'static Product = Box::leak(Box::new(product));
    let service = &product.services[0];
    OperationRef { product, service, operation: &service.operations[0] }
}

pub fn leak(paging: Paging) -> &'static Paging {
    Box::leak(Box::new(paging))
}

pub fn bind(operation: OperationRef, given: Vec<Option<Argument>>) -> Result<Request, Error> {
    arguments::bind(operation, given, Extras::default())
}

pub fn json(value: Value) -> Option<Argument> {
    Some(Argument::Json(value))
}

/// A request to a path, with a body if there is one.
pub fn free(method: &str, path: &str, body: Option<Value>) -> Request {
    arguments::free(method, path, Vec::new(), body, Vec::new()).expect("a sound path")
}

pub fn bearer() -> Vec<Option<Credential>> {
    vec![Some(Credential::Bearer(Secret::new(SECRET, "token").unwrap()))]
}

/// Short times, so that a test that hangs fails soon.
pub fn connection(base_url: &str) -> Connection {
    let mut connection = Connection::new(base_url).unwrap();
    connection.connect_timeout = Duration::from_secs(2);
    connection.read_timeout = Duration::from_secs(5);
    connection
}

pub fn settings() -> Settings {
    Settings { timeout: Duration::from_secs(10), ..Settings::default() }
}

pub fn client(base_url: &str) -> Client {
    client_with(base_url, settings())
}

pub fn client_with(base_url: &str, settings: Settings) -> Client {
    let product = publish(operation("GET /nothing", Vec::new()), Vec::new()).product;
    Client::new(product, connection(base_url), settings, bearer(), Vec::new()).unwrap()
}

/// Where a call runs; both are tested, since they use different connections.
pub const PLACEMENTS: [Placement; 2] = [Placement::Local, Placement::Shared];

/// At one of the two placements, from this thread.
pub fn send(client: &Client, request: &Request, placement: Placement) -> Result<Reply, Error> {
    match placement {
        Placement::Local => runtime::block_on(|here| client.send(request, here), || Ok::<(), ()>(())).unwrap().unwrap(),
        Placement::Shared => {
            let (client, request) = (client.clone(), request.clone());
            block_on(runtime::spawn(async move { client.send(&request, Placement::Shared).await }).unwrap()).unwrap()
        }
    }
}

/// On this thread's own runtime. The tests of one binary are few enough to get one each.
pub fn block_on<F: Future>(work: F) -> F::Output {
    runtime::block_on(|_| work, || Ok::<(), ()>(())).unwrap().unwrap()
}

/// Waits until something holds, for at most two seconds.
pub fn soon(mut holds: impl FnMut() -> bool) -> bool {
    for _ in 0..200 {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    holds()
}

/// A folder of its own below the target folder, left there for whoever looks into a failure.
pub fn scratch(name: &str) -> std::path::PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A file below tests/protocol, as JSON.
pub fn protocol(name: &str) -> Value {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protocol").join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}
