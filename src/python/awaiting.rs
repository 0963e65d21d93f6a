//! The awaiting door: coroutine objects over the shared workers. No worker ever attaches to the interpreter: results go
//! through a queue, and one wake-up of the loop carries out all that are there.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use pyo3::exceptions::{PyRuntimeError, PyRuntimeWarning, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::iterator::PySendResult;
use pyo3::types::{PyIterator, PyType, PyWeakrefMethods, PyWeakrefReference};
use pyo3::{PyTraverseError, PyVisit};
use rustc_hash::FxHashMap;
use tokio::task::AbortHandle;

use super::errors;
use crate::engine::runtime::{self, Placement};

/// Turns what came into a Python value; run by the loop's thread.
pub type Finish = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;
/// A result that has come, for the task that awaits it. It is opened there, so that what is logged and converted belongs to the
/// task and its context, not to whoever looks after the loop.
type Slot = Arc<Mutex<Option<Finish>>>;
type Work = Pin<Box<dyn Future<Output = Finish> + Send>>;
type Start = Box<dyn FnOnce(Placement) -> Work + Send + Sync>;
/// Taken when the coroutine starts, given back when it ends or is cancelled.
type Guard = Box<dyn FnOnce() -> PyResult<Box<dyn Send + Sync>> + Send + Sync>;

/// Makes the value when the awaiting task goes on. Until then nothing is taken from where it lies, so that a task cancelled
/// at the last moment loses nothing.
pub type Collect = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send + Sync>;

enum State {
    New {
        start: Start,
        guard: Option<Guard>,
        collect: Option<Collect>,
    },
    Waiting {
        future: Py<PyAny>,
        iterator: Py<PyIterator>,
        result: Slot,
        bridge: Py<Bridge>,
        id: u64,
        task: AbortHandle,
        guard: Option<Box<dyn Send + Sync>>,
        collect: Option<Collect>,
    },
    Ended,
}

/// One call under way. It starts when first awaited, as an `async def` does; cancelling it aborts the request.
#[pyclass(frozen, weakref, module = "atlassian_cloud._native")]
pub struct Coroutine {
    name: String,
    state: Mutex<State>,
}

impl Coroutine {
    pub fn new(name: String, start: impl FnOnce(Placement) -> Work + Send + Sync + 'static) -> Self {
        Coroutine { name, state: Mutex::new(State::New { start: Box::new(start), guard: None, collect: None }) }
    }

    /// One with something to do on the loop's thread when it starts; what that gives is kept until the end.
    pub fn beginning(name: String, guard: Guard, start: impl FnOnce(Placement) -> Work + Send + Sync + 'static) -> Self {
        Coroutine { name, state: Mutex::new(State::New { start: Box::new(start), guard: Some(guard), collect: None }) }
    }

    pub fn guarded(name: String, guard: Guard, start: impl FnOnce(Placement) -> Work + Send + Sync + 'static, collect: Collect) -> Self {
        Coroutine { name, state: Mutex::new(State::New { start: Box::new(start), guard: Some(guard), collect: Some(collect) }) }
    }

    fn replace(&self, state: State) -> State {
        std::mem::replace(&mut *self.state.lock().unwrap_or_else(PoisonError::into_inner), state)
    }

