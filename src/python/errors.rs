//! Engine errors become the exceptions of `atlassian_cloud.errors`; they are built nowhere else.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::log;
use super::raw::RawResponse;
use super::token::Raised;
use crate::engine::error::{ApiError, ArgumentError, Error, TransportError, TransportKind};

pub fn raise(py: Python<'_>, fault: Error) -> PyErr {
    let made = match fault {
        Error::Argument(ArgumentError::Type(text)) => return PyTypeError::new_err(text),
        Error::Argument(ArgumentError::Value(text)) => return PyValueError::new_err(text),
        Error::Configuration(text) => class(py, "ConfigurationError").and_then(|class| class.call1((text,))),
        Error::Credential(cause) => match cause.downcast_ref::<Raised>() {
            Some(raised) => return raised.0.clone_ref(py),
            None => class(py, "ConfigurationError").and_then(|class| class.call1((cause.to_string(),))),
        },
        Error::Api(fault) => api(py, *fault),
        Error::Transport(fault) => transport(py, *fault),
    };
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(fault) => fault,
    }
}

/// A panic of ours: an error like any other, never a `PanicException`.
pub fn internal(py: Python<'_>) -> PyErr {
    let text = "internal error of atlassian-cloud; the request may have been executed. Please report it with what you called";
    match class(py, "AtlassianError").and_then(|class| class.call1((text,))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(fault) => fault,
    }
}

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "atlassian_cloud.errors"))?.getattr(name)
}

fn api(py: Python<'_>, fault: ApiError) -> PyResult<Bound<'_, PyAny>> {
    log::answered(py, &fault.call, &fault.response)?;
    let text = fault.describe();
    let fields = PyDict::new(py);
    let messages = PyList::empty(py);
    for message in &fault.messages {
        messages.append((message.field.as_deref(), message.text.as_str(), message.code.as_deref()))?;
    }
    fields.set_item("status", fault.response.status)?;
    fields.set_item("code", fault.code)?;
    fields.set_item("messages", messages)?;
    fields.set_item("hint", fault.hint)?;
    fields.set_item("request_id", fault.response.request_id())?;
    fields.set_item("method", &fault.response.method)?;
    fields.set_item("url", &fault.response.url)?;
    fields.set_item("call", &fault.call)?;
    fields.set_item("retry_after", fault.retry_after.map(|wait| wait.as_secs_f64()))?;
    fields.set_item("reason", fault.reason)?;
    fields.set_item("response", Py::new(py, RawResponse::failed(fault.response))?)?;
    class(py, "api_error")?.call((text,), Some(&fields))
}

fn transport(py: Python<'_>, fault: TransportError) -> PyResult<Bound<'_, PyAny>> {
    log::failed(py, &fault)?;
    let name = match fault.kind {
        TransportKind::Timeout => "TimeoutError",
        TransportKind::Connection => "ConnectionError",
        TransportKind::Body => "TransportError",
    };
    let fields = PyDict::new(py);
    fields.set_item("method", &fault.method)?;
    fields.set_item("url", &fault.url)?;
    fields.set_item("call", &fault.call)?;
    fields.set_item("attempts", fault.attempts.len())?;
    fields.set_item("may_have_been_executed", fault.may_have_been_executed)?;
    fields.set_item("status", fault.response.as_ref().map(|response| response.status))?;
    fields.set_item("request_id", fault.response.as_ref().and_then(|response| response.request_id()))?;
    class(py, name)?.call((fault.describe(),), Some(&fields))
}
