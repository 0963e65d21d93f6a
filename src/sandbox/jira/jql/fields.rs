//! What can be asked: fields by the names that queries know them by, and the operators of each kind.

use super::super::super::query::Operator;
use super::super::custom;
use super::super::store;
use super::Env;

/// What a field holds: decides its operators, values, functions and order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Project,
    Category,
    ProjectType,
    Issue,
    IssueType,
    Status,
    StatusCategory,
    Priority,
    Resolution,
    Person,
    Group,
    Text,
    /// Texts of which there are many or none: not to be asked for emptiness.
    Texts,
    /// Every text of an issue.
    AnyText,
    Label,
    /// A text that is equal or not.
    Exact,
    Component,
    Version,
    Date,
    Datetime,
    Number,
    /// A number that every issue has.
    Count,
    Duration,
    Sprint,
    Attachment,
    LinkType,
    Option,
    Cascade,
    Team,
    RequestType,
    Approvals,
    Goal,
    Filter,
    Rank,
    Property,
}

/// Where the values of a field are.
#[derive(Debug, Clone)]
pub(super) enum Source<'s> {
    System(&'static str),
    Custom(&'s store::Field),
    /// Of an issue: its key and the path inside of it.
    Property(String, Vec<String>),
}

#[derive(Debug, Clone)]
pub(super) struct Field<'s> {
    /// As the query has it.
    pub name: String,
    pub kind: Kind,
    pub source: Source<'s>,
}

/// Names of fields that every site has; the first is the usual one.
const SYSTEM: &[(&[&str], Kind)] = &[
    (&["project"], Kind::Project),
    (&["category"], Kind::Category),
    (&["projectType"], Kind::ProjectType),
    (&["issuekey", "key", "issue", "id"], Kind::Issue),
    (&["issuetype", "type", "workType"], Kind::IssueType),
    (&["status"], Kind::Status),
    (&["statusCategory"], Kind::StatusCategory),
    (&["priority"], Kind::Priority),
    (&["resolution"], Kind::Resolution),
    (&["assignee"], Kind::Person),
    (&["reporter"], Kind::Person),
    (&["creator"], Kind::Person),
    (&["watcher"], Kind::Person),
    (&["voter"], Kind::Person),
    (&["worklogAuthor"], Kind::Person),
    (&["summary"], Kind::Text),
    (&["description"], Kind::Text),
    (&["environment"], Kind::Text),
    (&["comment"], Kind::Texts),
    (&["worklogComment"], Kind::Texts),
    (&["text", "textfields"], Kind::AnyText),
    (&["labels"], Kind::Label),
    (&["component"], Kind::Component),
    (&["fixVersion"], Kind::Version),
    (&["affectedVersion"], Kind::Version),
    (&["created", "createdDate"], Kind::Datetime),
    (&["updated", "updatedDate"], Kind::Datetime),
    (&["resolved", "resolutiondate"], Kind::Datetime),
    (&["statusCategoryChangedDate"], Kind::Datetime),
    (&["lastViewed"], Kind::Datetime),
    (&["due", "duedate"], Kind::Date),
    (&["worklogDate"], Kind::Date),
    (&["parent"], Kind::Issue),
    (&["linkedIssue", "linkedIssues", "issueLink"], Kind::Issue),
    (&["issueLinkType"], Kind::LinkType),
    (&["watchers"], Kind::Count),
    (&["votes"], Kind::Count),
    (&["hierarchyLevel"], Kind::Count),
    (&["workRatio"], Kind::Number),
    (&["originalEstimate", "timeOriginalEstimate"], Kind::Duration),
    (&["remainingEstimate", "timeEstimate"], Kind::Duration),
    (&["timeSpent"], Kind::Duration),
    (&["attachments"], Kind::Attachment),
    (&["level"], Kind::Exact),
    (&["filter", "request", "savedFilter", "searchRequest"], Kind::Filter),
];

const EQUALITY: &[Operator] = &[Operator::Equals, Operator::NotEquals, Operator::In, Operator::NotIn];
const EMPTINESS: &[Operator] = &[Operator::Is, Operator::IsNot];
const RANGE: &[Operator] = &[Operator::Greater, Operator::GreaterEquals, Operator::Less, Operator::LessEquals];
const CONTENT: &[Operator] = &[Operator::Contains, Operator::NotContains];

