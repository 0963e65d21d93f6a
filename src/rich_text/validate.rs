//! A document against the schema. The first fault is told with its path.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::sanitize::is_safe;
use super::schema::{Attr, Child, Children, Kind, NODES, NodeRule, mark_rule, node_rule};
use super::{DEEPEST, Fault};
use crate::engine::spelling;

/// Checks a whole document, whose outermost node is a `doc`.
pub fn validate(document: &Value) -> Result<(), Fault> {
    let fields = object(document)?;
    let kind = kind(fields)?;
    if kind != "doc" {
        return Err(Fault::new(format!("a document's outermost node is \"doc\", not {kind:?}")).inside("type"));
    }
    match fields.get("version") {
        Some(Value::Number(version)) if version.as_f64() == Some(1.0) => {}
        Some(other) => return Err(Fault::new(format!("must be 1, got {other}")).inside("version")),
        None => return Err(Fault::new("missing; it is 1").inside("version")),
    }
    if !fields.contains_key("content") {
        return Err(Fault::new("missing").inside("content"));
    }
    node(document, &[], 0)
}

/// `marks`: those that the node may have where it stands.
fn node(value: &Value, marks: &[&str], depth: usize) -> Result<(), Fault> {
    if depth >= DEEPEST {
        return Err(Fault::too_deep());
    }
    let fields = object(value)?;
    let kind = kind(fields)?;
    let Some(rule) = node_rule(kind) else {
        let names: Vec<&str> = NODES.iter().map(|rule| rule.name).collect();
        return Err(Fault::new(format!("no node is called {kind:?}{}", meant(kind, &names))).inside("type"));
    };
    for key in fields.keys() {
        let known = match key.as_str() {
            "type" | "attrs" | "content" | "marks" => true,
            "text" => kind == "text",
            "version" => kind == "doc",
            _ => false,
        };
        if !known {
            return Err(Fault::new(format!("a {kind} has none")).inside(key));
        }
    }
    attributes(fields, rule.forms, rule.needs_attrs)?;
    check_marks(fields, kind, marks)?;
    children(fields, rule, depth)
}

fn children(fields: &Map<String, Value>, rule: &NodeRule, depth: usize) -> Result<(), Fault> {
    let content = match fields.get("content") {
        None => &[],
        Some(Value::Array(items)) => items.as_slice(),
        Some(_) => return Err(Fault::new("expected a list").inside("content")),
    };
    let kind = rule.name;
    let (min, max) = match rule.children {
        Children::None => (0, 0),
        Children::Of { min, max, .. } => (min, max),
        Children::Media => (1, 2),
        Children::Text => {
            match fields.get("text") {
                Some(Value::String(text)) if !text.is_empty() => {}
                Some(Value::String(_)) => return Err(Fault::new("must not be empty").inside("text")),
                Some(_) => return Err(Fault::new("expected a string").inside("text")),
                None => return Err(Fault::new("missing").inside("text")),
            }
            (0, 0)
        }
    };
    if content.len() < min {
        return Err(Fault::new(format!("a {kind} has at least {min}, got {}", content.len())).inside("content"));
    }
    if content.len() > max {
        let most = if max == 0 { "no content".to_owned() } else { format!("at most {max}, got {}", content.len()) };
        return Err(Fault::new(format!("a {kind} has {most}")).inside("content"));
    }
    let allowed = rule.allowed();
    for (index, child) in content.iter().enumerate() {
        let step = format!("content[{index}]");
        let of_place = match (&rule.children, index) {
            (Children::Media, 0) => allowed.get(..1),
            (Children::Media, _) => allowed.get(1..),
            _ => Some(allowed),
        };
        let found = self::kind(object(child).map_err(|fault| fault.inside(&step))?).map_err(|fault| fault.inside(&step))?;
        let place = of_place.unwrap_or_default().iter().find(|(name, _)| *name == found);
        match place {
            Some((_, marks)) => node(child, marks, depth + 1).map_err(|fault| fault.inside(&step))?,
            None => {
                // A name that nobody has is the better complaint.
                if node_rule(found).is_none() {
                    node(child, &[], depth + 1).map_err(|fault| fault.inside(&step))?;
                }
                return Err(Fault::new(format!("a {kind} cannot hold a {found} here; it holds {}", names(of_place.unwrap_or_default())))
                    .inside("type")
                    .inside(&step));
            }
        }
    }
    Ok(())
}

