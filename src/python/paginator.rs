//! Paginators: two faces of one listing. Items come lazily; the next page is fetched while this one is read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::awaiting::{Collect, Coroutine, Finish, Ready};
use super::table::{self, Target};
use super::{arguments, blocking, errors, log, objects};
use crate::catalog::Type;
use crate::document::Node;
use crate::engine::error::Error;
use crate::engine::paging::listing::{Listing, Step, Wait};
use crate::engine::table::{Columns, Table};
use crate::engine::{OperationRef, runtime::Placement};

/// What both faces hold.
struct Shared {
    listing: Mutex<Listing>,
    /// Locked after the listing.
    table: Mutex<Table>,
    reading: AtomicBool,
    operation: OperationRef,
    item: &'static Type,
    /// When the event loop of an awaiting reader had its turn.
    last_turn: Mutex<Instant>,
}

/// How long items that are there may keep an event loop from others: many listings may be read at a time.
const TURN: Duration = Duration::from_micros(100);

/// Held while someone waits for a page; a second reader is refused, as generators do.
struct Reading(Arc<Shared>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.reading.store(false, Ordering::Release);
    }
}

impl Shared {
    fn new(listing: Listing, operation: OperationRef) -> Arc<Self> {
        let item = operation.operation.paging.as_ref().map_or(&Type::Any, |paging| &paging.item);
        Arc::new(Shared {
            listing: Mutex::new(listing),
            table: Mutex::default(),
            reading: AtomicBool::new(false),
            last_turn: Mutex::new(Instant::now()),
            operation,
            item,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Listing> {
        self.listing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(self: &Arc<Self>) -> PyResult<Reading> {
        if self.reading.swap(true, Ordering::Acquire) {
            return Err(PyRuntimeError::new_err(format!("{}: this listing is being read already", self.operation.name())));
        }
        Ok(Reading(self.clone()))
    }

    fn item<'py>(&self, py: Python<'py>, node: &Node) -> PyResult<Bound<'py, PyAny>> {
        objects::typed(py, self.operation.product, self.item, node)
    }

    fn items<'py>(&self, py: Python<'py>, nodes: &[Node]) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for node in nodes {
            list.append(self.item(py, node)?)?;
        }
        Ok(list)
    }

    fn columns(&self, py: Python<'_>, columns: Option<&Bound<'_, PyAny>>) -> PyResult<Arc<Columns>> {
        table::columns(py, columns, self.operation.product, self.item).map(Arc::new)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows gathered as a table. If none can be made, they stay.
    fn make_table<'py>(&self, py: Python<'py>, target: &Target, columns: &Arc<Columns>, limit: Option<u64>) -> PyResult<Bound<'py, PyAny>> {
        let rows: Arc<[Node]> = self.table().rows(limit).into();
        let made = target.make(py, columns, &rows)?;
        // Whoever hears a warning may ask the table: it is let go before.
        let warnings = self.table().warnings(rows.len());
        for warning in warnings {
            table::warn(py, &warning)?;
        }
        self.table().hand_out(rows.len());
        Ok(made)
    }

    fn cursor(&self) -> Option<String> {
        let listing = self.lock();
        self.table().cursor().unwrap_or_else(|| listing.cursor())
    }

    /// Asks the listing, and logs the pages that came since.
    fn ask<T>(&self, py: Python<'_>, ask: impl FnOnce(&mut Listing) -> Result<T, Error>) -> PyResult<T> {
        let (outcome, answered) = {
            let mut listing = self.lock();
            (ask(&mut listing), listing.answered())
        };
        // The listing is let go first: what a log handler does must not find it locked.
        for response in answered {
            log::answered(py, &self.operation.name(), &response)?;
        }
        outcome.map_err(|fault| errors::raise(py, fault))
    }

    /// Whether the event loop should have its turn before the next item, though it is there.
    fn owes_a_turn(&self) -> bool {
        let mut last = self.last_turn.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let owes = now.duration_since(*last) >= TURN;
        if owes {
            *last = now;
        }
        owes
    }

    fn repr(&self, class: &str) -> String {
        let listing = self.lock();
        let total = listing.total().map(|total| format!(", total {total}")).unwrap_or_default();
        format!("<{class} of {}{total}>", self.operation.name())
    }
}

