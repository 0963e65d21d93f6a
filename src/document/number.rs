//! Numbers: their grammar while parsing, their value when read.

/// A number as Python's json reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number<'a> {
    Int(i64),
    /// The literal of an integer that does not fit `Int`.
    Big(&'a str),
    /// May be infinite: `1e400` is, in Python too.
    Float(f64),
}

/// A literal's extent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scan {
    pub len: usize,
    pub float: bool,
}

/// The literal at the start of `rest`. An error is where it goes wrong, counted from there.
#[inline]
pub(super) fn scan(rest: &[u8]) -> Result<Scan, usize> {
    let mut at = usize::from(rest.first() == Some(&b'-'));
    match digits(rest, at) {
        0 => return Err(at),
        // `01` is a 0 and then a 1 that nothing expects.
        _ if rest.get(at) == Some(&b'0') => at += 1,
        some => at += some,
    }
    let mut float = false;
    if rest.get(at) == Some(&b'.') {
        float = true;
        at += 1;
        match digits(rest, at) {
            0 => return Err(at),
            some => at += some,
        }
    }
    if matches!(rest.get(at), Some(b'e' | b'E')) {
        float = true;
        at += 1;
        at += usize::from(matches!(rest.get(at), Some(b'+' | b'-')));
        match digits(rest, at) {
            0 => return Err(at),
            some => at += some,
        }
    }
    Ok(Scan { len: at, float })
}

fn digits(rest: &[u8], from: usize) -> usize {
    rest.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count()
}

/// The value of a literal that `scan` accepted.
pub(super) fn value(literal: &str, float: bool) -> Option<Number<'_>> {
    if float {
        return literal.parse().ok().map(Number::Float);
    }
    Some(literal.parse().map_or(Number::Big(literal), Number::Int))
}

/// Python's `==`: exact, also between an integer and a float.
pub(super) fn equal(left: Number<'_>, right: Number<'_>) -> bool {
    use Number::{Big, Float, Int};
    match (left, right) {
        (Int(left), Int(right)) => left == right,
        (Big(left), Big(right)) => left == right,
        (Float(left), Float(right)) => left == right,
        (Int(int), Float(float)) | (Float(float), Int(int)) => {
            // Both conversions are exact in this range, which holds every i64.
            float.fract() == 0.0 && float.abs() < 1e19 && float as i128 == i128::from(int)
        }
        // Rust writes a float's integer digits exactly; the longest float has 309.
        (Big(big), Float(float)) | (Float(float), Big(big)) => big.len() <= 310 && float.fract() == 0.0 && format!("{float:.0}") == big,
        (Int(_), Big(_)) | (Big(_), Int(_)) => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(literal: &str) -> Number<'_> {
        let found = scan(literal.as_bytes()).unwrap();
        assert_eq!(found.len, literal.len(), "{literal}");
        value(literal, found.float).unwrap()
    }

    #[test]
    fn numbers_are_pythons() {
        assert_eq!(read("0"), Number::Int(0));
        assert_eq!(read("-0"), Number::Int(0));
        assert_eq!(read("-9223372036854775808"), Number::Int(i64::MIN));
        assert_eq!(read("-9223372036854775809"), Number::Big("-9223372036854775809"));
        assert_eq!(read("1180591620717411303424"), Number::Big("1180591620717411303424"));
        assert_eq!(read("1e400"), Number::Float(f64::INFINITY));
        assert_eq!(read("-1E+400"), Number::Float(f64::NEG_INFINITY));
        assert_eq!(read("1e-400"), Number::Float(0.0));
        assert_eq!(read("0.1"), Number::Float(0.1));
        assert_eq!(read("1E5"), Number::Float(1e5));
        assert!(matches!(read("-0.0"), Number::Float(zero) if zero == 0.0 && zero.is_sign_negative()));
    }

    #[test]
    fn grammar_is_strict() {
        for (bad, at) in [("", 0), ("-", 1), ("-a", 1), ("1.", 2), ("1.e5", 2), ("1e", 2), ("1e+", 3), ("1.5e-x", 5), (".5", 0), ("+1", 0)]
        {
            assert_eq!(scan(bad.as_bytes()), Err(at), "{bad}");
        }
        // What follows is the parser's to refuse.
        for (text, len) in [("01", 1), ("-012", 2), ("1.5.5", 3), ("1-2", 1), ("0x10", 1)] {
            assert_eq!(scan(text.as_bytes()).unwrap().len, len, "{text}");
        }
    }

    #[test]
    fn equality_is_exact() {
        for (left, right) in [
            ("1", "1.0"),
            ("0", "-0.0"),
            ("100", "1e2"),
            ("1e400", "2e500"),
            ("9007199254740992", "9007199254740992.0"),
            ("1180591620717411303424", "1180591620717411303424.0"),
            ("9223372036854775808", "9223372036854775808.0"),
            ("-9223372036854775808", "-9223372036854775808.0"),
            ("100000000000000000000000", "100000000000000000000000"),
        ] {
            assert!(equal(read(left), read(right)) && equal(read(right), read(left)), "{left} {right}");
        }
        for (left, right) in [
            ("1", "1.5"),
            ("9007199254740993", "9007199254740993.0"),
            ("9223372036854775807", "9223372036854775808.0"),
            ("100000000000000000000000", "1e23"),
            ("1180591620717411303425", "1180591620717411303424"),
            ("1180591620717411303425", "1180591620717411303424.0"),
            ("9223372036854775808", "-9223372036854775808"),
            ("0", "1e400"),
            ("10000000000000000000000", "1e400"),
        ] {
            assert!(!equal(read(left), read(right)) && !equal(read(right), read(left)), "{left} {right}");
        }
    }
}
