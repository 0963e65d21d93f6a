//! The demo site's spaces: ids and titles never change, times are counted back from today.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::json;

use super::super::clock::DAY;
use super::super::files::Part;
use super::super::reply::mix;
use super::super::seed::{accounts, confluence as ids, groups};
use super::super::store::State;
use super::body::Body;
use super::permissions::{self, granted};
use super::store::{
    Assignment, Confluence, Kind, Property, RelationKey, Restriction, Role, Selection, Space, Status, Task, Template, Version,
};
use super::{attachments, audit, body};

/// Those who write: all of them are active.
const AUTHORS: [&str; 4] = [accounts::ORGANIZATION_ADMIN, accounts::ACTIVE, accounts::WITH_TOKENS, accounts::SCIM_MANAGED];

/// Spaces with their pages: a depth of 0 is the homepage.
const PAGES: [(u64, &[(usize, &str)]); 4] = [
    (ids::ENGINEERING, ENGINEERING),
    (ids::DOCUMENTATION, DOCUMENTATION),
    (ids::PEOPLE, PEOPLE),
    (ids::PERSONAL, &[(0, "Overview of Olga"), (1, "Reading list"), (1, "Notes from the offsite")]),
];

const ENGINEERING: &[(usize, &str)] = &[
    (0, "Engineering Home"),
    (1, "Architecture"),
    (2, "Payment service"),
    (3, "Payment database schema"),
    (3, "Payment API"),
    (4, "Payment API errors"),
    (2, "Search service"),
    (3, "Search index layout"),
    (2, "Decision records"),
    (3, "ADR 1 Use PostgreSQL"),
    (3, "ADR 2 Split the monolith"),
    (3, "ADR 3 Feature flags"),
    (1, "Runbooks"),
    (2, "Deploy the website"),
    (2, "Roll back a release"),
    (2, "Rotate credentials"),
    (3, "Rotate database passwords"),
    (2, "Incident response"),
    (1, "Security"),
    (2, "Threat model"),
    (2, "Access reviews"),
    (3, "Access review 2026"),
    (1, "Meeting notes"),
    (2, "Planning week 40"),
    (2, "Planning week 42"),
    (2, "Retrospective sprint 4"),
];

const DOCUMENTATION: &[(usize, &str)] = &[
    (0, "Documentation Home"),
    (1, "Getting started"),
    (2, "Install the client"),
    (2, "First steps"),
    (1, "Guides"),
    (2, "Search and filters"),
    (2, "Import data"),
    (3, "Import from CSV"),
    (3, "Import from JSON"),
    (2, "Export data"),
    (1, "Reference"),
    (2, "Command line"),
    (2, "Configuration"),
    (3, "Environment variables"),
    (1, "Release notes"),
    (2, "Release 1.0"),
    (2, "Release 1.1"),
    (2, "Release 2.0"),
];

const PEOPLE: &[(usize, &str)] = &[
    (0, "People Home"),
    (1, "Onboarding"),
    (2, "First week"),
    (2, "Equipment"),
    (1, "Policies"),
    (2, "Vacation"),
    (2, "Travel expenses"),
    (2, "Remote work"),
    (1, "Salaries"),
    (2, "Salary bands"),
    (3, "Salary bands 2026"),
    (2, "Bonus plan"),
    (1, "Holidays"),
];

const POSTS: [(u64, &str); 4] = [
    (ids::ENGINEERING, "We moved to the new build system"),
    (ids::ENGINEERING, "Summary of the October incident"),
    (ids::DOCUMENTATION, "Documentation has a new home"),
    (ids::PEOPLE, "Welcome to our new colleagues"),
];

fn space(id: u64, key: &str, name: &str, kind: &str, description: &str, created: i64) -> Space {
    Space {
        id,
        key: key.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        archived: false,
        description: description.to_owned(),
        author: accounts::ORGANIZATION_ADMIN.to_owned(),
        created,
        homepage: None,
        labels: BTreeSet::new(),
        properties: BTreeMap::new(),
        permissions: Vec::new(),
        assignments: Vec::new(),
        theme: None,
        classification: None,
        content_mode: "standard".to_owned(),
        route_override: true,
    }
}

