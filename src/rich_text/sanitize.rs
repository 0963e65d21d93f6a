//! What no document keeps, whatever it was read from: addresses that run code, and characters that XML cannot hold.

use std::borrow::Cow;

use serde_json::Value;

use super::text::one;
use super::tree::{Attrs, Mark, Node};

/// Schemes whose addresses are code, or a document of the writer's making.
const RUNNING: [&str; 3] = ["javascript", "vbscript", "data"];

/// Whether nothing runs when an address is opened. Browsers pass over control characters and white space in a scheme, and others over more.
pub fn is_safe(address: &str) -> bool {
    let mut scheme = String::new();
    for c in address.chars() {
        match c {
            ':' => return !RUNNING.contains(&scheme.as_str()),
            '/' | '?' | '#' => return true,
            c if c.is_ascii_graphic() => scheme.push(c.to_ascii_lowercase()),
            _ => {}
        }
        // Longer than any of them.
        if scheme.len() > 16 {
            return true;
        }
    }
    true
}

/// A character that XML 1.0 cannot hold is U+FFFD, the sign for one that could not be kept.
pub fn character(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => c,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

pub fn characters(text: &str) -> Cow<'_, str> {
    // U+FFFE and U+FFFF begin with this byte.
    let suspect = text.bytes().any(|byte| byte == 0xef || (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')));
    if suspect { Cow::Owned(text.chars().map(character).collect()) } else { Cow::Borrowed(text) }
}

/// Takes both out of a document. The words of a link and of a picture stay.
pub fn sanitize(node: &mut Node) {
    clean(&mut node.text);
    node.attrs.iter_mut().for_each(|attrs| values(attrs));
    node.marks.iter_mut().filter_map(|mark| mark.attrs.as_mut()).for_each(|attrs| values(attrs));
    node.marks.retain(|mark| !is_running(mark));
    for child in &mut node.content {
        if let Some(words) = replaced(child) {
            *child = words;
        }
        sanitize(child);
    }
}

/// Whether a mark is a link that runs something.
pub fn is_running(mark: &Mark) -> bool {
    mark.kind == "link" && mark.str("href").is_some_and(|href| !is_safe(href))
}

/// What stands for a node whose address runs something.
pub fn stand_in(node: &Node) -> Option<String> {
    match &*node.kind {
        "inlineCard" | "blockCard" | "embedCard" => Some(one(node)).filter(|address| !is_safe(address)),
        "media" => node.str("url").filter(|url| !is_safe(url)).map(|_| {
            let alt = node.str("alt").filter(|alt| !alt.is_empty());
            alt.unwrap_or("image").to_owned()
        }),
        _ => None,
    }
}

/// The words of a node that has an address which runs something, or holds one that has.
pub fn replaced(node: &Node) -> Option<Node> {
    let words = |text: String| Node::text(text, Vec::new());
    if let Some(text) = stand_in(node) {
        return Some(if node.is("inlineCard") || node.is("media") { words(text) } else { Node::paragraph(vec![words(text)]) });
    }
    let frame = matches!(&*node.kind, "mediaSingle" | "mediaGroup");
    if !frame || node.content.iter().all(|child| stand_in(child).is_none()) {
        return None;
    }
    // A caption stays with the words.
    let parts = node.content.iter().flat_map(|child| match &*child.kind {
        "caption" => child.content.clone(),
        _ => vec![words(stand_in(child).unwrap_or_else(|| one(child)))],
    });
    Some(Node::paragraph(parts.collect()))
}

fn clean(text: &mut String) {
    if let Cow::Owned(cleaned) = characters(text) {
        *text = cleaned;
    }
}

fn values(attrs: &mut Attrs) {
    for (_, value) in attrs.iter_mut() {
        value_of(value);
    }
}

fn value_of(value: &mut Value) {
    match value {
        Value::String(text) => clean(text),
        Value::Array(items) => items.iter_mut().for_each(value_of),
        Value::Object(fields) => values(fields),
        _ => {}
    }
}
