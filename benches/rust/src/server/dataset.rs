//! What is served: one profile, and 20,000 issues as Jira sends them, in the order of their creation. The same in every run.

use std::ops::Range;

use bytes::Bytes;
use time::{Duration, PrimitiveDateTime, macros::datetime, macros::format_description};

pub const ISSUES: usize = 20_000;
pub const FIELDS: usize = 128;

const FIRST: PrimitiveDateTime = datetime!(2021-01-01 00:00);
const DAYS: f64 = 5.0 * 365.0;

pub const PROFILE: &str = r#"{"account":{"account_id":"5e5f6a63157ed50cd2b9eaca","account_type":"atlassian","account_status":"active","name":"Vera Mars","picture":"https://avatar.example.net/5e5f6a63157ed50cd2b9eaca/0f6b3f0e-2b1f-4f0a-9a55-7f6d0a1c2b3d/128","email":"vera.mars@acme.example","characteristics":{"not_mentionable":false},"nickname":"vera","zoneinfo":"Europe/Berlin","locale":"en-GB","extended_profile":{"job_title":"Lead Investigator","organization":"Acme Research","department":"Möbel & Größen","location":"São Paulo","team_type":"Software Development"},"email_verified":true,"privacy_settings":{"name":"public","nickname":"public","picture":"organization","email":"organization","zoneinfo":"organization","locale":"private","extended_profile.job_title":"organization","extended_profile.organization":"organization","extended_profile.department":"organization","extended_profile.location":"organization","extended_profile.phone_number":"private","extended_profile.team_type":"organization"}}}"#;

pub struct Dataset {
    /// All issues with a comma between each two, so that neighbours are a page without copying.
    issues: Bytes,
    /// Where each issue begins and ends there.
    places: Vec<Range<usize>>,
    created: Vec<PrimitiveDateTime>,
}

impl Dataset {
    pub fn new() -> Self {
        let mut random = Random(0x5EED);
        let created = created(&mut random);
        let mut issues = String::with_capacity(ISSUES * 8_000);
        let places = created
            .iter()
            .enumerate()
            .map(|(number, created)| {
                if number > 0 {
                    issues.push(',');
                }
                let start = issues.len();
                issues.push_str(&issue(&mut random, number, *created));
                start..issues.len()
            })
            .collect();
        Dataset { issues: issues.into(), places, created }
    }

    /// The issues of a range of numbers, as the inside of an array.
    pub fn ascending(&self, numbers: Range<usize>) -> Bytes {
        if numbers.is_empty() {
            return Bytes::new();
        }
        self.issues.slice(self.places[numbers.start].start..self.places[numbers.end - 1].end)
    }

    pub fn issue(&self, number: usize) -> &[u8] {
        &self.issues[self.places[number].clone()]
    }

    /// What `fields=created` asks for.
    pub fn small_issue(&self, number: usize) -> String {
        format!(r#"{{"id":"{}","key":"DEMO-{}","fields":{{"created":"{}"}}}}"#, id(number), number + 1, timestamp(self.created[number]))
    }

    /// Numbers of the issues that were created in a time.
    pub fn between(&self, from: PrimitiveDateTime, before: PrimitiveDateTime) -> Range<usize> {
        let start = self.created.partition_point(|created| *created < from);
        start..self.created.partition_point(|created| *created < before).max(start)
    }
}

fn id(number: usize) -> usize {
    100_000 + number
}

fn timestamp(at: PrimitiveDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]+0000");
    at.format(form).unwrap_or_default()
}

/// Few issues in the first years, most in the last: their number grows with the cube of the time.
fn created(random: &mut Random) -> Vec<PrimitiveDateTime> {
    let mut times: Vec<_> = (0..ISSUES)
        .map(|number| {
            let share = ((number as f64 + random.below(1_000) as f64 / 1_000.0) / ISSUES as f64).cbrt();
            FIRST + Duration::milliseconds((share * DAYS * 86_400_000.0) as i64)
        })
        .collect();
    times.sort();
    times
}

/// The list of all fields, which clients ask for to translate names.
pub fn fields() -> String {
    let fields: Vec<_> = field_names()
        .map(|name| {
            let custom = name.starts_with("customfield_");
            format!(
                r#"{{"id":"{name}","key":"{name}","name":"Name of {name}","custom":{custom},"orderable":true,"navigable":true,"searchable":true,"clauseNames":["{name}"],"schema":{{"type":"string"}}}}"#
            )
        })
        .collect();
    format!("[{}]", fields.join(","))
}

const SYSTEM_FIELDS: [&str; 12] = [
    "summary",
    "status",
    "issuetype",
    "assignee",
    "reporter",
    "creator",
    "priority",
    "labels",
    "created",
    "updated",
    "timeestimate",
    "description",
];

