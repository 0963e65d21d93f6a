//! Rich text for Python: documents come as dicts or models and go as dicts.

use std::collections::HashMap;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString};
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
fn written(document: &Bound<'_, PyAny>, told: &Told<'_, '_>, write: fn(&Node) -> String) -> PyResult<String> {
    let mut tree = tree(document)?;
    told.tell(&mut tree)?;
    Ok(document.py().detach(|| write(&tree)))
}

/// What the caller knows and the document does not: a dict or a function each, which may say None.
struct Told<'a, 'py> {
    names: Option<&'a Bound<'py, PyAny>>,
    files: Option<&'a Bound<'py, PyAny>>,
}

impl<'a, 'py> Told<'a, 'py> {
    fn new(names: Option<&'a Bound<'py, PyAny>>, files: Option<&'a Bound<'py, PyAny>>) -> PyResult<Self> {
        for (label, given) in [("names", names), ("files", files)] {
            if let Some(given) = given.filter(|given| !given.is_callable() && given.cast::<PyMapping>().is_err()) {
                let expected = "expected a dict or a function that takes a str and gives one or None";
                return Err(PyTypeError::new_err(format!("{label}: {expected}, got {}", given.get_type().qualname()?)));
            }
        }
        Ok(Told { names, files })
    }

    fn tell(&self, tree: &mut Node) -> PyResult<()> {
        if let Some(names) = self.names {
            rich_text::name_mentions(tree, &mut asked("names", names))?;
        }
        if let Some(files) = self.files {
            rich_text::place_files(tree, &mut asked("files", files))?;
        }
        Ok(())
    }
}

/// Asks once for each key.
fn asked<'a>(label: &'a str, given: &'a Bound<'_, PyAny>) -> impl FnMut(&str) -> PyResult<Option<String>> + 'a {
    let mut known: HashMap<String, Option<String>> = HashMap::new();
    move |key| {
        if let Some(answer) = known.get(key) {
            return Ok(answer.clone());
        }
        let answer = if given.is_callable() { given.call1((key,))? } else { given.call_method1("get", (key,))? };
        let answer = match answer.cast::<PyString>() {
            _ if answer.is_none() => None,
            Ok(text) => Some(text.to_str()?.to_owned()),
            Err(_) => {
                return Err(PyTypeError::new_err(format!(
                    "{label}: expected str or None for {key:?}, got {}",
                    answer.get_type().qualname()?
                )));
            }
        };
        known.insert(key.to_owned(), answer.clone());
        Ok(answer)
    }
}

/// Reads a text while other threads run.
fn parsed<'py>(text: &Bound<'py, PyAny>, label: &str, read: fn(&str) -> Result<Node, Fault>) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    let source = source(text, label)?;
    let made = py.detach(|| {
        let json = read(&source)?.into_value().to_string();
        document::Node::parse(json.into_bytes(), &Limits::default()).map_err(|fault| Fault::new(fault.to_string()))
    });
    let parsed = made.map_err(|fault| raise(py, fault))?;
    plain::plain(py, parsed.cursor())
}

/// Reads a text and writes it in another format, while other threads run.
fn converted(
    text: &Bound<'_, PyAny>,
    label: &str,
    told: &Told<'_, '_>,
    read: fn(&str) -> Result<Node, Fault>,
    write: fn(&Node) -> String,
) -> PyResult<String> {
    let py = text.py();
    let source = source(text, label)?;
    let mut tree = py.detach(|| read(&source)).map_err(|fault| raise(py, fault))?;
    told.tell(&mut tree)?;
    Ok(py.detach(|| write(&tree)))
}

fn source(text: &Bound<'_, PyAny>, label: &str) -> PyResult<String> {
    match text.cast::<Markdown>() {
        Ok(markdown) if label == "markdown" => Ok(markdown.get().text.clone()),
        _ => convert::text(text, label),
    }
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
#[pyo3(signature = (document, /, *, names=None, files=None))]
pub fn adf_to_markdown(
    document: &Bound<'_, PyAny>,
    names: Option<&Bound<'_, PyAny>>,
    files: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    written(document, &Told::new(names, files)?, rich_text::to_markdown)
}

#[pyfunction]
#[pyo3(signature = (document, /, *, names=None))]
pub fn adf_to_text(document: &Bound<'_, PyAny>, names: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
    written(document, &Told::new(names, None)?, rich_text::to_text)
}

#[pyfunction]
#[pyo3(signature = (document, /, *, names=None, files=None))]
pub fn adf_to_html(document: &Bound<'_, PyAny>, names: Option<&Bound<'_, PyAny>>, files: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
    written(document, &Told::new(names, files)?, rich_text::to_html)
}

#[pyfunction]
#[pyo3(signature = (document, /))]
pub fn adf_to_storage(document: &Bound<'_, PyAny>) -> PyResult<String> {
    written(document, &Told::new(None, None)?, rich_text::to_storage)
}

#[pyfunction]
#[pyo3(signature = (storage, /))]
pub fn storage_to_adf<'py>(storage: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    parsed(storage, "storage", rich_text::from_storage)
}

#[pyfunction]
#[pyo3(signature = (markdown, /))]
pub fn markdown_to_storage(markdown: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = markdown.py();
    let source = source(markdown, "markdown")?;
    py.detach(|| rich_text::markdown_to_storage(&source)).map_err(|fault| raise(py, fault))
}

#[pyfunction]
#[pyo3(signature = (storage, /, *, names=None, files=None))]
pub fn storage_to_markdown(
    storage: &Bound<'_, PyAny>,
    names: Option<&Bound<'_, PyAny>>,
    files: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    converted(storage, "storage", &Told::new(names, files)?, rich_text::from_storage, rich_text::to_markdown)
}

#[pyfunction]
#[pyo3(signature = (wiki, /))]
pub fn wiki_to_adf<'py>(wiki: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    parsed(wiki, "wiki", rich_text::from_wiki)
}

#[pyfunction]
#[pyo3(signature = (wiki, /, *, names=None, files=None))]
pub fn wiki_to_markdown(wiki: &Bound<'_, PyAny>, names: Option<&Bound<'_, PyAny>>, files: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
    converted(wiki, "wiki", &Told::new(names, files)?, rich_text::from_wiki, rich_text::to_markdown)
}
