//! Imports: runs take data, and then work on it for a while by the box's clock. What they bring is counted, not made into objects.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::clock;
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::seed::assets::WORKSPACE_ID;
use super::super::store::State;
use super::store::{ImportRun, ImportSource, bad, missing};

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a ImportSource, Refusal> {
    state.assets.imports.get(call.argument(1)).ok_or_else(|| missing("Import source", call.argument(1)))
}

fn find_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut ImportSource, Refusal> {
    state.assets.imports.get_mut(call.argument(1)).ok_or_else(|| missing("Import source", call.argument(1)))
}

fn run_mut<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut ImportRun, Refusal> {
    let id = call.argument(2);
    find_mut(state, call)?.runs.iter_mut().find(|run| run.id == id).ok_or_else(|| missing("Execution", id))
}

impl ImportRun {
    fn stage(&self, now: i64) -> &'static str {
        match self.completed {
            _ if self.cancelled => "CANCELLED",
            _ if self.failure.is_some() => "DONE",
            None => "INGESTING",
            Some(completed) if now < completed + self.duration => "PROCESSING",
            Some(_) => "DONE",
        }
    }

    fn is_open(&self, now: i64) -> bool {
        matches!(self.stage(now), "INGESTING" | "PROCESSING")
    }
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let source = find(state, call)?;
    Ok(Reply::ok(json!({
        "id": source.id,
        "collectionId": source.schema.to_string(),
        "name": source.name,
        "description": "",
        "created": clock::millis(source.created),
        "updated": clock::millis(source.updated),
        "objectSchemaId": source.schema.to_string(),
        "importSourceModuleKey": "rlabs-import-type-external",
        "importStatus": {"configurationStatusType": "ENABLED", "validationStatusType": "VALID"},
        "importSourceOTEntries": [],
        "tokenGenerated": source.token_made,
        "isImportSourceSchedulingEnabled": true,
    })))
}

pub fn get_status(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let source = find(state, call)?;
    let status = if source.mapping.is_none() {
        "MISSING_MAPPING"
    } else if source.runs.iter().any(|run| run.is_open(now)) {
        "RUNNING"
    } else {
        "IDLE"
    };
    Ok(Reply::ok(json!({"status": status})))
}

pub fn create_token(state: &mut State, call: &Call) -> Outcome {
    let token = state.id();
    find_mut(state, call)?.token_made = true;
    Ok(Reply::ok(json!({"token": token})))
}

fn begin(state: &mut State, call: &Call, completed: bool) -> Result<String, Refusal> {
    let (now, id, duration) = (state.now(), state.id(), state.long_tasks.duration);
    let source = find_mut(state, call)?;
    if source.mapping.is_none() {
        return Err(Refusal::new(409, "", "The import source has no mapping yet."));
    }
    if source.runs.iter().any(|run| run.is_open(now)) {
        return Err(Refusal::new(409, "", "A run of this import is under way."));
    }
    let completed = completed.then_some(now);
    source.runs.push(ImportRun {
        id: id.clone(),
        begun: now,
        completed,
        duration,
        cancelled: false,
        failure: None,
        entries: 0,
        pieces: Vec::new(),
    });
    Ok(id)
}

pub fn start(state: &mut State, call: &Call) -> Outcome {
    begin(state, call, true)?;
    get_progress(state, call)
}

pub fn get_progress(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let source = find(state, call)?;
    let run = source.runs.last().ok_or_else(|| missing("Progress of", &source.id))?;
    let done = match (run.stage(now), run.completed) {
        ("DONE", _) => 100,
        (_, Some(completed)) => ((now - completed) * 100 / run.duration.max(1)).clamp(0, 99),
        _ => 0,
    };
    let status = if run.is_open(now) { "IN_PROGRESS" } else { "FINISHED" };
    let result = match run.stage(now) {
        "CANCELLED" => Some("CANCELLED"),
        "DONE" => Some(if run.failure.is_some() { "FAILED" } else { "SUCCESS" }),
        _ => None,
    };
    Ok(Reply::ok(json!({
        "progressInPercent": done,
        "resourceId": source.id,
        "category": "IMPORTS",
        "status": status,
        "currentWorkUnits": run.entries,
        "result": result,
        "resultMessage": run.failure,
        "actor": ORGANIZATION_ADMIN,
        "startDate": clock::millis(run.begun),
        "executionUUID": run.id,
    })))
}

fn address(state: &State, call: &Call, rest: &str) -> String {
    format!("{}/jsm/assets/workspace/{WORKSPACE_ID}/v1/importsource/{}/{rest}", state.url, call.argument(1))
}

pub fn start_execution(state: &mut State, call: &Call) -> Outcome {
    let id = begin(state, call, false)?;
    let link = |rest: &str| address(state, call, &format!("executions/{id}{rest}"));
    Ok(Reply::new(
        201,
        json!({
            "id": id,
            "result": "success",
            "links": {
                "submitResults": link("/data"),
                "submitProgress": link("/progress"),
                "getExecutionStatus": link("/status"),
                "cancel": link(""),
            },
        }),
    ))
}

/// Number of the objects in the data: the items of its lists.
fn items(data: Option<&Value>) -> u64 {
    let lists = data.and_then(Value::as_object).into_iter().flat_map(|map| map.values()).filter_map(Value::as_array);
    lists.map(|list| u64::try_from(list.len()).unwrap_or_default()).sum()
}

