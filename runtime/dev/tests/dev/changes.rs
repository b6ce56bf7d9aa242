//! Files that change while it runs.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Project, example, one};

/// Writes a script that says a word, and can be started.
fn script(project: &Project, word: &str) {
    let text = format!("#!/bin/sh\necho {word}; exec sleep 1000\n");
    let fresh = project.path("fresh");
    std::fs::write(&fresh, text).unwrap();
    std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(fresh, project.path("run.sh")).unwrap();
}

#[test]
fn a_program_that_changes_is_started_again() {
    let project = Project::new(&one("fresh", &["./run.sh"]));
    script(&project, "first");
    let mut dev = project.start();
    dev.says("fresh | first");
    script(&project, "second");
    dev.says("run.sh has changed: starting it again");
    dev.says("fresh | second");
    dev.interrupt();
}

/// The binary that `cargo run` becomes is not the one that was started.
#[test]
fn the_binary_behind_a_command_is_watched_too() {
    let project = Project::new(&one("behind", &["sh", "-c", "exec ./binary"]));
    let copy = |from: &str| {
        std::fs::copy(from, project.path("fresh")).unwrap();
        std::fs::rename(project.path("fresh"), project.path("binary")).unwrap();
    };
    copy(&example());
    let mut dev = project.start();
    dev.says("behind: ready");
    assert_eq!(dev.get("/behind/").0, 200);
    copy(&example());
    dev.says("binary has changed: starting it again");
    dev.says_times("behind: ready", 2);
    assert_eq!(dev.get("/behind/").0, 200);
    dev.interrupt();
}

#[test]
fn functions_yaml_is_taken_when_it_is_right_and_left_when_it_is_not() {
    let example = example();
    let project = Project::new(&one("old", &[&example]));
    let mut dev = project.start();
    dev.says("old: ready");
    project.write("functions.yaml", "app: shop\nfunctions: [{nam: x}]\n");
    dev.says("everything goes on as before");
    dev.says("error[KF");
    assert_eq!(dev.get("/old/").0, 200);

    let both =
        one("old", &[&example]) + &format!("- name: new\n  dev: {{command: ['{example}']}}\n");
    project.write("functions.yaml", &both);
    dev.says("route: /new/ → topic new");
    dev.says("new: ready");
    kubefuncs_testkit::wait_until(crate::support::PATIENCE, "the new route is there", || {
        dev.get("/new/").0 == 200
    });
    let said = dev.process.stderr();
    assert_eq!(
        said.matches("old: starting").count(),
        1,
        "it was not touched: {said}"
    );

    project.write("functions.yaml", &one("new", &[&example]));
    dev.says("old: stopped");
    kubefuncs_testkit::wait_until(crate::support::PATIENCE, "the old route is gone", || {
        dev.get("/old/").0 == 404
    });
    dev.interrupt();
}

#[test]
fn functions_yaml_that_is_gone_is_told_and_taken_when_it_is_back() {
    let example = example();
    let project = Project::new(&one("old", &[&example]));
    let mut dev = project.start();
    dev.says("old: ready");
    std::fs::remove_file(project.path("functions.yaml")).unwrap();
    dev.says("functions.yaml is gone; everything goes on as before");
    assert_eq!(dev.get("/old/").0, 200);
    project.write("functions.yaml", &one("new", &[&example]));
    dev.says("functions.yaml has changed");
    dev.says("new: ready");
    let said = dev.process.stderr();
    assert_eq!(said.matches("is gone").count(), 1, "{said}");
    dev.interrupt();
}

/// What is sent, and when, is tested beside the code, where clocks stand still.
#[test]
fn schedules_are_told_and_follow_functions_yaml() {
    let example = example();
    let scheduled = |entries: &str| one("jobs", &[&example]) + &format!("  schedule: {entries}\n");
    let project = Project::new(&scheduled("[{cron: '0 0 1 1 *'}]"));
    let mut dev = project.start();
    dev.says("jobs: schedule `0 0 1 1 *`: next at 2");
    dev.says("-01-01 00:00 UTC");
    dev.says("jobs: ready");
    let both = "[{cron: '0 0 1 1 *'}, {cron: '30 12 24 12 *', timezone: Europe/Vienna}]";
    project.write("functions.yaml", &scheduled(both));
    dev.says("jobs: schedule `30 12 24 12 *`: next at 2");
    dev.says("-12-24 12:30 CET");
    let said = dev.process.stderr();
    assert_eq!(said.matches("schedule `0 0 1 1 *`").count(), 1, "{said}");
    assert_eq!(said.matches("jobs: starting").count(), 1, "{said}");
    dev.interrupt();
}
