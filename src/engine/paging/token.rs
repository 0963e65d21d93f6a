//! The cursor stands in a field of its own, such as `nextPageToken`; without one the page is the last.

use super::{PagingFault, text_at};
use crate::catalog::Paging;
use crate::document::Node;

pub fn next(paging: &Paging, page: &Node) -> Result<Option<String>, PagingFault> {
    text_at(page, &paging.next)
}
