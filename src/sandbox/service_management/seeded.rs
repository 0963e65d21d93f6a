//! The service desk of the demo site.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Map;

use super::super::admin::Account;
use super::super::clock::DAY;
use super::super::jira::seeded::HELP;
use super::super::jira::store::Issue;
use super::super::reply::uuid;
use super::super::seed::service_desk::{ACCESS, CHANGE, DESK, GLOBEX, HELP as GET_HELP, INCIDENT, INITECH};
use super::super::seed::{accounts, confluence};
use super::super::store::State;
use super::approvals::WAITING;
use super::store::*;

const HOUR: i64 = 3_600_000;
/// Numbers of what is made later begin behind it.
const LAST: u64 = 100;

pub fn seed(state: &mut State, today: i64) {
    state.service_management.last = LAST;
    desk(state);
    request_types(state);
    organizations(state, today);
    state.service_management.knowledge = confluence::DOCUMENTATION;
    requests(state);
}

fn desk(state: &mut State) {
    let group = |id: u64, name: &str| RequestTypeGroup { id, name: name.to_owned() };
    let queue = |id: u64, name: &str, jql: &str| Queue {
        id,
        name: name.to_owned(),
        jql: jql.to_owned(),
        fields: ["issuetype", "issuekey", "summary", "created", "reporter", "status"].map(str::to_owned).into(),
    };
    let goal = |id: u64, name: &str, until: Event, duration: i64| Goal {
        id,
        name: name.to_owned(),
        until,
        duration,
        // Waiting for the customer, or for an approval.
        paused: vec![10_005, WAITING],
    };
    let desk = Desk {
        id: DESK,
        project: HELP,
        organizations: BTreeSet::from([GLOBEX, INITECH]),
        groups: vec![group(1, "General"), group(2, "Changes")],
        queues: vec![
            queue(1, "All open", "project = HELP AND resolution is EMPTY ORDER BY created DESC"),
            queue(2, "Waiting for support", "project = HELP AND status = \"Waiting for support\" ORDER BY created ASC"),
            queue(3, "Incidents", "project = HELP AND issuetype = Incident AND resolution is EMPTY ORDER BY priority DESC"),
            queue(4, "Unassigned", "project = HELP AND assignee is EMPTY AND resolution is EMPTY ORDER BY created ASC"),
        ],
        goals: vec![
            goal(1, "Time to first response", Event::Response, 4 * HOUR),
            goal(2, "Time to resolution", Event::Resolution, 2 * DAY),
        ],
    };
    state.service_management.desks.insert(DESK, desk);
}

/// Id, issue type, name, description, group, and fields: id, name in the portal, whether it must be filled in.
type Kind = (u64, u64, &'static str, &'static str, u64, &'static [(&'static str, &'static str, bool)]);

const KINDS: &[Kind] = &[
    (
        GET_HELP,
        10_006,
        "Get IT help",
        "Ask for help with a device or a program.",
        1,
        &[("summary", "What do you need?", true), ("description", "Tell us more", false), ("components", "Which device?", false)],
    ),
    (
        INCIDENT,
        10_007,
        "Report an incident",
        "Something that worked does not work any more.",
        1,
        &[
            ("summary", "What is broken?", true),
            ("description", "What did you see?", true),
            ("priority", "How urgent is it?", false),
            ("customfield_10036", "Severity", false),
        ],
    ),
    (
        ACCESS,
        10_009,
        "Request access",
        "Ask to be let into a system. Someone must approve it.",
        1,
        &[("summary", "Access to what?", true), ("description", "What for?", true), ("customfield_10033", "From which day?", false)],
    ),
    (
        CHANGE,
        10_008,
        "Plan a change",
        "Announce a change of a system. Someone must approve it.",
        2,
        &[
            ("summary", "What will change?", true),
            ("description", "Plan", true),
            ("customfield_10040", "Risk", false),
            ("duedate", "When?", false),
        ],
    ),
];

fn request_types(state: &mut State) {
    for (id, issue_type, name, description, group, fields) in KINDS {
        let field = |(id, name, required): &(&str, &str, bool)| RequestField {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            description: String::new(),
            required: *required,
        };
        let approvers = if [ACCESS, CHANGE].contains(id) { vec![accounts::ORGANIZATION_ADMIN.to_owned()] } else { Vec::new() };
        let kind = RequestType {
            id: *id,
            desk: DESK,
            issue_type: *issue_type,
            name: (*name).to_owned(),
            description: (*description).to_owned(),
            help_text: String::new(),
            groups: vec![*group],
            icon: 10_500 + id,
            fields: fields.iter().map(field).collect(),
            approvers,
            properties: Map::new(),
        };
        state.service_management.request_types.insert(*id, kind);
    }
}

fn organizations(state: &mut State, today: i64) {
    let is_customer = |account: &&Account| account.kind == "customer" && account.status() == "active";
    let customers: Vec<String> = state.accounts.iter().filter(is_customer).map(|account| account.id.clone()).collect();
    for (id, name) in [(GLOBEX, "Globex"), (INITECH, "Initech")] {
        let users = customers.iter().zip(1_u64..).filter(|(_, place)| place % 2 == id % 2).map(|(account, _)| account.clone());
        let organization = CustomerOrganization {
            id,
            uuid: uuid(0xc0de, id),
            name: name.to_owned(),
            created: today - 300 * DAY,
            users: users.collect(),
            properties: Map::new(),
        };
        state.service_management.organizations.insert(id, organization);
    }
}

/// What the issues of the desk do not tell themselves: who takes part, and what was approved.
fn requests(state: &mut State) {
    let issues: Vec<&Issue> = state.jira.issues.values().filter(|issue| issue.project == HELP).collect();
    let mut made = BTreeMap::new();
    let mut approvals = LAST;
    for issue in issues {
        let Some(kind) = state.service_management.type_of(issue) else { continue };
        let mut request = Request::default();
        if issue.number.is_multiple_of(6) {
            request.participants.insert(accounts::ORGANIZATION_ADMIN.to_owned());
        }
        if issue.number.is_multiple_of(10) {
            request.participants.insert(accounts::CUSTOMER.to_owned());
        }
        if !kind.approvers.is_empty() {
            approvals += 1;
            let mut approval = Approval::asked(approvals, &kind.approvers, issue.created);
            // Whatever moved on was approved.
            let moved = issue.history.iter().find(|change| change.items.iter().any(|item| item.field_id == "status"));
            if let Some(change) = moved {
                approval.completed = Some(change.created);
                approval.approvers.iter_mut().for_each(|(_, answer)| *answer = Some(true));
            }
            request.approvals.push(approval);
        }
        if issue.resolution.is_some() && issue.number.is_multiple_of(5) {
            request.feedback = Some(Feedback { rating: 3 + i64::try_from(issue.number % 3).unwrap_or_default(), comment: None });
        }
        made.insert(issue.id, request);
    }
    state.service_management.last = approvals;
    state.service_management.requests = made;
}
