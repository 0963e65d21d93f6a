//! What the values of a clause stand for: names and ids are looked up, and refused if there are none such.

use std::borrow::Cow;

use super::super::super::admin::Account;
use super::super::super::store::State;
use super::super::store::{CustomOption, Version};
use super::fields::{Field, Kind, Source};
use super::{Atom, Env, dates};

/// How far a moment or an amount may be written wrongly.
const DATES: &str = "'2026-11-24', '2026/11/24 12:30', '-5d' or '4w 2d'";

impl<'s> Env<'s> {
    /// Everything that a text can stand for in this field; nothing stands for nothing.
    pub(super) fn value(&self, field: &Field<'s>, text: &str) -> Result<Vec<Atom<'s>>, String> {
        let jira = &self.state.jira;
        let same = |name: &str| name.eq_ignore_ascii_case(text) || name.to_lowercase() == text.to_lowercase();
        let id: Option<u64> = text.parse().ok();
        let found: Vec<Atom<'s>> = match field.kind {
            Kind::Project => {
                let there = jira.projects.values().filter(|project| project.deleted.is_none());
                let named = there.filter(|project| same(&project.key) || same(&project.name) || Some(project.id) == id);
                named.map(|project| Atom::id(project.id)).collect()
            }
            Kind::Category => named(jira.categories.values().map(|one| (one.id, one.name.as_str())), same, id),
            Kind::ProjectType => {
                let kinds = ["software", "business", "service_desk", "product_discovery"];
                kinds.into_iter().filter(|kind| same(kind)).map(|kind| Atom::Text(kind.into())).collect()
            }
            Kind::Issue => jira.issue_named(text).map(|issue| Atom::id(issue.id)).into_iter().collect(),
            Kind::IssueType => named(jira.issue_types.values().map(|one| (one.id, one.name.as_str())), same, id),
            Kind::Status => named(jira.statuses.values().map(|one| (one.id, one.name.as_str())), same, id),
            Kind::StatusCategory => {
                let known = [("new", "To Do", 2), ("indeterminate", "In Progress", 4), ("done", "Done", 3)];
                let fits = known.into_iter().filter(|(key, name, number)| same(key) || same(name) || id == Some(*number));
                fits.map(|(key, ..)| Atom::Text(key.into())).collect()
            }
            Kind::Priority => named(jira.priorities.values().map(|one| (one.id, one.name.as_str())), same, id),
            Kind::Resolution if same("Unresolved") => return Ok(Vec::new()),
            Kind::Resolution => named(jira.resolutions.values().map(|one| (one.id, one.name.as_str())), same, id),
            Kind::Person => {
                // Of those that were deleted the ids are left.
                let named = |account: &&Account| !account.closed && (same(&account.name) || same(&account.email));
                let fits = self.state.accounts.iter().filter(|account| account.id == text || named(account));
                fits.map(|account| Atom::Text(account.id.as_str().into())).collect()
            }
            Kind::Group => {
                let fits = self.state.groups.iter().filter(|group| group.id == text || same(&group.name));
                fits.map(|group| Atom::Text(group.id.as_str().into())).collect()
            }
            Kind::Component => {
                let all = jira.projects.values().flat_map(|project| project.components.values());
                named(all.map(|one| (one.id, one.name.as_str())), same, id)
            }
            Kind::Version => {
                let all = jira.projects.values().flat_map(|project| project.versions.values());
                named(all.map(|one| (one.id, one.name.as_str())), same, id)
            }
            Kind::Sprint => named(self.state.agile.sprints.values().map(|one| (one.id, one.name.as_str())), same, id),
            Kind::RequestType => {
                let all = self.state.service_management.request_types.values();
                let desk = |id: u64| {
                    let desk = self.state.service_management.desks.get(&id);
                    desk.and_then(|desk| jira.projects.get(&desk.project)).map_or("", |project| project.key.as_str())
                };
                let fits = all.filter(|one| same(&one.name) || Some(one.id) == id || same(&format!("{} ({})", one.name, desk(one.desk))));
                fits.map(|one| Atom::id(one.id)).collect()
            }
            Kind::Option | Kind::Cascade => {
                let options = self.options(field).filter(|option| same(&option.value) || Some(option.id) == id);
                options.map(|option| Atom::id(option.id)).collect()
            }
            Kind::LinkType => {
                let mut names = jira.link_types.values().flat_map(|kind| [&kind.name, &kind.inward, &kind.outward]);
                names.any(|name| same(name)).then(|| Atom::Text(text.to_lowercase().into())).into_iter().collect()
            }
            Kind::Team => vec![Atom::Text(Cow::Owned(text.to_owned()))],
            Kind::Label | Kind::Exact => vec![Atom::Text(text.to_lowercase().into())],
            // What is kept there may be a number or a text.
            Kind::Property => {
                let number = text.parse().ok().map(Atom::Number);
                number.into_iter().chain([Atom::Text(text.to_lowercase().into())]).collect()
            }
            Kind::Date | Kind::Datetime => {
                let moment = dates::moment(text, self.now)
                    .ok_or_else(|| format!("'{text}' is no date for the field '{}'. Dates are written like {DATES}.", field.name))?;
                vec![self.instant(field.kind, moment)]
            }
            Kind::Number | Kind::Count => {
                let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
                number.map(Atom::Number).into_iter().collect()
            }
            Kind::Duration => dates::work(text).map(Atom::Number).into_iter().collect(),
            Kind::Filter | Kind::Attachment | Kind::Text | Kind::Texts | Kind::AnyText | Kind::Rank | Kind::Approvals | Kind::Goal => {
                Vec::new()
            }
        };
        if found.is_empty() {
            return Err(format!("The field '{}' has no value '{text}'.", field.name));
        }
        Ok(found)
    }

