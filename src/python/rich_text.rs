//! Rich text for Python: documents come as dicts or models and go as dicts.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use serde_json::Value;

use super::{convert, plain};
use crate::document::{self, Limits};
use crate::rich_text::{self, Fault, Node};

/// Markdown in the place of rich text: methods send it in the format that the place takes.
///
/// `text` is GitHub's flavour, with the forms of docs/rich_text.md for panels, mentions, dates and the rest.
#[pyclass(frozen, eq, hash, module = "atlassian_cloud")]
#[derive(PartialEq, Hash)]
pub struct Markdown {
    /// The Markdown itself.
    #[pyo3(get)]
    pub text: String,
}

#[pymethods]
impl Markdown {
    #[new]
    #[pyo3(signature = (text, /))]
    fn new(text: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Markdown { text: convert::text(text, "Markdown")? })
    }

    fn __str__(&self) -> &str {
        &self.text
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("Markdown({})", PyString::new(py, &self.text).repr()?))
    }

    fn __getnewargs__(&self) -> (&str,) {
        (&self.text,)
    }
}

/// What is wrong with a document, as the `ValueError` that tells its path.
pub fn raise(py: Python<'_>, fault: Fault) -> PyErr {
    let made = py
        .import(intern!(py, "atlassian_cloud.errors"))
        .and_then(|errors| errors.getattr("DocumentError"))
        .and_then(|class| class.call1((fault.to_string(), fault.path, fault.what)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(fault) => fault,
    }
}

/// A document as JSON: a dict, a node of the builder, a model.
fn value(document: &Bound<'_, PyAny>) -> PyResult<Value> {
    let value = convert::json(document, "document")?;
    if !value.is_object() {
        return Err(PyTypeError::new_err(format!("document: expected a dict or a Model, got {}", document.get_type().qualname()?)));
    }
    Ok(value)
}

fn tree(document: &Bound<'_, PyAny>) -> PyResult<Node> {
    let py = document.py();
    let value = value(document)?;
    py.detach(|| Node::from_value(value)).map_err(|fault| raise(py, fault))
}

/// Writes a document while other threads run.
fn written(document: &Bound<'_, PyAny>, write: fn(&Node) -> String) -> PyResult<String> {
    let tree = tree(document)?;
    Ok(document.py().detach(|| write(&tree)))
}

/// Reads a text while other threads run.
fn parsed<'py>(text: &Bound<'py, PyAny>, label: &str, read: fn(&str) -> Result<Node, Fault>) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    let source = match text.cast::<Markdown>() {
        Ok(markdown) if label == "markdown" => markdown.get().text.clone(),
        _ => convert::text(text, label)?,
    };
    let made = py.detach(|| read(&source).map(|tree| tree.into_value().to_string()));
    let json = made.map_err(|fault| raise(py, fault))?;
    let parsed = document::Node::parse(json.into_bytes(), &Limits::default());
    let parsed = parsed.map_err(|fault| raise(py, Fault::new(fault.to_string())))?;
    plain::plain(py, parsed.cursor())
}

fn converted(text: &Bound<'_, PyAny>, label: &str, convert: fn(&str) -> Result<String, Fault>) -> PyResult<String> {
    let py = text.py();
    let source = match text.cast::<Markdown>() {
        Ok(markdown) if label == "markdown" => markdown.get().text.clone(),
        _ => convert::text(text, label)?,
    };
    py.detach(|| convert(&source)).map_err(|fault| raise(py, fault))
}

#[pyfunction]
#[pyo3(signature = (document, /))]
pub fn validate_adf(document: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = document.py();
    let value = value(document)?;
    py.detach(|| rich_text::validate(&value)).map_err(|fault| raise(py, fault))
}

#[pyfunction]
#[pyo3(signature = (markdown, /))]
pub fn markdown_to_adf<'py>(markdown: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    parsed(markdown, "markdown", rich_text::from_markdown)
}

#[pyfunction]
#[pyo3(signature = (document, /))]
pub fn adf_to_markdown(document: &Bound<'_, PyAny>) -> PyResult<String> {
    written(document, rich_text::to_markdown)
}

#[pyfunction]
#[pyo3(signature = (document, /))]
pub fn adf_to_text(document: &Bound<'_, PyAny>) -> PyResult<String> {
    written(document, rich_text::to_text)
}

#[pyfunction]
#[pyo3(signature = (document, /))]
pub fn adf_to_html(document: &Bound<'_, PyAny>) -> PyResult<String> {
    written(document, rich_text::to_html)
}

#[pyfunction]
#[pyo3(signature = (document, /))]
pub fn adf_to_storage(document: &Bound<'_, PyAny>) -> PyResult<String> {
    written(document, rich_text::to_storage)
}

#[pyfunction]
#[pyo3(signature = (storage, /))]
pub fn storage_to_adf<'py>(storage: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    parsed(storage, "storage", rich_text::from_storage)
}

#[pyfunction]
#[pyo3(signature = (markdown, /))]
pub fn markdown_to_storage(markdown: &Bound<'_, PyAny>) -> PyResult<String> {
    converted(markdown, "markdown", |text| rich_text::from_markdown(text).map(|tree| rich_text::to_storage(&tree)))
}

#[pyfunction]
#[pyo3(signature = (storage, /))]
pub fn storage_to_markdown(storage: &Bound<'_, PyAny>) -> PyResult<String> {
    converted(storage, "storage", |text| rich_text::from_storage(text).map(|tree| rich_text::to_markdown(&tree)))
}

#[pyfunction]
#[pyo3(signature = (wiki, /))]
pub fn wiki_to_adf<'py>(wiki: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    parsed(wiki, "wiki", rich_text::from_wiki)
}

#[pyfunction]
#[pyo3(signature = (wiki, /))]
pub fn wiki_to_markdown(wiki: &Bound<'_, PyAny>) -> PyResult<String> {
    converted(wiki, "wiki", |text| rich_text::from_wiki(text).map(|tree| rich_text::to_markdown(&tree)))
}
