//! SCIM: a 1-based `startIndex`, and `totalResults` to know the end.

use super::text_at;
use crate::document::Node;

/// Moves on by what came, not by what was asked for: servers cap `count`. An empty page ends the listing.
pub fn next(page: &Node, items: &Node, current: Option<&str>) -> Option<String> {
    let number = |key: &str| text_at(page, key)?.parse::<i64>().ok();
    let asked = current.and_then(|c| c.parse().ok()).unwrap_or(1);
    let start = number("startIndex").unwrap_or(asked).max(1);
    let came = items.len() as i64;
    let following = start.checked_add(came)?;
    let more = match number("totalResults") {
        Some(total) => following <= total,
        // Without a total only an empty page tells the end; a server that does not follow the index would never send one.
        None => start == asked,
    };
    (came > 0 && more).then(|| following.to_string())
}