    fn step<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.replace(State::Ended) {
            State::New { start, guard, collect } => {
                let event_loop = running_loop(py)?;
                let guard = guard.map(|take| take()).transpose()?;
                let bridge = Bridge::of_loop(py, &event_loop)?;
                let future = event_loop.call_method0(intern!(py, "create_future"))?;
                let queue = bridge.get().queue.clone();
                let result = Slot::default();
                let id = bridge.get().register(py, &event_loop, &bridge, &future, &result)?;
                let work = async move {
                    let finish = match AssertUnwindSafe(start(Placement::Shared)).catch_unwind().await {
                        Ok(finish) => finish,
                        Err(_) => Box::new(|py: Python<'_>| Err(errors::internal(py))) as Finish,
                    };
                    queue.push(Errand::Result(id, finish));
                };
                let task = runtime::spawn(work).map_err(|fault| errors::raise(py, fault))?.abort_handle();
                let iterator = future.try_iter()?;
                let PySendResult::Next(yielded) = iterator.send(&py.None().into_bound(py))? else { return Err(errors::internal(py)) };
                self.replace(State::Waiting {
                    future: future.unbind(),
                    iterator: iterator.unbind(),
                    result,
                    bridge: bridge.unbind(),
                    id,
                    task,
                    guard,
                    collect,
                });
                Ok(yielded)
            }
            State::Waiting { future, iterator, result, bridge, id, task, guard, collect } => {
                // Ends once the future is done, or raises its exception.
                match iterator.bind(py).send(&py.None().into_bound(py))? {
                    PySendResult::Next(yielded) => {
                        self.replace(State::Waiting { future, iterator, result, bridge, id, task, guard, collect });
                        Ok(yielded)
                    }
                    PySendResult::Return(_) => {
                        let value = open(py, &result)?;
                        let value = match collect {
                            Some(collect) => collect(py)?,
                            None => value,
                        };
                        Err(PyStopIteration::new_err((value,)))
                    }
                }
            }
            State::Ended => Err(PyRuntimeError::new_err(format!("cannot await {} twice", self.name))),
        }
    }

    /// Ends the call, wherever it is; a request under way is aborted.
    fn abort(&self, py: Python<'_>) {
        if let State::Waiting { future, bridge, id, task, .. } = self.replace(State::Ended) {
            task.abort();
            bridge.get().forget(id);
            let _ = future.bind(py).call_method0(intern!(py, "cancel"));
        }
    }
}

impl Drop for Coroutine {
    fn drop(&mut self) {
        // Dropped by Python, so this thread is attached already.
        match self.replace(State::Ended) {
            State::New { .. } => Python::attach(|py| {
                // An exception on its way, such as that of the misuse itself, must not meet the warning.
                let pending = PyErr::take(py);
                let text =
                    std::ffi::CString::new(format!("coroutine {} was never awaited; nothing was sent", self.name)).unwrap_or_default();
                if let Err(fault) = PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1) {
                    fault.write_unraisable(py, None);
                }
                if let Some(pending) = pending {
                    pending.restore(py);
                }
            }),
            State::Waiting { bridge, id, task, .. } => {
                task.abort();
                bridge.get().forget(id);
            }
            State::Ended => {}
        }
    }
}

#[pymethods]
impl Coroutine {
    /// Whoever asks a call for what its answer has forgot to await it.
    fn __getattr__(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let call = &slf.get().name;
        Err(pyo3::exceptions::PyAttributeError::new_err(format!("{call}() was not awaited, and has no attribute {name:?}; await it first")))
    }

    /// An iterator of its own: a coroutine is awaited, not iterated over.
    fn __await__(slf: &Bound<'_, Self>) -> Awaiting {
        Awaiting { coroutine: slf.clone().unbind() }
    }

    fn send<'py>(&self, py: Python<'py>, _value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.step(py)
    }

    #[pyo3(signature = (kind, value=None, _traceback=None))]
    fn throw<'py>(
        &self,
        py: Python<'py>,
        kind: Bound<'py, PyAny>,
        value: Option<Bound<'py, PyAny>>,
        _traceback: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.abort(py);
        match value {
            Some(value) if !value.is_none() => Err(PyErr::from_value(value)),
            _ if kind.cast::<PyType>().is_ok() => Err(PyErr::from_value(kind.call0()?)),
            _ => Err(PyErr::from_value(kind)),
        }
    }

    fn close(&self, py: Python<'_>) {
        self.abort(py);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.state.try_lock().as_deref() {
            Ok(State::Waiting { future, iterator, bridge, .. }) => {
                visit.call(future)?;
                visit.call(iterator)?;
                visit.call(bridge)
            }
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        if let Ok(mut state) = self.state.try_lock()
            && let State::Waiting { task, .. } = std::mem::replace(&mut *state, State::Ended)
        {
            task.abort();
        }
    }

    #[getter]
    fn __name__(&self) -> &str {
        &self.name
    }

    #[getter]
    fn __qualname__(&self) -> &str {
        &self.name
    }

    fn __repr__(&self) -> String {
        format!("<coroutine {}>", self.name)
    }
}

