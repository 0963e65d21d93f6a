//! One clause: field, operator and operand become a test of an issue.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::super::super::query::{Clause, Operand, Operator};
use super::super::store::{Filter, Issue};
use super::fields::{Field, Kind, written};
use super::read::read;
use super::values::place;
use super::{Atom, Env, FILTERS, Search, Test, functions, text};

/// What stands on the right side, looked up.
#[derive(Default)]
struct Values<'s> {
    atoms: Vec<Atom<'s>>,
    /// `EMPTY` is among them.
    empty: bool,
}

fn never<'s>() -> Test<'s> {
    Box::new(|_| false)
}

impl<'s> Env<'s> {
    /// `operator` is the clause's, or its opposite.
    pub(super) fn clause(&self, clause: &Clause, operator: Operator, faults: &mut Vec<String>) -> Test<'s> {
        let fields = match self.fields(&clause.field) {
            Ok(fields) => fields,
            Err(fault) => {
                faults.push(fault);
                return never();
            }
        };
        // A name that several fields share asks those that know the operator.
        let able: Vec<Field<'s>> = fields.into_iter().filter(|field| field.kind.takes(operator)).collect();
        let mut tests = Vec::new();
        let mut wrong = Vec::new();
        if able.is_empty() {
            wrong.push(format!("The operator '{}' is not supported by the field '{}'.", written(clause.operator), clause.field));
        }
        for field in able {
            match self.test(field, operator, clause.operand.as_ref(), written(clause.operator)) {
                Ok(test) => tests.push(test),
                Err(fault) => wrong.push(fault),
            }
        }
        if tests.is_empty() {
            faults.append(&mut wrong);
            return never();
        }
        match tests.pop() {
            Some(only) if tests.is_empty() => only,
            Some(last) => {
                tests.push(last);
                Box::new(move |issue| tests.iter().any(|test| test(issue)))
            }
            None => never(),
        }
    }

    fn test(&self, field: Field<'s>, operator: Operator, operand: Option<&Operand>, sign: &str) -> Result<Test<'s>, String> {
        let state = self.state;
        let operand = operand.ok_or_else(|| format!("The operator '{sign}' needs a value."))?;
        functions::check(operand)?;
        let listed = matches!(operand, Operand::List(_)) || functions::is_list(operand);
        match operator {
            Operator::Is | Operator::IsNot => {
                let empty = match operand {
                    Operand::Empty => true,
                    Operand::List(items) => matches!(items.as_slice(), [Operand::Empty]),
                    _ => false,
                };
                if !empty {
                    return Err(format!("The operator '{sign}' of the field '{}' stands before EMPTY or NULL alone.", field.name));
                }
                let wanted = operator == Operator::Is;
                Ok(Box::new(move |issue| read(state, &field, issue).is_empty() == wanted))
            }
            Operator::In | Operator::NotIn if !listed => {
                Err(format!("The operator '{sign}' of the field '{}' needs a list, not a single value.", field.name))
            }
            Operator::Equals | Operator::NotEquals if listed => {
                Err(format!("The operator '{sign}' of the field '{}' needs a single value, not a list.", field.name))
            }
            Operator::Equals | Operator::NotEquals | Operator::In | Operator::NotIn => {
                let wanted = matches!(operator, Operator::Equals | Operator::In);
                if field.kind == Kind::Filter {
                    return self.saved(&field, operand, wanted);
                }
                let Values { atoms, empty } = self.values(&field, operand)?;
                Ok(Box::new(move |issue| {
                    let has = read(state, &field, issue);
                    if has.is_empty() { wanted && empty } else { has.iter().any(|one| atoms.contains(one)) == wanted }
                }))
            }
            Operator::Greater | Operator::GreaterEquals | Operator::Less | Operator::LessEquals => {
                let Values { atoms, empty } =
                    if listed { Values { empty: true, ..Values::default() } } else { self.values(&field, operand)? };
                if empty {
                    return Err(format!("The operator '{sign}' of the field '{}' needs a single value.", field.name));
                }
                let bounds: Vec<(u64, f64)> = atoms.iter().filter_map(|atom| place(state, field.kind, atom)).collect();
                let beyond = move |(order, have): (u64, f64)| {
                    bounds.iter().any(|(other, bound)| {
                        order == *other
                            && match operator {
                                Operator::Greater => have > *bound,
                                Operator::GreaterEquals => have >= *bound,
                                Operator::Less => have < *bound,
                                _ => have <= *bound,
                            }
                    })
                };
                Ok(Box::new(move |issue| read(state, &field, issue).iter().filter_map(|atom| place(state, field.kind, atom)).any(&beyond)))
            }
            _ => {
                let Operand::Text(words) = operand else {
                    return Err(format!("The operator '{sign}' of the field '{}' needs a text.", field.name));
                };
                let wanted = text::Wanted::new(words)
                    .map_err(|why| format!("The field '{}' cannot be searched for '{words}': {why}.", field.name))?;
                let contains = operator == Operator::Contains;
                Ok(Box::new(move |issue| {
                    let has = read(state, &field, issue);
                    let found = has.iter().any(|atom| matches!(atom, Atom::Text(text) if wanted.is_in(text)));
                    // What has no text neither has the words nor is without them.
                    !has.is_empty() && found == contains
                }))
            }
        }
    }

    fn values(&self, field: &Field<'s>, operand: &Operand) -> Result<Values<'s>, String> {
        let mut values = Values::default();
        match operand {
            Operand::Empty if field.kind == Kind::Count => return Err(format!("The field '{}' is never empty.", field.name)),
            Operand::Empty => values.empty = true,
            Operand::Text(text) => {
                values.atoms = self.value(field, text)?;
                // "Unresolved" is a name for no resolution.
                values.empty = values.atoms.is_empty();
            }
            Operand::Function { name, arguments } => values.atoms = self.function(field, name, arguments)?,
            Operand::List(items) => {
                for item in items {
                    let Values { atoms, empty } = self.values(field, item)?;
                    values.atoms.extend(atoms);
                    values.empty |= empty;
                }
            }
        }
        Ok(values)
    }

    /// Issues of saved filters.
    fn saved(&self, field: &Field<'s>, operand: &Operand, wanted: bool) -> Result<Test<'s>, String> {
        let names: Vec<&str> = match operand {
            Operand::Text(name) => vec![name],
            Operand::List(items) => {
                items.iter().filter_map(|item| if let Operand::Text(name) = item { Some(name.as_str()) } else { None }).collect()
            }
            _ => return Err(format!("The field '{}' needs the name or the id of a filter.", field.name)),
        };
        let mut found = Vec::new();
        for name in names {
            let named = |filter: &&Filter| filter.name.eq_ignore_ascii_case(name) || filter.id.to_string() == name;
            let filter =
                self.state.jira.filters.values().find(named).ok_or_else(|| format!("The field '{}' has no value '{name}'.", field.name))?;
            found.push(self.found(field, filter)?);
        }
        Ok(Box::new(move |issue: &'s Issue| found.iter().any(|ids| ids.contains(&issue.id)) == wanted))
    }

    /// What a saved filter finds. However often and in how many others it is named, it is asked once.
    fn found(&self, field: &Field<'s>, filter: &Filter) -> Result<Rc<BTreeSet<u64>>, String> {
        if let Some(found) = self.saved.borrow().found.get(&filter.id) {
            return Ok(found.clone());
        }
        let open = self.saved.borrow().open.clone();
        if open.contains(&filter.id) {
            return Err(format!("The field '{}' names filters that name each other.", field.name));
        }
        if open.len() >= FILTERS {
            return Err(format!("The field '{}' names filters that stand more than {FILTERS} deep in each other.", field.name));
        }
        self.saved.borrow_mut().open.push(filter.id);
        let search = Search::within(self, &filter.jql).map_err(|faults| faults.join(" "));
        self.saved.borrow_mut().open.pop();
        let search = search?;
        let found: BTreeSet<u64> = self.state.jira.issues.values().filter(|issue| search.takes(issue)).map(|issue| issue.id).collect();
        let found = Rc::new(found);
        self.saved.borrow_mut().found.insert(filter.id, found.clone());
        Ok(found)
    }
}