/// A page with headings, a list, a table, a link, macros and an image, by its number.
fn storage(number: u64, title: &str, parent: &str) -> String {
    let mut text =
        format!("<h1>{title}</h1><p>This page is about <strong>{}</strong>, and is kept up to date by its team.</p>", title.to_lowercase());
    if !parent.is_empty() {
        text.push_str(&format!(
            "<p>See also <ac:link><ri:page ri:content-title=\"{parent}\" /><ac:plain-text-link-body><![CDATA[{parent}]]></ac:plain-text-link-body></ac:link> \
             and <a href=\"https://example.com/{number}\">the example</a>.</p>"
        ));
    }
    match number % 4 {
        0 => text.push_str(&format!(
            "<h2>Steps</h2><ac:structured-macro ac:name=\"code\" ac:schema-version=\"1\" ac:macro-id=\"code-{number}\"><ac:parameter \
             ac:name=\"language\">bash</ac:parameter><ac:plain-text-body><![CDATA[make release && ./deploy --page {number}]]></ac:plain-text-body></ac:structured-macro>"
        )),
        1 => text.push_str(&format!(
            "<h2>Owners</h2><table><tbody><tr><th>Part</th><th>Owner</th></tr><tr><td>Service {number}</td><td><ac:link><ri:user \
             ri:account-id=\"{}\" /></ac:link></td></tr></tbody></table>",
            accounts::ACTIVE
        )),
        2 => text.push_str(&format!(
            "<ac:structured-macro ac:name=\"info\" ac:schema-version=\"1\" ac:macro-id=\"info-{number}\"><ac:rich-text-body><p>Ask the team \
             before you change this.</p></ac:rich-text-body></ac:structured-macro><ul><li>First point</li><li>Second point</li></ul>"
        )),
        _ => text.push_str("<h2>Picture</h2><ac:image ac:width=\"320\"><ri:attachment ri:filename=\"diagram.png\" /></ac:image>"),
    }
    text
}

fn author(number: u64) -> &'static str {
    usize::try_from(mix(number) % 4).ok().and_then(|place| AUTHORS.get(place)).copied().unwrap_or(accounts::ORGANIZATION_ADMIN)
}

/// The day on which something of this number was made: older numbers longer ago.
fn made(today: i64, number: u64, span: u64) -> i64 {
    let back = i64::try_from(span.saturating_sub(number) * 6 + mix(number) % 5).unwrap_or_default();
    today - back * DAY - i64::try_from(mix(number + 7) % 36_000).unwrap_or_default() * 1_000
}

pub fn seed(state: &mut State, today: i64) {
    seed_spaces(state, today);
    seed_pages(state, today);
    seed_files(state, today);
    let store = &mut state.confluence;
    seed_posts(store, today);
    seed_labels(store);
    seed_comments(store, today);
    seed_restrictions(store);
    seed_rest(store, today);
    seed_articles(store, today);
    // Whatever is made later has ids far from these.
    store.last = 200_000;
    for (days, summary, name) in
        [(300, "Space created", "Documentation"), (40, "Space permission added", "People"), (3, "Space logo changed", "Engineering")]
    {
        audit::record_at(state, today - days * DAY, summary, "Spaces", name, "Space");
    }
}

