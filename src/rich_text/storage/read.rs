//! Storage format as ADF.

use serde_json::{Map, Value, json};

use super::elements::{Element, Item, parse};
use super::links::{self, encode};
use super::{MACRO_TYPE, PAGE, PANELS, RESOURCE, STATUS, SUBTLE};
use crate::rich_text::tree::{Mark, Node};
use crate::rich_text::{Fault, dates, fit, schema};

/// The document of a page in storage format. Macros of no known kind are kept as extensions.
pub fn from_storage(source: &str) -> Result<Node, Fault> {
    let root = parse(source.strip_prefix('\u{feff}').unwrap_or(source))?;
    let mut document = Node::of("doc", blocks(&root));
    fit::fit(&mut document, fit::Target::Storage)?;
    Ok(document)
}

fn blocks(element: &Element) -> Vec<Node> {
    let mut out = Vec::new();
    let mut text = Vec::new();
    for item in &element.content {
        match item {
            Item::Text(words) => push_text(&mut text, words, &[]),
            Item::Element(inner) if is_block(inner) => {
                end_text(&mut out, &mut text);
                block(&mut out, inner);
            }
            Item::Element(inner) => inline(&mut text, inner, &[]),
        }
    }
    end_text(&mut out, &mut text);
    out
}

fn is_block(element: &Element) -> bool {
    match &*element.name {
        "ac:structured-macro" | "ac:macro" => element.attribute("ac:name") != Some("status"),
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "blockquote" | "pre" | "hr" | "table" | "div" | "section"
        | "ac:layout" | "ac:layout-section" | "ac:layout-cell" | "ac:task-list" | "ac:image" | "img" | "ac:adf-extension"
        | "ac:rich-text-body" | "li" | "details" | "dl" | "dt" | "dd" => true,
        "a" => matches!(element.attribute("data-card-appearance"), Some("block" | "embed")),
        _ => false,
    }
}

/// A run of text between blocks is a paragraph.
fn end_text(out: &mut Vec<Node>, text: &mut Vec<Node>) {
    let nodes = trimmed(std::mem::take(text));
    if !nodes.is_empty() {
        paragraphs(out, nodes, None);
    }
}

/// White space at the ends of a block is the markup's, not the text's.
fn trimmed(mut nodes: Vec<Node>) -> Vec<Node> {
    if let Some(first) = nodes.first_mut().filter(|node| node.is("text")) {
        first.text = first.text.trim_start_matches([' ', '\n', '\t', '\r']).to_owned();
    }
    if let Some(last) = nodes.last_mut().filter(|node| node.is("text")) {
        last.text = last.text.trim_end_matches([' ', '\n', '\t', '\r']).to_owned();
    }
    nodes.retain(|node| !node.is("text") || !node.text.is_empty());
    nodes
}

/// Text, with pictures in it as blocks of their own.
fn paragraphs(out: &mut Vec<Node>, nodes: Vec<Node>, marks: Option<Mark>) {
    let mut text = Vec::new();
    let flush = |out: &mut Vec<Node>, text: &mut Vec<Node>| {
        if !text.is_empty() {
            let mut paragraph = Node::paragraph(trimmed(std::mem::take(text)));
            paragraph.marks.extend(marks.clone());
            out.push(paragraph);
        }
    };
    for node in nodes {
        if schema::is_inline(&node.kind) {
            text.push(node);
        } else {
            flush(out, &mut text);
            out.push(node);
        }
    }
    flush(out, &mut text);
}

