//! A listing as it is read: pages that came, those under way, and what was asked for in all.
//! Nothing that came is ever lost: a failed page leaves the listing where it was.

use std::collections::VecDeque;

use super::ahead::{self, Held};
use super::coming::Coming;
pub use super::coming::Wait;
use super::lane::{Arrived, Fault, Lane};
use super::partition::Partition;
use super::{Pager, PagingFault};
use crate::document::Node;
use crate::engine::client::Client;
use crate::engine::error::{ApiError, Error};
use crate::engine::response::Response;

/// Pages under way at a time, where later ones can be foreseen and the reader has shown that it reads on.
const PAGES_AHEAD: usize = 8;

pub struct Listing {
    client: Client,
    /// How errors call it.
    call: String,
    /// Runs of pages that are read side by side: one, but for a listing in partitions.
    lanes: Vec<Lane>,
    partition: Option<Splitting>,
    pages: VecDeque<Unread>,
    /// Why a page did not come, told when what came before it has been read.
    fault: Option<Fault>,
    /// Pages read to their end.
    finished: u64,
    /// Memory that the last page took.
    page_bytes: usize,
    /// Items still to be given out, if a limit was set.
    left: Option<u64>,
    /// What came since this was asked for last, without the bodies.
    answered: Vec<Response>,
    last_response: Option<Response>,
    pid: u32,
}

/// A listing that is split in parts: how, then which parts have no lane yet.
struct Splitting {
    how: Partition,
    planning: Option<Coming<Vec<Pager>>>,
    parts: Option<VecDeque<Pager>>,
}

struct Unread {
    arrived: Arrived,
    /// Items given out.
    read: usize,
    held: Held,
}

impl Unread {
    fn left(&self) -> usize {
        self.arrived.page.items.len() - self.read
    }
}

/// What a reader does next.
pub enum Step<T> {
    Ready(T),
    /// Wait for this, call `take_in`, and ask again.
    Wait(Wait),
    End,
}

impl Listing {
    pub fn new(client: Client, pager: Pager, limit: Option<u64>) -> Self {
        let call = pager.call();
        Self::reading(client, call, vec![Lane::new(pager)], None, limit)
    }

    /// Several listings of the parts of one, read side by side; items come in no order.
    pub fn partitioned(client: Client, how: Partition, limit: Option<u64>) -> Self {
        let call = how.call();
        Self::reading(client, call, Vec::new(), Some(Splitting { how, planning: None, parts: None }), limit)
    }

    fn reading(client: Client, call: String, lanes: Vec<Lane>, partition: Option<Splitting>, limit: Option<u64>) -> Self {
        Listing {
            client,
            call,
            lanes,
            partition,
            pages: VecDeque::new(),
            fault: None,
            finished: 0,
            page_bytes: 0,
            left: limit,
            answered: Vec::new(),
            last_response: None,
            pid: std::process::id(),
        }
    }

    fn only_lane(&self) -> Option<&Lane> {
        self.lanes.first().filter(|_| self.partition.is_none())
    }

    pub fn total(&self) -> Option<u64> {
        self.only_lane()?.pager.total
    }