impl Kind {
    pub fn takes(self, operator: Operator) -> bool {
        let groups: &[&[Operator]] = match self {
            Kind::Text => &[CONTENT, EMPTINESS],
            Kind::Texts => &[CONTENT],
            Kind::AnyText => &[&[Operator::Contains]],
            Kind::Priority
            | Kind::Resolution
            | Kind::Issue
            | Kind::Version
            | Kind::Date
            | Kind::Datetime
            | Kind::Number
            | Kind::Duration => &[EQUALITY, EMPTINESS, RANGE],
            Kind::Count => &[EQUALITY, RANGE],
            Kind::Property => &[EQUALITY, EMPTINESS, RANGE, CONTENT],
            Kind::Attachment => &[EMPTINESS],
            Kind::Filter => &[EQUALITY],
            Kind::Rank => &[],
            Kind::Approvals => &[&[Operator::Equals]],
            Kind::Goal => &[&[Operator::Equals, Operator::NotEquals]],
            _ => &[EQUALITY, EMPTINESS],
        };
        groups.iter().any(|group| group.contains(&operator))
    }

    pub fn orders(self) -> bool {
        !matches!(
            self,
            Kind::Texts
                | Kind::AnyText
                | Kind::Attachment
                | Kind::Filter
                | Kind::LinkType
                | Kind::Property
                | Kind::Category
                | Kind::ProjectType
                | Kind::Approvals
                | Kind::Goal
        )
    }

    /// The Java type by which the API tells what a field holds.
    pub fn java(self) -> &'static str {
        match self {
            Kind::Project | Kind::ProjectType => "com.atlassian.jira.project.Project",
            Kind::Category => "com.atlassian.jira.project.ProjectCategory",
            Kind::Issue => "com.atlassian.jira.issue.Issue",
            Kind::IssueType => "com.atlassian.jira.issue.issuetype.IssueType",
            Kind::Status => "com.atlassian.jira.issue.status.Status",
            Kind::StatusCategory => "com.atlassian.jira.issue.status.category.StatusCategory",
            Kind::Priority => "com.atlassian.jira.issue.priority.Priority",
            Kind::Resolution => "com.atlassian.jira.issue.resolution.Resolution",
            Kind::Person => "com.atlassian.jira.user.ApplicationUser",
            Kind::Group => "com.atlassian.crowd.embedded.api.Group",
            Kind::Label => "com.atlassian.jira.issue.label.Label",
            Kind::Component => "com.atlassian.jira.bc.project.component.ProjectComponent",
            Kind::Version => "com.atlassian.jira.project.version.Version",
            Kind::Date | Kind::Datetime => "java.util.Date",
            Kind::Number | Kind::Count => "java.lang.Number",
            Kind::Duration => "com.atlassian.core.util.Duration",
            Kind::Option => "com.atlassian.jira.issue.customfields.option.Option",
            Kind::Cascade => "com.atlassian.jira.issue.customfields.option.CascadeOption",
            _ => "java.lang.String",
        }
    }
}

const OPERATORS: [(Operator, &str); 19] = [
    (Operator::Equals, "="),
    (Operator::NotEquals, "!="),
    (Operator::In, "in"),
    (Operator::NotIn, "not in"),
    (Operator::Is, "is"),
    (Operator::IsNot, "is not"),
    (Operator::Greater, ">"),
    (Operator::GreaterEquals, ">="),
    (Operator::Less, "<"),
    (Operator::LessEquals, "<="),
    (Operator::Contains, "~"),
    (Operator::NotContains, "!~"),
    (Operator::Was, "was"),
    (Operator::WasNot, "was not"),
    (Operator::WasIn, "was in"),
    (Operator::WasNotIn, "was not in"),
    (Operator::Changed, "changed"),
    (Operator::StartsWith, "startswith"),
    (Operator::EndsWith, "endswith"),
];

/// As a query writes it.
pub(super) fn written(operator: Operator) -> &'static str {
    OPERATORS.iter().find(|(known, _)| *known == operator).map_or("", |(_, text)| text)
}

/// The operators of a kind, as queries write them.
pub fn operators(kind: Kind) -> Vec<&'static str> {
    OPERATORS.iter().filter(|(operator, _)| kind.takes(*operator)).map(|(_, text)| *text).collect()
}

fn kind_of(field: &store::Field) -> Kind {
    let name = field.kind.rsplit(':').next().unwrap_or_default();
    match (name, field.kind()) {
        (_, custom::Kind::EpicLink) => Kind::Issue,
        ("gh-lexo-rank", _) => Kind::Rank,
        (_, custom::Kind::RequestType) => Kind::RequestType,
        (_, custom::Kind::Approvals) => Kind::Approvals,
        (_, custom::Kind::Goal) => Kind::Goal,
        (_, custom::Kind::Text | custom::Kind::RichText) => Kind::Text,
        (_, custom::Kind::Number) => Kind::Number,
        (_, custom::Kind::Date) => Kind::Date,
        (_, custom::Kind::Datetime) => Kind::Datetime,
        (_, custom::Kind::Option | custom::Kind::Options) => Kind::Option,
        (_, custom::Kind::Cascade) => Kind::Cascade,
        (_, custom::Kind::Labels) => Kind::Label,
        (_, custom::Kind::User | custom::Kind::Users) => Kind::Person,
        (_, custom::Kind::Group | custom::Kind::Groups) => Kind::Group,
        (_, custom::Kind::Version | custom::Kind::Versions) => Kind::Version,
        (_, custom::Kind::Project) => Kind::Project,
        (_, custom::Kind::Team) => Kind::Team,
        (_, custom::Kind::Sprint) => Kind::Sprint,
        (_, custom::Kind::Url | custom::Kind::Organizations | custom::Kind::Other) => Kind::Exact,
    }
}

