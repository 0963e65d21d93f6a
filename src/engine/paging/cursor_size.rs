//! `pageSize` and `cursor`: an answer without `next` is the last, and so is one whose `next` link carries no cursor any more.

use super::{PagingFault, cursor_in_link, looks_like_link, text_at};
use crate::catalog::Paging;
use crate::document::Node;

pub fn next(paging: &Paging, page: &Node) -> Result<Option<String>, PagingFault> {
    Ok(match text_at(page, &paging.next)? {
        Some(link) if looks_like_link(&link) => cursor_in_link(&paging.cursor, &link).ok(),
        cursor => cursor,
    })
}
