//! Blocks in braces, such as `{code:java}…{code}`, and the lines that are read around them.

use super::Reader;
use crate::rich_text::Fault;
use crate::rich_text::storage::PANELS;
use crate::rich_text::tree::{Mark, Node};

/// A line as far as the blocks in braces: a break within one ends no line.
#[derive(Clone)]
pub struct Line<'a> {
    pub parts: Vec<Part<'a>>,
    /// Where it begins in the source.
    pub start: usize,
}

#[derive(Clone)]
pub enum Part<'a> {
    Text(&'a str),
    Macro(Macro<'a>),
}

#[derive(Clone)]
pub struct Macro<'a> {
    name: &'a str,
    parameter: &'a str,
    inside: &'a str,
}

impl<'a> Line<'a> {
    pub fn of(text: &'a str) -> Self {
        Line { parts: vec![Part::Text(text)], start: 0 }
    }

    /// The text it begins with.
    pub fn first(&self) -> &'a str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// What comes after that.
    pub fn rest(&self) -> &[Part<'a>] {
        match self.parts.first() {
            Some(Part::Text(_)) => self.parts.get(1..).unwrap_or_default(),
            _ => &self.parts,
        }
    }

    pub fn is_blank(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(text) if text.trim().is_empty()))
    }
}

pub struct Lines<'a> {
    source: &'a str,
    at: usize,
    /// Names whose end was looked for and not found: later ones have none either.
    endless: Vec<&'a str>,
    waiting: Option<Line<'a>>,
}

impl<'a> Lines<'a> {
    pub fn new(source: &'a str) -> Self {
        Lines { source, at: 0, endless: Vec::new(), waiting: None }
    }

    pub fn again(&mut self, line: Line<'a>) {
        self.waiting = Some(line);
    }

    /// The source from a line on.
    pub fn back(&self, line: &Line<'a>) -> &'a str {
        self.source.get(line.start..).unwrap_or_default()
    }

    /// Goes on so many bytes after the beginning of a line.
    pub fn skip(&mut self, line: &Line<'a>, taken: usize) {
        self.waiting = None;
        self.at = line.start + taken;
    }

    pub fn next(&mut self) -> Option<Line<'a>> {
        if let Some(line) = self.waiting.take() {
            return Some(line);
        }
        if self.at >= self.source.len() {
            return None;
        }
        let start = self.at;
        let mut parts = Vec::new();
        let mut text = start;
        let mut at = start;
        // Monospaced text that does not end in this line was looked for.
        let mut codeless = false;
        loop {
            let rest = self.source.get(at..).unwrap_or_default();
            let Some(step) = rest.find(['\n', '{', '\\']) else {
                at = self.source.len();
                break;
            };
            at += step;
            let rest = self.source.get(at..).unwrap_or_default();
            if rest.starts_with('\n') {
                break;
            } else if rest.starts_with('\\') {
                at += 1 + rest.chars().nth(1).filter(|c| *c != '\n').map_or(0, char::len_utf8);
            } else if let Some(code) = rest.strip_prefix("{{").filter(|_| !codeless) {
                let end = code.find(['}', '\n']);
                codeless = end.is_none_or(|end| code.get(end..).is_some_and(|rest| rest.starts_with('\n')));
                at += 2 + end.filter(|_| !codeless).unwrap_or(0);
            } else if let Some((found, length)) = self.block(rest) {
                parts.extend(self.source.get(text..at).filter(|text| !text.trim().is_empty()).map(Part::Text));
                parts.push(Part::Macro(found));
                at += length;
                text = at;
            } else {
                at += 1;
            }
        }
        parts.extend(self.source.get(text..at).filter(|text| parts.is_empty() || !text.trim().is_empty()).map(Part::Text));
        self.at = at + 1;
        Some(Line { parts, start })
    }

    /// A whole block in braces, and its length.
    fn block(&mut self, text: &'a str) -> Option<(Macro<'a>, usize)> {
        let (name, parameter, inside) = opening(text)?;
        if self.endless.contains(&name) {
            return None;
        }
        let end = format!("{{{name}}}");
        let found = if matches!(name, "code" | "noformat") { inside.find(&end) } else { end_beyond_code(inside, &end) };
        match found {
            Some(at) => {
                let length = text.len() - inside.len() + at + end.len();
                Some((Macro { name, parameter, inside: inside.get(..at).unwrap_or_default() }, length))
            }
            None => {
                self.endless.push(name);
                None
            }
        }
    }
}

/// Where a block ends that may hold code, in which its end would be none.
fn end_beyond_code(inside: &str, end: &str) -> Option<usize> {
    let mut endless = Vec::new();
    let mut at = 0;
    loop {
        at += inside.get(at..)?.find('{')?;
        let rest = inside.get(at..)?;
        if rest.starts_with(end) {
            return Some(at);
        }
        let code = opening(rest).filter(|(name, ..)| matches!(*name, "code" | "noformat") && !endless.contains(name));
        at += 1;
        if let Some((name, _, code)) = code {
            match code.find(&format!("{{{name}}}")) {
                Some(length) => at = inside.len() - code.len() + length + name.len() + 2,
                None => endless.push(name),
            }
        }
    }
}

const NAMES: [&str; 8] = ["code", "noformat", "quote", "panel", "info", "tip", "note", "warning"];

/// Name, parameters and what follows, of `{code:go}` and its like.
pub fn opening(text: &str) -> Option<(&str, &str, &str)> {
    let inside = text.strip_prefix('{')?;
    let name = NAMES.iter().find_map(|name| inside.get(..name.len()).filter(|found| found == name))?;
    let rest = inside.get(name.len()..)?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((name, "", rest));
    }
    let parameter = rest.strip_prefix(':')?;
    // Names of files and colours: what is longer is no parameter.
    let near = parameter.char_indices().take(500).take_while(|(_, c)| *c != '\n').find(|(_, c)| *c == '}')?;
    Some((name, parameter.get(..near.0)?, parameter.get(near.0 + 1..)?))
}

impl Reader {
    pub fn braces(&mut self, out: &mut Vec<Node>, found: &Macro<'_>, depth: usize) -> Result<(), Fault> {
        let Macro { name, parameter, inside } = found;
        let named = |key: &str| parameter.split('|').find_map(|pair| pair.trim().strip_prefix(key)?.strip_prefix('='));
        let title = named("title").map(str::trim).filter(|title| !title.is_empty());
        let title = title.map(|title| Node::paragraph(vec![Node::text(title, vec![Mark::new("strong")])]));
        match *name {
            "code" | "noformat" => {
                out.extend(title);
                let code = inside.strip_prefix('\n').unwrap_or(inside);
                let code = code.strip_suffix('\n').unwrap_or(code);
                let mut node = Node::of("codeBlock", if code.is_empty() { Vec::new() } else { vec![Node::text(code, Vec::new())] });
                let first = parameter.split('|').next().map(str::trim).filter(|first| !first.contains('='));
                if let Some(language) = named("language").or(first).filter(|language| *name == "code" && !language.is_empty()) {
                    node.set("language", language);
                }
                out.push(node);
            }
            "quote" => out.push(Node::of("blockquote", self.blocks(inside, depth + 1)?)),
            _ => {
                let content = title.into_iter().chain(self.blocks(inside, depth + 1)?).collect();
                let kind = PANELS.iter().find(|(known, _)| known == name).map_or("info", |(_, kind)| kind);
                out.push(Node::of("panel", content).with("panelType", kind));
            }
        }
        self.count(1)
    }
}
