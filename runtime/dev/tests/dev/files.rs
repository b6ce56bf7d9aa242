//! Files of `config`, and where they are.

use std::path::PathBuf;

use kubefuncs_testkit::wait_until;

use crate::support::{Dev, PATIENCE, Project, is_alive};

/// A function that shows its file in each of the ways that lead there, and waits.
const SHOWS: &str = "echo $$ > pid; cat \"$KUBEFUNCS_CONFIG_DIR\"/app.toml; cat \"$FILE\"; \
                     cat /etc/config/app.toml; ls -l \"$KUBEFUNCS_CONFIG_DIR\"; exec sleep 1000";

fn functions(text: &str) -> String {
    let command = serde_json::to_string(&["sh", "-c", SHOWS]).unwrap();
    format!(
        "app: shop
image: acme/shop:1.0
functions:
- name: reads
  config: {{app.toml: \"{text}\\n\", empty: ''}}
  env: {{FILE: /etc/config/app.toml}}
  dev: {{command: {command}}}
- name: none
  dev: {{command: [sh, -c, 'echo \"none: ${{KUBEFUNCS_CONFIG_DIR-no folder}}\"; exec sleep 1000']}}
"
    )
}

/// A project whose temporary files are its own, and its application.
fn start(text: &str) -> (Project, Dev) {
    let project = Project::new(&functions(text));
    std::fs::create_dir(project.path("tmp")).unwrap();
    let mut command = project.command();
    command.env("TMPDIR", project.path("tmp"));
    // What is not of this run's functions.yaml is nobody's.
    command.env("KUBEFUNCS_CONFIG_DIR", "/of/somebody/else");
    let dev = Dev::start(command);
    (project, dev)
}

/// The folders of runs.
fn folders(project: &Project) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(project.path("tmp")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_function_finds_its_files_by_variable_value_and_command() {
    let (project, mut dev) = start("first");
    dev.says_times("reads | first", 3);
    dev.says("| none: no folder");
    dev.says("-r--r--r--");
    let folders_of_run = folders(&project);
    assert_eq!(folders_of_run.len(), 1, "{folders_of_run:?}");
    let mode = std::fs::metadata(&folders_of_run[0]).unwrap().permissions();
    let mode = std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777;
    assert_eq!(mode, 0o700);
    dev.says("reads: the files of `config` are in ");

    project.write("functions.yaml", &functions("second"));
    dev.says_times("reads | second", 3);
    let said = dev.process.stderr();
    assert_eq!(said.matches("none: starting").count(), 1, "{said}");
    dev.interrupt();
    assert!(folders(&project).is_empty());
}

#[test]
fn nothing_of_them_is_left_after_a_crash() {
    let (project, mut dev) = start("text");
    dev.says_times("reads | text", 3);
    let pid = std::fs::read_to_string(project.path("pid")).unwrap();
    assert_eq!(folders(&project).len(), 1);
    dev.process.kill();
    wait_until(PATIENCE, "the folder is gone", || {
        folders(&project).is_empty()
    });
    assert!(!is_alive(pid.trim()), "the files outlive their function");
}
