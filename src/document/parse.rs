//! Bytes to nodes: one pass, no recursion.
//!
//! Containers close inside out, and the children of one lie next to each other: they are gathered on `open` and moved to `nodes` when it closes.
//! Pages repeat the shape of their objects, so an object's keys are first held against those of the object that came before in the same place.
//! That is cheaper than looking for the closing quote, and tells at no cost that there are no duplicates.

use super::{
    Kind, Limits, ParseError, number,
    raw::{self, Raw},
    text,
    unique::Unique,
};

const BOM: &[u8] = b"\xEF\xBB\xBF";
/// Bytes of body that a value takes, at a low guess: what is too much is not touched and is given back.
const GUESS: usize = 24;
/// How many keys an object may leave out against the one before.
const WINDOW: usize = 4;

pub(super) fn parse(body: &[u8], limits: &Limits) -> Result<Vec<Raw>, ParseError> {
    if u32::try_from(body.len()).is_err() {
        return Err(ParseError::TooLarge);
    }
    if simdutf8::basic::from_utf8(body).is_err() {
        let offset = simdutf8::compat::from_utf8(body).map_or_else(|fault| fault.valid_up_to(), str::len);
        return Err(ParseError::Utf8 { offset });
    }
    let parser = Parser {
        body,
        at: if body.starts_with(BOM) { BOM.len() } else { 0 },
        limit: limits.depth,
        nodes: Vec::with_capacity(body.len() / GUESS + 1),
        open: Vec::new(),
        outer: Vec::new(),
        frame: Frame { place: Place::Root, first: 0, like: 0, like_end: 0, matched: None, known: true },
        key: (0, 0),
        unique: Unique::default(),
    };
    parser.run()
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Array,
    Object,
}

/// A container that is not closed yet.
struct Frame {
    place: Place,
    /// Where its children start on `open`; it lies just before.
    first: usize,
    /// The members, or elements, of the container that this one is expected to look like.
    like: u32,
    like_end: u32,
    /// The member there that has the key read last.
    matched: Option<Raw>,
    /// Every key so far was one of `like`'s, in its order: there are no duplicates.
    known: bool,
}

struct Parser<'a> {
    body: &'a [u8],
    at: usize,
    limit: usize,
    nodes: Vec<Raw>,
    open: Vec<Raw>,
    outer: Vec<Frame>,
    frame: Frame,
    /// Offset and meta of the key of the next value.
    key: (u32, u32),
    unique: Unique,
}

