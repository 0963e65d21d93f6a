//! An issue as it came to be: every step changes it and leaves its entry in the history, so that both agree.

use super::super::super::clock::DAY;
use super::super::store::*;

/// Sprints of the board of ENG: each lasts two weeks, the fifth is under way.
pub fn sprint_start(sprint: u64, today: i64) -> i64 {
    today + (i64::try_from(sprint).unwrap_or_default() - 5) * 14 * DAY - 7 * DAY
}

pub fn sprint_name(sprint: u64) -> String {
    format!("ENG Sprint {sprint}")
}

pub struct Past<'a> {
    pub issue: Issue,
    /// The site it is part of, for the names of things and the next id.
    pub jira: &'a mut Jira,
    /// Display name of an account.
    pub names: &'a dyn Fn(&str) -> String,
}

fn item(field: &str, field_id: &str, from: Option<(String, String)>, to: Option<(String, String)>) -> ChangeItem {
    let (from, from_text) = from.unzip();
    let (to, to_text) = to.unzip();
    ChangeItem { field: field.to_owned(), field_id: field_id.to_owned(), from, from_text, to, to_text }
}

impl Past<'_> {
    fn change(&mut self, at: i64, author: &str, items: Vec<ChangeItem>) {
        let id = self.jira.next();
        self.issue.updated = self.issue.updated.max(at);
        self.issue.history.push(Change { id, author: author.to_owned(), created: at, items });
    }

    pub fn assign(&mut self, at: i64, author: &str, account: &str) {
        if self.issue.assignee.as_deref() == Some(account) {
            return;
        }
        let named = |account: &str| (account.to_owned(), (self.names)(account));
        let entry = item("assignee", "assignee", self.issue.assignee.as_deref().map(named), Some(named(account)));
        self.issue.assignee = Some(account.to_owned());
        self.change(at, author, vec![entry]);
    }

    /// To another status; what is done gets a resolution, what is not has none.
    pub fn go(&mut self, at: i64, author: &str, status: u64, resolution: u64) {
        let status_of = |id: u64| self.jira.statuses.get(&id).map(|status| (id.to_string(), status.name.clone()));
        let done = |id: u64| self.jira.statuses.get(&id).is_some_and(|status| status.category == "done");
        let category = |id: u64| self.jira.statuses.get(&id).map(|status| status.category.clone());
        let mut items = vec![item("status", "status", status_of(self.issue.status), status_of(status))];
        let before = self.issue.resolution;
        let after = done(status).then_some(resolution);
        if before != after {
            let named = |id: u64| self.jira.resolutions.get(&id).map(|resolution| (id.to_string(), resolution.name.clone()));
            items.insert(0, item("resolution", "resolution", before.and_then(named), after.and_then(named)));
        }
        if category(self.issue.status) != category(status) {
            self.issue.status_changed = at;
        }
        self.issue.status = status;
        self.issue.resolution = after;
        self.issue.resolved = after.map(|_| at);
        self.change(at, author, items);
    }

    pub fn join_sprint(&mut self, at: i64, author: &str, sprint: u64) {
        let listed = |sprints: &[u64]| {
            let join = |text: &dyn Fn(u64) -> String| sprints.iter().map(|sprint| text(*sprint)).collect::<Vec<_>>().join(", ");
            Some((join(&|sprint| sprint.to_string()), join(&sprint_name)))
        };
        let before = listed(&self.issue.sprints);
        self.issue.sprints.push(sprint);
        let entry = item("Sprint", "customfield_10020", before, listed(&self.issue.sprints));
        self.change(at, author, vec![entry]);
    }

    pub fn prioritize(&mut self, at: i64, author: &str, priority: u64) {
        if self.issue.priority == priority {
            return;
        }
        let named = |id: u64| self.jira.priorities.get(&id).map(|priority| (id.to_string(), priority.name.clone()));
        let entry = item("priority", "priority", named(self.issue.priority), named(priority));
        self.issue.priority = priority;
        self.change(at, author, vec![entry]);
    }

    /// Points were not estimated before.
    pub fn estimate(&mut self, at: i64, author: &str, points: u64) {
        self.issue.custom.insert("customfield_10016".to_owned(), serde_json::json!(points as f64));
        let entry =
            ChangeItem { from_text: None, to_text: Some(points.to_string()), ..item("Story Points", "customfield_10016", None, None) };
        self.change(at, author, vec![entry]);
    }
}
