//! Services and their operations: objects that call the engine, with the signature and text of a method.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use super::arguments::{self, Call};
use super::download::NativeDownload;
use super::paginator::{AsyncPaginator, Paginator};
use super::raw::RawResponse;
use super::upload::Sources;
use super::{classes, errors, log, objects};
use crate::catalog::{self, Product};
use crate::engine::client::Reply;
use crate::engine::paging::{Pager, listing::Listing, partition::Partition};
use crate::engine::{Client, OperationRef, Request, spelling};

/// How a service is called, and what it returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Face {
    Sync = 0,
    Async = 1,
    Raw = 2,
    AsyncRaw = 3,
    Streaming = 4,
    AsyncStreaming = 5,
}

impl Face {
    pub const ALL: &'static [Face] = &[Face::AsyncStreaming, Face::Streaming, Face::AsyncRaw, Face::Raw, Face::Async, Face::Sync];

    pub fn prefix(self) -> &'static str {
        match self {
            Face::Sync => "",
            Face::Async => "Async",
            Face::Raw => "Raw",
            Face::AsyncRaw => "AsyncRaw",
            Face::Streaming => "Streaming",
            Face::AsyncStreaming => "AsyncStreaming",
        }
    }

    /// `view` is what stands in front of `with_..._response`, empty for the client itself.
    pub fn named(awaiting: bool, view: &str) -> PyResult<Face> {
        let view = |face: &&Face| face.awaits() == awaiting && face.view() == view;
        Face::ALL.iter().find(view).copied().ok_or_else(|| PyTypeError::new_err("no such view"))
    }

    fn view(self) -> &'static str {
        match self {
            Face::Sync | Face::Async => "",
            Face::Raw | Face::AsyncRaw => "raw",
            Face::Streaming | Face::AsyncStreaming => "streaming",
        }
    }

    pub fn awaits(self) -> bool {
        matches!(self, Face::Async | Face::AsyncRaw | Face::AsyncStreaming)
    }

    pub fn streams(self) -> bool {
        matches!(self, Face::Streaming | Face::AsyncStreaming)
    }

    pub fn raw(self) -> bool {
        matches!(self, Face::Raw | Face::AsyncRaw)
    }
}

thread_local! {
    static PARKED: Cell<Option<Client>> = const { Cell::new(None) };
}

/// A group of operations of a client.
#[pyclass(subclass, frozen, weakref, dict, module = "atlassian_cloud")]
pub struct Service {
    client: Client,
}

impl Service {
    pub fn of_class<'py>(py: Python<'py>, client: Client, index: usize, face: Face) -> PyResult<Bound<'py, PyAny>> {
        let class = classes::service_class(py, client.product, index, face)?;
        PARKED.set(Some(client));
        let made = class.call0();
        PARKED.set(None);
        made
    }
}

#[pymethods]
impl Service {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = None)]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        match PARKED.take() {
            Some(client) => Ok(Service { client }),
            None => Err(PyTypeError::new_err("services are attributes of a client")),
        }
    }

    fn __getattr__(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let class = slf.get_type();
        let known: Vec<String> =
            class.getattr(intern!(slf.py(), "__dict__"))?.try_iter()?.map(|key| key?.extract()).collect::<PyResult<_>>()?;
        let known: Vec<&str> = known.iter().map(String::as_str).filter(|name| !name.starts_with("__")).collect();
        let hint = spelling::nearest(name, &known).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
        Err(pyo3::exceptions::PyAttributeError::new_err(format!("{} has no attribute {name:?}{hint}", class.qualname()?)))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(format!("<{} of {}>", slf.get_type().qualname()?, slf.get().client.base_url()))
    }

    fn __reduce__(&self) -> PyResult<Py<PyAny>> {
        Err(PyTypeError::new_err("a service cannot be pickled, for its client holds credentials; make a client where it is needed"))
    }
}

// A service below a service: made when first asked for, then kept in the instance.
#[pyclass(frozen, module = "atlassian_cloud._native")]
pub struct Child {
    product: &'static Product,
    index: usize,
    face: Face,
}

impl Child {
    pub fn new(product: &'static Product, index: usize, face: Face) -> Self {
        Child { product, index, face }
    }
}

#[pymethods]
impl Child {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(instance) = instance else { return Ok(slf.clone().into_any()) };
        let this = slf.get();
        let made = Service::of_class(slf.py(), instance.cast::<Service>()?.get().client.clone(), this.index, this.face)?;
        let path = this.product.services.get(this.index).map(|service| service.path.as_str()).unwrap_or_default();
        let name = path.rsplit('.').next().unwrap_or_default();
        instance.getattr(intern!(slf.py(), "__dict__"))?.set_item(name, &made)?;
        Ok(made)
    }

    #[getter]
    fn __doc__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        help(py, "service_doc", (&self.product.name, self.index))
    }
}

fn help<'py, A>(py: Python<'py>, function: &str, arguments: A) -> PyResult<Bound<'py, PyAny>>
where
    A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
{
    py.import(intern!(py, "atlassian_cloud._help"))?.call_method1(function, arguments.into_pyobject(py)?)
}

