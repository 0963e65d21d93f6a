//! From a request to its reply: route, credential, parameters, handler, in this order.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::admin;
use super::authorization::Holder;
use super::bitbucket;
use super::call::Call;
use super::check;
use super::clock;
use super::confluence;
use super::example;
use super::files::{self, Part};
use super::reply::{Api, Refusal, Reply, gateway};
use super::route::{self, Address, Found};
use super::seed;
use super::store::State;
use super::tasks;
use crate::catalog::{self, Body};

pub struct Question<'a> {
    pub method: &'a str,
    /// Path with query.
    pub target: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a Bytes,
    /// Of a form with files.
    pub parts: Vec<Part>,
    /// Sites answer from their models alone.
    pub examples: bool,
    pub empty_page: bool,
}

pub struct Answer {
    pub reply: Reply,
    /// A handler saw the request.
    pub executed: bool,
}

/// Whatever goes wrong inside, something is answered: 500 that names the operation.
pub fn answer(state: &mut State, question: &Question) -> Answer {
    guarded(question, |seen| answered(state, question, seen))
}

/// The store outlives a fault of the box: those who asked are told that it may be half-changed.
fn guarded(question: &Question, work: impl FnOnce(&mut Seen) -> Reply) -> Answer {
    let mut seen = Seen::default();
    let reply = catch_unwind(AssertUnwindSafe(|| work(&mut seen))).unwrap_or_else(|fault| broken(question, &seen, fault.as_ref()));
    Answer { reply, executed: seen.executed }
}

fn broken(question: &Question, seen: &Seen, fault: &(dyn Any + Send)) -> Reply {
    let words = fault.downcast_ref::<&str>().copied().or_else(|| fault.downcast_ref::<String>().map(String::as_str));
    let path = question.target.split('?').next().unwrap_or_default();
    let operation = if seen.operation.is_empty() { format!("{} {path}", question.method) } else { seen.operation.clone() };
    let message = format!(
        "The sandbox failed in {operation}: {}. This is a fault of the sandbox. What it holds may be half-changed; a reset makes it whole.",
        words.unwrap_or("no reason was given")
    );
    gateway(500, &message)
}

fn answered(state: &mut State, question: &Question, seen: &mut Seen) -> Reply {
    let (path, query) = question.target.split_once('?').unwrap_or((question.target, ""));
    let now = state.now();
    state.settle();
    tasks::settle(state);
    if let Some(reply) = state.grants.answer(now, question.method, path, query, question.headers, question.body) {
        seen.executed = true;
        return reply;
    }
    if let Some(reply) = files::media(state, path, question.headers) {
        seen.executed = true;
        return reply;
    }
    let Some((address, path)) = Address::of(path) else { return gateway(404, "Not Found") };
    let way = question.target.split_once(path).map_or("", |(before, _)| before);
    let newest = path.strip_prefix("/rest/api/latest/").map(|rest| format!("/rest/api/3/{rest}"));
    let path = newest.as_deref().unwrap_or(path);
    let api = Api::of(path);
    let mut reply = match examine(state, question, api, (address, way), path, query, seen) {
        Ok(reply) => reply,
        Err(Failure::Reply(reply)) => *reply,
        Err(Failure::Refusal(refusal)) => refusal.render(api, path, now),
    };
    reply.headers.append(&mut seen.limits);
    reply
}

/// What is known of a request however it ends.
#[derive(Default)]
struct Seen {
    executed: bool,
    /// "jira.issues.create"; empty: none was reached.
    operation: String,
    /// Headers that tell of rate limits.
    limits: Vec<(String, String)>,
}

enum Failure {
    Reply(Box<Reply>),
    Refusal(Refusal),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Refusal(refusal)
    }
}

