//! AQL: what its fields, functions and operators mean, and in which order objects are found.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::clock;
use super::super::query::{self, AQL, Clause, JQL, Operand, Operator};
use super::super::reply::Refusal;
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::render::texts;
use super::store::{Attribute, Object, bad};

/// Queries inside of each other, and attributes reached through references: deeper is nothing that anybody asks.
const DEPTH: usize = 10;

/// The objects that a query finds, in its order: by label unless it says otherwise.
pub fn find<'a>(state: &'a State, text: &str) -> Result<Vec<&'a Object>, Refusal> {
    within(state, text, 0)
}

/// The same of a query that stands inside of others.
fn within<'a>(state: &'a State, text: &str, depth: usize) -> Result<Vec<&'a Object>, Refusal> {
    if depth > DEPTH {
        return Err(bad(format!("More than {DEPTH} queries stand inside of each other.")));
    }
    let query = query::parse(&AQL, text)
        .map_err(|fault| bad(format!("The AQL query is not valid at line {}, column {}: {}", fault.line, fault.column, fault.message)))?;
    let mut search = Search { state, depth, found: BTreeMap::new() };
    let mut objects = Vec::new();
    if let Some(filter) = &query.filter {
        for clause in filter.clauses() {
            search.check(clause)?;
        }
    }
    for object in state.assets.objects.values() {
        let holds = match &query.filter {
            Some(filter) => filter.holds(&mut |clause| search.judge(object, &clause.field, clause))?,
            None => true,
        };
        if holds {
            objects.push(object);
        }
    }
    let mut order = Vec::new();
    for key in &query.order {
        search.check_field(&key.field)?;
        order.push((key.field.clone(), key.descending.unwrap_or_default()));
    }
    if order.is_empty() {
        order.push(("label".to_owned(), false));
    }
    for (field, descending) in order.into_iter().rev() {
        objects.sort_by_cached_key(|object| {
            let first = search.values(object, &field).into_iter().next();
            let key = Sorted(first);
            if descending { Directed(key, true) } else { Directed(key, false) }
        });
    }
    Ok(objects)
}

/// One value of a field in all the ways that it can be named.
#[derive(Debug, Clone, Default)]
struct Found {
    /// A text; of an object its label, key and id, of a user its id, name and address.
    names: Vec<String>,
    number: Option<f64>,
    time: Option<i64>,
    object: Option<u64>,
}

/// What has no value stands last upwards.
struct Sorted(Option<Found>);
struct Directed(Sorted, bool);

impl Sorted {
    fn compare(&self, other: &Sorted) -> Ordering {
        let (one, other) = match (&self.0, &other.0) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.is_none().cmp(&other.is_none()),
        };
        match (one.number.zip(other.number), one.time.zip(other.time)) {
            (Some((one, other)), _) => one.total_cmp(&other),
            (_, Some((one, other))) => one.cmp(&other),
            _ => one.names.first().map(|name| name.to_lowercase()).cmp(&other.names.first().map(|name| name.to_lowercase())),
        }
    }
}

impl PartialEq for Directed {
    fn eq(&self, other: &Directed) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Directed {}
impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Directed) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Directed {
    fn cmp(&self, other: &Directed) -> Ordering {
        let order = self.0.compare(&other.0);
        if self.1 { order.reverse() } else { order }
    }
}

/// What stands on the right of an operator.
enum Wanted {
    Text(String),
    Time(i64),
    Empty,
    Many(Vec<Wanted>),
}

struct Search<'a> {
    state: &'a State,
    /// Queries that this one stands inside of.
    depth: usize,
    /// Objects of queries inside of functions, found once.
    found: BTreeMap<String, BTreeSet<u64>>,
}

const FIELDS: [&str; 10] =
    ["objecttype", "objecttypeid", "objectschema", "objectschemaid", "key", "objectid", "label", "anyattribute", "created", "updated"];

fn one(names: Vec<String>) -> Vec<Found> {
    vec![Found { number: names.first().and_then(|name| name.parse().ok()), names, ..Found::default() }]
}