// An operation as its service's class holds it.
#[pyclass(frozen, module = "atlassian_cloud._native")]
pub struct Operation {
    facts: Facts,
    warned: AtomicBool,
}

/// Where an operation stands, and which face it shows.
#[derive(Clone, Copy)]
struct Facts {
    product: &'static Product,
    service: usize,
    operation: usize,
    face: Face,
}

impl Facts {
    fn reference(self) -> PyResult<OperationRef> {
        let service = self.product.services.get(self.service);
        let operation = service.and_then(|service| service.operations.get(self.operation));
        match (service, operation) {
            (Some(service), Some(operation)) => Ok(OperationRef { product: self.product, service, operation }),
            _ => Err(PyTypeError::new_err("no such operation")),
        }
    }

    fn qualname(self) -> PyResult<String> {
        let reference = self.reference()?;
        Ok(format!("{}{}.{}", self.face.prefix(), reference.service.class, reference.operation.name))
    }

    fn help<'py>(self, py: Python<'py>, function: &str) -> PyResult<Bound<'py, PyAny>> {
        help(py, function, (&self.product.name, self.service, self.operation, self.face.awaits(), self.face.view()))
    }
}

impl Operation {
    pub fn new(product: &'static Product, service: usize, operation: usize, face: Face) -> Self {
        Operation { facts: Facts { product, service, operation, face }, warned: AtomicBool::new(false) }
    }

    /// Once per operation, at the caller's line.
    fn warn_if_deprecated(&self, py: Python<'_>) -> PyResult<()> {
        let reference = self.facts.reference()?;
        let Some(deprecated) = &reference.operation.deprecated else { return Ok(()) };
        if self.warned.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let verb = if deprecated.gone { "was removed by Atlassian" } else { "is deprecated by Atlassian" };
        let when = match (deprecated.date.as_str(), deprecated.gone) {
            ("", _) => String::new(),
            (date, true) => format!(" on {date}"),
            (date, false) => format!(" and ends on {date}"),
        };
        let instead = if deprecated.successor.is_empty() { String::new() } else { format!("; use {}", deprecated.successor) };
        let text = std::ffi::CString::new(format!("{} {verb}{when}{instead}", reference.name()))?;
        let outcome = PyErr::warn(py, &py.get_type::<pyo3::exceptions::PyDeprecationWarning>(), &text, 1);
        if outcome.is_err() {
            self.warned.store(false, Ordering::Relaxed);
        }
        outcome
    }
}

#[pymethods]
impl Operation {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        match instance {
            None => Ok(slf.clone().into_any()),
            Some(instance) => {
                let service = instance.cast::<Service>()?.clone().unbind();
                Ok(Bound::new(py, BoundOperation { service, operation: slf.clone().unbind() })?.into_any())
            }
        }
    }

    /// Called on the class, the first argument is the service.
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let first = args.get_item(0).ok();
        match first.as_ref().map(|first| first.cast::<Service>()) {
            Some(Ok(service)) => guarded(slf.py(), || invoke(slf, &service.get().client, &args.get_slice(1, args.len()), kwargs)),
            _ => Err(PyTypeError::new_err(format!("{}() is called on a client's service", slf.get().facts.qualname()?))),
        }
    }

    #[getter]
    fn __name__(&self) -> PyResult<&'static str> {
        Ok(&self.facts.reference()?.operation.name)
    }

    #[getter]
    fn __qualname__(&self) -> PyResult<String> {
        self.facts.qualname()
    }

    #[getter]
    fn __module__(&self) -> String {
        format!("atlassian_cloud.{}", self.facts.product.name)
    }

    #[getter]
    fn __doc__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.facts.help(py, "operation_doc")
    }

    #[getter]
    fn __signature__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.facts.help(py, "unbound_signature")
    }

    fn __repr__(&self) -> PyResult<String> {
        Ok(format!("<operation {}>", self.facts.reference()?.name()))
    }
}

// An operation on a client: `admin.users.get`.
#[pyclass(frozen, weakref, module = "atlassian_cloud._native")]
pub struct BoundOperation {
    service: Py<Service>,
    operation: Py<Operation>,
}

#[pymethods]
impl BoundOperation {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guarded(py, || invoke(self.operation.bind(py), &self.service.get().client, args, kwargs))
    }

    /// Makes pydoc and inspect take this for the routine that it is.
    fn __get__<'py>(slf: &Bound<'py, Self>, _instance: Option<&Bound<'py, PyAny>>, _owner: Option<&Bound<'py, PyAny>>) -> Bound<'py, Self> {
        slf.clone()
    }

    #[getter]
    fn __self__(&self, py: Python<'_>) -> Py<Service> {
        self.service.clone_ref(py)
    }

    #[getter]
    fn __name__(&self) -> PyResult<&'static str> {
        Ok(&self.operation.get().facts.reference()?.operation.name)
    }

    #[getter]
    fn __qualname__(&self) -> PyResult<String> {
        self.operation.get().facts.qualname()
    }

    #[getter]
    fn __module__(&self) -> String {
        self.operation.get().__module__()
    }

    #[getter]
    fn __doc__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.operation.get().__doc__(py)
    }

    #[getter]
    fn __signature__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.operation.get().facts.help(py, "signature")
    }

    fn __repr__(&self) -> PyResult<String> {
        Ok(format!("<bound operation {}>", self.operation.get().facts.reference()?.name()))
    }
}

