//! ADF as storage format.

use super::links::{self, attribute, decode, file_name};
use super::{PAGE, PANELS, RESOURCE, STATUS, SUBTLE};
use crate::rich_text::markdown::escape_html as escape;
use crate::rich_text::sanitize::characters;
use crate::rich_text::tree::{Mark, Node};
use crate::rich_text::{dates, html, schema, text};

/// A document as Confluence stores pages.
pub fn to_storage(document: &Node) -> String {
    let mut out = String::new();
    let mut tasks = 0;
    if document.is("doc") {
        blocks(&mut out, &document.content, &mut tasks)
    } else {
        block(&mut out, document, &mut tasks)
    }
    out
}

fn blocks(out: &mut String, nodes: &[Node], tasks: &mut u64) {
    for node in nodes {
        block(out, node, tasks);
    }
}

fn block(out: &mut String, node: &Node, tasks: &mut u64) {
    match &*node.kind {
        "paragraph" => {
            let align = node.marks.iter().find(|mark| mark.kind == "alignment").and_then(|mark| mark.str("align"));
            let style = match align {
                Some("center") => " style=\"text-align: center;\"",
                Some("end") => " style=\"text-align: right;\"",
                _ => "",
            };
            element(out, "p", style, |out| inline(out, &node.content));
        }
        "heading" => element(out, &format!("h{}", node.whole("level").unwrap_or(1).clamp(1, 6)), "", |out| inline(out, &node.content)),
        "bulletList" => element(out, "ul", "", |out| blocks(out, &node.content, tasks)),
        "orderedList" => {
            let start = node.whole("order").filter(|order| *order != 1).map(|order| attribute("start", &order.to_string()));
            element(out, "ol", &start.unwrap_or_default(), |out| blocks(out, &node.content, tasks));
        }
        "listItem" => element(out, "li", "", |out| blocks(out, &node.content, tasks)),
        "blockquote" => element(out, "blockquote", "", |out| blocks(out, &node.content, tasks)),
        "rule" => out.push_str("<hr/>"),
        "codeBlock" => {
            let code: String = node.content.iter().map(|text| text.text.as_str()).collect();
            let language: Vec<(&str, &str)> = node.str("language").map(|language| ("language", language)).into_iter().collect();
            macro_element(out, "code", &language, |out| plain_body(out, &code));
        }
        "panel" => panel(out, node, tasks),
        "expand" | "nestedExpand" => {
            let title: Vec<(&str, &str)> = node.str("title").map(|title| ("title", title)).into_iter().collect();
            macro_element(out, "expand", &title, |out| rich_body(out, &node.content, tasks));
        }
        "table" => element(out, "table", "", |out| element(out, "tbody", "", |out| blocks(out, &node.content, tasks))),
        "tableRow" => element(out, "tr", "", |out| blocks(out, &node.content, tasks)),
        "tableCell" | "tableHeader" => {
            let mut attributes = String::new();
            for span in ["colspan", "rowspan"] {
                if let Some(count) = node.whole(span).filter(|count| *count > 1) {
                    attributes.push_str(&attribute(span, &count.to_string()));
                }
            }
            if let Some(color) = node.str("background") {
                attributes.push_str(&attribute("data-highlight-colour", color));
            }
            element(out, if node.is("tableCell") { "td" } else { "th" }, &attributes, |out| blocks(out, &node.content, tasks));
        }
        "layoutSection" => {
            let wide = |at: usize| node.content.get(at).and_then(|column| column.attr("width")?.as_f64()).unwrap_or(0.0);
            let kind = match node.content.len() {
                3 if wide(1) > wide(0) + 1.0 => "three_with_sidebars",
                3 => "three_equal",
                2 if wide(1) > wide(0) + 1.0 => "two_left_sidebar",
                2 if wide(0) > wide(1) + 1.0 => "two_right_sidebar",
                2 => "two_equal",
                _ => "single",
            };
            element(out, "ac:layout", "", |out| {
                element(out, "ac:layout-section", &attribute("ac:type", kind), |out| {
                    for column in &node.content {
                        element(out, "ac:layout-cell", "", |out| blocks(out, &column.content, tasks));
                    }
                });
            });
        }
        "taskList" => element(out, "ac:task-list", "", |out| task_items(out, &node.content, tasks)),
        "decisionList" => element(out, "ul", "", |out| {
            for item in &node.content {
                element(out, "li", "", |out| element(out, "p", "", |out| inline(out, &item.content)));
            }
        }),
        "mediaSingle" => {
            let caption = node.content.iter().find(|child| child.is("caption"));
            for media in node.content.iter().filter(|child| !child.is("caption")) {
                image(out, media, caption);
            }
        }
        "mediaGroup" => node.content.iter().for_each(|media| image(out, media, None)),
        "media" => image(out, node, None),
        "blockCard" | "embedCard" => {
            let look = if node.is("blockCard") { "block" } else { "embed" };
            card(out, node, look);
        }
        "extension" | "bodiedExtension" => extension(out, node, tasks),
        kind if schema::is_inline(kind) => element(out, "p", "", |out| inline(out, std::slice::from_ref(node))),
        _ if node.content.is_empty() => element(out, "p", "", |out| escape(out, &text::one(node))),
        _ if node.content.iter().any(|child| schema::is_inline(&child.kind)) => element(out, "p", "", |out| inline(out, &node.content)),
        _ => blocks(out, &node.content, tasks),
    }
}

