//! How much listings may hold ahead of their readers. Many are read at a time, and memory is one.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Of all listings together.
const TOGETHER: usize = 16 << 20;

/// A listing has room for this, however much the others hold.
const EACH: usize = 2 << 20;

static HELD: AtomicUsize = AtomicUsize::new(0);

/// Memory of a page that is unread or under way.
pub struct Held(usize);

impl Held {
    pub fn new(bytes: usize) -> Self {
        HELD.fetch_add(bytes, Ordering::Relaxed);
        Held(bytes)
    }

    pub fn bytes(&self) -> usize {
        self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// What a listing that holds `own` may still ask for.
pub fn room(own: usize) -> usize {
    TOGETHER.saturating_sub(HELD.load(Ordering::Relaxed)).max(EACH.saturating_sub(own))
}
