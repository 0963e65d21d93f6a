//! Queues: what agents work on, found by JQL.

use serde_json::{Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::issue::{self, Wanted};
use super::super::jira::jql::{self, Search};
use super::super::jira::store::Issue;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::store::{Desk, Queue};
use super::{desks, page};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/servicedesk/{}/queue", list),
    ("GET /rest/servicedeskapi/servicedesk/{}/queue/{}", get),
    ("GET /rest/servicedeskapi/servicedesk/{}/queue/{}/issue", issues),
];

/// What stands in a queue; none but the desk's own issues do.
fn inside<'a>(state: &'a State, desk: &Desk, queue: &Queue) -> Result<Vec<&'a Issue>, Refusal> {
    let search = Search::new(state, &queue.jql).map_err(|faults| jql::refusal(&faults))?;
    Ok(search.issues().into_iter().filter(|issue| issue.project == desk.project).collect())
}

fn body(state: &State, desk: &Desk, queue: &Queue, count: bool) -> Result<Value, Refusal> {
    let mut body = json!({
        "id": queue.id.to_string(),
        "name": queue.name,
        "jql": queue.jql,
        "fields": queue.fields,
        "_links": {"self": format!("{}/rest/servicedeskapi/servicedesk/{}/queue/{}", state.url, desk.id, queue.id)},
    });
    if let (true, Some(map)) = (count, body.as_object_mut()) {
        map.insert("issueCount".to_owned(), json!(inside(state, desk, queue)?.len()));
    }
    Ok(body)
}

fn counted(call: &Call) -> bool {
    call.query("includeCount") == Some("true")
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let desk = desks::find(state, call)?;
    let shown: Result<Vec<Value>, Refusal> = desk.queues.iter().map(|queue| body(state, desk, queue, counted(call))).collect();
    page::of(state, call, &shown?, Value::clone)
}

fn find<'a>(state: &'a State, call: &Call) -> Result<(&'a Desk, &'a Queue), Refusal> {
    let desk = desks::find(state, call)?;
    let id = call.argument(1);
    let queue = desk.queues.iter().find(|queue| queue.id.to_string() == id);
    queue.map(|queue| (desk, queue)).ok_or_else(|| Refusal::new(404, "", format!("The service desk has no queue {id}.")))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (desk, queue) = find(state, call)?;
    Ok(Reply::ok(body(state, desk, queue, counted(call))?))
}

fn issues(state: &mut State, call: &Call) -> Outcome {
    let (desk, queue) = find(state, call)?;
    let wanted = Wanted::new(&queue.fields, "summary", &[], &[]);
    page::of(state, call, &inside(state, desk, queue)?, |issue| issue::body(state, issue, &wanted, call))
}
