//! Rich text: documents in ADF, and what Jira's second version has in their place, a text in wiki markup.

use std::fmt::Write;

use serde_json::{Value, json};

/// Whether a value is a document at all; what it holds is not looked at.
pub fn is_document(value: &Value) -> bool {
    value.get("type").and_then(Value::as_str) == Some("doc")
        && value.get("version").and_then(Value::as_u64) == Some(1)
        && value.get("content").is_some_and(Value::is_array)
}

/// A document of a text: headings, lists and code keep their structure, markup inside of a line stays as it was written.
pub fn from_text(text: &str) -> Value {
    let mut content: Vec<Value> = Vec::new();
    let mut lines = text.lines().peekable();
    let plain = |line: &str| json!({"type": "text", "text": line});
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        if let Some((level, title)) = heading(line) {
            content.push(json!({"type": "heading", "attrs": {"level": level}, "content": [plain(title)]}));
        } else if let Some(language) = code(line) {
            let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "{code}").collect();
            let attrs = if language.is_empty() { json!({}) } else { json!({"language": language}) };
            content.push(json!({"type": "codeBlock", "attrs": attrs, "content": [plain(&body.join("\n"))]}));
        } else if let Some((kind, item)) = list_item(line) {
            let mut items = vec![item];
            while let Some((_, item)) = lines.peek().and_then(|next| list_item(next)).filter(|(next, _)| *next == kind) {
                items.push(item);
                lines.next();
            }
            let items: Vec<Value> = (items.into_iter())
                .map(|item| json!({"type": "listItem", "content": [{"type": "paragraph", "content": [plain(item)]}]}))
                .collect();
            content.push(json!({"type": kind, "content": items}));
        } else {
            let mut inline = vec![plain(line)];
            while let Some(next) = lines.next_if(|next| !next.trim().is_empty() && heading(next).is_none() && list_item(next).is_none()) {
                inline.extend([json!({"type": "hardBreak"}), plain(next)]);
            }
            content.push(json!({"type": "paragraph", "content": inline}));
        }
    }
    json!({"type": "doc", "version": 1, "content": content})
}

/// "h2. Title"
fn heading(line: &str) -> Option<(u64, &str)> {
    let (mark, title) = line.split_once(". ")?;
    let level = mark.strip_prefix('h')?.parse().ok().filter(|level| (1..=6).contains(level))?;
    (!title.is_empty()).then_some((level, title))
}

/// "{code}", "{code:python}"
fn code(line: &str) -> Option<&str> {
    let inner = line.trim().strip_prefix("{code")?.strip_suffix('}')?;
    if inner.is_empty() { Some("") } else { inner.strip_prefix(':') }
}

fn list_item(line: &str) -> Option<(&'static str, &str)> {
    let bullet = line.strip_prefix("* ").or_else(|| line.strip_prefix("- ")).map(|item| ("bulletList", item));
    bullet.or_else(|| line.strip_prefix("# ").map(|item| ("orderedList", item))).filter(|(_, item)| !item.is_empty())
}

/// A document as wiki markup.
pub fn to_text(document: &Value) -> String {
    let mut text = String::new();
    blocks(document, "", &mut text);
    text.trim_end().to_owned()
}

fn children(node: &Value) -> &[Value] {
    node.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn attribute<'a>(node: &'a Value, name: &str) -> &'a str {
    node.pointer("/attrs").and_then(|attrs| attrs.get(name)).and_then(Value::as_str).unwrap_or_default()
}

fn blocks(parent: &Value, bullets: &str, text: &mut String) {
    for node in children(parent) {
        let kind = node.get("type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "heading" => {
                let level = node.pointer("/attrs/level").and_then(Value::as_u64).unwrap_or(1);
                text.push_str(&format!("h{level}. {}\n\n", inline(node)));
            }
            "bulletList" | "orderedList" | "taskList" | "decisionList" => {
                let bullets = format!("{bullets}{}", if kind == "orderedList" { '#' } else { '*' });
                for item in children(node) {
                    let mut inner = String::new();
                    if matches!(item.get("type").and_then(Value::as_str), Some("taskItem" | "decisionItem")) {
                        inner = inline(item);
                    } else {
                        blocks(item, &bullets, &mut inner);
                    }
                    text.push_str(&format!("{bullets} {}\n", inner.trim_end()));
                }
                if bullets.len() == 1 {
                    text.push('\n');
                }
            }
            "codeBlock" => {
                let language = attribute(node, "language");
                let colon = if language.is_empty() { "" } else { ":" };
                let code: String = children(node).iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
                text.push_str(&format!("{{code{colon}{language}}}\n{code}\n{{code}}\n\n"));
            }
            "blockquote" | "panel" | "expand" | "nestedExpand" => {
                let mut inner = String::new();
                blocks(node, "", &mut inner);
                let mark = if kind == "blockquote" { "quote" } else { "panel" };
                text.push_str(&format!("{{{mark}}}\n{}\n{{{mark}}}\n\n", inner.trim_end()));
            }
            "rule" => text.push_str("----\n\n"),
            "table" => {
                for row in children(node) {
                    let mut end = "|";
                    for cell in children(row) {
                        end = if cell.get("type").and_then(Value::as_str) == Some("tableHeader") { "||" } else { "|" };
                        let mut inner = String::new();
                        blocks(cell, "", &mut inner);
                        text.push_str(&format!("{end}{}", inner.trim_end().replace("\n\n", "\\\\")));
                    }
                    text.push_str(&format!("{end}\n"));
                }
                text.push('\n');
            }
            "mediaSingle" | "mediaGroup" => {
                for media in children(node) {
                    text.push_str(&format!(
                        "!{}!\n",
                        [attribute(media, "alt"), attribute(media, "url"), attribute(media, "id")]
                            .into_iter()
                            .find(|name| !name.is_empty())
                            .unwrap_or_default()
                    ));
                }
                text.push('\n');
            }
            "paragraph" => {
                text.push_str(&inline(node));
                text.push_str(if bullets.is_empty() { "\n\n" } else { "\n" });
            }
            _ if node.get("content").is_some() => blocks(node, bullets, text),
            _ => text.push_str(&inline(&json!({"content": [node]}))),
        }
    }
}

