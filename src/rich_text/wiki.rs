//! Jira's wiki markup as ADF, line by line.

use super::tree::{Mark, Node};
use super::{DEEPEST, Fault, MOST_NODES, fit, schema};

/// The document of a text in wiki markup. What is no markup is text.
pub fn from_wiki(source: &str) -> Result<Node, Fault> {
    let lines: Vec<&str> = source.lines().collect();
    if lines.len() > MOST_NODES {
        return Err(Fault::too_many());
    }
    let mut document = Node::of("doc", blocks(&lines, 0)?);
    fit::fit(&mut document);
    Ok(document)
}

fn blocks(lines: &[&str], depth: usize) -> Result<Vec<Node>, Fault> {
    if depth > DEEPEST / 3 {
        return Err(Fault::too_deep());
    }
    let mut out = Vec::new();
    let mut text: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let bare = line.trim();
        let heading = heading(bare);
        let list = list_marker(bare);
        if let Some((name, parameter, rest)) = opening(bare) {
            paragraph(&mut out, &mut text);
            let end = format!("{{{name}}}");
            // It may end in the line that it begins in.
            let (inside, taken) = body(rest, lines.get(at + 1..).unwrap_or_default(), &end);
            at += 1 + taken;
            braces(&mut out, name, parameter, &inside, depth)?;
            continue;
        }
        at += 1;
        if bare.is_empty() {
            paragraph(&mut out, &mut text);
        } else if let Some((level, words)) = heading {
            paragraph(&mut out, &mut text);
            out.push(Node::of("heading", inline(words)).with("level", level));
        } else if bare.len() >= 4 && bare.bytes().all(|byte| byte == b'-') {
            paragraph(&mut out, &mut text);
            out.push(Node::new("rule"));
        } else if let Some(words) = bare.strip_prefix("bq. ") {
            paragraph(&mut out, &mut text);
            out.push(Node::of("blockquote", vec![Node::paragraph(inline(words))]));
        } else if list.is_some() {
            paragraph(&mut out, &mut text);
            let begin = at - 1;
            // An item goes on until an empty line or another block.
            while lines.get(at).is_some_and(|next| list_marker(next.trim()).is_some()) {
                at += 1;
            }
            lists(&mut out, lines.get(begin..at).unwrap_or_default())?;
        } else if bare.starts_with('|') {
            paragraph(&mut out, &mut text);
            let begin = at - 1;
            while lines.get(at).is_some_and(|next| next.trim().starts_with('|')) {
                at += 1;
            }
            let rows = lines.get(begin..at).unwrap_or_default().iter().map(|row| row_of(row.trim())).collect();
            out.push(Node::of("table", rows));
        } else {
            text.push(bare);
        }
    }
    paragraph(&mut out, &mut text);
    Ok(out)
}

fn paragraph(out: &mut Vec<Node>, lines: &mut Vec<&str>) {
    let mut content = Vec::new();
    for (index, line) in lines.drain(..).enumerate() {
        if index > 0 {
            content.push(Node::new("hardBreak"));
        }
        content.extend(inline(line));
    }
    // Pictures are blocks.
    let mut text = Vec::new();
    for node in content {
        if schema::is_inline(&node.kind) {
            text.push(node);
        } else {
            if !text.is_empty() {
                out.push(Node::paragraph(std::mem::take(&mut text)));
            }
            out.push(node);
        }
    }
    if !text.is_empty() {
        out.push(Node::paragraph(text));
    }
}

fn heading(line: &str) -> Option<(u64, &str)> {
    let rest = line.strip_prefix('h')?;
    let (level, words) = rest.split_once(". ")?;
    level.parse().ok().filter(|level| (1..=6).contains(level)).map(|level| (level, words.trim()))
}

