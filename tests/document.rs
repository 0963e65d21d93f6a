//! The document against serde_json and jiter, and the cases that they and Python see differently.
//! `PROPTEST_CASES` raises the number of random cases.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Instant,
};

use atlassian_cloud::document::{Kind, Limits, Node, NodeRef, Number, ParseError};
use jiter::JsonValue;
use proptest::prelude::*;
use serde_json::Value;

fn parse(body: impl AsRef<[u8]>) -> Result<Node, ParseError> {
    Node::parse(body.as_ref().to_vec(), &Limits::default())
}

fn json(node: &Node) -> String {
    String::from_utf8(node.to_json()).unwrap()
}

// ---- a value as all three see it

#[derive(Clone, Debug)]
enum Plain {
    Null,
    Bool(bool),
    Int(String),
    Float(f64),
    Text(Vec<u8>),
    Array(Vec<Plain>),
    Object(Vec<(Vec<u8>, Plain)>),
}

/// Exact: a float's sign of zero counts.
impl PartialEq for Plain {
    fn eq(&self, other: &Plain) -> bool {
        match (self, other) {
            (Plain::Null, Plain::Null) => true,
            (Plain::Bool(left), Plain::Bool(right)) => left == right,
            (Plain::Int(left), Plain::Int(right)) => left == right,
            (Plain::Float(left), Plain::Float(right)) => left.to_bits() == right.to_bits(),
            (Plain::Text(left), Plain::Text(right)) => left == right,
            (Plain::Array(left), Plain::Array(right)) => left == right,
            (Plain::Object(left), Plain::Object(right)) => left == right,
            _ => false,
        }
    }
}

/// Python's `==`, the slow way.
fn equal(left: &Plain, right: &Plain) -> bool {
    // Fractions have a point, so that they equal no integer.
    let number = |number: &Plain| match number {
        Plain::Int(digits) => Some(digits.clone()),
        Plain::Float(float) if *float == 0.0 => Some("0".into()),
        Plain::Float(float) if float.fract() == 0.0 => Some(format!("{float:.0}")),
        Plain::Float(float) => Some(format!("{float:?}.")),
        _ => None,
    };
    match (left, right) {
        (Plain::Array(left), Plain::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Plain::Object(left), Plain::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.iter().any(|(other, there)| key == other && equal(value, there)))
        }
        _ => match (number(left), number(right)) {
            (None, None) => left == right,
            (left, right) => left == right,
        },
    }
}

fn insert(members: &mut Vec<(Vec<u8>, Plain)>, key: Vec<u8>, value: Plain) {
    match members.iter_mut().find(|(other, _)| *other == key) {
        Some(member) => member.1 = value,
        None => members.push((key, value)),
    }
}

fn of_node(node: NodeRef<'_>) -> Plain {
    match node.kind() {
        Kind::Null => Plain::Null,
        Kind::Bool => Plain::Bool(node.as_bool().unwrap()),
        Kind::Number => match node.number().unwrap() {
            Number::Int(int) => Plain::Int(int.to_string()),
            Number::Big(big) => Plain::Int(big.to_owned()),
            Number::Float(float) => Plain::Float(float),
        },
        Kind::String => {
            let text = node.text().unwrap();
            assert_eq!(text.ascii, text.wtf8.is_ascii());
            assert_eq!(text.surrogates, str::from_utf8(&text.wtf8).is_err());
            assert_eq!(text.as_str().is_none(), text.surrogates);
            Plain::Text(text.wtf8.into_owned())
        }
        Kind::Array => Plain::Array(node.elements().map(of_node).collect()),
        Kind::Object => Plain::Object(
            node.entries()
                .map(|(key, value)| {
                    assert_eq!(key.ascii, key.wtf8.is_ascii());
                    (key.wtf8.into_owned(), of_node(value))
                })
                .collect(),
        ),
    }
}

