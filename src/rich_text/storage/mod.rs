//! Confluence's storage format: XHTML with elements of its own for macros, links, pictures and tasks.

mod elements;
mod read;
mod write;

pub use read::{attachment_link, from_storage};
pub use write::{decode, to_storage};

/// Links to pages by title, "page:KEY/Title" or "page:Title", and to files of the page.
pub const PAGE: &str = "page:";
pub const ATTACHMENT: &str = "attachment:";

/// Macros that are panels. Colours decide: what storage calls a note is yellow, as warnings are elsewhere.
pub const PANELS: &[(&str, &str)] = &[("info", "info"), ("tip", "success"), ("note", "warning"), ("warning", "error")];

const MACRO_TYPE: &str = "com.atlassian.confluence.macro.core";

/// Colours of statuses, as the macro spells them.
const STATUS: &[(&str, &str)] =
    &[("Grey", "neutral"), ("Purple", "purple"), ("Blue", "blue"), ("Red", "red"), ("Yellow", "yellow"), ("Green", "green")];