fn block(out: &mut Vec<Node>, element: &Element) {
    match &*element.name {
        "p" => {
            let nodes = trimmed(inlines(element, &[]));
            let align = element.attribute("style").and_then(|style| match style.replace(' ', "").trim_end_matches(';') {
                "text-align:center" => Some("center"),
                "text-align:right" => Some("end"),
                _ => None,
            });
            if nodes.is_empty() {
                out.push(Node::paragraph(nodes));
            } else {
                paragraphs(out, nodes, align.map(|align| Mark::new("alignment").with("align", align)));
            }
        }
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            let level = element.name.get(1..).and_then(|level| level.parse::<u64>().ok()).unwrap_or(1);
            let at = out.len();
            out.push(Node::new("heading").with("level", level));
            let mut text = Vec::new();
            for item in &element.content {
                match item {
                    Item::Text(words) => push_text(&mut text, words, &[]),
                    // Blocks come after it.
                    Item::Element(inner) if is_block(inner) => block(out, inner),
                    Item::Element(inner) => inline(&mut text, inner, &[]),
                }
            }
            let (text, others): (Vec<_>, Vec<_>) = trimmed(text).into_iter().partition(|node| schema::is_inline(&node.kind));
            out.extend(others);
            if let Some(heading) = out.get_mut(at) {
                heading.content = text;
            }
        }
        "ul" | "ol" => {
            let items =
                element.children().filter(|child| child.name == "li").map(|item| Node::of("listItem", blocks(item))).collect::<Vec<_>>();
            if items.is_empty() {
                return;
            }
            let mut list = Node::of(if element.name == "ul" { "bulletList" } else { "orderedList" }, items);
            if let Some(start) = element.attribute("start").and_then(|start| start.parse::<u64>().ok()).filter(|start| *start != 1) {
                list.set("order", start);
            }
            out.push(list);
        }
        "blockquote" => out.push(Node::of("blockquote", blocks(element))),
        "pre" => out.push(code(&element.text(), None)),
        "hr" => out.push(Node::new("rule")),
        "table" => {
            // Tables of ADF have no caption.
            if let Some(caption) = element.child("caption") {
                out.extend(blocks(caption));
            }
            let rows = rows(element);
            if !rows.is_empty() {
                out.push(Node::of("table", rows));
            }
        }
        "ac:layout-section" => {
            let cells: Vec<&Element> = element.children().filter(|child| child.name == "ac:layout-cell").collect();
            if matches!(cells.len(), 2 | 3) {
                let widths: &[f64] = match (element.attribute("ac:type"), cells.len()) {
                    (Some("two_left_sidebar"), _) => &[33.33, 66.66],
                    (Some("two_right_sidebar"), _) => &[66.66, 33.33],
                    (Some("three_with_sidebars"), _) => &[25.0, 50.0, 25.0],
                    (_, 3) => &[33.33, 33.33, 33.33],
                    _ => &[50.0, 50.0],
                };
                let columns = cells.iter().zip(widths).map(|(cell, width)| Node::of("layoutColumn", blocks(cell)).with("width", *width));
                out.push(Node::of("layoutSection", columns.collect()));
            } else {
                out.extend(blocks(element));
            }
        }
        "ac:task-list" => {
            let tasks = element.children().filter(|child| child.name == "ac:task").map(task).collect::<Vec<_>>();
            if !tasks.is_empty() {
                out.push(Node::of("taskList", tasks.into_iter().flatten().collect()));
            }
        }
        "ac:image" | "img" => out.push(image(element)),
        "ac:structured-macro" | "ac:macro" => macro_nodes(out, element),
        "ac:adf-extension" => adf_extension(out, element),
        "a" => {
            let kind = if element.attribute("data-card-appearance") == Some("embed") { "embedCard" } else { "blockCard" };
            let card = Node::new(kind).with("url", element.attribute("href").unwrap_or_default());
            out.push(if kind == "embedCard" { card.with("layout", "center") } else { card });
        }
        _ => out.extend(blocks(element)),
    }
}

fn rows(table: &Element) -> Vec<Node> {
    let mut out = Vec::new();
    for child in table.children() {
        match &*child.name {
            "tr" => {
                let cells = child.children().filter(|cell| matches!(&*cell.name, "td" | "th")).map(|cell| {
                    let mut node = Node::of(if cell.name == "th" { "tableHeader" } else { "tableCell" }, blocks(cell));
                    for span in ["colspan", "rowspan"] {
                        if let Some(count) = cell.attribute(span).and_then(|count| count.parse::<u64>().ok()).filter(|count| *count > 1) {
                            node.set(span, count);
                        }
                    }
                    if let Some(color) = cell.attribute("data-highlight-colour") {
                        node.set("background", color);
                    }
                    node
                });
                out.push(Node::of("tableRow", cells.collect()));
            }
            "tbody" | "thead" | "tfoot" => out.extend(rows(child)),
            _ => {}
        }
    }
    out
}

