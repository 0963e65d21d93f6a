//! What the reporter of a request thinks of the help.

use serde_json::{Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::store::Feedback;
use super::{opted_in, requests};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/request/{}/feedback", get),
    ("POST /rest/servicedeskapi/request/{}/feedback", give),
    ("DELETE /rest/servicedeskapi/request/{}/feedback", take_back),
];

fn body(feedback: &Feedback) -> Value {
    let mut body = json!({"type": "csat", "rating": feedback.rating});
    if let (Some(comment), Some(map)) = (&feedback.comment, body.as_object_mut()) {
        map.insert("comment".to_owned(), json!({"body": comment}));
    }
    body
}

fn get(state: &mut State, call: &Call) -> Outcome {
    opted_in(call)?;
    let id = requests::find(state, call)?.0.id;
    let feedback = requests::record(state, id).feedback;
    feedback.map(|feedback| Reply::ok(body(&feedback))).ok_or_else(|| Refusal::new(404, "", "Nobody has said what they think of it."))
}

/// The request, if it is the caller's own.
fn own(state: &State, call: &Call) -> Result<u64, Refusal> {
    opted_in(call)?;
    let (issue, _) = requests::find(state, call)?;
    if issue.reporter.as_deref() == Some(MYSELF) { Ok(issue.id) } else { Err(Refusal::new(403, "", "Only the reporter may do that.")) }
}

fn give(state: &mut State, call: &Call) -> Outcome {
    let id = own(state, call)?;
    let rating = call.body.get("rating").and_then(Value::as_i64).unwrap_or_default();
    if !(1..=5).contains(&rating) || call.text("type").is_some_and(|kind| kind != "csat") {
        return Err(Refusal::new(400, "", "Feedback is of the type csat, and its rating lies between 1 and 5."));
    }
    let comment = call.body.pointer("/comment/body").and_then(Value::as_str).map(str::to_owned);
    let feedback = Feedback { rating, comment };
    let shown = body(&feedback);
    requests::record_mut(state, id).feedback = Some(feedback);
    Ok(Reply::new(201, shown))
}

fn take_back(state: &mut State, call: &Call) -> Outcome {
    let id = own(state, call)?;
    requests::record_mut(state, id).feedback = None;
    Ok(Reply::empty(204))
}
