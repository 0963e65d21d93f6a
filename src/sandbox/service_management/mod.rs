//! Jira Service Management: desks, customers, requests. A request is an issue of Jira.

use serde::{Deserialize, Serialize};

use super::call::Handler;
use super::store::State;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ServiceManagement {}

/// What this room answers itself; everything else is answered from its model.
pub const HANDLERS: &[(&str, Handler)] = &[];

pub fn seed(_state: &mut State, _today: i64) {}
