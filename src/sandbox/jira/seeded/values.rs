//! Values of custom fields: of every kind, each on some issues.

use serde_json::{Value, json};

use super::super::super::clock::{date, offset};
use super::super::super::seed::groups;
use super::super::store::Issue;
use super::fields::option_id;
use super::issues::{APPROVED, BUG, CHANGE, SUBTASK, document};
use super::{ENG, HELP, OPS, WEB, chosen, draw};

const CUSTOMERS: &[&str] = &["Globex", "Initech", "Umbrella Foods", "Stark Tools"];

/// The option of a field at this place in its list, from 1.
fn option(field: u64, place: u64, value: &str) -> Value {
    json!({"id": option_id(field, place).to_string(), "value": value})
}

pub fn set(issue: &mut Issue, people: &[String]) {
    let (id, number, project, issue_type) = (issue.id, issue.number, issue.project, issue.issue_type);
    let created = issue.created;
    let user = |purpose: u64| json!({"accountId": chosen(people, id, purpose).cloned().unwrap_or_default()});
    let mut put = |field: u64, wanted: bool, value: &dyn Fn() -> Value| {
        if wanted {
            issue.custom.insert(format!("customfield_{field}"), value());
        }
    };
    let software = project == ENG || project == WEB;
    let place = |purpose: u64, most: u64| 1 + draw(id, purpose, most);
    let of = |values: &[&'static str], place: u64| {
        usize::try_from(place - 1).ok().and_then(|place| values.get(place).copied()).unwrap_or_default()
    };
    put(10_030, number.is_multiple_of(10), &|| json!(chosen(CUSTOMERS, id, 100)));
    put(10_031, number.is_multiple_of(25), &|| document("Talk to the customer before the release."));
    put(10_032, project == OPS && number.is_multiple_of(2), &|| json!((place(101, 40) * 250) as f64));
    put(10_033, issue_type == 10_001 || number.is_multiple_of(30), &|| json!(date(created + 90 * 86_400_000)));
    put(10_034, number % 15 == 5, &|| json!(offset(created + 7_200_000)));
    put(10_035, project == WEB && number.is_multiple_of(8), &|| json!(format!("https://www.acme.example/page/{number}")));
    put(10_036, issue_type == BUG, &|| option(10_036, place(102, 3), of(&["Minor", "Major", "Critical"], place(102, 3))));
    put(10_037, project == ENG && number.is_multiple_of(6), &|| {
        let first = place(103, 3);
        let names = ["Linux", "Windows", "macOS", "Android"];
        json!([option(10_037, first, of(&names, first)), option(10_037, first + 1, of(&names, first + 1))])
    });
    put(10_038, (project == OPS || project == HELP) && number.is_multiple_of(3), &|| match draw(id, 104, 3) {
        0 => option(10_038, 1, "Europe"),
        1 => json!({"id": option_id(10_038, 1).to_string(), "value": "Europe", "child": option(10_038, 2, "Germany")}),
        _ => json!({"id": option_id(10_038, 4).to_string(), "value": "America", "child": option(10_038, 5, "Canada")}),
    });
    put(10_039, project == OPS && number.is_multiple_of(4), &|| json!([option(10_039, 1, "Legal"), option(10_039, 3, "Data")]));
    put(10_040, issue_type == CHANGE, &|| option(10_040, place(105, 3), of(&["Small", "Moderate", "Great"], place(105, 3))));
    put(10_041, number.is_multiple_of(12), &|| json!(["beta", if number.is_multiple_of(24) { "north" } else { "south" }]));
    put(10_042, software && number.is_multiple_of(9), &|| user(106));
    put(10_043, number.is_multiple_of(20), &|| {
        let (first, second) = (user(107), user(108));
        if first == second { json!([first]) } else { json!([first, second]) }
    });
    put(10_044, number % 30 == 6, &|| json!({"groupId": groups::ENGINEERING, "name": "engineering"}));
    put(
        10_045,
        number % 40 == 8,
        &|| json!([{"groupId": groups::ENGINEERING, "name": "engineering"}, {"groupId": groups::JIRA_USERS, "name": "jira-users-acme"}]),
    );
    put(10_046, project == ENG && issue_type == BUG && number.is_multiple_of(4), &|| json!({"id": "10301"}));
    put(10_047, project == ENG && issue_type == BUG && number % 8 == 2, &|| json!([{"id": "10301"}, {"id": "10302"}]));
    put(10_048, number % 50 == 1, &|| json!({"id": OPS.to_string()}));
    put(10_050, project == ENG && number.is_multiple_of(15), &|| option(10_050, place(109, 2), of(&["Low", "High"], place(109, 2))));
    put(10_051, number.is_multiple_of(17), &|| json!("Felt by many customers"));
    put(10_011, issue_type == 10_001, &|| json!(format!("Epic {number}")));
    put(10_010, project == HELP && issue_type != SUBTASK, &|| {
        json!(match issue_type {
            10_006 => "1",
            10_007 => "2",
            APPROVED => "3",
            _ => "4",
        })
    });
    put(10_002, project == HELP && number.is_multiple_of(4), &|| {
        json!([if number.is_multiple_of(8) { json!({"id": "1", "name": "Globex"}) } else { json!({"id": "2", "name": "Initech"}) }])
    });
    put(10_001, software && number.is_multiple_of(21), &|| json!({"id": "36885b3c-1bf0-4f85-a357-c5b858c31de4", "name": "Platform"}));
}
