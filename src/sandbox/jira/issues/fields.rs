//! The fields that a person may set on an issue: which there are, what they take, and what becomes of it.

use serde_json::{Value, json};

use super::super::super::clock;
use super::super::super::reply::Refusal;
use super::super::super::store::State;
use super::super::configuration::is_active;
use super::super::custom::Kind;
use super::super::rich_text;
use super::super::store::{Field, Issue, LinkType};
use super::values;

/// A copy of an issue on which changes are tried, and what shall happen beside it once all of them are good.
pub struct Draft {
    pub issue: Issue,
    /// Kind, and the other issue: true if it is the outward one.
    pub links: Vec<(u64, u64, bool)>,
    /// Texts are documents in this version of the API.
    pub documents: bool,
    pub now: i64,
}

/// How a field may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Set,
    Add,
    Remove,
    Edit,
    Copy,
}

impl Verb {
    pub fn of(name: &str) -> Option<Verb> {
        [Verb::Set, Verb::Add, Verb::Remove, Verb::Edit, Verb::Copy].into_iter().find(|verb| verb.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Verb::Set => "set",
            Verb::Add => "add",
            Verb::Remove => "remove",
            Verb::Edit => "edit",
            Verb::Copy => "copy",
        }
    }
}

/// A field of every issue that can be set.
pub struct Settable {
    pub id: &'static str,
    name: &'static str,
    kind: &'static str,
    items: &'static str,
    pub verbs: &'static [Verb],
}

const SET: &[Verb] = &[Verb::Set];
const LIST: &[Verb] = &[Verb::Add, Verb::Set, Verb::Remove];

const fn settable(id: &'static str, name: &'static str, kind: &'static str, items: &'static str, verbs: &'static [Verb]) -> Settable {
    Settable { id, name, kind, items, verbs }
}

pub const SETTABLE: &[Settable] = &[
    settable("summary", "Summary", "string", "", SET),
    settable("issuetype", "Issue Type", "issuetype", "", SET),
    settable("parent", "Parent", "issuelink", "", SET),
    settable("components", "Components", "array", "component", LIST),
    settable("description", "Description", "string", "", SET),
    settable("project", "Project", "project", "", SET),
    settable("reporter", "Reporter", "user", "", SET),
    settable("fixVersions", "Fix versions", "array", "version", LIST),
    settable("priority", "Priority", "priority", "", SET),
    settable("labels", "Labels", "array", "string", LIST),
    settable("timetracking", "Time tracking", "timetracking", "", &[Verb::Set, Verb::Edit]),
    settable("attachment", "Attachment", "array", "attachment", &[Verb::Set, Verb::Copy]),
    settable("duedate", "Due date", "date", "", SET),
    settable("comment", "Comment", "comments-page", "comment", &[Verb::Add, Verb::Edit, Verb::Remove]),
    settable("versions", "Affects versions", "array", "version", LIST),
    settable("issuelinks", "Linked Issues", "array", "issuelinks", &[Verb::Add, Verb::Copy]),
    settable("worklog", "Log Work", "array", "worklog", &[Verb::Add, Verb::Edit, Verb::Remove]),
    settable("assignee", "Assignee", "user", "", SET),
    settable("environment", "Environment", "string", "", SET),
    settable("resolution", "Resolution", "resolution", "", SET),
];

/// Where fields are set: not everything can be set everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    Create,
    Edit,
    Transition,
}

impl Screen {
    pub fn shows(self, field: &str) -> bool {
        match self {
            Screen::Create => !matches!(field, "resolution" | "comment"),
            Screen::Edit => !matches!(field, "project" | "resolution" | "worklog"),
            Screen::Transition => !matches!(field, "project" | "issuetype" | "parent" | "timetracking" | "attachment"),
        }
    }
}

impl Settable {
    pub fn schema(&self) -> Value {
        if self.items.is_empty() {
            json!({"type": self.kind, "system": self.id})
        } else {
            json!({"type": self.kind, "items": self.items, "system": self.id})
        }
    }

    /// The name that the site has for it.
    pub fn name<'a>(&self, state: &'a State) -> &'a str
    where
        Self: 'a,
    {
        state.jira.fields.get(self.id).map_or(self.name, |field| field.name.as_str())
    }
}