    /// Names the page being read, so that a listing resumed there repeats items rather than loses any.
    pub fn cursor(&self) -> Option<String> {
        let lane = self.only_lane()?;
        match self.pages.iter().find(|unread| unread.left() > 0) {
            Some(unread) => unread.arrived.cursor.clone(),
            None => lane.pager.cursor().map(str::to_owned),
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
            match unread.arrived.page.items.at(unread.read) {
                Some(item) => {
                    unread.read += 1;
                    // Whoever reads a second item will likely read on.
                    let reads_on = unread.read == 2 || unread.arrived.page.items.len() == 1;
                    if let Some(left) = &mut self.left {
                        *left -= 1;
                    }
                    if reads_on {
                        self.read_ahead();
                    }
                    return Ok(Step::Ready(item));
                }
                None => self.finish_page(),
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
        self.finished += 1;
        let mut items: Vec<Node> = unread.arrived.page.items.elements().skip(unread.read).collect();
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
            return self.fetch_all(wanted);
        }
        let mut items = Vec::new();
        while wanted.is_none_or(|wanted| (items.len() as u64) < wanted) {
            let Some(unread) = self.pages.front_mut() else { break };
            match unread.arrived.page.items.at(unread.read) {
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

    fn finish_page(&mut self) {
        self.pages.pop_front();
        self.finished += 1;
        if !self.pages.is_empty() {
            self.read_ahead();
        }
    }

    fn drop_read(&mut self) {
        while self.pages.front().is_some_and(|unread| unread.left() == 0) {
            self.finish_page();
        }
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
        let wanted = self.wanted(limit);
        if self.lacks(wanted) { self.fetch_all(wanted) } else { Ok(Step::Ready(())) }
    }

    fn wanted(&self, limit: Option<u64>) -> Option<u64> {
        match (limit, self.left) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn here(&self) -> u64 {
        self.pages.iter().map(|unread| unread.left() as u64).sum()
    }

    fn lacks(&self, wanted: Option<u64>) -> bool {
        !self.is_done() && wanted.is_none_or(|wanted| self.here() < wanted)
    }

    fn is_done(&self) -> bool {
        let split = self.partition.as_ref().is_none_or(|splitting| splitting.parts.as_ref().is_some_and(VecDeque::is_empty));
        split && self.fault.is_none() && self.lanes.iter().all(|lane| lane.pager.is_done())
    }

    /// For a reader who has nothing left to read.
    fn fetch<T>(&mut self) -> Result<Step<T>, Error> {
        let most = if self.finished == 0 { 1 } else { PAGES_AHEAD };
        self.fetch_ahead(self.left, most)
    }

    /// For a reader who wants it all.
    fn fetch_all<T>(&mut self, wanted: Option<u64>) -> Result<Step<T>, Error> {
        self.fetch_ahead(wanted, PAGES_AHEAD)
    }

    fn fetch_ahead<T>(&mut self, wanted: Option<u64>, most: usize) -> Result<Step<T>, Error> {
        self.check_process()?;
        if let Some(fault) = self.fault.take() {
            return Err(self.tell(fault));
        }
        self.go_on(wanted, most.min(self.room()).max(1)).map_err(|fault| self.tell(fault))?;
        let planning = self.partition.as_ref().and_then(|splitting| splitting.planning.as_ref());
        let arrivals: Vec<_> = self.lanes.iter().filter_map(Lane::arrival).chain(planning.map(Coming::arrival)).collect();
        Ok(if arrivals.is_empty() { Step::End } else { Step::Wait(Wait(arrivals)) })
    }

    /// Asks for what comes next while this page is read.
    fn read_ahead(&mut self) {
        if self.check_process().is_err() || self.fault.is_some() {
            return;
        }
        // More than one page only for a reader who has come to the end of one.
        let most = if self.finished == 0 { 1 } else { PAGES_AHEAD };
        let outcome = self.take_in_pages().and_then(|()| {
            let room = self.room();
            if room > self.under_way() { self.go_on(self.left, most.min(room)) } else { Ok(()) }
        });
        // Told when the reader gets there.
        self.fault = outcome.err();
    }

    fn under_way(&self) -> usize {
        self.lanes.iter().map(Lane::under_way).sum()
    }

    /// How many pages may be under way.
    fn room(&self) -> usize {
        let held = self.pages.iter().map(|unread| unread.held.bytes()).chain(self.lanes.iter().map(Lane::held)).sum();
        self.under_way() + ahead::room(held).div_ceil(self.page_bytes.max(1))
    }

    /// Starts what is due: the plan of a listing in partitions, or pages of the lanes, no more than are `wanted`.
    fn go_on(&mut self, wanted: Option<u64>, most: usize) -> Result<(), Fault> {
        let here = self.here();
        if let Some(splitting) = &mut self.partition {
            let Some(parts) = &mut splitting.parts else {
                if splitting.planning.is_none() {
                    splitting.planning = Some(Coming::start(splitting.how.clone().plan(self.client.clone(), self.left))?);
                }
                return Ok(());
            };
            while self.lanes.len() < splitting.how.parts {
                let Some(part) = parts.pop_front() else { break };
                self.lanes.push(Lane::new(part));
            }
        }
        for lane in &mut self.lanes {
            let due = match (wanted, lane.pager.step()) {
                (Some(wanted), _) if wanted <= here => 0,
                (Some(wanted), step) if step > 0 => usize::try_from((wanted - here).div_ceil(step)).unwrap_or(most).min(most),
                _ => most,
            };
            lane.go_on(&self.client, due, self.page_bytes)?;
        }
        Ok(())
    }

    /// After a fork the workers that fetch are the parent's: a page under way would never come here.
    fn check_process(&self) -> Result<(), Error> {
        if std::process::id() == self.pid {
            return Ok(());
        }
        let how = if self.partition.is_none() { ", with cursor= to go on from there" } else { "" };
        Err(Error::Configuration(format!("{}: this listing was begun in another process; begin a new one in this process{how}", self.call)))
    }

    /// Takes in what was waited for. After an error the same page can be asked for again.
    pub fn take_in(&mut self) -> Result<(), Error> {
        match self.take_in_pages() {
            Ok(()) => Ok(()),
            Err(fault) if self.pages.is_empty() => Err(self.tell(fault)),
            Err(fault) => {
                self.fault = Some(fault);
                Ok(())
            }
        }
    }

    fn take_in_pages(&mut self) -> Result<(), Fault> {
        if let Some(splitting) = &mut self.partition
            && let Some(result) = splitting.planning.as_ref().and_then(Coming::take)
        {
            splitting.planning = None;
            splitting.parts = Some(result?.into());
        }
        let mut outcome = Ok(());
        for lane in &mut self.lanes {
            while let Some(result) = lane.take_in() {
                let arrived = result.map_err(Fault::Failed).and_then(|reply| {
                    self.answered.push(reply.response.without_body());
                    self.last_response = Some(reply.response);
                    Ok(lane.accept(reply.document)?)
                });
                match arrived {
                    Ok(arrived) => {
                        self.page_bytes = arrived.page.document.page_bytes();
                        self.pages.push_back(Unread { arrived, read: 0, held: Held::new(self.page_bytes) });
                    }
                    Err(fault) => {
                        outcome = Err(fault);
                        break;
                    }
                }
            }
        }
        if self.partition.is_some() {
            self.lanes.retain(|lane| !lane.pager.is_done());
        }
        outcome
    }

    fn tell(&self, fault: Fault) -> Error {
        match fault {
            Fault::Failed(error) => error,
            Fault::Paging(fault) => self.broken(&fault),
        }
    }

    fn broken(&self, fault: &PagingFault) -> Error {
        match &self.last_response {
            Some(response) => Error::Api(Box::new(ApiError {
                call: self.call.clone(),
                response: response.clone(),
                code: None,
                messages: Vec::new(),
                hint: None,
                retry_after: None,
                reason: None,
                excerpt: None,
                unexpected: Some(fault.to_string()),
            })),
            None => Error::Configuration(format!("{}: {fault}", self.call)),
        }
    }

    /// Answers that came since this was asked last, without their bodies.
    pub fn answered(&mut self) -> Vec<Response> {
        std::mem::take(&mut self.answered)
    }
}
