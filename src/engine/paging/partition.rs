//! Token-paged searches give one page after the other. A JQL query can be cut into ranges of the date of creation, which no issue
//! is without and none changes: disjoint, and all of the query together, whatever happens meanwhile.

use futures_util::future::join_all;
use serde_json::Value;

use super::Pager;
use crate::catalog::{Paging, Place};
use crate::document::Node;
use crate::engine::Request;
use crate::engine::arguments::{Argument, Extras, bind};
use crate::engine::client::Client;
use crate::engine::error::{ArgumentError, Error};
use crate::engine::request::OperationRef;
use crate::engine::runtime::Placement;
use crate::engine::timestamp::{self, Timestamp};

/// Fewer items than this come sooner in one go.
const WORTH_IT: u64 = 200;
/// Ranges for each lane: the last ones to be read are small, so that all lanes end at about the same time.
const RANGES_PER_LANE: usize = 2;
/// More than any site has: counts beyond it are none.
const MOST: u64 = 1 << 40;
/// For each lane, before they are joined.
const MOST_RANGES: usize = 16;
/// How often ranges that hold too much are cut again.
const ROUNDS: usize = 4;

/// A search that is to be read in parts.
#[derive(Clone)]
pub struct Partition {
    request: Request,
    paging: &'static Paging,
    page_size: Option<u64>,
    count: OperationRef,
    /// The query, without the parameters around it.
    condition: String,
    /// Lanes to read side by side.
    pub parts: usize,
}

/// Minutes on the clock that the server shows, from one to before the other; open ends have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    from: Option<i64>,
    to: Option<i64>,
}

/// A range with both ends and the count of what it holds.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: i64,
    to: i64,
    count: u64,
}

impl Partition {
    pub fn new(request: Request, paging: &'static Paging, page_size: Option<u64>, parts: u64) -> Result<Self, Error> {
        let call = request.call();
        let refuse = |what: &str| Error::from(ArgumentError::Value(format!("{call}: {what}")));
        let count = paging.partition.as_ref().zip(request.operation).and_then(|(facts, reference)| {
            Some(OperationRef { operation: reference.service.operations.iter().find(|known| known.name == facts.count)?, ..reference })
        });
        let Some(count) = count else {
            return Err(refuse("partitions: this listing cannot be split"));
        };
        // Faults of the other arguments show before anything is sent.
        Pager::new(request.clone(), paging, None, page_size)?;
        let query = query_of(&request, paging).unwrap_or_default();
        let condition = condition(&query).map_err(refuse)?.to_owned();
        Ok(Partition { request, paging, page_size, count, condition, parts: usize::try_from(parts).unwrap_or(1) })
    }

    pub fn call(&self) -> String {
        self.request.call()
    }

    /// Finds out how the issues spread over time, and cuts the query into parts of about the same size.
    pub async fn plan(self, client: Client, limit: Option<u64>) -> Result<Vec<Pager>, Error> {
        let whole = Range { from: None, to: None };
        if limit.is_some_and(|limit| limit <= WORTH_IT) {
            return Ok(vec![self.part(whole)?]);
        }
        let (first, last) = (self.edge("ASC"), self.edge("DESC"));
        let edges = join_all([&first, &last].map(|edge| client.send(edge, Placement::Shared)));
        let (edges, total) = tokio::join!(edges, self.count(&client, self.condition.clone()));
        let mut moments = Vec::new();
        for edge in edges {
            moments.extend(edge?.document.and_then(|page| created(&page, self.paging)));
        }
        // Where nobody may count, the parts are as even as time alone makes them.
        let worth_it = known(total)?.is_none_or(|total| total >= WORTH_IT);
        let (&[from, to], true) = (moments.as_slice(), worth_it) else {
            return Ok(vec![self.part(whole)?]);
        };
        let to = to.max(from) + 1;
        let mut spans = self.spread(&client, from, to).await?;
        if spans.iter().all(|span| span.count == 0) {
            spans = even(from, to, (self.parts * RANGES_PER_LANE) as u64);
        }
        merge(&spans, self.parts * RANGES_PER_LANE).into_iter().map(|range| self.part(range)).collect()
    }

