//! Credentials, and to whom they may be sent.

use base64::Engine as _;
use http::HeaderValue;
use url::{Host, Url};

use super::error::Error;
use crate::catalog::{self, Product, Scheme};

/// Something that never shows itself.
#[derive(Clone)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Secret {
    /// Trims what copying leaves around a token; `argument` names the culprit if it holds a control character.
    pub fn new(text: &str, argument: &str) -> Result<Self, Error> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Error::Configuration(format!("{argument} is empty")));
        }
        if let Some((index, _)) = trimmed.char_indices().find(|(_, c)| c.is_control()) {
            return Err(Error::Configuration(format!(
                "{argument} has a control character after {index} bytes; it was probably copied together with something else"
            )));
        }
        if !trimmed.is_ascii() {
            return Err(Error::Configuration(format!("{argument} has a character outside ASCII, which no Atlassian key has")));
        }
        Ok(Secret(trimmed.to_owned()))
    }
}

#[derive(Clone, Debug)]
pub enum Credential {
    Bearer(Secret),
    Basic { user: String, secret: Secret },
}

/// What the caller gave, as the kind of credential that the product takes. `at_site`: a site refuses tokens without their user.
pub fn credential(
    wanted: &catalog::Credential,
    user: Option<String>,
    secret: Option<String>,
    at_site: bool,
) -> Result<Option<Credential>, Error> {
    let Some(secret) = secret else { return Ok(None) };
    let secret = Secret::new(&secret, &wanted.argument)?;
    let (Scheme::Basic, Some(setting)) = (wanted.scheme, &wanted.user) else { return Ok(Some(Credential::Bearer(secret))) };
    match user.map(|user| user.trim().to_owned()).filter(|user| !user.is_empty()) {
        Some(user) if user.contains(':') || user.chars().any(char::is_control) => Err(Error::Configuration(format!(
            "{}: a name for basic authentication has neither colons nor control characters",
            setting.argument
        ))),
        Some(user) => Ok(Some(Credential::Basic { user, secret })),
        None if at_site => Err(Error::Configuration(format!(
            "{0} is missing: pass {0}=... or set {1}; a site takes the {2} together with the email address of its account",
            setting.argument, setting.env, wanted.noun
        ))),
        None => Ok(Some(Credential::Bearer(secret))),
    }
}

/// A client without any credential cannot do anything.
pub fn none_given(product: &Product) -> Error {
    let ways: Vec<String> = (product.credentials.iter())
        .map(|wanted| format!("pass {}=... or set {} (the {}: {})", wanted.argument, wanted.env, wanted.noun, wanted.obtain))
        .collect();
    Error::Configuration(format!("{}: no key: {}", product.client, ways.join(", or ")))
}

impl Credential {
    /// The value of the Authorization header, marked so that no log shows it.
    pub fn header(&self) -> Result<HeaderValue, Error> {
        let text = match self {
            Credential::Bearer(secret) => format!("Bearer {}", secret.0),
            Credential::Basic { user, secret } => {
                format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", secret.0)))
            }
        };
        let mut value = HeaderValue::try_from(text).map_err(|_| Error::Configuration("the credential cannot stand in a header".into()))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A credential goes over https, or stays on this machine.
pub fn may_carry_credentials(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_trimmed_checked_and_hidden() {
        let secret = Secret::new(" abc\n", "token").unwrap();
        assert_eq!(secret.0, "abc");
        assert_eq!(format!("{secret:?}"), "***");
        assert!(Secret::new("a\nb", "token").is_err());
        assert!(Secret::new("  ", "token").is_err());
        assert!(!format!("{:?}", Credential::Bearer(secret)).contains("abc"));
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for (url, allowed) in [
            ("https://api.atlassian.com", true),
            ("http://127.0.0.1:80", true),
            ("http://[::1]:80", true),
            ("http://localhost", true),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(may_carry_credentials(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }
}
