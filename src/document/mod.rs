//! A response body as a shared, lazily read document.
//!
//! The body is parsed once into one flat vector of small nodes over its own bytes. Strings are unescaped and numbers are read only when touched.
//! Values are those of Python's json: integers of any size, `-0.0`, `1e400` as infinity, lone surrogates, the last of duplicate keys.
//! Otherwise JSON is taken strictly; a leading byte order mark is skipped, `NaN` and `Infinity` are refused.

mod buffers;
mod equal;
mod number;
mod parse;
mod raw;
mod text;
mod unique;
mod write;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;

pub use buffers::Body;
pub use number::Number;
use raw::Raw;
pub use text::Text;

/// What a body may ask of us.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Containers inside one another.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: 1000 }
    }
}

/// Why a body is no document. Offsets are bytes from the start of the body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("not JSON: {what} (byte {offset})")]
    Syntax { offset: usize, what: &'static str },
    #[error("not UTF-8 (byte {offset})")]
    Utf8 { offset: usize },
    #[error("nested more than {limit} deep (byte {offset})")]
    TooDeep { offset: usize, limit: usize },
    #[error("4 GiB or more")]
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

struct Document {
    body: Body,
    /// The children of a container are neighbours, and come before it; the root is last.
    nodes: Vec<Raw>,
}

impl Drop for Document {
    fn drop(&mut self) {
        buffers::keep_nodes(std::mem::take(&mut self.nodes));
    }
}

/// A value in a shared document. A clone is counted, O(1), and holds the whole document.
#[derive(Clone)]
pub struct Node {
    document: Arc<Document>,
    index: u32,
}

impl Node {
    /// The root of a document of its own.
    pub fn parse(body: impl Into<Bytes>, limits: &Limits) -> Result<Node, ParseError> {
        let body = Body::from(body.into());
        let nodes = parse::parse(&body, limits)?;
        let index = nodes.len().saturating_sub(1) as u32;
        Ok(Node { document: Arc::new(Document { body, nodes }), index })
    }

    /// The value of the whole document that this one is in.
    pub fn root(&self) -> Node {
        Node { document: self.document.clone(), index: self.document.nodes.len().saturating_sub(1) as u32 }
    }

    /// A cursor that borrows: for walks that would otherwise count a reference for every value.
    #[inline]
    pub fn cursor(&self) -> NodeRef<'_> {
        let raw = self.document.nodes.get(self.index as usize).copied().unwrap_or_default();
        NodeRef { document: &self.document, raw, index: self.index }
    }

    pub fn kind(&self) -> Kind {
        self.cursor().kind()
    }

    pub fn is_null(&self) -> bool {
        self.cursor().is_null()
    }

    pub fn as_bool(&self) -> Option<bool> {
        self.cursor().as_bool()
    }

    pub fn number(&self) -> Option<Number<'_>> {
        self.cursor().number()
    }

    /// The literal of a number, as sent.
    pub fn raw_text(&self) -> Option<&str> {
        self.cursor().raw_text()
    }

    pub fn text(&self) -> Option<Text<'_>> {
        self.cursor().text()
    }

    /// Elements of an array or distinct keys of an object; 0 for other values.
    pub fn len(&self) -> usize {
        self.cursor().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Null, an empty text, list or object.
    pub fn is_blank(&self) -> bool {
        match self.kind() {
            Kind::Null => true,
            Kind::Bool | Kind::Number => false,
            Kind::String => self.text().is_none_or(|text| text.wtf8.is_empty()),
            Kind::Array | Kind::Object => self.is_empty(),
        }
    }

    /// The element of an array, or the value of an object's member, at a position.
    pub fn at(&self, index: usize) -> Option<Node> {
        self.cursor().at(index).map(NodeRef::to_node)
    }

    pub fn get(&self, key: &str) -> Option<Node> {
        self.cursor().get(key).map(NodeRef::to_node)
    }

    /// As `get`; `hint` is where the key was found last, in any object.
    pub fn get_hinted(&self, key: &str, hint: &AtomicU32) -> Option<Node> {
        self.cursor().get_hinted(key, hint).map(NodeRef::to_node)
    }

    /// Keys joined by dots, as in "meta.total". A key that has a dot itself is not found.
    pub fn path(&self, dotted: &str) -> Option<Node> {
        self.cursor().path(dotted).map(NodeRef::to_node)
    }

    /// Empty unless this is an array.
    pub fn elements(&self) -> impl ExactSizeIterator<Item = Node> {
        self.cursor().elements().map(NodeRef::to_node)
    }

    /// Empty unless this is an object.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (Text<'_>, Node)> {
        self.cursor().entries().map(|(key, value)| (key, value.to_node()))
    }

    /// Compact JSON with numbers and escapes as they were sent.
    pub fn to_json(&self) -> Vec<u8> {
        self.cursor().to_json()
    }

    /// The same value in a document of its own, so that this one can go.
    pub fn detach(&self) -> Node {
        // What was written from a document is shorter than its body and can be read again: there is no error to tell of.
        Node::parse(self.to_json(), &Limits { depth: usize::MAX }).unwrap_or_else(|_| self.clone())
    }

    /// Bytes that this handle keeps alive. If the body given to `parse` was part of a larger buffer, the rest of that is not counted.
    pub fn page_bytes(&self) -> usize {
        self.document.body.len() + self.document.nodes.capacity() * size_of::<Raw>() + size_of::<Document>()
    }

    /// Python's `==`, but true and false equal no number.
    pub fn same_value(&self, other: &Node) -> bool {
        self.cursor().same_value(other.cursor())
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Node({})", String::from_utf8_lossy(&self.to_json()))
    }
}