fn field_names() -> impl Iterator<Item = String> {
    let custom = (SYSTEM_FIELDS.len()..FIELDS).map(|field| format!("customfield_{}", 10_000 + field));
    SYSTEM_FIELDS.iter().map(ToString::to_string).chain(custom)
}

fn issue(random: &mut Random, number: usize, created: PrimitiveDateTime) -> String {
    let fields: Vec<_> = field_names().map(|name| format!(r#""{name}":{}"#, field(random, &name, created))).collect();
    format!(
        r#"{{"expand":"operations,versionedRepresentations","id":"{id}","self":"https://example.atlassian.net/rest/api/3/issue/{id}","key":"DEMO-{}","fields":{{{}}}}}"#,
        number + 1,
        fields.join(","),
        id = id(number)
    )
}

fn field(random: &mut Random, name: &str, created: PrimitiveDateTime) -> String {
    match name {
        "summary" => format!(r#""{}""#, words(random, 8)),
        "status" => status(random),
        "issuetype" => r#"{"self":"https://example.atlassian.net/rest/api/3/issuetype/10002","id":"10002","description":"A small piece of work.","iconUrl":"https://example.atlassian.net/images/icons/issuetypes/task.svg","name":"Task","subtask":false,"avatarId":10318,"hierarchyLevel":0}"#.into(),
        "assignee" if random.below(4) == 0 => "null".into(),
        "assignee" | "reporter" | "creator" => user(random),
        "priority" => r#"{"self":"https://example.atlassian.net/rest/api/3/priority/3","iconUrl":"https://example.atlassian.net/images/icons/priorities/medium.svg","name":"Medium","id":"3"}"#.into(),
        "labels" => format!(r#"["{}","backend"]"#, words(random, 1)),
        "created" => format!(r#""{}""#, timestamp(created)),
        "updated" => format!(r#""{}""#, timestamp(created + Duration::minutes(random.below(90_000) as i64))),
        "timeestimate" => random.below(90_000).to_string(),
        "description" => description(random),
        _ => custom(random),
    }
}

fn status(random: &mut Random) -> String {
    let (id, name, category, color) =
        [(1, "Open", "new", "blue-gray"), (3, "In Progress", "indeterminate", "yellow"), (10_001, "Erledigt – geprüft", "done", "green")]
            [random.below(3)];
    format!(
        r#"{{"self":"https://example.atlassian.net/rest/api/3/status/{id}","description":"","iconUrl":"https://example.atlassian.net/images/icons/statuses/{category}.png","name":"{name}","id":"{id}","statusCategory":{{"self":"https://example.atlassian.net/rest/api/3/statuscategory/{id}","id":{id},"key":"{category}","colorName":"{color}","name":"{name}"}}}}"#
    )
}

fn user(random: &mut Random) -> String {
    let id = random.below(500);
    let avatars: Vec<_> = ["48x48", "24x24", "16x16", "32x32"]
        .iter()
        .map(|size| format!(r#""{size}":"https://avatar.example.net/initials/U{id}-{size}.png""#))
        .collect();
    format!(
        r#"{{"self":"https://example.atlassian.net/rest/api/3/user?accountId=5b10a2844c20165700ed{id:04}","accountId":"5b10a2844c20165700ed{id:04}","emailAddress":"user{id}@example.com","avatarUrls":{{{}}},"displayName":"{}","active":true,"timeZone":"Europe/Berlin","accountType":"atlassian"}}"#,
        avatars.join(","),
        words(random, 2)
    )
}

/// A document of four paragraphs.
fn description(random: &mut Random) -> String {
    let paragraphs: Vec<_> = (0..4)
        .map(|_| {
            let (text, quoted) = (words(random, 26), words(random, 3));
            format!(r#"{{"type":"paragraph","content":[{{"type":"text","text":"{text} \"{quoted}\"\n"}}]}}"#)
        })
        .collect();
    format!(r#"{{"type":"doc","version":1,"content":[{}]}}"#, paragraphs.join(","))
}

/// Four of five are empty.
fn custom(random: &mut Random) -> String {
    match random.below(15) {
        0 => format!("{}.5", random.below(100)),
        1 => format!(r#""{}""#, words(random, 4)),
        2 => {
            let id = 10_000 + random.below(999);
            format!(
                r#"{{"self":"https://example.atlassian.net/rest/api/3/customFieldOption/{id}","value":"{}","id":"{id}"}}"#,
                words(random, 1)
            )
        }
        _ => "null".into(),
    }
}

const WORDS: [&str; 16] = [
    "login",
    "fails",
    "after",
    "update",
    "página",
    "größe",
    "button",
    "the",
    "server",
    "returns",
    "данные",
    "error",
    "when",
    "user",
    "saves",
    "日本語",
];

fn words(random: &mut Random, count: usize) -> String {
    (0..count).map(|_| WORDS[random.below(WORDS.len())]).collect::<Vec<_>>().join(" ")
}

/// Xorshift: the same numbers in every run, whatever the versions of other crates.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}
