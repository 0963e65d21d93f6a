//! `links.next` is the cursor itself, and null on the last page. A cursor may begin with `/`, so nothing but a full URL is taken apart.

use super::{PagingFault, cursor_in_link, text_at};
use crate::catalog::Paging;
use crate::document::Node;

pub fn next(paging: &Paging, page: &Node) -> Result<Option<String>, PagingFault> {
    match text_at(page, &paging.next)? {
        Some(text) if text.starts_with("https://") || text.starts_with("http://") => cursor_in_link(&paging.cursor, &text).map(Some),
        cursor => Ok(cursor),
    }
}