fn panel(out: &mut String, node: &Node, tasks: &mut u64) {
    let kind = node.str("panelType").unwrap_or("info");
    if let Some((name, _)) = PANELS.iter().find(|(_, panel)| *panel == kind) {
        return macro_element(out, name, &[], |out| rich_body(out, &node.content, tasks));
    }
    if kind == "custom" {
        let color: Vec<(&str, &str)> = node.str("panelColor").map(|color| ("bgColor", color)).into_iter().collect();
        return macro_element(out, "panel", &color, |out| rich_body(out, &node.content, tasks));
    }
    // Storage format has no macro of this colour.
    element(out, "ac:adf-extension", "", |out| {
        element(out, "ac:adf-node", " type=\"panel\"", |out| {
            element(out, "ac:adf-attribute", " key=\"panel-type\"", |out| escape(out, kind));
            element(out, "ac:adf-content", "", |out| blocks(out, &node.content, tasks));
        });
    });
}

/// Lists stand in the body of the task above them.
fn task_items(out: &mut String, items: &[Node], tasks: &mut u64) {
    let mut rest = items.iter().peekable();
    while let Some(item) = rest.next() {
        *tasks += 1;
        let id = tasks.to_string();
        element(out, "ac:task", "", |out| {
            element(out, "ac:task-id", "", |out| out.push_str(&id));
            let state = if item.str("state") == Some("DONE") { "complete" } else { "incomplete" };
            element(out, "ac:task-status", "", |out| out.push_str(state));
            element(out, "ac:task-body", "", |out| {
                match &*item.kind {
                    "taskItem" => inline(out, &item.content),
                    "taskList" => block(out, item, tasks),
                    _ => blocks(out, &item.content, tasks),
                }
                while let Some(nested) = rest.next_if(|next| next.is("taskList")) {
                    block(out, nested, tasks);
                }
            });
        });
    }
}

