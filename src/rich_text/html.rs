//! ADF as HTML: escaped, without addresses that run something, for showing elsewhere.

use super::markdown::escape_html as escape;
use super::sanitize::is_safe;
use super::storage::{ATTACHMENT, PAGE, RESOURCE};
use super::text::one;
use super::tree::{Mark, Node};
use super::{dates, schema};

/// A fragment of HTML 5, without styles but colours. Nodes that HTML has no element for bear their name in `data-adf`.
pub fn to_html(document: &Node) -> String {
    let mut out = String::new();
    if document.is("doc") {
        blocks(&mut out, &document.content)
    } else {
        block(&mut out, document)
    }
    out
}

fn blocks(out: &mut String, nodes: &[Node]) {
    for node in nodes {
        block(out, node);
    }
}

fn block(out: &mut String, node: &Node) {
    // Marks of blocks: how they are shown, and where they link to.
    let (link, rest): (Vec<&Mark>, Vec<&Mark>) = node.marks.iter().partition(|mark| mark.kind == "link");
    let look: String = rest.iter().filter(|_| !node.is("text")).map(|mark| look(mark)).collect();
    let ends = link.iter().filter(|_| !schema::is_inline(&node.kind)).filter_map(|mark| open_link(out, mark)).count();
    match &*node.kind {
        "paragraph" => element(out, "p", &look, |out| inline(out, &node.content)),
        "heading" => {
            let level = node.whole("level").unwrap_or(1).clamp(1, 6);
            element(out, &format!("h{level}"), &look, |out| inline(out, &node.content));
        }
        "bulletList" => element(out, "ul", &look, |out| blocks(out, &node.content)),
        "orderedList" => {
            let start = node.whole("order").filter(|order| *order != 1).map(|order| format!(" start=\"{order}\"")).unwrap_or_default();
            element(out, "ol", &start, |out| blocks(out, &node.content));
        }
        "listItem" => element(out, "li", &look, |out| blocks(out, &node.content)),
        "blockquote" => element(out, "blockquote", &look, |out| blocks(out, &node.content)),
        "codeBlock" => {
            let class = node.str("language").map(|language| attribute("class", &format!("language-{language}"))).unwrap_or_default();
            element(out, "pre", &look, |out| {
                element(out, "code", &class, |out| node.content.iter().for_each(|text| escape(out, &text.text)));
            });
        }
        "rule" => out.push_str("<hr>"),
        "panel" => {
            let mut attributes = attribute("class", &format!("panel panel-{}", node.str("panelType").unwrap_or("info")));
            if let Some(color) = node.str("panelColor").filter(|color| is_color(color)) {
                attributes.push_str(&attribute("style", &format!("background-color:{color}")));
            }
            element(out, "div", &attributes, |out| blocks(out, &node.content));
        }
        "table" => element(out, "table", &look, |out| element(out, "tbody", "", |out| blocks(out, &node.content))),
        "tableRow" => element(out, "tr", "", |out| blocks(out, &node.content)),
        "tableCell" => cell(out, "td", node),
        "tableHeader" => cell(out, "th", node),
        "expand" | "nestedExpand" => element(out, "details", &look, |out| {
            element(out, "summary", "", |out| escape(out, node.str("title").unwrap_or_default()));
            blocks(out, &node.content);
        }),
        "taskList" => element(out, "ul", " class=\"tasks\"", |out| blocks(out, &node.content)),
        "taskItem" | "blockTaskItem" => element(out, "li", "", |out| {
            let checked = if node.str("state") == Some("DONE") { " checked" } else { "" };
            out.push_str(&format!("<input type=\"checkbox\" disabled{checked}> "));
            if node.is("taskItem") { inline(out, &node.content) } else { blocks(out, &node.content) }
        }),
        "decisionList" => element(out, "ul", " class=\"decisions\"", |out| blocks(out, &node.content)),
        "decisionItem" => {
            element(out, "li", &attribute("data-state", node.str("state").unwrap_or_default()), |out| inline(out, &node.content))
        }
        "mediaSingle" => element(out, "figure", &look, |out| blocks(out, &node.content)),
        "caption" => element(out, "figcaption", "", |out| inline(out, &node.content)),
        "media" => media(out, node, &look),
        "blockCard" | "embedCard" => element(out, "p", "", |out| card(out, node)),
        kind if schema::is_inline(kind) => inline(out, std::slice::from_ref(node)),
        kind => {
            let mut attributes = attribute("data-adf", kind);
            attributes.push_str(&look);
            element(out, "div", &attributes, |out| {
                if node.content.is_empty() {
                    escape(out, &one(node));
                }
                blocks(out, &node.content);
            });
        }
    }
    out.push_str(&"</a>".repeat(ends));
}

fn cell(out: &mut String, tag: &str, node: &Node) {
    let mut attributes = String::new();
    for span in ["colspan", "rowspan"] {
        if let Some(count) = node.whole(span).filter(|count| *count != 1) {
            attributes.push_str(&attribute(span, &count.to_string()));
        }
    }
    if let Some(color) = node.str("background").filter(|color| is_color(color)) {
        attributes.push_str(&attribute("style", &format!("background-color:{color}")));
    }
    element(out, tag, &attributes, |out| blocks(out, &node.content));
}

