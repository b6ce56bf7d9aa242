//! Gets the clients ready: a Go program is built, a Python program gets an environment.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The sources of a client.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name)
}

/// Where it is built, and a lock that keeps other processes out meanwhile.
fn place(name: &str) -> Result<(PathBuf, File), String> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    let attempt = || {
        fs::create_dir_all(&dir)?;
        let lock = File::create(dir.join(format!("{name}.lock")))?;
        lock.lock()?;
        Ok((dir.join(name), lock))
    };
    attempt().map_err(|error: std::io::Error| format!("{}: {error}", dir.display()))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&said)))
}

/// The command that runs a Go client.
pub(crate) fn go(name: &str) -> Result<Vec<String>, String> {
    let (program, _lock) = place(name)?;
    // Go knows by itself whether anything has changed.
    run(Command::new("go")
        .args(["build", "-mod=readonly", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(source(name)))?;
    Ok(vec![program.display().to_string()])
}

/// The command that runs a Python client.
pub(crate) fn python(name: &str) -> Result<Vec<String>, String> {
    let (environment, _lock) = place(name)?;
    let requirements = source(name).join("requirements.txt");
    let wanted = fs::read_to_string(&requirements).map_err(|error| error.to_string())?;
    // Written last: an environment without it is half done.
    let mark = environment.join("requirements.txt");
    if fs::read_to_string(&mark).ok().as_ref() != Some(&wanted) {
        let clear = ["-m", "venv", "--clear"];
        run(Command::new("python3").args(clear).arg(&environment))?;
        run(Command::new(environment.join("bin/pip"))
            .args(["install", "--quiet", "--requirement"])
            .arg(&requirements))?;
        fs::write(&mark, &wanted).map_err(|error| error.to_string())?;
    }
    let python = environment.join("bin/python");
    let client = source(name).join("client.py");
    Ok([python, client]
        .map(|path| path.display().to_string())
        .to_vec())
}
