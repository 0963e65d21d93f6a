//! ADF as Markdown.

use serde_json::{Map, Value, json};

use super::escape::{self, Place};
use super::inline::{inline, leaf};
use super::{ALERTS, DECIDED, DECISIONS};
use crate::rich_text::sanitize::{is_running, replaced, stand_in};
use crate::rich_text::schema;
use crate::rich_text::tree::Node;

/// Every node and mark of a document as Markdown. What Markdown lacks has a form that reads back; ids that editors give to nodes are left out.
pub fn to_markdown(document: &Node) -> String {
    let mut out = Lines::default();
    let blocks = if document.is("doc") { document.content.as_slice() } else { std::slice::from_ref(document) };
    out.blocks(blocks);
    let mut text = out.text;
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Ids that say what a node shows, and not just which one it is.
pub fn keeps_local_id(kind: &str) -> bool {
    matches!(kind, "syncBlock" | "bodiedSyncBlock" | "extension" | "inlineExtension" | "bodiedExtension")
}

#[derive(Default)]
struct Lines {
    text: String,
    /// Of every line in the containers that are open.
    prefix: String,
    begun: bool,
    /// The last list's marker, if what follows would go on with it.
    marker: Option<char>,
}

impl Lines {
    fn push(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.newline();
            }
            if !line.is_empty() {
                self.begin();
                self.text.push_str(line);
            }
        }
    }

    fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.text.push_str(&self.prefix);
        }
    }

    fn newline(&mut self) {
        if !self.begun {
            self.text.push_str(self.prefix.trim_end());
        }
        self.text.push('\n');
        self.begun = false;
    }

    fn within(&mut self, prefix: &str, work: impl FnOnce(&mut Self)) {
        let length = self.prefix.len();
        self.prefix.push_str(prefix);
        work(self);
        self.prefix.truncate(length);
    }

    fn blocks(&mut self, nodes: &[Node]) {
        self.marker = None;
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                self.push("\n\n");
            }
            let marker = self.marker.take();
            self.block(node, marker, nodes.len() == 1);
        }
    }

    /// `before`: the marker of a list right before this node. `alone`: there is no other block beside it.
    fn block(&mut self, node: &Node, before: Option<char>, alone: bool) {
        if let Some(words) = replaced(node) {
            return self.block(&words, before, alone);
        }
        match &*node.kind {
            "paragraph" if self.paragraph(node, alone) => {}
            "heading" if bare(node, &["level"]) && node.whole("level").is_some_and(|level| (1..=6).contains(&level)) => {
                let level = node.whole("level").unwrap_or(1) as usize;
                let text = inline(&node.content, Place { heading: true, ..Place::default() });
                self.push("#######".get(..level).unwrap_or("#"));
                if !text.is_empty() {
                    self.push(" ");
                    self.push(&text);
                }
            }
            "rule" if bare(node, &[]) => self.push(if self.prefix.ends_with("  ") { "___" } else { "---" }),
            "codeBlock" if self.code(node) => {}
            "blockquote" if bare(node, &[]) && !node.content.is_empty() => self.quote(None, &node.content),
            "panel" if self.panel(node) => {}
            "decisionList" if self.decisions(node) => {}
            "bulletList" | "orderedList" if self.list(node, before) => {}
            "taskList" if self.tasks(node, before) => {}
            "table" if super::runs::table(node).is_some() => self.table(node),
            "mediaSingle" if self.image(node) => {}
            "expand" | "nestedExpand" if self.details(node) => {}
            _ if node.content.is_empty() && !schema::has_children(&node.kind) && node.marks.is_empty() && !node.is("text") => {
                if schema::is_inline(&node.kind) {
                    let text = inline(std::slice::from_ref(node), Place::default());
                    self.push(&text);
                } else if node.is("rule") || schema::node_rule(&node.kind).is_none() {
                    self.wrapped(node, None);
                } else {
                    let mut text = String::new();
                    leaf(&mut text, node, Place::default());
                    self.push(&text);
                }
            }
            "text" => self.push(&inline(std::slice::from_ref(node), Place::default())),
            _ => self.wrapped(node, None),
        }
    }

    fn paragraph(&mut self, node: &Node, alone: bool) -> bool {
        if !bare(node, &[]) {
            return false;
        }
        if node.content.is_empty() {
            // An empty document, item or cell has one anyway.
            if !alone || self.prefix.is_empty() || self.prefix.ends_with("> ") {
                self.push("<!-- adf:paragraph /-->");
            }
            return true;
        }
        self.push(&inline(&node.content, Place::default()));
        true
    }

    fn code(&mut self, node: &Node) -> bool {
        let language = node.str("language").unwrap_or_default();
        let plain = node.content.iter().all(|child| child.is("text") && child.marks.is_empty());
        let odd = language.contains(|c: char| c.is_whitespace() || c.is_control() || "`\\&~".contains(c)) || language.starts_with("adf:");
        if !bare(node, &["language"])
            || !plain
            || odd
            || node.attr("language").is_some_and(|value| value.as_str().is_none_or(str::is_empty))
        {
            return false;
        }
        self.fenced(node, language);
        true
    }

    fn fenced(&mut self, node: &Node, language: &str) {
        let code: String = node.content.iter().map(|child| child.text.as_str()).collect();
        let fence = "`".repeat(escape::longest_run(&code, '`').max(2) + 1);
        self.push(&fence);
        self.push(language);
        self.push("\n");
        if !code.is_empty() {
            self.push(&code);
            self.push("\n");
        }
        self.push(&fence);
    }

    fn quote(&mut self, alert: Option<&str>, content: &[Node]) {
        self.within("> ", |out| {
            if let Some(alert) = alert {
                out.push(alert);
                // Text right below would still be read; a blank line is easier on the eye where more than text follows.
                out.push("\n");
                if !content.first().is_some_and(|first| first.is("paragraph") && bare(first, &[]) && !first.content.is_empty()) {
                    out.push("\n");
                }
            }
            out.blocks(content);
        });
        self.marker = None;
    }

    fn panel(&mut self, node: &Node) -> bool {
        let kind = node.str("panelType");
        let Some((word, _)) = ALERTS.iter().find(|(_, panel)| Some(*panel) == kind) else { return false };
        if !node.marks.is_empty() || node.content.is_empty() {
            return false;
        }
        let rest = facts(node, &["panelType"]);
        let alert = if rest.is_empty() { format!("[!{word}]") } else { format!("[!{word}] {}", Value::Object(rest)) };
        self.quote(Some(&alert), &node.content);
        true
    }

    fn decisions(&mut self, node: &Node) -> bool {
        let simple = |item: &Node| {
            item.is("decisionItem") && bare(item, &["state"]) && item.str("state") == Some(DECIDED) && !item.content.is_empty()
        };
        if !bare(node, &[]) || node.content.is_empty() || !node.content.iter().all(simple) {
            return false;
        }
        self.within("> ", |out| {
            out.push(&format!("[!{DECISIONS}]"));
            for item in &node.content {
                out.push("\n- ");
                out.within("  ", |out| out.push(&inline(&item.content, Place::default())));
            }
        });
        true
    }

    fn list(&mut self, node: &Node, before: Option<char>) -> bool {
        let items = node.content.iter().all(|item| item.is("listItem") && bare(item, &[]) && !item.content.is_empty());
        let order = match node.attr("order") {
            None => Some(1),
            Some(_) => node.whole("order").filter(|order| order.saturating_add(node.content.len() as u64) <= 999_999_999),
        };
        let ordered = node.is("orderedList");
        let Some(order) = order.filter(|_| bare(node, if ordered { &["order"] } else { &[] }) && items && !node.content.is_empty()) else {
            return false;
        };
        let markers = if ordered { ['.', ')'] } else { ['-', '*'] };
        let marker = if before == Some(markers[0]) { markers[1] } else { markers[0] };
        for (index, item) in node.content.iter().enumerate() {
            if index > 0 {
                self.push("\n");
            }
            let lead = if ordered { format!("{}{marker} ", order + index as u64) } else { format!("{marker} ") };
            self.item(&lead, &item.content);
        }
        self.marker = Some(marker);
        true
    }

    fn item(&mut self, lead: &str, content: &[Node]) {
        self.push(lead);
        let indent = " ".repeat(lead.len());
        self.within(&indent, |out| {
            out.marker = None;
            for (index, node) in content.iter().enumerate() {
                if index > 0 {
                    let tight = content.get(index - 1).is_some_and(|previous| previous.is("paragraph") && bare(previous, &[]));
                    // A line that is a tag and nothing else is HTML up to an empty line.
                    let html = content.get(index - 1).is_some_and(|previous| matches!(&*previous.content, [only] if only.is("hardBreak")));
                    out.push(if tight && !html && goes_on(node) { "\n" } else { "\n\n" });
                }
                let marker = out.marker.take();
                out.block(node, marker, content.len() == 1);
            }
        });
    }

    fn tasks(&mut self, node: &Node, before: Option<char>) -> bool {
        if !bare(node, &[]) || !super::runs::is_task_list(node) {
            return false;
        }
        let marker = if before == Some('-') { '*' } else { '-' };
        let mut rest = node.content.iter().peekable();
        let mut first = true;
        while let Some(item) = rest.next() {
            if !std::mem::take(&mut first) {
                self.push("\n");
            }
            let done = item.str("state") == Some("DONE");
            self.push(&format!("{marker} [{}] ", if done { "x" } else { " " }));
            self.within("  ", |out| {
                if item.is("blockTaskItem") {
                    out.blocks(&item.content);
                } else {
                    out.push(&inline(&item.content, Place::default()));
                }
                out.marker = None;
                while let Some(nested) = rest.next_if(|next| next.is("taskList")) {
                    out.push("\n");
                    let marker = out.marker.take();
                    out.block(nested, marker, false);
                }
            });
        }
        self.marker = Some(marker);
        true
    }

    fn table(&mut self, node: &Node) {
        let Some(shape) = super::runs::table(node) else { return };
        let attrs = shape.facts();
        let lines = |out: &mut Self| {
            for (index, row) in shape.rows.iter().enumerate() {
                if index > 0 {
                    out.push("\n");
                }
                let cells: Vec<String> = row.iter().map(|cell| cell_text(cell)).collect();
                out.push(&format!("| {} |", cells.join(" | ")));
                if index == 0 {
                    out.push(&format!("\n|{}", " --- |".repeat(row.len())));
                }
            }
        };
        if attrs.is_empty() && node.marks.is_empty() { lines(self) } else { self.between(node, attrs, lines) }
    }

    /// A picture by itself.
    fn image(&mut self, node: &Node) -> bool {
        let [media] = node.content.as_slice() else { return false };
        if !media.is("media") || !bare(node, &["layout"]) || node.str("layout") != Some("center") {
            return false;
        }
        match image_text(media, Place::default()) {
            Some(text) => self.push(&text),
            None => return false,
        }
        true
    }

    fn details(&mut self, node: &Node) -> bool {
        if !bare(node, &["title"]) || node.content.is_empty() {
            return false;
        }
        let title = node.str("title").unwrap_or_default();
        if title.contains(['\n', '\r']) {
            return false;
        }
        self.push("<details>\n<summary>");
        let mut text = String::new();
        escape::html(&mut text, title);
        self.push(&text);
        self.push("</summary>\n\n");
        self.blocks(&node.content);
        self.push("\n\n</details>");
        self.marker = None;
        true
    }

    /// The form for whatever has no other.
    fn wrapped(&mut self, node: &Node, attrs: Option<Map<String, Value>>) {
        let attrs = attrs.unwrap_or_else(|| facts(node, &[]));
        self.between(node, attrs, |out| {
            if schema::holds_inline(&node.kind) {
                out.push(&inline(&node.content, Place::default()));
            } else if node.is("codeBlock") && node.content.iter().all(|child| child.is("text") && child.marks.is_empty()) {
                out.fenced(node, "");
            } else if matches!(&*node.kind, "mediaSingle" | "mediaGroup") {
                for (index, child) in node.content.iter().enumerate() {
                    if index > 0 {
                        out.push("\n\n");
                    }
                    match image_text(child, Place::default()).filter(|_| child.is("media")) {
                        Some(text) => out.push(&text),
                        None => out.wrapped(child, None),
                    }
                }
            } else if node.content.iter().any(|child| child.is("text")) {
                out.push(&inline(&node.content, Place::default()));
            } else {
                out.blocks(&node.content);
            }
        });
    }

    fn between(&mut self, node: &Node, mut attrs: Map<String, Value>, content: impl FnOnce(&mut Self)) {
        if !node.marks.is_empty() {
            attrs.insert("marks".into(), node.marks.iter().map(|mark| mark.clone().into_value()).collect());
        }
        if node.is("text") || !node.text.is_empty() {
            attrs.insert("text".into(), Value::from(node.text.as_str()));
        }
        let mut head = format!("<!-- adf:{}", node.kind);
        if !attrs.is_empty() {
            head.push(' ');
            // No comment ends within it.
            head.push_str(&Value::Object(attrs).to_string().replace('>', "\\u003e"));
        }
        self.push(&head);
        if node.content.is_empty() {
            self.push(" /-->");
        } else {
            self.push(" -->\n\n");
            content(self);
            self.push(&format!("\n\n<!-- /adf:{} -->", node.kind));
        }
        self.marker = None;
    }
}

