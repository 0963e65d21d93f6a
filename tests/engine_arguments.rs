//! Arguments: what `bind` and `free` take, what they refuse and in which words, and what goes out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod engine;

use atlassian_cloud::catalog::{Field, Model, Param, Place, Style, Type};
use atlassian_cloud::engine::arguments::{self, Argument, Extras};
use atlassian_cloud::engine::{ArgumentError, Error, Request, timestamp};
use engine::{json, param, path, required};
use proptest::prelude::*;
use serde_json::{Value, json};

fn models() -> Vec<Model> {
    let field = |name: &str, key: &str, ty: Type| Field {
        name: name.into(),
        key: key.into(),
        ty,
        required: true,
        secret: false,
        one_of: Vec::new(),
    };
    vec![
        Model {
            name: "Rule".into(),
            fields: vec![field("allowed", "allowed", Type::Bool), field("count", "maxCount", Type::Int)],
            repr: Vec::new(),
        },
        Model {
            name: "Person".into(),
            fields: vec![field("name", "name", Type::Str), field("rules", "rules", Type::List(Box::new(Type::Model(0))))],
            repr: Vec::new(),
        },
    ]
}

const RULE: Type = Type::Model(0);
const PERSON: Type = Type::Model(1);

fn list(ty: Type) -> Type {
    Type::List(Box::new(ty))
}

fn dict(ty: Type) -> Type {
    Type::Dict(Box::new(ty))
}

/// "POST /things" with one parameter, and what becomes of one argument.
fn bind_one(param: Param, given: Option<Argument>) -> Result<Request, Error> {
    engine::bind(engine::publish(engine::operation("POST /things", vec![param]), models()), vec![given])
}

fn target(param: Param, given: Value) -> String {
    bind_one(param, json(given)).unwrap().path_and_query()
}

fn type_error(result: Result<Request, Error>) -> String {
    match result {
        Err(Error::Argument(ArgumentError::Type(text))) => text,
        other => panic!("no type error: {:?}", other.map(|r| r.path_and_query())),
    }
}

fn value_error(result: Result<Request, Error>) -> String {
    match result {
        Err(Error::Argument(ArgumentError::Value(text))) => text,
        other => panic!("no value error: {:?}", other.map(|r| r.path_and_query())),
    }
}

#[test]
fn every_type_takes_what_it_is() {
    let big: Value = serde_json::from_str("1180591620717411303424").unwrap();
    for (ty, good) in [
        (Type::Str, vec![json!(""), json!("a"), json!("é")]),
        (Type::Int, vec![json!(0), json!(-7), big.clone()]),
        (Type::Float, vec![json!(0), json!(1.5), json!(-1e300), big]),
        (Type::Bool, vec![json!(true), json!(false)]),
        (Type::Datetime, vec![json!("2024-05-07T01:02:03Z"), json!("now")]),
        (Type::Date, vec![json!("2024-05-07")]),
        (Type::EpochMs, vec![json!(1_715_043_723_000_i64), json!(-1), json!("1715043723000")]),
        (Type::Any, vec![json!(1), json!("a"), json!([{}]), json!({"a": [null]})]),
        (Type::Object, vec![json!({}), json!({"a": 1})]),
        (list(Type::Int), vec![json!([]), json!([1, 2])]),
        (list(list(Type::Str)), vec![json!([["a"], []])]),
        (dict(Type::Str), vec![json!({}), json!({"a": "b"})]),
        (RULE, vec![json!({}), json!({"allowed": true, "maxCount": 3}), json!({"unknown": [1]}), json!({"allowed": null})]),
        (PERSON, vec![json!({"name": "a", "rules": [{"allowed": false}]})]),
    ] {
        for value in good {
            let request = bind_one(param("x", Place::Body, ty.clone()), json(value.clone()));
            assert_eq!(request.unwrap().body, Some(json!({"x": value})), "{ty:?}");
        }
    }
}

