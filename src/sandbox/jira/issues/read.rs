//! Issues as they are read, one or many.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::call::{Call, Outcome, texts};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::issue::{self, Wanted};
use super::super::shown;
use super::super::store::Issue;
use super::{find, metadata, transitions};

const MOST: usize = 100;

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let issue = find(state, call.argument(0))?;
    Ok(Reply::ok(whole(state, issue, &Wanted::of_query(call, "*all"), call)))
}

/// An issue with what hangs on its workflow and screens too.
pub fn whole(state: &State, issue: &Issue, wanted: &Wanted, call: &Call) -> Value {
    let mut body = issue::body(state, issue, wanted, call);
    let Some(object) = body.as_object_mut() else { return body };
    if wanted.expands("transitions") || wanted.expands("transitions.fields") {
        let with_fields = wanted.expands("transitions.fields");
        let open = transitions::open(state, issue);
        let shown = open.into_iter().map(|transition| transitions::body(state, issue, transition, call, with_fields)).collect();
        object.insert("transitions".to_owned(), shown);
    }
    if wanted.expands("editmeta") {
        object.insert("editmeta".to_owned(), json!({"fields": metadata::editable(state, issue, &shown::root(state, call))}));
    }
    if wanted.expands("operations") {
        object.insert("operations".to_owned(), json!({"linkGroups": []}));
    }
    body
}

pub fn get_many(state: &mut State, call: &Call) -> Outcome {
    let names = call.texts("issueIdsOrKeys");
    if names.is_empty() || names.len() > MOST {
        return Err(Refusal::new(400, "", format!("Between 1 and {MOST} issues are fetched at a time.")));
    }
    let list = |key: &str| texts(call.body.get(key));
    let wanted = Wanted::new(&list("fields"), "*navigable", &list("expand"), &list("properties"));
    let mut found = BTreeMap::new();
    let mut errors = Vec::new();
    for name in &names {
        match state.jira.issue_named(name) {
            Some(issue) => drop(found.insert(issue.id, issue)),
            None => errors.push(json!({"id": name, "errorMessage": super::UNKNOWN})),
        }
    }
    let issues: Vec<Value> = found.into_values().map(|issue| whole(state, issue, &wanted, call)).collect();
    Ok(Reply::ok(json!({"issues": issues, "issueErrors": errors})))
}
