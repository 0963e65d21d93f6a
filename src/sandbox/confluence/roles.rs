//! Space roles, and who has them where.

use serde_json::{Value, json};

use super::super::call::{Call, Outcome, texts};
use super::super::reply::{Refusal, Reply};
use super::super::store::State;
use super::list::{page, with_base};
use super::store::{Assignment, Role, bad, not_found};

fn shown(role: &Role) -> Value {
    json!({
        "id": role.id,
        "type": if role.custom { "CUSTOM" } else { "SYSTEM" },
        "name": role.name,
        "description": role.description,
        "spacePermissions": role.permissions,
    })
}

pub fn assignment(one: &Assignment) -> Value {
    json!({"principal": {"principalType": one.principal_type, "principalId": one.principal}, "roleId": one.role})
}

pub fn list(state: &mut State, call: &Call) -> Outcome {
    let store = &state.confluence;
    let space = call.query("space-id").map(|id| store.space(id)).transpose()?;
    let held = |role: &Role| {
        space.is_none_or(|space| {
            let mut of_space = space.assignments.iter().filter(|one| one.role == role.id);
            of_space.any(|one| call.query("principal-id").is_none_or(|id| one.principal == id))
        })
    };
    let fits = |role: &&Role| call.query("role-type").is_none_or(|kind| (kind == "CUSTOM") == role.custom) && held(role);
    let items = store.roles.values().filter(fits).map(|role| (role.id.clone(), role)).collect();
    page(state, call, items, false, 25, shown)
}

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Role, Refusal> {
    state.confluence.roles.get(call.argument(0)).ok_or_else(|| not_found("The role", call.argument(0)))
}

pub fn get(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(with_base(state, shown(find(state, call)?))))
}

pub fn create(state: &mut State, call: &Call) -> Outcome {
    let id = state.id();
    let text = |key: &str| call.text(key).unwrap_or_default().to_owned();
    if state.confluence.roles.values().any(|role| role.name == text("name")) {
        return Err(bad(format!("A role with the name {} exists already.", text("name"))));
    }
    let permissions = texts(call.body.get("spacePermissions"));
    let role = Role { id: id.clone(), name: text("name"), description: text("description"), custom: true, permissions };
    let answer = shown(&role);
    state.confluence.roles.insert(id, role);
    Ok(Reply::new(201, answer))
}

fn custom(state: &State, call: &Call) -> Result<(), Refusal> {
    if find(state, call)?.custom { Ok(()) } else { Err(bad("The system's roles cannot be changed.")) }
}

/// Carried through in all spaces in the background, says the answer; here it is done at once.
pub fn update(state: &mut State, call: &Call) -> Outcome {
    custom(state, call)?;
    let task = state.id();
    let Some(role) = state.confluence.roles.get_mut(call.argument(0)) else { return Err(not_found("The role", call.argument(0))) };
    role.name = call.text("name").unwrap_or_default().to_owned();
    role.description = call.text("description").unwrap_or_default().to_owned();
    role.permissions = texts(call.body.get("spacePermissions"));
    Ok(Reply::new(202, json!({"id": role.id, "type": "CUSTOM", "name": role.name, "description": role.description, "taskId": task})))
}

pub fn delete(state: &mut State, call: &Call) -> Outcome {
    custom(state, call)?;
    let task = state.id();
    state.confluence.roles.remove(call.argument(0));
    for space in state.confluence.spaces.values_mut() {
        space.assignments.retain(|one| one.role != call.argument(0));
    }
    Ok(Reply::new(202, json!({"taskId": task})))
}

pub fn mode(_: &mut State, _: &Call) -> Outcome {
    Ok(Reply::ok(json!({"mode": "ROLES_TRANSITION"})))
}

pub fn assignments(state: &mut State, call: &Call) -> Outcome {
    let store = &state.confluence;
    let space = store.space(call.argument(0))?;
    let fits = |one: &&Assignment| {
        call.query("role-id").is_none_or(|id| one.role == id)
            && call.query("role-type").is_none_or(|kind| store.roles.get(&one.role).is_some_and(|role| (kind == "CUSTOM") == role.custom))
            && call.query("principal-id").is_none_or(|id| one.principal == id)
            && call.query("principal-type").is_none_or(|kind| one.principal_type == kind)
    };
    let items = space.assignments.iter().filter(fits).map(|one| (format!("{} {}", one.principal_type, one.principal), one)).collect();
    page(state, call, sorted(items), false, 25, assignment)
}

fn sorted<T>(mut items: Vec<(String, T)>) -> Vec<(String, T)> {
    items.sort_by(|(left, _), (right, _)| left.cmp(right));
    items
}

/// Assignments of a request; without a role one is taken away.
pub fn given(state: &State, body: Option<&Value>) -> Result<Vec<(Assignment, bool)>, Refusal> {
    let items = body.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |item: &Value| {
        let text = |path: &str| item.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let role = text("/roleId");
        let one = Assignment { principal_type: text("/principal/principalType"), principal: text("/principal/principalId"), role };
        let known = match one.principal_type.as_str() {
            "USER" => state.account(&one.principal).is_some(),
            "GROUP" => state.group(&one.principal).is_some(),
            "ACCESS_CLASS" => true,
            _ => false,
        };
        if !known {
            return Err(bad(format!("There is no {} with the id {}.", one.principal_type, one.principal)));
        }
        if !one.role.is_empty() && !state.confluence.roles.contains_key(&one.role) {
            return Err(bad(format!("There is no role with the id {}.", one.role)));
        }
        let kept = !one.role.is_empty();
        Ok((one, kept))
    };
    items.iter().map(read).collect()
}

pub fn assign(state: &mut State, call: &Call) -> Outcome {
    let given = given(state, Some(&call.body))?;
    let space = state.confluence.space_mut(call.argument(0))?;
    for (one, kept) in given {
        space.assignments.retain(|old| old.principal != one.principal || old.principal_type != one.principal_type);
        if kept {
            space.assignments.push(one);
        }
    }
    assignments(state, call)
}
