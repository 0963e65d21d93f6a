//! Fields with their contexts and options, and the screen that shows them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::store::*;
use super::{ENG, HELP, OPS, WEB};

/// Id, name, type, type of the items, names in JQL.
type System = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const SYSTEM: &[System] = &[
    ("summary", "Summary", "string", "", &["summary"]),
    ("issuetype", "Issue Type", "issuetype", "", &["issuetype", "type"]),
    ("project", "Project", "project", "", &["project"]),
    ("status", "Status", "status", "", &["status"]),
    ("statusCategory", "Status Category", "statusCategory", "", &["statusCategory"]),
    ("statuscategorychangedate", "Status Category Changed", "datetime", "", &["statusCategoryChangedDate"]),
    ("priority", "Priority", "priority", "", &["priority"]),
    ("resolution", "Resolution", "resolution", "", &["resolution"]),
    ("resolutiondate", "Resolved", "datetime", "", &["resolutiondate", "resolved"]),
    ("assignee", "Assignee", "user", "", &["assignee"]),
    ("reporter", "Reporter", "user", "", &["reporter"]),
    ("creator", "Creator", "user", "", &["creator"]),
    ("description", "Description", "string", "", &["description"]),
    ("environment", "Environment", "string", "", &["environment"]),
    ("labels", "Labels", "array", "string", &["labels"]),
    ("components", "Components", "array", "component", &["component"]),
    ("fixVersions", "Fix versions", "array", "version", &["fixVersion"]),
    ("versions", "Affects versions", "array", "version", &["affectedVersion"]),
    ("parent", "Parent", "issuelink", "", &["parent"]),
    ("subtasks", "Sub-tasks", "array", "issuelinks", &["subtasks"]),
    ("issuelinks", "Linked Issues", "array", "issuelinks", &["issueLink"]),
    ("issuekey", "Key", "", "", &["id", "issue", "issuekey", "key"]),
    ("created", "Created", "datetime", "", &["created", "createdDate"]),
    ("updated", "Updated", "datetime", "", &["updated", "updatedDate"]),
    ("duedate", "Due date", "date", "", &["due", "duedate"]),
    ("timeoriginalestimate", "Original estimate", "number", "", &["originalEstimate", "timeoriginalestimate"]),
    ("timeestimate", "Remaining Estimate", "number", "", &["remainingEstimate", "timeestimate"]),
    ("timespent", "Time Spent", "number", "", &["timespent"]),
    ("aggregatetimeoriginalestimate", "Σ Original Estimate", "number", "", &[]),
    ("aggregatetimeestimate", "Σ Remaining Estimate", "number", "", &[]),
    ("aggregatetimespent", "Σ Time Spent", "number", "", &[]),
    ("timetracking", "Time tracking", "timetracking", "", &[]),
    ("workratio", "Work Ratio", "number", "", &["workratio"]),
    ("progress", "Progress", "progress", "", &["progress"]),
    ("aggregateprogress", "Σ Progress", "progress", "", &[]),
    ("watches", "Watchers", "watches", "", &["watchers"]),
    ("votes", "Votes", "votes", "", &["votes"]),
    ("comment", "Comment", "comments-page", "", &["comment"]),
    ("worklog", "Log Work", "array", "worklog", &[]),
    ("attachment", "Attachment", "array", "attachment", &["attachments"]),
    ("lastViewed", "Last Viewed", "datetime", "", &["lastViewed"]),
    ("thumbnail", "Images", "", "", &[]),
];

const PLAIN: &str = "com.atlassian.jira.plugin.system.customfieldtypes:";
const SOFTWARE: &str = "com.pyxis.greenhopper.jira:";
const DESK: &str = "com.atlassian.servicedesk:";

/// Number, name, type, type of the items, app that brings the kind, kind, projects (none: all), options.
struct Custom {
    number: u64,
    name: &'static str,
    kind: (&'static str, &'static str),
    of: &'static str,
    items: &'static str,
    projects: &'static [u64],
    options: &'static [&'static str],
}

const fn custom(number: u64, name: &'static str, kind: (&'static str, &'static str), of: &'static str, items: &'static str) -> Custom {
    Custom { number, name, kind, of, items, projects: &[], options: &[] }
}

