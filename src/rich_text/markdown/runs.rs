//! What of tables and task lists Markdown can say.

use serde_json::{Map, Value, json};

use super::escape::Place;
use super::write::{bare, facts, image_text};
use crate::rich_text::tree::Node;

/// Stands among the attributes of a cell that is a header and not in the first row.
pub const HEADER: &str = "header";

/// A table as rows of cells. A header row of nothing stands for none.
pub struct Table<'a> {
    pub rows: Vec<Vec<&'a [Node]>>,
    attrs: Map<String, Value>,
    /// Row, column and attributes of cells that have some.
    cells: Vec<Value>,
}

impl Table<'_> {
    /// What stands in the comment around it.
    pub fn facts(&self) -> Map<String, Value> {
        let mut attrs = self.attrs.clone();
        if !self.cells.is_empty() {
            attrs.insert("cells".into(), Value::Array(self.cells.clone()));
        }
        attrs
    }
}

/// None for a table that is more than Markdown's: cells of several blocks. Headers elsewhere than in the first row are told with the attributes.
pub fn table(node: &Node) -> Option<Table<'_>> {
    let first = node.content.first()?;
    let width = first.content.len();
    let headed = first.content.iter().all(|cell| cell.is("tableHeader"));
    let mut table = Table { rows: Vec::new(), attrs: facts(node, &[]), cells: Vec::new() };
    if table.attrs.contains_key("cells") || width == 0 {
        return None;
    }
    if !headed {
        table.rows.push(vec![&[] as &[Node]; width]);
    } else if first.content.iter().all(|cell| cell.content.iter().all(|block| block.content.is_empty())) {
        return None;
    }
    for row in &node.content {
        let head = headed && table.rows.is_empty();
        let simple = |cell: &Node| {
            (cell.is("tableCell") || cell.is("tableHeader"))
                && cell.marks.is_empty()
                && is_simple(&cell.content)
                && cell.attr(HEADER).is_none()
        };
        if !row.is("tableRow") || !bare(row, &[]) || row.content.len() != width || !row.content.iter().all(simple) {
            return None;
        }
        for (column, cell) in row.content.iter().enumerate() {
            let mut attrs = facts(cell, &[]);
            for span in ["colspan", "rowspan"] {
                if attrs.get(span) == Some(&json!(1)) {
                    attrs.shift_remove(span);
                }
            }
            if cell.is("tableHeader") && !head {
                attrs.insert(HEADER.into(), true.into());
            }
            if !attrs.is_empty() {
                table.cells.push(json!([table.rows.len(), column, attrs]));
            }
        }
        table.rows.push(row.content.iter().map(|cell| cell.content.as_slice()).collect());
    }
    Some(table)
}

fn is_simple(content: &[Node]) -> bool {
    match content {
        [block] if block.is("paragraph") => bare(block, &[]),
        [block] if block.is("mediaSingle") => {
            let place = Place { table: true, ..Place::default() };
            let image = block.content.first().filter(|media| media.is("media")).and_then(|media| image_text(media, place));
            block.content.len() == 1 && bare(block, &["layout"]) && block.str("layout") == Some("center") && image.is_some()
        }
        _ => false,
    }
}

/// Whether items and lists stand as boxes to tick can: each list below an item.
pub fn is_task_list(node: &Node) -> bool {
    let item = |node: &Node| {
        let text = match &*node.kind {
            "taskItem" => !node.content.is_empty(),
            // One paragraph alone would be read as an item of text.
            "blockTaskItem" => {
                node.content.len() > 1
                    && node.content.iter().all(|block| block.is("paragraph") && bare(block, &[]) && !block.content.is_empty())
            }
            _ => false,
        };
        text && bare(node, &["state"]) && matches!(node.str("state"), Some("TODO" | "DONE"))
    };
    let first = node.content.first().is_some_and(item);
    // A list after a list cannot be told from one list.
    let pairs = node.content.windows(2).all(|pair| !matches!(pair, [a, b] if a.is("taskList") && b.is("taskList")));
    first && pairs && node.content.iter().all(|child| item(child) || (child.is("taskList") && bare(child, &[]) && is_task_list(child)))
}
