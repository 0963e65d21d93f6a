//! What goes up and is no JSON: content that is read piece by piece, and again from its beginning where that can be done.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, TryStreamExt};
use reqwest::Body;
use reqwest::multipart::Form;
use thiserror::Error;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// So much is read at a time.
pub const PIECE: usize = 128 << 10;

/// A body that is no JSON.
#[derive(Clone, Debug)]
pub enum Upload {
    Whole(Content),
    Parts(Vec<Part>),
}

/// One part of `multipart/form-data`.
#[derive(Clone, Debug)]
pub struct Part {
    pub name: String,
    pub file_name: Option<String>,
    pub content_type: Option<String>,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Bytes(Bytes),
    /// A file, opened anew for each attempt, of so many bytes.
    Path(PathBuf, u64),
    Fed(Arc<Feed>),
}

/// Content that a face reads when it is asked to.
#[derive(Debug)]
pub struct Feed {
    pub orders: Orders,
    /// Which of the face's sources it is.
    pub source: usize,
    pub length: Option<u64>,
    /// Whether it can be read from its beginning once more.
    pub rewinds: bool,
    /// How many have begun to read it.
    attempts: AtomicU64,
}

/// The next piece of a source is wanted; an empty one is its end. An order that is dropped says that reading failed.
pub struct Order {
    pub source: usize,
    /// From the beginning.
    pub rewind: bool,
    pub answer: oneshot::Sender<Bytes>,
}

/// Where the orders of one call go, until it ends.
#[derive(Clone, Debug)]
pub struct Orders(Arc<Mutex<Option<UnboundedSender<Order>>>>);

impl Orders {
    pub fn open() -> (Orders, UnboundedReceiver<Order>) {
        let (sender, receiver) = unbounded_channel();
        (Orders(Arc::new(Mutex::new(Some(sender)))), receiver)
    }

    pub fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The next piece for an attempt, which gets its number with the first one. When a later attempt has begun, an earlier one gets
    /// nothing more: a server that has answered early may still be reading.
    async fn next(&self, feed: &Feed, attempt: &mut Option<u64>) -> Result<Bytes, Unreadable> {
        let failed = || Unreadable("what should be sent could not be read".into());
        let (answer, piece) = oneshot::channel();
        {
            let orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let latest = feed.attempts.load(Ordering::Acquire);
            let rewind = attempt.is_none() && latest > 0;
            if rewind && !feed.rewinds {
                return Err(Unreadable("what should be sent cannot be read a second time".into()));
            }
            if attempt.is_some_and(|mine| mine != latest) {
                return Err(Unreadable("it is sent anew".into()));
            }
            if attempt.is_none() {
                *attempt = Some(latest + 1);
                feed.attempts.store(latest + 1, Ordering::Release);
            }
            let order = Order { source: feed.source, rewind, answer };
            orders.as_ref().and_then(|orders| orders.send(order).ok()).ok_or_else(failed)?;
        }
        piece.await.map_err(|_| failed())
    }
}

impl Feed {
    pub fn new(orders: Orders, source: usize, length: Option<u64>, rewinds: bool) -> Self {
        Feed { orders, source, length, rewinds, attempts: AtomicU64::new(0) }
    }
}

/// What should be sent could not be read; to send it again is of no use.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Unreadable(String);

/// How far an attempt has come with what it sends; a connection that takes something is not dead.
#[derive(Clone, Default)]
pub struct Sent(Arc<Progress>);

#[derive(Default)]
struct Progress {
    bytes: AtomicU64,
    /// Nothing can be sent, for the caller's own source gives nothing yet.
    waits_for_source: AtomicBool,
}

impl Sent {
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    pub fn waits_for_source(&self) -> bool {
        self.0.waits_for_source.load(Ordering::Relaxed)
    }

    fn count(&self, piece: &Bytes) {
        self.0.bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
    }

    fn wait(&self, waits: bool) {
        self.0.waits_for_source.store(waits, Ordering::Relaxed);
    }
}

impl Upload {
    fn contents(&self) -> impl Iterator<Item = &Content> {
        let (whole, parts) = match self {
            Upload::Whole(content) => (Some(content), [].as_slice()),
            Upload::Parts(parts) => (None, parts.as_slice()),
        };
        whole.into_iter().chain(parts.iter().map(|part| &part.content))
    }

    /// Whether something was read that cannot be read again: then it is never sent again, for half of it would be missing.
    pub fn is_spent(&self) -> bool {
        self.contents().any(|content| matches!(content, Content::Fed(feed) if !feed.rewinds && feed.attempts.load(Ordering::Acquire) > 0))
    }

    /// The orders of this call, if a face reads for it.
    pub fn orders(&self) -> Option<Orders> {
        self.contents().find_map(|content| match content {
            Content::Fed(feed) => Some(feed.orders.clone()),
            _ => None,
        })
    }