fn of_serde(value: &Value) -> Plain {
    match value {
        Value::Null => Plain::Null,
        Value::Bool(value) => Plain::Bool(*value),
        Value::Number(number) => {
            let text = number.as_str();
            if text.contains(['.', 'e', 'E']) {
                Plain::Float(text.parse().unwrap())
            } else {
                Plain::Int(if text == "-0" { "0" } else { text }.to_owned())
            }
        }
        Value::String(text) => Plain::Text(text.clone().into()),
        Value::Array(elements) => Plain::Array(elements.iter().map(of_serde).collect()),
        Value::Object(members) => Plain::Object(members.iter().map(|(key, value)| (key.clone().into(), of_serde(value))).collect()),
    }
}

fn of_jiter(value: &JsonValue<'_>) -> Plain {
    match value {
        JsonValue::Null => Plain::Null,
        JsonValue::Bool(value) => Plain::Bool(*value),
        JsonValue::Int(int) => Plain::Int(int.to_string()),
        JsonValue::BigInt(big) => Plain::Int(big.to_string()),
        JsonValue::Float(float) => Plain::Float(*float),
        JsonValue::Str(text) => Plain::Text(text.as_bytes().to_vec()),
        JsonValue::Array(elements) => Plain::Array(elements.iter().map(of_jiter).collect()),
        JsonValue::Object(members) => {
            let mut plain = Vec::new();
            for (key, value) in members.iter() {
                insert(&mut plain, key.as_bytes().to_vec(), of_jiter(value));
            }
            Plain::Object(plain)
        }
    }
}

/// All ways to one value agree.
fn check_access(node: NodeRef<'_>) {
    let owned = node.to_node();
    assert_eq!(owned.kind(), node.kind());
    assert_eq!(node.number().is_some(), node.kind() == Kind::Number);
    assert_eq!(node.raw_text().is_some(), node.kind() == Kind::Number);
    assert_eq!(node.text().is_some(), node.kind() == Kind::String);
    assert_eq!(node.as_bool().is_some(), node.kind() == Kind::Bool);
    assert_eq!(node.is_null(), node.kind() == Kind::Null);
    assert!(node.at(node.len()).is_none() && node.at(usize::MAX).is_none());
    assert_eq!(node.is_empty(), node.at(0).is_none());
    assert_eq!(node.elements().len() + node.entries().len(), node.len());
    for (index, element) in node.elements().enumerate() {
        assert_eq!(of_node(owned.at(index).unwrap().cursor()), of_node(element));
        check_access(element);
    }
    let hint = AtomicU32::new(0);
    for (index, (key, value)) in node.entries().enumerate() {
        let value = of_node(value);
        let found = [node.get_wtf8(&key.wtf8), node.at(index)];
        assert!(found.iter().all(|found| of_node(found.unwrap()) == value));
        assert_eq!(node.key_at(index), Some(key.clone()));
        if let Some(key) = key.as_str() {
            assert_eq!(of_node(node.get(key).unwrap()), value);
            for wrong in [0, index as u32, u32::MAX] {
                hint.store(wrong, Relaxed);
                assert_eq!(of_node(node.get_hinted(key, &hint).unwrap()), value);
                assert_eq!(hint.load(Relaxed), index as u32);
            }
            if !key.contains('.') {
                assert_eq!(of_node(node.path(key).unwrap()), value);
            }
        }
    }
    node.entries().for_each(|(_, value)| check_access(value));
}

/// Writing and detaching lose nothing.
fn check_copies(node: &Node) {
    let plain = of_node(node.cursor());
    let written = parse(node.to_json()).unwrap();
    let detached = node.detach();
    for copy in [&written, &detached] {
        assert_eq!(of_node(copy.cursor()), plain);
        assert_eq!(copy.to_json(), node.to_json());
        assert!(copy.same_value(node) && node.same_value(copy));
    }
}

// ---- random JSON

