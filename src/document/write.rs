//! Back to JSON: compact, literals as they were sent.

use super::{Document, Kind, raw::Raw};

pub(super) fn write_json(document: &Document, root: Raw, out: &mut Vec<u8>) {
    let mut open = vec![Level { rest: std::slice::from_ref(&root).iter(), kind: None, first: true }];
    while let Some(level) = open.last_mut() {
        let Some(&node) = level.rest.next() else {
            match level.kind {
                Some(Kind::Object) => out.push(b'}'),
                Some(_) => out.push(b']'),
                None => {}
            }
            open.pop();
            continue;
        };
        if !std::mem::take(&mut level.first) {
            out.push(b',');
        }
        if level.kind == Some(Kind::Object) {
            quote(out, node.key(&document.body));
            out.push(b':');
        }
        match node.kind() {
            Kind::Null | Kind::Bool | Kind::Number => out.extend_from_slice(node.literal(&document.body)),
            Kind::String => quote(out, node.literal(&document.body)),
            kind => {
                out.push(if kind == Kind::Object { b'{' } else { b'[' });
                open.push(Level { rest: node.children(&document.nodes).iter(), kind: Some(kind), first: true });
            }
        }
    }
}

struct Level<'a> {
    rest: std::slice::Iter<'a, Raw>,
    /// Of the container; the root's own level has none.
    kind: Option<Kind>,
    first: bool,
}

fn quote(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}