/// What `await` goes through.
#[pyclass(frozen, module = "atlassian_cloud._native")]
pub struct Awaiting {
    coroutine: Py<Coroutine>,
}

#[pymethods]
impl Awaiting {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.coroutine.get().step(py)
    }

    fn send<'py>(&self, py: Python<'py>, _value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.coroutine.get().step(py)
    }

    #[pyo3(signature = (kind, value=None, traceback=None))]
    fn throw<'py>(
        &self,
        py: Python<'py>,
        kind: Bound<'py, PyAny>,
        value: Option<Bound<'py, PyAny>>,
        traceback: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.coroutine.get().throw(py, kind, value, traceback)
    }

    fn close(&self, py: Python<'_>) {
        self.coroutine.get().abort(py);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.coroutine)
    }
}

/// An awaitable whose outcome is there already: an item of a page that has come.
#[pyclass(frozen, module = "atlassian_cloud._native")]
pub struct Ready {
    collect: Mutex<Option<Collect>>,
    /// The loop gets its turn first.
    yields: AtomicBool,
}

impl Ready {
    pub fn new(collect: Collect, yields: bool) -> Self {
        Ready { collect: Mutex::new(Some(collect)), yields: AtomicBool::new(yields) }
    }

    /// Yields None, as `asyncio.sleep(0)` does, or ends with the value.
    fn step(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if self.yields.swap(false, Ordering::Relaxed) {
            return Ok(py.None());
        }
        let collect = self.collect.lock().unwrap_or_else(PoisonError::into_inner).take();
        match collect.map(|collect| collect(py)) {
            Some(Ok(value)) => Err(PyStopIteration::new_err((value,))),
            Some(Err(fault)) => Err(fault),
            None => Err(PyRuntimeError::new_err("cannot await the same item twice")),
        }
    }
}

