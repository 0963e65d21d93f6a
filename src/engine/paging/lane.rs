//! A run of pages, each asked for after the one before; where the places of later ones can be foreseen, several at a time.

use std::collections::VecDeque;

use tokio::sync::watch;

use super::ahead::Held;
use super::coming::Coming;
use super::{Page, Pager, PagingFault};
use crate::document::Node;
use crate::engine::Request;
use crate::engine::client::{Client, Reply};
use crate::engine::error::Error;
use crate::engine::runtime::Placement;

pub struct Lane {
    pub pager: Pager,
    /// In the order of the pages.
    under_way: VecDeque<UnderWay>,
}

struct UnderWay {
    cursor: Option<String>,
    reply: Coming<Reply>,
    held: Held,
}

/// The next page of a lane.
pub struct Arrived {
    pub page: Page,
    /// Names this page.
    pub cursor: Option<String>,
}

impl Lane {
    pub fn new(pager: Pager) -> Self {
        Lane { pager, under_way: VecDeque::new() }
    }

    /// Sees to it that up to `most` pages are under way, the next one first; each takes about `page_bytes`.
    pub fn go_on(&mut self, client: &Client, most: usize, page_bytes: usize) -> Result<(), Fault> {
        if most == 0 {
            return Ok(());
        }
        let Some(next) = self.pager.next_request()? else { return Ok(()) };
        self.ask(client, 0, self.pager.cursor().map(str::to_owned), next, page_bytes)?;
        for (index, (cursor, request)) in self.pager.foreseen(most - 1).into_iter().enumerate() {
            self.ask(client, index + 1, Some(cursor), request, page_bytes)?;
        }
        Ok(())
    }

    fn ask(&mut self, client: &Client, index: usize, cursor: Option<String>, request: Request, page_bytes: usize) -> Result<(), Fault> {
        if self.under_way.get(index).is_some_and(|page| page.cursor == cursor) {
            return Ok(());
        }
        let client = client.clone();
        let reply = Coming::start(async move { client.send(&request, Placement::Shared).await })?;
        self.under_way.insert(index, UnderWay { cursor, reply, held: Held::new(page_bytes) });
        Ok(())
    }

    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    pub fn held(&self) -> usize {
        self.under_way.iter().map(|page| page.held.bytes()).sum()
    }

    pub fn arrival(&self) -> Option<watch::Receiver<bool>> {
        Some(self.under_way.front()?.reply.arrival())
    }

    /// The answer that comes next, if it is there: `accept` it. After an error the same page is asked for again.
    pub fn take_in(&mut self) -> Option<Result<Reply, Error>> {
        let result = self.under_way.front()?.reply.take()?;
        self.under_way.pop_front();
        Some(result)
    }

    pub fn accept(&mut self, document: Option<Node>) -> Result<Arrived, PagingFault> {
        let cursor = self.pager.cursor().map(str::to_owned);
        let page = self.pager.accept(document.ok_or(PagingFault::Empty)?)?;
        // A page that was shorter or longer than foreseen: what was asked for beyond it would repeat items or lose some.
        if self.under_way.front().is_some_and(|next| next.cursor.as_deref() != self.pager.cursor()) {
            self.under_way.clear();
            self.pager.foresee_no_more();
        }
        Ok(Arrived { page, cursor })
    }
}

/// Why a page cannot be had.
pub enum Fault {
    Failed(Error),
    Paging(PagingFault),
}

impl From<Error> for Fault {
    fn from(fault: Error) -> Self {
        Fault::Failed(fault)
    }
}

impl From<PagingFault> for Fault {
    fn from(fault: PagingFault) -> Self {
        Fault::Paging(fault)
    }
}
