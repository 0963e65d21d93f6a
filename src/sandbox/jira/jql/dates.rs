//! Moments as queries write them: "2026-11-24", "2026/11/24 12:30", "-1w 2d"; and the bounds of days, weeks, months and years. UTC.

use super::super::super::clock::{DAY, civil, days};

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

/// "2026-11-24" or "2026/11/24", its beginning.
pub fn day(text: &str) -> Option<i64> {
    let mut parts = text.split(['-', '/']).map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(1..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let start = days(year, month, day);
    // The 31st of a month of thirty days is none.
    (parts.next().is_none() && civil(start) == (year, month, day)).then(|| start * DAY)
}

/// A moment as a clause names it, now being `now`.
pub fn moment(text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    if text.len() > 8 && text.chars().all(|letter| letter.is_ascii_digit()) {
        return text.parse().ok();
    }
    if let Some(shift) = shift(text) {
        return Some(now.saturating_add(shift));
    }
    let Some((date, time)) = text.split_once(' ') else { return day(text) };
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(())?;
    Some(day(date)? + hour * HOUR + minute * MINUTE)
}

/// "-1w 2d": weeks, days, hours and minutes; the sign holds for all of them.
fn shift(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut sum = 0_i64;
    for part in rest.split_whitespace() {
        let (number, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let number: i64 = number.parse().ok().filter(|number| (0..1_000_000).contains(number))?;
        sum = unit_of(unit)?.checked_mul(number)?.checked_add(sum)?;
    }
    (!rest.trim().is_empty()).then_some(sign * sum)
}

fn unit_of(unit: &str) -> Option<i64> {
    match unit {
        "w" => Some(7 * DAY),
        "d" => Some(DAY),
        "h" => Some(HOUR),
        "m" => Some(MINUTE),
        _ => None,
    }
}

/// An amount of work in seconds: "1w 2d 3h 30m" of five days with eight hours each; a bare number is minutes.
pub fn work(text: &str) -> Option<f64> {
    if let Ok(minutes) = text.parse::<f64>() {
        return Some(minutes * 60.0);
    }
    let mut sum = 0.0;
    for part in text.split_whitespace() {
        let (number, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let seconds = match unit {
            "w" => 144_000.0,
            "d" => 28_800.0,
            "h" => 3_600.0,
            "m" => 60.0,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * seconds;
    }
    (!text.trim().is_empty()).then_some(sum)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    Day,
    Week,
    Month,
    Year,
}

/// The first millisecond of the span that `now` is in, or its last; shifted by "-1", "+2M", "-7d". None: this is no shift.
pub fn bound(span: Span, last: bool, now: i64, increment: Option<&str>) -> Option<i64> {
    let (number, unit) = match increment.map(str::trim) {
        None | Some("") => (0, ""),
        Some(text) => {
            let end = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()).len();
            let (number, unit) = text.split_at_checked(end)?;
            (number.trim_start_matches('+').parse::<i64>().ok().filter(|number| (-1_000_000..=1_000_000).contains(number))?, unit)
        }
    };
    let own = match span {
        Span::Day => "d",
        Span::Week => "w",
        Span::Month => "M",
        Span::Year => "y",
    };
    let unit = if unit.is_empty() { own } else { unit };
    let (mut year, mut month, mut date) = civil(now.div_euclid(DAY));
    let mut later = 0;
    // Months and years differ in length: the calendar is turned first. What has a length is added at the end.
    match unit {
        "y" => year += number,
        "M" => month += number,
        _ => later = number * unit_of(unit)?,
    }
    year += (month - 1).div_euclid(12);
    month = (month - 1).rem_euclid(12) + 1;
    let next_month = if month == 12 { days(year + 1, 1, 1) } else { days(year, month + 1, 1) };
    date = date.min(next_month - days(year, month, 1));
    let today = days(year, month, date);
    // 1970 began on a Thursday; weeks begin on Sunday.
    let sunday = today - (today + 4).rem_euclid(7);
    let (from, to) = match span {
        Span::Day => (today, today + 1),
        Span::Week => (sunday, sunday + 7),
        Span::Month => (days(year, month, 1), next_month),
        Span::Year => (days(year, 1, 1), days(year + 1, 1, 1)),
    };
    Some(if last { to * DAY - 1 } else { from * DAY } + later)
}

#[cfg(test)]
mod tests {
    use super::super::super::super::clock::millis;
    use super::*;

    fn at(span: Span, last: bool, increment: &str) -> String {
        // A Sunday.
        let now = day("2026-11-29").unwrap() + 13 * HOUR;
        bound(span, last, now, (!increment.is_empty()).then_some(increment)).map(millis).unwrap_or_default()
    }

    #[test]
    fn bounds_are_shifted_by_the_calendar() {
        assert_eq!(at(Span::Day, false, ""), "2026-11-29T00:00:00.000Z");
        assert_eq!(at(Span::Day, true, "-1"), "2026-11-28T23:59:59.999Z");
        assert_eq!(at(Span::Week, false, ""), "2026-11-29T00:00:00.000Z");
        assert_eq!(at(Span::Week, true, "-1w"), "2026-11-28T23:59:59.999Z");
        assert_eq!(at(Span::Month, true, "+3"), "2027-02-28T23:59:59.999Z");
        assert_eq!(at(Span::Month, false, "+14d"), "2026-11-15T00:00:00.000Z");
        assert_eq!(at(Span::Month, true, "-1M"), "2026-10-31T23:59:59.999Z");
        assert_eq!(at(Span::Year, false, "-2y"), "2024-01-01T00:00:00.000Z");
        assert_eq!(at(Span::Day, false, "3x"), "");
        assert_eq!(at(Span::Day, false, "-9223372036854775808d"), "");
    }

    #[test]
    fn moments_have_several_forms() {
        let now = day("2026-11-29").unwrap();
        for (text, expected) in [
            ("2026/11/24 12:30", Some("2026-11-24T12:30:00.000Z")),
            ("-1w 2d", Some("2026-11-20T00:00:00.000Z")),
            ("90m", Some("2026-11-29T01:30:00.000Z")),
            ("2026-02-30", None),
            ("2026-11-24 25:00", None),
            ("-1x", None),
            ("yesterday", None),
            (&format!("-{}", "999999w ".repeat(20_000)), None),
        ] {
            assert_eq!(moment(text, now).map(millis).as_deref(), expected, "{text}");
        }
        assert_eq!((work("1d 2h"), work("90"), work("soon")), (Some(36_000.0), Some(5_400.0), None));
    }
}
