//! What an access token of a repository reaches: that repository, and what everybody may read.

use super::super::authorization::Holder;
use super::super::call::Call;
use super::super::check::reads;
use super::super::reply::Refusal;
use super::super::route::Route;
use super::super::seed::bitbucket as named;
use super::super::store::State;
use super::store::{Repository, braced};

/// The token stays with its repository when that is renamed.
fn is_own(repository: &Repository) -> bool {
    repository.uuid == braced("repository", named::REPOSITORY)
}

/// Refuses a request that comes with the token for another repository.
pub fn check(state: &State, route: &Route, arguments: &[String]) -> Result<(), Refusal> {
    let [workspace, name, ..] = arguments else { return Ok(()) };
    if !route.operation.path.starts_with("/2.0/repositories/") {
        return Ok(());
    }
    let bitbucket = &state.bitbucket;
    let asked = bitbucket.full_name(workspace, name).ok().and_then(|name| bitbucket.repositories.get(&name));
    let open = reads(route.operation) && asked.is_none_or(|repository| !repository.is_private);
    if open || asked.is_some_and(is_own) { Ok(()) } else { Err(Refusal::new(403, "", "The access token belongs to another repository.")) }
}

/// Whether a list shows a repository to the caller.
pub fn shows(state: &State, call: &Call, repository: &Repository) -> bool {
    !matches!(state.grants.holder(state.now(), state.keys_expired(), &call.headers), Holder::Repository) || is_own(repository)
}
