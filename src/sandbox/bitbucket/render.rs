//! What clients read, put together from the data.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::super::clock;
use super::super::reply::fnv;
use super::super::store::State;
use super::store::{Comment, Commit, Endpoint, Issue, Project, PullRequest, Repository, Status, Tag, Task, Workspace, user_uuid};

/// What a segment of an address cannot hold as it is.
const SEGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'?').add(b'`').add(b'{').add(b'}').add(b'%');

pub const STRATEGIES: [&str; 6] = ["merge_commit", "squash", "fast_forward", "squash_fast_forward", "rebase_fast_forward", "rebase_merge"];

/// "2026-11-23T10:15:30.123000+00:00"
pub fn time(ms: i64) -> String {
    let text = clock::millis(ms);
    format!("{}000+00:00", text.trim_end_matches('Z'))
}

pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A link to an address of the API.
pub fn link(state: &State, path: &str) -> Value {
    json!({"href": format!("{}/2.0/{path}", state.url)})
}

/// A link to what people see.
fn html(path: &str) -> Value {
    json!({"href": format!("https://bitbucket.org/{path}")})
}

/// Links to an address and to what lies below it.
fn links(state: &State, path: &str, below: &[&str]) -> Map<String, Value> {
    let mut links = Map::new();
    links.insert("self".to_owned(), link(state, path));
    links.extend(below.iter().map(|name| ((*name).to_owned(), link(state, &format!("{path}/{name}")))));
    links
}

pub fn text(raw: &str) -> Value {
    let escaped = raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html = if escaped.is_empty() { String::new() } else { format!("<p>{escaped}</p>") };
    json!({"raw": raw, "markup": "markdown", "html": html})
}

pub fn user(state: &State, id: &str) -> Value {
    let uuid = user_uuid(id);
    let account = state.account(id);
    let name = account.map_or("Former user", |account| account.name.as_str());
    let nickname = account.map_or("former-user", |account| account.nickname.as_str());
    let address = segment(&uuid);
    json!({
        "type": "user",
        "display_name": name,
        "uuid": uuid,
        "account_id": id,
        "nickname": nickname,
        "links": {
            "self": link(state, &format!("users/{address}")),
            "html": html(&format!("{address}/")),
            "avatar": {"href": format!("https://secure.gravatar.com/avatar/{:016x}?d=identicon", fnv(id.as_bytes()))},
        },
    })
}

/// A user with what only the user's own address tells.
pub fn whole_user(state: &State, id: &str) -> Value {
    let mut body = user(state, id);
    if let (Some(map), Some(account)) = (body.as_object_mut(), state.account(id)) {
        map.insert("created_on".to_owned(), json!(time(account.created)));
        map.insert("account_status".to_owned(), json!(account.status()));
        map.insert("has_2fa_enabled".to_owned(), json!(account.mfa));
        map.insert("is_staff".to_owned(), json!(false));
    }
    body
}

pub fn workspace_short(state: &State, workspace: &Workspace) -> Value {
    let slug = &workspace.slug;
    json!({
        "type": "workspace",
        "uuid": workspace.uuid,
        "name": workspace.name,
        "slug": slug,
        "links": {
            "self": link(state, &format!("workspaces/{slug}")),
            "html": html(&format!("{slug}/")),
            "avatar": html(&format!("workspaces/{slug}/avatar/")),
        },
    })
}

pub fn workspace(state: &State, workspace: &Workspace) -> Value {
    let mut body = workspace_short(state, workspace);
    if let Some(map) = body.as_object_mut() {
        map.insert("is_private".to_owned(), json!(true));
        map.insert("is_privacy_enforced".to_owned(), json!(false));
        map.insert("forking_mode".to_owned(), json!("allow_forks"));
        map.insert("created_on".to_owned(), json!(time(workspace.created)));
        map.insert("updated_on".to_owned(), json!(time(workspace.created)));
        let below = ["members", "projects"].map(|name| (name, link(state, &format!("workspaces/{}/{name}", workspace.slug))));
        if let Some(links) = map.get_mut("links").and_then(Value::as_object_mut) {
            links.extend(below.map(|(name, link)| (name.to_owned(), link)));
            links.insert("owners".to_owned(), link(state, &format!("workspaces/{}/members?q=permission%3D%22owner%22", workspace.slug)));
            links.insert("repositories".to_owned(), link(state, &format!("repositories/{}", workspace.slug)));
            links.insert("snippets".to_owned(), link(state, &format!("snippets/{}", workspace.slug)));
        }
    }
    body
}

