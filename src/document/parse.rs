//! Bytes to nodes: one pass, no recursion.
//!
//! Containers close inside out, and the children of one lie next to each other: they are gathered on `open` and moved to `nodes` when it closes.
//! Pages repeat the shape of their objects, so an object's keys are first held against those of the object that came before in the same place.
//! That is cheaper than looking for the closing quote, and tells at no cost that there are no duplicates.

use super::{
    Kind, Limits, ParseError, buffers, number,
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
        nodes: buffers::nodes(body.len() / GUESS + 1),
        // Room for a usual answer, so that small ones do not grow it step by step.
        open: Vec::with_capacity(body.len().min(4096) / GUESS + 1),
        outer: Vec::with_capacity(8),
        frame: Frame { place: Place::Root, first: 0, like: 0, like_end: 0, matched: None, known: true },
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
    unique: Unique,
}

/// Offset and meta of a key.
#[derive(Clone, Copy, Default)]
struct Key {
    at: u32,
    meta: u32,
}

impl Parser<'_> {
    fn run(mut self) -> Result<Vec<Raw>, ParseError> {
        self.skip_space();
        'value: loop {
            let key = if self.frame.place == Place::Object { self.member_key()? } else { Key::default() };
            match self.peek() {
                Some(b'"') => self.string(key)?,
                Some(b'{') => {
                    self.enter(key, Place::Object)?;
                    if self.peek() != Some(b'}') {
                        continue;
                    }
                    self.leave();
                }
                Some(b'[') => {
                    self.enter(key, Place::Array)?;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                    self.leave();
                }
                Some(b'n') => self.word(key, b"null", Kind::Null as u32)?,
                Some(b't') => self.word(key, b"true", Kind::Bool as u32 | raw::MARK)?,
                Some(b'f') => self.word(key, b"false", Kind::Bool as u32)?,
                Some(b'-' | b'0'..=b'9') => self.number(key)?,
                _ => return Err(self.fault("a value was expected")),
            }
            loop {
                self.skip_space();
                match (self.frame.place, self.peek()) {
                    (Place::Object | Place::Array, Some(b',')) => {
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
    fn push(&mut self, key: Key, meta: u32, start: usize, count: usize) {
        self.open.push(Raw { key: key.at, meta: key.meta | meta, start: start as u32, count: count as u32 });
    }

    #[inline]
    fn word(&mut self, key: Key, word: &[u8], meta: u32) -> Result<(), ParseError> {
        if !self.rest().starts_with(word) {
            return Err(self.fault("a value was expected"));
        }
        self.push(key, meta, self.at, word.len());
        self.at += word.len();
        Ok(())
    }

    #[inline]
    fn number(&mut self, key: Key) -> Result<(), ParseError> {
        match number::scan(self.rest()) {
            Ok(found) => {
                self.push(key, Kind::Number as u32 | if found.float { raw::MARK } else { 0 }, self.at, found.len);
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
    #[inline(always)]
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

    #[inline]
    fn string(&mut self, key: Key) -> Result<(), ParseError> {
        let (start, found) = self.quoted()?;
        let escaped = if found.escaped { raw::MARK } else { 0 };
        let non_ascii = if found.ascii { 0 } else { raw::NON_ASCII };
        self.push(key, Kind::String as u32 | escaped | non_ascii, start, found.len);
        Ok(())
    }

    #[inline(always)]
    fn member_key(&mut self) -> Result<Key, ParseError> {
        if self.peek() != Some(b'"') {
            return Err(self.fault("a key in quotes was expected"));
        }
        let key = match self.familiar_key() {
            Some(key) => key,
            None => {
                self.frame.known = false;
                let (start, found) = self.quoted()?;
                Key { at: start as u32, meta: raw::key_meta(&found) }
            }
        };
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.fault("':' was expected"));
        }
        self.at += 1;
        self.skip_space();
        Ok(key)
    }

    /// Reads a key that the object before in this place has too.
    #[inline(always)]
    fn familiar_key(&mut self) -> Option<Key> {
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
                self.at = start + len;
                return Some(Key { at: start as u32, meta: like.key_meta() });
            }
        }
        // Another shape: not worth more tries.
        self.frame.like = self.frame.like_end;
        self.frame.matched = None;
        None
    }

    fn enter(&mut self, key: Key, place: Place) -> Result<(), ParseError> {
        if self.outer.len() >= self.limit {
            return Err(ParseError::TooDeep { offset: self.at, limit: self.limit });
        }
        let kind = if place == Place::Object { Kind::Object } else { Kind::Array };
        let like = self.likely().filter(|like| like.kind() == kind).unwrap_or_default();
        self.push(key, kind as u32, 0, 0);
        let frame =
            Frame { place, first: self.open.len(), like: like.start, like_end: like.start + like.count, matched: None, known: true };
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn nodes(body: &str) -> Vec<Raw> {
        parse(body.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn a_node_takes_16_bytes() {
        assert_eq!(size_of::<Raw>(), 16);
        assert_eq!(nodes(r#"{"a":[1,{"b":null}],"c":""}"#).len(), 6);
    }

    /// Members left out, added or reordered against the object before, and what is inside of them.
    #[test]
    fn objects_of_other_shapes_are_read_right() {
        let objects = [
            r#"{"a":1,"b":{"x":1,"y":2},"c":3,"d":4,"e":[{"k":1}],"f":6}"#,
            r#"{"a":1,"b":{"x":1,"y":2},"c":3,"d":4,"e":[{"k":1}],"f":6}"#,
            r#"{"b":{"y":2},"c":3,"f":6}"#,
            r#"{"a":1,"b":{"x":1,"y":2},"c":3,"d":4,"e":[{"k":1},{"k":2}],"f":6}"#,
            r#"{"f":6,"e":{"k":1},"a":[],"b":null,"new":1}"#,
            r#"{}"#,
            r#"{"a":1,"bb":2,"c\u0020":3}"#,
            r#"{"a":1,"bb":2,"c\u0020":3}"#,
        ];
        let page = format!("[{}]", objects.join(","));
        let root = super::super::Node::parse(page.clone(), &Limits::default()).unwrap();
        assert_eq!(root.to_json(), page.as_bytes());
    }

    /// Only an object says what keys to expect: other nodes have none, or a text where an object has members.
    #[test]
    fn other_values_are_no_shape() {
        for page in [r#"[[1],{"[":1}]"#, r#"[{"a":[1]},{"a":{"[":1}}]"#, r#"["",{"[":1}]"#, r#"[1,{"[":1,"":2}]"#] {
            let root = super::super::Node::parse(page, &Limits::default()).unwrap();
            assert_eq!(root.to_json(), page.as_bytes());
        }
    }

    /// The keys of the object before must not hide duplicates.
    #[test]
    fn duplicates_are_found_in_familiar_objects() {
        for (body, json) in [
            (r#"[{"a":1,"b":2},{"a":1,"b":2,"a":3}]"#, r#"[{"a":1,"b":2},{"a":3,"b":2}]"#),
            (r#"[{"a":1,"b":2},{"a":1,"a":3,"b":2}]"#, r#"[{"a":1,"b":2},{"a":3,"b":2}]"#),
            (r#"[{"a":1,"b":2},{"b":1,"a":3,"b":2}]"#, r#"[{"a":1,"b":2},{"b":2,"a":3}]"#),
            (r#"[{"a":1,"a":2},{"a":3,"a":4}]"#, r#"[{"a":2},{"a":4}]"#),
            (r#"[{"o":{"a":1}},{"o":{"a":1,"a":[{}]}}]"#, r#"[{"o":{"a":1}},{"o":{"a":[{}]}}]"#),
        ] {
            let root = super::super::Node::parse(body, &Limits::default()).unwrap();
            assert_eq!(String::from_utf8(root.to_json()).unwrap(), json, "{body}");
        }
    }

    #[test]
    fn capacity_is_not_wasted() {
        for body in [
            format!("[{}1]", "1,".repeat(100_000)),
            format!("[\"{}\"]", "x".repeat(1_000_000)),
            format!("[{}{{}}]", r#"{"key":"a value of some length"},"#.repeat(10_000)),
        ] {
            let nodes = nodes(&body);
            assert!(nodes.capacity() * 4 <= nodes.len() * 5 + 16, "{} of {}", nodes.len(), nodes.capacity());
        }
    }
}