#[derive(Clone, Debug)]
enum Shape {
    /// A literal as it is written.
    Literal(String),
    Array(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

impl Shape {
    /// With spaces taken in turn from `spaces`.
    fn write(&self, out: &mut String, spaces: &mut dyn Iterator<Item = &'static str>) {
        let mut space = |out: &mut String| out.push_str(spaces.next().unwrap());
        match self {
            Shape::Literal(literal) => out.push_str(literal),
            Shape::Array(elements) => {
                out.push('[');
                space(out);
                for (index, element) in elements.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(spaces.next().unwrap());
                    element.write(out, spaces);
                    out.push_str(spaces.next().unwrap());
                }
                out.push(']');
            }
            Shape::Object(members) => {
                out.push('{');
                space(out);
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(spaces.next().unwrap());
                    out.push_str(key);
                    out.push_str(spaces.next().unwrap());
                    out.push(':');
                    out.push_str(spaces.next().unwrap());
                    value.write(out, spaces);
                    out.push_str(spaces.next().unwrap());
                }
                out.push('}');
            }
        }
    }

    /// Another literal in place of the one at `left`, counted down.
    fn changed(&self, left: &mut usize) -> Shape {
        match self {
            Shape::Literal(literal) => {
                let hit = *left == 0;
                *left = left.wrapping_sub(1);
                Shape::Literal(if hit { "\"changed\"".into() } else { literal.clone() })
            }
            Shape::Array(elements) => Shape::Array(elements.iter().map(|element| element.changed(left)).collect()),
            Shape::Object(members) => Shape::Object(members.iter().map(|(key, value)| (key.clone(), value.changed(left))).collect()),
        }
    }

    /// The same value for Python, written in another way.
    fn respelled(&self) -> Shape {
        match self {
            Shape::Literal(literal) if literal.starts_with('"') && !literal.contains('\\') => {
                let mut out = String::new();
                for unit in literal.trim_matches('"').encode_utf16() {
                    write!(out, "\\u{unit:04X}").unwrap();
                }
                Shape::Literal(format!("\"{out}\""))
            }
            // Up to 2**53 every integer is a float.
            Shape::Literal(literal) if literal.len() < 16 && literal.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit()) => {
                Shape::Literal(format!("{literal}.0"))
            }
            Shape::Literal(literal) => Shape::Literal(literal.clone()),
            Shape::Array(elements) => Shape::Array(elements.iter().map(Shape::respelled).collect()),
            // Duplicates would change places.
            Shape::Object(members) => {
                let mut seen = std::collections::HashSet::new();
                let distinct = members.iter().all(|(key, _)| seen.insert(key.clone()) && !key.contains('\\'));
                let mut members: Vec<_> = members.iter().map(|(key, value)| (key.clone(), value.respelled())).collect();
                if distinct {
                    members.reverse();
                }
                Shape::Object(members)
            }
        }
    }
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|int| int.to_string()),
        (-20i64..20).prop_map(|int| int.to_string()),
        any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(|float| format!("{float:?}")),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?",
        prop::sample::select(vec![
            "0",
            "-0",
            "-0.0",
            "0.0",
            "1e400",
            "-1e400",
            "1e-400",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "1180591620717411303424",
            "18446744073709551616",
            "5e-324",
            "1E5",
            "1e+5",
            "2.2250738585072011e-308",
        ])
        .prop_map(str::to_owned),
    ]
}

fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -!#-\\[\\]-~]{0,12}",
        2 => "[^\\x00-\\x1f\"\\\\]{0,6}",
        2 => prop::sample::select(vec![r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t"]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(|char| char.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |out, unit| out + &format!("\\u{unit:04x}"))),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn key() -> impl Strategy<Value = String> {
    // Few names, so that there are duplicates, also under other spellings.
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "key", "customfield_10001", "customfield_10002", "é", ""]).prop_map(|key| format!("\"{key}\"")),
        1 => prop::sample::select(vec![r#""\u0061""#, r#""k\u0065y""#, r#""\u00e9""#, r#""a.b""#]).prop_map(str::to_owned),
        1 => string(),
        2 => (0..60).prop_map(|number| format!("\"field{number}\"")),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![prop::sample::select(vec!["null", "true", "false"]).prop_map(str::to_owned), number(), string(),]
        .prop_map(Shape::Literal);
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..6).prop_map(Shape::Array),
            3 => prop::collection::vec((key(), inner.clone()), 0..24).prop_map(Shape::Object),
            // A page: objects of one shape, some with members left out.
            2 => (prop::collection::vec((key(), inner), 1..12), prop::collection::vec(any::<u16>(), 1..5)).prop_map(|(members, masks)| {
                let some = |mask: &u16| members.iter().enumerate().filter(|(at, _)| mask >> at & 3 != 0).map(|(_, member)| member.clone()).collect();
                Shape::Array(masks.iter().map(|mask| Shape::Object(some(mask))).collect())
            }),
        ]
    })
}

fn spaces() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(vec!["", "", "", " ", "\n  ", "\t", "\r\n"]), 1..8)
}

fn text(shape: &Shape, spaces: &[&'static str]) -> String {
    let mut out = String::new();
    shape.write(&mut out, &mut spaces.iter().copied().cycle());
    out
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let interesting = prop_oneof![
        prop::sample::select(b"\"\\{}[],:0123456789.eE+-untfbr/ \n\0\x1f\x7f\xEF\xBB\xBF\xC3\xED\xA0\x80\xFF".to_vec()),
        any::<u8>(),
    ];
    let change = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5u8, interesting);
    (shape(), spaces(), prop::collection::vec(change, 1..4)).prop_map(|(shape, spaces, changes)| {
        let mut bytes = text(&shape, &spaces).into_bytes();
        for (at, other, what, byte) in changes {
            if bytes.is_empty() {
                break;
            }
            let (at, other) = (at.index(bytes.len()), other.index(bytes.len()));
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => _ = bytes.remove(at),
                3 => bytes.swap(at, other),
                _ => bytes.truncate(at),
            }
        }
        bytes
    })
}

