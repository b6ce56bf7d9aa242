//! `schemas/functions.schema.json` is what the types say.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use std::path::Path;

#[test]
fn the_checked_in_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/functions.schema.json");
    let made = kubefunctl::schema::functions_schema().unwrap();
    if std::env::var_os("KUBEFUNCS_ACCEPT").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == made,
        "{} is stale: run `KUBEFUNCS_ACCEPT=1 cargo test --test functions_schema`",
        path.display()
    );
}