    /// A moment as the field keeps them: days have no time.
    pub(super) fn instant(&self, kind: Kind, ms: i64) -> Atom<'s> {
        let ms = if kind == Kind::Date { ms.div_euclid(super::super::super::clock::DAY) * super::super::super::clock::DAY } else { ms };
        Atom::Number(ms as f64)
    }

    pub(super) fn options(&self, field: &Field<'s>) -> impl Iterator<Item = &'s CustomOption> {
        let contexts = match field.source {
            Source::Custom(of) => Some(of.contexts.values()),
            _ => None,
        };
        contexts.into_iter().flatten().flat_map(|context| &context.options)
    }
}

/// Values that a field can have: as a query writes them, and as people read them.
pub fn suggestions(state: &State, field: &str) -> Result<Vec<(String, String)>, String> {
    let env = Env::new(state);
    let fields = env.fields(field)?;
    let mut found: Vec<(String, String)> = Vec::new();
    for field in &fields {
        let jira = &state.jira;
        let mut plain = |names: Vec<&String>| found.extend(names.into_iter().map(|name| (name.clone(), name.clone())));
        match field.kind {
            Kind::Project => {
                found.extend(jira.projects.values().map(|project| (project.key.clone(), format!("{} ({})", project.name, project.key))));
            }
            Kind::Person => {
                let known = state.accounts.iter().filter(|account| account.status() == "active");
                found.extend(known.map(|account| (account.id.clone(), account.name.clone())));
            }
            Kind::Category => plain(jira.categories.values().map(|one| &one.name).collect()),
            Kind::IssueType => plain(jira.issue_types.values().map(|one| &one.name).collect()),
            Kind::Status => plain(jira.statuses.values().map(|one| &one.name).collect()),
            Kind::Priority => plain(jira.priorities.values().map(|one| &one.name).collect()),
            Kind::Resolution => plain(jira.resolutions.values().map(|one| &one.name).collect()),
            Kind::Group => plain(state.groups.iter().map(|group| &group.name).collect()),
            Kind::Label => {
                plain(jira.issues.values().flat_map(|issue| &issue.labels).collect::<std::collections::BTreeSet<_>>().into_iter().collect())
            }
            Kind::Component => plain(jira.projects.values().flat_map(|project| project.components.values()).map(|one| &one.name).collect()),
            Kind::Version => plain(jira.projects.values().flat_map(|project| project.versions.values()).map(|one| &one.name).collect()),
            Kind::Sprint => found.extend(state.agile.sprints.values().map(|sprint| (sprint.id.to_string(), sprint.name.clone()))),
            Kind::Option | Kind::Cascade => plain(env.options(field).map(|option| &option.value).collect()),
            Kind::Filter => plain(jira.filters.values().map(|filter| &filter.name).collect()),
            Kind::LinkType => plain(jira.link_types.values().flat_map(|kind| [&kind.outward, &kind.inward]).collect()),
            Kind::RequestType => plain(state.service_management.request_types.values().map(|one| &one.name).collect()),
            Kind::StatusCategory => found.extend(["To Do", "In Progress", "Done"].map(|name| (name.to_owned(), name.to_owned()))),
            _ => {}
        }
    }
    found.dedup();
    Ok(found)
}

fn named<'s, 'a>(all: impl Iterator<Item = (u64, &'a str)>, same: impl Fn(&str) -> bool, id: Option<u64>) -> Vec<Atom<'s>> {
    let all: Vec<(u64, &str)> = all.collect();
    let by_name: Vec<Atom<'s>> = all.iter().filter(|(_, name)| same(name)).map(|(id, _)| Atom::id(*id)).collect();
    // A name that looks like an id wins over the id.
    if by_name.is_empty() { all.iter().filter(|(known, _)| Some(*known) == id).map(|(id, _)| Atom::id(*id)).collect() } else { by_name }
}

/// A version with its project and its place in the order of that project.
pub(super) fn version_place(state: &State, id: u64) -> Option<(u64, usize, &Version)> {
    state.jira.projects.values().find_map(|project| {
        let place = project.versions.keys().position(|known| *known == id)?;
        Some((project.id, place, project.versions.get(&id)?))
    })
}

/// Where a value stands among its like: none where there is no order, or another one. Values of one order have the first part in common.
pub(super) fn place(state: &State, kind: Kind, atom: &Atom<'_>) -> Option<(u64, f64)> {
    let number = atom.number()?;
    let id = number as u64;
    let at = |place: Option<usize>| place.map(|place| (0, place as f64));
    match kind {
        // The first priority is the highest.
        Kind::Priority => at(state.jira.priorities.keys().position(|known| *known == id)).map(|(order, place)| (order, -place)),
        Kind::Resolution => at(state.jira.resolutions.keys().position(|known| *known == id)),
        Kind::Version => version_place(state, id).map(|(project, place, _)| (project, place as f64)),
        Kind::Issue => state.jira.issues.get(&id).map(|issue| (issue.project, issue.number as f64)),
        _ => Some((0, number)),
    }
}
