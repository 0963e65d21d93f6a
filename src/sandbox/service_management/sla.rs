//! How long a request takes, held against the goals of its desk. The clock stands still while others are to act.

use serde_json::{Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::store::Issue;
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::store::{Event, Goal, RequestType};
use super::{page, requests, shown};

pub const HANDLERS: &[(&str, Handler)] =
    &[("GET /rest/servicedeskapi/request/{}/sla", list), ("GET /rest/servicedeskapi/request/{}/sla/{}", get)];

/// A measured time.
#[derive(Debug, PartialEq, Eq)]
struct Cycle {
    elapsed: i64,
    /// When the goal was missed.
    breach: Option<i64>,
    paused: bool,
}

/// Runs a clock over statuses and when they began, up to a moment.
fn measure(steps: &[(u64, i64)], until: i64, goal: &Goal) -> Cycle {
    let mut cycle = Cycle { elapsed: 0, breach: None, paused: false };
    for (place, (status, begun)) in steps.iter().enumerate().take_while(|(_, (_, begun))| *begun <= until) {
        let end = steps.get(place + 1).map_or(until, |(_, next)| (*next).min(until));
        cycle.paused = goal.paused.contains(status);
        if cycle.paused {
            continue;
        }
        let left = goal.duration - cycle.elapsed;
        if cycle.breach.is_none() && end - begun > left {
            cycle.breach = Some(begun + left);
        }
        cycle.elapsed += end - begun;
    }
    cycle
}

/// When the goal was reached; None: it is still to come.
fn reached(state: &State, issue: &Issue, goal: &Goal) -> Option<i64> {
    match goal.until {
        Event::Resolution => issue.resolved,
        Event::Response => {
            let answers = |author: &str| issue.reporter.as_deref() != Some(author);
            let said = issue.comments.iter().filter(|comment| comment.public && answers(&comment.author)).map(|comment| comment.created);
            // What is done has been answered.
            said.chain(issue.resolved).min().filter(|moment| *moment <= state.now())
        }
    }
}

pub fn body(state: &State, issue: &Issue, goal: &Goal) -> Value {
    let reached = reached(state, issue, goal);
    let until = reached.unwrap_or_else(|| state.now());
    let cycle = measure(&requests::steps(issue), until, goal);
    let remaining = goal.duration - cycle.elapsed;
    let breach = cycle.breach.unwrap_or(until + remaining);
    let mut shown = json!({
        "startTime": shown::moment(state, issue.created),
        "breachTime": shown::moment(state, breach),
        "breached": cycle.breach.is_some(),
        "goalDuration": shown::duration(goal.duration),
        "elapsedTime": shown::duration(cycle.elapsed),
        "remainingTime": shown::duration(remaining),
    });
    if let Some(map) = shown.as_object_mut() {
        if let Some(reached) = reached {
            map.insert("stopTime".to_owned(), shown::moment(state, reached));
        } else {
            map.insert("paused".to_owned(), json!(cycle.paused));
            map.insert("withinCalendarHours".to_owned(), json!(true));
            if cycle.paused && cycle.breach.is_none() {
                // Nobody knows when it would be missed.
                map.remove("breachTime");
            }
        }
    }
    let mut body = json!({
        "id": goal.id.to_string(),
        "name": goal.name,
        "slaDisplayFormat": "NEW_SLA_FORMAT",
        "completedCycles": if reached.is_some() { json!([shown]) } else { json!([]) },
        "_links": {"self": format!("{}/rest/servicedeskapi/request/{}/sla/{}", state.url, issue.id, goal.id)},
    });
    if let (None, Some(map)) = (reached, body.as_object_mut()) {
        map.insert("ongoingCycle".to_owned(), shown);
    }
    body
}

/// The functions of queries that find the issue by this goal.
pub fn states(state: &State, issue: &Issue, goal: &Goal) -> Vec<&'static str> {
    let reached = reached(state, issue, goal);
    let cycle = measure(&requests::steps(issue), reached.unwrap_or_else(|| state.now()), goal);
    let going = match (reached, cycle.paused) {
        (Some(_), _) => "completed",
        (None, true) => "paused",
        (None, false) => "running",
    };
    let missed: &[&str] = if cycle.breach.is_some() { &["breached", "everbreached"] } else { &[] };
    std::iter::once(going).chain(missed.iter().copied()).collect()
}

pub fn goals<'a>(state: &'a State, kind: &RequestType) -> &'a [Goal] {
    state.service_management.desks.get(&kind.desk).map(|desk| desk.goals.as_slice()).unwrap_or_default()
}

pub fn all(state: &State, issue: &Issue, kind: &RequestType) -> Vec<Value> {
    goals(state, kind).iter().map(|goal| body(state, issue, goal)).collect()
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let (issue, kind) = requests::find(state, call)?;
    page::of(state, call, &all(state, issue, kind), Value::clone)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (issue, kind) = requests::find(state, call)?;
    let goal = goals(state, kind).iter().find(|goal| goal.id.to_string() == call.argument(1));
    let missing = || Refusal::new(404, "", format!("The request has no SLA {}.", call.argument(1)));
    goal.map(|goal| Reply::ok(body(state, issue, goal))).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn goal() -> Goal {
        Goal { id: 1, name: String::new(), until: Event::Resolution, duration: 4 * HOUR, paused: vec![2] }
    }

    #[test]
    fn pauses_do_not_count() {
        let steps = [(1, 0), (2, HOUR), (1, 10 * HOUR)];
        assert_eq!(measure(&steps, 12 * HOUR, &goal()), Cycle { elapsed: 3 * HOUR, breach: None, paused: false });
        assert_eq!(measure(&steps, 5 * HOUR, &goal()), Cycle { elapsed: HOUR, breach: None, paused: true });
        assert_eq!(measure(&steps, 20 * HOUR, &goal()), Cycle { elapsed: 11 * HOUR, breach: Some(13 * HOUR), paused: false });
    }
}