/// "**" and the words of an item.
fn list_marker(line: &str) -> Option<(&str, &str)> {
    let (marker, words) = line.split_once(' ')?;
    let fits = !marker.is_empty() && marker.len() <= 20 && (marker == "-" || marker.chars().all(|c| matches!(c, '*' | '#')));
    fits.then_some((marker, words.trim()))
}

/// `{code:go}` and what follows it, if a line begins with a block in braces.
fn opening(line: &str) -> Option<(&str, &str, &str)> {
    let (inside, rest) = line.strip_prefix('{')?.split_once('}')?;
    let (name, parameter) = inside.split_once(':').unwrap_or((inside, ""));
    matches!(name, "code" | "noformat" | "quote" | "panel").then_some((name, parameter, rest))
}

/// The lines of a block in braces, and how many were taken.
fn body<'a>(first: &'a str, rest: &[&'a str], end: &str) -> (Vec<&'a str>, usize) {
    if let Some((inside, _)) = first.split_once(end) {
        return (vec![inside], 0);
    }
    let mut inside = Vec::new();
    if !first.trim().is_empty() {
        inside.push(first);
    }
    for (index, line) in rest.iter().enumerate() {
        if let Some((before, _)) = line.split_once(end) {
            if !before.trim().is_empty() {
                inside.push(before);
            }
            return (inside, index + 1);
        }
        inside.push(line);
    }
    (inside, rest.len())
}

fn braces(out: &mut Vec<Node>, name: &str, parameter: &str, inside: &[&str], depth: usize) -> Result<(), Fault> {
    let named = |key: &str| parameter.split('|').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    match name {
        "code" | "noformat" => {
            let code = inside.join("\n");
            let mut node = Node::of("codeBlock", if code.is_empty() { Vec::new() } else { vec![Node::text(code, Vec::new())] });
            let language = named("language").or_else(|| parameter.split('|').next().filter(|first| !first.contains('=')));
            if let Some(language) = language.filter(|language| name == "code" && !language.is_empty()) {
                node.set("language", language);
            }
            out.push(node);
        }
        "quote" => out.push(Node::of("blockquote", blocks(inside, depth + 1)?)),
        _ => {
            let title = named("title").map(|title| Node::paragraph(vec![Node::text(title, vec![Mark::new("strong")])]));
            let content = title.into_iter().chain(blocks(inside, depth + 1)?).collect();
            out.push(Node::of("panel", content).with("panelType", "info"));
        }
    }
    Ok(())
}

/// Items by the length of their markers.
fn lists(out: &mut Vec<Node>, lines: &[&str]) -> Result<(), Fault> {
    let kind = |marker: char| if marker == '#' { "orderedList" } else { "bulletList" };
    let mut open: Vec<Node> = Vec::new();
    for line in lines {
        let Some((marker, words)) = list_marker(line.trim()) else { continue };
        let markers: Vec<char> = marker.chars().collect();
        let same = open.iter().zip(&markers).take_while(|(list, marker)| list.is(kind(**marker))).count();
        while open.len() > same.max(usize::from(same == markers.len())) && open.len() > markers.len().min(same) {
            fold(out, &mut open);
        }
        for marker in markers.iter().skip(open.len()) {
            open.push(Node::new(kind(*marker)));
        }
        let mut content = Vec::new();
        for node in inline(words) {
            content.push(node);
        }
        if let Some(list) = open.last_mut() {
            list.content.push(Node::of("listItem", vec![Node::paragraph(content.into_iter().filter(|node| schema::is_inline(&node.kind)).collect())]));
        }
    }
    while !open.is_empty() {
        fold(out, &mut open);
    }
    Ok(())
}

/// Ends the innermost list.
fn fold(out: &mut Vec<Node>, open: &mut Vec<Node>) {
    let Some(list) = open.pop() else { return };
    match open.last_mut() {
        Some(outer) => match outer.content.last_mut() {
            Some(item) => item.content.push(list),
            None => outer.content.push(Node::of("listItem", vec![Node::paragraph(Vec::new()), list])),
        },
        None => out.push(list),
    }
}