/// What the site calls the kind of a field, where two fields share a name: "Impact[Dropdown]".
fn type_name(field: &store::Field) -> &'static str {
    match field.kind.rsplit(':').next().unwrap_or_default() {
        "textfield" => "Short text",
        "textarea" => "Paragraph",
        "float" => "Number",
        "datepicker" => "Date",
        "datetime" => "Time stamp",
        "url" => "URL",
        "select" => "Dropdown",
        "multiselect" => "Select List (multiple choices)",
        "cascadingselect" => "Select List (cascading)",
        "multicheckboxes" => "Checkboxes",
        "radiobuttons" => "Radio Buttons",
        "labels" => "Labels",
        "userpicker" | "multiuserpicker" => "People",
        "grouppicker" | "multigrouppicker" => "Group Picker",
        "version" | "multiversion" => "Version Picker",
        "project" => "Project Picker",
        _ => "Other",
    }
}

impl<'s> Env<'s> {
    /// All fields of a name: several custom fields may share one.
    pub(super) fn fields(&self, name: &str) -> Result<Vec<Field<'s>>, String> {
        let made = |kind, source| Field { name: name.to_owned(), kind, source };
        if let Some(rest) = name.strip_prefix("issue.property[") {
            let (key, path) = rest.split_once(']').unwrap_or((rest, ""));
            let path = path.split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect();
            return Ok(vec![made(Kind::Property, Source::Property(key.to_owned(), path))]);
        }
        let system = SYSTEM.iter().find(|(names, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        if let Some((names, kind)) = system {
            return Ok(vec![made(*kind, Source::System(names.first().copied().unwrap_or_default()))]);
        }
        let called = |field: &&store::Field| {
            let with_type = || {
                let (own, kind) = name.strip_suffix(']')?.rsplit_once('[')?;
                Some(own.trim().eq_ignore_ascii_case(&field.name) && kind.eq_ignore_ascii_case(type_name(field)))
            };
            field.clause_names.iter().any(|known| known.eq_ignore_ascii_case(name))
                || field.name.eq_ignore_ascii_case(name)
                || field.id.eq_ignore_ascii_case(name)
                || with_type() == Some(true)
        };
        let custom = self.state.jira.fields.values().filter(|field| field.custom && !field.trashed).filter(called);
        let found: Vec<Field<'s>> = custom.map(|field| made(kind_of(field), Source::Custom(field))).collect();
        if found.is_empty() { Err(format!("There is no field '{name}', or it is not yours to see.")) } else { Ok(found) }
    }
}

/// A field as the editor of queries lists it.
pub struct Reference<'s> {
    pub value: String,
    pub name: String,
    pub kind: Kind,
    pub custom: Option<&'s store::Field>,
}

/// Every field that a query may name.
pub fn references(jira: &store::Jira) -> Vec<Reference<'_>> {
    let system = SYSTEM.iter().flat_map(|(names, kind)| names.iter().map(|name| (*name, *kind)));
    let mut all: Vec<Reference<'_>> =
        system.map(|(name, kind)| Reference { value: name.to_owned(), name: name.to_owned(), kind, custom: None }).collect();
    let custom: Vec<&store::Field> = jira.fields.values().filter(|field| field.custom && !field.trashed).collect();
    all.extend(custom.iter().map(|field| {
        let shared = custom.iter().filter(|other| other.name.eq_ignore_ascii_case(&field.name)).count() > 1;
        let value = if shared { format!("{}[{}]", field.name, type_name(field)) } else { field.name.clone() };
        let number = field.id.trim_start_matches("customfield_");
        Reference { name: format!("{value} - cf[{number}]"), value, kind: kind_of(field), custom: Some(field) }
    }));
    all
}

impl store::Field {
    /// Whether issues of a project can have it.
    pub fn is_in(&self, project: u64) -> bool {
        self.contexts.values().any(|context| context.projects.is_empty() || context.projects.contains(&project))
    }
}
