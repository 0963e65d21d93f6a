//! The data of a Confluence site. References are ids; what a client reads is put together when it is read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::reply::Refusal;
use super::super::seed;
use super::super::store::State;
use super::body::Body;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Confluence {
    /// The last id given: contents, spaces, labels, properties, tasks and templates share one row of numbers.
    pub last: u64,
    pub spaces: BTreeMap<u64, Space>,
    /// Pages, blog posts, comments, attachments and whatever else has an id of its own.
    pub contents: BTreeMap<u64, Content>,
    pub labels: BTreeMap<u64, Label>,
    pub tasks: BTreeMap<u64, Task>,
    pub templates: BTreeMap<u64, Template>,
    pub roles: BTreeMap<String, Role>,
    /// Who watches what: account id, then "content/100001", "space/ENG" or "label/how-to".
    pub watches: BTreeSet<(String, String)>,
    pub relations: BTreeMap<RelationKey, (String, i64)>,
    /// By account id, then by key.
    pub user_properties: BTreeMap<String, BTreeMap<String, UserProperty>>,
    pub app_properties: BTreeMap<String, Value>,
    /// Oldest first.
    pub audit: Vec<Value>,
    /// Settings that are kept as they were written, by what they are: "retention", "look/ENG".
    pub settings: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Page,
    BlogPost,
    Whiteboard,
    Database,
    Folder,
    Embed,
    Custom,
    Attachment,
    FooterComment,
    InlineComment,
}

impl Kind {
    /// What version 2 has in its paths.
    pub fn of_segment(segment: &str) -> Option<Kind> {
        Some(match segment {
            "pages" => Kind::Page,
            "blogposts" => Kind::BlogPost,
            "whiteboards" => Kind::Whiteboard,
            "databases" => Kind::Database,
            "folders" => Kind::Folder,
            "embeds" => Kind::Embed,
            "custom-content" => Kind::Custom,
            "attachments" => Kind::Attachment,
            "footer-comments" | "comments" => Kind::FooterComment,
            "inline-comments" => Kind::InlineComment,
            _ => return None,
        })
    }

