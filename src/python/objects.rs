//! Documents as Python values: typed by the catalog, untyped, or plain all the way down.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyDelta, PyDict, PyList, PyTzInfo};

use super::classes;
use super::model::{Declared, Model};
use super::plain::{plain, text};
use crate::catalog::{Product, Type};
use crate::document::{Kind, Node, NodeRef, Number};
use crate::engine::timestamp::{self, Timestamp};

/// A value of a declared type. What does not fit its type comes as what it is: never a failure on odd data.
pub fn typed<'py>(py: Python<'py>, product: &'static Product, ty: &'static Type, node: &Node) -> PyResult<Bound<'py, PyAny>> {
    match timestamp(ty, node.cursor()) {
        Some(at) => dated(py, ty, at),
        None => nested(py, product, ty, node, typed),
    }
}

/// The moment or the day that a value of a declared type says, if it says one.
pub fn timestamp(ty: &Type, node: NodeRef<'_>) -> Option<Timestamp> {
    match (ty, node.kind()) {
        (Type::Datetime | Type::Date, Kind::String) => timestamp::parse(node.text()?.as_str()?),
        (Type::Datetime | Type::EpochMs, Kind::Number) => number_timestamp(node),
        (Type::EpochMs, Kind::String) => digits_timestamp(node),
        _ => None,
    }
}

/// A `date` where a day is declared, else a `datetime`.
pub fn dated<'py>(py: Python<'py>, ty: &Type, at: Timestamp) -> PyResult<Bound<'py, PyAny>> {
    if *ty == Type::Date {
        return PyDate::new(py, at.year, at.month, at.day)?.into_bound_py_any(py);
    }
    let zone = match at.offset {
        None => None,
        Some(0) => Some(PyTzInfo::utc(py)?.to_owned()),
        Some(minutes) => Some(PyTzInfo::fixed_offset(py, PyDelta::new(py, 0, i32::from(minutes) * 60, 0, true)?)?),
    };
    PyDateTime::new(py, at.year, at.month, at.day, at.hour, at.minute, at.second, at.micro, zone.as_ref())?.into_bound_py_any(py)
}

/// The same, but scalars as they were sent: what `model["key"]` gives.
pub fn as_sent<'py>(py: Python<'py>, product: &'static Product, ty: &'static Type, node: &Node) -> PyResult<Bound<'py, PyAny>> {
    nested(py, product, ty, node, as_sent)
}

type Convert = for<'py> fn(Python<'py>, &'static Product, &'static Type, &Node) -> PyResult<Bound<'py, PyAny>>;

fn nested<'py>(py: Python<'py>, product: &'static Product, ty: &'static Type, node: &Node, inner: Convert) -> PyResult<Bound<'py, PyAny>> {
    match (ty, node.kind()) {
        (Type::Model(index), Kind::Object) => classes::model(py, product, *index, node.clone()),
        (Type::List(item), Kind::Array) => {
            let list = PyList::empty(py);
            for element in node.elements() {
                list.append(inner(py, product, item, &element)?)?;
            }
            Ok(list.into_any())
        }
        (Type::Dict(item), Kind::Object) => {
            let dict = PyDict::new(py);
            for (key, element) in node.entries() {
                dict.set_item(text(py, &key)?, inner(py, product, item, &element)?)?;
            }
            Ok(dict.into_any())
        }
        _ => untyped(py, node),
    }
}

/// A value nobody declared: objects become bare models.
pub fn untyped<'py>(py: Python<'py>, node: &Node) -> PyResult<Bound<'py, PyAny>> {
    match node.kind() {
        Kind::Object => Model::bare(py, node.clone()),
        Kind::Array => {
            let list = PyList::empty(py);
            for element in node.elements() {
                list.append(untyped(py, &element)?)?;
            }
            Ok(list.into_any())
        }
        _ => plain(py, node.cursor()),
    }
}

fn digits_timestamp(node: NodeRef<'_>) -> Option<Timestamp> {
    let text = node.text()?;
    let text = text.as_str()?;
    text.parse().ok().and_then(timestamp::from_epoch_ms).or_else(|| timestamp::parse(text))
}

fn number_timestamp(node: NodeRef<'_>) -> Option<Timestamp> {
    match node.number()? {
        Number::Int(ms) => timestamp::from_epoch_ms(ms),
        _ => None,
    }
}

/// The declared type of a key, for `model["key"]`.
pub fn declared_type(declared: Declared, key: &str) -> Option<&'static Type> {
    declared.model().and_then(|model| model.fields.iter().find(|field| field.key == key)).map(|field| &field.ty)
}
