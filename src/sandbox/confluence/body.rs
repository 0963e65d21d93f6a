//! Bodies: kept in the format they were given in. Between formats there is a plain conversion only, not Confluence's own:
//! see `Body::convert`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::reply::Refusal;
use super::store::bad;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// "storage", "atlas_doc_format", "raw"
    pub representation: String,
    pub value: String,
}

impl Body {
    pub fn storage(value: impl Into<String>) -> Body {
        Body { representation: "storage".to_owned(), value: value.into() }
    }

    /// What a request gives: `{"representation", "value"}`, or the same below the name of its format. Wiki markup becomes storage
    /// format at once, as there. None: no body is given; one without a value, or of no format, is refused.
    pub fn given(body: Option<&Value>) -> Result<Option<Body>, Refusal> {
        const FORMATS: [&str; 4] = ["storage", "atlas_doc_format", "wiki", "raw"];
        let Some(body) = body.filter(|body| !body.is_null()) else { return Ok(None) };
        let nested = FORMATS.iter().find_map(|format| Some((*format, body.get(*format)?)));
        let (representation, value) = match nested {
            Some((format, inner)) => (Some(format), inner.get("value")),
            None => (body.get("representation").and_then(Value::as_str), body.get("value")),
        };
        let representation = representation.ok_or_else(|| bad("A body needs a representation, such as storage."))?;
        let value = value.and_then(Value::as_str).ok_or_else(|| bad("A body needs a value, which is text."))?;
        match representation {
            "wiki" => Ok(Some(Body::storage(wiki_to_storage(value)))),
            "storage" => {
                well_formed(value)?;
                Ok(Some(Body::storage(value)))
            }
            "atlas_doc_format" => {
                let document: Option<Value> = serde_json::from_str(value).ok();
                if document.and_then(|document| document.get("type").map(|kind| kind == "doc")) != Some(true) {
                    return Err(bad("The value of a body in atlas_doc_format must be a document as JSON text."));
                }
                Ok(Some(Body { representation: representation.to_owned(), value: value.to_owned() }))
            }
            "raw" => Ok(Some(Body { representation: representation.to_owned(), value: value.to_owned() })),
            other => Err(bad(format!("{other} is no representation of a body that can be written."))),
        }
    }

    /// The body in another format. Simplified: rendering (`view`, `export_view`, …) shows macros as blocks of their content; to
    /// `atlas_doc_format` only headings and paragraphs of plain text come over, and from it the common nodes and marks.
    pub fn convert(&self, to: &str) -> Option<String> {
        if self.representation == to {
            return Some(self.value.clone());
        }
        let storage = match self.representation.as_str() {
            "atlas_doc_format" => serde_json::from_str(&self.value).map(|document| nodes_to_storage(&document)).unwrap_or_default(),
            _ => self.value.clone(),
        };
        match to {
            "storage" | "editor" | "editor2" | "raw" => Some(storage),
            "view" | "export_view" | "anonymous_export_view" | "styled_view" => Some(render(&storage)),
            "atlas_doc_format" => Some(storage_to_document(&storage).to_string()),
            _ => None,
        }
    }

    /// What is read in it, for the search.
    pub fn text(&self) -> String {
        self.convert("storage").map(|storage| plain(&storage)).unwrap_or_default()
    }
}

/// Tags that HTML leaves open.
const VOID: [&str; 6] = ["br", "hr", "img", "col", "wbr", "input"];

/// Storage format is XML: what is opened must be closed.
fn well_formed(storage: &str) -> Result<(), Refusal> {
    let mut open: Vec<&str> = Vec::new();
    for piece in pieces(storage) {
        let Piece::Tag(tag) = piece else { continue };
        let name = tag_name(tag);
        if tag.starts_with("</") {
            if open.pop() != Some(name) {
                return Err(bad(format!("The body is no well-formed storage format: </{name}> closes what is not open.")));
            }
        } else if !tag.ends_with("/>") && !VOID.contains(&name) && !tag.starts_with("<!") && !tag.starts_with("<?") {
            open.push(name);
        }
    }
    open.pop().map_or(Ok(()), |name| Err(bad(format!("The body is no well-formed storage format: <{name}> is not closed."))))
}

