//! Days as ADF keeps them: milliseconds since 1970 as digits.

use crate::engine::timestamp;

const DAY: i64 = 86_400_000;

/// "2026-11-29" of the digits; None if they are no moment of the years 1 to 9999.
pub fn day(digits: &str) -> Option<String> {
    let at = timestamp::from_epoch_ms(digits.parse().ok()?)?;
    Some(format!("{:04}-{:02}-{:02}", at.year, at.month, at.day))
}

/// The digits of a day's first moment in UTC.
pub fn digits(day: &str) -> Option<String> {
    let shape = day.len() == 10 && day.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    let at = timestamp::parse(day).filter(|_| shape)?;
    Some(at.epoch_ms().div_euclid(DAY).saturating_mul(DAY).to_string())
}
