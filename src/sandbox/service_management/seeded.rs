//! The service desk of the demo site.

use super::super::store::State;

pub fn seed(_state: &mut State, _today: i64) {}
