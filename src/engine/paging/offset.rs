//! A number of items to pass over: `startAt` and `maxResults`, `start` and `limit`, `offset` and `limit`.

use super::{flag_at, number_at};
use crate::catalog::Paging;
use crate::document::Node;

/// Moves on by what came, for servers cap the page size; where pages may be short, by the `window` that was asked for; from an empty
/// page by its size, or by `leap`, where the server promises more.
pub fn next(paging: &Paging, page: &Node, items: &Node, current: Option<&str>, window: u64, leap: u64) -> Option<String> {
    let start: u64 = current.and_then(|c| c.parse().ok()).unwrap_or(0);
    let came = items.len() as u64;
    let total = number_at(page, &paging.total);
    let goes_on = flag_at(page, &paging.last).map(|last| !last);
    let step = match came {
        // An empty page in the middle, by the server's own word.
        0 if leap > 0 && total.map_or(goes_on == Some(true), |total| start < total) => {
            number_at(page, &paging.size).filter(|size| *size > 0).unwrap_or(leap)
        }
        0 => 0,
        _ => came.max(window),
    };
    let following = start.checked_add(step)?;
    // The flag speaks before the total, which some servers estimate; without both only an empty page tells the end.
    let more = goes_on.unwrap_or_else(|| total.is_none_or(|total| following < total));
    (step > 0 && more).then(|| following.to_string())
}
