//! Tables in Python: what was gathered as lists of values, or as a table of another library.

use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString, PyTuple};

use super::{convert, errors, objects, plain};
use crate::catalog::{Product, Type};
use crate::document::{Kind, Node, NodeRef, Number};
use crate::engine::error::Error;
use crate::engine::table::{self, Columns};
use crate::engine::timestamp::{self, Timestamp};

/// The argument `columns`: paths, or names with a path each; None is all declared fields.
pub fn columns(py: Python<'_>, argument: Option<&Bound<'_, PyAny>>, product: &Product, item: &Type) -> PyResult<Columns> {
    let made = match argument.filter(|argument| !argument.is_none()) {
        Some(argument) => Columns::new(wanted(argument)?, product, item),
        None => Columns::declared(product, item),
    };
    made.map_err(|fault| errors::raise(py, Error::from(fault)))
}

/// Names, each with the segments of its path.
fn wanted(argument: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Vec<String>)>> {
    if argument.is_instance_of::<PyList>() || argument.is_instance_of::<PyTuple>() {
        let paths = argument.try_iter()?.enumerate().map(|(index, path)| {
            let path = segments(&path?, &format!("columns[{index}]"))?;
            Ok((path.join("."), path))
        });
        return paths.collect();
    }
    let Ok(mapping) = argument.cast::<PyMapping>() else {
        return Err(convert::not_taken(argument, "columns", "list of paths, or mapping of names to paths"));
    };
    let pairs = mapping.items()?;
    let named = pairs.iter().map(|pair| {
        let (name, path): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
        let name = convert::text(&name, "columns: a name")?;
        let path = segments(&path, &format!("columns[{name:?}]"))?;
        Ok((name, path))
    });
    named.collect()
}

/// Of a path: a text with dots between them, or a tuple, for a wire key may have dots of its own.
fn segments(path: &Bound<'_, PyAny>, label: &str) -> PyResult<Vec<String>> {
    let Ok(parts) = path.cast::<PyTuple>() else {
        let path: String = path.extract().map_err(|_| convert::not_taken(path, label, "str or tuple of str"))?;
        return Ok(path.split('.').map(str::to_owned).collect());
    };
    if parts.is_empty() {
        return Err(PyValueError::new_err(format!("{label}: is empty; a path has one part at least")));
    }
    parts.iter().enumerate().map(|(index, part)| convert::text(&part, &format!("{label}[{index}]"))).collect()
}

/// At the caller's line.
pub fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &CString::new(text)?, 1)
}

/// What a table is made as.
pub enum Target {
    Lists,
    /// By the name of its module: what `_tables.py` has for it.
    Library {
        name: &'static str,
        build: Py<PyAny>,
    },
}

impl Target {
    /// Imports the library; ImportError if it is not there.
    pub fn library(py: Python<'_>, name: &'static str) -> PyResult<Self> {
        let tables = py.import(intern!(py, "atlassian_cloud._tables"))?;
        let build = tables.call_method1(intern!(py, "builder"), (name,))?.unbind();
        Ok(Target::Library { name, build })
    }

    pub fn make<'py>(&self, py: Python<'py>, columns: &Arc<Columns>, rows: &Arc<[Node]>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Target::Lists => {
                let table = PyDict::new(py);
                for (index, column) in columns.iter().enumerate() {
                    let values = cells(rows, index).map(|node| as_attribute(py, column.declared(), node));
                    table.set_item(&column.name, values.collect::<PyResult<Vec<_>>>()?)?;
                }
                Ok(table.into_any())
            }
            Target::Library { name, build } => {
                let typed =
                    TypedColumns { columns: columns.clone(), rows: rows.clone(), next: AtomicUsize::new(0), pandas: *name == "pandas" };
                build.bind(py).call1((typed,))
            }
        }
    }
}

fn cells(rows: &[Node], index: usize) -> impl Iterator<Item = NodeRef<'_>> {
    rows.iter().filter_map(move |row| row.cursor().at(index))
}

/// A value as a model's attribute gives it, but objects and lists all the way down.
fn as_attribute<'py>(py: Python<'py>, ty: &Type, node: NodeRef<'_>) -> PyResult<Bound<'py, PyAny>> {
    if let Some(at) = objects::timestamp(ty, node) {
        return objects::dated(py, ty, at);
    }
    match (ty, node.kind()) {
        (Type::List(element), Kind::Array) => {
            let values = node.elements().map(|value| as_attribute(py, element, value));
            values.collect::<PyResult<Vec<_>>>()?.into_bound_py_any(py)
        }
        _ => plain::plain(py, node),
    }
}

