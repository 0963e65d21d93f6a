//! Roots of trust: an argument before the environment, the environment before the system, the system before Mozilla's in the wheel.

use std::ffi::OsStr;
use std::path::PathBuf;

use reqwest::Certificate;

use super::error::{Error, chain};
use super::settings::Connection;

/// Each replaces the system's roots; the first that is set counts.
const VARIABLES: [&str; 4] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Files and folders that replace the system's roots, and who named them.
pub struct Roots {
    what: String,
    paths: Vec<PathBuf>,
}

/// None leaves the choice to the system.
pub fn chosen(connection: &Connection) -> Result<Option<Roots>, Error> {
    if let Some(path) = &connection.ca_bundle {
        return named("ca_bundle", vec![path.clone()]).map(Some);
    }
    if connection.base_url.scheme() != "https" {
        return Ok(None);
    }
    let set = VARIABLES.iter().find_map(|name| std::env::var_os(name).filter(|value| !value.is_empty()).map(|value| (*name, value)));
    match set {
        Some((name, value)) if connection.trust_env => named(name, paths(name, &value)).map(Some),
        // The platform's verifier would heed the variables by itself.
        Some(_) if cfg!(all(unix, not(target_vendor = "apple"))) => {
            let paths = openssl_probe::candidate_cert_dirs().map(PathBuf::from).collect();
            Ok(Some(Roots { what: "the system's certificates".into(), paths }))
        }
        _ => Ok(None),
    }
}

/// `SSL_CERT_DIR` may be a list, as OpenSSL reads it.
fn paths(variable: &str, value: &OsStr) -> Vec<PathBuf> {
    if variable == "SSL_CERT_DIR" { std::env::split_paths(value).collect() } else { vec![PathBuf::from(value)] }
}

fn named(what: &str, mut paths: Vec<PathBuf>) -> Result<Roots, Error> {
    let all: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.retain(|path| path.is_file() || path.is_dir());
    if paths.is_empty() {
        return Err(Error::Configuration(format!("{what}: {} is neither a file nor a folder", all.join(", "))));
    }
    Ok(Roots { what: what.to_owned(), paths })
}

impl Roots {
    /// Names who is to blame for certificates that cannot be used.
    pub fn blame(&self, fault: Error) -> Error {
        Error::Configuration(format!("{}: {fault}", self.what))
    }
}

pub fn read(roots: &Roots) -> Result<Vec<Certificate>, Error> {
    if roots.paths.is_empty() {
        return bundled();
    }
    let mut certificates = Vec::new();
    for path in &roots.paths {
        let unreadable = |fault: std::io::Error| Error::Configuration(format!("{}: {}: {fault}", roots.what, path.display()));
        let files = if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(unreadable)?;
            entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect()
        } else {
            vec![path.clone()]
        };
        for file in files {
            let text = std::fs::read(&file).map_err(unreadable)?;
            // A folder holds other files too; in all there must be at least one certificate.
            if let Ok(found) = Certificate::from_pem_bundle(&text) {
                certificates.extend(found);
            }
        }
    }
    if certificates.is_empty() {
        let all: Vec<String> = roots.paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Error::Configuration(format!("{}: no certificate in PEM form in {}", roots.what, all.join(", "))));
    }
    Ok(certificates)
}

/// Mozilla's roots, which the wheel carries.
pub fn bundled() -> Result<Vec<Certificate>, Error> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .map(|der| Certificate::from_der(der).map_err(|fault| Error::Configuration(chain(&fault))))
        .collect()
}