fn team(state: &State, workspace: &Workspace) -> Value {
    let slug = &workspace.slug;
    json!({
        "type": "team",
        "display_name": workspace.name,
        "uuid": workspace.uuid,
        "username": slug,
        "links": {"self": link(state, &format!("workspaces/{slug}")), "html": html(&format!("{slug}/"))},
    })
}

pub fn project_short(state: &State, workspace: &str, project: &Project) -> Value {
    let key = &project.key;
    json!({
        "type": "project",
        "key": key,
        "uuid": project.uuid,
        "name": project.name,
        "links": {
            "self": link(state, &format!("workspaces/{workspace}/projects/{key}")),
            "html": html(&format!("{workspace}/workspace/projects/{key}")),
            "avatar": html(&format!("{workspace}/workspace/projects/{key}/avatar/32")),
        },
    })
}

pub fn project(state: &State, workspace: &Workspace, project: &Project) -> Value {
    let mut body = project_short(state, &workspace.slug, project);
    let public = (state.bitbucket.repositories.values())
        .any(|repository| repository.workspace == workspace.slug && repository.project == project.key && !repository.is_private);
    if let Some(map) = body.as_object_mut() {
        map.insert("owner".to_owned(), team(state, workspace));
        map.insert("description".to_owned(), json!(project.description));
        map.insert("is_private".to_owned(), json!(project.is_private));
        map.insert("created_on".to_owned(), json!(time(project.created)));
        map.insert("updated_on".to_owned(), json!(time(project.updated)));
        map.insert("has_publicly_visible_repos".to_owned(), json!(public));
    }
    body
}

pub fn repository_short(state: &State, repository: &Repository) -> Value {
    let name = repository.full_name();
    json!({
        "type": "repository",
        "full_name": name,
        "name": repository.name,
        "uuid": repository.uuid,
        "links": {"self": link(state, &format!("repositories/{name}")), "html": html(&name), "avatar": html(&format!("{name}/avatar/32/"))},
    })
}

/// A repository by its full name; null when it is gone.
pub fn repository_named(state: &State, name: &str) -> Value {
    state.bitbucket.repositories.get(name).map_or(Value::Null, |repository| repository_short(state, repository))
}

pub fn repository(state: &State, repository: &Repository) -> Value {
    let name = repository.full_name();
    let path = format!("repositories/{name}");
    let mut links = links(state, &path, &["pullrequests", "commits", "forks", "watchers", "downloads", "hooks"]);
    links.insert("html".to_owned(), html(&name));
    links.insert("avatar".to_owned(), html(&format!("{name}/avatar/32/")));
    links.insert(
        "clone".to_owned(),
        json!([
            {"name": "https", "href": format!("https://bitbucket.org/{name}.git")},
            {"name": "ssh", "href": format!("git@bitbucket.org:{name}.git")},
        ]),
    );
    let workspace = state.bitbucket.workspace(&repository.workspace).ok();
    let project = workspace.and_then(|workspace| workspace.projects.iter().find(|project| project.key == repository.project));
    without_nulls(json!({
        "type": "repository",
        "uuid": repository.uuid,
        "full_name": name,
        "name": repository.name,
        "slug": repository.slug,
        "description": repository.description,
        "is_private": repository.is_private,
        "scm": "git",
        "language": repository.language,
        "has_issues": repository.has_issues,
        "has_wiki": repository.has_wiki,
        "fork_policy": repository.fork_policy,
        "size": repository.size(),
        "created_on": time(repository.created),
        "updated_on": time(repository.updated),
        "mainbranch": {"type": "branch", "name": repository.main_branch},
        "parent": repository.parent.as_deref().map(|parent| repository_named(state, parent)),
        "owner": workspace.map(|workspace| team(state, workspace)),
        "workspace": workspace.map(|workspace| workspace_short(state, workspace)),
        "project": project.map(|project| project_short(state, &repository.workspace, project)),
        "links": links,
    }))
}

