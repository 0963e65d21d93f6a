//! An answer with everything that came: status, headers, body, and the parsed value on demand.

use http::HeaderMap;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDelta, PyDict, PyTuple};

use super::objects;
use crate::catalog::{Product, Type};
use crate::document::{Limits, Node};
use crate::engine::Response;

#[pyclass(frozen, weakref, generic, module = "atlassian_cloud", name = "RawResponse")]
pub struct RawResponse {
    response: Response,
    document: Option<Node>,
    /// What `parse()` makes of the document.
    returns: Option<(&'static Product, Option<&'static Type>)>,
}

impl RawResponse {
    pub fn new(response: Response, document: Option<Node>, product: &'static Product, returns: Option<&'static Type>) -> Self {
        RawResponse { response, document, returns: Some((product, returns)) }
    }

    /// The answer of a failed call.
    pub fn failed(response: Response) -> Self {
        let document = Node::parse(response.body.clone(), &Limits::default()).ok();
        RawResponse { response, document, returns: None }
    }
}

pub fn headers<'py>(py: Python<'py>, headers: &HeaderMap) -> PyResult<Bound<'py, PyDict>> {
    let made = PyDict::new(py);
    for name in headers.keys() {
        let values: Vec<String> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        made.set_item(name.as_str(), values.join(", "))?;
    }
    Ok(made)
}

#[pymethods]
impl RawResponse {
    /// HTTP status.
    #[getter]
    fn status(&self) -> u16 {
        self.response.status
    }

    /// Headers, names in lower case; one that came twice is joined by commas.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        headers(py, &self.response.headers)
    }

    /// HTTP method of the request.
    #[getter]
    fn method(&self) -> &str {
        &self.response.method
    }

    /// Address of the request.
    #[getter]
    fn url(&self) -> &str {
        &self.response.url
    }

    /// The body as it came, decompressed.
    #[getter]
    fn content<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.response.body)
    }

    /// Atlassian's id of the request, for their support; None if none came.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.response.request_id()
    }

    /// Time from the first attempt to the last byte, as a `datetime.timedelta`.
    #[getter]
    fn elapsed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDelta>> {
        let seconds = i32::try_from(self.response.elapsed.as_secs()).unwrap_or(i32::MAX);
        PyDelta::new(py, 0, seconds, self.response.elapsed.subsec_micros() as i32, true)
    }

    /// The value that the method without `with_raw_response` returns: a model, a list, bytes, or None for an empty answer.
    /// Of a paged call this is the first page.
    fn parse<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match (&self.document, self.returns) {
            (None, Some((_, Some(Type::Bytes)))) => Ok(self.content(py).into_any()),
            (None, _) => Ok(py.None().into_bound(py)),
            (Some(document), Some((product, Some(ty)))) => objects::typed(py, product, ty, document),
            (Some(document), Some((product, None))) => objects::typed(py, product, &Type::Any, document),
            (Some(document), None) => objects::untyped(py, document),
        }
    }

    fn __repr__(&self) -> String {
        format!("<RawResponse {} {} {}>", self.response.status, self.response.method, self.response.url)
    }

    fn __reduce__<'py>(&self, _py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        Err(pyo3::exceptions::PyTypeError::new_err("a RawResponse cannot be pickled; pickle what parse() returns"))
    }
}
