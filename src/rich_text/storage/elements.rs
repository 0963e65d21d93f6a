//! Markup as a tree of elements. Mistakes are borne: what is not closed ends with what it is in.

use crate::rich_text::tags::{Piece, entities, pieces};
use crate::rich_text::{DEEPEST, Fault, MOST_NODES};

#[derive(Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub content: Vec<Item>,
}

pub enum Item {
    Text(String),
    Element(Element),
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn children(&self) -> impl Iterator<Item = &Element> {
        self.content.iter().filter_map(|item| match item {
            Item::Element(element) => Some(element),
            Item::Text(_) => None,
        })
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children().find(|child| child.name == name)
    }

    /// All the text inside.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for item in &self.content {
            match item {
                Item::Text(text) => out.push_str(text),
                Item::Element(element) => out.push_str(&element.text()),
            }
        }
        out
    }
}

/// Elements without an end.
const VOID: &[&str] = &["br", "hr", "img", "col"];

pub fn parse(source: &str) -> Result<Element, Fault> {
    let mut open = vec![Element::default()];
    let mut count = 0;
    for piece in pieces(source) {
        count += 1;
        if count > MOST_NODES * 4 {
            return Err(Fault::too_many());
        }
        match piece {
            Piece::Text(text) => add_text(&mut open, &entities(text)),
            Piece::Data(text) => add_text(&mut open, text),
            Piece::Comment(_) => {}
            Piece::Open { name, attributes, source } => {
                let alone = source.ends_with("/>") || VOID.contains(&name.as_str());
                let element = Element { name, attributes, content: Vec::new() };
                if alone {
                    add(&mut open, element);
                } else if open.len() >= DEEPEST {
                    return Err(Fault::too_deep());
                } else {
                    open.push(element);
                }
            }
            Piece::Close { name, .. } => {
                if let Some(at) = open.iter().skip(1).rposition(|element| element.name == name) {
                    while open.len() > at + 1 {
                        close(&mut open);
                    }
                }
            }
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    Ok(open.pop().unwrap_or_default())
}

fn close(open: &mut Vec<Element>) {
    if let Some(element) = open.pop() {
        add(open, element);
    }
}

fn add(open: &mut [Element], element: Element) {
    if let Some(outer) = open.last_mut() {
        outer.content.push(Item::Element(element));
    }
}

fn add_text(open: &mut [Element], text: &str) {
    let Some(outer) = open.last_mut() else { return };
    match outer.content.last_mut() {
        Some(Item::Text(known)) => known.push_str(text),
        _ => outer.content.push(Item::Text(text.to_owned())),
    }
}
