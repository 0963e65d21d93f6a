//! Python values as JSON, checked on the way: what cannot be sent exactly is refused with its place.

use std::fmt::Write as _;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDate, PyDateTime, PyDelta, PyDict, PyFloat, PyInt, PyList, PyMapping, PyMemoryView, PySequence,
    PyString, PyTuple,
};
use serde_json::{Map, Number, Value};

use super::model::Model;
use super::rich_text::Markdown;
use crate::catalog::{RichText, Type};
use crate::engine::arguments::Argument;
use crate::engine::timestamp::Timestamp;
use crate::rich_text;

/// Deeper than any body these APIs take, and far from the end of any stack.
const DEEPEST: usize = 200;

/// One argument of a method. `label` leads every complaint: "admin.users.update: nickname".
pub fn argument(value: &Bound<'_, PyAny>, label: &str, forms: Forms) -> PyResult<Argument> {
    if value.cast_exact::<PyString>().is_err() && loaded(value.py(), "datetime")?.is_some() {
        if let Ok(moment) = value.cast::<PyDateTime>() {
            return Ok(Argument::Datetime(datetime(moment, label)?));
        }
        if let Ok(day) = value.cast::<PyDate>() {
            return Ok(Argument::Date(date(day)?));
        }
    }
    Walk { label, forms, steps: Vec::new(), open: Vec::new() }.value(value).map(Argument::Json)
}

/// How an API wants what JSON has no type for.
#[derive(Clone, Copy, Default)]
pub struct Forms {
    pub compact_offsets: bool,
    /// What Markdown becomes; None where it is refused.
    pub rich_text: Option<RichText>,
}

/// Refuses what no body holds, as sending it would: for jobs that send several, and must know before the first.
#[pyfunction]
pub fn check_value(value: &Bound<'_, PyAny>, label: &str, markdown: bool) -> PyResult<()> {
    let rich_text = markdown.then_some(RichText::Adf);
    argument(value, label, Forms { rich_text, ..Forms::default() }).map(drop)
}

pub fn json(value: &Bound<'_, PyAny>, label: &str) -> PyResult<Value> {
    Walk { label, forms: Forms::default(), steps: Vec::new(), open: Vec::new() }.value(value)
}

/// Text as it is; `label` leads the complaint.
pub fn text(value: &Bound<'_, PyAny>, label: &str) -> PyResult<String> {
    value.extract().map_err(|_| not_taken(value, label, "str"))
}

pub fn whole(value: &Bound<'_, PyAny>, label: &str) -> PyResult<i64> {
    if value.is_instance_of::<PyBool>() {
        return Err(not_taken(value, label, "int"));
    }
    value.extract().map_err(|_| not_taken(value, label, "int"))
}

/// Why a value was not taken: its type is another, or there is no room for what it holds.
pub fn not_taken(value: &Bound<'_, PyAny>, label: &str, expected: &str) -> PyErr {
    if value.is_instance_of::<PyString>() && expected.starts_with("str") {
        return PyValueError::new_err(format!("{label}: {SURROGATE}"));
    }
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() && expected.contains("int") {
        return PyValueError::new_err(format!("{label}: out of range"));
    }
    let kind = value.get_type().qualname().map(|kind| kind.to_string()).unwrap_or_default();
    PyTypeError::new_err(format!("{label}: expected {expected}, got {kind}"))
}

/// Markdown where no document may stand.
pub fn not_markdown<T>(value: &Bound<'_, PyAny>, label: &str, ty: &Type) -> PyResult<T> {
    let expected = if *ty == Type::Str { "str" } else { "what the server takes there" };
    let kind = value.get_type().qualname()?;
    Err(PyTypeError::new_err(format!("{label}: expected {expected}, got {kind}; this place takes no document")))
}

const SURROGATE: &str = "holds a lone surrogate, which is no Unicode text";

enum Step {
    Key(String),
    Index(usize),
}

struct Walk<'a> {
    label: &'a str,
    forms: Forms,
    steps: Vec<Step>,
    /// Containers that we are inside of, to notice one that contains itself.
    open: Vec<usize>,
}