const CUSTOM: &[Custom] = &[
    Custom { projects: &[ENG, WEB], ..custom(10_011, "Epic Name", (SOFTWARE, "gh-epic-label"), "string", "") },
    Custom { projects: &[ENG, WEB], ..custom(10_014, "Epic Link", (SOFTWARE, "gh-epic-link"), "any", "") },
    Custom { projects: &[ENG, WEB], ..custom(10_016, "Story Points", (PLAIN, "float"), "number", "") },
    custom(10_019, "Rank", (SOFTWARE, "gh-lexo-rank"), "any", ""),
    custom(10_020, "Sprint", (SOFTWARE, "gh-sprint"), "array", "json"),
    Custom { projects: &[HELP], ..custom(10_010, "Request Type", (DESK, "vp-origin"), "sd-customerrequesttype", "") },
    Custom {
        projects: &[HELP],
        ..custom(10_002, "Organizations", (DESK, "sd-customer-organizations"), "array", "sd-customerorganization")
    },
    Custom { projects: &[HELP], ..custom(10_003, "Approvals", (DESK, "sd-approvals"), "sd-approvals", "") },
    Custom { projects: &[HELP], ..custom(10_060, "Time to first response", (DESK, "sd-sla-field"), "sd-servicelevelagreement", "") },
    Custom { projects: &[HELP], ..custom(10_061, "Time to resolution", (DESK, "sd-sla-field"), "sd-servicelevelagreement", "") },
    custom(10_001, "Team", ("com.atlassian.jira.plugin.system.customfieldtypes:", "atlassian-team"), "team", ""),
    custom(10_030, "Customer", (PLAIN, "textfield"), "string", ""),
    custom(10_031, "Notes", (PLAIN, "textarea"), "string", ""),
    custom(10_032, "Budget", (PLAIN, "float"), "number", ""),
    custom(10_033, "Go-live", (PLAIN, "datepicker"), "date", ""),
    custom(10_034, "Started at", (PLAIN, "datetime"), "datetime", ""),
    custom(10_035, "Homepage", (PLAIN, "url"), "string", ""),
    Custom { options: &["Minor", "Major", "Critical"], ..custom(10_036, "Severity", (PLAIN, "select"), "option", "") },
    Custom { options: &["Linux", "Windows", "macOS", "Android"], ..custom(10_037, "Platforms", (PLAIN, "multiselect"), "array", "option") },
    Custom {
        options: &["Europe", "Europe/Germany", "Europe/France", "America", "America/Canada", "America/Brazil"],
        ..custom(10_038, "Region", (PLAIN, "cascadingselect"), "option-with-child", "")
    },
    Custom { options: &["Legal", "Security", "Data"], ..custom(10_039, "Checks", (PLAIN, "multicheckboxes"), "array", "option") },
    Custom { options: &["Small", "Moderate", "Great"], ..custom(10_040, "Risk", (PLAIN, "radiobuttons"), "option", "") },
    custom(10_041, "Tags", (PLAIN, "labels"), "array", "string"),
    custom(10_042, "Reviewer", (PLAIN, "userpicker"), "user", ""),
    custom(10_043, "Stakeholders", (PLAIN, "multiuserpicker"), "array", "user"),
    custom(10_044, "Owning group", (PLAIN, "grouppicker"), "group", ""),
    custom(10_045, "Audience groups", (PLAIN, "multigrouppicker"), "array", "group"),
    custom(10_046, "Found in", (PLAIN, "version"), "version", ""),
    custom(10_047, "Seen in versions", (PLAIN, "multiversion"), "array", "version"),
    custom(10_048, "Related project", (PLAIN, "project"), "project", ""),
    Custom { projects: &[ENG, OPS], options: &["Low", "High"], ..custom(10_050, "Impact", (PLAIN, "select"), "option", "") },
    custom(10_051, "Impact", (PLAIN, "textfield"), "string", ""),
];

/// Fields that software projects of a company have.
pub const OF_SOFTWARE: [&str; 3] = ["customfield_10011", "customfield_10014", "customfield_10016"];

/// The option's id: options of a field are numbered behind it.
pub fn option_id(field: u64, place: u64) -> u64 {
    (field - 10_000) * 10 + 12_000 + place
}

