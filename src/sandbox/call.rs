//! A request that passed the checks, as handlers see it.

use http::HeaderMap;
use serde_json::Value;

use super::files::Part;
use super::reply::{Refusal, Reply};
use super::route::Route;
use super::store::State;

/// A request that passed the checks.
pub struct Call {
    pub route: &'static Route,
    /// Path arguments, in path order.
    pub arguments: Vec<String>,
    pub query: Vec<(String, String)>,
    pub body: Value,
    pub parts: Vec<Part>,
    pub headers: HeaderMap,
    /// Behind the gateway's prefix.
    pub path: String,
    /// What stood in front of the path: empty, or the gateway's prefix.
    pub way: String,
    /// A fault wants a page without items.
    pub empty_page: bool,
}

pub type Outcome = Result<Reply, Refusal>;

/// What answers an operation that the box simulates.
pub type Handler = fn(&mut State, &Call) -> Outcome;

/// Handlers by their operations: "GET /rest/api/3/issue/{}".
pub type Table = &'static [(&'static str, Handler)];

/// How many handlers are in these tables.
#[expect(clippy::indexing_slicing, reason = "run by the compiler: a wrong place ends the build, never the box")]
pub const fn count(tables: &[Table]) -> usize {
    let (mut sum, mut place) = (0, 0);
    while place < tables.len() {
        sum += tables[place].len();
        place += 1;
    }
    sum
}

/// The tables of a room's files as one; `N` is their `count`. It runs when the box is compiled.
#[expect(clippy::indexing_slicing, reason = "run by the compiler: a wrong place ends the build, never the box")]
pub const fn joined<const N: usize>(tables: &[Table]) -> [(&'static str, Handler); N] {
    let mut all = [tables[0][0]; N];
    let (mut to, mut table) = (0, 0);
    while table < tables.len() {
        let mut from = 0;
        while from < tables[table].len() {
            all[to] = tables[table][from];
            to += 1;
            from += 1;
        }
        table += 1;
    }
    all
}

impl Call {
    /// The path argument at this place; routes have as many as their handlers read.
    pub fn argument(&self, place: usize) -> &str {
        self.arguments.get(place).map_or("", String::as_str)
    }

    /// Jira's second version has texts in wiki markup where the third has documents.
    pub fn is_second_version(&self) -> bool {
        self.path.starts_with("/rest/api/2/")
    }

    pub fn query(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// A list in the query, repeated or joined by commas: both forms are in use.
    pub fn queries(&self, key: &str) -> Vec<String> {
        let values = self.query.iter().filter(|(name, _)| name == key).flat_map(|(_, value)| value.split(','));
        values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.body.get(key).and_then(Value::as_str)
    }

    /// A list of strings in the body.
    pub fn texts(&self, key: &str) -> Vec<String> {
        texts(self.body.get(key))
    }
}

pub fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
