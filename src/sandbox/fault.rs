//! Faults on demand: what goes wrong between a server and its client, ordered beforehand.

use std::time::Duration;

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
    /// How likely a matching request is hit, 0 to 1; those spared count neither for `after` nor for `times`.
    #[serde(default = "surely")]
    pub probability: f64,
    /// Carry the request out before the fault shows.
    #[serde(default)]
    pub execute: bool,
    #[serde(flatten)]
    pub kind: Kind,
}

fn once() -> u64 {
    1
}

fn surely() -> f64 {
    1.0
}

/// Every matching request takes longer, until `reset`: by a log-normal distribution, as networks do.
#[derive(Debug, Clone, Deserialize)]
pub struct Latency {
    #[serde(default)]
    pub method: Option<String>,
    #[serde(default)]
    pub path: Option<String>,
    /// Seconds that half of the requests take at most.
    pub median: f64,
    /// Seconds that 99 of 100 take at most; the same as the median: always that.
    pub p99: f64,
}

/// How far the 99th of 100 lies from the middle of a normal distribution, in standard deviations.
const P99: f64 = 2.326_347_874;

impl Latency {
    fn drawn(&self, dice: &mut fastrand::Rng) -> Duration {
        // Box and Muller's way from two even numbers to a normal one; the first is never 0.
        let (first, second) = (1.0 - dice.f64(), dice.f64());
        let normal = (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos();
        let seconds = self.median * ((self.p99 / self.median).ln() / P99 * normal).exp();
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
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

fn matches(wanted: (Option<&str>, Option<&str>), method: &str, path: &str) -> bool {
    wanted.0.is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
        && wanted.1.is_none_or(|wanted| {
            // As sent, or as meant: an account id is `712020%3A…` in the one and `712020:…` in the other.
            path.contains(wanted) || percent_encoding::percent_decode_str(path).decode_utf8_lossy().contains(wanted)
        })
}

impl Fault {
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
#[derive(Debug)]
pub struct Queue {
    faults: Vec<Fault>,
    latencies: Vec<Latency>,
    /// The same throws in every box, so that a test that fails fails again.
    dice: fastrand::Rng,
}

impl Default for Queue {
    fn default() -> Queue {
        Queue { faults: Vec::new(), latencies: Vec::new(), dice: fastrand::Rng::with_seed(0x5eed) }
    }
}

impl Queue {
    pub fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub fn slow(&mut self, latency: Latency) {
        self.latencies.push(latency);
    }

    pub fn clear(&mut self) {
        *self = Queue::default();
    }

    /// How long this request takes beside what it takes anyway.
    pub fn wait(&mut self, method: &str, path: &str) -> Duration {
        let hit = self.latencies.iter().filter(|one| matches((one.method.as_deref(), one.path.as_deref()), method, path));
        hit.map(|latency| latency.drawn(&mut self.dice)).sum()
    }

    /// The first order that hits this request, counted down.
    pub fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        for (position, fault) in self.faults.iter_mut().enumerate() {
            if !matches((fault.method.as_deref(), fault.path.as_deref()), method, path)
                || (fault.probability < 1.0 && self.dice.f64() >= fault.probability)
            {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            if fault.times == 1 {
                return Some(self.faults.remove(position));
            }
            fault.times = fault.times.saturating_sub(1);
            return Some(fault.clone());
        }
        None
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

    // Many blocks as one, so that even a bomb of gigabytes is put together in no time.
    const MANY: u64 = 1 << 8;
    let mut sum = crc(&head);
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    stream.extend(deflate(&head, FlushCompress::Full)?);
    let packed = deflate(&block, FlushCompress::Full)?;
    let block_sum = crc(&block);
    let (many, mut many_sum) = (packed.repeat(MANY as usize), Crc::new());
    (0..MANY).for_each(|_| many_sum.combine(&block_sum));
    for _ in 0..repeats / MANY {
        stream.extend_from_slice(&many);
        sum.combine(&many_sum);
    }
    for _ in 0..repeats % MANY {
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
    fn a_large_bomb_is_whole_too() {
        let size = 2_u64.pow(26) + 12_345;
        let bomb = super::gzip_bomb(size).unwrap();
        // The reader checks the sum at the end.
        assert_eq!(std::io::copy(&mut flate2::read::GzDecoder::new(bomb.as_slice()), &mut std::io::sink()).unwrap(), size);
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

    #[test]
    fn a_fault_hits_as_often_as_is_likely() {
        let mut queue = super::Queue::default();
        queue.push(serde_json::from_str(r#"{"kind":"respond","status":503,"times":0,"probability":0.25}"#).unwrap());
        let hits = (0..4_000).filter(|_| queue.take("GET", "/users").is_some()).count();
        assert!((900..1_100).contains(&hits), "{hits}");
    }

    #[test]
    fn latencies_have_the_middle_and_the_tail_that_were_asked_for() {
        let mut queue = super::Queue::default();
        queue.slow(serde_json::from_str(r#"{"median":0.05,"p99":0.5,"path":"/users"}"#).unwrap());
        let mut waits: Vec<f64> = (0..10_000).map(|_| queue.wait("GET", "/users").as_secs_f64()).collect();
        waits.sort_by(f64::total_cmp);
        assert!((0.045..0.055).contains(&waits[5_000]), "{}", waits[5_000]);
        assert!((0.4..0.6).contains(&waits[9_900]), "{}", waits[9_900]);
        assert!(queue.wait("GET", "/groups").is_zero());
        queue.clear();
        queue.slow(serde_json::from_str(r#"{"median":0.2,"p99":0.2}"#).unwrap());
        assert_eq!(queue.wait("GET", "/"), std::time::Duration::from_millis(200));
    }
}