fn most(limit: Option<&Bound<'_, PyAny>>) -> PyResult<Option<u64>> {
    limit.map_or(Ok(None), |limit| arguments::count(limit, "limit", 0))
}

/// Reads items, which may not pass over rows that wait for a table.
fn blocking_items<T>(
    py: Python<'_>,
    shared: &Arc<Shared>,
    mut read: impl FnMut(&mut Listing) -> Result<Step<T>, Error>,
) -> PyResult<Option<T>> {
    blocking_step(py, shared, None, |listing| {
        shared.table().check_none_wait()?;
        read(listing)
    })
}

/// Asks for a step until it is there, waiting at the blocking door in between.
fn blocking_step<T>(
    py: Python<'_>,
    shared: &Arc<Shared>,
    held: Option<&Reading>,
    mut ask: impl FnMut(&mut Listing) -> Result<Step<T>, Error>,
) -> PyResult<Option<T>> {
    let mut reading = None;
    loop {
        match shared.ask(py, &mut ask)? {
            Step::Ready(value) => return Ok(Some(value)),
            Step::End => return Ok(None),
            Step::Wait(coming) => {
                if held.is_none() && reading.is_none() {
                    reading = Some(shared.read()?);
                }
                wait(py, &coming)?;
                shared.ask(py, Listing::take_in)?;
            }
        }
    }
}

fn wait(py: Python<'_>, coming: &Wait) -> PyResult<()> {
    blocking::wait(py, |_: Placement| async move {
        coming.wait().await;
        Ok(())
    })
}

/// Pages of a listing as one run of items, fetched as they are read.
#[pyclass(frozen, weakref, generic, module = "atlassian_cloud")]
pub struct Paginator {
    shared: Arc<Shared>,
}

impl Paginator {
    pub fn new(listing: Listing, operation: OperationRef) -> Self {
        Paginator { shared: Shared::new(listing, operation) }
    }

    fn table<'py>(
        &self,
        py: Python<'py>,
        target: Target,
        columns: Option<&Bound<'py, PyAny>>,
        limit: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let columns = self.shared.columns(py, columns)?;
        let limit = most(limit)?;
        let reading = self.shared.read()?;
        blocking_step(py, &self.shared, Some(&reading), |listing| self.shared.table().gather(listing, &columns, limit))?;
        self.shared.make_table(py, &target, &columns, limit)
    }
}

