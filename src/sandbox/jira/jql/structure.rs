//! A query as a tree, in the form that the API has for editors.

use serde_json::{Map, Value, json};

use super::super::super::query::{self, Clause, Expression, JQL, Operand, Operator, Order};
use super::super::super::store::State;
use super::{Search, told};

/// What is asked about a query besides its structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// Whatever is wrong with it is an error.
    Strict,
    /// Only what cannot be read is an error; what cannot be answered is a warning.
    Warn,
    /// Whether it can be answered is not asked.
    None,
}

/// The query with its structure, or with what is wrong with it.
pub fn structure(state: &State, jql: &str, validation: Validation) -> Value {
    let read = match query::parse(&JQL, jql) {
        Ok(read) => read,
        Err(fault) => return json!({"query": jql, "errors": [told(&fault)]}),
    };
    let mut body = Map::from_iter([("query".to_owned(), json!(jql))]);
    let faults = match validation {
        Validation::None => Vec::new(),
        _ => Search::new(state, jql).err().unwrap_or_default(),
    };
    if !faults.is_empty() {
        let key = if validation == Validation::Strict { "errors" } else { "warnings" };
        body.insert(key.to_owned(), json!(faults));
    }
    if faults.is_empty() || validation == Validation::Warn {
        let mut tree = Map::new();
        if let Some(filter) = &read.filter {
            tree.insert("where".to_owned(), expression(filter));
        }
        if !read.order.is_empty() {
            tree.insert("orderBy".to_owned(), json!({"fields": read.order.iter().map(order).collect::<Vec<_>>()}));
        }
        body.insert("structure".to_owned(), Value::Object(tree));
    }
    Value::Object(body)
}

fn expression(of: &Expression) -> Value {
    let joined =
        |operator: &str, parts: &[Expression]| json!({"operator": operator, "clauses": parts.iter().map(expression).collect::<Vec<_>>()});
    match of {
        Expression::All(parts) => joined("and", parts),
        Expression::Any(parts) => joined("or", parts),
        Expression::Not(inner) => joined("not", std::slice::from_ref(inner)),
        Expression::Clause(one) => clause(one),
    }
}

fn clause(of: &Clause) -> Value {
    use Operator::{Changed, NotContains, Was, WasIn, WasNot, WasNotIn};
    let operator = match of.operator {
        // The document's own name for it.
        NotContains => "~=",
        operator => super::fields::written(operator),
    };
    let mut body = Map::from_iter([("field".to_owned(), field(&of.field)), ("operator".to_owned(), json!(operator))]);
    if let Some(value) = &of.operand {
        body.insert("operand".to_owned(), operand(value));
    }
    if matches!(of.operator, Was | WasNot | WasIn | WasNotIn | Changed) {
        let predicates = of.predicates.iter().map(|(word, value)| json!({"operator": word, "operand": operand(value)}));
        body.insert("predicates".to_owned(), predicates.collect());
    }
    Value::Object(body)
}

fn field(name: &str) -> Value {
    let property = name.strip_prefix("issue.property[").and_then(|rest| rest.split_once(']'));
    let Some((key, path)) = property else { return json!({"name": name, "encodedName": encoded(name)}) };
    json!({"name": "issue.property", "encodedName": name, "property": [{"entity": "issue", "key": key, "path": path.trim_start_matches('.')}]})
}

fn operand(of: &Operand) -> Value {
    match of {
        Operand::Text(text) => json!({"value": text, "encodedValue": encoded(text)}),
        Operand::Empty => json!({"keyword": "empty"}),
        Operand::List(items) => json!({"values": items.iter().map(operand).collect::<Vec<_>>()}),
        Operand::Function { name, arguments } => json!({"function": name, "arguments": arguments}),
    }
}

fn order(of: &Order) -> Value {
    let mut body = Map::from_iter([("field".to_owned(), field(&of.field))]);
    if let Some(descending) = of.descending {
        body.insert("direction".to_owned(), json!(if descending { "desc" } else { "asc" }));
    }
    Value::Object(body)
}

/// In quotes, if a query needs them.
fn encoded(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "._-[]".contains(letter);
    let reserved = JQL.reserved.iter().any(|word| word.eq_ignore_ascii_case(text));
    if !text.is_empty() && text.chars().all(plain) && !reserved {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