fn row_of(line: &str) -> Node {
    let mut cells = Vec::new();
    let mut rest = line;
    while let Some(after) = rest.strip_prefix('|') {
        let (kind, after) = match after.strip_prefix('|') {
            Some(after) => ("tableHeader", after),
            None => ("tableCell", after),
        };
        if after.trim().is_empty() {
            break;
        }
        let end = cell_end(after);
        let (cell, next) = after.split_at(end);
        let content = inline(cell.trim()).into_iter().filter(|node| schema::is_inline(&node.kind)).collect();
        cells.push(Node::of(kind, vec![Node::paragraph(content)]));
        rest = next;
    }
    Node::of("tableRow", cells)
}

/// Where a cell ends: at a bar outside of links.
fn cell_end(cell: &str) -> usize {
    let mut depth = 0u32;
    let mut escaped = false;
    for (at, c) in cell.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return at,
            _ => {}
        }
    }
    // A bracket that never closes hides no bar.
    if depth > 0 { cell.find('|').unwrap_or(cell.len()) } else { cell.len() }
}

const MARKS: &[(char, &str)] = &[('*', "strong"), ('_', "em"), ('-', "strike"), ('+', "underline"), ('^', "sup"), ('~', "sub")];

fn inline(text: &str) -> Vec<Node> {
    let mut out = Vec::new();
    spans(&mut out, text, &[]);
    out
}

fn spans(out: &mut Vec<Node>, text: &str, marks: &[Mark]) {
    let mut plain = String::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    // Marks that were looked for and have no end: none later has one either.
    let mut endless: Vec<char> = Vec::new();
    let flush = |out: &mut Vec<Node>, plain: &mut String| {
        if !plain.is_empty() {
            out.push(Node::text(std::mem::take(plain), marks.to_vec()));
        }
    };
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '\\' {
            if let Some(next) = after.strip_prefix('\\') {
                flush(out, &mut plain);
                out.push(Node::new("hardBreak"));
                rest = next;
            } else {
                let next = after.chars().next().filter(char::is_ascii_punctuation);
                plain.push(next.unwrap_or(c));
                rest = after.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
            }
            before = Some(' ');
            continue;
        }
        if let Some((node, next)) = special(rest, marks) {
            flush(out, &mut plain);
            out.extend(node);
            rest = next;
            before = Some(' ');
            continue;
        }
        if let Some((_, kind)) = MARKS.iter().find(|(marker, _)| *marker == c)
            && before.is_none_or(|before| !before.is_alphanumeric())
            && !endless.contains(&c)
            && !marks.iter().any(|mark| mark.kind == *kind || (mark.kind == "subsup" && matches!(*kind, "sup" | "sub")))
        {
            match closing(after, c) {
                Some(end) => {
                    flush(out, &mut plain);
                    let mark = if matches!(*kind, "sup" | "sub") { Mark::new("subsup").with("type", *kind) } else { Mark::new(*kind) };
                    let mut inner = marks.to_vec();
                    inner.push(mark);
                    inner.sort_by_key(|mark| schema::mark_rank(&mark.kind));
                    spans(out, after.get(..end).unwrap_or_default(), &inner);
                    rest = after.get(end + c.len_utf8()..).unwrap_or_default();
                    before = Some(c);
                    continue;
                }
                None => endless.push(c),
            }
        }
        plain.push(c);
        before = Some(c);
        rest = after;
    }
    flush(out, &mut plain);
}

/// Where a mark ends: behind a word, and in front of none.
fn closing(text: &str, marker: char) -> Option<usize> {
    if text.starts_with(char::is_whitespace) {
        return None;
    }
    let mut previous = None;
    for (at, c) in text.char_indices() {
        let next = text.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next());
        let ends = c == marker && at > 0 && previous.is_some_and(|c: char| !c.is_whitespace() && c != '\\');
        if ends && next.is_none_or(|next| !next.is_alphanumeric()) {
            return Some(at);
        }
        previous = Some(c);
    }
    None
}

