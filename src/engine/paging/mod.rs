//! From one page to the next. Each style is a file of its own; none reads anything but the catalog's facts.

mod ahead;
mod coming;
mod cursor_data;
mod cursor_link;
mod cursor_size;
mod lane;
mod link;
pub mod listing;
mod offset;
mod page;
pub mod partition;
mod scim_index;
mod since;
mod single_array;
mod token;

use std::collections::HashSet;

use serde_json::Value;

use super::error::{ArgumentError, printable};
use super::request::Request;
use crate::catalog::{Paging, Place, Strategy};
use crate::document::{Kind, Node};

/// So many empty pages in a row are passed over where a total promises more: totals may be estimates.
const EMPTY_PAGES: u32 = 20;

/// A listing under way: which request comes next, and what came.
pub struct Pager {
    request: Request,
    paging: &'static Paging,
    next: Next,
    seen: HashSet<String>,
    /// The items of the page before, to tell a server that does not follow an index.
    before: Option<Node>,
    /// Items that came.
    came: u64,
    /// By how much an offset moves on where pages may be short; else 0.
    window: u64,
    /// How long pages are, as far as that is known.
    stride: u64,
    /// Empty pages that came one after another.
    empty: u32,
    /// Begun with a cursor: what came before is not known.
    resumed: bool,
    /// Items of a page, as far as the pages beyond the next can be foreseen from it; else 0.
    step: u64,
    /// A page was not as foreseen.
    uneven: bool,
    pub total: Option<u64>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Next {
    First,
    Cursor(String),
    /// The page before is good, its way on is not.
    Broken(PagingFault),
    /// The end; with the cursor to poll from, where the server keeps one.
    Done(Option<String>),
}

/// One page, checked.
pub struct Page {
    pub document: Node,
    /// The array of items.
    pub items: Node,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PagingFault {
    #[error("the page has no list at {0:?}")]
    NoItems(String),
    #[error("the answer is empty where a page was due")]
    Empty,
    #[error("the server named the cursor {0:?} a second time; the listing would never end")]
    Repeated(String),
    #[error("the server answered the page before once more when asked for the one at {0:?}; it does not follow {1}")]
    SamePage(String, String),
    #[error("the server names the next page at {0:?} in a way that is not known: {1}")]
    OddNext(String, String),
    #[error("the server says that there is more, but not where")]
    NoWayOn,
    #[error("the link to the next page has no {0:?} in its query: {1}")]
    NoCursor(String, String),
}

impl Pager {
    /// `cursor` resumes an earlier listing; `page_size` is what the server is asked for.
    pub fn new(
        mut request: Request,
        paging: &'static Paging,
        cursor: Option<String>,
        page_size: Option<u64>,
    ) -> Result<Self, ArgumentError> {
        let most = u64::from(paging.window);
        if let Some(size) = page_size.filter(|size| most > 0 && *size > most) {
            return Err(ArgumentError::Value(format!("{}: page_size: at most {most}, got {size}", request.call())));
        }
        let window = if most > 0 { page_size.unwrap_or(most) } else { 0 };
        if let Some(size) = page_size.or((window > 0).then_some(window)) {
            if paging.size.is_empty() {
                return Err(ArgumentError::Type(format!("{}: the server offers no page size", request.call())));
            }
            match paging.place {
                Place::Body => request.set_field(&paging.size, Value::from(size)),
                _ => request.set_query(&paging.size, &size.to_string()),
            }
        }
        let next = match cursor {
            Some(_) if paging.strategy == Strategy::SingleArray => {
                return Err(ArgumentError::Type(format!("{}: the server answers everything at once and knows no cursor", request.call())));
            }
            Some(cursor) if cursor.trim().is_empty() => {
                return Err(ArgumentError::Value(format!("{}: cursor must not be empty", request.call())));
            }
            Some(cursor) => Next::Cursor(cursor),
            None => Next::First,
        };
        Ok(Pager {
            request,
            paging,
            resumed: next != Next::First,
            next,
            seen: HashSet::new(),
            before: None,
            came: 0,
            window,
            stride: page_size.unwrap_or(window),
            empty: 0,
            step: 0,
            uneven: false,
            total: None,
        })
    }

    /// The request of the next page; None at the end.
    pub fn next_request(&self) -> Result<Option<Request>, PagingFault> {
        Ok(match &self.next {
            Next::Done(_) => None,
            Next::Broken(fault) => return Err(fault.clone()),
            Next::First => Some(self.request.clone()),
            Next::Cursor(cursor) => Some(self.request_at(cursor)),
        })
    }