impl Search<'_> {
    /// Refuses what no object can have.
    fn check_field(&self, field: &str) -> Result<(), Refusal> {
        let low = field.to_lowercase();
        if low.split('.').count() > DEPTH {
            return Err(bad(format!("{field} goes through more than {DEPTH} attributes.")));
        }
        let known = |name: &str| {
            FIELDS.contains(&name) || self.state.assets.attributes.values().any(|attribute| attribute.name.to_lowercase() == name)
        };
        if known(&low) || low.split('.').all(known) { Ok(()) } else { Err(bad(format!("No attribute is called {field}."))) }
    }

    fn check(&self, clause: &Clause) -> Result<(), Refusal> {
        if matches!(clause.operator, Operator::Having | Operator::NotHaving) {
            return if clause.field.eq_ignore_ascii_case("object") { Ok(()) } else { Err(bad("HAVING stands behind object.")) };
        }
        self.check_field(&clause.field)?;
        // An object type that there is not is a mistake rather than an empty answer.
        if clause.field.eq_ignore_ascii_case("objecttype") {
            let wanted = match &clause.operand {
                Some(Operand::List(items)) => items.iter().collect(),
                Some(other) => vec![other],
                None => Vec::new(),
            };
            for operand in wanted {
                if let (Operand::Text(name), Operator::Equals | Operator::Same | Operator::NotEquals | Operator::In | Operator::NotIn) =
                    (operand, clause.operator)
                {
                    self.type_named(name)?;
                }
            }
        }
        Ok(())
    }

    fn type_named(&self, name: &str) -> Result<u64, Refusal> {
        let mut types = self.state.assets.types.values();
        let found = types.find(|kind| kind.name.eq_ignore_ascii_case(name) || kind.id.to_string() == name);
        found.map(|kind| kind.id).ok_or_else(|| bad(format!("No object type is called {name}.")))
    }

    /// The values of a field; a dotted one goes through the objects that are referred to.
    fn values(&self, object: &Object, field: &str) -> Vec<Found> {
        let assets = &self.state.assets;
        let kind = assets.types.get(&object.object_type);
        match field.to_lowercase().as_str() {
            "objecttype" => one(kind.map(|kind| kind.name.clone()).into_iter().collect()),
            "objecttypeid" => one(vec![object.object_type.to_string()]),
            "objectschema" => {
                one(kind.and_then(|kind| assets.schemas.get(&kind.schema)).map(|schema| schema.name.clone()).into_iter().collect())
            }
            "objectschemaid" => one(kind.map(|kind| kind.schema.to_string()).into_iter().collect()),
            "key" => vec![Found { names: vec![assets.key(object)], number: Some(object.id as f64), ..Found::default() }],
            "objectid" => one(vec![object.id.to_string()]),
            "label" => vec![Found { names: vec![assets.label(object).to_owned()], ..Found::default() }],
            "anyattribute" => assets.attributes_of(object.object_type).iter().flat_map(|attribute| self.of(object, attribute)).collect(),
            low => {
                let known = assets.attributes_of(object.object_type).into_iter().find(|attribute| attribute.name.to_lowercase() == low);
                if let Some(attribute) = known {
                    return self.of(object, attribute);
                }
                let Some((first, rest)) = field.split_once('.') else { return Vec::new() };
                let referred = self.values(object, first).into_iter().filter_map(|found| assets.objects.get(&found.object?));
                referred.flat_map(|object| self.values(object, rest)).collect()
            }
        }
    }

    fn of(&self, object: &Object, attribute: &Attribute) -> Vec<Found> {
        let assets = &self.state.assets;
        let found = texts(self.state, object, attribute).into_iter().map(|text| match attribute.kind {
            1 => {
                let referred = text.parse().ok().and_then(|id: u64| assets.objects.get(&id));
                let names = referred.map(|referred| vec![assets.label(referred).to_owned(), assets.key(referred), text.clone()]);
                Found { names: names.unwrap_or_default(), object: referred.map(|referred| referred.id), ..Found::default() }
            }
            2 => {
                let account = self.state.account(&text);
                let names = account.map(|account| vec![account.name.clone(), account.email.clone(), account.id.clone()]);
                Found { names: names.unwrap_or(vec![text]), ..Found::default() }
            }
            7 => {
                let status = text.parse().ok().and_then(|id: u64| assets.statuses.get(&id));
                Found { names: status.map(|status| status.name.clone()).into_iter().chain([text]).collect(), ..Found::default() }
            }
            _ => Found {
                number: text.parse().ok().filter(|_| matches!(attribute.default_type, 1 | 3)),
                time: clock::moment(&text).filter(|_| attribute.system || matches!(attribute.default_type, 4 | 6)),
                names: vec![text],
                object: None,
            },
        });
        found.collect()
    }

    fn judge(&mut self, object: &Object, field: &str, clause: &Clause) -> Result<bool, Refusal> {
        if matches!(clause.operator, Operator::Having | Operator::NotHaving) {
            let within = self.having(object, clause)?;
            return Ok(within == (clause.operator == Operator::Having));
        }
        let values = self.values(object, field);
        let wanted = self.wanted(clause.operand.as_ref())?;
        let any = |operator: Operator, wanted: &Wanted| values.iter().any(|value| holds(value, operator, wanted));
        let nothing = values.iter().all(|value| value.names.iter().all(String::is_empty));
        Ok(match (clause.operator, &wanted) {
            (Operator::Is | Operator::Equals, Wanted::Empty) => nothing,
            (Operator::IsNot | Operator::NotEquals, Wanted::Empty) => !nothing,
            (Operator::Is | Operator::IsNot, _) => return Err(bad("IS is followed by EMPTY or NOT EMPTY.")),
            (Operator::NotEquals, wanted) => self.applies(object, field) && !any(Operator::Equals, wanted),
            (Operator::NotContains, wanted) => self.applies(object, field) && !any(Operator::Contains, wanted),
            (Operator::In, Wanted::Many(items)) => items.iter().any(|item| any(Operator::Equals, item)),
            (Operator::NotIn, Wanted::Many(items)) => self.applies(object, field) && !items.iter().any(|item| any(Operator::Equals, item)),
            (Operator::In | Operator::NotIn, _) => return Err(bad("IN is followed by a list in brackets or by a function.")),
            (operator, wanted) => any(operator, wanted),
        })
    }

    /// A negation is true only of objects that could have a value: their type has the attribute.
    fn applies(&self, object: &Object, field: &str) -> bool {
        let first = field.split('.').next().unwrap_or(field).to_lowercase();
        let low = field.to_lowercase();
        FIELDS.contains(&first.as_str())
            || self.state.assets.attributes_of(object.object_type).iter().any(|attribute| {
                let name = attribute.name.to_lowercase();
                name == low || name == first
            })
    }

    fn wanted(&self, operand: Option<&Operand>) -> Result<Wanted, Refusal> {
        match operand {
            None | Some(Operand::Empty) => Ok(Wanted::Empty),
            Some(Operand::Text(text)) => Ok(Wanted::Text(text.clone())),
            Some(Operand::List(items)) => items.iter().map(|item| self.wanted(Some(item))).collect::<Result<_, _>>().map(Wanted::Many),
            Some(Operand::Function { name, arguments }) => self.function(name, arguments),
        }
    }

    fn function(&self, name: &str, arguments: &[String]) -> Result<Wanted, Refusal> {
        let first = arguments.first().map_or("", String::as_str);
        let now = self.state.now();
        let day = now - now.rem_euclid(clock::DAY);
        let shifted = |from: i64| if first.is_empty() { Ok(from) } else { span(first).map(|shift| from.saturating_add(shift)) };
        // 1 January 1970 was a Thursday; weeks begin on Monday.
        let week = day - (day.div_euclid(clock::DAY) + 3).rem_euclid(7) * clock::DAY;
        let names = |ids: Vec<String>| Wanted::Many(ids.into_iter().map(Wanted::Text).collect());
        match name.to_lowercase().as_str() {
            "currentuser" => Ok(Wanted::Text(ORGANIZATION_ADMIN.to_owned())),
            "now" => shifted(now).map(Wanted::Time),
            "startofday" => shifted(day).map(Wanted::Time),
            "endofday" => shifted(day + clock::DAY - 1).map(Wanted::Time),
            "startofweek" => shifted(week).map(Wanted::Time),
            "endofweek" => shifted(week + 7 * clock::DAY - 1).map(Wanted::Time),
            "objecttypeandchildren" => {
                let types = self.state.assets.family(self.type_named(first)?);
                let types = types.iter().filter_map(|id| self.state.assets.types.get(id));
                Ok(names(types.flat_map(|kind| [kind.name.clone(), kind.id.to_string()]).collect()))
            }
            "group" => {
                let mut members = Vec::new();
                for name in arguments {
                    let group = self.state.groups.iter().find(|group| group.name.eq_ignore_ascii_case(name));
                    members.extend(group.ok_or_else(|| bad(format!("No group is called {name}.")))?.members.iter().cloned());
                }
                Ok(names(members))
            }
            _ => Err(bad(format!("The function {name} is not known here."))),
        }
    }

    /// Whether references or issues connect an object with what is asked for.
    fn having(&mut self, object: &Object, clause: &Clause) -> Result<bool, Refusal> {
        let Some(Operand::Function { name, arguments }) = &clause.operand else {
            return Err(bad("HAVING is followed by a function."));
        };
        let query = arguments.first().map_or("", String::as_str);
        let assets = &self.state.assets;
        match name.to_lowercase().as_str() {
            "inboundreferences" | "inr" => {
                let ends = self.inner(query)?;
                Ok(assets.referring(object.id).iter().any(|other| ends.contains(&other.id)))
            }
            "outboundreferences" | "outr" => {
                let ends = self.inner(query)?;
                Ok(assets.references(object).iter().any(|other| ends.contains(other)))
            }
            "connectedtickets" => connected(self.state, object, query),
            _ => Err(bad(format!("The function {name} is not known here."))),
        }
    }

    fn inner(&mut self, query: &str) -> Result<BTreeSet<u64>, Refusal> {
        if !self.found.contains_key(query) {
            let ids = within(self.state, query, self.depth + 1)?.iter().map(|object| object.id).collect();
            self.found.insert(query.to_owned(), ids);
        }
        Ok(self.found.get(query).cloned().unwrap_or_default())
    }
}

