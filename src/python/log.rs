//! Records for the stdlib logger `atlassian_cloud`, written by the thread that made the call. No credential, no body.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use super::convert::loaded;
use crate::engine::Response;
use crate::engine::error::TransportError;
use crate::engine::response::Attempt;

/// Retries are told at INFO, calls at DEBUG.
const INFO: i32 = 20;

/// The logger, if anyone could be listening: without `logging` imported there is no handler.
fn logger(py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let logger = match LOGGER.get(py) {
        Some(logger) => logger.bind(py).clone(),
        None => {
            let Some(logging) = loaded(py, "logging")? else { return Ok(None) };
            let logger = logging.call_method1(intern!(py, "getLogger"), (intern!(py, "atlassian_cloud"),))?;
            LOGGER.get_or_init(py, || logger.unbind()).bind(py).clone()
        }
    };
    let wanted: bool = logger.call_method1(intern!(py, "isEnabledFor"), (INFO,))?.extract()?;
    Ok(wanted.then_some(logger))
}

/// A fault of a log handler must not break a call; Ctrl-C and exits that fall into one must not be lost.
fn but_for_exits(py: Python<'_>, outcome: PyResult<()>) -> PyResult<()> {
    outcome.or_else(|fault| if fault.is_instance_of::<PyException>(py) { Ok(()) } else { Err(fault) })
}

pub fn answered(py: Python<'_>, call: &str, response: &Response) -> PyResult<()> {
    let outcome = logger(py).and_then(|logger| match logger {
        None => Ok(()),
        Some(logger) => {
            tell_attempts(&logger, call, &response.attempts)?;
            let id = response.request_id().unwrap_or("-");
            let seconds = response.elapsed.as_secs_f64();
            let arguments = (call, response.method.as_str(), response.url.as_str(), response.status, response.size, seconds, id);
            tell(&logger, "debug", "%s: %s %s -> %s, %s bytes in %.3f s, request id %s", arguments)
        }
    });
    but_for_exits(py, outcome)
}

/// For a call without an answer.
pub fn failed(py: Python<'_>, fault: &TransportError) -> PyResult<()> {
    let outcome = logger(py).and_then(|logger| match logger {
        None => Ok(()),
        Some(logger) => {
            tell_attempts(&logger, &fault.call, &fault.attempts)?;
            let arguments = (fault.call.as_str(), fault.attempts.len(), fault.what.as_str());
            tell(&logger, "debug", "%s: failed after %s attempt(s): %s", arguments)
        }
    });
    but_for_exits(py, outcome)
}

/// Those that are followed by another.
fn tell_attempts(logger: &Bound<'_, PyAny>, call: &str, attempts: &[Attempt]) -> PyResult<()> {
    for (number, attempt) in attempts.iter().enumerate() {
        if let Some(wait) = attempt.wait {
            let arguments = (call, number + 1, attempt.outcome.as_str(), wait.as_secs_f64());
            tell(logger, "info", "%s: attempt %s ended with %s; again in %.2f s", arguments)?;
        }
    }
    Ok(())
}

fn tell<'py, A>(logger: &Bound<'py, PyAny>, level: &str, format: &str, arguments: A) -> PyResult<()>
where
    A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
{
    let py = logger.py();
    let arguments = arguments.into_pyobject(py)?;
    let mut all = vec![format.into_pyobject(py)?.into_any()];
    all.extend(arguments.iter());
    logger.call_method1(level, PyTuple::new(py, all)?)?;
    Ok(())
}
