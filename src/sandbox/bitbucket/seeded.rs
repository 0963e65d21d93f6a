//! The workspace of a fresh box. Names, numbers and hashes of files never change; times are counted back from today.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::clock::DAY;
use super::super::seed::{accounts, bitbucket as named};
use super::super::store::State;
use super::store::*;
use super::{pipelines, render, repositories, snippets};

const HOUR: i64 = 3_600_000;
/// Members of the workspace.
const MEMBERS: usize = 24;

/// A pull request, told by its table. People are places in the list of members.
struct Told {
    branch: &'static str,
    title: &'static str,
    state: &'static str,
    author: usize,
    reviewers: &'static [usize],
    approved: &'static [usize],
    refused: &'static [usize],
    comments: usize,
    tasks: usize,
    /// Days ago that it was opened.
    age: i64,
    draft: bool,
    /// The file that it changes.
    file: &'static str,
}

#[rustfmt::skip]
const WEBSITE: [Told; 12] = [
    Told { branch: "feature/landing-page", title: "New landing page", state: "MERGED", author: 2, reviewers: &[1, 3], approved: &[1, 3], refused: &[], comments: 2, tasks: 0, age: 58, draft: false, file: "src/pages/landing.js" },
    Told { branch: "bugfix/footer-links", title: "Mend the links in the footer", state: "MERGED", author: 3, reviewers: &[2], approved: &[2], refused: &[], comments: 1, tasks: 0, age: 49, draft: false, file: "src/footer.js" },
    Told { branch: "feature/old-banner", title: "Banner for the spring sale", state: "DECLINED", author: 4, reviewers: &[1, 2], approved: &[], refused: &[2], comments: 3, tasks: 1, age: 44, draft: false, file: "src/banner.js" },
    Told { branch: "feature/search-box", title: "Search box in the header", state: "MERGED", author: 1, reviewers: &[3, 5], approved: &[5], refused: &[], comments: 2, tasks: 1, age: 37, draft: false, file: "src/search.js" },
    Told { branch: "feature/price-table", title: "Table of prices", state: "MERGED", author: 5, reviewers: &[1], approved: &[1], refused: &[], comments: 0, tasks: 0, age: 30, draft: false, file: "src/pages/prices.js" },
    Told { branch: "bugfix/broken-images", title: "Images on slow lines", state: "DECLINED", author: 2, reviewers: &[], approved: &[], refused: &[], comments: 1, tasks: 0, age: 25, draft: false, file: "src/images.js" },
    Told { branch: "feature/dark-mode", title: "Dark mode", state: "OPEN", author: 3, reviewers: &[1, 2, 5], approved: &[1], refused: &[2], comments: 4, tasks: 2, age: 18, draft: false, file: "src/theme.css" },
    Told { branch: "feature/cookie-notice", title: "Notice about cookies", state: "OPEN", author: 0, reviewers: &[1, 4], approved: &[1, 4], refused: &[], comments: 1, tasks: 0, age: 12, draft: false, file: "src/cookies.js" },
    Told { branch: "feature/rework-header", title: "Rework the header", state: "OPEN", author: 4, reviewers: &[0, 3], approved: &[], refused: &[], comments: 2, tasks: 1, age: 9, draft: false, file: "src/header.js" },
    Told { branch: "bugfix/contact-form", title: "Check the contact form's address", state: "OPEN", author: 1, reviewers: &[0], approved: &[], refused: &[], comments: 0, tasks: 0, age: 6, draft: false, file: "src/contact.js" },
    Told { branch: "feature/blog", title: "Blog, first steps", state: "OPEN", author: 6, reviewers: &[], approved: &[], refused: &[], comments: 0, tasks: 0, age: 3, draft: true, file: "src/pages/blog.js" },
    Told { branch: "feature/analytics", title: "Count visits", state: "OPEN", author: 2, reviewers: &[3, 6], approved: &[6], refused: &[], comments: 1, tasks: 0, age: 1, draft: false, file: "src/analytics.js" },
];