fn seed_spaces(state: &mut State, today: i64) {
    let personal = format!("~{}", accounts::ORGANIZATION_ADMIN);
    let spaces = [
        (ids::ENGINEERING, "ENG", "Engineering", "global", "How we build and run our software."),
        (ids::DOCUMENTATION, "DOCS", "Documentation", "knowledge_base", "For those who use our software."),
        (ids::PEOPLE, "HR", "People", "global", "Everything about working here."),
        (ids::PERSONAL, personal.as_str(), "Olga", "personal", ""),
    ];
    let store = &mut state.confluence;
    store.last = 90_000;
    for (place, (id, key, name, kind, description)) in (0_i64..).zip(spaces) {
        let mut made = space(id, key, name, kind, description, today - (500 - place * 60) * DAY);
        made.permissions = granted(store, "user", accounts::ORGANIZATION_ADMIN, permissions::ALL);
        if kind != "personal" {
            made.permissions.extend(granted(store, "group", groups::JIRA_USERS, permissions::MEMBER));
        }
        if id == ids::ENGINEERING {
            made.permissions.extend(granted(store, "group", groups::ENGINEERING, permissions::ALL));
            let (principal_type, principal) = ("GROUP".to_owned(), groups::ENGINEERING.to_owned());
            made.assignments.push(Assignment { principal_type, principal, role: ids::ROLE_ADMIN.to_owned() });
        }
        store.spaces.insert(id, made);
    }
    let all: Vec<String> = permissions::ALL.iter().map(|(operation, target)| permissions::permission_id(operation, target)).collect();
    let member: Vec<String> = permissions::MEMBER.iter().map(|(operation, target)| permissions::permission_id(operation, target)).collect();
    let viewer = vec![permissions::permission_id("read", "space")];
    for (id, name, description, permissions) in [
        (ids::ROLE_ADMIN, "Admin", "Runs the space.", all),
        (ids::ROLE_COLLABORATOR, "Collaborator", "Reads and writes.", member),
        (ids::ROLE_VIEWER, "Viewer", "Reads.", viewer),
    ] {
        let role = Role { id: id.to_owned(), name: name.to_owned(), description: description.to_owned(), custom: false, permissions };
        store.roles.insert(id.to_owned(), role);
    }
}

fn seed_pages(state: &mut State, today: i64) {
    let store = &mut state.confluence;
    store.last = ids::FIRST_PAGE - 1;
    let total = PAGES.iter().map(|(_, pages)| pages.len()).sum::<usize>() as u64;
    for (space, pages) in PAGES {
        // The path to the page before, by depth.
        let mut path: Vec<(u64, &str)> = Vec::new();
        for (depth, title) in pages {
            path.truncate(*depth);
            let (parent, above) = path.last().map_or((None, ""), |(id, title)| (Some(*id), *title));
            let number = store.last + 1 - ids::FIRST_PAGE;
            let created = made(today, number, total);
            let id = store.new_content(
                Kind::Page,
                space,
                parent,
                title,
                Body::storage(storage(number, title, above)),
                (author(number), created),
            );
            if parent.is_none()
                && let Some(space) = store.spaces.get_mut(&space)
            {
                space.homepage = Some(id);
            }
            add_versions(store, id, number, today);
            path.push((id, title));
        }
    }
    // One draft, one in the archive, one in the trash: each after all others, so that ids stay.
    for (title, status) in
        [("Draft of the platform vision", Status::Draft), ("Old deployment guide", Status::Archived), ("Duplicate notes", Status::Trashed)]
    {
        let text = format!("<p>{title}</p>");
        let home = store.spaces.get(&ids::ENGINEERING).and_then(|space| space.homepage);
        let id = store.new_content(
            Kind::Page,
            ids::ENGINEERING,
            home,
            title,
            Body::storage(text),
            (accounts::ORGANIZATION_ADMIN, today - 20 * DAY),
        );
        if let Some(page) = store.contents.get_mut(&id) {
            page.status = status;
        }
    }
}

