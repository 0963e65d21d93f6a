//! The demo site: four projects with 500 issues. Ids and names never change; times are counted back from today.

mod fields;
mod history;
mod issues;
mod site;
mod values;

use super::super::admin::Account;
use super::super::files::Part;
use super::super::reply::mix;
use super::super::seed::accounts;
use super::super::store::State;
use super::store::Jira;
pub use fields::OF_SOFTWARE;
pub use history::{sprint_name, sprint_start};

pub const ENG: u64 = 10_000;
pub const WEB: u64 = 10_001;
pub const OPS: u64 = 10_002;
pub const HELP: u64 = 10_003;

/// Where the numbers of the site's own things end: what is created later begins behind them.
const FIRST_FREE: u64 = 20_000;

pub fn seed(state: &mut State, today: i64) {
    let people = People::of(state);
    state.jira.last = FIRST_FREE;
    site::seed(&mut state.jira, &people, today);
    fields::seed(&mut state.jira);
    let accounts = &state.accounts;
    let names = |id: &str| accounts.iter().find(|account| account.id == id).map_or_else(String::new, |account| account.name.clone());
    issues::seed(&mut state.jira, &people, &names, today);
    site::filters(&mut state.jira, &people);
    let Jira { issues, .. } = &state.jira;
    for attachment in issues.values().flat_map(|issue| &issue.attachments) {
        let part = Part {
            name: "file".to_owned(),
            file_name: Some(attachment.file_name.clone()),
            content_type: attachment.content_type.clone(),
            content: issues::protocol(&attachment.file_name).into(),
        };
        state.files.put(format!("attachment/{}", attachment.id), &part, attachment.created);
    }
}

/// Who works where. Account ids.
struct People {
    engineers: Vec<String>,
    designers: Vec<String>,
    office: Vec<String>,
    agents: Vec<String>,
    customers: Vec<String>,
}

impl People {
    fn of(state: &State) -> People {
        let active = |account: &&Account| account.status() == "active" && account.directory_status() == "active";
        let staff: Vec<&Account> = state.accounts.iter().filter(|account| account.kind == "atlassian").filter(active).collect();
        let of = |department: &str, most: usize| {
            let found = staff.iter().filter(|account| account.department.as_deref() == Some(department));
            found.take(most).map(|account| account.id.clone()).collect::<Vec<_>>()
        };
        let named = |ids: &[&str], more: Vec<String>| {
            let mut all: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            all.extend(more.into_iter().filter(|id| !ids.contains(&id.as_str())));
            all
        };
        let customers = state.accounts.iter().filter(|account| account.kind == "customer" && account.status() == "active");
        People {
            engineers: named(&[accounts::ACTIVE, accounts::ORGANIZATION_ADMIN], of("Engineering", 12)),
            designers: named(&[accounts::ACTIVE], of("Design", 6)),
            office: of("Finance", 5),
            agents: named(&[accounts::ORGANIZATION_ADMIN], of("Support", 5)),
            customers: customers.map(|account| account.id.clone()).collect(),
        }
    }
}

/// A number below `below` that belongs to this item and purpose: the same in every box.
fn draw(item: u64, purpose: u64, below: u64) -> u64 {
    mix(item.wrapping_mul(1_000).wrapping_add(purpose)) % below.max(1)
}

fn chosen<T>(list: &[T], item: u64, purpose: u64) -> Option<&T> {
    list.get(usize::try_from(draw(item, purpose, list.len() as u64)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::clock;
    use super::super::super::store::State;
    use super::super::Jira;

    fn site() -> (Jira, i64) {
        let state = State::seeded("http://127.0.0.1:1", false);
        let now = state.now();
        (state.jira, now - now.rem_euclid(clock::DAY))
    }

    #[test]
    fn the_history_of_an_issue_leads_to_what_it_is() {
        let (jira, today) = site();
        let counts: Vec<usize> = [10_000, 10_001, 10_002, 10_003]
            .iter()
            .map(|project| jira.issues.values().filter(|issue| issue.project == *project).count())
            .collect();
        assert_eq!(counts, [260, 120, 60, 60]);
        let mut ids = BTreeSet::new();
        for issue in jira.issues.values() {
            let key = jira.key(issue);
            let last = |field: &str| {
                let mut items = issue.history.iter().flat_map(|change| &change.items);
                items.rfind(|item| item.field_id == field).map(|item| item.to.clone())
            };
            let same = |field: &str, present: Option<String>| {
                if let Some(told) = last(field) {
                    assert_eq!(told, present, "{field} of {key}");
                }
            };
            same("status", Some(issue.status.to_string()));
            same("resolution", issue.resolution.map(|id| id.to_string()));
            same("assignee", issue.assignee.clone());
            same("priority", Some(issue.priority.to_string()));
            same("customfield_10020", Some(issue.sprints.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")));
            assert_eq!(issue.resolution.is_some(), jira.statuses[&issue.status].category == "done", "{key}");
            assert_eq!(issue.resolution.is_some(), issue.resolved.is_some(), "{key}");
            let times: Vec<i64> = issue.history.iter().map(|change| change.created).collect();
            assert!(times.is_sorted(), "{key}: {times:?}");
            let others = issue.comments.iter().map(|comment| comment.created).chain(issue.worklogs.iter().map(|worklog| worklog.started));
            for time in times.into_iter().chain(others) {
                assert!((issue.created..today).contains(&time) && time <= issue.updated, "{key}: {time}");
            }
            assert!(issue.history.iter().map(|change| change.id).all(|id| ids.insert(id)), "{key}");
            assert!(issue.history.is_empty() || issue.assignee.is_some() || issue.number % 9 == 4, "{key}");
            assert!(issue.parent.is_none_or(|parent| jira.issues.contains_key(&parent)), "{key}");
        }
        assert!(jira.links.values().all(|link| jira.issues.contains_key(&link.from) && jira.issues.contains_key(&link.to)));
    }

    #[test]
    fn an_issue_is_found_by_its_number_also_after_it_moved() {
        let (mut jira, _) = site();
        assert_eq!(jira.issue_named("eng-12").map(|issue| issue.id), Some(11_012));
        let moved = jira.issues.get_mut(&11_012).unwrap();
        (moved.project, moved.number) = (super::WEB, 121);
        assert_eq!(jira.issue_named("WEB-121").map(|issue| issue.id), Some(11_012));
        assert!(jira.issue_named("ENG-12").is_none());
    }

    #[test]
    fn the_site_is_the_same_each_time() {
        assert_eq!(serde_json::to_string(&site().0).unwrap(), serde_json::to_string(&site().0).unwrap());
    }
}
