//! The sandbox for Python: thin glue, JSON in and out. `atlassian_cloud.sandbox` wraps it.

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::sandbox::{self, Checkpoint, Fault, Latency, Options, Sandbox, seed};

/// A running sandbox: an Atlassian in memory on loopback.
#[pyclass(frozen, name = "Sandbox", module = "atlassian_cloud._native")]
pub struct NativeSandbox {
    inner: Sandbox,
}

impl NativeSandbox {
    /// In a forked child only `close` and the addresses are of use.
    fn own(&self) -> PyResult<&Sandbox> {
        if self.inner.is_own() {
            return Ok(&self.inner);
        }
        Err(PyRuntimeError::new_err("this sandbox belongs to the process that started it; start another one here"))
    }
}

/// What a sandbox held at some moment.
#[pyclass(frozen, name = "Checkpoint", module = "atlassian_cloud._native")]
pub struct NativeCheckpoint(Checkpoint);

#[pymethods]
impl NativeSandbox {
    #[new]
    #[pyo3(signature = (port = 0, tls = false, examples = false))]
    fn new(py: Python<'_>, port: u16, tls: bool, examples: bool) -> PyResult<Self> {
        let inner = py.detach(|| Sandbox::start(Options { port, tls, examples })).map_err(|fault| match fault.raw_os_error() {
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
        self.own()?.fault(fault);
        Ok(())
    }

    fn slow(&self, order: &str) -> PyResult<()> {
        let latency: Latency = serde_json::from_str(order).map_err(|fault| PyValueError::new_err(fault.to_string()))?;
        self.own()?.slow(latency);
        Ok(())
    }

    /// Whether Atlassian's published rate limits are enforced.
    #[getter]
    fn rate_limits(&self) -> PyResult<bool> {
        Ok(self.own()?.limits_are_enforced())
    }

    #[setter]
    fn set_rate_limits(&self, enforced: bool) -> PyResult<()> {
        self.own()?.enforce_limits(enforced);
        Ok(())
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<String> {
        let inner = self.own()?;
        py.detach(|| inner.snapshot()).map_err(|fault| PyValueError::new_err(fault.to_string()))
    }

    fn restore(&self, py: Python<'_>, snapshot: &str) -> PyResult<()> {
        let inner = self.own()?;
        py.detach(|| inner.restore(snapshot)).map_err(|fault| PyValueError::new_err(fault.to_string()))
    }

    fn checkpoint(&self, py: Python<'_>) -> PyResult<NativeCheckpoint> {
        let inner = self.own()?;
        Ok(NativeCheckpoint(py.detach(|| inner.checkpoint())))
    }

    #[pyo3(signature = (checkpoint, /))]
    fn roll_back(&self, py: Python<'_>, checkpoint: &NativeCheckpoint) -> PyResult<()> {
        let inner = self.own()?;
        py.detach(|| inner.roll_back(&checkpoint.0));
        Ok(())
    }

    fn requests(&self, py: Python<'_>) -> PyResult<String> {
        let inner = self.own()?;
        py.detach(|| serde_json::to_string(&inner.requests())).map_err(|fault| PyValueError::new_err(fault.to_string()))
    }

    fn exchanges(&self, py: Python<'_>) -> PyResult<String> {
        let inner = self.own()?;
        py.detach(|| serde_json::to_string(&inner.exchanges())).map_err(|fault| PyValueError::new_err(fault.to_string()))
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        let inner = self.own()?;
        py.detach(|| inner.reset());
        Ok(())
    }

    /// Move the box's clock by so many seconds.
    fn advance(&self, seconds: f64) -> PyResult<()> {
        if !seconds.is_finite() {
            return Err(PyValueError::new_err(format!("the clock cannot move by {seconds} seconds")));
        }
        self.own()?.advance((seconds * 1_000.0) as i64).map_err(PyValueError::new_err)
    }

    /// Seconds that a long task takes which begins now.
    #[getter]
    fn task_duration(&self) -> PyResult<f64> {
        Ok(self.own()?.task_duration() as f64 / 1_000.0)
    }

    #[setter]
    fn set_task_duration(&self, seconds: f64) -> PyResult<()> {
        if !(0.0..=3.2e10).contains(&seconds) {
            return Err(PyValueError::new_err(format!("duration: expected 0 seconds or more, got {seconds}")));
        }
        self.own()?.set_task_duration((seconds * 1_000.0).round() as i64);
        Ok(())
    }

    fn fail_next_task(&self, message: String) -> PyResult<()> {
        self.own()?.fail_next_task(message);
        Ok(())
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.inner.close());
    }

    /// Names of the operations that work on the box's own data.
    #[staticmethod]
    fn simulated() -> Vec<String> {
        sandbox::simulated()
    }

    /// The fixed ids and keys, as JSON.
    #[staticmethod]
    fn seed() -> String {
        seed::json().to_string()
    }
}
