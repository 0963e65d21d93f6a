//! CQL: what its fields and functions mean. How it is written is known to the query core.
//!
//! Stemming, fuzziness and Confluence's ranking are not simulated: without an order, hits in titles come first, then older ids.

use std::cmp::Ordering;

use super::super::admin::Account;
use super::super::clock::{self, DAY};
use super::super::query::{CQL, Clause, Expression, Operand, Operator, Query, parse};
use super::super::reply::Refusal;
use super::super::store::State;
use super::body::plain;
use super::store::{Content, Space, Status, caller, number};
use super::words::{self, Wanted, contains};

/// What a search finds.
#[derive(Debug, Clone, Copy)]
pub enum Item<'a> {
    Content(&'a Content),
    Space(&'a Space),
    User(&'a Account),
}

/// Where a search is made from, as `cqlcontext` tells.
#[derive(Debug, Default)]
pub struct Context {
    pub space: Option<String>,
    pub content: Option<u64>,
}

fn fault(words: &str) -> Refusal {
    Refusal::new(400, "", format!("com.atlassian.confluence.api.service.exceptions.BadRequestException: Could not parse cql : {words}"))
}

/// Whether a field is compared as a name, as a text or as a moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    /// Names that can be searched too.
    Title,
    Text,
    Moment,
}

fn sort_of(field: &str) -> Option<Sort> {
    Some(match field {
        "space" | "space.key" | "type" | "space.type" | "label" | "id" | "content" | "parent" | "ancestor" | "container" | "creator"
        | "contributor" | "mention" | "watcher" | "favourite" | "favorite" | "macro" | "user" | "user.accountid" => Sort::Name,
        "title" | "space.title" => Sort::Title,
        "text" | "sitesearch" | "user.fullname" => Sort::Text,
        "created" | "lastmodified" => Sort::Moment,
        _ => return None,
    })
}

fn allowed(sort: Sort, operator: Operator) -> bool {
    use Operator::{Contains, Equals, Greater, GreaterEquals, In, Less, LessEquals, NotContains, NotEquals, NotIn};
    match sort {
        Sort::Name => matches!(operator, Equals | NotEquals | In | NotIn),
        Sort::Title => matches!(operator, Equals | NotEquals | In | NotIn | Contains | NotContains),
        Sort::Text => matches!(operator, Contains | NotContains),
        Sort::Moment => matches!(operator, Equals | NotEquals | Greater | GreaterEquals | Less | LessEquals),
    }
}

/// A clause with its operands worked out.
struct Asked {
    field: String,
    operator: Operator,
    values: Vec<String>,
    /// First and last millisecond that an operand in time means.
    moment: Option<(i64, i64)>,
}

fn ask(state: &State, context: &Context, clause: &Clause) -> Result<Asked, Refusal> {
    let field = clause.field.to_lowercase();
    let sort = sort_of(&field).ok_or_else(|| fault(&format!("No field exists with name: {}", clause.field)))?;
    if !allowed(sort, clause.operator) {
        return Err(fault(&format!("The operator is not supported for the field {}.", clause.field)));
    }
    let operand = clause.operand.as_ref().ok_or_else(|| fault("A value is missing."))?;
    let listed = matches!(clause.operator, Operator::In | Operator::NotIn);
    let many =
        matches!(operand, Operand::List(_)) || matches!(operand, Operand::Function { name, .. } if name.to_lowercase().starts_with("favo"));
    if listed != many {
        return Err(fault(&format!("A list goes with IN, and IN with a list: {}.", clause.field)));
    }
    if sort == Sort::Moment {
        let moment = moment(state, operand)?;
        return Ok(Asked { field, operator: clause.operator, values: Vec::new(), moment: Some(moment) });
    }
    let mut values = Vec::new();
    texts(state, context, operand, &mut values)?;
    let searched = matches!(clause.operator, Operator::Contains | Operator::NotContains);
    if searched && values.iter().any(|value| Wanted::new(value).len() > words::WORDS) {
        return Err(fault(&format!("{} is searched for {} words at most.", clause.field, words::WORDS)));
    }
    Ok(Asked { field, operator: clause.operator, values, moment: None })
}

fn texts(state: &State, context: &Context, operand: &Operand, found: &mut Vec<String>) -> Result<(), Refusal> {
    match operand {
        Operand::Text(text) => found.push(text.clone()),
        Operand::Empty => return Err(fault("EMPTY is no value in CQL.")),
        Operand::List(items) => {
            for item in items {
                texts(state, context, item, found)?;
            }
        }
        Operand::Function { name, arguments } => match (name.to_lowercase().as_str(), arguments.as_slice()) {
            ("currentuser", []) => found.push(caller()),
            ("currentspace", []) => {
                let space = context.space.clone();
                found.push(space.ok_or_else(|| fault("currentSpace() needs a spaceKey in cqlcontext."))?);
            }
            ("currentcontent", []) => {
                let id = context.content.ok_or_else(|| fault("currentContent() needs a contentId in cqlcontext."))?;
                found.push(id.to_string());
            }
            ("favouritespaces" | "favoritespaces", []) => {
                let mine = |space: &&Space| state.confluence.is_favourite(&caller(), &format!("space/{}", space.key));
                found.extend(state.confluence.spaces.values().filter(mine).map(|space| space.key.clone()));
            }
            _ => return Err(fault(&format!("No function exists with name and arguments: {name}({})", arguments.join(", ")))),
        },
    }
    Ok(())
}

/// "2026-11-24", "2026/11/24", each with "HH:mm" behind: the first millisecond of what is meant.
pub fn day(text: &str) -> Option<i64> {
    span(text).map(|(first, _)| first)
}

fn span(text: &str) -> Option<(i64, i64)> {
    let (date, time) = text.trim().split_once([' ', 'T']).map_or((text.trim(), None), |(date, time)| (date, Some(time)));
    let mut parts = date.split(['-', '/']).map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if parts.next().is_some() || !(1..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let start = clock::days(year, month, day) * DAY;
    let Some(time) = time else { return Some((start, start + DAY - 1)) };
    let mut parts = time.split(':').map(str::parse::<i64>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) {
        return None;
    }
    let first = start + (hour * 60 + minute) * 60_000;
    Some((first, first + 59_999))
}

/// "-4w", "+1d", "2h", "-30m" in minutes, and months and years as such: (months, milliseconds).
fn step(text: &str) -> Option<(i64, i64)> {
    let unit = text.chars().last()?;
    let count: i64 = text.strip_suffix(unit)?.trim_start_matches('+').parse().ok()?;
    if !(-100_000..=100_000).contains(&count) {
        return None;
    }
    Some(match unit {
        'y' => (count * 12, 0),
        'M' => (count, 0),
        'w' => (0, count * 7 * DAY),
        'd' => (0, count * DAY),
        'h' => (0, count * 3_600_000),
        'm' => (0, count * 60_000),
        _ => return None,
    })
}

fn civil(ms: i64) -> (i64, i64) {
    let date = clock::date(ms);
    let mut parts = date.split('-').map(|part| part.parse().unwrap_or(1));
    (parts.next().unwrap_or(1_970), parts.next().unwrap_or(1))
}

/// The first day of a month, counted from a month of a year.
fn month_start(year: i64, month: i64, more: i64) -> i64 {
    let months = year * 12 + month - 1 + more;
    clock::days(months.div_euclid(12), months.rem_euclid(12) + 1, 1) * DAY
}

fn moment(state: &State, operand: &Operand) -> Result<(i64, i64), Refusal> {
    let unknown = |text: &str| fault(&format!("Cannot read the date {text}: yyyy-MM-dd or yyyy-MM-dd HH:mm."));
    let (name, arguments) = match operand {
        Operand::Text(text) => return span(text).ok_or_else(|| unknown(text)),
        Operand::Function { name, arguments } => (name, arguments),
        _ => return Err(unknown("")),
    };
    let (months, more) = match arguments.as_slice() {
        [] => (0, 0),
        [text] => step(text).ok_or_else(|| fault(&format!("Cannot read the time {text}: a number with y, M, w, d, h or m.")))?,
        _ => return Err(fault(&format!("{name} takes one argument at most."))),
    };
    let now = state.now();
    let today = now - now.rem_euclid(DAY);
    let (year, month) = civil(now);
    // Weeks begin on Sunday; the first day of 1970 was a Thursday.
    let week = today - (today.div_euclid(DAY) + 4).rem_euclid(7) * DAY;
    let add = |at: i64| {
        let (year, month) = civil(at);
        let shifted = if months == 0 { at } else { at - month_start(year, month, 0) + month_start(year, month, months) };
        shifted + more
    };
    let at = match name.to_lowercase().as_str() {
        "now" => add(now),
        "startofday" => add(today),
        "endofday" => add(today) + DAY - 1,
        "startofweek" => add(week),
        "endofweek" => add(week) + 7 * DAY - 1,
        "startofmonth" => add(month_start(year, month, 0)),
        "endofmonth" => month_start(year, month, 1 + months) + more - 1,
        "startofyear" => add(month_start(year, 1, 0)),
        "endofyear" => month_start(year + 1, 1, months) + more - 1,
        _ => return Err(fault(&format!("No function exists with name: {name}"))),
    };
    Ok((at, at))
}

fn storage(one: &Content) -> String {
    one.last().and_then(|last| last.body.convert("storage")).unwrap_or_default()
}

/// What a field of an item is, all of it: a value of the query fits if it is among these.
fn names(state: &State, item: Item, field: &str) -> Vec<String> {
    let store = &state.confluence;
    match (item, field) {
        (Item::Content(one), _) => match field {
            "space" | "space.key" => vec![store.space_key(one.space).to_owned()],
            "space.title" => store.spaces.get(&one.space).map(|space| space.name.clone()).into_iter().collect(),
            "space.type" => store.spaces.get(&one.space).map(|space| space.kind.clone()).into_iter().collect(),
            "type" => vec![super::content::v1_type(one).to_owned()],
            "title" => vec![one.title.clone()],
            "label" => one.labels.iter().filter_map(|id| store.labels.get(id)).map(|label| label.name.clone()).collect(),
            "id" | "content" => vec![one.text_id()],
            "parent" => one.parent.filter(|_| one.kind.in_tree()).map(|id| id.to_string()).into_iter().collect(),
            "ancestor" => {
                let above = if one.kind.in_tree() { Some(one) } else { store.container(one) };
                let mut found: Vec<String> =
                    above.map(|above| store.ancestors(above).iter().map(|up| up.id.to_string()).collect()).unwrap_or_default();
                // What hangs on a page stands below it.
                found.extend(above.filter(|_| !one.kind.in_tree()).map(|above| above.id.to_string()));
                found
            }
            "container" => store.container(one).filter(|_| !one.kind.in_tree()).map(Content::text_id).into_iter().collect(),
            "creator" => vec![one.author.clone()],
            "contributor" => one.versions.iter().map(|version| version.author.clone()).collect(),
            "mention" => mentions(&storage(one)),
            "macro" => after_each(&storage(one), "<ac:structured-macro ac:name=\""),
            "watcher" => watchers(state, &format!("content/{}", one.id)),
            "favourite" | "favorite" => favourites(state, &format!("content/{}", one.id)),
            _ => Vec::new(),
        },
        (Item::Space(space), _) => match field {
            "space" | "space.key" => vec![space.key.clone()],
            "title" | "space.title" => vec![space.name.clone()],
            "space.type" => vec![space.kind.clone()],
            "type" => vec!["space".to_owned()],
            "label" => space.labels.iter().filter_map(|id| store.labels.get(id)).map(|label| label.name.clone()).collect(),
            "creator" | "contributor" => vec![space.author.clone()],
            "watcher" => watchers(state, &format!("space/{}", space.key)),
            "favourite" | "favorite" => favourites(state, &format!("space/{}", space.key)),
            _ => Vec::new(),
        },
        (Item::User(_), "type") => vec!["user".to_owned()],
        (Item::User(account), "user" | "user.accountid") => vec![account.id.clone()],
        (Item::User(account), "title" | "user.fullname") => vec![account.name.clone()],
        (Item::User(_), _) => Vec::new(),
    }
}

fn after_each(text: &str, mark: &str) -> Vec<String> {
    text.split(mark).skip(1).filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
}

fn mentions(storage: &str) -> Vec<String> {
    after_each(storage, "<ri:user ri:account-id=\"")
}

fn watchers(state: &State, what: &str) -> Vec<String> {
    state.confluence.watches.iter().filter(|(_, watched)| watched == what).map(|(who, _)| who.clone()).collect()
}

fn favourites(state: &State, what: &str) -> Vec<String> {
    let relations = state.confluence.relations.keys().filter(|key| key.name == "favourite" && key.target == what);
    relations.filter_map(|key| key.source.strip_prefix("user/")).map(str::to_owned).collect()
}

fn text_of(item: Item) -> String {
    match item {
        Item::Content(one) => format!("{} {}", one.title, plain(&storage(one))),
        Item::Space(space) => format!("{} {}", space.name, space.description),
        Item::User(account) => account.name.clone(),
    }
}

fn when(item: Item, field: &str) -> i64 {
    match item {
        Item::Content(one) if field == "created" => one.created,
        Item::Content(one) => one.modified(),
        Item::Space(space) => space.created,
        Item::User(account) => account.created,
    }
}

/// Ids of attachments are known with and without their letters.
fn same(field: &str, left: &str, right: &str) -> bool {
    match field {
        "id" | "content" | "parent" | "ancestor" | "container" => number(left).is_some() && number(left) == number(right),
        _ => left.eq_ignore_ascii_case(right) || left.to_lowercase() == right.to_lowercase(),
    }
}

fn fits(state: &State, item: Item, asked: &Asked) -> bool {
    use Operator::{Contains, Equals, Greater, GreaterEquals, In, Less, LessEquals, NotContains, NotEquals};
    let field = asked.field.as_str();
    if let Some((first, last)) = asked.moment {
        let at = when(item, field);
        return match asked.operator {
            Equals => (first..=last).contains(&at),
            NotEquals => !(first..=last).contains(&at),
            Greater => at > first,
            GreaterEquals => at >= first,
            Less => at < first,
            LessEquals => at <= last,
            _ => false,
        };
    }
    let text = |wanted: &str| {
        let searched = match field {
            "text" | "sitesearch" => text_of(item),
            _ => names(state, item, field).join(" "),
        };
        contains(&searched, wanted)
    };
    let mut values = asked.values.iter();
    match asked.operator {
        Contains => values.all(|wanted| text(wanted)),
        NotContains => !values.all(|wanted| text(wanted)),
        operator => {
            let found = names(state, item, field);
            let among = values.any(|wanted| found.iter().any(|name| same(field, name, wanted)));
            among == matches!(operator, Equals | In)
        }
    }
}

/// Everything that fits, in its order.
pub fn search<'a>(state: &'a State, cql: &str, context: &Context, contents_alone: bool) -> Result<Vec<Item<'a>>, Refusal> {
    let query = read(cql)?;
    let clauses = query.filter.as_ref().map(Expression::clauses).unwrap_or_default();
    for clause in &clauses {
        ask(state, context, clause)?;
    }
    // Spaces and people are found by those who speak of them.
    let speaks = |what: &str| {
        clauses.iter().any(|clause| {
            let field = clause.field.to_lowercase();
            let mut values = Vec::new();
            let read = clause.operand.as_ref().is_some_and(|operand| texts(state, context, operand, &mut values).is_ok());
            (field == "type" && read && values.iter().any(|value| value.eq_ignore_ascii_case(what)))
                || field == format!("{what}.title")
                || field.starts_with(&format!("{what}.full"))
                || (what == "user" && field == "user")
        })
    };
    let store = &state.confluence;
    let searchable =
        |one: &&Content| one.status == Status::Current && store.container(one).is_none_or(|above| one.kind.in_tree() || above.is_live());
    let mut items: Vec<Item> = store.contents.values().filter(searchable).map(Item::Content).collect();
    if !contents_alone && speaks("space") {
        items.extend(store.spaces.values().map(Item::Space));
    }
    if !contents_alone && speaks("user") {
        items.extend(state.accounts.iter().filter(|account| account.directory_status() == "active").map(Item::User));
    }
    let mut found = Vec::new();
    for item in items {
        let mut judge = |clause: &Clause| ask(state, context, clause).map(|asked| fits(state, item, &asked));
        if query.filter.as_ref().is_none_or(|filter| matches!(filter.holds(&mut judge), Ok(true))) {
            found.push(item);
        }
    }
    order(state, &query, &clauses, found)
}

