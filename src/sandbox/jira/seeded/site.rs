//! Projects, issue types, statuses, workflows, roles, link types, filters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, json};

use super::super::super::clock::{DAY, date};
use super::super::super::reply::uuid;
use super::super::super::seed::{accounts, groups};
use super::super::store::*;
use super::{ENG, HELP, OPS, People, WEB};

pub fn seed(jira: &mut Jira, people: &People, today: i64) {
    types(jira);
    workflows(jira, today);
    for (id, name, description) in [(10_900, "Product", "What customers buy."), (10_901, "Internal", "What keeps the house running.")] {
        jira.categories.insert(id, Category { id, name: name.to_owned(), description: description.to_owned() });
    }
    for (id, name, description) in [
        (10_002, "Administrators", "Administer the project."),
        (10_003, "Developers", "Work on the project's issues."),
        (10_004, "Viewers", "Read the project's issues."),
        (10_100, "Service Desk Customers", "Raise requests."),
        (10_101, "Service Desk Team", "Answer requests."),
    ] {
        jira.roles.insert(id, Role { id, name: name.to_owned(), description: description.to_owned() });
    }
    for (id, name, inward, outward) in [
        (10_000, "Blocks", "is blocked by", "blocks"),
        (10_001, "Cloners", "is cloned by", "clones"),
        (10_002, "Duplicate", "is duplicated by", "duplicates"),
        (10_003, "Relates", "relates to", "relates to"),
    ] {
        let (name, inward, outward) = (name.to_owned(), inward.to_owned(), outward.to_owned());
        jira.link_types.insert(id, LinkType { id, name, inward, outward });
    }
    projects(jira, people, today);
}

fn types(jira: &mut Jira) {
    for (id, name, description, level) in [
        (10_001, "Epic", "A large piece of work that is broken down.", 1),
        (10_002, "Story", "What a user wants to reach.", 0),
        (10_003, "Task", "Work that needs to be done.", 0),
        (10_004, "Bug", "Something does not work as it should.", 0),
        (10_005, "Sub-task", "A part of another issue.", -1),
        (10_006, "Service request", "Somebody asks for a service.", 0),
        (10_007, "Incident", "A service is down or slow.", 0),
        (10_008, "Change", "A planned change of a system.", 0),
        (10_009, "Service request with approvals", "Somebody asks for a service that must be approved.", 0),
    ] {
        jira.issue_types.insert(id, IssueType { id, name: name.to_owned(), description: description.to_owned(), level, project: None });
    }
    for (id, name, category) in [
        (10_000, "To Do", "new"),
        (10_001, "In Progress", "indeterminate"),
        (10_002, "In Review", "indeterminate"),
        (10_003, "Done", "done"),
        (10_004, "Waiting for support", "indeterminate"),
        (10_005, "Waiting for customer", "indeterminate"),
        (10_006, "Resolved", "done"),
        (10_007, "Waiting for approval", "indeterminate"),
    ] {
        jira.statuses
            .insert(id, Status { id, name: name.to_owned(), description: String::new(), category: category.to_owned(), project: None });
    }
    for (id, name, description, color) in [
        (1, "Highest", "Blocks everything.", "#d04437"),
        (2, "High", "Should be done soon.", "#f15c75"),
        (3, "Medium", "The usual.", "#f79232"),
        (4, "Low", "Can wait.", "#707070"),
        (5, "Lowest", "When nothing else is to do.", "#999999"),
    ] {
        jira.priorities.insert(id, Priority { id, name: name.to_owned(), description: description.to_owned(), color: color.to_owned() });
    }
    for (id, name, description) in [
        (10_000, "Done", "The work is finished."),
        (10_001, "Won't Do", "It will not be worked on."),
        (10_002, "Duplicate", "Another issue says the same."),
        (10_003, "Cannot Reproduce", "It could not be made to happen again."),
    ] {
        jira.resolutions.insert(id, Resolution { id, name: name.to_owned(), description: description.to_owned() });
    }
}

/// A transition: id, name, from where, to where, what it does to the resolution.
type Step = (u64, &'static str, &'static [u64], u64, Option<u64>);

/// From everywhere, with the resolution that goes with "done" and goes away with everything else.
const SOFTWARE: &[Step] = &[
    (11, "To Do", &[], 10_000, Some(0)),
    (21, "In Progress", &[], 10_001, Some(0)),
    (31, "In Review", &[], 10_002, Some(0)),
    (41, "Done", &[], 10_003, Some(10_000)),
];
const BUSINESS: &[Step] =
    &[(11, "Start", &[10_000], 10_001, None), (21, "Finish", &[10_001], 10_003, Some(10_000)), (31, "Reopen", &[10_003], 10_000, Some(0))];
