//! Markdown as ADF: pulldown-cmark's events, gathered in a stack of open nodes.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value};

use super::inline_read::Inline;
use super::{ALERTS, DECISIONS};
use crate::rich_text::fit::Target;
use crate::rich_text::tags::{self, Note, Piece};
use crate::rich_text::tree::{Mark, Node};
use crate::rich_text::{DEEPEST, Fault, MOST_NODES, conform, fit, schema};

/// Columns of white space and markers of lists and quotes before the text of a line. Beyond it the parser's time would grow with their square.
const DEEPEST_MARKERS: usize = 400;

/// The document of a Markdown text. It fits the schema: what cannot stand where Markdown puts it is put as the next best thing.
pub fn from_markdown(text: &str) -> Result<Node, Fault> {
    read(text, Target::Adf)
}

pub fn read(text: &str, target: Target) -> Result<Node, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_depth(text)?;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut reader = Reader {
        source: text,
        open: vec![Frame::new("doc", Origin::Markdown)],
        inline: Inline::default(),
        html: None,
        code: false,
        count: 0,
    };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.event(event, range)?;
    }
    let mut document = reader.finish();
    fit::fit(&mut document, target)?;
    Ok(document)
}

fn refuse_depth(text: &str) -> Result<(), Fault> {
    for (index, line) in text.split('\n').enumerate() {
        let head = line.bytes().take_while(|b| matches!(b, b' ' | b'\t' | b'>' | b'-' | b'*' | b'+' | b'.' | b')' | b'0'..=b'9')).count();
        if head <= DEEPEST_MARKERS {
            continue;
        }
        let head = line.get(..head).unwrap_or_default();
        // A rule, or digits and dots, are no containers; nor is code that is far to the right.
        let nested = head.contains('>') || head.split(' ').filter(|word| !word.is_empty()).count() > 1;
        let far = head.starts_with("  ") && !head.trim_start().is_empty();
        if (nested && head.split(' ').any(|word| word.len() == 1)) || head.matches('>').count() > DEEPEST || far {
            return Err(Fault::new(format!("line {}: nested deeper than {DEEPEST} levels", index + 1)));
        }
    }
    Ok(())
}

/// What opened a node, and what may close it.
#[derive(PartialEq, Clone, Copy)]
enum Origin {
    Markdown,
    Comment,
    Details,
}

struct Frame {
    node: Node,
    origin: Origin,
    /// Of an item with a box: whether it is ticked.
    task: Option<bool>,
    /// Nothing of it but what it holds is kept.
    dropped: bool,
}

impl Frame {
    fn new(kind: &'static str, origin: Origin) -> Self {
        Frame { node: Node::new(kind), origin, task: None, dropped: false }
    }
}

