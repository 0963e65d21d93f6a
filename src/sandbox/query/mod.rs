//! What the query languages share: clauses joined by words, brackets, functions, an order. JQL, CQL, AQL, BBQL and the
//! filters of SCIM differ in their operators; what fields and functions mean is known to the products.

mod lexer;
mod parser;
mod wildcard;

pub use parser::parse;
pub use wildcard::fits;

/// A language: what it calls its operators, and what it lacks.
#[derive(Debug)]
pub struct Dialect {
    /// "JQL"
    pub name: &'static str,
    /// Words and signs of each operator, longer ones first.
    pub operators: &'static [(&'static [&'static str], Operator)],
    /// `&&`, `||` and `!` besides the words.
    pub signs: bool,
    /// `ORDER BY` may follow.
    pub order: bool,
    /// Words that cannot stand for themselves without quotes.
    pub reserved: &'static [&'static str],
    /// What may stand behind a backslash in quotes, `u` with four hexadecimal digits; empty where that is not known: then
    /// anything may, and is itself but for `n` and `t`.
    pub escapes: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equals,
    /// Equal with upper and lower case told apart.
    Same,
    NotEquals,
    Contains,
    NotContains,
    Greater,
    GreaterEquals,
    Less,
    LessEquals,
    In,
    NotIn,
    Is,
    IsNot,
    StartsWith,
    EndsWith,
    Having,
    NotHaving,
    /// Takes no operand.
    Present,
    /// About what was: not simulated anywhere, but to be named.
    Was,
    WasNot,
    WasIn,
    WasNotIn,
    /// Takes no operand.
    Changed,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Quoted or not.
    Text(String),
    /// `EMPTY` or `NULL`.
    Empty,
    List(Vec<Operand>),
    Function {
        name: String,
        arguments: Vec<String>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// "status", "cf[10016]", "issue.property[name].path", "Story Points"
    pub field: String,
    pub operator: Operator,
    /// None: the operator takes none.
    pub operand: Option<Operand>,
    /// Behind an operator about what was: `before`, `by` and the like.
    pub predicates: Vec<(String, Operand)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Clause(Clause),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub field: String,
    /// None: the field's own way.
    pub descending: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    /// None: everything.
    pub filter: Option<Expression>,
    pub order: Vec<Order>,
}

/// Why a text is no query: what was met and what was expected, with line and column from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub line: usize,
    pub column: usize,
}

impl Expression {
    /// Whether it holds, each clause being judged by `judge`; the first failure ends it.
    pub fn holds<E>(&self, judge: &mut impl FnMut(&Clause) -> Result<bool, E>) -> Result<bool, E> {
        match self {
            Expression::Clause(clause) => judge(clause),
            Expression::Not(inner) => Ok(!inner.holds(judge)?),
            Expression::All(parts) => {
                for part in parts {
                    if !part.holds(judge)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expression::Any(parts) => {
                for part in parts {
                    if part.holds(judge)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// Every clause, so that all of them can be checked before the first item is looked at.
    pub fn clauses(&self) -> Vec<&Clause> {
        match self {
            Expression::Clause(clause) => vec![clause],
            Expression::Not(inner) => inner.clauses(),
            Expression::All(parts) | Expression::Any(parts) => parts.iter().flat_map(Expression::clauses).collect(),
        }
    }
}

const NOT_EQUALS: (&[&str], Operator) = (&["!="], Operator::NotEquals);
const NOT_CONTAINS: (&[&str], Operator) = (&["!~"], Operator::NotContains);
const GREATER_EQUALS: (&[&str], Operator) = (&[">="], Operator::GreaterEquals);
const LESS_EQUALS: (&[&str], Operator) = (&["<="], Operator::LessEquals);
const EQUALS: (&[&str], Operator) = (&["="], Operator::Equals);
const CONTAINS: (&[&str], Operator) = (&["~"], Operator::Contains);
const GREATER: (&[&str], Operator) = (&[">"], Operator::Greater);
const LESS: (&[&str], Operator) = (&["<"], Operator::Less);

pub static JQL: Dialect = Dialect {
    name: "JQL",
    operators: &[
        NOT_EQUALS,
        NOT_CONTAINS,
        GREATER_EQUALS,
        LESS_EQUALS,
        EQUALS,
        CONTAINS,
        GREATER,
        LESS,
        (&["was", "not", "in"], Operator::WasNotIn),
        (&["was", "not"], Operator::WasNot),
        (&["was", "in"], Operator::WasIn),
        (&["was"], Operator::Was),
        (&["changed"], Operator::Changed),
        (&["not", "in"], Operator::NotIn),
        (&["in"], Operator::In),
        (&["is", "not"], Operator::IsNot),
        (&["is"], Operator::Is),
    ],
    signs: true,
    order: true,
    reserved: &["and", "or", "not", "in", "is", "was", "changed", "empty", "null", "order", "by"],
    escapes: "nrtu\\\"' ",
};

pub static CQL: Dialect = Dialect {
    name: "CQL",
    operators: &[
        NOT_EQUALS,
        NOT_CONTAINS,
        GREATER_EQUALS,
        LESS_EQUALS,
        EQUALS,
        CONTAINS,
        GREATER,
        LESS,
        (&["not", "in"], Operator::NotIn),
        (&["in"], Operator::In),
    ],
    signs: false,
    order: true,
    reserved: &["and", "or", "not", "in", "order", "by"],
    escapes: "",
};

pub static AQL: Dialect = Dialect {
    name: "AQL",
    operators: &[
        (&["=="], Operator::Same),
        NOT_EQUALS,
        GREATER_EQUALS,
        LESS_EQUALS,
        EQUALS,
        GREATER,
        LESS,
        (&["not", "in"], Operator::NotIn),
        (&["in"], Operator::In),
        (&["not", "like"], Operator::NotContains),
        (&["like"], Operator::Contains),
        (&["startswith"], Operator::StartsWith),
        (&["endswith"], Operator::EndsWith),
        (&["not", "having"], Operator::NotHaving),
        (&["having"], Operator::Having),
        (&["is", "not"], Operator::IsNot),
        (&["is"], Operator::Is),
    ],
    signs: false,
    order: true,
    reserved: &["and", "or", "not", "in", "is", "like", "having", "startswith", "endswith", "empty", "order", "by"],
    escapes: "",
};

/// Bitbucket's, of the parameter `q`.
pub static BBQL: Dialect = Dialect {
    name: "BBQL",
    operators: &[
        NOT_EQUALS,
        NOT_CONTAINS,
        GREATER_EQUALS,
        LESS_EQUALS,
        EQUALS,
        CONTAINS,
        GREATER,
        LESS,
        (&["not", "in"], Operator::NotIn),
        (&["in"], Operator::In),
    ],
    signs: false,
    order: false,
    reserved: &["and", "or", "not", "in"],
    escapes: "",
};

pub static SCIM: Dialect = Dialect {
    name: "SCIM",
    operators: &[
        (&["eq"], Operator::Equals),
        (&["ne"], Operator::NotEquals),
        (&["co"], Operator::Contains),
        (&["sw"], Operator::StartsWith),
        (&["ew"], Operator::EndsWith),
        (&["gt"], Operator::Greater),
        (&["ge"], Operator::GreaterEquals),
        (&["lt"], Operator::Less),
        (&["le"], Operator::LessEquals),
        (&["pr"], Operator::Present),
    ],
    signs: false,
    order: false,
    reserved: &["and", "or", "not"],
    escapes: "bfnrtu\\\"/",
};
