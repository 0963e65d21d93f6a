//! Components of projects.

use serde_json::{Value, json};

use super::super::super::call::{Call, Handler, Outcome};
use super::super::super::reply::{Refusal, Reply};
use super::super::super::store::State;
use super::super::store::{Component, Project};
use super::page::{self, bad, contains, id, missing, put};
use super::projects::{project, project_mut};
use super::view::View;

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/api/3/component", |state, call| list_all(state, call)),
    ("POST /rest/api/3/component", create),
    ("GET /rest/api/3/component/{}", |state, call| {
        let (project, component) = find(state, call)?;
        Ok(Reply::ok(body(View::new(state, call), project, component)))
    }),
    ("PUT /rest/api/3/component/{}", update),
    ("DELETE /rest/api/3/component/{}", delete),
    ("GET /rest/api/3/component/{}/relatedIssueCounts", |state, call| {
        let (_, component) = find(state, call)?;
        let address = View::new(state, call).at(&format!("component/{}", component.id));
        Ok(Reply::ok(json!({"self": address, "issueCount": count(state, component.id)})))
    }),
    ("GET /rest/api/3/project/{}/component", |state, call| list(state, call)),
    ("GET /rest/api/3/project/{}/components", |state, call| {
        let view = View::new(state, call);
        let project = project(state, call.argument(0))?;
        Ok(Reply::ok(project.components.values().map(|component| body(view, project, component)).collect()))
    }),
];

const ASSIGNEES: &[&str] = &["PROJECT_DEFAULT", "COMPONENT_LEAD", "PROJECT_LEAD", "UNASSIGNED"];

fn count(state: &State, component: u64) -> usize {
    state.jira.issues.values().filter(|issue| issue.components.contains(&component)).count()
}

/// A component, with who would be assigned: what it asks for may not be possible.
pub fn body(view: View, project: &Project, component: &Component) -> Value {
    let (real, assignee) = match component.assignee_type.as_str() {
        "COMPONENT_LEAD" if component.lead.is_some() => ("COMPONENT_LEAD", component.lead.as_deref()),
        "PROJECT_LEAD" => ("PROJECT_LEAD", Some(project.lead.as_str())),
        "UNASSIGNED" => ("UNASSIGNED", None),
        _ if project.assignee_type == "PROJECT_LEAD" => ("PROJECT_DEFAULT", Some(project.lead.as_str())),
        _ => ("PROJECT_DEFAULT", None),
    };
    let mut body = json!({
        "self": view.at(&format!("component/{}", component.id)),
        "id": component.id.to_string(),
        "name": component.name,
        "description": component.description,
        "assigneeType": component.assignee_type,
        "realAssigneeType": real,
        "isAssigneeTypeValid": real == component.assignee_type,
        "project": project.key,
        "projectId": project.id,
    });
    if let Some(lead) = &component.lead {
        put(&mut body, "lead", view.user(lead));
    }
    if let Some(assignee) = assignee {
        put(&mut body, "assignee", view.user(assignee));
        put(&mut body, "realAssignee", view.user(assignee));
    }
    body
}

fn find<'a>(state: &'a State, call: &Call) -> Result<(&'a Project, &'a Component), Refusal> {
    let id = id(call, 0, "component")?;
    let mut all = state.jira.projects.values().filter(|project| project.deleted.is_none());
    all.find_map(|project| Some((project, project.components.get(&id)?))).ok_or_else(|| missing("component", call.argument(0)))
}

fn sorted<'a>(call: &Call, mut found: Vec<(&'a Project, &'a Component)>) -> Vec<(&'a Project, &'a Component)> {
    found.retain(|(_, component)| contains(&component.name, call.query("query")) || contains(&component.description, call.query("query")));
    page::sort(&mut found, call.query("orderBy"), |(_, component), by| match by {
        "description" => component.description.to_lowercase(),
        "issueCount" | "lead" => component.lead.clone().unwrap_or_default(),
        _ => component.name.to_lowercase(),
    });
    found
}

fn list(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let project = project(state, call.argument(0))?;
    let mut found = sorted(call, project.components.values().map(|component| (project, component)).collect());
    if let Some(order @ ("issueCount" | "-issueCount" | "+issueCount")) = call.query("orderBy") {
        page::sort(&mut found, Some(order), |(_, component), _| format!("{:020}", count(state, component.id)));
    }
    let body = page::page(state, call, found, (50, 100), |(project, component)| {
        let mut body = body(view, project, component);
        put(&mut body, "issueCount", json!(count(state, component.id)));
        body
    })?;
    Ok(Reply::ok(body))
}

