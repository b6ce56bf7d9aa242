//! Generates `schemas/kubernetes/` from `k8s-openapi` and proves that what is checked in is fresh.
//!
//! `KUBEFUNCS_ACCEPT=1 cargo test --test kubernetes_schemas` writes the file anew, which the tests
//! beside that one see when they are built the next time; without the variable the test fails
//! where the file is not what would be written. `k8s-openapi` is no part of the compiler: only
//! this test needs it. For another version of `k8s-openapi` or of the window run
//! `tools/schemas/run.sh`, which does the same for the older versions first.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod close;
mod collect;
mod planted;
mod random;
mod rules;
mod shapes;
mod since;
mod told;
mod write;

use std::path::Path;

/// What would be written now.
fn bundle() -> String {
    let (mut kinds, raw) = collect::collect();
    let mut definitions: rules::Definitions = raw.into_iter().collect();
    definitions.values_mut().for_each(close::close);
    rules::apply(&mut definitions);
    since::apply(&mut definitions);
    rules::add_kinds(&mut definitions, &mut kinds);
    write::write("1.37", &kinds, &definitions)
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a generator reads and writes files, and is told by a variable to write"
)]
fn the_bundle_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/kubernetes/v1.37.json");
    let wanted = bundle();
    if std::env::var_os("KUBEFUNCS_ACCEPT").is_some_and(|value| value == "1") {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found == wanted {
        return;
    }
    let line = found
        .lines()
        .zip(wanted.lines())
        .take_while(|(old, new)| old == new)
        .count()
        + 1;
    panic!(
        "schemas/kubernetes/v1.37.json is stale from line {line} on; to write it anew:\n    \
         KUBEFUNCS_ACCEPT=1 cargo test --test kubernetes_schemas"
    );
}

#[test]
fn the_same_bytes_come_out_twice() {
    assert_eq!(bundle(), bundle());
}
