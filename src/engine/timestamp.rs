//! Timestamps in every form these APIs use, without a calendar library: the faces make `datetime` of the parts.

/// A moment, or a date, as written. `offset` is minutes east of UTC; None when the text names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    pub year: i32,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub micro: u32,
    pub offset: Option<i16>,
}

/// Accepts `Z`, `+hhmm`, `+hh:mm`, `+hh`, 0 to 9 digits of a fraction, missing seconds, a blank or `T`, and dates alone.
pub fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let (year, month, day) = parse_date(bytes.get(..10)?)?;
    let mut moment = Timestamp { year, month, day, hour: 0, minute: 0, second: 0, micro: 0, offset: None };
    let mut rest = bytes.get(10..)?;
    if rest.is_empty() {
        return Some(moment);
    }
    if !matches!(rest.first()?, b'T' | b't' | b' ') {
        return None;
    }
    rest = rest.get(1..)?;
    moment.hour = two(rest)?;
    if *rest.get(2)? != b':' {
        return None;
    }
    moment.minute = two(rest.get(3..)?)?;
    rest = rest.get(5..)?;
    if rest.first() == Some(&b':') {
        moment.second = two(rest.get(1..)?)?;
        rest = rest.get(3..)?;
        if matches!(rest.first(), Some(b'.' | b',')) {
            let digits = rest.get(1..)?.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            let mut micro = 0;
            for position in 0..6 {
                let digit = if position < digits { rest.get(1 + position)? - b'0' } else { 0 };
                micro = micro * 10 + u32::from(digit);
            }
            moment.micro = micro;
            rest = rest.get(1 + digits..)?;
        }
    }
    moment.offset = match rest {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let hours = i16::from(two(offset)?);
            let minutes = match offset.get(2..)? {
                [] => 0,
                [b':', minutes @ ..] | minutes if minutes.len() == 2 => i16::from(two(minutes)?),
                _ => return None,
            };
            let total = hours * 60 + minutes;
            Some(if *sign == b'-' { -total } else { total })
        }
        _ => return None,
    };
    // Python's datetime knows no leap second; the last microsecond before it is the nearest it can say.
    if moment.second == 60 {
        moment.second = 59;
        moment.micro = 999_999;
    }
    let sound = moment.hour < 24 && moment.minute < 60 && moment.second < 60 && moment.offset.is_none_or(|o| o.abs() < 24 * 60);
    sound.then_some(moment)
}

fn parse_date(text: &[u8]) -> Option<(i32, u8, u8)> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return None };
    let number = |digits: &[u8]| digits.iter().try_fold(0i32, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i32::from(b - b'0')));
    let (year, month, day) = (number(&[*y1, *y2, *y3, *y4])?, number(&[*m1, *m2])? as u8, number(&[*d1, *d2])? as u8);
    (year >= 1 && (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month)).then_some((year, month, day))
}

fn two(text: &[u8]) -> Option<u8> {
    match text {
        [a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit() => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    }
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, in the proleptic Gregorian calendar.
fn days_from_epoch(year: i32, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_shifted = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_shifted + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

impl Timestamp {
    /// Days from 1970 to the date as written.
    pub fn epoch_days(&self) -> i64 {
        days_from_epoch(self.year, self.month, self.day)
    }

    /// Milliseconds since 1970; a missing offset counts as UTC.
    pub fn epoch_ms(&self) -> i64 {
        self.epoch_us().div_euclid(1_000)
    }

    /// Microseconds since 1970; a missing offset counts as UTC.
    pub fn epoch_us(&self) -> i64 {
        let seconds = self.epoch_days() * 86_400 + i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60 + i64::from(self.second)
            - i64::from(self.offset.unwrap_or(0)) * 60;
        seconds * 1_000_000 + i64::from(self.micro)
    }

    /// ISO 8601 with milliseconds and `+hh:mm` or `Z`; without an offset it is taken as UTC.
    pub fn iso(&self) -> String {
        self.with_offset("Z", ":")
    }

    /// With the offset as Jira wants it: `+0000`.
    pub fn iso_compact(&self) -> String {
        self.with_offset("+0000", "")
    }

    fn with_offset(&self, utc: &str, between: &str) -> String {
        let offset = match self.offset.unwrap_or(0) {
            0 => utc.to_owned(),
            minutes => {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{sign}{:02}{between}{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        };
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{offset}",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.micro / 1_000
        )
    }
}

/// A moment from milliseconds since 1970, in UTC; None beyond the years 1 to 9999.
pub fn from_epoch_ms(ms: i64) -> Option<Timestamp> {
    let days = ms.div_euclid(86_400_000);
    let of_day = ms.rem_euclid(86_400_000);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_shifted + 2) / 5 + 1) as u8;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 } as u8;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    if !(1..=9_999).contains(&year) {
        return None;
    }
    Some(Timestamp {
        year: year as i32,
        month,
        day,
        hour: (of_day / 3_600_000) as u8,
        minute: (of_day / 60_000 % 60) as u8,
        second: (of_day / 1_000 % 60) as u8,
        micro: (of_day % 1_000) as u32 * 1_000,
        offset: Some(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_in_use_is_read() {
        for (text, ms) in [
            ("2021-01-17T12:34:00.000+0000", 1_610_886_840_000),
            ("2021-01-17T12:34:00.000+10:00", 1_610_850_840_000),
            ("2021-01-17T12:34:00Z", 1_610_886_840_000),
            ("2021-01-17T12:34Z", 1_610_886_840_000),
            ("2021-01-17 12:34:00", 1_610_886_840_000),
            ("2021-01-17T12:34:00.123456789-01", 1_610_890_440_123),
            ("2021-01-17", 1_610_841_600_000),
            ("2000-02-29T00:00:00.5Z", 951_782_400_500),
            ("1969-12-31T23:59:59.999Z", -1),
        ] {
            assert_eq!(parse(text).map(|t| t.epoch_ms()), Some(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_timestamp_is_left_alone() {
        for text in [
            "",
            "2021",
            "2021-13-01",
            "2021-02-30",
            "2021-01-17T",
            "2021-01-17T25:00Z",
            "2021-01-17T12:34:00.Z",
            "2021-01-17T12:34:00+1:00",
            "not a date",
            "2021-01-17T12:34:00 UTC",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn milliseconds_there_and_back() {
        for ms in [0, -1, 951_782_400_500, 1_610_886_840_000, 253_402_300_799_999, -62_135_596_800_000] {
            assert_eq!(from_epoch_ms(ms).map(|t| t.epoch_ms()), Some(ms));
        }
        assert_eq!(from_epoch_ms(i64::MAX / 2), None);
        assert_eq!(parse("2021-01-17T12:34:00.5+01:30").map(|t| t.iso()), Some("2021-01-17T12:34:00.500+01:30".into()));
        assert_eq!(parse("2021-01-17T12:34:00.5+01:30").map(|t| t.iso_compact()), Some("2021-01-17T12:34:00.500+0130".into()));
        assert_eq!(parse("2021-01-17T12:34:00Z").map(|t| t.iso_compact()), Some("2021-01-17T12:34:00.000+0000".into()));
    }
}
