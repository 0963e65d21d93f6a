//! The server that all clients are measured against: HTTP/1.1, one thread, answers that were made before.
//!
//!     server [--port N] [--delay-ms N]
//!
//! Prints its address. It ends with its standard input, so that none outlives the program that started it.

mod dataset;
mod query;

use std::{
    convert::Infallible,
    io::{Read, Write},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use dataset::Dataset;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Frame, Incoming},
    header,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use query::Query;
use serde_json::Value;
use tokio::net::TcpListener;

const LARGEST_PAGE: usize = 100;
const DEFAULT_PAGE: usize = 50;

type Body = StreamBody<stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>>;

fn main() -> std::io::Result<()> {
    let (mut port, mut delay) = (0, 0);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok());
        match (name.as_str(), value) {
            ("--port", Some(value)) => port = value as u16,
            ("--delay-ms", Some(value)) => delay = value,
            _ => {
                eprintln!("server [--port N] [--delay-ms N]");
                std::process::exit(2);
            }
        }
    }
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(port, Duration::from_millis(delay)))
}

async fn serve(port: u16, delay: Duration) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let site = Arc::new(Site::new(&url));
    println!("{url}");
    std::io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let site = site.clone();
        let service = service_fn(move |request| {
            let site = site.clone();
            async move {
                let answer = site.answer(request).await;
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                Ok::<_, Infallible>(answer)
            }
        });
        tokio::spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

struct Site {
    dataset: Dataset,
    fields: Bytes,
    server_info: Bytes,
}

impl Site {
    fn new(url: &str) -> Self {
        let server_info = format!(
            r#"{{"baseUrl":"{url}","version":"1001.0.0-SNAPSHOT","versionNumbers":[1001,0,0],"deploymentType":"Cloud","buildNumber":100291,"serverTitle":"Jira"}}"#
        );
        Site { dataset: Dataset::new(), fields: dataset::fields().into(), server_info: server_info.into() }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let post = request.method() == Method::POST;
        let uri = request.uri().clone();
        let path = uri.path();
        if path.starts_with("/users/") && path.ends_with("/manage/profile") {
            return json(vec![Bytes::from_static(dataset::PROFILE.as_bytes())]);
        }
        let Some(resource) = path.strip_prefix("/rest/api/2/").or_else(|| path.strip_prefix("/rest/api/3/")) else {
            return fault(StatusCode::NOT_FOUND, path);
        };
        match resource {
            "user" => json(vec![Bytes::from_static(dataset::PROFILE.as_bytes())]),
            "field" => json(vec![self.fields.clone()]),
            "serverInfo" => json(vec![self.server_info.clone()]),
            "search" | "search/jql" | "search/approximate-count" => {
                let search = if post { Search::from_body(request).await } else { Search::from_query(uri.query().unwrap_or_default()) };
                match Query::parse(&search.jql) {
                    Ok(query) => json(self.search(resource, &search, &query)),
                    Err(condition) => fault(StatusCode::BAD_REQUEST, &condition),
                }
            }
            _ => fault(StatusCode::NOT_FOUND, path),
        }
    }

    /// An answer in pieces, which go out without being copied together.
    fn search(&self, resource: &str, search: &Search, query: &Query) -> Vec<Bytes> {
        let found = self.dataset.between(query.from, query.before);
        let total = found.len();
        let start = search.start.min(total);
        let end = (start + search.size).min(total);
        match resource {
            "search" => {
                let head =
                    format!(r#"{{"expand":"schema,names","startAt":{start},"maxResults":{},"total":{total},"issues":["#, search.size);
                vec![head.into(), self.issues(&found, start..end, search, query), Bytes::from_static(b"]}")]
            }
            "search/jql" => {
                let tail =
                    if end < total { format!(r#"],"nextPageToken":"{end}","isLast":false}}"#) } else { r#"],"isLast":true}"#.into() };
                vec![Bytes::from_static(br#"{"issues":["#), self.issues(&found, start..end, search, query), tail.into()]
            }
            _ => vec![format!(r#"{{"count":{total}}}"#).into()],
        }
    }

    /// Issues by their places in what was found.
    fn issues(&self, found: &Range<usize>, places: Range<usize>, search: &Search, query: &Query) -> Bytes {
        let number = |place| if query.newest_first { found.end - 1 - place } else { found.start + place };
        if search.only_created {
            places.map(|place| self.dataset.small_issue(number(place))).collect::<Vec<_>>().join(",").into()
        } else if query.newest_first {
            places.map(|place| self.dataset.issue(number(place))).collect::<Vec<_>>().join(&b","[..]).into()
        } else {
            self.dataset.ascending(found.start + places.start..found.start + places.end)
        }
    }
}

/// What a search asks for.
struct Search {
    jql: String,
    start: usize,
    size: usize,
    only_created: bool,
}

impl Search {
    fn new(get: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name| get(name).and_then(|value| value.parse().ok());
        Search {
            jql: get("jql").unwrap_or_default(),
            start: number("nextPageToken").or_else(|| number("startAt")).unwrap_or(0),
            size: number("maxResults").unwrap_or(DEFAULT_PAGE).clamp(1, LARGEST_PAGE),
            only_created: get("fields").as_deref() == Some("created"),
        }
    }

    fn from_query(query: &str) -> Self {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        Search::new(|name| {
            let values: Vec<_> = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_ref()).collect();
            (!values.is_empty()).then(|| values.join(","))
        })
    }

    async fn from_body(request: Request<Incoming>) -> Self {
        let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        Search::new(|name| match body.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Array(values) => Some(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
            Value::Null => None,
            other => Some(other.to_string()),
        })
    }
}

fn json(pieces: Vec<Bytes>) -> Response<Body> {
    let length: usize = pieces.iter().map(Bytes::len).sum();
    let frames: Vec<_> = pieces.into_iter().map(|piece| Ok(Frame::data(piece))).collect();
    let mut answer = Response::new(StreamBody::new(stream::iter(frames)));
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json;charset=UTF-8"));
    answer.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    answer
}

fn fault(status: StatusCode, what: &str) -> Response<Body> {
    let mut answer = json(vec![serde_json::json!({ "errorMessages": [what], "errors": {} }).to_string().into()]);
    *answer.status_mut() = status;
    answer
}
