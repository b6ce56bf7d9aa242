//! The rendered files that are kept in the tree are what their inputs give.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files and clocks, and fail by panicking"
)]

use std::path::Path;
use std::sync::Arc;

use kubefunctl::cli::Folder;
use kubefunctl::templates::Files;
use kubefunctl::{File, Options, compile};

fn fresh(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let bytes = std::fs::read(folder.join("functions.yaml")).unwrap();
    let options = Options {
        reader: Files(Some(Arc::new(Folder::below(&folder)))),
        ..Options::default()
    };
    let compiled = compile(
        vec![File {
            name: "functions.yaml".to_owned(),
            bytes,
        }],
        &options,
    );
    let made = compiled.yaml().expect("it renders");
    let path = folder.join("rendered.yaml");
    if std::env::var_os("KUBEFUNCS_ACCEPT").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{path:?} is stale: run `KUBEFUNCS_ACCEPT=1 cargo test --test rendered`"
    );
}

#[test]
fn the_nsq_chart_is_fresh() {
    fresh("charts/nsq");
}

#[test]
fn the_gateway_chart_is_fresh() {
    fresh("charts/gateway");
}

#[test]
fn the_monitoring_chart_is_fresh() {
    fresh("charts/monitoring");
}

#[test]
fn the_example_is_fresh() {
    fresh("example");
}

#[test]
fn the_example_of_other_kinds_is_fresh() {
    fresh("example/kinds");
}