/// A picture by its address, or one that is attached to the page. Files that only the editor knows by id are told by name.
fn image(out: &mut String, media: &Node, caption: Option<&Node>) {
    let target = media.str("url").and_then(|url| match file_name(url) {
        Some(file) => Some(format!("<ri:attachment{}/>", attribute("ri:filename", &file))),
        None if html::is_link(url) => Some(format!("<ri:url{}/>", attribute("ri:value", url))),
        None => links::element(url).filter(|element| element.starts_with("<ri:attachment")),
    });
    let Some(target) = target else {
        return element(out, "p", "", |out| escape(out, &text::one(media)));
    };
    let mut attributes = String::new();
    if let Some(alt) = media.str("alt") {
        attributes.push_str(&attribute("ac:alt", alt));
    }
    for size in ["width", "height"] {
        if let Some(pixels) = media.whole(size) {
            attributes.push_str(&attribute(&format!("ac:{size}"), &pixels.to_string()));
        }
    }
    let picture = |out: &mut String| {
        element(out, "ac:image", &attributes, |out| {
            out.push_str(&target);
            if let Some(caption) = caption {
                element(out, "ac:caption", "", |out| element(out, "p", "", |out| inline(out, &caption.content)));
            }
        });
    };
    match media.marks.iter().find(|mark| mark.kind == "link").and_then(|mark| mark.str("href")) {
        Some(href) => element(out, "p", "", |out| link(out, href, &picture)),
        None => picture(out),
    }
}

fn extension(out: &mut String, node: &Node, tasks: &mut u64) {
    let values = node.attr("parameters").and_then(|parameters| parameters.get("macroParams")?.as_object());
    let plain = node.attr("parameters").and_then(|parameters| parameters.get("plainTextBody")?.as_str());
    let name = node.str("extensionKey").unwrap_or("macro");
    let parameters = |out: &mut String| {
        for (name, value) in values.into_iter().flatten() {
            let told = |key: &str| value.get(key)?.as_str();
            match (told("markup").and_then(links::kept), told("value")) {
                (Some(markup), _) => element(out, "ac:parameter", &attribute("ac:name", name), |out| out.push_str(&markup)),
                (None, Some(value)) => parameter(out, name, value),
                (None, None) => {}
            }
        }
    };
    macro_of(out, name, parameters, |out| {
        if let Some(plain) = plain {
            plain_body(out, plain);
        } else if !node.content.is_empty() {
            rich_body(out, &node.content, tasks);
        }
    });
}

fn macro_element(out: &mut String, name: &str, parameters: &[(&str, &str)], body: impl FnOnce(&mut String)) {
    macro_of(out, name, |out| parameters.iter().for_each(|(name, value)| parameter(out, name, value)), body);
}

fn macro_of(out: &mut String, name: &str, parameters: impl FnOnce(&mut String), body: impl FnOnce(&mut String)) {
    let attributes = format!("{} ac:schema-version=\"1\"", attribute("ac:name", name));
    element(out, "ac:structured-macro", &attributes, |out| {
        parameters(out);
        body(out);
    });
}

fn parameter(out: &mut String, name: &str, value: &str) {
    element(out, "ac:parameter", &attribute("ac:name", name), |out| escape(out, value));
}

fn plain_body(out: &mut String, body: &str) {
    // What would end it is cut in two.
    let parts = characters(body).replace("]]>", "]]]]><![CDATA[>");
    element(out, "ac:plain-text-body", "", |out| out.extend(["<![CDATA[", &parts, "]]>"]));
}

fn rich_body(out: &mut String, content: &[Node], tasks: &mut u64) {
    element(out, "ac:rich-text-body", "", |out| blocks(out, content, tasks));
}

fn inline(out: &mut String, nodes: &[Node]) {
    for node in nodes {
        let mut marks: Vec<&Mark> = node.marks.iter().collect();
        marks.sort_by_key(|mark| schema::mark_rank(&mark.kind));
        marked(out, node, &marks);
    }
}

