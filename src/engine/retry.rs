//! When to try again, and after how long. A POST that may have been executed is never sent twice.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use super::timestamp;

const FIRST_WAIT: f64 = 0.5;
const LONGEST_WAIT: f64 = 30.0;

/// How one attempt ended, as far as trying again is concerned.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// The server answered.
    Status(u16, &'a HeaderMap),
    /// Nothing was sent.
    NotSent,
    /// Sent, with no usable answer.
    Lost,
}

/// The wait before the next attempt, or None when there must be none. `attempt` counts from 0.
pub fn wait(outcome: Outcome<'_>, idempotent: bool, attempt: u32, max_retries: u32) -> Option<Duration> {
    if attempt >= max_retries {
        return None;
    }
    let asked = match outcome {
        // Refused before any work was done: any method may be sent again.
        Outcome::Status(429, headers) => retry_after(headers),
        Outcome::Status(502..=504, headers) if idempotent => retry_after(headers),
        Outcome::NotSent => None,
        Outcome::Lost if idempotent => None,
        _ => return None,
    };
    let jitter = 0.7 + 0.6 * fastrand::f64();
    let backoff = (FIRST_WAIT * f64::from(1u32 << attempt.min(16))).min(LONGEST_WAIT) * jitter;
    Some(match asked {
        // The server's word is the least; a little more keeps many clients apart.
        Some(asked) => asked + Duration::from_secs_f64((asked.as_secs_f64() * 0.1).min(1.0) * fastrand::f64()),
        None => Duration::from_secs_f64(backoff),
    })
}

/// Retry-After in seconds or as a date, else X-RateLimit-Reset.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(value) = text("retry-after") {
        if let Ok(seconds) = value.parse::<f64>() {
            return (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)));
        }
        return httpdate::parse_http_date(value).ok().map(until);
    }
    let reset = timestamp::parse(text("x-ratelimit-reset")?)?;
    let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(reset.epoch_ms()).ok()?))?;
    Some(until(moment))
}

fn until(moment: SystemTime) -> Duration {
    moment.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn posts_are_sent_again_only_when_refused_or_unsent() {
        let none = HeaderMap::new();
        for (outcome, idempotent, again) in [
            (Outcome::Status(429, &none), false, true),
            (Outcome::NotSent, false, true),
            (Outcome::Lost, false, false),
            (Outcome::Status(502, &none), false, false),
            (Outcome::Status(503, &none), false, false),
            (Outcome::Status(504, &none), false, false),
            (Outcome::Lost, true, true),
            (Outcome::Status(502, &none), true, true),
            (Outcome::Status(503, &none), true, true),
            (Outcome::Status(500, &none), true, false),
            (Outcome::Status(409, &none), true, false),
            (Outcome::Status(401, &none), true, false),
            (Outcome::Status(555, &none), true, false),
        ] {
            assert_eq!(wait(outcome, idempotent, 0, 4).is_some(), again, "{outcome:?} idempotent={idempotent}");
            assert!(wait(outcome, idempotent, 4, 4).is_none());
            assert!(wait(outcome, idempotent, 0, 0).is_none());
        }
    }

    #[test]
    fn the_servers_word_is_the_least() {
        let asked = headers(&[("retry-after", "7")]);
        for _ in 0..100 {
            let wait = wait(Outcome::Status(429, &asked), false, 0, 4).unwrap().as_secs_f64();
            assert!((7.0..=7.7).contains(&wait));
        }
    }

    #[test]
    fn waits_grow_and_are_capped() {
        for attempt in 0..20 {
            let wait = wait(Outcome::NotSent, false, attempt, 100).unwrap().as_secs_f64();
            let middle = (0.5 * f64::from(1u32 << attempt.min(16))).min(30.0);
            assert!(wait >= middle * 0.69 && wait <= middle * 1.31, "{attempt}: {wait}");
        }
    }

    #[test]
    fn dates_and_resets_are_read() {
        let later = SystemTime::now() + Duration::from_secs(20);
        let date = headers(&[("retry-after", &httpdate::fmt_http_date(later))]);
        let wait = retry_after(&date).unwrap().as_secs_f64();
        assert!((18.0..=20.0).contains(&wait), "{wait}");
        assert_eq!(retry_after(&headers(&[("retry-after", "Mon, 01 Jan 2001 00:00:00 GMT")])), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers(&[("retry-after", "soon")])), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "-5")])), None);
        assert_eq!(retry_after(&headers(&[("x-ratelimit-reset", "2001-01-01T00:00Z")])), Some(Duration::ZERO));
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