/// A commit as a pull request names it: without its type.
fn commit_named(state: &State, repository: &str, hash: &str) -> Value {
    let mut body = commit_short(state, repository, hash);
    if let Some(map) = body.as_object_mut() {
        map.remove("type");
    }
    body
}

/// A commit as others name it.
pub fn commit_short(state: &State, repository: &str, hash: &str) -> Value {
    json!({
        "type": "commit",
        "hash": hash,
        "links": {
            "self": link(state, &format!("repositories/{repository}/commit/{hash}")),
            "html": html(&format!("{repository}/commits/{hash}")),
        },
    })
}

pub fn commit(state: &State, repository: &Repository, commit: &Commit) -> Value {
    let name = repository.full_name();
    let hash = &commit.hash;
    let mut links = links(state, &format!("repositories/{name}/commit/{hash}"), &["approve", "comments", "statuses"]);
    links.insert("html".to_owned(), html(&format!("{name}/commits/{hash}")));
    links.insert("diff".to_owned(), link(state, &format!("repositories/{name}/diff/{hash}")));
    links.insert("patch".to_owned(), link(state, &format!("repositories/{name}/patch/{hash}")));
    let author = |kind: &str| json!({"type": kind, "raw": commit.author, "user": commit.user.as_deref().map(|id| user(state, id))});
    json!({
        "type": "commit",
        "hash": hash,
        "date": time(commit.date),
        "author": without_nulls(author("author")),
        "committer": without_nulls(author("committer")),
        "message": commit.message,
        "summary": text(&commit.message),
        "parents": commit.parents.iter().map(|parent| commit_short(state, &name, parent)).collect::<Vec<_>>(),
        "repository": repository_short(state, repository),
        "links": links,
    })
}

/// A commit with those who approved it.
pub fn whole_commit(state: &State, repository: &Repository, found: &Commit) -> Value {
    let mut body = commit(state, repository, found);
    let participants = found.approvals.iter().map(|(id, date)| participant(state, id, "PARTICIPANT", Some("approved"), Some(*date)));
    if let Some(map) = body.as_object_mut() {
        map.insert("participants".to_owned(), participants.collect());
    }
    body
}

/// Where a document has no null, what is not there is left out.
pub fn without_nulls(mut value: Value) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    value
}

pub fn branch(state: &State, repository: &Repository, name: &str, hash: &str) -> Value {
    let target = repository.commits.get(hash).map(|found| commit(state, repository, found));
    json!({
        "type": "branch",
        "name": name,
        "target": target,
        "merge_strategies": STRATEGIES,
        "default_merge_strategy": "merge_commit",
        "links": ref_links(state, &repository.full_name(), "branches", name),
    })
}

pub fn tag(state: &State, repository: &Repository, name: &str, tag: &Tag) -> Value {
    let target = repository.commits.get(&tag.hash).map(|found| commit(state, repository, found));
    let tagger = json!({"type": "author", "raw": raw_author(state, &tag.tagger), "user": user(state, &tag.tagger)});
    json!({
        "type": "tag",
        "name": name,
        "target": target,
        "message": tag.message.as_deref().unwrap_or(""),
        "date": time(tag.date),
        "tagger": tagger,
        "links": ref_links(state, &repository.full_name(), "tags", name),
    })
}

fn ref_links(state: &State, repository: &str, kind: &str, name: &str) -> Value {
    let shown = segment(name);
    json!({
        "self": link(state, &format!("repositories/{repository}/refs/{kind}/{shown}")),
        "commits": link(state, &format!("repositories/{repository}/commits/{shown}")),
        "html": html(&format!("{repository}/branch/{shown}")),
    })
}

/// "Olga Admin <olga.admin@acme.example>"
pub fn raw_author(state: &State, id: &str) -> String {
    state.account(id).map_or_else(|| id.to_owned(), |account| format!("{} <{}>", account.name, account.email))
}

pub fn participant(state: &State, id: &str, role: &str, vote: Option<&str>, date: Option<i64>) -> Value {
    let mut body = without_nulls(json!({
        "type": "participant",
        "user": user(state, id),
        "role": role,
        "approved": vote == Some("approved"),
        "state": vote,
    }));
    if let (Some(map), Some(date)) = (body.as_object_mut(), date) {
        map.insert("participated_on".to_owned(), json!(time(date)));
    }
    body
}

