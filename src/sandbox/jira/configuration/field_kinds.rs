//! The kinds of custom fields that a site knows: what their values are, and how they are searched.

/// What stands in front of the names of kinds and searchers.
pub const PREFIX: &str = "com.atlassian.jira.plugin.system.customfieldtypes:";

#[derive(Debug, Clone, Copy)]
pub struct Kind {
    name: &'static str,
    display: &'static str,
    /// Type of a value, and of its items where it is a list.
    pub of: &'static str,
    pub items: &'static str,
    pub searcher: &'static str,
}

const fn kind(name: &'static str, display: &'static str, of: &'static str, items: &'static str, searcher: &'static str) -> Kind {
    Kind { name, display, of, items, searcher }
}

const KINDS: &[Kind] = &[
    kind("cascadingselect", "Select List (cascading)", "option-with-child", "", "cascadingselectsearcher"),
    kind("datepicker", "Date Picker", "date", "", "daterange"),
    kind("datetime", "Date Time Picker", "datetime", "", "datetimerange"),
    kind("float", "Number Field", "number", "", "exactnumber"),
    kind("grouppicker", "Group Picker (single group)", "group", "", "grouppickersearcher"),
    kind("importid", "Import Id", "number", "", "exactnumber"),
    kind("labels", "Labels", "array", "string", "labelsearcher"),
    kind("multicheckboxes", "Checkboxes", "array", "option", "multiselectsearcher"),
    kind("multigrouppicker", "Group Picker (multiple groups)", "array", "group", "grouppickersearcher"),
    kind("multiselect", "Select List (multiple choices)", "array", "option", "multiselectsearcher"),
    kind("multiuserpicker", "User Picker (multiple users)", "array", "user", "userpickergroupsearcher"),
    kind("multiversion", "Version Picker (multiple versions)", "array", "version", "versionsearcher"),
    kind("people", "People", "array", "user", "userpickergroupsearcher"),
    kind("project", "Project Picker (single project)", "project", "", "projectsearcher"),
    kind("radiobuttons", "Radio Buttons", "option", "", "multiselectsearcher"),
    kind("readonlyfield", "Text Field (read only)", "string", "", "textsearcher"),
    kind("select", "Select List (single choice)", "option", "", "multiselectsearcher"),
    kind("textarea", "Paragraph (supports rich text)", "string", "", "textsearcher"),
    kind("textfield", "Short text (plain text only)", "string", "", "textsearcher"),
    kind("url", "URL Field", "string", "", "exacttextsearcher"),
    kind("userpicker", "User Picker (single user)", "user", "", "userpickergroupsearcher"),
    kind("version", "Version Picker (single version)", "version", "", "versionsearcher"),
];

/// The kind behind "com.atlassian.jira.plugin.system.customfieldtypes:select".
pub fn of(key: &str) -> Option<&'static Kind> {
    let name = key.strip_prefix(PREFIX)?;
    KINDS.iter().find(|kind| kind.name == name)
}

pub fn display_name(key: &str) -> &str {
    of(key).map_or_else(|| key.rsplit(':').next().unwrap_or(key), |kind| kind.display)
}

/// Its values are chosen from options.
pub fn has_options(key: &str) -> bool {
    let name = key.rsplit(':').next().unwrap_or(key);
    matches!(name, "select" | "multiselect" | "radiobuttons" | "multicheckboxes" | "cascadingselect")
}

/// What kind of default value a field has: "option.single", "float".
pub fn default_type(key: &str) -> &'static str {
    match key.rsplit(':').next().unwrap_or(key) {
        "cascadingselect" => "option.cascading",
        "multiselect" | "multicheckboxes" => "option.multiple",
        "select" | "radiobuttons" => "option.single",
        "userpicker" => "single.user.select",
        "multiuserpicker" | "people" => "multi.user.select",
        "grouppicker" => "grouppicker.single",
        "multigrouppicker" => "grouppicker.multiple",
        "datepicker" => "datepicker",
        "datetime" => "datetimepicker",
        "url" => "url",
        "project" => "project",
        "float" => "float",
        "labels" => "labels",
        "textarea" => "textarea",
        "readonlyfield" => "readonly",
        "version" => "version.single",
        "multiversion" => "version.multiple",
        _ => "textfield",
    }
}

/// Fields of the system that a screen can show for editing.
pub fn is_editable(id: &str) -> bool {
    const EDITABLE: &[&str] = &[
        "summary",
        "issuetype",
        "project",
        "priority",
        "resolution",
        "assignee",
        "reporter",
        "description",
        "environment",
        "labels",
        "components",
        "fixVersions",
        "versions",
        "parent",
        "issuelinks",
        "duedate",
        "timetracking",
        "comment",
        "worklog",
        "attachment",
        "security",
    ];
    EDITABLE.contains(&id)
}