struct Reader<'a> {
    source: &'a str,
    open: Vec<Frame>,
    inline: Inline,
    /// A block of HTML, being gathered.
    html: Option<String>,
    code: bool,
    count: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) -> Result<(), Fault> {
        match event {
            Event::Start(tag) => return self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.code_text(&text),
            Event::Text(text) => {
                let literal = self.source.get(range.clone()) == Some(&*text);
                self.inline.text(&text, literal.then_some(range));
            }
            Event::Code(code) => self.inline.code(&code),
            Event::Html(html) => match &mut self.html {
                Some(block) => block.push_str(&html),
                None => self.block_html(&html)?,
            },
            Event::InlineHtml(html) => self.inline.html(&html),
            Event::SoftBreak => self.inline.soft_break(),
            Event::HardBreak => self.inline.hard_break(),
            Event::Rule => {
                self.flush();
                self.add(Node::new("rule"))?;
            }
            Event::TaskListMarker(done) => {
                if let Some(frame) = self.open.iter_mut().rev().find(|frame| frame.node.is("listItem")) {
                    frame.task = Some(done);
                }
            }
            // Of extensions that are not switched on.
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {}
        }
        if self.inline.len() + self.count > MOST_NODES {
            return Err(Fault::too_many());
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) -> Result<(), Fault> {
        match tag {
            Tag::Emphasis => self.inline.open(Mark::new("em")),
            Tag::Strong => self.inline.open(Mark::new("strong")),
            Tag::Strikethrough => self.inline.open(Mark::new("strike")),
            Tag::Link { dest_url, title, .. } => self.inline.open_link(&dest_url, &title),
            Tag::Image { dest_url, title, .. } => self.inline.open_image(&dest_url, &title),
            Tag::HtmlBlock => {
                self.flush();
                self.html = Some(String::new());
            }
            Tag::Paragraph => self.flush(),
            Tag::Heading { level, .. } => {
                let mut frame = Frame::new("heading", Origin::Markdown);
                frame.node.set("level", level as u64);
                self.push(frame)?;
            }
            Tag::BlockQuote(_) => {
                let mut frame = Frame::new("blockquote", Origin::Markdown);
                if let Some((kind, attrs)) = alert(self.source.get(range.start..).unwrap_or_default()) {
                    frame.node = Node { attrs: (!attrs.is_empty()).then(|| Box::new(attrs)), ..Node::new(kind) };
                    self.push(frame)?;
                    self.inline.skip_line();
                } else {
                    self.push(frame)?;
                }
            }
            Tag::CodeBlock(kind) => {
                let mut frame = Frame::new("codeBlock", Origin::Markdown);
                if let CodeBlockKind::Fenced(info) = kind
                    && let Some(language) = info.split_whitespace().next()
                {
                    frame.node.set("language", language);
                }
                self.push(frame)?;
                self.code = true;
            }
            Tag::List(start) => {
                let mut frame = Frame::new(if start.is_some() { "orderedList" } else { "bulletList" }, Origin::Markdown);
                if let Some(order) = start.filter(|order| *order != 1) {
                    frame.node.set("order", order);
                }
                self.push(frame)?;
            }
            Tag::Item => self.push(Frame::new("listItem", Origin::Markdown))?,
            Tag::Table(_) => self.push(Frame::new("table", Origin::Markdown))?,
            Tag::TableHead | Tag::TableRow => self.push(Frame::new("tableRow", Origin::Markdown))?,
            Tag::TableCell => {
                let head = self.open.iter().rev().find(|frame| frame.node.is("table")).is_some_and(|table| table.node.content.is_empty());
                self.push(Frame::new(if head { "tableHeader" } else { "tableCell" }, Origin::Markdown))?;
            }
            // Of extensions that are not switched on.
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.inline.close("em"),
            TagEnd::Strong => self.inline.close("strong"),
            TagEnd::Strikethrough => self.inline.close("strike"),
            TagEnd::Link => self.inline.close_link(),
            TagEnd::Image => self.inline.close_image(),
            TagEnd::HtmlBlock => {
                if let Some(html) = self.html.take() {
                    // Depth is told by what comes next.
                    let _ = self.block_html(&html);
                }
            }
            TagEnd::Paragraph => {
                self.flush();
                self.inline.end_block();
            }
            TagEnd::Heading(_) => {
                let content = self.inline.take();
                if let Some(frame) = self.open.last_mut() {
                    frame.node.content = content;
                }
                self.close("heading");
            }
            TagEnd::BlockQuote(_) => self.close_to_markdown(),
            TagEnd::CodeBlock => {
                self.code = false;
                if let Some(text) = self.open.last_mut().and_then(|frame| frame.node.content.first_mut())
                    && text.text.ends_with('\n')
                {
                    text.text.pop();
                }
                if let Some(frame) = self.open.last_mut() {
                    frame.node.content.retain(|text| !text.text.is_empty());
                }
                self.close("codeBlock");
            }
            TagEnd::List(_) | TagEnd::Item | TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell => {
                self.close_to_markdown();
            }
            _ => {}
        }
    }

    fn code_text(&mut self, text: &str) {
        let Some(frame) = self.open.last_mut() else { return };
        match frame.node.content.first_mut() {
            Some(known) => known.text.push_str(text),
            None => frame.node.content.push(Node::text(text, Vec::new())),
        }
    }

    fn push(&mut self, frame: Frame) -> Result<(), Fault> {
        self.flush();
        if self.open.len() >= DEEPEST {
            return Err(Fault::too_deep());
        }
        self.count();
        self.open.push(frame);
        if self.count > MOST_NODES { Err(Fault::too_many()) } else { Ok(()) }
    }

    fn count(&mut self) {
        self.count += 1;
    }

    fn add(&mut self, node: Node) -> Result<(), Fault> {
        self.count();
        if let Some(frame) = self.open.last_mut() {
            frame.node.content.push(node);
        }
        if self.count > MOST_NODES { Err(Fault::too_many()) } else { Ok(()) }
    }

    /// Text that has gathered is a paragraph, or several with what stands between them.
    fn flush(&mut self) {
        if self.inline.is_empty() {
            return;
        }
        for node in self.inline.take_blocks() {
            self.count += node.content.len() + 1;
            if let Some(frame) = self.open.last_mut() {
                frame.node.content.push(node);
            }
        }
    }

    /// Closes what comments opened and forgot to close, then what Markdown opened.
    fn close_to_markdown(&mut self) {
        self.flush();
        while self.open.len() > 1 && self.open.last().is_some_and(|frame| frame.origin != Origin::Markdown) {
            self.close_last();
        }
        self.close_last();
    }

    fn close(&mut self, kind: &str) {
        if self.open.last().is_some_and(|frame| frame.node.is(kind)) {
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        self.flush();
        if self.open.len() < 2 {
            return;
        }
        let Some(frame) = self.open.pop() else { return };
        if frame.dropped || (frame.origin == Origin::Comment && !is_text(&frame.node)) {
            if let Some(outer) = self.open.last_mut() {
                outer.node.content.extend(frame.node.content);
            }
            return;
        }
        let task = frame.task;
        let node = finished(frame);
        if let Some(outer) = self.open.last_mut() {
            let mut node = node;
            if let Some(done) = task.filter(|_| outer.node.is("bulletList") || outer.node.is("orderedList")) {
                // For the list to see when it is whole.
                node.set(TICKED, done);
            }
            outer.node.content.push(node);
        }
    }

    fn block_html(&mut self, html: &str) -> Result<(), Fault> {
        self.flush();
        let mut title = None;
        for piece in tags::pieces(html.trim_end()) {
            match piece {
                Piece::Comment(comment) => match tags::note(comment) {
                    Some(Note::Open { kind, attrs, alone }) => {
                        let (node, fits) = of_note(kind, attrs);
                        self.push(Frame { node, origin: Origin::Comment, task: None, dropped: !fits })?;
                        if alone {
                            self.close_last();
                        }
                    }
                    Some(Note::Close { kind }) => self.close_opened(Origin::Comment, &kind),
                    None => {}
                },
                Piece::Open { name, .. } if name == "details" => self.push(Frame::new("expand", Origin::Details))?,
                Piece::Open { name, .. } if name == "summary" => title = Some(String::new()),
                Piece::Close { name, .. } if name == "summary" => {
                    if let (Some(title), Some(frame)) = (title.take(), self.open.last_mut())
                        && frame.origin == Origin::Details
                        && !title.is_empty()
                    {
                        frame.node.set("title", title);
                    }
                }
                Piece::Close { name, .. } if name == "details" => self.close_opened(Origin::Details, "expand"),
                Piece::Text(text) if title.is_some() => title.get_or_insert_default().push_str(&tags::entities(text)),
                // Between tags.
                Piece::Text(text) if text.trim().is_empty() && self.inline.is_empty() => {}
                Piece::Text(text) | Piece::Data(text) => {
                    for (index, line) in text.split('\n').enumerate() {
                        if index > 0 {
                            self.inline.soft_break();
                        }
                        self.inline.text(&tags::entities(line), None);
                    }
                }
                Piece::Open { source, .. } | Piece::Close { source, .. } => self.inline.html(source),
            }
        }
        self.flush();
        self.inline.end_block();
        Ok(())
    }

    /// Closes what such a comment or tag opened, unless Markdown's own nesting stands between.
    fn close_opened(&mut self, origin: Origin, kind: &str) {
        self.flush();
        for index in (1..self.open.len()).rev() {
            let Some(frame) = self.open.get(index) else { return };
            if frame.origin == Origin::Markdown {
                return;
            }
            if frame.origin == origin && frame.node.is(kind) {
                while self.open.len() > index {
                    self.close_last();
                }
                return;
            }
        }
    }

    fn finish(mut self) -> Node {
        self.flush();
        while self.open.len() > 1 {
            self.close_last();
        }
        self.open.pop().map(|frame| frame.node).unwrap_or_else(|| Node::new("doc"))
    }
}

/// Attribute of an item while its list is open; no item has it afterwards.
const TICKED: &str = "ticked";

/// Attributes of cells, in the comment around a table.
const CELLS: &str = "cells";

/// The node of a comment, and whether the schema has it.
fn of_note(kind: String, mut attrs: Map<String, Value>) -> (Node, bool) {
    let cells = if kind == "table" { attrs.shift_remove(CELLS) } else { None };
    let marks = attrs.shift_remove("marks");
    let text = if kind == "text" { attrs.shift_remove("text") } else { None };
    let mut node = match schema::known_name(&kind) {
        Some(known) => Node::new(known),
        None => Node::new(kind),
    };
    if let Some(Value::Array(marks)) = marks {
        node.marks = marks.into_iter().filter_map(|mark| Mark::from_value(mark).ok()).collect();
    }
    if let Some(Value::String(text)) = text {
        node.text = text;
    }
    node.attrs = (!attrs.is_empty()).then(|| Box::new(attrs));
    let fits = conform::attributes(&mut node);
    if let Some(cells) = cells {
        node.set(CELLS, cells);
    }
    (node, fits)
}

/// A block of running text can be made of paragraphs, and of nothing else.
fn is_text(node: &Node) -> bool {
    let text = |block: &Node| schema::is_inline(&block.kind) || block.is("paragraph") || block.kind == node.kind;
    !schema::holds_inline(&node.kind) || node.content.iter().all(text)
}

/// The first line of a quote, if it makes it a panel or a list of decisions.
fn alert(quote: &str) -> Option<(&'static str, Map<String, Value>)> {
    let line = quote.split(['\n', '\r']).next().unwrap_or_default();
    let (word, rest) = line.strip_prefix('>')?.trim_start().strip_prefix("[!")?.split_once(']')?;
    let rest = rest.trim();
    let mut attrs: Map<String, Value> = if rest.is_empty() { Map::new() } else { serde_json::from_str(rest).ok()? };
    if word.eq_ignore_ascii_case(DECISIONS) {
        return rest.is_empty().then_some(("decisionList", attrs));
    }
    let (_, panel) = ALERTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word))?;
    attrs.insert("panelType".into(), Value::from(*panel));
    Some(("panel", attrs))
}

