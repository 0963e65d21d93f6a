//! Functions: what stands for people, moments, sprints or issues that change with time.

use std::collections::BTreeSet;

use super::super::super::agile::SprintState;
use super::super::super::query::Operand;
use super::super::super::seed::{self, accounts};
use super::super::store::{Issue, Project, Version};
use super::fields::{Field, Kind};
use super::{Atom, Env, dates};

/// A function as the editor of queries lists it.
pub struct Function {
    pub name: &'static str,
    /// Stands for several values: goes with IN.
    pub list: bool,
    /// What fields must hold.
    pub kinds: &'static [Kind],
    /// Names of its arguments; those in brackets may be left out.
    pub arguments: &'static [&'static str],
}

const fn function(name: &'static str, list: bool, kinds: &'static [Kind], arguments: &'static [&'static str]) -> Function {
    Function { name, list, kinds, arguments }
}

const DATES: &[Kind] = &[Kind::Date, Kind::Datetime];

pub const FUNCTIONS: &[Function] = &[
    function("currentUser", false, &[Kind::Person], &[]),
    function("membersOf", true, &[Kind::Person], &["group"]),
    function("now", false, DATES, &[]),
    function("currentLogin", false, DATES, &[]),
    function("lastLogin", false, DATES, &[]),
    function("startOfDay", false, DATES, &["[increment]"]),
    function("startOfWeek", false, DATES, &["[increment]"]),
    function("startOfMonth", false, DATES, &["[increment]"]),
    function("startOfYear", false, DATES, &["[increment]"]),
    function("endOfDay", false, DATES, &["[increment]"]),
    function("endOfWeek", false, DATES, &["[increment]"]),
    function("endOfMonth", false, DATES, &["[increment]"]),
    function("endOfYear", false, DATES, &["[increment]"]),
    function("openSprints", true, &[Kind::Sprint], &[]),
    function("closedSprints", true, &[Kind::Sprint], &[]),
    function("futureSprints", true, &[Kind::Sprint], &[]),
    function("linkedIssues", true, &[Kind::Issue], &["issue", "[link type]"]),
    function("childIssuesOf", true, &[Kind::Issue], &["issue"]),
    function("issueHistory", true, &[Kind::Issue], &[]),
    function("watchedIssues", true, &[Kind::Issue], &[]),
    function("votedIssues", true, &[Kind::Issue], &[]),
    function("updatedBy", true, &[Kind::Issue], &["user", "[from]", "[to]"]),
    function("issuesWithRemoteLinksByGlobalId", true, &[Kind::Issue], &["global id"]),
    function("releasedVersions", true, &[Kind::Version], &["[project]", "…"]),
    function("unreleasedVersions", true, &[Kind::Version], &["[project]", "…"]),
    function("latestReleasedVersion", false, &[Kind::Version], &["project"]),
    function("earliestUnreleasedVersion", false, &[Kind::Version], &["project"]),
    function("standardIssueTypes", true, &[Kind::IssueType], &[]),
    function("subtaskIssueTypes", true, &[Kind::IssueType], &[]),
    function("projectsLeadByUser", true, &[Kind::Project], &["[user]"]),
    function("projectsWhereUserHasRole", true, &[Kind::Project], &["role"]),
    function("componentsLeadByUser", true, &[Kind::Component], &["[user]"]),
    function("approved", false, &[Kind::Approvals], &[]),
    function("pending", false, &[Kind::Approvals], &[]),
    function("pendingBy", false, &[Kind::Approvals], &["user", "…"]),
    function("approver", false, &[Kind::Approvals], &["user", "…"]),
    function("myPending", false, &[Kind::Approvals], &[]),
    function("myApproval", false, &[Kind::Approvals], &[]),
    function("running", false, &[Kind::Goal], &[]),
    function("paused", false, &[Kind::Goal], &[]),
    function("completed", false, &[Kind::Goal], &[]),
    function("breached", false, &[Kind::Goal], &[]),
    function("everbreached", false, &[Kind::Goal], &[]),
    function("cascadeOption", true, &[Kind::Cascade], &["option", "[option below]"]),
];

fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// Whether an operand is no function, or one that there is.
pub(super) fn check(operand: &Operand) -> Result<(), String> {
    match operand {
        Operand::Function { name, .. } if named(name).is_none() => Err(unknown(name)),
        _ => Ok(()),
    }
}

fn unknown(name: &str) -> String {
    format!("There is no JQL function '{name}'.")
}

pub(super) fn is_list(operand: &Operand) -> bool {
    matches!(operand, Operand::Function { name, .. } if named(name).is_some_and(|function| function.list))
}

impl Function {
    fn takes(&self, count: usize) -> bool {
        let least = self.arguments.iter().filter(|name| !name.starts_with('[') && **name != "…").count();
        count >= least && (count <= self.arguments.len() || self.arguments.contains(&"…"))
    }

    /// "linkedIssues(issue, [link type])"
    pub fn written(&self) -> String {
        format!("{}({})", self.name, self.arguments.join(", "))
    }
}

impl<'s> Env<'s> {
    pub(super) fn function(&self, field: &Field<'s>, name: &str, arguments: &[String]) -> Result<Vec<Atom<'s>>, String> {
        let function = named(name).ok_or_else(|| unknown(name))?;
        if !function.kinds.contains(&field.kind) {
            return Err(format!("The function '{}' cannot stand for values of the field '{}'.", function.name, field.name));
        }
        if !function.takes(arguments.len()) {
            return Err(format!("The function {} was called with {} arguments.", function.written(), arguments.len()));
        }
        let argument = |place: usize| arguments.get(place).map(String::as_str);
        let wrong = |place: usize| {
            let value = argument(place).unwrap_or_default();
            format!("The function '{}' cannot do with the value '{value}'.", function.name)
        };
        let span = match function.name.trim_start_matches("startOf").trim_start_matches("endOf") {
            "Day" => Some(dates::Span::Day),
            "Week" => Some(dates::Span::Week),
            "Month" => Some(dates::Span::Month),
            "Year" => Some(dates::Span::Year),
            _ => None,
        };
        if let Some(span) = span {
            let moment = dates::bound(span, function.name.starts_with("end"), self.now, argument(0)).ok_or_else(|| wrong(0))?;
            return Ok(vec![self.instant(field.kind, moment)]);
        }
        let jira = &self.state.jira;
        let person = |place: usize| match argument(place) {
            None => Ok(accounts::ORGANIZATION_ADMIN),
            Some("currentUser()") => Ok(accounts::ORGANIZATION_ADMIN),
            Some(text) => self.person(text).ok_or_else(|| wrong(place)),
        };
        let issue = |place: usize| argument(place).and_then(|key| jira.issue_named(key)).ok_or_else(|| wrong(place));
        let ids = |ids: Vec<u64>| Ok(ids.into_iter().map(Atom::id).collect());
        let issues =
            |wanted: &dyn Fn(&Issue) -> bool| ids(jira.issues.values().filter(|issue| wanted(issue)).map(|issue| issue.id).collect());
        match function.name {
            "currentUser" => Ok(vec![Atom::Text(accounts::ORGANIZATION_ADMIN.into())]),
            "membersOf" => {
                let text = argument(0).unwrap_or_default();
                let group = self
                    .state
                    .groups
                    .iter()
                    .find(|group| group.id == text || group.name.eq_ignore_ascii_case(text))
                    .ok_or_else(|| wrong(0))?;
                Ok(group.members.iter().map(|id| Atom::Text(id.as_str().into())).collect())
            }
            "now" => Ok(vec![self.instant(field.kind, self.now)]),
            "currentLogin" | "lastLogin" => {
                let account = self.state.account(accounts::ORGANIZATION_ADMIN);
                let seen = account.and_then(|account| account.seen.get(seed::JIRA)).copied().unwrap_or(self.now);
                Ok(vec![self.instant(field.kind, seen)])
            }
            "openSprints" => ids(self.sprints(SprintState::Active)),
            "closedSprints" => ids(self.sprints(SprintState::Closed)),
            "futureSprints" => ids(self.sprints(SprintState::Future)),
            "linkedIssues" => {
                let of = issue(0)?.id;
                let kind = argument(1).map(str::to_lowercase);
                let known =
                    jira.link_types.values().flat_map(|kind| [&kind.name, &kind.inward, &kind.outward]).map(|name| name.to_lowercase());
                if kind.as_ref().is_some_and(|kind| !known.into_iter().any(|name| name == *kind)) {
                    return Err(wrong(1));
                }
                ids(self.linked(of, kind.as_deref()))
            }
            "childIssuesOf" => {
                let mut family = BTreeSet::from([issue(0)?.id]);
                let mut children = Vec::new();
                // Three levels: epic, story, sub-task.
                for _ in 0..3 {
                    let below = jira.issues.values().filter(|issue| issue.parent.is_some_and(|parent| family.contains(&parent)));
                    let below: BTreeSet<u64> = below.map(|issue| issue.id).filter(|id| !children.contains(id)).collect();
                    children.extend(&below);
                    family = below;
                }
                ids(children)
            }
            // Nobody looks at issues of the box.
            "issueHistory" => Ok(Vec::new()),
            "watchedIssues" => issues(&|issue| issue.watchers.contains(accounts::ORGANIZATION_ADMIN)),
            "votedIssues" => issues(&|issue| issue.voters.contains(accounts::ORGANIZATION_ADMIN)),
            "updatedBy" => {
                let person = person(0)?;
                let moment =
                    |place: usize| argument(place).map(|text| dates::moment(text, self.now).ok_or_else(|| wrong(place))).transpose();
                let (from, to) = (moment(1)?.unwrap_or(i64::MIN), moment(2)?.unwrap_or(i64::MAX));
                issues(&|issue| {
                    let changes = issue.history.iter().map(|change| (change.author.as_str(), change.created));
                    let comments = issue.comments.iter().map(|comment| (comment.author.as_str(), comment.created));
                    let made = [(issue.creator.as_str(), issue.created)];
                    changes.chain(comments).chain(made).any(|(author, at)| author == person && (from..=to).contains(&at))
                })
            }
            "issuesWithRemoteLinksByGlobalId" => {
                let id = argument(0);
                issues(&|issue| issue.remote_links.iter().any(|link| link.global_id.as_deref() == id))
            }
            "releasedVersions" | "unreleasedVersions" => {
                let released = function.name == "releasedVersions";
                let fits = |version: &&Version| version.released == released && !version.archived;
                let projects = self.projects(arguments).map_err(wrong)?;
                ids(projects.iter().flat_map(|project| project.versions.values().filter(fits)).map(|version| version.id).collect())
            }
            "latestReleasedVersion" | "earliestUnreleasedVersion" => {
                let released = function.name == "latestReleasedVersion";
                let projects = self.projects(arguments).map_err(wrong)?;
                let mut fit = projects
                    .iter()
                    .flat_map(|project| project.versions.values())
                    .filter(|version| version.released == released && !version.archived);
                let found = if released { fit.next_back() } else { fit.next() };
                ids(found.map(|version| version.id).into_iter().collect())
            }
            "standardIssueTypes" => ids(jira.issue_types.values().filter(|kind| kind.level >= 0).map(|kind| kind.id).collect()),
            "subtaskIssueTypes" => ids(jira.issue_types.values().filter(|kind| kind.level < 0).map(|kind| kind.id).collect()),
            "projectsLeadByUser" => {
                let person = person(0)?;
                ids(jira.projects.values().filter(|project| project.lead == person).map(|project| project.id).collect())
            }
            "projectsWhereUserHasRole" => {
                let text = argument(0).unwrap_or_default();
                let role = jira.roles.values().find(|role| role.name.eq_ignore_ascii_case(text)).ok_or_else(|| wrong(0))?.id;
                let holds = |actor: &String| match actor.strip_prefix("group:") {
                    Some(group) => self.state.group(group).is_some_and(|group| group.members.contains(accounts::ORGANIZATION_ADMIN)),
                    None => actor == accounts::ORGANIZATION_ADMIN,
                };
                let has = |project: &&Project| project.actors.get(&role).is_some_and(|actors| actors.iter().any(holds));
                ids(jira.projects.values().filter(has).map(|project| project.id).collect())
            }
            "componentsLeadByUser" => {
                let person = person(0)?;
                let all = jira.projects.values().flat_map(|project| project.components.values());
                ids(all.filter(|component| component.lead.as_deref() == Some(person)).map(|component| component.id).collect())
            }
            "approved" | "pending" | "running" | "paused" | "completed" | "breached" | "everbreached" => {
                Ok(vec![Atom::Text(function.name.into())])
            }
            "myPending" => Ok(vec![Atom::Text(format!("pending {}", accounts::ORGANIZATION_ADMIN).into())]),
            "myApproval" => Ok(vec![Atom::Text(format!("approver {}", accounts::ORGANIZATION_ADMIN).into())]),
            "pendingBy" | "approver" => {
                let role = if function.name == "approver" { "approver" } else { "pending" };
                (0..arguments.len()).map(|place| Ok(Atom::Text(format!("{role} {}", person(place)?).into()))).collect()
            }
            "cascadeOption" => {
                let same = |value: &str, place: usize| argument(place).is_some_and(|text| text.eq_ignore_ascii_case(value));
                let parent =
                    self.options(field).find(|option| option.parent.is_none() && same(&option.value, 0)).ok_or_else(|| wrong(0))?;
                match argument(1) {
                    None => ids(vec![parent.id]),
                    Some(_) => {
                        let mut below = self.options(field).filter(|option| option.parent == Some(parent.id));
                        ids(vec![below.find(|option| same(&option.value, 1)).ok_or_else(|| wrong(1))?.id])
                    }
                }
            }
            _ => Err(wrong(0)),
        }
    }

    fn person(&self, text: &str) -> Option<&'s str> {
        let fits = |account: &&super::super::super::admin::Account| {
            account.id == text || account.name.eq_ignore_ascii_case(text) || account.email.eq_ignore_ascii_case(text)
        };
        self.state.accounts.iter().find(fits).map(|account| account.id.as_str())
    }

