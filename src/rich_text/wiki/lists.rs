//! Lists: the marker of each item is as long as its depth.

use super::Reader;
use super::braces::{Line, Part};
use crate::rich_text::Fault;
use crate::rich_text::tree::Node;

/// Beyond it, stars are no list.
const DEEPEST: usize = 20;

/// "**" and the words of an item.
pub fn marker(line: &str) -> Option<(&str, &str)> {
    let (marker, words) = line.split_once(' ').unwrap_or((line, ""));
    let known = marker == "-" || (marker.starts_with(['*', '#']) && marker.chars().all(|c| matches!(c, '*' | '#' | '-')));
    (known && marker.len() <= DEEPEST && !words.trim().is_empty()).then_some((marker, words.trim()))
}

fn kind(marker: char) -> &'static str {
    if marker == '#' { "orderedList" } else { "bulletList" }
}

impl Reader {
    /// Lines of which the first has a marker; one without goes on with the item above it.
    pub fn list(&mut self, out: &mut Vec<Node>, lines: Vec<Line<'_>>, depth: usize) -> Result<(), Fault> {
        let mut open: Vec<Node> = Vec::new();
        let mut lines = lines.into_iter().peekable();
        while let Some(mut line) = lines.next() {
            let Some((marker, words)) = marker(line.first().trim()) else { continue };
            let same = open.iter().zip(marker.chars()).take_while(|(list, marker)| list.is(kind(*marker))).count();
            while open.len() > same {
                fold(out, &mut open);
            }
            open.extend(marker.chars().skip(same).map(|marker| Node::new(kind(marker))));
            if let Some(first) = line.parts.first_mut() {
                *first = Part::Text(words);
            }
            let mut item = vec![line];
            while let Some(next) = lines.next_if(|next| self::marker(next.first().trim()).is_none()) {
                item.push(next);
            }
            let mut content = Vec::new();
            self.paragraph(&mut content, item, depth)?;
            self.count(content.len() + 1)?;
            if content.is_empty() {
                content.push(Node::paragraph(Vec::new()));
            }
            if let Some(list) = open.last_mut() {
                list.content.push(Node::of("listItem", content));
            }
        }
        while !open.is_empty() {
            fold(out, &mut open);
        }
        Ok(())
    }
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