    /// As version 1, CQL and lists of children name it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Page => "page",
            Kind::BlogPost => "blogpost",
            Kind::Whiteboard => "whiteboard",
            Kind::Database => "database",
            Kind::Folder => "folder",
            Kind::Embed => "embed",
            Kind::Custom => "custom",
            Kind::Attachment => "attachment",
            Kind::FooterComment | Kind::InlineComment => "comment",
        }
    }

    pub fn is_comment(self) -> bool {
        matches!(self, Kind::FooterComment | Kind::InlineComment)
    }

    /// Stands in the tree of a space.
    pub fn in_tree(self) -> bool {
        matches!(self, Kind::Page | Kind::Whiteboard | Kind::Database | Kind::Folder | Kind::Embed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Current,
    Draft,
    Archived,
    Trashed,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Current => "current",
            Status::Draft => "draft",
            Status::Archived => "archived",
            Status::Trashed => "trashed",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Content {
    pub id: u64,
    pub kind: Kind,
    /// Of custom content "ac:app:type", of pages "live" or nothing.
    pub subtype: String,
    pub status: Status,
    pub title: String,
    pub space: u64,
    /// What it stands below or hangs on: a page in the tree, the page of a comment, the comment of a reply.
    pub parent: Option<u64>,
    /// Among those of one parent, lowest first.
    pub position: i64,
    pub author: String,
    pub owner: String,
    pub last_owner: Option<String>,
    pub created: i64,
    /// Oldest first; never empty.
    pub versions: Vec<Version>,
    /// What was written to published content and not published yet.
    pub draft: Option<(String, Body)>,
    /// Ids of labels.
    pub labels: BTreeSet<u64>,
    pub properties: BTreeMap<u64, Property>,
    /// By "read" and "update"; without an entry everyone may.
    pub restrictions: BTreeMap<String, Restriction>,
    pub likes: BTreeSet<String>,
    pub state: Option<ContentState>,
    pub classification: Option<String>,
    /// Of inline comments.
    pub selection: Option<Selection>,
    /// Of Smart Links.
    pub url: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    pub number: u64,
    pub author: String,
    pub created: i64,
    pub message: String,
    pub minor: bool,
    pub title: String,
    pub body: Body,
    /// Of attachments.
    pub file: Option<File>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct File {
    /// Where the box keeps it.
    pub number: u64,
    pub size: usize,
    pub media_type: String,
    pub comment: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Selection {
    pub text: String,
    pub marker: String,
    /// "open", "resolved", "reopened"
    pub resolution: String,
    pub resolved_by: Option<(String, i64)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    pub users: BTreeSet<String>,
    pub groups: BTreeSet<String>,
}

impl Restriction {
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContentState {
    pub id: u64,
    pub name: String,
    pub color: String,
    pub updated: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Property {
    pub id: u64,
    pub key: String,
    pub value: Value,
    pub number: u64,
    pub message: String,
    pub author: String,
    pub created: i64,
    pub updated: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserProperty {
    pub id: u64,
    pub value: Value,
    pub created: i64,
    pub updated: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub id: u64,
    /// "global", "my", "team"
    pub prefix: String,
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Space {
    pub id: u64,
    pub key: String,
    pub name: String,
    /// "global", "personal", "knowledge_base"
    pub kind: String,
    pub archived: bool,
    pub description: String,
    pub author: String,
    pub created: i64,
    pub homepage: Option<u64>,
    pub labels: BTreeSet<u64>,
    pub properties: BTreeMap<u64, Property>,
    pub permissions: Vec<Permission>,
    pub assignments: Vec<Assignment>,
    pub theme: Option<String>,
    pub classification: Option<String>,
    /// "standard", "compact"
    pub content_mode: String,
    pub route_override: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Permission {
    pub id: u64,
    /// "user", "group"
    pub subject_kind: String,
    pub subject: String,
    pub operation: String,
    pub target: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// "USER", "GROUP", "ACCESS_CLASS"
    pub principal_type: String,
    pub principal: String,
    pub role: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    pub id: String,
    pub name: String,
    pub description: String,
    /// Made by the site's own admins.
    pub custom: bool,
    pub permissions: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    pub id: u64,
    /// Of its own within the page: `ac:task-id`.
    pub local: String,
    pub content: u64,
    pub text: String,
    pub complete: bool,
    pub creator: String,
    pub assignee: Option<String>,
    pub completed: Option<(String, i64)>,
    pub created: i64,
    pub updated: i64,
    pub due: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Template {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub kind: String,
    pub space: Option<String>,
    pub labels: Vec<(String, String)>,
    pub body: Body,
}

/// A named edge: "favourite" from a user to content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RelationKey {
    pub name: String,
    /// Kind and key: "user/557058:…", "space/ENG", "content/100001".
    pub source: String,
    pub target: String,
}

impl From<RelationKey> for String {
    fn from(key: RelationKey) -> String {
        format!("{} {} {}", key.name, key.source, key.target)
    }
}

impl TryFrom<String> for RelationKey {
    type Error = String;

    fn try_from(text: String) -> Result<RelationKey, String> {
        let mut parts = text.split(' ').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(name), Some(source), Some(target)) => Ok(RelationKey { name, source, target }),
            _ => Err(format!("{text} is no relation")),
        }
    }
}

impl Content {
    /// Attachments have ids with letters.
    pub fn text_id(&self) -> String {
        if self.kind == Kind::Attachment { format!("att{}", self.id) } else { self.id.to_string() }
    }

    pub fn version(&self, number: u64) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    pub fn last(&self) -> Option<&Version> {
        self.versions.last()
    }

    pub fn number(&self) -> u64 {
        self.last().map_or(0, |version| version.number)
    }

    pub fn modified(&self) -> i64 {
        self.last().map_or(self.created, |version| version.created)
    }

    pub fn is_live(&self) -> bool {
        matches!(self.status, Status::Current | Status::Archived)
    }
}

pub fn not_found(what: &str, id: &str) -> Refusal {
    Refusal::new(404, "NOT_FOUND", format!("{what} {id} does not exist, or may not be seen."))
}

pub fn bad(detail: impl Into<String>) -> Refusal {
    Refusal::new(400, "", detail)
}

/// The account that a site's credentials stand for.
pub fn caller() -> String {
    seed::accounts::ORGANIZATION_ADMIN.to_owned()
}

/// "100001" and "att100001"
pub fn number(id: &str) -> Option<u64> {
    id.strip_prefix("att").unwrap_or(id).parse().ok()
}

impl Confluence {
    pub fn next_id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub fn content(&self, id: &str) -> Option<&Content> {
        self.contents.get(&number(id)?)
    }

    pub fn space(&self, id: &str) -> Result<&Space, Refusal> {
        id.parse().ok().and_then(|id| self.spaces.get(&id)).ok_or_else(|| not_found("The space", id))
    }

    pub fn space_mut(&mut self, id: &str) -> Result<&mut Space, Refusal> {
        id.parse().ok().and_then(|id: u64| self.spaces.get_mut(&id)).ok_or_else(|| not_found("The space", id))
    }

    pub fn space_by_key(&self, key: &str) -> Result<&Space, Refusal> {
        self.spaces.values().find(|space| space.key.eq_ignore_ascii_case(key)).ok_or_else(|| not_found("The space with the key", key))
    }

    pub fn space_by_key_mut(&mut self, key: &str) -> Result<&mut Space, Refusal> {
        let found = self.spaces.values_mut().find(|space| space.key.eq_ignore_ascii_case(key));
        found.ok_or_else(|| not_found("The space with the key", key))
    }

    pub fn space_key(&self, id: u64) -> &str {
        self.spaces.get(&id).map_or("", |space| space.key.as_str())
    }

    /// Those of one parent that are not in the trash, in their order.
    pub fn children(&self, parent: u64) -> Vec<&Content> {
        let mut found: Vec<&Content> = self.contents.values().filter(|one| one.parent == Some(parent) && one.is_live()).collect();
        found.sort_by_key(|one| (one.position, one.id));
        found
    }

    pub fn children_in_tree(&self, parent: u64) -> Vec<&Content> {
        self.children(parent).into_iter().filter(|one| one.kind.in_tree()).collect()
    }

    /// What stands below, parents before their children, with the depth from 1.
    pub fn descendants(&self, root: u64, depth: u64) -> Vec<(u64, &Content)> {
        let mut below: BTreeMap<u64, Vec<&Content>> = BTreeMap::new();
        for one in self.contents.values().filter(|one| one.kind.in_tree() && one.is_live()) {
            if let Some(parent) = one.parent {
                below.entry(parent).or_default().push(one);
            }
        }
        for list in below.values_mut() {
            list.sort_by_key(|one| (one.position, one.id));
        }
        let mut found = Vec::new();
        let mut open: Vec<(u64, &Content)> = below.remove(&root).unwrap_or_default().into_iter().rev().map(|one| (1, one)).collect();
        while let Some((level, one)) = open.pop() {
            found.push((level, one));
            if level < depth {
                open.extend(below.remove(&one.id).unwrap_or_default().into_iter().rev().map(|child| (level + 1, child)));
            }
        }
        found
    }

    /// Parents up to the top, the nearest first.
    pub fn ancestors(&self, content: &Content) -> Vec<&Content> {
        let mut found = Vec::new();
        // A snapshot that somebody changed may lead in a circle.
        let mut seen = BTreeSet::from([content.id]);
        let mut next = content.parent;
        while let Some(parent) = next.filter(|id| seen.insert(*id)).and_then(|id| self.contents.get(&id)) {
            found.push(parent);
            next = parent.parent;
        }
        found
    }

    /// The page or post that a comment, reply or attachment belongs to.
    pub fn container<'a>(&'a self, content: &'a Content) -> Option<&'a Content> {
        self.ancestors(content).into_iter().find(|one| !one.kind.is_comment())
    }

    pub fn attachments(&self, content: u64) -> impl Iterator<Item = &Content> {
        self.contents.values().filter(move |one| one.kind == Kind::Attachment && one.parent == Some(content))
    }

    /// The place behind the last child.
    pub fn end_position(&self, parent: Option<u64>, space: u64) -> i64 {
        let siblings = self.contents.values().filter(|one| one.kind.in_tree() && one.parent == parent && one.space == space);
        siblings.map(|one| one.position).max().map_or(0, |last| last + 1_000)
    }

    /// Titles are unique in a space: pages among pages, posts among posts.
    pub fn title_taken(&self, space: u64, kind: Kind, title: &str, except: u64) -> bool {
        let lower = title.to_lowercase();
        self.contents
            .values()
            .any(|one| one.id != except && one.space == space && one.kind == kind && one.is_live() && one.title.to_lowercase() == lower)
    }

    /// The label of this name, made if there was none.
    pub fn label(&mut self, prefix: &str, name: &str) -> u64 {
        let known = self.labels.values().find(|label| label.prefix == prefix && label.name == name).map(|label| label.id);
        known.unwrap_or_else(|| {
            let id = self.next_id();
            self.labels.insert(id, Label { id, prefix: prefix.to_owned(), name: name.to_owned() });
            id
        })
    }

    /// Content with nothing but what it must have, by whom and when.
    /// Id, title and text of the pages of a space that are to be read.
    pub fn live_pages(&self, space: u64) -> impl Iterator<Item = (u64, &str, String)> {
        let pages = self.contents.values().filter(move |one| one.kind == Kind::Page && one.space == space && one.is_live());
        pages.map(|page| (page.id, page.title.as_str(), page.last().map(|last| last.body.text()).unwrap_or_default()))
    }

    pub fn new_content(&mut self, kind: Kind, space: u64, parent: Option<u64>, title: &str, body: Body, (author, now): (&str, i64)) -> u64 {
        let id = self.next_id();
        let position = if kind.in_tree() { self.end_position(parent, space) } else { 0 };
        let version = Version {
            number: 1,
            author: author.to_owned(),
            created: now,
            message: String::new(),
            minor: false,
            title: title.to_owned(),
            body,
            file: None,
        };
        let content = Content {
            id,
            kind,
            subtype: String::new(),
            status: Status::Current,
            title: title.to_owned(),
            space,
            parent,
            position,
            author: author.to_owned(),
            owner: author.to_owned(),
            last_owner: None,
            created: now,
            versions: vec![version],
            draft: None,
            labels: BTreeSet::new(),
            properties: BTreeMap::new(),
            restrictions: BTreeMap::new(),
            likes: BTreeSet::new(),
            state: None,
            classification: None,
            selection: None,
            url: None,
        };
        self.contents.insert(id, content);
        id
    }

    /// Takes content out for good, with all that hangs on it; what stood below it in the tree moves up.
    pub fn purge(&mut self, id: u64) {
        let Some(gone) = self.contents.remove(&id) else { return };
        self.tasks.retain(|_, task| task.content != id);
        let mark = format!("content/{id}");
        self.watches.retain(|(_, watched)| *watched != mark);
        self.relations.retain(|key, _| key.source != mark && key.target != mark);
        let below: Vec<(u64, bool)> =
            self.contents.values().filter(|one| one.parent == Some(id)).map(|one| (one.id, one.kind.in_tree())).collect();
        for (child, in_tree) in below {
            match self.contents.get_mut(&child) {
                Some(child) if in_tree => child.parent = gone.parent,
                _ => self.purge(child),
            }
        }
    }

    /// What a space holds goes with it.
    pub fn remove_space(&mut self, id: u64) {
        let Some(space) = self.spaces.remove(&id) else { return };
        self.contents.retain(|_, one| one.space != id);
        self.tasks.retain(|_, task| self.contents.contains_key(&task.content));
        let key = format!("space/{}", space.key);
        self.watches.retain(|(_, watched)| *watched != key);
        self.relations.retain(|relation, _| relation.source != key && relation.target != key);
        self.templates.retain(|_, template| template.space.as_deref() != Some(space.key.as_str()));
    }
}

impl State {
    /// Whether an account may read or update content, by the restrictions on it and, for reading, on all above it.
    pub fn restricted_from(&self, content: &Content, operation: &str, account: &str) -> bool {
        let groups = |restriction: &Restriction| {
            self.groups.iter().any(|group| restriction.groups.contains(&group.id) && group.members.contains(account))
        };
        let refuses = |one: &Content, operation: &str| {
            one.restrictions.get(operation).is_some_and(|found| !found.is_empty() && !found.users.contains(account) && !groups(found))
        };
        refuses(content, "read")
            || (operation != "read" && refuses(content, "update"))
            || self.confluence.ancestors(content).into_iter().any(|above| refuses(above, "read"))
    }
}
