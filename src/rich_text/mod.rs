//! Rich text: Atlassian's document format (ADF) as a tree, checked against its schema, and read from and written as other formats.
//!
//! The tree is the hub: Markdown, storage format and wiki markup are read into it, and it is written as Markdown, storage format, HTML and
//! plain text. Depth and number of nodes are bounded, so that walks may recurse and a hostile document ends in an error.

mod conform;
mod dates;
mod fit;
mod html;
mod markdown;
mod sanitize;
mod schema;
mod storage;
mod tags;
mod text;
mod told;
mod tree;
mod validate;
mod wiki;

pub use html::to_html;
pub use markdown::{from_markdown, to_markdown};
pub use storage::{from_storage, to_storage};
pub use text::to_text;
pub use told::{Lookup, name_mentions, place_files};
pub use tree::{Mark, Node};
pub use validate::validate;
pub use wiki::from_wiki;

/// A Markdown text in storage format, whose macros stand where those of ADF may not.
pub fn markdown_to_storage(text: &str) -> Result<String, Fault> {
    Ok(to_storage(&markdown::read(text, fit::Target::Storage)?))
}

/// Nodes inside one another. No editor makes more than some twenty.
pub const DEEPEST: usize = 90;

/// Nodes in a document. A page of 5 MB, the most that Confluence takes, has far fewer.
pub const MOST_NODES: usize = 1_000_000;

/// What is wrong with a document, and where: `content[2].content[0].marks[1].attrs.href`, empty for the document itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{what}", .path, if .path.is_empty() { "" } else { ": " })]
pub struct Fault {
    pub path: String,
    pub what: String,
}

impl Fault {
    pub fn new(what: impl Into<String>) -> Self {
        Fault { path: String::new(), what: what.into() }
    }

    /// The same, seen from further outside.
    pub fn inside(mut self, step: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path.insert_str(0, dot);
        self.path.insert_str(0, step);
        self
    }

    fn too_deep() -> Self {
        Fault::new(format!("nested deeper than {DEEPEST} levels"))
    }

    fn too_many() -> Self {
        Fault::new(format!("more than {MOST_NODES} nodes"))
    }
}