/// What can be done with a custom field.
pub fn verbs(field: &Field) -> &'static [Verb] {
    match field.kind() {
        Kind::Options | Kind::Labels | Kind::Users | Kind::Groups | Kind::Versions | Kind::Organizations => LIST,
        Kind::Approvals | Kind::Goal => &[],
        _ => SET,
    }
}

/// Does one operation on one field; the words of the refusal are for `errors`, by the field.
pub fn apply(state: &State, draft: &mut Draft, field: &str, verb: Verb, value: &Value) -> Result<(), String> {
    let known = SETTABLE.iter().find(|known| known.id == field);
    let custom = state.jira.fields.get(field).filter(|custom| custom.custom && custom.is_of(draft.issue.project, draft.issue.issue_type));
    let verbs = match (known, custom) {
        (Some(known), _) => known.verbs,
        (None, Some(custom)) => verbs(custom),
        (None, None) => return Err(unknown(field)),
    };
    if !verbs.contains(&verb) {
        let words =
            if verbs.is_empty() { unknown(field) } else { format!("The field '{field}' does not take the operation '{}'.", verb.name()) };
        return Err(words);
    }
    match (known, custom) {
        (Some(_), _) => system(state, draft, field, verb, value),
        (None, Some(custom)) => values::apply(state, draft, custom, verb, value),
        (None, None) => Ok(()),
    }
}

pub fn unknown(field: &str) -> String {
    format!("Field '{field}' cannot be set. It is not on the screen, or there is no such field.")
}

fn system(state: &State, draft: &mut Draft, field: &str, verb: Verb, value: &Value) -> Result<(), String> {
    let jira = &state.jira;
    let issue = &mut draft.issue;
    let project = jira.projects.get(&issue.project);
    match field {
        "summary" => issue.summary = summary(value)?,
        "description" => issue.description = document(value, draft.documents)?,
        "environment" => issue.environment = document(value, draft.documents)?,
        "issuetype" => {
            let id = value.get("id").and_then(text_id);
            let name = value.get("name").and_then(Value::as_str);
            let mut kinds = jira.issue_types.values().filter(|kind| project.is_some_and(|project| project.issue_types.contains(&kind.id)));
            let found =
                kinds.find(|kind| id.map_or_else(|| name.is_some_and(|name| kind.name.eq_ignore_ascii_case(name)), |id| kind.id == id));
            let kind = found.ok_or("Specify a valid issue type")?;
            if jira.issue_types.get(&issue.issue_type).is_some_and(|before| (before.level < 0) != (kind.level < 0)) {
                return Err("An issue and a sub-task cannot become each other here.".to_owned());
            }
            issue.issue_type = kind.id;
        }
        "parent" => set_parent(state, issue, value)?,
        "priority" => {
            let id = value.get("id").and_then(text_id);
            let name = value.get("name").and_then(Value::as_str);
            let found = (jira.priorities.values()).find(|priority| {
                id.map_or_else(|| name.is_some_and(|name| priority.name.eq_ignore_ascii_case(name)), |id| priority.id == id)
            });
            issue.priority = found.ok_or("The priority selected is invalid.")?.id;
        }
        "resolution" => {
            let id = value.get("id").and_then(text_id);
            let name = value.get("name").and_then(Value::as_str);
            let found = (jira.resolutions.values())
                .find(|known| id.map_or_else(|| name.is_some_and(|name| known.name.eq_ignore_ascii_case(name)), |id| known.id == id));
            issue.resolution = Some(found.ok_or("The resolution selected is invalid.")?.id);
        }
        "assignee" => {
            let automatic = ["accountId", "id", "name"].iter().any(|key| value.get(*key).and_then(Value::as_str) == Some("-1"));
            issue.assignee = if automatic { default_assignee(state, issue.project) } else { person(state, value)? };
        }
        "reporter" => issue.reporter = Some(person(state, value)?.ok_or("Reporter is required.")?),
        "labels" => {
            let labels = list(value, verb)?;
            let labels: Vec<String> = labels.iter().map(label).collect::<Result<_, _>>()?;
            match verb {
                Verb::Add => issue.labels.extend(labels),
                Verb::Remove => issue.labels.retain(|label| !labels.contains(label)),
                _ => issue.labels = labels.into_iter().collect(),
            }
        }
        "components" => {
            let of = |project: &super::super::store::Project, value: &Value| {
                let id = value.get("id").and_then(text_id);
                let name = value.get("name").and_then(Value::as_str);
                (project.components.values())
                    .find(|one| id.map_or_else(|| name.is_some_and(|name| one.name.eq_ignore_ascii_case(name)), |id| one.id == id))
                    .map(|one| one.id)
                    .ok_or_else(|| format!("Component {} is not one of the project's.", shown(value)))
            };
            let ids =
                list(value, verb)?.iter().map(|value| project.map_or(Ok(0), |project| of(project, value))).collect::<Result<_, _>>()?;
            combine(&mut issue.components, ids, verb);
        }
        "fixVersions" | "versions" => {
            let ids = list(value, verb)?.iter().map(|value| version(state, issue.project, value)).collect::<Result<_, _>>()?;
            combine(if field == "versions" { &mut issue.versions } else { &mut issue.fix_versions }, ids, verb);
        }
        "duedate" => {
            issue.due = match value {
                Value::Null => None,
                Value::String(text) if text.is_empty() => None,
                value => Some(date(value)?),
            }
        }
        "timetracking" => {
            let estimate = |key: &str| match value.get(key) {
                None => Ok(None),
                Some(Value::Null) => Ok(Some(None)),
                Some(Value::String(text)) => {
                    seconds(text).map(|seconds| Some(Some(seconds))).ok_or("The estimate is no duration such as '3d 4h'.")
                }
                Some(_) => Err("An estimate must be a string."),
            };
            let (original, remaining) = (estimate("originalEstimate")?, estimate("remainingEstimate")?);
            if let Some(original) = original {
                // Before any work is logged both are the same.
                if remaining.is_none() && (issue.remaining_estimate.is_none() || issue.remaining_estimate == issue.original_estimate) {
                    issue.remaining_estimate = original;
                }
                issue.original_estimate = original;
            }
            if let Some(remaining) = remaining {
                issue.remaining_estimate = remaining;
                if issue.original_estimate.is_none() {
                    issue.original_estimate = remaining;
                }
            }
        }
        "comment" => super::comments::operate(state, draft, verb, value)?,
        "worklog" => super::worklogs::operate(draft, verb, value)?,
        "issuelinks" => {
            if verb == Verb::Copy {
                return Err("Links of another issue are not copied here.".to_owned());
            }
            let (kind, other, outward) = link(state, value)?;
            draft.links.push((kind, other, outward));
        }
        "attachment" => return Err("Attachments are added by an upload of their own.".to_owned()),
        _ => return Err(unknown(field)),
    }
    Ok(())
}

