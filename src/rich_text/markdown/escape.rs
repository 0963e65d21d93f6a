//! Text as Markdown that reads back as the same text.

use std::fmt::Write as _;

use crate::rich_text::sanitize::character;

/// Where text stands.
#[derive(Clone, Copy, Default)]
pub struct Place {
    pub table: bool,
    pub heading: bool,
}

impl Place {
    /// Where a line cannot be broken.
    pub fn one_line(self) -> bool {
        self.table || self.heading
    }
}

/// Appends text. `out` is what stands before it in its block.
pub fn text(out: &mut String, text: &str, place: Place) {
    let mut before = out.chars().next_back();
    let mut digits = false;
    let mut rest = text.chars().peekable();
    let mut last3 = ['\0'; 3];
    while let Some(c) = rest.next() {
        let starts_line = before.is_none_or(|b| b == '\n');
        let next = rest.peek().copied();
        digits = c.is_ascii_digit() && (starts_line || digits);
        let ends_number = matches!(c, '.' | ')') && before.is_some_and(|b| b.is_ascii_digit()) && number_at_line_start(out);
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            '\n' | '\r' | '\t' => entity(out, c),
            _ if c.is_whitespace() && starts_line => entity(out, c),
            '_' if word(before) && word(next) => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '~' => escaped(out, c),
            '&' if next.is_some_and(|n| n == '#' || n.is_ascii_alphanumeric()) || next.is_none() => escaped(out, c),
            '!' if next.is_none() || next == Some('[') => escaped(out, c),
            '|' if place.table || starts_line => escaped(out, c),
            '#' if place.heading || starts_line => escaped(out, c),
            '>' | '+' | '-' | '=' | ':' if starts_line => escaped(out, c),
            // A bare address would become a link.
            ':' if next == Some('/') => escaped(out, c),
            '.' if last3.iter().all(|c| c.eq_ignore_ascii_case(&'w')) => escaped(out, c),
            _ if ends_number => escaped(out, c),
            _ => out.push(c),
        }
        last3.rotate_left(1);
        if let Some(slot) = last3.last_mut() {
            *slot = c;
        }
        before = out.chars().next_back();
    }
}

fn number_at_line_start(out: &str) -> bool {
    // Longer numbers begin no list.
    let tail: Vec<char> = out.chars().rev().take(11).take_while(char::is_ascii_digit).collect();
    tail.len() < 11 && matches!(out.chars().rev().nth(tail.len()), None | Some('\n'))
}

fn escaped(out: &mut String, c: char) {
    out.push('\\');
    out.push(c);
}

fn entity(out: &mut String, c: char) {
    let _ = write!(out, "&#{};", u32::from(c));
}

/// White space at the end of a block would be cut off.
pub fn keep_end(out: &mut String) {
    if let Some(c) = out.chars().next_back().filter(|c| c.is_whitespace()) {
        out.pop();
        entity(out, c);
    }
}

/// A code span; None where the text cannot be written as one.
pub fn code(text: &str, place: Place) -> Option<String> {
    if text.contains(['\n', '\r', '\0']) || (place.table && text.contains('|')) {
        return None;
    }
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let bare = text.trim_matches(' ').is_empty();
    let pad =
        if text.starts_with('`') || text.ends_with('`') || (!bare && text.starts_with(' ') && text.ends_with(' ')) { " " } else { "" };
    Some(format!("{fence}{pad}{text}{pad}{fence}"))
}

pub fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// The part of a link in parentheses.
pub fn destination(out: &mut String, address: &str, place: Place) {
    let wrapped = address.is_empty()
        || address.starts_with('<')
        || address.contains(|c: char| c.is_whitespace() || c.is_control() || "()".contains(c));
    if wrapped {
        out.push('<');
    }
    for c in address.chars() {
        match c {
            '\n' | '\r' | '\0' => {
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            '\\' | '<' | '>' | '&' => escaped(out, c),
            '|' if place.table => escaped(out, c),
            _ => out.push(c),
        }
    }
    if wrapped {
        out.push('>');
    }
}

/// A title with its quotes.
pub fn title(out: &mut String, text: &str, quote: char, place: Place) {
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => entity(out, c),
            '\\' | '&' => escaped(out, c),
            '|' if place.table => escaped(out, c),
            c if c == quote => escaped(out, c),
            _ => out.push(c),
        }
    }
    out.push(quote);
}

/// Text as an attribute's value or the content of an element.
pub fn html(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character(c)),
        }
    }
}
