//! The blocking door: every call that waits goes through here. Ctrl-C ends the wait, no panic leaves it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

use super::errors;
use crate::engine::error::Error;
use crate::engine::runtime::{self, Placement};

/// Runs `make`'s work to its end on this thread with the interpreter let go.
pub fn wait<T, F>(py: Python<'_>, make: impl FnOnce(Placement) -> F + Send) -> PyResult<T>
where
    T: Send,
    F: Future<Output = Result<T, Error>>,
{
    // At the interpreter's end there is nothing to attach to; a daemon thread then waits for the process to end.
    let between = || Python::try_attach(|py| py.check_signals()).unwrap_or(Ok(()));
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(|| runtime::block_on(make, between))));
    match outcome {
        Ok(Ok(Ok(Ok(value)))) => Ok(value),
        Ok(Ok(Ok(Err(fault))) | Err(fault)) => Err(errors::raise(py, fault)),
        Ok(Ok(Err(interrupt))) => Err(interrupt),
        Err(_) => Err(errors::internal(py)),
    }
}
