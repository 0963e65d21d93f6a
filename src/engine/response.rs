//! An answer, read whole and bounded.

use std::time::Duration;

use http::HeaderMap;

use crate::document::Body;

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub method: String,
    pub url: String,
    pub body: Body,
    /// Bytes of the body, also where it was let go.
    pub size: usize,
    /// From the first attempt to the last byte.
    pub elapsed: Duration,
    /// It comes from another host, where the credential was not carried.
    pub left_credential: bool,
    pub attempts: Vec<Attempt>,
}

/// One try, for the log.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// "503", or what failed.
    pub outcome: String,
    /// Before the next one.
    pub wait: Option<Duration>,
}

const REQUEST_ID_HEADERS: &[&str] = &["atl-traceid", "atl-request-id", "x-arequestid", "x-request-id", "x-trace-id"];

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Atlassian's name for this request, for their support.
    pub fn request_id(&self) -> Option<&str> {
        REQUEST_ID_HEADERS.iter().find_map(|name| self.header(name))
    }

    /// None when the server named no type.
    pub fn is_json(&self) -> Option<bool> {
        let kind = self.header("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
        Some(kind.ends_with("/json") || kind.ends_with("+json") || kind.ends_with("/x-json"))
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The same without its body.
    pub fn without_body(&self) -> Self {
        Response { body: Body::default(), ..self.clone() }
    }

    /// The first printable part of the body in one line.
    pub fn excerpt(&self) -> Option<String> {
        const LENGTH: usize = 300;
        let head = self.body.get(..self.body.len().min(4 * LENGTH))?;
        let text: String = String::from_utf8_lossy(head).split_whitespace().collect::<Vec<_>>().join(" ");
        let text: String = text.chars().filter(|c| !c.is_control()).take(LENGTH).collect();
        let cut = self.body.len() > head.len() || text.chars().count() == LENGTH;
        (!text.is_empty()).then(|| if cut { format!("{text}…") } else { text })
    }
}
