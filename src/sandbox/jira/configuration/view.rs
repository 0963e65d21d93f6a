//! How things look wherever an answer shows them.

use serde_json::{Value, json};

use super::super::super::admin::{Account, Group};
use super::super::super::call::Call;
use super::super::super::reply::fnv;
use super::super::super::store::State;
use super::super::store::{Category, IssueType, Jira, Project, Status};
use super::page::put;

/// The store as one version of the API shows it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub state: &'a State,
    version: &'static str,
}

/// What each category of statuses is called, with its id and colour: "new" → 2, "To Do", "blue-gray".
const CATEGORIES: [(&str, u64, &str, &str, &str); 4] = [
    ("undefined", 1, "No Category", "medium-gray", "TODO"),
    ("new", 2, "To Do", "blue-gray", "TODO"),
    ("indeterminate", 4, "In Progress", "yellow", "IN_PROGRESS"),
    ("done", 3, "Done", "green", "DONE"),
];

/// "new" → "TODO": what the newer operations call the categories of statuses.
pub fn category_name(key: &str) -> &'static str {
    CATEGORIES.iter().find(|(known, ..)| *known == key).map_or("TODO", |category| category.4)
}

/// "TODO" → "new"
pub fn category_key(name: &str) -> Option<&'static str> {
    CATEGORIES.iter().skip(1).find(|(_, _, _, _, known)| *known == name).map(|category| category.0)
}

impl<'a> View<'a> {
    pub fn new(state: &'a State, call: &Call) -> View<'a> {
        View { state, version: if call.is_second_version() { "2" } else { "3" } }
    }

    pub fn jira(&self) -> &'a Jira {
        &self.state.jira
    }

    /// The address of a resource.
    pub fn at(&self, path: &str) -> String {
        format!("{}/rest/api/{}/{path}", self.state.url, self.version)
    }

    /// Pictures in the four sizes.
    fn pictures(&self, address: impl Fn(&str, u32) -> String) -> Value {
        json!({
            "16x16": address("xsmall", 16),
            "24x24": address("small", 24),
            "32x32": address("medium", 32),
            "48x48": address("large", 48),
        })
    }

    pub fn account_pictures(&self, account: &Account) -> Value {
        self.pictures(|_, size| format!("{}&s={size}", account.picture()))
    }

    /// An account, by everything that other users may see of it.
    pub fn user(&self, id: &str) -> Value {
        match self.state.account(id).filter(|account| !account.closed) {
            Some(account) => self.account(account),
            // What is left of an account that was deleted.
            None => json!({
                "self": self.at(&format!("user?accountId={id}")),
                "accountId": id, "accountType": "unknown", "active": false, "displayName": "Former user",
            }),
        }
    }

    pub fn account(&self, account: &Account) -> Value {
        let mut body = json!({
            "self": self.at(&format!("user?accountId={}", account.id)),
            "accountId": account.id,
            "accountType": account.kind,
            "displayName": account.name,
            "active": is_active(account),
            "avatarUrls": self.account_pictures(account),
            "timeZone": account.zoneinfo.as_deref().unwrap_or("Europe/Berlin"),
            "locale": account.locale.as_deref().unwrap_or("en_US").replace('-', "_"),
        });
        if account.kind != "app" {
            put(&mut body, "emailAddress", json!(account.email));
        }
        body
    }

    /// An account as lists of members show it, without the language.
    pub fn member(&self, account: &Account) -> Value {
        let mut body = self.account(account);
        if let Some(map) = body.as_object_mut() {
            map.remove("locale");
        }
        body
    }

    /// An account as the owner of something.
    pub fn owner(&self, id: &str) -> Value {
        let Some(account) = self.state.account(id) else {
            return json!({"accountId": id, "active": false, "displayName": "Former user", "self": self.at(&format!("user?accountId={id}"))});
        };
        json!({
            "self": self.at(&format!("user?accountId={id}")),
            "accountId": id,
            "displayName": account.name,
            "active": is_active(account),
            "avatarUrls": self.account_pictures(account),
        })
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

    pub fn project_pictures(&self, project: &Project) -> Value {
        self.pictures(|size, _| format!("{}/secure/projectavatar?size={size}&pid={}", self.state.url, project.id))
    }

    /// A project as other things refer to it.
    pub fn project(&self, project: &Project) -> Value {
        let mut body = json!({
            "self": self.at(&format!("project/{}", project.id)),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.kind,
            "simplified": project.style == "next-gen",
            "avatarUrls": self.project_pictures(project),
        });
        if let Some(category) = project.category.and_then(|id| self.jira().categories.get(&id)) {
            put(&mut body, "projectCategory", self.category(category));
        }
        body
    }

    /// The project that alone has something.
    pub fn scope(&self, project: u64) -> Value {
        json!({"type": "PROJECT", "project": {"id": project.to_string()}})
    }

    pub fn issue_type(&self, kind: &IssueType) -> Value {
        // Pictures of the system: a task's and so on, told apart by the level.
        let avatar = 10_300 + fnv(kind.name.as_bytes()) % 20;
        let mut body = json!({
            "self": self.at(&format!("issuetype/{}", kind.id)),
            "id": kind.id.to_string(),
            "name": kind.name,
            "description": kind.description,
            "iconUrl": self.at(&format!("universal_avatar/view/type/issuetype/avatar/{avatar}?size=medium")),
            "subtask": kind.level < 0,
            "avatarId": avatar,
            "hierarchyLevel": kind.level,
        });
        if let Some(project) = kind.project {
            put(&mut body, "scope", self.scope(project));
        }
        body
    }

    pub fn status_category(&self, key: &str) -> Option<Value> {
        let (key, id, name, color, _) = CATEGORIES.iter().find(|(known, id, name, ..)| {
            *known == key || id.to_string() == key || name.eq_ignore_ascii_case(key)
        })?;
        Some(json!({"self": self.at(&format!("statuscategory/{id}")), "id": id, "key": key, "name": name, "colorName": color}))
    }

    pub fn status_categories(&self) -> Vec<Value> {
        CATEGORIES.iter().filter_map(|(key, ..)| self.status_category(key)).collect()
    }

    pub fn status(&self, status: &Status) -> Value {
        let mut body = json!({
            "self": self.at(&format!("status/{}", status.id)),
            "id": status.id.to_string(),
            "name": status.name,
            "description": status.description,
            "iconUrl": format!("{}/images/icons/statuses/generic.png", self.state.url),
            "statusCategory": self.status_category(&status.category),
        });
        if let Some(project) = status.project {
            put(&mut body, "scope", self.scope(project));
        }
        body
    }
}

/// Jira knows two states of an account where the directory knows five.
pub fn is_active(account: &Account) -> bool {
    account.directory_status() == "active" || (account.kind != "atlassian" && account.status() == "active")
}