#[rustfmt::skip]
const API: [Told; 6] = [
    Told { branch: "feature/orders", title: "Orders over the API", state: "MERGED", author: 7, reviewers: &[1, 8], approved: &[1, 8], refused: &[], comments: 2, tasks: 0, age: 52, draft: false, file: "api/orders.py" },
    Told { branch: "feature/paging", title: "Pages of at most 100 items", state: "MERGED", author: 8, reviewers: &[7], approved: &[7], refused: &[], comments: 1, tasks: 1, age: 33, draft: false, file: "api/paging.py" },
    Told { branch: "feature/xml", title: "Answers in XML", state: "DECLINED", author: 9, reviewers: &[7, 8], approved: &[], refused: &[7, 8], comments: 3, tasks: 0, age: 27, draft: false, file: "api/xml.py" },
    Told { branch: "bugfix/time-zones", title: "Times in UTC everywhere", state: "MERGED", author: 1, reviewers: &[7], approved: &[7], refused: &[], comments: 0, tasks: 0, age: 15, draft: false, file: "api/times.py" },
    Told { branch: "feature/webhooks", title: "Webhooks for orders", state: "OPEN", author: 7, reviewers: &[1, 8], approved: &[8], refused: &[], comments: 2, tasks: 1, age: 8, draft: false, file: "api/webhooks.py" },
    Told { branch: "feature/rate-limits", title: "Limits per key", state: "OPEN", author: 8, reviewers: &[0, 7], approved: &[], refused: &[7], comments: 1, tasks: 1, age: 2, draft: false, file: "api/limits.py" },
];

#[rustfmt::skip]
const TOOLS: [Told; 2] = [
    Told { branch: "feature/release-script", title: "Script for releases", state: "MERGED", author: 1, reviewers: &[7], approved: &[7], refused: &[], comments: 0, tasks: 0, age: 40, draft: false, file: "release.sh" },
    Told { branch: "feature/lint", title: "Check style before a commit", state: "OPEN", author: 9, reviewers: &[1], approved: &[], refused: &[], comments: 1, tasks: 0, age: 5, draft: false, file: "lint.sh" },
];

const SAYINGS: [&str; 5] = [
    "Can this be shorter?",
    "Looks good to me.",
    "Is there a test for it?",
    "Please name the unit in the comment.",
    "I have tried it; it works on a phone too.",
];

/// A repository, told: its first files, and what later commits say and change.
struct Plan {
    slug: &'static str,
    name: &'static str,
    project: &'static str,
    description: &'static str,
    language: &'static str,
    is_private: bool,
    files: &'static [(&'static str, &'static str)],
    steps: &'static [(&'static str, &'static str)],
    told: &'static [Told],
    /// Days ago that it was made.
    age: i64,
}

