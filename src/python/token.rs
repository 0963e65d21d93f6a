//! Tokens from Python: sources that clients share, and the orders that a thread of Python carries out.
//!
//! A worker must not attach, so it leaves the order in a list and writes a byte to a pipe. `_tokens.py` reads the other end.

use std::fs::File;
use std::io::Write;
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
    bell: File,
    /// Which pipe it is: programs that become daemons close all descriptors, and then their numbers are other files'.
    pipe: u64,
}

#[cfg(unix)]
fn identity(bell: &File) -> u64 {
    bell.metadata().map(|facts| std::os::unix::fs::MetadataExt::ino(&facts)).unwrap_or_default()
}

#[cfg(windows)]
fn identity(_: &File) -> u64 {
    0
}

static INBOX: ArcSwapOption<Inbox> = ArcSwapOption::const_empty();

/// Open the list of orders for this process; return the file descriptor on which each is announced by a byte. Orders that wait in
/// a list whose pipe was closed wait in the new one.
#[pyfunction]
pub fn open_token_orders() -> PyResult<isize> {
    let (hearing, bell) = std::io::pipe().map_err(|fault| PyOSError::new_err(fault.to_string()))?;
    #[cfg(unix)]
    let bell = File::from(std::os::fd::OwnedFd::from(bell));
    #[cfg(windows)]
    let bell = File::from(std::os::windows::io::OwnedHandle::from(bell));
    let (pid, pipe) = (std::process::id(), identity(&bell));
    let old = INBOX.swap(Some(Arc::new(Inbox { pid, orders: Mutex::default(), bell, pipe })));
    if let Some(old) = old.as_ref().filter(|old| old.pid == pid) {
        let waiting = std::mem::take(&mut *old.orders.lock().unwrap_or_else(PoisonError::into_inner));
        for (order, function) in waiting {
            function.fetch(order);
        }
    }
    // After a fork its lock may be held for ever, and its descriptor may be another file's.
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
    orders.into_iter().map(|(order, function)| TokenOrder { order: Mutex::new(Some(order)), function }).collect()
}

/// Where the tokens of clients come from: a function of Python.
#[pyclass(frozen, module = "atlassian_cloud._native", name = "TokenSource")]
pub struct NativeTokenSource {
    pub source: Arc<TokenSource>,
}

#[pymethods]
impl NativeTokenSource {
    /// `fetch` is given the token that was refused, or None, and returns one with its end in seconds since 1970, or None.
    /// `saves`: it keeps what it fetched, and a program that ends has to wait for that.
    #[new]
    fn new(fetch: Py<PyAny>, saves: bool) -> Self {
        NativeTokenSource { source: TokenSource::new(Box::new(Function { fetch: Arc::new(fetch), saves })) }
    }

    /// Fetch before the next call, whatever is held.
    fn forget(&self) {
        self.source.forget();
    }
}

/// Shared, for a reference of Python's can be copied by attached threads only.
#[derive(Clone)]
struct Function {
    fetch: Arc<Py<PyAny>>,
    saves: bool,
}

impl Fetcher for Function {
    fn fetch(&self, order: Order) {
        // An order that finds no inbox is dropped, and tells its callers so.
        let Some(inbox) = INBOX.load_full().filter(|inbox| inbox.pid == std::process::id()) else { return };
        inbox.orders.lock().unwrap_or_else(PoisonError::into_inner).push((order, self.clone()));
        // Where nobody listens any more, the interpreter is ending. Whoever listens to a pipe that was closed learns it, and opens another.
        if identity(&inbox.bell) == inbox.pipe {
            let _ = (&inbox.bell).write(&[1]);
        }
    }
}

/// An order on its way to the thread that carries it out. That calls `fetch` itself: no frame of ours may stand below code that waits
/// when the interpreter ends.
#[pyclass(frozen, module = "atlassian_cloud._native")]
pub struct TokenOrder {
    order: Mutex<Option<Order>>,
    function: Function,
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
    #[getter]
    fn fetch(&self, py: Python<'_>) -> Py<PyAny> {
        self.function.fetch.clone_ref(py)
    }

    #[getter]
    fn saves(&self) -> bool {
        self.function.saves
    }

    /// The token that a server refused, if that is the reason.
    #[getter]
    fn refused(&self) -> Option<String> {
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        order.as_ref().and_then(Order::refused).map(|secret| secret.expose().to_owned())
    }

    /// Hand what was fetched to those who wait.
    fn settle(&self, py: Python<'_>, text: &Bound<'_, PyAny>, ends: Option<f64>) -> PyResult<()> {
        let secret = Secret::new(&convert::text(text, "token")?, "token").map_err(|fault| super::errors::raise(py, fault))?;
        let ends = ends.and_then(|ends| SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(ends.max(0.0)).ok()?));
        if let Some(order) = self.take() {
            order.settle(Ok(Token::new(secret, ends)));
        }
        Ok(())
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