fn endpoint(state: &State, endpoint: &Endpoint) -> Value {
    let short = endpoint.hash.get(..12).unwrap_or(&endpoint.hash);
    json!({
        "branch": {"name": endpoint.branch},
        "commit": commit_named(state, &endpoint.repository, short),
        "repository": repository_named(state, &endpoint.repository),
    })
}

/// A pull request as lists have it: without those who take part.
pub fn pull_request(state: &State, repository: &Repository, found: &PullRequest) -> Value {
    let name = repository.full_name();
    let path = format!("repositories/{name}/pullrequests/{}", found.id);
    let mut links = links(state, &path, &["commits", "approve", "diff", "diffstat", "comments", "activity", "merge", "decline"]);
    links.insert("html".to_owned(), html(&format!("{name}/pull-requests/{}", found.id)));
    // While it is open, its ends are where the branches are.
    let mut ends = [found.source.clone(), found.destination.clone()];
    for end in ends.iter_mut().filter(|_| found.is_open()) {
        if let Some(tip) = state.bitbucket.repositories.get(&end.repository).and_then(|owner| owner.branches.get(&end.branch)) {
            end.hash.clone_from(tip);
        }
    }
    let [source, destination] = ends.map(|end| endpoint(state, &end));
    let comments = found.comments.iter().filter(|comment| !comment.deleted).count();
    let tasks = found.tasks.iter().filter(|task| task.resolved.is_none()).count();
    let mut body = json!({
        "type": "pullrequest",
        "id": found.id,
        "title": found.title,
        "description": found.description,
        "rendered": {"title": text(&found.title), "description": text(&found.description), "reason": text(&found.reason)},
        "summary": text(&found.description),
        "state": found.state,
        "draft": found.draft,
        "author": user(state, &found.author),
        "source": source,
        "destination": destination,
        "comment_count": comments,
        "task_count": tasks,
        "close_source_branch": found.close_source_branch,
        "reason": found.reason,
        "created_on": time(found.created),
        "updated_on": time(found.updated),
        "links": links,
    });
    if let Some(map) = body.as_object_mut() {
        let merged = found.merge_commit.as_deref().map(|hash| commit_named(state, &name, hash));
        map.insert("merge_commit".to_owned(), json!(merged));
        map.insert("closed_by".to_owned(), json!(found.closed_by.as_deref().map(|id| user(state, id))));
        map.retain(|_, value| !value.is_null());
    }
    body
}

pub fn whole_pull_request(state: &State, repository: &Repository, found: &PullRequest) -> Value {
    let mut body = pull_request(state, repository, found);
    if let Some(map) = body.as_object_mut() {
        map.insert("reviewers".to_owned(), found.reviewers.iter().map(|id| user(state, id)).collect());
        map.insert("participants".to_owned(), participants(state, found));
    }
    body
}

fn participants(state: &State, found: &PullRequest) -> Value {
    let role = |id: &String| if found.reviewers.contains(id) { "REVIEWER" } else { "PARTICIPANT" };
    let idle = found.reviewers.iter().filter(|id| !found.participants.contains_key(*id));
    (idle.map(|id| participant(state, id, "REVIEWER", None, None)))
        .chain(found.participants.iter().map(|(id, part)| participant(state, id, role(id), part.state.as_deref(), part.date)))
        .collect()
}

/// A pull request as others name it.
pub fn pull_request_short(state: &State, repository: &str, found: &PullRequest) -> Value {
    json!({
        "type": "pullrequest",
        "id": found.id,
        "title": found.title,
        "links": {
            "self": link(state, &format!("repositories/{repository}/pullrequests/{}", found.id)),
            "html": html(&format!("{repository}/pull-requests/{}", found.id)),
        },
    })
}

