//! Timestamps in the forms that the APIs document, without a calendar crate.

use std::time::{SystemTime, UNIX_EPOCH};

pub const DAY: i64 = 86_400_000;
/// Where the box's clock may stand: from 1970 to the end of the year 8999, so that what lies some centuries ahead has a date too.
pub const TIMES: std::ops::Range<i64> = 0..days(9_000, 1, 1) * DAY;

/// Milliseconds since 1970 by the system's clock.
pub fn system_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
}

/// Year, month and day of a day counted from 1970 (Howard Hinnant's civil calendar).
pub fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Days from 1970 to a day.
pub const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_index = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month_index + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

/// "2026-11-23"
pub fn date(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

fn time(ms: i64) -> String {
    let seconds = ms.rem_euclid(DAY) / 1_000;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// "2026-11-23T10:15:30.123Z": user management, organizations, API access.
pub fn millis(ms: i64) -> String {
    format!("{}T{}.{:03}Z", date(ms), time(ms), ms.rem_euclid(1_000))
}

/// "2026-11-23T10:15:30.123456Z": SCIM, whose stamps are finer than a millisecond.
pub fn micros(ms: i64) -> String {
    format!("{}T{}.{:03}{:03}Z", date(ms), time(ms), ms.rem_euclid(1_000), ms.rem_euclid(997))
}

/// "2026-11-23T10:15:30.123+0000": Jira.
pub fn offset(ms: i64) -> String {
    format!("{}T{}.{:03}+0000", date(ms), time(ms), ms.rem_euclid(1_000))
}

/// "Mon, 23 Nov 2026 10:15:30 GMT": headers. Times before 1970 or far ahead have none: the nearest stands for them.
pub fn http(ms: i64) -> String {
    let ms = ms.clamp(TIMES.start, TIMES.end).unsigned_abs();
    httpdate::fmt_http_date(UNIX_EPOCH + std::time::Duration::from_millis(ms))
}

/// Milliseconds of a whole moment with its zone, as Jira wants it: "2026-11-23T10:15:30.123+0100".
pub fn parse(text: &str) -> Option<i64> {
    let (_, time) = text.split_once('T')?;
    if time.contains(['Z', '+', '-']) { moment(text) } else { None }
}

/// "2026-11-23T10:15:30Z": the rate limit's reset.
pub fn seconds(ms: i64) -> String {
    format!("{}T{}Z", date(ms), time(ms))
}

/// Milliseconds since 1970 of a day, or of a moment with or without seconds, fraction and offset; nothing if it is neither.
pub fn moment(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten()
    };
    let is = |place: usize, letters: &[u8]| text.as_bytes().get(place).is_some_and(|byte| letters.contains(byte));
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if !is(4, b"-/") || !is(7, b"-/") || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = days(year, month, day) * DAY;
    if text.len() == 10 {
        return Some(midnight);
    }
    let (hour, minute) = (number(11, 13)?, number(14, 16)?);
    if !is(10, b"T ") || !is(13, b":") || hour > 23 || minute > 59 {
        return None;
    }
    let (second, rest) = if is(16, b":") { (number(17, 19)?, text.get(19..)?) } else { (0, text.get(16..)?) };
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let fraction = rest.get(1..=digits.min(3)).filter(|_| digits > 0).map_or(Some(0), |text| format!("{text:0<3}").parse().ok())?;
    let offset = rest.get(if rest.starts_with('.') { digits + 1 } else { 0 }..)?;
    let shift = match offset {
        "" | "Z" => 0,
        _ => {
            let (sign, plain) = (if offset.starts_with('-') { -1 } else { 1 }, offset.strip_prefix(['+', '-'])?.replace(':', ""));
            sign * (plain.get(..2)?.parse::<i64>().ok()? * 60 + plain.get(2..4)?.parse::<i64>().ok()?)
        }
    };
    Some(midnight + ((hour * 60 + minute - shift) * 60 + second) * 1_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_civil_are_inverse() {
        for (day, text) in [(0, "1970-01-01"), (11_016, "2000-02-29"), (20_780, "2026-11-23"), (-1, "1969-12-31")] {
            assert_eq!(date(day * DAY), text);
            let (y, m, d) = civil(day);
            assert_eq!(days(y, m, d), day);
        }
        assert_eq!(millis(1_500), "1970-01-01T00:00:01.500Z");
        assert_eq!(http(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(http(i64::MAX), "Wed, 01 Jan 9000 00:00:00 GMT");
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(parse(&offset(1_795_000_000_123)), Some(1_795_000_000_123));
        assert_eq!(parse("1970-01-01T01:00:01.5+01:00"), Some(1_500));
        for wrong in ["1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T25:00:00Z", "1970-01-01T00:00:00", "soon"] {
            assert_eq!(parse(wrong), None);
        }
    }

    #[test]
    fn moments_are_read_in_every_usual_form() {
        for (text, ms) in [
            ("1970-01-02", DAY),
            ("1970-01-01T00:00:01.500Z", 1_500),
            ("1970-01-01 00:01", 60_000),
            ("1970-01-01T02:00:00.123456+02:00", 123),
            ("1970-01-01T00:00:00-0130", 5_400_000),
        ] {
            assert_eq!(moment(text), Some(ms), "{text}");
        }
        for text in ["", "1970-1-1", "1970-13-01", "1970-01-01T", "1970-01-01x00:00", "v1.0", "1970-01-01T00:00:00*"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
