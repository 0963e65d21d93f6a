//! How a client is set up: what belongs to its connections, and what each call may change.

use std::path::PathBuf;
use std::time::Duration;

use http::HeaderMap;
use url::Url;

use super::auth::{is_loopback, may_carry_credentials};
use super::error::Error;
use crate::catalog::{Product, Setting};

pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
pub const DEFAULT_READ_TIMEOUT: Duration = Duration::from_secs(60);
pub const DEFAULT_MAX_RETRIES: u32 = 4;
pub const DEFAULT_MAX_RESPONSE_BYTES: u64 = 128 << 20;

/// What a change of needs new connections.
#[derive(Clone, Debug)]
pub struct Connection {
    pub base_url: Url,
    /// The caller named the address: everything goes there, also what lives elsewhere at Atlassian's.
    pub given: bool,
    pub connect_timeout: Duration,
    /// Between two pieces of an answer.
    pub read_timeout: Duration,
    pub proxy: Option<String>,
    /// Where the site answers for itself, if it is known; elsewhere it is found by its credential.
    pub site: Option<String>,
    /// All calls go through the product's gateway.
    pub gateway: bool,
    /// Proxies and certificate files may come from the environment.
    pub trust_env: bool,
    pub ca_bundle: Option<PathBuf>,
    pub verify: bool,
}

impl Connection {
    /// To the address that the caller named, else to the product's gateway or its own address, with the site in it.
    /// `site_known`: the credential or the caller tells the site, so that a gateway needs no name for it.
    pub fn of(product: &Product, base_url: Option<String>, site: Option<String>, gateway: bool, site_known: bool) -> Result<Self, Error> {
        let site = site.filter(|site| !site.trim().is_empty());
        let address = |setting: &Setting| Ok::<_, Error>(product.base_url.replace("{site}", &site_name(setting, site.clone())?));
        match (base_url, &product.site, product.gateway.as_ref().filter(|_| gateway)) {
            (Some(base_url), _, None) => Connection::new(&base_url),
            (Some(base_url), _, Some(_)) => {
                let connection = Connection::new(&base_url)?;
                Ok(Connection { site: (site.is_some() || !site_known).then(|| connection.root().to_owned()), gateway, ..connection })
            }
            (None, Some(setting), Some(way)) => {
                let site = if site.is_some() || !site_known { Some(address(setting)?) } else { None };
                Ok(Connection { given: false, site, gateway, ..Connection::new(&way.base_url)? })
            }
            (None, Some(setting), None) => Ok(Connection { given: false, ..Connection::new(&address(setting)?)? }),
            (None, None, _) => Ok(Connection { given: false, ..Connection::new(&product.base_url)? }),
        }
    }

    pub fn new(base_url: &str) -> Result<Self, Error> {
        let shown = || shown(base_url);
        let url = Url::parse(base_url.trim()).map_err(|fault| {
            Error::Configuration(format!("base_url: expected an address such as https://api.example.com, got {}: {fault}", shown()))
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(Error::Configuration(format!("base_url: expected http:// or https:// and a host, got {}", shown())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Configuration(
                "base_url: must not carry a user name or password; pass the credential as an argument".into(),
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Error::Configuration(format!("base_url: must not carry a query or a fragment, got {}", shown())));
        }
        Ok(Connection {
            base_url: url,
            given: true,
            site: None,
            gateway: false,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            read_timeout: DEFAULT_READ_TIMEOUT,
            proxy: None,
            trust_env: true,
            ca_bundle: None,
            verify: true,
        })
    }

    /// A server on this machine is never asked for through a proxy of the environment.
    pub fn ignores_proxies(&self) -> bool {
        self.proxy.is_none() && (!self.trust_env || is_loopback(&self.base_url))
    }

    /// A whole address, parsed. Of one below the root only what is new is looked at.
    pub fn address(&self, url: &str) -> Option<Url> {
        let below = url.strip_prefix(self.root()).filter(|below| below.starts_with('/') && self.base_url.path() == "/");
        let Some(below) = below else { return Url::parse(url).ok() };
        let (path, query) = below.split_once('?').map_or((below, None), |(path, query)| (path, Some(query)));
        let mut address = self.base_url.clone();
        address.set_path(path);
        address.set_query(query);
        Some(address)
    }

    /// The base without its last slash: paths begin with one.
    pub fn root(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }
}

/// An address in a complaint: what may hold a password or a key is not repeated.
fn shown(address: &str) -> String {
    if address.contains('@') {
        return "an address with a user name".to_owned();
    }
    match address.split_once(['?', '#']) {
        Some((bare, _)) => format!("{bare:?} with a query or a fragment"),
        None => format!("{address:?}"),
    }
}

/// "acme", "acme.atlassian.net" and "https://acme.atlassian.net/wiki" are one site.
fn site_name(setting: &Setting, given: Option<String>) -> Result<String, Error> {
    let Setting { argument, env } = setting;
    let Some(given) = given.filter(|given| !given.trim().is_empty()) else {
        return Err(Error::Configuration(format!(
            "{argument} is missing: pass {argument}=... or set {env}; it is the first part of the address, as in https://acme.atlassian.net"
        )));
    };
    let host = given.trim().trim_start_matches("https://").split('/').next().unwrap_or_default().to_ascii_lowercase();
    let name = host.strip_suffix(".atlassian.net").unwrap_or(&host);
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(Error::Configuration(format!(
            "{argument}: expected a name such as \"acme\", or https://acme.atlassian.net, got {}; another address goes into base_url",
            shown(&given)
        )));
    }
    Ok(name.to_owned())
}

/// What a call may change without new connections.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For the whole call: all attempts and the waits between them.
    pub timeout: Duration,
    pub max_retries: u32,
    pub max_response_bytes: u64,
    pub headers: HeaderMap,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            timeout: DEFAULT_TIMEOUT,
            max_retries: DEFAULT_MAX_RETRIES,
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            headers: HeaderMap::new(),
        }
    }
}

/// Refuses to send what is secret over plain http to another machine, be it a server or a proxy.
pub fn check_credentials(connection: &Connection, has_credentials: bool) -> Result<(), Error> {
    if !has_credentials || connection.base_url.scheme() == "https" {
        return Ok(());
    }
    let proxy_elsewhere = connection.proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok()).is_some_and(|proxy| !is_loopback(&proxy));
    if proxy_elsewhere || !may_carry_credentials(&connection.base_url) {
        return Err(Error::Configuration(format!(
            "base_url: {} is plain http, over which no credential is sent; use https (http is for this machine only, without a proxy)",
            connection.base_url
        )));
    }
    Ok(())
}
