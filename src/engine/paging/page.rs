//! A 1-based page number, until a page is empty or the total is reached.

use super::number_at;
use crate::catalog::Paging;
use crate::document::Node;

/// `seen` counts the items of all pages so far; an empty page is passed over where the total promises more and one `may_leap`.
pub fn next(paging: &Paging, page: &Node, items: &Node, current: Option<&str>, seen: u64, may_leap: bool) -> Option<String> {
    let number: u64 = current.and_then(|c| c.parse().ok()).unwrap_or(1);
    // A listing that was resumed has not seen what came before: only the empty page tells its end.
    let total = number_at(page, &paging.total);
    let complete = total.is_some_and(|total| seen >= total);
    let may_be_empty = may_leap && seen > 0 && total.is_some();
    ((!items.is_empty() || may_be_empty) && !complete).then(|| (number + 1).to_string())
}
