//! Long tasks: work that goes on after the answer, by the box's clock. The catalog says which operations begin,
//! tell and cancel one.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::{Call, Outcome};
use super::clock;
use super::example;
use super::jira::issues::bulk;
use super::reply::{Refusal, Reply};
use super::store::State;
use crate::catalog::{Field, Model, Operation, Product, Task as Facts, Type};

/// Progress is told in so many steps, as servers do.
const STEPS: i64 = 4;

/// Bulk operations on issues, and how long they are told of.
pub const BULK: &str = "SubmittedBulkOperation";
const BULK_KEPT: i64 = 14 * clock::DAY;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tasks {
    begun: BTreeMap<String, Task>,
    /// Milliseconds that one takes which begins now.
    pub duration: i64,
    /// Words of those that are to fail, the next one first.
    failures: VecDeque<String>,
}

impl Default for Tasks {
    fn default() -> Tasks {
        Tasks { begun: BTreeMap::new(), duration: 300, failures: VecDeque::new() }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Task {
    /// The model that was answered when it was begun.
    model: String,
    begun: i64,
    duration: i64,
    failure: Option<String>,
    cancelled: Option<i64>,
    /// What is to be done at its end, and how.
    work: Option<(Work, Value)>,
    /// What its status says beside the usual.
    told: Map<String, Value>,
}

/// What a task does with the box's data. Others are told of only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    DeleteIssues,
    EditIssues,
    MoveIssues,
    TransitionIssues,
    WatchIssues,
    SetProperties,
    ArchiveIssues,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Running,
    Complete,
    Failed,
    Cancelled,
}

/// How tasks of one kind are told of.
struct Kind {
    product: &'static Product,
    facts: &'static Facts,
    /// Tells how one stands; of the same version of the API as what was called.
    operation: &'static Operation,
    answer: &'static Type,
    fields: &'static [Field],
}

/// Does what tasks were begun for, once they are complete.
pub fn settle(state: &mut State) {
    let now = state.now();
    let due = state.long_tasks.begun.iter_mut().filter(|(_, task)| task.work.is_some() && task.stage(now) == Stage::Complete);
    let due: Vec<(String, (Work, Value))> = due.filter_map(|(id, task)| Some((id.clone(), task.work.take()?))).collect();
    for (id, (work, how)) in due {
        let told = bulk::work(state, work, &how);
        if let Some(task) = state.long_tasks.begun.get_mut(&id) {
            task.told.extend(told);
        }
    }
}

/// Begins a task of this model that has work to do; `told` is what its status says meanwhile.
pub fn begin(state: &mut State, call: &Call, model: &str, work: Work, how: Value, told: Value) -> Outcome {
    started(state, call, model, |task| {
        task.work = Some((work, how));
        task.told = told.as_object().cloned().unwrap_or_default();
    })
}

/// A task of this model whose work a handler has done, of an operation that begins one only sometimes.
pub fn begun_as(state: &mut State, call: &Call, model: &str) -> Outcome {
    started(state, call, model, |_| ())
}

fn started(state: &mut State, call: &Call, model: &str, fill: impl FnOnce(&mut Task)) -> Outcome {
    let (route, now) = (call.route, state.now());
    let facts = route.product.tasks.iter().find(|facts| facts.model == model);
    let kind = facts.and_then(|facts| Kind::new(route.product, facts, versioned(call).0));
    let Some((facts, kind)) = facts.zip(kind) else { return Err(Refusal::new(404, "", "There are no such tasks.")) };
    let (id, task) = state.long_tasks.begin(facts, now);
    fill(task);
    if facts.id == "id" {
        // Who is answered with a status is sent to where it is told.
        let host = format!("{}{}", state.url, call.way);
        return Ok(Reply::new(303, kind.status(&host, &id, task, now)).header("location", kind.address(&call.way, &id)));
    }
    Ok(Reply::new(201, json!({ facts.id.as_str(): id })))
}

/// "v2." for the older Jira, and the service as the current one names it.
fn versioned(call: &Call) -> (&'static str, &'static str) {
    let path = call.route.service.path.as_str();
    path.strip_prefix("v2.").map_or(("", path), |rest| ("v2.", rest))
}

/// Begins, tells or cancels a task; None: the operation has nothing to do with any.
pub fn handle(state: &mut State, call: &Call) -> Option<Outcome> {
    let way = call.way.as_str();
    let (route, now, host) = (call.route, state.now(), format!("{}{way}", state.url));
    // Both versions of Jira have them.
    let (version, service) = versioned(call);
    let called = format!("{service}.{}", route.operation.name);
    let answered = route.operation.returns.as_ref().and_then(|ty| model(route.product, ty)).map(|model| model.name.as_str());
    for facts in &route.product.tasks {
        let id = call.argument(0);
        if facts.cancel.as_ref() == Some(&called) {
            return Some(state.long_tasks.find(facts, id, now).and_then(|task| task.cancel(id, now)));
        }
        if facts.status == called {
            let kind = Kind::new(route.product, facts, version)?;
            return Some(state.long_tasks.find(facts, id, now).map(|task| Reply::ok(kind.status(&host, id, task, now))));
        }
    }
    let facts = route.product.tasks.iter().find(|facts| Some(facts.model.as_str()) == answered)?;
    let kind = Kind::new(route.product, facts, version)?;
    let (id, task) = state.long_tasks.begin(facts, now);
    if Some(kind.answer) == route.operation.returns.as_ref() {
        // What is answered by a status sends the caller to where that is told.
        return Some(Ok(Reply::new(303, kind.status(&host, &id, task, now)).header("location", kind.address(way, &id))));
    }
    let mut reply = example::reply(call);
    if let Some(body) = &mut reply.body {
        put(body, &facts.id, json!(id));
    }
    Some(Ok(reply))
}

/// The task that an operation begins whose work a handler has done.
pub fn begun(state: &mut State, call: &Call) -> Outcome {
    handle(state, call).unwrap_or_else(|| Ok(example::reply(call)))
}

impl Tasks {
    /// The next task to begin is one that fails: its work must not be done.
    pub fn next_fails(&self) -> bool {
        !self.failures.is_empty()
    }

