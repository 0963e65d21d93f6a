//! Tokens from Python: sources that clients share, and the orders that a thread of Python carries out.
//!
//! A worker must not attach, so it leaves the order in a list and writes a byte to a pipe. `_tokens.py` reads the other end.

use std::io::{PipeWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use super::convert;
use crate::engine::auth::Secret;
use crate::engine::token::{Fetcher, Order, Token, TokenSource};

/// Where orders wait; one for each process.
struct Inbox {
    pid: u32,
    orders: Mutex<Vec<(Order, Function)>>,
    bell: PipeWriter,
}

static INBOX: ArcSwapOption<Inbox> = ArcSwapOption::const_empty();

/// Open the list of orders for this process; return the file descriptor on which each is announced by a byte.
#[pyfunction]
pub fn open_token_orders() -> PyResult<isize> {
    let (hearing, bell) = std::io::pipe().map_err(|fault| PyOSError::new_err(fault.to_string()))?;
    let old = INBOX.swap(Some(Arc::new(Inbox { pid: std::process::id(), orders: Mutex::default(), bell })));
    // After a fork its lock may be held for ever.
    std::mem::forget(old);
    #[cfg(unix)]
    return Ok(std::os::fd::IntoRawFd::into_raw_fd(hearing) as isize);
    #[cfg(windows)]
    return Ok(std::os::windows::io::IntoRawHandle::into_raw_handle(hearing) as isize);
}

/// Take the orders that wait.
#[pyfunction]
pub fn token_orders() -> Vec<TokenOrder> {
    let Some(inbox) = INBOX.load_full() else { return Vec::new() };
    let orders = std::mem::take(&mut *inbox.orders.lock().unwrap_or_else(PoisonError::into_inner));
    orders.into_iter().map(|(order, fetch)| TokenOrder { order: Mutex::new(Some(order)), fetch }).collect()
}

/// Where the tokens of clients come from: a function of Python.
#[pyclass(frozen, module = "atlassian_cloud._native", name = "TokenSource")]
pub struct NativeTokenSource {
    pub source: Arc<TokenSource>,
}

#[pymethods]
impl NativeTokenSource {
    /// `fetch` is given the token that was refused, or None, and returns one with its end in seconds since 1970, or None.
    #[new]
    fn new(fetch: Py<PyAny>) -> Self {
        NativeTokenSource { source: TokenSource::new(Box::new(Function(Arc::new(fetch)))) }
    }

    /// Fetch before the next call, whatever is held.
    fn forget(&self) {
        self.source.forget();
    }
}

/// Shared, for a reference of Python's can be copied by attached threads only.
#[derive(Clone)]
struct Function(Arc<Py<PyAny>>);

impl Fetcher for Function {
    fn fetch(&self, order: Order) {
        // An order that finds no inbox is dropped, and tells its callers so.
        let Some(inbox) = INBOX.load_full().filter(|inbox| inbox.pid == std::process::id()) else { return };
        inbox.orders.lock().unwrap_or_else(PoisonError::into_inner).push((order, self.clone()));
        // Where nobody listens any more, the interpreter is ending.
        let _ = (&inbox.bell).write(&[1]);
    }
}

/// An order on its way to the thread that carries it out.
#[pyclass(frozen, module = "atlassian_cloud._native")]
pub struct TokenOrder {
    order: Mutex<Option<Order>>,
    fetch: Function,
}

/// An exception of Python's, on its way to all who waited.
#[derive(Debug)]
pub struct Raised(pub PyErr);

impl std::fmt::Display for Raised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the token could not be fetched")
    }
}

impl std::error::Error for Raised {}

#[pymethods]
impl TokenOrder {
    /// Fetch the token and hand it to those who wait, or the exception.
    fn carry_out(&self, py: Python<'_>) {
        let Some(order) = self.take() else { return };
        let fetched = self.fetch.0.bind(py).call1((order.refused().map(Secret::expose),)).and_then(|answer| {
            let (text, ends): (Bound<'_, PyAny>, Option<f64>) = answer.extract()?;
            let secret = Secret::new(&convert::text(&text, "token")?, "token").map_err(|fault| super::errors::raise(py, fault))?;
            let ends = ends.and_then(|ends| SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(ends.max(0.0)).ok()?));
            Ok(Token::new(secret, ends))
        });
        order.settle(fetched.map_err(|fault| Arc::new(Raised(fault)) as _));
    }

    /// Give up, with an exception for those who wait.
    fn fail(&self, fault: Bound<'_, PyAny>) {
        if let Some(order) = self.take() {
            order.settle(Err(Arc::new(Raised(PyErr::from_value(fault)))));
        }
    }
}

impl TokenOrder {
    fn take(&self) -> Option<Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
