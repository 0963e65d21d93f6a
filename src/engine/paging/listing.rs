//! A listing as it is read: pages that came, the one under way, and what was asked for in all.
//! Nothing that came is ever lost: a failed page leaves the listing where it was.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::{Page, Pager, PagingFault};
use crate::document::Node;
use crate::engine::client::{Client, Reply};
use crate::engine::error::{ApiError, Error};
use crate::engine::response::Response;
use crate::engine::runtime::{self, Placement};

/// Beyond this much unread data no further page is asked for ahead of time.
const READ_AHEAD_BYTES: usize = 32 << 20;

pub struct Listing {
    client: Client,
    pager: Pager,
    pages: VecDeque<Unread>,
    coming: Option<Arc<Coming>>,
    /// Items still to be given out, if a limit was set.
    left: Option<u64>,
    last_response: Option<Response>,
    pid: u32,
}

struct Unread {
    page: Page,
    /// Items given out.
    read: usize,
    /// Names this page.
    cursor: Option<String>,
}

/// A page under way on the shared workers. Waiting for it may be given up and taken up again.
pub struct Coming {
    result: Mutex<Option<Result<Reply, Error>>>,
    arrived: watch::Sender<bool>,
}

impl Coming {
    pub async fn wait(&self) {
        // The sender lives in self, so this cannot fail.
        let _ = self.arrived.subscribe().wait_for(|arrived| *arrived).await;
    }
}

/// What a reader does next.
pub enum Step<T> {
    Ready(T),
    /// Wait for this, call `take_in`, and ask again.
    Wait(Arc<Coming>),
    End,
}

impl Listing {
    pub fn new(client: Client, pager: Pager, limit: Option<u64>) -> Self {
        Listing { client, pager, pages: VecDeque::new(), coming: None, left: limit, last_response: None, pid: std::process::id() }
    }

    pub fn total(&self) -> Option<u64> {
        self.pager.total
    }

    /// Names the page being read, so that a listing resumed there repeats items rather than loses any.
    pub fn cursor(&self) -> Option<String> {
        match self.pages.iter().find(|unread| unread.read < unread.page.items.len()) {
            Some(unread) => unread.cursor.clone(),
            None => self.pager.cursor().map(str::to_owned),
        }
    }

    pub fn next_item(&mut self) -> Result<Step<Node>, Error> {
        if self.left == Some(0) {
            return Ok(Step::End);
        }
        loop {
            let Some(unread) = self.pages.front_mut() else {
                return self.fetch();
            };
            match unread.page.items.at(unread.read) {
                Some(item) => {
                    unread.read += 1;
                    // Whoever reads a second item will likely read on.
                    let reads_on = unread.read >= 2 || unread.page.items.len() == 1;
                    if let Some(left) = &mut self.left {
                        *left -= 1;
                    }
                    if reads_on {
                        self.read_ahead();
                    }
                    return Ok(Step::Ready(item));
                }
                None => {
                    self.pages.pop_front();
                }
            }
        }
    }

    /// The unread rest of a page.
    pub fn next_page(&mut self) -> Result<Step<Vec<Node>>, Error> {
        if self.left == Some(0) {
            return Ok(Step::End);
        }
        self.drop_read();
        let Some(unread) = self.pages.pop_front() else {
            return self.fetch();
        };
        let mut items: Vec<Node> = unread.page.items.elements().skip(unread.read).collect();
        if let Some(left) = &mut self.left {
            items.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= items.len() as u64;
        }
        self.read_ahead();
        Ok(Step::Ready(items))
    }

    /// All that is left, up to `limit`; given out only when all of it has come.
    pub fn rest(&mut self, limit: Option<u64>) -> Result<Step<Vec<Node>>, Error> {
        let wanted = self.wanted(limit);
        if self.lacks(wanted) {
            return self.fetch();
        }
        let mut items = Vec::new();
        while wanted.is_none_or(|wanted| (items.len() as u64) < wanted) {
            let Some(unread) = self.pages.front_mut() else { break };
            match unread.page.items.at(unread.read) {
                Some(item) => {
                    unread.read += 1;
                    items.push(item);
                }
                None => {
                    self.pages.pop_front();
                }
            }
        }
        if let Some(left) = &mut self.left {
            *left -= (items.len() as u64).min(*left);
        }
        Ok(Step::Ready(items))
    }