/// Whether a block is read as going on with the item whose text stands in the line above it.
fn goes_on(node: &Node) -> bool {
    let list = matches!(&*node.kind, "bulletList" | "taskList")
        || (node.is("orderedList") && node.attr("order").is_none_or(|order| *order == json!(1)));
    let first = node.content.first().and_then(|item| if node.is("taskList") { Some(item) } else { item.content.first() });
    list && first.is_some_and(|first| !first.content.is_empty() || first.is("mediaSingle"))
}

fn cell_text(content: &[Node]) -> String {
    let place = Place { table: true, ..Place::default() };
    match content {
        [node] if node.is("mediaSingle") => node.content.first().and_then(|media| image_text(media, place)).unwrap_or_default(),
        [node] => inline(&node.content, place),
        _ => String::new(),
    }
}

/// `![alt](address)`, in a link if it has that mark. None where that would leave something out.
pub fn image_text(media: &Node, place: Place) -> Option<String> {
    let (links, others): (Vec<_>, Vec<_>) = media.marks.iter().filter(|mark| !is_running(mark)).partition(|mark| mark.kind == "link");
    if !others.is_empty() || links.len() > 1 || !media.content.is_empty() || stand_in(media).is_some() {
        return None;
    }
    let mut image = String::new();
    let size = facts(media, &["type", "url", "alt"]);
    let sized = size.values().all(Value::is_number);
    let url = media.str("url").filter(|url| !url.starts_with("adf:") && !url.contains(['\n', '\r', '\0']));
    match url {
        Some(url) if media.str("type") == Some("external") && bare_attrs(media, &["type", "url", "alt", "width", "height"]) && sized => {
            image.push_str("![");
            let mut alt = String::from(".");
            escape::text(&mut alt, media.str("alt").unwrap_or_default(), place);
            image.push_str(alt.get(1..).unwrap_or_default());
            image.push_str("](");
            escape::destination(&mut image, url, place);
            if !size.is_empty() {
                image.push(' ');
                escape::title(&mut image, &Value::Object(size).to_string(), '\'', place);
            }
            image.push(')');
        }
        _ => leaf(&mut image, media, place),
    }
    let Some(link) = links.first() else { return Some(image) };
    let href = link.str("href").filter(|href| !href.contains(['\n', '\r', '\0']))?;
    let only = link.attrs.as_ref().is_some_and(|attrs| attrs.keys().all(|key| matches!(key.as_str(), "href")));
    if !only || super::SCHEMES.iter().any(|scheme| href.starts_with(scheme)) {
        return None;
    }
    let mut out = format!("[{image}](");
    escape::destination(&mut out, href, place);
    out.push(')');
    Some(out)
}

/// No marks, and no attributes but these.
pub fn bare(node: &Node, told: &[&str]) -> bool {
    node.marks.is_empty() && bare_attrs(node, told)
}

fn bare_attrs(node: &Node, told: &[&str]) -> bool {
    facts(node, told).is_empty()
}

/// Attributes that must be told: no nulls, no ids of the editor's.
pub fn facts(node: &Node, told: &[&str]) -> Map<String, Value> {
    let keeps = keeps_local_id(&node.kind);
    let attrs = node.attrs.iter().flat_map(|attrs| attrs.iter());
    attrs
        .filter(|(key, value)| !told.contains(&key.as_str()) && !value.is_null() && (keeps || *key != "localId"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
