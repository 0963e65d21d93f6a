//! SCIM: a 1-based `startIndex`, and `totalResults` to know the end.

use super::number_at;
use crate::document::Node;

/// Moves on from the index asked for, by what came: servers cap `count`, and some tell a wrong `startIndex`. An empty page ends the listing.
pub fn next(page: &Node, items: &Node, current: Option<&str>) -> Option<String> {
    let asked: u64 = current.and_then(|c| c.parse().ok()).unwrap_or(1).max(1);
    let came = items.len() as u64;
    let following = asked.checked_add(came)?;
    let more = match number_at(page, "totalResults") {
        Some(total) => following <= total,
        // Without a total only an empty page tells the end.
        None => true,
    };
    (came > 0 && more).then(|| following.to_string())
}
