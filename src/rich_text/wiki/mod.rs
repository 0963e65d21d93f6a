//! Jira's wiki markup as ADF. What is no markup is text.

mod braces;
mod emoticons;
mod inline;
mod lists;
mod tables;

use super::tree::Node;
use super::{DEEPEST, Fault, MOST_NODES, fit, schema};
use braces::Line;

/// The document of a text in wiki markup.
pub fn from_wiki(source: &str) -> Result<Node, Fault> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source).replace("\r\n", "\n");
    let mut reader = Reader { colors: Vec::new(), ends_of_color: source.matches("{color}").count(), nodes: 0 };
    let mut document = Node::of("doc", reader.blocks(&source, 0)?);
    fit::fit(&mut document, fit::Target::Adf)?;
    Ok(document)
}

/// What is known beyond a line: colours go on over blocks.
struct Reader {
    /// Of the text that comes next, innermost last; None for one that ADF cannot name.
    colors: Vec<Option<String>>,
    /// So many are still to come: a colour without an end is text.
    ends_of_color: usize,
    nodes: usize,
}

impl Reader {
    fn blocks(&mut self, source: &str, depth: usize) -> Result<Vec<Node>, Fault> {
        // Each level makes some three of the document.
        if depth > DEEPEST / 3 {
            return Err(Fault::too_deep());
        }
        let mut out = Vec::new();
        let mut text: Vec<Line<'_>> = Vec::new();
        let mut lines = braces::Lines::new(source);
        while let Some(line) = lines.next() {
            let words = line.first().trim();
            if line.ends_text() || lists::marker(words).is_some() {
                self.paragraph(&mut out, std::mem::take(&mut text), depth)?;
            }
            if line.is_blank() {
                continue;
            } else if let Some((level, words)) = heading(words) {
                let (title, others) = self.inline(words)?.into_iter().partition(|node| schema::is_inline(&node.kind));
                out.push(Node::of("heading", title).with("level", level));
                out.extend::<Vec<_>>(others);
                self.macros(&mut out, line.rest(), depth)?;
            } else if is_rule(words) {
                out.push(Node::new("rule"));
            } else if let Some(words) = words.strip_prefix("bq. ") {
                let mut quote = Vec::new();
                self.paragraph(&mut quote, vec![Line::of(words)], depth)?;
                out.push(Node::of("blockquote", quote));
                self.macros(&mut out, line.rest(), depth)?;
            } else if words.starts_with('|') {
                let (table, taken) = self.table(lines.back(&line), depth)?;
                lines.skip(&line, taken);
                out.push(table);
            } else if lists::marker(words).is_some() {
                let mut items = vec![line];
                while let Some(next) = lines.next() {
                    if next.ends_text() {
                        lines.again(next);
                        break;
                    }
                    items.push(next);
                }
                self.list(&mut out, items, depth)?;
            } else {
                text.push(line);
            }
        }
        self.paragraph(&mut out, text, depth)?;
        self.count(out.len())?;
        Ok(out)
    }

    fn count(&mut self, more: usize) -> Result<(), Fault> {
        self.nodes += more;
        if self.nodes > MOST_NODES { Err(Fault::too_many()) } else { Ok(()) }
    }

    /// Lines of text, with the blocks in braces that stand in them and the pictures as blocks of their own.
    fn paragraph(&mut self, out: &mut Vec<Node>, lines: Vec<Line<'_>>, depth: usize) -> Result<(), Fault> {
        let mut text = String::new();
        for (index, line) in lines.into_iter().enumerate() {
            if index > 0 && !text.is_empty() {
                text.push('\n');
            }
            for part in line.parts {
                match part {
                    braces::Part::Text(words) => text.push_str(words.trim_end_matches(' ')),
                    braces::Part::Macro(found) => {
                        self.text(out, &std::mem::take(&mut text))?;
                        self.braces(out, &found, depth)?;
                    }
                }
            }
        }
        self.text(out, &text)
    }

    fn macros(&mut self, out: &mut Vec<Node>, parts: &[braces::Part<'_>], depth: usize) -> Result<(), Fault> {
        self.paragraph(out, vec![Line { parts: parts.to_vec(), start: 0 }], depth)
    }

    /// Running text as paragraphs, with its pictures between them.
    fn text(&mut self, out: &mut Vec<Node>, text: &str) -> Result<(), Fault> {
        let mut line = Vec::new();
        for node in self.inline(text.trim())? {
            if schema::is_inline(&node.kind) {
                line.push(node);
            } else {
                end_line(out, &mut line);
                out.push(node);
            }
        }
        end_line(out, &mut line);
        Ok(())
    }
}

/// White space and breaks beside a block say nothing.
fn end_line(out: &mut Vec<Node>, line: &mut Vec<Node>) {
    let empty = |node: &Node| node.is("hardBreak") || (node.is("text") && node.text.trim().is_empty());
    while line.last().is_some_and(empty) {
        line.pop();
    }
    let lead = line.iter().take_while(|node| empty(node)).count();
    line.drain(..lead);
    if let Some(first) = line.first_mut().filter(|node| node.is("text")) {
        first.text = first.text.trim_start().to_owned();
    }
    if let Some(last) = line.last_mut().filter(|node| node.is("text")) {
        last.text = last.text.trim_end().to_owned();
    }
    if !line.is_empty() {
        out.push(Node::paragraph(std::mem::take(line)));
    }
}

impl Line<'_> {
    /// Whether it is none of the text or the list above it.
    fn ends_text(&self) -> bool {
        let words = self.first().trim();
        self.is_blank() || heading(words).is_some() || is_rule(words) || words.starts_with("bq. ") || words.starts_with('|')
    }
}

fn heading(line: &str) -> Option<(u64, &str)> {
    let (level, words) = line.strip_prefix('h')?.split_once('.')?;
    let level = level.parse().ok().filter(|level| (1..=6).contains(level))?;
    (words.is_empty() || words.starts_with(' ')).then_some((level, words.trim()))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 4 && line.bytes().all(|byte| byte == b'-')
}
