//! `*args, **kwargs` against an operation's parameters, with errors that name method, argument and the nearest match.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use serde_json::{Map, Value, json};

use super::convert::{self, Forms};
use super::errors;
use super::rich_text::Markdown;
use super::upload::Sources;
use crate::catalog::{Model, Paging, Param, Place, RichText, Type};
use crate::engine::arguments::{Argument, Extras, bind};
use crate::engine::error::Error;
use crate::engine::{Client, OperationRef, Request, spelling};
use crate::rich_text;

/// Stands in signatures for "nothing was given"; its repr is `...`.
#[pyclass(frozen, module = "atlassian_cloud._native")]
pub struct NotGiven;

#[pymethods]
impl NotGiven {
    fn __repr__(&self) -> &'static str {
        "..."
    }

    fn __bool__(&self) -> bool {
        false
    }

    fn __reduce__(&self) -> &'static str {
        "NOT_GIVEN"
    }
}

/// Side by side, more would only meet the server's limits.
const MOST_PARTITIONS: u64 = 64;

/// A bound call: the request, and what a paginator needs.
pub struct Call {
    pub request: Request,
    pub cursor: Option<String>,
    pub limit: Option<u64>,
    pub page_size: Option<u64>,
    pub partitions: Option<u64>,
    pub sources: Sources,
}

pub fn call(client: &Client, operation: OperationRef, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Call> {
    let py = args.py();
    let facts = operation.operation;
    let name = operation.name();
    let rich_text = operation.product.rich_text.iter().find(|(start, _)| facts.path.starts_with(start.as_str()));
    let forms = Forms { compact_offsets: operation.product.compact_offsets, rich_text: rich_text.map(|(_, format)| *format) };
    let scope = Scope { forms, models: &operation.product.models };
    let label = |argument: &str| [&name, ": ", argument].concat();
    let mut given: Vec<Option<Argument>> = vec![None; facts.params.len()];
    let mut sources = Sources::default();
    let positional: Vec<usize> = facts.params.iter().enumerate().filter(|(_, p)| p.positional).map(|(index, _)| index).collect();
    if args.len() > positional.len() {
        let names: Vec<&str> = facts.params.iter().filter(|p| p.positional).map(|p| p.name.as_str()).collect();
        let takes = if names.is_empty() { "no positional arguments".to_owned() } else { format!("only {} by position", names.join(", ")) };
        return Err(PyTypeError::new_err(format!("{name}() takes {takes}, but {} were given; the rest are keywords", args.len())));
    }
    for (value, index) in args.iter().zip(&positional) {
        put(&mut given, *index, &facts.params, &value, &scope, &mut sources, &label)?;
    }
    let mut extras = Extras::default();
    let (mut cursor, mut limit, mut page_size, mut partitions) = (None, None, None, None);
    for (key, value) in kwargs.into_iter().flatten() {
        let key = convert::text(&key, &format!("{name}: the name of a keyword"))?;
        if value.is_instance_of::<NotGiven>() {
            continue;
        }
        if let Some(index) = facts.params.iter().position(|param| param.name == key) {
            if given.get(index).is_some_and(Option::is_some) {
                return Err(PyTypeError::new_err(format!("{name}() got {key:?} twice")));
            }
            put(&mut given, index, &facts.params, &value, &scope, &mut sources, &label)?;
            continue;
        }
        let paged = facts.paging.is_some();
        match key.as_str() {
            "extra_query" => extras.query = pairs(&value, &label(&key))?,
            "extra_headers" => extras.headers = texts(&value, &label(&key))?,
            "extra_body" => extras.body = pairs(&value, &label(&key))?.into_iter().collect::<Map<String, Value>>(),
            "cursor" if paged => cursor = if value.is_none() { None } else { Some(convert::text(&value, &label(&key))?) },
            "limit" if paged => limit = count(&value, &label(&key), 0)?,
            "page_size" if paged => page_size = count(&value, &label(&key), 1)?,
            "partitions" if facts.paging.as_ref().is_some_and(|paging| paging.partition.is_some()) => {
                partitions = count(&value, &label(&key), 1)?;
                if let Some(too_many) = partitions.filter(|parts| *parts > MOST_PARTITIONS) {
                    return Err(PyValueError::new_err(format!("{}: at most {MOST_PARTITIONS}, got {too_many}", label(&key))));
                }
            }
            _ => return Err(unknown(&name, &key, facts.params.iter().map(|p| p.name.as_str()), facts.paging.as_ref())),
        }
    }
    for (slot, param) in given.iter_mut().zip(&facts.params) {
        let Some(context) = param.context else { continue };
        let is_none = matches!(slot, Some(Argument::Json(Value::Null)) | None);
        if is_none {
            match client.context(usize::from(context)) {
                Some(known) => *slot = Some(Argument::Json(Value::from(known))),
                None if has_lookup(operation, usize::from(context)) => *slot = None,
                None => return Err(errors::raise(py, missing_context(operation, param, usize::from(context)))),
            }
        }
    }
    let missing: Vec<&str> = (facts.params.iter().zip(&given))
        .filter(|(param, slot)| param.required && param.context.is_none() && slot.is_none())
        .map(|(param, _)| param.name.as_str())
        .collect();
    if !missing.is_empty() {
        let plural = if missing.len() == 1 { "" } else { "s" };
        return Err(PyTypeError::new_err(format!("{name}() missing required argument{plural}: {}", missing.join(", "))));
    }
    let request = bind(operation, given, extras).map_err(|fault| errors::raise(py, fault))?;
    let partitions = partitions.filter(|parts| *parts > 1);
    if partitions.is_some() && cursor.is_some() {
        return Err(PyTypeError::new_err(format!("{name}: a listing in partitions has no cursor; leave out cursor or partitions")));
    }
    Ok(Call { request, cursor, limit, page_size, partitions, sources })
}

/// What an argument's conversion depends on besides its parameter.
struct Scope<'a> {
    forms: Forms,
    models: &'a [Model],
}

