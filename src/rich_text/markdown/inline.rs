//! Running text as Markdown.

use serde_json::{Map, Value};

use super::SCHEMES;
use super::escape::{self, Place};
use super::links::nameless;
use crate::rich_text::dates;
use crate::rich_text::sanitize::{is_running, stand_in};
use crate::rich_text::schema::mark_rank;
use crate::rich_text::tree::{Mark, Node};

/// The text of a block, without line breaks where there is no room for them.
pub fn inline(nodes: &[Node], place: Place) -> String {
    let sorted = sorted_marks(nodes);
    let run: Vec<(&Node, &[&Mark])> = nodes.iter().zip(sorted.iter().map(Vec::as_slice)).collect();
    let mut out = String::new();
    group(&mut out, &run, None, place);
    escape::keep_end(&mut out);
    out
}

/// The marks of each node, outermost first: those that go on for longest, so that few are closed and opened again.
fn sorted_marks(nodes: &[Node]) -> Vec<Vec<&Mark>> {
    let mut sorted: Vec<Vec<&Mark>> = nodes.iter().map(|node| node.marks.iter().filter(|mark| !is_running(mark)).collect()).collect();
    // How many nodes the run has that each mark is in, beside one another.
    let mut runs: Vec<Vec<usize>> = Vec::with_capacity(sorted.len());
    for (index, marks) in sorted.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| Some((sorted.get(before)?, runs.get(before)?)));
        let length = |mark: &&Mark| {
            let known = before.and_then(|(marks, lengths)| lengths.get(marks.iter().position(|known| known == mark)?));
            // Counted once, at the beginning of the run.
            known.copied().unwrap_or_else(|| sorted.iter().skip(index).take_while(|marks| marks.contains(mark)).count())
        };
        let lengths = marks.iter().map(length).collect();
        runs.push(lengths);
    }
    for (marks, lengths) in sorted.iter_mut().zip(runs) {
        let mut told: Vec<(&Mark, usize)> = marks.iter().copied().zip(lengths).collect();
        // Code holds text alone.
        told.sort_by_key(|(mark, length)| (mark.kind == "code", std::cmp::Reverse(*length), mark_rank(&mark.kind)));
        *marks = told.into_iter().map(|(mark, _)| mark).collect();
        marks.dedup();
    }
    sorted
}

/// Nodes with the marks that are still to be written around them. `after` is what follows on the outside, if it is no end.
fn group(out: &mut String, run: &[(&Node, &[&Mark])], after: Option<char>, place: Place) {
    let mut at = 0;
    while let Some((node, marks)) = run.get(at) {
        let Some((mark, _)) = marks.split_first() else {
            let last = at + 1 == run.len();
            one(out, node, last, place);
            at += 1;
            continue;
        };
        let same = |other: &(&Node, &[&Mark])| other.1.first().is_some_and(|first| first == mark) && links_alike(mark, other.0);
        let count = run.iter().skip(at).take_while(|other| same(other)).count().max(1);
        let inner: Vec<(&Node, &[&Mark])> =
            run.iter().skip(at).take(count).map(|(node, marks)| (*node, marks.get(1..).unwrap_or_default())).collect();
        at += count;
        let next = run.get(at).map_or(after, |(node, marks)| Some(first_char(node, marks)));
        marked(out, mark, &inner, next, place);
    }
}

/// Links do not nest: what is written as one cannot stand in one.
fn links_alike(mark: &Mark, node: &Node) -> bool {
    mark.kind != "link" || matches!(&*node.kind, "text" | "hardBreak" | "mediaInline" | "media")
}

/// What the writing of a node begins with, as far as it matters to what stands before it.
fn first_char(node: &Node, marks: &[&Mark]) -> char {
    match marks.first() {
        Some(mark) if mark.kind == "link" => '[',
        // Delimiters side by side are not told apart.
        Some(_) => '*',
        None if node.is("text") => {
            let mut start = String::from(".");
            let first: String = node.text.chars().take(2).collect();
            escape::text(&mut start, &first, Place::default());
            start.chars().nth(1).unwrap_or(' ')
        }
        None if node.is("hardBreak") => '\n',
        None => '[',
    }
}