/// What begins with a bracket, a brace or an exclamation mark.
fn special<'a>(text: &'a str, marks: &[Mark]) -> Option<(Vec<Node>, &'a str)> {
    let with = |mark: Mark| {
        let mut all: Vec<Mark> = marks.iter().filter(|known| known.kind != mark.kind).cloned().collect();
        all.push(mark);
        all.sort_by_key(|mark| schema::mark_rank(&mark.kind));
        all
    };
    // No such thing is longer: the end of one that has none is not looked for everywhere.
    let near = |after: &'a str, end: &str| {
        let mut limit = after.len().min(4_000);
        while !after.is_char_boundary(limit) {
            limit -= 1;
        }
        let at = after.get(..limit)?.find(end)?;
        Some((after.get(..at)?, after.get(at + end.len()..)?))
    };
    if let Some(after) = text.strip_prefix("{{") {
        let (code, rest) = near(after, "}}").filter(|(code, _)| !code.is_empty())?;
        let mut all: Vec<Mark> = marks.iter().filter(|mark| mark.kind == "link").cloned().collect();
        all.push(Mark::new("code"));
        return Some((vec![Node::text(code, all)], rest));
    }
    if let Some(after) = text.strip_prefix("{color:") {
        let (color, after) = near(after, "}")?;
        let (words, rest) = near(after, "{color}")?;
        let hex = color.len() == 7 && color.starts_with('#') && color.chars().skip(1).all(|c| c.is_ascii_hexdigit());
        let marks = if hex { with(Mark::new("textColor").with("color", color)) } else { marks.to_vec() };
        let mut out = Vec::new();
        if marks.len() < 20 && !words.is_empty() {
            spans(&mut out, words, &marks);
        }
        return Some((out, rest));
    }
    if let Some(after) = text.strip_prefix('[') {
        let (inside, rest) = near(after, "]").filter(|(inside, _)| !inside.trim().is_empty())?;
        if let Some(id) = inside.strip_prefix("~accountid:") {
            return Some((vec![Node::new("mention").with("id", id)], rest));
        }
        if let Some(name) = inside.strip_prefix('~') {
            return Some((vec![Node::text(format!("@{name}"), marks.to_vec())], rest));
        }
        if let Some(file) = inside.strip_prefix('^') {
            let href = format!("attachment:{file}");
            return Some((vec![Node::text(file, with(Mark::new("link").with("href", href)))], rest));
        }
        let (words, address) = inside.split_once('|').unwrap_or((inside, inside));
        let address = address.split('|').next().unwrap_or_default().trim();
        let known = address.contains("://") || ["mailto:", "#", "/"].iter().any(|start| address.starts_with(start));
        if !known || words.is_empty() {
            return None;
        }
        return Some((vec![Node::text(words, with(Mark::new("link").with("href", address)))], rest));
    }
    if let Some(after) = text.strip_prefix('!') {
        let (inside, rest) = near(after, "!")?;
        let (address, parameters) = inside.split_once('|').unwrap_or((inside, ""));
        let named = address.contains('.') && !address.contains(char::is_whitespace);
        if !named {
            return None;
        }
        let mut media = Node::new("media").with("type", "external").with("url", address);
        if let Some(alt) = parameters.split(',').find_map(|pair| pair.trim().strip_prefix("alt=")) {
            media.set("alt", alt.trim_matches('"'));
        }
        return Some((vec![Node::of("mediaSingle", vec![media]).with("layout", "center")], rest));
    }
    if let Some(after) = text.strip_prefix("??") {
        let (words, rest) = near(after, "??").filter(|(words, _)| !words.is_empty())?;
        return Some((vec![Node::text(words, with(Mark::new("em")))], rest));
    }
    None
}
