//! Moves to another project, issue type or parent. The old key leads to the issue ever after.

use super::super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::super::store::State;
use super::super::issue::subtasks;
use super::{create, history, transitions};

/// Where issues go: project, issue type, parent.
type Target = (u64, u64, Option<u64>);

/// Reads "ENG,10002" or "ENG,10005,ENG-1".
pub fn target(state: &State, text: &str) -> Result<Target, String> {
    let jira = &state.jira;
    let mut parts = text.split(',').map(str::trim);
    let project = parts.next().and_then(|name| jira.project_named(name)).ok_or_else(|| format!("{text}: there is no such project."))?;
    let kind = parts.next().and_then(|id| id.parse().ok()).filter(|id| project.issue_types.contains(id));
    let kind = kind.ok_or_else(|| format!("{text}: the project has no such issue type."))?;
    let parent = match parts.next().filter(|name| !name.is_empty()) {
        None => None,
        Some(name) => Some(jira.issue_named(name).ok_or_else(|| format!("{text}: there is no such parent."))?.id),
    };
    let is_subtask = jira.issue_types.get(&kind).is_some_and(|kind| kind.level < 0);
    if is_subtask && parent.is_none() {
        return Err(format!("{text}: a sub-task needs a parent."));
    }
    Ok((project.id, kind, parent))
}

pub fn go(state: &mut State, id: u64, text: &str) -> Result<(), String> {
    let (project, kind, parent) = target(state, text)?;
    let Some(issue) = state.jira.issues.get(&id) else { return Ok(()) };
    let below: Vec<(u64, u64)> = subtasks(state, issue).map(|child| (child.id, child.issue_type)).collect();
    let leaves = issue.project != project;
    put(state, id, (project, kind, parent));
    // Sub-tasks go where their parent goes, as what the project has for them.
    for (child, kind) in below.into_iter().filter(|_| leaves) {
        let types = state.jira.projects.get(&project).map(|project| project.issue_types.clone()).unwrap_or_default();
        let is_subtask = |id: &&u64| state.jira.issue_types.get(id).is_some_and(|kind| kind.level < 0);
        let kind = if types.contains(&kind) { kind } else { types.iter().find(is_subtask).copied().unwrap_or(kind) };
        put(state, child, (project, kind, Some(id)));
    }
    Ok(())
}

fn put(state: &mut State, id: u64, (project, kind, parent): Target) {
    let Some(mut draft) = state.jira.issues.get(&id).cloned() else { return };
    let former = state.jira.key(&draft);
    let level = |kind: u64| state.jira.issue_types.get(&kind).map_or(0, |kind| kind.level);
    if parent.is_some() || level(draft.issue_type) != level(kind) || (draft.project != project && level(kind) < 0) {
        draft.parent = parent;
    }
    draft.issue_type = kind;
    if draft.project != project {
        draft.project = project;
        // They are the other project's.
        draft.components.clear();
        draft.fix_versions.clear();
        draft.versions.clear();
        if let Some(project) = state.jira.projects.get_mut(&project) {
            project.last_number += 1;
            draft.number = project.last_number;
        }
        state.jira.former_keys.insert(former, id);
    }
    let fits = transitions::workflow(state, project, kind).is_none_or(|workflow| workflow.statuses.contains(&draft.status));
    if let (false, Some(project)) = (fits, state.jira.projects.get(&project)) {
        draft.status = create::first_status(state, project, kind);
    }
    history::save(state, draft, MYSELF);
}
