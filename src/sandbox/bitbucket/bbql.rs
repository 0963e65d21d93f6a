//! What `q` and `sort` mean: paths into what a list shows, compared by the kind of their values.

use std::cmp::Ordering;

use serde_json::Value;

use super::super::call::Call;
use super::super::clock;
use super::super::query::{self, BBQL, Clause, Expression, Operand, Operator};
use super::super::reply::Refusal;
use super::super::route::Route;
use crate::catalog::Type;

/// Those of the items that the call asks for, in its order.
pub fn select(call: &Call, mut items: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    if let Some(text) = call.query("q").filter(|text| !text.trim().is_empty()) {
        let query = query::parse(&BBQL, text).map_err(|fault| {
            Refusal::new(400, "", format!("Invalid query expression at line {}, column {}: {}", fault.line, fault.column, fault.message))
        })?;
        if let Some(filter) = query.filter {
            if negates(&filter) {
                return Err(Refusal::new(400, "", "Invalid query expression: there is no NOT."));
            }
            for clause in filter.clauses() {
                known(call.route, &clause.field)?;
            }
            let mut kept = Vec::with_capacity(items.len());
            for item in items {
                if filter.holds(&mut |clause| judge(&item, clause))? {
                    kept.push(item);
                }
            }
            items = kept;
        }
    }
    if let Some(sort) = call.query("sort").filter(|sort| !sort.is_empty()) {
        let (descending, field) = sort.strip_prefix('-').map_or((false, sort), |field| (true, field));
        known(call.route, field)?;
        items.sort_by(|one, other| {
            let order = compare(found(one, field).first().copied(), found(other, field).first().copied());
            if descending { order.reverse() } else { order }
        });
    }
    Ok(items)
}

fn negates(expression: &Expression) -> bool {
    match expression {
        Expression::Not(_) => true,
        Expression::Clause(_) => false,
        Expression::All(parts) | Expression::Any(parts) => parts.iter().any(negates),
    }
}

/// Refuses a field that the items of this list do not have.
fn known(route: &Route, field: &str) -> Result<(), Refusal> {
    let unknown = || Refusal::new(400, "", format!("Invalid field name: {field}"));
    let mut ty = item_type(route).ok_or_else(unknown)?;
    for step in field.split('.') {
        while let Type::List(inner) = ty {
            ty = inner;
        }
        match ty {
            Type::Model(index) => {
                let model = route.product.models.get(*index as usize).ok_or_else(unknown)?;
                ty = &model.fields.iter().find(|field| field.key == step).ok_or_else(unknown)?.ty;
            }
            Type::Any | Type::Object | Type::Dict(_) => return Ok(()),
            _ => return Err(unknown()),
        }
    }
    Ok(())
}

fn item_type(route: &Route) -> Option<&'static Type> {
    let Some(Type::Model(index)) = &route.operation.returns else { return None };
    let page = route.product.models.get(*index as usize)?;
    match &page.fields.iter().find(|field| field.key == "values")?.ty {
        Type::List(inner) => Some(inner),
        _ => None,
    }
}

/// The values at a path; a list on the way is gone through.
fn found<'a>(item: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').fold(vec![item], |values, step| {
        let flat = values.into_iter().flat_map(|value| value.as_array().map_or_else(|| vec![value], |items| items.iter().collect()));
        flat.filter_map(|value| value.get(step)).collect()
    })
}

fn judge(item: &Value, clause: &Clause) -> Result<bool, Refusal> {
    let values: Vec<&Value> = found(item, &clause.field).into_iter().filter(|value| !value.is_null()).collect();
    let empty = Operand::Empty;
    let operand = clause.operand.as_ref().unwrap_or(&empty);
    let any = |operator: Operator, operand: &Operand| -> Result<bool, Refusal> {
        match operand {
            Operand::Empty if operator == Operator::Equals => Ok(values.is_empty()),
            Operand::Text(text) => Ok(values.iter().any(|value| compares(value, operator, text))),
            _ => Err(Refusal::new(400, "", format!("Invalid query expression: {} cannot be compared so.", clause.field))),
        }
    };
    match (clause.operator, operand) {
        (Operator::NotEquals, operand) => any(Operator::Equals, operand).map(|equal| !equal),
        (Operator::NotContains, operand) => any(Operator::Contains, operand).map(|contains| !contains),
        (Operator::In | Operator::NotIn, Operand::List(choices)) => {
            let mut within = false;
            for choice in choices {
                within |= any(Operator::Equals, choice)?;
            }
            Ok(within == (clause.operator == Operator::In))
        }
        (operator, operand) => any(operator, operand),
    }
}

fn compares(value: &Value, operator: Operator, text: &str) -> bool {
    if operator == Operator::Contains {
        return value.as_str().is_some_and(|value| value.to_lowercase().contains(&text.to_lowercase()));
    }
    let order = match value {
        Value::Bool(value) => text.parse::<bool>().ok().map(|text| value.cmp(&text)),
        Value::Number(number) => number.as_f64().zip(text.parse().ok()).and_then(|(number, text)| number.partial_cmp(&text)),
        Value::String(value) => Some(match (clock::moment(value), clock::moment(text)) {
            (Some(value), Some(text)) => value.cmp(&text),
            _ => value.as_str().cmp(text),
        }),
        _ => None,
    };
    order.is_some_and(|order| match operator {
        Operator::Equals => order.is_eq(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterEquals => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessEquals => order.is_le(),
        _ => false,
    })
}

/// What has no value stands first.
fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
        (Some(Value::Bool(one)), Some(Value::Bool(other))) => one.cmp(other),
        (one, other) => one.and_then(Value::as_str).cmp(&other.and_then(Value::as_str)),
    }
}
