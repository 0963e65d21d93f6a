//! What links, pictures and macros refer to: elements in storage format, addresses elsewhere.
//!
//! - `page:KEY/Title` and `page:Title`
//! - `attachment:name`, a file of the page itself; `attachment:name?on=page%3AKEY%2FTitle`, one of another page
//! - `ri:kind?attribute=value`, whatever else Confluence knows: blog posts, spaces, people without an account id

use super::elements::{Element, Item, parse};
use crate::rich_text::markdown::escape_html as escape;
use crate::rich_text::sanitize::is_safe;

pub const PAGE: &str = "page:";
pub const ATTACHMENT: &str = "attachment:";
pub const RESOURCE: &str = "ri:";

/// Between a file and the page that has it.
const ON: &str = "?on=";

/// Resources that have no shorter address.
const RESOURCES: &[&str] = &["blog-post", "space", "user", "content-entity", "shortcut"];

/// Where an element leads to, and what it is called where a link has no words; None for what is no resource.
pub fn address(element: &Element) -> Option<(String, String)> {
    let attribute = |name: &str| element.attribute(name).unwrap_or_default();
    let kind = element.name.strip_prefix(RESOURCE)?;
    match kind {
        "page" => {
            let title = attribute("ri:content-title");
            let space = element.attribute("ri:space-key").map(|key| format!("{}/", encode(key))).unwrap_or_default();
            Some((format!("{PAGE}{space}{}", encode(title)), title.to_owned()))
        }
        "attachment" => {
            let file = element.attribute("ri:filename")?;
            let owner = element.children().find_map(address).map(|(owner, _)| format!("{ON}{}", encode(&owner)));
            Some((format!("{}{}", attachment_link(file), owner.unwrap_or_default()), file.to_owned()))
        }
        "url" => element.attribute("ri:value").map(|url| (url.to_owned(), url.to_owned())),
        _ => {
            let known = RESOURCES.iter().find(|known| **known == kind)?;
            let told: Vec<(&str, &str)> = (element.attributes.iter())
                .filter_map(|(name, value)| Some((name.strip_prefix(RESOURCE)?, value.as_str())))
                .filter(|(name, _)| is_attribute(name) && *name != "version-at-save")
                .collect();
            let first = told.first().map_or(*known, |(_, value)| value);
            let name = match *known {
                "blog-post" => attribute("ri:content-title").to_owned(),
                "user" => format!("@{first}"),
                _ => first.to_owned(),
            };
            let query: Vec<String> = told.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
            Some((format!("{RESOURCE}{known}?{}", query.join("&")), name))
        }
    }
}

/// The address of a picture: that of an attached one is its name alone, where that cannot be taken for anything else.
pub fn picture(element: &Element) -> Option<String> {
    let (address, name) = element.children().find_map(address)?;
    Some(if address == attachment_link(&name) { attachment(&name) } else { address })
}

pub fn attachment(file: &str) -> String {
    if is_name(file) { file.to_owned() } else { attachment_link(file) }
}

/// The link to a file of the page.
pub fn attachment_link(file: &str) -> String {
    format!("{ATTACHMENT}{}", encode(file))
}

/// The file of the page itself that an address stands for.
pub fn file_name(address: &str) -> Option<String> {
    match address.strip_prefix(ATTACHMENT) {
        Some(file) => (!file.contains(ON)).then(|| decode(file)),
        None => is_name(address).then(|| address.to_owned()),
    }
}

fn is_name(address: &str) -> bool {
    !address.is_empty() && !address.contains(['/', ':'])
}

/// The element that an address stands for; None for one that leads elsewhere.
pub fn element(address: &str) -> Option<String> {
    if let Some(page) = address.strip_prefix(PAGE) {
        let (space, title) = page.split_once('/').map_or((None, page), |(space, title)| (Some(space), title));
        let space = space.map(|space| attribute("ri:space-key", &decode(space))).unwrap_or_default();
        return Some(format!("<ri:page{}{space}/>", attribute("ri:content-title", &decode(title))));
    }
    if let Some(file) = address.strip_prefix(ATTACHMENT) {
        let (file, owner) = file.split_once(ON).map_or((file, None), |(file, owner)| (file, Some(decode(owner))));
        let name = attribute("ri:filename", &decode(file));
        // A file is of a page, and of no file.
        let owner = owner.filter(|owner| !owner.starts_with(ATTACHMENT)).and_then(|owner| element(&owner));
        return Some(match owner {
            Some(owner) => format!("<ri:attachment{name}>{owner}</ri:attachment>"),
            None => format!("<ri:attachment{name}/>"),
        });
    }
    let (kind, query) = address.strip_prefix(RESOURCE)?.split_once('?')?;
    let kind = RESOURCES.iter().find(|known| **known == kind)?;
    let mut attributes = String::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').filter(|(name, _)| is_attribute(name))?;
        attributes.push_str(&attribute(&format!("{RESOURCE}{name}"), &decode(value)));
    }
    Some(format!("<{RESOURCE}{kind}{attributes}/>"))
}

fn is_attribute(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// What a parameter refers to, as markup, and what that is called; None for one of text alone.
pub fn parameter(element: &Element) -> Option<(String, String)> {
    let mut names = Vec::new();
    let mut markup = String::new();
    references(&mut markup, &mut names, element);
    (!names.is_empty()).then(|| (markup, names.join(", ")))
}

/// Markup that was kept of a parameter: references and text, whatever it has become since.
pub fn kept(markup: &str) -> Option<String> {
    parameter(&parse(markup).ok()?).map(|(markup, _)| markup)
}

fn references(out: &mut String, names: &mut Vec<String>, element: &Element) {
    for item in &element.content {
        match item {
            Item::Text(text) => escape(out, text),
            Item::Element(inner) => {
                let resource = inner.name.starts_with(RESOURCE);
                let link = matches!(&*inner.name, "ac:link" | "ac:link-body" | "ac:plain-text-link-body");
                if resource && !inner.attribute("ri:value").is_none_or(is_safe) {
                    continue;
                }
                if !resource && !link {
                    references(out, names, inner);
                    continue;
                }
                if resource {
                    names.push(address(inner).map_or_else(|| inner.name.clone(), |(_, name)| name));
                }
                let mut attributes = String::new();
                for (name, value) in &inner.attributes {
                    if let Some((prefix, rest)) = name.split_once(':').filter(|(_, rest)| is_attribute(rest))
                        && matches!(prefix, "ac" | "ri")
                    {
                        attributes.push_str(&attribute(&format!("{prefix}:{rest}"), value));
                    }
                }
                let mut inside = String::new();
                // The page of a file is no reference of its own.
                let mut owners = Vec::new();
                references(&mut inside, if resource { &mut owners } else { names }, inner);
                let name = &inner.name;
                out.push_str(&if inside.is_empty() {
                    format!("<{name}{attributes}/>")
                } else {
                    format!("<{name}{attributes}>{inside}</{name}>")
                });
            }
        }
    }
}

pub fn attribute(name: &str, value: &str) -> String {
    let mut out = format!(" {name}=\"");
    escape(&mut out, value);
    out.push('"');
    out
}

const UNRESERVED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// As it may stand in an address.
pub fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, UNRESERVED).to_string()
}

pub fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