impl Scope<'_> {
    /// Markdown as a whole argument: where a document or a body may stand, and nowhere else.
    fn markdown(&self, value: &Bound<'_, PyAny>, markdown: &Markdown, param: &Param, ty: &Type, label: &str) -> PyResult<Value> {
        let in_body = matches!(param.place, Place::Body | Place::WholeBody);
        let model = match ty {
            Type::Model(index) => self.models.get(*index as usize),
            _ => None,
        };
        let has = |key: &str| model.is_some_and(|model| model.fields.iter().any(|field| field.key == key));
        match (self.forms.rich_text, ty) {
            (Some(RichText::Storage), Type::Model(_)) if in_body && has("storage") => {
                let storage = rich_text::markdown_to_storage(&markdown.text);
                let storage = storage.map_err(|fault| PyValueError::new_err(format!("{label}: {fault}")))?;
                let body = json!({ "representation": "storage", "value": storage });
                // An older API wants each format under its own name.
                Ok(if has("representation") { body } else { json!({ "storage": body }) })
            }
            (Some(RichText::Storage), _) => convert::not_markdown(value, label, ty),
            (Some(RichText::Adf), Type::Any) if in_body => match convert::argument(value, label, self.forms)? {
                Argument::Json(document) => Ok(document),
                _ => convert::not_markdown(value, label, ty),
            },
            _ => convert::not_markdown(value, label, ty),
        }
    }
}

fn put(
    given: &mut [Option<Argument>],
    index: usize,
    params: &[Param],
    value: &Bound<'_, PyAny>,
    scope: &Scope<'_>,
    sources: &mut Sources,
    label: &impl Fn(&str) -> String,
) -> PyResult<()> {
    if let (Some(slot), Some(param)) = (given.get_mut(index), params.get(index)) {
        *slot = Some(match &param.ty {
            Type::Bytes => sources.argument(value, &label(&param.name), false)?,
            Type::List(item) if **item == Type::Bytes => sources.argument(value, &label(&param.name), true)?,
            ty => match value.cast::<Markdown>() {
                Ok(markdown) => Argument::Json(scope.markdown(value, markdown.get(), param, ty, &label(&param.name))?),
                Err(_) => {
                    let in_body = matches!(param.place, Place::Body | Place::WholeBody);
                    let forms = if in_body { scope.forms } else { Forms { rich_text: None, ..scope.forms } };
                    convert::argument(value, &label(&param.name), forms)?
                }
            },
        });
    }
    Ok(())
}

fn has_lookup(operation: OperationRef, context: usize) -> bool {
    operation.product.contexts.get(context).is_some_and(|context| context.lookup.is_some())
}

fn missing_context(operation: OperationRef, param: &Param, context: usize) -> Error {
    let product = operation.product;
    Error::Configuration(match product.contexts.get(context) {
        Some(wanted) => format!(
            "{}: the {} is missing: pass {}=..., or {}(..., {}=...), or set {}; {}",
            operation.name(),
            wanted.noun,
            param.name,
            product.client,
            wanted.argument,
            wanted.env,
            wanted.obtain
        ),
        None => format!("{}: {} is missing", operation.name(), param.name),
    })
}

fn unknown<'a>(name: &str, key: &str, known: impl Iterator<Item = &'a str>, paging: Option<&Paging>) -> PyErr {
    let mut known: Vec<&str> = known.chain(["extra_query", "extra_headers", "extra_body"]).collect();
    if let Some(paging) = paging {
        known.extend(["page_size", "limit", "cursor"]);
        known.extend(paging.partition.is_some().then_some("partitions"));
    }
    let hint = match spelling::nearest(key, &known) {
        Some(nearest) => format!("; did you mean '{nearest}'?"),
        None => format!("; it takes {}", known.join(", ")),
    };
    PyTypeError::new_err(format!("{name}() got an unexpected keyword argument '{key}'{hint}"))
}

fn pairs(value: &Bound<'_, PyAny>, label: &str) -> PyResult<Vec<(String, Value)>> {
    match convert::json(value, label)? {
        Value::Null => Ok(Vec::new()),
        Value::Object(fields) => Ok(fields.into_iter().collect()),
        _ => Err(PyTypeError::new_err(format!("{label}: expected dict, got {}", value.get_type().qualname()?))),
    }
}

fn texts(value: &Bound<'_, PyAny>, label: &str) -> PyResult<Vec<(String, String)>> {
    let mut out = Vec::new();
    for (name, value) in pairs(value, label)? {
        match value {
            Value::String(text) => out.push((name, text)),
            _ => return Err(PyTypeError::new_err(format!("{label}[{name:?}]: expected str"))),
        }
    }
    Ok(out)
}

/// A whole number from `least` on, or None.
pub fn count(value: &Bound<'_, PyAny>, label: &str, least: u64) -> PyResult<Option<u64>> {
    if value.is_none() {
        return Ok(None);
    }
    let number = convert::whole(value, label)?;
    match u64::try_from(number) {
        Ok(number) if number >= least => Ok(Some(number)),
        _ => Err(PyValueError::new_err(format!("{label}: must be {least} or more, got {number}"))),
    }
}