fn finished(frame: Frame) -> Node {
    let mut node = frame.node;
    match (frame.origin, &*node.kind) {
        (Origin::Comment, _) => noted(node),
        (_, "bulletList" | "orderedList") => list(node),
        (_, "decisionList") => decisions(node),
        (_, "listItem" | "blockquote" | "panel" | "expand" | "tableCell" | "tableHeader") => {
            if node.content.is_empty() {
                node.content.push(Node::paragraph(Vec::new()));
            }
            node
        }
        (_, "table") => {
            // A header row of nothing stands for none.
            let empty = node.content.first().is_some_and(|row| {
                row.content.iter().all(|cell| cell.is("tableHeader") && cell.content.iter().all(|block| block.content.is_empty()))
            });
            if empty && node.content.len() > 1 {
                node.content.remove(0);
            }
            node
        }
        _ => node,
    }
}

/// A list whose items all have boxes is a task list, if they hold no more than one may.
fn list(mut node: Node) -> Node {
    let text = |item: &Node| {
        let lists = item.content.iter().rev().take_while(|block| block.is("taskList")).count();
        let blocks = item.content.get(..item.content.len() - lists).unwrap_or_default();
        !blocks.is_empty() && blocks.iter().all(|block| block.is("paragraph"))
    };
    if node.is("bulletList") && node.content.iter().all(|item| item.attr(TICKED).is_some() && text(item)) {
        let mut tasks = Node::new("taskList");
        for mut item in node.content {
            let done = item.attr(TICKED).and_then(Value::as_bool).unwrap_or_default();
            let at = item.content.iter().position(|block| block.is("taskList")).unwrap_or(item.content.len());
            let lists = item.content.split_off(at);
            let mut task = if item.content.len() > 1 {
                Node::of("blockTaskItem", item.content)
            } else {
                Node::of("taskItem", item.content.pop().map(|block| block.content).unwrap_or_default())
            };
            task.set("state", if done { "DONE" } else { "TODO" });
            tasks.content.push(task);
            tasks.content.extend(lists);
        }
        return tasks;
    }
    for item in &mut node.content {
        // No box fits here: it stays in the text.
        if let Some(done) = item.attrs.take().and_then(|mut attrs| attrs.shift_remove(TICKED)?.as_bool()) {
            let marker = Node::text(if done { "[x] " } else { "[ ] " }, Vec::new());
            match item.content.first_mut().filter(|first| first.is("paragraph")) {
                Some(first) => {
                    first.content.insert(0, marker);
                    super::inline_read::join(&mut first.content);
                }
                None => item.content.insert(0, Node::paragraph(vec![marker])),
            }
        }
    }
    node
}

