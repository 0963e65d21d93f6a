//! The packed catalog, read product by product when first asked for.

mod types;

use std::sync::OnceLock;

pub use types::*;

static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.bin"));

/// Room for every product there will be; a slot is filled when its product is first used.
static FACTS: [OnceLock<Product>; 32] = [const { OnceLock::new() }; 32];

/// Names of the products, in the order of the blob.
pub fn names() -> impl Iterator<Item = &'static str> {
    index().iter().map(|entry| entry.name.as_str())
}

/// The facts of a product, decoded once.
pub fn product(name: &str) -> Option<&'static Product> {
    let position = index().iter().position(|entry| entry.name == name)?;
    let entry = index().get(position)?;
    let slot = FACTS.get(position)?;
    if let Some(product) = slot.get() {
        return Some(product);
    }
    let product = postcard::from_bytes(section(entry.facts)?).ok()?;
    Some(slot.get_or_init(|| product))
}

/// The prose of a product, decoded at each call: only `help()` and the generator read it.
pub fn prose(name: &str) -> Option<ProductProse> {
    let entry = index().iter().find(|entry| entry.name == name)?;
    postcard::from_bytes(section(entry.prose)?).ok()
}

fn index() -> &'static [IndexEntry] {
    static INDEX: OnceLock<Vec<IndexEntry>> = OnceLock::new();
    INDEX.get_or_init(|| index_bytes().and_then(|bytes| postcard::from_bytes(bytes).ok()).unwrap_or_default())
}

fn index_length() -> Option<usize> {
    let head: [u8; 4] = BLOB.get(..4)?.try_into().ok()?;
    Some(u32::from_le_bytes(head) as usize)
}

fn index_bytes() -> Option<&'static [u8]> {
    BLOB.get(4..4 + index_length()?)
}

fn section((start, end): (u32, u32)) -> Option<&'static [u8]> {
    let base = 4 + index_length()?;
    BLOB.get(base + start as usize..base + end as usize)
}

impl Operation {
    /// "admin.users.get"
    pub fn full_name(&self, product: &Product, service: &Service) -> String {
        // Made for every call, and a fifth of the work of `format!`.
        [&product.name, ".", &service.path, ".", &self.name].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_decodes_with_its_prose() {
        for name in names() {
            let product = product(name).expect("facts");
            let prose = prose(name).expect("prose");
            assert_eq!(product.services.len(), prose.services.len());
            assert_eq!(product.models.len(), prose.models.len());
        }
        assert!(product("nothing").is_none());
    }
}