const PLANS: [Plan; 3] = [
    Plan {
        slug: "website",
        name: "Website",
        project: "WEB",
        description: "The public site of Acme",
        language: "javascript",
        is_private: false,
        files: &[
            ("README.md", "# Website\n\nThe public site of Acme.\n"),
            ("bitbucket-pipelines.yml", "pipelines:\n  default:\n    - step:\n        script:\n          - make test\n"),
            ("package.json", "{\n  \"name\": \"website\",\n  \"version\": \"1.0.0\"\n}\n"),
            ("src/index.js", "import { header } from './header.js';\nheader();\n"),
            ("src/header.js", "export function header() {\n  return 'Acme';\n}\n"),
            ("src/footer.js", "export function footer() {\n  return '2024';\n}\n"),
            ("src/theme.css", "body {\n  color: black;\n}\n"),
            ("docs/setup.md", "# Setup\n\n1. npm install\n2. npm start\n"),
            ("public/logo.png", "\u{89}PNG"),
        ],
        steps: &[
            ("Say how to run the tests", "README.md"),
            ("Show the menu", "src/index.js"),
            ("Build with version 20", "bitbucket-pipelines.yml"),
            ("Describe the staging site", "docs/setup.md"),
            ("Wider header", "src/header.js"),
            ("Move to version 1.1", "package.json"),
            ("Smaller pictures", "src/index.js"),
            ("Name the maintainers", "README.md"),
        ],
        told: &WEBSITE,
        age: 90,
    },
    Plan {
        slug: "api",
        name: "API",
        project: "CORE",
        description: "Orders, customers and prices over HTTP",
        language: "python",
        is_private: true,
        files: &[
            ("README.md", "# API\n\nOrders, customers and prices.\n"),
            ("bitbucket-pipelines.yml", "pipelines:\n  default:\n    - step:\n        script:\n          - make test\n"),
            ("api/__init__.py", ""),
            ("api/app.py", "def app():\n    return {}\n"),
            ("api/paging.py", "SIZE = 10\n"),
            ("tests/test_app.py", "from api.app import app\n\n\ndef test_app():\n    assert app() == {}\n"),
        ],
        steps: &[
            ("Health check", "api/app.py"),
            ("Test the health check", "tests/test_app.py"),
            ("Document the answers", "README.md"),
            ("Larger pages", "api/paging.py"),
            ("Quieter log", "api/app.py"),
        ],
        told: &API,
        age: 80,
    },
    Plan {
        slug: "tools",
        name: "Tools",
        project: "CORE",
        description: "Scripts that everybody uses",
        language: "shell",
        is_private: true,
        files: &[("README.md", "# Tools\n"), ("backup.sh", "#!/bin/sh\ntar cf backup.tar data\n")],
        steps: &[("Compress the backup", "backup.sh"), ("List the scripts", "README.md"), ("Keep seven backups", "backup.sh")],
        told: &TOOLS,
        age: 70,
    },
];

pub fn seed(state: &mut State, today: i64) {
    let people = members(state);
    let person = |place: usize| people.get(place).cloned().unwrap_or_default();
    let role = |place: usize| match place {
        0 | 7 => "owner",
        20.. => "collaborator",
        _ => "member",
    };
    let project = |key: &str, name: &str, description: &str, age: i64| Project {
        key: key.to_owned(),
        uuid: braced("project", key),
        name: name.to_owned(),
        description: description.to_owned(),
        is_private: key == "CORE",
        created: today - age * DAY,
        updated: today - age * DAY,
    };
    state.bitbucket.workspaces.push(Workspace {
        slug: named::WORKSPACE.to_owned(),
        uuid: braced("workspace", named::WORKSPACE),
        name: "Acme".to_owned(),
        created: today - 400 * DAY,
        members: people.iter().enumerate().map(|(place, id)| (id.clone(), role(place).to_owned())).collect(),
        projects: vec![project("WEB", "Web", "What customers see", 399), project("CORE", "Core", "What everything stands on", 398)],
    });
    for plan in &PLANS {
        let built = repository(state, plan, &people, today);
        state.bitbucket.repositories.insert(built.full_name(), built);
    }
    records(state, today);
    for (title, file, text, author) in [
        ("Clean up branches", "clean.sh", "git branch --merged | grep -v main | xargs git branch -d\n", 1),
        ("Query for late orders", "late.sql", "select * from orders where due < now();\n", 8),
    ] {
        let number = state.bitbucket.next();
        let files = BTreeMap::from([(file.to_owned(), Blob(Bytes::from_static(text.as_bytes())))]);
        let made = snippets::make(named::WORKSPACE, title, true, &person(author), number, today - 20 * DAY, files);
        state.bitbucket.snippets.push(made);
    }
}

/// The admin first, then the ordinary account, then others who are active.
fn members(state: &State) -> Vec<String> {
    let first = [accounts::ORGANIZATION_ADMIN, accounts::ACTIVE];
    let others = state.accounts.iter().filter(|account| account.kind == "atlassian" && account.status() == "active" && account.managed);
    let others = others.map(|account| account.id.as_str()).filter(|id| !first.contains(id) && *id != accounts::NOT_INVITED);
    first.into_iter().chain(others).take(MEMBERS).map(str::to_owned).collect()
}

