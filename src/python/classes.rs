//! The Python classes of models and services, made from the catalog when first asked for.

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::model::{Declared, Field, Model};
use super::service::{Child, Face, Operation, Service};
use crate::catalog::{self, ClientAuthentication, Product};
use crate::document::Node;

const PRODUCTS: usize = 32;

struct Classes {
    models: Vec<PyOnceLock<Py<PyType>>>,
    /// By service, then by face.
    services: Vec<[PyOnceLock<Py<PyType>>; Face::ALL.len()]>,
}

static CLASSES: [PyOnceLock<Classes>; PRODUCTS] = [const { PyOnceLock::new() }; PRODUCTS];

fn classes(py: Python<'_>, product: &'static Product) -> PyResult<&'static Classes> {
    let slot = catalog::names().position(|name| name == product.name).and_then(|position| CLASSES.get(position));
    let slot = slot.ok_or_else(|| pyo3::exceptions::PyLookupError::new_err(format!("no product {:?}", product.name)))?;
    Ok(slot.get_or_init(py, || Classes {
        models: product.models.iter().map(|_| PyOnceLock::new()).collect(),
        services: product.services.iter().map(|_| [const { PyOnceLock::new() }; Face::ALL.len()]).collect(),
    }))
}

fn gone(what: &str) -> PyErr {
    pyo3::exceptions::PyLookupError::new_err(format!("no such {what}"))
}

/// An object of the model class with this index.
pub fn model<'py>(py: Python<'py>, product: &'static Product, index: u32, node: Node) -> PyResult<Bound<'py, PyAny>> {
    Model::of_class(model_class(py, product, index)?, node, Declared(Some((product, index))))
}

fn model_class<'py>(py: Python<'py>, product: &'static Product, index: u32) -> PyResult<&'py Bound<'py, PyType>> {
    let slot = classes(py, product)?.models.get(index as usize).ok_or_else(|| gone("model"))?;
    let class = slot.get_or_try_init(py, || -> PyResult<Py<PyType>> {
        let facts = product.models.get(index as usize).ok_or_else(|| gone("model"))?;
        let body = PyDict::new(py);
        for (position, field) in facts.fields.iter().enumerate() {
            body.set_item(&field.name, Bound::new(py, Field::new(product, index, position as u32))?)?;
        }
        body.set_item("__slots__", PyTuple::empty(py))?;
        body.set_item("__match_args__", PyTuple::new(py, facts.fields.iter().map(|field| field.name.as_str()))?)?;
        make(py, product, &facts.name, py.get_type::<Model>(), body, ("model", index as usize))
    })?;
    Ok(class.bind(py))
}

/// The class of a service with this index, for one of the faces.
pub fn service_class<'py>(py: Python<'py>, product: &'static Product, index: usize, face: Face) -> PyResult<&'py Bound<'py, PyType>> {
    let slot = classes(py, product)?.services.get(index).and_then(|faces| faces.get(face as usize)).ok_or_else(|| gone("service"))?;
    let class = slot.get_or_try_init(py, || -> PyResult<Py<PyType>> {
        let facts = product.services.get(index).ok_or_else(|| gone("service"))?;
        let body = PyDict::new(py);
        for position in 0..facts.operations.len() {
            if let Some(operation) = facts.operations.get(position).filter(|operation| !face.streams() || answers_bytes(operation)) {
                body.set_item(&operation.name, Bound::new(py, Operation::new(product, index, position, face))?)?;
            }
        }
        for (child, name) in children(product, &facts.path).filter(|(child, _)| has(product, *child, face)) {
            body.set_item(name, Bound::new(py, Child::new(product, child, face))?)?;
        }
        let name = format!("{}{}", face.prefix(), facts.class);
        make(py, product, &name, py.get_type::<Service>(), body, ("service", index))
    })?;
    Ok(class.bind(py))
}

fn answers_bytes(operation: &catalog::Operation) -> bool {
    operation.returns == Some(catalog::Type::Bytes)
}

/// Whether this face shows a service: what is streamed is bytes, of the service itself or below it.
fn has(product: &Product, index: usize, face: Face) -> bool {
    let Some(service) = product.services.get(index) else { return false };
    let below = format!("{}.", service.path);
    let within = |other: &&catalog::Service| other.path == service.path || other.path.starts_with(&below);
    !face.streams() || product.services.iter().filter(within).any(|other| other.operations.iter().any(answers_bytes))
}

