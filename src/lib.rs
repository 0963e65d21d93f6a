//! All of Atlassian Cloud for Python: the engine, and behind the feature `python` its faces.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod catalog;
pub mod document;
pub mod engine;
pub mod rich_text;
pub mod sandbox;

#[cfg(feature = "python")]
mod python;

#[cfg(feature = "python")]
#[pyo3::pymodule(gil_used = true)]
fn _native(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
    python::register(module)
}