    fn request_at(&self, cursor: &str) -> Request {
        let mut request = self.request.clone();
        match self.paging.place {
            Place::Body => {
                if self.paging.alone {
                    request.body = None;
                }
                let number = if self.counts() { cursor.parse::<u64>().ok() } else { None };
                request.set_field(&self.paging.cursor, number.map_or_else(|| Value::from(cursor), Value::from));
            }
            _ if self.paging.strategy == Strategy::Link => request.merge_query(cursor),
            _ => request.set_query(&self.paging.cursor, cursor),
        }
        request
    }

    /// Cursors and requests of pages beyond the next, at most so many, if all are as long as the last one and the total holds.
    /// Only where a cursor is the place of an item.
    pub fn foreseen(&self, most: usize) -> Vec<(String, Request)> {
        let (Next::Cursor(next), Some(total)) = (&self.next, self.total) else { return Vec::new() };
        let end = match self.paging.strategy {
            Strategy::Offset => total,
            Strategy::ScimIndex => total.saturating_add(1),
            _ => return Vec::new(),
        };
        let next = next.parse::<u64>().ok().filter(|_| self.step > 0);
        let places = std::iter::successors(next, |place| place.checked_add(self.step)).skip(1).take_while(|place| *place < end);
        places.take(most).map(|place| (place.to_string(), self.request_at(&place.to_string()))).collect()
    }

    /// Items that a page is expected to have; 0 if not known.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Pages of this server are not alike.
    pub fn foresee_no_more(&mut self) {
        self.step = 0;
        self.uneven = true;
    }

    /// Whether a page without its list cannot be an empty one.
    fn is_owed(&self, page: &Node) -> bool {
        let place = match (self.paging.strategy, self.cursor()) {
            (Strategy::Offset, Some(cursor)) => cursor.parse().ok(),
            (Strategy::ScimIndex, Some(cursor)) => cursor.parse::<u64>().ok().map(|index| index.saturating_sub(1)),
            _ => (!self.resumed).then_some(self.came),
        };
        let total = number_at(page, &self.paging.total).or(self.total);
        let promised = place.zip(total).is_some_and(|(place, total)| place < total);
        let complains = COMPLAINTS.iter().any(|key| page.get(key).is_some_and(|said| !said.is_blank()));
        promised || complains || says_more(self.paging, page) || (page.is_empty() && self.next != Next::First)
    }

    /// By how much to go on from an empty page where more is promised; 0: not at all.
    fn leap(&self) -> u64 {
        if self.empty <= EMPTY_PAGES { self.stride } else { 0 }
    }

    /// Whether the cursor is a count of ours rather than a word of the server's.
    fn counts(&self) -> bool {
        matches!(self.paging.strategy, Strategy::Offset | Strategy::Page | Strategy::ScimIndex)
    }

    pub fn call(&self) -> String {
        self.request.call()
    }

    /// Names the page that `next_request` would fetch, or at the end the one to poll from; None on the first page.
    pub fn cursor(&self) -> Option<&str> {
        match &self.next {
            Next::Cursor(cursor) | Next::Done(Some(cursor)) => Some(cursor),
            _ => None,
        }
    }

    pub fn is_done(&self) -> bool {
        matches!(self.next, Next::Done(_))
    }

