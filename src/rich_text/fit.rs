//! What a format puts where ADF does not allow it, as the next best thing that it does.

use super::sanitize::sanitize;
use super::schema::{holds_inline, may_hold, node_rule};
use super::to_text;
use super::tree::{Mark, Node};

/// Makes a document fit the schema, as far as its nodes are known, without what none should hold, and gives ids where they must be.
pub fn fit(document: &mut Node) {
    sanitize(document);
    children(document);
    number(document, &mut 0);
}

fn children(node: &mut Node) {
    if holds_inline(&node.kind) {
        return;
    }
    let kind = node.kind.clone();
    let mut fitted = Vec::with_capacity(node.content.len());
    for child in std::mem::take(&mut node.content) {
        place(&kind, child, &mut fitted);
    }
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

/// Puts a node into one of this kind, changed if need be.
fn place(outer: &str, mut node: Node, out: &mut Vec<Node>) {
    if may_hold(outer, &node.kind) != Some(false) || node_rule(&node.kind).is_none() {
        children(&mut node);
        out.push(node);
        return;
    }
    let splice = |content: Vec<Node>, out: &mut Vec<Node>| {
        for child in content {
            place(outer, child, out);
        }
    };
    match &*node.kind {
        "heading" => out.push(Node::paragraph(node.content.into_iter().map(strong).collect())),
        "expand" if may_hold(outer, "nestedExpand") == Some(true) => {
            node.kind = "nestedExpand".into();
            node.attrs.get_or_insert_default();
            children(&mut node);
            out.push(node);
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
            let mut card = Node::new("inlineCard");
            match (node.str("url"), node.attr("data")) {
                (Some(url), _) => card.set("url", url),
                (None, Some(data)) => card.set("data", data.clone()),
                (None, None) => return out.push(node),
            }
            out.push(Node::paragraph(vec![card]));
        }
        "mediaSingle" | "mediaGroup" if may_hold(outer, "paragraph") == Some(true) => {
            let links = node.content.iter().map(|media| {
                let url = media.str("url").or_else(|| media.str("id")).unwrap_or_default().to_owned();
                let text = media.str("alt").filter(|alt| !alt.is_empty()).unwrap_or(&url).to_owned();
                Node::text(if text.is_empty() { "image".into() } else { text }, vec![Mark::new("link").with("href", url)])
            });
            out.push(Node::paragraph(links.collect()));
        }
        // Nothing is known that would be better.
        _ => out.push(node),
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
    if matches!(&*node.kind, "taskList" | "taskItem" | "blockTaskItem" | "decisionList" | "decisionItem") && node.attr("localId").is_none()
    {
        *last += 1;
        let mut attrs = node.attrs.take().unwrap_or_default();
        attrs.insert("localId".into(), last.to_string().into());
        node.attrs = Some(attrs);
    }
    for child in &mut node.content {
        number(child, last);
    }
}
