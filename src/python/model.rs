//! Models: documents with a class from the catalog. Nothing is converted before it is read.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::atomic::AtomicU32;

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple, PyType};

use super::{classes, objects, plain};
use crate::catalog::{self, Product};
use crate::document::{Kind, Limits, Node, NodeRef};

/// Which class of the catalog a model is of; bare models are of none.
#[derive(Clone, Copy)]
pub struct Declared(pub Option<(&'static Product, u32)>);

impl Declared {
    pub fn model(self) -> Option<&'static catalog::Model> {
        self.0.and_then(|(product, index)| product.models.get(index as usize))
    }
}

thread_local! {
    /// PyO3 has no public way to allocate a Python-made subclass: the content waits here while the class is called.
    static PARKED: Cell<Option<Model>> = const { Cell::new(None) };
}

/// One object that the server sent, read lazily. Attributes are snake_case and typed; `[]`, `in`, `get`, `len` and iteration
/// go by wire key, values as sent. Immutable; compared by value.
#[pyclass(subclass, frozen, weakref, module = "atlassian_cloud")]
pub struct Model {
    node: Node,
    declared: Declared,
}

impl Model {
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// An object that nobody declared.
    pub fn bare<'py>(py: Python<'py>, node: Node) -> PyResult<Bound<'py, PyAny>> {
        Ok(Bound::new(py, Model { node, declared: Declared(None) })?.into_any())
    }

    pub fn of_class<'py>(class: &Bound<'py, PyType>, node: Node, declared: Declared) -> PyResult<Bound<'py, PyAny>> {
        PARKED.set(Some(Model { node, declared }));
        let made = class.call0();
        PARKED.set(None);
        made
    }

    fn value<'py>(&self, py: Python<'py>, key: &str, node: &Node) -> PyResult<Bound<'py, PyAny>> {
        match (self.declared.0, objects::declared_type(self.declared, key)) {
            (Some((product, _)), Some(ty)) => objects::as_sent(py, product, ty, node),
            _ => objects::untyped(py, node),
        }
    }

    fn again<'py>(slf: &Bound<'py, Self>, node: Node) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        match slf.get().declared.0 {
            Some(_) => Model::of_class(&slf.get_type(), node, slf.get().declared),
            None => Model::bare(py, node),
        }
    }
}