/// Every third page was changed once, every sixth twice.
fn add_versions(store: &mut Confluence, id: u64, number: u64, today: i64) {
    let changes = u64::from(number.is_multiple_of(3)) + u64::from(number.is_multiple_of(6));
    let Some(page) = store.contents.get_mut(&id) else { return };
    for change in 1..=changes {
        let Some(last) = page.last().cloned() else { return };
        let created = (last.created + i64::try_from(2 + change).unwrap_or_default() * DAY).min(today - DAY / 2);
        page.versions.push(Version {
            number: last.number + 1,
            author: author(number + change).to_owned(),
            created,
            message: if change == 1 { "Brought up to date".to_owned() } else { String::new() },
            minor: change == 2,
            body: Body::storage(format!("{}<p>Revision {change}.</p>", last.body.value)),
            ..last
        });
    }
}

/// A PNG of one pixel.
const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f,
    0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x89, 0x99,
    0x3d, 0x1d, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

fn seed_files(state: &mut State, today: i64) {
    // Every page that shows the picture has it; two have more.
    let pictured: Vec<u64> = (state.confluence.contents.values())
        .filter(|one| one.last().is_some_and(|last| last.body.value.contains("diagram.png")))
        .map(|one| one.id)
        .collect();
    let more: [(u64, &str, &str, &[u8]); 3] = [
        (ids::ARCHITECTURE, "services.csv", "text/csv", b"service,owner\npayment,engineering\nsearch,engineering\n"),
        (ids::ARCHITECTURE, "notes.txt", "text/plain", b"Draw the new services.\n"),
        (ids::RUNBOOKS, "checklist.txt", "text/plain", b"1. Announce\n2. Deploy\n3. Watch\n"),
    ];
    let pictures = pictured.into_iter().map(|page| (page, "diagram.png", "image/png", PIXEL));
    let mut files: Vec<(u64, &str, &str, &[u8])> = more.to_vec();
    files.extend(pictures);
    for (place, (page, name, media, content)) in (0_i64..).zip(files) {
        let when = today - (60 - place) * DAY;
        let part = Part {
            name: "file".to_owned(),
            file_name: Some(name.to_owned()),
            content_type: media.to_owned(),
            content: Bytes::from_static(content),
        };
        let Some(space) = state.confluence.contents.get(&page).map(|page| page.space) else { continue };
        let kept = attachments::keep(state, &part, "", when);
        let id = attachments::new(state, page, space, name, kept);
        if let Some(one) = state.confluence.contents.get_mut(&id) {
            one.created = when;
            if let Some(first) = one.versions.last_mut() {
                first.created = when;
            }
        }
    }
}

/// Pages for customers of the help desk.
const ARTICLES: [(&str, &str); 4] = [
    ("Reset your password", "Open the sign-in page, choose \"Can't sign in\", and follow the message that comes by email."),
    ("Connect to the VPN", "Install the client, then sign in with your usual account. Outside of the office the VPN is always needed."),
    ("Order a laptop", "Laptops are ordered through the portal. Your manager approves the order, and it takes a week."),
    ("What to do when email is down", "Look at the status page first. If it knows nothing, report an incident and call us."),
];

fn seed_articles(store: &mut Confluence, today: i64) {
    store.last = 190_000;
    let home = store.spaces.get(&ids::DOCUMENTATION).and_then(|space| space.homepage);
    for (title, text) in ARTICLES {
        let body = Body::storage(format!("<p>{text}</p>"));
        store.new_content(Kind::Page, ids::DOCUMENTATION, home, title, body, (accounts::ORGANIZATION_ADMIN, today - 90 * DAY));
    }
}

fn seed_posts(store: &mut Confluence, today: i64) {
    for (place, (space, title)) in (1_i64..).zip(POSTS) {
        let text = format!("<p>{title}.</p><p>Read on in the space.</p>");
        let author = author(place.unsigned_abs());
        store.new_content(Kind::BlogPost, space, None, title, Body::storage(text), (author, today - (50 - place * 10) * DAY - DAY / 3));
    }
    let home = store.spaces.get(&ids::ENGINEERING).and_then(|space| space.homepage);
    for (kind, title) in
        [(Kind::Whiteboard, "Service map"), (Kind::Folder, "Archive of decisions"), (Kind::Database, "Inventory of services")]
    {
        store.new_content(kind, ids::ENGINEERING, home, title, Body::default(), (accounts::ORGANIZATION_ADMIN, today - 30 * DAY));
    }
}

