//! SCIM: a 1-based `startIndex`, and `totalResults` to know the end.

use crate::document::{Node, Number};

/// Moves on by what came, not by what was asked for: servers cap `count`. An empty page ends the listing.
pub fn next(page: &Node, items: &Node, current: Option<&str>) -> Option<String> {
    let number = |key: &str| match page.get(key)?.number()? {
        Number::Int(value) => Some(value),
        _ => None,
    };
    let start = number("startIndex").or_else(|| current.and_then(|c| c.parse().ok())).unwrap_or(1).max(1);
    let came = items.len() as i64;
    let following = start.checked_add(came)?;
    (came > 0 && number("totalResults").is_some_and(|total| following <= total)).then(|| following.to_string())
}