    pub fn fail_next(&mut self, message: String) {
        self.failures.push_back(message);
    }

    fn begin(&mut self, facts: &'static Facts, now: i64) -> (String, &mut Task) {
        // Far from the ids that examples have.
        let id = (800_001 + self.begun.len()).to_string();
        let task = Task {
            model: facts.model.clone(),
            begun: now,
            duration: self.duration,
            failure: self.failures.pop_front(),
            cancelled: None,
            work: None,
            told: Map::new(),
        };
        (id.clone(), self.begun.entry(id).or_insert(task))
    }

    fn find(&mut self, facts: &Facts, id: &str, now: i64) -> Result<&mut Task, Refusal> {
        let is_kept = |task: &&mut Task| task.model != BULK || now - task.begun < BULK_KEPT;
        let found = self.begun.get_mut(id).filter(|task| task.model == facts.model).filter(is_kept);
        found.ok_or_else(|| Refusal::new(404, "", format!("The task {id} does not exist.")))
    }
}

impl Task {
    /// What it was begun for.
    fn issues(&self) -> Vec<u64> {
        let ids = self.work.as_ref().and_then(|(_, how)| how.get("ids")?.as_array());
        ids.into_iter().flatten().filter_map(Value::as_u64).collect()
    }

    fn elapsed(&self, now: i64) -> i64 {
        self.cancelled.unwrap_or(now).saturating_sub(self.begun).clamp(0, self.duration)
    }

    fn stage(&self, now: i64) -> Stage {
        match (&self.cancelled, &self.failure) {
            (Some(_), _) => Stage::Cancelled,
            _ if self.elapsed(now) < self.duration => Stage::Running,
            (None, Some(_)) => Stage::Failed,
            (None, None) => Stage::Complete,
        }
    }

    /// Milliseconds of work done, in whole steps; all of it is done by what completes alone.
    fn done(&self, now: i64) -> i64 {
        if self.stage(now) == Stage::Complete {
            return self.duration;
        }
        let step = (self.duration / STEPS).max(1);
        self.elapsed(now).min(self.duration - 1).max(0) / step * step
    }

    fn cancel(&mut self, id: &str, now: i64) -> Outcome {
        if self.stage(now) != Stage::Running {
            return Err(Refusal::new(400, "", format!("The task {id} has ended and cannot be cancelled.")));
        }
        self.cancelled = Some(now);
        Ok(Reply::new(202, json!({})))
    }
}

impl Kind {
    /// None: the catalog does not tell what a status looks like.
    fn new(product: &'static Product, facts: &'static Facts, version: &str) -> Option<Kind> {
        let wanted = format!("{version}{}", facts.status);
        let mut all = product.services.iter().flat_map(|service| service.operations.iter().map(move |operation| (service, operation)));
        let (_, operation) = all.find(|(service, operation)| format!("{}.{}", service.path, operation.name) == wanted)?;
        let answer = operation.returns.as_ref()?;
        Some(Kind { product, facts, operation, answer, fields: &model(product, answer)?.fields })
    }

