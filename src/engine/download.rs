//! A body that is read while it comes. Memory stays small, and a connection that is lost is taken up again where it broke off.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderValue, Method};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;

use super::client::Client;
use super::error::{Error, TransportError, TransportKind};
use super::request::Request;
use super::response::Response;
use super::retry::{self, Outcome};
use super::runtime::{self, Placement};

/// So many pieces wait for their reader.
const AHEAD: usize = 4;

/// The status where a part is asked for that the file does not have.
const BEYOND_THE_END: u16 = 416;

pub struct Download {
    /// The answer without its body.
    pub response: Response,
    /// Where in the file this begins.
    pub start: u64,
    /// Size of the whole file, where the server tells it.
    pub size: Option<u64>,
    pid: u32,
    pieces: tokio::sync::Mutex<Option<Receiver<Piece>>>,
    next: Mutex<Next>,
    /// What fetches ends when this is set, and when it is gone.
    closed: Arc<watch::Sender<bool>>,
}

/// None is the end.
type Piece = Result<Option<Bytes>, Error>;

/// What was fetched stays here until it is taken: a reader that is cancelled loses nothing.
enum Next {
    Unknown,
    Piece(Bytes),
    Ended,
}

/// What one file has in common with itself at another time.
#[derive(Clone)]
pub struct Known {
    tag: Option<HeaderValue>,
    date: Option<HeaderValue>,
    size: Option<u64>,
}

impl Known {
    fn of(headers: &HeaderMap, size: Option<u64>) -> Self {
        Known { tag: headers.get(ETAG).cloned(), date: headers.get(LAST_MODIFIED).cloned(), size }
    }

    /// A strong tag, else a date.
    fn validator(&self) -> Option<&HeaderValue> {
        self.tag.as_ref().filter(|tag| !tag.as_bytes().starts_with(b"W/")).or(self.date.as_ref())
    }

    /// What tells nothing is never the same.
    fn is(&self, other: &Known) -> bool {
        let differs = matches!((&self.tag, &other.tag), (Some(here), Some(there)) if here != there);
        !differs && self.validator().is_some() && self.validator() == other.validator() && self.size == other.size
    }
}

/// One answer, and where in the file it begins.
struct Opened {
    response: Response,
    rest: reqwest::Response,
    start: u64,
    size: Option<u64>,
    /// Where the part that was announced ends.
    end: Option<u64>,
}

impl Opened {
    fn known(&self) -> Known {
        Known::of(&self.response.headers, self.size)
    }
}

impl Client {
    /// Asks for a file, from `start` on if it is still the one that is known, else from its beginning.
    pub async fn download(&self, request: Request, start: u64, known: Option<Known>) -> Result<Download, Error> {
        let client = self.clone();
        // The connection outlives this call: it belongs to the shared workers.
        let task = runtime::spawn(async move {
            let opened = match known.filter(|known| start > 0 && known.validator().is_some()) {
                Some(known) => client.take_up(&request, start, &known).await?,
                None => client.open(&request, 0, None).await?,
            };
            let (sender, receiver) = mpsc::channel(AHEAD);
            let (closed, mut closing) = watch::channel(false);
            let (response, start, size) = (opened.response.clone(), opened.start, opened.size);
            tokio::spawn(async move {
                let outcome = tokio::select! {
                    _ = closing.wait_for(|closed| *closed) => return,
                    outcome = client.pass_on(&request, opened, &sender) => outcome,
                };
                let _ = sender.send(outcome.map(|()| None)).await;
            });
            let pieces = tokio::sync::Mutex::new(Some(receiver));
            let (pid, next, closed) = (std::process::id(), Mutex::new(Next::Unknown), Arc::new(closed));
            Ok(Download { response, start, size, pid, pieces, next, closed })
        })?;
        task.await.unwrap_or_else(|_| Err(Error::Configuration("the download could not be begun".into())))
    }

    async fn take_up(&self, request: &Request, start: u64, known: &Known) -> Result<Opened, Error> {
        match self.open(request, start, known.validator()).await {
            Ok(opened) if opened.start == 0 || known.is(&opened.known()) => Ok(opened),
            // Another file, from a server that disregards the condition.
            Ok(_) => self.open(request, 0, None).await,
            Err(Error::Api(fault)) if fault.status() == BEYOND_THE_END => self.open(request, 0, None).await,
            Err(fault) => Err(fault),
        }
    }

    async fn open(&self, request: &Request, start: u64, known: Option<&HeaderValue>) -> Result<Opened, Error> {
        let mut request = request.clone();
        request.streamed = true;
        // Places in a file can be told only of what is not packed.
        request.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        // Whoever asks for a part of their own gets that part, and nothing beside it.
        let own = self.asks_for_part(&request);
        if start > 0 && !own {
            request
                .headers
                .insert(RANGE, HeaderValue::try_from(format!("bytes={start}-")).map_err(|e| Error::Configuration(e.to_string()))?);
            request.headers.extend(known.map(|known| (IF_RANGE, known.clone())));
        }
        let (response, rest) = self.exchange_open(&request, Placement::Shared).await?;
        let expected = response.is_success() && (response.status != 206 || self.asks_for_part(&request));
        let Some(rest) = rest.filter(|_| expected) else {
            return Err(self.understand(&request, response).err().unwrap_or_else(|| Error::Configuration("no body".into())));
        };
        if response.status != 206 {
            let size = rest.content_length();
            return Ok(Opened { response, rest, start: 0, size, end: size });
        }
        match content_range(&response.headers) {
            range if own => {
                let (size, end) = (rest.content_length(), range.map(|range| range.end - range.start));
                Ok(Opened { response, rest, start: 0, size, end })
            }
            Some(range) if range.start == start => Ok(Opened { response, rest, start, size: range.size, end: Some(range.end) }),
            _ => Err(self.broken(&request, &response, "another part of the file came than was asked for")),
        }
    }