/// By words of titles.
fn seed_labels(store: &mut Confluence) {
    let words: [(&str, &str); 8] = [
        ("payment", "payment"),
        ("ADR", "decision"),
        ("Rotate", "security"),
        ("Access review", "security"),
        ("Release", "release-notes"),
        ("Import", "how-to"),
        ("Deploy", "how-to"),
        ("Salary", "confidential"),
    ];
    for (word, name) in words {
        let label = store.label("global", name);
        for one in
            store.contents.values_mut().filter(|one| one.kind == Kind::Page && one.title.to_lowercase().contains(&word.to_lowercase()))
        {
            one.labels.insert(label);
        }
    }
    let team = store.label("team", "platform");
    for id in [ids::ENGINEERING, ids::DOCUMENTATION] {
        if let Some(space) = store.spaces.get_mut(&id) {
            space.labels.insert(team);
        }
    }
    let incident = store.label("global", "incident");
    for one in store.contents.values_mut().filter(|one| one.title.contains("ncident")) {
        one.labels.insert(incident);
    }
}

fn seed_comments(store: &mut Confluence, today: i64) {
    let mut comment = |kind: Kind, above: u64, text: &str, author: &str, days: i64| {
        let (space, title) = store.contents.get(&above).map(|one| (one.space, one.title.clone())).unwrap_or_default();
        let title = format!("Re: {}", title.trim_start_matches("Re: "));
        store.new_content(kind, space, Some(above), &title, Body::storage(format!("<p>{text}</p>")), (author, today - days * DAY))
    };
    let question = comment(Kind::FooterComment, ids::ARCHITECTURE, "Should the search service be on this page?", accounts::ACTIVE, 12);
    comment(Kind::FooterComment, question, "Yes, it has a page of its own below.", accounts::ORGANIZATION_ADMIN, 11);
    comment(Kind::FooterComment, ids::ARCHITECTURE, "Thank you, this helped me.", accounts::WITH_TOKENS, 5);
    comment(Kind::FooterComment, ids::RUNBOOKS, "The order of the steps has changed.", accounts::SCIM_MANAGED, 4);
    let inline = comment(Kind::InlineComment, ids::ARCHITECTURE, "Which team?", accounts::WITH_TOKENS, 9);
    let done = comment(Kind::InlineComment, ids::RUNBOOKS, "Is this still right?", accounts::ACTIVE, 8);
    for (id, resolution) in [(inline, "open"), (done, "resolved")] {
        if let Some(one) = store.contents.get_mut(&id) {
            let resolved_by = (resolution == "resolved").then(|| (accounts::ORGANIZATION_ADMIN.to_owned(), today - 2 * DAY));
            let marker = super::super::reply::uuid(id, 5);
            one.selection = Some(Selection { text: "its team".to_owned(), marker, resolution: resolution.to_owned(), resolved_by });
        }
    }
    for id in [ids::ARCHITECTURE, question] {
        if let Some(one) = store.contents.get_mut(&id) {
            one.likes = [accounts::ACTIVE, accounts::WITH_TOKENS].map(str::to_owned).into();
        }
    }
}

/// Salaries are read by few, and what stands below them too; the page on access reviews is read by all, and written by few.
fn seed_restrictions(store: &mut Confluence) {
    let few = Restriction {
        users: [accounts::ORGANIZATION_ADMIN, accounts::ACTIVE].map(str::to_owned).into(),
        groups: [groups::ORGANIZATION_ADMINS.to_owned()].into(),
    };
    let writers = Restriction { users: [accounts::ORGANIZATION_ADMIN.to_owned()].into(), groups: [groups::ENGINEERING.to_owned()].into() };
    if let Some(page) = store.contents.get_mut(&ids::RESTRICTED) {
        page.restrictions = [("read".to_owned(), few.clone()), ("update".to_owned(), few)].into();
    }
    if let Some(page) = store.contents.values_mut().find(|one| one.title == "Access reviews") {
        page.restrictions = [("update".to_owned(), writers)].into();
    }
}