    fn drop_read(&mut self) {
        self.pages.retain(|unread| unread.read < unread.page.items.len());
    }

    /// Whether a reader would find an item, without giving one out: what is not taken cannot be lost by a cancelled wait.
    pub fn has_item(&mut self) -> Result<Step<()>, Error> {
        if self.left == Some(0) {
            return Ok(Step::End);
        }
        self.drop_read();
        if self.pages.is_empty() { self.fetch() } else { Ok(Step::Ready(())) }
    }

    /// Whether all that `rest` would give has come.
    pub fn has_rest(&mut self, limit: Option<u64>) -> Result<Step<()>, Error> {
        if self.lacks(self.wanted(limit)) { self.fetch() } else { Ok(Step::Ready(())) }
    }

    fn wanted(&self, limit: Option<u64>) -> Option<u64> {
        match (limit, self.left) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn lacks(&self, wanted: Option<u64>) -> bool {
        let here: u64 = self.pages.iter().map(|unread| (unread.page.items.len() - unread.read) as u64).sum();
        !self.pager.is_done() && wanted.is_none_or(|wanted| here < wanted)
    }

    fn fetch<T>(&mut self) -> Result<Step<T>, Error> {
        self.check_process()?;
        if let Some(coming) = &self.coming {
            return Ok(Step::Wait(coming.clone()));
        }
        match self.start()? {
            Some(coming) => Ok(Step::Wait(coming)),
            None => Ok(Step::End),
        }
    }

    /// Asks for the next page while this one is read.
    fn read_ahead(&mut self) {
        let held: usize = self.pages.iter().map(|unread| unread.page.document.page_bytes()).sum();
        let here: u64 = self.pages.iter().map(|unread| (unread.page.items.len() - unread.read) as u64).sum();
        let enough = self.left.is_some_and(|left| left <= here);
        if self.coming.is_none() && !enough && held < READ_AHEAD_BYTES {
            // A fault here shows again, and is told, when the reader gets there.
            let _ = self.start();
        }
    }

    /// After a fork the workers that fetch are the parent's: a page under way would never come here.
    fn check_process(&self) -> Result<(), Error> {
        if std::process::id() == self.pid {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "{}: this listing was begun in another process; begin a new one in this process, with cursor= to go on from there",
            self.pager.call()
        )))
    }

    fn start(&mut self) -> Result<Option<Arc<Coming>>, Error> {
        let request = match self.pager.next_request() {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(None),
            Err(fault) => return Err(self.broken(fault)),
        };
        self.check_process()?;
        let coming = Arc::new(Coming { result: Mutex::new(None), arrived: watch::Sender::new(false) });
        let (client, there) = (self.client.clone(), coming.clone());
        runtime::spawn(async move {
            let result = client.send(&request, Placement::Shared).await;
            *there.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            there.arrived.send_replace(true);
        })?;
        self.coming = Some(coming.clone());
        Ok(Some(coming))
    }

    /// Takes in the page that was waited for. After an error the same page can be asked for again.
    pub fn take_in(&mut self) -> Result<(), Error> {
        let Some(coming) = self.coming.take() else { return Ok(()) };
        let Some(result) = coming.result.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            self.coming = Some(coming);
            return Ok(());
        };
        let reply = result?;
        let cursor = self.pager.cursor().map(str::to_owned);
        self.last_response = Some(reply.response);
        let accepted = match reply.document {
            Some(document) => self.pager.accept(document),
            None => Err(PagingFault::Empty),
        };
        match accepted {
            Ok(page) => {
                self.pages.push_back(Unread { page, read: 0, cursor });
                Ok(())
            }
            Err(fault) => Err(self.broken(fault)),
        }
    }

    fn broken(&self, fault: PagingFault) -> Error {
        match &self.last_response {
            Some(response) => Error::Api(Box::new(ApiError {
                call: self.pager.call(),
                response: response.clone(),
                code: None,
                messages: Vec::new(),
                hint: None,
                retry_after: None,
                reason: None,
                excerpt: None,
                unexpected: Some(fault.to_string()),
            })),
            None => Error::Configuration(format!("{}: {fault}", self.pager.call())),
        }
    }

    pub fn last_response(&self) -> Option<&Response> {
        self.last_response.as_ref()
    }
}
