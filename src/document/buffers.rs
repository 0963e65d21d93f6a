//! Large buffers are used again. Memory fresh from the system costs a fault for every 4 kB, which for a page of issues is
//! a fifth of all that reading it costs.

use std::sync::Mutex;

use bytes::{Bytes, BytesMut};

use super::raw::Raw;

/// Smaller ones the allocator keeps itself.
const LEAST_BYTES: usize = 128 << 10;
/// Larger ones go back to the system.
const MOST_BYTES: usize = 4 << 20;
/// As many as pages come at a time.
const KEPT: usize = 8;

static BODIES: Mutex<Vec<BytesMut>> = Mutex::new(Vec::new());
static NODES: Mutex<Vec<Vec<Raw>>> = Mutex::new(Vec::new());

/// An answer's bytes. A clone is counted, O(1); the last one to go leaves its buffer to the next answer.
#[derive(Clone, Debug, Default)]
pub struct Body(Bytes);

impl Body {
    /// An empty buffer for so many bytes, without much room besides: it may be kept for long.
    pub fn buffer(bytes: usize) -> BytesMut {
        let fits = |kept: &BytesMut| (bytes..=bytes + bytes / 4).contains(&kept.capacity());
        take(&BODIES, bytes, fits).unwrap_or_else(|| BytesMut::with_capacity(bytes))
    }

    /// An empty buffer for nobody knows how much, but at least so many bytes. Ends with `fitted`.
    pub fn scratch(least: usize) -> BytesMut {
        take(&BODIES, LEAST_BYTES, |kept| kept.capacity() >= least).unwrap_or_else(|| BytesMut::with_capacity(least))
    }

    /// What was gathered, without much room besides.
    pub fn fitted(mut gathered: BytesMut) -> Self {
        if gathered.capacity() <= gathered.len() + gathered.len() / 4 {
            return Body(gathered.freeze());
        }
        let mut exact = Body::buffer(gathered.len());
        exact.extend_from_slice(&gathered);
        gathered.clear();
        keep(&BODIES, gathered.capacity(), gathered);
        Body(exact.freeze())
    }
}

impl std::ops::Deref for Body {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.0
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Body(bytes)
    }
}

impl From<Body> for Bytes {
    fn from(mut body: Body) -> Self {
        std::mem::take(&mut body.0)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if self.0.len() < LEAST_BYTES {
            return;
        }
        if let Ok(mut buffer) = std::mem::take(&mut self.0).try_into_mut() {
            buffer.clear();
            keep(&BODIES, buffer.capacity(), buffer);
        }
    }
}

/// Room for about so many nodes.
pub(super) fn nodes(about: usize) -> Vec<Raw> {
    let bytes = about * size_of::<Raw>();
    take(&NODES, bytes, |kept| kept.capacity() >= about / 2).unwrap_or_else(|| Vec::with_capacity(about))
}

pub(super) fn keep_nodes(mut nodes: Vec<Raw>) {
    nodes.clear();
    keep(&NODES, nodes.capacity() * size_of::<Raw>(), nodes);
}

/// Nobody waits here: not for another thread, and not in a forked child for one that is gone.
fn take<T>(kept: &Mutex<Vec<T>>, bytes: usize, fits: impl Fn(&T) -> bool) -> Option<T> {
    if bytes < LEAST_BYTES {
        return None;
    }
    let mut kept = kept.try_lock().ok()?;
    let position = kept.iter().rposition(fits)?;
    Some(kept.swap_remove(position))
}

fn keep<T>(kept: &Mutex<Vec<T>>, bytes: usize, buffer: T) {
    if (LEAST_BYTES..=MOST_BYTES).contains(&bytes)
        && let Ok(mut kept) = kept.try_lock()
        && kept.len() < KEPT
    {
        kept.push(buffer);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::document::{Limits, Node};

    #[test]
    fn the_last_owner_leaves_its_buffer_to_the_next_answer() {
        let text = format!("[{}1]", "1,".repeat(LEAST_BYTES));
        let mut buffer = Body::buffer(text.len());
        buffer.extend_from_slice(text.as_bytes());
        let (body, at) = (Body::from(buffer.freeze()), |buffer: &[u8]| buffer.as_ptr() as usize);
        let first = at(&body);
        let node = Node::parse(body.clone(), &Limits::default()).unwrap();
        let item = node.at(3).unwrap();
        drop((node, body));
        assert_eq!(item.number(), Some(crate::document::Number::Int(1)), "a value keeps the whole");
        drop(item);
        // Other tests may take it, or have left others.
        let again: Vec<BytesMut> = (0..KEPT).map(|_| Body::buffer(text.len())).collect();
        assert!(again.iter().any(|buffer| buffer.as_ptr() as usize == first && buffer.is_empty()));
    }
}
