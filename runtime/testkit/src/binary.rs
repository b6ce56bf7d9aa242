//! Programs of this workspace.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::target::{target_dir, workspace_dir};

/// By name: the path, or why there is none; a failed build is not tried again by the next test.
static BUILT: Mutex<BTreeMap<String, Result<PathBuf, String>>> = Mutex::new(BTreeMap::new());

/// Builds a program of this workspace, once per process, and returns its path.
///
/// Optimised when the test is; into the target directory of the test, so that what is fresh there
/// is not built again.
///
/// # Panics
/// When it does not build.
#[track_caller]
pub fn binary(package: &str, name: &str) -> PathBuf {
    // Held while building: other tests of this process wait for the first to finish.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let found = built
        .entry(name.to_owned())
        .or_insert_with(|| build(package, name))
        .clone();
    drop(built);
    found.unwrap_or_else(|error| panic!("{package}: {name} does not build: {error}"))
}

fn build(package: &str, name: &str) -> Result<PathBuf, String> {
    let run = escargot::CargoBuild::new()
        .manifest_path(workspace_dir().join("Cargo.toml"))
        .target_dir(target_dir())
        .current_release()
        .package(package)
        .bin(name)
        .run();
    run.map(|run| run.path().to_path_buf())
        .map_err(|error| error.to_string())
}