fn holds(found: &Found, operator: Operator, wanted: &Wanted) -> bool {
    let text = match wanted {
        Wanted::Text(text) => text,
        Wanted::Time(time) => return found.time.is_some_and(|found| ordered(found.cmp(time), operator)),
        Wanted::Many(items) => return items.iter().any(|item| holds(found, operator, item)),
        Wanted::Empty => return false,
    };
    let low = text.to_lowercase();
    let any = |test: &dyn Fn(&str) -> bool| found.names.iter().any(|name| test(&name.to_lowercase()));
    // Of an object, a user or a status the first name is what people see.
    let seen = found.names.first().map(|name| name.to_lowercase()).unwrap_or_default();
    match operator {
        Operator::Same => found.names.contains(text),
        Operator::Contains => seen.contains(&low),
        Operator::StartsWith => seen.starts_with(&low),
        Operator::EndsWith => seen.ends_with(&low),
        operator => match (found.time.zip(clock::moment(text)), found.number.zip(text.parse::<f64>().ok())) {
            (Some((found, wanted)), _) => ordered(found.cmp(&wanted), operator),
            (_, Some((found, wanted))) => ordered(found.total_cmp(&wanted), operator),
            _ if operator == Operator::Equals => any(&|name| name == low),
            _ => ordered(seen.cmp(&low), operator),
        },
    }
}