enum Piece<'a> {
    Text(&'a str),
    Tag(&'a str),
    /// What stands inside of `<![CDATA[…]]>`.
    Data(&'a str),
}

fn pieces(storage: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = storage;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("<![CDATA[") {
            let (data, after) = inner.split_once("]]>").unwrap_or((inner, ""));
            found.push(Piece::Data(data));
            rest = after;
        } else if rest.starts_with('<') {
            let end = rest.find('>').map_or(rest.len(), |place| place + 1);
            let (tag, after) = rest.split_at(end);
            found.push(Piece::Tag(tag));
            rest = after;
        } else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            found.push(Piece::Text(text));
            rest = after;
        }
    }
    found
}

/// "</ac:link>" → "ac:link"
fn tag_name(tag: &str) -> &str {
    let inner = tag.trim_start_matches(['<', '/']);
    inner.split(|letter: char| letter.is_whitespace() || letter == '>' || letter == '/').next().unwrap_or_default()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = tag.split_once(&format!("{name}=\""))?;
    after.split_once('"').map(|(value, _)| value)
}

fn is_block(name: &str) -> bool {
    matches!(name, "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" | "td" | "th" | "tr" | "br" | "ac:task-body" | "pre" | "div")
}

/// What is said in parameters and ids is not read.
fn is_silent(name: &str) -> bool {
    matches!(name, "ac:parameter" | "ac:task-id" | "ac:task-uuid" | "ac:task-status")
}

pub fn plain(storage: &str) -> String {
    let mut text = String::with_capacity(storage.len());
    let mut silent = false;
    for piece in pieces(storage) {
        match piece {
            Piece::Text(part) if !silent => text.push_str(&unescape(part)),
            Piece::Data(part) if !silent => text.push_str(part),
            Piece::Tag(tag) if is_silent(tag_name(tag)) => silent = !tag.starts_with("</") && !tag.ends_with("/>"),
            Piece::Tag(tag) if is_block(tag_name(tag)) && !text.ends_with(' ') => text.push(' '),
            _ => {}
        }
    }
    text.trim().to_owned()
}

pub fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&nbsp;", " ");
    plain.replace("&amp;", "&")
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn render(storage: &str) -> String {
    let mut html = String::with_capacity(storage.len());
    let mut silent = false;
    for piece in pieces(storage) {
        let tag = match piece {
            Piece::Text(part) => {
                if !silent {
                    html.push_str(part);
                }
                continue;
            }
            Piece::Data(part) => {
                html.push_str(&escape(part));
                continue;
            }
            Piece::Tag(tag) => tag,
        };
        let (name, closes) = (tag_name(tag), tag.starts_with("</"));
        if is_silent(name) {
            silent = !closes && !tag.ends_with("/>");
            continue;
        }
        let pair = match name {
            "ac:structured-macro" if closes => "</div>".to_owned(),
            "ac:structured-macro" => format!("<div class=\"macro {}\">", attribute(tag, "ac:name").unwrap_or_default()),
            "ac:plain-text-body" => (if closes { "</pre>" } else { "<pre>" }).to_owned(),
            "ac:link" => (if closes { "</a>" } else { "<a>" }).to_owned(),
            "ri:page" => escape(attribute(tag, "ri:content-title").unwrap_or_default()),
            "ri:attachment" => format!("<img src=\"{}\"/>", attribute(tag, "ri:filename").unwrap_or_default()),
            "ri:url" => format!("<img src=\"{}\"/>", attribute(tag, "ri:value").unwrap_or_default()),
            "ri:user" => format!("@{}", attribute(tag, "ri:account-id").unwrap_or_default()),
            "ac:task-list" => (if closes { "</ul>" } else { "<ul class=\"inline-task-list\">" }).to_owned(),
            "ac:task" => (if closes { "</li>" } else { "<li>" }).to_owned(),
            other if other.starts_with("ac:") || other.starts_with("ri:") => String::new(),
            _ => tag.to_owned(),
        };
        html.push_str(&pair);
    }
    html
}

