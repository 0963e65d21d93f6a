//! Pipelines and what they deploy. A run goes on by the box's clock: how far it is follows from when it began.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::call::{Call, Outcome};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN;
use super::super::store::State;
use super::listing::{answer, page};
use super::render;
use super::store::{Pipeline, Repository, Step, bad, braced, missing};

/// Milliseconds until a run finds a place to run.
const WAIT: i64 = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Pending,
    Running,
    Ended(&'static str),
}

impl Pipeline {
    fn end(&self) -> i64 {
        let run = self.failing_step.map_or(self.steps.len(), |failing| failing + 1);
        self.created + WAIT + self.steps.iter().take(run).map(|step| step.duration).sum::<i64>()
    }

    fn stage(&self, now: i64) -> Stage {
        match self.stopped {
            Some(_) => Stage::Ended("STOPPED"),
            None if now < self.created + WAIT => Stage::Pending,
            None if now < self.end() => Stage::Running,
            None => Stage::Ended(if self.failing_step.is_some() { "FAILED" } else { "SUCCESSFUL" }),
        }
    }

    /// Begin, end and stage of a step.
    fn step(&self, place: usize, now: i64) -> (i64, i64, Stage) {
        let begin = self.created + WAIT + self.steps.iter().take(place).map(|step| step.duration).sum::<i64>();
        let end = begin + self.steps.get(place).map_or(0, |step| step.duration);
        let until = self.stopped.unwrap_or(now);
        let stage = if self.failing_step.is_some_and(|failing| failing < place) && until >= self.end() {
            Stage::Ended("NOT_RUN")
        } else if until >= end {
            Stage::Ended(if self.failing_step == Some(place) { "FAILED" } else { "SUCCESSFUL" })
        } else if self.stopped.is_some() {
            Stage::Ended(if until < begin { "NOT_RUN" } else { "STOPPED" })
        } else if until < begin {
            Stage::Pending
        } else {
            Stage::Running
        };
        (begin, end.min(self.stopped.unwrap_or(i64::MAX)), stage)
    }
}

fn state_of(stage: Stage, kind: &str) -> Value {
    match stage {
        Stage::Pending => json!({"type": format!("{kind}_pending"), "name": "PENDING"}),
        Stage::Running => json!({
            "type": format!("{kind}_in_progress"),
            "name": "IN_PROGRESS",
            "stage": {"type": "pipeline_state_in_progress_running", "name": "RUNNING"},
        }),
        Stage::Ended(result) => json!({
            "type": format!("{kind}_completed"),
            "name": "COMPLETED",
            "result": {"type": format!("{kind}_completed_{}", result.to_lowercase()), "name": result},
        }),
    }
}

fn render(state: &State, repository: &Repository, pipeline: &Pipeline) -> Value {
    let now = state.now();
    let stage = pipeline.stage(now);
    let ended = matches!(stage, Stage::Ended(_)).then(|| pipeline.stopped.unwrap_or_else(|| pipeline.end()));
    let path = format!("repositories/{}/pipelines/{}", repository.full_name(), render::segment(&pipeline.uuid));
    let section = |path: &str| {
        let mut section = render::link(state, path);
        if let Some(map) = section.as_object_mut() {
            map.insert("type".to_owned(), json!("pipelines_links_section_href"));
        }
        section
    };
    render::without_nulls(json!({
        "type": "pipeline",
        "uuid": pipeline.uuid,
        "build_number": pipeline.number,
        "creator": render::user(state, &pipeline.creator),
        "repository": render::repository_short(state, repository),
        "target": pipeline.target,
        "trigger": {"type": format!("pipeline_trigger_{}", pipeline.trigger.to_lowercase()), "name": pipeline.trigger},
        "state": state_of(stage, "pipeline_state"),
        "variables": pipeline.variables,
        "created_on": render::time(pipeline.created),
        "completed_on": ended.map(render::time),
        "build_seconds_used": (ended.unwrap_or(now) - pipeline.created - WAIT).max(0) / 1_000,
        "configuration_sources": [{"source": "default", "uri": "bitbucket-pipelines.yml"}],
        "links": {"type": "pipelines_pipeline_links", "self": section(&path), "steps": section(&format!("{path}/steps"))},
    }))
}

fn find<'a>(repository: &'a Repository, call: &Call) -> Result<&'a Pipeline, Refusal> {
    let wanted = call.argument(2);
    let found = repository.pipelines.iter().find(|pipeline| pipeline.uuid == wanted || pipeline.number.to_string() == wanted);
    found.ok_or_else(|| missing(&format!("Pipeline {wanted}")))
}