    /// Where the status is told.
    fn address(&self, host: &str, id: &str) -> String {
        let path = self.operation.path.split_once('{').map_or("", |(before, _)| before);
        format!("{host}{path}{id}")
    }

    /// An example of the status, made true wherever it tells of the task.
    fn status(&self, host: &str, id: &str, task: &Task, now: i64) -> Value {
        let facts = self.facts;
        let (stage, done) = (task.stage(now), task.done(now));
        let mut body = example::brief(self.product, self.answer);
        for field in self.fields {
            let last = task.begun + done;
            let moment = if matches!(field.key.as_str(), "finished" | "lastUpdate" | "updated") { last } else { task.begun };
            match (&field.ty, field.key.as_str()) {
                (Type::EpochMs, "finished") if stage == Stage::Running => example::forget(&mut body, "finished"),
                (Type::EpochMs, key) => put(&mut body, key, json!(moment)),
                (Type::Datetime, key) => put(&mut body, key, json!(clock::millis(moment))),
                (Type::Str, "self") => put(&mut body, "self", json!(self.address(host, id))),
                (Type::Int, key @ ("elapsedRuntime" | "elapsedTime")) => put(&mut body, key, json!(done)),
                _ => {}
            }
        }
        put(&mut body, &facts.id, json!(id));
        put(&mut body, &facts.progress, json!((done * 100).checked_div(task.duration).unwrap_or(100)));
        for (mark, is) in [(&facts.ended, stage != Stage::Running), (&facts.succeeded, stage == Stage::Complete)] {
            let flag = self.field(&mark.key).is_some_and(|field| field.ty == Type::Bool);
            put(&mut body, &mark.key, if flag { json!(is) } else { json!(stage.word()) });
        }
        if let Some(field) = self.field(&facts.message) {
            match &task.failure {
                Some(text) if stage == Stage::Failed => {
                    put(&mut body, &facts.message, words(self.product, &field.ty, text, &task.issues()))
                }
                _ if field.required => {}
                _ => example::forget(&mut body, &facts.message),
            }
        }
        if let Some(result) = facts.result.as_deref().filter(|_| stage != Stage::Complete) {
            example::forget(&mut body, result);
        }
        task.told.iter().for_each(|(key, value)| put(&mut body, key, value.clone()));
        body
    }

    /// The field of the status at a dotted path.
    fn field(&self, path: &str) -> Option<&'static Field> {
        let mut fields = self.fields;
        let mut found = None;
        for key in path.split('.') {
            let field = fields.iter().find(|field| field.key == key)?;
            fields = model(self.product, &field.ty).map_or(&[], |model| &model.fields);
            found = Some(field);
        }
        found
    }
}

impl Stage {
    /// Where a status has a word for it, it is one of Jira's.
    fn word(self) -> &'static str {
        match self {
            Stage::Running => "RUNNING",
            Stage::Complete => "COMPLETE",
            Stage::Failed => "FAILED",
            Stage::Cancelled => "CANCELLED",
        }
    }
}

/// A text in the place of what a field of this type says.
fn words(product: &Product, ty: &Type, text: &str, issues: &[u64]) -> Value {
    match ty {
        Type::List(inner) => json!([words(product, inner, text, issues)]),
        // Reasons by the ids of issues.
        Type::Dict(inner) => issues.iter().map(|id| (id.to_string(), words(product, inner, text, issues))).collect(),
        Type::Model(_) => {
            let mut body = example::brief(product, ty);
            if let Some(field) = model(product, ty).and_then(|model| model.fields.iter().find(|field| field.ty == Type::Str)) {
                put(&mut body, &field.key, json!(text));
            }
            body
        }
        _ => json!(text),
    }
}

fn model<'a>(product: &'a Product, ty: &Type) -> Option<&'a Model> {
    match ty {
        Type::Model(index) => product.models.get(*index as usize),
        _ => None,
    }
}

/// Sets a field by its dotted path.
fn put(body: &mut Value, path: &str, value: Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(object) = body.as_object_mut() else { return };
    match rest {
        Some(rest) => put(object.entry(first).or_insert_with(|| json!({})), rest, value),
        None => drop(object.insert(first.to_owned(), value)),
    }
}