fn task(element: &Element) -> Vec<Node> {
    let done = element.child("ac:task-status").is_some_and(|status| status.text().trim() == "complete");
    let empty = Element::default();
    let body = blocks(element.child("ac:task-body").unwrap_or(&empty));
    let (nested, text): (Vec<_>, Vec<_>) = body.into_iter().partition(|node| node.is("taskList"));
    let simple = text.iter().all(|node| node.is("paragraph"));
    let mut item = if text.len() > 1 && simple {
        Node::of("blockTaskItem", text)
    } else {
        let words = text.into_iter().flat_map(|node| if node.is("paragraph") { node.content } else { words(&node) });
        Node::of("taskItem", words.collect())
    };
    if let Some(id) = element.child("ac:task-id") {
        item.set("localId", id.text().trim());
    }
    item.set("state", if done { "DONE" } else { "TODO" });
    std::iter::once(item).chain(nested).collect()
}

/// Blocks as text, where there is room for nothing else.
fn words(node: &Node) -> Vec<Node> {
    let text = crate::rich_text::to_text(node);
    if text.is_empty() { Vec::new() } else { vec![Node::text(text, Vec::new())] }
}

fn image(element: &Element) -> Node {
    let alt = element.attribute("ac:alt").or_else(|| element.attribute("alt"));
    let Some(address) = links::picture(element).or_else(|| Some(element.attribute("src")?.to_owned())) else {
        return Node::paragraph(vec![Node::text(alt.filter(|alt| !alt.is_empty()).unwrap_or("image"), Vec::new())]);
    };
    let mut media = Node::new("media").with("type", "external").with("url", address);
    if let Some(alt) = alt {
        media.set("alt", alt);
    }
    for size in ["width", "height"] {
        let told = element.attribute(&format!("ac:{size}")).or_else(|| element.attribute(size));
        if let Some(pixels) = told.and_then(|pixels| pixels.parse::<u64>().ok()) {
            media.set(size, pixels);
        }
    }
    let mut single = Node::of("mediaSingle", vec![media]).with("layout", "center");
    if let Some(caption) = element.child("ac:caption") {
        let text = blocks(caption).into_iter().flat_map(|node| node.content).collect();
        single.content.push(Node::of("caption", text));
    }
    single
}

fn parameter(element: &Element, name: &str) -> Option<String> {
    element.children().find(|child| child.name == "ac:parameter" && child.attribute("ac:name") == Some(name)).map(Element::text)
}

fn code(text: &str, language: Option<String>) -> Node {
    let node = Node::of("codeBlock", if text.is_empty() { Vec::new() } else { vec![Node::text(text, Vec::new())] });
    match language.filter(|language| !language.is_empty()) {
        Some(language) => node.with("language", language),
        None => node,
    }
}

fn macro_nodes(out: &mut Vec<Node>, element: &Element) {
    if matches!(element.attribute("ac:name"), Some("code" | "noformat")) {
        // Code of ADF has no title.
        out.extend(title(element).map(|title| heading(&title)));
        let body = element.child("ac:plain-text-body").map(Element::text).unwrap_or_default();
        out.push(code(&body, parameter(element, "language")));
    } else {
        out.push(macro_node(element));
    }
}

fn title(element: &Element) -> Option<String> {
    parameter(element, "title").filter(|title| !title.is_empty())
}

/// A title as a line above what it is of.
fn heading(title: &str) -> Node {
    Node::paragraph(vec![Node::text(title, vec![Mark::new("strong")])])
}

