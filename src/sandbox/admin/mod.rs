//! One organization, held together in one store: what one API changes, the others show.

mod api_access;
mod classification;
mod control;
mod directories;
mod events;
mod groups;
mod organizations;
mod paging;
mod policies;
mod scim;
mod scim_groups;
mod scim_patch;
mod scim_users;
mod seeded;
mod store;
mod users;
mod workspaces;

use serde_json::Value;

pub use store::State;

use super::files::Part;
use super::reply::{Refusal, Reply};
use super::route::Route;
use super::seed;

/// A request that passed the checks.
pub struct Call {
    pub route: &'static Route,
    /// Path arguments, in path order.
    pub arguments: Vec<String>,
    pub query: Vec<(String, String)>,
    pub body: Value,
    pub parts: Vec<Part>,
    pub path: String,
    pub empty_page: bool,
}

pub type Outcome = Result<Reply, Refusal>;

impl Call {
    /// The path argument at this place; routes have as many as their handlers read.
    pub fn argument(&self, place: usize) -> &str {
        self.arguments.get(place).map_or("", String::as_str)
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

/// The handler of this operation, run; nothing when there is none.
pub fn handle(state: &mut State, call: &Call) -> Option<Outcome> {
    let key = call.route.key.as_str();
    // Every organization path begins with the organization.
    if let Some((_, path)) = key.split_once(' ')
        && (path.contains("/orgs/{}") || path.contains("/org/{}"))
        && call.argument(0) != seed::ORG_ID
    {
        let code = if path.starts_with("/admin/v2") { "ADMIN-UAM-404-2" } else { "ADMIN-404-2" };
        return Some(Err(Refusal::new(
            404,
            code,
            format!("The organization {} does not exist, or the key is not its own.", call.argument(0)),
        )));
    }
    users::handle(state, call, key)
        .or_else(|| scim_users::handle(state, call, key))
        .or_else(|| scim_groups::handle(state, call, key))
        .or_else(|| scim::handle(state, call, key))
        .or_else(|| organizations::handle(state, call, key))
        .or_else(|| events::handle(state, call, key))
        .or_else(|| policies::handle(state, call, key))
        .or_else(|| directories::handle(state, call, key))
        .or_else(|| groups::handle(state, call, key))
        .or_else(|| workspaces::handle(state, call, key))
        .or_else(|| api_access::handle(state, call, key))
        .or_else(|| control::handle(state, call, key))
        .or_else(|| classification::handle(state, call, key))
}
