//! SCIM: a 1-based `startIndex`, and `totalResults` to know the end.

use super::number_at;
use crate::document::Node;

/// Moves on from the index asked for, by what came: servers cap `count`, and some tell a wrong `startIndex`; from an empty page by `leap`,
/// where the total promises more.
pub fn next(page: &Node, items: &Node, current: Option<&str>, leap: u64) -> Option<String> {
    let asked: u64 = current.and_then(|c| c.parse().ok()).unwrap_or(1).max(1);
    let total = number_at(page, "totalResults");
    let step = match items.len() as u64 {
        0 if total.is_some_and(|total| asked <= total) => leap,
        came => came,
    };
    let following = asked.checked_add(step)?;
    let more = match total {
        Some(total) => following <= total,
        // Without a total only an empty page tells the end.
        None => true,
    };
    (step > 0 && more).then(|| following.to_string())
}