impl Walk<'_> {
    fn value(&mut self, value: &Bound<'_, PyAny>) -> PyResult<Value> {
        let py = value.py();
        if value.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(text) = value.cast_exact::<PyString>() {
            return Ok(Value::String(self.text(text)?));
        }
        if let Ok(flag) = value.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if is_instance(value, "enum", "Enum")? {
            return self.inside(value, |walk| walk.value(&value.getattr(intern!(py, "value"))?));
        }
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Value::String(self.text(text)?));
        }
        if let Ok(integer) = value.cast::<PyInt>() {
            return match integer.extract::<i64>() {
                Ok(small) => Ok(Value::from(small)),
                Err(_) => {
                    let digits = py.get_type::<PyInt>().call_method1(intern!(py, "__repr__"), (integer,));
                    let digits = digits.map_err(|_| self.bad_value("has more digits than Python turns into text".into()))?;
                    self.number(digits.extract::<String>()?)
                }
            };
        }
        if let Ok(float) = value.cast::<PyFloat>() {
            let number = Number::from_f64(float.value());
            return number.map(Value::Number).ok_or_else(|| self.bad_value(format!("{} is no number that JSON knows", float.value())));
        }
        if let Ok(dict) = value.cast::<PyDict>() {
            // A copy of the pairs: code that runs on the way may change the dict.
            let pairs = dict.items();
            return self.inside(value, |walk| walk.object(pairs.iter().map(|pair| pair.extract())));
        }
        if value.cast::<PyList>().is_ok() || value.cast::<PyTuple>().is_ok() {
            return self.items(value);
        }
        if let Ok(model) = value.cast::<Model>() {
            let sent = model.get().node().to_json();
            return serde_json::from_slice(&sent).map_err(|_| self.bad_value("the model holds text that is no Unicode".into()));
        }
        if let Ok(markdown) = value.cast::<Markdown>() {
            return self.markdown(markdown.get());
        }
        if loaded(py, "datetime")?.is_some() {
            if let Ok(moment) = value.cast::<PyDateTime>() {
                let moment = datetime(moment, &format!("{}{}", self.label, self.place()))?;
                return Ok(Value::from(if self.forms.compact_offsets { moment.iso_compact() } else { moment.iso() }));
            }
            if let Ok(day) = value.cast::<PyDate>() {
                let day = date(day)?;
                return Ok(Value::from(format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)));
            }
        }
        if is_instance(value, "decimal", "Decimal")? {
            let finite: bool = value.call_method0(intern!(py, "is_finite"))?.extract()?;
            if !finite {
                return Err(self.bad_value(format!("{} is no number that JSON knows", value.str()?)));
            }
            return self.number(value.str()?.to_string());
        }
        if is_instance(value, "uuid", "UUID")? {
            return Ok(Value::from(value.str()?.to_string()));
        }
        if let Ok(mapping) = value.cast::<PyMapping>() {
            return self.inside(value, |walk| {
                let pairs = mapping.items()?;
                walk.object(pairs.iter().map(|pair| pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()))
            });
        }
        let bytes = value.cast::<PyBytes>().is_ok() || value.cast::<PyByteArray>().is_ok() || value.cast::<PyMemoryView>().is_ok();
        if !bytes && value.cast::<PySequence>().is_ok() {
            return self.items(value);
        }
        let kind = value.get_type().qualname()?.to_string();
        let advice = if bytes {
            "; decode it to str first"
        } else if kind == "set" || kind == "frozenset" || kind == "generator" {
            "; pass a list"
        } else {
            ""
        };
        Err(self.bad_type(format!("a {kind} cannot be sent as JSON{advice}")))
    }

    fn items(&mut self, sequence: &Bound<'_, PyAny>) -> PyResult<Value> {
        self.inside(sequence, |walk| {
            let mut items = Vec::new();
            for (index, item) in sequence.try_iter()?.enumerate() {
                walk.steps.push(Step::Index(index));
                items.push(walk.value(&item?)?);
                walk.steps.pop();
            }
            Ok(Value::Array(items))
        })
    }

    fn object<'py>(&mut self, pairs: impl Iterator<Item = PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>) -> PyResult<Value> {
        let mut fields = Map::new();
        for pair in pairs {
            let (key, value) = pair?;
            let Ok(name) = key.cast::<PyString>() else {
                return Err(self.bad_type(format!("keys must be str, got {}", key.get_type().qualname()?)));
            };
            let name = self.text(name)?;
            self.steps.push(Step::Key(name.clone()));
            let value = self.value(&value)?;
            self.steps.pop();
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }

    fn inside<T>(&mut self, container: &Bound<'_, PyAny>, work: impl FnOnce(&mut Self) -> PyResult<T>) -> PyResult<T> {
        let identity = container.as_ptr() as usize;
        if self.open.contains(&identity) {
            return Err(self.bad_value("contains itself".into()));
        }
        if self.open.len() >= DEEPEST {
            return Err(self.bad_value(format!("nested deeper than {DEEPEST} levels")));
        }
        self.open.push(identity);
        let result = work(self);
        self.open.pop();
        result
    }

    fn markdown(&self, markdown: &Markdown) -> PyResult<Value> {
        match self.forms.rich_text {
            Some(RichText::Adf) => {
                let tree = rich_text::from_markdown(&markdown.text).map_err(|fault| self.bad_value(fault.to_string()))?;
                Ok(tree.into_value())
            }
            Some(RichText::Storage) => {
                Err(self
                    .bad_type("Markdown stands for a whole body; inside of one, pass atlassian_cloud.storage.from_markdown(...)".into()))
            }
            None => Err(self.bad_type(
                "Markdown is not taken here: it is no place of documents. Pass a str, or convert it with atlassian_cloud.adf or .storage"
                    .into(),
            )),
        }
    }

    fn text(&self, text: &Bound<'_, PyString>) -> PyResult<String> {
        text.extract::<String>().map_err(|_| self.bad_value(SURROGATE.into()))
    }

    fn number(&self, digits: String) -> PyResult<Value> {
        serde_json::from_str::<Number>(&digits).map(Value::Number).map_err(|_| self.bad_value("is no number that JSON knows".into()))
    }

    fn bad_type(&self, what: String) -> PyErr {
        PyTypeError::new_err(format!("{}{}: {what}", self.label, self.place()))
    }

    fn bad_value(&self, what: String) -> PyErr {
        PyValueError::new_err(format!("{}{}: {what}", self.label, self.place()))
    }

    /// ".fields.customfield_10[2]", shortened when it is deep.
    fn place(&self) -> String {
        let mut place = String::new();
        for step in self.steps.iter().take(12) {
            let _ = match step {
                Step::Key(name) => write!(place, ".{name}"),
                Step::Index(index) => write!(place, "[{index}]"),
            };
        }
        if self.steps.len() > 12 {
            place.push_str("...");
        }
        place
    }
}