#[test]
fn every_type_refuses_what_it_is_not_and_says_where() {
    for (ty, bad, text) in [
        (Type::Str, json!(1), "x: expected str, got int"),
        (Type::Str, json!(true), "x: expected str, got bool"),
        (Type::Str, json!(["a"]), "x: expected str, got list"),
        (Type::Int, json!("1"), "x: expected int, got str"),
        (Type::Int, json!(1.0), "x: expected int, got float"),
        (Type::Int, json!(true), "x: expected int, got bool"),
        (Type::Float, json!("1.5"), "x: expected float, got str"),
        (Type::Float, json!(false), "x: expected float, got bool"),
        (Type::Bool, json!(1), "x: expected bool, got int"),
        (Type::Bool, json!("true"), "x: expected bool, got str"),
        (Type::Datetime, json!(1_715_043_723), "x: expected datetime or str, got int"),
        (Type::Date, json!(20_240_507), "x: expected date or str, got int"),
        (Type::EpochMs, json!("2024-05-07"), "x: expected datetime, or int milliseconds since 1970, got str"),
        (Type::EpochMs, json!(""), "x: expected datetime, or int milliseconds since 1970, got str"),
        (Type::EpochMs, json!(1.5), "x: expected datetime, or int milliseconds since 1970, got float"),
        (Type::Object, json!([]), "x: expected dict, got list"),
        (list(Type::Str), json!("a"), "x: expected list of str, got str"),
        (list(Type::Str), json!(["a", 2]), "x[1]: expected str, got int"),
        (list(list(Type::Str)), json!([["a"], ["b", {}]]), "x[1][1]: expected str, got dict"),
        (dict(Type::Int), json!({"a": 1, "b c": "2"}), "x.b c: expected int, got str"),
        (dict(list(Type::Int)), json!({"a": [1, null, 2.5]}), "x.a[2]: expected int, got float"),
        (RULE, json!("a"), "x: expected dict or Rule, got str"),
        (RULE, json!({"maxCount": "3"}), "x.maxCount: expected int, got str"),
        (PERSON, json!({"rules": [{"allowed": true}, {"allowed": "yes"}]}), "x.rules[1].allowed: expected bool, got str"),
        (PERSON, json!({"rules": [1]}), "x.rules[0]: expected dict or Rule, got int"),
        (list(RULE), json!({}), "x: expected list of dict or Rule, got dict"),
        (dict(RULE), json!([]), "x: expected dict of dict or Rule, got list"),
    ] {
        let text_found = type_error(bind_one(param("x", Place::Body, ty), json(bad)));
        assert_eq!(text_found, format!("test.things.call: {text}"));
    }
}

#[test]
fn enums_are_open_but_typed() {
    let sort = || Param { one_of: vec!["asc".into(), "desc".into()], ..param("sort", Place::Query, Type::Str) };
    assert_eq!(target(sort(), json!("sideways")), "/things?sort=sideways");
    assert!(type_error(bind_one(sort(), json(json!(1)))).contains("sort: expected str, got int"));
}

#[test]
fn what_is_required_must_come_and_be_something() {
    for place in [Place::Path, Place::Query, Place::Header, Place::Body, Place::WholeBody] {
        let operation = engine::publish(engine::operation("POST /things/{x}", vec![required(param("x", place, Type::Str))]), Vec::new());
        assert_eq!(type_error(engine::bind(operation, vec![None])), "test.things.call: missing required argument \"x\"", "{place:?}");
        assert_eq!(
            type_error(engine::bind(operation, vec![json(json!(null))])),
            "test.things.call: x: expected str, got None",
            "{place:?}"
        );
    }
}

#[test]
fn null_is_nothing_in_the_query_and_null_in_a_body() {
    let params = || {
        vec![
            param("q", Place::Query, Type::Str),
            param("x-h", Place::Header, Type::Str),
            param("b", Place::Body, Type::Str),
            param("c", Place::Body, Type::Str),
        ]
    };
    let operation = engine::publish(engine::operation("POST /things", params()), Vec::new());
    let request = engine::bind(operation, vec![json(json!(null)), json(json!(null)), json(json!(null)), None]).unwrap();
    assert_eq!((request.path_and_query().as_str(), request.headers.len()), ("/things", 0));
    assert_eq!(request.body, Some(json!({"b": null})), "what is left out is not there");
    let request = engine::bind(operation, vec![None, None, None, None]).unwrap();
    assert_eq!(request.body, Some(json!({})), "a body of optional fields is sent even if it is empty");
    assert_eq!(bind_one(param("b", Place::WholeBody, list(Type::Str)), None).unwrap().body, None);
}