fn seed_rest(store: &mut Confluence, today: i64) {
    seed_tasks(store, today);
    let admin = accounts::ORGANIZATION_ADMIN;
    for (who, what) in [
        (admin, format!("content/{}", ids::ARCHITECTURE)),
        (accounts::ACTIVE, format!("content/{}", ids::ARCHITECTURE)),
        (accounts::WITH_TOKENS, format!("content/{}", ids::RUNBOOKS)),
        (admin, "space/ENG".to_owned()),
        (accounts::ACTIVE, "space/DOCS".to_owned()),
        (admin, "label/security".to_owned()),
    ] {
        store.watches.insert((who.to_owned(), what));
    }
    for target in [format!("content/{}", ids::RUNBOOKS), "space/DOCS".to_owned()] {
        let key = RelationKey { name: "favourite".to_owned(), source: format!("user/{admin}"), target };
        store.relations.insert(key, (admin.to_owned(), today - 90 * DAY));
    }
    let id = store.next_id();
    let property = Property {
        id,
        key: "review".to_owned(),
        value: json!({"due": "2027-01-31", "reviewer": accounts::ACTIVE}),
        number: 1,
        message: String::new(),
        author: admin.to_owned(),
        created: today - 15 * DAY,
        updated: today - 15 * DAY,
    };
    if let Some(page) = store.contents.get_mut(&ids::ARCHITECTURE) {
        page.properties.insert(id, property);
    }
    let id = store.next_id();
    let text = "<h2>Goals</h2><p>What shall be decided?</p><h2>Decisions</h2><p></p>";
    let template = Template {
        id,
        name: "Decision record".to_owned(),
        description: "For what was decided and why.".to_owned(),
        kind: "page".to_owned(),
        space: Some("ENG".to_owned()),
        labels: vec![("global".to_owned(), "decision".to_owned())],
        body: Body::storage(text),
    };
    store.templates.insert(id, template);
}

/// The meeting notes end with what is to be done.
fn seed_tasks(store: &mut Confluence, today: i64) {
    let notes: Vec<u64> = (store.contents.values())
        .filter(|one| one.title.starts_with("Planning week") || one.title.starts_with("Retrospective"))
        .map(|one| one.id)
        .collect();
    for (place, id) in (0_i64..).zip(notes) {
        let task = |local: i64, status: &str, who: &str, text: &str| {
            format!(
                "<ac:task><ac:task-id>{local}</ac:task-id><ac:task-status>{status}</ac:task-status><ac:task-body>{text} <ac:link><ri:user \
                 ri:account-id=\"{who}\" /></ac:link></ac:task-body></ac:task>"
            )
        };
        let list = format!(
            "<ac:task-list>{}{}</ac:task-list>",
            task(1, "incomplete", accounts::ACTIVE, "Order the load test"),
            task(2, "complete", accounts::WITH_TOKENS, "Write to the customers")
        );
        let Some(last) = store.contents.get_mut(&id).and_then(|page| page.versions.last_mut()) else { continue };
        last.body.value.push_str(&list);
        let (creator, created) = (last.author.clone(), last.created);
        for todo in body::tasks(&list) {
            let number = store.next_id();
            let task = Task {
                id: number,
                local: todo.local,
                content: id,
                text: todo.text,
                complete: todo.complete,
                creator: creator.clone(),
                assignee: todo.assignee,
                completed: todo.complete.then(|| (accounts::WITH_TOKENS.to_owned(), today - 3 * DAY)),
                created,
                updated: created,
                due: (!todo.complete).then(|| today + (place + 1) * 7 * DAY),
            };
            store.tasks.insert(number, task);
        }
    }
}
