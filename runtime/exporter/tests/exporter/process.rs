//! The process: its help, what it says when it cannot start, how it leaves.

use kubefuncs_testkit::{Port, Process, http};

use crate::support::{Exporter, LIMIT, command};

/// Runs to the end: exit status, stdout and stderr.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let arguments: Vec<_> = arguments
        .iter()
        .map(|&argument| argument.to_owned())
        .collect();
    let mut command = command(&arguments);
    command.envs(variables.iter().copied());
    let mut process = Process::start("exporter", command);
    let status = process.wait(LIMIT);
    (status.code(), process.stdout(), process.stderr())
}

#[test]
fn help_has_an_example_whose_flags_exist() {
    let (status, stdout, _) = run(&["--help"], &[]);
    assert_eq!(status, Some(0));
    let example = stdout.split_once("Example:").expect("an example").1;
    for flag in example
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
    {
        assert!(
            stdout.contains(&format!("  {flag} <")),
            "{flag} is not in the help:\n{stdout}"
        );
    }
}

#[test]
fn what_is_wrong_is_said_before_the_port_opens() {
    let (status, _, stderr) = run(&["--interval=1ms"], &[]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("from 100ms to 5m"), "{stderr}");
    assert_eq!(run(&["--lookupd=nonsense"], &[]).0, Some(2));
    let (status, _, stderr) = run(&[], &[("NSQ_NSQD_ADDR", "nsqd")]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("--nsqd HOST:4151"), "{stderr}");
    let taken = Port::reserve();
    let _listener = std::net::TcpListener::bind(taken.addr()).unwrap();
    let (status, _, stderr) = run(&[&format!("--listen={taken}")], &[]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains(&taken.to_string()), "{stderr}");
}

#[test]
fn it_answers_only_what_it_has_and_leaves_when_told() {
    let nowhere = Port::reserve();
    let mut exporter = Exporter::start(&[format!("--nsqd={nowhere}")]);
    assert!(http::is_ok(exporter.addr(), "/healthz"));
    assert_eq!(http::get(exporter.addr(), "/").unwrap().status, 404);
    assert_eq!(
        http::post(exporter.addr(), "/metrics", b"x")
            .unwrap()
            .status,
        405
    );
    // An idle connection holds nobody up.
    let _idle = std::net::TcpStream::connect(exporter.addr()).unwrap();
    assert!(exporter.process.stop().success());
}
