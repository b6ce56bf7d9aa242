//! A newcomer's first five minutes: the commands of the README, as they stand there.
//!
//! What is built is not built again, and ports are free ones: `cargo run -p` becomes the program
//! that it would run, and brokers are told by the environment.

use std::process::Command;

use kubefuncs_testkit::{binary, workspace_dir};

use crate::support::{Dev, FREE_PORTS};

/// The shell commands of the README below a line that begins so, comments taken off.
fn commands(after: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(workspace_dir().join("README.md")).unwrap();
    let (_, rest) = readme
        .split_once(after)
        .unwrap_or_else(|| panic!("the README says no more: {after}"));
    let (_, rest) = rest.split_once("```sh\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    let line = |line: &str| {
        line.split("  #")
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    block.lines().map(line).collect()
}

/// Runs a command in a shell, with our programs on its path.
fn shell(dev: &Dev, command: &str) -> (Option<i32>, String) {
    let programs = binary("kubefuncs-cli", "kubefuncs");
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(workspace_dir())
        .env(
            "PATH",
            format!("{}:{path}", programs.parent().unwrap().display()),
        )
        .env("KUBEFUNCS_LOOKUPD", dev.address("nsqlookupd "))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn the_first_commands_of_the_readme_work() {
    let first = commands("Try it on your machine");
    let [run, curl] = first.as_slice() else {
        panic!("{first:?}")
    };
    let words: Vec<_> = run.split(' ').collect();
    assert_eq!(words[..5], ["cargo", "run", "-p", "kubefuncs-dev", "--"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubefuncs-dev"));
    command.args(&words[5..]).args(FREE_PORTS);
    command.current_dir(workspace_dir());
    let mut dev = Dev::start(command);
    dev.says("ready: topic `test`");
    let path = curl.strip_prefix("curl localhost:8080").unwrap();
    assert_eq!(dev.get(path), (200, "pong\n".to_owned()));

    let shells = commands("talks to functions from a shell");
    let [install, path, call, tail, emit] = shells.as_slice() else {
        panic!("{shells:?}")
    };
    // What is built into `target/debug` starts functions again that run from there.
    assert_eq!(
        (install.as_str(), path.as_str()),
        (
            "cargo install --locked --root target --path runtime/cli",
            r#"export PATH="$PWD/target/bin:$PATH""#
        )
    );
    assert_eq!(shell(&dev, call), (Some(0), "pong\n".to_owned()));
    // In a terminal of its own it would go on for ever.
    let both = format!(
        ": > tail.err; {tail} --max 1 > tail.out 2>> tail.err & \
         until grep -q watching tail.err; do sleep 0.1; done; {emit}; wait; cat tail.out"
    );
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = shell(
        &dev,
        &format!("cd {} && {{ {both}; }}", folder.path().display()),
    );
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("GET /hello\n"), "{said}");
    dev.interrupt();
}

#[test]
fn the_function_of_the_readme_is_the_one_that_runs() {
    let readme = std::fs::read_to_string(workspace_dir().join("README.md")).unwrap();
    let file = std::fs::read_to_string(workspace_dir().join("example/functions.yaml")).unwrap();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        assert!(readme.contains(line), "the README leaves out: {line}");
    }
}
