//! All of Atlassian Cloud for Python: the engine, and behind the feature `python` its faces.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod catalog;
pub mod sandbox;
