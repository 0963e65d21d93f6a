//! Strings: finding their end while parsing, undoing escapes when read.

use std::borrow::Cow;

/// A string's content. Lone surrogates are kept as WTF-8, which Python decodes with "surrogatepass".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    pub wtf8: Cow<'a, [u8]>,
    pub ascii: bool,
    /// There are lone surrogates, so this is not UTF-8.
    pub surrogates: bool,
}

impl Text<'_> {
    /// None if there are lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        str::from_utf8(&self.wtf8).ok()
    }

    /// For messages: lone surrogates become U+FFFD.
    pub fn to_string_lossy(&self) -> String {
        String::from_utf8_lossy(&self.wtf8).into_owned()
    }
}

/// A string's extent, up to and without the closing quote.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scan {
    pub len: usize,
    pub escaped: bool,
    pub ascii: bool,
}

/// What is wrong with a string, and where, counted from its start.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub offset: usize,
    pub what: &'static str,
}

/// Looks for the closing quote. `rest` starts after the opening one and is UTF-8.
#[inline(always)]
pub(super) fn scan(rest: &[u8]) -> Result<Scan, Fault> {
    let mut len = 0;
    let mut escaped = false;
    let mut ascii = true;
    loop {
        let (step, plain) = plain_run(rest.get(len..).unwrap_or_default());
        len += step;
        ascii &= plain;
        match rest.get(len) {
            Some(b'"') => {
                return Ok(Scan { len, escaped, ascii });
            }
            Some(b'\\') => {
                len += escape(rest, len)?;
                escaped = true;
            }
            Some(_) => {
                return Err(Fault { offset: len, what: "control character in a string" });
            }
            None => {
                return Err(Fault { offset: len, what: "string without an end" });
            }
        }
    }
}

/// Length of the escape at `at`.
fn escape(rest: &[u8], at: usize) -> Result<usize, Fault> {
    match rest.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
        Some(b'u') if hex(rest.get(at + 2..).unwrap_or_default()).is_some() => Ok(6),
        Some(_) => Err(Fault { offset: at, what: "escape that JSON does not have" }),
        None => Err(Fault { offset: at + 1, what: "string without an end" }),
    }
}

/// How many bytes need no look, and whether they are ASCII. (With SSE2 instead of words a page parses 6 % faster: not worth the first `unsafe`.)
#[inline(always)]
fn plain_run(rest: &[u8]) -> (usize, bool) {
    let (words, tail) = rest.as_chunks::<8>();
    let mut high = 0;
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let stops = stops(word);
        if stops != 0 {
            // Of this word only what comes before the stop.
            high |= word & (stops & stops.wrapping_neg()).wrapping_sub(1);
            return (index * 8 + stops.trailing_zeros() as usize / 8, high & HIGH == 0);
        }
        high |= word;
    }
    let end = tail.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(tail.len());
    (words.len() * 8 + end, high & HIGH == 0 && tail.iter().take(end).all(u8::is_ascii))
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = LOW << 7;

/// High bits at quotes, backslashes and control characters. A borrow can set bits above a true one, so only the lowest counts.
#[inline(always)]
fn stops(word: u64) -> u64 {
    let zero = |word: u64| word.wrapping_sub(LOW) & !word;
    let control = word.wrapping_sub(LOW * 0x20) & !word;
    (zero(word ^ (LOW * b'"' as u64)) | zero(word ^ (LOW * b'\\' as u64)) | control) & HIGH
}

/// Undoes the escapes of a string that `scan` accepted.
pub(super) fn decode(raw: &[u8], escaped: bool, ascii: bool) -> Text<'_> {
    if !escaped {
        return Text { wtf8: Cow::Borrowed(raw), ascii, surrogates: false };
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut surrogates = false;
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        let (step, code) = match rest.first() {
            Some(b'u') => code_point(rest),
            Some(b'b') => (1, 8),
            Some(b'f') => (1, 12),
            Some(b'n') => (1, 10),
            Some(b'r') => (1, 13),
            Some(b't') => (1, 9),
            Some(&other) => (1, u32::from(other)),
            None => break,
        };
        rest = rest.get(step..).unwrap_or_default();
        match char::from_u32(code) {
            Some(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => {
                surrogates = true;
                out.extend([0xE0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3F) as u8, 0x80 | (code & 0x3F) as u8]);
            }
        }
    }
    out.extend_from_slice(rest);
    let ascii = out.is_ascii();
    Text { wtf8: Cow::Owned(out), ascii, surrogates }
}