/// The columns one after the other, each of one type throughout: (name, type, values, how many did not fit and are None).
/// Moments are microseconds and days are days since 1970. Objects are JSON text, and stay objects for pandas, whose columns hold any.
#[pyclass(frozen, module = "atlassian_cloud._native")]
struct TypedColumns {
    columns: Arc<Columns>,
    rows: Arc<[Node]>,
    next: AtomicUsize,
    pandas: bool,
}

type TypedColumn<'py> = (&'py str, String, Bound<'py, PyList>, usize);

#[pymethods]
impl TypedColumns {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(slf: &'py Bound<'py, Self>) -> PyResult<Option<TypedColumn<'py>>> {
        let (py, this) = (slf.py(), slf.get());
        let index = this.next.fetch_add(1, Ordering::Relaxed);
        let Some(column) = this.columns.get(index) else { return Ok(None) };
        let ty = column.settled(&cells(&this.rows, index).collect::<Vec<_>>());
        let values = PyList::empty(py);
        let mut misfits = 0;
        for node in cells(&this.rows, index) {
            let value = match this.pandas && table::is_nested(&ty) {
                true => Some(as_attribute(py, &ty, node)?),
                false => fitted(py, &ty, node)?,
            };
            misfits += usize::from(value.is_none());
            values.append(value)?;
        }
        Ok(Some((&column.name, table::kind(&ty), values, misfits)))
    }
}

/// A value of exactly this type; the outer None is one that has no such value.
fn fitted<'py>(py: Python<'py>, ty: &Type, node: NodeRef<'_>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if node.is_null() {
        return Ok(Some(py.None().into_bound(py)));
    }
    let fitting = match ty {
        Type::Bool => node.as_bool().into_bound_py_any(py)?,
        Type::Int => whole(node).into_bound_py_any(py)?,
        Type::Float => node.raw_text().and_then(|literal| literal.parse::<f64>().ok()).into_bound_py_any(py)?,
        Type::Datetime | Type::EpochMs => moment(ty, node).map(|at| at.epoch_us()).into_bound_py_any(py)?,
        Type::Date => objects::timestamp(ty, node).map(|at| at.epoch_days()).into_bound_py_any(py)?,
        Type::List(element) if node.kind() == Kind::Array => {
            let mut values = Vec::with_capacity(node.len());
            for value in node.elements() {
                let Some(value) = fitted(py, element, value)? else { return Ok(None) };
                values.push(value);
            }
            values.into_bound_py_any(py)?
        }
        Type::List(_) => return Ok(None),
        Type::Str if node.kind() == Kind::String => text(py, node),
        Type::Str if matches!(node.kind(), Kind::Array | Kind::Object) => return Ok(None),
        Type::Str | Type::Bytes | Type::Any | Type::Object | Type::Dict(_) | Type::Model(_) => json(py, node),
    };
    Ok(Some(fitting).filter(|value| !value.is_none()))
}

/// These libraries give moments back in UTC, where Python's calendar has to have them.
fn moment(ty: &Type, node: NodeRef<'_>) -> Option<Timestamp> {
    objects::timestamp(ty, node).filter(|at| timestamp::from_epoch_ms(at.epoch_ms()).is_some())
}

fn whole(node: NodeRef<'_>) -> Option<i64> {
    match node.number() {
        Some(Number::Int(value)) => Some(value),
        Some(Number::Float(value)) => (value.fract() == 0.0 && value.abs() <= table::MOST_EXACT as f64).then_some(value as i64),
        Some(Number::Big(_)) => None,
        None => node.text()?.as_str()?.parse().ok(),
    }
}

/// These libraries hold Unicode only: a lone surrogate is replaced.
fn text<'py>(py: Python<'py>, node: NodeRef<'_>) -> Bound<'py, PyAny> {
    let text = node.text();
    let known = text.as_ref().and_then(|text| text.as_str());
    match known {
        Some(known) => PyString::new(py, known).into_any(),
        None => PyString::new(py, &text.map(|text| text.to_string_lossy()).unwrap_or_default()).into_any(),
    }
}

fn json<'py>(py: Python<'py>, node: NodeRef<'_>) -> Bound<'py, PyAny> {
    PyString::new(py, &String::from_utf8_lossy(&node.to_json())).into_any()
}
