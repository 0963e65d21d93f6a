//! Markdown, GitHub's flavour, with forms of our own for what it lacks. Reader and writer share the names below.
//!
//! - Panels are alerts: `> [!NOTE]`. Decisions are one too: `> [!DECISION]` and a list.
//! - Mentions, dates, statuses and emoji are links: `[@Name](accountid:5b10)`, `[2026-11-29](date:)`, `[DONE](status:green)`, `[😄](emoji:smile)`.
//! - A picture's size is in its title: `![alt](a.png '{"width":300}')`.
//! - Any other leaf is a link or an image to `adf:` and its name, with its attributes as JSON in the title.
//! - Any other block that holds something stands between `<!-- adf:name {attributes} -->` and `<!-- /adf:name -->`.
//! - Marks that Markdown lacks are HTML: `<u>`, `<sub>`, `<sup>`, `<span style="color:#ff0000">`, or `<span data-adf="the mark as JSON">`.

mod escape;
mod inline;
mod inline_read;
mod links;
mod read;
mod runs;
mod write;

pub use escape::html as escape_html;
pub use links::trimmed as trimmed_address;
pub use read::{from_markdown, read};
pub use write::to_markdown;

/// Words of alerts and the panels that they are; the first of a panel is the one that is written.
const ALERTS: &[(&str, &str)] = &[
    ("NOTE", "info"),
    ("IMPORTANT", "note"),
    ("TIP", "tip"),
    ("WARNING", "warning"),
    ("CAUTION", "error"),
    ("SUCCESS", "success"),
    ("CUSTOM", "custom"),
    ("INFO", "info"),
    ("ERROR", "error"),
];

const DECISIONS: &str = "DECISION";
const DECIDED: &str = "DECIDED";

/// Attributes of a picture that stand in its title, as JSON.
const SIZE: [&str; 2] = ["width", "height"];

/// Schemes that are no addresses.
const SCHEMES: [&str; 5] = ["accountid:", "date:", "status:", "emoji:", "adf:"];