/// The oracles refuse lone surrogates: puts a letter for every escaped surrogate.
fn without_surrogates(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    let mut at = 0;
    while at + 1 < body.len() {
        if body[at] != b'\\' {
            at += 1;
            continue;
        }
        let hex = body.get(at + 2..at + 6).unwrap_or_default();
        if body[at + 1] == b'u'
            && matches!(hex, [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', rest @ ..] if rest.iter().all(u8::is_ascii_hexdigit))
        {
            body[at + 2..at + 6].copy_from_slice(b"0041");
        }
        at += 2;
    }
    body
}

/// One verdict and one value for all three.
fn check_against_oracles(body: &[u8]) {
    let ours = parse(body);
    if let Err(ParseError::Syntax { offset, .. } | ParseError::Utf8 { offset }) = ours {
        assert!(offset <= body.len());
    }
    let tame = without_surrogates(body);
    assert_eq!(ours.is_ok(), parse(&tame).is_ok(), "surrogates matter: {}", body.escape_ascii());
    let known = tame.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&tame);
    let serde = serde_json::from_slice::<Value>(known);
    let jiter = JsonValue::parse(known, false);
    assert_eq!(ours.is_ok(), serde.is_ok(), "{ours:?} {serde:?} {}", body.escape_ascii());
    assert_eq!(ours.is_ok(), jiter.is_ok(), "{ours:?} {jiter:?} {}", body.escape_ascii());
    let (Ok(ours), Ok(serde), Ok(jiter)) = (parse(&tame), serde, jiter) else {
        return;
    };
    let plain = of_node(ours.cursor());
    assert_eq!(plain, of_serde(&serde));
    assert_eq!(plain, of_jiter(&jiter));
}

fn cases(usual: u32) -> ProptestConfig {
    let raised = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: raised.unwrap_or(usual), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn values_are_the_oracles(shape in shape(), spaces in spaces()) {
        let text = text(&shape, &spaces);
        check_against_oracles(text.as_bytes());
        let node = parse(&text).unwrap();
        check_access(node.cursor());
        check_copies(&node);
        for child in node.elements().chain(node.entries().map(|(_, child)| child)) {
            check_copies(&child);
        }
    }

    #[test]
    fn equality_is_pythons(left in shape(), right in shape(), spaces in spaces(), change in 0..20usize) {
        let changed = left.changed(&mut { change });
        let texts = [text(&left, &[""]), text(&right, &[""]), text(&left.respelled(), &spaces), text(&changed, &[""]), text(&changed.respelled(), &[""])];
        let nodes: Vec<_> = texts.iter().map(|text| parse(text).unwrap()).collect();
        let plain: Vec<_> = nodes.iter().map(|node| of_node(node.cursor())).collect();
        prop_assert!(nodes[3].same_value(&nodes[4]) && nodes[0].same_value(&nodes[2]), "{} {}", texts[0], texts[2]);
        for (node, its) in nodes.iter().zip(&plain) {
            for (other, theirs) in nodes.iter().zip(&plain) {
                prop_assert_eq!(node.same_value(other), equal(its, theirs), "{:?} {:?}", node, other);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn mutated_json_gets_the_oracles_verdict(body in mutated()) {
        check_against_oracles(&body);
    }

    #[test]
    fn json_like_noise_gets_the_oracles_verdict(body in "[\\[\\]{},:\"\\\\u0-9aedtrfnulse. \\-+E\u{e9}]{0,24}") {
        check_against_oracles(body.as_bytes());
    }

    #[test]
    fn random_bytes_do_no_harm(body in prop::collection::vec(any::<u8>(), 0..64)) {
        check_against_oracles(&body);
    }

    /// Any 16-bit units, paired or not, come out as Python's json reads them.
    #[test]
    fn surrogates_are_pythons(units in prop::collection::vec(prop_oneof![0xD7F0..0xE010u16, any::<u16>()], 0..8)) {
        let escaped = units.iter().fold(String::new(), |out, unit| out + &format!("\\u{unit:04x}"));
        let node = parse(format!("\"{escaped}\"")).unwrap();
        let expected: Vec<u8> = char::decode_utf16(units)
            .flat_map(|unit| match unit {
                Ok(char) => char.to_string().into_bytes(),
                Err(lone) => {
                    let code = lone.unpaired_surrogate();
                    vec![0xE0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3F) as u8, 0x80 | (code & 0x3F) as u8]
                }
            })
            .collect();
        prop_assert_eq!(of_node(node.cursor()), Plain::Text(expected));
        prop_assert_eq!(node.to_json(), format!("\"{escaped}\"").into_bytes());
    }
}

// ---- cases by hand

fn offset(body: impl AsRef<[u8]>) -> usize {
    match parse(&body) {
        Err(ParseError::Syntax { offset, .. } | ParseError::Utf8 { offset } | ParseError::TooDeep { offset, .. }) => offset,
        other => panic!("{other:?} for {}", body.as_ref().escape_ascii()),
    }
}

#[test]
fn broken_bodies_are_refused_where_they_break() {
    let cases: &[(&[u8], usize)] = &[
        (b"", 0),
        (b"   ", 3),
        (b"\0", 0),
        (b"1\0", 1),
        (b"NaN", 0),
        (b"[Infinity]", 1),
        (b"-Infinity", 1),
        (b"01", 1),
        (b"[-]", 2),
        (b"[1,]", 3),
        (b"[,1]", 1),
        (b"[1 2]", 3),
        (b"[1", 2),
        (b"[1}", 2),
        (b"{\"a\":1]", 6),
        (b"]", 0),
        (b"{\"a\":1,}", 7),
        (b"{\"a\" 1}", 5),
        (b"{\"a\":}", 5),
        (b"{a:1}", 1),
        (b"{1:1}", 1),
        (b"{,}", 1),
        (b"{} {}", 3),
        (b"1 1", 2),
        (b"nul", 0),
        (b"nulll", 4),
        (b"True", 0),
        (b"'a'", 0),
        (b"\"a", 2),
        (b"\"a\nb\"", 2),
        (b"\"a\x1f\"", 2),
        (b"\"\\x\"", 1),
        (b"\"\\u12\"", 1),
        (b"[1] // no", 4),
        (b"\xEF\xBB\xBF", 3),
        (b"\xEF\xBB\xBF\xEF\xBB\xBF1", 3),
        (b"[\xEF\xBB\xBF1]", 1),
        // Not UTF-8: alone, cut off, too long, a surrogate, too large.
        (b"\"a\xFF\"", 2),
        (b"\"\xC3\"", 1),
        (b"\"\xC0\x80\"", 1),
        (b"\"\xED\xA0\x80\"", 1),
        (b"\"\xF4\x90\x80\x80\"", 1),
        (b"\"\xE2\x82", 1),
        // The second object is read with the first one's keys.
        (b"[{\"a\":1},{\"a\"1}]", 13),
        (b"[{\"a\":1},{\"a]", 13),
        (b"[{\"ab\":1},{\"a", 13),
    ];
    for (body, at) in cases {
        assert_eq!(offset(body), *at, "{}", body.escape_ascii());
    }
    assert_eq!(parse(b"\"\xFF\"").unwrap_err(), ParseError::Utf8 { offset: 1 });
    assert_eq!(parse("[1,]").unwrap_err().to_string(), "not JSON: a value was expected (byte 3)");
}

#[test]
fn a_sample_cut_off_anywhere_is_refused() {
    let sample = "\u{feff} {\"a\\u00e9\":[1,-2.5e+3,\"x\\\"y\\ud83d\\ude00é\",{\"k\":null,\"l\":true},{\"k\":false}],\"b\":{}} ";
    let end = sample.trim_end().len();
    assert!(parse(sample).is_ok());
    for len in 0..end {
        let offset = offset(&sample.as_bytes()[..len]);
        assert!(offset <= len, "{offset} of {len}");
    }
}

#[test]
fn depth_is_an_error_of_its_own() {
    let nested = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
    assert_eq!(json(&parse(nested(1000)).unwrap()), nested(1000));
    assert_eq!(parse(nested(1001)).unwrap_err(), ParseError::TooDeep { offset: 1000, limit: 1000 });
    for body in ["[".repeat(10_000), "[".repeat(1_000_000)] {
        assert_eq!(parse(body).unwrap_err(), ParseError::TooDeep { offset: 1000, limit: 1000 });
    }
    assert_eq!(parse("{\"a\":".repeat(10_000)).unwrap_err(), ParseError::TooDeep { offset: 5000, limit: 1000 });
    let flat = Limits { depth: 0 };
    assert!(Node::parse("1", &flat).is_ok());
    assert_eq!(Node::parse("[]", &flat).unwrap_err(), ParseError::TooDeep { offset: 0, limit: 0 });
    // Siblings are no depth.
    assert!(Node::parse("[[],[],{},[]]", &Limits { depth: 2 }).is_ok());
}

/// Nothing recurses: a million levels on a test's small stack, if the caller allows them.
#[test]
fn deep_documents_are_walked_without_a_stack() {
    let body = format!("{}{}", "{\"a\":[".repeat(500_000), "]}".repeat(500_000));
    let deep = Limits { depth: usize::MAX };
    let node = Node::parse(body.clone(), &deep).unwrap();
    assert_eq!(node.to_json(), body.as_bytes());
    let twin = Node::parse(body.clone(), &deep).unwrap();
    assert!(node.same_value(&twin));
    let inside = node.get("a").unwrap();
    let detached = inside.detach();
    assert!(detached.page_bytes() < inside.page_bytes());
    assert!(inside.same_value(&detached));
    drop((node, inside));
    assert_eq!(detached.to_json(), &body.as_bytes()[5..body.len() - 1]);
}

#[test]
#[cfg(target_pointer_width = "64")]
fn four_gib_are_refused() {
    // Never touched, so never really there.
    let body = bytes::Bytes::from(vec![0; 1 << 32]);
    assert_eq!(Node::parse(body, &Limits::default()).unwrap_err(), ParseError::TooLarge);
}

#[test]
fn numbers_are_exact() {
    let node = parse("[1180591620717411303424, -9223372036854775809, 1e400, -0.0, -0, 0.1, 9223372036854775807, 1.0]").unwrap();
    let numbers: Vec<_> = node.cursor().elements().map(|node| node.number().unwrap()).collect();
    assert_eq!(numbers[0], Number::Big("1180591620717411303424"));
    assert_eq!(numbers[1], Number::Big("-9223372036854775809"));
    assert_eq!(numbers[2], Number::Float(f64::INFINITY));
    assert!(matches!(numbers[3], Number::Float(zero) if zero.to_bits() == (-0.0f64).to_bits()));
    assert_eq!(numbers[4..], [Number::Int(0), Number::Float(0.1), Number::Int(i64::MAX), Number::Float(1.0)]);
    assert_eq!(node.at(2).unwrap().raw_text(), Some("1e400"));
    assert_eq!(json(&node), "[1180591620717411303424,-9223372036854775809,1e400,-0.0,-0,0.1,9223372036854775807,1.0]");
}

#[test]
fn the_last_of_duplicates_wins_in_the_place_of_the_first() {
    let node = parse(r#"{"a":1,"b":[{}],"\u0061":{"x":[1,2]},"c":4,"b":"last"}"#).unwrap();
    assert_eq!(node.len(), 3);
    assert_eq!(json(&node), r#"{"a":{"x":[1,2]},"b":"last","c":4}"#);
    let keys: Vec<_> = node.entries().map(|(key, _)| key.as_str().unwrap().to_owned()).collect();
    assert_eq!(keys, ["a", "b", "c"]);
    assert_eq!(json(&node.get("a").unwrap()), r#"{"x":[1,2]}"#);
    assert_eq!(json(&node.path("a.x").unwrap()), "[1,2]");
    for hint in [0, 1, 2, 3, 4, 99, u32::MAX] {
        let hint = AtomicU32::new(hint);
        assert_eq!(json(&node.get_hinted("b", &hint).unwrap()), "\"last\"");
        assert_eq!(hint.load(Relaxed), 1);
        assert!(node.get_hinted("d", &hint).is_none());
    }
    assert!(node.get("d").is_none() && node.path("a.y").is_none() && node.path("c.x").is_none() && node.path("").is_none());
    assert!(node.same_value(&parse(r#"{"c":4.0,"b":"last","a":{"x":[1,2]}}"#).unwrap()));
}

#[test]
fn keys_are_compared_unescaped() {
    let node = parse(r#"{"a\"b":1,"\ud800":2,"\u00e9":3,"a\\b":4,"":5}"#).unwrap();
    for (key, value) in [("a\"b", "1"), ("é", "3"), ("a\\b", "4"), ("", "5")] {
        assert_eq!(json(&node.get(key).unwrap()), value, "{key}");
    }
    assert!(node.get(r"\u00e9").is_none() && node.get("a").is_none() && node.get("a\"b\":1").is_none());
    assert_eq!(json(&node.cursor().get_wtf8(b"\xED\xA0\x80").unwrap().to_node()), "2");
}

#[test]
fn long_keys_and_strings_are_whole() {
    let key = "k".repeat(17 << 20);
    let node = parse(format!(r#"[{{"{key}":1,"{key}x":2}},{{"{key}":3,"{key}":4}}]"#)).unwrap();
    let (first, second) = (node.at(0).unwrap(), node.at(1).unwrap());
    assert_eq!((first.len(), second.len()), (2, 1));
    assert_eq!(json(&first.get(&format!("{key}x")).unwrap()), "2");
    assert_eq!(json(&second.get(&key).unwrap()), "4");
    assert_eq!(first.entries().next().unwrap().0.wtf8.len(), key.len());
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let node = parse("\u{feff}{\"a\":\"\u{feff}\"}").unwrap();
    assert_eq!(json(&node), "{\"a\":\"\u{feff}\"}");
    assert_eq!(node.get("a").unwrap().text().unwrap().as_str(), Some("\u{feff}"));
}

#[test]
fn equality_is_by_value() {
    let same = [
        ("1", "1.0"),
        ("[]", " [ ]"),
        (r#""a""#, r#""\u0061""#),
        (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#),
        ("1e400", "1e999"),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
    ];
    for (left, right) in same {
        assert!(parse(left).unwrap().same_value(&parse(right).unwrap()), "{left} {right}");
    }
    let different = [
        ("true", "1"),
        ("false", "0"),
        ("null", "0"),
        ("[]", "{}"),
        ("[1]", "[1,2]"),
        ("[1,2]", "[2,1]"),
        ("[1,2]", "[1,3]"),
        ("[[1],[2,3]]", "[[1],[2,4]]"),
        (r#"{"a":1,"b":2}"#, r#"{"b":3,"a":1}"#),
        (r#""1""#, "1"),
        (r#"{"a":1}"#, r#"{"b":1}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":1,"b":2}"#),
        (r#""\ud800""#, r#""\ud801""#),
        ("true", "false"),
    ];
    for (left, right) in different {
        assert!(!parse(left).unwrap().same_value(&parse(right).unwrap()), "{left} {right}");
        assert!(!parse(right).unwrap().same_value(&parse(left).unwrap()), "{right} {left}");
    }
}

#[test]
fn large_objects_are_compared_in_time() {
    let object = |numbers: &mut dyn Iterator<Item = u32>| {
        let members: Vec<_> = numbers.map(|number| format!("\"key{number}\":{number}")).collect();
        parse(format!("{{{}}}", members.join(","))).unwrap()
    };
    let (up, down) = (object(&mut (0..20_000)), object(&mut (0..20_000).rev()));
    let start = Instant::now();
    assert!(up.same_value(&down));
    assert!(!up.same_value(&object(&mut (1..20_001).rev())));
    assert!(start.elapsed().as_secs_f32() < 2.0, "{:?}", start.elapsed());
}

#[test]
fn a_detached_value_lets_go_of_the_page() {
    let page = parse(format!(r#"{{"issues":[{{"key":"A-1", "n":1e400}}],"rest":"{}"}}"#, "x".repeat(100_000))).unwrap();
    let issue = page.path("issues").unwrap().at(0).unwrap();
    assert!(page.page_bytes() > 100_000 && issue.page_bytes() == page.page_bytes());
    let detached = issue.detach();
    assert!(detached.page_bytes() < 300, "{}", detached.page_bytes());
    drop((page, issue));
    assert_eq!(json(&detached), r#"{"key":"A-1","n":1e400}"#);
}

#[test]
fn handles_are_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let node = parse(r#"{"a":[1,2,3]}"#).unwrap();
    shared(&node);
    let array = node.get("a").unwrap();
    drop(node);
    let sum: i64 =
        std::thread::spawn(move || array.elements().map(|node| if let Some(Number::Int(int)) = node.number() { int } else { 0 }).sum())
            .join()
            .unwrap();
    assert_eq!(sum, 6);
}