fn list_all(state: &State, call: &Call) -> Outcome {
    let view = View::new(state, call);
    let wanted = call.queries("projectIdsOrKeys");
    let projects = if wanted.is_empty() {
        state.jira.projects.values().filter(|project| project.deleted.is_none()).collect()
    } else {
        wanted.iter().map(|key| project(state, key)).collect::<Result<Vec<&Project>, Refusal>>()?
    };
    let all = projects.into_iter().flat_map(|project| project.components.values().map(move |component| (project, component))).collect();
    let body = page::page(state, call, sorted(call, all), (50, 100), |(_, component)| {
        json!({
            "self": view.at(&format!("component/{}", component.id)),
            "id": component.id.to_string(),
            "name": component.name,
            "description": component.description,
        })
    })?;
    Ok(Reply::ok(body))
}

/// Name, lead and type of assignee as a request gives them.
fn check(state: &State, call: &Call, project: &Project, own: Option<u64>) -> Result<(), Refusal> {
    if own.is_none() || call.text("name").is_some() {
        let taken = |name: &str| project.components.values().any(|known| Some(known.id) != own && known.name.eq_ignore_ascii_case(name));
        page::name(call, 255, taken)?;
    }
    if let Some(lead) = call.text("leadAccountId").filter(|lead| !lead.is_empty())
        && state.account(lead).is_none()
    {
        return Err(Refusal::fields(&[("leadAccountId", "The component lead does not exist.")]));
    }
    match call.text("assigneeType") {
        Some(kind) if !ASSIGNEES.contains(&kind) => Err(Refusal::fields(&[("assigneeType", "This is no type of assignee.")])),
        _ => Ok(()),
    }
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let Some(key) = call.text("project").map(str::to_owned).or_else(|| page::number(&call.body, "projectId").map(|id| id.to_string()))
    else {
        return Err(Refusal::fields(&[("project", "A project is required.")]));
    };
    check(state, call, project(state, &key)?, None)?;
    let id = state.jira.next();
    let component = Component {
        id,
        name: call.text("name").unwrap_or_default().trim().to_owned(),
        description: call.text("description").unwrap_or_default().to_owned(),
        lead: call.text("leadAccountId").filter(|lead| !lead.is_empty()).map(str::to_owned),
        assignee_type: call.text("assigneeType").unwrap_or("PROJECT_DEFAULT").to_owned(),
    };
    project_mut(state, &key)?.components.insert(id, component.clone());
    Ok(Reply::new(201, body(View::new(state, call), project(state, &key)?, &component)))
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let (project, component) = find(state, call)?;
    check(state, call, project, Some(component.id))?;
    let (project, id) = (project.id, component.id);
    if let Some(component) = state.jira.projects.get_mut(&project).and_then(|project| project.components.get_mut(&id)) {
        for (field, key) in
            [(&mut component.name, "name"), (&mut component.description, "description"), (&mut component.assignee_type, "assigneeType")]
        {
            if let Some(text) = call.text(key) {
                text.trim().clone_into(field);
            }
        }
        match call.body.get("leadAccountId") {
            Some(Value::String(lead)) if !lead.is_empty() => component.lead = Some(lead.clone()),
            Some(_) => component.lead = None,
            None => {}
        }
    }
    let (project, component) = find(state, call)?;
    Ok(Reply::ok(body(View::new(state, call), project, component)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let (project, component) = find(state, call)?;
    let (project, id) = (project.id, component.id);
    let target = match call.query("moveIssuesTo") {
        None => None,
        Some(text) => {
            let target = text.parse::<u64>().ok().filter(|target| *target != id);
            let known = state.jira.projects.get(&project).zip(target).filter(|(project, target)| project.components.contains_key(target));
            Some(known.map(|(_, target)| target).ok_or_else(|| missing("component", text))?)
        }
    };
    if let Some(project) = state.jira.projects.get_mut(&project) {
        project.components.remove(&id).ok_or_else(|| bad("The component is gone."))?;
    }
    for issue in state.jira.issues.values_mut().filter(|issue| issue.components.contains(&id)) {
        issue.components.retain(|known| *known != id);
        issue.components.extend(target.filter(|target| !issue.components.contains(target)));
    }
    Ok(Reply::empty(204))
}
