//! The private handle behind the Python clients.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use serde_json::Value;

use super::convert;
use super::errors;
use super::service::{self, Face, Service};
use super::token::NativeTokenSource;
use super::upload::Sources;
use crate::catalog::{self, Context};
use crate::engine::arguments::MOST_HEADERS;
use crate::engine::auth::{self, Credential, Origin};
use crate::engine::settings::{Connection, Settings};
use crate::engine::{Client, arguments};

#[pyclass(frozen, weakref, module = "atlassian_cloud._native", name = "Client")]
pub struct NativeClient {
    client: Client,
}

#[pymethods]
impl NativeClient {
    /// `given`: site, credentials and contexts by constructor keyword, a credential as text or as where it comes from;
    /// `options` as the Python clients take them.
    #[new]
    fn new(py: Python<'_>, product: &str, given: &Bound<'_, PyDict>, gateway: bool, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        // Before anything can go wrong: later there may be no file left to open.
        py.import("atlassian_cloud.errors")?;
        let facts = catalog::product(product).ok_or_else(|| PyValueError::new_err(format!("no product {product:?}")))?;
        let gateway = gateway && facts.gateway.is_some();
        let argument = |name: &str| text(given.get_item(name)?, name);
        let base_url = text(options.get_item("base_url")?, "base_url")?;
        let mut secrets = Vec::new();
        for wanted in &facts.credentials {
            let user = wanted.user.as_ref().map(|user| argument(&user.argument)).transpose()?.flatten();
            let secret = origin(given.get_item(&wanted.argument)?, &wanted.argument)?;
            let at_site = facts.site.is_some() && base_url.is_none() && !gateway;
            secrets.push(auth::credential(wanted, user, secret, at_site).map_err(|fault| errors::raise(py, fault))?);
        }
        if secrets.iter().all(Option::is_none) {
            return Err(errors::raise(py, auth::none_given(facts)));
        }
        let mut known = Vec::new();
        for context in &facts.contexts {
            known.push(argument(&context.argument)?);
        }
        let known = facts.contexts.iter().map(|context| argument(&context.argument)).collect::<PyResult<Vec<_>>>()?;
        let site = facts.site.as_ref().map(|site| argument(&site.argument)).transpose()?.flatten();
        // A bearer token may be asked for its sites; others must be told.
        let tells_sites =
            secrets.iter().flatten().any(|secret| matches!(secret, Credential::Bearer(_) | Credential::Fetched { user: None, .. }));
        let names_site = |context: &Context| facts.gateway.as_ref().is_some_and(|way| way.path.ends_with(&format!("{{{}}}", context.path)));
        let told = facts.contexts.iter().zip(&known).any(|(context, value)| value.is_some() && names_site(context));
        let site_known = tells_sites || told;
        let mut connection = Connection::of(facts, base_url, site, gateway, site_known).map_err(|fault| errors::raise(py, fault))?;
        let settings = set_up(&mut connection, options)?;
        let client = Client::new(facts, connection, settings, secrets, known).map_err(|fault| errors::raise(py, fault))?;
        Ok(NativeClient { client })
    }

    /// A client for free requests alone, of a server that belongs to no product.
    #[staticmethod]
    fn of_server(
        py: Python<'_>,
        base_url: &str,
        source: Option<Bound<'_, NativeTokenSource>>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        py.import("atlassian_cloud.errors")?;
        let mut connection = Connection::new(base_url).map_err(|fault| errors::raise(py, fault))?;
        let settings = set_up(&mut connection, options)?;
        let credential = source.map(|source| Credential::Fetched { user: None, source: source.get().source.clone() });
        let client = Client::of_server(connection, settings, credential).map_err(|fault| errors::raise(py, fault))?;
        Ok(NativeClient { client })
    }

    /// POST a form without the client's credential; `repeatable` if a second one does no harm.
    fn post_form<'py>(
        &self,
        py: Python<'py>,
        path: &str,
        fields: BTreeMap<String, String>,
        headers: Option<Bound<'py, PyAny>>,
        repeatable: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let headers = headers.map(|headers| header_pairs(&headers, "headers")).transpose()?.unwrap_or_default();
        let request = arguments::form(path, &fields, headers, repeatable).map_err(|fault| errors::raise(py, fault))?;
        service::send(py, &self.client, request, Sources::default(), Face::Sync)
    }

    /// A copy with other per-call settings that shares the connections.
    fn with_options(&self, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut settings = (*self.client.settings).clone();
        for (name, value) in options {
            if !value.is_none() {
                apply(&mut settings, name.extract()?, &value)?;
            }
        }
        Ok(NativeClient { client: self.client.with_settings(settings) })
    }

    fn service<'py>(&self, py: Python<'py>, index: usize, awaiting: bool, view: &str) -> PyResult<Bound<'py, PyAny>> {
        Service::of_class(py, self.client.clone(), index, Face::named(awaiting, view)?)
    }

    #[allow(clippy::too_many_arguments)]
    fn request<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyAny>,
        path: &Bound<'py, PyAny>,
        query: Option<Bound<'py, PyAny>>,
        json: Option<Bound<'py, PyAny>>,
        headers: Option<Bound<'py, PyAny>>,
        awaiting: bool,
        view: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let method = convert::text(method, "request: method")?;
        let path = convert::text(path, "request: path")?;
        let query = match query {
            Some(query) => match convert::json(&query, "request: query")? {
                Value::Object(fields) => fields.into_iter().collect(),
                _ => return Err(convert::not_taken(&query, "request: query", "dict")),
            },
            None => Vec::new(),
        };
        let body = json.map(|json| convert::json(&json, "request: json")).transpose()?;
        let headers = headers.map(|headers| header_pairs(&headers, "request: headers")).transpose()?.unwrap_or_default();
        let request = arguments::free(&method, &path, query, body, headers).map_err(|fault| errors::raise(py, fault))?;
        service::send(py, &self.client, request, Sources::default(), Face::named(awaiting, view)?)
    }

    fn close(&self) {
        self.client.close();
    }

    /// Seconds that a whole call may take.
    #[getter]
    fn timeout(&self) -> f64 {
        self.client.settings.timeout.as_secs_f64()
    }

    #[getter]
    fn base_url(&self) -> &str {
        self.client.base_url()
    }
}