fn inline(out: &mut String, nodes: &[Node]) {
    for node in nodes {
        let mut ends = Vec::new();
        let mut marks: Vec<&Mark> = node.marks.iter().collect();
        marks.sort_by_key(|mark| schema::mark_rank(&mark.kind));
        for mark in marks {
            ends.extend(open_mark(out, mark));
        }
        leaf(out, node);
        for end in ends.iter().rev() {
            out.push_str(end);
        }
    }
}

fn open_mark(out: &mut String, mark: &Mark) -> Option<&'static str> {
    let (tag, end) = match &*mark.kind {
        "strong" => ("<strong>".to_owned(), "</strong>"),
        "em" => ("<em>".into(), "</em>"),
        "strike" => ("<s>".into(), "</s>"),
        "underline" => ("<u>".into(), "</u>"),
        "code" => ("<code>".into(), "</code>"),
        "subsup" if mark.str("type") == Some("sup") => ("<sup>".into(), "</sup>"),
        "subsup" => ("<sub>".into(), "</sub>"),
        "link" => return open_link(out, mark),
        _ => {
            let look = look(mark);
            (format!("<span{look}>"), "</span>")
        }
    };
    out.push_str(&tag);
    Some(end)
}

/// None, and nothing written, for an address that may do harm.
fn open_link(out: &mut String, mark: &Mark) -> Option<&'static str> {
    let href = mark.str("href").filter(|href| is_link(href))?;
    let title = mark.str("title").map(|title| attribute("title", title)).unwrap_or_default();
    out.push_str(&format!("<a{}{title}>", attribute("href", href)));
    Some("</a>")
}

/// The attributes that a mark becomes.
fn look(mark: &Mark) -> String {
    let color = mark.str("color").filter(|color| is_color(color));
    match (&*mark.kind, color) {
        ("textColor", Some(color)) => attribute("style", &format!("color:{color}")),
        ("backgroundColor", Some(color)) => attribute("style", &format!("background-color:{color}")),
        ("alignment", _) => match mark.str("align") {
            Some(align @ ("center" | "end")) => attribute("style", &format!("text-align:{align}")),
            _ => attribute("data-adf-mark", "alignment"),
        },
        (kind, _) => attribute("data-adf-mark", kind),
    }
}

fn leaf(out: &mut String, node: &Node) {
    match &*node.kind {
        "text" => escape(out, &node.text),
        "hardBreak" => out.push_str("<br>"),
        "mention" => {
            let id = attribute("data-account-id", node.str("id").unwrap_or_default());
            element(out, "span", &format!(" class=\"mention\"{id}"), |out| escape(out, &one(node)));
        }
        "date" => {
            let day = node.str("timestamp").and_then(dates::day).map(|day| attribute("datetime", &day)).unwrap_or_default();
            element(out, "time", &day, |out| escape(out, &one(node)));
        }
        "status" => {
            let class = attribute("class", &format!("status status-{}", node.str("color").unwrap_or("neutral")));
            element(out, "span", &class, |out| escape(out, &one(node)));
        }
        "emoji" => {
            let name = attribute("title", node.str("shortName").unwrap_or_default());
            element(out, "span", &format!(" class=\"emoji\"{name}"), |out| escape(out, &one(node)));
        }
        "inlineCard" => card(out, node),
        "mediaInline" => media(out, node, ""),
        kind if schema::is_inline(kind) => element(out, "span", &attribute("data-adf", kind), |out| escape(out, &one(node))),
        _ => block(out, node),
    }
}

fn card(out: &mut String, node: &Node) {
    let address = one(node);
    if is_link(&address) {
        element(out, "a", &attribute("href", &address), |out| escape(out, &address));
    } else {
        escape(out, &address);
    }
}

/// A picture where it can be had by address; a file that only the editor can show by its name.
fn media(out: &mut String, node: &Node, look: &str) {
    match node.str("url").filter(|url| is_link(url)) {
        Some(url) => {
            let mut attributes = attribute("src", url);
            attributes.push_str(&attribute("alt", node.str("alt").unwrap_or_default()));
            for size in ["width", "height"] {
                if let Some(pixels) = node.whole(size) {
                    attributes.push_str(&attribute(size, &pixels.to_string()));
                }
            }
            out.push_str(&format!("<img{attributes}{look}>"));
        }
        None => {
            let id = attribute("data-media-id", node.str("id").unwrap_or_default());
            element(out, "span", &format!("{id}{look}"), |out| escape(out, &one(node)));
        }
    }
}

fn element(out: &mut String, tag: &str, attributes: &str, content: impl FnOnce(&mut String)) {
    out.extend(["<", tag, attributes, ">"]);
    content(out);
    out.extend(["</", tag, ">"]);
}

fn attribute(name: &str, value: &str) -> String {
    let mut out = format!(" {name}=\"");
    escape(&mut out, value);
    out.push('"');
    out
}

fn is_color(color: &str) -> bool {
    let digits = color.strip_prefix('#').unwrap_or("-");
    matches!(digits.len(), 3 | 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether an address leads anywhere outside of Atlassian's own links, and runs nothing.
pub fn is_link(address: &str) -> bool {
    let ours = [PAGE, ATTACHMENT, RESOURCE].iter().any(|scheme| address.starts_with(scheme));
    !address.trim().is_empty() && !ours && is_safe(address)
}
