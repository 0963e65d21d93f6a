//! Running text: marks around words, links, pictures, colours.

use super::Reader;
use super::emoticons::sign;
use crate::rich_text::markdown::trimmed_address;
use crate::rich_text::storage::{attachment, attachment_link};
use crate::rich_text::tree::{Mark, Node};
use crate::rich_text::{Fault, schema, tags};

const MARKS: &[(char, &str)] = &[('*', "strong"), ('_', "em"), ('-', "strike"), ('+', "underline"), ('^', "sup"), ('~', "sub")];

const COLORS: &[(&str, &str)] = &[
    ("red", "#ff0000"),
    ("green", "#008000"),
    ("blue", "#0000ff"),
    ("black", "#000000"),
    ("white", "#ffffff"),
    ("gray", "#808080"),
    ("grey", "#808080"),
    ("silver", "#c0c0c0"),
    ("orange", "#ffa500"),
    ("yellow", "#ffff00"),
    ("purple", "#800080"),
    ("navy", "#000080"),
    ("teal", "#008080"),
    ("maroon", "#800000"),
    ("olive", "#808000"),
    ("lime", "#00ff00"),
    ("aqua", "#00ffff"),
    ("cyan", "#00ffff"),
    ("fuchsia", "#ff00ff"),
    ("magenta", "#ff00ff"),
    ("brown", "#a52a2a"),
    ("pink", "#ffc0cb"),
];

const PICTURES: [&str; 8] = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".ico"];

/// Text of some lines while it is read.
struct Spans<'a> {
    text: &'a str,
    at: usize,
    marks: Vec<Mark>,
    /// What has gathered and has no nodes yet.
    plain: String,
    /// The character before, where it matters to what may begin here.
    before: Option<char>,
    /// Ends that this line has no more of.
    vain: Vec<&'static str>,
}

impl Reader {
    pub fn inline(&mut self, text: &str) -> Result<Vec<Node>, Fault> {
        let mut out = Vec::new();
        self.spans(&mut out, text, Vec::new());
        self.count(out.len())?;
        Ok(out)
    }

    fn spans(&mut self, out: &mut Vec<Node>, text: &str, marks: Vec<Mark>) {
        let mut spans = Spans { text, at: 0, marks, plain: String::new(), before: None, vain: Vec::new() };
        while let Some(c) = spans.rest().chars().next() {
            let taken = match c {
                '\\' => self.backslash(out, &mut spans),
                '\n' => {
                    spans.plain.truncate(spans.plain.trim_end().len());
                    self.end_plain(out, &mut spans);
                    out.push(Node::new("hardBreak"));
                    spans.vain.clear();
                    Some(1)
                }
                '{' => self.brace(out, &mut spans),
                '[' => self.bracket(out, &mut spans),
                '!' if spans.may_begin() => self.picture(out, &mut spans),
                '?' => self.citation(out, &mut spans),
                'h' | 'f' if spans.may_begin() => self.address(out, &mut spans),
                ':' | ';' | '(' if spans.may_begin() => sign(spans.rest()).map(|(character, after)| {
                    spans.plain.push_str(character);
                    spans.rest().len() - after.len()
                }),
                '-' if spans.before.is_none_or(char::is_whitespace) => self.dash(&mut spans).or_else(|| self.marked(out, &mut spans, c)),
                _ => self.marked(out, &mut spans, c),
            };
            let step = taken.unwrap_or_else(|| {
                spans.plain.push(c);
                c.len_utf8()
            });
            spans.before = if taken.is_some() { Some(' ') } else { Some(c) };
            spans.at += step;
        }
        self.end_plain(out, &mut spans);
    }

    /// With the colour that is open.
    fn look(&self, marks: &[Mark]) -> Vec<Mark> {
        let mut marks = marks.to_vec();
        if let Some(Some(color)) = self.colors.last() {
            marks.push(Mark::new("textColor").with("color", color.as_str()));
        }
        if marks.iter().any(|mark| mark.kind == "code") {
            marks.retain(|mark| matches!(&*mark.kind, "code" | "link"));
        }
        marks.sort_by_key(|mark| schema::mark_rank(&mark.kind));
        marks
    }