/// The code point of `uXXXX` or of `uXXXX\uXXXX`, and how many bytes it took. Python joins pairs in the same way.
fn code_point(rest: &[u8]) -> (usize, u32) {
    let first = rest.get(1..).and_then(hex).unwrap_or_default();
    if (0xD800..0xDC00).contains(&first)
        && let Some(second) = rest.get(5..).and_then(|rest| rest.strip_prefix(b"\\u")).and_then(hex)
        && (0xDC00..0xE000).contains(&second)
    {
        return (11, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
    }
    (5, first)
}

/// Value of the first four bytes, if they are hexadecimal digits.
fn hex(rest: &[u8]) -> Option<u32> {
    let digits = rest.first_chunk::<4>()?;
    digits.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn decoded(raw: &str) -> (Vec<u8>, bool, bool) {
        let found = scan(format!("{raw}\"").as_bytes()).unwrap();
        assert_eq!(found.len, raw.len());
        let text = decode(raw.as_bytes(), found.escaped, found.ascii);
        (text.wtf8.to_vec(), text.ascii, text.surrogates)
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(decoded(r#"\"\\\/\b\f\n\r\t\u0041z"#), (b"\"\\/\x08\x0c\n\r\tAz".to_vec(), true, false));
        assert_eq!(decoded(r"\u00e9"), ("é".into(), false, false));
        assert_eq!(decoded("é"), ("é".into(), false, false));
        assert_eq!(decoded(r"a\u0000"), (b"a\0".to_vec(), true, false));
    }

    #[test]
    fn surrogates_are_paired_or_kept() {
        assert_eq!(decoded(r"\ud83d\ude00"), ("😀".into(), false, false));
        assert_eq!(decoded(r"\ud800\udc00\uDBFF\uDFFF"), ("\u{10000}\u{10FFFF}".into(), false, false));
        assert_eq!(decoded(r"\uD800"), (vec![0xED, 0xA0, 0x80], false, true));
        assert_eq!(decoded(r"\udfff"), (vec![0xED, 0xBF, 0xBF], false, true));
        assert_eq!(decoded(r"\ud800\u0041"), (b"\xED\xA0\x80A".to_vec(), false, true));
        assert_eq!(decoded(r"\ud800\ud83d\ude00"), ([&b"\xED\xA0\x80"[..], "😀".as_bytes()].concat(), false, true));
        assert_eq!(decoded(r"\ude00\ud83d"), (b"\xED\xB8\x80\xED\xA0\xBD".to_vec(), false, true));
    }

    /// Every kind of stop at every place of the words.
    #[test]
    fn stops_are_found_wherever_they_are() {
        for at in 0..40 {
            for filler in ["x", "~", " ", "!", "#", "[", "]", "\u{7f}"] {
                let mut text = filler.repeat(60).into_bytes();
                text[at] = b'"';
                assert_eq!(scan(&text), Ok(Scan { len: at, escaped: false, ascii: true }));
                for control in [0, 1, 0x1f] {
                    text[at] = control;
                    assert_eq!(scan(&text), Err(Fault { offset: at, what: "control character in a string" }));
                }
            }
            let mut text = vec![b'x'; 60];
            text[at] = b'\\';
            text[at + 1] = b'n';
            text[at + 2] = b'"';
            assert_eq!(scan(&text), Ok(Scan { len: at + 2, escaped: true, ascii: true }));
            let text = format!("{}é{}\"é", "x".repeat(at), "x".repeat(9));
            assert_eq!(scan(text.as_bytes()), Ok(Scan { len: at + 11, escaped: false, ascii: false }));
            let text = format!("{}\"é", "x".repeat(at));
            assert_eq!(scan(text.as_bytes()), Ok(Scan { len: at, escaped: false, ascii: true }));
        }
    }

    #[test]
    fn bad_escapes_are_refused() {
        for bad in [r#"\x""#, r#"\u12g4""#, r#"\u123""#, r#"\U0041""#, r#"\u+123""#, "\\\n\""] {
            assert_eq!(scan(bad.as_bytes()).map_err(|fault| fault.offset), Err(0), "{bad}");
        }
        assert_eq!(scan(br"ab\").map_err(|fault| fault.offset), Err(3));
        assert_eq!(scan(b"ab").map_err(|fault| fault.offset), Err(2));
    }
}