/// What a list calls a stage.
fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Pending => "PENDING",
        Stage::Running => "BUILDING",
        Stage::Ended("SUCCESSFUL") => "PASSED",
        Stage::Ended(result) => result,
    }
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let now = state.now();
    let at = |pipeline: &Pipeline, pointer: &str| pipeline.target.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let matches = |pipeline: &&Pipeline| {
        call.query.iter().all(|(key, wanted)| {
            let found = match key.as_str() {
                "creator.uuid" => Some(super::store::user_uuid(&pipeline.creator)),
                "target.ref_type" => at(pipeline, "/ref_type"),
                "target.ref_name" | "target.branch" => at(pipeline, "/ref_name"),
                "target.commit.hash" => at(pipeline, "/commit/hash"),
                "target.selector.pattern" => at(pipeline, "/selector/pattern"),
                "target.selector.type" => at(pipeline, "/selector/type"),
                "trigger_type" => Some(pipeline.trigger.clone()),
                "status" => Some(word(pipeline.stage(now)).to_owned()),
                _ => return true,
            };
            found.is_some_and(|found| found == *wanted || (key == "target.commit.hash" && found.starts_with(wanted)))
        })
    };
    page(state, call, repository.pipelines.iter().filter(matches).collect(), |pipeline| render(state, repository, pipeline))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    Ok(answer(call, 200, render(state, repository, find(repository, call)?)))
}

/// What the configuration of every repository in the box says.
pub fn steps(run: &str, deploys: bool) -> Vec<Step> {
    let step = |name: &str, command: &str, seconds: i64, environment: Option<&str>| Step {
        uuid: braced("step", &format!("{run}/{name}")),
        name: name.to_owned(),
        command: command.to_owned(),
        duration: seconds * 1_000,
        environment: environment.map(str::to_owned),
    };
    let mut steps = vec![step("Build", "make build", 20, None), step("Test", "make test", 30, None)];
    if deploys {
        steps.push(step("Deploy", "make deploy", 10, Some("Production")));
    }
    steps
}

pub fn run(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let repository = state.bitbucket.repository(call)?;
    let name = repository.full_name();
    let mut target = call.body.get("target").cloned().unwrap_or_default();
    let text = |key: &str| target.get(key).and_then(Value::as_str).map(str::to_owned);
    let reference = text("ref_name").or_else(|| text("source"));
    let hash = target.pointer("/commit/hash").and_then(Value::as_str).map(str::to_owned).or_else(|| reference.clone());
    let hash = hash.ok_or_else(|| bad("target", "A target names a branch, a tag or a commit."))?;
    let commit = repository.resolve(&hash).ok_or_else(|| bad("target", format!("There is no branch, tag or commit {hash}.")))?.hash.clone();
    if let Some(reference) = reference.filter(|name| repository.resolve(name).is_none()) {
        return Err(bad("target", format!("There is no branch or tag {reference}.")));
    }
    let deploys = text("ref_name").is_some_and(|name| name == repository.main_branch);
    if let Some(map) = target.as_object_mut() {
        let kind = if map.contains_key("ref_name") { "pipeline_ref_target" } else { "pipeline_commit_target" };
        map.entry("type").or_insert_with(|| json!(kind));
        map.insert("commit".to_owned(), render::commit_short(state, &name, &commit));
        map.entry("selector").or_insert_with(|| json!({"type": "default"}));
    }
    let variables = call.body.get("variables").and_then(Value::as_array).cloned().unwrap_or_default();
    let variables = variables.into_iter().map(|mut variable| {
        if let Some(map) = variable.as_object_mut() {
            map.entry("type").or_insert_with(|| json!("pipeline_variable"));
            if map.get("secured") == Some(&json!(true)) {
                map.remove("value");
            }
        }
        variable
    });
    let number = repository.pipelines.iter().map(|pipeline| pipeline.number).max().unwrap_or_default() + 1;
    let made = Pipeline {
        uuid: braced("pipeline", &format!("{name}/{number}")),
        number,
        creator: ORGANIZATION_ADMIN.to_owned(),
        target,
        trigger: "MANUAL".to_owned(),
        variables: variables.collect(),
        created: now,
        steps: steps(&format!("{name}/{number}"), deploys),
        failing_step: None,
        stopped: None,
    };
    let body = render(state, repository, &made);
    state.bitbucket.repository_mut(call)?.pipelines.push(made);
    Ok(answer(call, 201, body))
}

pub fn stop(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let repository = state.bitbucket.repository_mut(call)?;
    let uuid = find(repository, call)?.uuid.clone();
    match repository.pipelines.iter_mut().find(|pipeline| pipeline.uuid == uuid) {
        Some(pipeline) if !matches!(pipeline.stage(now), Stage::Ended(_)) => {
            pipeline.stopped = Some(now);
            Ok(Reply::empty(204))
        }
        _ => Err(Refusal::new(400, "", "The pipeline has ended already.")),
    }
}