/// A context's id.
fn context_id(field: u64) -> u64 {
    field + 400
}

pub fn seed(jira: &mut Jira) {
    for (id, name, of, items, clauses) in SYSTEM {
        let mut schema = json!({"type": of, "system": id});
        if let (Some(map), false) = (schema.as_object_mut(), items.is_empty()) {
            map.insert("items".to_owned(), json!(items));
        }
        let field = Field {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            description: String::new(),
            custom: false,
            clause_names: clauses.iter().map(|name| (*name).to_owned()).collect(),
            schema: if of.is_empty() { Value::Null } else { schema },
            kind: String::new(),
            searcher: String::new(),
            contexts: BTreeMap::new(),
            trashed: false,
        };
        jira.fields.insert(field.id.clone(), field);
    }
    for made in CUSTOM {
        let field = made.field();
        jira.fields.insert(field.id.clone(), field);
    }
    screen(jira);
}

impl Custom {
    fn field(&self) -> Field {
        let (app, kind) = self.kind;
        let kind = format!("{app}{kind}");
        let mut schema = json!({"type": self.of, "custom": kind, "customId": self.number});
        if let (Some(map), false) = (schema.as_object_mut(), self.items.is_empty()) {
            map.insert("items".to_owned(), json!(self.items));
        }
        let context = Context {
            id: context_id(self.number),
            name: format!("Default configuration for {}", self.name),
            description: String::new(),
            projects: self.projects.to_vec(),
            issue_types: Vec::new(),
            options: self.options(),
        };
        Field {
            id: format!("customfield_{}", self.number),
            name: self.name.to_owned(),
            description: String::new(),
            custom: true,
            clause_names: vec![format!("cf[{}]", self.number), self.name.to_owned()],
            schema,
            searcher: searcher(self.kind.1),
            kind,
            contexts: BTreeMap::from([(context.id, context)]),
            trashed: false,
        }
    }

    /// "Europe/Germany" stands below "Europe".
    fn options(&self) -> Vec<CustomOption> {
        let place_of = |value: &str| (1..).zip(self.options).find(|(_, option)| **option == value).map(|(place, _)| place);
        let made = (1..).zip(self.options).map(|(place, option)| {
            let (parent, value) = option.split_once('/').map_or((None, *option), |(parent, value)| (place_of(parent), value));
            CustomOption {
                id: option_id(self.number, place),
                value: value.to_owned(),
                disabled: false,
                parent: parent.map(|place| option_id(self.number, place)),
            }
        });
        made.collect()
    }
}

fn searcher(kind: &str) -> String {
    let name = match kind {
        "float" => "exactnumber",
        "datepicker" => "daterange",
        "datetime" => "datetimerange",
        "url" => "exacttextsearcher",
        "select" | "multiselect" | "multicheckboxes" | "radiobuttons" => "multiselectsearcher",
        "cascadingselect" => "cascadingselectsearcher",
        "labels" => "labelsearcher",
        "userpicker" | "multiuserpicker" => "userpickergroupsearcher",
        "grouppicker" | "multigrouppicker" => "grouppickersearcher",
        "version" | "multiversion" => "versionsearcher",
        "project" => "projectsearcher",
        _ => "textsearcher",
    };
    format!("{PLAIN}{name}")
}

fn screen(jira: &mut Jira) {
    const ORDINARY: [&str; 13] = [
        "summary",
        "issuetype",
        "description",
        "priority",
        "assignee",
        "reporter",
        "labels",
        "components",
        "fixVersions",
        "versions",
        "environment",
        "duedate",
        "timetracking",
    ];
    let custom = jira.fields.keys().filter(|id| id.starts_with("customfield_")).cloned();
    let fields =
        ORDINARY.into_iter().map(str::to_owned).chain(["attachment", "issuelinks", "parent"].map(str::to_owned)).chain(custom).collect();
    let tab = Tab { id: 1, name: "Field Tab".to_owned(), fields };
    let screen =
        Screen { id: 1, name: "Default Screen".to_owned(), description: "Shows every ordinary field.".to_owned(), tabs: vec![tab] };
    jira.screens.insert(screen.id, screen);
}