fn macro_node(element: &Element) -> Node {
    let name = element.attribute("ac:name").unwrap_or_default();
    let plain = element.child("ac:plain-text-body").map(Element::text);
    let rich = element.child("ac:rich-text-body");
    let title = title(element);
    let titled = |body: &Element| title.iter().map(|title| heading(title)).chain(blocks(body)).collect::<Vec<_>>();
    if let Some(body) = rich {
        if let Some((_, panel)) = PANELS.iter().find(|(known, _)| *known == name) {
            return Node::of("panel", titled(body)).with("panelType", *panel);
        }
        match name {
            "panel" => {
                let node = Node::of("panel", titled(body)).with("panelType", "custom");
                return match parameter(element, "bgColor") {
                    Some(color) => node.with("panelColor", color),
                    None => node,
                };
            }
            "expand" => {
                let node = Node::of("expand", blocks(body));
                return match title {
                    Some(title) => node.with("title", title),
                    None => node,
                };
            }
            _ => {}
        }
    }
    let mut values = Map::new();
    for child in element.children().filter(|child| child.name == "ac:parameter") {
        let value = match links::parameter(child) {
            Some((markup, name)) => json!({ "value": name, "markup": markup }),
            None => json!({ "value": child.text() }),
        };
        values.insert(child.attribute("ac:name").unwrap_or_default().to_owned(), value);
    }
    let mut parameters = Map::new();
    parameters.insert("macroParams".into(), Value::Object(values));
    if let Some(plain) = plain {
        parameters.insert("plainTextBody".into(), Value::from(plain));
    }
    let node = match rich {
        Some(body) => Node::of("bodiedExtension", blocks(body)),
        None => Node::new("extension"),
    };
    node.with("extensionType", MACRO_TYPE)
        .with("extensionKey", if name.is_empty() { "macro" } else { name })
        .with("parameters", Value::Object(parameters))
}

/// Nodes that storage format has no words for, with their stand-in.
fn adf_extension(out: &mut Vec<Node>, element: &Element) {
    let node = element.child("ac:adf-node").filter(|node| node.attribute("type") == Some("panel"));
    if let Some(node) = node {
        let attribute = |name: &str| {
            let found = node.children().find(|child| child.name == "ac:adf-attribute" && child.attribute("key") == Some(name));
            found.map(Element::text)
        };
        let kind = attribute("panel-type").unwrap_or_else(|| "note".into());
        let content = node.child("ac:adf-content").map(blocks).unwrap_or_default();
        out.push(Node::of("panel", content).with("panelType", kind));
    } else if let Some(fallback) = element.child("ac:adf-fallback") {
        out.extend(blocks(fallback));
    } else {
        out.extend(blocks(element));
    }
}

fn inlines(element: &Element, marks: &[Mark]) -> Vec<Node> {
    let mut out = Vec::new();
    within(&mut out, element, marks);
    out
}

/// What an element holds, as running text with blocks in it.
fn within(out: &mut Vec<Node>, element: &Element, marks: &[Mark]) {
    for item in &element.content {
        match item {
            Item::Text(text) => push_text(out, text, marks),
            Item::Element(inner) if is_block(inner) => {
                let at = out.len();
                block(out, inner);
                let link = marks.iter().find(|mark| mark.kind == "link");
                let pictures = out.iter_mut().skip(at).filter(|node| node.is("mediaSingle"));
                for media in pictures.filter_map(|node| node.content.first_mut()) {
                    media.marks.extend(link.cloned());
                }
            }
            Item::Element(inner) => inline(out, inner, marks),
        }
    }
}