impl Parser<'_> {
    fn run(mut self) -> Result<Vec<Raw>, ParseError> {
        self.skip_space();
        'value: loop {
            match self.peek() {
                Some(b'"') => self.string()?,
                Some(b'{') => {
                    self.enter(Place::Object)?;
                    if self.peek() != Some(b'}') {
                        self.member_key()?;
                        continue;
                    }
                    self.leave();
                }
                Some(b'[') => {
                    self.enter(Place::Array)?;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                    self.leave();
                }
                Some(b'n') => self.word(b"null", Kind::Null as u32)?,
                Some(b't') => self.word(b"true", Kind::Bool as u32 | raw::MARK)?,
                Some(b'f') => self.word(b"false", Kind::Bool as u32)?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => return Err(self.fault("a value was expected")),
            }
            loop {
                self.skip_space();
                match (self.frame.place, self.peek()) {
                    (Place::Object, Some(b',')) => {
                        self.at += 1;
                        self.skip_space();
                        self.member_key()?;
                        continue 'value;
                    }
                    (Place::Array, Some(b',')) => {
                        self.at += 1;
                        self.skip_space();
                        continue 'value;
                    }
                    (Place::Object, Some(b'}')) | (Place::Array, Some(b']')) => self.leave(),
                    (Place::Object, _) => return Err(self.fault("',' or '}' was expected")),
                    (Place::Array, _) => return Err(self.fault("',' or ']' was expected")),
                    (Place::Root, None) => break 'value,
                    (Place::Root, Some(_)) => return Err(self.fault("text after the value")),
                }
            }
        }
        // The root is the last node.
        self.keep(0);
        if self.nodes.len() < self.nodes.capacity() - self.nodes.capacity() / 8 {
            self.nodes.shrink_to_fit();
        }
        Ok(self.nodes)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    #[inline]
    fn rest(&self) -> &[u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[cold]
    fn fault(&self, what: &'static str) -> ParseError {
        let what = if self.at >= self.body.len() { "the text ends too early" } else { what };
        ParseError::Syntax { offset: self.at, what }
    }

    #[inline]
    fn push(&mut self, meta: u32, start: usize, count: usize) {
        let (key, key_meta) = std::mem::take(&mut self.key);
        self.open.push(Raw { key, meta: meta | key_meta, start: start as u32, count: count as u32 });
    }

    fn word(&mut self, word: &[u8], meta: u32) -> Result<(), ParseError> {
        if !self.rest().starts_with(word) {
            return Err(self.fault("a value was expected"));
        }
        self.push(meta, self.at, word.len());
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), ParseError> {
        match number::scan(self.rest()) {
            Ok(found) => {
                self.push(Kind::Number as u32 | if found.float { raw::MARK } else { 0 }, self.at, found.len);
                self.at += found.len;
                Ok(())
            }
            Err(offset) => {
                self.at += offset;
                Err(self.fault("a digit was expected"))
            }
        }
    }

    /// The text in the quotes that open at `at`.
    #[inline]
    fn quoted(&mut self) -> Result<(usize, text::Scan), ParseError> {
        self.at += 1;
        let start = self.at;
        match text::scan(self.rest()) {
            Ok(found) => {
                self.at += found.len + 1;
                Ok((start, found))
            }
            Err(fault) => {
                self.at += fault.offset;
                Err(self.fault(fault.what))
            }
        }
    }

    fn string(&mut self) -> Result<(), ParseError> {
        let (start, found) = self.quoted()?;
        let escaped = if found.escaped { raw::MARK } else { 0 };
        let non_ascii = if found.ascii { 0 } else { raw::NON_ASCII };
        self.push(Kind::String as u32 | escaped | non_ascii, start, found.len);
        Ok(())
    }

    fn member_key(&mut self) -> Result<(), ParseError> {
        if self.peek() != Some(b'"') {
            return Err(self.fault("a key in quotes was expected"));
        }
        if !self.familiar_key() {
            self.frame.known = false;
            let (start, found) = self.quoted()?;
            self.key = (start as u32, raw::key_meta(&found));
        }
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.fault("':' was expected"));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Reads a key that the object before in this place has too.
    #[inline]
    fn familiar_key(&mut self) -> bool {
        let start = self.at + 1;
        let (from, to) = (self.frame.like as usize, self.frame.like_end as usize);
        let likely = self.nodes.get(from..to.min(from + WINDOW)).unwrap_or_default();
        for (skipped, &like) in likely.iter().enumerate() {
            // With the quote that ends it.
            let len = like.key(self.body).len() + 1;
            let old = self.body.get(like.key as usize..like.key as usize + len);
            if old.is_some() && old == self.body.get(start..start + len) {
                self.frame.like += skipped as u32 + 1;
                self.frame.matched = Some(like);
                self.key = (start as u32, like.key_meta());
                self.at = start + len;
                return true;
            }
        }
        // Another shape: not worth more tries.
        self.frame.like = self.frame.like_end;
        self.frame.matched = None;
        false
    }

    fn enter(&mut self, place: Place) -> Result<(), ParseError> {
        if self.outer.len() >= self.limit {
            return Err(ParseError::TooDeep { offset: self.at, limit: self.limit });
        }
        let kind = if place == Place::Object { Kind::Object } else { Kind::Array };
        let like = self.likely().filter(|like| like.kind() == kind).unwrap_or_default();
        self.push(kind as u32, 0, 0);
        let frame = Frame {
            place,
            first: self.open.len(),
            like: like.start,
            like_end: like.start + like.count,
            matched: None,
            known: true,
        };
        self.outer.push(std::mem::replace(&mut self.frame, frame));
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// The value that the next one probably looks like.
    fn likely(&self) -> Option<Raw> {
        match self.frame.place {
            Place::Root => None,
            Place::Object => self.frame.matched,
            Place::Array if self.open.len() > self.frame.first => self.open.last().copied(),
            Place::Array => self.nodes.get(self.frame.like as usize..self.frame.like_end as usize)?.first().copied(),
        }
    }

    /// Closes the container at its bracket.
    fn leave(&mut self) {
        self.at += 1;
        let first = self.frame.first;
        if self.frame.place == Place::Object && !self.frame.known {
            let members = self.open.get_mut(first..).unwrap_or_default();
            let left = self.unique.resolve(members, self.body);
            self.open.truncate(first + left);
        }
        let start = self.nodes.len() as u32;
        let count = (self.open.len() - first) as u32;
        self.keep(first);
        if let Some(container) = self.open.last_mut() {
            container.start = start;
            container.count = count;
        }
        if let Some(outer) = self.outer.pop() {
            self.frame = outer;
        }
    }

    /// Moves what is open from `first` on to its last place.
    fn keep(&mut self, first: usize) {
        let children = self.open.get(first..).unwrap_or_default();
        if self.nodes.capacity() - self.nodes.len() < children.len() {
            // As dense as so far to the end, or half as much again: never a copy for every container.
            let seen = self.nodes.len() + self.open.len();
            let total = (seen as u64 * self.body.len() as u64 / self.at.max(1) as u64) as usize;
            let more = (total + total / 64).saturating_sub(self.nodes.len());
            self.nodes.reserve_exact(more.max(self.nodes.len() / 2).max(children.len()));
        }
        self.nodes.extend_from_slice(children);
        self.open.truncate(first);
    }
}
