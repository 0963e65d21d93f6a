//! Searching for issues: pages by token, counts, matches, and the old search that is gone.

use serde_json::{Map, Value, json};

use super::super::call::{Call, Outcome, Table, texts};
use super::super::clock::DAY;
use super::super::paging::Cursor;
use super::super::reply::{Refusal, Reply, fnv};
use super::super::store::State;
use super::issue::{self, Wanted};
use super::jql::{self, Search};
use super::store::Issue;

pub const HANDLERS: Table = &[
    ("GET /rest/api/3/search/jql", search_call),
    ("POST /rest/api/3/search/jql", search_call),
    ("POST /rest/api/3/search/approximate-count", count_call),
    ("GET /rest/api/3/search", gone),
    ("POST /rest/api/3/search", gone),
    ("POST /rest/api/3/jql/match", matches_call),
    ("GET /rest/api/3/issue/picker", picker_call),
];

const USUAL: i64 = 50;
/// The most that comes at once where ids and keys are all that is wanted.
const MOST_BARE: usize = 5_000;
/// With fields, pages are cut down to this.
const MOST: usize = 100;
const PROPERTIES: usize = 5;
const RECONCILED: usize = 50;
/// How long a token is good for.
const TOKEN_LIFE: i64 = 7 * DAY;
/// Issues that the picker suggests.
const SUGGESTIONS: usize = 20;

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "", message)
}

/// A query that does not ask for everything.
fn bounded<'s>(state: &'s State, text: &str) -> Result<Search<'s>, Refusal> {
    let search = Search::new(state, text).map_err(|faults| jql::refusal(&faults))?;
    if search.is_bounded() {
        return Ok(search);
    }
    Err(bad("This search takes no unbounded JQL: restrict the query, by a project or a time."))
}

/// What a search asks for, from the query or the body.
struct Question {
    jql: String,
    fields: Vec<String>,
    expand: Vec<String>,
    properties: Vec<String>,
    reconcile: Vec<u64>,
    most: Option<i64>,
    token: Option<String>,
}

impl Question {
    fn of(call: &Call) -> Question {
        let body = |key: &str| call.body.get(key).and_then(Value::as_str).map(str::to_owned);
        let split = |text: String| text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
        if call.body.is_object() {
            let numbers = call.body.get("reconcileIssues").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            return Question {
                jql: body("jql").unwrap_or_default(),
                fields: call.texts("fields"),
                expand: body("expand").map(split).unwrap_or_default(),
                properties: call.texts("properties"),
                reconcile: numbers.iter().filter_map(Value::as_u64).collect(),
                most: call.body.get("maxResults").and_then(Value::as_i64),
                token: body("nextPageToken"),
            };
        }
        let query = |key: &str| call.query(key).map(str::to_owned);
        Question {
            jql: query("jql").unwrap_or_default(),
            fields: call.queries("fields"),
            expand: query("expand").map(split).unwrap_or_default(),
            properties: call.queries("properties"),
            reconcile: call.queries("reconcileIssues").iter().filter_map(|id| id.parse().ok()).collect(),
            most: query("maxResults").and_then(|number| number.parse().ok()),
            token: query("nextPageToken"),
        }
    }

    /// How many issues a page has at most.
    fn limit(&self) -> Result<usize, Refusal> {
        let asked = self.most.unwrap_or(USUAL);
        let bare = self.expand.is_empty() && self.properties.is_empty() && self.fields.iter().all(|field| field == "id" || field == "key");
        match usize::try_from(asked) {
            Ok(asked) if asked > 0 => Ok(asked.min(if bare { MOST_BARE } else { MOST })),
            _ => Err(bad(format!("maxResults must be at least 1, not {asked}."))),
        }
    }

    /// Tokens go on with the query that they came from.
    fn mark(&self) -> u64 {
        fnv(format!("{}\n{:?}", self.jql, self.reconcile).as_bytes())
    }

    /// Where the page begins: the last issue before it, and how many there were.
    fn start(&self, state: &State) -> Result<(u64, usize), Refusal> {
        let Some(token) = self.token.as_deref().filter(|token| !token.is_empty()) else { return Ok((0, 0)) };
        let cursor = Cursor::decode("search", token).ok_or_else(|| bad("The nextPageToken is not valid."))?;
        let given = |key: &str| cursor.question.get(key).and_then(Value::as_u64).unwrap_or_default();
        if given("mark") != self.mark() {
            return Err(bad("The nextPageToken belongs to another query."));
        }
        if state.now() - i64::try_from(given("issued")).unwrap_or_default() > TOKEN_LIFE {
            return Err(bad("The nextPageToken has expired."));
        }
        let after = cursor.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or_default();
        Ok((after, usize::try_from(given("passed")).unwrap_or_default()))
    }

    fn token(&self, state: &State, after: u64, passed: usize) -> String {
        let mut cursor = Cursor::start(json!({"mark": self.mark(), "issued": state.now(), "passed": passed}));
        cursor.after = Some(after.to_string());
        cursor.encode("search")
    }
}

