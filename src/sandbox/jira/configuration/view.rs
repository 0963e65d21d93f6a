//! How the things of a site's configuration look, wherever an answer shows them.

use serde_json::{Value, json};

use super::super::super::admin::{Account, Group};
use super::super::super::call::Call;
use super::super::super::store::State;
use super::super::shown;
use super::super::store::{Category, IssueType, Jira, Project, Status};
use super::page::put;

/// The store as one version of the API shows it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub state: &'a State,
    version: &'static str,
}

/// Keys of the categories of statuses, and what the newer operations call them.
const CATEGORIES: [(&str, &str); 3] = [("new", "TODO"), ("indeterminate", "IN_PROGRESS"), ("done", "DONE")];

/// "new" → "TODO"
pub fn category_name(key: &str) -> &'static str {
    CATEGORIES.iter().find(|(known, _)| *known == key).map_or("TODO", |(_, name)| name)
}

/// "TODO" → "new"
pub fn category_key(name: &str) -> Option<&'static str> {
    CATEGORIES.iter().find(|(_, known)| *known == name).map(|(key, _)| *key)
}

impl<'a> View<'a> {
    pub fn new(state: &'a State, call: &Call) -> View<'a> {
        View { state, version: if call.is_second_version() { "2" } else { "3" } }
    }

    pub fn jira(&self) -> &'a Jira {
        &self.state.jira
    }

    fn root(&self) -> String {
        format!("{}/rest/api/{}", self.state.url, self.version)
    }

    /// The address of a resource.
    pub fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.root())
    }

    /// An account, by everything that other users may see of it.
    pub fn user(&self, id: &str) -> Value {
        match self.state.account(id) {
            Some(account) => self.account(account),
            None => json!({
                "self": self.at(&format!("user?accountId={id}")),
                "accountId": id, "accountType": "unknown", "active": false, "displayName": "Former user",
            }),
        }
    }

    pub fn account(&self, account: &Account) -> Value {
        let mut body = shown::user(self.state, &account.id, &self.root());
        put(&mut body, "locale", json!(account.locale.as_deref().unwrap_or("en_US").replace('-', "_")));
        body
    }

    /// An account as lists of members show it, without the language.
    pub fn member(&self, account: &Account) -> Value {
        shown::user(self.state, &account.id, &self.root())
    }

    /// An account as the owner of something.
    pub fn owner(&self, id: &str) -> Value {
        let mut body = self.user(id);
        if let Some(map) = body.as_object_mut() {
            map.retain(|key, _| matches!(key.as_str(), "self" | "accountId" | "displayName" | "active" | "avatarUrls"));
        }
        body
    }

    pub fn group(&self, group: &Group) -> Value {
        json!({"name": group.name, "groupId": group.id, "self": self.at(&format!("group?groupId={}", group.id))})
    }

    pub fn category(&self, category: &Category) -> Value {
        json!({
            "self": self.at(&format!("projectCategory/{}", category.id)),
            "id": category.id.to_string(),
            "name": category.name,
            "description": category.description,
        })
    }

    /// A project as other things refer to it.
    pub fn project(&self, project: &Project) -> Value {
        shown::project(self.state, project, &self.root())
    }

    /// The project that alone has something.
    pub fn scope(&self, project: u64) -> Value {
        json!({"type": "PROJECT", "project": {"id": project.to_string()}})
    }

    pub fn issue_type(&self, kind: &IssueType) -> Value {
        shown::issue_type(self.state, kind.id, &self.root())
    }

    pub fn status(&self, status: &Status) -> Value {
        shown::status(self.state, status.id, &self.root())
    }

    pub fn status_categories(&self) -> Vec<Value> {
        let none = json!({
            "self": self.at("statuscategory/1"), "id": 1, "key": "undefined", "colorName": "medium-gray", "name": "No Category",
        });
        std::iter::once(none).chain(CATEGORIES.iter().map(|(key, _)| shown::status_category(key, &self.root()))).collect()
    }

    pub fn priority(&self, id: u64) -> Value {
        let mut body = shown::priority(self.state, id, &self.root());
        if let Some(priority) = self.jira().priorities.get(&id) {
            put(&mut body, "description", json!(priority.description));
            put(&mut body, "statusColor", json!(priority.color));
            put(&mut body, "isDefault", json!(self.jira().configuration.default_priority == Some(id)));
        }
        body
    }

    pub fn resolution(&self, id: u64) -> Value {
        shown::resolution(self.state, id, &self.root())
    }
}

/// Jira knows two states of an account where the directory knows five.
pub fn is_active(account: &Account) -> bool {
    account.status() == "active" && (account.kind != "atlassian" || account.directory_status() == "active")
}
