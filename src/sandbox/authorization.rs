//! The authorization servers: consent, token requests, and who may do what with which credential.

use std::collections::HashMap;

use base64::Engine as _;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::reply::{Reply, fnv, gateway, uuid};
use super::seed::{self, oauth};

const HOUR: i64 = 3_600_000;
/// A rotated refresh token is taken once more for so long, for answers that were lost.
const LEEWAY: i64 = 600_000;
const CODE_LIFE: i64 = 300_000;
/// A refresh token that nobody uses ends.
const IDLE: i64 = 90 * 24 * HOUR;
/// So do all that came of one consent, used or not.
const CONSENT_LIFE: i64 = 365 * 24 * HOUR;

/// Which server a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Issuer {
    Atlassian,
    Bitbucket,
}

#[derive(Debug, Clone)]
struct Access {
    issuer: Issuer,
    ends: i64,
    scopes: Vec<String>,
}

#[derive(Debug, Clone)]
struct Refresh {
    scopes: Vec<String>,
    made: i64,
    /// When the consent was given that it goes back to.
    consented: i64,
    /// When it was exchanged for the next one.
    rotated: Option<i64>,
}

#[derive(Debug, Clone)]
struct Code {
    redirect_uri: String,
    scopes: Vec<String>,
    ends: i64,
}

/// What was granted in this box.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    codes: HashMap<String, Code>,
    refresh: HashMap<String, Refresh>,
    access: HashMap<String, Access>,
    count: u64,
}