fn set_up(connection: &mut Connection, options: &Bound<'_, PyDict>) -> PyResult<Settings> {
    let mut settings = Settings::default();
    for (name, value) in options {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        match name.as_str() {
            "base_url" => {}
            "connect_timeout" => connection.connect_timeout = seconds(&value, &name)?,
            "read_timeout" => connection.read_timeout = seconds(&value, &name)?,
            "proxy" => connection.proxy = text(Some(value), &name)?,
            "trust_env" => connection.trust_env = flag(&value, &name)?,
            "verify" => connection.verify = flag(&value, &name)?,
            "ca_bundle" => {
                let path: PathBuf = value.extract().map_err(|_| convert::not_taken(&value, &name, "str or path"))?;
                connection.ca_bundle = Some(path);
            }
            _ => apply(&mut settings, &name, &value)?,
        }
    }
    Ok(settings)
}

fn origin(value: Option<Bound<'_, PyAny>>, name: &str) -> PyResult<Option<Origin>> {
    if let Some(Ok(source)) = value.as_ref().map(|value| value.cast::<NativeTokenSource>()) {
        return Ok(Some(Origin::Source(source.get().source.clone())));
    }
    if let Some(function) = value.as_ref().filter(|value| value.is_callable()) {
        let made = function.py().import("atlassian_cloud._tokens")?.call_method1("source_of_function", (name, function))?;
        return Ok(Some(Origin::Source(made.cast::<NativeTokenSource>()?.get().source.clone())));
    }
    Ok(text(value, name)?.map(Origin::Text))
}

fn apply(settings: &mut Settings, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "timeout" => settings.timeout = seconds(value, name)?,
        "max_retries" => settings.max_retries = u32::try_from(whole(value, name)?).unwrap_or(u32::MAX),
        "max_response_bytes" => settings.max_response_bytes = whole(value, name)?.max(1),
        "headers" => {
            let mut headers = HeaderMap::new();
            for (key, text) in header_pairs(value, name)?.into_iter().take(MOST_HEADERS + 1) {
                let key_name =
                    HeaderName::try_from(key.as_str()).map_err(|_| PyValueError::new_err(format!("{name}: {key:?} is no header name")))?;
                arguments::refuse_framing(&key_name).map_err(|text| PyValueError::new_err(format!("{name}: {text}")))?;
                let mut text = HeaderValue::try_from(text)
                    .map_err(|_| PyValueError::new_err(format!("{name}[{key:?}]: control characters cannot stand in a header")))?;
                text.set_sensitive(true);
                headers.insert(key_name, text);
            }
            settings.headers.extend(headers);
            if settings.headers.len() > MOST_HEADERS {
                return Err(PyValueError::new_err(format!("{name}: more than {MOST_HEADERS} headers")));
            }
        }
        _ => return Err(PyTypeError::new_err(format!("unknown option {name:?}"))),
    }
    Ok(())
}

fn text(value: Option<Bound<'_, PyAny>>, name: &str) -> PyResult<Option<String>> {
    match value {
        None => Ok(None),
        Some(value) if value.is_none() => Ok(None),
        Some(value) => convert::text(&value, name).map(Some),
    }
}

fn flag(value: &Bound<'_, PyAny>, name: &str) -> PyResult<bool> {
    value.cast::<PyBool>().map(|flag| flag.is_true()).map_err(|_| convert::not_taken(value, name, "bool"))
}

fn whole(value: &Bound<'_, PyAny>, name: &str) -> PyResult<u64> {
    let number = convert::whole(value, name)?;
    u64::try_from(number).map_err(|_| PyValueError::new_err(format!("{name}: must be 0 or more, got {number}")))
}

fn seconds(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    const EXPECTED: &str = "seconds as int or float";
    if value.is_instance_of::<PyBool>() {
        return Err(convert::not_taken(value, name, EXPECTED));
    }
    let number: f64 = value.extract().map_err(|_| convert::not_taken(value, name, EXPECTED))?;
    // Ten years stand for ever: clocks cannot count much further.
    if number.is_nan() || number <= 0.0 {
        return Err(PyValueError::new_err(format!("{name}: must be more than 0 seconds, got {number}")));
    }
    Ok(Duration::from_secs_f64(number.min(3.2e8)))
}

fn header_pairs(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<(String, String)>> {
    match convert::json(value, name)? {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, text)| match text {
                Value::String(text) => Ok((key, text)),
                _ => Err(PyTypeError::new_err(format!("{name}[{key:?}]: expected str"))),
            })
            .collect(),
        _ => Err(convert::not_taken(value, name, "dict")),
    }
}