/// A link as an update adds it: the other side and the kind.
fn link(state: &State, value: &Value) -> Result<(u64, u64, bool), String> {
    let value = value.get("add").unwrap_or(value);
    let kind = value.get("type").and_then(|kind| link_type(state, kind)).ok_or("No issue link type is of this name or id.")?;
    let side = |name: &str| value.get(name);
    let (other, outward) = match (side("outwardIssue"), side("inwardIssue")) {
        (Some(other), _) => (other, true),
        (None, Some(other)) => (other, false),
        (None, None) => return Err("A link needs an inward or an outward issue.".to_owned()),
    };
    let name = other.get("key").or_else(|| other.get("id")).map(shown).unwrap_or_default();
    let other = state.jira.issue_named(&name).ok_or_else(|| format!("The linked issue {name} does not exist, or you may not see it."))?;
    Ok((kind.id, other.id, outward))
}

pub fn link_type<'a>(state: &'a State, value: &Value) -> Option<&'a LinkType> {
    let id = value.get("id").and_then(text_id);
    let name = value.get("name").and_then(Value::as_str);
    state
        .jira
        .link_types
        .values()
        .find(|kind| id.map_or_else(|| name.is_some_and(|name| kind.name.eq_ignore_ascii_case(name)), |id| kind.id == id))
}

