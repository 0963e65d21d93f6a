//! One array, all of it: there is no next page.

pub fn next() -> Option<String> {
    None
}
