//! What a format puts where ADF does not allow it, as the next best thing that it does.

use super::conform::{self, is_numbered};
use super::sanitize::sanitize;
use super::schema::{Children, has_children, holds_inline, is_inline, marks_in, may_hold, node_rule};
use super::text::one;
use super::to_text;
use super::tree::{Mark, Node};
use super::{DEEPEST, Fault};

/// Where the document goes to.
#[derive(Clone, Copy, PartialEq)]
pub enum Target {
    Adf,
    /// Macros with a body may stand in any block, and any block may have marks.
    Storage,
}

/// Makes a document fit the schema, without what none should hold, and gives ids where they must be.
pub fn fit(document: &mut Node, target: Target) -> Result<(), Fault> {
    sanitize(document);
    for child in std::mem::take(&mut document.content) {
        sound(child, &mut document.content);
    }
    children(document, target);
    number(document, &mut 0);
    if document.is_deeper(DEEPEST) { Err(Fault::too_deep()) } else { Ok(()) }
}

/// Nodes with all that they need, innermost first; of others, what they hold. Where they stand is another matter.
fn sound(mut node: Node, out: &mut Vec<Node>) {
    for child in std::mem::take(&mut node.content) {
        sound(child, &mut node.content);
    }
    if node.is("text") {
        let content = std::mem::take(&mut node.content);
        if !node.text.is_empty() {
            out.push(node);
        }
        return out.extend(content);
    }
    let known = conform::attributes(&mut node);
    if known && holds_inline(&node.kind) {
        let mut text = Vec::new();
        for child in std::mem::take(&mut node.content) {
            running(&node.kind, child, &mut text);
        }
        node.content = text;
        out.push(node);
    } else if known && is_complete(&mut node) {
        out.push(node);
    } else if node.content.is_empty() {
        out.extend(words(&node));
    } else {
        out.extend(node.content);
    }
}

/// Whether a node holds what it must. Where there is room for a paragraph, whatever does not fit is put otherwise.
fn is_complete(node: &mut Node) -> bool {
    let Some(rule) = node_rule(&node.kind) else { return false };
    let complete = match rule.children {
        Children::None | Children::Text => return node.content.is_empty(),
        Children::Of { .. } if may_hold(&node.kind, "paragraph") == Some(true) => return true,
        Children::Of { min, max, .. } => {
            (min..=max).contains(&node.content.len()) && node.content.iter().all(|child| may_hold(&node.kind, &child.kind) == Some(true))
        }
        Children::Media => match node.content.as_slice() {
            [media] => media.is("media"),
            [media, caption] => media.is("media") && caption.is("caption"),
            _ => false,
        },
    };
    for child in node.content.iter_mut().filter(|_| complete) {
        conform::marks(child, marks_in(&node.kind, &child.kind).unwrap_or_default());
    }
    complete
}

/// A node in running text, or its words.
fn running(outer: &str, mut node: Node, out: &mut Vec<Node>) {
    if let Some(marks) = marks_in(outer, &node.kind) {
        conform::marks(&mut node, marks);
        out.push(node);
    } else if let Some(card) = inline_card(&node) {
        out.push(card);
    } else if node.content.is_empty() {
        out.extend(words(&node));
    } else {
        for child in node.content {
            running(outer, child, out);
        }
    }
}

/// What a leaf says, as text.
fn words(node: &Node) -> Option<Node> {
    Some(one(node)).filter(|text| !text.is_empty()).map(|text| Node::text(text, Vec::new()))
}

fn inline_card(node: &Node) -> Option<Node> {
    if !node.is("blockCard") && !node.is("embedCard") {
        return None;
    }
    let card = Node::new("inlineCard");
    match (node.str("url"), node.attr("data")) {
        (Some(url), _) => Some(card.with("url", url)),
        (None, data) => Some(card.with("data", data?.clone())),
    }
}

fn children(node: &mut Node, target: Target) {
    if holds_inline(&node.kind) {
        return;
    }
    let kind = node.kind.clone();
    let mut fitted = Vec::with_capacity(node.content.len());
    place_all(&kind, std::mem::take(&mut node.content), &mut fitted, target);
    node.content = fitted;
    // Editors want a line of text in front of a list within a list.
    if kind == "listItem" && node.content.first().is_some_and(|first| matches!(&*first.kind, "bulletList" | "orderedList" | "taskList")) {
        node.content.insert(0, Node::paragraph(Vec::new()));
    }
    let empty = node.content.is_empty() && may_hold(&kind, "paragraph") == Some(true) && kind != "doc";
    if empty {
        node.content.push(Node::paragraph(Vec::new()));
    }
}

/// Puts nodes into one of this kind: text among blocks is a paragraph.
fn place_all(outer: &str, content: Vec<Node>, out: &mut Vec<Node>, target: Target) {
    let mut text = Vec::new();
    for child in content {
        if is_inline(&child.kind) && may_hold(outer, &child.kind) == Some(false) {
            running("paragraph", child, &mut text);
            continue;
        }
        if !text.is_empty() {
            place(outer, Node::paragraph(std::mem::take(&mut text)), out, target);
        }
        place(outer, child, out, target);
    }
    if !text.is_empty() {
        place(outer, Node::paragraph(text), out, target);
    }
}