pub fn summary(value: &Value) -> Result<String, String> {
    let text = match value {
        Value::Null => "",
        Value::String(text) => text.trim(),
        _ => return Err("Operation value must be a string".to_owned()),
    };
    if text.is_empty() {
        return Err("You must specify a summary of the issue.".to_owned());
    }
    if text.contains(['\n', '\r']) {
        return Err("The summary must be one line.".to_owned());
    }
    if text.chars().count() > 255 {
        return Err("The summary must be no longer than 255 characters.".to_owned());
    }
    Ok(text.to_owned())
}

/// Characters of a text with markup.
const LONGEST_TEXT: usize = 32_767;

fn fits(text: &str) -> Result<(), String> {
    if text.chars().count() > LONGEST_TEXT { Err(format!("The text is longer than {LONGEST_TEXT} characters.")) } else { Ok(()) }
}

/// Rich text in the form that the version of the API has.
pub fn document(value: &Value, documents: bool) -> Result<Option<Value>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if !documents => fits(text).map(|()| (!text.is_empty()).then(|| rich_text::from_text(text))),
        _ if !documents => Err("Operation value must be a string".to_owned()),
        value if rich_text::is_document(value) => {
            crate::rich_text::validate(value).map_err(|fault| format!("The document is not valid: {fault}."))?;
            fits(&rich_text::to_text(value))?;
            Ok(Some(value.clone()))
        }
        _ => Err("Operation value must be an Atlassian Document (see the Atlassian Document Format)".to_owned()),
    }
}

/// A sub-task must have a parent of the level above, in its project; others may have an epic.
pub fn set_parent(state: &State, issue: &mut Issue, value: &Value) -> Result<(), String> {
    let jira = &state.jira;
    let level = |kind: u64| jira.issue_types.get(&kind).map_or(0, |kind| kind.level);
    let none = value.is_null() || value.get("none").and_then(Value::as_bool) == Some(true);
    if none {
        if level(issue.issue_type) < 0 {
            return Err("A sub-task needs a parent.".to_owned());
        }
        issue.parent = None;
        return Ok(());
    }
    let name = value.get("key").or_else(|| value.get("id")).map(shown).unwrap_or_default();
    let parent = jira.issue_named(&name).ok_or("The parent does not exist, or you may not see it.")?;
    if parent.id == issue.id || level(parent.issue_type) != level(issue.issue_type) + 1 {
        return Err("The parent given does not fit the hierarchy of issue types.".to_owned());
    }
    if level(issue.issue_type) < 0 && parent.project != issue.project {
        return Err("A sub-task and its parent must be of one project.".to_owned());
    }
    issue.parent = Some(parent.id);
    Ok(())
}

/// Whom the project gives what nobody was assigned to.
pub fn default_assignee(state: &State, project: u64) -> Option<String> {
    state.jira.projects.get(&project).filter(|project| project.assignee_type == "PROJECT_LEAD").map(|project| project.lead.clone())
}

/// A person by account id; null is nobody.
pub fn person(state: &State, value: &Value) -> Result<Option<String>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let id = value.get("accountId").or_else(|| value.get("id")).ok_or("A user is named by accountId.")?;
    let Some(id) = id.as_str() else { return Ok(None) };
    let account = state.account(id).filter(|account| is_active(account));
    account.map(|account| Some(account.id.clone())).ok_or_else(|| format!("The user '{id}' does not exist, or cannot be given issues."))
}

/// The values of an operation: a list is set, single ones are added and removed.
pub fn list(value: &Value, verb: Verb) -> Result<&[Value], String> {
    match (verb, value) {
        (Verb::Set, Value::Array(values)) => Ok(values),
        (Verb::Set, Value::Null) => Ok(&[]),
        (Verb::Set, _) => Err("data was not an array".to_owned()),
        (_, one) => Ok(std::slice::from_ref(one)),
    }
}

pub fn combine(list: &mut Vec<u64>, ids: Vec<u64>, verb: Verb) {
    match verb {
        Verb::Remove => list.retain(|id| !ids.contains(id)),
        Verb::Add => ids.into_iter().for_each(|id| {
            if !list.contains(&id) {
                list.push(id);
            }
        }),
        _ => *list = ids,
    }
}

pub fn label(value: &Value) -> Result<String, String> {
    let label = value.as_str().ok_or("A label must be a string.")?;
    if label.contains(char::is_whitespace) || label.is_empty() {
        return Err(format!("The label '{label}' contains spaces which is invalid."));
    }
    if label.chars().count() > 255 { Err("A label must be no longer than 255 characters.".to_owned()) } else { Ok(label.to_owned()) }
}

