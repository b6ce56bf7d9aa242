//! Embeds `templates/` as a sorted table, so that a new template needs no registration.

#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads the tree it builds"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=templates");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(Path::new(&root).join("templates"))? {
        let name = entry?
            .file_name()
            .into_string()
            .map_err(|_| io::ErrorKind::InvalidFilename)?;
        if name.ends_with(".yaml") {
            names.push(name);
        }
    }
    names.sort();
    let mut table = String::from("&[\n");
    for name in names {
        // Whoever shares a build folder between checkouts gets the files of the one that is built.
        let path = format!("/templates/{name}");
        let text = format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))");
        let _ = writeln!(table, "    ({name:?}, {text}),");
    }
    table.push_str("]\n");
    fs::write(Path::new(&out).join("templates.rs"), table)
}