fn repository(state: &mut State, plan: &Plan, people: &[String], today: i64) -> Repository {
    let born = today - plan.age * DAY;
    let person = |place: usize| people.get(place).map_or("", String::as_str);
    let raw: Vec<String> = people.iter().map(|id| render::raw_author(state, id)).collect();
    let author = |place: usize| raw.get(place).cloned().unwrap_or_default();
    let mut made = repositories::empty(named::WORKSPACE, plan.slug, plan.project, born);
    made.uuid = braced("repository", plan.slug);
    plan.name.clone_into(&mut made.name);
    plan.description.clone_into(&mut made.description);
    plan.language.clone_into(&mut made.language);
    made.is_private = plan.is_private;
    made.has_issues = plan.slug == "website";
    made.fork_policy = if plan.is_private { "no_public_forks" } else { "allow_forks" }.to_owned();
    made.watchers = people.iter().take(4).cloned().collect();
    made.default_reviewers = BTreeSet::from([person(1).to_owned(), person(7).to_owned()]);

    let mut tree = BTreeMap::new();
    for (path, text) in plan.files {
        let blob = made.keep(Bytes::from_static(text.as_bytes()));
        tree.insert((*path).to_owned(), blob);
    }
    let mut tip = made.commit(born, author(0), Some(person(0).to_owned()), "First files\n".to_owned(), Vec::new(), tree);
    // Steps on the main branch and pull requests stand in one row, by time.
    let mut events: Vec<(i64, Result<usize, usize>)> = Vec::new();
    let spread = plan.age / (i64::try_from(plan.steps.len()).unwrap_or(1) + 1);
    events.extend((0..plan.steps.len()).zip(1..).map(|(place, number)| (born + number * spread * DAY + 9 * HOUR, Ok(place))));
    events.extend(plan.told.iter().enumerate().map(|(place, told)| (today - told.age * DAY + 10 * HOUR, Err(place))));
    events.sort_by_key(|(date, _)| *date);
    for (date, event) in events {
        match event {
            Ok(place) => {
                let Some((message, path)) = plan.steps.get(place) else { continue };
                let tree = changed(&mut made, &tip, path, message);
                let who = place % 4;
                tip = made.commit(date, author(who), Some(person(who).to_owned()), format!("{message}\n"), vec![tip], tree);
            }
            Err(place) => {
                let Some(told) = plan.told.get(place) else { continue };
                let number = u64::try_from(place).unwrap_or_default() + 1;
                // A branch that leaves before the last step meets it again when it is merged.
                let from = if told.file == "src/header.js" { first_commit(&made) } else { tip.clone() };
                // No commit is older than what it follows.
                let follows = made.commits.get(&from).map_or(date, |commit| commit.date + HOUR);
                let start = Start { id: number, begun: (date - 20 * HOUR).max(follows), from, main: tip };
                tip = pull_request(state, &mut made, told, start, people);
            }
        }
    }
    made.branches.insert("main".to_owned(), tip);
    tags(&mut made, plan, people, today);
    builds(&mut made, today, people);
    if made.has_issues {
        made.issues = issues(state, today, people);
    }
    made.updated = made.commits.values().map(|commit| commit.date).max().unwrap_or(born);
    made
}

fn first_commit(made: &Repository) -> String {
    made.commits.values().find(|commit| commit.parents.is_empty()).map(|commit| commit.hash.clone()).unwrap_or_default()
}

/// The tree of a commit with one more line in a file.
fn changed(made: &mut Repository, from: &str, path: &str, line: &str) -> BTreeMap<String, u64> {
    let mut tree = made.commits.get(from).map(|commit| commit.tree.clone()).unwrap_or_default();
    let old =
        tree.get(path).and_then(|blob| made.blobs.get(blob)).map(|blob| String::from_utf8_lossy(&blob.0).into_owned()).unwrap_or_default();
    let mark = match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" => "// ",
        "py" | "sh" | "yml" => "# ",
        "md" => "\n",
        "css" => "/* */ ",
        _ => "",
    };
    let blob = made.keep(Bytes::from(format!("{old}{mark}{line}\n")));
    tree.insert(path.to_owned(), blob);
    tree
}