pub fn version(state: &State, project: u64, value: &Value) -> Result<u64, String> {
    let id = value.get("id").and_then(text_id);
    let name = value.get("name").and_then(Value::as_str);
    let versions = state.jira.projects.get(&project).into_iter().flat_map(|project| project.versions.values());
    let found = { versions }.find(|one| id.map_or_else(|| name.is_some_and(|name| one.name.eq_ignore_ascii_case(name)), |id| one.id == id));
    found.map(|version| version.id).ok_or_else(|| format!("Version {} is not one of the project's.", shown(value)))
}

pub fn date(value: &Value) -> Result<String, String> {
    let text = value.as_str().unwrap_or_default();
    let exists = clock::parse(&format!("{text}T00:00:00Z")).is_some_and(|ms| clock::date(ms) == text);
    if exists { Ok(text.to_owned()) } else { Err("A date must be of the form 'yyyy-MM-dd'.".to_owned()) }
}

/// Ids come as strings, and as numbers.
pub fn text_id(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

pub fn shown(value: &Value) -> String {
    let value = ["name", "value", "id", "key"].iter().find_map(|key| value.get(*key)).unwrap_or(value);
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The longest duration, in seconds: some ten thousand years. Sums of many are numbers still.
pub const LONGEST: u64 = 1 << 38;

/// Seconds of "3d 4h 30m"; a bare number counts minutes.
pub fn seconds(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    if let [single] = parts.as_slice()
        && let Ok(minutes) = single.parse::<u64>()
    {
        return minutes.checked_mul(60).filter(|seconds| *seconds <= LONGEST);
    }
    let part = |part: &&str| {
        let (number, unit) = part.split_at(part.len() - part.chars().next_back()?.len_utf8());
        let unit = match unit {
            "w" => 144_000.0,
            "d" => 28_800.0,
            "h" => 3_600.0,
            "m" => 60.0,
            _ => return None,
        };
        let number: f64 = number.parse().ok().filter(|number: &f64| *number >= 0.0 && number.is_finite())?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        Some((number * unit) as u64)
    };
    let mut sum = 0_u64;
    for one in &parts {
        sum = sum.checked_add(part(one)?).filter(|seconds| *seconds <= LONGEST)?;
    }
    (!parts.is_empty()).then_some(sum)
}

/// Refusals by field, all at once.
#[derive(Debug, Default)]
pub struct Faults(serde_json::Map<String, Value>);

impl Faults {
    pub fn add(&mut self, field: &str, words: impl Into<String>) {
        self.0.entry(field).or_insert_with(|| Value::String(words.into()));
    }

    pub fn end(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::new(400, "", "").context(Value::Object(self.0))) }
    }
}

/// Fields and operations of a request, in this order; the operations of one field in theirs.
pub fn apply_all(state: &State, draft: &mut Draft, body: &Value, screen: Screen, faults: &mut Faults) {
    let none = serde_json::Map::new();
    let fields = body.get("fields").and_then(Value::as_object).unwrap_or(&none);
    let updates = body.get("update").and_then(Value::as_object).unwrap_or(&none);
    for field in updates.keys().filter(|field| fields.contains_key(*field)) {
        faults.add(field, format!("Field '{field}' stands in 'fields' and in 'update': one of the two."));
    }
    let sets = fields.iter().map(|(field, value)| (field, "set", value));
    let operations = updates.iter().flat_map(|(field, operations)| {
        let all = operations.as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
        all.map(move |(verb, value)| (field, verb.as_str(), value))
    });
    for (field, verb, value) in sets.chain(operations) {
        // Creation looks at these before it has an issue to change.
        if screen == Screen::Create && CREATES.contains(&field.as_str()) {
            continue;
        }
        let outcome = match Verb::of(verb) {
            _ if !screen.shows(field) => Err(unknown(field)),
            Some(verb) => apply(state, draft, field, verb, value),
            None => Err(format!("'{verb}' is no operation.")),
        };
        if let Err(words) = outcome {
            faults.add(field, words);
        }
    }
}

/// What makes an issue the issue it is.
pub const CREATES: [&str; 4] = ["project", "issuetype", "parent", "summary"];