fn step(pipeline: &Pipeline, place: usize, step: &Step, now: i64) -> Value {
    let (begin, end, stage) = pipeline.step(place, now);
    let ran = !matches!(stage, Stage::Pending | Stage::Ended("NOT_RUN"));
    render::without_nulls(json!({
        "type": "pipeline_step",
        "uuid": step.uuid,
        "name": step.name,
        "started_on": ran.then(|| render::time(begin)),
        "completed_on": (ran && stage != Stage::Running).then(|| render::time(end)),
        "state": state_of(stage, "pipeline_step_state"),
        "image": {"name": "atlassian/default-image:4"},
        "setup_commands": [{"name": "git clone", "command": "git clone --depth 50"}],
        "script_commands": [{"name": step.command, "command": step.command}],
    }))
}

pub fn list_steps(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let pipeline = find(state.bitbucket.repository(call)?, call)?;
    page(state, call, pipeline.steps.iter().enumerate().collect(), |(place, found)| step(pipeline, *place, found, now))
}

fn find_step<'a>(pipeline: &'a Pipeline, call: &Call) -> Result<(usize, &'a Step), Refusal> {
    let found = pipeline.steps.iter().enumerate().find(|(_, step)| step.uuid == call.argument(3));
    found.ok_or_else(|| missing(&format!("Step {}", call.argument(3))))
}

pub fn get_step(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let pipeline = find(state.bitbucket.repository(call)?, call)?;
    let (place, found) = find_step(pipeline, call)?;
    Ok(answer(call, 200, step(pipeline, place, found, now)))
}

/// There is none before the step has begun.
pub fn get_log(state: &mut State, call: &Call) -> Outcome {
    let now = state.now();
    let pipeline = find(state.bitbucket.repository(call)?, call)?;
    let (place, found) = find_step(pipeline, call)?;
    let (_, _, stage) = pipeline.step(place, now);
    let last = match stage {
        Stage::Pending | Stage::Ended("NOT_RUN") => return Err(missing("The log of a step that has not run")),
        Stage::Running => "",
        Stage::Ended("SUCCESSFUL") => "Build teardown: Searching for files matching artifact pattern\n",
        Stage::Ended(_) => "make: *** Error 1\n",
    };
    let text = format!("+ {}\n{} (build {})\n{last}", found.command, found.name, pipeline.number);
    Ok(Reply::file(200, Bytes::from(text)).header("content-type", "application/octet-stream"))
}

/// A step that goes to an environment, once it has begun.
fn deployments(state: &State, repository: &Repository) -> Vec<Value> {
    let now = state.now();
    let name = repository.full_name();
    let environments = state.bitbucket.records.get(&format!("{name}/environments")).map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    for pipeline in &repository.pipelines {
        for (place, step) in pipeline.steps.iter().enumerate() {
            let named = |environment: &&Value| environment.get("name").and_then(Value::as_str) == step.environment.as_deref();
            let Some(environment) = environments.iter().find(named).filter(|_| step.environment.is_some()) else { continue };
            let (begin, end, stage) = pipeline.step(place, now);
            let (word, status) = match stage {
                Stage::Pending | Stage::Ended("NOT_RUN") => continue,
                Stage::Running => ("IN_PROGRESS", None),
                Stage::Ended(result) => ("COMPLETED", Some(result)),
            };
            let status = status
                .map(|result| json!({"type": format!("deployment_state_completed_status_{}", result.to_lowercase()), "name": result}));
            let release = json!({
                "type": "deployment_release",
                "uuid": braced("release", &pipeline.uuid),
                "name": format!("#{}", pipeline.number),
                "url": format!("https://bitbucket.org/{name}/pipelines/results/{}", pipeline.number),
                "commit": pipeline.target.get("commit"),
                "created_on": render::time(pipeline.created),
            });
            found.push(json!({
                "type": "deployment",
                "uuid": braced("deployment", &step.uuid),
                "environment": environment,
                "release": release,
                "state": render::without_nulls(json!({
                    "type": format!("deployment_state_{}", word.to_lowercase()),
                    "name": word,
                    "status": status,
                    "deployer": render::user(state, &pipeline.creator),
                    "start_date": render::time(begin),
                    "completion_date": (word == "COMPLETED").then(|| render::time(end)),
                })),
            }));
        }
    }
    found
}

pub fn list_deployments(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    page(state, call, deployments(state, repository), Value::clone)
}

pub fn get_deployment(state: &mut State, call: &Call) -> Outcome {
    let repository = state.bitbucket.repository(call)?;
    let found =
        deployments(state, repository).into_iter().find(|found| found.get("uuid").and_then(Value::as_str) == Some(call.argument(2)));
    found.map(|body| answer(call, 200, body)).ok_or_else(|| missing(&format!("Deployment {}", call.argument(2))))
}
