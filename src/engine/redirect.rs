//! Where a redirect may lead: on to the same server, or, for bytes alone, to another one that is told no credential.

use http::Method;
use url::Url;

use super::auth::is_loopback;
use super::request::Request;
use super::transport::Answer;

/// Longer chains are no way to an answer.
pub const MOST_HOPS: usize = 5;

pub struct Hop {
    pub url: String,
    /// The same server: it may see the credential once more.
    pub same_server: bool,
}

/// The next address, if the answer names one that may be gone to. A change is never repeated: only 303 follows one, with a GET.
pub fn next(request: &Request, method: &Method, url: &str, answer: &Answer) -> Option<Hop> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if !(answer.status == 303 || reads && matches!(answer.status, 301 | 302 | 307 | 308)) {
        return None;
    }
    let from = Url::parse(url).ok()?;
    let to = from.join(answer.headers.get("location")?.to_str().ok()?).ok()?;
    let same_server = from.origin() == to.origin();
    let may_leave = reads && request.returns_bytes() && (to.scheme() == "https" || (to.scheme() == "http" && is_loopback(&to)));
    (same_server || may_leave).then(|| Hop { url: to.into(), same_server })
}
