//! Confluence: spaces, pages and what hangs on them, by both versions of its API.

use serde::{Deserialize, Serialize};

use super::call::Handler;
use super::store::State;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Confluence {}

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &[];

pub fn seed(_state: &mut State, _today: i64) {}