/// Services right below a path ("" for the client): index and last name.
fn children<'a>(product: &'static Product, path: &'a str) -> impl Iterator<Item = (usize, &'static str)> + 'a {
    product.services.iter().enumerate().filter_map(move |(index, service)| {
        let rest = if path.is_empty() { Some(service.path.as_str()) } else { service.path.strip_prefix(path)?.strip_prefix('.') };
        rest.filter(|rest| !rest.contains('.')).map(|rest| (index, rest))
    })
}

fn make<'py>(
    py: Python<'py>,
    product: &Product,
    name: &str,
    base: Bound<'py, PyType>,
    body: Bound<'py, PyDict>,
    what: (&str, usize),
) -> PyResult<Py<PyType>> {
    body.set_item("__module__", format!("atlassian_cloud.{}", product.name))?;
    body.set_item("__qualname__", name)?;
    let doc = py.import(intern!(py, "atlassian_cloud._lazy"))?.getattr(intern!(py, "ClassDoc"))?;
    body.set_item("__doc__", doc.call1((&product.name, what.0, what.1))?)?;
    let class = py.get_type::<PyType>().call1((name, (base,), body))?;
    Ok(class.cast_into::<PyType>()?.unbind())
}

/// Names of the products in the catalog.
#[pyfunction]
pub fn products() -> Vec<&'static str> {
    catalog::names().collect()
}

/// Facts and prose of a product as JSON: for help, the generator and tests.
#[pyfunction]
pub fn catalog_json(product: &str) -> PyResult<String> {
    let facts = catalog::product(product).ok_or_else(|| gone("product"))?;
    let prose = catalog::prose(product).ok_or_else(|| gone("product"))?;
    serde_json::to_string(&serde_json::json!({ "facts": facts, "prose": prose }))
        .map_err(|fault| pyo3::exceptions::PyValueError::new_err(fault.to_string()))
}

/// Where OAuth tokens of a product come from: address, and how an application proves who it is.
#[pyfunction]
pub fn oauth(product: &str) -> PyResult<(String, &'static str)> {
    let facts = catalog::product(product).and_then(|product| product.oauth.as_ref());
    let facts = facts.ok_or_else(|| PyValueError::new_err(format!("{product} takes no OAuth")))?;
    let authentication = match facts.client_authentication {
        ClientAuthentication::ClientSecretPost => "client_secret_post",
        ClientAuthentication::ClientSecretBasic => "client_secret_basic",
    };
    Ok((facts.token_url.clone(), authentication))
}

/// Services that hang on the client itself, or on a view of it: (name, index).
#[pyfunction]
pub fn root_services(product: &str, view: &str) -> PyResult<Vec<(&'static str, usize)>> {
    let face = Face::named(false, view)?;
    let facts = catalog::product(product).ok_or_else(|| gone("product"))?;
    Ok(children(facts, "").filter(|(index, _)| has(facts, *index, face)).map(|(index, name)| (name, index)).collect())
}

/// How the work goes on that an answer of this model tells of, as JSON; None if it tells of none.
#[pyfunction]
pub fn task_facts(product: &str, model: &str) -> PyResult<Option<String>> {
    let facts = catalog::product(product).ok_or_else(|| gone("product"))?;
    let found = facts.tasks.iter().find(|task| task.model == model).map(serde_json::to_string).transpose();
    found.map_err(|fault| PyValueError::new_err(fault.to_string()))
}

/// Names of all classes of a product.
#[pyfunction]
pub fn class_names(product: &str) -> PyResult<Vec<String>> {
    let facts = catalog::product(product).ok_or_else(|| gone("product"))?;
    let services = facts.services.iter().enumerate().flat_map(|(index, service)| {
        let faces = Face::ALL.iter().filter(move |face| has(facts, index, **face));
        faces.map(|face| format!("{}{}", face.prefix(), service.class))
    });
    Ok(facts.models.iter().map(|model| model.name.clone()).chain(services).collect())
}

/// A class of a product by name, or None.
#[pyfunction]
pub fn find_class<'py>(py: Python<'py>, product: &str, name: &str) -> PyResult<Option<Bound<'py, PyType>>> {
    let facts = catalog::product(product).ok_or_else(|| gone("product"))?;
    if let Some(index) = facts.models.iter().position(|model| model.name == name) {
        return Ok(Some(model_class(py, facts, index as u32)?.clone()));
    }
    for face in Face::ALL {
        if let Some(rest) = name.strip_prefix(face.prefix())
            && let Some(index) = facts.services.iter().position(|service| service.class == rest)
            && has(facts, index, *face)
        {
            return Ok(Some(service_class(py, facts, index, *face)?.clone()));
        }
    }
    Ok(None)
}