    fn end_plain(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>) {
        if !spans.plain.is_empty() {
            let text = std::mem::take(&mut spans.plain);
            // White space at the beginning of a line is none of the text's.
            let text = if out.last().is_some_and(|last| last.is("hardBreak")) { text.trim_start() } else { &text };
            if !text.is_empty() {
                out.push(Node::text(tags::entities(text), self.look(&spans.marks)));
            }
        }
    }

    /// `\\` is a new line; before another sign it takes its meaning.
    fn backslash(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>) -> Option<usize> {
        let after = spans.rest().get(1..)?;
        if after.starts_with('\\') {
            self.end_plain(out, spans);
            out.push(Node::new("hardBreak"));
            // The end of the line is the same break.
            return Some(if after.starts_with("\\\n") { 3 } else { 2 });
        }
        let next = after.chars().next().filter(char::is_ascii_punctuation)?;
        spans.plain.push(next);
        Some(1 + next.len_utf8())
    }

    /// ` -- ` and ` --- ` are dashes, and longer runs no marks.
    fn dash(&self, spans: &mut Spans<'_>) -> Option<usize> {
        let run = spans.rest().bytes().take_while(|byte| *byte == b'-').count();
        let ends = spans.rest().get(run..).is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace));
        match run {
            2 if ends => spans.plain.push('–'),
            3 if ends => spans.plain.push('—'),
            0 | 1 => return None,
            _ => spans.plain.push_str(&"-".repeat(run)),
        }
        Some(run)
    }

    fn marked(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>, c: char) -> Option<usize> {
        let (marker, kind) = *MARKS.iter().find(|(marker, _)| *marker == c)?;
        let after = spans.rest().get(1..)?;
        if after.starts_with(marker) {
            let run = spans.rest().len() - spans.rest().trim_start_matches(marker).len();
            spans.plain.extend(std::iter::repeat_n(marker, run));
            return Some(run);
        }
        let token = MARKERS.iter().find(|token| token.starts_with(marker))?;
        if !spans.may_begin() || spans.vain.contains(token) || spans.has(kind) {
            return None;
        }
        match closing(after, marker) {
            Some(end) => {
                self.within(out, spans, after.get(..end)?, kind);
                Some(end + 2)
            }
            None => {
                spans.vain.push(token);
                None
            }
        }
    }

    /// The words within a mark.
    fn within(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>, words: &str, kind: &'static str) {
        self.end_plain(out, spans);
        let mark = if matches!(kind, "sup" | "sub") { Mark::new("subsup").with("type", kind) } else { Mark::new(kind) };
        let marks = spans.with(mark);
        self.spans(out, words, marks);
    }

    fn brace(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>) -> Option<usize> {
        let rest = spans.rest();
        if rest.starts_with("{{") {
            let end = spans.end(2, "}}").filter(|end| *end > 2)?;
            self.end_plain(out, spans);
            let code = tags::entities(rest.get(2..end)?).replace('\\', "");
            let marks = self.look(&spans.with(Mark::new("code")));
            out.push(Node::text(if code.is_empty() { "\\".to_owned() } else { code }, marks));
            return Some(end + 2);
        }
        if rest.starts_with("{color}") {
            self.end_plain(out, spans);
            self.ends_of_color = self.ends_of_color.saturating_sub(1);
            self.colors.pop();
            return Some("{color}".len());
        }
        if let Some(after) = rest.strip_prefix("{color:") {
            let length = after.bytes().take(60).position(|byte| matches!(byte, b'}' | b'\n'))?;
            let color = after.get(..length).filter(|_| after.get(length..).is_some_and(|rest| rest.starts_with('}')))?;
            if self.colors.len() >= self.ends_of_color {
                return None;
            }
            self.end_plain(out, spans);
            self.colors.push(hex(color));
            return Some("{color:".len() + length + 1);
        }
        if rest.starts_with("{anchor:") {
            let length = rest.bytes().take(200).position(|byte| matches!(byte, b'}' | b'\n'))?;
            return rest.get(length..)?.starts_with('}').then_some(length + 1);
        }
        // `{*}` marks within a word.
        let (marker, kind) = *MARKS.iter().find(|(marker, _)| rest.get(1..).is_some_and(|rest| rest.starts_with(*marker)))?;
        let token = BRACED.iter().find(|token| token.get(1..).is_some_and(|token| token.starts_with(marker)))?;
        if !rest.starts_with(token) || spans.has(kind) {
            return None;
        }
        let end = spans.end(3, token).filter(|end| *end > 3)?;
        self.within(out, spans, rest.get(3..end)?, kind);
        Some(end + 3)
    }

    fn bracket(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>) -> Option<usize> {
        let end = spans.end(1, "]")?;
        let inside = spans.rest().get(1..end)?.trim();
        if let Some(id) = inside.strip_prefix("~accountid:").filter(|id| !id.is_empty()) {
            self.end_plain(out, spans);
            out.push(Node::new("mention").with("id", id));
            return Some(end + 1);
        }
        if let Some(name) = inside.strip_prefix('~').filter(|name| !name.is_empty() && !name.contains(' ')) {
            spans.plain.push('@');
            spans.plain.push_str(name);
            return Some(end + 1);
        }
        if spans.has("link") {
            return None;
        }
        let (words, address) = match inside.split_once('|') {
            Some((words, rest)) => (words.trim(), rest.split('|').next().unwrap_or_default().trim()),
            None => (inside, inside),
        };
        let alone = words == address;
        if let Some(file) = address.strip_prefix('^').filter(|file| !file.is_empty()) {
            self.link(out, spans, if alone { Err(file) } else { Ok(words) }, attachment_link(file));
            return Some(end + 1);
        }
        let mail = address.strip_prefix("mailto:");
        let scheme = address.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
        let named =
            scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let known = address.contains("://")
            || mail.is_some()
            || address.starts_with(['#', '/'])
            || (!alone && (named || address.starts_with("www.")));
        if !known || address.contains(char::is_whitespace) || words.is_empty() {
            return None;
        }
        let href = if address.starts_with("www.") { format!("http://{address}") } else { address.to_owned() };
        let shown = mail.or_else(|| address.strip_prefix('#').filter(|anchor| !anchor.is_empty())).unwrap_or(address);
        self.link(out, spans, if alone { Err(shown) } else { Ok(words) }, href);
        Some(end + 1)
    }

    /// `words`: with marks in them, or as they stand.
    fn link(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>, words: Result<&str, &str>, href: String) {
        self.end_plain(out, spans);
        let marks = spans.with(Mark::new("link").with("href", href));
        match words {
            Ok(words) => self.spans(out, words, marks),
            Err(words) => out.push(Node::text(words, self.look(&marks))),
        }
    }

    /// `!name|parameters!`: a picture, or a link to another kind of file.
    fn picture(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>) -> Option<usize> {
        let end = spans.end(1, "!")?;
        let inside = spans.rest().get(1..end)?;
        let (address, parameters) = inside.split_once('|').unwrap_or((inside, ""));
        let lower = address.to_ascii_lowercase();
        let shown = PICTURES.iter().any(|suffix| lower.ends_with(suffix)) || address.contains("://");
        let file = address
            .rsplit_once('.')
            .is_some_and(|(name, suffix)| !name.is_empty() && (2..=5).contains(&suffix.len()) && suffix.chars().all(char::is_alphanumeric));
        let fits = if shown { !address.contains("://") || !address.contains(char::is_whitespace) } else { file && !address.contains(' ') };
        if address.starts_with(char::is_whitespace) || address.is_empty() || !fits {
            return None;
        }
        if !shown {
            self.link(out, spans, Err(address), attachment_link(address));
            return Some(end + 1);
        }
        self.end_plain(out, spans);
        let mut media = Node::new("media")
            .with("type", "external")
            .with("url", if address.contains("://") { address.to_owned() } else { attachment(address) });
        for pair in parameters.split([',', '|']) {
            let Some((key, value)) = pair.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match key.trim() {
                "alt" if !value.is_empty() => media.set("alt", value),
                key @ ("width" | "height") => {
                    if let Ok(pixels) = value.trim_end_matches("px").parse::<u64>() {
                        media.set(key, pixels);
                    }
                }
                _ => {}
            }
        }
        out.push(Node::of("mediaSingle", vec![media]).with("layout", "center"));
        Some(end + 1)
    }

    fn citation(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>) -> Option<usize> {
        let after =
            spans.rest().strip_prefix("??").filter(|after| spans.may_begin() && !after.starts_with([' ', '?']) && !spans.has("em"))?;
        let end = spans.end(2, "??").filter(|end| *end > 2)?;
        self.within(out, spans, after.get(..end - 2)?, "em");
        Some(end + 2)
    }

    /// A bare address.
    fn address(&mut self, out: &mut Vec<Node>, spans: &mut Spans<'_>) -> Option<usize> {
        let rest = spans.rest();
        let scheme = ["https://", "http://", "ftp://", "file://"].iter().find(|scheme| rest.starts_with(**scheme))?;
        let length = rest.find(|c: char| c.is_whitespace() || "<>\"[]{}|\\".contains(c)).unwrap_or(rest.len());
        let address = trimmed_address(rest.get(..length)?);
        if address.len() <= scheme.len() || spans.has("link") {
            return None;
        }
        self.link(out, spans, Err(address), address.to_owned());
        Some(address.len())
    }
}