/// Puts a node into one of this kind, changed if need be.
fn place(outer: &str, mut node: Node, out: &mut Vec<Node>, target: Target) {
    let marks = marks_in(outer, &node.kind);
    if marks.is_some() || (target == Target::Storage && node.is("bodiedExtension")) {
        if target == Target::Adf {
            conform::marks(&mut node, marks.unwrap_or_default());
        }
        children(&mut node, target);
        out.push(node);
        return;
    }
    let splice = |content: Vec<Node>, out: &mut Vec<Node>| place_all(outer, content, out, target);
    match &*node.kind {
        "heading" => out.push(Node::paragraph(node.content.into_iter().map(strong).collect())),
        "expand" if may_hold(outer, "nestedExpand") == Some(true) => {
            node.kind = "nestedExpand".into();
            node.attrs.get_or_insert_default();
            place(outer, node, out, target);
        }
        "nestedExpand" if may_hold(outer, "expand") == Some(true) => {
            node.kind = "expand".into();
            place(outer, node, out, target);
        }
        "expand" | "nestedExpand" => {
            if let Some(title) = node.str("title").filter(|title| !title.is_empty()) {
                out.push(Node::paragraph(vec![strong(Node::text(title, Vec::new()))]));
            }
            splice(node.content, out);
        }
        "blockquote" | "panel" => splice(node.content, out),
        "rule" => out.push(Node::paragraph(vec![Node::text("---", Vec::new())])),
        "table" => {
            for row in node.content {
                out.push(row_text(row));
            }
        }
        "taskList" => splice(vec![boxes(node)], out),
        "decisionList" => {
            let items = node.content.into_iter().map(|item| Node::of("listItem", vec![Node::paragraph(item.content)])).collect();
            splice(vec![Node::of("bulletList", items)], out);
        }
        "blockCard" | "embedCard" => {
            let text = inline_card(&node).or_else(|| words(&node));
            out.extend(text.map(|text| Node::paragraph(vec![text])));
        }
        "media" if may_hold(outer, "mediaSingle") == Some(true) => {
            place(outer, Node::of("mediaSingle", vec![node]).with("layout", "center"), out, target);
        }
        "mediaSingle" | "mediaGroup" => {
            let mut text = Vec::new();
            for media in node.content {
                let url = media.str("url").or_else(|| media.str("id")).unwrap_or_default().to_owned();
                match words(&media) {
                    _ if media.is("caption") => text.extend(media.content),
                    Some(Node { text: words, .. }) => text.push(Node::text(words, vec![Mark::new("link").with("href", url)])),
                    None => text.push(Node::text("image", vec![Mark::new("link").with("href", url)])),
                }
            }
            out.push(Node::paragraph(text));
        }
        kind if holds_inline(kind) => out.push(Node::paragraph(node.content)),
        kind if has_children(kind) => splice(node.content, out),
        _ => out.extend(words(&node).map(|words| Node::paragraph(vec![words]))),
    }
}

fn strong(mut node: Node) -> Node {
    if node.is("text") && !node.has_mark("code") && !node.has_mark("strong") {
        let at = node.marks.iter().position(|mark| mark.kind == "em").unwrap_or(node.marks.len());
        node.marks.insert(at, Mark::new("strong"));
    }
    node
}

/// A row of a table as a line of text.
fn row_text(row: Node) -> Node {
    let mut line = Vec::new();
    for cell in row.content {
        if !line.is_empty() {
            line.push(Node::text(" | ", Vec::new()));
        }
        let head = cell.is("tableHeader");
        let text = cell.content.into_iter().flat_map(|block| match &*block.kind {
            "paragraph" | "heading" => block.content,
            _ => Some(to_text(&block).replace('\n', " "))
                .filter(|text| !text.is_empty())
                .map(|text| Node::text(text, Vec::new()))
                .into_iter()
                .collect(),
        });
        line.extend(text.map(|node| if head { strong(node) } else { node }));
    }
    Node::paragraph(line)
}

/// Boxes as text, where none can be ticked.
fn boxes(list: Node) -> Node {
    let mut items: Vec<Node> = Vec::new();
    for item in list.content {
        if item.is("taskList") {
            let nested = boxes(item);
            match items.last_mut() {
                Some(last) => last.content.push(nested),
                None => items.push(Node::of("listItem", vec![nested])),
            }
            continue;
        }
        let marker = Node::text(if item.str("state") == Some("DONE") { "[x] " } else { "[ ] " }, Vec::new());
        let mut blocks = if item.is("taskItem") { vec![Node::paragraph(item.content)] } else { item.content };
        match blocks.first_mut().filter(|first| first.is("paragraph")) {
            Some(first) => first.content.insert(0, marker),
            None => blocks.insert(0, Node::paragraph(vec![marker])),
        }
        items.push(Node::of("listItem", blocks));
    }
    Node::of("bulletList", items)
}

/// Ids where the schema demands one: 1, 2, 3, so that the same text makes the same document.
fn number(node: &mut Node, last: &mut u64) {
    if is_numbered(&node.kind) && node.attr("localId").is_none() {
        *last += 1;
        let mut attrs = node.attrs.take().unwrap_or_default();
        attrs.insert("localId".into(), last.to_string().into());
        node.attrs = Some(attrs);
    }
    for child in &mut node.content {
        number(child, last);
    }
}
