#![allow(missing_docs)]
pub mod document;