fn inline(parent: &Value) -> String {
    let mut text = String::new();
    for node in children(parent) {
        match node.get("type").and_then(Value::as_str).unwrap_or_default() {
            "text" => text.push_str(&marked(node)),
            "hardBreak" => text.push('\n'),
            "mention" => drop(write!(text, "[~accountid:{}]", attribute(node, "id"))),
            "emoji" => {
                let shown = attribute(node, "text");
                text.push_str(if shown.is_empty() { attribute(node, "shortName") } else { shown });
            }
            "inlineCard" => drop(write!(text, "[{}]", attribute(node, "url"))),
            "status" => drop(write!(text, "*[ {} ]*", attribute(node, "text"))),
            "date" => {
                let stamp = node.pointer("/attrs/timestamp");
                let ms = stamp.and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
                text.push_str(&ms.map(super::super::clock::date).unwrap_or_default());
            }
            _ => text.push_str(&inline(node)),
        }
    }
    text
}

fn marked(node: &Value) -> String {
    let mut text = node.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
    for mark in node.get("marks").and_then(Value::as_array).into_iter().flatten() {
        text = match mark.get("type").and_then(Value::as_str).unwrap_or_default() {
            "strong" => format!("*{text}*"),
            "em" => format!("_{text}_"),
            "code" => format!("{{{{{text}}}}}"),
            "strike" => format!("-{text}-"),
            "underline" => format!("+{text}+"),
            "link" => format!("[{text}|{}]", attribute(mark, "href")),
            "subsup" if attribute(mark, "type") == "sub" => format!("~{text}~"),
            "subsup" => format!("^{text}^"),
            "textColor" => format!("{{color:{}}}{text}{{color}}", attribute(mark, "color")),
            _ => text,
        };
    }
    text
}

/// A document as a browser is given it: what `renderedFields` shows.
pub fn to_html(document: &Value) -> String {
    let mut html = String::new();
    for node in children(document) {
        html_node(node, &mut html);
    }
    html
}

fn html_node(node: &Value, html: &mut String) {
    let kind = node.get("type").and_then(Value::as_str).unwrap_or_default();
    let tag = match kind {
        "paragraph" => "p".to_owned(),
        "heading" => format!("h{}", node.pointer("/attrs/level").and_then(Value::as_u64).unwrap_or(1)),
        "bulletList" | "taskList" | "decisionList" => "ul".to_owned(),
        "orderedList" => "ol".to_owned(),
        "listItem" | "taskItem" | "decisionItem" => "li".to_owned(),
        "codeBlock" => "pre".to_owned(),
        "blockquote" => "blockquote".to_owned(),
        "table" => "table".to_owned(),
        "tableRow" => "tr".to_owned(),
        "tableHeader" => "th".to_owned(),
        "tableCell" => "td".to_owned(),
        "rule" => return html.push_str("<hr />"),
        "hardBreak" => return html.push_str("<br/>"),
        "text" => {
            let link = node.get("marks").and_then(Value::as_array).into_iter().flatten();
            let mut text = escape(node.get("text").and_then(Value::as_str).unwrap_or_default());
            for mark in link {
                text = match mark.get("type").and_then(Value::as_str).unwrap_or_default() {
                    "strong" => format!("<b>{text}</b>"),
                    "em" => format!("<em>{text}</em>"),
                    "code" => format!("<tt>{text}</tt>"),
                    "strike" => format!("<del>{text}</del>"),
                    "underline" => format!("<ins>{text}</ins>"),
                    "link" => format!("<a href=\"{}\">{text}</a>", escape(attribute(mark, "href"))),
                    _ => text,
                };
            }
            return html.push_str(&text);
        }
        _ if node.get("content").is_some() => "div".to_owned(),
        _ => return html.push_str(&escape(&inline(&json!({"content": [node]})))),
    };
    html.push_str(&format!("<{tag}>"));
    for child in children(node) {
        html_node(child, html);
    }
    html.push_str(&format!("</{tag}>"));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_as_it_was_written() {
        for text in [
            "One line",
            "Two\nlines",
            "h1. Title\n\nA paragraph with *bold*.",
            "* a\n* b\n\n# one\n# two",
            "{code:python}\nx = 1\n\ny = 2\n{code}",
        ] {
            assert_eq!(to_text(&from_text(text)), text);
        }
    }

    #[test]
    fn marks_and_nodes_become_markup() {
        let document = json!({"type": "doc", "version": 1, "content": [
            {"type": "paragraph", "content": [
                {"type": "text", "text": "see ", "marks": [{"type": "strong"}]},
                {"type": "text", "text": "this", "marks": [{"type": "link", "attrs": {"href": "https://a.example"}}]},
                {"type": "mention", "attrs": {"id": "5e5f", "text": "@A"}},
            ]},
            {"type": "bulletList", "content": [{"type": "listItem", "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": "a"}]},
                {"type": "bulletList", "content": [{"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "b"}]}]}]},
            ]}]},
        ]});
        assert_eq!(to_text(&document), "*see *[this|https://a.example][~accountid:5e5f]\n\n* a\n** b");
        assert_eq!(
            to_html(&json!({"content": [{"type": "paragraph", "content": [{"type": "text", "text": "1 < 2"}]}]})),
            "<p>1 &lt; 2</p>"
        );
    }
}
