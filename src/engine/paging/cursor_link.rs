//! `links.next` is a URL that carries the cursor in its query. Some answers hold the bare cursor instead; both are read.

use super::{PagingFault, cursor_in_link, looks_like_link, text_at};
use crate::catalog::Paging;
use crate::document::Node;

pub fn next(paging: &Paging, page: &Node) -> Result<Option<String>, PagingFault> {
    match text_at(page, &paging.next)? {
        None => Ok(None),
        Some(link) if looks_like_link(&link) => cursor_in_link(&paging.cursor, &link).map(Some),
        Some(cursor) => Ok(Some(cursor)),
    }
}