fn read(cql: &str) -> Result<Query, Refusal> {
    if cql.trim().is_empty() {
        return Err(fault("The query is empty."));
    }
    parse(&CQL, cql).map_err(|wrong| fault(&format!("{} (line {}, column {})", wrong.message, wrong.line, wrong.column)))
}

fn title(item: Item) -> String {
    match item {
        Item::Content(one) => one.title.to_lowercase(),
        Item::Space(space) => space.name.to_lowercase(),
        Item::User(account) => account.name.to_lowercase(),
    }
}

fn order<'a>(state: &State, query: &Query, clauses: &[&Clause], mut found: Vec<Item<'a>>) -> Result<Vec<Item<'a>>, Refusal> {
    if query.order.is_empty() {
        let wanted: Vec<&str> = (clauses.iter())
            .filter(|clause| clause.operator == Operator::Contains)
            .filter_map(|clause| match &clause.operand {
                Some(Operand::Text(text)) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let in_title = |item: &Item| wanted.iter().any(|text| contains(&title(*item), text));
        found.sort_by_key(|item| !in_title(item));
        return Ok(found);
    }
    let fields: Vec<(String, bool)> =
        query.order.iter().map(|one| (one.field.to_lowercase(), one.descending.unwrap_or_default())).collect();
    if let Some((unknown, _)) = fields.iter().find(|(field, _)| {
        !matches!(
            field.as_str(),
            "created" | "lastmodified" | "title" | "space" | "space.key" | "type" | "id" | "content" | "creator" | "contributor"
        )
    }) {
        return Err(fault(&format!("Cannot order by the field {unknown}.")));
    }
    found.sort_by(|left, right| {
        let compared = fields.iter().map(|(field, descending)| {
            let ordering = match field.as_str() {
                "created" | "lastmodified" => when(*left, field).cmp(&when(*right, field)),
                "title" => title(*left).cmp(&title(*right)),
                "id" | "content" => place(*left).cmp(&place(*right)),
                field => names(state, *left, field).cmp(&names(state, *right, field)),
            };
            if *descending { ordering.reverse() } else { ordering }
        });
        compared.into_iter().find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    });
    Ok(found)
}

fn place(item: Item) -> u64 {
    match item {
        Item::Content(one) => one.id,
        Item::Space(space) => space.id,
        Item::User(_) => 0,
    }
}

/// People alone: by `user`, `user.accountid`, `user.fullname` and `type`.
pub fn users<'a>(state: &'a State, cql: &str) -> Result<Vec<&'a Account>, Refusal> {
    let query = read(cql)?;
    let clauses = query.filter.as_ref().map(Expression::clauses).unwrap_or_default();
    if let Some(other) = clauses.iter().find(|clause| {
        let field = clause.field.to_lowercase();
        field != "type" && field != "user" && !field.starts_with("user.")
    }) {
        return Err(fault(&format!("The field {} says nothing of users.", other.field)));
    }
    let found = search(state, &format!("type = user AND ({})", before_order(cql)), &Context::default(), false)?;
    Ok(found.into_iter().filter_map(|item| if let Item::User(account) = item { Some(account) } else { None }).collect())
}

fn before_order(cql: &str) -> &str {
    let lower = cql.to_lowercase();
    lower.find("order by").and_then(|place| cql.get(..place)).unwrap_or(cql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_steps_are_read() {
        assert_eq!(span("1970-01-02"), Some((DAY, 2 * DAY - 1)));
        assert_eq!(span("1970/01/01 01:30"), Some((5_400_000, 5_459_999)));
        for bad in ["1970-13-01", "1970-01", "yesterday", "1970-01-01 25:00", "1970-01-01 9223372036854775807:00"] {
            assert_eq!(span(bad), None, "{bad}");
        }
        assert_eq!(step("-4w"), Some((0, -28 * DAY)));
        assert_eq!(step("+2M"), Some((2, 0)));
        assert_eq!(step("5"), None);
        assert_eq!(step("-9223372036854775808m"), None);
        assert_eq!(month_start(2026, 11, 3), clock::days(2027, 2, 1) * DAY);
    }
}