fn marked(out: &mut String, node: &Node, marks: &[&Mark]) {
    let Some((mark, rest)) = marks.split_first() else { return leaf(out, node) };
    let within = |out: &mut String| marked(out, node, rest);
    match &*mark.kind {
        "strong" | "em" | "code" => element(out, &mark.kind, "", within),
        "underline" => element(out, "u", "", within),
        "strike" => element(out, "del", "", within),
        "subsup" => element(out, if mark.str("type") == Some("sup") { "sup" } else { "sub" }, "", within),
        "textColor" => element(out, "span", &attribute("style", &format!("color: {};", mark.str("color").unwrap_or_default())), within),
        "backgroundColor" => {
            element(out, "span", &attribute("style", &format!("background-color: {};", mark.str("color").unwrap_or_default())), within);
        }
        "annotation" => element(out, "ac:inline-comment-marker", &attribute("ac:ref", mark.str("id").unwrap_or_default()), within),
        "link" => link(out, mark.str("href").unwrap_or_default(), &within),
        _ => within(out),
    }
}

fn link(out: &mut String, href: &str, within: &dyn Fn(&mut String)) {
    let (page, anchor) = match href.split_once('#') {
        Some((page, anchor)) if page.is_empty() || page.starts_with(PAGE) || page.starts_with(RESOURCE) => (page, anchor),
        _ => (href, ""),
    };
    let target = links::element(page);
    if target.is_some() || (page.is_empty() && !anchor.is_empty()) {
        let anchor = if anchor.is_empty() { String::new() } else { attribute("ac:anchor", &decode(anchor)) };
        element(out, "ac:link", &anchor, |out| {
            out.push_str(&target.unwrap_or_default());
            element(out, "ac:link-body", "", within);
        });
    } else if html::is_link(href) {
        element(out, "a", &attribute("href", href), within);
    } else {
        within(out);
    }
}

fn leaf(out: &mut String, node: &Node) {
    match &*node.kind {
        "text" => escape(out, &node.text),
        "hardBreak" => out.push_str("<br/>"),
        "mention" => {
            out.push_str(&format!("<ac:link><ri:user{}/></ac:link>", attribute("ri:account-id", node.str("id").unwrap_or_default())));
        }
        "date" => match node.str("timestamp").and_then(dates::day) {
            Some(day) => out.push_str(&format!("<time{}/>", attribute("datetime", &day))),
            None => escape(out, &text::one(node)),
        },
        "status" => {
            let told = node.str("color").unwrap_or_default();
            let color = STATUS.iter().find(|(_, color)| *color == told).map_or("Grey", |(name, _)| name);
            let title = node.str("text").unwrap_or_default();
            let subtle = if node.str("style") == Some(SUBTLE) { Some((SUBTLE, "true")) } else { None };
            let parameters: Vec<(&str, &str)> = [("title", title), ("colour", color)].into_iter().chain(subtle).collect();
            macro_element(out, "status", &parameters, |_| {});
        }
        "emoji" => {
            let name = node.str("shortName").unwrap_or_default();
            let mut attributes = attribute("ac:name", "blue-star");
            attributes.push_str(&attribute("ac:emoji-shortname", name));
            for (key, of) in [("ac:emoji-id", "id"), ("ac:emoji-fallback", "text")] {
                if let Some(value) = node.str(of) {
                    attributes.push_str(&attribute(key, value));
                }
            }
            out.push_str(&format!("<ac:emoticon{attributes}/>"));
        }
        "placeholder" => element(out, "ac:placeholder", "", |out| escape(out, &text::one(node))),
        "inlineCard" => card(out, node, "inline"),
        "inlineExtension" => extension(out, node, &mut 0),
        _ => escape(out, &text::one(node)),
    }
}

fn card(out: &mut String, node: &Node, look: &str) {
    let address = text::one(node);
    if html::is_link(&address) {
        let attributes = format!("{}{}", attribute("href", &address), attribute("data-card-appearance", look));
        element(out, "a", &attributes, |out| escape(out, &address));
    } else {
        escape(out, &address);
    }
}

fn element(out: &mut String, tag: &str, attributes: &str, content: impl FnOnce(&mut String)) {
    out.extend(["<", tag, attributes, ">"]);
    content(out);
    out.extend(["</", tag, ">"]);
}