fn examine(
    state: &mut State,
    question: &Question,
    api: Api,
    (address, way): (Address, &str),
    path: &str,
    query: &str,
    seen: &mut Seen,
) -> Result<Reply, Failure> {
    let expired = state.keys_expired();
    let holder = state.grants.holder(state.now(), expired, question.headers);
    let (route, arguments) = match route::find(question.method, path) {
        Found::Route(route, arguments) => (route, arguments),
        Found::Method(allowed) => {
            let allowed = allowed.join(", ");
            let refusal = Refusal::new(405, "", format!("{} is not supported here; {allowed} is.", question.method));
            return Err(Failure::Reply(Box::new(refusal.render(api, path, state.now()).header("allow", allowed))));
        }
        Found::Nothing => {
            let found = Some(question.method).filter(|method| *method == "GET").and_then(|_| lookup(path));
            // A site tells its id to anyone, and the gateway to nobody.
            let open = path.starts_with("/_edge/");
            if found.is_some() && !open && matches!(holder, Holder::Unknown) {
                return Err(Failure::Reply(Box::new(gateway(401, "Unauthorized"))));
            }
            // Links to attachments lead beside the operations.
            if question.method == "GET"
                && !question.examples
                && let Some(reply) = confluence::attachments::by_link(state, path, query)
            {
                return if matches!(holder, Holder::Unknown) {
                    Err(Failure::Reply(Box::new(gateway(401, "Unauthorized"))))
                } else {
                    Ok(reply)
                };
            }
            return found
                .filter(|_| !open || address == Address::Site)
                .map(Reply::ok)
                .ok_or_else(|| Refusal::new(404, "", format!("No resource is at {path}.")).into());
        }
    };
    seen.operation = route.name();
    let Some(address) = address.at(route) else { return Err(Failure::Reply(Box::new(gateway(404, "Not Found")))) };
    check::credential(route, api, address, &holder, question.headers, expired).map_err(Failure::Reply)?;
    if matches!(holder, Holder::Repository) {
        bitbucket::check_token(state, route, &arguments)?;
    }
    let now = state.now();
    seen.limits = state.limits.count(route, &arguments, now).map_err(Failure::Reply)?;
    if let Some(deprecated) = &route.operation.deprecated
        && deprecated.gone
        && !deprecated.date.is_empty()
        && deprecated.date.as_str() <= clock::date(state.now()).as_str()
    {
        let successor = if deprecated.successor.is_empty() { String::new() } else { format!(" Use {} instead.", deprecated.successor) };
        return Err(Refusal::new(410, "", format!("{} ended on {}.{successor}", route.name(), deprecated.date)).into());
    }
    let checked = check::request(route, api, query, question)?;
    let parts = match route.operation.body {
        Body::Multipart => question.parts.clone(),
        body => files::whole(body, question.headers, question.body),
    };
    let call = Call {
        route,
        arguments,
        query: checked.query,
        body: checked.body,
        parts,
        headers: question.headers.clone(),
        path: path.to_owned(),
        way: way.to_owned(),
        empty_page: question.empty_page,
    };
    seen.executed = true;
    if let Some(handler) = route.handler.filter(|_| !question.examples) {
        return Ok(handler(state, &call)?);
    }
    let handled = if route.product.name == "admin" {
        admin::handle(state, &call)
    } else {
        files::handle(state, &call).map(Ok).or_else(|| tasks::handle(state, &call))
    };
    match handled {
        Some(outcome) => Ok(outcome?),
        None => Ok(example::reply(&call)),
    }
}

/// What a client asks by itself, outside of the documented operations: the id of the site, in the shape that the catalog tells.
fn lookup(path: &str) -> Option<Value> {
    let contexts = catalog::names().filter_map(catalog::product).flat_map(|product| &product.contexts);
    let asked = contexts.filter_map(|context| context.lookup.as_ref()).find(|lookup| lookup.path == path)?;
    Some(asked.at.rsplit('.').fold(json!(seed::CLOUD_ID), |inner, step| match step.parse::<usize>() {
        Ok(_) => json!([inner]),
        Err(_) => json!({ step: inner }),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_panics_is_answered_by_500_that_names_the_operation() {
        let headers = HeaderMap::new();
        let question = Question {
            method: "GET",
            target: "/rest/api/3/issue/ENG-1?fields=key",
            headers: &headers,
            body: &Bytes::new(),
            parts: Vec::new(),
            examples: false,
            empty_page: false,
        };
        for (operation, named) in [("jira.issues.get", "jira.issues.get: a sum"), ("", "GET /rest/api/3/issue/ENG-1: a sum")] {
            let answer = guarded(&question, |seen| {
                seen.executed = true;
                operation.clone_into(&mut seen.operation);
                panic!("a sum of {} is too large", 2)
            });
            assert!(answer.executed);
            assert_eq!(answer.reply.status, 500);
            let body = answer.reply.body.unwrap_or_default().to_string();
            assert!(body.contains(named) && body.contains("half-changed"), "{body}");
        }
    }
}