pub fn add_data(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let run = run_mut(state, call)?;
    if run.stage(now) != "INGESTING" {
        return Err(Refusal::new(409, "", "The run takes no data any more."));
    }
    // A piece that comes again does no harm.
    let piece = call.text("clientGeneratedId").map(str::to_owned);
    if piece.as_ref().is_none_or(|piece| !run.pieces.contains(piece)) {
        run.entries += items(call.body.get("data"));
        run.pieces.extend(piece);
    }
    if call.body.get("completed").and_then(Value::as_bool) == Some(true) {
        run.completed = Some(now);
    }
    Ok(Reply::empty(202))
}

pub fn report_progress(state: &mut State, call: &Call) -> Outcome {
    run_mut(state, call)?;
    Ok(Reply::empty(202))
}

pub fn report_failure(state: &mut State, call: &Call) -> Outcome {
    run_mut(state, call)?.failure = Some(call.text("failureReason").unwrap_or("The import failed.").to_owned());
    Ok(Reply::empty(202))
}

pub fn cancel(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let run = run_mut(state, call)?;
    if !run.is_open(now) {
        return Err(Refusal::new(409, "", "The run has ended already."));
    }
    run.cancelled = true;
    Ok(Reply::empty(202))
}

fn told(source: &ImportSource, run: &ImportRun, now: i64) -> Reply {
    let stage = run.stage(now);
    let ended = run.completed.filter(|_| stage == "DONE").map(|completed| completed + run.duration);
    Reply::ok(json!({"status": stage, "progressResult": {
        "type": "EXTERNAL",
        "id": run.id,
        "started": clock::millis(run.begun),
        "ended": ended.map(clock::millis),
        "objectSchemaId": source.schema.to_string(),
        "result": run.failure.as_ref().map(|_| "FAILED").or(ended.map(|_| "SUCCESS")),
        "status": stage,
        "entriesProcessed": run.entries,
        "entriesFailed": 0,
    }}))
}

pub fn execution_status(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let source = find(state, call)?;
    let run = match call.argument(2) {
        "" => source.runs.last(),
        id => source.runs.iter().find(|run| run.id == id),
    };
    run.map(|run| told(source, run, now)).ok_or_else(|| missing("Execution", call.argument(2)))
}

pub fn get_mapping(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(find(state, call)?.mapping.clone().unwrap_or_else(|| json!({"schema": {}, "mapping": {}}))))
}

pub fn set_mapping(state: &mut State, call: &Call) -> Outcome {
    let (now, body) = (state.now(), call.body.clone());
    let source = find_mut(state, call)?;
    let mapping = source.mapping.get_or_insert_with(|| json!({"schema": {}, "mapping": {}}));
    for key in ["schema", "mapping"] {
        if let (Some(sent), Some(map)) = (body.get(key), mapping.as_object_mut()) {
            map.insert(key.to_owned(), sent.clone());
        }
    }
    source.updated = now;
    Ok(Reply::ok(json!({"result": "success"})))
}

pub fn schedule_links(state: &mut State, call: &Call) -> Outcome {
    let present = find(state, call)?.schedules.keys().next();
    let mut links = json!({"createSchedule": address(state, call, "importschedule")});
    if let (Some(id), Some(map)) = (present, links.as_object_mut()) {
        map.insert("schedule".to_owned(), json!(address(state, call, &format!("importschedule/{id}"))));
    }
    Ok(Reply::ok(json!({"links": links, "result": "success"})))
}

fn schedule(state: &mut State, call: &Call, id: String, created: Value) -> Result<Value, Refusal> {
    let now = state.now();
    let start = call.text("startTime").unwrap_or_default();
    if clock::moment(start).is_none_or(|start| start <= now) {
        return Err(bad("The first run lies in the future."));
    }
    let source = find_mut(state, call)?;
    let made = json!({
        "id": id,
        "importSourceId": source.id,
        "startTime": start,
        "runInterval": call.text("runInterval"),
        "created": created,
        "updated": clock::millis(now),
        "collectionId": source.schema.to_string(),
    });
    source.schedules.insert(id, made.clone());
    Ok(made)
}

pub fn create_schedule(state: &mut State, call: &Call) -> Outcome {
    if !find(state, call)?.schedules.is_empty() {
        return Err(Refusal::new(409, "", "The import source has a schedule already."));
    }
    let (id, now) = (state.id(), state.now());
    Ok(Reply::new(201, schedule(state, call, id, json!(clock::millis(now)))?))
}

pub fn get_schedule(state: &mut State, call: &Call) -> Outcome {
    let found = find(state, call)?.schedules.get(call.argument(2)).cloned();
    found.map(Reply::ok).ok_or_else(|| missing("Schedule", call.argument(2)))
}

pub fn update_schedule(state: &mut State, call: &Call) -> Outcome {
    let created = find(state, call)?.schedules.get(call.argument(2)).and_then(|found| found.get("created")).cloned();
    let created = created.ok_or_else(|| missing("Schedule", call.argument(2)))?;
    Ok(Reply::ok(schedule(state, call, call.argument(2).to_owned(), created)?))
}

pub fn delete_schedule(state: &mut State, call: &Call) -> Outcome {
    let removed = find_mut(state, call)?.schedules.remove(call.argument(2));
    removed.map(|_| Reply::empty(204)).ok_or_else(|| missing("Schedule", call.argument(2)))
}