#[test]
fn null_inside_a_list_passes_in_a_body_and_is_refused_in_the_query() {
    let request = bind_one(param("x", Place::Body, list(Type::Str)), json(json!(["a", null]))).unwrap();
    assert_eq!(request.body, Some(json!({"x": ["a", null]})));
    // Neither the text "null" nor a filter that silently became wider.
    for style in [Style::Repeat, Style::Comma] {
        let param = Param { style, ..param("x", Place::Query, list(Type::Str)) };
        assert_eq!(type_error(bind_one(param, json(json!(["a", null])))), "test.things.call: x[1]: expected str, got None");
    }
}

#[test]
fn ids_are_text_or_numbers_as_the_operation_wants_them() {
    let id = |ty| Param { id: true, ..param("x", Place::Body, ty) };
    let sent = |ty, value| bind_one(id(ty), json(value)).unwrap().body.unwrap()["x"].clone();
    assert_eq!(sent(Type::Str, json!(65537)), json!("65537"));
    assert_eq!(sent(Type::Int, json!("65537")), json!(65537));
    assert_eq!(sent(list(Type::Int), json!(["1", 2, "-1"])), json!([1, 2, -1]));
    assert_eq!(sent(list(Type::Str), json!([1, "a"])), json!(["1", "a"]));
    for text in ["", "a", "007", "1.0", " 1", "1e3", "99999999999999999999"] {
        assert_eq!(type_error(bind_one(id(Type::Int), json(json!(text)))), "test.things.call: x: expected int, got str");
    }
    for value in [json!(true), json!(1.5)] {
        assert!(type_error(bind_one(id(Type::Str), json(value))).starts_with("test.things.call: x: expected str, got "));
    }
    // What is no id stays what it is.
    assert_eq!(type_error(bind_one(param("x", Place::Body, Type::Str), json(json!(1)))), "test.things.call: x: expected str, got int");
}

