//! The document tree, from JSON and back.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{DEEPEST, Fault, MOST_NODES};

/// Around one node.
const MOST_MARKS: usize = 64;

pub type Attrs = Map<String, Value>;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub kind: Cow<'static, str>,
    /// None where there are none: most nodes.
    pub attrs: Option<Box<Attrs>>,
    pub marks: Vec<Mark>,
    pub content: Vec<Node>,
    /// Of a `text` node.
    pub text: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    pub kind: Cow<'static, str>,
    pub attrs: Option<Box<Attrs>>,
}

impl Node {
    pub fn new(kind: impl Into<Cow<'static, str>>) -> Self {
        Node { kind: kind.into(), ..Node::default() }
    }

    pub fn of(kind: impl Into<Cow<'static, str>>, content: Vec<Node>) -> Self {
        Node { kind: kind.into(), content, ..Node::default() }
    }

    pub fn text(text: impl Into<String>, marks: Vec<Mark>) -> Self {
        Node { kind: "text".into(), text: text.into(), marks, ..Node::default() }
    }

    pub fn paragraph(content: Vec<Node>) -> Self {
        Node::of("paragraph", content)
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.attrs.get_or_insert_default().insert(key.to_owned(), value.into());
    }

    pub fn attr(&self, key: &str) -> Option<&Value> {
        self.attrs.as_ref()?.get(key)
    }

    pub fn str(&self, key: &str) -> Option<&str> {
        self.attr(key)?.as_str()
    }

    /// A number that is whole, whatever its spelling.
    pub fn whole(&self, key: &str) -> Option<u64> {
        let value = self.attr(key)?;
        value.as_u64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..1e15).contains(n)).map(|n| n as u64))
    }

    pub fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    pub fn has_mark(&self, kind: &str) -> bool {
        self.marks.iter().any(|mark| mark.kind == kind)
    }

    /// Whether there are more levels than so many.
    pub fn is_deeper(&self, levels: usize) -> bool {
        levels == 0 || self.content.iter().any(|child| child.is_deeper(levels - 1))
    }

    /// The tree of a JSON object. Unknown nodes, marks and attributes are kept.
    pub fn from_value(value: Value) -> Result<Node, Fault> {
        read(value, 0, &mut 0)
    }

    pub fn into_value(self) -> Value {
        let mut out = Map::new();
        out.insert("type".into(), Value::String(self.kind.clone().into_owned()));
        if self.kind == "doc" {
            out.insert("version".into(), 1.into());
        }
        if self.kind == "text" {
            out.insert("text".into(), Value::String(self.text));
        }
        if let Some(attrs) = self.attrs {
            out.insert("attrs".into(), Value::Object(*attrs));
        }
        // Leaves and empty text blocks differ: the schema wants a list where there may be children.
        if !self.content.is_empty() || super::schema::has_children(&self.kind) {
            out.insert("content".into(), self.content.into_iter().map(Node::into_value).collect());
        }
        if !self.marks.is_empty() {
            out.insert("marks".into(), self.marks.into_iter().map(Mark::into_value).collect());
        }
        Value::Object(out)
    }
}

impl Mark {
    pub fn new(kind: impl Into<Cow<'static, str>>) -> Self {
        Mark { kind: kind.into(), attrs: None }
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.attrs.get_or_insert_default().insert(key.to_owned(), value.into());
        self
    }

    pub fn str(&self, key: &str) -> Option<&str> {
        self.attrs.as_ref()?.get(key)?.as_str()
    }

    pub fn from_value(value: Value) -> Result<Mark, Fault> {
        let Value::Object(mut fields) = value else { return Err(Fault::new("expected an object")) };
        Ok(Mark { kind: kind(&mut fields)?, attrs: attrs(&mut fields)? })
    }

    pub fn into_value(self) -> Value {
        let mut out = Map::new();
        out.insert("type".into(), Value::String(self.kind.into_owned()));
        if let Some(attrs) = self.attrs {
            out.insert("attrs".into(), Value::Object(*attrs));
        }
        Value::Object(out)
    }
}

fn read(value: Value, depth: usize, count: &mut usize) -> Result<Node, Fault> {
    let Value::Object(mut fields) = value else { return Err(Fault::new("expected an object")) };
    if depth >= DEEPEST {
        return Err(Fault::too_deep());
    }
    *count += 1;
    if *count > MOST_NODES {
        return Err(Fault::too_many());
    }
    let mut node = Node { kind: kind(&mut fields)?, attrs: attrs(&mut fields)?, ..Node::default() };
    match fields.remove("text") {
        Some(Value::String(text)) => node.text = text,
        None | Some(Value::Null) => {}
        Some(_) => return Err(Fault::new("expected a string").inside("text")),
    }
    let marks = list(&mut fields, "marks")?;
    if marks.len() > MOST_MARKS {
        return Err(Fault::new(format!("more than {MOST_MARKS}")).inside("marks"));
    }
    for (index, mark) in marks.into_iter().enumerate() {
        node.marks.push(Mark::from_value(mark).map_err(|fault| fault.inside(&format!("marks[{index}]")))?);
    }
    for (index, child) in list(&mut fields, "content")?.into_iter().enumerate() {
        node.content.push(read(child, depth + 1, count).map_err(|fault| fault.inside(&format!("content[{index}]")))?);
    }
    Ok(node)
}

fn kind(fields: &mut Attrs) -> Result<Cow<'static, str>, Fault> {
    match fields.remove("type") {
        // Known names are not stored again.
        Some(Value::String(name)) => Ok(super::schema::known_name(&name).map_or(Cow::Owned(name), Cow::Borrowed)),
        Some(_) => Err(Fault::new("expected a string").inside("type")),
        None => Err(Fault::new("missing").inside("type")),
    }
}

fn attrs(fields: &mut Attrs) -> Result<Option<Box<Attrs>>, Fault> {
    match fields.remove("attrs") {
        Some(Value::Object(attrs)) if attrs.is_empty() => Ok(None),
        Some(Value::Object(attrs)) => Ok(Some(Box::new(attrs))),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(Fault::new("expected an object").inside("attrs")),
    }
}

fn list(fields: &mut Attrs, key: &str) -> Result<Vec<Value>, Fault> {
    match fields.remove(key) {
        Some(Value::Array(items)) => Ok(items),
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(_) => Err(Fault::new("expected a list").inside(key)),
    }
}