/// A [`Node`] that borrows its document.
#[derive(Clone, Copy)]
pub struct NodeRef<'a> {
    document: &'a Arc<Document>,
    raw: Raw,
    index: u32,
}

impl<'a> NodeRef<'a> {
    /// A counted handle.
    pub fn to_node(self) -> Node {
        Node { document: Arc::clone(self.document), index: self.index }
    }

    #[inline]
    pub fn kind(self) -> Kind {
        self.raw.kind()
    }

    #[inline]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw.marked())
    }

    pub fn number(self) -> Option<Number<'a>> {
        number::value(self.raw_text()?, self.raw.marked())
    }

    /// The literal of a number, as sent.
    pub fn raw_text(self) -> Option<&'a str> {
        match self.kind() {
            Kind::Number => str::from_utf8(self.raw.literal(&self.document.body)).ok(),
            _ => None,
        }
    }

    pub fn text(self) -> Option<Text<'a>> {
        match self.kind() {
            Kind::String => Some(text::decode(self.raw.literal(&self.document.body), self.raw.marked(), self.raw.ascii())),
            _ => None,
        }
    }

    /// Elements of an array or distinct keys of an object; 0 for other values.
    pub fn len(self) -> usize {
        self.children().len()
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The element of an array, or the value of an object's member, at a position.
    pub fn at(self, index: usize) -> Option<NodeRef<'a>> {
        self.children().get(index).map(|&raw| self.child(index, raw))
    }

    pub fn get(self, key: &str) -> Option<NodeRef<'a>> {
        self.get_wtf8(key.as_bytes())
    }

    /// As `get`, for a key that may have lone surrogates.
    pub fn get_wtf8(self, key: &[u8]) -> Option<NodeRef<'a>> {
        self.find(key).map(|(index, raw)| self.child(index, raw))
    }

    /// As `get`; `hint` is where the key was found last, in any object.
    pub fn get_hinted(self, key: &str, hint: &AtomicU32) -> Option<NodeRef<'a>> {
        let members = self.raw_members();
        let key = key.as_bytes();
        let guess = hint.load(Ordering::Relaxed) as usize;
        if let Some(&raw) = members.get(guess)
            && has_key(raw, key, &self.document.body)
        {
            return Some(self.child(guess, raw));
        }
        let (index, raw) = self.find(key)?;
        hint.store(index as u32, Ordering::Relaxed);
        Some(self.child(index, raw))
    }

    /// Keys joined by dots, as in "meta.total". A key that has a dot itself is not found.
    pub fn path(self, dotted: &str) -> Option<NodeRef<'a>> {
        dotted.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// Empty unless this is an array.
    pub fn elements(self) -> impl ExactSizeIterator<Item = NodeRef<'a>> + DoubleEndedIterator {
        let elements = if self.kind() == Kind::Array { self.children() } else { &[] };
        elements.iter().enumerate().map(move |(index, &raw)| self.child(index, raw))
    }

    /// Empty unless this is an object.
    pub fn entries(self) -> impl ExactSizeIterator<Item = (Text<'a>, NodeRef<'a>)> + DoubleEndedIterator {
        self.raw_members().iter().enumerate().map(move |(index, &raw)| (self.key(raw), self.child(index, raw)))
    }

    /// Values of an object's members; empty for other values.
    pub fn members(self) -> impl ExactSizeIterator<Item = NodeRef<'a>> {
        self.raw_members().iter().enumerate().map(move |(index, &raw)| self.child(index, raw))
    }

    /// Whether an object has just these keys in this order.
    pub fn keys_are<'k>(self, keys: impl ExactSizeIterator<Item = &'k [u8]>) -> bool {
        let members = self.raw_members();
        members.len() == keys.len() && members.iter().zip(keys).all(|(&raw, key)| has_key(raw, key, &self.document.body))
    }

    /// The key of an object's member at a position.
    pub fn key_at(self, index: usize) -> Option<Text<'a>> {
        self.raw_members().get(index).map(|&raw| self.key(raw))
    }

    /// Compact JSON with numbers and escapes as they were sent.
    pub fn to_json(self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_json(&mut out);
        out
    }

    /// As `to_json`, behind what is in `out`.
    pub fn write_json(self, out: &mut Vec<u8>) {
        write::write_json(self.document, self.raw, out);
    }

    /// Python's `==`, but true and false equal no number.
    pub fn same_value(self, other: NodeRef<'_>) -> bool {
        equal::same_value(self, other)
    }

    /// The very same node.
    fn is(self, other: NodeRef<'_>) -> bool {
        Arc::ptr_eq(self.document, other.document) && self.index == other.index
    }

    #[inline]
    fn children(self) -> &'a [Raw] {
        self.raw.children(&self.document.nodes)
    }

    fn raw_members(self) -> &'a [Raw] {
        if self.kind() == Kind::Object { self.children() } else { &[] }
    }

    fn key(self, member: Raw) -> Text<'a> {
        text::decode(member.key(&self.document.body), member.key_marked(), member.key_ascii())
    }

    #[inline]
    fn child(self, index: usize, raw: Raw) -> NodeRef<'a> {
        NodeRef { document: self.document, raw, index: self.raw.start + index as u32 }
    }

    fn find(self, key: &[u8]) -> Option<(usize, Raw)> {
        self.raw_members().iter().copied().enumerate().find(|&(_, raw)| has_key(raw, key, &self.document.body))
    }
}

#[inline]
fn has_key(raw: Raw, key: &[u8], body: &[u8]) -> bool {
    let sent = raw.key(body);
    if raw.key_marked() { *text::decode(sent, true, false).wtf8 == *key } else { sent == key }
}

impl fmt::Debug for NodeRef<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_node().fmt(out)
    }
}
