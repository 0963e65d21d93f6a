//! What occurs inside of much else: moments, people, durations, statuses.

use serde_json::{Value, json};

use super::super::clock::{self, DAY};
use super::super::jira::store::Status;
use super::super::store::State;

const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment in the four forms that this API has for it.
pub fn moment(state: &State, ms: i64) -> Value {
    let jira = clock::offset(ms);
    let iso8601 = jira.split_once('.').map_or_else(|| jira.clone(), |(before, _)| format!("{before}+0000"));
    json!({"iso8601": iso8601, "jira": jira, "friendly": friendly(ms, state.now()), "epochMillis": ms})
}

/// "Today 2:42 PM", "Monday 2:42 PM", "08/Oct/15 2:42 PM"
fn friendly(ms: i64, now: i64) -> String {
    let minutes = ms.rem_euclid(DAY) / 60_000;
    let hour = match minutes / 60 % 12 {
        0 => 12,
        hour => hour,
    };
    let time = format!("{hour}:{:02} {}", minutes % 60, if minutes < 720 { "AM" } else { "PM" });
    let day = ms.div_euclid(DAY);
    match now.div_euclid(DAY) - day {
        0 => format!("Today {time}"),
        1 => format!("Yesterday {time}"),
        2..=6 => {
            let weekday = usize::try_from(day.rem_euclid(7)).ok().and_then(|place| WEEKDAYS.get(place));
            format!("{} {time}", weekday.unwrap_or(&""))
        }
        _ => {
            let date = clock::date(ms);
            let mut parts = date.split('-');
            let year = parts.next().and_then(|year| year.get(2..)).unwrap_or_default();
            let month = parts.next().and_then(|month| month.parse::<usize>().ok()).and_then(|month| MONTHS.get(month - 1));
            format!("{}/{}/{year} {time}", parts.next().unwrap_or_default(), month.unwrap_or(&""))
        }
    }
}

/// "4h 30m"
pub fn duration(ms: i64) -> Value {
    let minutes = ms.abs() / 60_000;
    let sign = if ms < 0 { "-" } else { "" };
    json!({"millis": ms, "friendly": format!("{sign}{}h {}m", minutes / 60, minutes % 60)})
}

/// A person; null if nobody has the id.
pub fn user(state: &State, id: &str) -> Value {
    let Some(account) = state.account(id) else { return Value::Null };
    let escaped: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let address = format!("{}/rest/api/2/user?accountId={escaped}", state.url);
    let picture = account.picture();
    let size = |size: u32| format!("{picture}&s={size}");
    let mut body = json!({
        "accountId": account.id,
        "displayName": account.name,
        "active": account.status() == "active",
        "timeZone": account.zoneinfo.as_deref().unwrap_or("Etc/UTC"),
        "_links": {
            "jiraRest": address,
            "self": address,
            "avatarUrls": {"48x48": size(48), "24x24": size(24), "16x16": size(16), "32x32": size(32)},
        },
    });
    if let (false, Some(map)) = (account.closed, body.as_object_mut()) {
        map.insert("emailAddress".to_owned(), json!(account.email));
    }
    body
}

/// A status of an issue as customers see it, since this moment.
pub fn status(state: &State, id: u64, since: i64) -> Value {
    let status = state.jira.statuses.get(&id);
    json!({
        "status": status.map_or("", |status| status.name.as_str()),
        "statusCategory": status.map_or("UNDEFINED", category),
        "statusDate": moment(state, since),
    })
}

fn category(status: &Status) -> &'static str {
    match status.category.as_str() {
        "new" => "NEW",
        "indeterminate" => "INDETERMINATE",
        "done" => "DONE",
        _ => "UNDEFINED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn friendly_dates_tell_how_long_ago_it_was() {
        let now = clock::days(2026, 11, 24) * DAY + 15 * 3_600_000;
        let at = |days: i64, minutes: i64| friendly((clock::days(2026, 11, 24) - days) * DAY + minutes * 60_000, now);
        assert_eq!(at(0, 0), "Today 12:00 AM");
        assert_eq!(at(0, 14 * 60 + 42), "Today 2:42 PM");
        assert_eq!(at(1, 12 * 60 + 5), "Yesterday 12:05 PM");
        assert_eq!(at(2, 61), "Sunday 1:01 AM");
        assert_eq!(at(30, 61), "25/Oct/26 1:01 AM");
    }
}
