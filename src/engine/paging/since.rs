//! `since` and `until`: what happened after a moment, page by page. The last `until` is where a later call goes on.

use super::{PagingFault, text_at};
use crate::catalog::Paging;
use crate::document::Node;

pub fn next(paging: &Paging, page: &Node) -> Result<Option<String>, PagingFault> {
    text_at(page, &paging.next)
}