/// Line breaks of the markup are spaces, as in HTML; so are runs of them.
fn push_text(out: &mut Vec<Node>, text: &str, marks: &[Mark]) {
    let mut words = String::with_capacity(text.len());
    for c in text.chars() {
        let space = matches!(c, ' ' | '\n' | '\t' | '\r');
        if !space {
            words.push(c);
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if words.is_empty() || (words == " " && out.is_empty()) {
        return;
    }
    match out.last_mut().filter(|last| last.is("text") && last.marks == marks) {
        Some(last) => last.text.push_str(&words),
        None => out.push(Node::text(words, marks.to_vec())),
    }
}

fn inline(out: &mut Vec<Node>, element: &Element, marks: &[Mark]) {
    let with = |mark: Mark| {
        let mut marks: Vec<Mark> = marks.iter().filter(|known| known.kind != mark.kind).cloned().collect();
        marks.push(mark);
        if marks.iter().any(|mark| mark.kind == "code") {
            marks.retain(|mark| matches!(&*mark.kind, "code" | "link" | "annotation"));
        }
        marks.sort_by_key(|mark| schema::mark_rank(&mark.kind));
        marks
    };
    let attribute = |name: &str| element.attribute(name);
    let mark = match &*element.name {
        "strong" | "b" => Some(Mark::new("strong")),
        "em" | "i" => Some(Mark::new("em")),
        "u" => Some(Mark::new("underline")),
        "del" | "s" => Some(Mark::new("strike")),
        "code" => Some(Mark::new("code")),
        "sub" | "sup" => Some(Mark::new("subsup").with("type", element.name.as_str())),
        "ac:inline-comment-marker" => {
            attribute("ac:ref").map(|id| Mark::new("annotation").with("id", id).with("annotationType", "inlineComment"))
        }
        "span" => attribute("style").and_then(color).map(|color| Mark::new("textColor").with("color", color)),
        "a" => match attribute("href") {
            Some(href) if attribute("data-card-appearance") == Some("inline") => {
                return out.push(Node::new("inlineCard").with("url", href));
            }
            href => href.map(|href| Mark::new("link").with("href", href)),
        },
        "br" => return out.push(Node::new("hardBreak")),
        "time" => match attribute("datetime").and_then(dates::digits) {
            Some(digits) => return out.push(Node::new("date").with("timestamp", digits)),
            None => return push_text(out, attribute("datetime").unwrap_or_default(), marks),
        },
        "ac:emoticon" => {
            let name = attribute("ac:emoji-shortname")
                .map(str::to_owned)
                .unwrap_or_else(|| format!(":{}:", attribute("ac:name").unwrap_or("smile")));
            let mut node = Node::new("emoji").with("shortName", name);
            if let Some(id) = attribute("ac:emoji-id") {
                node.set("id", id);
            }
            if let Some(text) = attribute("ac:emoji-fallback") {
                node.set("text", text);
            }
            return out.push(node);
        }
        "ac:placeholder" => return out.push(Node::new("placeholder").with("text", element.text())),
        "ac:structured-macro" | "ac:macro" => return out.push(status(element)),
        "ac:link" => return link(out, element, &with),
        _ => None,
    };
    let marks = mark.map_or_else(|| marks.to_vec(), with);
    within(out, element, &marks);
}

fn status(element: &Element) -> Node {
    let told = parameter(element, "colour").or_else(|| parameter(element, "color")).unwrap_or_default();
    let color = STATUS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&told)).map_or("neutral", |(_, color)| color);
    let text = parameter(element, "title").filter(|title| !title.is_empty()).unwrap_or(told);
    let node = Node::new("status").with("text", if text.is_empty() { " ".into() } else { text }).with("color", color);
    if parameter(element, SUBTLE).as_deref() == Some("true") { node.with("style", SUBTLE) } else { node }
}

fn color(style: &str) -> Option<String> {
    let value = style.split(';').find_map(|part| part.trim().strip_prefix("color:"))?.trim();
    if value.len() == 7 && value.starts_with('#') {
        return Some(value.to_owned());
    }
    let numbers: Vec<u8> =
        value.strip_prefix("rgb(")?.strip_suffix(')')?.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    match numbers.as_slice() {
        [red, green, blue] => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        _ => None,
    }
}

fn link(out: &mut Vec<Node>, element: &Element, with: &dyn Fn(Mark) -> Vec<Mark>) {
    if let Some(id) = element.child("ri:user").and_then(|user| user.attribute("ri:account-id")) {
        return out.push(Node::new("mention").with("id", id));
    }
    let anchor = element.attribute("ac:anchor").map(|anchor| format!("#{}", encode(anchor))).unwrap_or_default();
    let (href, name) = match element.children().find_map(links::address) {
        Some((href, name)) if href.starts_with(PAGE) || href.starts_with(RESOURCE) => (href + &anchor, name),
        Some(found) => found,
        None => (anchor, element.attribute("ac:anchor").unwrap_or_default().to_owned()),
    };
    let marks = if href.is_empty() { Vec::new() } else { with(Mark::new("link").with("href", href)) };
    let before = out.len();
    for body in element.children().filter(|child| matches!(&*child.name, "ac:plain-text-link-body" | "ac:link-body")) {
        within(out, body, &marks);
    }
    if out.len() == before {
        push_text(out, &name, &marks);
    }
}