fn search_call(state: &mut State, call: &Call) -> Outcome {
    let state = &*state;
    let question = Question::of(call);
    let limit = question.limit()?;
    if question.properties.len() > PROPERTIES {
        return Err(bad(format!("At most {PROPERTIES} properties can be asked for.")));
    }
    if question.reconcile.len() > RECONCILED {
        return Err(bad(format!("At most {RECONCILED} issues can be reconciled.")));
    }
    let found = bounded(state, &question.jql)?.issues();
    let (after, passed) = question.start(state)?;
    // Behind the issue that came last; where it is not found any more, behind as many as have come.
    let start = match found.iter().position(|issue| issue.id == after) {
        Some(place) => place + 1,
        None => passed.min(found.len()),
    };
    let rest = found.get(start..).unwrap_or_default();
    let page: &[&Issue] = if call.empty_page { &[] } else { rest.get(..limit).unwrap_or(rest) };
    // Names and types of fields stand beside the issues, once.
    let own: Vec<String> = question.expand.iter().filter(|part| !matches!(part.as_str(), "names" | "schema")).cloned().collect();
    let wanted = Wanted::new(&question.fields, "id", &own, &question.properties);
    let issues: Vec<Value> = page.iter().map(|issue| issue::body(state, issue, &wanted, call)).collect();
    let mut body = Map::new();
    if question.expand.len() > own.len() {
        let mut shown: Vec<String> = Vec::new();
        for field in issues.iter().filter_map(|issue| issue.get("fields")).filter_map(Value::as_object).flat_map(Map::keys) {
            if !shown.contains(field) {
                shown.push(field.clone());
            }
        }
        if question.expand.iter().any(|part| part == "names") {
            body.insert("names".to_owned(), issue::names(state, shown.iter()));
        }
        if question.expand.iter().any(|part| part == "schema") {
            body.insert("schema".to_owned(), issue::schema(state, shown.iter()));
        }
    }
    body.insert("issues".to_owned(), Value::Array(issues));
    let last = page.len() == rest.len();
    if !last {
        let after = page.last().map_or(after, |issue| issue.id);
        body.insert("nextPageToken".to_owned(), json!(question.token(state, after, start + page.len())));
    }
    body.insert("isLast".to_owned(), json!(last));
    Ok(Reply::ok(Value::Object(body)))
}

fn count_call(state: &mut State, call: &Call) -> Outcome {
    let search = bounded(state, call.text("jql").unwrap_or_default())?;
    Ok(Reply::ok(json!({"count": search.issues().len()})))
}

fn gone(_: &mut State, call: &Call) -> Outcome {
    let version = if call.is_second_version() { 2 } else { 3 };
    let message = format!("This search was removed, see CHANGE-2046: call /rest/api/{version}/search/jql in its place.");
    Err(Refusal::new(410, "", message))
}

fn matches_call(state: &mut State, call: &Call) -> Outcome {
    let state = &*state;
    let ids = call.body.get("issueIds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let issues: Vec<&Issue> = ids.iter().filter_map(Value::as_u64).filter_map(|id| state.jira.issues.get(&id)).collect();
    let matches = texts(call.body.get("jqls")).into_iter().map(|text| match Search::new(state, &text) {
        Ok(search) => {
            let matched: Vec<u64> = issues.iter().filter(|issue| search.takes(issue)).map(|issue| issue.id).collect();
            json!({"matchedIssues": matched, "errors": []})
        }
        Err(faults) => json!({"matchedIssues": [], "errors": faults}),
    });
    Ok(Reply::ok(json!({"matches": matches.collect::<Vec<_>>()})))
}

/// Issues by what one has typed of their keys or summaries.
fn picker_call(state: &mut State, call: &Call) -> Outcome {
    let state = &*state;
    let typed = call.query("query").unwrap_or_default().trim().to_lowercase();
    let project = call.query("currentProjectId").and_then(|id| id.parse::<u64>().ok());
    let is_current = |issue: &&Issue| call.query("currentIssueKey").is_none_or(|key| state.jira.key(issue) != key);
    let subtasks = call.query("showSubTasks") != Some("false");
    let is_shown = |issue: &&Issue| subtasks || state.jira.issue_types.get(&issue.issue_type).is_none_or(|kind| kind.level >= 0);
    let fits = |issue: &&Issue| {
        !typed.is_empty() && (state.jira.key(issue).to_lowercase().starts_with(&typed) || issue.summary.to_lowercase().contains(&typed))
    };
    let search = Search::new(state, call.query("currentJQL").unwrap_or_default()).map_err(|faults| jql::refusal(&faults))?;
    let of_project = |issue: &&Issue| project.is_none_or(|project| issue.project == project);
    let all = search.issues();
    let found: Vec<&Issue> = all.into_iter().filter(of_project).filter(is_shown).filter(is_current).filter(fits).collect();
    let shown: Vec<Value> = found.iter().take(SUGGESTIONS).map(|issue| suggestion(state, issue, &typed)).collect();
    Ok(Reply::ok(json!({"sections": [{
        "label": "Current Search",
        "sub": format!("Showing {} of {} matching issues", shown.len(), found.len()),
        "id": "cs",
        "issues": shown,
    }]})))
}

fn suggestion(state: &State, issue: &Issue, typed: &str) -> Value {
    let key = state.jira.key(issue);
    json!({
        "id": issue.id,
        "key": key,
        "keyHtml": marked(&key, typed),
        "img": "/images/icons/issuetypes/task.svg",
        "summary": marked(&issue.summary, typed),
        "summaryText": issue.summary,
    })
}

/// What was typed, in bold.
fn marked(text: &str, typed: &str) -> String {
    let place = text.to_lowercase().find(typed).unwrap_or(text.len());
    let parts = text
        .split_at_checked(place)
        .and_then(|(before, rest)| rest.split_at_checked(typed.len()).map(|(mark, after)| (before, mark, after)));
    match parts {
        Some((before, mark, after)) if !mark.is_empty() => format!("{before}<b>{mark}</b>{after}"),
        _ => text.to_owned(),
    }
}