fn storage_to_document(storage: &str) -> Value {
    let mut content = Vec::new();
    let mut text = String::new();
    let mut level: Option<u64> = None;
    let mut flush = |text: &mut String, level: Option<u64>| {
        let line = std::mem::take(text).trim().to_owned();
        if !line.is_empty() {
            let inner = json!([{"type": "text", "text": line}]);
            content.push(match level {
                Some(level) => json!({"type": "heading", "attrs": {"level": level}, "content": inner}),
                None => json!({"type": "paragraph", "content": inner}),
            });
        }
    };
    let mut silent = false;
    for piece in pieces(storage) {
        match piece {
            Piece::Text(part) if !silent => text.push_str(&unescape(part)),
            Piece::Data(part) => text.push_str(part),
            Piece::Tag(tag) if is_silent(tag_name(tag)) => silent = !tag.starts_with("</") && !tag.ends_with("/>"),
            Piece::Tag(tag) if is_block(tag_name(tag)) => {
                flush(&mut text, level);
                let heading = tag_name(tag).strip_prefix('h').and_then(|digit| digit.parse().ok());
                level = heading.filter(|_| !tag.starts_with("</"));
            }
            _ => {}
        }
    }
    flush(&mut text, level);
    json!({"version": 1, "type": "doc", "content": content})
}

fn nodes_to_storage(node: &Value) -> String {
    let inner = || node.get("content").and_then(Value::as_array).map(|list| list.iter().map(nodes_to_storage).collect::<String>());
    let wrap = |tag: &str| format!("<{tag}>{}</{tag}>", inner().unwrap_or_default());
    let attribute = |name: &str| node.get("attrs").and_then(|attrs| attrs.get(name));
    match node.get("type").and_then(Value::as_str).unwrap_or_default() {
        "text" => {
            let text = escape(node.get("text").and_then(Value::as_str).unwrap_or_default());
            let marks = node.get("marks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            marks.iter().fold(text, |text, mark| match mark.get("type").and_then(Value::as_str) {
                Some(kind @ ("strong" | "em" | "code")) => format!("<{kind}>{text}</{kind}>"),
                Some("link") => {
                    let href = mark.pointer("/attrs/href").and_then(Value::as_str).unwrap_or_default();
                    format!("<a href=\"{}\">{text}</a>", escape(href))
                }
                _ => text,
            })
        }
        "paragraph" => wrap("p"),
        "heading" => wrap(&format!("h{}", attribute("level").and_then(Value::as_u64).unwrap_or(1))),
        "bulletList" => wrap("ul"),
        "orderedList" => wrap("ol"),
        "listItem" => wrap("li"),
        "blockquote" => wrap("blockquote"),
        "codeBlock" => wrap("pre"),
        "rule" => "<hr/>".to_owned(),
        "hardBreak" => "<br/>".to_owned(),
        "table" => format!("<table><tbody>{}</tbody></table>", inner().unwrap_or_default()),
        "tableRow" => wrap("tr"),
        "tableHeader" => wrap("th"),
        "tableCell" => wrap("td"),
        "mention" | "status" | "emoji" => escape(attribute("text").and_then(Value::as_str).unwrap_or_default()),
        _ => inner().unwrap_or_default(),
    }
}

/// Headings, bullets and paragraphs.
fn wiki_to_storage(wiki: &str) -> String {
    let mut storage = String::new();
    for line in wiki.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let heading = line.split_once(". ").filter(|(mark, _)| matches!(*mark, "h1" | "h2" | "h3" | "h4" | "h5" | "h6"));
        storage.push_str(&match (heading, line.strip_prefix("* ")) {
            (Some((mark, text)), _) => format!("<{mark}>{}</{mark}>", escape(text)),
            (_, Some(text)) => format!("<ul><li>{}</li></ul>", escape(text)),
            _ => format!("<p>{}</p>", escape(line)),
        });
    }
    storage
}

/// A task of a body in storage format: its own id, whether it is done, its text and the account it mentions.
pub struct Todo {
    pub local: String,
    pub complete: bool,
    pub text: String,
    pub assignee: Option<String>,
    pub due: Option<String>,
}

pub fn tasks(storage: &str) -> Vec<Todo> {
    let inner = |task: &str, name: &str| {
        let (_, after) = task.split_once(&format!("<{name}>"))?;
        after.split_once(&format!("</{name}>")).map(|(text, _)| text.to_owned())
    };
    let parts = storage.split("<ac:task>").skip(1).map(|part| part.split("</ac:task>").next().unwrap_or_default());
    let read = |task: &str| {
        let body = inner(task, "ac:task-body").unwrap_or_default();
        Some(Todo {
            local: inner(task, "ac:task-id")?,
            complete: inner(task, "ac:task-status").as_deref() == Some("complete"),
            text: body.clone(),
            assignee: attribute(&body, "ri:account-id").map(str::to_owned),
            due: attribute(&body, "datetime").map(str::to_owned),
        })
    };
    parts.filter_map(read).collect()
}

