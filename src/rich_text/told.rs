//! What a document does not tell and the caller may: names of the people mentioned, and where its files are.

use super::storage::{ATTACHMENT, file_name};
use super::tree::{Mark, Node};

/// Asked with an account's id, or with the name or id of a file.
pub type Lookup<'a, E> = &'a mut dyn FnMut(&str) -> Result<Option<String>, E>;

/// Gives names to the mentions that have none.
pub fn name_mentions<E>(node: &mut Node, names: Lookup<'_, E>) -> Result<(), E> {
    if node.is("mention")
        && node.str("text").is_none_or(str::is_empty)
        && let Some(id) = node.str("id").filter(|id| !id.is_empty())
        && let Some(name) = names(id)?.filter(|name| !name.is_empty())
    {
        node.set("text", if name.starts_with('@') { name } else { format!("@{name}") });
    }
    node.content.iter_mut().try_for_each(|child| name_mentions(child, names))
}

/// Gives addresses to pictures and files that are told by name or by the editor's id, and to the links to them.
pub fn place_files<E>(node: &mut Node, files: Lookup<'_, E>) -> Result<(), E> {
    for mark in &mut node.marks {
        let file = mark.str("href").filter(|_| mark.kind == "link").filter(|href| href.starts_with(ATTACHMENT)).and_then(file_name);
        if let Some(address) = file.map(|file| files(&file)).transpose()?.flatten() {
            let known = std::mem::replace(mark, Mark::new("link").with("href", address));
            if let Some(title) = known.str("title") {
                *mark = std::mem::take(mark).with("title", title);
            }
        }
    }
    if matches!(&*node.kind, "media" | "mediaInline")
        && let Some(address) = address(node, files)?
    {
        let mut media = Node { marks: std::mem::take(&mut node.marks), ..Node::new("media").with("type", "external").with("url", address) };
        for key in ["alt", "width", "height"] {
            if let Some(value) = node.attr(key) {
                media.set(key, value.clone());
            }
        }
        *node = media;
    }
    node.content.iter_mut().try_for_each(|child| place_files(child, files))
}

fn address<E>(media: &Node, files: Lookup<'_, E>) -> Result<Option<String>, E> {
    if let Some(url) = media.str("url") {
        // One that leads somewhere needs no other.
        return file_name(url).map_or(Ok(None), |file| files(&file));
    }
    for key in ["id", "alt"] {
        if let Some(name) = media.str(key).filter(|name| !name.is_empty())
            && let Some(address) = files(name)?
        {
            return Ok(Some(address));
        }
    }
    Ok(None)
}