    /// Takes a page in and moves on.
    pub fn accept(&mut self, document: Node) -> Result<Page, PagingFault> {
        let paging = self.paging;
        let items = if paging.items.is_empty() { Some(document.clone()) } else { document.path(&paging.items) };
        // A page may leave its empty list out or null; one whose list is something else is no page.
        let items = match items {
            Some(items) if items.kind() == Kind::Array => items,
            Some(items) if !items.is_null() => return Err(PagingFault::NoItems(paging.items.clone())),
            _ if document.kind() != Kind::Object || self.is_owed(&document) => return Err(PagingFault::NoItems(paging.items.clone())),
            _ => empty_list().ok_or_else(|| PagingFault::NoItems(paging.items.clone()))?,
        };
        if self.counts() {
            if let (Some(cursor), Some(before)) = (self.cursor(), &self.before)
                && !items.is_empty()
                && before.same_value(&items)
            {
                let fault = PagingFault::SamePage(cursor.to_owned(), paging.cursor.clone());
                self.next = Next::Broken(fault.clone());
                return Err(fault);
            }
            self.before = Some(items.clone());
        }
        if let Some(total) = number_at(&document, &paging.total) {
            self.total = Some(total);
        }
        self.came += items.len() as u64;
        self.empty = if items.is_empty() { self.empty + 1 } else { 0 };
        self.stride = self.stride.max(items.len() as u64).max(self.window);
        self.step = if self.uneven { 0 } else { (items.len() as u64).max(self.window) };
        let found = match paging.strategy {
            Strategy::CursorLink => cursor_link::next(paging, &document),
            Strategy::CursorData => cursor_data::next(paging, &document),
            Strategy::CursorSize => cursor_size::next(paging, &document),
            Strategy::Token => token::next(paging, &document),
            Strategy::Offset => Ok(offset::next(paging, &document, &items, self.cursor(), self.window, self.leap())),
            Strategy::Page => Ok(page::next(paging, &document, &items, self.cursor(), self.came, !self.resumed && self.leap() > 0)),
            Strategy::Link => link::next(paging, &document),
            Strategy::Since => since::next(paging, &document),
            Strategy::ScimIndex => Ok(scim_index::next(&document, &items, self.cursor(), self.leap())),
            Strategy::SingleArray => Ok(single_array::next()),
        };
        // The server's word that this is the last page holds, whatever cursor it names besides.
        let ended = flag_at(&document, &paging.last) == Some(true) || flag_at(&document, &paging.more) == Some(false);
        let found = match found {
            _ if ended && !paging.polls => Ok(None),
            Ok(None) if says_more(paging, &document) && !paging.polls => Err(PagingFault::NoWayOn),
            found => found,
        };
        if let Next::Cursor(current) = &self.next {
            self.seen.insert(current.clone());
        }
        self.next = match found {
            Ok(cursor) if paging.polls && (ended || items.is_empty() || cursor.as_ref().is_none_or(|c| self.seen.contains(c))) => {
                Next::Done(cursor.or_else(|| self.cursor().map(str::to_owned)))
            }
            Ok(Some(cursor)) if self.seen.contains(&cursor) => Next::Broken(PagingFault::Repeated(cursor)),
            Ok(Some(cursor)) => Next::Cursor(cursor),
            Ok(None) => Next::Done(None),
            Err(fault) => Next::Broken(fault),
        };
        Ok(Page { document, items })
    }
}

/// The server's word that this is not the last page.
fn says_more(paging: &Paging, page: &Node) -> bool {
    flag_at(page, &paging.last) == Some(false) || flag_at(page, &paging.more) == Some(true)
}

/// Keys under which errors come with a status of success.
const COMPLAINTS: [&str; 5] = ["errorMessages", "errors", "error", "errorMessage", "message"];

fn empty_list() -> Option<Node> {
    Node::parse(&b"[]"[..], &crate::document::Limits::default()).ok()
}

/// A count at a dotted path; "6" and 6.0 are counts too.
fn number_at(document: &Node, path: &str) -> Option<u64> {
    let text = if path.is_empty() { None } else { text_at(document, path).ok()? };
    let text = text?;
    text.parse().ok().or_else(|| text.parse::<f64>().ok().filter(|number| *number >= 0.0).map(|number| number as u64))
}

fn flag_at(document: &Node, path: &str) -> Option<bool> {
    if path.is_empty() { None } else { document.path(path)?.as_bool() }
}

/// The text at a dotted path; None when it is missing, null or empty. What is neither text nor number is no end but a fault.
fn text_at(document: &Node, path: &str) -> Result<Option<String>, PagingFault> {
    let Some(node) = document.path(path) else { return Ok(None) };
    let text = match node.kind() {
        Kind::Null => return Ok(None),
        Kind::String => node.text().map(|text| text.to_string_lossy()).unwrap_or_default(),
        Kind::Number => String::from_utf8_lossy(&node.to_json()).into_owned(),
        _ => return Err(PagingFault::OddNext(path.to_owned(), printable(&String::from_utf8_lossy(&node.to_json()), 200))),
    };
    Ok((!text.is_empty()).then_some(text))
}

/// The cursor inside a link; only its query is read, so a link never leads to another host.
fn cursor_in_link(name: &str, link: &str) -> Result<String, PagingFault> {
    let query = link.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let query = query.split('#').next().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
        .ok_or_else(|| PagingFault::NoCursor(name.to_owned(), printable(link, 200)))
}

/// A bare cursor may begin with `/`, as base64 does, but has no `?`.
fn looks_like_link(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://") || (text.starts_with(['/', '?']) && text.contains('?'))
}