    /// Puts it into a request, from its beginning.
    pub fn attach(&self, request: reqwest::RequestBuilder, sent: &Sent) -> reqwest::RequestBuilder {
        match self {
            Upload::Whole(content) => match content.length() {
                Some(length) => request.header(http::header::CONTENT_LENGTH, length).body(content.body(sent)),
                None => request.body(content.body(sent)),
            },
            Upload::Parts(parts) => {
                request.multipart(parts.iter().fold(Form::new().percent_encode_noop(), |form, part| part.join(form, sent)))
            }
        }
    }
}

impl Part {
    fn join(&self, form: Form, sent: &Sent) -> Form {
        let body = self.content.body(sent);
        let mut made = match self.content.length() {
            Some(length) => reqwest::multipart::Part::stream_with_length(body, length),
            None => reqwest::multipart::Part::stream(body),
        };
        if let Some(kind) = self.content_type.as_deref().and_then(|kind| http::HeaderValue::try_from(kind).ok()) {
            made = made.headers(http::HeaderMap::from_iter([(http::header::CONTENT_TYPE, kind)]));
        }
        // reqwest would double the backslashes of a file name; a browser leaves them alone, and servers expect a browser.
        let file_name = self.file_name.as_ref().map(|name| format!("\"; filename=\"{}", quoted(name))).unwrap_or_default();
        form.part(format!("{}{file_name}", quoted(&self.name)), made)
    }
}

/// A name as browsers write it: what would end the name, or the header, is percent-encoded.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl Content {
    pub fn length(&self) -> Option<u64> {
        match self {
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::Path(_, length) => Some(*length),
            Content::Fed(feed) => feed.length,
        }
    }

    fn body(&self, sent: &Sent) -> Body {
        let sent = sent.clone();
        match self {
            Content::Bytes(bytes) if bytes.len() <= PIECE => bytes.clone().into(),
            Content::Bytes(bytes) => Body::wrap_stream(pieces(bytes.clone()).inspect_ok(move |piece| sent.count(piece))),
            Content::Path(path, length) => Body::wrap_stream(file(path.clone(), *length).inspect_ok(move |piece| sent.count(piece))),
            Content::Fed(feed) => Body::wrap_stream(fed(feed.clone(), sent.clone()).inspect_ok(move |piece| sent.count(piece))),
        }
    }
}

/// Between two the connection looks for an answer: one that comes early would be lost where the server then closes.
fn pieces(bytes: Bytes) -> impl Stream<Item = Result<Bytes, Unreadable>> {
    stream::try_unfold(bytes, |mut left| async move {
        tokio::task::yield_now().await;
        let piece = left.split_to(PIECE.min(left.len()));
        Ok((!piece.is_empty()).then_some((piece, left)))
    })
}

fn fed(feed: Arc<Feed>, sent: Sent) -> impl Stream<Item = Result<Bytes, Unreadable>> {
    stream::try_unfold((feed, sent, None, 0u64), |(feed, sent, mut attempt, done)| async move {
        let left = feed.length.map(|length| length - done);
        if left == Some(0) {
            return Ok(None);
        }
        sent.wait(true);
        let mut piece = feed.orders.next(&feed, &mut attempt).await?;
        sent.wait(false);
        if piece.is_empty() {
            return if left.is_some() { Err(changed(None)) } else { Ok(None) };
        }
        // What a file has grown by meanwhile was not announced.
        piece.truncate(usize::try_from(left.unwrap_or(u64::MAX)).unwrap_or(usize::MAX));
        let done = done + piece.len() as u64;
        Ok(Some((piece, (feed, sent, attempt, done))))
    })
}

fn file(path: PathBuf, length: u64) -> impl Stream<Item = Result<Bytes, Unreadable>> {
    stream::try_unfold((path, None, length), |(path, open, left)| async move {
        let failed = |fault| Unreadable(format!("{}: {fault}", path.display()));
        let mut open = match open {
            Some(open) => open,
            None => tokio::fs::File::open(&path).await.map_err(failed)?,
        };
        if left == 0 {
            return Ok(None);
        }
        let mut piece = BytesMut::with_capacity(PIECE.min(usize::try_from(left).unwrap_or(PIECE)));
        if (&mut open).take(left.min(PIECE as u64)).read_buf(&mut piece).await.map_err(failed)? == 0 {
            return Err(changed(Some(&path)));
        }
        let left = left - piece.len() as u64;
        Ok(Some((piece.freeze(), (path, Some(open), left))))
    })
}

fn changed(path: Option<&Path>) -> Unreadable {
    let what = path.map(|path| path.display().to_string()).unwrap_or_else(|| "the file".into());
    Unreadable(format!("{what} has changed in size while it was sent"))
}