#[pymethods]
impl Paginator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match blocking_items(py, &self.shared, Listing::next_item)? {
            Some(node) => self.shared.item(py, &node).map(Some),
            None => Ok(None),
        }
    }

    /// The pages one by one, each a list of items.
    fn pages(&self) -> PageIterator {
        PageIterator { shared: self.shared.clone() }
    }

    /// The next item, or None when there is none.
    fn first<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.__next__(py)
    }

    /// All remaining items, or the next `limit`. Should a page fail, those that came before it can still be read.
    #[pyo3(signature = (*, limit=None))]
    fn to_list<'py>(&self, py: Python<'py>, limit: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyList>> {
        let limit = most(limit.as_ref())?;
        let nodes = blocking_items(py, &self.shared, |listing| listing.rest(limit))?.unwrap_or_default();
        self.shared.items(py, &nodes)
    }

    /// All remaining items, or the next `limit`, as a list of values per column.
    ///
    /// `columns` names dotted paths of attributes or wire keys ("fields.status.name"), or maps names of columns to such paths;
    /// without it, all declared fields are columns. A list on the way gives a list, a whole number takes an element of it.
    /// A tuple of parts is a path too, for keys with dots. What is missing or null is None; objects are dicts. A column that
    /// nobody declared and no item has brings a UserWarning. Should a page fail, the rows before it are kept: call again with
    /// the same columns, for until then nothing else can be read.
    ///
    /// Raises TypeError or ValueError for columns that cannot be, before anything is sent.
    #[pyo3(signature = (columns=None, *, limit=None))]
    fn to_columns<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, Target::Lists, columns.as_ref(), limit.as_ref())
    }

    /// All remaining items, or the next `limit`, as a `pandas.DataFrame`; `columns` as for `to_columns`.
    ///
    /// Types do not depend on the data: Int64, boolean, float64, str, datetime64 in UTC, object for lists and objects. Values
    /// that do not fit the declared type are missing, with a warning.
    ///
    /// Raises ImportError where pandas is not installed, before anything is sent.
    #[pyo3(signature = (columns=None, *, limit=None))]
    fn to_pandas<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, Target::library(py, "pandas")?, columns.as_ref(), limit.as_ref())
    }

    /// All remaining items, or the next `limit`, as a `polars.DataFrame`; `columns` as for `to_columns`.
    ///
    /// Types do not depend on the data; moments are in UTC, objects are JSON text. Values that do not fit the declared type
    /// are null, with a warning.
    ///
    /// Raises ImportError where polars is not installed, before anything is sent.
    #[pyo3(signature = (columns=None, *, limit=None))]
    fn to_polars<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, Target::library(py, "polars")?, columns.as_ref(), limit.as_ref())
    }

    /// All remaining items, or the next `limit`, as a `pyarrow.Table`; `columns` as for `to_columns`.
    ///
    /// Types do not depend on the data; moments are in UTC, objects are JSON text. Values that do not fit the declared type
    /// are null, with a warning.
    ///
    /// Raises ImportError where pyarrow is not installed, before anything is sent.
    #[pyo3(signature = (columns=None, *, limit=None))]
    fn to_arrow<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, Target::library(py, "pyarrow")?, columns.as_ref(), limit.as_ref())
    }

    /// How many items there are in all, where the server tells; None until the first page has come.
    #[getter]
    fn total(&self) -> Option<u64> {
        self.shared.lock().total()
    }

    /// Names the page being read: `cursor=` of a later call goes on from there. None on the first page, and at the end unless
    /// the server keeps a cursor to ask for what is new later. While rows gathered for a table wait, names the page of the first.
    #[getter]
    fn cursor(&self) -> Option<String> {
        self.shared.cursor()
    }

    fn __repr__(&self) -> String {
        self.shared.repr("Paginator")
    }
}

/// The pages of a listing.
#[pyclass(frozen, generic, module = "atlassian_cloud._native")]
pub struct PageIterator {
    shared: Arc<Shared>,
}

#[pymethods]
impl PageIterator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        match blocking_items(py, &self.shared, Listing::next_page)? {
            Some(nodes) => self.shared.items(py, &nodes).map(Some),
            None => Ok(None),
        }
    }
}

/// Pages of a listing as one run of items for `async for`, fetched as they are read.
#[pyclass(frozen, weakref, generic, module = "atlassian_cloud")]
pub struct AsyncPaginator {
    shared: Arc<Shared>,
}

impl AsyncPaginator {
    pub fn new(listing: Listing, operation: OperationRef) -> Self {
        AsyncPaginator { shared: Shared::new(listing, operation) }
    }

    fn table<'py>(
        &self,
        py: Python<'py>,
        target: Target,
        columns: Option<&Bound<'py, PyAny>>,
        limit: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let columns = self.shared.columns(py, columns)?;
        let limit = most(limit)?;
        let (shared, wanted) = (self.shared.clone(), columns.clone());
        let gather = move |listing: &mut Listing| shared.table().gather(listing, &wanted, limit);
        let make = move |shared: &Shared, py: Python<'_>, _: Option<()>| shared.make_table(py, &target, &columns, limit).map(Bound::unbind);
        awaiting_step(py, &self.shared, Box::new(gather), Box::new(|_| Ok(Step::Ready(()))), false, make)
    }
}

/// Looks without taking; run by a worker.
type Probe = Box<dyn FnMut(&mut Listing) -> Result<Step<()>, Error> + Send + Sync>;
/// Takes, once the awaiting task goes on; run by the loop's thread.
type Take<T> = Box<dyn FnOnce(&mut Listing) -> Result<Step<T>, Error> + Send + Sync>;

