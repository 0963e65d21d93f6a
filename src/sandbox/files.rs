//! What is uploaded is kept, and comes back byte for byte: from the API itself, or by a redirect to a second host, whole or in part.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::base64_text;
use super::call::Call;
use super::reply::{Reply, gateway};
use super::store::State;
use crate::catalog::Body;
use crate::engine::arguments::FORM;

/// One part of a form, or a whole body, as it came.
#[derive(Debug, Clone)]
pub struct Part {
    pub name: String,
    pub file_name: Option<String>,
    pub content_type: String,
    pub content: Bytes,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct File {
    name: String,
    content_type: String,
    #[serde(with = "base64_text")]
    content: Bytes,
    /// Milliseconds since 1970.
    created: i64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Files {
    /// By what they are and their id: "attachment/10001".
    kept: BTreeMap<String, File>,
    last: u64,
}

/// The parts of a `multipart/form-data` body, or the fields of a plain form; None if it is neither.
pub async fn parts(headers: &HeaderMap, body: &Bytes) -> Option<Vec<Part>> {
    let media = headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
    if media.starts_with(FORM) {
        let part = |name: Cow<str>, text: Cow<str>| Part {
            name: name.into_owned(),
            file_name: None,
            content_type: String::new(),
            content: Bytes::from(text.into_owned()),
        };
        return Some(url::form_urlencoded::parse(body).map(|(name, text)| part(name, text)).collect());
    }
    let boundary = multer::parse_boundary(media).ok()?;
    let body = body.clone();
    let mut form = multer::Multipart::new(stream::once(async move { Ok::<_, std::io::Error>(body) }), boundary);
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.ok()? {
        // The other bytes of a name are as they were.
        let plain = |text: &str| text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
        parts.push(Part {
            name: plain(field.name().unwrap_or_default()),
            file_name: field.file_name().map(plain),
            content_type: field.content_type().map(ToString::to_string).unwrap_or_default(),
            content: field.bytes().await.ok()?,
        });
    }
    Some(parts)
}

/// What the second host holds. It knows nobody's credentials, and wants none.
pub fn media(state: &State, path: &str, headers: &HeaderMap) -> Option<Reply> {
    let key = percent_decode_str(path.strip_prefix("/media/")?).decode_utf8_lossy();
    if headers.contains_key(http::header::AUTHORIZATION) {
        return Some(gateway(400, "Only one auth mechanism allowed"));
    }
    Some(state.files.kept.get(&*key).map_or_else(|| gateway(404, "Not Found"), |file| file.part(headers)))
}

/// The handler of operations that keep files or give them back; None: an example is enough.
pub fn handle(state: &mut State, call: &Call) -> Option<Reply> {
    let headers = &call.headers;
    // Both versions of Jira have these.
    let key = call.route.key.replace("/rest/api/2/", "/rest/api/3/");
    let now = state.now();
    match key.as_str() {
        "POST /rest/api/3/universal_avatar/type/{}/owner/{}" => {
            let id = state.files.keep("avatar", call.parts.first()?, now);
            Some(Reply::new(201, json!({"id": id.to_string(), "owner": call.argument(1), "isSystemAvatar": false, "isSelected": false})))
        }
        "GET /rest/api/3/universal_avatar/view/type/{}/avatar/{}" => state.give(&format!("avatar/{}", call.argument(1)), None, headers),
        _ => None,
    }
}

/// The body of an upload without a form, as a part of its own.
pub fn whole(body: Body, headers: &HeaderMap, content: &Bytes) -> Vec<Part> {
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let part = Part { name: String::new(), file_name: None, content_type, content: content.clone() };
    if body == Body::Whole { vec![part] } else { Vec::new() }
}

impl Files {
    /// Keeps what was uploaded as "{kind}/{id}", and tells the id.
    pub fn keep(&mut self, kind: &str, part: &Part, now: i64) -> u64 {
        self.last += 1;
        // Far from the ids that examples have.
        let id = 700_000 + self.last;
        self.kept.insert(format!("{kind}/{id}"), File::new(part, now));
        id
    }

    /// The last number given.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Keeps what was uploaded under a key of its own, in the place of what was there.
    pub fn put(&mut self, key: String, part: &Part, now: i64) {
        self.kept.insert(key, File::new(part, now));
    }

    /// Lets go of what is kept under a key; tells whether there was something.
    pub fn remove(&mut self, key: &str) -> bool {
        self.kept.remove(key).is_some()
    }

    /// The rest of the key, size and time of all whose keys begin so.
    pub fn below(&self, prefix: &str) -> Vec<(String, usize, i64)> {
        let found = self.kept.range(prefix.to_owned()..).map_while(|(key, file)| Some((key.strip_prefix(prefix)?, file)));
        found.map(|(rest, file)| (rest.to_owned(), file.content.len(), file.created)).collect()
    }

    /// Puts all whose keys begin so under another beginning.
    pub fn rename(&mut self, from: &str, to: &str) {
        for (rest, _, _) in self.below(from) {
            if let Some(file) = self.kept.remove(&format!("{from}{rest}")) {
                self.kept.insert(format!("{to}{rest}"), file);
            }
        }
    }

    /// Removes all whose keys begin so.
    pub fn remove_below(&mut self, prefix: &str) {
        self.kept.retain(|key, _| !key.starts_with(prefix));
    }

    /// What was kept under one key is kept under another from now on.
    pub fn move_to(&mut self, from: &str, to: String) {
        if let Some(file) = self.kept.remove(from) {
            self.kept.insert(to, file);
        }
    }
}

impl State {
    /// A file, or the way to it on the second host: the same listener by its other name.
    pub fn give(&self, key: &str, redirect: Option<u16>, headers: &HeaderMap) -> Option<Reply> {
        let file = self.files.kept.get(key)?;
        Some(match redirect {
            None => file.part(headers),
            Some(status) => {
                let elsewhere = self.url.replace("127.0.0.1", "localhost");
                Reply::empty(status).header("location", format!("{elsewhere}/media/{}", utf8_percent_encode(key, NON_ALPHANUMERIC)))
            }
        })
    }
}

impl File {
    fn new(part: &Part, created: i64) -> File {
        let name = part.file_name.clone().unwrap_or_default();
        File { name, content_type: part.content_type.clone(), content: part.content.clone(), created }
    }

    /// The file, or the range of it that is asked for.
    fn part(&self, headers: &HeaderMap) -> Reply {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (tag, modified) = (format!("\"{:016x}\"", super::reply::fnv(&self.content)), super::clock::http(self.created));
        let size = self.content.len();
        let unchanged = text("if-range").is_none_or(|known| known == tag || known == modified);
        let wanted = text("range").filter(|_| unchanged).and_then(|range| {
            let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
            Some((first.parse::<usize>().ok()?, last.parse::<usize>().map_or(size, |last| last.saturating_add(1).min(size))))
        });
        let reply = match wanted {
            Some((first, _)) if first >= size => return Reply::empty(416).header("content-range", format!("bytes */{size}")),
            Some((first, end)) => Reply::file(206, self.content.slice(first..end.max(first)))
                .header("content-range", format!("bytes {first}-{}/{size}", end.max(first + 1) - 1)),
            None => Reply::file(200, self.content.clone()),
        };
        let name = utf8_percent_encode(&self.name, NON_ALPHANUMERIC);
        let kind = if self.content_type.is_empty() { "application/octet-stream" } else { &self.content_type };
        (reply.header("content-type", kind).header("etag", tag).header("last-modified", modified))
            .header("accept-ranges", "bytes")
            .header("content-disposition", format!("attachment; filename*=UTF-8''{name}"))
    }
}