/// The body with one task marked.
pub fn mark_task(storage: &str, local: &str, complete: bool) -> String {
    let id = format!("<ac:task-id>{local}</ac:task-id>");
    let Some((before, after)) = storage.split_once(&id) else { return storage.to_owned() };
    let (old, new) = if complete { ("incomplete", "complete") } else { ("complete", "incomplete") };
    let mark = |word: &str| format!("<ac:task-status>{word}</ac:task-status>");
    format!("{before}{id}{}", after.replacen(&mark(old), &mark(new), 1))
}

/// A macro of a body, and what it holds.
pub struct Macro {
    pub name: String,
    pub parameters: Vec<(String, String)>,
    pub body: String,
}

pub fn find_macro(storage: &str, id: &str) -> Option<Macro> {
    let (before, after) = storage.split_once(&format!("ac:macro-id=\"{id}\""))?;
    let start = before.rfind("<ac:structured-macro")?;
    let name = attribute(storage.get(start..)?, "ac:name")?.to_owned();
    let (_, inner) = after.split_once('>')?;
    let (inner, _) = inner.split_once("</ac:structured-macro>")?;
    let parameters = inner.split("<ac:parameter ac:name=\"").skip(1).filter_map(|part| {
        let (key, rest) = part.split_once("\">")?;
        Some((key.to_owned(), rest.split_once("</ac:parameter>")?.0.to_owned()))
    });
    let rich = inner.split_once("<ac:rich-text-body>").and_then(|(_, rest)| rest.rsplit_once("</ac:rich-text-body>")).map(|(text, _)| text);
    let data = inner.split_once("<![CDATA[").and_then(|(_, rest)| rest.split_once("]]>")).map(|(text, _)| text);
    Some(Macro { name, parameters: parameters.collect(), body: rich.or(data).unwrap_or_default().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<h1>Setup &amp; more</h1><p>Read <strong>this</strong></p><ac:structured-macro ac:name=\"code\" ac:macro-id=\"m1\">\
        <ac:parameter ac:name=\"language\">go</ac:parameter><ac:plain-text-body><![CDATA[a < b]]></ac:plain-text-body></ac:structured-macro>";

    #[test]
    fn text_is_read_without_markup_and_parameters() {
        assert_eq!(Body::storage(PAGE).text(), "Setup & more Read this a < b");
    }

    #[test]
    fn formats_are_kept_or_converted() {
        let view = Body::storage(PAGE).convert("view").unwrap();
        assert!(view.contains("<div class=\"macro code\"><pre>a &lt; b</pre></div>") && !view.contains("go"), "{view}");
        let document =
            Body { representation: "atlas_doc_format".to_owned(), value: Body::storage(PAGE).convert("atlas_doc_format").unwrap() };
        assert_eq!(document.convert("storage").unwrap(), "<h1>Setup &amp; more</h1><p>Read this</p><p>a &lt; b</p>");
        assert_eq!(Body::storage(PAGE).convert("unknown"), None);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for lacking in [json!({}), json!({"value": PAGE}), json!({"representation": "storage"}), json!({"storage": {}})] {
            assert!(Body::given(Some(&lacking)).is_err(), "{lacking}");
        }
        assert_eq!(Body::given(Some(&Value::Null)).unwrap(), None);
        for bad in ["<p>", "<p></b></p>", "</p>"] {
            assert!(Body::given(Some(&json!({"representation": "storage", "value": bad}))).is_err(), "{bad}");
        }
        assert!(Body::given(Some(&json!({"storage": {"value": PAGE}}))).unwrap().is_some());
        assert!(Body::given(Some(&json!({"representation": "atlas_doc_format", "value": "{}"}))).is_err());
    }

    #[test]
    fn tasks_and_macros_are_found() {
        let storage = "<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body>Call \
            <ac:link><ri:user ri:account-id=\"abc\"/></ac:link></ac:task-body></ac:task></ac:task-list>";
        let found = tasks(storage);
        assert_eq!((found.len(), found[0].complete, found[0].assignee.as_deref()), (1, false, Some("abc")));
        assert!(tasks(&mark_task(storage, "1", true))[0].complete);
        let found = find_macro(PAGE, "m1").unwrap();
        assert_eq!((found.name.as_str(), found.body.as_str()), ("code", "a < b"));
        assert_eq!(found.parameters, [("language".to_owned(), "go".to_owned())]);
    }
}
