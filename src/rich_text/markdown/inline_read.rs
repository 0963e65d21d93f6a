//! Running text while it is read: nodes, and the marks that are open.

use std::ops::Range;

use serde_json::Value;

use super::{SIZE, links};
use crate::rich_text::tags::{self, Piece};
use crate::rich_text::tree::{Mark, Node};
use crate::rich_text::{conform, schema};

#[derive(Default)]
pub struct Inline {
    nodes: Vec<Node>,
    marks: Vec<Mark>,
    /// Text as it stands in the source, so that bare addresses in it can be found: an escape ends it.
    raw: String,
    raw_end: usize,
    /// Links and images whose label is being read, innermost last.
    labels: Vec<Label>,
    /// An alert's first line is passed over.
    skipping: bool,
}

struct Label {
    address: String,
    title: String,
    text: String,
    image: bool,
    /// Nothing but the text of the label is kept.
    captures: bool,
}

impl Inline {
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.raw.is_empty()
    }

    pub fn skip_line(&mut self) {
        self.skipping = true;
    }

    /// `place`: where the text stands in the source, if it stands there as it is.
    pub fn text(&mut self, text: &str, place: Option<Range<usize>>) {
        if self.skipping || text.is_empty() {
            return;
        }
        if let Some(label) = self.capturing() {
            label.text.push_str(text);
            return;
        }
        match place {
            Some(place) => {
                if !self.raw.is_empty() && place.start != self.raw_end {
                    self.end_raw();
                }
                self.raw.push_str(text);
                self.raw_end = place.end;
            }
            None => {
                self.end_raw();
                self.put(text, None);
            }
        }
    }

    /// The outermost: what stands within it is its text, links and pictures included.
    fn capturing(&mut self) -> Option<&mut Label> {
        self.labels.iter_mut().find(|label| label.captures)
    }

    fn end_raw(&mut self) {
        let raw = std::mem::take(&mut self.raw);
        if raw.is_empty() {
            return;
        }
        let mut from = 0;
        if self.labels.is_empty() && !self.marks.iter().any(|mark| mark.kind == "link") {
            for (start, end, target) in links::addresses(&raw) {
                self.put(raw.get(from..start).unwrap_or_default(), None);
                self.put(raw.get(start..end).unwrap_or_default(), Some(Mark::new("link").with("href", target)));
                from = end;
            }
        }
        self.put(raw.get(from..).unwrap_or_default(), None);
    }

    fn put(&mut self, text: &str, mark: Option<Mark>) {
        if text.is_empty() {
            return;
        }
        let marks = self.text_marks(mark);
        match self.nodes.last_mut().filter(|last| last.is("text") && last.marks == marks) {
            Some(last) => last.text.push_str(text),
            None => self.nodes.push(Node::text(text, marks)),
        }
    }

    /// The open marks in the order of the schema, without what code excludes.
    fn text_marks(&self, more: Option<Mark>) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::with_capacity(self.marks.len());
        for mark in self.marks.iter().cloned().chain(more) {
            // Inner ones win; comments may be several on one text.
            if mark.kind != "annotation" {
                marks.retain(|known| known.kind != mark.kind);
            }
            marks.push(mark);
        }
        if marks.iter().any(|mark| mark.kind == "code")
            && let Some(rule) = schema::mark_rule("code")
        {
            marks.retain(|mark| !rule.excludes.contains(&&*mark.kind));
        }
        marks.sort_by_key(|mark| schema::mark_rank(&mark.kind));
        marks
    }

    pub fn code(&mut self, code: &str) {
        if let Some(label) = self.capturing() {
            label.text.push_str(code);
        } else if !self.skipping {
            self.end_raw();
            self.put(code, Some(Mark::new("code")));
        }
    }

    pub fn soft_break(&mut self) {
        if !std::mem::take(&mut self.skipping) {
            self.text(" ", None);
        }
    }

    pub fn hard_break(&mut self) {
        if std::mem::take(&mut self.skipping) {
            return;
        }
        self.end_raw();
        match self.capturing() {
            Some(label) => label.text.push('\n'),
            None => self.nodes.push(Node::new("hardBreak")),
        }
    }

    pub fn open(&mut self, mark: Mark) {
        self.end_raw();
        // No text needs more; tags that are never closed could be many.
        if self.marks.len() < 32 {
            self.marks.push(mark);
        }
    }

    pub fn close(&mut self, kind: &str) {
        self.end_raw();
        if let Some(at) = self.marks.iter().rposition(|mark| mark.kind == kind) {
            self.marks.remove(at);
        }
    }

    pub fn open_link(&mut self, address: &str, title: &str) {
        self.end_raw();
        let captures = links::node(address, "2000-01-01", title).is_some();
        self.labels.push(Label { address: address.into(), title: title.into(), text: String::new(), image: false, captures });
        if !captures {
            let mark = Mark::new("link").with("href", address);
            self.marks.push(if title.is_empty() { mark } else { mark.with("title", title) });
        }
    }

    pub fn close_link(&mut self) {
        self.end_raw();
        let Some(label) = self.labels.pop() else { return };
        if !label.captures {
            self.close("link");
            return;
        }
        if self.capturing().is_some() {
            return;
        }
        match links::node(&label.address, &label.text, &label.title) {
            Some(node) => self.node(node),
            // A date that is none, a status of no text.
            None => {
                let mark = Mark::new("link").with("href", label.address);
                self.put(&label.text, Some(mark));
            }
        }
    }

    pub fn open_image(&mut self, address: &str, title: &str) {
        self.end_raw();
        self.labels.push(Label { address: address.into(), title: title.into(), text: String::new(), image: true, captures: true });
    }

    pub fn close_image(&mut self) {
        let Some(label) = self.labels.pop() else { return };
        if self.capturing().is_some() {
            return;
        }
        if let Some(node) = links::node(&label.address, &label.text, &label.title).filter(|_| label.image) {
            self.node(node);
            return;
        }
        let mut media = Node::new("media").with("type", "external").with("url", label.address);
        if !label.text.is_empty() {
            media.set("alt", label.text);
        }
        let size: serde_json::Map<String, Value> = serde_json::from_str(&label.title).unwrap_or_default();
        for (key, pixels) in size.into_iter().filter(|(key, pixels)| SIZE.contains(&key.as_str()) && pixels.is_number()) {
            media.set(&key, pixels);
        }
        self.node(media);
    }

    /// A node that is no text, with those of the open marks that it may have.
    fn node(&mut self, mut node: Node) {
        self.end_raw();
        let inline = schema::node_rule("paragraph").map(|rule| rule.allowed()).unwrap_or_default();
        let allowed = match &*node.kind {
            "media" => &["link", "border", "annotation", "dataConsumer"],
            kind => inline.iter().find(|(name, _)| *name == kind).map_or(&[] as &[&str], |(_, marks)| marks),
        };
        node.marks = self.text_marks(None).into_iter().filter(|mark| allowed.contains(&&*mark.kind)).collect();
        self.nodes.push(node);
    }

    pub fn html(&mut self, html: &str) {
        if self.skipping {
            return;
        }
        for piece in tags::pieces(html) {
            match piece {
                Piece::Comment(_) => self.end_raw(),
                Piece::Text(text) | Piece::Data(text) => self.text(text, None),
                Piece::Open { name, .. } if name == "br" => self.hard_break(),
                Piece::Open { name, attributes, source } => match mark_of(&name, &attributes) {
                    Some(mark) if !source.ends_with("/>") => self.open(mark),
                    _ => self.text(source, None),
                },
                Piece::Close { name, source } => {
                    self.end_raw();
                    let last = self.marks.iter().rposition(|mark| closes(&name, &mark.kind));
                    match last {
                        Some(at) => {
                            self.marks.remove(at);
                        }
                        None => self.text(source, None),
                    }
                }
            }
        }
    }

    /// Tags close with their block.
    pub fn end_block(&mut self) {
        self.marks.clear();
        self.labels.clear();
        self.skipping = false;
    }

    /// What has gathered, for a block that holds text alone: pictures become links to them.
    pub fn take(&mut self) -> Vec<Node> {
        self.end_raw();
        self.end_block();
        let mut nodes = std::mem::take(&mut self.nodes);
        for node in &mut nodes {
            if node.is("media") {
                *node = picture_link(node);
            }
        }
        join(&mut nodes);
        nodes
    }

    /// What has gathered, as paragraphs and the blocks between them.
    pub fn take_blocks(&mut self) -> Vec<Node> {
        self.end_raw();
        self.end_block();
        let mut blocks = Vec::new();
        let mut text: Vec<Node> = Vec::new();
        for node in std::mem::take(&mut self.nodes) {
            if schema::is_inline(&node.kind) || schema::node_rule(&node.kind).is_none() {
                text.push(node);
                continue;
            }
            paragraph(&mut blocks, std::mem::take(&mut text), true);
            blocks.push(if node.is("media") { Node::of("mediaSingle", vec![node]).with("layout", "center") } else { node });
        }
        let parts = !blocks.is_empty();
        paragraph(&mut blocks, text, parts);
        blocks
    }
}

