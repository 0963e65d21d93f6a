//! Content from Python: bytes, paths, and objects that are read while their call is under way.
//!
//! No worker attaches to read them. It sends an order, which the thread that waits for the call carries out, or one of the
//! event loop's executor, which is borrowed for this one piece.

use std::ffi::OsString;
use std::io::Read;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use pyo3::exceptions::{PyIsADirectoryError, PyOSError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyString, PyTuple};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::awaiting::{Coroutine, LoopThread};
use super::{blocking, errors};
use crate::engine::arguments::{Argument, File};
use crate::engine::error::Error;
use crate::engine::runtime::{self, Placement};
use crate::engine::upload::{Content, Feed, Order, Orders, PIECE};

const EXPECTED: &str =
    "bytes, a pathlib.Path, a file open in binary mode or an iterator of bytes, or a tuple of file name and one of these";

/// The objects that one call reads.
#[derive(Default)]
pub struct Sources {
    channel: Option<(Orders, UnboundedReceiver<Order>)>,
    readers: Vec<Reader>,
}

struct Reader {
    label: String,
    object: Py<PyAny>,
    /// Of a file; an iterator has none.
    read: bool,
    /// Where a file that can seek began.
    start: Option<u64>,
}

impl Sources {
    /// What an argument for files holds: one, or a list where several may go.
    pub fn argument(&mut self, value: &Bound<'_, PyAny>, label: &str, many: bool) -> PyResult<Argument> {
        if value.is_none() {
            return Ok(Argument::Json(Value::Null));
        }
        let items: Vec<Bound<'_, PyAny>> = match value.cast::<PyList>() {
            Ok(list) if many && list.is_empty() => return Err(PyValueError::new_err(format!("{label}: the list of files is empty"))),
            Ok(list) if many => list.iter().collect(),
            _ => vec![value.clone()],
        };
        let one = |(index, item): (usize, &Bound<'_, PyAny>)| {
            let place = if value.is_instance_of::<PyList>() { format!("{label}[{index}]") } else { label.to_owned() };
            self.file(item, &place)
        };
        items.iter().enumerate().map(one).collect::<PyResult<_>>().map(Argument::Files)
    }

    fn file(&mut self, value: &Bound<'_, PyAny>, label: &str) -> PyResult<File> {
        let py = value.py();
        let (mut name, mut content_type, mut content) = (None, None, value.clone());
        if let Ok(tuple) = value.cast::<PyTuple>() {
            let length = tuple.len();
            if !(2..=3).contains(&length) {
                return Err(PyTypeError::new_err(format!("{label}: expected (name, content) or (name, content, content_type)")));
            }
            name = Some(super::convert::text(&tuple.get_item(0)?, &format!("{label}: file name"))?);
            content = tuple.get_item(1)?;
            if length == 3 {
                content_type = Some(super::convert::text(&tuple.get_item(2)?, &format!("{label}: content type"))?);
            }
        }
        if let Some(kind) = content_type.as_ref().filter(|kind| http::HeaderValue::try_from(*kind).is_err() || !kind.contains('/')) {
            return Err(PyValueError::new_err(format!("{label}: {kind:?} is no content type such as text/plain")));
        }
        // Servers drop such a part, or cut its name.
        if let Some(name) = name.as_ref().filter(|name| name.is_empty() || name.contains('\0')) {
            return Err(PyValueError::new_err(format!("{label}: {name:?} is no file name")));
        }
        let (content, own_name) = self.content(&content, label)?;
        let name = name.or(own_name);
        if let (None, Some(name)) = (&content_type, &name) {
            let guessed = py.import(intern!(py, "mimetypes"))?.call_method1(intern!(py, "guess_type"), (name,))?;
            content_type = guessed.get_item(0)?.extract()?;
        }
        Ok(File { name, content_type, content })
    }

    /// Content, and the name that it has by itself.
    fn content(&mut self, value: &Bound<'_, PyAny>, label: &str) -> PyResult<(Content, Option<String>)> {
        let py = value.py();
        if let Some(bytes) = bytes(value)? {
            return Ok((Content::Bytes(bytes), None));
        }
        if value.hasattr(intern!(py, "__fspath__"))? {
            return path(value, label);
        }
        let read = value.hasattr(intern!(py, "read"))?;
        if let Some(closed) = value.getattr_opt(intern!(py, "closed"))?
            && read
            && closed.is_truthy()?
        {
            return Err(PyValueError::new_err(format!("{label}: the file is closed")));
        }
        if read && value.is_instance(&py.import(intern!(py, "io"))?.getattr(intern!(py, "TextIOBase"))?)? {
            return Err(PyTypeError::new_err(format!("{label}: the file is open in text mode; open it with \"rb\"")));
        }
        if !read && !value.hasattr(intern!(py, "__next__"))? {
            let advice = if value.is_instance_of::<PyString>() { "; a path is given as pathlib.Path, text by .encode()" } else { "" };
            return Err(PyTypeError::new_err(format!("{label}: expected {EXPECTED}, got {}{advice}", value.get_type().qualname()?)));
        }
        let extent = if read { extent(value, label)? } else { None };
        let name = if read { own_name(value)? } else { None };
        let (orders, _) = self.channel.get_or_insert_with(Orders::open);
        let feed = Feed::new(orders.clone(), self.readers.len(), extent.map(|(start, end)| end.saturating_sub(start)), extent.is_some());
        let start = extent.map(|(start, _)| start);
        self.readers.push(Reader { label: label.to_owned(), object: value.clone().unbind(), read, start });
        Ok((Content::Fed(Arc::new(feed)), name))
    }

    /// Waits for a call on this thread, which reads meanwhile.
    pub fn wait<T, F>(self, py: Python<'_>, make: impl FnOnce(Placement) -> F + Send) -> PyResult<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let Some((orders, mut receiver)) = self.channel else { return blocking::wait(py, make) };
        let task = runtime::spawn(closing(orders, make(Placement::Shared))).map_err(|fault| errors::raise(py, fault))?;
        if let Err(fault) = serve(py, &mut receiver, &self.readers) {
            task.abort();
            return Err(fault);
        }
        match blocking::wait(py, |_| async move { Ok(task.await) })? {
            Ok(outcome) => outcome.map_err(|fault| errors::raise(py, fault)),
            Err(_) => Err(errors::internal(py)),
        }
    }

    /// A coroutine of a call; threads of the loop's executor read for it.
    pub fn coroutine<T, F>(
        self,
        name: String,
        make: impl FnOnce(Placement) -> F + Send + Sync + 'static,
        finish: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + Sync + 'static,
    ) -> Coroutine
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let Some((orders, receiver)) = self.channel else {
            return Coroutine::new(name, move |placement| {
                Box::pin(async move {
                    let outcome = make(placement).await;
                    Box::new(move |py: Python<'_>| outcome.map_err(|fault| errors::raise(py, fault)).and_then(|value| finish(py, value)))
                        as _
                })
            });
        };
        let (raised, readers) = (Raised::default(), Arc::new(self.readers));
        let slot = Arc::new(OnceLock::new());
        // Kept until the end, so that what was read is let go of by the loop's thread.
        let (thread, kept) = (slot.clone(), readers.clone());
        let begin = move || {
            let here = Python::attach(LoopThread::current)?;
            let _ = slot.set(here);
            Ok(Box::new(kept) as Box<dyn Send + Sync>)
        };
        Coroutine::beginning(name, Box::new(begin), move |placement| {
            Box::pin(async move {
                let mut work = pin!(closing(orders, make(placement)));
                let outcome = tokio::select! {
                    outcome = &mut work => outcome,
                    () = lend(&thread, receiver, readers, &raised) => work.await,
                };
                Box::new(move |py: Python<'_>| {
                    // What reading raised is the reason for whatever came of it.
                    if let Some(fault) = raised.take() {
                        return Err(fault);
                    }
                    outcome.map_err(|fault| errors::raise(py, fault)).and_then(|value| finish(py, value))
                }) as _
            })
        })
    }
}

