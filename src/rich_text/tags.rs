//! HTML and its like, in pieces: tags, text, and comments that are ours.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// One piece of HTML.
#[derive(Debug, PartialEq)]
pub enum Piece<'a> {
    Text(&'a str),
    Open { name: String, attributes: Vec<(String, String)>, source: &'a str },
    Close { name: String, source: &'a str },
    Comment(&'a str),
    /// Text that is no markup, whatever it looks like.
    Data(&'a str),
}

/// Cuts HTML in pieces. What is no tag is text.
pub fn pieces(html: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        if let Some(comment) = from.strip_prefix("<!--") {
            // One that does not end goes to the end.
            let (inside, after) = comment.split_once("-->").unwrap_or((comment, ""));
            out.push(Piece::Comment(inside));
            rest = after;
            continue;
        }
        if let Some(data) = from.strip_prefix("<![CDATA[") {
            let (inside, after) = data.split_once("]]>").unwrap_or((data, ""));
            out.push(Piece::Data(inside));
            rest = after;
            continue;
        }
        match tag(from) {
            Some((piece, length)) => {
                out.push(piece);
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                let (bracket, after) = from.split_at(1);
                out.push(Piece::Text(bracket));
                rest = after;
            }
        }
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

fn tag(from: &str) -> Option<(Piece<'_>, usize)> {
    let mut end = None;
    let mut quote = None;
    for (at, byte) in from.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => {
                end = Some(at);
                break;
            }
            (None, b'<') => return None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    let end = end?;
    let source = from.get(..=end)?;
    let inside = from.get(1..end)?;
    if let Some(name) = inside.strip_prefix('/') {
        let name = name.trim().to_ascii_lowercase();
        return is_name(&name).then_some((Piece::Close { name, source }, end + 1));
    }
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let split = inside.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inside.len());
    let (name, rest) = inside.split_at(split);
    let name = name.to_ascii_lowercase();
    is_name(&name).then(|| (Piece::Open { name, attributes: attributes(rest), source }, end + 1))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':'))
}

fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        if end == 0 {
            return out;
        }
        let (name, after) = rest.split_at(end);
        rest = after.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => after.get(1..).and_then(|after| after.split_once(quote)).unwrap_or((after, "")),
                _ => after.split_at(after.find(|c: char| c.is_ascii_whitespace()).unwrap_or(after.len())),
            };
        }
        out.push((name.to_ascii_lowercase(), entities(value).into_owned()));
    }
}

/// Text with its entities as characters: the five of XML, the space that does not break, and numbers.
pub fn entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let from = rest.get(at..).unwrap_or_default();
        // The longest of these names has eight letters.
        let end = from.bytes().take(12).position(|byte| byte == b';');
        let found = end.and_then(|end| Some((entity(from.get(1..end)?)?, end)));
        match found {
            Some((c, end)) => {
                out.push(c);
                rest = from.get(end + 1..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "hellip" => '…',
        "bull" => '•',
        "middot" => '·',
        "laquo" => '«',
        "raquo" => '»',
        "rarr" => '→',
        "larr" => '←',
        "times" => '×',
        "deg" => '°',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "sect" => '§',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        _ => return None,
    })
}

/// A comment that is ours.
#[derive(Debug, PartialEq)]
pub enum Note {
    Open { kind: String, attrs: Map<String, Value>, alone: bool },
    Close { kind: String },
}

/// What a comment says, if it is ours.
pub fn note(comment: &str) -> Option<Note> {
    let text = comment.trim();
    if let Some(kind) = text.strip_prefix("/adf:") {
        return is_kind(kind).then(|| Note::Close { kind: kind.to_owned() });
    }
    let text = text.strip_prefix("adf:")?;
    // A name ends in no slash, and neither does JSON.
    let (text, alone) = match text.strip_suffix('/') {
        Some(text) => (text.trim_end(), true),
        None => (text, false),
    };
    let (kind, json) = text.split_once(char::is_whitespace).unwrap_or((text, "{}"));
    let attrs = serde_json::from_str(json).ok()?;
    is_kind(kind).then(|| Note::Open { kind: kind.to_owned(), attrs, alone })
}

fn is_kind(kind: &str) -> bool {
    !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric() || "_-.:".contains(c))
}
