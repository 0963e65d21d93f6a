//! Confluence's storage format: XHTML with elements of its own for macros, links, pictures and tasks.

mod elements;
mod links;
mod read;
mod write;

pub use links::{ATTACHMENT, PAGE, RESOURCE, attachment, attachment_link, file_name};
pub use read::from_storage;
pub use write::to_storage;

/// Macros that are panels. Colours decide: what storage calls a note is yellow, as warnings are elsewhere.
pub const PANELS: &[(&str, &str)] = &[("info", "info"), ("tip", "success"), ("note", "warning"), ("warning", "error")];

const MACRO_TYPE: &str = "com.atlassian.confluence.macro.core";

/// Colours of statuses, as the macro spells them.
const STATUS: &[(&str, &str)] =
    &[("Grey", "neutral"), ("Purple", "purple"), ("Blue", "blue"), ("Red", "red"), ("Yellow", "yellow"), ("Green", "green")];

/// The parameter of a status without a fill, and the style that it is in ADF.
const SUBTLE: &str = "subtle";