/// A list in an alert for decisions.
fn decisions(mut node: Node) -> Node {
    let simple = |item: &Node| matches!(item.content.as_slice(), [block] if block.is("paragraph"));
    match node.content.as_mut_slice() {
        [list] if list.is("bulletList") && list.content.iter().all(simple) => {
            let items = std::mem::take(&mut list.content).into_iter().flat_map(|item| item.content);
            node.content = items.map(|text| Node::of("decisionItem", text.content).with("state", super::DECIDED)).collect();
            node
        }
        _ => Node { attrs: None, ..Node::of("blockquote", node.content) },
    }
}

/// A node between comments, from the blocks that stand there.
fn noted(mut node: Node) -> Node {
    if let Some(Value::Array(cells)) = node.attrs.as_mut().filter(|_| node.kind == "table").and_then(|attrs| attrs.shift_remove(CELLS)) {
        cell_attrs(&mut node, cells);
    }
    if schema::holds_inline(&node.kind) {
        let mut text = Vec::new();
        for block in std::mem::take(&mut node.content) {
            if !text.is_empty() {
                text.push(Node::new("hardBreak"));
            }
            if schema::is_inline(&block.kind) { text.push(block) } else { text.extend(block.content) }
        }
        node.content = text;
    } else if matches!(&*node.kind, "mediaSingle" | "mediaGroup") {
        let unwrap = |child: Node| if child.is("mediaSingle") { child.content } else { vec![child] };
        node.content = std::mem::take(&mut node.content).into_iter().flat_map(unwrap).collect();
    } else if let [child] = node.content.as_mut_slice()
        && child.kind == node.kind
    {
        let inner = std::mem::take(child);
        node.content = inner.content;
        for (key, value) in inner.attrs.into_iter().flat_map(|attrs| *attrs) {
            node.attrs.get_or_insert_default().entry(key).or_insert(value);
        }
    }
    if node.attrs.as_ref().is_some_and(|attrs| attrs.is_empty()) {
        node.attrs = None;
    }
    node
}

fn cell_attrs(table: &mut Node, cells: Vec<Value>) {
    let Some(rows) = table.content.iter_mut().find(|child| child.is("table")) else { return };
    // Counted with the header row, even if that was one of nothing.
    let missing = usize::from(rows.content.first().and_then(|row| row.content.first()).is_some_and(|cell| cell.is("tableCell")));
    for entry in cells {
        let Some([row, column, Value::Object(attrs)]) = entry.as_array().map(Vec::as_slice) else { continue };
        let at = |value: &Value| value.as_u64().and_then(|at| usize::try_from(at).ok());
        let (Some(row), Some(column)) = (at(row).and_then(|row| row.checked_sub(missing)), at(column)) else { continue };
        if let Some(cell) = rows.content.get_mut(row).and_then(|row| row.content.get_mut(column)) {
            let mut attrs = attrs.clone();
            if attrs.shift_remove(super::runs::HEADER) == Some(Value::Bool(true)) {
                cell.kind = "tableHeader".into();
            }
            cell.attrs = (!attrs.is_empty()).then(|| Box::new(attrs));
        }
    }
}