/// Who speaks: a credential that the box knows, with its scopes if it has any.
pub enum Holder<'a> {
    /// An API token without scopes, with its account's email address.
    Account,
    /// An API token with scopes, of an account or a service account.
    Scoped(Vec<&'a str>),
    /// A token of Atlassian's authorization server.
    OAuth(Vec<&'a str>),
    /// An API token for Bitbucket, or a token of an OAuth consumer.
    Bitbucket,
    /// An access token of one repository.
    Repository,
    Unknown,
}

impl Grants {
    /// Answers for the authorization servers; None: the path is not theirs.
    pub fn answer(&mut self, now: i64, method: &str, path: &str, query: &str, headers: &HeaderMap, body: &[u8]) -> Option<Reply> {
        match (method, path) {
            ("GET", "/authorize") => Some(self.consent(now, &pairs(query.as_bytes()))),
            ("POST", "/oauth/token") => Some(self.token(now, &fields(headers, body))),
            ("POST", "/site/oauth2/access_token") => Some(self.consumer(now, headers, &fields(headers, body))),
            ("GET", "/oauth/token/accessible-resources") => Some(self.resources(now, headers)),
            _ => None,
        }
    }

    /// Whose credential the request carries.
    /// `expired`: the keys that the box began with are no longer good.
    pub fn holder(&self, now: i64, expired: bool, headers: &HeaderMap) -> Holder<'_> {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.split_once(' '));
        let Some((scheme, text)) = given else { return Holder::Unknown };
        if scheme.eq_ignore_ascii_case("basic") {
            return match decoded(text).as_deref().and_then(|text| text.split_once(':')) {
                _ if expired => Holder::Unknown,
                Some((seed::EMAIL, seed::API_TOKEN)) => Holder::Account,
                Some((seed::EMAIL, seed::SCOPED_API_TOKEN)) => Holder::Scoped(seed::SCOPES.to_vec()),
                Some((seed::EMAIL, seed::BITBUCKET_API_TOKEN)) => Holder::Bitbucket,
                _ => Holder::Unknown,
            };
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Holder::Unknown;
        }
        match self.access.get(text) {
            _ if text == seed::BITBUCKET_ACCESS_TOKEN => {
                if expired {
                    Holder::Unknown
                } else {
                    Holder::Repository
                }
            }
            Some(access) if access.ends <= now => Holder::Unknown,
            Some(Access { issuer: Issuer::Bitbucket, .. }) => Holder::Bitbucket,
            Some(access) => Holder::OAuth(access.scopes.iter().map(String::as_str).collect()),
            None => Holder::Unknown,
        }
    }

    /// The user says yes at once, and returns.
    fn consent(&mut self, now: i64, query: &HashMap<String, String>) -> Reply {
        let get = |name: &str| query.get(name).map_or("", String::as_str);
        let redirect_uri = get("redirect_uri");
        let sound = get("client_id") == oauth::CLIENT_ID
            && get("audience") == "api.atlassian.com"
            && get("response_type") == "code"
            && url::Url::parse(redirect_uri).is_ok();
        if !sound {
            return Reply::new(
                400,
                json!({"error": "invalid_request", "error_description": "client_id, audience, response_type or redirect_uri is wrong"}),
            );
        }
        let code = self.made("code", now);
        let scopes = get("scope").split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        let back =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("code", &code).append_pair("state", get("state")).finish();
        let location = format!("{redirect_uri}{}{back}", if redirect_uri.contains('?') { '&' } else { '?' });
        self.codes.insert(code, Code { redirect_uri: redirect_uri.to_owned(), scopes, ends: now + CODE_LIFE });
        Reply::empty(302).header("location", location)
    }

    fn token(&mut self, now: i64, form: &HashMap<String, String>) -> Reply {
        let get = |name: &str| form.get(name).map_or("", String::as_str);
        let application = (get("client_id"), get("client_secret"));
        let user_application = application == (oauth::CLIENT_ID, oauth::CLIENT_SECRET);
        let service_account = application == (oauth::SERVICE_CLIENT_ID, oauth::SERVICE_CLIENT_SECRET);
        match get("grant_type") {
            _ if !user_application && !service_account => refusal(401, "access_denied", "Unauthorized"),
            "client_credentials" if service_account => {
                self.granted(now, Issuer::Atlassian, seed::SCOPES.iter().map(|scope| (*scope).to_owned()).collect(), None)
            }
            "authorization_code" if user_application => match self.codes.remove(get("code")) {
                Some(code) if now < code.ends && code.redirect_uri == get("redirect_uri") => {
                    let offline = code.scopes.iter().any(|scope| scope == "offline_access");
                    self.granted(now, Issuer::Atlassian, code.scopes, offline.then_some(now))
                }
                _ => refusal(403, "invalid_grant", "Invalid authorization code"),
            },
            "refresh_token" if user_application => {
                let known = self.refresh.get_mut(get("refresh_token"));
                match known.filter(|token| token.rotated.is_none_or(|moment| now - moment < LEEWAY)) {
                    Some(token) if now - token.made >= IDLE || now - token.consented >= CONSENT_LIFE => {
                        refusal(403, "invalid_grant", "Unknown or invalid refresh token.")
                    }
                    Some(token) => {
                        token.rotated.get_or_insert(now);
                        let (scopes, consented) = (token.scopes.clone(), token.consented);
                        self.granted(now, Issuer::Atlassian, scopes, Some(consented))
                    }
                    None => refusal(403, "unauthorized_client", "refresh_token is invalid"),
                }
            }
            _ => refusal(403, "unauthorized_client", "Grant type not allowed for the client."),
        }
    }

    fn consumer(&mut self, now: i64, headers: &HeaderMap, form: &HashMap<String, String>) -> Reply {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.strip_prefix("Basic "));
        let known = format!("{}:{}", oauth::CONSUMER_KEY, oauth::CONSUMER_SECRET);
        if given.and_then(decoded).as_deref() != Some(known.as_str()) {
            return refusal(401, "unauthorized_client", "Invalid OAuth client credentials");
        }
        if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
            return refusal(400, "unsupported_grant_type", "Unsupported grant type");
        }
        self.granted(now, Issuer::Bitbucket, vec!["repository".to_owned(), "pullrequest:write".to_owned()], Some(now))
    }

    fn resources(&self, now: i64, headers: &HeaderMap) -> Reply {
        match self.holder(now, true, headers) {
            Holder::OAuth(scopes) => Reply::ok(json!([
                {"id": seed::CLOUD_ID, "url": seed::SITE_URL, "name": seed::SITE_NAME, "scopes": scopes, "avatarUrl": ""},
            ])),
            _ => gateway(401, "Unauthorized"),
        }
    }

    /// `consented`: the token can be renewed, as long as the consent of that moment is good.
    fn granted(&mut self, now: i64, issuer: Issuer, scopes: Vec<String>, consented: Option<i64>) -> Reply {
        let life = if issuer == Issuer::Bitbucket { 2 * HOUR } else { HOUR };
        let scopes_key = if issuer == Issuer::Bitbucket { "scopes" } else { "scope" };
        let access = self.made("access", now);
        let refresh = consented.map(|consented| (self.made("refresh", now), consented));
        let mut body = json!({"access_token": access, "expires_in": life / 1_000, "token_type": "Bearer", scopes_key: scopes.join(" ")});
        if let (Some((refresh, consented)), Some(fields)) = (refresh, body.as_object_mut()) {
            fields.insert("refresh_token".to_owned(), Value::from(refresh.as_str()));
            self.refresh.insert(refresh, Refresh { scopes: scopes.clone(), made: now, consented, rotated: None });
        }
        self.access.insert(access, Access { issuer, ends: now + life, scopes });
        Reply::ok(body)
    }

    fn made(&mut self, kind: &str, now: i64) -> String {
        self.count += 1;
        format!("sandbox-{kind}-{}", uuid(fnv(kind.as_bytes()) ^ self.count, now.unsigned_abs()))
    }
}

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    Reply::new(status, json!({"error": error, "error_description": description}))
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?).ok()
}

fn pairs(form: &[u8]) -> HashMap<String, String> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

/// Forms and JSON are taken alike.
fn fields(headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    let media = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media.starts_with("application/json") { serde_json::from_slice(body).unwrap_or_default() } else { pairs(body) }
}
