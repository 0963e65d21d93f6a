//! Attributes and marks as the schema has them: what it does not know is taken out.

use serde_json::Value;

use super::schema::{Attr, Kind, mark_rule, node_rule};
use super::tree::{Attrs, Mark, Node};
use super::validate::fits;

/// Nodes that are given an id where they have none.
pub fn is_numbered(kind: &str) -> bool {
    matches!(kind, "taskList" | "taskItem" | "blockTaskItem" | "decisionList" | "decisionItem")
}

/// Takes out a node's attributes that the schema refuses. False where one is missing then that must be there, and for an unknown node.
pub fn attributes(node: &mut Node) -> bool {
    let Some(rule) = node_rule(&node.kind) else { return false };
    let numbered = is_numbered(&node.kind);
    let missing = |attr: &Attr| !(numbered && attr.name == "localId");
    match retain(node.attrs.as_deref_mut(), rule.forms, missing) {
        true if rule.needs_attrs => {
            node.attrs.get_or_insert_default();
        }
        true => node.attrs = node.attrs.take().filter(|attrs| !attrs.is_empty()),
        // They are not needed if there are none at all.
        false if !rule.needs_attrs => node.attrs = None,
        false => return false,
    }
    true
}

/// The same for a mark.
pub fn mark(mark: &mut Mark) -> bool {
    let Some(rule) = mark_rule(&mark.kind) else { return false };
    let fits = retain(mark.attrs.as_deref_mut(), &[rule.attrs], |_| true);
    mark.attrs = mark.attrs.take().filter(|attrs| !attrs.is_empty());
    fits
}

/// Leaves a node those marks that it may have, without such as exclude one another.
pub fn marks(node: &mut Node, allowed: &[&str]) {
    node.marks.retain_mut(|known| allowed.contains(&&*known.kind) && mark(known));
    let excluded: Vec<&str> =
        node.marks.iter().filter_map(|known| mark_rule(&known.kind)).flat_map(|rule| rule.excludes).copied().collect();
    node.marks.retain(|known| !excluded.contains(&&*known.kind));
}

/// Keeps what one of the forms has: the first of those with most of what was given.
fn retain(attrs: Option<&mut Attrs>, forms: &[&[Attr]], needs: impl Fn(&Attr) -> bool) -> bool {
    let mut empty = Attrs::new();
    let attrs = attrs.unwrap_or(&mut empty);
    // What an address may be is for `sanitize` to say, which leaves its words.
    let fits = |attr: &Attr, value: &Value| (matches!(attr.kind, Kind::Address) && value.is_string()) || fits(&attr.kind, value);
    let has = |attr: &Attr| attrs.get(attr.name).is_some_and(|value| fits(attr, value));
    let complete = forms.iter().rev().filter(|form| form.iter().all(|attr| !attr.required || has(attr) || !needs(attr)));
    let best = complete.max_by_key(|form| form.iter().filter(|attr| has(attr)).count());
    let Some(form) = best else { return false };
    attrs.retain(|key, value| form.iter().any(|attr| attr.name == key && fits(attr, value)));
    true
}
