//! What can be wrong, and how it is said.

use std::time::Duration;

use kubefuncs_testkit::{Port, Process};
use kubefunctl::diag::{Style, render_human};

use crate::support::{PATIENCE, Project, one};

/// How it ended, and what it said.
fn ended(command: std::process::Command) -> (Option<i32>, String) {
    let mut process = Process::start("kubefuncs-dev", command);
    let status = process.wait(PATIENCE);
    (status.code(), process.stderr())
}

#[test]
fn a_wrong_file_is_told_in_the_words_of_kubefunctl() {
    let text = "app: shop\nfunctions:\n- name: cart\n  comand: [x]\n  timeout: soon\n";
    let project = Project::new(text);
    let name = project.path("functions.yaml").display().to_string();
    let file = kubefunctl::File {
        name,
        bytes: text.into(),
    };
    let compiled = kubefunctl::compile(vec![file], &kubefunctl::Options::default());
    let expected = render_human(&compiled.report, &compiled.sources, Style::Plain);
    assert!(expected.contains("comand"), "{expected}");
    let (code, said) = ended(project.command());
    assert_eq!((code, said), (Some(1), expected));
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let project = Project::new("");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kubefuncs-dev"));
    std::fs::remove_file(project.path("functions.yaml")).unwrap();
    command.current_dir(&project.folder);
    let (code, said) = ended(command);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot read functions.yaml"), "{said}");
    assert!(said.contains("kubefunctl init"), "{said}");
}

#[test]
fn a_port_in_use_is_told_with_the_flag_that_helps() {
    let project = Project::new(&one("cart", &["true"]));
    let taken = Port::reserve();
    let _listener = std::net::TcpListener::bind(taken.addr()).unwrap();
    for flag in ["--listen", "--broker", "--broker-http", "--lookupd-http"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kubefuncs-dev"));
        command.arg(project.path("functions.yaml"));
        for port in ["--listen", "--broker", "--broker-http", "--lookupd-http"] {
            let taken = taken.to_string();
            let at = if port == flag {
                taken.as_str()
            } else {
                "127.0.0.1:0"
            };
            command.args([port, at]);
        }
        let (code, said) = ended(command);
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains(&format!("cannot listen on {taken}")),
            "{said}"
        );
        assert!(
            said.contains(&format!("{flag} 127.0.0.1:0 takes a free port")),
            "{said}"
        );
    }
}

#[test]
fn a_command_that_does_not_start_is_told_and_tried_again_when_it_is_there() {
    let project = Project::new(&one("late", &["./late.sh"]));
    let mut dev = project.start();
    dev.says("late: cannot start `./late.sh`: there is no such program");
    project.write("late.sh", "#!/bin/sh\necho here; exec sleep 1000\n");
    dev.says("late: cannot start `./late.sh`: it may not be executed");
    let file = project.path("late.sh");
    let mut mode = std::fs::metadata(&file).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&file, mode).unwrap();
    project.write("copy", "");
    std::fs::copy(&file, project.path("copy")).unwrap();
    std::fs::rename(project.path("copy"), &file).unwrap();
    dev.says("late | here");
    dev.interrupt();
}

#[test]
fn a_function_that_nobody_knows_how_to_start_is_told() {
    let project = Project::new("app: shop\nimage: acme/shop:1.0\nfunctions:\n- name: image\n");
    let mut dev = project.start();
    dev.says("image: not started: it has neither `command` nor `dev.command` in functions.yaml");
    dev.says("Add `dev: {command: […]}`, or start it yourself for topic `image`");
    dev.says("and channel `default`");
    dev.interrupt();
}

#[test]
fn a_function_that_is_not_ready_is_told_with_what_calls_get() {
    let text = one("late", &["sleep", "1000"]) + "  timeout: 200ms\n";
    let project = Project::new(&text);
    let mut dev = project.start();
    dev.says("late: not ready yet (perhaps still being built); calls get 503 or 504 until it is");
    let statuses = [dev.get("/late/").0, dev.get("/late/").0];
    assert!(
        statuses.iter().all(|status| [503, 504].contains(status)),
        "{statuses:?}"
    );
    dev.interrupt();
}

#[test]
fn a_crash_loop_is_said_once_and_the_others_go_on() {
    let script = "echo try >> tries; exit 3";
    let project = Project::new(&one("fails", &["sh", "-c", script]));
    let mut dev = project.start();
    dev.says("fails: starting `sh -c 'echo try >> tries; exit 3'`");
    dev.says("fails: ended with exit status 3; starting it again in 0.5 s");
    dev.says("fails: keeps ending soon after its start, now with exit status 3");
    let tries = || std::fs::read_to_string(project.path("tries")).unwrap_or_default();
    kubefuncs_testkit::wait_until(Duration::from_secs(30), "it is tried on", || {
        tries().lines().count() > 4
    });
    let said = dev.process.stderr();
    assert_eq!(said.matches("fails: ").count(), 6, "{said}");
    // Its files change: it is tried at once, and spoken about again.
    project.write(
        "functions.yaml",
        &one("fails", &["sh", "-c", "echo well; exec sleep 1000"]),
    );
    dev.says("fails | well");
    dev.interrupt();
}
