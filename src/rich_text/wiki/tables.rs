//! Tables: `||` before a cell makes it a header. Cells hold blocks, over several lines.

use super::Reader;
use super::braces::opening;
use crate::rich_text::Fault;
use crate::rich_text::tree::Node;

impl Reader {
    /// The table that a source begins with, and how many bytes it takes.
    pub fn table(&mut self, source: &str, depth: usize) -> Result<(Node, usize), Fault> {
        let mut rows: Vec<Vec<Node>> = Vec::new();
        let mut cells = Cells { source, at: 0, ended: false, vain: Vec::new(), endless: Vec::new() };
        while cells.begins_row() {
            let mut row = Vec::new();
            while let Some((kind, text)) = cells.next() {
                self.count(2)?;
                row.push(Node::of(kind, self.blocks(text, depth + 1)?));
            }
            rows.push(row);
        }
        let widest = rows.iter().map(Vec::len).max().unwrap_or_default();
        let all: usize = rows.iter().map(Vec::len).sum();
        // Rows end early as people write them; where most do, it is no oversight.
        if rows.len() * widest <= 2 * all + 8 {
            for row in &mut rows {
                row.resize_with(widest, || Node::new("tableCell"));
            }
        }
        let rows = rows.into_iter().map(|row| Node::of("tableRow", row)).collect();
        Ok((Node::of("table", rows), cells.at))
    }
}

struct Cells<'a> {
    source: &'a str,
    at: usize,
    /// The line ended, and with it the row.
    ended: bool,
    /// Ends that were looked for in vain, and up to where.
    vain: Vec<(char, usize)>,
    endless: Vec<&'a str>,
}

impl<'a> Cells<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn begins_row(&mut self) -> bool {
        let rest = self.rest();
        let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let row = rest.get(indent..).is_some_and(|rest| rest.starts_with('|'));
        self.at += if row { indent } else { 0 };
        self.ended = false;
        row
    }

    /// The next cell of this row; None at its end, which is passed over.
    fn next(&mut self) -> Option<(&'static str, &'a str)> {
        let after = self.rest().strip_prefix('|').filter(|_| !self.ended)?;
        let (kind, after) = match after.strip_prefix('|') {
            Some(after) => ("tableHeader", after),
            None => ("tableCell", after),
        };
        self.at = self.source.len() - after.len();
        let beyond = after.trim_start_matches([' ', '\t']);
        if beyond.is_empty() || beyond.starts_with('\n') {
            self.at = (self.source.len() - beyond.len() + 1).min(self.source.len());
            return None;
        }
        let start = self.at;
        self.find_end_of_cell();
        let cell = self.source.get(start..self.at)?;
        if !self.rest().starts_with('|') {
            self.ended = true;
            self.at = (self.at + 1).min(self.source.len());
        }
        Some((kind, cell.trim()))
    }

    /// Goes to the bar that ends a cell, past those in links, pictures and blocks in braces; or to the end of the row's last line.
    fn find_end_of_cell(&mut self) {
        loop {
            let Some(step) = self.rest().find(['|', '\n', '[', '{', '!', '\\']) else {
                self.at = self.source.len();
                return;
            };
            self.at += step;
            let rest = self.rest();
            let after = rest.get(1..).unwrap_or_default();
            match rest.bytes().next() {
                Some(b'\n') => {
                    let next = after.trim_start_matches([' ', '\t']);
                    if next.is_empty() || next.starts_with(['|', '\n']) {
                        return;
                    }
                    self.at += 1;
                }
                Some(b'[') => self.past(']'),
                Some(b'!') => {
                    let name = after.split(['|', '!', '\n']).next().unwrap_or_default();
                    let picture =
                        name.contains('.') && !name.starts_with(' ') && after.get(name.len()..).is_some_and(|rest| rest.starts_with('|'));
                    if picture { self.past('!') } else { self.at += 1 }
                }
                Some(b'{') if after.starts_with('{') => self.past('}'),
                Some(b'{') => self.past_block(),
                Some(b'\\') => self.at += 1 + after.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8),
                _ => return,
            }
        }
    }

    /// Goes past the end of what begins here, if it ends in this line.
    fn past(&mut self, end: char) {
        self.at += 1;
        if self.vain.iter().any(|(vain, until)| *vain == end && self.at < *until) {
            return;
        }
        match self.rest().find([end, '\n']) {
            Some(step) if self.rest().get(step..).is_some_and(|rest| rest.starts_with(end)) => self.at += step + 1,
            step => {
                self.vain.retain(|(vain, _)| *vain != end);
                self.vain.push((end, self.at + step.unwrap_or(self.rest().len())));
            }
        }
    }

    fn past_block(&mut self) {
        let found = opening(self.rest()).filter(|(name, ..)| !self.endless.contains(name));
        let Some((name, _, inside)) = found else {
            self.at += 1;
            return;
        };
        let end = format!("{{{name}}}");
        match inside.find(&end) {
            Some(at) => self.at = self.source.len() - inside.len() + at + end.len(),
            None => {
                self.endless.push(name);
                self.at += 1;
            }
        }
    }
}