const MARKERS: [&str; 6] = ["*", "_", "-", "+", "^", "~"];
const BRACED: [&str; 6] = ["{*}", "{_}", "{-}", "{+}", "{^}", "{~}"];

impl<'a> Spans<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn may_begin(&self) -> bool {
        self.before.is_none_or(|before| !before.is_alphanumeric())
    }

    fn has(&self, kind: &str) -> bool {
        let kind = if matches!(kind, "sup" | "sub") { "subsup" } else { kind };
        self.marks.iter().any(|mark| mark.kind == kind)
    }

    fn with(&self, mark: Mark) -> Vec<Mark> {
        self.marks.iter().cloned().chain([mark]).collect()
    }

    /// Where such an end stands in this line, from so many bytes on.
    fn end(&mut self, from: usize, end: &'static str) -> Option<usize> {
        if self.vain.contains(&end) {
            return None;
        }
        let text = self.rest().get(from..)?;
        let mut at = 0;
        let first = end.chars().next()?;
        while let Some(step) = text.get(at..)?.find([first, '\n']) {
            at += step;
            let rest = text.get(at..)?;
            if rest.starts_with(end) {
                return Some(from + at);
            }
            if rest.starts_with('\n') {
                break;
            }
            at += first.len_utf8();
        }
        self.vain.push(end);
        None
    }
}