#[pymethods]
impl Model {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = None)]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        PARKED.take().ok_or_else(|| PyTypeError::new_err("models are made by the client, from what the server sends"))
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let Ok(name) = key.cast::<PyString>() else {
            return Err(PyKeyError::new_err(key.clone().unbind()));
        };
        if let Some(node) = self.find(name)? {
            return self.value(py, &name.to_string_lossy(), &node);
        }
        if let Some((id, node)) = self.find_by_display_name(name)? {
            return self.value(py, &id, &node);
        }
        Err(match self.display_names() {
            None if self.has_display_names() => PyKeyError::new_err(format!(
                "{:?}: no such key; to find fields by display name read the issue with expand=\"names\", or use \
                 atlassian_cloud.jira.custom_fields",
                name.to_string_lossy()
            )),
            _ => PyKeyError::new_err(key.clone().unbind()),
        })
    }

    /// The value of a wire key as sent, or `default`.
    #[pyo3(signature = (key, default=None, /))]
    fn get<'py>(&self, py: Python<'py>, key: &Bound<'py, PyString>, default: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(node) = self.find(key)? {
            return self.value(py, &key.to_string_lossy(), &node);
        }
        match self.find_by_display_name(key)? {
            Some((id, node)) => self.value(py, &id, &node),
            None => Ok(default.unwrap_or_else(|| py.None().into_bound(py))),
        }
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        match key.cast::<PyString>() {
            Ok(name) => Ok(self.find(name)?.is_some() || self.find_by_display_name(name)?.is_some()),
            Err(_) => Ok(false),
        }
    }

    fn __len__(&self) -> usize {
        self.node.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.keys(py)?.try_iter()?.into_any())
    }

    /// Keys that are not declared, as attributes.
    fn __getattr__<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        let found = this.find(name)?;
        let name = &*name.to_string_lossy();
        let dunder = name.starts_with("__") && name.ends_with("__");
        match found {
            Some(node) if !dunder => objects::untyped(slf.py(), &node),
            _ => {
                let class = slf.get_type().qualname()?;
                let names: Vec<&str> =
                    this.declared.model().map(|m| m.fields.iter().map(|f| f.name.as_str()).collect()).unwrap_or_default();
                let hint = crate::engine::spelling::nearest(name, &names)
                    .filter(|_| !dunder)
                    .map(|n| format!("; did you mean {n:?}?"))
                    .unwrap_or_default();
                Err(PyAttributeError::new_err(format!("{class} has no attribute {name:?}{hint}")))
            }
        }
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let names = py.get_type::<pyo3::types::PyAny>().call_method1(intern!(py, "__dir__"), (slf,))?;
        let list = names.cast_into::<PyList>()?;
        let known: HashSet<String> = list.iter().map(|name| name.extract()).collect::<PyResult<_>>()?;
        for (key, _) in slf.get().node.entries() {
            if let Some(key) = key.as_str().filter(|key| is_identifier(key) && !known.contains(*key)) {
                list.append(key)?;
            }
        }
        Ok(list)
    }

    /// Plain dicts, lists and scalars: exactly what the server sent.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain::plain(py, self.node.cursor())
    }

    /// The same as JSON text, numbers and escapes as sent.
    fn to_json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        match std::str::from_utf8(&self.node.to_json()) {
            Ok(text) => Ok(PyString::new(py, text)),
            Err(_) => Err(PyTypeError::new_err("the document is no Unicode text")),
        }
    }

    /// The same value in memory of its own: lets go of the page that it came with.
    fn detach<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Model::again(slf, slf.get().node.detach())
    }

    fn __eq__<'py>(&self, py: Python<'py>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if let Ok(model) = other.cast::<Model>() {
            return Ok(pyo3::types::PyBool::new(py, self.node.same_value(&model.get().node)).to_owned().into_any());
        }
        if other.cast::<PyDict>().is_ok() {
            return plain::plain(py, self.node.cursor())?.rich_compare(other, pyo3::basic::CompareOp::Eq);
        }
        Ok(py.NotImplemented().into_bound(py))
    }

    #[classattr]
    const __hash__: Option<Py<PyAny>> = None;

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let this = slf.get();
        let class = slf.get_type().qualname()?;
        let Some(model) = this.declared.model() else {
            let keys: Vec<String> = this.node.entries().map(|(key, _)| key.to_string_lossy()).take(8).collect();
            let more = if this.node.len() > keys.len() { ", ..." } else { "" };
            return Ok(format!("<{class} with {}{more}>", keys.join(", ")));
        };
        let mut shown = Vec::new();
        for name in &model.repr {
            let Some(field) = model.fields.iter().find(|field| field.name == *name) else { continue };
            if let Some(node) = this.node.get(&field.key).filter(|node| !node.is_null()) {
                shown.push(format!("{name}={}", brief(slf.py(), this, &field.key, &node)?));
            }
        }
        Ok(format!("{class}({})", shown.join(", ")))
    }

    fn __copy__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, Self> {
        slf.clone()
    }

    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf.clone()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let rebuild = py.import(intern!(py, "atlassian_cloud._native"))?.getattr(intern!(py, "rebuild_model"))?;
        let declared = slf.get().declared;
        let class = declared.0.zip(declared.model()).map(|((product, _), model)| (product.name.as_str(), model.name.as_str()));
        let arguments = (class, PyBytes::new(py, &slf.get().node.to_json()));
        PyTuple::new(py, [rebuild, arguments.into_pyobject(py)?.into_any()])
    }
}

impl Model {
    /// The value of a key, which may hold lone surrogates as keys of answers may.
    fn find(&self, key: &Bound<'_, PyString>) -> PyResult<Option<Node>> {
        if let Ok(text) = key.to_str() {
            return Ok(self.node.get(text));
        }
        let encoded = key.call_method1(intern!(key.py(), "encode"), ("utf-8", "surrogatepass"))?;
        Ok(self.node.cursor().get_wtf8(encoded.cast::<PyBytes>()?.as_bytes()).map(NodeRef::to_node))
    }

    /// Whether answers with this model may tell display names of its keys: Jira does, at the top, with `expand=names`.
    fn has_display_names(&self) -> bool {
        self.declared.model().is_some_and(|model| model.name == "IssueFields")
    }

    fn display_names(&self) -> Option<Node> {
        if self.has_display_names() { self.node.root().get("names").filter(|names| names.kind() == Kind::Object) } else { None }
    }

