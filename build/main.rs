//! Reads `catalog/`, checks it and packs it into one blob. Every complaint names file, key and reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]

mod check;
mod source;
#[path = "../src/catalog/types.rs"]
#[allow(dead_code)]
mod types;

use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog");
    println!("cargo:rerun-if-changed=catalog");
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=src/catalog/types.rs");
    let mut problems = Vec::new();
    let mut facts_and_prose = Vec::new();
    for folder in source::product_folders(&root) {
        let product = source::read_product(&folder, &mut problems);
        if problems.is_empty() {
            facts_and_prose.extend(check::product(product, &mut problems));
        }
    }
    check::successors(&facts_and_prose, &mut problems);
    if !problems.is_empty() {
        for problem in &problems {
            println!("cargo:warning={problem}");
        }
        panic!("the catalog has {} fault(s):\n{}", problems.len(), problems.join("\n"));
    }
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("catalog.bin"), pack(&facts_and_prose)).expect("OUT_DIR can be written");
}

/// Length of the index (u32, little endian), the index, then each product's facts and prose.
fn pack(products: &[(types::Product, types::ProductProse)]) -> Vec<u8> {
    let mut index = Vec::new();
    let mut body = Vec::new();
    for (facts, prose) in products {
        let mut place = |bytes: Vec<u8>| {
            let start = body.len() as u32;
            body.extend(bytes);
            (start, body.len() as u32)
        };
        index.push(types::IndexEntry {
            name: facts.name.clone(),
            facts: place(postcard::to_stdvec(facts).expect("facts serialise")),
            prose: place(postcard::to_stdvec(prose).expect("prose serialises")),
        });
    }
    let index = postcard::to_stdvec(&index).expect("index serialises");
    let mut blob = (index.len() as u32).to_le_bytes().to_vec();
    blob.extend(index);
    blob.extend(body);
    blob
}
