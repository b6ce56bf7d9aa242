//! Finds nsqd and nsqlookupd, or builds them.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::target::{target_dir, workspace_dir};

/// The version that the tests are written against; `tools/nsq/go.mod` requires the same.
pub const NSQ_VERSION: &str = "v1.3.0";

#[derive(Debug)]
struct Servers {
    nsqd: PathBuf,
    nsqlookupd: PathBuf,
}

static SERVERS: LazyLock<Result<Servers, String>> = LazyLock::new(|| {
    Ok(Servers {
        nsqd: find("nsqd", "NSQD_BIN")?,
        nsqlookupd: find("nsqlookupd", "NSQLOOKUPD_BIN")?,
    })
});

/// Whether tests that need NSQ can run here; [`crate::require_nsq`] is the way to ask.
///
/// When they cannot, says so on standard error.
///
/// # Panics
/// When they cannot and `CI` is set, or a program is named by `NSQD_BIN` or `NSQLOOKUPD_BIN`.
#[track_caller]
pub fn nsq_is_available() -> bool {
    let Err(reason) = &*SERVERS else { return true };
    let reason = format!("nsqd and nsqlookupd {NSQ_VERSION} are needed: {reason}");
    // Who names a program does not want the test to be left out.
    let named = ["NSQD_BIN", "NSQLOOKUPD_BIN"].into_iter().any(is_set);
    assert!(!named, "{reason}");
    leave_out(&reason);
    false
}

/// Says past the test harness, on standard error, that the running test is left out and why.
///
/// # Panics
/// When `CI` is set to anything: there, leaving a test out is a failure.
#[track_caller]
pub fn leave_out(reason: &str) {
    let thread = std::thread::current();
    let message = format!("LEFT OUT: {}: {reason}", thread.name().unwrap_or("a test"));
    assert!(!is_set("CI"), "{message}");
    // Not `eprintln!`: the test harness would hide what a passing test prints.
    let _ = writeln!(io::stderr(), "{message}");
}

/// The nsqd that tests run.
///
/// # Panics
/// When there is none: ask [`crate::require_nsq`] first.
#[track_caller]
pub fn nsqd_program() -> &'static Path {
    &servers().nsqd
}

/// The nsqlookupd that tests run.
///
/// # Panics
/// As [`nsqd_program`].
#[track_caller]
pub fn nsqlookupd_program() -> &'static Path {
    &servers().nsqlookupd
}

#[track_caller]
fn servers() -> &'static Servers {
    SERVERS
        .as_ref()
        .unwrap_or_else(|reason| panic!("no NSQ {NSQ_VERSION}: {reason}"))
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn find(program: &str, variable: &str) -> Result<PathBuf, String> {
    if let Some(named) = env::var_os(variable).filter(|value| !value.is_empty()) {
        let named = PathBuf::from(named);
        return if named.is_file() {
            Ok(named)
        } else {
            Err(format!(
                "{variable} names {}, which is no file",
                named.display()
            ))
        };
    }
    on_path(program).map_or_else(|| build(program), Ok)
}

/// Another version would be another test, so what `PATH` has counts only if it is this one.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())?;
    let said = Command::new(&found).arg("--version").output().ok()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    said.split_whitespace()
        .any(|word| word == NSQ_VERSION)
        .then_some(found)
}

/// Builds both with Go, into a folder that all test processes of a target directory share.
fn build(program: &str) -> Result<PathBuf, String> {
    let tools = target_dir().join("tools");
    let home = tools.join(format!("nsq-{NSQ_VERSION}"));
    let wanted = home.join(program);
    let context = |doing: &str, error: io::Error| format!("{doing}: {error}");
    fs::create_dir_all(&tools).map_err(|error| context("creating target/tools", error))?;
    // Whoever comes second waits here and then finds the work done.
    let lock = File::create(tools.join(format!("nsq-{NSQ_VERSION}.lock")))
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|error| context("locking target/tools", error))?;
    if wanted.is_file() {
        return Ok(wanted);
    }
    let fresh = tempfile::tempdir_in(&tools).map_err(|error| context("a folder", error))?;
    let out = fresh.path().join("bin");
    let built = Command::new("go")
        .current_dir(workspace_dir().join("tools/nsq"))
        .args([
            "build",
            "-mod=readonly",
            "-trimpath",
            "-buildvcs=false",
            "-o",
        ])
        .arg(format!("{}/", out.display()))
        .args(["nsqd", "nsqlookupd"].map(|name| format!("github.com/nsqio/nsq/apps/{name}")))
        .env("CGO_ENABLED", "0")
        .output()
        .map_err(|error| context("running `go` to build them", error))?;
    if !built.status.success() {
        let said = String::from_utf8_lossy(&built.stderr).into_owned();
        return Err(format!("`go build` in tools/nsq failed:\n{said}"));
    }
    // A folder left by an interrupted removal would stop the rename.
    let _ = fs::remove_dir_all(&home);
    fs::rename(&out, &home).map_err(|error| context("moving what was built", error))?;
    drop(lock);
    Ok(wanted)
}