/// Ends all reading when the work ends, and when it is dropped.
async fn closing<T>(orders: Orders, work: impl Future<Output = T>) -> T {
    struct Close(Orders);
    impl Drop for Close {
        fn drop(&mut self) {
            self.0.close();
        }
    }
    let _close = Close(orders);
    work.await
}

/// Carries out orders until there are no more.
fn serve(py: Python<'_>, orders: &mut UnboundedReceiver<Order>, readers: &[Reader]) -> PyResult<()> {
    loop {
        let waiting = &mut *orders;
        let Some(order) = blocking::wait(py, move |_| async move { Ok(waiting.recv().await) })? else { return Ok(()) };
        let mut raised = None;
        carry_out(py, order, readers, |fault| raised = Some(fault));
        if let Some(fault) = raised {
            return Err(fault);
        }
        py.check_signals()?;
    }
}

fn carry_out(py: Python<'_>, order: Order, readers: &[Reader], raise: impl FnOnce(PyErr)) {
    // A call that has ended takes no more.
    if order.answer.is_closed() {
        return;
    }
    let reader = readers.get(order.source).ok_or_else(|| errors::internal(py));
    match reader.and_then(|reader| reader.next(py, order.rewind)) {
        Ok(piece) => drop(order.answer.send(piece)),
        Err(fault) => raise(fault),
    }
}