fn names(children: &[Child]) -> String {
    children.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn check_marks(fields: &Map<String, Value>, kind: &str, allowed: &[&str]) -> Result<(), Fault> {
    let marks = match fields.get("marks") {
        None => return Ok(()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Fault::new("expected a list").inside("marks")),
    };
    let present: BTreeSet<&str> = marks.iter().filter_map(|mark| mark.get("type")?.as_str()).collect();
    for (index, mark) in marks.iter().enumerate() {
        let at = |fault: Fault| fault.inside(&format!("marks[{index}]"));
        let fields = object(mark).map_err(at)?;
        let name = self::kind(fields).map_err(at)?;
        let Some(rule) = mark_rule(name).filter(|rule| allowed.contains(&rule.name)) else {
            let which = if allowed.is_empty() { "no marks".to_owned() } else { format!("these marks: {}", allowed.join(", ")) };
            return Err(at(
                Fault::new(format!("a {kind} cannot be marked {name:?} here; it takes {which}{}", meant(name, allowed))).inside("type")
            ));
        };
        if let Some(key) = fields.keys().find(|key| !matches!(key.as_str(), "type" | "attrs")) {
            return Err(at(Fault::new("a mark has none").inside(key)));
        }
        attributes(fields, &[rule.attrs], rule.attrs.iter().any(|attr| attr.required)).map_err(at)?;
        if let Some(other) = rule.excludes.iter().find(|other| present.contains(*other)) {
            return Err(at(Fault::new(format!("{name:?} and {other:?} cannot stand together")).inside("type")));
        }
    }
    Ok(())
}

fn attributes(fields: &Map<String, Value>, forms: &[&[Attr]], needed: bool) -> Result<(), Fault> {
    let empty = Map::new();
    let attrs = match fields.get("attrs") {
        Some(Value::Object(attrs)) => attrs,
        Some(_) => return Err(Fault::new("expected an object").inside("attrs")),
        None if needed => return Err(Fault::new(format!("missing; it holds {}", attr_names(forms))).inside("attrs")),
        None => &empty,
    };
    // Nodes without attributes at all need none of what a form requires.
    if fields.get("attrs").is_none() {
        return Ok(());
    }
    let mut best: Option<Vec<Fault>> = None;
    for form in forms {
        let faults = form_faults(attrs, form);
        if faults.is_empty() {
            return Ok(());
        }
        if best.as_ref().is_none_or(|known| faults.len() < known.len()) {
            best = Some(faults);
        }
    }
    match best.and_then(|faults| faults.into_iter().next()) {
        Some(fault) => Err(fault.inside("attrs")),
        None => Ok(()),
    }
}

fn attr_names(forms: &[&[Attr]]) -> String {
    let of = |form: &[Attr]| form.iter().filter(|attr| attr.required).map(|attr| attr.name).collect::<Vec<_>>().join(", ");
    let told: Vec<String> = forms.iter().map(|form| of(form)).filter(|names| !names.is_empty()).collect();
    if told.is_empty() { "title".to_owned() } else { told.join(", or ") }
}

fn form_faults(attrs: &Map<String, Value>, form: &[Attr]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for attr in form {
        match attrs.get(attr.name) {
            Some(value) => faults.extend(value_fault(&attr.kind, value).map(|what| Fault::new(what).inside(attr.name))),
            None if attr.required => faults.push(Fault::new("missing").inside(attr.name)),
            None => {}
        }
    }
    for key in attrs.keys() {
        if !form.iter().any(|attr| attr.name == key) {
            let known: Vec<&str> = form.iter().map(|attr| attr.name).collect();
            faults.push(Fault::new(format!("no such attribute{}", meant(key, &known))).inside(key));
        }
    }
    faults
}

/// Whether an attribute may have a value.
pub fn fits(kind: &Kind, value: &Value) -> bool {
    value_fault(kind, value).is_none()
}

fn value_fault(kind: &Kind, value: &Value) -> Option<String> {
    let number = value.as_f64();
    let expected = match (kind, value) {
        (Kind::AnyValue, _) | (Kind::Str, Value::String(_)) | (Kind::Bool, Value::Bool(_)) => return None,
        (Kind::Address, Value::String(text)) if is_safe(text) => return None,
        (Kind::Address, Value::String(_)) => "an address that runs nothing".into(),
        (Kind::Name, Value::String(text)) if text.is_empty() => return Some("must not be empty".into()),
        (Kind::Name, Value::String(_)) => return None,
        (Kind::Range(min, max), Value::Number(_)) if number.is_some_and(|n| n >= *min && n <= *max) => return None,
        (Kind::Range(min, max), _) if *min > f64::MIN => format!("a number from {min} to {max}"),
        (Kind::Range(..), Value::Number(_)) => return None,
        (Kind::Whole, Value::Number(_)) if number.is_some_and(|n| n >= 0.0) => return None,
        (Kind::Whole, _) => "a number of 0 or more".into(),
        (Kind::OneOf(known), Value::String(text)) if known.contains(&text.as_str()) => return None,
        (Kind::OneOf(known), _) => format!("one of {known:?}"),
        (Kind::Color, Value::String(text)) if is_color(text, &[6]) => return None,
        (Kind::Color, _) => "a colour #rrggbb".into(),
        (Kind::ColorAlpha, Value::String(text)) if is_color(text, &[6, 8]) => return None,
        (Kind::ColorAlpha, _) => "a colour #rrggbb or #rrggbbaa".into(),
        (Kind::StatusColor, Value::String(text)) if STATUS_COLORS.contains(&text.as_str()) || is_color(text, &[6]) => return None,
        (Kind::StatusColor, _) => format!("one of {STATUS_COLORS:?}, or a colour #rrggbb"),
        (Kind::Numbers, Value::Array(items)) if items.iter().all(Value::is_number) => return None,
        (Kind::Numbers, _) => "a list of numbers".into(),
        (Kind::Texts, Value::Array(items)) if !items.is_empty() && items.iter().all(Value::is_string) => return None,
        (Kind::Texts, _) => "a list of one string or more".into(),
        (Kind::Str | Kind::Name | Kind::Address, _) => "a string".into(),
        (Kind::Range(..), _) => "a number".into(),
        (Kind::Bool, _) => "true or false".into(),
    };
    let mut got = value.to_string();
    if got.chars().count() > 40 {
        got = got.chars().take(37).chain("...".chars()).collect();
    }
    Some(format!("expected {expected}, got {got}"))
}

const STATUS_COLORS: &[&str] = &["neutral", "purple", "blue", "red", "yellow", "green"];

fn is_color(text: &str, digits: &[usize]) -> bool {
    text.strip_prefix('#').is_some_and(|hex| digits.contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn object(value: &Value) -> Result<&Map<String, Value>, Fault> {
    value.as_object().ok_or_else(|| Fault::new("expected an object"))
}

fn kind(fields: &Map<String, Value>) -> Result<&str, Fault> {
    match fields.get("type") {
        Some(Value::String(kind)) => Ok(kind),
        Some(_) => Err(Fault::new("expected a string").inside("type")),
        None => Err(Fault::new("missing").inside("type")),
    }
}

fn meant(name: &str, known: &[&str]) -> String {
    spelling::nearest(name, known).map(|nearest| format!("; did you mean {nearest:?}?")).unwrap_or_default()
}
