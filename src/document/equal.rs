//! Equality by value.

use std::{borrow::Cow, collections::HashMap};

use super::{Kind, NodeRef, number};

/// Up to here keys are looked for one by one.
const FEW: usize = 16;

pub(super) fn same_value(left: NodeRef<'_>, right: NodeRef<'_>) -> bool {
    // One level for each container that is being compared: as deep as the document, not as long.
    let mut levels = Vec::new();
    match compare(left, right) {
        Verdict::Inside => levels.push(Level { left, right, next: 0, index: None }),
        verdict => return verdict == Verdict::Same,
    }
    while let Some(level) = levels.last_mut() {
        let Some(left) = level.left.at(level.next) else {
            levels.pop();
            continue;
        };
        let Some(right) = level.partner() else {
            return false;
        };
        level.next += 1;
        match compare(left, right) {
            Verdict::Same => {}
            Verdict::Different => return false,
            Verdict::Inside => levels.push(Level { left, right, next: 0, index: None }),
        }
    }
    true
}

#[derive(PartialEq)]
enum Verdict {
    Same,
    Different,
    /// Two containers of one kind and size.
    Inside,
}

fn compare(left: NodeRef<'_>, right: NodeRef<'_>) -> Verdict {
    if left.is(right) {
        return Verdict::Same;
    }
    let same = left.kind() == right.kind()
        && match left.kind() {
            Kind::Null => true,
            Kind::Bool => left.as_bool() == right.as_bool(),
            Kind::Number => left.number().zip(right.number()).is_some_and(|(left, right)| number::equal(left, right)),
            Kind::String => left.text().zip(right.text()).is_some_and(|(left, right)| left.wtf8 == right.wtf8),
            Kind::Array | Kind::Object if left.len() == right.len() => return Verdict::Inside,
            Kind::Array | Kind::Object => false,
        };
    if same { Verdict::Same } else { Verdict::Different }
}

struct Level<'a, 'b> {
    left: NodeRef<'a>,
    right: NodeRef<'b>,
    /// Position in `left`.
    next: usize,
    /// The members of `right`, once one was not at the same position.
    index: Option<HashMap<Cow<'b, [u8]>, NodeRef<'b>>>,
}

impl<'b> Level<'_, 'b> {
    /// What in `right` the next of `left` is to be held against.
    fn partner(&mut self) -> Option<NodeRef<'b>> {
        let Some(key) = self.left.key_at(self.next) else {
            return self.right.at(self.next);
        };
        if self.right.key_at(self.next).is_some_and(|other| other.wtf8 == key.wtf8) {
            return self.right.at(self.next);
        }
        if self.right.len() <= FEW {
            return self.right.get_wtf8(&key.wtf8);
        }
        let right = self.right;
        let index = self.index.get_or_insert_with(|| right.entries().map(|(key, value)| (key.wtf8, value)).collect());
        index.get(&key.wtf8).copied()
    }
}