#[test]
fn defaults_are_sent_when_nothing_is_given() {
    let with = |place, ty, text: &str| Param { default: Some(text.into()), ..param("x", place, ty) };
    assert_eq!(bind_one(with(Place::Query, Type::Int, "50"), None).unwrap().path_and_query(), "/things?x=50");
    assert_eq!(target(with(Place::Query, Type::Int, "50"), json!(7)), "/things?x=7");
    assert_eq!(target(with(Place::Query, Type::Int, "50"), json!(null)), "/things", "None asks for none");
    assert_eq!(bind_one(with(Place::Query, list(Type::Str), r#"["a","b"]"#), None).unwrap().path_and_query(), "/things?x=a&x=b");
    assert_eq!(bind_one(with(Place::Body, Type::Any, r#"{"a":[1]}"#), None).unwrap().body, Some(json!({"x": {"a": [1]}})));
    assert_eq!(bind_one(with(Place::Header, Type::Str, r#""opt-in""#), None).unwrap().headers["x"], "opt-in");
    assert!(matches!(bind_one(with(Place::Query, Type::Str, "{"), None), Err(Error::Configuration(_))));
}

#[test]
fn query_values_have_their_plain_text() {
    for (ty, value, text) in [
        (Type::Bool, json!(true), "true"),
        (Type::Bool, json!(false), "false"),
        (Type::Int, json!(-7), "-7"),
        (Type::Int, serde_json::from_str("1180591620717411303424").unwrap(), "1180591620717411303424"),
        (Type::Float, json!(1.5), "1.5"),
        (Type::Str, json!(""), ""),
        (Type::Str, json!("a b&c=d+e/é%"), "a%20b%26c%3Dd%2Be%2F%C3%A9%25"),
        (Type::EpochMs, json!(1_715_043_723_000_i64), "1715043723000"),
        (Type::EpochMs, json!("1715043723000"), "1715043723000"),
    ] {
        assert_eq!(target(param("x", Place::Query, ty), value), format!("/things?x={text}"));
    }
    assert_eq!(
        target(Param { key: "a b&c".into(), ..param("x", Place::Query, Type::Str) }, json!("1")),
        "/things?a%20b%26c=1",
        "names are encoded too"
    );
}

#[test]
fn lists_in_the_query_repeat_or_are_joined() {
    let of = |style, ty| Param { style, ..param("x", Place::Query, list(ty)) };
    assert_eq!(target(of(Style::Repeat, Type::Str), json!(["a", "b,c"])), "/things?x=a&x=b%2Cc");
    assert_eq!(target(of(Style::Comma, Type::Str), json!(["a", "b,c"])), "/things?x=a,b%2Cc");
    assert_eq!(target(of(Style::Comma, Type::Int), json!([1, 2])), "/things?x=1,2");
    assert_eq!(target(of(Style::Repeat, Type::Bool), json!([true])), "/things?x=true");
    assert_eq!(target(of(Style::Repeat, Type::Str), json!([])), "/things");
    assert_eq!(target(of(Style::Comma, Type::Str), json!([])), "/things");
}

#[test]
fn moments_take_the_form_of_their_parameter() {
    let moment = timestamp::parse("2024-05-07T01:02:03.456789+02:00").unwrap();
    let naive = timestamp::parse("2024-05-07T01:02:03").unwrap();
    let day = timestamp::parse("2024-05-07").unwrap();
    for (ty, given, in_query, in_body) in [
        (Type::Datetime, Argument::Datetime(moment), "2024-05-07T01%3A02%3A03.456%2B02%3A00", json!("2024-05-07T01:02:03.456+02:00")),
        (Type::Datetime, Argument::Datetime(naive), "2024-05-07T01%3A02%3A03.000Z", json!("2024-05-07T01:02:03.000Z")),
        (Type::Datetime, Argument::Date(day), "2024-05-07", json!("2024-05-07")),
        (Type::Date, Argument::Datetime(moment), "2024-05-07", json!("2024-05-07")),
        (Type::Date, Argument::Date(day), "2024-05-07", json!("2024-05-07")),
        (Type::EpochMs, Argument::Datetime(moment), "1715036523456", json!(1_715_036_523_456_i64)),
        (Type::Str, Argument::Datetime(naive), "2024-05-07T01%3A02%3A03.000Z", json!("2024-05-07T01:02:03.000Z")),
    ] {
        let query = bind_one(param("x", Place::Query, ty.clone()), Some(given.clone())).unwrap();
        assert_eq!(query.path_and_query(), format!("/things?x={in_query}"), "{ty:?}");
        let body = bind_one(param("x", Place::Body, ty.clone()), Some(given.clone())).unwrap();
        assert_eq!(body.body, Some(json!({"x": in_body})), "{ty:?}");
    }
    let bare = bind_one(param("x", Place::Query, Type::EpochMs), Some(Argument::Date(day)));
    assert!(type_error(bare).contains("x: expected datetime, or int milliseconds since 1970"), "a day is no moment");
    assert!(
        type_error(bind_one(param("x", Place::Query, Type::Int), Some(Argument::Datetime(naive)))).contains("x: expected int, got str")
    );
}

#[test]
fn whole_bodies_are_sent_as_they_are() {
    let whole = |ty| required(param("body", Place::WholeBody, ty));
    assert_eq!(bind_one(whole(list(Type::Str)), json(json!(["a", "b"]))).unwrap().body, Some(json!(["a", "b"])));
    assert_eq!(bind_one(whole(Type::Str), json(json!("a"))).unwrap().body, Some(json!("a")));
    assert_eq!(type_error(bind_one(whole(list(Type::Str)), json(json!([1])))), "test.things.call: body[0]: expected str, got int");
}

#[test]
fn places_keep_to_themselves() {
    let mut operation = engine::operation(
        "PATCH /a/{one}/b/{two}",
        vec![
            path("two"),
            path("one"),
            param("q", Place::Query, Type::Int),
            Param { key: "X-Opt".into(), ..param("opt", Place::Header, Type::Bool) },
            Param { key: "e.mail".into(), ..param("e", Place::Body, Type::Str) },
        ],
    );
    operation.content_type = "application/scim+json".into();
    let operation = engine::publish(operation, Vec::new());
    let request =
        engine::bind(operation, vec![json(json!("2")), json(json!("1")), json(json!(3)), json(json!(true)), json(json!("x"))]).unwrap();
    assert_eq!(request.method, "PATCH");
    assert_eq!(request.path_and_query(), "/a/1/b/2?q=3");
    assert_eq!(request.headers["x-opt"], "true");
    assert_eq!(request.body, Some(json!({"e.mail": "x"})));
    assert_eq!(request.content_type, "application/scim+json");
    assert_eq!((request.call().as_str(), request.idempotent), ("test.things.call", false));
}

#[test]
fn a_list_in_a_header_is_joined() {
    let request = bind_one(param("x-list", Place::Header, list(Type::Str)), json(json!(["a", "b"]))).unwrap();
    assert_eq!(request.headers["x-list"].as_bytes(), b"a,b");
    assert!(
        type_error(bind_one(param("x-list", Place::Header, list(Type::Str)), json(json!([null]))))
            .contains("x-list[0]: expected str, got None")
    );
}

#[test]
fn extras_are_added_and_checked() {
    let operation = engine::publish(
        engine::operation("POST /things", vec![param("q", Place::Query, Type::Str), param("name", Place::Body, Type::Str)]),
        Vec::new(),
    );
    let bind = |extras: Extras| arguments::bind(operation, vec![json(json!("1")), json(json!("n"))], extras);
    let query = |value: Value| bind(Extras { query: vec![("extra".into(), value)], ..Extras::default() });
    assert_eq!(query(json!("a b")).unwrap().path_and_query(), "/things?q=1&extra=a%20b");
    assert_eq!(query(json!(["a", 1, true, 1.5])).unwrap().path_and_query(), "/things?q=1&extra=a&extra=1&extra=true&extra=1.5");
    assert_eq!(query(json!(null)).unwrap().path_and_query(), "/things?q=1");
    assert_eq!(type_error(query(json!({}))), "test.things.call: extra_query[\"extra\"]: expected str, int, float or bool, got dict");
    assert_eq!(type_error(query(json!([null]))), "test.things.call: extra_query[\"extra\"]: expected str, int, float or bool, got None");

    let headers = |name: &str, value: &str| bind(Extras { headers: vec![(name.into(), value.into())], ..Extras::default() });
    let request = headers("X-Mine", "a b").unwrap();
    assert_eq!(request.headers["x-mine"], "a b");
    assert!(request.headers["x-mine"].is_sensitive());
    for bad in ["a\r\nX-Evil: 1", "a\nb", "a\0b", "a\u{7f}b"] {
        assert_eq!(
            value_error(headers("X-Mine", bad)),
            "test.things.call: extra_headers[\"X-Mine\"]: control characters cannot stand in a header",
            "{bad:?}"
        );
    }
    for bad in ["", "a b", "a:b", "a\r\nb", "é"] {
        assert!(value_error(headers(bad, "1")).ends_with("not a header name"), "{bad:?}");
    }

    let body = |extra: Value| bind(Extras { body: extra.as_object().unwrap().clone(), ..Extras::default() });
    assert_eq!(body(json!({"other": [1], "name": "over"})).unwrap().body, Some(json!({"name": "over", "other": [1]})));
    let whole = engine::publish(engine::operation("POST /things", vec![param("body", Place::WholeBody, list(Type::Str))]), Vec::new());
    let extras = || Extras { body: json!({"a": 1}).as_object().unwrap().clone(), ..Extras::default() };
    assert_eq!(
        value_error(arguments::bind(whole, vec![json(json!(["a"]))], extras())),
        "test.things.call: extra_body needs a body that is an object"
    );
    assert_eq!(arguments::bind(whole, vec![None], extras()).unwrap().body, Some(json!({"a": 1})));
}

#[test]
fn control_characters_cannot_stand_in_a_declared_header() {
    let text = value_error(bind_one(param("x-h", Place::Header, Type::Str), json(json!("a\r\nEvil: 1"))));
    assert_eq!(text, "test.things.call: x-h: control characters cannot stand in a header");
}

#[test]
fn path_arguments_are_ids() {
    let operation = engine::publish(engine::operation("GET /things/{id}/parts", vec![path("id")]), Vec::new());
    let bind = |value: Value| engine::bind(operation, vec![json(value)]);
    for (id, segment) in [
        ("5b10:a|b-c_d~e.f", "5b10%3Aa%7Cb-c_d~e.f"),
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("..x", "..x"),
        ("%2e%2e", "%252e%252e"),
        ("é", "%C3%A9"),
        ("-", "-"),
        (" a ", "%20a%20"),
        ("\\", "%5C"),
    ] {
        assert_eq!(bind(json!(id)).unwrap().path_and_query(), format!("/things/{segment}/parts"));
    }
    assert_eq!(bind(json!(10_001)).unwrap().path_and_query(), "/things/10001/parts", "a number is an id too");
    for bad in ["", " ", "\t\n", "\u{3000}"] {
        assert_eq!(value_error(bind(json!(bad))), "test.things.call: id: must not be empty", "{bad:?}");
    }
    for bad in [".", ".."] {
        assert_eq!(value_error(bind(json!(bad))), format!("test.things.call: id: {bad:?} is no id"));
    }
    for bad in [json!(1.5), json!(["a"]), json!(null), json!(true)] {
        assert!(type_error(bind(bad)).starts_with("test.things.call: id: expected str, got "));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the id: one segment, which decodes back; host, depth and query stay.
    #[test]
    fn any_id_is_one_segment(id in prop_oneof![".*", "[./%\\\\?#@:;&=a2eE5cfF ]{1,12}", "\\PC*", "[\\x00-\\x20a]{1,6}"]) {
        prop_assume!(!id.trim().is_empty() && id != "." && id != "..");
        let operation = engine::publish(engine::operation("GET /things/{id}/parts/{part}", vec![path("id"), path("part")]), Vec::new());
        let request = engine::bind(operation, vec![json(json!(id)), json(json!(id))]).unwrap();
        // As the transport does it: the base and this, read by the URL parser, which knows of dot segments and backslashes.
        let url = url::Url::parse(&format!("https://api.example.com/base{}", request.path_and_query())).unwrap();
        prop_assert_eq!(url.host_str(), Some("api.example.com"));
        prop_assert_eq!((url.query(), url.fragment(), url.port(), url.username()), (None, None, None, ""));
        let segments: Vec<&str> = url.path_segments().unwrap().collect();
        prop_assert_eq!(segments.len(), 5, "{}", url);
        prop_assert_eq!((segments[0], segments[1], segments[3]), ("base", "things", "parts"));
        for segment in [segments[2], segments[4]] {
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
            prop_assert_eq!(&*decoded, id.as_str());
        }
    }

    /// Whatever the value: it stays inside its own pair, and decodes back.
    #[test]
    fn any_query_value_stays_in_its_place(value in ".*", other in prop_oneof![".*", "[&=#+% ]{0,6}"]) {
        let operation = engine::publish(engine::operation("GET /things", vec![param("a", Place::Query, Type::Str), param("b", Place::Query, Type::Str)]), Vec::new());
        let request = engine::bind(operation, vec![json(json!(value)), json(json!(other))]).unwrap();
        let url = url::Url::parse(&format!("https://api.example.com{}", request.path_and_query())).unwrap();
        prop_assert_eq!(url.fragment(), None);
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        prop_assert_eq!(pairs, vec![("a".to_owned(), value), ("b".to_owned(), other)]);
    }

    /// No path that `free` takes leaves the configured address.
    #[test]
    fn no_free_path_leaves_the_base(path in prop_oneof!["/.*", "[/.%2eE\\\\@:a?#]{1,14}", "/[/.%2eEfF5c\\\\]{0,14}", ".*"]) {
        if let Ok(request) = arguments::free("GET", &path, Vec::new(), None, Vec::new()) {
            let url = url::Url::parse(&format!("https://api.example.com/base{}", request.path_and_query())).unwrap();
            prop_assert_eq!(url.host_str(), Some("api.example.com"));
            prop_assert!(url.path().starts_with("/base/"), "{} became {}", path, url);
            prop_assert_eq!(url.fragment(), None);
            let bare = path.split('?').next().unwrap();
            prop_assert_eq!(url.path().matches('/').count(), 1 + bare.matches('/').count(), "{} became {}", path, url);
        }
    }
}

#[test]
fn free_paths_stay_below_the_base() {
    let free = |path: &str| arguments::free("GET", path, Vec::new(), None, Vec::new());
    for bad in [
        "",
        "x",
        "//evil.example.com",
        "//evil.example.com/x",
        "https://evil.example.com/x",
        "HTTPS://evil.example.com",
        "/..",
        "/../x",
        "/a/../b",
        "/a/.",
        "/./a",
        "/a/%2e%2e/b",
        "/a/%2E./b",
        "/a/.%2e",
        "/%2e",
        "/a b",
        "/a#b",
        "/a?q=1#b",
        "/a\\..\\b",
        "/\\evil.example.com",
        "\\\\evil",
        "/a\r\nHost: evil",
        "/a\tb",
        "/a\0b",
        "/a?q=a b",
        " /a",
        "/a ",
        "?q=1",
        "..",
        "@evil.example.com",
        ":8080/x",
    ] {
        assert!(!value_error(free(bad)).is_empty(), "{bad:?}");
    }
    for good in [
        "/",
        "/rest/api/3/myself",
        "/a%20b",
        "/a//b",
        "/a?q=../..",
        "/a/..b/c..",
        "/a/.../b",
        "/é",
        "/a%2Fb",
        "/a?q=%23",
        "/a@b:c",
        "/a/%252e%252e/b",
    ] {
        assert_eq!(free(good).unwrap().path_and_query(), good);
    }
}

#[test]
fn free_requests_carry_query_body_and_headers() {
    let free = |method: &str, path: &str, query: Vec<(String, Value)>, body: Option<Value>| {
        arguments::free(method, path, query, body, vec![("X-A".into(), "1".into())])
    };
    let request = free(" post ", "/x?a=1", vec![("b".into(), json!([1, 2])), ("c".into(), json!(null))], Some(json!([1]))).unwrap();
    assert_eq!((request.method.as_str(), request.path_and_query().as_str()), ("POST", "/x?a=1&b=1&b=2"));
    assert_eq!((request.body, request.headers["x-a"].as_bytes(), request.idempotent), (Some(json!([1])), &b"1"[..], false));
    for method in ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        assert!(free(method, "/x", Vec::new(), None).unwrap().idempotent, "{method}");
    }
    assert!(!free("PATCH", "/x", Vec::new(), None).unwrap().idempotent);
    for bad in ["", "GE T", "GET/", "CONNECT", "G\nET", "É"] {
        assert!(value_error(free(bad, "/x", Vec::new(), None)).contains("no HTTP method"), "{bad:?}");
    }
    assert!(type_error(free("GET", "/x", vec![("b".into(), json!({}))], None)).contains("request: extra_query[\"b\"]"));
}

#[test]
fn a_path_below_a_path_keeps_its_slashes() {
    let file = Param { style: Style::Slashes, ..path("path") };
    let operation = engine::publish(engine::operation("GET /src/{commit}/{path}", vec![path("commit"), file]), Vec::new());
    let bind = |text: &str| engine::bind(operation, vec![json(json!("main")), json(json!(text))]);
    for (text, target) in [("a.py", "/src/main/a.py"), ("docs/ä b/c#1.md", "/src/main/docs/%C3%A4%20b/c%231.md"), ("/top", "/src/main/top")]
    {
        assert_eq!(bind(text).unwrap().path_and_query(), target);
    }
    for bad in ["", "/", "a//b", "../x", "a/./b", "a/"] {
        value_error(bind(bad));
    }
}

#[test]
fn a_query_too_long_for_an_address_goes_out_as_the_body_of_its_twin() {
    let query = param("jql", Place::Query, Type::Str);
    let fields = param("fields", Place::Query, list(Type::Str));
    let mut by_query = engine::operation("GET /search", vec![query, fields]);
    by_query.long = Some(1);
    let in_body =
        engine::operation("POST /search", vec![param("fields", Place::Body, list(Type::Str)), param("jql", Place::Body, Type::Str)]);
    let operation = engine::publish_many(vec![by_query, in_body], Vec::new());
    let bind = |jql: &str| engine::bind(operation, vec![json(json!(jql)), json(json!(["a"]))]).unwrap();
    assert_eq!(bind("x = 1").path_and_query(), "/search?jql=x%20%3D%201&fields=a");
    let long = "x".repeat(5_000);
    let request = bind(&long);
    assert_eq!((request.method.as_str(), request.path_and_query().as_str()), ("POST", "/search"));
    assert_eq!(request.body, Some(json!({"jql": long, "fields": ["a"]})));
}