/// Where a branch with a pull request begins.
struct Start {
    id: u64,
    begun: i64,
    /// The commit that it leaves.
    from: String,
    /// Tip of the main branch.
    main: String,
}

/// A branch with its pull request; tells the tip of the main branch afterwards.
fn pull_request(state: &mut State, made: &mut Repository, told: &Told, start: Start, people: &[String]) -> String {
    let Start { id, begun, from, main } = start;
    let person = |place: usize| people.get(place).map_or("", String::as_str);
    let raw: Vec<String> = people.iter().map(|id| render::raw_author(state, id)).collect();
    let author = |place: usize| raw.get(place).cloned().unwrap_or_default();
    let writer = person(told.author).to_owned();
    let tree = changed(made, &from, told.file, told.title);
    let mut tip = made.commit(begun, author(told.author), Some(writer.clone()), format!("{}\n", told.title), vec![from], tree);
    if id.is_multiple_of(3) {
        let tree = changed(made, &tip, told.file, "After the review");
        tip = made.commit(begun + 30 * HOUR, author(told.author), Some(writer.clone()), "After the review\n".to_owned(), vec![tip], tree);
    }
    let opened = begun + 20 * HOUR;
    let name = made.full_name();
    let end = |branch: &str, hash: &str| Endpoint { repository: name.clone(), branch: branch.to_owned(), hash: hash.to_owned() };
    let mut found = PullRequest {
        id,
        title: told.title.to_owned(),
        description: format!("{} as agreed on Monday.", told.title),
        state: "OPEN".to_owned(),
        author: writer.clone(),
        source: end(told.branch, &tip),
        destination: end("main", &main),
        merge_commit: None,
        close_source_branch: id.is_multiple_of(2),
        closed_by: None,
        reason: String::new(),
        created: opened,
        updated: opened,
        reviewers: told.reviewers.iter().map(|place| person(*place).to_owned()).collect(),
        participants: BTreeMap::new(),
        draft: told.draft,
        comments: Vec::new(),
        tasks: Vec::new(),
        activity: Vec::new(),
    };
    found.record(opened, &writer);
    let speakers: Vec<&str> = told.reviewers.iter().map(|place| person(*place)).chain([writer.as_str()]).collect();
    for place in 0..told.comments {
        let date = opened + i64::try_from(place + 1).unwrap_or(1) * HOUR;
        let user = speakers.get(place % speakers.len()).copied().unwrap_or_default().to_owned();
        let number = state.bitbucket.next();
        let first = found.comments.first().map(|comment| comment.id);
        found.comments.push(Comment {
            id: number,
            user: user.clone(),
            created: date,
            updated: date,
            text: SAYINGS.get((place + told.author) % SAYINGS.len()).copied().unwrap_or_default().to_owned(),
            parent: first.filter(|_| place == 2),
            inline: (place == 1).then(|| json!({"path": told.file, "from": null, "to": 1})),
            deleted: false,
            pending: false,
            resolved: None,
        });
        found.participants.entry(user.clone()).or_default().date.get_or_insert(date);
        found.activity.push(Activity { date, user, event: Event::Comment(number) });
    }
    for (places, word) in [(told.refused, "changes_requested"), (told.approved, "approved")] {
        for place in places {
            let date = opened + i64::try_from(place + 3).unwrap_or(3) * HOUR;
            let user = person(*place).to_owned();
            let part = found.participants.entry(user.clone()).or_default();
            (part.state, part.date) = (Some(word.to_owned()), Some(date));
            let event = if word == "approved" { Event::Approval } else { Event::ChangesRequested };
            found.activity.push(Activity { date, user, event });
        }
    }
    for place in 0..told.tasks {
        let id = state.bitbucket.next();
        let date = opened + 2 * HOUR;
        let creator = speakers.first().copied().unwrap_or_default().to_owned();
        let comment = found.comments.first().map(|comment| comment.id);
        let resolved = (place == 1 || told.state != "OPEN").then(|| (writer.clone(), date + HOUR));
        let text = "Say it in the changelog".to_owned();
        found.tasks.push(Task { id, text, creator, created: date, updated: date, comment, pending: false, resolved });
    }
    found.activity.sort_by_key(|entry| entry.date);
    found.updated = found.activity.last().map_or(opened, |entry| entry.date);
    let passed = told.refused.is_empty();
    if let Some(commit) = made.commits.get_mut(&tip) {
        commit.statuses.push(Status {
            key: "build".to_owned(),
            state: if passed { "SUCCESSFUL" } else { "FAILED" }.to_owned(),
            name: "Build".to_owned(),
            description: if passed { "All tests pass" } else { "2 tests fail" }.to_owned(),
            url: format!("https://ci.acme.example/{name}/{id}"),
            refname: Some(told.branch.to_owned()),
            created: opened,
            updated: opened + HOUR,
        });
    }
    let closed = found.updated + HOUR;
    let closer = person(told.reviewers.first().copied().unwrap_or(told.author)).to_owned();
    let mut main = main;
    match told.state {
        "MERGED" => {
            let tree = changed_by(made, &main, &tip, told.file);
            let message = format!("Merged in {} (pull request #{id})\n\n{}\n", told.branch, told.title);
            let who = told.reviewers.first().copied().unwrap_or(told.author);
            main = made.commit(closed, author(who), Some(closer.clone()), message, vec![main, tip], tree);
            found.merge_commit = Some(main.clone());
        }
        "DECLINED" => {
            made.branches.insert(told.branch.to_owned(), tip);
            "Not needed any more".clone_into(&mut found.reason);
        }
        _ => {
            made.branches.insert(told.branch.to_owned(), tip);
        }
    }
    if told.state != "OPEN" {
        told.state.clone_into(&mut found.state);
        found.closed_by = Some(closer.clone());
        found.record(closed, &closer);
    }
    made.pull_requests.push(found);
    main
}