const DESK: &[Step] = &[
    (11, "Ask the customer", &[10_004, 10_001], 10_005, None),
    (21, "Answer", &[10_005], 10_004, None),
    (31, "Work on it", &[10_004], 10_001, None),
    (41, "Resolve", &[10_004, 10_005, 10_001], 10_006, Some(10_000)),
    (51, "Reopen", &[10_006], 10_004, Some(0)),
];
const APPROVAL: &[Step] = &[
    (11, "Approve", &[10_007], 10_004, None),
    (21, "Decline", &[10_007], 10_006, Some(10_001)),
    (31, "Ask the customer", &[10_004], 10_005, None),
    (41, "Answer", &[10_005], 10_004, None),
    (51, "Resolve", &[10_004, 10_005], 10_006, Some(10_000)),
    (61, "Reopen", &[10_006], 10_004, Some(0)),
];

/// The workflow of this place in the list of the site's workflows.
fn workflow_id(number: u64) -> String {
    uuid(41, number)
}

fn workflows(jira: &mut Jira, today: i64) {
    let workflows: [(&str, u64, &[Step]); 4] = [
        ("Software workflow", 10_000, SOFTWARE),
        ("Business workflow", 10_000, BUSINESS),
        ("Service desk workflow", 10_004, DESK),
        ("Approval workflow", 10_007, APPROVAL),
    ];
    for (number, (name, initial, steps)) in (1..).zip(workflows) {
        let statuses: BTreeSet<u64> =
            steps.iter().flat_map(|(_, _, from, to, _)| from.iter().chain([to])).copied().chain([initial]).collect();
        let transitions = steps.iter().map(|(id, name, from, to, resolution)| Transition {
            id: *id,
            name: (*name).to_owned(),
            from: from.to_vec(),
            to: *to,
            resolution: *resolution,
            // Who ends work says how.
            ports: BTreeMap::new(),
            has_screen: matches!(*name, "Finish" | "Resolve"),
        });
        let workflow = Workflow {
            id: workflow_id(number),
            name: name.to_owned(),
            description: String::new(),
            version: 1,
            statuses: statuses.into_iter().collect(),
            initial,
            transitions: transitions.collect(),
            created: today - 900 * DAY,
            updated: today - 400 * DAY,
            more: Map::new(),
        };
        jira.workflows.insert(workflow.id.clone(), workflow);
    }
}

/// A group as an actor of a role.
fn group(id: &str) -> String {
    format!("group:{id}")
}

