//! How one value is kept: 16 bytes that point into the body.

use super::{Kind, text};

/// A value and, inside an object, its key. Offsets fit 32 bits because bigger bodies are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Raw {
    /// Offset of the key's first byte, after the quote.
    pub key: u32,
    /// Kind, flags and, in the upper 24 bits, the key's length.
    pub meta: u32,
    /// Number, string: offset of the literal or of the text in the quotes. Container: index of the first child.
    pub start: u32,
    /// Number, string: length in bytes. Container: number of children.
    pub count: u32,
}

const KIND: u32 = 0b111;
/// String: has escapes. Number: has a fraction or an exponent. Bool: true.
pub(super) const MARK: u32 = 1 << 3;
pub(super) const NON_ASCII: u32 = 1 << 4;
pub(super) const KEY_MARK: u32 = 1 << 5;
pub(super) const KEY_NON_ASCII: u32 = 1 << 6;
const KEY_SHIFT: u32 = 8;
/// Keys of this length and more are measured again when touched.
const LONG_KEY: u32 = (1 << 24) - 1;

impl Raw {
    pub fn kind(self) -> Kind {
        match self.meta & KIND {
            0 => Kind::Null,
            1 => Kind::Bool,
            2 => Kind::Number,
            3 => Kind::String,
            4 => Kind::Array,
            _ => Kind::Object,
        }
    }

    pub fn marked(self) -> bool {
        self.meta & MARK != 0
    }

    pub fn ascii(self) -> bool {
        self.meta & NON_ASCII == 0
    }

    pub fn key_marked(self) -> bool {
        self.meta & KEY_MARK != 0
    }

    pub fn key_ascii(self) -> bool {
        self.meta & KEY_NON_ASCII == 0
    }

    /// The part of `meta` that belongs to the key.
    pub fn key_meta(self) -> u32 {
        self.meta & !(KIND | MARK | NON_ASCII)
    }

    pub fn container(self) -> bool {
        self.meta & KIND >= Kind::Array as u32
    }

    /// The bytes of a number or of a string, between its quotes.
    pub fn literal(self, body: &[u8]) -> &[u8] {
        slice(body, self.start, self.count as usize)
    }

    /// The bytes of the key as sent, between its quotes.
    #[inline(always)]
    pub fn key(self, body: &[u8]) -> &[u8] {
        match self.meta >> KEY_SHIFT {
            LONG_KEY => self.long_key(body),
            len => slice(body, self.key, len as usize),
        }
    }

    #[cold]
    fn long_key(self, body: &[u8]) -> &[u8] {
        let rest = body.get(self.key as usize..).unwrap_or_default();
        let len = text::scan(rest).map_or(0, |found| found.len);
        rest.get(..len).unwrap_or_default()
    }

    /// Children, if this is a container.
    pub fn children(self, nodes: &[Raw]) -> &[Raw] {
        if !self.container() {
            return &[];
        }
        let start = self.start as usize;
        nodes.get(start..start + self.count as usize).unwrap_or_default()
    }

    /// The same key with the value of `other`.
    pub fn with_value(self, other: Raw) -> Raw {
        Raw { key: self.key, meta: self.key_meta() | (other.meta & (KIND | MARK | NON_ASCII)), ..other }
    }
}

/// Key part of `meta` for a key of `len` bytes.
pub(super) fn key_meta(found: &text::Scan) -> u32 {
    let len = (found.len as u32).min(LONG_KEY) << KEY_SHIFT;
    len | (if found.escaped { KEY_MARK } else { 0 }) | (if found.ascii { 0 } else { KEY_NON_ASCII })
}

#[inline(always)]
fn slice(body: &[u8], start: u32, len: usize) -> &[u8] {
    let start = start as usize;
    body.get(start..start + len).unwrap_or_default()
}
