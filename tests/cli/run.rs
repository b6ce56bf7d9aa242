//! The binary, run.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) const GOOD: &str = "app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: a\n";

/// Nothing that is refused may take longer, even on a busy machine: a hang is what is looked for.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn kubefunctl(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefunctl"));
    let begun = Instant::now();
    let output = command
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        begun.elapsed() < PATIENCE,
        "{args:?} took {:?}",
        begun.elapsed()
    );
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8 comes out");
    let run = Run {
        code: status.code(),
        out: text(stdout),
        err: text(stderr),
    };
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

pub(crate) fn folder_with(name: &str, bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    folder
}