    fn sprints(&self, state: SprintState) -> Vec<u64> {
        self.state.agile.sprints.values().filter(|sprint| sprint.state == state).map(|sprint| sprint.id).collect()
    }

    /// The other ends of an issue's links; `kind` is the name of a link type, or of one of its directions as the issue has it.
    fn linked(&self, of: u64, kind: Option<&str>) -> Vec<u64> {
        let jira = &self.state.jira;
        let ends = jira.links.values().filter_map(|link| {
            let (other, outward) = match of {
                of if of == link.from => (link.to, true),
                of if of == link.to => (link.from, false),
                _ => return None,
            };
            let Some(wanted) = kind else { return Some(other) };
            let of_kind = jira.link_types.get(&link.kind)?;
            let way = if outward { &of_kind.outward } else { &of_kind.inward };
            (way.to_lowercase() == wanted || of_kind.name.to_lowercase() == wanted).then_some(other)
        });
        ends.collect()
    }

    /// The projects that are named, or all; the place of the argument that names none.
    fn projects(&self, arguments: &[String]) -> Result<Vec<&'s Project>, usize> {
        let jira = &self.state.jira;
        if arguments.is_empty() {
            return Ok(jira.projects.values().collect());
        }
        let found = arguments.iter().enumerate().map(|(place, text)| {
            let named = jira.projects.values().find(|project| project.name.eq_ignore_ascii_case(text));
            jira.project_named(text).or(named).ok_or(place)
        });
        found.collect()
    }
}
