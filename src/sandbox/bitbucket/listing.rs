//! Pages of lists, and partial responses.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::bbql;

/// How a list is paged.
struct Paging {
    /// Items on a page unless a call asks for another number.
    default: usize,
    most: usize,
    /// Whether pages tell their number and how many items there are in all.
    counted: bool,
}

/// Not in the document, but seen by many: lists of pull requests end at 50, the log has longer pages and counts nothing.
fn paging(key: &str) -> Paging {
    let usual = Paging { default: 10, most: 100, counted: true };
    match key.split_once("/2.0/repositories/{}/{}/").map_or("", |(_, rest)| rest) {
        "pullrequests" | "pullrequests/activity" | "pullrequests/{}/activity" => Paging { most: 50, ..usual },
        "commits" | "commits/{}" => Paging { default: 30, counted: false, ..usual },
        _ => usual,
    }
}

/// One page of a list; what is not on it is rendered only if the call filters or sorts.
pub fn page<T>(state: &State, call: &Call, items: Vec<T>, render: impl Fn(&T) -> Value) -> Outcome {
    let number = |key: &str, default: usize, most: usize| match call.query(key) {
        None => Ok(default),
        Some(text) => match text.parse::<usize>() {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => Err(Refusal::new(400, "", format!("Invalid {key}: it must lie between 1 and {most}."))),
        },
    };
    let paging = paging(&call.route.key);
    let (page, length) = (number("page", 1, 1_000_000)?, number("pagelen", paging.default, paging.most)?);
    let skipped = (page - 1) * length;
    let selects = ["q", "sort"].iter().any(|key| call.query(key).is_some_and(|text| !text.trim().is_empty()));
    let (values, size): (Vec<Value>, usize) = if selects {
        let all = bbql::select(call, items.iter().map(&render).collect())?;
        let size = all.len();
        (all.into_iter().skip(skipped).take(length).collect(), size)
    } else {
        (items.iter().skip(skipped).take(length).map(&render).collect(), items.len())
    };
    let mut body = if paging.counted { json!({"pagelen": length, "size": size, "page": page}) } else { json!({"pagelen": length}) };
    let address = |page: usize| {
        let kept = call.query.iter().filter(|(key, _)| key != "page").map(|(key, value)| (key.as_str(), value.clone()));
        let pairs = kept.chain([("page", page.to_string())]);
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        json!(format!("{}{}?{query}", state.url, call.path))
    };
    if let Some(map) = body.as_object_mut() {
        if call.empty_page {
            map.insert("next".to_owned(), address(page));
        } else if skipped + values.len() < size {
            map.insert("next".to_owned(), address(page + 1));
        }
        if page > 1 {
            map.insert("previous".to_owned(), address(page - 1));
        }
        map.insert("values".to_owned(), if call.empty_page { json!([]) } else { Value::Array(values) });
    }
    Ok(answer(call, 200, body))
}

/// The answer, or the part of it that `fields` asks for.
pub fn answer(call: &Call, status: u16, body: Value) -> Reply {
    Reply::new(status, call.query("fields").map_or_else(|| body.clone(), |fields| part(&body, fields)))
}

/// Whether `fields` names this field, which would be left out otherwise.
pub fn asks(call: &Call, field: &str) -> bool {
    call.query("fields")
        .is_some_and(|fields| fields.split(',').any(|path| path.split('.').any(|step| step.trim_matches(['+', ' ']) == field)))
}

/// `a.b,c` keeps these alone, `+a` keeps what is there besides, `-a` leaves out.
fn part(body: &Value, fields: &str) -> Value {
    let paths: Vec<&str> = fields.split(',').filter(|path| !path.trim().is_empty()).collect();
    // A plus that was not encoded arrives as a blank.
    let (removed, kept): (Vec<&str>, Vec<&str>) = paths.into_iter().partition(|path| path.starts_with('-'));
    let only = kept.iter().any(|path| !path.starts_with(['+', ' ']));
    let mut body = if only {
        let kept: Vec<Vec<&str>> = kept.iter().map(|path| path.trim_start_matches(['+', ' ']).split('.').collect()).collect();
        keep(body, &kept.iter().map(Vec::as_slice).collect::<Vec<_>>())
    } else {
        body.clone()
    };
    for path in removed {
        remove(&mut body, &path.trim_start_matches('-').split('.').collect::<Vec<_>>());
    }
    body
}

fn keep(value: &Value, paths: &[&[&str]]) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value.clone();
    }
    match value {
        Value::Array(items) => items.iter().map(|item| keep(item, paths)).collect(),
        Value::Object(map) => {
            let kept: Map<String, Value> = (map.iter())
                .filter_map(|(key, value)| {
                    let inner: Vec<&[&str]> = (paths.iter())
                        .filter_map(|path| path.split_first())
                        .filter(|(first, _)| **first == key || **first == "*")
                        .map(|(_, rest)| rest)
                        .collect();
                    (!inner.is_empty()).then(|| (key.clone(), keep(value, &inner)))
                })
                .collect();
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

fn remove(value: &mut Value, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else { return };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| remove(item, path)),
        Value::Object(map) if rest.is_empty() => map.retain(|key, _| key != first && *first != "*"),
        Value::Object(map) => {
            for (_, inner) in map.iter_mut().filter(|(key, _)| *key == first || *first == "*") {
                remove(inner, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_response_holds_what_is_asked_for() {
        let body = json!({"size": 2, "values": [{"id": 1, "a": {"b": 1, "c": 2}}, {"id": 2, "a": null}]});
        assert_eq!(part(&body, "values.a.b"), json!({"values": [{"a": {"b": 1}}, {"a": null}]}));
        assert_eq!(part(&body, "-values.a,-size"), json!({"values": [{"id": 1}, {"id": 2}]}));
        assert_eq!(part(&body, "+values.a"), body);
        assert_eq!(part(&body, "size,values.*.c"), json!({"size": 2, "values": [{"id": 1, "a": {"c": 2}}, {"id": 2, "a": null}]}));
    }
}