/// Has each order carried out by the loop's executor, one after the other: no thread is held while nothing is to be read.
async fn lend(thread: &OnceLock<LoopThread>, mut orders: UnboundedReceiver<Order>, readers: Arc<Vec<Reader>>, raised: &Raised) {
    let Some(thread) = thread.get() else { return };
    while let Some(order) = orders.recv().await {
        let (done, ended) = oneshot::channel();
        let reading = Reading { order: Mutex::new(Some((order, done))), readers: readers.clone(), raised: raised.clone() };
        thread.run(Box::new(move |py| reading.begin(py)));
        // However it ended, it is over.
        let _ = ended.await;
    }
}

#[derive(Clone, Default)]
struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    fn set(&self, fault: PyErr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What an executor runs for one order.
#[pyclass(frozen, module = "atlassian_cloud._native")]
struct Reading {
    order: Mutex<Option<(Order, oneshot::Sender<()>)>>,
    readers: Arc<Vec<Reader>>,
    raised: Raised,
}

impl Reading {
    /// On the loop's thread.
    fn begin(self, py: Python<'_>) -> PyResult<()> {
        let raised = self.raised.clone();
        let reading = Bound::new(py, self)?;
        let event_loop = py.import(intern!(py, "asyncio"))?.call_method0(intern!(py, "get_running_loop"))?;
        if let Err(fault) = event_loop.call_method1(intern!(py, "run_in_executor"), (py.None(), &reading)) {
            raised.set(fault);
            // Not left to the end of the object, which the traceback keeps.
            drop(reading.get().order.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
        Ok(())
    }
}

#[pymethods]
impl Reading {
    fn __call__(&self, py: Python<'_>) {
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((order, _done)) = order else { return };
        // What was raised is told before the order ends, for then the call ends too.
        carry_out(py, order, &self.readers, |fault| self.raised.set(fault));
    }
}

impl Reader {
    /// The next piece that is not empty; an empty one is the end.
    fn next(&self, py: Python<'_>, from_start: bool) -> PyResult<Bytes> {
        let object = self.object.bind(py);
        if !self.read {
            loop {
                let piece = match object.call_method0(intern!(py, "__next__")) {
                    Ok(piece) => self.bytes(&piece)?,
                    Err(end) if end.is_instance_of::<pyo3::exceptions::PyStopIteration>(py) => return Ok(Bytes::new()),
                    Err(fault) => return Err(fault),
                };
                if !piece.is_empty() {
                    return Ok(piece);
                }
            }
        }
        if let (true, Some(start)) = (from_start, self.start) {
            object.call_method1(intern!(py, "seek"), (start,))?;
        }
        self.bytes(&object.call_method1(intern!(py, "read"), (PIECE,))?)
    }

    fn bytes(&self, piece: &Bound<'_, PyAny>) -> PyResult<Bytes> {
        let wrong = || PyTypeError::new_err(format!("{}: expected pieces of bytes, got {}", self.label, piece.get_type()));
        bytes(piece)?.ok_or_else(wrong)
    }
}

/// Bytes of Python's own, without a copy where they cannot change; None of anything else.
fn bytes(value: &Bound<'_, PyAny>) -> PyResult<Option<Bytes>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Some(Bytes::from_owner(PyBackedBytes::from(bytes.clone()))));
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Some(bytes.to_vec().into()));
    }
    if value.get_type().name()? == "memoryview" {
        return bytes(&value.call_method0(intern!(value.py(), "tobytes"))?);
    }
    Ok(None)
}

fn path(value: &Bound<'_, PyAny>, label: &str) -> PyResult<(Content, Option<String>)> {
    let py = value.py();
    let text = py.import(intern!(py, "os"))?.call_method1(intern!(py, "fspath"), (value,))?;
    let path: PathBuf = text.extract::<OsString>().map_err(|_| super::convert::not_taken(&text, label, "a path of str"))?.into();
    // Opened here once, so that what is missing or forbidden is told before anything is sent; but to open a pipe would wait.
    let (facts, hides_its_length) = std::fs::metadata(&path)
        .and_then(|facts| {
            if !facts.is_file() {
                return Ok((facts, false));
            }
            let mut file = std::fs::File::open(&path)?;
            let facts = file.metadata()?;
            // As those below /proc do.
            let hides_its_length = facts.len() == 0 && file.read(&mut [0])? > 0;
            Ok((facts, hides_its_length))
        })
        .map_err(|fault| match fault.raw_os_error() {
            Some(code) => PyOSError::new_err((code, format!("{label}: the file cannot be read"), path.clone())),
            None => PyOSError::new_err(format!("{label}: {}: {fault}", path.display())),
        })?;
    if facts.is_dir() {
        return Err(PyIsADirectoryError::new_err(format!("{label}: {} is a directory", path.display())));
    }
    if !facts.is_file() || hides_its_length {
        return Err(PyValueError::new_err(format!("{label}: {} is no regular file; open it and give the file", path.display())));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok((Content::Path(path, facts.len()), name))
}

/// Where a file that can seek stands, and where it ends. What its `seek()` returns is of no use: many return nothing.
fn extent(file: &Bound<'_, PyAny>, label: &str) -> PyResult<Option<(u64, u64)>> {
    let py = file.py();
    let tell = || file.call_method0(intern!(py, "tell"))?.extract::<u64>();
    let Ok(start) = tell() else { return Ok(None) };
    let end = file.call_method1(intern!(py, "seek"), (0, 2)).and_then(|_| tell());
    let back = file.call_method1(intern!(py, "seek"), (start,));
    // Nothing is sent from another place than the caller's.
    if tell().ok() != Some(start) {
        let lost = || PyOSError::new_err(format!("{label}: the file cannot be put back to where it stood, at byte {start}"));
        return Err(back.err().unwrap_or_else(lost));
    }
    Ok(end.ok().filter(|_| back.is_ok()).map(|end| (start, end)))
}

fn own_name(file: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = file.py();
    let Some(name) = file.getattr_opt(intern!(py, "name"))? else { return Ok(None) };
    // A file made of a descriptor is named by a number, the standard streams in angle brackets.
    let name = name.extract::<PathBuf>().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    Ok(name.filter(|name| !name.starts_with('<')))
}