/// Where a mark ends: behind a word, in front of none, and in no link or code.
fn closing(text: &str, marker: char) -> Option<usize> {
    if text.starts_with(char::is_whitespace) {
        return None;
    }
    let mut previous = None;
    let mut at = 0;
    let (mut brackets, mut codes) = (true, true);
    while let Some(c) = text.get(at..)?.chars().next() {
        let rest = text.get(at + c.len_utf8()..)?;
        let next = rest.chars().next();
        let mut step = c.len_utf8();
        match c {
            '\n' => return None,
            '\\' => step += next.filter(|c| *c != '\n').map_or(0, char::len_utf8),
            '[' if brackets => match rest.find([']', '\n']).filter(|end| rest.get(*end..).is_some_and(|rest| rest.starts_with(']'))) {
                Some(end) => step += end + 1,
                None => brackets = false,
            },
            '{' if codes && next == Some('{') => {
                match rest.find(['}', '\n']).filter(|end| rest.get(*end..).is_some_and(|rest| rest.starts_with('}'))) {
                    Some(end) => step += end + 1,
                    None => codes = false,
                }
            }
            _ if c == marker => {
                let ends = previous.is_some_and(|c: char| !c.is_whitespace() && c != marker);
                if ends && next.is_none_or(|next| !next.is_alphanumeric() && next != marker) {
                    return Some(at);
                }
            }
            _ => {}
        }
        previous = Some(c);
        at += step;
    }
    None
}

fn hex(color: &str) -> Option<String> {
    let color = color.trim().to_ascii_lowercase();
    if let Some(digits) = color.strip_prefix('#').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return match digits.len() {
            6 => Some(color),
            3 => Some(digits.chars().fold("#".to_owned(), |hex, digit| format!("{hex}{digit}{digit}"))),
            _ => None,
        };
    }
    COLORS.iter().find(|(name, _)| *name == color).map(|(_, hex)| (*hex).to_owned())
}