/// The awaiting twin of `blocking_items`.
fn awaiting_items<'py, T: 'static>(
    py: Python<'py>,
    shared: &Arc<Shared>,
    mut probe: impl FnMut(&mut Listing) -> Result<Step<()>, Error> + Send + Sync + 'static,
    take: Take<T>,
    at_once: bool,
    convert: impl FnOnce(&Shared, Python<'_>, Option<T>) -> PyResult<Py<PyAny>> + Send + Sync + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    let held = shared.clone();
    let probe = move |listing: &mut Listing| {
        held.table().check_none_wait()?;
        probe(listing)
    };
    awaiting_step(py, shared, Box::new(probe), take, at_once, convert)
}

/// The awaiting twin of `blocking_step`: an awaitable that is ready if nothing must be fetched (and `at_once`), else a coroutine.
/// Nothing is taken from the listing before the awaiting task goes on, so that a cancelled wait loses nothing.
fn awaiting_step<'py, T: 'static>(
    py: Python<'py>,
    shared: &Arc<Shared>,
    mut probe: Probe,
    take: Take<T>,
    at_once: bool,
    convert: impl FnOnce(&Shared, Python<'_>, Option<T>) -> PyResult<Py<PyAny>> + Send + Sync + 'static,
) -> PyResult<Bound<'py, PyAny>> {
    let ready = at_once && !matches!(shared.ask(py, &mut probe)?, Step::Wait(_));
    let listing = shared.clone();
    let collect: Collect = Box::new(move |py| match listing.ask(py, take)? {
        Step::Ready(value) => convert(&listing, py, Some(value)),
        Step::End => convert(&listing, py, None),
        Step::Wait(_) => {
            Err(PyRuntimeError::new_err(format!("{}: this listing was read by someone else meanwhile", listing.operation.name())))
        }
    });
    if ready {
        return Ok(Bound::new(py, Ready::new(collect, shared.owes_a_turn()))?.into_any());
    }
    let name = shared.operation.name();
    let guard = {
        let shared = shared.clone();
        Box::new(move || shared.read().map(|reading| Box::new(reading) as Box<dyn Send + Sync>))
    };
    let there = shared.clone();
    let coroutine = Coroutine::guarded(
        name,
        guard,
        move |_| {
            Box::pin(async move {
                let outcome = loop {
                    let step = probe(&mut there.lock());
                    match step {
                        Ok(Step::Wait(coming)) => {
                            coming.wait().await;
                            let taken = there.lock().take_in();
                            if let Err(fault) = taken {
                                break Err(fault);
                            }
                        }
                        Ok(_) => break Ok(()),
                        Err(fault) => break Err(fault),
                    }
                };
                Box::new(move |py: Python<'_>| there.ask(py, |_| outcome).map(|()| py.None())) as Finish
            })
        },
        collect,
    );
    Ok(Bound::new(py, coroutine)?.into_any())
}

fn one_or_stop(shared: &Shared, py: Python<'_>, node: Option<Node>) -> PyResult<Py<PyAny>> {
    match node {
        Some(node) => shared.item(py, &node).map(Bound::unbind),
        None => Err(PyStopAsyncIteration::new_err(())),
    }
}

fn one_or_none(shared: &Shared, py: Python<'_>, node: Option<Node>) -> PyResult<Py<PyAny>> {
    match node {
        Some(node) => shared.item(py, &node).map(Bound::unbind),
        None => Ok(py.None()),
    }
}

fn page_or_stop(shared: &Shared, py: Python<'_>, nodes: Option<Vec<Node>>) -> PyResult<Py<PyAny>> {
    match nodes {
        Some(nodes) => Ok(shared.items(py, &nodes)?.into_any().unbind()),
        None => Err(PyStopAsyncIteration::new_err(())),
    }
}

fn all(shared: &Shared, py: Python<'_>, nodes: Option<Vec<Node>>) -> PyResult<Py<PyAny>> {
    Ok(shared.items(py, &nodes.unwrap_or_default())?.into_any().unbind())
}

#[pymethods]
impl AsyncPaginator {
    fn __aiter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaiting_items(py, &self.shared, Listing::has_item, Box::new(Listing::next_item), true, one_or_stop)
    }

    /// The pages one by one, each a list of items.
    fn pages(&self) -> AsyncPageIterator {
        AsyncPageIterator { shared: self.shared.clone() }
    }

    /// The next item, or None when there is none.
    fn first<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaiting_items(py, &self.shared, Listing::has_item, Box::new(Listing::next_item), false, one_or_none)
    }

    /// All remaining items, or the next `limit`. Should a page fail, those that came before it can still be read.
    #[pyo3(signature = (*, limit=None))]
    fn to_list<'py>(&self, py: Python<'py>, limit: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let limit = most(limit.as_ref())?;
        awaiting_items(py, &self.shared, move |listing| listing.has_rest(limit), Box::new(move |listing| listing.rest(limit)), false, all)
    }

    /// All remaining items, or the next `limit`, as a list of values per column.
    ///
    /// `columns` names dotted paths of attributes or wire keys ("fields.status.name"), or maps names of columns to such paths;
    /// without it, all declared fields are columns. A list on the way gives a list, a whole number takes an element of it.
    /// A tuple of parts is a path too, for keys with dots. What is missing or null is None; objects are dicts. A column that
    /// nobody declared and no item has brings a UserWarning. Should a page fail, the rows before it are kept: call again with
    /// the same columns, for until then nothing else can be read.
    ///
    /// Raises TypeError or ValueError for columns that cannot be, before anything is sent.
    #[pyo3(signature = (columns=None, *, limit=None))]
    fn to_columns<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, Target::Lists, columns.as_ref(), limit.as_ref())
    }

    /// All remaining items, or the next `limit`, as a `pandas.DataFrame`; `columns` as for `to_columns`.
    ///
    /// Types do not depend on the data: Int64, boolean, float64, str, datetime64 in UTC, object for lists and objects. Values
    /// that do not fit the declared type are missing, with a warning.
    ///
    /// Raises ImportError where pandas is not installed, before anything is sent.
    #[pyo3(signature = (columns=None, *, limit=None))]
    fn to_pandas<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, Target::library(py, "pandas")?, columns.as_ref(), limit.as_ref())
    }

    /// All remaining items, or the next `limit`, as a `polars.DataFrame`; `columns` as for `to_columns`.
    ///
    /// Types do not depend on the data; moments are in UTC, objects are JSON text. Values that do not fit the declared type
    /// are null, with a warning.
    ///
    /// Raises ImportError where polars is not installed, before anything is sent.
    #[pyo3(signature = (columns=None, *, limit=None))]
    fn to_polars<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, Target::library(py, "polars")?, columns.as_ref(), limit.as_ref())
    }

    /// All remaining items, or the next `limit`, as a `pyarrow.Table`; `columns` as for `to_columns`.
    ///
    /// Types do not depend on the data; moments are in UTC, objects are JSON text. Values that do not fit the declared type
    /// are null, with a warning.
    ///
    /// Raises ImportError where pyarrow is not installed, before anything is sent.
    #[pyo3(signature = (columns=None, *, limit=None))]
    fn to_arrow<'py>(
        &self,
        py: Python<'py>,
        columns: Option<Bound<'py, PyAny>>,
        limit: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.table(py, Target::library(py, "pyarrow")?, columns.as_ref(), limit.as_ref())
    }

    /// How many items there are in all, where the server tells; None until the first page has come.
    #[getter]
    fn total(&self) -> Option<u64> {
        self.shared.lock().total()
    }

    /// Names the page being read: `cursor=` of a later call goes on from there. None on the first page, and at the end unless
    /// the server keeps a cursor to ask for what is new later. While rows gathered for a table wait, names the page of the first.
    #[getter]
    fn cursor(&self) -> Option<String> {
        self.shared.cursor()
    }

    fn __repr__(&self) -> String {
        self.shared.repr("AsyncPaginator")
    }
}

/// The pages of a listing, for `async for`.
#[pyclass(frozen, generic, module = "atlassian_cloud._native")]
pub struct AsyncPageIterator {
    shared: Arc<Shared>,
}

#[pymethods]
impl AsyncPageIterator {
    fn __aiter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        awaiting_items(py, &self.shared, Listing::has_item, Box::new(Listing::next_page), true, page_or_stop)
    }
}