    /// Hands on what comes, and asks for the rest where a connection ends too early.
    async fn pass_on(&self, request: &Request, mut opened: Opened, sender: &Sender<Piece>) -> Result<(), Error> {
        let (size, known) = (opened.size, opened.known());
        // How far the file was handed on, and how far the answer was read: it may bring once more what came before.
        let (mut place, mut at, mut lost) = (opened.start, opened.start, 0);
        loop {
            let failure = match self.piece(&mut opened.rest).await {
                Ok(Some(mut piece)) => {
                    let length = piece.len() as u64;
                    if opened.end.is_some_and(|end| at + length > end) {
                        return Err(self.broken(request, &opened.response, "more of the file came than was announced"));
                    }
                    let again = (place - at).min(length);
                    at += length;
                    bytes::Buf::advance(&mut piece, again as usize);
                    place += piece.len() as u64;
                    if !piece.is_empty() && sender.send(Ok(Some(piece))).await.is_err() {
                        return Ok(());
                    }
                    continue;
                }
                Ok(None) if [size, opened.end].iter().flatten().all(|due| place >= *due) => return Ok(()),
                Ok(None) => "the answer ended too early".to_owned(),
                Err(failure) => failure.what,
            };
            let tells = place == 0 || known.validator().is_some();
            let resumes = request.method == Method::GET && size.is_some() && tells && !self.asks_for_part(request);
            let wait = resumes.then(|| retry::wait(Outcome::Lost, true, lost, self.settings.max_retries)).flatten();
            let Some(wait) = wait else { return Err(self.broken(request, &opened.response, &failure)) };
            lost += 1;
            tokio::time::sleep(wait).await;
            let changed = |response: &Response| self.broken(request, response, "the file has changed while it was read; begin anew");
            let again = match self.open(request, place, known.validator()).await {
                Err(Error::Api(fault)) if fault.status() == BEYOND_THE_END => return Err(changed(&fault.response)),
                again => again?,
            };
            let same = if place == 0 { again.size == size } else { known.is(&again.known()) };
            if !same {
                return Err(changed(&again.response));
            }
            at = again.start;
            opened = again;
        }
    }

    fn broken(&self, request: &Request, response: &Response, what: &str) -> Error {
        Error::Transport(Box::new(TransportError {
            kind: TransportKind::Body,
            call: request.call(),
            method: response.method.clone(),
            url: response.url.clone(),
            what: what.to_owned(),
            may_have_been_executed: false,
            attempts: response.attempts.clone(),
            response: Some(response.clone()),
        }))
    }
}

impl Download {
    /// Waits for the next piece, unless it is there.
    pub async fn fetch(&self) -> Result<(), Error> {
        // After a fork the workers that fetch are the parent's: nothing would ever come here.
        if std::process::id() != self.pid {
            return Err(Error::Configuration("this download was begun in another process; begin a new one in this process".into()));
        }
        let mut pieces = self.pieces.lock().await;
        if !matches!(*self.peek(), Next::Unknown) {
            return Ok(());
        }
        let given_up = || Error::Configuration("the download is closed or was given up; begin a new one".into());
        if *self.closed.borrow() {
            return Err(given_up());
        }
        let piece = pieces.as_mut().ok_or_else(given_up)?.recv().await.ok_or_else(given_up)??;
        *self.peek() = piece.map_or(Next::Ended, Next::Piece);
        Ok(())
    }

    /// The piece that was fetched, None at the end.
    pub fn take(&self) -> Option<Bytes> {
        let mut next = self.peek();
        match std::mem::replace(&mut *next, Next::Unknown) {
            Next::Piece(piece) => Some(piece),
            Next::Unknown => None,
            Next::Ended => {
                *next = Next::Ended;
                None
            }
        }
    }

    pub fn known(&self) -> Known {
        Known::of(&self.response.headers, self.size)
    }

    /// Ends the connection; a reader that waits is told.
    pub fn close(&self) {
        if std::process::id() != self.pid {
            return;
        }
        self.closed.send_replace(true);
        if let Ok(mut pieces) = self.pieces.try_lock() {
            pieces.take();
        }
    }

    fn peek(&self) -> std::sync::MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        // In a forked child nobody is to be woken, and locks may be held for ever.
        if std::process::id() != self.pid {
            std::mem::forget(self.closed.clone());
            std::mem::forget(self.pieces.get_mut().take());
        }
    }
}

/// "bytes 100-199/200": the bytes from 100 to before 200, and the size of the whole.
struct ContentRange {
    start: u64,
    end: u64,
    size: Option<u64>,
}

fn content_range(headers: &HeaderMap) -> Option<ContentRange> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (start, end, size) = (number(first)?, number(last)?.checked_add(1)?, number(size));
    (start < end && size.is_none_or(|size| end <= size)).then_some(ContentRange { start, end, size })
}
