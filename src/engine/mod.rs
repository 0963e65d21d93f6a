//! Arguments become a request, a request becomes a response. Nothing here names a product: products are catalog.

pub mod arguments;
pub mod auth;
mod certificates;
pub mod client;
pub mod download;
pub mod error;
pub mod fault;
pub mod paging;
pub mod redirect;
pub mod request;
pub mod response;
pub mod retry;
pub mod runtime;
pub mod settings;
pub mod spelling;
pub mod table;
pub mod timestamp;
pub mod token;
pub mod transport;
pub mod upload;

pub use client::Client;
pub use error::{ApiError, ArgumentError, Error, Message, TransportError, TransportKind};
pub use request::{OperationRef, Request};
pub use response::Response;
