//! Faults on demand: what goes wrong between a server and its client, ordered beforehand.

use serde::Deserialize;

/// One order. It waits in a queue until a request matches, `times` times.
#[derive(Debug, Clone, Deserialize)]
pub struct Fault {
    /// Only requests of this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path with query contains this text.
    #[serde(default)]
    pub path: Option<String>,
    /// Let so many matching requests pass first.
    #[serde(default)]
    pub after: u64,
    /// How many requests it hits; 0 means every one until `reset`.
    #[serde(default = "once")]
    pub times: u64,
    /// Carry the request out before the fault shows.
    #[serde(default)]
    pub execute: bool,
    #[serde(flatten)]
    pub kind: Kind,
}

fn once() -> u64 {
    1
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The answer comes late, and is the real one.
    Delay { ms: u64 },
    /// This answer instead of the real one.
    Respond(Canned),
    /// The connection ends.
    Drop { when: When },
    /// One byte per interval, for ever: the real body, then blanks.
    Drip { interval_ms: u64 },
    /// A compressed body of a few kilobytes that unpacks to so many bytes.
    GzipBomb {
        bytes: u64,
        #[serde(default = "ok")]
        status: u16,
    },
    /// A page without items whose cursor leads on; only of paged operations.
    EmptyPage,
}

fn ok() -> u16 {
    200
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canned {
    #[serde(default = "ok")]
    pub status: u16,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Base64 of the body; left out: the gateway's JSON for this status.
    #[serde(default)]
    pub body: Option<String>,
    /// A body of so many bytes of JSON instead.
    #[serde(default)]
    pub body_size: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// After the head, before the body is read: nothing is carried out.
    Before,
    /// The request is read and carried out, nothing is answered.
    After,
    /// Half of the real answer is sent.
    Midbody,
}

impl Fault {
    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|wanted| {
                // As sent, or as meant: an account id is `712020%3A…` in the one and `712020:…` in the other.
                path.contains(wanted) || percent_encoding::percent_decode_str(path).decode_utf8_lossy().contains(wanted)
            })
    }

    /// Whether the request reaches the handlers.
    pub fn executes(&self) -> bool {
        match &self.kind {
            Kind::Delay { .. } | Kind::EmptyPage | Kind::Drip { .. } => true,
            Kind::Drop { when } => *when != When::Before,
            Kind::Respond(_) | Kind::GzipBomb { .. } => self.execute,
        }
    }
}

/// The orders not yet used up, oldest first.
#[derive(Debug, Default)]
pub struct Queue(Vec<Fault>);

impl Queue {
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The first order that hits this request, counted down.
    pub fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let mut hit = None;
        for (position, fault) in self.0.iter_mut().enumerate() {
            if !fault.matches(method, path) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            let taken = fault.clone();
            let used_up = fault.times == 1;
            fault.times = fault.times.saturating_sub(1);
            hit = Some((position, used_up, taken));
            break;
        }
        let (position, used_up, taken) = hit?;
        if used_up {
            self.0.remove(position);
        }
        Some(taken)
    }
}

/// A gzip stream of about a thousandth of `bytes`, in time that does not grow with it: one block, compressed once, repeated.
pub fn gzip_bomb(bytes: u64) -> std::io::Result<Vec<u8>> {
    use flate2::{Compress, Compression, Crc, FlushCompress, Status};
    const BLOCK: usize = 1 << 16;

    let mut head = b"{\"data\":\"".to_vec();
    let tail = b"\"}".to_vec();
    let filling = bytes.saturating_sub((head.len() + tail.len()) as u64);
    head.extend(std::iter::repeat_n(b'A', usize::try_from(filling % BLOCK as u64).unwrap_or_default()));
    let block = vec![b'A'; BLOCK];
    let repeats = filling / BLOCK as u64;

    let deflate = |input: &[u8], flush: FlushCompress| -> std::io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(input.len() / 8 + 256);
        let status = Compress::new(Compression::fast(), false).compress_vec(input, &mut out, flush).map_err(std::io::Error::other)?;
        if status == Status::BufError { Err(std::io::Error::other("the block does not fit")) } else { Ok(out) }
    };
    let crc = |input: &[u8]| {
        let mut crc = Crc::new();
        crc.update(input);
        crc
    };

    let mut sum = crc(&head);
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    stream.extend(deflate(&head, FlushCompress::Full)?);
    let packed = deflate(&block, FlushCompress::Full)?;
    let block_sum = crc(&block);
    for _ in 0..repeats {
        stream.extend_from_slice(&packed);
        sum.combine(&block_sum);
    }
    stream.extend(deflate(&tail, FlushCompress::Finish)?);
    sum.combine(&crc(&tail));
    stream.extend(sum.sum().to_le_bytes());
    stream.extend(sum.amount().to_le_bytes());
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    #[test]
    fn a_bomb_is_small_and_unpacks_to_the_size_asked_for() {
        let bomb = super::gzip_bomb(5_000_000).unwrap();
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(bomb.as_slice()).read_to_end(&mut text).unwrap();
        assert_eq!(text.len(), 5_000_000);
        assert!(serde_json::from_slice::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn orders_are_taken_in_turn_and_counted() {
        let mut queue = super::Queue::default();
        let order = |text: &str| serde_json::from_str(text).unwrap();
        queue.push(order(r#"{"kind":"respond","status":503,"method":"get","path":"/users","after":1,"times":2}"#));
        assert!(queue.take("POST", "/users").is_none());
        assert!(queue.take("GET", "/users").is_none());
        assert!(queue.take("GET", "/users").is_some());
        assert!(queue.take("GET", "/users").is_some());
        assert!(queue.take("GET", "/users").is_none());
    }
}