/// Beside a block, white space at the ends is none of the text's.
fn paragraph(blocks: &mut Vec<Node>, mut text: Vec<Node>, beside: bool) {
    if beside {
        while text.last().is_some_and(|node| node.is("hardBreak") || (node.is("text") && node.text.trim().is_empty())) {
            text.pop();
        }
        let lead = text.iter().take_while(|node| node.is("hardBreak") || (node.is("text") && node.text.trim().is_empty())).count();
        text.drain(..lead);
        if let Some(first) = text.first_mut().filter(|node| node.is("text")) {
            first.text = first.text.trim_start().to_owned();
        }
        if let Some(last) = text.last_mut().filter(|node| node.is("text")) {
            last.text = last.text.trim_end().to_owned();
        }
    }
    if !text.is_empty() {
        join(&mut text);
        blocks.push(Node::paragraph(text));
    }
}

fn picture_link(media: &Node) -> Node {
    let url = media.str("url").or_else(|| media.str("id")).unwrap_or_default();
    let text = media.str("alt").filter(|alt| !alt.is_empty()).unwrap_or(url);
    let text = if text.is_empty() { "image" } else { text };
    Node::text(text, vec![Mark::new("link").with("href", url)])
}

/// Texts side by side with the same marks are one.
pub fn join(nodes: &mut Vec<Node>) {
    nodes.dedup_by(|next, node| {
        let alike = node.is("text") && next.is("text") && node.marks == next.marks;
        if alike {
            node.text.push_str(&next.text);
        }
        alike
    });
}

