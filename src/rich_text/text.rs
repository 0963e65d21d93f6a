//! ADF as plain text: one line for each paragraph, heading and row.

use super::dates;
use super::storage::file_name;
use super::tree::Node;

/// The words of a document, for searching and for places that show no format.
pub fn to_text(document: &Node) -> String {
    let mut out = String::new();
    block(&mut out, document, "");
    out.truncate(out.trim_end().len());
    out
}

fn block(out: &mut String, node: &Node, indent: &str) {
    match &*node.kind {
        "paragraph" | "heading" | "caption" | "taskItem" | "decisionItem" => {
            out.push_str(&inline(&node.content).replace('\n', &format!("\n{indent}")));
            out.push('\n');
        }
        "codeBlock" => {
            let code: String = node.content.iter().map(|text| text.text.as_str()).collect();
            out.push_str(&code.replace('\n', &format!("\n{indent}")));
            out.push('\n');
        }
        "bulletList" | "orderedList" | "taskList" | "decisionList" => {
            let start = node.whole("order").unwrap_or(1);
            for (index, item) in node.content.iter().enumerate() {
                if index > 0 {
                    out.push_str(indent);
                }
                let lead = match (&*node.kind, &*item.kind) {
                    ("orderedList", _) => format!("{}. ", start.saturating_add(index as u64)),
                    (_, "taskList") => "  ".into(),
                    ("taskList", _) if item.str("state") == Some("DONE") => "[x] ".into(),
                    ("taskList", _) => "[ ] ".into(),
                    _ => "- ".into(),
                };
                out.push_str(&lead);
                let deeper = format!("{indent}{}", " ".repeat(lead.len()));
                if matches!(&*item.kind, "listItem" | "blockTaskItem") {
                    blocks(out, &item.content, &deeper);
                } else {
                    block(out, item, &deeper);
                }
            }
        }
        "tableRow" => {
            for (index, cell) in node.content.iter().enumerate() {
                if index > 0 {
                    out.push('\t');
                }
                let mut text = String::new();
                blocks(&mut text, &cell.content, "");
                out.push_str(&text.trim_end().replace(['\n', '\t'], " "));
            }
            out.push('\n');
        }
        "rule" => out.push_str("---\n"),
        "expand" | "nestedExpand" => {
            if let Some(title) = node.str("title").filter(|title| !title.is_empty()) {
                out.push_str(title);
                out.push('\n');
                if !node.content.is_empty() {
                    out.push_str(indent);
                }
            }
            blocks(out, &node.content, indent);
        }
        _ if !node.content.is_empty() => {
            if node.content.iter().any(|child| child.is("text")) {
                out.push_str(&inline(&node.content));
                out.push('\n');
            } else {
                blocks(out, &node.content, indent);
            }
        }
        "doc" => {}
        _ => {
            out.push_str(&one(node));
            out.push('\n');
        }
    }
}

fn blocks(out: &mut String, nodes: &[Node], indent: &str) {
    if nodes.is_empty() {
        out.push('\n');
    }
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            out.push_str(indent);
        }
        block(out, node, indent);
    }
}

fn inline(nodes: &[Node]) -> String {
    nodes.iter().map(one).collect()
}

/// What a node without content says.
pub fn one(node: &Node) -> String {
    let first = |keys: &[&str]| keys.iter().find_map(|key| node.str(key).filter(|text| !text.is_empty())).unwrap_or_default().to_owned();
    match &*node.kind {
        "text" => node.text.clone(),
        "hardBreak" => "\n".into(),
        "mention" => first(&["text", "id"]),
        "emoji" => first(&["text", "shortName"]),
        "date" => node.str("timestamp").map(|digits| dates::day(digits).unwrap_or_else(|| digits.to_owned())).unwrap_or_default(),
        "inlineCard" | "blockCard" | "embedCard" => {
            let data = ["url", "name"].iter().find_map(|key| node.attr("data")?.get(key)?.as_str());
            node.str("url").or(data).unwrap_or_default().to_owned()
        }
        "media" | "mediaInline" => {
            let said = first(&["alt", "url", "id"]);
            file_name(&said).unwrap_or(said)
        }
        "extension" | "inlineExtension" => first(&["text", "extensionKey"]),
        "syncBlock" => first(&["resourceId"]),
        _ => first(&["text", "title", "url"]),
    }
}
