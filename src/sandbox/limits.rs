//! Atlassian's published rate limits, switched on: who asks too often is told to wait, and how long.
//!
//! What counts is the box's clock. Limits by points, which concern apps, are not simulated.

use std::collections::HashMap;

use super::clock;
use super::reply::{Reply, gateway};
use super::route::Route;

/// How much may be asked in which time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    requests: u32,
    /// Milliseconds.
    window: i64,
    /// Jira names the limit that was met.
    reason: &'static str,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

const fn burst(requests: u32) -> Rate {
    Rate { requests, window: SECOND, reason: "jira-burst-based" }
}

const fn plain(requests: u32, window: i64) -> Rate {
    Rate { requests, window, reason: "" }
}

/// Routes with limits of their own.
const OWN: &[(&str, Rate)] = &[
    ("GET /rest/api/3/issue/{}", burst(150)),
    ("GET /rest/api/3/issue/{}/changelog", burst(200)),
    ("GET /rest/api/3/user", burst(150)),
    ("GET /rest/api/3/attachment/content/{}", burst(300)),
    ("GET /rest/api/3/attachment/thumbnail/{}", burst(200)),
    ("POST /rest/api/3/search/approximate-count", burst(150)),
    ("PUT /rest/api/3/component/{}", burst(500)),
    ("GET /rest/servicedeskapi/servicedesk/{}/customer", burst(5)),
    ("GET /admin/v1/orgs/{}/events", plain(10, MINUTE)),
    ("GET /admin/v1/orgs/{}/directory/users/{}/last-active-dates", plain(200, MINUTE)),
];
/// Writes on one issue: both hold.
const ISSUE_WRITES: [Rate; 2] = [
    Rate { requests: 20, window: 2 * SECOND, reason: "jira-per-issue-on-write" },
    Rate { requests: 100, window: 30 * SECOND, reason: "jira-per-issue-on-write" },
];
const BITBUCKET: Rate = plain(1_000, 60 * MINUTE);
const ASSETS: Rate = plain(1_000, MINUTE);
/// What the organization APIs tell in their headers.
const ORGANIZATION: Rate = plain(1_000, MINUTE);

#[derive(Debug, Clone, Default)]
pub struct Limits {
    pub enforced: bool,
    /// By what is limited: the start of the window, and the requests in it.
    windows: HashMap<String, (i64, u32)>,
}

impl Limits {
    pub fn new(enforced: bool) -> Limits {
        Limits { enforced, windows: HashMap::new() }
    }

    /// Counts a request; refuses it if a limit is met and limits are enforced. Gives headers that tell of the limit.
    pub fn count(&mut self, route: &Route, arguments: &[String], now: i64) -> Result<Vec<(String, String)>, Box<Reply>> {
        let mut told = Vec::new();
        for (what, rate) in self.rates(route, arguments) {
            let window = now.div_euclid(rate.window) * rate.window;
            let counted = self.windows.entry(what).or_insert((window, 0));
            if counted.0 != window {
                *counted = (window, 0);
            }
            let remaining = rate.requests.saturating_sub(counted.1 + 1);
            let reset = window + rate.window;
            told = vec![
                ("X-RateLimit-Limit".to_owned(), rate.requests.to_string()),
                ("X-RateLimit-Remaining".to_owned(), remaining.to_string()),
                ("X-RateLimit-Reset".to_owned(), clock::seconds(reset)),
            ];
            if self.enforced && counted.1 >= rate.requests {
                return Err(Box::new(refusal(rate, reset - now, told)));
            }
            counted.1 += 1;
        }
        Ok(told)
    }

    /// The limits that a request falls under, and what each is counted for. Organizations tell theirs also where none is enforced.
    fn rates(&self, route: &Route, arguments: &[String]) -> Vec<(String, Rate)> {
        let key = route.key.replace("/rest/api/2/", "/rest/api/3/");
        let path = route.operation.path.as_str();
        let own = OWN.iter().find(|(known, _)| *known == key).map(|(_, rate)| *rate);
        if path.starts_with("/admin/") {
            return vec![(
                if own.is_some() { key } else { "organization".to_owned() },
                own.filter(|_| self.enforced).unwrap_or(ORGANIZATION),
            )];
        }
        if !self.enforced {
            return Vec::new();
        }
        if path.starts_with("/2.0/") {
            return vec![("bitbucket".to_owned(), BITBUCKET)];
        }
        if route.product.name == "assets" {
            return vec![(key, ASSETS)];
        }
        if !path.starts_with("/rest/") {
            return Vec::new();
        }
        let method = route.operation.method.as_str();
        let mut rates = vec![(key.clone(), own.unwrap_or(burst(if matches!(method, "GET" | "POST") { 100 } else { 50 })))];
        if let Some(issue) = arguments.first().filter(|_| method != "GET" && key.contains(" /rest/api/3/issue/{}")) {
            rates.extend(ISSUE_WRITES.map(|rate| (format!("{}/{issue}", rate.window), rate)));
        }
        rates
    }
}

fn refusal(rate: Rate, wait: i64, told: Vec<(String, String)>) -> Reply {
    let seconds = (wait + SECOND - 1).div_euclid(SECOND).max(1);
    let mut reply = gateway(429, "Rate limit exceeded.").header("Retry-After", seconds.to_string());
    reply.headers.extend(told);
    if rate.reason.is_empty() { reply } else { reply.header("RateLimit-Reason", rate.reason) }
}