fn marked(out: &mut String, mark: &Mark, inner: &[(&Node, &[&Mark])], next: Option<char>, place: Place) {
    match &*mark.kind {
        "strong" => delimited(out, "**", "strong", inner, next, place),
        "em" => delimited(out, "_", "em", inner, next, place),
        "strike" => delimited(out, "~~", "del", inner, next, place),
        "underline" if mark.attrs.is_none() => tagged(out, "u", "", inner, place),
        "subsup" => match mark.str("type") {
            Some(kind @ ("sub" | "sup")) => tagged(out, kind, "", inner, place),
            _ => generic(out, mark, inner, place),
        },
        "textColor" => coloured(out, mark, "color", inner, place),
        "backgroundColor" => coloured(out, mark, "background-color", inner, place),
        "code" => code(out, inner, place),
        "link" => link(out, mark, inner, place),
        _ => generic(out, mark, inner, place),
    }
}

fn delimited(out: &mut String, mark: &str, tag: &str, inner: &[(&Node, &[&Mark])], next: Option<char>, place: Place) {
    let mut text = String::from("*");
    group(&mut text, inner, Some('*'), place);
    let text = text.get(1..).unwrap_or_default();
    let (first, last) = (text.chars().next(), text.chars().next_back());
    let before = out.chars().next_back();
    let intraword = mark == "**";
    let fits = |outside: Option<char>, inside: Option<char>| {
        let Some(inside) = inside else { return false };
        let open = outside.is_none_or(|c| c.is_whitespace() || (c.is_ascii_punctuation() && !"*_~`\\".contains(c)));
        let word = intraword && outside.is_some_and(char::is_alphanumeric) && inside.is_alphanumeric();
        !inside.is_whitespace() && (open || word)
    };
    if fits(before, first) && fits(next, last) {
        out.extend([mark, text, mark]);
    } else {
        out.extend(["<", tag, ">", text, "</", tag, ">"]);
    }
}

fn tagged(out: &mut String, tag: &str, attributes: &str, inner: &[(&Node, &[&Mark])], place: Place) {
    out.extend(["<", tag, attributes, ">"]);
    group(out, inner, Some('<'), place);
    out.extend(["</", tag, ">"]);
}

fn coloured(out: &mut String, mark: &Mark, property: &str, inner: &[(&Node, &[&Mark])], place: Place) {
    let color = mark.str("color").filter(|color| color.starts_with('#') && color.chars().skip(1).all(|c| c.is_ascii_hexdigit()));
    match color {
        Some(color) => tagged(out, "span", &format!(" style=\"{property}:{color}\""), inner, place),
        None => generic(out, mark, inner, place),
    }
}

fn generic(out: &mut String, mark: &Mark, inner: &[(&Node, &[&Mark])], place: Place) {
    let mut attribute = String::from(" data-adf=\"");
    let json = mark.clone().into_value().to_string();
    // A bar would end the cell, even here.
    escape::html(&mut attribute, &json.replace('|', "\\u007c"));
    attribute.push('"');
    tagged(out, "span", &attribute, inner, place);
}

fn code(out: &mut String, inner: &[(&Node, &[&Mark])], place: Place) {
    let whole: String = inner.iter().map(|(node, _)| node.text.as_str()).collect();
    let all_text = inner.iter().all(|(node, marks)| node.is("text") && marks.is_empty());
    // Code spans side by side would be one.
    let apart = !out.ends_with('`');
    // Code knows no escapes: a link that begins a block would be the definition of one.
    let defines = out.starts_with('[') && whole.contains("]:");
    match escape::code(&whole, place).filter(|_| all_text && apart && !defines) {
        Some(span) => out.push_str(&span),
        None => tagged(out, "code", "", inner, place),
    }
}

fn link(out: &mut String, mark: &Mark, inner: &[(&Node, &[&Mark])], place: Place) {
    let href = mark.str("href").unwrap_or_default();
    let ours = SCHEMES.iter().any(|scheme| href.starts_with(scheme));
    let plain = mark.attrs.as_ref().is_some_and(|attrs| attrs.keys().all(|key| matches!(key.as_str(), "href" | "title")));
    let linkable = inner.iter().all(|(node, _)| links_alike(mark, node));
    let unusual = href.contains(['\n', '\r', '\0']) || mark.str("title").is_some_and(|title| title.contains(['\n', '\r']));
    if ours || !plain || !linkable || unusual || mark.attrs.as_ref().is_some_and(|attrs| attrs.values().any(|value| !value.is_string())) {
        return generic(out, mark, inner, place);
    }
    let title = mark.str("title");
    if let [(node, [])] = inner
        && node.is("text")
        && node.text == href
        && title.is_none()
        && is_autolink(href)
        && !(place.table && href.contains('|'))
    {
        out.extend(["<", href, ">"]);
        return;
    }
    out.push('[');
    group(out, inner, Some(']'), place);
    out.push_str("](");
    escape::destination(out, href, place);
    if let Some(title) = title {
        out.push(' ');
        escape::title(out, title, '"', place);
    }
    out.push(')');
}

