//! Programs that are built with tools of their own, once, into the target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use kubefuncs_testkit::workspace_dir;

use crate::{Fault, progress};

/// A program of `tools/bench/go-nsq`.
pub(crate) fn go(name: &str) -> Result<PathBuf, Fault> {
    let program = place()?.join(format!("go-nsq-{name}"));
    let mut build = Command::new("go");
    build.args([
        "build",
        "-mod=readonly",
        "-trimpath",
        "-buildvcs=false",
        "-o",
    ]);
    build.arg(&program).arg(format!("./{name}"));
    make(build.current_dir(sources("go-nsq")), program)
}

/// `tools/bench/tokio-nsq`.
pub(crate) fn tokio_nsq() -> Result<PathBuf, Fault> {
    let target = place()?.join("tokio-nsq");
    let mut build = Command::new("cargo");
    build.args(["build", "--release", "--locked", "--quiet", "--target-dir"]);
    let program = target.join("release/bench-tokio-nsq");
    make(
        build.arg(&target).current_dir(sources("tokio-nsq")),
        program,
    )
}

/// The clients, so that no measurement waits for a compiler.
pub(crate) fn build_clients() -> Result<(), Fault> {
    progress("building what is compared");
    go("client")?;
    tokio_nsq()?;
    Ok(())
}

fn sources(name: &str) -> PathBuf {
    workspace_dir().join("tools/bench").join(name)
}

/// `tools/bench` beside this program, in the target directory.
fn place() -> Result<PathBuf, Fault> {
    let here = std::env::current_exe()?;
    let target = here
        .ancestors()
        .find(|dir| dir.join("CACHEDIR.TAG").is_file());
    let target = target.map_or_else(|| workspace_dir().join("target"), Path::to_path_buf);
    let place = target.join("tools/bench");
    std::fs::create_dir_all(&place)?;
    Ok(place)
}

fn make(build: &mut Command, program: PathBuf) -> Result<PathBuf, Fault> {
    let output = build
        .output()
        .map_err(|error| format!("{build:?}: {error}"))?;
    if output.status.success() {
        return Ok(program);
    }
    Err(format!("{build:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
}
