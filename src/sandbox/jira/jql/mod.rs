//! JQL over the issues of the site: a query is checked and its values are looked up once, then each issue is asked.
//!
//! Known differences: all times are UTC, weeks begin on Sunday, hidden fields and permissions do not narrow a search, and what was
//! (`WAS`, `CHANGED`) cannot be asked.

mod clauses;
mod dates;
mod fields;
mod functions;
mod order;
mod read;
mod structure;
mod text;
mod values;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub use fields::{Kind, operators, references};
pub use functions::FUNCTIONS;
pub use structure::{Validation, structure};
pub use values::suggestions;

use super::super::query::{self, Expression, JQL, Operator};
use super::super::reply::Refusal;
use super::super::store::State;
use super::store::Issue;

/// A value as issues have it and clauses name it: an id, an amount, a moment in milliseconds, or a text.
#[derive(Debug, Clone, PartialEq)]
enum Atom<'s> {
    Number(f64),
    Text(Cow<'s, str>),
}

impl Atom<'_> {
    fn id(id: u64) -> Atom<'static> {
        Atom::Number(id as f64)
    }

    fn number(&self) -> Option<f64> {
        match self {
            Atom::Number(number) => Some(*number),
            Atom::Text(_) => None,
        }
    }
}

type Test<'s> = Box<dyn Fn(&'s Issue) -> bool + 's>;

/// Where and when a query is asked.
struct Env<'s> {
    state: &'s State,
    now: i64,
    saved: RefCell<Saved>,
}

/// The saved filters that a query names, and those that they name.
#[derive(Default)]
struct Saved {
    /// Being read, the outermost first.
    open: Vec<u64>,
    /// What each has found.
    found: BTreeMap<u64, Rc<BTreeSet<u64>>>,
}

/// A query that can be answered.
pub struct Search<'s> {
    state: &'s State,
    test: Option<Test<'s>>,
    order: Vec<order::Sort<'s>>,
}

/// Saved filters inside of each other: what is deeper is no query of a person.
const FILTERS: usize = 100;

impl<'s> Search<'s> {
    /// The query, or everything that is wrong with it.
    pub fn new(state: &'s State, jql: &str) -> Result<Search<'s>, Vec<String>> {
        Search::within(&Env::new(state), jql)
    }

    fn within(env: &Env<'s>, jql: &str) -> Result<Search<'s>, Vec<String>> {
        let query = query::parse(&JQL, jql).map_err(|fault| vec![told(&fault)])?;
        let mut faults = Vec::new();
        let test = query.filter.as_ref().map(|filter| env.expression(filter, false, &mut faults));
        let order = env.order(&query.order, &mut faults);
        if faults.is_empty() {
            return Ok(Search { state: env.state, test, order });
        }
        faults.dedup();
        Err(faults)
    }

    /// Whether it asks for something: searches refuse to look at everything.
    pub fn is_bounded(&self) -> bool {
        self.test.is_some()
    }

    pub fn takes(&self, issue: &'s Issue) -> bool {
        self.test.as_ref().is_none_or(|test| test(issue))
    }

    /// All that is found, in order.
    pub fn issues(&self) -> Vec<&'s Issue> {
        let jira = &self.state.jira;
        let there = |issue: &&Issue| {
            !issue.archived && jira.projects.get(&issue.project).is_some_and(|project| project.archived.or(project.deleted).is_none())
        };
        let found = jira.issues.values().filter(there).filter(|issue| self.takes(issue)).collect();
        order::sorted(self.state, &self.order, found)
    }
}

/// The ids of all issues that a query finds, in its order; a query may ask for everything.
pub fn ids(state: &State, jql: &str) -> Result<Vec<u64>, Refusal> {
    let search = Search::new(state, jql).map_err(|faults| refusal(&faults))?;
    Ok(search.issues().into_iter().map(|issue| issue.id).collect())
}

/// A refusal that names everything that is wrong.
pub fn refusal(faults: &[String]) -> Refusal {
    Refusal::new(400, "", faults.join("\n"))
}

fn told(fault: &query::Fault) -> String {
    format!("The JQL query cannot be read: {} (line {}, character {})", fault.message, fault.line, fault.column)
}

impl<'s> Env<'s> {
    fn new(state: &'s State) -> Env<'s> {
        Env { state, now: state.now(), saved: RefCell::default() }
    }

    /// `negated`: JQL turns clauses around rather than their outcome, so that what is empty fits neither `= x` nor `NOT … = x`.
    fn expression(&self, expression: &Expression, negated: bool, faults: &mut Vec<String>) -> Test<'s> {
        let (parts, all) = match expression {
            Expression::Clause(clause) => {
                let operator = if negated { opposite(clause.operator) } else { clause.operator };
                return self.clause(clause, operator, faults);
            }
            Expression::Not(inner) => return self.expression(inner, !negated, faults),
            Expression::All(parts) => (parts, !negated),
            Expression::Any(parts) => (parts, negated),
        };
        let tests: Vec<Test<'s>> = parts.iter().map(|part| self.expression(part, negated, faults)).collect();
        if all {
            Box::new(move |issue| tests.iter().all(|test| test(issue)))
        } else {
            Box::new(move |issue| tests.iter().any(|test| test(issue)))
        }
    }
}

fn opposite(operator: Operator) -> Operator {
    use Operator::{Contains, Equals, Greater, GreaterEquals, In, Is, IsNot, Less, LessEquals, NotContains, NotEquals, NotIn};
    match operator {
        Equals => NotEquals,
        NotEquals => Equals,
        Contains => NotContains,
        NotContains => Contains,
        Greater => LessEquals,
        LessEquals => Greater,
        Less => GreaterEquals,
        GreaterEquals => Less,
        In => NotIn,
        NotIn => In,
        Is => IsNot,
        IsNot => Is,
        other => other,
    }
}