#[pymethods]
impl Ready {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.step(py)
    }

    fn send(&self, py: Python<'_>, _value: Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.step(py)
    }

    #[pyo3(signature = (kind, value=None, _traceback=None))]
    fn throw(&self, kind: Bound<'_, PyAny>, value: Option<Bound<'_, PyAny>>, _traceback: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        Err(PyErr::from_value(value.filter(|value| !value.is_none()).unwrap_or(kind)))
    }

    fn close(&self) {
        self.collect.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// What a loop's thread does for a worker.
type Job = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

enum Errand {
    /// For whoever waits under this number.
    Result(u64, Finish),
    Job(Job),
}

/// The way of a worker to the thread of a loop.
pub struct LoopThread(Arc<Queue>);

impl LoopThread {
    pub fn current(py: Python<'_>) -> PyResult<Self> {
        Ok(LoopThread(Bridge::of_loop(py, &running_loop(py)?)?.get().queue.clone()))
    }

    /// Not at once, and never if the loop runs no more.
    pub fn run(&self, job: Job) {
        self.0.push(Errand::Job(job));
    }
}

/// Errands on their way from the workers to a loop.
struct Queue {
    errands: Mutex<Vec<Errand>>,
    signalled: AtomicBool,
    waker: Waker,
}

impl Queue {
    fn push(&self, errand: Errand) {
        self.errands.lock().unwrap_or_else(PoisonError::into_inner).push(errand);
        if !self.signalled.swap(true, Ordering::AcqRel) {
            self.waker.wake();
        }
    }

    fn take(&self) -> Vec<Errand> {
        self.waker.clear();
        self.signalled.store(false, Ordering::Release);
        std::mem::take(&mut *self.errands.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How a worker wakes a loop: through a socket that the loop watches, or not at all where loops cannot watch sockets.
enum Waker {
    #[cfg(unix)]
    Socket {
        write: std::os::unix::net::UnixStream,
        read: std::os::unix::net::UnixStream,
    },
    Polled,
}

impl Waker {
    #[cfg(unix)]
    fn socket() -> std::io::Result<Self> {
        let (write, read) = std::os::unix::net::UnixStream::pair()?;
        write.set_nonblocking(true)?;
        read.set_nonblocking(true)?;
        Ok(Waker::Socket { write, read })
    }

    fn wake(&self) {
        match self {
            // A full socket has woken the loop already, a closed one has no loop.
            #[cfg(unix)]
            Waker::Socket { write, .. } => drop(std::io::Write::write(&mut &*write, &[1])),
            Waker::Polled => {}
        }
    }

    fn clear(&self) {
        match self {
            #[cfg(unix)]
            Waker::Socket { read, .. } => {
                let mut sink = [0u8; 64];
                while matches!(std::io::Read::read(&mut &*read, &mut sink), Ok(64)) {}
            }
            Waker::Polled => {}
        }
    }
}

fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static GET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    GET.import(py, "asyncio", "get_running_loop")?.call0()
}

fn open(py: Python<'_>, result: &Slot) -> PyResult<Py<PyAny>> {
    match result.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(finish) => std::panic::catch_unwind(AssertUnwindSafe(|| finish(py))).unwrap_or_else(|_| Err(errors::internal(py))),
        None => Err(errors::internal(py)),
    }
}

/// Someone who awaits, and where the result is left.
struct Waiting {
    /// Weakly: whoever awaits keeps the future, and a future keeps its loop.
    future: Py<PyWeakrefReference>,
    result: Slot,
}

impl Waiting {
    /// Whoever is gone gets nothing.
    fn deliver(self, py: Python<'_>, finish: Finish) -> PyResult<()> {
        let Some(future) = self.future.bind(py).upgrade() else { return Ok(()) };
        if !future.call_method0(intern!(py, "done"))?.is_truthy()? {
            self.result.lock().unwrap_or_else(PoisonError::into_inner).replace(finish);
            future.call_method1(intern!(py, "set_result"), (py.None(),))?;
        }
        Ok(())
    }
}

/// Seconds between two looks at the queue where the loop cannot be woken.
const POLL: f64 = 0.002;

/// What ties one event loop to the workers. Who waits stays here under a number, so that no worker holds a Python object.
#[pyclass(frozen, weakref, module = "atlassian_cloud._native")]
pub struct Bridge {
    pid: u32,
    queue: Arc<Queue>,
    waiting: Mutex<FxHashMap<u64, Waiting>>,
    next: AtomicU64,
    polling: AtomicBool,
}

/// By loop, and not keeping it alive.
static BRIDGES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

thread_local! {
    /// This thread's last loop and its bridge, weakly: found sooner than by a dictionary that is written in Python.
    static RECENT: RefCell<Option<[Py<PyWeakrefReference>; 2]>> = const { RefCell::new(None) };
}

impl Bridge {
    fn of_loop<'py>(py: Python<'py>, event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Bridge>> {
        let recent = RECENT.with_borrow(|recent| {
            let [known, bridge] = recent.as_ref()?;
            known.bind(py).upgrade().filter(|known| known.is(event_loop))?;
            bridge.bind(py).upgrade()?.cast_into::<Bridge>().ok()
        });
        if let Some(bridge) = recent.filter(|bridge| bridge.get().pid == std::process::id()) {
            return Ok(bridge);
        }
        let bridge = Bridge::looked_up(py, event_loop)?;
        let weak = [PyWeakrefReference::new(event_loop)?.unbind(), PyWeakrefReference::new(&bridge)?.unbind()];
        // The old ones go when nothing is borrowed any more: their end may run code.
        let old = RECENT.replace(Some(weak));
        drop(old);
        Ok(bridge)
    }

    fn looked_up<'py>(py: Python<'py>, event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Bridge>> {
        let bridges = BRIDGES
            .get_or_try_init(py, || -> PyResult<Py<PyAny>> { Ok(py.import("weakref")?.call_method0("WeakKeyDictionary")?.unbind()) })?
            .bind(py);
        if let Ok(bridge) = bridges.call_method1(intern!(py, "get"), (event_loop,))?.cast_into::<Bridge>()
            && bridge.get().pid == std::process::id()
        {
            return Ok(bridge);
        }
        let bridge = Bridge::watched(py, event_loop)?;
        bridges.set_item(event_loop, &bridge)?;
        Ok(bridge)
    }

    fn make(py: Python<'_>, waker: Waker) -> PyResult<Bound<'_, Bridge>> {
        let queue = Queue { errands: Mutex::new(Vec::new()), signalled: AtomicBool::new(false), waker };
        Bound::new(
            py,
            Bridge {
                pid: std::process::id(),
                queue: Arc::new(queue),
                waiting: Mutex::default(),
                next: AtomicU64::new(0),
                polling: AtomicBool::new(false),
            },
        )
    }

    #[cfg(unix)]
    fn watched<'py>(py: Python<'py>, event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Bridge>> {
        use std::os::fd::AsRawFd;
        let waker = Waker::socket().map_err(|fault| PyRuntimeError::new_err(fault.to_string()))?;
        let fd = match &waker {
            Waker::Socket { read, .. } => read.as_raw_fd(),
            Waker::Polled => -1,
        };
        let bridge = Bridge::make(py, waker)?;
        match event_loop.call_method1(intern!(py, "add_reader"), (fd, bridge.getattr(intern!(py, "drain"))?)) {
            Ok(_) => Ok(bridge),
            Err(fault) if fault.is_instance_of::<pyo3::exceptions::PyNotImplementedError>(py) => Bridge::make(py, Waker::Polled),
            Err(fault) => Err(fault),
        }
    }

    #[cfg(not(unix))]
    fn watched<'py>(py: Python<'py>, _event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Bridge>> {
        Bridge::make(py, Waker::Polled)
    }

    fn register(
        &self,
        py: Python<'_>,
        event_loop: &Bound<'_, PyAny>,
        this: &Bound<'_, Bridge>,
        future: &Bound<'_, PyAny>,
        result: &Slot,
    ) -> PyResult<u64> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting { future: PyWeakrefReference::new(future)?.unbind(), result: result.clone() };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, waiting);
        if matches!(self.queue.waker, Waker::Polled) && !self.polling.swap(true, Ordering::Relaxed) {
            event_loop.call_method1(intern!(py, "call_later"), (POLL, this.getattr(intern!(py, "poll"))?, event_loop))?;
        }
        Ok(id)
    }

    fn forget(&self, id: u64) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        drop(waiting);
    }
}

#[pymethods]
impl Bridge {
    /// Carries out all results that are there.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        for errand in self.queue.take() {
            let outcome = match errand {
                Errand::Job(job) => job(py),
                Errand::Result(id, finish) => {
                    let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                    waiting.map_or(Ok(()), |waiting| waiting.deliver(py, finish))
                }
            };
            // One that cannot be delivered must not take the others with it.
            if let Err(fault) = outcome {
                fault.write_unraisable(py, None);
            }
        }
        Ok(())
    }

    /// Looks at the queue, and again soon while anything is under way.
    fn poll(slf: &Bound<'_, Self>, event_loop: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let this = slf.get();
        this.drain(py)?;
        let idle = this.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        if idle {
            this.polling.store(false, Ordering::Relaxed);
        } else {
            event_loop.call_method1(intern!(py, "call_later"), (POLL, slf.getattr(intern!(py, "poll"))?, event_loop))?;
        }
        Ok(())
    }
}