fn is_autolink(href: &str) -> bool {
    (href.starts_with("https://") || href.starts_with("http://")) && href.chars().all(|c| c.is_ascii_graphic() && !"<>\\&".contains(c))
}

/// One node whose marks have been written.
fn one(out: &mut String, node: &Node, last: bool, place: Place) {
    match &*node.kind {
        "text" => escape::text(out, &node.text, place),
        "hardBreak" if place.one_line() || last || out.is_empty() || out.ends_with('\n') => out.push_str("<br>"),
        "hardBreak" => out.push_str("\\\n"),
        "mention" => match node.str("id").filter(|id| !id.is_empty()) {
            Some(id) => {
                // Whose name is not told is called by the id, which is read as no name.
                let nameless = nameless(id);
                let (name, told): (_, &[&str]) = match node.str("text") {
                    Some(name) if name != nameless => (name, &["id", "text"]),
                    _ => (&*nameless, &["id"]),
                };
                special(out, name, "accountid:", id, extra(node, told), place);
            }
            None => leaf(out, node, place),
        },
        "date" => match node.str("timestamp").and_then(|digits| Some((digits, dates::day(digits)?))) {
            Some((digits, day)) => {
                let exact = dates::digits(&day).as_deref() == Some(digits);
                special(out, &day, "date:", if exact { "" } else { digits }, extra(node, &["timestamp"]), place);
            }
            None => leaf(out, node, place),
        },
        "status" => match (node.str("text").filter(|text| !text.is_empty()), node.str("color")) {
            (Some(text), Some(color)) => special(out, text, "status:", color, extra(node, &["text", "color"]), place),
            _ => leaf(out, node, place),
        },
        "emoji" => match node.str("shortName").and_then(|name| name.strip_prefix(':')?.strip_suffix(':')) {
            Some(name) => {
                let label = node.str("text").unwrap_or_default();
                special(out, label, "emoji:", name, extra(node, &["shortName", "text"]), place);
            }
            None => leaf(out, node, place),
        },
        "media" => match super::write::image_text(node, place) {
            Some(image) => out.push_str(&image),
            None => leaf(out, node, place),
        },
        _ => leaf(out, node, place),
    }
}

/// Attributes but those that are told already and the editor's own ids.
fn extra(node: &Node, told: &[&str]) -> Option<String> {
    let attrs = node.attrs.as_ref()?;
    let rest: Map<String, Value> = (attrs.iter())
        .filter(|(key, value)| !told.contains(&key.as_str()) && *key != "localId" && !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    (!rest.is_empty()).then(|| Value::Object(rest).to_string())
}

fn special(out: &mut String, label: &str, scheme: &str, id: &str, rest: Option<String>, place: Place) {
    out.push('[');
    let mut text = String::from(".");
    escape::text(&mut text, label, place);
    out.push_str(text.get(1..).unwrap_or_default());
    out.push_str("](");
    escape::destination(out, &format!("{scheme}{id}"), place);
    if let Some(rest) = rest {
        out.push(' ');
        escape::title(out, &rest, '\'', place);
    }
    out.push(')');
}

/// Any node without content, block or inline: its attributes as JSON in the title.
pub fn leaf(out: &mut String, node: &Node, place: Place) {
    if let Some(words) = stand_in(node) {
        return escape::text(out, &words, place);
    }
    if matches!(&*node.kind, "media" | "mediaInline") {
        out.push('!');
    }
    let label = label(node);
    let mut attrs = node.attrs.as_deref().cloned().unwrap_or_default();
    if !super::write::keeps_local_id(&node.kind) {
        attrs.shift_remove("localId");
    }
    let rest = (!attrs.is_empty()).then(|| Value::Object(attrs).to_string());
    special(out, &label, "adf:", &node.kind, rest, place);
}

fn label(node: &Node) -> String {
    let told = ["alt", "text", "url", "shortName", "extensionKey", "resourceId"].iter().find_map(|key| node.str(key));
    told.or_else(|| node.attr("data")?.get("url")?.as_str()).unwrap_or(&node.kind).to_owned()
}