fn ordered(order: Ordering, operator: Operator) -> bool {
    match operator {
        Operator::Equals => order.is_eq(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterEquals => order.is_ge(),
        Operator::Less => order.is_lt(),
        Operator::LessEquals => order.is_le(),
        _ => false,
    }
}

/// "-2d", "3h 15m" in milliseconds.
fn span(text: &str) -> Result<i64, Refusal> {
    let fault = || bad(format!("{text} is no span of time; -2d or 3h 15m is one."));
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut total = 0_i64;
    for part in rest.trim_start_matches('+').split_whitespace() {
        let (number, unit) = part.split_at_checked(part.len() - 1).ok_or_else(fault)?;
        let unit = match unit {
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => clock::DAY,
            "w" => 7 * clock::DAY,
            "y" => 365 * clock::DAY,
            _ => return Err(fault()),
        };
        let number: i64 = number.parse().ok().filter(|number| (0..1_000_000).contains(number)).ok_or_else(fault)?;
        total = number.checked_mul(unit).and_then(|more| more.checked_add(total)).ok_or_else(fault)?;
    }
    Ok(sign * total)
}

/// The issues whose fields name an object.
pub fn tickets<'a>(state: &'a State, object: &Object) -> Vec<&'a super::super::jira::store::Issue> {
    let id = object.id.to_string();
    let names = |value: &Value| {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().any(|item| item.get("objectId").and_then(Value::as_str) == Some(&id))
    };
    state.jira.issues.values().filter(|issue| issue.custom.values().any(names)).collect()
}

/// Whether an issue that the JQL finds names an object; of JQL, project, key and status are known here.
fn connected(state: &State, object: &Object, jql: &str) -> Result<bool, Refusal> {
    let query = query::parse(&JQL, jql).map_err(|fault| bad(format!("The JQL query is not valid: {}", fault.message)))?;
    for issue in tickets(state, object) {
        let holds = query.filter.as_ref().map_or(Ok(true), |filter| {
            filter.holds(&mut |clause| {
                let value = match clause.field.to_lowercase().as_str() {
                    "project" => state.jira.projects.get(&issue.project).map(|project| project.key.clone()),
                    "key" | "issuekey" => Some(state.jira.key(issue)),
                    "status" => state.jira.statuses.get(&issue.status).map(|status| status.name.clone()),
                    other => return Err(bad(format!("The field {other} is not simulated in connectedTickets()."))),
                };
                let same =
                    |operand: &Operand| matches!((operand, &value), (Operand::Text(text), Some(value)) if text.eq_ignore_ascii_case(value));
                Ok(match (clause.operator, &clause.operand) {
                    (Operator::In, Some(Operand::List(items))) => items.iter().any(same),
                    (Operator::NotIn, Some(Operand::List(items))) => !items.iter().any(same),
                    (Operator::NotEquals, Some(operand)) => !same(operand),
                    (_, operand) => operand.as_ref().is_some_and(same),
                })
            })
        })?;
        if holds {
            return Ok(true);
        }
    }
    Ok(false)
}