    /// Spans that hold about as much each, as far as minutes tell issues apart.
    async fn spread(&self, client: &Client, from: i64, to: i64) -> Result<Vec<Span>, Error> {
        let wanted = (self.parts * RANGES_PER_LANE) as u64;
        let mut spans = vec![Span { from, to, count: MOST }];
        for _ in 0..ROUNDS {
            let total: u64 = spans.iter().map(|span| span.count).sum();
            let most = (total / wanted).max(1);
            let mut finer = Vec::new();
            for span in spans {
                let pieces = if span.count > most + most / 4 { span.count.div_ceil(most).min(wanted) } else { 1 };
                finer.extend(cut(span, pieces));
            }
            // Estimates that grow as ranges get smaller are none.
            if finer.iter().all(|(_, known)| known.is_some()) || finer.len() > MOST_RANGES * self.parts {
                return Ok(finer.into_iter().map(|(span, _)| span).collect());
            }
            spans = Vec::with_capacity(finer.len());
            for some in finer.chunks(self.parts * RANGES_PER_LANE) {
                let counts = join_all(some.iter().map(async |(span, known)| match known {
                    Some(count) => Ok(*count),
                    None => self.count(client, self.within(Range { from: Some(span.from), to: Some(span.to) })).await,
                }));
                for ((span, _), count) in some.iter().zip(counts.await) {
                    match known(count)? {
                        Some(count) => spans.push(Span { count, ..*span }),
                        None => return Ok(even(from, to, wanted)),
                    }
                }
            }
        }
        Ok(spans)
    }

    async fn count(&self, client: &Client, query: String) -> Result<u64, Error> {
        let given = self.count.operation.params.iter().map(|_| Some(Argument::Json(Value::from(query.as_str())))).collect();
        let request = bind(self.count, given, Extras::default())?;
        let reply = client.send(&request, Placement::Shared).await?;
        Ok(reply.document.and_then(|answer| super::number_at(&answer, "count")).unwrap_or(0).min(MOST))
    }

    /// The search for the first or the last issue.
    fn edge(&self, direction: &str) -> Request {
        let mut request = self.request.clone();
        set(&mut request, self.paging, QUERY, Value::from(format!("{} ORDER BY created {direction}", self.condition)));
        set(&mut request, self.paging, &self.paging.size, Value::from(1));
        let fields = if self.paging.place == Place::Body { Value::from(vec![CREATED]) } else { Value::from(CREATED) };
        set(&mut request, self.paging, "fields", fields);
        request
    }

    fn part(&self, range: Range) -> Result<Pager, Error> {
        let mut request = self.request.clone();
        set(&mut request, self.paging, QUERY, Value::from(self.within(range)));
        Ok(Pager::new(request, self.paging, None, self.page_size)?)
    }

    fn within(&self, range: Range) -> String {
        let mut query = match range {
            Range { from: None, to: None } => return self.condition.clone(),
            _ => format!("({})", self.condition),
        };
        for (minute, operator) in [(range.from, ">="), (range.to, "<")] {
            if let Some(moment) = minute.and_then(|minute| timestamp::from_epoch_ms(minute * 60_000)) {
                let Timestamp { year, month, day, hour, minute, .. } = moment;
                query.push_str(&format!(" AND created {operator} \"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}\""));
            }
        }
        query
    }
}

