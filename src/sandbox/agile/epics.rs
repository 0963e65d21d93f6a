//! Epics of company-managed projects: what boards know of them, their issues and their order.

use serde_json::{Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::issues::change;
use super::super::jira::store::Issue;
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::moves::{self, Place};
use super::{boards, issues, page};

const EPIC_NAME: &str = "customfield_10011";

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/agile/1.0/board/{}/epic", list),
    ("GET /rest/agile/1.0/epic/{}", |state, call| find(state, call.argument(0)).map(|epic| Reply::ok(body(state, epic)))),
    ("POST /rest/agile/1.0/epic/{}", update),
    ("PUT /rest/agile/1.0/epic/{}/rank", rank),
    ("POST /rest/agile/1.0/epic/{}/issue", take),
    ("POST /rest/agile/1.0/epic/none/issue", release),
];

pub fn is_epic(state: &State, issue: &Issue) -> bool {
    state.jira.issue_types.get(&issue.issue_type).is_some_and(|kind| kind.level == 1)
}

/// The epic that an issue belongs to.
pub fn of<'a>(state: &'a State, issue: &Issue) -> Option<&'a Issue> {
    issue.parent.and_then(|id| state.jira.issues.get(&id)).filter(|parent| is_epic(state, parent))
}

pub fn find<'a>(state: &'a State, id_or_key: &str) -> Result<&'a Issue, Refusal> {
    let missing = || Refusal::new(404, "", format!("The epic {id_or_key} does not exist, or you may not see it."));
    let epic = state.jira.issue_named(id_or_key).filter(|issue| is_epic(state, issue)).ok_or_else(missing)?;
    let team_managed = state.jira.projects.get(&epic.project).is_some_and(|project| project.style == "next-gen");
    if team_managed { Err(missing()) } else { Ok(epic) }
}

pub fn body(state: &State, epic: &Issue) -> Value {
    let marks = state.agile.epics.get(&epic.id);
    let name = epic.custom.get(EPIC_NAME).and_then(Value::as_str).unwrap_or(&epic.summary);
    json!({
        "id": epic.id,
        "key": state.jira.key(epic),
        "self": format!("{}/rest/agile/1.0/epic/{}", state.url, epic.id),
        "name": name,
        "summary": epic.summary,
        "color": {"key": marks.map_or("color_1", |marks| marks.color.as_str())},
        "done": marks.is_some_and(|marks| marks.done),
    })
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let board = boards::find(state, call)?;
    let wanted = call.query("done").map(|text| text == "true");
    let done = |epic: &Issue| state.agile.epics.get(&epic.id).is_some_and(|marks| marks.done);
    let found = issues::of_filter(state, board)?;
    let fits = |issue: &&Issue| is_epic(state, issue) && wanted.is_none_or(|wanted| done(issue) == wanted);
    let found: Vec<&Issue> = found.iter().filter_map(|id| state.jira.issues.get(id)).filter(fits).collect();
    page::of(call, &found, |epic| body(state, epic))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.id;
    let text = |key: &str| match call.text(key).map(str::trim) {
        None => Ok(None),
        Some(text) if text.is_empty() || text.chars().count() > 255 => Err(Refusal::fields(&[(key, "It must have 1 to 255 characters.")])),
        Some(text) => Ok(Some(text.to_owned())),
    };
    let (name, summary) = (text("name")?, text("summary")?);
    let color = call.body.pointer("/color/key").and_then(Value::as_str);
    let known =
        |color: &str| color.strip_prefix("color_").and_then(|number| number.parse().ok()).is_some_and(|number| (1..=14).contains(&number));
    if color.is_some_and(|color| !known(color)) {
        return Err(Refusal::fields(&[("color", "The colours are color_1 to color_14.")]));
    }
    if name.is_some() || summary.is_some() {
        change(state, id, MYSELF, |issue| {
            issue.custom.extend(name.map(|name| (EPIC_NAME.to_owned(), json!(name))));
            issue.summary = summary.unwrap_or_else(|| issue.summary.clone());
        });
    }
    let marks = state.agile.epics.entry(id).or_default();
    if let Some(color) = color {
        color.clone_into(&mut marks.color);
    }
    marks.done = call.body.get("done").and_then(Value::as_bool).unwrap_or(marks.done);
    find(state, call.argument(0)).map(|epic| Reply::ok(body(state, epic)))
}

fn rank(state: &mut State, call: &Call) -> Outcome {
    let id = find(state, call.argument(0))?.id;
    let (before, after) = (call.text("rankBeforeEpic"), call.text("rankAfterEpic"));
    for other in before.iter().chain(&after) {
        find(state, other)?;
    }
    let place = Place::of(state, before, after)?;
    let place = place.ok_or_else(|| Refusal::new(400, "", "Name the epic to come before, or the one to come after."))?;
    moves::rank(state, &[id], place);
    Ok(Reply::empty(204))
}

fn take(state: &mut State, call: &Call) -> Outcome {
    let epic = find(state, call.argument(0))?.id;
    relate(state, call, Some(epic))
}

fn release(state: &mut State, call: &Call) -> Outcome {
    relate(state, call, None)
}

/// Gives issues another epic, or none.
fn relate(state: &mut State, call: &Call, epic: Option<u64>) -> Outcome {
    let chosen = moves::chosen(state, call)?;
    let usual = |id: &u64| {
        let kind = state.jira.issues.get(id).and_then(|issue| state.jira.issue_types.get(&issue.issue_type));
        kind.is_some_and(|kind| kind.level == 0)
    };
    if !chosen.iter().all(usual) {
        return Err(Refusal::new(400, "", "Epics and sub-tasks cannot be moved to an epic."));
    }
    for id in chosen {
        change(state, id, MYSELF, |issue| issue.parent = epic);
    }
    Ok(Reply::empty(204))
}
