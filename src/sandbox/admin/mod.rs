//! One organization, held together in one store: what one API changes, the others show.

mod api_access;
mod classification;
mod control;
mod directories;
mod events;
mod groups;
mod organizations;
mod policies;
mod scim;
mod scim_groups;
mod scim_patch;
mod scim_users;
mod seeded;
mod store;
mod users;
mod workspaces;

pub use seeded::seed;
pub use store::{Account, Group, Membership, Organization, Source};

use super::call::{Call, Outcome};
use super::reply::Refusal;
use super::seed;
use super::store::State;

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
