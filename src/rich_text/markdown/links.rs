//! Links that are nodes, and bare addresses that are links.

use serde_json::{Map, Value};

use crate::rich_text::tree::Node;
use crate::rich_text::{conform, dates, schema};

/// The node that a link or an image stands for; None for a real one, and for what the schema does not have.
pub fn node(address: &str, label: &str, title: &str) -> Option<Node> {
    let (scheme, rest) = address.split_once(':')?;
    let attrs: Map<String, Value> = if title.is_empty() { Map::new() } else { serde_json::from_str(title).ok()? };
    let mut node = match scheme {
        "accountid" if !rest.is_empty() => {
            let node = Node::new("mention").with("id", rest);
            if label.is_empty() || label == nameless(rest) { node } else { node.with("text", label) }
        }
        "date" => {
            let digits = if rest.is_empty() { dates::digits(label.trim())? } else { rest.to_owned() };
            dates::day(&digits)?;
            Node::new("date").with("timestamp", digits)
        }
        "status" if !label.is_empty() => {
            Node::new("status").with("text", label).with("color", if rest.is_empty() { "neutral" } else { rest })
        }
        "emoji" if !rest.is_empty() => {
            let node = Node::new("emoji").with("shortName", format!(":{}:", rest.trim_matches(':')));
            if label.is_empty() { node } else { node.with("text", label) }
        }
        "adf" => Node::new(schema::leaf(rest)?),
        _ => return None,
    };
    for (key, value) in attrs {
        node.set(&key, value);
    }
    conform::attributes(&mut node).then_some(node)
}

/// What a mention is called whose name is not told.
pub fn nameless(id: &str) -> String {
    format!("@{id}")
}

/// Bare addresses in a text, as byte ranges with what they lead to.
pub fn addresses(text: &str) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = next_start(text, from) {
        let rest = text.get(start..).unwrap_or_default();
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let length = rest.find(|c: char| c.is_whitespace() || "<>\"`".contains(c)).unwrap_or(rest.len());
        let address = trimmed(rest.get(..length).unwrap_or_default());
        let host = address.split_once("://").map_or(address, |(_, host)| host);
        let real = host.starts_with(char::is_alphanumeric) && (address.contains("://") || host.matches('.').count() > 1);
        if real && before.is_none_or(|c| !c.is_alphanumeric()) {
            let target = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
            found.push((start, start + address.len(), target));
        }
        from = start + address.len().max(4);
    }
    found
}

fn next_start(text: &str, from: usize) -> Option<usize> {
    // By bytes: an offset may fall within a character.
    let bytes = text.as_bytes();
    let starts = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        let begins = |what: &str| rest.get(..what.len()).is_some_and(|start| start.eq_ignore_ascii_case(what.as_bytes()));
        begins("https://") || begins("http://") || begins("www.")
    };
    memchr::memchr2_iter(b':', b'.', bytes.get(from..)?).find_map(|at| {
        let at = from + at;
        [5, 4, 3]
            .iter()
            .filter_map(|back| at.checked_sub(*back))
            .find(|start| *start >= from && starts(*start) && text.is_char_boundary(*start))
    })
}

/// Without the punctuation that ends a sentence, and brackets that were not opened.
pub fn trimmed(mut address: &str) -> &str {
    let mut open = address.matches('(').count();
    let mut closed = address.matches(')').count();
    while let Some(last) = address.chars().next_back() {
        let cut = match last {
            '?' | '!' | '.' | ',' | ':' | ';' | '*' | '_' | '~' | '\'' | ']' => true,
            ')' => closed > open,
            _ => false,
        };
        if !cut {
            break;
        }
        if last == ')' {
            closed -= 1;
        } else if last == '(' {
            open -= 1;
        }
        address = address.get(..address.len() - last.len_utf8()).unwrap_or_default();
    }
    address
}
