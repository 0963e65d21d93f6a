//! The data of Bitbucket. References are ids; what a client reads is put together when it is read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::base64_text;
use super::super::call::Call;
use super::super::reply::{Refusal, fnv, mix, uuid};
use super::super::store::State;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Bitbucket {
    pub workspaces: Vec<Workspace>,
    /// By full name: "acme/website".
    pub repositories: BTreeMap<String, Repository>,
    pub snippets: Vec<Snippet>,
    /// What is kept as it was sent, by its address: "acme/website/hooks".
    pub records: BTreeMap<String, Vec<Value>>,
    /// Merges in the background, by task.
    pub merges: BTreeMap<String, Merge>,
    /// The last number given to comments, tasks, keys and the like.
    pub last: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Workspace {
    pub slug: String,
    pub uuid: String,
    pub name: String,
    pub created: i64,
    /// Account → "owner", "collaborator", "member"
    pub members: BTreeMap<String, String>,
    pub projects: Vec<Project>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Project {
    pub key: String,
    pub uuid: String,
    pub name: String,
    pub description: String,
    pub is_private: bool,
    pub created: i64,
    pub updated: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Repository {
    pub workspace: String,
    pub slug: String,
    pub uuid: String,
    pub name: String,
    pub description: String,
    pub is_private: bool,
    pub language: String,
    pub has_issues: bool,
    pub has_wiki: bool,
    pub fork_policy: String,
    /// Key of its project.
    pub project: String,
    pub main_branch: String,
    /// Full name of what it was forked from.
    pub parent: Option<String>,
    pub created: i64,
    pub updated: i64,
    /// By hash.
    pub commits: BTreeMap<String, Commit>,
    pub blobs: BTreeMap<u64, Blob>,
    /// Branch → hash
    pub branches: BTreeMap<String, String>,
    pub tags: BTreeMap<String, Tag>,
    pub pull_requests: Vec<PullRequest>,
    pub issues: Vec<Issue>,
    pub pipelines: Vec<Pipeline>,
    /// Accounts.
    pub watchers: BTreeSet<String>,
    pub default_reviewers: BTreeSet<String>,
    /// Settings of the branching model; none: the usual ones.
    pub branching_model: Option<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Commit {
    pub hash: String,
    pub date: i64,
    /// "Ann Bee <ann@acme.example>"
    pub author: String,
    /// The account of this address, if there is one.
    pub user: Option<String>,
    pub message: String,
    pub parents: Vec<String>,
    /// Path → blob
    pub tree: BTreeMap<String, u64>,
    pub comments: Vec<Comment>,
    /// Accounts that approved it, and when.
    pub approvals: BTreeMap<String, i64>,
    pub statuses: Vec<Status>,
}

/// The content of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blob(#[serde(with = "base64_text")] pub Bytes);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tag {
    pub hash: String,
    /// None: a lightweight one.
    pub message: Option<String>,
    pub date: i64,
    pub tagger: String,
}

/// A build's result on a commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    pub key: String,
    pub state: String,
    pub name: String,
    pub description: String,
    pub url: String,
    pub refname: Option<String>,
    pub created: i64,
    pub updated: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comment {
    pub id: u64,
    pub user: String,
    pub created: i64,
    pub updated: i64,
    pub text: String,
    pub parent: Option<u64>,
    /// `{"path", "from", "to"}`
    pub inline: Option<Value>,
    pub deleted: bool,
    pub pending: bool,
    /// Who resolved its thread, and when.
    pub resolved: Option<(String, i64)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullRequest {
    pub id: u64,
    pub title: String,
    pub description: String,
    /// "OPEN", "MERGED", "DECLINED", "SUPERSEDED"
    pub state: String,
    pub author: String,
    pub source: Endpoint,
    pub destination: Endpoint,
    pub merge_commit: Option<String>,
    pub close_source_branch: bool,
    pub closed_by: Option<String>,
    pub reason: String,
    pub created: i64,
    pub updated: i64,
    pub reviewers: Vec<String>,
    /// By account: all who reviewed or commented.
    pub participants: BTreeMap<String, Participation>,
    pub draft: bool,
    pub comments: Vec<Comment>,
    pub tasks: Vec<Task>,
    pub activity: Vec<Activity>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Endpoint {
    /// Full name.
    pub repository: String,
    pub branch: String,
    /// Tip of the branch; kept as it was when the pull request was closed.
    pub hash: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Participation {
    /// "approved", "changes_requested"
    pub state: Option<String>,
    pub date: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    pub id: u64,
    pub text: String,
    pub creator: String,
    pub created: i64,
    pub updated: i64,
    pub comment: Option<u64>,
    pub pending: bool,
    pub resolved: Option<(String, i64)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Activity {
    pub date: i64,
    pub user: String,
    pub event: Event,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Event {
    Comment(u64),
    Approval,
    ChangesRequested,
    /// How the pull request stood after a change.
    Update {
        state: String,
        title: String,
        description: String,
        reason: String,
        source: String,
        destination: String,
    },
}

/// A merge that goes on after the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Merge {
    pub repository: String,
    pub pull_request: u64,
    pub order: MergeOrder,
    pub due: i64,
    /// Why it failed.
    pub failure: Option<String>,
    pub done: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MergeOrder {
    pub strategy: String,
    pub message: Option<String>,
    pub close_source_branch: Option<bool>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Issue {
    pub id: u64,
    pub title: String,
    pub text: String,
    pub reporter: String,
    pub assignee: Option<String>,
    pub state: String,
    pub kind: String,
    pub priority: String,
    pub created: i64,
    pub updated: i64,
    pub edited: Option<i64>,
    pub votes: BTreeSet<String>,
    pub watchers: BTreeSet<String>,
    pub comments: Vec<Comment>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pipeline {
    pub uuid: String,
    pub number: u64,
    pub creator: String,
    /// As it was sent, with the commit filled in.
    pub target: Value,
    /// "MANUAL", "PUSH"
    pub trigger: String,
    pub variables: Vec<Value>,
    pub created: i64,
    /// Milliseconds of each step, which follow each other.
    pub steps: Vec<Step>,
    /// One of its steps ends so; none: all goes well.
    pub failing_step: Option<usize>,
    pub stopped: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    pub uuid: String,
    pub name: String,
    pub command: String,
    pub duration: i64,
    /// Where it deploys to.
    pub environment: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snippet {
    pub id: String,
    pub workspace: String,
    pub title: String,
    pub is_private: bool,
    pub owner: String,
    pub creator: String,
    pub created: i64,
    pub updated: i64,
    /// The newest one last.
    pub revisions: Vec<Revision>,
    pub comments: Vec<Comment>,
    pub watchers: BTreeSet<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Revision {
    pub hash: String,
    pub date: i64,
    pub user: String,
    pub files: BTreeMap<String, Blob>,
}

impl Repository {
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.workspace, self.slug)
    }

    /// The commit that a hash, the beginning of one, a branch or a tag names.
    pub fn resolve(&self, name: &str) -> Option<&Commit> {
        let name = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/")).unwrap_or(name);
        if name == "HEAD" {
            return self.commits.get(self.branches.get(&self.main_branch)?);
        }
        if let Some(hash) = self.branches.get(name).or_else(|| self.tags.get(name).map(|tag| &tag.hash)) {
            return self.commits.get(hash);
        }
        let short = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (hash, commit) = self.commits.range(name.to_owned()..).next().filter(|_| short)?;
        hash.starts_with(name).then_some(commit)
    }

    pub fn content(&self, commit: &Commit, path: &str) -> Option<&Bytes> {
        self.blobs.get(commit.tree.get(path)?).map(|blob| &blob.0)
    }

    /// Keeps a content and tells its id.
    pub fn keep(&mut self, content: Bytes) -> u64 {
        let id = fnv(&content);
        self.blobs.entry(id).or_insert(Blob(content));
        id
    }

    /// Makes a commit; the hash follows from what it holds.
    pub fn commit(
        &mut self,
        date: i64,
        author: String,
        user: Option<String>,
        message: String,
        parents: Vec<String>,
        tree: BTreeMap<String, u64>,
    ) -> String {
        let files = tree.iter().fold(0, |sum, (path, blob)| mix(sum ^ fnv(path.as_bytes()) ^ blob));
        let facts = parents.iter().fold(fnv(message.as_bytes()) ^ fnv(author.as_bytes()), |sum, parent| mix(sum ^ fnv(parent.as_bytes())));
        let mut hash = long_hash(fnv(self.uuid.as_bytes()) ^ facts, files ^ date.unsigned_abs());
        while self.commits.contains_key(&hash) {
            hash = long_hash(fnv(hash.as_bytes()), facts);
        }
        let commit = Commit {
            hash: hash.clone(),
            date,
            author,
            user,
            message,
            parents,
            tree,
            comments: Vec::new(),
            approvals: BTreeMap::new(),
            statuses: Vec::new(),
        };
        self.commits.insert(hash.clone(), commit);
        self.updated = self.updated.max(date);
        hash
    }

    /// Everything that can be reached from there, itself included.
    pub fn reachable(&self, from: &str) -> BTreeSet<String> {
        let (mut found, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(hash) = open.pop() {
            if let Some(commit) = self.commits.get(&hash).filter(|_| !found.contains(&hash)) {
                open.extend(commit.parents.iter().cloned());
                found.insert(hash);
            }
        }
        found
    }

    /// What `include` reaches and `exclude` does not: parents behind their children whatever their dates say, else the newest first.
    pub fn log(&self, include: &[String], exclude: &[String]) -> Vec<&Commit> {
        let left_out: BTreeSet<String> = exclude.iter().flat_map(|hash| self.reachable(hash)).collect();
        let wanted: BTreeSet<String> =
            include.iter().flat_map(|hash| self.reachable(hash)).filter(|hash| !left_out.contains(hash)).collect();
        let commits = || wanted.iter().filter_map(|hash| self.commits.get(hash));
        // Children of each that have not come yet.
        let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
        for parent in commits().flat_map(|commit| &commit.parents) {
            *waiting.entry(parent).or_default() += 1;
        }
        let mut depths = BTreeMap::new();
        let mut ranked = |commit: &Commit| (commit.date, self.depth(&commit.hash, &mut depths), Reverse(commit.hash.clone()));
        let heads = commits().filter(|commit| !waiting.contains_key(commit.hash.as_str()));
        let mut open: BinaryHeap<_> = heads.map(&mut ranked).collect();
        let mut found = Vec::new();
        while let Some((_, _, Reverse(hash))) = open.pop() {
            let Some(commit) = self.commits.get(&hash) else { continue };
            found.push(commit);
            for parent in commit.parents.iter().filter(|parent| wanted.contains(*parent)) {
                let left = waiting.entry(parent).or_default();
                *left = left.saturating_sub(1);
                if let (0, Some(parent)) = (*left, self.commits.get(parent)) {
                    open.push(ranked(parent));
                }
            }
        }
        found
    }

    /// Length of the longest way back to a first commit.
    fn depth(&self, hash: &str, known: &mut BTreeMap<String, usize>) -> usize {
        let mut open = vec![hash.to_owned()];
        while let Some(current) = open.last().cloned() {
            let parents = self.commits.get(&current).map(|commit| commit.parents.as_slice()).unwrap_or_default();
            let unknown: Vec<String> = parents.iter().filter(|parent| !known.contains_key(*parent)).cloned().collect();
            if unknown.is_empty() {
                let deepest = parents.iter().filter_map(|parent| known.get(parent)).max().map_or(0, |depth| depth + 1);
                known.insert(current, deepest);
                open.pop();
            } else {
                open.extend(unknown);
            }
        }
        known.get(hash).copied().unwrap_or_default()
    }

    /// The newest commit that both come from.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<&Commit> {
        let (one, other) = (self.reachable(one), self.reachable(other));
        let mut depths = BTreeMap::new();
        one.intersection(&other).max_by_key(|hash| self.depth(hash, &mut depths)).and_then(|hash| self.commits.get(hash))
    }

    pub fn pull_request(&self, id: &str) -> Result<&PullRequest, Refusal> {
        let number = id.parse::<u64>().ok();
        let found = self.pull_requests.iter().find(|pull_request| Some(pull_request.id) == number);
        found.ok_or_else(|| missing(&format!("Pull request {id}")))
    }

    pub fn pull_request_mut(&mut self, id: &str) -> Result<&mut PullRequest, Refusal> {
        let number = id.parse::<u64>().ok();
        let found = self.pull_requests.iter_mut().find(|pull_request| Some(pull_request.id) == number);
        found.ok_or_else(|| missing(&format!("Pull request {id}")))
    }

    pub fn size(&self) -> usize {
        self.blobs.values().map(|blob| blob.0.len()).sum()
    }
}

impl PullRequest {
    pub fn is_open(&self) -> bool {
        self.state == "OPEN"
    }

    /// Writes down how it stands now.
    pub fn record(&mut self, date: i64, user: &str) {
        let event = Event::Update {
            state: self.state.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            reason: self.reason.clone(),
            source: self.source.branch.clone(),
            destination: self.destination.branch.clone(),
        };
        self.updated = date;
        self.activity.push(Activity { date, user: user.to_owned(), event });
    }
}

impl Bitbucket {
    pub fn next(&mut self) -> u64 {
        self.last += 1;
        // Far from the numbers that examples have.
        400_000_000 + self.last
    }

    /// By slug or UUID.
    pub fn workspace(&self, name: &str) -> Result<&Workspace, Refusal> {
        let found = self.workspaces.iter().find(|workspace| workspace.slug == name || workspace.uuid == name);
        found.ok_or_else(|| missing(&format!("Workspace {name}")))
    }

    pub fn workspace_mut(&mut self, name: &str) -> Result<&mut Workspace, Refusal> {
        let found = self.workspaces.iter_mut().find(|workspace| workspace.slug == name || workspace.uuid == name);
        found.ok_or_else(|| missing(&format!("Workspace {name}")))
    }

    /// Full name of the repository that slugs or UUIDs name.
    pub fn full_name(&self, workspace: &str, repository: &str) -> Result<String, Refusal> {
        let plain = format!("{workspace}/{repository}");
        if self.repositories.contains_key(&plain) {
            return Ok(plain);
        }
        let slug = &self.workspace(workspace)?.slug;
        let named = |found: &&Repository| found.workspace == *slug && (found.slug == repository || found.uuid == repository);
        self.repositories.values().find(named).map(Repository::full_name).ok_or_else(|| missing(&format!("Repository {plain}")))
    }

    /// The repository that the first two path arguments name.
    pub fn repository(&self, call: &Call) -> Result<&Repository, Refusal> {
        let name = self.full_name(call.argument(0), call.argument(1))?;
        self.repositories.get(&name).ok_or_else(|| missing(&format!("Repository {name}")))
    }

    pub fn repository_mut(&mut self, call: &Call) -> Result<&mut Repository, Refusal> {
        let name = self.full_name(call.argument(0), call.argument(1))?;
        self.repositories.get_mut(&name).ok_or_else(|| missing(&format!("Repository {name}")))
    }
}

impl State {
    /// The account that an id, a UUID in braces or a nickname names.
    pub fn bitbucket_account(&self, name: &str) -> Result<String, Refusal> {
        let named = |id: &str, nickname: &str| id == name || nickname == name || (name.starts_with('{') && user_uuid(id) == name);
        let found = self.accounts.iter().find(|account| named(&account.id, &account.nickname));
        found.map(|account| account.id.clone()).ok_or_else(|| missing(&format!("User {name}")))
    }
}

pub fn user_uuid(account: &str) -> String {
    braced("user", account)
}

/// A UUID in braces, the same for the same thing.
pub fn braced(kind: &str, name: &str) -> String {
    format!("{{{}}}", uuid(fnv(kind.as_bytes()), fnv(name.as_bytes())))
}

fn long_hash(one: u64, other: u64) -> String {
    let first = mix(one ^ mix(other));
    let second = mix(first ^ other);
    format!("{first:016x}{second:016x}{:08x}", mix(second) >> 32)
}

pub fn hash_of(text: &str, number: u64) -> String {
    long_hash(fnv(text.as_bytes()), number)
}

pub fn missing(what: &str) -> Refusal {
    Refusal::new(404, "", format!("{what} was not found."))
}

/// A fault of one field.
pub fn bad(field: &str, words: impl Into<String>) -> Refusal {
    let words = words.into();
    Refusal::new(400, "", words.clone()).context(serde_json::json!({ field: [words] }))
}

/// "My Site 2" → "my-site-2"
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() || "._".contains(letter) {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