fn mark_of(tag: &str, attributes: &[(String, String)]) -> Option<Mark> {
    let attribute = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    Some(match tag {
        "strong" | "b" => Mark::new("strong"),
        "em" | "i" => Mark::new("em"),
        "del" | "s" => Mark::new("strike"),
        "u" | "ins" => Mark::new("underline"),
        "code" => Mark::new("code"),
        "sub" | "sup" => Mark::new("subsup").with("type", tag),
        "span" => {
            if let Some(json) = attribute("data-adf") {
                let mut mark = Mark::from_value(serde_json::from_str(json).ok()?).ok()?;
                return conform::mark(&mut mark).then_some(mark);
            }
            let (property, value) = attribute("style")?.trim_end_matches(';').split_once(':')?;
            let color = value.trim();
            let hex = color.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.chars().all(|c| c.is_ascii_hexdigit()));
            match property.trim() {
                "color" if hex => Mark::new("textColor").with("color", color),
                "background-color" if hex => Mark::new("backgroundColor").with("color", color),
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn closes(tag: &str, mark: &str) -> bool {
    match tag {
        "strong" | "b" => mark == "strong",
        "em" | "i" => mark == "em",
        "del" | "s" => mark == "strike",
        "u" | "ins" => mark == "underline",
        "code" => mark == "code",
        "sub" | "sup" => mark == "subsup",
        // Any mark may have been opened by a span; those with tags of their own were not.
        "span" => !matches!(mark, "strong" | "em" | "strike" | "underline" | "code" | "subsup"),
        _ => false,
    }
}