/// A refused estimate only makes parts less even.
fn known(count: Result<u64, Error>) -> Result<Option<u64>, Error> {
    match count {
        Ok(count) => Ok(Some(count).filter(|count| *count < MOST)),
        Err(Error::Api(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

const QUERY: &str = "jql";
const CREATED: &str = "created";

fn query_of(request: &Request, paging: &Paging) -> Option<String> {
    if paging.place == Place::Body {
        return request.body.as_ref()?.get(QUERY)?.as_str().map(str::to_owned);
    }
    let (_, value) = request.query.iter().find(|(name, _)| name == QUERY)?;
    Some(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn set(request: &mut Request, paging: &Paging, name: &str, value: Value) {
    match (paging.place, &value) {
        (Place::Body, _) => request.set_field(name, value),
        (_, Value::String(text)) => request.set_query(name, text),
        _ => request.set_query(name, &value.to_string()),
    }
}

/// When the first issue of a page was created, in minutes on the clock that the server shows. JQL goes by the same clock; were it
/// another, ranges would only be less even.
fn created(page: &Node, paging: &Paging) -> Option<i64> {
    let text = page.path(&paging.items)?.at(0)?.path("fields.created")?;
    let moment = timestamp::parse(&text.text()?.to_string_lossy())?;
    Some(Timestamp { offset: None, ..moment }.epoch_ms().div_euclid(60_000))
}

/// Pieces of equal length, with the count of a span that stays whole.
fn cut(span: Span, pieces: u64) -> Vec<(Span, Option<u64>)> {
    let minutes = span.to - span.from;
    let pieces = i64::try_from(pieces).unwrap_or(minutes).min(minutes);
    if pieces <= 1 {
        return vec![(span, Some(span.count).filter(|count| *count < MOST))];
    }
    let at = |piece: i64| span.from + minutes * piece / pieces;
    (0..pieces).map(|piece| (Span { from: at(piece), to: at(piece + 1), count: 0 }, None)).collect()
}

/// Spans of equal length, where nothing is known of what they hold.
fn even(from: i64, to: i64, pieces: u64) -> Vec<Span> {
    cut(Span { from, to, count: MOST }, pieces).into_iter().map(|(span, _)| Span { count: 1, ..span }).collect()
}

/// Neighbours together, until they hold about as much as each part should; the largest first. The ends are open.
fn merge(spans: &[Span], parts: usize) -> Vec<Range> {
    let total: u64 = spans.iter().map(|span| span.count).sum();
    let enough = (total / parts.max(1) as u64).max(1);
    let mut ranges: Vec<(u64, Range)> = Vec::new();
    let mut from = None;
    let mut count = 0;
    for span in spans {
        if count > 0 && count + span.count > enough {
            ranges.push((count, Range { from, to: Some(span.from) }));
            from = Some(span.from);
            count = 0;
        }
        count += span.count;
    }
    ranges.push((count, Range { from, to: None }));
    ranges.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    ranges.into_iter().map(|(_, range)| range).collect()
}

/// What a query restricts. An order cannot hold where parts are read side by side; what is not balanced would mean something else
/// in parentheses.
fn condition(query: &str) -> Result<&str, &'static str> {
    let mut depth = 0i32;
    let mut quote = None;
    let mut escaped = false;
    let mut word = String::new();
    let mut before = String::new();
    for letter in query.chars().chain([' ']) {
        if let Some(open) = quote {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if letter == open => quote = None,
                _ => {}
            }
            continue;
        }
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter.to_ascii_lowercase());
            continue;
        }
        if !word.is_empty() {
            if word == "by" && before == "order" {
                return Err("partitions: parts are read side by side, so no order can hold; leave ORDER BY out, and sort what comes");
            }
            before = std::mem::take(&mut word);
        }
        match letter {
            '"' | '\'' => quote = Some(letter),
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if !letter.is_whitespace() {
            before.clear();
        }
        if depth < 0 {
            break;
        }
    }
    if quote.is_some() || depth != 0 {
        return Err("jql: a quote or parenthesis is not closed");
    }
    match query.trim() {
        "" => Err("jql: must not be empty"),
        query => Ok(query),
    }
}
