//! The gateway as a process: what it says when it cannot start, and how it lives without a broker.

#![expect(clippy::unwrap_used, reason = "it is how a test fails")]

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use kubefuncs_testkit::{Port, Process, http};

const LIMIT: Duration = Duration::from_secs(30);

fn gateway(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefuncs-gateway"));
    command.args(arguments).env_clear();
    command
}

/// Runs to the end: exit status, stdout and stderr.
fn run(command: Command) -> (ExitStatus, String, String) {
    let mut process = Process::start("gateway", command);
    let status = process.wait(LIMIT);
    (status, process.stdout(), process.stderr())
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn help_has_an_example_whose_flags_exist() {
    let (status, stdout, _) = run(gateway(&["--help"]));
    assert!(status.success());
    let example = stdout.split_once("Example:").expect("an example").1;
    let flags = example
        .split_whitespace()
        .filter(|word| word.starts_with("--"));
    for flag in flags {
        assert!(
            stdout.contains(&format!("  {flag} <")),
            "{flag} is not in the help:\n{stdout}"
        );
    }
    assert_eq!(run(gateway(&[])).0.code(), Some(2), "FILE is required");
    assert_eq!(run(gateway(&["--nonsense"])).0.code(), Some(2));
}

#[test]
fn a_file_that_cannot_be_used_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder
        .path()
        .join("missing.yaml")
        .to_str()
        .unwrap()
        .to_owned();
    let empty = file(folder.path(), "empty.yaml", "");
    let yaml = file(folder.path(), "wrong.yaml", "routes:\n  /test/: a b\n");
    let json = file(
        folder.path(),
        "wrong.json",
        "{\"routes\":\n{\"test\": \"test\"}}",
    );
    let deep = file(folder.path(), "deep.yaml", &"[".repeat(1024 * 1024));
    let large = file(folder.path(), "large.yaml", &"#".repeat(1024 * 1024 + 1));
    for (path, words) in [
        (&missing, ": cannot be read: No such file"),
        (
            &folder.path().to_str().unwrap().to_owned(),
            ": cannot be read: Is a directory",
        ),
        (&empty, ":1:1: missing field `routes`"),
        (&yaml, ":2:11: "),
        (&json, ":2:"),
        (&deep, ":1:65: nested too deeply"),
        (&large, ": cannot be read: it is larger than 1 MiB"),
    ] {
        let (status, stdout, stderr) = run(gateway(&["--config", path]));
        assert_eq!(status.code(), Some(2), "{stderr}");
        let start = format!("kubefuncs-gateway: {path}{words}");
        assert!(
            stderr.starts_with(&start),
            "expected {start}\nfound    {stderr}"
        );
        assert_eq!(
            (stdout.as_str(), stderr.lines().count()),
            ("", 1),
            "{stderr}"
        );
    }
}

#[test]
fn what_the_environment_cannot_mean_is_told_with_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(folder.path(), "routes.yaml", "routes: {}");
    let mut command = gateway(&["--config", &config]);
    command.env("KUBEFUNCS_DRAIN", "soon");
    let (status, _, stderr) = run(command);
    assert_eq!(status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("KUBEFUNCS_DRAIN"), "{stderr}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(folder.path(), "routes.yaml", "routes: {}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (main, admin) in [(address.as_str(), "127.0.0.1:0"), ("127.0.0.1:0", &address)] {
        let arguments = ["--config", &config, "--listen", main, "--admin", admin];
        let (status, _, stderr) = run(gateway(&arguments));
        assert_eq!(status.code(), Some(2), "{stderr}");
        assert!(
            stderr.contains(&format!("cannot listen on {address}: ")),
            "{stderr}"
        );
    }
}

#[test]
fn without_a_broker_it_lives_says_so_and_leaves_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(
        folder.path(),
        "routes.json",
        r#"{"routes": {"/test/": "test"}}"#,
    );
    // Nobody listens where the brokers should be found.
    let (main, admin, lookupd) = (Port::reserve(), Port::reserve(), Port::reserve());
    let mut command = gateway(&[
        "--config",
        &config,
        "--listen",
        &main.to_string(),
        "--admin",
        &admin.to_string(),
    ]);
    command.env("KUBEFUNCS_LOOKUPD", lookupd.to_string());
    let mut process = Process::start("gateway", command);
    let status = |port: &Port, path: &str| http::get(port.addr(), path).ok().map(|r| r.status);
    process.wait_ready(LIMIT, "the admin port answers", || {
        status(&admin, "/healthz") == Some(200)
    });
    assert_eq!(status(&admin, "/readyz"), Some(503));
    assert_eq!(status(&main, "/healthz"), Some(200));
    assert_eq!(status(&main, "/none"), Some(404));

    let answer = http::get(main.addr(), "/test/hello").unwrap();
    assert_eq!(answer.status, 503);
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (&body["code"], &body["component"]),
        (&"unavailable".into(), &"broker".into())
    );

    assert_eq!(process.stop().code(), Some(0), "{}", process.stderr());
}
