//! The order of what is found.

use std::cmp::Ordering;

use super::super::super::query::Order;
use super::super::super::store::State;
use super::super::store::Issue;
use super::fields::{Field, Kind};
use super::read::read;
use super::values::{place, version_place};
use super::{Atom, Env};

/// More fields are refused.
const FIELDS: usize = 7;

pub(super) struct Sort<'s> {
    field: Field<'s>,
    descending: bool,
}

/// What an issue is sorted by. What is empty stands behind everything.
#[derive(Debug, PartialEq, PartialOrd)]
enum Key {
    Number(f64),
    Text(String),
    Both(String, f64),
    Empty,
}

impl<'s> Env<'s> {
    pub(super) fn order(&self, order: &[Order], faults: &mut Vec<String>) -> Vec<Sort<'s>> {
        if order.len() > FIELDS {
            faults.push(format!("A query is sorted by at most {FIELDS} fields, not by {}.", order.len()));
        }
        let mut sorts = Vec::new();
        for Order { field: name, descending } in order {
            match self.fields(name).map(|fields| fields.into_iter().find(|field| field.kind.orders())) {
                Err(fault) => faults.push(fault),
                Ok(None) => faults.push(format!("The field '{name}' has no order.")),
                Ok(Some(field)) => {
                    // The newest, the highest and the most first; everything else as it is counted or spelt.
                    let own = matches!(field.kind, Kind::Date | Kind::Datetime | Kind::Priority | Kind::Count);
                    sorts.push(Sort { descending: descending.unwrap_or(own), field });
                }
            }
        }
        sorts
    }
}

/// Newer issues first where nothing else is asked.
pub(super) fn sorted<'s>(state: &'s State, sorts: &[Sort<'s>], mut found: Vec<&'s Issue>) -> Vec<&'s Issue> {
    found.reverse();
    if sorts.is_empty() {
        return found;
    }
    let keys = |issue: &&'s Issue| -> Vec<Key> { sorts.iter().map(|sort| key(state, &sort.field, issue)).collect() };
    let mut keyed: Vec<(Vec<Key>, &'s Issue)> = found.into_iter().map(|issue| (keys(&issue), issue)).collect();
    keyed.sort_by(|(left, _), (right, _)| {
        let pairs = sorts.iter().zip(left.iter().zip(right));
        let mut unequal = pairs.map(|(sort, (left, right))| {
            let order = left.partial_cmp(right).unwrap_or(Ordering::Equal);
            if sort.descending { order.reverse() } else { order }
        });
        unequal.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    keyed.into_iter().map(|(_, issue)| issue).collect()
}

fn key<'s>(state: &'s State, field: &Field<'s>, issue: &'s Issue) -> Key {
    let atoms = read(state, field, issue);
    // The last sprint is the present one; of other lists the first counts.
    let atom = if field.kind == Kind::Sprint { atoms.last() } else { atoms.first() };
    let Some(atom) = atom else { return Key::Empty };
    let id = atom.number().map(|number| number as u64).unwrap_or_default();
    let jira = &state.jira;
    let name = |name: Option<&str>| name.map_or(Key::Empty, |name| Key::Text(name.to_lowercase()));
    match field.kind {
        Kind::Issue => jira.issues.get(&id).map_or(Key::Empty, |issue| {
            let project = jira.projects.get(&issue.project).map_or("", |project| project.key.as_str());
            Key::Both(project.to_owned(), issue.number as f64)
        }),
        Kind::Project => name(jira.projects.get(&id).map(|project| project.name.as_str())),
        Kind::IssueType => name(jira.issue_types.get(&id).map(|kind| kind.name.as_str())),
        Kind::Component => {
            name(jira.projects.values().find_map(|project| project.components.get(&id)).map(|component| component.name.as_str()))
        }
        Kind::Person => match atom {
            Atom::Text(id) => name(state.account(id).map(|account| account.name.as_str())),
            Atom::Number(_) => Key::Empty,
        },
        Kind::StatusCategory => match atom {
            Atom::Text(category) => {
                Key::Number(["new", "indeterminate", "done"].iter().position(|known| known == category).map_or(3.0, |place| place as f64))
            }
            Atom::Number(_) => Key::Empty,
        },
        Kind::Version => version_place(state, id).map_or(Key::Empty, |(project, place, _)| Key::Both(project.to_string(), place as f64)),
        kind => match atom {
            Atom::Text(text) => Key::Text(text.to_lowercase()),
            atom => place(state, kind, atom).map_or(Key::Empty, |(_, place)| Key::Number(place)),
        },
    }
}