/// A comment; `kind` is its type, `base` the address that its list has.
pub fn comment(state: &State, comment: &Comment, kind: &str, base: &str) -> Value {
    let path = format!("{base}/{}", comment.id);
    let mut body = json!({
        "type": kind,
        "id": comment.id,
        "created_on": time(comment.created),
        "updated_on": time(comment.updated),
        "content": text(if comment.deleted { "" } else { &comment.text }),
        "user": user(state, &comment.user),
        "deleted": comment.deleted,
        "links": {"self": link(state, &path), "html": html(path.trim_start_matches("repositories/"))},
    });
    if let Some(map) = body.as_object_mut() {
        if let Some(parent) = comment.parent {
            map.insert(
                "parent".to_owned(),
                json!({"type": kind, "id": parent, "links": {"self": link(state, &format!("{base}/{parent}"))}}),
            );
        }
        if let Some(inline) = &comment.inline {
            map.insert("inline".to_owned(), without_nulls(inline.clone()));
        }
    }
    body
}

pub fn resolution(state: &State, resolved: &(String, i64)) -> Value {
    json!({"type": "comment_resolution", "user": user(state, &resolved.0), "created_on": time(resolved.1)})
}

pub fn pull_request_comment(state: &State, repository: &str, found: &PullRequest, said: &Comment) -> Value {
    let mut body = comment(state, said, "pullrequest_comment", &format!("repositories/{repository}/pullrequests/{}/comments", found.id));
    if let Some(map) = body.as_object_mut() {
        map.insert("pullrequest".to_owned(), pull_request_short(state, repository, found));
        map.insert("pending".to_owned(), json!(said.pending));
        if let Some(resolved) = &said.resolved {
            map.insert("resolution".to_owned(), resolution(state, resolved));
        }
    }
    body
}

pub fn task(state: &State, repository: &str, pull_request: &PullRequest, task: &Task) -> Value {
    let base = format!("repositories/{repository}/pullrequests/{}", pull_request.id);
    let mut body = json!({
        "id": task.id,
        "state": if task.resolved.is_some() { "RESOLVED" } else { "UNRESOLVED" },
        "content": text(&task.text),
        "creator": user(state, &task.creator),
        "created_on": time(task.created),
        "updated_on": time(task.updated),
        "pending": task.pending,
        "links": {"self": link(state, &format!("{base}/tasks/{}", task.id)), "html": html(&format!("{repository}/pull-requests/{}", pull_request.id))},
    });
    if let Some(map) = body.as_object_mut() {
        if let Some((id, date)) = &task.resolved {
            map.insert("resolved_on".to_owned(), json!(time(*date)));
            map.insert("resolved_by".to_owned(), user(state, id));
        }
        if let Some(comment) = task.comment {
            let link = link(state, &format!("{base}/comments/{comment}"));
            map.insert("comment".to_owned(), json!({"type": "pullrequest_comment", "id": comment, "links": {"self": link}}));
        }
    }
    body
}

pub fn status(state: &State, repository: &Repository, hash: &str, status: &Status) -> Value {
    let path = format!("repositories/{}/commit/{hash}", repository.full_name());
    let mut body = json!({
        "type": "build",
        "key": status.key,
        "state": status.state,
        "name": status.name,
        "description": status.description,
        "url": status.url,
        "created_on": time(status.created),
        "updated_on": time(status.updated),
        "links": {"self": link(state, &format!("{path}/statuses/build/{}", segment(&status.key))), "commit": link(state, &path)},
    });
    if let (Some(map), Some(refname)) = (body.as_object_mut(), &status.refname) {
        map.insert("refname".to_owned(), json!(refname));
    }
    body
}

pub fn issue(state: &State, repository: &Repository, found: &Issue) -> Value {
    let name = repository.full_name();
    let mut links = links(state, &format!("repositories/{name}/issues/{}", found.id), &["comments", "attachments", "watch", "vote"]);
    links.insert("html".to_owned(), html(&format!("{name}/issues/{}", found.id)));
    without_nulls(json!({
        "type": "issue",
        "id": found.id,
        "title": found.title,
        "content": text(&found.text),
        "reporter": user(state, &found.reporter),
        "assignee": found.assignee.as_deref().map(|id| user(state, id)),
        "state": found.state,
        "kind": found.kind,
        "priority": found.priority,
        "votes": found.votes.len(),
        "created_on": time(found.created),
        "updated_on": time(found.updated),
        "edited_on": found.edited.map(time),
        "repository": repository_short(state, repository),
        "links": links,
    }))
}