/// A module, if anyone has imported it: an instance of its classes can only exist then.
pub fn loaded<'py>(py: Python<'py>, module: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    modules.cast::<PyDict>()?.get_item(module)
}

fn is_instance(value: &Bound<'_, PyAny>, module: &str, class: &str) -> PyResult<bool> {
    match loaded(value.py(), module)? {
        Some(module) => value.is_instance(&module.getattr(class)?),
        None => Ok(false),
    }
}

/// A moment with its offset. One without a zone could mean any of 24 hours and is refused.
fn datetime(moment: &Bound<'_, PyDateTime>, label: &str) -> PyResult<Timestamp> {
    let py = moment.py();
    let offset = moment.call_method0(intern!(py, "utcoffset"))?;
    let Ok(delta) = offset.cast::<PyDelta>() else {
        return Err(PyValueError::new_err(format!(
            "{label}: a datetime without a time zone is ambiguous; give it one, such as tzinfo=timezone.utc"
        )));
    };
    let seconds: f64 = delta.call_method0(intern!(py, "total_seconds"))?.extract()?;
    let mut moment = moment.as_any().clone();
    let mut minutes = seconds / 60.0;
    // The wire knows whole minutes: other offsets, as local mean times have, are told in UTC.
    if minutes.fract() != 0.0 || minutes.abs() >= 24.0 * 60.0 {
        let utc = py.import(intern!(py, "datetime"))?.getattr(intern!(py, "timezone"))?.getattr(intern!(py, "utc"))?;
        moment = moment.call_method1(intern!(py, "astimezone"), (utc,))?;
        minutes = 0.0;
    }
    let number = |name: &str| moment.getattr(name).and_then(|value| value.extract::<u32>());
    Ok(Timestamp {
        year: number("year")? as i32,
        month: number("month")? as u8,
        day: number("day")? as u8,
        hour: number("hour")? as u8,
        minute: number("minute")? as u8,
        second: number("second")? as u8,
        micro: number("microsecond")?,
        offset: Some(minutes as i16),
    })
}

fn date(day: &Bound<'_, PyDate>) -> PyResult<Timestamp> {
    let number = |name: &str| day.getattr(name).and_then(|value| value.extract::<u32>());
    Ok(Timestamp {
        year: number("year")? as i32,
        month: number("month")? as u8,
        day: number("day")? as u8,
        hour: 0,
        minute: 0,
        second: 0,
        micro: 0,
        offset: None,
    })
}