fn projects(jira: &mut Jira, people: &People, today: i64) {
    let admin = accounts::ORGANIZATION_ADMIN.to_owned();
    let lead = |people: &[String]| people.first().cloned().unwrap_or_default();
    let make = |id: u64, key: &str, name: &str, kind: &str, style: &str, lead: String, category: u64, issue_types: &[u64]| Project {
        id,
        key: key.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        description: format!("Work of the team {name}."),
        actors: BTreeMap::from([
            (10_002, BTreeSet::from([admin.clone(), lead.clone()])),
            (10_004, BTreeSet::from([group(groups::JIRA_USERS)])),
        ]),
        lead,
        url: String::new(),
        assignee_type: "UNASSIGNED".to_owned(),
        style: style.to_owned(),
        category: Some(category),
        issue_types: issue_types.to_vec(),
        workflows: BTreeMap::new(),
        components: BTreeMap::new(),
        versions: BTreeMap::new(),
        properties: Map::new(),
        last_number: 0,
        archived: None,
        deleted: None,
        created: today - 800 * DAY,
        updated: today - 30 * DAY,
    };
    let everything = [10_001, 10_002, 10_003, 10_004, 10_005];

    let mut eng = make(ENG, "ENG", "Engineering", "software", "classic", lead(&people.engineers), 10_900, &everything);
    eng.workflows = BTreeMap::from([(0, workflow_id(1))]);
    eng.actors.insert(10_003, BTreeSet::from([group(groups::ENGINEERING)]));
    for (place, (id, name, description)) in [
        (10_200, "Backend", "Services and data."),
        (10_201, "Frontend", "What is seen in the browser."),
        (10_202, "Payments", "Money in and out."),
        (10_203, "Search", "Finding things."),
    ]
    .into_iter()
    .enumerate()
    {
        eng.components.insert(id, component(id, name, description, people.engineers.get(place).cloned()));
    }
    for (id, name, released, archived, start, release) in [
        (10_300, "0.9", true, true, -300, -200),
        (10_301, "1.0", true, false, -200, -120),
        (10_302, "1.1", true, false, -120, -40),
        (10_303, "2.0", false, false, -40, 20),
        (10_304, "2.1", false, false, 20, 80),
    ] {
        eng.versions.insert(id, version(id, name, released, archived, today + start * DAY, today + release * DAY));
    }

    let mut web = make(WEB, "WEB", "Website", "software", "next-gen", lead(&people.designers), 10_900, &everything);
    web.workflows = BTreeMap::from([(0, workflow_id(1))]);
    web.versions.insert(10_310, version(10_310, "Spring look", true, false, today - 200 * DAY, today - 90 * DAY));
    web.versions.insert(10_311, version(10_311, "Autumn look", false, false, today - 90 * DAY, today + 45 * DAY));

    let mut ops = make(OPS, "OPS", "Operations", "business", "classic", lead(&people.office), 10_901, &[10_003, 10_005]);
    ops.workflows = BTreeMap::from([(0, workflow_id(2))]);
    for (id, name, description) in [(10_220, "Facilities", "Rooms and things."), (10_221, "Procurement", "Buying.")] {
        ops.components.insert(id, component(id, name, description, None));
    }

    let mut help =
        make(HELP, "HELP", "IT Help", "service_desk", "classic", lead(&people.agents), 10_901, &[10_006, 10_007, 10_008, 10_009, 10_005]);
    help.workflows = BTreeMap::from([(0, workflow_id(3)), (10_008, workflow_id(4)), (10_009, workflow_id(4))]);
    help.actors.insert(10_100, people.customers.iter().cloned().collect());
    help.actors.insert(10_101, people.agents.iter().cloned().collect());
    for (id, name, description) in [(10_230, "Hardware", "Devices."), (10_231, "Accounts", "Who may do what.")] {
        help.components.insert(id, component(id, name, description, people.agents.get(1).cloned()));
    }
    jira.projects = [eng, web, ops, help].into_iter().map(|project| (project.id, project)).collect();
}

fn component(id: u64, name: &str, description: &str, lead: Option<String>) -> Component {
    let assignee_type = if lead.is_some() { "COMPONENT_LEAD" } else { "PROJECT_DEFAULT" };
    Component { id, name: name.to_owned(), description: description.to_owned(), lead, assignee_type: assignee_type.to_owned() }
}

fn version(id: u64, name: &str, released: bool, archived: bool, start: i64, release: i64) -> Version {
    Version {
        id,
        name: name.to_owned(),
        description: String::new(),
        released,
        archived,
        start_date: Some(date(start)),
        release_date: Some(date(release)),
    }
}

pub fn filters(jira: &mut Jira, people: &People) {
    let admin = accounts::ORGANIZATION_ADMIN;
    let other = people.engineers.first().map_or(admin, String::as_str);
    let project = |id: u64| json!({"id": 10_510 + id % 10, "type": "project", "projectId": id.to_string()});
    for (id, name, jql, owner, favourite, shared) in [
        (10_700, "My open issues", "assignee = currentUser() AND resolution = EMPTY ORDER BY priority DESC", admin, true, vec![]),
        (10_701, "Open bugs", "project = ENG AND issuetype = Bug AND statusCategory != Done", admin, true, vec![project(ENG)]),
        (10_702, "Sprint leftovers", "project = ENG AND sprint in closedSprints() AND statusCategory != Done", admin, false, vec![]),
        (
            10_703,
            "Overdue",
            "due < startOfDay() AND statusCategory != Done ORDER BY due",
            other,
            true,
            vec![json!({"id": 10_520, "type": "authenticated"})],
        ),
        (10_704, "Web board", "project = WEB ORDER BY Rank ASC", other, false, vec![project(WEB)]),
        (10_705, "Vera's notes", "project = OPS AND text ~ invoice", other, false, vec![]),
    ] {
        jira.filters.insert(
            id,
            Filter {
                id,
                name: name.to_owned(),
                description: String::new(),
                jql: jql.to_owned(),
                owner: owner.to_owned(),
                favourite,
                share_permissions: shared,
                edit_permissions: Vec::new(),
                columns: Vec::new(),
            },
        );
    }
}
