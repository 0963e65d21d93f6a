//! SCIM: a 1-based `startIndex`, and `totalResults` to know the end.

use super::text_at;
use crate::document::Node;

/// Moves on from the index asked for, by what came: servers cap `count`, and some tell a wrong `startIndex`. An empty page ends the listing.
pub fn next(page: &Node, items: &Node, current: Option<&str>) -> Option<String> {
    // "6" and 6.0 are numbers too.
    let number = |key: &str| text_at(page, key).ok()??.parse::<f64>().ok().map(|number| number as i64);
    let asked: i64 = current.and_then(|c| c.parse().ok()).unwrap_or(1).max(1);
    let came = items.len() as i64;
    let following = asked.checked_add(came)?;
    let more = match number("totalResults") {
        Some(total) => following <= total,
        // Without a total only an empty page tells the end.
        None => true,
    };
    (came > 0 && more).then(|| following.to_string())
}