fn changed_by(made: &Repository, main: &str, tip: &str, file: &str) -> BTreeMap<String, u64> {
    let mut tree = made.commits.get(main).map(|commit| commit.tree.clone()).unwrap_or_default();
    if let Some(blob) = made.commits.get(tip).and_then(|commit| commit.tree.get(file)) {
        tree.insert(file.to_owned(), *blob);
    }
    tree
}

fn tags(made: &mut Repository, plan: &Plan, people: &[String], today: i64) {
    let main: Vec<String> = made
        .branches
        .get("main")
        .map(|tip| made.log(std::slice::from_ref(tip), &[]).iter().map(|commit| commit.hash.clone()).collect())
        .unwrap_or_default();
    let tagger = people.first().cloned().unwrap_or_default();
    let places = [("v1.0.0", main.len() * 3 / 4, 60), ("v1.1.0", main.len() / 3, 20)];
    for (name, place, age) in places.into_iter().take(if plan.slug == "tools" { 1 } else { 2 }) {
        if let Some(hash) = main.get(place) {
            let tag =
                Tag { hash: hash.clone(), message: Some(format!("Release {name}\n")), date: today - age * DAY, tagger: tagger.clone() };
            made.tags.insert(name.to_owned(), tag);
        }
    }
}

/// Runs on the main branch that have ended; the third of them failed.
fn builds(made: &mut Repository, today: i64, people: &[String]) {
    if made.slug == "tools" {
        return;
    }
    let name = made.full_name();
    let main: Vec<String> = made
        .branches
        .get("main")
        .map(|tip| made.log(std::slice::from_ref(tip), &[]).iter().map(|commit| commit.hash.clone()).collect())
        .unwrap_or_default();
    for (number, hash) in (1..=6_u64).zip(main.iter().take(6).rev()) {
        let run = format!("{name}/{number}");
        made.pipelines.push(Pipeline {
            uuid: braced("pipeline", &run),
            number,
            creator: people.get(1).cloned().unwrap_or_default(),
            target: json!({
                "type": "pipeline_ref_target",
                "ref_type": "branch",
                "ref_name": "main",
                "commit": {"type": "commit", "hash": hash},
                "selector": {"type": "default"},
            }),
            trigger: "PUSH".to_owned(),
            variables: Vec::new(),
            created: today - i64::try_from(8 - number).unwrap_or(1) * DAY + 11 * HOUR,
            steps: pipelines::steps(&run, true),
            failing_step: (number == 3).then_some(1),
            stopped: None,
        });
    }
}

