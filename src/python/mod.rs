//! The faces over the engine. PyO3 is named here and in the module declaration, nowhere else.

mod arguments;
mod awaiting;
mod blocking;
mod classes;
mod client;
mod convert;
mod download;
mod errors;
mod log;
mod model;
mod objects;
mod paginator;
mod plain;
mod raw;
mod rich_text;
mod sandbox;
mod service;
mod table;
mod token;
mod upload;

use pyo3::prelude::*;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<client::NativeClient>()?;
    module.add_class::<token::NativeTokenSource>()?;
    module.add_class::<token::TokenOrder>()?;
    module.add_class::<model::Model>()?;
    module.add_class::<model::Field>()?;
    module.add_class::<service::Service>()?;
    module.add_class::<service::Operation>()?;
    module.add_class::<service::BoundOperation>()?;
    module.add_class::<paginator::Paginator>()?;
    module.add_class::<paginator::PageIterator>()?;
    module.add_class::<paginator::AsyncPaginator>()?;
    module.add_class::<paginator::AsyncPageIterator>()?;
    module.add_class::<awaiting::Coroutine>()?;
    module.add_class::<raw::RawResponse>()?;
    module.add_class::<download::NativeDownload>()?;
    module.add_class::<arguments::NotGiven>()?;
    module.add_class::<sandbox::NativeSandbox>()?;
    module.add_class::<sandbox::NativeCheckpoint>()?;
    module.add_class::<rich_text::Markdown>()?;
    module.add("NOT_GIVEN", arguments::NotGiven)?;
    module.add_function(wrap_pyfunction!(token::open_token_orders, module)?)?;
    module.add_function(wrap_pyfunction!(token::token_orders, module)?)?;
    module.add_function(wrap_pyfunction!(classes::products, module)?)?;
    module.add_function(wrap_pyfunction!(classes::catalog_json, module)?)?;
    module.add_function(wrap_pyfunction!(classes::oauth, module)?)?;
    module.add_function(wrap_pyfunction!(classes::root_services, module)?)?;
    module.add_function(wrap_pyfunction!(classes::class_names, module)?)?;
    module.add_function(wrap_pyfunction!(classes::task_facts, module)?)?;
    module.add_function(wrap_pyfunction!(classes::find_class, module)?)?;
    module.add_function(wrap_pyfunction!(model::rebuild_model, module)?)?;
    module.add_function(wrap_pyfunction!(convert::check_value, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::validate_adf, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::markdown_to_adf, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::adf_to_markdown, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::adf_to_text, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::adf_to_html, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::adf_to_storage, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::storage_to_adf, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::markdown_to_storage, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::storage_to_markdown, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::wiki_to_adf, module)?)?;
    module.add_function(wrap_pyfunction!(rich_text::wiki_to_markdown, module)?)?;
    Ok(())
}
