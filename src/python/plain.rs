//! Documents as dicts, lists and scalars: exactly what the server sent.
//!
//! Objects of one shape come again and again: the same keys in the same order, many values null. A dict of that shape is copied
//! and its other values set, which is cheaper than one insertion after the other; `benches/techniques.py` shows by how much.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::Hasher;
use std::rc::Rc;

use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PyString};
use rustc_hash::FxHasher;

use crate::document::{Kind, NodeRef, Number, Text};

/// Beyond so many keys in all, what is known of shapes is forgotten.
const MOST_KEYS: usize = 32_768;

const STRINGS: usize = 4096;
const LONGEST_STRING: usize = 96;

thread_local! {
    /// Taken out while in use: a finalizer may convert something meanwhile, and then begins with none.
    static SHAPES: Cell<Option<Box<Shapes>>> = const { Cell::new(None) };
}

/// As deep as the document may be, which is bounded.
pub fn plain<'py>(py: Python<'py>, node: NodeRef<'_>) -> PyResult<Bound<'py, PyAny>> {
    if !matches!(node.kind(), Kind::Array | Kind::Object) {
        return scalar(py, node);
    }
    let mut shapes = SHAPES.take().unwrap_or_default();
    let made = shapes.value(py, node, &Guess::default());
    shapes.forget_some();
    SHAPES.set(Some(shapes));
    made
}

fn scalar<'py>(py: Python<'py>, node: NodeRef<'_>) -> PyResult<Bound<'py, PyAny>> {
    match node.kind() {
        Kind::Bool => node.as_bool().into_bound_py_any(py),
        Kind::Number => match node.number() {
            Some(Number::Int(value)) => value.into_bound_py_any(py),
            Some(Number::Float(value)) => value.into_bound_py_any(py),
            Some(Number::Big(digits)) => py.get_type::<PyInt>().call1((digits,)),
            None => Ok(py.None().into_bound(py)),
        },
        Kind::String => match node.text() {
            Some(value) => Ok(text(py, &value)?.into_any()),
            None => Ok(py.None().into_bound(py)),
        },
        Kind::Null | Kind::Array | Kind::Object => Ok(py.None().into_bound(py)),
    }
}

/// A string; lone surrogates are kept, as Python's json keeps them.
pub fn text<'py>(py: Python<'py>, value: &Text<'_>) -> PyResult<Bound<'py, PyString>> {
    if !value.surrogates {
        return PyString::from_bytes(py, &value.wtf8);
    }
    let bytes = PyBytes::new(py, &value.wtf8);
    Ok(bytes.call_method1(intern!(py, "decode"), (intern!(py, "utf-8"), intern!(py, "surrogatepass")))?.cast_into()?)
}

/// Keys in their order.
struct Shape {
    keys: Vec<Member>,
    /// All values are None.
    template: Py<PyDict>,
}

struct Member {
    wire: Box<[u8]>,
    name: Py<PyString>,
    /// What was found here last is probably found again.
    guess: Guess,
}

/// The shape that an object had in the same place of the one before; of a list, that of its elements.
type Guess = Cell<Option<Rc<Shape>>>;

#[derive(Default)]
struct Shapes {
    /// By a hash of the keys. None: seen once, which is not worth a template yet.
    known: HashMap<u64, Option<Rc<Shape>>>,
    keys: usize,
    /// Short strings come again too: names, states, addresses. By a hash of theirs; each drives out the one before.
    strings: Vec<(u64, Option<Py<PyString>>)>,
}

impl Shapes {
    fn value<'py>(&mut self, py: Python<'py>, node: NodeRef<'_>, guess: &Guess) -> PyResult<Bound<'py, PyAny>> {
        match node.kind() {
            Kind::Array => {
                let list = PyList::empty(py);
                for element in node.elements() {
                    list.append(self.value(py, element, guess)?)?;
                }
                Ok(list.into_any())
            }
            Kind::Object => {
                let Some(shape) = self.shape(py, node, guess)? else { return self.unfamiliar(py, node) };
                let dict = shape.template.bind(py).copy()?;
                for (member, value) in shape.keys.iter().zip(node.members()) {
                    if !value.is_null() {
                        dict.set_item(member.name.bind(py), self.value(py, value, &member.guess)?)?;
                    }
                }
                guess.set(Some(shape));
                Ok(dict.into_any())
            }
            Kind::String => match node.text() {
                Some(value) if value.ascii && value.wtf8.len() <= LONGEST_STRING => Ok(self.string(py, &value)?.into_any()),
                Some(value) => Ok(text(py, &value)?.into_any()),
                None => Ok(py.None().into_bound(py)),
            },
            _ => scalar(py, node),
        }
    }

    fn string<'py>(&mut self, py: Python<'py>, value: &Text<'_>) -> PyResult<Bound<'py, PyString>> {
        let mut hasher = FxHasher::default();
        hasher.write(&value.wtf8);
        let hash = hasher.finish();
        if self.strings.is_empty() {
            self.strings.resize_with(STRINGS, Default::default);
        }
        let Some((seen, slot)) = self.strings.get_mut(hash as usize % STRINGS) else { return text(py, value) };
        if *seen != hash {
            // Once is not worth keeping.
            (*seen, *slot) = (hash, None);
            return text(py, value);
        }
        if let Some(known) = slot.as_ref().map(|known| known.bind(py))
            && known.to_str()?.as_bytes() == &*value.wtf8
        {
            return Ok(known.clone());
        }
        let string = text(py, value)?;
        *slot = Some(string.clone().unbind());
        Ok(string)
    }

    fn unfamiliar<'py>(&mut self, py: Python<'py>, node: NodeRef<'_>) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(py);
        for (key, value) in node.entries() {
            dict.set_item(text(py, &key)?, self.value(py, value, &Guess::default())?)?;
        }
        Ok(dict.into_any())
    }

    fn shape(&mut self, py: Python<'_>, node: NodeRef<'_>, guess: &Guess) -> PyResult<Option<Rc<Shape>>> {
        if let Some(shape) = guess.take().filter(|shape| shape.fits(node)) {
            return Ok(Some(shape));
        }
        let mut hasher = DefaultHasher::new();
        for (key, _) in node.entries() {
            hasher.write(&key.wtf8);
            hasher.write_u8(0xff);
        }
        match self.known.entry(hasher.finish()) {
            Entry::Vacant(unknown) => {
                unknown.insert(None);
                self.keys += 1;
                Ok(None)
            }
            Entry::Occupied(mut seen) => match seen.get() {
                Some(shape) => Ok(Some(shape.clone()).filter(|shape| shape.fits(node))),
                None => {
                    let shape = Rc::new(Shape::new(py, node)?);
                    self.keys += shape.keys.len();
                    seen.insert(Some(shape.clone()));
                    Ok(Some(shape))
                }
            },
        }
    }

    fn forget_some(&mut self) {
        if self.keys > MOST_KEYS {
            *self = Shapes::default();
        }
    }
}

impl Shape {
    fn new(py: Python<'_>, node: NodeRef<'_>) -> PyResult<Self> {
        let template = PyDict::new(py);
        let mut keys = Vec::with_capacity(node.len());
        for (key, _) in node.entries() {
            let name = text(py, &key)?;
            template.set_item(&name, py.None())?;
            keys.push(Member { wire: key.wtf8.into_owned().into(), name: name.unbind(), guess: Guess::default() });
        }
        Ok(Shape { keys, template: template.unbind() })
    }

    fn fits(&self, node: NodeRef<'_>) -> bool {
        node.keys_are(self.keys.iter().map(|known| &*known.wire))
    }
}
