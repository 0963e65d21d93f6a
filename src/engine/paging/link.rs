//! The whole query of the link to the next page, repeated on our own path: some servers keep more in it than a cursor.
//! Only the query is read, so a link never leads to another host.

use super::{PagingFault, looks_like_link, text_at};
use crate::catalog::Paging;
use crate::document::Node;

pub fn next(paging: &Paging, page: &Node) -> Result<Option<String>, PagingFault> {
    let Some(link) = text_at(page, &paging.next)? else { return Ok(None) };
    let query = link.split_once('?').map(|(_, query)| query.split('#').next().unwrap_or_default()).unwrap_or_default();
    if !looks_like_link(&link) || query.is_empty() {
        return Err(PagingFault::OddNext(paging.next.clone(), link.chars().take(200).collect()));
    }
    Ok(Some(query.to_owned()))
}