/// No panic of ours leaves as a `PanicException`.
pub fn guarded<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(errors::internal(py)))
}

fn invoke<'py>(
    operation: &Bound<'py, Operation>,
    client: &Client,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = operation.py();
    operation.get().warn_if_deprecated(py)?;
    let facts = operation.get().facts;
    let reference = facts.reference()?;
    let call = arguments::call(client, reference, args, kwargs)?;
    // A long query goes out as the body of a POST, which has paging of its own.
    let asked = call.request.operation.unwrap_or(reference);
    let Some(paging) = &asked.operation.paging else {
        return send(py, client, call.request, call.sources, facts.face);
    };
    let Call { request, cursor, limit, page_size, partitions, sources } = call;
    if let Some(parts) = partitions {
        if facts.face.raw() {
            return Err(PyTypeError::new_err(format!("{}: partitions: a raw call answers one page", reference.name())));
        }
        let partition = Partition::new(request, paging, page_size, parts).map_err(|fault| errors::raise(py, fault))?;
        return paginate(py, Listing::partitioned(client.clone(), partition, limit), reference, facts.face);
    }
    let pager = Pager::new(request, paging, cursor, page_size).map_err(|fault| errors::raise(py, fault.into()))?;
    if facts.face.raw() {
        return match pager.next_request() {
            Ok(Some(first)) => send(py, client, first, sources, facts.face),
            _ => Err(PyTypeError::new_err("a listing without a first page")),
        };
    }
    paginate(py, Listing::new(client.clone(), pager, limit), reference, facts.face)
}

fn paginate(py: Python<'_>, listing: Listing, operation: OperationRef, face: Face) -> PyResult<Bound<'_, PyAny>> {
    if face.awaits() {
        Ok(Bound::new(py, AsyncPaginator::new(listing, operation))?.into_any())
    } else {
        Ok(Bound::new(py, Paginator::new(listing, operation))?.into_any())
    }
}

/// Sends a request through the door of this face.
pub fn send<'py>(py: Python<'py>, client: &Client, request: Request, sources: Sources, face: Face) -> PyResult<Bound<'py, PyAny>> {
    let name = request.call();
    let (client, product, operation) = (client.clone(), client.product, request.operation);
    if face.streams() {
        return stream(py, client, request, sources, face);
    }
    let work = move |placement| async move { client.send(&request, placement).await };
    if face.awaits() {
        let call = name.clone();
        let coroutine =
            sources.coroutine(name, work, move |py, reply| finish(py, &call, product, operation, reply, face).map(Bound::unbind));
        return Ok(Bound::new(py, coroutine)?.into_any());
    }
    let reply = sources.wait(py, work)?;
    finish(py, &name, product, operation, reply, face)
}

/// Begins a download through the door of this face.
fn stream<'py>(py: Python<'py>, client: Client, request: Request, sources: Sources, face: Face) -> PyResult<Bound<'py, PyAny>> {
    let (owner, asked, name) = (client.clone(), request.clone(), request.call());
    let work = move |_| async move { client.download(request, 0, None).await };
    let finish = move |py: Python<'_>, download| {
        let native = Bound::new(py, NativeDownload::new(py, owner, asked, download)?)?;
        let class = if face.awaits() { "AsyncDownload" } else { "Download" };
        py.import(intern!(py, "atlassian_cloud._downloads"))?.call_method1(class, (native,)).map(Bound::unbind)
    };
    if face.awaits() {
        return Ok(Bound::new(py, sources.coroutine(name, work, finish))?.into_any());
    }
    let download = sources.wait(py, work)?;
    Ok(finish(py, download)?.into_bound(py))
}

fn finish<'py>(
    py: Python<'py>,
    call: &str,
    product: &'static Product,
    operation: Option<OperationRef>,
    reply: Reply,
    face: Face,
) -> PyResult<Bound<'py, PyAny>> {
    log::answered(py, call, &reply.response)?;
    let returns: Option<&'static catalog::Type> = match &operation {
        Some(reference) => reference.operation.returns.as_ref(),
        None => Some(&catalog::Type::Any),
    };
    if face.raw() {
        // Of an operation without an answer, whatever came is still there as content.
        let document = reply.document.filter(|_| returns.is_some());
        return Ok(Bound::new(py, RawResponse::new(reply.response, document, product, returns))?.into_any());
    }
    if returns == Some(&catalog::Type::Bytes) {
        return Ok(PyBytes::new(py, &reply.response.body).into_any());
    }
    match (returns, reply.document) {
        (Some(ty), Some(document)) => objects::typed(py, product, ty, &document),
        _ => Ok(py.None().into_bound(py)),
    }
}
