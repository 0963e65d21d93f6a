//! A body that is read while it comes. Memory stays small, and a connection that is lost is taken up again where it broke off.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderValue, Method};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::client::Client;
use super::error::{Error, TransportError, TransportKind};
use super::request::Request;
use super::response::Response;
use super::retry::{self, Outcome};
use super::runtime::{self, Placement};

/// So many pieces wait for their reader.
const AHEAD: usize = 4;

pub struct Download {
    /// The answer without its body.
    pub response: Response,
    /// Where in the file this begins.
    pub start: u64,
    /// Size of the whole file, where the server tells it.
    pub size: Option<u64>,
    pieces: tokio::sync::Mutex<Option<Receiver<Piece>>>,
    next: Mutex<Next>,
}

/// None is the end.
type Piece = Result<Option<Bytes>, Error>;

/// What was fetched stays here until it is taken: a reader that is cancelled loses nothing.
enum Next {
    Unknown,
    Piece(Bytes),
    Ended,
}

/// One answer, and where in the file it begins.
struct Opened {
    response: Response,
    rest: reqwest::Response,
    start: u64,
    size: Option<u64>,
}

impl Client {
    /// Asks for a file from `start` on. What has changed since `known` comes from its beginning.
    pub async fn download(&self, request: Request, start: u64, known: Option<HeaderValue>) -> Result<Download, Error> {
        let client = self.clone();
        // The connection outlives this call: it belongs to the shared workers.
        let task = runtime::spawn(async move {
            let opened = client.open(&request, start, known).await?;
            let (sender, receiver) = mpsc::channel(AHEAD);
            let (response, start, size) = (opened.response.clone(), opened.start, opened.size);
            tokio::spawn(async move {
                let outcome = tokio::select! {
                    () = sender.closed() => return,
                    outcome = client.pass_on(&request, opened, &sender) => outcome,
                };
                let _ = sender.send(outcome.map(|()| None)).await;
            });
            let pieces = tokio::sync::Mutex::new(Some(receiver));
            Ok(Download { response, start, size, pieces, next: Mutex::new(Next::Unknown) })
        })?;
        task.await.unwrap_or_else(|_| Err(Error::Configuration("the download could not be begun".into())))
    }

    async fn open(&self, request: &Request, start: u64, known: Option<HeaderValue>) -> Result<Opened, Error> {
        let mut request = request.clone();
        request.streamed = true;
        // Places in a file can be told only of what is not packed.
        request.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        // Whoever asks for a part of their own gets that part, and nothing beside it.
        let own = request.headers.contains_key(RANGE);
        if start > 0 && !own {
            request
                .headers
                .insert(RANGE, HeaderValue::try_from(format!("bytes={start}-")).map_err(|e| Error::Configuration(e.to_string()))?);
            request.headers.extend(known.map(|known| (IF_RANGE, known)));
        }
        let (response, rest) = self.exchange_open(&request, Placement::Shared).await?;
        let Some(rest) = rest.filter(|_| response.is_success()) else {
            return Err(self.understand(&request, response).err().unwrap_or_else(|| Error::Configuration("no body".into())));
        };
        if response.status != 206 || own {
            let size = rest.content_length();
            return Ok(Opened { response, rest, start: 0, size });
        }
        match content_range(&response.headers) {
            Some((from, size)) if from == start => Ok(Opened { response, rest, start, size }),
            _ => Err(self.broken(&request, &response, "another part of the file came than was asked for")),
        }
    }

    /// Hands on what comes, and asks for the rest where a connection ends too early.
    async fn pass_on(&self, request: &Request, mut opened: Opened, sender: &Sender<Piece>) -> Result<(), Error> {
        let Opened { size, .. } = opened;
        let known = validator(&opened.response.headers);
        let (mut place, mut lost) = (opened.start, 0);
        // What came before, and comes once more.
        let mut skip = 0;
        loop {
            let failure = match self.piece(&mut opened.rest).await {
                Ok(Some(mut piece)) => {
                    let again = skip.min(piece.len() as u64);
                    skip -= again;
                    bytes::Buf::advance(&mut piece, again as usize);
                    place += piece.len() as u64;
                    if !piece.is_empty() && sender.send(Ok(Some(piece))).await.is_err() {
                        return Ok(());
                    }
                    continue;
                }
                Ok(None) if size.is_none_or(|size| place >= size) => return Ok(()),
                Ok(None) => "the answer ended too early".to_owned(),
                Err(failure) => failure.what,
            };
            let resumes = request.method == Method::GET && size.is_some() && !request.headers.contains_key(RANGE);
            let wait = resumes.then(|| retry::wait(Outcome::Lost, true, lost, self.settings.max_retries)).flatten();
            let Some(wait) = wait else { return Err(self.broken(request, &opened.response, &failure)) };
            lost += 1;
            tokio::time::sleep(wait).await;
            let again = self.open(request, place, known.clone()).await?;
            let same = again.size == size && (again.start == place || (known.is_some() && validator(&again.response.headers) == known));
            if !same {
                return Err(self.broken(request, &again.response, "the file has changed while it was read; begin anew"));
            }
            skip = place - again.start;
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
        let mut pieces = self.pieces.lock().await;
        if !matches!(*self.peek(), Next::Unknown) {
            return Ok(());
        }
        let given_up = || Error::Configuration("the download is closed or was given up; begin a new one".into());
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

    /// What an unchanged file has in common with this one.
    pub fn validator(&self) -> Option<HeaderValue> {
        validator(&self.response.headers)
    }

    /// Ends the connection; a reader that waits is told.
    pub fn close(&self) {
        if let Ok(mut pieces) = self.pieces.try_lock() {
            pieces.take();
        }
    }

    fn peek(&self) -> std::sync::MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A strong tag, else a date.
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    let tag = headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    tag.or_else(|| headers.get(LAST_MODIFIED)).cloned()
}

/// "bytes 100-199/200": where it begins, and the size of the whole.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, size.trim().parse().ok()))
}
