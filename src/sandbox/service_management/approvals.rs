//! Approvals: asked for when a request is made, answered by one of those who may.

use serde_json::{Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::issues as jira_issues;
use super::super::jira::store::Issue;
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::store::{Approval, Request};
use super::{page, requests, shown};

/// The status in which requests wait for an answer.
pub const WAITING: u64 = 10_007;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/request/{}/approval", list),
    ("GET /rest/servicedeskapi/request/{}/approval/{}", get),
    ("POST /rest/servicedeskapi/request/{}/approval/{}", answer),
];

impl Approval {
    pub fn asked(id: u64, approvers: &[String], created: i64) -> Approval {
        let approvers = approvers.iter().map(|account| (account.clone(), None)).collect();
        Approval { id, name: "Waiting for approval".to_owned(), approvers, created, completed: None }
    }

    /// One answer decides.
    fn decision(&self) -> Option<bool> {
        self.approvers.iter().find_map(|(_, answer)| *answer)
    }
}

fn word(decision: Option<bool>) -> &'static str {
    match decision {
        None => "pending",
        Some(true) => "approved",
        Some(false) => "declined",
    }
}

/// Asks for the approval that a request needs where it now is. What is no such request, or has been asked for, is left alone.
pub fn ask(state: &mut State, id: u64) {
    let Some(issue) = state.jira.issues.get(&id).filter(|issue| issue.status == WAITING && !is_pending(state, issue)) else { return };
    let approvers = state.service_management.type_of(issue).map(|kind| kind.approvers.clone()).unwrap_or_default();
    if approvers.is_empty() {
        return;
    }
    let (number, now) = (state.service_management.next(), state.now());
    requests::record_mut(state, id).approvals.push(Approval::asked(number, &approvers, now));
}

/// Whether an issue waits for an answer: until it comes, no transition is open.
pub fn is_pending(state: &State, issue: &Issue) -> bool {
    let record = state.service_management.requests.get(&issue.id);
    issue.status == WAITING && record.is_some_and(|record| record.approvals.iter().any(|approval| approval.decision().is_none()))
}

/// What queries find the issue by: "pending", "approved", and who is asked ("approver …") or still to answer ("pending …").
pub fn words(state: &State, issue: &Issue) -> Vec<String> {
    let mut words = Vec::new();
    for approval in state.service_management.requests.get(&issue.id).into_iter().flat_map(|record| &record.approvals) {
        let decision = approval.decision();
        words.push(word(decision).to_owned());
        for (account, _) in &approval.approvers {
            words.push(format!("approver {account}"));
            words.extend(decision.is_none().then(|| format!("pending {account}")));
        }
    }
    words
}

/// Whether someone is to answer, or has answered.
pub fn concern(record: &Request, account: &str, status: Option<&str>) -> bool {
    record.approvals.iter().any(|approval| {
        approval.approvers.iter().any(|(id, _)| id == account)
            && match status {
                Some("MY_PENDING_APPROVAL") => approval.decision().is_none(),
                Some("MY_HISTORY_APPROVAL") => approval.decision().is_some(),
                _ => true,
            }
    })
}

pub fn body(state: &State, issue: &Issue, approval: &Approval) -> Value {
    let approvers: Vec<Value> = (approval.approvers.iter())
        .map(|(id, answer)| json!({"approver": shown::user(state, id), "approverDecision": word(*answer)}))
        .collect();
    let mut body = json!({
        "id": approval.id.to_string(),
        "name": approval.name,
        "finalDecision": word(approval.decision()),
        "canAnswerApproval": approval.decision().is_none() && approval.approvers.iter().any(|(id, _)| id == MYSELF),
        "approvers": approvers,
        "createdDate": shown::moment(state, approval.created),
        "_links": {"self": format!("{}/rest/servicedeskapi/request/{}/approval/{}", state.url, issue.id, approval.id)},
    });
    if let (Some(completed), Some(map)) = (approval.completed, body.as_object_mut()) {
        map.insert("completedDate".to_owned(), shown::moment(state, completed));
    }
    body
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let (issue, _) = requests::find(state, call)?;
    let record = requests::record(state, issue.id);
    page::of(state, call, &record.approvals, |approval| body(state, issue, approval))
}

/// The approval that the path names second.
fn find(state: &State, call: &Call) -> Result<(u64, Approval), Refusal> {
    let issue = requests::find(state, call)?.0.id;
    let id = call.argument(1);
    let approval = requests::record(state, issue).approvals.into_iter().find(|approval| approval.id.to_string() == id);
    approval.map(|approval| (issue, approval)).ok_or_else(|| Refusal::new(404, "", format!("The request has no approval {id}.")))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (_, approval) = find(state, call)?;
    requests::find(state, call).map(|(issue, _)| Reply::ok(body(state, issue, &approval)))
}

fn answer(state: &mut State, call: &Call) -> Outcome {
    let (issue, approval) = find(state, call)?;
    let decision = match call.text("decision") {
        Some("approve") => true,
        Some("decline") => false,
        _ => return Err(Refusal::new(400, "", "A decision is approve or decline.")),
    };
    if approval.decision().is_some() {
        return Err(Refusal::new(409, "", "The approval has been answered."));
    }
    if !approval.approvers.iter().any(|(id, _)| id == MYSELF) {
        return Err(Refusal::new(403, "", "You are none of the approvers."));
    }
    let now = state.now();
    if let Some(known) = requests::record_mut(state, issue).approvals.iter_mut().find(|known| known.id == approval.id) {
        known.completed = Some(now);
        for (_, answer) in known.approvers.iter_mut().filter(|(id, _)| id == MYSELF) {
            *answer = Some(decision);
        }
    }
    follow(state, issue, decision);
    get(state, call)
}

/// What waited for the answer goes on: to work, or to its end.
fn follow(state: &mut State, id: u64, approved: bool) {
    let Some(issue) = state.jira.issues.get(&id).filter(|issue| issue.status == WAITING) else { return };
    let done = |status: u64| state.jira.statuses.get(&status).is_some_and(|status| status.category == "done");
    let way = jira_issues::open_transitions(state, issue).into_iter().find(|transition| done(transition.to) != approved);
    if let Some(transition) = way.map(|transition| transition.id.to_string()) {
        // It is open, and nothing else is asked for.
        let _ = jira_issues::take_transition(state, id, &json!({"transition": {"id": transition}}), false);
    }
}
