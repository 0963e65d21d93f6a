//! Credentials, and to whom they may be sent.

use std::sync::Arc;

use base64::Engine as _;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};
use url::{Host, Url};

use super::error::{Error, printable};
use super::token::{Token, TokenSource};
use crate::catalog::{self, Product, Scheme};

/// Something that never shows itself.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// For whoever made it: the source of a token is told which one was refused.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

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

#[derive(Clone)]
pub enum Credential {
    Bearer(Secret),
    Basic {
        user: String,
        secret: Secret,
    },
    /// The secret comes when it is needed. With a user for basic authentication, else it is a bearer token.
    Fetched {
        user: Option<String>,
        source: Arc<TokenSource>,
    },
}

/// What stands behind a credential: a secret, or where it comes from.
pub enum Origin {
    Text(String),
    Source(Arc<TokenSource>),
}

impl Origin {
    fn bearer(self, argument: &str) -> Result<Credential, Error> {
        Ok(match self {
            Origin::Text(text) => Credential::Bearer(Secret::new(&text, argument)?),
            Origin::Source(source) => Credential::Fetched { user: None, source },
        })
    }

    fn basic(self, user: String, argument: &str) -> Result<Credential, Error> {
        Ok(match self {
            Origin::Text(text) => Credential::Basic { user, secret: Secret::new(&text, argument)? },
            Origin::Source(source) => Credential::Fetched { user: Some(user), source },
        })
    }
}

/// What the caller gave, as the kind of credential that the product takes. `at_site`: a site refuses tokens without their user.
pub fn credential(
    wanted: &catalog::Credential,
    user: Option<String>,
    secret: Option<Origin>,
    at_site: bool,
) -> Result<Option<Credential>, Error> {
    let Some(secret) = secret else { return Ok(None) };
    let (Scheme::Basic, Some(setting)) = (wanted.scheme, &wanted.user) else { return secret.bearer(&wanted.argument).map(Some) };
    match user.map(|user| user.trim().to_owned()).filter(|user| !user.is_empty()) {
        Some(user) if user.contains(':') || user.chars().any(char::is_control) => Err(Error::Configuration(format!(
            "{}: a name for basic authentication has neither colons nor control characters",
            setting.argument
        ))),
        Some(user) => secret.basic(user, &wanted.argument).map(Some),
        None if at_site => Err(Error::Configuration(format!(
            "{0} is missing: pass {0}=... or set {1}; a site takes the {2} together with the email address of its account",
            setting.argument, setting.env, wanted.noun
        ))),
        None => secret.bearer(&wanted.argument).map(Some),
    }
}

/// A client without any credential cannot do anything.
pub fn none_given(product: &Product) -> Error {
    let mut ways: Vec<String> = (product.credentials.iter())
        .map(|wanted| format!("pass {}=... or set {} (the {}: {})", wanted.argument, wanted.env, wanted.noun, wanted.obtain))
        .collect();
    ways.extend(product.oauth.is_some().then(|| "pass auth=... for OAuth 2.0".to_owned()));
    Error::Configuration(format!("{}: no key: {}", product.client, ways.join(", or ")))
}

impl Credential {
    /// Refused, though the call cannot be made again: the next one fetches another.
    pub fn spurn(&self, token: &Arc<Token>) {
        if let Credential::Fetched { source, .. } = self {
            source.spurn(token.clone());
        }
    }

    pub fn is_fetched(&self) -> bool {
        matches!(self, Credential::Fetched { .. })
    }

    /// The value of the Authorization header, and the token in it if that was fetched. `refused` is not used once more.
    pub async fn header(&self, refused: Option<&Arc<Token>>) -> Result<(HeaderValue, Option<Arc<Token>>), Error> {
        match self {
            Credential::Bearer(secret) => Ok((bearer(secret)?, None)),
            Credential::Basic { user, secret } => Ok((basic(user, secret)?, None)),
            Credential::Fetched { user, source } => {
                let token = source.token(refused).await?;
                let value = match user {
                    Some(user) => basic(user, &token.secret)?,
                    None => bearer(&token.secret)?,
                };
                Ok((value, Some(token)))
            }
        }
    }
}

fn bearer(secret: &Secret) -> Result<HeaderValue, Error> {
    sensitive(format!("Bearer {}", secret.0))
}

fn basic(user: &str, secret: &Secret) -> Result<HeaderValue, Error> {
    sensitive(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", secret.0))))
}

/// Marked so that no log shows it.
fn sensitive(text: String) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(text).map_err(|_| Error::Configuration("the credential cannot stand in a header".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The scopes that a refusal names, as RFC 6750 has it.
pub fn lacking_scopes(headers: &HeaderMap) -> Option<String> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (_, rest) = challenge.split_once("scope=\"")?;
    rest.split('"').next().map(|scopes| printable(scopes, 500))
}

/// Whether the refusal means that the token is good but lacks a scope: another token of its kind would lack it too.
pub fn lacks_scope(headers: &HeaderMap, body: &[u8]) -> bool {
    let challenge = headers.get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    challenge.contains("insufficient_scope") || memchr::memmem::find(body, b"scope does not match").is_some()
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