fn issues(state: &mut State, today: i64, people: &[String]) -> Vec<Issue> {
    let told = [
        ("The menu is cut off on phones", "open", "bug", "major", Some(2)),
        ("Explain the prices", "new", "enhancement", "minor", None),
        ("The search finds nothing with umlauts", "open", "bug", "critical", Some(3)),
        ("Offer the page in French", "on hold", "proposal", "trivial", None),
        ("Renew the certificate", "resolved", "task", "blocker", Some(0)),
        ("The logo is blurred", "closed", "bug", "minor", Some(4)),
        ("Two newsletters arrive", "duplicate", "bug", "major", None),
        ("Dark mode", "open", "enhancement", "major", Some(3)),
    ];
    let person = |place: usize| people.get(place).cloned().unwrap_or_default();
    let mut made = Vec::new();
    for (place, (title, stage, kind, priority, assignee)) in told.into_iter().enumerate() {
        let created = today - i64::try_from(40 - place * 4).unwrap_or(1) * DAY;
        let said = Comment {
            id: state.bitbucket.next(),
            user: person(place % 5),
            created: created + HOUR,
            updated: created + HOUR,
            text: SAYINGS.get(place % SAYINGS.len()).copied().unwrap_or_default().to_owned(),
            parent: None,
            inline: None,
            deleted: false,
            pending: false,
            resolved: None,
        };
        made.push(Issue {
            id: u64::try_from(place).unwrap_or_default() + 1,
            title: title.to_owned(),
            text: format!("{title}. Seen on the public site."),
            reporter: person(5 + place % 3),
            assignee: assignee.map(person),
            state: stage.to_owned(),
            kind: kind.to_owned(),
            priority: priority.to_owned(),
            created,
            updated: created + HOUR,
            edited: None,
            votes: people.iter().skip(1).take(place % 4).cloned().collect(),
            watchers: BTreeSet::from([person(1)]),
            comments: if place % 2 == 0 { vec![said] } else { Vec::new() },
        });
    }
    made
}

/// Environments, variables, a webhook, a key and a restriction.
fn records(state: &mut State, today: i64) {
    let repository = render::repository_named(state, "acme/website");
    let created = render::time(today - 50 * DAY);
    let environment = |name: &str, rank: u64| {
        json!({
            "type": "deployment_environment",
            "uuid": braced("environment", name),
            "name": name,
            "slug": name.to_lowercase(),
            "environment_type": {"type": "deployment_environment_type", "name": name, "rank": rank},
        })
    };
    let variable = |key: &str, value: &str, secured: bool| json!({"type": "pipeline_variable", "uuid": braced("variable", key), "key": key, "value": value, "secured": secured});
    let mut put = |key: &str, records: Vec<Value>| {
        state.bitbucket.records.insert(key.to_owned(), records);
    };
    for name in ["website", "api"] {
        let all = vec![environment("Test", 0), environment("Staging", 1), environment("Production", 2)];
        put(&format!("acme/{name}/environments"), all);
    }
    put("acme/website/variables", vec![variable("REGION", "eu-west-1", false), variable("DEPLOY_KEY", "s3cr3t", true)]);
    put(
        "acme/website/hooks",
        vec![json!({
            "type": "webhook_subscription",
            "uuid": braced("hook", "website"),
            "url": "https://hooks.acme.example/bitbucket",
            "description": "Chat",
            "subject_type": "repository",
            "subject": repository,
            "active": true,
            "created_at": created,
            "events": ["repo:push", "pullrequest:created"],
            "secret_set": false,
        })],
    );
    put(
        "acme/website/branch-restrictions",
        vec![json!({
            "type": "branchrestriction",
            "id": 1,
            "kind": "push",
            "branch_match_kind": "glob",
            "pattern": "main",
            "users": [],
            "groups": [],
        })],
    );
}