    /// The key, with its value, that the answer itself calls so. A name of two keys is an error, unless one alone came.
    fn find_by_display_name(&self, name: &Bound<'_, PyString>) -> PyResult<Option<(String, Node)>> {
        let (Some(names), Ok(name)) = (self.display_names(), name.to_str()) else { return Ok(None) };
        let called = |node: &Node| node.text().is_some_and(|text| text.as_str() == Some(name));
        let mut found: Vec<(String, Node)> = names
            .entries()
            .filter(|(_, node)| called(node))
            .filter_map(|(id, _)| {
                let id = id.as_str()?;
                Some((id.to_owned(), self.node.get(id)?))
            })
            .collect();
        if found.len() > 1 {
            let ids: Vec<String> = found.into_iter().map(|(id, _)| id).collect();
            return Err(PyKeyError::new_err(format!("{name:?} is the name of {}: use an id", ids.join(" and "))));
        }
        Ok(found.pop())
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let keys = PyList::empty(py);
        for (key, _) in self.node.entries() {
            keys.append(plain::text(py, &key)?)?;
        }
        Ok(keys)
    }
}

/// One value in a repr: short, and one level deep.
fn brief(py: Python<'_>, model: &Model, key: &str, node: &Node) -> PyResult<String> {
    const LENGTH: usize = 60;
    Ok(match node.kind() {
        Kind::Array => format!("[{} items]", node.len()),
        Kind::Object => model.value(py, key, node)?.repr()?.to_string(),
        _ => {
            let text = plain::plain(py, node.cursor())?.repr()?.to_string();
            if text.chars().count() > LENGTH { format!("{}...", text.chars().take(LENGTH).collect::<String>()) } else { text }
        }
    })
}

fn is_identifier(key: &str) -> bool {
    !key.is_empty() && !key.starts_with(|c: char| c.is_ascii_digit()) && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Unpickles a model. One whose class this version no longer has becomes a bare one.
#[pyfunction]
pub fn rebuild_model<'py>(py: Python<'py>, class: Option<(String, String)>, json: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let node = Node::parse(bytes::Bytes::copy_from_slice(json), &Limits::default())
        .map_err(|fault| pyo3::exceptions::PyValueError::new_err(format!("not a pickled model: {fault}")))?;
    let known = class.and_then(|(product, model)| {
        let product = catalog::product(&product)?;
        let index = product.models.iter().position(|known| known.name == model)?;
        Some((product, index as u32))
    });
    match known {
        Some((product, index)) => classes::model(py, product, index, node),
        None => Model::bare(py, node),
    }
}

// One declared field of a model class: a typed, lazy attribute.
#[pyclass(frozen, module = "atlassian_cloud._native")]
pub struct Field {
    product: &'static Product,
    model: u32,
    field: u32,
    /// Where the key stood last: pages of like objects are read without a search.
    hint: AtomicU32,
}

impl Field {
    pub fn new(product: &'static Product, model: u32, field: u32) -> Self {
        Field { product, model, field, hint: AtomicU32::new(0) }
    }

    fn facts(&self) -> PyResult<&'static catalog::Field> {
        let model = self.product.models.get(self.model as usize);
        model.and_then(|model| model.fields.get(self.field as usize)).ok_or_else(|| PyAttributeError::new_err("no such field"))
    }
}

#[pymethods]
impl Field {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(instance) = instance else { return Ok(slf.clone().into_any()) };
        let model = instance.cast::<Model>()?.get();
        let this = slf.get();
        let facts = this.facts()?;
        match model.node.get_hinted(&facts.key, &this.hint) {
            Some(node) => objects::typed(slf.py(), this.product, &facts.ty, &node),
            None => Ok(slf.py().None().into_bound(slf.py())),
        }
    }

    fn __set__(&self, _instance: &Bound<'_, PyAny>, _value: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        Err(PyAttributeError::new_err(format!("models are immutable; {:?} cannot be set", self.facts()?.name)))
    }

    fn __delete__(&self, _instance: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyAttributeError::new_err(format!("models are immutable; {:?} cannot be deleted", self.facts()?.name)))
    }

    #[getter]
    fn __name__(&self) -> PyResult<&'static str> {
        Ok(&self.facts()?.name)
    }

    #[getter]
    fn __doc__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import(intern!(py, "atlassian_cloud._help"))?
            .call_method1(intern!(py, "field_doc"), (&self.product.name, self.model, self.field))
    }
}
