//! The sandbox for Python: thin glue, JSON in and out. `atlassian_cloud.sandbox` wraps it.

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::sandbox::{Fault, Options, Sandbox, seed};

/// A running sandbox: an Atlassian in memory on loopback.
#[pyclass(frozen, name = "Sandbox", module = "atlassian_cloud._native")]
pub struct NativeSandbox {
    inner: Sandbox,
}

#[pymethods]
impl NativeSandbox {
    #[new]
    #[pyo3(signature = (port = 0, tls = false))]
    fn new(py: Python<'_>, port: u16, tls: bool) -> PyResult<Self> {
        let inner = py.detach(|| Sandbox::start(Options { port, tls })).map_err(|fault| match fault.raw_os_error() {
            // With its number the right subclass of OSError is raised.
            Some(number) => PyOSError::new_err((number, format!("the sandbox cannot listen on port {port}: {fault}"))),
            None => PyOSError::new_err(format!("the sandbox cannot start: {fault}")),
        })?;
        Ok(NativeSandbox { inner })
    }

    #[getter]
    fn url(&self) -> &str {
        self.inner.url()
    }

    #[getter]
    fn ca_pem(&self) -> Option<&str> {
        self.inner.ca_pem()
    }

    fn fault(&self, order: &str) -> PyResult<()> {
        let fault: Fault = serde_json::from_str(order).map_err(|fault| PyValueError::new_err(fault.to_string()))?;
        self.inner.fault(fault);
        Ok(())
    }

    fn requests(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| serde_json::to_string(&self.inner.requests())).map_err(|fault| PyValueError::new_err(fault.to_string()))
    }

    fn reset(&self, py: Python<'_>) {
        py.detach(|| self.inner.reset());
    }

    /// Move the box's clock by so many seconds.
    fn advance(&self, seconds: f64) {
        #[allow(clippy::cast_possible_truncation)]
        self.inner.advance((seconds * 1_000.0) as i64);
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.inner.close());
    }

    /// The fixed ids and keys, as JSON.
    #[staticmethod]
    fn seed() -> String {
        seed::json().to_string()
    }
}
