//! The command line beside a running application: what the README says, and what a CronJob does.

use std::process::Command;

use kubefuncs_testkit::{Process, binary, wait_until};
use serde_json::Value;

use crate::support::{Dev, PATIENCE, Project, example};

/// `kubefuncs` with the brokers of `dev`.
fn kubefuncs(dev: &Dev) -> Command {
    let mut command = Command::new(binary("kubefuncs-cli", "kubefuncs"));
    command.env("KUBEFUNCS_LOOKUPD", dev.address("nsqlookupd "));
    command
}

fn run(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// A tail of `topic` that is subscribed, and ends with the first message.
fn tail(dev: &Dev, topic: &str) -> Process {
    let mut command = kubefuncs(dev);
    command.args(["tail", topic, "--json", "--max", "1"]);
    let mut tail = Process::start("tail", command);
    wait_until(PATIENCE, "it watches", || {
        assert!(tail.is_running(), "{}", tail.last_words());
        tail.stderr().contains("watching topic")
    });
    tail
}

fn shown(mut tail: Process) -> Value {
    assert_eq!(tail.wait(PATIENCE).code(), Some(0), "{}", tail.last_words());
    serde_json::from_str(&tail.stdout()).unwrap()
}

#[test]
fn functions_are_called_watched_and_told_from_a_shell() {
    let project = Project::new(&crate::support::one("test", &[&example()]));
    let mut dev = project.start();
    dev.says("test: ready");
    let mut call = kubefuncs(&dev);
    call.args(["call", "test"]);
    assert_eq!(run(call), (Some(0), "pong\n".to_owned()));
    let tail = tail(&dev, "test");
    let mut emit = kubefuncs(&dev);
    emit.args(["emit", "test", "--path", "/hello"]);
    assert_eq!(run(emit), (Some(0), String::new()));
    assert_eq!(shown(tail)["request"]["url"], "/hello");
    let mut emit = kubefuncs(&dev);
    emit.args(["emit", "tset"]);
    let (code, said) = run(emit);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nobody serves topic `tset`"), "{said}");
    assert!(said.ends_with("topics that have one: `test`\n"), "{said}");
    dev.interrupt();
}

/// Runs exactly what the rendered CronJobs say.
#[test]
fn a_cronjob_sends_what_the_file_says() {
    let body = "--json is $(no) \"flag\" here: $HOME";
    let text = format!(
        "app: shop
image: acme/shop:1.0
functions:
- name: jobs
  dev: {{command: ['{example}']}}
  schedule: [{{cron: '0 0 1 1 *', body: '{body}'}}]
- name: lines
  payload: raw
  dev: {{command: ['{example}']}}
  schedule: [{{cron: '0 0 1 1 *', body: '{body}'}}]
- name: dashes
  dev: {{command: ['{example}']}}
  schedule: [{{cron: '0 0 1 1 *', body: '-'}}]
",
        example = example()
    );
    let project = Project::new(&text);
    let mut dev = project.start();
    dev.says("jobs: ready");
    dev.says("lines: ready");
    dev.says("dashes: ready");
    for (name, body) in [("jobs", body), ("lines", body), ("dashes", "-")] {
        let args = args_of_the_cronjob(&text, &format!("shop-{name}-0"));
        let tail = tail(&dev, name);
        let mut command = kubefuncs(&dev);
        command.args(args);
        assert_eq!(run(command), (Some(0), String::new()));
        let shown = shown(tail);
        assert_eq!(shown["body"], body, "{shown}");
        assert_eq!(shown["id"].is_string(), name != "lines", "{shown}");
    }
    dev.interrupt();
}

/// The arguments as Kubernetes would pass them on.
fn args_of_the_cronjob(text: &str, name: &str) -> Vec<String> {
    let file = kubefunctl::File {
        name: "functions.yaml".to_owned(),
        bytes: text.into(),
    };
    let compiled = kubefunctl::compile(vec![file], &kubefunctl::Options::default());
    let objects = compiled.objects.unwrap();
    let job = objects
        .iter()
        .find(|object| object.id.kind == "CronJob" && object.id.name == name)
        .unwrap();
    let job = kubefunctl::manifest::parse(&job.yaml).unwrap();
    let container = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["command"], serde_json::json!(["/bin/kubefuncs"]));
    let args = container["args"].as_array().unwrap().iter();
    args.map(|arg| arg.as_str().unwrap().replace("$$", "$"))
        .collect()
}
