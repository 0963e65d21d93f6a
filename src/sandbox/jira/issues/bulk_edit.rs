//! The body of a bulk edit: values grouped by kind of field, each kind with a shape of its own.

use serde_json::{Value, json};

/// Field, operation, value.
pub type Change = (String, &'static str, Value);

/// Groups whose entries name their field: with the place of the value, and the key it has in an update.
const GROUPS: &[(&str, &str, &str)] = &[
    ("clearableNumberFields", "/value", ""),
    ("datePickerFields", "/date/formattedDate", ""),
    ("dateTimePickerFields", "/dateTime/formattedDateTime", ""),
    ("multipleGroupPickerFields", "/groups", "groupName name"),
    ("multipleSelectClearableUserPickerFields", "/users", "accountId accountId"),
    ("multipleSelectFields", "/options", "optionId id"),
    ("richTextFields", "/richText/adfValue", ""),
    ("singleGroupPickerFields", "/group", "groupName name"),
    ("singleLineTextFields", "/text", ""),
    ("singleSelectClearableUserPickerFields", "/user", "accountId accountId"),
    ("singleSelectFields", "/option", "optionId id"),
    ("singleVersionPickerFields", "/version", "versionId id"),
    ("urlFields", "/url", ""),
];

/// Groups of lists, which say how they change what is there.
const LISTS: &[(&str, &str, &str)] = &[
    ("labelsFields", "/labels", "name"),
    ("multipleVersionPickerFields", "/versions", "versionId id"),
    ("multiselectComponents", "/components", "componentId id"),
];

/// Fields of which there is one: the field, the place of its value, the key it has in an update.
const SINGLE: &[(&str, &str, &str, &str)] = &[
    ("issueType", "/issueTypeId", "issuetype", "id"),
    ("priority", "/priorityId", "priority", "id"),
    ("originalEstimateField", "/originalEstimateField", "timetracking", "originalEstimate"),
    ("timeTrackingField", "/timeRemaining", "timetracking", "remainingEstimate"),
    ("status", "/statusId", "status", ""),
];

/// One value as an update has it; nothing, and the id -1, clear.
fn renamed(value: &Value, keys: &str) -> Value {
    let clears = |value: &Value| matches!(value.as_str(), Some("" | "-1")) || value.as_i64() == Some(-1) || value.is_null();
    match (keys.split_once(' '), value) {
        (_, Value::Array(values)) => values.iter().map(|value| renamed(value, keys)).collect(),
        (None, value) if keys.is_empty() => {
            if clears(value) {
                Value::Null
            } else {
                value.clone()
            }
        }
        (None, value) => value.get(keys).cloned().unwrap_or_default(),
        (Some((from, to)), value) => match value.get(from) {
            Some(id) if !clears(id) => json!({to: if id.is_number() { json!(id.to_string()) } else { id.clone() }}),
            _ => Value::Null,
        },
    }
}

pub fn inputs(input: &Value) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let list = |group: &str| match input.get(group) {
        Some(Value::Array(entries)) => entries.clone(),
        Some(one) if one.is_object() => vec![one.clone()],
        _ => Vec::new(),
    };
    let field = |entry: &Value| entry.get("fieldId").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (group, place, keys) in GROUPS {
        for entry in list(group) {
            changes.push((field(&entry), "set", renamed(entry.pointer(place).unwrap_or(&Value::Null), keys)));
        }
    }
    for entry in list("cascadingSelectFields") {
        let mut value = renamed(entry.get("parentOptionValue").unwrap_or(&Value::Null), "optionId id");
        let child = renamed(entry.get("childOptionValue").unwrap_or(&Value::Null), "optionId id");
        if let (Some(object), true) = (value.as_object_mut(), child.is_object()) {
            object.insert("child".to_owned(), child);
        }
        changes.push((field(&entry), "set", value));
    }
    for (group, place, keys) in LISTS {
        for entry in list(group) {
            let values = renamed(entry.pointer(place).unwrap_or(&Value::Null), keys);
            let each = values.as_array().cloned().unwrap_or_default();
            match entry.get("bulkEditMultiSelectFieldOption").and_then(Value::as_str) {
                Some("ADD") => changes.extend(each.into_iter().map(|value| (field(&entry), "add", value))),
                Some("REMOVE") => changes.extend(each.into_iter().map(|value| (field(&entry), "remove", value))),
                Some("REMOVE_ALL") => changes.push((field(&entry), "set", json!([]))),
                _ => changes.push((field(&entry), "set", values)),
            }
        }
    }
    for (group, place, name, key) in SINGLE {
        for entry in list(group) {
            let value = entry.pointer(place).cloned().unwrap_or_default();
            changes.push(((*name).to_owned(), "set", if key.is_empty() { value } else { json!({*key: value}) }));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_becomes_an_operation() {
        let input = json!({
            "labelsFields": [{"fieldId": "labels", "bulkEditMultiSelectFieldOption": "ADD", "labels": [{"name": "a"}, {"name": "b"}]}],
            "priority": {"priorityId": "2"},
            "singleSelectFields": [{"fieldId": "customfield_1", "option": {"optionId": 7}}, {"fieldId": "customfield_2", "option": {"optionId": -1}}],
            "cascadingSelectFields": [{"fieldId": "customfield_3", "parentOptionValue": {"optionId": 1}, "childOptionValue": {"optionId": 2}}],
        });
        let told: Vec<(String, &str, Value)> = inputs(&input);
        let expected = [
            ("customfield_1", "set", json!({"id": "7"})),
            ("customfield_2", "set", Value::Null),
            ("customfield_3", "set", json!({"id": "1", "child": {"id": "2"}})),
            ("labels", "add", json!("a")),
            ("labels", "add", json!("b")),
            ("priority", "set", json!({"id": "2"})),
        ];
        assert_eq!(told, expected.map(|(field, verb, value)| (field.to_owned(), verb, value)));
    }
}
